package policy

import (
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
)

func (l *loader) settlement(raw rawBlock) {
	b, m := l.block(raw)
	b.Name = l.label(m.Need("name"))
	x := &Settlement{Block: b, PublicName: l.label(m.Get("public_name"))}
	outer := l.env
	defer func() { l.env = outer }()
	groups, payers := m.Get("lines"), m.Need("payers")
	l.extend(l.free(raw.node, settlementNames(groups, payers)))

	x.For = l.expr(m.Need("for"), rule.BoolType)
	l.over(x, m.Need("over"))
	x.DecidedOn = l.dayExpr(m.Need("decided_on"))
	if x.StatusOn = l.dayExpr(m.Get("status_on")); x.StatusOn == nil {
		x.StatusOn = x.DecidedOn
	}
	x.When = l.when(m.Get("when"))
	x.Groups = l.groups(groups)
	x.Let = l.let(m.Get("let"))
	x.Rounding = l.rounding(m.Get("rounding"))
	for _, n := range l.Items(payers) {
		if p := l.payer(n, nil); p != nil {
			x.Payers = append(x.Payers, p)
		}
	}
	if patient := m.Need("patient"); patient != nil {
		l.oneOf(patient, "remaining")
	}
	x.Due, x.Accumulate, x.Notch = l.dayExpr(m.Get("due")), l.accumulate(m.Get("accumulate")), l.notch(m.Get("notch"))
	m.Done()
	l.payerReferences(x)
	l.pack.Settlement = append(l.pack.Settlement, x)
}

func (l *loader) extend(variables []rule.Variable) {
	extended, err := l.env.Extend(distinct(variables))
	if err != nil { // every name has been checked, so this is a defect of ours
		l.Add(err)
		return
	}
	l.env = extended
}

// settlementNames are what a settlement's expressions may name beyond the pack's own names.
func settlementNames(groups, payers *text.Node) []rule.Variable {
	add := func(list []rule.Variable, prefix string, label fault.Text) []rule.Variable {
		list = append(list, rule.Variable{Name: prefix + ".total", Type: rule.MoneyType, Label: label})
		for i, part := range subject.PartNames {
			list = append(list, rule.Variable{Name: prefix + "." + part, Type: rule.MoneyType,
				Label: fault.Text{ZH: label.ZH + "·" + subject.PartLabels[i].ZH, EN: label.EN + ", " + subject.PartLabels[i].EN}})
		}
		return list
	}
	list := add(nil, "bill", fault.Text{ZH: "账单", EN: "bill"})
	list = add(list, "part", fault.Text{ZH: "所付部分费用", EN: "fees taken"})
	list = add(list, "remaining", fault.Text{ZH: "剩余", EN: "remaining"})
	if groups != nil {
		for _, field := range groups.Fields {
			list = add(list, "left."+field.Key.Value, fault.Text{ZH: field.Key.Value + "剩余", EN: "left of " + field.Key.Value})
		}
	}
	for _, id := range payerIDs(payers) {
		list = append(list, rule.Variable{Name: "paid." + id, Type: rule.MoneyType, Label: fault.Text{ZH: "已付", EN: "paid"}})
	}
	return append(list, rule.Variable{Name: "paid.total", Type: rule.MoneyType, Label: fault.Text{ZH: "各方已付合计", EN: "paid so far"}},
		rule.Variable{Name: "span.from", Type: rule.DayType, Label: fault.Text{ZH: "结算期间开始", EN: "span from"}},
		rule.Variable{Name: "span.to", Type: rule.DayType, Label: fault.Text{ZH: "结算期间结束", EN: "span to"}})
}

func payerIDs(payers *text.Node) []string {
	var ids []string
	if payers == nil {
		return nil
	}
	for _, item := range payers.Items {
		for _, field := range item.Fields {
			if field.Key.Value == "group" {
				ids = append(ids, payerIDs(field.Value.Get("payers"))...)
				if id := field.Value.Get("id"); id != nil {
					ids = append(ids, id.Value)
				}
			} else {
				ids = append(ids, field.Key.Value)
			}
		}
	}
	return ids
}

func (l *loader) over(x *Settlement, n *text.Node) {
	if n == nil {
		return
	}
	if n.Kind == text.Mapping {
		m := l.Map(n)
		x.Over, x.Cycle = "cycle", l.cycle(m.Need("cycle"))
		m.Done()
		return
	}
	x.Over = l.oneOf(n, "visit", "application")
}

