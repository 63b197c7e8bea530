package present

import (
	"slices"
	"strings"
	"unicode"

	"github.com/a-h/templ"

	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/money"
)

// Verdict is one benefit in a person's file: what is due, and, opened, why.
type Verdict struct {
	ID         string // of the benefit, unique in its pack
	Name       string
	Public     string // its neutral name, for what leaves the office; "" for help that is no money
	Verdict    string // 发、享、不发 …
	Tone       Tone
	None       bool   // it does not concern the person
	Payer      string // who pays, and how often
	Standard   string
	Next       string // what falls due in the period of payment
	Why        string // what opening it answers
	Conditions []Condition
	Notes      []string
	Gist       string // of the clause, in our words
	Cite       string
	Clause     string // its number
	Link       string // address of the clause; "" for none
	Tell       string // of a refusal: what the person may be told
	Open       bool   // shown opened
	Monthly    money.Fen
}

// Condition is one condition of a verdict.
type Condition struct {
	Label, Own, Source, Answer string
	Mark                       Mark
}

// short is a verdict as files and lists say it: one or two characters.
var short = map[explain.Verdict][2]string{explain.Pays: {"发", "Pays"}, explain.Covered: {"享", "Covered"}, explain.NotPayable: {"不发", "Not payable"}, explain.NotSelected: {"未入选", "Not selected"},
	explain.DocumentsNeeded: {"待补材料", "Documents needed"}, explain.ReviewDue: {"待复核", "Review due"}, explain.NotConcerned: {"不涉及", "Not applicable"}}

// Verdicts are a person's benefits by one pack, those that pay first and those that do not concern the person last. Whose verdicts the reader may
// not read are not handed in.
func Verdicts(d *entitle.Decision, s *subject.Subject, dues []Due, o Options) []Verdict {
	t := teller{Options: o, basis: d.Basis}
	var list []Verdict
	for _, due := range dues {
		list = append(list, t.verdictOf(due))
	}
	slices.SortStableFunc(list, func(a, b Verdict) int { return verdictOrder(a) - verdictOrder(b) })
	return list
}

func verdictOrder(v Verdict) int {
	switch {
	case v.None:
		return 3
	case v.Tone == Bad:
		return 2
	case v.Tone == Waiting:
		return 1
	default:
		return 0
	}
}

// partly tells whether something of what a benefit's verdict stands on is withheld from the reader, whose purpose needs the verdict alone.
func (t teller) partly(b *policy.Benefit) bool {
	return slices.ContainsFunc(t.basis.Pack.AsksFor(b), t.withholds)
}

// withholds tells whether a fact's kind of protection is one that the reader's purpose does not need.
func (t teller) withholds(kind *rule.FactType) bool {
	return kind != nil && kind.Sensitivity != "" && slices.Contains(t.Withhold[:], kind.Sensitivity)
}

func (t teller) verdictOf(due Due) Verdict {
	o := due.Outcome
	words := short[o.Verdict]
	v := Verdict{ID: o.Benefit.ID, Name: t.in(o.Benefit.Name), Verdict: t.say(words[0], words[1]), Tone: verdictTones[o.Verdict], None: o.Verdict == explain.NotConcerned,
		Payer: t.paidBy(o.Benefit), Standard: t.standard(o), Next: t.falling(due), Why: t.why(o.Verdict), Open: o.Verdict == explain.NotPayable}
	v.Public = t.in(o.Benefit.PublicName)
	if o.Verdict == explain.Pays && t.period(o.Benefit.Every) == policy.EveryMonth && o.Benefit.Form == "cash" {
		v.Monthly = o.Due()
	}
	reasons := o.Reasons
	if o.About != nil {
		reasons = append([]explain.Reason{*o.About}, reasons...)
	}
	for _, r := range reasons {
		v.Conditions = append(v.Conditions, t.condition(r))
	}
	for _, name := range o.Missing {
		if !amongReasons(reasons, name) {
			v.Notes = append(v.Notes, t.say("还缺：", "needed: ")+t.lacking(name))
		}
	}
	v.Notes = append(v.Notes, t.outcomeNotes(o)...)
	v.Notes = append(v.Notes, t.paymentNotes(due)...)
	if c := o.Benefit.Clause; c != nil {
		v.Gist, v.Cite, v.Clause = t.gist(c), t.in(t.basis.Pack.Title)+" "+c.Number, c.Number
	}
	if o.Verdict == explain.NotPayable || o.Verdict == explain.NotSelected {
		v.Tell = t.plainly(o)
	}
	return v
}

// gist is a clause's prose in the page's language.
func (t teller) gist(c *policy.Clause) string { return strings.Join(t.paragraphs(c), " ") }

// paragraphs are a clause's prose in the page's language; a clause written in one language alone is told in that.
func (t teller) paragraphs(c *policy.Clause) []string {
	var own, all []string
	for _, paragraph := range c.Prose {
		paragraph = strings.TrimSpace(paragraph)
		all = append(all, paragraph)
		if chinese := strings.ContainsFunc(paragraph, func(r rune) bool { return unicode.Is(unicode.Han, r) }); chinese != t.english() {
			own = append(own, paragraph)
		}
	}
	if len(own) == 0 {
		own = all
	}
	return own
}

