package policy

import (
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
)

func (l *loader) service(raw rawBlock) {
	b, m := l.block(raw)
	b.Name = l.label(m.Need("name"))
	x := &Service{Block: b, For: l.oneOf(m.Need("for"), "person", "household", "provider", "area"), About: l.expr(m.Get("about"), rule.BoolType), When: l.when(m.Get("when")), Rounding: l.rounding(m.Get("rounding"))}
	for _, n := range l.Items(m.Get("obligations")) {
		o := l.obligation(n)
		if slices.ContainsFunc(x.Obligations, func(other Obligation) bool { return other.ID == o.ID }) {
			l.At(n, "pack.duplicate", text.Say("服务 %s 重复", "the obligation %s is repeated", o.ID), fault.Text{})
		}
		x.Obligations = append(x.Obligations, o)
	}
	if pays := m.Get("pays"); pays != nil {
		inner := l.Map(pays)
		x.Pays = &ServicePay{Amount: l.expr(inner.Need("amount"), rule.MoneyType), To: l.label(inner.Need("to")), Fund: l.fund(inner.Get("fund")),
			Every: l.period(inner.Need("every"), EveryMonth, EveryQuarter, EveryHalfYear, EveryYear, Once, PerEvent)}
		inner.Done()
	}
	m.Done()
	l.pack.Services = append(l.pack.Services, x)
}

func (l *loader) obligation(n *text.Node) Obligation {
	m := l.Map(n)
	o := Obligation{ID: l.Report.Text(m.Need("id")), Label: l.label(m.Need("label")), Who: l.office(m.Get("who")), Count: 1,
		Every: l.period(m.Need("every"), EveryDay, EveryWeek, EveryMonth, EveryQuarter, EveryHalfYear, EveryYear, Once)}
	if count := m.Get("count"); count != nil {
		o.Count = l.Int(count)
	}
	if window := m.Get("window"); window != nil && window.Value != "calendar" {
		if window.Value == "rolling" {
			window = literalNode(window, "'rolling'")
		}
		o.Window = l.expr(window, rule.TextType)
	}
	m.Done()
	return o
}

func (l *loader) procedure(raw rawBlock) {
	b, m := l.block(raw)
	b.Name = l.label(m.Need("name"))
	x := &Procedure{Block: b, Applicants: l.labels(m.Get("applicants")), FoundBy: l.labels(m.Get("found_by")), Refusal: l.label(m.Get("refusal")), Incomplete: l.label(m.Get("incomplete")), Papers: l.labels(m.Get("papers")), Begins: l.dayExpr(m.Get("begins"))}
	for _, n := range l.Items(m.Get("documents")) {
		x.Documents = append(x.Documents, l.paper(n))
	}
	ids := []string{"start"}
	for _, n := range l.Items(m.Get("steps")) {
		x.Steps = append(x.Steps, l.step(n, &ids))
	}
	for i, s := range x.Steps {
		if s.ObjectionTo != "" && !slices.Contains(ids, s.ObjectionTo) {
			l.At(l.Items(m.Get("steps"))[i].Get("objection_to"), "pack.unknown-reference", text.Say("没有步骤 %s", "there is no step %s", s.ObjectionTo), text.DidYouMean(s.ObjectionTo, ids))
		}
	}
	for _, n := range l.Items(m.Get("forms")) {
		form := l.form(n)
		if slices.ContainsFunc(x.Forms, func(other Form) bool { return other.ID == form.ID }) {
			l.At(n, "pack.duplicate", text.Say("表格 %s 重复", "the form %s is repeated", form.ID), fault.Text{})
		}
		x.Forms = append(x.Forms, form)
	}
	m.Done()
	l.pack.Procedures = append(l.pack.Procedures, x)
}

func (l *loader) paper(n *text.Node) Document {
	m := l.Map(n)
	d := Document{Name: l.label(m.Need("name")), Copies: 1, Original: "none", When: l.expr(m.Get("when"), rule.BoolType)}
	if copies := m.Get("copies"); copies != nil {
		d.Copies = l.Int(copies)
	}
	if original := m.Get("original"); original != nil {
		d.Original = l.oneOf(original, "kept", "shown", "none")
	}
	m.Done()
	return d
}

// step reads a step; a step may refer to those before it.
func (l *loader) step(n *text.Node, before *[]string) Step {
	m := l.Map(n)
	s := Step{ID: l.Report.Text(m.Need("id")), Act: l.label(m.Need("act")), Office: l.office(m.Get("office")), Within: l.deadline(m.Get("within")), At: l.labels(m.Get("at")), Shows: l.facts(m.Get("shows")), Counts: l.facts(m.Get("counts")),
		ObjectionTo: m.Text("objection_to"), When: l.expr(m.Get("when"), rule.BoolType), Simplified: l.expr(m.Get("simplified"), rule.BoolType), Skipped: l.expr(m.Get("skipped"), rule.BoolType)}
	if from := m.Get("from"); from != nil {
		if s.From = l.Report.Text(from); !slices.Contains(*before, s.From) {
			l.At(from, "pack.unknown-reference", text.Say("前面没有步骤 %s", "there is no earlier step %s", s.From), text.DidYouMean(s.From, *before))
		}
	}
	if slices.Contains(*before, s.ID) {
		l.At(n, "pack.duplicate", text.Say("步骤 %s 重复", "the step %s is repeated", s.ID), fault.Text{})
	}
	if len(s.Counts) > 0 {
		m.Need("office")
	}
	*before = append(*before, s.ID)
	m.Done()
	return s
}

// facts reads a list of names of the vocabulary.
func (l *loader) facts(n *text.Node) []string {
	var names []string
	for _, item := range l.Items(n) {
		name := l.Report.Text(item)
		if l.pack.Vocabulary.Facts[name] == nil {
			l.unknownFact(item, "pack.unknown-reference", name)
		}
		names = append(names, name)
	}
	return names
}

