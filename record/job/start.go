package job

import (
	"encoding/json"

	"doudi/record/audit"
	"doudi/record/store"
)

// wake is what the queue is given: which job to look at.
const wake = "job"

// Start asks for work and answers its job. Who asks for what is under way already is answered that job. Codes: job.kind, job.incomplete,
// job.pack-unknown, job.out-of-turn, job.busy, roll.unknown.
func (j *Jobs) Start(tx *store.Tx, w Work) (Job, error) {
	k, known := kinds[w.Kind]
	if !known {
		return Job{}, kindUnknown(w.Kind)
	}
	content, err := json.Marshal(w)
	if err != nil {
		return Job{}, err
	}
	subject, target, err := k.check(j, tx, w)
	if err != nil {
		// What a job under way has begun looks out of turn to who asks for it again.
		if open, openErr := j.openOn(tx, "import:"+w.Import); openErr == nil && open != nil && open.Work == w {
			return *open, nil
		}
		return Job{}, err
	}
	open, err := j.openOn(tx, target)
	switch {
	case err != nil:
		return Job{}, err
	case open != nil && open.Work == w:
		return *open, nil
	case open != nil:
		return Job{}, busy(open)
	}
	sender, err := j.sender(tx, w)
	if err != nil {
		return Job{}, err
	}
	id, now := tx.NewID(), store.FormatInstant(tx.Instant)
	n, err := tx.Exec(`INSERT INTO job (county_code, job_id, kind, target, subject, work, state, stage, done, total, stage_began, stage_from, attempt, lost, pulse, worker, canceller, failure, answer,
		instant, actor_id, actor_name, actor_post, changed, sender) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', '', 0, 0, '', 0, 0, 0, 0, '', '', '', '', ?7, ?8, ?9, ?10, ?7, ?11) ON CONFLICT DO NOTHING`,
		tx.County, id, string(w.Kind), target, subject, string(content), now, tx.Actor.ID, tx.Actor.Name, tx.Actor.Post, sender)
	if err != nil {
		return Job{}, err
	}
	if n == 0 { // somebody else was quicker
		return Job{}, store.Surprise()
	}
	if err := j.wake(tx, id); err != nil {
		return Job{}, err
	}
	if err := j.note(tx, "job.start", id, w.Kind); err != nil {
		return Job{}, err
	}
	return j.Get(tx, id)
}

// sender is the organisation for which work on an import is done; "" of other work.
func (j *Jobs) sender(tx *store.Tx, w Work) (string, error) {
	if w.Import == "" {
		return "", nil
	}
	i, err := j.Rolls.Get(tx, w.Import)
	return i.Sender, err
}

// openOn is the job that is to work on something; nil for none.
func (j *Jobs) openOn(tx *store.Tx, target string) (*Job, error) {
	found, err := store.All(tx, scan, `SELECT `+columns+` FROM job WHERE county_code = ?1 AND target = ?2 AND state IN ('waiting', 'running')`, tx.County, target)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func (j *Jobs) wake(tx *store.Tx, id string) error { return tx.Enqueue(wake, id) }

func (j *Jobs) note(tx *store.Tx, name, id string, k Kind) error {
	_, err := j.Log.Record(tx, audit.Note{Name: name, Subject: id, Content: map[string]string{"kind": string(k)}})
	return err
}

// Cancel ends a job: one that waits at once, one under way as soon as who works on it has finished the step it is at. What was done stands ([Kind.Kept]).
// Codes: job.unknown, job.over.
func (j *Jobs) Cancel(tx *store.Tx, id string) (Job, error) {
	found, err := j.Get(tx, id)
	if err != nil {
		return Job{}, err
	}
	if !found.State.Open() {
		return Job{}, over(found.State)
	}
	_, err = tx.Exec(`UPDATE job SET state = CASE WHEN state = 'waiting' THEN 'cancelled' ELSE state END, canceller = ?3, changed = ?4 WHERE county_code = ?1 AND job_id = ?2`,
		tx.County, id, tx.Actor.Name, store.FormatInstant(tx.Instant))
	if err != nil {
		return Job{}, err
	}
	if err := j.note(tx, "job.cancel", id, found.Work.Kind); err != nil {
		return Job{}, err
	}
	return j.Get(tx, id)
}

// Retry lets a job that failed or was cancelled go on, in the name of who asked for it. Codes: job.unknown, job.not-ended, job.busy.
func (j *Jobs) Retry(tx *store.Tx, id string) (Job, error) {
	found, err := j.Get(tx, id)
	if err != nil {
		return Job{}, err
	}
	if found.State != Failed && found.State != Cancelled {
		return Job{}, notEnded(found.State)
	}
	var target string
	if err := tx.QueryRow(`SELECT target FROM job WHERE county_code = ?1 AND job_id = ?2`, tx.County, id).Scan(&target); err != nil {
		return Job{}, err
	}
	open, err := j.openOn(tx, target)
	if err != nil {
		return Job{}, err
	}
	if open != nil {
		return Job{}, busy(open)
	}
	_, err = tx.Exec(`UPDATE job SET state = 'waiting', stage_began = '', lost = 0, worker = '', canceller = '', failure = '', changed = ?3 WHERE county_code = ?1 AND job_id = ?2`,
		tx.County, id, store.FormatInstant(tx.Instant))
	if err != nil {
		return Job{}, err
	}
	if err := j.wake(tx, id); err != nil {
		return Job{}, err
	}
	if err := j.note(tx, "job.retry", id, found.Work.Kind); err != nil {
		return Job{}, err
	}
	return j.Get(tx, id)
}
