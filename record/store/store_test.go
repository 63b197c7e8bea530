package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"doudi/record/store"
	"doudi/record/store/storetest"
)

const county = "999901"

var (
	clerk = store.Actor{ID: "u-1", Name: "王窗口", Post: "经办"}
	noon  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// command is a command of the test county with the key and content.
func command(key, content string) store.Command {
	return store.Command{Key: key, Name: "test.do", Content: []byte(content), County: county, Actor: clerk, Instant: noon}
}

func TestKeyIsDoneOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ran := 0
		do := func(tx *store.Tx) (any, error) { ran++; return map[string]int{"ran": ran}, nil }
		for i := range 2 {
			out, err := s.Write(context.Background(), command("k", "a"), do)
			if err != nil {
				t.Fatal(err)
			}
			if string(out.Result) != `{"ran":1}` || out.Replayed != (i == 1) {
				t.Errorf("answer %d: %s, replayed %v", i, out.Result, out.Replayed)
			}
		}
	})
}

func TestJobExistsExactlyIfCommitted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		refused := errors.New("refused")
		for i, fail := range []error{nil, refused} {
			_, err := s.Write(context.Background(), command("", ""), func(tx *store.Tx) (any, error) {
				if err := tx.Enqueue("test.later", map[string]int{"n": i}); err != nil {
					return nil, err
				}
				return nil, fail
			})
			if !errors.Is(err, fail) {
				t.Fatalf("answer %v, want %v", err, fail)
			}
		}
		if got, want := pending(t, s), `[{"county":"999901","kind":"test.later","payload":{"n":0}}]`; got != want {
			t.Errorf("jobs %s, want %s", got, want)
		}
	})
}

// pending are the jobs of the test county as JSON.
func pending(t *testing.T, s *store.Store) string {
	t.Helper()
	var text []byte
	err := s.Read(context.Background(), county, func(tx *store.Tx) error {
		list, err := tx.Pending()
		if err != nil {
			return err
		}
		text, err = json.Marshal(list)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWorkRunsJobs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		_, err := s.Write(context.Background(), command("", ""), func(tx *store.Tx) (any, error) {
			return nil, errors.Join(tx.Enqueue("test.a", 1), tx.Enqueue("test.b", "two"))
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		ran := make(chan string, 2)
		handle := func(_ context.Context, job store.Job) error {
			ran <- job.County + " " + job.Name + " " + string(job.Payload)
			return nil
		}
		ended := make(chan error, 1)
		go func() {
			ended <- s.Work(ctx, 2, slog.New(slog.DiscardHandler), map[string]func(context.Context, store.Job) error{"test.a": handle, "test.b": handle})
		}()
		var seen []string
		for range 2 {
			select {
			case what := <-ran:
				seen = append(seen, what)
			case err := <-ended:
				t.Fatalf("work ended: %v", err)
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		slices.Sort(seen)
		if got, want := strings.Join(seen, ", "), `999901 test.a 1, 999901 test.b "two"`; got != want {
			t.Errorf("ran %s, want %s", got, want)
		}
	})
}

// What can be said in no column is told, and the connection goes on.
func TestUnknownArgument(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		for _, c := range []store.Command{command("", ""), company("")} {
			if _, err := s.Write(context.Background(), c, func(tx *store.Tx) (any, error) {
				return nil, tx.Later(nil, insert, tx.County, "a", struct{}{})
			}); err == nil {
				t.Error("no error")
			}
			if _, err := s.Write(context.Background(), c, func(tx *store.Tx) (any, error) {
				return nil, tx.Later(nil, insert, tx.County, fmt.Sprint("b", c.Together), 1)
			}); err != nil {
				t.Error(err)
			}
		}
		if n := rows(t, s); n != 2 {
			t.Errorf("%d rows", n)
		}
	})
}
