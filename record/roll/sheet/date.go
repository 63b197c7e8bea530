package sheet

import (
	"regexp"
	"strconv"
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

// Days of a workbook are counted from 1899-12-30; the first sixty are one day later, because Excel believes in 1900-02-29.
var (
	serialZero = period.MustDay(1899, 12, 30)
	leapBug    = 60
	// firstSerial and lastSerial are 1900-01-01 and 2099-12-31: outside them a number in a column of days is something else.
	firstSerial, lastSerial = 1, 73050
)

// mac1904 is how many days later workbooks of old Macintosh programs begin to count.
const mac1904 = 1462

// ofSerial is the day of a number of a workbook.
func ofSerial(s string) (period.Day, bool) {
	whole, _, _ := strings.Cut(s, ".") // the part behind is the time of the day
	n, err := strconv.Atoi(whole)
	if err != nil || n < firstSerial || n > lastSerial || n == leapBug {
		return 0, false
	}
	if n < leapBug {
		n++
	}
	return serialZero.AddDays(n), true
}

var (
	timeBehind = regexp.MustCompile(`[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?$`)
	yearLast   = regexp.MustCompile(`^[0-9]{1,2}[-/.][0-9]{1,2}[-/.]([0-9]{4}|[0-9]{2})$`)
	shortYear  = regexp.MustCompile(`^[0-9]{2}[-/.年][0-9]{1,2}`)
	// fiveDigits are the days from 1927-05-18 on. A shorter number that is not shown as a day may be a year or an age.
	fiveDigits = regexp.MustCompile(`^[1-9][0-9]{4}(\.[0-9]+)?$`)
	dayLater   = regexp.MustCompile(`^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})$`)
)

// dayIn reads a day: a cell that is shown as one, the number of a day, or a text with the year in front.
func dayIn(c Cell) (period.Day, error) {
	s := fault.HalfWidth(c.Text)
	if c.Kind == Date || fiveDigits.MatchString(s) {
		if day, ok := ofSerial(s); ok {
			return day, nil
		}
		return 0, dayOutside()
	}
	s = timeBehind.ReplaceAllString(s, "")
	switch {
	case yearLast.MatchString(s), shortYear.MatchString(s):
		return 0, dayAmbiguous()
	case swapped(s):
		return 0, daySwapped()
	}
	day, err := period.ParseDay(s)
	if err != nil {
		return 0, unquoted(err)
	}
	return day, nil
}

// swapped tells whether a date would be one if month and day changed places.
func swapped(s string) bool {
	m := dayLater.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	month, _ := strconv.Atoi(m[2])
	day, _ := strconv.Atoi(m[3])
	return month > 12 && month <= 31 && day <= 12
}

func readDay(_ *Field, c Cell) (rule.Fact, error) {
	day, err := dayIn(c)
	if err != nil {
		return rule.Fact{}, err
	}
	return rule.Fact{Value: rule.Day(day)}, nil
}

func readMonth(_ *Field, c Cell) (rule.Fact, error) {
	if c.Kind != Date {
		if month, err := period.ParseMonth(c.Text); err == nil {
			return rule.Fact{Value: rule.Day(month.First())}, nil
		}
	}
	day, err := dayIn(c)
	if err != nil {
		return rule.Fact{}, err
	}
	return rule.Fact{Value: rule.Day(day.Month().First())}, nil
}
