package period_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"doudi/kernel/fault"
	"doudi/kernel/period"
)

func span(t testing.TB, from, to string) period.Span {
	t.Helper()
	return period.Span{From: day(t, from), To: day(t, to)}
}

func TestSpan(t *testing.T) {
	year := span(t, "2021-01-01", "2021-12-31")
	for _, test := range []struct {
		day  string
		want bool
	}{{"2020-12-31", false}, {"2021-01-01", true}, {"2021-06-15", true}, {"2021-12-31", true}, {"2022-01-01", false}} {
		if got := year.Contains(day(t, test.day)); got != test.want {
			t.Errorf("contains %s: %v", test.day, got)
		}
	}
	if got := year.String(); got != "2021-01-01..2021-12-31" {
		t.Errorf("String() = %s", got)
	}
	if year.Days() != 365 || len(year.Months()) != 12 {
		t.Errorf("%d days, %d months", year.Days(), len(year.Months()))
	}
	empty := period.Span{From: year.To, To: year.From}
	if !empty.Empty() || empty.Days() != 0 || empty.Months() != nil || empty.Contains(year.From) {
		t.Error("a span that ends before it begins must be empty")
	}
	data, err := json.Marshal(year)
	if err != nil || string(data) != `{"From":"2021-01-01","To":"2021-12-31"}` {
		t.Errorf("Marshal = %s, %v", data, err)
	}
}

func TestSpanOverlaps(t *testing.T) {
	june := span(t, "2021-06-01", "2021-06-30")
	tests := []struct {
		name     string
		from, to string
		want     bool
	}{
		{"before", "2021-05-01", "2021-05-31", false},
		{"last day touches the first", "2021-05-01", "2021-06-01", true},
		{"inside", "2021-06-10", "2021-06-11", true},
		{"around", "2021-01-01", "2021-12-31", true},
		{"first day touches the last", "2021-06-30", "2021-07-31", true},
		{"after", "2021-07-01", "2021-07-31", false},
		{"empty inside", "2021-06-15", "2021-06-14", false},
	}
	for _, test := range tests {
		other := span(t, test.from, test.to)
		if june.Overlaps(other) != test.want || other.Overlaps(june) != test.want {
			t.Errorf("%s: want %v", test.name, test.want)
		}
	}
	if got := june.Intersect(span(t, "2021-06-20", "2021-07-31")); got != span(t, "2021-06-20", "2021-06-30") {
		t.Errorf("Intersect = %s", got)
	}
}

func TestSpanMonths(t *testing.T) {
	months := span(t, "2021-11-30", "2022-02-01").Months()
	want := []string{"2021-11", "2021-12", "2022-01", "2022-02"}
	if len(months) != len(want) {
		t.Fatalf("got %v", months)
	}
	for i, m := range months {
		if m.String() != want[i] {
			t.Errorf("month %d is %s, want %s", i, m, want[i])
		}
	}
}

func TestCalendarParts(t *testing.T) {
	tests := []struct {
		name     string
		of       func(period.Day) period.Span
		day      string
		from, to string
	}{
		{"month", period.MonthOf, "2020-02-10", "2020-02-01", "2020-02-29"},
		{"first quarter", period.QuarterOf, "2021-03-31", "2021-01-01", "2021-03-31"},
		{"second quarter", period.QuarterOf, "2021-04-01", "2021-04-01", "2021-06-30"},
		{"third quarter", period.QuarterOf, "2021-08-15", "2021-07-01", "2021-09-30"},
		{"fourth quarter", period.QuarterOf, "2021-12-31", "2021-10-01", "2021-12-31"},
		{"first half", period.HalfYearOf, "2021-06-30", "2021-01-01", "2021-06-30"},
		{"second half", period.HalfYearOf, "2021-07-01", "2021-07-01", "2021-12-31"},
		{"year", period.YearOf, "2021-11-08", "2021-01-01", "2021-12-31"},
		{"week from a Monday", period.WeekOf, "2021-11-08", "2021-11-08", "2021-11-14"},
		{"week from a Sunday", period.WeekOf, "2021-11-07", "2021-11-01", "2021-11-07"},
		{"week over the year end", period.WeekOf, "2022-01-01", "2021-12-27", "2022-01-02"},
		{"week in 1969", period.WeekOf, "1969-12-31", "1969-12-29", "1970-01-04"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.of(day(t, test.day)); got != span(t, test.from, test.to) {
				t.Errorf("%s lies in %s", test.day, got)
			}
		})
	}
}

