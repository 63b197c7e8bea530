package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"doudi/kernel/fault"
	"doudi/record/store"
)

// Why an attempt ends before its work does.
var (
	errStopping  = errors.New("job: the worker stops")
	errCancelled = errors.New("job: somebody cancelled it")
	errLost      = errors.New("job: somebody else works on it")
)

// attempt is one worker at one job.
type attempt struct {
	*Worker
	county string
	job    Job // as it was taken
	answer []byte

	mutex    sync.Mutex
	progress progress
	finished bool
}

// progress is how far an attempt is.
type progress struct {
	stage       string
	done, total int64
	began       time.Time // with the stage
	from        int64     // what was done of it then
	subject     string
}

// tell keeps how far the work is; the next beat writes it down.
func (a *attempt) tell(stage string, done, total int64) {
	p := a.state()
	if p.stage != stage || p.began.IsZero() {
		p.stage, p.began, p.from = stage, a.Now(), done
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.progress.stage, a.progress.began, a.progress.from = p.stage, p.began, p.from
	a.progress.done, a.progress.total = done, max(total, 0)
}

// found keeps what the job is for, once there is such a thing.
func (a *attempt) found(subject string) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.progress.subject = subject
}

func (a *attempt) state() progress {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.progress
}

// describe says how far the attempt is, if the job is still its own. What it is for is not told before it is there for everybody.
func (a *attempt) describe(j *Job) {
	if p := a.state(); j.State == Running && j.worker == a.job.worker && p.stage != "" {
		j.Stage, j.Done, j.Total, j.Began, j.from = p.stage, p.done, p.total, p.began, p.from
	}
}

func (a *attempt) command(name string) store.Command {
	return store.Command{Name: name, County: a.county, Actor: a.job.Asker, Instant: a.Now()}
}

// run works on the job until it is done, fails, is cancelled, is lost to somebody else, or the worker stops. ctx outlives a stop.
func (a *attempt) run(ctx context.Context, stopping context.Context) error {
	work, end := context.WithCancelCause(ctx)
	defer end(nil)
	defer context.AfterFunc(stopping, func() { end(errStopping) })()
	var beating sync.WaitGroup
	enough := make(chan struct{})
	beating.Go(func() { a.beats(work, end, enough) })
	err := a.perform(work)
	close(enough)
	beating.Wait()
	return a.settle(ctx, err, context.Cause(work))
}

// perform does the work. What panics is a defect of the job, not the end of the program.
func (a *attempt) perform(ctx context.Context) (err error) {
	defer func() {
		if defect := recover(); defect != nil {
			err = fmt.Errorf("%v\n%s", defect, debug.Stack())
		}
	}()
	return kinds[a.job.Work.Kind].do(ctx, a)
}

