package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"doudi/kernel/fault"
	"doudi/record/auth"
	"doudi/record/benefit"
	"doudi/record/job"
	"doudi/record/payment"
	"doudi/record/roll"
	"doudi/record/store"
)

// jobRoutes are the work in the background. Everybody sees the jobs of the work they may see, and no others.
var jobRoutes = []route{
	{pattern: "GET /jobs", may: only(auth.SeeImports, auth.SeeRuns, auth.SeeBatches, auth.SeePolicies, auth.SeeAudit), do: (*view).jobs},
	{pattern: "GET /jobs/{job}", may: only(auth.SeeImports, auth.SeeRuns, auth.SeeBatches, auth.SeePolicies, auth.SeeAudit), do: (*view).oneJob},
	{pattern: "POST /jobs/{job}/cancel", may: only(auth.MakeImports, auth.CheckImports, auth.MakeRuns, auth.MakeBatches, auth.MakePolicies, auth.SeeAudit), do: (*view).cancelJob},
	{pattern: "POST /jobs/{job}/retry", may: only(auth.MakeImports, auth.CheckImports, auth.MakeRuns, auth.MakeBatches, auth.MakePolicies, auth.SeeAudit), do: (*view).retryJob},
}

// jobAccess are the permissions that see jobs of a kind, and those that cancel them and try them again: those of the work they are for.
var jobAccess = map[job.Kind]struct {
	see  auth.Permission
	move []auth.Permission
}{
	job.StageImport: {auth.SeeImports, only(auth.MakeImports, auth.CheckImports)},
	job.ApplyImport: {auth.SeeImports, only(auth.CheckImports)},
	job.UndoImport:  {auth.SeeImports, only(auth.CheckImports)},
	job.RunMonth:    {auth.SeeRuns, only(auth.MakeRuns)},
	job.MakeBatch:   {auth.SeeBatches, only(auth.MakeBatches)},
	job.Simulate:    {auth.SeePolicies, only(auth.MakePolicies)},
	job.Verify:      {auth.SeeAudit, only(auth.SeeAudit)},
}

// jobKinds are the kinds of jobs that the post sees, or moves.
func (v *view) jobKinds(move bool) (kinds []job.Kind) {
	for _, kind := range job.Kinds {
		access := jobAccess[kind]
		if !move && v.may(access.see) || move && slices.ContainsFunc(access.move, v.may) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// jobsSeen narrows a filter to the jobs that the post sees: of who sees its own imports, those about them.
func (v *view) jobsSeen(f job.Filter) job.Filter {
	f.Kinds, f.Sender = v.jobKinds(false), v.sender()
	return f
}

// jobRow is a job with the page of what it is for.
type jobRow struct {
	job.Job
	Path, Name string // "" while there is no such thing
}

// jobsPage is a list of jobs.
type jobsPage struct {
	Rows []jobRow
	Open bool // something is still to come
}

// jobPage is one job.
type jobPage struct {
	jobRow
	Key     string
	Problem error
}

const pageJobs = 50

// live tells whether a page asks for itself again, to show how far things are. The links of its answer are those of the whole page.
func (v *view) live() bool {
	q := v.r.URL.Query()
	asked := q.Has("live")
	q.Del("live")
	v.r.URL.RawQuery = q.Encode()
	return asked
}

// showLive answers a page that asks for itself again with what may have changed; when nothing more will, with the whole page.
func (v *view) showLive(open bool, part templ.Component) error {
	if !open {
		v.w.Header().Set("HX-Refresh", "true")
	}
	return v.write(http.StatusOK, part)
}

func (v *view) jobs() error {
	p, live := jobsPage{}, v.live()
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		p = jobsPage{}
		list, err := v.Record.Jobs.List(tx, v.jobsSeen(job.Filter{State: job.State(v.r.URL.Query().Get("state"))}), v.r.URL.Query().Get("before"), pageJobs)
		for _, j := range list {
			row, rowErr := v.jobRow(tx, j)
			if rowErr != nil {
				return rowErr
			}
			p.Rows, p.Open = append(p.Rows, row), p.Open || j.State.Open()
		}
		return err
	})
	if err != nil {
		return err
	}
	if live {
		return v.showLive(p.Open, jobTable(v, p))
	}
	return v.show(http.StatusOK, v.say("后台任务", "Background jobs"), jobsPageOf(v, p))
}

