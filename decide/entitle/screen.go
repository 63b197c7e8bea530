package entitle

import (
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/period"
)

// Find answers a screen for a subject: found, not found, or unknown with what is missing. What is not looked at is not
// concerned. Codes: those of [policy.Basis.InForce], "entitle.deadline", "calendar.year-missing".
func Find(b *policy.Basis, s *subject.Subject, x *policy.Screen, on period.Day) (*Finding, error) {
	if err := b.InForce(on); err != nil {
		return nil, err
	}
	r := newRuling(b, s, x.Block, on)
	f := &Finding{Basis: b, Screen: x, On: on}
	c, err := r.concerns(x.About, x.When)
	if err != nil {
		return nil, err
	}
	f.Verdict, f.Reasons, f.Unmet, f.Missing = c.verdict, c.reasons, c.unmet, c.missing
	if f.Verdict == explain.NotPayable { // who is not looked at
		f.Verdict = explain.NotConcerned
	}
	if f.Verdict != explain.NotConcerned {
		if err := r.find(x, f); err != nil {
			return nil, err
		}
	}
	f.Questions = r.questions(nil, f.Reasons, nil)
	return f, nil
}

// find answers the finding itself. Nobody has to be asked for more when nothing would be found either way.
func (r *ruling) find(x *policy.Screen, f *Finding) error {
	finding, err := r.answer(policy.Condition{Label: x.Found, Test: x.Finding}, nil)
	if err != nil {
		return err
	}
	f.Reasons = append(f.Reasons, finding)
	switch {
	case finding.Truth == rule.NotMet:
		f.Verdict, f.Found, f.Missing = explain.Covered, rule.NotMet, nil
	case finding.Truth == rule.Unknown || f.Verdict == explain.DocumentsNeeded:
		f.Verdict, f.Missing = explain.DocumentsNeeded, join(f.Missing, finding.Missing...)
	default:
		f.Found = rule.Met
		return r.actBy(x, f)
	}
	return nil
}

// actBy is the day by which a finding must have been acted on.
func (r *ruling) actBy(x *policy.Screen, f *Finding) (err error) {
	var missing []string
	if x.Within != nil {
		f.Due, missing, err = r.deadline(x.Within, r.on)
	} else {
		f.Due, missing, err = r.day(x.By)
	}
	f.Missing = join(f.Missing, missing...)
	return err
}
