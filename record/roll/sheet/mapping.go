package sheet

// Mapping says what the columns of an office's own file are. It is confirmed by a person once and kept for the source, as JSON.
type Mapping struct {
	Template string   `json:"template,omitempty"` // the id of a template; "" when every column names a field
	Columns  []Column `json:"columns"`
}

// Column is one column of a mapping.
type Column struct {
	Header string            `json:"header"`          // as it stands in the file
	As     string            `json:"as,omitempty"`    // a column of the template, or the name of a field or fact; "" is left out on purpose
	Words  map[string]string `json:"words,omitempty"` // what words of the file mean: 老公 → 配偶
}

// Layout is how a file was understood: which sheet, where its header stands, and what its columns are.
type Layout struct {
	Template *Template // nil when the mapping names none
	Sheet    string
	Header   int // the row of the header; of one over two rows the lower
	Headings []Heading
}

// Heading is one column of the file.
type Heading struct {
	Column        // what it was recognised as; As is "" when it is not known or left out
	Number int    // of the column, from 1
	Near   string // when it is not known: the column that was probably meant, to be asked
	folded string // the header as compared
	plain  string // the same without what stands in brackets
}

// Mapping is what was recognised, to be confirmed and kept. Columns that were not recognised are left out of what is read.
func (l *Layout) Mapping() Mapping {
	m := Mapping{}
	if l.Template != nil {
		m.Template = l.Template.ID
	}
	for _, h := range l.Headings {
		m.Columns = append(m.Columns, h.Column)
	}
	return m
}

// Say takes over what a mapping says of headers that stand in the outline, as far as it is of the fields that people choose from.
func (o *Outline) Say(m Mapping) {
	for i := range o.Headings {
		for _, column := range m.Columns {
			if h := &o.Headings[i]; fold(column.Header) == h.folded && (column.As == "" || statable(column.As)) {
				h.As, h.Words = column.As, column.Words
			}
		}
	}
}

// Wish narrows what is looked for; the zero Wish takes what is found.
type Wish struct {
	Sheet    string   // only this sheet
	Template string   // only this template
	Mapping  *Mapping // by this mapping, and nothing else
}

// Check refuses a mapping by which no file can be read. Codes: sheet.template, sheet.header-twice, sheet.mapping, sheet.field, sheet.word, sheet.identity.
func (c *Catalogue) Check(m Mapping) error {
	f := finder{c: c, templates: c.Templates}
	if err := f.narrow(Wish{Mapping: &m}); err != nil {
		return err
	}
	var headings []Heading
	for i, column := range m.Columns {
		if folded := fold(column.Header); folded != "" {
			headings = append(headings, Heading{Column: Column{Header: column.Header}, Number: i + 1, folded: folded, plain: plain(folded)})
		}
	}
	found := f.byMapping(Place{}, headings)
	switch {
	case found.twice != nil:
		return found.twice
	case len(found.lacks) > 0:
		return mappingChanged(found.lacks, nil)
	}
	_, err := c.plan(found.layout)
	return err
}
