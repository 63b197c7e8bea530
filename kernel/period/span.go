package period

// Span is a run of days, both ends included. A span whose To is before its From
// is empty.
type Span struct{ From, To Day }

// Empty reports whether the span holds no day.
func (s Span) Empty() bool { return s.To < s.From }

// Contains reports whether the day lies in the span.
func (s Span) Contains(d Day) bool { return s.From <= d && d <= s.To }

// Overlaps reports whether the spans have a day in common.
func (s Span) Overlaps(other Span) bool { return !s.Intersect(other).Empty() }

// Intersect returns the days that both spans hold; it may be empty.
func (s Span) Intersect(other Span) Span {
	return Span{From: max(s.From, other.From), To: min(s.To, other.To)}
}

// Days returns how many days the span holds.
func (s Span) Days() int {
	if s.Empty() {
		return 0
	}
	return int(s.To) - int(s.From) + 1
}

// Months returns the months the span touches, in order.
func (s Span) Months() []Month {
	if s.Empty() {
		return nil
	}
	first, last := s.From.Month(), s.To.Month()
	months := make([]Month, 0, last-first+1)
	for m := first; m <= last; m++ {
		months = append(months, m)
	}
	return months
}

// String returns the span as 2021-01-01..2021-12-31.
func (s Span) String() string { return s.From.String() + ".." + s.To.String() }

// MonthOf returns the calendar month that holds the day.
func MonthOf(d Day) Span { return d.Month().Span() }

// QuarterOf returns the calendar quarter that holds the day.
func QuarterOf(d Day) Span { return monthsOf(d, 3) }

// HalfYearOf returns January to June or July to December, whichever holds the day.
func HalfYearOf(d Day) Span { return monthsOf(d, 6) }

// YearOf returns the calendar year that holds the day.
func YearOf(d Day) Span { return monthsOf(d, 12) }

// monthsOf returns the part of the year, of that many months, that holds the day.
func monthsOf(d Day, length int) Span {
	month := d.Month()
	first := month - Month(month.fromJanuary()%length)
	return Span{From: first.First(), To: (first + Month(length) - 1).Last()}
}

// WeekOf returns the week from Monday to Sunday that holds the day.
func WeekOf(d Day) Span {
	sinceMonday := (int(d.Weekday()) + 6) % 7
	monday := d.AddDays(-sinceMonday)
	return Span{From: monday, To: d.AddDays(6 - sinceMonday)}
}

// Rolling returns the span of the given length that ends on d, d included: it
// starts on the day after d minus the length. One year before 2021-11-08 is
// 2020-11-09..2021-11-08. Months are taken off first, as by [Day.AddMonths],
// then days. A length of zero gives an empty span, as does a negative one.
func Rolling(d Day, years, months, days int) Span {
	years = min(max(years, -MaxYear), MaxYear)
	months = min(max(months, -daysEver), daysEver)
	start := d.AddMonths(-12*years - months)
	if days != 0 {
		start = start.AddDays(-min(max(days, -daysEver), daysEver))
	}
	return Span{From: start.AddDays(1), To: d}
}

// Cycle is a settlement year of its own: a first span that may be irregular,
// after which a new span begins each year on the same date. For a scheme whose
// first span runs 2018-01-01..2018-11-30 and whose later ones begin on 1
// December, Month is 12 and DayOfMonth 1.
type Cycle struct {
	First             Span
	Month, DayOfMonth int // a month without that day begins on its last day
}

// Containing returns the span of the cycle that holds the day. Codes:
// "period.before-cycle" (kind OutOfForce) for a day before the first span;
// "period.cycle" if the cycle itself is wrong: no such month or day, an empty
// first span, or one that does not end on the eve of a yearly beginning, which
// would leave days that belong to no span.
func (c Cycle) Containing(d Day) (Span, error) {
	if err := c.check(); err != nil {
		return Span{}, err
	}
	switch {
	case d < c.First.From:
		return Span{}, beforeCycle(c, d)
	case d <= c.First.To:
		return c.First, nil
	}
	year := d.Year()
	if d < c.start(year) {
		year--
	}
	if year == MaxYear { // no later beginning can be written
		return Span{From: c.start(year), To: Latest}, nil
	}
	return Span{From: c.start(year), To: c.start(year+1) - 1}, nil
}

func (c Cycle) start(year int) Day {
	return dayOf(year, c.Month, min(c.DayOfMonth, daysIn(year, c.Month)))
}

func (c Cycle) check() error {
	if c.Month < 1 || c.Month > 12 || c.DayOfMonth < 1 || c.DayOfMonth > daysIn(leapYear, c.Month) {
		return badCycle(c, "每年起始日期不存在", "its yearly beginning is not a date")
	}
	if c.First.Empty() {
		return badCycle(c, "第一个周期的结束日早于开始日", "its first span ends before it begins")
	}
	if next := c.First.To.AddDays(1); c.First.To < Latest && next != c.start(next.Year()) {
		return badCycle(c, "第一个周期结束后不能与每年的起始日期相接", "its first span does not end on the eve of a yearly beginning")
	}
	return nil
}

// leapYear is any year with a 29 February.
const leapYear = 2000

// AgeOn returns the age in full years on the day: a year of life is complete on
// the birthday itself; who was born on 29 February completes it on 28 February
// of a common year, the last day of a month that has no corresponding day
// (民法典第二百零二条). The error has code "period.before-birth".
func AgeOn(birth, on Day) (int, error) {
	if on < birth {
		return 0, beforeBirth(birth, on)
	}
	birthYear, birthMonth, birthDay := birth.Date()
	year, month, day := on.Date()
	if month < birthMonth || (month == birthMonth && day < min(birthDay, daysIn(year, month))) {
		year--
	}
	return year - birthYear, nil
}

// FullMonths returns how many whole months lie between the days: the largest n
// for which from plus n months, as by [Day.AddMonths], is not after to. It is 0
// if to is before from.
func FullMonths(from, to Day) int {
	if to < from {
		return 0
	}
	_, _, fromDay := from.Date()
	year, month, day := to.Date()
	months := int(to.Month() - from.Month())
	if day < min(fromDay, daysIn(year, month)) {
		months--
	}
	return months
}
