package claim_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// neighbours are three counties on one database, which all pay the example's yearly thousand for drugs.
func neighbours(t *testing.T, s *store.Store, reading string) [3]*world {
	t.Helper()
	var all [3]*world
	for i, code := range []string{county, "999902", "999903"} {
		all[i] = openIn(t, s, code, map[string]string{"example": "from: 2024-01-01\nreadings: {cap_window: " + reading + "}\n"}, money.Yuan(1_000_000))
	}
	return all
}

// move takes a person to another county after a last day, with the counters, and answers the signed offer.
func (w *world) move(person string, to *world, last period.Day) (signed register.Signed) {
	w.Helper()
	w.must(last, clerk, func(tx *store.Tx) error {
		counters, err := w.Carry(tx, person)
		if err != nil {
			return err
		}
		signed, err = w.Register.Offer(tx, person, to.county, last, register.Carried{Counters: counters}, register.Succession{}, dated.Said{})
		return err
	})
	var receipt register.Signed
	to.must(last+1, clerk, func(tx *store.Tx) (err error) { receipt, err = to.accept(tx, person, signed); return err })
	w.must(last+1, clerk, func(tx *store.Tx) error { _, err := w.Register.Answered(tx, receipt); return err })
	return signed
}

// accept takes a person in, with the counters. Rosters each county keeps by itself.
func (w *world) accept(tx *store.Tx, person string, signed register.Signed) (register.Signed, error) {
	arrival, err := w.Register.Accept(tx, signed)
	if err != nil || arrival.Person != person {
		return register.Signed{}, errors.Join(err, fmt.Errorf("arrived as %s", arrival.Person))
	}
	if err := w.Arrive(tx, arrival); err != nil || arrival.Replayed {
		return arrival.Receipt, err
	}
	hukou := rule.Fact{Value: rule.Division(w.town), Span: dated.From(arrival.Transfer.LastDay + 1)}
	_, err = w.Register.Record(tx, person, "person.hukou", hukou, "")
	return arrival.Receipt, err
}

// bought settles a purchase and answers its claim and what the example's fund pays.
func (w *world) bought(person, number, on, fee string) (string, money.Fen) {
	w.Helper()
	id := w.settled(day(on), w.purchase(person, number, on, fee))
	return id, w.statement(id).Figures.Payers[0].Amount
}

func (w *world) pays(t *testing.T, person, number, on, fee string, want int64) string {
	t.Helper()
	id, got := w.bought(person, number, on, fee)
	if got != money.Yuan(want) {
		t.Errorf("%s: the bill %s is paid with %s, want %d.00", w.county, number, got, want)
	}
	return id
}

// A yearly cap is one cap, wherever the person lives.
func TestCountersMoveWithThePerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		all := neighbours(t, s, "calendar")
		a, b, c := all[0], all[1], all[2]
		person := a.resident()
		a.pays(t, person, "A-1", "2024-03-01", "500.00", 300)
		a.move(person, b, day("2024-04-30"))
		b.pays(t, person, "B-1", "2024-06-01", "500.00", 300)
		b.move(person, c, day("2024-06-30"))
		c.pays(t, person, "C-1", "2024-08-01", "500.00", 300)
		c.move(person, a, day("2024-08-31"))
		a.move(person, b, day("2024-09-10"))
		var done claim.Confirmation // in one act, too, and where nothing was settled since the arrival
		b.must(day("2024-09-20"), clerk, func(tx *store.Tx) (err error) {
			done, err = b.Settle(tx, b.purchase(person, "B-9", "2024-09-20", "50.00"))
			return err
		})
		if done.Own != money.Yuan(30) {
			t.Errorf("settled in one act: %s, want 30.00", done.Own)
		}
		b.move(person, a, day("2024-09-25"))

		a.pays(t, person, "A-2", "2024-10-01", "500.00", 70)  // 930 are used, 300 of it here
		a.pays(t, person, "A-3", "2025-01-10", "500.00", 300) // another year
		for _, w := range all {
			w.sound()
		}
		a.move(person, b, day("2025-02-28"))
		b.pays(t, person, "B-2", "2025-03-10", "2000.00", 700)
		for _, w := range all {
			w.sound()
		}
	})
}

