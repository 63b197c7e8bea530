package policy

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	gmtext "github.com/yuin/goldmark/text"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

// document is policy.md taken apart: clauses in order, and the raw rule blocks below each.
type document struct {
	source  *text.Source
	content []byte
	clauses []*Clause
	raw     []rawBlock
}

// rawBlock is a fenced rule before it is understood.
type rawBlock struct {
	kind, id string
	clause   *Clause
	line     int // of the fence
	node     *text.Node
}

func readDocument(r *text.Report, name string, content []byte) *document {
	content = bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
	d := &document{source: text.NewSource(name, content), content: content}
	root := goldmark.DefaultParser().Parse(gmtext.NewReader(content))
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			d.heading(r, n)
		case *ast.FencedCodeBlock:
			d.fence(r, n)
		case *ast.Paragraph:
			if len(d.clauses) > 0 {
				clause := d.clauses[len(d.clauses)-1]
				clause.Prose = append(clause.Prose, strings.TrimSpace(string(n.Lines().Value(content))))
			}
		}
	}
	d.everyClauseHasRules(r)
	if len(d.raw) == 0 && len(r.List) == 0 {
		d.say(r, 1, "pack.empty", text.Say("政策包没有规则", "the pack has no rules"), text.Say("在 ## 条文标题下写 ```yaml 种类 名称 的规则块", "write ```yaml KIND ID blocks under ## clause headings"))
	}
	return d
}

func (d *document) lineOf(offset int) int { return bytes.Count(d.content[:offset], []byte("\n")) + 1 }

func (d *document) say(r *text.Report, line int, code string, message, hint fault.Text) {
	r.Add(&fault.Error{Kind: fault.Invalid, Code: code, Message: message, Hint: hint, At: d.source.Position(line, 1, 1)})
}

func (d *document) heading(r *text.Report, n *ast.Heading) {
	if n.Level == 1 || n.Lines().Len() == 0 {
		return
	}
	line := d.lineOf(n.Lines().At(0).Start)
	number, title, _ := strings.Cut(strings.TrimSpace(string(n.Lines().Value(d.content))), " ")
	zh, en, ok := strings.Cut(title, " · ")
	if !ok {
		d.say(r, line, "pack.heading", text.Say("条文标题应写成“条号 中文 · English”", "a clause heading reads “number 中文 · English”"), fault.Text{})
	}
	d.clauses = append(d.clauses, &Clause{Number: number, Title: fault.Text{ZH: strings.TrimSpace(zh), EN: strings.TrimSpace(en)}, Level: n.Level, Line: line})
}

func (d *document) fence(r *text.Report, n *ast.FencedCodeBlock) {
	if n.Info == nil {
		return
	}
	info := strings.Fields(string(n.Info.Segment.Value(d.content)))
	if len(info) == 0 || info[0] != "yaml" || len(info) == 1 {
		return
	}
	line := d.lineOf(n.Info.Segment.Start)
	if len(info) != 3 || len(d.clauses) == 0 {
		d.say(r, line, "pack.block", text.Say("规则块写成 ```yaml 种类 名称，并放在某一条文之下", "a rule block reads ```yaml KIND ID and stands under a clause"), fault.Text{})
		return
	}
	node, err := text.ParseBlock(d.source, string(n.Lines().Value(d.content)), line)
	if err != nil {
		r.Add(err)
		return
	}
	d.raw = append(d.raw, rawBlock{kind: info[1], id: info[2], clause: d.clauses[len(d.clauses)-1], line: line, node: node})
}

// everyClauseHasRules refuses a clause without a block of its own or below it.
func (d *document) everyClauseHasRules(r *text.Report) {
	has := map[*Clause]bool{}
	for _, block := range d.raw {
		has[block.clause] = true
	}
	for i, clause := range d.clauses {
		found := has[clause]
		for _, below := range d.clauses[i+1:] {
			if below.Level <= clause.Level {
				break
			}
			found = found || has[below]
		}
		if !found {
			d.say(r, clause.Line, "pack.clause-without-rule", text.Say("条文 %s 下没有规则块", "clause %s has no rule block", clause.Number),
				text.Say("每条都要落到一个块上；无法由软件执行的用 outside 说明", "carry out every clause with a block; use outside for what no software does"))
		}
	}
}
