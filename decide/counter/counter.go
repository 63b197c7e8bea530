// Package counter reads the named, dated totals that settlements and benefits share: which variant applies, over which
// days it adds up, what was used before, and how a decision moves it.
package counter

import (
	"slices"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Movement is a counter before and after a decision. Money counters use Before, Delta and After; those that count use
// the three counts.
type Movement struct {
	Counter *policy.Counter
	ID      string
	Key     []string // beyond the person
	Day     period.Day
	Window  period.Span // what it adds up over; empty when nothing earlier counts
	IsCount bool

	Before, Delta, After                money.Fen
	CountBefore, CountDelta, CountAfter int64
}

// IDs are the counters of a block, once each and in written order.
func IDs(variants []policy.Counter) []string {
	var ids []string
	for i := range variants {
		if id := variants[i].ID; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Select is the first variant of a counter whose when holds. It is nil with names when an earlier when is unknown, and
// nil without when none holds.
func Select(variants []policy.Counter, id string, s *rule.Scope) (chosen *policy.Counter, missing []string, err error) {
	for i := range variants {
		c := &variants[i]
		if c.ID != id {
			continue
		}
		if c.When == nil {
			return c, nil, nil
		}
		value, err := c.When.Eval(s)
		switch {
		case err != nil:
			return nil, nil, err
		case value == types.True:
			return c, nil, nil
		case value != types.False:
			return nil, rule.Missing(value), nil
		}
	}
	return nil, nil, nil
}

// Open selects a counter of a block and reads what was used before. The window is the one that holds its dated_by day;
// on is taken when it has none. Missing names what must be known first; a counter of which no variant applies, and one
// that is not known, have a nil Counter.
func Open(b *policy.Basis, variants []policy.Counter, id string, s *rule.Scope, h subject.History, on period.Day) (m Movement, missing []string, err error) {
	m.ID = id
	chosen, missing, err := Select(variants, id, s)
	if err != nil || chosen == nil {
		return m, missing, err
	}
	if m.Day, missing, err = dated(chosen, s, on); err != nil || missing != nil {
		return m, missing, err
	}
	return At(b, chosen, s, h, m.Day)
}

// At is Open for a variant that is already chosen, with the window that holds a day.
func At(b *policy.Basis, c *policy.Counter, s *rule.Scope, h subject.History, day period.Day) (m Movement, missing []string, err error) {
	m = Movement{ID: c.ID, Day: day, IsCount: c.IsCount}
	if m.Key, missing, err = Key(c, s); err != nil || missing != nil {
		return m, missing, err
	}
	if m.Window, err = Window(b, c, day); err != nil {
		return m, nil, err
	}
	m.Counter = c
	m.Before, m.CountBefore, err = Used(h, c.ID, m.Key, m.Window)
	m.After, m.CountAfter = m.Before, m.CountBefore
	return m, nil, err
}

func dated(c *policy.Counter, s *rule.Scope, on period.Day) (period.Day, []string, error) {
	if c.DatedBy == nil {
		return on, nil, nil
	}
	value, err := c.DatedBy.Eval(s)
	if err != nil {
		return 0, nil, err
	}
	if day, ok := value.(rule.Day); ok {
		return period.Day(day), nil, nil
	}
	return 0, rule.Missing(value), nil
}

// Key is what a counter is kept by beyond the person.
func Key(c *policy.Counter, s *rule.Scope) (key, missing []string, err error) {
	for _, x := range c.Key {
		value, err := x.Eval(s)
		if err != nil {
			return nil, nil, err
		}
		word, ok := value.(types.String)
		if !ok {
			return nil, rule.Missing(value), nil
		}
		key = append(key, string(word))
	}
	return key, nil, nil
}

// Used is what earlier entries of a counter add up to in a window. No entry means that nothing was used: the record is
// the office's own. The error has code "money.overflow".
func Used(h subject.History, id string, key []string, window period.Span) (money.Fen, int64, error) {
	sum, count := money.Fen(0), int64(0)
	for i := range h.Counters {
		e := &h.Counters[i]
		if e.Counter != id || !window.Contains(e.Day) || !slices.Equal(e.Key, key) {
			continue
		}
		var err error
		if sum, err = money.Add(sum, e.Amount); err != nil {
			return 0, 0, err
		}
		total, err := money.Add(money.Fen(count), money.Fen(e.Count)) // counts overflow like money does
		if err != nil {
			return 0, 0, err
		}
		count = int64(total)
	}
	return sum, count, nil
}

// Window is the span a counter adds up over for a movement on a day. It is empty for a visit: nothing before it counts.
// Codes: "counter.cycle" and those of [period.Cycle.Containing].
func Window(b *policy.Basis, c *policy.Counter, day period.Day) (period.Span, error) {
	if r := c.Window.Rolling; r != nil {
		return period.Rolling(day, r.Years, r.Months, r.Days), nil
	}
	if c.Window.Cycle != "" {
		cycle, ok := b.Pack.Cycles[c.Window.Cycle]
		if !ok {
			return period.Span{}, &fault.Error{Kind: fault.NotFound, Code: "counter.cycle", At: c.Position.Position(),
				Message: text.Say("累计 %s 的周期 %s 没有定义", "counter %s has no cycle %s", c.ID, c.Window.Cycle),
				Hint:    text.Say("在 pack.yaml 的 cycles 里写明", "define it under cycles in pack.yaml")}
		}
		return cycle.Containing(day)
	}
	return Calendar(c.Window.Period, day), nil
}

// Calendar is the calendar period that holds a day: a month, a school year … Once and lifetime are all time; an event is
// the empty span on its day.
func Calendar(p policy.Period, day period.Day) period.Span {
	switch p {
	case policy.EveryDay:
		return period.Span{From: day, To: day}
	case policy.EveryWeek:
		return period.WeekOf(day)
	case policy.EveryMonth:
		return period.MonthOf(day)
	case policy.EveryQuarter:
		return period.QuarterOf(day)
	case policy.EveryHalfYear:
		return period.HalfYearOf(day)
	case policy.EveryYear:
		return period.YearOf(day)
	case policy.EverySchoolYear:
		return schoolYear(day)
	case policy.PerEvent:
		return period.Span{From: day, To: day - 1}
	default:
		return period.Span{From: rule.Beginning, To: rule.Forever}
	}
}

// schoolYear runs from 1 September to 31 August.
func schoolYear(day period.Day) period.Span {
	first := day.Month() - period.Month((day.Month().Number()+3)%12)
	return period.Span{From: first.First(), To: (first + 11).Last()}
}

// Value is what counter.<id> means to expressions: what was used before.
func (m Movement) Value() ref.Val {
	if m.IsCount {
		return rule.Int(m.CountBefore)
	}
	return rule.Money(m.Before)
}

// Add moves the counter. The error has code "money.overflow".
func (m Movement) Add(amount money.Fen, count int64) (Movement, error) {
	var err error
	if m.IsCount {
		m.CountDelta = count
		after, err := money.Add(money.Fen(m.CountBefore), money.Fen(count))
		m.CountAfter = int64(after)
		return m, err
	}
	m.Delta = amount
	m.After, err = money.Add(m.Before, amount)
	return m, err
}

// Over tells whether the counter stands above its cap after the movement, and the cap; nil when it has none or the cap is
// unknown.
func (m Movement) Over(s *rule.Scope) (limit ref.Val, over bool, err error) {
	if m.Counter == nil || m.Counter.Cap == nil {
		return nil, false, nil
	}
	limit, err = m.Counter.Cap.Eval(s)
	if err != nil {
		return nil, false, err
	}
	switch limit := limit.(type) {
	case rule.Money:
		return limit, m.After > money.Fen(limit), nil
	case types.Int:
		return limit, m.CountAfter > int64(limit), nil
	}
	return nil, false, nil
}
