package web_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doudi/record/file"
	"doudi/record/recordtest"
)

const boundary = "a-boundary-of-a-form"

// scanForm is a form with a scan of so many bytes, as a browser sends it, and how long it is. Nothing holds it as a whole. It calls look at each megabyte.
func scanForm(key string, size int64, look func()) (form io.Reader, length int64) {
	head := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n" + key + "\r\n--" + boundary +
		"\r\nContent-Disposition: form-data; name=\"file\"; filename=\"扫描.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7\n"
	tail := "\r\n--" + boundary + "--\r\n"
	return io.MultiReader(strings.NewReader(head), &bytesOf{left: size, look: look}, strings.NewReader(tail)), int64(len(head)) + size + int64(len(tail))
}

// bytesOf are so many bytes, all the same.
type bytesOf struct {
	left, read int64
	look       func()
}

func (b *bytesOf) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	n := min(b.left, int64(len(p)))
	for i := range p[:n] {
		p[i] = 'x'
	}
	if b.look != nil && b.read>>20 != (b.read+n)>>20 {
		b.look()
	}
	b.left, b.read = b.left-n, b.read+n
	return int(n), nil
}

// What an upload holds in memory is bounded, however large the file.
func TestMemoryDoesNotGrowWithTheUpload(t *testing.T) {
	const slack = 1 << 20
	d := office(t)
	d.signIn("policy")
	n := 0
	most := func(size int64) (most uint64) {
		n++
		before := recordtest.InUse()
		form, _ := scanForm(fmt.Sprint("k", n), size, func() { most = max(most, recordtest.InUse()) })
		r := httptest.NewRequest("POST", "/policies/pingyin-2021/original", form)
		r.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
		d.send(r)
		d.sends("/policies/pingyin-2021")
		return max(most, before) - before
	}
	most(3 << 20) // what is made once
	if few, many := most(4<<20), most(file.Largest-1<<10); many > few+slack {
		t.Errorf("4 MB hold %d kB, %d MB %d kB", few>>10, file.Largest>>20, many>>10)
	}
}

// Who hangs up in the middle of an upload leaves nothing: no document, no content, no part of it in the folder for temporary files.
func TestUploadBrokenOff(t *testing.T) {
	d := office(t)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	d.signIn("policy")
	const page = "/policies/pingyin-2021"
	stored := d.contents()
	ended := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		d.handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	c, err := net.Dial("tcp", server.Listener.Addr().String())
	must(t, err)
	form, length := scanForm("k1", 8<<20, nil)
	_, err = fmt.Fprintf(c, "POST %s/original HTTP/1.1\r\nHost: localhost\r\nCookie: %s=%s\r\nContent-Type: multipart/form-data; boundary=%s\r\nContent-Length: %d\r\n\r\n", page, d.session.Name, d.session.Value, boundary, length)
	must(t, err)
	_, err = io.CopyN(c, form, 6<<20)
	must(t, err)
	must(t, c.Close())
	<-ended
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("in the folder for temporary files: %v %v", left, err)
	}
	if now := d.contents(); now != stored {
		t.Errorf("%d contents are stored, %d were before", now, stored)
	}
	d.get(page)
	d.is(200, "上传原文…")
	d.not("扫描.pdf")
}

// contents counts what is stored of evidence.
func (d *desk) contents() (n int) {
	d.Helper()
	err := filepath.WalkDir(d.Files.Box.Where(), func(_ string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			n++
		}
		return err
	})
	if !os.IsNotExist(err) {
		must(d.T, err)
	}
	return n
}
