package present

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

// Clause is a clause of a document with the rules that carry it out, in words.
type Clause struct {
	Number string
	Title  string
	Level  int      // of its heading, 2 to 4
	Gist   []string // our restatement, a paragraph each
	Rules  []Rule
}

// Rule is one rule of a clause in words.
type Rule struct {
	ID   string // of the block
	Kind string // in words: 待遇, 参数 …
	Word string // the kind as packs write it
	Section
}

// Clauses are the clauses of a pack as a division applies it on a day: values of parameters, and readings, are those of that day. A rule that a
// reading decides is told as it is decided.
func Clauses(b *policy.Basis, day period.Day, o Options) []Clause {
	t := ruleTeller{teller{Options: o, basis: b}, day}
	var list []Clause
	for _, c := range b.Pack.Clauses {
		clause := Clause{Number: c.Number, Title: t.in(c.Title), Level: c.Level, Gist: t.paragraphs(c)}
		for _, block := range c.Blocks {
			clause.Rules = append(clause.Rules, t.rule(block))
		}
		list = append(list, clause)
	}
	return list
}

// BlockKind is a kind of rule in words.
func BlockKind(kind string, o Options) string { return blockKinds[kind].In(o.Lang) }

// ruleTeller puts rules into words before anybody is asked about.
type ruleTeller struct {
	teller
	day period.Day
}

func (t ruleTeller) rule(b *policy.Block) Rule {
	r := Rule{ID: b.ID, Kind: t.in(blockKinds[b.Kind]), Word: b.Kind, Section: Section{Title: t.in(b.Name)}}
	p := t.basis.Pack
	switch b.Kind {
	case "parameters":
		t.parameters(&r.Section, b)
	case "table":
		t.rows(&r.Section, p.Tables[b.ID])
	case "question":
		t.question(&r.Section, p.Questions[b.ID])
	case "benefit":
		t.benefit(&r.Section, named(p.Benefits, b.ID))
	case "settlement":
		t.settlement(&r.Section, named(p.Settlement, b.ID))
	case "service":
		t.service(&r.Section, named(p.Services, b.ID))
	case "procedure":
		t.procedure(&r.Section, named(p.Procedures, b.ID))
	case "screen":
		t.screen(&r.Section, named(p.Screens, b.ID))
	case "duty":
		t.duty(&r.Section, named(p.Duties, b.ID))
	case "transition":
		t.change(&r.Section, named(p.Transition, b.ID))
	case "outside":
		r.Notes = append(r.Notes, t.in(named(p.Outside, b.ID).Reason))
	}
	return r
}

// named is the rule of an id; every block has one.
func named[T interface{ Identity() string }](list []T, id string) (found T) {
	for _, x := range list {
		if x.Identity() == id {
			return x
		}
	}
	return found
}

// words is an expression as people say it; "" for none.
func (t ruleTeller) words(x *rule.Expression) string {
	if x == nil {
		return ""
	}
	return x.Words(t.wordingOf())
}

func (t ruleTeller) wordingOf() rule.Wording {
	return rule.Wording{Lang: t.Lang, Value: t.basis.Value, Name: t.called}
}

// called is what a variable of a rule is called where that is more than its label.
func (t ruleTeller) called(v *rule.Variable) string {
	root, id, _ := strings.Cut(v.Name, ".")
	switch {
	case v.Origin == rule.FromParameter:
		return t.in(v.Label) + t.brackets(t.valueOf(v.Name))
	case root == "determined":
		return t.say("已核定“%s”", "“%s” is determined", t.benefitName(id))
	case root == "paid" && id != "total":
		return t.payerName(id) + t.say("已付", " paid")
	case root == "calc":
		return t.step(v.Name)
	}
	return ""
}

// valueOf is a parameter's value on the day with its unit, or why it has none.
func (t ruleTeller) valueOf(name string) string {
	value := t.basis.Frame(t.day)[name]
	shown := rule.Display(value, t.Lang)
	switch p := t.basis.Pack.Parameters[name]; {
	case value != nil && p != nil && p.Type == rule.MoneyType:
		return shown + " " + t.unit(name)
	case shown != "":
		return shown
	case p != nil && p.Unset != nil:
		return t.in(*p.Unset)
	}
	return t.say("当日还没有值", "no value on the day")
}

