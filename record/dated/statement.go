package dated

import (
	"cmp"
	"slices"
	"time"

	"doudi/decide/rule"
	"doudi/kernel/period"
	"doudi/record/store"
)

// Always is the span of what has neither beginning nor end.
var Always = period.Span{From: rule.Beginning, To: rule.Forever}

// From is the span that begins on a day and has no end.
func From(day period.Day) period.Span { return period.Span{From: day, To: rule.Forever} }

// Said is where a statement comes from.
type Said struct {
	Source   string     // who says so, in the field's words: 县残联, 户口簿
	Evidence string     // what shows it: of people and households the id of a document on file; "" for none
	Learned  period.Day // the day it was learnt; 0 for the day of the command
}

// Statement is one thing said about a party.
type Statement struct {
	ID      string
	Subject string
	Object  string // the other party; "" for none
	Name    string
	Value   string // JSON; "" when the name says it all
	Sealed  bool   // kept encrypted
	Span    period.Span
	Said
	Corrects  string // the statement it replaces; "" for none
	Withdrawn bool   // it only says that what it corrects was never true
	Recorded  time.Time
	Actor     string // id of who recorded it
}

// Holds tells whether the statement is true on a day.
func (s Statement) Holds(day period.Day) bool { return !s.Withdrawn && s.Span.Contains(day) }

// Known are the statements that counted on a day, of all those ever made: learnt by then, not corrected by another learnt by
// then, not withdrawn. The order is that of learning.
func Known(all []Statement, on period.Day) []Statement {
	corrected := map[string]bool{}
	for _, s := range all {
		if s.Learned <= on && s.Corrects != "" {
			corrected[s.Corrects] = true
		}
	}
	known := make([]Statement, 0, len(all))
	for _, s := range all {
		if s.Learned <= on && !corrected[s.ID] && !s.Withdrawn {
			known = append(known, s)
		}
	}
	slices.SortStableFunc(known, func(a, b Statement) int {
		return cmp.Or(cmp.Compare(a.Learned, b.Learned), a.Recorded.Compare(b.Recorded), cmp.Compare(a.ID, b.ID))
	})
	return known
}

// Named are the statements of a name, in their order.
func Named(statements []Statement, name string) []Statement {
	var found []Statement
	for _, s := range statements {
		if s.Name == name {
			found = append(found, s)
		}
	}
	return found
}

// beijing is how far China's one time zone is ahead of UTC; it has had no summer time since 1991.
const beijing = 8 * time.Hour

// Day is the calendar day in China of an instant.
func Day(instant time.Time) period.Day {
	const day = 24 * 60 * 60
	seconds := instant.Add(beijing).Unix()
	days := seconds / day
	if seconds%day < 0 { // before 1970: division rounds towards zero
		days--
	}
	return period.Day(days)
}

// Today is the day of the command.
func Today(tx *store.Tx) period.Day { return Day(tx.Instant) }

// An open end is written as the last day that can be written, an open beginning as nothing: both keep text order.
func writeFrom(day period.Day) string {
	if day == rule.Beginning {
		return ""
	}
	return day.String()
}

func writeTo(day period.Day) string { return min(day, period.Latest).String() }

func readSpan(from, to string) (span period.Span, err error) {
	span.From = rule.Beginning
	if from != "" {
		if span.From, err = period.ParseDay(from); err != nil {
			return span, err
		}
	}
	if span.To, err = period.ParseDay(to); err == nil && span.To == period.Latest {
		span.To = rule.Forever
	}
	return span, err
}

// checkSpan refuses spans that hold no day, that nobody meant or that cannot be written.
func checkSpan(s period.Span) error {
	switch {
	case s == period.Span{}:
		return spanMissing()
	case s.Empty():
		return spanEmpty(s)
	case s.From != rule.Beginning && (s.From < period.Earliest || s.From > period.Latest), s.To != rule.Forever && (s.To < period.Earliest || s.To > period.Latest):
		return spanOutside()
	}
	return nil
}
