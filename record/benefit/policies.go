package benefit

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"

	"doudi/decide/entitle"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/store"
)

// base is an adoption as it stood when a run was begun: a later withdrawal makes another one, and leaves what was decided before as it is.
type base struct {
	ID       string         `json:"id"`
	Hash     string         `json:"hash"` // of the pack
	Pack     string         `json:"pack"`
	Series   string         `json:"series"`
	Division ident.Division `json:"division"`
	From     period.Day     `json:"from"`
	To       period.Day     `json:"to"` // period.Latest for no end
}

// basesOf are the adoptions that are in force in the county some day, as a run keeps them.
func basesOf(tx *store.Tx) (string, error) {
	records, err := adoption.All(tx)
	if err != nil {
		return "", err
	}
	bases := []base{}
	for _, r := range records {
		if r.State != adoption.Proposed && r.State != adoption.Rejected && !r.Span.Empty() {
			bases = append(bases, base{r.ID, r.PackHash, r.PackID, r.Series, r.Division, max(r.Span.From, period.Earliest), min(r.Span.To, period.Latest)})
		}
	}
	written, err := json.Marshal(bases)
	return string(written), err
}

// policies are what is in force in a county for one run.
type policies struct {
	bases  []bound
	series []string
	packs  map[string]string // the id of a pack of each series, by which others name it

	mutex  sync.Mutex
	forces map[place][]force
}

// bound is an adoption with its pack.
type bound struct {
	base
	basis   *policy.Basis
	schemes []scheme
}

// force is what is in force for a division in a month, and the day on which the month is decided by it.
type force struct {
	*bound
	day period.Day
}

// scheme is a benefit that runs decide.
type scheme struct {
	name  string // series/benefit
	x     *policy.Benefit
	every policy.Period
}

// place is what policies depend on.
type place struct {
	division ident.Division
	day      period.Day
}

// boundAs is the key under which a transaction remembers what it has bound.
type boundAs string

// policies binds what basesOf wrote, once in a transaction. Codes: adoption.unknown, adoption.pack-missing.
func (b *Benefits) policies(tx *store.Tx, written string) (*policies, error) {
	return store.Once(tx, boundAs(written), func() (*policies, error) { return b.bind(tx, written) })
}

func (b *Benefits) bind(tx *store.Tx, written string) (*policies, error) {
	var bases []base
	if err := json.Unmarshal([]byte(written), &bases); err != nil {
		return nil, damaged(err)
	}
	p := &policies{packs: map[string]string{}, forces: map[place][]force{}}
	for _, one := range bases {
		basis, err := b.basis(tx, one)
		if err != nil {
			return nil, err
		}
		p.bases = append(p.bases, bound{one, basis, schemesOf(basis)})
		p.packs[one.Series], p.series = one.Pack, append(p.series, one.Series)
	}
	slices.Sort(p.series)
	p.series = slices.Compact(p.series)
	return p, nil
}

// basis is the pack of an adoption as it stood.
func (b *Benefits) basis(tx *store.Tx, a base) (*policy.Basis, error) {
	stood := adoption.Stood{ID: a.ID, Hash: a.Hash, Division: a.Division, Span: period.Span{From: a.From, To: a.To}}
	if a.To == period.Latest {
		stood.Span.To = rule.Forever
	}
	return b.Adoptions.AsStood(tx, stood)
}

// in is what is in force where somebody lives, for a month that is decided on a day: by the day itself, or the last day of the month on which a
// pack was.
func (p *policies) in(county string, division ident.Division, day period.Day) []force {
	if division == "" {
		division = ident.Division(county)
	}
	at := place{division, day}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if known, ok := p.forces[at]; ok {
		return known
	}
	var forces []force
	for _, series := range p.series {
		if f := p.force(at, series); f != nil {
			forces = append(forces, *f)
		}
	}
	p.forces[at] = forces
	return forces
}

// force is a series' adoption of the smallest division around a place.
func (p *policies) force(at place, series string) *force {
	for _, day := range []period.Day{at.day, at.day.Month().First()} {
		var chosen *bound
		for i := range p.bases {
			a := &p.bases[i]
			if a.Series == series && ident.Contains(a.Division, at.division) && a.basis.Span().Contains(day) && (chosen == nil || a.Division.Level() > chosen.Division.Level()) {
				chosen = a
			}
		}
		if chosen != nil {
			return &force{chosen, min(at.day, chosen.basis.Span().To)}
		}
	}
	return nil
}

// schemesOf are the benefits of a pack that runs decide: those of persons and households that are due in some period.
func schemesOf(b *policy.Basis) []scheme {
	var list []scheme
	for _, x := range b.Pack.Benefits {
		every := entitle.Every(b, x)
		if x.For != "person" && x.For != "household" || every == policy.PerEvent {
			continue
		}
		list = append(list, scheme{SchemeOf(b.Pack, x), x, every})
	}
	return list
}

// window is the period of a rule that holds a day, in months. What is due once is due once in the time its rule names, else once for ever.
func (s *scheme) window(day period.Day) (from, to period.Month) {
	every := s.every
	if every == policy.Once || every == policy.Lifetime {
		every = cmp.Or(s.x.OncePer, policy.Lifetime)
	}
	span := calendar(every, day)
	if span.From == rule.Beginning {
		return period.Earliest.Month(), NoEnd
	}
	return span.From.Month(), min(span.To.Month(), NoEnd)
}

// named is a scheme as the rules of a pack name it: their own by its id, another's as pack/id.
func (p *policies) named(f *force, scheme string) string {
	series, id := split(scheme)
	switch pack := p.packs[series]; {
	case series == f.Series:
		return id
	case pack != "":
		return pack + "/" + id
	}
	return scheme
}

// scheme is a benefit of the force by name; nil for none.
func (f *force) scheme(name string) *scheme {
	for i := range f.schemes {
		if f.schemes[i].name == name {
			return &f.schemes[i]
		}
	}
	return nil
}