func (t ruleTeller) add(s *Section, name, value string) {
	if value != "" {
		s.Fields = append(s.Fields, Field{Name: name, Value: value})
	}
}

// conditions are the lines of a when, each in its own words and in those of its expression.
func (t ruleTeller) conditions(s *Section, when []policy.Condition) {
	for _, c := range when {
		item := Item{Text: t.in(c.Label)}
		if said := t.words(c.Test); said != "" && said != item.Text {
			item.Notes = []string{said}
		}
		s.Items = append(s.Items, item)
	}
}

func (t ruleTeller) parameters(s *Section, b *policy.Block) {
	table := &Table{Columns: []Column{{Title: t.say("参数", "Parameter"), Flex: true}, {Title: t.say("数值", "Value"), Right: true}, {Title: t.say("起", "From")}}}
	for _, field := range b.Node.Fields {
		p := t.basis.Pack.Parameters[b.ID+"."+field.Key.Value]
		if p == nil {
			continue
		}
		if set, ok := t.basis.Adoption.Parameters[p.Name]; ok {
			table.Rows = append(table.Rows, Row{Cells: []string{t.in(p.Label) + t.brackets(t.say("采用地区设定", "set by the adopting division")), t.withUnit(p, rule.Display(set, t.Lang)), t.sinceAdopted()}})
			continue
		}
		if p.Unset != nil && len(p.Values) == 0 {
			table.Rows = append(table.Rows, Row{Cells: []string{t.in(p.Label), t.say("未给出", "not given"), t.in(*p.Unset)}})
		}
		for _, v := range p.Values {
			table.Rows = append(table.Rows, Row{Cells: []string{t.in(p.Label), t.withUnit(p, rule.Display(v.Value, t.Lang)), v.From.String()}})
		}
	}
	s.Title, s.Table = "", table
}

func (t ruleTeller) sinceAdopted() string {
	if from := t.basis.Span().From; from != rule.Beginning {
		return from.String()
	}
	return ""
}

func (t ruleTeller) withUnit(p *policy.Parameter, shown string) string {
	if p.Type == rule.MoneyType {
		return shown + " " + t.unit(p.Name)
	}
	return shown
}

// mostRows is how many rows of a catalogue a clause shows.
const mostRows = 40

func (t ruleTeller) rows(s *Section, b *policy.TableBlock) {
	rows, from := b.Rows, ""
	if overlay, ok := t.basis.Adoption.Tables[b.ID]; ok {
		rows, from = overlay.Rows, t.say("采用地区的目录", "rows of the adopting division")
	}
	table := &Table{}
	for _, c := range append(append([]rule.Column{}, b.Type.Keys...), b.Type.Values...) {
		table.Columns = append(table.Columns, Column{Title: t.column(c.Name), Flex: len(table.Columns) == 0})
	}
	for i, row := range rows {
		if i == mostRows {
			s.Notes = append(s.Notes, t.say("另有 %d 行", "and %d more rows", len(rows)-i))
			break
		}
		var cells []string
		for k, cell := range row {
			cells = append(cells, t.cell(b, k, rule.Display(cell, t.Lang)))
		}
		table.Rows = append(table.Rows, Row{Cells: cells})
	}
	if len(rows) > 0 {
		s.Table = table
	}
	if from != "" {
		s.Notes = append(s.Notes, from)
	}
	if b.ToVerify {
		s.Status, s.Tone = t.say("待核实", "to be verified"), Waiting
		s.Notes = append(s.Notes, strings.TrimSpace(t.in(b.Note)+t.say(" 文件没有印出全部项目：目录外的按“未知”，不按“否”。", " The document does not print it all: what is not listed is unknown, not no.")))
	}
}

