package job

import (
	"context"
	"errors"

	"doudi/kernel/fault"
	"doudi/record/audit"
	"doudi/record/store"
)

// Check is one way of looking for what is wrong in the record of a county. It answers in a line what it looked at, or the first difference as a fault of
// kind Conflict.
type Check struct {
	Name  string
	Title fault.Text
	Run   func(*store.Tx) (fault.Text, error)
}

// Checked is a check with what it found.
type Checked struct {
	Name  string     `json:"name"`
	Title fault.Text `json:"title"`
	Said  fault.Text `json:"said"` // what was compared, or the difference
	Hint  fault.Text `json:"hint"`
	Code  string     `json:"code"` // of the difference
	State CheckState `json:"state"`
}

// CheckState is how a check ended.
type CheckState string

// The states of a check.
const (
	Agrees  CheckState = "agrees"
	Differs CheckState = "differs" // the first difference; what comes after it was not looked at
	Undone  CheckState = "undone"
)

// Verdict is what a verification found.
type Verdict struct {
	Checks  []Checked `json:"checks"`
	Differs bool      `json:"differs"`
}

// VerifiedName is the name of the entries of the log that hold verdicts.
const VerifiedName = "audit.verify"

// checkStage is what is under way during a check.
func checkStage(check string) string { return "verify-" + check }

// checkVerify lets a county have one verification at a time.
func (j *Jobs) checkVerify(*store.Tx, Work) (subject, target string, err error) {
	return "", "verify", nil
}

// verify compares the county's record with itself, on one picture of it, and is done in the same transaction that keeps what it found in the log: that
// entry is what the job is for.
func verify(ctx context.Context, a *attempt) error {
	var found Verdict
	if err := a.Store.Read(ctx, a.county, func(tx *store.Tx) (err error) { found, err = a.compare(tx); return err }); err != nil {
		return err
	}
	return a.write(ctx, VerifiedName, func(tx *store.Tx) error {
		entry, err := a.Jobs.Log.Record(tx, audit.Note{Name: VerifiedName, Subject: a.job.ID, Content: found})
		if err != nil {
			return err
		}
		a.found(entry)
		return a.complete(tx)
	})
}

// compare runs the checks until the first difference.
func (a *attempt) compare(tx *store.Tx) (found Verdict, err error) {
	for _, c := range a.Checks {
		part := Checked{Name: c.Name, Title: c.Title, State: Undone}
		if !found.Differs {
			a.tell(checkStage(c.Name), 0, 0)
			tx.Tell = func(done, of int64) { a.tell(checkStage(c.Name), done, of) }
			said, err := c.Run(tx)
			var f *fault.Error
			switch {
			case err == nil:
				part.State, part.Said = Agrees, said
			case errors.As(err, &f) && f.Kind == fault.Conflict:
				part.State, part.Said, part.Hint, part.Code, found.Differs = Differs, f.Message, f.Hint, f.Code, true
			default:
				return found, err
			}
		}
		found.Checks = append(found.Checks, part)
	}
	return found, nil
}
