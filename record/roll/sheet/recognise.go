package sheet

import (
	"cmp"
	"maps"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"doudi/kernel/fault"
)

// headerRows is how many rows with something in them are looked at for the header.
const headerRows = 20

// Recognise finds the sheet and row of the header and what the columns are. Headers are compared without blanks, width, case and the kind of
// brackets, by the names of the template and by those the fields are known by; a header that merely resembles one is not taken but
// named ([Heading.Near], or in the error). Codes: sheet.sheet, sheet.template, sheet.header, sheet.columns-missing,
// sheet.header-garbled, sheet.header-twice, sheet.several-sheets, sheet.several-templates, sheet.mapping, sheet.field, sheet.word, sheet.identity, and those of
// [Book.Lines].
func (c *Catalogue) Recognise(b *Book, wish Wish) (*Layout, error) {
	f := finder{c: c, templates: c.Templates}
	if err := f.narrow(wish); err != nil {
		return nil, err
	}
	sheets := b.Sheets
	if wish.Sheet != "" {
		sheets = []string{wish.Sheet}
	}
	for _, sheet := range sheets {
		if err := f.look(b, sheet); err != nil {
			return nil, err
		}
	}
	return f.answer()
}

// finder collects what could be a header.
type finder struct {
	c         *Catalogue
	templates []*Template
	mapping   *Mapping
	found     []candidate // complete ones, at most one of each sheet
	best      candidate   // of the others
	garbled   string      // a known header that a garbled one once was
}

// candidate is a row read as the header of a template, or of a mapping.
type candidate struct {
	layout  *Layout
	matched int
	lacks   []string
	twice   error
	rival   *Template // that fits as well
}

func (f *finder) narrow(wish Wish) error {
	id := wish.Template
	if wish.Mapping != nil {
		f.mapping, id = wish.Mapping, wish.Mapping.Template
	}
	if id == "" {
		return nil
	}
	t := f.c.Template(id)
	if t == nil {
		return templateUnknown(id, f.c.ids())
	}
	f.templates = []*Template{t}
	return nil
}

func (c *Catalogue) ids() []string {
	var ids []string
	for _, t := range c.Templates {
		ids = append(ids, t.ID)
	}
	return ids
}

// look tries the first rows of a sheet. Of two that stand under each other and fit alike the lower counts: it holds the parts of a header over
// two rows. Further down the header may be repeated.
func (f *finder) look(b *Book, sheet string) error {
	var best *candidate
	rows := 0
	for line, err := range b.Lines(sheet) {
		if err != nil {
			return err
		}
		for _, found := range f.read(line) {
			if len(found.lacks) > 0 || found.twice != nil {
				if f.mapping != nil || found.matched >= resembles {
					f.miss(found)
				}
			} else if best == nil || found.better(*best) {
				if best != nil && best.layout.Header == found.layout.Header && best.matched == found.matched {
					found.rival = best.layout.Template
				}
				best = &found
			}
		}
		if rows++; rows == headerRows {
			break
		}
	}
	if best != nil {
		f.found = append(f.found, *best)
	}
	return nil
}

// better tells whether a candidate fits better than one found before it.
func (found candidate) better(before candidate) bool {
	if found.layout.Header <= before.layout.Header+1 {
		return found.matched >= before.matched
	}
	return found.matched > before.matched
}

// resembles is how many columns a row must have for it to be taken for the header of a template at all.
const resembles = 2

func (f *finder) miss(found candidate) {
	if f.best.layout == nil || found.closer(f.best) {
		f.best = found
	}
}

// closer tells whether a candidate that is not complete lacks less than another.
func (found candidate) closer(before candidate) bool {
	if len(found.lacks) != len(before.lacks) {
		return len(found.lacks) < len(before.lacks)
	}
	return found.matched > before.matched
}

// read reads a row as a header in every way it could be one, the best last.
func (f *finder) read(line Line) []candidate {
	headings := titles(line)
	if f.mapping != nil {
		return []candidate{f.byMapping(line.Place, headings)}
	}
	var all []candidate
	for _, t := range f.templates {
		if found := f.byTemplate(t, line.Place, slices.Clone(headings)); found.matched > 0 {
			all = append(all, found)
		}
	}
	if len(all) == 0 && f.garbled == "" {
		f.garbled = f.c.ungarbled(headings)
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.matched, b.matched) })
	return all
}

// titles are the cells of a row that can be headers. A merged cell is one header, not several.
func titles(line Line) []Heading {
	var all []Heading
	seen := map[string]bool{}
	for i, cell := range line.Cells {
		if cell.Kind != Text || len(cell.Text) > longestHeader || (cell.Merged && seen[cell.Text]) {
			continue
		}
		h := Heading{Column: Column{Header: cell.Text}, Number: i + 1, folded: fold(cell.Text)}
		if h.folded == "" {
			continue
		}
		h.plain = plain(h.folded)
		seen[cell.Text] = true
		all = append(all, h)
	}
	return all
}

// longestHeader bounds headers, in bytes; longer texts are notes.
const longestHeader = 300

// byTemplate reads a row as the header of a template.
func (f *finder) byTemplate(t *Template, place Place, headings []Heading) candidate {
	l := &Layout{Template: t, Sheet: place.Sheet, Header: place.Row, Headings: headings}
	found := candidate{layout: l}
	exact := map[string]bool{}
	for i := range l.Headings {
		h := &l.Headings[i]
		if tc := t.exactly(h); tc != nil {
			h.As, exact[tc.Header] = tc.Header, true
		}
	}
	for i := range l.Headings {
		if h := &l.Headings[i]; h.As == "" {
			if as := f.c.alias(t, h); !exact[as] {
				h.As = as
			}
		}
	}
	found.count(t, place)
	return found
}

