package simulate

import (
	"doudi/decide/counter"
	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/subject"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// A quota is decided over everybody at once, when all have been added. Only those who may have a place are kept until then.

// rivalry is what is competed for: a benefit by one basis.
type rivalry struct {
	basis   *policy.Basis
	benefit *policy.Benefit
}

// candidate is somebody who may have a place, with what else both sides give.
type candidate struct {
	c     Case
	all   [2]side
	pairs [][2]*policy.Benefit
	won   map[rivalry]*side
}

// mayHave tells whether somebody may have a place on a side: who meets the conditions, or may, waits for the roster.
func mayHave(b *policy.Basis, s *subject.Subject, x *policy.Benefit, on period.Day) (bool, error) {
	if x == nil || b == nil || b.InForce(on) != nil {
		return false, nil
	}
	verdict, _, err := entitle.Quick(b, s, x, on)
	return verdict == explain.DocumentsNeeded, err
}

// competes keeps somebody for the quotas; others have none of their places.
func (s *Simulation) competes(c Case, quotas [][2]*policy.Benefit, all [2]side) (bool, error) {
	on := s.From.Last()
	if c.Until != 0 {
		on = min(on, c.Until)
	}
	one := &candidate{c: c, all: all, pairs: quotas, won: map[rivalry]*side{}}
	waits := false
	for _, pair := range quotas {
		for i, b := range []*policy.Basis{c.Before, c.After} {
			may, err := mayHave(b, c.Subject, pair[i], on)
			if err != nil {
				return false, err
			}
			if may {
				waits = true
				r := rivalry{b, pair[i]}
				if s.contests[r] == nil {
					s.rivalries = append(s.rivalries, r)
				}
				s.contests[r] = append(s.contests[r], one)
			}
		}
	}
	if waits {
		s.waiting = append(s.waiting, one)
	}
	return waits, nil
}

// Close decides the quotas, and counts those who waited for them. Nobody is added afterwards. Codes are those of [entitle.Select].
func (s *Simulation) Close() error {
	for _, r := range s.rivalries {
		if err := s.choosePlaces(r, s.contests[r]); err != nil {
			return err
		}
	}
	for _, w := range s.waiting {
		if err := s.place(w); err != nil {
			return err
		}
	}
	s.rivalries, s.contests, s.waiting = nil, nil, nil
	return nil
}

// choosePlaces decides a quota for each of its periods that begins in the months, the first one as of the first month.
func (s *Simulation) choosePlaces(r rivalry, list []*candidate) error {
	roster := make([]*subject.Subject, len(list))
	for i, c := range list {
		roster[i] = c.c.Subject
		c.won[r] = &side{benefit: r.benefit}
	}
	every := entitle.Every(r.basis, r.benefit)
	for month := s.From; month <= s.To; {
		if r.basis.InForce(month.Last()) == nil {
			selection, err := entitle.Select(r.basis, r.benefit, roster, month.Last())
			if err != nil {
				return err
			}
			for i := range selection.Candidates {
				if err := list[i].won[r].place(&selection.Candidates[i], month); err != nil {
					return err
				}
			}
		}
		next := s.To + 1
		if every != policy.Once && every != policy.Lifetime {
			next = counter.Calendar(every, month.Last()).To.Month() + 1
		}
		month = max(next, month+1)
	}
	return nil
}

// place adds what a selection gives a candidate.
func (s *side) place(c *entitle.Candidate, month period.Month) (err error) {
	m := entitle.MonthAmount{Month: month, On: month.Last(), Verdict: c.Outcome.Verdict, Known: c.Outcome.Verdict != explain.DocumentsNeeded}
	if c.Selected {
		m.Amount = c.Outcome.Due()
	}
	s.has, s.unknown = s.has || c.Selected, s.unknown || !m.Known
	s.months = append(s.months, m)
	s.total, err = money.Add(s.total, m.Amount)
	return err
}

// place counts somebody who waited for quotas.
func (s *Simulation) place(w *candidate) error {
	all := w.all
	for _, pair := range w.pairs {
		var sides [2]side
		for i, b := range []*policy.Basis{w.c.Before, w.c.After} {
			sides[i].benefit = pair[i]
			if won := w.won[rivalry{b, pair[i]}]; won != nil {
				sides[i] = *won
			}
		}
		if err := s.benefit(w.c, sides, [2]*walk{}); err != nil {
			return err
		}
		if err := sum(&all, sides); err != nil {
			return err
		}
	}
	return s.count(w.c, all)
}
