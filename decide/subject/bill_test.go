package subject_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
)

func TestFees(t *testing.T) {
	for _, test := range []struct{ fee, want string }{
		{"amount: 100, in_scope: 80", "[80.00 0.00 0.00 20.00]"},
		{"amount: 100, in_scope: 0", "[0.00 0.00 0.00 100.00]"},
		{"amount: 100, in_scope: 100", "[100.00 0.00 0.00 0.00]"},
		{"amount: 100, in_scope: 80, self_first: 10", "[80.00 10.00 0.00 10.00]"},
		{"amount: 100, in_scope: 80, self_first: 10, over_limit: 10", "[80.00 10.00 10.00 0.00]"},
		{"amount: 100, in_scope: 70, self_first: 10, over_limit: 10, out_of_scope: 10", "[70.00 10.00 10.00 10.00]"},
		{"amount: 100, out_of_scope: 100", "[0.00 0.00 0.00 100.00]"},
		{"amount: 100, in_scope: 80, out_of_scope: 0", "[80.00 0.00 0.00 20.00]"},
		{"amount: 100, in_scope: null, self_first: 1", "[0.00 1.00 0.00 99.00]"},
		{"amount: 0, in_scope: 0", "[0.00 0.00 0.00 0.00]"},
		{"amount: 100000000, in_scope: 100000000", "[100000000.00 0.00 0.00 0.00]"},
		{"amount: '0.01', in_scope: '0.01'", "[0.01 0.00 0.00 0.00]"},
	} {
		for how, s := range map[string]*subject.Subject{
			"as totals": read(t, "f.yaml", "bill: {"+test.fee+"}"),
			"as a line": read(t, "f.yaml", "bill: {lines: [{item: drug, "+test.fee+"}]}"),
		} {
			if got := fmt.Sprint(s.Bill.Lines[0].Fee); got != test.want || len(s.Bill.Lines) != 1 {
				t.Errorf("%s %s: %s, want %s", test.fee, how, got, test.want)
			}
		}
	}
}

