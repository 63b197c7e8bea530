package claim_test

import (
	"fmt"
	"strings"
	"testing"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/claim"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

func (w *world) advance(on period.Day, b claim.Bill, d claim.Discharge) (a claim.Advance, err error) {
	err = w.do(on, clerk, func(tx *store.Tx) (err error) { a, err = w.Advance(tx, b, d); return err })
	return a, err
}

func (w *world) advanced(on period.Day, b claim.Bill, d claim.Discharge) claim.Advance {
	w.Helper()
	a, err := w.advance(on, b, d)
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	return a
}

func (w *world) complete(on period.Day, b claim.Bill) (done claim.Confirmation, err error) {
	err = w.do(on, clerk, func(tx *store.Tx) (err error) { done, err = w.Complete(tx, b); return err })
	return done, err
}

func (w *world) claim(id string) (c claim.Claim) {
	w.Helper()
	w.look(func(tx *store.Tx) (err error) { c, err = claim.Get(tx, id); return err })
	return c
}

// unsettled is a visit whose upstream amounts are not known yet.
func (w *world) unsettled(person, number string) claim.Bill {
	b := w.outpatient(person, number, "2021-11-08", "100.00")
	b.Content = []byte(strings.Replace(string(b.Content), "  paid: {basic_insurance: 0.00, medical_assistance: 0.00}\n", "", 1))
	return b
}

// A bill that cannot be settled at discharge is kept as what the hospital put up, and closed when the amounts paid upstream are there.
func TestAdvance(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": ""})
		person := w.resident()
		on := day("2021-11-08")
		down := claim.Discharge{Deposit: money.Yuan(30), Day: on, Reason: "医保接口不通"}
		a := w.advanced(on, w.unsettled(person, "M-1"), down)
		if c := w.claim(a.Claim); c.State != claim.Advanced || c.PayTo != fund.Provider || a.Amount != money.Yuan(70) {
			t.Errorf("%+v of %+v", a, c)
		}
		second := w.advanced(on+1, w.unsettled(person, "M-2"), claim.Discharge{Day: on - 1, Reason: "医保接口不通"})
		third := w.advanced(on+1, w.outpatient(person, "M-3", "2021-11-08", "10.00"), claim.Discharge{Deposit: money.Yuan(9), Day: on, Reason: "停电"})
		w.look(func(tx *store.Tx) error {
			list, err := claim.OpenAdvances(tx, w.hospital, claim.Advance{}, 0)
			if err != nil || len(list) != 3 || list[0].ID != second.ID || list[1].ID != a.ID || list[2].ID != third.ID || list[0].Age(day("2021-11-30")) != 23 {
				t.Errorf("open: %+v, %v", list, err)
			}
			rest, err := claim.OpenAdvances(tx, w.hospital, list[0], 1)
			if err != nil || len(rest) != 1 || rest[0].ID != a.ID {
				t.Errorf("the next: %+v, %v", rest, err)
			}
			totals, err := claim.AdvancesByHospital(tx)
			if err == nil && len(totals) > 0 {
				own, err := claim.AdvancesBy(tx, totals[0].Provider)
				if err != nil || own != totals[0] {
					t.Errorf("one hospital has put up %+v, of all %+v: %v", own, totals[0], err)
				}
			}
			if want := (claim.Waiting{Provider: w.hospital, Count: 3, Amount: money.Yuan(171), Oldest: on - 1}); err != nil || len(totals) != 1 || totals[0] != want {
				t.Errorf("totals: %+v, %v", totals, err)
			}
			return nil
		})
		w.sound()

		_, err := w.confirm(on, a.Claim) // nothing is known of the upstream payers
		expect(t, err, "claim.documents-needed")
		full := w.outpatient(person, "M-1", "2021-11-08", "100.00")
		full.Content = []byte(strings.Replace(string(full.Content), "basic_insurance: 0.00", "basic_insurance: 40.00", 1))
		full.Replaces = a.Claim
		done, err := w.complete(day("2021-11-20"), full)
		if err != nil {
			t.Fatal(fault.RenderError(err, "zh"), err)
		}
		if done.Advance == nil || done.Advance.ID != a.ID || done.Advance.Balance != done.Patient-money.Yuan(30) || done.Advance.State != claim.AdvanceSettled || done.Advance.Closed != "2021-11-20" {
			t.Errorf("%+v closes %+v", done, done.Advance)
		}
		if c := w.claim(done.Claim); c.Revision != 2 || c.PayTo != fund.Provider || c.State != claim.Confirmed || w.claim(a.Claim).State != claim.Reversed {
			t.Errorf("settled %+v", c)
		}
		w.owed(done.Claim, "assistance", fund.Payee{Kind: fund.Provider, ID: w.hospital}, done.Own)

		// nothing was wanting: it is confirmed as it was received
		if done, err = w.confirm(day("2021-11-20"), third.Claim); err != nil || done.Advance == nil || done.Advance.Balance != done.Patient-money.Yuan(9) || done.Advance.Balance >= 0 {
			t.Errorf("%+v, %+v, %v", done, done.Advance, err)
		}
		if _, err := w.reverse(day("2021-11-21"), second.Claim); err != nil {
			t.Fatal(err)
		}
		w.look(func(tx *store.Tx) error {
			list, err := claim.OpenAdvances(tx, w.hospital, claim.Advance{}, 0)
			if err != nil || len(list) != 0 {
				t.Errorf("still open: %+v, %v", list, err)
			}
			for id, want := range map[string]claim.AdvanceState{second.Claim: claim.AdvanceWithdrawn, third.Claim: claim.AdvanceSettled} {
				if a, found, err := claim.AdvanceOf(tx, id); err != nil || !found || a.State != want {
					t.Errorf("%+v, %t, %v, want %s", a, found, err, want)
				}
			}
			if _, found, err := claim.AdvanceOf(tx, "none"); found || err != nil {
				t.Errorf("an advance of nothing: %v", err)
			}
			return nil
		})
		w.sound()
	})
}

func TestAdvanceRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": ""})
		person := w.resident()
		on := day("2021-11-08")
		good := claim.Discharge{Day: on, Reason: "断网"}
		for i, tt := range []struct {
			deposit money.Fen
			day     period.Day
			reason  string
			payTo   fund.PayeeKind
			code    string
		}{
			{-1, on, "断网", "", "claim.advance-deposit"},
			{money.Yuan(100), on, "断网", "", "claim.advance-deposit"},
			{0, 0, "断网", "", "claim.advance-day"},
			{0, on + 1, "断网", "", "claim.advance-day"},
			{0, on, " ", "", "claim.advance-reason"},
			{0, on, "断\n网", "", "claim.advance-reason"},
			{0, on, strings.Repeat("断", 201), "", "claim.advance-reason"},
			{0, on, "断网", fund.Person, "claim.advance-payee"},
		} {
			b := w.unsettled(person, fmt.Sprint("M-", i))
			b.PayTo = tt.payTo
			_, err := w.advance(on, b, claim.Discharge{Deposit: tt.deposit, Day: tt.day, Reason: tt.reason})
			expect(t, err, tt.code)
		}
		a := w.advanced(on, w.unsettled(person, "M-1"), good)
		_, err := w.advance(on, w.unsettled(person, "M-1"), good)
		expect(t, err, "claim.state")
		full := w.outpatient(person, "M-1", "2021-11-08", "100.00")
		_, err = w.complete(on, full)
		expect(t, err, "claim.unknown")
		full.Replaces, full.PayTo = a.Claim, fund.Person
		_, err = w.complete(on, full)
		expect(t, err, "claim.advance-payee")
		full.PayTo, full.Provider = "", w.pharmacy
		_, err = w.complete(on, full)
		expect(t, err, "claim.replaces")
		full.Provider = w.hospital
		full.Content = w.unsettled(person, "M-1").Content
		_, err = w.complete(on, full)
		expect(t, err, "claim.documents-needed")
		if c := w.claim(a.Claim); c.State != claim.Advanced {
			t.Errorf("the bill is %s", c.State)
		}
		full.Content = w.outpatient(person, "M-1", "2021-11-08", "100.00").Content
		if _, err = w.complete(on, full); err != nil {
			t.Fatal(fault.RenderError(err, "zh"), err)
		}
		_, err = w.complete(on, full)
		expect(t, err, "claim.state")
		w.sound()
	})
}

