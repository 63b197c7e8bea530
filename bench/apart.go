package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime/metrics"
	"runtime/pprof"
	"strconv"
	"time"

	"doudi/decide/rule"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
)

// errand is an import that a process of its own runs, so that no memory but its own is counted. It is told as JSON in the environment, and says its usage as JSON.
type errand struct {
	DSN, Secrets, File string
	Rows               int
	Heap               string // where to keep profiles of the heap; "" for none
}

// errandVariable is where the process is told its errand.
const errandVariable = "DOUDI_BENCH_ERRAND"

// usage is what an import used, by phases.
type usage struct {
	AtRest          uint64 // bytes that the process holds with the record open
	Staged, Applied phase
}

type phase struct {
	Took time.Duration
	Peak uint64 // bytes that the process held
	Live uint64 // bytes that a collection of garbage left in Go's heap
}

// apart runs an errand in a process of its own.
func apart(ctx context.Context, e errand) (u usage, err error) {
	program, err := os.Executable()
	if err != nil {
		return u, err
	}
	text, err := json.Marshal(e)
	if err != nil {
		return u, err
	}
	var said, wrong bytes.Buffer
	child := exec.CommandContext(ctx, program)
	child.Env = append(os.Environ(), errandVariable+"="+string(text))
	child.Stdout, child.Stderr = &said, &wrong
	if err := child.Run(); err != nil {
		return u, fmt.Errorf("import: %w: %s", err, &wrong)
	}
	return u, json.Unmarshal(said.Bytes(), &u)
}

// runErrand does what the environment tells this process to; without an errand it does nothing.
func runErrand(ctx context.Context) (ran bool, err error) {
	text := os.Getenv(errandVariable)
	if text == "" {
		return false, nil
	}
	var e errand
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return true, err
	}
	u, err := e.run(ctx)
	if err != nil {
		return true, err
	}
	return true, json.NewEncoder(os.Stdout).Encode(u)
}

func (e errand) run(ctx context.Context) (u usage, err error) {
	w, err := openWorld(ctx, e.DSN, e.Secrets)
	if err != nil {
		return u, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	f, err := os.Open(e.File)
	if err != nil {
		return u, err
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return u, err
	}
	if u.AtRest, err = held("VmRSS"); err != nil {
		return u, err
	}
	by := roll.By{County: countyCode(0), Actor: clerk, Instant: w.prepared}
	var i roll.Import
	err = u.Staged.watch(e.profile("staged"), func(tell func(roll.Import)) error {
		upload := roll.Upload{Source: "县医保局", Name: "roll", Content: f, Size: info.Size(), Since: rule.Beginning, Wish: sheet.Wish{Mapping: &rollColumns}}
		if i, err = w.Rolls.Receive(ctx, by, upload); err != nil {
			return err
		}
		_, err := w.Rolls.Stage(ctx, by, i.ID, tell)
		return err
	})
	if err != nil {
		return u, err
	}
	err = u.Applied.watch(e.profile("applied"), func(tell func(roll.Import)) error {
		i, err = w.Rolls.Apply(ctx, by, i.ID, tell)
		return err
	})
	// Of so many people a few have another one's name and birthday; those rows are for a person to decide.
	if namesakes := i.Counts.Verdicts[roll.Ambiguous]; err == nil && (i.Counts.Applied+namesakes != int64(e.Rows) || namesakes > int64(e.Rows)/1000) {
		err = fmt.Errorf("applied %d rows of %d: %+v", i.Counts.Applied, e.Rows, i.Counts)
	}
	return u, err
}

// watch does a phase and looks at what it uses. Where a profile is wanted, it is kept when half of the phase is over, as far as commands tell.
func (p *phase) watch(profile string, do func(tell func(roll.Import)) error) error {
	if err := forgetPeak(); err != nil {
		return err
	}
	var wrong error
	start := time.Now()
	err := do(func(i roll.Import) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		p.Live = max(p.Live, live[0].Value.Uint64())
		if profile != "" && i.Done > i.Rows/2 {
			wrong, profile = keepHeap(profile), ""
		}
	})
	p.Took = time.Since(start)
	if err = errors.Join(err, wrong); err == nil {
		p.Peak, err = held("VmHWM")
	}
	return err
}

func (e errand) profile(name string) string {
	if e.Heap == "" {
		return ""
	}
	return e.Heap + "." + name
}

func keepHeap(file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(pprof.WriteHeapProfile(f), f.Close())
}

// forgetPeak begins to watch anew how much memory the process holds at most.
func forgetPeak() error { return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// held is how many bytes of memory the process has (VmRSS), or had at most (VmHWM).
func held(what string) (uint64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	found := regexp.MustCompile(what + `:\s+([0-9]+) kB`).FindSubmatch(status)
	if found == nil {
		return 0, errors.New("the system does not say how much memory the process has")
	}
	kilobytes, err := strconv.ParseUint(string(found[1]), 10, 64)
	return kilobytes << 10, err
}
