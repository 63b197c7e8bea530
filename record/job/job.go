package job

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/payment"
	"doudi/record/roll"
	"doudi/record/simulation"
	"doudi/record/store"
)

// Config is what jobs stand on.
type Config struct {
	Store     *store.Store
	Rolls     *roll.Rolls
	Benefits  *benefit.Benefits
	Payments  *payment.Payments
	Simulator simulation.Simulator
	Checks    []Check // what a verification looks for, in its order
	Cipher    dated.Cipher
	Log       *audit.Log
}

// Jobs are the jobs of counties. It may be used by many goroutines and processes.
type Jobs struct {
	Config
	underway sync.Map // by id of the job: the attempt of this process at it
}

// New is jobs on c.
func New(c Config) *Jobs { return &Jobs{Config: c} }

// State is where a job stands.
type State string

// The states of a job.
const (
	Waiting   State = "waiting"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

var stateLabels = map[State]fault.Text{
	Waiting:   {ZH: "排队中", EN: "waiting"},
	Running:   {ZH: "进行中", EN: "running"},
	Done:      {ZH: "已完成", EN: "done"},
	Failed:    {ZH: "未办成", EN: "failed"},
	Cancelled: {ZH: "已取消", EN: "cancelled"},
}

// States are all of them, in the order in which people look at them.
var States = []State{Running, Waiting, Failed, Cancelled, Done}

// Label is how the state is called.
func (s State) Label() fault.Text { return stateLabels[s] }

// Open tells whether something is still to come.
func (s State) Open() bool { return s == Waiting || s == Running }

// Work is what is asked for. Which fields count depends on the kind.
type Work struct {
	Kind Kind `json:"-"`

	Import string `json:"import,omitempty"`
	Leave  bool   `json:"leave,omitempty"` // of taking back: rows on which later news stands stay

	Month period.Month `json:"month,omitempty"` // of a run or batch; the first one of a simulation
	Since period.Month `json:"since,omitempty"` // of the first run only

	Scheme string `json:"scheme,omitempty"` // of a batch: series/benefit
	Payer  string `json:"payer,omitempty"`
	Fund   string `json:"fund,omitempty"`
	Again  bool   `json:"again,omitempty"`

	Draft   string       `json:"draft,omitempty"`   // of a simulation: id of a pack
	Against string       `json:"against,omitempty"` // "" for what is adopted
	Adopt   string       `json:"adopt,omitempty"`   // of a simulation: the adoption it is about, as it would be proposed; "" for the draft by itself
	To      period.Month `json:"to,omitempty"`      // the last month
	Sample  int          `json:"sample,omitempty"`
}

// Failure is why a job failed.
type Failure struct {
	Code    string     `json:"code"`
	Message fault.Text `json:"message"`
	Hint    fault.Text `json:"hint"`
}

// Job is work that somebody asked for.
type Job struct {
	ID        string
	Work      Work
	Subject   string // id of the import, run or batch; "" while there is none
	State     State
	Stage     string // what is under way; "" before it began
	Done      int64  // in [Job.Unit]
	Total     int64  // 0 while it is not known
	Began     time.Time
	Attempt   int64  // how often somebody began to work on it
	Canceller string // who asked for an end
	Failure   *Failure
	Asker     store.Actor
	Asked     time.Time
	Changed   time.Time
	Answers   bool   // there is an answer ([Jobs.Answer])
	Sender    string // of a job about an import: the organisation that sent it in

	from   int64
	lost   int64
	pulse  int64
	worker string
}

// Stopping tells whether somebody asked for an end that has not come yet.
func (j *Job) Stopping() bool { return j.State == Running && j.Canceller != "" }

// measured is how long something must have been measured before it tells what is to come.
const measured = 5 * time.Second

// Left is how long the stage under way will still take if it goes on as it did since this attempt began with it. It is known only of work that counts, and
// after some seconds.
func (j *Job) Left(now time.Time) (left time.Duration, known bool) {
	done, passed := j.Done-j.from, now.Sub(j.Began)
	if j.State != Running || j.Total < j.Done || done <= 0 || j.Began.IsZero() || passed < measured {
		return 0, false
	}
	return time.Duration(int64(passed/time.Millisecond) * (j.Total - j.Done) / done * int64(time.Millisecond)), true
}

const columns = `job_id, kind, subject, work, state, stage, done, total, stage_began, stage_from, attempt, lost, pulse, worker, canceller, failure, instant, actor_id, actor_name, actor_post, changed, answer <> '', sender`

func scan(rows *store.Rows) (j Job, err error) {
	var work, began, failure, asked, changed string
	err = rows.Scan(&j.ID, &j.Work.Kind, &j.Subject, &work, &j.State, &j.Stage, &j.Done, &j.Total, &began, &j.from, &j.Attempt, &j.lost, &j.pulse, &j.worker, &j.Canceller, &failure,
		&asked, &j.Asker.ID, &j.Asker.Name, &j.Asker.Post, &changed, &j.Answers, &j.Sender)
	if err != nil {
		return j, err
	}
	errs := []error{json.Unmarshal([]byte(work), &j.Work)}
	if failure != "" {
		errs = append(errs, json.Unmarshal([]byte(failure), &j.Failure))
	}
	for _, t := range []struct {
		into *time.Time
		text string
	}{{&j.Began, began}, {&j.Asked, asked}, {&j.Changed, changed}} {
		if t.text != "" {
			*t.into, err = store.ParseInstant(t.text)
			errs = append(errs, err)
		}
	}
	return j, errors.Join(errs...)
}

// Get is one job. Code: job.unknown.
func (j *Jobs) Get(tx *store.Tx, id string) (Job, error) {
	found, err := store.All(tx, scan, `SELECT `+columns+` FROM job WHERE county_code = ?1 AND job_id = ?2`, tx.County, id)
	if err == nil && len(found) == 0 {
		return Job{}, unknown(id)
	}
	if err != nil {
		return Job{}, err
	}
	j.current(found)
	return found[0], nil
}

// current says of the jobs at which this process is how far they are now. What works in one long transaction cannot be written down meanwhile: SQLite has one writer.
func (j *Jobs) current(list []Job) {
	for i := range list {
		if a, ok := j.underway.Load(list[i].ID); ok {
			a.(*attempt).describe(&list[i])
		}
	}
}

// Find is one job of some kinds, those that who asks may see; another one does not exist. Code: job.unknown.
func (j *Jobs) Find(tx *store.Tx, id string, f Filter) (Job, error) {
	found, err := j.Get(tx, id)
	if err == nil && (!slices.Contains(f.Kinds, found.Work.Kind) || f.Sender != "" && f.Sender != found.Sender) {
		return Job{}, unknown(id)
	}
	return found, err
}

// Filter chooses jobs; an empty field chooses all, except that no kinds choose none.
type Filter struct {
	Kinds   []Kind // that who asks may see
	State   State
	Subject string // id of what the job is for
	Sender  string // the organisation whose imports the jobs are about
}

// List are jobs before an id, the newest first, at most limit; before "" is from the newest on.
func (j *Jobs) List(tx *store.Tx, f Filter, before string, limit int) ([]Job, error) {
	if len(f.Kinds) == 0 {
		return nil, nil
	}
	query, args := `SELECT `+columns+` FROM job WHERE county_code = ?1`, []any{tx.County}
	add := func(format string, values ...any) {
		var places []string
		for _, value := range values {
			args = append(args, value)
			places = append(places, fmt.Sprintf("?%d", len(args)))
		}
		query += fmt.Sprintf(format, strings.Join(places, ", "))
	}
	kinds := make([]any, len(f.Kinds))
	for i, kind := range f.Kinds {
		kinds[i] = string(kind)
	}
	add(` AND kind IN (%s)`, kinds...)
	if f.State != "" {
		add(` AND state = %s`, string(f.State))
	}
	if f.Sender != "" {
		add(` AND sender = %s`, f.Sender)
	}
	if f.Subject != "" {
		add(` AND subject = %s`, f.Subject)
	}
	if before != "" {
		add(` AND job_id < %s`, before)
	}
	add(` ORDER BY job_id DESC LIMIT %s`, limit)
	list, err := store.All(tx, scan, query, args...)
	j.current(list)
	return list, err
}

// Answer is what came of a job whose answer is kept with it: of a simulation, as the worker wrote it ([Worker.Simulated]). Codes: job.unknown, job.no-answer.
func (j *Jobs) Answer(tx *store.Tx, id string) (json.RawMessage, error) {
	var sealed string
	err := tx.QueryRow(`SELECT answer FROM job WHERE county_code = ?1 AND job_id = ?2`, tx.County, id).Scan(&sealed)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, unknown(id)
	case err != nil:
		return nil, err
	case sealed == "":
		return nil, noAnswer()
	}
	opened, err := j.Cipher.Open(tx, id, sealed)
	if err != nil {
		return nil, err
	}
	return opened[0], nil
}
