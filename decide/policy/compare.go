package policy

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

// Difference is how one pack differs from an earlier one, in the order of the later document.
type Difference struct {
	Old, New *Pack
	Head     []Change // of pack.yaml
	Clauses  []ClauseChange
}

// ChangeKind says what became of a clause or of something in it.
type ChangeKind string

// The kinds of changes.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
	Renamed ChangeKind = "renamed"
	Kept    ChangeKind = "kept"
)

// ClauseChange is one clause with what changed in it.
type ClauseChange struct {
	Kind    ChangeKind
	Number  string
	Title   fault.Text
	Was     fault.Text // the former number and title, when renamed
	Changes []Change
}

// Change is one thing that is new, gone or different.
type Change struct {
	Kind     ChangeKind
	Block    *Block     // the rule it belongs to; nil of pack.yaml
	What     fault.Text // the part of the rule; empty for the rule as a whole
	Old, New fault.Text // empty where there is none
}

// Compare tells two packs apart: clauses, rules, parameters with their dates, rows of tables, readings, conditions,
// amounts and payers.
func Compare(old, latest *Pack) *Difference {
	d := &Difference{Old: old, New: latest, Head: headChanges(old, latest)}
	before := map[string]*Block{}
	for _, b := range old.Blocks {
		before[b.Kind+" "+b.ID] = b
	}
	after := map[string]bool{}
	for _, b := range latest.Blocks {
		after[b.Kind+" "+b.ID] = true
	}
	c := comparer{old: old, latest: latest}
	matched := map[*Clause]bool{}
	for _, clause := range latest.Clauses {
		former := formerClause(old, latest, clause)
		matched[former] = true
		entry := clauseChange(former, clause)
		for _, b := range clause.Blocks {
			c.changes = nil
			c.block(before[b.Kind+" "+b.ID], b)
			entry.Changes = append(entry.Changes, c.changes...)
		}
		if former != nil {
			entry.Changes = append(entry.Changes, gone(former, after)...)
		}
		d.add(entry)
	}
	for i, clause := range old.Clauses {
		if !matched[clause] {
			d.insert(old, i, ClauseChange{Kind: Removed, Number: clause.Number, Title: clause.Title, Changes: gone(clause, after)})
		}
	}
	return d
}

func (d *Difference) add(c ClauseChange) {
	if c.Kind != Kept || len(c.Changes) > 0 {
		d.Clauses = append(d.Clauses, c)
	}
}

// insert puts a removed clause behind the nearest clause before it that is in the list already.
func (d *Difference) insert(old *Pack, i int, c ClauseChange) {
	for i--; i >= 0; i-- {
		at := slices.IndexFunc(d.Clauses, func(x ClauseChange) bool { return x.Number == old.Clauses[i].Number })
		if at >= 0 {
			d.Clauses = slices.Insert(d.Clauses, at+1, c)
			return
		}
	}
	d.Clauses = slices.Insert(d.Clauses, 0, c)
}

// formerClause is the clause of the same number, or else that of the same title whose number is gone.
func formerClause(old, latest *Pack, clause *Clause) *Clause {
	for _, c := range old.Clauses {
		if c.Number == clause.Number {
			return c
		}
	}
	for _, c := range old.Clauses {
		stays := slices.ContainsFunc(latest.Clauses, func(x *Clause) bool { return x.Number == c.Number })
		if c.Title.ZH == clause.Title.ZH && !stays {
			return c
		}
	}
	return nil
}

func clauseChange(former, clause *Clause) ClauseChange {
	entry := ClauseChange{Kind: Kept, Number: clause.Number, Title: clause.Title}
	switch {
	case former == nil:
		entry.Kind = Added
	case former.Number != clause.Number || former.Title.ZH != clause.Title.ZH:
		entry.Kind = Renamed
		entry.Was = fault.Text{ZH: former.Number + " " + former.Title.ZH, EN: former.Number + " " + former.Title.In("en")}
	}
	return entry
}

// gone are the rules of a former clause that the later pack does not have.
func gone(former *Clause, after map[string]bool) []Change {
	var changes []Change
	for _, b := range former.Blocks {
		if !after[b.Kind+" "+b.ID] {
			changes = append(changes, Change{Kind: Removed, Block: b})
		}
	}
	return changes
}

