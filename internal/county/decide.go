package county

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/period"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/store"
)

// decision is what an office decided on an application.
type decision struct {
	benefit.Act // its subject is not known yet
	person      *Person
	household   bool // it is about the household
}

// decisionsOf are those of a month on what a person applied for: approvals with what the application says, and amounts where the document leaves them to
// judgement. What happens at a visit or an emergency is no matter of monthly runs and is left to the applications themselves.
func decisionsOf(h *Household, p *Person, m period.Month) (found []decision) {
	if p.Asked == nil || p.decidedOn().Month() != m {
		return nil
	}
	for _, x := range h.Town.Pack.Benefits {
		scheme := benefit.SchemeOf(h.Town.Pack, x)
		d := decision{Act: benefit.Act{Scheme: scheme, Kind: benefit.Approve, Day: p.decidedOn()}, person: p, household: x.For == "household"}
		if slices.Contains(p.Approved, x.ID) {
			found = append(found, d)
		}
		if grant, granted := p.Asked.Decisions[x.ID]; granted && x.Every.Fixed != policy.PerEvent {
			d.Kind, d.Amount, d.Reason = benefit.Grant, grant.Amount, grant.Reason
			found = append(found, d)
		}
	}
	return found
}

// decidedOn is the day of approval, or else of the application, or the first of the year.
func (p *Person) decidedOn() period.Day {
	for _, name := range []string{"approval.day", "application.day"} {
		if fact, ok := p.Asked.Facts.At(name, Opening); ok {
			if day, ok := fact.Value.(rule.Day); ok && period.Day(day) > Opening {
				return period.Day(day)
			}
		}
	}
	return Opening
}

// decide keeps the decisions of a month in one command.
func (w *Writer) decide(ctx context.Context, m period.Month, decisions []decision) error {
	if len(decisions) == 0 {
		return nil
	}
	return w.Do(ctx, Step{fmt.Sprint("decisions ", m), m.Last(), Checker}, nil, func(tx *store.Tx) (any, error) {
		for _, d := range decisions {
			if err := w.keep(tx, d); err != nil {
				return nil, fmt.Errorf("%s of %s: %w", d.Scheme, d.person.Number.Mask(), err)
			}
		}
		return nil, nil
	})
}

func (w *Writer) keep(tx *store.Tx, d decision) (err error) {
	if d.Subject, err = w.Register.ByNumber(tx, d.person.Number); err != nil {
		return err
	}
	if d.household {
		if d.Subject, err = w.Register.HouseholdOf(tx, d.Subject, d.Day, rule.Forever); err != nil {
			return err
		}
	}
	if d.Kind == benefit.Approve {
		if d.Facts, err = w.applied(d.person); err != nil {
			return err
		}
	}
	_, err = w.Benefits.Act(tx, d.Act)
	return err
}

// applied is what the application of a person says, as an act keeps it.
func (w *Writer) applied(p *Person) (map[string]string, error) {
	written := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(p.Asked.Facts)) {
		if !strings.HasPrefix(name, "application.") && !strings.HasPrefix(name, "approval.") {
			continue
		}
		value, err := dated.Encode(w.Vocabulary.Facts[name], p.Asked.Facts[name][0])
		if err != nil {
			return nil, err
		}
		written[name] = value
	}
	return written, nil
}
