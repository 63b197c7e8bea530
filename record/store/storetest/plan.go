package storetest

import (
	"fmt"
	"slices"
	"strings"

	"doudi/record/store"
)

// PlanOf is how the database does a query, line by line. Without arguments each placeholder stands for "1".
func PlanOf(s *store.Store, tx *store.Tx, query string, args ...any) (string, error) {
	explain := "EXPLAIN QUERY PLAN "
	if s.Dialect() == "postgres" {
		explain = "EXPLAIN "
	}
	if args == nil {
		args = ones(query)
	}
	lines, err := store.All(tx, lastText, explain+query, args...)
	return strings.Join(slices.DeleteFunc(lines, func(line string) bool { return line == "" }), "\n"), err
}

func ones(query string) (args []any) {
	for strings.Contains(query, fmt.Sprintf("?%d", len(args)+1)) {
		args = append(args, "1")
	}
	return args
}

// lastText is the last column, which of both databases is the text.
func lastText(rows *store.Rows) (string, error) {
	values := make([]any, rows.Columns())
	for i := range values {
		values[i] = new(any)
	}
	err := rows.Scan(values...)
	return fmt.Sprint(*values[len(values)-1].(*any)), err
}