var columnWords = map[string]fault.Text{"item": {ZH: "项目", EN: "item"}, "code": {ZH: "编码", EN: "code"}, "disease": {ZH: "病种", EN: "disease"}, "name": {ZH: "名称", EN: "name"}, "amount": {ZH: "金额", EN: "amount"},
	"rate": {ZH: "比例", EN: "rate"}, "limit": {ZH: "限额", EN: "limit"}, "drug": {ZH: "药品", EN: "drug"}, "class": {ZH: "类别", EN: "class"}, "level": {ZH: "等级", EN: "level"}, "tier": {ZH: "级别", EN: "tier"}, "stage": {ZH: "学段", EN: "stage"},
	"before": {ZH: "调整前", EN: "before"}, "after": {ZH: "调整后", EN: "after"}, "cycle": {ZH: "周期", EN: "cycle"}, "cost": {ZH: "费用", EN: "cost"}}

// column is a column's name in the field's words, where they are known.
func (t teller) column(name string) string {
	if word, ok := columnWords[name]; ok {
		return t.in(word)
	}
	return strings.ReplaceAll(name, "_", " ")
}

// cell is a cell of a catalogue; fee items are told by their names.
func (t teller) cell(b *policy.TableBlock, k int, shown string) string {
	if k >= len(b.Type.Keys) {
		return shown
	}
	if label, ok := t.basis.Pack.Vocabulary.FeeItems[shown]; ok && b.Type.Keys[k].Words != nil {
		return t.in(label)
	}
	for name, fact := range t.basis.Pack.Vocabulary.Facts {
		if label, ok := fact.Values[shown]; ok && strings.HasSuffix(name, "."+b.Type.Keys[k].Name) {
			return t.in(label)
		}
	}
	return shown
}

// Catalogue is a catalogue of a pack in words, as its division applies it: the names of its columns, and its rows, at most so many, and how many there are.
func Catalogue(b *policy.Basis, id string, most int, o Options) (head []string, cells [][]string, count int) {
	t, table := teller{Options: o, basis: b}, b.Pack.Tables[id]
	rows := table.Rows
	if overlay, ok := b.Adoption.Tables[id]; ok {
		rows = overlay.Rows
	}
	for _, c := range slices.Concat(table.Type.Keys, table.Type.Values) {
		head = append(head, t.column(c.Name))
	}
	for _, row := range rows[:min(most, len(rows))] {
		var line []string
		for k, cell := range row {
			line = append(line, t.cell(table, k, rule.Display(cell, o.Lang)))
		}
		cells = append(cells, line)
	}
	return head, cells, len(rows)
}

func (t ruleTeller) question(s *Section, q *policy.Question) {
	s.Title = t.wording(q)
	for _, r := range q.Readings {
		item := Item{Text: t.in(r.Label)}
		if policy.Same(r.Value, t.basis.Reading(q.ID)) {
			item.Mark = Yes
		}
		s.Items = append(s.Items, item)
	}
	_, chosen := t.basis.Adoption.Readings[q.ID]
	if chosen {
		s.Notes = append(s.Notes, t.say("采用地区选定", "chosen by the adopting division"))
	} else {
		s.Notes = append(s.Notes, t.say("理由：", "because: ")+t.in(q.Why))
	}
}

var aboutWhom = map[string]fault.Text{"person": {ZH: "个人", EN: "a person"}, "household": {ZH: "家庭", EN: "a household"}, "provider": {ZH: "服务机构", EN: "a provider"}, "area": {ZH: "地区", EN: "an area"}}

func (t ruleTeller) whom(word string, about *rule.Expression) string {
	whom := t.in(aboutWhom[word])
	if whom == "" {
		whom = word
	}
	if said := t.words(about); said != "" {
		whom += t.say("，涉及：", ", concerned: ") + said
	}
	return whom
}

