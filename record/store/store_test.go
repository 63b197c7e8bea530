package store_test

import (
	"context"
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