// jobRow finds the page of what a job is for.
func (v *view) jobRow(tx *store.Tx, j job.Job) (row jobRow, err error) {
	row.Job = j
	if j.Work.Kind == job.Simulate {
		row.Path, row.Name = v.simulationAddress(&j), v.about(j)
		return row, nil
	}
	if j.Subject == "" {
		return row, nil
	}
	switch j.Work.Kind {
	case job.StageImport, job.ApplyImport, job.UndoImport:
		var i roll.Import
		if i, err = v.Record.Rolls.Get(tx, j.Subject); err == nil {
			row.Path, row.Name = "/imports/"+i.ID, i.Name
		}
	case job.RunMonth:
		var r benefit.Run
		if r, err = benefit.Get(tx, j.Subject); err == nil {
			row.Path, row.Name = runAddress(r.Number, "", "", ""), r.Month.String()
		}
	case job.Verify:
		row.Path, row.Name = verifiedAddress(j.Subject), v.say("核对结果", "what was found")
	case job.MakeBatch:
		var b payment.Batch
		if b, err = payment.Get(tx, j.Subject); err == nil {
			row.Path, row.Name = batchAddress(b.Number, ""), b.Number
		}
	}
	return row, err
}

// simulationAddress is the page that shows what comes of a simulation; "" for somebody who may not open it, and when the library does not hold the draft any more.
func (v *view) simulationAddress(j *job.Job) string {
	p, err := v.packNamed(j.Work.Draft)
	if err != nil || !v.may(auth.MakePolicies) && !v.may(auth.CheckPolicies) {
		return ""
	}
	return v.packAddress(p, "/simulate?job="+query(j.ID))
}

// about is what a job was asked to do, in a few words.
func (v *view) about(j job.Job) string {
	switch w := j.Work; w.Kind {
	case job.RunMonth:
		return w.Month.String()
	case job.MakeBatch:
		return v.schemeName(w.Scheme) + " " + w.Month.String()
	case job.Simulate:
		return w.Draft + " " + w.Month.String() + " – " + w.To.String()
	}
	return ""
}

// jobsList heads the list of jobs.
func (v *view) jobsList(p jobsPage) listing {
	states := []string{""}
	for _, s := range job.States {
		states = append(states, string(s))
	}
	l := listing{Title: v.say("后台任务", "Background jobs"), Tabs: v.tabsBy("state", states, func(s string) string {
		if s == "" {
			return v.say("全部", "All")
		}
		return v.in(job.State(s).Label())
	})}
	l.Table = table{Name: l.Title, Shown: len(p.Rows), Empty: v.say("没有这样的后台任务。上传名册、核定一个月、生成批次时，费时间的部分在这里办。", "There are no such jobs. What takes time when a roll is uploaded, a month is run or a batch is made is done here."),
		Columns: []column{{Name: v.say("任务", "Job")}, {Name: v.say("进度", "Progress")}, {Name: v.say("状态", "State")}, {Name: v.say("谁、何时", "Who and when")}}}
	if len(p.Rows) == pageJobs {
		l.Table.Next = v.further("before", p.Rows[len(p.Rows)-1].ID)
	}
	return l
}

func jobAddress(id string) string { return "/jobs/" + url.PathEscape(id) }

func jobClass(s job.State) string {
	return map[job.State]string{job.Running: "info", job.Waiting: "", job.Done: "ok", job.Failed: "bad", job.Cancelled: "warn"}[s]
}

