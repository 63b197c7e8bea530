package move_test

import (
	"encoding/json"
	"errors"
	"testing"

	"doudi/decide/rule"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/move"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// couple registers a household of two of the county, which earns little: 50 yuan a month for each.
func (w *world) couple() (household, husband, wife string) {
	w.Helper()
	w.must(clerk, func(tx *store.Tx) (err error) {
		for name, id := range map[string]*string{"李大山": &husband, "赵秀英": &wife} {
			if *id, err = w.Register.AddPerson(tx, register.Person{Name: name, Birth: new(day("1960-02-10")), From: rule.Beginning}); err != nil {
				return err
			}
		}
		return nil
	})
	return w.settles("2024-01-01", husband, wife), husband, wife
}

// settles opens a household of people who are registered in the county from then on.
func (w *world) settles(from, head string, others ...string) (household string) {
	w.Helper()
	for _, person := range append(others, head) {
		w.lives(person, "", "")
	}
	w.must(clerk, func(tx *store.Tx) (err error) {
		if household, err = w.Register.AddHousehold(tx, register.Dwelling{Division: w.town(), Address: "东街一号"}, head, day(from), dated.Said{}); err != nil {
			return err
		}
		for _, other := range others {
			err = errors.Join(err, w.Register.Join(tx, household, other, "spouse", day(from), dated.Said{}))
		}
		return err
	})
	w.earns(household, from, "2030-12-31", 5_000)
	return household
}

// earns says what a household has a head a year.
func (w *world) earns(household, from, to string, yuan int64) {
	w.Helper()
	fact := rule.Fact{Value: rule.Money(money.Yuan(yuan)), Span: period.Span{From: day(from), To: day(to)}}
	w.must(clerk, func(tx *store.Tx) error {
		_, err := w.Register.Record(tx, household, "household.income_per_head", fact, "")
		return err
	})
}

// hands offers somebody, with who follows as head, and reads the document.
func (w *world) hands(id string, to *world, last, next string) (s register.Signed, t register.Transfer) {
	w.Helper()
	w.must(clerk, func(tx *store.Tx) (err error) {
		s, err = w.Offer(tx, move.Leaving{Person: id, To: to.county, Last: day(last), Next: register.Succession{Head: next}})
		return errors.Join(err, json.Unmarshal([]byte(s.Content), &t))
	})
	return s, t
}

// dues compares what a subject is due by months.
func (w *world) dues(subject string, want map[string]string) {
	w.Helper()
	for month, amount := range want {
		if got := w.due(subject, month).String(); got != amount {
			w.Errorf("%s in %s: %s is due, want %s", subject, month, got, amount)
		}
	}
}

// A couple is paid 100 a month from January. In April it is learnt that it earned too much in February and March: 200 are owed. On 20 April both move, the husband
// first: the household is not gone before the wife is. There it is the same household, with its debt; April was paid here, May is paid there.
func TestHouseholdMovesAsAWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a, b := open(t, s, "999901"), open(t, s, "999902")
		home, husband, wife := a.couple()
		for _, m := range []string{"2024-01", "2024-02", "2024-03"} {
			a.run(m)
		}
		a.earns(home, "2024-02-01", "2024-03-31", 12_000)
		a.run("2024-04")
		a.dues(home, map[string]string{"2024-01": "100.00", "2024-02": "0.00", "2024-03": "0.00", "2024-04": "100.00"})
		a.owed(home, "200.00")

		first, of := a.hands(husband, b, "2024-04-20", wife)
		if of.Home != home || of.Whole != nil {
			t.Errorf("with the husband goes %+v of %s", of.Whole, of.Home)
		}
		second, of := a.hands(wife, b, "2024-04-20", "")
		if w := of.Whole; w == nil || w.ID != home || len(w.Paid) != 1 || w.Paid[0].Month.String() != "2024-04" || w.Paid[0].Amount != money.Yuan(100) || len(w.Debts) != 1 || w.Debts[0].Amount != money.Yuan(200) {
			t.Fatalf("with the wife goes %+v", w)
		}
		b.on("2024-04-25")
		man, woman := b.takes(a, first), b.takes(a, second)
		b.owed(home, "200.00")
		if there := b.settles("2024-04-21", man, woman); there != home {
			t.Errorf("the household is %s there, %s here", there, home)
		}
		for _, w := range []*world{a, b} {
			w.run("2024-04")
			w.run("2024-05")
		}
		a.dues(home, map[string]string{"2024-04": "100.00", "2024-05": "0.00"})
		b.dues(home, map[string]string{"2024-04": "0.00", "2024-05": "100.00"})
		b.owed(home, "200.00")

		third, of := b.on("2024-06-01").hands(man, a, "2024-05-31", woman) // and back again
		if of.Whole != nil {
			t.Errorf("with the husband goes %+v", of.Whole)
		}
		fourth, _ := b.hands(woman, a, "2024-05-31", "")
		a.on("2024-06-02").takes(b, third)
		a.takes(b, fourth)
		if here := a.settles("2024-06-01", husband, wife); here != home {
			t.Errorf("the household is %s where it came from", here)
		}
		a.run("2024-06")
		a.dues(home, map[string]string{"2024-04": "100.00", "2024-05": "0.00", "2024-06": "100.00"})
		for _, w := range []*world{a, b} {
			w.sound()
		}
	})
}

