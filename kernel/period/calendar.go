package period

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"doudi/kernel/fault"
)

// Special is a day that does not follow the week: a public holiday, a day off
// given for it, or a Saturday or Sunday that is worked instead.
type Special struct {
	Day     Day
	Name    string // which holiday it belongs to
	Working bool
	InLieu  bool // a day off that was exchanged for a worked weekend day
}

// Calendar knows which days are worked. Days it lists go as listed; on all
// others of a year it holds, Monday to Friday are worked. About a year it does
// not hold it says nothing: next year's holidays are published only in autumn,
// and a deadline counted without them would be wrong.
//
// A Calendar may be read by several goroutines at once, but not while one of
// them changes it.
type Calendar struct {
	specials map[Day]Special
	years    map[int]bool
}

// IsWorking reports whether the day is worked. The error has code
// "calendar.year-missing" if the year is not held.
func (c *Calendar) IsWorking(d Day) (bool, error) {
	if !c.years[d.Year()] {
		return false, yearMissing(c, d)
	}
	if special, listed := c.specials[d]; listed {
		return special.Working, nil
	}
	weekday := d.Weekday()
	return weekday != time.Saturday && weekday != time.Sunday, nil
}

// Set lists a day, in place of what was listed for it. It does not by itself
// make the calendar hold the year of that day: one day does not make a table.
// See [Calendar.Hold].
func (c *Calendar) Set(d Day, name string, working bool) {
	if c.specials == nil {
		c.specials = map[Day]Special{}
	}
	c.specials[d] = Special{Day: d, Name: name, Working: working}
}

// Hold declares that the days listed for the year are all there are, so that
// the calendar may answer for it.
func (c *Calendar) Hold(year int) {
	if c.years == nil {
		c.years = map[int]bool{}
	}
	c.years[year] = true
}

// Years returns the years held, ascending.
func (c *Calendar) Years() []int { return slices.Sorted(maps.Keys(c.years)) }

// Specials returns the listed days in order.
func (c *Calendar) Specials() []Special {
	specials := make([]Special, 0, len(c.specials))
	for _, d := range slices.Sorted(maps.Keys(c.specials)) {
		specials = append(specials, c.specials[d])
	}
	return specials
}

// Special returns what is listed for the day, if anything is.
func (c *Calendar) Special(d Day) (Special, bool) {
	special, listed := c.specials[d]
	return special, listed
}

// AddWorking returns the n-th working day after d. The day of the event itself
// is not counted (民法典第二百零一条); n = 0 gives d, worked or not. Codes:
// "calendar.negative" for n < 0, "calendar.year-missing".
func (c *Calendar) AddWorking(d Day, n int) (Day, error) {
	if n < 0 {
		return 0, negativeTerm("period.Calendar.AddWorking", n)
	}
	for n > 0 {
		d++
		working, err := c.IsWorking(d)
		if err != nil {
			return 0, err
		}
		if working {
			n--
		}
	}
	return d, nil
}

// WorkingBetween returns how many working days lie after from, up to and
// including to. If to is before from it is the negative of the count the other
// way round: a deadline that passed three working days ago has −3 left. The
// error has code "calendar.year-missing".
func (c *Calendar) WorkingBetween(from, to Day) (int, error) {
	if to < from {
		count, err := c.WorkingBetween(to, from)
		return -count, err
	}
	count := 0
	for d := from + 1; d <= to && d > from; d++ {
		working, err := c.IsWorking(d)
		if err != nil {
			return 0, err
		}
		if working {
			count++
		}
	}
	return count, nil
}

// Natural returns the n-th calendar day after d, the day of the event not
// counted. With roll, an end that falls on a day off moves to the next working
// day (民法典第二百零三条). Codes: "calendar.negative" for n < 0, and with roll
// "calendar.year-missing".
func (c *Calendar) Natural(d Day, n int, roll bool) (Day, error) {
	if n < 0 {
		return 0, negativeTerm("period.Calendar.Natural", n)
	}
	end := d.AddDays(n)
	if !roll {
		return end, nil
	}
	working, err := c.IsWorking(end)
	if err != nil {
		return 0, err
	}
	if working {
		return end, nil
	}
	return c.AddWorking(end, 1)
}

//go:embed data/holidays.csv
var holidays []byte

// defaultCalendar parses once; the table is part of the program and its tests
// read it, so an error cannot occur outside of development. A calendar that
// holds no year would then say so at every question.
var defaultCalendar = sync.OnceValue(func() *Calendar {
	c, err := ParseCalendar(bytes.NewReader(holidays))
	if err != nil {
		return &Calendar{}
	}
	return c
})

