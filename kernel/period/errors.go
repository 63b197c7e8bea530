package period

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"doudi/kernel/fault"
)

// This file holds every message of the package.

func malformed(code, op, source, zh, en string, hint fault.Text) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Code: code, Op: op,
		Message: fault.Text{
			ZH: zh + fault.Quote(source) + "写法不对",
			EN: "the " + en + " " + fault.QuoteEN(source) + " is malformed",
		},
		Hint: hint,
		At:   fault.InText(source, 1, len([]rune(source))),
	}
}

func malformedDay(source string) *fault.Error {
	return malformed("period.malformed-day", "period.ParseDay", source, "日期", "date", fault.Text{
		ZH: "请写作 2021-11-08、2021/11/8、20211108 或 2021年11月8日，前后不留空白",
		EN: "write 2021-11-08, 2021/11/8, 20211108 or 2021年11月8日, without blanks",
	})
}

func malformedMonth(source string) *fault.Error {
	return malformed("period.malformed-month", "period.ParseMonth", source, "月份", "month", fault.Text{
		ZH: "请写作 2021-11、2021/11、202111 或 2021年11月，前后不留空白",
		EN: "write 2021-11, 2021/11, 202111 or 2021年11月, without blanks",
	})
}

func yearRange(op string, year int) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Code: "period.year-range", Op: op,
		Message: fault.Text{
			ZH: fmt.Sprintf("年份 %d 不在 %d 至 %d 之间", year, MinYear, MaxYear),
			EN: fmt.Sprintf("the year %d is not between %d and %d", year, MinYear, MaxYear),
		},
		Hint: fault.Text{ZH: "请用四位数的公历年份", EN: "give the year of the common calendar in four digits"},
	}
}

func noSuchDay(year, month, day int) *fault.Error {
	e := &fault.Error{
		Kind: fault.Invalid, Code: "period.no-such-day", Op: "period.NewDay",
		Message: fault.Text{
			ZH: fmt.Sprintf("没有 %d年%d月%d日 这一天", year, month, day),
			EN: fmt.Sprintf("there is no day %04d-%02d-%02d", year, month, day),
		},
		Hint: fault.Text{ZH: "月份从 1 到 12", EN: "months run from 1 to 12"},
	}
	if month >= 1 && month <= 12 {
		days := daysIn(year, month)
		e.Hint = fault.Text{
			ZH: fmt.Sprintf("%d年%d月有 %d 天", year, month, days),
			EN: fmt.Sprintf("%04d-%02d has %d days", year, month, days),
		}
	}
	return e
}

func noSuchMonth(year, month int) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Code: "period.no-such-month", Op: "period.ParseMonth",
		Message: fault.Text{
			ZH: fmt.Sprintf("没有 %d年%d月 这个月", year, month),
			EN: fmt.Sprintf("there is no month %04d-%02d", year, month),
		},
		Hint: fault.Text{ZH: "月份从 1 到 12", EN: "months run from 1 to 12"},
	}
}

func beforeCycle(c Cycle, d Day) *fault.Error {
	return &fault.Error{
		Kind: fault.OutOfForce, Code: "period.before-cycle", Op: "period.Cycle.Containing",
		Message: fault.Text{
			ZH: fmt.Sprintf("%s 早于第一个周期，周期自 %s 起", d, c.First.From),
			EN: fmt.Sprintf("%s is before the first cycle, which begins on %s", d, c.First.From),
		},
		Hint: fault.Text{
			ZH: "请核对日期；更早的费用按当时的规定办理",
			EN: "check the date; earlier costs follow the rules of their time",
		},
	}
}

func badCycle(c Cycle, zh, en string) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Code: "period.cycle", Op: "period.Cycle.Containing",
		Message: fault.Text{
			ZH: fmt.Sprintf("周期（首期 %s，此后每年 %d 月 %d 日起）有误：%s", c.First, c.Month, c.DayOfMonth, zh),
			EN: fmt.Sprintf("the cycle (first %s, then from month %d day %d each year) is wrong: %s", c.First, c.Month, c.DayOfMonth, en),
		},
		Hint: fault.Text{
			ZH: "首期的最后一天应是每年起始日期的前一天，例如首期至 11 月 30 日、此后每年 12 月 1 日起",
			EN: "the first span must end on the day before a yearly beginning, such as 30 November for 1 December",
		},
	}
}

// beforeBirth leaves the dates out: a birth date is personal and errors are logged.
func beforeBirth(birth, on Day) *fault.Error {
	days := int(birth) - int(on)
	return &fault.Error{
		Kind: fault.Invalid, Code: "period.before-birth", Op: "period.AgeOn",
		Message: fault.Text{
			ZH: fmt.Sprintf("计算年龄的日期比出生日期早 %d 天", days),
			EN: fmt.Sprintf("the day the age is asked for is %d days before the birth", days),
		},
		Hint: fault.Text{
			ZH: "请核对出生日期和业务日期",
			EN: "check the birth date and the day of the matter",
		},
	}
}

