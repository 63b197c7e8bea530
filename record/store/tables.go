package store

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"slices"
	"strings"

	"github.com/emmansun/gmsm/sm3"
)

// table is one of our tables as the catalogue of the database describes it.
type table struct {
	Name    string   `json:"table"`
	Columns []string `json:"columns"`
	order   []string // expressions that order its rows by their key, the county first, bytewise
}

// jobTable stands in a backup for the jobs not done yet; the queue's own tables differ between the databases.
var jobTable = table{Name: "(jobs)", Columns: []string{"county", "kind", "payload"}}

// foreign tells whether the table is not ours: the migrations' and the queue's.
func foreign(name string) bool {
	return name == "goose_db_version" || strings.HasPrefix(name, "river_") || strings.HasPrefix(name, "sqlite_")
}

const (
	// The columns of every table with their place in the primary key, 0 for none, and whether they are text.
	sqliteColumns = `SELECT m.name, c.name, c.pk, c.type = 'TEXT' FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' ORDER BY m.name, c.cid`
	postgresColumns = `SELECT t.relname::text, a.attname::text, COALESCE(array_position(i.indkey::int2[], a.attnum) + 1, 0), a.atttypid = 'text'::regtype
		FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
		WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind IN ('r', 'p') ORDER BY t.relname COLLATE "C", a.attnum`
)

// tables lists our tables by name.
func (s *Store) tables(ctx context.Context, tx *sql.Tx) ([]table, error) {
	query := sqliteColumns
	if s.dialect.name == postgresName {
		query = postgresColumns
	}
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []table
	keys := map[string]map[int]string{}
	for rows.Next() {
		var name, column string
		var place int
		var isText bool
		if err := rows.Scan(&name, &column, &place, &isText); err != nil {
			return nil, err
		}
		if foreign(name) {
			continue
		}
		if len(list) == 0 || list[len(list)-1].Name != name {
			list = append(list, table{Name: name})
			keys[name] = map[int]string{}
		}
		last := &list[len(list)-1]
		last.Columns = append(last.Columns, column)
		if place > 0 {
			keys[name][place] = s.bytewise(column, isText)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range list {
		key := keys[list[i].Name]
		for place := 1; place <= len(key); place++ {
			list[i].order = append(list[i].order, key[place])
		}
		slices.SortStableFunc(list[i].order, countyFirst)
		if len(key) == 0 {
			return nil, fmt.Errorf("table %s has no primary key", list[i].Name)
		}
	}
	return list, nil
}

// countyFirst puts the county before the rest of a key, as PostgreSQL has it everywhere and SQLite nearly so: a backup has the same order, whichever it was made of.
func countyFirst(a, b string) int {
	later := func(column string) int {
		if strings.HasPrefix(column, `"county_code"`) {
			return 0
		}
		return 1
	}
	return later(a) - later(b)
}

func (s *Store) bytewise(column string, isText bool) string {
	if isText && s.dialect.name == postgresName {
		return quoted(column) + ` COLLATE "C"`
	}
	return quoted(column)
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quotedAll(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = quoted(name)
	}
	return strings.Join(all, ", ")
}

// sum counts and digests the rows of one table.
type sum struct {
	Rows   int64  `json:"rows"`
	Digest string `json:"digest"` // SM3 of the rows' lines
}

type summing struct {
	rows int64
	hash hash.Hash
}

func newSumming() *summing { return &summing{hash: sm3.New()} }

func (s *summing) add(line []byte) {
	s.rows++
	s.hash.Write(line)
	s.hash.Write([]byte{'\n'})
}

func (s *summing) sum() sum { return sum{s.rows, hex.EncodeToString(s.hash.Sum(nil))} }

// eachRow hands over the rows of a table as lines of JSON, in the order of their key.
func (s *Store) eachRow(ctx context.Context, tx *sql.Tx, t table, visit func(line []byte) error) error {
	if t.Name == jobTable.Name {
		return s.eachJob(ctx, tx, visit)
	}
	rows, err := tx.QueryContext(ctx, `SELECT `+quotedAll(t.Columns)+` FROM `+quoted(t.Name)+` ORDER BY `+strings.Join(t.order, ", "))
	if err != nil {
		return err
	}
	defer rows.Close()
	values, places := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		line, err := jsonLine(values)
		if err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
		if err := visit(line); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (s *Store) eachJob(ctx context.Context, tx *sql.Tx, visit func(line []byte) error) error {
	rows, err := tx.QueryContext(ctx, pendingJobs)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		var job Job
		if err := json.Unmarshal([]byte(text), &job); err != nil {
			return err
		}
		payload, err := plainJSON(job.Payload)
		if err != nil {
			return err
		}
		line, err := jsonLine([]any{job.County, job.Name, payload})
		if err != nil {
			return err
		}
		if err := visit(line); err != nil {
			return err
		}
	}
	return rows.Err()
}

// plainJSON writes JSON the same way whichever database kept it: PostgreSQL reorders the names of an object.
func plainJSON(content []byte) (string, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "", err
	}
	line, err := jsonLine(value)
	return string(line), err
}

func jsonLine(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// readLine is the next line without its end.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadBytes('\n')
	return bytes.TrimSuffix(line, []byte("\n")), err
}
