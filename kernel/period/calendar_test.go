package period_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"doudi/kernel/fault"
	"doudi/kernel/period"
)

func TestDefaultCalendar(t *testing.T) {
	c := period.DefaultCalendar()
	if got, want := c.Years(), []int{2018, 2019, 2020, 2021, 2022, 2023, 2024, 2025, 2026}; !slices.Equal(got, want) {
		t.Fatalf("holds %v, want %v", got, want)
	}
	if got := len(c.Specials()); got != 320 {
		t.Errorf("lists %d days, want 320", got)
	}
	tests := []struct {
		day  string
		want bool
		why  string
	}{
		{"2021-11-08", true, "a Monday"},
		{"2021-11-06", false, "a Saturday"},
		{"2021-11-07", false, "a Sunday"},
		{"2021-10-01", false, "National Day"},
		{"2021-10-07", false, "the last day of the National Day holiday, a Thursday"},
		{"2021-10-09", true, "a Saturday worked for National Day"},
		{"2021-09-26", true, "a Sunday worked for National Day"},
		{"2021-02-12", false, "New Year of the lunar calendar"},
		{"2020-01-31", false, "the holiday lengthened in 2020"},
		{"2018-01-01", false, "the first day held"},
		{"2026-12-31", true, "the last day held, a Thursday"},
	}
	for _, test := range tests {
		if got, err := c.IsWorking(day(t, test.day)); err != nil || got != test.want {
			t.Errorf("%s (%s): %v, %v", test.day, test.why, got, err)
		}
	}
}

func TestEveryListedDayIsPlausible(t *testing.T) {
	for _, special := range period.DefaultCalendar().Specials() {
		weekend := special.Day.Weekday()%6 == 0
		if special.Working && !weekend {
			t.Errorf("%s (%s) is worked in any case", special.Day, special.Name)
		}
		if special.Name == "" || (special.Working && special.InLieu) {
			t.Errorf("%s: %+v", special.Day, special)
		}
	}
}

func TestDefaultCalendarsAreSeparate(t *testing.T) {
	d := day(t, "2021-11-08")
	mine, theirs := period.DefaultCalendar(), period.DefaultCalendar()
	mine.Set(d, "县里放假", false)
	mine.Hold(2030)
	if working, err := mine.IsWorking(d); err != nil || working {
		t.Errorf("the edited table: %v, %v", working, err)
	}
	if working, err := theirs.IsWorking(d); err != nil || !working {
		t.Errorf("the other table changed too: %v, %v", working, err)
	}
	if slices.Contains(theirs.Years(), 2030) {
		t.Error("the other table holds 2030 too")
	}
	if special, listed := mine.Special(d); !listed || special.Name != "县里放假" || special.Day != d {
		t.Errorf("Special = %+v, %v", special, listed)
	}
	if _, listed := theirs.Special(d); listed {
		t.Error("the other table lists it too")
	}
}

func TestYearMissing(t *testing.T) {
	c := period.DefaultCalendar()
	_, err := c.IsWorking(day(t, "2027-01-04"))
	wantCode(t, err, "calendar.year-missing")
	if fault.KindOf(err) != fault.Missing {
		t.Errorf("kind %s", fault.KindOf(err))
	}
	for _, words := range []string{"没有 2027 年", "2018–2026", "2027-01-04", "请由管理员"} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("%v lacks %s", err, words)
		}
	}
	c.Set(day(t, "2027-01-01"), "元旦", false)
	_, err = c.IsWorking(day(t, "2027-01-01"))
	wantCode(t, err, "calendar.year-missing") // one day does not make a table
	c.Hold(2027)
	c.Hold(2030)
	if working, err := c.IsWorking(day(t, "2027-01-01")); err != nil || working {
		t.Errorf("2027-01-01: %v, %v", working, err)
	}
	_, err = c.IsWorking(day(t, "2028-01-03"))
	if err == nil || !strings.Contains(err.Error(), "2018–2027、2030") {
		t.Errorf("the years held are not named: %v", err)
	}
	var empty period.Calendar
	_, err = empty.IsWorking(day(t, "2021-11-08"))
	wantCode(t, err, "calendar.year-missing")
	if !strings.Contains(err.Error(), "没有任何年份") {
		t.Error(err)
	}
	empty.Set(day(t, "2021-11-08"), "试", false)
	var other period.Calendar
	other.Hold(2021)
	if working, err := other.IsWorking(day(t, "2021-11-08")); err != nil || !working {
		t.Errorf("a held year without special days follows the week: %v, %v", working, err)
	}
}

