package record_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"doudi/decide/policy"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record"
	"doudi/record/recordtest"
	"doudi/record/store"
)

var expect = recordtest.Expect

func TestSecrets(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "secrets")
	expect(t, record.CreateSecrets(folder, "37012"), "record.county")
	expect(t, record.CreateSecrets(folder, "370100"), "record.county")
	expect(t, record.AddCounties(folder, "999901"), "record.no-secrets")
	if err := record.CreateSecrets(folder, "999901"); err != nil {
		t.Fatal(err)
	}
	expect(t, record.CreateSecrets(folder, "999901"), "record.secrets-exist")
	for _, name := range []string{"master.key", "register.json"} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if err := record.AddCounties(folder, "999902"); err != nil {
		t.Fatal(err)
	}
	expect(t, record.AddCounties(folder, "999902"), "register.key-there")
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 2 {
		t.Errorf("the folder holds %v (%v)", entries, err)
	}
	expect(t, record.CreateSecrets(filepath.Join(folder, "master.key", "in a file"), "999901"), "record.secrets-unwritten")
}

func TestOpen(t *testing.T) {
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	c := record.Config{DSN: "sqlite:" + filepath.Join(folder, "a.db"), Secrets: filepath.Join(folder, "secrets"), Library: library}
	_, err = record.Open(t.Context(), c)
	expect(t, err, "record.no-secrets")
	if err := record.CreateSecrets(c.Secrets, "999901"); err != nil {
		t.Fatal(err)
	}
	_, err = record.Open(t.Context(), c)
	expect(t, err, "store.schema-older")
	migrate(t, c.DSN)
	r, err := record.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(c.Secrets, "register.json")); err != nil {
		t.Fatal(err)
	}
	_, err = record.Open(t.Context(), c)
	expect(t, err, "record.no-secrets")
}

func migrate(t *testing.T, dsn string) {
	t.Helper()
	s, err := store.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
