package present

import (
	"fmt"
	"strconv"
	"strings"

	"doudi/decide/counter"
	"doudi/decide/explain"
	"doudi/decide/rule"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Statement is a bill divided, on one page: who pays what in the legal order, how each amount was computed and where its
// figures come from, closed to the fen.
func Statement(r *settle.Result, s *subject.Subject, o Options) *Page {
	t := statement{teller: teller{Options: o, basis: r.Basis, settled: r.Settlement}, result: r, subject: s}
	page := &Page{Lang: t.lang(), Title: t.title(), Mark: t.mark(), Fields: t.head()}
	if r.Settlement == nil {
		page.Sections = append(page.Sections, t.unclaimed()...)
		return page
	}
	page.Sections = append(page.Sections, t.waterfall())
	page.Sections = append(page.Sections, t.gates()...)
	page.Sections = append(page.Sections, t.wanted(r.Missing)...)
	page.Sections = append(page.Sections, t.sources()...)
	page.Sections = append(page.Sections, t.counters()...)
	page.Sections = append(page.Sections, t.readings(r.Questions)...)
	page.Sections = append(page.Sections, t.remarks()...)
	return page
}

type statement struct {
	teller
	result  *settle.Result
	subject *subject.Subject
}

// title is the name the papers of citizens carry.
func (t statement) title() string {
	word := t.say("结算单", "Settlement statement")
	s := t.result.Settlement
	if s == nil {
		return word
	}
	name := s.PublicName
	if name.ZH == "" {
		name = s.Name
	}
	return t.in(name) + t.say(" ", ": ") + strings.ToLower(word)
}

func (t statement) head() []Field {
	r := t.result
	fields := append(t.document(), Field{Name: t.say("对象", "Person"), Value: t.person(t.subject, t.day())})
	if visit := t.visit(); visit != "" {
		fields = append(fields, Field{Name: t.say("就诊", "Visit"), Value: visit})
	}
	fields = append(fields, Field{Name: t.say("费用", "Bill"), Value: t.bill()})
	result := Field{Name: t.say("结果", "Result"), Value: t.verdict(r.Verdict), Strong: true}
	if r.Decided != 0 {
		result.Value += t.brackets(t.say("按 %s 的规定", "by the rules of %s", r.Decided))
	}
	return append(fields, result)
}

// day is the day that facts about the person are read on.
func (t statement) day() period.Day {
	if t.result.Status != 0 {
		return t.result.Status
	}
	return rule.Forever
}

func (t statement) visit() string {
	var parts []string
	for _, name := range []string{"visit.kind", "visit.clinic", "visit.hospital.name", "visit.hospital.tier", "visit.diagnosis_name"} {
		if shown := t.known(t.subject, name, t.day()); shown != "" {
			parts = append(parts, shown)
		}
	}
	if span := t.result.Span; !span.Empty() && span != (period.Span{}) {
		parts = append(parts, t.days(span))
	} else if t.result.Decided != 0 {
		parts = append(parts, t.result.Decided.String())
	}
	return strings.Join(parts, " · ")
}

// bill is the fees as billed, by part.
func (t statement) bill() string {
	v := t.result.Bill
	s := t.say("总额 ", "total ") + t.yuan(v.Total())
	if b := t.subject.Bill; b != nil && b.No != "" {
		s = t.say("单号 ", "no. ") + b.No + " · " + s
	}
	for part, label := range subject.PartLabels {
		if v[part] != 0 {
			s += " · " + t.in(label) + " " + v[part].Grouped()
		}
	}
	return s
}

// waterfall is the table of payers in the legal order.
func (t statement) waterfall() Section {
	table := &Table{Columns: []Column{{Title: t.say("序", "No."), Right: true}, {Title: t.say("支付方", "Payer")},
		{Title: t.say("怎么算的", "How it was computed"), Flex: true, Least: 28}, {Title: t.say("支付（元）", "Pays (yuan)"), Right: true},
		{Title: t.say("占比", "Share"), Right: true}, {Title: t.say("付后剩余", "Remaining"), Right: true}, {Title: t.say("条文", "Clause")}}}
	number := 0
	for i := range t.result.Payers {
		p := &t.result.Payers[i]
		if p.Group == nil {
			number++
		}
		table.Rows = append(table.Rows, t.payer(p, number))
		table.Rows = append(table.Rows, t.lines(p)...)
	}
	table.Rows = append(table.Rows, t.patient(), t.total())
	s := Section{Table: table}
	if t.result.PatientKnown {
		s.Notes = append(s.Notes, t.inWords())
	}
	if d := t.result.Due; d != nil {
		s.Notes = append(s.Notes, t.say("各方应于 %s 前付清", "payers pay by %s", *d))
	}
	return s
}

func (t statement) inWords() string {
	share := t.result.Patient
	if t.english() {
		return "the patient pays " + t.yuan(share)
	}
	return "个人应付 " + t.yuan(share) + "（大写：" + share.Upper() + "）"
}

func (t statement) payer(p *settle.Payment, number int) Row {
	row := Row{Cells: []string{strconv.Itoa(number), t.in(p.Payer.Name), t.how(p), t.amount(p), "", "", t.clause(p)}}
	if p.Known {
		row.Cells[4] = tenths(p.Amount, t.result.Bill.Total())
	}
	if p.Traced {
		row.Cells[5] = p.After.Grouped()
	}
	if p.Group != nil {
		row.Cells[0], row.Cells[1], row.Cells[5] = "", t.say("└ ", "└ ")+row.Cells[1], ""
	}
	if p.Provisional {
		row.Kind, row.Tone = Provisional, Waiting
		row.Cells[2] = strings.TrimSpace(t.say("〔未定分担〕", "[provisional] ") + row.Cells[2])
	}
	return row
}

func (t statement) amount(p *settle.Payment) string {
	switch {
	case p.Known:
		return p.Amount.Grouped()
	case p.Provisional:
		return t.say("未定", "open")
	default:
		return t.say("待定", "open")
	}
}

func (t statement) clause(p *settle.Payment) string {
	if p.Given || p.Payer.Given && p.Payer.Amount == nil {
		return t.say("账单", "the bill")
	}
	if c := t.result.Settlement.Clause; c != nil {
		return c.Number
	}
	return ""
}

// how is the formula with its figures, or why there is none.
func (t statement) how(p *settle.Payment) string {
	note := t.in(p.Note)
	switch {
	case p.Given && note == "":
		return t.say("账单载明，已先行结算", "stated by the bill, settled before")
	case len(p.Lines) > 0:
		return t.say("逐项计算", "line by line")
	}
	formula := ""
	if p.Known || note == "" {
		formula = t.named(p.Detail)
	}
	if note == "" || formula == "" {
		return formula + note
	}
	return note + "\n" + formula
}

// named is a formula; one that is a single figure is given its name.
func (t teller) named(a explain.Amount) string {
	s := t.formula(a)
	if !a.Known || s != a.Value.Grouped() {
		return s
	}
	for _, use := range a.Uses {
		if same, ok := use.Value.(rule.Money); ok && money.Fen(same) == a.Value && !unspoken(use.Variable) {
			return t.fact(use).Name + " " + s
		}
	}
	return s
}

// mostLines is how many lines of a payer are shown one by one.
const mostLines = 12

// lines are what a payer that pays by line takes of each.
func (t statement) lines(p *settle.Payment) []Row {
	var rows []Row
	for i, line := range p.Lines {
		if i == mostLines {
			rows = append(rows, Row{Kind: Detail, Cells: []string{"", "", t.say("另有 %d 项", "and %d more", len(p.Lines)-i)}})
			break
		}
		text := t.lineName(line) + "  " + line.Base.Grouped() + " × " + line.Rate.String() + " = " + line.Amount.Grouped()
		rows = append(rows, Row{Kind: Detail, Cells: []string{"", "", text}})
	}
	return rows
}

func (t statement) lineName(line settle.LinePayment) string {
	numbered := t.say("第 %d 项", "line %d", line.Index+1)
	if t.subject.Bill == nil || line.Index >= len(t.subject.Bill.Lines) {
		return numbered
	}
	facts := t.subject.Bill.Lines[line.Index].Facts
	for _, name := range []string{"line.item", "line.name"} {
		kind := t.basis.Pack.Vocabulary.Facts[name]
		if fact, ok := facts.At(name, t.day()); ok && kind != nil && !t.hides(kind) {
			return kind.Show(fact.Value, t.Lang)
		}
	}
	return numbered
}

func (t statement) patient() Row {
	r := t.result
	row := Row{Kind: Share, Cells: []string{"", t.say("个人", "Patient"), "", t.say("待定", "open"), "", "", ""}}
	if r.PatientKnown {
		row.Cells[2], row.Cells[3], row.Cells[4] = t.patientParts(), r.Patient.Grouped(), tenths(r.Patient, r.Bill.Total())
	}
	return row
}

func (t statement) patientParts() string {
	var parts []string
	for part, label := range subject.PartLabels {
		if amount := t.result.PatientParts[part]; amount != 0 {
			parts = append(parts, t.in(label)+" "+amount.Grouped())
		}
	}
	return strings.Join(parts, " + ")
}

// total is the closing line: what the payers and the patient bear, against the bill.
func (t statement) total() Row {
	r := t.result
	if !r.PatientKnown {
		return Row{Kind: Sum, Tone: Waiting, Cells: []string{"", t.say("合计", "Total"), t.say("材料未齐，尚未结清", "not closed: documents are missing"), r.Bill.Total().Grouped()}}
	}
	sum := r.Patient
	for i := range r.Payers {
		if p := &r.Payers[i]; p.Group == nil {
			sum += p.Amount
		}
	}
	difference := r.Bill.Total() - sum
	closing := t.say("勾稽一致，差 0.00", "reconciled, difference 0.00")
	if difference != 0 {
		closing = t.say("勾稽不一致，差 %s", "not reconciled, difference %s", difference.Grouped())
	}
	return Row{Kind: Sum, Cells: []string{"", t.say("合计", "Total"), closing, sum.Grouped(), tenths(sum, r.Bill.Total())}}
}

// tenths is a share of the bill in percent with one decimal, rounded half up; “–” of an empty bill.
func tenths(part, whole money.Fen) string {
	if whole <= 0 {
		return "–"
	}
	n := (2*int64(part)*1000 + int64(whole)) / (2 * int64(whole))
	return fmt.Sprintf("%d.%d%%", n/10, n%10)
}

// gates are the conditions of the settlement and of its payers.
func (t statement) gates() []Section {
	s := Section{Title: t.say("条件", "Conditions"), Items: t.items(t.result.Reasons)}
	for i := range t.result.Payers {
		p := &t.result.Payers[i]
		for _, reason := range p.Reasons {
			item := t.item(reason)
			item.Text = t.in(p.Payer.Name) + t.say("：", ": ") + item.Text
			s.Items = append(s.Items, item)
		}
	}
	if n := t.result.Nearest; n != nil {
		s.Notes = append(s.Notes, t.nearest(n))
	}
	if len(s.Items) == 0 {
		return nil
	}
	return []Section{s}
}

func (t statement) nearest(n *settle.Nearest) string {
	label := t.quoted(t.in(n.Label))
	if !n.Known {
		return t.say("只有一项不符合：%s", "one condition alone is not met: %s", label)
	}
	return t.say("只有一项不符合：%s；符合的话，本办法各方共付 %s", "one condition alone is not met: %s; if it were, the payers of these rules would bear %s", label, t.yuan(n.Amount))
}

// sources say where the figures in the formulas come from.
func (t statement) sources() []Section {
	s := Section{Title: t.say("数字从哪里来", "Where the figures come from")}
	for i := range t.result.Payers {
		p := &t.result.Payers[i]
		facts := t.figures(p)
		if p.Known && len(facts) > 0 && p.Amount != 0 {
			s.Items = append(s.Items, Item{Text: t.in(p.Payer.Name), Facts: facts})
		}
	}
	if len(s.Items) == 0 {
		return nil
	}
	return []Section{s}
}

// figures are the amounts, rates and days an amount was computed from, each once.
func (t statement) figures(p *settle.Payment) []Fact {
	var uses []explain.Use
	seen := map[string]bool{}
	add := func(list []explain.Use) {
		for _, use := range list {
			if !seen[use.Variable.Name] && figure(use.Variable.Type) {
				seen[use.Variable.Name] = true
				uses = append(uses, use)
			}
		}
	}
	add(p.Detail.Uses)
	for _, line := range p.Lines {
		add(line.Uses)
	}
	return append(t.facts(uses, false), t.catalogues(p)...)
}

// catalogues are the tables that figures were looked up in.
func (t statement) catalogues(p *settle.Payment) []Fact {
	var names []string
	switch {
	case p.Payer.EachLine != nil && len(p.Lines) > 0:
		names = p.Payer.EachLine.Refs
	case p.Detail.Figure.Expression != nil:
		names = p.Detail.Figure.Used()
	}
	var facts []Fact
	for _, name := range names {
		if table := t.basis.Pack.Tables[name]; table != nil {
			source := t.clauseOf(table.Block)
			if _, overlaid := t.basis.Adoption.Tables[name]; overlaid {
				source = t.say("采用地区填入", "filled in by the adopting division")
			}
			facts = append(facts, Fact{Name: t.say("目录“%s”", "catalogue “%s”", t.in(table.Name)), Source: t.brackets(source)})
		}
	}
	return facts
}

// figure tells whether values of a type stand in formulas as figures.
func figure(kind rule.Type) bool {
	switch kind {
	case rule.MoneyType, rule.RateType, rule.IntType, rule.DayType, rule.BandsType, rule.RatesType:
		return true
	}
	return false
}

// counters are the dated totals that the settlement moved.
func (t statement) counters() []Section { return t.movements(t.result.Counters) }

// movements is the section of counters before and after.
func (t teller) movements(list []counter.Movement) []Section {
	if len(list) == 0 {
		return nil
	}
	table := &Table{Columns: []Column{{Title: t.say("累计", "Running total"), Flex: true}, {Title: t.say("期间", "Period")},
		{Title: t.say("此前", "Before"), Right: true}, {Title: t.say("本次", "This time"), Right: true}, {Title: t.say("此后", "After"), Right: true}}}
	for _, m := range list {
		if m.Counter == nil {
			continue
		}
		before, delta, after := m.Before.Grouped(), m.Delta.Grouped(), m.After.Grouped()
		if m.IsCount {
			before, delta, after = strconv.FormatInt(m.CountBefore, 10), strconv.FormatInt(m.CountDelta, 10), strconv.FormatInt(m.CountAfter, 10)
		}
		table.Rows = append(table.Rows, Row{Cells: []string{t.counted(m), t.window(m.Window), before, delta, after}})
	}
	return []Section{{Title: t.say("累计", "Running totals"), Table: table}}
}

// counted says what a counter adds up.
func (t teller) counted(m counter.Movement) string {
	of, id, _ := strings.Cut(m.Counter.Of, ".")
	words := map[string]fault.Text{"cost": {ZH: "费用总额", EN: "total cost"}, "patient": {ZH: "个人负担", EN: "borne by the patient"}, "count": {ZH: "次数", EN: "times"}, "amount": {ZH: "金额", EN: "amount"}}
	name := strings.ReplaceAll(m.ID, "_", " ")
	switch {
	case of == "payer":
		name = t.say("%s支付", "paid by %s", t.payerName(id))
	case of == "base":
		name = t.say("%s的计算基数", "basis of %s", t.payerName(id))
	case words[of].ZH != "":
		name = t.in(words[of])
	}
	if keys := t.keys(m.Key); len(keys) > 0 {
		name += t.brackets(t.list(keys))
	}
	return name
}

// keys are what a counter is kept by beyond the person. They are values of facts, such as a disease, so they are withheld
// together with them.
func (t teller) keys(list []string) []string {
	keys := append([]string{}, list...)
	for i := range keys {
		if t.HideSensitive {
			keys[i] = t.in(Withheld)
		}
	}
	return keys
}

func (t teller) window(span period.Span) string {
	if span.Empty() {
		return t.say("本次", "this visit")
	}
	if shown := t.days(span); shown != "" {
		return shown
	}
	return t.say("终身", "lifetime")
}

func (t statement) remarks() []Section {
	r := t.result
	var s Section
	if len(r.Invoices) > 0 {
		s.Notes = append(s.Notes, t.say("本次使用的发票：%s，不得再次使用", "invoices used up: %s", t.list(r.Invoices)))
	}
	if r.Notch {
		s.Notes = append(s.Notes, t.say("在所采用的读法下，费用多一分，个人负担可能变动不止一分", "under the reading in force one fen more of fees may move the patient's share by more than a fen"))
	}
	if hasProvisional(r) {
		s.Notes = append(s.Notes, t.say("标有〔未定分担〕的各方合计不变，个人负担已定；补齐所缺资料后才能分清各付多少", "the total of the payers marked [provisional] stands and so does the patient's share; how they divide it follows when what is missing is known"))
	}
	if len(s.Notes) == 0 {
		return nil
	}
	return []Section{s}
}

func hasProvisional(r *settle.Result) bool {
	for i := range r.Payers {
		if r.Payers[i].Provisional {
			return true
		}
	}
	return false
}

// unclaimed is a bill that no settlement of the pack is certainly for.
func (t statement) unclaimed() []Section {
	if len(t.result.Possible) == 0 {
		return []Section{{Notes: []string{t.say("这份文件没有涉及这种账单的规定，账单未作任何分担", "the document has no rule for a bill of this kind; nothing was divided")}}}
	}
	var names []string
	for _, s := range t.result.Possible {
		names = append(names, t.quoted(t.in(s.Name))+t.brackets(t.clauseOf(s.Block)))
	}
	note := t.say("可能适用：%s；补齐下列情况后才能判定", "may apply: %s; what follows is needed to tell", t.list(names))
	return append([]Section{{Notes: []string{note}}}, t.wanted(t.result.Missing)...)
}
