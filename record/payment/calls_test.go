package payment_test

import (
	"cmp"
	"slices"

	"doudi/record/benefit"
	"doudi/record/payment"
	"doudi/record/store"
)

// calls are runs and their lines written down by hand, in place of those that package benefit computes.
type calls struct {
	runs  []benefit.Run
	lines []benefit.Line
	why   map[string]benefit.Reason // by subject
}

func (c *calls) all() payment.Calls {
	return payment.Calls{Approved: c.approved, Lines: c.page, Reasons: c.reasons}
}

func (c *calls) approved(_ *store.Tx, after int64) ([]benefit.Run, error) {
	var runs []benefit.Run
	for _, r := range c.runs {
		if r.Number > after {
			runs = append(runs, r)
		}
	}
	return runs, nil
}

// page answers the lines of a run by subject, scheme and month, never more than two, so that reading on is tried.
func (c *calls) page(_ *store.Tx, run string, f benefit.LineFilter, after string, limit int) (lines []benefit.Line, next string, err error) {
	key := func(l benefit.Line) string { return l.Subject + " " + l.Scheme + " " + l.Month.String() }
	of := slices.Clone(c.lines)
	slices.SortFunc(of, func(a, b benefit.Line) int { return cmp.Compare(key(a), key(b)) })
	for _, l := range of {
		if l.Run != run || f.Scheme != "" && l.Scheme != f.Scheme || key(l) <= after {
			continue
		}
		if len(lines) == min(limit, 2) {
			return lines, key(lines[len(lines)-1]), nil
		}
		lines = append(lines, l)
	}
	return lines, "", nil
}

func (c *calls) reasons(*store.Tx, string, string, []string) (map[string]benefit.Reason, error) {
	return c.why, nil
}
