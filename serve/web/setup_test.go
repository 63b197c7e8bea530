package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"doudi/decide/policy"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record"
	"doudi/record/setup"
	"doudi/serve/web"
)

const setupCode = "ABCD-EFGH-IJKL-MNOP"

// fresh is an office that is set up in a folder; what it opens takes the place of its pages.
type fresh struct {
	desk
	*setup.Setup
	folder string
	at     time.Time
}

func anew(t *testing.T, folder string) *fresh {
	t.Helper()
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	must(t, err)
	must(t, library.LoadAll(packs.Files))
	s, err := setup.Open(t.Context(), setup.Config{Folder: folder, Library: library})
	must(t, err)
	f := &fresh{desk: desk{T: t}, Setup: s, folder: folder, at: now}
	var opened *record.Record
	f.handler, err = web.NewSetup(web.SetupConfig{Setup: s, Code: setupCode, Now: func() time.Time { return f.at }, Opened: func(r *record.Record) error {
		opened = r
		handler, err := web.New(web.Config{Record: r, Counties: []string{"370124"}, Now: func() time.Time { return f.at }})
		f.handler = handler
		return err
	}})
	must(t, err)
	t.Cleanup(func() {
		must(t, s.Close())
		if opened != nil {
			must(t, opened.Close())
		}
	})
	return f
}

// comes enters with the code.
func (f *fresh) comes(to string) {
	f.Helper()
	f.session = nil
	f.post("/setup", url.Values{"code": {"abcd efgh ijkl mnop"}})
	f.sends(to)
	for _, c := range (&http.Response{Header: f.headers}).Cookies() {
		f.session = c
	}
}

var sheetNumber = regexp.MustCompile(`number: ([0-9A-F]{4}-[0-9A-F]{4})`)

