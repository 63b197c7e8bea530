package entitle

import (
	"slices"

	"cel.dev/cel-go/common/types"

	"doudi/decide/counter"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

// Serve says what a service owes a subject on a day: each act with how often it was done and when it is due, and what the
// provider is paid. Codes: those of [policy.Basis.InForce], "entitle.window", "entitle.negative-amount".
func Serve(b *policy.Basis, s *subject.Subject, x *policy.Service, on period.Day) (*ServiceOutcome, error) {
	if err := b.InForce(on); err != nil {
		return nil, err
	}
	r := newRuling(b, s, x.Block, on)
	r.round(b.Rounding(x.Rounding))
	if x.Pays != nil {
		r.every = x.Pays.Every
	}
	out := &ServiceOutcome{Basis: b, Service: x, On: on, Period: r.span()}
	c, err := r.concerns(x.About, x.When)
	if err != nil {
		return nil, err
	}
	out.Reasons, out.Unmet, out.Missing, out.Verdict = c.reasons, c.unmet, c.missing, c.verdict
	if out.Verdict == explain.Covered {
		err = r.owed(x, out)
	}
	var uses []explain.Use
	if out.Pays != nil {
		uses = out.Pays.Uses
	}
	out.Questions = r.questions(nil, out.Reasons, uses)
	return out, err
}

// concern is whether a service or screen is about a subject, and why.
type concern struct {
	verdict explain.Verdict // Covered, NotPayable, NotConcerned or DocumentsNeeded
	reasons []explain.Reason
	unmet   []fault.Text
	missing []string
}

func (r *ruling) concerns(x *rule.Expression, when []policy.Condition) (c concern, err error) {
	about, missing, err := r.truth(x)
	if err != nil || about == rule.NotMet {
		return concern{verdict: explain.NotConcerned}, err
	}
	reasons, all, err := r.conditions(when)
	c = concern{verdict: explain.Covered, reasons: reasons, unmet: unmet(reasons)}
	switch explain.And(about, all) {
	case rule.NotMet:
		c.verdict = explain.NotPayable
	case rule.Unknown:
		c.verdict, c.missing = explain.DocumentsNeeded, join(missing, explain.Missing(reasons)...)
	}
	return c, err
}

func (r *ruling) owed(x *policy.Service, out *ServiceOutcome) error {
	for i := range x.Obligations {
		state, err := r.obligation(&x.Obligations[i])
		if err != nil {
			return err
		}
		out.Obligations = append(out.Obligations, state)
		out.Missing = join(out.Missing, state.Missing...)
	}
	if x.Pays == nil {
		return nil
	}
	amount, err := r.compute(x.Pays.Amount)
	if err != nil {
		return err
	}
	if amount.Known && amount.Value < 0 {
		return negativeAmount(x.Block, amount.Value)
	}
	out.Pays, out.Missing = &amount, join(out.Missing, amount.Missing...)
	if out.Verdict = explain.Pays; !amount.Known {
		out.Verdict = explain.DocumentsNeeded
	}
	return nil
}

func (r *ruling) obligation(o *policy.Obligation) (ObligationState, error) {
	state := ObligationState{Obligation: o, Known: true}
	if o.Window != nil {
		value, err := r.eval(o.Window)
		if err != nil {
			return state, err
		}
		word, known := value.(types.String)
		if known && word != "calendar" && word != "rolling" {
			return state, badWindow(r.block, string(word))
		}
		if state.Known, state.Rolling = known, word == "rolling"; !known {
			state.Missing = rule.Missing(value)
			return state, nil
		}
	}
	done := slices.Sorted(slices.Values(r.subject.History.Events[o.ID]))
	if past := slices.DeleteFunc(slices.Clone(done), func(d period.Day) bool { return d > r.on }); len(past) > 0 {
		state.Last = &past[len(past)-1]
	}
	if state.Rolling && rollingLength(o.Every) != (policy.Length{}) {
		r.rolling(&state, done)
	} else {
		r.calendar(&state, done)
	}
	state.Met = state.Done >= o.Count
	return state, nil
}

// calendar counts in the calendar period; what is done is next due at the end of the next one.
func (r *ruling) calendar(state *ObligationState, done []period.Day) {
	o := state.Obligation
	state.Window = counter.Calendar(o.Every, r.on)
	state.Done = within(done, state.Window)
	if o.Every == policy.Once || o.Every == "" {
		return
	}
	due := state.Window.To
	if state.Done >= o.Count {
		due = counter.Calendar(o.Every, state.Window.To+1).To
	}
	state.Due = &due
}

// rolling counts in the stretch that ends on the asked day. The next act is due one stretch after the one that will be
// the first to fall out of the count; now, when it was never done as often.
func (r *ruling) rolling(state *ObligationState, done []period.Day) {
	o := state.Obligation
	length := rollingLength(o.Every)
	state.Window = period.Rolling(r.on, length.Years, length.Months, length.Days)
	state.Done = within(done, state.Window)
	due := r.on
	if past := within(done, period.Span{From: rule.Beginning, To: r.on}); past >= o.Count && o.Count > 0 {
		due = done[past-o.Count].AddMonths(length.Years*12 + length.Months).AddDays(length.Days)
	}
	state.Due = &due
}

func within(days []period.Day, span period.Span) (count int64) {
	for _, day := range days {
		if span.Contains(day) {
			count++
		}
	}
	return count
}

func rollingLength(p policy.Period) policy.Length {
	switch p {
	case policy.EveryDay:
		return policy.Length{Days: 1}
	case policy.EveryWeek:
		return policy.Length{Days: 7}
	case policy.EveryMonth:
		return policy.Length{Months: 1}
	case policy.EveryQuarter:
		return policy.Length{Months: 3}
	case policy.EveryHalfYear:
		return policy.Length{Months: 6}
	case policy.EveryYear, policy.EverySchoolYear:
		return policy.Length{Years: 1}
	}
	return policy.Length{}
}
