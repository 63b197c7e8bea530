package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doudi/kernel/fault"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// openSQL is a plain connection beside the store, for looking at what the store does not offer.
func openSQL(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	driver := "pgx"
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		driver, dsn = "sqlite", path
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// The rules that let the same tables be distributed by county, each as a query of PostgreSQL's catalogue that lists the breaches.
// The migrations' and the queue's own tables are theirs.
var catalogueRules = []struct{ says, query string }{
	{"has no primary key", `SELECT relname FROM ours WHERE NOT EXISTS (SELECT FROM pg_index WHERE indrelid = ours.oid AND indisprimary)`},
	{"has a key that county_code does not lead", `SELECT relname || ': ' || i.indexrelid::regclass FROM ours JOIN pg_index i ON i.indrelid = ours.oid AND i.indisunique
		LEFT JOIN pg_attribute a ON a.attrelid = ours.oid AND a.attnum = i.indkey[0] WHERE a.attname IS DISTINCT FROM 'county_code'`},
	{"has a foreign key that county_code does not lead", `SELECT relname || ': ' || c.conname FROM ours JOIN pg_constraint c ON c.conrelid = ours.oid AND c.contype = 'f'
		JOIN pg_attribute a ON a.attrelid = ours.oid AND a.attnum = c.conkey[1] JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
		WHERE a.attname <> 'county_code' OR b.attname <> 'county_code'`},
	{"has a trigger", `SELECT relname || ': ' || tgname FROM ours JOIN pg_trigger ON tgrelid = ours.oid AND NOT tgisinternal`},
	{"has a column the database numbers", `SELECT relname || '.' || attname FROM ours JOIN pg_attribute a ON attrelid = ours.oid AND attnum > 0
		LEFT JOIN pg_attrdef d ON d.adrelid = ours.oid AND d.adnum = a.attnum WHERE attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval%'`},
	{"has a column that is neither TEXT nor BIGINT", `SELECT relname || '.' || attname || ' ' || format_type(atttypid, atttypmod) FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
		WHERE atttypid NOT IN ('text'::regtype, 'bigint'::regtype)`},
}

const ours = `WITH ours AS (SELECT oid, relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
	AND relname <> 'goose_db_version' AND relname NOT LIKE 'river\_%') `

func catalogue(t *testing.T, db *sql.DB) []string {
	t.Helper()
	var found []string
	for _, rule := range catalogueRules {
		for _, where := range strings1(t, db, ours+rule.query) {
			found = append(found, where+" "+rule.says)
		}
	}
	return found
}

// strings1 is the first column of what a query answers.
func strings1(t *testing.T, db *sql.DB, query string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestCatalogue(t *testing.T) {
	db := openSQL(t, storetest.Postgres(t))
	for _, breach := range catalogue(t, db) {
		t.Error(breach)
	}
	if names := strings1(t, db, ours+`SELECT relname FROM ours`); !slices.Contains(names, "command") {
		t.Errorf("looked at %v only", names)
	}
}

// The rules must be able to fail.
func TestCatalogueFindsBreaches(t *testing.T) {
	db := openSQL(t, storetest.EmptyPostgres(t))
	for _, statement := range []string{
		`CREATE TABLE fine (county_code TEXT, id TEXT, PRIMARY KEY (county_code, id))`,
		`CREATE TABLE no_key (county_code TEXT)`,
		`CREATE TABLE other_key (county_code TEXT, id TEXT, PRIMARY KEY (id, county_code))`,
		`CREATE TABLE other_index (county_code TEXT PRIMARY KEY, id TEXT)`,
		`CREATE UNIQUE INDEX lonely ON other_index (lower(id))`,
		`CREATE TABLE target (id TEXT, county_code TEXT PRIMARY KEY, UNIQUE (id))`,
		`CREATE TABLE across (county_code TEXT PRIMARY KEY, target_id TEXT REFERENCES target (id))`,
		`CREATE TABLE numbered (county_code TEXT PRIMARY KEY, a BIGINT GENERATED ALWAYS AS IDENTITY, b BIGSERIAL, c INTEGER)`,
		`CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
		`CREATE TRIGGER fires BEFORE INSERT ON fine FOR EACH ROW EXECUTE FUNCTION f()`,
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"across: across_target_id_fkey has a foreign key that county_code does not lead",
		"fine: fires has a trigger",
		"no_key has no primary key",
		"numbered.a has a column the database numbers",
		"numbered.b has a column the database numbers",
		"numbered.c integer has a column that is neither TEXT nor BIGINT",
		"other_index: lonely has a key that county_code does not lead",
		"other_key: other_key_pkey has a key that county_code does not lead",
		"target: target_id_key has a key that county_code does not lead",
	}
	got := catalogue(t, db)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Both databases must have the same tables with the same columns.
func TestSameTables(t *testing.T) {
	const sqliteColumns = `SELECT m.name || '.' || c.name || ' ' || lower(c.type) || ' ' || c."notnull" FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'river%' AND m.name NOT LIKE 'goose%' ORDER BY 1`
	const postgresColumns = ours + `SELECT relname || '.' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull::int
		FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped ORDER BY 1`
	one := strings1(t, openSQL(t, storetest.SQLite(t)), sqliteColumns)
	other := strings1(t, openSQL(t, storetest.Postgres(t)), postgresColumns)
	slices.Sort(one)
	slices.Sort(other)
	if len(one) == 0 || !slices.Equal(one, other) {
		t.Errorf("SQLite has\n%s\nPostgreSQL has\n%s", strings.Join(one, "\n"), strings.Join(other, "\n"))
	}
}

func TestOpenRefusesOtherSchemas(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		_, err := store.Open(ctx, dsn)
		wantCode(t, err, fault.Conflict, "store.schema-older")
		if !strings.Contains(fmt.Sprint(err), "doudi migrate") {
			t.Errorf("%v does not say what to do", err)
		}
		s := connect(t, dsn)
		for range 2 { // the second time there is nothing to do
			if err := s.Migrate(ctx); err != nil {
				t.Fatal(err)
			}
		}
		storetest.Open(t, dsn)
		db := openSQL(t, dsn)
		if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`); err != nil {
			t.Fatal(err)
		}
		_, err = store.Open(ctx, dsn)
		wantCode(t, err, fault.Conflict, "store.schema-newer")
		wantCode(t, s.Migrate(ctx), fault.Conflict, "store.schema-newer")
	})
}

