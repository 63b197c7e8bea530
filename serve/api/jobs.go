package api

import (
	"encoding/json"
	"net/http"

	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/job"
	"doudi/record/store"
	"doudi/serve/present"
)

type jobFailure struct {
	Code string        `json:"code"`
	Says present.Label `json:"says"`
	Hint present.Label `json:"hint"`
}

type jobView struct {
	ID        string        `json:"id"`
	Kind      string        `json:"kind" enum:"import-stage,import-apply,import-undo,run,batch,simulation"`
	Label     present.Label `json:"label"`
	State     string        `json:"state" enum:"waiting,running,done,failed,cancelled"`
	Says      present.Label `json:"says"`
	Subject   string        `json:"subject" doc:"名册、核定或批次的编号，还没有时为空 id of the import, run or batch it is for; empty while there is none"`
	Stage     present.Label `json:"stage" doc:"正在做什么，还没有开始时为空 what is under way; empty before it began"`
	Unit      present.Label `json:"unit" doc:"done 和 total 数的是什么 what done and total count"`
	Done      int64         `json:"done"`
	Total     int64         `json:"total" doc:"0 为还不知道 0 while it is not known"`
	Left      *int64        `json:"left" doc:"按已测得的速度还要多少秒，测不准时为 null seconds it still takes at the speed measured; null while that is not known"`
	Attempt   int64         `json:"attempt" doc:"第几次办理 how often somebody began to work on it"`
	By        string        `json:"by" doc:"谁要的 who asked for it"`
	Asked     string        `json:"asked" doc:"时刻 when"`
	Changed   string        `json:"changed" doc:"时刻 when"`
	Stopping  bool          `json:"stopping" doc:"true：有人取消，正在停下来 somebody cancelled it and it is coming to its end"`
	Cancelled string        `json:"cancelledBy" doc:"谁取消的 who cancelled it"`
	Answered  bool          `json:"answered" doc:"true：结果在 /jobs/{id}/answer there is an answer"`
	Failure   *jobFailure   `json:"failure" doc:"没有失败为 null null unless it failed"`
	Kept      present.Label `json:"kept" doc:"没有办完时，哪些已经留下，重试会怎样 what stands when it does not come to its end, and what trying again does"`
}

func (c *call) viewJob(j *job.Job) jobView {
	view := jobView{ID: j.ID, Kind: string(j.Work.Kind), Label: labelOf(j.Work.Kind.Label()), State: string(j.State), Says: labelOf(j.State.Label()), Subject: j.Subject, Stage: labelOf(j.StageLabel()),
		Unit: labelOf(j.Unit()), Done: j.Done, Total: j.Total, Attempt: j.Attempt, By: j.Asker.Name, Asked: store.FormatInstant(j.Asked), Changed: store.FormatInstant(j.Changed),
		Stopping: j.Stopping(), Cancelled: j.Canceller, Answered: j.Answers, Kept: labelOf(j.Work.Kind.Kept())}
	if left, known := j.Left(c.now); known {
		seconds := int64(left.Seconds())
		view.Left = &seconds
	}
	if j.Failure != nil {
		view.Failure = &jobFailure{j.Failure.Code, labelOf(j.Failure.Message), labelOf(j.Failure.Hint)}
	}
	return view
}

type jobsView struct {
	Jobs []jobView `json:"jobs" nullable:"false"`
	Next string    `json:"next,omitempty" doc:"下一页的 cursor the cursor of the next page"`
}

type jobListParams struct {
	State   string `query:"state" doc:"waiting running done failed cancelled 之一 one of them"`
	Subject string `query:"subject" doc:"名册、核定或批次的编号 id of the import, run or batch it is for"`
	Cursor  string `query:"cursor"`
	Limit   string `query:"limit" doc:"1 到 100，不写为 50 1 to 100, by default 50"`
}

type oneJob struct {
	ID string `path:"id" doc:"后台任务的编号 id of the job"`
}

type importJobBody struct {
	Step  string `json:"step" enum:"stage,apply,undo" doc:"读取并比对、写入、撤回 read and compare, apply, take back"`
	Leave bool   `json:"leave,omitempty" doc:"撤回时 true：之后又有登记依据的行保留 of taking back: rows on which later news stands stay"`
}

