package present_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doudi/decide/entitle"
	"doudi/decide/policy"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/serve/present"
)

var update = flag.Bool("update", false, "rewrite the golden files; read the difference before keeping it")

// fixture is the pack of testdata, with the shipped vocabulary.
func fixture(t *testing.T) *policy.Pack {
	t.Helper()
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		t.Fatal(err)
	}
	p, err := library.Load(os.DirFS("testdata"), "pack")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func parse(t *testing.T, source string) *text.Node {
	t.Helper()
	doc, err := text.Parse("test.yaml", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func person(t *testing.T, p *policy.Pack, source string) *subject.Subject {
	t.Helper()
	s, err := subject.Read(p.Vocabulary, parse(t, source))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// basis is the pack as a division adopts it.
func basis(t *testing.T, p *policy.Pack, adoption string) *policy.Basis {
	t.Helper()
	if adoption == "" {
		return policy.NewBasis(p, nil)
	}
	a, err := policy.ReadAdoption(p, parse(t, adoption))
	if err != nil {
		t.Fatal(err)
	}
	return policy.NewBasis(p, a)
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), -update rewrites it:\n%s", name, diff)
	}
}

func settled(t *testing.T, b *policy.Basis, s *subject.Subject) *settle.Result {
	t.Helper()
	r, err := settle.Settle(b, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// decided is every benefit with its payments and the arrears of the pack's transitions.
func decided(t *testing.T, b *policy.Basis, s *subject.Subject, on period.Day) (*entitle.Decision, []present.Due, []*entitle.TransitionOutcome) {
	t.Helper()
	d, err := entitle.Decide(b, s, on)
	if err != nil {
		t.Fatal(err)
	}
	var dues []present.Due
	for _, o := range d.Outcomes {
		due := present.Due{Outcome: o}
		if o.Benefit.ID == "disability-aid" && o.Due() > 0 {
			_, months, err := entitle.Over(b, s, o.Benefit, period.QuarterOf(on))
			if err != nil {
				t.Fatal(err)
			}
			payments, err := entitle.Payments(b, o.Benefit, months)
			if err != nil {
				t.Fatal(err)
			}
			due.Payment = &payments[0]
		}
		dues = append(dues, due)
	}
	var back []*entitle.TransitionOutcome
	for _, x := range b.Pack.Transition {
		outcome, err := entitle.Cross(b, s, x, on)
		if err != nil {
			t.Fatal(err)
		}
		back = append(back, outcome)
	}
	return d, dues, back
}

var zh, en = present.Options{Lang: "zh"}, present.Options{Lang: "en"}

const (
	disabled = `
name: 王桂英
person:
  sex: female
  id: "999921195403020024"
  hukou: "999921101001"
  disability: {level: {value: 1, from: 2020-01-01, source: 县残联, learned: 2020-02-01}}
household: {size: 3, income_per_head: 5400.00}
approval: {day: 2024-02-20}
application: {hardship_found: false}
procedure: {start: 2024-02-01, done: {check: 2024-02-06}}
history: {determinations: [{scheme: disability-aid, from: 2024-02, amount: 80.00}], events: {visit: [2024-05-03]}}
measured: {visits-rate: {done: 79, all: 100}}
`
	stay = `
name: 王桂英
person: {sex: female, id: "999921195403020024", hukou: "999921101001"}
household: {income_per_head: 5400.00}
visit: {kind: inpatient, admitted: 2024-05-02, discharged: 2024-05-12, diagnosis_name: 脑出血, hospital: {name: 某县医院, tier: county, division: "999921", designated: true}}
bill:
  no: ZY-1
  lines:
    - {item: bed, amount: 1000.05, in_scope: 1000.05}
    - {item: drug, name: 某药, amount: 9000.00, in_scope: 8000.00, self_first: 500.00, out_of_scope: 500.00}
  paid: {basic_insurance: 6000.00}
history: {counters: [{counter: own_year, day: 2024-03-01, amount: 123.45}]}
`
	limited = `{division: "999922", parameters: {stay.limit: 2500.00}, readings: {first_month: next}, label: {zh: 示例, en: example}}`
)

func day(t *testing.T, s string) period.Day {
	t.Helper()
	d, err := period.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
