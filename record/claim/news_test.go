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

// What a company read is remembered for the person's next bill. Whatever is said meanwhile, by this process or by another one, the next bill is settled by it.
func TestNewsBetweenSettlements(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		here, elsewhere := storetest.Open(t, dsn), storetest.Open(t, dsn)
		w := open(t, here, map[string]string{"pingyin-2021": "from: 2021-01-01\n"})
		on := day("2021-11-08")
		always := rule.Fact{Value: rule.Bool(true), Span: dated.Always}
		bills := 0
		settle := func(t *testing.T, person string) (claim.Confirmation, int) {
			t.Helper()
			bills++
			bill := w.outpatient(person, fmt.Sprint("M", bills), "2021-11-08", "60.00")
			tries := 0
			out, err := here.Write(context.Background(), store.Command{Key: fmt.Sprint(bills), Name: "test", County: county, Actor: clerk, Instant: noon(on), Together: true},
				func(tx *store.Tx) (any, error) { tries++; return w.Settle(tx, bill) })
			if err != nil {
				t.Fatal(err)
			}
			var done claim.Confirmation
			if err := json.Unmarshal(out.Result, &done); err != nil {
				t.Fatal(err)
			}
			return done, tries
		}
		read := func(id string) (facts rule.Facts, used int64) {
			w.look(func(tx *store.Tx) error {
				_, subject, k, err := w.Statement(tx, id)
				if err == nil {
					facts, used = subject.Facts, k.Figures.Counters[0].Before
				}
				return err
			})
			return facts, used
		}
		settle(t, w.resident()) // an account is opened, which is done by oneself
		type news struct {
			name string
			say  func(tx *store.Tx, person, household, bill string) error
			fact string // that is known afterwards
			used int64  // before the next bill, of bills with 60 yuan each
		}
		for _, n := range []news{
			{"nothing", func(*store.Tx, string, string, string) error { return nil }, "", 120_00},
			{"about the person", func(tx *store.Tx, person, _, _ string) error {
				_, err := w.Register.Record(tx, person, "roster.dibao", always, "")
				return err
			}, "roster.dibao", 120_00},
			{"about the household", func(tx *store.Tx, _, household, _ string) error {
				_, err := w.Register.Record(tx, household, "household.income_per_head", rule.Fact{Value: rule.Money(money.Yuan(900)), Span: dated.Always}, "")
				return err
			}, "household.income_per_head", 120_00},
			{"of another bill", func(tx *store.Tx, person, _, _ string) error {
				bills++
				_, err := w.Settle(tx, w.outpatient(person, fmt.Sprint("M", bills), "2021-11-08", "60.00"))
				return err
			}, "", 180_00},
			{"of a bill that is reversed", func(tx *store.Tx, _, _, bill string) error {
				_, err := w.Reverse(tx, bill, "录入有误")
				return err
			}, "", 60_00},
			{"about the county", func(tx *store.Tx, _, _, _ string) error {
				_, err := w.Register.KeepRoster(tx, "tekun", dated.From(day("2021-01-01")), dated.Said{})
				return err
			}, "roster.tekun", 120_00},
		} {
			for where, by := range map[string]*store.Store{"here": here, "elsewhere": elsewhere} {
				t.Run(n.name+" "+where, func(t *testing.T) {
					person := w.resident()
					var household string
					w.must(on, clerk, func(tx *store.Tx) (err error) {
						household, err = w.Register.AddHousehold(tx, register.Dwelling{Division: w.town}, person, day("2018-01-01"), dated.Said{})
						return err
					})
					settle(t, person)
					second, tries := settle(t, person)
					if tries != 1 {
						t.Errorf("%d tries before there was news", tries)
					}
					if _, err := by.Write(context.Background(), store.Command{Name: "test", County: county, Actor: clerk, Instant: noon(on)},
						func(tx *store.Tx) (any, error) { return nil, n.say(tx, person, household, second.Claim) }); err != nil {
						t.Fatal(err)
					}
					third, _ := settle(t, person)
					facts, used := read(third.Claim)
					if _, known := facts.At(n.fact, on); n.fact != "" && !known {
						t.Errorf("settled without %s", n.fact)
					}
					if used != n.used {
						t.Errorf("%d were used before, not %d", used, n.used)
					}
					if _, tries := settle(t, person); tries != 1 {
						t.Errorf("%d tries after the news was heard", tries)
					}
				})
			}
		}
		w.sound()
	})
}
