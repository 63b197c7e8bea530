package present

import (
	"strings"

	"doudi/kernel/fault"
)

// Width is how many columns of a terminal a page takes at most: what fits beside a margin on A4 in landscape and on any
// screen of an office.
const Width = 100

// Draw puts a page on a terminal, in lines of at most [Width] columns. Colour repeats what words and signs say already.
func Draw(p *Page, colour bool) string {
	d := drawer{colour: colour}
	d.title(p)
	d.fields(p.Fields, "")
	for i := range p.Sections {
		d.section(&p.Sections[i])
	}
	return d.b.String()
}

type drawer struct {
	b      strings.Builder
	colour bool
}

// style is a sequence that a terminal understands.
type style string

const (
	bold   style = "\x1b[1m"
	dim    style = "\x1b[2m"
	red    style = "\x1b[31m"
	green  style = "\x1b[32m"
	yellow style = "\x1b[33m"
	plain  style = ""
)

var tones = map[Tone]style{Good: green, Bad: red, Waiting: yellow}

func (d *drawer) paint(s string, with style) string {
	if !d.colour || with == plain || s == "" {
		return s
	}
	return string(with) + s + "\x1b[0m"
}

func (d *drawer) line(s string) { d.b.WriteString(strings.TrimRight(s, " ") + "\n") }

func (d *drawer) title(p *Page) {
	mark := ""
	if p.Mark != "" {
		mark = "〔" + printable(p.Mark) + "〕"
	}
	lines := Wrap(p.Title, max(Width-fault.Columns(mark)-1, Width/2))
	for i, line := range lines {
		text := d.paint(line, bold)
		if i == 0 && mark != "" {
			text += strings.Repeat(" ", max(Width-fault.Columns(line)-fault.Columns(mark), 1)) + d.paint(mark, yellow)
		}
		d.line(text)
	}
	d.rule("═")
}

func (d *drawer) rule(sign string) { d.line(d.paint(strings.Repeat(sign, Width), dim)) }

// maxName bounds the column of names, so that a long one does not push all values away.
const maxName = 24

func (d *drawer) fields(fields []Field, indent string) {
	width := 0
	for _, f := range fields {
		width = max(width, min(fault.Columns(f.Name), maxName))
	}
	left := fault.Columns(indent) + width + 2
	for _, f := range fields {
		lines := Wrap(f.Value, Width-left)
		for i, line := range lines {
			name := ""
			if i == 0 {
				name = printable(f.Name)
			}
			with := plain
			if f.Strong {
				with = bold
			}
			d.line(indent + d.paint(pad(name, width, false), dim) + "  " + d.paint(line, with))
		}
	}
}

func (d *drawer) section(s *Section) {
	d.line("")
	if s.Title != "" {
		d.heading(printable(s.Title), printable(s.Status), tones[s.Tone])
	}
	d.fields(s.Fields, "")
	if s.Table != nil {
		d.table(s.Table)
	}
	for _, item := range s.Items {
		d.item(item)
	}
	for _, note := range s.Notes {
		d.hanging("· ", plain, note)
	}
}

// heading is a title with its status beside it, or below it where the line is too short for both.
func (d *drawer) heading(title, status string, with style) {
	if fault.Columns(title)+fault.Columns(status)+2 <= Width {
		d.line(d.paint(title, bold) + "  " + d.paint(status, with))
		return
	}
	for _, line := range Wrap(title, Width) {
		d.line(d.paint(line, bold))
	}
	for _, line := range Wrap(status, Width-2) {
		d.line("  " + d.paint(line, with))
	}
}

// hanging draws a text behind a sign, its further lines a little to the right of its first character.
func (d *drawer) hanging(sign string, with style, s string) {
	room := fault.Columns(sign)
	lines := Wrap(s, Width-room)
	if len(lines) > 1 {
		rest := strings.TrimLeft(strings.TrimPrefix(s, lines[0]), " \n")
		lines = append(lines[:1], Wrap(rest, Width-room-2)...)
		room += 2
	}
	for i, line := range lines {
		if i > 0 {
			sign = strings.Repeat(" ", room)
		}
		d.line(d.paint(sign, with) + line)
	}
}

