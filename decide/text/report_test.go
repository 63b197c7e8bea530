package text_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
)

// said lists what a report recorded: “code line:column”.
func said(r *text.Report) string {
	var parts []string
	for _, e := range r.List {
		at := "nowhere"
		if e.At != nil {
			at = fmt.Sprintf("%d:%d", e.At.Line, e.At.Column)
		}
		parts = append(parts, e.Code+" "+at)
	}
	return strings.Join(parts, ", ")
}

func TestReadingValues(t *testing.T) {
	read := map[string]func(*text.Report, *text.Node) any{
		"text":  func(r *text.Report, n *text.Node) any { return r.Text(n) },
		"int":   func(r *text.Report, n *text.Node) any { return r.Int(n) },
		"bool":  func(r *text.Report, n *text.Node) any { return r.Bool(n) },
		"money": func(r *text.Report, n *text.Node) any { return r.Money(n) },
		"rate":  func(r *text.Report, n *text.Node) any { return r.Rate(n) },
		"day":   func(r *text.Report, n *text.Node) any { return r.Day(n).String() },
		"month": func(r *text.Report, n *text.Node) any { return r.Month(n).String() },
		"items": func(r *text.Report, n *text.Node) any { return len(r.Items(n)) },
	}
	for _, test := range []struct{ reader, source, want, said string }{
		{"text", "县: 平阴", "平阴", ""},
		{"text", "县: ''", "", ""},
		{"text", "县:", "", ""},
		{"text", "县: [a]", "", "text.not-a-value 1:4"},
		{"text", "县: {a: 1}", "", "text.not-a-value 1:4"},
		{"int", "县: -12", "-12", ""},
		{"int", "县: 9223372036854775807", "9223372036854775807", ""},
		{"int", "县: 9223372036854775808", "0", "text.not-a-number 1:4"},
		{"int", "县: 1.0", "0", "text.not-a-number 1:4"},
		{"int", "县: '1_0'", "0", "text.not-a-number 1:5"},
		{"int", "县: ~", "0", "text.blank 1:4"},
		{"int", "县: [1]", "0", "text.not-a-value 1:4"},
		{"bool", "县: true", "true", ""},
		{"bool", "县: false", "false", ""},
		{"bool", "县: null", "false", ""},
		{"bool", "县: yes", "false", "text.not-a-bool 1:4"},
		{"bool", "县: {a: 1}", "false", "text.not-a-value 1:4"},
		{"money", "县: 1,286.30", "1286.30", ""},
		{"money", "县: '100'", "100.00", ""},
		{"money", "县: 1.234", "0.00", "money.too-precise 1:4"},
		{"money", "县: ~", "0.00", "text.blank 1:4"},
		{"money", "县: [1]", "0.00", "text.not-a-value 1:4"},
		{"rate", "县: 80%", "80%", ""},
		{"rate", "县: 八成", "0%", "money.malformed 1:4"},
		{"day", "县: 2021-06-28", "2021-06-28", ""},
		{"day", "县: 2021-02-30", "1970-01-01", "period.no-such-day 1:4"},
		{"month", "县: 2021-11", "2021-11", ""},
		{"month", "县: 2021-13", "0000-01", "period.no-such-month 1:4"},
		{"items", "县: [a, b]", "2", ""},
		{"items", "县: a", "1", ""},
		{"items", "县: {a: 1}", "1", ""},
		{"items", "县:", "0", ""},
	} {
		t.Run(test.reader+" "+test.source, func(t *testing.T) {
			r := &text.Report{}
			got := fmt.Sprint(read[test.reader](r, parsed(t, "f.yaml", test.source+"\n").Get("县")))
			if got != test.want || said(r) != test.said {
				t.Errorf("read %s and said %q, want %s and %q", got, said(r), test.want, test.said)
			}
		})
	}
	r := &text.Report{}
	for _, reader := range read {
		reader(r, nil)
	}
	if r.Err() != nil {
		t.Errorf("what is absent was complained about: %s", said(r))
	}
}

