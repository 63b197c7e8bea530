package web_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"doudi/decide/policy"
	fiction "doudi/internal/county"
	"doudi/internal/crawl"
	"doudi/kernel/fault"
	"doudi/packs"
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

// shown is one text of a page, and where it stands.
type shown struct {
	text   string
	at     *html.Node
	tongue string // the language it is marked as, "" for the page's
	exact  bool   // inside what is for machines and auditors, and says so
	spoken bool   // an attribute, which cannot be marked
}

// spoken are the attributes that are read out or shown.
var spoken = []string{"aria-label", "placeholder", "title", "alt"}

// texts are all that a page shows.
func (p shownPage) texts() (list []shown) {
	var walk func(n *html.Node, tongue string, exact bool)
	walk = func(n *html.Node, tongue string, exact bool) {
		if n.Type == html.ElementNode {
			if slices.Contains([]string{"script", "style", "template", "title"}, n.Data) {
				return
			}
			if l := of(n, "lang"); l != "" && (n.Data != "html" || p.english && l != "en") { // an official form is Chinese on every page
				tongue = l
			}
			exact = exact || has(n, "data-exact") || n.Data == "code" || n.Data == "kbd"
			for _, name := range spoken {
				if s := of(n, name); s != "" {
					list = append(list, shown{s, n, tongue, exact, true})
				}
			}
		}
		if s := strings.TrimSpace(n.Data); n.Type == html.TextNode && s != "" {
			list = append(list, shown{s, n.Parent, tongue, exact, false})
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, tongue, exact)
		}
	}
	walk(p.root, "", false)
	return list
}

// enough is how many pages of a kind are looked at: other roles see others of it.
const enough = 2

// pagesOfBatch are those of a batch that is made and one that is locked, where no run is in hand.
func pagesOfBatch(t *testing.T) (list []shownPage) {
	f := openFamily(t)
	b := f.quarter(f.as("register"))
	f.openOffice(time.Date(2021, 12, 27, 2, 0, 0, 0, time.UTC))
	for _, role := range []string{"register", "finance", "auditor"} {
		f.signIn(role)
		for _, path := range []string{"/payments/batches", "/payments/batches/" + b.Number, "/payments/batches/" + b.Number + "/differences", "/payments/batches/" + b.Number + "/lines", "/payments/batches/" + b.Number + ".print", "/funds/assistance/ledger?account=suspense&from=2021-01-01&to=2021-12-31"} {
			for _, language := range []string{"", "/en"} {
				if f.get(language + path); f.lastCode == 200 {
					list = append(list, pageOf(t, role, path, f.lastAnswer, language != ""))
				}
			}
		}
	}
	return list
}

func pageOf(t *testing.T, role, path, content string, english bool) shownPage {
	root, err := html.Parse(strings.NewReader(content))
	must(t, err)
	return shownPage{role, path, english, root}
}

// eachPage are pages of every kind that somebody may open, in Chinese and in English, as several roles.
func (f *family) eachPage() (list []shownPage) {
	f.Helper()
	seen := map[string]int{}
	for _, role := range auth.Roles() {
		f.signIn(role.ID)
		known := maps.Clone(seen) // by the roles before
		pages := f.crawled(func(path string) bool { return known[crawl.Kind(path)] >= enough }, "/people/"+f.woman, "/households/"+f.household, "/settlements/"+number+"-2")
		for _, path := range slices.Sorted(maps.Keys(pages)) {
			kind := crawl.Kind(path)
			if seen[kind]++; seen[kind] > enough {
				continue
			}
			f.get("/en" + path)
			f.is(200)
			list = append(list, pageOf(f.T, role.ID, path, pages[path], false), pageOf(f.T, role.ID, path, f.lastAnswer, true))
		}
	}
	if len(seen) < 60 {
		f.Errorf("%d kinds of pages were found only: %v", len(seen), slices.Sorted(maps.Keys(seen)))
	}
	return list
}

