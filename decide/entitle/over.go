package entitle

import (
	"slices"

	"doudi/decide/counter"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/subject"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Over is what a benefit pays for the months of a span, and the outcome of each month, or of each longer period of the
// rule that lies in the span. A month is decided as it stands on its last day that lies in the span and in the pack's
// time; months without such a day are left out. An amount that is not known counts as nothing in the total and is marked.
func Over(b *policy.Basis, s *subject.Subject, x *policy.Benefit, span period.Span) (total money.Fen, months []MonthAmount, err error) {
	return over(&matter{basis: b, subject: s}, x, span)
}

func over(like *matter, x *policy.Benefit, span period.Span) (total money.Fen, months []MonthAmount, err error) {
	span = span.Intersect(like.basis.Span())
	if span.Empty() {
		return 0, nil, nil
	}
	every := periodOf(like.basis, x.Every)
	for day := span.From; ; {
		whole := stretch(every, day, span)
		month, err := decideFor(like, x, whole.Intersect(span))
		if err != nil {
			return 0, nil, err
		}
		month.Period, month.Month = whole, whole.From.Month()
		months = append(months, month)
		if total, err = money.Add(total, month.Amount); err != nil {
			return 0, nil, err
		}
		if whole.To >= span.To {
			return total, months, nil
		}
		day = whole.To + 1
	}
}

// stretch is the period of a rule that holds a day; what is paid once is one period of the whole span.
func stretch(every policy.Period, day period.Day, span period.Span) period.Span {
	if every == policy.Once || every == policy.Lifetime || every == policy.PerEvent || every == "" {
		return span
	}
	return counter.Calendar(every, day)
}

// decideFor decides a period on its last day, or on the last day of the month in which the benefit ends.
func decideFor(like *matter, x *policy.Benefit, days period.Span) (MonthAmount, error) {
	out, err := like.on1(x, days.To)
	if err != nil {
		return MonthAmount{}, err
	}
	if ends := out.Ends; ends != nil && out.Verdict == explain.NotPayable && *ends >= days.From && ends.Month() < days.To.Month() {
		if out, err = like.on1(x, ends.Month().Last()); err != nil {
			return MonthAmount{}, err
		}
	}
	return MonthAmount{On: out.On, Verdict: out.Verdict, Amount: out.Due(),
		Known: out.Verdict != explain.DocumentsNeeded && (out.Amount.Known || !paying(out.Verdict) || x.Amount == nil && x.Discretion == nil)}, nil
}

// on1 decides a benefit on another day, with what else is particular to the matter.
func (m *matter) on1(x *policy.Benefit, day period.Day) (*Outcome, error) {
	other := matter{basis: m.basis, subject: m.subject, on: day, waived: m.waived}
	return other.final(x)
}

// Payments gathers months into the periods in which they are paid out (paid); the amount of a month is paid in the
// period that holds the month.
func Payments(b *policy.Basis, x *policy.Benefit, months []MonthAmount) ([]Payment, error) {
	paid := periodOf(b, x.Paid)
	if paid == "" {
		paid = periodOf(b, x.Every)
	}
	var list []Payment
	for _, month := range months {
		span := month.Period
		if within := counter.Calendar(paid, month.Period.To); within.Contains(span.From) && paid != policy.Once && paid != policy.PerEvent {
			span = within
		}
		i := slices.IndexFunc(list, func(p Payment) bool { return p.Period == span })
		if i < 0 {
			i = len(list)
			list = append(list, Payment{Period: span})
		}
		if month.Amount == 0 {
			continue
		}
		var err error
		if list[i].Amount, err = money.Add(list[i].Amount, month.Amount); err != nil {
			return nil, err
		}
		list[i].Months = append(list[i].Months, month.Month)
	}
	return list, nil
}

// Rhythm is how often a benefit is due under a basis, whichever reading decides it.
func Rhythm(b *policy.Basis, x *policy.Benefit) policy.Period { return periodOf(b, x.Every) }
