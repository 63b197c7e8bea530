package web

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record"
	"doudi/record/provider"
	"doudi/record/store"
)

//go:generate go tool templ generate -include-version=false
//go:generate sh -c "gofmt -w *_templ.go"

// Config is what a desk is opened with: one county, one hospital or pharmacy, one named person.
type Config struct {
	Record   *record.Record
	County   string // six digits
	Provider string // id on the list of providers
	Operator store.Actor
	Now      func() time.Time
}

// desk is one window. It holds no state between requests.
type desk struct {
	Config
	calendar *period.Calendar
	provider provider.Profile
}

//go:embed assets
var assets embed.FS

// edition tells the files of one program from those of another, so that a browser never shows a page with an older style.
var edition = sync.OnceValue(func() string {
	h := sha256.New()
	err := fs.WalkDir(assets, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := assets.ReadFile(name)
		h.Write(content)
		return err
	})
	if err != nil { // what is embedded can be read
		panic(err)
	}
	return hex.EncodeToString(h.Sum(nil))[:8]
})

// asset is the address of one of the desk's own files.
func asset(name string) string { return "/assets/" + name + "?v=" + edition() }

// New is the desk as a handler for the root of a host. Codes: provider.unknown, web.provider-kind; those of package store.
func New(c Config) (http.Handler, error) {
	d := &desk{Config: c, calendar: period.DefaultCalendar()}
	err := c.Record.Store.Read(context.Background(), c.County, func(tx *store.Tx) (err error) {
		d.provider, err = c.Record.Providers.Profile(tx, c.Provider, dayOf(c.Now()), rule.Forever)
		return err
	})
	if err != nil {
		return nil, err
	}
	if k := d.provider.Kind; k != provider.Hospital && k != provider.Pharmacy {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "web.provider-kind", Op: "web.New",
			Message: fault.Text{ZH: "结算窗口只能开在医疗机构或药店", EN: "a settlement desk belongs to a hospital or a pharmacy"},
			Hint:    fault.Text{ZH: "核对机构编号", EN: "check the id of the provider"}}
	}
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		return nil, err
	}
	return guarded(d.routes(http.FileServerFS(files))), nil
}

// routes are all addresses of the desk.
func (d *desk) routes(files http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", lasting(files)))
	for pattern, page := range map[string]func(*view) error{
		"GET /{$}":                       (*view).home,
		"POST /search":                   (*view).search,
		"GET /search":                    (*view).searchForm,
		"GET /people/{person}":           (*view).person,
		"GET /settlements":               (*view).list,
		"GET /settlements/new":           (*view).newBill,
		"POST /settlements/new":          (*view).receive,
		"GET /settlements/{no}":          (*view).settlement,
		"GET /settlements/{no}/trace":    (*view).trace,
		"GET /settlements/{no}/bill":     (*view).fees,
		"GET /settlements/{no}/edit":     (*view).editBill,
		"POST /settlements/{no}/edit":    (*view).correct,
		"POST /settlements/{no}/confirm": (*view).confirm,
		"GET /settlements/{no}/reverse":  (*view).askReverse,
		"POST /settlements/{no}/reverse": (*view).reverse,
		"GET /help":                      (*view).help,
		"GET /display":                   (*view).display,
		"/":                              (*view).nowhere,
	} {
		mux.Handle(pattern, d.page(page))
	}
	return english(mux)
}

// largestForm bounds what a form may send.
const largestForm = 4 << 20

// page answers with what a method of a view writes, or with its error.
func (d *desk) page(do func(*view) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := d.view(w, r)
		if r.Method == http.MethodPost {
			r.Body = http.MaxBytesReader(w, r.Body, largestForm)
			if err := r.ParseForm(); err != nil {
				v.fail(unreadable(err))
				return
			}
		}
		if err := do(v); err != nil {
			v.fail(err)
		}
	})
}

// unreadable is a form that could not be read.
func unreadable(cause error) error {
	var large *http.MaxBytesError
	if errors.As(cause, &large) {
		return refuse(fault.Invalid, "too-large", fault.Text{ZH: "表单太大，没有收下", EN: "the form is too large; nothing was taken in"},
			fault.Text{ZH: "费用明细很多时，请由医院系统通过接口传送", EN: "let the hospital's system send bills with very many lines"})
	}
	return &fault.Error{Kind: fault.Invalid, Code: "web.form", Op: "web", Cause: cause, Message: fault.Text{ZH: "表单读不出来，没有收下", EN: "the form could not be read; nothing was taken in"},
		Hint: fault.Text{ZH: "刷新页面再填一次", EN: "load the page again and fill it in once more"}}
}

func refuse(kind fault.Kind, code string, message, hint fault.Text) error {
	return &fault.Error{Kind: kind, Code: "web." + code, Op: "web", Message: message, Hint: hint}
}

// contentPolicy lets a page take from this desk what it needs, and nothing from anywhere else.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guarded sets what protects every answer, and refuses what another site sends.
func guarded(next http.Handler) http.Handler {
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	}))
}

// lasting lets a browser keep the desk's own files: their addresses change with them.
func lasting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		next.ServeHTTP(w, r)
	})
}

type languageKey struct{}

// english answers /en/… as the same address without it, in English.
func english(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/en" && !strings.HasPrefix(r.URL.Path, "/en/") {
			next.ServeHTTP(w, r)
			return
		}
		http.StripPrefix("/en", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "" {
				r.URL.Path = "/"
			}
			next.ServeHTTP(w, r)
		})).ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), languageKey{}, "en")))
	})
}
