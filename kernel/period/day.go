// Package period holds days, months and spans of days without time zones, the
// counting rules of the Civil Code (民法典) for months, ages and deadlines, and
// the calendar of working days.
//
// Nothing here reads a clock: the day on which something is asked is always
// given.
package period

import (
	"strings"
	"time"

	"doudi/kernel/fault"
)

// Day is a calendar day, counted in days since 1970-01-01. The days that can be
// entered reach from [Earliest] to [Latest].
type Day int32

const (
	// MinYear and MaxYear bound the years that can be entered. No living person
	// and no rule reaches back further; a smaller year is a slip of the pen.
	MinYear, MaxYear = 1800, 9999

	// Earliest is 1800-01-01.
	Earliest Day = -62091
	// Latest is 9999-12-31, which also serves as the end of what has no end.
	Latest Day = 2932896

	secondsPerDay = 24 * 60 * 60
)

// NewDay returns the day with the date. The error has code "period.no-such-day"
// if the calendar has no such day, "period.year-range" if the year is outside
// MinYear to MaxYear.
func NewDay(year, month, day int) (Day, error) {
	if year < MinYear || year > MaxYear {
		return 0, yearRange("period.NewDay", year)
	}
	if month < 1 || month > 12 || day < 1 || day > 28 && day > daysIn(year, month) {
		return 0, noSuchDay(year, month, day)
	}
	return dayOf(year, month, day), nil
}

// MustDay is NewDay for tests: it panics where NewDay returns an error, so it
// must not be given anything that came from outside.
func MustDay(year, month, day int) Day {
	d, err := NewDay(year, month, day)
	if err != nil {
		panic(err)
	}
	return d
}

// dayOf counts from a date of any year; a month beyond December runs on into
// the next year.
func dayOf(year, month, day int) Day {
	seconds := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix()
	return within(seconds / secondsPerDay) // exact: midnight UTC
}

// within moves a count of days into the days that can be entered.
func within(days int64) Day {
	return Day(min(max(days, int64(Earliest)), int64(Latest)))
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func (d Day) utc() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// Date returns year, month (1–12) and day of the month (1–31).
func (d Day) Date() (year, month, day int) {
	y, m, n := d.utc().Date()
	return y, int(m), n
}

// Weekday returns the day of the week.
func (d Day) Weekday() time.Weekday {
	// 1970-01-01 was a Thursday.
	return time.Weekday((int64(d)%7 + 7 + int64(time.Thursday)) % 7)
}

// Year returns the calendar year.
func (d Day) Year() int { return d.utc().Year() }

// Month returns the calendar month.
func (d Day) Month() Month {
	year, month, _ := d.Date()
	return monthOf(year, month)
}

// AddDays returns the day n days later, or earlier if n is negative. A result
// outside [Earliest] to [Latest] is moved to that end, so that what has no end
// keeps none.
func (d Day) AddDays(n int) Day {
	n = min(max(n, -daysEver), daysEver)
	return within(int64(d) + int64(n))
}

// daysEver is more than any two days that can be entered lie apart.
const daysEver = int(Latest-Earliest) + 1

// AddMonths returns the corresponding day n months later, or earlier if n is
// negative; a month without that day gives its last day (民法典第二百零二条). The
// range is kept as by [Day.AddDays].
func (d Day) AddMonths(n int) Day {
	year, month, day := d.Date()
	n = min(max(n, -daysEver), daysEver)
	target := int64(year)*12 + int64(month) - 1 + int64(n)
	switch {
	case target < MinYear*12:
		return Earliest
	case target >= (MaxYear+1)*12:
		return Latest
	}
	year, month = int(target/12), int(target%12)+1
	return dayOf(year, month, min(day, daysIn(year, month)))
}

// AddYears is AddMonths of twelve times n.
func (d Day) AddYears(n int) Day {
	return d.AddMonths(12 * min(max(n, -MaxYear), MaxYear))
}

// String returns the day as 2021-11-08.
func (d Day) String() string {
	return d.utc().Format(time.DateOnly)
}

// MarshalText writes the day as 2021-11-08; JSON uses it too.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a day as [ParseDay] does.
func (d *Day) UnmarshalText(text []byte) error {
	day, err := ParseDay(string(text))
	if err != nil {
		return err
	}
	*d = day
	return nil
}

// ParseDay reads "2021-11-08", "2021/11/8", "2021.11.8", "20211108" and
// "2021年11月8日", also in full-width characters. Codes: "period.malformed-day",
// and those of [NewDay].
func ParseDay(s string) (Day, error) {
	figures, ok := splitDate(s, 3)
	if !ok {
		return 0, malformedDay(s)
	}
	return NewDay(figures[0], figures[1], figures[2])
}

// splitDate returns the figures of a date of the given number of parts (year
// and month, or year, month and day): a year of four digits, the others of one
// or two, all set apart alike; or all digits run together.
func splitDate(s string, parts int) (figures [3]int, ok bool) {
	text := fault.HalfWidth(s)
	behind, together := marks(text, parts)
	for i := range parts {
		digits, most := 0, 2
		if i == 0 {
			most = 4
		}
		for ; digits < min(most, len(text)) && isDigit(text[digits]); digits++ {
			figures[i] = figures[i]*10 + int(text[digits]-'0')
		}
		if digits == 0 || digits < most && (i == 0 || together) {
			return figures, false
		}
		if text, ok = strings.CutPrefix(text[digits:], behind[i]); !ok {
			return figures, false
		}
	}
	return figures, text == ""
}

// marks are what stands behind the figures of a date, as the mark behind its
// year says; nothing when they run together.
func marks(text string, parts int) (behind [3]string, together bool) {
	switch {
	case len(text) <= 4 || isDigit(text[4]):
		return behind, true
	case strings.HasPrefix(text[4:], "年"):
		return [3]string{"年", "月", "日"}, false
	}
	for _, sign := range []string{"-", "/", "."} {
		if strings.HasPrefix(text[4:], sign) {
			behind[0], behind[1] = sign, sign
		}
	}
	behind[parts-1] = ""
	return behind, false
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
