package sheet_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"doudi/record/roll/sheet"
	"doudi/record/roll/sheet/sheettest"
)

func encoded(t *testing.T, e encoding.Encoding, s string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// However a text is written and whatever separates its columns, it reads the same.
func TestTextFiles(t *testing.T) {
	want := [][]string{{"姓名", "身份证号", "备注"}, {"王一", "1", "甲,乙"}, {"李\n二", "2"}, {"䶮㼆", "3", "x"}}
	rows := []int{1, 3, 4, 5} // the blank line counts, the break inside a cell does not
	plain := "姓名%s身份证号%[1]s备注\n\n王一%[1]s1%[1]s\"甲,乙\"\n\"李\n二\"%[1]s2%[1]s\n䶮㼆%[1]s3%[1]sx"
	utf16 := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	for _, separator := range []string{",", "\t", ";", "|"} {
		s := fmt.Sprintf(plain, separator)
		for name, content := range map[string][]byte{
			"UTF-8": []byte(s), "UTF-8 with mark": []byte("\ufeff" + s), "GB18030": encoded(t, simplifiedchinese.GB18030, s), "UTF-16": encoded(t, utf16, s),
			"UTF-8 line ends": []byte(strings.ReplaceAll(s, "\n", "\r\n")),
		} {
			b := open(t, content)
			got, places := lines(t, b, "")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s with %q: %s", name, separator, diff)
			}
			if diff := cmp.Diff(rows, places); diff != "" {
				t.Errorf("%s with %q, rows: %s", name, separator, diff)
			}
			if !strings.HasPrefix(name, b.Encoding()) || b.Format != sheet.CSV {
				t.Errorf("%s is taken for %s", name, b.Encoding())
			}
		}
	}
}

// The encoding is found wherever the first Chinese character stands; what is broken later is seen in its row.
func TestEncodingIsFound(t *testing.T) {
	ascii := strings.Repeat("1,2,3,4,5,6,7,8\n", 10_000)
	for name, want := range map[string]string{"UTF-8": "UTF-8", "GB18030": "GB18030"} {
		content := append([]byte(ascii), "姓名,身份证号\n"...)
		if name != "UTF-8" {
			content = append([]byte(ascii), encoded(t, simplifiedchinese.GB18030, "姓名,身份证号\n")...)
		}
		b := open(t, content)
		all, _ := lines(t, b, "")
		if b.Encoding() != want || all[len(all)-1][0] != "姓名" {
			t.Errorf("%s is taken for %s, the last row is %q", name, b.Encoding(), all[len(all)-1])
		}
	}
	b := open(t, append([]byte(strings.Repeat("姓名,身份证号\n", 10_000)), "王\xd2\xbb,1\n"...))
	if all, _ := lines(t, b, ""); b.Encoding() != "UTF-8" || !strings.Contains(all[len(all)-1][0], "王") {
		t.Errorf("%s: %q", b.Encoding(), all[len(all)-1])
	}
}

func TestTextLimits(t *testing.T) {
	limits := sheet.Limits{File: 1 << 20, Unpacked: 1 << 20, Ratio: 100, Rows: 2, Columns: 3, Cell: 64}
	tests := []struct{ name, content, code, place string }{
		{"rows", "a,b\n\n1,2\n3,4\n", "sheet.rows", ""},
		{"columns", "a,b\n1,2,3,4\n", "sheet.columns", "第 2 行"},
		{"cell", "a,b\n1," + strings.Repeat("x", 65) + "\n", "sheet.cell-size", "第 2 行 B 列"},
		{"quote without end", "a,b\n1,\"" + strings.Repeat("x\n", 2000), "sheet.cell-size", "第 2 行"},
		{"quote at the end", "a,b\n1,\"x\n", "sheet.quotes", "第 2 行"},
		{"quote inside", "\"a\nb\",c\n1,x\"y\n", "sheet.quotes", "第 2 行"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := source([]byte(tt.content))
			s.Limits = limits
			b, err := sheet.Open(s)
			if err != nil {
				t.Fatal(err)
			}
			err = lastError(b, "")
			wantCode(t, err, tt.code)
			if !strings.Contains(err.Error(), tt.place) {
				t.Errorf("%v does not name %s", err, tt.place)
			}
		})
	}
}

// workbookOf is a workbook whose first sheet is the XML given.
func workbookOf(t *testing.T, sheetXML string, parts ...string) []byte {
	t.Helper()
	return archive(t, append([]string{
		"xl/workbook.xml", `<x:workbook xmlns:x="m" xmlns:r="r"><x:workbookPr date1904="1"/><x:sheets><x:sheet name="一" r:id="a"/><x:sheet name="二" state="hidden" r:id="a"/><x:sheet name="图" r:id="b"/></x:sheets></x:workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="a" Type="t/worksheet" Target="/xl/worksheets/s.xml"/><Relationship Id="b" Type="t/chartsheet" Target="c.xml"/></Relationships>`,
		"xl/worksheets/s.xml", sheetXML}, parts...)...)
}

