// Command bench measures how fast the record settles bills and finds people, on SQLite and on PostgreSQL, beside the plainest
// thing the same database does on the same machine in the same minutes: it is the ratio that counts.
//
//	go run . settle    durable settlements per second beside pgbench -N and beside bare inserts
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"doudi/kernel/fault"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, fault.RenderError(err, "en"))
		os.Exit(1)
	}
}

// options are what the flags say.
type options struct {
	dialects []string // sqlite, postgres
	counties []int    // variants: in how many counties the bills are
	persons  int
	clients  int
	rounds   int
	length   time.Duration // of one measurement
	profile  string
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("say what to measure: settle")
	}
	o, err := parse(args[1:], out)
	if err != nil {
		return err
	}
	done, err := profiled(o.profile)
	if err != nil {
		return err
	}
	defer done()
	switch args[0] {
	case "settle":
		return settleAll(ctx, o, out)
	default:
		return fmt.Errorf("there is no measurement %q: settle", args[0])
	}
}

func parse(args []string, out io.Writer) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(out)
	db := f.String("db", "postgres,sqlite", "databases, with commas")
	counties := f.String("counties", "1,8", "in how many counties the bills are; a variant for each number")
	f.IntVar(&o.persons, "persons", 5000, "persons on the register")
	f.IntVar(&o.clients, "clients", 8, "cashiers at once")
	f.IntVar(&o.rounds, "rounds", 5, "how often doudi and its peer take turns")
	f.DurationVar(&o.length, "length", 5*time.Second, "of one measurement")
	f.StringVar(&o.profile, "cpuprofile", "", "file for a profile of this process")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	o.dialects = strings.Split(*db, ",")
	for _, text := range strings.Split(*counties, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 9 {
			return nil, fmt.Errorf("-counties: 1 to 9, not %q", text)
		}
		o.counties = append(o.counties, n)
	}
	return o, nil
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
