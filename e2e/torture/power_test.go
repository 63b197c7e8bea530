package torture_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doudi/record"
	"doudi/record/claim"
	"doudi/record/store/storetest"
)

// traced is a run of the program with everything it did to its folder, and the line at which each command was answered.
type traced struct {
	*torture
	before  *disk
	events  []event
	answers []answered
	lines   int
}

type answered struct {
	bill  string
	state claim.State
	line  int
}

// trace lets the clients send so many commands each to a program whose every call is written down.
func trace(t testing.TB, options string, commands int) *traced {
	t.Helper()
	haveTracer(t)
	dsn := storetest.SQLite(t)
	run := &traced{torture: newTorture(t, dsn+options, 8, seed)}
	var err error
	run.before, err = newDisk(filepath.Dir(strings.TrimPrefix(dsn, "sqlite:")))
	run.ok(err)
	into := filepath.Join(t.TempDir(), "trace")
	p := launch(t, run.world, tracer(into)...)
	run.ok(p.ready())
	errs := storetest.Together(len(run.clients), func(i int) error {
		for range commands {
			if err := run.clients[i].step(p.address); err != nil {
				return err
			}
		}
		return nil
	})
	run.ok(errors.Join(errs...))
	run.ok(p.stop()) // a database is put in order when it is closed; the power may go then, too
	run.events, err = readTrace(into)
	run.ok(err)
	run.lines = run.events[len(run.events)-1].begin + 1
	run.find()
	run.eventful(strings.TrimPrefix(dsn, "sqlite:"))
	return run
}

// eventful fails a trace that does not show what matters: the log synchronised, carried over into the database, and removed in the end.
func (run *traced) eventful(database string) {
	run.Helper()
	seen := map[string]int{}
	for _, e := range run.events {
		seen[e.name+" "+e.path]++
	}
	for _, call := range []string{"pwrite64 " + database + "-wal", "pwrite64 " + database, "unlink " + database + "-wal"} {
		if seen[call] == 0 {
			run.Errorf("the trace has no %s", call)
		}
	}
}

// find looks for the call that sent each answer.
func (run *traced) find() {
	run.Helper()
	var sent []event
	for _, e := range run.events {
		if e.name == "write" && bytes.HasPrefix(e.data, []byte("HTTP/1.1 2")) {
			sent = append(sent, e)
		}
	}
	for _, c := range run.clients {
		for _, k := range c.done {
			found := false
			for _, e := range sent {
				if bytes.Contains(e.data, k.answer) {
					run.answers = append(run.answers, answered{k.bill.id, k.makes, e.begin})
					found = true
					break
				}
			}
			if !found {
				run.Fatalf("the trace does not show the answer %s", k.answer)
			}
		}
	}
}

// TestPowerLoss cuts the power at many moments of one run: whatever the disk lost of what was not synchronised, the database opens,
// holds together, and has every command that was acknowledged.
func TestPowerLoss(t *testing.T) {
	run := trace(t, "?_pragma=wal_autocheckpoint(200)", 15)
	cuts := fromEnvironment(t, "CUTS", 200)
	from := uint64(fromEnvironment(t, "SEED", seed))
	for n := range cuts {
		if err := run.cut(from + uint64(n)); err != nil {
			t.Errorf("seed %d: %v", from+uint64(n), err)
		}
	}
	t.Logf("seed %d: %d calls, %d answers, %d cuts", from, len(run.events), len(run.answers), cuts)
}

// TestPowerLossIsFound shows that the replay finds what is wrong: a database that does not wait for its disk, or only now and
// then, loses commands that it acknowledged.
func TestPowerLossIsFound(t *testing.T) {
	for _, synchronous := range []string{"OFF", "NORMAL"} {
		t.Run(synchronous, func(t *testing.T) {
			run := trace(t, "?_pragma=synchronous("+synchronous+")", 10)
			for n := range 50 {
				if err := run.cut(seed + uint64(n)); err != nil {
					t.Logf("found after %d cuts: %v", n+1, err)
					return
				}
			}
			t.Error("50 cuts found nothing wrong")
		})
	}
}

// cut lets the power go at a random line of the trace, and looks at what is left.
func (run *traced) cut(seed uint64) error {
	chance := rand.New(rand.NewPCG(seed, 1))
	line := run.moment(chance)
	d, into := run.before.clone(), run.TempDir()
	d.until(run.events, line)
	for name, content := range d.cut(chance) {
		if err := os.WriteFile(filepath.Join(into, name), content, 0o600); err != nil {
			return err
		}
	}
	r, err := record.Open(context.Background(), record.Config{DSN: "sqlite:" + filepath.Join(into, "doudi.db") + "?_pragma=synchronous(OFF)", Secrets: run.secrets, Library: library()})
	if err != nil {
		return fmt.Errorf("cut at line %d: it does not open: %w", line, err)
	}
	says, err := look(r, run.people)
	if err := errors.Join(err, r.Close()); err != nil {
		return fmt.Errorf("cut at line %d: %w", line, err)
	}
	for _, a := range run.answers {
		if is := says.bills[a.bill].state; a.line < line && rank[is] < rank[a.state] {
			return fmt.Errorf("cut at line %d: the bill %s was acknowledged as %s at line %d and is %q", line, a.bill, a.state, a.line, is)
		}
	}
	return nil
}

// rank is the order of a bill's states: what was acknowledged may have gone on, and never back.
var rank = map[claim.State]int{claim.Received: 1, claim.Confirmed: 2, claim.Reversed: 3}

// moment is a line of the trace: any, or one soon after an answer, when most is to be lost.
func (run *traced) moment(chance *rand.Rand) int {
	if chance.IntN(2) == 0 {
		return chance.IntN(run.lines + 1)
	}
	return run.answers[chance.IntN(len(run.answers))].line + 1 + chance.IntN(5)
}