func (t ruleTeller) benefit(s *Section, b *policy.Benefit) {
	t.add(s, t.say("对象", "For"), t.whom(b.For, b.About))
	t.conditions(s, b.When)
	amount := t.words(b.Amount)
	if amount != "" && b.PerMember {
		amount += t.say("，按家庭成员每人", ", for each member of the household")
	}
	t.add(s, t.say("标准", "Amount"), amount)
	t.add(s, t.say("计发", "Due"), t.every(t.period(b.Every))+t.say("，", ", ")+t.rhythm(b)+t.say("发放", " paid"))
	t.add(s, t.say("起发", "Starts"), t.words(b.Starts))
	t.add(s, t.say("止发", "Ends"), t.words(b.Ends))
	t.add(s, t.say("资金", "Fund"), t.in(t.basis.Pack.Funds[b.Fund]))
	if b.Payer != "" {
		t.add(s, t.say("发放", "Paid by"), t.who(b.Payer))
	}
	t.add(s, t.say("发给", "Paid to"), t.in(b.PaidTo))
	if b.Review > 0 {
		t.add(s, t.say("复核", "Review"), t.say("每 %d 个月", "every %d months", b.Review))
	}
	t.stacking(s, b)
}

// stacking is what bears on a benefit beside its conditions.
func (t ruleTeller) stacking(s *Section, b *policy.Benefit) {
	t.add(s, t.say("不得同享", "Not together with"), t.benefitNames(b.Excludes))
	t.add(s, t.say("择高", "The higher of"), t.benefitNames(b.HigherOf))
	if b.TopsUp != "" {
		t.add(s, t.say("补差", "Tops up"), t.benefitName(b.TopsUp))
	}
	if b.Instead != nil {
		t.add(s, t.say("改由", "Instead"), t.benefitName(b.Instead.Scheme)+t.brackets(t.in(b.Instead.Reason)))
	}
	if b.Quota != nil {
		t.add(s, t.say("名额", "Quota"), t.in(b.Quota.Of)+" × "+t.words(b.Quota.Share)+t.say("，排序：", ", ranked by ")+t.words(b.Quota.Rank))
	}
	if b.Exit != nil {
		t.add(s, t.say("渐退", "Exit"), t.words(b.Exit.When)+t.say("：", ": ")+t.words(b.Exit.Schedule))
	}
	if b.Discretion != nil {
		t.add(s, t.say("由人核定", "Decided by a person"), t.who(b.Discretion.Office)+t.say("：", ": ")+t.in(b.Discretion.Ask))
	}
	t.add(s, t.say("追回", "Recovery"), t.in(b.Recover))
	t.counters(s, b.Accumulate)
}

func (t ruleTeller) benefitNames(ids []string) string {
	var names []string
	for _, id := range ids {
		names = append(names, t.benefitName(id))
	}
	return t.list(names)
}

// counters are the named totals that a rule reads and moves.
func (t ruleTeller) counters(s *Section, list []policy.Counter) {
	for _, c := range list {
		said, settled := t.window(c.Window), rule.Met
		if c.When != nil {
			settled = c.When.Settled(t.wordingOf())
		}
		if settled == rule.NotMet {
			continue
		}
		if limit := t.words(c.Cap); limit != "" {
			said += t.say("，最多 ", ", at most ") + limit
		}
		if settled == rule.Unknown {
			said += t.say("，仅当 ", ", only if ") + t.words(c.When)
		}
		t.add(s, t.say("累计", "Counts"), said)
	}
}

func (t ruleTeller) window(w policy.Window) string {
	switch {
	case w.Rolling != nil:
		var parts []string
		for i, n := range []int{w.Rolling.Years, w.Rolling.Months, w.Rolling.Days} {
			if n > 0 {
				parts = append(parts, strconv.Itoa(n)+t.say([]string{" 年", " 个月", " 日"}[i], []string{" years", " months", " days"}[i]))
			}
		}
		return t.say("最近 ", "the last ") + strings.Join(parts, " ")
	case w.Cycle != "":
		return t.say("按周期", "by cycle")
	case w.Period == policy.Lifetime:
		return t.say("终身", "for life")
	}
	return t.every(w.Period)
}