func TestOpenRefusesAddresses(t *testing.T) {
	for _, dsn := range []string{"", "doudi.db", "sqlite:", "mysql://x", "sqlite:a?%zz"} {
		_, err := store.Connect(context.Background(), dsn)
		wantCode(t, err, fault.Invalid, "store.bad-dsn")
	}
}

func connect(t *testing.T, dsn string) *store.Store {
	t.Helper()
	s, err := store.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// From every step there has been, with rows in every table, one reaches today's and loses no row.
func TestUpgradeFromEveryStep(t *testing.T) {
	_, newest, err := connect(t, storetest.EmptySQLite(t)).Version(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for from := range newest {
		t.Run(fmt.Sprint("step ", from+1), func(t *testing.T) {
			storetest.EachEmpty(t, func(t *testing.T, dsn string) { upgrade(t, dsn, from+1) })
		})
	}
}

func upgrade(t *testing.T, dsn string, from int64) {
	ctx := context.Background()
	s := connect(t, dsn)
	if err := s.MigrateTo(ctx, from); err != nil {
		t.Fatal(err)
	}
	db := openSQL(t, dsn)
	tables := tableNames(t, db, s.Dialect())
	for _, name := range tables {
		fill(t, db, s.Dialect(), name)
	}
	if err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	if have, want, err := s.Version(ctx); err != nil || have != want {
		t.Fatalf("at step %d of %d: %v", have, want, err)
	}
	for _, name := range tables {
		if into, ok := merged[name]; ok {
			name = into
		}
		if got := strings1(t, db, `SELECT CAST(COUNT(*) AS TEXT) FROM `+name); got[0] != "1" {
			t.Errorf("table %s has %s rows, want the one from before", name, got[0])
		}
	}
}

// What was there before there were numbers has them afterwards: persons, households and institutions in the order they came, and entries of accounts that
// stand for themselves.
func TestNumbersOfBefore(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		ctx, s := context.Background(), connect(t, dsn)
		if err := s.MigrateTo(ctx, 27); err != nil {
			t.Fatal(err)
		}
		db := openSQL(t, dsn)
		for _, statement := range []string{
			`INSERT INTO party (county_code, party_id, kind, instant, actor_id) VALUES ('1', 'b', 'person', '2', ''), ('1', 'a', 'household', '3', ''), ('1', 'c', 'hospital', '1', ''),
				('1', '1', 'county', '1', ''), ('1', '100', 'division', '1', ''), ('2', 'b', 'person', '9', '')`,
			`INSERT INTO fund_entry (county_code, entry_id, fund_code, entry_type, day, reason, instant, actor_id) VALUES ('1', 'e1', 'f', 'receive', '', '', '1', ''), ('1', 'e2', 'f', 'commit', '', '', '2', ''),
				('1', 'e3', 'f', 'commit', '', '', '3', ''), ('1', 'e4', 'f', 'return', '', '', '4', ''), ('2', 'e1', 'f', 'pay', '', '', '1', '')`,
			`INSERT INTO fund_line (county_code, entry_id, line, fund_code, account_kind, account_code, day, amount, commitment_id, origin_kind, origin_id, origin_line) VALUES
				('1', 'e2', 1, 'f', 'suspense', '', '', 1, 'x', 'settlement', 's', ''), ('1', 'e3', 1, 'f', 'suspense', '', '', 1, 'y', 'document', 'd', '')`} {
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		numbers := `SELECT county_code || ' ' || CAST(number AS TEXT) || ' ' || party_id FROM party_number ORDER BY county_code, number`
		if diff := cmp.Diff([]string{"1 1 c", "1 2 b", "1 3 a", "2 1 b"}, strings1(t, db, numbers)); diff != "" {
			t.Error(diff)
		}
		vouchers := `SELECT county_code || ' ' || CAST(number AS TEXT) || ' ' || entry_id FROM fund_voucher ORDER BY county_code, number`
		if diff := cmp.Diff([]string{"1 1 e1", "1 2 e3", "1 3 e4", "2 1 e1"}, strings1(t, db, vouchers)); diff != "" {
			t.Error(diff)
		}
	})
}

func tableNames(t *testing.T, db *sql.DB, dialect string) []string {
	t.Helper()
	query := ours + `SELECT relname FROM ours`
	if dialect == "sqlite" {
		query = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'river%' AND name NOT LIKE 'goose%'`
	}
	return strings1(t, db, query)
}

// merged are the tables that became a part of another, if only some of their rows: an entry of a special account stands in its lines, the one person that an entry of the
// log concerns stands in it.
var merged = map[string]string{"fund_entry": "fund_line",
	"audit_person": `(SELECT entry_id, person_id FROM audit_person UNION SELECT entry_id, person_id FROM audit_entry WHERE person_id <> '') people`}

// The journal of special accounts is carried over whole, entry by entry into its lines; what was right is right afterwards, and what was damaged is found.
func TestJournalOfBefore(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		ctx, s := context.Background(), connect(t, dsn)
		if err := s.MigrateTo(ctx, 34); err != nil {
			t.Fatal(err)
		}
		db := openSQL(t, dsn)
		for _, statement := range []string{
			`INSERT INTO fund (county_code, fund_code, name_zh, name_en, purpose_zh, purpose_en, from_day, to_day, blocks, instant, actor_id) VALUES ('000001', 'f', '', '', '', '', '2021-01-01', '2021-12-31', 1, '', '')`,
			`INSERT INTO fund_block (county_code, fund_code, block, amount_left) VALUES ('000001', 'f', 0, 60)`,
			`INSERT INTO fund_account (county_code, fund_code, account_kind, account_code, name_zh, name_en) VALUES
				('000001', 'f', 'bank', 'b', '', ''), ('000001', 'f', 'source', 's', '', ''), ('000001', 'f', 'appropriation', 'scheme/x', '', ''), ('000001', 'f', 'suspense', '', '', '')`,
			`INSERT INTO fund_commitment (county_code, commitment_id, fund_code, use_kind, use_name, payee_kind, payee_id, amount, state, paid, returned, first_day, last_day, origin_kind, origin_id, origin_line) VALUES
				('000001', 'c', 'f', 'scheme', 'x', 'provider', 'h', 30, 'pending', 0, 0, '2021-03-03', '2021-03-03', 'settlement', 'z', '')`,
			`INSERT INTO fund_voucher (county_code, number, entry_id) VALUES ('000001', 1, 'e1'), ('000001', 2, 'e2')`,
			`INSERT INTO fund_entry (county_code, entry_id, fund_code, entry_type, day, corrects, reason, instant, actor_id) VALUES ('000001', 'e1', 'f', 'receive', '2021-03-01', NULL, '', 't1', 'a'),
				('000001', 'e2', 'f', 'adjust', '2021-03-02', 'e1', 'less', 't2', 'b'), ('000001', 'e3', 'f', 'commit', '2021-03-03', NULL, '', 't3', 'c')`,
			`INSERT INTO fund_line (county_code, entry_id, line, fund_code, account_kind, account_code, day, amount, commitment_id, origin_kind, origin_id, origin_line) VALUES
				('000001', 'e1', 1, 'f', 'bank', 'b', '2021-03-01', 100, '', 'document', 'd', ''), ('000001', 'e1', 2, 'f', 'source', 's', '2021-03-01', -100, '', 'document', 'd', ''),
				('000001', 'e2', 1, 'f', 'bank', 'b', '2021-03-02', -10, '', 'document', 'd', ''), ('000001', 'e2', 2, 'f', 'source', 's', '2021-03-02', 10, '', 'document', 'd', ''),
				('000001', 'e3', 1, 'f', 'appropriation', 'scheme/x', '2021-03-03', 30, 'c', 'settlement', 'z', ''), ('000001', 'e3', 2, 'f', 'suspense', '', '2021-03-03', -30, 'c', 'settlement', 'z', '')`,
			// In counties of their own, which have the same fund: an entry without lines, a line without an entry, and lines of another day than their entry.
			`INSERT INTO fund (county_code, fund_code, name_zh, name_en, purpose_zh, purpose_en, from_day, to_day, blocks, instant, actor_id)
				SELECT code, fund_code, name_zh, name_en, purpose_zh, purpose_en, from_day, to_day, blocks, instant, actor_id FROM fund, (SELECT '000002' AS code UNION ALL SELECT '000003' UNION ALL SELECT '000004') AS c`,
			`INSERT INTO fund_account (county_code, fund_code, account_kind, account_code, name_zh, name_en)
				SELECT code, fund_code, account_kind, account_code, name_zh, name_en FROM fund_account, (SELECT '000002' AS code UNION ALL SELECT '000003' UNION ALL SELECT '000004') AS c`,
			`INSERT INTO fund_entry (county_code, entry_id, fund_code, entry_type, day, reason, instant, actor_id) VALUES ('000002', 'e', 'f', 'pay', '2021-03-01', 'r', 't', 'a'), ('000004', 'e', 'f', 'pay', '2021-03-01', 'r', 't', 'a')`,
			`INSERT INTO fund_line (county_code, entry_id, line, fund_code, account_kind, account_code, day, amount, commitment_id, origin_kind, origin_id, origin_line) VALUES
				('000003', 'e', 1, 'f', 'bank', 'b', '2021-03-01', 5, '', 'document', 'd', 'l'), ('000004', 'e', 1, 'f', 'bank', 'b', '2021-03-02', 5, '', 'document', 'd', '')`} {
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		lines := `SELECT county_code || ' ' || entry_id || ' ' || CAST(line AS TEXT) || ' ' || fund_code || ' ' || entry_type || ' ' || day || ' ' || COALESCE(corrects, 'none') || ' ' || reason || ' ' || instant || ' ' || actor_id || ' '
			|| account_kind || ' ' || account_code || ' ' || CAST(amount AS TEXT) || ' ' || commitment_id || ' ' || origin_kind || ' ' || origin_id || ' ' || origin_line FROM fund_line ORDER BY county_code, entry_id, line`
		if diff := cmp.Diff([]string{
			"000001 e1 1 f receive 2021-03-01 none  t1 a bank b 100  document d ",
			"000001 e1 2 f receive 2021-03-01 none  t1 a source s -100  document d ",
			"000001 e2 1 f adjust 2021-03-02 e1 less t2 b bank b -10  document d ",
			"000001 e2 2 f adjust 2021-03-02 e1 less t2 b source s 10  document d ",
			"000001 e3 1 f commit 2021-03-03 none  t3 c appropriation scheme/x 30 c settlement z ",
			"000001 e3 2 f commit 2021-03-03 none  t3 c suspense  -30 c settlement z ",
			"000002 e 1 f pay 2021-03-01 none r t a   0    ",
			"000003 e 1 f  2021-03-01 none    bank b 5  document d l",
			"000004 e 1 f  2021-03-02 none    bank b 5  document d ",
		}, strings1(t, db, lines)); diff != "" {
			t.Error(diff)
		}
		for county, code := range map[string]string{"000001": "", "000002": "fund.line-to-nothing", "000003": "fund.line-to-nothing", "000004": "fund.line-to-nothing"} {
			if err := s.Read(ctx, county, fund.Verify); fault.CodeOf(err) != code {
				t.Errorf("county %s: %v", county, err)
			}
		}
	})
}

// allowed are values for columns that take only some.
var allowed = map[string]string{}

// fill puts one row into the table: the same text everywhere, so that every foreign key finds its row, and the number one.
// Foreign keys are looked at by nobody here: SQLite's are off on this connection, PostgreSQL's are switched off.
func fill(t *testing.T, db *sql.DB, dialect, table string) {
	t.Helper()
	query := `SELECT name || ' ' || lower(type) FROM pragma_table_info('` + table + `')`
	off := `SELECT 1`
	if dialect == "postgres" {
		query = `SELECT attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '` + table + `'::regclass AND attnum > 0 AND NOT attisdropped`
		off = `SET LOCAL session_replication_role = replica`
	}
	var names, values []string
	for _, column := range strings1(t, db, query) {
		name, kind, _ := strings.Cut(column, " ")
		value := "'1'"
		if kind == "bigint" {
			value = "1"
		}
		if other, ok := allowed[table+"."+name]; ok {
			value = other
		}
		names, values = append(names, name), append(values, value)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{off, `INSERT INTO ` + table + ` (` + strings.Join(names, ", ") + `) VALUES (` + strings.Join(values, ", ") + `)`} {
		if _, err := tx.Exec(statement); err != nil {
			t.Fatalf("table %s: %v", table, err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}
