package county

import (
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/kernel/period"
)

// Households makes the households one after the other, village by village. Each call makes them anew, the same ones; who leaves a loop early has
// made only those he saw.
func (c *County) Households() iter.Seq[*Household] {
	return func(yield func(*Household) bool) {
		s := &stream{County: c, begun: map[*Town]int{}}
		for i, t := range c.Towns {
			for j, village := range t.Villages {
				until := (i*c.Villages + j + 1) * c.People / (len(c.Towns) * c.Villages) // people of the villages up to this one
				for s.people < until {
					if !yield(s.household(t, village)) {
						return
					}
				}
			}
		}
	}
}

// stream is how far a county has been made.
type stream struct {
	*County
	households, people           int
	assistedHouseholds, assisted int
	begun                        map[*Town]int // how many situations of the plan have come up in the town in order
	numbers                      [2][yearsOfNumbers * 366]uint16
}

const (
	firstNumberYear = Year - 110
	yearsOfNumbers  = 112
	firstSequence   = 101 // smaller ones are for people who are named
)

// household makes the next household.
func (s *stream) household(t *Town, village Village) *Household {
	s.households++
	d := dice{rand.New(rand.NewPCG(s.Seed, uint64(s.households)))}
	h := &Household{Number: s.households, Town: t, Village: village, Address: fmt.Sprintf("%s%d组%d号", village.Name, d.between(1, 8), d.between(1, 120)), Facts: rule.Facts{}}
	g, situation := s.lot(d, t)
	s.settle(d, h, s.seats(d, g, situation))
	t.plan.ordinary(d, h)
	if g != nil {
		h.Group = g.name
		g.apply(d, h)
	}
	if situation != nil {
		h.Situation = situation.name
		situation.apply(d, h, s)
	}
	s.live(d, h)
	s.people += len(h.Members)
	if g != nil {
		s.assisted += len(h.Members)
	}
	return h
}

// lot draws whether the next household of a town is assisted, in which group, and in which situation. Groups are dealt; the situations come once
// each in the first town of their plan, then as often as they weigh.
func (s *stream) lot(d dice, t *Town) (*group, *situation) {
	if s.assisted*s.People > s.Assisted*s.people || s.Assisted == 0 {
		return nil, nil
	}
	s.assistedHouseholds++
	g := s.groups[deal(s.groupWeights, s.assistedHouseholds)]
	if next := s.begun[t]; next < len(t.plan.first) {
		s.begun[t]++
		if situation := t.plan.first[next]; situation.group != nil {
			return situation.group, situation
		}
		return g, t.plan.first[next]
	}
	if i := d.choose(t.plan.weights[g]); i < len(t.plan.situations) {
		return g, t.plan.situations[i]
	}
	return g, nil
}

// seats are those of the situation's shape, of the group's, or of any.
func (s *stream) seats(d dice, g *group, situation *situation) []seat {
	if situation != nil && situation.shape != nil {
		return situation.shape.seats(d)
	}
	if g != nil && g.shape != nil {
		return g.shape.seats(d)
	}
	return shapes[d.choose(s.shapeWeights)].seats(d)
}

// settle gives the seats to people, as many as the county has room for.
func (s *stream) settle(d dice, h *Household, seats []seat) {
	seats = seats[:min(len(seats), s.People-s.people)]
	family := d.surname()
	for _, seat := range seats {
		surname := family
		if seat.surname == "" && seat.relation != "head" {
			surname = d.surname()
		}
		h.Members = append(h.Members, s.person(d, h, seat, surname, d.birthday(seat.age)))
	}
}

// person makes somebody of a household.
func (s *stream) person(d dice, h *Household, at seat, surname string, birth period.Day) *Person {
	p := &Person{Name: surname + d.given(at.sex, birth.Year()), Number: s.number(at.sex, birth), Relation: at.relation, Facts: rule.Facts{}}
	p.Facts.Set("person.hukou", rule.Division(h.Village.Code))
	if birth.AddYears(18) <= Opening {
		p.Account = d.account(p.Name)
	}
	return p
}

// number is the next one of those born on a day.
func (s *stream) number(sex ident.Sex, birth period.Day) ident.PersonID {
	of, parity := &s.numbers[0], 0
	if sex == ident.Female {
		of, parity = &s.numbers[1], 1
	}
	at := int(birth) - int(period.MustDay(firstNumberYear, 1, 1))
	sequence := firstSequence + 2*int(of[at]) + parity
	of[at]++
	number, err := ident.NewPersonID(ident.Division(s.Code), birth, sequence)
	if err != nil {
		panic(fmt.Sprintf("county: more people are born on %s than there are numbers: %v", birth, err)) // four hundred a day and sex would be a county of thirty million
	}
	return number
}

// renumber gives a person of a household another age: what asks for one comes after the household was made.
func (s *stream) renumber(d dice, p *Person, age int) {
	p.Number = s.number(p.Number.Sex(), d.birthday(age))
	if p.Account == nil && age >= 18 {
		p.Account = d.account(p.Name)
	}
	if age < 18 {
		p.Account = nil
	}
}

// set adds facts to those known, in place of what was said before. Of a roster only that somebody is on it is kept.
func set(known, more rule.Facts) {
	for _, name := range slices.Sorted(maps.Keys(more)) {
		if len(more[name]) == 1 && more[name][0].Value == rule.Bool(false) && isRoster(name) {
			continue
		}
		known[name] = more[name]
	}
}

func isRoster(name string) bool { return len(name) > 7 && name[:7] == "roster." }
