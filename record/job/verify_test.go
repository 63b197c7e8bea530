package job_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	fiction "doudi/internal/county"
	"doudi/kernel/fault"
	"doudi/record/audit"
	"doudi/record/job"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// verdict is what the log keeps of a verification, which is what its job is for.
func (w *world) verdict(j job.Job) (v job.Verdict, e *audit.Entry) {
	w.Helper()
	w.ok(w.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) (err error) {
		if e, err = w.Jobs.Log.Entry(tx, j.Subject); err != nil {
			return err
		}
		return json.Unmarshal(e.Content, &v)
	}))
	return v, e
}

// A verification says of each check what it compared; it stops at the first difference, names it, and is done all the same. There is one at a time.
func TestVerification(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		w := open(t, dsn)
		one := w.start(maker, job.Work{Kind: job.Verify})
		if again := w.start(checker, job.Work{Kind: job.Verify}); again.ID != one.ID {
			t.Error("two verifications of one county")
		}
		sound, entry := w.verdict(w.work(one.ID, job.Done))
		if sound.Differs || len(sound.Checks) != len(w.Jobs.Checks) || entry.Name != job.VerifiedName || entry.Subject != one.ID || entry.Actor.Name != maker.Name {
			t.Errorf("%+v of %+v", sound, entry)
		}
		for _, c := range sound.Checks {
			if c.State != job.Agrees || c.Said.ZH == "" || c.Title.ZH == "" {
				t.Errorf("%+v", c)
			}
		}
		w.ok(w.try(maker, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE fund_block SET amount_left = amount_left + 1 WHERE county_code = ?1 AND fund_code = 'assistance' AND block = 0`, fiction.Code)
			return err
		}))
		damaged, _ := w.verdict(w.work(w.start(maker, job.Work{Kind: job.Verify}).ID, job.Done))
		states := map[string]job.CheckState{}
		for _, c := range damaged.Checks {
			states[c.Name] = c.State
			if c.State == job.Differs && (c.Code != "fund.headroom-differs" || !strings.Contains(c.Said.ZH, "assistance") || c.Hint.ZH == "") {
				t.Errorf("%+v", c)
			}
		}
		if !damaged.Differs || states["audit"] != job.Agrees || states["fund"] != job.Differs || states["claim"] != job.Undone || states["file"] != job.Undone {
			t.Errorf("%+v", states)
		}
	})
}

// Its progress is what the reading counts, and whoever cancels it ends it in the middle of a reading. What is no difference is no verdict.
func TestVerificationCancelled(t *testing.T) {
	w := open(t, storetest.SQLite(t))
	j := w.start(maker, job.Work{Kind: job.Verify})
	with := func(run func(*store.Tx) (fault.Text, error)) *job.Worker {
		c := w.Jobs.Config
		c.Checks = []job.Check{{Name: "claim", Title: fault.Text{ZH: "医疗结算", EN: "settlements"}, Run: run}}
		worker := w.worker(5 * time.Millisecond)
		worker.Jobs = job.New(c)
		return worker
	}
	reading := with(func(tx *store.Tx) (fault.Text, error) {
		tx.Told(3, 7)
		w.ok(w.try(checker, func(tx *store.Tx) error { _, err := w.Jobs.Cancel(tx, j.ID); return err }))
		<-tx.Context().Done()
		return fault.Text{}, tx.Context().Err()
	})
	w.ok(reading.Do(context.Background(), context.Background(), fiction.Code, j.ID))
	if cancelled := w.is(j.ID, job.Cancelled); cancelled.Done != 3 || cancelled.Total != 7 || cancelled.Unit().ZH != "张" || cancelled.StageLabel().ZH != "重算医疗结算" || cancelled.Subject != "" {
		t.Errorf("%+v", cancelled)
	}
	w.ok(w.try(maker, func(tx *store.Tx) error { _, err := w.Jobs.Retry(tx, j.ID); return err }))
	gone := with(func(*store.Tx) (fault.Text, error) {
		return fault.Text{}, &fault.Error{Kind: fault.Invalid, Code: "file.no-place"}
	})
	w.ok(gone.Do(context.Background(), context.Background(), fiction.Code, j.ID))
	if failed := w.is(j.ID, job.Failed); failed.Failure.Code != "file.no-place" || failed.Subject != "" {
		t.Errorf("%+v", failed)
	}
}

// What is under way during every check has words and a unit.
func TestChecksHaveWords(t *testing.T) {
	w := open(t, storetest.SQLite(t))
	if len(w.Jobs.Checks) == 0 {
		t.Error("nothing is checked")
	}
	for _, c := range w.Jobs.Checks {
		if j := (&job.Job{Stage: "verify-" + c.Name}); j.StageLabel().ZH == "" || j.StageLabel().EN == "" || j.Unit().ZH == "" || j.Unit().EN == "" {
			t.Errorf("the check %s lacks words", c.Name)
		}
	}
}
