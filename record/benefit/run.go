package benefit

import (
	"context"
	"errors"
	"strings"
	"sync"

	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/snapshot"
	"doudi/record/store"
)

// Ask is for which month a run is wanted, by whom and when.
type Ask struct {
	snapshot.As
	Month period.Month
	Since period.Month // of the first run only: the first month the county is run for; 0 for Month

	// Tell, unless it is nil, is told how far it has come: what is under way, how much is done, of how much.
	Tell func(what Stage, done, of int64)
}

// Stage is what is under way.
type Stage string

// The stages of a run.
const (
	Reading  Stage = "reading"  // the register, what has changed on it
	Deciding Stage = "deciding" // people and households
)

func (a *Ask) tell(what Stage, done, of int64) {
	if a.Tell != nil {
		a.Tell(what, done, of)
	}
}

func (a *Ask) command(name string) store.Command {
	return store.Command{Name: name, County: a.County, Actor: a.Actor, Instant: a.Instant}
}

// Start begins the run of a month, or goes on with the one that is open: one that is being computed is taken as it is, one in review is computed
// again for those of whom something was said since. Only the chunks are laid out; [Benefits.Compute] does the work. Codes: benefit.run-open,
// benefit.before-opening, benefit.opened-already, benefit.month-passed, adoption.pack-missing.
func (b *Benefits) Start(ctx context.Context, db *store.Store, a Ask) (r Run, err error) {
	var open *Run
	err = db.Read(ctx, a.County, func(tx *store.Tx) (err error) {
		if open, err = Open(tx); err == nil && open == nil {
			_, err = b.mayBegin(tx, &a)
		}
		return err
	})
	switch {
	case err != nil:
		return r, err
	case open != nil && open.Month != a.Month:
		return r, runOpen(open)
	case open != nil && open.State == Computing:
		return *open, nil
	}
	generation, err := b.Snapshots.Refresh(ctx, db, a.As, func(read, of int) { a.tell(Reading, int64(read), int64(of)) })
	if err != nil {
		return r, err
	}
	_, err = b.Log.Write(ctx, db, a.command("benefit.start"), nil, func(tx *store.Tx) (any, error) {
		r, err = b.begin(tx, &a, generation)
		return r.ID, err
	})
	return r, err
}

// mayBegin checks the month and answers the last approved run; nil for none.
func (b *Benefits) mayBegin(tx *store.Tx, a *Ask) (last *Run, err error) {
	opening, err := Opening(tx)
	if err != nil {
		return nil, err
	}
	if last, err = Latest(tx); err != nil {
		return nil, err
	}
	switch {
	case opening != 0 && a.Since != 0 && a.Since != opening:
		return nil, openedAlready(opening)
	case opening != 0 && a.Month < opening:
		return nil, beforeOpening(a.Month, opening)
	case opening == 0 && a.Month < a.Since:
		return nil, beforeOpening(a.Month, a.Since)
	case last != nil && a.Month < last.Month:
		return nil, earlierMonth(a.Month, last.Month)
	}
	return last, nil
}

func (b *Benefits) begin(tx *store.Tx, a *Ask, generation int64) (Run, error) {
	open, err := Open(tx)
	if err != nil {
		return Run{}, err
	}
	bases, err := basesOf(tx)
	if err != nil {
		return Run{}, err
	}
	switch {
	case open == nil:
		return b.create(tx, a, generation, bases)
	case open.Month != a.Month:
		return Run{}, runOpen(open)
	case open.State == Computing: // somebody else was quicker
		return *open, nil
	}
	return *open, b.again(tx, open, generation, bases)
}

// create makes a run.
func (b *Benefits) create(tx *store.Tx, a *Ask, generation int64, bases string) (r Run, err error) {
	last, err := b.mayBegin(tx, a)
	if err != nil {
		return r, err
	}
	opening := max(a.Since, 0)
	if opening == 0 {
		opening = a.Month
	}
	if _, err := tx.Exec(`INSERT INTO benefit_opening (county_code, month, instant, actor_id) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING`,
		tx.County, opening.String(), store.FormatInstant(tx.Instant), tx.Actor.ID); err != nil {
		return r, err
	}
	if opening, err = Opening(tx); err != nil {
		return r, err
	}
	r = Run{ID: tx.NewID(), Month: a.Month, CalledFrom: opening, State: Computing, Pass: 1, Generation: generation, Maker: tx.Actor, Started: tx.Instant, bases: bases}
	if last != nil {
		r.CalledFrom = last.Month + 1
		if last.bases == bases {
			if r.sweep = last.Generation; last.Month == a.Month {
				r.since = last.Generation
			}
		}
	}
	if err := tx.QueryRow(`SELECT COALESCE(MAX(number), 0) + 1 FROM benefit_run WHERE county_code = ?1`, tx.County).Scan(&r.Number); err != nil {
		return r, err
	}
	n, err := tx.Exec(`INSERT INTO benefit_run (county_code, run_id, number, month, called_from, state, pass, generation, since, sweep, bases, maker_id, maker_name, instant, checker_id, checker_name, closed, note)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, '', '', '', '') ON CONFLICT DO NOTHING`, tx.County, r.ID, r.Number, r.Month.String(), r.CalledFrom.String(),
		string(r.State), r.Pass, r.Generation, r.since, r.sweep, r.bases, r.Maker.ID, r.Maker.Name, store.FormatInstant(tx.Instant))
	if err != nil {
		return r, err
	}
	if n == 0 { // somebody else began one at the same moment
		return r, store.Surprise()
	}
	return r, b.layOut(tx, &r)
}

