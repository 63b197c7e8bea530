package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"doudi/record/roll/sheet"
)

// importAll measures how long a roll takes from the file into the register, beside the plainest way to write the same: the rows that came to be, copied bare
// into the same tables of another database, and the file's own cells, copied bare into a table of text. Beside it a roll a tenth as long tells what of the memory grows.
func importAll(ctx context.Context, o *options, r *report) error {
	err := r.say("\n## A roll into the register\n\nStaged: the file is kept sealed, each row is read, sealed and compared with the register. Applied: what the rows say is registered. The register's rows that came of it were then copied bare, " +
		"by COPY on PostgreSQL and INSERT … SELECT on SQLite, into the same empty tables of another database; bare cells are the file's alone in a table of text with a key.\n\n" +
		"Memory is what the process holds (VmRSS, its peak VmHWM counted anew for each phase); each import runs in a process of its own. At rest is that process with the record open. " +
		"Go heap is the most that a collection of garbage left, looked at after every command; the rest are pages of the database and garbage that waits (GOGC=400).\n")
	for _, dialect := range o.dialects {
		if err == nil {
			err = importInto(ctx, o, dialect, r)
		}
	}
	return err
}

// importInto measures all formats on one database.
func importInto(ctx context.Context, o *options, dialect string, r *report) error {
	times := table{{strconv.Itoa(o.rows) + " rows", "staged, s", "applied, s", "bare register rows, s", "bare cells, s", "applied : bare", "whole : bare"}}
	memory := table{{"memory, MB", "rows", "at rest", "peak staging", "peak applying", "Go heap staging", "Go heap applying"}}
	database := ""
	for _, name := range o.formats {
		for _, rows := range []int{o.rows / 10, o.rows} {
			m, err := importOne(ctx, o, dialect, sheet.Format(name), rows)
			if err != nil {
				return err
			}
			database = m.name
			memory.row(name, strconv.Itoa(rows), megabytes(m.AtRest), megabytes(m.Staged.Peak), megabytes(m.Applied.Peak), megabytes(m.Staged.Live), megabytes(m.Applied.Live))
			if rows == o.rows {
				bare, staged, applied := m.bare.Seconds(), m.Staged.Took.Seconds(), m.Applied.Took.Seconds()
				times.row(name, seconds(m.Staged.Took), seconds(m.Applied.Took), seconds(m.bare), seconds(m.cells), fmt.Sprintf("%.2f", applied/bare), fmt.Sprintf("%.2f", (staged+applied)/bare))
			}
		}
	}
	return errors.Join(r.part(database), times.say(r), memory.say(r))
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()) }

func megabytes(bytes uint64) string { return strconv.FormatUint(bytes>>20, 10) }

// imported is what one import took.
type imported struct {
	usage
	name        string
	bare, cells time.Duration
}

func importOne(ctx context.Context, o *options, dialect string, format sheet.Format, rows int) (m imported, err error) {
	s, err := newSite(dialect, o.secrets)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	m.name = s.name
	folder, err := os.MkdirTemp("", "doudi-bench-roll-")
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	file := filepath.Join(folder, "roll."+string(format))
	if err := writeRoll(file, format, rows); err != nil {
		return m, err
	}
	dsn, err := s.empty()
	if err != nil {
		return m, err
	}
	w, err := newWorld(ctx, dsn, o.secrets, 1)
	if err != nil {
		return m, err
	}
	if err := w.Close(); err != nil {
		return m, err
	}
	if m.usage, err = apart(ctx, errand{DSN: dsn, Secrets: o.secrets, File: file, Rows: rows, Heap: o.heap}); err != nil || rows < o.rows {
		return m, err
	}
	if m.bare, err = s.bareRows(ctx, dsn, countyCode(0), folder); err != nil {
		return m, err
	}
	m.cells, err = s.bareCells(ctx, rows)
	return m, err
}

// rollColumns are the columns of the roll that is measured.
var rollColumns = sheet.Mapping{Columns: []sheet.Column{{Header: "乡镇", As: "place.town"}, {Header: "户编号", As: "member.household"}, {Header: "与户主关系", As: "member.relation"},
	{Header: "姓名", As: "person.name"}, {Header: "证件号码", As: "person.id"}, {Header: "参加基本医疗保险", As: "person.insured"}, {Header: "农村低保", As: "roster.dibao"},
	{Header: "人均年收入", As: "household.income_per_head"}, {Header: "备注", As: ""}}}

// rollCells are the cells of the i-th row: households of three.
func rollCells(i int) ([]string, error) {
	number, err := numberOf(i)
	relation, income := "子", ""
	if i%3 == 0 {
		relation, income = "户主", fmt.Sprintf("%d.50", 3000+i%4000)
	}
	return []string{"城关镇", strconv.Itoa(100000 + i/3), relation, nameOf(i), string(number), "是", "是", income, "入户核查"}, err
}

