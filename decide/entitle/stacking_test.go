package entitle_test

import (
	"fmt"
	"testing"

	"doudi/decide/entitle"
	"doudi/decide/explain"
)

// pay is a benefit that pays an amount a month under a condition.
func pay(id, when, amount string, lines ...string) string {
	return with("benefit "+id+"\n"+ben+"when:\n  - 条件一: "+when+"\namount: "+amount+"\nevery: month\n", lines...)
}

func TestStacking(t *testing.T) {
	const poor, both = "person: {poor: true, insured: false}\n", "person: {poor: true, insured: true}\n"
	a := func(lines ...string) string { return pay("a", "person.poor", "yuan(100)", lines...) }
	c := func(amount string, lines ...string) string { return pay("c", "person.insured", amount, lines...) }
	months := func(scheme string) string {
		return "history: {determinations: [{scheme: " + scheme + ", from: 2021-01, to: 2021-11, amount: 150.00}]}\n"
	}
	tests := []struct {
		name   string
		blocks []string
		who    string
		want   string // of a and c: verdict and amount
	}{
		{"excluded by one that pays", []string{a("excludes: [c]"), c("yuan(50)")}, both, "not-payable 0.00, pays 50.00"},
		{"not excluded by one that does not", []string{a("excludes: [c]"), c("yuan(50)")}, poor, "pays 100.00, not-payable 0.00"},
		{"not excluded by one of which something is missing", []string{a("excludes: [c]"), c("yuan(50)")}, "person: {poor: true}", "pays 100.00, documents-needed 0.00"},
		{"excluded by the record", []string{a("excludes: [c]"), c("yuan(50)")}, poor + months("c"), "not-payable 0.00, not-payable 0.00"},
		{"excluded by the record of another pack", []string{a("excludes: [far/x]"), c("yuan(50)")}, poor + months("far/x"), "not-payable 0.00, not-payable 0.00"},
		{"record of another month", []string{a("excludes: [far/x]"), c("yuan(50)")}, poor + "history: {determinations: [{scheme: far/x, from: 2021-01, to: 2021-10}]}", "pays 100.00, not-payable 0.00"},
		{"each excludes the other: the first written", []string{a("excludes: [c]"), c("yuan(50)", "excludes: [a]")}, both, "pays 100.00, not-payable 0.00"},
		{"each excludes the other: the one on record", []string{a("excludes: [c]"), c("yuan(50)", "excludes: [a]")}, both + months("c"), "not-payable 0.00, pays 50.00"},
		{"an idle month excludes nothing", []string{a("excludes: [c]"), c("yuan(50)", "months: '[1]'")}, both, "pays 100.00, pays 0.00"},
		{"help in kind excludes too", []string{a("excludes: [c]"), "benefit c\n" + b + "for: person\nkind: in-kind\nwhen:\n  - 条件一: person.insured\nevery: month\n"}, both, "not-payable 0.00, covered 0.00"},

		{"the higher of two", []string{a("higher_of: [c]"), c("yuan(150)")}, both, "not-payable 0.00, pays 150.00"},
		{"the higher of two, named by one only", []string{a("higher_of: [c]"), c("yuan(99)")}, both, "pays 100.00, not-payable 0.00"},
		{"equal: the first written", []string{a(), c("yuan(100)", "higher_of: [a]")}, both, "pays 100.00, not-payable 0.00"},
		{"a fen higher", []string{a(), c("yuan('100.01')", "higher_of: [a]")}, both, "not-payable 0.00, pays 100.01"},
		{"higher on record elsewhere", []string{a("higher_of: [far/x]"), c("yuan(50)")}, poor + months("far/x"), "not-payable 0.00, not-payable 0.00"},
		{"lower on record elsewhere", []string{pay("a", "person.poor", "yuan('150.01')", "higher_of: [far/x]"), c("yuan(50)")}, poor + months("far/x"), "pays 150.01, not-payable 0.00"},
		{"equal to the record elsewhere", []string{pay("a", "person.poor", "yuan(150)", "higher_of: [far/x]"), c("yuan(50)")}, poor + months("far/x"), "not-payable 0.00, not-payable 0.00"},
		{"compared by the year", []string{a("higher_of: [c]"), "benefit c\n" + ben + "when:\n  - 条件一: person.insured\namount: yuan(1200)\nevery: year\n"}, both, "pays 100.00, not-payable 0.00"},
		{"compared by the year, a fen more", []string{a("higher_of: [c]"), "benefit c\n" + ben + "when:\n  - 条件一: person.insured\namount: yuan('1200.01')\nevery: year\n"}, both, "not-payable 0.00, pays 1200.01"},

		{"tops up", []string{a("tops_up: c"), c("yuan(30)")}, both, "pays 70.00, pays 30.00"},
		{"tops up nothing", []string{a("tops_up: c"), c("yuan(30)")}, poor, "pays 100.00, not-payable 0.00"},
		{"reached already", []string{a("tops_up: c"), c("yuan(100)")}, both, "not-payable 0.00, pays 100.00"},
		{"a fen to go", []string{a("tops_up: c"), c("yuan('99.99')")}, both, "pays 0.01, pays 99.99"},
		{"tops up the record", []string{pay("a", "person.poor", "yuan(200)", "tops_up: far/x"), c("yuan(1)")}, poor + months("far/x"), "pays 50.00, not-payable 0.00"},
		{"tops up a quarterly one", []string{a("tops_up: c"), "benefit c\n" + ben + "when:\n  - 条件一: person.insured\namount: yuan(100)\nevery: quarter\n"}, both, "pays 66.67, pays 100.00"},
		{"tops up a half-yearly one", []string{a("tops_up: c"), "benefit c\n" + ben + "when:\n  - 条件一: person.insured\namount: yuan(300)\nevery: half-year\n"}, both, "pays 50.00, pays 300.00"},
		{"tops up a yearly one", []string{a("tops_up: c"), "benefit c\n" + ben + "when:\n  - 条件一: person.insured\namount: yuan(100)\nevery: year\n"}, both, "pays 91.67, pays 100.00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			basis := small(t, tt.blocks...)
			s := who(t, basis, tt.who)
			x, y := one(t, basis, s, "a", "2021-11-08"), one(t, basis, s, "c", "2021-11-08")
			got := fmt.Sprintf("%s %s, %s %s", x.Verdict, x.Due(), y.Verdict, y.Due())
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			d, err := entitle.Decide(basis, s, day(t, "2021-11-08"))
			if err != nil || d.Outcomes[0].Verdict != x.Verdict || d.Outcomes[0].Due() != x.Due() || d.Outcomes[1].Verdict != y.Verdict || d.Outcomes[1].Due() != y.Due() {
				t.Errorf("Decide differs from One: %v", err)
			}
		})
	}
}

