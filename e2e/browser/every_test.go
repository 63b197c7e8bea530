package browser_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"doudi/internal/crawl"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/benefit"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/snapshot"
	"doudi/record/store"

	fiction "doudi/internal/county"
)

// busy leaves something of every kind waiting: a run, a roll, a bill, a household, an entry of a special account; and answers where a search alone leads.
func (d *desk) busy() (found []string) {
	d.Helper()
	found = []string{"/people/" + d.person, "/households/" + d.family()}
	d.proposedMoney("一季度")
	maker := d.account("register")
	ask := benefit.Ask{As: snapshot.As{County: fiction.Code, Actor: maker, Instant: now}, Month: period.MustDay(2021, 11, 1).Month()}
	run, err := d.Benefits.Start(context.Background(), d.Store, ask)
	must(d.T, err)
	_, err = d.Benefits.Compute(context.Background(), d.Store, ask, run.ID, 1)
	must(d.T, err)
	by := roll.By{County: fiction.Code, Actor: maker, Instant: now}
	content := "姓名,证件号码,残疾等级\n李桂芳," + d.number + ",3\n王错号,123,2\n"
	i, err := d.Rolls.Receive(context.Background(), by, roll.Upload{Source: "县残联", Name: "名册.csv", Content: strings.NewReader(content), Size: int64(len(content)), Since: period.MustDay(2021, 11, 1),
		Wish: sheet.Wish{Mapping: &sheet.Mapping{Columns: []sheet.Column{{Header: "姓名", As: "person.name"}, {Header: "证件号码", As: "person.id"}, {Header: "残疾等级", As: "person.disability.level"}}}}})
	must(d.T, err)
	_, err = d.Rolls.Stage(context.Background(), by, i.ID, func(roll.Import) {})
	must(d.T, err)
	unknown := "甲,乙\n李桂芳," + d.number + "\n"
	_, err = d.Rolls.Receive(context.Background(), by, roll.Upload{Source: "县医保局", Name: "参保.csv", Content: strings.NewReader(unknown), Size: int64(len(unknown)), Since: period.MustDay(2021, 11, 1), Ask: true})
	must(d.T, err)
	must(d.T, d.Do(now, maker, func(tx *store.Tx) error {
		return d.Rolls.KeepMapping(tx, "县残联", sheet.Mapping{Columns: []sheet.Column{{Header: "姓名", As: "person.name"}, {Header: "证件号码", As: "person.id"}}})
	}))
	return found
}

// kinds are the pages that somebody reaches by links from some on, one of each kind: a cashier's are others than an office's at the same address.
func (d *desk) kinds(role *auth.Role, from []string, seen map[string]bool) (list []string) {
	d.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	all := crawl.Pages(slices.Concat([]string{"/", "/search", "/account", "/help"}, from), func(path string) (string, bool) {
		r, err := http.NewRequest("GET", d.url+path, nil)
		must(d.T, err)
		r.AddCookie(d.session)
		answer, err := client.Do(r)
		must(d.T, err)
		page, err := io.ReadAll(answer.Body)
		must(d.T, err)
		must(d.T, answer.Body.Close())
		return string(page), answer.StatusCode == http.StatusOK && strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html")
	})
	for _, path := range slices.Sorted(maps.Keys(all)) {
		kind := crawl.Kind(path)
		if role.ID == "cashier" {
			kind += " at the desk"
		}
		if !seen[kind] {
			seen[kind] = true
			list = append(list, path)
		}
	}
	return list
}