// condition is one answered condition as a line of a table.
func (t teller) condition(r explain.Reason) Condition {
	item := t.item(r)
	c := Condition{Label: item.Text, Mark: item.Mark}
	var own, sources []string
	for _, f := range item.Facts {
		own = append(own, f.Name+" "+f.Value)
		if source := unbracketed(f.Source); source != "" && !slices.Contains(sources, source) {
			sources = append(sources, source)
		}
	}
	c.Own, c.Source = strings.Join(own, t.say("；", "; ")), strings.Join(sources, t.say("；", "; "))
	c.Answer = map[Mark]string{Yes: t.say("✓ 符合", "✓ met"), No: t.say("✕ 不符合", "✕ not met"), Open: t.say("? 待定", "? open")}[item.Mark]
	return c
}

// unbracketed is what stands inside brackets, whose own brackets stay.
func unbracketed(s string) string {
	for _, pair := range [][2]string{{"（", "）"}, {"(", ")"}} {
		inner, opened := strings.CutPrefix(strings.TrimSpace(s), pair[0])
		if inner, closed := strings.CutSuffix(inner, pair[1]); opened && closed {
			return strings.TrimSpace(inner)
		}
	}
	return strings.TrimSpace(s)
}

func (t teller) paidBy(b *policy.Benefit) string {
	var words []string
	if b.Payer != "" {
		words = append(words, t.who(b.Payer))
	}
	if rhythm := t.rhythm(b); rhythm != "" && b.Form != "in-kind" && b.Form != "waiver" {
		words = append(words, rhythm)
	}
	return strings.Join(words, " · ")
}

// standard is what one period pays, when that is known.
func (t teller) standard(o *entitle.Outcome) string {
	if !shows(o) {
		return ""
	}
	return o.Amount.Value.Grouped() + t.say(" 元", " yuan") + t.per(o.Benefit)
}

func (t teller) falling(due Due) string {
	if due.Payment == nil {
		return ""
	}
	return t.days(due.Payment.Period) + t.say(" 共 ", ": ") + t.yuan(due.Payment.Amount)
}

// plainly is a refusal as one says it to the person.
func (t teller) plainly(o *entitle.Outcome) string {
	said := t.say("这项待遇现在不能发", "this is not due now")
	if note := t.in(t.note(o)); note != "" {
		return said + t.say("：", ": ") + note
	}
	if len(o.Unmet) > 0 {
		said += t.say("，因为没有达到：", " because this is not met: ") + t.labels(o.Unmet)
	}
	return said + t.say("。情况有变化，或认为登记有误，请告诉经办人。", ". If something changes, or the register is wrong, tell the clerk.")
}

// verdictWords are the headings of a list of verdicts.
type verdictWords struct{ ID, Condition, Own, Source, Result, Gist, Tell, Read, None string }

// fewVerdicts is up to how many verdicts stand open to the eye though they do not concern the person.
const fewVerdicts = 3

// VerdictList draws verdicts for a page, those that do not concern the person folded away behind the others; id stands before the ids of their benefits, for a page with several packs.
func VerdictList(list []Verdict, id string, o Options) templ.Component {
	t := teller{Options: o}
	none := slices.IndexFunc(list, func(v Verdict) bool { return v.None })
	if none < fewVerdicts && len(list)-none <= fewVerdicts {
		none = -1 // so few need not be folded away
	}
	if none < 0 {
		none = len(list)
	}
	return verdictPage(list[:none], list[none:], verdictWords{None: t.say("另有 %d 项不涉及本人", "%d more do not concern this person", len(list)-none), ID: id, Condition: t.say("条件", "Condition"), Own: t.say("本人情况", "This person"), Source: t.say("来源", "Source"), Result: t.say("结果", "Result"),
		Gist: t.say("条文大意：", "In short: "), Tell: t.say("可以告诉群众：", "What to tell the person: "), Read: t.say("查看条文与规则", "read the clause and its rules")})
}

func verdictClass(v Verdict) string {
	if v.None {
		return "none"
	}
	return map[Tone]string{Good: "ok", Bad: "bad", Waiting: "warn"}[v.Tone]
}

func becauseClass(v Verdict) string {
	return map[Tone]string{Bad: "no", Waiting: "wait"}[v.Tone]
}

func failClass(c Condition) string {
	if c.Mark == No {
		return "fail"
	}
	return ""
}

func answerClass(c Condition) string {
	return map[Mark]string{Yes: "yes", No: "nope", Open: "open"}[c.Mark]
}

// OneVerdict is the verdict of one outcome.
func OneVerdict(due Due, o Options) Verdict {
	return teller{Options: o, basis: due.Outcome.Basis}.verdictOf(due)
}
