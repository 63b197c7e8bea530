package benefit

import (
	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/subject"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// A quota is decided over everybody at once, in the first run of its period, and stands for the period: who was selected stays so unless the facts of
// that month turn out to be others.

// selected is the place that a subject has by a quota in a month.
func (m *matter) selected(f *force, x *scheme, month period.Month) cell {
	c := standing(m.before, x.name, month)
	if !gives(c.verdict) && c.verdict != explain.NotSelected && c.verdict != explain.DocumentsNeeded {
		return cell{}
	}
	if !gives(c.verdict) {
		return c
	}
	c.held = held(m.acts, x.name, c.first, m.month)
	m.stillEligible(f, x, &c)
	return c
}

// stillEligible takes the place of somebody who did not qualify in the month of the selection.
func (m *matter) stillEligible(f *force, x *scheme, c *cell) {
	day, gone := m.dayIn(c.first)
	if gone == "" {
		at := *f
		at.day = min(day, f.basis.Span().To)
		sel, err := entitle.Select(f.basis, x.x, []*subject.Subject{m.asked(&at, x, m.tracks(nil, c.first), c.first)}, at.day)
		if err != nil || len(sel.Candidates) == 1 && (sel.Candidates[0].Eligible || sel.Candidates[0].Outcome.Verdict == explain.DocumentsNeeded) {
			return // what cannot be told does not take a place away
		}
	}
	*c = cell{reason: Unmet}
}

// contest is a quota being decided: those who may have a place.
type contest struct {
	force   *force
	scheme  *scheme
	matters []*matter
	place   *frozenPlace // of the one matter, where the selection was made before
}

// enter takes a subject in that qualifies, or may.
func (c *contest) enter(m *matter, month period.Month) {
	if m.party.Kind != c.scheme.x.For {
		return
	}
	day, gone := m.dayIn(month)
	if gone != "" {
		return
	}
	for _, f := range m.policies.in(m.county, m.home(day), day) {
		if f.ID != c.force.ID {
			continue
		}
		verdict, _, err := entitle.Quick(f.basis, m.asked(&f, c.scheme, m.tracks(nil, month), month), c.scheme.x, f.day)
		if err != nil || verdict != explain.DocumentsNeeded { // who qualifies waits for the roster
			return
		}
		c.matters = append(c.matters, m)
	}
}

// decide gives the places: of each candidate the cell of the period that begins in the month.
func (c *contest) decide(month period.Month) (*entitle.Selection, []cell, error) {
	var roster []*subject.Subject
	for _, m := range c.matters {
		roster = append(roster, m.asked(c.force, c.scheme, m.tracks(nil, month), month))
	}
	sel, err := entitle.Select(c.force.basis, c.scheme.x, roster, c.force.day)
	if err != nil {
		return nil, nil, err
	}
	_, to := c.scheme.window(c.force.day)
	cells := make([]cell, len(c.matters))
	for i, m := range c.matters {
		candidate := &sel.Candidates[i]
		if c.place != nil {
			c.place.give(candidate)
		}
		day, _ := m.dayIn(month)
		cells[i] = cell{verdict: candidate.Outcome.Verdict, every: c.scheme.every, first: month, to: to, adoption: c.force.ID, division: m.home(day)}
		switch {
		case candidate.Selected:
			cells[i].verdict, cells[i].amount, cells[i].reason = explain.Pays, candidate.Outcome.Due(), Met
			if c.scheme.x.Amount == nil {
				cells[i].verdict, cells[i].amount = explain.Covered, money.Fen(0)
			}
			cells[i].held = held(m.acts, c.scheme.name, month, month)
		default:
			cells[i].reason = reasonOf(candidate.Outcome)
		}
	}
	return sel, cells, nil
}

// give puts a candidate that qualifies at the place it had.
func (p *frozenPlace) give(c *entitle.Candidate) {
	if c.Eligible {
		c.Selected, c.Outcome.Verdict = p.Selected, p.Verdict
	}
}