func (l *loader) screen(raw rawBlock) {
	b, m := l.block(raw)
	b.Name = l.label(m.Need("name"))
	x := &Screen{Block: b, For: l.oneOf(m.Need("for"), "person", "household", "provider", "area"), Sources: l.labels(m.Need("sources")), About: l.expr(m.Get("about"), rule.BoolType), When: l.when(m.Get("when")),
		Finding: l.expr(m.Need("finding"), rule.BoolType), Found: l.label(m.Need("finding_label")), Action: l.label(m.Need("action")), Office: l.office(m.Get("office")),
		Within: l.deadline(m.Get("within")), By: l.dayExpr(m.Get("by")), Ledger: l.ledger(m.Get("ledger"))}
	m.Done()
	l.pack.Screens = append(l.pack.Screens, x)
}

func (l *loader) duty(raw rawBlock) {
	b, m := l.block(raw)
	b.Name = l.label(m.Need("name"))
	x := &Duty{Block: b, Form: l.oneOf(m.Need("kind"), "report", "task", "supervision", "ledger", "role"), Who: l.offices(m.Get("who")), To: l.offices(m.Get("to")), Lead: l.office(m.Get("lead")),
		Responsible: l.offices(m.Get("responsible")), Content: l.label(m.Get("content")), By: l.dayExpr(m.Get("by")), Roll: l.expr(m.Get("roll"), rule.BoolType), Ledger: l.ledger(m.Get("ledger"))}
	for _, n := range l.Items(m.Get("due")) {
		x.Yearly = append(x.Yearly, l.monthDay(n))
	}
	if monthly := m.Get("monthly"); monthly != nil {
		if x.Monthly = int(l.Int(monthly)); x.Monthly < 1 || x.Monthly > 31 {
			l.At(monthly, "pack.monthly", text.Say("monthly 是每月的几日，1 到 31", "monthly is a day of the month, 1 to 31"), fault.Text{})
		}
	}
	if every := m.Get("every"); every != nil {
		x.Every = l.period(every, EveryWeek, EveryMonth, EveryQuarter, EveryHalfYear, EveryYear)
	}
	if indicator := m.Get("indicator"); indicator != nil {
		x.Indicator = l.indicator(indicator)
	}
	m.Done()
	if len(x.Who) == 0 && x.Lead == "" {
		l.At(raw.node, "pack.duty", text.Say("没有写明由谁负责（who 或 lead）", "it does not say whose duty it is (who or lead)"), fault.Text{})
	}
	l.pack.Duties = append(l.pack.Duties, x)
}

func (l *loader) indicator(n *text.Node) *Indicator {
	m := l.Map(n)
	x := &Indicator{Counts: l.labelMap(m.Need("counts")), Position: n}
	outer := l.env
	defer func() { l.env = outer }()
	var names []rule.Variable
	for id, label := range x.Counts {
		names = append(names, rule.Variable{Name: "count." + id, Type: rule.IntType, Label: label})
	}
	l.extend(names)
	if value := m.Need("value"); value != nil {
		if x.Value = l.env.Compile(&l.Report, value, rule.NoType); x.Value != nil {
			x.IsRate = x.Value.Type == rule.RateType
			if !x.IsRate && x.Value.Type != rule.IntType {
				l.At(value, "rule.result-type", text.Say("指标应是比例或数目", "an indicator is a rate or a count"), fault.Text{})
				x.Value = nil
			}
		}
	}
	for _, field := range l.Report.Fields(m.Need("targets")) {
		if x.Value != nil { // without it the targets' type is not known
			x.Targets = append(x.Targets, Target{By: l.Day(field.Key), Value: l.target(field.Value, x.IsRate)})
		}
	}
	slices.SortStableFunc(x.Targets, func(a, b Target) int { return int(a.By) - int(b.By) })
	if direction := m.Get("direction"); direction != nil {
		x.AtMost = l.oneOf(direction, "at-least", "at-most") == "at-most"
	}
	m.Done()
	return x
}

// target reads 85%, 3115 or an expression.
func (l *loader) target(n *text.Node, isRate bool) *rule.Expression {
	if !isRate {
		return l.expr(n, rule.IntType)
	}
	if rate, err := money.ParseRate(n.Value); err == nil {
		return l.expr(literalNode(n, "pct('"+strings.TrimSuffix(rate.String(), "%")+"')"), rule.RateType)
	}
	return l.expr(n, rule.RateType)
}

func (l *loader) transition(raw rawBlock) {
	b, m := l.block(raw)
	b.Name = l.label(m.Need("name"))
	x := &Transition{Block: b, Benefits: m.Texts("benefits"), Settlements: m.Texts("settlements"), From: l.dayExpr(m.Need("from")), To: l.dayExpr(m.Need("to")),
		Applies: l.expr(m.Get("applies"), rule.BoolType), MetOn: l.dayExpr(m.Get("met_on")), Due: l.dayExpr(m.Get("due"))}
	if procedure := m.Get("procedure"); procedure != nil {
		x.Procedure = l.oneOf(procedure, "required", "waived")
	}
	if bills := m.Get("bills"); bills != nil {
		x.Bills = l.oneOf(bills, "preview", "resettle", "on-request", "none")
	}
	m.Done()
	l.pack.Transition = append(l.pack.Transition, x)
}

func (l *loader) outside(raw rawBlock) {
	b, m := l.block(raw)
	x := &Outside{Block: b, Reason: l.label(m.Need("reason"))}
	b.Name = x.Reason
	m.Done()
	l.pack.Outside = append(l.pack.Outside, x)
}
