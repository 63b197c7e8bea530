package torture_test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// founder sets an office up by pages, in an empty folder on a small disk.
type founder struct {
	testing.TB
	disk   string // with its folder and database
	other  string // another disk, for its secrets
	client *http.Client
	office string // the address of the program
	status int    // of the last answer
	page   string
	to     string // where it sent the reader
}

func newFounder(t testing.TB) *founder {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	f := &founder{TB: t, disk: smallDisk(t, 16<<20), other: smallDisk(t, 1<<20)}
	f.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return f
}

func (f *founder) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// serve is doudi serve as it is started by hand in a folder of the disk.
func (f *founder) serve(folder string) *process {
	f.Helper()
	built := program(f)
	p := &process{cmd: exec.Command(built, "serve", "--listen", "127.0.0.1:0", "--packs", filepath.Join(filepath.Dir(built), "packs"))}
	p.cmd.Dir, p.cmd.Stderr = filepath.Join(f.disk, folder), &p.said
	p.cmd.Env = slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "DOUDI_") })
	var err error
	p.stdout, err = p.cmd.StdoutPipe()
	f.ok(errors.Join(err, os.MkdirAll(p.cmd.Dir, 0o755)))
	f.ok(p.cmd.Start())
	f.Cleanup(func() { _ = p.kill() })
	return p
}

var setupLine = regexp.MustCompile(`[A-Z0-9]{4}(-[A-Z0-9]{4}){3}`)

// comes waits for the address and the code, and comes in with it.
func (f *founder) comes(p *process) {
	f.Helper()
	out := bufio.NewScanner(p.stdout)
	for f.office = ""; out.Scan(); {
		if f.office == "" {
			f.office = announced.FindString(out.Text())
		}
		if code := setupLine.FindString(out.Text()); code != "" {
			f.post("/setup", url.Values{"code": {code}})
			return
		}
	}
	f.Fatal("the program ended before it told a code: ", p.said.String())
}

func (f *founder) get(path string) { f.Helper(); f.send("GET", path, nil) }

func (f *founder) post(path string, form url.Values) { f.Helper(); f.send("POST", path, form) }

func (f *founder) send(method, path string, form url.Values) {
	f.Helper()
	r, err := http.NewRequest(method, f.office+path, strings.NewReader(form.Encode()))
	f.ok(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "zh")
	answer, err := f.client.Do(r)
	f.ok(err)
	content, err := io.ReadAll(answer.Body)
	f.ok(errors.Join(err, answer.Body.Close()))
	f.status, f.page, f.to = answer.StatusCode, string(content), answer.Header.Get("Location")
}

var marks = regexp.MustCompile(`(?s)^.*<main|<[^>]*>|\s+`)

// read is what the last page says to people.
func (f *founder) read() string { return marks.ReplaceAllString(f.page, " ") }

// fullFor posts a form while a disk is full: it is told so in words, and the same form goes through when there is room again.
func (f *founder) fullFor(disk, path string, form url.Values, says string) {
	f.Helper()
	f.full(disk, 0)
	f.post(path, form)
	f.tells(says)
	f.room(disk)
	f.post(path, form)
}

// full leaves so many bytes on a disk.
func (f *founder) full(disk string, left int64) { fill(f, filepath.Join(disk, "filler"), left) }

func (f *founder) room(disk string) { f.Helper(); f.ok(os.Remove(filepath.Join(disk, "filler"))) }

// tells wants a page that says something, and nothing of what only programs understand.
func (f *founder) tells(says string) {
	f.Helper()
	if f.status < 400 || f.status == http.StatusInternalServerError || !strings.Contains(f.page, says) || strings.Contains(f.page, "no space left") || strings.Contains(f.page, "SQLITE") {
		f.Errorf("answered %d without %q:\n%s", f.status, says, f.read())
	}
}

func (f *founder) sends(to string) {
	f.Helper()
	if f.status != http.StatusSeeOther || f.to != to {
		f.Fatalf("answered %d to %s, want %s:\n%s", f.status, f.to, to, f.read())
	}
}

