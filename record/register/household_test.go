package register_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

var home = register.Dwelling{Division: town, Address: "东街一号"}

// shown is a household on a day as text: its place, and members with relations by name.
func (w world) shown(household string, on, knownOn period.Day, names map[string]string) (text string) {
	w.Helper()
	w.look(here, func(tx *store.Tx) error {
		h, err := w.Household(tx, household, on, knownOn)
		var members []string
		for _, m := range h.Members {
			members = append(members, names[m.Person]+":"+m.Relation)
		}
		text = fmt.Sprintf("%s%s %s", h.Division, h.Address, strings.Join(members, " "))
		return err
	})
	return text
}

// A family through some years: founded, grown, split, its head dead, moved, merged.
func TestHouseholdThroughTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		names, ids := map[string]string{}, map[string]string{}
		for _, name := range []string{"甲", "乙", "丙", "丁"} {
			id := w.person(here, name)
			names[id], ids[name] = name, id
		}
		var first, second string
		act := func(on string, do func(tx *store.Tx) error) { t.Helper(); w.must(here, day(on), do) }
		act("2026-03-01", func(tx *store.Tx) (err error) {
			first, err = w.AddHousehold(tx, home, ids["甲"], day("2020-01-01"), dated.Said{Source: "户口簿"})
			return errors.Join(err, w.Join(tx, first, ids["乙"], "spouse", day("2020-01-01"), dated.Said{}), w.Join(tx, first, ids["丙"], "son", day("2021-05-01"), dated.Said{}))
		})
		act("2026-03-02", func(tx *store.Tx) error {
			return w.Join(tx, first, ids["丁"], "other", day("2026-02-01"), dated.Said{})
		})
		act("2026-03-10", func(tx *store.Tx) (err error) {
			second, err = w.Split(tx, first, map[string]string{ids["丙"]: "head", ids["丁"]: "spouse"}, register.Dwelling{Division: "999901101", Address: "西村"}, day("2026-03-05"), register.Succession{}, dated.Said{})
			return err
		})
		err := w.do(here, day("2026-03-19"), func(tx *store.Tx) error {
			return w.Die(tx, ids["甲"], day("2026-03-18"), register.Succession{}, dated.Said{})
		})
		expect(t, err, "register.head-needed")
		act("2026-03-20", func(tx *store.Tx) error {
			return w.Die(tx, ids["甲"], day("2026-03-18"), register.Succession{Head: ids["乙"]}, dated.Said{Source: "县公安局"})
		})
		act("2026-04-01", func(tx *store.Tx) error {
			return w.Move(tx, first, register.Dwelling{Division: "999901101", Address: "西村二号"}, day("2026-04-01"), dated.Said{})
		})
		act("2026-05-01", func(tx *store.Tx) error {
			return w.Merge(tx, first, second, map[string]string{ids["乙"]: "parent"}, day("2026-05-01"), dated.Said{})
		})
		forever := rule.Forever
		tests := []struct {
			household   string
			on, knownOn period.Day
			want        string
		}{
			{first, day("2019-12-31"), forever, " "},
			{first, day("2020-01-01"), forever, "999901100东街一号 甲:head 乙:spouse"},
			{first, day("2021-05-01"), forever, "999901100东街一号 甲:head 乙:spouse 丙:son"},
			{first, day("2026-02-01"), day("2026-03-01"), "999901100东街一号 甲:head 乙:spouse 丙:son"},
			{first, day("2026-02-01"), forever, "999901100东街一号 甲:head 乙:spouse 丙:son 丁:other"},
			{first, day("2026-03-05"), day("2026-03-09"), "999901100东街一号 甲:head 乙:spouse 丙:son 丁:other"},
			{first, day("2026-03-05"), forever, "999901100东街一号 甲:head 乙:spouse"},
			{second, day("2026-03-05"), forever, "999901101西村 丙:head 丁:spouse"},
			{second, day("2026-03-05"), day("2026-03-09"), " "},
			{first, day("2026-03-18"), forever, "999901100东街一号 甲:head 乙:spouse"},
			{first, day("2026-03-19"), forever, "999901100东街一号 乙:head"},
			{first, day("2026-04-01"), forever, "999901101西村二号 乙:head"},
			{first, day("2026-05-01"), forever, "999901101西村二号 "},
			{second, day("2026-05-01"), forever, "999901101西村 丙:head 丁:spouse 乙:parent"},
		}
		for _, tt := range tests {
			if got := w.shown(tt.household, tt.on, tt.knownOn, names); got != tt.want {
				t.Errorf("on %s: %q, want %q", tt.on, got, tt.want)
			}
		}
		sizes := []struct{ person, on, want string }{
			{"乙", "2019-12-31", ""}, {"乙", "2020-01-01", "2"}, {"乙", "2021-05-01", "3"}, {"乙", "2026-02-01", "4"},
			{"乙", "2026-03-05", "2"}, {"丙", "2026-03-05", "2"}, {"乙", "2026-03-18", "2"}, {"乙", "2026-03-19", "1"}, {"乙", "2026-05-01", "3"}, {"甲", "2026-03-19", ""},
		}
		for _, tt := range sizes {
			if got := w.value(ids[tt.person], "household.size", day(tt.on), forever); got != tt.want {
				t.Errorf("size of %s's household on %s: %q, want %q", tt.person, tt.on, got, tt.want)
			}
		}
	})
}

