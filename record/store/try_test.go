package store_test

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"doudi/kernel/fault"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// A server says what is wrong with which part of its address.
func TestTryServer(t *testing.T) {
	dsn := storetest.EmptyPostgres(t)
	if have, err := store.Try(t.Context(), dsn); err != nil || have != 0 {
		t.Fatalf("%d %v", have, err)
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		change func(*url.URL)
		says   string
	}{
		{func(u *url.URL) { u.Path = "/nowhere" }, "没有数据库 nowhere"},
		{func(u *url.URL) { u.User = url.UserPassword("nobody", "secret") }, "不让用户 nobody 进"},
		{func(u *url.URL) { u.RawQuery = "sslmode=require" }, "不加密传输"},
	} {
		other := *u
		tt.change(&other)
		_, err := store.Try(t.Context(), other.String())
		if told := fault.RenderError(err, "zh"); fault.CodeOf(err) != "store.try" || !strings.Contains(told, tt.says) || strings.Contains(told, "secret") {
			t.Errorf("%s: %s", other.Redacted(), told)
		}
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(`CREATE TABLE theirs (a TEXT)`)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Try(t.Context(), dsn); fault.CodeOf(err) != "store.try-foreign" {
		t.Error(err)
	}
}

// A file is made with its folder, and left empty.
func TestTryFile(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "new", "a.db")
	for range 2 {
		if have, err := store.Try(t.Context(), dsn); err != nil || have != 0 {
			t.Errorf("%d %v", have, err)
		}
	}
	s, err := store.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if have, err := store.Try(t.Context(), dsn); err != nil || have == 0 {
		t.Errorf("%d %v", have, err)
	}
}
