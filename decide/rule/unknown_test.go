package rule_test

import (
	"strings"
	"testing"

	"cel.dev/cel-go/common/types"

	"doudi/decide/rule"
)

// Unknown travels through conditions as in a truth table of three values: a certain answer wins, otherwise the names of
// what is needed come out. An error counts only where neither decides.
func TestTruthTables(t *testing.T) {
	env := environment(t)
	s := scope(env)
	operand := map[string]string{"T": "person.rural", "F": "person.insured", "U": "person.orphan", "V": "person.card", "E": "help.undated > yuan(0)"}
	truth := map[string]string{"T": "是", "F": "否", "U": "unknown person.orphan", "V": "unknown person.card", "UV": "unknown person.card person.orphan", "E": "error pack.parameter-undated"}
	for _, row := range []struct{ left, right, and, or string }{
		{"T", "T", "T", "T"}, {"T", "F", "F", "T"}, {"T", "U", "U", "T"}, {"T", "E", "E", "T"},
		{"F", "T", "F", "T"}, {"F", "F", "F", "F"}, {"F", "U", "F", "U"}, {"F", "E", "F", "E"},
		{"U", "T", "U", "T"}, {"U", "F", "F", "U"}, {"U", "V", "UV", "UV"}, {"U", "U", "U", "U"}, {"U", "E", "U", "U"},
		{"E", "T", "E", "T"}, {"E", "F", "F", "E"}, {"E", "U", "U", "U"}, {"E", "E", "E", "E"},
	} {
		for sign, want := range map[string]string{"&&": row.and, "||": row.or} {
			source := "(" + operand[row.left] + ") " + sign + " (" + operand[row.right] + ")"
			x := mustCompile(t, env, source, rule.BoolType)
			if got := outcome(x.Eval(s)); got != truth[want] {
				t.Errorf("%s is %s, want %s", source, got, truth[want])
			}
			figure, err := x.Trace(s)
			if got := outcome(figure.Value, err); got != truth[want] {
				t.Errorf("%s traced is %s, want %s", source, got, truth[want])
			}
		}
	}
	for _, row := range []struct{ condition, yes, no, want string }{
		{"T", "U", "E", "U"}, {"F", "E", "V", "V"}, {"U", "T", "T", "U"}, {"U", "E", "E", "U"}, {"E", "T", "T", "E"}, {"T", "E", "T", "E"},
	} {
		source := operand[row.condition] + " ? (" + operand[row.yes] + ") : (" + operand[row.no] + ")"
		if got := outcome(mustCompile(t, env, source, rule.BoolType).Eval(s)); got != truth[row.want] {
			t.Errorf("%s is %s, want %s", source, got, truth[row.want])
		}
	}
	for source, want := range map[string]string{"!person.orphan": truth["U"], "!(person.orphan && person.insured)": "是", "!person.insured || person.orphan": "是"} {
		if got := outcome(mustCompile(t, env, source, rule.BoolType).Eval(s)); got != want {
			t.Errorf("%s is %s, want %s", source, got, want)
		}
	}
}

