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
	case len(rows) == 0: // in a Read too
		return nil
	case !t.write:
		return readOnly()
	case t.passenger != nil:
		return errAlone
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

// insertOf is an INSERT of n rows. Its placeholders have no numbers, which SQLite would look up for each.
func insertOf(table string, columns []string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", table, strings.Join(columns, ", "))
	row := "(" + strings.Repeat("?, ", len(columns)-1) + "?)"
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(row)
	}
	return b.String()
}

// Among is [All] of a query about one id, written ?*, for each of many. It is asked for many at a time as one question of many parts, each of which
// begins at an index whatever the database believes about its tables; a list of ids would not.
func Among[T any](t *Tx, scan func(*Rows) (T, error), query string, ids []string, args ...any) (all []T, err error) {
	for len(ids) > 0 {
		n := amongFew
		if len(ids) > amongFew {
			n = amongMany
		}
		asked := ids[:min(n, len(ids))]
		ids = ids[len(asked):]
		values := append(make([]any, 0, len(args)+n), args...)
		for i := range n {
			if i < len(asked) {
				values = append(values, asked[i])
			} else {
				values = append(values, nil) // finds nothing
			}
		}
		found, err := All(t, scan, t.store.dialect.repeated(query, len(args)+1, n), values...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// How many ids one question has; queries of two lengths only, so that the databases know them.
const (
	amongFew  = 5
	amongMany = 100
)

// repeated is a query n times, with ?* for each of the ids whose placeholders begin with first.
func (d dialect) repeated(query string, first, n int) string {
	return d.remembered(fmt.Sprint("among ", n, " ", query), func() string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = strings.ReplaceAll(query, "?*", fmt.Sprintf("?%d", first+i))
		}
		return strings.Join(parts, " UNION ALL ")
	})
}
