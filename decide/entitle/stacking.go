package entitle

import (
	"slices"
	"strings"
	"sync"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
)

// The kinds of stacking.
const (
	excludes = "excludes"
	higherOf = "higher-of"
	topsUp   = "tops-up"
)

// alone tells whether no other benefit bears on this one.
func (m *matter) alone(x *policy.Benefit) bool {
	if len(x.Excludes) > 0 || len(x.HigherOf) > 0 || x.TopsUp != "" {
		return false
	}
	for _, y := range m.basis.Pack.Benefits {
		if len(y.HigherOf) > 0 && y != x && slices.Contains(y.HigherOf, x.ID) {
			return false
		}
	}
	return true
}

// plain is a benefit as if there were no others.
func (m *matter) plain(x *policy.Benefit) (*Outcome, error) {
	if out := m.plainly[x]; out != nil {
		return out, nil
	}
	out := &Outcome{}
	if err := m.fresh(x, out, m.decide); err != nil {
		return nil, err
	}
	keep(&m.plainly, x, out)
	return out, nil
}

// rulings are used again: whole rosters are asked about the same benefits.
var rulings = sync.Pool{New: func() any { return &ruling{} }}

// fresh runs a part of a decision on a ruling of its own. Reasons keep the scope they were answered in, so the ruling of
// an explanation is used by nobody else.
func (m *matter) fresh(x *policy.Benefit, out *Outcome, part func(*ruling, *policy.Benefit, *Outcome) error) error {
	r := &ruling{}
	if !m.explain {
		r = rulings.Get().(*ruling)
		defer rulings.Put(r)
	}
	r.begin(m.basis, m.subject, x.Block, m.on)
	return part(r, x, out)
}

// single decides a benefit that no other bears on.
func (m *matter) single(r *ruling, x *policy.Benefit, out *Outcome) error {
	if err := m.decide(r, x, out); err != nil {
		return err
	}
	return m.count(r, x, out)
}

func keep[T any](memo *map[*policy.Benefit]T, x *policy.Benefit, v T) {
	if *memo == nil {
		*memo = map[*policy.Benefit]T{}
	}
	(*memo)[x] = v
}

// final is a benefit with everything that others do to it, and its counters moved.
func (m *matter) final(x *policy.Benefit) (*Outcome, error) {
	if out := m.finally[x]; out != nil {
		return out, nil
	}
	if m.plainly[x] == nil && m.alone(x) {
		out := &Outcome{}
		return out, m.fresh(x, out, m.single)
	}
	if !m.open[x] {
		keep(&m.open, x, true)
		defer delete(m.open, x)
	}
	entered, err := m.enter(x)
	if err != nil {
		return nil, err
	}
	out := *entered
	if gives(&out) {
		if err := m.highest(x, &out); err != nil {
			return nil, err
		}
	}
	if gives(&out) && x.TopsUp != "" {
		if err := m.topUp(x, &out); err != nil {
			return nil, err
		}
	}
	if err := m.fresh(x, &out, m.countAfter); err != nil {
		return nil, err
	}
	keep(&m.finally, x, &out)
	return &out, nil
}

// countAfter moves the counters by what stacking has left.
func (m *matter) countAfter(r *ruling, x *policy.Benefit, out *Outcome) error {
	r.every, r.own, r.scope.Day = periodOf(m.basis, x.Every), x.Accumulate, out.Status
	r.round(m.basis.Rounding(x.Rounding))
	return m.count(r, x, out)
}

// gives tells whether an outcome pays in its month, so that it bears on others.
func gives(out *Outcome) bool { return paying(out.Verdict) && !out.Idle }

// enter is a benefit after those it may not be paid together with.
func (m *matter) enter(x *policy.Benefit) (*Outcome, error) {
	if out := m.admitted[x]; out != nil {
		return out, nil
	}
	out, err := m.plain(x)
	if err != nil || !gives(out) || len(x.Excludes) == 0 {
		return out, err
	}
	if !m.open[x] {
		keep(&m.open, x, true)
		defer delete(m.open, x)
	}
	for _, id := range x.Excludes {
		stands, err := m.excluded(x, id)
		if err != nil {
			return nil, err
		}
		if stands != nil {
			refused := *out
			stands.Before, stands.Note = out.Due(), noteExcluded(stands.Name)
			m.yield(&refused, stands)
			out = &refused
			break
		}
	}
	keep(&m.admitted, x, out)
	return out, nil
}

// yield refuses an outcome in favour of another.
func (m *matter) yield(out *Outcome, to *Stacking) {
	out.Verdict, out.Stacking, out.Note = explain.NotPayable, to, to.Note
	out.Amount = explain.Amount{}
}

// excluded is the benefit of an id that forbids x in this month, by the record or by its own decision. Two that exclude
// each other would both fall: the one on record stays, else the first written.
func (m *matter) excluded(x *policy.Benefit, id string) (*Stacking, error) {
	y := m.benefit(id)
	mutual := y != nil && slices.ContainsFunc(y.Excludes, func(other string) bool { return sameScheme(m.basis.Pack.ID, other, x.ID) })
	if mutual && m.precedes(x, y) {
		return nil, nil
	}
	if d := m.binding(id, y); d != nil {
		return &Stacking{Kind: excludes, Scheme: id, Name: m.nameOf(id), Amount: d.Amount}, nil
	}
	if y == nil {
		return nil, nil
	}
	out, err := m.other(y)
	if err != nil || !gives(out) {
		return nil, err
	}
	return &Stacking{Kind: excludes, Scheme: id, Name: y.Name, Amount: out.Due()}, nil
}

// other is another benefit as far as it is decided: one that is being decided already counts as if it were alone.
func (m *matter) other(y *policy.Benefit) (*Outcome, error) {
	if m.open[y] {
		return m.plain(y)
	}
	return m.final(y)
}

