package torture_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// process is the program at work on a database.
type process struct {
	cmd     *exec.Cmd
	stdout  io.ReadCloser
	said    bytes.Buffer // on its error output
	address string
}

// launch runs the program on the world's database, under another program that watches it if one is named.
func launch(t testing.TB, w *world, under ...string) *process {
	t.Helper()
	line := append(under, os.Args[0])
	p := &process{cmd: exec.Command(line[0], line[1:]...)}
	p.cmd.Env = append(os.Environ(), databaseVariable+"="+w.dsn, secretsVariable+"="+w.secrets)
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
