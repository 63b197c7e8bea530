// Package text reads the documents that people write for doudi (YAML and JSON) into one tree of nodes that know
// where they stand, so that every complaint can name file, line and column and show the line with a caret.
//
// Scalars stay the text that was written: money, rates and days are parsed from it by the packages that own them
// and never pass through a floating-point number.
package text

import (
	"strings"

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

// Position is a place of the source; line and column start at 1, columns count runes.
func (s *Source) Position(line, column, width int) *fault.Position {
	position := &fault.Position{File: s.Name, Line: line, Column: max(column, 1), Width: max(width, 1)}
	if line >= 1 && line <= len(s.Lines) {
		position.Source = s.Lines[line-1]
	}
	return position
}

// Node is one value of a document with its place.
type Node struct {
	Kind   Kind
	Value  string  // of a Scalar, unquoted
	Quoted bool    // the scalar was written in quotes or as a block
	Items  []*Node // of a List
	Fields []Field // of a Mapping
	Line   int     // 1-based; of a block scalar the line of its first text
	Column int     // 1-based, in runes; of a quoted scalar the column of its first character inside the quotes

	source *Source
	block  bool // a literal or folded block scalar: each of its lines stands on its own source line
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
		width = len([]rune(strings.SplitN(n.Value, "\n", 2)[0]))
	}
	return n.source.Position(n.Line, n.Column, width)
}

// Inside is the place of a character inside a scalar, given by its line (from 1) and column (from 0) in the value:
// what an expression's parser reports becomes a place of the file.
func (n *Node) Inside(line, column, width int) *fault.Position {
	if n == nil || n.source == nil {
		return nil
	}
	switch {
	case n.block:
		return n.source.Position(n.Line+line-1, n.Column+column, width)
	case line > 1: // a plain scalar folded over several lines: its first place is the best known
		return n.Position()
	default:
		return n.source.Position(n.Line, n.Column+column, width)
	}
}

// Fault is an error at the node's place.
func (n *Node) Fault(code string, message, hint fault.Text) *fault.Error {
	return &fault.Error{Kind: fault.Invalid, Code: code, Message: message, Hint: hint, At: n.Position()}
}
