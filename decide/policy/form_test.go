package policy

import "testing"

// A form's table is filled when its cells cover each place once.
func TestPaperFits(t *testing.T) {
	one := func(across, down int) Cell { return Cell{Across: across, Down: down} }
	tests := []struct {
		name   string
		widths []int64
		rows   [][]Cell
		row    int // the first that does not fit; -1 when all do
	}{
		{"one cell", []int64{1}, [][]Cell{{one(1, 1)}}, -1},
		{"a photograph beside two rows", []int64{1, 1, 1}, [][]Cell{{one(1, 1), one(1, 1), one(1, 2)}, {one(2, 1)}}, -1},
		{"a cell in the middle reaching down", []int64{1, 1, 1}, [][]Cell{{one(1, 1), one(1, 2), one(1, 1)}, {one(1, 1), one(1, 1)}}, -1},
		{"no columns", nil, [][]Cell{{one(1, 1)}}, 0},
		{"a column without width", []int64{0}, [][]Cell{{one(1, 1)}}, 0},
		{"no rows", []int64{1}, nil, 0},
		{"too few cells", []int64{1, 1}, [][]Cell{{one(1, 1), one(1, 1)}, {one(1, 1)}}, 1},
		{"too many", []int64{1, 1}, [][]Cell{{one(1, 1), one(2, 1)}}, 0},
		{"over one that reaches down", []int64{1, 1, 1}, [][]Cell{{one(1, 1), one(1, 2), one(1, 1)}, {one(2, 1), one(1, 1)}}, 1},
		{"below the table", []int64{1}, [][]Cell{{one(1, 2)}}, 0},
		{"across nothing", []int64{1}, [][]Cell{{one(0, 1)}}, 0},
		{"higher than a page", []int64{1}, [][]Cell{{Cell{Across: 1, Down: 1, High: 500}}}, 0},
		{"an empty row whose places are all covered", []int64{1}, [][]Cell{{one(1, 2)}, {}}, -1},
	}
	for _, tt := range tests {
		p := Paper{Widths: tt.widths, Rows: tt.rows}
		if row, fits := p.fits(); fits != (tt.row < 0) || !fits && row != tt.row {
			t.Errorf("%s: row %d, %v; want %d", tt.name, row, fits, tt.row)
		}
	}
}
