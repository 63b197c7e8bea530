package claim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// tell answers what the county says anew of somebody who moved on.
func (w *world) tell(person string, on period.Day) (said register.Signed) {
	w.Helper()
	w.must(on, clerk, func(tx *store.Tx) error {
		counters, err := w.Used(tx, person)
		if err != nil {
			return err
		}
		said, err = w.Register.Tell(tx, person, counters)
		return err
	})
	return said
}

// hear takes it in.
func (w *world) hear(said register.Signed, on period.Day) (heard register.Heard, err error) {
	w.Helper()
	err = w.do(on, clerk, func(tx *store.Tx) (err error) {
		if heard, err = w.Register.Hear(tx, said); err != nil {
			return err
		}
		return w.Learn(tx, heard)
	})
	return heard, err
}

// untold fails the test unless those are whom the county has something to say about.
func (w *world) untold(want ...string) {
	w.Helper()
	w.look(func(tx *store.Tx) error {
		found, err := w.Untold(tx)
		if !slices.Equal(found, want) {
			w.Errorf("%s has to tell about %v, want %v", w.county, found, want)
		}
		return err
	})
}

// A bill of the time before a move, settled after it, is told to the county of now, once; so is its reversal.
func TestLateBillIsTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		all := neighbours(t, s, "calendar")
		a, b, c := all[0], all[1], all[2]
		person := a.resident()
		a.pays(t, person, "A-1", "2024-03-01", "500.00", 300)
		a.move(person, b, day("2024-04-30"))
		a.untold()
		late := a.pays(t, person, "A-late", "2024-04-20", "300.00", 180)
		a.untold(person)
		first := a.tell(person, day("2024-05-10"))
		a.untold()
		for i, on := range []period.Day{day("2024-05-11"), day("2024-05-12")} {
			heard, err := b.hear(first, on)
			if err != nil || heard.Person != person || heard.Replayed != (i > 0) || heard.Onward != "" {
				t.Fatalf("heard %+v: %v", heard, err)
			}
		}
		b.pays(t, person, "B-1", "2024-06-01", "2000.00", 520)

		if _, err := a.reverse(day("2024-06-02"), late); err != nil {
			t.Fatal(err)
		}
		a.untold(person)
		second := a.tell(person, day("2024-06-03"))
		b.move(person, c, day("2024-06-30")) // before b heard it
		heard, err := b.hear(second, day("2024-07-01"))
		if err != nil || heard.Onward != c.county {
			t.Fatalf("heard %+v: %v", heard, err)
		}
		c.pays(t, person, "C-1", "2024-07-02", "500.00", 0) // 480 and 520 are known
		if _, err := c.hear(second, day("2024-07-03")); err != nil {
			t.Fatal(err)
		}
		if old, err := c.hear(first, day("2024-07-04")); err != nil || !old.Replayed {
			t.Errorf("what is older counts: %+v, %v", old, err)
		}
		c.pays(t, person, "C-2", "2024-07-05", "500.00", 180)
		for _, w := range all {
			w.sound()
		}
	})
}

// A supplement that overtakes a transfer stays the newer word.
func TestSupplementBeforeTheTransfer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		all := neighbours(t, s, "calendar")
		a, b := all[0], all[1]
		person := a.resident()
		a.move(person, b, day("2024-02-28"))
		b.move(person, a, day("2024-03-31"))
		a.pays(t, person, "A-1", "2024-04-10", "500.00", 300)
		var offer register.Signed
		a.must(day("2024-04-30"), clerk, func(tx *store.Tx) error {
			counters, err := a.Carry(tx, person)
			if err != nil {
				return err
			}
			offer, err = a.Register.Offer(tx, person, b.county, day("2024-04-30"), register.Carried{Counters: counters}, register.Succession{}, dated.Said{})
			return err
		})
		a.pays(t, person, "A-late", "2024-04-20", "500.00", 300)
		if _, err := b.hear(a.tell(person, day("2024-05-02")), day("2024-05-03")); err != nil {
			t.Fatal(err)
		}
		b.must(day("2024-05-04"), clerk, func(tx *store.Tx) error { _, err := b.accept(tx, person, offer); return err })
		b.pays(t, person, "B-1", "2024-06-01", "2000.00", 400)
		a.sound()
		b.sound()
	})
}

func TestSupplementsThatAreRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		all := neighbours(t, s, "calendar")
		a, b, c := all[0], all[1], all[2]
		person, stays := a.resident(), a.resident()
		a.move(person, b, day("2024-04-30"))
		a.pays(t, person, "A-late", "2024-04-20", "500.00", 300)
		on := day("2024-05-10")
		expect(t, a.do(on, clerk, func(tx *store.Tx) error { _, err := a.Register.Tell(tx, stays, nil); return err }), "register.not-moved")
		expect(t, a.do(on, clerk, func(tx *store.Tx) error { _, err := a.Register.Tell(tx, "nobody", nil); return err }), "dated.party-unknown")
		negative := []register.CarriedCounter{{Series: "example", Counter: "x", Day: on, Amount: -1}}
		expect(t, a.do(on, clerk, func(tx *store.Tx) error { _, err := a.Register.Tell(tx, person, negative); return err }), "register.carried-negative")

		said := a.tell(person, on)
		changed := said
		changed.Content = strings.Replace(said.Content, "300", "100", 1)
		lent := said
		lent.County = c.county
		for _, tt := range []struct {
			name string
			at   *world
			said register.Signed
			code string
		}{
			{"nobody came", c, said, "register.supplement-early"},
			{"changed", b, changed, "register.signature"},
			{"under another name", b, lent, "register.document"},
			{"one's own", a, said, "register.document"},
			{"no document", b, register.Signed{County: a.county, Content: "{"}, "register.document"},
			{"an empty one", b, register.Signed{County: a.county, Content: "{}"}, "register.document"},
		} {
			_, err := tt.at.hear(tt.said, on+1)
			if expect(t, err, tt.code); err == nil {
				t.Errorf("%s was taken in", tt.name)
			}
		}
		b.pays(t, person, "B-1", "2024-06-01", "1000.00", 600) // nothing of it counted
		if heard, err := b.hear(said, day("2024-06-02")); err != nil || heard.Replayed {
			t.Errorf("in the end: %+v, %v", heard, err)
		}
		b.pays(t, person, "B-2", "2024-06-03", "1000.00", 100)
		for _, w := range all {
			w.sound()
		}
		b.look(func(tx *store.Tx) error {
			var rows int
			err := tx.QueryRow(`SELECT COUNT(*) FROM transfer WHERE county_code = ?1 AND direction = 'heard'`, b.county).Scan(&rows)
			if rows != 1 {
				err = fmt.Errorf("%d supplements are on record: %w", rows, err)
			}
			return err
		})
	})
}