// From an empty folder to the first sign-in, leaving after every step; nothing is there before, and no set-up after.
func TestFirstSetUp(t *testing.T) {
	folder := t.TempDir()
	f := anew(t, folder)
	f.get("/")
	f.sends("/setup")
	f.get("/setup/database")
	f.sends("/setup")
	f.get("/api/v1/openapi.json")
	f.is(503, "还在首次设置")
	f.post("/sign-in", url.Values{"login": {"x"}})
	f.is(503)
	f.get("/en/setup")
	f.is(200, "First set-up", "Set-up code")
	f.post("/setup", url.Values{"code": {"AAAA-BBBB-CCCC-DDDD"}})
	f.is(403, "设置代码不对", `href="#code"`)
	f.comes("/setup/database")
	f.get("/setup/database")
	f.is(200, "SQLite", "PostgreSQL", folder+"/doudi.db")
	f.get("/setup/secrets")
	f.sends("/setup/database")
	f.post("/setup/database", url.Values{"kind": {"server"}, "server": {"postgres://u:hidden@127.0.0.1:1/d"}, "password": {"hidden"}})
	f.is(422, "127.0.0.1 的 1 端口上没有数据库", `href="#server"`, "postgres://u@127.0.0.1:1/d")
	f.not("hidden@", `value="hidden"`)
	f.post("/setup/database", url.Values{"kind": {"server"}, "server": {"' OR 1=1 --"}})
	f.is(422, "连接串写法不对")
	f.post("/setup/database", url.Values{"kind": {"file"}, "path": {""}, "server": {""}})
	f.is(422, "没有写数据库文件")
	f.post("/setup/database", url.Values{"kind": {"file"}, "path": {"/proc/nowhere/a.db"}, "server": {""}})
	f.is(422, "不能在 /proc/nowhere 里写文件", `href="#path"`)
	f.post("/setup/database", url.Values{"kind": {"file"}, "path": {"doudi.db"}, "server": {""}})
	f.sends("/setup/secrets")

	f = anew(t, folder)
	f.comes("/setup/secrets")
	f.post("/setup/secrets", url.Values{"how": {"new"}, "county": {"<script>"}, "secrets": {"secrets"}})
	f.is(422, "县（区）代码应是六位数字", `href="#county"`)
	f.not("<script>alert", `value="<script>"`)
	f.post("/setup/secrets", url.Values{"how": {"sheet"}, "sheet": {"what"}, "secrets": {"secrets"}})
	f.is(422, "这不是完整的恢复单")
	f.post("/setup/secrets", url.Values{"how": {"new"}, "county": {"370124"}, "secrets": {"secrets"}})
	f.sends("/setup/copy")

	f = anew(t, folder)
	f.comes("/setup/copy")
	f.get("/setup/copy")
	f.not("-----master-----")
	f.get("/setup/copy/doudi-recovery.txt")
	f.is(200, "-----master-----")
	number := sheetNumber.FindStringSubmatch(f.lastAnswer)[1]
	f.get("/setup/copy/sheet")
	f.is(200, number)
	f.post("/setup/copy", url.Values{"number": {"1234"}})
	f.is(422, "编号和恢复单上的不一样")
	f.post("/setup/copy", url.Values{"number": {number}})
	must(t, f.Wait())
	f.get("/setup")
	f.sends("/setup/administrator")

	f = anew(t, folder)
	f.comes("/setup/administrator")
	f.get("/setup/tables")
	f.is(200, "表建好了")
	f.get("/setup/administrator")
	f.is(200, "data:image/png;base64,")
	secret := f.form().Get("secret")
	digits, err := totp.GenerateCode(secret, f.at)
	must(t, err)
	form := url.Values{"organisation": {"县民政局"}, "name": {"杨管理"}, "login": {"yang"}, "password": {"three words, 4 you"}, "again": {"three words, 4 you"}, "secret": {secret}, "digits": {digits}}
	for name, wrong := range map[string][2]string{"again": {"x", "两次输入的密码不同"}, "digits": {"12", "动态码不对"}, "login": {"杨", "用户名写法不对"}, "organisation": {" ", "机构"}} {
		f.post("/setup/administrator", with(form, name, wrong[0]))
		f.is(422, wrong[1], secret)
		f.not("three words")
	}
	f.post("/setup/administrator", form)
	f.sends("/sign-in?new=1")
	f.session = nil
	f.get("/sign-in?new=1")
	f.is(200, "设置好了")
	f.at = f.at.Add(time.Minute)
	digits, err = totp.GenerateCode(secret, f.at)
	must(t, err)
	f.post("/sign-in", url.Values{"county": {"370124"}, "login": {"yang"}, "password": {"three words, 4 you"}, "code": {digits}})
	f.sends("/")
	for _, c := range (&http.Response{Header: f.headers}).Cookies() {
		f.session = c
	}
	f.get("/admin/start")
	f.is(200, "开办清单", "备份", "工作日历")
	for _, path := range []string{"/setup", "/setup/database", "/setup/copy/doudi-recovery.txt"} {
		f.get(path)
		f.is(404)
	}
	if found, err := setup.Read(folder); err != nil || !found.Done {
		t.Errorf("%+v %v", found, err)
	}
	if left, err := filepath.Glob(filepath.Join(folder, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// An office whose last step cannot be kept is not open, says what there is already, and opens once it can be.
func TestSetUpCannotFinish(t *testing.T) {
	parent := t.TempDir()
	folder, away := filepath.Join(parent, "office"), filepath.Join(parent, "away")
	must(t, os.Mkdir(folder, 0o755))
	f := anew(t, folder)
	must(t, f.UseDatabase(t.Context(), "sqlite:"+filepath.Join(parent, "doudi.db")))
	must(t, f.MakeSecrets(t.Context(), filepath.Join(parent, "secrets"), "370124"))
	sheet, err := f.Sheet()
	must(t, err)
	must(t, f.Confirm(sheet.Number))
	f.MakeTables(t.Context())
	must(t, f.Wait())
	f.comes("/setup/administrator")
	f.get("/setup/administrator")
	secret := f.form().Get("secret")
	digits, err := totp.GenerateCode(secret, f.at)
	must(t, err)
	form := url.Values{"organisation": {"县民政局"}, "name": {"杨管理"}, "login": {"yang"}, "password": {"three words, 4 you"}, "again": {"three words, 4 you"}, "secret": {secret}, "digits": {digits}}
	must(t, os.Rename(folder, away))
	for range 2 {
		f.post("/setup/administrator", form)
		f.is(503, "管理员建好了", "还没有开办")
	}
	f.get("/setup")
	f.is(503, "管理员建好了", "还没有开办")
	must(t, os.Rename(away, folder))
	f.get("/setup")
	f.sends("/sign-in?new=1")
	f.session = nil
	f.get("/sign-in?new=1")
	f.is(200, "设置好了")
}

// The code is not guessed, and nothing is written for who has it not.
func TestSetUpWithoutTheCode(t *testing.T) {
	f := anew(t, t.TempDir())
	for _, r := range []string{"/setup/database", "/setup/secrets", "/setup/copy", "/setup/tables", "/setup/administrator"} {
		f.post(r, url.Values{"kind": {"file"}, "path": {"doudi.db"}})
		f.sends("/setup")
	}
	for range 20 {
		f.post("/setup", url.Values{"code": {"x"}})
		f.is(403)
	}
	f.post("/setup", url.Values{"code": {setupCode}})
	f.is(429)
	r := httptest.NewRequest("POST", "/setup", strings.NewReader("code="+setupCode))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	f.send(r)
	f.is(403)
	f.post("/setup/secrets", url.Values{"sheet": {strings.Repeat("x", 1<<20)}})
	f.is(422)
	if found, err := os.ReadDir(f.folder); err != nil || len(found) > 0 {
		t.Errorf("%v %v", found, err)
	}
}
