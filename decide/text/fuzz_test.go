package text_test

import (
	"errors"
	"testing"
	"unicode/utf8"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

// placedInside checks an error for people: named, in both languages, at a place that the file has.
func placedInside(t *testing.T, err error, lines []string) {
	t.Helper()
	var list fault.List
	var one *fault.Error
	switch {
	case errors.As(err, &list):
	case errors.As(err, &one):
		list = fault.List{one}
	default:
		t.Fatalf("an error without a name: %v", err)
	}
	for _, e := range list {
		if e.Code == "" || e.Kind == "" || e.Message.ZH == "" || e.Message.EN == "" {
			t.Errorf("an error lacks its name or words: %+v", e)
		}
		if !utf8.ValidString(e.Message.ZH) || !utf8.ValidString(e.Message.EN) {
			t.Errorf("a message is not text: %q", e.Message)
		}
		if e.At == nil || e.At.Line < 1 || e.At.Line > len(lines) || e.At.Column < 1 || e.At.Column > utf8.RuneCountInString(lines[e.At.Line-1])+1 {
			t.Errorf("%s is placed at %+v, outside the file", e.Code, e.At)
		}
	}
}

// lineBreaks cuts a file as Open does.
func lineBreaks(content []byte) []string {
	normal := []byte{}
	for i, b := range content {
		switch {
		case b == '\r' && i+1 < len(content) && content[i+1] == '\n':
		case b == '\r':
			normal = append(normal, '\n')
		default:
			normal = append(normal, b)
		}
	}
	if len(normal) >= 3 && string(normal[:3]) == "\ufeff" {
		normal = normal[3:]
	}
	return text.NewSource("f", normal).Lines
}

func seeds(f *testing.F, more ...string) {
	for _, seed := range append(more, "", "a: b\n", "县: [1, '二', \"三\"]\n乡: |\n  四\n", "a: >-\n  b\n\n  c\n", "a: &x 1\nb: *x\n", "- - - a\n", "{a: {b: [c]}}", "a: 1\na: 2\n", "a:\tb\r\nc: d\r",
		"\ufeffa: 1\n", "a: \"\\u53bf\\x41\\\n  b\"\n", "? a\n: b\n", "%TAG ! x\n---\na", "a: !!str 1", "--- |\n x\n...\n---\n", "<<: {a: 1}", "a: 'it''s'\n", "\xff\xfe", "\xc0\xee\xb9\xf0", "a: \x00", "[[[[", "}", "a: - b", ": :", "a: |9\n x", "\ta: b",
		`{"县": ["平\u9634", null, 1e5, true], "b": {}}`, `{"a": 1, "a": 2}`, `[1,]`, `{} {}`, `"\ud800"`, `{"a"`, "[\n1\r\n,\"二\"]", `01`, `[true, flase]`) {
		f.Add([]byte(seed))
	}
}

// FuzzParse: no file makes the readers panic, and what they refuse they refuse by name, at a place inside the file. What
// they read knows its place too, and reading it twice gives the same.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		lines := lineBreaks(content)
		for _, name := range []string{"f.yaml", "f.json"} {
			node, err := text.Parse(name, content)
			if err != nil {
				if node != nil {
					t.Error("a tree came with an error")
				}
				placedInside(t, err, lines)
				continue
			}
			everyNodePlaced(t, node, lines)
			again, err := text.Parse(name, content)
			if err != nil || show(again, true) != show(node, true) {
				t.Errorf("read twice: %v", err)
			}
		}
	})
}

// FuzzCSV is the same for tables.
func FuzzCSV(f *testing.F) {
	seeds(f, "a,b\n县,\"x\"\"y\"\n", "a,\"b\nc\",d\n", "\"", "a\"b", "\"a\"b", ",\n\n,", "\"a\r\nb\",c")
	f.Fuzz(func(t *testing.T, content []byte) {
		rows, err := text.CSV("f.csv", content)
		if err != nil {
			placedInside(t, err, lineBreaks(content))
			return
		}
		for _, row := range rows {
			everyNodePlaced(t, row, lineBreaks(content))
		}
	})
}

func everyNodePlaced(t *testing.T, n *text.Node, lines []string) {
	if n.Line < 1 || n.Line > len(lines) || n.Column < 1 {
		t.Errorf("%s stands at %d:%d of %d lines", show(n, false), n.Line, n.Column, len(lines))
	}
	if n.Source() == nil || n.Position() == nil {
		t.Errorf("%s has no place", show(n, false))
	}
	for _, place := range [][2]int{{1, 0}, {1, 3}, {2, 1}, {99, 99}} {
		if at := n.Inside(place[0], place[1], 1); at.Line < 1 || at.Line > len(lines) || at.Column < 1 || at.Column > utf8.RuneCountInString(at.Source)+1 {
			t.Errorf("a character of %s is placed at %d:%d", show(n, false), at.Line, at.Column)
		}
	}
	for _, item := range n.Items {
		everyNodePlaced(t, item, lines)
	}
	for _, field := range n.Fields {
		everyNodePlaced(t, field.Key, lines)
		everyNodePlaced(t, field.Value, lines)
	}
}
