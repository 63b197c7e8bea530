package benefit_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"doudi/kernel/period"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// news is something the office hears.
type news struct {
	who    int
	learnt period.Month
	about  string // fact, death or act
	name   string
	value  any
	from   period.Month
}

// story is what happens to a few people in a year.
func story(t *rapid.T) []news {
	first := month("2024-01")
	at := rapid.IntRange(0, 7)
	var list []news
	for range rapid.IntRange(1, 6).Draw(t, "how many") {
		n := news{who: rapid.IntRange(0, people-1).Draw(t, "who"), learnt: first + period.Month(at.Draw(t, "learnt")), from: first + period.Month(at.Draw(t, "from"))}
		switch rapid.SampledFrom([]string{"income", "care", "death", "approve", "hold"}).Draw(t, "what") {
		case "income":
			n.about, n.name, n.value = "household", "household.income_per_head", rapid.SampledFrom([]int{3000, 7000, 20000}).Draw(t, "income")
		case "care":
			n.about, n.name, n.value = "person", "person.self_care", rapid.SampledFrom([]string{"partial", "full", "lost"}).Draw(t, "care")
		case "death":
			n.about, n.learnt = "death", max(n.learnt, n.from)
		case "approve":
			n.about = "approve"
		case "hold":
			n.about, n.from = "hold", max(n.from, n.learnt) // what was called cannot be held back
		}
		list = append(list, n)
	}
	return list
}

const people = 3

// live makes the same county and lets it hear a story, in an order; after each month run is asked.
func live(t testing.TB, list []news, order *rand.Rand, run func(w *world, m period.Month)) map[string]string {
	s := storetest.Open(t, storetest.SQLite(t))
	w := open(t, s, map[string]string{"example": ""})
	var persons, households []string
	for i := range people {
		p := w.person(fmt.Sprint("人", i), facts{"person.birth": []string{"1940-01-05", "1944-05-20", "1990-03-03"}[i]})
		if i == 0 {
			w.approve(p)
		}
		persons = append(persons, p)
		households = append(households, w.household(facts{"household.income_per_head": 5000}, p))
	}
	dead := map[int]bool{}
	for m := month("2024-01"); m <= month("2024-08"); m++ {
		w.today = m.First() + 9
		var heard []news
		for _, n := range list {
			if n.learnt == m {
				heard = append(heard, n)
			}
		}
		if order != nil { // what is heard on one day may be entered in any order, but what is said of one fact
			order.Shuffle(len(heard), func(i, j int) {
				if heard[i].who != heard[j].who {
					heard[i], heard[j] = heard[j], heard[i]
				}
			})
		}
		for _, n := range heard {
			w.hear(n, persons, households, dead)
		}
		run(w, m)
	}
	called := map[string]string{}
	names := map[string]string{}
	for i := range people {
		names[persons[i]], names[households[i]] = fmt.Sprint("person ", i), fmt.Sprint("household ", i)
	}
	for key, amount := range w.lines() {
		called[names[key[:36]]+key[36:]] = amount.String()
	}
	w.sound()
	return called
}

func (w *world) hear(n news, persons, households []string, dead map[int]bool) {
	if dead[n.who] {
		return
	}
	switch n.about {
	case "household":
		w.state(households[n.who], n.name, n.value, n.from.First().String(), "")
	case "person":
		w.state(persons[n.who], n.name, n.value, n.from.First().String(), "")
	case "death":
		dead[n.who] = true
		w.must(clerk, func(tx *store.Tx) error {
			return w.Register.Die(tx, persons[n.who], n.from.First()+3, register.Succession{}, dated.Said{})
		})
	case "approve":
		w.act(benefit.Act{Subject: persons[n.who], Scheme: elder, Kind: benefit.Approve, Day: n.from.First() + 4})
	case "hold":
		w.act(benefit.Act{Subject: persons[n.who], Kind: benefit.Hold, Day: n.from.First(), Until: (n.from + 1).Last(), Reason: "核对"})
	}
}

// Months that are run one by one, as they come, call in the end what one run calls that comes last, for each person, scheme and month; and
// the order in which things are entered makes no difference.
func TestLateIsTheSame(t *testing.T) {
	checks := 0
	rapid.Check(t, func(rt *rapid.T) {
		if checks++; checks > 12 { // each is two counties in two databases
			return
		}
		list := story(rt)
		oneByOne := live(t, list, nil, func(w *world, m period.Month) { w.runSince(m.String(), "2024-01") })
		atOnce := live(t, list, rand.New(rand.NewPCG(1, uint64(checks))), func(w *world, m period.Month) {
			if m == month("2024-08") {
				w.runSince(m.String(), "2024-01")
			}
		})
		if diff := cmp.Diff(oneByOne, atOnce); diff != "" {
			rt.Fatalf("%+v\none by one (-) and at once (+):\n%s", list, diff)
		}
	})
}
