package simulate

import (
	"slices"

	"doudi/decide/entitle"
	"doudi/decide/policy"
	"doudi/decide/subject"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Past is what was paid in every month of a time before, or follows for it.
type Past struct {
	Scheme   string // as the rules name it: one of the pack itself by its id, another's as pack/id
	From, To period.Month
	Amount   money.Fen // a month
	Exit     bool      // a step of a gradual exit
}

// walk decides one side of somebody month by month: what a month gives is on record in the next.
type walk struct {
	basis *policy.Basis
	about *subject.Subject
	span  period.Span
	past  []Past
}

func newWalk(c *Case, b *policy.Basis, span period.Span) *walk {
	return &walk{b, c.Subject, span, slices.Clone(c.Past)}
}

// all decides benefits over the span. What is due for longer than a month comes first: it is decided by its period.
func (w *walk) all(list []*policy.Benefit) (map[*policy.Benefit]*side, error) {
	sides := map[*policy.Benefit]*side{}
	var monthly []*policy.Benefit
	for _, x := range list {
		sides[x] = &side{benefit: x}
		if entitle.Every(w.basis, x) == policy.EveryMonth {
			monthly = append(monthly, x)
			continue
		}
		if err := w.decide(x, sides[x], w.span); err != nil {
			return nil, err
		}
		for _, m := range sides[x].months {
			if err := w.learn(x, m, m.Period.From.Month(), m.Period.To.Month(), false); err != nil {
				return nil, err
			}
		}
	}
	for month := w.span.From.Month(); month <= w.span.To.Month(); month++ {
		if err := w.month(monthly, sides, month); err != nil {
			return nil, err
		}
	}
	return sides, nil
}

func (w *walk) month(list []*policy.Benefit, sides map[*policy.Benefit]*side, month period.Month) error {
	given := len(w.past)
	for _, x := range list {
		s := sides[x]
		before := len(s.months)
		if err := w.decide(x, s, month.Span().Intersect(w.span)); err != nil {
			return err
		}
		for _, m := range s.months[before:] {
			exit, err := w.exit(x, m)
			if err != nil {
				return err
			}
			if err := w.learn(x, m, month, month, exit); err != nil {
				return err
			}
		}
	}
	w.join(given, month)
	return nil
}

// decide adds what a benefit gives in a span.
func (w *walk) decide(x *policy.Benefit, s *side, span period.Span) error {
	total, months, err := entitle.Over(w.basis, w.asked(x, span.From.Month()), x, span)
	if err != nil {
		return err
	}
	for _, m := range months {
		s.has, s.unknown = s.has || gives(m.Verdict), s.unknown || !m.Known
	}
	s.months = append(s.months, months...)
	s.total, err = money.Add(s.total, total)
	return err
}

// exit tells whether a month is a step of a gradual exit.
func (w *walk) exit(x *policy.Benefit, m entitle.MonthAmount) (bool, error) {
	if x.Exit == nil || !gives(m.Verdict) {
		return false, nil
	}
	out, err := entitle.One(w.basis, w.asked(x, m.On.Month()), x, m.On)
	return err == nil && out.Exit != nil && out.Exit.Known, err
}

// learn puts on record what was given, as so much a month.
func (w *walk) learn(x *policy.Benefit, m entitle.MonthAmount, from, to period.Month, exit bool) error {
	if !gives(m.Verdict) {
		return nil
	}
	amount, err := money.Divide(m.Amount, int64(to-from+1), money.Rounding{})
	w.past = append(w.past, Past{x.ID, from, to, amount, exit})
	return err
}

// join draws out what went on in a month, so that the record stays as short as what happened.
func (w *walk) join(given int, month period.Month) {
	fresh := slices.Clone(w.past[given:])
	w.past = w.past[:given]
	for _, p := range fresh {
		i := slices.IndexFunc(w.past, func(o Past) bool {
			return o.Scheme == p.Scheme && o.To == month-1 && o.Amount == p.Amount && o.Exit == p.Exit
		})
		if i >= 0 {
			w.past[i].To = month
		} else {
			w.past = append(w.past, p)
		}
	}
}

// asked is the subject as a benefit's rule sees it in a month: with what was given before. What stood until the month before is still on record in it; only of
// a benefit with a gradual exit its own has ended, or the exit would never begin, and its steps are none that another exit begins from.
func (w *walk) asked(x *policy.Benefit, month period.Month) *subject.Subject {
	if len(w.past) == 0 {
		return w.about
	}
	s := *w.about
	s.History.Determinations = slices.Clone(s.History.Determinations)
	for _, p := range w.past {
		own := p.Scheme == x.ID && x.Exit != nil
		if p.From >= month || own && p.Exit {
			continue
		}
		d := subject.Determination{Scheme: p.Scheme, From: p.From, To: p.To, Amount: p.Amount}
		switch {
		case own:
			d.To = min(d.To, month-1)
		case p.To == month-1:
			d.To, d.Standing = month, true
		}
		s.History.Determinations = append(s.History.Determinations, d)
	}
	return &s
}

// known is the frozen picture that the reasons of a shown month stand on.
func (w *walk) known(x *policy.Benefit, on period.Day) *subject.Subject {
	if w == nil || x == nil {
		return nil
	}
	return w.asked(x, on.Month())
}
