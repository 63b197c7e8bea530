package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"net/http/httptest"

	fiction "doudi/internal/county"
	"doudi/internal/staff"
	"doudi/record/claim"
)

// keep sends a draft as a page's script does.
func (d *desk) keep(form string, fields url.Values) string {
	d.Helper()
	r := httptest.NewRequest("POST", "/drafts", strings.NewReader(with(fields, "draft-of", form).Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Draft", "1")
	return d.send(r)
}

// What was typed into a form is there when its page is opened again, until the form is sent or thrown away.
func TestDrafts(t *testing.T) {
	d := open(t)
	here := d.entry(d.other)
	d.keep(here, with(stay(), "line.0.amount", "1234.56"))
	d.is(200, "已暂存 10:42")
	d.get(here)
	d.is(200, `value="1234.56"`, `value="肺炎"`, "还没有交的内容在这里（2021-11-08 10:42 暂存）", `name="key" value="key-1"`)
	d.get("/")
	d.is(200, "没填完的", "不要了")
	d.get(d.entry(d.listed)) // the same form for somebody else
	d.not("1234.56", "还没有交的内容")
	d.post(here, stay())
	d.sends("/settlements/ZY-9")
	d.keep(here, stay()) // from the page, late
	d.get(here)
	d.not("肺炎", "还没有交的内容")
	d.get("/")
	d.not("没填完的")

	again := with(stay(), "key", "key-2", "bill.no", "ZY-10")
	d.post("/drafts", with(again, "draft-of", here)) // without script
	d.sends(here)
	d.get(here)
	d.is(200, `value="ZY-10"`)
	d.post("/drafts/drop", url.Values{"draft-of": {here}})
	d.sends(here)
	d.get(here)
	d.not("ZY-10")
}

// A draft is its owner's, of a form that the owner may send.
func TestDraftsAreOnesOwn(t *testing.T) {
	d := office(t)
	d.signIn("checker")
	d.post("/search", url.Values{"q": {d.identity}})
	d.keep("/admin/staff/new", url.Values{"name": {"何新"}, "key": {"k"}})
	d.is(404, "没有这个页面")
	for _, form := range []string{"", "https://elsewhere/", "//elsewhere/", "/no-such-page", "/sign-in", "/search?q=\x00", "/runs/1"} {
		if d.keep(form, url.Values{"reason": {"x"}}); d.lastCode != 404 {
			t.Errorf("a draft of %q is answered %d", form, d.lastCode)
		}
		if d.post("/drafts/drop", url.Values{"draft-of": {form}}); d.lastCode != 404 && d.lastAddress != "/" {
			t.Errorf("throwing %q away leads to %d %s", form, d.lastCode, d.lastAddress)
		}
	}
	d.signIn("admin")
	d.keep("/admin/staff/new", url.Values{"name": {"何新"}, "password": {"secret words 1"}, "key": {"k"}})
	d.is(200)
	d.get("/admin/staff/new")
	d.is(200, `value="何新"`)
	d.not("secret words 1")
	d.keep("/admin/staff/new", url.Values{"name": {strings.Repeat("长", 100_000)}})
	d.is(422, "没有暂存", "支持编号")
	d.openOffice(now.Add(31 * 24 * time.Hour))
	d.signIn("admin")
	d.get("/admin/staff/new")
	d.not("何新")
}

// A form with a password in it is there after signing in again, without the password.
func TestExpiredSessionKeepsSecretForm(t *testing.T) {
	d := office(t)
	d.signIn("admin")
	d.get("/admin/staff/new")
	form := with(d.form(), "name", "何新", "login", "hexin", "password", "secret words 1")
	d.openOffice(now.Add(24 * time.Hour))
	d.post("/admin/staff/new", form)
	d.is(401, "您填写的内容还在")
	d.not("secret words 1")
	sent := with(d.form(), "login", "admin", "password", staff.Password)
	d.session = nil
	d.post("/sign-in", sent)
	d.sends("/admin/staff/new")
	for _, c := range (&http.Response{Header: d.headers}).Cookies() {
		if c.Name == "session" {
			d.session = c
		}
	}
	d.get("/admin/staff/new")
	d.is(200, `value="何新"`, `value="hexin"`)
}

// What two correct at once is brought together field by field, and nothing is saved unseen.
func TestOvertakenCorrection(t *testing.T) {
	d := open(t)
	here := "/settlements/" + number + "/edit"
	d.get(here)
	mine := with(filled(d.lastAnswer), "visit.diagnosis_name", "股骨骨折", "line.0.amount", "1300.00")
	theirs := with(filled(d.lastAnswer), "key", "theirs", "visit.diagnosis_name", "髋部骨折", "line.1.amount", "9500.00")
	d.post(here, theirs)
	d.sends("/settlements/" + number)
	d.post(here, mine)
	d.is(409, "别人改了同一份记录", `href="#visit-diagnosis_name"`, "我填的：<strong>股骨骨折", "现在登记的：<strong>髋部骨折", "您打开时是：", `value="1300.00"`, `value="9500.00"`, "错误：")
	if n := strings.Count(d.lastAnswer, "以哪个为准</legend>"); n != 1 {
		t.Errorf("%d fields are asked about, want the one both changed", n)
	}
	again := filled(d.lastAnswer)
	d.post(here, with(again, "take.visit.diagnosis_name", "=髋部骨折"))
	d.sends("/settlements/" + number)
	d.get(here)
	d.is(200, `value="髋部骨折"`, `value="1300.00"`, `value="9500.00"`)
	if c := d.claim(number, 0); c.Revision != 3 || c.State == claim.Reversed {
		t.Errorf("revision %d is %s", c.Revision, c.State)
	}
	d.post(here, with(again, "take.visit.diagnosis_name", "=髋部骨折")) // sent twice
	d.sends("/settlements/" + number)
	if c := d.claim(number, 0); c.Revision != 3 {
		t.Errorf("sent twice it is revision %d", c.Revision)
	}
}

// Large letters follow the person, not the computer.
func TestSizeFollowsTheAccount(t *testing.T) {
	d := office(t)
	d.signIn("cashier")
	d.get("/display?size=lg&back=/help")
	d.sends("/help")
	size := func() string {
		for _, c := range (&http.Response{Header: d.headers}).Cookies() {
			if c.Name == "size" {
				return c.Value
			}
		}
		return ""
	}
	for login, want := range map[string]string{"cashier": "lg", "town": ""} {
		d.session = nil
		d.post("/sign-in", url.Values{"county": {fiction.Code}, "login": {login}, "password": {staff.Password}})
		d.sends("/")
		if size() != want {
			t.Errorf("%s signs in and is shown %q, want %q", login, size(), want)
		}
	}
}

// F4 goes from one thing that waits to the next, and home when nothing else does.
func TestNext(t *testing.T) {
	d := office(t)
	roster := "姓名,证件号码,残疾等级\n李桂芳," + d.identity + ",2\n"
	d.signIn("checker")
	d.get("/next")
	d.sends("/")
	first, second := d.brought(d.as("register"), roster), d.brought(d.as("register"), roster)
	d.get("/next?from=/imports/" + first.ID)
	d.sends("/imports/" + second.ID)
	d.get("/next?from=/imports/" + second.ID)
	d.sends("/imports/" + first.ID)
	d.get("/next")
	if !strings.HasPrefix(d.lastAddress, "/imports/") {
		t.Errorf("leads to %s", d.lastAddress)
	}
}
