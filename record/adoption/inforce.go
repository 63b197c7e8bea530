package adoption

import (
	"sync"

	"doudi/decide/policy"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/store"
)

// Adoptions reads adoptions against the packs this program has. It may be used by many goroutines.
type Adoptions struct {
	packs map[string]*policy.Pack // by hash

	mutex sync.Mutex
	bases map[Stood]*policy.Basis
}

// Stood names an adoption as it stood when something was decided by it: a later withdrawal makes another basis, and leaves what was decided
// before as it is.
type Stood struct {
	ID       string
	Hash     string // of the pack's content
	Division ident.Division
	Span     period.Span
}

// New reads adoptions of the packs given.
func New(packs []*policy.Pack) *Adoptions {
	a := &Adoptions{packs: map[string]*policy.Pack{}, bases: map[Stood]*policy.Basis{}}
	for _, p := range packs {
		a.packs[p.Hash] = p
	}
	return a
}

// Force is what applies in a division on a day.
type Force struct {
	ID       string        // of the adoption
	Hash     string        // of the pack's content
	Basis    *policy.Basis // the pack as adopted; the same one as long as the adoption stands
	Adoption *policy.Adoption
}

// InForce is what a division applies on a day of a series of packs: its own adoption, or that of the smallest division around it. Codes:
// adoption.none (kind OutOfForce), saying what is adopted before or after; adoption.pack-missing when this program does not
// have the pack.
func (a *Adoptions) InForce(tx *store.Tx, division ident.Division, day period.Day, series string) (Force, error) {
	records, err := Of(tx, series)
	if err != nil {
		return Force{}, err
	}
	var chosen *Record
	for i := range records {
		r := &records[i]
		if r.State == Proposed || r.State == Rejected || !ident.Contains(r.Division, division) || !r.Span.Contains(day) {
			continue
		}
		if chosen == nil || r.Division.Level() > chosen.Division.Level() {
			chosen = r
		}
	}
	if chosen == nil {
		return Force{}, none(division, day, series, records)
	}
	basis, err := a.AsStood(tx, Stood{chosen.ID, chosen.PackHash, chosen.Division, chosen.Span})
	if err != nil {
		return Force{}, err
	}
	return Force{chosen.ID, chosen.PackHash, basis, basis.Adoption}, nil
}

// AsStood is the pack bound to an adoption as it stood, read once. Codes: adoption.unknown; adoption.pack-missing when this program does not have the
// pack.
func (a *Adoptions) AsStood(tx *store.Tx, s Stood) (*policy.Basis, error) {
	if b := a.bound(s, nil); b != nil {
		return b, nil
	}
	r, err := Get(tx, s.ID)
	if err != nil {
		return nil, err
	}
	p := a.packs[s.Hash]
	if p == nil {
		return nil, packMissing(&r)
	}
	r.Division, r.Span = s.Division, s.Span
	basis, err := r.bind(p)
	if err != nil {
		return nil, err
	}
	return a.bound(s, basis), nil
}

// bound is what an adoption was bound to first, which is made now unless it was before. Nobody asks the database meanwhile: those who travel
// together would wait for one another.
func (a *Adoptions) bound(s Stood, now *policy.Basis) *policy.Basis {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.bases[s] == nil && now != nil {
		a.bases[s] = now
	}
	return a.bases[s]
}
