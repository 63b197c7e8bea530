package web_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"doudi/decide/policy"
	fiction "doudi/internal/county"
	"doudi/internal/staff"
	"doudi/record"
	"doudi/record/store"
	"doudi/serve/web"
)

// office opens the office with an account for each role.
func office(t *testing.T) *desk {
	t.Helper()
	d := open(t)
	_, err := staff.Seed(context.Background(), d.Record, fiction.Code, now)
	must(t, err)
	return d
}

func TestSignIn(t *testing.T) {
	d := open(t)
	d.session = nil
	for _, path := range []string{"/", "/settlements", "/no-such-page", "/people/" + d.listed, "/admin/staff"} {
		d.get(path)
		d.sends("/sign-in?to=" + url.QueryEscape(path))
	}
	d.get("/en/settlements")
	d.sends("/en/sign-in?to=%2Fen%2Fsettlements")
	d.get("/sign-in?to=%2Fsettlements")
	d.is(200, "用户名", `type="password"`, "动态码", `name="to" value="/settlements"`)
	d.not("结算单</span>", "赵敏")
	right := url.Values{"county": {fiction.Code}, "login": {"cashier"}, "password": {staff.Password}, "to": {"/settlements?day=2021-11-08"}}
	for _, wrong := range []url.Values{with(right, "password", "x"), with(right, "login", "nobody"), with(right, "login", "<script>alert(1)</script>"), with(right, "login", "' OR ''='")} {
		d.post("/sign-in", wrong)
		d.is(403, "用户名、密码或动态码不对", "错误：")
		d.not("<script>alert")
		if d.headers.Get("Set-Cookie") != "" {
			t.Error("a session for who was refused")
		}
	}
	d.post("/sign-in", with(right, "county", "110101"))
	d.is(422, "没有选择县区")
	d.post("/sign-in", right)
	d.sends("/settlements?day=2021-11-08")
	if c := d.headers.Get("Set-Cookie"); !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") {
		t.Errorf("the cookie is %s", c)
	}
	for _, elsewhere := range []string{"https://example.org/", "//example.org", `/\example.org`, "javascript:alert(1)", "", "/sign-in"} {
		d.post("/sign-in", with(right, "to", elsewhere))
		d.sends("/")
	}
}

func TestSecureCookie(t *testing.T) {
	d := open(t)
	handler, err := web.New(web.Config{Record: d.Record, Counties: []string{fiction.Code}, Now: func() time.Time { return now }, Secure: true})
	must(t, err)
	d.handler = handler
	d.signIn("cashier")
	if !strings.Contains(d.headers.Get("Set-Cookie"), "Secure") {
		t.Error("the session travels over plain HTTP")
	}
}

func TestSignOut(t *testing.T) {
	d := open(t)
	kept := d.session
	d.post("/sign-out", nil)
	d.sends("/sign-in")
	if !strings.Contains(d.headers.Get("Set-Cookie"), "Max-Age=0") {
		t.Error("the browser keeps the session")
	}
	d.session = kept
	d.get("/settlements")
	d.sends("/sign-in?to=%2Fsettlements")
	for _, forged := range []string{"", "x", fiction.Code + ".AAAA", "110101.AAAA", strings.Repeat("9", 5000)} {
		d.session = &http.Cookie{Name: "session", Value: forged}
		d.get("/settlements")
		d.sends("/sign-in?to=%2Fsettlements")
	}
}

var heldField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)

