package county_test

import (
	"context"
	"fmt"
	"testing"

	"doudi/internal/county"
	"doudi/record/benefit"
	"doudi/record/claim"
	"doudi/record/payment"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// What an office finds in the morning is there wherever its making was cut off on the way, and leaving it there again changes nothing.
func TestWorkIsInHand(t *testing.T) {
	ctx := context.Background()
	w := writer(t, storetest.SQLite(t), county.Small)
	must(t, w.Found(ctx))
	must(t, w.People(ctx))
	must(t, w.Accounts(ctx))
	must(t, w.Year(ctx))
	after := []string{"1 runs, 1 in review; 0 batches; 0 bills", "1 runs, 0 in review; 0 batches; 0 bills", "1 runs, 0 in review; 1 batches; 0 bills",
		"1 runs, 0 in review; 1 batches; 6 bills", "2 runs, 1 in review; 1 batches; 6 bills"}
	for last, want := range after { // each time from the beginning, one step further than before
		for _, step := range w.InHandSteps()[:last+1] {
			must(t, step(ctx))
		}
		if got := inHand(t, w); got != want {
			t.Errorf("after step %d there are %s, want %s", last+1, got, want)
		}
	}
	must(t, w.InHand(ctx))
	if got := inHand(t, w); got != after[len(after)-1] {
		t.Errorf("when all is done and done again there are %s", got)
	}
}

func inHand(t *testing.T, w *county.Writer) (found string) {
	t.Helper()
	must(t, w.Store.Read(context.Background(), county.Code, func(tx *store.Tx) error {
		runs, err := benefit.Runs(tx)
		must(t, err)
		review := 0
		for _, r := range runs {
			if r.State == benefit.Review {
				review++
			}
		}
		batches, err := payment.Batches(tx, payment.Filter{}, "", 10)
		must(t, err)
		var waiting int
		must(t, tx.QueryRow(`SELECT COUNT(*) FROM claim WHERE county_code = ?1 AND state = ?2`, tx.County, string(claim.Received)).Scan(&waiting))
		found = fmt.Sprintf("%d runs, %d in review; %d batches; %d bills", len(runs), review, len(batches), waiting)
		return nil
	}))
	return found
}
