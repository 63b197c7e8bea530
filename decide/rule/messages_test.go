package rule_test

import (
	"strings"
	"testing"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
)

// underlined is what the caret of an error stands under.
func underlined(e *fault.Error) string {
	runes := []rune(e.At.Source)
	from := e.At.Column - 1
	if from >= len(runes) {
		return ""
	}
	return string(runes[from:min(from+e.At.Width, len(runes))])
}

// Every way an expression can be wrong: the name of the error, what is underlined, and words of the message or hint.
func TestMessages(t *testing.T) {
	env := environment(t)
	for _, test := range []struct{ source, code, under, zh, en string }{
		// names
		{"person.disabilty.level <= 2", "rule.unknown-name", "person.disabilty.level", "是否想写 person.disability.level？", "did you mean person.disability.level?"},
		{"'李桂芳' == person.name && person.orfan", "rule.unknown-name", "person.orfan", "未知的名称 person.orfan", "unknown name person.orfan"},
		{"person.disability", "rule.unknown-name", "person.disability", "是一组情况，不是一项", "is a group of facts"},
		{"person.rural.foo", "rule.unknown-name", "person.rural.foo", "未知的名称 person.rural.foo", "unknown name"},
		{".person.rural", "rule.unknown-name", "person.rural", "是否想写 person.rural？", "did you mean"},
		{"known(person)", "rule.unknown-name", "person", "是一组情况", "group"},
		{"roster.x", "rule.unknown-name", "roster.x", "没有名册 x", "no roster x"},
		{"on_roster('registerd_poor')", "rule.unknown-name", "'registerd_poor'", "registered_poor", "registered_poor"},
		{"on_roster('')", "rule.unknown-name", "''", "没有名册", "no roster"},
		{"roster_since('dibo') < on", "rule.unknown-name", "'dibo'", "roster_since.dibao", "did you mean"},
		{"total('dispensin') > yuan(0)", "rule.unknown-name", "'dispensin'", "是否想写 dispensing？", "no event dispensin"},
		{"number('x') > 0", "rule.unknown-name", "'x'", "没有事项 x", "no event x"},
		{"determined('dibo')", "rule.unknown-name", "'dibo'", "determined.dibao", "did you mean"},
		{"share(person.premium, pct(50)).foo == 1", "rule.unknown-name", "share", "不能再用“.”取值", "has no fields"},
		{"nogrants.grant('x') > yuan(0)", "rule.unknown-name", "nogrants", "是否想写 grants？", "grants"},
		// functions and operators
		{"shre(yuan(1), pct(2)) > yuan(0)", "rule.unknown-function", "shre", "是否想写 share？", "there is no function shre"},
		{"timestamp('2020-01-01') > timestamp('2020-01-02')", "rule.unknown-function", "timestamp", "没有函数 timestamp", "no function"},
		{"[1, 2].exists(x, x > 1)", "rule.unknown-function", "exists", "没有函数 exists", "no function exists"},
		{"size(person.name) > 1", "rule.unknown-function", "size", "没有函数 size", "no function size"},
		{"person.name.matches('x')", "rule.unknown-function", "matches", "没有函数 matches", "no function"},
		{"has(person.rural)", "rule.unknown-function", "has", "没有函数 has", "no function"},
		{"help.monthly / 2 > yuan(1)", "rule.unknown-function", "/", "per(金额, 数)", "no operator /"},
		{"1 % 2 == 1", "rule.unknown-function", "%", "没有运算 %", "no operator %"},
		{"person.diagnoses[0] == 'x'", "rule.unknown-function", "[", "没有运算 [ ]", "no operator [ ]"},
		{"grants.gant('x') > yuan(1)", "rule.unknown-column", "gant", "表 grants 没有 gant 这一列", "did you mean grant?"},
		{"person.name.grant('x') > yuan(0)", "rule.unknown-function", "grant", "没有函数 grant", "no function grant"},
		// types
		{"yuan(100) + 1 > yuan(0)", "rule.types", "+", "+ 不能用于（money, int）", "money does not mix with bare numbers"},
		{"help.monthly == 3", "rule.types", "=", "写 yuan(…)", "write yuan(…)"},
		{"help.monthly * help.rate == yuan(1)", "rule.types", "*", "用 share(金额, 比例)", "use share(amount, rate)"},
		{"on + 1 == on", "rule.types", "+", "（day, int）", "(day, int)"},
		{"!help.monthly", "rule.types", "!", "! 不能用于（money）", "! does not apply to (money)"},
		{"-person.rural", "rule.types", "-", "- 不能用于（bool）", "- does not apply to (bool)"},
		{"person.disability.level == '2'", "rule.types", "=", "（int, text）", "(int, text)"},
		{"share(help.monthly, 3) > yuan(1)", "rule.types", "share", "share 不能用于（money, int）", "share does not apply to (money, int)"},
		{"grants.grant(1) > yuan(0)", "rule.types", "grant", "grant 不能用于（int）", "grant does not apply to (int)"},
		{"grants.grant() > yuan(0)", "rule.types", "grant", "grant 不能用于（）", "()"},
		{"levels.monthly('sight') > yuan(0)", "rule.types", "monthly", "（text）", "(text)"},
		{"person.name.startsWith(1)", "rule.types", "startsWith", "（int）", "(int)"},
		{"min(1, 2, 3) > 1", "rule.types", "min", "（int, int, int）", "(int, int, int)"},
		{"within(person.hukou, '370124')", "rule.types", "within", "（division, text）", "(division, text)"},
		{"step(help.months, 1) == pct(1)", "rule.types", "step", "（counts, int）", "(counts, int)"},
		{"person.rural ? 1 : 'x'", "rule.types", "?", "两个结果要是同一类型", "of one type"},
		{"household.size ? true : false", "rule.types", "?", "条件要是 bool", "is a bool"},
		{"[1, 'x'] == [1]", "rule.types", "'", "这里要写 int，写的是 text", "expected int here, found text"},
		{"help.monthly", "rule.result-type", "help.monthly", "这里要得到 bool，写的是 money", "expected bool here, found money"},
		{"grants", "rule.result-type", "grants", "写的是 table.grants", "found table.grants"},
		{"person.rural ? 1 : 2", "rule.result-type", "?", "写的是 int", "found int"},
		{"person.diagnoses", "rule.result-type", "person.diagnoses", "写的是 list", "found list"},
		{"help.bands == help.bands", "rule.comparison", "==", "不能直接比较", "cannot be compared"},
		{"help.schedule != help.schedule", "rule.comparison", "!=", "不能直接比较", "cannot be compared"},
		// words
		{"question.tier_mode == 'hole'", "rule.unknown-word", "'", "分段 没有“hole”这一项", "tiers knows no “hole”"},
		{"'hole' == question.tier_mode", "rule.unknown-word", "'", "是否想写 whole？", "did you mean whole?"},
		{"person.disability.kind in ['sight', 'hering']", "rule.unknown-word", "'", "残疾类别 没有“hering”这一项", "Kind of disability knows no “hering”"},
		{"line.item != 'drugs'", "rule.unknown-word", "'", "是否想写 drug？", "drug"},
		// constants
		{"1.5 > 1.0", "rule.literal", "1", "yuan('0.50')", "there are no decimals"},
		{"1u == 2u", "rule.literal", "1", "这种常数", "constant"},
		{"null == null", "rule.literal", "n", "这种常数", "constant"},
		{"b'x' == b'x'", "rule.literal", "b", "这种常数", "constant"},
		{"9223372036854775808 > 1", "rule.literal", "9", "整数过大", "too large"},
		{"yuan('1.234') > yuan(0)", "rule.constant", "yuan", "1.234", "bad constant"},
		{"yuan(92233720368547759) > yuan(0)", "rule.constant", "yuan", "超出可以表示的范围", "bad constant"},
		{"yuan(household.size) > yuan(1)", "rule.constant", "yuan", "yuan(…) 里只能写常数", "takes a constant"},
		{"pct(-1) > pct(0)", "rule.constant", "pct", "比例超出范围", "bad constant"},
		{"pct('八成') > pct(0)", "rule.constant", "pct", "写法不对", "bad constant"},
		{"day('2021-02-30') == on", "rule.constant", "day", "没有 2021年2月30日", "bad constant"},
		{"division('37') == jurisdiction", "rule.constant", "division", "6、9 或 12 位", "bad constant"},
		{"on_roster(person.name)", "rule.constant", ".", "on_roster('…') 里只能写加引号的名称", "takes a name in quotes"},
		{"total(1) > yuan(0)", "rule.constant", "1", "total('…')", "takes a name in quotes"},
		// constructs
		{"{'a': 1} == {'a': 1}", "rule.construct", "{", "不能用这种写法", "not part of the language"},
		{"Foo{a: 1} == 1", "rule.construct", "{", "没有循环、结构和映射", "no loops"},
		{"person.?a == 1", "rule.construct", ".", "不能用这种写法", "not part of the language"},
		// syntax
		{"person.rural &&", "rule.syntax", "", "没有写完", "ends too early"},
		{"&& person.rural", "rule.syntax", "&", "读到“&&”时不合语法", "unexpected “&&”"},
		{"person.rural person.card", "rule.syntax", "p", "读到“person”", "unexpected “person”"},
		{"(person.rural", "rule.syntax", "", "少了“)”", "“)” is missing"},
		{"person.rural)", "rule.syntax", ")", "读到“)”", "unexpected"},
		{"person.name == 'x", "rule.syntax", "'", "引号没有成对", "not closed"},
		{"person.rural & person.card", "rule.syntax", "&", "读到“&”", "unexpected “&”"},
		{"县 == 1", "rule.syntax", "县", "读到“县”", "unexpected “县”"},
		{"person.rural ? true", "rule.syntax", "", "没有写完", "ends too early"},
		{"a = 1", "rule.syntax", "=", "比较用 ==", "compare with =="},
		{strings.Repeat("(", 70) + "true" + strings.Repeat(")", 70), "rule.too-long", "(", "嵌套过深", "nested too deeply"},
		{strings.Repeat("true && ", 600) + "true", "rule.too-long", "t", "最多 4096 个字符", "too long"},
	} {
		t.Run(test.source[:min(len(test.source), 40)], func(t *testing.T) {
			x, err := compile(t, env, test.source, rule.BoolType)
			list, ok := err.(fault.List)
			if !ok || x != nil {
				t.Fatalf("it was accepted: %v", err)
			}
			first := list[0]
			if first.Code != test.code {
				t.Errorf("%s, want %s", first.Code, test.code)
			}
			if zh := first.Message.ZH + " " + first.Hint.ZH; !strings.Contains(zh, test.zh) {
				t.Errorf("%q lacks %q", zh, test.zh)
			}
			if en := first.Message.EN + " " + first.Hint.EN; !strings.Contains(en, test.en) {
				t.Errorf("%q lacks %q", en, test.en)
			}
			if first.At == nil || first.At.File != "f.yaml" || first.At.Line != 2 || underlined(first) != test.under {
				t.Errorf("%q is underlined at %+v, want %q", underlined(first), first.At, test.under)
			}
		})
	}
}

