package rule_test

import (
	"os"
	"strings"
	"testing"

	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

func vocabulary(t testing.TB) *rule.Vocabulary {
	t.Helper()
	content, err := os.ReadFile("../../packs/vocabulary.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := text.Parse("vocabulary.yaml", content)
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	v, err := rule.ReadVocabulary(doc)
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	return v
}

func environment(t testing.TB) *rule.Env {
	t.Helper()
	env, err := rule.NewEnv(vocabulary(t), period.DefaultCalendar())
	if err != nil {
		t.Fatal(err)
	}
	grants := &rule.TableType{Name: "grants", Label: fault.Text{ZH: "标准", EN: "grants"},
		Keys: []rule.Column{{Name: "school", Type: rule.TextType}}, Values: []rule.Column{{Name: "grant", Type: rule.MoneyType}}}
	env, err = env.Extend([]rule.Variable{
		{Name: "help.bands", Type: rule.BandsType, Origin: rule.FromParameter},
		{Name: "help.monthly", Type: rule.MoneyType, Origin: rule.FromParameter},
		{Name: "question.tier_mode", Type: rule.TextType, Origin: rule.FromQuestion, Words: []string{"marginal", "whole"}},
		{Name: "remaining.in_scope", Type: rule.MoneyType},
		{Name: "grants", Origin: rule.FromTable, Table: grants},
	})
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func compile(t testing.TB, env *rule.Env, source string, want rule.Type) (*rule.Expression, error) {
	t.Helper()
	doc, err := text.Parse("rule.yaml", []byte("rule: |\n  "+source+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := &text.Report{}
	x := env.Compile(r, doc.Get("rule"), want)
	return x, r.Err()
}

func scope(env *rule.Env) *rule.Scope {
	facts := rule.Facts{}
	facts.Set("person.disability.level", rule.Int(2))
	facts.Set("person.rural", rule.Bool(true))
	facts.Set("roster.registered_poor", rule.Bool(true))
	return &rule.Scope{Env: env, Facts: facts, Frame: map[string]ref.Val{
		"rounding":           rule.Rounding{},
		"help.bands":         rule.Bands{{From: 0, Rate: money.Percent(50)}, {From: money.Yuan(1000), Rate: money.Percent(80)}},
		"help.monthly":       rule.Money(money.Yuan(100)),
		"question.tier_mode": rule.Text("marginal"),
		"remaining.in_scope": rule.Money(money.Yuan(1500)),
		"jurisdiction":       rule.Division("370124"),
		"grants": rule.NewTable(&rule.TableType{Name: "grants", Keys: []rule.Column{{Name: "school", Type: rule.TextType}},
			Values: []rule.Column{{Name: "grant", Type: rule.MoneyType}}}, [][]ref.Val{{rule.Text("一中"), rule.Money(570000)}}, true),
	}}
}

func TestValues(t *testing.T) {
	env := environment(t)
	for _, test := range []struct {
		source  string
		want    rule.Type
		value   string
		formula string
	}{
		{"person.disability.level <= 2", rule.BoolType, "是", ""},
		{"on_roster('registered_poor') && person.rural", rule.BoolType, "是", ""},
		{"tiers(remaining.in_scope, help.bands)", rule.MoneyType, "900.00", "1,000.00 × 50% + 500.00 × 80%"},
		{"whole_tier(remaining.in_scope, help.bands)", rule.MoneyType, "1,200.00", "1,500.00 × 80%"},
		{"question.tier_mode == 'whole' ? whole_tier(remaining.in_scope, help.bands) : tiers(remaining.in_scope, help.bands)", rule.MoneyType, "900.00", "1,000.00 × 50% + 500.00 × 80%"},
		{"share(remaining.in_scope - yuan(500), pct(75))", rule.MoneyType, "750.00", "(1,500.00 − 500.00) × 75%"},
		{"guarantee(remaining.in_scope, pct(90), yuan(1000))", rule.MoneyType, "350.00", "1,500.00 × 90% − 1,000.00"},
		{"cap(share(remaining.in_scope, pct(80)), yuan(1000))", rule.MoneyType, "1,000.00", "1,500.00 × 80% 封顶 1,000.00"},
		{"help.monthly * 3", rule.MoneyType, "300.00", "100.00 × 3"},
		{"grants.grant('一中')", rule.MoneyType, "5,700.00", "5,700.00"},
		{"person.rural || person.orphan", rule.BoolType, "是", ""},
		{"known(person.orphan) ? person.orphan : false", rule.BoolType, "否", ""},
	} {
		x, err := compile(t, env, test.source, test.want)
		if err != nil {
			t.Errorf("%s: %s", test.source, fault.RenderError(err, "zh"))
			continue
		}
		figure, err := x.Trace(scope(env))
		if err != nil {
			t.Errorf("%s: %v", test.source, err)
			continue
		}
		if got := rule.Display(figure.Value, "zh"); got != test.value {
			t.Errorf("%s = %s, want %s", test.source, got, test.value)
		}
		if got := figure.Formula("zh"); test.formula != "" && got != test.formula {
			t.Errorf("%s reads %s, want %s", test.source, got, test.formula)
		}
		printed, err := x.Print()
		if err != nil {
			t.Fatal(err)
		}
		t.Log(printed)
	}
}

func TestUnknownIsNotNo(t *testing.T) {
	env := environment(t)
	for source, want := range map[string]string{
		"person.orphan && person.rural":                      "person.orphan",
		"person.orphan && person.insured":                    "person.insured person.orphan",
		"grants.grant('二中') > yuan(0)":                       "table.grants",
		"age(person.birth, on) < 60":                         "on person.birth",
		"within(person.hukou, jurisdiction)":                 "person.hukou",
		"person.orphan ? person.rural : person.work_capable": "person.orphan",
	} {
		x, err := compile(t, env, source, rule.BoolType)
		if err != nil {
			t.Errorf("%s: %s", source, fault.RenderError(err, "zh"))
			continue
		}
		v, err := x.Eval(scope(env))
		if got := strings.Join(rule.Missing(v), " "); err != nil || got != want {
			t.Errorf("%s misses %q (%v), want %q", source, got, err, want)
		}
	}
}

func TestMessages(t *testing.T) {
	env := environment(t)
	for _, test := range []struct{ source, words string }{
		{"person.disabilty.level <= 2", "person.disability.level"},
		{"person.disability", "certificate_generation"},
		{"yuan(100) + 1 > yuan(0)", "money, int"},
		{"on_roster('registerd_poor')", "registered_poor"},
		{"question.tier_mode == 'hole'", "whole"},
		{"person.disability.kind in ['sigt']", "sight"},
		{"1.5 > 1.0", "yuan('0.50')"},
		{"shre(yuan(1), pct(2)) > yuan(0)", "share"},
		{"grants.gant('x') > yuan(1)", "grant"},
		{"yuan('1.234') > yuan(0)", "1.234"},
		{"person.rural &&", "写法有误"},
		{"help.monthly", "bool"},
		{"timestamp('2020-01-01') > timestamp('2020-01-02')", "没有函数 timestamp"},
		{"[1,2].exists(x, x > 1)", "没有函数 exists"},
		{"size('abc') > 1", "没有函数 size"},
	} {
		_, err := compile(t, env, test.source, rule.BoolType)
		if err == nil {
			t.Errorf("%s was accepted", test.source)
			continue
		}
		said := fault.RenderError(err, "zh")
		t.Log("\n" + said)
		if !strings.Contains(said, test.words) {
			t.Errorf("%s: the message lacks %q:\n%s", test.source, test.words, said)
		}
	}
}