type simulationBody struct {
	Draft   string `json:"draft" minLength:"1" maxLength:"100" doc:"草案，政策包的编号 id of the draft's pack"`
	Against string `json:"against,omitempty" maxLength:"100" doc:"与哪个政策包对比，不写为现行采用的 the pack to compare with, by default what is adopted"`
	From    string `json:"from" minLength:"7" maxLength:"7" doc:"第一个月 the first month"`
	To      string `json:"to" minLength:"7" maxLength:"7" doc:"最后一个月 the last month"`
	Sample  int    `json:"sample,omitempty" minimum:"0" maximum:"20" doc:"每类变动抽样几人 people shown of each effect"`
}

type jobAnswer struct {
	Answer json.RawMessage `json:"answer" doc:"doudi.simulation/1，见 docs/schema/simulation.json"`
}

// jobScopes are the scopes that see and that move jobs of a kind: those of the work they are for.
var jobScopes = map[job.Kind]struct{ see, move auth.Scope }{
	job.StageImport: {auth.RegisterWrite, auth.RegisterWrite},
	job.ApplyImport: {auth.RegisterWrite, auth.RegisterWrite},
	job.UndoImport:  {auth.RegisterWrite, auth.RegisterWrite},
	job.RunMonth:    {auth.BenefitsRead, auth.BenefitsWrite},
	job.MakeBatch:   {auth.PaymentsRead, auth.PaymentsWrite},
	job.Simulate:    {auth.BenefitsRead, auth.BenefitsWrite},
}

// jobOperations registers what is asked of work in the background.
func (s *server) jobOperations() {
	reads(s, operation{method: http.MethodGet, path: "/jobs", id: "list-jobs", summary: "后台任务一览 · list jobs", description: "新的在前；只列这把密钥能看的事项。\n\nThe newest first, of the kinds of work that the key may see."}, listJobs)
	reads(s, operation{method: http.MethodGet, path: "/jobs/{id}", id: "read-job", summary: "一个后台任务 · a job", description: "走到哪一步，按事项自己的单位计。\n\nHow far it is, counted in the unit of the work."}, readJob)
	reads(s, operation{method: http.MethodGet, path: "/jobs/{id}/answer", id: "read-job-answer", summary: "后台任务的结果 · the answer of a job", description: "测算的结果，姓名和受保护的情况隐去。\n\nThat of a simulation, with names and protected facts withheld."}, readAnswer)
	writes(s, operation{method: http.MethodPost, path: "/jobs/{id}/cancel", id: "cancel-job", summary: "取消后台任务 · cancel a job", description: "已办的保留。\n\nWhat was done stands."}, cancelJob)
	writes(s, operation{method: http.MethodPost, path: "/jobs/{id}/retry", id: "retry-job", summary: "重试后台任务 · try a job again", description: "未办成或取消的，从停下的地方接着办。\n\nOne that failed or was cancelled goes on where it stopped."}, retryJob)

	const background = "在后台办，返回后台任务；已在办的同一件事返回同一个任务。\n\nIs done in the background and answers the job; asking again while it is under way answers the same one."
	writes(s, operation{method: http.MethodPost, path: "/imports/{id}/jobs", id: "start-import-job", scope: auth.RegisterWrite, summary: "在后台办理名册 · work on an import in the background", example: map[string]any{"step": "stage"},
		description: background}, startImportJob)
	writes(s, operation{method: http.MethodPost, path: "/runs/jobs", id: "start-run-job", scope: auth.BenefitsWrite, summary: "在后台核定一个月 · run a month in the background", example: map[string]any{"month": "2021-11"},
		description: background}, startRunJob)
	writes(s, operation{method: http.MethodPost, path: "/batches/jobs", id: "start-batch-job", scope: auth.PaymentsWrite, summary: "在后台生成批次 · make a batch in the background",
		example: map[string]any{"scheme": "pingyin-medical-help/severe-disability", "month": "2021-12"}, description: background}, startBatchJob)
	writes(s, operation{method: http.MethodPost, path: "/simulations", id: "simulate", scope: auth.BenefitsWrite, summary: "测算草案 · simulate a draft", example: map[string]any{"draft": "pingyin-2021", "from": "2021-11", "to": "2021-12"},
		description: background}, startSimulation)
}

