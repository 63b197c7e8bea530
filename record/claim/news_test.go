package claim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"doudi/decide/rule"
	"doudi/kernel/money"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// A bill that is settled in company is computed before the transaction that writes it begins. Whatever is said in between about anything
// it was computed from, it is settled by what was said.
func TestNewsWhileSettling(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": "from: 2024-01-01\n"})
		on := day("2024-06-01")
		w.settled(on, w.purchase(w.resident(), "A", "2024-06-01", "100.00")) // the pharmacy's account is opened, which is done by oneself
		always := rule.Fact{Value: rule.Bool(true), Span: dated.Always}
		for i, c := range []struct {
			name  string
			news  func(tx *store.Tx, person, household, other string) error
			tries int
		}{
			{"nothing", func(*store.Tx, string, string, string) error { return nil }, 1},
			{"about somebody else", func(tx *store.Tx, _, _, other string) error {
				_, err := w.Register.Record(tx, other, "roster.dibao", always, "")
				return err
			}, 1},
			{"about the person", func(tx *store.Tx, person, _, _ string) error {
				_, err := w.Register.Record(tx, person, "roster.dibao", always, "")
				return err
			}, 2},
			{"about the household", func(tx *store.Tx, _, household, _ string) error {
				_, err := w.Register.Record(tx, household, "household.income_per_head", rule.Fact{Value: rule.Money(money.Yuan(900)), Span: dated.Always}, "")
				return err
			}, 2},
			{"of another member", func(tx *store.Tx, _, household, other string) error {
				return w.Register.Join(tx, household, other, "child", on, dated.Said{})
			}, 2},
			{"about the county", func(tx *store.Tx, _, _, _ string) error {
				_, err := w.Register.KeepRoster(tx, "dibao", dated.From(on), dated.Said{})
				return err
			}, 2},
			{"of another bill", func(tx *store.Tx, person, _, _ string) error {
				_, err := w.Settle(tx, w.purchase(person, "N", "2024-06-01", "120.00"))
				return err
			}, 2},
		} {
			for _, first := range []bool{true, false} { // of the person's bills
				t.Run(fmt.Sprint(c.name, " ", first), func(t *testing.T) {
					person, other := w.resident(), w.resident()
					var household string
					w.must(on, clerk, func(tx *store.Tx) (err error) {
						household, err = w.Register.AddHousehold(tx, register.Dwelling{Division: w.town}, person, day("2018-01-01"), dated.Said{})
						return err
					})
					if !first {
						w.settled(on, w.purchase(person, fmt.Sprint("A", i), "2024-06-01", "110.00"))
					}
					tries := 0
					command := store.Command{Key: fmt.Sprint(c.name, first), Name: "test", County: county, Actor: clerk, Instant: noon(on), Together: true}
					out, err := w.store.Write(context.Background(), command, func(tx *store.Tx) (any, error) {
						tries++
						bill := w.purchase(person, fmt.Sprint("B", i, first), "2024-06-01", "130.00")
						done, err := w.Settle(tx, bill)
						if err == nil && tries == 1 {
							err = w.do(on, clerk, func(tx *store.Tx) error { return c.news(tx, person, household, other) })
						}
						return done, err
					})
					if err != nil || tries != c.tries {
						t.Fatalf("%d tries, %v", tries, err)
					}
					var done claim.Confirmation
					if err := json.Unmarshal(out.Result, &done); err != nil {
						t.Fatal(err)
					}
					if k := w.statement(done.Claim); pays(k, "drug_aid") != money.Yuan(78) {
						t.Errorf("drug_aid pays %s", pays(k, "drug_aid"))
					}
				})
			}
		}
		w.sound()
	})
}
