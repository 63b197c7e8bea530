package policy

import (
	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
)

func (l *loader) benefit(raw rawBlock) {
	b, m := l.block(raw)
	b.Name = l.label(m.Need("name"))
	x := &Benefit{Block: b, Form: "cash", PublicName: l.label(m.Get("public_name"))}
	if form := m.Get("kind"); form != nil {
		x.Form = l.oneOf(form, "cash", "in-kind", "waiver", "premium", "loan")
	}
	if x.PublicName.ZH == "" && x.Form != "in-kind" {
		l.At(raw.node, "pack.public-name", text.Say("%s 没有 public_name", "%s has no public_name", b.ID), text.Say("给出不含贫困、疾病、残疾字样的名称，用于公示和银行摘要", "give a name without poverty, illness or disability, for notices and bank texts"))
	}
	x.For = l.oneOf(m.Need("for"), "person", "household", "provider", "area")
	if unit := m.Get("unit"); unit != nil {
		x.PerMember = l.oneOf(unit, "household", "member") == "member"
	}
	x.About, x.When = l.expr(m.Get("about"), rule.BoolType), l.when(m.Get("when"))
	x.Amount = l.expr(m.Get("amount"), rule.MoneyType)
	x.Every = l.periodRule(m.Need("every"), EveryMonth, EveryQuarter, EveryHalfYear, EveryYear, EverySchoolYear, Once, PerEvent)
	x.Months = l.expr(m.Get("months"), rule.CountsType)
	x.Starts, x.Ends = l.dayExpr(m.Get("starts")), l.dayExpr(m.Get("ends"))
	x.StatusOn = l.statusOn(m.Get("status_on"))
	x.Paid = l.periodRule(m.Get("paid"), EveryMonth, EveryQuarter, EveryHalfYear, EveryYear, Once)
	x.Fund, x.Payer, x.PaidTo, x.Procedure = l.fund(m.Get("fund")), l.office(m.Get("payer")), l.label(m.Get("paid_to")), m.Text("procedure")
	if review := m.Get("review"); review != nil {
		length := l.length(review)
		x.Review = length.Years*12 + length.Months
	}
	x.Rounding = l.rounding(m.Get("rounding"))
	l.stacking(x, m)
	x.Quota, x.Exit, x.Discretion = l.quota(m.Get("quota")), l.exit(m.Get("exit")), l.discretion(m.Get("discretion"))
	if once := m.Get("once_per"); once != nil {
		x.OncePer = l.period(once, Lifetime, EveryYear, EverySchoolYear, EveryHalfYear, EveryQuarter, EveryMonth)
	}
	x.Accumulate = l.accumulate(m.Get("accumulate"))
	x.Recover = l.label(m.Get("recover"))
	m.Done()
	if raw.node.Get("amount") == nil && x.Form != "in-kind" && x.Form != "waiver" && x.Discretion == nil {
		l.At(raw.node, "pack.no-amount", text.Say("%s 没有 amount", "%s has no amount", b.ID), text.Say("文件没给数额就用 unset 参数，或写 kind: in-kind、waiver", "use an unset parameter if the document gives none, or kind: in-kind or waiver"))
	}
	l.pack.Benefits = append(l.pack.Benefits, x)
}

func (l *loader) stacking(x *Benefit, m *text.Map) {
	if n := m.Get("instead"); n != nil {
		inner := l.Map(n)
		x.Instead = &Instead{When: l.expr(inner.Need("when"), rule.BoolType), Scheme: l.Report.Text(inner.Need("scheme")), Reason: l.label(inner.Need("reason"))}
		inner.Done()
	}
	x.Excludes, x.HigherOf, x.TopsUp = m.Texts("excludes"), m.Texts("higher_of"), m.Text("tops_up")
}

func (l *loader) statusOn(n *text.Node) StatusDay {
	switch {
	case n == nil || n.Value == "day":
		return StatusDay{}
	case n.Value == "month-start":
		return StatusDay{MonthStart: true}
	case n.Value == "month-end":
		return StatusDay{MonthEnd: true}
	default:
		return StatusDay{Day: l.dayExpr(n)}
	}
}

func (l *loader) quota(n *text.Node) *Quota {
	if n == nil {
		return nil
	}
	m := l.Map(n)
	q := &Quota{Share: l.expr(m.Need("share"), rule.RateType), Of: l.label(m.Need("of")), Rank: l.rank(m.Need("rank"))}
	if ties := m.Get("ties"); ties != nil {
		q.Ties = l.expr(ties, rule.IntType)
	}
	q.Rounding = l.mode(m.Need("rounding"))
	m.Done()
	return q
}

// rank is an expression of a number or an amount.
func (l *loader) rank(n *text.Node) *rule.Expression {
	if n == nil {
		return nil
	}
	trial := &text.Report{}
	if x := l.env.Compile(trial, n, rule.MoneyType); x != nil {
		return x
	}
	return l.expr(n, rule.IntType)
}

func (l *loader) mode(n *text.Node) ModeRule {
	modes := map[string]money.Mode{"half-up": money.HalfUp, "down": money.Down, "up": money.Up}
	if n == nil {
		return ModeRule{}
	}
	if rule0 := n.Value; len(rule0) > 9 && rule0[:9] == "question." {
		if q := l.askedQuestion(n, rule0[9:], rule.TextType); q != nil {
			for _, reading := range q.Readings {
				if _, ok := modes[reading.Key]; !ok {
					l.At(n, "pack.mode", text.Say("疑义 %s 的读法 %s 不是舍入方式", "reading %[2]s of question %[1]s is not a rounding mode", q.ID, reading.Key), fault.Text{})
				}
			}
		}
		return ModeRule{Question: rule0[9:]}
	}
	return ModeRule{Fixed: modes[l.oneOf(n, "half-up", "down", "up")]}
}

func (l *loader) exit(n *text.Node) *Exit {
	if n == nil {
		return nil
	}
	m := l.Map(n)
	e := &Exit{When: l.expr(m.Need("when"), rule.BoolType), Schedule: l.expr(m.Need("schedule"), rule.RatesType)}
	if of := m.Get("of"); of != nil {
		l.oneOf(of, "last")
	}
	m.Done()
	return e
}

func (l *loader) discretion(n *text.Node) *Discretion {
	if n == nil {
		return nil
	}
	m := l.Map(n)
	d := &Discretion{Office: l.office(m.Need("office")), Ask: l.label(m.Need("ask")), Bound: l.expr(m.Get("bound"), rule.MoneyType)}
	m.Done()
	return d
}

// fund and office read references to pack.yaml.
func (l *loader) fund(n *text.Node) string { return l.reference(n, l.pack.Funds, "资金", "fund") }

func (l *loader) office(n *text.Node) string {
	return l.reference(n, l.pack.Offices, "单位", "office")
}

func (l *loader) offices(n *text.Node) []string {
	var ids []string
	for _, item := range l.Items(n) {
		ids = append(ids, l.office(item))
	}
	return ids
}

func (l *loader) reference(n *text.Node, known map[string]fault.Text, zh, en string) string {
	id := l.Report.Text(n)
	if _, ok := known[id]; n != nil && !ok {
		l.At(n, "pack.unknown-reference", fault.Text{ZH: "pack.yaml 没有" + zh + " " + id, EN: "pack.yaml has no " + en + " " + id}, text.DidYouMean(id, keysOf(known)))
	}
	return id
}
