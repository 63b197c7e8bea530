package sheet_test

import (
	"strings"
	"testing"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/record/roll/sheet"
	"doudi/record/roll/sheet/sheettest"
)

// source is a file with a content.
func source(content []byte) sheet.Source {
	return sheettest.File{Name: "花名册", Content: content}.Source()
}

func open(t testing.TB, content []byte) *sheet.Book {
	t.Helper()
	b, err := sheet.Open(source(content))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wantCode checks that an error is ours, with the code and messages in both languages.
func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Fatalf("%v has code %q, want %q", err, fault.CodeOf(err), code)
	}
	if err != nil && (fault.RenderError(err, "zh") == "" || fault.RenderError(err, "en") == fault.RenderError(err, "zh")) {
		t.Fatalf("%v is not told in both languages", err)
	}
}

// lines are all rows of a sheet, the texts of their cells.
func lines(t testing.TB, b *sheet.Book, name string) (all [][]string, rows []int) {
	t.Helper()
	for line, err := range b.Lines(name) {
		if err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(line.Cells))
		for i, c := range line.Cells {
			texts[i] = c.Text
		}
		all, rows = append(all, texts), append(rows, line.Place.Row)
	}
	return all, rows
}

// lastError is the error that ends the rows of a sheet.
func lastError(b *sheet.Book, name string) error {
	for _, err := range b.Lines(name) {
		if err != nil {
			return err
		}
	}
	return nil
}

// someone is the identity number of a person of the fictional county.
var someone = sheettest.IdentityNumber("99990119480307011")

// readAs reads one cell as a field: its value as a person sees it, or the code of what is wrong.
func readAs(t testing.TB, c *sheet.Catalogue, field, cell string) string {
	t.Helper()
	book := open(t, sheettest.Workbook{Tabs: []sheettest.Tab{{Name: "一", Rows: [][]string{sheettest.Texts([]string{"谁", "什么"}), {sheettest.Text(someone), cell}}}}}.Bytes())
	mapping := sheet.Mapping{Columns: []sheet.Column{{Header: "谁", As: "head.id"}, {Header: "什么", As: field}}}
	layout, err := c.Recognise(book, sheet.Wish{Mapping: &mapping})
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range c.Rows(book, layout) {
		if err != nil {
			t.Fatal(err)
		}
		if len(row.Problems) > 0 {
			p := row.Problems[0]
			if text := p.Render("zh") + p.Render("en"); strings.Contains(text, someone) {
				t.Errorf("a message repeats an identity number: %s", text)
			}
			return p.Fault.Code
		}
		if d, ok := row.Get(field); ok {
			return rule.Display(d.Value, "zh")
		}
	}
	return ""
}

// table is a CSV file of lines.
func table(lines ...string) []byte { return []byte(strings.Join(lines, "\n") + "\n") }
