package simulation_test

import (
	"context"
	"testing"
	"time"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/adoption"
	runs "doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/recordtest"
	"doudi/record/register"
	"doudi/record/simulation"
	"doudi/record/snapshot"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// A family of one is given 50 yuan a month below 6,000 yuan a year, as the runs of January and February determined; in March the income rises to 7,000, and the allowance
// fades out: 50.00 in March, 25.00 in April, nothing in May. So it is simulated from March on, for what applies and for the same as a draft.
func TestRunsAreRemembered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := recordtest.Library("example")
		w := open(t, s)
		log := recordtest.Log()
		cipher := dated.CipherOf(log)
		w.sim = simulation.Simulator{Register: w.sim.Register, Adoptions: adoption.New(l.Packs)}
		benefits := runs.New(runs.Config{Vocabulary: l.Vocabulary, Packs: l.Packs, Register: w.sim.Register, Adoptions: w.sim.Adoptions,
			Snapshots: snapshot.New(l.Vocabulary, w.sim.Register, cipher), Cipher: cipher, Log: log})
		decision := ""
		w.must("u1", func(tx *store.Tx) (err error) {
			_, decision, err = w.sim.Adoptions.Propose(tx, l.Packs[0], "采用.yaml", []byte("pack: example\nlabel: 示例\ndivision: \"999901\"\n"), "")
			return err
		})
		w.must("u2", func(tx *store.Tx) error { return w.sim.Adoptions.Approve(tx, decision, "") })
		w.must("u1", func(tx *store.Tx) error {
			head, err := w.sim.Register.AddPerson(tx, register.Person{Name: "周明", Birth: new(day("1980-05-05")), From: day("2010-01-01")})
			if err != nil {
				return err
			}
			household, err := w.sim.Register.AddHousehold(tx, register.Dwelling{Division: "999901100"}, head, day("2010-01-01"), dated.Said{})
			if err != nil {
				return err
			}
			if _, err := w.sim.Register.Record(tx, head, "person.hukou", rule.Fact{Value: rule.Division("999901100201"), Span: dated.Always}, ""); err != nil {
				return err
			}
			for _, income := range []rule.Fact{{Value: rule.Money(5000_00), Span: period.Span{From: rule.Beginning, To: day("2024-02-29")}}, {Value: rule.Money(7000_00), Span: dated.From(day("2024-03-01"))}} {
				if _, err := w.sim.Register.Record(tx, household, "household.income_per_head", income, ""); err != nil {
					return err
				}
			}
			return nil
		})
		for m := day("2024-01-01").Month(); m <= day("2024-02-01").Month(); m++ {
			ask := runs.Ask{As: snapshot.As{County: county, Actor: store.Actor{ID: "u1"}, Instant: time.Unix(int64(m.Last())*86400, 0)}, Month: m}
			r, err := benefits.Start(context.Background(), s, ask)
			if err == nil {
				r, err = benefits.Compute(context.Background(), s, ask, r.ID, 1)
			}
			if err != nil {
				t.Fatal(fault.RenderError(err, "zh"))
			}
			w.must("u2", func(tx *store.Tx) error { _, err := benefits.Approve(tx, r.ID, ""); return err })
		}
		a, err := w.sim.Run(context.Background(), s, county, simulation.Question{Draft: l.Packs[0], From: day("2024-03-01").Month(), To: day("2024-05-01").Month()}, nil)
		if err != nil {
			t.Fatal(fault.RenderError(err, "zh"))
		}
		for i, want := range []money.Fen{50_00, 25_00, 0} {
			if a.Months[i].Before != want || a.Months[i].After != want {
				t.Errorf("%s costs %s and %s, want %s", a.Months[i].Month, a.Months[i].Before, a.Months[i].After, want)
			}
		}
	})
}
