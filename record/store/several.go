package store

import (
	"fmt"
	"strconv"
	"strings"
)

// several is one statement in place of several like it: rows that are inserted at once.
type several struct {
	statement
	parts []later
}

// makeAll makes changes, those that insert rows into the same columns at once. Their order among the tables is kept otherwise.
func (t *Tx) makeAll(changes []later) error {
	var list []*several
	inserts := map[string]*several{}
	for _, l := range changes {
		if !strings.HasPrefix(l.query, "INSERT INTO ") { // an insert is not brought forward over what changes other rows
			clear(inserts)
		}
		if s := inserts[l.query]; s != nil && len(s.args)+len(l.args) <= mostParameters {
			s.parts = append(s.parts, l)
			s.args = append(s.args, l.args...)
			continue
		}
		s := &several{statement{query: l.query, args: append([]any(nil), l.args...)}, []later{l}}
		if strings.HasPrefix(l.query, "INSERT INTO ") && strings.Contains(l.query, "VALUES (") && !strings.Contains(l.query, "DO UPDATE") {
			inserts[l.query] = s
		}
		list = append(list, s)
	}
	said := make([]statement, len(list))
	for i, s := range list {
		if len(s.parts) > 1 {
			s.query = t.store.dialect.multiplied(s.parts[0].query, len(s.parts[0].args), len(s.parts))
		}
		said[i] = s.statement
	}
	answers, err := t.exchange(said...)
	if err != nil {
		return err
	}
	for i, s := range list {
		if err := s.check(answers[i].changed); err != nil {
			return err
		}
	}
	return nil
}

// mostParameters is how many placeholders one statement may have; SQLite takes 32,766.
const mostParameters = 8000

// check tells the parts how many rows they changed. Of parts that were made at once that is known only when all made as many.
func (s *several) check(changed int64) error {
	each := changed / int64(len(s.parts))
	for _, l := range s.parts {
		if l.check == nil {
			continue
		}
		if each*int64(len(s.parts)) != changed {
			return errAlone
		}
		if err := l.check(each); err != nil {
			return err
		}
	}
	return nil
}

// multiplied is an INSERT of n times the rows, for n times the arguments.
func (d dialect) multiplied(query string, args, n int) string {
	key := fmt.Sprint(n, " ", query)
	if done, ok := d.rewritten.Load(key); ok {
		return done.(string)
	}
	at := strings.Index(query, "VALUES (") + len("VALUES ")
	end := strings.LastIndex(query, ")") + 1
	rows := query[at:end]
	var b strings.Builder
	b.WriteString(query[:at])
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(shifted(rows, i*args))
	}
	b.WriteString(query[end:])
	d.rewritten.Store(key, b.String())
	return b.String()
}

// shifted is a text whose placeholders are numbered from by on.
func shifted(text string, by int) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		b.WriteByte(text[i])
		if text[i] != '?' {
			continue
		}
		end := i + 1
		for end < len(text) && '0' <= text[end] && text[end] <= '9' {
			end++
		}
		number, err := strconv.Atoi(text[i+1 : end])
		if err != nil {
			continue // no placeholder
		}
		b.WriteString(strconv.Itoa(number + by))
		i = end - 1
	}
	return b.String()
}