// What the county's payers owe whom by when follows from the settlements.
func TestOutstanding(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": ""})
		person, hospital := w.resident(), fund.Payee{Kind: fund.Provider, ID: w.hospital}
		first := w.settled(day("2021-11-10"), w.outpatient(person, "M-1", "2021-11-08", "100.00"))
		second := w.settled(day("2021-11-10"), w.outpatient(person, "M-2", "2021-11-09", "100.00"))
		gone := w.settled(day("2021-11-10"), w.outpatient(person, "M-3", "2021-11-07", "100.00"))
		if _, err := w.reverse(day("2021-11-10"), gone); err != nil {
			t.Fatal(err)
		}
		own := w.statement(first).Figures
		w.must(day("2021-11-30"), clerk, func(tx *store.Tx) error { return payHalves(tx, first, 0) })
		w.look(func(tx *store.Tx) error {
			for name, list := range map[string]func() ([]fund.Commitment, error){
				"of the fund":     func() ([]fund.Commitment, error) { return fund.OutstandingOf(tx, "assistance", fund.Commitment{}, 0) },
				"to the hospital": func() ([]fund.Commitment, error) { return fund.OutstandingTo(tx, hospital, fund.Commitment{}, 0) },
			} {
				all, err := list()
				if err != nil || len(all) < 2 || all[0].Origin.ID != first || all[0].Due != day("2021-11-08") || all[0].State != fund.StatePosted || all[len(all)-1].Origin.ID != second {
					t.Errorf("%s: %+v, %v", name, all, err)
				}
				if c := all[0]; claim.Payer(c) == "" || c.Age(day("2021-11-20")) != 10 || c.Overdue(day("2021-11-20")) != 12 || c.Overdue(day("2021-11-08")) != 0 {
					t.Errorf("%s: %s, %d days old, %d overdue", name, claim.Payer(c), c.Age(day("2021-11-20")), c.Overdue(day("2021-11-20")))
				}
			}
			totals, err := fund.TotalsTo(tx, hospital, day("2021-11-09"))
			if err != nil || len(totals) != 1 {
				t.Fatalf("%+v, %v", totals, err)
			}
			paid := own.Payers[len(own.Payers)-1].Amount
			if got := totals[0]; got.Fund != "assistance" || got.Amount < 2*paid || got.First != day("2021-11-08") || got.Late == 0 || got.Late >= got.Amount || got.Posted != got.Late {
				t.Errorf("%+v", got)
			}
			return nil
		})
		w.sound()
	})
}

// No list of papers, advances or patients reads a whole table.
func TestPlans(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, nil)
		bad := "SCAN claim"
		if s.Dialect() == "postgres" {
			bad = "Seq Scan"
		}
		w.must(day("2021-11-08"), clerk, func(tx *store.Tx) error {
			if s.Dialect() == "postgres" { // empty tables are read whole, whatever the indexes
				if _, err := tx.Exec(`SET LOCAL enable_seqscan = off`); err != nil {
					return err
				}
			}
			for name, query := range claim.PlannedQueries {
				plan, err := storetest.PlanOf(s, tx, query)
				if err != nil {
					return err
				}
				if strings.Contains(plan, bad) || plan == "" {
					t.Errorf("%s:\n%s", name, plan)
				}
			}
			return nil
		})
	})
}
