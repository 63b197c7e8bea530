package roll_test

import (
	"context"
	"testing"

	"doudi/record/recordtest"
	"doudi/record/roll"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// What an import holds is bounded by what one command does, not by its roll: four times as many rows leave the same in use.
func TestMemoryDoesNotGrowWithTheRoll(t *testing.T) {
	const few, many, slack = 1000, 4000, 1 << 20
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.mostHeld(aRoll(few / 4)) // what is made once
		staging, applying := w.mostHeld(aRoll(few))
		staged, applied := w.mostHeld(aRoll(many))
		if staged > staging+slack || applied > applying+slack {
			t.Errorf("%d rows hold %d kB while staged and %d kB while applied, %d rows %d kB and %d kB", few, staging>>10, applying>>10, many, staged>>10, applied>>10)
		}
	})
}

// mostHeld stages and applies a roll and takes it back, and answers what was in use at most after a command, beyond what was before.
func (w *world) mostHeld(content string) (staging, applying uint64) {
	w.Helper()
	before := recordtest.InUse()
	look := func(most *uint64) func(roll.Import) {
		return func(roll.Import) { *most = max(*most, max(recordtest.InUse(), before)-before) }
	}
	ctx := context.Background()
	i, err := w.Receive(ctx, w.by, upload("县医保局", content))
	if err == nil {
		i, err = w.Stage(ctx, w.by, i.ID, look(&staging))
	}
	if err == nil {
		_, err = w.Apply(ctx, w.by, i.ID, look(&applying))
	}
	if err != nil {
		w.Fatal(err)
	}
	w.undo(i.ID)
	return staging, applying
}