func TestMap(t *testing.T) {
	r := &text.Report{}
	m := r.Map(parsed(t, "f.yaml", "pack: x\nlabels: [甲, 乙]\none: 丙\nempty:\n"))
	if m.Text("pack") != "x" || m.Text("none") != "" || m.Get("empty") != nil {
		t.Error("wrong values")
	}
	if !slices.Equal(m.Texts("labels"), []string{"甲", "乙"}) || !slices.Equal(m.Texts("one"), []string{"丙"}) || m.Texts("empty") != nil {
		t.Error("wrong texts")
	}
	m.Need("pack")
	m.Done()
	if r.Err() != nil {
		t.Error(said(r))
	}
	m.Need("missing")
	m.Need("empty")
	if got := said(r); got != "text.missing-key 1:1, text.missing-key 1:1" {
		t.Error(got)
	}
}

func TestMapDoneNamesTheNearestKey(t *testing.T) {
	r := &text.Report{}
	m := r.Map(parsed(t, "f.yaml", "县: 1\namuont: 2\nxyz: 3\n"))
	m.Get("县")
	m.Get("amount")
	m.Get("person")
	m.Done()
	if got := said(r); got != "text.unknown-key 2:1, text.unknown-key 3:1" {
		t.Fatal(got)
	}
	if hint := r.List[0].Hint; hint.ZH != "是否想写 amount？" || hint.EN != "did you mean amount?" {
		t.Errorf("the hint reads %q", hint)
	}
	if hint := r.List[1].Hint; hint != (fault.Text{}) {
		t.Errorf("there is nothing near, yet the hint reads %q", hint)
	}
	if r.List[0].At.Width != len("amuont") {
		t.Errorf("%d characters are underlined", r.List[0].At.Width)
	}
}

// One mistake is said once: what a missing or wrong mapping lacks is not said as well.
func TestMapOfSomethingElse(t *testing.T) {
	for source, want := range map[string]string{"县: 1": "text.not-a-mapping 1:4", "县: [a]": "text.not-a-mapping 1:4", "县: ~": "text.missing-key 1:4"} {
		r := &text.Report{}
		m := r.Map(parsed(t, "f.yaml", source).Get("县"))
		m.Need("x")
		m.Done()
		if said(r) != want {
			t.Errorf("%s: said %q, want %q", source, said(r), want)
		}
	}
	r := &text.Report{}
	absent := r.Map(nil)
	absent.Need("x")
	absent.Done()
	if r.Err() != nil || absent.Node != nil {
		t.Errorf("an absent mapping: %s", said(r))
	}
}

func TestReportAdd(t *testing.T) {
	r := &text.Report{}
	var none *fault.Error
	r.Add(nil)
	r.Add(none)
	r.Add(fault.List{})
	if r.Err() != nil {
		t.Fatal(said(r))
	}
	_, malformed := money.ParseYuan("x")
	r.Add(malformed)
	r.Add(fault.List{{Code: "a.b"}, {Code: "c.d"}})
	r.Add(errors.New("密码"))
	if len(r.List) != 4 || r.List[3].Kind != fault.Internal || strings.Contains(fault.RenderError(r.Err(), "zh"), "密码") {
		t.Errorf("recorded %s", fault.RenderError(r.Err(), "zh"))
	}
}

func TestPlaced(t *testing.T) {
	node := parsed(t, "f.yaml", "县: 1.234\n").Get("县")
	plain := errors.New("x")
	if text.Placed(plain, node) != plain || text.Placed(nil, node) != nil {
		t.Error("what has no place to be given was changed")
	}
	here := &fault.Error{Code: "a.b", At: &fault.Position{File: "g.yaml", Line: 7, Column: 1}}
	if text.Placed(here, node) != here {
		t.Error("a place was replaced")
	}
	inside := text.Placed(&fault.Error{Code: "a.b", At: fault.InText("1.234", 3, 2)}, node).(*fault.Error)
	if at := inside.At; at.File != "f.yaml" || at.Line != 1 || at.Column != 6 || at.Width != 2 {
		t.Errorf("a place inside the value became %+v", at)
	}
	nowhere := &fault.Error{Code: "a.b"}
	placed := text.Placed(nowhere, node).(*fault.Error)
	if placed.At.Column != 4 || nowhere.At != nil {
		t.Errorf("placed at %+v; the original has %+v", placed.At, nowhere.At)
	}
}

func TestSay(t *testing.T) {
	if got := text.Say("共 %d 项", "%d in all", 3); got != (fault.Text{ZH: "共 3 项", EN: "3 in all"}) {
		t.Error(got)
	}
	if got := text.Say("没有", "none"); got != (fault.Text{ZH: "没有", EN: "none"}) {
		t.Error(got)
	}
}
