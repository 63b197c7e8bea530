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
	decided    period.Day
	status     period.Day
	timed      bool     // decided is known
	dated      bool     // both days are known
	missing    []string // facts that would tell the days, or whether the settlement is for the bill
}

// claims finds the settlement that is certainly for the bill, or else those that may be. Two certain ones are an error
// with code "settle.two-claims": a pack's settlements must not overlap.
func claims(b *policy.Basis, s *subject.Subject) (certain *claim, possible []*claim, err error) {
	for _, settlement := range b.Pack.Settlement {
		c, err := newClaim(b, s, settlement)
		if err != nil {
			return nil, nil, err
		}
		truth, err := c.concerns(b, s)
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

func newClaim(b *policy.Basis, s *subject.Subject, settlement *policy.Settlement) (*claim, error) {
	c := &claim{settlement: settlement}
	decided, missing, err := dayOf(timeless(b, s), settlement.DecidedOn)
	if err != nil || missing != nil {
		c.missing = missing
		return c, err
	}
	c.decided, c.timed = decided, true
	c.status, c.missing, err = dayOf(b.Scope(s, decided, decided), settlement.StatusOn)
	c.dated = c.missing == nil
	return c, err
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
func (c *claim) concerns(b *policy.Basis, s *subject.Subject) (rule.Truth, error) {
	scope := timeless(b, s)
	if c.dated && b.InForce(c.decided) == nil {
		scope = b.Scope(s, c.decided, c.status)
	}
	x := c.settlement.For
	scope.Env = x.Env()
	value, err := x.Eval(scope)
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
