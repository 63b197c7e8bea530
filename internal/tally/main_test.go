package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

const (
	passA = `{"Action":"output","Package":"p","Test":"TestA","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"TestA/one"}
{"Action":"pass","Package":"p","Test":"TestA"}
`
	packagePass = `{"Action":"pass","Package":"p","Elapsed":1.5}` + "\n"
	packageFail = `{"Action":"fail","Package":"p","Elapsed":1.5}` + "\n"
)

func TestRun(t *testing.T) {
	tests := []struct {
		name, events string
		ok           bool
		numbers      string
		says         []string
		hides        string
	}{
		{name: "all pass", events: passA + packagePass, ok: true, numbers: "2 0\n",
			says: []string{"ok    p", "2 passed", "tests: 2 passed, 0 failed, 0 skipped"}, hides: "quiet"},
		{name: "a test fails", events: passA + `{"Action":"output","Package":"p","Test":"TestB","Output":"got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Output":"FAIL\n"}
` + packageFail, numbers: "2 1\n",
			says: []string{"got 1, want 2", "FAIL  p", "tests: 2 passed, 1 failed"}, hides: "quiet"},
		{name: "a test is skipped", events: passA + `{"Action":"skip","Package":"p","Test":"TestB"}
` + packagePass, numbers: "2 0\n", says: []string{"skipped: p TestB", "1 skipped"}},
		{name: "a package does not build", events: passA + packagePass + `{"ImportPath":"q","Action":"build-output","Output":"q.go:1: undefined: x\n"}
{"ImportPath":"q","Action":"build-fail"}
{"Action":"fail","Package":"q","FailedBuild":"q"}
`, numbers: "2 1\n", says: []string{"undefined: x", "FAIL  q", "tests: 2 passed, 1 failed"}},
		{name: "a package leaves early", events: passA + `{"Action":"output","Package":"p","Test":"TestB","Output":"half a sentence"}
` + packageFail, numbers: "2 1\n", says: []string{"half a sentence"}},
		{name: "the run is cut short", events: passA, numbers: "2 1\n", says: []string{"p ended without a result"}},
		{name: "a package without tests", events: passA + packagePass + `{"Action":"skip","Package":"q"}
`, ok: true, numbers: "2 0\n", says: []string{"q", "has no tests"}},
		{name: "no test ran", events: `{"Action":"skip","Package":"q"}` + "\n", numbers: "0 0\n", says: []string{"no test ran"}},
		{name: "nothing at all", events: "", numbers: "0 0\n", says: []string{"no test ran"}},
		{name: "a line that is no event", events: "go: downloading x\n" + passA + strings.TrimSuffix(packagePass, "\n"), ok: true, numbers: "2 0\n",
			says: []string{"go: downloading x\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "numbers")
			var out strings.Builder
			ok, err := run(strings.NewReader(tt.events), &out, file)
			if err != nil || ok != tt.ok {
				t.Errorf("ok %v, error %v; want %v\n%s", ok, err, tt.ok, out.String())
			}
			for _, text := range tt.says {
				if !strings.Contains(out.String(), text) {
					t.Errorf("the report does not say %q:\n%s", text, out.String())
				}
			}
			if tt.hides != "" && strings.Contains(out.String(), tt.hides) {
				t.Errorf("the report shows the output of a test that passed:\n%s", out.String())
			}
			numbers, err := os.ReadFile(file)
			if err != nil || string(numbers) != tt.numbers {
				t.Errorf("numbers %q, error %v; want %q", numbers, err, tt.numbers)
			}
		})
	}
}

func TestRunErrors(t *testing.T) {
	broken := errors.New("broken pipe")
	if _, err := run(iotest.ErrReader(broken), &strings.Builder{}, ""); !errors.Is(err, broken) {
		t.Errorf("reading: error %v, want %v", err, broken)
	}
	if _, err := run(strings.NewReader(passA+packagePass), failing{broken}, ""); !errors.Is(err, broken) {
		t.Errorf("writing: error %v, want %v", err, broken)
	}
	missing := filepath.Join(t.TempDir(), "missing", "numbers")
	if _, err := run(strings.NewReader(passA+packagePass), &strings.Builder{}, missing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("numbers: error %v, want %v", err, os.ErrNotExist)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
