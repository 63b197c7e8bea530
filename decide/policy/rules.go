package policy

import (
	"slices"
	"strconv"
	"strings"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// kinds are the block kinds and how each is read; parameters, table and question have been read by declare.
var kinds = map[string]func(*loader, rawBlock){
	"parameters": nil, "table": nil, "question": nil,
	"benefit": (*loader).benefit, "settlement": (*loader).settlement, "service": (*loader).service,
	"procedure": (*loader).procedure, "screen": (*loader).screen, "duty": (*loader).duty,
	"transition": (*loader).transition, "outside": (*loader).outside,
}

func (l *loader) rules() {
	for _, raw := range l.raw {
		read, known := kinds[raw.kind]
		if !known {
			l.At(raw.node, "pack.kind", text.Say("没有 %s 这种规则块", "there is no block kind %s", raw.kind), text.DidYouMean(raw.kind, keysOf(kinds)))
			continue
		}
		if read != nil {
			read(l, raw)
		}
	}
}

// Small readers of what blocks share.

func (l *loader) expr(n *text.Node, t rule.Type) *rule.Expression {
	x := l.env.Compile(&l.Report, n, t)
	if x != nil && t != rule.NoType {
		l.noLineFacts(x)
	}
	return x
}

// noLineFacts refuses facts of a bill line where no line is looked at.
func (l *loader) noLineFacts(x *rule.Expression) {
	for _, name := range x.Refs {
		if strings.HasPrefix(name, "line.") {
			l.At(x.Node, "pack.line-fact", text.Say("%s 只能用在 lines 和 each_line 里", "%s can only be used in lines and each_line", name), fault.Text{})
		}
	}
}

// lineExpr is an expression over a bill line.
func (l *loader) lineExpr(n *text.Node, t rule.Type) *rule.Expression {
	return l.env.Compile(&l.Report, n, t)
}

// dayExpr reads a plain day or an expression of one.
func (l *loader) dayExpr(n *text.Node) *rule.Expression {
	if n == nil {
		return nil
	}
	if _, err := period.ParseDay(n.Value); err == nil && n.Kind == text.Scalar {
		return l.expr(literalNode(n, "day('"+n.Value+"')"), rule.DayType)
	}
	return l.expr(n, rule.DayType)
}

// literalNode is a plain value written as the expression that means it, at the same place.
func literalNode(n *text.Node, source string) *text.Node {
	written := *n
	written.Value = source
	return &written
}

func (l *loader) when(n *text.Node) []Condition {
	var conditions []Condition
	for _, item := range l.Items(n) {
		for _, field := range l.Report.Fields(item) {
			c := Condition{Label: l.translated(field.Key, fault.Text{ZH: field.Key.Value}), Test: l.expr(field.Value, rule.BoolType)}
			if field.Value.IsNull() {
				l.At(field.Key, "pack.condition", text.Say("条件没有表达式", "the condition has no expression"), fault.Text{})
			}
			conditions = append(conditions, c)
		}
	}
	return conditions
}

func (l *loader) rounding(n *text.Node) RoundingRule {
	if n == nil {
		return RoundingRule{}
	}
	if id, ok := strings.CutPrefix(l.Report.Text(n), "question."); ok {
		l.askedQuestion(n, id, rule.RoundingType)
		return RoundingRule{Question: id}
	}
	rounding, err := money.ParseRounding(l.Report.Text(n))
	l.Add(text.Placed(err, n))
	return RoundingRule{Fixed: rounding}
}

func (l *loader) askedQuestion(n *text.Node, id string, t rule.Type) *Question {
	q := l.pack.Questions[id]
	if q == nil || q.Type != t {
		hint := text.DidYouMean(id, keysOf(l.pack.Questions))
		if q != nil {
			hint = text.Say("%s 的类型是 %s", "%s is of type %s", id, q.Type)
		}
		l.At(n, "pack.unknown-question", text.Say("没有类型为 %s 的疑义 %s", "there is no question of type %s called %s", t, id), hint)
	}
	return q
}

func (l *loader) period(n *text.Node, words ...Period) Period {
	names := make([]string, len(words))
	for i, word := range words {
		names[i] = string(word)
	}
	return Period(l.oneOf(n, names...))
}

func (l *loader) periodRule(n *text.Node, words ...Period) PeriodRule {
	if n == nil {
		return PeriodRule{}
	}
	id, ok := strings.CutPrefix(l.Report.Text(n), "question.")
	if !ok {
		return PeriodRule{Fixed: l.period(n, words...)}
	}
	if q := l.askedQuestion(n, id, rule.TextType); q != nil {
		for _, reading := range q.Readings {
			if !slices.Contains(words, Period(reading.Key)) {
				l.At(n, "pack.period", text.Say("疑义 %s 的读法 %s 不是周期", "reading %[2]s of question %[1]s is not a period", id, reading.Key), fault.Text{})
			}
		}
	}
	return PeriodRule{Question: id}
}

func (l *loader) deadline(n *text.Node) *Deadline {
	if n == nil {
		return nil
	}
	if n.Kind == text.Mapping {
		m := l.Map(n)
		d := &Deadline{Count: l.expr(m.Need("count"), rule.IntType), Unit: l.oneOf(m.Need("unit"), "working-days", "natural-days", "months"), Roll: l.expr(m.Get("roll"), rule.BoolType)}
		m.Done()
		return d
	}
	match := deadlineForm.FindStringSubmatch(l.Report.Text(n))
	if match == nil {
		l.At(n, "pack.deadline", text.Say("期限“%s”写法不对", "the deadline “%s” is badly formed", n.Value), text.Say("写作 5 working days、5 natural days 或 1 months", "write 5 working days, 5 natural days or 1 months"))
		return nil
	}
	count, _ := strconv.Atoi(match[1]) // digits only, by the pattern; an absurd length is refused below
	if len(match[1]) > 4 {
		l.At(n, "pack.deadline", text.Say("期限过长", "the deadline is too long"), fault.Text{})
	}
	unit := map[byte]string{'w': "working-days", 'n': "natural-days", 'm': "months"}[match[2][0]]
	return &Deadline{Fixed: count, Unit: unit}
}

func (l *loader) length(n *text.Node) *Length {
	match := lengthForm.FindStringSubmatch(l.Report.Text(n))
	if match == nil || len(match[1]) > 4 {
		l.At(n, "pack.length", text.Say("时间长度“%s”写法不对", "the length “%s” is badly formed", l.Report.Text(n)), text.Say("写作 1 year、6 months 或 30 days", "write 1 year, 6 months or 30 days"))
		return &Length{}
	}
	count, _ := strconv.Atoi(match[1]) // digits only, by the pattern
	switch match[2][0] {
	case 'y':
		return &Length{Years: count}
	case 'm':
		return &Length{Months: count}
	default:
		return &Length{Days: count}
	}
}

func (l *loader) monthDay(n *text.Node) MonthDay {
	var d MonthDay
	if n == nil {
		return d
	}
	month, day, ok := strings.Cut(l.Report.Text(n), "-")
	m, errMonth := strconv.Atoi(month)
	dd, errDay := strconv.Atoi(day)
	if _, err := period.NewDay(2000, m, dd); !ok || errMonth != nil || errDay != nil || err != nil {
		l.At(n, "pack.month-day", text.Say("“%s”不是月-日", "“%s” is not month-day", l.Report.Text(n)), text.Say("写作 07-10", "write 07-10"))
		return d
	}
	return MonthDay{Month: m, Day: dd}
}

func (l *loader) ledger(n *text.Node) *Ledger {
	if n == nil {
		return nil
	}
	m := l.Map(n)
	ledger := &Ledger{Name: l.label(m.Need("name")), Columns: l.labels(m.Get("columns"))}
	m.Done()
	return ledger
}

func (l *loader) notch(n *text.Node) *Notch {
	if n == nil {
		return nil
	}
	m := l.Map(n)
	id, reading := m.Need("question"), m.Need("reading")
	m.Done()
	if q := l.pack.Questions[l.Report.Text(id)]; q != nil && reading != nil {
		for _, known := range q.Readings {
			if known.Key == reading.Value {
				return &Notch{Question: q.ID, Reading: known.Value}
			}
		}
	}
	l.At(n, "pack.notch", text.Say("notch 要引用一条疑义和它的一种读法", "a notch cites a question and one of its readings"), fault.Text{})
	return nil
}

// accumulate reads counters; several variants of one are tried in written order.
func (l *loader) accumulate(n *text.Node) []Counter {
	var counters []Counter
	for _, field := range l.Report.Fields(n) {
		for _, variant := range l.Items(field.Value) {
			counters = append(counters, l.counter(field.Key, variant))
		}
	}
	return counters
}

func (l *loader) counter(id, n *text.Node) Counter {
	m := l.Map(n)
	c := Counter{ID: id.Value, Position: n, IsCount: l.counters[id.Value]}
	of := m.Need("of")
	c.Of = l.Report.Text(of)
	if !slices.Contains([]string{"cost", "patient", "count", "amount"}, c.Of) && !strings.HasPrefix(c.Of, "payer.") && !strings.HasPrefix(c.Of, "base.") {
		c.Sum, c.Of = l.expr(of, rule.MoneyType), ""
	}
	for _, key := range l.Items(m.Get("key")) {
		if key.Value != "person" {
			c.Key = append(c.Key, l.expr(key, rule.TextType))
		}
	}
	c.Window = l.window(m.Need("window"))
	c.DatedBy = l.dayExpr(m.Need("dated_by"))
	if counts := m.Get("counts"); counts != nil {
		c.Counts = l.oneOf(counts, "accepted", "approved", "paid")
	}
	c.When = l.expr(m.Get("when"), rule.BoolType)
	if bound := m.Get("cap"); bound != nil {
		c.Cap = l.expr(bound, map[bool]rule.Type{true: rule.IntType, false: rule.MoneyType}[c.IsCount])
	}
	m.Done()
	return c
}

// cycle reads a reference to a cycle of pack.yaml.
func (l *loader) cycle(n *text.Node) string {
	id := l.Report.Text(n)
	if _, ok := l.pack.Cycles[id]; n != nil && !ok {
		l.At(n, "pack.unknown-reference", text.Say("pack.yaml 没有周期 %s", "pack.yaml has no cycle %s", id), text.DidYouMean(id, keysOf(l.pack.Cycles)))
	}
	return id
}

func (l *loader) window(n *text.Node) Window {
	if n == nil {
		return Window{}
	}
	if n.Kind == text.Mapping {
		m := l.Map(n)
		cycle, rolling := m.Get("cycle"), m.Get("rolling")
		m.Done()
		w := Window{Cycle: l.cycle(cycle)}
		if rolling != nil {
			w.Rolling = l.length(rolling)
		}
		if (cycle == nil) == (rolling == nil) {
			l.At(n, "pack.window", text.Say("窗口写成 {cycle: 名称} 或 {rolling: 1 year}", "a window reads {cycle: id} or {rolling: 1 year}"), fault.Text{})
		}
		return w
	}
	switch p := l.oneOf(n, "visit", "month", "quarter", "half-year", "calendar-year", "school-year", "lifetime"); p {
	case "visit":
		return Window{Period: PerEvent}
	case "calendar-year":
		return Window{Period: EveryYear}
	default:
		return Window{Period: Period(p)}
	}
}
