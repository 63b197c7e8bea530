package provider

import (
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// Facts are what a decision of a day may use about a provider, as it was known on another: visit.hospital.* of a hospital or
// pharmacy, provider.* of a school or doctor, with their days. above_county follows from the tier unless it is stated. They are shared: nobody
// may change them. Codes: provider.unknown; provider.closed (kind OutOfForce) when it did not exist on the day.
func (p *Providers) Facts(tx *store.Tx, id string, day, knownOn period.Day) (rule.Facts, error) {
	kind, err := p.KindOf(tx, id)
	if err != nil {
		return nil, err
	}
	statements, err := p.said(tx, id, knownOn)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(statements, func(s dated.Statement) bool { return s.Name == openName && s.Holds(day) }) {
		return nil, closed(day)
	}
	return store.Standing(tx, factsOf{id, knownOn}, func() (rule.Facts, error) { return p.stated(kind, statements) })
}

// stated are the facts that statements about a provider of a kind come to.
func (p *Providers) stated(kind Kind, statements []dated.Statement) (rule.Facts, error) {
	facts := rule.Facts{}
	for _, s := range statements {
		t := p.vocabulary.Facts[s.Name]
		if t == nil || !strings.HasPrefix(s.Name, groups[kind]) {
			continue
		}
		fact, err := dated.Decode(t, s.Value, rule.Fact{Span: s.Span, Source: s.Source, Learned: s.Learned})
		if err != nil {
			return nil, err
		}
		facts[s.Name] = append(facts[s.Name], fact)
	}
	p.follow(facts, groups[kind])
	return facts, nil
}

// follow adds what follows from what is stated. What is added stands first, so that a statement counts more.
func (p *Providers) follow(facts rule.Facts, group string) {
	if was := facts[group+designated]; slices.ContainsFunc(was, func(f rule.Fact) bool { return f.Value == rule.Bool(true) }) {
		no := rule.Fact{Value: rule.Bool(false), Span: dated.Always, Learned: was[0].Learned}
		facts[group+designated] = append([]rule.Fact{no}, was...)
	}
	if p.vocabulary.Facts[group+aboveCounty] == nil {
		return
	}
	var derived []rule.Fact
	for _, f := range facts[group+tier] {
		above := f.Value == rule.Text("city") || f.Value == rule.Text("province")
		f.Value = rule.Bool(above)
		derived = append(derived, f)
	}
	if stated := facts[group+aboveCounty]; len(derived)+len(stated) > 0 {
		facts[group+aboveCounty] = append(derived, stated...)
	}
}
