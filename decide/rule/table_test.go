package rule_test

import (
	"strings"
	"testing"

	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/rule"
	"doudi/kernel/fault"
)

// A complete table says no; one 待核实 says nothing of what it does not list.
func TestTables(t *testing.T) {
	env := environment(t)
	rows := map[string][][]ref.Val{
		"grants":   {{rule.Text("一中"), rule.Money(570000)}, {rule.Text("二中"), nil}},
		"levels":   {{rule.Text("sight"), rule.Int(1), rule.Money(10000), nil}, {rule.Text("sight"), rule.Int(12), rule.Money(1), nil}},
		"diseases": {{rule.Text("I60-I64"), rule.Money(1)}, {rule.Text("E11;N18.5"), rule.Money(2)}, {rule.Text("I61"), rule.Money(3)}},
		"drugs":    {{rule.Text("阿司匹林")}},
	}
	types := map[string]*rule.TableType{"grants": grants, "levels": levels, "diseases": diseases, "drugs": drugs}
	for _, test := range []struct{ source, complete, toVerify string }{
		{"grants.has('一中')", "是", "是"},
		{"grants.has('三中')", "否", "unknown table.grants"},
		{"grants.has('')", "否", "unknown table.grants"},
		{"grants.grant('一中')", "5,700.00", "5,700.00"},
		{"grants.has('二中')", "是", "是"},
		{"grants.grant('二中')", "error rule.table-miss", "unknown table.grants"},
		{"grants.grant('三中')", "error rule.table-miss", "unknown table.grants"},
		{"grants.has_any(['三中', '一中'])", "是", "是"},
		{"grants.has_any(['三中'])", "否", "unknown table.grants"},
		{"levels.monthly('sight', 1)", "100.00", "100.00"},
		{"levels.monthly('sight', 12)", "0.01", "0.01"},
		{"levels.has('sight', 2)", "否", "unknown table.levels"},
		{"levels.has('mental', 1)", "否", "unknown table.levels"},
		{"levels.rate('sight', 1)", "error rule.table-miss", "unknown table.levels"},
		{"diseases.limit('I63.902')", "0.01", "0.01"},
		{"diseases.limit('I61.0')", "0.01", "0.01"}, // the first row that covers it
		{"diseases.limit('E11.900')", "0.02", "0.02"},
		{"diseases.limit('N18.500x001')", "0.02", "0.02"},
		{"diseases.has('I65')", "否", "unknown table.diseases"},
		{"diseases.has('N18')", "否", "unknown table.diseases"},
		{"diseases.has_any(['A00', 'i64'])", "是", "是"},
		{"drugs.has('阿司匹林')", "是", "是"},
		{"drugs.has('布洛芬')", "否", "unknown table.drugs"},
	} {
		for toVerify, want := range map[bool]string{false: test.complete, true: test.toVerify} {
			name, _, _ := strings.Cut(test.source, ".")
			s := scope(env)
			s.Frame[name] = rule.NewTable(types[name], rows[name], toVerify)
			if got := outcome(mustCompile(t, env, test.source, rule.NoType).Eval(s)); got != want {
				t.Errorf("%s, to verify %v: %s, want %s", test.source, toVerify, got, want)
			}
		}
	}
}

func TestTableMissNamesWhatWasLookedUp(t *testing.T) {
	env := environment(t)
	_, err := mustCompile(t, env, "levels.monthly('mental', 4)", rule.MoneyType).Eval(scope(env))
	refused := err.(*fault.Error)
	if refused.Kind != fault.NotFound || refused.Message.ZH != "表“分档”里没有 mental、4" || refused.Message.EN != "table “levels” has no row for mental, 4" || refused.Hint.ZH == "" {
		t.Errorf("%+v", refused)
	}
}

func TestCoversICD10(t *testing.T) {
	for _, test := range []struct {
		cell, code string
		want       bool
	}{
		{"I60", "I60", true}, {"I60", "I60.901", true}, {"I60", "I6", false}, {"I60", "I61", false}, {"I60.1", "I60", false},
		{"I60", "i60.1", true}, {"i60", " I60 ", true}, {" I60 ", "I60", true},
		{"I60-I64", "I60", true}, {"I60-I64", "I64.999", true}, {"I60-I64", "I62", true}, {"I60-I64", "I65", false}, {"I60-I64", "I59.9", false}, {"I60 - I64", "I62", true},
		{"I60-I64", "I6", false}, {"I60-I64", "", false},
		{"C00-D09", "C97.1", true}, {"C00-D09", "D09", true}, {"C00-D09", "D10", false},
		{"N18.4-N18.6", "N18.500", true}, {"N18.4-N18.6", "N18.7", false}, {"N18.4-N18.6", "N18", false},
		{"E11;N18.5", "N18.5", true}, {"E11; N18.5 ; I60-I64", "I63", true}, {"E11;N18.5", "E12", false}, {"E11;", "E11", true},
		{"", "I60", false}, {";", "I60", false}, {"", "", false}, {"-", "I60", false}, {"-I64", "I60", false},
	} {
		if got := rule.CoversICD10(test.cell, test.code); got != test.want {
			t.Errorf("%q covers %q: %v", test.cell, test.code, got)
		}
	}
}

func TestTableIsItself(t *testing.T) {
	a, b := rule.NewTable(drugs, nil, false), rule.NewTable(drugs, nil, false)
	if a.Equal(a) != rule.Bool(true) || a.Equal(b) != rule.Bool(false) || a.Equal(rule.Int(1)) != rule.Bool(false) || a.Value() != a || a.Type().TypeName() != "table.drugs" {
		t.Error("a table is not itself")
	}
}
