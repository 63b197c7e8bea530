package store

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// several is one statement in place of several like it: rows that are inserted at once.
type several struct {
	statement
	parts []later
}

// gathered are changes in the order in which they are made: those that insert rows into the same columns at once, and
// what changes the same row by amounts last; the order among the tables is kept otherwise.
func (d dialect) gathered(changes []later) (list []*several) {
	var sums []*several
	inserts := map[string]*several{}
	for _, l := range changes {
		if l.sum {
			sums = added(sums, l)
			continue
		}
		if !strings.HasPrefix(l.query, "INSERT INTO ") { // an insert is not brought forward over what changes other rows
			clear(inserts)
		}
		if s := inserts[l.query]; s != nil && len(s.args)+len(l.args) <= mostParameters {
			s.parts = append(s.parts, l)
			s.args = append(s.args, l.args...)
			continue
		}
		s := &several{statement{query: l.query, args: append([]any(nil), l.args...)}, []later{l}}
		if _, _, ok := tuple(l.query); ok {
			inserts[l.query] = s
		}
		list = append(list, s)
	}
	for _, s := range list {
		if len(s.parts) > 1 {
			s.query = d.multiplied(s.parts[0].query, len(s.parts[0].args), len(s.parts))
		}
	}
	return append(list, sums...)
}

// makeAll makes changes on SQLite, if everything they stand on is so.
func (t *Tx) makeAll(stands []stand, changes []later) error {
	if stands = summed(stands); len(stands) > 0 {
		so, err := t.exchange(t.store.dialect.allSo(stands))
		if err != nil {
			return err
		}
		if so[0].rows[0][0] != any(int64(1)) {
			return errAlone
		}
	}
	list := t.store.dialect.gathered(changes)
	said := make([]statement, len(list))
	for i, s := range list {
		said[i] = statement{query: t.store.dialect.wholly(s.query), args: s.args}
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

// wholly is an INSERT that takes the whole transaction back if one of its rows cannot be added, as the company does anyway: otherwise SQLite copies every page before it changes it, to
// take back the rows of this statement alone.
func (d dialect) wholly(query string) string {
	rest, isInsert := strings.CutPrefix(query, "INSERT INTO ")
	if !isInsert {
		return query
	}
	return d.remembered("wholly "+query, func() string { return "INSERT OR ROLLBACK INTO " + rest })
}

// strictly are makeAll's changes for PostgreSQL, which is told all of them in one go: what is not as it has to be makes the transaction fail.
func (d dialect) strictly(changes []later) (said []statement) {
	list := d.gathered(changes)
	for i, s := range list {
		switch unless := strings.TrimSuffix(s.query, " ON CONFLICT DO NOTHING"); {
		case s.parts[0].check == nil:
			said = append(said, s.statement)
		case unless != s.query: // a row that is there already is an error, then
			said = append(said, statement{query: unless, args: s.args})
		case i == 0 || !s.alike(list[i-1]):
			said = append(said, d.provided(alike(list[i:])))
		}
	}
	return said
}

// alike are those of a list that are said like the first and follow it.
func alike(list []*several) []*several {
	n := 1
	for n < len(list) && list[n].alike(list[0]) {
		n++
	}
	return list[:n]
}

func (s *several) alike(other *several) bool { return s.query == other.query }

// provided is one statement for those that are said alike. It divides by zero unless each changes as many rows as it has to.
func (d dialect) provided(list []*several) statement {
	var args []any
	for _, s := range list {
		args = append(append(args, s.args...), s.rows())
	}
	return statement{query: d.remembered(fmt.Sprint("provided ", len(list), " ", list[0].query), func() string { return providedQuery(list) }), args: args}
}

func providedQuery(list []*several) string {
	changes, so := make([]string, len(list)), make([]string, len(list))
	n := 0
	for i, s := range list {
		changes[i] = fmt.Sprintf("changed%d AS (%s RETURNING 1)", i, shifted(s.query, n))
		n += len(s.args) + 1
		so[i] = fmt.Sprintf("(SELECT COUNT(*) FROM changed%d) = ?%d", i, n)
	}
	return fmt.Sprintf("WITH %s SELECT 1 / CASE WHEN %s THEN 1 ELSE 0 END", strings.Join(changes, ", "), strings.Join(so, " AND "))
}

// rows is how many rows the statement has to change.
func (s *several) rows() int64 {
	if s.parts[0].sum {
		return 1
	}
	return int64(len(s.parts))
}

// tuple finds the values of an INSERT, from the first bracket of its rows to the one that closes the last. ok is false for other statements, and for
// those that change rows by anything else than what was to be inserted, or of which two may meet at a row.
func tuple(query string) (from, to int, ok bool) {
	const values = "VALUES ("
	at := strings.Index(query, values)
	if at < 0 || !strings.HasPrefix(query, "INSERT INTO ") {
		return 0, 0, false
	}
	from = at + len(values) - 1
	to = from
	for more := true; more; more = strings.HasPrefix(query[to:], ", (") {
		if to = closing(query, to); to < 0 {
			return 0, 0, false
		}
	}
	rest := query[to:]
	return from, to, !strings.Contains(rest, "?") && (!strings.Contains(rest, "DO UPDATE") || strings.Contains(rest, "= excluded."))
}

// closing is the end of the next brackets from a place on, after the one that closes them; -1 when none does.
func closing(query string, from int) int {
	depth := 0
	for i := from; i < len(query); i++ {
		switch query[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// mostParameters is how many placeholders one statement may have; SQLite takes 32,766.
const mostParameters = 8000

// added adds a change by an amount, which is not negative, to one of the same row.
func added(sums []*several, l later) []*several {
	n := len(l.args) - 1
	for _, s := range sums {
		if s.query == l.query && slices.Equal(s.args[:n], l.args[:n]) && s.args[n].(int64) <= math.MaxInt64-l.args[n].(int64) {
			s.args[n] = s.args[n].(int64) + l.args[n].(int64)
			s.parts = append(s.parts, l)
			return sums
		}
	}
	return append(sums, &several{statement{query: l.query, args: slices.Clone(l.args)}, []later{l}})
}

// check tells the parts how many rows they changed. Of parts that were made at once that is known only when all made as many.
func (s *several) check(changed int64) error {
	each := changed / int64(len(s.parts))
	if s.parts[0].sum {
		each = changed
	}
	for _, l := range s.parts {
		if l.check == nil {
			continue
		}
		if !s.parts[0].sum && each*int64(len(s.parts)) != changed {
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
	return d.remembered(fmt.Sprint(n, " ", query), func() string {
		at, end, _ := tuple(query)
		rows := make([]string, n)
		for i := range rows {
			rows[i] = shifted(query[at:end], i*args)
		}
		return query[:at] + strings.Join(rows, ", ") + query[end:]
	})
}

// shifted is a query whose placeholders are numbered from by on.
func shifted(query string, by int) string {
	return renumbered(query, func(number string) string {
		n, err := strconv.Atoi(number)
		if err != nil { // no argument has such a number
			return "?" + number
		}
		return "?" + strconv.Itoa(n+by)
	})
}
