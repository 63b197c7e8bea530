package claim_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"doudi/record/claim"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// Bills are found by the provider's number and by the day they came or were settled; what was sent can be read again.
func TestFind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": ""})
		who := w.resident()
		first, err := w.receive(day("2021-03-01"), w.outpatient(who, "M-1", "2021-03-01", "100.00"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.reverse(day("2021-03-02"), first.ID); err != nil {
			t.Fatal(err)
		}
		corrected := w.outpatient(who, "M-1", "2021-03-01", "120.00")
		corrected.Replaces = first.ID
		second := w.settled(day("2021-03-03"), corrected)
		other := w.settled(day("2021-03-03"), w.outpatient(who, "M-2", "2021-03-03", "50.00"))
		late, err := w.receive(day("2021-03-03"), w.outpatient(who, "M-3", "2021-03-03", "60.00"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.confirm(day("2021-03-04"), late.ID); err != nil {
			t.Fatal(err)
		}
		var atOnce claim.Confirmation
		w.must(day("2021-03-05"), clerk, func(tx *store.Tx) (err error) {
			atOnce, err = w.Settle(tx, w.outpatient(who, "M-4", "2021-03-05", "70.00"))
			return err
		})
		w.look(func(tx *store.Tx) error {
			for _, tt := range []struct {
				number   string
				revision int
				id, code string
			}{{"M-1", 0, second, ""}, {"M-1", 1, first.ID, ""}, {"M-1", 2, second, ""}, {"M-1", 3, "", "claim.unknown"}, {"M-9", 0, "", "claim.unknown"}} {
				c, err := claim.ByNumber(tx, w.hospital, tt.number, tt.revision)
				expect(t, err, tt.code)
				if c.ID != tt.id {
					t.Errorf("%s revision %d is %s, want %s", tt.number, tt.revision, c.ID, tt.id)
				}
			}
			_, err := claim.ByNumber(tx, w.pharmacy, "M-1", 0)
			expect(t, err, "claim.unknown")

			next, found, err := claim.Replacing(tx, first.ID)
			if err != nil || !found || next.ID != second {
				t.Errorf("%s stands for the first (%t, %v), want %s", next.ID, found, err, second)
			}
			if _, found, err := claim.Replacing(tx, second); found || err != nil {
				t.Errorf("something stands for a bill that was not reversed (%v)", err)
			}

			name, content, err := w.Content(tx, second)
			if err != nil || name != "M-1.yaml" || !strings.Contains(string(content), "120.00") {
				t.Errorf("content %s %q, %v", name, content, err)
			}
			_, _, err = w.Content(tx, "nothing")
			expect(t, err, "claim.unknown")
			return nil
		})
		w.look(func(tx *store.Tx) error {
			for _, tt := range []struct {
				on   string
				want []string
			}{{"2021-03-01", []string{first.ID}}, {"2021-03-02", nil}, {"2021-03-03", []string{late.ID, other, second}}, {"2021-03-04", []string{late.ID}}, {"2021-03-05", []string{atOnce.Claim}}} {
				from := noon(day(tt.on)).Add(-12 * time.Hour)
				span := claim.Span{Provider: w.hospital, From: from, To: from.Add(24 * time.Hour)}
				found, err := claim.In(tx, span, 10, 0)
				if err != nil {
					return err
				}
				counts, err := claim.CountIn(tx, span)
				if err != nil {
					return err
				}
				states := map[claim.State]int{}
				for i, c := range found {
					states[c.State]++
					if one, err := claim.In(tx, span, 1, i); err != nil || len(one) != 1 || one[0].ID != c.ID {
						t.Errorf("on %s: the bill at %d is %v (%v)", tt.on, i, one, err)
					}
				}
				for state, n := range states {
					span.State = state
					if of, err := claim.In(tx, span, 10, 0); err != nil || len(of) != n {
						t.Errorf("on %s: %d bills are %s, want %d (%v)", tt.on, len(of), state, n, err)
					}
				}
				if !maps.Equal(counts, states) {
					t.Errorf("on %s: counted %v, want %v", tt.on, counts, states)
				}
				var ids []string
				for _, c := range found {
					ids = append(ids, c.ID)
				}
				if strings.Join(ids, " ") != strings.Join(tt.want, " ") {
					t.Errorf("on %s: %v, want %v", tt.on, ids, tt.want)
				}
				kept, err := w.Kept(tx, found)
				if err != nil {
					return err
				}
				if _, ok := kept[first.ID]; ok {
					t.Error("a bill that was never settled has a settlement")
				}
				if k, ok := kept[other]; ok && k.Figures.Bill.InScope != 5000 {
					t.Errorf("kept %+v", k.Figures)
				}
			}
			return nil
		})
	})
}
