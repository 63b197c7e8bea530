package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"doudi/decide/text"
	"doudi/internal/county"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record"
	"doudi/record/store"
	"doudi/serve/api"
	"doudi/serve/oidc"
	"doudi/serve/web"
)

// serving is what doudi serve is asked for.
type serving struct {
	place
	listen   string
	secure   bool
	parallel int
	oidc     string                                          // file of the identity provider's configuration; "" without one
	told     func(ctx context.Context, address string) error // says where it is; before it, nothing is answered
	log      *slog.Logger
	now      func() time.Time // of fictional counties; nil for the clock
}

// time is what the office takes for the time.
func (s serving) time() time.Time {
	if s.now == nil {
		return time.Now()
	}
	return s.now()
}

// from is a clock that stands at ten in the morning of a day when it is made, and goes on from there.
func from(day period.Day) func() time.Time {
	began, morning := time.Now(), county.Morning(day)
	return func() time.Time { return morning.Add(time.Since(began)) }
}

// mayHaveToday refuses to take another day for today where anything real is kept.
func (a *app) mayHaveToday(s serving) error {
	if s.now == nil {
		return nil
	}
	counties, err := a.ownCounties(s.secrets)
	if err != nil {
		return err
	}
	for _, code := range counties {
		if !ident.Division(code).Fictional() {
			return usage{fmt.Errorf(a.say("--today 只用于虚构的县（代码以 9999 开头），这里有 %s", "--today is for fictional counties alone (codes that begin with 9999), and here is %s"), code)}
		}
	}
	return nil
}

// oidcVariable names that file in the environment.
const oidcVariable = "DOUDI_OIDC"

func (a *app) serveCommand() *cobra.Command {
	var s serving
	var today string
	command := &cobra.Command{
		Use:   "serve",
		Short: "开通经办系统和接口 · serve the office and the API",
		Long: `在一个地址上开通经办人员的页面（/）和医院系统的接口（/api/v1，说明在 /api/v1/openapi.json）。页面要登录，接口要密钥（doudi key）。
第一次启动时什么都不用准备：打开显示的网址，填设置代码，几页设置好数据库、密钥、恢复单、表和管理员；选择记在当前目录的 doudi.json，以后在这个目录里直接启动，
其他命令也照它找数据库和密钥。已有密钥、还没有用户的县，启动时显示一次性的设置代码，在 /setup 用它建立第一个用户。后台每秒封存审计记录，并办理后台任务（另一台机器也可以用 doudi work 来办）。输出的第一行是实际的地址。
中断时先办完手上的请求，把办到一半的后台任务放回去，再封存最后的记录。本程序不做加密传输：对外开放时放在 HTTPS 代理后面，并写上 --https。

Serves the pages of the office at / and the API for the systems of hospitals at /api/v1. Pages ask for a sign-in, the API for keys (doudi key).
A first start needs nothing: open the address, fill in the set-up code, and some pages set up database, secrets, recovery sheet, tables and administrator. What was
chosen stands in doudi.json of the folder it is started in, where later starts and the other commands find it. For a county that has secrets and no accounts a
one-time code is shown at the start, with which /setup makes the first one. The log is sealed every
second, and background jobs are worked on (another machine may do so with doudi work). The first line of output is the actual address. When interrupted, requests
under way are finished, jobs under way are put back, and what they left in the log is sealed.
It does not encrypt by itself: towards other machines put it behind a proxy with HTTPS, and say --https.`,
		Example: `  doudi serve
  doudi serve --db sqlite:doudi.db --secrets secrets
  doudi serve --listen 127.0.0.1:0 --https`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := a.forPeople("serve"); err != nil {
				return err
			}
			if today != "" {
				day, err := parse(a, "today", today, period.ParseDay)
				if err != nil {
					return err
				}
				s.now = from(day)
			}
			s.log = slog.New(slog.NewJSONHandler(a.errors, nil))
			if err := s.place.settle(); err != nil {
				return err
			}
			if s.secrets == "" {
				return a.setUp(command.Context(), s)
			}
			return a.useRecord(command, &s.place, func(ctx context.Context, r *record.Record) error {
				s.told = a.firstLines(r, s)
				return a.serve(ctx, r, s)
			})
		},
	}
	s.flag(command)
	flags := command.Flags()
	flags.StringVar(&s.listen, "listen", "127.0.0.1:8080", "地址 address; port 0 takes a free one")
	flags.IntVar(&s.parallel, "jobs", jobsAtOnce, "同时办几个后台任务，0 为不办 background jobs at once; 0 for none")
	flags.StringVar(&s.oidc, "oidc", os.Getenv(oidcVariable), "统一身份认证的配置文件 configuration of the office's identity provider; default $"+oidcVariable)
	flags.StringVar(&today, "today", "", "把哪天当作今天，只用于虚构的县 the day taken for today, of fictional counties alone")
	flags.BoolVar(&s.secure, "https", false, "只经 HTTPS 代理访问 reached through a proxy with HTTPS alone")
	return command
}

