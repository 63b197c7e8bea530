package store_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doudi/record/audit"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// logTables are the tables of the log, and what of their rows there was before an entry named the one person it concerns.
var logTables = []struct{ name, columns, before string }{
	{"audit_entry", "county_code, entry_id, instant, actor_id, actor_name, actor_post, kind, name, subject, content, digest", "audit_entry"},
	{"audit_person", "county_code, entry_id, person_id, sealed",
		"(SELECT county_code, entry_id, person_id, sealed FROM audit_person UNION ALL SELECT county_code, entry_id, person_id, sealed FROM audit_entry WHERE person_id <> '') people"},
	{"audit_tail", "county_code, entry_id", "audit_tail"},
	{"audit_link", "county_code, batch, position, entry_id", "audit_link"},
	{"audit_seal", "county_code, batch, instant, entries, entries_digest, previous, digest", "audit_seal"},
	{"audit_actor", "county_code, actor, batch", "audit_actor"},
}

// A log that was written when everybody whom an entry concerns stood beside it comes out as if it had been written today, and its seals hold.
func TestLogOfBefore(t *testing.T) {
	ctx := context.Background()
	today := storetest.Open(t, storetest.SQLite(t))
	writeLog(t, today)
	want := wholeLog(t, today)
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		s := connect(t, dsn)
		if err := s.MigrateTo(ctx, 34); err != nil {
			t.Fatal(err)
		}
		_, err := s.Write(ctx, command("", ""), func(tx *store.Tx) (any, error) {
			for _, table := range logTables {
				rows := logRows(t, today, table.columns, table.before)
				if len(rows) == 0 {
					t.Errorf("nothing stands in %s", table.name)
				}
				if err := tx.Load(table.name, strings.Split(table.columns, ", "), rows); err != nil {
					return nil, err
				}
			}
			return nil, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		s = storetest.Open(t, dsn)
		if diff := cmp.Diff(want, wholeLog(t, s)); diff != "" {
			t.Error(diff)
		}
		err = s.Read(ctx, county, func(tx *store.Tx) error { _, err := audit.Verify(tx); return err })
		if err != nil {
			t.Error(err)
		}
	})
}

// writeLog writes entries that concern nobody, one person, several, and one who has no id: some sealed, some not.
func writeLog(t *testing.T, s *store.Store) {
	t.Helper()
	keys, err := audit.NewKeys(bytes.Repeat([]byte{7}, 16))
	if err != nil {
		t.Fatal(err)
	}
	log := audit.NewLog(keys)
	for i, persons := range []map[string]any{{"p-1": "x"}, nil, {"p-1": nil, "p-2": "y"}, {"": nil}, {"p-2": nil}, {"": nil, "p-2": nil}} {
		for n := range 2 {
			c := command("", "")
			c.Instant = c.Instant.Add(time.Duration(2*i+n) * time.Second)
			_, err := s.Write(context.Background(), c, func(tx *store.Tx) (any, error) {
				if n == 1 && i < 5 {
					if _, err := audit.Seal(tx); err != nil {
						return nil, err
					}
				}
				return log.Record(tx, audit.Note{Name: "test", Persons: persons})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// wholeLog is all that the log's tables hold, as today's are.
func wholeLog(t *testing.T, s *store.Store) map[string][]string {
	t.Helper()
	whole := map[string][]string{}
	for table, columns := range map[string]string{"audit_about": "county_code, person_id, entry_id", "audit_person": "county_code, entry_id, person_id, sealed", "audit_tail": "county_code, entry_id",
		"audit_entry": "county_code, entry_id, instant, actor_id, actor_name, actor_post, kind, name, subject, content, person_id, sealed, digest"} {
		for _, row := range logRows(t, s, columns, table) {
			whole[table] = append(whole[table], fmt.Sprint(row))
		}
		slices.Sort(whole[table])
		if len(whole[table]) == 0 {
			t.Errorf("nothing stands in %s", table)
		}
	}
	return whole
}

func logRows(t *testing.T, s *store.Store, columns, from string) (list [][]any) {
	t.Helper()
	err := s.Read(context.Background(), county, func(tx *store.Tx) (err error) {
		list, err = store.All(tx, func(rows *store.Rows) ([]any, error) {
			values, places := make([]any, rows.Columns()), make([]any, rows.Columns())
			for i := range values {
				places[i] = &values[i]
			}
			return values, rows.Scan(places...)
		}, `SELECT `+columns+` FROM `+from)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// On SQLite, tables whose keys lead with an id since step 38 hold the rows they held before, refuse a row twice, and find it by its id.
func TestKeysOfBefore(t *testing.T) {
	ctx := context.Background()
	dsn := storetest.EmptySQLite(t)
	s := connect(t, dsn)
	if err := s.MigrateTo(ctx, 37); err != nil {
		t.Fatal(err)
	}
	byID := map[string]string{"claim": "claim_id", "claim_settlement": "claim_id", "fund_commitment": "commitment_id", "fund_line": "entry_id"}
	before := map[string][][]any{}
	columns := map[string][]string{}
	for table := range byID {
		for _, c := range logRows(t, s, "name", "pragma_table_info('"+table+"')") {
			columns[table] = append(columns[table], c[0].(string))
		}
	}
	keep := func(table string, rows [][]any) error {
		_, err := s.Write(ctx, command("", ""), func(tx *store.Tx) (any, error) { return nil, tx.Load(table, columns[table], rows) })
		return err
	}
	for table := range byID {
		for _, of := range []string{county, "999902"} {
			for n := range 3 {
				before[table] = append(before[table], synthetic(columns[table], of, n))
			}
		}
		if err := keep(table, before[table]); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	s = storetest.Open(t, dsn)
	for table, id := range byID {
		list := strings.Join(columns[table], ", ")
		if diff := cmp.Diff(before[table], logRows(t, s, list, table+" ORDER BY county_code, "+id)); diff != "" {
			t.Errorf("%s: %s", table, diff)
		}
		if err := keep(table, before[table][:1]); err == nil {
			t.Errorf("%s holds a row twice", table)
		}
		err := s.Read(ctx, county, func(tx *store.Tx) error {
			plan, err := storetest.PlanOf(s, tx, `SELECT * FROM `+table+` WHERE county_code = ?1 AND `+id+` = ?2`)
			if want := "sqlite_autoindex_" + table + "_1 (" + id + "=?"; !strings.Contains(plan, want) {
				t.Errorf("%s: %s, not by %s", table, plan, want)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// synthetic is a row that differs from others of the county in each column that an id could stand in.
func synthetic(columns []string, of string, n int) (row []any) {
	for i, column := range columns {
		switch column {
		case "county_code":
			row = append(row, of)
		case "revision", "version", "line", "amount", "paid", "returned", "later":
			row = append(row, int64(i))
		default:
			row = append(row, fmt.Sprintf("%s-%d", column, n))
		}
	}
	return row
}
