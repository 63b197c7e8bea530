package rule

import (
	"cmp"
	"slices"

	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/text"
	"doudi/kernel/period"
)

// Always bounds a fact without a stated beginning or end.
const (
	Beginning period.Day = -1 << 31
	Forever   period.Day = 1<<31 - 1
)

// Fact is one value that held over some days, with where it comes from and the day it was learnt.
type Fact struct {
	Value   ref.Val
	Span    period.Span // both ends included; Beginning and Forever when not stated
	Source  string      // "" when not stated: the vocabulary's office then
	Learned period.Day  // Beginning when not stated
}

// Facts are what is known about one subject, by the names of the vocabulary. A name without a fact on a day is
// unknown on that day, which is not the same as no.
type Facts map[string][]Fact

// Set gives a name one value for all time.
func (f Facts) Set(name string, value ref.Val) {
	f[name] = []Fact{{Value: value, Span: period.Span{From: Beginning, To: Forever}, Learned: Beginning}}
}

// At is the fact that holds on a day. Of several the one learnt last counts.
func (f Facts) At(name string, day period.Day) (*Fact, bool) {
	facts := f[name]
	for i := len(facts) - 1; i >= 0; i-- {
		if fact := &facts[i]; fact.Span.From <= day && day <= fact.Span.To {
			return fact, true
		}
	}
	return nil, false
}

// ReadFacts reads the groups of facts (person, household, visit …) and rosters of a subject file.
func (v *Vocabulary) ReadFacts(r *text.Report, m *text.Map) Facts {
	facts := Facts{}
	for _, root := range v.Roots() {
		if root != "line" {
			v.ReadGroup(r, facts, root, m.Get(root))
		}
	}
	v.readRosters(r, facts, m.Get("rosters"))
	return facts
}

// ReadGroup reads one mapping of facts below a group's name.
func (v *Vocabulary) ReadGroup(r *text.Report, facts Facts, group string, n *text.Node) {
	if n.IsNull() {
		return
	}
	if n.Kind != text.Mapping {
		r.Map(n)
		return
	}
	for _, field := range n.Fields {
		name := group + "." + field.Key.Value
		switch {
		case v.Facts[name] != nil:
			if read := v.readDated(r, v.Facts[name], field.Value); len(read) > 0 {
				facts[name] = read
			}
		case v.IsGroup(name):
			v.ReadGroup(r, facts, name, field.Value)
		default:
			r.At(field.Key, "fact.unknown", text.Say("词汇表里没有 %s", "the vocabulary has no %s", name), text.OneOf(field.Key.Value, v.Under(group)))
		}
	}
}

// readDated reads a fact's value: bare, with its dates and source, or a list of such.
func (v *Vocabulary) readDated(r *text.Report, t *FactType, n *text.Node) []Fact {
	if n.IsNull() {
		return nil
	}
	items := []*text.Node{n}
	several := n.Kind == text.List && (t.Type != ListType || len(n.Items) > 0 && n.Items[0].Kind == text.Mapping)
	if several {
		items = n.Items
	}
	var facts []Fact
	for _, item := range items {
		fact := Fact{Span: period.Span{From: Beginning, To: Forever}, Learned: Beginning}
		value := item
		if several && r.Blank(item) {
			continue
		}
		if item.Kind == text.Mapping || several { // of several values each says when it held
			m := r.Map(item)
			value, fact.Source = m.Need("value"), m.Text("source")
			fact.Span, fact.Learned = readSpan(r, m), readDayOr(r, m.Get("learned"), Beginning)
			m.Done()
		}
		if fact.Value = t.Read(r, value); fact.Value != nil && value != nil {
			facts = append(facts, fact)
		}
	}
	slices.SortStableFunc(facts, func(a, b Fact) int { return cmp.Compare(a.Learned, b.Learned) })
	return facts
}

func readSpan(r *text.Report, m *text.Map) period.Span {
	span := period.Span{From: readDayOr(r, m.Get("from"), Beginning), To: readDayOr(r, m.Get("to"), Forever)}
	if span.To < span.From {
		r.At(m.Node, "fact.span", text.Say("结束日期早于开始日期", "it ends before it begins"), text.Say("检查 from 和 to", "check from and to"))
	}
	return span
}

func readDayOr(r *text.Report, n *text.Node, otherwise period.Day) period.Day {
	if n == nil {
		return otherwise
	}
	return r.Day(n)
}

// readRosters reads memberships: a list is complete (not listed means not on it), a mapping speaks only of those it names.
func (v *Vocabulary) readRosters(r *text.Report, facts Facts, n *text.Node) {
	if n.IsNull() {
		return
	}
	if n.Kind != text.Mapping {
		for name := range v.Rosters {
			facts.Set("roster."+name, Bool(false))
		}
		for _, item := range r.Items(n) {
			if v.knownRoster(r, item) {
				facts.Set("roster."+item.Value, Bool(true))
			}
		}
		return
	}
	for _, field := range n.Fields {
		if v.knownRoster(r, field.Key) && !field.Value.IsNull() {
			facts["roster."+field.Key.Value] = readMembership(r, field.Value)
		}
	}
}

func (v *Vocabulary) knownRoster(r *text.Report, n *text.Node) bool {
	name := r.Text(n)
	if v.Rosters[name] == nil {
		r.At(n, "fact.unknown-roster", text.Say("没有名册 %s", "there is no roster %s", name), text.OneOf(name, sortedKeys(v.Rosters)))
		return false
	}
	return true
}

// readMembership reads true, false, or the spans on the roster; outside the spans the answer is no.
func readMembership(r *text.Report, n *text.Node) []Fact {
	always := period.Span{From: Beginning, To: Forever}
	if n.Kind == text.Scalar {
		return []Fact{{Value: Bool(r.Bool(n)), Span: always, Learned: Beginning}}
	}
	facts := []Fact{{Value: Bool(false), Span: always, Learned: Beginning}}
	for _, item := range r.Items(n) {
		m := r.Map(item)
		facts = append(facts, Fact{Value: Bool(true), Span: readSpan(r, m), Source: m.Text("source"), Learned: Beginning})
		m.Done()
	}
	return facts
}

// RosterSince is the first day of the membership that holds on a day.
func (f Facts) RosterSince(name string, day period.Day) (period.Day, bool) {
	fact, ok := f.At("roster."+name, day)
	if !ok || fact.Value != Bool(true) || fact.Span.From == Beginning {
		return 0, false
	}
	return fact.Span.From, true
}