var marks = map[Mark]struct {
	sign string
	with style
}{NoMark: {"· ", plain}, Yes: {"✓ ", green}, No: {"✗ ", red}, Open: {"? ", yellow}}

// item puts the facts behind their condition, because a reader compares the two.
func (d *drawer) item(item Item) {
	mark := marks[item.Mark]
	text := item.Text
	if len(item.Facts) > 0 {
		var facts []string
		for _, fact := range item.Facts {
			facts = append(facts, fact.line())
		}
		text += "  │ " + strings.Join(facts, " · ")
	}
	d.hanging(mark.sign, mark.with, text)
	for _, note := range item.Notes {
		d.hanging("    ", plain, note)
	}
}

// line is a fact in one line: 残疾等级 2（县残联，2020-01-01 起）〔健康〕.
func (f Fact) line() string {
	s := f.Name
	if f.Value != "" {
		s += " " + f.Value
	}
	s += f.Source
	if f.Guard != "" {
		s += "〔" + f.Guard + "〕"
	}
	return s
}

// gap stands between two columns of a table.
const gap = 2

func (d *drawer) table(t *Table) {
	widths := t.widths()
	var head []string
	for _, c := range t.Columns {
		head = append(head, c.Title)
	}
	d.row(t, widths, Row{Cells: head}, dim)
	d.rule("─")
	for i, row := range t.Rows {
		if row.Kind == Sum && i > 0 && t.Rows[i-1].Kind != Sum {
			d.rule("─")
		}
		with := plain
		switch row.Kind {
		case Sum, Share:
			with = bold
		case Detail:
			with = dim
		}
		d.row(t, widths, row, with)
	}
}

// widths gives figures and short words the width they need and the flexible columns the rest.
func (t *Table) widths() []int {
	widths := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		widths[i] = fault.Columns(c.Title)
		for _, row := range t.Rows {
			for _, line := range strings.Split(row.cell(i), "\n") {
				widths[i] = max(widths[i], fault.Columns(line))
			}
		}
		if !c.Right {
			widths[i] = min(widths[i], maxName)
		}
	}
	t.flex(widths)
	return widths
}

// narrowest is how far a column of words may be squeezed, and leastFlex what a flexible one needs.
const narrowest, leastFlex = 8, 16

// flex divides what is left among the flexible columns; where that is too little, the widest columns of words give way.
func (t *Table) flex(widths []int) {
	free, flexible, least := Width-gap*(len(widths)-1), 0, 0
	for i, c := range t.Columns {
		if c.Flex {
			flexible++
			least += max(c.Least, leastFlex)
		} else {
			free -= widths[i]
		}
	}
	for free < least {
		widest := -1
		for i, c := range t.Columns {
			if !c.Flex && !c.Right && widths[i] > narrowest && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		free++
	}
	for i, c := range t.Columns {
		if c.Flex {
			widths[i] = max(free/flexible, 4)
		}
	}
}

func (r Row) cell(i int) string {
	if i < len(r.Cells) {
		return r.Cells[i]
	}
	return ""
}

func (d *drawer) row(t *Table, widths []int, row Row, with style) {
	cells := make([][]string, len(t.Columns))
	height := 1
	for i := range t.Columns {
		cells[i] = Wrap(row.cell(i), widths[i])
		height = max(height, len(cells[i]))
	}
	for n := range height {
		line := ""
		for i, c := range t.Columns {
			text := ""
			if n < len(cells[i]) {
				text = cells[i][n]
			}
			paint := with
			if c.Toned && row.Tone != Neutral {
				paint = tones[row.Tone]
			}
			if i > 0 {
				line += strings.Repeat(" ", gap)
			}
			line += d.paint(pad(text, widths[i], c.Right), paint)
		}
		d.line(line)
	}
}
