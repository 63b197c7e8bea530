package policy

import (
	"slices"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

// Form is an official form. One whose paper is laid out can be printed and filled from the record.
type Form struct {
	ID     string
	Title  fault.Text
	Copies int64
	Fields []fault.Text
	Paper  *Paper // nil when the pack does not lay it out
}

// Paper is a form as it stands in the document: its heading, and one table cell by cell, in the document's own language.
type Paper struct {
	Heading string
	Widths  []int64 // of the columns, in parts of their sum
	Rows    [][]Cell
	Note    string // below the table; may be empty
}

// Cell is a cell of a form's table.
type Cell struct {
	Text   string // what is printed in it; lines are divided by line breaks
	Label  bool   // it names what stands beside it
	Show   string // what is filled in: a fact, or one of [Shown]; "" for nothing
	Across int    // columns
	Down   int    // rows
	High   int    // millimetres at least; 0 as its text needs
}

// Shown is what a form can show of a person besides facts: the age today, and where the person lives.
var Shown = []string{"age", "home"}

const (
	mostAcross = 24
	mostDown   = 60
	mostHigh   = 200 // millimetres; a page has 297
)

func (l *loader) form(n *text.Node) Form {
	m := l.Map(n)
	form := Form{ID: l.Report.Text(m.Need("id")), Title: l.label(m.Need("title")), Copies: 1, Fields: l.labels(m.Get("fields"))}
	if copies := m.Get("copies"); copies != nil {
		form.Copies = l.Int(copies)
	}
	if paper := m.Get("paper"); paper != nil {
		form.Paper = l.formPaper(paper)
	}
	m.Done()
	return form
}

func (l *loader) formPaper(n *text.Node) *Paper {
	m := l.Map(n)
	p := &Paper{Heading: l.Report.Text(m.Need("heading")), Note: l.Report.Text(m.Get("note"))}
	for _, width := range l.Items(m.Need("widths")) {
		p.Widths = append(p.Widths, l.Int(width))
	}
	rows := l.Items(m.Need("rows"))
	for _, row := range rows {
		var cells []Cell
		for _, cell := range l.Items(row) {
			cells = append(cells, l.cell(cell))
		}
		p.Rows = append(p.Rows, cells)
	}
	m.Done()
	if row, fits := p.fits(); !fits {
		at := n
		if row < len(rows) {
			at = rows[row]
		}
		l.At(at, "pack.form-table", text.Say("第 %d 行的格子与 %d 列的表格对不上", "the cells of row %d do not fill a table of %d columns", row+1, len(p.Widths)),
			text.Say("每行各格的 across 之和，加上从上面延下来的格子，要等于列数；widths 为正数，down 不超出表格", "in each row the cells' across, with those that reach down from above, add up to the columns; widths are positive, and down stays inside the table"))
	}
	return p
}

// cell reads one cell. A plain text is a label.
func (l *loader) cell(n *text.Node) Cell {
	if n.Kind == text.Scalar {
		return Cell{Text: l.Report.Text(n), Label: true, Across: 1, Down: 1}
	}
	m := l.Map(n)
	c := Cell{Text: l.Report.Text(m.Get("text")), Across: 1, Down: 1}
	if label := m.Get("label"); label != nil {
		c.Text, c.Label = l.Report.Text(label), true
	}
	for name, to := range map[string]*int{"across": &c.Across, "down": &c.Down, "high": &c.High} {
		if value := m.Get(name); value != nil {
			*to = int(min(l.Int(value), mostHigh+1))
		}
	}
	if show := m.Get("show"); show != nil {
		if c.Show = l.Report.Text(show); !slices.Contains(Shown, c.Show) && l.pack.Vocabulary.Facts[c.Show] == nil {
			l.unknownFact(show, "pack.unknown-reference", c.Show)
		}
	}
	m.Done()
	return c
}

// fits tells whether the cells fill the table, each place once; if not, in which row they do not.
func (p *Paper) fits() (row int, fits bool) {
	if len(p.Widths) == 0 || len(p.Widths) > mostAcross || slices.Min(p.Widths) <= 0 || len(p.Rows) == 0 || len(p.Rows) > mostDown {
		return 0, false
	}
	reaching := make([]int, len(p.Widths)) // for how many more rows a cell from above covers the column
	for i, cells := range p.Rows {
		at := 0
		for _, c := range cells {
			for at < len(reaching) && reaching[at] > 0 {
				at++
			}
			if c.Across < 1 || c.Down < 1 || i+c.Down > len(p.Rows) || at+c.Across > len(reaching) || c.High < 0 || c.High > mostHigh {
				return i, false
			}
			for range c.Across {
				if reaching[at] > 0 {
					return i, false
				}
				reaching[at] = c.Down
				at++
			}
		}
		for column := range reaching {
			if reaching[column] == 0 {
				return i, false
			}
			reaching[column]--
		}
	}
	return 0, true
}
