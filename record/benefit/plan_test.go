package benefit

import (
	"context"
	"strings"
	"testing"
	"time"

	"doudi/decide/explain"
	"doudi/kernel/period"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// The lists of a run, and those of what waits, are read from an index in their order, as much of it as a page shows: however many there are, none is read that is not shown.
func TestListsBeginAtAnIndex(t *testing.T) {
	indexes := map[Filter]string{{}: "benefit_difference", {Kind: Added}: "benefit_difference_kind", {Kind: Added, Scheme: "x/y"}: "benefit_difference_scheme"}
	waiting := []struct {
		Standings
		index string
	}{{Standings{Verdict: explain.ReviewDue, Division: "999901", Schemes: []string{"x/y"}}, "benefit_determination_open"},
		{Standings{Verdict: explain.DocumentsNeeded, Division: "999901100001", Schemes: []string{"x/y", "x/z"}}, "benefit_determination_open"},
		{Standings{Until: period.MustDay(2024, 1, 31), Division: "999901100"}, "benefit_determination_review"}}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		c := store.Command{Name: "plans", County: "999901", Actor: store.Actor{ID: "u1", Name: "王经办"}, Instant: time.Unix(0, 0)}
		_, err := s.Write(context.Background(), c, func(tx *store.Tx) (any, error) {
			if s.Dialect() == "postgres" { // tables without rows are read whole and sorted, whatever the indexes
				if _, err := tx.Exec(`SET LOCAL enable_seqscan = off`); err != nil {
					return nil, err
				}
				if _, err := tx.Exec(`SET LOCAL enable_sort = off`); err != nil {
					return nil, err
				}
			}
			begins := func(what any, index, query string, args ...any) error {
				plan, err := storetest.PlanOf(s, tx, query, args...)
				if err == nil && (!strings.Contains(plan, index) || strings.Contains(plan, "Sort") || strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "SCAN") || strings.Contains(plan, "Seq Scan")) {
					t.Errorf("%+v is not read from %s:\n%s", what, index, plan)
				}
				return err
			}
			for f, index := range indexes {
				query, args := f.query("s|x/y|2024-01")
				if err := begins(f, index, query, append([]any{tx.County, "r", 50}, args...)...); err != nil {
					return nil, err
				}
			}
			for _, w := range waiting {
				query, args := w.query(period.MustDay(2024, 1, 1).Month(), "999901100001||s|x/y", 50)
				if err := begins(w.Standings, w.index, query, append([]any{tx.County}, args...)...); err != nil {
					return nil, err
				}
			}
			return nil, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
