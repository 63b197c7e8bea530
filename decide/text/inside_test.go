package text_test

import (
	"strings"
	"testing"

	"doudi/decide/text"
)

// Where a character of a value stands in the file, for every way of writing a text. The mark is the only “X”.
func TestInside(t *testing.T) {
	for _, test := range []struct{ name, source string }{
		{"plain", "v: 县 && X\n"},
		{"plain over two lines", "v: 县 &&\n   乙 || X\n"},
		{"single quotes", "v: '县 && X'\n"},
		{"quotes doubled before it", "v: 'a == ''县'' && X'\n"},
		{"single quotes over two lines", "v: '县 &&\n  ''乙'' X'\n"},
		{"double quotes", "v: \"县 && X\"\n"},
		{"escapes before it", `v: "a == \"\u53bf\" \x41 && \U0001F600\t\\ X"` + "\n"},
		{"a joined line", "v: \"县 && \\\n   乙 X\"\n"},
		{"literal", "v: |\n  县 &&\n    (乙 ||\n  X)\n"},
		{"literal after blank lines", "v: |\n\n\n    县\n\n    X\n"},
		{"literal after a blank line that reaches further", "v: |1\n      \n 县 X\n"},
		{"folded", "v: >\n  县 &&\n  乙\n\n  丙 X\n"},
		{"folded without last break", "v: >-\n   县 &&\n   X\n"},
		{"in braces", "{县: '乙', v: '丙 X', w: 1}\n"},
		{"in a list", "v:\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			source := test.source
			find := func(n *text.Node) *text.Node { return n.Get("v") }
			if test.name == "in a list" {
				source, find = "- 县\n- 'X'\n", func(n *text.Node) *text.Node { return n.Items[1] }
			}
			node := find(parsed(t, "f.yaml", source))
			before, _, _ := strings.Cut(node.Value, "X")
			lines := strings.Split(before, "\n")
			at := node.Inside(len(lines), len([]rune(lines[len(lines)-1])), 3)
			if runes := []rune(at.Source); at.Column > len(runes) || runes[at.Column-1] != 'X' || at.Width != 3 || at.File != "f.yaml" {
				t.Errorf("X of %q is placed at %d:%d of %q", node.Value, at.Line, at.Column, at.Source)
			}
		})
	}
}

func TestInsideJSON(t *testing.T) {
	node := parsed(t, "f.json", `{"县": "a == \"县\" \/ \ud83d\ude00 \u0041\n X"}`).Get("县")
	at := node.Inside(2, 1, 1)
	if runes := []rune(at.Source); runes[at.Column-1] != 'X' {
		t.Errorf("X of %q is placed in column %d", node.Value, at.Column)
	}
}

// The end of an expression is the place just behind its last character; blanks before the first are the beginning.
func TestInsideAtBlanks(t *testing.T) {
	for _, test := range []struct {
		source               string
		line, column         int
		wantLine, wantColumn int
	}{
		{"v: |\n  甲 &&\n\n", 1, 4, 2, 7},
		{"v: |\n  甲 &&\n", 9, 9, 2, 7},
		{"v: '甲 &&'\n", 1, 4, 1, 9},
		{"v: '甲 &&'\n", 1, 1, 1, 6},
		{"v: '  甲'\n", 1, 0, 1, 5},
		{"v: ''\n", 1, 0, 1, 5},
		{"v: ''\n", 3, 7, 1, 5},
		{"v: 甲\n", -1, -5, 1, 4},
	} {
		at := parsed(t, "f.yaml", test.source).Get("v").Inside(test.line, test.column, 1)
		if at.Line != test.wantLine || at.Column != test.wantColumn {
			t.Errorf("%q: %d:%d of the value is placed at %d:%d, want %d:%d", test.source, test.line, test.column, at.Line, at.Column, test.wantLine, test.wantColumn)
		}
	}
}

func TestPlaceOfNothing(t *testing.T) {
	var none *text.Node
	if none.Position() != nil || none.Inside(1, 1, 1) != nil || none.Get("a") != nil || !none.IsNull() {
		t.Error("nothing has a place or fields")
	}
	if made := (&text.Node{Kind: text.Scalar, Value: "x"}); made.Position() != nil || made.Inside(1, 0, 1) != nil {
		t.Error("a node that was read from nowhere has a place")
	}
	if err := none.Fault("a.b", text.Say("甲", "A"), text.Say("", "")); err.At != nil || err.Code != "a.b" {
		t.Errorf("the fault of nothing is %+v", err)
	}
}

// A place is always inside its file, at most one column behind the end of a line.
func TestPositionIsInsideTheFile(t *testing.T) {
	source := text.NewSource("f.yaml", []byte("县\r\nab\n"))
	for _, test := range []struct{ line, column, width, wantLine, wantColumn, wantWidth int }{
		{1, 1, 1, 1, 1, 1}, {1, 2, 4, 1, 2, 4}, {1, 9, 0, 1, 2, 1}, {2, 3, 1, 2, 3, 1}, {3, 1, 1, 3, 1, 1},
		{9, 9, 1, 3, 1, 1}, {0, 0, -1, 1, 1, 1}, {-1, -1, 1, 1, 1, 1},
	} {
		at := source.Position(test.line, test.column, test.width)
		if at.Line != test.wantLine || at.Column != test.wantColumn || at.Width != test.wantWidth || at.Source != source.Lines[at.Line-1] {
			t.Errorf("%d:%d became %d:%d of width %d in %q", test.line, test.column, at.Line, at.Column, at.Width, at.Source)
		}
	}
	node := parsed(t, "f.yaml", "县: '平阴县'\n乙: |\n  一二三\n  四\n丙: [1]\n")
	for key, width := range map[string]int{"县": 3, "乙": 3, "丙": 1} {
		if got := node.Get(key).Position().Width; got != width {
			t.Errorf("%s is underlined over %d characters, want %d", key, got, width)
		}
	}
}
