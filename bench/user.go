package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mozillazg/go-pinyin"

	invented "doudi/internal/county"
	"doudi/internal/staff"
)

// step is one page on the way of a role: an address, a link on one of the pages before, or somebody to be found.
type step struct {
	page  string         // its kind, in the results
	path  string         // to be opened
	link  *regexp.Regexp // to be followed
	typed func(sought) string
}

func open(page, path string) step { return step{page: page, path: path} }
func follow(page, link string) step {
	return step{page: page, link: regexp.MustCompile("^" + link + "$")}
}
func find(page string, typed func(sought) string) step { return step{page: page, typed: typed} }

func byName(s sought) string   { return s.name }
func byNumber(s sought) string { return string(s.number) }
func byPinyin(s sought) string {
	style := pinyin.NewArgs()
	style.Style = pinyin.FirstLetter
	return strings.Join(pinyin.LazyPinyin(s.name, style), "")
}

// The empty page, which every walk begins with.
const (
	emptyPage    = "empty page"
	emptyAddress = "/help"
)

// The parts of links.
const (
	anyID     = `[0-9a-f-]{36}`
	anyWord   = `[^/?#]+`
	person    = `/people/` + anyID
	household = `/households/` + anyWord
	bill      = `/settlements/` + anyWord
	anyRun    = `/runs/\d+`
	anyRoll   = `/imports/` + anyID
	anyBatch  = `/payments/batches/[A-Z]` + anyWord
	anyFund   = `/funds/` + anyWord
	anyPack   = `/policies/` + anyWord
)

var (
	desk = []step{
		open(emptyPage, emptyAddress), open("desk", "/"),
		find("search by number, at a desk", byNumber), find("search by name, at a desk", byName), follow("patient", person), open(emptyPage, emptyAddress),
		open("bills of today", "/settlements"), open("bills that wait", "/settlements?state=received"), follow("bill to settle", bill), follow("its fees", bill+"/bill"), follow("its computation", bill+"/trace"),
		open("bills of another day", "/settlements?day=2021-02-09"), follow("settled bill", bill), follow("statement to print", bill+`\.print.*`),
	}
	people = []step{
		open("work queue", "/"), find("search by name", byName), follow("person", person), follow("household", household), follow("person", person), follow("history of a person", person+"/history"),
		open(emptyPage, emptyAddress), find("search by pinyin", byPinyin), follow("person", person), follow("papers of a person", person+"/papers"), find("search by number", byNumber),
		open("policy library", "/policies"), follow("policy", anyPack),
	}
	paying = []step{
		open("batches", "/payments/batches"), follow("batch", anyBatch),
	}
	accounts = []step{
		open("special accounts", "/funds"), follow("special account", anyFund), follow("ledger", anyFund+`/ledger(\?.*)?`), follow("entry", anyFund+"/entries/"+anyID),
		open("special accounts", "/funds"), follow("special account", anyFund), follow("balance", anyFund+"/balance"), follow("debts", anyFund+"/debts"),
	}
	months = []step{
		open("runs", "/runs"), follow("run", anyRun), follow("run, one kind", anyRun+`\?.*kind=.*`), follow("run, next page", anyRun+`\?.*after=.*`), follow("why", anyRun+`/why\?.*`),
		open("imports", "/imports"), follow("import", anyRoll), follow("import, one verdict", anyRoll+`\?.*`), open("jobs", "/jobs"), follow("job", "/jobs/"+anyID),
	}
	standing = []step{
		open("changes", "/admin/changes"), open("divisions", "/admin/divisions"), follow("division", `/admin/divisions/\d+`), open("institutions", "/admin/institutions"), follow("institution", "/admin/institutions/"+anyWord),
		open("calendar", "/admin/calendar"), open("parameters", "/admin/parameters"),
	}
	policies = []step{
		open("policy library", "/policies"), follow("policy", anyPack), follow("comparison", anyPack+`/diff(\?.*)?`), follow("policy", anyPack), follow("tests of a policy", anyPack+"/tests"), follow("adoptions", anyPack+"/adoptions"),
		follow("adoption", "/adoptions/"+anyID), open("open questions", "/questions"),
	}
	audits = []step{
		open("audit", "/audit"), follow("audit, next page", `/audit\?.*before=.*`), follow("audit entry", "/audit/entries/"+anyID), find("search by name", byName), follow("person", person), follow("audit of a person", `/audit\?person=.*`),
		open("seals", "/audit/seals"), open("verify", "/audit/verify"),
	}
	offices = []step{
		open("accounts", "/admin/staff"), follow("account", "/admin/staff/"+anyID), open("keys", "/admin/keys"), open("system", "/admin/system"), open("opening list", "/admin/start"),
	}
	blank = []step{open(emptyPage, emptyAddress)}
	home  = []step{open("work queue", "/")}
)

// walks are the ways that people go all day, by role.
var walks = map[string][]step{
	"cashier": desk, "village": slices.Concat(blank, people), "town": slices.Concat(blank, people), "disability": slices.Concat(blank, people), "education": slices.Concat(blank, people),
	"insurance": slices.Concat(blank, people), "register": slices.Concat(blank, people, months, blank, paying), "checker": slices.Concat(blank, home, months, paying, blank, people, standing[:1]),
	"finance": slices.Concat(blank, home, paying, accounts, blank), "policy": slices.Concat(blank, home, policies, blank, standing), "auditor": slices.Concat(blank, home, audits, accounts, months[:5], blank),
	"leader": slices.Concat(blank, home, accounts[:3], policies[:2]), "admin": slices.Concat(blank, home, offices, standing),
}

