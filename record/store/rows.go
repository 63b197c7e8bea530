package store

import (
	"database/sql"
	"fmt"
	"reflect"
	"slices"
)

// Rows are the rows of a query, read in order: Next, Scan, Next … and Err at the end.
type Rows struct {
	rows [][]any
	at   int // the row Scan reads, counted from 1
}

// Next goes to the next row and tells whether there is one.
func (r *Rows) Next() bool {
	r.at++
	return r.at <= len(r.rows)
}

// Scan copies the columns of the row.
func (r *Rows) Scan(dest ...any) error { return scan(r.rows[r.at-1], dest) }

// Columns is how many columns the row has.
func (r *Rows) Columns() int { return len(r.rows[r.at-1]) }

// Err is what went wrong while rows were read: nothing, for they were read before Query answered.
func (r *Rows) Err() error { return nil }

// All is what scan makes of each row of a query, in order.
func All[T any](t *Tx, scan func(*Rows) (T, error), query string, args ...any) (all []T, err error) {
	rows, err := t.Query(query, args...)
	if err != nil {
		return nil, err
	}
	all = slices.Grow(all, len(rows.rows))
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// Text is the row's one column, for [All].
func Text(r *Rows) (text string, err error) { return text, r.Scan(&text) }

// Row is the first row of a query.
type Row struct {
	rows Rows
	err  error
}

// Scan copies the columns. The error is sql.ErrNoRows when there is no row.
func (r *Row) Scan(dest ...any) error {
	switch {
	case r.err != nil:
		return r.err
	case !r.rows.Next():
		return sql.ErrNoRows
	}
	return r.rows.Scan(dest...)
}

func scan(row []any, dest []any) error {
	if len(row) != len(dest) {
		return fmt.Errorf("store: %d columns for %d destinations", len(row), len(dest))
	}
	for i, value := range row {
		if err := assign(dest[i], value); err != nil {
			return fmt.Errorf("store: column %d: %w", i+1, err)
		}
	}
	return nil
}

// assign copies a value of a column: text or a whole number, nothing only where it may be nothing.
func assign(dest, value any) error {
	if scanner, ok := dest.(sql.Scanner); ok {
		return scanner.Scan(value)
	}
	if anything, ok := dest.(*any); ok {
		*anything = value
		return nil
	}
	target := reflect.ValueOf(dest).Elem()
	switch v := value.(type) {
	case string:
		if target.Kind() == reflect.String {
			target.SetString(v)
			return nil
		}
	case int64:
		switch target.Kind() {
		case reflect.Int, reflect.Int32, reflect.Int64:
			if target.OverflowInt(v) {
				return fmt.Errorf("%d is out of range for %s", v, target.Type())
			}
			target.SetInt(v)
			return nil
		case reflect.Bool:
			target.SetBool(v != 0)
			return nil
		}
	case bool:
		if target.Kind() == reflect.Bool {
			target.SetBool(v)
			return nil
		}
	}
	return fmt.Errorf("cannot put %T into %s", value, target.Type())
}