// library are the packs that the office knows.
func (f *family) library() *policy.Library {
	return &policy.Library{Packs: f.Upkeep.Packs, Vocabulary: f.Upkeep.Vocabulary}
}

// everything is a busy office where a bill was settled and a batch is made.
func everything(t *testing.T) *family {
	f := busy(t)
	must(t, f.Do(now, f.as("cashier"), func(tx *store.Tx) error {
		_, err := f.Claims.Settle(tx, f.Stay(f.listed, number+"-2"))
		return err
	}))
	return f
}

// What holds for every page there is, as found by following links as every role, in Chinese and in English.
func TestEveryPage(t *testing.T) {
	f := everything(t)
	pages, data, known := append(f.eachPage(), pagesOfBatch(t)...), f.own(), internals(f.library())
	for name, rule := range map[string]func(complaints, shownPage){
		"nothing internal is shown": func(c complaints, p shownPage) { c.internal(p, known) },
		"every word is translated":  func(c complaints, p shownPage) { c.translated(p, data) },
		"it has its place":          complaints.placed,
		"money is summed up":        complaints.summed,
	} {
		t.Run(name, func(t *testing.T) {
			c := complaints{t, map[string]bool{}}
			for _, p := range pages {
				rule(c, p)
			}
		})
	}
}

// complaints are what is wrong with pages, each once for its kind.
type complaints struct {
	*testing.T
	seen map[string]bool
}

func (c complaints) say(p shownPage, what string, found any) {
	if key := fmt.Sprint(crawl.Kind(p.path), p.english, what, found); !c.seen[key] {
		c.seen[key] = true
		c.Errorf("%s: %s: %v", p, what, found)
	}
}

var (
	uuid    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	hexWord = regexp.MustCompile(`\b[0-9a-f]{6,}\b`)
	latin   = regexp.MustCompile(`[A-Za-z][\w./-]*\w`)
	// what a Chinese page may say in letters: files and their sizes, machines, and what has a number
	letters = regexp.MustCompile(`^(PDF|Word|docx|Excel|xlsx|xls|CSV|csv|MB|UTF-8|GBK|Ctrl|Enter|CT|MRI|SM3|EN|HTTPS|https|OIDC|SQLite|PostgreSQL|doudi|II|III|IV|[A-Z]{1,2}-?\d[\w.-]*|ZY[\w-]+|FF[\w-]+|PZ\d+|[A-Za-z]\w*\.(csv|xlsx|yaml))$`)
)

// typed are words that people type or machines are called by: user names of the demonstration, examples of codes, the program's edition.
var typed = func() map[string]bool {
	list := map[string]bool{"assistance-2022": true, "county-health": true, "devel": true, "backup": true, runtime.Version(): true}
	for _, r := range auth.Roles() {
		list[r.ID] = true
	}
	return list
}()

// internals are what the program calls things: packs and what is in them, facts, roles.
func internals(library *policy.Library) map[string]bool {
	list := map[string]bool{}
	add := func(id string) {
		if strings.ContainsAny(id, "._-/0123456789") {
			list[id] = true
		}
	}
	for _, p := range library.Packs {
		add(p.ID)
		add(p.Series)
		for _, b := range p.Blocks {
			add(b.ID)
			add(b.Kind)
		}
		for id := range p.Parameters {
			add(id)
		}
		for id := range p.Questions {
			add(id)
		}
		for id := range p.Offices {
			add(id)
		}
		for id := range p.Funds {
			add(id)
		}
	}
	for id := range library.Vocabulary.Facts {
		add(id)
	}
	for id := range library.Vocabulary.Rosters {
		add(id)
		add("roster." + id)
	}
	for id := range library.Vocabulary.FeeItems {
		add(id)
	}
	return list
}

