package doudi_test

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// markdown reads documents as the forges show them: headings, links and tables.
var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM))

// page is what the link check needs of a Markdown file.
type page struct {
	links   []string        // destinations as written
	anchors map[string]bool // what #… may name
}

// brokenLinks finds relative links in Markdown files that lead nowhere. Links to other sites are not followed: a test
// does not depend on a network.
func brokenLinks(tr *tree) []string {
	pages := map[string]page{}
	for _, name := range tr.order {
		if path.Ext(name) == ".md" {
			pages[name] = readPage(tr.files[name])
		}
	}
	var found []string
	for _, name := range tr.order {
		for _, link := range pages[name].links {
			if why := broken(tr.fsys, pages, name, link); why != "" {
				found = append(found, fmt.Sprintf("%s: link %q: %s", name, link, why))
			}
		}
	}
	return found
}

// broken says why the link in the page leads nowhere, or "".
func broken(fsys fs.FS, pages map[string]page, from, link string) string {
	target, err := url.Parse(link)
	switch {
	case err != nil:
		return "cannot be read as an address"
	case target.Scheme != "" || target.Host != "":
		return ""
	case strings.HasPrefix(target.Path, "/"):
		return "begins at the root of a site we do not know; write it relative to this file"
	}
	name := from
	if target.Path != "" {
		name = path.Join(path.Dir(from), target.Path)
	}
	if _, err := fs.Stat(fsys, name); err != nil {
		return "no such file " + name
	}
	if p, ok := pages[name]; ok && target.Fragment != "" && !p.anchors[target.Fragment] {
		return fmt.Sprintf("no heading #%s in %s", target.Fragment, name)
	}
	return ""
}

// htmlAddress finds the destinations of links and pictures written as HTML.
var htmlAddress = regexp.MustCompile(`(?:src|href)="([^"]*)"`)

func readPage(source []byte) page {
	p := page{anchors: map[string]bool{}}
	document := markdown.Parser().Parse(text.NewReader(source))
	// The walk has no error of its own: the function below returns none.
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			p.visit(n, source)
		}
		return ast.WalkContinue, nil
	})
	return p
}

func (p *page) visit(n ast.Node, source []byte) {
	switch n := n.(type) {
	case *ast.Link:
		p.links = append(p.links, string(n.Destination))
	case *ast.Image:
		p.links = append(p.links, string(n.Destination))
	case *ast.RawHTML:
		p.html(n.Segments, source)
	case *ast.HTMLBlock:
		p.html(n.Lines(), source)
	case *ast.Heading:
		p.anchor(slug(plain(n, source)))
	}
}

func (p *page) html(segments *text.Segments, source []byte) {
	for _, found := range htmlAddress.FindAllSubmatch(segments.Value(source), -1) {
		p.links = append(p.links, string(found[1]))
	}
}

// anchor adds the name of a heading; the second one of the same name is called name-1, the third name-2.
func (p *page) anchor(name string) {
	unique := name
	for i := 1; p.anchors[unique]; i++ {
		unique = fmt.Sprintf("%s-%d", name, i)
	}
	p.anchors[unique] = true
}

// plain is the text of a heading without its markup.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		if t, ok := child.(*ast.Text); ok {
			b.Write(t.Value(source))
		} else {
			b.WriteString(plain(child, source))
		}
	}
	return b.String()
}

// slug is the name the forges give a heading: lower case, words joined by hyphens, punctuation left out.
func slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsMark(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

func TestBrokenLinks(t *testing.T) {
	const target = "# 钱 · Money\n\n## `fen`, again\n\n## `fen`, again\n"
	tests := []struct {
		name, source string
		finds        []string
	}{
		{"file", "[a](b.md) and [up](../Makefile) and [folder](..)", nil},
		{"missing file", "[a](c.md)", []string{`docs/a.md: link "c.md": no such file docs/c.md`}},
		{"missing picture", "![a](pictures/c.png)", []string{"no such file docs/pictures/c.png"}},
		{"reference", "[a][1]\n\n[1]: gone.md\n", []string{"gone.md"}},
		{"HTML", "<img src=\"gone.png\">\n\nText <a href=\"gone.md\">a</a>.\n", []string{"gone.png", "gone.md"}},
		{"heading", "[a](b.md#钱--money) [b](b.md#fen-again) [c](b.md#fen-again-1) [d](#here)\n\n# Here\n", nil},
		{"missing heading", "[a](b.md#fen-again-2) [b](#there)", []string{"no heading #fen-again-2 in docs/b.md", "no heading #there in docs/a.md"}},
		{"escaped name", "[a](%62.md)", nil},
		{"other sites", "[a](https://example.org/c.md) <mailto:a@example.org> [b](//example.org/c)", nil},
		{"root of a site", "[a](/docs/b.md)", []string{"write it relative"}},
		{"out of the tree", "[a](../../b.md)", []string{"no such file ../b.md"}},
		{"unreadable", "[a](%zz.md)", []string{"cannot be read"}},
		{"code is no link", "```\n[a](c.md)\n```\n\nand `[a](c.md)`\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			expectFindings(t, brokenLinks(seeded(t, "docs/a.md", tt.source, "docs/b.md", target, "Makefile", "")), tt.finds...)
		})
	}
}
