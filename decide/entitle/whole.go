package entitle

import (
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
func Concerns(b *policy.Basis, s *subject.Subject, x *policy.Benefit, on period.Day) (rule.Truth, error) {
	if x.About == nil {
		return rule.Met, nil
	}
	m := &matter{basis: b, subject: s, on: on}
	r := rulings.Get().(*ruling)
	defer rulings.Put(r)
	r.begin(b, s, x.Block, on)
	r.every = periodOf(b, x.Every)
	var out Outcome
	if _, err := m.readOn(r, x, &out); err != nil {
		return rule.Unknown, err
	}
	return m.about(r, x, &out)
}
