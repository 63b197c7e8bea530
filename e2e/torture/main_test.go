package torture_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"testing"
	"time"

	"doudi/kernel/fault"
	"doudi/record"
	"doudi/record/claim"
	"doudi/record/store"
)

// The environment of the process that is killed. Without it the binary runs its tests.
const (
	databaseVariable = "TORTURE_DB"
	secretsVariable  = "TORTURE_SECRETS"
)

func TestMain(m *testing.M) {
	if os.Getenv(databaseVariable) == "" {
		os.Exit(m.Run())
	}
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, fault.RenderError(err, "en"))
		os.Exit(1)
	}
}

// serve opens the record and takes commands about bills until it is killed or told to stop.
func serve() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r, err := record.Open(context.Background(), record.Config{DSN: os.Getenv(databaseVariable), Secrets: os.Getenv(secretsVariable), Library: library()})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d := desk{r}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /bills", d.handle("bill.receive", func(tx *store.Tx, q request) (any, error) {
		return r.Claims.Receive(tx, claim.Bill{Person: q.Person, Provider: q.Provider, Series: q.Series, Name: "bill.json", Content: q.Content})
	}))
	mux.HandleFunc("POST /bills/{id}/confirm", d.handle("bill.confirm", func(tx *store.Tx, q request) (any, error) {
		return r.Claims.Confirm(tx, q.bill, "")
	}))
	mux.HandleFunc("POST /bills/{id}/reverse", d.handle("bill.reverse", func(tx *store.Tx, q request) (any, error) {
		return r.Claims.Reverse(tx, q.bill, q.Reason)
	}))
	fmt.Printf("http://%s\n", listener.Addr())
	server := &http.Server{Handler: mux}
	stopped := make(chan error, 1)
	context.AfterFunc(ctx, func() { stopped <- server.Shutdown(context.Background()) })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return errors.Join(<-stopped, r.Close())
}

// desk takes the commands of cashiers.
type desk struct{ record *record.Record }

// request is what a command says; each says a part of it.
type request struct {
	Person   string          `json:"person,omitempty"`
	Provider string          `json:"provider,omitempty"`
	Series   string          `json:"series,omitempty"`
	Content  json.RawMessage `json:"content,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	bill     string
}

// handle does one command under the key of its request.
func (d desk) handle(name string, act func(*store.Tx, request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := request{bill: r.PathValue("id")}
		content, err := io.ReadAll(r.Body)
		if err := errors.Join(err, json.Unmarshal(content, &q)); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		c := store.Command{Key: r.Header.Get("Idempotency-Key"), Name: name, Content: content, County: county, Actor: clerk, Instant: time.Now()}
		done, err := d.record.Store.Write(r.Context(), c, func(tx *store.Tx) (any, error) { return act(tx, q) })
		switch {
		case err == nil:
			_, _ = w.Write(done.Result) // a client that has gone asks again
		case fault.KindOf(err) == fault.Unavailable:
			http.Error(w, fault.CodeOf(err)+" "+fault.RenderError(err, "zh"), http.StatusServiceUnavailable)
		default:
			http.Error(w, fault.RenderError(err, "zh"), http.StatusConflict)
		}
	}
}
