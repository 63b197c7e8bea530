package entitle

import (
	"slices"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Cross says what a change of policy means for the time before: the months that are paid once afterwards, and whether a
// bill falls into that time. A month is paid if its facts met the benefit's conditions and no determination on record
// covers it; the benefit's own first month does not count. Codes as for [Decide].
func Cross(b *policy.Basis, s *subject.Subject, x *policy.Transition, on period.Day) (*TransitionOutcome, error) {
	if err := b.InForce(on); err != nil {
		return nil, err
	}
	c := &crossing{ruling: newRuling(b, s, x.Block, on), out: &TransitionOutcome{Basis: b, Transition: x, On: on, Covered: rule.NotMet}}
	if err := c.span(); err != nil {
		return nil, err
	}
	if err := c.benefits(); err != nil {
		return nil, err
	}
	err := c.settlements()
	c.out.Questions = c.questions(nil, nil, nil)
	return c.out, err
}

// Crosses tells whether a transition applies at all, without what it means. Codes as for [Decide].
func Crosses(b *policy.Basis, s *subject.Subject, x *policy.Transition, on period.Day) (rule.Truth, error) {
	if err := b.InForce(on); err != nil {
		return rule.Unknown, err
	}
	truth, _, err := newRuling(b, s, x.Block, on).truth(x.Applies)
	return truth, err
}

// crossing is a transition being decided.
type crossing struct {
	*ruling
	out *TransitionOutcome
}

func (c *crossing) ask(missing []string) { c.out.Missing = join(c.out.Missing, missing...) }

// span reads whether the transition applies, for which days, and by when it must be done.
func (c *crossing) span() error {
	x := c.out.Transition
	applies, missing, err := c.truth(x.Applies)
	if err != nil {
		return err
	}
	if c.out.Applies = applies; applies == rule.NotMet {
		return nil
	}
	c.ask(missing)
	var ends [3]*period.Day
	for i, expr := range []*rule.Expression{x.From, x.To, x.Due} {
		if ends[i], missing, err = c.day(expr); err != nil {
			return err
		}
		c.ask(missing)
	}
	c.out.Due = ends[2]
	if ends[0] != nil && ends[1] != nil {
		c.out.Span = &period.Span{From: *ends[0], To: *ends[1]}
	}
	return nil
}

func (c *crossing) benefits() error {
	if c.out.Applies != rule.Met || c.out.Span == nil {
		return nil
	}
	for _, id := range c.out.Transition.Benefits {
		benefit := (&matter{basis: c.basis}).benefit(id)
		if benefit == nil {
			continue
		}
		back, err := c.arrears(benefit)
		if err != nil {
			return err
		}
		c.out.Benefits = append(c.out.Benefits, back)
		if c.out.Amount, err = money.Add(c.out.Amount, back.Amount); err != nil {
			return err
		}
	}
	return nil
}

// arrears are the months of one benefit that are paid afterwards.
func (c *crossing) arrears(x *policy.Benefit) (BackPay, error) {
	back := BackPay{Benefit: x}
	had, err := c.hadRight(x)
	if err != nil || had != rule.Met {
		return back, err
	}
	like := &matter{basis: c.basis, subject: c.subject, waived: c.out.Transition.Benefits}
	_, months, err := over(like, x, *c.out.Span)
	if err != nil {
		return back, err
	}
	for _, month := range months {
		paid := holds(c.basis.Pack.ID, c.subject.History, x.ID, month.Month) != nil
		if month.Verdict == explain.DocumentsNeeded && !paid {
			if err := c.missingIn(like, x, month.On); err != nil {
				return back, err
			}
		}
		if paid || month.Amount == 0 {
			continue
		}
		back.Months = append(back.Months, month)
		if back.Amount, err = money.Add(back.Amount, month.Amount); err != nil {
			return back, err
		}
	}
	return back, nil
}

// missingIn names what is missing for a month.
func (c *crossing) missingIn(like *matter, x *policy.Benefit, day period.Day) error {
	out, err := (&matter{basis: c.basis, subject: c.subject, on: day, explain: true, waived: like.waived}).final(x)
	if err == nil {
		c.askFor(out)
	}
	return err
}

// askFor asks for what an outcome lacks, unless it is not even known to concern the subject: then the benefit's own
// decision asks.
func (c *crossing) askFor(out *Outcome) {
	if out.About == nil || out.About.Truth == rule.Met {
		c.ask(out.Missing)
	}
}

// hadRight tells whether the conditions were met on the day that the transition names.
func (c *crossing) hadRight(x *policy.Benefit) (rule.Truth, error) {
	if c.out.Transition.MetOn == nil {
		return rule.Met, nil
	}
	day, missing, err := c.day(c.out.Transition.MetOn)
	if err != nil || day == nil {
		c.ask(missing)
		return rule.Unknown, err
	}
	m := &matter{basis: c.basis, subject: c.subject, on: *day, status: day, explain: true, waived: c.out.Transition.Benefits}
	out, err := m.final(x)
	switch {
	case err != nil:
		return rule.Unknown, err
	case paying(out.Verdict):
		return rule.Met, nil
	case out.Verdict == explain.DocumentsNeeded:
		c.askFor(out)
		return rule.Unknown, nil
	}
	return rule.NotMet, nil
}

// settlements tells whether the bill falls into the transition's days: by the day that decides its settlement.
func (c *crossing) settlements() error {
	if c.out.Applies == rule.NotMet {
		return nil
	}
	covered, asked := rule.NotMet, []string(nil)
	for _, x := range c.basis.Pack.Settlement {
		if !slices.Contains(c.out.Transition.Settlements, x.ID) {
			continue
		}
		falls, missing, err := c.falls(x)
		if err != nil {
			return err
		}
		switch {
		case falls == rule.Met:
			covered, asked = rule.Met, nil
		case falls == rule.Unknown && covered != rule.Met:
			covered, asked = rule.Unknown, join(asked, missing...)
		}
	}
	c.out.Covered = explain.And(covered, c.out.Applies)
	c.ask(asked)
	return nil
}

// falls tells whether the settlement takes the bill and its day lies in the span.
func (c *crossing) falls(x *policy.Settlement) (rule.Truth, []string, error) {
	takes, missing, err := c.truth(x.For)
	if err != nil || takes == rule.NotMet {
		return takes, nil, err
	}
	day, missingDay, err := c.day(x.DecidedOn)
	switch {
	case err != nil:
		return rule.Unknown, nil, err
	case day == nil || c.out.Span == nil:
		return rule.Unknown, join(missing, missingDay...), nil
	case !c.out.Span.Contains(*day):
		return rule.NotMet, nil, nil
	}
	return takes, missing, nil
}
