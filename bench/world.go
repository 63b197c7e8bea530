package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"doudi/decide/policy"
	"doudi/decide/rule"
	invented "doudi/internal/county"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record"
	"doudi/record/dated"
	"doudi/record/provider"
	"doudi/record/register"
	"doudi/record/store"
)

// The pack that is measured, and the days on which it is in force.
const packName = "pingyin-2021"

var (
	firstDay = period.MustDay(2021, 1, 1)
	lastDay  = period.MustDay(2021, 12, 31)
)

// clerk is who enters people and bills.
var clerk = invented.Clerk

var library = sync.OnceValues(func() (*policy.Library, error) {
	l, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		return nil, err
	}
	_, err = l.Load(packs.Files, packName)
	return l, err
})

// mostCounties is how many counties there may be.
const mostCounties = 9

// countyCode is the code of the i-th county, a fictional one.
func countyCode(i int) string { return fmt.Sprint(999901 + i) }

// newSecrets makes the secrets of all records of a run, in a folder of their own.
func newSecrets() (folder string, err error) {
	if folder, err = os.MkdirTemp("", "doudi-bench-secrets-"); err != nil {
		return "", err
	}
	var codes []string
	for i := range mostCounties {
		codes = append(codes, countyCode(i))
	}
	return folder, record.CreateSecrets(folder, codes...)
}

// world is a record with the counties that are measured.
type world struct {
	*record.Record
	counties []*county
	prepared time.Time // the instant of what is done before the bills
	begun    time.Time
}

// county is a county with everything a bill needs: the adopted pack, its special accounts with money, a hospital, people.
type county struct {
	code     string
	town     ident.Division
	hospital string
	persons  []string
	turn     atomic.Int64 // bills so far
}

// newWorld makes counties, empty of people, in a database without tables.
func newWorld(ctx context.Context, dsn, secrets string, counties int) (*world, error) {
	if counties > mostCounties {
		return nil, fmt.Errorf("-counties: at most %d, not %d", mostCounties, counties)
	}
	if err := migrate(ctx, dsn); err != nil {
		return nil, err
	}
	w, err := openWorld(ctx, dsn, secrets)
	if err != nil {
		return nil, err
	}
	for i := range counties {
		c := &county{code: countyCode(i), town: ident.Division(countyCode(i) + "100")}
		w.counties = append(w.counties, c)
		if err := w.found(ctx, c); err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	return w, nil
}

// openWorld opens a record without looking at its counties.
func openWorld(ctx context.Context, dsn, secrets string) (*world, error) {
	l, err := library()
	if err != nil {
		return nil, err
	}
	r, err := record.Open(ctx, record.Config{DSN: dsn, Secrets: secrets, Library: l})
	return &world{Record: r, prepared: noon(firstDay), begun: time.Now()}, err
}

func migrate(ctx context.Context, dsn string) error {
	s, err := store.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(ctx), s.Close())
}

// found makes the county: its town, hospital and special accounts with more money in them than all bills ask for, and adopts the pack.
func (w *world) found(ctx context.Context, c *county) error {
	l, err := library()
	if err != nil {
		return err
	}
	hospital := invented.Provider{Kind: string(provider.Hospital), Name: "城关镇卫生院", Division: c.town, Facts: rule.Facts{}}
	hospital.Facts.Set("visit.hospital.designated", rule.Bool(true))
	hospital.Facts.Set("visit.hospital.tier", rule.Text("town"))
	p := l.Packs[0]
	ids, err := invented.Office{Record: w.Record, Code: c.code, Vocabulary: l.Vocabulary}.Found(ctx, invented.Place{
		Code: c.code, Day: firstDay, Rosters: []string{}, Money: money.Yuan(1_000_000_000),
		Divisions: []register.Division{{Code: c.town, Name: "城关镇", Span: dated.Always}},
		Providers: map[string]invented.Provider{"hospital": hospital},
		Adoptions: []invented.Adoption{{Pack: p, Name: "采用.yaml", Content: fmt.Sprintf("pack: %s\ndivision: %q\nlabel: 示例\nfrom: %s\n", p.ID, c.code, firstDay)}},
	})
	c.hospital = ids["hospital"]
	return err
}

// write runs a command of the time before the bills.
func (w *world) write(ctx context.Context, c *county, by store.Actor, act func(tx *store.Tx) error) error {
	_, err := w.Store.Write(ctx, store.Command{Name: "bench.prepare", County: c.code, Actor: by, Instant: w.prepared},
		func(tx *store.Tx) (any, error) { return nil, act(tx) })
	return err
}

// noon is an instant of a day at noon in China.
func noon(d period.Day) time.Time { return time.Unix(int64(d)*86400+4*3600, 0).UTC() }
