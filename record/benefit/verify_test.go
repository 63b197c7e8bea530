package benefit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"doudi/decide/explain"
	"doudi/kernel/fault"
	"doudi/record/benefit"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// Whoever changes what was determined is found out, with the first difference.
func TestTampering(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": ""})
		old := w.elder("李桂芳", "1940-02-10")
		w.on("2024-01-20").run("2024-01")
		for _, tt := range []struct{ change, back, code string }{
			{`UPDATE benefit_determination SET amount = amount + 100 WHERE county_code = ?1 AND amount > 0`, `UPDATE benefit_determination SET amount = amount - 100 WHERE county_code = ?1 AND amount > 0`, "benefit.sum-differs"},
			{`UPDATE benefit_determination SET reason = 'granted' WHERE county_code = ?1 AND amount > 0`, `UPDATE benefit_determination SET reason = 'met' WHERE county_code = ?1 AND amount > 0`, "benefit.determination-differs"},
			{`UPDATE benefit_difference SET kind = 'changed' WHERE county_code = ?1 AND kind = 'new'`, `UPDATE benefit_difference SET kind = 'new' WHERE county_code = ?1 AND kind = 'changed'`, "benefit.sum-differs"},
			{`UPDATE benefit_difference SET reason = 'granted' WHERE county_code = ?1 AND reason = 'met'`, `UPDATE benefit_difference SET reason = 'met' WHERE county_code = ?1 AND reason = 'granted'`, "benefit.difference-differs"},
			{`UPDATE benefit_sum SET people = people + 1 WHERE county_code = ?1`, `UPDATE benefit_sum SET people = people - 1 WHERE county_code = ?1`, "benefit.sum-differs"},
			{`UPDATE benefit_balance SET carried = carried + 1, determined = determined + 1 WHERE county_code = ?1`, `UPDATE benefit_balance SET carried = carried - 1, determined = determined - 1 WHERE county_code = ?1`, "benefit.sum-differs"},
			{`UPDATE benefit_frozen SET subject_id = 'x' WHERE county_code = ?1`, `UPDATE benefit_frozen SET subject_id = party_id WHERE county_code = ?1`, "benefit.determination-differs"},
		} {
			exec := func(query string) {
				w.must(clerk, func(tx *store.Tx) error { _, err := tx.Exec(query, tx.County); return err })
			}
			exec(tt.change)
			w.look(func(tx *store.Tx) error {
				_, err := w.Verify(tx)
				if fault.CodeOf(err) != tt.code || fault.KindOf(err) != fault.Conflict {
					t.Errorf("%s: %v", tt.change, err)
				}
				return nil
			})
			exec(tt.back)
		}
		if done := w.sound(); done.Runs != 1 || done.Determinations != 2 || done.Destroyed != 0 {
			t.Errorf("looked at %+v", done)
		}
		w.must(clerk, func(tx *store.Tx) error { return w.Benefits.Log.Destroy(tx, old, "保存期满") })
		if done := w.sound(); done.Determinations != 0 || done.Destroyed != 1 {
			t.Errorf("after the key was destroyed, looked at %+v", done)
		}
	})
}

// What a run comes to is added up when its computation ends, and read again without a look at the county.
func TestSumsAreKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": ""})
		w.elder("李桂芳", "1940-02-10")
		r := w.on("2024-01-20").run("2024-01")
		sums := func() (b benefit.Balance, tallies []benefit.Tally) {
			w.look(func(tx *store.Tx) (err error) {
				if b, err = benefit.BalanceOf(tx, &r); err == nil {
					tallies, err = benefit.Tallies(tx, r.ID)
				}
				return err
			})
			return b, tallies
		}
		balance, tallies := sums()
		if balance.Determined != 6000 || len(tallies) != 2 || tallies[0].People != 1 || tallies[0].Amount != 6000 {
			t.Errorf("the run comes to %+v %+v", balance, tallies)
		}
		w.must(clerk, func(tx *store.Tx) error {
			for _, table := range []string{"benefit_determination", "benefit_difference"} {
				if _, err := tx.Exec(`DELETE FROM `+table+` WHERE county_code = ?1`, tx.County); err != nil {
					return err
				}
			}
			return nil
		})
		if again, same := sums(); again != balance || !slices.Equal(same, tallies) {
			t.Errorf("the sums are read from the whole county: %+v %+v", again, same)
		}
	})
}

// The reasons of a difference are computed again from what was frozen: later news does not change them.
func TestExplain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": ""})
		old := w.elder("李桂芳", "1940-02-10")
		r := w.on("2024-01-20").run("2024-01")
		w.state(old, "person.hukou", "999901101", "2024-01-01", "")
		w.look(func(tx *store.Tx) error {
			e, err := w.Explain(tx, r.ID, old, elder, r.Month)
			if err != nil {
				return err
			}
			if e.Outcome == nil || e.Outcome.Verdict != explain.Pays || e.After != 6000 || e.Reason != benefit.Met || len(e.Outcome.Reasons) != 2 {
				t.Errorf("explained %+v", e)
			}
			if hukou := e.Outcome.Reasons[0].Uses[0].Value; hukou == nil {
				t.Error("the condition does not name what it was answered with")
			}
			_, err = w.Explain(tx, r.ID, "x", elder, r.Month)
			expect(t, err, "benefit.not-explained")
			_, err = w.Explain(tx, "x", old, elder, r.Month)
			expect(t, err, "benefit.run-unknown")
			return nil
		})
	})
}

