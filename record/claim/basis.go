package claim

import (
	"errors"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/dated"
	"doudi/record/store"
)

// adopted names an adoption as it stood when a bill was settled: a later withdrawal makes another basis, and leaves what was
// decided before as it is.
type adopted struct {
	ID       string         `json:"id"`
	PackHash string         `json:"pack_hash"`
	Division ident.Division `json:"division"`
	From     string         `json:"from"`
	To       string         `json:"to,omitempty"` // "" for no end
}

func adoptedAs(f adoption.Force) adopted {
	a := f.Adoption
	return adopted{f.ID, f.Hash, a.Division, dated.DayOr(a.From, rule.Beginning), dated.DayOr(a.To, rule.Forever)}
}

// basis is the pack bound to an adoption as it stood. Codes: those of [adoption.Adoptions.AsStood].
func (c *Claims) basis(tx *store.Tx, a adopted) (*policy.Basis, error) {
	stood, err := a.stood()
	if err != nil {
		return nil, err
	}
	return c.Adoptions.AsStood(tx, stood)
}

func (a adopted) stood() (adoption.Stood, error) {
	from, fromErr := dated.DayFrom(a.From, rule.Beginning)
	to, toErr := dated.DayFrom(a.To, rule.Forever)
	if err := errors.Join(fromErr, toErr); err != nil {
		return adoption.Stood{}, damaged(err)
	}
	return adoption.Stood{ID: a.ID, Hash: a.PackHash, Division: a.Division, Span: period.Span{From: from, To: to}}, nil
}

// force finds what is adopted on each of a bill's days, each adoption once, the most likely first. Code: adoption.none.
func (c *Claims) force(tx *store.Tx, claim *Claim, bill *subject.Subject, facts rule.Facts) ([]adoption.Force, error) {
	var found []adoption.Force
	var none error
	for _, day := range daysOf(bill) {
		f, err := c.Adoptions.InForce(tx, division(tx.County, facts, day), day, claim.Series)
		switch {
		case fault.CodeOf(err) == "adoption.none":
			if none == nil {
				none = err
			}
		case err != nil:
			return nil, err
		case !has(found, f):
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		return nil, none
	}
	return found, nil
}

func has(found []adoption.Force, f adoption.Force) bool {
	for _, other := range found {
		if other.ID == f.ID {
			return true
		}
	}
	return false
}

// division is the part of the county the person is registered in, or the county.
func division(county string, facts rule.Facts, day period.Day) ident.Division {
	if fact, ok := facts.At("person.hukou", day); ok {
		if at, ok := fact.Value.(rule.Division); ok && ident.Contains(ident.Division(county), ident.Division(at)) {
			return ident.Division(at)
		}
	}
	return ident.Division(county)
}
