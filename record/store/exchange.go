package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/jackc/pgx/v5/stdlib"
)

// statement is one thing said to the database.
type statement struct {
	query string // with placeholders ?1 ?2
	args  []any
	asks  bool // for rows; otherwise it changes some
}

// answer is what the database says to a statement. Rows are read to their end at once: no conversation is left open, and rows
// asked for ahead look like any others.
type answer struct {
	rows    [][]any // string, int64, bool or nil, as our columns are
	changed int64
}

// exchange says statements one after the other and answers each. On PostgreSQL they travel together. The first that
// fails ends it.
func (t *Tx) exchange(list ...statement) (answers []answer, err error) {
	if t.passenger != nil {
		return t.passenger.ask(list)
	}
	err = t.conn.Raw(func(connection any) error {
		var err error
		if t.store.dialect.name == sqliteName {
			answers, err = connection.(*preparing).run(t.ctx, list)
		} else {
			answers, err = t.store.dialect.send(t.ctx, connection.(*stdlib.Conn).Conn(), list)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return answers, nil
}

// run runs the statement on SQLite.
func (s statement) run(ctx context.Context, c compiled) (a answer, err error) {
	args, err := c.given(s.args)
	if err != nil {
		return a, err
	}
	if !s.asks {
		result, err := c.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
		if err != nil {
			return a, err
		}
		a.changed, err = result.RowsAffected()
		return a, err
	}
	rows, err := c.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return a, err
	}
	a.rows, err = readAll(rows)
	return a, errors.Join(err, rows.Close())
}

func readAll(rows driver.Rows) (all [][]any, err error) {
	columns := len(rows.Columns())
	for {
		values := make([]driver.Value, columns)
		switch err := rows.Next(values); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		}
		row := make([]any, columns)
		for i, value := range values {
			row[i] = value
		}
		all = append(all, row)
	}
}
