package county_test

import (
	"context"
	"testing"

	"doudi/internal/county"
	"doudi/kernel/period"
	"doudi/record/benefit"
	"doudi/record/snapshot"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// TestMonthlyRunsFindSomething runs some months of the small county, each after what the offices heard of by then, and looks for the
// kinds of differences that the year holds.
func TestMonthlyRunsFindSomething(t *testing.T) {
	ctx := context.Background()
	w := writer(t, storetest.SQLite(t), county.Small)
	must(t, w.Found(ctx))
	must(t, w.People(ctx))
	found := map[benefit.Kind]int64{}
	month := county.Opening.Month()
	for _, until := range []int{5, 7, 10} {
		for ; month.Number() <= until; month++ {
			must(t, w.Month(ctx, month))
		}
		for kind, people := range run(t, w, month-1) {
			found[kind] += people
		}
	}
	for _, kind := range []benefit.Kind{benefit.Added, benefit.Stopped, benefit.Changed, benefit.Arrears, benefit.Recovery} {
		if found[kind] == 0 {
			t.Errorf("nobody is %s: %v", kind, found)
		}
	}
}

// run computes and approves the run of a month, and counts its differences by kind.
func run(t *testing.T, w *county.Writer, m period.Month) map[benefit.Kind]int64 {
	t.Helper()
	ctx := context.Background()
	ask := benefit.Ask{As: snapshot.As{County: county.Code, Actor: county.Clerk, Instant: county.Morning(m.Last()).Add(1)}, Month: m, Since: county.Opening.Month()}
	r, err := w.Benefits.Start(ctx, w.Store, ask)
	must(t, err)
	r, err = w.Benefits.Compute(ctx, w.Store, ask, r.ID, 1)
	must(t, err)
	found := map[benefit.Kind]int64{}
	_, err = w.Store.Write(ctx, store.Command{Name: "approve", County: county.Code, Actor: county.Checker, Instant: ask.Instant.Add(1)}, func(tx *store.Tx) (any, error) {
		tallies, err := benefit.Tallies(tx, r.ID)
		must(t, err)
		for _, tally := range tallies {
			found[tally.Kind] += tally.People
		}
		_, err = w.Benefits.Approve(tx, r.ID, "同意")
		return nil, err
	})
	must(t, err)
	t.Logf("%s: %v", m, found)
	return found
}
