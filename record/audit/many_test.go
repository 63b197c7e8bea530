package audit_test

import (
	"testing"
	"time"

	"doudi/kernel/fault"
	"doudi/record/audit"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// What is sealed for many at once is read as if it had been sealed one by one, under the same keys.
func TestSealAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		var one string
		var many []string
		write(t, s, noon, func(tx *store.Tx) (err error) {
			one, err = l.Seal(tx, "p-1", []byte("先有"))
			return err
		})
		persons, plain := []string{"p-1", "p-2", "p-1", "p-3"}, [][]byte{[]byte("骨折"), []byte("感冒"), []byte("复查"), nil}
		write(t, s, noon, func(tx *store.Tx) (err error) {
			many, err = l.SealAll(tx, persons, plain)
			return err
		})
		read(t, s, func(tx *store.Tx) error {
			if err := l.FetchKeys(tx, append(persons, "p-9")); err != nil {
				return err
			}
			for i, person := range persons {
				opened, err := l.Open(tx, person, many[i])
				if err != nil || string(opened[0]) != string(plain[i]) {
					t.Errorf("%s reads %q, %v", person, opened, err)
				}
			}
			_, err := l.Open(tx, "p-1", one)
			return err
		})
		write(t, s, noon.Add(time.Hour), func(tx *store.Tx) error { return l.Destroy(tx, "p-2", "保存期满") })
		if err := try(s, noon.Add(2*time.Hour), func(tx *store.Tx) error { _, err := l.SealAll(tx, persons, plain); return err }); fault.CodeOf(err) != "audit.key-destroyed" {
			t.Errorf("sealed after a key was destroyed: %v", err)
		}
		read(t, s, func(tx *store.Tx) error {
			if err := l.FetchKeys(tx, persons); err != nil {
				t.Errorf("a destroyed key is said when it is used: %v", err)
			}
			if _, err := l.Open(tx, "p-2", many[1]); fault.CodeOf(err) != "audit.key-destroyed" {
				t.Errorf("opened after the key was destroyed: %v", err)
			}
			_, err := l.Open(tx, "p-3", many[3])
			return err
		})
		keys, err := audit.NewKeys([]byte("another of them!"))
		if err != nil {
			t.Fatal(err)
		}
		err = s.Read(t.Context(), county, func(tx *store.Tx) error { return audit.NewLog(keys).FetchKeys(tx, persons) })
		wantCode(t, err, "audit.other-master")
	})
}