func (l *loader) groups(n *text.Node) []LineGroup {
	var groups []LineGroup
	fields := l.Report.Fields(n)
	for i, field := range fields {
		g := LineGroup{ID: field.Key.Value, Node: field.Key}
		if field.Value.Value != "otherwise" {
			g.Test = l.lineExpr(field.Value, rule.BoolType)
		} else if i != len(fields)-1 {
			l.At(field.Value, "pack.otherwise", text.Say("otherwise 只能是最后一组", "otherwise can only be the last group"), fault.Text{})
		}
		groups = append(groups, g)
	}
	return groups
}

// let reads named steps; each may use those before it.
func (l *loader) let(n *text.Node) []Let {
	var list []Let
	for _, field := range l.Report.Fields(n) {
		x := l.env.Compile(&l.Report, field.Value, rule.NoType)
		if x == nil {
			continue
		}
		name := "calc." + field.Key.Value
		list = append(list, Let{Name: name, Value: x})
		l.extend([]rule.Variable{{Name: name, Type: x.Type, Label: fault.Text{ZH: field.Key.Value, EN: field.Key.Value}}})
	}
	return list
}

// payer reads one entry of the legal order; inside is the group it stands in.
func (l *loader) payer(n *text.Node, inside *Payer) *Payer {
	fields := l.Report.Fields(n)
	if len(fields) != 1 {
		l.At(n, "pack.payer", text.Say("每个支付方写成一个“名称: 规则”", "a payer is one “name: rule”"), fault.Text{})
		return nil
	}
	key, value := fields[0].Key, fields[0].Value
	if key.Value == "group" {
		return l.payerGroup(value)
	}
	p := &Payer{ID: key.Value, Node: key}
	if !snake.MatchString(p.ID) {
		l.At(key, "pack.id-style", text.Say("名称 %s 的写法不对", "the id %s is badly formed", p.ID), text.Say("小写字母、数字和下划线", "lower-case letters, digits and underscores"))
	}
	if value.Kind == text.Scalar {
		l.shortPayer(p, value)
	} else {
		l.longPayer(p, value)
	}
	if p.Name.ZH == "" {
		p.Name = l.payerName(key)
	}
	if p.Draws == nil {
		p.Draws = defaultDraws(p, inside)
	}
	return p
}

// payerName is the name of a payer that states none: of the fund it pays from, or the well-known upstream payers'.
func (l *loader) payerName(key *text.Node) fault.Text {
	if name, ok := upstream[key.Value]; ok {
		return name
	}
	l.At(key, "pack.payer-name", text.Say("支付方 %s 没有 name", "payer %s has no name", key.Value), text.Say("写成 {name: 名称, …}；通用的名称有 %s", "write {name: …, …}; well-known names: %s", strings.Join(keysOf(upstream), " ")))
	return fault.Text{ZH: key.Value, EN: key.Value}
}

// upstream are payers every county knows by one name.
var upstream = map[string]fault.Text{
	"basic_insurance":         {ZH: "居民基本医保", EN: "Basic medical insurance"},
	"cooperative_insurance":   {ZH: "新农合", EN: "Rural cooperative insurance"},
	"serious_illness":         {ZH: "大病保险", EN: "Serious-illness insurance"},
	"medical_assistance":      {ZH: "医疗救助", EN: "Medical assistance"},
	"supplementary_insurance": {ZH: "其他补充医疗保障", EN: "Other supplementary cover"},
	"other_compensation":      {ZH: "其他补偿", EN: "Other compensation"},
}

func defaultDraws(p, inside *Payer) []subject.Part {
	switch {
	case inside != nil:
		return inside.Draws
	case p.Given || p.EachLine != nil: // a price cut falls on every part of a fee
		return []subject.Part{subject.InScope, subject.SelfFirst, subject.OverLimit, subject.OutOfScope}
	default:
		return []subject.Part{subject.InScope}
	}
}

func (l *loader) shortPayer(p *Payer, value *text.Node) {
	if value.Value == "given" {
		p.Given = true
		return
	}
	p.Amount = l.expr(value, rule.MoneyType)
}

