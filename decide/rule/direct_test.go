package rule

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"pgregory.net/rapid"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

const words = `
fee_items: {}
events: {}
facts:
  person.level: {type: int, zh: 等级, en: level, sensitivity: plain}
  person.poor: {type: bool, zh: 困难, en: poor, sensitivity: plain}
  person.income: {type: money, zh: 收入, en: income, sensitivity: plain}
  person.born: {type: day, zh: 出生, en: born, sensitivity: plain}
  person.stage: {type: text, zh: 学段, en: stage, sensitivity: plain}
  person.place: {type: division, zh: 户籍, en: place, sensitivity: plain}
  person.list: {type: list, zh: 诊断, en: list, sensitivity: plain}
rosters: {poor: {zh: 在册, en: on the roster, sensitivity: plain}}
`

func plainEnvironment(t testing.TB) *Env {
	t.Helper()
	doc, err := text.Parse("vocabulary.yaml", []byte(words))
	if err != nil {
		t.Fatal(err)
	}
	v, err := ReadVocabulary(doc)
	if err != nil {
		t.Fatal(fault.RenderError(err, "en"))
	}
	env, err := NewEnv(v, period.DefaultCalendar())
	if err != nil {
		t.Fatal(err)
	}
	env, err = env.Extend([]Variable{{Name: "limits.level", Type: IntType, Origin: FromParameter}, {Name: "limits.income", Type: MoneyType, Origin: FromParameter},
		{Name: "limits.undated", Type: IntType, Origin: FromParameter}, {Name: "question.mode", Type: TextType, Origin: FromQuestion, Words: []string{"one", "two"}}})
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func compilePlain(env *Env, source string) *Expression {
	r := &text.Report{}
	return env.Compile(r, &text.Node{Kind: text.Scalar, Value: source, Line: 1, Column: 1}, BoolType)
}

// condition draws a condition of what plans cover, and of what they leave to the interpreter.
func condition(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		operator := rapid.SampledFrom([]string{"==", "!=", "<", "<=", ">", ">="}).Draw(t, "operator")
		if depth == 0 {
			return strings.ReplaceAll(rapid.SampledFrom([]string{
				"person.poor", "on_roster('poor')", "true", "false", "person.level # limits.level", "person.level # 2", "1 # person.level", "person.level # limits.undated",
				"limits.undated # 2", "person.income # limits.income", "person.income # yuan(1)", "person.born # day('2000-01-01')", "person.born # on", "person.level in [1, 2]",
				"limits.undated in [1, 2]", "person.stage in ['a', 'b']", "person.stage == 'a'", "person.stage != question.mode", "person.stage.startsWith('a')", "question.mode == 'one'",
				"within(person.place, jurisdiction)", "within(person.place, division('370124'))", "known(person.level)", "person.level + 1 # limits.level", "person.poor == person.poor",
				"person.list == person.list", "roster_since('poor') # person.born", "'a' in person.list",
			}).Draw(t, "atom"), "#", operator)
		}
		left, right := condition(depth-1).Draw(t, "left"), condition(depth-1).Draw(t, "right")
		return fmt.Sprintf(rapid.SampledFrom([]string{"(%s && %s)", "(%s || %s)", "!(%s && %s)", "(!%s || %s)", "(%s ? %s : true)"}).Draw(t, "join"), left, right)
	})
}

// world draws a scope in which anything may be unknown.
func world(t *rapid.T, env *Env) *Scope {
	facts := Facts{}
	for _, fact := range []struct {
		name   string
		values []ref.Val
	}{
		{"person.level", []ref.Val{Int(1), Int(2), Int(3)}}, {"person.poor", []ref.Val{Bool(true), Bool(false)}}, {"roster.poor", []ref.Val{Bool(true), Bool(false)}},
		{"person.income", []ref.Val{Money(0), Money(100), Money(101)}}, {"person.born", []ref.Val{Day(10956), Day(10957), Day(10958)}},
		{"person.stage", []ref.Val{Text("a"), Text("one"), Text("")}}, {"person.place", []ref.Val{Division("370124102201"), Division("999901")}},
		{"person.list", []ref.Val{Texts([]string{"a"}), Texts(nil)}},
	} {
		if v := rapid.SampledFrom(append(fact.values, nil)).Draw(t, fact.name); v != nil {
			facts.Set(fact.name, v)
		}
	}
	broken := types.WrapErr(&fault.Error{Kind: fault.OutOfForce, Code: "pack.parameter-undated"})
	frame := map[string]ref.Val{"limits.undated": broken, "question.mode": Text("one"), "jurisdiction": Division("370124")}
	if rapid.Bool().Draw(t, "limits set") {
		frame["limits.level"], frame["limits.income"] = Int(2), Money(100)
	}
	return &Scope{Env: env, Facts: facts, Frame: frame, Vars: map[string]ref.Val{"on": Day(18939)}}
}

