package present

import (
	"cmp"
	"strings"

	"doudi/decide/counter"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// The views are what machines read; docs/json.md and docs/schema describe them. Amounts are decimal strings in yuan, days
// are YYYY-MM-DD, what is not known is null, and a list is never null.

// Label is a text in both languages.
type Label struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// PackView says by which rules something was decided.
type PackView struct {
	ID           string `json:"id"`
	Version      string `json:"version"`
	Hash         string `json:"hash"` // SHA-256 of the pack's files
	Title        Label  `json:"title"`
	Jurisdiction string `json:"jurisdiction"` // "" when the document hides it
	Place        Label  `json:"place"`
	Attribution  string `json:"attribution"` // stated, inferred or unset
	AdoptedBy    string `json:"adopted_by"`  // "" when nobody else adopted it
	Label        Label  `json:"label"`       // of the adoption: 示例
}

// PersonView is who was decided about.
type PersonView struct {
	Name string `json:"name"`
	ID   string `json:"id"` // masked
}

// BlockView names a rule.
type BlockView struct {
	ID     string `json:"id"`
	Name   Label  `json:"name"`
	Clause string `json:"clause"`
}

// UseView is one value something stood on.
type UseView struct {
	Name        string `json:"name"` // in the pack language
	Label       Label  `json:"label"`
	Value       any    `json:"value"`       // null when unknown or withheld
	Withheld    bool   `json:"withheld"`    // protected and not shown
	Sensitivity string `json:"sensitivity"` // plain, identity, finance, health or child
	Source      string `json:"source"`
	From        *Day   `json:"from"`
	To          *Day   `json:"to"`
	Learned     *Day   `json:"learned"`
}

// Day is a day of a view.
type Day = period.Day

// ReasonView is a condition with its answer.
type ReasonView struct {
	Label Label     `json:"label"`
	Truth string    `json:"truth"` // met, not-met or unknown
	Rule  string    `json:"rule"`  // the expression as written
	Uses  []UseView `json:"uses"`
}

// AmountView is how an amount was computed.
type AmountView struct {
	Value    *money.Fen `json:"value"`
	Formula  Label      `json:"formula"`
	Rounding string     `json:"rounding"` // "" when nothing was rounded
	Uses     []UseView  `json:"uses"`
}

// MissingView is a fact that is needed.
type MissingView struct {
	Name  string `json:"name"`
	Label Label  `json:"label"`
}

// QuestionView is an open wording with the reading that was applied.
type QuestionView struct {
	ID      string `json:"id"`
	Wording Label  `json:"wording"`
	Reading string `json:"reading"`
	Label   Label  `json:"label"`
}

// SpanView is a span of days, both ends included; an open end is null.
type SpanView struct {
	From *Day `json:"from"`
	To   *Day `json:"to"`
}

// CounterView is a counter before and after; amounts are null of one that counts, counts of one that adds up money.
type CounterView struct {
	ID     string     `json:"id"`
	Key    []string   `json:"key"`
	Window SpanView   `json:"window"`
	Before *money.Fen `json:"before"`
	Delta  *money.Fen `json:"delta"`
	After  *money.Fen `json:"after"`
	Count  *[3]int64  `json:"count"` // before, delta, after
}

// PartsView is an amount by the parts of a fee.
type PartsView struct {
	InScope    money.Fen `json:"in_scope"`
	SelfFirst  money.Fen `json:"self_first"`
	OverLimit  money.Fen `json:"over_limit"`
	OutOfScope money.Fen `json:"out_of_scope"`
}

// LineView is what a payer takes of one line.
type LineView struct {
	Line   int        `json:"line"` // from 1
	Label  string     `json:"label"`
	Base   money.Fen  `json:"base"`
	Rate   money.Rate `json:"rate"`
	Amount money.Fen  `json:"amount"`
}

// PaymentView is one payer's share of a bill.
type PaymentView struct {
	ID          string       `json:"id"`
	Name        Label        `json:"name"`
	Group       string       `json:"group"` // id of the group it is a part of, or ""
	Own         bool         `json:"own"`   // decided by this pack
	Stated      bool         `json:"stated"`
	Provisional bool         `json:"provisional"`
	Amount      *money.Fen   `json:"amount"`
	Share       string       `json:"share"` // of the bill, "12.5%"; "" while open
	After       *money.Fen   `json:"after"` // what remains of the bill
	Drawn       PartsView    `json:"drawn"`
	Detail      AmountView   `json:"detail"`
	Conditions  []ReasonView `json:"conditions"`
	Lines       []LineView   `json:"lines"`
	Note        Label        `json:"note"`
}

// PatientView is what the patient bears.
type PatientView struct {
	Amount  money.Fen `json:"amount"`
	Share   string    `json:"share"`
	InWords string    `json:"in_words"` // 人民币大写
	Parts   PartsView `json:"parts"`
}

// NearestView is what single unmet conditions stand in the way of.
type NearestView struct {
	Unmet  []Label    `json:"unmet"`
	Amount *money.Fen `json:"amount"`
}

// StatementView is a bill divided.
type StatementView struct {
	Format     string         `json:"format"`
	Pack       PackView       `json:"pack"`
	Person     PersonView     `json:"person"`
	Verdict    string         `json:"verdict"`
	Settlement *BlockView     `json:"settlement"` // null when none certainly claims the bill
	Possible   []BlockView    `json:"possible"`
	Decided    *Day           `json:"decided"`
	Status     *Day           `json:"status"`
	Span       SpanView       `json:"span"`
	BillNo     string         `json:"bill_no"`
	Total      money.Fen      `json:"total"`
	Parts      PartsView      `json:"parts"`
	Conditions []ReasonView   `json:"conditions"`
	Payers     []PaymentView  `json:"payers"`
	Patient    *PatientView   `json:"patient"`    // null while documents are needed
	Difference *money.Fen     `json:"difference"` // of the bill and its division: always 0.00
	Counters   []CounterView  `json:"counters"`
	Missing    []MissingView  `json:"missing"`
	Unmet      []Label        `json:"unmet"`
	Due        *Day           `json:"due"`
	Invoices   []string       `json:"invoices"`
	Questions  []QuestionView `json:"questions"`
	Nearest    *NearestView   `json:"nearest"`
	Notch      bool           `json:"notch"`
}

// ViewStatement is a settlement for machines.
func ViewStatement(r *settle.Result, s *subject.Subject, o Options) StatementView {
	t := teller{Options: o, basis: r.Basis}
	v := StatementView{Format: "doudi.statement/1", Pack: t.packView(), Person: t.personView(s, r.Status), Verdict: string(r.Verdict),
		Possible: []BlockView{}, Decided: dayKnown(r.Decided), Status: dayKnown(r.Status), Span: spanView(r.Span), Total: r.Bill.Total(), Parts: partsView(r.Bill),
		Conditions: t.reasonViews(r.Reasons), Payers: []PaymentView{}, Counters: t.counterViews(r.Counters), Missing: t.missingViews(r.Missing), Unmet: labels(r.Unmet),
		Due: r.Due, Invoices: list(r.Invoices), Questions: t.questionViews(r.Questions), Notch: r.Notch}
	if r.Settlement != nil {
		block := blockView(r.Settlement.Block)
		v.Settlement = &block
	}
	for _, p := range r.Possible {
		v.Possible = append(v.Possible, blockView(p.Block))
	}
	if s.Bill != nil {
		v.BillNo = s.Bill.No
	}
	for i := range r.Payers {
		v.Payers = append(v.Payers, t.paymentView(&r.Payers[i], r.Bill.Total()))
	}
	if r.PatientKnown && r.Settlement != nil {
		t.close(&v, r)
	}
	if n := r.Nearest; n != nil {
		v.Nearest = &NearestView{Unmet: labels([]fault.Text{n.Label}), Amount: known(n.Amount, n.Known)}
	}
	return v
}

func (t teller) close(v *StatementView, r *settle.Result) {
	v.Patient = &PatientView{Amount: r.Patient, Share: tenths(r.Patient, r.Bill.Total()), InWords: r.Patient.Upper(), Parts: partsView(r.PatientParts)}
	difference := r.Bill.Total() - r.Patient
	for i := range r.Payers {
		if r.Payers[i].Group == nil {
			difference -= r.Payers[i].Amount
		}
	}
	v.Difference = &difference
}

func (t teller) paymentView(p *settle.Payment, total money.Fen) PaymentView {
	v := PaymentView{ID: p.Payer.ID, Name: label(p.Payer.Name), Own: p.Own(), Stated: p.Given, Provisional: p.Provisional, Amount: known(p.Amount, p.Known),
		Drawn: partsView(p.Drawn), Detail: t.amountView(p.Detail), Conditions: t.reasonViews(p.Reasons), Lines: []LineView{}, Note: label(p.Note)}
	if p.Group != nil {
		v.Group = p.Group.ID
	}
	if p.Known {
		v.Share = tenths(p.Amount, total)
	}
	if p.Traced {
		v.After = &p.After
	}
	for _, line := range p.Lines {
		shown := line.Label
		if t.HideSensitive {
			shown = ""
		}
		v.Lines = append(v.Lines, LineView{Line: line.Index + 1, Label: shown, Base: line.Base, Rate: line.Rate, Amount: line.Amount})
	}
	return v
}

func (t teller) packView() PackView {
	p, a := t.basis.Pack, t.basis.Adoption
	return PackView{ID: p.ID, Version: p.Version, Hash: p.Hash, Title: label(p.Title), Jurisdiction: string(p.Jurisdiction), Place: label(p.Place),
		Attribution: p.Attribution, AdoptedBy: string(a.Division), Label: label(a.Label)}
}

func (t teller) personView(s *subject.Subject, on period.Day) PersonView {
	v := PersonView{Name: t.name(s.Name)}
	if id, ok := s.Facts.At("person.id", on); ok {
		v.ID = ident.MaskID(rule.Display(id.Value, ""))
	}
	return v
}

func blockView(b *policy.Block) BlockView {
	v := BlockView{ID: b.ID, Name: label(b.Name)}
	if b.Clause != nil {
		v.Clause = b.Clause.Number
	}
	return v
}

func (t teller) reasonViews(reasons []explain.Reason) []ReasonView {
	views := []ReasonView{}
	for _, r := range reasons {
		v := ReasonView{Label: label(r.Label), Truth: r.Truth.String(), Uses: t.useViews(r.Uses)}
		if r.Test != nil {
			v.Rule = r.Test.Source()
		}
		views = append(views, v)
	}
	return views
}

func (t teller) useViews(uses []explain.Use) []UseView {
	views := []UseView{}
	for _, use := range uses {
		views = append(views, t.useView(use))
	}
	return views
}

func (t teller) useView(use explain.Use) UseView {
	v := UseView{Name: use.Variable.Name, Label: label(use.Variable.Label), Source: use.Source(), Sensitivity: string(rule.Plain),
		From: bounded(use.Span().From), To: bounded(use.Span().To), Learned: bounded(use.Learned())}
	kind := use.Variable.Fact
	if kind != nil {
		v.Sensitivity = string(kind.Sensitivity)
	}
	switch {
	case use.Value == nil:
	case t.hides(kind):
		v.Withheld = true
	case isNumber(kind):
		v.Value = ident.MaskID(rule.Display(use.Value, ""))
	default:
		v.Value = Native(use.Value)
	}
	return v
}

// isNumber tells whether a fact is a number of a person, which is masked wherever it is shown.
func isNumber(kind *rule.FactType) bool {
	return kind != nil && (kind.Format == "person-id" || kind.Format == "disability-certificate")
}

// WithheldFact is the name of a fact that somebody may not see, whatever is on record.
func WithheldFact(kind *rule.FactType) UseView {
	return UseView{Name: kind.Name, Label: label(kind.Label), Sensitivity: string(kind.Sensitivity), Withheld: true}
}

// ViewFact is a fact as it is on record, for somebody who may see it.
func ViewFact(kind *rule.FactType, f *rule.Fact) UseView {
	v := UseView{Name: kind.Name, Label: label(kind.Label), Sensitivity: string(kind.Sensitivity), Source: cmp.Or(f.Source, kind.Office),
		From: bounded(f.Span.From), To: bounded(f.Span.To), Learned: bounded(f.Learned)}
	switch {
	case f.Value == nil:
	case isNumber(kind):
		v.Value = ident.MaskID(rule.Display(f.Value, ""))
	default:
		v.Value = Native(f.Value)
	}
	return v
}

// Native is a value of an expression as JSON shows it: amounts, rates and days as text, the rest as itself.
func Native(v interface{ Value() any }) any {
	switch x := v.Value().(type) {
	case money.Fen, money.Rate, money.Rounding, period.Day, bool, int64, string, []string, []int64, []money.Rate:
		return x
	case ident.Division:
		return string(x)
	case []money.Band:
		bands := []map[string]any{}
		for _, band := range x {
			bands = append(bands, map[string]any{"from": band.From, "rate": band.Rate})
		}
		return bands
	default:
		return nil
	}
}

func (t teller) amountView(a explain.Amount) AmountView {
	v := AmountView{Value: known(a.Value, a.Known), Uses: t.useViews(a.Uses)}
	switch {
	case a.Figure.Expression == nil:
		v.Value = nil
	case t.hidden(a.Uses):
		v.Formula = label(Withheld)
	default:
		v.Formula = Label{ZH: a.Figure.Formula("zh"), EN: a.Figure.Formula("en")}
	}
	if a.Rounding != nil {
		v.Rounding = a.Rounding.String()
	}
	return v
}

func (t teller) missingViews(names []string) []MissingView {
	views := []MissingView{}
	zh, en := t, t
	zh.Lang, en.Lang = "zh", "en"
	for _, name := range names {
		views = append(views, MissingView{Name: name, Label: Label{ZH: zh.lacking(name), EN: en.lacking(name)}})
	}
	return views
}

func (t teller) questionViews(ids []string) []QuestionView {
	views := []QuestionView{}
	zh, en := t, t
	zh.Lang, en.Lang = "zh", "en"
	for _, id := range ids {
		q := t.basis.Pack.Questions[id]
		if q == nil {
			continue
		}
		views = append(views, QuestionView{ID: id, Wording: Label{ZH: zh.wording(q), EN: en.wording(q)}, Reading: t.readingKey(q), Label: Label{ZH: zh.reading(q), EN: en.reading(q)}})
	}
	return views
}

func (t teller) readingKey(q *policy.Question) string {
	v := t.basis.Reading(q.ID)
	for _, r := range q.Readings {
		if policy.Same(r.Value, v) {
			return r.Key
		}
	}
	return rule.Display(v, "")
}

func (t teller) counterViews(list []counter.Movement) []CounterView {
	views := []CounterView{}
	for _, m := range list {
		v := CounterView{ID: m.ID, Key: t.keys(m.Key), Window: spanView(m.Window)}
		if m.IsCount {
			v.Count = &[3]int64{m.CountBefore, m.CountDelta, m.CountAfter}
		} else {
			v.Before, v.Delta, v.After = &m.Before, &m.Delta, &m.After
		}
		views = append(views, v)
	}
	return views
}

func partsView(v subject.Vector) PartsView {
	return PartsView{InScope: v[subject.InScope], SelfFirst: v[subject.SelfFirst], OverLimit: v[subject.OverLimit], OutOfScope: v[subject.OutOfScope]}
}

// spanView leaves the ends of an empty span open: it is no span at all.
func spanView(s period.Span) SpanView {
	if s.Empty() || s == (period.Span{}) {
		return SpanView{}
	}
	return SpanView{From: bounded(s.From), To: bounded(s.To)}
}

func bounded(day period.Day) *Day {
	if day == rule.Beginning || day == rule.Forever {
		return nil
	}
	return &day
}

func dayKnown(day period.Day) *Day {
	if day == 0 {
		return nil
	}
	return bounded(day)
}

func known(f money.Fen, ok bool) *money.Fen {
	if !ok {
		return nil
	}
	return &f
}

func label(x fault.Text) Label {
	return Label{ZH: strings.TrimSpace(x.ZH), EN: strings.TrimSpace(x.In("en"))}
}

func labels(list []fault.Text) []Label {
	views := []Label{}
	for _, x := range list {
		views = append(views, label(x))
	}
	return views
}

func list(words []string) []string { return append([]string{}, words...) }