// holds compares what lies in a folder.
func (f *founder) holds(folder string, want ...string) {
	f.Helper()
	entries, err := os.ReadDir(folder)
	f.ok(err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if !slices.Equal(names, want) {
		f.Errorf("%s holds %q, want %q", folder, names, want)
	}
}

// TestSetUpInTrouble sets an office up on a disk that is full at every step, and starts it where the disk cannot be written, and where its secrets are gone or
// others. Each time it says what is the matter, keeps nothing by halves, and goes on when that is mended.
func TestSetUpInTrouble(t *testing.T) {
	if os.Geteuid() != 0 && os.Getenv(mayMount) == "" {
		inNamespace(t)
		return
	}
	f := newFounder(t)
	f.setUpFull()
	f.startInTrouble()
}

func (f *founder) setUpFull() {
	p := f.serve("office")
	f.comes(p)
	f.sends("/setup/database")
	f.fullFor(f.disk, "/setup/database", url.Values{"kind": {"file"}, "path": {"data/doudi.db"}, "server": {""}}, "磁盘满了")
	f.sends("/setup/secrets")
	f.full(f.disk, 0)
	secrets := url.Values{"how": {"new"}, "county": {"370124"}, "secrets": {filepath.Join(f.other, "secrets")}}
	f.post("/setup/secrets", secrets)
	f.tells("磁盘已满")
	f.room(f.disk)
	f.fullFor(f.other, "/setup/secrets", secrets, "磁盘空间")
	f.sends("/setup/copy")
	f.holds(filepath.Join(f.disk, "office"), "data", "doudi.json")
	f.holds(f.other, "secrets")
	f.get("/setup/copy/doudi-recovery.txt")
	number := regexp.MustCompile(`number: ([0-9A-F]{4}-[0-9A-F]{4})`).FindStringSubmatch(f.page)[1]
	f.tablesFull(url.Values{"number": {number}})
	f.get("/setup/administrator")
	secret := regexp.MustCompile(`name="secret" value="([A-Z2-7]+)"`).FindStringSubmatch(f.page)[1]
	digits, err := totp.GenerateCode(secret, time.Now())
	f.ok(err)
	form := url.Values{"organisation": {"县民政局"}, "name": {"杨管理"}, "login": {"yang"}, "password": {"three words, 4 you"}, "again": {"three words, 4 you"}, "secret": {secret}, "digits": {digits}}
	f.fullFor(f.disk, "/setup/administrator", form, "磁盘已满")
	f.sends("/sign-in?new=1")
	f.ok(p.stop())
}

// tablesFull makes the tables: on a full disk nothing begins; on one that fills up on the way they stop, and go on when there is room.
func (f *founder) tablesFull(number url.Values) {
	f.full(f.disk, 0)
	f.post("/setup/copy", number)
	f.tells("这一步没有保存")
	f.room(f.disk)
	f.full(f.disk, 400<<10)
	f.post("/setup/copy", number)
	f.sends("/setup/tables")
	if f.tablesEnd(); !strings.Contains(f.page, "磁盘已满") {
		f.Errorf("tables that do not fit are answered with %s", f.read())
	}
	f.room(f.disk)
	f.post("/setup/tables", nil)
	f.sends("/setup/tables")
	if f.tablesEnd(); !strings.Contains(f.page, "表建好了") {
		f.Fatalf("with room again: %s", f.read())
	}
}

// tablesEnd waits until nobody makes the tables any more.
func (f *founder) tablesEnd() {
	for range 1000 {
		if f.get("/setup/tables"); !strings.Contains(f.page, "data-live") {
			return
		}
		pause(20 * time.Millisecond)
	}
	f.Fatal("the tables are never made: ", f.read())
}

// startInTrouble starts what was set up.
func (f *founder) startInTrouble() {
	f.Helper()
	secrets := filepath.Join(f.other, "secrets")
	f.ok(os.Rename(secrets, secrets+".away"))
	f.refuses("office", "secrets")
	f.ok(exec.Command(program(f), "secrets", secrets, "--county", "370125").Run())
	f.refuses("office", "主密钥与数据库使用的不是同一个")
	f.ok(os.RemoveAll(secrets))
	f.ok(os.Rename(secrets+".away", secrets))
	f.ok(os.Mkdir(filepath.Join(f.disk, "second"), 0o755))
	f.ok(syscall.Mount("", f.disk, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	p := f.serve("second")
	f.comes(p)
	f.sends("/setup/database")
	f.post("/setup/database", url.Values{"kind": {"file"}, "path": {"doudi.db"}, "server": {""}})
	f.tells("里写文件")
	f.ok(p.stop())
	f.refuses("office", "权限")
	f.ok(syscall.Mount("", f.disk, "tmpfs", syscall.MS_REMOUNT, ""))
	p = f.serve("office")
	f.ok(p.ready())
	f.ok(p.stop())
}

// refuses wants a start that says why it is none.
func (f *founder) refuses(folder, says string) {
	f.Helper()
	p := f.serve(folder)
	if p.ready() == nil {
		f.Errorf("it serves, and should say %q", says)
		_ = p.kill()
		return
	}
	err := p.cmd.Wait()
	if said := p.said.String(); err == nil || !strings.Contains(said, says) || strings.Contains(said, "panic") {
		f.Errorf("ended with %v, without %q: %s", err, says, said)
	}
}
