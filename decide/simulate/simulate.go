// Package simulate compares what two policies give the same people over some months: who enters, leaves, gains or loses, what it costs in which
// town and month, and a few people with the reasons on both sides. It is pure: people are handed over one by one, nothing is kept of them but sums,
// the few that are shown, and those who compete for a quota, which is decided when all are there ([Simulation.Close]). Months follow one another: what one gives is on record in the
// next, so that gradual exits and schemes that bear on one another come out as the runs decide them.
package simulate

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"

	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Effect is what a change does to somebody.
type Effect string

// The effects, in the order in which people look at them.
const (
	Enter Effect = "enter" // has something only after
	Leave Effect = "leave" // had something only before
	Gain  Effect = "gain"  // has more
	Lose  Effect = "lose"  // has less
)

// Effects are all of them, in that order.
var Effects = []Effect{Enter, Leave, Gain, Lose}

// Tally counts people, or households where a benefit is theirs, and adds up what they are given.
type Tally struct {
	Enter, Leave, Gain, Lose int
	Same                     int // have the same on both sides
	Unknown                  int // documents are needed on either side; they may be counted above for other months
	Before, After            money.Fen
}

// Benefit is a benefit of either side.
type Benefit struct {
	ID    string
	Name  fault.Text
	Every policy.Period // as the draft, or else the policy before, says
	InNew bool
	InOld bool
	Tally
}

// Town is what it means for a town.
type Town struct {
	Division ident.Division // "" for people without a dwelling
	People   int
	Tally
}

// Month is what both sides cost in a month. What is due for a longer period stands in its first month inside the span.
type Month struct {
	Month         period.Month
	Before, After money.Fen
}

// Case is one person with what applies on both sides; nil where nothing is in force.
type Case struct {
	Person        string // id, for the choice of who is shown
	Town          ident.Division
	Head          bool       // decides for the household
	Until         period.Day // the person's last day; 0 for none
	Subject       *subject.Subject
	Past          []Past // what was paid before the months, in order; of the household's benefits, too, when the person is its head
	Before, After *policy.Basis
}

// Shown is somebody in the sample with the reasons of both sides on one day; an outcome is nil where the side has no such benefit.
type Shown struct {
	Case
	Effect                      Effect
	Benefit                     *policy.Benefit // the draft's, or the former one
	On                          period.Day
	Before, After               *entitle.Outcome
	AmountBefore, AmountAfter   money.Fen // over all months
	chosen                      [sha256.Size]byte
	beforeBenefit, afterBenefit *policy.Benefit
	asked                       [2]*subject.Subject // as the benefit of either side saw the person on that day
}

// Simulation adds people up. It is used by one goroutine.
type Simulation struct {
	From, To period.Month
	People   int
	Total    Tally // of people, all cash benefits together
	Benefits []*Benefit
	Towns    []*Town // by code
	Months   []Month

	seed  []byte
	most  int // shown of each effect
	shown map[Effect][]*Shown

	rivalries []rivalry // in the order in which somebody first competed
	contests  map[rivalry][]*candidate
	waiting   []*candidate
}

// New is a simulation over months, which shows at most so many people of each effect. The same seed shows the same people.
func New(from, to period.Month, seed []byte, most int) *Simulation {
	s := &Simulation{From: from, To: to, seed: seed, most: most, shown: map[Effect][]*Shown{}, contests: map[rivalry][]*candidate{}}
	for m := from; m <= to; m++ {
		s.Months = append(s.Months, Month{Month: m})
	}
	return s
}

// side is what one policy gives a subject by a benefit.
type side struct {
	benefit *policy.Benefit // nil: it has none
	has     bool
	unknown bool
	total   money.Fen
	months  []entitle.MonthAmount
}

// Add decides everything for a person on both sides but quotas, which [Simulation.Close] decides. Codes are those of [entitle.Over].
func (s *Simulation) Add(c Case) error {
	s.People++
	s.town(c.Town).People++
	var all [2]side
	var quotas [][2]*policy.Benefit
	list := pairs(c)
	walks, sides, err := s.walk(c, list)
	if err != nil {
		return err
	}
	for _, pair := range list {
		if hasQuota(pair) {
			quotas = append(quotas, pair)
			continue
		}
		var two [2]side
		for i := range two {
			if of := sides[i][pair[i]]; of != nil {
				two[i] = *of
			}
		}
		if err := s.benefit(c, two, walks); err != nil {
			return err
		}
		if err := sum(&all, two); err != nil {
			return err
		}
	}
	if waits, err := s.competes(c, quotas, all); err != nil || waits {
		return err
	}
	for _, pair := range quotas { // nobody's places: they are listed all the same
		if err := s.benefit(c, [2]side{{benefit: pair[0]}, {benefit: pair[1]}}, walks); err != nil {
			return err
		}
	}
	return s.count(c, all)
}