func TestStackingSaysWhy(t *testing.T) {
	basis := small(t, pay("a", "person.poor", "yuan(100)", "higher_of: [c]"), pay("c", "person.insured", "yuan(150)"))
	out := one(t, basis, who(t, basis, "person: {poor: true, insured: true}"), "a", "2021-11-08")
	st := out.Stacking
	if st == nil || st.Kind != "higher-of" || st.Scheme != "c" || st.Amount != yuan(t, "150.00") || st.Before != yuan(t, "100.00") || st.Note.ZH != out.Note.ZH || st.Note.EN == "" {
		t.Errorf("stacking %+v", st)
	}
	out = one(t, basis, who(t, basis, "person: {poor: true, insured: true}"), "c", "2021-11-08")
	if st := out.Stacking; st == nil || st.Scheme != "a" || out.Verdict != explain.Pays {
		t.Errorf("the winner's stacking %+v", st)
	}
}

// A chain is refused at every second link: a gives way to b, but b gives way to c, so a is paid.
func TestExclusionChain(t *testing.T) {
	basis := small(t, pay("a", "person.poor", "yuan(1)", "excludes: [b]"), pay("b", "person.poor", "yuan(2)", "excludes: [c]"), pay("c", "person.poor", "yuan(3)"))
	s := who(t, basis, "person: {poor: true}")
	for id, want := range map[string]explain.Verdict{"a": explain.Pays, "b": explain.NotPayable, "c": explain.Pays} {
		if out := one(t, basis, s, id, "2021-11-08"); out.Verdict != want {
			t.Errorf("%s %s, want %s", id, out.Verdict, want)
		}
	}
}

// Every kind of stacking at once, in circles, must come to an end and be the same from every side.
func TestStackingInCircles(t *testing.T) {
	basis := small(t,
		pay("a", "person.poor", "yuan(1)", "excludes: [b]", "higher_of: [c]", "tops_up: d"),
		pay("b", "person.poor", "yuan(2)", "excludes: [c]", "higher_of: [a]", "tops_up: a"),
		pay("c", "person.poor", "yuan(3)", "excludes: [a]", "higher_of: [b]", "tops_up: b"),
		pay("d", "person.poor", "yuan(4)", "excludes: [d]", "higher_of: [d]", "tops_up: d"))
	s := who(t, basis, "person: {poor: true}")
	for _, id := range []string{"a", "b", "c", "d"} {
		first := one(t, basis, s, id, "2021-11-08")
		for range 5 {
			if again := one(t, basis, s, id, "2021-11-08"); again.Verdict != first.Verdict || again.Due() != first.Due() {
				t.Errorf("%s: %s %s, then %s %s", id, first.Verdict, first.Due(), again.Verdict, again.Due())
			}
		}
	}
}