// Every function of something unknown is unknown, and names all that it lacks.
func TestUnknownIsNotNo(t *testing.T) {
	env := environment(t)
	for source, want := range map[string]string{
		"person.orphan && person.rural":                                 "person.orphan",
		"person.orphan && person.card":                                  "person.card person.orphan",
		"grants.grant('二中') > yuan(0)":                                  "table.grants",
		"grants.has('二中')":                                              "table.grants",
		"drugs.has_any(['布洛芬'])":                                        "table.drugs",
		"grants.grant(person.school.name) > yuan(0)":                    "person.school.name",
		"diseases.has(visit.diagnosis_name)":                            "visit.diagnosis_name",
		"diseases.has_any(household.assets)":                            "household.assets",
		"levels.monthly(person.sex, person.school.year)":                "person.school.year person.sex",
		"age(person.death, period.from) < 60":                           "period.from person.death",
		"within(person.residence, jurisdiction)":                        "person.residence",
		"within(person.residence, visit.hospital.division)":             "person.residence visit.hospital.division",
		"person.orphan ? person.rural : person.card":                    "person.orphan",
		"on_roster('tekun')":                                            "roster.tekun",
		"roster_since('dibao')":                                         "roster_since.dibao",
		"roster_since('tekun') <= on":                                   "roster_since.tekun",
		"number('signed') > 0":                                          "events.signed.number",
		"total('signed')":                                               "events.signed.total",
		"help.unset + help.monthly":                                     "help.unset",
		"help.monthly - help.unset":                                     "help.unset",
		"help.unset * person.school.year":                               "help.unset person.school.year",
		"-help.unset":                                                   "help.unset",
		"help.unset == help.monthly":                                    "help.unset",
		"help.unset != visit.deductible":                                "help.unset visit.deductible",
		"help.unset < help.monthly":                                     "help.unset",
		"share(help.unset, help.rate)":                                  "help.unset",
		"half(help.unset)":                                              "help.unset",
		"rounded(help.unset)":                                           "help.unset",
		"per(help.unset, person.school.year)":                           "help.unset person.school.year",
		"tiers(help.unset, help.bands)":                                 "help.unset",
		"whole_tier(help.unset, help.bands)":                            "help.unset",
		"guarantee(help.unset, help.rate, visit.deductible)":            "help.unset visit.deductible",
		"cap(help.monthly, help.unset)":                                 "help.unset",
		"atleast(help.unset, help.monthly)":                             "help.unset",
		"min(help.unset, yuan(0))":                                      "help.unset",
		"max(person.school.year, 3)":                                    "person.school.year",
		"step(help.schedule, person.school.year)":                       "person.school.year",
		"rate_of(help.unset, help.monthly)":                             "help.unset",
		"ratio(person.school.year, 2)":                                  "person.school.year",
		"full_months(person.death, on)":                                 "person.death",
		"days_between(person.death, visit.date)":                        "person.death visit.date",
		"add_days(person.death, 1)":                                     "person.death",
		"add_months(on, person.school.year)":                            "person.school.year",
		"add_years(visit.date, 1)":                                      "visit.date",
		"working_days_after(visit.date, 1)":                             "visit.date",
		"month_start(visit.date)":                                       "visit.date",
		"date(2021, person.school.year, 1)":                             "person.school.year",
		"year_of(visit.date)":                                           "visit.date",
		"person.school.name in ['一中']":                                  "person.school.name",
		"'E11' in household.assets":                                     "household.assets",
		"person.school.name in [visit.clinic, person.sex]":              "person.school.name person.sex visit.clinic",
		"person.school.name.startsWith('一')":                            "person.school.name",
		"[person.school.year, 2] == help.months":                        "person.school.year",
		"known(person.orphan) && person.orphan || person.sex == 'male'": "person.sex",
	} {
		x := mustCompile(t, env, source, rule.NoType)
		v, err := x.Eval(scope(env))
		if got := strings.Join(rule.Missing(v), " "); err != nil || got != want {
			t.Errorf("%s misses %q (%v), want %q", source, got, err, want)
		}
		figure, err := x.Trace(scope(env))
		if got := strings.Join(rule.Missing(figure.Value), " "); err != nil || got != want {
			t.Errorf("%s traced misses %q (%v), want %q", source, got, err, want)
		}
	}
}

func TestUnknownFormulas(t *testing.T) {
	env := environment(t)
	for source, want := range map[string]string{
		"share(help.unset, help.rate)":                    "未知 × 75%",
		"tiers(help.unset, help.bands)":                   "未知",
		"whole_tier(help.unset, help.bands)":              "未知",
		"person.orphan ? help.monthly : help.monthly * 2": "未知",
		"cap(help.monthly, help.unset)":                   "100.00 封顶 未知",
		"min(help.monthly, help.unset)":                   "取低(100.00, 未知)",
	} {
		figure, err := mustCompile(t, env, source, rule.MoneyType).Trace(scope(env))
		if got := figure.Formula("zh"); err != nil || got != want {
			t.Errorf("%s reads %q (%v), want %q", source, got, err, want)
		}
		if got := figure.Formula("en"); strings.Contains(got, "未知") {
			t.Errorf("%s reads %q in English", source, got)
		}
	}
	if got := (rule.Figure{Value: rule.Money(100)}).Formula("zh"); got != "1.00" {
		t.Errorf("a figure without steps reads %s", got)
	}
}

func TestMissingOfSomethingKnown(t *testing.T) {
	if rule.Missing(rule.Bool(true)) != nil || rule.Missing(nil) != nil || rule.Missing(types.NewErr("x")) != nil {
		t.Error("something known lacks a name")
	}
	env := environment(t)
	if got := rule.Missing(env.Unknown("person.orphan")); len(got) != 1 || got[0] != "person.orphan" {
		t.Error(got)
	}
	if got := rule.Missing(env.Unknown("no.such.name")); len(got) != 1 || got[0] != "no.such.name" {
		t.Error(got)
	}
}
