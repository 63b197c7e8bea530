package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"doudi/decide/policy"
	"doudi/decide/rule"
	invented "doudi/internal/county"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/snapshot"
	"doudi/record/store"
)

// runAll measures what it takes to decide a month for a whole county that grows, on each database: the first picture of the register, the first run over
// everybody, the month after, and the same month again after one person in a hundred has changed.
//
// The last is held against two things. A full run is one from nothing: it reads everybody from the register and decides everybody, so that it is the picture and the
// first run together; this is what a re-run saves. The month after is the harder measure: it decides everybody too, but finds the picture made and keeps little.
func runAll(ctx context.Context, o *options, r *report) error {
	err := r.say("\n## Running a month\n\nA county in which every scheme of six packs is alive. “Picture” reads the whole register once; “first” decides everybody and freezes what each difference stands on; " +
		"“next” is the month after; “full” is a run from nothing, “picture” and “first” together. “Again” is the second month once more after 1 %% of the persons changed: reading them again, deciding them, approval; “of full” and “of next” say " +
		"what share that is of a run from nothing, and of one that finds the picture made. “Per person” is of “next”. Memory is the process's peak.\n")
	if err != nil {
		return err
	}
	for _, dialect := range o.dialects {
		name, t := "", table{{"persons", "picture s", "first s", "full s", "next s", "per person µs", "again s", "of full", "of next", "peak MB"}}
		for _, size := range o.sizes {
			m, err := measureRun(ctx, dialect, o.secrets, size)
			if err != nil {
				return err
			}
			cells, err := m.cells()
			if err != nil {
				return err
			}
			t.row(cells...)
			name = m.name
		}
		if err := errors.Join(r.part(name), t.say(r)); err != nil {
			return err
		}
	}
	return nil
}

// monthly is what was measured of one county.
type monthly struct {
	name                        string // of the database
	persons                     int
	picture, first, next, again time.Duration
}

func (m *monthly) cells() ([]string, error) {
	most, err := held("VmHWM")
	full := m.picture + m.first
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()) }
	share := func(of time.Duration) string { return fmt.Sprintf("%.1f %%", 100*m.again.Seconds()/of.Seconds()) }
	return []string{fmt.Sprint(m.persons), seconds(m.picture), seconds(m.first), seconds(full), seconds(m.next), fmt.Sprintf("%.1f", float64(m.next.Microseconds())/float64(m.persons)),
		seconds(m.again), share(full), share(m.next), megabytes(most)}, err
}

func measureRun(ctx context.Context, dialect, secrets string, size int) (m *monthly, err error) {
	place, err := newSite(dialect, secrets)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, place.close()) }()
	dsn, err := place.empty()
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, dsn); err != nil {
		return nil, err
	}
	library, err := everyPack()
	if err != nil {
		return nil, err
	}
	r, err := record.Open(ctx, record.Config{DSN: dsn, Secrets: secrets, Library: library})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	c, err := invented.New(library, invented.Code, 1, invented.Size{People: size, Assisted: size * 81 / 1000, Towns: 7, Villages: 3 + size/20_000})
	if err != nil {
		return nil, err
	}
	w := invented.NewWriter(r, c)
	if err := errors.Join(w.Found(ctx), w.People(ctx)); err != nil {
		return nil, err
	}
	if m, err = measureMonths(ctx, r, size); err == nil {
		m.name = place.name
	}
	return m, err
}

// everyPack is the library with all packs that come with the program.
func everyPack() (*policy.Library, error) {
	l, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		return nil, err
	}
	return l, l.LoadAll(packs.Files)
}

func measureMonths(ctx context.Context, r *record.Record, size int) (*monthly, error) {
	m := &monthly{persons: size}
	ask := benefit.Ask{As: snapshot.As{County: invented.Code, Actor: invented.Clerk, Instant: invented.Morning(invented.Opening + 20)}, Month: invented.Opening.Month()}
	var err error
	timed := func(to *time.Duration, do func() error) {
		if err == nil {
			runtime.GC()
			begun := time.Now()
			err = do()
			*to = time.Since(begun)
		}
	}
	timed(&m.picture, func() error { _, err := r.Snapshots.Refresh(ctx, r.Store, ask.As, nil); return err })
	timed(&m.first, func() error { return decided(ctx, r, ask) })
	ask.Month++
	ask.Instant = ask.Instant.AddDate(0, 1, 0)
	timed(&m.next, func() error { return decided(ctx, r, ask) })
	if err == nil {
		err = changed(ctx, r, ask, size/100)
	}
	timed(&m.again, func() error { return decided(ctx, r, ask) })
	return m, err
}

// decided runs a month and approves it.
func decided(ctx context.Context, r *record.Record, ask benefit.Ask) error {
	run, err := r.Benefits.Start(ctx, r.Store, ask)
	if err != nil {
		return err
	}
	if run, err = r.Benefits.Compute(ctx, r.Store, ask, run.ID, runtime.GOMAXPROCS(0)); err != nil {
		return err
	}
	c := store.Command{Name: "bench", County: ask.County, Actor: invented.Checker, Instant: ask.Instant}
	_, err = r.Store.Write(ctx, c, func(tx *store.Tx) (any, error) { return nil, second(r.Benefits.Approve(tx, run.ID, "")) })
	return err
}

func second[T any](_ T, err error) error { return err }

// changed says something new of so many persons, spread over the whole register.
func changed(ctx context.Context, r *record.Record, ask benefit.Ask, n int) error {
	var persons []string
	err := r.Store.Read(ctx, ask.County, func(tx *store.Tx) (err error) {
		persons, err = dated.Parties(tx, "person", "", 1<<30)
		return err
	})
	if err != nil {
		return err
	}
	c := store.Command{Name: "bench", County: ask.County, Actor: invented.Clerk, Instant: ask.Instant}
	for i := range n {
		_, err := r.Store.Write(ctx, c, func(tx *store.Tx) (any, error) {
			fact := rule.Fact{Value: rule.Bool(i%2 == 0), Span: dated.From(dated.Today(tx))}
			return r.Register.Record(tx, persons[i*len(persons)/n], "person.insured", fact, "")
		})
		if err != nil {
			return err
		}
	}
	return nil
}
