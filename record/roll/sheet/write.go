package sheet

import (
	"archive/zip"
	"bufio"
	"encoding/csv"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Export says what a table is, on top of the table: what was asked for, by whom and when.
type Export struct {
	Title   string
	Filters []string // in words, such as 乡镇：东河镇; none is everything
	By      string
	At      string // the day and time
	Columns []string
	Plain   bool // for a machine: nothing stands above the columns, and digits stay as they are
}

// Writer writes a table row by row, as a workbook or as CSV (UTF-8 with a byte order mark, which Excel needs).
//
// Nothing in it is a formula: a text that a spreadsheet would take for one (it begins with = + - @, a tab or a line break) gets an
// apostrophe in front, in both formats, because workbooks are saved as CSV again. Numbers that are no quantities are texts: in CSV those that Excel would
// damage (twelve digits and more, a leading zero) get the apostrophe, too. Reading takes it off again.
type Writer struct {
	width int
	row   int
	plain bool
	csv   *csv.Writer
	book  *bookWriter
}

// onlySheet is the sheet of a new workbook.
const onlySheet = "Sheet1"

// lastRow is the last row of a workbook.
const lastRow = 1 << 20

// NewWriter begins a table; nothing is promised to be written before Close.
func NewWriter(w io.Writer, format Format, e Export) (*Writer, error) {
	t := &Writer{width: len(e.Columns), plain: e.Plain}
	if format == CSV {
		if _, err := w.Write(utf8BOM); err != nil {
			return nil, err
		}
		t.csv = csv.NewWriter(w)
		t.csv.UseCRLF = true
	} else {
		book, err := newBookWriter(w, onlySheet)
		if err != nil {
			return nil, err
		}
		t.book = book
	}
	filters := "全部"
	if len(e.Filters) > 0 {
		filters = strings.Join(e.Filters, "；")
	}
	lines := []string{e.Title, "筛选条件：" + filters, "导出人：" + e.By + "　导出时间：" + e.At}
	if e.Plain {
		lines = nil
	}
	for _, line := range lines {
		if err := t.Write([]Cell{{Text: line, Kind: Text}}); err != nil {
			return nil, err
		}
	}
	header := make([]Cell, len(e.Columns))
	for i, name := range e.Columns {
		header[i] = Cell{Text: name, Kind: Text}
	}
	return t, t.Write(header)
}

// Write adds a row. A Number that is none is written as text. Code: sheet.rows.
func (t *Writer) Write(cells []Cell) error {
	if t.row++; t.book == nil {
		record := make([]string, max(len(cells), t.width))
		for i, c := range cells {
			record[i] = t.inCSV(c)
		}
		return t.csv.Write(record)
	}
	return t.book.write(t.row, cells)
}

// Close writes what is left. It does not close what is written to.
func (t *Writer) Close() error {
	if t.book == nil {
		t.csv.Flush()
		return t.csv.Error()
	}
	return t.book.close()
}

// formulaLike are the characters with which spreadsheets take a text for a formula, full-width ones included, and our own guard.
const formulaLike = "=+-@\t\r\n＝＋－＠'"

// guarded is a text that no spreadsheet computes.
func guarded(s string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " "))
	if strings.ContainsRune(formulaLike, first) {
		return "'" + s
	}
	return s
}

// damaged are texts that a spreadsheet would take for a number and change.
var damaged = regexp.MustCompile(`^(0[0-9]+|[0-9]{12,}|[0-9]+(\.[0-9]+)?[eE][0-9]+)$`)

func (t *Writer) inCSV(c Cell) string {
	if _, ok := quantity(c); ok {
		return c.Text
	}
	if !t.plain && damaged.MatchString(c.Text) {
		return "'" + c.Text
	}
	return guarded(c.Text)
}

var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// quantity is a number that every spreadsheet keeps as it is.
func quantity(c Cell) (number float64, ok bool) {
	if c.Kind != Number && c.Kind != Date || !plainNumber.MatchString(c.Text) || len(strings.Trim(c.Text, "-.")) > exactDigits {
		return 0, false
	}
	number, err := strconv.ParseFloat(c.Text, 64) // a workbook keeps nothing else
	return number, err == nil
}

// bookWriter writes a workbook of one sheet. Rows wait in a file of the system; memory does not grow with them.
type bookWriter struct {
	to     io.Writer
	file   *excelize.File
	rows   *excelize.StreamWriter
	styles map[Kind]int
}

func newBookWriter(to io.Writer, sheet string) (*bookWriter, error) {
	w := &bookWriter{to: to, file: excelize.NewFile(), styles: map[Kind]int{}}
	if err := w.begin(sheet); err != nil {
		_ = w.file.Close() // the first error is the one to tell
		return nil, err
	}
	return w, nil
}

func (w *bookWriter) begin(sheet string) (err error) {
	if sheet == "" || w.file.SetSheetName(onlySheet, sheet) != nil { // other programs allow names that Excel does not
		sheet = onlySheet
	}
	for kind, format := range map[Kind]string{Text: "@", Date: "yyyy-mm-dd"} {
		if w.styles[kind], err = w.file.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
			return err
		}
	}
	w.rows, err = w.file.NewStreamWriter(sheet)
	return err
}

func (w *bookWriter) write(row int, cells []Cell) error {
	if row > lastRow {
		return workbookFull()
	}
	values := make([]any, len(cells))
	for i, c := range cells {
		values[i] = w.value(c)
	}
	return w.rows.SetRow("A"+strconv.Itoa(row), values)
}

func (w *bookWriter) value(c Cell) any {
	if c.Kind == Blank || c.Text == "" {
		return nil
	}
	if number, ok := quantity(c); ok {
		return excelize.Cell{Value: number, StyleID: w.styles[c.Kind]}
	}
	return excelize.Cell{Value: guarded(legible(c.Text)), StyleID: w.styles[Text]}
}

// legible leaves out what XML cannot hold.
func legible(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return '\uFFFD'
		}
		return r
	}, s)
}

// close packs the workbook straight into what is written to.
func (w *bookWriter) close() error {
	out := bufio.NewWriter(w.to)
	err := w.rows.Flush()
	if err == nil {
		w.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(out) })
		_, err = w.file.WriteToBuffer()
	}
	if closeErr := w.file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = out.Flush()
	}
	return err
}
