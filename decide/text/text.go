// Package text reads the documents that people write for doudi (YAML and JSON) into one tree of nodes that know
// where they stand, so that every complaint can name file, line and column and show the line with a caret.
//
// Scalars stay the text that was written: money, rates and days are parsed from it by the packages that own them
// and never pass through a floating-point number.
package text

import (
	"strings"
	"unicode/utf8"

	"doudi/kernel/fault"
)

// Kind tells what a Node is.
type Kind uint8

// The kinds of nodes.
const (
	Null    Kind = iota // nothing was written, or null
	Scalar              // a word, number or text, as written
	Mapping             // keys with values, in written order
	List                // items in written order
)

// Source is a file that was read: its name as shown to people and its lines.
type Source struct {
	Name  string
	Lines []string
}

// NewSource splits a file's content into the lines that messages quote.
func NewSource(name string, content []byte) *Source {
	return &Source{Name: name, Lines: strings.Split(strings.ReplaceAll(string(content), "\r\n", "\n"), "\n")}
}

// Position is a place of the source; line and column start at 1, columns count runes. A place outside the source, such
// as one after its end, is moved to the nearest inside, at most one column behind a line's last character.
func (s *Source) Position(line, column, width int) *fault.Position {
	line = min(max(line, 1), len(s.Lines))
	shown := s.Lines[line-1]
	column = min(max(column, 1), utf8.RuneCountInString(shown)+1)
	return &fault.Position{File: s.Name, Line: line, Column: column, Source: shown, Width: max(width, 1)}
}

// Node is one value of a document with its place.
type Node struct {
	Kind   Kind
	Quoted bool    // the Scalar was written in quotes or as a block
	quote  rune    // ' or " around a Scalar; 0 for a plain or block scalar
	Value  string  // of a Scalar, unquoted
	Items  []*Node // of a List
	Fields []Field // of a Mapping
	Line   int     // 1-based; of a block scalar the line of its first text
	Column int     // 1-based, in runes; of a quoted scalar the column of its first character inside the quotes

	source *Source
}

// Field is one key of a mapping with its value.
type Field struct {
	Key   *Node
	Value *Node
}

// Get is the value under a key, or nil.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for _, field := range n.Fields {
		if field.Key.Value == key {
			return field.Value
		}
	}
	return nil
}

// IsNull tells whether nothing was written here.
func (n *Node) IsNull() bool { return n == nil || n.Kind == Null }

// Source is the file the node was read from.
func (n *Node) Source() *Source { return n.source }

// Position is the node's place; its width is that of the written value.
func (n *Node) Position() *fault.Position {
	if n == nil || n.source == nil {
		return nil
	}
	width := 1
	if n.Kind == Scalar {
		first, _, _ := strings.Cut(n.Value, "\n")
		width = utf8.RuneCountInString(first)
	}
	return n.source.Position(n.Line, n.Column, width)
}

// Fault is an error at the node's place.
func (n *Node) Fault(code string, message, hint fault.Text) *fault.Error {
	return &fault.Error{Kind: fault.Invalid, Code: code, Message: message, Hint: hint, At: n.Position()}
}

// Flow is what a node holds in one line, as YAML writes it: [1, 2] and {a: b}.
func (n *Node) Flow() string {
	switch {
	case n.IsNull():
		return ""
	case n.Kind == Scalar:
		return strings.Join(strings.Fields(n.Value), " ")
	case n.Kind == List:
		var items []string
		for _, item := range n.Items {
			items = append(items, item.Flow())
		}
		return "[" + strings.Join(items, ", ") + "]"
	default:
		var fields []string
		for _, field := range n.Fields {
			fields = append(fields, field.Key.Value+": "+field.Value.Flow())
		}
		return "{" + strings.Join(fields, ", ") + "}"
	}
}

// JSON is what a node holds for encoding/json: mappings, lists and texts. Read again from a file that ends in .json it is the same, save for places.
func (n *Node) JSON() any {
	switch {
	case n.IsNull():
		return nil
	case n.Kind == Scalar:
		return n.Value
	case n.Kind == List:
		items := []any{}
		for _, item := range n.Items {
			items = append(items, item.JSON())
		}
		return items
	default:
		fields := map[string]any{}
		for _, field := range n.Fields {
			fields[field.Key.Value] = field.Value.JSON()
		}
		return fields
	}
}
