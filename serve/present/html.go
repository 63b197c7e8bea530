package present

import (
	"strings"

	"github.com/a-h/templ"

	"doudi/kernel/fault"
)

//go:generate go tool templ generate -include-version=false
//go:generate gofmt -w html_templ.go layers_templ.go

// Frame is what a paper carries besides what it says.
type Frame struct {
	Title      string          // of the document, for the browser; "" takes the page's
	Line       string          // under the title: number, day and who printed it
	Signatures []string        // who signs below
	Stylesheet string          // address
	Script     string          // address; "" for none
	Bar        templ.Component // shown above the paper on a screen and never printed; nil for none
}

func (f Frame) title(page string) string {
	if f.Title != "" {
		return f.Title
	}
	return page
}

// language is the page's language as HTML names it.
func (p *Page) language() string { return language(p.Lang) }

func language(lang string) string {
	if lang == "en" {
		return "en"
	}
	return "zh-CN"
}

// caption names a table: by its section, or by the page.
func (p *Page) caption(s *Section) string {
	if s.Title != "" {
		return printable(s.Title)
	}
	return printable(p.Title)
}

// head is the column whose cells name their rows: the first one of words.
func (t *Table) head() int {
	for i, c := range t.Columns {
		if !c.Right {
			return i
		}
	}
	return -1
}

func linesOf(s string) []string { return strings.Split(printable(s), "\n") }

// class is a tone as the style sheet names it.
func (t Tone) class() string {
	return map[Tone]string{Good: "ok", Bad: "bad", Waiting: "warn"}[t]
}

// class is a kind of row as the style sheet names it.
func (k RowKind) class() string {
	return map[RowKind]string{Detail: "detail", Provisional: "open", Share: "me", Sum: "sum"}[k]
}

// class is an answer as the style sheet names it.
func (m Mark) class() string {
	return map[Mark]string{Yes: "y", No: "x", Open: "w"}[m]
}

var markWords = map[Mark]fault.Text{Yes: {ZH: "符合：", EN: "met: "}, No: {ZH: "不符合：", EN: "not met: "}, Open: {ZH: "待定：", EN: "open: "}}

// word is an answer for those who do not see the sign.
func (m Mark) word(lang string) string { return markWords[m].In(lang) }
