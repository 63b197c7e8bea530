package period

import "fmt"

// Month is a calendar month, counted as year×12 + month−1, so that m+1 is the
// next month.
type Month int32

func monthOf(year, month int) Month { return Month(year*12 + month - 1) }

// ParseMonth reads "2021-11", "2021/11", "2021.11", "202111" and "2021年11月",
// also in full-width characters. Codes: "period.malformed-month",
// "period.no-such-month", "period.year-range".
func ParseMonth(s string) (Month, error) {
	figures, ok := splitDate(s, 2)
	if !ok {
		return 0, malformedMonth(s)
	}
	year, month := figures[0], figures[1]
	if year < MinYear || year > MaxYear {
		return 0, yearRange("period.ParseMonth", year)
	}
	if month < 1 || month > 12 {
		return 0, noSuchMonth(year, month)
	}
	return monthOf(year, month), nil
}

// Year returns the calendar year of the month.
func (m Month) Year() int {
	// Rounds down for months before the year 0 as well.
	return (int(m) - m.fromJanuary()) / 12
}

// Number returns the month of the year, 1 to 12.
func (m Month) Number() int { return m.fromJanuary() + 1 }

func (m Month) fromJanuary() int { return (int(m)%12 + 12) % 12 }

// First returns the first day of the month, within the range of [Day].
func (m Month) First() Day { return dayOf(m.Year(), m.Number(), 1) }

// Last returns the last day of the month, within the range of [Day].
func (m Month) Last() Day { return dayOf(m.Year(), m.Number(), daysIn(m.Year(), m.Number())) }

// Span returns the days of the month.
func (m Month) Span() Span { return Span{From: m.First(), To: m.Last()} }

// String returns the month as 2021-11.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m.Year(), m.Number()) }

// MarshalText writes the month as 2021-11; JSON uses it too.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads a month as [ParseMonth] does.
func (m *Month) UnmarshalText(text []byte) error {
	month, err := ParseMonth(string(text))
	if err != nil {
		return err
	}
	*m = month
	return nil
}