func TestWrongBills(t *testing.T) {
	for _, test := range []struct{ name, source, codes, words string }{
		{"amount negative", "bill: {amount: -1, in_scope: 0}", "bill.negative 1:16", "费用 -1.00 元不能为负"},
		{"amount too large", "bill: {amount: 100000000.01, in_scope: 0}", "bill.negative 1:16", "above 100 million"},
		{"part negative", "bill: {amount: 1, in_scope: -0.01, self_first: 0, over_limit: 0}", "bill.negative 1:29", "按原账单冲销"},
		{"part too large", "bill: {amount: 1, in_scope: 0, over_limit: 100000001}", "bill.negative 1:44", "不能超过一亿元"},
		{"every part negative", "bill: {amount: 1, in_scope: -1, self_first: -1}", "bill.negative 1:29, bill.negative 1:45", ""},
		{"payment negative", "bill: {amount: 1, in_scope: 1, paid: {basic_insurance: -1}}", "bill.negative 1:56", "支付金额不能为负"},
		{"payment of a line negative", "bill: {lines: [{item: drug, amount: 1, in_scope: 1, paid: {basic_insurance: -1}}]}", "bill.negative 1:77", ""},
		{"payments at once", "bill: {amount: 1, in_scope: 1, paid: 3}", "text.not-a-mapping 1:38", ""},
		{"parts above the amount", "bill: {amount: 10, in_scope: 8, self_first: 3}", "bill.parts-exceed 1:16", "各部分合计 11.00 元，超过总额 10.00 元"},
		{"parts below the amount", "bill: {amount: 10, in_scope: 8, out_of_scope: 1}", "bill.parts-short 1:16", "各部分合计 9.00 元，少于总额 10.00 元"},
		{"no part", "bill: {amount: 10}", "bill.scope-missing 1:16", "补上 in_scope"},
		{"no amount", "bill: {in_scope: 10}", "text.missing-key 1:7", "缺少 amount"},
		{"nothing", "bill: {}", "text.missing-key 1:7", "缺少 amount"},
		{"amount malformed", "bill: {amount: 一百, in_scope: 10, self_first: 1}", "money.malformed 1:16", "1286.30"},
		{"part malformed", "bill: {amount: 100, in_scope: 八十, self_first: 1}", "money.malformed 1:31", ""},
		{"no lines", "bill: {lines: []}", "bill.empty 1:7", "账单没有费用"},
		{"a bill of words", "bill: 一百元", "text.not-a-mapping 1:7", ""},
		{"a line of words", "bill: {lines: [药]}", "text.not-a-mapping 1:16", ""},
		{"unknown item", "bill: {lines: [{item: drugs, amount: 1, in_scope: 1}]}", "fact.unknown-word 1:23", "是否想写 drug？"},
		{"unknown key of a line", "bill: {lines: [{itme: drug, amount: 1, in_scope: 1}]}", "text.unknown-key 1:17", "是否想写 item？"},
		{"unknown key of a bill", "bill: {amount: 1, in_scope: 1, number: 3}", "text.unknown-key 1:32", ""},
		{"facts of a line on the bill", "bill: {item: drug, amount: 1, in_scope: 1}", "text.unknown-key 1:8", ""},
		{"amount beside lines", "bill: {amount: 1, lines: [{item: drug, amount: 1, in_scope: 1}]}", "text.unknown-key 1:8", ""},
		{"fact of a line", "bill: {lines: [{item: drug, amount: 1, in_scope: 1, days_supply: 400, compliant: 是}]}", "text.not-a-bool 1:82, fact.out-of-range 1:66", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			codes, said := refusal(t, test.source)
			if codes != test.codes || !strings.Contains(said, test.words) {
				t.Errorf("said %q, want %q with %q:\n%s", codes, test.codes, test.words, said)
			}
		})
	}
}

// A bill of a hundred thousand lines is read, one line more is not. The lines are made here: as text they would be the
// limit of a file.
func TestLongestBill(t *testing.T) {
	line := func() *text.Node {
		field := func(key, value string) text.Field {
			return text.Field{Key: &text.Node{Kind: text.Scalar, Value: key}, Value: &text.Node{Kind: text.Scalar, Value: value}}
		}
		return &text.Node{Kind: text.Mapping, Fields: []text.Field{field("amount", "100000000"), field("in_scope", "100000000")}}
	}()
	v := vocabulary(t)
	bill := func(n int) *text.Node {
		lines := &text.Node{Kind: text.List}
		for range n {
			lines.Items = append(lines.Items, line)
		}
		mapping := func(key string, value *text.Node) *text.Node {
			return &text.Node{Kind: text.Mapping, Fields: []text.Field{{Key: &text.Node{Kind: text.Scalar, Value: key}, Value: value}}}
		}
		return mapping("bill", mapping("lines", lines))
	}
	s, err := subject.Read(v, bill(100_000))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Bill.Total().Total().String(); got != "10000000000000.00" {
		t.Errorf("the longest bill of the largest fees adds up to %s", got)
	}
	if _, err := subject.Read(v, bill(100_001)); fault.CodeOf(err) != "bill.too-long" {
		t.Errorf("one line more: %v", err)
	}
}

