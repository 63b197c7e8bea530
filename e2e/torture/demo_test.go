package torture_test

import (
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestKillDemo kills the program as it is installed while it makes secrets and tables, sets counties up and settles bills. Whatever it
// was at, running it again goes on, and in the end everything is there once.
func TestKillDemo(t *testing.T) {
	t.Parallel()
	doudi := program(t)
	chance := rand.New(rand.NewPCG(uint64(fromEnvironment(t, "SEED", seed)), 2))
	whole := filepath.Join(t.TempDir(), "whole")
	began := time.Now()
	shown := must(t, doudi, "demo", whole)
	lasts := time.Since(began)
	if strings.Count(shown, "勾稽一致，差 0.00") != 3 {
		t.Fatalf("the demonstration does not show three statements:\n%s", shown)
	}
	for range fromEnvironment(t, "DEMOS", 2) {
		folder := filepath.Join(t.TempDir(), "cut")
		for range 5 {
			cmd := exec.Command(doudi, "demo", folder)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			pause(lasts/4 + time.Duration(chance.Int64N(int64(lasts)))) // loading the packs comes first
			_ = cmd.Process.Kill()                                      // it may have come to its end
			_ = cmd.Wait()
		}
		if again := must(t, doudi, "demo", folder); pages(again) != pages(shown) {
			t.Errorf("after five kills the demonstration shows\n%s", again)
		}
		if got, want := verified(t, doudi, folder), verified(t, doudi, whole); !slices.Equal(got, want) {
			t.Errorf("after five kills verify says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// must runs a program that must succeed, and answers what it prints.
func must(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// pages are what the demonstration shows of the record, without the paths behind it.
func pages(shown string) string {
	before, _, _ := strings.Cut(shown, "数据留在")
	return before
}

// verified are the lines that verify says about settlements and special accounts; how many entries the log has depends on how often
// somebody looked.
func verified(t testing.TB, doudi, folder string) []string {
	t.Helper()
	var lines []string
	for _, line := range strings.Split(must(t, doudi, "verify", "--db", "sqlite:"+filepath.Join(folder, "doudi.db"), "--secrets", filepath.Join(folder, "secrets")), "\n") {
		if !strings.Contains(line, " audit：") {
			lines = append(lines, line)
		}
	}
	return lines
}
