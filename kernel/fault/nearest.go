package fault

import "strings"

// Nearest returns the known name that a person most likely meant by name, or ""
// if none is near. Names are compared without regard to case and to full-width
// forms, by the number of runes to insert, delete, replace or swap with their
// neighbour. Near means at most one such change for every three runes of the
// longer name (one is always allowed), and fewer than half of them. Of equally
// near names the first in byte order is returned, so that the answer does not
// depend on the order of known.
func Nearest(name string, known []string) string {
	if name == "" {
		return ""
	}
	wanted := folded(name)
	best, bestDistance := "", -1
	for _, candidate := range known {
		distance, near := distanceIfNear(wanted, folded(candidate))
		if !near {
			continue
		}
		closer := bestDistance < 0 || distance < bestDistance
		if closer || (distance == bestDistance && candidate < best) {
			best, bestDistance = candidate, distance
		}
	}
	return best
}

func folded(s string) []rune { return []rune(strings.ToLower(HalfWidth(s))) }

func distanceIfNear(a, b []rune) (distance int, near bool) {
	longer := max(len(a), len(b))
	limit := max(1, longer/3)
	// The lengths alone already bound the distance; this also keeps a very long
	// input from costing anything.
	if len(b) == 0 || max(len(a)-len(b), len(b)-len(a)) > limit {
		return 0, false
	}
	distance = editDistance(a, b)
	return distance, distance == 0 || (distance <= limit && distance*2 < longer)
}

// editDistance counts insertions, deletions, replacements and swaps of
// neighbours, each pair swapped at most once.
func editDistance(a, b []rune) int {
	beforeLast := make([]int, len(b)+1)
	last := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], beforeLast[j-2]+1)
			}
		}
		beforeLast, last, row = last, row, beforeLast
	}
	return last[len(b)]
}
