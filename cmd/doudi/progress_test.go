package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	failed := errors.New("failed")
	if err := (progress{}).during("nothing", func() error { return failed }); err != failed {
		t.Errorf("answer %v", err)
	}
	var out bytes.Buffer
	told := make(chan struct{}, 100)
	p := progress{to: notify{&out, told}, every: time.Millisecond}
	err := p.during("999901 claim", func() error {
		for range 3 {
			<-told
		}
		return failed
	})
	if text := out.String(); err != failed || !strings.Contains(text, "\r\033[K999901 claim 0s") || !strings.HasSuffix(text, "\r\033[K") {
		t.Errorf("told %q, answer %v", text, err)
	}
}

// notify tells of each write.
type notify struct {
	*bytes.Buffer
	told chan struct{}
}

func (n notify) Write(p []byte) (int, error) {
	select {
	case n.told <- struct{}{}:
	default:
	}
	return n.Buffer.Write(p)
}

func TestIsTerminal(t *testing.T) {
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string]io.Writer{"a file": file, "nowhere": nowhere, "a buffer": &bytes.Buffer{}} {
		if isTerminal(w) {
			t.Errorf("%s is taken for a terminal", name)
		}
	}
	if err := errors.Join(file.Close(), nowhere.Close()); err != nil {
		t.Fatal(err)
	}
	a := &app{errors: file}
	if a.progress().to != nil {
		t.Error("progress is told to a file")
	}
}
