package fund

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"doudi/record/store"
	"doudi/record/store/storetest"
)

// What the databases' own catalogues say of our tables: name, what it is, and its columns or its type.
var catalogues = map[string]string{
	"sqlite": `SELECT m.name, 'key', (SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info(m.name) WHERE pk > 0 ORDER BY pk)) FROM sqlite_master m WHERE m.type = 'table' AND m.name LIKE 'fund%'
		UNION ALL SELECT m.name, 'index', (SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) FROM sqlite_master m, pragma_index_list(m.name) i WHERE m.type = 'table' AND m.name LIKE 'fund%'
		UNION ALL SELECT m.name, 'foreign', (SELECT group_concat("from") FROM (SELECT "from" FROM pragma_foreign_key_list(m.name) k WHERE k.id = f.id ORDER BY seq)) FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND m.name LIKE 'fund%'
		UNION ALL SELECT m.name, 'column', lower(c.type) FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name LIKE 'fund%'
		UNION ALL SELECT tbl_name, 'trigger', name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'fund%'`,
	"postgres": `SELECT r.relname, CASE k.contype WHEN 'p' THEN 'key' WHEN 'f' THEN 'foreign' WHEN 'c' THEN 'check' WHEN 'n' THEN 'check' ELSE 'unique' END,
			(SELECT string_agg(a.attname, ',' ORDER BY u.n) FROM unnest(k.conkey) WITH ORDINALITY AS u (num, n) JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = u.num)
			FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid WHERE r.relname LIKE 'fund%'
		UNION ALL SELECT r.relname, 'index', (SELECT string_agg(a.attname, ',' ORDER BY u.n) FROM unnest(CAST(i.indkey AS INT2[])) WITH ORDINALITY AS u (num, n) JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = u.num)
			FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid WHERE r.relname LIKE 'fund%'
		UNION ALL SELECT r.relname, 'column', format_type(a.atttypid, a.atttypmod) FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid WHERE r.relkind = 'r' AND r.relname LIKE 'fund%' AND a.attnum > 0
		UNION ALL SELECT r.relname, 'trigger', g.tgname FROM pg_trigger g JOIN pg_class r ON r.oid = g.tgrelid WHERE NOT g.tgisinternal AND r.relname LIKE 'fund%'`,
}

// The tables can be distributed by county: it leads every key and index, or on SQLite ends those that lead with an id, and nothing depends on one database's own means.
func TestCatalogue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		tables := map[string]bool{}
		if err := s.Read(context.Background(), county, func(tx *store.Tx) error {
			facts, err := store.All(tx, func(rows *store.Rows) (f [3]string, err error) { return f, rows.Scan(&f[0], &f[1], &f[2]) }, catalogues[s.Dialect()])
			for _, f := range facts {
				table, what, value := f[0], f[1], f[2]
				tables[table] = tables[table] || what == "key"
				if s.Dialect() == "sqlite" {
					value = countyLed(value)
				}
				if broken(what, value) {
					t.Errorf("%s: %s %s", table, what, value)
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if len(tables) != 7 {
			t.Errorf("tables: %v", tables)
		}
		for table, keyed := range tables {
			if !keyed {
				t.Errorf("%s has no primary key", table)
			}
		}
	})
}

// countyLed is a key with the county before the id that leads it.
func countyLed(key string) string {
	rest, ends := strings.CutSuffix(key, ",county_code")
	if first, _, _ := strings.Cut(key, ","); ends && strings.HasSuffix(first, "_id") {
		return "county_code," + rest
	}
	return key
}

func broken(what, value string) bool {
	switch what {
	case "key", "unique", "foreign", "index":
		return !strings.HasPrefix(value, "county_code,")
	case "column":
		return value != "text" && value != "bigint"
	case "check":
		return false
	}
	return true
}

func TestCatalogueRulesCanBreak(t *testing.T) {
	for _, f := range [][2]string{{"key", "fund_code,county_code"}, {"unique", "county_code"}, {"foreign", "entry_id"}, {"index", "day"}, {"column", "integer"}, {"trigger", "x"}} {
		if !broken(f[0], f[1]) {
			t.Error(f)
		}
	}
}

// What a settlement or a payment does is found by an index, never by reading a table.
func TestPlans(t *testing.T) {
	queries := map[string]string{
		"post": postSQL, "void": voidSQL, "pay": paySQL, "bounce": bounceSQL, "refund": refundSQL, "remit": remitSQL, "draw": drawSQL, "give": giveSQL,
		"get": selectCommitment + getWhere, "origin": selectCommitment + originWhere,
		"outstanding of": selectCommitment + outstandingOfWhere, "outstanding to": selectCommitment + outstandingToWhere, "totals of": totalsOfSQL, "totals to": totalsToSQL,
		"balance": balanceSQL, "lines": linesSQL, "entry": entrySQL, "corrected": correctedSQL, "later": laterSQL, "numbered": numberedSQL, "step": stepSQL, "sources": sourcesSQL, "places": placesSQL, "due": dueSQL, "books": booksSQL, "movements": movementsSQL,
	}
	partial := map[string]string{"balance": "COVERING INDEX fund_line_account", "movements": "COVERING INDEX fund_line_account", "lines": "fund_line_account", "step": "fund_line_account",
		"corrected": "fund_line_corrects", "later": "fund_line_corrects", "outstanding of": "fund_commitment_outstanding", "outstanding to": "fund_commitment_outstanding", "totals of": "fund_commitment_outstanding", "totals to": "fund_commitment_outstanding", "due": "fund_commitment_outstanding"}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		scan := "SCAN"
		if s.Dialect() == "postgres" {
			scan = "Seq Scan"
		}
		if err := write(s, func(tx *store.Tx) error {
			if s.Dialect() == "postgres" { // empty tables are read whole, whatever the indexes
				if _, err := tx.Exec(`SET LOCAL enable_seqscan = off`); err != nil {
					return err
				}
			}
			for name, query := range queries {
				plan, err := storetest.PlanOf(s, tx, query)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				if by := partial[name]; by != "" && s.Dialect() == "sqlite" && !strings.Contains(plan, by) {
					t.Errorf("%s is not done by %s:\n%s", name, by, plan)
				}
				if strings.Contains(plan, scan) || plan == "" {
					t.Errorf("%s:\n%s", name, plan)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
