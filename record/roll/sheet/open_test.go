package sheet_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"doudi/kernel/fault"
	"doudi/record/roll/sheet"
	"doudi/record/roll/sheet/sheettest"
)

// archive is a zip of parts: name, content, …
func archive(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withPart is a sound workbook with one part more, or one replaced.
func withPart(name, content string) []byte {
	return sheettest.Workbook{Tabs: []sheettest.Tab{{Name: "一"}}, Extra: map[string]string{name: content}}.Bytes()
}

// lying is an archive whose part says that it is shorter than it is.
func lying(t testing.TB) []byte {
	t.Helper()
	content := withPart("xl/sharedStrings.xml", "<sst><si><t>"+strings.Repeat("a", 4<<20)+"</t></si></sst>")
	long, short := []byte{0, 0, 0x40, 0}, []byte{16, 0, 0, 0} // 4 MB and a little, and 16
	name := bytes.LastIndex(content, []byte("xl/sharedStrings.xml"))
	sizeAt := name - 46 + 24 // in the directory at the end
	if content[sizeAt+2] != long[2] {
		t.Fatal("the size is not where it was expected")
	}
	copy(content[sizeAt:], short)
	return content
}

func TestOpenRefuses(t *testing.T) {
	old := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	wide := func(s string) string { return strings.Join(strings.Split(s, ""), "\x00") + "\x00" }
	tests := []struct{ name, content, code string }{
		{"empty", "", "sheet.empty"},
		{"xls", old + strings.Repeat("\x00", 600) + wide("Workbook"), "sheet.xls"},
		{"encrypted", old + strings.Repeat("\x00", 600) + wide("EncryptedPackage"), "sheet.encrypted"},
		{"XML of 2003", `<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`, "sheet.xls"},
		{"web page", "\xef\xbb\xbf\n <HTML xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><table>", "sheet.html"},
		{"table of a page", "<table border=1><tr><td>姓名", "sheet.html"},
		{"archived page", "MIME-Version: 1.0\nX-Document-Type: Workbook", "sheet.html"},
		{"XML", "<?xml version=\"1.0\"?><a/>", "sheet.no-table"},
		{"PDF", "%PDF-1.7", "sheet.no-table"},
		{"photo", "\xff\xd8\xff\xe0", "sheet.no-table"},
		{"RAR", "Rar!\x1a\x07", "sheet.no-table"},
		{"macros", string(archive(t, "xl/workbook.xml", "<workbook/>", "xl/vbaProject.bin", "x")), "sheet.macros"},
		{"binary", string(archive(t, "xl/workbook.bin", "x")), "sheet.binary"},
		{"OpenDocument", string(archive(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<a/>")), "sheet.ods"},
		{"Word", string(archive(t, "word/document.xml", "<a/>")), "sheet.no-table"},
		{"zip", string(archive(t, "花名册.csv", "姓名\n")), "sheet.no-table"},
		{"no sheets named", string(archive(t, "xl/workbook.xml", "<workbook/>")), "sheet.broken"},
		{"workbook cut off", string(archive(t, "xl/workbook.xml", "<workbook>", "xl/_rels/workbook.xml.rels", "<Relationships/>")), "sheet.broken"},
		{"zip cut off", "PK\x03\x04abc", "sheet.broken"},
		{"bomb", string(withPart("xl/media/1", strings.Repeat("0", 2<<20))), "sheet.bomb"},
		{"lying bomb", string(lying(t)), "sheet.broken"},
		{"long shared text", string(withPart("xl/sharedStrings.xml", "<sst><si><t>"+strings.Repeat("a", 200<<10)+"</t></si></sst>")), "sheet.bomb"},
		{"shared texts cut off", string(withPart("xl/sharedStrings.xml", "<sst><si><t>a</t>")), "sheet.broken"},
		{"other characters", string(withPart("xl/sharedStrings.xml", `<?xml version="1.0" encoding="GBK"?><sst/>`)), "sheet.broken"},
		{"thousands of sheets", string(archive(t, "xl/worksheets/s.xml", "<worksheet/>", "xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="a" Type="t/worksheet" Target="worksheets/s.xml"/></Relationships>`,
			"xl/workbook.xml", "<workbook>"+strings.Repeat(`<sheet name="一" id="a"/>`, 1001)+"</workbook>")), "sheet.broken"},
		{"zeros", "姓名,身份证号\x00", "sheet.encoding"},
		{"noise", strings.Repeat("\xff\xfa\x80", 99), "sheet.encoding"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := sheet.Open(source([]byte(tt.content)))
			wantCode(t, err, tt.code)
			if b != nil {
				t.Error("a refused file was opened")
			}
		})
	}
	small := source(table("姓名,身份证号"))
	small.Limits = sheet.DefaultLimits
	small.Limits.File = 5
	_, err := sheet.Open(small)
	wantCode(t, err, "sheet.file-size")
	unpacked := source(withPart("xl/media/1", strings.Repeat("0", 4096)))
	unpacked.Limits = sheet.DefaultLimits
	unpacked.Limits.Unpacked = 4096
	_, err = sheet.Open(unpacked)
	wantCode(t, err, "sheet.bomb")
	texts := source(withPart("xl/sharedStrings.xml", "<sst>"+strings.Repeat("<si/>", 100)+"</sst>"))
	texts.Limits = sheet.DefaultLimits
	texts.Limits.Texts = 99
	_, err = sheet.Open(texts)
	wantCode(t, err, "sheet.file-size")
}

// failing is a content that cannot be read any more from a place on.
type failing struct {
	io.ReaderAt
	from int64
	err  error
}

func (f *failing) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > f.from {
		return 0, f.err
	}
	return f.ReaderAt.ReadAt(p, at)
}

// A content that cannot be read is not called damaged, and why it could not be read is not lost.
func TestUnread(t *testing.T) {
	var workbook, text bytes.Buffer
	roll(t, &workbook, sheet.XLSX, 3000)
	roll(t, &text, sheet.CSV, 3000)
	for _, content := range [][]byte{workbook.Bytes(), text.Bytes()} {
		for _, from := range []int64{0, int64(len(content)) / 2} {
			f := &failing{bytes.NewReader(content), int64(len(content)), context.Canceled}
			s := source(content)
			s.Content = f
			if from == 0 {
				f.from = 0
				_, err := sheet.Open(s)
				wantCode(t, err, "sheet.unread")
				continue
			}
			b, err := sheet.Open(s)
			if err != nil {
				t.Fatal(err)
			}
			f.from = from
			err = lastError(b, b.Sheets[0])
			wantCode(t, err, "sheet.unread")
			if !errors.Is(err, context.Canceled) || fault.KindOf(err) != fault.Unavailable {
				t.Errorf("%v does not say why", err)
			}
		}
	}
}
