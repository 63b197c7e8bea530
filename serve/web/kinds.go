package web

import (
	"cmp"
	"slices"
	"strings"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/record/adoption"
	"doudi/record/store"
)

// kind is a settlement that a bill can be entered for: a rule of a pack that applies to a person today. Which there are, what they ask
// for and who has paid before them is the pack's.
type kind struct {
	Series     string
	basis      *policy.Basis
	settlement *policy.Settlement
}

// id names the rule in an address.
func (k kind) id() string { return k.settlement.ID }

// name is the settlement as the document calls it, with the document where several apply.
func (k kind) name(v *view) string { return v.in(k.settlement.Name) }

func (k kind) document(v *view) string { return v.in(k.basis.Pack.Title) }

// kinds are the settlements that apply to a person today, by the adoptions of the smallest division around the person.
func (v *view) kinds(tx *store.Tx, person string) ([]kind, error) {
	s, err := v.Record.Register.Subject(tx, person, v.today(), v.today())
	if err != nil {
		return nil, err
	}
	division := ident.Division(tx.County)
	if fact, ok := s.Facts.At("person.hukou", v.today()); ok {
		if at, ok := fact.Value.(rule.Division); ok && ident.Contains(division, ident.Division(at)) {
			division = ident.Division(at)
		}
	}
	return v.kindsIn(tx, division)
}

func (v *view) kindsIn(tx *store.Tx, division ident.Division) ([]kind, error) {
	all, err := adoption.All(tx)
	if err != nil {
		return nil, err
	}
	var kinds []kind
	seen := map[string]bool{}
	for _, a := range all {
		if seen[a.Series] {
			continue
		}
		seen[a.Series] = true
		f, err := v.Record.Adoptions.InForce(tx, division, v.today(), a.Series)
		if outOfForce(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, settlement := range f.Basis.Pack.Settlement {
			kinds = append(kinds, kind{a.Series, f.Basis, settlement})
		}
	}
	return kinds, nil
}

// chosen is the kind of a form, or none.
func chosen(kinds []kind, series, id string) (kind, bool) {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.Series == series && k.id() == id })
	if i < 0 {
		return kind{}, false
	}
	return kinds[i], true
}

// asks are the facts that the settlement's rules ask of the bill, those of the visit, the application and the lines: the everyday ones in
// the order a bill states them, then the others in the order of the rules.
func (k kind) asks(v *rule.Vocabulary) []*rule.FactType {
	var asked []*rule.FactType
	add := func(x *rule.Expression) {
		if x == nil {
			return
		}
		for _, name := range x.Refs {
			t := v.Facts[name]
			if t != nil && billed(name) && !slices.Contains(asked, t) {
				asked = append(asked, t)
			}
		}
	}
	for _, x := range expressions(k.settlement) {
		add(x)
	}
	for _, name := range always {
		if t := v.Facts[name]; t != nil && !slices.Contains(asked, t) && k.concerns(name) {
			asked = append(asked, t)
		}
	}
	slices.SortStableFunc(asked, func(a, b *rule.FactType) int { return cmp.Compare(rank(a.Name), rank(b.Name)) })
	return asked
}

// usual are the facts that nearly every bill states, in order.
var usual = []string{"visit.kind", "visit.date", "visit.admitted", "visit.discharged", "application.day", "visit.diagnosis_name", "visit.diagnosis", "visit.clinic", "line.item", "line.name"}

func rank(name string) int {
	if i := slices.Index(usual, name); i >= 0 {
		return i
	}
	return len(usual)
}

// everyday tells whether a fact is one of them.
func everyday(name string) bool { return rank(name) < len(usual) }

// expressions are the rules of a settlement in written order, and those of its payers.
func expressions(x *policy.Settlement) []*rule.Expression {
	list := []*rule.Expression{x.For, x.DecidedOn, x.StatusOn}
	conditions := func(when []policy.Condition) {
		for _, c := range when {
			list = append(list, c.Test)
		}
	}
	conditions(x.When)
	for _, g := range x.Groups {
		list = append(list, g.Test)
	}
	for _, step := range x.Let {
		list = append(list, step.Value)
	}
	for _, p := range x.Payers {
		for _, member := range append([]*policy.Payer{p}, p.Members...) {
			conditions(member.When)
			list = append(list, member.Total, member.EachLine, member.Amount)
		}
	}
	for _, c := range x.Accumulate {
		list = append(append(list, c.Sum, c.DatedBy, c.When), c.Key...)
	}
	return append(list, x.Due)
}

// always are facts that a statement shows whatever the rules ask for.
var always = []string{"visit.diagnosis_name", "line.name"}

func (k kind) concerns(name string) bool {
	return strings.HasPrefix(name, "line.") || k.settlement.Over != "application"
}

// billed tells whether a fact is the bill's to state: the hospital's own are on the list of providers.
func billed(name string) bool {
	group, _, _ := strings.Cut(name, ".")
	return slices.Contains([]string{"visit", "application", "approval", "line"}, group) && !strings.HasPrefix(name, "visit.hospital.")
}

// upstream are the payers whose part the bill states, in legal order.
func (k kind) upstream() []*policy.Payer {
	var list []*policy.Payer
	for _, p := range k.settlement.Payers {
		for _, member := range append([]*policy.Payer{p}, p.Members...) {
			if member.Given {
				list = append(list, member)
			}
		}
	}
	return list
}

// presumed is the value a fact must have for the settlement to be for the bill, when there is only one such word: 住院 for a
// settlement of hospital stays.
func (k kind) presumed(v *view, t *rule.FactType) string {
	if !slices.Contains(k.settlement.For.Refs, t.Name) {
		return ""
	}
	found := ""
	for _, word := range t.Words() {
		s := &subject.Subject{Facts: rule.Facts{}}
		s.Facts.Set(t.Name, rule.Text(word))
		scope := k.basis.Scope(s, v.today(), v.today())
		scope.Env = k.settlement.For.Env()
		if value, err := k.settlement.For.Eval(scope); err != nil || value == rule.Bool(false) {
			continue
		}
		if found != "" {
			return ""
		}
		found = word
	}
	return found
}

// byLabel orders words of a choice by how they are called.
func (v *view) byLabel(t *rule.FactType) []option {
	var list []option
	for _, word := range t.Words() {
		list = append(list, option{word, t.Values[word].In(v.lang)})
	}
	slices.SortFunc(list, func(a, b option) int { return cmp.Compare(a.Label, b.Label) })
	return list
}

// outOfForce tells whether nothing is adopted of a series today.
func outOfForce(err error) bool { return fault.CodeOf(err) == "adoption.none" }
