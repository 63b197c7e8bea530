package dated_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"doudi/record/dated"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

func TestNumber(t *testing.T) {
	for n, want := range map[dated.Number]string{0: "", 1: "000018", 34: "000341", 123456: "1234568"} {
		if got := n.String(); got != want {
			t.Errorf("%d is written %q, want %q", int64(n), got, want)
		}
	}
	for _, wrong := range []string{"", "0", "000010", "000019", "1", "00001８", "-00018", "+00018", "999901195403020029", "000 01", "0000188", "x00018"} {
		if n, ok := dated.ParseNumber(wrong); ok {
			t.Errorf("%q is read as %d", wrong, int64(n))
		}
	}
	if n, ok := dated.ParseNumber(" 123 456 8 "); !ok || n != 123456 {
		t.Errorf("spoken in groups it is %d, %v", int64(n), ok)
	}
}

// A number is read as it was written, and none with a digit heard wrongly is.
func TestNumberIsHeard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := dated.Number(rapid.Int64Range(1, 99_999_999_999).Draw(t, "number"))
		written := []byte(n.String())
		if got, ok := dated.ParseNumber(string(written)); !ok || got != n {
			t.Fatalf("%s is read as %d, %v", written, int64(got), ok)
		}
		i := rapid.IntRange(0, len(written)-1).Draw(t, "place")
		written[i] = '0' + (written[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "heard")))%10
		if got, ok := dated.ParseNumber(string(written)); ok {
			t.Fatalf("%s is read as %d", written, int64(got))
		}
	})
}

// Whoever is added has the next number of the county, alone or with many; what has a code has none.
func TestNumbersAreGiven(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if err := do(s, today, func(tx *store.Tx) error {
			many := dated.Book{}.Draft()
			for _, p := range []struct {
				book     dated.Book
				id, kind string
			}{{dated.Book{}, "a", "person"}, {dated.Book{}, "v", "division"}, {many, "b", "household"}, {many, "w", "division"}, {many, "c", "person"}} {
				if err := p.book.AddParty(tx, p.id, p.kind); err != nil {
					return err
				}
			}
			if err := many.Flush(tx); err != nil {
				return err
			}
			if err := dated.AddParty(tx, "d", "hospital"); err != nil {
				return err
			}
			for id, want := range map[string]dated.Number{"a": 1, "b": 2, "c": 3, "d": 4, "v": 0, "w": 0, "nobody": 0} {
				if n, err := dated.NumberOf(tx, id); err != nil || n != want {
					t.Errorf("%s has number %d, want %d: %v", id, n, want, err)
				}
			}
			if id, kind, err := dated.Numbered(tx, 2); id != "b" || kind != "household" || err != nil {
				t.Errorf("number 2 is %s, a %s: %v", id, kind, err)
			}
			if id, kind, err := dated.Numbered(tx, 5); id != "" || kind != "" || err != nil {
				t.Errorf("number 5 is %s, a %s: %v", id, kind, err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		// Two who add at the same moment go one after the other.
		var adding sync.WaitGroup
		for i := range 8 {
			adding.Go(func() {
				if err := do(s, today, func(tx *store.Tx) error { return dated.AddParty(tx, fmt.Sprint("p", i), "person") }); err != nil {
					t.Error(err)
				}
			})
		}
		adding.Wait()
		if err := s.Read(context.Background(), county, func(tx *store.Tx) error {
			id, _, err := dated.Numbered(tx, 12)
			if id == "" {
				t.Error("twelve were added, and there is no twelfth")
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
