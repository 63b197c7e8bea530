package present

import (
	"fmt"
	"strconv"

	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

// page is a page about one block for a person on a day.
func (t teller) page(b *policy.Block, s *subject.Subject, on period.Day, sections ...Section) *Page {
	fields := t.asked(s, on)
	if clause := t.clauseOf(b); clause != "" {
		fields = append(fields, Field{Name: t.say("条文", "Clause"), Value: b.Clause.Number + " " + t.in(b.Clause.Title)})
	}
	return &Page{Lang: t.lang(), Title: t.in(b.Name), Mark: t.mark(), Fields: fields, Sections: sections}
}

// Service is what somebody is owed and how far it was done.
func Service(r *entitle.ServiceOutcome, s *subject.Subject, o Options) *Page {
	t := teller{Options: o, basis: r.Basis}
	main := Section{Title: t.say("为什么", "Why"), Status: t.owed(r), Tone: verdictTones[r.Verdict], Items: t.items(r.Reasons)}
	sections := []Section{main}
	if len(r.Obligations) > 0 {
		sections = append(sections, t.obligations(r))
	}
	sections = append(sections, t.wanted(r.Missing)...)
	return t.page(r.Service.Block, s, r.On, append(sections, t.readings(r.Questions)...)...)
}

// owed is a service's verdict: it is people who are owed something, whether or not somebody is paid for doing it.
func (t teller) owed(r *entitle.ServiceOutcome) string {
	if owes(r) {
		return t.say("应提供", "owed")
	}
	return t.verdict(r.Verdict)
}

func owes(r *entitle.ServiceOutcome) bool {
	return r.Verdict == explain.Covered || r.Verdict == explain.Pays
}

func (t teller) obligations(r *entitle.ServiceOutcome) Section {
	table := &Table{Columns: []Column{{Title: t.say("事项", "Act"), Flex: true}, {Title: t.say("责任方", "By")}, {Title: t.say("要求", "Owed")},
		{Title: t.say("期间", "Window")}, {Title: t.say("已做", "Done"), Right: true}, {Title: t.say("应于", "Due")}, {Title: t.say("状态", "State"), Toned: true}}}
	for _, ob := range r.Obligations {
		owed := t.every(ob.Obligation.Every) + t.say(" %d 次", ", %d times", ob.Obligation.Count)
		row := Row{Tone: Waiting, Cells: []string{t.in(ob.Obligation.Label), t.who(ob.Obligation.Who), owed, t.days(ob.Window), strconv.FormatInt(ob.Done, 10), dayOr(ob.Due), t.say("未完成", "open")}}
		switch {
		case !ob.Known:
			row.Cells[3], row.Cells[4], row.Cells[5], row.Cells[6] = "", "", "", t.say("待定", "open")
		case ob.Met:
			row.Tone, row.Cells[6] = Good, t.say("已完成", "done")
		}
		table.Rows = append(table.Rows, row)
	}
	s := Section{Title: t.say("应做的事", "What is owed"), Table: table}
	if r.Pays != nil && r.Pays.Known {
		s.Notes = append(s.Notes, t.say("服务方报酬 ", "paid to the provider ")+t.formula(*r.Pays)+t.equals(r.Pays)+t.say(" 元", " yuan"))
	}
	return s
}

// equals adds the result to a formula that is more than a figure.
func (t teller) equals(a *explain.Amount) string {
	if shown := a.Value.Grouped(); t.formula(*a) != shown {
		return " = " + shown
	}
	return ""
}

// Procedure is an application's way: what to bring, each step with its office and its last day.
func Procedure(r *entitle.ProcedureOutcome, s *subject.Subject, o Options) *Page {
	t := teller{Options: o, basis: r.Basis}
	p := r.Procedure
	var head Section
	for _, line := range []struct {
		name  string
		value string
	}{{t.say("谁可以申请", "Who may apply"), t.texts(p.Applicants)}, {t.say("由谁发现", "Found by"), t.texts(p.FoundBy)},
		{t.say("材料不全", "If incomplete"), t.in(p.Incomplete)}, {t.say("不予受理", "If refused"), t.in(p.Refusal)}, {t.say("存档", "Papers kept"), t.texts(p.Papers)}} {
		if line.value != "" {
			head.Fields = append(head.Fields, Field{Name: line.name, Value: line.value})
		}
	}
	sections := []Section{head, t.documents(r), t.steps(r)}
	sections = append(sections, t.wanted(r.Missing)...)
	return t.page(p.Block, s, r.On, append(sections, t.readings(r.Questions)...)...)
}

func (t teller) documents(r *entitle.ProcedureOutcome) Section {
	s := Section{Title: t.say("要带的材料", "Documents to bring")}
	originals := map[string]string{"kept": t.say("收原件", "original kept"), "shown": t.say("原件核对后退还", "original shown and returned"), "none": t.say("复印件", "copy")}
	for _, d := range r.Documents {
		if d.Needed == rule.NotMet {
			continue
		}
		item := Item{Text: fmt.Sprintf("%s × %d %s", t.in(d.Document.Name), d.Document.Copies, originals[d.Document.Original])}
		if d.Needed == rule.Unknown {
			item.Mark = Open
			item.Notes = append(item.Notes, t.say("是否需要，要看：", "whether it is needed depends on: ")+t.lackings(d.Missing))
		}
		s.Items = append(s.Items, item)
	}
	if len(s.Items) == 0 {
		s.Notes = append(s.Notes, t.say("不需要材料", "none"))
	}
	return s
}

func (t teller) lackings(names []string) string {
	var words []string
	for _, name := range names {
		words = append(words, t.lacking(name))
	}
	return t.list(words)
}

func (t teller) steps(r *entitle.ProcedureOutcome) Section {
	table := &Table{Columns: []Column{{Title: t.say("序", "No."), Right: true}, {Title: t.say("步骤", "Step"), Flex: true}, {Title: t.say("经办", "Office"), Flex: true},
		{Title: t.say("起算", "From")}, {Title: t.say("最迟", "Due")}, {Title: t.say("办结", "Done")}, {Title: t.say("状态", "State"), Toned: true}}}
	for i, step := range r.Steps {
		if step.Applies == rule.NotMet {
			continue
		}
		state, tone := t.stepState(step)
		act := t.in(step.Step.Act)
		if len(step.Step.At) > 0 {
			act += t.brackets(t.texts(step.Step.At))
		}
		table.Rows = append(table.Rows, Row{Tone: tone, Cells: []string{strconv.Itoa(i + 1), act, t.who(step.Step.Office), dayOr(step.From), dayOr(step.Due), dayOr(step.Done), state}})
	}
	return Section{Title: t.say("办理步骤", "Steps"), Table: table}
}

func (t teller) stepState(step entitle.StepState) (string, Tone) {
	switch {
	case step.Skipped == rule.Met:
		return t.say("免办", "skipped"), Good
	case step.Late:
		return t.say("逾期", "late"), Bad
	case step.Done != nil:
		return t.say("已办", "done"), Good
	case step.Applies == rule.Unknown || step.Skipped == rule.Unknown:
		return t.say("待定", "open"), Waiting
	case step.Simplified == rule.Met:
		return t.say("简化", "simplified"), Neutral
	default:
		return t.say("待办", "to do"), Neutral
	}
}

func dayOr(day *period.Day) string {
	if day == nil {
		return "–"
	}
	return day.String()
}

// Screen is a finding and what must be done about it.
func Screen(r *entitle.Finding, s *subject.Subject, o Options) *Page {
	t := teller{Options: o, basis: r.Basis}
	status, tone := t.say("未发现", "nothing found"), Good
	switch {
	case r.Verdict == explain.NotConcerned:
		status, tone = t.verdict(r.Verdict), Neutral
	case r.Found == rule.Met:
		status, tone = t.say("发现：", "found: ")+t.in(r.Screen.Found), Bad
	case r.Found == rule.Unknown:
		status, tone = t.verdict(explain.DocumentsNeeded), Waiting
	}
	main := Section{Title: t.say("比对结果", "Finding"), Status: status, Tone: tone, Items: t.items(r.Reasons)}
	if r.Found == rule.Met && r.Verdict != explain.NotConcerned {
		action := t.who(r.Screen.Office) + t.say("：", ": ") + t.in(r.Screen.Action)
		if r.Due != nil {
			action += t.say("，最迟 %s", ", by %s", *r.Due)
		}
		main.Notes = append(main.Notes, action)
	}
	sections := append([]Section{main}, t.wanted(r.Missing)...)
	return t.page(r.Screen.Block, s, r.On, append(sections, t.readings(r.Questions)...)...)
}

// Duty is where an office stands with what it owes.
func Duty(r *entitle.DutyOutcome, s *subject.Subject, o Options) *Page {
	t := teller{Options: o, basis: r.Basis}
	d := r.Duty
	main := Section{Fields: []Field{{Name: t.say("责任单位", "Who"), Value: t.whos(d.Who)}, {Name: t.say("内容", "What"), Value: t.in(d.Content)}}}
	add := func(name, value string) {
		if value != "" {
			main.Fields = append(main.Fields, Field{Name: name, Value: value})
		}
	}
	add(t.say("报送", "To"), t.whos(d.To))
	if d.Lead != "" {
		add(t.say("牵头", "Lead"), t.who(d.Lead))
	}
	add(t.say("配合", "With"), t.whos(d.Responsible))
	if r.Due != nil {
		due := r.Due.String()
		if r.Rolled {
			due += t.brackets(t.say("遇节假日顺延", "moved from a day off"))
		}
		add(t.say("下次期限", "Next due"), due)
	}
	if d.Indicator != nil {
		t.indicator(r, &main, add)
	}
	sections := append([]Section{main}, t.wanted(r.Missing)...)
	return t.page(d.Block, s, r.On, sections...)
}

func (t teller) indicator(r *entitle.DutyOutcome, s *Section, add func(name, value string)) {
	if r.Value != nil {
		value := rule.Display(r.Value, t.Lang)
		if r.Figure != nil {
			if formula := r.Figure.Formula(t.Lang); formula != value {
				value = formula + " = " + value
			}
		}
		add(t.say("现在", "Now"), value)
	}
	if r.Target != nil {
		target := rule.Display(r.Target, t.Lang)
		if r.TargetBy != nil {
			target = t.say("%s 前 ", "by %s ", *r.TargetBy) + target
		}
		add(t.say("目标", "Target"), target)
	}
	switch r.Met {
	case rule.Met:
		s.Status, s.Tone = t.say("已达标", "reached"), Good
	case rule.NotMet:
		s.Status, s.Tone = t.say("未达标", "not reached"), Bad
	default:
		s.Status, s.Tone = t.say("待定", "open"), Waiting
	}
	s.Title = t.say("指标", "Indicator")
}

// Transition is what a change of policy means for the time before.
func Transition(r *entitle.TransitionOutcome, s *subject.Subject, o Options) *Page {
	t := teller{Options: o, basis: r.Basis}
	section := t.transition(r)
	section.Title = t.say("为什么", "Why")
	sections := append([]Section{section}, t.wanted(r.Missing)...)
	return t.page(r.Transition.Block, s, r.On, append(sections, t.readings(r.Questions)...)...)
}

func (t teller) transition(r *entitle.TransitionOutcome) Section {
	s := Section{Title: t.in(r.Transition.Name) + t.brackets(t.clauseOf(r.Transition.Block)), Status: t.say("适用", "applies"), Tone: Good}
	switch r.Applies {
	case rule.NotMet:
		s.Status, s.Tone = t.say("不适用", "does not apply"), Neutral
	case rule.Unknown:
		s.Status, s.Tone = t.verdict(explain.DocumentsNeeded), Waiting
	}
	if r.Span != nil {
		s.Notes = append(s.Notes, t.say("涉及期间 ", "time concerned: ")+t.days(*r.Span))
	}
	if r.Applies != rule.Met {
		return s
	}
	for _, b := range r.Benefits {
		if len(b.Months) == 0 {
			continue
		}
		line := t.say("%s：补发 %d 个月，共 %s", "%s: %d months of arrears, %s in all", t.in(b.Benefit.Name), len(b.Months), t.yuan(b.Amount))
		s.Notes = append(s.Notes, line+t.brackets(t.monthsFrom(b.Months)))
	}
	switch {
	case len(r.Transition.Settlements) == 0:
	case r.Covered == rule.Met:
		s.Notes = append(s.Notes, t.say("这次就诊在涉及期间内", "the visit lies in that time"))
	case r.Covered == rule.NotMet:
		s.Notes = append(s.Notes, t.say("这次就诊不在涉及期间内", "the visit does not lie in that time"))
	}
	if r.Due != nil {
		s.Notes = append(s.Notes, t.say("最迟 %s 办结", "by %s", *r.Due))
	}
	return s
}

func (t teller) monthsFrom(list []entitle.MonthAmount) string {
	first, last := list[0].Month, list[len(list)-1].Month
	if first == last {
		return first.String()
	}
	return t.say("%s 至 %s", "%s to %s", first, last)
}

func (t teller) texts(list []fault.Text) string {
	var words []string
	for _, x := range list {
		words = append(words, t.in(x))
	}
	return t.list(words)
}
