package sheet_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"testing"

	"doudi/record/roll/sheet"
	"doudi/record/roll/sheet/sheettest"
)

// county is how many rows the roll of a whole county has.
const county = 370_000

// roll writes a roll of the deaths template with so many rows.
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

func BenchmarkRead(b *testing.B) {
	c := catalogue(b)
	for _, format := range []sheet.Format{sheet.CSV, sheet.XLSX} {
		b.Run(fmt.Sprintf("%s/%d", format, county), func(b *testing.B) {
			var content bytes.Buffer
			roll(b, &content, format, county)
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
