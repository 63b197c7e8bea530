package present

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Options choose how a result is told.
type Options struct {
	Lang          string // zh or en
	HideSensitive bool   // values of protected facts are withheld
	Window        bool   // for a cashier: protected facts are withheld unless the bill itself states them or a payer asks for the list
	Short         bool   // readings are counted instead of told, and remarks about the place are left out
	Why           bool   // readings are told with the reason for them
	Desk          bool   // for people at a desk: a document is called by its title, version and day, and what a program calls it stands in a line of its own

	Withhold Guards  // values of facts protected so are withheld: the reader's purpose does not need them
	Places   *Places // how divisions are called; nil tells them by their codes
}

// Places are the divisions of a county by name.
type Places struct {
	Name func(ident.Division) string
}

// Guards are up to four kinds of protection; "" is none.
type Guards [4]rule.Sensitivity

// teller puts the parts of results into words.
type teller struct {
	Options
	basis   *policy.Basis
	settled *policy.Settlement // whose payers are spoken of; nil when none is
}

// say is a sentence of ours in the page's language.
func (t teller) say(zh, en string, args ...any) string {
	s := zh
	if t.english() {
		s = en // which may be nothing, where Chinese needs a word more
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// in is a label of a pack in the page's language.
func (t teller) in(x fault.Text) string { return x.In(t.Lang) }

func (t teller) english() bool { return t.Lang == "en" }

// lang is the page's language as documents name it.
func (t teller) lang() string {
	if t.english() {
		return "en"
	}
	return "zh"
}

// list joins words with the comma of the language.
func (t teller) list(words []string) string { return strings.Join(words, t.say("、", ", ")) }

// brackets puts a remark behind something.
func (t teller) brackets(s string) string { return t.say("（", " (") + s + t.say("）", ")") }

func (t teller) quoted(s string) string { return t.say("“", "“") + s + t.say("”", "”") }

// days is a span for people, with open ends left open; "" when both are.
func (t teller) days(s period.Span) string {
	from, to := s.From != rule.Beginning, s.To != rule.Forever
	switch {
	case from && to && s.From == s.To:
		return s.From.String()
	case from && to:
		return t.say("%s 至 %s", "%s to %s", s.From, s.To)
	case from:
		return t.say("%s 起", "from %s", s.From)
	case to:
		return t.say("至 %s", "until %s", s.To)
	default:
		return ""
	}
}

// yuan is an amount with its unit.
func (t teller) yuan(f money.Fen) string { return f.Grouped() + t.say(" 元", " yuan") }

// document names the pack and how sure we are of its place.
func (t teller) document() []Field {
	p := t.basis.Pack
	remarks := []string{p.ID + " " + p.Version}
	if t.Desk {
		remarks[0] = t.edition()
	}
	if p.Number != "" {
		remarks = append(remarks, p.Number)
	}
	if p.HasIssued {
		remarks = append(remarks, t.say("%s 印发", "issued %s", p.Issued))
	}
	if p.Draft {
		remarks = append(remarks, t.say("征求意见稿", "draft for comment"))
	}
	title := t.say("《", "“") + t.in(p.Title) + t.say("》", "”")
	fields := []Field{{Name: t.say("依据", "Document"), Value: title + t.brackets(strings.Join(remarks, t.say("，", ", ")))},
		{Name: t.say("适用地区", "Place"), Value: t.place()}}
	if t.Desk {
		fields = append(fields, t.exactly())
	}
	return fields
}

// edition is which edition of the pack it is.
func (t teller) edition() string { return t.say("版本 ", "version ") + t.basis.Pack.Version }

// exactly is what a program finds the pack by, to the last character: what was decided can be decided again with it.
func (t teller) exactly() Field {
	p := t.basis.Pack
	return Field{Name: t.say("准确引用（供审计）", "Exact reference (for auditors)"), Value: p.ID + " " + p.Version + " SHA-256 " + p.Hash, Exact: true}
}

// place is where the pack applies. A place that the document itself does not state is never shown as if it did.
func (t teller) place() string {
	p, a := t.basis.Pack, t.basis.Adoption
	s := t.in(p.Place)
	if p.Jurisdiction != "" {
		s += " " + string(p.Jurisdiction)
	}
	note := t.say("：", ": ") + t.in(p.Note)
	if t.Short {
		note = ""
	}
	switch p.Attribution {
	case "inferred":
		s += t.brackets(t.say("文件没有写明，由内容推定", "not stated by the document, inferred") + note)
	case "unset":
		s += t.brackets(t.say("文件没有写明", "not stated by the document") + note)
	}
	if a.Division == "" || a.Division == p.Jurisdiction {
		return s
	}
	kind := t.say("采用地区", "adopted by")
	if a.Division.Fictional() {
		kind = t.say("采用地区（虚构）", "adopted by the fictional division")
	}
	return s + t.say("；", "; ") + kind + " " + string(a.Division)
}

func (t teller) mark() string { return t.in(t.basis.Adoption.Label) }

// person is who is spoken of: the name, and what tells people of one name apart.
func (t teller) person(s *subject.Subject, on period.Day) string {
	var parts []string
	if s.Name != "" {
		parts = append(parts, t.name(s.Name))
	}
	for _, name := range []string{"person.sex", "person.id", "person.hukou", "provider.name"} {
		if shown := t.known(s, name, on); shown != "" {
			if name == "person.hukou" {
				shown = t.say("户籍 ", "registered at ") + shown
			}
			parts = append(parts, shown)
		}
	}
	if len(parts) == 0 {
		return t.say("未写姓名", "no name given")
	}
	return strings.Join(parts, " · ")
}

func (t teller) name(s string) string {
	if t.HideSensitive {
		return ident.MaskName(s)
	}
	return s
}

// known is a fact's value for people, "" when it is unknown or must not be shown.
func (t teller) known(s *subject.Subject, name string, on period.Day) string {
	fact, ok := s.Facts.At(name, on)
	kind := t.basis.Pack.Vocabulary.Facts[name]
	if !ok || kind == nil || t.hides(kind) && kind.Format != "person-id" {
		return ""
	}
	return t.placed(fact.Value, kind.Show(fact.Value, t.Lang))
}

// placed is a value in words: a division by its name where the names are known.
func (t teller) placed(value any, otherwise string) string {
	if code, ok := value.(rule.Division); ok && t.Places != nil {
		return t.Places.Name(ident.Division(code))
	}
	return otherwise
}

func (t teller) hides(kind *rule.FactType) bool {
	if kind == nil || kind.Sensitivity == rule.Plain || kind.Sensitivity == "" {
		return false
	}
	return t.HideSensitive || t.Window && !atWindow(kind.Name) || t.withholds(kind)
}

// atWindow tells whether a cashier needs a protected fact: what the bill states, and whether somebody is on a list that a payer
// asks for. What else is known of a person is no matter of the window.
func atWindow(name string) bool {
	group, _, _ := strings.Cut(name, ".")
	return slices.Contains([]string{"visit", "line", "application", "approval", "roster"}, group)
}

var guards = map[rule.Sensitivity]fault.Text{rule.Identity: {ZH: "身份", EN: "identity"}, rule.Finance: {ZH: "收入", EN: "finance"},
	rule.Health: {ZH: "健康", EN: "health"}, rule.Child: {ZH: "儿童", EN: "child"}}

// item is one condition as it was answered, with the facts behind the answer.
func (t teller) item(r explain.Reason) Item {
	return Item{Mark: markOf(r.Truth), Text: t.in(r.Label), Facts: t.facts(r.Uses, r.Truth == rule.Unknown)}
}

func markOf(truth rule.Truth) Mark {
	return map[rule.Truth]Mark{rule.Met: Yes, rule.NotMet: No, rule.Unknown: Open}[truth]
}

func (t teller) items(reasons []explain.Reason) []Item {
	var items []Item
	for _, r := range reasons {
		items = append(items, t.item(r))
	}
	return items
}

// facts are the values something stood on. Those that are not known are named where they are what is missing; readings
// of questions are told in their own place.
func (t teller) facts(uses []explain.Use, open bool) []Fact {
	var facts []Fact
	for _, use := range uses {
		if use.Variable.Origin == rule.FromQuestion || use.Variable.Type == rule.RoundingType || unspoken(use.Variable) {
			continue
		}
		if use.Value == nil && !open {
			continue
		}
		facts = append(facts, t.fact(use))
	}
	return facts
}

// unspoken are a rule's own steps, which have no name for people, and the place, which stands at the head of the page.
func unspoken(v *rule.Variable) bool {
	return v.Name == "jurisdiction" || strings.HasPrefix(v.Name, "calc.")
}

func (t teller) fact(use explain.Use) Fact {
	f := Fact{Name: t.in(use.Variable.Label), Value: t.value(use), Source: t.source(use)}
	if kind := use.Variable.Fact; kind != nil {
		f.Guard = t.in(guards[kind.Sensitivity])
	}
	switch root, id, _ := strings.Cut(use.Variable.Name, "."); {
	case root == "roster_since":
		f.Name = t.say("列入", "on the roster of ") + f.Name + t.say("的日期", " since")
	case root == "determined":
		f.Name = t.say("此前已核定", "determined before: ") + t.benefitName(id)
	case root == "paid" && id != "total":
		f.Name = t.payerName(id) + t.say("已付", " paid")
	}
	return f
}

// Withheld stands in the place of a value that is not shown.
var Withheld = fault.Text{ZH: "〔已隐去〕", EN: "[withheld]"}

func (t teller) value(use explain.Use) string {
	switch {
	case use.Value == nil:
		return t.say("未知", "unknown")
	case t.hides(use.Variable.Fact):
		return t.in(Withheld)
	}
	shown := t.placed(use.Value, use.Show(t.Lang))
	if use.Variable.Type == rule.MoneyType {
		shown += " " + t.unit(use.Variable.Name)
	}
	if t.english() {
		shown = strings.ReplaceAll(shown, "、", ", ")
	}
	return shown
}

var spans = map[string]fault.Text{"month": {ZH: "月", EN: "month"}, "quarter": {ZH: "季", EN: "quarter"}, "half-year": {ZH: "半年", EN: "half-year"},
	"year": {ZH: "年", EN: "year"}, "school-year": {ZH: "学年", EN: "school year"}, "day": {ZH: "日", EN: "day"}, "week": {ZH: "周", EN: "week"},
	"person": {ZH: "人", EN: "person"}, "time": {ZH: "次", EN: "time"}, "event": {ZH: "次", EN: "event"}}

// unit is yuan, a month or whatever else a parameter states.
func (t teller) unit(name string) string {
	yuan := t.say("元", "yuan")
	p := t.basis.Pack.Parameters[name]
	if p == nil {
		return yuan
	}
	for _, per := range strings.Split(p.Unit, "/")[1:] {
		word := per
		if known, ok := spans[per]; ok {
			word = t.in(known)
		}
		yuan += t.say("/", " a ") + word
	}
	return yuan
}

// source says where a value comes from: an office and its days, a clause of the document, or the adopting division.
func (t teller) source(use explain.Use) string {
	var parts []string
	switch use.Variable.Origin {
	case rule.FromFact, rule.FromRoster:
		if use.Value == nil {
			parts = append(parts, t.say("待 ", "needed from ")+t.office(use.Source()))
			break
		}
		parts = append(parts, t.office(use.Source()))
		if !strings.HasPrefix(use.Variable.Name, "line.") {
			parts = append(parts, t.days(use.Span()))
		}
		if use.Learned() != rule.Beginning {
			parts = append(parts, t.say("%s 获知", "learnt on %s", use.Learned()))
		}
	case rule.FromParameter:
		parts = append(parts, t.parameterSource(use.Variable.Name))
	default:
		return ""
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	if len(parts) == 0 {
		return ""
	}
	return t.brackets(strings.Join(parts, t.say("，", ", ")))
}

func (t teller) parameterSource(name string) string {
	if _, set := t.basis.Adoption.Parameters[name]; set {
		return t.say("采用地区设定", "set by the adopting division")
	}
	p := t.basis.Pack.Parameters[name]
	switch {
	case p == nil:
		return ""
	case p.Unset != nil && len(p.Values) == 0:
		return t.in(*p.Unset)
	default:
		return t.clauseOf(p.Block)
	}
}

// clauseOf is the number of the document's clause a block stands under.
func (t teller) clauseOf(b *policy.Block) string {
	if b == nil || b.Clause == nil {
		return ""
	}
	return t.say("条文 ", "clause ") + b.Clause.Number
}

// office is an office in the page's language; one that a file names in its own words stays as written.
func (t teller) office(s string) string {
	if english, ok := offices[s]; ok && t.english() {
		return english
	}
	return s
}

// who is an office of the pack.
func (t teller) who(id string) string {
	if name, ok := t.basis.Pack.Offices[id]; ok {
		return t.in(name)
	}
	return id
}

func (t teller) whos(ids []string) string {
	var names []string
	for _, id := range ids {
		names = append(names, t.who(id))
	}
	return t.list(names)
}

// lacking says in words what is missing and from which office.
func (t teller) lacking(name string) string {
	pack := t.basis.Pack
	if id, ok := strings.CutPrefix(name, "bill.paid."); ok {
		return t.say("账单上“%s”已付的金额", "what “%s” has paid, on the bill", t.payerName(id)) + t.brackets(t.office("医疗机构"))
	}
	if id, ok := strings.CutPrefix(name, "decisions."); ok {
		return t.say("“%s”由人核定的金额和理由", "the amount and reason that a person decides for “%s”", t.benefitName(id))
	}
	if id, ok := strings.CutPrefix(name, "table."); ok && pack.Tables[id] != nil {
		table := pack.Tables[id]
		return t.say("目录“%s”", "the catalogue “%s”", t.in(table.Name)) + t.brackets(t.in(table.Note))
	}
	if p := pack.Parameters[name]; p != nil {
		return t.in(p.Label) + t.brackets(t.parameterSource(name))
	}
	if word, ok := lackingWords[name]; ok {
		return t.in(word)
	}
	v := pack.Env.Variable(name)
	if v == nil {
		return name
	}
	if v.Fact != nil {
		return t.in(v.Label) + t.brackets(t.office(v.Fact.Office))
	}
	return cmp.Or(t.in(v.Label), name)
}

var lackingWords = map[string]fault.Text{"roster": {ZH: "参加排序的名册", EN: "the roster that is ranked"}}

func (t teller) benefitName(id string) string {
	for _, b := range t.basis.Pack.Benefits {
		if b.ID == id {
			return t.in(b.Name)
		}
	}
	return id
}

// payerName is the name of a payer of the settlement spoken of, or of the first that has one of that id.
func (t teller) payerName(id string) string {
	settlements := t.basis.Pack.Settlement
	if t.settled != nil {
		settlements = append([]*policy.Settlement{t.settled}, settlements...)
	}
	for _, s := range settlements {
		for _, p := range s.Payers {
			for _, x := range append([]*policy.Payer{p}, p.Members...) {
				if x.ID == id {
					return t.in(x.Name)
				}
			}
		}
	}
	return id
}

// wanted is the section of what is missing.
func (t teller) wanted(names []string) []Section {
	if len(names) == 0 {
		return nil
	}
	s := Section{Title: t.say("还缺什么", "What is missing")}
	for _, name := range names {
		s.Items = append(s.Items, Item{Mark: Open, Text: t.lacking(name)})
	}
	return []Section{s}
}

// readings is the section of the open wordings that the result rests on, each with the reading applied.
func (t teller) readings(ids []string) []Section {
	if len(ids) == 0 {
		return nil
	}
	if t.Short {
		return []Section{{Notes: []string{t.say("文件没有写明、按政策包的读法办理的有 %d 处；doudi settle 和 doudi policy explain 逐处列出", "the document leaves %d points open, decided by the pack's readings; doudi settle and doudi policy explain list them", len(ids))}}}
	}
	s := Section{Title: t.say("文件没有写明、按此理解的", "Left open by the document and read as follows")}
	for _, id := range ids {
		if q := t.basis.Pack.Questions[id]; q != nil {
			item := Item{Text: t.wording(q) + " → " + t.reading(q)}
			if t.Why {
				item.Notes = []string{t.say("理由：", "because: ") + t.in(q.Why)}
			}
			s.Items = append(s.Items, item)
		}
	}
	return []Section{s}
}

// wording is what the text leaves open. The words of a Chinese document are not English: there the question's name stands.
func (t teller) wording(q *policy.Question) string {
	if t.english() && q.Wording.EN == "" {
		return strings.ReplaceAll(q.ID, "_", " ")
	}
	return t.in(q.Wording)
}

// reading is the reading of a question that applies here, and whether the division chose it.
func (t teller) reading(q *policy.Question) string {
	v := t.basis.Reading(q.ID)
	shown := ""
	for _, r := range q.Readings {
		if policy.Same(r.Value, v) {
			shown = t.in(r.Label)
		}
	}
	if shown == "" {
		shown = rule.Display(v, t.Lang)
	}
	if _, chosen := t.basis.Adoption.Readings[q.ID]; chosen {
		shown += t.brackets(t.say("采用地区选定", "chosen by the adopting division"))
	}
	return shown
}

// formula is how an amount was computed, with its figures; the rounding is named when there was one.
func (t teller) formula(a explain.Amount) string {
	if a.Figure.Expression == nil {
		return ""
	}
	if !a.Known {
		return t.say("待定", "open")
	}
	if t.hidden(a.Uses) {
		return t.in(Withheld)
	}
	s := a.Figure.Formula(t.Lang)
	if a.Rounding != nil {
		s += t.brackets(a.Rounding.Label(t.Lang))
	}
	return s
}

// hidden tells whether a value among those that something stood on is withheld: a formula with its figures would give it away.
func (t teller) hidden(uses []explain.Use) bool {
	return slices.ContainsFunc(uses, func(u explain.Use) bool { return u.Value != nil && t.hides(u.Variable.Fact) })
}

var verdictTones = map[explain.Verdict]Tone{explain.Pays: Good, explain.Covered: Good, explain.NotPayable: Bad, explain.NotSelected: Bad,
	explain.DocumentsNeeded: Waiting, explain.ReviewDue: Waiting, explain.NotConcerned: Neutral}

func (t teller) verdict(v explain.Verdict) string { return t.in(v.Label()) }

func (t teller) labels(list []fault.Text) string {
	var words []string
	for _, label := range list {
		words = append(words, t.quoted(t.in(label)))
	}
	return t.list(words)
}

// every is a period in words: 每月, a month.
func (t teller) every(p policy.Period) string {
	switch p {
	case policy.Once, policy.Lifetime:
		return t.say("一次性", "once")
	case policy.PerEvent:
		return t.say("每次", "each time")
	}
	if word, ok := spans[string(p)]; ok {
		return t.say("每", "each ") + t.in(word)
	}
	return string(p)
}

// period resolves a period that a question decides.
func (t teller) period(r policy.PeriodRule) policy.Period {
	if r.Question != "" {
		return policy.Period(rule.Display(t.basis.Reading(r.Question), ""))
	}
	return r.Fixed
}
