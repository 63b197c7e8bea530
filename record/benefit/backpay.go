package benefit

import (
	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/period"
)

// backpay adds the months that a document in force pays afterwards (its transitions), of those that are decided.
func (m *matter) backpay(s *sheet) {
	day, gone := m.dayIn(m.month)
	if gone != "" {
		if day = m.lastDay(); day == 0 {
			return
		}
	}
	forces := m.policies.in(m.county, m.home(day), day)
	for i := range forces {
		f := &forces[i]
		for _, t := range f.basis.Pack.Transition {
			for j := range f.schemes {
				x := &f.schemes[j]
				if x.x.For != m.party.Kind || !names(t, x.x) {
					continue
				}
				m.paysBack(s, f, t, x)
			}
		}
	}
}

func names(t *policy.Transition, x *policy.Benefit) bool {
	for _, id := range t.Benefits {
		if id == x.ID {
			return true
		}
	}
	return false
}

// lastDay is the last day on which somebody who died or left was decided.
func (m *matter) lastDay() period.Day {
	if m.party.Dead {
		return m.party.Died
	}
	return m.lastHere(m.month)
}

// paysBack puts the months of one scheme that are paid afterwards. What cannot be computed, for want of facts or otherwise, is not paid.
func (m *matter) paysBack(s *sheet, f *force, t *policy.Transition, x *scheme) {
	asked := m.asked(f, x, tracks{}, m.month)
	if applies, err := entitle.Crosses(f.basis, asked, t, f.day); err != nil || applies != rule.Met {
		return // the scheme's own months say what is wrong with it
	}
	crossed, err := m.crossed(s, f, t, asked)
	if err != nil {
		return
	}
	for _, back := range crossed.Benefits {
		if back.Benefit.ID != x.x.ID {
			continue
		}
		for _, month := range back.Months {
			if month.Month < s.from && s.from > m.opening || m.paidElsewhere(x.name) >= month.Month || !m.wasHere(month.On) {
				continue
			}
			c := cell{verdict: explain.Pays, amount: month.Amount, every: x.every, reason: Backpay, adoption: f.ID, division: m.home(month.On),
				held: held(m.acts, x.name, month.Month, m.month)}
			if x.every != policy.EveryMonth {
				c.first, c.to = month.Month, min(month.Period.To.Month(), NoEnd)
			}
			s.put(x.name, month.Month, c)
		}
	}
}

// wasHere tells whether the subject was here on a day, alive.
func (m *matter) wasHere(day period.Day) bool {
	decided, gone := m.dayIn(day.Month())
	return gone == "" && decided != 0
}

// crossed is what a transition says of somebody as one of its schemes sees them, as of the last day of the run's month on which its pack is in force.
func (m *matter) crossed(s *sheet, f *force, t *policy.Transition, asked *subject.Subject) (*entitle.TransitionOutcome, error) {
	asked.History = subject.History{Determinations: m.tracks(s, m.month+1).closed(m, f)}
	return entitle.Cross(f.basis, asked, t, f.day)
}

// closed is the record without anything that goes on.
func (t tracks) closed(m *matter, f *force) []subject.Determination {
	var list []subject.Determination
	for name, tr := range t {
		for _, s := range tr.spans {
			list = append(list, subject.Determination{Scheme: m.policies.named(f, name), From: s.from, To: s.to, Amount: monthly(s.cell)})
		}
	}
	return list
}

// backpayOf is the transition that pays a month afterwards.
func (m *matter) backpayOf(s *sheet, scheme string, month period.Month) (*entitle.TransitionOutcome, error) {
	day, gone := m.dayIn(m.month)
	if gone != "" {
		day = m.lastDay()
	}
	forces := m.policies.in(m.county, m.home(day), day)
	for i := range forces {
		f := &forces[i]
		x := f.scheme(scheme)
		if x == nil {
			continue
		}
		for _, t := range f.basis.Pack.Transition {
			if !names(t, x.x) {
				continue
			}
			crossed, err := m.crossed(s, f, t, m.asked(f, x, tracks{}, m.month))
			if err != nil || pays(crossed, x.x, month) {
				return crossed, err
			}
		}
	}
	return nil, nil
}

func pays(t *entitle.TransitionOutcome, x *policy.Benefit, month period.Month) bool {
	for _, back := range t.Benefits {
		for _, m := range back.Months {
			if back.Benefit.ID == x.ID && m.Month == month {
				return true
			}
		}
	}
	return false
}
