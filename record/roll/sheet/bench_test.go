package sheet_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"doudi/record/roll/sheet"
	"doudi/record/roll/sheet/sheettest"
)

// county is how many rows the roll of a whole county has.
const county = 370_000

// roll writes a roll of the two allowances with so many rows.
func roll(tb testing.TB, w io.Writer, format sheet.Format, rows int) {
	tb.Helper()
	out, err := sheet.NewWriter(w, format, sheet.Export{Title: "花名册", Columns: []string{"序号", "姓名", "身份证号码", "残疾人证号", "补贴类型", "补贴金额", "享受补贴起始月份", "乡镇"}})
	if err != nil {
		tb.Fatal(err)
	}
	text := func(s string) sheet.Cell { return sheet.Cell{Text: s, Kind: sheet.Text} }
	for i := range rows {
		id := sheettest.IdentityNumber(fmt.Sprintf("999901%04d%02d%02d%03d", 1940+i%70, 1+i%12, 1+i/12%28, i%1000))
		cells := []sheet.Cell{{Text: strconv.Itoa(i + 1), Kind: sheet.Number}, text("王" + strconv.Itoa(i)), text(id), text(id + "42"), text("困难残疾人生活补贴"),
			{Text: "110.5", Kind: sheet.Number}, text("2021-01"), text("东河镇")}
		if err := out.Write(cells); err != nil {
			tb.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		tb.Fatal(err)
	}
}

// read reads a whole file and answers how many rows it has, and the most memory that was in use while it was read, above what was before.
func read(tb testing.TB, c *sheet.Catalogue, content []byte) (rows int, peak uint64) {
	tb.Helper()
	before := inUse()
	book, err := sheet.Open(sheet.Source{Name: "x", Content: bytes.NewReader(content), Size: int64(len(content))})
	if err != nil {
		tb.Fatal(err)
	}
	layout, err := c.Recognise(book, sheet.Wish{})
	if err != nil {
		tb.Fatal(err)
	}
	for row, err := range c.Rows(book, layout) {
		if err != nil {
			tb.Fatal(err)
		}
		if len(row.Problems) > 0 {
			tb.Fatal(row.Problems[0].Render("zh"))
		}
		if rows++; rows%(county/4) == 0 {
			peak = max(peak, inUse())
		}
	}
	return rows, max(peak, before) - before
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// shared is such a roll as Excel itself writes it: every text stands in a table of its own, each once.
func shared(tb testing.TB, w io.Writer, rows int) {
	tb.Helper()
	var texts, cells bytes.Buffer
	known := map[string]int{}
	cell := func(s string) {
		n, ok := known[s]
		if !ok {
			n = len(known)
			known[s] = n
			fmt.Fprintf(&texts, "<si><t>%s</t></si>", s)
		}
		fmt.Fprintf(&cells, `<c t="s"><v>%d</v></c>`, n)
	}
	for i := range rows + 1 {
		id := sheettest.IdentityNumber(fmt.Sprintf("999901%04d%02d%02d%03d", 1940+i%70, 1+i%12, 1+i/12%28, i%1000))
		row := []string{strconv.Itoa(i), "王" + strconv.Itoa(i), id, id + "42", "困难残疾人生活补贴", "110.5", "2021-01", "东河镇"}
		if i == 0 {
			row = []string{"序号", "姓名", "身份证号码", "残疾人证号", "补贴类型", "补贴金额", "享受补贴起始月份", "乡镇"}
		}
		cells.WriteString("<row>")
		for _, s := range row {
			cell(s)
		}
		cells.WriteString("</row>")
	}
	content := archive(tb,
		"xl/workbook.xml", `<workbook xmlns:r="r"><sheets><sheet name="一" r:id="a"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="a" Type="t/worksheet" Target="worksheets/s.xml"/></Relationships>`,
		"xl/worksheets/s.xml", "<worksheet><sheetData>"+cells.String()+"</sheetData></worksheet>",
		"xl/sharedStrings.xml", "<sst>"+texts.String()+"</sst>")
	if _, err := w.Write(content); err != nil {
		tb.Fatal(err)
	}
}

func BenchmarkRead(b *testing.B) {
	c := catalogue(b)
	made := map[string]func(io.Writer, int){
		"csv":         func(w io.Writer, rows int) { roll(b, w, sheet.CSV, rows) },
		"xlsx":        func(w io.Writer, rows int) { roll(b, w, sheet.XLSX, rows) },
		"xlsx-shared": func(w io.Writer, rows int) { shared(b, w, rows) },
	}
	for _, name := range slices.Sorted(maps.Keys(made)) {
		b.Run(fmt.Sprintf("%s/%d", name, county), func(b *testing.B) {
			var content bytes.Buffer
			made[name](&content, county)
			b.ReportAllocs()
			b.ResetTimer()
			var peak uint64
			for b.Loop() {
				rows, most := read(b, c, content.Bytes())
				if peak = max(peak, most); rows != county {
					b.Fatalf("%d rows", rows)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/county, "ns/row")
			b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
			b.ReportMetric(float64(content.Len())/(1<<20), "file-MB")
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, format := range []sheet.Format{sheet.CSV, sheet.XLSX} {
		b.Run(fmt.Sprintf("%s/%d", format, county), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				roll(b, io.Discard, format, county)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/county, "ns/row")
		})
	}
}
