package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver of record/store

	"doudi/record/store/storetest"
)

// site is where worlds of one dialect are made, with the peers they are compared with.
type site struct {
	name    string
	server  *storetest.Server // of PostgreSQL
	folder  string            // of SQLite's files
	secrets string            // folder of the secrets of the records
	made    int
	peers   []peer
	bare    *sql.DB // of SQLite's peer
}

// peer is the plainest durable writing the database can do.
type peer struct {
	name string
	rate func(ctx context.Context, clients int, length time.Duration) (perSecond float64, err error)
}

func newSite(dialect, secrets string) (*site, error) {
	switch dialect {
	case "postgres":
		server, err := storetest.NewDurable()
		return &site{name: "PostgreSQL", server: server, secrets: secrets}, err
	case "sqlite":
		folder, err := os.MkdirTemp("", "doudi-bench-")
		return &site{name: "SQLite", folder: folder, secrets: secrets}, err
	}
	return nil, fmt.Errorf("-db: sqlite or postgres, not %q", dialect)
}

// meet readies the peers; scale is that of pgbench's tables.
func (s *site) meet(ctx context.Context, scale int) error {
	if s.server != nil {
		return s.meetPgbench(ctx, scale)
	}
	return s.meetInserts(ctx)
}

// empty is the address of a new database without tables.
func (s *site) empty() (dsn string, err error) {
	s.made++
	name := fmt.Sprint("doudi_", s.made)
	if s.server != nil {
		return s.server.Create(name)
	}
	return "sqlite:" + filepath.Join(s.folder, name), nil
}

func (s *site) close() error {
	if s.server != nil {
		return s.server.Close()
	}
	var err error
	if s.bare != nil {
		err = s.bare.Close()
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}

// served is how long each process of PostgreSQL has worked so far.
func (s *site) served() map[int]time.Duration {
	worked := map[int]time.Duration{}
	if s.server == nil {
		return worked
	}
	for _, process := range under(s.server.Process()) {
		said, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", process))
		if err != nil {
			continue // it has just ended
		}
		if nanoseconds, _, ok := strings.Cut(string(said), " "); ok {
			n, _ := strconv.ParseInt(nanoseconds, 10, 64) // Linux writes a number
			worked[process] = time.Duration(n)
		}
	}
	return worked
}

// servedSince is how long PostgreSQL has worked since, in the processes that are still there.
func (s *site) servedSince(before map[int]time.Duration) (worked time.Duration) {
	for process, n := range s.served() {
		worked += n - before[process]
	}
	return worked
}

// under are the processes that a process started, and those that these did.
func under(parent int) (all []int) {
	said, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", parent))
	if err != nil {
		return nil // it has just ended
	}
	for _, field := range strings.Fields(string(said)) {
		if child, err := strconv.Atoi(field); err == nil {
			all = append(append(all, child), under(child)...)
		}
	}
	return all
}

func (s *site) meetPgbench(ctx context.Context, scale int) error {
	dsn, err := s.server.Create("pgbench")
	if err != nil {
		return err
	}
	if _, err := pgbench(ctx, s.server, "-i", "-q", "-s", strconv.Itoa(scale), dsn); err != nil {
		return err
	}
	for _, protocol := range []string{"simple", "prepared"} {
		s.peers = append(s.peers, peer{"pgbench -N -M " + protocol, func(ctx context.Context, clients int, length time.Duration) (float64, error) {
			seconds := strconv.Itoa(int(math.Ceil(length.Seconds())))
			said, err := pgbench(ctx, s.server, "-N", "-n", "-c", strconv.Itoa(clients), "-j", strconv.Itoa(min(2, clients)), "-M", protocol, "-T", seconds, dsn)
			if err != nil {
				return 0, err
			}
			return tps(said)
		}})
	}
	return nil
}

func pgbench(ctx context.Context, server *storetest.Server, args ...string) ([]byte, error) {
	var said bytes.Buffer
	cmd := server.Command("pgbench", args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Start()
	if err == nil {
		stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() }) // it is gone already, or ends now
		err = cmd.Wait()
		stop()
	}
	if err != nil {
		return nil, fmt.Errorf("pgbench: %w\n%s", err, &said)
	}
	return said.Bytes(), nil
}

var tpsLine = regexp.MustCompile(`(?m)^tps = ([0-9.]+)`)

// tps reads how many transactions a second pgbench did.
func tps(said []byte) (float64, error) {
	found := tpsLine.FindSubmatch(said)
	if found == nil {
		return 0, fmt.Errorf("pgbench does not say how fast it was:\n%s", bytes.TrimSpace(said))
	}
	return strconv.ParseFloat(string(found[1]), 64)
}

// bareOptions are those of record/store's writer.
const bareOptions = "?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)"

func (s *site) meetInserts(ctx context.Context) (err error) {
	if s.bare, err = sql.Open("sqlite", "file:"+filepath.Join(s.folder, "bare.db")+bareOptions); err != nil {
		return err
	}
	s.bare.SetMaxOpenConns(1)
	s.peers = []peer{{"one-row inserts", s.inserts}}
	_, err = s.bare.ExecContext(ctx, `CREATE TABLE bare (id INTEGER PRIMARY KEY, content TEXT NOT NULL)`)
	return err
}

// inserts adds one row of a hundred bytes in each transaction, from one goroutine however many clients there are.
func (s *site) inserts(ctx context.Context, _ int, length time.Duration) (float64, error) {
	insert, err := s.bare.PrepareContext(ctx, `INSERT INTO bare (content) VALUES (?1)`)
	if err != nil {
		return 0, err
	}
	content := string(bytes.Repeat([]byte("x"), 100))
	start, n := time.Now(), 0
	for time.Since(start) < length {
		if _, err := insert.ExecContext(ctx, content); err != nil {
			return 0, errors.Join(err, insert.Close())
		}
		n++
	}
	return float64(n) / time.Since(start).Seconds(), insert.Close()
}
