package api_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	fiction "doudi/internal/county"
	"doudi/kernel/fault"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/job"
	"doudi/record/simulation"
	"doudi/record/store"
)

// job is a new job that waits: to read a new import.
func (w *world) job() (id string) {
	w.Helper()
	handed := w.handedIn()
	w.in(fiction.Code, func(tx *store.Tx) error {
		j, err := w.county.Jobs.Start(tx, job.Work{Kind: job.StageImport, Import: handed})
		id = j.ID
		return err
	})
	return id
}

func (w *world) cancelledJob() (id string) {
	w.Helper()
	id = w.job()
	w.in(fiction.Code, func(tx *store.Tx) error { _, err := w.county.Jobs.Cancel(tx, id); return err })
	return id
}

// answeredJob is a simulation that is done.
func (w *world) answeredJob() (id string) {
	w.Helper()
	w.in(fiction.Code, func(tx *store.Tx) error {
		month := dated.Day(now).Month()
		j, err := w.county.Jobs.Start(tx, job.Work{Kind: job.Simulate, Draft: "pingyin-2021", Month: month, To: month})
		id = j.ID
		return err
	})
	w.worked()
	return id
}

// worked does all jobs that wait.
func (w *world) worked() {
	w.Helper()
	worker := &job.Worker{Jobs: w.county.Jobs, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
		Simulated: func(a *simulation.Answer) ([]byte, error) { return fmt.Appendf(nil, `{"people":%d}`, a.People), nil }}
	if err := worker.Once(w.Context()); err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
}

func TestJobs(t *testing.T) { each(t, jobs) }

// A roll is read and applied by jobs; each key sees the jobs of the work it may see, and moves those of the work it may do.
func jobs(w *world) {
	rolls, benefits := w.key("county-insurance", auth.RegisterWrite), w.key("county-insurance", auth.BenefitsRead)
	id := w.handedIn()
	started := w.send("POST", "/imports/"+id+"/jobs", rolls, "j1", `{"step": "stage"}`)
	if started.status != 200 || started.json["state"] != "waiting" || started.json["kind"] != "import-stage" || started.json["subject"] != id || started.json["left"] != nil {
		w.Fatal(started.text)
	}
	path := "/jobs/" + started.json["id"].(string)
	if again := w.send("POST", "/imports/"+id+"/jobs", rolls, "j2", `{"step": "stage"}`); again.json["id"] != started.json["id"] {
		w.Errorf("asked for again: %s", again.text)
	}
	w.expect(w.send("POST", "/imports/"+id+"/jobs", rolls, "j3", `{"step": "apply"}`), 409, "job.out-of-turn")
	w.expect(w.send("GET", path, benefits, "", ""), 404, "job.unknown")
	if a := w.send("POST", path+"/cancel", rolls, "c1", ""); a.json["state"] != "cancelled" || a.json["cancelledBy"] == "" {
		w.Errorf("cancelled: %s", a.text)
	}
	w.expect(w.send("POST", path+"/cancel", rolls, "c2", ""), 409, "job.over")
	if a := w.send("POST", path+"/retry", rolls, "r1", ""); a.json["state"] != "waiting" {
		w.Errorf("tried again: %s", a.text)
	}
	w.worked()
	if done := w.send("GET", path, rolls, "", ""); done.json["state"] != "done" || done.json["done"] != 3.0 || done.json["total"] != 3.0 {
		w.Errorf("done: %s", done.text)
	}
	w.expect(w.send("POST", path+"/retry", rolls, "r2", ""), 409, "job.not-ended")
	applying := w.send("POST", "/imports/"+id+"/jobs", rolls, "j4", `{"step": "apply"}`)
	w.worked()
	if i := w.send("GET", "/imports/"+id, rolls, "", ""); i.json["state"] != "applied" {
		w.Errorf("applied: %s", i.text)
	}
	if list := w.list(w.send("GET", "/jobs?subject="+id, rolls, "", ""), "jobs"); len(list) != 2 || list[0]["id"] != applying.json["id"] {
		w.Errorf("jobs: %v", list)
	}
	if list := w.list(w.send("GET", "/jobs", benefits, "", ""), "jobs"); len(list) != 0 {
		w.Errorf("jobs of others: %v", list)
	}
	w.expect(w.send("GET", "/jobs?state=odd", rolls, "", ""), 400, "api.parameter")
	w.simulated()
}

// simulated asks what a draft would mean, and for a run that cannot be.
func (w *world) simulated() {
	full := w.key("county-insurance", auth.BenefitsRead, auth.BenefitsWrite, auth.PaymentsRead, auth.PaymentsWrite)
	w.expect(w.send("POST", "/simulations", full, "s0", `{"draft": "nothing", "from": "2021-11", "to": "2021-12"}`), 404, "job.pack-unknown")
	asked := w.send("POST", "/simulations", full, "s1", `{"draft": "pingyin-2021", "from": "2021-11", "to": "2021-12"}`)
	failing := w.send("POST", "/batches/jobs", full, "b1", `{"scheme": "pingyin-medical-help/severe-disability", "month": "2021-12"}`)
	running := w.send("POST", "/runs/jobs", full, "m1", `{"month": "2021-11"}`)
	w.worked()
	answer := w.send("GET", "/jobs/"+asked.json["id"].(string)+"/answer", full, "", "")
	if people, known := answer.json["answer"].(map[string]any); !known || people["people"] == 0.0 {
		w.Errorf("the answer: %s", answer.text)
	}
	failed := w.send("GET", "/jobs/"+failing.json["id"].(string), full, "", "")
	if why, known := failed.json["failure"].(map[string]any); failed.json["state"] != "failed" || !known || why["code"] == "" {
		w.Errorf("failed: %s", failed.text)
	}
	ran := w.send("GET", "/jobs/"+running.json["id"].(string), full, "", "")
	if run := w.send("GET", "/runs/"+ran.json["subject"].(string), full, "", ""); run.status != 200 {
		w.Errorf("the run: %s, %s", ran.text, run.text)
	}
}
