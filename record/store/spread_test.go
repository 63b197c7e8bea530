package store_test

import (
	"context"
	"path"
	"slices"
	"strings"
	"testing"

	"doudi/kernel/fault"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// standIn takes the place of Citus in a plain PostgreSQL: its function refuses what Citus refuses and notes the rest. It spreads nothing: only a
// database with the extension can show that (see storetest.CitusDSN).
var standIn = []string{
	`CREATE TABLE public.spread (name regclass PRIMARY KEY, by_column TEXT NOT NULL)`,
	`CREATE FUNCTION public.create_distributed_table(called regclass, by_column TEXT) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE found TEXT;
	BEGIN
		IF current_setting('citus.multi_shard_modify_mode', true) IS DISTINCT FROM 'sequential' THEN
			RAISE 'several servers are asked at once';
		END IF;
		SELECT string_agg(i.indexrelid::regclass::text, ', ') INTO found FROM pg_index i WHERE i.indrelid = called AND i.indisunique
			AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = called AND a.attname = by_column AND a.attnum = ANY (i.indkey));
		IF found IS NOT NULL THEN
			RAISE '%: % cannot be kept over servers', called, found;
		END IF;
		SELECT string_agg(c.conname, ', ') INTO found FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = called AND c.confrelid <> called
			AND NOT EXISTS (SELECT FROM public.spread s WHERE s.name = c.confrelid::regclass);
		IF found IS NOT NULL THEN
			RAISE '%: % refers to a table that is not spread', called, found;
		END IF;
		SELECT string_agg(c.conname, ', ') INTO found FROM pg_constraint c WHERE c.contype = 'f' AND c.confrelid = called AND c.conrelid <> called;
		IF found IS NOT NULL THEN
			RAISE '%: % refers to it and is not spread', called, found;
		END IF;
		INSERT INTO public.spread VALUES (called, by_column);
	END $$`,
}

// withStandIn is an empty schema of a database with the stand-in.
func withStandIn(t *testing.T) (dsn string) {
	t.Helper()
	dsn = storetest.EmptyPostgres(t)
	db := openSQL(t, dsn)
	for _, statement := range append(standIn, `CREATE SCHEMA office`) {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	return dsn + "&search_path=office,public"
}

// How a table's texts are kept.
const storage = ours + `SELECT relname || '.' || attname || ' ' || attstorage::text || ' ' || COALESCE((SELECT reloptions::text FROM pg_class t WHERE t.oid = ours.oid), '')
	FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped ORDER BY 1`

func TestSpread(t *testing.T) {
	dsn := withStandIn(t)
	s := connect(t, dsn)
	for range 2 { // the second time there is nothing to do
		if err := s.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	db := openSQL(t, dsn)
	all := strings1(t, db, ours+`SELECT relname || ' by county_code' FROM ours ORDER BY 1`)
	got := strings1(t, db, `SELECT c.relname || ' by ' || s.by_column FROM public.spread s JOIN pg_class c ON c.oid = s.name ORDER BY 1`)
	if !slices.Equal(got, all) {
		t.Errorf("spread are\n%s\nwant every table of ours\n%s", strings.Join(got, "\n"), strings.Join(all, "\n"))
	}
	if found := catalogue(t, db); len(found) > 0 {
		t.Error(found)
	}
	if plain := strings1(t, openSQL(t, storetest.Postgres(t)), storage); !slices.Equal(strings1(t, db, storage), plain) {
		t.Error("the texts of spread tables are kept otherwise than those of a plain database")
	}
}

// What was there before stays, with the tables spread.
func TestSpreadUpgrade(t *testing.T) { upgrade(t, withStandIn(t), 1) }

func TestRestoreRefusesSpread(t *testing.T) {
	file, _ := backup(t, storetest.Open(t, storetest.SQLite(t)))
	s := connect(t, withStandIn(t))
	_, err := s.Restore(context.Background(), file, passphrase)
	wantCode(t, err, fault.Conflict, "store.restore-into-spread")
	if have, _, err := s.Version(context.Background()); err != nil || have != 0 {
		t.Errorf("at step %d after a refusal: %v", have, err)
	}
}

// With an address given, every test that runs on both databases runs there too, in a schema that goes away.
func TestThirdDatabase(t *testing.T) {
	dsn := withStandIn(t)
	t.Setenv(storetest.CitusDSN, dsn)
	var on, schemas []string
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		on = append(on, path.Base(t.Name()))
		if on[len(on)-1] == "citus" {
			schemas = strings1(t, openSQL(t, dsn), `SELECT DISTINCT relnamespace::regnamespace::text FROM pg_class JOIN public.spread ON oid = name`)
		}
	})
	storetest.EachEmpty(t, func(t *testing.T, _ string) { on = append(on, path.Base(t.Name())) })
	if want := []string{"sqlite", "postgres", "citus", "sqlite#01", "postgres#01", "citus#01"}; !slices.Equal(on, want) {
		t.Errorf("ran on %v, want %v", on, want)
	}
	if len(schemas) != 1 || !strings.HasPrefix(schemas[0], "doudi_") {
		t.Errorf("the tables were in %v", schemas)
	}
	if left := strings1(t, openSQL(t, dsn), `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'doudi%'`); len(left) > 0 {
		t.Errorf("%v stayed behind", left)
	}
}
