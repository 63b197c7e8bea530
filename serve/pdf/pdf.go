// Package pdf prints a page of HTML as a PDF by the Chromium that is installed beside the program, so that old browsers and printers give the same paper.
//
// The page stands for itself: it is printed without a network, without scripts and within a time, by a process with a profile of its own that is
// gone afterwards, as is the page. Where there is no Chromium, printing says so, and the browser's own printing is there instead.
package pdf

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"doudi/kernel/fault"
)

// programs are the names Chromium goes by.
var programs = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// atOnce bounds how many pages are printed at the same time: each takes a few hundred megabytes for a second or two.
const atOnce = 2

// Printer prints pages. It may be used by many goroutines; those that come when enough are being printed wait.
type Printer struct {
	Time  time.Duration // for one page; 0 means 30 seconds
	turns chan struct{}
}

// New is a printer.
func New() *Printer { return &Printer{turns: make(chan struct{}, atOnce)} }

// Print prints a whole document. Codes: pdf.no-chromium, pdf.late, pdf.failed.
func (p *Printer) Print(ctx context.Context, html []byte) ([]byte, error) {
	program, err := find()
	if err != nil {
		return nil, err
	}
	limit := p.Time
	if limit == 0 {
		limit = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	case <-ctx.Done():
		return nil, late(ctx.Err())
	}
	return print(ctx, program, html)
}

// find looks for Chromium on the path.
func find() (string, error) {
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", noChromium()
}

// print runs Chromium in a folder of its own, which goes with everything in it.
func print(ctx context.Context, program string, html []byte) (pdf []byte, err error) {
	folder, err := os.MkdirTemp("", "doudi-paper-")
	if err != nil {
		return nil, failed(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	page, out := filepath.Join(folder, "page.html"), filepath.Join(folder, "page.pdf")
	if err := os.WriteFile(page, alone(html), 0o600); err != nil {
		return nil, failed(err)
	}
	command := exec.CommandContext(ctx, program, arguments(folder, page, out)...)
	command.Env = []string{"HOME=" + folder, "TMPDIR=" + folder, "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"}
	command.WaitDelay = 2 * time.Second // for what Chromium started, after it was killed
	ran := command.Run()
	if ctx.Err() != nil {
		return nil, late(ctx.Err())
	}
	pdf, err = os.ReadFile(out)
	if err != nil {
		return nil, failed(errors.Join(ran, err))
	}
	return pdf, nil
}

// policy lets a page run nothing and fetch nothing; what it carries in itself is drawn. Chromium's own switch against scripts would stop its printing as
// well, which is a script of its own.
const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`

// alone puts the policy at the head of a page.
func alone(html []byte) []byte {
	const head = "<head>"
	if i := bytes.Index(html, []byte(head)); i >= 0 {
		i += len(head)
		return slices.Concat(html[:i], []byte(policy), html[i:])
	}
	return slices.Concat([]byte("<!DOCTYPE html>"+policy), html)
}

// arguments let Chromium print one file and reach nothing.
func arguments(folder, page, out string) []string {
	list := []string{"--headless", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-sync", "--disable-background-networking",
		"--disable-component-update", "--disable-default-apps", "--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio",
		"--user-data-dir=" + filepath.Join(folder, "profile"),
		"--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>", "--host-resolver-rules=MAP * ~NOTFOUND",
		"--no-pdf-header-footer", "--print-to-pdf=" + out}
	if os.Geteuid() == 0 { // Chromium's own walls need an ordinary user
		list = append(list, "--no-sandbox")
	}
	return append(list, "file://"+page)
}

func noChromium() error {
	return &fault.Error{Kind: fault.Unavailable, Code: "pdf.no-chromium", Op: "pdf.Print",
		Message: fault.Text{ZH: "服务器上没有装 Chromium，不能在这里生成 PDF", EN: "no Chromium is installed on the server, so no PDF can be made here"},
		Hint:    fault.Text{ZH: "用浏览器的打印（Ctrl+P），选“另存为 PDF”；或请系统管理员安装 chromium 和 fonts-noto-cjk", EN: "print from the browser (Ctrl+P) and save as PDF, or ask the administrator to install chromium and fonts-noto-cjk"}}
}

func late(cause error) error {
	return &fault.Error{Kind: fault.Unavailable, Code: "pdf.late", Op: "pdf.Print", Cause: cause,
		Message: fault.Text{ZH: "生成 PDF 用时太长，已停止；记录没有改动", EN: "making the PDF took too long and was stopped; no record was changed"},
		Hint:    fault.Text{ZH: "稍后再试，或用浏览器的打印（Ctrl+P）", EN: "try again a little later, or print from the browser (Ctrl+P)"}}
}

func failed(cause error) error {
	return &fault.Error{Kind: fault.Unavailable, Code: "pdf.failed", Op: "pdf.Print", Cause: cause,
		Message: fault.Text{ZH: "没有生成 PDF；记录没有改动", EN: "no PDF was made; no record was changed"},
		Hint:    fault.Text{ZH: "用浏览器的打印（Ctrl+P）；总是这样，请系统管理员检查 Chromium", EN: "print from the browser (Ctrl+P); if it stays so, let the administrator look at Chromium"}}
}
