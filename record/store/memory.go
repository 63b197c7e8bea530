package store

import "sync"

// What companies read is remembered, so that it need not be asked for, deciphered and understood again when the next bill of the same person comes. It is worth as much as a look
// at the database a while ago, and no more: whoever uses it stands on a number that changes with it ([Tx.StandsOn]) or takes the turn after it
// ([Tx.TakeTurnAfter]), and the database is asked for that number when the changes are made. What turns out to be no longer so is forgotten, and the command
// is done by itself, with everything asked anew.

// memory is what is remembered of all counties.
type memory struct {
	mutex sync.Mutex
	of    map[any]any
}

// mostRemembered bounds how much is remembered: of a few thousand people all there is about them, some kilobytes each.
const mostRemembered = 30_000

func (m *memory) get(key any) (value any, ok bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	value, ok = m.of[key]
	return value, ok
}

func (m *memory) put(memos []memo) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.of == nil {
		m.of = map[any]any{}
	}
	for _, memo := range memos {
		if _, known := m.of[memo.key]; !known && len(m.of) >= mostRemembered {
			m.makeRoom()
		}
		m.of[memo.key] = memo.value
	}
}

// makeRoom forgets one thing or other.
func (m *memory) makeRoom() {
	for key := range m.of {
		delete(m.of, key)
		return
	}
}

func (m *memory) forget(keys ...any) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for _, key := range keys {
		delete(m.of, key)
	}
}

// forgetIfLost forgets everything when an error is that of a broken connection: another server may have taken over that knows less.
func (s *Store) forgetIfLost(err error) {
	if !lost(err) {
		return
	}
	s.memory.mutex.Lock()
	clear(s.memory.of)
	s.memory.mutex.Unlock()
	s.kept.mutex.Lock()
	clear(s.kept.of)
	s.kept.mutex.Unlock()
}

// memo is something to be remembered.
type memo struct{ key, value any }

// Recall answers what was remembered under a key, which must be of a type of the caller's own, say the county, and always stand for values of one type. Only a command in
// company is told; it must see to it that what it uses still counts when its changes are made. The value is shared: nobody may change it.
func Recall[T any](t *Tx, key any) (value T, ok bool) {
	if t.passenger == nil {
		return value, false
	}
	found, ok := t.store.memory.get(key)
	if !ok {
		return value, false
	}
	t.recalled = append(t.recalled, key)
	return found.(T), true
}

// Recalls tells whether [Recall] would answer.
func Recalls(t *Tx, key any) bool {
	if t.passenger == nil {
		return false
	}
	_, ok := t.store.memory.get(key)
	return ok
}

// Remember keeps a value for [Recall], once the command has been kept in company. A command by itself remembers nothing.
func (t *Tx) Remember(key, value any) {
	if t.passenger != nil {
		t.memos = append(t.memos, memo{key, value})
	}
}

// Forget drops what was remembered, which the command changes. It need not be said for the sake of what is right, only of what is quick.
func (t *Tx) Forget(key any) { t.store.memory.forget(key) }

// keep keeps what a company remembers whose commands were kept.
func (m *memory) keep(company []*passenger) {
	for _, p := range company {
		m.put(p.tx.memos)
	}
}
