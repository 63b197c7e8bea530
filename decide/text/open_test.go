package text_test

import (
	"strings"
	"testing"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

func TestEncoding(t *testing.T) {
	gbk := "\xd0\xd5\xc3\xfb: \xc0\xee\n" // 姓名: 李
	for _, test := range []struct {
		name, source string
		line, column int
		words        string
	}{
		{"GBK", "a: 1\nb: \xc0\xee\xb9\xf0\xb7\xbc\n", 2, 4, "像是 GBK"},
		{"GBK throughout", gbk, 1, 1, "像是 GBK"},
		{"UTF-16, little end first", "\xff\xfea\x00:\x00", 1, 1, "UTF-16"},
		{"UTF-16, big end first", "\xfe\xff\x00a\x00:", 1, 1, "UTF-16"},
		{"neither", "县: \xff\xff\n", 1, 4, "不是 UTF-8"},
		{"a character cut off", "县: 平\xe9\x98", 1, 5, "不是 UTF-8"},
		{"a single byte at the end", "县\n\xc0", 2, 1, "不是 UTF-8"},
		{"a surrogate", "a: \xed\xa0\x80", 1, 4, "UTF-8"},
		{"damaged before", "县: 平\ufffd县\n", 1, 5, "已经损坏"},
	} {
		for _, file := range []string{"f.yaml", "f.json", "f.csv"} {
			t.Run(test.name+" "+file, func(t *testing.T) {
				var err error
				if file == "f.csv" {
					_, err = text.CSV(file, []byte(test.source))
				} else {
					_, err = text.Parse(file, []byte(test.source))
				}
				refused, ok := err.(*fault.Error)
				if !ok || refused.Code != "text.encoding" || !strings.Contains(refused.Message.ZH, test.words) {
					t.Fatalf("%v, want text.encoding with %q", err, test.words)
				}
				if refused.At.Line != test.line || refused.At.Column != test.column {
					t.Errorf("placed at %d:%d, want %d:%d", refused.At.Line, refused.At.Column, test.line, test.column)
				}
				if !strings.Contains(refused.Hint.ZH, "另存为 UTF-8") || !strings.Contains(refused.Hint.EN, "UTF-8") {
					t.Errorf("the hint reads %q, %q", refused.Hint.ZH, refused.Hint.EN)
				}
			})
		}
	}
}

func TestInvisibleCharacters(t *testing.T) {
	for name, character := range map[string]string{
		"NUL": "\x00", "bell": "\a", "escape": "\x1b", "form feed": "\f", "delete": "\x7f", "next line": "\u0085", "line separator": "\u2028", "paragraph separator": "\u2029",
		"writes right to left": "\u202e", "isolates": "\u2066", "byte order mark inside": "\ufeff",
	} {
		for file, source := range map[string]string{"f.yaml": "a: 1\n县: 平" + character + "阴\n", "f.json": "{\"a\": 1,\n\"县\": \"" + character + "\"}"} {
			err := refusal(t, file, source)
			if err.Code != "text.control" || err.At.Line != 2 || !strings.Contains(err.Message.ZH, "U+") {
				t.Errorf("%s in %s: %v", name, file, err)
			}
		}
	}
	// An escape must not bring in what is refused as itself.
	for file, source := range map[string]string{"f.yaml": `县: "平\0"`, "f.json": `{"县": "平\u0000"}`} {
		if err := refusal(t, file, source); err.Code != "text.control" || err.At.Line != 1 {
			t.Errorf("%s: %v", file, err)
		}
	}
	for file, source := range map[string]string{"f.yaml": `{"县": "平\u001f"}`, "f.json": `{"\u202e": 1}`} {
		if err := refusal(t, file, source); err.Code != "text.control" {
			t.Errorf("%s: %v", file, err)
		}
	}
	if err := refusal(t, "f.json", `{"名": "李\ud800"}`); err.Code != "text.encoding" || err.At.Column != 8 {
		t.Errorf("half a character: %v", err)
	}
	node := parsed(t, "f.yaml", "a: \"x\\ty\\nz\"\nb: 全　角\n")
	if got := show(node, false); got != `{"a"="x\ty\nz" "b"="全\u3000角"}` {
		t.Errorf("tab, line feed and wide blank came out as %s", got)
	}
}

func TestOpen(t *testing.T) {
	source, content, err := text.Open("表.csv", []byte("\ufeff甲\r\n乙\r丙\n"))
	if err != nil {
		t.Fatal(err)
	}
	if string(content) != "甲\n乙\n丙\n" || strings.Join(source.Lines, "|") != "甲|乙|丙|" || source.Name != "表.csv" {
		t.Errorf("opened as %q with lines %q of %s", content, source.Lines, source.Name)
	}
}
