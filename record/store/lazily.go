package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
)

// A company has as few conversations with PostgreSQL as it can: what begins a transaction is said together with what is said in it first.

var (
	beginLooking = statement{query: "begin isolation level repeatable read read only"}
	beginWriting = statement{query: "begin isolation level serializable"}
	rollback     = statement{query: "rollback"}
)

// beginLook begins the transaction in which a company asks: of SQLite on a connection that only reads, and of PostgreSQL on one that never reads a table whole.
func (s *Store) beginLook(ctx context.Context) (begun, error) {
	if s.dialect.name == sqliteName {
		return s.begin(ctx, s.reader, s.snapshot())
	}
	return s.converse(ctx, beginLooking)
}

// beginWrite begins the transaction that writes.
func (s *Store) beginWrite(ctx context.Context) (begun, error) {
	if s.dialect.name == sqliteName {
		return s.begin(ctx, s.writer, s.serializable())
	}
	return s.converse(ctx, beginWriting)
}

// converse is a connection with PostgreSQL on which a transaction is begun by the first that is said.
func (s *Store) converse(ctx context.Context, first statement) (begun, error) {
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return begun{}, err
	}
	return begun{conn: conn, first: &[]statement{first}, keep: func() error { return conn.Raw(commitOn) }, end: func() {
		_ = conn.Raw(rollbackOn) // nothing is kept of a connection that cannot do it
		_ = conn.Close()
	}}, nil
}

// errNotKept says that PostgreSQL ended a transaction that had failed before.
var errNotKept = errors.New("store: what was to be committed had failed")

// commitOn keeps the transaction of a connection. It is not cut off: whoever waits for it stops waiting.
func commitOn(connection any) error {
	tag, err := connection.(*stdlib.Conn).Conn().Exec(context.Background(), "commit")
	if err == nil && tag.String() != "COMMIT" {
		return errNotKept
	}
	return err
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
