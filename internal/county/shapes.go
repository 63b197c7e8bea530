package county

import (
	"math/rand/v2"

	"doudi/kernel/ident"
	"doudi/kernel/period"
)

// dice are the chance of one household: they fall the same way on every machine.
type dice struct{ *rand.Rand }

// of falls so many times in a thousand.
func (d dice) of(thousand int) bool { return d.IntN(1000) < thousand }

// between is a number, both ends included.
func (d dice) between(from, to int) int { return from + d.IntN(to-from+1) }

// choose is an index, each as often as its weight says.
func (d dice) choose(weights []int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	at := d.IntN(total)
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// deal is the j-th of the cards that weights describe, all together ten thousand: evenly mixed, and each exactly as often as its weight in ten thousand
// cards. It steps through them by a number near the golden section of ten thousand that has no divisor in common with it.
func deal(weights []int, j int) int {
	at := j * 6181 % 10_000
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// seat is a place in a household before somebody has it.
type seat struct {
	relation string
	sex      ident.Sex
	age      int    // on the opening day
	surname  string // "" for one of its own
}

// shape is a kind of household, with how many of ten thousand have it.
type shape struct {
	name   string
	weight int
	seats  func(d dice) []seat
}

// shapes are the kinds of households. With these weights a county has about the ages of a rural one: one in six a child, one in four sixty and older.
var shapes = []shape{
	{"family", 3400, family},
	{"three-generations", 2300, threeGenerations},
	{"couple", 1000, func(d dice) []seat { return couple(d, 45, 59) }},
	{"old-couple", 1300, func(d dice) []seat { return couple(d, 60, 84) }},
	{"old", 700, func(d dice) []seat { return alone(d, 60, 92) }},
	{"single", 500, func(d dice) []seat { return alone(d, 22, 59) }},
	{"single-parent", 350, singleParent},
	{"grandparents", 450, grandparents},
}

func shapeWeights() (weights []int) {
	for _, s := range shapes {
		weights = append(weights, s.weight)
	}
	return weights
}

func (d dice) sex() ident.Sex {
	if d.of(512) {
		return ident.Male
	}
	return ident.Female
}

func other(sex ident.Sex) ident.Sex {
	if sex == ident.Male {
		return ident.Female
	}
	return ident.Male
}

// head of a household is mostly a man, as registered.
func head(d dice, from, to int) seat {
	s := seat{relation: "head", sex: ident.Male, age: d.between(from, to)}
	if d.of(180) {
		s.sex = ident.Female
	}
	return s
}

func alone(d dice, from, to int) []seat {
	s := head(d, from, to)
	s.sex = d.sex()
	return []seat{s}
}

func couple(d dice, from, to int) []seat {
	h := head(d, from, to)
	return []seat{h, {relation: "spouse", sex: other(h.sex), age: max(20, h.age+d.between(-4, 3))}}
}

// children are born to the younger of two, each some years after the last.
func children(d dice, mother, most int) (found []seat) {
	age := min(mother-d.between(20, 25), 22)
	for range 1 + d.choose([]int{45, 45, 10})%most {
		if age < 0 {
			age = 0
		}
		found = append(found, child(d, age))
		if age -= d.between(2, 5); age < 0 {
			break
		}
	}
	return found
}

func child(d dice, age int) seat {
	s := seat{relation: "son", sex: d.sex(), age: age, surname: "head"}
	if s.sex == ident.Female {
		s.relation = "daughter"
	}
	return s
}

func family(d dice) []seat {
	seats := couple(d, 25, 44)
	return append(seats, children(d, seats[1].age, 3)...)
}

func threeGenerations(d dice) []seat {
	seats := couple(d, 30, 46)
	seats = append(seats, children(d, seats[1].age, 2)...)
	father := seat{relation: "parent", sex: ident.Male, age: min(seats[0].age+d.between(22, 30), 95)}
	mother := seat{relation: "parent", sex: ident.Female, age: min(seats[0].age+d.between(20, 28), 95)}
	if seats[0].sex == ident.Male {
		father.surname = "head"
	}
	switch {
	case d.of(450):
		return append(seats, father, mother)
	case d.of(600):
		return append(seats, mother)
	}
	return append(seats, father)
}

func singleParent(d dice) []seat {
	h := head(d, 26, 46)
	h.sex = d.sex()
	return append([]seat{h}, children(d, h.age, 2)...)
}

// grandparents bring up the children of those who work elsewhere.
func grandparents(d dice) []seat {
	seats := couple(d, 56, 72)
	if d.of(350) {
		seats = seats[:1]
	}
	for range d.between(1, 2) {
		c := child(d, d.between(3, 15))
		c.relation = "grandchild"
		seats = append(seats, c)
	}
	return seats
}

// birthday is a day on which somebody is so old on the opening day.
func (d dice) birthday(age int) period.Day { return Opening.AddYears(-age).AddDays(-d.IntN(364)) }
