package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Actor is who runs a command.
type Actor struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Post string `json:"post"` // the post (岗位) in which the actor acts
}

// Tx is one transaction. It is valid only inside the function it was handed to, and for one goroutine.
type Tx struct {
	Instant time.Time // what the command was given, UTC, whole microseconds; zero in a Read
	Actor   Actor     // zero in a Read
	County  string    // six digits

	// Careful says that the command was tried before and met a [Surprise]: now ask first, then write.
	Careful bool

	// Slot is a number from 0 to 63 that no other transaction of this process has at the same time, and all are used alike. Where any of
	// several rows will do, who takes the one of the slot meets nobody.
	Slot int

	// Tell is told how far a long reading is and of how much, 0 while that is not known, in what the reading counts; nil when nobody asks.
	Tell func(done, of int64)

	ctx     context.Context
	conn    *sql.Conn
	tx      *sql.Tx
	store   *Store
	write   bool
	wanted  []statement // said to be asked soon
	fetched []fetched
	later   []later
	stands  []stand // in company: what it stands on
	turns   []later // and the turns it has taken
	once    map[any]any
	standing

	recalled []any  // keys of what it went by from memory
	memos    []memo // what it would remember

	passenger *passenger // when the transaction is shared with others
}

// Told tells how far a long reading is, if anybody asks.
func (t *Tx) Told(done, of int64) {
	if t.Tell != nil {
		t.Tell(done, of)
	}
}

// fetched is a question that was answered before it was asked.
type fetched struct {
	statement
	answer
}

// later is a change that is said with others.
type later struct {
	statement
	check func(changed int64) error
	sum   bool // the last argument is an amount that may be added to others
}

// Context ends when the caller gives up.
func (t *Tx) Context() context.Context { return t.ctx }

// NewID is a UUID of version 7 from the instant. Ids of one process only grow, inside a transaction and from one to the next.
func (t *Tx) NewID() string { return t.store.ids.next(t.Instant) }

// Exec runs a statement that changes rows and tells how many. In a Read it is refused.
func (t *Tx) Exec(query string, args ...any) (rows int64, err error) {
	if !t.write {
		return 0, readOnly()
	}
	if err := t.flush(); err != nil {
		return 0, err
	}
	t.forget()
	answers, err := t.exchange(statement{query: query, args: args})
	if err != nil {
		return 0, err
	}
	return answers[0].changed, nil
}

// Later is [Tx.Exec] for a change whose effect need not be seen now: it is made at the latest before the next question or
// the commit. On PostgreSQL all that waits travels together. check, unless it is nil, is told how many rows were changed; its error
// ends the transaction.
func (t *Tx) Later(check func(changed int64) error, query string, args ...any) error {
	if !t.write {
		return readOnly()
	}
	return t.wait(later{statement{query: query, args: args}, check, false})
}

// LaterSum is [Tx.Later] for a change by an amount, its last argument and not negative: in company those that say the same otherwise may be made as one, by the sum of
// their amounts.
func (t *Tx) LaterSum(check func(changed int64) error, query string, amount int64, args ...any) error {
	if !t.write {
		return readOnly()
	}
	return t.wait(later{statement{query: query, args: append(slices.Clone(args), amount)}, check, true})
}

// wait keeps a change until it has to be made.
func (t *Tx) wait(l later) error {
	t.forget()
	t.later = append(t.later, l)
	if t.store.dialect.name == sqliteName && t.passenger == nil { // nothing travels
		return t.flush()
	}
	return nil
}

// flush makes the changes that wait.
func (t *Tx) flush() error {
	if len(t.later) == 0 {
		return nil
	}
	if t.passenger != nil {
		return errAlone
	}
	waiting := t.later
	t.later = nil
	list := make([]statement, len(waiting))
	for i, l := range waiting {
		list[i] = l.statement
	}
	answers, err := t.exchange(list...)
	if err != nil {
		return err
	}
	for i, l := range waiting {
		if l.check == nil {
			continue
		}
		if err := l.check(answers[i].changed); err != nil {
			return err
		}
	}
	return nil
}

// Prefetch says that a query will be asked before anything else is changed. On PostgreSQL, all that was said so travels together
// when the first of them is asked; a query that is not asked after all does no harm.
func (t *Tx) Prefetch(query string, args ...any) {
	if t.store.dialect.name == postgresName || t.passenger != nil {
		t.wanted = append(t.wanted, statement{query: query, args: args, asks: true})
	}
}

// PrefetchInCompany is [Tx.Prefetch] for a query that may not be asked after all and that a command by itself had better not ask then: in a serializable
// transaction whoever looks for rows that are not there stands in the way of those who add some. A company looks on a snapshot.
func (t *Tx) PrefetchInCompany(query string, args ...any) {
	if t.passenger != nil {
		t.Prefetch(query, args...)
	}
}

// forget drops what was fetched, which a change may have made untrue.
func (t *Tx) forget() { t.wanted, t.fetched = nil, nil }

// Query runs a query.
func (t *Tx) Query(query string, args ...any) (*Rows, error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	asked := statement{query: query, args: args, asks: true}
	if a, ok := t.ahead(asked); ok {
		return &Rows{rows: a.rows}, nil
	}
	if !slices.ContainsFunc(t.wanted, asked.is) {
		answers, err := t.exchange(asked)
		if err != nil {
			return nil, err
		}
		return &Rows{rows: answers[0].rows}, nil
	}
	wanted := t.wanted
	t.wanted = nil
	answers, err := t.exchange(wanted...)
	if err != nil {
		return nil, err
	}
	for i, a := range answers {
		t.fetched = append(t.fetched, fetched{wanted[i], a})
	}
	a, _ := t.ahead(asked)
	return &Rows{rows: a.rows}, nil
}

// ahead is the answer to a question that was fetched.
func (t *Tx) ahead(asked statement) (answer, bool) {
	for _, f := range t.fetched {
		if f.is(asked) {
			return f.answer, true
		}
	}
	return answer{}, false
}

func (s statement) is(other statement) bool {
	return s.query == other.query && slices.Equal(s.args, other.args)
}

// QueryRow runs a query for one row. Scan answers sql.ErrNoRows when there is none.
func (t *Tx) QueryRow(query string, args ...any) *Row {
	rows, err := t.Query(query, args...)
	if err != nil {
		return &Row{err: err}
	}
	return &Row{rows: *rows}
}

// Enqueue adds a job of this county: work for later that exists exactly if the transaction commits. The payload is kept as
// JSON. A job may be run twice, after a crash for instance, and must do the same then.
func (t *Tx) Enqueue(kind string, payload any) error {
	content, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	if t.passenger != nil {
		return errAlone
	}
	if err := t.flush(); err != nil {
		return err
	}
	return t.enqueue(kind, content)
}

// errSurprise is what [Surprise] answers.
var errSurprise = errors.New("store: something was there that a first look did not expect")

// Surprise is the error of a command that did not ask before it wrote, because what it would have asked for hardly ever is so, and
// now met it. The command is tried again, with [Tx.Careful] set. Asking has a price under concurrency: on PostgreSQL who asks for a row that is not
// there stands in the way of all who write near it.
func Surprise() error { return errSurprise }
