package benefit

import (
	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/kernel/period"
)

// reason finds the kind of reason for what a sheet says of a month.
func (m *matter) reason(s *sheet, scheme string, month period.Month, c *cell) (Reason, error) {
	if c.held {
		return OnHold, nil
	}
	if c.reason != "" {
		return c.reason, nil
	}
	out, err := m.outcome(s, scheme, month)
	if err != nil || out == nil {
		return Broken, nil // the explanation says what is wrong
	}
	return reasonOf(out), nil
}

// outcome is the whole decision of a month, with its explanation; nil when the scheme was not asked in it.
func (m *matter) outcome(s *sheet, scheme string, month period.Month) (*entitle.Outcome, error) {
	if c := s.cells[scheme][month]; c.first != 0 {
		month = c.first // due once in its period: it was decided then
	}
	day, gone := m.dayIn(month)
	if gone == Left {
		day = m.lastHere(month)
	}
	if day == 0 {
		return nil, nil
	}
	forces := m.policies.in(m.county, m.home(day), day)
	for i := range forces {
		if x := forces[i].scheme(scheme); x != nil {
			f := &forces[i]
			asked := m.asked(f, x, m.tracks(s, month), month)
			out, err := entitle.One(f.basis, asked, x.x, f.day)
			if err != nil || !gives(out.Verdict) {
				return out, err
			}
			missing, err := entitle.Unfixed(f.basis, asked, x.x, f.day)
			if err == nil && len(missing) > 0 {
				out.Wait(missing)
			}
			return out, err
		}
	}
	return nil, nil
}

// reasonOf is the kind of reason of an outcome.
func reasonOf(out *entitle.Outcome) Reason {
	switch out.Verdict {
	case explain.NotConcerned:
		return Unconcerned
	case explain.DocumentsNeeded:
		return Documents
	case explain.ReviewDue:
		return ReviewDue
	case explain.NotSelected:
		return Outranked
	case explain.NotPayable:
		return refusal(out)
	}
	switch {
	case out.Exit != nil && out.Exit.Known:
		return Exit
	case out.Decided != nil:
		return Granted
	case out.Stacking != nil:
		return Stacked
	case out.Idle:
		return Idle
	}
	return Met
}

func refusal(out *entitle.Outcome) Reason {
	month := out.On.Month()
	switch {
	case out.Stacking != nil:
		return Stacked
	case out.Instead != nil && len(out.Unmet) == 0:
		return Instead
	case len(out.Unmet) > 0:
		return Unmet
	case out.Starts != nil && month < out.Starts.Month():
		return NotYet
	case out.Ends != nil && month > out.Ends.Month():
		return Over
	}
	return Unmet
}