func headChanges(old, latest *Pack) []Change {
	var changes []Change
	add := func(what, before, after fault.Text) {
		if before != after {
			changes = append(changes, Change{Kind: Changed, What: what, Old: before, New: after})
		}
	}
	same := func(s string) fault.Text { return fault.Text{ZH: s, EN: s} }
	add(fault.Text{ZH: "标题", EN: "title"}, old.Title, latest.Title)
	add(fault.Text{ZH: "适用地区", EN: "place"}, old.Place, latest.Place)
	add(fault.Text{ZH: "发文机关", EN: "issuer"}, old.Issuer, latest.Issuer)
	add(fault.Text{ZH: "施行期", EN: "in force"}, same(ShowSpan(old.InForce)), same(ShowSpan(latest.InForce)))
	return changes
}

// comparer collects the changes of one rule.
type comparer struct {
	old, latest *Pack
	now         *Block
	changes     []Change
}

func (c *comparer) add(kind ChangeKind, what, old, latest fault.Text) {
	c.changes = append(c.changes, Change{Kind: kind, Block: c.now, What: what, Old: old, New: latest})
}

func (c *comparer) block(old, latest *Block) {
	c.now = latest
	if old == nil {
		c.add(Added, fault.Text{}, fault.Text{}, fault.Text{})
		return
	}
	switch latest.Kind {
	case "parameters":
		c.parameters(latest)
	case "table":
		c.table(c.old.Tables[latest.ID], c.latest.Tables[latest.ID])
	case "question":
		c.question(c.old.Questions[latest.ID], c.latest.Questions[latest.ID])
	default:
		c.conditions(conditionsOf(c.old, old), conditionsOf(c.latest, latest))
		c.payers(payersOf(c.old, old), payersOf(c.latest, latest))
		c.fields(old, latest)
	}
}

func (c *comparer) parameters(b *Block) {
	names := map[string]bool{}
	for _, field := range b.Node.Fields {
		name := b.ID + "." + field.Key.Value
		names[name] = true
		if p := c.latest.Parameters[name]; p != nil {
			c.parameter(c.old.Parameters[name], p)
		}
	}
	for _, name := range keysOf(c.old.Parameters) {
		if p := c.old.Parameters[name]; p.Block.ID == b.ID && !names[name] {
			c.add(Removed, p.Label, fault.Text{}, fault.Text{})
		}
	}
}

func (c *comparer) parameter(old, latest *Parameter) {
	before, after := datedValues(old), datedValues(latest)
	for _, day := range daysOf(before, after) {
		if before[day] == after[day] {
			continue
		}
		kind := Changed
		switch {
		case before[day].ZH == "":
			kind = Added
		case after[day].ZH == "":
			kind = Removed
		}
		what := latest.Label
		if day != rule.Beginning {
			what = text.Say("%[1]s，%[2]s 起", "%[3]s from %[2]s", latest.Label.ZH, day, latest.Label.In("en"))
		}
		c.add(kind, what, before[day], after[day])
	}
}

// datedValues are a parameter's values by their first day; one that the document does not give stands at the beginning.
func datedValues(p *Parameter) map[period.Day]fault.Text {
	values := map[period.Day]fault.Text{}
	if p == nil {
		return values
	}
	for _, v := range p.Values {
		values[v.From] = fault.Text{ZH: rule.Display(v.Value, "zh"), EN: rule.Display(v.Value, "en")}
	}
	if p.Unset != nil {
		values[rule.Beginning] = *p.Unset
	}
	return values
}

func daysOf(before, after map[period.Day]fault.Text) []period.Day {
	var days []period.Day
	for _, values := range []map[period.Day]fault.Text{before, after} {
		for day := range values {
			if !slices.Contains(days, day) {
				days = append(days, day)
			}
		}
	}
	slices.Sort(days)
	return days
}

