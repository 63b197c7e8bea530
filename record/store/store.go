package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"modernc.org/sqlite"

	"doudi/record/store/logfile"
)

// Store is a database with our tables. It may be used by many goroutines.
type Store struct {
	dialect dialect
	writer  *sql.DB // of SQLite one connection
	reader  *sql.DB
	ids     *ids
	lanes   *lanes
	slots   slots
	groups  groups
	kept    kept
	memory  memory
	jobs    *river.Client[*sql.Tx]
}

// Open opens a database whose tables are those of this program: "sqlite:PATH" or "postgres://…". A database with older or
// newer tables is refused (store.schema-older, store.schema-newer) with what to do.
func Open(ctx context.Context, dsn string) (*Store, error) {
	s, err := Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	if err := s.checkVersion(ctx); err != nil {
		return nil, joinClose(err, s)
	}
	return s, nil
}

// Connect opens a database whatever its tables are: for migrating, restoring and asking for its version.
func Connect(ctx context.Context, dsn string) (*Store, error) {
	var s *Store
	var err error
	switch {
	case strings.HasPrefix(dsn, "sqlite:"):
		s, err = connectSQLite(strings.TrimPrefix(dsn, "sqlite:"))
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		s, err = connectPostgres(dsn)
	default:
		return nil, badDSN()
	}
	if err != nil {
		return nil, err
	}
	if s.jobs, err = s.enqueuer(); err != nil {
		return nil, joinClose(err, s)
	}
	for _, db := range []*sql.DB{s.writer, s.reader} { // the writer first: it makes the file
		if err := db.PingContext(ctx); err != nil {
			return nil, joinClose(translate(err), s)
		}
	}
	return s, nil
}

// readers is how many connections read a SQLite file at once.
const readers = 8

// collations makes COLLATE "C", PostgreSQL's order by bytes, known to SQLite, whose own order it is.
var collations = sync.OnceValue(func() error {
	return sqlite.RegisterCollationUtf8("C", strings.Compare)
})

// How long SQLite itself waits while another process writes, in milliseconds. Nothing stops it from waiting, so a command waits briefly and is
// tried again (see [Store.Write]), which looks at what its caller still has time for.
const (
	writeWait   = 250
	readWait    = 5000
	migrateWait = 5000
)

func connectSQLite(path string) (*Store, error) {
	if err := collations(); err != nil {
		return nil, err
	}
	if err := logfile.Register(); err != nil {
		return nil, err
	}
	name, query, _ := strings.Cut(path, "?")
	if name == "" {
		return nil, badDSN()
	}
	extra, err := url.ParseQuery(query)
	if err != nil {
		return nil, badDSN()
	}
	writer, err := openSQLite(name, extra, "vfs="+logfile.Name, "_txlock=immediate", waiting(writeWait), "_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)", "_pragma=foreign_keys(1)", "_pragma=secure_delete(1)",
		"_pragma=cache_size(-8192)", "_pragma=wal_autocheckpoint(32000)")
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	reader, err := openSQLite(name, nil, "_txlock=deferred", waiting(readWait), "_pragma=query_only(1)", "_pragma=cache_size(-16384)")
	if err != nil {
		return nil, err
	}
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	return &Store{dialect: newDialect(sqliteName), writer: writer, reader: reader, ids: &ids{}, lanes: newLanes()}, nil
}

func waiting(milliseconds int) string { return fmt.Sprintf("_pragma=busy_timeout(%d)", milliseconds) }

func openSQLite(path string, extra url.Values, options ...string) (*sql.DB, error) {
	if more := extra.Encode(); more != "" {
		options = append(options, more)
	}
	registered, err := sql.Open("sqlite", "") // connects to nothing: it knows the driver
	if err != nil {
		return nil, err
	}
	name := (&url.URL{Scheme: "file", OmitHost: true, Path: path}).String() + "?" + strings.Join(options, "&")
	return sql.OpenDB(connector{registered.Driver(), name}), registered.Close()
}

// connections is how many conversations one process has with PostgreSQL at most, for reading and for writing each.
const connections = 16

func connectPostgres(dsn string) (*Store, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, badDSN()
	}
	// Our questions are short and there are many at a time: to compile one, or to give parts of it to other processes, takes a hundred times as
	// long as to answer it, and PostgreSQL cannot know.
	config.RuntimeParams["jit"], config.RuntimeParams["max_parallel_workers_per_gather"] = "off", "0"
	reader := openPostgres(config)
	writing := config.Copy()
	// Who reads a whole table in a serializable transaction stands in the way of all who write to it. A writer therefore goes
	// by an index even where the table is so small that reading all of it would be cheaper.
	writing.RuntimeParams["enable_seqscan"] = "off"
	return &Store{dialect: newDialect(postgresName), writer: openPostgres(writing), reader: reader, ids: &ids{}, lanes: newLanes(), slots: slots{next: rand.N(ring)}}, nil
}

func openPostgres(config *pgx.ConnConfig) *sql.DB {
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db
}

// Dialect is "sqlite" or "postgres".
func (s *Store) Dialect() string { return s.dialect.name }

// Close ends all connections.
func (s *Store) Close() error {
	err := s.reader.Close()
	// The writer last: as the last connection of the file it folds the log back into it.
	return errors.Join(err, s.writer.Close())
}

func joinClose(err error, s *Store) error {
	_ = s.Close() // the first error is the one to tell
	return err
}