// beats moves the pulse until there is enough, and ends the work when the job is lost or was cancelled.
func (a *attempt) beats(ctx context.Context, end context.CancelCauseFunc, enough <-chan struct{}) {
	ticker := time.NewTicker(a.beat())
	defer ticker.Stop()
	for {
		select {
		case <-enough:
			return
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := a.report(ctx)
		if errors.Is(err, errLost) || errors.Is(err, errCancelled) {
			end(err)
			return
		}
		if err != nil && ctx.Err() == nil { // the next beat tells
			a.Log.Warn("the progress of a job was not written down", "job", a.job.ID, "error", err)
		}
	}
}

// report writes down how far the work is.
func (a *attempt) report(ctx context.Context) error {
	_, err := a.Store.Write(ctx, a.command("job.beat"), func(tx *store.Tx) (any, error) {
		if err := a.keep(tx, Running); err != nil {
			return nil, err
		}
		var canceller string
		if err := tx.QueryRow(`SELECT canceller FROM job WHERE county_code = ?1 AND job_id = ?2`, a.county, a.job.ID).Scan(&canceller); err != nil {
			return nil, err
		}
		if canceller != "" {
			return nil, errCancelled
		}
		return nil, nil
	})
	return err
}

// keep writes down how far the attempt is, and what its job is afterwards, for as long as it is this one's.
func (a *attempt) keep(tx *store.Tx, state State) error {
	p, began := a.state(), ""
	if !p.began.IsZero() {
		began = store.FormatInstant(p.began)
	}
	worker := a.job.worker
	if state != Running {
		worker = ""
	}
	n, err := tx.Exec(`UPDATE job SET state = ?4, pulse = pulse + 1, stage = ?5, lost = CASE WHEN done < ?6 OR stage <> ?5 THEN 0 ELSE lost END, done = ?6, total = ?7, stage_began = ?8, stage_from = ?9,
		subject = ?10, worker = ?11, changed = ?12 WHERE county_code = ?1 AND job_id = ?2 AND worker = ?3 AND state = 'running'`,
		a.county, a.job.ID, a.job.worker, string(state), p.stage, p.done, p.total, began, p.from, p.subject, worker, store.FormatInstant(tx.Instant))
	if err == nil && n == 0 {
		err = errLost
	}
	return err
}

// complete says that the work is done.
func (a *attempt) complete(tx *store.Tx) error {
	if err := a.keep(tx, Done); err != nil {
		return err
	}
	if a.answer != nil {
		sealed, err := a.Cipher.Seal(tx, a.job.ID, a.answer)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE job SET answer = ?3 WHERE county_code = ?1 AND job_id = ?2`, a.county, a.job.ID, sealed); err != nil {
			return err
		}
	}
	a.finished = true
	return a.note(tx, "job.done", a.job.ID, a.job.Work.Kind)
}

// settle writes down how the attempt ended. Trouble with the database is left as it is: the pulse stands still, and somebody goes on later.
func (a *attempt) settle(ctx context.Context, err, cause error) error {
	switch {
	case err == nil && a.finished, errors.Is(cause, errLost), errors.Is(err, errLost):
		return nil
	case err == nil:
		err = a.write(ctx, "job.done", a.complete)
	case errors.Is(cause, errCancelled):
		err = a.write(ctx, "job.cancelled", func(tx *store.Tx) error { return a.keep(tx, Cancelled) })
	case errors.Is(cause, errStopping):
		err = a.write(ctx, "job.put-back", a.putBack)
	case fault.KindOf(err) == fault.Unavailable:
	default:
		err = a.fail(ctx, err)
	}
	if err != nil && !errors.Is(err, errLost) {
		a.Log.Warn("a job was left where it stood", "job", a.job.ID, "kind", string(a.job.Work.Kind), "error", err)
	}
	return nil
}

func (a *attempt) write(ctx context.Context, name string, do func(*store.Tx) error) error {
	_, err := a.Store.Write(ctx, a.command(name), func(tx *store.Tx) (any, error) { return nil, do(tx) })
	return err
}

// putBack lets somebody else go on, at once.
func (a *attempt) putBack(tx *store.Tx) error {
	if err := a.keep(tx, Waiting); err != nil {
		return err
	}
	return a.wake(tx, a.job.ID)
}

func (a *attempt) fail(ctx context.Context, cause error) error {
	failure := failureOf(cause)
	if fault.KindOf(cause) == fault.Internal {
		a.Log.Error("a job failed", "job", a.job.ID, "kind", string(a.job.Work.Kind), "error", cause)
	}
	return a.write(ctx, "job.failed", func(tx *store.Tx) error {
		if err := a.keep(tx, Failed); err != nil {
			return err
		}
		if err := setFailure(tx, a.job.ID, failure); err != nil {
			return err
		}
		return a.note(tx, "job.failed", a.job.ID, a.job.Work.Kind)
	})
}

func setFailure(tx *store.Tx, id string, f Failure) error {
	content, err := json.Marshal(f)
	if err == nil {
		_, err = tx.Exec(`UPDATE job SET failure = ?3 WHERE county_code = ?1 AND job_id = ?2`, tx.County, id, string(content))
	}
	return err
}