func TestHouseholdFactsReachMembers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		head, guest := w.person(here, "户主"), w.person(here, "来客")
		w.must(here, today, func(tx *store.Tx) error {
			household, err := w.AddHousehold(tx, home, head, day("2020-01-01"), dated.Said{})
			if err != nil {
				return err
			}
			_, err = w.Record(tx, household, "household.low_income", rule.Fact{Value: rule.Bool(true), Span: dated.From(day("2021-01-01"))}, "")
			return errors.Join(err, w.Join(tx, household, guest, "other", day("2022-01-01"), dated.Said{}), w.Leave(tx, guest, day("2022-12-31"), register.Succession{}, dated.Said{}))
		})
		for on, want := range map[string]string{"2021-12-31": "", "2022-01-01": "yes", "2022-12-31": "yes", "2023-01-01": ""} {
			if got := w.value(guest, "household.low_income", day(on), rule.Forever); got != want {
				t.Errorf("on %s: %q, want %q", on, got, want)
			}
		}
		if got := w.value(head, "household.low_income", day("2023-01-01"), rule.Forever); got != "yes" {
			t.Errorf("of the head: %q", got)
		}
		w.look(here, func(tx *store.Tx) error {
			was, err := w.HouseholdOf(tx, guest, day("2022-06-01"), rule.Forever)
			is, laterErr := w.HouseholdOf(tx, guest, day("2023-06-01"), rule.Forever)
			if was == "" || is != "" {
				t.Errorf("household %q, later %q", was, is)
			}
			return errors.Join(err, laterErr)
		})
	})
}

func TestHouseholdRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		head, wife, single, gone := w.person(here, "甲"), w.person(here, "乙"), w.person(here, "丙"), w.person(here, "丁")
		var household, other string
		w.must(here, today, func(tx *store.Tx) (err error) {
			household, err = w.AddHousehold(tx, home, head, day("2020-01-01"), dated.Said{})
			err = errors.Join(err, w.Join(tx, household, wife, "spouse", day("2020-01-01"), dated.Said{}), w.Die(tx, gone, day("2025-01-01"), register.Succession{}, dated.Said{}))
			return err
		})
		w.must(here, today, func(tx *store.Tx) (err error) {
			other, err = w.AddHousehold(tx, home, single, today, dated.Said{})
			return err
		})
		none, no := register.Succession{}, dated.Said{}
		tests := []struct {
			name string
			act  func(tx *store.Tx) error
			code string
		}{
			{"a member of two", func(tx *store.Tx) error { return w.Join(tx, other, wife, "other", today, no) }, "register.member-elsewhere"},
			{"a member twice", func(tx *store.Tx) error { return w.Join(tx, household, wife, "other", today, no) }, "register.member-elsewhere"},
			{"no such relation", func(tx *store.Tx) error { return w.Join(tx, household, single, "frend", today, no) }, "register.relation"},
			{"the dead", func(tx *store.Tx) error { return w.Join(tx, household, gone, "other", today, no) }, "register.dead"},
			{"twice dead", func(tx *store.Tx) error { return w.Die(tx, gone, today, none, no) }, "register.dead"},
			{"alive", func(tx *store.Tx) error { return w.NotDead(tx, single, no) }, "register.not-dead"},
			{"no such household", func(tx *store.Tx) error { return w.Join(tx, "x", single, "other", today, no) }, "dated.party-unknown"},
			{"a person as household", func(tx *store.Tx) error { return w.Join(tx, head, single, "other", today, no) }, "dated.party-unknown"},
			{"the head leaves", func(tx *store.Tx) error { return w.Leave(tx, head, today, none, no) }, "register.head-needed"},
			{"a stranger as head", func(tx *store.Tx) error {
				return w.ChangeHead(tx, household, register.Succession{Head: single}, today, no)
			}, "register.not-a-member"},
			{"a head by a wrong word", func(tx *store.Tx) error {
				return w.ChangeHead(tx, household, register.Succession{Head: wife, Relations: map[string]string{head: "x"}}, today, no)
			}, "register.relation"},
			{"who is no member leaves", func(tx *store.Tx) error { return w.Leave(tx, gone, today, none, no) }, "register.not-a-member"},
			{"split of nobody", func(tx *store.Tx) error { _, err := w.Split(tx, household, nil, home, today, none, no); return err }, "register.split-nobody"},
			{"split of all", func(tx *store.Tx) error {
				_, err := w.Split(tx, household, map[string]string{head: "head", wife: "spouse"}, home, today, none, no)
				return err
			}, "register.split-all"},
			{"split of a stranger", func(tx *store.Tx) error {
				_, err := w.Split(tx, household, map[string]string{single: "head"}, home, today, none, no)
				return err
			}, "register.split-other"},
			{"split without a head", func(tx *store.Tx) error {
				_, err := w.Split(tx, household, map[string]string{wife: "spouse"}, home, today, none, no)
				return err
			}, "register.head-needed"},
			{"merge with itself", func(tx *store.Tx) error { return w.Merge(tx, household, household, nil, today, no) }, "register.merge-self"},
			{"merge with two heads", func(tx *store.Tx) error {
				return w.Merge(tx, other, household, map[string]string{single: "head"}, today+1, no)
			}, "register.two-heads"},
			{"merge without a relation", func(tx *store.Tx) error { return w.Merge(tx, other, household, nil, today+1, no) }, "register.relation"},
			{"a village nobody knows", func(tx *store.Tx) error {
				return w.Move(tx, household, register.Dwelling{Division: "999901105"}, today, no)
			}, "register.division-unknown"},
			{"no division", func(tx *store.Tx) error { return w.Move(tx, household, register.Dwelling{Division: "1"}, today, no) }, "ident.division-length"},
			{"before it was founded", func(tx *store.Tx) error {
				return errors.Join(w.Leave(tx, single, today+1, none, no), w.Join(tx, household, single, "other", day("2019-01-01"), no))
			}, "register.member-elsewhere"},
			{"no name", func(tx *store.Tx) error { _, err := w.AddPerson(tx, register.Person{Name: " "}); return err }, "register.name-missing"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) { expect(t, w.do(here, today, tt.act), tt.code) })
		}
	})
}

func TestDeathByMistake(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		person := w.person(here, "甲")
		w.must(here, today, func(tx *store.Tx) error { return w.Die(tx, person, today, register.Succession{}, dated.Said{}) })
		if got := w.value(person, "person.death", today, rule.Forever); got != "2026-03-01" {
			t.Errorf("death %q", got)
		}
		w.must(here, today+1, func(tx *store.Tx) error { return w.NotDead(tx, person, dated.Said{}) })
		if got := w.value(person, "person.death", today, today+1); got != "" {
			t.Errorf("death %q after it was withdrawn", got)
		}
		w.must(here, today+1, func(tx *store.Tx) error { _, err := w.AddHousehold(tx, home, person, today, dated.Said{}); return err })
	})
}

