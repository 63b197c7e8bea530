package claim

import (
	"bytes"
	"encoding/json"
	"slices"

	"doudi/decide/counter"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/dated"
)

// Settled is a settlement as it is kept: what came of it, and in which words it was explained then. It can be read without the
// program that made it.
type Settled struct {
	Pack       string  `json:"pack"`
	Version    string  `json:"version"`
	Hash       string  `json:"hash"`
	Adoption   string  `json:"adoption"`
	Settlement string  `json:"settlement"` // id of the rule
	Over       string  `json:"over"`       // visit, application or cycle
	Figures    Figures `json:"figures"`
	Words      Words   `json:"words"`

	// Awaited are papers that may still be handed in for it, and would change it; nil for none.
	Awaited *Awaited `json:"awaited,omitempty"`
}

// confirmable tells whether a bill that comes out so may be confirmed on a day: it is payable, or is not only for want of papers that may
// still be handed in.
func (k Settled) confirmable(on period.Day) bool {
	return payable(k.Figures.Verdict) || k.Figures.Verdict == explain.NotPayable && k.Awaited != nil && on <= k.Awaited.Due
}

// Figures are what a recomputation must give again to the letter.
type Figures struct {
	Verdict      explain.Verdict      `json:"verdict"`
	Decided      period.Day           `json:"decided"`
	Status       period.Day           `json:"status"`
	From         string               `json:"from,omitempty"` // of the visit or cycle
	To           string               `json:"to,omitempty"`
	Bill         Parts                `json:"bill"`
	Payers       []Share              `json:"payers"` // in legal order; a group's total before its members
	Patient      money.Fen            `json:"patient"`
	PatientKnown bool                 `json:"patient_known"`
	PatientParts Parts                `json:"patient_parts"`
	Groups       map[string]money.Fen `json:"groups,omitempty"`
	Counters     []Use                `json:"counters,omitempty"`
	Missing      []string             `json:"missing,omitempty"`
	Invoices     []string             `json:"invoices,omitempty"`
	Due          string               `json:"due,omitempty"` // the day by which payers must have paid
}

// Parts is an amount by the parts of a fee.
type Parts struct {
	InScope    money.Fen `json:"in_scope"`
	SelfFirst  money.Fen `json:"self_first"`
	OverLimit  money.Fen `json:"over_limit"`
	OutOfScope money.Fen `json:"out_of_scope"`
}

// Share is what one payer pays.
type Share struct {
	ID          string    `json:"id"`
	Own         bool      `json:"own"`             // the pack decides it; otherwise it was settled upstream
	Fund        string    `json:"fund,omitempty"`  // that pays it
	Group       string    `json:"group,omitempty"` // whose total it is a part of
	IsGroup     bool      `json:"is_group,omitempty"`
	Amount      money.Fen `json:"amount"`
	Known       bool      `json:"known"`
	Provisional bool      `json:"provisional,omitempty"`
	Drawn       Parts     `json:"drawn"`
}

// Use is how a settlement moves a counter: fen, or how many when Counts is set.
type Use struct {
	Counter string     `json:"counter"`
	Key     []string   `json:"key,omitempty"` // beyond the person
	Day     period.Day `json:"day"`
	From    string     `json:"from,omitempty"` // of the window; "" for no beginning
	To      string     `json:"to,omitempty"`
	Counts  bool       `json:"counts,omitempty"`
	Before  int64      `json:"before"`
	Delta   int64      `json:"delta"`
	Cap     *int64     `json:"cap,omitempty"`
}

// Words are a settlement for people, in both languages.
type Words struct {
	Document   Label       `json:"document"` // title of the document
	Settlement Label       `json:"settlement"`
	Conditions []Condition `json:"conditions,omitempty"`
	Payers     []PayerWord `json:"payers"`
	Unmet      []Label     `json:"unmet,omitempty"`
	Questions  []string    `json:"questions,omitempty"`
}

// Label is a text in both languages.
type Label struct {
	ZH string `json:"zh"`
	EN string `json:"en,omitempty"`
}

// Condition is a gate with its answer and what it was answered from.
type Condition struct {
	Label Label  `json:"label"`
	Truth string `json:"truth"` // met, not-met or unknown
	Facts []Fact `json:"facts,omitempty"`
}

// Fact is a value that something stood on.
type Fact struct {
	Name   string `json:"name"`
	Value  Label  `json:"value"`
	Source string `json:"source,omitempty"`
}

// PayerWord explains one payer's share.
type PayerWord struct {
	ID         string      `json:"id"`
	Name       Label       `json:"name"`
	Formula    *Label      `json:"formula,omitempty"`
	Conditions []Condition `json:"conditions,omitempty"`
	Note       *Label      `json:"note,omitempty"`
}

// same tells whether two settlements come to the same to the letter.
func (f Figures) same(other Figures) bool { return sameJSON(f, other) }

