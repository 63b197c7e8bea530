package period_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"doudi/kernel/fault"
	"doudi/kernel/period"
)

// wantCode fails unless err carries the code and says something in both
// languages, with a hint.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) {
		t.Fatalf("want an error with code %s, got %v", code, err)
	}
	if e.Code != code {
		t.Fatalf("code %s, want %s (%v)", e.Code, code, e)
	}
	for _, text := range []fault.Text{e.Message, e.Hint} {
		if text.ZH == "" || text.EN == "" {
			t.Fatalf("%s lacks words in one language: %+v", code, text)
		}
	}
	if e.Op == "" || e.Kind == "" {
		t.Fatalf("%s lacks operation or kind", code)
	}
}

// day reads a date that is known to be right.
func day(t testing.TB, s string) period.Day {
	t.Helper()
	d, err := period.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func month(t testing.TB, s string) period.Month {
	t.Helper()
	m, err := period.ParseMonth(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func anyDay() *rapid.Generator[period.Day] {
	return rapid.OneOf(
		rapid.Map(rapid.Int32Range(int32(period.Earliest), int32(period.Latest)), func(n int32) period.Day { return period.Day(n) }),
		rapid.Map(rapid.Int32Range(10957, 22280), func(n int32) period.Day { return period.Day(n) }), // 2000–2030
	)
}

func TestNewDayAgreesWithTheStandardLibrary(t *testing.T) {
	if d, err := period.NewDay(1970, 1, 1); err != nil || d != 0 {
		t.Errorf("1970-01-01 is %d, %v", d, err)
	}
	first, err := period.NewDay(period.MinYear, 1, 1)
	if err != nil || first != period.Earliest {
		t.Errorf("Earliest is %d, want %d (%v)", period.Earliest, first, err)
	}
	last, err := period.NewDay(period.MaxYear, 12, 31)
	if err != nil || last != period.Latest {
		t.Errorf("Latest is %d, want %d (%v)", period.Latest, last, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		year := rapid.IntRange(period.MinYear, period.MaxYear).Draw(t, "year")
		month, dayOfMonth := rapid.IntRange(0, 13).Draw(t, "month"), rapid.IntRange(0, 32).Draw(t, "day")
		want := time.Date(year, time.Month(month), dayOfMonth, 0, 0, 0, 0, time.UTC)
		exists := want.Year() == year && int(want.Month()) == month && want.Day() == dayOfMonth
		d, err := period.NewDay(year, month, dayOfMonth)
		if exists != (err == nil) {
			t.Fatalf("%d-%d-%d: exists %v, got %v", year, month, dayOfMonth, exists, err)
		}
		if !exists {
			if fault.CodeOf(err) != "period.no-such-day" || d != 0 {
				t.Fatalf("got %d, %v", d, err)
			}
			return
		}
		if int64(d)*86400 != want.Unix() || d.Weekday() != want.Weekday() || d.Year() != year {
			t.Fatalf("%s: day %d, %s, want %s", want, d, d.Weekday(), want.Weekday())
		}
		if y, m, n := d.Date(); y != year || m != month || n != dayOfMonth {
			t.Fatalf("Date() = %d %d %d", y, m, n)
		}
	})
}

func TestNewDayRefuses(t *testing.T) {
	tests := []struct {
		year, month, day int
		code, hint       string
	}{
		{2021, 2, 29, "period.no-such-day", "2021年2月有 28 天"},
		{2020, 2, 30, "period.no-such-day", "2020年2月有 29 天"},
		{2021, 11, 31, "period.no-such-day", "2021年11月有 30 天"},
		{2021, 11, 0, "period.no-such-day", "有 30 天"},
		{2021, 13, 1, "period.no-such-day", "月份从 1 到 12"},
		{2021, 0, 1, "period.no-such-day", "月份从 1 到 12"},
		{1799, 12, 31, "period.year-range", "四位数"},
		{10000, 1, 1, "period.year-range", "四位数"},
		{math.MaxInt, 1, 1, "period.year-range", "四位数"},
		{2021, math.MaxInt, math.MaxInt, "period.no-such-day", "月份"},
		{2021, 1, math.MinInt, "period.no-such-day", "有 31 天"},
	}
	for _, test := range tests {
		_, err := period.NewDay(test.year, test.month, test.day)
		wantCode(t, err, test.code)
		if !strings.Contains(err.Error(), test.hint) {
			t.Errorf("%v lacks %s", err, test.hint)
		}
	}
}

func TestMustDay(t *testing.T) {
	if got := period.MustDay(2021, 11, 8); got.String() != "2021-11-08" {
		t.Errorf("got %s", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("MustDay must not return a day that does not exist")
		}
	}()
	period.MustDay(2021, 2, 29)
}

func TestParseDay(t *testing.T) {
	for _, s := range []string{"2021-11-08", "2021-11-8", "2021/11/8", "2021/11/08", "2021.11.8", "20211108", "2021年11月8日", "2021年11月08日",
		"２０２１－１１－０８", "２０２１年１１月８日"} {
		if d, err := period.ParseDay(s); err != nil || d.String() != "2021-11-08" {
			t.Errorf("ParseDay(%q) = %s, %v", s, d, err)
		}
	}
}

func TestParseDayRefuses(t *testing.T) {
	tests := []struct{ s, code string }{
		{"", "period.malformed-day"}, {" ", "period.malformed-day"}, {"2021", "period.malformed-day"}, {"2021-11", "period.malformed-day"},
		{"202111", "period.malformed-day"}, {"2021-11-08 ", "period.malformed-day"}, {" 2021-11-08", "period.malformed-day"},
		{"2021-11/08", "period.malformed-day"}, {"21-11-08", "period.malformed-day"}, {"2021-011-08", "period.malformed-day"},
		{"2021-11-08-01", "period.malformed-day"}, {"2021--08", "period.malformed-day"}, {"2021-11-", "period.malformed-day"},
		{"2021-1-+8", "period.malformed-day"}, {"2021年11月", "period.malformed-day"}, {"2021年11-8", "period.malformed-day"},
		{"2021年11月8", "period.malformed-day"}, {"2021年11月8号", "period.malformed-day"}, {"年月日", "period.malformed-day"},
		{"2021-11-08 00:00:00", "period.malformed-day"}, {"2021-11-08T00:00:00Z", "period.malformed-day"}, {"44508", "period.malformed-day"},
		{"08/11/2021", "period.malformed-day"}, {"二〇二一年", "period.malformed-day"}, {"2021-٣-8", "period.malformed-day"},
		{strings.Repeat("1", 100), "period.malformed-day"}, {"\xff", "period.malformed-day"},
		{"2021-02-29", "period.no-such-day"}, {"20211301", "period.no-such-day"}, {"2021-00-01", "period.no-such-day"},
		{"0000-01-01", "period.year-range"}, {"0202-01-01", "period.year-range"},
	}
	for _, test := range tests {
		d, err := period.ParseDay(test.s)
		wantCode(t, err, test.code)
		if d != 0 {
			t.Errorf("ParseDay(%q): a refused day must be 0, got %d", test.s, d)
		}
	}
}

func TestDayTextReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDay().Draw(t, "day")
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var back period.Day
		if err := json.Unmarshal(data, &back); err != nil || back != d || string(data) != `"`+d.String()+`"` {
			t.Fatalf("%s reads as %s, %v", data, back, err)
		}
	})
	kept := period.MustDay(2021, 11, 8)
	wantCode(t, json.Unmarshal([]byte(`"2021-02-29"`), &kept), "period.no-such-day")
	if kept.String() != "2021-11-08" {
		t.Errorf("a refused day must leave the old one, got %s", kept)
	}
}

