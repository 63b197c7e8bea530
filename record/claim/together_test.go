package claim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/record/claim"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

const cashiers = 32

// The last 100 yuan of a person's yearly cap, asked for by 32 bills at once: they are paid out once.
func TestLastYuanOfACounter(t *testing.T) {
	tests := []struct{ name, reading string }{{"any year back from the day", "rolling"}, {"the calendar year", "calendar"}}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for n, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				w := openIn(t, s, fmt.Sprint("99990", n+1), map[string]string{"example": "from: 2024-01-01\nreadings: {cap_window: " + tt.reading + "}\n"}, money.Yuan(1_000_000))
				on := day("2024-06-01")
				person := w.resident()
				w.settled(on, w.purchase(person, "B", "2024-03-01", "1500.00"))
				bills := make([]string, cashiers)
				for i := range bills {
					c, err := w.receive(on, w.purchase(person, fmt.Sprint("B", i), "2024-06-01", fmt.Sprintf("%d.00", 50+20*i)))
					if err != nil {
						t.Fatal(err)
					}
					bills[i] = c.ID
				}
				answers := storetest.Together(cashiers, func(i int) error { _, err := w.confirm(on, bills[i]); return err })
				given := money.Fen(0)
				for i, err := range answers {
					if err != nil {
						t.Fatalf("cashier %d: %v", i, err)
					}
					given += pays(w.statement(bills[i]), "drug_aid")
				}
				if given != money.Yuan(100) {
					t.Errorf("%s given of the last 100.00", given)
				}
				if left := w.left("medical"); left != money.Yuan(999_000) {
					t.Errorf("%s left", left)
				}
				if checked := w.sound(); checked.Settlements != cashiers+1 {
					t.Errorf("checked %+v", checked)
				}
			})
		}
	})
}

// The last 100 yuan of a fund, for 32 people at once.
func TestLastYuanOfAFund(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := openIn(t, s, county, map[string]string{"pingyin-2021": "from: 2021-01-01\n"}, money.Yuan(100))
		on := day("2021-11-08")
		bills := make([]string, cashiers)
		for i := range bills {
			c, err := w.receive(on, w.outpatient(w.resident(), fmt.Sprint("M", i), "2021-11-08", "60.00"))
			if err != nil {
				t.Fatal(err)
			}
			bills[i] = c.ID
		}
		done := 0
		for i, err := range storetest.Together(cashiers, func(i int) error { _, err := w.confirm(on, bills[i]); return err }) {
			switch {
			case err == nil:
				done++
			case fault.CodeOf(err) != "fund.short":
				t.Errorf("cashier %d: %v", i, err)
			}
		}
		if left := w.left("assistance"); done != 3 || left != money.Yuan(10) {
			t.Errorf("%d of 30.00 each were paid, %s left", done, left)
		}
		w.sound()
	})
}

// One bill confirmed, reversed and confirmed by everybody at once is one bill.
func TestOneBillByAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": "from: 2021-01-01\n"})
		on := day("2021-11-08")
		bill := w.outpatient(w.resident(), "M-1", "2021-11-08", "60.00")
		ids := make([]string, cashiers)
		for i, err := range storetest.Together(cashiers, func(i int) error {
			c, err := w.receive(on, bill)
			ids[i] = c.ID
			return err
		}) {
			if err != nil || ids[i] != ids[0] {
				t.Fatalf("cashier %d: %s %v", i, ids[i], err)
			}
		}
		for act, do := range []func(string) error{
			func(id string) error { _, err := w.confirm(on, id); return err },
			func(id string) error { _, err := w.reverse(on, id); return err },
		} {
			done := 0
			for _, err := range storetest.Together(cashiers, func(int) error { return do(ids[0]) }) {
				if err == nil {
					done++
				} else {
					expect(t, err, "claim.state")
				}
			}
			if done != 1 {
				t.Errorf("act %d was done %d times", act, done)
			}
			w.sound()
		}
		if c, err := w.get(ids[0]); err != nil || c.State != claim.Reversed || c.Version != 2 {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

// 32 cashiers settle in one act and in company, several for the same person, more than a fund and a counter have: nobody is paid twice, nobody
// out of nothing.
func TestSettleTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := openIn(t, s, county, map[string]string{"example": "from: 2024-01-01\n"}, money.Yuan(2_500), "medical")
		on := day("2024-06-01")
		people := []string{w.resident(), w.resident(), w.resident()}
		ids := make([]string, cashiers)
		answers := storetest.Together(cashiers, func(i int) error {
			b := w.purchase(people[i%len(people)], fmt.Sprint("B", i), "2024-06-01", fmt.Sprintf("%d.00", 100+10*i))
			command := store.Command{Key: fmt.Sprint("k", i), Name: "test", County: county, Actor: clerk, Instant: noon(on), Together: true}
			out, err := w.store.Write(context.Background(), command, func(tx *store.Tx) (any, error) { return w.Settle(tx, b) })
			if err != nil {
				return err
			}
			var done claim.Confirmation
			err = json.Unmarshal(out.Result, &done)
			ids[i] = done.Claim
			return err
		})
		sum := money.Fen(0)
		for i, err := range answers {
			switch {
			case err == nil:
				sum += pays(w.statement(ids[i]), "drug_aid")
			case fault.CodeOf(err) != "fund.short":
				t.Errorf("cashier %d: %v", i, err)
			}
		}
		if left := w.left("medical"); left != money.Yuan(2_500)-sum || left < 0 {
			t.Errorf("%s given, %s left of 2,500.00", sum, left)
		}
		w.sound()
	})
}
