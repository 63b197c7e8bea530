package rule_test

import (
	"strings"
	"testing"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/money"
)

// Every function and operator of the language: value, and the computation in figures in both languages where it has one.
func TestLibrary(t *testing.T) {
	env := environment(t)
	for _, test := range []struct{ source, want, zh, en string }{
		// constants
		{"yuan(100)", "100.00", "100.00", "100.00"},
		{"yuan('0.50')", "0.50", "0.50", "0.50"},
		{"yuan(-3)", "-3.00", "", ""},
		{"pct(80)", "80%", "80%", "80%"},
		{"pct('12.5')", "12.5%", "", ""},
		{"pct(100000)", "100000%", "", ""},
		{"day('2021-01-01')", "2021-01-01", "", ""},
		{"division('370124000000')", "370124", "", ""},
		{"'文字'", "文字", "", ""},
		{"true", "是", "是", "yes"},
		// operators
		{"help.monthly + yuan(1)", "101.00", "100.00 + 1.00", "100.00 + 1.00"},
		{"help.monthly - yuan(101)", "-1.00", "100.00 − 101.00", "100.00 − 101.00"},
		{"help.monthly * 3", "300.00", "100.00 × 3", "100.00 × 3"},
		{"help.monthly * -3", "-300.00", "", ""},
		{"-help.monthly", "-100.00", "", ""},
		{"household.size + 2 * 3 - 1", "8", "3 + 2 × 3 − 1", "3 + 2 × 3 − 1"},
		{"household.size - (household.size - 1)", "1", "3 − (3 − 1)", "3 − (3 − 1)"},
		{"(help.monthly + yuan(1)) * 2", "202.00", "(100.00 + 1.00) × 2", "(100.00 + 1.00) × 2"},
		{"-household.size", "-3", "", ""},
		{"help.monthly == yuan(100)", "是", "是", "yes"},
		{"help.monthly != yuan(100)", "否", "否", "no"},
		{"help.monthly < yuan('100.01') && help.monthly <= yuan(100) && help.monthly > yuan('99.99') && help.monthly >= yuan(100)", "是", "", ""},
		{"help.rate < pct(80) && help.rate <= pct(75) && help.rate > pct('74.9') && help.rate >= pct(75) && help.rate == pct(75)", "是", "", ""},
		{"on > person.birth && on >= on && person.birth < on && on <= on && on == day('2021-11-08') && on != person.birth", "是", "", ""},
		{"household.size > 2 && 2 < household.size && household.size >= 3 && household.size <= 3 && household.size == 3 && household.size != 4", "是", "", ""},
		{"person.rural == true && person.name == '李桂芳' && person.name != '李'", "是", "", ""},
		{"person.disability.kind in ['sight', 'hearing']", "是", "", ""},
		{"household.size in [1, 2]", "否", "", ""},
		{"household.size in help.months", "是", "", ""},
		{"'E11' in person.diagnoses", "是", "", ""},
		{"!person.rural", "否", "", ""},
		{"jurisdiction == division('370124000')", "是", "", ""},
		{"person.name.startsWith('李')", "是", "", ""},
		{"person.rural ? help.monthly : yuan(0)", "100.00", "100.00", "100.00"},
		{"person.insured ? help.monthly : help.monthly * 2", "200.00", "100.00 × 2", "100.00 × 2"},
		// shares and rounding
		{"share(remaining.in_scope - yuan(500), pct(75))", "750.00", "(1,500.00 − 500.00) × 75%", "(1,500.00 − 500.00) × 75%"},
		{"share(yuan('0.01'), pct(50))", "0.01", "0.01 × 50%", "0.01 × 50%"},
		{"share(yuan('-0.01'), pct(50))", "-0.01", "", ""},
		{"half(yuan('12.33'))", "6.17", "12.33 × 50%", "12.33 × 50%"},
		{"half(remaining.in_scope + yuan(1))", "750.50", "(1,500.00 + 1.00) × 50%", "(1,500.00 + 1.00) × 50%"},
		{"rounded(yuan('1.00') - yuan('0.01'))", "0.99", "1.00 − 0.01", "1.00 − 0.01"},
		{"per(yuan(100), 3)", "33.33", "100.00 ÷ 3", "100.00 ÷ 3"},
		{"per(yuan(200), household.size) * 2", "133.34", "200.00 ÷ 3 × 2", "200.00 ÷ 3 × 2"},
		{"tiers(remaining.in_scope, help.bands)", "900.00", "1,000.00 × 50% + 500.00 × 80%", "1,000.00 × 50% + 500.00 × 80%"},
		{"tiers(yuan('999.99'), help.bands)", "500.00", "999.99 × 50%", "999.99 × 50%"},
		{"tiers(yuan(1000), help.bands)", "500.00", "1,000.00 × 50%", "1,000.00 × 50%"},
		{"tiers(yuan(0), help.bands)", "0.00", "0.00", "0.00"},
		{"tiers(remaining.in_scope, help.bands) - yuan(1)", "899.00", "1,000.00 × 50% + 500.00 × 80% − 1.00", ""},
		{"yuan(1000) - tiers(remaining.in_scope, help.bands)", "100.00", "1,000.00 − (1,000.00 × 50% + 500.00 × 80%)", ""},
		{"tiers(yuan(10), help.bands) * 2", "10.00", "10.00 × 50% × 2", ""},
		{"whole_tier(remaining.in_scope, help.bands)", "1,200.00", "1,500.00 × 80%", "1,500.00 × 80%"},
		{"whole_tier(yuan('999.99'), help.bands)", "500.00", "999.99 × 50%", ""},
		{"whole_tier(yuan(1000), help.bands)", "800.00", "1,000.00 × 80%", ""},
		{"question.tier_mode == 'whole' ? whole_tier(remaining.in_scope, help.bands) : tiers(remaining.in_scope, help.bands)", "900.00", "1,000.00 × 50% + 500.00 × 80%", ""},
		{"guarantee(remaining.in_scope, pct(90), yuan(1000))", "350.00", "1,500.00 × 90% − 1,000.00", "1,500.00 × 90% − 1,000.00"},
		{"guarantee(remaining.in_scope, pct(90), yuan(1350))", "0.00", "1,500.00 × 90% − 1,350.00，已达到，不再补", "1,500.00 × 90% − 1,350.00 — already reached, nothing more"},
		{"guarantee(remaining.in_scope, pct(90), yuan(1400))", "0.00", "1,500.00 × 90% − 1,400.00，已达到，不再补", ""},
		{"guarantee(remaining.in_scope - yuan(500), pct(90), yuan(1) + yuan(2))", "897.00", "(1,500.00 − 500.00) × 90% − (1.00 + 2.00)", ""},
		// bounds
		{"cap(share(remaining.in_scope, pct(80)), yuan(1000))", "1,000.00", "1,500.00 × 80% 封顶 1,000.00", "1,500.00 × 80% capped at 1,000.00"},
		{"cap(share(remaining.in_scope, pct(80)), yuan(1200))", "1,200.00", "1,500.00 × 80%", "1,500.00 × 80%"},
		{"atleast(help.monthly * 2, yuan(300))", "300.00", "100.00 × 2 不低于 300.00", "100.00 × 2 at least 300.00"},
		{"atleast(help.monthly * 2, yuan(200))", "200.00", "100.00 × 2", "100.00 × 2"},
		{"yuan(5) + cap(help.monthly, yuan(60))", "65.00", "5.00 + (100.00 封顶 60.00)", "5.00 + (100.00 capped at 60.00)"},
		{"cap(household.size, 2)", "2", "3 封顶 2", "3 capped at 2"},
		{"min(help.monthly, remaining.in_scope)", "100.00", "取低(100.00, 1,500.00)", "min(100.00, 1,500.00)"},
		{"min(remaining.in_scope, help.monthly)", "100.00", "取低(1,500.00, 100.00)", "min(1,500.00, 100.00)"},
		{"max(help.monthly * 2, remaining.in_scope - yuan(1))", "1,499.00", "取高(100.00 × 2, 1,500.00 − 1.00)", "max(100.00 × 2, 1,500.00 − 1.00)"},
		{"min(3, 2) + max(3, 2) + atleast(1, 7)", "12", "取低(3, 2) + 取高(3, 2) + (1 不低于 7)", ""},
		{"max(person.birth, on)", "2021-11-08", "", ""},
		{"min(person.birth, on)", "1954-03-02", "", ""},
		// schedules
		{"step(help.schedule, 1)", "100%", "", ""},
		{"step(help.schedule, 2)", "50%", "", ""},
		{"step(help.schedule, 3)", "0%", "", ""},
		{"step(help.schedule, 0)", "0%", "", ""},
		{"step(help.schedule, -1)", "0%", "", ""},
		// ratios
		{"rate_of(yuan(1), yuan(3))", "33.3333%", "", ""},
		{"rate_of(yuan(2), yuan(3))", "66.6666%", "", ""},
		{"ratio(80, 100)", "80%", "", ""},
		{"ratio(0, 7)", "0%", "", ""},
		{"ratio(7, 2)", "350%", "", ""},
		{"ratio(999999999, 1000000000)", "99.9999%", "", ""},
		// places and rosters
		{"within(person.hukou, jurisdiction)", "是", "", ""},
		{"within(jurisdiction, person.hukou)", "否", "", ""},
		{"within(person.hukou, division('370125'))", "否", "", ""},
		{"on_roster('registered_poor')", "是", "", ""},
		{"on_roster('dibao')", "否", "", ""},
		{"roster_since('registered_poor')", "2018-01-01", "", ""},
		{"determined('dibao')", "是", "", ""},
		{"total('dispensing')", "120.50", "120.50", ""},
		{"number('dispensing') * 2", "4", "2 × 2", ""},
		// days
		{"age(person.birth, on)", "67", "", ""},
		{"age(day('1954-11-08'), on)", "67", "", ""},
		{"age(day('1954-11-09'), on)", "66", "", ""},
		{"age(day('2004-02-29'), day('2021-02-28'))", "17", "", ""},
		{"age(on, on)", "0", "", ""},
		{"full_months(day('2021-01-31'), day('2021-02-28'))", "1", "", ""},
		{"full_months(day('2021-01-15'), day('2021-02-14'))", "0", "", ""},
		{"full_months(on, day('2021-01-01'))", "0", "", ""},
		{"days_between(day('2021-11-01'), on)", "7", "", ""},
		{"days_between(on, day('2021-11-01'))", "-7", "", ""},
		{"add_days(on, 30)", "2021-12-08", "", ""},
		{"add_days(on, -8)", "2021-10-31", "", ""},
		{"add_months(day('2021-01-31'), 1)", "2021-02-28", "", ""},
		{"add_months(on, -12)", "2020-11-08", "", ""},
		{"add_years(day('2020-02-29'), 1)", "2021-02-28", "", ""},
		{"working_days_after(day('2021-09-30'), 1)", "2021-10-08", "", ""},
		{"working_days_after(on, 5)", "2021-11-15", "", ""},
		{"working_days_after(on, 0)", "2021-11-08", "", ""},
		{"month_start(on)", "2021-11-01", "", ""},
		{"month_end(day('2020-02-10'))", "2020-02-29", "", ""},
		{"month_after(day('2021-12-31'))", "2022-01-01", "", ""},
		{"year_start(on)", "2021-01-01", "", ""},
		{"year_end(on)", "2021-12-31", "", ""},
		{"date(2021, 3, 1)", "2021-03-01", "", ""},
		{"year_of(on)", "2021", "", ""},
		{"month_of(on)", "11", "", ""},
		// tables
		{"grants.grant('一中')", "5,700.00", "5,700.00", "5,700.00"},
		{"grants.has('一中')", "是", "", ""},
		{"levels.monthly(person.disability.kind, person.disability.level)", "80.00", "80.00", ""},
		{"levels.rate('mental', 1)", "95%", "", ""},
		{"levels.has('mental', 2)", "否", "", ""},
		{"share(levels.monthly('sight', 1), levels.rate('sight', 1))", "90.00", "100.00 × 90%", ""},
		{"diseases.has(visit.diagnosis)", "是", "", ""},
		{"diseases.limit(visit.diagnosis)", "5,000.00", "", ""},
		{"diseases.has_any(person.diagnoses)", "是", "", ""},
		{"diseases.has_any(['A00', 'B00'])", "否", "", ""},
		{"drugs.has_any(['布洛芬', '阿司匹林'])", "是", "", ""},
		// known
		{"known(person.orphan) ? person.orphan : false", "否", "", ""},
		{"known(person.rural)", "是", "", ""},
		{"known(help.unset) || known(help.monthly)", "是", "", ""},
		{"known(share(help.unset, pct(50)))", "否", "", ""},
	} {
		t.Run(test.source, func(t *testing.T) {
			x := mustCompile(t, env, test.source, rule.NoType)
			s := scope(env)
			figure, err := x.Trace(s)
			if got := outcome(figure.Value, err); got != test.want {
				t.Fatalf("traced: %s, want %s", got, test.want)
			}
			value, err := x.Eval(s)
			if got := outcome(value, err); got != test.want {
				t.Errorf("evaluated: %s, want %s", got, test.want)
			}
			if got := figure.Formula("zh"); test.zh != "" && got != test.zh {
				t.Errorf("in figures: %s, want %s", got, test.zh)
			}
			if got := figure.Formula("en"); test.en != "" && got != test.en {
				t.Errorf("in English figures: %s, want %s", got, test.en)
			}
		})
	}
}

