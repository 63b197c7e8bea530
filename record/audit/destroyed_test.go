package audit_test

import (
	"context"
	"testing"

	"doudi/kernel/fault"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// Who seals something in company under a key that is destroyed meanwhile is told so: nothing is kept that nobody could read.
func TestDestroyedWhileSealing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		log := newLog(t)
		write := func(together bool, do func(tx *store.Tx) error) error {
			c := at(noon)
			c.Together = together
			_, err := s.Write(context.Background(), c, func(tx *store.Tx) (any, error) { return nil, do(tx) })
			return err
		}
		seal := func(tx *store.Tx) error { _, err := log.Seal(tx, "p-1", []byte("said in confidence")); return err }
		if err := write(false, seal); err != nil {
			t.Fatal(err)
		}
		tries := 0
		err := write(true, func(tx *store.Tx) error {
			err := seal(tx)
			if tries++; err != nil || tries > 1 {
				return err
			}
			return write(false, func(tx *store.Tx) error { return log.Destroy(tx, "p-1", "retention has ended") })
		})
		if fault.CodeOf(err) != "audit.key-destroyed" || tries != 2 {
			t.Errorf("%d tries, %v", tries, err)
		}
	})
}
