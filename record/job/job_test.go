package job_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"doudi/decide/rule"
	fiction "doudi/internal/county"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/job"
	"doudi/record/payment"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/simulation"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

var (
	now     = time.Date(2021, 11, 8, 2, 42, 0, 0, time.UTC)
	maker   = store.Actor{ID: "u1", Name: "周经办", Post: "县经办"}
	checker = store.Actor{ID: "u2", Name: "李审核", Post: "县复核"}
)

// draft is a pack that can be asked about.
const draft = "pingyin-2021"

// world is a county with jobs.
type world struct {
	*testing.T
	*fiction.Desk
	mutex sync.Mutex
	calls int    // of the clock
	at    int    // at which call something happens; 0 for never
	then  func() // what
}

func open(t *testing.T, dsn string) *world {
	t.Helper()
	desk, err := fiction.OpenOn(context.Background(), dsn, t.TempDir())
	w := &world{T: t, Desk: desk}
	w.ok(err)
	t.Cleanup(func() {
		if err := desk.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
}

func (w *world) expect(err error, code string) {
	w.Helper()
	if got := fault.CodeOf(err); got != code {
		w.Fatalf("answer %q (%v), want %q", got, err, code)
	}
}

// worker is somebody who works, and whose pulse does not move unless beat says so.
func (w *world) worker(beat time.Duration) *job.Worker {
	if beat == 0 {
		beat = time.Hour
	}
	return &job.Worker{Jobs: w.Jobs, Now: w.clock, Log: slog.New(slog.DiscardHandler), Beat: beat, Simulated: func(a *simulation.Answer) ([]byte, error) {
		return json.Marshal(map[string]int{"people": a.People})
	}}
}

// clock stands still, and counts who looks at it: to take a job, to begin with it, and with its first progress.
func (w *world) clock() time.Time {
	w.mutex.Lock()
	w.calls++
	due := w.calls == w.at
	w.mutex.Unlock()
	if due {
		w.then()
	}
	return now
}

// The looks at the clock of one who works.
const (
	taking = 1 + iota
	beginning
	firstProgress
)

// when lets something happen at a look at the clock.
func (w *world) when(call int, then func()) { w.calls, w.at, w.then = 0, call, then }

func (w *world) try(by store.Actor, do func(*store.Tx) error) error { return w.Do(now, by, do) }

func (w *world) start(by store.Actor, work job.Work) (j job.Job) {
	w.Helper()
	w.ok(w.try(by, func(tx *store.Tx) (err error) { j, err = w.Jobs.Start(tx, work); return err }))
	return j
}

func (w *world) refused(by store.Actor, work job.Work, code string) {
	w.Helper()
	w.expect(w.try(by, func(tx *store.Tx) error { _, err := w.Jobs.Start(tx, work); return err }), code)
}

func (w *world) get(id string) (j job.Job) {
	w.Helper()
	w.ok(w.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) (err error) { j, err = w.Jobs.Get(tx, id); return err }))
	return j
}

// work lets a worker of its own do a job, and fails unless it ends in a state.
func (w *world) work(id string, want job.State) job.Job {
	w.Helper()
	w.at = 0
	w.ok(w.worker(0).Do(context.Background(), context.Background(), fiction.Code, id))
	return w.is(id, want)
}

func (w *world) is(id string, want job.State) job.Job {
	w.Helper()
	j := w.get(id)
	if j.State != want {
		w.Fatalf("the job is %s (%+v), want %s", j.State, j.Failure, want)
	}
	return j
}

// woken are how many times somebody waits in the queue to be woken for a job.
func (w *world) woken(id string) (n int) {
	w.Helper()
	w.ok(w.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		list, err := tx.Pending()
		n = 0
		for _, p := range list {
			if string(p.Payload) == `"`+id+`"` {
				n++
			}
		}
		return err
	}))
	return n
}

// rows is more than two commands of an import do.
const rows = 2500

