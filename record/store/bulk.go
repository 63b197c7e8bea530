package store

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Load inserts many rows into a table: on PostgreSQL by COPY, on SQLite many with one statement. What was said by [Tx.Later] is done before. A row
// that is there already is an error, as with an INSERT.
func (t *Tx) Load(table string, columns []string, rows [][]any) error {
	switch {
	case !t.write:
		return readOnly()
	case t.coach != nil:
		return errAlone
	case len(rows) == 0:
		return nil
	}
	if err := t.flush(); err != nil {
		return err
	}
	t.forget()
	if t.store.dialect.name == postgresName {
		return t.copyIn(table, columns, rows)
	}
	return t.insertMany(table, columns, rows)
}

func (t *Tx) copyIn(table string, columns []string, rows [][]any) error {
	return t.conn.Raw(func(connection any) error {
		conn := connection.(*stdlib.Conn).Conn()
		_, err := conn.CopyFrom(t.ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
		return err
	})
}

// rowsAtOnce is how many rows one INSERT has on SQLite. Only the last one of a load has fewer, so that few statements are compiled.
const rowsAtOnce = 64

func (t *Tx) insertMany(table string, columns []string, rows [][]any) error {
	many := insertOf(table, columns, rowsAtOnce)
	for ; len(rows) >= rowsAtOnce; rows = rows[rowsAtOnce:] {
		if err := t.insertRows(many, rows[:rowsAtOnce]); err != nil {
			return err
		}
	}
	one := insertOf(table, columns, 1)
	for i := range rows {
		if err := t.insertRows(one, rows[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) insertRows(query string, rows [][]any) error {
	args := make([]any, 0, len(rows)*len(rows[0]))
	for _, row := range rows {
		args = append(args, row...)
	}
	_, err := t.exchange(statement{query: query, args: args})
	return err
}

// insertOf is an INSERT of n rows.
func insertOf(table string, columns []string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", table, strings.Join(columns, ", "))
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + placeholders(i*len(columns)+1, len(columns)) + ")")
	}
	return b.String()
}

// placeholders are n of them, numbered from first on.
func placeholders(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "?%d", first+i)
	}
	return b.String()
}

// Among is [All] of a query about many ids, which says IN (?*) where they belong. It is asked for a few hundred ids at a time, so an ORDER BY holds
// only among those.
func Among[T any](t *Tx, scan func(*Rows) (T, error), query string, ids []string, args ...any) (all []T, err error) {
	for len(ids) > 0 {
		n := amongFew
		if len(ids) > amongFew {
			n = amongMany
		}
		asked := ids[:min(n, len(ids))]
		ids = ids[len(asked):]
		values := append(make([]any, 0, len(args)+n), args...)
		for i := range n { // the last one fills up what is too few
			values = append(values, asked[min(i, len(asked)-1)])
		}
		found, err := All(t, scan, strings.Replace(query, "?*", placeholders(len(args)+1, n), 1), values...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// How many ids one question has; queries of two lengths only, so that the databases know them.
const (
	amongFew  = 8
	amongMany = 400
)
