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
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/record"
	"doudi/record/store"
	"doudi/serve/api"
	"doudi/serve/web"
)

// serving is what doudi serve is asked for.
type serving struct {
	place
	listen, county, desk, operator string
	open                           bool
}

func (a *app) serveCommand() *cobra.Command {
	var s serving
	command := &cobra.Command{
		Use:   "serve",
		Short: "开通接口和结算窗口 · serve the API and the settlement desk",
		Long: `在一个地址上开通医院系统的接口（/api/v1，说明在 /api/v1/openapi.json）；写明 --county、--desk 和 --operator 时，另开一个结算窗口。
后台每秒封存审计记录。输出的第一行是实际的地址。中断时先办完手上的请求，再封存最后的记录。

窗口还没有登录，只开在本机；接口要密钥（doudi key）。

Serves the API for the systems of hospitals at /api/v1; with --county, --desk and --operator also a settlement desk. The log is sealed every
second. The first line of output is the actual address. When interrupted, requests under way are finished and what they left in the log is sealed.
The desk has no sign-in yet and is served on this machine only; the API asks for keys (doudi key).`,
		Example: `  doudi serve --db sqlite:doudi.db --secrets secrets
  doudi serve --listen 127.0.0.1:0 --county 999901 --desk 0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17 --operator 'u3,赵敏,收费员'`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := a.forPeople("serve"); err != nil {
				return err
			}
			return a.useRecord(command, &s.place, func(ctx context.Context, r *record.Record) error { return a.serve(ctx, r, s) })
		},
	}
	s.flag(command)
	flags := command.Flags()
	flags.StringVar(&s.listen, "listen", "127.0.0.1:8080", "地址 address; port 0 takes a free one")
	flags.StringVar(&s.county, "county", "", "窗口所在的县 county of the desk")
	flags.StringVar(&s.desk, "desk", "", "窗口所在的机构编号 id of the provider whose desk it is")
	flags.StringVar(&s.operator, "operator", "", "窗口的经办人 who works at the desk: ID,姓名,岗位")
	flags.BoolVar(&s.open, "open-desk", false, "允许窗口开在本机以外的地址（没有登录！）let the desk be reached from elsewhere, without sign-in")
	return command
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

func (a *app) serve(ctx context.Context, r *record.Record, s serving) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewJSONHandler(a.errors, nil))
	spareCollector()
	handler, err := a.handler(r, s, log)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.listen)
	if err != nil {
		return notListening(s.listen, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: requestTime, IdleTimeout: idleTime,
		MaxHeaderBytes: largestHead, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	a.printf("http://%s\n", listener.Addr())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	sealing, enough := context.WithCancel(context.WithoutCancel(ctx))
	var background sync.WaitGroup
	background.Go(func() { sealForever(sealing, r.Store, log) })
	select {
	case err = <-ended:
	case <-ctx.Done():
	}
	stopping, done := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer done()
	err = errors.Join(err, server.Shutdown(stopping))
	enough()
	background.Wait()
	return errors.Join(err, sealAll(stopping, r.Store))
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
	mux.Handle(api.Prefix+"/", api.New(api.Config{Record: r, Log: log, Now: time.Now}))
	if s.desk == "" && s.county+s.operator == "" && !s.open {
		return logged(mux, log), nil
	}
	operator, err := a.operator(s)
	if err != nil {
		return nil, err
	}
	desk, err := web.New(web.Config{Record: r, County: s.county, Provider: s.desk, Operator: operator, Now: time.Now})
	if err != nil {
		return nil, err
	}
	mux.Handle("/", desk)
	return logged(mux, log), nil
}

// operator is who works at the desk, if the desk may be opened where it is asked for.
func (a *app) operator(s serving) (store.Actor, error) {
	parts := strings.Split(s.operator, ",")
	if len(parts) != 3 || parts[0] == "" || s.county == "" || s.desk == "" {
		return store.Actor{}, usage{errors.New(a.say("--desk 要和 --county、--operator 'ID,姓名,岗位' 一起给", "--desk goes with --county and --operator 'ID,name,post'"))}
	}
	host, _, err := net.SplitHostPort(s.listen)
	address := net.ParseIP(host)
	if here := err == nil && (host == "localhost" || address != nil && address.IsLoopback()); !here && !s.open {
		return store.Actor{}, usage{errors.New(a.say("窗口没有登录，只能开在本机：--listen 写 127.0.0.1", "the desk has no sign-in and is served on this machine only: --listen 127.0.0.1"))}
	}
	return store.Actor{ID: parts[0], Name: parts[1], Post: parts[2]}, nil
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
func sealForever(ctx context.Context, s *store.Store, log *slog.Logger) {
	tick := time.NewTicker(sealInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := sealAll(ctx, s); err != nil && ctx.Err() == nil {
			log.Error("the log was not sealed", "error", err)
		}
	}
}

// sealAll chains what the logs of all counties hold.
func sealAll(ctx context.Context, s *store.Store) error {
	list, err := counties(ctx, s, "")
	for _, county := range list {
		if err == nil {
			_, err = sealCounty(ctx, s, county)
		}
	}
	return err
}

func notListening(address string, cause error) error {
	return &fault.Error{Kind: fault.Unavailable, Code: "serve.address", Op: "serve", Cause: cause,
		Message: text.Tell("不能在%s上开通", "cannot serve at %s", fault.Text{ZH: fault.Quote(address), EN: fault.QuoteEN(address)}),
		Hint:    text.Say("地址写作 127.0.0.1:8080；端口被占用时换一个，写 0 则自动选", "an address reads 127.0.0.1:8080; if its port is taken name another, 0 takes a free one")}
}