func (t ruleTeller) settlement(s *Section, x *policy.Settlement) {
	t.settled = x
	t.add(s, t.say("适用", "For"), t.words(x.For))
	t.add(s, t.say("判定日", "Decided on"), t.words(x.DecidedOn))
	t.conditions(s, x.When)
	for _, step := range x.Let {
		t.add(s, t.step(step.Name), t.words(step.Value))
	}
	table := &Table{Columns: []Column{{Title: t.say("序", "No."), Right: true}, {Title: t.say("支付方", "Payer")}, {Title: t.say("怎么算", "How much"), Flex: true}}}
	for i, p := range x.Payers {
		t.payer(table, strconv.Itoa(i+1), p)
		for _, member := range p.Members {
			t.payer(table, "", member)
		}
	}
	table.Rows = append(table.Rows, Row{Kind: Share, Cells: []string{strconv.Itoa(len(x.Payers) + 1), t.say("个人", "The person"), t.say("其余", "what remains")}})
	s.Table = table
	t.counters(s, x.Accumulate)
	t.add(s, t.say("支付期限", "Due"), t.words(x.Due))
}

func (t ruleTeller) payer(table *Table, no string, p *policy.Payer) {
	how := t.say("账单所载的金额", "as stated by the bill")
	switch {
	case p.Total != nil:
		how = t.words(p.Total)
	case p.EachLine != nil:
		how = t.say("逐项：", "of each line: ") + t.words(p.EachLine)
	case !p.Given && p.Amount != nil:
		how = t.words(p.Amount)
	}
	if p.Takes != "" {
		how += t.say("；只算", "; of ") + t.idName(p.Takes)
	}
	if len(p.Draws) > 0 && len(p.Draws) < int(subject.Parts) {
		var parts []string
		for _, part := range p.Draws {
			parts = append(parts, t.in(subject.PartLabels[part]))
		}
		how += t.say("；只付：", "; pays only: ") + t.list(parts)
	}
	for _, c := range p.When {
		switch c.Test.Settled(t.wordingOf()) {
		case rule.Unknown:
			how += t.say("；条件：", "; if: ") + t.in(c.Label)
		case rule.NotMet:
			how = t.say("按所用的读法不适用：", "not by the reading applied: ") + t.in(c.Label)
		}
	}
	table.Rows = append(table.Rows, Row{Cells: []string{no, t.in(p.Name), how}})
}

func (t ruleTeller) service(s *Section, x *policy.Service) {
	t.add(s, t.say("对象", "For"), t.whom(x.For, x.About))
	t.conditions(s, x.When)
	table := &Table{Columns: []Column{{Title: t.say("事项", "Act"), Flex: true}, {Title: t.say("责任方", "By")}, {Title: t.say("要求", "Owed")}}}
	for _, ob := range x.Obligations {
		table.Rows = append(table.Rows, Row{Cells: []string{t.in(ob.Label), t.who(ob.Who), t.every(ob.Every) + t.say(" %d 次", ", %d times", ob.Count)}})
	}
	s.Table = table
	if x.Pays != nil {
		t.add(s, t.say("服务方报酬", "Paid to the provider"), t.words(x.Pays.Amount)+t.say("，", ", ")+t.every(x.Pays.Every))
	}
}

func (t ruleTeller) procedure(s *Section, p *policy.Procedure) {
	t.add(s, t.say("谁可以申请", "Who may apply"), t.texts(p.Applicants))
	t.add(s, t.say("由谁发现", "Found by"), t.texts(p.FoundBy))
	var papers []string
	for _, d := range p.Documents {
		papers = append(papers, fmt.Sprintf("%s × %d", t.in(d.Name), d.Copies))
	}
	t.add(s, t.say("材料", "Documents"), t.list(papers))
	table := &Table{Columns: []Column{{Title: t.say("步骤", "Step"), Flex: true}, {Title: t.say("经办", "Office")}, {Title: t.say("时限", "Within")}}}
	for _, step := range p.Steps {
		act := t.in(step.Act)
		if len(step.At) > 0 {
			act += t.brackets(t.texts(step.At))
		}
		if skipped := t.words(step.Skipped); skipped != "" {
			act += t.brackets(t.say("免办：", "skipped if ") + skipped)
		}
		table.Rows = append(table.Rows, Row{Cells: []string{act, t.who(step.Office), t.within(step.Within)}})
	}
	s.Table = table
	t.add(s, t.say("材料不全", "If incomplete"), t.in(p.Incomplete))
	t.add(s, t.say("不予受理", "If refused"), t.in(p.Refusal))
}

