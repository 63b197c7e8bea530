package torture_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"doudi/record/store/storetest"
)

// fromEnvironment is how often something is done: as the environment says, or as often as continuous integration has time for.
func fromEnvironment(t testing.TB, name string, usual int) int {
	t.Helper()
	if os.Getenv(name) == "" {
		return usual
	}
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

const (
	cashiers = 4
	seed     = 20210628
)

// torture is one run: a county, those who send commands about it, and the moments at which everything ends.
type torture struct {
	*world
	clients []*client
	seed    uint64
	chance  *rand.Rand
}

func newTorture(t testing.TB, dsn string, people int, seed uint64) *torture {
	run := &torture{world: newWorld(t, dsn, people), seed: seed, chance: rand.New(rand.NewPCG(seed, 0))}
	run.close()
	for i := range cashiers {
		run.clients = append(run.clients, newClient(run.world, seed, i+1))
	}
	return run
}

// TestKill kills the program again and again in the middle of settlements and reversals.
func TestKill(t *testing.T) {
	kills := fromEnvironment(t, "KILLS", 100)
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		t.Parallel()
		run := newTorture(t, dsn, 20+kills/5, uint64(fromEnvironment(t, "SEED", seed)))
		for n := range kills {
			run.life(n)
			if n%25 == 24 {
				run.check()
			}
		}
		run.check()
		run.tell(kills)
	})
}

// tell logs what the run did: a torture that interrupts nothing proves nothing.
func (run *torture) tell(kills int) {
	run.Helper()
	commands, cut := 0, 0
	for _, c := range run.clients {
		commands += len(c.done)
		cut += c.cut
	}
	run.Logf("seed %d: %d kills, %d commands acknowledged, %d cut off and sent again", run.seed, kills, commands, cut)
	if cut < kills/2 {
		run.Errorf("only %d commands were cut off by %d kills", cut, kills)
	}
}

// life is one run of the program, from its start to its end in the middle of work.
func (run *torture) life(n int) {
	run.Helper()
	p := launch(run, run.world)
	if run.chance.IntN(10) == 0 { // while it starts
		pause(time.Duration(run.chance.IntN(100)) * time.Millisecond)
	} else if err := p.ready(); err != nil {
		run.Fatalf("life %d: %v: %s", n, err, p.said.String())
	} else {
		run.work(p)
	}
	run.ok(p.kill())
}

// work lets all clients send commands until the program was killed: a moment after so many answers.
func (run *torture) work(p *process) {
	answers := int64(run.chance.IntN(12))
	moment := time.Duration(run.chance.IntN(8000)) * time.Microsecond
	var given atomic.Int64
	var once sync.Once
	end := func() { once.Do(func() { time.AfterFunc(moment, func() { _ = p.cmd.Process.Kill() }) }) }
	if answers == 0 {
		end()
	}
	errs := storetest.Together(len(run.clients), func(i int) error {
		for {
			if err := run.clients[i].step(p.address); err != nil {
				return err
			}
			if given.Add(1) >= answers {
				end()
			}
		}
	})
	for _, err := range errs {
		if !errors.Is(err, errAgain) {
			run.Fatal(err)
		}
	}
}

// start runs the program until it serves.
func (run *torture) start() *process {
	run.Helper()
	p := launch(run, run.world)
	if err := p.ready(); err != nil {
		run.Fatalf("%v: %s", err, p.said.String())
	}
	return p
}

// pause waits; a test that ends things at random moments has to.
func pause(d time.Duration) { <-time.After(d) }

// check sends again what was not answered, and then what was: the answers are the same as before. Then it compares the
// record with the tally.
func (run *torture) check() {
	run.Helper()
	p := run.start()
	for _, c := range run.clients {
		for c.pending != nil {
			run.ok(c.step(p.address))
		}
		c.repeat(run, p.address)
	}
	run.ok(p.kill())
	run.open()
	for _, difference := range differences(run.verify(), tally(run.clients)) {
		run.Error(difference)
	}
	run.close()
}

// repeat sends some of the answered commands again.
func (c *client) repeat(t testing.TB, address string) {
	t.Helper()
	for range min(20, len(c.done)) {
		k := c.done[c.chance.IntN(len(c.done))]
		answer, err := c.send(address, k)
		if err != nil {
			t.Fatal(err)
		}
		if string(answer) != string(k.answer) {
			t.Errorf("%s %s was answered %s and is now answered %s", k.key, k.path, k.answer, answer)
		}
	}
}
