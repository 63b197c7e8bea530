package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"doudi/record/setup"
)

// founder sets an office up as soon as its address is told, and then ends it.
type founder struct {
	strings.Builder
	t     *testing.T
	found func(address, code string)
	leave context.CancelFunc
}

var setupTold = regexp.MustCompile(`(http://127\.0\.0\.1:[0-9]+)/setup　代码 ([0-9A-Z-]+)`)

func (f *founder) Write(p []byte) (int, error) {
	n, err := f.Builder.Write(p)
	if told := setupTold.FindStringSubmatch(string(p)); told != nil {
		go func() {
			defer f.leave()
			f.found(told[1], told[2])
		}()
	}
	return n, err
}

// serves runs doudi serve without any preparation until what is done with its pages is done.
func serves(t *testing.T, found func(address, code string)) {
	t.Helper()
	ctx, leave := context.WithCancel(context.Background())
	a := &app{out: &founder{t: t, found: found, leave: leave}, errors: io.Discard, lang: "zh"}
	if err := a.setUp(ctx, serving{listen: "127.0.0.1:0", parallel: 1, log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Error(err)
	}
}

// person is somebody with a browser.
type person struct {
	*testing.T
	http.Client
	at string
}

func (p *person) answer(r *http.Response, err error) string {
	p.Helper()
	if err != nil {
		p.Error(err)
		return ""
	}
	page, err := io.ReadAll(r.Body)
	if err := errors.Join(err, r.Body.Close()); err != nil || r.StatusCode != http.StatusOK {
		p.Errorf("%s: %d %v %s", r.Request.URL, r.StatusCode, err, page)
	}
	return r.Request.URL.Path + "\n" + string(page)
}

func (p *person) sends(path string, form url.Values) string {
	p.Helper()
	return p.answer(p.PostForm(p.at+path, form))
}

func (p *person) sees(path string) string {
	p.Helper()
	return p.answer(p.Get(p.at + path))
}

func comes(t *testing.T, address, code string) *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Error(err)
	}
	p := &person{t, http.Client{Jar: jar, Timeout: time.Minute}, address}
	p.sends("/setup", url.Values{"code": {code}})
	return p
}

var secretField = regexp.MustCompile(`name="secret" value="([A-Z2-7]+)"`)

// A first start needs nothing: it is gone on with after it was ended, at the same address serves the office when it is done, and is known to later commands.
func TestSetUpFromNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	serves(t, func(address, code string) {
		p := comes(t, address, code)
		p.sends("/setup/database", url.Values{"kind": {"file"}, "path": {"doudi.db"}, "server": {""}})
		if page := p.sends("/setup/secrets", url.Values{"how": {"new"}, "county": {"370124"}, "secrets": {"secrets"}}); !strings.HasPrefix(page, "/setup/copy\n") {
			t.Error(page)
		}
	})
	serves(t, func(address, code string) {
		p := comes(t, address, code)
		sheet := p.sees("/setup/copy/doudi-recovery.txt")
		if err := os.WriteFile("sheet.txt", []byte(sheet), 0o600); err != nil {
			t.Error(err)
		}
		_, number, _ := strings.Cut(sheet, "number: ")
		page := p.sends("/setup/copy", url.Values{"number": {number[:9]}})
		for strings.HasPrefix(page, "/setup/tables\n") {
			page = p.sees("/setup")
		}
		secret := secretField.FindStringSubmatch(page)
		if secret == nil {
			t.Error(page)
			return
		}
		digits, err := totp.GenerateCode(secret[1], time.Now())
		if err != nil {
			t.Error(err)
		}
		page = p.sends("/setup/administrator", url.Values{"organisation": {"县民政局"}, "name": {"杨"}, "login": {"yang"}, "password": {"three words, 4 you"}, "again": {"three words, 4 you"}, "secret": {secret[1]}, "digits": {digits}})
		if !strings.HasPrefix(page, "/sign-in\n") || !strings.Contains(page, "设置好了") {
			t.Error(page)
		}
		p.sees("/readyz")
	})
	if found, err := setup.Read("."); err != nil || !found.Done {
		t.Errorf("%+v %v", found, err)
	}
	var out strings.Builder
	if status := Main([]string{"verify"}, strings.NewReader(""), &out, &out); status != 0 {
		t.Errorf("%d %s", status, &out)
	}
	if status := Main([]string{"secrets", "again", "--recover", "sheet.txt"}, strings.NewReader(""), &out, &out); status != 0 || !strings.Contains(out.String(), "370124") {
		t.Errorf("%d %s", status, &out)
	}
	if status := Main([]string{"secrets", "again", "--recover", "sheet.txt"}, strings.NewReader(""), &out, &out); status != 1 {
		t.Errorf("%d %s", status, &out)
	}
}
