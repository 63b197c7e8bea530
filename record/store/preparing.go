package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"strconv"
)

// preparing is a connection to a SQLite file that keeps the statements it has compiled: compiling one takes as long as running it.
type preparing struct {
	connection
	compiled map[string]driver.Stmt
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
	return &preparing{opened.(connection), map[string]driver.Stmt{}}, nil
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

func (p *preparing) compile(ctx context.Context, query string) (driver.Stmt, error) {
	if compiled := p.compiled[query]; compiled != nil {
		return compiled, nil
	}
	if len(p.compiled) >= mostCompiled {
		if err := p.closeAll(); err != nil {
			return nil, err
		}
	}
	compiled, err := p.PrepareContext(ctx, unnumbered(query))
	if err == nil {
		p.compiled[query] = compiled
	}
	return compiled, err
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

// unnumbered is a query whose placeholders carry no numbers, if they stand in their order and each of them once: of one with a number the driver looks for its name in the list of all names,
// which for the rows of a company takes as long as handing over the values.
func unnumbered(query string) string {
	n, inOrder := 0, true
	plain := renumbered(query, func(number string) string {
		n++
		inOrder = inOrder && number == strconv.Itoa(n)
		return "?"
	})
	if !inOrder {
		return query
	}
	return plain
}
