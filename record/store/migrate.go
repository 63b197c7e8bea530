package store

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"doudi/kernel/fault"
)

// Migrations are the tables of all subjects, one numbered step after the other, the same for both databases but for their keys (see [postgresSteps]). A step that has
// been released is never edited: a change is a further step.
//
//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrate brings the tables to those of this program, step by step, each in a transaction of its own. It may be run at any
// time and by several processes at once; what was done is not done again.
func (s *Store) Migrate(ctx context.Context) error {
	have, want, err := s.Version(ctx)
	if err != nil {
		return err
	}
	if have > want {
		return newer(have, want)
	}
	if s.dialect.name == sqliteName { // on the writer's one connection
		if _, err := s.writer.ExecContext(ctx, fmt.Sprintf(`PRAGMA busy_timeout = %d`, migrateWait)); err != nil {
			return translate(err)
		}
	}
	if err := s.migrateTo(ctx, want); err != nil {
		return err
	}
	if err := s.migrateQueue(ctx); err != nil {
		return err
	}
	return s.tune(ctx)
}

func (s *Store) migrateTo(ctx context.Context, version int64) error {
	provider, err := s.provider(ctx)
	if err != nil {
		return err
	}
	_, err = provider.UpTo(ctx, version)
	return translate(err)
}

func (s *Store) provider(ctx context.Context) (*goose.Provider, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	if s.dialect.name == sqliteName {
		return goose.NewProvider(goose.DialectSQLite3, s.writer, files)
	}
	files = postgresSteps{files}
	spread, err := s.spreads(ctx)
	if err != nil {
		return nil, err
	}
	if spread {
		files = spreading{files}
	}
	one, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, s.writer, files, goose.WithSessionLocker(one))
}

// postgresSteps are the migrations for PostgreSQL: the same, but that a step whose name ends in _sqlite does nothing.
type postgresSteps struct{ fs.FS }

func (s postgresSteps) Open(name string) (fs.File, error) {
	file, err := s.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, "_sqlite.sql") {
		return file, err
	}
	return migration{file, bytes.NewReader(stepBegins)}, nil
}

// migration is a file that reads as something else.
type migration struct {
	fs.File
	content io.Reader
}

func (m migration) Read(p []byte) (int, error) { return m.content.Read(p) }

// stepBegins is the first line of a step.
var stepBegins = []byte("-- +goose Up\n")

// Version tells which step the tables are at and which one this program needs. An empty database is at 0.
func (s *Store) Version(ctx context.Context) (have, want int64, err error) {
	if want, err = newest(); err != nil {
		return 0, 0, err
	}
	tables := `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'`
	applied := `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied`
	if s.dialect.name == postgresName {
		tables = `SELECT COUNT(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = 'goose_db_version'`
	}
	var there int
	if err := s.reader.QueryRowContext(ctx, tables).Scan(&there); err != nil {
		return 0, 0, translate(err)
	}
	if there == 0 {
		return 0, want, nil
	}
	if err := s.reader.QueryRowContext(ctx, applied).Scan(&have); err != nil {
		return 0, 0, translate(err)
	}
	return have, want, nil
}

// newest is the number of the last step this program knows.
func newest() (int64, error) {
	files, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		return 0, err
	}
	return goose.NumericComponent(files[len(files)-1].Name()) // ReadDir sorts by name
}

func (s *Store) checkVersion(ctx context.Context) error {
	have, want, err := s.Version(ctx)
	switch {
	case err != nil:
		return err
	case have > want:
		return newer(have, want)
	case have < want:
		return &fault.Error{Kind: fault.Conflict, Code: "store.schema-older", Op: "store.Open",
			Message: text("数据库结构是第 %d 版，本程序需要第 %d 版", "the tables are at step %d, this program needs step %d", have, want),
			Hint:    migrateHint}
	}
	return s.checkQueue(ctx)
}

var migrateHint = fault.Text{ZH: "先备份（doudi backup），再运行 doudi migrate", EN: "make a backup (doudi backup), then run doudi migrate"}

func newer(have, want int64) error {
	return &fault.Error{Kind: fault.Conflict, Code: "store.schema-newer", Op: "store.Open",
		Message: text("数据库结构是第 %d 版，比本程序的第 %d 版新", "the tables are at step %d, newer than step %d of this program", have, want),
		Hint:    fault.Text{ZH: "请使用更新的 doudi；数据库没有改动", EN: "use a newer doudi; the database was not touched"}}
}