// internal: nobody is shown the id of a record or its end, nor what the program calls a pack, a rule, a fact or a state.
func (c complaints) internal(p shownPage, known map[string]bool) {
	for _, s := range p.texts() {
		for _, id := range uuid.FindAllString(s.text, -1) {
			c.say(p, "an id", id)
		}
		if s.exact {
			continue
		}
		for _, end := range hexWord.FindAllString(s.text, -1) {
			if strings.ContainsAny(end, "abcdef") && strings.ContainsAny(end, "0123456789") {
				c.say(p, "the end of an id", end)
			}
		}
		for _, w := range latin.FindAllString(s.text, -1) {
			if known[w] && (p.english || !letters.MatchString(w)) {
				c.say(p, "what the program calls something in "+s.at.Data, w)
			}
		}
	}
}

// translated: a Chinese page says nothing in English but what has no Chinese name, and on an English page all Chinese is marked as such and
// is what people, places and documents are called or say themselves.
func (c complaints) translated(p shownPage, data string) {
	for _, s := range p.texts() {
		switch {
		case s.exact:
		case p.english:
			for _, w := range chinese.FindAllString(s.text, -1) {
				if !strings.HasPrefix(s.tongue, "zh") && !s.spoken && s.at.Data != "textarea" && s.at.Data != "option" {
					c.say(p, "Chinese that is not marked as such", w)
				}
				if !strings.Contains(data, w) && (s.at.Data == "bdi" || s.tongue == "") {
					c.say(p, "not translated", w)
				}
			}
		case s.tongue == "en":
		default:
			for _, w := range latin.FindAllString(s.text, -1) {
				if !letters.MatchString(w) && !typed[w] {
					c.say(p, "not in Chinese in "+s.at.Data, w)
				}
			}
		}
	}
}

// own are all Chinese words that are data: what people, places and documents are called, and what documents and people say themselves.
func (f *family) own() string {
	f.Helper()
	var b strings.Builder
	library := f.library()
	for _, p := range library.Packs {
		for _, clause := range p.Clauses {
			b.WriteString(clause.Number + "\n")
		}
		englishOf(&b, reflect.ValueOf(p.Blocks), map[uintptr]bool{})
		englishOf(&b, reflect.ValueOf(p.Questions), map[uintptr]bool{})
		for _, words := range p.English {
			b.WriteString(words + "\n")
		}
	}
	must(f.T, f.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		accounts, err := f.Staff.Accounts(tx)
		for _, a := range accounts {
			b.WriteString(a.Name + "\n")
		}
		for _, r := range auth.Roles() { // the log keeps what a post was called
			b.WriteString(r.Name.ZH + "\n")
		}
		return err
	}))
	must(f.T, fs.WalkDir(packs.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !slices.ContainsFunc(library.Packs, func(p *policy.Pack) bool { return strings.HasPrefix(name, p.ID+"/") }) {
			return err
		}
		content, err := packs.Files.ReadFile(name)
		b.Write(content)
		return err
	}))
	for _, said := range []string{"元旦 春节 清明 劳动节 端午 中秋 国庆节 调休上班 抗战胜利纪念", "老公 配偶 闺女 女儿", "注射用药 农村信用社 录错 股骨颈骨折 城关镇示范村 县卫计局 春节调休上班 劳动节调休上班 中秋调休上班 国庆节调休上班 清明调休上班 元旦调休上班 端午调休上班", "李桂芳 李大山 张小明 王错号 甲 乙 姓名 证件号码", "县人民医院 县民生保障中心 县残联 县教体局 县医保局 县公安局 县乡村振兴局 家庭成员登记", "城关镇 示范村 3 组 示例县 演示县", "演示拨款 同意 演示 批准 名册 参保 县财社〔2021〕17 号 一 请办结 已入户"} {
		b.WriteString(said + "\n")
	}
	return b.String()
}

