package audit

import (
	"fmt"
	"strings"

	"doudi/record/store"
)

// Plans are how the database answers each question that must not read a county's whole log, by what is asked for.
func Plans(tx *store.Tx, explain string) (map[string]string, error) {
	entry := []any{tx.County, "", "z", "z", "", "", "", ""}
	plans := map[string]string{}
	for _, asked := range []struct {
		name, query string
		args        []any
	}{
		{"what somebody did, sealed", sealedOfActor + "50", append(entry, 0, 9, 9)},
		{"what somebody did, not sealed", tailOfActor + "50", append(entry, "")},
		{"whom it concerns, sealed", sealedOfPerson + "50", append(entry, "p-1")},
		{"whom it concerns, not sealed", waitingAbout, []any{tx.County, "p-1"}},
		{"all about somebody, sealed", sealedAbout, []any{tx.County, "p-1"}},
		{"a period", ofPeriod + "50", entry},
	} {
		lines, err := store.All(tx, func(rows *store.Rows) (string, error) {
			values := make([]any, rows.Columns())
			for i := range values {
				values[i] = new(any)
			}
			err := rows.Scan(values...)
			return fmt.Sprint(*values[len(values)-1].(*any)), err // the last column of both databases is the text
		}, explain+asked.query, asked.args...)
		if err != nil {
			return nil, err
		}
		plans[asked.name] = strings.Join(lines, "\n")
	}
	return plans, nil
}
