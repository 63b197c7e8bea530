package store_test

import (
	"context"
	"testing"
	"time"

	"doudi/record/store"
	"doudi/record/store/storetest"
)

// A database tells how large it is and when it was last backed up.
func TestHealth(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h, err := s.Health(context.Background())
		if err != nil || h.Size == 0 || h.Step == 0 || h.Backup != "" || h.Kind != s.Dialect() {
			t.Fatalf("%+v, %v", h, err)
		}
		first := time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)
		for i, made := range []time.Time{first, first.Add(time.Hour)} {
			if err := s.NoteBackup(context.Background(), made, int64(i)); err != nil {
				t.Fatal(err)
			}
		}
		if h, err = s.Health(context.Background()); err != nil || h.Backup != store.FormatInstant(first.Add(time.Hour)) || h.Rows != 1 {
			t.Errorf("%+v, %v", h, err)
		}
	})
}
