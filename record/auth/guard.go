package auth

import (
	"sync"
	"time"
)

const (
	guardWindow = time.Minute
	guardTries  = 20    // wrong keys of one address in a window
	guardMost   = 10000 // addresses that are remembered at once
)

// Guard bounds how many wrong keys an address may try in a minute. The zero value is ready; it may be used by many goroutines.
// It is kept in memory: several processes allow as many times more.
type Guard struct {
	mutex sync.Mutex
	began time.Time
	wrong map[string]int
}

// Allows tells whether an address may try a key now. Code: auth.too-many.
func (g *Guard) Allows(address string, now time.Time) error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.turn(now)
	if g.wrong[address] >= guardTries {
		return tooMany()
	}
	return nil
}

// Wrong notes that an address came with a wrong key.
func (g *Guard) Wrong(address string, now time.Time) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.turn(now)
	if _, known := g.wrong[address]; known || len(g.wrong) < guardMost {
		g.wrong[address]++
	}
}

// turn begins a new window when the last one is over, or when the clock went back.
func (g *Guard) turn(now time.Time) {
	if age := now.Sub(g.began); g.wrong == nil || age >= guardWindow || age < 0 {
		g.began, g.wrong = now, map[string]int{}
	}
}
