package job

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"doudi/record/audit"
	"doudi/record/simulation"
	"doudi/record/store"
)

// Worker works on jobs. Now and Log must be set; Simulated writes the answer of a simulation down for who will look at it.
type Worker struct {
	*Jobs
	Now       func() time.Time
	Log       *slog.Logger
	Parallel  int // jobs at once; 0 for usual
	Simulated func(*simulation.Answer) ([]byte, error)
	Beat      time.Duration // between beats of the pulse; 0 for usual

	mutex sync.Mutex
	mine  map[string]bool // jobs this worker is at
}

// How often the pulse moves, and how many such ticks it may stand still before the job is given to somebody else; how often that may happen in a row; and how
// many jobs are worked on at once.
const (
	usualBeat     = time.Second
	patience      = 10
	mostLost      = 5
	usualParallel = 2
)

func (w *Worker) beat() time.Duration { return cmp.Or(w.Beat, usualBeat) }
func (w *Worker) parallel() int       { return cmp.Or(w.Parallel, usualParallel) }

// keeper is who takes jobs from workers that went away.
var keeper = store.Actor{ID: "doudi", Name: "doudi", Post: "system"}

// everywhere is the county of a read that asks for the counties there are.
const everywhere = "000000"

// Run works on jobs until ctx ends. Those under way are put back then, and the next worker goes on with them.
func (w *Worker) Run(ctx context.Context) error {
	var watching sync.WaitGroup
	defer watching.Wait()
	watched, enough := context.WithCancel(ctx)
	defer enough()
	watching.Go(func() { w.watch(watched) })
	return w.Store.Work(ctx, w.parallel(), w.Log, map[string]func(context.Context, store.Job) error{
		wake: func(running context.Context, j store.Job) error {
			var id string
			if err := json.Unmarshal(j.Payload, &id); err != nil {
				return err
			}
			return w.do(running, ctx, j.County, id)
		},
	})
}

