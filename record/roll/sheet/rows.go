package sheet

import (
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

// plan is how the rows of a layout are read.
type plan struct {
	catalogue *Catalogue
	layout    *Layout
	columns   []planned
	who       []string // fields of which a row must state one
}

// planned is one column that is read.
type planned struct {
	*TemplateColumn
	heading  Heading
	words    map[string]string // of the mapping, folded
	from, to int               // columns, as indices of the plan; -1 when the file has none
}

// anybody are the fields that tell who a row is about, when no template says which it needs.
var anybody = []string{"person.id", "head.id", "payee.id", "member.household", "person.disability.certificate_number"}

// plan checks that every column is known, and that one of them tells who a row is about.
func (c *Catalogue) plan(l *Layout) (*plan, error) {
	p := &plan{catalogue: c, layout: l, who: anybody}
	if l.Template != nil {
		p.who = l.Template.Who
	}
	seen := map[string]bool{}
	for _, h := range l.Headings {
		if h.As == "" {
			continue
		}
		if seen[h.As] {
			return nil, headerTwice(Place{Sheet: l.Sheet, Row: l.Header}, h.As)
		}
		seen[h.As] = true
		tc, err := c.columnAs(l.Template, h)
		if err != nil {
			return nil, err
		}
		p.columns = append(p.columns, planned{TemplateColumn: tc, heading: h, words: folded(h.Words)})
	}
	for i := range p.columns {
		pc := &p.columns[i]
		pc.from, pc.to = p.index(pc.states.from), p.index(pc.states.to)
	}
	if !slices.ContainsFunc(p.columns, func(pc planned) bool { return p.identifies(pc) }) {
		return nil, identityMissing()
	}
	return p, nil
}

func (p *plan) identifies(pc planned) bool {
	return pc.Field != nil && slices.Contains(p.who, pc.Field.Name)
}

// columnAs is the column of the template, or one of its own for a field.
func (c *Catalogue) columnAs(t *Template, h Heading) (*TemplateColumn, error) {
	tc := &TemplateColumn{Header: h.Header}
	if t != nil && t.column(h.As) != nil {
		tc = t.column(h.As)
	} else if tc.Field = c.Field(h.As); tc.Field == nil {
		return nil, fieldUnknown(h.As, c.known())
	}
	for _, meant := range h.Words {
		if !tc.knows(meant) {
			return nil, wordTarget(meant)
		}
	}
	return tc, nil
}

// knows tells whether a word may stand in the column.
func (tc *TemplateColumn) knows(word string) bool {
	_, ok := tc.words[fold(word)]
	return ok || tc.Field != nil && (tc.Field.words == nil || tc.Field.words[fold(word)] != "")
}

func folded(words map[string]string) map[string]string {
	all := map[string]string{}
	for word, meant := range words {
		all[fold(word)] = meant
	}
	return all
}

func (p *plan) index(header string) int {
	if header == "" {
		return -1
	}
	return slices.IndexFunc(p.columns, func(pc planned) bool { return pc.Header == header })
}

// Rows are the rows under the header, read by the layout. Rows of sums and signatures at the end, and repetitions of the header, are
// left out. An error ends them; its codes are those of [Book.Lines], and of [Catalogue.Recognise] for a layout that fits no catalogue.
func (c *Catalogue) Rows(b *Book, l *Layout) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		p, err := c.plan(l)
		if err != nil {
			yield(Row{}, err)
			return
		}
		for line, err := range b.Lines(l.Sheet) {
			if err != nil {
				yield(Row{}, err)
				return
			}
			if line.Place.Row <= l.Header || p.noData(line) {
				continue
			}
			if !yield(p.read(line), nil) {
				return
			}
		}
	}
}

// noData tells a repetition of the header and a row of sums or signatures from data.
func (p *plan) noData(line Line) bool {
	repeats, named := true, false
	for _, pc := range p.columns {
		cell := line.Cell(pc.heading.Number)
		repeats = repeats && cell.Text == pc.heading.Header
		named = named || p.identifies(pc) && strings.ContainsAny(fault.HalfWidth(cell.Text), "0123456789")
	}
	if repeats || named {
		return repeats
	}
	for _, cell := range line.Cells {
		if first := unspaced(cell.Text); first != "" {
			return slices.ContainsFunc(p.catalogue.footers, func(footer string) bool { return ends(first, footer) })
		}
	}
	return false
}

// ends tells whether a text is a word that stands at the end of a roll, alone or before something else than Chinese: “备注：…” and
// “合计 5 人”, not somebody whose name begins alike.
func ends(first, footer string) bool {
	rest, ok := strings.CutPrefix(first, footer)
	next, _ := utf8.DecodeRuneInString(rest)
	return ok && !unicode.Is(unicode.Han, next)
}

// reading is one row being read.
type reading struct {
	*plan
	row Row
}

func (p *plan) read(line Line) Row {
	r := &reading{plan: p, row: Row{Line: line}}
	r.row.Data = make([]Datum, 0, len(p.columns)+2)
	for _, pc := range p.columns {
		r.column(pc)
	}
	r.every()
	r.spanned()
	r.somebody()
	return r.row
}

