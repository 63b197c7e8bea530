package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// With PostgreSQL everything is said as text, and what comes back is text: our columns are text and whole numbers, and a conversation about those
// needs none of the driver's knowledge of types, which took longer than the conversation.

// prepared are the statements that a connection has had compiled.
type prepared struct {
	of   map[string]*pgconn.StatementDescription
	made int // statements so far: no name is used twice
}

// mostPrepared bounds them: PostgreSQL keeps a plan of each.
const mostPrepared = 512

// preparedOn is what a connection has had compiled. It is kept with the connection.
func preparedOn(ctx context.Context, conn *pgx.Conn) (*prepared, error) {
	const key = "doudi prepared"
	kept := conn.PgConn().CustomData()
	known, ok := kept[key].(*prepared)
	if !ok {
		known = &prepared{of: map[string]*pgconn.StatementDescription{}}
		kept[key] = known
	}
	if len(known.of) > mostPrepared {
		if err := conn.DeallocateAll(ctx); err != nil {
			return nil, err
		}
		clear(known.of)
	}
	return known, nil
}

// send says statements to PostgreSQL in one go and waits for the answers.
func (d dialect) send(ctx context.Context, conn *pgx.Conn, list []statement) ([]answer, error) {
	said, err := d.converse(ctx, conn)
	if err != nil {
		return nil, err
	}
	if err := said.end(said.say(list)); err != nil {
		return nil, err
	}
	return said.hear()
}

// conversation is what was said and not answered yet.
type conversation struct {
	dialect  dialect
	pipeline *pgconn.Pipeline
	known    *prepared
	says     []saying
	ended    bool // the last was said, or may have been
}

// converse begins a conversation, which must be ended.
func (d dialect) converse(ctx context.Context, conn *pgx.Conn) (*conversation, error) {
	known, err := preparedOn(ctx, conn)
	if err != nil {
		return nil, err
	}
	return &conversation{dialect: d, pipeline: conn.PgConn().StartPipeline(ctx), known: known}, nil
}

// say says statements. Those that PostgreSQL hears for the first time it compiles on the way.
func (c *conversation) say(list []statement) error {
	values, err := written(list)
	if err != nil {
		return err
	}
	for _, s := range list {
		c.says = append(c.says, c.known.say(c.pipeline, c.dialect.rewrite(s.query), values[:len(s.args)]))
		values = values[len(s.args):]
	}
	return nil
}

// begin lets PostgreSQL begin with what was said so far.
func (c *conversation) begin() error { return c.pipeline.Flush() }

// end says that this was all, unless something could not be said: then the conversation is over.
func (c *conversation) end(failed error) error {
	if failed != nil {
		return errors.Join(failed, c.pipeline.Close())
	}
	c.ended = true
	err := c.pipeline.Sync()
	if err != nil {
		_ = c.pipeline.Close() // says the same again
	}
	return err
}

// hear waits for the answers. The first statement that fails ends it.
func (c *conversation) hear() (answers []answer, err error) {
	answers = make([]answer, len(c.says))
	for i := 0; i < len(c.says) && err == nil; i++ {
		answers[i], err = c.known.hear(c.pipeline, c.says[i])
	}
	if closed := c.pipeline.Close(); err == nil { // after an error it says the same again
		err = closed
	}
	if outdated(err) {
		clear(c.known.of)
	}
	return answers, err
}

// saying is a statement under way.
type saying struct {
	query string
	name  string // under which it is being compiled; "" when it was before
}

func (p *prepared) say(pipeline *pgconn.Pipeline, query string, values [][]byte) saying {
	if compiled := p.of[query]; compiled != nil {
		pipeline.SendQueryStatement(compiled, values, nil, nil)
		return saying{query, ""}
	}
	p.made++
	name := fmt.Sprint("doudi", p.made)
	pipeline.SendPrepare(name, query, nil)
	pipeline.SendQueryPrepared(name, values, nil, nil)
	return saying{query, name}
}