// Once works on all jobs that wait, one after the other, and ends when none is left.
func (w *Worker) Once(ctx context.Context) error {
	for again := true; again; {
		again = false
		err := w.each(ctx, func(county string) error {
			var waiting []Job
			err := w.Store.Read(ctx, county, func(tx *store.Tx) (err error) { waiting, err = open(tx); return err })
			for _, j := range waiting {
				if err == nil && j.State == Waiting {
					again, err = true, w.do(ctx, ctx, county, j.ID)
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// each visits every county.
func (w *Worker) each(ctx context.Context, visit func(county string) error) error {
	var counties []string
	err := w.Store.Read(ctx, everywhere, func(tx *store.Tx) (err error) { counties, err = audit.Counties(tx); return err })
	for _, county := range counties {
		if err == nil {
			err = visit(county)
		}
	}
	return err
}

// open are the jobs of a county of which something is still to come.
func open(tx *store.Tx) ([]Job, error) {
	return store.All(tx, scan, `SELECT `+columns+` FROM job WHERE county_code = ?1 AND state IN ('waiting', 'running') ORDER BY job_id`, tx.County)
}

// do works on a job, if it still waits for somebody.
func (w *Worker) do(ctx, stopping context.Context, county, id string) error {
	a, err := w.take(ctx, county, id)
	if err != nil || a == nil {
		return err
	}
	w.sign(id, true)
	defer w.sign(id, false)
	w.underway.Store(id, a)
	defer w.underway.CompareAndDelete(id, a)
	return a.run(ctx, stopping)
}

// take puts the worker's sign on a job that waits; nil when it does not.
func (w *Worker) take(ctx context.Context, county, id string) (*attempt, error) {
	a := &attempt{Worker: w, county: county}
	command := store.Command{Name: "job.take", County: county, Actor: keeper, Instant: w.Now()}
	_, err := w.Store.Write(ctx, command, func(tx *store.Tx) (any, error) {
		sign := tx.NewID()
		n, err := tx.Exec(`UPDATE job SET state = 'running', worker = ?3, pulse = pulse + 1, attempt = attempt + 1, stage_began = '', changed = ?4
			WHERE county_code = ?1 AND job_id = ?2 AND state = 'waiting'`, county, id, sign, store.FormatInstant(tx.Instant))
		if err != nil || n == 0 {
			a.job = Job{}
			return nil, err
		}
		a.job, err = w.Get(tx, id)
		return nil, err
	})
	if err != nil || a.job.ID == "" {
		return nil, err
	}
	a.progress = progress{stage: a.job.Stage, done: a.job.Done, total: a.job.Total, subject: a.job.Subject}
	return a, nil
}

func (w *Worker) sign(id string, on bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.mine == nil {
		w.mine = map[string]bool{}
	}
	if w.mine[id] = on; !on {
		delete(w.mine, id)
	}
}

// owns tells whether this worker is at a job, and whether it has a hand free.
func (w *Worker) owns(id string) (mine, free bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.mine[id], len(w.mine) < w.parallel()
}

// still is how many ticks a pulse has stood still.
type still struct{ pulse, ticks int64 }

// watch looks after the pulses of all jobs until ctx ends.
func (w *Worker) watch(ctx context.Context) {
	ticker := time.NewTicker(w.beat())
	defer ticker.Stop()
	seen := map[string]still{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		var err error
		if seen, err = w.round(ctx, seen); err != nil && ctx.Err() == nil {
			w.Log.Warn("the pulses of jobs were not looked at", "error", err)
		}
	}
}

// round looks at the pulses of all counties once and takes the jobs from who has gone.
func (w *Worker) round(ctx context.Context, seen map[string]still) (map[string]still, error) {
	now := map[string]still{}
	if err := w.each(ctx, func(county string) error { return w.look(ctx, county, seen, now) }); err != nil {
		return seen, err
	}
	return now, nil
}

// look counts the ticks for which the pulses of a county have stood still.
func (w *Worker) look(ctx context.Context, county string, seen, now map[string]still) error {
	var list []Job
	err := w.Store.Read(ctx, county, func(tx *store.Tx) (err error) { list, err = open(tx); return err })
	for _, j := range list {
		mine, free := w.owns(j.ID)
		before, ok := seen[j.ID]
		switch {
		case mine, j.State == Waiting && !free, !ok || before.pulse != j.pulse:
			now[j.ID] = still{pulse: j.pulse}
		case before.ticks+1 < patience:
			now[j.ID] = still{j.pulse, before.ticks + 1}
		case err == nil:
			err = w.release(ctx, county, j)
		}
	}
	return err
}

// release takes a job from who has gone, or wakes somebody for one that nobody came for.
func (w *Worker) release(ctx context.Context, county string, seen Job) error {
	command := store.Command{Name: "job.release", County: county, Actor: keeper, Instant: w.Now()}
	_, err := w.Store.Write(ctx, command, func(tx *store.Tx) (any, error) {
		state, lost := Waiting, seen.lost
		if seen.State == Running {
			lost++
		}
		switch {
		case seen.Canceller != "":
			state = Cancelled
		case lost >= mostLost:
			state = Failed
		}
		n, err := tx.Exec(`UPDATE job SET state = ?5, lost = ?6, pulse = pulse + 1, worker = '', stage_began = '', changed = ?7 WHERE county_code = ?1 AND job_id = ?2 AND state = ?3 AND pulse = ?4`,
			county, seen.ID, string(seen.State), seen.pulse, string(state), lost, store.FormatInstant(tx.Instant))
		switch {
		case err != nil || n == 0: // it lives, or somebody else was quicker
			return nil, err
		case state == Failed:
			if err := setFailure(tx, seen.ID, failureOf(lostTooOften())); err != nil {
				return nil, err
			}
			return nil, w.note(tx, "job.failed", seen.ID, seen.Work.Kind)
		case state == Waiting:
			return nil, w.wake(tx, seen.ID)
		}
		return nil, nil
	})
	return err
}
