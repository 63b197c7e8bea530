package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/benefit"
	"doudi/record/job"
	"doudi/record/store"
	"doudi/serve/present"
)

// runRoutes are the monthly runs: differences first, and two people.
var runRoutes = []route{
	{pattern: "GET /runs", may: only(auth.SeeRuns), do: (*view).runs},
	{pattern: "GET /runs/new", may: only(auth.MakeRuns), do: (*view).newRun},
	{pattern: "POST /runs/new", may: only(auth.MakeRuns), do: (*view).startRun},
	{pattern: "GET /runs/{run}", may: only(auth.SeeRuns), do: (*view).run},
	{pattern: "GET /runs/{run}/why", may: only(auth.SeeRuns), do: (*view).runWhy},
	{pattern: "POST /runs/{run}/approve", may: only(auth.CheckRuns), do: (*view).approveRun},
	{pattern: "POST /runs/{run}/void", may: only(auth.MakeRuns, auth.CheckRuns), do: (*view).voidRun},
}

// runRow is a difference of a run with whom it is about.
type runRow struct {
	benefit.Difference
	Name, Scheme string
}

// runPage is one run.
type runPage struct {
	Run      benefit.Run
	Progress benefit.Progress
	Balance  benefit.Balance
	Tallies  []benefit.Tally
	Kind     benefit.Kind // chosen
	Scheme   string       // chosen
	Rows     []runRow
	Next     string
	Own      bool     // who looks is the maker
	Job      *job.Job // the last one about it
	Key      string
	Reason   string
	Problem  error
}

// pageDifferences is how many differences a page shows: each name is opened under its own key.
const pageDifferences = 50

func (v *view) runs() error {
	var list []benefit.Run
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) { list, err = benefit.Runs(tx); return err })
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("月度核定", "Monthly runs"), runsPage(v, list))
}

// runAt is the run of the address, by its number.
func (v *view) runAt(tx *store.Tx) (benefit.Run, error) {
	number, err := strconv.ParseInt(v.r.PathValue("run"), 10, 64)
	if err != nil {
		return benefit.Run{}, unknownRun()
	}
	all, err := benefit.Runs(tx)
	if err != nil {
		return benefit.Run{}, err
	}
	if i := slices.IndexFunc(all, func(r benefit.Run) bool { return r.Number == number }); i >= 0 {
		return all[i], nil
	}
	return benefit.Run{}, unknownRun()
}

func unknownRun() error {
	return refuse(fault.NotFound, "run-unknown", fault.Text{ZH: "没有这次核定", EN: "there is no such run"}, fault.Text{ZH: "从列表打开", EN: "open one from the list"})
}

func (v *view) run() error { return v.showRun(http.StatusOK, nil) }

func (v *view) showRun(status int, problem error) error {
	var p runPage
	err := v.look(func(tx *store.Tx) error {
		p = runPage{Kind: benefit.Kind(v.asked("kind")), Scheme: v.asked("scheme"), Key: newKey(), Reason: v.typed("reason"), Problem: problem}
		var err error
		if p.Run, err = v.runAt(tx); err != nil {
			return err
		}
		p.Own = p.Run.Maker.ID == v.Operator.ID
		if p.Job, err = v.lastJob(tx, p.Run.ID); err != nil {
			return err
		}
		return v.fillRun(tx, &p)
	})
	if err != nil {
		return err
	}
	return v.show(status, p.Run.Month.String()+" "+v.say("核定", "run"), runOf(v, p))
}

func (v *view) fillRun(tx *store.Tx, p *runPage) (err error) {
	if p.Progress, err = benefit.ProgressOf(tx, &p.Run); err != nil || p.Run.State == benefit.Computing {
		return err
	}
	if p.Balance, err = benefit.BalanceOf(tx, &p.Run); err != nil {
		return err
	}
	if p.Tallies, err = benefit.Tallies(tx, p.Run.ID); err != nil {
		return err
	}
	slices.SortStableFunc(p.Tallies, func(a, b benefit.Tally) int {
		return cmp.Compare(slices.Index(benefit.Kinds, a.Kind), slices.Index(benefit.Kinds, b.Kind))
	})
	list, next, err := benefit.Differences(tx, p.Run.ID, benefit.Filter{Kind: p.Kind, Scheme: p.Scheme}, v.asked("after"), pageDifferences)
	if err != nil {
		return err
	}
	p.Next = next
	if err := v.aheadOf(tx, list); err != nil {
		return err
	}
	var people []string
	for _, d := range list {
		name, who, err := v.subjectName(tx, d.Subject)
		if err != nil {
			return err
		}
		p.Rows, people = append(p.Rows, runRow{d, name, v.schemeName(d.Scheme)}), append(people, who...)
	}
	return v.looked(tx, "web.run", p.Run.ID, people...)
}

