// Command bench measures how fast the record settles bills and finds people, on SQLite and on PostgreSQL, beside the plainest
// thing the same database does on the same machine in the same minutes: it is the ratio that counts.
//
//	go run . settle    durable settlements per second beside pgbench -N and beside bare inserts
//	go run . curve     the same with more and more cashiers, until nothing more goes through
//	go run . lookup    finding persons by number, name and pinyin in a register that grows
//	go run . run       deciding a month for everybody of a county that grows
//	go run . import    a roll from its file into the register, beside bare COPY and INSERT
//	go run . office    the pages of the office with many users at work, beside an empty page
//	go run . all       all of them
//
// Databases are made in the folder for temporary files, which should be on the disk to be measured: TMPDIR names another one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"doudi/kernel/fault"
)

func main() {
	debug.SetGCPercent(400) // as doudi serve does
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ran, err := runErrand(ctx)
	if !ran {
		err = run(ctx, os.Args[1:], os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, told(err))
		os.Exit(1)
	}
}

// told is an error with its hint, or as it is when it is not one of the product's.
func told(err error) string {
	if fault.CodeOf(err) == "" {
		return err.Error()
	}
	return fault.RenderError(err, "en")
}

// options are what the flags say.
type options struct {
	dialects []string // sqlite, postgres
	counties []int    // variants: in how many counties the bills are
	persons  int
	clients  int
	curve    []int    // how many cashiers
	sizes    []int    // of the register
	rows     int      // of a roll
	formats  []string // of a roll: csv, xlsx
	asked    int      // look-ups of each kind
	rounds   int
	length   time.Duration // of one measurement
	scale    int           // of pgbench
	office   int           // persons in the county of the office
	made     string        // folder of a county that is made once
	users    int
	think    time.Duration // between two pages
	shift    time.Duration // how long users work
	secrets  string        // folder of the secrets that all records of this run have
	date     string
	out      string
	profile  string
	heap     string
}

// measurements are what there is to measure, in the order of the results.
var measurements = []struct {
	name    string
	measure func(ctx context.Context, o *options, r *report) error
}{{"settle", settleAll}, {"curve", curveAll}, {"lookup", lookupAll}, {"import", importAll}, {"run", runAll}, {"office", officeAll}}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	if len(args) == 0 {
		return errors.New("say what to measure: settle, curve, lookup, import, run, office or all")
	}
	o, err := parse(args[1:], out)
	if err != nil {
		return err
	}
	r, err := newReport(ctx, o, out)
	if err != nil {
		return err
	}
	secrets, err := newSecrets()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(secrets)) }()
	o.secrets = secrets
	done, err := profiled(o.profile)
	if err != nil {
		return err
	}
	defer done()
	known := false
	for _, m := range measurements {
		if args[0] != "all" && args[0] != m.name {
			continue
		}
		known = true
		if err := m.measure(ctx, o, r); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	if !known {
		return fmt.Errorf("there is no measurement %q: settle, curve, lookup, import, run, office or all", args[0])
	}
	return r.keep()
}

func parse(args []string, out io.Writer) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(out)
	db := f.String("db", "postgres,sqlite", "databases, with commas")
	f.Var((*numbers)(&o.counties), "counties", "settle: in how many counties the bills are, 1 to 9; a variant for each number (1,8)")
	f.IntVar(&o.persons, "persons", 5000, "settle, curve: persons on the register")
	f.IntVar(&o.clients, "clients", 8, "settle: cashiers at once")
	f.Var((*numbers)(&o.curve), "curve", "curve, office: cashiers or users at once (1,2,4,8,16,32,64)")
	f.Var((*numbers)(&o.sizes), "sizes", "lookup, run: persons on the register, growing (10000,100000,1000000)")
	f.IntVar(&o.rows, "rows", 370_000, "import: rows of the roll")
	formats := f.String("formats", "csv,xlsx", "import: of the roll, with commas")
	f.IntVar(&o.asked, "asked", 400, "lookup: look-ups of each kind")
	f.IntVar(&o.rounds, "rounds", 5, "settle: how often doudi and its peers take turns")
	f.DurationVar(&o.length, "length", 5*time.Second, "settle, curve, office: of one turn")
	f.IntVar(&o.office, "office", 1_000_000, "office: persons in the county")
	f.StringVar(&o.made, "made", "", "office: folder with a county that was made before, or in which one is to be made and kept; a copy of it is measured (SQLite)")
	f.IntVar(&o.users, "users", 50, "office: users at work")
	f.DurationVar(&o.think, "think", 5*time.Second, "office: how long a user thinks between two pages, on average")
	f.DurationVar(&o.shift, "shift", 5*time.Minute, "office: how long they work")
	f.IntVar(&o.scale, "scale", 10, "settle, curve: of pgbench's tables")
	f.StringVar(&o.date, "date", "", "day of the measurement, for the results")
	f.StringVar(&o.out, "out", "", "file for the results, such as RESULTS.md")
	f.StringVar(&o.profile, "cpuprofile", "", "file for a profile of this process")
	f.StringVar(&o.heap, "memprofile", "", "import: file for profiles of the heap, in the middle of staging (.staged) and of applying (.applied)")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	o.dialects, o.formats = strings.Split(*db, ","), strings.Split(*formats, ",")
	for list, usual := range map[*[]int][]int{&o.counties: {1, 8}, &o.curve: {1, 2, 4, 8, 16, 32, 64}, &o.sizes: {10_000, 100_000, 1_000_000}} {
		if *list == nil {
			*list = usual
		}
	}
	return o, nil
}

// numbers is a flag of whole numbers with commas.
type numbers []int

func (n *numbers) String() string { return fmt.Sprint(*n) }

func (n *numbers) Set(text string) error {
	*n = nil
	for _, part := range strings.Split(text, ",") {
		one, err := strconv.Atoi(part)
		if err != nil || one < 1 {
			return fmt.Errorf("%q is no number from 1 up", part)
		}
		*n = append(*n, one)
	}
	return nil
}

// profiled begins a profile; done writes it.
func profiled(file string) (done func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close() // the profile is whole or pprof says that it is not
	}, nil
}
