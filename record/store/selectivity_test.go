package store_test

import (
	"context"
	"strings"
	"testing"

	"doudi/record/store"
	"doudi/record/store/storetest"
)

// Rows of one person in the order of their ids are found by the person, not by reading the county in that order: in an empty
// database, in one that was open before there were tables, and after its tables were brought up again.
func TestSQLiteKnowsThatACountyIsEverything(t *testing.T) {
	dsn := storetest.EmptySQLite(t)
	ctx := context.Background()
	early, err := store.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := early.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := early.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	queries := map[string]string{
		`SELECT * FROM statement WHERE county_code = ?1 AND subject_id = ?2 ORDER BY statement_id`:            "subject_id=?",
		`SELECT * FROM statement WHERE county_code = ?1 AND object_id = ?2 ORDER BY statement_id`:             "object_id=?",
		`SELECT entry_id FROM audit_about WHERE county_code = ?1 AND person_id = ?2 ORDER BY entry_id`:        "person_id=?",
		`SELECT * FROM claim WHERE county_code = ?1 AND person_id = ?2 ORDER BY claim_id`:                     "person_id=?",
		`SELECT * FROM statement WHERE county_code = ?1 AND statement_id = ?2`:                                "statement_id=?",
		`SELECT party_id FROM party WHERE county_code = ?1 AND kind = ?2 AND party_id > '' ORDER BY party_id`: "kind=? AND party_id>?",
	}
	look := func(when string, s *store.Store) {
		t.Helper()
		for query, by := range queries {
			var id, parent, unused int
			var plan string
			err := s.Read(ctx, county, func(tx *store.Tx) error {
				return tx.QueryRow(`EXPLAIN QUERY PLAN `+query, county, "x").Scan(&id, &parent, &unused, &plan)
			})
			if err != nil || !strings.Contains(plan, "county_code=? AND "+by) {
				t.Errorf("%s: %s\nis done by %s (%v), not by %s", when, query, plan, err, by)
			}
		}
	}
	look("open before the tables were made", early)
	look("opened later", storetest.Open(t, dsn))
	if err := early.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	look("brought up again", early)
}

// Short questions are answered by the process that was asked, as they stand: compiling them, or handing parts of them to others, would take longer.
func TestPostgreSQLAnswersAtOnce(t *testing.T) {
	s := storetest.Open(t, storetest.Postgres(t))
	ctx := context.Background()
	for setting, want := range map[string]string{"jit": "off", "max_parallel_workers_per_gather": "0"} {
		var reading, writing string
		if err := s.Read(ctx, county, func(tx *store.Tx) error { return tx.QueryRow(`SHOW ` + setting).Scan(&reading) }); err != nil {
			t.Fatal(err)
		}
		_, err := s.Write(ctx, command("", ""), func(tx *store.Tx) (any, error) { return nil, tx.QueryRow(`SHOW ` + setting).Scan(&writing) })
		if err != nil {
			t.Fatal(err)
		}
		if reading != want || writing != want {
			t.Errorf("%s is %q for readers and %q for writers, not %q", setting, reading, writing, want)
		}
	}
}