func TestCalendarPartsDivideTime(t *testing.T) {
	parts := map[string]func(period.Day) period.Span{
		"week": period.WeekOf, "month": period.MonthOf, "quarter": period.QuarterOf, "half-year": period.HalfYearOf, "year": period.YearOf,
	}
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.Custom(func(t *rapid.T) period.Day { return anyDay().Draw(t, "day") }).
			Filter(func(d period.Day) bool { return d > period.Earliest+400 && d < period.Latest-400 }).Draw(t, "day")
		for name, of := range parts {
			part := of(d)
			if !part.Contains(d) || of(part.From) != part || of(part.To) != part {
				t.Fatalf("%s: %s lies in %s", name, d, part)
			}
			if next := of(part.To + 1); next.From != part.To+1 {
				t.Fatalf("%s: %s is followed by %s", name, part, next)
			}
		}
		if week := period.WeekOf(d); week.Days() != 7 || week.From.Weekday() != time.Monday {
			t.Fatalf("week %s", week)
		}
	})
}

func TestRolling(t *testing.T) {
	tests := []struct {
		name                string
		day                 string
		years, months, days int
		from                string
	}{
		{"a year before an application", "2021-11-08", 1, 0, 0, "2020-11-09"},
		{"a year to the end of a leap February", "2020-02-29", 1, 0, 0, "2019-03-01"},
		{"a year to the end of a common February", "2021-02-28", 1, 0, 0, "2020-02-29"},
		{"three months", "2021-05-31", 0, 3, 0, "2021-03-01"},
		{"thirty days", "2021-11-08", 0, 0, 30, "2021-10-10"},
		{"one day", "2021-11-08", 0, 0, 1, "2021-11-08"},
		{"all three", "2021-11-08", 1, 1, 1, "2020-10-08"},
		{"nothing is empty", "2021-11-08", 0, 0, 0, "2021-11-09"},
		{"negative is empty", "2021-11-08", -1, 0, 0, "2022-11-09"},
		{"longer than all time", "2021-11-08", 1 << 40, 1 << 40, 1 << 40, "1800-01-02"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := period.Rolling(day(t, test.day), test.years, test.months, test.days)
			if got != span(t, test.from, test.day) {
				t.Errorf("got %s, want from %s", got, test.from)
			}
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyDay().Draw(t, "day"), rapid.IntRange(1, 3000).Draw(t, "days")
		if d-period.Day(n) < period.Earliest {
			return
		}
		if got := period.Rolling(d, 0, 0, n); got.Days() != n || got.To != d {
			t.Fatalf("%d days to %s are %s", n, d, got)
		}
	})
}

// settlementYear runs from 1 December, with a first one of eleven months.
func settlementYear(t testing.TB) period.Cycle {
	return period.Cycle{First: span(t, "2018-01-01", "2018-11-30"), Month: 12, DayOfMonth: 1}
}

func TestCycle(t *testing.T) {
	tests := []struct{ day, from, to string }{
		{"2018-01-01", "2018-01-01", "2018-11-30"},
		{"2018-11-30", "2018-01-01", "2018-11-30"},
		{"2018-12-01", "2018-12-01", "2019-11-30"},
		{"2019-11-30", "2018-12-01", "2019-11-30"},
		{"2019-12-01", "2019-12-01", "2020-11-30"},
		{"2021-06-15", "2020-12-01", "2021-11-30"},
		{"9999-06-15", "9998-12-01", "9999-11-30"},
		{"9999-12-31", "9999-12-01", "9999-12-31"},
	}
	for _, test := range tests {
		got, err := settlementYear(t).Containing(day(t, test.day))
		if err != nil || got != span(t, test.from, test.to) {
			t.Errorf("%s lies in %s, %v; want %s..%s", test.day, got, err, test.from, test.to)
		}
	}
	leap := period.Cycle{First: span(t, "2020-01-01", "2020-02-28"), Month: 2, DayOfMonth: 29}
	for _, test := range []struct{ day, from, to string }{
		{"2020-02-29", "2020-02-29", "2021-02-27"}, {"2021-02-28", "2021-02-28", "2022-02-27"}, {"2024-02-28", "2023-02-28", "2024-02-28"},
	} {
		if got, err := leap.Containing(day(t, test.day)); err != nil || got != span(t, test.from, test.to) {
			t.Errorf("%s lies in %s, %v; want %s..%s", test.day, got, err, test.from, test.to)
		}
	}
	open := period.Cycle{First: period.Span{From: day(t, "2018-01-01"), To: period.Latest}, Month: 1, DayOfMonth: 1}
	if got, err := open.Containing(day(t, "2030-01-01")); err != nil || got != open.First {
		t.Errorf("a first span without end: %s, %v", got, err)
	}
}

