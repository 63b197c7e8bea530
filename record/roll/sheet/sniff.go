package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf16"
)

// errStopped says that whoever reads the lines wants no more.
var errStopped = errors.New("stopped")

// ole begins every file of Microsoft Office before 2007, and every encrypted one after.
var ole = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

// encryptedPart is the name, in the directory of an encrypted workbook, of what it holds.
var encryptedPart = utf16Bytes("EncryptedPackage")

func utf16Bytes(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

// magics are beginnings of files that people take for tables.
var magics = []struct{ begins, name string }{
	{"%PDF", "PDF"}, {"\xff\xd8\xff", "JPEG"}, {"\x89PNG", "PNG"}, {"GIF8", "GIF"}, {"BM", "BMP"}, {"{\\rtf", "RTF"}, {"Rar!", "RAR"}, {"7z\xbc\xaf", "7z"},
	{"\x1f\x8b", "gzip"}, {"SQLite format 3", "SQLite"},
}

// foreign refuses by its beginning what is no workbook and no text.
func foreign(head []byte) error {
	if bytes.HasPrefix(head, ole) {
		if bytes.Contains(head, encryptedPart) {
			return encrypted()
		}
		return oldExcel()
	}
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.begins)) && (m.begins != "BM" || bytes.IndexByte(head, 0) >= 0) {
			return notATable(m.name)
		}
	}
	begin := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head[:min(len(head), 4096)], utf8BOM), " \t\r\n"))
	switch {
	case bytes.HasPrefix(begin, []byte("<?xml")) && bytes.Contains(begin, []byte("urn:schemas-microsoft-com:office:spreadsheet")):
		return oldExcel()
	case bytes.HasPrefix(begin, []byte("<html")), bytes.HasPrefix(begin, []byte("<!doctype")), bytes.HasPrefix(begin, []byte("<table")),
		bytes.HasPrefix(begin, []byte("<meta")), bytes.HasPrefix(begin, []byte("mime-version")):
		return webPage()
	case bytes.HasPrefix(begin, []byte("<?xml")):
		return notATable("XML")
	}
	return nil
}

// ration lets through at most so many bytes until it is filled again, so that no cell and no row is read without end.
type ration struct {
	r    *bufio.Reader
	left int
	size int
}

func newRation(r io.Reader, size int) *ration {
	return &ration{bufio.NewReaderSize(r, headBytes), size, size}
}

// errRation says that there is no end in sight.
var errRation = errors.New("more than the ration")

func (r *ration) refill() { r.left = r.size }

// ReadByte is what an XML decoder reads by.
func (r *ration) ReadByte() (byte, error) {
	if r.left--; r.left < 0 {
		return 0, errRation
	}
	return r.r.ReadByte()
}

func (r *ration) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errRation
	}
	n, err := r.r.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}
