package entitle

import (
	"doudi/decide/counter"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
)

// Falling is what a benefit pays out in the quarter, half-year or year of payment that holds the day of an outcome: the months of that
// period added up. It is nil where the benefit is paid in the rhythm its amount stands for, and where nothing is paid.
func Falling(b *policy.Basis, s *subject.Subject, o *Outcome) (*Payment, error) {
	if o.Verdict != explain.Pays && o.Verdict != explain.ReviewDue {
		return nil, nil
	}
	paid, every := counter.Calendar(periodOf(b, o.Benefit.Paid), o.On), counter.Calendar(periodOf(b, o.Benefit.Every), o.On)
	if paid.From <= rule.Beginning || every.From <= rule.Beginning || paid.Empty() || every.Empty() || paid.Days() <= every.Days() {
		return nil, nil
	}
	_, months, err := Over(b, s, o.Benefit, paid)
	if err != nil {
		return nil, err
	}
	payments, err := Payments(b, o.Benefit, months)
	for i := range payments {
		if payments[i].Period.Contains(o.On) {
			return &payments[i], err
		}
	}
	return nil, err
}
