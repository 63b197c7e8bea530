package audit

import (
	"fmt"
	"strings"

	"doudi/record/store"
)

// PlanByActor is how the database finds what somebody did in sealed entries.
func PlanByActor(tx *store.Tx, explain string) (string, error) {
	lines, err := store.All(tx, func(rows *store.Rows) (string, error) {
		values := make([]any, rows.Columns())
		for i := range values {
			values[i] = new(any)
		}
		err := rows.Scan(values...)
		return fmt.Sprint(*values[len(values)-1].(*any)), err // the last column of both databases is the text
	}, explain+sealedOfActor+"50", tx.County, "", "z", "z", "a-1", "", "", "", 0, 9, 9)
	return strings.Join(lines, "\n"), err
}
