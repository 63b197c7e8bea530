package fault

import "strings"

// Position is a place in a text. Line and Column count from 1 and Column counts
// runes, not bytes. Line 0 means a text that stands in no file, such as what
// was typed into one field of a form: then Source is the whole of it and only
// the caret shows the place.
type Position struct {
	File         string // "" if the text has no name
	Line, Column int
	Source       string // the line of text, without its line break; "" if not at hand
	Width        int    // runes to underline, at least 1
}

// InText returns the place of width runes from column (counted from 1) in a
// text that stands in no file.
func InText(source string, column, width int) *Position {
	return &Position{Column: column, Source: source, Width: width}
}

// prefix is "file:line:column: ", as far as known.
func (p *Position) prefix() string {
	if p == nil {
		return ""
	}
	var parts []string
	if p.File != "" {
		parts = append(parts, oneLine(p.File))
	}
	if p.Line > 0 {
		parts = append(parts, number(p.Line))
		if p.Column > 0 {
			parts = append(parts, number(p.Column))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ":") + ": "
}

const margin = "    | "

// snippet shows the source line and carets under the place. The carets are
// aligned by display width, and a tab in the source stays a tab below it, so
// that they meet whatever the width of a tab is.
func (p *Position) snippet() string {
	if p == nil || p.Source == "" || p.Column < 1 {
		return ""
	}
	runes, start := window([]rune(sourceLine(p.Source)), p.Column-1)
	return margin + string(runes) + "\n" + margin + indent(runes, start) + carets(runes, start, p.Width)
}

// sourceLine keeps the first line only: a caret under several lines would point
// at the wrong one.
func sourceLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return clean(strings.TrimSuffix(first, "\r"))
}

// window cuts a very long line (a table row, a pasted file) to the part around
// the place, and returns the place within that part.
func window(runes []rune, start int) ([]rune, int) {
	const before, longest = 60, 160
	start = min(start, len(runes))
	from := 0
	if len(runes) > longest && start > before {
		from = start - before
	}
	part := runes[from:]
	if len(part) > longest {
		part = append(append([]rune{}, part[:longest]...), '…')
	}
	if from > 0 {
		part = append([]rune{'…'}, part...)
		return part, start - from + 1
	}
	return part, start
}

func indent(runes []rune, start int) string {
	var b strings.Builder
	for _, r := range runes[:start] {
		if r == '\t' {
			b.WriteByte('\t')
			continue
		}
		b.WriteString(strings.Repeat(" ", Width(r)))
	}
	return b.String()
}

func carets(runes []rune, start, width int) string {
	end := start + min(max(width, 1), len(runes)-start)
	columns := 0
	for _, r := range runes[start:end] {
		if r == '\t' {
			columns++
			continue
		}
		columns += Width(r)
	}
	return strings.Repeat("^", max(columns, 1))
}
