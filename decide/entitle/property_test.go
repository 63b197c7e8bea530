package entitle_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cel.dev/cel-go/common/types/ref"
	"pgregory.net/rapid"

	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// value draws a value of a fact: one of its words, a number in and around what rules compare with.
func value(t *rapid.T, f *rule.FactType) ref.Val {
	switch f.Type {
	case rule.BoolType:
		return rule.Bool(rapid.Bool().Draw(t, f.Name))
	case rule.IntType:
		low, high := int64(0), int64(20)
		if f.Range != nil {
			low, high = f.Range[0], min(f.Range[1], f.Range[0]+100)
		}
		return rule.Int(rapid.Int64Range(low, high).Draw(t, f.Name))
	case rule.MoneyType:
		return rule.Money(rapid.Int64Range(0, 10_000_00).Draw(t, f.Name))
	case rule.RateType:
		return rule.Rate(rapid.Int64Range(0, 2_000_000).Draw(t, f.Name))
	case rule.DayType:
		return rule.Day(rapid.Int32Range(int32(period.MustDay(1930, 1, 1)), int32(period.MustDay(2022, 12, 31))).Draw(t, f.Name))
	case rule.DivisionType:
		return rule.Division(rapid.SampledFrom([]string{"370124102201", "370113101201", "999901", "450000"}).Draw(t, f.Name))
	case rule.ListType:
		return rule.Texts(rapid.SliceOfN(word(f), 0, 3).Draw(t, f.Name))
	default:
		return rule.Text(word(f).Draw(t, f.Name))
	}
}

func word(f *rule.FactType) *rapid.Generator[string] {
	if words := f.Words(); len(words) > 0 {
		return rapid.SampledFrom(words)
	}
	return rapid.SampledFrom([]string{"I10", "I63.9", "E11", "正安一中", "甲"})
}

// person draws a subject of whom some facts are unknown, some hold for a time, and something may be on record.
func person(t *rapid.T, p *policy.Pack) *subject.Subject {
	v := p.Vocabulary
	s := &subject.Subject{Facts: rule.Facts{}, Events: map[string][]subject.Event{}, Decisions: map[string]subject.Decision{}}
	kinds := map[string]*rule.FactType{}
	for name, f := range v.Facts {
		kinds[name] = f
	}
	for name, f := range v.Rosters {
		kinds["roster."+name] = f
	}
	for _, name := range slices.Sorted(keysOf(kinds)) {
		switch rapid.IntRange(0, 3).Draw(t, name+"?") {
		case 0: // unknown
		case 1:
			since := period.Day(rapid.Int32Range(int32(period.MustDay(2018, 1, 1)), int32(period.MustDay(2021, 12, 31))).Draw(t, name+" since"))
			s.Facts[name] = []rule.Fact{{Value: value(t, kinds[name]), Span: period.Span{From: since, To: rule.Forever}, Learned: rule.Beginning}}
		default:
			s.Facts.Set(name, value(t, kinds[name]))
		}
	}
	for _, x := range p.Benefits {
		if rapid.IntRange(0, 3).Draw(t, x.ID+" on record?") == 0 {
			from := period.MustDay(2018, 1, 1).Month() + period.Month(rapid.IntRange(0, 47).Draw(t, x.ID+" from"))
			s.History.Determinations = append(s.History.Determinations, subject.Determination{Scheme: x.ID, From: from, To: from + period.Month(rapid.IntRange(0, 12).Draw(t, x.ID+" for")),
				Amount: money.Yuan(100), Reviewed: from.First(), HasDay: true})
		}
		if rapid.Bool().Draw(t, x.ID+" decided?") {
			s.Decisions[x.ID] = subject.Decision{Amount: money.Yuan(1), Reason: "因"}
		}
	}
	s.History.Counters = []subject.Entry{{Counter: "inpatient_own_year", Day: period.MustDay(2021, 3, 1), Amount: money.Yuan(rapid.Int64Range(0, 9).Draw(t, "used")), Count: 1}}
	return s
}

func keysOf[T any](m map[string]T) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

