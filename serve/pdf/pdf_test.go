package pdf_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"doudi/internal/debian"
	"doudi/kernel/fault"
	"doudi/serve/pdf"
)

// need makes sure that Chromium, Chinese letters and what reads a PDF are installed; the set-up of the tests installs Debian's packages.
func need(t *testing.T) {
	t.Helper()
	err := debian.Need(map[string]string{"chromium": "chromium", "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc": "fonts-noto-cjk", "pdftotext": "poppler-utils", "pdffonts": "poppler-utils"})
	if err != nil {
		t.Fatal(err)
	}
}

// tell runs a program of poppler-utils on a PDF.
func tell(t *testing.T, content []byte, program string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.pdf")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, append(args, file)...).CombinedOutput()
	if err == nil && program == "pdftotext" {
		out, err = os.ReadFile(strings.TrimSuffix(file, ".pdf") + ".txt")
	}
	if err != nil {
		t.Fatal(err, string(out))
	}
	return string(out)
}

// A page becomes a PDF with Chinese letters embedded; it reaches nothing and runs nothing.
func TestPrint(t *testing.T) {
	need(t)
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	page := `<!DOCTYPE html><meta charset="utf-8"><style>@page{size:A4}body{font-family:"Noto Sans CJK SC",sans-serif}</style><img src="` + server.URL + `/x.png"><link rel="stylesheet" href="` + server.URL + `/x.css">
		<h1>申请审批表</h1><p>李桂芳 𠮷</p><p id="script">没有脚本</p><script>document.getElementById("script").textContent = "脚本跑了"; fetch("` + server.URL + `")</script>`
	content, err := pdf.New().Print(t.Context(), []byte(page))
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"), err)
	}
	if !bytes.HasPrefix(content, []byte("%PDF-")) {
		t.Fatal("no PDF")
	}
	text := tell(t, content, "pdftotext")
	for _, word := range []string{"申请审批表", "李桂芳", "没有脚本"} {
		if !strings.Contains(text, word) {
			t.Errorf("the paper lacks %s:\n%s", word, text)
		}
	}
	if strings.Contains(text, "脚本跑了") || asked.Load() > 0 {
		t.Errorf("a script ran, or the network was asked %d times", asked.Load())
	}
	fonts := strings.Split(strings.TrimSpace(tell(t, content, "pdffonts")), "\n")[2:]
	if len(fonts) == 0 {
		t.Error("no fonts")
	}
	for _, font := range fonts {
		if !strings.Contains(font, " yes ") {
			t.Errorf("not embedded: %s", font)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "doudi-paper-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Without Chromium, out of time, or told to stop, it says what to do instead.
func TestPrintFails(t *testing.T) {
	need(t)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	late := pdf.New()
	late.Time = time.Nanosecond
	tests := []struct {
		name string
		do   func() ([]byte, error)
		code string
	}{
		{"out of time", func() ([]byte, error) { return late.Print(t.Context(), nil) }, "pdf.late"},
		{"stopped", func() ([]byte, error) { return pdf.New().Print(stopped, nil) }, "pdf.late"},
		{"no Chromium", func() ([]byte, error) {
			t.Setenv("PATH", t.TempDir())
			return pdf.New().Print(t.Context(), nil)
		}, "pdf.no-chromium"},
		{"one that does not work", func() ([]byte, error) {
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "chromium"), []byte("#!/bin/sh\nexit 1\n"), 0o700); err != nil {
				return nil, err
			}
			t.Setenv("PATH", folder)
			return pdf.New().Print(t.Context(), nil)
		}, "pdf.failed"},
	}
	for _, tt := range tests {
		content, err := tt.do()
		if content != nil || fault.CodeOf(err) != tt.code || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
