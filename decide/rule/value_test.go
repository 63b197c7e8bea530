package rule_test

import (
	"testing"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/money"
)

func TestTypeNames(t *testing.T) {
	for _, name := range rule.TypeNames() {
		if typ := rule.ParseType(name); typ == rule.NoType || typ.String() != name {
			t.Errorf("%s is read as %s", name, typ)
		}
	}
	for _, name := range []string{"", "none", "float", "Money"} {
		if typ := rule.ParseType(name); typ != rule.NoType {
			t.Errorf("%q is read as %s", name, typ)
		}
	}
	for unit, want := range map[string]rule.Type{"yuan": rule.MoneyType, "yuan/month": rule.MoneyType, "yuan/": rule.MoneyType, "rate": rule.RateType, "count": rule.IntType, "count/year": rule.IntType,
		"day": rule.DayType, "text": rule.TextType, "bool": rule.BoolType, "bands": rule.BandsType, "rates": rule.RatesType, "counts": rule.CountsType, "fen": rule.NoType, "yuans": rule.NoType, "": rule.NoType} {
		if got := rule.UnitType(unit); got != want {
			t.Errorf("the unit %q is of type %s, want %s", unit, got, want)
		}
	}
}

func TestReadValue(t *testing.T) {
	for _, test := range []struct {
		source      string
		typ         rule.Type
		want, wrong string
	}{
		{"平阴", rule.TextType, "平阴", ""},
		{"''", rule.TextType, "", ""},
		{"null", rule.TextType, "", "text.blank 1:4"},
		{"[a]", rule.TextType, "", "text.not-a-value 1:4"},
		{"3", rule.IntType, "3", ""},
		{"null", rule.IntType, "", "text.blank 1:4"},
		{"true", rule.BoolType, "是", ""},
		{"false", rule.BoolType, "否", ""},
		{"''", rule.BoolType, "", "text.not-a-bool 1:5"},
		{"是", rule.BoolType, "", "text.not-a-bool 1:4"},
		{"[true]", rule.BoolType, "", "text.not-a-value 1:4"},
		{"2021-06-28", rule.DayType, "2021-06-28", ""},
		{"null", rule.DayType, "", "text.blank 1:4"},
		{"100", rule.MoneyType, "100.00", ""},
		{"null", rule.MoneyType, "", "text.blank 1:4"}, // unknown is not zero
		{"{a: 1}", rule.MoneyType, "", "text.not-a-value 1:4"},
		{"80%", rule.RateType, "80%", ""},
		{"0.8", rule.RateType, "80%", ""},
		{"-80%", rule.RateType, "", "money.negative-rate 1:4"},
		{"'370124'", rule.DivisionType, "370124", ""},
		{"'3701'", rule.DivisionType, "", "ident.division-length 1:5"},
		{"[370124]", rule.DivisionType, "", "text.not-a-value 1:4"},
		{"[甲, 乙]", rule.ListType, "甲、乙", ""},
		{"甲", rule.ListType, "甲", ""},
		{"[]", rule.ListType, "", ""},
		{"[甲, ~]", rule.ListType, "", "text.blank 1:8"},
		{"[3, 9]", rule.CountsType, "3、9", ""},
		{"[3, x]", rule.CountsType, "", "text.not-a-number 1:8"},
		{"[100%, 50%]", rule.RatesType, "100%、50%", ""},
		{"[100%, null]", rule.RatesType, "", "text.blank 1:11"},
		{"[[0, 50%], [1000.00, 80%]]", rule.BandsType, "≥0.00: 50%、≥1,000.00: 80%", ""},
		{"[[0, 50%], [0, 80%]]", rule.BandsType, "", "money.bands 1:4"},
		{"[[10, 50%]]", rule.BandsType, "", "money.bands 1:4"},
		{"[]", rule.BandsType, "", "money.bands 1:4"},
		{"[[0]]", rule.BandsType, "", "rule.bands 1:5"},
		{"[[0, 50%, 1]]", rule.BandsType, "", "rule.bands 1:5"},
		{"[[0, x]]", rule.BandsType, "", "money.malformed 1:9"},
		{"[[~, 50%]]", rule.BandsType, "", "text.blank 1:6"},
		{"half-up fen", rule.RoundingType, "四舍五入到分", ""},
		{"half-up", rule.RoundingType, "", "money.rounding 1:4"},
		{"[half-up fen]", rule.RoundingType, "", "text.not-a-value 1:4"},
		{"x", rule.NoType, "", "rule.type 1:4"},
	} {
		r := &text.Report{}
		v := rule.ReadValue(r, parse(t, "县: "+test.source+"\n").Get("县"), test.typ)
		if got := complaints(r); got != test.wrong || (test.wrong == "") != (v != nil) || rule.Display(v, "zh") != test.want {
			t.Errorf("%s as %s: %q and said %q; want %q and %q", test.source, test.typ, rule.Display(v, "zh"), got, test.want, test.wrong)
		}
	}
	r := &text.Report{}
	if v := rule.ReadValue(r, nil, rule.MoneyType); v != nil || r.Err() != nil {
		t.Errorf("what is absent was read as %v, %s", v, complaints(r))
	}
}

