package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"doudi/record/store"
)

// An import is measured in a process of its own, which is this program again.
func TestMain(m *testing.M) {
	if ran, err := runErrand(context.Background()); err != nil {
		log.Fatal(told(err))
	} else if !ran {
		os.Exit(m.Run())
	}
}

// Every measurement runs, small, on both databases, and says in its results what the figures mean.
func TestMeasurements(t *testing.T) {
	file := filepath.Join(t.TempDir(), "RESULTS.md")
	args := strings.Fields("all -rows 500 -counties 1,2 -persons 40 -clients 3 -curve 3 -sizes 1000,3000 -asked 10 -rounds 1 -length 300ms -scale 1 -office 1500 -users 13 -think 20ms -shift 3s -date 2021-11-08 -out " + file)
	var said bytes.Buffer
	if err := run(context.Background(), args, &said); err != nil {
		t.Fatalf("%s\n%s", told(err), &said)
	}
	kept, err := os.ReadFile(file)
	if err != nil || string(kept) != said.String() {
		t.Errorf("the file holds something else than was said (%v)", err)
	}
	for _, want := range []string{
		`2021-11-08, .*PostgreSQL.*SQLite`,
		`### PostgreSQL, one county and one fund`,
		`### PostgreSQL, 2 counties`,
		`### SQLite, one county and one fund`,
		`\| median \| +[1-9]\d* \|.*\| +[1-9]\d* \| 0\.\d{3} \|`,
		`\| cashiers \| settlements/s \|`,
		`\| 3        \| +[1-9]\d* \|`,
		`\| p50 / p95 ms +\| +1000 \| +3000 \| growth \|`,
		`\| two initials  `,
		`13 users of all roles have signed in`,
		`\| empty page +\| +[1-9]\d* \|.*\| +1\.0 \|`,
		`\| search by name +\| +[1-9]\d* \|`,
		`\| users +\| pages/s \|`,
	} {
		if !regexp.MustCompile(want).Match(kept) {
			t.Errorf("the results lack %s", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", kept)
	}
}

func TestWrongArguments(t *testing.T) {
	for args, want := range map[string]string{
		"":                              "say what to measure",
		"everything":                    "no measurement",
		"settle -db mysql":              "sqlite or postgres",
		"settle -db sqlite -counties 0": "no number from 1 up",
		"curve -curve x":                "no number from 1 up",
		"settle -db sqlite -counties 10 -persons 10": "at most 9",
	} {
		err := run(context.Background(), strings.Fields(args), &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
}

// The plans are really read: a query that goes through a table is seen.
func TestScansAreSeen(t *testing.T) {
	secrets, err := newSecrets()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(secrets); err != nil {
			t.Error(err)
		}
	})
	ctx := context.Background()
	for _, dialect := range []string{"sqlite", "postgres"} {
		s, err := newShelf(ctx, dialect, secrets)
		if err != nil {
			t.Fatal(err)
		}
		if err := copied(ctx, secrets, 0, 500, []*shelf{s}); err != nil {
			t.Error(err)
		}
		for query, scans := range map[string]bool{
			`SELECT subject_id FROM statement WHERE content = ?1`:                     true,
			`SELECT kind FROM party WHERE county_code = ?1 AND party_id = 'somebody'`: false,
		} {
			plan, bad, err := s.explain(ctx, query, countyCode(0))
			if err != nil || len(bad) > 0 != scans {
				t.Errorf("%s: %s\nscans: %q, %v", dialect, plan, bad, err)
			}
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
}

// A person is the same whichever database it is asked for, and no two have one number.
func TestPeople(t *testing.T) {
	seen := map[string]int{}
	for _, i := range []int{0, 1, 25_566, 25_567, 999_999, 10_000_000, 11_000_099} {
		number, err := numberOf(i)
		if err != nil || !number.Fictional() {
			t.Errorf("person %d has the number %q (%v)", i, number, err)
		}
		if other, twice := seen[string(number)]; twice {
			t.Errorf("persons %d and %d have one number", other, i)
		}
		seen[string(number)] = i
		if name := nameOf(i); name != nameOf(i) || len([]rune(name)) < 2 || len(initialsOf(i)) != len([]rune(name)) {
			t.Errorf("person %d is called %s, %s", i, name, initialsOf(i))
		}
	}
}

// The peer of SQLite writes as the record does, and PostgreSQL waits for the disk.
func TestPeersWriteAlike(t *testing.T) {
	ctx := context.Background()
	secrets, err := newSecrets()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(secrets); err != nil {
			t.Error(err)
		}
	})
	settings := map[string][]string{
		"sqlite":   {"PRAGMA journal_mode", "PRAGMA synchronous", "PRAGMA secure_delete", "PRAGMA foreign_keys", "PRAGMA page_size", "PRAGMA wal_autocheckpoint", "PRAGMA cache_size"},
		"postgres": {"SHOW fsync", "SHOW synchronous_commit", "SHOW full_page_writes"},
	}
	for dialect, queries := range settings {
		s, err := newSite(dialect, secrets)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.meet(ctx, 1); err != nil {
			t.Fatal(err)
		}
		w, err := s.world(ctx, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, query := range queries {
			want := "on"
			if s.bare != nil {
				err = s.bare.QueryRowContext(ctx, query).Scan(&want)
			}
			var got sql.NullString // takes numbers as well
			asked := w.write(ctx, w.counties[0], clerk, func(tx *store.Tx) error { return tx.QueryRow(query).Scan(&got) })
			if err := errors.Join(err, asked); err != nil || got.String != want {
				t.Errorf("%s is %q for the record, not %q (%v)", query, got.String, want, err)
			}
		}
		if err := errors.Join(w.Close(), s.close()); err != nil {
			t.Error(err)
		}
	}
}

func TestTPS(t *testing.T) {
	if rate, err := tps([]byte("latency average = 1 ms\ntps = 5529.125 (without initial connection time)\n")); err != nil || rate != 5529.125 {
		t.Errorf("%v, %v", rate, err)
	}
	if _, err := tps([]byte("pgbench: error\n")); err == nil {
		t.Error("no speed must be an error")
	}
}

// A measurement of one database writes its own part anew and leaves the others as they are.
func TestResultsAreKeptByPart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "RESULTS.md")
	write := func(when string, parts ...string) {
		t.Helper()
		r := &report{out: io.Discard, file: file, when: when}
		errs := []error{r.say("# Results\n")}
		for _, part := range parts {
			measurement, database, _ := strings.Cut(part, " on ")
			errs = append(errs, r.say("\n## %s\n\nWhat it is.\n", measurement), r.part(database))
		}
		if err := errors.Join(append(errs, r.keep())...); err != nil {
			t.Fatal(err)
		}
	}
	write("Monday", "speed on A", "speed on B", "size on A")
	write("Tuesday", "speed on B", "weight on A")
	kept, err := os.ReadFile(file)
	const want = "# Results\n\n## speed\n\nWhat it is.\n\n### A\n\nMonday\n\n### B\n\nTuesday\n\n## size\n\nWhat it is.\n\n### A\n\nMonday\n\n## weight\n\nWhat it is.\n\n### A\n\nTuesday\n"
	if err != nil || string(kept) != want {
		t.Errorf("kept is %q, not %q (%v)", kept, want, err)
	}
}