func hasQuota(pair [2]*policy.Benefit) bool {
	return pair[0] != nil && pair[0].Quota != nil || pair[1] != nil && pair[1].Quota != nil
}

// walk decides what has no quota on both sides.
func (s *Simulation) walk(c Case, list [][2]*policy.Benefit) (walks [2]*walk, sides [2]map[*policy.Benefit]*side, err error) {
	span := period.Span{From: s.From.First(), To: s.To.Last()}
	if c.Until != 0 {
		span.To = min(span.To, c.Until)
	}
	for i, b := range []*policy.Basis{c.Before, c.After} {
		var mine []*policy.Benefit
		for _, pair := range list {
			if !hasQuota(pair) && concerns(c, pair[i]) {
				mine = append(mine, pair[i])
			}
		}
		if b == nil {
			continue
		}
		walks[i] = newWalk(&c, b, span)
		if sides[i], err = walks[i].all(mine); err != nil {
			return walks, sides, err
		}
	}
	return walks, sides, nil
}

// sum adds what a benefit gives to what all give.
func sum(all *[2]side, sides [2]side) (err error) {
	for i := range sides {
		all[i].has, all[i].unknown = all[i].has || sides[i].has, all[i].unknown || sides[i].unknown
		if all[i].total, err = money.Add(all[i].total, sides[i].total); err != nil {
			return err
		}
	}
	return nil
}

// count counts a person in all and in the town.
func (s *Simulation) count(c Case, all [2]side) error {
	_, err := s.Total.add(all)
	if err == nil {
		_, err = s.town(c.Town).add(all)
	}
	return err
}

// pairs are the benefits that can concern the person, each with its counterpart: the draft's in its order, then those it drops.
func pairs(c Case) [][2]*policy.Benefit {
	var list [][2]*policy.Benefit
	old := benefits(c.Before)
	for _, b := range benefits(c.After) {
		i := slices.IndexFunc(old, func(o *policy.Benefit) bool { return o.ID == b.ID })
		pair := [2]*policy.Benefit{nil, b}
		if i >= 0 {
			pair[0] = old[i]
			old = slices.Delete(slices.Clone(old), i, i+1)
		}
		list = append(list, pair)
	}
	for _, b := range old {
		list = append(list, [2]*policy.Benefit{b, nil})
	}
	return slices.DeleteFunc(list, func(p [2]*policy.Benefit) bool { return !concerns(c, p[0]) && !concerns(c, p[1]) })
}

func benefits(b *policy.Basis) []*policy.Benefit {
	if b == nil {
		return nil
	}
	return b.Pack.Benefits
}

// concerns tells whether a benefit is decided for the person: what is the household's is decided for its head, what happens at an
// application, and what is a provider's or an area's, is no matter of months.
func concerns(c Case, x *policy.Benefit) bool {
	switch {
	case x == nil, x.Every.Fixed == policy.PerEvent, x.For == "provider", x.For == "area":
		return false
	}
	return x.For != "household" || c.Head
}

func gives(v explain.Verdict) bool {
	return v == explain.Pays || v == explain.Covered || v == explain.ReviewDue
}

// benefit adds what a benefit does to the person.
func (s *Simulation) benefit(c Case, sides [2]side, walks [2]*walk) error {
	effect, err := s.row(c, sides).add(sides)
	if err != nil {
		return err
	}
	for i := range sides {
		for _, m := range sides[i].months {
			row := &s.Months[max(m.Month, s.From)-s.From]
			at := &row.Before
			if i == 1 {
				at = &row.After
			}
			if *at, err = money.Add(*at, m.Amount); err != nil {
				return err
			}
		}
	}
	if effect != "" {
		s.choose(c, sides, walks, effect)
	}
	return nil
}

