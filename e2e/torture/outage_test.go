package torture_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"doudi/record/store"
	"doudi/record/store/storetest"
)

// TestDatabaseKilled ends PostgreSQL itself in the middle of the work, again and again, under one program that goes on by itself.
func TestDatabaseKilled(t *testing.T) {
	t.Parallel()
	kills := fromEnvironment(t, "DATABASE_KILLS", 5)
	server := storetest.NewServer(t)
	run := newTorture(t, server.CreateMigrated(t, "torture"), 20, uint64(fromEnvironment(t, "SEED", seed)))
	p := run.start()
	for range kills {
		run.during(func(*client) string { return p.address }, func() {
			pause(time.Duration(run.chance.IntN(200)) * time.Millisecond)
			server.Kill(t)
			pause(time.Duration(run.chance.IntN(50)) * time.Millisecond)
			server.Start(t)
			pause(time.Duration(run.chance.IntN(100)) * time.Millisecond)
		})
	}
	run.ok(p.kill())
	run.check()
	run.tell(kills)
}

// during lets the clients work while something happens, and ends with every command answered: a database that is away is asked again
// until it is back. Whom a client asks is looked up each time.
func (run *torture) during(address func(*client) string, happens func()) {
	over := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		defer close(over)
		happens()
	})
	errs := storetest.Together(len(run.clients), func(i int) error {
		for c := run.clients[i]; ; {
			if err := c.step(address(c)); err != nil && !errors.Is(err, errAgain) {
				return err
			}
			select {
			case <-over:
				if c.pending == nil {
					return nil
				}
			default:
			}
		}
	})
	all.Wait()
	run.ok(errors.Join(errs...))
}

// TestDiskFull lets the database run out of a real disk. The program says so and keeps nothing by halves; with room again it goes on by
// itself.
func TestDiskFull(t *testing.T) {
	if os.Geteuid() != 0 && os.Getenv(mayMount) == "" {
		inNamespace(t)
		return
	}
	t.Run("sqlite", func(t *testing.T) {
		disk := smallDisk(t, 8<<20)
		untilFullAndOn(t, disk, migrated(t, "sqlite:"+filepath.Join(disk, "doudi.db")))
	})
	t.Run("postgres", func(t *testing.T) {
		disk, usual := smallDisk(t, 128<<20), os.TempDir()
		t.Setenv("TMPDIR", disk) // where the server puts its data
		server := storetest.NewServer(t)
		t.Setenv("TMPDIR", usual)
		untilFullAndOn(t, disk, server.CreateMigrated(t, "brimful"))
	})
}

// mayMount tells a test in a namespace of its own that it may mount there.
const mayMount = "TORTURE_MAY_MOUNT"

// inNamespace runs the test again where somebody who is not root may mount.
func inNamespace(t *testing.T) {
	again := exec.Command("unshare", "--map-current-user", "--keep-caps", "--mount", os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
	again.Env = append(os.Environ(), mayMount+"=yes")
	out, err := again.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("this test mounts a small disk, as root or in a namespace of its own: %v", err)
	}
}

// untilFullAndOn works until the disk is full, and on when there is room again.
func untilFullAndOn(t *testing.T, disk, dsn string) {
	run := newTorture(t, dsn, 4, seed)
	filler := filepath.Join(disk, "filler")
	fill(t, filler, 300<<10)
	p := run.start()
	for range 3 {
		if said := run.untilFull(p); !strings.Contains(said, "store.disk-full") || !strings.Contains(said, "磁盘已满") {
			t.Errorf("a full disk is answered with %s", said)
		}
	}
	run.ok(os.Remove(filler))
	for range 5 {
		for _, c := range run.clients {
			run.ok(c.step(p.address))
		}
	}
	run.ok(p.kill())
	run.check()
}

// untilFull sends commands until one is answered by a fault, and tells what it says.
func (run *torture) untilFull(p *process) string {
	run.Helper()
	for n := range 1000 {
		if err := run.clients[n%len(run.clients)].step(p.address); err != nil {
			return err.Error()
		}
	}
	run.Fatal("1000 commands did not fill the disk")
	return ""
}

// fill leaves so many bytes of the disk it is on.
func fill(t testing.TB, name string, left int64) {
	t.Helper()
	var room syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(name), &room); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, bytes.Repeat([]byte{1}, int(int64(room.Bavail)*room.Bsize-left)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// smallDisk is a folder on a disk of its own with so many bytes, for everybody to write to.
func smallDisk(t testing.TB, size int64) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "doudi-small-disk-")
	if err == nil {
		err = errors.Join(os.Chmod(dir, 0o755), syscall.Mount("doudi-torture", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=777", size)))
	}
	if err != nil {
		t.Fatalf("mounting a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := errors.Join(syscall.Unmount(dir, 0), os.Remove(dir)); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// migrated makes the tables of a new database.
func migrated(t testing.TB, dsn string) string {
	t.Helper()
	s, err := store.Connect(t.Context(), dsn)
	if err == nil {
		err = errors.Join(s.Migrate(t.Context()), s.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}