func yearMissing(c *Calendar, d Day) *fault.Error {
	held := fault.Text{ZH: "日历中没有任何年份", EN: "it holds no year at all"}
	if years := c.Years(); len(years) > 0 {
		held = fault.Text{ZH: "日历中有 " + yearList(years, "、"), EN: "it holds " + yearList(years, ", ")}
	}
	return &fault.Error{
		Kind: fault.Missing, Code: "calendar.year-missing", Op: "period.Calendar.IsWorking",
		Message: fault.Text{
			ZH: fmt.Sprintf("工作日历中没有 %d 年，不能判断 %s 是否为工作日；%s", d.Year(), d, held.ZH),
			EN: fmt.Sprintf("the working calendar does not hold %d, so whether %s is worked is not known; %s", d.Year(), d, held.EN),
		},
		Hint: fault.Text{
			ZH: fmt.Sprintf("请由管理员按国务院办公厅 %d 年节假日安排的通知补录该年的日历", d.Year()),
			EN: fmt.Sprintf("have an administrator enter the State Council's arrangement of holidays for %d", d.Year()),
		},
	}
}

// yearList writes ascending years with runs joined: 2018–2026, 2028.
func yearList(years []int, separator string) string {
	var parts []string
	for i := 0; i < len(years); {
		last := i
		for last+1 < len(years) && years[last+1] == years[last]+1 {
			last++
		}
		part := strconv.Itoa(years[i])
		if last > i {
			part += "–" + strconv.Itoa(years[last])
		}
		parts = append(parts, part)
		i = last + 1
	}
	return strings.Join(parts, separator)
}

func negativeTerm(op string, n int) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Code: "calendar.negative", Op: op,
		Message: fault.Text{
			ZH: fmt.Sprintf("期限为负（%d 天），没有推算", n),
			EN: fmt.Sprintf("the term is negative (%d days); nothing was counted", n),
		},
		Hint: fault.Text{ZH: "期限从 0 天起", EN: "a term has 0 days or more"},
	}
}

var calendarHint = fault.Text{
	ZH: "第一行为 " + calendarHeader + "，之后每行一天，例如 2026-01-01,元旦,0,0",
	EN: "the first line is " + calendarHeader + ", then one day a line, such as 2026-01-01,元旦,0,0",
}

func calendarFault(code string, at *fault.Position, zh, en string) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Code: code, Op: "period.ParseCalendar",
		Message: fault.Text{ZH: "日历表" + zh, EN: "the calendar table " + en},
		Hint:    calendarHint, At: at,
	}
}

func badHeader(at *fault.Position) *fault.Error {
	return calendarFault("calendar.header", at, "的第一行不是规定的表头", "does not begin with its header")
}

func wrongFieldCount(at *fault.Position, found int) *fault.Error {
	return calendarFault("calendar.row", at,
		fmt.Sprintf("这一行有 %d 列，应为 4 列", found), fmt.Sprintf("has %d fields in this row instead of 4", found))
}

func badDate(at *fault.Position, cause error) *fault.Error {
	e := calendarFault("calendar.row", at, "的日期有误", "has a wrong date")
	e.Cause = cause
	var inner *fault.Error
	if errors.As(cause, &inner) {
		e.Message.ZH += "：" + inner.Message.ZH
		e.Message.EN += ": " + inner.Message.EN
		e.Hint = inner.Hint
	}
	return e
}

func badFlag(at *fault.Position, found string) *fault.Error {
	return calendarFault("calendar.row", at,
		"这一列应为 0 或 1，实为"+fault.Quote(found), "has "+fault.QuoteEN(found)+" where 0 or 1 is expected")
}

func duplicateDay(at *fault.Position, d Day, first int) *fault.Error {
	e := calendarFault("calendar.duplicate", at,
		fmt.Sprintf("中 %s 出现两次，先见于第 %d 行", d, first),
		fmt.Sprintf("lists %s twice, first on line %d", d, first))
	e.Hint = fault.Text{ZH: "请核对后保留其中一行", EN: "check which is right and keep one"}
	return e
}

func unbalancedQuotes(at *fault.Position, cause error) *fault.Error {
	e := calendarFault("calendar.row", at, "此处的引号不成对，之后的各行没有读取", "has an unbalanced quotation mark here; the rows after it were not read")
	e.Cause = cause
	return e
}

func emptyCalendar() *fault.Error {
	return calendarFault("calendar.empty", nil, "除表头外没有任何一天", "lists no day")
}

func tooLarge() *fault.Error {
	e := calendarFault("calendar.too-large", nil,
		fmt.Sprintf("超过 %d 字节，没有读取", calendarLimit), fmt.Sprintf("has more than %d bytes and was not read", calendarLimit))
	e.Hint = fault.Text{ZH: "一年约一千字节；请确认选对了文件", EN: "a year takes about a thousand bytes; check that it is the right file"}
	return e
}

func unreadable(cause error) *fault.Error {
	e := calendarFault("calendar.unreadable", nil, "读取中断，日历没有改动", "could not be read; the calendar was left as it is")
	e.Kind, e.Cause = fault.Unavailable, cause
	e.Hint = fault.Text{ZH: "请重试；仍不行时请联系管理员", EN: "try again; if it keeps failing, tell an administrator"}
	return e
}
