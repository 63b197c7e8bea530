package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestServeInterruptedAtOnce asks doudi serve to stop before it has told its set-up codes: it ends in good order, with the first line told.
func TestServeInterruptedAtOnce(t *testing.T) {
	o := office{t, t.TempDir()}
	r := o.open()
	ctx, stop := context.WithCancel(context.Background())
	stop()
	var out strings.Builder
	a := &app{out: &out, errors: io.Discard, lang: "zh"}
	s := serving{place: place{secrets: o.path("keys")}, listen: "127.0.0.1:0", log: slog.New(slog.DiscardHandler)}
	s.told = a.firstLines(r, s)
	if err := a.serve(ctx, r, s); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(out.String(), "http://127.0.0.1:") {
		t.Errorf("said %q", out.String())
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// visitor looks at the office when its address is told, and then ends it.
type visitor struct {
	strings.Builder
	t     *testing.T
	leave context.CancelFunc
}

var officeAddress = regexp.MustCompile(`经办系统已打开：(http://127\.0\.0\.1:[0-9]+)`)

func (v *visitor) Write(p []byte) (int, error) {
	n, err := v.Builder.Write(p)
	if found := officeAddress.FindStringSubmatch(string(p)); found != nil {
		go v.visit(found[1])
	}
	return n, err
}

func (v *visitor) visit(address string) {
	defer v.leave()
	answer, err := http.Get(address + "/login")
	if err != nil {
		v.t.Error(err)
		return
	}
	page, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(page), "<form") {
		v.t.Errorf("%d %v %s", answer.StatusCode, err, page)
	}
}

// TestDemoOpensTheOffice goes on with the office after the walk through, and leaves nothing behind when it is ended.
func TestDemoOpensTheOffice(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	ctx, leave := context.WithCancel(context.Background())
	out := &visitor{t: t, leave: leave}
	a := &app{out: out, errors: io.Discard, lang: "zh", color: "never"}
	if err := a.demo(ctx, "", 60, true); err != nil {
		t.Error(err)
	}
	for _, says := range []string{"cashier", "结束时删除", "http://127.0.0.1:"} {
		if !strings.Contains(out.String(), says) {
			t.Errorf("does not say %q", says)
		}
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestServeOffersTheIdentityProvider reads its description, and offers it on the page to sign in on.
func TestServeOffersTheIdentityProvider(t *testing.T) {
	o := office{t, t.TempDir()}
	r := o.open()
	described := o.path("provider.json")
	if err := os.WriteFile(described, []byte(`{"issuer": "https://id.example", "client_id": "doudi", "office": "https://office.example", "name": "全县一张网"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	a := &app{out: io.Discard, errors: io.Discard, lang: "zh"}
	handler, err := a.handler(r, serving{place: place{secrets: o.path("keys")}, oidc: described}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	page := httptest.NewRecorder()
	handler.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/sign-in", nil))
	if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), "全县一张网") {
		t.Errorf("%d %s", page.Code, page.Body)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
