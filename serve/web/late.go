package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"doudi/decide/explain"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/calendar"
	"doudi/record/store"
	slips "doudi/record/task"
)

// lateRow is what is late in one place in one matter: of people it says how many they are.
type lateRow struct {
	Place, Name string
	Path        string // the list behind it; "" for none
	Matter      string
	Count       int
	Owed        money.Fen  // of money
	Due         period.Day // the earliest; 0 where that was not noted
	Left        int        // working days, below 0
}

// latePart is what is overdue by what documents set: places by matters, the list behind a number, and what is owed to institutions.
type latePart struct {
	Matters []string // schemes, in their order
	Towns   []lateTown
	List    []lateRow
	Owed    []lateRow
	Asked   string // the matter that the list is narrowed to
	Town    ident.Division
	Slips   []slips.Slip // that were sent about the town and the matter, and are not closed
}

// lateTown is a line of the table of places by matters.
type lateTown struct {
	Name    string
	Code    ident.Division
	Counts  []int // by matter
	Longest lateRow
}

// fillLate finds what is overdue in a division: of the county by its towns, of a town village by village.
func (v *view) fillLate(tx *store.Tx, p *overviewPage, s monthEnd, of ident.Division, digits int, places names) error {
	days, err := calendar.Of(tx)
	if err != nil {
		return err
	}
	rows := v.lateIn(s, of, digits)
	for i := range rows {
		r := &rows[i]
		if r.Due != 0 {
			if r.Left, err = leftUntil(days, v.today(), r.Due); err != nil {
				return err
			}
		}
		r.Name = places[ident.Division(r.Place)]
	}
	slices.SortStableFunc(rows, func(a, b lateRow) int {
		return cmp.Or(cmp.Compare(a.Left, b.Left), strings.Compare(a.Place, b.Place), strings.Compare(a.Matter, b.Matter))
	})
	if digits == villageDigits {
		p.Late.Asked, p.Late.Town = v.asked("matter"), of
		for _, r := range rows {
			if p.Late.Asked == "" || r.Matter == p.Late.Asked {
				p.Late.List = append(p.Late.List, r)
			}
		}
		return v.fillSlips(tx, &p.Late)
	}
	p.Late.table(rows)
	return v.fillOwed(tx, p, days)
}

// lateIn are the reviews that are late by a document, added up by place and benefit.
func (v *view) lateIn(s monthEnd, of ident.Division, digits int) (rows []lateRow) {
	for _, one := range s.stands {
		if one.Verdict != explain.ReviewDue || one.ReviewBy >= v.today() || !ident.Contains(of, one.Division) {
			continue
		}
		place := string(one.Division[:min(len(one.Division), digits)])
		i := slices.IndexFunc(rows, func(r lateRow) bool { return r.Place == place && r.Matter == one.Scheme })
		if i < 0 {
			i, rows = len(rows), append(rows, lateRow{Place: place, Matter: one.Scheme, Due: one.ReviewBy})
		}
		rows[i].Count += one.Subjects
		if one.ReviewBy != 0 && (rows[i].Due == 0 || one.ReviewBy < rows[i].Due) {
			rows[i].Due = one.ReviewBy
		}
	}
	return rows
}

// table sets rows out by places and matters.
func (l *latePart) table(rows []lateRow) {
	for _, r := range rows {
		if !slices.Contains(l.Matters, r.Matter) {
			l.Matters = append(l.Matters, r.Matter)
		}
	}
	slices.Sort(l.Matters)
	for _, r := range rows { // what is late longest comes first, and is the first of its place
		i := slices.IndexFunc(l.Towns, func(t lateTown) bool { return string(t.Code) == r.Place })
		if i < 0 {
			i, l.Towns = len(l.Towns), append(l.Towns, lateTown{Name: r.Name, Code: ident.Division(r.Place), Counts: make([]int, len(l.Matters)), Longest: r})
		}
		l.Towns[i].Counts[slices.Index(l.Matters, r.Matter)] += r.Count
	}
}

// fillOwed finds what the county's special accounts should have paid to institutions.
func (v *view) fillOwed(tx *store.Tx, p *overviewPage, days *period.Calendar) error {
	owed, err := v.owedBy(tx)
	for _, o := range owed {
		if o.Overdue == 0 {
			continue
		}
		r := lateRow{Name: o.Name, Path: o.Path, Matter: v.in(o.FundName), Count: o.Overdue, Due: o.First, Owed: o.Late}
		if r.Left, err = leftUntil(days, v.today(), o.First); err != nil {
			return err
		}
		p.Late.Owed = append(p.Late.Owed, r)
	}
	return err
}

// owedSum is what all of it comes to: the list is whole.
func (v *view) owedSum(list []lateRow) []string {
	count, amount := 0, money.Fen(0)
	for _, r := range list {
		count, amount = count+r.Count, amount+r.Owed
	}
	return []string{v.say("合计", "Total"), "", itoa(count), amount.Grouped(), ""}
}

// lateAddress is the list behind a number: a town's, of one matter.
func lateAddress(town ident.Division, matter string) string {
	return "/overview/" + string(town) + "?" + url.Values{"matter": {matter}}.Encode() + "#late"
}

// lateTag is how long something is late.
func (v *view) lateTag(r lateRow) string {
	if r.Due == 0 {
		return v.say("已到期", "overdue")
	}
	return v.left(deadline{Left: r.Left})
}

// lateTable heads the table of places by matters.
func (v *view) lateTable(l latePart) table {
	t := table{Name: v.say("逾期事项", "Overdue"), Shown: len(l.Towns), Empty: v.say("没有逾期的事项。", "Nothing is overdue."), Columns: []column{{Name: v.say("乡镇", "Town")}}}
	for _, m := range l.Matters {
		t.Columns = append(t.Columns, column{Name: v.schemeName(m), Figures: true})
	}
	t.Columns = append(t.Columns, column{Name: v.say("最久", "Longest")})
	return t
}

// noneLate says why a list of what is overdue is empty.
func (v *view) noneLate(p overviewPage) string {
	if p.Late.Asked != "" {
		return v.say("这里没有逾期的这类事项。", "Nothing of this kind is overdue here.")
	}
	return v.say("这里没有逾期的事项。", "Nothing is overdue here.")
}
