package settle

import (
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/counter"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/money"
)

// tally is a counter of the settlement: what was used before, and whether this bill moves it.
type tally struct {
	movement counter.Movement // its Counter is nil when this bill does not move it
	missing  []string         // facts without which it is not known how this bill moves it
}

// openCounters reads what was used before of every counter the settlement declares.
func (st *settler) openCounters() error {
	for _, id := range counter.IDs(st.rule.Accumulate) {
		st.prepare(id)
		movement, missing, err := counter.Open(st.basis, st.rule.Accumulate, id, st.scope, st.person.History, st.result.Decided)
		if err != nil {
			return err
		}
		st.counters = append(st.counters, tally{movement, missing})
		st.set("counter."+id, st.used(id, movement, missing))
	}
	return nil
}

// prepare makes the scope ready for every expression of a counter.
func (st *settler) prepare(id string) {
	for i := range st.rule.Accumulate {
		c := &st.rule.Accumulate[i]
		if c.ID != id {
			continue
		}
		for _, x := range append([]*rule.Expression{c.When, c.DatedBy}, c.Key...) {
			if x != nil {
				st.in(x)
			}
		}
	}
}

// used is what counter.<id> means. A counter that this bill does not move can be read all the same when it has one form
// only: that a stay at a city hospital does not add to the county's counter does not empty it.
func (st *settler) used(id string, movement counter.Movement, missing []string) ref.Val {
	if movement.Counter != nil {
		return movement.Value()
	}
	only := st.onlyVariant(id)
	if only == nil && missing == nil {
		return none(st.rule.Accumulate, id)
	}
	if only == nil {
		return st.wanting(missing)
	}
	day, missing, err := dayOf(st.scope, only.DatedBy)
	if err == nil && missing == nil {
		movement, missing, err = counter.At(st.basis, only, st.scope, st.person.History, day)
	}
	switch {
	case err != nil:
		return types.WrapErr(err) // counts only where a rule reads it
	case missing != nil:
		return st.wanting(missing)
	}
	return movement.Value()
}

func (st *settler) onlyVariant(id string) (only *policy.Counter) {
	for i := range st.rule.Accumulate {
		if st.rule.Accumulate[i].ID != id {
			continue
		}
		if only != nil {
			return nil
		}
		only = &st.rule.Accumulate[i]
	}
	return only
}

// none is nothing used, of the counter's kind.
func none(variants []policy.Counter, id string) ref.Val {
	for i := range variants {
		if variants[i].ID == id && variants[i].IsCount {
			return rule.Int(0)
		}
	}
	return rule.Money(0)
}

// moveCounters adds what this bill uses. A movement that cannot be told for want of facts is one more thing needed: a
// bill whose use is not counted could be followed by another that uses the same again.
func (st *settler) moveCounters() error {
	st.set("patient", rule.Money(st.result.Patient))
	for _, t := range st.counters {
		if t.missing != nil {
			st.miss(t.missing)
			continue
		}
		if t.movement.Counter == nil {
			continue
		}
		if err := st.move(t.movement); err != nil {
			return err
		}
	}
	return nil
}

func (st *settler) move(m counter.Movement) error {
	amount, known, err := st.delta(m.Counter)
	if err != nil || !known {
		return err
	}
	if m, err = m.Add(amount, 1); err != nil {
		return err
	}
	if err := st.withinCap(m); err != nil {
		return err
	}
	st.result.Counters = append(st.result.Counters, m)
	st.askCounter(m.Counter)
	return nil
}

func (st *settler) askCounter(c *policy.Counter) {
	for _, x := range append([]*rule.Expression{c.When, c.Sum, c.Cap, c.DatedBy}, c.Key...) {
		if x != nil {
			st.ask(x.Refs)
		}
	}
}

// delta is what this bill adds to a counter of money. It is not known for a payer whose part of a group is provisional:
// that counter moves when the division stands.
func (st *settler) delta(c *policy.Counter) (amount money.Fen, known bool, err error) {
	kind, id, _ := strings.Cut(c.Of, ".")
	switch kind {
	case "cost":
		return st.result.Bill.Total(), true, nil
	case "patient":
		return st.result.Patient, true, nil
	case "amount":
		return own(st.result), true, nil
	case "base":
		return st.base[id], true, nil
	case "payer":
		amount, known = st.paidBy(id)
		return amount, known, nil
	case "count":
		return 0, true, nil
	}
	value, err := c.Sum.Eval(st.in(c.Sum))
	sum, known := value.(rule.Money)
	if err == nil && !known {
		st.miss(rule.Missing(value))
	}
	return money.Fen(sum), known, err
}

// paidBy is what a payer paid of this bill; a payer that was left out paid nothing.
func (st *settler) paidBy(id string) (money.Fen, bool) {
	for i := range st.result.Payers {
		if p := &st.result.Payers[i]; p.Payer.ID == id {
			return p.Amount, p.Known && !p.Provisional
		}
	}
	return 0, true
}

// withinCap refuses a movement above the counter's cap; a bill that adds nothing breaks none. A cap that is not known
// cannot be kept, so it is missing.
func (st *settler) withinCap(m counter.Movement) error {
	if m.Counter.Cap == nil || m.Delta == 0 && m.CountDelta == 0 {
		return nil
	}
	limit, over, err := m.Over(st.in(m.Counter.Cap))
	switch {
	case err != nil:
		return err
	case limit == nil || types.IsUnknown(limit):
		value, err := m.Counter.Cap.Eval(st.scope)
		st.miss(rule.Missing(value))
		return err
	case over:
		return st.overCap(m, limit)
	}
	return nil
}