// englishOf writes the English of all texts of something: Chinese in it is quoted.
func englishOf(b *strings.Builder, v reflect.Value, seen map[uintptr]bool) {
	if v.IsValid() && v.Type() == reflect.TypeFor[fault.Text]() {
		b.WriteString(v.Interface().(fault.Text).EN + "\n")
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && !seen[v.Pointer()] {
			seen[v.Pointer()] = true
			englishOf(b, v.Elem(), seen)
		}
	case reflect.Interface:
		englishOf(b, v.Elem(), seen)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				englishOf(b, v.Field(i), seen)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			englishOf(b, v.Index(i), seen)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			englishOf(b, v.MapIndex(key), seen)
		}
	}
}

// placed: a page has one heading, a title of its own, and when it is about something a way back that a key takes; the others are begun with.
func (c complaints) placed(p shownPage) {
	headings, title, back, inMenu := 0, "", false, false
	for n := range p.root.Descendants() {
		switch {
		case n.Data == "h1":
			headings++
		case n.Data == "title" && n.FirstChild != nil && n.Parent.Data == "head":
			title = n.FirstChild.Data
		case n.Data == "a" && of(n, "data-key") == "Escape":
			back = true
		case n.Data == "a" && of(n, "aria-current") == "page" && strings.TrimPrefix(of(n, "href"), "/en") == strings.SplitN(p.path, "?", 2)[0]:
			inMenu = true
		}
	}
	if headings != 1 {
		c.say(p, "headings", headings)
	}
	if before, _, _ := strings.Cut(title, " · "); strings.TrimSpace(before) == "" {
		c.say(p, "no title of its own", title)
	}
	if about := strings.Contains(crawl.Kind(p.path), "*"); about && !back && !inMenu {
		c.say(p, "no way back", "")
	}
}

// amount is money as a cell of a table shows it.
var amount = regexp.MustCompile(`^[+−-]?[\d,]+\.\d\d( 元| yuan)?$`)

// unsummed are the tables of money without a sum row, by how their caption begins, and why.
var unsummed = map[string]string{
	"参数":     "rates, ceilings and standards of a policy: nothing that could be added",
	"集中费用帮扶": "the computation of one bill, step by step: it ends in its own result",
	"累计":     "counters of different kinds, each with its own ceiling",
	"现在和生效后": "what is given, paid, owed and left of one account: a statement, which ends in what is left",
	"银行文件":   "a later file pays once more what the first could not: together they count twice",
	"逐项比较":   "what was kept beside what is computed again, figure by figure: they are compared, not added",
}

// pageSummed are the tables whose sum row is of the page alone and says so, and why.
var pageSummed = map[string]string{
	"账单": "what a patient pays is sealed under the patient's key: a sum over more would open, and record a look at, people who are not shown",
}

// begins tells whether a caption is one of those.
func begins(caption string, list map[string]string) bool {
	for start := range list {
		if strings.HasPrefix(caption, start) {
			return true
		}
	}
	return false
}

// summed: a table of money ends in what all of it comes to, whatever the page shows of it. It is looked at in Chinese: the other is drawn by the same template.
func (c complaints) summed(p shownPage) {
	if p.english {
		return
	}
	for t := range p.root.Descendants() {
		if t.Data != "table" {
			continue
		}
		money, caption, foot := false, "", ""
		for n := range t.Descendants() {
			switch {
			case n.Data == "caption":
				caption = textOf(n)
			case n.Data == "tfoot":
				foot = textOf(n)
			case n.Data == "td" && n.Parent.Parent.Data == "tbody":
				money = money || amount.MatchString(strings.TrimSpace(textOf(n)))
			}
		}
		if money && !begins(caption, unsummed) && !anAmount.MatchString(foot) {
			c.say(p, "no sum row under the table", caption)
		}
		if strings.Contains(foot, "本页") && !begins(caption, pageSummed) {
			c.say(p, "the sum is of the page alone", caption)
		}
	}
}

// textOf is all that stands in a part of a page.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

var anAmount = regexp.MustCompile(`\d\.\d\d`)