// What has no value on a day, leaves a range or is not in a table is an error with a name, at the rule.
func TestLibraryErrors(t *testing.T) {
	env := environment(t)
	for _, test := range []struct{ source, code string }{
		{"yuan(92233720368547758) + yuan('0.07')", "ok"},
		{"yuan(92233720368547758) + yuan('0.08')", "money.overflow"},
		{"-yuan(92233720368547758) - yuan('0.09')", "money.overflow"},
		{"yuan(92233720368547758) * 2", "money.overflow"},
		{"-(-yuan(92233720368547758) - yuan('0.08'))", "money.overflow"},
		{"share(yuan(92233720368547758), pct(200))", "money.overflow"},
		{"guarantee(yuan(92233720368547758), pct(100), -yuan(92233720368547758))", "money.overflow"},
		{"half(yuan(1)) + help.undated", "pack.parameter-undated"},
		{"9223372036854775807 + household.size", "rule.overflow"},
		{"9223372036854775807 * household.size", "rule.overflow"},
		{"-9223372036854775808 - household.size", "rule.overflow"},
		{"-(household.size - 9223372036854775807 - 4)", "rule.overflow"},
		{"tiers(-help.monthly, help.bands)", "money.negative"},
		{"whole_tier(-help.monthly, help.bands)", "money.negative"},
		{"per(help.monthly, 0)", "money.divisor"},
		{"per(help.monthly, -1)", "money.divisor"},
		{"rate_of(help.monthly, yuan(0))", "rule.ratio"},
		{"rate_of(-help.monthly, yuan(1))", "rule.ratio"},
		{"ratio(1, 0)", "rule.ratio"},
		{"ratio(-1, 2)", "rule.ratio"},
		{"ratio(9223372036854775807, 1)", "rule.ratio"},
		{"age(on, person.birth)", "period.before-birth"},
		{"add_days(on, 100001)", "rule.date-range"},
		{"add_months(on, -100001)", "rule.date-range"},
		{"add_years(on, 9223372036854775807)", "rule.date-range"},
		{"working_days_after(on, -1)", "calendar.negative"},
		{"working_days_after(day('2050-01-01'), 1)", "calendar.year-missing"},
		{"date(2021, 2, 30)", "period.no-such-day"},
		{"date(household.size, 1, 1)", "period.year-range"},
		{"levels.monthly('mental', 4)", "rule.table-miss"},
		{"levels.rate('sight', 2)", "rule.table-miss"},
		{"diseases.limit('A00')", "rule.table-miss"},
		{"help.undated > yuan(1)", "pack.parameter-undated"},
		{"known(help.undated)", "pack.parameter-undated"},
		{"known(levels.monthly('mental', 4))", "rule.table-miss"},
	} {
		t.Run(test.source, func(t *testing.T) {
			x := mustCompile(t, env, test.source, rule.NoType)
			_, err := x.Eval(scope(env))
			if _, traced := x.Trace(scope(env)); fault.CodeOf(traced) != fault.CodeOf(err) {
				t.Errorf("traced: %v, evaluated: %v", traced, err)
			}
			if test.code == "ok" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			refused, ok := err.(*fault.Error)
			if !ok || refused.Code != test.code {
				t.Fatalf("%v, want %s", err, test.code)
			}
			if at := refused.At; at == nil || at.File != "f.yaml" || at.Line != 2 || at.Column != 3 {
				t.Errorf("placed at %+v, want the rule", at)
			}
			if strings.Contains(refused.Message.ZH, "overflow") || refused.Message.EN == "" {
				t.Errorf("it reads %q, %q", refused.Message.ZH, refused.Message.EN)
			}
		})
	}
}

