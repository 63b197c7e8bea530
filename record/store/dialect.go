package store

import (
	"regexp"
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
	return d.remembered(query, func() string { return dollars(query) })
}

// remembered is a text that is made of a query once.
func (d dialect) remembered(key string, text func() string) string {
	if done, ok := d.rewritten.Load(key); ok {
		return done.(string)
	}
	done := text()
	d.rewritten.Store(key, done)
	return done
}

// dollars replaces ? before a digit, outside of text in quotes.
func dollars(query string) string {
	return renumbered(query, func(number string) string { return "$" + number })
}

// renumbered is a query whose placeholders, outside of text in quotes, are said otherwise.
func renumbered(query string, say func(number string) string) string {
	return quotedOrPlaceholder.ReplaceAllStringFunc(query, func(found string) string {
		if found[0] != '?' {
			return found
		}
		return say(found[1:])
	})
}

var quotedOrPlaceholder = regexp.MustCompile(`'[^']*'|\?[0-9]+`)
