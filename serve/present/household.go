package present

import (
	"strings"

	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Member is one person of a household with everything that was decided.
type Member struct {
	Subject *subject.Subject
	Dues    []Due
	Settled *settle.Result // of a bill; nil without one
	Owed    []*entitle.ServiceOutcome
}

// Household is a family in one table: who receives what, in a few words why, and under which clause.
func Household(name string, b *policy.Basis, on period.Day, members []Member, o Options) *Page {
	t := teller{Options: o, basis: b}
	table := &Table{Columns: []Column{{Title: t.say("成员", "Member")}, {Title: t.say("事项", "Matter"), Flex: true}, {Title: t.say("结论", "Verdict"), Toned: true},
		{Title: t.say("金额（元）", "Yuan"), Right: true}, {Title: t.say("周期", "Period")}, {Title: t.say("为什么", "Why"), Flex: true}, {Title: t.say("条文", "Clause")}}}
	monthly := money.Fen(0)
	var refused []Item
	var waiting []string
	for i, m := range members {
		f := t.member(m, i == 0)
		table.Rows, refused, waiting = append(table.Rows, f.rows...), append(refused, f.refused...), append(waiting, f.waiting...)
		monthly += monthlySum(t, m.Dues, i == 0)
	}
	s := Section{Table: table, Items: refused}
	if monthly > 0 {
		s.Notes = append(s.Notes, t.say("按月发放的合计 %s", "monthly payments together %s", t.yuan(monthly)))
	}
	if n := len(waiting); n > 0 {
		s.Notes = append(s.Notes, t.say("另有 %d 项缺材料，尚不能判定：", "documents are needed to decide %d more: ", n)+t.list(firstFew(waiting)))
	}
	fields := append(t.document(), Field{Name: t.say("判定日", "Day"), Value: on.String()})
	return &Page{Lang: t.lang(), Title: name, Mark: t.mark(), Fields: fields, Sections: []Section{s}}
}

func firstFew(words []string) []string {
	const few = 3
	if len(words) <= few {
		return words
	}
	return append(append([]string{}, words[:few]...), "…")
}

// findings are what is to say of one member.
type findings struct {
	rows    []Row
	refused []Item
	waiting []string // matters that cannot be decided yet
}

// member finds what a person receives, is refused and waits for. What is decided for a whole household is told once,
// with its first member.
func (t teller) member(m Member, first bool) (f findings) {
	add := func(tone Tone, cells ...string) {
		name := ""
		if len(f.rows) == 0 {
			name = t.name(m.Subject.Name)
		}
		f.rows = append(f.rows, Row{Tone: tone, Cells: append([]string{name}, cells...)})
	}
	for _, due := range m.Dues {
		o := due.Outcome
		if o.Benefit.For == "household" && !first {
			continue
		}
		switch o.Verdict {
		case explain.NotConcerned:
		case explain.DocumentsNeeded:
			f.waiting = append(f.waiting, t.name(m.Subject.Name)+" "+t.in(o.Benefit.Name))
		case explain.NotPayable, explain.NotSelected:
			f.refused = append(f.refused, Item{Mark: No, Text: t.name(m.Subject.Name) + " " + t.in(o.Benefit.Name) + t.say("：", ": ") + t.inShort(o) + t.brackets(t.clauseOf(o.Benefit.Block))})
		default:
			add(verdictTones[o.Verdict], t.in(o.Benefit.Name), t.verdict(o.Verdict), t.outcomeAmount(o), t.every(t.period(o.Benefit.Every)), t.inShort(o), o.Benefit.Clause.Number)
		}
	}
	if r := m.Settled; r != nil && r.Settlement != nil {
		add(verdictTones[r.Verdict], t.in(r.Settlement.Name), t.verdict(r.Verdict), ownSum(r).Grouped(), t.every(policy.PerEvent),
			t.say("账单 %s，个人付 %s", "a bill of %s, the patient pays %s", r.Bill.Total().Grouped(), r.Patient.Grouped()), r.Settlement.Clause.Number)
	}
	for _, r := range m.Owed {
		if owes(r) {
			add(Good, t.in(r.Service.Name), t.owed(r), "–", "", t.nextDue(r), r.Service.Clause.Number)
		}
	}
	return f
}

// inShort is why an outcome is what it is, in a few words.
func (t teller) inShort(o *entitle.Outcome) string {
	if note := t.in(o.Note); note != "" {
		return note
	}
	switch o.Verdict {
	case explain.NotPayable, explain.NotSelected:
		return t.say("不符合：", "not met: ") + t.labels(o.Unmet)
	}
	if formula := o.Amount.Figure; o.Amount.Known && formula.Expression != nil && !t.hidden(o.Amount.Uses) {
		if shown := formula.Formula(t.Lang); strings.ContainsAny(shown, "×÷+−") {
			return shown
		}
	}
	switch n := len(o.Reasons); n {
	case 0:
		return t.say("属于涉及对象", "one of those concerned")
	case 1:
		return t.in(o.Reasons[0].Label)
	default:
		return t.say("%d 项条件全部符合", "all %d conditions are met", n)
	}
}

func (t teller) nextDue(r *entitle.ServiceOutcome) string {
	var words []string
	for _, ob := range r.Obligations {
		if ob.Due != nil && !ob.Met {
			words = append(words, t.in(ob.Obligation.Label)+t.say(" 最迟 ", " by ")+ob.Due.String())
		}
	}
	if len(words) == 0 {
		return t.say("本期已做到", "done for this period")
	}
	return t.list(words)
}

// ownSum is what this pack's own payers bear of a bill.
func ownSum(r *settle.Result) money.Fen {
	sum := money.Fen(0)
	for i := range r.Payers {
		if p := &r.Payers[i]; p.Own() && p.Group == nil && p.Known {
			sum += p.Amount
		}
	}
	return sum
}

// monthlySum adds up what is paid each month; what is decided for a whole household counts once, with its first member.
func monthlySum(t teller, dues []Due, first bool) money.Fen {
	sum := money.Fen(0)
	for _, due := range dues {
		if due.Outcome.Benefit.For == "household" && !first {
			continue
		}
		if t.period(due.Outcome.Benefit.Every) == policy.EveryMonth && due.Outcome.Benefit.Form == "cash" {
			sum += due.Outcome.Due()
		}
	}
	return sum
}