// What is counted, not added up, and kept by more than the person moves, too: the same matter once a quarter.
func TestKeyedCountersMove(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		adopt := map[string]string{"jiangmen-draft": "from: 2025-03-01\n"}
		a, b := openIn(t, s, county, adopt, money.Yuan(1_000_000)), openIn(t, s, "999902", adopt, money.Yuan(1_000_000))
		person := a.monitored()
		a.settled(day("2025-04-20"), a.application(person, "A-1", "降压药", "2025-04-10", "2025-04-20", "500.00"))
		a.move(person, b, day("2025-04-30"))
		arrived := day("2025-05-01")
		b.must(arrived, clerk, func(tx *store.Tx) error {
			household, err := b.Register.AddHousehold(tx, register.Dwelling{Division: b.town}, person, arrived, dated.Said{})
			if err != nil {
				return err
			}
			_, err = b.Register.Record(tx, household, "household.monitoring_class", rule.Fact{Value: rule.Text("unstable"), Span: dated.Always}, "")
			_, rosterErr := b.Register.Record(tx, person, "roster.prevention", rule.Fact{Value: rule.Bool(true), Span: dated.From(arrived)}, "")
			return errors.Join(err, rosterErr)
		})
		same, err := b.receive(day("2025-06-10"), b.application(person, "B-1", "降压药", "2025-05-20", "2025-06-10", "100.00"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.confirm(day("2025-06-10"), same.ID)
		expect(t, err, "claim.not-payable")
		other := b.settled(day("2025-06-10"), b.application(person, "B-2", "降糖药", "2025-05-20", "2025-06-10", "1000.00"))
		if got := pays(b.statement(other), "supplement"); got != money.Yuan(600) {
			t.Errorf("another matter is paid with %s, want 600.00", got)
		}
		next := b.settled(day("2025-07-20"), b.application(person, "B-3", "降压药", "2025-07-10", "2025-07-20", "1000.00"))
		if got := pays(b.statement(next), "supplement"); got != 0 {
			t.Errorf("beyond the yearly thousand: %s", got)
		}
		a.sound()
		b.sound()
		b.look(func(tx *store.Tx) error {
			var kept string
			err := tx.QueryRow(`SELECT MAX(key_sealed) FROM claim_carried WHERE county_code = ?1`, b.county).Scan(&kept)
			if kept == "" || strings.Contains(kept, "降压药") {
				t.Errorf("the key is kept as %q", kept)
			}
			return err
		})
	})
}

func TestReversalAfterAnArrival(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		all := neighbours(t, s, "calendar")
		a, b := all[0], all[1]
		person := a.resident()
		a.pays(t, person, "A-1", "2024-03-01", "1000.00", 600)
		a.move(person, b, day("2024-04-30"))
		first := b.pays(t, person, "B-1", "2024-06-01", "500.00", 300)
		second := b.pays(t, person, "B-2", "2024-06-02", "500.00", 100)
		if _, err := b.reverse(day("2024-06-03"), first); err != nil {
			t.Fatal(err)
		}
		if got := b.statement(second).Figures.Payers[0].Amount; got != money.Yuan(300) {
			t.Errorf("after the reversal the second is paid with %s, want 300.00", got)
		}
		b.sound()
		a.sound()
	})
}

// What another county tells later counts for what comes later; what was settled on what was known stays.
func TestLateNewsFromElsewhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		all := neighbours(t, s, "calendar")
		a, b := all[0], all[1]
		person := a.resident()
		early := a.pays(t, person, "A-1", "2024-03-01", "500.00", 300)
		a.move(person, b, day("2024-04-30"))
		b.pays(t, person, "B-1", "2024-06-01", "500.00", 300)
		// A bill of the time here comes in after the person left, and one is taken back.
		a.settled(day("2024-06-10"), a.purchase(person, "A-late", "2024-04-02", "300.00"))
		b.move(person, a, day("2024-06-30"))
		a.pays(t, person, "A-2", "2024-07-10", "2000.00", 220) // 300 + 180 here, 300 there
		if _, err := a.reverse(day("2024-07-11"), early); err != nil {
			t.Fatal(err)
		}
		a.move(person, b, day("2024-07-31"))
		// There 300 had been known of A; now it is 180 and what A-2 became after the reversal: 520. Of 1,000 nothing is left.
		_, paid := b.bought(person, "B-2", "2024-08-10", "1000.00")
		if paid != 0 {
			t.Errorf("paid %s over the cap", paid)
		}
		a.sound()
		b.sound()
	})
}

