package sheet

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// area is a merged cell: from its first row and column to its last.
type area struct{ top, left, bottom, right int }

// longestMerges bounds how many merged cells a sheet may have.
const longestMerges = 100_000

// readMerges reads the merged cells of a sheet. They stand behind its rows, so the rows are passed over once, without being understood.
func (w *workbook) readMerges(part *sheetPart) error {
	if part.read {
		return nil
	}
	content, err := w.open(part.path)
	if err != nil {
		return err
	}
	tail := bufio.NewReaderSize(content, headBytes)
	found, err := passOver(tail, []byte("sheetData>"))
	if err != nil || !found {
		_ = content.Close()
		return partFault(err)
	}
	p := newPartReader(struct {
		io.Reader
		io.Closer
	}{tail, content}, smallPart)
	defer p.close()
	p.depth = 1 // the sheet itself is open
	for {
		token, err := p.next()
		if err == io.EOF {
			part.read = true
			slices.SortFunc(part.merges, func(a, b area) int { return cmp.Compare(a.top, b.top) })
			return nil
		}
		if err != nil {
			return partFault(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "mergeCell" {
			a, ok := areaOf(attribute(e, "ref"))
			if !ok || len(part.merges) == longestMerges {
				return broken(errors.New("merged cells"))
			}
			part.merges = append(part.merges, a)
		}
	}
}

// passOver reads up to behind the end of the sheet's data, "</sheetData>" with whatever prefix; false when there is none.
func passOver(r *bufio.Reader, mark []byte) (bool, error) {
	for {
		piece, err := r.ReadSlice('>')
		if bytes.HasSuffix(piece, mark) && bytes.Contains(piece[max(0, len(piece)-len(mark)-32):], []byte("</")) {
			return true, nil
		}
		switch err {
		case nil, bufio.ErrBufferFull:
		case io.EOF:
			return false, nil
		default:
			return false, err
		}
	}
}

// areaOf reads a reference such as A2:A5.
func areaOf(ref string) (a area, ok bool) {
	from, to, found := strings.Cut(ref, ":")
	if !found {
		to = from
	}
	var okFrom, okTo bool
	a.left, a.top, okFrom = corner(from)
	a.right, a.bottom, okTo = corner(to)
	return a, okFrom && okTo && a.left <= a.right && a.top <= a.bottom
}

func corner(ref string) (column, row int, ok bool) {
	column = columnOf(ref)
	row, err := strconv.Atoi(strings.TrimLeft(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	return column, row, err == nil && column > 0 && row > 0
}

// merges walks down a sheet with the merged cells that reach into the row.
type merges struct {
	waiting []area
	open    []openArea
	columns int // how far to the right they are shown
}

type openArea struct {
	area
	shown Cell
}

// over puts into a row what the merged cells over it show. Their own cell, the first, stays as it is. More of them than there are columns
// would lie over each other, which no program writes.
func (m *merges) over(row int, cells []Cell) ([]Cell, error) {
	for len(m.waiting) > 0 && m.waiting[0].top <= row {
		a := m.waiting[0]
		m.waiting = m.waiting[1:]
		shown := Cell{}
		if a.top == row && a.left <= len(cells) {
			shown = cells[a.left-1]
		}
		shown.Merged = true
		m.open = append(m.open, openArea{a, shown})
	}
	m.open = slices.DeleteFunc(m.open, func(o openArea) bool { return o.bottom < row })
	if len(m.open) > m.columns {
		return nil, broken(errors.New("merged cells over each other"))
	}
	for _, o := range m.open {
		cells = o.show(row, cells, m.columns)
	}
	return cells, nil
}

func (o openArea) show(row int, cells []Cell, columns int) []Cell {
	if o.shown.Kind == Blank {
		return cells
	}
	for column := o.left; column <= min(o.right, columns); column++ {
		if row == o.top && column == o.left {
			continue
		}
		for len(cells) < column {
			cells = append(cells, Cell{})
		}
		cells[column-1] = o.shown
	}
	return cells
}
