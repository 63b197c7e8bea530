package entitle

import (
	"cmp"
	"slices"

	"cel.dev/cel-go/common/types"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Select decides a quota over a frozen roster: of those who meet the conditions a share is selected, by rank, then ties,
// then the roster's order. While facts are missing, only those are decided whose place no answer could change; the others
// need documents. The error has code "entitle.no-quota" for a benefit without one, else as for [Decide].
func Select(b *policy.Basis, x *policy.Benefit, roster []*subject.Subject, on period.Day) (*Selection, error) {
	if x.Quota == nil {
		return nil, noQuota(x.Block)
	}
	if err := b.InForce(on); err != nil {
		return nil, err
	}
	sel := &Selection{Basis: b, Benefit: x, On: on, Rounding: modeOf(b, x.Quota.Rounding)}
	contest := &contest{selection: sel}
	if err := contest.share(); err != nil {
		return nil, err
	}
	for _, s := range roster {
		if err := contest.enter(s); err != nil {
			return nil, err
		}
	}
	err := contest.close()
	return sel, err
}

func modeOf(b *policy.Basis, r policy.ModeRule) money.Mode {
	if word, ok := b.Reading(r.Question).(types.String); ok {
		return map[types.String]money.Mode{"down": money.Down, "up": money.Up, "half-up": money.HalfUp}[word]
	}
	return r.Fixed
}

// contest is a selection being made.
type contest struct {
	selection *Selection
	known     bool    // the share is known
	doubtful  int64   // candidates of whom it is not known whether they are eligible
	keys      []keys  // of the candidates
	before    []int64 // how many eligible candidates come before each; nil when something is missing
}

// keys are what a candidate is ranked by.
type keys struct {
	rank, ties               int64
	rankMissing, tiesMissing []string // nil when known
}

// share reads the share, which depends on nobody on the roster.
func (c *contest) share() error {
	sel := c.selection
	r := newRuling(sel.Basis, &subject.Subject{Facts: rule.Facts{}}, sel.Benefit.Block, sel.On)
	value, err := r.eval(sel.Benefit.Quota.Share)
	if err != nil {
		return err
	}
	share, known := value.(rule.Rate)
	sel.Share, c.known, sel.Missing = money.Rate(share), known, rule.Missing(value)
	return nil
}

func (c *contest) enter(s *subject.Subject) error {
	sel := c.selection
	m := &matter{basis: sel.Basis, subject: s, on: sel.On, explain: true, selecting: true}
	out, err := m.final(sel.Benefit)
	if err != nil {
		return err
	}
	candidate := Candidate{Subject: s, Outcome: out, Eligible: paying(out.Verdict)}
	var k keys
	switch {
	case candidate.Eligible:
		sel.Eligible++
		if k, err = c.rank(m, out); err != nil {
			return err
		}
		candidate.Rank, candidate.Ties = k.rank, k.ties
	case out.Verdict == explain.DocumentsNeeded:
		c.doubtful++
		sel.Missing = join(sel.Missing, out.Missing...)
	}
	sel.Candidates, c.keys = append(sel.Candidates, candidate), append(c.keys, k)
	return nil
}

func (c *contest) rank(m *matter, out *Outcome) (k keys, err error) {
	r := newRuling(m.basis, m.subject, out.Benefit.Block, m.on)
	r.every, r.scope.Day = periodOf(m.basis, out.Benefit.Every), out.Status
	quota := out.Benefit.Quota
	if k.rank, k.rankMissing, err = c.number(r, quota.Rank); err != nil {
		return k, err
	}
	if quota.Ties != nil {
		k.ties, k.tiesMissing, err = c.number(r, quota.Ties)
	}
	return k, err
}

func (c *contest) number(r *ruling, x *rule.Expression) (int64, []string, error) {
	value, err := r.eval(x)
	if err != nil {
		return 0, nil, err
	}
	switch value := value.(type) {
	case types.Int:
		return int64(value), nil, nil
	case rule.Money:
		return int64(value), nil, nil
	}
	return 0, rule.Missing(value), nil
}

// close gives every eligible candidate a place or none.
func (c *contest) close() error {
	sel := c.selection
	var err error
	if sel.Places, err = c.places(sel.Eligible); err != nil {
		return err
	}
	most, err := c.places(sel.Eligible + c.doubtful)
	if err != nil {
		return err
	}
	sel.Known = c.known && c.doubtful == 0
	c.sort()
	for i := range sel.Candidates {
		if sel.Candidates[i].Eligible {
			c.place(i, most)
		}
	}
	for i := range sel.Candidates {
		if out := sel.Candidates[i].Outcome; sel.Candidates[i].Eligible && out.Verdict == explain.DocumentsNeeded {
			out.Missing = sel.Missing
		}
	}
	return nil
}

// places is the share of a number of eligible candidates, rounded; never more than there are.
func (c *contest) places(eligible int64) (int64, error) {
	places, err := money.Share(money.Fen(eligible), c.selection.Share, money.Rounding{Mode: c.selection.Rounding})
	return min(int64(places), eligible), err
}

// place decides one candidate. Those of whom something is missing may all come before it, each bringing at most one more
// place; or all behind it, with the most places there can be.
func (c *contest) place(i int, most int64) {
	sel := c.selection
	before, open := c.ahead(i)
	candidate := &sel.Candidates[i]
	if open == 0 && c.doubtful == 0 {
		candidate.Position = int(before) + 1
	}
	switch {
	case c.known && before+open+c.doubtful < most:
		candidate.Selected = true
	case c.known && before >= most:
		candidate.withhold(explain.NotSelected, noteOutranked)
	default:
		sel.Known = false
		candidate.withhold(explain.DocumentsNeeded, noteOpenRank)
	}
}

func (c *Candidate) withhold(v explain.Verdict, note fault.Text) {
	c.Outcome.Verdict, c.Outcome.Note, c.Outcome.Counters = v, note, nil
}

// sort finds how many come before each eligible candidate, at once, where nothing is missing by which they are ranked.
func (c *contest) sort() {
	var eligible []int
	for i, candidate := range c.selection.Candidates {
		if !candidate.Eligible {
			continue
		}
		if c.keys[i].rankMissing != nil || c.keys[i].tiesMissing != nil {
			return
		}
		eligible = append(eligible, i)
	}
	slices.SortFunc(eligible, func(j, i int) int { order, _ := c.compare(j, i); return order })
	c.before = make([]int64, len(c.keys))
	for before, i := range eligible {
		c.before[i] = int64(before)
	}
}

// ahead counts the eligible candidates that come before one, and those that may.
func (c *contest) ahead(i int) (before, open int64) {
	if c.before != nil {
		return c.before[i], 0
	}
	for j := range c.selection.Candidates {
		if j == i || !c.selection.Candidates[j].Eligible {
			continue
		}
		switch order, missing := c.compare(j, i); {
		case missing != nil:
			open++
			c.selection.Missing = join(c.selection.Missing, missing...)
		case order < 0:
			before++
		}
	}
	return before, open
}

// compare orders two candidates by rank, ties and place on the roster, or says what is missing for it.
func (c *contest) compare(j, i int) (order int, missing []string) {
	a, b := c.keys[j], c.keys[i]
	switch {
	case a.rankMissing != nil || b.rankMissing != nil:
		return 0, join(slices.Clone(a.rankMissing), b.rankMissing...)
	case a.rank != b.rank:
		return cmp.Compare(a.rank, b.rank), nil
	case a.tiesMissing != nil || b.tiesMissing != nil:
		return 0, join(slices.Clone(a.tiesMissing), b.tiesMissing...)
	case a.ties != b.ties:
		return cmp.Compare(a.ties, b.ties), nil
	default:
		return cmp.Compare(j, i), nil
	}
}