// DefaultCalendar returns a calendar of mainland China for the years the
// program was built with. Each call returns one of its own, which the caller
// may change.
func DefaultCalendar() *Calendar {
	c := defaultCalendar()
	return &Calendar{specials: maps.Clone(c.specials), years: maps.Clone(c.years)}
}

// calendarHeader is the first line of a table of days.
const calendarHeader = "date,name,is_workday,is_in_lieu_day"

// calendarLimit bounds a table in bytes; a year needs about one thousand.
const calendarLimit = 1 << 20

// ParseCalendar reads a table of days as CSV with the header
//
//	date,name,is_workday,is_in_lieu_day
//
// where the last two are 0 or 1; a byte order mark is accepted. The calendar
// holds every year of which the table has a row. All faults are returned
// together, as a [fault.List] with lines and columns; codes:
// "calendar.header", "calendar.row", "calendar.duplicate", "calendar.empty",
// "calendar.too-large", "calendar.unreadable".
func ParseCalendar(r io.Reader) (*Calendar, error) {
	data, err := io.ReadAll(io.LimitReader(r, calendarLimit+1))
	if err != nil {
		return nil, unreadable(err)
	}
	if len(data) > calendarLimit {
		return nil, tooLarge()
	}
	t := newTable(strings.TrimPrefix(string(data), "\uFEFF"))
	t.read()
	if err := t.faults.Err(); err != nil {
		return nil, err
	}
	return t.calendar, nil
}

// table reads rows and gathers faults with their places.
type table struct {
	calendar *Calendar
	rows     *csv.Reader
	lines    []string
	seenAt   map[Day]int // line of each day
	faults   fault.List
}

func newTable(text string) *table {
	rows := csv.NewReader(strings.NewReader(text))
	rows.FieldsPerRecord = -1 // counted per row, with a message of our own
	return &table{
		calendar: &Calendar{specials: map[Day]Special{}, years: map[int]bool{}},
		rows:     rows,
		lines:    strings.Split(text, "\n"),
		seenAt:   map[Day]int{},
	}
}

func (t *table) read() {
	header, err := t.rows.Read()
	if err != nil || strings.Join(header, ",") != calendarHeader {
		t.faults.Add(badHeader(t.at(1, 1, "")))
		return
	}
	for {
		fields, err := t.rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.faults.Add(t.brokenRow(err))
			return // quotation marks are out of step: what follows would be misread
		}
		t.row(fields)
	}
	if len(t.faults) == 0 && len(t.calendar.years) == 0 {
		t.faults.Add(emptyCalendar())
	}
}

func (t *table) row(fields []string) {
	if len(fields) != 4 {
		t.faults.Add(wrongFieldCount(t.field(0, fields[0]), len(fields)))
		return
	}
	day, err := ParseDay(fields[0])
	if err != nil {
		t.faults.Add(badDate(t.field(0, fields[0]), err))
		return
	}
	line, _ := t.rows.FieldPos(0)
	if first, seen := t.seenAt[day]; seen {
		t.faults.Add(duplicateDay(t.field(0, fields[0]), day, first))
		return
	}
	t.seenAt[day] = line
	working, okWorking := t.flag(fields, 2)
	inLieu, okInLieu := t.flag(fields, 3)
	if okWorking && okInLieu {
		t.calendar.specials[day] = Special{Day: day, Name: fields[1], Working: working, InLieu: inLieu}
		t.calendar.Hold(day.Year())
	}
}

func (t *table) flag(fields []string, i int) (value, ok bool) {
	if fields[i] != "0" && fields[i] != "1" {
		t.faults.Add(badFlag(t.field(i, fields[i]), fields[i]))
		return false, false
	}
	return fields[i] == "1", true
}

// field is the place of a field of the row just read.
func (t *table) field(i int, text string) *fault.Position {
	line, column := t.rows.FieldPos(i)
	return t.at(line, column, text)
}

// at turns the column of the CSV reader, which counts bytes, into runes.
func (t *table) at(line, column int, text string) *fault.Position {
	source := strings.TrimSuffix(t.lines[line-1], "\r")
	before := min(column-1, len(source))
	return &fault.Position{
		Line: line, Column: utf8.RuneCountInString(source[:before]) + 1,
		Source: source, Width: max(utf8.RuneCountInString(text), 1),
	}
}

func (t *table) brokenRow(err error) *fault.Error {
	line, column := 1, 1
	var broken *csv.ParseError
	if errors.As(err, &broken) {
		line, column = min(broken.Line, len(t.lines)), max(broken.Column, 1)
	}
	return unbalancedQuotes(t.at(line, column, ""), err)
}
