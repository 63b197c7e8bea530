package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Command is one change asked for by somebody.
type Command struct {
	Key     string // idempotency key of the caller, at most 200 bytes; "" for none
	Name    string // such as "claim.settle"
	Content []byte // what the key stands for: the request
	County  string // six digits
	Actor   Actor
	Instant time.Time // when; the only time the command knows

	// Together says that the command may share its transaction with others that come at the same time. It then changes nothing but by
	// [Tx.Later] and [Tx.LaterSum], and everything it asks is covered by [Tx.TakeTurn] or [Tx.StandsOn], for it is asked before the
	// transaction that writes begins.
	Together bool
}

// Outcome is what a command answered.
type Outcome struct {
	Result   json.RawMessage // do's result as JSON; "null" for none
	Replayed bool            // the command had been done before, with this result
}

// attempts bounds how often a command is tried against conflicts with others before store.busy is answered.
const attempts = 40

// commitWait bounds how long a commit may take once the caller cannot stop it any more.
const commitWait = 30 * time.Second

// Write runs do in one transaction and keeps what it did, or nothing. do may be called several times and must change nothing but
// through tx; its result is kept as JSON under the command's key.
//
// Errors: what do answers, as it is; store.command-invalid; store.key-reused when the key was used for another content; kind
// Unavailable as the package describes.
func (s *Store) Write(ctx context.Context, c Command, do func(*Tx) (result any, err error)) (Outcome, error) {
	if err := c.check(); err != nil {
		return Outcome{}, err
	}
	c.Instant = c.Instant.UTC().Truncate(time.Microsecond)
	lane := lane{lanes: s.lanes, county: c.County}
	defer lane.leave()
	careful := false
	for attempt := 1; ; attempt++ {
		outcome, err := s.try(ctx, c, careful, attempt, do)
		if err == nil {
			return outcome, nil
		}
		s.forgetIfLost(err)
		if outcome, done, err := s.replay(ctx, c, err); done {
			return outcome, err
		}
		if careful = careful || errors.Is(err, errSurprise); !again(ctx, err, c, attempt) {
			return Outcome{}, translate(err)
		}
		if attempt == attempts {
			return Outcome{}, busy(err)
		}
		if err := lane.enter(ctx); err != nil {
			return Outcome{}, translate(err)
		}
		if err := pause(ctx, attempt); err != nil {
			return Outcome{}, translate(err)
		}
	}
}

// again tells whether the command may be tried once more: always after a conflict, a few times after a broken connection or
// a key that somebody else has just used, and never when it might then be done twice.
func again(ctx context.Context, err error, c Command, attempt int) bool {
	const few = 3
	switch {
	case conflicting(err), errors.Is(err, errSurprise):
		return true
	case errors.Is(err, errUnknown):
		return c.Key != "" && attempt < few && ctx.Err() == nil // or it would be said that nothing was kept
	case lost(err), IsUnique(err), errors.Is(err, errDone):
		return attempt < few
	}
	return false
}