// jobState is where a job stands, in words.
func (v *view) jobState(j *job.Job) string {
	if j.Stopping() {
		return v.say("正在停下", "coming to its end")
	}
	return v.in(j.State.Label())
}

// jobProgress is how far a job is, counted in the unit of the work: nothing is said that was not counted.
func (v *view) jobProgress(j *job.Job) string {
	stage, unit := v.in(j.StageLabel()), v.in(j.Unit())
	if v.english() && unit != "" {
		unit = " " + unit
	}
	words := stage
	switch {
	case j.Stage == "" && j.State == job.Waiting:
		return v.say("还没有轮到", "not begun yet")
	case j.Total > 0:
		words = v.say("%s %s / %s %s", "%s: %s of %s%s", stage, thousands(j.Done), thousands(j.Total), unit)
	case j.Done > 0:
		words = v.say("%s，已 %s %s", "%s: %s%s so far", stage, thousands(j.Done), unit)
	}
	if left, known := j.Left(v.now); known {
		words += v.say("，约还需 ", ", some ") + v.duration(left) + v.say("", " left")
	}
	return words
}

// duration is a time in words, rounded up so that nobody is promised too much.
func (v *view) duration(d time.Duration) string {
	switch seconds := int64((d + time.Second - 1) / time.Second); {
	case seconds < 90:
		return v.say("%d 秒", "%d seconds", max(seconds, 1))
	case seconds < 90*60:
		return v.say("%d 分钟", "%d minutes", (seconds+59)/60)
	default:
		return v.say("%d 小时", "%d hours", (seconds+3599)/3600)
	}
}

// thousands is a number with its thousands set apart.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func (v *view) oneJob() error { return v.showJob(http.StatusOK, nil) }

func (v *view) showJob(status int, problem error) error {
	p := jobPage{Key: newKey(), Problem: problem}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		j, err := v.Record.Jobs.Find(tx, v.r.PathValue("job"), v.jobsSeen(job.Filter{}))
		if err != nil {
			return unknownJob(err)
		}
		p.jobRow, err = v.jobRow(tx, j)
		return err
	})
	if err != nil {
		return err
	}
	if v.live() {
		return v.showLive(p.State.Open(), jobBody(v, &p.Job))
	}
	return v.show(status, v.in(p.Work.Kind.Label()), jobPageOf(v, p))
}

func unknownJob(err error) error {
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	return refuse(fault.NotFound, "job-unknown", fault.Text{ZH: "没有这个后台任务", EN: "there is no such job"}, fault.Text{ZH: "从列表打开", EN: "open one from the list"})
}

// moves tells whether the post may cancel a job, or try it again.
func (v *view) moves(j *job.Job) bool { return slices.Contains(v.jobKinds(true), j.Work.Kind) }

func (v *view) cancelJob() error { return v.moveJob(v.Record.Jobs.Cancel) }

func (v *view) retryJob() error { return v.moveJob(v.Record.Jobs.Retry) }

func (v *view) moveJob(do func(tx *store.Tx, id string) (job.Job, error)) error {
	id := v.r.PathValue("job")
	err := v.once("web.job", func(tx *store.Tx) (any, error) {
		if _, err := v.Record.Jobs.Find(tx, id, job.Filter{Kinds: v.jobKinds(true), Sender: v.sender()}); err != nil {
			return nil, unknownJob(err)
		}
		_, err := do(tx, id)
		return nil, err
	})
	if fault.KindOf(err) == fault.Conflict {
		return v.showJob(statuses[fault.Conflict], err)
	}
	return v.orSee(err, jobAddress(id))
}

// lastJob is the newest job about something; nil for none.
func (v *view) lastJob(tx *store.Tx, subject string) (*job.Job, error) {
	list, err := v.Record.Jobs.List(tx, v.jobsSeen(job.Filter{Subject: subject}), "", 1)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}
