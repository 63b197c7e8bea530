package text

import (
	"strconv"
	"unicode"
	"unicode/utf16"

	"doudi/kernel/fault"
)

// Inside is the place of a character inside a scalar, given by its line (from 1) and column (from 0) in the value: what
// an expression's parser reports becomes a place of the file. However a scalar was written (folded, quoted, with escapes,
// over several lines), its characters that are not blank stand in the file in the same order, so they are counted.
func (n *Node) Inside(line, column, width int) *fault.Position {
	if n == nil || n.source == nil {
		return nil
	}
	before, blank := n.countBefore(line, column)
	if blank && before == 0 {
		return n.Position()
	}
	if blank { // behind the character before it
		before--
	}
	found := n.Position()
	n.walk(func(atLine, atColumn int) bool {
		if before == 0 {
			found = n.source.Position(atLine, atColumn, width)
		}
		before--
		return before >= 0
	})
	if blank {
		return n.source.Position(found.Line, found.Column+1, width)
	}
	return found
}

// countBefore counts the characters of the value before a place, blanks left out, and tells whether a blank or the end
// stands at the place itself.
func (n *Node) countBefore(line, column int) (count int, blank bool) {
	atLine, atColumn := 1, 0
	for _, r := range n.Value {
		if atLine > line || atLine == line && atColumn >= column {
			return count, unicode.IsSpace(r)
		}
		if !unicode.IsSpace(r) {
			count++
		}
		if atColumn++; r == '\n' {
			atLine, atColumn = atLine+1, 0
		}
	}
	return count, true
}

// walk calls visit with the place of each character of the scalar that is not blank, until visit returns false.
func (n *Node) walk(visit func(line, column int) bool) {
	start := n.Column - 1
	for line := n.Line; line <= len(n.source.Lines); line++ {
		runes := []rune(n.source.Lines[line-1])
		for i := min(start, len(runes)); i < len(runes); {
			size, character := n.written(runes[i:])
			if size == 0 || !unicode.IsSpace(character) && !visit(line, i+1) {
				return
			}
			i += size
		}
		start = 0
	}
}

// written is the first character of the text as the scalar's quotes make it, and how many runes stand for it; size is 0
// at the closing quote.
func (n *Node) written(text []rune) (size int, character rune) {
	switch {
	case n.quote == 0 || text[0] != n.quote && text[0] != '\\':
		return 1, text[0]
	case n.quote == '\'' && text[0] == '\\':
		return 1, text[0]
	case n.quote == '\'' && len(text) > 1 && text[1] == '\'':
		return 2, '\''
	case text[0] == n.quote:
		return 0, 0
	case len(text) == 1: // a backslash before the line's end joins the lines
		return 1, ' '
	}
	return escaped(text)
}

// escaped reads an escape of a text in double quotes, as YAML and JSON have them.
func escaped(text []rune) (size int, character rune) {
	digits := map[rune]int{'x': 2, 'u': 4, 'U': 8}[text[1]]
	if digits == 0 || len(text) < 2+digits {
		if blanks := map[rune]bool{'n': true, 't': true, 'r': true, 'v': true, 'f': true, 'N': true, '_': true, 'L': true, 'P': true}; blanks[text[1]] {
			return 2, ' '
		}
		return 2, text[1]
	}
	code, err := strconv.ParseUint(string(text[2:2+digits]), 16, 32)
	if err != nil {
		return 2, text[1]
	}
	if size = 2 + digits; utf16.IsSurrogate(rune(code)) && len(text) >= 2*size && text[size] == '\\' {
		size *= 2 // the two halves of one character
	}
	return size, rune(code)
}
