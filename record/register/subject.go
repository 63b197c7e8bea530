package register

import (
	"cmp"
	"slices"

	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// Subject is what a decision of a day may use about a person, as it was known on another: the person's facts and rosters, and the
// facts of the households while the person was a member, household.size included. Everything known comes with its days,
// because rules ask about other days too; day decides whose the person is and under which name.
//
// Codes: dated.party-unknown; register.person-moved and register.person-absent (kind OutOfForce) for a person who was not
// this county's on the day.
func (r *Register) Subject(tx *store.Tx, person string, day, knownOn period.Day) (*subject.Subject, error) {
	if err := r.need(tx, person, PersonKind); err != nil {
		return nil, err
	}
	statements, err := r.book.Of(tx, person, knownOn)
	if err != nil {
		return nil, err
	}
	if _, here := at(dated.Named(statements, presenceName), day); !here {
		return nil, r.whyAbsent(tx, person, day)
	}
	s := &subject.Subject{Facts: rule.Facts{}}
	if err := r.keptRosters(tx, s.Facts, knownOn); err != nil {
		return nil, err
	}
	if err := r.collect(s.Facts, statements, dated.Always); err != nil {
		return nil, err
	}
	if err := r.householdFacts(tx, s.Facts, dated.Named(statements, memberName), knownOn); err != nil {
		return nil, err
	}
	if name, ok := s.Facts.At(nameFact, day); ok {
		s.Name = r.vocabulary.Facts[nameFact].Show(name.Value, "zh")
	}
	return s, nil
}

// collect adds statements that the vocabulary knows, held within a span.
func (r *Register) collect(facts rule.Facts, statements []dated.Statement, within period.Span) error {
	for _, s := range statements {
		t := r.typeOf(s.Name)
		if t == nil {
			continue
		}
		if s.Span = s.Span.Intersect(within); s.Span.Empty() {
			continue
		}
		fact, err := fact(t, s)
		if err != nil {
			return err
		}
		facts[s.Name] = append(facts[s.Name], fact)
	}
	return nil
}

// rostersKept is the key under which the statements about the county are remembered.
type rostersKept struct{}

// Prefetch says that a person's subject will be asked for ([store.Tx.Prefetch]).
func (r *Register) Prefetch(tx *store.Tx, person string) { r.book.Prefetch(tx, person) }

// keptRosters says “not on it” for the rosters that the county keeps complete; memberships are added behind and count more.
func (r *Register) keptRosters(tx *store.Tx, facts rule.Facts, knownOn period.Day) error {
	all, err := store.Standing(tx, rostersKept{}, func() ([]dated.Statement, error) { return r.book.History(tx, tx.County) })
	if err != nil {
		return err
	}
	for _, s := range dated.Known(dated.Named(all, keptName), knownOn) {
		roster, err := unquoted(s.Value)
		if err != nil {
			return err
		}
		name := rosterPrefix + roster
		facts[name] = append(facts[name], rule.Fact{Value: rule.Bool(false), Span: s.Span, Source: s.Source, Learned: s.Learned})
	}
	return nil
}

// householdFacts adds what is known of each household, for the days on which the person was its member.
func (r *Register) householdFacts(tx *store.Tx, facts rule.Facts, memberships []dated.Statement, knownOn period.Day) error {
	spans := map[string][]period.Span{}
	var households []string
	for _, m := range memberships {
		if spans[m.Object] == nil {
			households = append(households, m.Object)
		}
		spans[m.Object] = append(spans[m.Object], m.Span)
	}
	for _, household := range households {
		statements, err := r.book.Of(tx, household, knownOn)
		if err != nil {
			return err
		}
		members, err := r.members(tx, household, knownOn)
		if err != nil {
			return err
		}
		for _, span := range joined(spans[household]) {
			if err := r.collect(facts, statements, span); err != nil {
				return err
			}
			facts[sizeFact] = append(facts[sizeFact], sizes(members, span)...)
		}
	}
	return nil
}

// joined are spans with those that meet made one: a member whose relation changed is still the same member.
func joined(spans []period.Span) []period.Span {
	slices.SortFunc(spans, func(a, b period.Span) int { return cmp.Compare(a.From, b.From) })
	var result []period.Span
	for _, s := range spans {
		if n := len(result); n > 0 && result[n-1].To != rule.Forever && result[n-1].To+1 == s.From {
			result[n-1].To = s.To
		} else {
			result = append(result, s)
		}
	}
	return result
}

// sizes is how many members a household had over a span, as facts.
func sizes(members []dated.Statement, within period.Span) []rule.Fact {
	var facts []rule.Fact
	days := changes(members)
	for i, from := range days {
		span := period.Span{From: from, To: rule.Forever}
		if i+1 < len(days) {
			span.To = days[i+1] - 1
		}
		if span = span.Intersect(within); span.Empty() {
			continue
		}
		count, learned := int64(0), rule.Beginning
		for _, m := range members {
			if m.Holds(span.From) {
				count++
				learned = max(learned, m.Learned)
			}
		}
		facts = append(facts, rule.Fact{Value: rule.Int(count), Span: span, Source: "家庭成员登记", Learned: learned})
	}
	return facts
}
