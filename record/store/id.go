package store

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sync"
	"time"
)

// ids makes UUIDs of version 7 (RFC 9562) that never go back within one process: 48 bits of milliseconds, then twelve bits of
// a counter that begins anew with each millisecond, then 62 random bits, which keep processes apart.
type ids struct {
	mu    sync.Mutex
	milli int64
	count uint16
}

const counterBits = 12

func (s *ids) next(instant time.Time) string {
	milli, count := s.step(instant.UnixMilli())
	var b [16]byte
	rand.Read(b[8:]) // never fails: package crypto/rand ends the program instead
	binary.BigEndian.PutUint64(b[:8], uint64(milli)<<16|0x7000|uint64(count))
	b[8] = b[8]&0x3F | 0x80
	text := hex.EncodeToString(b[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// step is the next pair of time and counter. A clock that stands still or goes back moves the counter; a full counter
// borrows the next millisecond.
func (s *ids) step(milli int64) (int64, uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case milli > s.milli:
		s.milli, s.count = milli, 0
	case s.count+1 < 1<<counterBits:
		s.count++
	default:
		s.milli, s.count = s.milli+1, 0
	}
	return s.milli, s.count
}

// FirstID is before every id of an instant and after those of any earlier millisecond.
func FirstID(t time.Time) string {
	milli := fmt.Sprintf("%012x", max(t.UnixMilli(), 0))
	return milli[:8] + "-" + milli[8:]
}
