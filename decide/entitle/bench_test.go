package entitle_test

import (
	"fmt"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/policy"
)

// sixConditions are answered by cel-go alone, by Quick and by One.
var sixConditions = []string{
	"person.age >= 16",
	"person.level <= 2 || person.poor",
	"person.enrolled",
	"person.insured && !person.poor",
	"person.local",
	"person.rank in [1, 2, 3] && person.age < 60",
}

// BenchmarkSixConditionsPlainCEL is what the six conditions cost without anything of ours.
func BenchmarkSixConditionsPlainCEL(b *testing.B) {
	env, err := cel.NewEnv(cel.Variable("person.age", cel.IntType), cel.Variable("person.level", cel.IntType), cel.Variable("person.poor", cel.BoolType),
		cel.Variable("person.enrolled", cel.BoolType), cel.Variable("person.insured", cel.BoolType), cel.Variable("person.local", cel.BoolType), cel.Variable("person.rank", cel.IntType))
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
	facts := map[string]any{"person.age": types.Int(40), "person.level": types.Int(2), "person.poor": types.False, "person.enrolled": types.True,
		"person.insured": types.True, "person.local": types.True, "person.rank": types.Int(2)}
	b.ReportAllocs()
	for b.Loop() {
		for _, program := range programs {
			if out, _, err := program.Eval(facts); err != nil || out != types.True {
				b.Fatal(out, err)
			}
		}
	}
}

func sixBlock() string {
	var s strings.Builder
	s.WriteString("benefit six\n" + ben + "when:\n")
	for i, source := range sixConditions {
		fmt.Fprintf(&s, "  - 条件%s: \"%s\"\n", []string{"一", "二", "三", "四", "五", "六"}[i], source)
	}
	return s.String() + "amount: yuan(100)\nevery: month\n"
}

const sixMet = "person: {age: 40, level: 2, poor: false, enrolled: true, insured: true, local: true, rank: 2}"

func BenchmarkSixConditionsQuick(b *testing.B) {
	basis := small(b, sixBlock())
	s, x, on := who(b, basis, sixMet), benefit(b, basis, "six"), day(b, "2021-11-08")
	b.ReportAllocs()
	for b.Loop() {
		if verdict, _, err := entitle.Quick(basis, s, x, on); err != nil || verdict != explain.Pays {
			b.Fatal(verdict, err)
		}
	}
}

// BenchmarkSixConditionsQuickRefused stops at the third of the six.
func BenchmarkSixConditionsQuickRefused(b *testing.B) {
	basis := small(b, sixBlock())
	s, x, on := who(b, basis, strings.Replace(sixMet, "enrolled: true", "enrolled: false", 1)), benefit(b, basis, "six"), day(b, "2021-11-08")
	b.ReportAllocs()
	for b.Loop() {
		if verdict, _, err := entitle.Quick(basis, s, x, on); err != nil || verdict != explain.NotPayable {
			b.Fatal(verdict, err)
		}
	}
}

func BenchmarkSixConditionsExplained(b *testing.B) {
	basis := small(b, sixBlock())
	s, x, on := who(b, basis, sixMet), benefit(b, basis, "six"), day(b, "2021-11-08")
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