// hear reads the answer to a statement.
func (p *prepared) hear(pipeline *pgconn.Pipeline, s saying) (a answer, err error) {
	if s.name != "" {
		results, err := pipeline.GetResults()
		if err != nil {
			return a, err
		}
		compiled := results.(*pgconn.StatementDescription)
		compiled.Name = s.name
		p.of[s.query] = described(compiled)
	}
	results, err := pipeline.GetResults()
	if err != nil {
		return a, err
	}
	reader := results.(*pgconn.ResultReader)
	for reader.NextRow() {
		row, err := read(reader.FieldDescriptions(), reader.Values())
		if err != nil {
			return a, err
		}
		a.rows = append(a.rows, row)
	}
	tag, err := reader.Close()
	a.changed = tag.RowsAffected()
	return a, err
}

// described is a statement of which is known what it answers. One that answers nothing would be asked for that each time; with a column that no row will have it is not.
func described(s *pgconn.StatementDescription) *pgconn.StatementDescription {
	if len(s.Fields) == 0 {
		s.Fields = make([]pgconn.FieldDescription, 1)
	}
	return s
}

// outdated tells whether the error is that of a statement which was compiled for tables that were changed since.
func outdated(err error) bool {
	const featureNotSupported, unknownStatement = "0A000", "26000"
	code := pgCode(err)
	return code == featureNotSupported || code == unknownStatement
}

// written are the arguments of statements as text, one after the other.
func written(list []statement) ([][]byte, error) {
	n, size := 0, 0
	for _, s := range list {
		n += len(s.args)
		for _, arg := range s.args {
			size += longest(arg)
		}
	}
	values, text := make([][]byte, 0, n), make([]byte, 0, size)
	for _, s := range list {
		for _, arg := range s.args {
			from := len(text)
			var isNothing bool
			var err error
			if text, isNothing, err = writeAny(text, arg); err != nil {
				return nil, err
			}
			if isNothing {
				values = append(values, nil)
			} else {
				values = append(values, text[from:len(text):len(text)])
			}
		}
	}
	return values, nil
}

// writeAny adds an argument of any kind, and tells whether it stands for nothing.
func writeAny(text []byte, arg any) (more []byte, isNothing bool, err error) {
	if more, known := write(text, arg); known {
		return more, arg == nil, nil
	}
	value, err := driver.DefaultParameterConverter.ConvertValue(arg)
	if err != nil {
		return text, false, err
	}
	more, known := write(text, value)
	if !known {
		return text, false, fmt.Errorf("store: %T is neither text nor a whole number", arg)
	}
	return more, value == nil, nil
}

// longest is about how long an argument is as text.
func longest(arg any) int {
	const number = 20
	if text, ok := arg.(string); ok {
		return len(text)
	}
	return number
}

// write adds an argument, if it is of a kind that columns have; nothing for nothing.
func write(text []byte, arg any) (more []byte, known bool) {
	switch v := arg.(type) {
	case nil:
		return text, true
	case string:
		return append(text, v...), true
	case int64:
		return strconv.AppendInt(text, v, 10), true
	case int:
		return strconv.AppendInt(text, int64(v), 10), true
	case bool:
		return strconv.AppendBool(text, v), true
	}
	return text, false
}

// read are the values of a row.
func read(columns []pgconn.FieldDescription, values [][]byte) ([]any, error) {
	text := string(slices.Concat(values...)) // one piece of memory for all of them
	row := make([]any, len(values))
	for i, value := range values {
		if value == nil {
			continue
		}
		cell := text[:len(value)]
		text = text[len(value):]
		var err error
		if row[i], err = typed(columns[i].DataTypeOID, cell); err != nil {
			return nil, err
		}
	}
	return row, nil
}

// typed is a value of a column's type.
func typed(oid uint32, cell string) (any, error) {
	switch oid {
	case pgtype.Int8OID, pgtype.Int4OID, pgtype.Int2OID:
		return strconv.ParseInt(cell, 10, 64)
	case pgtype.BoolOID:
		return cell == "t", nil
	}
	return cell, nil
}
