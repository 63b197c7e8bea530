package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Commands that say they may go with others ([Command.Together]) travel in company: what is asked at the same time is asked in one conversation, and those that have computed what they
// change are written in one, with one commit that keeps them all. Each computes by itself, where its caller waits. They ask on a picture of the database that nobody has to
// wait for, and only the transaction that writes makes sure that what they stand on ([Tx.StandsOn], [Tx.TakeTurn]) is still so. So some compute while others are written.
// Whatever is out of the ordinary (an error of the
// database, a surprise, a change that cannot wait, news about what they stand on) ends the journey, and each command is done by
// itself, as if it had never been in company.

// together is how many commands a company has at most.
const together = 16

// groups are the commands on the way.
type groups struct {
	mutex        sync.Mutex
	asks, writes queue
	turns        map[string]bool // that somebody on the way has taken
	slot         int             // of those who compute now
	written      int             // companies
}

// queue is who waits for the same. Whoever comes while others are served goes with those who have come meanwhile.
type queue struct {
	waiting []*passenger
	served  bool // there is somebody who serves
}

// passenger is a command on the way.
type passenger struct {
	ctx     context.Context // how long its caller has time
	tx      *Tx
	turns   []string      // it has taken
	served  chan struct{} // what it waited for is done
	asked   []statement
	answers []answer
	err     error // of what it waited for
}

// errAlone says that a command has to be done by itself.
var errAlone = errors.New("store: not together with others")

// ride does a command together with those that come at the same time. The error is errAlone when it was not done.
func (s *Store) ride(ctx context.Context, c Command, do func(*Tx) (any, error)) (outcome Outcome, err error) {
	p := &passenger{ctx: ctx, tx: s.writing(ctx, begun{}, c), served: make(chan struct{}, 1)}
	p.tx.passenger, p.tx.Slot = p, s.groupSlot()
	defer s.groups.giveTurnsBack(p)
	if outcome, err = p.compute(c, do); err == nil {
		err = s.join(&s.groups.writes, p, s.writeTogether)
	}
	if err != nil {
		s.memory.forget(p.tx.recalled...)
		return Outcome{}, err
	}
	return outcome, nil
}

// compute does what the command does, up to what it changes.
func (p *passenger) compute(c Command, do func(*Tx) (any, error)) (outcome Outcome, err error) {
	result, err := do(p.tx)
	if err != nil {
		return outcome, errAlone
	}
	if outcome.Result, err = json.Marshal(result); err != nil {
		return outcome, fmt.Errorf("result of %s: %w", c.Name, err)
	}
	if c.Key != "" && p.tx.keep(c, outcome.Result) != nil {
		return outcome, errAlone
	}
	return outcome, nil
}

// join waits in a queue until the passenger was served. Who is out of time before the turn comes leaves; afterwards one cannot get off.
func (s *Store) join(q *queue, p *passenger, serve func([]*passenger) (arrive func())) error {
	g := &s.groups
	g.mutex.Lock()
	q.waiting = append(q.waiting, p)
	if !q.served {
		q.served = true
		go g.serveAll(q, serve)
	}
	g.mutex.Unlock()
	select {
	case <-p.served:
	case <-p.ctx.Done():
		if g.leave(q, p) {
			return errAlone
		}
		<-p.served
	}
	return p.err
}

// leave lets one who still waits go, and tells whether it did.
func (g *groups) leave(q *queue, p *passenger) bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	before := len(q.waiting)
	q.waiting = slices.DeleteFunc(slices.Clone(q.waiting), func(other *passenger) bool { return other == p })
	return len(q.waiting) < before
}

// serveAll serves those who wait until nobody does. A company is told that it has arrived when the next one is on its way, so that the database has to do meanwhile.
func (g *groups) serveAll(q *queue, serve func([]*passenger) (arrive func())) {
	var arrived []*passenger
	for {
		company := g.next(q, arrived == nil)
		arrive := func() {}
		if company != nil {
			arrive = serve(company)
		}
		for _, p := range arrived {
			p.served <- struct{}{}
		}
		if company == nil && arrived == nil {
			return
		}
		arrive()
		arrived = company
	}
}

// next are those who wait, nil for nobody; then the queue is no longer served if that is last.
func (g *groups) next(q *queue, last bool) []*passenger {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	n := min(len(q.waiting), together)
	if n == 0 {
		q.served = !last
		return nil
	}
	company := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	return company
}

// firstDeadline ends when the first of a company has no more time.
func firstDeadline(company []*passenger) (context.Context, context.CancelFunc) {
	var first time.Time
	for _, p := range company {
		if deadline, ok := p.ctx.Deadline(); ok && (first.IsZero() || deadline.Before(first)) {
			first = deadline
		}
	}
	if first.IsZero() {
		return context.WithTimeout(context.Background(), commitWait)
	}
	return context.WithDeadline(context.Background(), first)
}

