package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"doudi/internal/debian"
)

// shellBlock is a block of commands in a document with what they print, if it is shown. “…” stands for anything on a line.
var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```\n(?:\n```text\n(.*?)```\n)?")

// TestInterfaceDocument runs docs/api.md as a reader would: its commands one after another in one shell, against a real doudi serve.
func TestInterfaceDocument(t *testing.T) {
	if err := debian.Need(map[string]string{"bash": "bash", "curl": "curl", "jq": "jq"}); err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := shellBlock.FindAllStringSubmatch(string(document), -1)
	if len(blocks) < 8 || strings.Count(string(document), "```") != 2*len(blocks)+2*strings.Count(string(document), "```text") {
		t.Fatalf("the document has %d blocks of commands, and blocks of another kind", len(blocks))
	}
	printed := strings.Split(run(t, blocks), mark+"\n")
	for i, block := range blocks {
		want := strings.ReplaceAll(regexp.QuoteMeta(block[2]), "…", ".+")
		if got := strings.ReplaceAll(printed[i], "\r", ""); !regexp.MustCompile("^" + want + "$").MatchString(got) {
			t.Errorf("block %d\n%sprints\n%s, not\n%s", i+1, block[1], got, block[2])
		}
	}
}

// mark is printed between the outputs of two blocks.
const mark = "=== next block"

// run answers what the blocks print, with marks between, on a free port instead of the document's.
func run(t *testing.T, blocks [][]string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	script := "set -eu -o pipefail\ntrap 'kill ${SERVER:-} 2> /dev/null || true' EXIT\n"
	for _, block := range blocks {
		script += block[1] + fmt.Sprintf("echo '%s'\n", mark)
	}
	shell := exec.CommandContext(t.Context(), "bash", "-c", strings.ReplaceAll(script, "127.0.0.1:8080", address))
	shell.Dir = t.TempDir()
	shell.Env = append(os.Environ(), "NO_COLOR=1")
	printed, err := shell.Output()
	if err != nil {
		log, _ := os.ReadFile(shell.Dir + "/serve.log") // told only when there is one
		t.Fatalf("%v after\n%s\n%s", err, printed, log)
	}
	return string(printed)
}