// firstLines tell the address, and how the first account of a county is made.
func (a *app) firstLines(r *record.Record, s serving) func(context.Context, string) error {
	return func(ctx context.Context, address string) error {
		a.printf("http://%s\n", address)
		return a.setupCodes(ctx, r, s, address)
	}
}

// The limits of a request that is slow or never ends. A statement of a long bill takes far less.
const (
	headerTime   = 10 * time.Second
	requestTime  = 60 * time.Second
	idleTime     = 2 * time.Minute
	stopTime     = 30 * time.Second
	largestHead  = 64 << 10
	sealInterval = time.Second
)

// spareCollector lets the heap, which is small, grow to five times what is in use before it is cleared: a settlement's time is otherwise one
// part in six the collector's. Who sets GOGC decides for himself.
func spareCollector() {
	const percent = 400
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// serve answers requests and works in the background until ctx ends or it is interrupted, and then ends in good order.
func (a *app) serve(ctx context.Context, r *record.Record, s serving) error {
	if err := a.mayHaveToday(s); err != nil {
		return err
	}
	handler, err := a.handler(r, s, s.log)
	if err != nil {
		return err
	}
	return a.listen(ctx, s, handler, func(ctx context.Context) rest { return a.inBackground(ctx, r, s) })
}

// rest ends what is done beside answering, and answers when it has ended.
type rest func(stopping context.Context) error

// listen answers requests until ctx ends or it is interrupted, and then ends in good order, with what begin began.
func (a *app) listen(ctx context.Context, s serving, handler http.Handler, begin func(context.Context) rest) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	spareCollector()
	listener, err := net.Listen("tcp", s.listen)
	if err != nil {
		return notListening(s.listen, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: requestTime, IdleTimeout: idleTime,
		MaxHeaderBytes: largestHead, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn)}
	if err := s.told(ctx, listener.Addr().String()); err != nil && ctx.Err() == nil {
		return errors.Join(err, listener.Close())
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	rest := begin(context.WithoutCancel(ctx))
	select {
	case err = <-ended:
	case <-ctx.Done():
	}
	stopping, done := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer done()
	return errors.Join(err, server.Shutdown(stopping), rest(stopping))
}

// inBackground seals the log and works on jobs. What it answers ends both, and seals what was left.
func (a *app) inBackground(ctx context.Context, r *record.Record, s serving) rest {
	ctx, enough := context.WithCancel(ctx)
	var background sync.WaitGroup
	var failed error
	background.Go(func() { sealForever(ctx, r.Store, s.time, s.log) })
	if s.parallel > 0 {
		background.Go(func() { failed = a.worker(r, s.time, s.log, s.parallel).Run(ctx) })
	}
	return func(stopping context.Context) error {
		enough()
		background.Wait()
		return errors.Join(failed, sealAll(stopping, r.Store, s.time))
	}
}

// handler is everything that is served at one address.
func (a *app) handler(r *record.Record, s serving, log *slog.Logger) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { healthy(w, nil) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, request *http.Request) {
		healthy(w, r.Store.Read(request.Context(), allCounties, func(tx *store.Tx) error {
			var one int
			return tx.QueryRow(`SELECT 1`).Scan(&one)
		}))
	})
	mux.Handle(api.Prefix+"/", api.New(api.Config{Record: r, Log: log, Now: s.time}))
	counties, err := a.ownCounties(s.secrets)
	if err != nil {
		return nil, err
	}
	items, err := a.items()
	if err != nil {
		return nil, err
	}
	provider, err := identityProvider(s.oidc)
	if err != nil {
		return nil, err
	}
	pages, err := web.New(web.Config{Record: r, Items: items, Counties: counties, OIDC: provider, Now: s.time, Secure: s.secure})
	if err != nil {
		return nil, err
	}
	mux.Handle("/", pages)
	return logged(mux, log), nil
}

