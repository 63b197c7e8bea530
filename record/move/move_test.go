package move_test

import (
	"slices"
	"strings"
	"testing"

	"doudi/record/move"
	"doudi/record/payment"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// offer offers somebody and answers the document.
func (w *world) offer(id string, to *world, last string) (s register.Signed) {
	w.Helper()
	w.must(clerk, func(tx *store.Tx) (err error) {
		s, err = w.Offer(tx, move.Leaving{Person: id, To: to.county, Last: day(last)})
		return err
	})
	return s
}

// batch makes the batch of a month, which pays an amount.
func (w *world) batch(month, want string) {
	w.Helper()
	w.must(clerk, func(tx *store.Tx) error {
		b, err := w.payments.Create(tx, payment.Request{Scheme: elder, Month: day(month + "-01").Month()})
		if err == nil && b.Total.String() != want {
			w.Errorf("the batch of %s pays %s, want %s", month, b.Total, want)
		}
		return err
	})
}

// takes accepts somebody, lets the other county know, and answers the id here.
func (w *world) takes(from *world, s register.Signed) (id string) {
	w.Helper()
	var a register.Arrival
	w.must(clerk, func(tx *store.Tx) (err error) { a, err = w.Accept(tx, s); return err })
	from.must(clerk, func(tx *store.Tx) error { _, err := from.Answered(tx, a.Receipt); return err })
	w.must(clerk, func(tx *store.Tx) error { // what comes twice is done once
		again, err := w.Accept(tx, s)
		if err == nil && (!again.Replayed || again.Receipt != a.Receipt) {
			w.Error("the second arrival is not the first")
		}
		return err
	})
	return a.Person
}

// A woman of 84 has used 300 of the yearly 1,000 for drugs and is paid 60 a month. From February to May she was registered elsewhere, which is learnt bit by bit: of
// what was paid for these months 180 were set off, and 60 are left when she moves. All of that goes with her, and on to the third county.
func TestEverythingGoesAlong(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a, b, c := open(t, s, "999901"), open(t, s, "999902"), open(t, s, "999903")
		old := a.elder()
		a.must(clerk, func(tx *store.Tx) error {
			_, err := a.payments.Open(tx, old, payment.Account{Number: "9012345678", Bank: "农村信用社", Holder: "李桂芳", As: payment.Own}, day("2020-01-01"), saidBy("存折"))
			return err
		})
		for _, m := range []string{"2024-01", "2024-02", "2024-03"} {
			a.run(m)
		}
		a.bought(old, "A-1", "2024-03-01", "500.00", "300.00")
		a.lives(old, "2024-02-01", "2024-03-31")
		a.run("2024-04")
		a.owed(old, "120.00")
		a.batch("2024-04", "120.00") // January and April
		a.owed(old, "0.00")
		a.run("2024-05")
		a.batch("2024-05", "60.00")
		a.lives(old, "2024-05-01", "2024-05-31")
		a.run("2024-06")
		a.batch("2024-06", "0.00") // May was too much
		a.owed(old, "0.00")
		a.lives(old, "2024-04-01", "2024-04-30")
		a.run("2024-06") // again
		a.owed(old, "60.00")

		signed := a.offer(old, b, "2024-06-20")
		changed := signed
		changed.Content = strings.Replace(changed.Content, `"amount":"60.00"`, `"amount":"10.00"`, 1)
		b.on("2024-06-25")
		expect(t, b.do(clerk, func(tx *store.Tx) error { _, err := b.Accept(tx, changed); return err }), "register.signature")
		expect(t, c.do(clerk, func(tx *store.Tx) error { _, err := c.Accept(tx, signed); return err }), "register.transfer-elsewhere")
		arrived := b.takes(a, signed)
		b.lives(arrived, "", "")
		b.approve(arrived)
		b.owed(arrived, "60.00")
		b.run("2024-06")
		b.run("2024-07")
		a.run("2024-07")
		for month, want := range map[string][2]string{"2024-06": {"60.00", "0.00"}, "2024-07": {"0.00", "60.00"}} {
			if here, there := a.due(old, month).String(), b.due(arrived, month).String(); here != want[0] || there != want[1] {
				t.Errorf("%s: due %s and %s, want %v", month, here, there, want)
			}
		}
		b.bought(arrived, "B-1", "2024-07-02", "500.00", "300.00")

		a.bought(old, "A-2", "2024-05-02", "100.00", "60.00") // a bill of the time before the move
		var told register.Signed
		a.must(clerk, func(tx *store.Tx) error {
			w, err := a.Waiting(tx)
			if err != nil || !slices.Equal(w.Untold, []string{old}) || len(w.Unanswered) > 0 {
				t.Errorf("waiting for %+v (%v)", w, err)
			}
			told, err = a.Tell(tx, old)
			return err
		})
		b.must(clerk, func(tx *store.Tx) error { _, err := b.Hear(tx, told); return err })
		b.must(clerk, func(tx *store.Tx) error {
			h, err := b.Hear(tx, told)
			if err == nil && !h.Replayed {
				t.Error("what was told twice was heard twice")
			}
			return err
		})
		changed = told
		changed.Content = strings.Replace(changed.Content, "300.00", "100.00", 1)
		expect(t, b.do(clerk, func(tx *store.Tx) error { _, err := b.Hear(tx, changed); return err }), "register.signature")
		b.bought(arrived, "B-2", "2024-07-20", "2000.00", "340.00") // 300 and 60 there, 300 here

		third := c.on("2024-08-05").takes(b.on("2024-08-01"), b.offer(arrived, c, "2024-07-31"))
		c.owed(third, "60.00")
		c.lives(third, "", "")
		c.bought(third, "C-1", "2024-08-06", "100.00", "0.00")
		for _, w := range []*world{a, b, c} {
			w.sound()
		}
	})
}

// Who is not taken is the first county's again, and the next months are paid there.
func TestRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a, b := open(t, s, "999901"), open(t, s, "999902")
		old := a.elder()
		a.run("2024-01")
		signed := a.on("2024-02-05").offer(old, b, "2024-01-31")
		var receipt register.Signed
		b.on("2024-02-06").must(clerk, func(tx *store.Tx) (err error) { receipt, err = b.Refuse(tx, signed, "户口未迁入"); return err })
		expect(t, b.do(clerk, func(tx *store.Tx) error { _, err := b.Accept(tx, signed); return err }), "register.transfer-answered")
		a.must(clerk, func(tx *store.Tx) error {
			w, err := a.Waiting(tx)
			if err != nil || len(w.Unanswered) != 1 {
				t.Errorf("waiting for %+v (%v)", w, err)
			}
			again, err := a.Again(tx, w.Unanswered[0])
			if again != signed {
				t.Error("the document is another one")
			}
			return err
		})
		a.must(clerk, func(tx *store.Tx) error { _, err := a.Answered(tx, receipt); return err })
		a.run("2024-02")
		if due := a.due(old, "2024-02"); due.String() != "60.00" {
			t.Errorf("%s is due", due)
		}
		expect(t, a.do(clerk, func(tx *store.Tx) error { _, err := a.Again(tx, "x"); return err }), "register.transfer-unknown")
		expect(t, a.do(clerk, func(tx *store.Tx) error { _, err := a.Tell(tx, old); return err }), "register.not-moved")
		a.sound()
	})
}
