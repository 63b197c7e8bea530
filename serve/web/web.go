package web

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"doudi/decide/proof"
	"github.com/klauspost/compress/gzhttp"

	"doudi/kernel/fault"
	"doudi/record"
	"doudi/record/auth"
	"doudi/serve/oidc"
	"doudi/serve/pdf"
)

//go:generate go tool templ generate -include-version=false
//go:generate sh -c "gofmt -w *_templ.go"

// Config is what the office is opened with.
type Config struct {
	Record   *record.Record
	Counties []string     // six digits each, whose people may sign in
	Items    []proof.Item // what packs are measured against; none leaves their coverage out
	Now      func() time.Time
	OIDC     *oidc.Provider // the office's own identity provider; nil without one
	Secure   bool           // reached over HTTPS alone, so that the browser sends the session over nothing else
}

// office is all pages. Between requests it holds nothing but what follows from the packs, and how often the code of a set-up was tried in vain.
type office struct {
	Config
	tries     auth.Guard
	printer   *pdf.Printer
	proofs    *proofs
	monthEnds *monthEnds
	mux       *http.ServeMux
	known     map[string]route // by pattern
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

// asset is the address of one of the office's own files.
func asset(name string) string { return "/assets/" + name + "?v=" + edition() }

// New is the office as a handler for the root of a host.
func New(c Config) (http.Handler, error) {
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		return nil, err
	}
	o := &office{Config: c, printer: pdf.New(), proofs: &proofs{items: c.Items, known: map[string]*proof.Coverage{}}, monthEnds: &monthEnds{byCounty: map[string]monthEnd{}}}
	short, err := shortened()
	if err != nil {
		return nil, err
	}
	return short(guarded(o.routes(http.FileServerFS(files)))), nil
}

// route is one address: who may ask for it, and what answers.
type route struct {
	pattern string
	may     []auth.Permission // any of these; none for everybody who is signed in
	do      func(*view) error
	open    bool    // without signing in
	secret  bool    // what is sent is never held for later: it has a password in it
	upload  *upload // a file may be sent with the form; nil for none
}

func only(p ...auth.Permission) []auth.Permission { return p }

var routes = slices.Concat(
	frameRoutes,
	workRoutes,
	draftRoutes,
	deskRoutes,
	registerRoutes,
	waitingRoutes,
	supervisionRoutes,
	importRoutes,
	runRoutes,
	batchRoutes,
	listRoutes,
	jobRoutes,
	fundRoutes,
	policyRoutes,
	auditRoutes,
	staffRoutes,
	standingRoutes,
	paperRoutes,
	oidcRoutes,
)

// frameRoutes are what is around all work: signing in, the own account, help.
var frameRoutes = []route{
	{pattern: "GET /sign-in", do: (*view).signInForm, open: true},
	{pattern: "POST /sign-in", do: (*view).signIn, open: true, secret: true},
	{pattern: "GET /setup", do: (*view).setupForm, open: true},
	{pattern: "POST /setup", do: (*view).setup, open: true, secret: true},
	{pattern: "GET /display", do: (*view).display, open: true},
	{pattern: "POST /sign-out", do: (*view).signOut},
	{pattern: "GET /account", do: (*view).account},
	{pattern: "POST /account/password", do: (*view).changePassword, secret: true},
	{pattern: "POST /account/factor", do: (*view).setFactor, secret: true},
	{pattern: "POST /account/post", do: (*view).choosePost},
	{pattern: "GET /help", do: (*view).help},
	{pattern: "/", do: (*view).nowhere},
}

// deskRoutes are the settlement desk of a hospital.
var deskRoutes = []route{
	{pattern: "GET /settlements", may: only(auth.Settle), do: (*view).list},
	{pattern: "GET /settlements/new", may: only(auth.Settle), do: (*view).newBill},
	{pattern: "POST /settlements/new", may: only(auth.Settle), do: (*view).receive},
	{pattern: "GET /settlements/{no}", may: only(auth.Settle), do: (*view).settlement},
	{pattern: "GET /settlements/{no}/trace", may: only(auth.Settle), do: (*view).trace},
	{pattern: "GET /settlements/{no}/bill", may: only(auth.Settle), do: (*view).fees},
	{pattern: "GET /settlements/{no}/edit", may: only(auth.Settle), do: (*view).editBill},
	{pattern: "POST /settlements/{no}/edit", may: only(auth.Settle), do: (*view).correct},
	{pattern: "POST /settlements/{no}/confirm", may: only(auth.Settle), do: (*view).confirm},
	{pattern: "GET /settlements/{no}/advance", may: only(auth.Settle), do: (*view).askAdvance},
	{pattern: "POST /settlements/{no}/advance", may: only(auth.Settle), do: (*view).advance},
	{pattern: "GET /settlements/{no}/reverse", may: only(auth.Settle), do: (*view).askReverse},
	{pattern: "POST /settlements/{no}/reverse", may: only(auth.Settle), do: (*view).reverse},
}

