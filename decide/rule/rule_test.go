package rule_test

import (
	"os"
	"strings"
	"testing"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"pgregory.net/rapid"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// The fixtures of this package: the shipped vocabulary, and the parameters, questions and tables of a small pack.

func vocabulary(t testing.TB) *rule.Vocabulary {
	t.Helper()
	content, err := os.ReadFile("../../packs/vocabulary.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return readVocabulary(t, string(content))
}

func readVocabulary(t testing.TB, source string) *rule.Vocabulary {
	t.Helper()
	v, err := rule.ReadVocabulary(parse(t, source))
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	return v
}

func parse(t rapid.TB, source string) *text.Node {
	t.Helper()
	doc, err := text.Parse("f.yaml", []byte(source))
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	return doc
}

func said(zh, en string) fault.Text { return fault.Text{ZH: zh, EN: en} }

var (
	grants = &rule.TableType{Name: "grants", Label: said("标准", "grants"),
		Keys: []rule.Column{{Name: "school", Type: rule.TextType}}, Values: []rule.Column{{Name: "grant", Type: rule.MoneyType}}}
	levels = &rule.TableType{Name: "levels", Label: said("分档", "levels"),
		Keys:   []rule.Column{{Name: "kind", Type: rule.TextType, Words: []string{"sight", "mental"}}, {Name: "level", Type: rule.IntType}},
		Values: []rule.Column{{Name: "monthly", Type: rule.MoneyType}, {Name: "rate", Type: rule.RateType}}}
	diseases = &rule.TableType{Name: "diseases", Label: said("病种", "diseases"),
		Keys: []rule.Column{{Name: "code", Type: rule.TextType, ICD10: true}}, Values: []rule.Column{{Name: "limit", Type: rule.MoneyType}}}
	drugs = &rule.TableType{Name: "drugs", Label: said("药品", "drugs"), Keys: []rule.Column{{Name: "name", Type: rule.TextType}}}
)

func environment(t testing.TB) *rule.Env {
	t.Helper()
	env, err := rule.NewEnv(vocabulary(t), period.DefaultCalendar())
	if err != nil {
		t.Fatal(err)
	}
	parameter := func(name string, typ rule.Type) rule.Variable {
		return rule.Variable{Name: name, Type: typ, Origin: rule.FromParameter}
	}
	table := func(typ *rule.TableType) rule.Variable {
		return rule.Variable{Name: typ.Name, Origin: rule.FromTable, Label: typ.Label, Table: typ}
	}
	env, err = env.Extend([]rule.Variable{
		parameter("help.bands", rule.BandsType), parameter("help.monthly", rule.MoneyType), parameter("help.rate", rule.RateType),
		parameter("help.schedule", rule.RatesType), parameter("help.months", rule.CountsType), parameter("help.age", rule.IntType),
		parameter("help.unset", rule.MoneyType), parameter("help.undated", rule.MoneyType),
		{Name: "question.tier_mode", Type: rule.TextType, Origin: rule.FromQuestion, Label: said("分段", "tiers"), Words: []string{"marginal", "whole"}},
		{Name: "remaining.in_scope", Type: rule.MoneyType}, {Name: "determined.dibao", Type: rule.BoolType},
		table(grants), table(levels), table(diseases), table(drugs),
	})
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func compile(t rapid.TB, env *rule.Env, source string, want rule.Type) (*rule.Expression, error) {
	t.Helper()
	r := &text.Report{}
	x := env.Compile(r, parse(t, "rule: |\n  "+source+"\n").Get("rule"), want)
	return x, r.Err()
}

func mustCompile(t testing.TB, env *rule.Env, source string, want rule.Type) *rule.Expression {
	t.Helper()
	x, err := compile(t, env, source, want)
	if err != nil {
		t.Fatalf("%s\n%s", source, fault.RenderError(err, "zh"))
	}
	return x
}

func day(s string) period.Day {
	d, err := period.ParseDay(s)
	if err != nil {
		panic(err) // tests write real days
	}
	return d
}

// scope is the case that most tests ask about: 8 November 2021, a rural person of 67 with a disability of level 2.
func scope(env *rule.Env) *rule.Scope {
	facts := rule.Facts{}
	facts.Set("person.name", rule.Text("李桂芳"))
	facts.Set("person.birth", rule.Day(day("1954-03-02")))
	facts.Set("person.hukou", rule.Division("370124102001"))
	facts.Set("person.disability.level", rule.Int(2))
	facts.Set("person.disability.kind", rule.Text("sight"))
	facts.Set("person.rural", rule.Bool(true))
	facts.Set("person.insured", rule.Bool(false))
	facts.Set("person.diagnoses", rule.Texts([]string{"I63.9", "E11"}))
	facts.Set("household.size", rule.Int(3))
	facts.Set("visit.diagnosis", rule.Text("I63.902"))
	facts["roster.registered_poor"] = []rule.Fact{
		{Value: rule.Bool(false), Span: period.Span{From: rule.Beginning, To: rule.Forever}},
		{Value: rule.Bool(true), Span: period.Span{From: day("2018-01-01"), To: day("2021-12-31")}},
	}
	facts.Set("roster.dibao", rule.Bool(false))
	undated := types.WrapErr(&fault.Error{Kind: fault.OutOfForce, Code: "pack.parameter-undated", Message: said("还没有值", "no value yet")})
	return &rule.Scope{Env: env, Facts: facts, Day: day("2021-11-08"), Frame: map[string]ref.Val{
		"help.bands":         rule.Bands{{From: 0, Rate: money.Percent(50)}, {From: money.Yuan(1000), Rate: money.Percent(80)}},
		"help.monthly":       rule.Money(money.Yuan(100)),
		"help.rate":          rule.Rate(money.Percent(75)),
		"help.schedule":      rule.Rates{money.Percent(100), money.Percent(50)},
		"help.months":        rule.Counts([]int64{3, 9}),
		"help.age":           rule.Int(60),
		"help.undated":       undated,
		"question.tier_mode": rule.Text("marginal"),
		"jurisdiction":       rule.Division("370124"),
		"grants":             rule.NewTable(grants, [][]ref.Val{{rule.Text("一中"), rule.Money(570000)}}, true),
		"levels": rule.NewTable(levels, [][]ref.Val{
			{rule.Text("sight"), rule.Int(1), rule.Money(10000), rule.Rate(money.Percent(90))},
			{rule.Text("sight"), rule.Int(2), rule.Money(8000), nil},
			{rule.Text("mental"), rule.Int(1), rule.Money(12000), rule.Rate(money.Percent(95))}}, false),
		"diseases": rule.NewTable(diseases, [][]ref.Val{{rule.Text("I60-I64"), rule.Money(500000)}, {rule.Text("E11; N18.5"), rule.Money(300000)}}, false),
		"drugs":    rule.NewTable(drugs, [][]ref.Val{{rule.Text("阿司匹林")}}, true),
	}, Vars: map[string]ref.Val{
		"on": rule.Day(day("2021-11-08")), "rounding": rule.Rounding{}, "remaining.in_scope": rule.Money(money.Yuan(1500)),
		"events.dispensing.total": rule.Money(12050), "events.dispensing.number": rule.Int(2), "determined.dibao": rule.Bool(true),
	}}
}

// outcome is what an expression comes to, for comparison: its value, the names it lacks, or the code of its error.
func outcome(v ref.Val, err error) string {
	switch {
	case err != nil:
		return "error " + fault.CodeOf(err)
	case types.IsUnknown(v):
		return "unknown " + strings.Join(rule.Missing(v), " ")
	}
	return rule.Display(v, "zh")
}
