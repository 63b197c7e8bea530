package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

var utf8BOM = []byte("\xef\xbb\xbf")

// textFile is a table as text.
type textFile struct {
	content    io.ReaderAt
	size       int64
	encoding   string
	characters encoding.Encoding // nil of UTF-8
	skip       int64             // the byte order mark
	delimiter  rune
}

// openText finds the encoding and what separates the columns.
func openText(source Source, head []byte) (*textFile, error) {
	f := &textFile{content: source.Content, size: source.Size}
	if err := f.findEncoding(head); err != nil {
		return nil, err
	}
	sample := make([]byte, headBytes)
	n, err := io.ReadFull(f.reader(), sample)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return nil, unread(err)
	}
	sample = sample[:n]
	if bytes.IndexByte(sample, 0) >= 0 || f.mostlyBroken(sample) {
		return nil, notText()
	}
	f.delimiter = delimiterOf(sample, int64(n) < f.size)
	return f, nil
}

// findEncoding trusts a byte order mark; then the file is UTF-8 if all of it is, or if its beginning is and is not only ASCII; otherwise
// GB18030, which holds all of GBK.
func (f *textFile) findEncoding(head []byte) error {
	f.encoding = "UTF-8"
	switch {
	case bytes.HasPrefix(head, utf8BOM):
		f.skip = int64(len(utf8BOM))
		return nil
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		f.encoding, f.characters = "UTF-16", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
		return nil
	case utf8.Valid(whole(head)) && !ascii(head):
		return nil
	}
	valid, err := validUTF8(io.NewSectionReader(f.content, 0, f.size))
	if err != nil {
		return unread(err)
	}
	if !valid {
		f.encoding, f.characters = "GB18030", simplifiedchinese.GB18030
	}
	return nil
}

// reader reads the text as UTF-8.
func (f *textFile) reader() io.Reader {
	r := io.NewSectionReader(f.content, f.skip, f.size-f.skip)
	if f.characters == nil {
		return r
	}
	return transform.NewReader(r, f.characters.NewDecoder())
}

// whole is a piece of text without a character that was cut at its end.
func whole(b []byte) []byte {
	for i := 1; i <= min(utf8.UTFMax-1, len(b)); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// mostlyBroken tells whether more than one character in fifty could not be read. A decoder leaves U+FFFD for each; in UTF-8 that is a
// character that somebody else could not read.
func (f *textFile) mostlyBroken(b []byte) bool {
	b = whole(b)
	wrong := 0
	for rest := b; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && (n == 1 || f.characters != nil) {
			wrong++
		}
		rest = rest[n:]
	}
	return wrong*50 > utf8.RuneCount(b)
}

// validUTF8 reads to the end, or to the first byte that is not UTF-8.
func validUTF8(r io.Reader) (bool, error) {
	buffer := make([]byte, headBytes)
	kept := 0
	for {
		n, err := io.ReadFull(r, buffer[kept:])
		piece := buffer[:kept+n]
		if err != nil {
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				return utf8.Valid(piece), nil
			}
			return false, err
		}
		valid := whole(piece)
		if !utf8.Valid(valid) {
			return false, nil
		}
		kept = copy(buffer, piece[len(valid):])
	}
}

// delimiters are what may separate columns, the commonest first.
var delimiters = []rune{',', '\t', ';', '|'}

// delimiterOf is what separates the most columns in the first lines, in the same way on as many lines as possible.
func delimiterOf(sample []byte, cut bool) rune {
	if i := bytes.LastIndexByte(sample, '\n'); cut && i > 0 {
		sample = sample[:i]
	}
	best, bestColumns := delimiters[0], 1
	for _, d := range delimiters {
		if columns := usualColumns(sample, d); columns > bestColumns {
			best, bestColumns = d, columns
		}
	}
	return best
}

// usualColumns is the commonest number of columns of the first lines.
func usualColumns(sample []byte, delimiter rune) int {
	r := newCSVReader(bytes.NewReader(sample), delimiter)
	times := map[int]int{}
	usual := 0
	for range headerRows {
		record, err := r.Read()
		if err != nil {
			break
		}
		times[len(record)]++
		if n := len(record); times[n] > times[usual] || (times[n] == times[usual] && n > usual) {
			usual = n
		}
	}
	return usual
}

func newCSVReader(r io.Reader, delimiter rune) *csv.Reader {
	reader := csv.NewReader(r)
	reader.Comma = delimiter
	reader.FieldsPerRecord = -1
	reader.ReuseRecord = true
	return reader
}

// readText emits the rows of a text file. A row is counted as a spreadsheet would: a line break inside quotes begins no row.
func (b *Book) readText(_ string, emit func(Line) error) error {
	rationed := newRation(b.text.reader(), csvRow*b.limits.Cell)
	reader := newCSVReader(rationed, b.text.delimiter)
	row, breaks := 0, 0
	for {
		record, err := reader.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return b.csvFault(err, row, breaks)
		}
		rationed.refill()
		line, _ := reader.FieldPos(0)
		row = line - breaks
		place := Place{Row: row}
		cells, err := b.textCells(record, place)
		if err != nil {
			return err
		}
		for _, c := range cells {
			breaks += strings.Count(c.Text, "\n")
		}
		if cells = filled(cells); len(cells) == 0 {
			continue
		}
		if err := emit(Line{place, cells}); err != nil {
			return err
		}
	}
}

// csvRow is how many of the largest cells a row may be long.
const csvRow = 4

func (b *Book) textCells(record []string, place Place) ([]Cell, error) {
	if len(record) > b.limits.Columns {
		return nil, columnsTooMany(place, b.limits.Columns)
	}
	cells := make([]Cell, len(record))
	for i, s := range record {
		if len(s) > b.limits.Cell {
			place.Column = i + 1
			return nil, cellTooLarge(place, b.limits.Cell)
		}
		if s != "" {
			cells[i] = Cell{Text: s, Kind: Text}
		}
	}
	return cells, nil
}

func (b *Book) csvFault(err error, last, breaks int) error {
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse):
		return quotes(Place{Row: parse.StartLine - breaks}, err)
	case errors.Is(err, errRation):
		return cellTooLarge(Place{Row: last + 1}, b.limits.Cell)
	}
	return unread(err)
}