// TestDirectlyAgreesWithInterpreter compares the two on random conditions in random worlds. Where the plan is sure, the
// interpreter has the same answer and no error.
func TestDirectlyAgreesWithInterpreter(t *testing.T) {
	env := plainEnvironment(t)
	rapid.Check(t, func(t *rapid.T) {
		x := compilePlain(env, condition(rapid.IntRange(0, 3).Draw(t, "depth")).Draw(t, "condition"))
		if x == nil {
			return // a mix of types that the checker refuses
		}
		direct := x.test
		if direct == nil {
			return
		}
		for range 10 {
			s := world(t, env)
			truth, sure := direct(s)
			if !sure {
				continue
			}
			want := map[Truth]ref.Val{Met: types.True, NotMet: types.False}[truth]
			if got, err := x.interpret(s); err != nil || truth == Unknown && !types.IsUnknown(got) || truth != Unknown && got != want {
				t.Fatalf("%s: directly it is %s, the interpreter says %v (%v)", x.Source(), truth, got, err)
			}
		}
	})
}

// TestNamesAloneAgreeWithInterpreter compares the two on names of every kind, in worlds in which anything may be unknown or broken.
func TestNamesAloneAgreeWithInterpreter(t *testing.T) {
	env := plainEnvironment(t)
	rapid.Check(t, func(t *rapid.T) {
		s := world(t, env)
		if rapid.Bool().Draw(t, "on a line") {
			s.Line = Facts{}
			s.Line.Set("person.level", Int(7))
		}
		for _, name := range []string{"person.level", "person.poor", "person.income", "person.born", "person.stage", "person.place", "person.list", "on_roster('poor')",
			"limits.level", "limits.income", "limits.undated", "question.mode", "jurisdiction", "on", "issued", "1", "'a'", "true"} {
			x := env.Compile(&text.Report{}, &text.Node{Kind: text.Scalar, Value: name, Line: 1, Column: 1}, NoType)
			got, err := x.Eval(s)
			want, wantErr := x.interpret(s)
			if fault.CodeOf(err) != fault.CodeOf(wantErr) || err == nil && !reflect.DeepEqual(got, want) {
				t.Fatalf("%s is %v (%v), for the interpreter %v (%v)", name, got, err, want, wantErr)
			}
		}
	})
}

// TestDirectlyCovers keeps the everyday shapes covered: a plan that covers nothing would agree with everything.
func TestDirectlyCovers(t *testing.T) {
	env := plainEnvironment(t)
	facts := Facts{}
	for name, v := range map[string]ref.Val{"person.level": Int(2), "person.poor": Bool(false), "roster.poor": Bool(true), "person.income": Money(100), "person.born": Day(1),
		"person.stage": Text("a"), "person.place": Division("370124102201")} {
		facts.Set(name, v)
	}
	s := &Scope{Env: env, Facts: facts, Frame: map[string]ref.Val{"limits.level": Int(2), "limits.income": Money(100), "question.mode": Text("one"), "jurisdiction": Division("370124")}}
	for _, source := range []string{"on_roster('poor') || (question.mode == 'one' && person.poor)", "person.level <= limits.level", "!person.poor", "person.income >= limits.income",
		"within(person.place, jurisdiction)", "person.stage in ['a', 'b']", "person.stage.startsWith('a')", "person.level == 2", "person.level != 3", "person.level < 3 && person.level > 1"} {
		direct := compilePlain(env, source).test
		if direct == nil {
			t.Errorf("%s is not covered", source)
			continue
		}
		if truth, sure := direct(s); !sure || truth != Met {
			t.Errorf("%s: %s, sure: %v", source, truth, sure)
		}
	}
	for _, source := range []string{"known(person.level)", "person.level + 1 < 3", "roster_since('poor') < person.born", "person.level < 3 ? true : false"} {
		if compilePlain(env, source).test != nil {
			t.Errorf("%s should be left to the interpreter", source)
		}
	}
}