// However an amount is divided into parts that do not exceed it, the parts that were read add up to it.
func TestFeesClose(t *testing.T) {
	v := vocabulary(t)
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, 10_000_000_000).Draw(t, "amount")
		rest, parts := amount, []string{}
		for _, name := range []string{"in_scope", "self_first", "over_limit"} {
			if name != "in_scope" && !rapid.Bool().Draw(t, name+" stated") {
				continue
			}
			part := rapid.Int64Range(0, rest).Draw(t, name)
			parts, rest = append(parts, fmt.Sprintf("%s: %d.%02d", name, part/100, part%100)), rest-part
		}
		if rapid.Bool().Draw(t, "rest stated") {
			parts = append(parts, fmt.Sprintf("out_of_scope: %d.%02d", rest/100, rest%100))
		}
		source := fmt.Sprintf("bill: {amount: %d.%02d, %s}", amount/100, amount%100, strings.Join(parts, ", "))
		doc, err := text.Parse("f.yaml", []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		s, err := subject.Read(v, doc)
		if err != nil {
			t.Fatalf("%s\n%s", source, fault.RenderError(err, "zh"))
		}
		if fee := s.Bill.Lines[0].Fee; int64(fee.Total()) != amount || int64(fee[subject.OutOfScope]) != rest {
			t.Fatalf("%s was read as %v", source, fee)
		}
	})
}

// FuzzSubject: no bytes make the reader panic; what is refused is refused by name, at a place inside the file.
func FuzzSubject(f *testing.F) {
	for _, seed := range []string{everything, "", "bill: {amount: 1, in_scope: 1}", "bill: {lines: [{item: drug, amount: 1, in_scope: 2}]}", "person: [1]\nrosters: {dibao: [{from: 2021-01-01}]}",
		`{"person": {"id": "1", "birth": null}, "bill": {"lines": [{"amount": "x"}]}}`, "household: {size: [{value: 1, learned: 2021-01-01}, {value: 2}]}", "history: {determinations: [{scheme: a, from: 2021-13}], counters: [~]}",
		"events: {dispensing: [null]}\ndecisions: {a: {}}\nmeasured: {a: {b: c}}\nroster: [{roster: [{roster: 1}]}]", "procedure: {done: [1]}", "name: {a: 1}\npack: []", "events: null"} {
		f.Add([]byte(seed))
	}
	v := vocabulary(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, name := range []string{"f.yaml", "f.json"} {
			doc, err := text.Parse(name, content)
			if err != nil {
				continue // FuzzParse looks at these
			}
			s, err := subject.Read(v, doc)
			if (s == nil) != (err != nil) {
				t.Fatalf("read %v with %v", s != nil, err)
			}
			if err == nil {
				if outline(s) == "" || s.Bill != nil && s.Bill.Total().Total() < 0 {
					t.Error("a bill was read that adds up to less than nothing")
				}
				continue
			}
			for _, e := range err.(fault.List) {
				if e.Code == "" || e.Message.ZH == "" || e.Message.EN == "" || e.Kind == fault.Internal {
					t.Errorf("an error lacks its name or words: %+v", e)
				}
				if at := e.At; at == nil || at.Line < 1 || at.Line > strings.Count(strings.ReplaceAll(string(content), "\r", "\n"), "\n")+1 || at.Column < 1 || at.Column > len([]rune(at.Source))+1 {
					t.Errorf("%s is placed at %+v", e.Code, at)
				}
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	v := vocabulary(b)
	doc, err := text.Parse("f.yaml", []byte(everything))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := subject.Read(v, doc); err != nil {
			b.Fatal(err)
		}
	}
}

// Every fact of the vocabulary about a bill line can be written on a line, and only there.
func TestLineFacts(t *testing.T) {
	v := vocabulary(t)
	samples := map[rule.Type]string{rule.TextType: "甲", rule.IntType: "1", rule.BoolType: "true", rule.DayType: "2021-01-01", rule.MoneyType: "1.00"}
	for name, fact := range v.Facts {
		rest, ok := strings.CutPrefix(name, "line.")
		if !ok {
			continue
		}
		sample := samples[fact.Type]
		if words := fact.Words(); words != nil {
			sample = words[0]
		}
		s := read(t, "f.yaml", "bill: {lines: [{"+rest+": "+sample+", amount: 1, in_scope: 1}]}")
		if _, ok := s.Bill.Lines[0].Facts.At(name, 0); !ok {
			t.Errorf("%s: %s was lost", name, sample)
		}
	}
}
