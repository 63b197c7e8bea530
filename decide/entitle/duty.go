package entitle

import (
	"slices"

	"cel.dev/cel-go/common/types"

	"doudi/decide/counter"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/period"
)

// Owe says where an office stands with a duty: the next due day on or after the asked day (of a duty that is due once,
// its day, past or not; of one that has targets alone, the target's day), the indicator as measured, and the target in
// force. Codes: those of [policy.Basis.InForce], "rule.ratio", "calendar.year-missing".
func Owe(b *policy.Basis, s *subject.Subject, x *policy.Duty, on period.Day) (*DutyOutcome, error) {
	if err := b.InForce(on); err != nil {
		return nil, err
	}
	r := newRuling(b, s, x.Block, on)
	out := &DutyOutcome{Basis: b, Duty: x, On: on}
	if err := r.next(x, out); err != nil {
		return nil, err
	}
	if x.Indicator != nil {
		if err := r.measure(x, out); err != nil {
			return nil, err
		}
	}
	out.Questions = r.questions(nil, nil, nil)
	return out, nil
}

// next finds the due day.
func (r *ruling) next(x *policy.Duty, out *DutyOutcome) error {
	roll, missing, err := r.rolls(x.Roll)
	if err != nil {
		return err
	}
	out.Missing = join(out.Missing, missing...)
	once, missing, err := r.day(x.By)
	if err != nil {
		return err
	}
	out.Missing = join(out.Missing, missing...)
	if once != nil {
		out.Due, out.Rolled, err = r.roll(*once, roll)
		return err
	}
	return r.soonest(r.recurring(x), roll, out)
}

// soonest takes the first of the days that is not past. A day that has passed may have been moved to one that has not.
func (r *ruling) soonest(days []period.Day, roll bool, out *DutyOutcome) error {
	slices.Sort(days)
	for _, day := range days {
		if day < r.on-longestRest {
			continue
		}
		due, rolled, err := r.roll(day, roll)
		if err != nil {
			return err
		}
		if *due >= r.on {
			out.Due, out.Rolled = due, rolled
			return nil
		}
	}
	return nil
}

// longestRest is more days than ever were off in a row.
const longestRest = 20

func (r *ruling) roll(day period.Day, roll bool) (*period.Day, bool, error) {
	due, err := r.basis.Pack.Calendar.Natural(day, 0, roll)
	return &due, due != day, err
}

// recurring are the days a duty falls due around the asked day: those of last year, this and the next.
func (r *ruling) recurring(x *policy.Duty) []period.Day {
	var days []period.Day
	first := period.YearOf(r.on).From.Month() - 12
	for month := first; month < first+36; month++ {
		for _, d := range x.Yearly {
			if d.Month == month.Number() {
				days = append(days, dayIn(month, d.Day))
			}
		}
		if x.Monthly > 0 {
			days = append(days, dayIn(month, x.Monthly))
		}
	}
	if x.Every != "" {
		span := counter.Calendar(x.Every, r.on)
		days = append(days, span.From-1, span.To)
	}
	return days
}

// dayIn is a day of a month, the last one when the month is shorter.
func dayIn(month period.Month, day int) period.Day {
	return min(month.First().AddDays(day-1), month.Last())
}

// measure computes the indicator from what was measured, and compares it with the target.
func (r *ruling) measure(x *policy.Duty, out *DutyOutcome) error {
	for id := range x.Indicator.Counts {
		if count, known := r.subject.Measured[x.ID][id]; known {
			r.put("count."+id, rule.Int(count))
		}
	}
	if x.Indicator.Value != nil {
		if err := r.provide(x.Indicator.Value); err != nil {
			return err
		}
		r.note(x.Indicator.Value)
		figure, err := x.Indicator.Value.Trace(r.inside(x.Indicator.Value))
		if err != nil {
			return err
		}
		if missing := rule.Missing(figure.Value); missing != nil {
			out.Missing = join(out.Missing, missing...)
		} else {
			out.Value, out.Figure = figure.Value, &figure
		}
	}
	return r.target(x.Indicator, out)
}

// target is the first whose day has not passed; after the last the last.
func (r *ruling) target(x *policy.Indicator, out *DutyOutcome) error {
	var target *policy.Target
	for i := range x.Targets {
		if target = &x.Targets[i]; target.By >= r.on {
			break
		}
	}
	if target == nil {
		return nil
	}
	if out.TargetBy = &target.By; out.Duty.By == nil && out.Due == nil { // a duty without a day of its own is due with its target
		out.Due = &target.By
	}
	value, err := r.eval(target.Value)
	if err != nil {
		return err
	}
	if missing := rule.Missing(value); missing != nil {
		out.Missing = join(out.Missing, missing...)
		return nil
	}
	out.Target = value
	out.Met = reached(out, x.AtMost)
	return nil
}

func reached(out *DutyOutcome, atMost bool) rule.Truth {
	var value, target int64
	switch v := out.Value.(type) {
	case types.Int:
		value = int64(v)
	case rule.Rate:
		value = int64(v)
	default:
		return rule.Unknown
	}
	switch t := out.Target.(type) {
	case types.Int:
		target = int64(t)
	case rule.Rate:
		target = int64(t)
	}
	if atMost && value <= target || !atMost && value >= target {
		return rule.Met
	}
	return rule.NotMet
}
