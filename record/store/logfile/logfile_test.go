package logfile_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	_ "modernc.org/sqlite"
	"pgregory.net/rapid"

	"doudi/record/store/logfile"
)

// through is a connection to a database through a file system, "" for SQLite's own. Its cache is so small that a transaction of some pages is put into the log before it ends.
func through(t testing.TB, path, system, synchronous string) *sql.Conn {
	t.Helper()
	if err := logfile.Register(); err != nil {
		t.Fatal(err)
	}
	options := "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=cache_size(10)&_pragma=wal_autocheckpoint(50)&_pragma=synchronous(" + synchronous + ")"
	if system != "" {
		options += "&vfs=" + system
	}
	db, err := sql.Open("sqlite", "file:"+path+options)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return conn
}

func do(t testing.TB, c *sql.Conn, statement string, args ...any) {
	t.Helper()
	if _, err := c.ExecContext(context.Background(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func ask[T any](t testing.TB, c *sql.Conn, question string) (answer T) {
	t.Helper()
	if err := c.QueryRowContext(context.Background(), question).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", question, err)
	}
	return answer
}

func sound(t testing.TB, c *sql.Conn) {
	t.Helper()
	if said := ask[string](t, c, "PRAGMA integrity_check"); said != "ok" {
		t.Error(said)
	}
}

const table = `CREATE TABLE entry (id INTEGER PRIMARY KEY, content TEXT NOT NULL)`

// fill adds so many pages to an open transaction.
func fill(t testing.TB, c *sql.Conn, from, pages int) {
	t.Helper()
	for id := range pages {
		do(t, c, `INSERT INTO entry (id, content) VALUES (?, ?)`, from+id, strings.Repeat("x", 3500))
	}
}

// A transaction of many pages is written by few calls.
func TestFewCalls(t *testing.T) {
	calls := func(system string) int {
		c := through(t, filepath.Join(t.TempDir(), "db"), system, "FULL")
		do(t, c, "PRAGMA cache_size = 1000")
		do(t, c, "PRAGMA wal_autocheckpoint = 0")
		do(t, c, table)
		before := written(t)
		do(t, c, "BEGIN IMMEDIATE")
		fill(t, c, 1, 200)
		do(t, c, "COMMIT")
		return written(t) - before
	}
	usual, ours := calls(""), calls(logfile.Name)
	if usual < 400 || ours > 20 {
		t.Errorf("%d calls, and %d as usual", ours, usual)
	}
}

// written is how many times this process has written so far.
func written(t *testing.T) int {
	t.Helper()
	said, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(said)) {
		var n int
		if _, err := fmt.Sscanf(line, "syscw: %d", &n); err == nil {
			return n
		}
	}
	t.Fatal("Linux does not say how often it was written")
	return 0
}

// What is committed is there for everybody, whatever is waited for, and what is not is there for nobody else.
func TestSeenByOthers(t *testing.T) {
	for _, synchronous := range []string{"FULL", "NORMAL", "OFF"} {
		path := filepath.Join(t.TempDir(), "db")
		ours := through(t, path, logfile.Name, synchronous)
		do(t, ours, table)
		other := through(t, path, "", "FULL")
		for round := range 20 {
			do(t, ours, "BEGIN IMMEDIATE")
			fill(t, ours, 100*round, 40) // more than the cache holds
			if n := ask[int](t, other, "SELECT COUNT(*) FROM entry"); n != 40*round {
				t.Fatalf("%s: %d entries are seen before they are committed", synchronous, n)
			}
			if n := ask[int](t, ours, "SELECT COUNT(*) FROM entry WHERE length(content) = 3500"); n != 40*(round+1) {
				t.Fatalf("%s: who wrote sees %d entries", synchronous, n)
			}
			do(t, ours, "COMMIT")
			if n := ask[int](t, other, "SELECT COUNT(*) FROM entry WHERE length(content) = 3500"); n != 40*(round+1) {
				t.Fatalf("%s: %d entries are seen", synchronous, n)
			}
		}
		sound(t, other)
	}
}

// Who reads all the time never finds a transaction announced whose pages are not there, even if nobody waits for the disk.
func TestReadAllTheTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	ours := through(t, path, logfile.Name, "OFF")
	do(t, ours, table)
	do(t, ours, `INSERT INTO entry (id, content) VALUES (1, '')`)
	var done atomic.Bool
	var readers sync.WaitGroup
	for range 2 {
		other := through(t, path, "", "FULL")
		readers.Go(func() {
			for content := ""; !done.Load(); {
				if err := other.QueryRowContext(context.Background(), `SELECT content FROM entry WHERE id = 1`).Scan(&content); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 5000 {
		do(t, ours, `UPDATE entry SET content = content || 'x' WHERE id = 1`)
	}
	done.Store(true)
	readers.Wait()
}

// What was taken back is not written over what another has written in its place.
func TestTakenBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	ours := through(t, path, logfile.Name, "FULL")
	do(t, ours, table)
	other := through(t, path, "", "FULL")
	for round := range 20 {
		do(t, ours, "BEGIN IMMEDIATE")
		fill(t, ours, 100_000, 15+round)
		do(t, ours, "ROLLBACK")
		do(t, other, "BEGIN IMMEDIATE")
		fill(t, other, 1000*round, 10)
		do(t, other, "COMMIT")
		do(t, ours, "BEGIN IMMEDIATE")
		fill(t, ours, 1000*round+500, 3)
		do(t, ours, "COMMIT")
		if n := ask[int](t, other, "SELECT COUNT(*) FROM entry WHERE length(content) = 3500"); n != 13*(round+1) {
			t.Fatalf("%d entries after %d rounds", n, round+1)
		}
	}
	sound(t, ours)
	sound(t, through(t, path, "", "FULL"))
}

// A transaction that no longer fits on the disk fails, nothing of it is there, and the next one succeeds when there is room.
func TestNoRoom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	ours := through(t, path, logfile.Name, "FULL")
	do(t, ours, "PRAGMA cache_size = 1000")
	do(t, ours, table)
	do(t, ours, "BEGIN IMMEDIATE")
	fill(t, ours, 1, 20)
	var failed error
	withRoom(t, size(t, path+"-wal")+30_000, func() { _, failed = ours.ExecContext(context.Background(), "COMMIT") })
	if failed == nil {
		t.Fatal("it was committed")
	}
	if _, err := ours.ExecContext(context.Background(), "ROLLBACK"); err != nil && !strings.Contains(err.Error(), "no transaction is active") {
		t.Fatal(err)
	}
	other := through(t, path, "", "FULL")
	if n := ask[int](t, other, "SELECT COUNT(*) FROM entry"); n != 0 {
		t.Errorf("%d entries of a transaction that failed", n)
	}
	do(t, ours, "BEGIN IMMEDIATE")
	fill(t, ours, 1, 5)
	do(t, ours, "COMMIT")
	if n := ask[int](t, other, "SELECT COUNT(*) FROM entry"); n != 5 {
		t.Errorf("%d entries of a transaction that succeeded", n)
	}
	sound(t, other)
}

// withRoom does something while no file of this process can become longer than so many bytes.
func withRoom(t *testing.T, bytes int64, do func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(bytes), Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	do()
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
}

// Who takes back what there was no room for gives his lock back all the same: another can write.
func TestNoRoomTakenBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	ours := through(t, path, logfile.Name, "FULL")
	do(t, ours, table)
	other := through(t, path, "", "FULL")
	for round := range 20 {
		do(t, ours, "BEGIN IMMEDIATE")
		fill(t, ours, 100_000, 15+round)
		withRoom(t, 1, func() {
			if _, err := ours.ExecContext(context.Background(), "ROLLBACK"); err != nil {
				t.Log(err) // it cannot read what was not written; nothing of it counts
			}
		})
		do(t, other, "BEGIN IMMEDIATE")
		fill(t, other, 1000*round, 10)
		do(t, other, "COMMIT")
		do(t, ours, "BEGIN IMMEDIATE")
		fill(t, ours, 1000*round+500, 3)
		do(t, ours, "COMMIT")
		if n := ask[int](t, other, "SELECT COUNT(*) FROM entry"); n != 13*(round+1) {
			t.Fatalf("%d entries after %d rounds", n, round+1)
		}
	}
	sound(t, ours)
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// A database whose log is given up is written as usual, and gathered again when it has one again.
func TestLogGivenUp(t *testing.T) {
	c := through(t, filepath.Join(t.TempDir(), "db"), logfile.Name, "FULL")
	do(t, c, table)
	for round, mode := range []string{"delete", "wal", "delete", "wal"} {
		if said := ask[string](t, c, "PRAGMA journal_mode = "+mode); said != mode {
			t.Fatalf("%s instead of %s", said, mode)
		}
		do(t, c, "BEGIN IMMEDIATE")
		fill(t, c, 100*round, 30)
		do(t, c, "COMMIT")
	}
	if n := ask[int](t, c, "SELECT COUNT(*) FROM entry"); n != 120 {
		t.Errorf("%d entries", n)
	}
	sound(t, c)
}

// Whatever two connections do in turn, one through each file system, both find what a map of the entries holds.
func TestAsAMap(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		path := filepath.Join(t.TempDir(), "db")
		conns := []*sql.Conn{through(t, path, logfile.Name, "FULL"), through(t, path, "", "FULL")}
		do(t, conns[0], table)
		kept := map[int]int{}
		for range rapid.IntRange(1, 12).Draw(r, "transactions") {
			c := conns[rapid.IntRange(0, 1).Draw(r, "connection")]
			now := maps.Clone(kept)
			do(t, c, "BEGIN IMMEDIATE")
			for range rapid.IntRange(1, 30).Draw(r, "changes") {
				id, length := rapid.IntRange(1, 60).Draw(r, "entry"), rapid.IntRange(0, 9000).Draw(r, "length")
				now[id] = length
				do(t, c, `INSERT OR REPLACE INTO entry (id, content) VALUES (?, ?)`, id, strings.Repeat("x", length))
			}
			if rapid.Bool().Draw(r, "kept") {
				do(t, c, "COMMIT")
				kept = now
			} else {
				do(t, c, "ROLLBACK")
			}
			if rapid.IntRange(0, 4).Draw(r, "folded") == 0 {
				do(t, conns[rapid.IntRange(0, 1).Draw(r, "by")], "PRAGMA wal_checkpoint(RESTART)")
			}
			for _, c := range conns {
				if got := entries(t, c); !maps.Equal(got, kept) {
					r.Fatalf("%v instead of %v", got, kept)
				}
			}
		}
		sound(t, conns[1])
	})
}

func entries(t testing.TB, c *sql.Conn) map[int]int {
	t.Helper()
	rows, err := c.QueryContext(context.Background(), `SELECT id, length(content) FROM entry`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[int]int{}
	for rows.Next() {
		var id, length int
		if err := rows.Scan(&id, &length); err != nil {
			t.Fatal(err)
		}
		all[id] = length
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
