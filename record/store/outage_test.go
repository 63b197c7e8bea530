package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"doudi/kernel/fault"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

func TestDiskFull(t *testing.T) {
	dsn := storetest.SQLite(t)
	var pages int
	err := storetest.Open(t, dsn).Read(context.Background(), county, func(tx *store.Tx) error { return tx.QueryRow(`SELECT page_count FROM pragma_page_count`).Scan(&pages) })
	if err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t, fmt.Sprintf("%s?_pragma=max_page_count(%d)", dsn, pages+20))
	exec(t, s, scratch)
	long := strings.Repeat("x", 4<<10)
	kept := int64(0)
	for i := range 1000 {
		if _, err = s.Write(context.Background(), command(fmt.Sprint("k", i), ""), run(insert, county, fmt.Sprint(i, long), 0)); err != nil {
			break
		}
		kept++
	}
	wantCode(t, err, fault.Unavailable, "store.disk-full")
	if n := rows(t, s); n != kept || kept == 0 {
		t.Errorf("%d rows, want the %d that were acknowledged", n, kept)
	}
	// With room again, work goes on without a hand.
	exec(t, s, `DELETE FROM scratch WHERE county_code = ?1 AND length(name) > 100`, county)
	exec(t, s, insert, county, "after", 0)
}

func TestDatabaseGoneAndBack(t *testing.T) {
	server := storetest.NewServer(t)
	s := storetest.Open(t, server.CreateMigrated(t, "gone"))
	exec(t, s, scratch)
	exec(t, s, insert, county, "before", 0)

	// The server dies in the middle of a transaction.
	_, err := s.Write(context.Background(), command("k", "a"), func(tx *store.Tx) (any, error) {
		if _, err := tx.Exec(insert, county, "during", 0); err != nil {
			return nil, err
		}
		if server.Running() {
			server.Kill(t)
		}
		return tx.Exec(insert, county, "during, too", 0)
	})
	wantCode(t, err, fault.Unavailable, "store.unavailable")
	_, err = s.Write(context.Background(), command("", ""), run(insert, county, "while gone", 0))
	wantCode(t, err, fault.Unavailable, "store.unavailable")
	err = s.Read(context.Background(), county, func(*store.Tx) error { return nil })
	wantCode(t, err, fault.Unavailable, "store.unavailable")
	_, err = store.Open(context.Background(), server.DSN("gone"))
	wantCode(t, err, fault.Unavailable, "store.unavailable")

	server.Start(t)
	exec(t, s, insert, county, "after", 0)
	if n := rows(t, s); n != 2 {
		t.Errorf("%d rows, want 2: before and after", n)
	}
	if out, err := s.Write(context.Background(), command("k", "a"), run(insert, county, "again", 0)); err != nil || out.Replayed {
		t.Errorf("the command that was cut off must be done when asked again: %v, replayed %v", err, out.Replayed)
	}
}

// Connections that went stale while nobody worked must not be seen by whoever comes next.
func TestRestartBetweenCommands(t *testing.T) {
	server := storetest.NewServer(t)
	s := storetest.Open(t, server.CreateMigrated(t, "restarted"))
	exec(t, s, scratch)
	for i := range 3 {
		server.Kill(t)
		server.Start(t)
		exec(t, s, insert, county, fmt.Sprint(i), 0)
		if n := rows(t, s); n != int64(i+1) {
			t.Errorf("%d rows, want %d", n, i+1)
		}
	}
}

// A second process on the same file waits its turn.
func TestTwoProcessesOnOneFile(t *testing.T) {
	dsn := storetest.SQLite(t)
	one, other := storetest.Open(t, dsn), storetest.Open(t, dsn)
	exec(t, one, scratch)
	done := make(chan error, 2)
	for i, s := range []*store.Store{one, other} {
		go func() {
			var err error
			for n := range 100 {
				_, failed := s.Write(context.Background(), command("", ""), run(insert, county, fmt.Sprint(i, n), 0))
				err = errors.Join(err, failed)
			}
			done <- err
		}()
	}
	if err := errors.Join(<-done, <-done); err != nil {
		t.Error(err)
	}
	if n := rows(t, one); n != 200 {
		t.Errorf("%d rows, want 200", n)
	}
}

func TestNoDatabase(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := store.Open(context.Background(), "sqlite:"+garbage)
	wantCode(t, err, fault.Unavailable, "store.damaged")
	_, err = store.Open(context.Background(), "sqlite:"+filepath.Join(t.TempDir(), "no", "such", "folder.db"))
	wantCode(t, err, fault.Unavailable, "store.unavailable")
}

func TestTranslate(t *testing.T) {
	tests := []struct {
		err  error
		code string
	}{
		{&pgconn.PgError{Code: "53100"}, "store.disk-full"},
		{&pgconn.PgError{Code: "53300"}, "store.unavailable"},
		{&pgconn.PgError{Code: "57P03"}, "store.unavailable"},
		{&pgconn.PgError{Code: "57014"}, "store.timeout"},
		{&pgconn.PgError{Code: "58030"}, "store.unavailable"},
		{&pgconn.PgError{Code: "28P01"}, "store.unavailable"},
		{&pgconn.PgError{Code: "3D000"}, "store.unavailable"},
		{&pgconn.PgError{Code: "40001"}, "store.busy"},
		{&pgconn.PgError{Code: "XX001"}, "store.damaged"},
		{&pgconn.PgError{Code: "XX002"}, "store.damaged"},
		{&pgconn.PgError{Code: "XX000"}, "store.unavailable"}, // the server stumbled over itself; its data are as they were
		{fmt.Errorf("reading: %w", io.ErrUnexpectedEOF), "store.unavailable"},
		{context.DeadlineExceeded, "store.timeout"},
	}
	for _, tt := range tests {
		got := store.Translate(tt.err)
		wantCode(t, got, fault.Unavailable, tt.code)
		if !errors.Is(got, tt.err) || !strings.Contains(got.Error(), "（") {
			t.Errorf("%v lost its cause or has no hint", got)
		}
	}
	plain := errors.New("plain")
	if got := store.Translate(plain); got != plain {
		t.Errorf("an error that is not the database's became %v", got)
	}
}
