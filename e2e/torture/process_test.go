package torture_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"doudi/packs"
)

// process is the program at work on a database.
type process struct {
	cmd     *exec.Cmd
	stdout  io.ReadCloser
	said    bytes.Buffer // on its error output
	address string
}

// doudi is the program as it is installed, built once.
var doudi = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "doudi-torture-")
	if err != nil {
		return "", err
	}
	removeLater = dir
	built := filepath.Join(dir, "doudi")
	if out, err := exec.Command("go", "build", "-o", built, "doudi/cmd/doudi").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return built, os.CopyFS(filepath.Join(dir, "packs"), packsOf(pack))
})

// removeLater is the folder it was built in; "" when no test has asked for it.
var removeLater string

// packsOf are the vocabulary and one pack: what is killed must start quickly, thousands of times.
func packsOf(name string) fs.FS {
	only := fstest.MapFS{}
	err := fs.WalkDir(packs.Files, ".", func(file string, entry fs.DirEntry, err error) error {
		top, _, deep := strings.Cut(file, "/")
		if err != nil || entry.IsDir() || deep && top != name {
			return err
		}
		content, err := fs.ReadFile(packs.Files, file)
		only[file] = &fstest.MapFile{Data: content, Mode: 0o644}
		return err
	})
	if err != nil {
		panic(err) // what is embedded can be read
	}
	return only
}

// program is where doudi was built.
func program(t testing.TB) string {
	t.Helper()
	built, err := doudi()
	if err != nil {
		t.Fatal(err)
	}
	return built
}

func TestMain(m *testing.M) {
	status := m.Run()
	if removeLater != "" {
		_ = os.RemoveAll(removeLater)
	}
	os.Exit(status)
}

// launch runs doudi serve on the world's database, under another program that watches it if one is named.
func launch(t testing.TB, w *world, under ...string) *process {
	t.Helper()
	built := program(t)
	line := append(under, built, "serve", "--listen", "127.0.0.1:0", "--db", w.dsn, "--secrets", w.secrets, "--packs", filepath.Join(filepath.Dir(built), "packs"))
	p := &process{cmd: exec.Command(line[0], line[1:]...)}
	p.cmd.Stderr = &p.said
	var err error
	if p.stdout, err = p.cmd.StdoutPipe(); err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.kill() }) // of a test that failed; otherwise it is dead already
	return p
}

var announced = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+`)

// ready waits until the program tells its address.
func (p *process) ready() error {
	out := bufio.NewScanner(p.stdout)
	for out.Scan() {
		if p.address = announced.FindString(out.Text()); p.address != "" {
			return nil
		}
	}
	return errors.Join(errors.New("the program ended before it served"), out.Err())
}

// kill ends the program as a power cut does for it: at once, whatever it is at.
func (p *process) kill() error {
	err := p.cmd.Process.Kill()
	_ = p.cmd.Wait() // the status of a killed program says nothing
	return err
}

// stop lets the program end in good order.
func (p *process) stop() error {
	return errors.Join(p.cmd.Process.Signal(os.Interrupt), p.cmd.Wait())
}
