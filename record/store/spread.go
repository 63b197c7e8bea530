package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"

	"doudi/kernel/fault"
)

// spreads tells whether the database spreads tables over several servers: PostgreSQL with the extension Citus.
func (s *Store) spreads(ctx context.Context) (bool, error) {
	if s.dialect.name == sqliteName {
		return false, nil
	}
	var functions int
	err := s.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM pg_catalog.pg_proc WHERE proname = 'create_distributed_table' AND pg_catalog.pg_function_is_visible(oid)`).Scan(&functions)
	return functions > 0, translate(err)
}

// spreading are the migrations for a database that spreads tables: the same files, but each table is spread by county as soon as it is made, before
// another can refer to it, for a table that is spread refers only to tables that are. All of ours lead with county_code and land together, county
// by county; the queue's and the migrations' own tables stay on the server that is asked.
type spreading struct{ fs.FS }

func (s spreading) Open(name string) (fs.File, error) {
	file, err := s.FS.Open(name)
	if err != nil || path.Ext(name) != ".sql" {
		return file, err
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return migration{file, bytes.NewReader(spreadEach(content))}, nil
}

var tableCreated = regexp.MustCompile(`(?ms)^CREATE TABLE (\w+) \($.*?^\);$`)

// spreadEach adds to a step what spreads its tables. What a table's texts are kept like is said before: of a table that was spread it cannot be changed.
// One server after the other is asked, because what one step does to several tables of a server must happen in order.
func spreadEach(step []byte) []byte {
	step = bytes.Replace(step, stepBegins, append(bytes.Clone(stepBegins), "SET LOCAL citus.multi_shard_modify_mode = 'sequential';\n"...), 1)
	return tableCreated.ReplaceAllFunc(step, func(created []byte) []byte {
		name := tableCreated.FindSubmatch(created)[1]
		return bytes.Join([][]byte{created, []byte("-- +goose StatementBegin"), []byte(wholeRows + ";"), []byte("-- +goose StatementEnd"),
			[]byte("SELECT create_distributed_table('" + string(name) + "', 'county_code');")}, []byte("\n"))
	})
}

// refuseSpread refuses to restore into spread tables, whose foreign keys cannot be put off until all rows are there.
func (s *Store) refuseSpread(ctx context.Context) error {
	spread, err := s.spreads(ctx)
	if err != nil || !spread {
		return err
	}
	return &fault.Error{Kind: fault.Conflict, Code: "store.restore-into-spread", Op: "store.Restore",
		Message: text("目标数据库装有 Citus，各县的表分布在多台服务器上，不能整库恢复；没有改动", "the database has Citus: its tables are spread over servers and a whole backup cannot be restored into them; nothing was touched"),
		Hint:    fault.Text{ZH: "恢复到普通 PostgreSQL 或 SQLite；分布式数据库用它自己的备份（pg_basebackup 加 citus_create_restore_point）", EN: "restore into plain PostgreSQL or SQLite; a spread database has backups of its own (pg_basebackup with citus_create_restore_point)"}}
}
