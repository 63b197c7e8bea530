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

// Commands that say they may go with others ([Command.Together]) travel in company: what each asks and changes goes in the same batches,
// and one commit keeps them all. Each computes by itself meanwhile. They ask on a picture of the database that nobody has to wait for,
// and only then begin the transaction that writes; it first makes sure that what they stand on ([Tx.StandsOn], [Tx.TakeTurn]) is
// still so. So one company computes while another one is written. Whatever is out of the ordinary (an error of the
// database, a surprise, a change that cannot wait, news about what they stand on) ends the journey, and each command is done by
// itself, as if it had never been in company.

const (
	together  = 16 // commands in a company at most
	companies = 2  // on the way at once; with more of them each is smaller, and a small one costs nearly as much as a large one
)

// groups are the commands that wait for company, and the companies that are on the way.
type groups struct {
	mutex   sync.Mutex
	waiting []*passenger
	comes   chan struct{} // somebody has come to wait
	driving int
	on      int             // passengers on the way
	turns   map[string]bool // that somebody on the way has taken

	computing, writing sync.Mutex // of a company: one of each at a time
}

// passenger is a command on the way.
type passenger struct {
	ctx     context.Context // how long its caller has time
	command Command
	do      func(*Tx) (any, error)

	tx       *Tx
	asked    []statement // what it waits for an answer to
	answered chan reply
	sets     chan *coach // when the company sets out
	done     bool        // do has come to its end

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
	p := &passenger{ctx: ctx, command: c, do: do, answered: make(chan reply, 1), sets: make(chan *coach, 1), arrived: make(chan struct{})}
	g := &s.groups
	g.mutex.Lock()
	g.waiting = append(g.waiting, p)
	select {
	case g.comes <- struct{}{}:
	default:
	}
	if g.driving < companies {
		g.driving++
		go s.drive()
	}
	g.mutex.Unlock()
	select {
	case c := <-p.sets:
		p.run(c)
	case <-p.arrived: // it could not set out
	case <-ctx.Done():
		if g.leave(p) {
			return Outcome{}, errAlone
		}
		p.stay()
	}
	<-p.arrived
	if p.panic != nil {
		panic(p.panic)
	}
	return p.outcome, p.err
}

// stay goes with the company all the same: one cannot get off on the way. It does not go on beyond the first deadline of the company.
func (p *passenger) stay() {
	select {
	case c := <-p.sets:
		p.run(c)
	case <-p.arrived:
	}
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
		g.computing.Lock()
		company := g.gather()
		if company == nil {
			g.computing.Unlock()
			return
		}
		s.journey(company)
	}
}

// gathering is how long a company waits at most for those who were served last: whoever is served comes again at once where
// there is much to do, and ten who go together cost little more than one.
const gathering = 200 * time.Microsecond

// gather is the next company; nil when nobody waits, and the caller no longer drives.
func (g *groups) gather() []*passenger {
	timer := time.NewTimer(gathering)
	defer timer.Stop()
	for late := false; ; {
		company, none := g.board(late)
		if company != nil || none {
			return company
		}
		select {
		case <-g.comes:
		case <-timer.C:
			late = true
		}
	}
}

// board takes half of all who wait or are on the way, or whoever waits when it is late; none when nobody waits. If it took all who wait, two companies that take
// turns would soon be seven and one for good: the seven arrive together and come back together.
func (g *groups) board(late bool) (company []*passenger, none bool) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if len(g.waiting) == 0 {
		g.driving--
		return nil, true
	}
	half := (len(g.waiting) + g.on + companies - 1) / companies
	if !late && len(g.waiting) < half {
		return nil, false
	}
	n := min(len(g.waiting), half, together)
	company, g.waiting = g.waiting[:n:n], g.waiting[n:]
	g.on += n
	return company, false
}

