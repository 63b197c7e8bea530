package claim

import (
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/adoption"
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
	return adopted{f.ID, f.Hash, a.Division, dayOr(a.From, rule.Beginning), dayOr(a.To, rule.Forever)}
}

// basis is the pack bound to an adoption as it stood. Codes: adoption.unknown, claim.pack-missing.
func (c *Claims) basis(tx *store.Tx, a adopted) (*policy.Basis, error) {
	if b := c.bound(a, nil); b != nil {
		return b, nil
	}
	pack := c.packs[a.PackHash]
	if pack == nil {
		return nil, packMissing(a.PackHash)
	}
	record, err := adoption.Get(tx, a.ID)
	if err != nil {
		return nil, err
	}
	node, err := text.Parse(record.File, []byte(record.Content))
	if err != nil {
		return nil, err
	}
	read, err := policy.ReadAdoption(pack, node)
	if err != nil {
		return nil, err
	}
	read.Division = a.Division
	if read.From, err = dayFrom(a.From, rule.Beginning); err != nil {
		return nil, damaged(err)
	}
	if read.To, err = dayFrom(a.To, rule.Forever); err != nil {
		return nil, damaged(err)
	}
	return c.bound(a, policy.NewBasis(pack, read)), nil
}

// bound is what an adoption was bound to first, which is made now unless it was before; see [adoption.Adoptions].
func (c *Claims) bound(a adopted, now *policy.Basis) *policy.Basis {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.bases[a] == nil && now != nil {
		c.bases[a] = now
	}
	return c.bases[a]
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