func TestWeekday(t *testing.T) {
	for n, want := period.Day(-10), time.Monday; n < 10; n++ { // 1969-12-22 was a Monday
		if got := n.Weekday(); got != want {
			t.Errorf("%s is a %s, want %s", n, got, want)
		}
		want = (want + 1) % 7
	}
	for _, d := range []period.Day{math.MinInt32, math.MaxInt32} {
		if got, want := d.Weekday(), time.Unix(int64(d)*86400, 0).UTC().Weekday(); got != want {
			t.Errorf("day %d is a %s, want %s", d, got, want)
		}
	}
}

func TestAddDays(t *testing.T) {
	tests := []struct {
		from string
		n    int
		want string
	}{
		{"2021-11-08", 0, "2021-11-08"}, {"2021-11-08", 23, "2021-12-01"}, {"2020-02-28", 1, "2020-02-29"}, {"2021-02-28", 1, "2021-03-01"},
		{"2021-01-01", -1, "2020-12-31"}, {"9999-12-31", 1, "9999-12-31"}, {"1800-01-01", -1, "1800-01-01"},
		{"2021-11-08", math.MaxInt, "9999-12-31"}, {"2021-11-08", math.MinInt, "1800-01-01"},
	}
	for _, test := range tests {
		if got := day(t, test.from).AddDays(test.n).String(); got != test.want {
			t.Errorf("%s plus %d days is %s, want %s", test.from, test.n, got, test.want)
		}
	}
}

