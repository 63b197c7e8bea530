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
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/store"
)

// kind is a settlement that a bill can be entered for: a rule of a pack that applies to a person today, or did until a day. Which there are, what
// they ask for and who has paid before them is the pack's.
type kind struct {
	Series     string
	Until      period.Day // the last day on which the pack applied; 0 while it does
	basis      *policy.Basis
	settlement *policy.Settlement
}

// id names the rule in an address.
func (k kind) id() string { return k.settlement.ID }

// name is the settlement as the document calls it, with the document where several apply.
func (k kind) name(v *view) string { return v.in(k.settlement.Name) }

func (k kind) document(v *view) string { return v.in(k.basis.Pack.Title) }

// kinds are the settlements that apply to a person today, by the adoptions of the smallest division around the person; after them those of packs that
// applied there before, for bills of their time.
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

func (v *view) kindsIn(tx *store.Tx, division ident.Division) (list []kind, err error) {
	all, err := adoption.All(tx)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, a := range all {
		if seen[a.Series] {
			continue
		}
		seen[a.Series] = true
		day, ok := lastInForce(all, a.Series, division, v.today())
		if !ok {
			continue
		}
		until := day
		if day == v.today() {
			until = 0
		}
		f, err := v.Record.Adoptions.InForce(tx, division, day, a.Series)
		if until > 0 && fault.CodeOf(err) == "adoption.pack-missing" { // of long ago
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, settlement := range f.Basis.Pack.Settlement {
			list = append(list, kind{a.Series, until, f.Basis, settlement})
		}
	}
	slices.SortStableFunc(list, func(a, b kind) int { return cmp.Compare(b.ended(), a.ended()) })
	return list, nil
}

// lastInForce is the latest day up to today on which a division applied a series of packs.
func lastInForce(all []adoption.Record, series string, division ident.Division, today period.Day) (day period.Day, ok bool) {
	for _, a := range all {
		approved := a.State == adoption.Approved || a.State == adoption.Withdrawn
		if a.Series == series && approved && ident.Contains(a.Division, division) && a.Span.From <= today && !a.Span.Empty() {
			day, ok = max(day, min(a.Span.To, today)), true
		}
	}
	return day, ok
}

// ended is the last day of a kind, later than any for one that applies.
func (k kind) ended() period.Day {
	if k.Until == 0 {
		return period.Latest
	}
	return k.Until
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
var usual = []string{"visit.kind", "visit.date", "visit.admitted", "visit.discharged", "application.day", "visit.diagnosis_name", "visit.diagnosis", "visit.clinic", invoiceFact, "line.item", "line.name"}

// invoiceFact is the number by which the record knows an invoice that was handed in before.
const invoiceFact = "line.invoice"

func rank(name string) int {
	if i := slices.Index(usual, name); i >= 0 {
		return i
	}
	return len(usual)
}

// everyday tells whether a fact is one of them. What an application says is its form, so all of that is.
func everyday(name string) bool {
	return rank(name) < len(usual) || strings.HasPrefix(name, "application.") || strings.HasPrefix(name, "approval.")
}

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
var always = []string{"visit.diagnosis_name", "line.name", invoiceFact}

func (k kind) concerns(name string) bool {
	if name == invoiceFact {
		return k.applied()
	}
	return strings.HasPrefix(name, "line.") || !k.applied()
}

// applied tells whether the settlement is asked for with invoices instead of coming with a visit. Each invoice counts once, so each line says which.
func (k kind) applied() bool { return k.settlement.Over == "application" }

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

// illness is one of a list that the settlement's rules look a diagnosis up in.
type illness struct{ Code, Name string }

// illnesses are those lists: which diagnoses the settlement is for, as the document and the adopting office have them.
func (k kind) illnesses(v *view) (list []illness) {
	frame := k.basis.Frame(min(v.today(), k.ended()))
	for _, x := range expressions(k.settlement) {
		if x == nil || !slices.Contains(x.Refs, diagnosisFact) {
			continue
		}
		for _, name := range x.Refs {
			table, ok := frame[name].(*rule.Table)
			if !ok || len(table.Keys) != 1 || !table.Keys[0].ICD10 {
				continue
			}
			for _, row := range table.Rows {
				one := illness{Code: rule.Display(row[0], v.lang)}
				if len(row) > 1 && row[1] != nil {
					one.Name = rule.Display(row[1], v.lang)
				}
				if !slices.Contains(list, one) {
					list = append(list, one)
				}
			}
		}
	}
	return list
}

// diagnosisFact is the code that such lists are of.
const diagnosisFact = "visit.diagnosis"

// cycles say which spans of a settlement by cycle a cost of these days belongs to: the one of today and the one before. "" for other settlements.
func (k kind) cycles(v *view) string {
	cycle, ok := k.basis.Pack.Cycles[k.settlement.Cycle]
	if !ok {
		return ""
	}
	now, err := cycle.Containing(min(v.today(), k.ended()))
	if err != nil {
		return ""
	}
	before, err := cycle.Containing(now.From - 1)
	if err != nil { // the first one
		return v.say("本周期 %s 至 %s，一个周期一起结算", "this cycle is %s to %s, and is settled as one", now.From, now.To)
	}
	return v.say("一个周期一起结算：上一周期 %s 至 %s，本周期 %s 至 %s", "a cycle is settled as one: the last was %s to %s, this one is %s to %s", before.From, before.To, now.From, now.To)
}