func TestAddWorking(t *testing.T) {
	c := period.DefaultCalendar()
	tests := []struct {
		from string
		n    int
		want string
	}{
		{"2021-11-08", 0, "2021-11-08"},
		{"2021-11-06", 0, "2021-11-06"},
		{"2021-11-08", 1, "2021-11-09"},
		{"2021-11-05", 1, "2021-11-08"},
		{"2021-11-06", 5, "2021-11-12"},
		{"2021-11-08", 5, "2021-11-15"},
		{"2021-09-30", 1, "2021-10-08"},
		{"2021-09-30", 2, "2021-10-09"},
		{"2021-09-30", 3, "2021-10-11"},
		{"2017-12-31", 1, "2018-01-02"}, // the day of the event itself need not be held
	}
	for _, test := range tests {
		if got, err := c.AddWorking(day(t, test.from), test.n); err != nil || got.String() != test.want {
			t.Errorf("%s plus %d working days is %s, %v; want %s", test.from, test.n, got, err, test.want)
		}
	}
	_, err := c.AddWorking(day(t, "2021-11-08"), -1)
	wantCode(t, err, "calendar.negative")
	_, err = c.AddWorking(day(t, "2026-12-30"), 2)
	wantCode(t, err, "calendar.year-missing")
	_, err = c.AddWorking(day(t, "2021-11-08"), 1<<40)
	wantCode(t, err, "calendar.year-missing")
	c.Hold(9999)
	_, err = c.AddWorking(period.Latest, 1)
	wantCode(t, err, "calendar.year-missing")
}

func TestWorkingBetween(t *testing.T) {
	c := period.DefaultCalendar()
	tests := []struct {
		from, to string
		want     int
	}{
		{"2021-11-08", "2021-11-08", 0},
		{"2021-11-08", "2021-11-09", 1},
		{"2021-11-05", "2021-11-08", 1},
		{"2021-11-05", "2021-11-07", 0},
		{"2021-09-30", "2021-10-11", 3},
		{"2021-11-12", "2021-11-09", -3},
		{"2021-11-09", "2021-11-05", -2},
	}
	for _, test := range tests {
		if got, err := c.WorkingBetween(day(t, test.from), day(t, test.to)); err != nil || got != test.want {
			t.Errorf("from %s to %s: %d, %v; want %d", test.from, test.to, got, err, test.want)
		}
	}
	for _, pair := range [][2]string{{"2026-12-31", "2027-01-04"}, {"2027-01-04", "2026-12-31"}, {"2017-01-04", "2018-12-31"}} {
		_, err := c.WorkingBetween(day(t, pair[0]), day(t, pair[1]))
		wantCode(t, err, "calendar.year-missing")
	}
}

func TestNatural(t *testing.T) {
	c := period.DefaultCalendar()
	tests := []struct {
		from string
		n    int
		roll bool
		want string
	}{
		{"2021-11-08", 5, false, "2021-11-13"},
		{"2021-11-08", 5, true, "2021-11-15"}, // a Saturday moves to Monday
		{"2021-11-08", 4, true, "2021-11-12"},
		{"2021-09-26", 5, true, "2021-10-08"}, // National Day moves past the holiday
		{"2021-10-02", 7, true, "2021-10-09"}, // a Saturday that is worked stays
		{"2021-11-06", 0, true, "2021-11-08"},
		{"2030-01-01", 30, false, "2030-01-31"}, // needs no table
	}
	for _, test := range tests {
		if got, err := c.Natural(day(t, test.from), test.n, test.roll); err != nil || got.String() != test.want {
			t.Errorf("%s plus %d days, roll %v, is %s, %v; want %s", test.from, test.n, test.roll, got, err, test.want)
		}
	}
	_, err := c.Natural(day(t, "2021-11-08"), -1, false)
	wantCode(t, err, "calendar.negative")
	_, err = c.Natural(day(t, "2030-01-01"), 30, true)
	wantCode(t, err, "calendar.year-missing")
}

func TestWorkingDaysCountBack(t *testing.T) {
	c := period.DefaultCalendar()
	first, last := period.MustDay(2018, 1, 1), period.MustDay(2026, 10, 31)
	anyHeld := rapid.Map(rapid.Int32Range(int32(first), int32(last)), func(n int32) period.Day { return period.Day(n) })
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyHeld.Draw(t, "day"), rapid.IntRange(1, 30).Draw(t, "n")
		end, err := c.AddWorking(d, n)
		if err != nil {
			t.Fatal(err)
		}
		if working, err := c.IsWorking(end); err != nil || !working {
			t.Fatalf("%s plus %d working days ends on %s, a day off (%v)", d, n, end, err)
		}
		if count, err := c.WorkingBetween(d, end); err != nil || count != n {
			t.Fatalf("from %s to %s are %d working days (%v), want %d", d, end, count, err, n)
		}
		if count, err := c.WorkingBetween(end, d); err != nil || count != -n {
			t.Fatalf("from %s back to %s are %d working days (%v), want %d", end, d, count, err, -n)
		}
	})
}

const header = "date,name,is_workday,is_in_lieu_day\n"

