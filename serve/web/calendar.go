package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/calendar"
	"doudi/record/store"
	"doudi/record/upkeep"
)

// calendarDay is a special day of a year.
type calendarDay struct {
	period.Special
	Own    bool // stated by the county
	Source string
}

// calendarPage is a year of the county's calendar.
type calendarPage struct {
	Year    int
	Years   []int // held
	Held    bool
	Days    []calendarDay
	Working int // days of the year; 0 when it is not held
	Forms   []proposal
}

func (v *view) calendarYear() error { return v.showCalendar(http.StatusOK, nil) }

func (v *view) showCalendar(status int, wrong error) error {
	p := calendarPage{Year: v.askedYear()}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		c, err := calendar.Of(tx)
		if err != nil {
			return err
		}
		own, err := calendar.Own(tx)
		p.fill(c, own)
		return err
	})
	if err != nil {
		return err
	}
	p.Forms = v.calendarForms(p)
	if err := v.markForms(p.Forms, wrong); err != nil {
		return err
	}
	return v.show(status, v.errorTitle(problemsOf(p.Forms), v.say("工作日历", "Working days")), calendarPageOf(v, p))
}

// askedYear is the year of the address, this one unless another was asked for.
func (v *view) askedYear() int {
	if n, err := strconv.Atoi(v.asked("year")); err == nil && 1900 <= n && n <= 2200 {
		return n
	}
	return v.today().Year()
}

// fill puts the special days of the year together with who stated them.
func (p *calendarPage) fill(c *period.Calendar, own []calendar.Day) {
	p.Years, p.Days = c.Years(), nil
	p.Held = slices.Contains(p.Years, p.Year)
	for _, s := range c.Specials() {
		if s.Day.Year() != p.Year {
			continue
		}
		d := calendarDay{Special: s}
		if i := slices.IndexFunc(own, func(o calendar.Day) bool { return o.Day == s.Day }); i >= 0 {
			d.Own, d.Source = true, own[i].Source
		}
		p.Days = append(p.Days, d)
	}
	first, err := period.NewDay(p.Year, 1, 1)
	if err != nil {
		return
	}
	if n, err := c.WorkingBetween(first-1, period.YearOf(first).To); err == nil {
		p.Working = n
	}
}

// calendarForms are what can be stated of a year.
func (v *view) calendarForms(p calendarPage) []proposal {
	year := "?year=" + itoa(p.Year)
	set := v.proposal("set", "/admin/calendar/set"+year, v.say("规定一天", "State a day"), v.say("提交复核", "Hand in for a check"))
	set.field(v, "day", v.say("日期", "Day"), "", true)
	set.field(v, "name", v.say("是什么日子", "What for"), "", true).Hint = v.say("例如：全县放假、调休上班", "for example: a county holiday, a worked Saturday")
	set.field(v, "working", v.say("上班还是放假", "Worked or off"), "", true).Options = []option{{"off", v.say("放假", "off")}, {"on", v.say("上班", "worked")}}
	set.why(v)
	unset := v.proposal("unset", "/admin/calendar/unset"+year, v.say("取消本县的规定", "Take back what the county stated"), v.say("提交复核", "Hand in for a check"))
	own := unset.field(v, "day", v.say("日期", "Day"), "", true)
	for _, d := range p.Days {
		if d.Own {
			own.Options = append(own.Options, option{d.Day.String(), d.Day.String() + " " + d.Name})
		}
	}
	hasOwn := len(own.Options) > 0
	unset.why(v)
	forms := []proposal{set}
	if hasOwn {
		forms = append(forms, unset)
	}
	if !p.Held {
		forms = append(forms, v.yearForm(p.Year))
	}
	return forms
}

// yearForm takes in a whole year at once.
func (v *view) yearForm(year int) proposal {
	e := v.proposal("year", "/admin/calendar/year?year="+itoa(year), v.say("录入全年放假安排", "State the whole year"), v.say("提交复核", "Hand in for a check"))
	e.Lead = v.say("照国务院办公厅的通知，每行一天：日期、名称、放假或上班。只写放假的工作日和上班的周六周日；周末照常休息的不用写。复核后才能计算这一年的工作日。",
		"After the State Council's notice, one day a line: date, name, off or on. Only weekdays that are off and weekend days that are worked; ordinary weekends need not be written. Working days of the year can be counted once it was approved.")
	e.Rows = &field{Name: "year.rows", Label: v.say("放假和调休", "Days off and worked weekends"), Need: true, Value: v.typed("year.rows")}
	e.why(v)
	return e
}