// An expired session keeps what was filled in, until somebody has signed in again and sends it on.
func TestExpiredSessionKeepsTheForm(t *testing.T) {
	for _, fragment := range []bool{false, true} {
		d := open(t)
		old := d.session
		d.openOffice(now.Add(time.Hour))
		d.fragment = fragment
		form := with(stay(), "visit.diagnosis_name", `肺炎<"&'>`)
		d.post(d.entry(d.other), form)
		d.is(401, "登录已过期", "您填写的内容还在", `name="held"`)
		if whole := strings.Contains(d.lastAnswer, "<html"); whole == fragment {
			t.Errorf("fragment %t, whole page %t", fragment, whole)
		}
		again := d.form()
		again.Set("county", fiction.Code)
		again.Set("login", "cashier")
		again.Set("password", "wrong")
		d.post("/sign-in", again)
		d.is(403, `name="held"`) // and is still there
		again = d.form()
		again.Set("login", "cashier")
		again.Set("password", staff.Password)
		d.fragment = false
		d.post("/sign-in", again)
		d.is(200, "继续提交", `action="`+html.EscapeString(d.entry(d.other))+`"`)
		for _, c := range (&http.Response{Header: d.headers}).Cookies() {
			d.session = c
		}
		if d.session == old {
			t.Fatal("no new session")
		}
		sent := url.Values{}
		for _, m := range heldField.FindAllStringSubmatch(d.lastAnswer, -1) {
			sent.Set(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
		}
		for name := range form {
			if sent.Get(name) != form.Get(name) {
				t.Errorf("%s came back as %q, was %q", name, sent.Get(name), form.Get(name))
			}
		}
		d.post(d.entry(d.other), sent)
		d.sends("/settlements/ZY-9")
	}
}

// A password is never held in a page.
func TestPasswordsAreNotHeld(t *testing.T) {
	d := open(t)
	d.session = nil
	for _, path := range []string{"/account/password", "/admin/staff/new", "/admin/staff/x/reset"} {
		d.post(path, url.Values{"password": {"my secret words 1"}})
		d.is(401, "用户名")
		d.not("my secret words", `name="held"`)
	}
}

func TestAccount(t *testing.T) {
	d := open(t)
	d.get("/account")
	d.is(200, "我的账户", "县人民医院 · 收费员", "正在使用", "data:image/png;base64,")
	form := url.Values{"present": {staff.Password}, "password": {"another 4 words"}, "again": {"another 4 words"}}
	d.post("/account/password", with(form, "present", "x"))
	d.is(422, "现在的密码不对", `href="#present"`, "错误：")
	d.post("/account/password", with(form, "again", "x"))
	d.is(422, "两次输入的密码不同")
	d.post("/account/password", with(form, "password", "1234567890", "again", "1234567890"))
	d.is(422, "密码太简单", `href="#password"`)
	d.not("1234567890")
	d.get("/account")
	secret := d.form().Get("secret")
	d.post("/account/factor", url.Values{"secret": {secret}, "code": {"12"}})
	d.is(422, "动态码不对", secret, `href="#code"`)
	code, err := totp.GenerateCode(secret, now)
	must(t, err)
	d.post("/account/factor", url.Values{"secret": {secret}, "code": {code}})
	d.sends("/account?done=factor")
	d.get("/account?done=factor")
	d.is(200, "二次验证已开通", "已开通")
	d.post("/account/password", form)
	d.sends("/sign-in?changed=1")
	d.get("/settlements")
	d.sends("/sign-in?to=%2Fsettlements")
	d.post("/sign-in", url.Values{"county": {fiction.Code}, "login": {"cashier"}, "password": {"another 4 words"}})
	d.is(403) // without the code
}

// First set-up is a page, done once.
func TestSetUp(t *testing.T) {
	d := open(t)
	d.session = nil
	form := url.Values{"county": {fiction.Code}, "code": {"AAAA-BBBB-CCCC-DDDD"}, "organisation": {"县民政局"}, "name": {"杨管理"}, "login": {"yang"}, "password": {"three words, 4 you"}, "again": {"three words, 4 you"}}
	d.get("/setup")
	d.is(404, "没有这个页面")
	var code string
	must(t, d.Do(now, fiction.Clerk, func(tx *store.Tx) (err error) {
		for _, table := range []string{"auth_session", "auth_post", "auth_account"} { // as before anybody was there
			if _, err := tx.Exec(`DELETE FROM `+table+` WHERE county_code = ?1`, tx.County); err != nil {
				return err
			}
		}
		code, err = d.Staff.SetupCode(tx)
		return err
	}))
	d.get("/setup")
	d.is(200, "首次设置", "设置代码")
	d.post("/setup", form)
	d.is(403, "设置代码不对", `href="#code"`, `value="县民政局"`)
	d.not("three words")
	d.post("/setup", with(form, "code", code, "again", "x"))
	d.is(422, "两次输入的密码不同")
	d.post("/setup", with(form, "code", code))
	d.sends("/admin/start")
	for _, c := range (&http.Response{Header: d.headers}).Cookies() {
		d.session = c
	}
	d.get("/admin/staff")
	d.is(200, "杨管理", "县民政局 · 系统管理员")
	d.post("/setup", with(form, "code", code, "login", "yang2"))
	d.is(404)
	d.get("/setup")
	d.is(404)
}

// Who tries codes is told to wait, even with the right one.
func TestSetUpIsNotGuessed(t *testing.T) {
	d := open(t)
	d.session = nil
	must(t, d.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		for _, table := range []string{"auth_session", "auth_post", "auth_account"} {
			if _, err := tx.Exec(`DELETE FROM `+table+` WHERE county_code = ?1`, tx.County); err != nil {
				return err
			}
		}
		return nil
	}))
	form := url.Values{"county": {fiction.Code}, "code": {"AAAA-BBBB-CCCC-DDDD"}, "organisation": {"县民政局"}, "name": {"杨管理"}, "login": {"yang"}, "password": {"three words, 4 you"}, "again": {"three words, 4 you"}}
	for range 20 {
		d.post("/setup", form)
		d.is(403)
	}
	d.post("/setup", form)
	d.is(429, "太多")
}

