package web_test

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	fiction "doudi/internal/county"
	"doudi/internal/crawl"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/store"
	"doudi/record/task"
	"doudi/record/upkeep"
	"doudi/serve/web"
)

// blankForm is a form of a page, as a browser would send it.
type blankForm struct {
	role, page, action string
	slip               bool       // drawn by the one component
	fields             url.Values // with what stands in them
	open               []string   // the names of those that somebody fills in
	secret             bool       // it asks for a password
}

// of answers an attribute.
func of(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// sheetsOf are the forms of a page that change something: one for each place they can be sent to.
func sheetsOf(t *testing.T, role, page, content string) (list []blankForm) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(content))
	must(t, err)
	for n := range root.Descendants() {
		if n.Data != "form" || n.Type != html.ElementNode || of(n, "method") != "post" {
			continue
		}
		s := blankForm{role: role, page: page, action: of(n, "action"), slip: has(n, "data-slip"), fields: url.Values{}}
		actions := []string{s.action}
		for x := range n.Descendants() {
			if x.Type != html.ElementNode {
				continue
			}
			name := of(x, "name")
			switch {
			case x.Data == "button":
				if to := of(x, "formaction"); to != "" && !strings.HasPrefix(to, "/drafts") {
					actions = append(actions, to)
				}
			case name == "" || x.Data != "input" && x.Data != "select" && x.Data != "textarea":
			case of(x, "type") == "hidden":
				s.fields.Set(name, of(x, "value"))
			default:
				s.secret = s.secret || of(x, "type") == "password"
				s.open = append(s.open, name)
				s.fields.Set(name, cmp.Or(of(x, "value"), chosenIn(x), "一"))
			}
		}
		for _, to := range actions {
			one := s
			one.action = to
			list = append(list, one)
		}
	}
	return list
}

// chosenIn is the first word of a choice that says anything.
func chosenIn(n *html.Node) string {
	for x := range n.Descendants() {
		if x.Data == "option" && of(x, "value") != "" {
			return of(x, "value")
		}
	}
	return ""
}

// pages are all pages a role opens, by following links from its menu on.
func (d *desk) pages() map[string]string {
	d.Helper()
	return d.crawled(func(string) bool { return false })
}

// crawled are all pages a role opens by following links from its menu and some others on, but those that are passed over.
func (d *desk) crawled(pass func(path string) bool, others ...string) map[string]string {
	d.Helper()
	start := append([]string{"/", "/account", "/help"}, others...)
	for _, r := range web.Routes() {
		if path, get := strings.CutPrefix(r.Pattern, "GET "); get && !strings.Contains(path, "{") && !r.Open {
			start = append(start, path)
		}
	}
	return crawl.Pages(start, func(path string) (string, bool) {
		if pass(path) {
			return "", false
		}
		d.get(path)
		return d.lastAnswer, d.lastCode == http.StatusOK && strings.HasPrefix(d.headers.Get("Content-Type"), "text/html")
	})
}

// busy is an office with something of every kind waiting.
func busy(t *testing.T) *family {
	f := openFamily(t)
	must(t, f.Do(now, f.as("finance"), func(tx *store.Tx) error {
		_, err := f.Upkeep.Propose(tx, []upkeep.Step{&upkeep.Enter{Fund: "assistance", What: upkeep.Receive, Amount: 100, Source: "finance", Into: "main", Day: period.MustDay(2021, 11, 8)}}, "县财社〔2021〕17 号")
		return err
	}))
	f.ran(f.as("register"))
	f.brought(f.as("register"), "姓名,证件号码,残疾等级\n李桂芳,"+f.identity+",2\n王错号,123,2\n")
	f.asked(f.as("register"))
	f.openOffice(now)
	for _, answer := range []string{"", "已入户"} { // one waits for the town, the other for who leads
		must(t, f.Do(now, f.as("leader"), func(tx *store.Tx) error {
			_, err := f.Tasks.Send(tx, task.Matter{Division: fiction.FirstTown, Addressee: "城关镇", Scheme: fiction.Pingyin + "/severe-disability", Overdue: 1}, "请办结", 0)
			return err
		}))
		if answer != "" {
			must(t, f.Do(now, f.as("town"), func(tx *store.Tx) error {
				return f.Tasks.Answer(tx, task.Seen{Within: fiction.FirstTown, Number: 2, Step: 1}, answer)
			}))
		}
	}
	return f
}