func (v *view) changeCalendar() error {
	read := map[string]func() ([]upkeep.Step, error){
		"set": func() ([]upkeep.Step, error) {
			day, err := v.typedDay("set", "day")
			word := v.asked("set.working")
			if err == nil && word != "on" && word != "off" {
				err = misplaced{refuse(fault.Invalid, "working", fault.Text{ZH: "没有选上班还是放假", EN: "worked or off was not chosen"}, fault.Text{ZH: "选择一项", EN: "choose one"}), "working"}
			}
			return []upkeep.Step{&upkeep.SetDay{Day: day, Name: v.asked("set.name"), Working: word == "on"}}, err
		},
		"unset": func() ([]upkeep.Step, error) {
			day, err := v.typedDay("unset", "day")
			return []upkeep.Step{&upkeep.UnsetDay{Day: day}}, err
		},
		"year": v.yearSteps,
	}[v.r.PathValue("act")]
	if read == nil {
		return v.nowhere()
	}
	return v.propose(v.r.PathValue("act"), read, v.showCalendar)
}

// yearSteps are the days of a year as they were typed, and that they are all.
func (v *view) yearSteps() (steps []upkeep.Step, err error) {
	year, err := strconv.Atoi(v.asked("year"))
	if err != nil {
		return nil, v.nowhere()
	}
	for i, l := range strings.Split(v.r.PostFormValue("year.rows"), "\n") {
		fields := strings.FieldsFunc(visible(strings.ReplaceAll(l, "\t", " ")), func(r rune) bool { return strings.ContainsRune(" \r,，、　", r) })
		if len(fields) == 0 {
			continue
		}
		step, err := yearDay(fields, year)
		if err != nil {
			return nil, misplaced{inLine(i+1, err), "rows"}
		}
		steps = append(steps, step)
	}
	return append(steps, &upkeep.HoldYear{Year: year}), nil
}

// yearDay is one line: day, name, and whether it is worked.
func yearDay(fields []string, year int) (upkeep.Step, error) {
	if len(fields) < 3 {
		return nil, lineMalformed()
	}
	day, err := period.ParseDay(tidied(fields[0]))
	if err != nil {
		return nil, err
	}
	if day.Year() != year {
		return nil, refuse(fault.Invalid, "year", fault.Text{ZH: day.String() + " 不在这一年", EN: day.String() + " is of another year"}, fault.Text{ZH: "每年分开录", EN: "state each year by itself"})
	}
	last := fields[len(fields)-1]
	working, known := map[string]bool{"上班": true, "班": true, "on": true, "1": true, "放假": false, "休": false, "off": false, "0": false}[last]
	if !known {
		return nil, lineMalformed()
	}
	return &upkeep.SetDay{Day: day, Name: strings.Join(fields[1:len(fields)-1], " "), Working: working}, nil
}

func lineMalformed() error {
	return refuse(fault.Invalid, "line", fault.Text{ZH: "要有日期、名称、放假或上班", EN: "it needs a day, a name, and off or on"}, fault.Text{ZH: "例如：2027-01-01 元旦 放假", EN: "for example: 2027-01-01 New Year off"})
}

// yearTabs are the years a page leads to: those held, the one shown and the next.
func (v *view) yearTabs(p calendarPage) (list []tab) {
	years := append(slices.Clone(p.Years), p.Year, v.today().Year()+1)
	slices.Sort(years)
	for _, y := range slices.Compact(years) {
		list = append(list, tab{link: link{strconv.Itoa(y), "/admin/calendar?year=" + strconv.Itoa(y)}, Here: y == p.Year})
	}
	return list
}

func (v *view) calendarTable(p calendarPage) table {
	return table{Name: v.say("特别的日子", "Special days"), Shown: len(p.Days), Empty: v.say("没有特别的日子。照国务院办公厅的通知录入全年安排后，才能计算这一年的工作日。", "No special day is stated. Working days can be counted once the State Council's arrangement was taken in."),
		Columns: []column{{Name: v.say("日期", "Day")}, {Name: v.say("是什么日子", "What for")}, {Name: v.say("上班还是放假", "Worked or off")}, {Name: v.say("来源", "From")}}}
}
