package store

import "sync"

// slots numbers the transactions that write at the same time.
type slots struct {
	mutex sync.Mutex
	taken []bool
}

// take is the smallest number nobody has.
func (s *slots) take() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for i, taken := range s.taken {
		if !taken {
			s.taken[i] = true
			return i
		}
	}
	s.taken = append(s.taken, true)
	return len(s.taken) - 1
}

func (s *slots) giveBack(slot int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.taken[slot] = false
}