// aheadOf reads together whom differences name: the persons, and of households the head.
func (v *view) aheadOf(tx *store.Tx, list []benefit.Difference) error {
	var parties []string
	for _, d := range list {
		parties = append(parties, d.Subject)
	}
	receivers, err := v.Record.Register.Receivers(tx, parties, v.today())
	if err != nil {
		return err
	}
	for _, person := range receivers {
		parties = append(parties, person)
	}
	return v.ahead(tx, parties)
}

// subjectName is what a person or household is called in a list, and whom that names.
func (v *view) subjectName(tx *store.Tx, subject string) (name string, people []string, err error) {
	s, err := v.register().Subject(tx, subject, v.today(), rule.Forever)
	if err == nil {
		return s.Name, []string{subject}, nil
	}
	h, none := v.register().Household(tx, subject, v.today(), rule.Forever)
	if none == nil && len(h.Members) > 0 {
		if s, err = v.register().Subject(tx, h.Members[0].Person, v.today(), rule.Forever); err == nil {
			return s.Name + v.say(" 户", "'s household"), []string{h.Members[0].Person}, nil
		}
	}
	switch fault.KindOf(err) {
	case fault.Internal, fault.Unavailable:
		return "", nil, err
	}
	return v.say("已不在本县", "no longer here"), nil, nil
}

// schemeName is what a pack calls a scheme.
func (v *view) schemeName(scheme string) string { return v.in(v.Record.Payments.SchemeName(scheme)) }

// kindClass is how a kind of difference is coloured, besides being named.
func kindClass(k benefit.Kind) string {
	return map[benefit.Kind]string{benefit.Added: "ok", benefit.Arrears: "ok", benefit.Stopped: "bad", benefit.Recovery: "bad", benefit.Changed: "warn", benefit.Held: "warn", benefit.Unknown: "warn", benefit.Recheck: "warn"}[k]
}

func runClass(s benefit.State) string {
	return map[benefit.State]string{benefit.Review: "warn", benefit.Approval: "ok"}[s]
}

// runAddress is a run's page with a filter.
func runAddress(number int64, kind benefit.Kind, scheme, after string) string {
	q := url.Values{}
	for name, value := range map[string]string{"kind": string(kind), "scheme": scheme, "after": after} {
		if value != "" {
			q.Set(name, value)
		}
	}
	path := "/runs/" + strconv.FormatInt(number, 10)
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}

// runsList is the list of runs, the latest first.
func (v *view) runsList(list []benefit.Run) listing {
	title := v.say("月度核定", "Monthly runs")
	l := listing{Title: title, Table: table{Name: title, Shown: len(list), Empty: v.say("还没有核定过。选一个月核定全县，算完在这里复核。", "There has been no run yet. Choose a month and everybody is decided; it is checked here."),
		Columns: []column{{Name: v.say("月份", "Month")}, {Name: v.say("状态", "State")}, {Name: v.say("制单", "Maker")}, {Name: v.say("复核", "Checker")}}}}
	if v.may(auth.MakeRuns) {
		l.Act = link{v.say("核定一个月", "Run a month"), "/runs/new"}
	}
	return l
}

// chosen is how many differences of a kind and scheme there are, "" for all, and what they come to, after less before.
func (p runPage) chosen(kind benefit.Kind, scheme string) (months int64, amount money.Fen) {
	for _, t := range p.Tallies {
		if (kind == "" || t.Kind == kind) && (scheme == "" || t.Scheme == scheme) {
			months, amount = months+t.Months, amount+t.Amount
		}
	}
	return months, amount
}

// runTallies heads the table of differences by kind.
func (v *view) runTallies(p runPage) table {
	_, amount := p.chosen("", "")
	return table{Name: v.say("差异汇总", "Differences by kind"), Shown: len(p.Tallies), Sum: []string{v.say("合计", "Total"), "", "", amount.Grouped()}, Empty: v.say("与上月没有差异。", "Nothing differs from the month before."),
		Columns: []column{{Name: v.say("差异", "Kind")}, {Name: v.say("待遇", "Benefit")}, {Name: v.say("人（户）", "People"), Figures: true}, {Name: v.say("金额变动（元）", "Amount (yuan)"), Figures: true}}}
}

