package benefit

import (
	"cmp"
	"slices"
	"strings"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// found is what a run writes about a subject.
type found struct {
	determinations []Determination
	differences    []Difference
	carried        money.Fen // stood for the run's month before
	evaluated      money.Fen // the rules give for it
}

func split(scheme string) (series, id string) {
	i := strings.LastIndexByte(scheme, '/')
	return scheme[:max(i, 0)], scheme[i+1:]
}

// compare finds what the sheet says otherwise than the determinations in force. Reasons are asked for where there is a difference.
func (m *matter) compare(s *sheet, reason func(scheme string, month period.Month, c *cell) (Reason, error)) (*found, error) {
	f := &found{}
	names := m.known(nil)
	for name := range s.cells {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if err := m.compareScheme(f, s, name, reason); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (m *matter) compareScheme(f *found, s *sheet, scheme string, reason func(string, period.Month, *cell) (Reason, error)) error {
	var open *Determination // the row that the month before belongs to
	for month := m.lowest(s, scheme); month <= m.month; month++ {
		now, asked := s.cells[scheme][month]
		was := standing(m.before, scheme, month)
		if month == m.month {
			f.carried += was.due(month)
			f.evaluated += now.due(month)
		}
		if !asked && month < s.from { // nobody asked about it: it stands, unless the document's back pay is gone
			now = m.unasked(s, scheme, was)
		}
		if now.same(&was) {
			open = nil
			continue
		}
		why, err := reason(scheme, month, &now)
		if err != nil {
			return err
		}
		now.reason = why
		m.difference(f, scheme, month, was, now)
		if open != nil && open.continues(&now, month) {
			open.To = month
		} else {
			f.determinations = append(f.determinations, m.determination(scheme, month, now))
			open = &f.determinations[len(f.determinations)-1]
		}
		if month == m.month {
			open.To = open.end(&now)
		} else if now.first != 0 && now.to < month+1 {
			open = nil
		}
	}
	return nil
}

// lowest is the first month that has to be compared.
func (m *matter) lowest(s *sheet, scheme string) period.Month {
	low := s.from
	for month := range s.cells[scheme] {
		low = min(low, month)
	}
	if s.from <= m.opening { // everything was asked: back pay of earlier runs may have to go
		for i := range m.before {
			if m.before[i].Scheme == scheme {
				low = min(low, m.before[i].From)
			}
		}
	}
	return low
}

func (m *matter) unasked(s *sheet, scheme string, was cell) cell {
	if s.from <= m.opening {
		return cell{}
	}
	return was
}

// continues tells whether a row can be drawn on to a month. What is due once in a period is one payment, wherever the person lives later in the
// period and whatever is said of them then: a second row would be a second payment.
func (d *Determination) continues(c *cell, month period.Month) bool {
	old := d.cell()
	switch {
	case d.To != month-1:
		return false
	case d.Every != policy.EveryMonth && gives(d.Verdict):
		return old.verdict == c.verdict && old.amount == c.amount && old.held == c.held && d.From == c.first
	}
	return d.Reason == c.reason && d.Adoption == c.adoption && d.Division == c.division && old.same(c)
}

// end is the last month of a row that holds in the run's month.
func (d *Determination) end(c *cell) period.Month {
	if gives(c.verdict) && c.first != 0 {
		return c.to
	}
	return NoEnd
}

func (m *matter) determination(scheme string, month period.Month, c cell) Determination {
	d := Determination{Subject: m.party.ID, Scheme: scheme, From: month, To: month, Every: c.every, Verdict: c.verdict, Reason: c.reason, Amount: c.amount,
		Held: c.held, Exit: c.exit, Adoption: c.adoption, Division: c.division, ReviewBy: c.review}
	if d.Verdict == "" {
		d.Verdict = explain.NotPayable
	}
	if d.Every == "" {
		d.Every = policy.EveryMonth
	}
	if !gives(d.Verdict) {
		d.Amount, d.ReviewBy = 0, 0
	}
	return d
}

// difference adds the month to what people look at, unless it is a month before and nothing changes in money.
func (m *matter) difference(f *found, scheme string, month period.Month, was, now cell) {
	d := Difference{Subject: m.party.ID, Scheme: scheme, Month: month, Before: was.due(month), After: now.due(month), Reason: now.reason, Division: now.division}
	if month < m.month {
		switch {
		case d.After > d.Before:
			d.Kind = Arrears
		case d.After < d.Before:
			d.Kind = Recovery
		default:
			return
		}
	} else if d.Kind = kindOf(&was, &now, month); d.Kind == "" {
		return
	}
	f.differences = append(f.differences, d)
}

// kindOf is what sort of difference the run's month has; "" for none that anybody looks at.
func kindOf(was, now *cell, month period.Month) Kind {
	had, has := gives(was.verdict), gives(now.verdict)
	switch {
	case has && now.held && !(had && was.held):
		return Held
	case !had && has && now.amount > 0 && now.first < month && now.first != 0:
		return "" // due once in its period, in a month before: that month's arrears say it
	case !had && has:
		return Added
	case had && !has:
		return Stopped
	case had && was.amount == now.amount && was.held == now.held && now.verdict == explain.ReviewDue:
		return Recheck
	case had:
		return Changed
	case now.verdict == explain.DocumentsNeeded:
		return Unknown
	case now.verdict == explain.NotSelected:
		return Outside
	}
	return ""
}

// ordered puts differences into the order in which they are kept.
func ordered(list []Difference) {
	slices.SortFunc(list, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.Month, b.Month))
	})
}