// allSheets are the forms of all pages, one of each kind and role.
func (f *family) allSheets() (list []blankForm) {
	f.Helper()
	seen := map[string]bool{}
	for _, role := range auth.Roles() {
		f.signIn(role.ID)
		own, pages := "/admin/staff/"+f.as(role.ID).ID, f.pages() // who closes the own account tries nothing more
		for _, page := range slices.Sorted(maps.Keys(pages)) {
			if page == own {
				continue
			}
			for _, s := range sheetsOf(f.T, role.ID, page, pages[page]) {
				if kind := crawl.Kind(s.action) + "#" + s.fields.Get("proposal"); !seen[kind] {
					seen[kind] = true
					list = append(list, s)
				}
			}
		}
	}
	last := func(s blankForm) int { // who closes accounts comes last, and closes them at the end
		return strings.Count(s.role, "admin") + 2*strings.Count(s.action, "/admin/staff/")
	}
	slices.SortFunc(list, func(a, b blankForm) int {
		return cmp.Or(cmp.Compare(last(a), last(b)), cmp.Compare(a.role, b.role), cmp.Compare(a.action, b.action))
	})
	return list
}

// unkept are forms that lose nothing worth keeping: a search, and the own account's passwords, which must not be kept.
var unkept = []string{"/search", "/audit/person", "/account/password", "/account/factor", "/sign-out"}

// Every form that somebody fills in is drawn by the one component, is sent once under its key, and has its draft kept.
func TestEveryFormIsASlip(t *testing.T) {
	f := busy(t)
	sheets := f.allSheets()
	if len(sheets) < 12 {
		t.Errorf("%d forms found only", len(sheets))
	}
	for _, s := range sheets {
		if len(s.open) == 0 || slices.Contains(unkept, s.action) {
			continue
		}
		if !s.slip || s.fields.Get("key") == "" {
			t.Errorf("the form to %s on %s is not drawn by slipOf (its fields: %v)", s.action, s.page, s.open)
		}
		if slices.Contains(s.open, "draft-of") || s.secret != f.keepsSecrets(s) {
			t.Errorf("the form to %s on %s asks for a password, and its route is not secret; or the other way round", s.action, s.page)
		}
	}
}

// keepsSecrets tells whether what a form calls a password is left out of its draft.
func (f *family) keepsSecrets(s blankForm) bool {
	f.signIn(s.role)
	f.keep(s.action, with(s.fields, "password", "words nobody keeps", "key", "probe-"+s.action))
	f.get(s.page)
	kept := strings.Contains(f.lastAnswer, "words nobody keeps")
	f.post("/drafts/drop", url.Values{"draft-of": {s.action}})
	return !kept && s.secret
}

// hostile is what comes into a field by mistake or on purpose.
var hostile = map[string]string{
	"nothing": "", "blanks": " \t ", "a script": `"><script>alert(1)</script>`, "SQL": `'; DROP TABLE party; --`, "too much": strings.Repeat("长", 30_000), "control characters": "a\x00b\x07\x1b[31m\u202e\u2028",
	"rare characters": "𠮷𡈽㐂é́👨‍👩‍👧", "no UTF-8": "\xff\xfe\x80", "a huge number": strings.Repeat("9", 40), "below zero": "-1.00", "a path": "../../../../etc/passwd\x00.csv", "a template": "{{.}}%s%n${7*7}",
}

// leaks are what no answer may hold: what the inside is made of, or a script that came from outside.
var leaks = regexp.MustCompile(`<script>alert|SELECT .* FROM|INSERT INTO|(?i:sqlite)|SQLSTATE|pgx|goroutine|\.go:\d|runtime error|/etc/passwd[^"<]*no such|open /|context canceled`)

// Every field of every form, filled with what nobody expects: the answer is a page in plain sentences, with a support number where something is refused.
func TestHostileInputEverywhere(t *testing.T) {
	f := busy(t)
	role := ""
	for _, s := range f.allSheets() {
		if s.role != role {
			role = s.role
			f.signIn(role)
		}
		for _, name := range s.open {
			for what, value := range hostile {
				f.tried(s, fmt.Sprintf("%s in %s", what, name), with(s.fields, name, value))
			}
			missing := with(s.fields)
			missing.Del(name)
			f.tried(s, name+" missing", missing)
		}
		for name := range s.fields {
			if !slices.Contains(s.open, name) && name != "key" {
				f.tried(s, "another hidden "+name, with(s.fields, name, "'><script>alert(1)</script>\x00"))
			}
		}
		f.tried(s, "nothing at all", url.Values{})
	}
}

