package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"time"

	"doudi/record"
	"doudi/record/setup"
	"doudi/serve/web"
)

// opening is an office that is set up by pages, and served at the same address once that is done.
type opening struct {
	app    *app
	s      serving
	office atomic.Pointer[http.Handler] // nil while it is set up
	rest   atomic.Pointer[rest]
	record atomic.Pointer[record.Record]
}

// setUp serves the pages of a first set-up, and then the office they have set up.
func (a *app) setUp(ctx context.Context, s serving) error {
	library, err := a.all()
	if err != nil {
		return err
	}
	folder, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	founding, err := setup.Open(ctx, setup.Config{Folder: folder, DB: s.dsn, Library: library})
	if err != nil {
		return err
	}
	code := setupCode()
	s.told = a.setupLines(code)
	o := &opening{app: a, s: s}
	pages, err := web.NewSetup(web.SetupConfig{Setup: founding, Code: code, Now: time.Now, Secure: s.secure,
		Opened: func(r *record.Record) error { return o.open(context.WithoutCancel(ctx), founding.Settings(), r) }})
	if err != nil {
		return errors.Join(err, founding.Close())
	}
	err = a.listen(ctx, s, o.front(pages), func(context.Context) rest { return o.end })
	return errors.Join(err, founding.Close(), o.close())
}

// setupCode is a code that nobody guesses, in groups that can be copied by eye.
func setupCode() string {
	code := rand.Text()[:16]
	return code[:4] + "-" + code[4:8] + "-" + code[8:12] + "-" + code[12:]
}

// setupLines tell where to go on and with which code.
func (a *app) setupLines(code string) func(context.Context, string) error {
	return func(_ context.Context, address string) error {
		a.printf("http://%s\n", address)
		a.printf("%s\n", fmt.Sprintf(a.say("首次设置：在这台机器的浏览器里打开 http://%s/setup　代码 %s（本次启动有效）", "First set-up: open http://%s/setup in a browser on this machine, code %s (for this start)"), address, code))
		a.printf("%s\n", fmt.Sprintf(a.say("机器上没有浏览器时，在自己的电脑上运行 ssh -L 8080:%s 用户@本机，再打开 http://127.0.0.1:8080/setup", "Without a browser there run ssh -L 8080:%s user@this-machine on your own computer, and open http://127.0.0.1:8080/setup"), address))
		return nil
	}
}

// front answers with the set-up until the office is open.
func (o *opening) front(pages http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { healthy(w, nil) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { healthy(w, errors.New("not set up")) })
	mux.Handle("/", pages)
	before := logged(mux, o.s.log)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if office := o.office.Load(); office != nil {
			(*office).ServeHTTP(w, r)
			return
		}
		before.ServeHTTP(w, r)
	})
}

// open serves the record that was set up.
func (o *opening) open(ctx context.Context, chosen setup.Settings, r *record.Record) error {
	o.record.Store(r)
	o.s.dsn, o.s.secrets, o.s.files = chosen.DB, chosen.Secrets, chosen.Files
	if err := o.app.completeCalendar(ctx, r); err != nil {
		return err
	}
	handler, err := o.app.handler(r, o.s, o.s.log)
	if err != nil {
		return err
	}
	rest := o.app.inBackground(ctx, r, o.s)
	o.rest.Store(&rest)
	o.office.Store(&handler)
	return nil
}

func (o *opening) end(stopping context.Context) error {
	if rest := o.rest.Load(); rest != nil {
		return (*rest)(stopping)
	}
	return nil
}

func (o *opening) close() error {
	if r := o.record.Load(); r != nil {
		return r.Close()
	}
	return nil
}