func TestDivisions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		village := register.Division{Code: "999901100201", Name: "李家村", Span: dated.From(day("2010-01-01"))}
		w.must(here, today, func(tx *store.Tx) error {
			return errors.Join(w.AddDivision(tx, village, dated.Said{}), w.AddDivision(tx, register.Division{Code: "999901100202", Name: "王家村", Span: dated.Always}, dated.Said{}),
				w.EndDivision(tx, "999901100201", day("2025-12-31"), "999901100202", dated.Said{Source: "民政厅批复"}))
		})
		tests := []struct {
			name string
			act  func(tx *store.Tx) error
			code string
		}{
			{"again", func(tx *store.Tx) error { return w.AddDivision(tx, village, dated.Said{}) }, "register.division-overlap"},
			{"elsewhere", func(tx *store.Tx) error {
				return w.AddDivision(tx, register.Division{Code: "370124100", Span: dated.Always}, dated.Said{})
			}, "register.division-outside"},
			{"the county", func(tx *store.Tx) error {
				return w.AddDivision(tx, register.Division{Code: here, Span: dated.Always}, dated.Said{})
			}, "register.division-outside"},
			{"of no town", func(tx *store.Tx) error {
				return w.AddDivision(tx, register.Division{Code: "999901105201", Span: dated.Always}, dated.Said{})
			}, "register.division-parent"},
			{"ended twice", func(tx *store.Tx) error { return w.EndDivision(tx, "999901100201", today, "", dated.Said{}) }, "register.division-unknown"},
			{"into nothing", func(tx *store.Tx) error { return w.EndDivision(tx, "999901100202", today, "999901199", dated.Said{}) }, "register.division-unknown"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) { expect(t, w.do(here, today, tt.act), tt.code) })
		}
		w.look(here, func(tx *store.Tx) error {
			for on, want := range map[string]ident.Division{"2025-12-31": "999901100201", "2026-01-01": "999901100202"} {
				if got, err := w.Successor(tx, "999901100201", day(on)); err != nil || got != want {
					t.Errorf("successor on %s: %s (%v), want %s", on, got, err, want)
				}
			}
			_, err := w.Successor(tx, "999901100201", day("2009-12-31"))
			expect(t, err, "register.division-unknown")
			for on, want := range map[string]int{"2009-12-31": 3, "2010-01-01": 4, "2026-01-01": 3} {
				if got, err := w.Divisions(tx, day(on), rule.Forever); err != nil || len(got) != want {
					t.Errorf("%d divisions on %s (%v), want %d", len(got), on, err, want)
				}
			}
			return nil
		})
	})
}

