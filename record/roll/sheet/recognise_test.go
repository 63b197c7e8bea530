package sheet_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doudi/kernel/fault"
	"doudi/record/roll/sheet"
)

// The header is found whatever stands over it, and however its columns are written and ordered.
func TestRecognise(t *testing.T) {
	tests := []struct {
		name     string
		content  []byte
		template string
		header   int
	}{
		{"as it is", table("序号,姓名,身份证号码,死亡时间,镇街,备注"), "deaths", 1},
		{"only what is needed", table("姓名,身份证号码,死亡时间"), "deaths", 1},
		{"other names", table("成员姓名,公民身份号码,死亡时间"), "deaths", 1},
		{"titles", table("示例县,,", "2024年3月,,", ",,", "姓名,身份证号码,死亡时间"), "deaths", 4},
		{"width, blanks and marks", table("*姓 名,身份证号码：,死亡\u3000时间"), "deaths", 1},
		{"moved", table("死亡时间,姓名,身份证号码"), "deaths", 1},
		{"brackets", table("批次明细ID,姓名,银行卡号,实发金额,发放状态"), "bank_return", 1},
		{"other brackets", table("批次明细ID,姓名,银行卡号,实发金额,发放状态（01成功 02失败）"), "bank_return", 1},
		{"the richer of two", table("姓名,身份证号码,死亡时间,纳入资助时间,身份取消时间,镇（街）,村（居）"), "premium_ledger", 1},
		{"repeated below", table("姓名,身份证号码,死亡时间", "王一,1,2", "姓名,身份证号码,死亡时间"), "deaths", 1},
		{"a ledger with its own columns", table("户主姓名,户主身份证号,保障人数,月保障金,低保类别"), "guarantee_ledger", 1},
	}
	c := catalogue(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, err := c.Recognise(open(t, tt.content), sheet.Wish{})
			if err != nil {
				t.Fatal(err)
			}
			if l.Template.ID != tt.template || l.Header != tt.header {
				t.Errorf("%s in row %d, want %s in row %d", l.Template.ID, l.Header, tt.template, tt.header)
			}
		})
	}
}

func TestRecogniseRefuses(t *testing.T) {
	deaths := sheet.Mapping{Template: "deaths", Columns: []sheet.Column{{Header: "逝者", As: "姓名"}, {Header: "证号", As: "身份证号码"}, {Header: "日子", As: "死亡时间"}, {Header: "别的"}}}
	with := func(change func(*sheet.Mapping)) sheet.Wish {
		m := deaths
		m.Columns = append([]sheet.Column(nil), deaths.Columns...)
		change(&m)
		return sheet.Wish{Mapping: &m}
	}
	own := "逝者,证号,日子"
	tests := []struct {
		name, header string
		wish         sheet.Wish
		code, says   string
	}{
		{"nothing known", "a,b,c", sheet.Wish{}, "sheet.header", "前 20 行"},
		{"too far down", strings.Repeat("x\n", 20) + "姓名,身份证号码,死亡时间", sheet.Wish{}, "sheet.header", ""},
		{"a slip", "姓名,身份证号码,死忘时间", sheet.Wish{}, "sheet.columns-missing", "“死亡时间”（文件里的“死忘时间”是否就是它？）"},
		{"a column missing", "序号,姓名,身份证号码,镇街,备注", sheet.Wish{}, "sheet.columns-missing", "附件6 死亡人员名单"},
		{"twice", "姓名,身份证号码,死亡时间,死亡时间", sheet.Wish{}, "sheet.header-twice", "“死亡时间”"},
		{"twice by other names", "成员姓名,对象姓名,身份证号码,死亡时间", sheet.Wish{}, "sheet.header-twice", "“姓名”"},
		{"nobody", "保障人数,月保障金,低保类别", sheet.Wish{}, "sheet.identity", ""},
		{"another template asked for", "姓名,身份证号码,死亡时间", sheet.Wish{Template: "card_roster"}, "sheet.columns-missing", "发放花名册"},
		{"no such template", "姓名", sheet.Wish{Template: "death"}, "sheet.template", "deaths"},
		{"no such sheet", "姓名", sheet.Wish{Sheet: "一"}, "sheet.sheet", ""},
		{"headers changed", "逝者姓名,证号,日期", with(func(*sheet.Mapping) {}), "sheet.mapping", "日子"},
		{"template of the mapping gone", own, with(func(m *sheet.Mapping) { m.Template = "x" }), "sheet.template", ""},
		{"no such column", own, with(func(m *sheet.Mapping) { m.Columns[0].As = "名字" }), "sheet.field", ""},
		{"no such fact", own, with(func(m *sheet.Mapping) { m.Columns[0].As = "person.nam" }), "sheet.field", "person.name"},
		{"nobody by mapping", "甲,乙", sheet.Wish{Mapping: &sheet.Mapping{Columns: []sheet.Column{{Header: "甲", As: "person.name"}}}}, "sheet.identity", ""},
		{"no such word", "甲,乙", sheet.Wish{Mapping: &sheet.Mapping{Columns: []sheet.Column{{Header: "甲", As: "person.id"}, {Header: "乙", As: "member.relation", Words: map[string]string{"老公": "老伴"}}}}}, "sheet.word", "老伴"},
		{"twice by mapping", own + ",证号", with(func(*sheet.Mapping) {}), "sheet.header-twice", "“证号”"},
		{"two for one by mapping", own, with(func(m *sheet.Mapping) { m.Columns[2].As = "姓名" }), "sheet.header-twice", "“姓名”"},
		{"two templates", "姓名,身份证号码,死亡时间,备注,代缴类别,代缴金额", sheet.Wish{}, "sheet.several-templates", "既像“附件6 死亡人员名单”又像“附件5 税务请款明细”"},
		{"garbled", "濮撳悕,韬唤璇佸彿", sheet.Wish{}, "sheet.header-garbled", "姓名"},
	}
	c := catalogue(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, err := c.Recognise(open(t, table(tt.header)), tt.wish)
			wantCode(t, err, tt.code)
			if l != nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v does not say %s", err, tt.says)
			}
		})
	}
}