func TestCycleRefuses(t *testing.T) {
	good := settlementYear(t)
	_, err := good.Containing(day(t, "2017-12-31"))
	wantCode(t, err, "period.before-cycle")
	if fault.KindOf(err) != fault.OutOfForce {
		t.Errorf("kind %s", fault.KindOf(err))
	}
	tests := []struct {
		name  string
		cycle period.Cycle
	}{
		{"gap after the first span", period.Cycle{First: span(t, "2018-01-01", "2018-11-29"), Month: 12, DayOfMonth: 1}},
		{"first span reaches into the next", period.Cycle{First: span(t, "2018-01-01", "2018-12-01"), Month: 12, DayOfMonth: 1}},
		{"no such month", period.Cycle{First: good.First, Month: 13, DayOfMonth: 1}},
		{"no month", period.Cycle{First: good.First, DayOfMonth: 1}},
		{"no such day", period.Cycle{First: good.First, Month: 2, DayOfMonth: 30}},
		{"no day", period.Cycle{First: good.First, Month: 12}},
		{"empty first span", period.Cycle{First: span(t, "2018-11-30", "2018-01-01"), Month: 12, DayOfMonth: 1}},
		{"zero", period.Cycle{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.cycle.Containing(day(t, "2019-01-01"))
			wantCode(t, err, "period.cycle")
		})
	}
}

func TestCycleDividesTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := period.MustDay(2018, 1, 1)
		monthNumber := rapid.IntRange(1, 12).Draw(t, "month")
		dayOfMonth := rapid.IntRange(1, 28).Draw(t, "day of month")
		begins := period.MustDay(2019, monthNumber, dayOfMonth)
		cycle := period.Cycle{First: period.Span{From: first, To: begins - 1}, Month: monthNumber, DayOfMonth: dayOfMonth}
		d := first + period.Day(rapid.IntRange(0, 20000).Draw(t, "offset"))
		part, err := cycle.Containing(d)
		if err != nil || !part.Contains(d) {
			t.Fatalf("%s lies in %s, %v", d, part, err)
		}
		next, err := cycle.Containing(part.To + 1)
		if err != nil || next.From != part.To+1 {
			t.Fatalf("%s is followed by %s, %v", part, next, err)
		}
	})
}

func TestAgeOn(t *testing.T) {
	tests := []struct {
		name, birth, on string
		want            int
	}{
		{"the day of birth", "1961-11-08", "1961-11-08", 0},
		{"the eve of sixty", "1961-11-08", "2021-11-07", 59},
		{"the sixtieth birthday", "1961-11-08", "2021-11-08", 60},
		{"another month", "1961-11-08", "2021-10-31", 59},
		{"later in the year", "1961-11-08", "2021-12-01", 60},
		{"born on 29 February, common year, the eve", "2004-02-29", "2021-02-27", 16},
		{"born on 29 February, common year", "2004-02-29", "2021-02-28", 17},
		{"born on 29 February, leap year, the eve", "2004-02-29", "2024-02-28", 19},
		{"born on 29 February, leap year", "2004-02-29", "2024-02-29", 20},
		{"born on 28 February, leap year", "2003-02-28", "2024-02-28", 21},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := period.AgeOn(day(t, test.birth), day(t, test.on)); err != nil || got != test.want {
				t.Errorf("AgeOn = %d, %v; want %d", got, err, test.want)
			}
		})
	}
	_, err := period.AgeOn(day(t, "2021-11-08"), day(t, "2021-11-07"))
	wantCode(t, err, "period.before-birth")
}

func TestAgeAndMonthsAreTheLargestThatFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := anyDay().Filter(func(d period.Day) bool { return d < period.Latest-50000 }).Draw(t, "from")
		to := from + period.Day(rapid.IntRange(0, 45000).Draw(t, "days"))
		age, err := period.AgeOn(from, to)
		if err != nil || from.AddYears(age) > to || from.AddYears(age+1) <= to {
			t.Fatalf("from %s to %s are %d years, %v", from, to, age, err)
		}
		months := period.FullMonths(from, to)
		if from.AddMonths(months) > to || from.AddMonths(months+1) <= to {
			t.Fatalf("from %s to %s are %d months", from, to, months)
		}
		if months/12 != age {
			t.Fatalf("%d months and %d years disagree", months, age)
		}
	})
}

func TestFullMonths(t *testing.T) {
	tests := []struct {
		from, to string
		want     int
	}{
		{"2021-01-31", "2021-02-27", 0}, {"2021-01-31", "2021-02-28", 1}, {"2021-01-31", "2021-03-30", 1}, {"2021-01-31", "2021-03-31", 2},
		{"2021-11-08", "2021-11-08", 0}, {"2021-11-08", "2022-11-07", 11}, {"2021-11-08", "2022-11-08", 12}, {"2021-11-08", "2021-01-01", 0},
	}
	for _, test := range tests {
		if got := period.FullMonths(day(t, test.from), day(t, test.to)); got != test.want {
			t.Errorf("from %s to %s: %d, want %d", test.from, test.to, got, test.want)
		}
	}
}
