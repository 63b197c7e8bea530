package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"doudi/record"
	"doudi/record/job"
	"doudi/record/store"
)

func (a *app) jobCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "job",
		Short: "后台任务：列出、查看、取消、重试 · background jobs",
		Long: `在页面和接口上开始的后台任务。取消的任务已办的部分保留；未办成和取消的可以重试，从停下的地方接着办。

The background jobs that were asked for on pages and through the API. What a cancelled job has done stands; one that failed or was cancelled can be tried again and goes on
where it stopped.`,
	}
	command.AddCommand(a.jobListCommand(),
		a.jobStep("show", "查看一个任务 · show a job", func(j *job.Jobs, tx *store.Tx, id string) (job.Job, error) { return j.Get(tx, id) }),
		a.jobStep("cancel", "取消 · cancel a job", func(j *job.Jobs, tx *store.Tx, id string) (job.Job, error) { return j.Cancel(tx, id) }),
		a.jobStep("retry", "重试 · try a job again", func(j *job.Jobs, tx *store.Tx, id string) (job.Job, error) { return j.Retry(tx, id) }))
	return command
}

func (a *app) jobListCommand() *cobra.Command {
	var k keyed
	var state, before string
	var limit int
	command := &cobra.Command{
		Use:     "list",
		Short:   "列出任务，新的在前 · list jobs, the newest first",
		Example: `  doudi job list --county 999901 --state running`,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if label := job.State(state).Label(); state != "" && label.ZH == "" {
				return usage{errors.New(a.say("--state 是 waiting、running、done、failed 或 cancelled", "--state is waiting, running, done, failed or cancelled"))}
			}
			return a.useRecord(command, &k.place, func(ctx context.Context, r *record.Record) error {
				var list []job.Job
				err := r.Store.Read(ctx, k.county, func(tx *store.Tx) (err error) {
					list, err = r.Jobs.List(tx, job.Filter{Kinds: job.Kinds, State: job.State(state)}, before, max(limit, 1))
					return err
				})
				if err != nil {
					return err
				}
				return a.showJobs(list)
			})
		},
	}
	k.flags(command)
	command.Flags().StringVar(&state, "state", "", "只列这个状态 this state only: waiting, running, done, failed, cancelled")
	command.Flags().StringVar(&before, "before", "", "只列这个编号之前的 only those before this id")
	command.Flags().IntVar(&limit, "limit", 50, "最多列几个 how many at most")
	return command
}

// jobStep is a command about one job.
func (a *app) jobStep(name, short string, do func(j *job.Jobs, tx *store.Tx, id string) (job.Job, error)) *cobra.Command {
	var k keyed
	command := &cobra.Command{
		Use:     name + " ID",
		Short:   short,
		Example: "  doudi job " + name + " 0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17 --county 999901",
		Args:    a.needs("ID"),
		RunE: func(command *cobra.Command, args []string) error {
			return a.useRecord(command, &k.place, func(ctx context.Context, r *record.Record) error {
				var found job.Job
				err := k.write(ctx, r, "job."+name, func(tx *store.Tx) (err error) { found, err = do(r.Jobs, tx, args[0]); return err })
				if err != nil {
					return err
				}
				return a.showJobs([]job.Job{found})
			})
		},
	}
	k.flags(command)
	return command
}

// jobShown is a job as machines read it (docs/json.md).
type jobShown struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	State   string `json:"state"`
	Subject string `json:"subject"`
	Stage   string `json:"stage"`
	Unit    words  `json:"unit"`
	Done    int64  `json:"done"`
	Total   int64  `json:"total"` // 0 while it is not known
	Attempt int64  `json:"attempt"`
	By      string `json:"by"`
	Asked   string `json:"asked"`
	Failure string `json:"failure"` // a code
	Said    words  `json:"said"`
}

func (a *app) showJobs(list []job.Job) error {
	if a.json {
		shown := []jobShown{}
		for _, j := range list {
			one := jobShown{ID: j.ID, Kind: string(j.Work.Kind), State: string(j.State), Subject: j.Subject, Stage: j.Stage, Unit: words(j.Unit()), Done: j.Done, Total: j.Total, Attempt: j.Attempt,
				By: j.Asker.Name, Asked: store.FormatInstant(j.Asked)}
			if j.Failure != nil {
				one.Failure, one.Said = j.Failure.Code, words(j.Failure.Message)
			}
			shown = append(shown, one)
		}
		return a.printJSON(map[string]any{"format": "doudi.jobs/1", "jobs": shown})
	}
	for i := range list {
		j := &list[i]
		a.printf("%s  %s  %s  %s  %s\n", j.ID, j.Work.Kind.Label().In(a.lang), j.State.Label().In(a.lang), j.Asker.Name, j.Asked.Local().Format(time.DateTime))
		if j.Stage != "" {
			a.printf("  %s", j.StageLabel().In(a.lang))
			switch {
			case j.Total > 0:
				a.printf(" %d / %d %s", j.Done, j.Total, j.Unit().In(a.lang))
			case j.Done > 0:
				a.printf(" %d %s", j.Done, j.Unit().In(a.lang))
			}
			a.printf("\n")
		}
		if j.Failure != nil {
			a.printf("  %s\n  %s\n", j.Failure.Message.In(a.lang), j.Failure.Hint.In(a.lang))
		}
		if j.State == job.Failed || j.State == job.Cancelled {
			a.printf("  %s\n", j.Work.Kind.Kept().In(a.lang))
		}
	}
	if len(list) == 0 {
		return a.report("没有后台任务\n", "there are no jobs\n")
	}
	return nil
}