func TestAddMonthsAndYears(t *testing.T) {
	tests := []struct {
		from   string
		months int
		want   string
	}{
		{"2021-11-08", 0, "2021-11-08"}, {"2021-11-08", 1, "2021-12-08"}, {"2021-11-08", 2, "2022-01-08"},
		{"2021-01-31", 1, "2021-02-28"}, {"2020-01-31", 1, "2020-02-29"}, {"2021-03-31", -1, "2021-02-28"},
		{"2021-05-31", 1, "2021-06-30"}, {"2020-02-29", 12, "2021-02-28"}, {"2020-02-29", 48, "2024-02-29"}, {"2020-02-29", -12, "2019-02-28"},
		{"2021-01-15", -1, "2020-12-15"}, {"2021-01-15", -13, "2019-12-15"},
		{"9999-12-01", 1, "9999-12-31"}, {"1800-01-31", -1, "1800-01-01"},
		{"2021-11-08", math.MaxInt, "9999-12-31"}, {"2021-11-08", math.MinInt, "1800-01-01"},
	}
	for _, test := range tests {
		if got := day(t, test.from).AddMonths(test.months).String(); got != test.want {
			t.Errorf("%s plus %d months is %s, want %s", test.from, test.months, got, test.want)
		}
	}
	years := []struct {
		from string
		n    int
		want string
	}{
		{"2020-02-29", 1, "2021-02-28"}, {"2020-02-29", 4, "2024-02-29"}, {"2021-11-08", -60, "1961-11-08"},
		{"2021-11-08", math.MaxInt, "9999-12-31"}, {"2021-11-08", math.MinInt, "1800-01-01"},
	}
	for _, test := range years {
		if got := day(t, test.from).AddYears(test.n).String(); got != test.want {
			t.Errorf("%s plus %d years is %s, want %s", test.from, test.n, got, test.want)
		}
	}
}

func TestAddMonthsProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyDay().Draw(t, "day"), rapid.IntRange(-2000, 2000).Draw(t, "months")
		later := d.AddMonths(n)
		want := d.Month() + period.Month(n)
		if want < period.Earliest.Month() || want > period.Latest.Month() {
			return // moved to the end of the range
		}
		_, _, before := d.Date()
		_, _, after := later.Date()
		_, _, last := want.Last().Date()
		if later.Month() != want || after != min(before, last) {
			t.Fatalf("%s plus %d months is %s", d, n, later)
		}
	})
}

func TestParseMonth(t *testing.T) {
	for _, s := range []string{"2021-11", "2021/11", "2021.11", "202111", "2021年11月", "２０２１－１１"} {
		if m, err := period.ParseMonth(s); err != nil || m.String() != "2021-11" || m.Year() != 2021 || m.Number() != 11 {
			t.Errorf("ParseMonth(%q) = %s, %v", s, m, err)
		}
	}
	if m, err := period.ParseMonth("2021-1"); err != nil || m.String() != "2021-01" {
		t.Errorf("ParseMonth = %s, %v", m, err)
	}
	tests := []struct{ s, code string }{
		{"", "period.malformed-month"}, {"2021", "period.malformed-month"}, {"2021-11-08", "period.malformed-month"},
		{"20211108", "period.malformed-month"}, {"2021年11月8日", "period.malformed-month"}, {"2021年11", "period.malformed-month"},
		{"2021-13", "period.no-such-month"}, {"2021-0", "period.no-such-month"}, {"1799-12", "period.year-range"}, {"0001-01", "period.year-range"},
	}
	for _, test := range tests {
		_, err := period.ParseMonth(test.s)
		wantCode(t, err, test.code)
	}
}