// jobKinds are the kinds of jobs that the key sees, or moves.
func (c *call) jobKinds(move bool) (kinds []job.Kind) {
	for _, kind := range job.Kinds {
		scope := jobScopes[kind].see
		if move {
			scope = jobScopes[kind].move
		}
		if c.key.May(scope) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

func listJobs(c *call, p *jobListParams, _ *none) (jobsView, error) {
	view := jobsView{Jobs: []jobView{}}
	page, err := readPage[string](p.Limit, p.Cursor)
	if err != nil {
		return view, err
	}
	if state := job.State(p.State).Label(); p.State != "" && state == (fault.Text{}) {
		return view, parameter("state", p.State)
	}
	var found []job.Job
	err = c.read(func(tx *store.Tx) (err error) {
		found, err = c.Record.Jobs.List(tx, job.Filter{Kinds: c.jobKinds(false), State: job.State(p.State), Subject: p.Subject}, page.after, page.more())
		return err
	})
	found, view.Next = cut(page, found, func(j job.Job) string { return j.ID })
	for i := range found {
		view.Jobs = append(view.Jobs, c.viewJob(&found[i]))
	}
	return view, err
}

// job is one job that the key may see, or move. Another one does not exist.
func (c *call) job(tx *store.Tx, id string, move bool) (job.Job, error) {
	return c.Record.Jobs.Find(tx, id, job.Filter{Kinds: c.jobKinds(move)})
}

func readJob(c *call, p *oneJob, _ *none) (view jobView, err error) {
	err = c.read(func(tx *store.Tx) error {
		j, err := c.job(tx, p.ID, false)
		view = c.viewJob(&j)
		return err
	})
	return view, err
}

func readAnswer(c *call, p *oneJob, _ *none) (view jobAnswer, err error) {
	err = c.read(func(tx *store.Tx) error {
		if _, err := c.job(tx, p.ID, false); err != nil {
			return err
		}
		view.Answer, err = c.Record.Jobs.Answer(tx, p.ID)
		return err
	})
	return view, err
}

func cancelJob(c *call, tx *store.Tx, p *oneJob, _ *none) (jobView, error) {
	if _, err := c.job(tx, p.ID, true); err != nil {
		return jobView{}, err
	}
	j, err := c.Record.Jobs.Cancel(tx, p.ID)
	return c.viewJob(&j), err
}

func retryJob(c *call, tx *store.Tx, p *oneJob, _ *none) (jobView, error) {
	if _, err := c.job(tx, p.ID, true); err != nil {
		return jobView{}, err
	}
	j, err := c.Record.Jobs.Retry(tx, p.ID)
	return c.viewJob(&j), err
}

// startJob asks for work.
func (c *call) startJob(tx *store.Tx, w job.Work) (jobView, error) {
	j, err := c.Record.Jobs.Start(tx, w)
	return c.viewJob(&j), err
}

var importSteps = map[string]job.Kind{"stage": job.StageImport, "apply": job.ApplyImport, "undo": job.UndoImport}

func startImportJob(c *call, tx *store.Tx, p *oneImport, b *importJobBody) (jobView, error) {
	return c.startJob(tx, job.Work{Kind: importSteps[b.Step], Import: p.ID, Leave: b.Leave})
}

func startRunJob(c *call, tx *store.Tx, _ *none, b *runBody) (jobView, error) {
	month, err := c.month("month", b.Month)
	if err != nil {
		return jobView{}, err
	}
	since, err := c.month("since", b.Since)
	if err != nil {
		return jobView{}, err
	}
	return c.startJob(tx, job.Work{Kind: job.RunMonth, Month: month, Since: since})
}

func startBatchJob(c *call, tx *store.Tx, _ *none, b *makeBatchBody) (jobView, error) {
	month, err := c.month("month", b.Month)
	if err != nil {
		return jobView{}, err
	}
	return c.startJob(tx, job.Work{Kind: job.MakeBatch, Scheme: b.Scheme, Month: month, Payer: b.Payer, Fund: b.Fund, Again: b.Again})
}

func startSimulation(c *call, tx *store.Tx, _ *none, b *simulationBody) (jobView, error) {
	w := job.Work{Kind: job.Simulate, Draft: b.Draft, Against: b.Against, Sample: b.Sample}
	for _, m := range []struct {
		field, written string
		into           *period.Month
	}{{"from", b.From, &w.Month}, {"to", b.To, &w.To}} {
		var err error
		if *m.into, err = c.month(m.field, m.written); err != nil {
			return jobView{}, err
		}
	}
	return c.startJob(tx, w)
}