func TestWorkbookCells(t *testing.T) {
	content := workbookOf(t, `<x:worksheet xmlns:x="m"><x:sheetData>
		<x:row r="2"><x:c r="B2" t="s"><x:v>1</x:v></x:c><x:c t="s"><x:v>0</x:v></x:c><x:c r="E2" s="1"><x:v>42000.5</x:v></x:c></x:row>
		<x:row r="3"><x:c r="A3" s="1"/></x:row>
		<x:row><x:c><x:v>6.2E+17</x:v></x:c><x:c t="b"><x:v>1</x:v></x:c><x:c t="e"><x:f>1/0</x:f><x:v>#DIV/0!</x:v></x:c><x:c><x:f>A1</x:f></x:c><x:c t="str"><x:f>""</x:f><x:v></x:v></x:c><x:c t="d"><x:v>2021-11-08</x:v></x:c><x:c s="2"><x:v>3</x:v></x:c><x:c s="3"><x:v>4</x:v></x:c><x:c><x:v>0.0000001</x:v></x:c><x:c s="4"><x:v>12</x:v></x:c><x:c s="4"><x:v>1234567</x:v></x:c></x:row>
		</x:sheetData><x:mergeCells><x:mergeCell ref="B2:C2"/></x:mergeCells></x:worksheet>`,
		"xl/sharedStrings.xml", `<sst><si><t>甲</t><rPh><t>jia</t></rPh></si><si><r><t>乙</t></r><r><t xml:space="preserve"> 丙_x000D_</t></r></si><si/></sst>`,
		"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="200" formatCode="[Red]yyyy&quot;年&quot;"/><numFmt numFmtId="201" formatCode="[Red]0.00&quot;day&quot;\d;d"/><numFmt numFmtId="202" formatCode="00000"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="200"/><xf numFmtId="201"/><xf numFmtId="202"/></cellXfs><cellStyles/></styleSheet>`)
	b := open(t, content)
	if diff := cmp.Diff([]string{"一"}, b.Sheets); diff != "" {
		t.Fatalf("visible sheets: %s", diff)
	}
	var got []sheet.Line
	for line, err := range b.Lines("一") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, line)
	}
	want := []sheet.Line{
		{Place: sheet.Place{Sheet: "一", Row: 2}, Cells: []sheet.Cell{{}, {Text: "乙 丙", Kind: sheet.Text}, {Text: "乙 丙", Kind: sheet.Text, Merged: true}, {}, {Text: "43462.5", Kind: sheet.Date}}},
		{Place: sheet.Place{Sheet: "一", Row: 4}, Cells: []sheet.Cell{{Text: "6.2E+17", Kind: sheet.Number}, {Text: "1", Kind: sheet.Bool}, {Text: "#DIV/0!", Kind: sheet.Failed}, {Kind: sheet.Uncomputed}, {},
			{Text: "2021-11-08", Kind: sheet.Text}, {Text: "1465", Kind: sheet.Date}, {Text: "4", Kind: sheet.Number}, {Text: "0.0000001", Kind: sheet.Number}, {Text: "00012", Kind: sheet.Number}, {Text: "1234567", Kind: sheet.Number}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantCode(t, lastError(b, "二"), "sheet.sheet") // hidden
	wantCode(t, lastError(b, "三"), "sheet.sheet")
}

func TestBrokenSheets(t *testing.T) {
	row := func(s string) string { return "<worksheet><sheetData>" + s + "</sheetData></worksheet>" }
	tests := []struct{ name, sheet, code string }{
		{"cut off in a cell", `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>甲`, "sheet.broken"},
		{"cut off between rows", `<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row>`, "sheet.broken"},
		{"cut off behind the rows", `<worksheet><sheetData></sheetData><mergeCells>`, "sheet.broken"},
		{"rows out of order", row(`<row r="2"/><row r="1"/>`), "sheet.broken"},
		{"row without number", row(`<row r="x"/>`), "sheet.broken"},
		{"cells out of order", row(`<row r="1"><c r="B1"/><c r="A1"/></row>`), "sheet.broken"},
		{"no such column", row(`<row r="1"><c r="1"/></row>`), "sheet.broken"},
		{"no such shared text", row(`<row r="1"><c t="s"><v>0</v></c></row>`), "sheet.broken"},
		{"not a number", row(`<row r="1"><c><v>甲</v></c></row>`), "sheet.broken"},
		{"endless number", row(`<row r="1"><c><v>1e999</v></c></row>`), "sheet.broken"},
		{"not XML", row(`<row r="1"><c><v>1</v></c <</row>`), "sheet.broken"},
		{"entity", row(`<row r="1"><c t="inlineStr"><is><t>&lol;</t></is></c></row>`), "sheet.broken"},
		{"merged backwards", `<worksheet><sheetData></sheetData><mergeCells><mergeCell ref="B2:A1"/></mergeCells></worksheet>`, "sheet.broken"},
		{"merged over each other", `<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData><mergeCells>` + strings.Repeat(`<mergeCell ref="A1:XFD9"/>`, 600) + `</mergeCells></worksheet>`, "sheet.broken"},
		{"too far right", row(`<row r="1"><c r="ZZZ1"><v>1</v></c></row>`), "sheet.columns"},
		{"long comment", row(`<!--` + strings.Repeat("x", 200<<10) + `-->`), "sheet.cell-size"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantCode(t, lastError(open(t, workbookOf(t, tt.sheet)), "一"), tt.code)
		})
	}
}

// A blank sheet, and one formatted down to its last row, hold nothing.
func TestNothingThere(t *testing.T) {
	for _, s := range []string{`<worksheet><sheetData/></worksheet>`, `<worksheet><sheetData><row r="1"><c r="A1" s="3"/></row><row r="1048576"/></sheetData></worksheet>`} {
		if all, _ := lines(t, open(t, workbookOf(t, s)), "一"); len(all) != 0 {
			t.Errorf("%s holds %q", s, all)
		}
	}
}

func TestPlace(t *testing.T) {
	tests := []struct {
		place       sheet.Place
		text, zh, e string
	}{
		{sheet.Place{Sheet: "花名册", Row: 12, Column: 3}, "花名册!C12", "工作表“花名册”第 12 行 C 列", `sheet "花名册", row 12, column C`},
		{sheet.Place{Row: 12, Column: 27}, "AA12", "第 12 行 AA 列", "row 12, column AA"},
		{sheet.Place{Row: 12}, "12", "第 12 行", "row 12"},
		{sheet.Place{Sheet: "一"}, "一", "工作表“一”", `sheet "一"`},
		{sheet.Place{Sheet: "一", Column: 703}, "一!AAA", "工作表“一” AAA 列", `sheet "一", column AAA`},
	}
	for _, tt := range tests {
		if tt.place.String() != tt.text || tt.place.Text().In("zh") != tt.zh || tt.place.Text().In("en") != tt.e {
			t.Errorf("%+v is %q, %q, %q", tt.place, tt.place, tt.place.Text().ZH, tt.place.Text().EN)
		}
	}
}

// A cell merged over the whole width is shown as far as columns are read, and no further.
func TestWideMerge(t *testing.T) {
	b := open(t, workbookOf(t, `<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="A1:XFD1"/><mergeCell ref="A1:XFD1"/></mergeCells></worksheet>`))
	if all, _ := lines(t, b, "一"); len(all) != 1 || len(all[0]) != sheet.DefaultLimits.Columns {
		t.Errorf("%d rows", len(all))
	}
}

// A merged cell counts for its rows where that can be, and is named where it cannot.
func TestMerges(t *testing.T) {
	tab := sheettest.Tab{Name: "一", Merges: []string{"A2:A3", "B2:B3", "C3:D3"}, Rows: [][]string{
		sheettest.Texts([]string{"村", "姓名", "身份证号", "备注"}),
		sheettest.Texts([]string{"上村", "王一", someone, ""}),
		sheettest.Texts([]string{"", "", someone, ""}),
		sheettest.Texts([]string{"", "赵四", someone, ""}),
	}}
	mapping := &sheet.Mapping{Columns: []sheet.Column{{Header: "村", As: "place.village"}, {Header: "姓名", As: "person.name"}, {Header: "身份证号", As: "person.id"}, {Header: "备注", As: "note.remark"}}}
	c, b := catalogue(t), open(t, sheettest.Workbook{Tabs: []sheettest.Tab{tab}}.Bytes())
	layout, err := c.Recognise(b, sheet.Wish{Mapping: mapping})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for row, err := range c.Rows(b, layout) {
		if err != nil {
			t.Fatal(err)
		}
		s := fmt.Sprintf("%d %s %s", row.Place.Row, row.Text("place.village"), row.Text("person.name"))
		for _, p := range row.Problems {
			s += " " + p.Fault.Code + "@" + p.Place.String()
		}
		got = append(got, s)
	}
	want := []string{"2 上村 王一", "3 上村  sheet.merged@一!B3 sheet.merged@一!D3", "4  赵四"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
