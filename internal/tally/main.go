// Command tally reads the events of "go test -json" from standard input, prints a line per package and the whole output
// of what failed, and counts. It ends with status 1 when a test failed, when a package did not build, when a test was
// skipped (a test nobody runs proves nothing) or when there was no test at all.
//
//	go test -json ./... | go run ./internal/tally [-out FILE]
//
// With -out the two numbers "passed failed" are also written to FILE, for a script.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	out := flag.String("out", "", "`file` for the two numbers passed and failed")
	flag.Parse()
	ok, err := run(os.Stdin, os.Stdout, *out)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// run counts the events of in, reports on out and writes the numbers to file unless it is "". It returns whether the
// run is good.
func run(in io.Reader, out io.Writer, file string) (bool, error) {
	c := newCount()
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			if _, err := io.WriteString(out, c.line(line)); err != nil {
				return false, err
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return false, err
		}
	}
	if _, err := io.WriteString(out, c.summary()); err != nil {
		return false, err
	}
	if file != "" {
		numbers := fmt.Sprintf("%d %d\n", c.passed, c.failed)
		if err := os.WriteFile(file, []byte(numbers), 0o644); err != nil {
			return false, err
		}
	}
	return c.good(), nil
}

// event is one line of "go test -json"; see "go doc test2json".
type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64
}

// count is what has been seen so far. Tests and subtests count alike, as "go test -v" lists them.
type count struct {
	passed, failed int
	skipped        []string
	held           map[string]*holding // by package, until its last event
}

// holding is what is known of a package that is still running.
type holding struct {
	passed, failed int
	order          []string           // names of tests in the order of their first output; "" is the package itself
	output         map[string]*string // printed only if the test does not pass
}

func newCount() *count { return &count{held: map[string]*holding{}} }

// line takes in one line and returns what is to be printed. A line that is no event is passed on as it is.
func (c *count) line(line string) string {
	var e event
	if err := json.Unmarshal([]byte(line), &e); err != nil || e.Action == "" {
		return line
	}
	if e.Action == "build-output" { // a compiler's message; it comes before the package it belongs to
		return e.Output
	}
	if e.Package == "" {
		return ""
	}
	h := c.held[e.Package]
	if h == nil {
		h = &holding{output: map[string]*string{}}
		c.held[e.Package] = h
	}
	if e.Test == "" {
		return c.packageEvent(e, h)
	}
	c.testEvent(e, h)
	return ""
}

func (c *count) testEvent(e event, h *holding) {
	switch e.Action {
	case "output":
		h.add(e.Test, e.Output)
	case "pass":
		c.passed++
		h.passed++
		delete(h.output, e.Test)
	case "skip":
		c.skipped = append(c.skipped, e.Package+" "+e.Test)
		delete(h.output, e.Test)
	case "fail":
		c.failed++
		h.failed++
	}
}

func (c *count) packageEvent(e event, h *holding) string {
	switch e.Action {
	case "output":
		h.add("", e.Output)
		return ""
	case "pass":
		delete(c.held, e.Package)
		return fmt.Sprintf("ok    %-40s %5d passed %7.1fs\n", e.Package, h.passed, e.Elapsed)
	case "skip":
		delete(c.held, e.Package)
		return fmt.Sprintf("-     %-40s has no tests\n", e.Package)
	case "fail":
		delete(c.held, e.Package)
		if h.failed == 0 { // it did not build, panicked outside a test, or left early
			c.failed++
		}
		return h.all() + fmt.Sprintf("FAIL  %-40s %5d passed, %d failed %7.1fs\n", e.Package, h.passed, h.failed, e.Elapsed)
	}
	return ""
}

func (h *holding) add(test, text string) {
	if h.output[test] == nil {
		h.output[test] = new(string)
		h.order = append(h.order, test)
	}
	*h.output[test] += text
}

// all is the output of everything that did not pass.
func (h *holding) all() string {
	var b strings.Builder
	for _, test := range h.order {
		if text := h.output[test]; text != nil {
			b.WriteString(*text)
		}
	}
	return b.String()
}

func (c *count) good() bool {
	return c.failed == 0 && len(c.skipped) == 0 && len(c.held) == 0 && c.passed > 0
}

// summary is the end of the report. A package without a last event means that the run was cut short.
func (c *count) summary() string {
	var b strings.Builder
	for name, h := range c.held {
		c.failed++
		delete(c.held, name)
		fmt.Fprintf(&b, "%sFAIL  %s ended without a result\n", h.all(), name)
	}
	for _, name := range c.skipped {
		fmt.Fprintf(&b, "FAIL  skipped: %s\n", name)
	}
	if c.passed+c.failed == 0 {
		b.WriteString("FAIL  no test ran\n")
	}
	fmt.Fprintf(&b, "tests: %d passed, %d failed, %d skipped\n", c.passed, c.failed, len(c.skipped))
	return b.String()
}
