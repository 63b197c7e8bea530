package fault_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"doudi/kernel/fault"
)

func overdrawn() *fault.Error {
	return &fault.Error{
		Kind: fault.Conflict, Code: "fund.overdrawn", Op: "fund.Post",
		Message: fault.Text{ZH: "余额不足，没有入账", EN: "the balance is too low; nothing was posted"},
		Hint:    fault.Text{ZH: "请先拨款", EN: "fund the account first"},
		Cause:   io.ErrUnexpectedEOF,
	}
}

func at(file string, line, column int) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Message: fault.Text{ZH: fmt.Sprintf("%s %d %d", file, line, column)},
		At: &fault.Position{File: file, Line: line, Column: column},
	}
}

func TestTextIn(t *testing.T) {
	both := fault.Text{ZH: "中文", EN: "English"}
	tests := []struct {
		name string
		text fault.Text
		lang string
		want string
	}{
		{"Chinese", both, "zh", "中文"},
		{"no language is Chinese", both, "", "中文"},
		{"unknown language is Chinese", both, "fr", "中文"},
		{"English", both, "en", "English"},
		{"English of a region", both, "en-GB", "English"},
		{"a language that only begins alike", both, "enm", "中文"},
		{"English missing", fault.Text{ZH: "中文"}, "en", "中文"},
		{"Chinese missing", fault.Text{EN: "English"}, "zh", "English"},
		{"nothing", fault.Text{}, "en", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.text.In(test.lang); got != test.want {
				t.Errorf("In(%q) = %q, want %q", test.lang, got, test.want)
			}
		})
	}
}

func TestErrorIsOneLineInChinese(t *testing.T) {
	place := &fault.Position{File: "policy.md", Line: 12, Column: 7, Source: "x", Width: 1}
	text := fault.Text{ZH: "没有这个名称", EN: "no such name"}
	tests := []struct {
		name string
		err  *fault.Error
		want string
	}{
		{"message only", &fault.Error{Message: text}, "没有这个名称"},
		{"hint", overdrawn(), "余额不足，没有入账（请先拨款）"},
		{"place", &fault.Error{Message: text, At: place}, "policy.md:12:7: 没有这个名称"},
		{"no column", &fault.Error{Message: text, At: &fault.Position{File: "a.csv", Line: 3}}, "a.csv:3: 没有这个名称"},
		{"no file", &fault.Error{Message: text, At: &fault.Position{Line: 3, Column: 4}}, "3:4: 没有这个名称"},
		{"file only", &fault.Error{Message: text, At: &fault.Position{File: "a.csv"}}, "a.csv: 没有这个名称"},
		{"a field of a form", &fault.Error{Message: text, At: fault.InText("abc", 2, 1)}, "没有这个名称"},
		{"line breaks", &fault.Error{Message: fault.Text{ZH: "一\r\n二\n三"}}, "一 二 三"},
		{"control characters", &fault.Error{Message: fault.Text{ZH: "一\x1b[31m二\u202e三"}}, "一\uFFFD[31m二\uFFFD三"},
		{"kind stands in for a message", &fault.Error{Kind: fault.Forbidden}, "没有权限"},
		{"nothing at all", &fault.Error{}, "内部错误"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.err.Error(); got != test.want {
				t.Errorf("Error() = %q, want %q", got, test.want)
			}
		})
	}
}

func TestIsComparesWhatTheTargetNames(t *testing.T) {
	err := fmt.Errorf("posting: %w", overdrawn())
	tests := []struct {
		name   string
		target error
		want   bool
	}{
		{"code", &fault.Error{Code: "fund.overdrawn"}, true},
		{"kind", &fault.Error{Kind: fault.Conflict}, true},
		{"both", &fault.Error{Kind: fault.Conflict, Code: "fund.overdrawn"}, true},
		{"other code", &fault.Error{Kind: fault.Conflict, Code: "fund.closed"}, false},
		{"other kind", &fault.Error{Kind: fault.Invalid, Code: "fund.overdrawn"}, false},
		{"neither", &fault.Error{}, false},
		{"nil", (*fault.Error)(nil), false},
		{"the cause", io.ErrUnexpectedEOF, true},
		{"something else", io.EOF, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := errors.Is(err, test.target); got != test.want {
				t.Errorf("Is = %v, want %v", got, test.want)
			}
		})
	}
}

