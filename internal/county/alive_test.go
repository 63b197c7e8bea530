package county_test

import (
	"testing"

	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/internal/county"
	"doudi/kernel/ident"
	"doudi/kernel/period"
)

// days on which everybody is asked about: in each half of the year, and before and after schools change.
var days = []period.Day{period.MustDay(2021, 3, 31), period.MustDay(2021, 6, 30), period.MustDay(2021, 10, 31)}

func basisOf(t *testing.T, town *county.Town) *policy.Basis {
	t.Helper()
	node, err := text.Parse("adoption.yaml", []byte(town.Adoption))
	if err != nil {
		t.Fatal(err)
	}
	adoption, err := policy.ReadAdoption(town.Pack, node)
	if err != nil {
		t.Fatal(err)
	}
	return policy.NewBasis(town.Pack, adoption)
}

// tally counts verdicts by town's pack and benefit.
type tally map[string]map[explain.Verdict]int

func (t tally) add(name string, v explain.Verdict) {
	if t[name] == nil {
		t[name] = map[explain.Verdict]int{}
	}
	t[name][v]++
}

// alive asks about everybody, on some days, for every benefit of the pack of the town.
type alive struct {
	*testing.T
	*county.County
	found tally
	bases map[ident.Division]*policy.Basis
}

func TestEverySchemeIsAlive(t *testing.T) {
	a := &alive{t, newCounty(t, 1, county.Small), tally{}, map[ident.Division]*policy.Basis{}}
	candidates := map[ident.Division][]*subject.Subject{}
	for _, town := range a.Towns {
		a.bases[town.Code] = basisOf(t, town)
		for _, doctor := range town.Doctors {
			a.ask(town, doctor)
		}
	}
	for h := range a.Households() {
		for _, p := range h.Members {
			s := a.Subject(h, p)
			a.ask(h.Town, s)
			candidates[h.Town.Code] = append(candidates[h.Town.Code], s)
		}
	}
	for _, town := range a.Towns {
		a.choose(town, candidates[town.Code])
	}
	for _, town := range a.Towns {
		for _, x := range town.Pack.Benefits {
			a.check(town.Pack.ID+" "+x.ID, a.found[town.Pack.ID+" "+x.ID], entitle.Every(a.bases[town.Code], x) == policy.PerEvent)
		}
	}
}

func (a *alive) ask(town *county.Town, s *subject.Subject) {
	a.Helper()
	b := a.bases[town.Code]
	for _, day := range days {
		decision, err := entitle.Decide(b, s, day)
		if err != nil {
			a.Fatalf("%s: %s on %s: %v", b.Pack.ID, s.Name, day, err)
		}
		for _, outcome := range decision.Outcomes {
			if outcome.Benefit.Quota == nil {
				a.found.add(b.Pack.ID+" "+outcome.Benefit.ID, outcome.Verdict)
			}
		}
	}
}

// choose lets everybody of a town compete for what has a quota.
func (a *alive) choose(town *county.Town, everybody []*subject.Subject) {
	b := a.bases[town.Code]
	for _, x := range b.Pack.Benefits {
		if x.Quota == nil {
			continue
		}
		selection, err := entitle.Select(b, x, everybody, days[0])
		if err != nil {
			a.Fatal(err)
		}
		for _, c := range selection.Candidates {
			switch {
			case c.Selected:
				a.found.add(b.Pack.ID+" "+x.ID, explain.Pays)
			case c.Eligible:
				a.found.add(b.Pack.ID+" "+x.ID, explain.NotSelected)
			}
		}
	}
}

// check wants somebody who is paid or covered, and somebody who is not: refused, or not concerned where there is nothing to refuse. What is not decided at an
// event must not ask most people for documents.
func (a *alive) check(name string, found map[explain.Verdict]int, event bool) {
	if found[explain.Pays]+found[explain.Covered] == 0 {
		a.Errorf("%s: nobody gets it: %v", name, found)
	}
	if found[explain.NotPayable]+found[explain.NotSelected]+found[explain.NotConcerned] == 0 {
		a.Errorf("%s: nobody is refused: %v", name, found)
	}
	everybody := 0
	for _, n := range found {
		everybody += n
	}
	if found[explain.DocumentsNeeded]*2 > everybody && !event {
		a.Errorf("%s: most people are asked for documents, whom it does not concern: %v", name, found)
	}
}
