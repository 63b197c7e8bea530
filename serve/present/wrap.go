package present

import (
	"strings"

	"doudi/kernel/fault"
)

// noStart are characters that must not begin a line, noEnd those that must not end one.
const (
	noStart = "，。、；：？！）》」』】”’…·%％,.;:)]}〕"
	noEnd   = "（《「『【“‘([{〔¥"
)

// Wrap breaks a text into lines of at most width columns of a terminal. Chinese breaks between characters, everything
// else at spaces; a word longer than a line is cut. Line breaks in the text stay.
func Wrap(s string, width int) []string {
	var lines []string
	for _, paragraph := range strings.Split(printable(s), "\n") {
		lines = append(lines, wrapLine(paragraph, max(width, 2))...)
	}
	return lines
}

// printable replaces what could disturb a terminal or turn the direction of a line: what is shown comes from files that
// anybody may have written.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case r < 0x20, 0x7F <= r && r < 0xA0, 0x202A <= r && r <= 0x202E, 0x2066 <= r && r <= 0x2069, r == 0x2028, r == 0x2029:
			return '\uFFFD'
		}
		return r
	}, s)
}

func wrapLine(s string, width int) []string {
	var lines []string
	line, columns := "", 0
	flush := func() {
		lines = append(lines, strings.TrimRight(line, " "))
		line, columns = "", 0
	}
	for _, piece := range pieces(s) {
		size := fault.Columns(strings.TrimRight(piece, " "))
		if columns > 0 && columns+size > width {
			flush()
		}
		for size > width {
			head, rest := cut(piece, width)
			line = head
			flush()
			piece, size = rest, fault.Columns(strings.TrimRight(rest, " "))
		}
		line += piece
		columns += fault.Columns(piece)
	}
	if line != "" || len(lines) == 0 {
		flush()
	}
	return lines
}

// pieces cuts a text where a line may break: after spaces and around wide characters, never before a closing sign or
// after an opening one.
func pieces(s string) []string {
	var list []string
	piece := ""
	var last rune
	for _, r := range s {
		if piece != "" && mayBreak(last, r) {
			list = append(list, piece)
			piece = ""
		}
		piece += string(r)
		last = r
	}
	if piece != "" {
		list = append(list, piece)
	}
	return list
}

func mayBreak(before, after rune) bool {
	switch {
	case after == ' ' || strings.ContainsRune(noStart, after) || strings.ContainsRune(noEnd, before):
		return false
	case before == ' ':
		return true
	default:
		return fault.Width(before) == 2 || fault.Width(after) == 2
	}
}

// cut divides a text that is longer than a line.
func cut(s string, width int) (head, rest string) {
	columns := 0
	for i, r := range s {
		if columns += fault.Width(r); columns > width && i > 0 {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// pad fills a text to a width, to the right or the left of it.
func pad(s string, width int, right bool) string {
	fill := strings.Repeat(" ", max(width-fault.Columns(s), 0))
	if right {
		return fill + s
	}
	return s + fill
}
