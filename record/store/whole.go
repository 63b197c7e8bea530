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

// sayAll says a whole transaction to PostgreSQL, which keeps the changes if everything they stand on is so and nothing fails. hear waits for the outcome, and must be called. The error is errUnknown
// when nobody knows it.
func (s *Store) sayAll(ctx context.Context, stands []stand, changes []later) (hear func() error) {
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return func() error { return err }
	}
	var said *conversation
	err = conn.Raw(func(connection any) (err error) {
		if said, err = s.dialect.converse(ctx, connection.(*stdlib.Conn).Conn()); err == nil {
			err = said.transaction(stands, changes)
		}
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
		if err == nil || said == nil || !said.ended || answered(err) || pgconn.SafeToRetry(err) {
			return err
		}
		return fmt.Errorf("%w: %w", errUnknown, err)
	}
}

// transaction says all of it. PostgreSQL looks whether everything is as it was while the changes are being put into words.
func (c *conversation) transaction(stands []stand, changes []later) error {
	first := []statement{beginWriting}
	if stands = summed(stands); len(stands) > 0 {
		first = append(first, c.dialect.allSo(stands))
	}
	err := c.say(first)
	if err == nil {
		err = c.begin()
	}
	if err == nil {
		err = c.say(append(c.dialect.strictly(changes), commit))
	}
	return c.end(err)
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
