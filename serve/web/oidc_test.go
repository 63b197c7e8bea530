package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	fiction "doudi/internal/county"
	"doudi/internal/staff"
	"doudi/record/auth"
	"doudi/record/store"
	"doudi/serve/oidc"
	"doudi/serve/oidc/oidctest"
	"doudi/serve/web"
)

// linked is an office with an identity provider, at an instant.
type linked struct {
	*desk
	there   *oidctest.Provider
	here    *oidc.Provider
	cookies map[string]string
}

func openLinked(t *testing.T, passwords string) *linked {
	t.Helper()
	d := office(t)
	there := oidctest.New(t, now)
	here, err := oidc.New(oidc.Config{Issuer: there.URL, Client: oidctest.Client, Secret: oidctest.Secret, Office: "https://office.example", Strong: []string{"mfa"}, Password: passwords})
	must(t, err)
	l := &linked{d, there, here, map[string]string{}}
	l.openAt(now)
	return l
}

func (l *linked) openAt(at time.Time) {
	l.Helper()
	handler, err := web.New(web.Config{Record: l.Record, Counties: []string{fiction.Code}, Now: func() time.Time { return at }, OIDC: l.here})
	must(l.T, err)
	l.handler = handler
}

// ask is a request of a browser that keeps its cookies.
func (l *linked) ask(method, path string, form url.Values) {
	l.Helper()
	l.session = nil
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range l.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	l.send(r)
	for _, c := range (&http.Response{Header: l.headers}).Cookies() {
		if l.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(l.cookies, c.Name)
		}
	}
}

// there and back: the answer of the provider, not yet handed in.
func (l *linked) thereAndBack(to string) (callback string) {
	l.Helper()
	l.ask("GET", "/sign-in/oidc?"+url.Values{"county": {fiction.Code}, "to": {to}}.Encode(), nil)
	if l.lastCode != http.StatusSeeOther || !strings.HasPrefix(l.lastAddress, l.there.URL+"/authorize?") {
		l.Fatalf("status %d to %s", l.lastCode, l.lastAddress)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(l.lastAddress)
	must(l.T, err)
	must(l.T, answer.Body.Close())
	back, err := answer.Location()
	must(l.T, err)
	return back.RequestURI()
}

// account is the id of an account.
func (d *desk) account(login string) string { return d.as(login).ID }

// From the page to sign in on to the provider and back, as whom the administrator has linked; and out again.
func TestSignInByProvider(t *testing.T) {
	l := openLinked(t, "")
	l.ask("GET", "/sign-in?to=%2Fruns", nil)
	l.is(200, "用统一身份认证登录", "/sign-in/oidc?county="+fiction.Code, `type="password"`)
	l.ask("GET", l.thereAndBack("/runs"), nil)
	l.is(403, "没有对应的用户", "请系统管理员")
	if _, in := l.cookies["session"]; in {
		t.Error("a session for nobody")
	}
	l.signIn("admin")
	here := "/admin/staff/" + l.account("register")
	l.get(here)
	l.is(200, "对方系统里的标识")
	l.post(here+"/link", url.Values{"key": {"k1"}, "subject": {" "}})
	l.is(422, "标识没有填写", `href="#subject"`)
	l.post(here+"/link", url.Values{"key": {"k2"}, "subject": {"person-1"}})
	l.sends(here + "?done=link")
	l.post("/admin/staff/"+l.account("checker")+"/link", url.Values{"key": {"k3"}, "subject": {"person-1"}})
	l.is(409, "已经对应另一个用户")
	callback := l.thereAndBack("/runs")
	l.ask("GET", callback, nil)
	l.sends("/runs")
	signedIn := l.cookies["session"]
	l.ask("GET", "/", nil)
	l.is(200, "周经办")
	l.ask("GET", callback, nil) // the same answer again
	l.is(403, "没有从这个浏览器开始")
	l.cookies["session"] = signedIn
	l.ask("POST", "/sign-out", url.Values{})
	l.sends("/sign-in?out=1")
	l.ask("GET", "/sign-in?out=1", nil)
	l.is(200, "已退出本系统", l.there.URL+"/end?")
	for _, elsewhere := range []string{"https://example.org/", "//example.org", "/sign-in"} {
		l.ask("GET", l.thereAndBack(elsewhere), nil)
		l.sends("/")
	}
	l.ask("GET", l.thereAndBack("/en/runs"), nil)
	l.sends("/en/runs")
	l.signIn("admin")
	l.get(here)
	l.is(200, "person-1", "解除对应", "正在登录", "让此人退出登录")
	l.post(here+"/unlink", url.Values{"key": {"k4"}})
	l.sends(here + "?done=unlink")
	l.ask("GET", "/", nil)
	l.sends("/sign-in?to=%2F")
}

// What does not hold signs nobody in, and says no more than that.
func TestProviderIsNotBelieved(t *testing.T) {
	l := openLinked(t, "")
	must(t, l.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		accounts, err := l.Staff.Accounts(tx)
		must(t, err)
		return l.Staff.Link(tx, accounts[0].ID, l.there.URL, "person-1")
	}))
	for name, claims := range map[string]map[string]any{"issuer": {"iss": "https://x.example"}, "audience": {"aud": "x"}, "nonce": {"nonce": "x"}, "expired": {"exp": now.Add(-time.Minute).Unix()}, "subject": {"sub": "person-2"}} {
		l.there.Claims = claims
		l.ask("GET", l.thereAndBack("/"), nil)
		if l.lastCode != 403 || l.cookies["session"] != "" {
			t.Errorf("%s: status %d, session %q", name, l.lastCode, l.cookies["session"])
		}
		l.not("issuer", "audience", "nonce")
	}
	l.there.Claims, l.there.Forge = nil, true
	l.ask("GET", l.thereAndBack("/"), nil)
	l.is(403, "核对不上")
	l.there.Forge = false
	callback := l.thereAndBack("/")
	delete(l.cookies, "oidc") // another browser
	l.ask("GET", callback, nil)
	l.is(403, "没有从这个浏览器开始")
	for _, garbage := range []string{"", "x", "e30", strings.Repeat("A", 3000)} {
		l.cookies["oidc"] = garbage
		l.ask("GET", callback, nil)
		l.is(403, "没有从这个浏览器开始")
	}
	l.ask("GET", "/sign-in/oidc?county=110101", nil)
	l.is(404)
	l.there.Close()
	away, err := oidc.New(oidc.Config{Issuer: "http://127.0.0.1:1", Client: "doudi", Office: "https://office.example"})
	must(t, err)
	l.here = away
	l.openAt(now)
	l.ask("GET", "/sign-in/oidc?county="+fiction.Code, nil)
	l.is(503, "没有回应", "系统管理员可以用密码")
}

