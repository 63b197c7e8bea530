package sheet_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"doudi/kernel/fault"
	"doudi/record/roll/sheet"
)

var formats = []sheet.Format{sheet.CSV, sheet.XLSX}

// written is a table with its rows.
func written(t testing.TB, format sheet.Format, e sheet.Export, rows ...[]sheet.Cell) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := sheet.NewWriter(&b, format, e)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func word(s string) sheet.Cell   { return sheet.Cell{Text: s, Kind: sheet.Text} }
func amount(s string) sheet.Cell { return sheet.Cell{Text: s, Kind: sheet.Number} }

// An export says what was asked for, by whom and when, and holds no formula and no number that a spreadsheet would damage.
func TestWrite(t *testing.T) {
	e := sheet.Export{Title: "低保名册", Filters: []string{"乡镇：东河镇", "2024 年 3 月"}, By: "=王一", At: "2024-03-05 10:00", Columns: []string{"姓名", "证件号码", "金额", "备注"}}
	rows := [][]sheet.Cell{
		{word("王一"), word(someone), amount("-1234.50"), word("=HYPERLINK(\"http://x\")")},
		{word("+李二"), word("00012"), amount("6217999900000001204"), word("@SUM(A1)")},
		{word("-赵四"), word("1E5"), amount("不详"), word("\tcmd")},
		{word(" =1+1"), word("'x"), word("-5"), word("＝1")},
	}
	want := map[sheet.Format][][]string{
		sheet.CSV: {{"低保名册"}, {"筛选条件：乡镇：东河镇；2024 年 3 月"}, {"导出人：=王一　导出时间：2024-03-05 10:00"}, {"姓名", "证件号码", "金额", "备注"},
			{"王一", "'" + someone, "-1234.50", "'=HYPERLINK(\"http://x\")"}, {"'+李二", "'00012", "'6217999900000001204", "'@SUM(A1)"}, {"'-赵四", "'1E5", "不详", "'\tcmd"}, {"' =1+1", "''x", "'-5", "'＝1"}},
		sheet.XLSX: {{"低保名册"}, {"筛选条件：乡镇：东河镇；2024 年 3 月"}, {"导出人：=王一　导出时间：2024-03-05 10:00"}, {"姓名", "证件号码", "金额", "备注"},
			{"王一", someone, "-1234.5", "'=HYPERLINK(\"http://x\")"}, {"'+李二", "00012", "6217999900000001204", "'@SUM(A1)"}, {"'-赵四", "1E5", "不详", "'\tcmd"}, {"' =1+1", "''x", "'-5", "'＝1"}},
	}
	for _, format := range formats {
		b := open(t, written(t, format, e, rows...))
		got, _ := lines(t, b, b.Sheets[0])
		if diff := cmp.Diff(want[format], got); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
	all := open(t, written(t, sheet.CSV, sheet.Export{Columns: []string{"a"}}))
	if got, _ := lines(t, all, ""); got[0][0] != "筛选条件：全部" {
		t.Errorf("an export of everything says %q", got[0][0])
	}
}

// Excel's own library reads what is written: texts as texts, amounts as numbers.
func TestWorkbookIsOneForOthers(t *testing.T) {
	content := written(t, sheet.XLSX, sheet.Export{Title: "名册", Columns: []string{"证件号码", "金额"}}, []sheet.Cell{word(someone), amount("110.5")})
	f, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	for cell, want := range map[string]excelize.CellType{"A5": excelize.CellTypeInlineString, "B5": excelize.CellTypeUnset} {
		if kind, err := f.GetCellType("Sheet1", cell); err != nil || kind != want {
			t.Errorf("%s is of type %d, want %d: %v", cell, kind, want, err)
		}
	}
	if id, err := f.GetCellValue("Sheet1", "A5"); err != nil || id != someone {
		t.Errorf("the identity number reads %q: %v", id, err)
	}
}

// Whatever text is written, no spreadsheet takes it for a formula, and it comes back as it was.
func TestTextsComeBack(t *testing.T) {
	c := catalogue(t)
	rapid.Check(t, func(rt *rapid.T) {
		remarks := rapid.SliceOfN(rapid.StringMatching(`[=+\-@'" \t＝,;|a-z0-9E.é县\n]{1,12}`), 1, 5).Draw(rt, "remarks")
		format := rapid.SampledFrom(formats).Draw(rt, "format")
		var rows [][]sheet.Cell
		for _, s := range remarks {
			rows = append(rows, []sheet.Cell{word("王一"), word(someone), word("2024-03-05"), word(s)})
		}
		content := written(t, format, sheet.Export{Columns: []string{"姓名", "身份证号码", "死亡时间", "备注"}}, rows...)
		if format == sheet.CSV {
			noFormulas(rt, content)
		}
		var got []string
		for _, row := range readAll(t, c, content) {
			got = append(got, row.Text("note.remark"))
		}
		for i := range remarks {
			remarks[i] = strings.TrimSpace(remarks[i])
		}
		if diff := cmp.Diff(remarks, got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func noFormulas(t *rapid.T, content []byte) {
	records, err := csv.NewReader(bytes.NewReader(content[3:])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		for _, cell := range record {
			if first := strings.TrimLeft(cell, " "); first != "" && strings.ContainsAny(first[:1], "=+-@\t\r") {
				t.Fatalf("%q could be a formula", cell)
			}
		}
	}
}

func readAll(t testing.TB, c *sheet.Catalogue, content []byte) []sheet.Row {
	t.Helper()
	b := open(t, content)
	l, err := c.Recognise(b, sheet.Wish{})
	if err != nil {
		t.Fatal(err)
	}
	var rows []sheet.Row
	for row, err := range c.Rows(b, l) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// refusals are the rows with problems and, in this order, those that somebody else refuses.
func refusals(rows []sheet.Row, others map[int]string) iter.Seq2[sheet.Refusal, error] {
	return func(yield func(sheet.Refusal, error) bool) {
		for _, row := range rows {
			var reasons []string
			for _, p := range row.Problems {
				reasons = append(reasons, p.Render("zh"))
			}
			if other := others[row.Place.Row]; other != "" {
				reasons = append(reasons, other)
			}
			if len(reasons) > 0 && !yield(sheet.Refusal{Row: row.Place.Row, Reasons: reasons}, nil) {
				return
			}
		}
	}
}

// The error workbook holds the refused rows as they were, the reasons beside them, and can be imported again.
func TestWriteRefused(t *testing.T) {
	c := catalogue(t)
	content := table("死亡名单", "序号,姓名,身份证号码,死亡时间,镇街,备注,镇里自用", "1,王一,"+someone+",2024-03-05,东河镇,=1+1,x", "2,李二,9.9E+17,2024-13-05,东河镇,,y", "合计", "3,赵四,"+someone+",2024-03-05")
	b := open(t, content)
	l, err := c.Recognise(b, sheet.Wish{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	n, err := c.WriteRefused(&out, b, l, refusals(readAll(t, c, content), map[int]string{6: "与第 3 行是同一个人"}))
	if err != nil || n != 2 {
		t.Fatalf("%d rows written: %v", n, err)
	}
	errorBook := open(t, out.Bytes())
	got, _ := lines(t, errorBook, "Sheet1")
	reasons := got[1][8]
	got[1] = got[1][:8]
	want := [][]string{{"序号", "姓名", "身份证号码", "死亡时间", "镇街", "备注", "镇里自用", "原表行号", "未通过的原因"},
		{"2", "李二", "9.9E+17", "2024-13-05", "东河镇", "", "y", "4"}, {"3", "赵四", someone, "2024-03-05", "", "", "", "6", "与第 3 行是同一个人"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(reasons, "科学记数法") || !strings.Contains(reasons, "月份大于 12") || !strings.Contains(reasons, "\n") {
		t.Errorf("the reasons are %q", reasons)
	}
	again := readAll(t, c, out.Bytes())
	if len(again) != 2 || len(again[0].Problems) != 2 || len(again[1].Problems) != 0 {
		t.Errorf("imported again: %+v", again)
	}
}

// Kinds of cells come back as they were in the workbook; what a merged cell showed is not made a row's own.
func TestWriteRefusedKeepsCells(t *testing.T) {
	c := catalogue(t)
	content := workbookOf(t, `<worksheet><sheetData>
		<row r="1"><c t="inlineStr"><is><t>户编号</t></is></c><c t="inlineStr"><is><t>姓名</t></is></c><c t="inlineStr"><is><t>身份证号码</t></is></c><c t="inlineStr"><is><t>死亡时间</t></is></c></row>
		<row r="2"><c r="A2"><v>17</v></c><c r="B2" t="inlineStr"><is><t>王一</t></is></c><c r="C2" t="inlineStr"><is><t>x</t></is></c><c r="D2" s="1"><v>43046</v></c></row>
		<row r="3"><c r="C3" t="inlineStr"><is><t>x</t></is></c></row>
		</sheetData><mergeCells><mergeCell ref="A2:A3"/><mergeCell ref="B2:B3"/></mergeCells></worksheet>`,
		"xl/styles.xml", `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`)
	b := open(t, content)
	l, err := c.Recognise(b, sheet.Wish{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := c.WriteRefused(&out, b, l, refusals(readAll(t, c, content), nil)); err != nil {
		t.Fatal(err)
	}
	var got []sheet.Cell
	for line, err := range open(t, out.Bytes()).Lines("一") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, line.Cells[:4]...)
	}
	want := []sheet.Cell{word("户编号"), word("姓名"), word("身份证号码"), word("死亡时间"), amount("17"), word("王一"), word("x"), {Text: "44508", Kind: sheet.Date}, amount("17"), {}, word("x"), {}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWriteRefusedRefuses(t *testing.T) {
	c := catalogue(t)
	b := open(t, table("姓名,身份证号码,死亡时间", "王一,1,2024-03-05", "李二,2,2024-03-05"))
	l, err := c.Recognise(b, sheet.Wish{})
	if err != nil {
		t.Fatal(err)
	}
	of := func(rows ...int) iter.Seq2[sheet.Refusal, error] {
		return func(yield func(sheet.Refusal, error) bool) {
			for _, row := range rows {
				if !yield(sheet.Refusal{Row: row}, nil) {
					return
				}
			}
		}
	}
	lost := errors.New("lost")
	tests := []struct {
		name     string
		refusals iter.Seq2[sheet.Refusal, error]
		code     string
	}{
		{"none", of(), ""},
		{"all", of(2, 3), ""},
		{"header", of(1), "sheet.refusals"},
		{"behind the end", of(2, 9), "sheet.refusals"},
		{"out of order", of(3, 2), "sheet.refusals"},
	}
	for _, tt := range tests {
		_, err := c.WriteRefused(io.Discard, b, l, tt.refusals)
		if fault.CodeOf(err) != tt.code {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.code)
		}
	}
	for _, rows := range []int{0, 1} {
		_, err := c.WriteRefused(io.Discard, b, l, func(yield func(sheet.Refusal, error) bool) {
			if rows == 0 || yield(sheet.Refusal{Row: 2}, nil) {
				yield(sheet.Refusal{}, lost)
			}
		})
		if !errors.Is(err, lost) {
			t.Errorf("an error of the refusals is answered as %v", err)
		}
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no room") }

func TestNoRoom(t *testing.T) {
	for _, format := range formats {
		w, err := sheet.NewWriter(full{}, format, sheet.Export{})
		if err == nil {
			err = w.Close()
		}
		if err == nil {
			t.Errorf("%s: a table that could not be written was", format)
		}
	}
	c := catalogue(t)
	b := open(t, table("姓名,身份证号码,死亡时间"))
	l, err := c.Recognise(b, sheet.Wish{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.WriteRefused(full{}, b, l, refusals(nil, nil)); err == nil {
		t.Error("an error workbook that could not be written was")
	}
}
