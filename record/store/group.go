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

// Commands that say they may go with others ([Command.Together]) share a transaction: what each asks and changes travels in the same batches,
// and one commit keeps them all. Each computes by itself meanwhile. Whatever is out of the ordinary (an error of the database, a
// surprise, a change that cannot wait) ends the journey, and each command is done by itself, as if it had never been in company.

// together is how many commands share a transaction at most.
const together = 16

// groups are the commands that wait for company. One transaction is under way at a time: two would meet on the pages of the same indexes, and
// the longer one is away, the larger is the company that waits for the next.
type groups struct {
	mutex   sync.Mutex
	waiting []*passenger
	driving bool
}

// passenger is a command on the way.
type passenger struct {
	ctx     context.Context // how long its caller has time
	command Command
	do      func(*Tx) (any, error)

	tx       *Tx
	asked    []statement // what it waits for an answer to
	answered chan reply
	done     bool // do has come to its end

	outcome Outcome
	err     error
	panic   any
	arrived chan struct{} // closed when outcome and err are final
}

// reply is the answer to what a passenger asked.
type reply struct {
	answers []answer
	err     error
}

// errAlone says that a command has to be done by itself.
var errAlone = errors.New("store: not together with others")

// ride does a command together with those that come at the same time. The error is errAlone when it was not done.
func (s *Store) ride(ctx context.Context, c Command, do func(*Tx) (any, error)) (Outcome, error) {
	p := &passenger{ctx: ctx, command: c, do: do, answered: make(chan reply, 1), arrived: make(chan struct{})}
	g := &s.groups
	g.mutex.Lock()
	g.waiting = append(g.waiting, p)
	if !g.driving {
		g.driving = true
		go s.drive()
	}
	g.mutex.Unlock()
	select {
	case <-p.arrived:
	case <-ctx.Done():
		if g.leave(p) {
			return Outcome{}, errAlone
		}
		<-p.arrived // one cannot get off on the way; it does not go on beyond the first deadline of the company
	}
	if p.panic != nil {
		panic(p.panic)
	}
	return p.outcome, p.err
}

// leave lets one who still waits go, and tells whether it did.
func (g *groups) leave(p *passenger) bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	before := len(g.waiting)
	g.waiting = slices.DeleteFunc(slices.Clone(g.waiting), func(other *passenger) bool { return other == p })
	return len(g.waiting) < before
}

// drive takes those who wait along until nobody does.
func (s *Store) drive() {
	g := &s.groups
	for {
		g.mutex.Lock()
		n := min(len(g.waiting), together)
		if n == 0 {
			g.driving = false
			g.mutex.Unlock()
			return
		}
		company := g.waiting[:n:n]
		g.waiting = g.waiting[n:]
		g.mutex.Unlock()
		s.journey(company)
	}
}

// journey is one transaction for a company.
func (s *Store) journey(company []*passenger) {
	ctx, cancel := firstDeadline(company)
	defer cancel()
	err := s.travel(ctx, company)
	for _, p := range company {
		switch {
		case errors.Is(err, errUnknown) && p.err == nil:
			p.err = err
		case err != nil:
			p.err = errAlone
		}
		close(p.arrived)
	}
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

// travel does the commands of a company. Its error is that of all who have none of their own.
func (s *Store) travel(ctx context.Context, company []*passenger) error {
	begun, err := s.begin(ctx, s.writer, s.serializable())
	if err != nil {
		return err
	}
	defer begun.end()
	slot := s.slots.take()
	defer s.slots.giveBack(slot)
	c := &coach{leader: s.writing(ctx, begun, Command{}), stops: make(chan *passenger, len(company))}
	for _, p := range company {
		p.tx = s.writing(ctx, begun, p.command)
		p.tx.Slot, p.tx.coach, p.tx.passenger = slot, c, p
		go p.run(c)
	}
	if err := c.carry(len(company)); err != nil {
		return err
	}
	if err := c.unload(company); err != nil {
		return err
	}
	return s.commit(ctx, begun.tx)
}

// coach carries what the passengers say.
type coach struct {
	leader *Tx
	stops  chan *passenger // those who have asked something, or are done

	mutex  sync.Mutex
	turns  []statement // rows that passengers wait their turn by
	broken bool        // nothing can be asked any more
}

// run does the passenger's command.
func (p *passenger) run(c *coach) {
	p.err = errAlone // unless it comes to a good end
	defer func() {
		p.panic = recover()
		p.done = true
		c.stops <- p
	}()
	result, err := p.do(p.tx)
	if err == nil {
		p.outcome.Result, err = json.Marshal(result)
		if err != nil {
			err = fmt.Errorf("result of %s: %w", p.command.Name, err)
		}
	}
	if err == nil && p.command.Key != "" {
		err = p.tx.keep(p.command, p.outcome.Result)
	}
	if err == nil {
		p.err = nil
	}
}

// carry lets so many passengers come to the end of their commands. What they ask meanwhile is asked together, when none of them can go on
// without. After an error they are all let go on to an end of some kind.
func (c *coach) carry(moving int) (failed error) {
	var waiting []*passenger
	for moving > 0 {
		if p := <-c.stops; !p.done {
			waiting = append(waiting, p)
		}
		if moving--; moving > 0 || len(waiting) == 0 {
			continue
		}
		if err := c.ask(waiting); err != nil {
			failed = err
			c.breakDown(waiting, err)
		}
		moving, waiting = len(waiting), nil
	}
	return failed
}

// breakDown answers those who wait with an error, and from now on everybody at once.
func (c *coach) breakDown(waiting []*passenger, err error) {
	c.mutex.Lock()
	c.broken = true
	c.mutex.Unlock()
	for _, p := range waiting {
		p.answered <- reply{err: err}
	}
}

// ask asks what passengers wait for.
func (c *coach) ask(waiting []*passenger) error {
	var all []statement
	for _, p := range waiting {
		all = append(all, p.asked...)
	}
	answers, err := c.leader.exchange(all...)
	if err != nil {
		return err
	}
	for _, p := range waiting {
		n := len(p.asked)
		p.answered <- reply{answers: answers[:n:n]}
		answers = answers[n:]
	}
	return nil
}

// askedBy is exchange for a passenger. What changes something at once cannot be taken back for one alone, but for a row by which one
// waits for one's turn; two who have the same one cannot go together.
func (c *coach) askedBy(p *passenger, list []statement) ([]answer, error) {
	if !c.admits(list) {
		return nil, errAlone
	}
	p.asked = list
	c.stops <- p
	r := <-p.answered
	return r.answers, r.err
}

func (c *coach) admits(list []statement) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, s := range list {
		turn := strings.HasPrefix(s.query, "INSERT INTO ")
		if !s.asks || turn && slices.ContainsFunc(c.turns, s.is) {
			return false
		}
		if turn {
			c.turns = append(c.turns, s)
		}
	}
	return !c.broken
}

// unload makes the changes of all whose commands came to a good end.
func (c *coach) unload(company []*passenger) error {
	var all []later
	for _, p := range company {
		if p.err == nil {
			all = append(all, p.tx.later...)
		}
	}
	return c.leader.makeAll(all)
}