func writeRoll(file string, format sheet.Format, rows int) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	var headers []string
	for _, c := range rollColumns.Columns {
		headers = append(headers, c.Header)
	}
	buffered := bufio.NewWriter(f)
	err = func() error {
		out, err := sheet.NewWriter(buffered, format, sheet.Export{Title: "参保名单", Columns: headers})
		if err != nil {
			return err
		}
		for i := range rows {
			texts, err := rollCells(i)
			if err != nil {
				return err
			}
			cells := make([]sheet.Cell, len(texts))
			for k, text := range texts {
				cells[k] = sheet.Cell{Kind: sheet.Text, Text: text}
			}
			if err := out.Write(cells); err != nil {
				return err
			}
		}
		return out.Close()
	}()
	return errors.Join(err, buffered.Flush(), f.Close())
}

// registerTables are the tables in which people are registered, in the order of their foreign keys.
var registerTables = []string{"party", "person_key", "statement", "person_number", "person_name"}

// bareRows is how long it takes to write the register's rows into the same tables of another database, and nothing else.
func (s *site) bareRows(ctx context.Context, from, county, folder string) (took time.Duration, err error) {
	dsn, err := s.empty()
	if err != nil {
		return 0, err
	}
	if err := migrate(ctx, dsn); err != nil {
		return 0, err
	}
	if s.server == nil {
		return attached(ctx, dsn, from)
	}
	for _, table := range registerTables {
		one, err := copiedTable(ctx, from, dsn, table, filepath.Join(folder, table))
		if err != nil {
			return took, err
		}
		took += one
	}
	return took, nil
}

// attached writes the rows of one SQLite file into another.
func attached(ctx context.Context, dsn, from string) (took time.Duration, err error) {
	db, err := sql.Open("sqlite", strings.TrimPrefix(dsn, "sqlite:")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, `ATTACH ? AS other`, strings.TrimPrefix(from, "sqlite:")); err != nil {
		return 0, err
	}
	start := time.Now()
	for _, table := range registerTables {
		if _, err := db.ExecContext(ctx, `INSERT INTO main.`+table+` SELECT * FROM other.`+table+` ORDER BY rowid`); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}

// copiedTable takes a table out of one PostgreSQL database into a file, and is how long it takes to copy the file into another.
func copiedTable(ctx context.Context, from, to, table, name string) (took time.Duration, err error) {
	file, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(name)) }()
	err = onPostgres(ctx, from, func(c *pgx.Conn) error {
		_, err := c.PgConn().CopyTo(ctx, file, `COPY `+table+` TO STDOUT (FORMAT binary)`)
		return err
	})
	if err != nil {
		return 0, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	err = onPostgres(ctx, to, func(c *pgx.Conn) error {
		start := time.Now()
		_, err := c.PgConn().CopyFrom(ctx, file, `COPY `+table+` FROM STDIN (FORMAT binary)`)
		took = time.Since(start)
		return err
	})
	return took, err
}

func onPostgres(ctx context.Context, dsn string, do func(*pgx.Conn) error) (err error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return err
	}
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return conn.Raw(func(c any) error { return do(c.(*stdlib.Conn).Conn()) })
}

const cellsTable = `CREATE TABLE cells (no BIGINT PRIMARY KEY, c1 TEXT, c2 TEXT, c3 TEXT, c4 TEXT, c5 TEXT, c6 TEXT, c7 TEXT, c8 TEXT, c9 TEXT)`

// bareCells is how long it takes to write the cells of the file, as they are, into a table of text.
func (s *site) bareCells(ctx context.Context, rows int) (took time.Duration, err error) {
	dsn, err := s.empty()
	if err != nil {
		return 0, err
	}
	all := make([][]any, rows)
	for i := range all {
		texts, err := rollCells(i)
		if err != nil {
			return 0, err
		}
		all[i] = []any{int64(i)}
		for _, text := range texts {
			all[i] = append(all[i], text)
		}
	}
	if s.server != nil {
		err = onPostgres(ctx, dsn, func(c *pgx.Conn) error {
			if _, err := c.Exec(ctx, cellsTable); err != nil {
				return err
			}
			start := time.Now()
			_, err := c.CopyFrom(ctx, pgx.Identifier{"cells"}, []string{"no", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"}, pgx.CopyFromRows(all))
			took = time.Since(start)
			return err
		})
		return took, err
	}
	return insertedCells(ctx, strings.TrimPrefix(dsn, "sqlite:"), all)
}

func insertedCells(ctx context.Context, path string, all [][]any) (took time.Duration, err error) {
	db, err := sql.Open("sqlite", path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, cellsTable); err != nil {
		return 0, err
	}
	start := time.Now()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // answers ErrTxDone after the commit
	insert, err := tx.PrepareContext(ctx, `INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return 0, err
	}
	for _, row := range all {
		if _, err := insert.ExecContext(ctx, row...); err != nil {
			return 0, err
		}
	}
	err = errors.Join(insert.Close(), tx.Commit())
	return time.Since(start), err
}
