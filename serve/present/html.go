package present

import (
	"strings"

	"github.com/a-h/templ"

	"doudi/kernel/fault"
)

//go:generate go tool templ generate -include-version=false
//go:generate gofmt -w html_templ.go layers_templ.go clauses_templ.go verdicts_templ.go forms_templ.go

// Frame is what a paper carries besides what it says.
type Frame struct {
	Title      string          // of the document, for the browser; "" takes the page's
	Line       string          // under the title: number, day and who printed it
	Signatures []string        // who signs below
	Stylesheet string          // address; "" for a document that carries its own
	Landscape  bool            // A4 in landscape, for wide lists
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

// bodyClass is the class of a paper's body.
func (f Frame) bodyClass() string {
	if f.Landscape {
		return "paper wide"
	}
	return "paper"
}

// ownStyle is the style of a document that stands for itself: what a list needs on paper, and nothing from elsewhere.
func (f Frame) ownStyle() string {
	size := "portrait"
	if f.Landscape {
		size = "landscape"
	}
	return "<style>@page{size:A4 " + size + ";margin:14mm 12mm 16mm}" +
		`body{font:10.5pt/1.5 "Microsoft YaHei","PingFang SC","Noto Sans CJK SC",sans-serif;color:#000;max-width:273mm;margin:0 auto}` +
		"h1{font-size:16pt;text-align:center}.fields{display:grid;grid-template-columns:1fr 1fr 1fr;gap:1mm 6mm}.fields>div{display:flex;gap:2mm}dt{white-space:nowrap}dd{margin:0}" +
		"table{width:100%;border-collapse:collapse}caption{position:absolute;clip-path:inset(50%)}th,td{border:.5pt solid #000;padding:1mm 1.6mm;text-align:left}.num{text-align:right;font-variant-numeric:tabular-nums}" +
		"thead{display:table-header-group}tr,.sign{break-inside:avoid}.notes{list-style:none;padding:0}.sign{display:flex;justify-content:space-between;margin-top:10mm;padding-right:40mm}</style>"
}