func (r *reading) problem(pc planned, err error) {
	place := r.row.Place
	place.Column = pc.heading.Number
	r.row.Problems = append(r.row.Problems, Problem{place, pc.heading.Header, asFault(err)})
}

func asFault(err error) *fault.Error {
	if e, ok := err.(*fault.Error); ok {
		return e
	}
	return &fault.Error{Kind: fault.Internal, Cause: err}
}

// column reads the cell of a column.
func (r *reading) column(pc planned) {
	cell := r.row.Cell(pc.heading.Number)
	if len(pc.words) > 0 {
		if meant, ok := pc.words[fold(cell.Text)]; ok {
			cell = Cell{Text: meant, Kind: Text, Merged: cell.Merged}
		}
	}
	field := pc.readAs()
	fact, stated, err := field.read(cell)
	if err != nil {
		r.problem(pc, err)
		return
	}
	if !stated {
		return
	}
	if pc.Field != nil {
		r.row.Data = append(r.row.Data, Datum{field.Name, pc.heading.Number, fact})
	}
	r.say(pc.states.facts, pc.heading.Number)
	r.words(pc, cell)
}

// wordsField reads the cell of a column that is no field of its own: its words say what it states.
var wordsField = &Field{Type: TextType}

// readAs is the field as which the cells are read.
func (pc planned) readAs() *Field {
	if pc.Field == nil {
		return wordsField
	}
	return pc.Field
}

// shared tells whether what a merged cell shows counts for each of its rows.
func (pc planned) shared() bool { return pc.readAs().Shared }

func (r *reading) say(facts []stated, column int) {
	for _, s := range facts {
		r.row.Data = append(r.row.Data, Datum{s.field.Name, column, s.fact})
	}
}

// words says what the words in a cell state: the whole of it if that is a word, else each of its entries.
func (r *reading) words(pc planned, cell Cell) {
	if pc.TemplateColumn.words == nil {
		return
	}
	items := []string{cell.Text}
	if _, known := pc.TemplateColumn.words[fold(cell.Text)]; !known {
		items = several(cell.Text)
	}
	for _, item := range items {
		facts, known := pc.TemplateColumn.words[fold(item)]
		switch {
		case known:
			r.say(facts, pc.heading.Number)
		case pc.Field == nil:
			r.problem(pc, wordUnknown(item, pc.known))
		}
	}
}

// every adds what each row of the template states.
func (r *reading) every() {
	if t := r.layout.Template; t != nil {
		r.say(t.every, 0)
	}
}

// spanned narrows what the row states to the days that its other columns state.
func (r *reading) spanned() {
	for _, pc := range r.columns {
		if pc.from < 0 && pc.to < 0 {
			continue
		}
		span := period.Span{From: r.day(pc.from, rule.Beginning), To: r.day(pc.to, rule.Forever)}
		if span.Empty() {
			r.problem(r.columns[pc.to], spanBackwards())
			continue
		}
		for i := range r.row.Data {
			if d := &r.row.Data[i]; d.Column == pc.heading.Number {
				d.Span = span
			}
		}
	}
}

// day is the day that a column of the plan states in this row.
func (r *reading) day(column int, otherwise period.Day) period.Day {
	if column < 0 {
		return otherwise
	}
	for _, d := range r.row.Data {
		if d.Column != r.columns[column].heading.Number {
			continue
		}
		if day, ok := d.Value.Value().(period.Day); ok {
			return day
		}
	}
	return otherwise
}

// somebody refuses a row that does not say who it is about, or says it in a neighbouring column.
func (r *reading) somebody() {
	named := false
	var zh, en []string
	for _, pc := range r.columns {
		if pc.Field == nil {
			continue
		}
		_, stated := r.row.Get(pc.Field.Name)
		if !stated {
			if place, ok := r.slipped(pc); ok {
				r.row.Problems = []Problem{{r.row.Place, "", asFault(shifted(place))}}
				return
			}
		}
		if r.identifies(pc) {
			named = named || stated
			zh, en = append(zh, pc.Field.Label.ZH), append(en, pc.Field.Label.In("en"))
		}
	}
	if !named && len(r.row.Problems) == 0 {
		r.row.Problems = []Problem{{r.row.Place, "", asFault(nobody(fault.Text{ZH: strings.Join(zh, "、"), EN: strings.Join(en, ", ")}))}}
	}
}

// slipped looks for an identity number beside its column.
func (r *reading) slipped(pc planned) (Place, bool) {
	if pc.Field.Type != PersonIDType {
		return Place{}, false
	}
	for _, column := range []int{pc.heading.Number - 1, pc.heading.Number + 1} {
		own := slices.ContainsFunc(r.columns, func(o planned) bool {
			return o.heading.Number == column && o.Field != nil && (o.Field.Type == PersonIDType || o.Field.Type == CertificateType)
		})
		cell := r.row.Cell(column)
		if _, stated, err := pc.Field.read(cell); stated && err == nil && !own {
			place := r.row.Place
			place.Column = column
			return place, true
		}
	}
	return Place{}, false
}