func TestMonth(t *testing.T) {
	tests := []struct{ month, first, last string }{
		{"2021-11", "2021-11-01", "2021-11-30"}, {"2021-12", "2021-12-01", "2021-12-31"}, {"2021-02", "2021-02-01", "2021-02-28"},
		{"2020-02", "2020-02-01", "2020-02-29"}, {"1900-02", "1900-02-01", "1900-02-28"}, {"9999-12", "9999-12-01", "9999-12-31"},
	}
	for _, test := range tests {
		m := month(t, test.month)
		if m.First().String() != test.first || m.Last().String() != test.last {
			t.Errorf("%s is %s to %s", m, m.First(), m.Last())
		}
		if m.Span() != (period.Span{From: m.First(), To: m.Last()}) {
			t.Errorf("Span of %s is %s", m, m.Span())
		}
	}
	if m := month(t, "2021-12") + 1; m.String() != "2022-01" {
		t.Errorf("the month after 2021-12 is %s", m)
	}
	rapid.Check(t, func(t *rapid.T) {
		d := anyDay().Draw(t, "day")
		m := d.Month()
		year, number, _ := d.Date()
		if m.Year() != year || m.Number() != number || !m.Span().Contains(d) {
			t.Fatalf("%s lies in %s", d, m)
		}
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var back period.Month
		if err := json.Unmarshal(data, &back); err != nil || back != m {
			t.Fatalf("%s reads as %s, %v", data, back, err)
		}
	})
	m := period.Month(-13) // November of the year −2
	if m.Year() != -2 || m.Number() != 12 {
		t.Errorf("month −13 is %d of year %d", m.Number(), m.Year())
	}
	kept := month(t, "2021-11")
	wantCode(t, json.Unmarshal([]byte(`"2021-13"`), &kept), "period.no-such-month")
	if kept.String() != "2021-11" {
		t.Errorf("a refused month must leave the old one, got %s", kept)
	}
	for _, extreme := range []period.Month{math.MinInt32, math.MaxInt32} {
		if first := extreme.First(); first != period.Earliest && first != period.Latest {
			t.Errorf("month %d begins on %s", extreme, first)
		}
	}
}

func FuzzParseDay(f *testing.F) {
	for _, seed := range []string{"2021-11-08", "2021/11/8", "20211108", "2021年11月8日", "2021-02-29", "２０２１．１．２", "", "年月日", "9999-12-31", "1800-1-1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := period.ParseDay(s)
		if err != nil {
			if fault.CodeOf(err) == "" || d != 0 {
				t.Fatalf("ParseDay(%q) = %d, %v", s, d, err)
			}
			return
		}
		if d < period.Earliest || d > period.Latest {
			t.Fatalf("ParseDay(%q) = %d, out of range", s, d)
		}
		if again, err := period.ParseDay(d.String()); err != nil || again != d {
			t.Fatalf("%s does not read back: %s, %v", d, again, err)
		}
		// The digits of what was typed are those of the day, save for zeros put in front.
		year, month, dayOfMonth := d.Date()
		typed := strings.Map(func(r rune) rune {
			if r < '1' || r > '9' {
				return -1
			}
			return r
		}, fault.HalfWidth(s))
		written := strings.ReplaceAll(time.Date(year, time.Month(month), dayOfMonth, 0, 0, 0, 0, time.UTC).Format("20060102"), "0", "")
		if typed != written {
			t.Fatalf("ParseDay(%q) = %s", s, d)
		}
	})
}

func FuzzParseMonth(f *testing.F) {
	for _, seed := range []string{"2021-11", "202111", "2021年1月", "2021-13", "1799/12", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := period.ParseMonth(s)
		if err != nil {
			if fault.CodeOf(err) == "" {
				t.Fatalf("ParseMonth(%q): %v", s, err)
			}
			return
		}
		if again, err := period.ParseMonth(m.String()); err != nil || again != m {
			t.Fatalf("%s does not read back: %s, %v", m, again, err)
		}
	})
}