func TestDisplay(t *testing.T) {
	for _, test := range []struct {
		value  ref.Val
		zh, en string
	}{
		{nil, "", ""},
		{rule.Money(123456789), "1,234,567.89", "1,234,567.89"},
		{rule.Rate(125000), "12.5%", "12.5%"},
		{rule.Day(day("2021-06-28")), "2021-06-28", "2021-06-28"},
		{rule.Division("370124"), "370124", "370124"},
		{rule.Bool(true), "是", "yes"},
		{rule.Bool(false), "否", "no"},
		{rule.Int(-3), "-3", "-3"},
		{rule.Text("甲"), "甲", "甲"},
		{rule.Texts([]string{"甲", "乙"}), "甲、乙", "甲、乙"},
		{rule.Texts(nil), "", ""},
		{rule.Counts([]int64{1, 2}), "1、2", "1、2"},
		{rule.Rates{money.Percent(100), 0}, "100%、0%", "100%、0%"},
		{rule.Rounding{}, "四舍五入到分", "rounded half up to the fen"},
		{types.NewErr("x"), "", ""},
	} {
		if zh, en := rule.Display(test.value, "zh"), rule.Display(test.value, "en"); zh != test.zh || en != test.en {
			t.Errorf("%v is shown as %q, %q; want %q, %q", test.value, zh, en, test.zh, test.en)
		}
	}
}

// The values of rules keep their own kind: they equal only their like, convert to nothing and give back what they hold.
func TestValuesAreOfTheirKind(t *testing.T) {
	values := []ref.Val{rule.Money(5), rule.Rate(5), rule.Day(5), rule.Division("370124"), rule.Rounding{}, rule.Int(5), rule.Text("5"), rule.Bool(true)}
	for i, a := range values {
		for j, b := range values {
			if got := a.Equal(b) == types.True; got != (i == j) {
				t.Errorf("%s equals %s: %v", a.Type().TypeName(), b.Type().TypeName(), got)
			}
		}
	}
	for _, v := range []ref.Val{rule.Money(5), rule.Rate(5), rule.Day(5), rule.Division("370124"), rule.Rounding{}, rule.Bands{}, rule.Rates{}} {
		if !types.IsError(v.ConvertToType(types.StringType)) {
			t.Errorf("%s converts to text", v.Type().TypeName())
		}
		if native, err := v.ConvertToNative(nil); err != nil || native == nil || v.Value() == nil {
			t.Errorf("%s gives back %v, %v", v.Type().TypeName(), native, err)
		}
	}
	if (rule.Rounding{Unit: money.ToFen}).Equal(rule.Rounding{}) != types.True {
		t.Error("rounding to the fen differs from rounding that names no unit")
	}
	if (rule.Bands{}).Equal(rule.Bands{}) != types.False || (rule.Rates{}).Equal(rule.Rates{}) != types.False {
		t.Error("bands and schedules are compared")
	}
	for _, v := range []ref.Val{rule.Money(1).Add(rule.Rate(1)), rule.Money(1).Subtract(types.Int(1)), rule.Money(1).Multiply(rule.Money(1)), rule.Money(1).Compare(rule.Day(1)), rule.Rate(1).Compare(rule.Money(1)), rule.Day(1).Compare(types.Int(1))} {
		if !types.IsError(v) {
			t.Errorf("units were mixed: %v", v)
		}
	}
}
