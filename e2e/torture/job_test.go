package torture_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	fiction "doudi/internal/county"
	"doudi/record/job"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// newcomers is how many people the roll of these tests brings: several commands of an import.
const newcomers = 2500

// TestJobs stops the program in good order while it reads a roll in the background, and kills it while it applies one. The next program goes on, and everybody is
// on the register once.
func TestJobs(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		t.Parallel()
		w := newWorld(t, dsn, 0)
		defer w.close()
		id := w.received()

		p := w.serves()
		reading := w.asked(job.Work{Kind: job.StageImport, Import: id})
		w.until(func(i roll.Import) bool { return i.Rows > 0 }, id)
		w.ok(p.stop())
		if j := w.job(reading); j.State != job.Waiting || w.imported(id).State == roll.Ready {
			t.Errorf("stopped in the middle the job is %+v", j)
		}
		p = w.serves()
		w.until(func(roll.Import) bool { return w.job(reading).State == job.Done }, id)

		applying := w.asked(job.Work{Kind: job.ApplyImport, Import: id})
		w.until(func(i roll.Import) bool { return i.State == roll.Applying && i.Done > 0 }, id)
		w.ok(p.kill())
		if j := w.job(applying); j.State != job.Running || w.imported(id).State != roll.Applying {
			t.Errorf("killed in the middle the job is %+v", j)
		}
		p = w.serves()
		w.until(func(roll.Import) bool { return w.job(applying).State == job.Done }, id)
		w.ok(p.stop())

		i := w.imported(id)
		if i.State != roll.Applied || i.Counts.Applied != newcomers || i.Counts.LeftOut != 0 {
			t.Errorf("%+v", i)
		}
		if j := w.job(applying); j.Attempt != 2 || j.Done != newcomers || j.Failure != nil {
			t.Errorf("%+v", j)
		}
		people := 0
		w.ok(w.record.Store.Read(context.Background(), county, func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT COUNT(*) FROM party WHERE county_code = ?1 AND kind = 'person'`, county).Scan(&people)
		}))
		if people != newcomers {
			t.Errorf("%d people, want %d", people, newcomers)
		}
		w.verify()
	})
}

func (w *world) serves() *process {
	w.Helper()
	p := launch(w, w)
	if err := p.ready(); err != nil {
		w.Fatalf("%v: %s", err, p.said.String())
	}
	return p
}

// received hands in a roll of people nobody knows.
func (w *world) received() string {
	w.Helper()
	var b strings.Builder
	b.WriteString("姓名,证件号码,残疾等级\n")
	first := day("1950-01-01")
	for n := range newcomers {
		born := strings.ReplaceAll(first.AddDays(n).String(), "-", "")
		fmt.Fprintf(&b, "钱%d,%s,2\n", n, fiction.Number(born, "101"))
	}
	i, err := w.record.Rolls.Receive(context.Background(), roll.By{County: county, Actor: clerk, Instant: noon(day("2024-06-01"))}, roll.Upload{Source: "县残联", Name: "名册.csv",
		Content: strings.NewReader(b.String()), Size: int64(b.Len()), Since: day("2024-01-01"),
		Wish: sheet.Wish{Mapping: &sheet.Mapping{Columns: []sheet.Column{{Header: "姓名", As: "person.name"}, {Header: "证件号码", As: "person.id"}, {Header: "残疾等级", As: "person.disability.level"}}}}})
	w.ok(err)
	return i.ID
}

// asked starts a job, as the pages do.
func (w *world) asked(work job.Work) (id string) {
	w.Helper()
	w.must(day("2024-06-01"), clerk, func(tx *store.Tx) error {
		j, err := w.record.Jobs.Start(tx, work)
		id = j.ID
		return err
	})
	return id
}

func (w *world) imported(id string) (i roll.Import) {
	w.Helper()
	w.ok(w.record.Store.Read(context.Background(), county, func(tx *store.Tx) (err error) { i, err = w.record.Rolls.Get(tx, id); return err }))
	return i
}

func (w *world) job(id string) (j job.Job) {
	w.Helper()
	w.ok(w.record.Store.Read(context.Background(), county, func(tx *store.Tx) (err error) { j, err = w.record.Jobs.Get(tx, id); return err }))
	return j
}

// until waits until an import is as wanted.
func (w *world) until(so func(roll.Import) bool, id string) {
	w.Helper()
	for deadline := time.Now().Add(3 * time.Minute); ; pause(5 * time.Millisecond) {
		i := w.imported(id)
		if so(i) {
			return
		}
		if time.Now().After(deadline) {
			w.Fatalf("after minutes the import is %+v", i)
		}
	}
}