// The head of a couple moves alone. What the household is paid and owes stays with the wife, who is head from then on: 50 a month. He has a household of his own there. Of
// April, which was paid for two, each county has one of them on its last day.
func TestHeadMovesAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a, b := open(t, s, "999901"), open(t, s, "999902")
		home, husband, wife := a.couple()
		for _, m := range []string{"2024-01", "2024-02", "2024-03", "2024-04"} {
			a.run(m)
		}
		expect(t, a.do(clerk, func(tx *store.Tx) error {
			_, err := a.Offer(tx, move.Leaving{Person: husband, To: b.county, Last: day("2024-04-20")})
			return err
		}), "register.head-needed")
		signed, of := a.hands(husband, b, "2024-04-20", wife)
		if of.Home != home || of.Whole != nil || len(of.Paid) > 0 || len(of.Debts) > 0 {
			t.Errorf("with him go %+v", of.Carried)
		}
		man := b.on("2024-04-25").takes(a, signed)
		own := b.settles("2024-04-21", man)
		b.run("2024-04")
		if own == home {
			t.Error("he took the household along")
		}
		for _, w := range []*world{a, b} {
			w.run("2024-05")
		}
		a.dues(home, map[string]string{"2024-03": "100.00", "2024-04": "50.00", "2024-05": "50.00"})
		b.dues(own, map[string]string{"2024-04": "50.00", "2024-05": "50.00"})
		a.owed(home, "50.00")
		b.owed(own, "0.00")

		last, of := a.on("2024-06-01").hands(wife, b, "2024-05-31", "") // she follows, and finds a household of his own
		if of.Whole == nil || of.Whole.ID != home || of.Whole.Debts[0].Amount != money.Yuan(50) {
			t.Errorf("with her goes %+v", of.Whole)
		}
		woman := b.on("2024-06-02").takes(a, last)
		b.lives(woman, "", "")
		b.must(clerk, func(tx *store.Tx) error {
			return b.Register.Join(tx, own, woman, "spouse", day("2024-06-01"), dated.Said{})
		})
		b.run("2024-06")
		b.dues(own, map[string]string{"2024-05": "50.00", "2024-06": "100.00"})
		b.owed(home, "50.00")
		for _, w := range []*world{a, b} {
			w.sound()
		}
	})
}

// Somebody who joins, where it was, a household that has moved, and follows it, brings what came up meanwhile as what is owed by nobody else.
func TestHouseholdThatLivesThereAlready(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a, b := open(t, s, "999901"), open(t, s, "999902")
		home, husband, wife := a.couple()
		a.run("2024-01")
		first, _ := a.hands(husband, b, "2024-01-31", wife)
		second, _ := a.hands(wife, b, "2024-01-31", "")
		b.on("2024-02-01")
		man, woman := b.takes(a, first), b.takes(a, second)
		b.settles("2024-02-01", man, woman)
		b.run("2024-02")
		son := a.elder()
		a.must(clerk, func(tx *store.Tx) error {
			return a.Register.Join(tx, home, son, register.Head, day("2024-02-01"), dated.Said{})
		})
		a.run("2024-02")
		a.dues(home, map[string]string{"2024-02": "50.00"})
		signed, of := a.hands(son, b, "2024-02-29", "")
		if of.Whole == nil || of.Whole.ID != home {
			t.Errorf("with him goes %+v", of.Whole)
		}
		b.on("2024-03-01").takes(a, signed)
		b.run("2024-03")
		b.dues(home, map[string]string{"2024-02": "100.00", "2024-03": "100.00"})
		for _, w := range []*world{a, b} {
			w.sound()
		}
	})
}
