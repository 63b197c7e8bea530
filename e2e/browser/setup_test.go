package browser_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"doudi/decide/policy"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record"
	"doudi/record/setup"
	"doudi/serve/web"
)

// newOffice is an office in an empty folder, with a browser before its first page.
type newOffice struct {
	*desk
	*setup.Setup
	opened *record.Record
	later  atomic.Int64 // how much time has passed, in nanoseconds
}

func (o *newOffice) now() time.Time { return now.Add(time.Duration(o.later.Load())) }

func empty(t *testing.T) *newOffice {
	t.Helper()
	if browser.err != nil {
		t.Fatal(browser.err)
	}
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	must(t, err)
	must(t, library.LoadAll(packs.Files))
	o := &newOffice{}
	o.Setup, err = setup.Open(t.Context(), setup.Config{Folder: t.TempDir(), Library: library})
	must(t, err)
	var office atomic.Pointer[http.Handler]
	pages, err := web.NewSetup(web.SetupConfig{Setup: o.Setup, Code: "ABCD-EFGH-IJKL-MNOP", Now: o.now, Opened: func(r *record.Record) error {
		o.opened = r
		handler, err := web.New(web.Config{Record: r, Counties: []string{"370124"}, Now: o.now})
		office.Store(&handler)
		return err
	}})
	must(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := office.Load(); h != nil {
			(*h).ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	}))
	limited, cancelTime := context.WithTimeout(browser.Context, 2*time.Minute)
	ctx, cancel := chromedp.NewContext(limited, chromedp.WithNewBrowserContext())
	o.desk = &desk{T: t, Context: ctx, server: server, url: server.URL}
	t.Cleanup(func() {
		cancel()
		cancelTime()
		server.Close()
		must(t, o.Setup.Close())
		if o.opened != nil {
			must(t, o.opened.Close())
		}
	})
	o.size(1366, 768)
	return o
}

// From an empty folder to the first sign-in and the desk, by pages alone.
func TestSetUpByPages(t *testing.T) {
	o := empty(t)
	o.see("/")
	o.at("/setup")
	o.looks("setup-code")
	o.write("#code", "wrong")
	o.click(".pri")
	o.has("设置代码不对")
	o.write("#code", "ABCD-EFGH-IJKL-MNOP")
	o.click(".pri")
	o.at("/setup/database")
	o.looks("setup-database")
	o.click(".pri")
	o.at("/setup/secrets")
	o.looks("setup-secrets")
	o.click(".pri")
	o.has("县（区）代码应是六位数字")
	o.sound()
	o.picture("setup-problem")
	o.write("#county", "370124")
	o.click(".pri")
	o.at("/setup/copy")
	o.looks("setup-copy")
	o.see("/setup/copy/sheet")
	o.looks("setup-sheet")
	o.keepPDF("setup-sheet", o.pdf())
	number := ask[string](o.desk, `/number: ([0-9A-F-]+)/.exec(document.querySelector(".recovery").textContent)[1]`)
	o.see("/setup/copy")
	o.write("#number", number)
	o.click(".pri")
	must(t, o.Wait())
	o.see("/setup/tables")
	o.looks("setup-tables")
	o.click(".pri")
	o.at("/setup/administrator")
	o.looks("setup-administrator")
	o.write("#organisation", "县民政局")
	o.write("#name", "杨管理")
	o.write("#login", "yang")
	o.write("#password", "three words, 4 you")
	o.write("#again", "three words, 4 you")
	secret := ask[string](o.desk, `document.querySelector("[name=secret]").value`)
	digits, err := totp.GenerateCode(secret, o.now())
	must(t, err)
	o.write("#digits", digits)
	o.click(".pri")
	o.at("/sign-in?new=1")
	o.has("设置好了")
	o.later.Store(int64(time.Minute))
	digits, err = totp.GenerateCode(secret, o.now())
	must(t, err)
	o.write("#login", "yang")
	o.write("#password", "three words, 4 you")
	o.write("#code", digits)
	o.click(".pri")
	o.at("/")
	o.has("工作台", "杨管理")
	o.picture("setup-desk")
	o.see("/admin/start")
	o.has("开办清单")
	o.looks("setup-opening")
	o.see("/setup")
	o.has("没有这个页面")
}
