package settle

import (
	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// claim is a settlement with the two days it goes by for one subject.
type claim struct {
	settlement *policy.Settlement
	scope      *rule.Scope // as of both days; without a day while they are not known or lie outside the pack's time
	decided    period.Day
	status     period.Day
	timed      bool     // decided is known
	dated      bool     // both days are known
	missing    []string // facts that would tell the days, or whether the settlement is for the bill
}

// claims finds the settlement that is certainly for the bill, or else those that may be. Two certain ones are an error
// with code "settle.two-claims": a pack's settlements must not overlap.
func claims(b *policy.Basis, s *subject.Subject) (certain *claim, possible []*claim, err error) {
	undated := timeless(b, s)
	for _, settlement := range b.Pack.Settlement {
		c := &claim{settlement: settlement, scope: undated}
		if err := c.date(b, s); err != nil {
			return nil, nil, err
		}
		truth, err := c.concerns()
		switch {
		case err != nil:
			return nil, nil, err
		case truth == rule.Met && certain != nil:
			return nil, nil, twoClaims(certain.settlement, settlement)
		case truth == rule.Met:
			certain = c
		case truth == rule.Unknown:
			possible = append(possible, c)
		}
	}
	return certain, possible, nil
}

// date finds the days a settlement goes by.
func (c *claim) date(b *policy.Basis, s *subject.Subject) (err error) {
	if c.decided, c.missing, err = dayOf(c.scope, c.settlement.DecidedOn); err != nil || c.missing != nil {
		return err
	}
	c.timed = true
	scope := b.Scope(s, c.decided, c.decided)
	if c.status, c.missing, err = dayOf(scope, c.settlement.StatusOn); err != nil || c.missing != nil {
		return err
	}
	c.dated = true
	if b.InForce(c.decided) == nil {
		scope.Day, c.scope = c.status, scope
	}
	return nil
}

// timeless is a scope before the day that decides is known: facts that still hold, and no day asked about.
func timeless(b *policy.Basis, s *subject.Subject) *rule.Scope {
	return &rule.Scope{Env: b.Pack.Env, Facts: s.Facts, Day: rule.Forever, Frame: b.Frame(rule.Forever),
		Vars: map[string]ref.Val{"rounding": rule.Rounding(money.Rounding{})}}
}

func dayOf(scope *rule.Scope, x *rule.Expression) (period.Day, []string, error) {
	scope.Env = x.Env()
	value, err := x.Eval(scope)
	if err != nil {
		return 0, nil, err
	}
	if day, ok := value.(rule.Day); ok {
		return period.Day(day), nil, nil
	}
	return 0, rule.Missing(value), nil
}

// concerns answers the settlement's for. Of a settlement whose days are not known, or lie outside the pack's time, it
// asks what holds at any time: whether the bill is its matter does not wait for its date.
func (c *claim) concerns() (rule.Truth, error) {
	x := c.settlement.For
	c.scope.Env = x.Env()
	value, err := x.Eval(c.scope)
	if err != nil {
		return rule.Unknown, err
	}
	switch value {
	case rule.Bool(true):
		return rule.Met, nil
	case rule.Bool(false):
		return rule.NotMet, nil
	}
	c.missing = rule.Missing(value)
	return rule.Unknown, nil
}
