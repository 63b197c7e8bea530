package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"doudi/kernel/fault"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// FuzzCheckBackup: no file makes the reader break, and one that is accepted is refused with a bit changed.
func FuzzCheckBackup(f *testing.F) {
	s := storetest.Open(f, storetest.SQLite(f))
	file := filepath.Join(f.TempDir(), "backup")
	if _, err := s.Backup(f.Context(), file, passphrase, noon); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("doudi backup 1\n\x00\x00\x00\x02{}"))
	f.Add([]byte("doudi backup 1\n\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, content []byte) {
		name := filepath.Join(t.TempDir(), "backup")
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := store.CheckBackup(name, passphrase)
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Errorf("error %v is no fault of the file", err)
		}
		if err != nil {
			return
		}
		content[len(content)/2] ^= 1
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := store.CheckBackup(name, passphrase); err == nil {
			t.Error("a file with one bit changed was accepted")
		}
	})
}