// Accounts are opened, appointed, covered, reset and closed by the administrator.
func TestStaff(t *testing.T) {
	d := office(t)
	d.signIn("admin")
	d.get("/admin/staff")
	d.is(200, "共 13 人", "城关镇 · 镇经办", "孙倩")
	for address, want := range map[string]string{"?q=孙": "孙倩", "?q=TOWN": "孙倩", "?role=town": "孙倩", "?q=城关镇": "孙倩", "?state=closed": "没有这样的用户", "?q=%3Cscript%3E": "没有这样的用户"} {
		d.get("/admin/staff" + address)
		d.is(200, want)
		d.not("共 13 人", "<script>")
	}
	d.get("/admin/staff/new")
	d.is(200, "示范村", "镇经办")
	form := with(d.form(), "name", "何新", "login", "hexin", "password", "temporary 1 word", "role", "town", "organisation", string(fiction.FirstTown))
	d.post("/admin/staff/new", with(form, "login", "何"))
	d.is(422, "用户名写法不对", `href="#login"`, `value="何新"`, `<option value="town" selected>`)
	d.post("/admin/staff/new", with(form, "organisation", string(fiction.FirstVillage)))
	d.is(422, "没有“镇经办”岗位", `href="#organisation"`)
	d.post("/admin/staff/new", with(form, "login", "cashier"))
	d.is(409, "已有人用")
	d.post("/admin/staff/new", form)
	d.sends("/admin/staff")
	d.post("/admin/staff/new", form) // sent twice
	d.sends("/admin/staff")
	d.get("/admin/staff")
	d.is(200, "共 14 人", "待改密码")
	page := regexp.MustCompile(`/admin/staff/([0-9a-f-]{36})">何新`).FindStringSubmatch(d.lastAnswer)
	if page == nil {
		t.Fatal("no link to the new account")
	}
	here := "/admin/staff/" + page[1]
	d.post(here+"/post", url.Values{"key": {"k1"}, "role": {"village"}, "organisation": {string(fiction.FirstVillage)}, "from": {"20211108"}, "to": {"20211231"}})
	d.sends(here + "?done=post")
	d.get(here + "?done=post")
	d.is(200, "示范村 · 村干部", "2021-11-08 至 2021-12-31", "已任命")
	d.post(here+"/post", url.Values{"key": {"k2"}, "role": {"village"}, "organisation": {string(fiction.FirstVillage)}, "from": {"soon"}})
	d.is(422, "soon")
	post := regexp.MustCompile(`name="post" value="([^"]*)"`).FindStringSubmatch(d.lastAnswer)[1]
	other := regexp.MustCompile(`<option value="([0-9a-f-]{36})">孙倩`).FindStringSubmatch(d.lastAnswer)[1]
	d.post(here+"/cover", url.Values{"key": {"k3"}, "covered": {post}, "deputy": {other}, "begins": {"2021-11-08"}, "ends": {"2021-11-10"}, "why": {"培训"}})
	d.sends(here + "?done=cover")
	d.get(here)
	d.is(200, "培训", "结束代岗")
	admin := d.session
	d.signIn("town")
	d.get("/account")
	d.is(200, "城关镇 · 镇经办（代何新）", "切换到这个岗位")
	d.post("/account/post", url.Values{"post": {post}})
	d.sends("/?post=1")
	d.get("/")
	d.is(200, "城关镇 · 镇经办（代何新）")
	d.post("/account/post", url.Values{"post": {"another's"}})
	d.is(404)
	d.session = admin
	d.get(here)
	cover := regexp.MustCompile(`name="cover" value="([^"]*)"`).FindStringSubmatch(d.lastAnswer)[1]
	d.post(here+"/uncover", url.Values{"key": {"k4"}, "cover": {cover}})
	d.sends(here + "?done=uncover")
	d.post(here+"/reset", url.Values{"key": {"k5"}, "password": {"short"}})
	d.is(422, "密码太短")
	d.post(here+"/reset", url.Values{"key": {"k5"}, "password": {"temporary 2 word"}})
	d.sends(here + "?done=reset")
	d.post("/sign-in", url.Values{"county": {fiction.Code}, "login": {"hexin"}, "password": {"temporary 2 word"}})
	for _, c := range (&http.Response{Header: d.headers}).Cookies() {
		d.session = c
	}
	d.get("/")
	d.sends("/account") // and nothing else, until the password is the own
	d.get("/search")
	d.sends("/account")
	d.get("/account")
	d.is(200, "现在的密码是别人设的")
	d.session = admin
	d.post(here+"/leave", url.Values{"key": {"k6"}, "post": {post}})
	d.sends(here + "?done=leave")
	d.post(here+"/close", url.Values{"key": {"k7"}, "reason": {" "}})
	d.is(422, "没有写明理由", `href="#reason"`)
	d.post(here+"/close", url.Values{"key": {"k7"}, "reason": {"调离"}})
	d.sends(here + "?done=close")
	d.get(here)
	d.is(200, "已停用")
	d.get("/admin/staff/nobody")
	d.is(404)
}

// The staff of a demonstration come to no real county.
func TestSeedRefusesRealCounties(t *testing.T) {
	folder := t.TempDir()
	dsn := "sqlite:" + folder + "/real.db"
	s, err := store.Connect(context.Background(), dsn)
	must(t, err)
	must(t, s.Migrate(context.Background()))
	must(t, s.Close())
	must(t, record.CreateSecrets(folder+"/secrets", "370124"))
	demo := open(t)
	r, err := record.Open(context.Background(), record.Config{DSN: dsn, Secrets: folder + "/secrets", Library: &policy.Library{Vocabulary: demo.Claims.Vocabulary, Packs: demo.Benefits.Packs}})
	must(t, err)
	defer func() { must(t, r.Close()) }()
	if _, err := staff.Seed(context.Background(), r, "370124", now); err == nil {
		t.Error("a real county got accounts with a known password")
	}
}
