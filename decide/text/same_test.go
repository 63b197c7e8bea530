package text_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

// value is a document before it is written as YAML or JSON.
type value struct {
	scalar string // JSON of a scalar; "" for the others
	keys   []string
	items  []value // values of a mapping when it has keys
	list   bool
}

func values(depth int) *rapid.Generator[value] {
	return rapid.Custom(func(t *rapid.T) value {
		kinds := []string{"mapping", "list", "text", "figure", "null"} // rapid draws the first ones most often
		if depth == 0 {
			kinds = kinds[2:]
		}
		switch rapid.SampledFrom(kinds).Draw(t, "kind") {
		case "text":
			return value{scalar: quoted(words.Draw(t, "text"))}
		case "figure":
			return value{scalar: rapid.SampledFrom([]string{"0", "12", "1286.30", "-5", "true", "false", "1e5"}).Draw(t, "figure")}
		case "null":
			return value{scalar: "null"}
		case "list":
			return value{list: true, items: rapid.SliceOfN(values(depth-1), 1, 3).Draw(t, "items")}
		}
		keys := rapid.SliceOfNDistinct(words, 1, 4, rapid.ID[string]).Draw(t, "keys")
		return value{keys: keys, items: rapid.SliceOfN(values(depth-1), len(keys), len(keys)).Draw(t, "values")}
	})
}

var words = rapid.OneOf(
	rapid.SampledFrom([]string{"", "a", "平阴县", "null", "~", "true", "10", "it's", `say "x"`, "a: b", "a #b", "# c", "- d", "[e", "{f}", "&g", "*h", "!i", "%j", "@k", "| l", "> m", "? n",
		"x ? y : z", "多行\n文字", "tab\there", " 前后 ", "\\", "\\n", "😀", "'", "''", `"`, "：", "a,b", "2021-01-01", "--- x", "...", "　", "a\n\nb", "\n", "尾\n"}),
	rapid.StringOfN(rapid.SampledFrom([]rune(`ab县镇 :#-'"\{}[],&*!|>%@?`+"\n")), 0, 8, -1),
)

func quoted(s string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		panic(err) // a string always has a JSON form
	}
	return strings.TrimSpace(b.String())
}

func (v value) json(b *strings.Builder) {
	switch {
	case v.scalar != "":
		b.WriteString(v.scalar)
	case v.list:
		b.WriteString("[")
		for i, item := range v.items {
			if i > 0 {
				b.WriteString(", ")
			}
			item.json(b)
		}
		b.WriteString("]")
	default:
		b.WriteString("{")
		for i, key := range v.keys {
			if i > 0 {
				b.WriteString(",\n")
			}
			b.WriteString(quoted(key) + ": ")
			v.items[i].json(b)
		}
		b.WriteString("}")
	}
}

// yaml writes the value in block style, each text in one of the ways it can be written.
func (v value) yaml(t *rapid.T, b *strings.Builder, indent string) {
	switch {
	case v.scalar != "":
		b.WriteString(" " + yamlScalar(t, v.scalar, indent) + "\n")
	case len(v.items) == 0 && v.list:
		b.WriteString(" []\n")
	case len(v.items) == 0:
		b.WriteString(" {}\n")
	case v.list:
		b.WriteString("\n")
		for _, item := range v.items {
			b.WriteString(indent + "-")
			item.yaml(t, b, indent+"  ")
		}
	default:
		b.WriteString("\n")
		for i, key := range v.keys {
			b.WriteString(indent + yamlKey(t, key) + ":")
			v.items[i].yaml(t, b, indent+"  ")
		}
	}
}

var plain = regexp.MustCompile(`^[a-z平阴县镇]+( [a-z平阴县镇]+)*$`)

func yamlKey(t *rapid.T, key string) string {
	style := rapid.IntRange(0, 2).Draw(t, "key style")
	if style == 0 && plain.MatchString(key) && key != "null" {
		return key
	}
	if style == 1 && !strings.ContainsAny(key, "\n\t") {
		return "'" + strings.ReplaceAll(key, "'", "''") + "'"
	}
	return quoted(key)
}

func yamlScalar(t *rapid.T, written, indent string) string {
	if written[0] != '"' {
		return written
	}
	var s string
	if err := json.Unmarshal([]byte(written), &s); err != nil {
		panic(err) // it was written by quoted
	}
	if block := rapid.Bool().Draw(t, "block"); block && literal(s) {
		sign := map[bool]string{true: "|", false: "|-"}[strings.HasSuffix(s, "\n")]
		return sign + "\n" + indent + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n"+indent)
	}
	return yamlKey(t, s)
}

// literal tells whether a text can be written as a literal block without stating its indentation.
func literal(s string) bool {
	lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	for _, line := range lines {
		if line == "" || strings.TrimSpace(line) != line || strings.Contains(line, "\t") {
			return false
		}
	}
	return !strings.HasSuffix(s, "\n\n")
}

// The same content gives the same tree, however it is written; and every character of a text is found in the file.
func TestYAMLAndJSONGiveTheSameTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := value{list: true, items: rapid.SliceOfN(values(3), 5, 10).Draw(t, "document")}
		var asJSON, asYAML strings.Builder
		v.json(&asJSON)
		v.yaml(t, &asYAML, "")
		fromJSON := parsed(t, "f.json", asJSON.String())
		fromYAML := parsed(t, "f.yaml", asYAML.String())
		flow := parsed(t, "f.yaml", asJSON.String()) // JSON is YAML too
		if want := show(fromJSON, false); show(fromYAML, false) != want || show(flow, false) != want {
			t.Fatalf("JSON\n%s\nas YAML\n%s\nflow\n%s\nwritten\n%s", want, show(fromYAML, false), show(flow, false), asYAML.String())
		}
		everyCharacterFound(t, fromJSON)
		everyCharacterFound(t, fromYAML)
		everyCharacterFound(t, flow)
	})
}

func parsed(t rapid.TB, name, source string) *text.Node {
	node, err := text.Parse(name, []byte(source))
	if err != nil {
		t.Fatalf("%s\n%s", source, fault.RenderError(err, "zh"))
	}
	return node
}

// everyCharacterFound checks the place that Inside gives for each character that is not blank.
func everyCharacterFound(t rapid.TB, n *text.Node) {
	for _, field := range n.Fields {
		everyCharacterFound(t, field.Key)
		everyCharacterFound(t, field.Value)
	}
	for _, item := range n.Items {
		everyCharacterFound(t, item)
	}
	line, column := 1, 0
	for _, r := range n.Value {
		if !unicode.IsSpace(r) {
			at := n.Inside(line, column, 1)
			source := []rune(at.Source)
			if found := source[min(at.Column, len(source))-1]; at.Column > len(source) || found != r && found != '\\' {
				t.Fatalf("%q: character %q of line %d is placed at %d:%d of %q", n.Value, r, line, at.Line, at.Column, at.Source)
			}
		}
		if column++; r == '\n' {
			line, column = line+1, 0
		}
	}
}
