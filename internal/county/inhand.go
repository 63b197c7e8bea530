package county

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/benefit"
	"doudi/record/claim"
	"doudi/record/payment"
	"doudi/record/snapshot"
	"doudi/record/store"
)

// Today is the day on which a demonstration finds the county at work: the last working day of its year, with all packs still in force.
var Today = period.MustDay(Year, 12, 31)

// InHand leaves on the desks what an office finds there in the morning of [Today]: the month before is decided and approved, a batch of it waits to be checked,
// this month's run is in review, and each hospital has sent a bill that nobody has settled. What is there already stays as it is: whoever was cut off goes on
// with the rest, and what people have done with it since is theirs.
func (w *Writer) InHand(ctx context.Context) error {
	for _, step := range w.inHand() {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// inHand are the steps of [Writer.InHand]. Each finds out by itself whether it was done.
func (w *Writer) inHand() []func(context.Context) error {
	last := Today.Month() - 1
	next := (last + 1).First()
	with := func(s Step, act func(tx *store.Tx) (any, error)) func(context.Context) error {
		return func(ctx context.Context) error { return w.Do(ctx, s, nil, act) }
	}
	return []func(context.Context) error{
		func(ctx context.Context) error { return w.run(ctx, last, next, Opening.Month()) },
		with(Step{"run approved", next, Checker}, func(tx *store.Tx) (any, error) {
			run, err := runOf(tx, last)
			if err != nil {
				return nil, err
			}
			return w.Benefits.Approve(tx, run.ID, "")
		}),
		with(Step{"batch in hand", next, Clerk}, func(tx *store.Tx) (any, error) { return w.batch(tx, last) }),
		with(Step{"bills in hand", Today, Cashier}, func(tx *store.Tx) (any, error) { return nil, w.receive(tx) }),
		func(ctx context.Context) error { return w.run(ctx, last+1, Today, 0) },
	}
}

// run decides a month on a day, or goes on with the run it has; since is of the first run the month the county begins with.
func (w *Writer) run(ctx context.Context, m period.Month, on period.Day, since period.Month) error {
	var run benefit.Run
	err := w.Store.Read(ctx, w.Code, func(tx *store.Tx) (err error) { run, err = runOf(tx, m); return err })
	ask := benefit.Ask{As: snapshot.As{County: w.Code, Actor: Clerk, Instant: Morning(on)}, Month: m, Since: since}
	if err == nil && run.ID == "" {
		run, err = w.Benefits.Start(ctx, w.Store, ask)
	}
	if err == nil {
		_, err = w.Benefits.Compute(ctx, w.Store, ask, run.ID, runtime.GOMAXPROCS(0))
	}
	return err
}

// runOf is the latest run of a month; one without an id where there is none.
func runOf(tx *store.Tx, m period.Month) (run benefit.Run, err error) {
	runs, err := benefit.Runs(tx)
	if i := slices.IndexFunc(runs, func(r benefit.Run) bool { return r.Month == m }); i >= 0 {
		run = runs[i]
	}
	return run, err
}

// batch makes one of the scheme that most people were given for a month, of those that are paid out by then.
func (w *Writer) batch(tx *store.Tx, m period.Month) (number string, err error) {
	run, err := runOf(tx, m)
	if err != nil {
		return "", err
	}
	tallies, err := benefit.Tallies(tx, run.ID)
	if err != nil {
		return "", err
	}
	slices.SortStableFunc(tallies, func(a, b benefit.Tally) int { return cmp.Compare(b.People, a.People) })
	for _, tally := range tallies {
		if tally.Kind != benefit.Added {
			continue
		}
		made, err := w.Payments.Create(tx, payment.Request{Scheme: tally.Scheme, Month: m})
		switch {
		case err == nil:
			_, err = w.Log.Record(tx, audit.Note{Name: "payment.create", Subject: tally.Scheme})
			return made.Number, err
		case !strings.HasPrefix(fault.CodeOf(err), "payment."):
			return "", err
		} // refused: nobody is paid in money, or the period goes on
	}
	return "", nil
}

// receive takes in a bill of each town: one of the year's once more, as of today.
func (w *Writer) receive(tx *store.Tx) error {
	had := map[string]bool{}
	for h := range w.county.Households() {
		for _, p := range h.Members {
			if len(p.Bills) == 0 || had[h.Town.Name] || h.died(p, Today) {
				continue
			}
			b := p.Bills[0]
			number := fmt.Sprintf("%s-%07d", Today, h.Number)
			content := bytes.ReplaceAll(bytes.ReplaceAll(b.Content, []byte(b.Number), []byte(number)), []byte(b.Day.String()), []byte(Today.String()))
			person, err := w.Register.ByNumber(tx, p.Number)
			if err != nil {
				return err
			}
			bill := claim.Bill{Person: person, Provider: w.Provider(h.Town, b.Provider), Series: h.Town.Series(), Name: number + ".yaml", Content: content}
			if _, err := w.Claims.Receive(tx, bill); err != nil {
				return fmt.Errorf("bill %s: %w", number, err)
			}
			had[h.Town.Name] = true
		}
	}
	return nil
}
