package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"doudi/record"
	"doudi/record/job"
	"doudi/record/simulation"
	"doudi/serve/present"
)

// jobsAtOnce is how many background jobs a program works on when nobody says otherwise.
const jobsAtOnce = 2

func (a *app) workCommand() *cobra.Command {
	var p place
	var parallel int
	var once bool
	command := &cobra.Command{
		Use:   "work",
		Short: "办理后台任务（在另一台机器上）· work on background jobs, on another machine",
		Long: `办理后台任务：读取、应用、撤回名册，月度核定，生成批次，政策测算。doudi serve 自己也办；任务多时，在别的机器上再运行几个 doudi work，连同一个数据库。
一个任务同时只由一处办理；哪一处断了，别处十来秒后接着办，不会办两遍。中断时把办到一半的任务放回去。--once 办完现在排着的就结束。

Works on background jobs: rolls, runs, batches, simulations. doudi serve does so too; where there is much to do, run doudi work on further machines with the same
database. A job is worked on in one place at a time; when that place is gone, another goes on some ten seconds later, and nothing is done twice. When
interrupted it puts back what it is at. --once does what waits now and ends.`,
		Example: `  doudi work --db postgres://doudi@localhost/doudi --secrets secrets --jobs 4
  doudi work --once`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := a.forPeople("work"); err != nil {
				return err
			}
			return a.useRecord(command, &p, func(ctx context.Context, r *record.Record) error {
				ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
				defer stop()
				log := slog.New(slog.NewJSONHandler(a.errors, nil))
				if once {
					return a.worker(r, time.Now, log, 1).Once(ctx)
				}
				if err := a.report("办理后台任务，Ctrl+C 停止\n", "working on background jobs, Ctrl+C stops\n"); err != nil {
					return err
				}
				return a.worker(r, time.Now, log, max(parallel, 1)).Run(ctx)
			})
		},
	}
	p.flag(command)
	command.Flags().BoolVar(&once, "once", false, "办完现在排着的就结束 do what waits now, and end")
	command.Flags().IntVar(&parallel, "jobs", jobsAtOnce, "同时办几个 jobs at once")
	return command
}

// worker works on the jobs of a record. What the queue tells of itself is of no interest while it is well.
func (a *app) worker(r *record.Record, now func() time.Time, log *slog.Logger, parallel int) *job.Worker {
	return &job.Worker{Jobs: r.Jobs, Now: now, Log: slog.New(grave{log.Handler()}), Parallel: parallel, Simulated: func(answer *simulation.Answer) ([]byte, error) {
		return json.Marshal(present.ViewSimulation(simulated(answer), present.Options{HideSensitive: true}))
	}}
}

// grave passes on what is at least a warning.
type grave struct{ slog.Handler }

func (g grave) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && g.Handler.Enabled(ctx, level)
}

func (g grave) WithAttrs(attrs []slog.Attr) slog.Handler { return grave{g.Handler.WithAttrs(attrs)} }

func (g grave) WithGroup(name string) slog.Handler { return grave{g.Handler.WithGroup(name)} }
