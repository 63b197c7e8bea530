package register_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"doudi/decide/rule"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// rows are what decisions may use of everybody, as text.
func (w world) rows(parties []string) map[string]string {
	w.Helper()
	shown := map[string]string{}
	w.look(here, func(tx *store.Tx) error {
		rows, err := w.Rows(tx, parties)
		for _, r := range rows {
			died := period.Day(0)
			if r.Died != nil {
				died = *r.Died
			}
			shown[r.ID] = fmt.Sprint(r.Kind, r.Holds, died, r.Here, r.Homes, r.Facts)
		}
		return err
	})
	return shown
}

// around takes the feed of changes, and answers who is to be read again for it.
func (w world) around() (parties []string) {
	w.Helper()
	w.must(here, today, func(tx *store.Tx) error {
		named, err := store.All(tx, store.Text, `SELECT DISTINCT party_id FROM party_change WHERE county_code = ?1 ORDER BY party_id`, tx.County)
		if err != nil {
			return err
		}
		if parties, err = w.Around(tx, named); err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM party_change WHERE county_code = ?1`, tx.County)
		return err
	})
	return parties
}

// Whoever is something else for decisions after an act is read again, and a household is left alone when its members but the head change.
func TestAround(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		head, spouse, son := w.person(here, "甲"), w.person(here, "乙"), w.person(here, "丙")
		var first, second string
		insured := func(id string, yes bool) func(tx *store.Tx) error {
			return func(tx *store.Tx) error {
				_, err := w.Record(tx, id, "person.insured", rule.Fact{Value: rule.Bool(yes), Span: dated.From(today)}, "")
				return err
			}
		}
		acts := []struct {
			name string
			on   string
			act  func(tx *store.Tx) error
			left func() []string // who is not read
		}{
			{name: "founded", on: "2026-03-01", act: func(tx *store.Tx) (err error) {
				first, err = w.AddHousehold(tx, home, head, day("2020-01-01"), dated.Said{})
				return errors.Join(err, w.Join(tx, first, spouse, "spouse", day("2020-01-01"), dated.Said{}))
			}, left: func() []string { return []string{son} }},
			{name: "joined", on: "2026-03-01", act: func(tx *store.Tx) error {
				return w.Join(tx, first, son, "son", day("2021-05-01"), dated.Said{})
			}},
			{name: "said of a member", on: "2026-03-02", act: func(tx *store.Tx) error { return insured(son, true)(tx) },
				left: func() []string { return []string{first, head, spouse} }},
			{name: "said of the head", on: "2026-03-02", act: func(tx *store.Tx) error { return insured(head, true)(tx) },
				left: func() []string { return []string{spouse, son} }},
			{name: "split", on: "2026-03-10", act: func(tx *store.Tx) (err error) {
				second, err = w.Split(tx, first, map[string]string{son: "head"}, register.Dwelling{Division: "999901101", Address: "西村"}, day("2026-03-05"), register.Succession{}, dated.Said{})
				return err
			}},
			{name: "dead", on: "2026-03-20", act: func(tx *store.Tx) error {
				return w.Die(tx, head, day("2026-03-18"), register.Succession{Head: spouse}, dated.Said{})
			}, left: func() []string { return []string{second} }},
			{name: "said of who was head", on: "2026-03-21", act: func(tx *store.Tx) error { return insured(head, false)(tx) },
				left: func() []string { return []string{spouse, son, second} }},
			{name: "moved", on: "2026-04-01", act: func(tx *store.Tx) error {
				return w.Move(tx, first, register.Dwelling{Division: "999901101", Address: "西村二号"}, day("2026-04-01"), dated.Said{})
			}, left: func() []string { return []string{second} }},
			{name: "merged", on: "2026-05-01", act: func(tx *store.Tx) error {
				return w.Merge(tx, first, second, map[string]string{spouse: "parent"}, day("2026-05-01"), dated.Said{})
			}},
		}
		w.around()
		for _, a := range acts {
			everybody := []string{head, spouse, son, first, second}
			before := w.rows(everybody)
			w.must(here, day(a.on), a.act)
			again := w.around()
			everybody[3], everybody[4] = first, second
			after := w.rows(everybody)
			changed := 0
			for _, id := range everybody {
				if before[id] == after[id] {
					continue
				}
				changed++
				if !slices.Contains(again, id) {
					t.Errorf("%s: %s is not read again:\n%s\n%s", a.name, id, before[id], after[id])
				}
			}
			if changed == 0 {
				t.Errorf("%s changes nobody", a.name)
			}
			if a.left == nil {
				continue
			}
			for _, id := range a.left() {
				if slices.Contains(again, id) {
					t.Errorf("%s: %s is read again", a.name, id)
				}
			}
		}
	})
}