// Old bills are refused where the person went from, with a word where to go, and taken where the person is.
func TestBillsOfAMovedPerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		all := neighbours(t, s, "calendar")
		a, b := all[0], all[1]
		person := a.resident()
		signed := a.move(person, b, day("2024-04-30"))

		moved, err := a.receive(day("2024-06-01"), a.purchase(person, "A-1", "2024-06-01", "500.00"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.confirm(day("2024-06-01"), moved.ID)
		if expect(t, err, "register.person-moved"); fault.KindOf(err) != fault.OutOfForce || !strings.Contains(err.Error(), b.county) {
			t.Errorf("the refusal does not say where to: %v", err)
		}
		expect(t, a.do(day("2024-06-01"), clerk, func(tx *store.Tx) error { _, err := a.Preview(tx, moved.ID, "试算"); return err }), "register.person-moved")
		b.pays(t, person, "B-1", "2024-06-01", "500.00", 300)

		early, err := b.receive(day("2024-06-01"), b.purchase(person, "B-0", "2024-04-15", "500.00"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.confirm(day("2024-06-01"), early.ID)
		expect(t, err, "register.person-absent")
		a.pays(t, person, "A-0", "2024-04-15", "500.00", 300)

		// The same arrival again changes nothing.
		b.must(day("2024-06-02"), clerk, func(tx *store.Tx) error { _, err := b.accept(tx, person, signed); return err })
		b.pays(t, person, "B-2", "2024-06-03", "500.00", 300)
		a.sound()
		b.sound()
	})
}

// Whoever changes what another county told is found out.
func TestVerifyFindsChangedCarried(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		all := neighbours(t, s, "calendar")
		a, b := all[0], all[1]
		person := a.resident()
		a.pays(t, person, "A-1", "2024-03-01", "1000.00", 600)
		a.move(person, b, day("2024-04-30"))
		b.pays(t, person, "B-1", "2024-06-01", "1000.00", 400)
		change := func(query string) {
			b.must(day("2024-06-02"), clerk, func(tx *store.Tx) error { _, err := tx.Exec(query, b.county); return err })
		}
		verify := func() (err error) {
			b.look(func(tx *store.Tx) error { _, err = b.Verify(tx); return nil })
			return err
		}
		change(`UPDATE claim_carried SET amount = amount - 1 WHERE county_code = ?1`)
		expect(t, verify(), "claim.counter-differs")
		change(`UPDATE claim_counter SET used = used - 1 WHERE county_code = ?1`)
		expect(t, verify(), "claim.history-differs")
	})
}

// However somebody moves about, the counties together never pay more than one cap, and each bill gets what is left of it.
func TestOneCapOverAllCounties(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		reading := map[string]string{"sqlite": "calendar", "postgres": "rolling"}[s.Dialect()]
		all := neighbours(t, s, reading)
		round := 0
		rapid.Check(t, func(r *rapid.T) {
			round++
			traveller{all: all, model: model{rolling: reading == "rolling"}, person: all[0].resident(), round: round}.live(r)
		})
		for _, w := range all {
			w.sound()
		}
	})
}

// traveller is somebody who buys drugs wherever he lives, with a model of what is paid.
type traveller struct {
	all    [3]*world
	model  model // its window
	person string
	round  int
}

// use is what a bill of a day was paid.
type use struct {
	day  period.Day
	paid money.Fen
}

func (v traveller) live(r *rapid.T) {
	at, on, used, last := 0, day("2024-01-10"), []use{}, ""
	for i := range rapid.IntRange(1, 7).Draw(r, "acts") {
		on += period.Day(rapid.IntRange(2, 90).Draw(r, "days"))
		w := v.all[at]
		switch rapid.SampledFrom([]string{"buy", "buy", "buy", "move", "reverse"}).Draw(r, "act") {
		case "buy":
			fee := money.Yuan(int64(rapid.IntRange(1, 1500).Draw(r, "yuan")))
			id, paid := w.bought(v.person, fmt.Sprintf("R%d-%d", v.round, i), on.String(), fee.String())
			if want := min(fee*6/10, v.left(used, on)); paid != want {
				r.Fatalf("%s on %s: paid %s, want %s", w.county, on, paid, want)
			}
			used, last = append(used, use{on, paid}), id
		case "move":
			next := (at + rapid.IntRange(1, 2).Draw(r, "to")) % 3
			w.move(v.person, v.all[next], on)
			at, last = next, ""
		case "reverse": // of the last bill of the present stay
			if last == "" {
				continue
			}
			if _, err := w.reverse(on, last); err != nil {
				r.Fatal(err)
			}
			used, last = used[:len(used)-1], ""
		}
	}
}

// left is what the cap leaves for a bill of a day.
func (v traveller) left(used []use, on period.Day) money.Fen {
	left := money.Yuan(1000)
	for _, u := range used {
		if v.model.sameYear(u.day, on) {
			left -= u.paid
		}
	}
	return left
}
