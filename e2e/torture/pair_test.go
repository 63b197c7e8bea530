package torture_test

import (
	"sync/atomic"
	"testing"
	"time"

	"doudi/record/store/storetest"
)

// pair is two programs at work on one database, of which either may be another one the next moment.
type pair [2]atomic.Pointer[process]

// any is the address of either.
func (both *pair) any(c *client) string { return both[c.chance.IntN(len(both))].Load().address }

// TestPair lets the clients go to either of two programs over one PostgreSQL, about the same people and the same special account, and kills now the one,
// now the other. What one of them was sent and did not answer is sent to either; what one answered, the other answers with the same words.
func TestPair(t *testing.T) {
	t.Parallel()
	kills := fromEnvironment(t, "PAIR_KILLS", 8)
	run := newTorture(t, storetest.Postgres(t), 5+kills/2, uint64(fromEnvironment(t, "SEED", seed)))
	var both pair
	for i := range both {
		both[i].Store(run.start())
	}
	run.during(both.any, func() {
		for range kills {
			one := &both[run.chance.IntN(len(both))]
			pause(time.Duration(run.chance.IntN(200)) * time.Millisecond)
			run.ok(one.Load().kill())
			pause(time.Duration(run.chance.IntN(50)) * time.Millisecond)
			one.Store(run.start())
		}
	})
	for i := range both {
		for _, c := range run.clients {
			c.repeat(t, both[i].Load().address)
		}
	}
	run.ok(both[0].Load().kill())
	run.ok(both[1].Load().stop())
	run.check()
	run.tell(kills)
	last := run.start()
	run.ok(last.stop())
	run.sealed()
}