var deadlineUnits = map[string]fault.Text{"working-days": {ZH: " 个工作日", EN: " working days"}, "natural-days": {ZH: " 个自然日", EN: " natural days"}, "months": {ZH: " 个月", EN: " months"}}

func (t ruleTeller) within(d *policy.Deadline) string {
	switch {
	case d == nil:
		return ""
	case d.Count != nil:
		return t.words(d.Count) + t.in(deadlineUnits[d.Unit])
	}
	return strconv.Itoa(d.Fixed) + t.in(deadlineUnits[d.Unit])
}

func (t ruleTeller) screen(s *Section, x *policy.Screen) {
	t.add(s, t.say("对象", "For"), t.whom(x.For, x.About))
	t.add(s, t.say("比对来源", "Sources"), t.texts(x.Sources))
	t.conditions(s, x.When)
	t.add(s, t.say("疑点", "Finding"), t.in(x.Found))
	t.add(s, t.say("怎么判", "It is one if"), t.words(x.Finding))
	t.add(s, t.say("处置", "Then"), t.who(x.Office)+t.say("：", ": ")+t.in(x.Action))
	t.add(s, t.say("期限", "Within"), strings.TrimSpace(t.within(x.Within)+" "+t.words(x.By)))
}

func (t ruleTeller) duty(s *Section, d *policy.Duty) {
	t.add(s, t.say("责任单位", "Who"), t.whos(d.Who))
	t.add(s, t.say("内容", "What"), t.in(d.Content))
	t.add(s, t.say("报送", "To"), t.whos(d.To))
	if d.Lead != "" {
		t.add(s, t.say("牵头", "Lead"), t.who(d.Lead))
	}
	t.add(s, t.say("配合", "With"), t.whos(d.Responsible))
	var due []string
	for _, day := range d.Yearly {
		due = append(due, t.say("每年 %d 月 %d 日", "every year on %d-%d", day.Month, day.Day))
	}
	if d.Monthly > 0 {
		due = append(due, t.say("每月 %d 日", "on day %d of every month", d.Monthly))
	}
	if d.Every != "" {
		due = append(due, t.every(d.Every)+t.say("末", ", at its end"))
	}
	t.add(s, t.say("期限", "Due"), strings.TrimSpace(t.list(due)+" "+t.words(d.By)))
	if i := d.Indicator; i != nil {
		t.add(s, t.say("指标", "Indicator"), t.words(i.Value))
		for _, target := range i.Targets {
			t.add(s, t.say("目标", "Target"), t.say("%s 前 ", "by %s: ", target.By)+t.words(target.Value))
		}
	}
	if d.Ledger != nil {
		t.add(s, t.say("台账", "Ledger"), t.in(d.Ledger.Name)+t.brackets(t.texts(d.Ledger.Columns)))
	}
}

// change is what a change of policy means for the time before.
func (t ruleTeller) change(s *Section, x *policy.Transition) {
	t.add(s, t.say("涉及待遇", "Benefits"), t.benefitNames(x.Benefits))
	var settled []string
	for _, id := range x.Settlements {
		settled = append(settled, t.in(named(t.basis.Pack.Settlement, id).Name))
	}
	t.add(s, t.say("涉及结算", "Settlements"), t.list(settled))
	t.add(s, t.say("自", "From"), t.words(x.From))
	t.add(s, t.say("至", "To"), t.words(x.To))
	t.add(s, t.say("适用于", "If"), t.words(x.Applies))
	bills := map[string]fault.Text{"preview": {ZH: "先试算，再重新结算", EN: "previewed before they are settled again"}, "resettle": {ZH: "重新结算", EN: "settled again"}, "on-request": {ZH: "申请后重新结算", EN: "settled again on request"}}
	t.add(s, t.say("账单", "Bills"), t.in(bills[x.Bills]))
	t.add(s, t.say("期限", "Due"), t.words(x.Due))
}
