package rule_test

import (
	"slices"
	"strings"
	"testing"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
)

const smallVocabulary = `
facts:
  person.name: {type: text, zh: 姓名, en: Name, office: 公安, sensitivity: identity}
  person.id: {type: text, format: person-id, zh: 号码, en: Number, sensitivity: identity}
  person.school.stage: {type: text, zh: 学段, en: Stage, sensitivity: child, values: {primary: {zh: 小学, en: primary}, junior: {zh: 初中, en: junior}}}
  person.level: {type: int, range: [1, 4], zh: 等级, en: Level, sensitivity: health}
  line.item: {type: text, zh: 类别, en: Item, sensitivity: plain, values: fee_items}
rosters:
  dibao: {zh: 低保, en: Guarantee, office: 民政, sensitivity: finance}
fee_items:
  drug: {zh: 药品, en: Drugs}
events:
  visit: {zh: 走访, en: Visit}
`

func TestVocabulary(t *testing.T) {
	v := readVocabulary(t, smallVocabulary)
	name := v.Facts["person.name"]
	if name.Type != rule.TextType || name.Label != said("姓名", "Name") || name.Office != "公安" || name.Sensitivity != rule.Identity || name.Words() != nil || name.Range != nil {
		t.Errorf("person.name is %+v", name)
	}
	if level := v.Facts["person.level"]; *level.Range != [2]int64{1, 4} {
		t.Errorf("person.level lies in %v", level.Range)
	}
	if got := v.Facts["person.school.stage"].Words(); !slices.Equal(got, []string{"junior", "primary"}) {
		t.Error(got)
	}
	if got := v.Facts["line.item"].Words(); !slices.Equal(got, []string{"drug"}) {
		t.Error(got)
	}
	if r := v.Rosters["dibao"]; r.Name != "roster.dibao" || r.Type != rule.BoolType || r.Label.EN != "Guarantee" {
		t.Errorf("%+v", r)
	}
	if v.FeeItems["drug"].ZH != "药品" || v.Events["visit"].EN != "Visit" {
		t.Error("labels are missing")
	}
	if got := v.Roots(); !slices.Equal(got, []string{"line", "person"}) {
		t.Error(got)
	}
	if got := v.Under("person"); !slices.Equal(got, []string{"id", "level", "name", "school"}) {
		t.Error(got)
	}
	if !v.IsGroup("person") || !v.IsGroup("person.school") || v.IsGroup("person.name") || v.IsGroup("person.school.stage") || v.IsGroup("x") {
		t.Error("the groups are wrong")
	}
	if got := v.Under("nothing"); len(got) != 0 {
		t.Error(got)
	}
}

func TestWrongVocabulary(t *testing.T) {
	replace := func(old, new string) string { return strings.Replace(smallVocabulary, old, new, 1) }
	for _, test := range []struct{ name, source, wrong, words string }{
		{"no type", replace("{type: text, zh: 姓名", "{zh: 姓名"), "text.missing-key 3:16", "缺少 type"},
		{"unknown type", replace("type: int", "type: number"), "vocabulary.type 6:24", "不认识的类型 number"},
		{"no label", replace("en: Name, ", ""), "text.missing-key 3:16", "缺少 en"},
		{"no sensitivity", replace(", sensitivity: identity}", "}"), "vocabulary.sensitivity 3:16", "plain identity finance health child"},
		{"unknown sensitivity", replace("sensitivity: health", "sensitivity: secret"), "vocabulary.sensitivity 6:17", "没有写明保护类别"},
		{"unknown format", replace("format: person-id", "format: phone"), "vocabulary.format 4:35", "person-id"},
		{"half a range", replace("range: [1, 4]", "range: [1]"), "vocabulary.range 6:36", "[下限, 上限]"},
		{"range of words", replace("range: [1, 4]", "range: [一, 4]"), "text.not-a-number 6:37", "一"},
		{"unknown key", replace("office: 公安", "ofice: 公安"), "text.unknown-key 3:47", "office"},
		{"no facts", replace("facts:", "fakts:"), "text.missing-key 2:1, text.unknown-key 2:1", "facts"},
		{"label without Chinese", replace("drug: {zh: 药品, en: Drugs}", "drug: {name: 药品}"), "text.missing-key 11:9, text.missing-key 11:9, text.unknown-key 11:10", "name"},
		{"values of another list", replace("values: fee_items", "values: events"), "vocabulary.values 7:73", "fee_items"},
		{"empty", "", "text.missing-key 1:1, text.missing-key 1:1, text.missing-key 1:1, text.missing-key 1:1", "缺少"},
		{"a list", "[a]", "text.not-a-mapping 1:1", "键: 值"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := rule.ReadVocabulary(parse(t, test.source))
			list, ok := err.(fault.List)
			if !ok {
				t.Fatalf("%v", err)
			}
			if got := complaints(&text.Report{List: list}); got != test.wrong {
				t.Errorf("said %q, want %q", got, test.wrong)
			}
			if said := fault.RenderError(err, "zh"); !strings.Contains(said, test.words) {
				t.Errorf("%q is missing:\n%s", test.words, said)
			}
		})
	}
}

func TestShow(t *testing.T) {
	v := readVocabulary(t, smallVocabulary)
	if got := v.Facts["person.school.stage"].Show(rule.Text("primary"), "zh"); got != "小学" {
		t.Error(got)
	}
	if got := v.Facts["person.school.stage"].Show(rule.Text("primary"), "en"); got != "primary" {
		t.Error(got)
	}
	if got := v.Facts["person.id"].Show(rule.Text("11010519491231002X"), "zh"); got != "110105********002X" {
		t.Errorf("a number is shown as %s", got)
	}
	if got := v.Facts["person.name"].Show(rule.Text("李桂芳"), "zh"); got != "李桂芳" {
		t.Error(got)
	}
	if got := v.Facts["person.level"].Show(rule.Int(2), "zh"); got != "2" {
		t.Error(got)
	}
}