// The rounding is what the block declares, and named only where a step really rounded.
func TestRounding(t *testing.T) {
	env := environment(t)
	for _, test := range []struct{ declared, source, want string }{
		{"half-up fen", "share(yuan('10.01'), pct(50))", "5.01"},
		{"down fen", "share(yuan('10.01'), pct(50))", "5.00"},
		{"up fen", "share(yuan('10.01'), pct('49.96'))", "5.01"},
		{"half-up jiao", "share(yuan('10.01'), pct(50))", "5.00"},
		{"up jiao", "half(yuan('10.01'))", "5.10"},
		{"down yuan", "tiers(yuan('1003.75'), help.bands)", "503.00"},
		{"half-up yuan", "tiers(yuan('1003.75'), help.bands)", "503.00"},
		{"up yuan", "whole_tier(yuan('1003.75'), help.bands)", "803.00"},
		{"up yuan", "guarantee(yuan('100.50'), pct(50), yuan('50'))", "1.00"},
		{"down yuan", "per(yuan(100), 3)", "33.00"},
		{"up jiao", "per(-yuan(100), 3)", "-33.40"},
		{"up yuan", "rounded(yuan('0.01'))", "1.00"},
		{"down yuan", "rounded(-yuan('0.99'))", "0.00"},
	} {
		rounding, err := money.ParseRounding(test.declared)
		if err != nil {
			t.Fatal(err)
		}
		s := scope(env)
		s.Vars["rounding"] = rule.Rounding(rounding)
		figure, err := mustCompile(t, env, test.source, rule.MoneyType).Trace(s)
		if got := outcome(figure.Value, err); got != test.want {
			t.Errorf("%s, %s: %s, want %s", test.source, test.declared, got, test.want)
		}
		if !figure.Rounded() {
			t.Errorf("%s does not name its rounding", test.source)
		}
	}
	for source, want := range map[string]bool{
		"help.monthly * 2": false, "cap(share(help.monthly, pct(50)), yuan(1))": true, "person.rural ? yuan(1) : share(help.monthly, pct(50))": false,
		"person.insured ? yuan(1) : share(help.monthly, pct(50))": true,
	} {
		figure, err := mustCompile(t, env, source, rule.MoneyType).Trace(scope(env))
		if err != nil || figure.Rounded() != want {
			t.Errorf("%s: rounded %v (%v), want %v", source, figure.Rounded(), err, want)
		}
	}
}