func sameJSON(one, other any) bool {
	a, errA := json.Marshal(one)
	b, errB := json.Marshal(other)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// funded are the payments that a special account of the county makes.
func (f Figures) funded() []Share {
	var shares []Share
	if !payable(f.Verdict) {
		return nil
	}
	for _, s := range f.Payers {
		if s.Own && !s.IsGroup && s.Fund != "" {
			shares = append(shares, s)
		}
	}
	return shares
}

// own is what the pack's own payers pay together.
func (f Figures) own() money.Fen {
	sum := money.Fen(0)
	for _, s := range f.Payers {
		if s.Own && s.Group == "" {
			sum += s.Amount
		}
	}
	return sum
}

// keep writes a result down.
func keep(r *settle.Result, s *subject.Subject, adoption string) Settled {
	p := r.Basis.Pack
	k := Settled{Pack: p.ID, Version: p.Version, Hash: p.Hash, Adoption: adoption, Figures: figures(r, s)}
	k.Words.Document = label(p.Title)
	if r.Settlement != nil {
		k.Settlement, k.Over = r.Settlement.ID, r.Settlement.Over
		k.Words.Settlement = label(r.Settlement.Name)
	}
	k.Words.Conditions = conditions(r.Reasons)
	k.Words.Payers = slices.Grow(k.Words.Payers, len(r.Payers))
	for i := range r.Payers {
		k.Words.Payers = append(k.Words.Payers, payerWord(&r.Payers[i]))
	}
	for _, unmet := range r.Unmet {
		k.Words.Unmet = append(k.Words.Unmet, label(unmet))
	}
	k.Words.Questions = slices.Clone(r.Questions)
	return k
}

func figures(r *settle.Result, s *subject.Subject) Figures {
	f := Figures{Verdict: r.Verdict, Decided: r.Decided, Status: r.Status, Bill: partsOf(r.Bill), Patient: r.Patient, PatientKnown: r.PatientKnown,
		PatientParts: partsOf(r.PatientParts), Groups: r.Groups, Missing: r.Missing, Invoices: r.Invoices}
	if !r.Span.Empty() {
		f.From, f.To = r.Span.From.String(), r.Span.To.String()
	}
	if r.Due != nil {
		f.Due = r.Due.String()
	}
	f.Payers = slices.Grow(f.Payers, len(r.Payers))
	for i := range r.Payers {
		f.Payers = append(f.Payers, share(&r.Payers[i]))
	}
	for _, m := range r.Counters {
		f.Counters = append(f.Counters, use(r, s, m))
	}
	return f
}

func share(p *settle.Payment) Share {
	s := Share{ID: p.Payer.ID, Own: p.Own(), Fund: p.Payer.Fund, IsGroup: len(p.Payer.Members) > 0, Amount: p.Amount, Known: p.Known, Provisional: p.Provisional, Drawn: partsOf(p.Drawn)}
	if p.Group != nil {
		s.Group = p.Group.ID
	}
	return s
}

func use(r *settle.Result, s *subject.Subject, m counter.Movement) Use {
	u := Use{Counter: m.ID, Key: m.Key, Day: m.Day, From: dated.DayOr(m.Window.From, rule.Beginning), To: dated.DayOr(m.Window.To, rule.Forever), Counts: m.IsCount, Before: int64(m.Before), Delta: int64(m.Delta)}
	if m.IsCount {
		u.Before, u.Delta = m.CountBefore, m.CountDelta
	}
	u.Cap = capOf(r, s, m.Counter)
	return u
}

// capOf is the cap of a counter as a number; nil when it has none, or when it depends on the steps of the settlement, which
// has then kept it itself.
func capOf(r *settle.Result, s *subject.Subject, c *policy.Counter) *int64 {
	if c == nil || c.Cap == nil {
		return nil
	}
	scope := r.Basis.Scope(s, r.Decided, r.Status)
	scope.Env = c.Cap.Env()
	value, err := c.Cap.Eval(scope)
	if err != nil {
		return nil
	}
	var limit int64
	switch value := value.Value().(type) {
	case money.Fen:
		limit = int64(value)
	case int64:
		limit = value
	default:
		return nil
	}
	return &limit
}

func partsOf(v subject.Vector) Parts {
	return Parts{v[subject.InScope], v[subject.SelfFirst], v[subject.OverLimit], v[subject.OutOfScope]}
}

func label(t fault.Text) Label { return Label(t) }

func conditions(reasons []explain.Reason) []Condition {
	var list []Condition
	for _, reason := range reasons {
		c := Condition{Label: label(reason.Label), Truth: truths[reason.Truth]}
		for _, u := range reason.Uses {
			if u.Variable.Fact != nil {
				c.Facts = append(c.Facts, Fact{u.Variable.Name, Label{u.Show("zh"), u.Show("en")}, u.Source()})
			}
		}
		list = append(list, c)
	}
	return list
}

var truths = map[rule.Truth]string{rule.Met: "met", rule.NotMet: "not-met", rule.Unknown: "unknown"}

func payerWord(p *settle.Payment) PayerWord {
	w := PayerWord{ID: p.Payer.ID, Name: label(p.Payer.Name), Conditions: conditions(p.Reasons)}
	if p.Detail.Figure.Expression != nil {
		w.Formula = &Label{p.Detail.Figure.Formula("zh"), p.Detail.Figure.Formula("en")}
	}
	if p.Note.ZH != "" {
		note := label(p.Note)
		w.Note = &note
	}
	return w
}
