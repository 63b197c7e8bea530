package claim

import (
	"cmp"
	"maps"
	"slices"

	"doudi/decide/rule"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// frozen is what a bill was settled with besides what it says itself.
type frozen struct {
	Adopted  adopted       `json:"adopted"`
	Facts    dated.Frozen  `json:"facts"`
	Papers   dated.Frozen  `json:"papers,omitempty"`   // what papers showed that were handed in after the bill
	Counters []frozenEntry `json:"counters,omitempty"` // what earlier bills used, as far as it was looked at
}

// frozenEntry is what was used of a counter on a day.
type frozenEntry struct {
	Counter string     `json:"counter"`
	Key     []string   `json:"key,omitempty"`
	Day     period.Day `json:"day"`
	Amount  int64      `json:"amount,omitempty"` // fen
	Count   int64      `json:"count,omitempty"`
}

// unneeded are facts that no rule asks for and that are therefore not kept with a settlement.
var unneeded = []string{"person.name", "person.id"}

// thaw reads facts that were frozen.
func (c *Claims) thaw(kept dated.Frozen) (rule.Facts, error) {
	facts, err := kept.Thaw(c.Vocabulary)
	if err != nil {
		err = damaged(err)
	}
	return facts, err
}

// gather is what is known today for a bill: the facts of its person and of its provider.
func (c *Claims) gather(tx *store.Tx, claim *Claim, bill *subject.Subject) (rule.Facts, error) {
	day, today := visitDay(bill), dated.Today(tx)
	person, err := c.Register.Subject(tx, claim.Person, day, today)
	if err != nil {
		return nil, err
	}
	hospital, err := c.Providers.Facts(tx, claim.Provider, day, today)
	if err != nil {
		return nil, err
	}
	facts := person.Facts
	maps.Copy(facts, hospital)
	for _, name := range unneeded {
		delete(facts, name)
	}
	return facts, notAfterDeath(facts, bill)
}

// notAfterDeath refuses a visit of somebody who had died.
func notAfterDeath(facts rule.Facts, bill *subject.Subject) error {
	died, ok := dayOf(facts, "person.death")
	if !ok {
		return nil
	}
	for _, name := range []string{"visit.date", "visit.admitted", "visit.discharged"} {
		if day, ok := dayOf(bill.Facts, name); ok && day > died {
			return afterDeath(died, day)
		}
	}
	return nil
}

func dayOf(facts rule.Facts, name string) (period.Day, bool) {
	fact, ok := facts.At(name, rule.Forever)
	if !ok {
		return 0, false
	}
	day, ok := fact.Value.(rule.Day)
	return period.Day(day), ok
}

// joined is a bill with the facts it is settled with, to which those it says itself are added. What papers show that were handed in later stands instead.
func joined(bill *subject.Subject, facts, papers rule.Facts, history subject.History) *subject.Subject {
	maps.Copy(facts, bill.Facts)
	maps.Copy(facts, papers)
	return &subject.Subject{Facts: facts, Bill: bill.Bill, History: history}
}

// lookedAt is the part of a history that a result stands on: of a counter that was moved what was used in its window, in one
// entry; of a counter that was only read everything, day by day.
func lookedAt(h subject.History, r *settle.Result) []frozenEntry {
	var kept []frozenEntry
	moved := map[string]bool{}
	for i := range r.Counters {
		m := &r.Counters[i]
		moved[m.ID] = true
		if m.Before != 0 || m.CountBefore != 0 {
			kept = append(kept, frozenEntry{Counter: m.ID, Key: m.Key, Day: m.Day, Amount: int64(m.Before), Count: m.CountBefore})
		}
	}
	if r.Settlement == nil {
		return kept
	}
	for _, e := range h.Counters {
		declared := slices.ContainsFunc(r.Settlement.Accumulate, declares(e.Counter))
		if declared && !moved[e.Counter] {
			kept = sumUp(kept, frozenEntry{Counter: e.Counter, Key: e.Key, Day: e.Day, Amount: int64(e.Amount), Count: e.Count})
		}
	}
	slices.SortFunc(kept, frozenEntry.compare)
	return kept
}

// sumUp adds an entry to those of its counter, key and day.
func sumUp(kept []frozenEntry, e frozenEntry) []frozenEntry {
	for i := range kept {
		if kept[i].compare(e) == 0 {
			kept[i].Amount += e.Amount
			kept[i].Count += e.Count
			return kept
		}
	}
	return append(kept, e)
}

func (e frozenEntry) compare(other frozenEntry) int {
	return cmp.Or(cmp.Compare(e.Counter, other.Counter), slices.Compare(e.Key, other.Key), cmp.Compare(e.Day, other.Day))
}

func (f *frozen) history() subject.History {
	var h subject.History
	for _, e := range f.Counters {
		h.Counters = append(h.Counters, subject.Entry{Counter: e.Counter, Key: e.Key, Day: e.Day, Amount: money.Fen(e.Amount), Count: e.Count})
	}
	return h
}
