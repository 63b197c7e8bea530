package web_test

import (
	"archive/zip"
	"bytes"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"doudi/record/file"
	"doudi/serve/web"
)

// sendFile sends a form with a file, or without one.
func (d *desk) sendFile(path, key, name string, content []byte) {
	d.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	must(d.T, w.WriteField("key", key))
	if name != "" {
		part, err := w.CreateFormFile("file", name)
		must(d.T, err)
		_, err = part.Write(content)
		must(d.T, err)
	}
	must(d.T, w.Close())
	r := httptest.NewRequest("POST", path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	d.send(r)
}

// word is a Word document with some paragraphs.
func word(t *testing.T, paragraphs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range [][2]string{{"[Content_Types].xml", `<?xml version="1.0"?><Types/>`}, {"word/document.xml", `<?xml version="1.0"?><w:document xmlns:w="w"><w:body><w:p><w:r><w:t>` +
		strings.Join(paragraphs, `</w:t></w:r></w:p><w:p><w:r><w:t>`) + `</w:t></w:r></w:p></w:body></w:document>`}} {
		f, err := z.Create(part[0])
		must(t, err)
		_, err = f.Write([]byte(part[1]))
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

// The document stands beside its clauses once somebody has uploaded it, and not before.
func TestTheDocumentBesideItsClauses(t *testing.T) {
	d := office(t)
	d.signIn("policy")
	const page, at = "/policies/pingyin-2021", "/policies/pingyin-2021/original"
	d.get(page)
	d.is(200, "还没有上传", "上传原文…")
	d.get(at)
	d.is(404, "还没有上传这份政策的原文")
	d.sendFile(at, "k1", "", nil)
	d.is(422, "没有选择文件")
	d.sendFile(at, "k2", "脚本.html", []byte("<html><script>alert(1)</script></html>"))
	d.is(422, "不收这种文件")
	d.sendFile(at, "k3", "空.txt", nil)
	d.is(422, "文件是空的")
	d.sendFile(at, "k4", `C:\方案.txt`, []byte("二、具体工作\n（二）重度残疾人补助\n1．发放范围及标准\n按每人每月 100 元<b>发放</b>。\n"))
	d.sends(page)
	d.get(page)
	d.is(200, "方案.txt", "按每人每月 100 元&lt;b&gt;发放&lt;/b&gt;。", "条没有在原文里找到编号", "更换或撤下原文")
	d.get(at)
	d.is(200, "按每人每月 100 元<b>发放</b>。")
	if got := d.headers.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") {
		t.Errorf("handed out as %q", got)
	}
	d.sendFile(at, "k5", "方案.docx", word(t, "二、具体工作", "（二）重度残疾人补助", "1．发放范围及标准", "文件里的原话。"))
	d.sends(page)
	d.get(page)
	d.is(200, "方案.docx", "文件里的原话。")
	d.sendFile(at, "k6", "扫描.pdf", []byte("%PDF-1.7\n1 0 obj\n"))
	d.sends(page)
	d.get(page)
	d.is(200, "扫描.pdf", "只能整份查看")
	d.signIn("town") // whoever reads policies reads the document, and nobody else changes it
	d.get(page)
	d.is(200, "扫描.pdf")
	d.not("上传原文", "撤下原文")
	d.sendFile(at, "k7", "假的.txt", []byte("一、假的"))
	d.is(404, "没有这个页面")
	d.signIn("policy")
	d.post(at+"/withdraw", url.Values{"key": {"k8"}})
	d.is(422, "理由")
	d.post(at+"/withdraw", url.Values{"key": {"k9"}, "reason": {"传错了"}})
	d.sends(page)
	d.get(page)
	d.is(200, "文件里的原话。")
}

// A scan of many pages is taken in and handed out again; what is larger than is taken says so, and nothing of it is kept.
func TestScansOfManyPages(t *testing.T) {
	d := office(t)
	d.signIn("policy")
	const page, at = "/policies/pingyin-2021", "/policies/pingyin-2021/original"
	scan := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("1234567890abcdef"), 5<<20/16)...)
	d.sendFile(at, "k1", "扫描.pdf", scan)
	d.sends(page)
	d.get(at)
	if d.lastAnswer != string(scan) {
		t.Errorf("%d bytes came back of %d", len(d.lastAnswer), len(scan))
	}
	*web.OriginalLargest = 4 << 20 // a test need not send what is really too large
	t.Cleanup(func() { *web.OriginalLargest = file.Largest })
	d.sendFile(at, "k2", "更大.pdf", append(scan, scan...))
	d.is(422, "文件超过 4 MB，没有收下", "降低扫描分辨率", "支持编号")
	d.get(page)
	d.is(200, "扫描.pdf", "至多 4 MB")
	d.not("更大.pdf")
}