// journey is one transaction for a company.
func (s *Store) journey(company []*passenger) {
	ctx, cancel := firstDeadline(company)
	defer cancel()
	err := s.travel(ctx, company)
	s.groups.arrive(len(company))
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

func (g *groups) arrive(together int) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.on -= together
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

// travel does the commands of a company, whose turn it is to compute. Its error is that of all who have none of their own.
func (s *Store) travel(ctx context.Context, company []*passenger) error {
	slot := s.slots.take()
	defer s.slots.giveBack(slot)
	c := &coach{store: s, ctx: ctx, stops: make(chan *passenger, len(company))}
	defer c.giveTurnsBack()
	err := c.compute(slot, company)
	defer c.endLook()
	s.groups.writing.Lock()
	defer s.groups.writing.Unlock()
	s.groups.computing.Unlock()
	if err == nil {
		err = s.unload(ctx, c.looked, company)
	}
	s.memory.remember(company, err == nil)
	s.forgetIfLost(err)
	return err
}

// unload writes what the company changes.
func (s *Store) unload(ctx context.Context, looked *begun, company []*passenger) error {
	begun, err := s.goOnToWrite(ctx, looked)
	if err != nil {
		return err
	}
	defer begun.end()
	if some, err := s.writing(s.unhurried(ctx), begun, Command{}).unload(company); err != nil || !some {
		return err
	}
	return s.commit(ctx, begun.keep)
}

// unhurried is for statements that are not called off midway but before the commit: SQLite's driver begins a goroutine for each one that could be, which takes as long as the
// statements of a company do.
func (s *Store) unhurried(ctx context.Context) context.Context {
	if s.dialect.name == sqliteName {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// compute lets the passengers come to the end of their commands, up to what they change.
func (c *coach) compute(slot int, company []*passenger) error {
	for _, p := range company {
		p.tx = c.store.writing(c.ctx, begun{}, p.command)
		p.tx.Slot, p.tx.coach, p.tx.passenger = slot, c, p
		p.sets <- c
	}
	err := c.carry(len(company))
	if c.store.dialect.name == sqliteName { // it begins its log anew only while nobody looks; on PostgreSQL that has time until the connection is spoken on again
		c.endLook()
	}
	return err
}

// look begins the transaction in which a company asks: those that remember everything ask nothing.
func (c *coach) look() error {
	begun, err := c.store.look(c.ctx)
	if err != nil {
		return err
	}
	c.looked, c.leader = &begun, c.store.writing(c.store.unhurried(c.ctx), begun, Command{})
	return nil
}

// endLook ends it, if it was begun.
func (c *coach) endLook() {
	if c.looked != nil {
		c.looked.end()
	}
}

// coach carries what the passengers say.
type coach struct {
	store  *Store
	ctx    context.Context
	looked *begun          // nil as long as nothing was asked
	leader *Tx             // who asks
	stops  chan *passenger // those who have asked something, or are done

	mutex  sync.Mutex
	turns  []string // that passengers have taken
	broken bool     // nothing can be asked any more
}

// run does the passenger's command, where its caller waits for it.
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
	if c.leader == nil {
		if err := c.look(); err != nil {
			return err
		}
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

// askedBy is exchange for a passenger. What changes something at once cannot be done in company.
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
	return !c.broken && !slices.ContainsFunc(list, func(s statement) bool { return !s.asks || strings.HasPrefix(s.query, "INSERT ") })
}

// takeTurn tells whether nobody else on the way has the turn.
func (c *coach) takeTurn(turn string) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !c.store.groups.take(turn) {
		return false
	}
	c.turns = append(c.turns, turn)
	return true
}

func (g *groups) take(turn string) bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.turns[turn] {
		return false
	}
	if g.turns == nil {
		g.turns = map[string]bool{}
	}
	g.turns[turn] = true
	return true
}

// giveTurnsBack is called when the company has arrived.
func (c *coach) giveTurnsBack() {
	g := &c.store.groups
	g.mutex.Lock()
	defer g.mutex.Unlock()
	for _, turn := range c.turns {
		delete(g.turns, turn)
	}
}

// unload makes the changes of all whose commands came to a good end, if everything they stand on is as it was. some tells whether there was anything to be said.
func (t *Tx) unload(company []*passenger) (some bool, err error) {
	var stands []stand
	var turns, changes []later
	for _, p := range company {
		if p.err == nil {
			stands, turns, changes = append(stands, p.tx.stands...), append(turns, p.tx.turns...), append(changes, p.tx.later...)
		}
	}
	if len(stands)+len(turns)+len(changes) == 0 {
		return false, nil
	}
	return true, t.makeAll(summed(stands), append(turns, changes...))
}