// A review that was not done in time is asked for, and the allowance goes on meanwhile; an aid set by a person is paid once, in its month.
func TestReviewAndGrant(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": "", "example": ""})
		w.today = w.today.AddDays(-1200)
		p := w.person("赵长河", facts{"person.disability.certificate_generation": 2, "person.disability.level": 2, "person.has_disability": true, "person.function_loss": false})
		w.state(p, "roster.registered_poor", true, "2018-01-01", "")
		w.on("2021-01-20").act(benefit.Act{Subject: p, Scheme: severe, Kind: benefit.Approve, Day: day("2020-10-08")})
		w.run("2021-01")
		w.on("2021-09-20").run("2021-09")
		if w.comes("2021-10-07") != "" || w.comes("2021-10-08") != "2021-10-08 1" {
			t.Errorf("to be reviewed until the 7th %q, until the 8th %q", w.comes("2021-10-07"), w.comes("2021-10-08"))
		}
		r := w.on("2021-10-20").run("2021-10")
		if found := w.comes("2021-12-31"); found != "" {
			t.Errorf("of what the run found to be late %q still comes", found)
		}
		same(t, "a year after the approval", w.said(r, p), "review "+severe+" 2021-10 100.00→100.00 review\n")
		w.look(func(tx *store.Tx) error {
			queue, next, err := benefit.Standing(tx, benefit.Standings{Verdict: explain.ReviewDue, Division: "9999", Schemes: []string{"x/y", severe}}, r.Month, "", 10)
			if err == nil && (len(queue) != 1 || queue[0].Subject != p || next != "") {
				t.Errorf("the queue of reviews is %+v, then %q", queue, next)
			}
			for _, schemes := range [][]string{nil, {"x/y"}, {severe + "2"}} {
				others, _, err := benefit.Standing(tx, benefit.Standings{Verdict: explain.ReviewDue, Division: "9999", Schemes: schemes}, r.Month, "", 10)
				if err != nil || len(others) != 0 {
					t.Errorf("of %q there are %+v, %v", schemes, others, err)
				}
			}
			elsewhere, _, err2 := benefit.Standing(tx, benefit.Standings{Verdict: explain.ReviewDue, Division: "8888", Schemes: []string{severe}}, r.Month, "", 10)
			stands, err3 := benefit.Stands(tx, r.Month)
			if len(elsewhere) != 0 || !slices.ContainsFunc(stands, func(s benefit.Stand) bool {
				return s.Verdict == explain.ReviewDue && s.Scheme == severe && s.Subjects == 1 && s.ReviewBy == day("2021-10-08")
			}) {
				t.Errorf("of another division %+v; added up %+v", elsewhere, stands)
			}
			return errors.Join(err, err2, err3)
		})
		w.on("2021-11-10").act(benefit.Act{Subject: p, Scheme: severe, Kind: benefit.Reviewed})
		same(t, "reviewed", w.said(w.on("2021-11-20").run("2021-11"), p), "changed "+severe+" 2021-11 100.00→100.00 met\n")
		if found := w.comes("2022-11-30"); found != "2022-11-10 1" {
			t.Errorf("a year after the review %q comes", found)
		}
		w.on("2022-01-10").act(benefit.Act{Subject: p, Scheme: severe, Kind: benefit.Reviewed})
		if found := w.comes("2022-11-30"); found != "" {
			t.Errorf("reviewed once more, and %q still comes", found)
		}
		w.sound()
	})
}

// comes is how many are to be reviewed until a day, as they are added up and as they are listed one by one.
func (w *world) comes(until string) (found string) {
	w.Helper()
	w.look(func(tx *store.Tx) error {
		latest, err := benefit.Latest(tx)
		if err != nil {
			return err
		}
		coming := benefit.Standings{Until: day(until), Division: "9999", Schemes: []string{severe}}
		sums, err := benefit.ComingReviews(tx, coming, latest.Month)
		listed := 0
		for after, more := "", true; more && err == nil; more = after != "" {
			var list []benefit.Determination
			list, after, err = benefit.Standing(tx, coming, latest.Month, after, 1)
			listed += len(list)
		}
		for _, c := range sums {
			found = strings.TrimSpace(fmt.Sprintf("%s %s %d", found, c.ReviewBy, c.Subjects))
			listed -= c.Subjects
		}
		if listed != 0 {
			w.Errorf("%d more are listed than were added up", listed)
		}
		return err
	})
	return found
}
