package api

import (
	"context"
	"net/http"
	"runtime"

	"doudi/decide/text"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/benefit"
	"doudi/record/snapshot"
	"doudi/record/store"
	"doudi/serve/present"
)

// reading is the state of a run whose register is still being read, so that there is no run yet.
const reading = "reading"

type runActor struct {
	ID   string `json:"id" doc:"机构或人员的编号 id of the institution or the person"`
	Name string `json:"name"`
}

type runView struct {
	ID      string        `json:"id" doc:"还在读登记（reading）时为空 empty while the register is being read"`
	Number  int64         `json:"number"`
	Month   string        `json:"month"`
	From    string        `json:"from" doc:"由这次核定发放的第一个月 the first month that it calls to be paid"`
	State   string        `json:"state" enum:"reading,computing,review,approved,void"`
	Label   present.Label `json:"label"`
	Maker   runActor      `json:"maker" doc:"谁开始的，不能自己批准 who began it and may not approve it"`
	Started string        `json:"started" doc:"时刻 when"`
	Checker *runActor     `json:"checker" doc:"谁批准或作废的 who approved it or made it void"`
	Closed  string        `json:"closed,omitempty"`
	Note    string        `json:"note,omitempty"`
}

func viewRun(r *benefit.Run) runView {
	view := runView{ID: r.ID, Number: r.Number, Month: r.Month.String(), From: r.CalledFrom.String(), State: string(r.State), Label: labelOf(r.State.Label()), Maker: runActor{r.Maker.ID, r.Maker.Name},
		Started: store.FormatInstant(r.Started), Note: r.Note}
	if !r.Closed.IsZero() {
		view.Closed, view.Checker = store.FormatInstant(r.Closed), &runActor{r.Checker.ID, r.Checker.Name}
	}
	return view
}

type runsView struct {
	Runs []runView `json:"runs" nullable:"false"`
	Next string    `json:"next,omitempty" doc:"下一页的 cursor the cursor of the next page"`
}

type runProgress struct {
	Parts    int64 `json:"parts" doc:"分成几份 into how many parts it is cut"`
	Done     int64 `json:"done" doc:"已算几份 how many are done"`
	Subjects int64 `json:"subjects" doc:"看过的人和家庭 people and households looked at"`
	Unknown  int64 `json:"unknown" doc:"待补材料的判定 verdicts that wait for documents"`
}

type runBalance struct {
	Carried     money.Fen `json:"carried" doc:"此前本月应发 what stood for the month before"`
	Differences money.Fen `json:"differences" doc:"本月变动 of the month"`
	Determined  money.Fen `json:"determined" doc:"现行合计 what stands with the run"`
	Difference  money.Fen `json:"difference" doc:"勾稽差额，应为 0.00 what does not reconcile: nothing"`
}

type runTally struct {
	Kind     string        `json:"kind" enum:"new,stopped,changed,arrears,recovery,held,unknown,review,not-selected"`
	Label    present.Label `json:"label"`
	Scheme   string        `json:"scheme" doc:"系列/待遇 series/benefit"`
	Name     present.Label `json:"name"`
	Subjects int64         `json:"subjects" doc:"人或家庭 people or households"`
	Months   int64         `json:"months"`
	Amount   money.Fen     `json:"amount"`
}

type runDetail struct {
	Run      runView     `json:"run"`
	Progress runProgress `json:"progress"`
	Balance  *runBalance `json:"balance" doc:"算完之前为 null null until it is computed"`
	Tallies  []runTally  `json:"tallies" nullable:"false" doc:"按类别和待遇，算完之前为空 by kind and scheme; empty until it is computed"`
}

type runDifferenceView struct {
	Subject  string        `json:"subject" doc:"人员或家庭编号 id of the person or household"`
	Scheme   string        `json:"scheme" doc:"系列/待遇 series/benefit"`
	Month    string        `json:"month"`
	Kind     string        `json:"kind" enum:"new,stopped,changed,arrears,recovery,held,unknown,review,not-selected"`
	Before   money.Fen     `json:"before"`
	After    money.Fen     `json:"after"`
	Reason   string        `json:"reason" doc:"原因的种类 kind of reason"`
	Says     present.Label `json:"says"`
	Division string        `json:"division,omitempty"`
}

type runDifferencesView struct {
	Differences []runDifferenceView `json:"differences" nullable:"false"`
	Next        string              `json:"next,omitempty" doc:"下一页的 cursor the cursor of the next page"`
}