// identityProvider is the one that a file configures; nil without a file.
func identityProvider(file string) (*oidc.Provider, error) {
	if file == "" {
		return nil, nil
	}
	c, err := oidc.ReadConfig(file)
	if err != nil {
		return nil, err
	}
	return oidc.New(c)
}

// ownCounties are the counties of the record: those whose signing keys are among its secrets.
func (a *app) ownCounties(secrets string) ([]string, error) {
	keys, err := record.Counties(secrets)
	var codes []string
	for _, k := range keys {
		if k.Signs {
			codes = append(codes, k.County)
		}
	}
	return codes, err
}

// setupCodes shows a code for each county that has no accounts yet.
func (a *app) setupCodes(ctx context.Context, r *record.Record, s serving, address string) error {
	counties, err := a.ownCounties(s.secrets)
	if err != nil {
		return err
	}
	for _, county := range counties {
		code := ""
		command := store.Command{Name: "serve.setup", County: county, Actor: store.Actor{ID: "serve", Name: "serve"}, Instant: s.time()}
		_, err := r.Store.Write(ctx, command, func(tx *store.Tx) (any, error) {
			code, err = r.Staff.SetupCode(tx)
			return nil, err
		})
		if err != nil {
			return err
		}
		if code != "" {
			a.printf(a.say("%s 还没有用户。首次设置：http://%s/setup　代码 %s（24 小时内有效）", "%s has no accounts yet. First set-up: http://%s/setup, code %s (for 24 hours)")+"\n", county, address, code)
		}
	}
	return nil
}

func healthy(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, "unavailable", http.StatusServiceUnavailable)
		return
	}
	_, _ = fmt.Fprintln(w, "ok") // who hung up gets no answer
}

// logged writes a line for each request: never a query or a body, where names could stand.
func logged(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, seen := time.Now(), &statusSeen{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		log.Info("request", "method", r.Method, "path", r.URL.Path, "status", seen.status, "ms", time.Since(began).Milliseconds())
	})
}

// statusSeen remembers what was answered.
type statusSeen struct {
	http.ResponseWriter
	status int
}

func (s *statusSeen) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets the server reach the connection behind it.
func (s *statusSeen) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// sealForever chains the entries of the log every second until ctx ends. What fails is tried again a second later.
func sealForever(ctx context.Context, s *store.Store, now func() time.Time, log *slog.Logger) {
	tick := time.NewTicker(sealInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := sealAll(ctx, s, now); err != nil && ctx.Err() == nil {
			log.Error("the log was not sealed", "error", err)
		}
	}
}

// sealAll chains what the logs of all counties hold.
func sealAll(ctx context.Context, s *store.Store, now func() time.Time) error {
	list, err := counties(ctx, s, "")
	for _, county := range list {
		if err == nil {
			_, err = sealCounty(ctx, s, county, now())
		}
	}
	return err
}

func notListening(address string, cause error) error {
	return &fault.Error{Kind: fault.Unavailable, Code: "serve.address", Op: "serve", Cause: cause,
		Message: text.Tell("不能在%s上开通", "cannot serve at %s", fault.Text{ZH: fault.Quote(address), EN: fault.QuoteEN(address)}),
		Hint:    text.Say("地址写作 127.0.0.1:8080；端口被占用时换一个，写 0 则自动选", "an address reads 127.0.0.1:8080; if its port is taken name another, 0 takes a free one")}
}
