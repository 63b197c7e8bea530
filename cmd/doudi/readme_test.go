package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestReadmeShowsTheDemo keeps the picture in the README what the demo prints.
func TestReadmeShowsTheDemo(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "```text\n")
	shown, _, closed := strings.Cut(rest, "\n```")
	if !found || !closed || len(shown) < 1000 {
		t.Fatal("the README shows no output")
	}
	t.Setenv("TMPDIR", t.TempDir()) // where the demo keeps its data
	var out, errors bytes.Buffer
	if status := Main([]string{"demo"}, strings.NewReader(""), &out, &errors); status != 0 {
		t.Fatalf("demo exits with %d: %s", status, &errors)
	}
	if !strings.Contains(out.String(), shown) {
		t.Error("the demo no longer prints what the README shows; copy the new text from go run ./cmd/doudi demo")
	}
}
