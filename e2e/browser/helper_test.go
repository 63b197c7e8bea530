package browser_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	fiction "doudi/internal/county"
	"doudi/internal/debian"
	"doudi/internal/staff"
	"doudi/kernel/fault"
	"doudi/record/store/storetest"
	"doudi/serve/web"
)

var pictures = flag.String("pictures", "", "write the screenshots into this folder, for people to look at")

// now is when the desk's day is: a Monday morning.
var now = time.Date(2021, 11, 8, 2, 42, 0, 0, time.UTC)

// Where Debian installs what is needed, and the packages it comes in.
const (
	chromium = "/usr/bin/chromium"
	font     = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
)

// installed makes sure that Chromium and Chinese letters are there: installs Debian's packages where it may, and says otherwise what to install.
var installed = sync.OnceValue(func() error {
	return debian.Need(map[string]string{chromium: "chromium", font: "fonts-noto-cjk"})
})

// browser is the one Chromium of all tests, with a profile of its own that goes with it.
var browser struct {
	context.Context
	err error
}

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(withBrowser(m.Run))
}

func withBrowser(run func() int) int {
	if browser.err = installed(); browser.err != nil {
		return run()
	}
	profile, err := os.MkdirTemp("", "doudi-chromium-")
	if err != nil {
		browser.err = err
		return run()
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(time.Minute))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	browser.Context, browser.err = ctx, chromedp.Do(ctx)
	code := run()
	cancel()
	stop()
	if err := os.RemoveAll(profile); err != nil {
		fmt.Fprintln(os.Stderr, "the browser's profile stays:", err)
	}
	return code
}

// desk is a window of the county's hospital with somebody at it.
type desk struct {
	*testing.T
	*fiction.Desk
	context.Context
	server *httptest.Server
	url    string
	person string
	number string
	clicks int
	typed  int

	session *http.Cookie
}

// open makes a county with one patient on the list, whose stay the hospital's system has sent, and opens the desk of a day.
func open(t *testing.T) *desk { return openOn(t, now, true) }

func openOn(t *testing.T, on time.Time, sent bool) *desk {
	t.Helper()
	if browser.err != nil {
		t.Fatal(browser.err)
	}
	county, err := fiction.OpenOn(context.Background(), storetest.SQLite(t), t.TempDir())
	must(t, err)
	number := fiction.Number("19540302", "002")
	person, err := county.Add(fiction.Named{Name: "李桂芳", Number: number, Listed: true, Insured: true})
	must(t, err)
	if sent {
		must(t, county.Send(on.Add(-time.Minute), county.Stay(person, "ZY20211108-0037")))
	}
	_, err = staff.Seed(context.Background(), county.Record, fiction.Code, on)
	must(t, err)
	d := office(t, county, on)
	d.person, d.number = person, string(number)
	return d
}