// Every part that is wrong is said, each at its place, once.
func TestAllThatIsWrongIsSaid(t *testing.T) {
	env := environment(t)
	_, err := compile(t, env, "person.orfan && shre(1) || 1.5 > roster.x", rule.BoolType)
	var got []string
	for _, e := range err.(fault.List) {
		got = append(got, e.Code+" "+underlined(e))
	}
	if want := "rule.unknown-name person.orfan, rule.unknown-function shre, rule.literal 1, rule.unknown-name roster.x"; strings.Join(got, ", ") != want {
		t.Errorf("said %s, want %s", strings.Join(got, ", "), want)
	}
	_, err = compile(t, env, "help.monthly > 1 && help.monthly > 2", rule.BoolType)
	if list := err.(fault.List); len(list) != 2 || list[0].At.Column == list[1].At.Column {
		t.Errorf("%v", err)
	}
}

// The caret stands under the fault however the rule is written in the file.
func TestMessagesInTheFile(t *testing.T) {
	env := environment(t)
	for _, test := range []struct{ source, line string }{
		{"规则: person.orfan\n", "规则: person.orfan"},
		{"规则: '县' == person.name && person.orfan\n", ""},
		{"规则: \"'县' == person.name && person.orfan\"\n", ""},
		{"规则: '''县'' == person.name && person.orfan'\n", ""},
		{"规则: |\n    '县' == person.name &&\n      person.orfan\n", "      person.orfan"},
		{"规则: >\n    '县' == person.name\n    &&\n    person.orfan\n", "    person.orfan"},
		{"规则: person.rural &&\n  person.orfan\n", "  person.orfan"},
		{"{前: 一二三, 规则: person.orfan, 后: 1}\n", "{前: 一二三, 规则: person.orfan, 后: 1}"},
	} {
		doc, err := text.Parse("f.yaml", []byte(test.source))
		if err != nil {
			continue // the second is no YAML: a quoted text followed by more
		}
		r := &text.Report{}
		env.Compile(r, doc.Get("规则"), rule.BoolType)
		if len(r.List) != 1 || underlined(r.List[0]) != "person.orfan" || test.line != "" && r.List[0].At.Source != test.line {
			t.Errorf("%q: %s", test.source, fault.RenderError(r.Err(), "zh"))
		}
	}
}

