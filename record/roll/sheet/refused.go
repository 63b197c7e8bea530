package sheet

import (
	"io"
	"iter"
	"strconv"
	"strings"
)

// Refusal is a row of a file that was refused.
type Refusal struct {
	Row     int
	Reasons []string // in the language of the office
}

// The columns that an error workbook has behind those of the file.
const (
	rowHeader    = "原表行号"
	reasonHeader = "未通过的原因"
)

// WriteRefused writes the error workbook of a file: its header and its refused rows as they stand in it, each with the number of the row and
// the reasons behind. It can be corrected and imported again. Refusals come in the order of the rows; how many were written is
// answered. An error of a refusal ends it. Code: sheet.refusals for a row that the file does not have.
func (c *Catalogue) WriteRefused(w io.Writer, b *Book, l *Layout, refusals iter.Seq2[Refusal, error]) (written int, err error) {
	p, err := c.plan(l)
	if err != nil {
		return 0, err
	}
	out, err := newBookWriter(w, l.Sheet)
	if err != nil {
		return 0, err
	}
	r := &returning{plan: p, out: out}
	next, stop := iter.Pull2(refusals)
	defer stop()
	err = r.all(b, next)
	if closeErr := out.close(); err == nil {
		err = closeErr
	}
	return max(r.row-1, 0), err
}

// returning writes an error workbook.
type returning struct {
	*plan
	out *bookWriter
	row int
}

func (r *returning) all(b *Book, next func() (Refusal, error, bool)) error {
	refusal, err, more := next()
	if err != nil {
		return err
	}
	for line, err := range b.Lines(r.layout.Sheet) {
		if err != nil {
			return err
		}
		switch {
		case line.Place.Row == r.layout.Header:
			err = r.add(line, rowHeader, reasonHeader)
		case more && line.Place.Row == refusal.Row:
			if err = r.add(line, strconv.Itoa(refusal.Row), strings.Join(refusal.Reasons, "\n")); err == nil {
				refusal, err, more = next()
			}
		}
		if err != nil {
			return err
		}
	}
	if more {
		return refusalUnknown(refusal.Row)
	}
	return nil
}

// add writes a row with the two columns behind it. What a merged cell shows in it is written only where it counts for each row: otherwise
// a correction would make a guess of it.
func (r *returning) add(line Line, number, reasons string) error {
	width := 0
	if n := len(r.layout.Headings); n > 0 {
		width = r.layout.Headings[n-1].Number
	}
	cells := make([]Cell, width+2)
	copy(cells[:width], line.Cells)
	for _, pc := range r.columns {
		if c := &cells[pc.heading.Number-1]; c.Merged && !pc.shared() && line.Place.Row > r.layout.Header {
			*c = Cell{}
		}
	}
	cells[width], cells[width+1] = Cell{Text: number, Kind: Text}, Cell{Text: reasons, Kind: Text}
	r.row++
	return r.out.write(r.row, cells)
}
