package main

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record"
	"doudi/record/benefit"
	"doudi/record/snapshot"
	"doudi/record/store"
)

// running is what doudi run is asked for.
type running struct {
	place
	since, by, approve, list string
	show                     int
	ask                      benefit.Ask
}

func (a *app) runCommand() *cobra.Command {
	var r running
	command := &cobra.Command{
		Use:   "run COUNTY MONTH",
		Short: "逐月核定：全县每人每户该发多少、与上次有何不同 · decide a month for everybody on the register",
		Long: `按登记和采用的政策逐人逐户核定一个月，只记与以前核定不同的：新增、停发、变动、补发、追回、暂缓、待补材料、待复核；没有列出的照旧。
中途停下可以再运行，从停下的地方接着算；审核期间登记有变，再运行一次只重算变了的人。--approve 由另一个人批准，批准后才算数。
首次运行用 --since 写明从哪个月起由本系统核定，以前的月份会算成补发；不写就是本月。

Decides a month for every person and household by the register and the policies in force, and keeps only what differs from the runs before: new, stopped,
changed, arrears, recoveries, held, documents needed, reviews due. Who is not listed continues. A run that was stopped is gone on with by running it again;
when the register changed while it was in review, running it again decides only those anew. --approve approves it as another person; only then does it
count. The first run may name with --since the first month that is run here: the months from then on come as arrears; it is MONTH when left out.`,
		Example: `  doudi run 999901 2021-07 --db sqlite:doudi.db --secrets secrets --by u1,孙倩,经办
  doudi run 999901 2021-07 --approve u2,李审核,审核 --json`,
		Args: a.needs("COUNTY", "MONTH"),
		RunE: func(command *cobra.Command, args []string) error { return a.runMonth(command, args, &r) },
	}
	r.flag(command)
	flags := command.Flags()
	flags.StringVar(&r.since, "since", "", "首次运行：从哪个月起核定 first run only: the first month that is run here, 2021-01")
	flags.StringVar(&r.by, "by", "doudi,doudi,system", "经办人 who runs it: 'ID,name,post'")
	flags.StringVar(&r.approve, "approve", "", "由此人批准 approve it as: 'ID,name,post', another person than --by")
	flags.StringVar(&r.list, "list", "", "只列一类变动 list one kind only: new, stopped, changed, arrears, recovery, held, unknown, review, not-selected")
	flags.IntVar(&r.show, "show", 20, "最多列出几条 how many differences are listed at most")
	return command
}

// person reads 'ID,name,post'.
func (a *app) person(flag, written string) (store.Actor, error) {
	parts := strings.Split(written, ",")
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" {
		return store.Actor{}, usage{errors.New(a.say("--"+flag+" 写成 'ID,姓名,岗位'", "--"+flag+" is 'ID,name,post'"))}
	}
	return store.Actor{ID: parts[0], Name: parts[1], Post: parts[2]}, nil
}

func (a *app) runMonth(command *cobra.Command, args []string, r *running) error {
	county, err := ident.ParseDivision(args[0])
	if err != nil {
		return usage{err}
	}
	r.ask.As = snapshot.As{County: string(county), Instant: time.Now()}
	if r.ask.Month, err = parse(a, "MONTH", args[1], period.ParseMonth); err != nil {
		return err
	}
	if r.since != "" {
		if r.ask.Since, err = parse(a, "since", r.since, period.ParseMonth); err != nil {
			return err
		}
	}
	if r.ask.Actor, err = a.person("by", r.by); err != nil {
		return err
	}
	var checker store.Actor
	if r.approve != "" {
		if checker, err = a.person("approve", r.approve); err != nil {
			return err
		}
	}
	if kind := benefit.Kind(r.list); r.list != "" && kind.Label().ZH == "" {
		return usage{errors.New(a.say("--list 没有这一类", "--list: there is no such kind"))}
	}
	return a.useRecord(command, &r.place, func(ctx context.Context, rec *record.Record) error {
		done, err := a.compute(ctx, rec, r)
		if err == nil && r.approve != "" {
			err = approve(ctx, rec, r, &done, checker)
		}
		if err != nil {
			return err
		}
		return a.tellRun(ctx, rec, r, &done)
	})
}

// compute begins or goes on with the run, with a line that tells how far it is.
func (a *app) compute(ctx context.Context, rec *record.Record, r *running) (benefit.Run, error) {
	line := a.progress()
	stages := map[benefit.Stage]fault.Text{benefit.Reading: {ZH: "读登记", EN: "reading the register"}, benefit.Deciding: {ZH: "核定", EN: "deciding"}}
	if line.to != nil {
		r.ask.Tell = func(what benefit.Stage, done, of int64) {
			line.say("\r\033[K%s %s %d / %d", r.ask.County, stages[what].In(a.lang), done, of)
		}
		defer line.say("\r\033[K")
	}
	run, err := rec.Benefits.Start(ctx, rec.Store, r.ask)
	if err != nil {
		return run, err
	}
	return rec.Benefits.Compute(ctx, rec.Store, r.ask, run.ID, runtime.GOMAXPROCS(0))
}

func approve(ctx context.Context, rec *record.Record, r *running, run *benefit.Run, by store.Actor) error {
	c := store.Command{Name: "benefit.approve", County: r.ask.County, Actor: by, Instant: r.ask.Instant}
	_, err := rec.Store.Write(ctx, c, func(tx *store.Tx) (_ any, err error) {
		*run, err = rec.Benefits.Approve(tx, run.ID, "")
		return nil, err
	})
	return err
}