// office opens the pages of a county in a window of their own, with the cashier at it.
func office(t *testing.T, county *fiction.Desk, on time.Time) *desk {
	t.Helper()
	server := httptest.NewServer(handlerAt(t, county, on))
	limited, cancelTime := context.WithTimeout(browser.Context, 2*time.Minute)
	ctx, cancel := chromedp.NewContext(limited, chromedp.WithNewBrowserContext())
	t.Cleanup(func() {
		cancel()
		cancelTime()
		server.Close()
		if err := county.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &desk{T: t, Desk: county, Context: ctx, server: server, url: server.URL}
	d.size(1366, 768)
	d.signIn("cashier")
	return d
}

func handlerAt(t *testing.T, county *fiction.Desk, on time.Time) http.Handler {
	t.Helper()
	items, err := fiction.Items()
	must(t, err)
	handler, err := web.New(web.Config{Record: county.Record, Items: items, Counties: []string{fiction.Code}, Now: func() time.Time { return on }})
	must(t, err)
	return handler
}

// signIn signs somebody of the demonstration in, and gives the browser the session.
func (d *desk) signIn(login string) {
	d.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm(d.url+"/sign-in", url.Values{"county": {fiction.Code}, "login": {login}, "password": {staff.Password}})
	must(d.T, err)
	must(d.T, answer.Body.Close())
	if len(answer.Cookies()) == 0 {
		d.Fatalf("%s cannot sign in: %s", login, answer.Status)
	}
	d.session = answer.Cookies()[0]
	set := network.SetCookieParams{Name: d.session.Name, Value: d.session.Value, URL: d.url, HTTPOnly: new(true)}
	_, err = chromedp.Call(d.Context, network.SetCookie, set)
	must(d.T, err)
}

// openLater lets the office's day be another, and the cashier sign in on it.
func (d *desk) openLater(by time.Duration) {
	d.Helper()
	d.server.Config.Handler = handlerAt(d.T, d.Desk, now.Add(by))
	d.signIn("cashier")
}

// inNewTab does something in a tab of its own, with its own time: what looks at many pages needs more than a minute where several tests run.
func (d *desk) inNewTab(do func()) {
	d.Helper()
	const long = 5 * time.Minute
	limited, end := context.WithTimeout(browser.Context, long)
	defer end()
	tab, cancel := chromedp.NewContext(limited, chromedp.WithNewBrowserContext())
	defer cancel()
	before := d.Context
	d.Context = tab
	defer func() { d.Context = before }()
	set := network.SetCookieParams{Name: d.session.Name, Value: d.session.Value, URL: d.url, HTTPOnly: new(true)}
	_, err := chromedp.Call(d.Context, network.SetCookie, set)
	must(d.T, err)
	do()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"), err)
	}
}

func (d *desk) do(steps ...chromedp.Action[chromedp.Void]) {
	d.Helper()
	must(d.T, chromedp.Do(d.Context, steps...))
}

func (d *desk) size(width, height int64) {
	d.Helper()
	d.do(chromedp.EmulateViewport(width, height))
}

// see opens an address of the desk.
func (d *desk) see(path string) {
	d.Helper()
	d.do(chromedp.Navigate(d.url + path))
}

// click presses what a selector finds and waits for the page that follows.
func (d *desk) click(selector string) {
	d.Helper()
	d.clicks++
	d.next(chromedp.Click(selector))
}

// press presses a key and waits for the page that follows.
func (d *desk) press(key string) {
	d.Helper()
	d.clicks++
	d.next(chromedp.KeyEvent(key))
}

// next does something and waits until the middle of the page is another one, whether the page was loaded or a part of it swapped.
func (d *desk) next(step chromedp.Action[chromedp.Void]) {
	d.Helper()
	ask[string](d, `document.querySelector("main").dataset.old = "yes"`)
	d.do(step, chromedp.WaitReady("main:not([data-old])"))
}

// write fills in a field.
func (d *desk) write(selector, text string) {
	d.Helper()
	d.typed++
	d.do(chromedp.SetValue(selector, text))
}

// text is what stands in an element.
func (d *desk) text(selector string) string {
	d.Helper()
	text, err := chromedp.Run(d.Context, chromedp.Text(selector))
	if err != nil {
		d.Fatal(selector, err)
	}
	return text
}

// ask evaluates a script in the page.
func ask[T any](d *desk, script string) T {
	d.Helper()
	value, err := chromedp.Run(d.Context, chromedp.Evaluate[T](script))
	must(d.T, err)
	return value
}

// later is ask for a script that answers later.
func later[T any](d *desk, script string) T {
	d.Helper()
	value, err := chromedp.Run(d.Context, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	must(d.T, err)
	return value
}

// waitFor waits until an element is there.
func (d *desk) waitFor(selector string) {
	d.Helper()
	d.do(chromedp.WaitVisible(selector))
}

// has fails unless the page says something.
func (d *desk) has(words ...string) {
	d.Helper()
	body := d.text("body")
	for _, word := range words {
		if !strings.Contains(body, word) {
			d.Errorf("the page does not say %q:\n%s", word, body)
		}
	}
}

// at fails unless the browser is at an address.
func (d *desk) at(path string) {
	d.Helper()
	location, err := chromedp.Run(d.Context, chromedp.Location())
	must(d.T, err)
	if got := strings.TrimPrefix(location, d.url); got != path {
		d.Errorf("at %s, want %s", got, path)
	}
}

// picture writes a screenshot when pictures are asked for.
func (d *desk) picture(name string) {
	d.Helper()
	if *pictures == "" {
		return
	}
	png, err := chromedp.Run(d.Context, chromedp.CaptureScreenshot())
	must(d.T, err)
	must(d.T, os.WriteFile(filepath.Join(*pictures, name+".png"), png, 0o644))
}

// whole writes a screenshot of a page down to its end, or as far as somebody looks, when pictures are asked for.
func (d *desk) whole(name string, width int64) {
	d.Helper()
	if *pictures == "" {
		return
	}
	const far = 2600
	d.size(width, max(768, min(far, ask[int64](d, "document.documentElement.scrollHeight"))))
	d.picture(strings.NewReplacer("/", "-", "*", "x").Replace(name))
}

// sound fails if axe-core finds something serious in the page.
func (d *desk) sound() {
	d.Helper()
	axe, err := os.ReadFile("testdata/axe.min.js")
	must(d.T, err)
	d.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Evaluate[json.RawMessage](string(axe)+"; 1")(ctx, t)
		return chromedp.Void{}, err
	})
	found := later[[]string](d, `axe.run(document).then(r => r.violations.filter(v => v.impact === "serious" || v.impact === "critical").map(v => v.id + ": " + v.help + " " + v.nodes.map(n => n.html).slice(0, 3).join(" | ")))`)
	for _, finding := range found {
		d.Errorf("accessibility: %s", finding)
	}
}

// fits fails if the page scrolls sideways.
func (d *desk) fits() {
	d.Helper()
	if wide := ask[int](d, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
		d.Errorf("%s is %d pixels too wide: %v", ask[string](d, "location.pathname"), wide, ask[[]string](d, `[...document.querySelectorAll("body *")].filter(e => !e.closest(".side, .tabs, .wide-table") && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map(e => e.tagName + "." + e.className).slice(0, 5)`))
	}
}

// pdf prints the page.
func (d *desk) pdf() []byte {
	d.Helper()
	pdf, err := chromedp.Run(d.Context, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
	must(d.T, err)
	return pdf
}

// onPaper shows the page as it is printed, in the width that A4 leaves between its margins.
func (d *desk) onPaper() {
	d.Helper()
	d.size(680, 962)
	_, err := chromedp.Call(d.Context, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	must(d.T, err)
}

// keepPDF writes a paper when pictures are asked for.
func (d *desk) keepPDF(name string, pdf []byte) {
	d.Helper()
	if *pictures != "" {
		must(d.T, os.WriteFile(filepath.Join(*pictures, name+".pdf"), pdf, 0o644))
	}
}

// withoutScript turns JavaScript off in this tab.
func (d *desk) withoutScript() {
	d.Helper()
	_, err := chromedp.Call(d.Context, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	must(d.T, err)
}