// row is the benefit's line.
func (s *Simulation) row(c Case, sides [2]side) *Tally {
	x, basis := sides[1].benefit, c.After
	if x == nil {
		x, basis = sides[0].benefit, c.Before
	}
	i := slices.IndexFunc(s.Benefits, func(b *Benefit) bool { return b.ID == x.ID })
	if i < 0 {
		i = len(s.Benefits)
		s.Benefits = append(s.Benefits, &Benefit{ID: x.ID, Name: x.Name, Every: entitle.Rhythm(basis, x)})
	}
	b := s.Benefits[i]
	b.InOld, b.InNew = b.InOld || sides[0].benefit != nil, b.InNew || sides[1].benefit != nil
	return &b.Tally
}

func (s *Simulation) town(code ident.Division) *Town {
	i, found := slices.BinarySearchFunc(s.Towns, code, func(t *Town, code ident.Division) int { return cmp.Compare(t.Division, code) })
	if !found {
		s.Towns = slices.Insert(s.Towns, i, &Town{Division: code})
	}
	return s.Towns[i]
}

// add counts one subject and answers what the change does to it, "" for nothing.
func (t *Tally) add(sides [2]side) (effect Effect, err error) {
	before, after := sides[0], sides[1]
	if before.unknown || after.unknown {
		t.Unknown++
	}
	if t.Before, err = money.Add(t.Before, before.total); err != nil {
		return "", err
	}
	if t.After, err = money.Add(t.After, after.total); err != nil {
		return "", err
	}
	switch {
	case !before.has && !after.has:
		return "", nil
	case !before.has:
		effect, t.Enter = Enter, t.Enter+1
	case !after.has:
		effect, t.Leave = Leave, t.Leave+1
	case after.total > before.total:
		effect, t.Gain = Gain, t.Gain+1
	case after.total < before.total:
		effect, t.Lose = Lose, t.Lose+1
	default:
		t.Same++
	}
	return effect, nil
}

// choose keeps those whose digests under the seed are smallest: the same ones in whatever order people come.
func (s *Simulation) choose(c Case, sides [2]side, walks [2]*walk, effect Effect) {
	x := sides[1].benefit
	if x == nil {
		x = sides[0].benefit
	}
	one := &Shown{Case: c, Effect: effect, Benefit: x, AmountBefore: sides[0].total, AmountAfter: sides[1].total, On: differsOn(sides, s.From),
		beforeBenefit: sides[0].benefit, afterBenefit: sides[1].benefit, chosen: sha256.Sum256(slices.Concat(s.seed, []byte{0}, []byte(c.Person), []byte{0}, []byte(x.ID)))}
	list := s.shown[effect]
	i, _ := slices.BinarySearchFunc(list, one, func(a, b *Shown) int { return bytes.Compare(a.chosen[:], b.chosen[:]) })
	if i >= s.most {
		return
	}
	for j, w := range walks {
		one.asked[j] = w.known(sides[j].benefit, one.On)
	}
	list = slices.Insert(list, i, one)
	s.shown[effect] = list[:min(len(list), s.most)]
}

// differsOn is the day of the first month for which the two sides differ.
func differsOn(sides [2]side, first period.Month) period.Day {
	for i, m := range sides[1].months {
		if i >= len(sides[0].months) || sides[0].months[i].Amount != m.Amount || gives(sides[0].months[i].Verdict) != gives(m.Verdict) {
			return m.On
		}
	}
	if len(sides[0].months) > 0 {
		return sides[0].months[len(sides[0].months)-1].On
	}
	return first.Last()
}

// Sample is who is shown, by effect and then by benefit and seed, with the reasons of both sides.
func (s *Simulation) Sample() ([]*Shown, error) {
	var all []*Shown
	for _, effect := range Effects {
		list := slices.Clone(s.shown[effect])
		slices.SortStableFunc(list, func(a, b *Shown) int { return strings.Compare(a.Benefit.ID, b.Benefit.ID) })
		all = append(all, list...)
	}
	for _, one := range all {
		var err error
		if one.Before, err = outcome(one.Case.Before, cmp.Or(one.asked[0], one.Subject), one.beforeBenefit, one.On); err != nil {
			return nil, err
		}
		if one.After, err = outcome(one.Case.After, cmp.Or(one.asked[1], one.Subject), one.afterBenefit, one.On); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// outcome is a side's reasons; none on a day when it was not in force.
func outcome(b *policy.Basis, s *subject.Subject, x *policy.Benefit, on period.Day) (*entitle.Outcome, error) {
	if b == nil || x == nil || b.InForce(on) != nil {
		return nil, nil
	}
	return entitle.One(b, s, x, on)
}
