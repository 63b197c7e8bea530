package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"doudi/kernel/fault"
)

// Job is work for later: what Enqueue was given.
type Job struct {
	County  string          `json:"county"`
	Name    string          `json:"kind"`
	Payload json.RawMessage `json:"payload"`
}

// Kind is the queue's word for the sort of job. All of ours are one sort to it, so that a kind of ours needs no type of its own.
func (Job) Kind() string { return "doudi" }

const (
	// jobRescued is after how long the queue itself gives a job to another that it was told nothing more of. It may take that long honestly; who wants to know earlier
	// that a worker was killed watches its pulse (package job).
	jobRescued = 24 * time.Hour
	stopTime   = 30 * time.Second // how long jobs under way may take to notice that the worker stops
)

// queue is the driver of the job queue on the transactions of this store.
func (s *Store) queue() riverdriver.Driver[*sql.Tx] {
	if s.dialect.name == sqliteName {
		return riversqlite.New(s.writer)
	}
	return riverdatabasesql.New(s.writer)
}

// enqueuer is the queue's client that only adds jobs.
func (s *Store) enqueuer() (*river.Client[*sql.Tx], error) {
	return river.NewClient(s.queue(), &river.Config{Logger: slog.New(slog.DiscardHandler)})
}

func (t *Tx) enqueue(kind string, payload []byte) error {
	if !t.write {
		return readOnly()
	}
	_, err := t.store.jobs.InsertTx(t.ctx, t.tx, Job{t.County, kind, payload}, nil)
	return err
}

// Work runs jobs, so many at a time, until ctx ends; then those under way may finish, for some seconds. A job whose handler answers an error is
// tried again later, less and less often. A kind without a handler is an error of its own, so that the job waits for a
// program that knows it. Every process may work: each job is given to one of them.
func (s *Store) Work(ctx context.Context, parallel int, log *slog.Logger, handlers map[string]func(context.Context, Job) error) error {
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[Job]) error {
		handle, known := handlers[job.Args.Name]
		if !known {
			return fmt.Errorf("no handler for jobs of kind %s", job.Args.Name)
		}
		return handle(ctx, job.Args)
	}))
	client, err := river.NewClient(s.queue(), &river.Config{
		Logger: log, Workers: workers, JobTimeout: -1, RescueStuckJobsAfter: jobRescued,
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: parallel}},
	})
	if err != nil {
		return err
	}
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	if err := client.Start(inner); err != nil {
		return translate(err)
	}
	<-ctx.Done()
	stopping, stopped := context.WithTimeout(inner, stopTime)
	defer stopped()
	return client.Stop(stopping)
}

// pendingJobs are the jobs not done yet, in the order they were added.
const pendingJobs = `SELECT CAST(args AS TEXT) FROM river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded') ORDER BY id`

// Pending lists the jobs of the transaction's county that are not done yet, the oldest first.
func (t *Tx) Pending() ([]Job, error) {
	rows, err := t.Query(pendingJobs)
	if err != nil {
		return nil, err
	}
	var list []Job
	for rows.Next() {
		var text string
		var job Job
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(text), &job); err != nil {
			return nil, err
		}
		if job.County == t.County {
			list = append(list, job)
		}
	}
	return list, rows.Err()
}

// migrateQueue makes the queue's own tables, which are numbered by the queue and the same wherever this program runs.
func (s *Store) migrateQueue(ctx context.Context) error {
	migrator, err := s.queueMigrator()
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return translate(err)
}

func (s *Store) queueMigrator() (*rivermigrate.Migrator[*sql.Tx], error) {
	return rivermigrate.New(s.queue(), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
}

// checkQueue refuses a database whose queue is not that of this program.
func (s *Store) checkQueue(ctx context.Context) error {
	migrator, err := s.queueMigrator()
	if err != nil {
		return err
	}
	result, err := migrator.Validate(ctx)
	if err != nil {
		return translate(err)
	}
	if result.OK {
		return nil
	}
	return &fault.Error{Kind: fault.Conflict, Code: "store.schema-older", Op: "store.Open", Cause: errors.New(strings.Join(result.Messages, "; ")),
		Message: fault.Text{ZH: "任务队列的表不完整", EN: "the tables of the job queue are not complete"}, Hint: migrateHint}
}
