package sheet

import (
	"fmt"
	"strconv"

	"doudi/decide/rule"
	"doudi/kernel/fault"
)

// Place is where something stands in a file, in the words of whoever has it open.
type Place struct {
	Sheet  string // "" in a text file
	Row    int    // from 1, as the program shows it; 0 for the whole sheet
	Column int    // from 1, shown as a letter; 0 for the whole row
}

// String is the place as spreadsheets write it: 花名册!C12, C12 in a text file.
func (p Place) String() string {
	at := Letter(p.Column)
	if p.Row > 0 {
		at += strconv.Itoa(p.Row)
	}
	switch {
	case p.Sheet == "":
		return at
	case at == "":
		return p.Sheet
	}
	return p.Sheet + "!" + at
}

// Text is the place as a person says it: 第 12 行 C 列.
func (p Place) Text() fault.Text {
	var t fault.Text
	if p.Sheet != "" {
		t = fault.Text{ZH: "工作表" + fault.Quote(p.Sheet), EN: "sheet " + fault.QuoteEN(p.Sheet)}
	}
	if p.Row > 0 {
		t = fault.Text{ZH: t.ZH + fmt.Sprintf("第 %d 行", p.Row), EN: comma(t.EN) + fmt.Sprintf("row %d", p.Row)}
	}
	if p.Column > 0 {
		t = fault.Text{ZH: t.ZH + fmt.Sprintf(" %s 列", Letter(p.Column)), EN: comma(t.EN) + "column " + Letter(p.Column)}
	}
	return t
}

func comma(s string) string {
	if s == "" {
		return ""
	}
	return s + ", "
}

// Letter is a column as spreadsheets name it: A, Z, AA; "" for 0.
func Letter(column int) string {
	var letters []byte
	for ; column > 0; column = (column - 1) / 26 {
		letters = append([]byte{byte('A' + (column-1)%26)}, letters...)
	}
	return string(letters)
}

// Kind is what a cell holds.
type Kind uint8

// The kinds of cells. A text file has only Blank and Text.
const (
	Blank      Kind = iota
	Text            // as written
	Number          // as the workbook shows it, with at most 15 digits
	Date            // a number that is shown as a day: days since 1899-12-30
	Bool            // "1" or "0"
	Failed          // the error of a formula, such as #N/A
	Uncomputed      // a formula whose value was not saved
)

// Cell is one cell as it stands in the file.
type Cell struct {
	Text   string
	Kind   Kind
	Merged bool // it lies under a merged cell, whose content it shows
}

// Line is a row of a sheet as it stands in the file.
type Line struct {
	Place Place
	Cells []Cell // by column; shorter when the last ones are blank
}

// Cell is the cell of a column, counted from 1; a blank one when the line is shorter.
func (l Line) Cell(column int) Cell {
	if column < 1 || column > len(l.Cells) {
		return Cell{}
	}
	return l.Cells[column-1]
}

// Row is a row of people or households, read by a mapping.
type Row struct {
	Line
	Data     []Datum   // what the row says, in the order of the mapping; a blank cell says nothing
	Problems []Problem // why the row is refused; none when it can be used
}

// Datum is one thing that a row says: a fact or roster of the vocabulary, or one of the fields of imports ([Field]). Its span is
// stated by other columns of the row, or rule.Beginning and rule.Forever; its source is left to whoever records it. The value
// has the type of the field: text, int, bool, day, money, division, list.
type Datum struct {
	Field  string
	Column int // where it stands; 0 for what the template says of every row
	rule.Fact
}

// Get is the first datum of a field.
func (r Row) Get(field string) (Datum, bool) {
	for _, d := range r.Data {
		if d.Field == field {
			return d, true
		}
	}
	return Datum{}, false
}

// Text is the value of a field of text, "" when the row does not state it.
func (r Row) Text(field string) string {
	if d, ok := r.Get(field); ok {
		if s, ok := d.Value.Value().(string); ok {
			return s
		}
	}
	return ""
}

// Problem is what is wrong at a place. The message does not repeat a number or name of a person.
type Problem struct {
	Place  Place
	Header string // of the column; "" for the whole row
	Fault  *fault.Error
}

// Text is the problem on one line: 第 12 行 C 列（证件号码）：….
func (p Problem) Text() fault.Text {
	t := p.Place.Text()
	if p.Header != "" {
		t = fault.Text{ZH: t.ZH + "（" + p.Header + "）", EN: t.EN + " (" + p.Header + ")"}
	}
	t = fault.Text{ZH: t.ZH + "：" + p.Fault.Message.ZH, EN: t.EN + ": " + p.Fault.Message.In("en")}
	if hint := p.Fault.Hint; hint != (fault.Text{}) {
		t = fault.Text{ZH: t.ZH + "（" + hint.ZH + "）", EN: t.EN + " (" + hint.In("en") + ")"}
	}
	return t
}

// Render is the problem on one line in a language.
func (p Problem) Render(lang string) string { return p.Text().In(lang) }