// Every page there is, as found by following links as every role: no serious finding of axe-core, and nothing too wide at a desk, on a phone,
// and in large letters.
func TestEveryPageIsSound(t *testing.T) {
	d := open(t)
	found := d.busy()
	seen, failed := map[string]bool{}, false
	d.inNewTab(func() {
		for _, role := range auth.Roles() {
			d.signIn(role.ID)
			for _, path := range d.kinds(role, found, seen) {
				d.size(1366, 768)
				d.see(path)
				d.sound()
				d.fits()
				d.whole(role.ID+crawl.Kind(path), 1366)
				d.size(390, 844)
				d.fits()
				d.whole(role.ID+crawl.Kind(path)+"-phone", 390)
				d.size(390, 844)
				ask[string](d, `document.documentElement.dataset.size = "lg"`)
				d.fits()
				if d.Failed() != failed {
					failed = true
					t.Logf("on %s as %s", path, role.ID)
				}
			}
		}
	})
	if len(seen) < 20 {
		t.Errorf("%d kinds of pages were found only", len(seen))
	}
}

// focus is what the keyboard is at: what it is, and whether one sees that it is there.
type focus struct {
	What    string
	Visible bool
	Whole   bool // inside the window
}

const focused = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body || e === document.documentElement) return {What: "", Visible: true, Whole: true};
	const style = getComputedStyle(e), box = e.getBoundingClientRect();
	return {What: e.tagName + " " + (e.id || e.getAttribute("href") || e.name || e.textContent).slice(0, 60),
		Visible: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 1 && box.height > 1,
		Whole: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth};
})()`

// With Tab alone one comes to everything of a page, in a circle, and always sees where one is.
func TestTabShowsWhereOneIs(t *testing.T) {
	d := open(t)
	for _, path := range []string{"/sign-in", "/", "/settlements/" + number, "/settlements/" + number + "/edit"} {
		d.see(path)
		ask[int](d, `document.querySelector(".skip").focus(), 0`)
		seen := 0
		for range 120 {
			d.do(chromedp.KeyEvent(kb.Tab))
			f := ask[focus](d, focused)
			if f.What == "" {
				break
			}
			if seen++; !f.Visible || !f.Whole {
				t.Errorf("%s: at %q nobody sees the cursor (%+v)", path, f.What, f)
			}
		}
		if seen < 5 || seen >= 120 {
			t.Errorf("%s: Tab comes to %d things", path, seen)
		}
	}
}

// Without scripts what was typed can be put aside, and an account be opened with it.
func TestAsideWithoutScript(t *testing.T) {
	d := open(t)
	d.signIn("admin")
	d.withoutScript()
	d.see("/admin/staff/new")
	d.do(chromedp.SendKeys("#name", "何新"), chromedp.SendKeys("#login", "hexin"))
	d.loads(chromedp.Click(`button[formaction="/drafts"]`))
	d.has("还没有交的内容在这里")
	d.do(chromedp.SendKeys("#password", "temporary 1 word"), chromedp.SetValue("#role", "village"), chromedp.SetValue("#organisation", string(fiction.FirstVillage)))
	d.loads(chromedp.Click(`.act .pri`))
	d.has("何新", "示范村 · 村干部", "待改密码")
}

// loads does something that loads another page.
func (d *desk) loads(step chromedp.Action[chromedp.Void]) {
	d.Helper()
	_, err := chromedp.RunResponse(d.Context, step)
	must(d.T, err)
}

// What is typed is there again after the page was left, field by field, and Escape need not ask.
func TestLeavingKeepsWhatWasTyped(t *testing.T) {
	d := openOn(t, now, false)
	here := "/settlements/new?person=" + d.person + "&policy=pingyin-medical-help&rule=inpatient"
	d.see(here)
	d.do(chromedp.SendKeys("#bill-no", "ZY-77"), chromedp.KeyEvent(kb.Tab), chromedp.WaitVisible(`[data-kept]:not(:empty)`))
	d.see("/")
	d.has("没填完的")
	d.see(here)
	if kept := ask[string](d, `document.querySelector("#bill-no").value`); kept != "ZY-77" {
		t.Errorf("the number is %q", kept)
	}
	d.picture("draft")
	d.size(390, 844)
	d.fits()
	d.picture("draft-phone")
}