func TestNotAnExpression(t *testing.T) {
	env := environment(t)
	for source, want := range map[string]string{"[a]": "rule.not-an-expression 1:4", "{a: 1}": "rule.not-an-expression 1:4", "null": "", "true": ""} {
		r := &text.Report{}
		x := env.Compile(r, parse(t, "规: "+source+"\n").Get("规"), rule.BoolType)
		if got := complaints(r); got != want || (x != nil) != (source == "true") {
			t.Errorf("%s: said %q, want %q", source, got, want)
		}
	}
	r := &text.Report{}
	if x := env.Compile(r, nil, rule.BoolType); x != nil || r.Err() != nil {
		t.Error("nothing was compiled to something")
	}
}

func TestNearestNamesAreOfTheEnvironment(t *testing.T) {
	env := environment(t)
	inner, err := env.Extend([]rule.Variable{{Name: "calc.within_rest", Type: rule.MoneyType}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		env  *rule.Env
		hint string
	}{{env, ""}, {inner, "是否想写 calc.within_rest？"}} {
		_, err := compile(t, test.env, "calc.within_rst > yuan(0)", rule.BoolType)
		if got := err.(fault.List)[0].Hint.ZH; got != test.hint {
			t.Errorf("the hint reads %q, want %q", got, test.hint)
		}
	}
	if inner.Variable("calc.within_rest") == nil || env.Variable("calc.within_rest") != nil || inner.Variable("help.monthly") == nil {
		t.Error("the outer environment was changed, or the inner lost names")
	}
}

func TestEnvRefusesCollidingNames(t *testing.T) {
	env := environment(t)
	if _, err := env.Extend([]rule.Variable{{Name: "help.monthly", Type: rule.TextType}}); err == nil {
		t.Error("one name has two types")
	}
}
