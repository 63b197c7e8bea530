package dated

import (
	"encoding/json"
	"errors"

	"doudi/decide/rule"
	"doudi/kernel/period"
)

// Frozen are facts as a decision keeps them, by name: everything that was known about each when it was decided.
type Frozen map[string][]FrozenFact

// FrozenFact is one value of a fact with its days and source.
type FrozenFact struct {
	Value   json.RawMessage `json:"value"`
	From    string          `json:"from,omitempty"` // "" for no beginning
	To      string          `json:"to,omitempty"`   // "" for no end
	Source  string          `json:"source,omitempty"`
	Learned string          `json:"learned,omitempty"`
}

// Freeze writes facts with everything that is known about them. Code: dated.no-such-fact for one that the vocabulary does not have.
func Freeze(v *rule.Vocabulary, facts rule.Facts) (Frozen, error) {
	frozen := make(Frozen, len(facts))
	for name, list := range facts {
		t := v.TypeOf(name)
		if t == nil {
			return nil, noSuchFact(name)
		}
		kept := make([]FrozenFact, len(list))
		for i, fact := range list {
			value, err := encode(t, fact) // it comes from the record, and is therefore in its normal form
			if err != nil {
				return nil, err
			}
			kept[i] = FrozenFact{Value: value, From: DayOr(fact.Span.From, rule.Beginning), To: DayOr(fact.Span.To, rule.Forever), Source: fact.Source, Learned: DayOr(fact.Learned, rule.Beginning)}
		}
		frozen[name] = kept
	}
	return frozen, nil
}

// Thaw reads what Freeze wrote. Of a fact that the vocabulary does not have any more nothing is read: no rule asks for it.
func (f Frozen) Thaw(v *rule.Vocabulary) (rule.Facts, error) {
	facts := rule.Facts{}
	for name, list := range f {
		t := v.TypeOf(name)
		if t == nil {
			continue
		}
		for _, kept := range list {
			fact, err := kept.thaw(t)
			if err != nil {
				return nil, err
			}
			facts[name] = append(facts[name], fact)
		}
	}
	return facts, nil
}

func (f *FrozenFact) thaw(t *rule.FactType) (rule.Fact, error) {
	var errs [4]error
	fact := rule.Fact{Source: f.Source}
	fact.Span.From, errs[0] = DayFrom(f.From, rule.Beginning)
	fact.Span.To, errs[1] = DayFrom(f.To, rule.Forever)
	fact.Learned, errs[2] = DayFrom(f.Learned, rule.Beginning)
	fact, errs[3] = Decode(t, string(f.Value), fact)
	return fact, errors.Join(errs[:]...)
}

// DayOr writes a day, and the one that stands for none as nothing.
func DayOr(day, none period.Day) string {
	if day == none {
		return ""
	}
	return day.String()
}

// DayFrom reads what DayOr wrote.
func DayFrom(written string, none period.Day) (period.Day, error) {
	if written == "" {
		return none, nil
	}
	return period.ParseDay(written)
}
