package text_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

// show writes a tree with its places: “a@1:1=b@1:4”; without them when places is false.
func show(n *text.Node, places bool) string {
	at := func(n *text.Node) string {
		if !places {
			return ""
		}
		return fmt.Sprintf("@%d:%d", n.Line, n.Column)
	}
	switch {
	case n == nil:
		return "nothing"
	case n.Kind == text.Null:
		return "null" + at(n)
	case n.Kind == text.Scalar:
		return fmt.Sprintf("%q%s", n.Value, at(n))
	case n.Kind == text.List:
		var parts []string
		for _, item := range n.Items {
			parts = append(parts, show(item, places))
		}
		return "[" + strings.Join(parts, " ") + "]" + at(n)
	}
	var parts []string
	for _, field := range n.Fields {
		parts = append(parts, show(field.Key, places)+"="+show(field.Value, places))
	}
	return "{" + strings.Join(parts, " ") + "}" + at(n)
}

// refusal parses what must be refused and returns the error.
func refusal(t testing.TB, name, source string) *fault.Error {
	t.Helper()
	node, err := text.Parse(name, []byte(source))
	var found *fault.Error
	if !errors.As(err, &found) {
		t.Fatalf("%s %.60q was read as %s (%v), want an error with a name", name, source, show(node, true), err)
	}
	if node != nil {
		t.Errorf("%.60q: a tree came with the error", source)
	}
	return found
}

