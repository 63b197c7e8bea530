package present

import (
	"fmt"

	"doudi/decide/policy"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

var blockKinds = map[string]fault.Text{"parameters": {ZH: "参数", EN: "parameters"}, "table": {ZH: "目录", EN: "table"}, "question": {ZH: "疑义", EN: "question"}, "benefit": {ZH: "待遇", EN: "benefit"},
	"settlement": {ZH: "结算", EN: "settlement"}, "service": {ZH: "服务", EN: "service"}, "procedure": {ZH: "程序", EN: "procedure"}, "screen": {ZH: "比对", EN: "screen"}, "duty": {ZH: "职责", EN: "duty"},
	"transition": {ZH: "过渡", EN: "transition"}, "outside": {ZH: "不由系统办理", EN: "outside the system"}}

// Impact is what a change of policy does to people on a day.
type Impact struct {
	On       period.Day
	People   int
	Benefits []ImpactBenefit
	Persons  []ImpactPerson
}

// ImpactBenefit is what it does to one benefit.
type ImpactBenefit struct {
	ID                       string
	Name                     fault.Text
	Every                    policy.Period // that the costs stand for
	Enter, Leave, Gain, Lose int
	Unknown                  int // people of whom facts are missing under either pack
	Before, After            money.Fen
}

// ImpactPerson is one person whose benefit changes; an amount is nil where there is none.
type ImpactPerson struct {
	Name          string
	Benefit       fault.Text
	Before, After *money.Fen
}

// Diff is a difference in words, with what it does to people where that was asked.
func Diff(d *policy.Difference, impact *Impact, o Options) *Page {
	t := teller{Options: o, basis: policy.NewBasis(d.New, nil)}
	page := &Page{Lang: t.lang(), Title: t.say("政策对比", "What changed"), Fields: []Field{{Name: t.say("原", "From"), Value: t.packLine(d.Old)}, {Name: t.say("新", "To"), Value: t.packLine(d.New)}}}
	counts := Section{Notes: t.counts(d)}
	for _, change := range d.Head {
		counts.Notes = append(counts.Notes, t.in(change.What)+t.say("：", ": ")+t.arrow(change))
	}
	page.Sections = append(page.Sections, counts)
	for _, c := range d.Clauses {
		page.Sections = append(page.Sections, t.clauseSection(c))
	}
	if impact != nil {
		page.Sections = append(page.Sections, t.impact(impact)...)
	}
	return page
}

func (t teller) packLine(p *policy.Pack) string {
	return p.ID + " " + p.Version + "  " + t.in(p.Title)
}

func (t teller) counts(d *policy.Difference) []string {
	added, removed, renamed, changes := 0, 0, 0, 0
	for _, c := range d.Clauses {
		switch c.Kind {
		case policy.Added:
			added++
		case policy.Removed:
			removed++
		case policy.Renamed:
			renamed++
		}
		changes += len(c.Changes)
	}
	if len(d.Clauses) == 0 {
		return []string{t.say("两个政策包的条文和规则没有不同", "the clauses and rules of the two packs are the same")}
	}
	return []string{t.say("条文新增 %d、删去 %d、改名 %d；规则变动 %d 处", "clauses: %d added, %d removed, %d renamed; %d changes of rules", added, removed, renamed, changes)}
}

func (t teller) clauseSection(c policy.ClauseChange) Section {
	s := Section{Title: c.Number + " " + t.in(c.Title)}
	switch c.Kind {
	case policy.Added:
		s.Status, s.Tone = t.say("新增", "added"), Good
	case policy.Removed:
		s.Status, s.Tone = t.say("删去", "removed"), Bad
	case policy.Renamed:
		s.Status, s.Tone = t.say("原为 ", "was ")+t.in(c.Was), Waiting
	}
	for _, change := range c.Changes {
		s.Items = append(s.Items, Item{Text: t.change(change)})
	}
	return s
}

// Changes are changes one by one, each in a sentence.
func Changes(list []policy.Change, o Options) []string {
	t := teller{Options: o}
	var said []string
	for _, c := range list {
		said = append(said, t.change(c))
	}
	return said
}

var changeWords = map[policy.ChangeKind]fault.Text{policy.Added: {ZH: "新增", EN: "added"}, policy.Removed: {ZH: "删去", EN: "removed"}, policy.Changed: {ZH: "改", EN: "changed"}}

func (t teller) change(c policy.Change) string {
	name := t.in(c.Block.Name)
	if name == "" || c.Block.Kind == "question" && t.english() {
		name = c.Block.ID
	}
	s := t.in(changeWords[c.Kind]) + " " + t.in(blockKinds[c.Block.Kind]) + " "
	switch what := t.in(c.What); {
	case c.Block.Kind == "parameters" && what != "":
		s += what
	case what != "":
		s += name + t.say("，", ", ") + what
	default:
		s += name
	}
	if arrow := t.arrow(c); arrow != "" {
		s += t.say("：", ": ") + arrow
	}
	return s
}

func (t teller) arrow(c policy.Change) string {
	old, latest := t.in(c.Old), t.in(c.New)
	switch {
	case old == "":
		return latest
	case latest == "":
		return old
	default:
		return old + " → " + latest
	}
}

// mostPersons is how many people an impact lists by name.
const mostPersons = 40

func (t teller) impact(i *Impact) []Section {
	table := &Table{Columns: []Column{{Title: t.say("待遇", "Benefit"), Flex: true}, {Title: t.say("新享受", "Enter"), Right: true}, {Title: t.say("不再享受", "Leave"), Right: true},
		{Title: t.say("增加", "Gain"), Right: true}, {Title: t.say("减少", "Lose"), Right: true}, {Title: t.say("缺材料", "Open"), Right: true}, {Title: t.say("周期", "Period")},
		{Title: t.say("原支出（元）", "Cost before"), Right: true}, {Title: t.say("新支出（元）", "Cost after"), Right: true}}}
	before, after := money.Fen(0), money.Fen(0)
	for _, b := range i.Benefits {
		if b == (ImpactBenefit{ID: b.ID, Name: b.Name, Every: b.Every}) {
			continue // nobody has it under either pack
		}
		table.Rows = append(table.Rows, Row{Cells: []string{t.in(b.Name), fmt.Sprint(b.Enter), fmt.Sprint(b.Leave), fmt.Sprint(b.Gain), fmt.Sprint(b.Lose), fmt.Sprint(b.Unknown), t.every(b.Every), b.Before.Grouped(), b.After.Grouped()}})
		if b.Every == policy.EveryMonth {
			before, after = before+b.Before, after+b.After
		}
	}
	table.Rows = append(table.Rows, Row{Kind: Sum, Cells: []string{t.say("按月的合计", "Monthly ones together"), "", "", "", "", "", t.every(policy.EveryMonth), before.Grouped(), after.Grouped()}})
	sections := []Section{{Title: t.say("对 %d 人的影响（%s，两个政策包都按当日施行测算）", "What it means for %d people (on %s, both packs taken as in force that day)", i.People, i.On), Table: table}}
	if len(i.Persons) == 0 {
		sections[0].Notes = append(sections[0].Notes, t.say("没有人的金额变动", "nobody's amount changes"))
		return sections
	}
	return append(sections, t.persons(i.Persons))
}

func (t teller) persons(list []ImpactPerson) Section {
	table := &Table{Columns: []Column{{Title: t.say("姓名", "Name")}, {Title: t.say("待遇", "Benefit"), Flex: true}, {Title: t.say("原（元）", "Before"), Right: true}, {Title: t.say("新（元）", "After"), Right: true}}}
	s := Section{Title: t.say("变动的人", "Who is affected"), Table: table}
	for i, p := range list {
		if i == mostPersons {
			s.Notes = append(s.Notes, t.say("另有 %d 项", "and %d more", len(list)-i))
			break
		}
		table.Rows = append(table.Rows, Row{Cells: []string{t.name(p.Name), t.in(p.Benefit), amountOr(p.Before), amountOr(p.After)}})
	}
	return s
}

func amountOr(f *money.Fen) string {
	if f == nil {
		return "–"
	}
	return f.Grouped()
}
