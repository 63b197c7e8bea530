package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"doudi/kernel/fault"
	"doudi/record/store"
)

var scratchColumns = []string{"county_code", "name", "used"}

// scratchRows are rows whose names begin with a letter.
func scratchRows(letter string, n int) (all [][]any) {
	for i := range n {
		all = append(all, []any{county, fmt.Sprintf("%s%04d", letter, i), i})
	}
	return all
}

// Many rows are inserted at once, behind what was said before, and found again by many ids.
func TestLoadAndAmong(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		for letter, n := range map[string]int{"a": 0, "b": 1, "c": 64, "d": 333} {
			_, err := s.Write(context.Background(), command("", ""), func(tx *store.Tx) (any, error) {
				if err := tx.Later(nil, insert, county, letter+" first", 7); err != nil {
					return nil, err
				}
				return nil, tx.Load("scratch", scratchColumns, scratchRows(letter, n))
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := rows(t, s); got != 4+1+64+333 {
			t.Errorf("%d rows", got)
		}
		for _, n := range []int{0, 1, 5, 6, 100, 333} {
			var ids, got []string
			for i := range n {
				ids = append(ids, fmt.Sprintf("d%04d", i))
			}
			err := s.Read(context.Background(), county, func(tx *store.Tx) (err error) {
				got, err = store.Among(tx, store.Text, `SELECT name FROM scratch WHERE county_code = ?1 AND used >= ?2 AND name = ?*`, append(ids, "nobody"), county, 2)
				return err
			})
			slices.Sort(got)
			if want := ids[min(2, n):]; err != nil || !slices.Equal(got, want) {
				t.Errorf("of %d ids: %v, %v", n, got, err)
			}
		}
	})
}

// A row that is there already ends the command, and nothing of it is kept.
func TestLoadRefuses(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		_, err := s.Write(context.Background(), command("", ""), func(tx *store.Tx) (any, error) {
			return nil, tx.Load("scratch", scratchColumns, append(scratchRows("a", 70), scratchRows("a", 1)...))
		})
		if !store.IsUnique(err) {
			t.Errorf("the same row twice: %v", err)
		}
		if got := rows(t, s); got != 0 {
			t.Errorf("%d rows were kept", got)
		}
		err = s.Read(context.Background(), county, func(tx *store.Tx) error { return tx.Load("scratch", scratchColumns, scratchRows("a", 1)) })
		if fault.KindOf(err) != fault.Internal {
			t.Errorf("a load while reading: %v", err)
		}
	})
}