// kindsOfPages are all kinds in the order in which they are told: the empty page first, then each as it comes up.
var kindsOfPages = sync.OnceValue(func() (list []string) {
	for _, walk := range [][]step{desk, people, months, paying, accounts, policies, audits, standing, offices} {
		for _, s := range walk {
			if !slices.Contains(list, s.page) {
				list = append(list, s.page)
			}
		}
	}
	return list
})

// visit is a page that somebody opened.
type visit struct {
	page  string
	took  time.Duration
	bytes int // as sent
}

// user is somebody at work.
type user struct {
	login   string
	role    string
	address string // of the office
	client  *http.Client
	dice    *rand.Rand
	people  []sought
	walk    []step
	at      int
	trail   [][]string // the links of the last pages, the newest last
	visits  []visit
}

// users opens accounts and signs everybody in.
func (b *busy) users(ctx context.Context, n int, address string) ([]*user, error) {
	posts, err := b.hired(ctx, n)
	if err != nil {
		return nil, err
	}
	var users []*user
	for i, p := range posts {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return nil, err
		}
		u := &user{login: p.login, role: p.role.ID, address: address, people: b.looksFor(p), walk: walks[p.role.ID], dice: rand.New(rand.NewPCG(5, uint64(i))),
			client: &http.Client{Jar: jar, Transport: &http.Transport{DisableCompression: true}}}
		if err := u.signIn(ctx); err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return users, nil
}

// signIn fills in the form and comes to the first page.
func (u *user) signIn(ctx context.Context) error {
	if _, _, err := u.ask(ctx, http.MethodGet, "/sign-in", nil); err != nil {
		return err
	}
	form := url.Values{"county": {invented.Code}, "login": {u.login}, "password": {staff.Password}, "to": {"/"}}
	_, at, err := u.ask(ctx, http.MethodPost, "/sign-in", form)
	if err == nil && at != "/" {
		err = fmt.Errorf("%s signed in and came to %s", u.role, at)
	}
	return err
}

// thinks waits as long as somebody takes until the next page, or until the shift is over.
func (u *user) thinks(ctx context.Context, mean time.Duration, evening <-chan struct{}) {
	if mean == 0 {
		return
	}
	timer := time.NewTimer(time.Duration(u.dice.ExpFloat64() * float64(mean)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-evening:
	}
}

// next opens the next page of the walk. A link that no page of late has is passed over.
func (u *user) next(ctx context.Context) error {
	for range u.walk {
		s := u.walk[u.at%len(u.walk)]
		u.at++
		method, path, form := http.MethodGet, s.path, url.Values(nil)
		switch {
		case s.typed != nil:
			method, path, form = http.MethodPost, "/search", url.Values{"q": {s.typed(u.people[u.dice.IntN(len(u.people))])}}
		case s.link != nil:
			if path = u.linked(s.link); path == "" {
				continue
			}
		}
		v, _, err := u.ask(ctx, method, path, form)
		if err != nil {
			return fmt.Errorf("%s: %w", s.page, err)
		}
		v.page = s.page
		u.visits = append(u.visits, v)
		return nil
	}
	return fmt.Errorf("%s finds no way on", u.role)
}

// linked draws a link from the newest page that has one of the kind; "" when none has.
func (u *user) linked(like *regexp.Regexp) string {
	for _, links := range slices.Backward(u.trail) {
		if fit := slices.DeleteFunc(slices.Clone(links), func(l string) bool { return !like.MatchString(l) }); len(fit) > 0 {
			return fit[u.dice.IntN(len(fit))]
		}
	}
	return ""
}

// trailLength is how many pages back somebody remembers.
const trailLength = 8

var (
	hrefs    = regexp.MustCompile(`<main[\s\S]*</main>`)
	href     = regexp.MustCompile(`<a[^>]* href="(/[^"#]*)`)
	headline = regexp.MustCompile(`<title>([^<]*)`)
)

// ask asks for a page as a browser does, and reads what it links to. The visit has no kind yet; at is where it ended.
func (u *user) ask(ctx context.Context, method, path string, form url.Values) (v visit, at string, err error) {
	r, err := http.NewRequestWithContext(ctx, method, u.address+path, strings.NewReader(form.Encode()))
	if err != nil {
		return v, "", err
	}
	r.Header.Set("Accept-Encoding", "gzip")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	begun := time.Now()
	answer, err := u.client.Do(r)
	if err != nil {
		return v, "", err
	}
	body, err := io.ReadAll(answer.Body)
	v.took, v.bytes = time.Since(begun), len(body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return v, "", err
	}
	if answer.Header.Get("Content-Encoding") == "gzip" {
		if body, err = unzipped(body); err != nil {
			return v, "", err
		}
	}
	if answer.StatusCode != http.StatusOK {
		return v, "", fmt.Errorf("%s asks %s %s and is answered %d %s", u.role, method, path, answer.StatusCode, headline.FindSubmatch(body))
	}
	u.remember(body)
	return v, answer.Request.URL.Path, nil
}

func unzipped(sent []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(sent))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// remember keeps the links in the middle of a page.
func (u *user) remember(page []byte) {
	var links []string
	for _, m := range href.FindAllSubmatch(hrefs.Find(page), -1) {
		links = append(links, strings.ReplaceAll(string(m[1]), "&amp;", "&"))
	}
	u.trail = append(u.trail, links)
	u.trail = u.trail[max(0, len(u.trail)-trailLength):]
}