// What resembles a known column is asked about, not taken.
func TestNearHeaders(t *testing.T) {
	l, err := catalogue(t).Recognise(open(t, table("姓名,身份证号码,死亡时间,镇 街道,所在乡镇名,镇里自用")), sheet.Wish{})
	if err != nil {
		t.Fatal(err)
	}
	near := map[string]string{}
	for _, h := range l.Headings {
		if h.As == "" {
			near[h.Header] = h.Near
		}
	}
	if diff := cmp.Diff(map[string]string{"镇 街道": "镇街", "所在乡镇名": "所在乡镇", "镇里自用": ""}, near); diff != "" {
		t.Error(diff)
	}
}

// A mapping that was kept as JSON reads the file it was made for as before, words of the office's own included.
func TestMappingIsKept(t *testing.T) {
	c := catalogue(t)
	own := sheet.Mapping{Template: "prevention_export", Columns: []sheet.Column{
		{Header: "编码", As: "户编号"}, {Header: "名", As: "姓名"}, {Header: "证", As: "证件号码"}, {Header: "是谁", As: "与户主关系", Words: map[string]string{"老公": "配偶"}},
		{Header: "病", As: "健康状况"}, {Header: "残", As: "person.disability.level"}, {Header: "随便"}, {Header: "种类", As: "户类型"}, {Header: "监测", As: "易返贫致贫户(监测对象)类型", Words: map[string]string{"三类": "突发严重困难户"}}}}
	written, err := json.Marshal(own)
	if err != nil {
		t.Fatal(err)
	}
	var kept sheet.Mapping
	if err := json.Unmarshal(written, &kept); err != nil {
		t.Fatal(err)
	}
	b := open(t, table("名册", "编码,名,证,是谁,病,残,随便,种类,监测", "01,王一,"+someone+",老公,残疾；患有大病,2,x,脱贫户,三类"))
	l, err := c.Recognise(b, sheet.Wish{Mapping: &kept})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(own, l.Mapping()); diff != "" {
		t.Errorf("the mapping recognised is not the one that was given: %s", diff)
	}
	for row, err := range c.Rows(b, l) {
		if err != nil || len(row.Problems) > 0 {
			t.Fatal(err, row.Problems)
		}
		var fields []string
		for _, d := range row.Data {
			fields = append(fields, d.Field)
		}
		want := "member.household person.name person.id member.relation note.health person.has_disability person.serious_illness person.disability.level note.household_kind roster.registered_poor household.monitoring_class roster.prevention"
		if got := strings.Join(fields, " "); got != want || row.Text("member.relation") != "spouse" || row.Text("household.monitoring_class") != "sudden" {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Spans come from other columns; a last day before the first is a problem of the row.
func TestSpans(t *testing.T) {
	c := catalogue(t)
	b := open(t, table("户编号,姓名,证件号码,户类型,易返贫致贫户(监测对象)类型,风险识别时间,风险消除时间",
		"1,王一,"+someone+",脱贫户,脱贫不稳定户,2021-03-01,2022-03-01", "1,王一,"+someone+",脱贫户,脱贫不稳定户,2021-03-01,", "1,王一,"+someone+",脱贫户,脱贫不稳定户,,",
		"1,王一,"+someone+",脱贫户,脱贫不稳定户,2022-03-01,2021-03-01", "1,王一,"+someone+",脱贫户,疑似监测户,,"))
	l, err := c.Recognise(b, sheet.Wish{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for row, err := range c.Rows(b, l) {
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range row.Problems {
			got = append(got, p.Fault.Code+" "+p.Place.String())
		}
		if d, ok := row.Get("roster.prevention"); ok && len(row.Problems) == 0 {
			got = append(got, d.Span.String())
		}
	}
	forever, beginning := "5881580-07-11", "-5877641-06-23"
	want := []string{"2021-03-01..2022-03-01", "2021-03-01.." + forever, beginning + ".." + forever, "sheet.span G5", "sheet.word-unknown E6"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What is wrong with a catalogue is told at its line.
func TestReadCatalogueRefuses(t *testing.T) {
	good := "fields:\n  a: {type: text, zh: 甲, en: A}\nheaders: {a: [甲甲]}\ntemplates:\n  t:\n    zh: 模板\n    en: T\n    who: [a]\n    need: [甲]\n    columns:\n      甲: a\n"
	v := vocabulary(t)
	if _, err := sheet.ReadCatalogue(v, "t.yaml", []byte(good)); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, old, new, code, place string }{
		{"type", "type: text", "type: txt", "sheet.type", "t.yaml:2"},
		{"field of a header", "{a: [甲甲]}", "{b: [甲甲]}", "sheet.field", "t.yaml:3"},
		{"who", "who: [a]", "who: [person.nam]", "sheet.field", "person.name"},
		{"needed column", "need: [甲]", "need: [乙]", "sheet.column", "t.yaml:9"},
		{"fact of a word", "甲: a", "甲: {words: {是: {a: x}}}", "sheet.field", "不是词汇表里的事实"},
		{"value of a word", "甲: a", "甲: {words: {是: {person.sex: man}}}", "fact.unknown-word", "t.yaml:11"},
		{"no such list", "甲: a", "甲: {words: lots}", "sheet.words", "lots"},
		{"span", "甲: a", "甲: {is: a, from: 乙}", "sheet.column", "乙"},
		{"key", "甲: a", "甲: {iss: a}", "text.unknown-key", "iss"},
		{"not YAML", "templates:", "templates: [", "text.syntax", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := sheet.ReadCatalogue(v, "t.yaml", []byte(strings.Replace(good, tt.old, tt.new, 1)))
			var all []string
			if list, ok := err.(fault.List); ok {
				for _, e := range list {
					all = append(all, e.Code)
				}
			}
			if !strings.Contains(strings.Join(append(all, fault.CodeOf(err)), " "), tt.code) || !strings.Contains(err.Error(), tt.place) {
				t.Errorf("%v (%s), want %s at %s", err, strings.Join(all, " "), tt.code, tt.place)
			}
		})
	}
}

// Sums and signatures are left out, people whose names begin alike are not; nobody is left out silently.
func TestEndsOfRolls(t *testing.T) {
	content := table("姓名,身份证号码,死亡时间", "王一,"+someone+",2024-03-05", "注一,"+someone+",2024-03-05", "注小明,,", "姓名,身份证号码,死亡时间", "合 计,,", "合计5人,,", "填表人：王五,审核人：李六,", "备注：以上属实,,", "说明（一）,,")
	var got []string
	for _, row := range readAll(t, catalogue(t), content) {
		s := row.Place.String()
		for _, p := range row.Problems {
			s += " " + p.Fault.Code
		}
		got = append(got, s)
	}
	if diff := cmp.Diff([]string{"2", "3", "4 sheet.nobody"}, got); diff != "" {
		t.Error(diff)
	}
}
