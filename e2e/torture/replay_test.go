package torture_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// inHex writes a text as the tracer does.
func inHex(s string) string {
	return regexp.MustCompile("..").ReplaceAllString(hex.EncodeToString([]byte(s)), `\x$0`)
}

// readText reads a trace in which texts between ‹ › are to be written as the tracer does.
func readText(t *testing.T, text string) ([]event, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "trace")
	text = regexp.MustCompile("‹[^›]*›").ReplaceAllStringFunc(text, func(s string) string { return inHex(strings.Trim(s, "‹›")) })
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return readTrace(name)
}

func TestReadTrace(t *testing.T) {
	events, err := readText(t, `7 openat(AT_FDCWD, "‹/d/x-wal›", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 5<‹/d/x-wal›>
7 open("‹/d/../d/x›", O_RDONLY) = 6<‹/d/x›>
7 pwrite64(5<‹/d/x-wal›>, "‹ab, c›", 5, 32) = 5
7 fsync(5<‹/d/x-wal›> <unfinished ...>
8 pwrite64(6<‹/d/x›>, "‹late›", 4, 0 <unfinished ...>
7 <... fsync resumed>)        = 0
8 <... pwrite64 resumed>)     = 4
9 --- SIGURG {si_signo=SIGURG} ---
7 unlink("‹/d/no›") = -1 ENOENT (No such file or directory)
7 write(3<‹socket:[1]›>, "‹HTTP/1.1 200 OK›", 15) = 15
7 ftruncate(6<‹/d/x›>, 3 <unfinished ...>
9 +++ killed by SIGKILL +++
`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range events {
		got = append(got, fmt.Sprintf("%s %s %q %d %d-%d", e.name, e.path, e.data, e.offset, e.begin, min(e.end, 99)))
	}
	want := []string{`create /d/x-wal "" 0 0-0`, `open  "" 0 1-1`, `pwrite64 /d/x-wal "ab, c" 32 2-2`, `fsync /d/x-wal "" 0 3-5`, `pwrite64 /d/x "late" 0 4-6`,
		`write socket:[1] "HTTP/1.1 200 OK" 0 9-9`, `ftruncate /d/x "" 3 10-99`}
	if !slices.Equal(got, want) {
		t.Errorf("read\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if _, err := readText(t, `7 rename("‹/d/a›", "‹/d/b›") = 0`); !errors.Is(err, errUnknownCall) {
		t.Errorf("a rename is read as %v", err)
	}
	if _, err := readText(t, `7 pwrite64(5<‹/d/x›>, "‹ab›"..., 5, 32) = 5`); err == nil {
		t.Error("data that the tracer cut off were read")
	}
}

// What was synchronised is there after any cut; what was not may be there or not, in any part.
func TestDisk(t *testing.T) {
	write := func(data string, offset int64, begin, end int) event {
		return event{name: "pwrite64", path: "/d/x", data: []byte(data), offset: offset, begin: begin, end: end}
	}
	sync := func(path string, begin, end int) event {
		return event{name: "fsync", path: path, begin: begin, end: end}
	}
	run := []event{
		{name: "create", path: "/d/x", begin: 1, end: 1}, write("first", 0, 2, 2), sync("/d/x", 3, 3), sync("/d", 4, 4),
		write("SECOND", 0, 5, 5), write(" late", 6, 6, 8), sync("/d/x", 7, 9), {name: "unlink", path: "/d/x", begin: 11, end: 11},
	}
	tests := []struct {
		name  string
		line  int
		may   string   // what may be found, as a pattern; "-" is no file
		often []string // what is found sooner or later
	}{
		{"before it was there", 1, `-`, []string{"-"}},
		{"synchronised without its name", 4, `-|first`, []string{"-", "first"}},
		{"synchronised", 5, `first`, []string{"first"}},
		{"written over", 6, `(|S|SE|SEC|SECO|SECON)(first|irst|rst|st|t|)|SECOND`, []string{"first", "SECOND", "SECst"}},
		{"synchronised again, but for what came in between", 10, `SECOND( | l| la| lat| late)?`, []string{"SECOND", "SECOND late"}},
		{"removed, perhaps", 12, `-|SECOND( | l| la| lat| late)?`, []string{"-", "SECOND", "SECOND late"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			seen := map[string]bool{}
			for n := range 200 {
				d := &disk{folder: "/d", files: map[string]*onDisk{}}
				d.until(run, tt.line)
				content, there := d.cut(rand.New(rand.NewPCG(seed, uint64(n))))["x"]
				if !there {
					content = []byte("-")
				}
				seen[string(content)] = true
			}
			for found := range seen {
				if !regexp.MustCompile("^(" + tt.may + ")$").MatchString(found) {
					t.Errorf("found %q", found)
				}
			}
			for _, s := range tt.often {
				if !seen[s] {
					t.Errorf("%q was never found", s)
				}
			}
		})
	}
}