// received hands in a roll of so many people nobody knows.
func (w *world) received() roll.Import {
	w.Helper()
	var b strings.Builder
	b.WriteString("姓名,证件号码,残疾等级\n")
	for i := range rows {
		day := period.MustDay(1950, 1, 1) + period.Day(i)
		fmt.Fprintf(&b, "赵%d,%s,2\n", i, fiction.Number(strings.ReplaceAll(day.String(), "-", ""), "101"))
	}
	i, err := w.Rolls.Receive(context.Background(), roll.By{County: fiction.Code, Actor: maker, Instant: now}, roll.Upload{Source: "县残联", Name: "名册.csv", Content: strings.NewReader(b.String()),
		Size: int64(b.Len()), Since: period.MustDay(2021, 11, 1),
		Wish: sheet.Wish{Mapping: &sheet.Mapping{Columns: []sheet.Column{{Header: "姓名", As: "person.name"}, {Header: "证件号码", As: "person.id"}, {Header: "残疾等级", As: "person.disability.level"}}}}})
	w.ok(err)
	return i
}

func (w *world) imported(id string) (i roll.Import) {
	w.Helper()
	w.ok(w.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) (err error) { i, err = w.Rolls.Get(tx, id); return err }))
	return i
}

// people are how many are on the register.
func (w *world) people() (n int) {
	w.Helper()
	w.ok(w.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT COUNT(*) FROM party WHERE county_code = ?1 AND kind = 'person'`, fiction.Code).Scan(&n)
	}))
	return n
}

// An import is read, applied and taken back by jobs. Whoever works on it is killed, told to stop, taken for dead, and cancelled; nothing is done twice.
func TestImport(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		w := open(t, dsn)
		before, i := w.people(), w.received()
		apply := job.Work{Kind: job.ApplyImport, Import: i.ID}
		w.refused(checker, apply, "job.out-of-turn")
		staging := w.start(maker, job.Work{Kind: job.StageImport, Import: i.ID})
		if again := w.start(maker, job.Work{Kind: job.StageImport, Import: i.ID}); again.ID != staging.ID {
			t.Errorf("asked for twice there are two jobs, %s and %s", staging.ID, again.ID)
		}
		if n := w.woken(staging.ID); n != 1 {
			t.Errorf("%d wait to be woken, want 1", n)
		}
		if j := w.work(staging.ID, job.Done); j.Stage != string(roll.Comparing) || j.Done != rows || j.Total != rows || j.Subject != i.ID || j.Attempt != 1 {
			t.Errorf("after staging %+v", j)
		}

		applying := w.start(checker, apply)
		w.killed(applying.ID)
		w.refused(checker, job.Work{Kind: job.UndoImport, Import: i.ID}, "job.out-of-turn")
		if again := w.start(checker, apply); again.ID != applying.ID {
			t.Error("asked for again while it is under way there is another job")
		}
		w.takenFrom(applying.ID)
		w.stopped(applying.ID)
		w.cancelled(applying.ID)
		w.refused(checker, job.Work{Kind: job.ApplyImport, Import: "nobody"}, "roll.unknown")
		w.ok(w.try(checker, func(tx *store.Tx) error { _, err := w.Jobs.Retry(tx, applying.ID); return err }))
		j := w.work(applying.ID, job.Done)
		if done := w.imported(i.ID); done.State != roll.Applied || done.Counts.Applied != rows || w.people() != before+rows {
			t.Errorf("%+v, %d people", done, w.people())
		}
		if j.Asker != checker || j.Canceller != "" || j.Failure != nil {
			t.Errorf("%+v", j)
		}
		w.expect(w.try(maker, func(tx *store.Tx) error { _, err := w.Jobs.Cancel(tx, j.ID); return err }), "job.over")
		w.expect(w.try(maker, func(tx *store.Tx) error { _, err := w.Jobs.Retry(tx, j.ID); return err }), "job.not-ended")

		undoing := w.start(checker, job.Work{Kind: job.UndoImport, Import: i.ID})
		w.mistakenForDead(undoing.ID)
		if done := w.imported(i.ID); done.State != roll.Undone || done.Counts.Undone != rows {
			t.Errorf("%+v", done)
		}
	})
}

// killed ends the process of who works on a job with its first progress: nothing more is written down.
func (w *world) killed(id string) {
	w.Helper()
	ctx, kill := context.WithCancel(context.Background())
	defer kill()
	w.when(firstProgress, kill)
	w.ok(w.worker(0).Do(ctx, context.Background(), fiction.Code, id))
	w.is(id, job.Running)
	if i := w.imported(w.get(id).Subject); i.State != roll.Applying || i.Done == 0 || i.Done == rows {
		w.Errorf("killed in the middle, the import is %+v", i)
	}
}

// takenFrom lets somebody notice that a pulse stands still.
func (w *world) takenFrom(id string) {
	w.Helper()
	other, woken := w.worker(0), w.woken(id)
	w.at = 0
	w.ok(other.Watch(context.Background(), job.Patience))
	w.is(id, job.Running)
	w.ok(other.Do(context.Background(), context.Background(), fiction.Code, id)) // woken for one that somebody is at
	w.is(id, job.Running)
	w.ok(other.Watch(context.Background(), job.Patience+1))
	w.is(id, job.Waiting)
	if n := w.woken(id); n != woken+1 {
		w.Errorf("%d wait to be woken, want %d", n, woken+1)
	}
}

// stopped ends who works on a job in good order, before anything was done.
func (w *world) stopped(id string) {
	w.Helper()
	stopping, stop := context.WithCancel(context.Background())
	woken := w.woken(id)
	w.when(beginning, stop)
	w.ok(w.worker(0).Do(context.Background(), stopping, fiction.Code, id))
	w.is(id, job.Waiting)
	if n := w.woken(id); n != woken+1 {
		w.Errorf("%d wait to be woken, want %d", n, woken+1)
	}
}

// cancelled asks for the end of a job while somebody works on it.
func (w *world) cancelled(id string) {
	w.Helper()
	w.when(beginning, func() {
		w.ok(w.try(maker, func(tx *store.Tx) error { _, err := w.Jobs.Cancel(tx, id); return err }))
		if j := w.get(id); !j.Stopping() {
			w.Errorf("asked to end it is %+v", j)
		}
	})
	w.ok(w.worker(time.Millisecond).Do(context.Background(), context.Background(), fiction.Code, id))
	if j := w.is(id, job.Cancelled); j.Canceller != maker.Name {
		w.Errorf("cancelled by %q", j.Canceller)
	}
}

// mistakenForDead lets one worker begin after another, who took it for dead, is done.
func (w *world) mistakenForDead(id string) {
	w.Helper()
	w.at = 0
	goOn, err := w.worker(0).Taken(context.Background(), fiction.Code, id)
	w.ok(err)
	w.ok(w.worker(0).Watch(context.Background(), job.Patience+1))
	w.work(id, job.Done)
	w.ok(goOn())
	if j := w.is(id, job.Done); j.Attempt != 2 {
		w.Errorf("%+v", j)
	}
}

// Two who are woken for one job at once: one works, and it is done once.
func TestTwoWorkersAtOnce(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		w := open(t, dsn)
		i := w.received()
		j := w.start(maker, job.Work{Kind: job.StageImport, Import: i.ID})
		workers := []*job.Worker{w.worker(0), w.worker(0), w.worker(0)}
		for _, worker := range workers {
			worker.Now = func() time.Time { return now }
		}
		for _, err := range storetest.Together(len(workers), func(n int) error {
			return workers[n].Do(context.Background(), context.Background(), fiction.Code, j.ID)
		}) {
			w.ok(err)
		}
		if done := w.is(j.ID, job.Done); done.Attempt != 1 {
			t.Errorf("%d attempts, want 1", done.Attempt)
		}
		if i = w.imported(i.ID); i.State != roll.Ready || i.Rows != rows {
			t.Errorf("%+v", i)
		}
	})
}

// A job that takes its process down every time fails in the end. Tried again it may fail as often anew.
func TestLostTooOften(t *testing.T) {
	w := open(t, storetest.SQLite(t))
	j := w.start(maker, job.Work{Kind: job.RunMonth, Month: period.MustDay(2021, 11, 1).Month()})
	for range 2 {
		for w.get(j.ID).State == job.Waiting {
			_, err := w.worker(0).Taken(context.Background(), fiction.Code, j.ID)
			w.ok(err)
			w.ok(w.worker(0).Watch(context.Background(), job.Patience+1))
		}
		if lost := w.is(j.ID, job.Failed); lost.Failure.Code != "job.lost" || lost.Attempt%5 != 0 {
			t.Errorf("%+v", lost)
		}
		w.ok(w.try(maker, func(tx *store.Tx) error { _, err := w.Jobs.Retry(tx, j.ID); return err }))
	}
	w.ok(w.try(maker, func(tx *store.Tx) error { _, err := w.Jobs.Cancel(tx, j.ID); return err }))
	w.is(j.ID, job.Cancelled) // at once: nobody is at it
	w.work(j.ID, job.Cancelled)

	// Cancelled, and its worker gone: whoever notices ends it.
	again := w.start(maker, job.Work{Kind: job.RunMonth, Month: period.MustDay(2021, 11, 1).Month()})
	_, err := w.worker(0).Taken(context.Background(), fiction.Code, again.ID)
	w.ok(err)
	w.ok(w.try(maker, func(tx *store.Tx) error { _, err := w.Jobs.Cancel(tx, again.ID); return err }))
	w.ok(w.worker(0).Watch(context.Background(), job.Patience+1))
	w.is(again.ID, job.Cancelled)
	w.ok(w.try(maker, func(tx *store.Tx) error { _, err := w.Jobs.Retry(tx, j.ID); return err }))
	w.expect(w.try(maker, func(tx *store.Tx) error { _, err := w.Jobs.Retry(tx, again.ID); return err }), "job.busy")
}

// A run and a batch: what failed says why, and can be tried again when the reason is gone.
func TestRunAndBatch(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		w := open(t, dsn)
		november := period.MustDay(2021, 11, 1).Month()
		woman, err := w.Add(fiction.Named{Name: "李桂芳", Number: fiction.Number("19540302", "002"), Listed: true, Insured: true})
		w.ok(err)
		w.ok(w.try(maker, func(tx *store.Tx) error { return w.disabled(tx, woman) }))
		w.refused(maker, job.Work{Kind: "dance"}, "job.kind")
		w.refused(maker, job.Work{Kind: job.RunMonth}, "job.incomplete")
		w.refused(maker, job.Work{Kind: job.MakeBatch, Month: november}, "job.incomplete")

		making := w.start(maker, job.Work{Kind: job.MakeBatch, Month: november, Scheme: fiction.Pingyin + "/severe-disability"})
		if j := w.work(making.ID, job.Failed); j.Failure.Message.ZH == "" || j.Failure.Hint.EN == "" || j.Subject != "" {
			t.Errorf("without a run the batch is %+v, %+v", j, j.Failure)
		}

		for month := november - 1; month <= november+1; month++ {
			running := w.start(maker, job.Work{Kind: job.RunMonth, Month: month})
			w.refused(maker, job.Work{Kind: job.RunMonth, Month: month + 1}, "job.busy")
			j := w.work(running.ID, job.Done)
			if j.Stage != string(benefit.Deciding) || j.Done == 0 || j.Done != j.Total || j.Unit().ZH != "段" {
				t.Errorf("a run is %+v", j)
			}
			w.ok(w.try(checker, func(tx *store.Tx) error { _, err := w.Benefits.Approve(tx, j.Subject, "同意"); return err }))
		}
		w.ok(w.try(maker, func(tx *store.Tx) error { _, err := w.Jobs.Retry(tx, making.ID); return err }))
		w.when(firstProgress+1, func() { // the accounts were looked at; what is written is still in the one transaction
			if j := w.get(making.ID); j.Stage != string(payment.Looking) || j.Done != 1 || j.Total != 1 || j.Subject != "" || j.Unit().ZH != "笔" {
				t.Errorf("under way a batch is %+v", j)
			}
		})
		j := w.work(making.ID, job.Done)
		if w.calls < w.at {
			t.Errorf("nobody looked while the batch was made: %d", w.calls)
		}
		w.ok(w.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
			b, err := payment.Get(tx, j.Subject)
			if b.People != 1 || b.State != payment.Draft || b.Acts[0].Actor.ID != maker.ID {
				t.Errorf("%+v", b)
			}
			return err
		}))
		if j.Stage != string(payment.Writing) || j.Done != 1 || j.Total != 1 || j.Failure != nil || j.Attempt != 2 {
			t.Errorf("%+v", j)
		}
	})
}

// disabled registers what the scheme asks for.
func (w *world) disabled(tx *store.Tx, woman string) error {
	for name, value := range map[string]rule.Fact{"person.has_disability": {Value: rule.Bool(true)}, "person.disability.level": {Value: rule.Int(2)}, "person.disability.certificate_generation": {Value: rule.Int(2)}} {
		value.Span = dated.Always
		if _, err := w.Register.Record(tx, woman, name, value, ""); err != nil {
			return err
		}
	}
	if _, err := w.Benefits.Act(tx, benefit.Act{Subject: woman, Scheme: fiction.Pingyin + "/severe-disability", Kind: benefit.Approve, Day: period.MustDay(2021, 5, 10), Reason: "批准",
		Facts: map[string]string{"application.day": `"2021-05-01"`}}); err != nil {
		return err
	}
	_, err := w.Payments.Open(tx, woman, payment.Account{Number: "9012345678", Bank: "农村信用社", Holder: "李桂芳", As: payment.Own}, period.MustDay(2021, 1, 1), dated.Said{})
	return err
}

// A worker works until it is told to stop. The answer of a simulation is kept sealed, and jobs are chosen by kind, state and what they are for.
func TestWorker(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		w := open(t, dsn)
		_, err := w.Add(fiction.Named{Name: "李桂芳", Number: fiction.Number("19540302", "002"), Listed: true, Insured: true})
		w.ok(err)
		november := period.MustDay(2021, 11, 1).Month()
		asked := job.Work{Kind: job.Simulate, Draft: draft, Month: november, To: november}
		w.refused(maker, job.Work{Kind: job.Simulate, Month: november, To: november}, "job.incomplete")
		w.refused(maker, job.Work{Kind: job.Simulate, Month: november, To: november, Draft: "nothing"}, "job.pack-unknown")
		w.refused(maker, job.Work{Kind: job.Simulate, Month: november, To: november, Draft: draft, Against: "nothing"}, "job.pack-unknown")
		one := w.start(maker, asked)
		two := w.start(maker, asked)
		if one.ID == two.ID {
			t.Error("two simulations are one")
		}
		answered := make(chan struct{}, 2)
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		worker := w.worker(5 * time.Millisecond)
		worker.Now = func() time.Time { return now }
		write := worker.Simulated
		worker.Simulated = func(a *simulation.Answer) ([]byte, error) {
			defer func() { answered <- struct{}{} }()
			return write(a)
		}
		ended := make(chan error, 1)
		go func() { ended <- worker.Run(ctx) }()
		for range 2 {
			select {
			case <-answered:
			case err := <-ended:
				t.Fatalf("the worker ended: %v", err)
			}
		}
		stop()
		w.ok(<-ended)
		if j := w.is(one.ID, job.Done); !j.Answers || j.Done != 1 || j.Total != 1 || j.Unit().ZH != "人" {
			t.Errorf("%+v", j)
		}
		w.ok(w.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
			answer, err := w.Jobs.Answer(tx, two.ID)
			if string(answer) != `{"people":1}` {
				t.Errorf("answer %s", answer)
			}
			var kept string
			err = errors.Join(err, tx.QueryRow(`SELECT answer FROM job WHERE county_code = ?1 AND job_id = ?2`, fiction.Code, two.ID).Scan(&kept))
			if strings.Contains(kept, "people") {
				t.Errorf("kept as %s", kept)
			}
			_, missing := w.Jobs.Answer(tx, "nobody")
			w.expect(missing, "job.unknown")
			return err
		}))
		waiting := w.start(maker, job.Work{Kind: job.RunMonth, Month: november})
		w.lists(job.Filter{}, "", 9)
		w.lists(job.Filter{Kinds: job.Kinds}, "", 9, waiting.ID, two.ID, one.ID)
		w.lists(job.Filter{Kinds: job.Kinds}, "", 1, waiting.ID)
		w.lists(job.Filter{Kinds: job.Kinds}, waiting.ID, 9, two.ID, one.ID)
		w.lists(job.Filter{Kinds: job.Kinds, State: job.Waiting}, "", 9, waiting.ID)
		w.lists(job.Filter{Kinds: []job.Kind{job.Simulate, job.MakeBatch}}, "", 9, two.ID, one.ID)
		w.lists(job.Filter{Kinds: job.Kinds, Subject: "nobody"}, "", 9)
		w.ok(w.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
			_, err := w.Jobs.Answer(tx, waiting.ID)
			w.expect(err, "job.no-answer")
			_, err = w.Jobs.Get(tx, "nobody")
			w.expect(err, "job.unknown")
			return nil
		}))
	})
}

func (w *world) lists(f job.Filter, before string, limit int, want ...string) {
	w.Helper()
	var got []string
	w.ok(w.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		list, err := w.Jobs.List(tx, f, before, limit)
		got = nil
		for _, j := range list {
			got = append(got, j.ID)
		}
		return err
	}))
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.Errorf("%+v lists %v, want %v", f, got, want)
	}
}

// A defect of the work is a failure of the job, not the end of the program.
func TestDefect(t *testing.T) {
	w := open(t, storetest.SQLite(t))
	_, err := w.Add(fiction.Named{Name: "李桂芳", Number: fiction.Number("19540302", "002")})
	w.ok(err)
	november := period.MustDay(2021, 11, 1).Month()
	j := w.start(maker, job.Work{Kind: job.Simulate, Draft: draft, Month: november, To: november})
	worker := w.worker(0)
	worker.Simulated = nil
	w.ok(worker.Do(context.Background(), context.Background(), fiction.Code, j.ID))
	if failed := w.is(j.ID, job.Failed); failed.Failure.Code != "job.defect" || strings.Contains(failed.Failure.Message.ZH, "nil") {
		t.Errorf("%+v", failed.Failure)
	}
}

// The time left is told only from what was measured.
func TestLeft(t *testing.T) {
	tests := []struct {
		name        string
		state       job.State
		done, total int64
		passed      time.Duration
		want        time.Duration
		known       bool
	}{
		{"half in ten seconds", job.Running, 500, 1000, 10 * time.Second, 10 * time.Second, true},
		{"a tenth in a minute", job.Running, 1, 10, time.Minute, 9 * time.Minute, true},
		{"all", job.Running, 1000, 1000, 10 * time.Second, 0, true},
		{"nothing yet", job.Running, 0, 1000, 10 * time.Second, 0, false},
		{"too early", job.Running, 500, 1000, time.Second, 0, false},
		{"total not known", job.Running, 500, 0, 10 * time.Second, 0, false},
		{"not under way", job.Waiting, 500, 1000, 10 * time.Second, 0, false},
		{"a million in a day", job.Running, 1_000_000, 4_000_000, 24 * time.Hour, 72 * time.Hour, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := job.Job{State: tt.state, Done: tt.done, Total: tt.total, Began: now}
			if got, known := j.Left(now.Add(tt.passed)); got != tt.want || known != tt.known {
				t.Errorf("left %s, %v; want %s, %v", got, known, tt.want, tt.known)
			}
		})
	}
}

// Everything people read about jobs is there in both languages.
func TestWords(t *testing.T) {
	for _, kind := range job.Kinds {
		if kind.Label().ZH == "" || kind.Label().EN == "" || kind.Kept().ZH == "" || kind.Kept().EN == "" {
			t.Errorf("%s lacks words", kind)
		}
	}
	for _, state := range job.States {
		if state.Label().ZH == "" || state.Label().EN == "" {
			t.Errorf("%s lacks words", state)
		}
	}
}
