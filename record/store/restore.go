package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"doudi/kernel/fault"
)

// Restore fills an empty database, of either kind, with a backup: all of it or nothing. Before, the whole file is checked;
// after, what is in the database is compared with it. The tables are then brought to those of this program.
func (s *Store) Restore(ctx context.Context, file, passphrase string) (Copied, error) {
	copied, err := CheckBackup(file, passphrase)
	if err != nil {
		return Copied{}, err
	}
	if err := s.refuseSpread(ctx); err != nil {
		return Copied{}, err
	}
	if err := s.prepare(ctx, copied.Schema); err != nil {
		return Copied{}, err
	}
	if err := s.load(ctx, file, passphrase); err != nil {
		return Copied{}, translate(err)
	}
	return copied, s.Migrate(ctx)
}

// prepare makes the tables as they were when the backup was made.
func (s *Store) prepare(ctx context.Context, schema int64) error {
	have, want, err := s.Version(ctx)
	switch {
	case err != nil:
		return err
	case schema > want:
		return newer(schema, want)
	case have > schema:
		return &fault.Error{Kind: fault.Conflict, Code: "store.restore-into-newer", Op: "store.Restore",
			Message: text("备份的结构是第 %d 版，目标数据库已是第 %d 版", "the backup's tables are at step %d, the database is at step %d already", schema, have),
			Hint:    fault.Text{ZH: "恢复到一个全新的空数据库", EN: "restore into a new, empty database"}}
	}
	if err := s.migrateTo(ctx, schema); err != nil {
		return err
	}
	return s.migrateQueue(ctx)
}

// load copies all rows in one transaction and compares.
func (s *Store) load(ctx context.Context, file, passphrase string) error {
	begun, err := s.begin(ctx, s.writer, &sql.TxOptions{})
	if err != nil {
		return err
	}
	defer begun.end()
	l := &loader{store: s, ctx: ctx, tx: begun.tx}
	if l.tables, err = s.tables(ctx, begun.tx); err != nil {
		return err
	}
	if err := l.mustBeEmpty(); err != nil {
		return err
	}
	if err := l.putOff(); err != nil {
		return err
	}
	if _, err := readBackup(file, passphrase, l.row, l.end); err != nil {
		return err
	}
	if err := l.enforce(); err != nil {
		return err
	}
	return s.commit(ctx, begun.keep)
}

// loader fills the tables.
type loader struct {
	store  *Store
	ctx    context.Context
	tx     *sql.Tx
	tables []table
	keys   [][2]string // table and name of each foreign key (PostgreSQL)
	insert *sql.Stmt
	into   string
}

func (l *loader) mustBeEmpty() error {
	for _, t := range append(l.tables, table{Name: "river_job"}) {
		var some int
		if err := l.tx.QueryRowContext(l.ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM `+quoted(t.Name)+` LIMIT 1) AS found`).Scan(&some); err != nil {
			return err
		}
		if some > 0 {
			return &fault.Error{Kind: fault.Conflict, Code: "store.not-empty", Op: "store.Restore",
				Message: text("目标数据库不是空的：表 %s 里已有内容，没有改动", "the database is not empty: table %s has rows; nothing was touched", t.Name),
				Hint:    fault.Text{ZH: "恢复到一个全新的空数据库", EN: "restore into a new, empty database"}}
		}
	}
	return nil
}

// putOff puts off the foreign keys to the end of the transaction, so that tables may be filled in any order.
func (l *loader) putOff() error {
	if l.store.dialect.name == sqliteName {
		_, err := l.tx.ExecContext(l.ctx, `PRAGMA defer_foreign_keys = ON`)
		return err
	}
	rows, err := l.tx.QueryContext(l.ctx, `SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key [2]string
		if err := rows.Scan(&key[0], &key[1]); err != nil {
			return err
		}
		l.keys = append(l.keys, key)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return l.alter(`DEFERRABLE INITIALLY DEFERRED`)
}

func (l *loader) alter(to string) error {
	for _, key := range l.keys {
		if _, err := l.tx.ExecContext(l.ctx, `ALTER TABLE `+key[0]+` ALTER CONSTRAINT `+key[1]+` `+to); err != nil {
			return err
		}
	}
	return nil
}

// enforce checks the foreign keys and puts them back as they were; SQLite checks when it commits.
func (l *loader) enforce() error {
	if l.store.dialect.name == sqliteName {
		return nil
	}
	if _, err := l.tx.ExecContext(l.ctx, `SET CONSTRAINTS ALL IMMEDIATE`); err != nil {
		return err
	}
	return l.alter(`NOT DEFERRABLE`)
}

// row puts one line into its table.
func (l *loader) row(t table, line []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var values []any
	if err := decoder.Decode(&values); err != nil || len(values) != len(t.Columns) {
		return damagedBackup(err, "表 %s 有一行读不懂", "a row of table %s is not understood", t.Name)
	}
	if t.Name == jobTable.Name {
		return l.job(values)
	}
	for i, value := range values {
		number, ok := value.(json.Number)
		if !ok {
			continue
		}
		whole, err := number.Int64()
		if err != nil {
			return damagedBackup(err, "表 %s 有一个数不是整数", "a number of table %s is not whole", t.Name)
		}
		values[i] = whole
	}
	if err := l.prepare(t); err != nil {
		return err
	}
	_, err := l.insert.ExecContext(l.ctx, values...)
	return err
}

// prepare makes the statement for a table that the database has, with these columns.
func (l *loader) prepare(t table) error {
	if l.into == t.Name {
		return nil
	}
	known := false
	for _, ours := range l.tables {
		known = known || ours.Name == t.Name
	}
	if !known {
		return damagedBackup(nil, "数据库没有表 %s", "the database has no table %s", t.Name)
	}
	places := make([]string, len(t.Columns))
	for i := range places {
		places[i] = fmt.Sprintf("?%d", i+1)
	}
	query := `INSERT INTO ` + quoted(t.Name) + ` (` + quotedAll(t.Columns) + `) VALUES (` + strings.Join(places, ", ") + `)`
	var err error
	l.insert, err = l.tx.PrepareContext(l.ctx, l.store.dialect.rewrite(query))
	l.into = t.Name
	return err
}

func (l *loader) job(values []any) error {
	var parts [3]string
	for i := range parts {
		parts[i], _ = values[i].(string) // three columns were counted; a job without a name is refused below
	}
	if !json.Valid([]byte(parts[2])) || parts[1] == "" {
		return damagedBackup(nil, "有一项任务读不懂", "a job is not understood")
	}
	_, err := l.store.jobs.InsertTx(l.ctx, l.tx, Job{parts[0], parts[1], json.RawMessage(parts[2])}, nil)
	return err
}

// end compares what the table holds now with what it held when the backup was made.
func (l *loader) end(t table, want sum) error {
	if l.insert != nil {
		if err := l.insert.Close(); err != nil {
			return err
		}
		l.insert, l.into = nil, ""
	}
	there := t
	for _, ours := range l.tables {
		if ours.Name == t.Name {
			there.order = ours.order
		}
	}
	total := newSumming()
	err := l.store.eachRow(l.ctx, l.tx, there, func(line []byte) error { total.add(line); return nil })
	if err != nil {
		return err
	}
	if total.sum() != want {
		return damagedBackup(nil, "表 %s 恢复后与备份不同", "table %s differs from the backup after it was restored", t.Name)
	}
	return nil
}