// pause waits a little longer, and by chance, before each further attempt.
func pause(ctx context.Context, attempt int) error {
	longest := min(time.Duration(attempt)*2*time.Millisecond, 50*time.Millisecond)
	timer := time.NewTimer(rand.N(longest))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// try is one attempt, the first one in company if the command may.
func (s *Store) try(ctx context.Context, c Command, careful bool, attempt int, do func(*Tx) (any, error)) (Outcome, error) {
	if c.Together && attempt == 1 && ctx.Err() == nil {
		if outcome, err := s.ride(ctx, c, do); !errors.Is(err, errAlone) {
			return outcome, err
		}
	}
	return s.once(ctx, c, careful, do)
}

// once is one attempt of a command by itself.
func (s *Store) once(ctx context.Context, c Command, careful bool, do func(*Tx) (any, error)) (outcome Outcome, err error) {
	begun, err := s.begin(ctx, s.writer, s.serializable())
	if err != nil {
		return Outcome{}, err
	}
	defer begun.end()
	slot := s.slots.take()
	defer s.slots.giveBack(slot)
	t := s.writing(ctx, begun, c)
	t.Careful, t.Slot = careful, slot
	result, err := do(t)
	if err != nil {
		return Outcome{}, err
	}
	if outcome.Result, err = json.Marshal(result); err != nil {
		return Outcome{}, fmt.Errorf("result of %s: %w", c.Name, err)
	}
	if c.Key != "" {
		if err := t.keep(c, outcome.Result); err != nil {
			return Outcome{}, err
		}
	}
	if err := t.flush(); err != nil {
		return Outcome{}, err
	}
	return outcome, s.commit(ctx, begun.keep)
}

// serializable is the kind of transaction that writes: as if all had been done one after the other.
func (s *Store) serializable() *sql.TxOptions {
	if s.dialect.name == sqliteName { // it has one writer
		return &sql.TxOptions{}
	}
	return &sql.TxOptions{Isolation: sql.LevelSerializable}
}

// writing is a transaction as a command sees it.
func (s *Store) writing(ctx context.Context, b begun, c Command) *Tx {
	return &Tx{Instant: c.Instant, Actor: c.Actor, County: c.County, ctx: ctx, conn: b.conn, tx: b.tx, store: s, write: true}
}

// Read runs do on one consistent picture of the database. Writes are refused. do may be called again when the connection broke.
func (s *Store) Read(ctx context.Context, county string, do func(*Tx) error) error {
	if !isCounty(county) {
		return badCounty(county)
	}
	for attempt := 1; ; attempt++ {
		err := s.readOnce(ctx, county, do)
		if err == nil || !lost(err) || attempt == 3 {
			return translate(err)
		}
	}
}

func (s *Store) readOnce(ctx context.Context, county string, do func(*Tx) error) error {
	begun, err := s.begin(ctx, s.reader, s.snapshot())
	if err != nil {
		return err
	}
	defer begun.end()
	return do(&Tx{County: county, ctx: ctx, conn: begun.conn, tx: begun.tx, store: s})
}

// snapshot is the kind of transaction that sees one state and changes none.
func (s *Store) snapshot() *sql.TxOptions {
	if s.dialect.name == sqliteName { // the connections of the reader refuse writes themselves
		return &sql.TxOptions{}
	}
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

// begun is a transaction under way. end, which must be called and may be called again, ends it without keeping anything unless keep did.
type begun struct {
	conn *sql.Conn
	tx   *sql.Tx
	keep func() error
	end  func()
}

// begin starts a transaction. It does not end by itself with ctx, or a commit could be cut off in the middle: each
// statement watches ctx, and so does the wait for a connection.
func (s *Store) begin(ctx context.Context, db *sql.DB, options *sql.TxOptions) (begun, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return begun{}, err
	}
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	tx, err := conn.BeginTx(inner, options)
	if err == nil && !stop() {
		err = ctx.Err()
	}
	if err != nil {
		if tx != nil {
			_ = tx.Rollback() // nothing was written yet
		}
		cancel()
		_ = conn.Close()
		return begun{}, err
	}
	return begun{conn: conn, tx: tx, keep: tx.Commit, end: func() {
		_ = tx.Rollback() // answers ErrTxDone after a commit; after a broken connection there is nothing to roll back
		cancel()
		_ = conn.Close()
	}}, nil
}

// errUnknown marks a commit whose outcome nobody knows.
var errUnknown = errors.New("commit was not answered")

// commit keeps a transaction. Once begun it is not cut off by ctx, only by commitWait.
func (s *Store) commit(ctx context.Context, keep func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- keep() }()
	timer := time.NewTimer(commitWait)
	defer timer.Stop()
	select {
	case err := <-done:
		if err == nil || answered(err) {
			return err
		}
		return fmt.Errorf("%w: %w", errUnknown, err)
	case <-timer.C:
		return errUnknown
	}
}
