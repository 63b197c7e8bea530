package proof

import (
	"strings"

	"doudi/decide/policy"
	"doudi/decide/text"
)

// construct is one power of the pack language and how a block shows that it uses it.
type construct struct {
	name string
	used func(*policy.Pack, *policy.Block) bool
}

// ConstructNames are the constructs that the documents need; each must have a passing case in a shipped pack.
func ConstructNames() []string {
	var names []string
	for _, c := range constructs {
		names = append(names, c.name)
	}
	return names
}

var constructs = []construct{
	{"counters", has("accumulate")},
	{"span: application", hasValue("over", "application")},
	{"span: cycle", hasKey("over", "cycle")},
	{"lines", has("lines")},
	{"remainder vector", inPayers("draws")},
	{"provisional split", inPayers("group")},
	{"guarantee", says("guarantee(")},
	{"price cut per line", inPayers("each_line")},
	{"bands", says("tiers(", "whole_tier(")},
	{"subject: household", hasValue("for", "household")},
	{"subject: provider", hasValue("for", "provider")},
	{"event sums", says("total('", "number('")},
	{"unit", has("unit")},
	{"replacement", has("instead")},
	{"selection", has("quota")},
	{"exit", has("exit")},
	{"two dates", has("status_on")},
	{"transition", func(_ *policy.Pack, b *policy.Block) bool { return b.Kind == "transition" }},
	{"stacking: excludes", has("excludes")},
	{"stacking: higher_of", has("higher_of")},
	{"stacking: tops_up", has("tops_up")},
	{"discretion", has("discretion")},
	{"lists not printed", usesUnverifiedTable},
	{"notch", has("notch")},
	{"review", has("review")},
	{"indicator", has("indicator")},
	{"deadline", func(_ *policy.Pack, b *policy.Block) bool { return b.Kind == "procedure" && contains(b.Node, "within") }},
	{"service", func(_ *policy.Pack, b *policy.Block) bool { return b.Kind == "service" }},
	{"screen", func(_ *policy.Pack, b *policy.Block) bool { return b.Kind == "screen" }},
	{"question", says("question.")},
}

func has(key string) func(*policy.Pack, *policy.Block) bool {
	return func(_ *policy.Pack, b *policy.Block) bool { return b.Node.Get(key) != nil }
}

func hasValue(key, value string) func(*policy.Pack, *policy.Block) bool {
	return func(_ *policy.Pack, b *policy.Block) bool { v := b.Node.Get(key); return v != nil && v.Value == value }
}

func hasKey(key, inner string) func(*policy.Pack, *policy.Block) bool {
	return func(_ *policy.Pack, b *policy.Block) bool { return b.Node.Get(key).Get(inner) != nil }
}

func inPayers(key string) func(*policy.Pack, *policy.Block) bool {
	return func(_ *policy.Pack, b *policy.Block) bool { return contains(b.Node.Get("payers"), key) }
}

// contains tells whether a key stands anywhere below a node.
func contains(n *text.Node, key string) bool {
	if n == nil {
		return false
	}
	for _, field := range n.Fields {
		if field.Key.Value == key || contains(field.Value, key) {
			return true
		}
	}
	for _, item := range n.Items {
		if contains(item, key) {
			return true
		}
	}
	return false
}

func says(words ...string) func(*policy.Pack, *policy.Block) bool {
	return func(_ *policy.Pack, b *policy.Block) bool {
		for _, word := range words {
			if mentions(b.Node, word) {
				return true
			}
		}
		return false
	}
}

func mentions(n *text.Node, word string) bool {
	if n == nil {
		return false
	}
	if n.Kind == text.Scalar && strings.Contains(n.Value, word) {
		return true
	}
	for _, item := range n.Items {
		if mentions(item, word) {
			return true
		}
	}
	for _, field := range n.Fields {
		if mentions(field.Value, word) {
			return true
		}
	}
	return false
}

func usesUnverifiedTable(p *policy.Pack, b *policy.Block) bool {
	for id, table := range p.Tables {
		if table.ToVerify && b.Kind != "table" && mentions(b.Node, id+".") {
			return true
		}
	}
	return false
}
