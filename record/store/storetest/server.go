package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"doudi/internal/debian"
)

// Server is a PostgreSQL server in a temporary folder, reachable on the loopback address only.
type Server struct {
	bin  string // folder of PostgreSQL's programs
	dir  string
	port int
	as   *syscall.Credential // who runs it; nil for whoever runs the test
	keep string              // not empty when the data outlive a stop
	sync string              // how it waits for the disk, as a setting

	life *os.File // closing it, or the end of this process however it comes, stops the server
	done *exec.Cmd
}

// How a server treats the disk. Tests lose nothing when the machine does; who measures waits as an office's server does.
const (
	quick   = "fsync=off"
	durable = "fsync=on"
)

// NewDurable starts a server whose commits are on the disk before they are answered, for measurements. It does not belong to a
// test: [Server.Close] ends it and removes its data.
func NewDurable() (*Server, error) { return start("", durable) }

// NewServer starts a server for one test that wants to stop and start it.
func NewServer(t testing.TB) *Server {
	t.Helper()
	s, err := start("yes", quick)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Stop(t)
		if err := os.RemoveAll(s.dir); err != nil {
			t.Error(err)
		}
	})
	return s
}

// DSN is the address of one of the server's databases.
func (s *Server) DSN(database string) string {
	return fmt.Sprintf("postgres://doudi@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

// CreateMigrated makes a database with our tables and returns its address.
func (s *Server) CreateMigrated(t testing.TB, name string) string {
	t.Helper()
	dsn, err := s.Create(name)
	if err := errors.Join(err, migrate(dsn)); err != nil {
		t.Fatal(err)
	}
	return dsn
}

// Create makes a database without tables and returns its address.
func (s *Server) Create(name string) (dsn string, err error) {
	return s.DSN(name), s.create(name, "template0")
}

func start(keep, sync string) (*Server, error) {
	s := &Server{keep: keep, sync: sync}
	var err error
	if s.bin, err = programs(); err != nil {
		return nil, err
	}
	if s.as, err = unprivileged(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "doudi-postgres-"); err != nil {
		return nil, err
	}
	if s.as != nil {
		if err := os.Chown(s.dir, int(s.as.Uid), int(s.as.Gid)); err != nil {
			return nil, err
		}
	}
	initdb := s.Command("initdb", "-D", filepath.Join(s.dir, "data"), "-U", "doudi", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return s, s.start()
}

// start runs the server under a small shell that stops it when its standard input ends. That is how the server goes away
// even if the test binary is killed. The shell belongs to a group of its own, so that an interrupt at the keyboard reaches
// the tests first.
func (s *Server) start() error {
	var err error
	if s.port, err = s.freePort(); err != nil {
		return err
	}
	const script = `"$0" "$@" >>"$LOG" 2>&1 & server=$!; read -r _; kill -INT $server; wait $server; [ -n "$KEEP" ] || rm -rf "$DIR"`
	cmd := exec.Command("/bin/sh", "-c", script, filepath.Join(s.bin, "postgres"), "-D", filepath.Join(s.dir, "data"), "-p", strconv.Itoa(s.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", s.sync, "-c", "max_connections=200", "-c", "logging_collector=off")
	cmd.Env = append(os.Environ(), "LOG="+filepath.Join(s.dir, "log"), "DIR="+s.dir, "KEEP="+s.keep)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Setpgid: true}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd.Stdin = read
	if err := cmd.Start(); err != nil {
		return err
	}
	s.life, s.done = write, cmd
	return errors.Join(read.Close(), s.ready())
}

// freePort keeps the port of an earlier start, so that the address stays the same.
func (s *Server) freePort() (int, error) {
	if s.port != 0 {
		return s.port, nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// ready waits until the server answers.
func (s *Server) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := sql.Open("pgx", s.DSN("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // a connection that only asked whether somebody is there
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			said, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("PostgreSQL does not answer on port %d: %w\n%s", s.port, err, bytes.TrimSpace(said))
		}
	}
}

// Kill ends the server at once, as a power cut does, and keeps its data. Start starts it again at the same address.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	first, err := os.ReadFile(filepath.Join(s.dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := bytes.Cut(first, []byte("\n"))
	pid, err := strconv.Atoi(string(line))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	s.Stop(t)
}

// Stop ends the server and waits for it; its data stay until the end of the test.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// Close is [Server.Stop] outside of a test.
func (s *Server) Close() error {
	if s.life == nil {
		return nil
	}
	err := s.life.Close()
	_ = s.done.Wait() // the status of a server that was told to stop says nothing
	s.life = nil
	return err
}

// Start starts a stopped server again.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// Command is one of PostgreSQL's programs, to be run as the user the server runs as.
func (s *Server) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	return cmd
}

// Version is what PostgreSQL calls itself.
func Version() (string, error) {
	bin, err := programs()
	if err != nil {
		return "", err
	}
	said, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	return string(bytes.TrimSpace(said)), err
}

// unprivileged is the user to run the server as: PostgreSQL refuses to run as root.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
			gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(uidErr, gidErr)
		}
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}

// programs finds PostgreSQL's programs, and installs them where that is ours to do.
func programs() (string, error) {
	if bin := installed(); bin != "" {
		return bin, nil
	}
	if err := debian.Install("postgresql"); err != nil {
		return "", err
	}
	if bin := installed(); bin != "" {
		return bin, nil
	}
	return "", errors.New("these tests need PostgreSQL, and the package postgresql brought no initdb")
}

// installed is the folder with initdb and postgres: of the newest Debian package, or on the path.
func installed() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is well-formed
	if len(found) > 0 {
		return filepath.Dir(slices.Max(found))
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return ""
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return filepath.Dir(path)
}

// Running tells whether the server was started and not stopped since.
func (s *Server) Running() bool { return s.life != nil }

// Process is the number of the shell under which the server runs.
func (s *Server) Process() int { return s.done.Process.Pid }
