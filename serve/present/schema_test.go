package present_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doudi/serve/present"
)

// schemas checks JSON against docs/schema. It knows the keywords that those files use and refuses any other, so that a
// keyword it does not enforce cannot slip in.
type schemas map[string]map[string]any

func readSchemas(t *testing.T) schemas {
	t.Helper()
	files, err := filepath.Glob("../../docs/schema/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("docs/schema is empty", err)
	}
	all := schemas{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var schema map[string]any
		if err := json.Unmarshal(content, &schema); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[filepath.Base(file)] = schema
	}
	return all
}

var keywords = []string{"$schema", "$defs", "$ref", "title", "description", "type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "pattern"}

// check lists what of a value breaks a schema, each with its path.
func (all schemas) check(schema map[string]any, value any, path string) []string {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, path+": "+fmt.Sprintf(format, args...)) }
	for keyword := range schema {
		if !slices.Contains(keywords, keyword) {
			say("the schema uses %s, which is not checked", keyword)
		}
	}
	if ref, ok := schema["$ref"].(string); ok {
		return append(wrong, all.check(all.follow(ref), value, path)...)
	}
	if words, ok := schema["enum"].([]any); ok && !slices.Contains(words, value) {
		say("%v is none of %v", value, words)
	}
	if kind, ok := schema["type"].(string); ok && !isKind(kind, value) {
		say("%v (%T) is no %s", value, value, kind)
		return wrong
	}
	if pattern, ok := schema["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(value.(string)) {
		say("%q does not match %s", value, pattern)
	}
	if choices, ok := schema["anyOf"].([]any); ok {
		return append(wrong, all.anyOf(choices, value, path)...)
	}
	switch value := value.(type) {
	case map[string]any:
		wrong = append(wrong, all.object(schema, value, path)...)
	case []any:
		if items, ok := schema["items"].(map[string]any); ok {
			for i, item := range value {
				wrong = append(wrong, all.check(items, item, fmt.Sprintf("%s[%d]", path, i))...)
			}
		}
	}
	return wrong
}

func (all schemas) follow(ref string) map[string]any {
	file, name, _ := strings.Cut(ref, "#/$defs/")
	defs, _ := all[file]["$defs"].(map[string]any)
	found, _ := defs[name].(map[string]any)
	if found == nil {
		return map[string]any{"enum": []any{"no such definition: " + ref}}
	}
	return found
}

func (all schemas) anyOf(choices []any, value any, path string) []string {
	var first []string
	for _, choice := range choices {
		wrong := all.check(choice.(map[string]any), value, path)
		if len(wrong) == 0 {
			return nil
		}
		if first == nil {
			first = wrong
		}
	}
	return first
}

func (all schemas) object(schema, value map[string]any, path string) []string {
	properties, described := schema["properties"].(map[string]any)
	if !described {
		return nil
	}
	var wrong []string
	for _, name := range schema["required"].([]any) {
		if _, ok := value[name.(string)]; !ok {
			wrong = append(wrong, fmt.Sprintf("%s: %s is missing", path, name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(value)) {
		inner, ok := properties[name].(map[string]any)
		if !ok {
			wrong = append(wrong, fmt.Sprintf("%s: %s is not described", path, name))
			continue
		}
		wrong = append(wrong, all.check(inner, value[name], path+"."+name)...)
	}
	return wrong
}

func isKind(kind string, value any) bool {
	switch v := value.(type) {
	case string:
		return kind == "string"
	case bool:
		return kind == "boolean"
	case json.Number:
		return kind == "integer" && !strings.ContainsAny(v.String(), ".eE")
	case nil:
		return kind == "null"
	case []any:
		return kind == "array"
	case map[string]any:
		return kind == "object"
	}
	return false
}

// view marshals a view, checks it against its schema and returns the JSON.
func (all schemas) view(t *testing.T, view any) string {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(view); err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(b.Bytes()))
	decoder.UseNumber()
	var value map[string]any
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	format, _ := value["format"].(string)
	name := strings.TrimSuffix(strings.TrimPrefix(format, "doudi."), "/1") + ".json"
	schema := all[name]
	if schema == nil {
		t.Fatalf("docs/schema has no %s for format %q", name, format)
	}
	for _, wrong := range all.check(schema, value, "$") {
		t.Errorf("%s %s", name, wrong)
	}
	return b.String()
}

// The checker must be able to fail: each value breaks a schema in one way.
func TestSchemaCheckFinds(t *testing.T) {
	all := readSchemas(t)
	label := map[string]any{"$ref": "common.json#/$defs/label"}
	tests := []struct {
		name   string
		schema map[string]any
		value  any
		says   string
	}{
		{"missing key", label, map[string]any{"zh": "一"}, "en is missing"},
		{"undescribed key", label, map[string]any{"zh": "一", "en": "", "fr": ""}, "fr is not described"},
		{"wrong type", label, map[string]any{"zh": json.Number("1"), "en": ""}, "is no string"},
		{"float", map[string]any{"type": "integer"}, json.Number("1.5"), "is no integer"},
		{"pattern", map[string]any{"$ref": "common.json#/$defs/money"}, "1.5", "does not match"},
		{"enum", map[string]any{"$ref": "common.json#/$defs/truth"}, "maybe", "is none of"},
		{"no choice fits", map[string]any{"anyOf": []any{label, map[string]any{"type": "null"}}}, "一", "is no object"},
		{"inside a list", map[string]any{"type": "array", "items": label}, []any{"一"}, "$[0]"},
		{"unknown keyword", map[string]any{"minimum": 1}, "一", "uses minimum"},
		{"unknown definition", map[string]any{"$ref": "common.json#/$defs/nothing"}, "一", "no such definition"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if wrong := strings.Join(all.check(tt.schema, tt.value, "$"), "\n"); !strings.Contains(wrong, tt.says) {
				t.Errorf("%q does not say %q", wrong, tt.says)
			}
		})
	}
}

// The golden files are what an integrator reads first; the schemas describe them.
func TestViews(t *testing.T) {
	all, p := readSchemas(t), fixture(t)
	b, s := basis(t, p, limited), person(t, p, strings.ReplaceAll(stay, `hukou: "999921`, `hukou: "999922`))
	golden(t, "statement.json", all.view(t, present.ViewStatement(settled(t, b, s), s, zh)))
	b, s = basis(t, p, ""), person(t, p, disabled)
	d, dues, back := decided(t, b, s, day(t, "2024-05-31"))
	golden(t, "decision.json", all.view(t, present.ViewDecision(d, s, dues, back, zh)))
	hidden := all.view(t, present.ViewDecision(d, s, dues, back, present.Options{Lang: "zh", HideSensitive: true}))
	for _, secret := range []string{"王桂英", "5400.00", "999921101001", "19540302"} {
		if strings.Contains(hidden, secret) {
			t.Errorf("%s is shown in %s", secret, hidden)
		}
	}
}