// runDifferences heads the table of differences one by one.
func (v *view) runDifferences(p runPage) table {
	months, amount := p.chosen(p.Kind, p.Scheme)
	t := table{Name: v.say("差异", "Differences"), Shown: len(p.Rows), Sum: []string{v.say("合计 %d 条（所选全部）", "Total: %d, all that were chosen", months), "", "", "", v.say("现 − 原", "after − before"), amount.Grouped(), ""}, Empty: v.say("没有这样的差异。", "There are no such differences."),
		Columns: []column{{Name: v.say("对象", "Whom")}, {Name: v.say("差异", "Kind")}, {Name: v.say("待遇", "Benefit")}, {Name: v.say("月份", "Month")},
			{Name: v.say("原（元）", "Before"), Figures: true}, {Name: v.say("现（元）", "After"), Figures: true}, {Name: v.say("理由", "Reason")}}}
	if p.Next != "" {
		t.Next = runAddress(p.Run.Number, p.Kind, p.Scheme, p.Next)
	}
	return t
}

// runDecision is what the post may do with a run as it stands.
func (v *view) runDecision(p runPage) decision {
	here := runAddress(p.Run.Number, "", "", "")
	d := decision{Title: v.say("复核", "Check"), State: v.in(p.Run.State.Label()), Class: runClass(p.Run.State), Key: p.Key,
		Hands: []hand{{v.say("制单", "Made by"), p.Run.Maker.Name, p.Run.Started}, {v.say("复核", "Checked by"), p.Run.Checker.Name, p.Run.Closed}}}
	if p.Run.State != benefit.Review || !v.may(auth.CheckRuns) && !v.may(auth.MakeRuns) {
		return d
	}
	d.Fields = []field{{Name: "reason", Label: v.say("意见（作废必填）", "Note (needed to make it void)"), Value: p.Reason}}
	d.Acts = []act{{v.say("作废", "Make it void"), here + "/void", true}}
	if p.Own {
		d.Why = v.say("这次核定是您制的单，复核人须是另一人。", "You made this run; another person checks it.")
	} else if v.may(auth.CheckRuns) {
		d.Acts = append(d.Acts, act{v.say("复核通过，%s 起算数", "Approve %s", p.Run.Month), here + "/approve", false})
	}
	return d
}

func whyAddress(number int64, d benefit.Difference) string {
	return "/runs/" + strconv.FormatInt(number, 10) + "/why?" + url.Values{"subject": {d.Subject}, "scheme": {d.Scheme}, "month": {d.Month.String()}}.Encode()
}

// runWhy explains a difference from the facts that were frozen with it.
func (v *view) runWhy() error {
	var x *benefit.Explanation
	var name string
	var verdicts []present.Verdict
	month, err := period.ParseMonth(v.asked("month"))
	if err != nil {
		return err
	}
	err = v.look(func(tx *store.Tx) error {
		run, err := v.runAt(tx)
		if err != nil {
			return err
		}
		subject := v.asked("subject")
		if x, err = v.Record.Benefits.Explain(tx, run.ID, subject, v.asked("scheme"), month); err != nil {
			return err
		}
		var people []string
		if name, people, err = v.subjectName(tx, subject); err != nil {
			return err
		}
		if err := v.readPlaces(tx); err != nil {
			return err
		}
		verdicts = v.explained(x)
		return v.looked(tx, "web.why", run.ID, people...)
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("为什么", "Why"), runWhyPage(v, x, name, verdicts))
}

// explained is the decision behind a difference, when a rule was asked.
func (v *view) explained(x *benefit.Explanation) []present.Verdict {
	if x.Outcome == nil {
		return nil
	}
	pack := x.Outcome.Basis.Pack
	if !v.reads(pack, x.Outcome.Benefit) {
		return nil
	}
	list := v.cited(pack, []present.Verdict{present.OneVerdict(present.Due{Outcome: x.Outcome}, v.told())})
	list[0].Open = true
	return list
}

// approveRun lets a run count. Its maker may not: the record refuses that.
func (v *view) approveRun() error {
	return v.answerRun(func(tx *store.Tx, run benefit.Run) error {
		_, err := v.Record.Benefits.Approve(tx, run.ID, v.asked("reason"))
		return err
	})
}

func (v *view) voidRun() error {
	return v.answerRun(func(tx *store.Tx, run benefit.Run) error {
		_, err := v.Record.Benefits.Void(tx, run.ID, v.asked("reason"))
		return err
	})
}

func (v *view) answerRun(do func(tx *store.Tx, run benefit.Run) error) error {
	err := v.once("web.run", func(tx *store.Tx) (any, error) {
		run, err := v.runAt(tx)
		if err != nil {
			return nil, err
		}
		return nil, do(tx, run)
	})
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.Forbidden:
		return v.showRun(statuses[fault.KindOf(err)], err)
	}
	return v.orSee(err, "/runs/"+url.PathEscape(v.r.PathValue("run")))
}
