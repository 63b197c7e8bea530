package web_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	fiction "doudi/internal/county"
	"doudi/internal/staff"
	"doudi/kernel/fault"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/claim"
	"doudi/record/store"
	"doudi/record/store/storetest"
	"doudi/serve/web"
)

// now is when the desk's day is.
var now = time.Date(2021, 11, 8, 2, 42, 0, 0, time.UTC)

// number is the bill that the hospital's system sent.
const number = "ZY20211108-0037"

// desk is a window of the county's hospital: a patient on the list whose stay was sent, and one who is not on it.
type desk struct {
	*testing.T
	*fiction.Desk
	handler       http.Handler
	listed, other string
	identity      string // of the listed one
	headers       http.Header
	session       *http.Cookie
	fragment      bool
	lastCode      int
	lastAddress   string
	lastAnswer    string
}

func open(t *testing.T) *desk {
	t.Helper()
	county, err := fiction.OpenOn(context.Background(), storetest.SQLite(t), t.TempDir())
	must(t, err)
	t.Cleanup(func() {
		if err := county.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &desk{T: t, Desk: county, identity: string(fiction.Number("19540302", "002"))}
	d.listed, err = county.Add(fiction.Named{Name: "李桂芳", Number: fiction.Number("19540302", "002"), Listed: true, Insured: true})
	must(t, err)
	d.other, err = county.Add(fiction.Named{Name: "李大山", Number: fiction.Number("19600101", "003"), Insured: true})
	must(t, err)
	must(t, county.Send(now.Add(-time.Minute), county.Stay(d.listed, number)))
	d.openAt(county.Hospital, now)
	return d
}

// openAt opens the office at an instant, with the cashier of a provider signed in.
func (d *desk) openAt(provider string, at time.Time) {
	d.Helper()
	d.openOffice(at)
	login := "cashier"
	if provider != d.Hospital {
		login += provider[len(provider)-8:]
	}
	must(d.T, d.Do(at, fiction.Clerk, func(tx *store.Tx) error {
		accounts, err := d.Staff.Accounts(tx)
		if err != nil || slices.ContainsFunc(accounts, func(a auth.Account) bool { return a.Login == login }) {
			return err
		}
		_, err = staff.Open(tx, d.Record, staff.SignIn{Login: login, Name: fiction.Cashier.Name, Role: auth.RoleOf("cashier")}, provider)
		return err
	}))
	d.signIn(login)
}

func (d *desk) openOffice(at time.Time) {
	d.Helper()
	items, err := fiction.Items()
	must(d.T, err)
	handler, err := web.New(web.Config{Record: d.Record, Items: items, Counties: []string{fiction.Code}, Now: func() time.Time { return at }})
	must(d.T, err)
	d.handler = handler
}

// signIn signs somebody of the demonstration in.
func (d *desk) signIn(login string) {
	d.Helper()
	d.session = nil
	d.post("/sign-in", url.Values{"county": {fiction.Code}, "login": {login}, "password": {staff.Password}})
	d.sends("/")
	for _, c := range (&http.Response{Header: d.headers}).Cookies() {
		if c.Name == "session" {
			d.session = c
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"), err)
	}
}

// send asks the desk for something and keeps the answer.
func (d *desk) send(r *http.Request) string {
	d.Helper()
	if d.fragment {
		r.Header.Set("HX-Request", "true")
	}
	if d.session != nil {
		r.AddCookie(d.session)
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	answer := w.Result()
	body, err := io.ReadAll(answer.Body)
	must(d.T, err)
	d.lastCode, d.lastAddress, d.lastAnswer, d.headers = answer.StatusCode, answer.Header.Get("Location"), string(body), answer.Header
	return d.lastAnswer
}

func (d *desk) get(path string) string {
	d.Helper()
	return d.send(httptest.NewRequest("GET", path, nil))
}

func (d *desk) post(path string, form url.Values) string {
	d.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.send(r)
}

// is fails unless the last answer has a status and says something.
func (d *desk) is(status int, words ...string) {
	d.Helper()
	if d.lastCode != status {
		d.Fatalf("status %d, want %d:\n%s", d.lastCode, status, d.lastAnswer)
	}
	for _, word := range words {
		if !strings.Contains(d.lastAnswer, word) {
			d.Errorf("the page does not say %q:\n%s", word, d.lastAnswer)
		}
	}
}

// not fails if the last answer says something.
func (d *desk) not(words ...string) {
	d.Helper()
	for _, word := range words {
		if strings.Contains(d.lastAnswer, word) {
			d.Errorf("the page says %q:\n%s", word, d.lastAnswer)
		}
	}
}

// sends fails unless the last answer sends the reader on to an address.
func (d *desk) sends(to string) {
	d.Helper()
	if d.lastCode != http.StatusSeeOther || d.lastAddress != to {
		d.Fatalf("status %d to %q, want 303 to %q:\n%s", d.lastCode, d.lastAddress, to, d.lastAnswer)
	}
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)

// form is what the hidden inputs of the last answer carry.
func (d *desk) form() url.Values {
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(d.lastAnswer, -1) {
		form.Set(m[1], strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(m[2]))
	}
	return form
}

// claim is the bill on record under a number.
func (d *desk) claim(number string, revision int) (c claim.Claim) {
	d.Helper()
	must(d.T, d.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) (err error) {
		c, err = claim.ByNumber(tx, d.Hospital, number, revision)
		return err
	}))
	return c
}

// looks counts the cashier's recorded looks at a person.
func (d *desk) looks(person string) int { return d.looksBy(person, fiction.Cashier.Name) }

func (d *desk) looksBy(person, name string) (n int) {
	d.Helper()
	must(d.T, d.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		n = 0
		ids, err := audit.About(tx, person)
		if err != nil {
			return err
		}
		for _, id := range ids {
			e, err := d.Record.Log.Entry(tx, id)
			if err != nil {
				return err
			}
			if e.Kind == audit.Look && e.Actor.Name == name {
				n++
			}
		}
		return nil
	}))
	return n
}

// confirmed settles the bill that was sent.
func (d *desk) confirmed() {
	d.Helper()
	d.get("/settlements/" + number)
	d.post("/settlements/"+number+"/confirm", d.form())
	d.sends("/settlements/" + number + ".print?now=1")
}

// entry is the address of the form for a stay by the rules of the first pack.
func (d *desk) entry(person string) string {
	return "/settlements/new?" + url.Values{"person": {person}, "policy": {fiction.Pingyin}, "rule": {"inpatient"}}.Encode()
}

// stay is a form as a cashier fills it in.
func stay() url.Values {
	return url.Values{"bill.no": {"ZY-9"}, "visit.kind": {"inpatient"}, "visit.admitted": {"20211101"}, "visit.discharged": {"2021-11-05"},
		"visit.diagnosis_name": {"肺炎"}, "lines": {"1"}, "line.0.from": {"-1"}, "line.0.amount": {"1,000.00"}, "line.0.in_scope": {"900.00"},
		"paid.basic_insurance": {"600.00"}, "paid.medical_assistance": {"0.00"}, "key": {"key-1"}}
}

func with(form url.Values, pairs ...string) url.Values {
	changed := url.Values{}
	for name, value := range form {
		changed[name] = value
	}
	for i := 0; i < len(pairs); i += 2 {
		changed.Set(pairs[i], pairs[i+1])
	}
	return changed
}
