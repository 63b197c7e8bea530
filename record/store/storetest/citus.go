package storetest

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"testing"
)

// CitusDSN is the variable with the address of a PostgreSQL database that has the extension Citus, on its coordinator, as somebody who may make schemas.
// When it is set, what runs on both databases runs on that one too.
const CitusDSN = "DOUDI_TEST_CITUS_DSN"

func eachCitus(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	if dsn := os.Getenv(CitusDSN); dsn != "" {
		t.Run("citus", func(t *testing.T) { test(t, emptyCitus(t, dsn)) })
	}
}

// emptyCitus is an empty schema of that database, for the time of the test. A database of its own, as the tests have elsewhere, would have to be made
// on every server. Few shards are enough to spread, and quick to make.
func emptyCitus(t testing.TB, dsn string) string {
	t.Helper()
	address, err := url.Parse(dsn)
	if err != nil {
		t.Fatalf("%s: %v", CitusDSN, err)
	}
	name := fmt.Sprintf("doudi_%d_%d", os.Getpid(), counter.Add(1))
	execute(t, dsn, `CREATE SCHEMA `+name)
	t.Cleanup(func() { execute(t, dsn, `DROP SCHEMA `+name+` CASCADE`) })
	options := address.Query()
	options.Set("search_path", name+",public")
	options.Set("citus.shard_count", "4")
	options.Set("citus.propagate_set_commands", "local") // some tests switch foreign keys off for one transaction
	address.RawQuery = options.Encode()
	return address.String()
}

func execute(t testing.TB, dsn, statement string) {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(statement)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