func (c *comparer) table(old, latest *TableBlock) {
	before, after := tableRows(old), tableRows(latest)
	keys := keysOf(before)
	for _, key := range keysOf(after) {
		if _, ok := before[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		was, had := before[key]
		is, has := after[key]
		switch {
		case !had:
			c.add(Added, rowName(key), fault.Text{}, plainText(is))
		case !has:
			c.add(Removed, rowName(key), plainText(was), fault.Text{})
		case was != is:
			c.add(Changed, rowName(key), plainText(was), plainText(is))
		}
	}
	if old.ToVerify != latest.ToVerify {
		c.add(Changed, fault.Text{ZH: "状态", EN: "status"}, tableStatus(old), tableStatus(latest))
	}
}

func plainText(s string) fault.Text { return fault.Text{ZH: s, EN: s} }

func rowName(key string) fault.Text { return text.Say("行 %s", "row %s", key) }

func tableStatus(t *TableBlock) fault.Text {
	if t.ToVerify {
		return fault.Text{ZH: "待核实", EN: "to be verified"}
	}
	return fault.Text{ZH: "完整", EN: "complete"}
}

// tableRows are the values of a table by its keys.
func tableRows(t *TableBlock) map[string]string {
	rows := map[string]string{}
	for _, row := range t.Rows {
		var cells []string
		for _, cell := range row {
			cells = append(cells, rule.Display(cell, "zh"))
		}
		n := len(t.Type.Keys)
		rows[strings.Join(cells[:n], " ")] = strings.Join(cells[n:], " ")
	}
	return rows
}

func (c *comparer) question(old, latest *Question) {
	applied := fault.Text{ZH: "采用的读法", EN: "reading applied"}
	if !Same(old.Applied, latest.Applied) {
		c.add(Changed, applied, old.label(old.Applied), latest.label(latest.Applied))
	}
	for _, r := range latest.Readings {
		if !hasReading(old, r.Key) {
			c.add(Added, text.Say("读法 %s", "reading %s", r.Key), fault.Text{}, r.Label)
		}
	}
	for _, r := range old.Readings {
		if !hasReading(latest, r.Key) {
			c.add(Removed, text.Say("读法 %s", "reading %s", r.Key), r.Label, fault.Text{})
		}
	}
	if old.Wording != latest.Wording {
		c.add(Changed, fault.Text{ZH: "原文", EN: "wording"}, old.Wording, latest.Wording)
	}
}

func hasReading(q *Question, key string) bool {
	return slices.ContainsFunc(q.Readings, func(r Reading) bool { return r.Key == key })
}

func conditionsOf(p *Pack, b *Block) []Condition {
	for _, x := range p.Benefits {
		if x.Block == b {
			return x.When
		}
	}
	for _, x := range p.Settlement {
		if x.Block == b {
			return x.When
		}
	}
	for _, x := range p.Services {
		if x.Block == b {
			return x.When
		}
	}
	for _, x := range p.Screens {
		if x.Block == b {
			return x.When
		}
	}
	return nil
}

func (c *comparer) conditions(old, latest []Condition) {
	find := func(list []Condition, label string) *Condition {
		for i := range list {
			if list[i].Label.ZH == label {
				return &list[i]
			}
		}
		return nil
	}
	for _, x := range latest {
		was := find(old, x.Label.ZH)
		what := text.Say("条件“%[1]s”", "condition “%[2]s”", x.Label.ZH, x.Label.In("en"))
		switch {
		case was == nil:
			c.add(Added, what, fault.Text{}, expression(x.Test))
		case expression(was.Test) != expression(x.Test):
			c.add(Changed, what, expression(was.Test), expression(x.Test))
		}
	}
	for _, x := range old {
		if find(latest, x.Label.ZH) == nil {
			c.add(Removed, text.Say("条件“%[1]s”", "condition “%[2]s”", x.Label.ZH, x.Label.In("en")), expression(x.Test), fault.Text{})
		}
	}
}

// expression is an expression in one line.
func expression(x *rule.Expression) fault.Text {
	if x == nil {
		return fault.Text{}
	}
	return plainText(strings.Join(strings.Fields(x.Source()), " "))
}

func payersOf(p *Pack, b *Block) []*Payer {
	for _, x := range p.Settlement {
		if x.Block == b {
			var list []*Payer
			for _, payer := range x.Payers {
				list = append(append(list, payer), payer.Members...)
			}
			return list
		}
	}
	return nil
}

func (c *comparer) payers(old, latest []*Payer) {
	for _, p := range latest {
		was := payerIn(old, p.ID)
		if was == nil {
			c.add(Added, payerWhat(p, fault.Text{}), fault.Text{}, payerAmount(p))
			continue
		}
		c.payer(was, p)
	}
	for _, p := range old {
		if payerIn(latest, p.ID) == nil {
			c.add(Removed, payerWhat(p, fault.Text{}), payerAmount(p), fault.Text{})
		}
	}
	if before, after := order(old, latest), order(latest, old); before != after {
		c.add(Changed, fault.Text{ZH: "支付次序", EN: "order of payers"}, before, after)
	}
}

func payerIn(list []*Payer, id string) *Payer {
	for _, p := range list {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// payerWhat names a payer and the part of it that is spoken of.
func payerWhat(p *Payer, part fault.Text) fault.Text {
	what := text.Say("支付方“%[1]s”", "payer “%[2]s”", p.Name.ZH, p.Name.In("en"))
	if part.ZH != "" {
		what.ZH, what.EN = what.ZH+"的"+part.ZH, what.EN+", "+part.EN
	}
	return what
}

// payer compares what a payer pays, what it draws on and when.
func (c *comparer) payer(old, latest *Payer) {
	part := func(what, before, after fault.Text) {
		if before != after {
			c.add(Changed, payerWhat(latest, what), before, after)
		}
	}
	part(fault.Text{ZH: "金额", EN: "amount"}, payerAmount(old), payerAmount(latest))
	part(fault.Text{ZH: "所付费用组", EN: "line group"}, plainText(old.Takes), plainText(latest.Takes))
	part(fault.Text{ZH: "所付部分", EN: "parts drawn on"}, drawn(old), drawn(latest))
	part(fault.Text{ZH: "条件", EN: "conditions"}, payerConditions(old), payerConditions(latest))
}

// order is the legal order of those payers that both packs have, by name.
func order(list, other []*Payer) fault.Text {
	var zh, en []string
	for _, p := range list {
		if payerIn(other, p.ID) != nil {
			zh, en = append(zh, p.Name.ZH), append(en, p.Name.In("en"))
		}
	}
	return fault.Text{ZH: strings.Join(zh, "、"), EN: strings.Join(en, ", ")}
}

// payerAmount is what a payer pays, in the pack language.
func payerAmount(p *Payer) fault.Text {
	var parts []string
	if p.Given {
		parts = append(parts, "given")
	}
	for _, x := range []*rule.Expression{p.Total, p.EachLine, p.Amount} {
		if x != nil {
			parts = append(parts, expression(x).ZH)
		}
	}
	return plainText(strings.Join(parts, "; "))
}

func drawn(p *Payer) fault.Text {
	var zh, en []string
	for _, part := range p.Draws {
		zh, en = append(zh, subject.PartLabels[part].ZH), append(en, subject.PartLabels[part].EN)
	}
	return fault.Text{ZH: strings.Join(zh, "、"), EN: strings.Join(en, ", ")}
}

func payerConditions(p *Payer) fault.Text {
	var zh, en []string
	for _, x := range p.When {
		zh, en = append(zh, x.Label.ZH+"（"+expression(x.Test).ZH+"）"), append(en, x.Label.In("en")+" ("+expression(x.Test).ZH+")")
	}
	return fault.Text{ZH: strings.Join(zh, "、"), EN: strings.Join(en, ", ")}
}

// fieldWords are the parts of rules in people's words; others keep the name they have in the pack language.
var fieldWords = map[string]fault.Text{"name": {ZH: "名称", EN: "name"}, "public_name": {ZH: "对外名称", EN: "public name"}, "amount": {ZH: "金额", EN: "amount"},
	"about": {ZH: "涉及对象", EN: "whom it concerns"}, "for": {ZH: "适用", EN: "what it is for"}, "every": {ZH: "计发周期", EN: "period"}, "paid": {ZH: "发放周期", EN: "paid"},
	"months": {ZH: "计发月份", EN: "months"}, "starts": {ZH: "起发", EN: "starts"}, "begins": {ZH: "起算日", EN: "begins"}, "ends": {ZH: "止发", EN: "ends"}, "fund": {ZH: "资金", EN: "fund"}, "payer": {ZH: "发放单位", EN: "paying office"},
	"review": {ZH: "复核", EN: "review"}, "rounding": {ZH: "进位", EN: "rounding"}, "steps": {ZH: "步骤", EN: "steps"}, "documents": {ZH: "材料", EN: "documents"}, "due": {ZH: "期限", EN: "due"},
	"excludes": {ZH: "不得同享", EN: "not together with"}, "higher_of": {ZH: "择高", EN: "the higher of"}, "tops_up": {ZH: "补差", EN: "tops up"}, "quota": {ZH: "名额", EN: "quota"},
	"finding": {ZH: "发现", EN: "finding"}, "content": {ZH: "内容", EN: "content"}, "obligations": {ZH: "应做的事", EN: "obligations"}, "accumulate": {ZH: "累计", EN: "counters"},
	"lines": {ZH: "费用分组", EN: "line groups"}, "indicator": {ZH: "指标", EN: "indicator"}, "from": {ZH: "起", EN: "from"}, "to": {ZH: "止", EN: "to"}, "who": {ZH: "责任单位", EN: "who"},
	"procedure": {ZH: "程序", EN: "procedure"}, "reason": {ZH: "理由", EN: "reason"}, "exit": {ZH: "渐退", EN: "exit"}, "instead": {ZH: "改由", EN: "instead"}, "decided_on": {ZH: "判定日", EN: "decided on"}}

// fields compares the rest of a rule key by key, as it is written. Conditions and payers have been compared in words, and
// requirement items are no part of the law.
func (c *comparer) fields(old, latest *Block) {
	keys := fieldNames(latest.Node)
	for _, key := range fieldNames(old.Node) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		if key == "items" || key == "when" || key == "payers" {
			continue
		}
		before, after := old.Node.Get(key).Flow(), latest.Node.Get(key).Flow()
		if before == after {
			continue
		}
		what, ok := fieldWords[key]
		if !ok {
			what = plainText(key)
		}
		kind := Changed
		switch {
		case before == "":
			kind = Added
		case after == "":
			kind = Removed
		}
		c.add(kind, what, plainText(before), plainText(after))
	}
}

func fieldNames(n *text.Node) []string {
	var names []string
	for _, field := range n.Fields {
		names = append(names, field.Key.Value)
	}
	return names
}

// CompareBases is what differs between two ways in which packs apply, beside what the packs themselves say ([Compare]): readings, values on a day, and rows, in the
// order of the later document.
func CompareBases(before, after *Basis, day period.Day) []Change {
	c := comparer{old: before.Pack, latest: after.Pack}
	for _, b := range after.Pack.Blocks {
		c.now = b
		switch b.Kind {
		case "parameters":
			c.valuesOn(before, after, day)
		case "table":
			if was := before.Pack.Tables[b.ID]; was != nil {
				c.table(before.applied(was), after.applied(after.Pack.Tables[b.ID]))
			}
		case "question":
			q, was := after.Pack.Questions[b.ID], before.Pack.Questions[b.ID]
			if was != nil && !Same(before.Reading(b.ID), after.Reading(b.ID)) {
				c.add(Changed, fault.Text{ZH: "采用的读法", EN: "reading applied"}, was.label(before.Reading(b.ID)), q.label(after.Reading(b.ID)))
			}
		}
	}
	return c.changes
}

// valuesOn compares the parameters of the rule as they apply on a day.
func (c *comparer) valuesOn(before, after *Basis, day period.Day) {
	for _, field := range c.now.Node.Fields {
		name := c.now.ID + "." + field.Key.Value
		p := after.Pack.Parameters[name]
		if p == nil || before.Pack.Parameters[name] == nil {
			continue
		}
		was, is := shownOn(before, name, day), shownOn(after, name, day)
		if was != is {
			c.add(Changed, p.Label, was, is)
		}
	}
}

// shownOn is a parameter's value on a day; empty where it has none.
func shownOn(b *Basis, name string, day period.Day) fault.Text {
	v := b.Frame(day)[name]
	return fault.Text{ZH: rule.Display(v, "zh"), EN: rule.Display(v, "en")}
}

// applied is a table with the rows that apply.
func (b *Basis) applied(t *TableBlock) *TableBlock {
	overlay, ok := b.Adoption.Tables[t.ID]
	if !ok {
		return t
	}
	return &TableBlock{Block: t.Block, Type: t.Type, Rows: overlay.Rows, ToVerify: t.ToVerify && !overlay.Complete, Note: t.Note}
}

// label is what a reading is called.
func (q *Question) label(v ref.Val) fault.Text {
	for _, r := range q.Readings {
		if Same(r.Value, v) {
			return r.Label
		}
	}
	return plainText(rule.Display(v, ""))
}