func TestYAMLPlaces(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"plain", "a: b\n", `{"a"@1:1="b"@1:4}@1:1`},
		{"Chinese before the value", "县: 平阴 x\n乡镇: 中\n", `{"县"@1:1="平阴 x"@1:4 "乡镇"@2:1="中"@2:5}@1:1`},
		{"quoted", "a: '中'\nb: \"x\\ny\"\n'键': 1\n", `{"a"@1:1="中"@1:5 "b"@2:1="x\ny"@2:5 "键"@3:2="1"@3:6}@1:1`},
		{"quotes inside quotes", "a: 'it''s'\nb: \"q\\\"\\u4e2d\"\n", `{"a"@1:1="it's"@1:5 "b"@2:1="q\"中"@2:5}@1:1`},
		{"flow", "中: {a: 'b 县', c: [县, d]}\n", `{"中"@1:1={"a"@1:5="b 县"@1:9 "c"@1:15=["县"@1:19 "d"@1:22]@1:18}@1:4}@1:1`},
		{"list", "- 1\n- [2, 3]\n- {a: 1}\n- - x\n", `["1"@1:3 ["2"@2:4 "3"@2:7]@2:3 {"a"@3:4="1"@3:7}@3:3 ["x"@4:5]@4:3]@1:1`},
		{"literal", "a: |\n  x\n  y\nb: 1\n", `{"a"@1:1="x\ny\n"@2:3 "b"@4:1="1"@4:4}@1:1`},
		{"literal, indented deeper inside", "a: |-\n    x\n      y\n", `{"a"@1:1="x\n  y"@2:5}@1:1`},
		{"literal after a blank line", "a: |-\n\n  x\n", `{"a"@1:1="\nx"@2:3}@1:1`},
		{"literal of stated indentation", "a: |2\n   x\n", `{"a"@1:1=" x\n"@2:3}@1:1`},
		{"folded", "a: >\n  x\n  y\n\n  z\nb: 1\n", `{"a"@1:1="x y\nz\n"@2:3 "b"@6:1="1"@6:4}@1:1`},
		{"plain over two lines", "a: x\n  y\nb: 1\n", `{"a"@1:1="x y"@1:4 "b"@3:1="1"@3:4}@1:1`},
		{"behind a tab", "a:\tb\n", `{"a"@1:1="b"@1:4}@1:1`},
		{"comments", "a: b # c\n# d\ne: f\n", `{"a"@1:1="b"@1:4 "e"@3:1="f"@3:4}@1:1`},
		{"a ternary taken for a pair", "x == 1 ? y : z\n", `{"x == 1 ? y"@1:1="z"@1:14}@1:1`},
		{"document marks", "---\na: 1\n...\n", `{"a"@2:1="1"@2:4}@2:1`},
		{"CRLF", "a: 县\r\nb: |\r\n  x\r\n  y\r\nc: 1\r\n", `{"a"@1:1="县"@1:4 "b"@2:1="x\ny\n"@3:3 "c"@5:1="1"@5:4}@1:1`},
		{"CR alone", "a: b\rc: d\r", `{"a"@1:1="b"@1:4 "c"@2:1="d"@2:4}@1:1`},
		{"byte order mark", "\ufeff县: b\n", `{"县"@1:1="b"@1:4}@1:1`},
		{"empty", "", `null@1:1`},
		{"comments only", "# 空\n", `null@1:1`},
		{"null", "a: null\nb: ~\nd: ''\n", `{"a"@1:1=null@1:4 "b"@2:1=null@2:4 "d"@3:1=""@3:5}@1:1`},
	} {
		t.Run(test.name, func(t *testing.T) {
			node, err := text.Parse("f.yaml", []byte(test.source))
			if err != nil {
				t.Fatal(fault.RenderError(err, "zh"))
			}
			if got := show(node, true); got != test.want {
				t.Errorf("read\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// Figures, days and words stay what was written: the packages that own them parse it.
func TestScalarsStayAsWritten(t *testing.T) {
	for _, written := range []string{"1.0", "0.10", "100.00", "0012", "0x1F", "1_000", "1e3", "+5", "80%", "1:30", "true", "yes", "off", ".inf", ".nan", "2021-01-01",
		"2021-01-01T00:00:00Z", "12345678901234567890", "37012410200100112X", "a b", "-1", "（甲）", "县内#1", "a:b"} {
		node, err := text.Parse("f.yaml", []byte("a: "+written+"\n"))
		if err != nil || node.Get("a").Kind != text.Scalar || node.Get("a").Value != written || node.Get("a").Quoted {
			t.Errorf("%s was read as %s (%v)", written, show(node, false), err)
		}
	}
	for _, written := range []string{"1.0", "0.10", "1e3", "1E+3", "-0", "true", "12345678901234567890"} {
		node, err := text.Parse("f.json", []byte(`{"a": `+written+`}`))
		if err != nil || node.Get("a").Kind != text.Scalar || node.Get("a").Value != written || node.Get("a").Quoted {
			t.Errorf("JSON %s was read as %s (%v)", written, show(node, false), err)
		}
	}
}

func TestJSONPlaces(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"object", `{"a": "b"}`, `{"a"@1:3="b"@1:8}@1:1`},
		{"Chinese before the value", `{"县": "平阴", "乡": 1}`, `{"县"@1:3="平阴"@1:8 "乡"@1:14="1"@1:18}@1:1`},
		{"lines", "{\n  \"a\": [1, null,\n    true]\n}\n", `{"a"@2:4=["1"@2:9 null@2:12 "true"@3:5]@2:8}@1:1`},
		{"escapes before the value", `{"\u53bf\n": "x\"y\/", "😀": "\ud83d\ude00"}`, `{"县\n"@1:3="x\"y/"@1:15 "😀"@1:25="😀"@1:30}@1:1`},
		{"nothing around", `[]`, `[]@1:1`},
		{"one value", ` "x" `, `"x"@1:3`},
		{"byte order mark, CRLF", "\ufeff{\r\n\"a\":\r\n1}", `{"a"@2:2="1"@3:1}@1:1`},
		{"no blanks", `[{"a":[]},{"b":{}}]`, `[{"a"@1:4=[]@1:7}@1:2 {"b"@1:13={}@1:16}@1:11]@1:1`},
	} {
		t.Run(test.name, func(t *testing.T) {
			node, err := text.Parse("f.json", []byte(test.source))
			if err != nil {
				t.Fatal(fault.RenderError(err, "zh"))
			}
			if got := show(node, true); got != test.want {
				t.Errorf("read\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	deep := func(open, end string, n int) string { return strings.Repeat(open, n) + strings.Repeat(end, n) }
	for _, test := range []struct {
		name, file, source, code string
		line, column             int
		words                    string // of the message in Chinese
	}{
		{"key twice", "f.yaml", "a: 1\nb: 2\na: 3\n", "text.key", 3, 1, "键重复：a"},
		{"key twice in braces", "f.yaml", "x: {县: 1, 县: 2}\n", "text.key", 1, 11, "键重复：县"},
		{"key twice, quoted once", "f.yaml", "a: 1\n'a': 2\n", "text.key", 2, 2, "键重复：a"},
		{"key twice in JSON", "f.json", `{"a": 1, "a": 2}`, "text.key", 1, 11, "键重复：a"},
		{"key twice in JSON by an escape", "f.json", `{"a": 1, "\u0061": 2}`, "text.key", 1, 11, "键重复：a"},
		{"key null", "f.yaml", "~: 1\n", "text.key", 1, 1, "键要写成文字"},
		{"anchor", "f.yaml", "a: &x 1\n", "text.unsupported", 1, 4, "锚点"},
		{"alias", "f.yaml", "a: &x 1\nb: *x\n", "text.unsupported", 1, 4, "别名"},
		{"alias of many", "f.yaml", "- *x\n- 1\n", "text.unsupported", 1, 3, "别名"},
		{"tag", "f.yaml", "县: !!str 1\n", "text.unsupported", 1, 4, "标签"},
		{"merge key", "f.yaml", "a:\n  <<: {b: 1}\n", "text.unsupported", 2, 3, "合并键"},
		{"question mark", "f.yaml", "? a\n: b\n", "text.unsupported", 1, 1, "“?”键"},
		{"directive", "f.yaml", "%YAML 1.2\n---\na: 1\n", "text.unsupported", 1, 1, "指令"},
		{"two documents", "f.yaml", "a: 1\n---\nb: 2\n", "text.several-documents", 2, 1, "一份内容"},
		{"two documents in JSON", "f.json", "{}\n {}", "text.several-documents", 2, 2, "一份内容"},
		{"more behind JSON", "f.json", "{} 县", "text.several-documents", 1, 4, "一份内容"},
		{"colon too many", "f.yaml", "a: 县内 ? x : y\n", "text.syntax", 1, 4, "多了一个“: ”"},
		{"bracket not closed", "f.yaml", "a: [1, 2\n", "text.syntax", 1, 4, "方括号没有成对"},
		{"brace not closed", "f.yaml", "a: {b: 1\n", "text.syntax", 1, 4, "花括号没有成对"},
		{"bracket never opened", "f.yaml", "a: ]\n", "text.syntax", 1, 4, "括号没有成对"},
		{"quote not closed", "f.yaml", "a: '县\n", "text.syntax", 1, 4, "引号没有成对"},
		{"tab before a key", "f.yaml", "a:\n\tb: c\n", "text.syntax", 2, 1, "制表符"},
		{"tab at the start", "f.yaml", "\ta: b\n", "text.syntax", 1, 2, "制表符"},
		{"reserved sign", "f.yaml", "a: @x\n", "text.syntax", 1, 4, "要加引号"},
		{"percent first", "f.yaml", "a: %x\n", "text.syntax", 1, 4, "要加引号"},
		{"dash behind a key", "f.yaml", "a: - b\n", "text.syntax", 1, 4, "另起一行"},
		{"list and keys mixed", "f.yaml", "- a\nb: c\n", "text.syntax", 2, 1, "缩进不对"},
		{"list as a key", "f.yaml", "[a, b]: c\n", "text.syntax", 1, 7, "键不能用"},
		{"JSON comma last", "f.json", "[1,]", "text.syntax", 1, 4, "不该有“]”"},
		{"JSON without comma", "f.json", `{"a":1 "b":2}`, "text.syntax", 1, 8, "不该有“\"”"},
		{"JSON key bare", "f.json", `{县: 1}`, "text.syntax", 1, 2, "不该有“县”"},
		{"JSON wrong bracket", "f.json", `[1}`, "text.syntax", 1, 3, "不该有“}”"},
		{"JSON colon twice", "f.json", `{"a"::1}`, "text.syntax", 1, 6, "不该有“:”"},
		{"JSON bad word", "f.json", `[true, flase]`, "text.syntax", 1, 9, "不该有“l”"},
		{"JSON bad escape", "f.json", `{"县":"平\阴"}`, "text.syntax", 1, 9, "不该有“阴”"},
		{"JSON empty", "f.json", ``, "text.syntax", 1, 1, "没有写完"},
		{"JSON not finished", "f.json", "{\"a\":\n[1, ", "text.syntax", 2, 5, "没有写完"},
		{"deep brackets", "f.yaml", "a: " + deep("[", "]", 100), "text.too-deep", 1, 68, "嵌套过深"},
		{"very deep brackets", "f.yaml", deep("[", "]", 100_000), "text.too-deep", 1, 1, "嵌套过深"},
		{"very deep braces", "f.yaml", strings.Repeat("{a: ", 100_000), "text.too-deep", 1, 1, "嵌套过深"},
		{"deep dashes", "f.yaml", strings.Repeat("- ", 100) + "x", "text.too-deep", 1, 1, "嵌套过深"},
		{"deep question marks", "f.yaml", strings.Repeat("? ", 100) + "x", "text.too-deep", 1, 1, "嵌套过深"},
		{"deep indentation", "f.yaml", strings.Repeat(" ", 300) + "a: 1", "text.too-deep", 1, 1, "嵌套过深"},
		{"deep JSON", "f.json", deep("[", "]", 100), "text.too-deep", 1, 66, "嵌套过深"},
		{"deep JSON objects", "f.json", strings.Repeat(`{"a":`, 100), "text.too-deep", 1, 322, "嵌套过深"},
		{"too many keys", "f.yaml", "x:\n" + strings.Repeat("  k: 1\n", 30_000), "text.too-deep", 20_002, 1, "一层里的键过多"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := refusal(t, test.file, test.source)
			if err.Code != test.code || !strings.Contains(err.Message.ZH, test.words) {
				t.Errorf("%s: %s; want %s with %q", err.Code, err.Message.ZH, test.code, test.words)
			}
			if err.At == nil || err.At.Line != test.line || err.At.Column != test.column || err.At.File != test.file {
				t.Errorf("placed at %+v, want %s:%d:%d", err.At, test.file, test.line, test.column)
			}
			if err.Message.EN == "" || strings.Contains(err.Message.EN, "%!") {
				t.Errorf("in English it reads %q", err.Message.EN)
			}
		})
	}
}

// A Chinese message holds no words of the libraries below, whatever they say.
func TestSyntaxIsSaidInChinese(t *testing.T) {
	for _, source := range []string{"a: b: c", "a: [1, 2", "a: {b: 1", "a: 'x", "- a\nb: c", "a: @x", "a: - b", "&a &b", "a: !!map 1\n  b", "a: b\n c: d", "x:\n  - y\n z", "|\nx", "a: >9\n x"} {
		err := refusal(t, "f.yaml", source)
		said := strings.NewReplacer("YAML", "", "“@”", "", "@ 或 `", "").Replace(err.Message.ZH)
		for _, r := range said {
			if 'a' <= r && r <= 'z' {
				t.Errorf("%q: %s", source, err.Message.ZH)
				break
			}
		}
	}
}

func TestNestingThatIsAllowed(t *testing.T) {
	for name, source := range map[string]string{
		"f.yaml": strings.Repeat("[", text.MaxDepth) + strings.Repeat("]", text.MaxDepth),
		"f.json": strings.Repeat("[", text.MaxDepth) + strings.Repeat("]", text.MaxDepth),
	} {
		if _, err := text.Parse(name, []byte(source)); err != nil {
			t.Errorf("%s: %d levels are refused: %v", name, text.MaxDepth, err)
		}
	}
	many := strings.Repeat("- {a: 1, 理由: \"区间 [0, 1000)\"}\n", 5000) // half-open intervals are text, not nesting
	if node, err := text.Parse("f.yaml", []byte(many)); err == nil {
		if len(node.Items) != 5000 {
			t.Errorf("%d items", len(node.Items))
		}
	} else if err.(*fault.Error).Code != "text.too-deep" {
		t.Error(err)
	}
	few := strings.Repeat("- {a: 1, 理由: \"区间 [0, 1000)\"}\n", 3000)
	if _, err := text.Parse("f.yaml", []byte(few)); err != nil {
		t.Errorf("brackets inside texts count as nesting: %v", err)
	}
	wide := "[" + strings.Repeat("{a: 1}, ", 20_000) + "]"
	if _, err := text.Parse("f.yaml", []byte(wide)); err != nil {
		t.Errorf("many values on one line count as nesting: %v", err)
	}
	listed := strings.Repeat("- a: 1\n  b: 2\n", 30_000)
	if _, err := text.Parse("f.yaml", []byte(listed)); err != nil {
		t.Errorf("a long list counts as one mapping: %v", err)
	}
}

func TestSize(t *testing.T) {
	filler := func(n int) string { return "#" + strings.Repeat("x", n-2) + "\n" }
	if _, err := text.Parse("f.yaml", []byte(filler(text.MaxBytes))); err != nil {
		t.Errorf("a file of exactly 8 MiB is refused: %v", err)
	}
	for _, name := range []string{"f.yaml", "f.json"} {
		if err := refusal(t, name, filler(text.MaxBytes+1)); err.Code != "text.too-large" || err.At.Line != 1 || err.Hint.ZH == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := text.CSV("f.csv", []byte(filler(text.MaxBytes+1))); fault.CodeOf(err) != "text.too-large" {
		t.Errorf("CSV: %v", err)
	}
}

// A minified file stands on one line; places must not be counted anew from its start for every value.
func TestLongLine(t *testing.T) {
	source := "[" + strings.Repeat(`{"a": "县", "b": [1, 2]}, `, 40_000) + `{"a": "末"}]`
	for _, name := range []string{"f.json", "f.yaml"} {
		node, err := text.Parse(name, []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		last := node.Items[len(node.Items)-1].Get("a")
		if want := len([]rune(source)) - 3; last.Value != "末" || last.Column != want {
			t.Errorf("%s: the last value %s stands in column %d, want %d", name, last.Value, last.Column, want)
		}
	}
}

// A block of a larger file knows its place in the whole.
func TestParseBlock(t *testing.T) {
	source := text.NewSource("policy.md", []byte("# 标题\n\n```yaml benefit x\n县: 1\nwhen: |\n  a ==\n    乙\n```\n"))
	node, err := text.ParseBlock(source, "县: 1\nwhen: |\n  a ==\n    乙\n", 3)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := show(node, true), `{"县"@4:1="1"@4:4 "when"@5:1="a ==\n  乙\n"@6:3}@4:1`; got != want {
		t.Errorf("read %s, want %s", got, want)
	}
	if at := node.Get("when").Inside(2, 2, 1); at.Line != 7 || at.Column != 5 || at.Source != "    乙" {
		t.Errorf("乙 stands at %d:%d of %q", at.Line, at.Column, at.Source)
	}
	if _, err := text.ParseBlock(source, "a: [\n", 3); err.(*fault.Error).At.Line != 4 {
		t.Errorf("an error of the block is placed at %v", err)
	}
	if node, err := text.ParseBlock(source, "", 3); err != nil || node.Kind != text.Null || node.Line != 4 {
		t.Errorf("an empty block is %s (%v)", show(node, true), err)
	}
}