// tried sends a form and looks at the answer.
func (f *family) tried(s blankForm, what string, form url.Values) {
	f.Helper()
	if strings.HasSuffix(s.action, "/sign-out") || strings.HasPrefix(s.action, "/account/") && !strings.HasSuffix(s.action, "/post") {
		return // an account that is signed out or given another password sends nothing more
	}
	if form.Has("key") && len(form) > 1 {
		f.tries++
		form.Set("key", fmt.Sprintf("try-%d", f.tries))
	}
	r := httptest.NewRequest("POST", s.action, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	f.send(r)
	switch {
	case f.lastCode >= 500:
		f.Errorf("%s sends %s to %s and is answered %d", s.role, what, s.action, f.lastCode)
	case leaks.MatchString(f.lastAnswer):
		f.Errorf("%s sends %s to %s and is told %q", s.role, what, s.action, leaks.FindString(f.lastAnswer))
	case f.lastCode >= 400 && !strings.Contains(f.lastAnswer, "支持编号") && !strings.Contains(f.lastAnswer, "处要改"):
		f.Errorf("%s sends %s to %s and is refused (%d) without a support number", s.role, what, s.action, f.lastCode)
	}
}

// A form that is sent again under its key does nothing again, and with something else in it it is refused.
func TestReplays(t *testing.T) {
	f := busy(t)
	role := ""
	for i, s := range f.allSheets() {
		if len(s.open) == 0 || slices.Contains(unkept, s.action) {
			continue
		}
		if s.role != role {
			role = s.role
			f.signIn(role)
		}
		form := with(s.fields, "key", fmt.Sprint("replay-", i))
		f.post(s.action, form)
		code, address, done := f.lastCode, f.lastAddress, f.done()
		f.post(s.action, form)
		if f.lastCode != code || f.lastAddress != address || f.done() != done {
			t.Errorf("%s sent twice to %s: %d %s, then %d %s, and %d things more were done", s.role, s.action, code, address, f.lastCode, f.lastAddress, f.done()-done)
		}
		if code != http.StatusSeeOther {
			continue
		}
		f.post(s.action, with(form, s.open[0], "另一个"))
		if f.lastCode < 400 || f.done() != done {
			t.Errorf("%s sent something else to %s under the same key and is answered %d", s.role, s.action, f.lastCode)
		}
	}
}

// What a browser loads before it shows the first page, over the line: the page, its style, its scripts and its picture. There are no fonts.
func TestFirstLoad(t *testing.T) {
	const most = 120_000
	d := office(t)
	d.session = nil
	d.light("/sign-in", most)
	for _, role := range auth.Roles() {
		d.signIn(role.ID)
		d.light("/", most)
	}
}

var (
	fetched = regexp.MustCompile(`(?:src|<link[^>]* href)="(/assets/[^"]+)"`)
	fonts   = regexp.MustCompile(`@font-face|@import|url\((?:"|')?https?:`)
)

// light fails unless a page and what it fetches is small on the line, and can be kept by the browser.
func (d *desk) light(path string, most int) {
	d.Helper()
	page := d.get(path)
	total := d.packed(path)
	for _, m := range fetched.FindAllStringSubmatch(page, -1) {
		total += d.packed(m[1])
		if keep := d.headers.Get("Cache-Control"); !strings.Contains(keep, "immutable") {
			d.Errorf("%s is kept by %q", m[1], keep)
		}
		if style := d.get(m[1]); fonts.MatchString(style) {
			d.Errorf("%s fetches something else", m[1])
		}
	}
	if total > most || total < 10_000 {
		d.Errorf("%s and what it fetches are %d bytes on the line, want at most %d", path, total, most)
	}
	d.Logf("%s: %d bytes on the line", path, total)
}

// packed is how many bytes an answer is on the line.
func (d *desk) packed(path string) int {
	d.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	n := len(d.send(r))
	if n > 2000 && d.headers.Get("Content-Encoding") != "gzip" {
		d.Errorf("%s is not compressed", path)
	}
	return n
}