// runShown is what doudi run tells machines (docs/json.md).
type runShown struct {
	Format      string            `json:"format"`
	County      string            `json:"county"`
	Run         string            `json:"run"`
	Number      int64             `json:"number"`
	Month       period.Month      `json:"month"`
	State       string            `json:"state"`
	Subjects    int64             `json:"subjects"` // people and households that were looked at
	Unknown     int64             `json:"unknown"`  // verdicts that wait for documents
	Tallies     []tallyShown      `json:"tallies"`
	Differences []differenceShown `json:"differences"`
	More        bool              `json:"more"` // there are more differences than are listed
	Balance     balanceShown      `json:"balance"`
}

type tallyShown struct {
	Kind     string    `json:"kind"`
	Scheme   string    `json:"scheme"`
	Name     words     `json:"name"`
	Subjects int64     `json:"subjects"`
	Months   int64     `json:"months"`
	Amount   money.Fen `json:"amount"`
}

type differenceShown struct {
	Kind     string       `json:"kind"`
	Subject  string       `json:"subject"`
	Scheme   string       `json:"scheme"`
	Month    period.Month `json:"month"`
	Before   money.Fen    `json:"before"`
	After    money.Fen    `json:"after"`
	Reason   string       `json:"reason"`
	Said     words        `json:"said"` // the reason for people
	Division string       `json:"division"`
}

type balanceShown struct {
	Carried     money.Fen `json:"carried"`
	Differences money.Fen `json:"differences"`
	Determined  money.Fen `json:"determined"`
	Difference  money.Fen `json:"difference"`
}

// showRun reads what is told of a run.
func showRun(ctx context.Context, rec *record.Record, r *running, run *benefit.Run) (shown runShown, err error) {
	err = rec.Store.Read(ctx, r.ask.County, func(tx *store.Tx) error {
		shown = runShown{Format: "doudi.run/1", County: r.ask.County, Run: run.ID, Number: run.Number, Month: run.Month, State: string(run.State), Tallies: []tallyShown{}, Differences: []differenceShown{}}
		progress, err := benefit.ProgressOf(tx, run)
		if err != nil {
			return err
		}
		shown.Subjects, shown.Unknown = progress.Subjects, progress.Unknown
		tallies, err := benefit.Tallies(tx, run.ID)
		if err != nil {
			return err
		}
		for _, t := range tallies {
			shown.Tallies = append(shown.Tallies, tallyShown{string(t.Kind), t.Scheme, words(rec.Benefits.NameOf(t.Scheme)), t.People, t.Months, t.Amount})
		}
		list, next, err := benefit.Differences(tx, run.ID, benefit.Filter{Kind: benefit.Kind(r.list)}, "", max(r.show, 1))
		if err != nil {
			return err
		}
		for _, d := range list[:min(len(list), max(r.show, 0))] {
			shown.Differences = append(shown.Differences, differenceShown{string(d.Kind), d.Subject, d.Scheme, d.Month, d.Before, d.After, string(d.Reason), words(d.Reason.Label()), string(d.Division)})
		}
		shown.More = next != "" || len(list) > len(shown.Differences)
		balance, err := benefit.BalanceOf(tx, run)
		shown.Balance = balanceShown{balance.Carried, balance.Differences, balance.Determined, balance.Difference()}
		return err
	})
	return shown, err
}

func (a *app) tellRun(ctx context.Context, rec *record.Record, r *running, run *benefit.Run) error {
	shown, err := showRun(ctx, rec, r, run)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(shown)
	}
	if err := a.report("%s %s 核定（第 %d 次）：%s，看过 %d 人（户），%d 项判定缺材料\n", "%s %s, run %d: %s; %d people and households looked at, %d verdicts wait for documents\n",
		shown.County, shown.Month, shown.Number, run.State.Label().In(a.lang), shown.Subjects, shown.Unknown); err != nil {
		return err
	}
	for _, t := range shown.Tallies {
		if err := a.report("  %s\t%s\t%d 人（户）\t%d 个月\t%s 元\n", "  %s\t%s\t%d subjects\t%d months\t%s yuan\n",
			benefit.Kind(t.Kind).Label().In(a.lang), fault.Text(t.Name).In(a.lang), t.Subjects, t.Months, t.Amount.Grouped()); err != nil {
			return err
		}
	}
	if len(shown.Tallies) == 0 {
		if err := a.report("  与以前的核定没有不同\n", "  nothing differs from the runs before\n"); err != nil {
			return err
		}
	}
	for _, d := range shown.Differences {
		if err := a.report("%s %s %s %s %s → %s %s\n", "%s %s %s %s %s → %s %s\n", d.Subject, d.Month, benefit.Kind(d.Kind).Label().In(a.lang), rec.Benefits.NameOf(d.Scheme).In(a.lang),
			d.Before.Grouped(), d.After.Grouped(), fault.Text(d.Said).In(a.lang)); err != nil {
			return err
		}
	}
	if shown.More {
		if err := a.report("……还有，用 --show 多列几条\n", "… and more: --show lists them\n"); err != nil {
			return err
		}
	}
	b := shown.Balance
	return a.report("勾稽：此前 %s ＋ 变动 %s ＝ 现行 %s，差 %s\n", "reconciled: %s before + %s of differences = %s determined, difference %s\n",
		b.Carried.Grouped(), b.Differences.Grouped(), b.Determined.Grouped(), b.Difference.Grouped())
}
