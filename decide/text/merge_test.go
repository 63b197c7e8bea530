package text_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"doudi/decide/text"
)

func TestMerge(t *testing.T) {
	for _, test := range []struct{ name, base, over, want string }{
		{"adds and replaces", "{a: 1, b: 2}", "{b: 3, c: 4}", `{"a"="1" "b"="3" "c"="4"}`},
		{"deep", "{a: {b: 1, c: {d: 2}}}", "{a: {c: {e: 3}}}", `{"a"={"b"="1" "c"={"d"="2" "e"="3"}}}`},
		{"null removes", "{a: 1, b: {c: 2, d: 3}}", "{a: null, b: {d: ~}}", `{"b"={"c"="2"}}`},
		{"null of what is not there", "{a: 1}", "{b: null, c: {d: null}}", `{"a"="1" "c"={}}`},
		{"lists replace", "{a: [1, 2], b: 1}", "{a: [3]}", `{"a"=["3"] "b"="1"}`},
		{"a mapping replaces a value", "{a: 1}", "{a: {b: 2, c: null}}", `{"a"={"b"="2"}}`},
		{"a value replaces a mapping", "{a: {b: 2}}", "{a: 1}", `{"a"="1"}`},
		{"empty over", "{a: 1}", "{}", `{"a"="1"}`},
		{"over empty", "{}", "{a: 1}", `{"a"="1"}`},
		{"over null", "null", "{a: 1, b: null}", `{"a"="1"}`},
		{"null over", "{a: 1}", "null", "null"},
		{"a value over", "{a: 1}", "x", `"x"`},
		{"a list over", "[1]", "[2]", `["2"]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			base, over := parsed(t, "f.yaml", test.base), parsed(t, "f.yaml", test.over)
			if got := show(text.Merge(base, over), false); got != test.want {
				t.Errorf("%s over %s gives %s, want %s", test.over, test.base, got, test.want)
			}
		})
	}
	base := parsed(t, "f.yaml", "{a: 1}")
	if text.Merge(base, nil) != base || text.Merge(nil, nil) != nil {
		t.Error("nothing laid over changes the base")
	}
}

func TestMergeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) *text.Node {
			var b strings.Builder
			keys := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "县"}), 0, 4, rapid.ID[string]).Draw(t, name)
			value{keys: keys, items: rapid.SliceOfN(values(2), len(keys), len(keys)).Draw(t, name+" values")}.json(&b)
			return parsed(t, "f.json", b.String())
		}
		base, over := draw("base"), draw("over")
		before, laid := show(base, true), show(over, true)
		merged := text.Merge(base, over)
		if show(base, true) != before || show(over, true) != laid {
			t.Fatal("an argument was changed")
		}
		empty := parsed(t, "f.json", "{}")
		if got := show(text.Merge(base, empty), false); got != show(base, false) {
			t.Fatalf("nothing laid over %s gives %s", show(base, false), got)
		}
		if again := text.Merge(merged, over); show(again, false) != show(merged, false) {
			t.Fatalf("laid over twice gives %s, once %s", show(again, false), show(merged, false))
		}
		for _, field := range over.Fields {
			if got := merged.Get(field.Key.Value); field.Value.IsNull() != (got == nil) {
				t.Fatalf("%s became %s", field.Key.Value, show(got, false))
			}
		}
	})
}