// Every page names towns and villages: they are read once, and again when one of them changes.
func TestDivisionsAreRemembered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		known := func() (n int) {
			w.look(here, func(tx *store.Tx) error {
				list, err := w.Divisions(tx, today, rule.Forever)
				n = len(list)
				return err
			})
			return n
		}
		before := known()
		hide := func(from, to string) {
			w.must(here, today, func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE party SET kind = ?3 WHERE county_code = ?1 AND kind = ?2`, tx.County, from, to)
				return err
			})
		}
		hide("division", "hidden")
		if got := known(); got != before || before == 0 {
			t.Errorf("%d divisions, %d before: they were read again", got, before)
		}
		hide("hidden", "division")
		w.must(here, today, func(tx *store.Tx) error {
			return w.AddDivision(tx, register.Division{Code: "999901100203", Name: "赵家村", Span: dated.Always}, dated.Said{})
		})
		if got := known(); got != before+1 {
			t.Errorf("%d divisions after one was added to %d", got, before)
		}
		w.must(here, today, func(tx *store.Tx) error { return w.EndDivision(tx, "999901100203", today-1, "", dated.Said{}) })
		if got := known(); got != before {
			t.Errorf("%d divisions after one ended, %d before", got, before)
		}
	})
}

// horizon is how many days the model of households looks at.
const horizon = 7

// place is where somebody belongs on a day.
type place struct{ household, relation string }

// village is the model of some households: for each day, where everybody belongs.
type village [horizon]map[string]place

func (v *village) clone() *village {
	var c village
	for i := range v {
		c[i] = maps.Clone(v[i])
	}
	return &c
}

// broken tells whether a household has members on a day but not one head.
func (v *village) broken() bool {
	for _, people := range v {
		count, heads := map[string]int{}, map[string]int{}
		for _, p := range people {
			count[p.household]++
			if p.relation == register.Head {
				heads[p.household]++
			}
		}
		for household := range count {
			if heads[household] != 1 {
				return true
			}
		}
	}
	return false
}

func (v *village) anywhere(person string, from int) bool {
	for _, people := range v[max(from, 0):] {
		if _, ok := people[person]; ok {
			return true
		}
	}
	return false
}

// step is one act on the register and on the model; the model says which code is to come.
type step struct {
	what string
	do   func(tx *store.Tx) error
	code func(v *village) string
}

func TestHouseholdsAgainstModel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		rapid.Check(t, func(rt *rapid.T) {
			people := []string{w.person(here, "甲"), w.person(here, "乙"), w.person(here, "丙")}
			var households []string
			v := &village{}
			for i := range v {
				v[i] = map[string]place{}
			}
			w.must(here, today, func(tx *store.Tx) error {
				for _, person := range people[:2] {
					id, err := w.AddHousehold(tx, home, person, today, dated.Said{})
					if err != nil {
						return err
					}
					households = append(households, id)
					for i := range v {
						v[i][person] = place{id, register.Head}
					}
				}
				return nil
			})
			for range rapid.IntRange(1, 7).Draw(rt, "steps") {
				next := draw(rt, w, people, households)
				changed := v.clone()
				want := next.code(changed)
				if want == "" && changed.broken() {
					want = "no single head"
				}
				got := fault.CodeOf(w.do(here, today, next.do))
				if want == "no single head" && (got == "register.head-needed" || got == "register.two-heads") {
					continue
				}
				if got != want {
					rt.Fatalf("%s: answer %q, want %q", next.what, got, want)
				}
				if want == "" {
					v = changed
				}
			}
			w.same(rt, v, households)
		})
	})
}

func draw(rt *rapid.T, w world, people, households []string) step {
	person, household := rapid.SampledFrom(people).Draw(rt, "person"), rapid.SampledFrom(households).Draw(rt, "household")
	at := rapid.IntRange(0, horizon-2).Draw(rt, "day")
	from := today + period.Day(at)
	relation := rapid.SampledFrom([]string{"head", "other", "spouse"}).Draw(rt, "relation")
	heir := ""
	if rapid.Bool().Draw(rt, "with heir") {
		heir = rapid.SampledFrom(people).Draw(rt, "heir")
	}
	next := register.Succession{Head: heir}
	switch rapid.IntRange(0, 2).Draw(rt, "act") {
	case 0:
		return step{fmt.Sprint("join ", person, household, relation, at),
			func(tx *store.Tx) error { return w.Join(tx, household, person, relation, from, dated.Said{}) },
			func(v *village) string {
				if v.anywhere(person, at) {
					return "register.member-elsewhere"
				}
				for i := at; i < horizon; i++ {
					v[i][person] = place{household, relation}
				}
				return ""
			}}
	case 1:
		return step{fmt.Sprint("leave ", person, at, heir),
			func(tx *store.Tx) error { return w.Leave(tx, person, from, next, dated.Said{}) },
			func(v *village) string { return v.leave(person, at, heir) }}
	default:
		return step{fmt.Sprint("head ", household, heir, at),
			func(tx *store.Tx) error { return w.ChangeHead(tx, household, next, from, dated.Said{}) },
			func(v *village) string { return v.succeed(household, heir, at) }}
	}
}

func (v *village) leave(person string, last int, heir string) string {
	if !v.anywhere(person, last) {
		return "register.not-a-member"
	}
	left := map[string]bool{}
	for i := last + 1; i < horizon; i++ {
		if p, ok := v[i][person]; ok {
			left[p.household] = true
			delete(v[i], person)
		}
	}
	for household := range left {
		if heir != "" {
			if code := v.succeed(household, heir, last+1); code != "" {
				return code
			}
		}
	}
	return ""
}

func (v *village) succeed(household, heir string, from int) string {
	found := false
	for i := from; i < horizon; i++ {
		found = found || v[i][heir].household == household
	}
	if heir == "" || !found {
		return "register.not-a-member"
	}
	for i := from; i < horizon; i++ {
		for person, p := range v[i] {
			switch {
			case p.household != household:
			case person == heir:
				v[i][person] = place{household, register.Head}
			case p.relation == register.Head:
				v[i][person] = place{household, "other"}
			}
		}
	}
	return ""
}

// same compares register and model on every day.
func (w world) same(rt *rapid.T, v *village, households []string) {
	w.look(here, func(tx *store.Tx) error {
		for i := range v {
			for _, household := range households {
				h, err := w.Household(tx, household, today+period.Day(i), rule.Forever)
				if err != nil {
					return err
				}
				var got, want []string
				for _, m := range h.Members {
					got = append(got, m.Person+" "+m.Relation)
				}
				for person, p := range v[i] {
					if p.household == household {
						want = append(want, person+" "+p.relation)
					}
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					rt.Fatalf("household %s on day %d: %v, want %v", household, i, got, want)
				}
			}
		}
		return nil
	})
}
