package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
)

// preparing is a connection to a SQLite file that keeps the statements it has compiled: compiling one takes as long as running it.
type preparing struct {
	connection
	compiled map[string]compiled
}

// compiled is a statement that was compiled, and the number of the argument that each of its placeholders stands for.
type compiled struct {
	driver.Stmt
	numbers []int
}

// connection is what SQLite's driver offers to package database/sql.
type connection interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// connector opens connections that keep their statements.
type connector struct {
	driver driver.Driver
	name   string
}

func (c connector) Driver() driver.Driver { return c.driver }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	opened, err := c.driver.Open(c.name)
	if err != nil {
		return nil, err
	}
	return &preparing{opened.(connection), map[string]compiled{}}, nil
}

// Close ends the connection after its statements: the file is folded up only when none is left.
func (p *preparing) Close() error { return errors.Join(p.closeAll(), p.connection.Close()) }

func (p *preparing) closeAll() (err error) {
	for query, compiled := range p.compiled {
		err = errors.Join(err, compiled.Close())
		delete(p.compiled, query)
	}
	return err
}

// mostCompiled bounds the statements of a connection. Queries are constants of the program, of which there are fewer.
const mostCompiled = 1000

func (p *preparing) compile(ctx context.Context, query string) (c compiled, err error) {
	c, known := p.compiled[query]
	if known {
		return c, nil
	}
	if len(p.compiled) >= mostCompiled {
		if err := p.closeAll(); err != nil {
			return c, err
		}
	}
	plain, numbers := unnumbered(query)
	c.numbers = numbers
	if c.Stmt, err = p.PrepareContext(ctx, plain); err == nil {
		p.compiled[query] = c
	}
	return c, err
}

// run runs statements one after the other.
func (p *preparing) run(ctx context.Context, list []statement) ([]answer, error) {
	answers := make([]answer, len(list))
	for i, s := range list {
		compiled, err := p.compile(ctx, s.query)
		if err != nil {
			return nil, err
		}
		if answers[i], err = s.run(ctx, compiled); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// given are the values of the placeholders in their order: those their numbers say, or without numbers one after the other.
func (c compiled) given(args []any) ([]driver.NamedValue, error) {
	if c.numbers != nil {
		ordered := make([]any, len(c.numbers))
		for i, number := range c.numbers {
			if number < 1 || number > len(args) {
				return nil, fmt.Errorf("store: ?%d of %d arguments", number, len(args))
			}
			ordered[i] = args[number-1]
		}
		args = ordered
	}
	values := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		value, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, err
		}
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: value}
	}
	return values, nil
}

// unnumbered is a query whose placeholders carry no numbers, with the number that each of them had: of one with a number the driver looks for its name in the list of all names, which for the
// rows of a company takes as long as handing over the values.
func unnumbered(query string) (plain string, numbers []int) {
	plain = renumbered(query, func(number string) string {
		n, _ := strconv.Atoi(number) // a placeholder is digits
		numbers = append(numbers, n)
		return "?"
	})
	return plain, numbers
}
