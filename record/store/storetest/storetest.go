// Package storetest gives tests the databases the product runs on: a real SQLite file, and a real PostgreSQL server that is
// started once per test binary and goes away with it. Nothing is imitated and nothing is skipped.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"doudi/record/store"
)

// Each runs the test on both databases, as subtests “sqlite” and “postgres”, each with empty tables of its own. With [CitusDSN] set
// there is a third, “citus”.
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	EachDSN(t, func(t *testing.T, dsn string) { test(t, Open(t, dsn)) })
}

// EachDSN is [Each] for tests that open the database themselves. The tables are there and empty.
func EachDSN(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
	eachCitus(t, func(t *testing.T, dsn string) {
		if err := migrate(dsn); err != nil {
			t.Fatal(err)
		}
		test(t, dsn)
	})
}

// EachEmpty is [EachDSN] with databases that have no tables yet.
func EachEmpty(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, EmptySQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, EmptyPostgres(t)) })
	eachCitus(t, test)
}

// Open opens a database for the time of the test.
func Open(t testing.TB, dsn string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	return s
}

// EmptySQLite is the address of a file that does not exist yet, in a folder of the test.
func EmptySQLite(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "doudi.db") }

// SQLite is the address of a new file with our tables.
func SQLite(t testing.TB) string {
	t.Helper()
	file, err := blank()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "doudi.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// blank is the file that [SQLite] copies: making all tables takes a hundred times as long.
var blank = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "doudi-sqlite-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "doudi.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path) // the store was closed, so that nothing is left in a log beside it
})

// template is the database from which those of the tests are copied, which is faster than making the tables each time.
const template = "doudi_template"

var (
	shared  = sync.OnceValues(startShared)
	counter atomic.Int64
)

func startShared() (*Server, error) {
	server, err := start("", quick)
	if err != nil {
		return nil, err
	}
	if err := server.create(template, "template0"); err != nil {
		return nil, err
	}
	return server, migrate(server.DSN(template))
}

// Postgres is the address of a new database with our tables, on the server shared by the test binary.
func Postgres(t testing.TB) string { return copied(t, template) }

// EmptyPostgres is the address of a new database without tables.
func EmptyPostgres(t testing.TB) string { return copied(t, "template0") }

func copied(t testing.TB, from string) string {
	t.Helper()
	server, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("doudi_%d", counter.Add(1))
	if err := server.create(name, from); err != nil {
		t.Fatal(err)
	}
	return server.DSN(name)
}

// create makes a database that orders text by its bytes, as SQLite does.
func (s *Server) create(name, from string) error {
	db, err := sql.Open("pgx", s.DSN("postgres"))
	if err != nil {
		return err
	}
	_, err = db.Exec(fmt.Sprintf(`CREATE DATABASE %s TEMPLATE %s ENCODING 'UTF8' LOCALE 'C'`, name, from))
	return errors.Join(err, db.Close())
}

func migrate(dsn string) error {
	ctx := context.Background()
	s, err := store.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	return s.Close()
}
