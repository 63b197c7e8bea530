package county

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

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
// this month's run is in review, and each hospital has sent a bill that nobody has settled. What is there already stays as it is.
func (w *Writer) InHand(ctx context.Context) error {
	var runs []benefit.Run
	err := w.Store.Read(ctx, w.Code, func(tx *store.Tx) (err error) { runs, err = benefit.Runs(tx); return err })
	if err != nil || len(runs) > 0 {
		return err
	}
	last := Today.Month() - 1
	next := (last + 1).First()
	run, err := w.run(ctx, last, next, Opening.Month())
	if err != nil {
		return err
	}
	err = errors.Join(w.Do(ctx, Step{"run approved", next, Checker}, nil, func(tx *store.Tx) (any, error) { return w.Benefits.Approve(tx, run.ID, "") }),
		w.batch(ctx, run.ID, last),
		w.Do(ctx, Step{"bills in hand", Today, Cashier}, nil, func(tx *store.Tx) (any, error) { return nil, w.receive(tx) }))
	if err == nil {
		_, err = w.run(ctx, last+1, Today, 0)
	}
	return err
}

// run decides a month on a day; since is of the first run the month the county begins with.
func (w *Writer) run(ctx context.Context, m period.Month, on period.Day, since period.Month) (benefit.Run, error) {
	ask := benefit.Ask{As: snapshot.As{County: w.Code, Actor: Clerk, Instant: Morning(on)}, Month: m, Since: since}
	r, err := w.Benefits.Start(ctx, w.Store, ask)
	if err != nil {
		return r, err
	}
	return w.Benefits.Compute(ctx, w.Store, ask, r.ID, runtime.GOMAXPROCS(0))
}

// batch makes one of the scheme that most people were given for a month, of those that are paid out by then.
func (w *Writer) batch(ctx context.Context, run string, m period.Month) error {
	var tallies []benefit.Tally
	err := w.Store.Read(ctx, w.Code, func(tx *store.Tx) (err error) { tallies, err = benefit.Tallies(tx, run); return err })
	slices.SortStableFunc(tallies, func(a, b benefit.Tally) int { return cmp.Compare(b.People, a.People) })
	for _, tally := range tallies {
		if err != nil || tally.Kind != benefit.Added {
			continue
		}
		err = w.Do(ctx, Step{"batch of " + tally.Scheme, (m + 1).First(), Clerk}, nil, func(tx *store.Tx) (any, error) {
			made, err := w.Payments.Create(tx, payment.Request{Scheme: tally.Scheme, Month: m})
			if err != nil {
				return nil, err
			}
			_, err = w.Log.Record(tx, audit.Note{Name: "payment.create", Subject: tally.Scheme})
			return made.Number, err
		})
		if err == nil || fault.KindOf(err) == fault.Internal {
			return err
		}
		err = nil // nobody is paid in money, or the period goes on
	}
	return err
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