func TestParseCalendar(t *testing.T) {
	c, err := period.ParseCalendar(strings.NewReader("\uFEFF" + header + "2030-01-01,元旦,0,0\r\n\n2030/1/5,\"元旦,调休\",1,0\n2031-01-02,元旦,0,1"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.Years(), []int{2030, 2031}) {
		t.Errorf("holds %v", c.Years())
	}
	want := []period.Special{
		{Day: day(t, "2030-01-01"), Name: "元旦"},
		{Day: day(t, "2030-01-05"), Name: "元旦,调休", Working: true},
		{Day: day(t, "2031-01-02"), Name: "元旦", InLieu: true},
	}
	if got := c.Specials(); !slices.Equal(got, want) {
		t.Errorf("Specials = %+v", got)
	}
}

func TestParseCalendarRefuses(t *testing.T) {
	tests := []struct {
		name, text, code string
		render           string
	}{
		{"nothing", "", "calendar.header", "1:1: 日历表的第一行"},
		{"other header", "day,name\n2030-01-01,元旦,0,0\n", "calendar.header", "    | day,name\n"},
		{"broken header", "\"date\n", "calendar.header", "1:1: "},
		{"header only", header, "calendar.empty", "没有任何一天"},
		{"too few fields", header + "2030-01-01,元旦,0\n", "calendar.row", "2:1: 日历表这一行有 3 列，应为 4 列"},
		{"too many fields", header + "2030-01-01,元旦,0,0,\n", "calendar.row", "有 5 列"},
		{"no such day", header + "2030-02-29,元旦,0,0\n", "calendar.row", "没有 2030年2月29日 这一天\n    | 2030-02-29,元旦,0,0\n    | ^^^^^^^^^^\n  提示：2030年2月有 28 天"},
		{"not a date", header + "元旦,元旦,0,0\n", "calendar.row", "写法不对"},
		{"worked is not 0 or 1", header + "2030-01-01,元旦,是,0\n", "calendar.row",
			"2:15: 日历表这一列应为 0 或 1，实为“是”\n    | 2030-01-01,元旦,是,0\n    |                 ^^\n"},
		{"in lieu is not 0 or 1", header + "2030-01-01,元旦,0,\n", "calendar.row", "2:17: "},
		{"twice", header + "2030-01-01,元旦,0,0\n2030-01-02,元旦,0,0\n2030/1/1,元旦,0,0\n", "calendar.duplicate", "4:1: 日历表中 2030-01-01 出现两次，先见于第 2 行"},
		{"quotation mark inside", header + "2030-01-01,元\"旦,0,0\n", "calendar.row", "引号不成对"},
		{"quotation mark not closed", header + "2030-01-01,\"元旦,0,0\n", "calendar.row", "引号不成对"},
		{"quotation mark not closed at the end", header + "2030-01-01,元旦,0,\"", "calendar.row", "引号不成对"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := period.ParseCalendar(strings.NewReader(test.text))
			wantCode(t, err, test.code)
			if c != nil {
				t.Error("a refused table must give no calendar")
			}
			if got := fault.RenderError(err, "zh"); !strings.Contains(got, test.render) {
				t.Errorf("got:\n%s\nwant in it:\n%s", got, test.render)
			}
		})
	}
}

func TestParseCalendarReportsAllFaultsAtOnce(t *testing.T) {
	_, err := period.ParseCalendar(strings.NewReader(header + "x,元旦,0,0\n2030-01-01,元旦,2,3\n2030-01-02,元旦,0,0\n"))
	var list fault.List
	if !errors.As(err, &list) || len(list) != 3 {
		t.Fatalf("want three faults, got %v", err)
	}
	for i, line := range []int{2, 3, 3} {
		if list[i].At.Line != line {
			t.Errorf("fault %d is on line %d, want %d", i, list[i].At.Line, line)
		}
	}
}

func TestParseCalendarReader(t *testing.T) {
	_, err := period.ParseCalendar(iotest.ErrReader(io.ErrUnexpectedEOF))
	wantCode(t, err, "calendar.unreadable")
	if fault.KindOf(err) != fault.Unavailable || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	_, err = period.ParseCalendar(strings.NewReader(strings.Repeat("x", 1<<20+1)))
	wantCode(t, err, "calendar.too-large")
}

func FuzzParseCalendar(f *testing.F) {
	f.Add(header + "2030-01-01,元旦,0,0\n")
	f.Add("\uFEFF" + header + "2030-01-01,\"元,旦\",1,0\r\n2030-01-01,,0,0")
	f.Add(header + "\"\n\n\",x")
	f.Add(header + "a,\"")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := period.ParseCalendar(strings.NewReader(text))
		if err != nil {
			if fault.CodeOf(err) == "" || fault.RenderError(err, "en") == "internal error" {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for _, special := range c.Specials() {
			if working, err := c.IsWorking(special.Day); err != nil || working != special.Working {
				t.Fatalf("%s: %v, %v", special.Day, working, err)
			}
		}
	})
}
