package sheet

import (
	"cmp"
	"slices"
	"strings"
)

// Outline is what a person is shown of a file who is to say what its columns are.
type Outline struct {
	Sheet    string
	Header   int       // the row taken for the header; 0 when no row is one
	Headings []Heading // of it; As is the field by which the header is known, and "" for none
	Heads    []Line    // the rows that may be the header
	Rows     []Line    // the first ones under it
}

// outlined is how many rows under the header are shown.
const outlined = 5

// Outline reads the beginning of a sheet. header is the row of its header, or 0 for the one that looks most like it: with the most columns that are known, then with the most
// texts. Codes: those of [Book.Lines].
func (c *Catalogue) Outline(b *Book, sheet string, header int) (*Outline, error) {
	var first []Line
	for line, err := range b.Lines(sheet) {
		if err != nil {
			return nil, err
		}
		if first = append(first, line); len(first) == headerRows+outlined {
			break
		}
	}
	o := &Outline{Sheet: sheet, Heads: first[:min(len(first), headerRows)]}
	best := -1
	for i, line := range o.Heads {
		headings := c.guessed(titles(line))
		known := slices.DeleteFunc(slices.Clone(headings), func(h Heading) bool { return h.As == "" })
		if score := len(known)*headerRows + len(headings); len(headings) > 0 && (line.Place.Row == header || header == 0 && score > best) {
			best, o.Header, o.Headings = score, line.Place.Row, headings
			o.Rows = first[i+1 : min(len(first), i+1+outlined)]
		}
	}
	return o, nil
}

// guessed fills in the fields by which headers are known; of two alike only the first.
func (c *Catalogue) guessed(headings []Heading) []Heading {
	taken := map[string]bool{}
	for i := range headings {
		h := &headings[i]
		if field := cmp.Or(c.headers[h.folded], c.headers[h.plain]); field != nil && statable(field.Name) && !taken[field.Name] {
			h.As, taken[field.Name] = field.Name, true
		}
	}
	return headings
}

// Kinds are the beginnings of the names of fields that the register takes from a column, in the order in which people are asked about them.
var Kinds = []string{"person", "member", "head", "place", "household", "roster"}

func statable(name string) bool {
	kind, _, _ := strings.Cut(name, ".")
	return slices.Contains(Kinds, kind)
}

// Choices are the fields that a column may be said to state, by kind and label.
func (c *Catalogue) Choices() (list []*Field) {
	for _, name := range c.known() {
		if statable(name) {
			list = append(list, c.Field(name))
		}
	}
	slices.SortFunc(list, func(a, b *Field) int {
		return cmp.Or(cmp.Compare(slices.Index(Kinds, a.Kind()), slices.Index(Kinds, b.Kind())), cmp.Compare(a.Label.ZH, b.Label.ZH), cmp.Compare(a.Name, b.Name))
	})
	return list
}

// Kind is the beginning of the field's name, one of [Kinds] for those that are chosen.
func (f *Field) Kind() string {
	kind, _, _ := strings.Cut(f.Name, ".")
	return kind
}