// precedes tells which of two that exclude each other stays.
func (m *matter) precedes(x, y *policy.Benefit) bool {
	if onRecord := m.recorded(x.ID) != nil; onRecord != (m.recorded(y.ID) != nil) {
		return onRecord
	}
	return m.rank(x) < m.rank(y)
}

func (m *matter) rank(x *policy.Benefit) int { return slices.Index(m.basis.Pack.Benefits, x) }

func (m *matter) recorded(id string) *subject.Determination {
	return holds(m.basis.Pack.ID, m.subject.History, id, m.on.Month())
}

// binding is a determination on record by which another benefit, y of this pack or nil, is paid in this month. One that only stood until the month before says nothing where the
// pack itself decides this month: a benefit that has ended would keep others away for a month in which it pays nothing.
func (m *matter) binding(id string, y *policy.Benefit) *subject.Determination {
	d := m.recorded(id)
	if d != nil && d.Standing && y != nil {
		return nil
	}
	return d
}

// benefit is the benefit of this pack with an id, or nil.
func (m *matter) benefit(id string) *policy.Benefit {
	id = strings.TrimPrefix(id, m.basis.Pack.ID+"/")
	for _, x := range m.basis.Pack.Benefits {
		if x.ID == id {
			return x
		}
	}
	return nil
}

func (m *matter) nameOf(id string) fault.Text {
	if x := m.benefit(id); x != nil {
		return x.Name
	}
	return fault.Text{ZH: id, EN: id}
}

// highest pays only the highest of those that name one another; of equal ones the first written.
func (m *matter) highest(x *policy.Benefit, out *Outcome) error {
	own, err := yearly(out.Due(), periodOf(m.basis, x.Every))
	if err != nil {
		return err
	}
	var below *Stacking
	for _, id := range m.rivals(x) {
		rival, year, err := m.rival(id)
		if err != nil {
			return err
		}
		if rival == nil {
			continue
		}
		rival.Before = out.Due()
		y := m.benefit(id)
		if year > own || year == own && (y == nil || m.rank(y) < m.rank(x)) {
			rival.Note = noteLower(rival.Name, rival.Amount)
			m.yield(out, rival)
			return nil
		}
		rival.Note = noteHigher(rival.Name, rival.Amount)
		below = rival
	}
	if below != nil {
		out.Stacking = below
	}
	return nil
}

// rivals are the ids that a benefit names in higher_of, and those that name it.
func (m *matter) rivals(x *policy.Benefit) []string {
	ids := slices.Clone(x.HigherOf)
	for _, y := range m.basis.Pack.Benefits {
		if y != x && slices.Contains(y.HigherOf, x.ID) {
			ids = join(ids, y.ID)
		}
	}
	return ids
}

// entered is enter for a rival: one that is being decided already counts as if it were alone.
func (m *matter) entered(y *policy.Benefit) (*Outcome, error) {
	if m.open[y] && m.admitted[y] == nil {
		return m.plain(y)
	}
	return m.enter(y)
}

// rival is what another benefit gives, by its decision or by the record, and what that comes to in a year.
func (m *matter) rival(id string) (*Stacking, money.Fen, error) {
	y := m.benefit(id)
	if y != nil {
		out, err := m.entered(y)
		if err != nil {
			return nil, 0, err
		}
		if gives(out) {
			year, err := yearly(out.Due(), periodOf(m.basis, y.Every))
			return &Stacking{Kind: higherOf, Scheme: id, Name: y.Name, Amount: out.Due()}, year, err
		}
	}
	if d := m.binding(id, y); d != nil {
		year, err := yearly(d.Amount, policy.EveryMonth)
		return &Stacking{Kind: higherOf, Scheme: id, Name: m.nameOf(id), Amount: d.Amount}, year, err
	}
	return nil, 0, nil
}

// topUp pays only what lifts another benefit to this amount.
func (m *matter) topUp(x *policy.Benefit, out *Outcome) error {
	every := periodOf(m.basis, x.Every)
	lower, from := &Stacking{Kind: topsUp, Scheme: x.TopsUp, Name: m.nameOf(x.TopsUp)}, policy.EveryMonth
	y := m.benefit(x.TopsUp)
	if d := m.binding(x.TopsUp, y); d != nil {
		lower.Amount = d.Amount
	}
	if y != nil {
		other, err := m.other(y)
		if err != nil {
			return err
		}
		if gives(other) {
			lower.Amount, from = other.Due(), periodOf(m.basis, y.Every)
		}
	}
	if lower.Amount == 0 {
		return nil
	}
	year, err := yearly(lower.Amount, from)
	if err != nil {
		return err
	}
	have, err := money.Divide(year, perYear(every), m.basis.Rounding(x.Rounding))
	if err != nil {
		return err
	}
	return m.lift(out, lower, have)
}

func (m *matter) lift(out *Outcome, lower *Stacking, have money.Fen) error {
	lower.Before = out.Due()
	if have >= lower.Before {
		lower.Note = noteReached(lower.Name, lower.Amount)
		m.yield(out, lower)
		return nil
	}
	lower.Note = noteTopped(lower.Name, lower.Amount)
	out.Stacking = lower
	out.Amount.Value = lower.Before - have
	return nil
}

// perYear is how often a period comes in a year; what is paid once counts as a year's.
func perYear(p policy.Period) int64 {
	switch p {
	case policy.EveryMonth:
		return 12
	case policy.EveryQuarter:
		return 4
	case policy.EveryHalfYear:
		return 2
	default:
		return 1
	}
}

// yearly makes amounts of different periods comparable.
func yearly(amount money.Fen, every policy.Period) (money.Fen, error) {
	return money.Mul(amount, perYear(every))
}
