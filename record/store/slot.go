package store

import "sync"

// ring is how many slots there are: more than a process has connections.
const ring = 64

// slots hands the numbers of a ring round, so that all of them are used alike and no two transactions have one at the same time.
type slots struct {
	mutex sync.Mutex
	next  int
	taken [ring]bool
}

func (s *slots) take() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for range ring {
		slot := s.next
		s.next = (s.next + 1) % ring
		if !s.taken[slot] {
			s.taken[slot] = true
			return slot
		}
	}
	return s.next // nobody has so many connections; the worst that happens is that two meet
}

func (s *slots) giveBack(slot int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.taken[slot] = false
}