// TestQuickAgreesWithOne compares the two ways, and Decide, on random subjects over every benefit of the shipped packs:
// verdict, amount and error.
func TestQuickAgreesWithOne(t *testing.T) {
	for _, p := range shipped(t).Packs {
		basis := policy.NewBasis(p, &policy.Adoption{Division: "370124", From: period.MustDay(2018, 1, 1), To: rule.Forever})
		low, high := basis.Span().From, min(basis.Span().To, period.MustDay(2025, 12, 31))
		t.Run(p.ID, rapid.MakeCheck(func(t *rapid.T) {
			s, on := person(t, p), period.Day(rapid.Int32Range(int32(low), int32(high)).Draw(t, "on"))
			d, all := entitle.Decide(basis, s, on)
			failed := false
			for i, x := range p.Benefits {
				out, err := entitle.One(basis, s, x, on)
				verdict, amount, quick := entitle.Quick(basis, s, x, on)
				if fmt.Sprint(err) != fmt.Sprint(quick) {
					t.Fatalf("%s: One fails with %v, Quick with %v", x.ID, err, quick)
				}
				if failed = failed || err != nil; err != nil {
					continue
				}
				if verdict != out.Verdict || amount != out.Due() {
					t.Fatalf("%s: One says %s %s, Quick %s %s", x.ID, out.Verdict, out.Due(), verdict, amount)
				}
				if all == nil && (d.Outcomes[i].Verdict != verdict || d.Outcomes[i].Due() != amount) {
					t.Fatalf("%s: Decide says %s %s, One %s %s", x.ID, d.Outcomes[i].Verdict, d.Outcomes[i].Due(), verdict, amount)
				}
				consistent(t, out)
			}
			if failed != (all != nil) {
				t.Fatalf("Decide fails with %v, a single benefit: %v", all, failed)
			}
		}))
	}
}

// consistent holds an outcome to what its verdict means.
func consistent(t *rapid.T, out *entitle.Outcome) {
	switch out.Verdict {
	case explain.Pays, explain.Covered, explain.ReviewDue:
		for _, reason := range out.Reasons {
			if reason.Truth != rule.Met && out.Exit == nil {
				t.Fatalf("%s %s though %s is %s", out.Benefit.ID, out.Verdict, reason.Label.ZH, reason.Truth)
			}
		}
		if out.Amount.Value < 0 || len(out.Missing) > 0 {
			t.Fatalf("%s pays %s with %v missing", out.Benefit.ID, out.Amount.Value, out.Missing)
		}
	case explain.DocumentsNeeded:
		if len(out.Missing) == 0 {
			t.Fatalf("%s needs documents, but none is named", out.Benefit.ID)
		}
	case explain.NotPayable:
		if len(out.Unmet) == 0 && out.Note.ZH == "" {
			t.Fatalf("%s is refused without a reason", out.Benefit.ID)
		}
	}
}

// facts of the random conditions below.
var facts = []string{"person.poor", "person.local", "person.insured", "person.enrolled", "application.sudden"}

// clause draws a condition over five facts.
func clause(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		if depth == 0 {
			return rapid.SampledFrom(append([]string{"person.level <= 2", "person.level > 1", "person.age in [1, 2]"}, facts...)).Draw(t, "fact")
		}
		left, right := clause(depth-1).Draw(t, "left"), clause(depth-1).Draw(t, "right")
		switch rapid.IntRange(0, 3).Draw(t, "join") {
		case 0:
			return "(" + left + " && " + right + ")"
		case 1:
			return "(" + left + " || " + right + ")"
		case 2:
			return "!(" + left + ")"
		default:
			return left
		}
	})
}

func randomFacts(t *rapid.T, names []string) rule.Facts {
	known := rule.Facts{}
	for _, name := range names {
		if v := rapid.IntRange(0, 2).Draw(t, name); v < 2 {
			known.Set(name, rule.Bool(v == 1))
		}
	}
	for _, name := range []string{"person.level", "person.age"} {
		if v := rapid.Int64Range(0, 3).Draw(t, name); v > 0 {
			known.Set(name, rule.Int(v))
		}
	}
	return known
}