// again lays out another pass over a run in review: over those of whom something was said since, or over everybody when the policy in force changed.
func (b *Benefits) again(tx *store.Tx, r *Run, generation int64, bases string) error {
	if err := dropSums(tx, r.ID); err != nil {
		return err
	}
	r.since = r.Generation
	if bases != r.bases {
		r.since, r.sweep = 0, 0
		for _, table := range []string{"benefit_determination", "benefit_difference", "benefit_frozen", "benefit_selection"} {
			if _, err := tx.Exec(`DELETE FROM `+table+` WHERE county_code = ?1 AND run_id = ?2`, tx.County, r.ID); err != nil {
				return err
			}
		}
	}
	r.Pass, r.Generation, r.State, r.bases = r.Pass+1, generation, Computing, bases
	if _, err := tx.Exec(`UPDATE benefit_run SET state = ?3, pass = ?4, generation = ?5, since = ?6, sweep = ?7, bases = ?8 WHERE county_code = ?1 AND run_id = ?2`,
		tx.County, r.ID, string(r.State), r.Pass, r.Generation, r.since, r.sweep, r.bases); err != nil {
		return err
	}
	return b.layOut(tx, r)
}

// layOut writes the chunks of a pass: those of the snapshot, and the quotas whose period has no selection yet.
func (b *Benefits) layOut(tx *store.Tx, r *Run) error {
	places, err := snapshot.Changes(tx, r.since) // since the beginning for everybody
	if err != nil {
		return err
	}
	var chunks []string
	for _, p := range places {
		chunks = append(chunks, p.Chunk)
	}
	quotas, err := b.quotas(tx, r)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, chunk := range append(chunks, quotas...) {
		rows = append(rows, []any{tx.County, r.ID, r.Pass, chunk, 0, 0, 0, 0, 0, 0})
	}
	return tx.Load("benefit_chunk", []string{"county_code", "run_id", "pass", "chunk", "done", "subjects", "carried", "differences", "evaluated", "unknown"}, rows)
}

const quotaPrefix = "quota/"

// quotas names the quotas in force in the run's month whose period has no selection that counts.
func (b *Benefits) quotas(tx *store.Tx, r *Run) ([]string, error) {
	p, err := b.policies(tx, r.bases)
	if err != nil {
		return nil, err
	}
	var list []string
	for i := range p.bases {
		bound := &p.bases[i]
		for _, x := range bound.schemes {
			if x.x.Quota == nil || !bound.basis.Span().Contains(r.Month.Last()) {
				continue
			}
			var made int64
			err := tx.QueryRow(`SELECT COUNT(*) FROM benefit_selection s JOIN benefit_run r ON r.county_code = s.county_code AND r.run_id = s.run_id
				WHERE s.county_code = ?1 AND s.scheme = ?2 AND s.adoption_id = ?3 AND s.from_month <= ?4 AND s.to_month >= ?4 AND (r.state = 'approved' OR r.run_id = ?5)`,
				tx.County, x.name, bound.ID, r.Month.String(), r.ID).Scan(&made)
			if err != nil {
				return nil, err
			}
			if made == 0 {
				list = append(list, quotaPrefix+bound.ID+"/"+x.x.ID)
			}
		}
	}
	return list, nil
}

// Compute does what is left of a run's chunks, so many at a time, and puts the run into review when all are done. It may be called by several at once, and
// again after it was stopped. A run that is not being computed is answered as it stands. Codes: benefit.run-unknown, benefit.unbalanced.
func (b *Benefits) Compute(ctx context.Context, db *store.Store, a Ask, run string, parallel int) (r Run, err error) {
	c := &computation{benefits: b, db: db, ask: &a}
	for {
		pending, err := c.pending(ctx, run)
		if err != nil || c.run.State != Computing {
			return c.run, err
		}
		if len(pending) == 0 {
			r, closed, err := b.finish(ctx, db, &a, &c.run)
			if err != nil || closed {
				return r, err
			}
			continue
		}
		if err := c.all(ctx, pending, parallel); err != nil {
			return c.run, err
		}
	}
}

// computation is one pass of a run being computed by this process.
type computation struct {
	benefits *Benefits
	db       *store.Store
	ask      *Ask
	run      Run
	policies *policies
	opening  period.Month

	mutex    sync.Mutex
	progress Progress
}

