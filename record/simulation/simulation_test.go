package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/simulate"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/packs"
	"doudi/record/adoption"
	"doudi/record/dated"
	"doudi/record/recordtest"
	"doudi/record/register"
	"doudi/record/simulation"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

const county = "999901"

var day = recordtest.Day

var shipped = sync.OnceValue(func() *policy.Library { return recordtest.Library("pingyin-2021") })

// draft is a copy of the shipped pack with some of its text replaced.
func draft(t *testing.T, replace ...string) *policy.Pack {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(packs.Files, "pingyin-2021", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(packs.Files, name)
		text := string(content)
		if path.Base(name) == "policy.md" {
			for i := 0; i < len(replace); i += 2 {
				if !strings.Contains(text, replace[i]) {
					t.Fatalf("the pack does not say %q", replace[i])
				}
				text = strings.ReplaceAll(text, replace[i], replace[i+1])
			}
		}
		files[name] = &fstest.MapFile{Data: []byte(text)}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := recordtest.Library().Load(files, "pingyin-2021")
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	return p
}

type world struct {
	*testing.T
	sim   simulation.Simulator
	store *store.Store
}

var today = day("2021-06-01")

func open(t *testing.T, s *store.Store) *world {
	t.Helper()
	w := &world{t, simulation.Simulator{Register: recordtest.Register(recordtest.Log()),
		Adoptions: adoption.New(shipped().Packs)}, s}
	w.must("u1", func(tx *store.Tx) error {
		err := w.sim.Register.MarkDemo(tx)
		for _, d := range []register.Division{{Code: "999901100", Name: "城关镇"}, {Code: "999901101", Name: "东关镇"}} {
			d.Span = dated.Always
			err = errors.Join(err, w.sim.Register.AddDivision(tx, d, dated.Said{}))
		}
		for _, roster := range []string{"registered_poor", "out_of_poverty_with_policy"} {
			_, kept := w.sim.Register.KeepRoster(tx, roster, dated.Always, dated.Said{})
			err = errors.Join(err, kept)
		}
		return err
	})
	return w
}

func (w *world) must(actor string, act func(tx *store.Tx) error) {
	w.Helper()
	recordtest.Desk{TB: w.T, Store: w.store, County: county, Actor: store.Actor{ID: actor}, At: recordtest.Noon(today)}.Must(act)
}

func (w *world) adopt(lines string) {
	w.Helper()
	w.adoptIn(county, lines)
}

func (w *world) adoptIn(division, lines string) {
	w.Helper()
	decision := ""
	w.must("u1", func(tx *store.Tx) (err error) {
		_, decision, err = w.sim.Adoptions.Propose(tx, shipped().Packs[0], "采用.yaml", []byte("pack: pingyin-2021\nlabel: 示例\ndivision: \""+division+"\"\nfrom: 2021-01-01\n"+lines), "")
		return err
	})
	w.must("u2", func(tx *store.Tx) error { return w.sim.Adoptions.Approve(tx, decision, "") })
}

// person registers somebody with a disability of a level, alone in a household of a town; 0 is no disability.
func (w *world) person(name string, town ident.Division, level int64) (id string) {
	w.Helper()
	w.must("u1", func(tx *store.Tx) (err error) {
		id, err = w.sim.Register.AddPerson(tx, register.Person{Name: name, Birth: new(day("1980-05-05")), From: day("2010-01-01")})
		if err != nil {
			return err
		}
		if town != "" {
			if _, err := w.sim.Register.AddHousehold(tx, register.Dwelling{Division: town}, id, day("2010-01-01"), dated.Said{}); err != nil {
				return err
			}
		}
		facts := map[string]rule.Fact{"person.hukou": {Value: rule.Division("999901100201")}, "person.function_loss": {Value: rule.Bool(false)}, "roster.registered_poor": {Value: rule.Bool(true)}}
		if level > 0 {
			facts["person.disability.level"] = rule.Fact{Value: rule.Int(level)}
			facts["person.disability.certificate_generation"] = rule.Fact{Value: rule.Int(2)}
		} else {
			facts["person.has_disability"] = rule.Fact{Value: rule.Bool(false)}
		}
		for fact, value := range facts {
			value.Span = dated.Always
			if _, err := w.sim.Register.Record(tx, id, fact, value, ""); err != nil {
				return err
			}
		}
		return nil
	})
	return id
}

const scheme = "severe-disability"

func benefit(t *testing.T, a *simulation.Answer) simulate.Tally {
	t.Helper()
	i := slices.IndexFunc(a.Benefits, func(b *simulate.Benefit) bool { return b.ID == scheme })
	if i < 0 {
		t.Fatalf("%s was decided for nobody", scheme)
	}
	return a.Benefits[i].Tally
}

// January to March 2021, 100 yuan become 120 and level 3 is let in. Worked by hand:
//
//	           town      before                after
//	level 1    城关镇    3 × 100 = 300         3 × 120 = 360    gains
//	level 2    东关镇    3 × 100 = 300         3 × 120 = 360    gains
//	level 3    东关镇    –                     3 × 120 = 360    enters
//	level 4    城关镇    –                     –
//	level 1    城关镇    died on 10 February: 2 × 100 = 200, 2 × 120 = 240, gains
//	none       –         –                     –                lives nowhere that is registered
//
// 城关镇 500 → 600, 东关镇 300 → 720; January and February 300 → 480, March 200 → 360.
func TestByHand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.adopt("")
		w.person("甲", "999901100", 1)
		w.person("乙", "999901101", 2)
		entering := w.person("丙", "999901101", 3)
		w.person("丁", "999901100", 4)
		dying := w.person("戊", "999901100", 1)
		w.person("己", "", 0)
		w.must("u1", func(tx *store.Tx) error {
			return w.sim.Register.Die(tx, dying, day("2021-02-10"), register.Succession{}, dated.Said{})
		})
		raised := draft(t, "monthly: {label: 月补助标准, unit: yuan/month, values: {2021-01-01: 100.00}}", "monthly: {label: 月补助标准, unit: yuan/month, values: {2021-01-01: 120.00}}",
			"highest_level: {label: 最轻可补等级, unit: count, values: {2021-01-01: 2}}", "highest_level: {label: 最轻可补等级, unit: count, values: {2021-01-01: 3}}")
		q := simulation.Question{Draft: raised, From: day("2021-01-01").Month(), To: day("2021-03-01").Month(), Sample: 2}
		told := 0
		a, err := w.sim.Run(context.Background(), s, county, q, func(people, of int) { told = people*10 + of })
		if err != nil {
			t.Fatal(fault.RenderError(err, "zh"))
		}
		if told != 66 || a.People != 6 {
			t.Errorf("progress %d, %d people", told, a.People)
		}
		want := simulate.Tally{Enter: 1, Gain: 3, Before: money.Yuan(800), After: money.Yuan(1320)}
		if diff := cmp.Diff(want, benefit(t, a)); diff != "" {
			t.Error(diff)
		}
		towns := ""
		for _, town := range a.Simulation.Towns {
			towns += fmt.Sprintf("%s %s %d: %d %d %s %s\n", town.Division, a.Towns[town.Division], town.People, town.Enter, town.Gain, town.Before, town.After)
		}
		if diff := cmp.Diff("  1: 0 0 0.00 0.00\n999901100 城关镇 3: 0 2 500.00 600.00\n999901101 东关镇 2: 1 1 300.00 720.00\n", towns); diff != "" {
			t.Error(diff)
		}
		months := ""
		for _, m := range a.Months {
			months += fmt.Sprintf("%s %s %s\n", m.Month, m.Before, m.After)
		}
		if diff := cmp.Diff("2021-01 300.00 480.00\n2021-02 300.00 480.00\n2021-03 200.00 360.00\n", months); diff != "" {
			t.Error(diff)
		}
		if len(a.Adopted) != 1 || a.Adopted[0].Division != county || len(a.Selected) != 3 {
			t.Fatalf("compared with %v, %d shown", a.Adopted, len(a.Selected))
		}
		first := a.Selected[0]
		if first.Effect != simulate.Enter || first.Person != entering || len(first.Before.Unmet) != 1 || first.After.Due() != money.Yuan(120) {
			t.Errorf("shown first: %+v", first)
		}
		again, err := w.sim.Run(context.Background(), s, county, q, nil)
		if err != nil || again.Selected[1].Person != a.Selected[1].Person || again.Selected[2].Person != a.Selected[2].Person {
			t.Errorf("others are shown the second time: %v", err)
		}
		t.Run("against a pack", func(t *testing.T) {
			q := q
			q.Draft, q.Against = shipped().Packs[0], raised
			a, err := w.sim.Run(context.Background(), s, county, q, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := simulate.Tally{Leave: 1, Lose: 3, Before: money.Yuan(1320), After: money.Yuan(800)}
			if diff := cmp.Diff(want, benefit(t, a)); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("nothing is in force", func(t *testing.T) {
			q := q
			q.From, q.To = day("2025-11-01").Month(), day("2025-12-01").Month()
			a, err := w.sim.Run(context.Background(), s, county, q, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := benefit(t, a); got.Before != 0 || len(a.Adopted) != 0 {
				t.Errorf("%+v, %v", got, a.Adopted)
			}
		})
		t.Run("refused", func(t *testing.T) {
			q := q
			q.From = q.To + 1
			if _, err := w.sim.Run(context.Background(), s, county, q, nil); fault.CodeOf(err) != "simulation.months" {
				t.Error(err)
			}
			q.From = q.To
			if _, err := w.sim.Run(context.Background(), s, "999902", q, nil); fault.CodeOf(err) != "simulation.nobody" {
				t.Error(err)
			}
		})
	})
}

// What a county adopted holds on both sides, unless the draft says something new of it.
func TestAdoptedValuesHoldOnBothSides(t *testing.T) {
	w := open(t, storetest.Open(t, storetest.SQLite(t)))
	w.adopt("parameters: {disability.highest_level: 3, disability.monthly: 110.00}\n")
	w.person("丙", "999901101", 3)
	const was = "monthly: {label: 月补助标准, unit: yuan/month, values: {2021-01-01: 100.00}}"
	q := simulation.Question{Draft: draft(t, was, strings.Replace(was, "100.00", "120.00", 1)), From: day("2021-01-01").Month(), To: day("2021-01-01").Month()}
	a, err := w.sim.Run(context.Background(), w.store, county, q, nil)
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	want := simulate.Tally{Gain: 1, Before: money.Yuan(110), After: money.Yuan(120)}
	if diff := cmp.Diff(want, benefit(t, a)); diff != "" {
		t.Error(diff)
	}
}

// An adoption changes what lies in its division, and there only where no smaller division has adopted for itself.
func TestAnAdoptionChangesItsDivision(t *testing.T) {
	w := open(t, storetest.Open(t, storetest.SQLite(t)))
	w.adopt("")
	for _, town := range []ident.Division{"999901100", "999901101"} {
		w.person("丙", town, 1)
	}
	asked := func(content string) simulate.Tally {
		t.Helper()
		node, err := text.Parse("adoption.yaml", []byte(content))
		if err != nil {
			t.Fatal(err)
		}
		q := simulation.Question{Draft: shipped().Packs[0], From: day("2021-01-01").Month(), To: day("2021-01-01").Month()}
		if q.Adopt, err = policy.ReadAdoption(q.Draft, node); err != nil {
			t.Fatal(fault.RenderError(err, "zh"))
		}
		a, err := w.sim.Run(context.Background(), w.store, county, q, nil)
		if err != nil {
			t.Fatal(fault.RenderError(err, "zh"))
		}
		return benefit(t, a)
	}
	raised := func(division string) string {
		return "pack: pingyin-2021\ndivision: \"" + division + "\"\nfrom: 2021-01-01\nparameters: {disability.monthly: 120.00}\n"
	}
	for _, c := range []struct {
		division string
		want     simulate.Tally
	}{
		{"999901", simulate.Tally{Gain: 2, Before: money.Yuan(200), After: money.Yuan(240)}},
		{"999901100", simulate.Tally{Gain: 1, Same: 1, Before: money.Yuan(200), After: money.Yuan(220)}},
		{"999902", simulate.Tally{Same: 2, Before: money.Yuan(200), After: money.Yuan(200)}},
	} {
		if diff := cmp.Diff(c.want, asked(raised(c.division))); diff != "" {
			t.Errorf("%s: %s", c.division, diff)
		}
	}
	w.adoptIn("999901101", "")
	// Whoever lives there is registered in the other town, which is outside of what this one adopted, and stays so.
	if diff := cmp.Diff(simulate.Tally{Gain: 1, Before: money.Yuan(100), After: money.Yuan(120)}, asked(raised("999901"))); diff != "" {
		t.Errorf("where a town has adopted for itself: %s", diff)
	}
}
