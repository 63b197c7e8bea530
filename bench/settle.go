package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/claim"
	"doudi/record/store"
)

// settle is what is measured: a bill comes in and is settled and confirmed, in one command that is done once. tries is how often it
// was begun; more than once is a conflict with another cashier.
func (w *world) settle(ctx context.Context, c store.Command, b claim.Bill) (tries int, err error) {
	_, err = w.Store.Write(ctx, c, func(tx *store.Tx) (any, error) {
		tries++
		return w.Claims.Settle(tx, b)
	})
	return tries, err
}

// series is the series of the pack that is measured.
const series = "pingyin-medical-help"

// next is the county's next bill, as the hospital's system sends it, with the command that settles it. The persons take turns, so
// that no two cashiers have the same one before them; each of a person's bills is a week after the one before.
func (w *world) next(c *county) (store.Command, claim.Bill) {
	n := int(c.turn.Add(1)) - 1
	person, visit := n%len(c.persons), n/len(c.persons)
	b := claim.Bill{Person: c.persons[person], Provider: c.hospital, Series: series, Name: "bill.json", Content: visited(n, firstDay.AddDays(visit*7%365))}
	request, err := json.Marshal(b)
	if err != nil {
		panic(err) // strings and bytes can always be written
	}
	return store.Command{Key: fmt.Sprint("bill ", n), Name: "bench.settle", Content: request, County: c.code, Actor: clerk, Together: true,
		Instant: noon(lastDay).Add(time.Since(w.begun))}, b
}

// visited is the n-th bill, of a visit on a day.
func visited(n int, day period.Day) []byte {
	fee := 20 + n*7%180 // yuan
	return fmt.Appendf(nil, `{"visit":{"kind":"outpatient","date":"%s","diagnosis":"J18.9","clinic":"ordinary"},`+
		`"bill":{"no":"MZ%08d","lines":[{"item":"laboratory","amount":"%d.00","in_scope":"%d.00"}],"paid":{"basic_insurance":"%d.00","medical_assistance":"0.00"}}}`,
		day, n, fee, fee, fee/2)
}

// load is what cashiers did in a while.
type load struct {
	took  time.Duration
	waits []time.Duration // how long each settlement took, in order of length
	tries int             // settlements begun, again after a conflict included
	busy  int             // how often the answer was to try again in a moment
	cpu   time.Duration   // what this process worked meanwhile, on all cores
	sql   time.Duration   // and what PostgreSQL did; 0 for SQLite, whose work is this process'
}

func (l *load) rate() float64 { return float64(len(l.waits)) / l.took.Seconds() }

// each is how many milliseconds of a time come to a settlement.
func (l *load) each(of time.Duration) float64 {
	return of.Seconds() * 1000 / float64(max(1, len(l.waits)))
}

// again is how many settlements were begun again, for each hundred that were done.
func (l *load) again() float64 {
	return 100 * float64(l.tries-len(l.waits)) / float64(max(1, len(l.waits)))
}

// cashiers lets n clients settle bills, each the next one when it has an answer. They are divided over the counties.
func (w *world) cashiers(ctx context.Context, n int, length time.Duration) (*load, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	loads := make([]load, n)
	var closed atomic.Bool
	var all sync.WaitGroup
	timer := time.AfterFunc(length, func() { closed.Store(true) })
	defer timer.Stop()
	start, worked := time.Now(), processor()
	for i := range loads {
		all.Go(func() {
			for !closed.Load() && ctx.Err() == nil {
				if err := loads[i].one(ctx, w, w.counties[i%len(w.counties)]); err != nil {
					stop(err)
				}
			}
		})
	}
	all.Wait()
	total := &load{took: time.Since(start), cpu: processor() - worked}
	for i := range loads {
		total.waits = append(total.waits, loads[i].waits...)
		total.tries, total.busy = total.tries+loads[i].tries, total.busy+loads[i].busy
	}
	slices.SortFunc(total.waits, cmp.Compare)
	return total, context.Cause(ctx)
}

// processor is how long this process has worked so far.
func processor() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err) // it knows no error for one's own
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// one settles the county's next bill. A cashier who is told to try again does so with the same key, and waits the longer.
func (l *load) one(ctx context.Context, w *world, c *county) error {
	command, bill := w.next(c)
	start := time.Now()
	for {
		tries, err := w.settle(ctx, command, bill)
		l.tries += tries
		switch {
		case err == nil:
			l.waits = append(l.waits, time.Since(start))
			return nil
		case fault.CodeOf(err) != "store.busy":
			return err
		}
		l.busy++
	}
}