// The second factor is shown here when the provider has not seen one.
func TestProviderAndSecondFactor(t *testing.T) {
	l := openLinked(t, "")
	f, err := auth.NewFactor("register")
	must(t, err)
	code := func(at time.Time) string {
		c, err := totp.GenerateCode(f.Secret, at)
		must(t, err)
		return c
	}
	must(t, l.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		id := ""
		accounts, err := l.Staff.Accounts(tx)
		for _, a := range accounts {
			if a.Login == "register" {
				id = a.ID
			}
		}
		must(t, err)
		must(t, l.Staff.Link(tx, id, l.there.URL, "person-1"))
		return l.Staff.SetFactor(tx, id, f.Secret, code(now))
	}))
	later := now.Add(time.Minute)
	l.openAt(later)
	l.there.Now = later
	l.ask("GET", l.thereAndBack("/runs"), nil)
	l.is(200, "二次验证", "六位数字")
	if _, in := l.cookies["session"]; in {
		t.Error("a session without the second factor")
	}
	l.ask("POST", "/sign-in/code", url.Values{"to": {"/runs"}, "code": {"000000"}})
	l.is(403, "动态码不对", `href="#code"`, `value="/runs"`)
	l.ask("POST", "/sign-in/code", url.Values{"to": {"/runs"}, "code": {code(later)}})
	l.sends("/runs")
	l.ask("POST", "/sign-in/code", url.Values{"code": {code(later)}}) // the ticket is used up
	l.sends("/sign-in")
	delete(l.cookies, "session")
	l.there.Claims = map[string]any{"amr": []string{"mfa"}}
	l.ask("GET", l.thereAndBack("/runs"), nil)
	l.sends("/runs")
	l.cookies["ticket"] = fiction.Code + ".made-up"
	l.ask("POST", "/sign-in/code", url.Values{"code": {"000000"}})
	l.is(403, "重新从统一身份认证登录")
}

// Passwords can be switched off, and still never for those who could let the others in again.
func TestPasswordsAreSwitchedOff(t *testing.T) {
	l := openLinked(t, "administrators")
	l.ask("GET", "/sign-in", nil)
	l.is(200, "密码登录已停用")
	form := url.Values{"county": {fiction.Code}, "password": {staff.Password}}
	l.ask("POST", "/sign-in", with(form, "login", "register"))
	l.is(403, "用户名、密码或动态码不对")
	l.ask("POST", "/sign-in", with(form, "login", "admin"))
	l.sends("/")
}

// Without a provider its addresses do not exist.
func TestNoProvider(t *testing.T) {
	d := office(t)
	for _, path := range []string{"/sign-in/oidc?county=" + fiction.Code, oidc.CallbackPath + "?code=x&state=y"} {
		d.session = nil
		d.get(path)
		d.is(404)
	}
	d.get("/sign-in")
	d.not("统一身份认证")
	d.signIn("admin")
	d.post("/admin/staff/x/link", url.Values{"subject": {"s"}})
	d.is(404)
	d.get("/admin/staff")
	one := regexp.MustCompile(`/admin/staff/[0-9a-f-]{36}`).FindString(d.lastAnswer)
	d.get(one)
	d.not("对方系统里的标识")
}
