package torture_test

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"doudi/record/claim"
	"doudi/record/store/storetest"
)

// TestStop tells the program to end while everybody works. It ends in good order: what was begun is done and answered, what was not
// done was not begun, and the log is sealed to its last entry.
func TestStop(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		t.Parallel()
		run := newTorture(t, dsn, 20, seed)
		p := run.start()
		run.untilStopped(p, 60)
		if err := p.cmd.Wait(); err != nil {
			t.Errorf("the program ended with %v: %s", err, p.said.String())
		}
		if said := p.said.String(); strings.Contains(said, `"level":"ERROR"`) {
			t.Errorf("the program complains: %s", said)
		}
		must := tally(run.clients)
		settled := 0
		for _, b := range must.bills {
			if b.state != claim.Received {
				settled++
			}
		}
		if settled == 0 {
			t.Error("no bill was settled")
		}
		run.open()
		for _, difference := range differences(run.verify(), must) {
			t.Error(difference)
		}
		run.close()
		run.sealed()
	})
}

// untilStopped lets all clients send commands, and tells the program to end after so many answers.
func (run *torture) untilStopped(p *process, answers int64) {
	var given atomic.Int64
	var once sync.Once
	errs := storetest.Together(len(run.clients), func(i int) error {
		for {
			if err := run.clients[i].step(p.address); err != nil {
				return err
			}
			if given.Add(1) >= answers {
				once.Do(func() { run.ok(p.cmd.Process.Signal(syscall.SIGTERM)) })
			}
		}
	})
	for _, err := range errs {
		if !errors.Is(err, errAgain) {
			run.Error(err)
		}
	}
}

// sealed asks the program itself whether all holds together and nothing is left unsealed.
func (run *torture) sealed() {
	run.Helper()
	built := program(run)
	out, err := exec.Command(built, "verify", "--lang", "en", "--db", run.dsn, "--secrets", run.secrets, "--packs", filepath.Join(filepath.Dir(built), "packs")).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "entries agree, 0 entries not sealed yet") {
		run.Errorf("after a stop in good order doudi verify says %s (%v)", out, err)
	}
}