// pending are the chunks that are left, and everything they share.
func (c *computation) pending(ctx context.Context, run string) (chunks []string, err error) {
	err = c.db.Read(ctx, c.ask.County, func(tx *store.Tx) (err error) {
		if c.run, err = Get(tx, run); err != nil || c.run.State != Computing {
			return err
		}
		if c.policies, err = c.benefits.policies(tx, c.run.bases); err != nil {
			return err
		}
		if c.opening, err = Opening(tx); err != nil {
			return err
		}
		if c.progress, err = ProgressOf(tx, &c.run); err != nil {
			return err
		}
		chunks, err = store.All(tx, store.Text, `SELECT chunk FROM benefit_chunk WHERE county_code = ?1 AND run_id = ?2 AND pass = ?3 AND done = 0 ORDER BY chunk`, tx.County, c.run.ID, c.run.Pass)
		return err
	})
	return chunks, err
}

// all does chunks, so many at a time, until one fails.
func (c *computation) all(ctx context.Context, chunks []string, parallel int) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	next := make(chan string)
	errs := make(chan error, parallel)
	for range parallel {
		go func() {
			for chunk := range next {
				if err := c.chunk(ctx, chunk); err != nil {
					stop()
					errs <- err
					return
				}
				c.tell()
			}
			errs <- nil
		}()
	}
	for _, chunk := range chunks {
		select {
		case next <- chunk:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	var first error
	for range parallel {
		if err := <-errs; err != nil && (first == nil || errors.Is(first, context.Canceled)) {
			first = err
		}
	}
	return first
}

func (c *computation) tell() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.progress.Done++
	c.ask.tell(Deciding, c.progress.Done, c.progress.Chunks)
}

// finish puts a run into review when every chunk of it is done and it closes.
func (b *Benefits) finish(ctx context.Context, db *store.Store, a *Ask, run *Run) (r Run, closed bool, err error) {
	_, err = b.Log.Write(ctx, db, a.command("benefit.computed"), nil, func(tx *store.Tx) (any, error) {
		if r, err = Get(tx, run.ID); err != nil {
			return nil, err
		}
		if closed = r.State != Computing || r.Pass != run.Pass; closed {
			return nil, nil
		}
		progress, err := ProgressOf(tx, &r)
		if err != nil || progress.Done < progress.Chunks {
			return nil, err
		}
		balance, err := addedUp(tx, &r)
		if err != nil {
			return nil, err
		}
		if balance.Difference() != 0 || balance.Expected != balance.Evaluated {
			return nil, unbalanced(balance)
		}
		if err := keepSums(tx, &r, balance); err != nil {
			return nil, err
		}
		r.State, closed = Review, true
		_, err = tx.Exec(`UPDATE benefit_run SET state = 'review' WHERE county_code = ?1 AND run_id = ?2`, tx.County, r.ID)
		return r.ID, err
	})
	return r, closed, err
}

// Approve lets a run count. Codes: benefit.run-unknown, benefit.run-state, benefit.same-person.
func (b *Benefits) Approve(tx *store.Tx, run, note string) (Run, error) {
	r, err := Get(tx, run)
	switch {
	case err != nil:
		return r, err
	case r.State != Review:
		return r, runState(&r)
	case r.Maker.ID == tx.Actor.ID:
		return r, samePerson()
	}
	return b.close(tx, r, Approval, note)
}

// Void ends a run that does not count, with the reason. Codes: benefit.run-unknown, benefit.run-state, benefit.reason-missing.
func (b *Benefits) Void(tx *store.Tx, run, reason string) (Run, error) {
	r, err := Get(tx, run)
	switch {
	case err != nil:
		return r, err
	case r.State != Review && r.State != Computing:
		return r, runState(&r)
	case strings.TrimSpace(reason) == "":
		return r, reasonMissing()
	}
	return b.close(tx, r, Void, reason)
}

func (b *Benefits) close(tx *store.Tx, r Run, state State, note string) (Run, error) {
	was := r.State
	r.State, r.Checker, r.Closed, r.Note = state, tx.Actor, tx.Instant, strings.TrimSpace(note)
	n, err := tx.Exec(`UPDATE benefit_run SET state = ?3, checker_id = ?4, checker_name = ?5, closed = ?6, note = ?7 WHERE county_code = ?1 AND run_id = ?2 AND state = ?8`,
		tx.County, r.ID, string(state), r.Checker.ID, r.Checker.Name, store.FormatInstant(tx.Instant), r.Note, string(was))
	if err == nil && n == 0 {
		err = runState(&r)
	}
	if err != nil {
		return r, err
	}
	_, err = b.Log.Record(tx, audit.Note{Name: "benefit.run-" + string(state), Subject: r.ID, Content: map[string]any{"month": r.Month.String()}})
	return r, err
}
