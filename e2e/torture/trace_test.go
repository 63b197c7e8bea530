package torture_test

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"doudi/internal/debian"
)

// tracer is the command line that writes down what a program does with files and sockets. With -D the traced program is our own child, so
// that killing it kills it and not the tracer.
func tracer(into string) []string {
	return []string{"strace", "-D", "-f", "-y", "-xx", "-s", "16777216", "-e", "signal=none", "-o", into,
		"-e", "trace=open,openat,creat,pwrite64,write,pwritev,pwritev2,writev,ftruncate,truncate,fallocate,fsync,fdatasync,sync_file_range,unlink,unlinkat,rename,renameat,renameat2,link,linkat"}
}

// haveTracer installs strace where that is ours to do, and otherwise says what is missing.
func haveTracer(t testing.TB) {
	t.Helper()
	if err := debian.Need(map[string]string{"strace": "strace"}); err != nil {
		t.Fatal(err)
	}
}

// event is one call to the operating system. Others may have been made between its beginning and its end.
type event struct {
	name       string
	path       string // of the file or folder; of a socket whatever the tracer calls it
	data       []byte // that were written
	offset     int64  // of the data; of a truncation the new length
	begin, end int    // lines of the trace; end is endless when the program was killed before
}

const endless = int(^uint(0) >> 1)

var (
	beginning  = regexp.MustCompile(`^(\d+) +([a-z0-9_]+)\(`)
	resumption = regexp.MustCompile(`^(\d+) +<\.\.\. [a-z0-9_]+ resumed>`)
	failure    = regexp.MustCompile(`\) += -\d+ [A-Z]+ \([^()]*\)$`)
)

const unfinished = " <unfinished ...>"

// readTrace reads what the tracer wrote. Calls that failed are left out; a call that changes files in a way this test does not
// know is an error, or the replay would be of something else than what happened.
func readTrace(name string) ([]event, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // only read
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 128<<20)
	var events []event
	open := map[string]int{} // by thread: the event it is in
	failed := map[int]bool{}
	for line := 0; lines.Scan(); line++ {
		text := lines.Text()
		if m := resumption.FindStringSubmatch(text[:min(len(text), 80)]); m != nil {
			if i, ok := open[m[1]]; ok {
				events[i].end = line
				failed[i] = refused(text)
				delete(open, m[1])
			}
			continue
		}
		m := beginning.FindStringSubmatch(text[:min(len(text), 80)])
		if m == nil {
			continue // signals and the ends of threads
		}
		e, err := readCall(m[2], strings.TrimSuffix(text[len(m[0]):], unfinished))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w: %.200s", line+1, err, text)
		}
		e.begin, e.end = line, line
		if strings.HasSuffix(text, unfinished) {
			e.end = endless
			open[m[1]] = len(events)
		}
		failed[len(events)] = refused(text)
		events = append(events, e)
	}
	var done []event
	for i, e := range events {
		if !failed[i] {
			done = append(done, e)
		}
	}
	return done, lines.Err()
}

// refused tells whether a call answered an error: -1 ENOENT (No such file or directory).
func refused(text string) bool { return failure.MatchString(text[max(0, len(text)-120):]) }

var errUnknownCall = errors.New("a call that the replay does not know")

// readCall reads the name of a call and its arguments as the tracer writes them: 5<path>, "bytes", 24, 32.
func readCall(name, text string) (e event, err error) {
	e.name = name
	args := strings.Split(text, ", ")
	number := func(i int) (n int64) {
		if err == nil && i < len(args) {
			digits, _, _ := strings.Cut(args[i], ")")
			n, err = strconv.ParseInt(digits, 10, 64)
		}
		return n
	}
	quoted := func(i int) (b []byte) {
		if err == nil && i < len(args) {
			b, err = unquote(args[i])
		}
		return b
	}
	switch name {
	case "pwrite64":
		e.path, e.data, e.offset = ofDescriptor(args[0]), quoted(1), number(3)
	case "write":
		e.path, e.data = ofDescriptor(args[0]), quoted(1)
	case "ftruncate":
		e.path, e.offset = ofDescriptor(args[0]), number(1)
	case "fsync", "fdatasync":
		e.name, e.path = "fsync", ofDescriptor(args[0])
	case "unlink":
		e.path = string(quoted(0))
	case "unlinkat":
		e.name, e.path = "unlink", string(quoted(1))
	case "open", "openat":
		e.name = "open"
		if !strings.Contains(text, "O_CREAT") {
			return e, nil
		}
		e.name = "create" // if it is not there yet
		if name == "open" {
			e.path = string(quoted(0))
		} else {
			e.path = string(quoted(1))
		}
	default:
		err = errUnknownCall
	}
	if e.path != "" && filepath.IsAbs(e.path) {
		e.path = filepath.Clean(e.path)
	}
	return e, err
}

// ofDescriptor is the path behind a descriptor: 5<\x2f\x74>.
func ofDescriptor(arg string) string {
	_, path, found := strings.Cut(arg, "<")
	if !found {
		return arg
	}
	path, _, _ = strings.Cut(path, ">")
	plain, err := unquote(`"` + path + `"`)
	if err != nil {
		return path
	}
	return string(plain)
}

// unquote reads "\x2f\x74"; what the tracer cut off is an error.
func unquote(arg string) ([]byte, error) {
	inner, found := strings.CutPrefix(arg, `"`)
	inner, rest, closed := strings.Cut(inner, `"`)
	if !found || !closed || strings.HasPrefix(rest, "...") {
		return nil, fmt.Errorf("no whole text: %.60s", arg)
	}
	return hex.DecodeString(strings.ReplaceAll(inner, `\x`, ""))
}
