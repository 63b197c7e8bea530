package payment_test

import (
	"testing"

	"doudi/decide/policy"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/record/dated"
	"doudi/record/payment"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// counted is a pack in which an office verifies the number of those who are paid.
func counted() *policy.Pack {
	block := func(id string) *policy.Block { return &policy.Block{ID: id} }
	return &policy.Pack{ID: "pingyin-2021", Series: "pingyin-medical-help", Offices: map[string]fault.Text{"county-disabled": {ZH: "县残联", EN: "federation"}},
		Benefits:   []*policy.Benefit{{Block: block("severe-disability"), Procedure: "by-list"}},
		Procedures: []*policy.Procedure{{Block: block("by-list"), Steps: []policy.Step{{ID: "list"}, {ID: "verify", Office: "county-disabled", Counts: []string{"person.disability.level"}}}}}}
}

// A list whose number an office verifies is locked once that is done, by a third person, and counted anew when it was changed.
func TestNumberIsVerified(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := openWith(t, s, counted())
		w.openFund(money.Yuan(5000))
		people := append(w.family("甲一"), w.family("乙二")...)
		w.account(people[0], "甲一")
		w.account(people[1], "乙二")
		for _, m := range []string{"2021-10", "2021-11", "2021-12"} {
			w.run(m, people)
		}
		if c := w.Counting(scheme); c == nil || c.Office != "county-disabled" || len(c.Facts) != 1 || w.Counting("pingyin-medical-help/other") != nil {
			t.Errorf("%+v", c)
		}
		b := w.mustCreate("2021-12")
		clerk := store.Actor{ID: "u3", Name: "吴残联"}
		expect := func(want string, by store.Actor, act func(tx *store.Tx) error) {
			t.Helper()
			if got := fault.CodeOf(w.do(by, act)); got != want {
				t.Errorf("answer %q, want %q", got, want)
			}
		}
		count := func(tx *store.Tx) error { return w.Count(tx, b.ID, "与名册相符") }
		handIn := func(tx *store.Tx) error { return w.HandIn(tx, b.ID) }
		lock := func(tx *store.Tx) error { return w.Lock(tx, b.ID, "") }
		expect("payment.state", clerk, count)
		expect("", maker, handIn)
		expect("payment.same-person", maker, count)
		w.must(maker, func(tx *store.Tx) error { return dated.AddParty(tx, "county-disabled", "office") })
		expect("payment.not-counted", checker, lock)
		expect("", clerk, count)
		expect("payment.same-person", clerk, lock)
		expect("", checker, func(tx *store.Tx) error { return w.SendBack(tx, b.ID, "乙二不在册") })
		expect("", maker, func(tx *store.Tx) error { return w.MoveOut(tx, b.ID, people[1], "不在册") })
		expect("", maker, handIn)
		expect("payment.not-counted", checker, lock) // one fewer than was verified
		expect("", clerk, count)
		w.read(func(tx *store.Tx) error {
			now, err := payment.Get(tx, b.ID)
			if a := now.Counted(); a == nil || a.People != 1 || a.Total != money.Yuan(300) || a.Note != "与名册相符" || a.Actor != clerk {
				t.Errorf("verified as %+v", a)
			}
			return err
		})
		expect("", checker, lock)
	})
}

// A county without the office that the pack names pays all the same: nobody there could verify anything.
func TestNobodyVerifies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := openWith(t, s, counted())
		w.openFund(money.Yuan(5000))
		people := w.family("甲一")
		w.account(people[0], "甲一")
		for _, m := range []string{"2021-10", "2021-11", "2021-12"} {
			w.run(m, people)
		}
		b := w.mustCreate("2021-12")
		w.must(maker, func(tx *store.Tx) error { return w.HandIn(tx, b.ID) })
		w.must(checker, func(tx *store.Tx) error { return w.Lock(tx, b.ID, "") })
	})
}
