package sheet

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"doudi/kernel/fault"
)

// partReader reads the XML of one part of a workbook. What stands between two tags is bounded.
type partReader struct {
	decoder *xml.Decoder
	ration  *ration
	closer  io.Closer
	depth   int
}

func newPartReader(r io.ReadCloser, size int) *partReader {
	p := &partReader{ration: newRation(r, size), closer: r}
	p.decoder = xml.NewDecoder(p.ration)
	p.decoder.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("not UTF-8") }
	return p
}

func (p *partReader) close() { _ = p.closer.Close() } // it was only read

// next is the next token. The end of a part with open elements is an error: it was cut off.
func (p *partReader) next() (xml.Token, error) {
	p.ration.refill()
	token, err := p.decoder.RawToken()
	if p.ration.left < 0 {
		return nil, errRation // whatever the decoder makes of half a text
	}
	switch token.(type) {
	case xml.StartElement:
		p.depth++
	case xml.EndElement:
		p.depth--
	}
	if err == io.EOF && p.depth != 0 {
		err = io.ErrUnexpectedEOF
	}
	return token, err
}

// texts appends the text of the runs of an element to the end, and leaves out how Chinese is pronounced (rPh).
func (p *partReader) texts(to []byte, end string) ([]byte, error) {
	inText, phonetic := false, false
	for {
		token, err := p.next()
		if err != nil {
			return to, cutOff(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			inText = e.Name.Local == "t"
			phonetic = phonetic || e.Name.Local == "rPh"
		case xml.EndElement:
			switch e.Name.Local {
			case end:
				return to, nil
			case "rPh":
				phonetic = false
			}
			inText = false
		case xml.CharData:
			if inText && !phonetic {
				to = append(to, e...)
			}
		}
	}
}

func cutOff(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func fromUs(err error) bool {
	var e *fault.Error
	return errors.As(err, &e) || err == errStopped
}

// sheetReader reads the cells of one sheet.
type sheetReader struct {
	*partReader
	book   *workbook
	place  Place
	merges *merges
	emit   func(Line) error
}

// readSheet emits the rows of a sheet.
func (b *Book) readSheet(name string, emit func(Line) error) error {
	i := slices.IndexFunc(b.zip.sheets, func(s sheetPart) bool { return s.name == name })
	part := &b.zip.sheets[i]
	if err := b.zip.readMerges(part); err != nil {
		return err
	}
	content, err := b.zip.open(part.path)
	if err != nil {
		return err
	}
	r := &sheetReader{partReader: newPartReader(content, b.limits.Cell), book: b.zip, place: Place{Sheet: name}, merges: &merges{waiting: part.merges, columns: b.limits.Columns}, emit: emit}
	defer r.close()
	return r.fault(r.rows())
}

// fault gives what went wrong its place.
func (r *sheetReader) fault(err error) error {
	if errors.Is(err, errRation) {
		return cellTooLarge(r.place, r.book.limits.Cell)
	}
	return partFault(err)
}

// rows reads to the end of the sheet; one that has no end was cut off.
func (r *sheetReader) rows() error {
	for {
		token, err := r.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "row" {
			if err := r.row(e); err != nil {
				return err
			}
		}
	}
}

func (r *sheetReader) row(e xml.StartElement) error {
	before := r.place.Row
	r.place.Row, r.place.Column = before+1, 0
	if at := attribute(e, "r"); at != "" {
		n, err := strconv.Atoi(at)
		if err != nil || n <= before {
			return errors.New("rows out of order")
		}
		r.place.Row = n
	}
	var cells []Cell
	for {
		token, err := r.next()
		if err != nil {
			return cutOff(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local != "c" {
				continue
			}
			if err := r.cell(e, &cells); err != nil {
				return err
			}
		case xml.EndElement:
			if e.Name.Local == "row" {
				return r.line(cells)
			}
		}
	}
}

// line emits a row with what merged cells show in it.
func (r *sheetReader) line(cells []Cell) error {
	cells, err := r.merges.over(r.place.Row, cells)
	if err != nil {
		return err
	}
	cells = filled(cells)
	if !slices.ContainsFunc(cells, func(c Cell) bool { return c.Kind != Blank && !c.Merged }) {
		return nil // nothing of its own
	}
	return r.emit(Line{Place{r.place.Sheet, r.place.Row, 0}, cells})
}

// cell reads one cell into its column.
func (r *sheetReader) cell(e xml.StartElement, cells *[]Cell) error {
	column := r.place.Column + 1
	if ref := attribute(e, "r"); ref != "" {
		if column = columnOf(ref); column <= r.place.Column {
			return errors.New("cells out of order")
		}
	}
	r.place.Column = column
	value, formula, err := r.content()
	if err != nil {
		return err
	}
	c, err := r.book.cellOf(attribute(e, "t"), attribute(e, "s"), value, formula)
	if err != nil || c.Kind == Blank {
		return err
	}
	if column > r.book.limits.Columns {
		return columnsTooMany(r.place, r.book.limits.Columns)
	}
	for len(*cells) < column-1 {
		*cells = append(*cells, Cell{})
	}
	*cells = append(*cells, c)
	return nil
}

// columnOf is the column of a reference such as AB12, or 0.
func columnOf(ref string) int {
	column := 0
	for i := range len(ref) {
		c := ref[i]
		if c < 'A' || c > 'Z' {
			break
		}
		if column = column*26 + int(c-'A') + 1; column > 1<<20 {
			return 0
		}
	}
	return column
}

// content reads up to the end of a cell: its value, and whether it has a formula.
func (r *sheetReader) content() (value []byte, formula bool, err error) {
	inValue := false
	for {
		token, err := r.next()
		if err != nil {
			return nil, false, cutOff(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "v":
				inValue = true
			case "f":
				formula = true
			case "is":
				if value, err = r.texts(value, "is"); err != nil {
					return nil, false, err
				}
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "c":
				return value, formula, nil
			case "v":
				inValue = false
			}
		case xml.CharData:
			if inValue {
				value = append(value, e...)
			}
		}
	}
}

// cellOf understands a cell by its type and format.
func (w *workbook) cellOf(kind, style string, value []byte, formula bool) (Cell, error) {
	if len(value) == 0 {
		if formula && kind != "str" {
			return Cell{Kind: Uncomputed}, nil
		}
		return Cell{}, nil
	}
	switch kind {
	case "s":
		i, err := strconv.Atoi(string(value))
		s, ok := w.strings.at(i)
		if err != nil || !ok {
			return Cell{}, errors.New("no such shared text")
		}
		return textCell(s), nil
	case "str", "inlineStr":
		return textCell(string(value)), nil
	case "b":
		return Cell{Text: string(value), Kind: Bool}, nil
	case "e":
		return Cell{Text: string(value), Kind: Failed}, nil
	case "d": // a day as ISO 8601 text
		return textCell(string(value)), nil
	}
	return w.numberCell(string(value), style)
}

func textCell(s string) Cell {
	if s == "" {
		return Cell{}
	}
	return Cell{Text: unescaped(s), Kind: Text}
}

// unescaped takes out the code of a carriage return, the only one that Excel writes.
func unescaped(s string) string {
	if !strings.Contains(s, "_x000D_") {
		return s
	}
	return strings.ReplaceAll(s, "_x000D_", "")
}

func (w *workbook) numberCell(value, style string) (Cell, error) {
	number, ok := asShown(value)
	if !ok {
		return Cell{}, errors.New("not a number")
	}
	shows := format{}
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(w.formats) {
		shows = w.formats[i]
	}
	switch {
	case shows.day && w.mac1904:
		return Cell{Text: plusDays(number, mac1904), Kind: Date}, nil
	case shows.day:
		return Cell{Text: number, Kind: Date}, nil
	case shows.zeros > len(number) && strings.Trim(number, "0123456789") == "":
		number = strings.Repeat("0", min(shows.zeros, exactDigits)-len(number)) + number
	}
	return Cell{Text: number, Kind: Number}, nil
}

func plusDays(number string, days int) string {
	whole, rest, fraction := strings.Cut(number, ".")
	n, err := strconv.Atoi(whole)
	if err != nil {
		return number
	}
	if whole = strconv.Itoa(n + days); fraction {
		whole += "." + rest
	}
	return whole
}

// asShown writes a number as Excel shows it, with at most fifteen digits: the file holds the nearest binary fraction, 0.1 as
// 0.10000000000000001. Whole numbers of up to fifteen digits stay as they are.
func asShown(value string) (string, bool) {
	if len(value) <= exactDigits && strings.Trim(value, "0123456789") == "" {
		return value, true
	}
	number, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsInf(number, 0) || math.IsNaN(number) {
		return "", false
	}
	shown := strconv.FormatFloat(number, 'G', exactDigits, 64)
	if strings.Contains(shown, "E-") {
		return strconv.FormatFloat(number, 'f', -1, 64), true
	}
	return shown, true
}