// TestUnknownIsNotNo fills in what is unknown: a verdict that was certain must stay, and what pays must have been allowed
// by every way of filling it in. A condition that is not met decides whatever the others are.
func TestUnknownIsNotNo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		conditions := rapid.SliceOfN(clause(2), 1, 3).Draw(t, "conditions")
		block := "benefit grant\n" + ben + "when:\n"
		for i, c := range conditions {
			block += fmt.Sprintf("  - 条件%s: %q\n", []string{"一", "二", "三"}[i], c)
		}
		basis := policy.NewBasis(load(t, block+"amount: yuan(100)\nevery: month\n"), nil)
		x := basis.Pack.Benefits[0]
		known := randomFacts(t, facts)
		before := decide(t, basis, x, known)
		filled := rule.Facts{}
		for name, fact := range known {
			filled[name] = fact
		}
		for name, fact := range completed(t) {
			if known[name] == nil {
				filled[name] = fact
			}
		}
		after := decide(t, basis, x, filled)
		if after.Verdict == explain.DocumentsNeeded {
			t.Fatalf("everything is known, yet %v is missing", after.Missing)
		}
		if before.Verdict != explain.DocumentsNeeded && before.Verdict != after.Verdict {
			t.Fatalf("%v: %s became %s when the unknown was filled in", conditions, before.Verdict, after.Verdict)
		}
		for _, name := range before.Missing {
			if known[name] != nil {
				t.Fatalf("%s is asked for, but known", name)
			}
		}
		if slices.ContainsFunc(before.Reasons, func(r explain.Reason) bool { return r.Truth == rule.NotMet }) != (before.Verdict == explain.NotPayable) {
			t.Fatalf("%v: %s", before.Reasons, before.Verdict)
		}
	})
}

// completed draws every fact.
func completed(t *rapid.T) rule.Facts {
	all := rule.Facts{}
	for _, name := range facts {
		all.Set(name, rule.Bool(rapid.Bool().Draw(t, name+" filled in")))
	}
	for _, name := range []string{"person.level", "person.age"} {
		all.Set(name, rule.Int(rapid.Int64Range(1, 3).Draw(t, name+" filled in")))
	}
	return all
}

func decide(t *rapid.T, basis *policy.Basis, x *policy.Benefit, known rule.Facts) *entitle.Outcome {
	out, err := entitle.One(basis, &subject.Subject{Facts: known}, x, period.MustDay(2021, 11, 8))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSelectionStands fills in what is unknown on a roster: who was selected stays selected, who was not stays out.
func TestSelectionStands(t *testing.T) {
	basis := small(t, "benefit grant\n"+ben+"when:\n  - 条件一: person.poor\namount: yuan(100)\nevery: school-year\nquota: {share: pct(50), of: {zh: 在校生, en: pupils}, rounding: half-up, rank: person.rank, ties: person.ties}\n")
	x, on := benefit(t, basis, "grant"), day(t, "2021-11-08")
	rapid.Check(t, func(t *rapid.T) {
		var open, closed []*subject.Subject
		for i := range rapid.IntRange(0, 8).Draw(t, "pupils") {
			known, filled := rule.Facts{}, rule.Facts{}
			for _, name := range []string{"person.poor", "person.rank", "person.ties"} {
				v := rule.Int(rapid.Int64Range(1, 3).Draw(t, name))
				if name == "person.poor" {
					v = rule.Bool(rapid.IntRange(0, 3).Draw(t, name) > 0)
				}
				filled.Set(name, v)
				if rapid.IntRange(0, 4).Draw(t, name+" known?") > 0 {
					known.Set(name, v)
				}
			}
			name := strings.Repeat("甲", i+1)
			open, closed = append(open, &subject.Subject{Name: name, Facts: known}), append(closed, &subject.Subject{Name: name, Facts: filled})
		}
		before, err := entitle.Select(basis, x, open, on)
		if err != nil {
			t.Fatal(err)
		}
		after, err := entitle.Select(basis, x, closed, on)
		if err != nil || !after.Known {
			t.Fatalf("everything is known, yet %v is missing (%v)", after.Missing, err)
		}
		selected := int64(0)
		for i := range after.Candidates {
			was, is := before.Candidates[i].Outcome.Verdict, after.Candidates[i].Outcome.Verdict
			if was != explain.DocumentsNeeded && was != is {
				t.Fatalf("candidate %d was %s and is %s", i, was, is)
			}
			if after.Candidates[i].Selected {
				selected++
			}
		}
		if selected != after.Places {
			t.Fatalf("%d selected for %d places", selected, after.Places)
		}
	})
}