func (l *loader) longPayer(p *Payer, value *text.Node) {
	m := l.Map(value)
	p.Name, p.Given = l.label(m.Get("name")), l.Bool(m.Get("given"))
	p.Amount, p.EachLine = l.expr(m.Get("amount"), rule.MoneyType), l.eachLine(m.Get("each_line"))
	if otherwise := m.Get("otherwise"); otherwise != nil {
		p.Amount = l.expr(otherwise, rule.MoneyType)
	}
	p.Takes, p.Draws, p.When = m.Text("takes"), l.draws(m.Get("draws")), l.when(m.Get("when"))
	if rounding := m.Get("rounding"); rounding != nil {
		r := l.rounding(rounding)
		p.Rounding = &r
	}
	p.Fund, p.Items = l.fund(m.Get("fund")), m.Texts("items")
	m.Done()
	if !p.Given && value.Get("amount") == nil && value.Get("each_line") == nil {
		l.At(value, "pack.payer-amount", text.Say("支付方 %s 没有写明付多少", "payer %s does not say how much", p.ID), text.Say("写 given、amount 或 each_line", "write given, amount or each_line"))
	}
}

func (l *loader) eachLine(n *text.Node) *rule.Expression {
	if n == nil {
		return nil
	}
	return l.lineExpr(n, rule.RateType)
}

func (l *loader) draws(n *text.Node) []subject.Part {
	var parts []subject.Part
	for _, item := range l.Items(n) {
		i := slices.Index(subject.PartNames[:], l.Report.Text(item))
		if i < 0 {
			l.oneOf(item, subject.PartNames[:]...)
			continue
		}
		if slices.Contains(parts, subject.Part(i)) {
			l.At(item, "pack.duplicate", text.Say("%s 写了两次", "%s is given twice", item.Value), fault.Text{})
			continue
		}
		parts = append(parts, subject.Part(i))
	}
	return parts
}

func (l *loader) payerGroup(n *text.Node) *Payer {
	m := l.Map(n)
	g := &Payer{ID: l.Report.Text(m.Need("id")), Node: n, Total: l.expr(m.Need("total"), rule.MoneyType), Draws: l.draws(m.Get("draws")),
		Takes: m.Text("takes"), When: l.when(m.Get("when")), Items: m.Texts("items")}
	if g.Name = l.label(m.Get("name")); g.Name.ZH == "" {
		g.Name = fault.Text{ZH: "共同承担", EN: "Shared"}
	}
	if g.Draws == nil {
		g.Draws = []subject.Part{subject.InScope, subject.SelfFirst, subject.OverLimit, subject.OutOfScope}
	}
	for _, member := range l.Items(m.Need("payers")) {
		if p := l.payer(member, g); p != nil {
			g.Members = append(g.Members, p)
		}
	}
	m.Done()
	return g
}

// payerReferences checks that groups of lines and payers named by others exist.
func (l *loader) payerReferences(x *Settlement) {
	var groups []string
	for _, g := range x.Groups {
		groups = append(groups, g.ID)
	}
	payers := []string{"total"} // paid.total is what all have paid
	for _, p := range everyPayer(x.Payers) {
		if slices.Contains(payers, p.ID) {
			l.At(p.Node, "pack.duplicate", text.Say("支付方名称 %s 已被使用", "the payer id %s is already used", p.ID), text.Say("换一个名称", "choose another name"))
		}
		payers = append(payers, p.ID)
		if p.Takes != "" && !slices.Contains(groups, p.Takes) {
			l.At(p.Node, "pack.unknown-reference", text.Say("没有费用组 %s", "there is no line group %s", p.Takes), text.DidYouMean(p.Takes, groups))
		}
	}
	for _, c := range x.Accumulate {
		_, id, ok := cutPayer(c.Of)
		if ok && !slices.Contains(payers[1:], id) {
			l.At(c.Position.Get("of"), "pack.unknown-reference", text.Say("没有支付方 %s", "there is no payer %s", id), text.DidYouMean(id, payers[1:]))
		}
	}
}

// everyPayer is payers and groups with the members of each behind it.
func everyPayer(payers []*Payer) []*Payer {
	var all []*Payer
	for _, p := range payers {
		all = append(append(all, p), everyPayer(p.Members)...)
	}
	return all
}

// cutPayer splits payer.x and base.x.
func cutPayer(of string) (kind, id string, ok bool) {
	for _, kind := range []string{"payer", "base"} {
		if len(of) > len(kind)+1 && of[:len(kind)+1] == kind+"." {
			return kind, of[len(kind)+1:], true
		}
	}
	return "", "", false
}
