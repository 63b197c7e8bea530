package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// isTerminal tells whether somebody sits in front of what is written.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(file.Fd()))
}

// progress is one line that tells what is under way and for how long. It is written over and over, and wiped at the end.
type progress struct {
	to    io.Writer // nil when nobody looks
	every time.Duration
}

func (a *app) progress() progress {
	if !isTerminal(a.errors) {
		return progress{}
	}
	return progress{a.errors, time.Second}
}

// during tells of something while it is done.
func (p progress) during(what string, do func() error) error {
	if p.to == nil {
		return do()
	}
	begun := time.Now()
	ticker := time.NewTicker(p.every)
	done := make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() {
		for {
			p.say("\r\033[K%s %s", what, time.Since(begun).Truncate(time.Second))
			select {
			case <-done:
				p.say("\r\033[K")
				return
			case <-ticker.C:
			}
		}
	})
	err := do()
	ticker.Stop()
	close(done)
	telling.Wait()
	return err
}

// say writes to the terminal. Where that fails nobody misses it.
func (p progress) say(format string, args ...any) { _, _ = fmt.Fprintf(p.to, format, args...) }
