package sheet

import (
	"bytes"
	"io"
	"iter"
	"slices"
)

// Source is a file to be read.
type Source struct {
	Name    string // as it was chosen; only shown
	Content io.ReaderAt
	Size    int64
	Limits  Limits // the zero Limits are DefaultLimits
}

// Limits bound what is read, so that no file can use up the machine.
type Limits struct {
	File     int64 // bytes of the file
	Unpacked int64 // bytes of a workbook unpacked
	Ratio    int64 // unpacked to packed, of a part of more than 1 MB
	Rows     int   // with something in them, in one sheet
	Columns  int
	Cell     int // bytes; the 32,767 characters of Excel fit in
	Texts    int // bytes of the texts that the cells of a workbook share, which are kept in memory
}

// DefaultLimits leave room for a county of a million people.
var DefaultLimits = Limits{File: 512 << 20, Unpacked: 4 << 30, Ratio: 200, Rows: 2_000_000, Columns: 512, Cell: 128 << 10, Texts: 256 << 20}

// Format is how a table is kept.
type Format string

// The formats that are read and written.
const (
	XLSX Format = "xlsx"
	CSV  Format = "csv"
)

// Book is a file of tables, open for reading. Its sheets may be read several times, one at a time.
type Book struct {
	Name   string
	Format Format
	Sheets []string // the visible ones in their order; a text file has one without a name
	limits Limits
	from   *watched
	zip    *workbook
	text   *textFile
}

// watched is a content that remembers why it could not be read, so that a cable pulled out is not taken for a damaged file.
type watched struct {
	io.ReaderAt
	err error
}

func (w *watched) ReadAt(p []byte, at int64) (int, error) {
	n, err := w.ReaderAt.ReadAt(p, at)
	if err != nil && err != io.EOF && w.err == nil {
		w.err = err
	}
	return n, err
}

// blame is what is to be told of an error: if the content could not be read, nothing else.
func (w *watched) blame(err error) error {
	if err != nil && err != errStopped && w.err != nil {
		return unread(w.err)
	}
	return err
}

// Open finds out what a file is. What is no table, or cannot be read safely, is refused. Codes: sheet.empty, sheet.file-size, sheet.xls,
// sheet.encrypted, sheet.macros, sheet.binary, sheet.ods, sheet.html, sheet.no-table, sheet.bomb, sheet.broken, sheet.encoding,
// sheet.unread.
func Open(source Source) (*Book, error) {
	b := &Book{Name: source.Name, limits: source.Limits, from: &watched{ReaderAt: source.Content}}
	source.Content = b.from
	if b.limits == (Limits{}) {
		b.limits = DefaultLimits
	}
	switch {
	case source.Size == 0:
		return nil, empty()
	case source.Size > b.limits.File:
		return nil, fileTooLarge(b.limits.File)
	}
	head := make([]byte, min(source.Size, headBytes))
	if _, err := source.Content.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, unread(err)
	}
	if err := b.from.blame(b.open(source, head)); err != nil {
		return nil, err
	}
	return b, nil
}

// headBytes is how much of a file is looked at to find out what it is.
const headBytes = 64 << 10

func (b *Book) open(source Source, head []byte) (err error) {
	if err := foreign(head); err != nil {
		return err
	}
	if bytes.HasPrefix(head, []byte("PK")) {
		b.Format = XLSX
		if b.zip, err = openWorkbook(source, b.limits); err == nil {
			b.Sheets = b.zip.visible()
		}
		return err
	}
	b.Format, b.Sheets = CSV, []string{""}
	b.text, err = openText(source, head)
	return err
}

// Encoding is how a text file is written: "UTF-8", "GB18030", "UTF-16"; "" of a workbook.
func (b *Book) Encoding() string {
	if b.text == nil {
		return ""
	}
	return b.text.encoding
}

// Lines are the rows of a sheet that hold something, in their order. An error ends them. A line's cells may be kept. Codes: sheet.sheet,
// sheet.broken, sheet.bomb, sheet.cell-size, sheet.rows, sheet.columns, sheet.quotes, sheet.unread.
func (b *Book) Lines(sheet string) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		if !slices.Contains(b.Sheets, sheet) {
			yield(Line{}, sheetUnknown(sheet, b.Sheets))
			return
		}
		count := 0
		emit := func(line Line) error {
			if count++; count > b.limits.Rows {
				return rowsTooMany(b.limits.Rows)
			}
			if !yield(line, nil) {
				return errStopped
			}
			return nil
		}
		read := b.readText
		if b.zip != nil {
			read = b.readSheet
		}
		if err := b.from.blame(read(sheet, emit)); err != nil && err != errStopped {
			yield(Line{}, err)
		}
	}
}

// filled cuts the blank cells off the end of a line.
func filled(cells []Cell) []Cell {
	for len(cells) > 0 && cells[len(cells)-1].Kind == Blank {
		cells = cells[:len(cells)-1]
	}
	return cells
}
