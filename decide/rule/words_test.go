package rule_test

import (
	"strings"
	"testing"

	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/rule"
)

func TestExpressionsInWords(t *testing.T) {
	env := environment(t)
	marginal := func(name string) ref.Val {
		if name == "question.tier_mode" {
			return rule.Text("marginal")
		}
		return nil
	}
	named := func(v *rule.Variable) string {
		if v.Origin == rule.FromParameter {
			return "〔" + v.Name + "〕"
		}
		return ""
	}
	for _, c := range []struct {
		source string
		want   rule.Type
		zh, en string
	}{
		{"help.monthly", rule.MoneyType, "〔help.monthly〕", "〔help.monthly〕"},
		{"help.monthly * 2 + yuan(3)", rule.MoneyType, "〔help.monthly〕 × 2 + 3 元", "〔help.monthly〕 × 2 + 3 yuan"},
		{"(help.monthly + yuan('0.50')) * 2", rule.MoneyType, "(〔help.monthly〕 + 0.50 元) × 2", "(〔help.monthly〕 + 0.50 yuan) × 2"},
		{"share(remaining.in_scope, help.rate)", rule.MoneyType, "remaining.in_scope × 〔help.rate〕", "remaining.in_scope × 〔help.rate〕"},
		{"cap(half(remaining.in_scope), help.monthly)", rule.MoneyType, "remaining.in_scope × 50%，最多 〔help.monthly〕", "remaining.in_scope × 50%, at most 〔help.monthly〕"},
		{"help.age <= 60 && !determined('dibao')", rule.BoolType, "〔help.age〕 ≤ 60 且 不是（determined.dibao）", "〔help.age〕 ≤ 60 and not (determined.dibao)"},
		{"help.age > 60 || help.age in [1, 2]", rule.BoolType, "〔help.age〕 > 60 或 〔help.age〕 为 1、2 之一", "〔help.age〕 > 60 or 〔help.age〕 is one of 1, 2"},
		{"drugs.has('x')", rule.BoolType, "x 在“药品”内", "x is in “drugs”"},
		{"month_after(day('2021-06-28'))", rule.DayType, "2021-06-28 的次月一日", "the first of the month after 2021-06-28"},
		// What a reading decides is told as decided.
		{"question.tier_mode == 'marginal' ? tiers(remaining.in_scope, help.bands) : whole_tier(remaining.in_scope, help.bands)", rule.MoneyType,
			"remaining.in_scope 按 〔help.bands〕 逐段计算", "remaining.in_scope, slice by slice at 〔help.bands〕"},
		{"question.tier_mode == 'whole' && help.age > 60", rule.BoolType, "按所用的读法不适用", "never so by the reading applied"},
		{"question.tier_mode != 'whole' || help.age > 60", rule.BoolType, "按所用的读法总是成立", "always so by the reading applied"},
		{"help.age > 60 || question.tier_mode == 'whole' && help.age > 50", rule.BoolType, "〔help.age〕 > 60", "〔help.age〕 > 60"},
		{"!(question.tier_mode == 'whole') && help.age > 50", rule.BoolType, "〔help.age〕 > 50", "〔help.age〕 > 50"},
	} {
		x := mustCompile(t, env, c.source, c.want)
		for lang, want := range map[string]string{"zh": c.zh, "en": c.en} {
			if got := x.Words(rule.Wording{Lang: lang, Value: marginal, Name: named}); got != want {
				t.Errorf("%s\n in %s: %s\nwant: %s", c.source, lang, got, want)
			}
		}
	}
	x := mustCompile(t, env, "question.tier_mode == 'whole'", rule.BoolType)
	if got := x.Words(rule.Wording{Lang: "zh"}); got == "" || strings.Contains(got, "读法") || x.Settled(rule.Wording{}) != rule.Unknown {
		t.Errorf("without readings nothing is settled: %s", got)
	}
}
