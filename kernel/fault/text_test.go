package fault_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"doudi/kernel/fault"
)

func TestNearest(t *testing.T) {
	known := []string{"disability", "district", "household", "hukou", "income", "年收入", "年龄", "cap", "tiers"}
	tests := []struct{ name, want string }{
		{"disability", "disability"},
		{"disabilty", "disability"},
		{"Disability", "disability"},
		{"hokou", "hukou"},
		{"huoku", "hukou"}, // neighbours swapped
		{"haoku", ""},      // two changes in five
		{"hukuo", "hukou"},
		{"ｉｎｃｏｍｅ", "income"},
		{"年收人", "年收入"},
		{"年份", ""}, // half of a two-character word is not near
		{"cpa", "cap"},
		{"teirs", "tiers"},
		{"houshold", "household"},
		{"unrelated", ""},
		{"", ""},
		{"x", ""},
		{strings.Repeat("x", 100000), ""},
	}
	for _, test := range tests {
		if got := fault.Nearest(test.name, known); got != test.want {
			t.Errorf("Nearest(%.20q) = %q, want %q", test.name, got, test.want)
		}
	}
	if got := fault.Nearest("cap", nil); got != "" {
		t.Errorf("nothing is known, got %q", got)
	}
	if got := fault.Nearest("x", []string{"", "X"}); got != "X" {
		t.Errorf("one character that differs in case only: got %q", got)
	}
}

func TestNearestDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known := rapid.SliceOfN(rapid.StringMatching(`[abc]{1,5}`), 0, 8).Draw(t, "known")
		name := rapid.StringMatching(`[abc]{0,5}`).Draw(t, "name")
		reversed := slices.Clone(known)
		slices.Reverse(reversed)
		got, again := fault.Nearest(name, known), fault.Nearest(name, reversed)
		if got != again {
			t.Fatalf("%q in one order, %q in the other", got, again)
		}
		if slices.Contains(known, name) && name != "" && got != name {
			t.Fatalf("a known name must be nearest to itself, got %q", got)
		}
	})
}

func TestWidth(t *testing.T) {
	tests := []struct {
		r    rune
		want int
	}{
		{'a', 1}, {'~', 1}, {'é', 1}, {'元', 2}, {'，', 2}, {'（', 2}, {'Ａ', 2}, {'￥', 2}, {'¥', 1}, {'　', 2},
		{'“', 1}, {'…', 1}, {'—', 1}, {'、', 2}, {'·', 1}, {'𠮷', 2}, {'😀', 2}, {'ㄅ', 2}, {'한', 2}, {'｡', 1}, {'ｱ', 1},
		{0, 0}, {'\t', 0}, {'\n', 0}, {0x7F, 0}, {0x9F, 0}, {0xAD, 1}, {0x301, 0}, {0x200B, 0}, {0x200D, 0}, {0xFE0F, 0},
		{0x1160, 0}, {0x11FF, 0}, {0x2028, 0}, {-1, 0}, {0x10FFFF, 1}, {0xFFFD, 1},
	}
	for _, test := range tests {
		if got := fault.Width(test.r); got != test.want {
			t.Errorf("Width(%U) = %d, want %d", test.r, got, test.want)
		}
	}
	if got := fault.Columns("共1,286.30元（大写）"); got != 20 {
		t.Errorf("Columns = %d, want 20", got)
	}
}

func TestHalfWidth(t *testing.T) {
	tests := []struct{ s, want string }{
		{"１２．５％", "12.5%"}, {"￥１，２８６　元", "¥1,286 元"}, {"ＡｂＸｘ～", "AbXx~"}, {"plain", "plain"}, {"", ""}, {"、。", "、。"},
	}
	for _, test := range tests {
		if got := fault.HalfWidth(test.s); got != test.want {
			t.Errorf("HalfWidth(%q) = %q, want %q", test.s, got, test.want)
		}
	}
}

func TestCaretStandsUnderItsPlace(t *testing.T) {
	alphabet := rapid.SampledFrom([]rune("ab元，\t（1\u0301"))
	rapid.Check(t, func(t *rapid.T) {
		source := rapid.SliceOfN(alphabet, 1, 30).Draw(t, "source")
		column := rapid.IntRange(1, len(source)).Draw(t, "column")
		err := &fault.Error{Kind: fault.Invalid, Message: fault.Text{ZH: "错"}, At: fault.InText(string(source), column, 1)}
		lines := strings.Split(err.Render("zh"), "\n")
		before := string(source[:column-1])
		caret := strings.TrimPrefix(lines[2], "    | ")
		blank := strings.TrimRight(caret, "^")
		if strings.Count(blank, "\t") != strings.Count(before, "\t") {
			t.Fatalf("tabs differ: %q under %q", caret, source)
		}
		if got, want := len(blank)-strings.Count(blank, "\t"), fault.Columns(before); got != want {
			t.Fatalf("caret after %d columns, want %d: %q under %q", got, want, caret, string(source))
		}
	})
}

func FuzzRender(f *testing.F) {
	f.Add("policy.md", "cap(县内, 2)", "没有这个名称", 5, 2)
	f.Add("", "\t\x00\xff", "\n", -1, -1)
	f.Add("a", strings.Repeat("元", 300), "", 299, 1<<30)
	f.Fuzz(func(t *testing.T, file, source, message string, column, width int) {
		err := &fault.Error{
			Kind: fault.Invalid, Message: fault.Text{ZH: message},
			At: &fault.Position{File: file, Line: 1, Column: column, Source: source, Width: width},
		}
		if got := err.Error(); strings.ContainsAny(got, "\n\r") {
			t.Errorf("Error() has a line break: %q", got)
		}
		rendered := err.Render("en")
		if strings.ContainsAny(rendered, "\x1b\r\x00") || (utf8.ValidString(file+source+message) && !utf8.ValidString(rendered)) {
			t.Errorf("Render lets control characters through: %q", rendered)
		}
	})
}
