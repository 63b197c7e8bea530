package county_test

import (
	"context"
	"testing"

	"doudi/internal/county"
	"doudi/record/benefit"
	"doudi/record/claim"
	"doudi/record/payment"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// What an office finds in the morning is there, and leaving it there again changes nothing.
func TestWorkIsInHand(t *testing.T) {
	ctx := context.Background()
	w := writer(t, storetest.SQLite(t), county.Small)
	must(t, w.Found(ctx))
	must(t, w.People(ctx))
	must(t, w.Accounts(ctx))
	must(t, w.Year(ctx))
	for range 2 {
		must(t, w.InHand(ctx))
		must(t, w.Store.Read(ctx, county.Code, func(tx *store.Tx) error {
			runs, err := benefit.Runs(tx)
			must(t, err)
			if len(runs) != 2 || runs[0].State != benefit.Review && runs[1].State != benefit.Review {
				t.Errorf("the runs are %+v", runs)
			}
			batches, err := payment.Batches(tx, payment.Filter{}, "", 10)
			must(t, err)
			if len(batches) != 1 || batches[0].People == 0 {
				t.Errorf("the batches are %+v", batches)
			}
			var waiting int
			must(t, tx.QueryRow(`SELECT COUNT(*) FROM claim WHERE county_code = ?1 AND state = ?2`, tx.County, string(claim.Received)).Scan(&waiting))
			if waiting < 3 {
				t.Errorf("%d bills wait to be settled", waiting)
			}
			return nil
		}))
	}
}
