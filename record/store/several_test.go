package store

import (
	"slices"
	"testing"
)

func TestMultiplied(t *testing.T) {
	tests := []struct {
		name, query string
		args, times int
		want        string // "" when it cannot be made several times at once
	}{
		{"one row", "INSERT INTO a (x, y) VALUES (?1, ?2)", 2, 3, "INSERT INTO a (x, y) VALUES (?1, ?2), (?3, ?4), (?5, ?6)"},
		{"rows that share values", "INSERT INTO a (x, y, z) VALUES (?1, ?2, 'b'), (?1, ?3, lower(?4))", 4, 2,
			"INSERT INTO a (x, y, z) VALUES (?1, ?2, 'b'), (?1, ?3, lower(?4)), (?5, ?6, 'b'), (?5, ?7, lower(?8))"},
		{"what is there stays", "INSERT INTO a (x) VALUES (?1) ON CONFLICT DO NOTHING", 1, 2, "INSERT INTO a (x) VALUES (?1), (?2) ON CONFLICT DO NOTHING"},
		{"a value besides the rows", "INSERT INTO a (x) VALUES (?1) ON CONFLICT (x) DO UPDATE SET x = ?2", 2, 2, ""},
		{"two may meet", "INSERT INTO a (x) VALUES (?1) ON CONFLICT (x) DO UPDATE SET x = a.x + 1", 1, 2, ""},
		{"never closed", "INSERT INTO a (x) VALUES (?1", 1, 2, ""},
		{"no row", "UPDATE a SET x = ?1", 1, 2, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if _, _, ok := tuple(tt.query); ok {
				got = newDialect(sqliteName).multiplied(tt.query, tt.args, tt.times)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestUnnumbered(t *testing.T) {
	for _, tt := range []struct {
		query, want string
		numbers     []int
	}{
		{"INSERT INTO a (x, y) VALUES (?1, ?2), (?3, ?4)", "INSERT INTO a (x, y) VALUES (?, ?), (?, ?)", []int{1, 2, 3, 4}},
		{"SELECT x FROM a WHERE y = ?1 AND z <> 'why ?2' AND u IN (?2, ?3)", "SELECT x FROM a WHERE y = ? AND z <> 'why ?2' AND u IN (?, ?)", []int{1, 2, 3}},
		{"SELECT x FROM a WHERE y = ?1 AND (z = ?2 OR u = ?2)", "SELECT x FROM a WHERE y = ? AND (z = ? OR u = ?)", []int{1, 2, 2}},
		{"SELECT x FROM a WHERE y = ?2 AND z = ?1", "SELECT x FROM a WHERE y = ? AND z = ?", []int{2, 1}},
		{"SELECT x FROM a WHERE y = ?1 AND z = ?10", "SELECT x FROM a WHERE y = ? AND z = ?", []int{1, 10}},
		{"SELECT 1", "SELECT 1", nil},
	} {
		if got, numbers := unnumbered(tt.query); got != tt.want || !slices.Equal(numbers, tt.numbers) {
			t.Errorf("%s: got %q, %v, want %q, %v", tt.query, got, numbers, tt.want, tt.numbers)
		}
	}
}

// An argument that is not there is an error of the program, told as one.
func TestGiven(t *testing.T) {
	for _, number := range []int{0, 2} {
		if values, err := (compiled{numbers: []int{1, number}}).given([]any{"x"}); err == nil {
			t.Errorf("?%d of one argument is %v", number, values)
		}
	}
}