// registerRoutes are the register of people. A cashier finds there whom a bill is for, and who keeps the accounts an entry by its number.
var registerRoutes = []route{
	{pattern: "POST /search", may: only(auth.Settle, auth.SeePeople, auth.SeeFunds), do: (*view).search},
	{pattern: "GET /search", may: only(auth.Settle, auth.SeePeople, auth.SeeFunds), do: (*view).searchForm},
	{pattern: "GET /people/{person}", may: only(auth.Settle, auth.SeePeople), do: (*view).person},
	{pattern: "POST /people/{person}/number", may: only(auth.SeePeople), do: (*view).fullNumber},
	{pattern: "GET /people/{person}/history", may: only(auth.SeePeople), do: (*view).history},
	{pattern: "GET /households/{household}", may: only(auth.SeePeople), do: (*view).household},
}

// routes are all addresses of the office.
func (o *office) routes(files http.Handler) http.Handler {
	o.mux, o.known = http.NewServeMux(), map[string]route{}
	o.mux.Handle("GET /assets/", http.StripPrefix("/assets/", lasting(files)))
	for _, r := range routes {
		o.mux.Handle(r.pattern, o.page(r))
		o.known[r.pattern] = r
	}
	return english(o.mux)
}

// largestForm bounds what a form may send.
const largestForm = 4 << 20

// page answers with what a route does, or with its error.
func (o *office) page(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := o.view(w, r)
		if err := v.serve(route); err != nil {
			v.fail(err)
		}
	})
}

// serve lets through who may ask. To everybody else the address does not exist.
func (v *view) serve(route route) error {
	if v.r.Method == http.MethodPost && route.upload == nil {
		v.r.Body = http.MaxBytesReader(v.w, v.r.Body, largestForm)
		if err := v.r.ParseForm(); err != nil {
			return unreadable(err)
		}
		choose(v.r.PostForm)
		choose(v.r.Form)
	}
	if err := v.recognise(); err != nil {
		return err
	}
	if v.r.Method == http.MethodPost && route.upload != nil {
		if err := v.receiveForm(route); err != nil {
			return err
		}
		defer v.forgetFiles()
	}
	switch {
	case route.open:
		return route.do(v)
	case v.session == nil:
		return v.askSignIn(route)
	case v.session.Unfinished() && len(route.may) > 0, v.session.Unfinished() && route.pattern == "GET /{$}":
		return v.see("/account")
	case !v.allowed(route.may):
		return v.nowhere()
	}
	return route.do(v)
}

// upload is the file that may be sent with a form.
type upload struct {
	largest int64      // bytes
	smaller fault.Text // what to do with a larger one
}

// What a form with a file may have besides the file, how much of it is kept in memory, the rest lying on the disk meanwhile, and how much of what is
// too large is still read: a browser shows the answer only after it has sent everything.
const (
	besideFile = 1 << 20
	inMemory   = 1 << 20
	readAnyway = 512 << 20
)

// receiveForm reads a form with a file of who may send one. To others the address does not exist, so theirs is read as any form is. A large file on a
// weak line takes longer than any other request, so who may send one is given the time.
func (v *view) receiveForm(route route) error {
	sends := v.session != nil && v.allowed(route.may)
	limit, whole := int64(largestForm), v.r.Body
	if sends {
		limit = route.upload.largest + besideFile
		v.takeTime()
	}
	v.r.Body = http.MaxBytesReader(v.w, whole, limit)
	err := parseForm(v.r, inMemory)
	var large *http.MaxBytesError
	switch {
	case err == nil:
		choose(v.r.PostForm)
		choose(v.r.Form)
		return nil
	case sends && errors.As(err, &large):
		_, _ = io.CopyN(io.Discard, whole, readAnyway) // whoever sends still more hangs up
		return tooLarge(route.upload)
	}
	return unreadable(err)
}

// parseForm reads a form with or without files, of which so much is kept in memory.
func parseForm(r *http.Request, memory int64) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	if err := r.ParseMultipartForm(memory); !errors.Is(err, http.ErrNotMultipart) {
		return err
	}
	return nil
}

func tooLarge(u *upload) error {
	return refuse(fault.Invalid, "too-large", fault.Text{ZH: fmt.Sprintf("文件超过 %d MB，没有收下", u.largest>>20), EN: fmt.Sprintf("the file is larger than %d MB; nothing was taken in", u.largest>>20)}, u.smaller)
}

// takeTime lets a request last as long as it takes to send or fetch a large file.
func (v *view) takeTime() {
	c := http.NewResponseController(v.w)
	_ = errors.Join(c.SetReadDeadline(time.Time{}), c.SetWriteDeadline(time.Time{})) // a connection without deadlines has all the time
}

// forgetFiles removes what an upload left on the disk.
func (v *view) forgetFiles() {
	if v.r.MultipartForm != nil {
		_ = v.r.MultipartForm.RemoveAll() // in the folder for temporary files, which the system clears
	}
}

// allowed tells whether the post may do one of several things, and keeps which: its purpose is that of all looks of the request.
func (v *view) allowed(may []auth.Permission) bool {
	for _, p := range may {
		if access, ok := v.session.May(p); ok {
			v.permission, v.access = p, access
			return true
		}
	}
	return len(may) == 0
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

// contentPolicy lets a page take from this office what it needs, and nothing from anywhere else.
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

// shortened sends text compressed to browsers that take it: village halls are on weak lines. Answers get a length that does not tell how well they
// could be compressed, so that what stands beside something a stranger chose cannot be guessed by it.
func shortened() (func(http.Handler) http.HandlerFunc, error) {
	const padding, window = 32, 64 << 10
	return gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.RandomJitter(padding, window, false))
}

// lasting lets a browser keep the office's own files: their addresses change with them.
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