func TestRender(t *testing.T) {
	render := func(column, width int, source string) *fault.Error {
		return &fault.Error{
			Kind: fault.Invalid, Message: fault.Text{ZH: "错", EN: "wrong"}, Hint: fault.Text{ZH: "改", EN: "mend it"},
			At: &fault.Position{File: "p.md", Line: 2, Column: column, Source: source, Width: width},
		}
	}
	tests := []struct {
		name string
		err  *fault.Error
		lang string
		want []string
	}{
		{"plain text", render(5, 3, "cap(xyz)"), "zh", []string{
			"p.md:2:5: 错",
			"    | cap(xyz)",
			"    |     ^^^",
			"  提示：改"}},
		{"English", render(1, 1, "x"), "en", []string{"p.md:2:1: wrong", "    | x", "    | ^", "  hint: mend it"}},
		{"after Chinese", render(5, 2, "县内户籍: ab"), "zh", []string{
			"p.md:2:5: 错",
			"    | 县内户籍: ab",
			"    |         ^^",
			"  提示：改"}},
		{"under Chinese", render(3, 2, "县内户籍"), "zh", []string{"p.md:2:3: 错", "    | 县内户籍", "    |     ^^^^", "  提示：改"}},
		{"full-width brackets", render(2, 1, "（ａ）"), "zh", []string{"p.md:2:2: 错", "    | （ａ）", "    |   ^^", "  提示：改"}},
		{"tabs stay tabs", render(4, 2, "\t县\tab"), "zh", []string{"p.md:2:4: 错", "    | \t县\tab", "    | \t  \t^^", "  提示：改"}},
		{"under a tab", render(1, 2, "\tab"), "zh", []string{"p.md:2:1: 错", "    | \tab", "    | ^^", "  提示：改"}},
		{"just after the end", render(3, 1, "ab"), "zh", []string{"p.md:2:3: 错", "    | ab", "    |   ^", "  提示：改"}},
		{"far after the end", render(90, 5, "ab"), "zh", []string{"p.md:2:90: 错", "    | ab", "    |   ^", "  提示：改"}},
		{"wider than the line", render(2, 90, "abc"), "zh", []string{"p.md:2:2: 错", "    | abc", "    |  ^^", "  提示：改"}},
		{"widest", render(2, math.MaxInt, "abc"), "zh", []string{"p.md:2:2: 错", "    | abc", "    |  ^^", "  提示：改"}},
		{"farthest", render(math.MaxInt, 1, "abc"), "zh", []string{"p.md:2:9223372036854775807: 错", "    | abc", "    |    ^", "  提示：改"}},
		{"width not given", render(2, 0, "abc"), "zh", []string{"p.md:2:2: 错", "    | abc", "    |  ^", "  提示：改"}},
		{"combining mark", render(3, 1, "e\u0301x"), "zh", []string{"p.md:2:3: 错", "    | e\u0301x", "    |  ^", "  提示：改"}},
		{"first line only", render(1, 1, "ab\r\ncd"), "zh", []string{"p.md:2:1: 错", "    | ab", "    | ^", "  提示：改"}},
		{"control characters", render(1, 1, "a\x1bb"), "zh", []string{"p.md:2:1: 错", "    | a\uFFFDb", "    | ^", "  提示：改"}},
		{"no source", render(1, 1, ""), "zh", []string{"p.md:2:1: 错", "  提示：改"}},
		{"no column", render(0, 1, "ab"), "zh", []string{"p.md:2: 错", "  提示：改"}},
		{"no place", overdrawn(), "en", []string{"the balance is too low; nothing was posted", "  hint: fund the account first"}},
		{"no hint", &fault.Error{Kind: fault.Missing, Message: fault.Text{ZH: "缺"}}, "en", []string{"缺"}},
		{"internal hides its words", &fault.Error{Kind: fault.Internal, Message: fault.Text{ZH: "密钥"}, Hint: fault.Text{ZH: "密钥"}}, "zh", []string{"内部错误"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := strings.Join(test.want, "\n")
			if got := test.err.Render(test.lang); got != want {
				t.Errorf("Render:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestRenderCutsVeryLongLines(t *testing.T) {
	long := strings.Repeat("a", 500) + "X" + strings.Repeat("b", 500)
	err := &fault.Error{Message: fault.Text{ZH: "错"}, Kind: fault.Invalid, At: fault.InText(long, 501, 1)}
	lines := strings.Split(err.Render("zh"), "\n")
	if len(lines) != 3 {
		t.Fatalf("want message, source and caret, got %q", lines)
	}
	source, caret := []rune(lines[1]), []rune(lines[2])
	if len(source) > 180 {
		t.Errorf("the source line is %d characters long", len(source))
	}
	if place := len(caret) - 1; caret[place] != '^' || source[place] != 'X' {
		t.Errorf("the caret is not under the X:\n%s\n%s", lines[1], lines[2])
	}
	if source[len(source)-1] != '…' || source[6] != '…' {
		t.Errorf("the cuts are not marked: %s", lines[1])
	}
	start := &fault.Error{Message: fault.Text{ZH: "错"}, Kind: fault.Invalid, At: fault.InText(long, 1, 1)}
	if got := strings.Split(start.Render("zh"), "\n")[1]; !strings.HasPrefix(got, "    | aaa") || !strings.HasSuffix(got, "…") {
		t.Errorf("a place near the start is cut at the end only, got %s", got)
	}
}

func TestListSortsByPlaceAndKeepsOrderWithout(t *testing.T) {
	var list fault.List
	if list.Err() != nil {
		t.Error("an empty list is no error")
	}
	if got := list.Error(); got != "没有错误" {
		t.Errorf("empty list: %q", got)
	}
	if got := list.Render("zh"); got != "" {
		t.Errorf("empty list renders %q", got)
	}
	loose := func(zh string) *fault.Error { return &fault.Error{Kind: fault.Invalid, Message: fault.Text{ZH: zh}} }
	for _, e := range []*fault.Error{loose("甲"), at("b", 1, 1), nil, at("a", 2, 9), at("a", 2, 1), loose("乙"), at("a", 1, 5)} {
		list.Add(e)
	}
	if len(list) != 6 {
		t.Errorf("Add must ignore nil: %d entries", len(list))
	}
	want := "a:1:5: a 1 5\na:2:1: a 2 1\na:2:9: a 2 9\nb:1:1: b 1 1\n甲\n乙"
	if got := list.Render("zh"); got != want {
		t.Errorf("Render:\n%s\nwant:\n%s", got, want)
	}
	if got := list.Error(); got != "a:1:5: a 1 5；另有 5 处错误" {
		t.Errorf("Error() = %q", got)
	}
	if list[0].Message.ZH != "甲" {
		t.Error("rendering must not reorder the list itself")
	}
	if got := (fault.List{loose("甲")}).Error(); got != "甲" {
		t.Errorf("one fault: %q", got)
	}
}

func TestListSortsWhicheverCameFirst(t *testing.T) {
	placed, loose := at("a", 1, 1), &fault.Error{Kind: fault.Invalid, Message: fault.Text{ZH: "甲"}}
	for _, list := range []fault.List{{placed, loose}, {loose, placed}} {
		if got := list.Render("zh"); got != "a:1:1: a 1 1\n甲" {
			t.Errorf("Render = %q", got)
		}
	}
}

func TestListUnwraps(t *testing.T) {
	var list fault.List
	list.Add(at("a", 1, 1))
	list.Add(overdrawn())
	if !errors.Is(list.Err(), &fault.Error{Code: "fund.overdrawn"}) {
		t.Error("errors.Is must find a fault inside a list")
	}
	var first *fault.Error
	if !errors.As(list.Err(), &first) || first.At == nil {
		t.Error("errors.As must find the first fault added")
	}
}

func TestRenderError(t *testing.T) {
	secret := errors.New("password=1234")
	list := fault.List{at("b", 1, 1), at("a", 1, 1)}
	tests := []struct {
		name string
		err  error
		lang string
		want string
	}{
		{"nil", nil, "zh", ""},
		{"unknown", secret, "zh", "内部错误"},
		{"unknown in English", secret, "en", "internal error"},
		{"wrapped unknown", fmt.Errorf("x: %w", secret), "zh", "内部错误"},
		{"fault", overdrawn(), "zh", "余额不足，没有入账\n  提示：请先拨款"},
		{"wrapped fault", fmt.Errorf("secret: %w", overdrawn()), "zh", "余额不足，没有入账\n  提示：请先拨款"},
		{"list", list, "zh", "a:1:1: a 1 1\nb:1:1: b 1 1"},
		{"pointer to a list", &list, "zh", "a:1:1: a 1 1\nb:1:1: b 1 1"},
		{"wrapped list", fmt.Errorf("secret: %w", list), "zh", "a:1:1: a 1 1\nb:1:1: b 1 1"},
		{"joined", errors.Join(at("a", 1, 1), secret), "zh", "a:1:1: a 1 1\n内部错误"},
		{"a joined nothing", hollow{}, "zh", "内部错误"},
		{"nil fault", (*fault.Error)(nil), "zh", "内部错误"},
		{"nil list", (*fault.List)(nil), "zh", "内部错误"},
		{"fault over a list shows the fault", &fault.Error{Kind: fault.Invalid, Message: fault.Text{ZH: "外"}, Cause: list}, "zh", "外"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := fault.RenderError(test.err, test.lang); got != test.want {
				t.Errorf("RenderError = %q, want %q", got, test.want)
			}
		})
	}
}

type hollow struct{}

func (hollow) Error() string   { return "password=1234" }
func (hollow) Unwrap() []error { return nil }

func TestKindOfAndCodeOf(t *testing.T) {
	tests := []struct {
		name string
		err  error
		kind fault.Kind
		code string
	}{
		{"nil", nil, "", ""},
		{"unknown", io.EOF, fault.Internal, ""},
		{"fault", overdrawn(), fault.Conflict, "fund.overdrawn"},
		{"wrapped", fmt.Errorf("x: %w", overdrawn()), fault.Conflict, "fund.overdrawn"},
		{"list", fault.List{overdrawn()}, fault.Conflict, "fund.overdrawn"},
		{"no kind", &fault.Error{Code: "a.b"}, fault.Internal, "a.b"},
		{"nil fault", (*fault.Error)(nil), fault.Internal, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if kind, code := fault.KindOf(test.err), fault.CodeOf(test.err); kind != test.kind || code != test.code {
				t.Errorf("got %q %q, want %q %q", kind, code, test.kind, test.code)
			}
		})
	}
}

func TestEveryKindHasALabelInBothLanguages(t *testing.T) {
	kinds := []fault.Kind{fault.Invalid, fault.NotFound, fault.OutOfForce, fault.Conflict,
		fault.Missing, fault.Forbidden, fault.Unavailable, fault.Internal}
	seen := map[string]fault.Kind{}
	for _, kind := range kinds {
		for _, lang := range []string{"zh", "en"} {
			label := kind.Label(lang)
			if label == "" || seen[label] != "" {
				t.Errorf("%s in %s: label %q is empty or shared with %q", kind, lang, label, seen[label])
			}
			seen[label] = kind
		}
	}
	if got := fault.Kind("new").Label("en"); got != "internal error" {
		t.Errorf("an unknown kind reads %q", got)
	}
}

func TestQuoteShortens(t *testing.T) {
	if got := fault.Quote("元"); got != "“元”" {
		t.Error(got)
	}
	if got := fault.QuoteEN("yuan"); got != `"yuan"` {
		t.Error(got)
	}
	if got, want := fault.Quote(strings.Repeat("元", 41)), "“"+strings.Repeat("元", 40)+"…”"; got != want {
		t.Errorf("got %s", got)
	}
	if got, want := fault.Quote(strings.Repeat("元", 40)), "“"+strings.Repeat("元", 40)+"”"; got != want {
		t.Errorf("got %s", got)
	}
}
