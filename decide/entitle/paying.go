package entitle

import (
	"slices"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/traits"

	"doudi/decide/counter"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// pay is a benefit whose conditions are met: the months it runs, once only, how much, who decides, and its review.
func (m *matter) pay(r *ruling, x *policy.Benefit, out *Outcome) error {
	out.Verdict = explain.Pays
	if running, err := m.running(r, x, out); err != nil || !running {
		return err
	}
	if d := m.received(x); d != nil {
		out.Verdict, out.Note = explain.NotPayable, noteOnce(d)
		return nil
	}
	if err := m.amount(r, x, out); err != nil || !paying(out.Verdict) {
		return err
	}
	if err := m.idle(r, x, out); err != nil || !paying(out.Verdict) {
		return err
	}
	if x.Quota != nil && !m.selecting {
		out.Verdict, out.Missing, out.Note = explain.DocumentsNeeded, []string{"roster"}, noteQuota
		return nil
	}
	m.review(x, out)
	return nil
}

// running tells whether the month lies between the first and the last. Ends that are not fixed yet do not count.
func (m *matter) running(r *ruling, x *policy.Benefit, out *Outcome) (bool, error) {
	if err := m.dates(r, x, out); err != nil {
		return false, err
	}
	if out.Starts != nil && m.on.Month() < out.Starts.Month() {
		out.Verdict, out.Note = explain.NotPayable, noteStarts(out.Starts.Month())
		return false, nil
	}
	if out.Ends != nil && m.on.Month() > out.Ends.Month() {
		out.Verdict, out.Note = explain.NotPayable, noteEnds(out.Ends.Month())
		return false, nil
	}
	return true, nil
}

func (m *matter) dates(r *ruling, x *policy.Benefit, out *Outcome) (err error) {
	if !slices.Contains(m.waived, x.ID) {
		if out.Starts, _, err = r.day(x.Starts); err != nil {
			return err
		}
	}
	out.Ends, _, err = r.day(x.Ends)
	return err
}

// received is an earlier determination that forbids another one (once_per), or nil.
func (m *matter) received(x *policy.Benefit) *subject.Determination {
	if x.OncePer == "" {
		return nil
	}
	span := counter.Calendar(x.OncePer, m.on)
	for i := range m.subject.History.Determinations {
		d := &m.subject.History.Determinations[i]
		if sameScheme(m.basis.Pack.ID, d.Scheme, x.ID) && d.From.First() <= span.To && span.From <= d.To.Last() {
			return d
		}
	}
	return nil
}

// amount computes what is due, or takes what a person decided.
func (m *matter) amount(r *ruling, x *policy.Benefit, out *Outcome) (err error) {
	switch {
	case x.Discretion != nil:
		return m.decided(r, x, out)
	case x.Amount == nil:
		out.Verdict = explain.Covered
		return nil
	case x.Form == "in-kind": // help in kind does not wait for its value
		out.Verdict = explain.Covered
	}
	if out.Amount, out.Members, err = r.valued(x); err != nil {
		return err
	}
	if !out.Amount.Known && out.Verdict != explain.Covered {
		out.Verdict, out.Missing = explain.DocumentsNeeded, out.Amount.Missing
	}
	return nil
}

// valued is the rule's amount, for each member of the household where it is meant so.
func (r *ruling) valued(x *policy.Benefit) (explain.Amount, *Members, error) {
	amount, err := r.amountOf(x)
	switch {
	case err != nil || !amount.Known && !x.PerMember:
		return amount, nil, err
	case amount.Known && amount.Value < 0:
		return amount, nil, negativeAmount(x.Block, amount.Value)
	case !x.PerMember:
		return amount, nil, nil
	}
	size, known := r.scope.Value("household.size").(types.Int)
	if !known {
		amount.Known, amount.Missing = false, join(amount.Missing, "household.size")
		return amount, nil, nil
	}
	members := &Members{Each: amount.Value, Count: int64(size)}
	amount.Value, err = money.Mul(amount.Value, members.Count)
	return amount, members, err
}

// decided takes the amount a person decided, within the bound.
func (m *matter) decided(r *ruling, x *policy.Benefit, out *Outcome) error {
	bound := explain.Amount{Known: true}
	if x.Discretion.Bound != nil {
		var err error
		if bound, err = r.compute(x.Discretion.Bound); err != nil {
			return err
		}
		if bound.Known {
			out.Bound = &bound.Value
		}
	}
	decision, done := m.subject.Decisions[x.ID]
	switch {
	case !done:
		out.Verdict, out.Missing, out.Note = explain.DocumentsNeeded, join(bound.Missing, "decisions."+x.ID), noteUndecided
	case !bound.Known:
		out.Verdict, out.Missing = explain.DocumentsNeeded, bound.Missing
	case out.Bound != nil && decision.Amount > *out.Bound:
		return decidedOverBound(x.Block, decision.Amount, *out.Bound)
	default:
		out.Decided, out.Amount = &decision, given(decision.Amount)
	}
	return nil
}

// idle sets the amount of a month that does not count to nothing.
func (m *matter) idle(r *ruling, x *policy.Benefit, out *Outcome) error {
	if x.Months == nil {
		return nil
	}
	value, err := r.eval(x.Months)
	if err != nil {
		return err
	}
	months, known := value.(traits.Lister)
	switch {
	case !known:
		out.Verdict, out.Missing = explain.DocumentsNeeded, rule.Missing(value)
	case months.Contains(types.Int(m.on.Month().Number())) != types.True:
		out.Idle, out.Note, out.Amount.Value = true, noteIdle, 0
	}
	return nil
}

// review marks an outcome whose last review is too long ago.
func (m *matter) review(x *policy.Benefit, out *Outcome) {
	if x.Review == 0 {
		return
	}
	var reviewed *period.Day
	for i := range m.subject.History.Determinations {
		d := &m.subject.History.Determinations[i]
		if d.HasDay && sameScheme(m.basis.Pack.ID, d.Scheme, x.ID) && (reviewed == nil || d.Reviewed > *reviewed) {
			reviewed = &d.Reviewed
		}
	}
	if reviewed == nil {
		return
	}
	if due := reviewed.AddMonths(x.Review); due < m.on {
		out.Verdict, out.Note = explain.ReviewDue, noteReview(*reviewed, due)
	}
}

// count moves the benefit's own counters by what it gives. Those whose day or key is not known yet do not move.
func (m *matter) count(r *ruling, x *policy.Benefit, out *Outcome) error {
	if len(x.Accumulate) == 0 || !paying(out.Verdict) || out.Idle {
		return nil
	}
	if err := r.provideForCounter(x.Accumulate); err != nil {
		return err
	}
	for _, id := range counter.IDs(x.Accumulate) {
		moved, missing, err := counter.Open(m.basis, x.Accumulate, id, &r.scope, m.subject.History, m.on)
		if err != nil {
			return err
		}
		if moved.Counter == nil || missing != nil {
			continue
		}
		if moved, err = m.move(r, moved, out); err != nil {
			return err
		}
		out.Counters = append(out.Counters, moved)
	}
	return nil
}

func (m *matter) move(r *ruling, moved counter.Movement, out *Outcome) (counter.Movement, error) {
	amount := out.Due()
	if sum := moved.Counter.Sum; sum != nil {
		var err error
		if amount, _, err = sum.Money(&r.scope); err != nil {
			return moved, err
		}
	}
	moved, err := moved.Add(amount, 1)
	if err != nil {
		return moved, err
	}
	limit, over, err := moved.Over(&r.scope)
	if err == nil && over {
		after := moved.After.Grouped()
		if moved.IsCount {
			after = rule.Display(rule.Int(moved.CountAfter), "")
		}
		err = counterOverCap(out.Benefit.Block, moved.ID, after, rule.Display(limit, ""))
	}
	return moved, err
}
