package adoption_test

import (
	"testing"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/record/adoption"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

const county = "999901"

// replace proposes other content in the place of what is adopted.
func (w world) replace(content string) (id, decision string) {
	w.Helper()
	w.must(county, maker, func(tx *store.Tx) (err error) {
		id, decision, err = w.Replace(tx, shipped()["example"], "采用.yaml", []byte(content), "提高标准")
		return err
	})
	return id, decision
}

func (w world) get(id string) (r adoption.Record) {
	w.Helper()
	w.must(county, maker, func(tx *store.Tx) (err error) { r, err = adoption.Get(tx, id); return err })
	return r
}

// One answer ends the earlier adoption and lets the other begin, and no day is without either.
func TestReplaceAnAdoption(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		first := w.adopt(county, "example", "pack: example\nfrom: 2025-01-01\nparameters: {stay.limit: 2000.00}\n")
		refused, decision := w.replace("pack: example\nfrom: 2026-04-01\nparameters: {stay.limit: 2500.00}\n")
		ending := w.get(first).Decisions[1]
		if ending.For != refused || ending.LastDay != day("2026-03-31") || w.get(first).State != adoption.Approved {
			t.Fatalf("the end that goes with it: %+v", ending)
		}
		err := w.do(county, checker, func(tx *store.Tx) error { return w.Approve(tx, ending.ID, "") })
		if fault.CodeOf(err) != "adoption.together" {
			t.Errorf("the end alone: %v", err)
		}
		w.must(county, checker, func(tx *store.Tx) error { return adoption.Reject(tx, decision, "依据不足") })
		if r := w.get(first); r.State != adoption.Approved || r.Decisions[1].Answer == nil || r.Decisions[1].Answer.Approved || w.get(refused).State != adoption.Rejected {
			t.Errorf("after it was sent back: %+v", r)
		}
		second, decision := w.replace("pack: example\nfrom: 2026-04-01\nparameters: {stay.limit: 2500.00}\n")
		if err := w.do(county, maker, func(tx *store.Tx) error { return w.Approve(tx, decision, "") }); fault.CodeOf(err) != "adoption.same-person" {
			t.Errorf("approved by the maker: %v", err)
		}
		if w.get(first).Span.To != rule.Forever {
			t.Errorf("an approval that was refused ended %+v", w.get(first).Span)
		}
		w.must(county, checker, func(tx *store.Tx) error { return w.Approve(tx, decision, "同意") })
		for on, want := range map[string]string{"2026-03-31": first, "2026-04-01": second} {
			if f, err := w.force(county, county, day(on), "example"); err != nil || f.ID != want {
				t.Errorf("on %s %s is in force (%v), want %s", on, f.ID, err, want)
			}
		}
		// One that begins no later leaves it no day at all, and what follows the last is replaced as well.
		third, decision := w.replace("pack: example\nfrom: 2025-01-01\n")
		w.must(county, checker, func(tx *store.Tx) error { return w.Approve(tx, decision, "同意") })
		if a, b := w.get(first), w.get(second); !a.Span.Empty() || !b.Span.Empty() {
			t.Errorf("what was replaced still has days: %v, %v", a.Span, b.Span)
		}
		if f, err := w.force(county, county, today, "example"); err != nil || f.ID != third {
			t.Errorf("%s is in force (%v)", f.ID, err)
		}
		// Trying keeps nothing.
		w.must(county, maker, func(tx *store.Tx) error {
			b, err := adoption.Try(tx, shipped()["example"], "采用.yaml", []byte("pack: example\nfrom: 2027-01-01\nparameters: {stay.limit: 1.00}\n"))
			if err != nil || b.Span().From != day("2027-01-01") || b.Division() != "999901" {
				t.Errorf("%+v, %v", b, err)
			}
			return err
		})
		w.must(county, maker, func(tx *store.Tx) error {
			all, err := adoption.All(tx)
			if len(all) != 4 {
				t.Errorf("%d adoptions", len(all))
			}
			return err
		})
	})
}