// ask is exchange for a passenger. What changes something at once cannot be done in company.
func (p *passenger) ask(list []statement) ([]answer, error) {
	if slices.ContainsFunc(list, func(s statement) bool { return !s.asks || strings.HasPrefix(s.query, "INSERT ") }) {
		return nil, errAlone
	}
	p.asked = list
	err := p.tx.store.join(&p.tx.store.groups.asks, p, p.tx.store.askTogether)
	return p.answers, err
}

// askTogether answers what passengers ask.
func (s *Store) askTogether(company []*passenger) (arrive func()) {
	return func() { s.answer(company) }
}

func (s *Store) answer(company []*passenger) {
	var all []statement
	for _, p := range company {
		all = append(all, p.asked...)
	}
	answers, err := s.look(company, all)
	for _, p := range company {
		if p.err = err; err == nil {
			n := len(p.asked)
			p.answers, answers = answers[:n:n], answers[n:]
		}
	}
}

func (s *Store) look(company []*passenger, asked []statement) ([]answer, error) {
	ctx, cancel := firstDeadline(company)
	defer cancel()
	if s.dialect.name == postgresName {
		return s.askAll(ctx, asked)
	}
	begun, err := s.begin(ctx, s.reader, s.snapshot())
	if err != nil {
		return nil, err
	}
	defer begun.end()
	return s.leader(ctx, begun).exchange(asked...)
}

// writeTogether keeps what passengers change in one transaction.
func (s *Store) writeTogether(company []*passenger) (arrive func()) {
	wait := s.unload(company)
	return func() {
		err := wait()
		if err == nil {
			s.memory.keep(company)
		}
		s.forgetIfLost(err)
		s.changeSlot()
		for _, p := range company {
			if p.err = err; err != nil && !errors.Is(err, errUnknown) {
				p.err = errAlone
			}
		}
	}
}

// unload writes what a company changes, if everything it stands on is as it was. outcome waits for that.
func (s *Store) unload(company []*passenger) (outcome func() error) {
	var stands []stand
	var turns, changes []later
	for _, p := range company {
		stands, turns, changes = append(stands, p.tx.stands...), append(turns, p.tx.turns...), append(changes, p.tx.later...)
	}
	if len(stands)+len(turns)+len(changes) == 0 {
		return func() error { return nil }
	}
	changes = append(turns, changes...)
	ctx, cancel := firstDeadline(company)
	hear := func() error { return s.write(ctx, stands, changes) }
	if s.dialect.name == postgresName {
		hear = s.sayAll(ctx, stands, changes)
	}
	return func() error {
		defer cancel()
		return hear()
	}
}

// leader speaks to SQLite for a company. Its statements are not called off midway, only before the commit: the driver begins a goroutine for each one that could be, which takes as long as the
// statements of a company do.
func (s *Store) leader(ctx context.Context, b begun) *Tx {
	return s.writing(context.WithoutCancel(ctx), b, Command{})
}

// write is unload on SQLite.
func (s *Store) write(ctx context.Context, stands []stand, changes []later) error {
	begun, err := s.begin(ctx, s.writer, s.serializable())
	if err != nil {
		return err
	}
	defer begun.end()
	if err := s.leader(ctx, begun).makeAll(stands, changes); err != nil {
		return err
	}
	return s.commit(ctx, begun.keep)
}

// takeTurn tells whether nobody else on the way has the turn.
func (p *passenger) takeTurn(turn string) bool {
	g := &p.tx.store.groups
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.turns[turn] {
		return false
	}
	if g.turns == nil {
		g.turns = map[string]bool{}
	}
	g.turns[turn] = true
	p.turns = append(p.turns, turn)
	return true
}

// giveTurnsBack is called when the passenger has arrived.
func (g *groups) giveTurnsBack(p *passenger) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	for _, turn := range p.turns {
		delete(g.turns, turn)
	}
}

// companiesPerSlot is how many companies have a slot before it passes on to others. They are written one after the other, so that none stands in another's way;
// and what several take from one slot is taken as one sum.
const companiesPerSlot = 64

// groupSlot is the slot of those who compute now.
func (s *Store) groupSlot() int {
	s.groups.mutex.Lock()
	defer s.groups.mutex.Unlock()
	if s.groups.written == 0 {
		s.groups.slot, s.groups.written = s.slots.take(), 1
	}
	return s.groups.slot
}

// changeSlot counts a company, and lets those who follow have another slot now and then.
func (s *Store) changeSlot() {
	s.groups.mutex.Lock()
	defer s.groups.mutex.Unlock()
	if s.groups.written++; s.groups.written%companiesPerSlot == 0 {
		old := s.groups.slot
		s.groups.slot = s.slots.take()
		s.slots.giveBack(old)
	}
}