func TestTypedReaders(t *testing.T) {
	env, s := environment(t), scope(environment(t))
	if amount, known, err := mustCompile(t, env, "help.monthly", rule.MoneyType).Money(s); amount != money.Yuan(100) || !known || err != nil {
		t.Error(amount, known, err)
	}
	if _, known, err := mustCompile(t, env, "help.unset", rule.MoneyType).Money(s); known || err != nil {
		t.Error("an unset amount is known", err)
	}
	if d, known, err := mustCompile(t, env, "month_start(on)", rule.DayType).Day(s); d != day("2021-11-01") || !known || err != nil {
		t.Error(d, known, err)
	}
	if _, known, err := mustCompile(t, env, "person.death", rule.DayType).Day(s); known || err != nil {
		t.Error("an unknown day is known", err)
	}
	if _, known, err := mustCompile(t, env, "help.undated", rule.MoneyType).Money(s); known || err == nil {
		t.Error("an undated amount is known", err)
	}
	for source, want := range map[string]string{"person.rural": "met", "person.insured": "not-met", "person.orphan": "unknown"} {
		truth, err := mustCompile(t, env, source, rule.BoolType).Holds(s)
		if word, _ := truth.MarshalText(); err != nil || truth.String() != want || string(word) != want {
			t.Errorf("%s is %s (%v), want %s", source, truth, err, want)
		}
	}
	if truth, err := mustCompile(t, env, "help.undated > yuan(0)", rule.BoolType).Holds(s); truth != rule.Unknown || err == nil {
		t.Error(truth, err)
	}
}

func TestUsedAndRefs(t *testing.T) {
	env := environment(t)
	for _, test := range []struct{ source, refs, used string }{
		{"person.rural ? help.monthly : help.unset", "person.rural help.monthly help.unset", "person.rural help.monthly"},
		{"share(remaining.in_scope, help.rate) + help.monthly + remaining.in_scope", "remaining.in_scope help.rate help.monthly", "remaining.in_scope help.rate help.monthly"},
		{"on_roster('dibao') && grants.has(person.name)", "roster.dibao grants person.name", "roster.dibao grants person.name"},
		{"known(person.birth) ? age(person.birth, on) : 0", "person.birth on", "person.birth on"},
	} {
		x := mustCompile(t, env, test.source, rule.NoType)
		if got := strings.Join(x.Refs, " "); got != test.refs {
			t.Errorf("%s names %s, want %s", test.source, got, test.refs)
		}
		figure, err := x.Trace(scope(env))
		if got := strings.Join(figure.Used(), " "); err != nil || got != test.used {
			t.Errorf("%s used %s (%v), want %s", test.source, got, err, test.used)
		}
	}
}