type runPlace struct {
	Eligible bool  `json:"eligible"`
	Selected bool  `json:"selected"`
	Position int   `json:"position" doc:"在符合条件的人中的名次，0 为不详 among the eligible; 0 when not known"`
	Of       int64 `json:"of"`
	Places   int64 `json:"places"`
}

type runExplanation struct {
	Run     string               `json:"run"`
	Subject string               `json:"subject" doc:"人员或家庭编号 id of the person or household"`
	Scheme  string               `json:"scheme"`
	Name    present.Label        `json:"name"`
	Month   string               `json:"month"`
	Before  money.Fen            `json:"before"`
	After   money.Fen            `json:"after"`
	Reason  string               `json:"reason" doc:"原因的种类 kind of reason"`
	Says    present.Label        `json:"says"`
	Outcome *present.OutcomeView `json:"outcome" doc:"逐条的判定；没有问到规则（去世、迁出）时为 null each condition; null where the rule was not asked"`
	Back    *present.BackView    `json:"back" doc:"政策过渡补发 back pay of a new policy"`
	Place   *runPlace            `json:"place" doc:"名额待遇的名次 the place where there is a quota"`
	Acts    []actView            `json:"acts" nullable:"false" doc:"有关的人工决定 what persons decided"`
}

type runListParams struct {
	Cursor string `query:"cursor"`
	Limit  string `query:"limit" doc:"1 到 100，不写为 50 1 to 100, by default 50"`
}

type oneRun struct {
	ID string `path:"id" doc:"核定的编号 id of the run"`
}

type runDifferencesParams struct {
	ID       string `path:"id" doc:"核定的编号 id of the run"`
	Kind     string `query:"kind" doc:"new、stopped、changed、arrears、recovery、held、unknown、review 或 not-selected one of them"`
	Scheme   string `query:"scheme" doc:"系列/待遇 series/benefit"`
	Division string `query:"division" doc:"行政区划，含其下的 with what lies inside it"`
	Purpose  string `query:"purpose" doc:"查看目的，记入日志 what the look is for, kept in the log"`
	Cursor   string `query:"cursor"`
	Limit    string `query:"limit" doc:"1 到 100，不写为 50 1 to 100, by default 50"`
}

type runExplanationParams struct {
	ID      string `path:"id" doc:"核定的编号 id of the run"`
	Subject string `query:"subject" doc:"人员或家庭编号 id of the person or household"`
	Scheme  string `query:"scheme" doc:"系列/待遇 series/benefit"`
	Month   string `query:"month" doc:"月 month"`
	Purpose string `query:"purpose" doc:"查看目的，记入日志 what the look is for, kept in the log"`
}

type runBody struct {
	Month string `json:"month" minLength:"6" maxLength:"8" doc:"核定哪个月 the month, 2021-07"`
	Since string `json:"since,omitempty" maxLength:"8" doc:"只在首次：从哪个月起由本系统核定 of the first run only: the first month that is run here"`
}

type approveRunBody struct {
	Note string `json:"note,omitempty" maxLength:"200" doc:"意见 opinion"`
}

type voidRunBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"200"`
}

// runOperations registers what is asked of monthly runs.
func (s *server) runOperations() {
	reads(s, operation{method: http.MethodPost, path: "/runs", id: "run-month", scope: auth.BenefitsWrite, summary: "核定一个月 · run a month", example: map[string]any{"month": "2021-11"},
		description: "全县每人每户该发多少，只记与以前核定不同的。每次办几秒钟，没有算完就再发一次，直到状态成为 review；算过的不会再算。待审核时再发，只重算登记有变的人。\n\n" +
			"What everybody is due, of which only what differs from the runs before is kept. Works for some seconds; send it again until the state is review. Nothing is done twice. " +
			"Sent for a run in review, it decides again those of whom something was said since."}, runMonth)
	reads(s, operation{method: http.MethodGet, path: "/runs", id: "list-runs", scope: auth.BenefitsRead, summary: "核定列表 · list runs", description: "新的在前。\n\nThe newest first."}, listRuns)
	reads(s, operation{method: http.MethodGet, path: "/runs/{id}", id: "read-run", scope: auth.BenefitsRead, summary: "一次核定 · a run",
		description: "走到哪一步，勾稽是否相符，各类变动多少。\n\nHow far it is, whether it reconciles, and its differences by kind and scheme."}, readRun)
	reads(s, operation{method: http.MethodGet, path: "/runs/{id}/differences", id: "run-differences", scope: auth.BenefitsRead, summary: "核定的变动 · differences of a run",
		description: "没有列出的照旧。每次都记入日志。\n\nWho is not listed continues. Each look is kept in the log."}, runDifferences)
	reads(s, operation{method: http.MethodGet, path: "/runs/{id}/explanation", id: "explain-difference", scope: auth.BenefitsRead, summary: "一项变动的说明 · why a run says so",
		description: "由当时封存的情况重新算出。密钥要能看全部敏感情况，否则有关的值隐去。每次都记入日志。\n\nComputed again from the facts that were frozen with the run. Values are withheld unless the key may see all that is protected. Each look is kept in the log."}, explainDifference)
	writes(s, operation{method: http.MethodPost, path: "/runs/{id}/approval", id: "approve-run", scope: auth.BenefitsWrite, summary: "批准核定 · approve a run", example: map[string]any{"note": "同意"},
		description: "批准后才算数。开始核定的机构不能批准自己的。\n\nOnly then does it count. Who began a run may not approve it."}, approveRun)
	writes(s, operation{method: http.MethodPost, path: "/runs/{id}/void", id: "void-run", scope: auth.BenefitsWrite, summary: "作废核定 · make a run void", example: map[string]any{"reason": "登记有误"},
		description: "批准之前。\n\nBefore it is approved."}, voidRun)
}

// month reads a month of the body; left out, it is none.
func (c *call) month(field, written string) (period.Month, error) {
	if written == "" {
		return 0, nil
	}
	month, err := period.ParseMonth(written)
	return month, text.Placed(err, c.node.Get(field))
}

func runMonth(c *call, _ *none, b *runBody) (runDetail, error) {
	ask := benefit.Ask{As: snapshot.As{County: c.county, Actor: c.actor(), Instant: c.now}}
	var err error
	if ask.Month, err = c.month("month", b.Month); err != nil {
		return runDetail{}, err
	}
	if ask.Since, err = c.month("since", b.Since); err != nil {
		return runDetail{}, err
	}
	var run benefit.Run
	err = c.awhile(func(ctx context.Context) (err error) {
		if run, err = c.Record.Benefits.Start(ctx, c.Record.Store, ask); err == nil {
			_, err = c.Record.Benefits.Compute(ctx, c.Record.Store, ask, run.ID, runtime.GOMAXPROCS(0))
		}
		return err
	})
	switch {
	case err != nil:
		return runDetail{}, err
	case run.ID == "":
		label := present.Label{ZH: "读登记", EN: "reading the register"}
		return runDetail{Run: runView{Month: ask.Month.String(), State: reading, Label: label, Maker: runActor{c.key.Party, c.key.Name}, Started: store.FormatInstant(c.now)}, Tallies: []runTally{}}, nil
	}
	return readRun(c, &oneRun{run.ID}, nil)
}

func listRuns(c *call, p *runListParams, _ *none) (runsView, error) {
	view := runsView{Runs: []runView{}}
	page, err := readPage[int64](p.Limit, p.Cursor)
	if err != nil {
		return view, err
	}
	var list []benefit.Run // some dozens in a year
	err = c.read(func(tx *store.Tx) (err error) { list, err = benefit.Runs(tx); return err })
	for len(list) > 0 && page.after > 0 && list[0].Number >= page.after {
		list = list[1:]
	}
	list, view.Next = cut(page, list, func(r benefit.Run) int64 { return r.Number })
	for i := range list {
		view.Runs = append(view.Runs, viewRun(&list[i]))
	}
	return view, err
}

func readRun(c *call, p *oneRun, _ *none) (view runDetail, err error) {
	err = c.read(func(tx *store.Tx) error {
		r, err := benefit.Get(tx, p.ID)
		if err != nil {
			return err
		}
		progress, err := benefit.ProgressOf(tx, &r)
		if err != nil {
			return err
		}
		view = runDetail{Run: viewRun(&r), Progress: runProgress{progress.Chunks, progress.Done, progress.Subjects, progress.Unknown}, Tallies: []runTally{}}
		if r.State == benefit.Computing {
			return nil
		}
		return c.computed(tx, &r, &view)
	})
	return view, err
}

// computed tells what came of a run.
func (c *call) computed(tx *store.Tx, r *benefit.Run, view *runDetail) error {
	balance, err := benefit.BalanceOf(tx, r)
	if err != nil {
		return err
	}
	view.Balance = &runBalance{balance.Carried, balance.Differences, balance.Determined, balance.Difference()}
	tallies, err := benefit.Tallies(tx, r.ID)
	for _, t := range tallies {
		view.Tallies = append(view.Tallies, runTally{string(t.Kind), labelOf(t.Kind.Label()), t.Scheme, c.schemeName(t.Scheme), t.People, t.Months, t.Amount})
	}
	return err
}

func (c *call) schemeName(scheme string) present.Label {
	return labelOf(c.Record.Benefits.NameOf(scheme))
}

// chosen reads which differences are asked for.
func (p *runDifferencesParams) chosen() (f benefit.Filter, err error) {
	f = benefit.Filter{Kind: benefit.Kind(p.Kind), Scheme: p.Scheme}
	if p.Kind != "" && f.Kind.Label().ZH == "" {
		return f, parameter("kind", p.Kind)
	}
	if p.Division != "" {
		if f.Division, err = ident.ParseDivision(p.Division); err != nil {
			return f, parameter("division", p.Division)
		}
	}
	return f, nil
}

func runDifferences(c *call, p *runDifferencesParams, _ *none) (runDifferencesView, error) {
	view := runDifferencesView{Differences: []runDifferenceView{}}
	page, err := readPage[string](p.Limit, p.Cursor)
	if err != nil {
		return view, err
	}
	filter, err := p.chosen()
	if err != nil {
		return view, err
	}
	err = c.look("api.run-differences", func(tx *store.Tx) error {
		r, err := benefit.Get(tx, p.ID)
		if err != nil {
			return err
		}
		list, next, err := benefit.Differences(tx, r.ID, filter, page.after, page.limit)
		if err != nil {
			return err
		}
		view = runDifferencesView{Differences: []runDifferenceView{}}
		if next != "" {
			view.Next = cursor(next)
		}
		var people []string
		for _, d := range list {
			view.Differences = append(view.Differences, runDifferenceView{d.Subject, d.Scheme, d.Month.String(), string(d.Kind), d.Before, d.After, string(d.Reason), labelOf(d.Reason.Label()), string(d.Division)})
			people = append(people, d.Subject)
		}
		return c.seen(tx, "benefit.differences", r.ID, p.Purpose, people...)
	})
	return view, err
}

func explainDifference(c *call, p *runExplanationParams, _ *none) (view runExplanation, err error) {
	month, err := period.ParseMonth(p.Month)
	if err != nil {
		return view, parameter("month", p.Month)
	}
	err = c.look("api.explain-difference", func(tx *store.Tx) error {
		x, err := c.Record.Benefits.Explain(tx, p.ID, p.Subject, p.Scheme, month)
		if err != nil {
			return err
		}
		view = c.viewExplanation(x)
		return c.seen(tx, "benefit.explanation", p.ID, p.Purpose, p.Subject)
	})
	return view, err
}

func (c *call) viewExplanation(x *benefit.Explanation) runExplanation {
	view := runExplanation{Run: x.Run.ID, Subject: x.Subject, Scheme: x.Scheme, Name: c.schemeName(x.Scheme), Month: x.Month.String(), Before: x.Before, After: x.After,
		Reason: string(x.Reason), Says: labelOf(x.Reason.Label()), Acts: c.viewActs(x.Acts)}
	if x.Outcome != nil {
		outcome := present.ViewOutcome(present.Due{Outcome: x.Outcome}, c.options())
		view.Outcome = &outcome
	}
	if x.Transition != nil {
		back := present.ViewBack(x.Transition)
		view.Back = &back
	}
	if x.Place != nil {
		view.Place = &runPlace{x.Place.Eligible, x.Place.Selected, x.Place.Position, x.Place.Of, x.Place.Places}
	}
	return view
}

func approveRun(c *call, tx *store.Tx, p *oneRun, b *approveRunBody) (runView, error) {
	r, err := c.Record.Benefits.Approve(tx, p.ID, b.Note)
	if err != nil {
		return runView{}, err
	}
	return viewRun(&r), nil
}

func voidRun(c *call, tx *store.Tx, p *oneRun, b *voidRunBody) (runView, error) {
	r, err := c.Record.Benefits.Void(tx, p.ID, b.Reason)
	if err != nil {
		return runView{}, err
	}
	return viewRun(&r), nil
}
