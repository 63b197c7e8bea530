package audit_test

import (
	"testing"
	"time"

	"doudi/kernel/fault"
	"doudi/record/audit"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// TestSealedContent: what other subjects keep about a person is readable for that person and county only, and no more once
// the person's key is destroyed.
func TestSealedContent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		var one, two string
		write(t, s, noon, func(tx *store.Tx) (err error) {
			if one, err = l.Seal(tx, "p-1", []byte("骨折")); err != nil {
				return err
			}
			two, err = l.Seal(tx, "p-2", []byte("无"))
			return err
		})
		opens := func(want string, person string, sealed ...string) {
			t.Helper()
			read(t, s, func(tx *store.Tx) error {
				plain, err := l.Open(tx, person, sealed...)
				if fault.CodeOf(err) != want {
					t.Errorf("%s: %v, want %q", person, err, want)
				}
				if want == "" && string(plain[0]) != "骨折" {
					t.Errorf("%s reads %q", person, plain)
				}
				return nil
			})
		}
		opens("", "p-1", one, one)
		opens("audit.changed", "p-1", two)
		opens("audit.changed", "p-3", one)
		opens("audit.changed", "p-1", one[:len(one)-4]+"AAAA")
		read(t, s, func(tx *store.Tx) error {
			if plain, err := l.Open(tx, "p-9"); plain != nil || err != nil {
				t.Errorf("nothing to open gives %v, %v", plain, err)
			}
			return nil
		})
		write(t, s, noon.Add(time.Hour), func(tx *store.Tx) error { return l.Destroy(tx, "p-1", "保存期满") })
		opens("audit.key-destroyed", "p-1", one)
		if err := try(s, noon.Add(2*time.Hour), func(tx *store.Tx) error { _, err := l.Seal(tx, "p-1", nil); return err }); fault.CodeOf(err) != "audit.key-destroyed" {
			t.Errorf("sealed after the key was destroyed: %v", err)
		}
		read(t, s, func(tx *store.Tx) error { _, err := audit.Verify(tx); return err })
	})
}
