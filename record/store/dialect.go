package store

import (
	"strings"
	"sync"
)

// dialect is what differs between the databases.
type dialect struct {
	name      string // "sqlite" or "postgres"
	rewritten *sync.Map
}

const (
	sqliteName   = "sqlite"
	postgresName = "postgres"
)

func newDialect(name string) dialect { return dialect{name, &sync.Map{}} }

// rewrite turns ?1 into $1 for PostgreSQL. Queries are constants of the program, so each is rewritten once.
func (d dialect) rewrite(query string) string {
	if d.name == sqliteName {
		return query
	}
	if done, ok := d.rewritten.Load(query); ok {
		return done.(string)
	}
	done := dollars(query)
	d.rewritten.Store(query, done)
	return done
}

// dollars replaces ? before a digit, outside of text in quotes.
func dollars(query string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(query); i++ {
		c := query[i]
		if c == '\'' {
			quoted = !quoted
		}
		if c == '?' && !quoted && i+1 < len(query) && '0' <= query[i+1] && query[i+1] <= '9' {
			c = '$'
		}
		b.WriteByte(c)
	}
	return b.String()
}
