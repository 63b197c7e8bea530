package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"doudi/kernel/fault"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// noteOf is what the tests remember something by.
type noteOf struct{ county, name string }

// recalling is a command in company that recalls a note, remembers another value and changes a row. It answers what was recalled, "" for nothing.
func recalling(t *testing.T, s *store.Store, name, value string, do func(tx *store.Tx) error) (recalled string, err error) {
	t.Helper()
	_, err = s.Write(context.Background(), company(""), func(tx *store.Tx) (any, error) {
		key := noteOf{tx.County, name}
		recalled, _ = store.Recall[string](tx, key)
		if known := store.Recalls(tx, key); known != (recalled != "") {
			t.Errorf("recalls %v, and %q", known, recalled)
		}
		tx.Remember(key, value)
		return nil, errors.Join(tx.Later(nil, insert, tx.County, fmt.Sprint(name, value), 1), do(tx))
	})
	return recalled, err
}

func nothing(*store.Tx) error { return nil }

// Only what was kept in company is remembered, and what a command went by that was not kept is forgotten.
func TestRemember(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		recall := func(name, value, want string) {
			t.Helper()
			if got, err := recalling(t, s, name, value, nothing); err != nil || got != want {
				t.Errorf("%s: recalled %q, not %q: %v", name, got, want, err)
			}
		}
		recall("a", "1", "")
		recall("a", "2", "1")
		recall("b", "1", "")

		// it is refused, and so done again by itself, where nothing is recalled or remembered
		refused := errors.New("refused")
		if got, err := recalling(t, s, "a", "3", func(*store.Tx) error { return refused }); !errors.Is(err, refused) || got != "" {
			t.Errorf("recalled %q: %v", got, err)
		}
		recall("a", "4", "")

		// what it stands on is no longer so
		if _, err := recalling(t, s, "a", "5", func(tx *store.Tx) error { tx.StandsOn(7, nameQuery, tx.County, "nobody"); return nil }); err != nil {
			t.Error(err)
		}
		recall("a", "6", "")

		// a row is there already
		if _, err := recalling(t, s, "a", "7", func(tx *store.Tx) error {
			if store.Recalls(tx, noteOf{tx.County, "a"}) {
				return tx.Later(nil, insert, tx.County, "a1", 1)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		recall("a", "8", "")

		_, err := s.Write(context.Background(), command("", ""), func(tx *store.Tx) (any, error) {
			tx.Remember(noteOf{tx.County, "c"}, "by itself")
			tx.Forget(noteOf{tx.County, "b"})
			return nil, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		recall("b", "2", "")
		recall("c", "1", "")
	})
}

// After the database was away everything is asked anew: another may have taken its place that knows less.
func TestForgetAfterOutage(t *testing.T) {
	server := storetest.NewServer(t)
	s := storetest.Open(t, server.CreateMigrated(t, "memory"))
	exec(t, s, scratch)
	for i, want := range []string{"", "0"} {
		if got, err := recalling(t, s, "a", fmt.Sprint(i), nothing); err != nil || got != want {
			t.Fatalf("recalled %q: %v", got, err)
		}
	}
	server.Kill(t)
	if _, err := recalling(t, s, "b", "0", nothing); fault.KindOf(err) != fault.Unavailable {
		t.Fatal(err)
	}
	server.Start(t)
	if got, err := recalling(t, s, "a", "2", nothing); err != nil || got != "" {
		t.Errorf("recalled %q: %v", got, err)
	}
}

// What is remembered is bounded.
func TestRememberNoMore(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	const kept = 30_000
	remembered := 0
	for round := range 2 {
		_, err := s.Write(context.Background(), company(""), func(tx *store.Tx) (any, error) {
			for i := range kept + 1000 {
				if round == 0 {
					tx.Remember(noteOf{tx.County, fmt.Sprint(i)}, "here")
				} else if store.Recalls(tx, noteOf{tx.County, fmt.Sprint(i)}) {
					remembered++
				}
			}
			return nil, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if remembered != kept {
		t.Errorf("%d are remembered", remembered)
	}
}
