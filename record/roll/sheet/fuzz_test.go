package sheet_test

import (
	"strings"
	"testing"

	"doudi/kernel/fault"
	"doudi/record/roll/sheet"
	"doudi/record/roll/sheet/sheettest"
)

// small are limits under which a fuzzed file cannot take long.
var small = sheet.Limits{File: 1 << 20, Unpacked: 4 << 20, Ratio: 200, Rows: 2000, Columns: 64, Cell: 4096, Texts: 1 << 20}

// readFuzzed reads a file to its end. Whatever it holds, an error is one of ours and rows follow each other.
func readFuzzed(t *testing.T, c *sheet.Catalogue, content []byte) {
	s := source(content)
	s.Limits = small
	b, err := sheet.Open(s)
	if err != nil {
		ours(t, err)
		return
	}
	l, err := c.Recognise(b, sheet.Wish{})
	if err != nil {
		ours(t, err)
		return
	}
	last := l.Header
	for row, err := range c.Rows(b, l) {
		if err != nil {
			ours(t, err)
			return
		}
		if row.Place.Row <= last || len(row.Cells) > small.Columns+64 {
			t.Fatalf("row %d with %d cells after row %d", row.Place.Row, len(row.Cells), last)
		}
		last = row.Place.Row
		for _, p := range row.Problems {
			ours(t, p.Fault)
		}
		if len(row.Problems) == 0 && !named(row, l) {
			t.Fatalf("row %d says nothing of anybody and has no problem", row.Place.Row)
		}
	}
}

func named(row sheet.Row, l *sheet.Layout) bool {
	for _, who := range l.Template.Who {
		if _, ok := row.Get(who); ok {
			return true
		}
	}
	return false
}

func ours(t *testing.T, err error) {
	if fault.CodeOf(err) == "" || fault.KindOf(err) == fault.Internal {
		t.Fatalf("%v is none of our errors", err)
	}
}

// addFolders adds the small broken files of three templates whose names end alike.
func addFolders(f *testing.F, c *sheet.Catalogue, suffixes ...string) {
	for _, id := range []string{"deaths", "prevention_export", "monitoring_ledger"} {
		for _, file := range sheettest.Files(c.Template(id)) {
			for _, suffix := range suffixes {
				if strings.HasSuffix(file.Name, suffix) {
					f.Add(file.Content)
				}
			}
		}
	}
}

func FuzzCSV(f *testing.F) {
	c := catalogue(f)
	addFolders(f, c, ".csv", ".txt", "page.xls")
	f.Add([]byte("姓名,身份证号码,死亡时间\n\"a\nb\",=\"1\",44508\n\n合计"))
	f.Add([]byte("\xff\xfe\x00"))
	f.Add([]byte("\xfe\xff"))
	f.Fuzz(func(t *testing.T, content []byte) { readFuzzed(t, c, content) })
}

func FuzzWorkbook(f *testing.F) {
	c := catalogue(f)
	addFolders(f, c, ".xlsx", "old.xls")
	f.Fuzz(func(t *testing.T, content []byte) { readFuzzed(t, c, content) })
}

// FuzzHeader reads any text as the header over a sound row, and a sheet's XML around it as it is.
func FuzzHeader(f *testing.F) {
	c := catalogue(f)
	for _, template := range c.Templates {
		f.Add(strings.Join(sheettest.Clean(template).Header(), "\t"), "<mergeCell ref=\"A1:B2\"/>")
	}
	f.Add("姓名\t*身份证号码：\t死亡时间（年月日）", "")
	f.Add("濮撳悕\t()\t((", "<row r=\"1\">")
	f.Fuzz(func(t *testing.T, header, tail string) {
		readFuzzed(t, c, []byte(header+"\n王一\t"+someone+"\t2024-03-05"))
		var cells strings.Builder
		for _, cell := range strings.Split(header, "\t") {
			cells.WriteString(strings.Replace(sheettest.Text(cell), "%s", "", 1))
		}
		readFuzzed(t, c, workbookOf(t, `<worksheet><sheetData><row>`+cells.String()+`</row></sheetData>`+tail+`</worksheet>`))
	})
}