// exactly is the column with this header, with or without what stands in brackets.
func (t *Template) exactly(h *Heading) *TemplateColumn {
	for _, c := range t.Columns {
		if c.folded == h.folded {
			return c
		}
	}
	for _, c := range t.Columns {
		if c.plain == h.plain {
			return c
		}
	}
	return nil
}

// alias is the column of the template, or else the field, that is also called by this header; "" for none.
func (c *Catalogue) alias(t *Template, h *Heading) string {
	field := c.headers[h.folded]
	if field == nil {
		field = c.headers[h.plain]
	}
	if field == nil {
		return ""
	}
	if i := slices.IndexFunc(t.Columns, func(tc *TemplateColumn) bool { return tc.Field == field }); i >= 0 {
		return t.Columns[i].Header
	}
	return field.Name
}

// count says how well a row fits: which columns it has, twice or not at all.
func (found *candidate) count(t *Template, place Place) {
	times := map[string]int{}
	for _, h := range found.layout.Headings {
		if h.As == "" {
			continue
		}
		if times[h.As]++; times[h.As] == 1 && t.column(h.As) != nil {
			found.matched++
		}
		if times[h.As] == 2 && found.twice == nil {
			found.twice = headerTwice(place, h.As)
		}
	}
	for _, need := range t.Need {
		if times[need] == 0 {
			found.lacks = append(found.lacks, need)
		}
	}
}

// near fills in what unknown headers probably mean.
func (l *Layout) near(known []string) {
	var open []string
	taken := map[string]bool{}
	for _, h := range l.Headings {
		taken[h.As] = true
	}
	if l.Template != nil {
		for _, tc := range l.Template.Columns {
			if !taken[tc.Header] {
				open = append(open, tc.Header)
			}
		}
	}
	for i := range l.Headings {
		if h := &l.Headings[i]; h.As == "" {
			if h.Near = fault.Nearest(h.folded, open); h.Near == "" {
				h.Near = fault.Nearest(h.folded, known)
			}
		}
	}
}

// byMapping reads a row as the header of a mapping.
func (f *finder) byMapping(place Place, headings []Heading) candidate {
	l := &Layout{Sheet: place.Sheet, Header: place.Row, Headings: headings}
	if f.mapping.Template != "" {
		l.Template = f.templates[0]
	}
	found := candidate{layout: l}
	wanted := map[string]Column{}
	for _, column := range f.mapping.Columns {
		wanted[fold(column.Header)] = column
	}
	seen := map[string]bool{}
	for i := range l.Headings {
		h := &l.Headings[i]
		column, ok := wanted[h.folded]
		if !ok {
			continue
		}
		if seen[column.Header] && column.As != "" && found.twice == nil {
			found.twice = headerTwice(place, h.Header)
		}
		h.As, h.Words = column.As, column.Words
		seen[column.Header] = true
		found.matched++
	}
	for _, column := range f.mapping.Columns {
		if !seen[wanted[fold(column.Header)].Header] && column.As != "" {
			found.lacks = append(found.lacks, column.Header)
		}
	}
	return found
}

// answer is the one complete header, or why there is none.
func (f *finder) answer() (*Layout, error) {
	switch {
	case len(f.found) > 1:
		var names []string
		for _, found := range f.found {
			names = append(names, found.layout.Sheet)
		}
		return nil, severalSheets(names)
	case len(f.found) == 1 && f.found[0].rival != nil:
		return nil, severalTemplates(f.found[0].layout.Template, f.found[0].rival)
	case len(f.found) == 1:
		return f.complete(f.found[0].layout)
	case f.best.twice != nil && len(f.best.lacks) == 0:
		return nil, f.best.twice
	case f.mapping != nil && f.best.layout != nil:
		return nil, mappingChanged(f.best.lacks, f.best.resembling())
	case f.best.layout != nil:
		return nil, templateMissed(miss{f.best.layout.Template, f.best.lacks, f.best.resembling()})
	case f.garbled != "":
		return nil, headerGarbled(f.garbled)
	}
	return nil, headerMissing()
}

// complete checks that the columns can be read.
func (f *finder) complete(l *Layout) (*Layout, error) {
	if _, err := f.c.plan(l); err != nil {
		return nil, err
	}
	if f.mapping == nil {
		l.near(f.c.names)
	}
	return l, nil
}

// resembling are headers of the file that are not known but resemble what is lacking.
func (found candidate) resembling() map[string]string {
	unknown := map[string]string{}
	for _, h := range found.layout.Headings {
		if h.As == "" {
			unknown[h.plain] = h.Header
		}
	}
	names := slices.Sorted(maps.Keys(unknown))
	near := map[string]string{}
	for _, lack := range found.lacks {
		if name := fault.Nearest(plain(fold(lack)), names); name != "" {
			near[lack] = unknown[name]
		}
	}
	return near
}

// ungarbled is the known header that a text was before UTF-8 was read as GBK; "" when there is none in the row.
func (c *Catalogue) ungarbled(headings []Heading) string {
	for _, h := range headings {
		bytes, err := simplifiedchinese.GB18030.NewEncoder().String(h.Header)
		if err == nil && utf8.ValidString(bytes) && c.headers[fold(bytes)] != nil {
			return bytes
		}
	}
	return ""
}
