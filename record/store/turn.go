package store

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Turn is a row that counts how often something was changed: who changes it counts the row up and is told how often that was done, so
// that of two who change it at the same time one comes after the other. The statements have the same first arguments.
type Turn struct {
	Take string // counts up, or adds the row with 1, and answers the count
	Look string // answers the count; no row stands for 0
	Pass string // INSERT … ON CONFLICT … DO UPDATE that makes the count the last argument, if it was one less

	// The last clause of Pass may refer to what was to be inserted as excluded, and to no argument.
}

// PrefetchTurn is [Tx.Prefetch] for what TakeTurn asks.
func (t *Tx) PrefetchTurn(turn Turn, args ...any) {
	if t.passenger != nil {
		t.Prefetch(turn.Look, args...)
		return
	}
	t.Prefetch(turn.Take, args...)
}

// TakeTurn takes the next turn and answers how many were taken, this one included. In company the row is counted up with the other changes;
// nobody else of this process has the turn meanwhile, and somebody of another process who was faster ends the journey.
func (t *Tx) TakeTurn(turn Turn, args ...any) (taken int64, err error) {
	if !t.write {
		return 0, readOnly()
	}
	if t.passenger == nil {
		err := t.QueryRow(turn.Take, args...).Scan(&taken)
		return taken, err
	}
	if !t.passenger.takeTurn(fmt.Sprint(turn.Look, args)) {
		return 0, errAlone
	}
	err = t.QueryRow(turn.Look, args...).Scan(&taken)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	t.pass(turn, taken+1, args)
	return taken + 1, nil
}

// TakeTurnAfter is [Tx.TakeTurn] for a command in company that recalls how many were taken before ([Recall]).
func (t *Tx) TakeTurnAfter(turn Turn, before int64, args ...any) error {
	if !t.passenger.takeTurn(fmt.Sprint(turn.Look, args)) {
		return errAlone
	}
	t.pass(turn, before+1, args)
	return nil
}

// pass says that the turn is the one of a number when the changes are made.
func (t *Tx) pass(turn Turn, number int64, args []any) {
	t.turns = append(t.turns, later{statement{query: turn.Pass, args: append(slices.Clone(args), number)}, unlessChanged, false})
}

// unlessChanged sends a company home in which somebody's turn was taken by another process.
func unlessChanged(counted int64) error {
	if counted == 0 {
		return errAlone
	}
	return nil
}

// stand is something that has to be so when the changes are made.
type stand struct {
	statement
	number int64
}

// StandsOn says that the command was computed from something that stays as it was for as long as a query answers this number. In company the
// query is asked once more when the changes are made; a command by itself computes in the transaction that writes, which sees to it
// anyway. Every question that a command asks in company must be covered by this or by a turn.
//
// The last argument stands in the query as IN (?n), and the numbers of several arguments are asked for as their sum. So each of
// them may only ever grow, or only ever become less.
func (t *Tx) StandsOn(number int64, query string, args ...any) {
	if t.passenger != nil {
		t.stands = append(t.stands, stand{statement{query: query, args: args, asks: true}, number})
	}
}

// summed are stands with those of one query made one, each argument once, if they differ in nothing but the last; otherwise, as with people of several counties, each stands by itself, or
// the database would have to get to know a question for each way in which they can be divided.
func summed(stands []stand) (list []stand) {
	of := map[string][]stand{}
	var queries []string
	for _, s := range stands {
		if of[s.query] == nil {
			queries = append(queries, s.query)
		}
		of[s.query] = append(of[s.query], s)
	}
	for _, query := range queries {
		list = append(list, asOne(of[query])...)
	}
	return list
}

// asOne is one stand for several of a query, or themselves.
func asOne(stands []stand) []stand {
	first := stands[0]
	leading := len(first.args) - 1
	one := stand{statement{first.query, slices.Clone(first.args), true}, first.number}
	for _, s := range stands[1:] {
		if !slices.Equal(s.args[:leading], first.args[:leading]) {
			return stands
		}
		if last := s.args[leading]; !slices.Contains(one.args[leading:], last) {
			one.args = append(one.args, last)
			one.number += s.number
		}
	}
	return []stand{one}
}

// allSo is a statement that tells, by 1, whether all stands hold. On PostgreSQL it fails otherwise.
func (d dialect) allSo(stands []stand) statement {
	var args []any
	var key strings.Builder
	for _, s := range stands {
		fmt.Fprintln(&key, len(s.args), s.query)
		args = append(append(args, s.args...), s.number)
	}
	return statement{d.remembered(key.String(), func() string { return d.allSoQuery(stands) }), args, true}
}

func (d dialect) allSoQuery(stands []stand) string {
	var b strings.Builder
	n := 0
	for i, s := range stands {
		if i > 0 {
			b.WriteString(" AND ")
		}
		fmt.Fprintf(&b, "(%s) = ?%d", shifted(s.widened(), n), n+len(s.args)+1)
		n += len(s.args) + 1
	}
	form := "SELECT CASE WHEN %s THEN 1 ELSE 0 END"
	if d.name == postgresName {
		form = "SELECT 1 / CASE WHEN %s THEN 1 ELSE 0 END"
	}
	return fmt.Sprintf(form, b.String())
}

// widened is the query for as many arguments as there are, in place of the last one.
func (s stand) widened() string {
	last := strings.LastIndex(s.query, "(?")
	from := last + len("(?")
	end := from + strings.Index(s.query[from:], ")")
	first, err := strconv.Atoi(s.query[from:end])
	if err != nil {
		return s.query
	}
	var b strings.Builder
	for n := first; n <= len(s.args); n++ {
		fmt.Fprintf(&b, ", ?%d", n)
	}
	return s.query[:from-1] + b.String()[2:] + s.query[end:]
}
