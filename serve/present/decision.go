package present

import (
	"strconv"
	"strings"

	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Due is a benefit's outcome with what falls due in the period of payment that holds the asked day.
type Due struct {
	Outcome *entitle.Outcome
	Payment *entitle.Payment // nil when it is paid in the rhythm it is due, or nothing is
}

// Decision is every benefit for one person on one day, first in a table and then each with its reasons. Benefits that do
// not concern the person are only named. Back pay is what changes of policy leave for the time before.
func Decision(d *entitle.Decision, s *subject.Subject, dues []Due, back []*entitle.TransitionOutcome, o Options) *Page {
	t := teller{Options: o, basis: d.Basis}
	page := &Page{Lang: t.lang(), Title: t.say("待遇判定", "What is due"), Mark: t.mark(), Fields: t.asked(s, d.On)}
	page.Sections = append(page.Sections, t.overview(dues))
	for _, due := range dues {
		if due.Outcome.Verdict != explain.NotConcerned {
			page.Sections = append(page.Sections, t.outcome(due))
		}
	}
	for _, b := range back {
		page.Sections = append(page.Sections, t.transition(b))
	}
	page.Sections = append(page.Sections, t.readings(questionsOf(dues, back))...)
	return page
}

// asked is what every page about a person on a day begins with.
func (t teller) asked(s *subject.Subject, on period.Day) []Field {
	return append(t.document(), Field{Name: t.say("对象", "Person"), Value: t.person(s, on)}, Field{Name: t.say("判定日", "Day"), Value: on.String()})
}

func questionsOf(dues []Due, back []*entitle.TransitionOutcome) []string {
	var ids []string
	seen := map[string]bool{}
	add := func(list []string) {
		for _, id := range list {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	for _, due := range dues {
		if due.Outcome.Verdict != explain.NotConcerned {
			add(due.Outcome.Questions)
		}
	}
	for _, b := range back {
		add(b.Questions)
	}
	return ids
}

// overview is the table of benefits.
func (t teller) overview(dues []Due) Section {
	table := &Table{Columns: []Column{{Title: t.say("待遇", "Benefit"), Flex: true}, {Title: t.say("结论", "Verdict"), Toned: true},
		{Title: t.say("标准（元）", "Amount (yuan)"), Right: true}, {Title: t.say("周期", "Period")},
		{Title: t.say("当期应发（元）", "Due (yuan)"), Right: true}, {Title: t.say("条文", "Clause")}}}
	s := Section{Table: table}
	var none []string
	for _, due := range dues {
		o := due.Outcome
		if o.Verdict == explain.NotConcerned {
			none = append(none, t.in(o.Benefit.Name))
			continue
		}
		table.Rows = append(table.Rows, Row{Tone: verdictTones[o.Verdict], Cells: []string{t.in(o.Benefit.Name), t.verdict(o.Verdict),
			t.outcomeAmount(o), t.every(t.period(o.Benefit.Every)), t.payable(due), o.Benefit.Clause.Number}})
	}
	if len(table.Rows) == 0 {
		s.Table = nil
		s.Notes = append(s.Notes, t.say("这份文件的各项待遇均不涉及此人", "none of the document's benefits concerns this person"))
	}
	if len(none) > 0 {
		s.Notes = append(s.Notes, t.say("不涉及：", "not concerned: ")+t.list(none))
	}
	return s
}

// shows tells whether an outcome has an amount to show.
func shows(o *entitle.Outcome) bool {
	return o.Benefit.Amount != nil && o.Amount.Known && (o.Verdict == explain.Pays || o.Verdict == explain.ReviewDue || o.Verdict == explain.Covered) || o.Decided != nil
}

func (t teller) outcomeAmount(o *entitle.Outcome) string {
	if !shows(o) {
		return "–"
	}
	return o.Amount.Value.Grouped()
}

func (t teller) payable(due Due) string {
	switch {
	case due.Payment != nil:
		return due.Payment.Amount.Grouped()
	case shows(due.Outcome) && due.Outcome.Benefit.Form != "in-kind":
		return due.Outcome.Amount.Value.Grouped()
	default:
		return "–"
	}
}

// Benefit is one benefit with its reasons, as a page of its own.
func Benefit(due Due, s *subject.Subject, o Options) *Page {
	t := teller{Options: o, basis: due.Outcome.Basis}
	page := &Page{Lang: t.lang(), Title: t.in(due.Outcome.Benefit.Name), Mark: t.mark(), Fields: t.asked(s, due.Outcome.On)}
	section := t.outcome(due)
	section.Title = t.why(due.Outcome.Verdict)
	page.Sections = append([]Section{section}, t.readings(due.Outcome.Questions)...)
	return page
}

func (t teller) why(v explain.Verdict) string {
	switch v {
	case explain.Pays, explain.Covered:
		return t.say("为什么发", "Why it is due")
	case explain.NotPayable, explain.NotSelected:
		return t.say("为什么不发", "Why it is not due")
	default:
		return t.say("为什么", "Why")
	}
}

// outcome is why a benefit is due or not.
func (t teller) outcome(due Due) Section {
	o := due.Outcome
	s := Section{Title: t.in(o.Benefit.Name), Status: t.verdict(o.Verdict), Tone: verdictTones[o.Verdict], Items: t.items(o.Reasons)}
	if clause := t.clauseOf(o.Benefit.Block); clause != "" {
		s.Title += t.brackets(clause)
	}
	s.Items = append(s.Items, t.amountItems(o)...)
	for _, name := range o.Missing {
		if !amongReasons(o.Reasons, name) {
			s.Items = append(s.Items, Item{Mark: Open, Text: t.say("还缺：", "needed: ") + t.lacking(name)})
		}
	}
	s.Notes = append(s.Notes, t.outcomeNotes(o)...)
	s.Notes = append(s.Notes, t.paymentNotes(due)...)
	return s
}

// amongReasons tells whether a missing fact is named with an open condition already.
func amongReasons(reasons []explain.Reason, name string) bool {
	for _, r := range reasons {
		for _, use := range r.Uses {
			if r.Truth == rule.Unknown && use.Variable.Name == name {
				return true
			}
		}
	}
	return false
}

// amountItems is the formula with what its figures are.
func (t teller) amountItems(o *entitle.Outcome) []Item {
	if !shows(o) || o.Decided != nil {
		return nil
	}
	text := t.say("金额 ", "amount ") + t.amountText(o) + t.say(" 元", " yuan") + t.per(o.Benefit)
	var facts []Fact
	for _, use := range o.Amount.Uses {
		if figure(use.Variable.Type) || use.Variable.Fact != nil {
			facts = append(facts, t.facts([]explain.Use{use}, false)...)
		}
	}
	return []Item{{Text: text, Facts: facts}}
}

// amountText is how an amount came about: the rule's formula, and what the household, stacking or an exit made of it.
func (t teller) amountText(o *entitle.Outcome) string {
	formula, shown := t.formula(o.Amount), o.Amount.Value.Grouped()
	worked, computed := o.Amount.Figure.Value.(rule.Money)
	switch {
	case formula == "" || formula == shown:
		return shown
	case !computed || money.Fen(worked) == o.Amount.Value:
		return formula + " = " + shown
	case o.Members != nil && o.Stacking == nil && o.Exit == nil:
		return t.say("每人 %s × %d 人 = %s", "%s a head × %d = %s", formula, o.Members.Count, shown)
	default:
		return t.say("按规则 %s，实为 %s", "%s by the rule, %s in the end", formula, shown)
	}
}

func (t teller) per(b *policy.Benefit) string {
	every := t.period(b.Every)
	if word, ok := spans[string(every)]; ok {
		return t.say("/", " a ") + t.in(word)
	}
	return t.say("，", ", ") + t.every(every)
}

// outcomeNotes say what else bears on the result.
func (t teller) outcomeNotes(o *entitle.Outcome) []string {
	var notes []string
	add := func(text fault.Text) {
		if shown := t.in(text); shown != "" {
			notes = append(notes, shown)
		}
	}
	add(t.note(o))
	replaced := t.replaced(o)
	if st := o.Stacking; st != nil && st.Note != o.Note && !replaced {
		add(st.Note)
	}
	if o.Idle && t.in(o.Note) == "" {
		notes = append(notes, t.say("本月不计发", "this month does not count"))
	}
	if o.Instead != nil && !replaced {
		notes = append(notes, t.instead(o.Instead))
	}
	if o.Decided != nil {
		notes = append(notes, t.decided(o))
	}
	if o.Bound != nil {
		notes = append(notes, t.say("核定金额不超过 %s", "at most %s may be decided", t.yuan(*o.Bound)))
	}
	if n := o.Nearest; n != nil && len(n.Unmet) > 0 {
		notes = append(notes, t.wouldChange(o, n))
	}
	for _, m := range o.Counters {
		if m.Counter != nil {
			notes = append(notes, t.say("累计 %s：此前 %s，本次 %s，此后 %s", "running total %s: before %s, this time %s, after %s", t.counted(m), m.Before.Grouped(), m.Delta.Grouped(), m.After.Grouped()))
		}
	}
	return notes
}

// replaced tells whether what came of another benefit, which the reader may not know, bears on this one.
func (t teller) replaced(o *entitle.Outcome) bool {
	return (o.Stacking != nil || o.Instead != nil) && t.partly(o.Benefit)
}

// note is what is said of an outcome besides its conditions.
func (t teller) note(o *entitle.Outcome) fault.Text {
	if t.replaced(o) {
		return fault.Text{ZH: "另有待遇代替或影响这一项", EN: "another benefit takes the place of this one, or bears on it"}
	}
	return o.Note
}

func (t teller) instead(i *policy.Instead) string {
	return t.say("改由%s保障：%s", "served by %s instead: %s", t.quoted(t.benefitName(i.Scheme)), t.in(i.Reason))
}

func (t teller) decided(o *entitle.Outcome) string {
	if t.HideSensitive || t.partly(o.Benefit) { // what a person wrote down may say anything
		return t.say("经人核定 %s", "decided by a person: %s", t.yuan(o.Decided.Amount))
	}
	by := o.Decided.By
	if by != "" {
		by = t.say("，核定人 ", ", by ") + by
	}
	return t.say("经人核定 %s，理由：%s%s", "decided by a person: %s, because: %s%s", t.yuan(o.Decided.Amount), o.Decided.Reason, by)
}

func (t teller) wouldChange(o *entitle.Outcome, n *entitle.Nearest) string {
	change := t.say("要改变结论，须：", "it would take: ") + t.labels(n.Unmet)
	if n.Known && n.Amount > 0 {
		change += t.say("；那时为 %s", "; then %s would be due", t.yuan(n.Amount)) + t.per(o.Benefit)
	}
	return change
}

// paymentNotes say when and how the money comes.
func (t teller) paymentNotes(due Due) []string {
	o := due.Outcome
	var notes []string
	if !shows(o) {
		return nil
	}
	if o.Starts != nil {
		notes = append(notes, t.say("自 %s 起计发", "paid from %s on", o.Starts.Month()))
	}
	if o.Ends != nil {
		notes = append(notes, t.say("发到 %s 止", "the last month is %s", o.Ends.Month()))
	}
	if p := due.Payment; p != nil {
		notes = append(notes, t.say("%s发放：%s 共 %s", "paid %s: for %s %s in all", t.rhythm(o.Benefit), t.days(p.Period), t.yuan(p.Amount))+t.months(p.Months))
	}
	var way []string
	if o.Benefit.Payer != "" {
		way = append(way, t.say("由%s发放", "paid by the %s", t.who(o.Benefit.Payer)))
	}
	if fund, ok := t.basis.Pack.Funds[o.Benefit.Fund]; ok {
		way = append(way, t.say("列支%s", "from the %s", t.in(fund)))
	}
	if to := t.in(o.Benefit.PaidTo); to != "" {
		way = append(way, t.say("付给%s", "to: %s", to))
	}
	if len(way) > 0 {
		notes = append(notes, strings.Join(way, t.say("，", ", ")))
	}
	return notes
}

func (t teller) rhythm(b *policy.Benefit) string {
	switch paid := t.period(b.Paid); paid {
	case policy.EveryMonth:
		return t.say("按月", "monthly")
	case policy.EveryQuarter:
		return t.say("按季", "quarterly")
	case policy.EveryHalfYear:
		return t.say("每半年", "each half-year")
	default:
		return t.every(paid)
	}
}

func (t teller) months(list []period.Month) string {
	if len(list) < 2 {
		return ""
	}
	return t.brackets(strconv.Itoa(len(list)) + t.say(" 个月", " months"))
}
