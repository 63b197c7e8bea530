package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"doudi/record/register"
	"doudi/record/store"
)

// chunk is how many persons are registered in a database of their own, and then copied.
const chunk = 20_000

// personTables hold what the register writes about a person, with the column that names the person, in the order in which they
// may be filled.
var personTables = [][2]string{{"party", "party_id"}, {"person_key", "person_id"}, {"statement", "subject_id"}, {"person_number", "party_id"}, {"person_name", "party_id"}}

// copied registers persons on all shelves. The register itself writes them, into a small database that fits into memory; its rows are
// then copied as they are, because registering a million people one after the other in each database takes the better part of an
// hour, which is not what is measured.
func copied(ctx context.Context, secrets string, from, n int, all []*shelf) error {
	folder, err := os.MkdirTemp("", "doudi-bench-chunk-")
	if err != nil {
		return err
	}
	file := filepath.Join(folder, "chunk.db")
	err = registered(ctx, file, secrets, from, n)
	for _, s := range all {
		if err == nil {
			err = s.copy(ctx, file)
		}
	}
	return errors.Join(err, os.RemoveAll(folder))
}

// registered makes a database of the persons from one number on.
func registered(ctx context.Context, file, secrets string, from, n int) error {
	w, err := newWorld(ctx, "sqlite:"+file+"?_pragma=synchronous(OFF)&_pragma=cache_size(-200000)", secrets, 1)
	if err != nil {
		return err
	}
	w.prepared = w.prepared.Add(time.Duration(from) * time.Second) // ids are in the order of registration
	for start := from; start < from+n && err == nil; start += batch {
		err = w.write(ctx, w.counties[0], clerk, func(tx *store.Tx) error {
			for i := start; i < min(start+batch, from+n); i++ {
				if _, err := w.person(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return errors.Join(err, w.Close())
}

// ofPersons selects the rows of a table that concern persons, in the order of its primary key, from a schema. The plus keeps SQLite from
// asking an index for each person; it goes through the table once.
func ofPersons(schema string, table [2]string) string {
	return `SELECT * FROM ` + schema + `.` + table[0] + ` WHERE +` + table[1] + ` IN (SELECT party_id FROM ` + schema + `.party WHERE kind = '` + register.PersonKind + `') ORDER BY 1, 2, 3`
}

// shelf is a database that is filled with people.
type shelf struct {
	*site
	loader
	dsn      string
	measured []measured
}

// loader reaches behind the record, for what an office never does.
type loader interface {
	// copy takes over the persons of a SQLite file.
	copy(ctx context.Context, file string) error
	// scans is how often each table was scanned so far; the same text for the same numbers.
	scans(ctx context.Context) (string, error)
	// explain is the plan of a query, and the lines of it that read a whole table or index.
	explain(ctx context.Context, query string, args ...any) (plan string, bad []string, err error)
	// commonest is the name token that most persons have.
	commonest(ctx context.Context) (token string, err error)
	end(ctx context.Context) error
}

func newShelf(ctx context.Context, dialect, secrets string) (*shelf, error) {
	place, err := newSite(dialect, secrets)
	if err != nil {
		return nil, err
	}
	s := &shelf{site: place}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, place.close())
	}
	return s, nil
}

func (s *shelf) open(ctx context.Context) (err error) {
	if s.dsn, err = s.empty(); err != nil {
		return err
	}
	w, err := newWorld(ctx, s.dsn, s.secrets, 1)
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if s.server != nil {
		s.loader, err = newPostgresLoader(ctx, s.dsn)
	} else {
		s.loader, err = newSQLiteLoader(ctx, strings.TrimPrefix(s.dsn, "sqlite:"))
	}
	return err
}

func (s *shelf) close() error {
	return errors.Join(s.end(context.Background()), s.site.close())
}

// plans reads the plans of the register's queries for what most people share, and refuses one that reads a whole table.
func (s *shelf) plans(ctx context.Context) error {
	token, err := s.commonest(ctx)
	if err != nil {
		return err
	}
	args := []any{countyCode(0), token, "", page, "x", "y", "z"}
	for name, query := range register.Queries() {
		plan, bad, err := s.explain(ctx, query, args[:parameters(query)]...)
		if err != nil {
			return err
		}
		if len(bad) > 0 {
			return fmt.Errorf("the query for %s reads a whole table:\n%s", name, plan)
		}
	}
	return nil
}

// parameters is how many a query has.
func parameters(query string) int {
	n := 0
	for strings.Contains(query, fmt.Sprintf("?%d", n+1)) {
		n++
	}
	return n
}

const commonestQuery = `SELECT token FROM person_name GROUP BY token ORDER BY COUNT(*) DESC LIMIT 1`

// sqliteLoader reaches a SQLite file.
type sqliteLoader struct {
	db   *sql.DB
	conn *sql.Conn
}

func newSQLiteLoader(ctx context.Context, file string) (*sqliteLoader, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=synchronous(OFF)&_pragma=cache_size(-400000)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	return &sqliteLoader{db, conn}, err
}

func (l *sqliteLoader) copy(ctx context.Context, file string) error {
	if _, err := l.conn.ExecContext(ctx, `ATTACH ?1 AS chunk`, file); err != nil {
		return err
	}
	queries := []string{`BEGIN IMMEDIATE`}
	for _, table := range personTables {
		queries = append(queries, `INSERT INTO main.`+table[0]+` `+ofPersons("chunk", table))
	}
	for _, query := range append(queries, `COMMIT`, `DETACH chunk`) {
		if _, err := l.conn.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
	}
	return nil
}

// scans is nothing: SQLite does not count. Its plans are fixed, and read.
func (l *sqliteLoader) scans(ctx context.Context) (string, error) {
	_, err := l.conn.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`) // as after a quiet hour
	return "", err
}

func (l *sqliteLoader) explain(ctx context.Context, query string, args ...any) (plan string, bad []string, err error) {
	rows, err := l.conn.QueryContext(ctx, `EXPLAIN QUERY PLAN `+query, args...)
	if err != nil {
		return "", nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var line string
		if err := rows.Scan(&id, &parent, &unused, &line); err != nil {
			return "", nil, err
		}
		plan += line + "\n"
		// A whole county is no less than a table, and so is a leap to each value of a column; found is the page itself.
		if strings.Contains(line, "SCAN") && !strings.Contains(line, "SCAN found") || strings.Contains(line, "(county_code=?)") || strings.Contains(line, "ANY(") {
			bad = append(bad, line)
		}
	}
	return plan, bad, rows.Err()
}

func (l *sqliteLoader) commonest(ctx context.Context) (token string, err error) {
	return token, l.conn.QueryRowContext(ctx, commonestQuery).Scan(&token)
}

func (l *sqliteLoader) end(context.Context) error { return errors.Join(l.conn.Close(), l.db.Close()) }

// postgresLoader reaches a PostgreSQL database.
type postgresLoader struct{ conn *pgx.Conn }

func newPostgresLoader(ctx context.Context, dsn string) (*postgresLoader, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	// The rows satisfied the foreign keys where they were written; a bulk load need not look again.
	_, err = conn.Exec(ctx, `SET session_replication_role = replica; SET synchronous_commit = off`)
	return &postgresLoader{conn}, err
}

func (l *postgresLoader) copy(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		return err
	}
	for _, table := range personTables {
		if err == nil {
			err = l.copyTable(ctx, db, table)
		}
	}
	return errors.Join(err, db.Close())
}

func (l *postgresLoader) copyTable(ctx context.Context, db *sql.DB, table [2]string) error {
	rows, err := db.QueryContext(ctx, ofPersons("main", table))
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	_, err = l.conn.CopyFrom(ctx, pgx.Identifier{table[0]}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		if !rows.Next() {
			return nil, rows.Err()
		}
		return values, rows.Scan(into...)
	}))
	return err
}

// scans waits until everybody else has gone, which is when the server counts what they did, and reads its count. What
// the server does by itself after a bulk load is done first, so that it does not fall into a look-up.
func (l *postgresLoader) scans(ctx context.Context) (count string, err error) {
	if _, err := l.conn.Exec(ctx, `VACUUM ANALYZE`); err != nil {
		return "", err
	}
	for others := 1; others > 0; {
		err := l.conn.QueryRow(ctx, `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`).Scan(&others)
		if err != nil {
			return "", err
		}
	}
	var names []string
	for _, table := range personTables {
		names = append(names, table[0])
	}
	err = l.conn.QueryRow(ctx, `SELECT string_agg(relname || ' ' || seq_scan, ', ' ORDER BY relname) FROM pg_stat_user_tables WHERE relname = ANY ($1)`, names).Scan(&count)
	return count, err
}

func (l *postgresLoader) explain(ctx context.Context, query string, args ...any) (plan string, bad []string, err error) {
	rows, err := l.conn.Query(ctx, `EXPLAIN `+strings.ReplaceAll(query, "?", "$"), args...)
	if err != nil {
		return "", nil, err
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	bad = slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !strings.Contains(line, "Seq Scan") })
	return strings.Join(lines, "\n"), bad, err
}

func (l *postgresLoader) commonest(ctx context.Context) (token string, err error) {
	return token, l.conn.QueryRow(ctx, commonestQuery).Scan(&token)
}

func (l *postgresLoader) end(ctx context.Context) error { return l.conn.Close(ctx) }
