package entitle_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/subject"
	"doudi/kernel/period"
)

// sixConditions are answered by cel-go alone, by Quick and by One. They are shaped like those of the shipped packs: where
// somebody lives, who is on a roster under which reading, certificates, degrees, stages, ages.
var sixConditions = []string{
	"person.hukou.startsWith('370124')",
	"roster.poor || (question.population == 'one' && roster.exited)",
	"person.generation == limits.generation",
	"person.level <= limits.level",
	"question.stages == 'all' || person.stage in ['primary', 'junior', 'senior', 'vocational']",
	"person.age >= limits.youngest && person.age < limits.oldest",
}

// BenchmarkSixConditionsPlainCEL is what the six conditions cost without anything of ours.
func BenchmarkSixConditionsPlainCEL(b *testing.B) {
	facts := map[string]any{"person.hukou": "370124102201", "roster.poor": false, "roster.exited": true, "question.population": "one",
		"person.generation": int64(2), "limits.generation": int64(2), "person.level": int64(2), "limits.level": int64(2), "question.stages": "school",
		"person.stage": "senior", "person.age": int64(40), "limits.youngest": int64(16), "limits.oldest": int64(60)}
	var options []cel.EnvOption
	for name, value := range facts {
		options = append(options, cel.Variable(name, map[reflect.Kind]*cel.Type{reflect.String: cel.StringType, reflect.Int64: cel.IntType, reflect.Bool: cel.BoolType}[reflect.TypeOf(value).Kind()]))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		b.Fatal(err)
	}
	var programs []cel.Program
	for _, source := range sixConditions {
		checked, issues := env.Compile(source)
		if issues.Err() != nil {
			b.Fatal(issues.Err())
		}
		program, err := env.Program(checked, cel.EvalOptions(cel.OptOptimize))
		if err != nil {
			b.Fatal(err)
		}
		programs = append(programs, program)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, program := range programs {
			if out, _, err := program.Eval(facts); err != nil || out != types.True {
				b.Fatal(out, err)
			}
		}
	}
}

// six is a pack with the six conditions, and somebody who meets them but for the changes.
func six(b *testing.B, from, to string) (*policy.Basis, *subject.Subject, *policy.Benefit, period.Day) {
	var s strings.Builder
	s.WriteString("benefit six\n" + ben + "when:\n")
	for i, source := range sixConditions {
		fmt.Fprintf(&s, "  - 条件%s: \"%s\"\n", []string{"一", "二", "三", "四", "五", "六"}[i], source)
	}
	s.WriteString("amount: limits.monthly\nevery: month\n")
	basis := small(b, s.String(), `parameters limits
generation: {label: {zh: 代, en: g}, unit: count, values: {2021-01-01: 2}}
level: {label: {zh: 级, en: l}, unit: count, values: {2021-01-01: 2}}
youngest: {label: {zh: 小, en: y}, unit: count, values: {2021-01-01: 16}}
oldest: {label: {zh: 老, en: o}, unit: count, values: {2021-01-01: 60}}
monthly: {label: {zh: 月, en: m}, unit: yuan/month, values: {2021-01-01: 100.00}}
`, question("population", "one", "separate"), question("stages", "school", "all"))
	person := `{person: {hukou: "370124102201", generation: 2, level: 2, stage: senior, age: 40}, rosters: {poor: false, exited: true}}`
	return basis, who(b, basis, strings.Replace(person, from, to, 1)), benefit(b, basis, "six"), day(b, "2021-11-08")
}

func quick(b *testing.B, from, to string, want explain.Verdict) {
	basis, s, x, on := six(b, from, to)
	b.ReportAllocs()
	for b.Loop() {
		if verdict, _, err := entitle.Quick(basis, s, x, on); err != nil || verdict != want {
			b.Fatal(verdict, err)
		}
	}
}

func BenchmarkSixConditionsQuick(b *testing.B) { quick(b, "", "", explain.Pays) }

// BenchmarkSixConditionsQuickRefused stops at the third of the six.
func BenchmarkSixConditionsQuickRefused(b *testing.B) {
	quick(b, "generation: 2", "generation: 1", explain.NotPayable)
}

func BenchmarkSixConditionsExplained(b *testing.B) {
	basis, s, x, on := six(b, "", "")
	b.ReportAllocs()
	for b.Loop() {
		if out, err := entitle.One(basis, s, x, on); err != nil || out.Verdict != explain.Pays {
			b.Fatal(out, err)
		}
	}
}

// BenchmarkDecidePingyin is every benefit of a shipped pack, explained.
func BenchmarkDecidePingyin(b *testing.B) {
	p, err := shipped(b).Pack("pingyin-2021")
	if err != nil {
		b.Fatal(err)
	}
	basis := policy.NewBasis(p, nil)
	s := who(b, basis, `{person: {hukou: "370124102201", has_disability: true, birth: 1954-03-02, disability: {level: 2, certificate_generation: 2}}, rosters: [registered_poor]}`)
	on := day(b, "2021-11-08")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := entitle.Decide(basis, s, on); err != nil {
			b.Fatal(err)
		}
	}
}
