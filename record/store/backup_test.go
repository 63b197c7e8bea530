package store_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doudi/kernel/fault"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

const passphrase = "七月流火 九月授衣"

// filled is a database with something in its tables.
func filled(t *testing.T, dsn string) *store.Store {
	t.Helper()
	s := storetest.Open(t, dsn)
	for i := range 20 {
		c := command(fmt.Sprint("键", i), strings.Repeat("a", i))
		_, err := s.Write(context.Background(), c, func(tx *store.Tx) (any, error) {
			_, err := tx.Exec(`INSERT INTO audit_entry (county_code, entry_id, instant, actor_id, actor_name, actor_post, kind, name, subject, content, person_id, sealed, digest)
				VALUES (?1, ?2, ?3, 'a', '王“引号”\', '', 'command', 'x', '', '{"a":"<&>"}', '', '', '')`, county, tx.NewID(), store.FormatInstant(tx.Instant))
			if err != nil {
				return nil, err
			}
			return map[string]int{"n": i}, tx.Enqueue("test.later", map[string]any{"zz": i, "a": "县", "long": 1.5})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func backup(t *testing.T, s *store.Store) (string, store.Copied) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "backup")
	copied, err := s.Backup(context.Background(), file, passphrase, noon)
	if err != nil {
		t.Fatal(err)
	}
	return file, copied
}

// From either database into either, and back again: the same content.
func TestBackupGoesAnywhere(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, from string) {
		file, made := backup(t, filled(t, from))
		if made.Rows["command"] != 20 || made.Rows["audit_entry"] != 20 || made.Rows["(jobs)"] != 20 {
			t.Errorf("backed up %v", made.Rows)
		}
		storetest.EachEmpty(t, func(t *testing.T, to string) {
			s := connect(t, to)
			restored, err := s.Restore(context.Background(), file, passphrase)
			if strings.HasSuffix(t.Name(), "/citus") {
				wantCode(t, err, fault.Conflict, "store.restore-into-spread")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(restored) != fmt.Sprint(made) {
				t.Errorf("restored %v, want %v", restored, made)
			}
			again := storetest.Open(t, to)
			out, err := again.Write(context.Background(), command("键3", "aaa"), func(*store.Tx) (any, error) { return nil, nil })
			if err != nil || !out.Replayed || string(out.Result) != `{"n":3}` {
				t.Errorf("a key from before: %s, replayed %v, %v", out.Result, out.Replayed, err)
			}
			if got := pending(t, again); !strings.Contains(got, "县") || strings.Count(got, "test.later") != 20 {
				t.Errorf("jobs %s", got)
			}
			_, err = s.Restore(context.Background(), file, passphrase)
			wantCode(t, err, fault.Conflict, "store.not-empty")
		})
	})
}

// A backup is of one moment, whatever happens meanwhile, and nobody waits for it.
func TestBackupWhileOthersWork(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		s := filled(t, dsn)
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan int, 1)
		go func() {
			n := 0
			for ; ctx.Err() == nil; n++ { // each adds one key and one job
				_, err := s.Write(context.Background(), command(fmt.Sprint("w", n), ""), func(tx *store.Tx) (any, error) { return nil, tx.Enqueue("test.w", n) })
				if err != nil {
					t.Error(err)
					break
				}
			}
			ended <- n
		}()
		_, made := backup(t, s)
		stop()
		if n := <-ended; n == 0 {
			t.Error("nobody worked meanwhile")
		}
		if made.Rows["command"] != made.Rows["(jobs)"] {
			t.Errorf("keys and jobs of different moments: %v", made.Rows)
		}
	})
}

func TestDamagedBackups(t *testing.T) {
	file, _ := backup(t, filled(t, storetest.SQLite(t)))
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	damages := map[string][]byte{
		"empty":            nil,
		"other file":       []byte("PK\x03\x04 something else altogether"),
		"cut in the head":  whole[:30],
		"cut in a block":   whole[:len(whole)-1],
		"cut after a head": whole[:bytes.IndexByte(whole, '}')+1],
		"something behind": append(bytes.Clone(whole), 0),
	}
	for at := 20; at < len(whole); at += 1 + len(whole)/20 {
		changed := bytes.Clone(whole)
		changed[at] ^= 1
		damages[fmt.Sprint("changed at ", at)] = changed
	}
	for name, content := range damages {
		t.Run(name, func(t *testing.T) {
			damaged := filepath.Join(t.TempDir(), "damaged")
			if err := os.WriteFile(damaged, content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := store.CheckBackup(damaged, passphrase)
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("error %v, want one that says the file is damaged", err)
			}
		})
	}
	_, err = store.CheckBackup(file, "another")
	wantCode(t, err, fault.Invalid, "store.backup-closed")
	_, err = store.CheckBackup(file+".gone", passphrase)
	wantCode(t, err, fault.NotFound, "file.unreadable")
	empty := connect(t, storetest.EmptySQLite(t))
	_, err = empty.Restore(context.Background(), file, "another")
	wantCode(t, err, fault.Invalid, "store.backup-closed")
	if have, _, err := empty.Version(context.Background()); err != nil || have != 0 {
		t.Errorf("a backup that does not open touched the database: step %d, %v", have, err)
	}
}

func TestBackupRefuses(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	file, _ := backup(t, s)
	_, err := s.Backup(context.Background(), file, passphrase, noon)
	wantCode(t, err, fault.Conflict, "store.backup-exists")
	_, err = s.Backup(context.Background(), file+"2", "", noon)
	wantCode(t, err, fault.Invalid, "store.no-passphrase")
	missing := filepath.Join(t.TempDir(), "no", "folder")
	_, err = s.Backup(context.Background(), missing, passphrase, noon)
	wantCode(t, err, fault.Unavailable, "store.backup-unwritable")
	if left, _ := filepath.Glob(file + "*"); len(left) != 1 {
		t.Errorf("files %v, want the one backup", left)
	}
}

func TestBackupIsNoPlainText(t *testing.T) {
	file, _ := backup(t, filled(t, storetest.SQLite(t)))
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(content, []byte("audit_entry")) || bytes.Contains(content, []byte("test.later")) {
		t.Error("the backup can be read without its passphrase")
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: others may read it", info.Mode(), err)
	}
}
