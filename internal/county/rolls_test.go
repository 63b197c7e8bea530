package county_test

import (
	"bytes"
	"testing"

	"doudi/internal/county"
	"doudi/record/roll/sheet"
)

// TestRollsAreRead writes every roll as a workbook and as text, and reads it as an import does: it is recognised, and no row has a problem.
func TestRollsAreRead(t *testing.T) {
	catalogue, err := sheet.NewCatalogue(library().Vocabulary)
	must(t, err)
	seen := map[string]bool{}
	for _, roll := range newCounty(t, 1, county.Small).Rolls() {
		for _, format := range []sheet.Format{sheet.XLSX, sheet.CSV} {
			t.Run(roll.Template+" "+string(format), func(t *testing.T) { read(t, catalogue, roll, format) })
		}
		seen[roll.Template] = true
	}
	if len(seen) != 12 {
		t.Errorf("there are rolls of %d templates", len(seen))
	}
}

func read(t *testing.T, catalogue *sheet.Catalogue, roll county.Roll, format sheet.Format) {
	var file bytes.Buffer
	must(t, roll.Write(&file, format))
	book, err := sheet.Open(sheet.Source{Name: roll.Name, Content: bytes.NewReader(file.Bytes()), Size: int64(file.Len())})
	must(t, err)
	layout, err := catalogue.Recognise(book, sheet.Wish{})
	must(t, err)
	if layout.Template == nil || layout.Template.ID != roll.Template {
		t.Fatalf("it is recognised as %+v", layout.Template)
	}
	rows, want := 0, 0
	for row, err := range catalogue.Rows(book, layout) {
		must(t, err)
		rows++
		for _, problem := range row.Problems {
			t.Fatalf("%s: %s", row.Place, problem.Render("en"))
		}
	}
	for range roll.Rows() {
		want++
	}
	if rows != want || rows < 5 {
		t.Errorf("%d of %d rows are read", rows, want)
	}
}
