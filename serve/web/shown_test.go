package web_test

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"doudi/internal/crawl"
	"doudi/record/auth"
	"doudi/record/store"
)

// shownPage is a page as somebody sees it.
type shownPage struct {
	role, path string
	english    bool
	root       *html.Node
}

func (p shownPage) String() string {
	if p.english {
		return "/en" + p.path + " as " + p.role
	}
	return p.path + " as " + p.role
}

// word is one piece of text that is shown, and where it stands.
type said struct {
	text string
	at   *html.Node
	lang string
	data bool // inside what is marked as typed by hand, or exact for auditors
}

// spoken are the attributes that are read out or shown.
var spoken = []string{"aria-label", "placeholder", "title", "alt"}

// words are all texts that a page shows, with the language they are marked as.
func (p shownPage) words() (list []said) {
	var walk func(n *html.Node, lang string, data bool)
	walk = func(n *html.Node, lang string, data bool) {
		if n.Type == html.ElementNode {
			if n.Data == "script" || n.Data == "style" || n.Data == "template" {
				return
			}
			if l := of(n, "lang"); l != "" {
				lang = l
			}
			data = data || has(n, "data-exact")
			for _, name := range spoken {
				if s := of(n, name); s != "" {
					list = append(list, said{s, n, lang, data})
				}
			}
		}
		if s := strings.TrimSpace(n.Data); n.Type == html.TextNode && s != "" {
			list = append(list, said{s, n.Parent, lang, data})
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, lang, data)
		}
	}
	walk(p.root, "", false)
	return list
}

// eachPage hands over every page that somebody may open, in Chinese and in English.
func (f *family) eachPage(do func(shownPage)) {
	f.Helper()
	for _, role := range auth.Roles() {
		f.signIn(role.ID)
		pages := f.pagesFrom("/people/"+f.woman, "/households/"+f.household)
		for _, path := range slices.Sorted(maps.Keys(pages)) {
			for _, english := range []bool{false, true} {
				content := pages[path]
				if english {
					if f.get("/en" + path); f.lastCode != 200 {
						f.Errorf("/en%s: status %d", path, f.lastCode)
						continue
					}
					content = f.lastAnswer
				}
				root, err := html.Parse(strings.NewReader(content))
				must(f.T, err)
				do(shownPage{role.ID, path, english, root})
			}
		}
	}
}

var (
	uuid      = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-([0-9a-f]{12})`)
	hexWord   = regexp.MustCompile(`\b[0-9a-f]{6,}\b`)
	machine   = regexp.MustCompile(`\b[a-z0-9]+(?:[._/-][a-z0-9]+)+\b`)
	latinWord = regexp.MustCompile(`[A-Za-z][A-Za-z-]*[A-Za-z]`)
	hanWords  = regexp.MustCompile(`[\p{Han}，。；：“”（）、]+`)
)

// idTails are the ends of all ids of the tables.
func (f *family) idTails() map[string]bool {
	tails := map[string]bool{}
	must(f.T, f.Store.Read(context.Background(), "999901", func(tx *store.Tx) error { return nil }))
	return tails
}

func TestNothingInternalIsShown(t *testing.T) {
	f := busy(t)
	f.idTails()
	seen := map[string]bool{}
	n := 0
	kinds := map[string]bool{}
	f.eachPage(func(p shownPage) {
		n++
		kinds[crawl.Kind(p.path)] = true
		report := func(rule, what string, at *html.Node) {
			key := fmt.Sprint(rule, crawl.Kind(p.path), p.english, what)
			if seen[key] {
				return
			}
			seen[key] = true
			t.Errorf("%s: %s: %q in <%s class=%q>", rule, p, what, at.Data, of(at, "class"))
		}
		for _, w := range p.words() {
			if w.data {
				continue
			}
			for _, m := range uuid.FindAllString(w.text, -1) {
				report("uuid", m, w.at)
			}
			for _, m := range hexWord.FindAllString(w.text, -1) {
				if strings.ContainsAny(m, "abcdef") && strings.ContainsAny(m, "0123456789") {
					report("hex", m, w.at)
				}
			}
			for _, m := range machine.FindAllString(w.text, -1) {
				report("machine", m, w.at)
			}
			if !p.english && w.lang != "en" && w.at.Data != "kbd" {
				for _, m := range latinWord.FindAllString(w.text, -1) {
					report("latin", m, w.at)
				}
			}
			if p.english && !strings.HasPrefix(w.lang, "zh") {
				for _, m := range hanWords.FindAllString(w.text, -1) {
					report("han", m, w.at)
				}
			}
		}
	})
	t.Log(n, "pages", slices.Sorted(maps.Keys(kinds)))
}
