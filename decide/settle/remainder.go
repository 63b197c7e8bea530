package settle

import (
	"doudi/decide/subject"
	"doudi/kernel/money"
)

// everyLine stands for all lines where a line group could.
const everyLine = -1

var allParts = []subject.Part{subject.InScope, subject.SelfFirst, subject.OverLimit, subject.OutOfScope}

// remainder is what is left of a bill: an amount for each line and part, and the lines by group. Until lines are sorted
// they are one group.
type remainder struct {
	lines  []subject.Vector
	groups [][]int // indexes of lines, by group in written order
}

func newRemainder(lines []subject.Line) *remainder {
	r := &remainder{lines: make([]subject.Vector, len(lines)), groups: [][]int{make([]int, len(lines))}}
	for i, line := range lines {
		r.lines[i] = line.Fee
		r.groups[0][i] = i
	}
	return r
}

// in are the lines of a group, one list for each group when it is every line.
func (r *remainder) in(group int) [][]int {
	if group == everyLine {
		return r.groups
	}
	return r.groups[group : group+1]
}

// of is what is left of a group, by part.
func (r *remainder) of(group int) subject.Vector {
	var sum subject.Vector
	for _, lines := range r.in(group) {
		for _, i := range lines {
			for part, amount := range r.lines[i] {
				sum[part] += amount
			}
		}
	}
	return sum
}

// open is what a payer can draw on: the parts it names of the lines it takes.
func (r *remainder) open(group int, parts []subject.Part) money.Fen {
	return drawable(r.of(group), parts)
}

func drawable(v subject.Vector, parts []subject.Part) money.Fen {
	sum := money.Fen(0)
	for _, part := range parts {
		sum += v[part]
	}
	return sum
}

// draw takes an amount, which must not exceed open, part by part in the given order. Within a part it is divided first
// between the line groups and then between the lines of each, both times by cumulative floors: so each of two groups
// keeps its exact share to the fen and never loses by a higher amount.
func (r *remainder) draw(amount money.Fen, group int, parts []subject.Part) (drawn subject.Vector, err error) {
	held := r.of(group)
	for _, part := range parts {
		take := min(amount, held[part])
		if take == 0 {
			continue
		}
		if err := r.divide(take, group, part); err != nil {
			return drawn, err
		}
		drawn[part] = take
		amount -= take
	}
	return drawn, nil
}

func (r *remainder) divide(take money.Fen, group int, part subject.Part) error {
	groups := r.in(group)
	shares := []money.Fen{take}
	if len(groups) > 1 {
		weights := make([]money.Fen, len(groups))
		for g, lines := range groups {
			for _, i := range lines {
				weights[g] += r.lines[i][part]
			}
		}
		var err error
		if shares, err = money.Apportion(take, weights); err != nil {
			return err
		}
	}
	for g, lines := range groups {
		if err := r.spread(shares[g], lines, part); err != nil {
			return err
		}
	}
	return nil
}

func (r *remainder) spread(share money.Fen, lines []int, part subject.Part) error {
	if share == 0 {
		return nil
	}
	weights := make([]money.Fen, len(lines))
	for k, i := range lines {
		weights[k] = r.lines[i][part]
	}
	shares, err := money.Apportion(share, weights)
	for k := range shares {
		r.lines[lines[k]][part] -= shares[k]
	}
	return err
}

// drawLine takes an amount from one line, part by part.
func (r *remainder) drawLine(i int, amount money.Fen, parts []subject.Part) (drawn subject.Vector) {
	for _, part := range parts {
		take := min(amount, r.lines[i][part])
		r.lines[i][part] -= take
		drawn[part] = take
		amount -= take
	}
	return drawn
}

// cutLine takes an amount from one line, from all its parts alike: a price cut does not choose.
func (r *remainder) cutLine(i int, amount money.Fen) (subject.Vector, error) {
	shares, err := money.Apportion(amount, r.lines[i][:])
	if err != nil {
		return subject.Vector{}, err
	}
	drawn := subject.Vector(shares)
	for part := range drawn {
		r.lines[i][part] -= drawn[part]
	}
	return drawn, nil
}

func plus(a, b subject.Vector) subject.Vector {
	for part := range a {
		a[part] += b[part]
	}
	return a
}
