package benefit_test

import (
	"testing"

	"doudi/decide/rule"
	"doudi/kernel/period"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// An allowance begins, goes on without a word, and ends with a death that is learnt late.
func TestMonths(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": ""})
		old := w.person("李桂芳", facts{"person.birth": "1944-02-10"})
		w.household(nil, old, w.person("李小明", facts{"person.birth": "1990-01-01"}))
		w.on("2024-01-20")
		same(t, "before the birthday", w.said(w.run("2024-01"), ""), "")
		same(t, "the month of the birthday", w.said(w.on("2024-02-20").run("2024-02"), ""), "new "+elder+" 2024-02 0.00→60.00 met\n")
		same(t, "it goes on", w.said(w.on("2024-03-20").run("2024-03"), ""), "")
		same(t, "and on", w.said(w.on("2024-04-20").run("2024-04"), ""), "")
		w.on("2024-05-20").must(clerk, func(tx *store.Tx) error {
			return w.Register.Die(tx, old, day("2024-03-09"), register.Succession{Head: w.members(tx, old)[1]}, dated.Said{})
		})
		same(t, "the death", w.said(w.run("2024-05"), ""), "recovery "+elder+" 2024-04 60.00→0.00 died\nstopped "+elder+" 2024-05 60.00→0.00 died\n")
		same(t, "and on", w.said(w.on("2024-06-20").run("2024-06"), ""), "")
		w.total(old+" "+elder, "2024-02 60.00, 2024-03 60.00")
		w.sound()
	})
}

func (w *world) members(tx *store.Tx, person string) []string {
	household, err := w.Register.HouseholdOf(tx, person, w.today, rule.Forever)
	if err != nil {
		w.Fatal(err)
	}
	h, err := w.Register.Household(tx, household, day("2024-01-01"), rule.Forever)
	if err != nil {
		w.Fatal(err)
	}
	var ids []string
	for _, m := range h.Members {
		ids = append(ids, m.Person)
	}
	return ids
}

// total compares what all runs called for a subject and scheme: month amount, …
func (w *world) total(of, want string) {
	w.Helper()
	lines, got := w.lines(), ""
	for m := month("2020-01"); m <= month("2030-12"); m++ {
		if amount := lines[of+" "+m.String()]; amount != 0 {
			if got != "" {
				got += ", "
			}
			got += m.String() + " " + amount.String()
		}
	}
	same(w, "called for "+of, got, want)
}

var _ = period.Latest
var _ = benefit.Hold
