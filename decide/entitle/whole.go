package entitle

import (
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/period"
)

// What those need who decide whole registers month by month.

// Every is how often a benefit is due under a basis.
func Every(b *policy.Basis, x *policy.Benefit) policy.Period { return periodOf(b, x.Every) }

// PaidOut is how often a benefit is paid out under a basis: as often as it is due where the document does not say.
func PaidOut(b *policy.Basis, x *policy.Benefit) policy.Period {
	if paid := periodOf(b, x.Paid); paid != "" {
		return paid
	}
	return periodOf(b, x.Every)
}

// Concerns tells whether a benefit is about a subject at all, without an explanation. Codes as for [Decide].
func Concerns(b *policy.Basis, s *subject.Subject, x *policy.Benefit, on period.Day) (truth rule.Truth, err error) {
	if x.About == nil {
		return rule.Met, nil
	}
	err = ask(b, s, x, on, func(m *matter, r *ruling, out *Outcome) (err error) {
		truth, err = m.about(r, x, out)
		return err
	})
	return truth, err
}

// Unfixed are the facts that would fix the first month of a benefit; none where it is fixed, or the rule leaves it open on purpose. What [Decide] says of such a
// benefit stands, but nobody can be paid by it before it is known from when. Codes as for [Decide].
func Unfixed(b *policy.Basis, s *subject.Subject, x *policy.Benefit, on period.Day) (missing []string, err error) {
	if x.Starts == nil {
		return nil, nil
	}
	err = ask(b, s, x, on, func(_ *matter, r *ruling, _ *Outcome) (err error) {
		_, missing, err = r.day(x.Starts)
		return err
	})
	return missing, err
}

// ask asks one thing of a benefit's rule.
func ask(b *policy.Basis, s *subject.Subject, x *policy.Benefit, on period.Day, do func(*matter, *ruling, *Outcome) error) error {
	m := &matter{basis: b, subject: s, on: on}
	r := rulings.Get().(*ruling)
	defer rulings.Put(r)
	r.begin(b, s, x.Block, on)
	r.every = periodOf(b, x.Every)
	var out Outcome
	if _, err := m.readOn(r, x, &out); err != nil {
		return err
	}
	return do(m, r, &out)
}

// Wait turns an outcome into one that waits for facts.
func (o *Outcome) Wait(missing []string) {
	o.Verdict, o.Missing, o.Note = explain.DocumentsNeeded, missing, noteUnfixed
}
