package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// A company has as few conversations with PostgreSQL as it can: a transaction is said whole, from begin to commit.

var (
	beginLooking = statement{query: "begin isolation level repeatable read read only"}
	beginWriting = statement{query: "begin isolation level serializable"}
	rollback     = statement{query: "rollback"}
	commit       = statement{query: "commit"}
)

// sayAll says a whole transaction to PostgreSQL, which keeps it if nothing fails. hear waits for the outcome, and must be called. The error is errUnknown when nobody knows it.
func (s *Store) sayAll(ctx context.Context, transaction []statement) (hear func() error) {
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return func() error { return err }
	}
	var said *conversation
	err = conn.Raw(func(connection any) (err error) {
		said, err = s.dialect.say(ctx, connection.(*stdlib.Conn).Conn(), transaction)
		return err
	})
	return func() error {
		if err == nil {
			err = conn.Raw(func(any) error { _, err := said.hear(); return err })
		}
		if err != nil {
			_ = conn.Raw(rollbackOn) // nothing is kept of a connection that cannot do it
		}
		_ = conn.Close()
		if err == nil || said == nil || answered(err) || pgconn.SafeToRetry(err) {
			return err
		}
		return fmt.Errorf("%w: %w", errUnknown, err)
	}
}

// askAll asks PostgreSQL on one picture of the database.
func (s *Store) askAll(ctx context.Context, asked []statement) (answers []answer, err error) {
	conn, err := s.writer.Conn(ctx) // it never reads a table whole
	if err != nil {
		return nil, err
	}
	err = conn.Raw(func(connection any) (err error) {
		answers, err = s.dialect.send(ctx, connection.(*stdlib.Conn).Conn(), slices.Concat([]statement{beginLooking}, asked, []statement{rollback}))
		return err
	})
	if err != nil {
		_ = conn.Raw(rollbackOn)
		return nil, errors.Join(err, conn.Close())
	}
	return answers[1 : len(answers)-1], conn.Close()
}

// rollbackOn ends the transaction of a connection, if one is open.
func rollbackOn(connection any) error {
	const idle, wait = 'I', 5 * time.Second
	conn := connection.(*stdlib.Conn).Conn()
	if conn.IsClosed() {
		return driver.ErrBadConn
	}
	if conn.PgConn().TxStatus() == idle {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	if _, err := conn.Exec(ctx, rollback.query); err != nil {
		return driver.ErrBadConn
	}
	return nil
}
