package benefit

import (
	"encoding/json"
	"errors"

	"github.com/klauspost/compress/s2"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/snapshot"
	"doudi/record/store"
)

// frozen is everything that a subject's months follow from, as it was known when a run found a difference.
type frozen struct {
	Kind    string                `json:"kind"`
	Holds   string                `json:"holds"`
	Died    string                `json:"died,omitempty"`
	Here    []frozenStay          `json:"here"`
	Homes   []frozenHome          `json:"homes,omitempty"`
	Facts   dated.Frozen          `json:"facts"`
	Acts    []frozenAct           `json:"acts,omitempty"`
	Carried []frozenCarried       `json:"carried,omitempty"`
	Before  []frozenDetermination `json:"before,omitempty"`
	Opening period.Month          `json:"opening"`
	From    period.Month          `json:"from"` // the first month that was decided again
	Place   *frozenPlace          `json:"place,omitempty"`
}

type frozenStay struct {
	Person string `json:"person"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
}

type frozenHome struct {
	Division ident.Division `json:"division"`
	From     string         `json:"from,omitempty"`
	To       string         `json:"to,omitempty"`
}

type frozenAct struct {
	Scheme string            `json:"scheme,omitempty"`
	Kind   ActKind           `json:"kind"`
	Day    period.Day        `json:"day"`
	Until  string            `json:"until,omitempty"`
	Amount money.Fen         `json:"amount"`
	Reason string            `json:"reason,omitempty"`
	Facts  map[string]string `json:"facts,omitempty"`
	By     string            `json:"by"`
}

type frozenCarried struct {
	Direction string       `json:"direction"`
	Scheme    string       `json:"scheme"`
	Month     period.Month `json:"month"`
	Amount    money.Fen    `json:"amount"`
}

type frozenDetermination struct {
	Scheme  string       `json:"scheme"`
	From    period.Month `json:"from"`
	To      period.Month `json:"to"`
	Every   string       `json:"every"`
	Verdict string       `json:"verdict"`
	Reason  Reason       `json:"reason"`
	Amount  money.Fen    `json:"amount"`
	Held    bool         `json:"held,omitempty"`
	Exit    bool         `json:"exit,omitempty"`
}

// frozenPlace is how a selection ended for a candidate.
type frozenPlace struct {
	Eligible bool            `json:"eligible"`
	Selected bool            `json:"selected"`
	Verdict  explain.Verdict `json:"verdict"`
	Position int             `json:"position,omitempty"`
	Of       int64           `json:"of"` // eligible
	Places   int64           `json:"places"`
}

// freeze writes the matter.
func (b *Benefits) freeze(m *matter, from period.Month, place *frozenPlace) ([]byte, error) {
	facts, err := dated.Freeze(b.Vocabulary, m.subject.Facts)
	if err != nil {
		return nil, err
	}
	f := frozen{Kind: m.party.Kind, Holds: m.party.Holds, Facts: facts, Opening: m.opening, From: from, Place: place}
	if m.party.Dead {
		f.Died = m.party.Died.String()
	}
	for _, s := range m.party.Here {
		f.Here = append(f.Here, frozenStay{s.Person, dated.DayOr(s.Span.From, rule.Beginning), dated.DayOr(s.Span.To, rule.Forever)})
	}
	for _, h := range m.party.Homes {
		f.Homes = append(f.Homes, frozenHome{h.Division, dated.DayOr(h.Span.From, rule.Beginning), dated.DayOr(h.Span.To, rule.Forever)})
	}
	for _, a := range m.acts {
		if !a.Withdrawn {
			f.Acts = append(f.Acts, frozenAct{a.Scheme, a.Kind, a.Day, dated.DayOr(a.Until, rule.Forever), a.Amount, a.Reason, a.Facts, a.By.Name})
		}
	}
	for _, c := range m.carried {
		if c.kind == paidKind {
			f.Carried = append(f.Carried, frozenCarried{c.direction, c.scheme, c.month, c.amount})
		}
	}
	for _, d := range m.before {
		f.Before = append(f.Before, frozenDetermination{d.Scheme, d.From, d.To, string(d.Every), string(d.Verdict), d.Reason, d.Amount, d.Held, d.Exit})
	}
	written, err := json.Marshal(f)
	return s2.Encode(nil, written), err
}

// thaw reads what freeze wrote, for a run and subject.
func (b *Benefits) thaw(tx *store.Tx, content []byte, r *Run, id string) (*matter, *frozen, error) {
	written, err := s2.Decode(nil, content)
	if err != nil {
		return nil, nil, damaged(err)
	}
	var f frozen
	if err := json.Unmarshal(written, &f); err != nil {
		return nil, nil, damaged(err)
	}
	p, err := b.policies(tx, r.bases)
	if err != nil {
		return nil, nil, err
	}
	facts, err := f.Facts.Thaw(b.Vocabulary)
	if err != nil {
		return nil, nil, damaged(err)
	}
	m := &matter{policies: p, county: tx.County, opening: f.Opening, month: r.Month, subject: &subject.Subject{Facts: facts},
		party: snapshot.Party{ID: id, Kind: f.Kind, Holds: f.Holds}}
	err = errors.Join(f.party(&m.party), b.thawActs(f.Acts, m))
	for _, c := range f.Carried {
		m.carried = append(m.carried, carried{subject: id, direction: c.Direction, kind: paidKind, scheme: c.Scheme, month: c.Month, amount: c.Amount})
	}
	for _, d := range f.Before {
		m.before = append(m.before, d.determination(id))
	}
	if err != nil {
		return nil, nil, damaged(err)
	}
	return m, &f, nil
}

func (f *frozen) party(p *snapshot.Party) error {
	var errs []error
	span := func(from, to string) (s period.Span) {
		var one, other error
		s.From, one = dated.DayFrom(from, rule.Beginning)
		s.To, other = dated.DayFrom(to, rule.Forever)
		errs = append(errs, one, other)
		return s
	}
	if f.Died != "" {
		died, err := period.ParseDay(f.Died)
		p.Dead, p.Died, errs = true, died, append(errs, err)
	}
	for _, s := range f.Here {
		p.Here = append(p.Here, register.Stay{Person: s.Person, Span: span(s.From, s.To)})
	}
	for _, h := range f.Homes {
		p.Homes = append(p.Homes, register.Home{Division: h.Division, Span: span(h.From, h.To)})
	}
	return errors.Join(errs...)
}

func (b *Benefits) thawActs(kept []frozenAct, m *matter) error {
	for _, k := range kept {
		until, err := dated.DayFrom(k.Until, rule.Forever)
		if err != nil {
			return err
		}
		m.acts = append(m.acts, Act{Subject: m.party.ID, Scheme: k.Scheme, Kind: k.Kind, Day: k.Day, Until: until, Amount: k.Amount, Reason: k.Reason, Facts: k.Facts, By: store.Actor{Name: k.By}})
	}
	return b.readActs(m)
}

// readActs makes facts of what the matter's acts say.
func (b *Benefits) readActs(m *matter) error {
	m.facts = make([]rule.Facts, len(m.acts))
	for i := range m.acts {
		var err error
		if m.facts[i], err = b.actFacts(&m.acts[i]); err != nil {
			return err
		}
	}
	return nil
}

func (d *frozenDetermination) determination(subject string) Determination {
	return Determination{Subject: subject, Scheme: d.Scheme, From: d.From, To: d.To, Every: policy.Period(d.Every), Verdict: explain.Verdict(d.Verdict), Reason: d.Reason,
		Amount: d.Amount, Held: d.Held, Exit: d.Exit}
}
