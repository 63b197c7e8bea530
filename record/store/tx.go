package store

import (
	"context"
	"database/sql"
	"encoding/json"
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

	ctx   context.Context
	tx    *sql.Tx
	store *Store
	write bool
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
	result, err := t.tx.ExecContext(t.ctx, t.store.dialect.rewrite(query), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Query runs a query. The caller closes the rows before the next statement: both databases have one conversation at a time.
func (t *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	return t.tx.QueryContext(t.ctx, t.store.dialect.rewrite(query), args...)
}

// QueryRow runs a query for one row. Scan answers sql.ErrNoRows when there is none.
func (t *Tx) QueryRow(query string, args ...any) *sql.Row {
	return t.tx.QueryRowContext(t.ctx, t.store.dialect.rewrite(query), args...)
}

// Enqueue adds a job of this county: work for later that exists exactly if the transaction commits. The payload is kept as
// JSON. A job may be run twice, after a crash for instance, and must do the same then.
func (t *Tx) Enqueue(kind string, payload any) error {
	content, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	return t.enqueue(kind, content)
}
