// Package calendar keeps which days a county works that the program does not know of itself: a year whose holidays were published after
// the program was made, a day off for the whole county, a Saturday that is worked.
//
// The program comes with the days of mainland China for some years ([period.DefaultCalendar]). What a county says stands beside them
// and, for the same day, in their place. It is said as all else is (package dated): nothing is overwritten, and each day says
// who stated it and when.
//
// # What counts by which days
//
// The working days that an office has left are counted by the county's calendar ([Of]). Decisions of money count by the program's, or a decision
// could not be computed again once somebody has changed a day; only years that the program did not come with are taken from what counties
// hold, when it starts ([Complete]). The arrangement of a year is the State Council's and the same for all of them.
package calendar

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// Names of the statements about a county.
const (
	dayName  = "workday"      // how one day is worked
	yearName = "workday-year" // all special days of the year are stated
)

// longestName bounds the name of a day, in characters.
const longestName = 40

var book dated.Book

// Day is how a county works one day.
type Day struct {
	Day     period.Day
	Name    string // which holiday, or why
	Working bool
	dated.Said
}

// said is the value of a statement about a day.
type said struct {
	Name    string `json:"name"`
	Working bool   `json:"working"`
}

// Set says how a day is worked, in place of what the county said of it before. Code: calendar.name.
func Set(tx *store.Tx, d Day) error {
	d.Name = strings.TrimSpace(d.Name)
	if d.Name == "" || utf8.RuneCountInString(d.Name) > longestName || strings.ContainsFunc(d.Name, unicode.IsControl) {
		return refused("name", text.Say("%s 没有写明是什么日子，或写得过长", "what %s is for is missing or too long", d.Day), text.Say("例如：国庆节、调休上班；至多 %d 个字", "for example: National Day, a worked Saturday; at most %d characters", longestName))
	}
	value, err := json.Marshal(said{d.Name, d.Working})
	if err != nil {
		return err
	}
	county, err := book.County(tx)
	if err != nil {
		return err
	}
	before, found, err := on(tx, d.Day)
	if err != nil {
		return err
	}
	if found {
		_, err = book.Correct(tx, before, string(value), before.Span, d.Said)
		return err
	}
	_, err = book.Add(tx, dated.Statement{Subject: county, Name: dayName, Value: string(value), Span: period.Span{From: d.Day, To: d.Day}, Said: d.Said})
	return err
}

// Unset takes back what the county said of a day: the program's own day, or the week, counts again. Code: calendar.not-set.
func Unset(tx *store.Tx, day period.Day, why dated.Said) error {
	before, found, err := on(tx, day)
	if err != nil {
		return err
	}
	if !found {
		return refused("not-set", text.Say("本县没有另行规定 %s", "the county has said nothing of %s", day), text.Say("程序自带的日子不能取消，可以另行规定", "a day the program came with cannot be taken away, but another can be stated in its place"))
	}
	_, err = book.Withdraw(tx, before, why)
	return err
}

// Hold says that all special days of a year are stated, so that working days can be counted in it. Code: calendar.held.
func Hold(tx *store.Tx, year int, why dated.Said) error {
	calendar, err := Of(tx)
	if err != nil {
		return err
	}
	if slices.Contains(calendar.Years(), year) {
		return refused("held", text.Say("%d 年的工作日历已经有了", "the calendar of %d is there already", year), text.Say("要改的逐日规定", "state the days that differ"))
	}
	first, err := period.NewDay(year, 1, 1)
	if err != nil {
		return err
	}
	county, err := book.County(tx)
	if err != nil {
		return err
	}
	_, err = book.Add(tx, dated.Statement{Subject: county, Name: yearName, Span: period.YearOf(first), Said: why})
	return err
}

// on is what the county says of a day.
func on(tx *store.Tx, day period.Day) (dated.Statement, bool, error) {
	all, err := book.Of(tx, tx.County, rule.Forever)
	if err != nil {
		return dated.Statement{}, false, err
	}
	for _, s := range dated.Named(all, dayName) {
		if s.Holds(day) {
			return s, true, nil
		}
	}
	return dated.Statement{}, false, nil
}

// Own are the days the county has stated itself, in order.
func Own(tx *store.Tx) ([]Day, error) {
	all, err := book.Of(tx, tx.County, rule.Forever)
	if err != nil {
		return nil, err
	}
	var days []Day
	for _, s := range dated.Named(all, dayName) {
		var v said
		if err := json.Unmarshal([]byte(s.Value), &v); err != nil {
			return nil, err
		}
		days = append(days, Day{s.Span.From, v.Name, v.Working, s.Said})
	}
	slices.SortFunc(days, func(a, b Day) int { return int(a.Day - b.Day) })
	return days, nil
}

// remembered is the key under which a county's calendar is remembered.
type remembered struct{}

// Of is the calendar by which the county works: the program's days with its own. It is shared: nobody may change it.
func Of(tx *store.Tx) (*period.Calendar, error) {
	return store.Standing(tx, remembered{}, func() (*period.Calendar, error) {
		calendar := period.DefaultCalendar()
		return calendar, overlay(tx, calendar, func(int) bool { return true })
	})
}

// Complete adds to a calendar the years that it does not hold and the county does. It is for the start of a program, before anybody reads the
// calendar.
func Complete(tx *store.Tx, calendar *period.Calendar) error {
	known := calendar.Years()
	return overlay(tx, calendar, func(year int) bool { return !slices.Contains(known, year) })
}

// overlay puts what the county says of some years over a calendar.
func overlay(tx *store.Tx, calendar *period.Calendar, of func(year int) bool) error {
	days, err := Own(tx)
	if err != nil {
		return err
	}
	all, err := book.Of(tx, tx.County, rule.Forever)
	if err != nil {
		return err
	}
	held := map[int]bool{}
	for _, s := range dated.Named(all, yearName) {
		held[s.Span.From.Year()] = true
	}
	for _, d := range days {
		if of(d.Day.Year()) {
			calendar.Set(d.Day, d.Name, d.Working)
		}
	}
	for year := range held {
		if of(year) {
			calendar.Hold(year)
		}
	}
	return nil
}

func refused(code string, message, hint fault.Text) error {
	return &fault.Error{Kind: fault.Invalid, Code: "calendar." + code, Op: "calendar", Message: message, Hint: hint}
}
