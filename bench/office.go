package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	invented "doudi/internal/county"
	"doudi/record"
	"doudi/serve/web"
)

// officeAll measures the pages of the office in a county of many people, on each database: many users at work, and how many pages there are when they hurry.
func officeAll(ctx context.Context, o *options, r *report) error {
	err := r.say("\n## The office\n\nA county of %d persons with two months of bills and runs, batches to pay and a roll to look at. %d users of all roles have signed in and work for %s, each on the paths of the role, thinking for %s "+
		"between two pages on average, by chance as calls come in. A page's time is from the request to its last byte on a connection of this machine, on which users, office and database share the processors. "+
		"The empty page is the help page: the frame alone, for who has signed in. “× empty” compares the slowest twentieths, kB is what is sent, compressed. Any answer that is not the page asked for ends the measurement.\n",
		o.office, o.users, o.shift, o.think)
	if err != nil {
		return err
	}
	for _, dialect := range o.dialects {
		if err := measureOffice(ctx, o, r, dialect); err != nil {
			return err
		}
	}
	return nil
}

func measureOffice(ctx context.Context, o *options, r *report, dialect string) (err error) {
	place, err := newSite(dialect, o.secrets)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, place.close()) }()
	dsn, err := place.empty()
	if err != nil {
		return err
	}
	if o.made != "" {
		return measureMade(ctx, o, r, place, dsn)
	}
	started := time.Now()
	if err := inOffice(ctx, o, dsn, func(b *busy) error { return b.fill(ctx) }); err != nil {
		return err
	}
	if err := r.say("\n### %s\n\nThe county was made in %s s.\n", place.name, seconds(time.Since(started))); err != nil {
		return err
	}
	return inOffice(ctx, o, dsn, func(b *busy) error { return b.open(ctx, o, r) })
}

// measureMade measures a copy of the county in the folder -made, which is made there first where the folder has none. Making a county of a million takes many times as long as measuring it.
func measureMade(ctx context.Context, o *options, r *report, place *site, dsn string) error {
	if place.server != nil {
		return errors.New("-made: only a county on SQLite can be kept, with -db sqlite")
	}
	secrets := filepath.Join(o.made, "secrets")
	if !exists(secrets) {
		if err := makeCounty(ctx, o, secrets); err != nil {
			return err
		}
	}
	o.secrets = secrets
	if err := os.CopyFS(place.folder, os.DirFS(filepath.Join(o.made, "database"))); err != nil {
		return err
	}
	if err := r.say("\n### %s\n", place.name); err != nil {
		return err
	}
	return inOffice(ctx, o, dsn, func(b *busy) error { return b.open(ctx, o, r) })
}

// makeCounty fills the folder -made. Its secrets get their name last, so that a county cut off midway is not taken for a whole one.
func makeCounty(ctx context.Context, o *options, secrets string) error {
	database, fresh := filepath.Join(o.made, "database"), secrets+".new"
	if err := errors.Join(os.RemoveAll(database), os.RemoveAll(fresh), os.MkdirAll(database, 0o700)); err != nil {
		return err
	}
	if err := inOffice(ctx, o, "sqlite:"+filepath.Join(database, "doudi_1"), func(b *busy) error { return b.fill(ctx) }); err != nil {
		return err
	}
	if err := os.CopyFS(fresh, os.DirFS(o.secrets)); err != nil {
		return err
	}
	return os.Rename(fresh, secrets)
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

// inOffice opens the record of the county for do.
func inOffice(ctx context.Context, o *options, dsn string, do func(*busy) error) error {
	if err := migrate(ctx, dsn); err != nil {
		return err
	}
	library, err := everyPack()
	if err != nil {
		return err
	}
	rec, err := record.Open(ctx, record.Config{DSN: dsn, Secrets: o.secrets, Library: library})
	if err != nil {
		return err
	}
	b, err := newBusy(ctx, rec, library, o.office)
	if err == nil {
		err = do(b)
	}
	return errors.Join(err, rec.Close())
}

// open opens the office for its users and measures them.
func (b *busy) open(ctx context.Context, o *options, r *report) (err error) {
	b.begun = time.Now()
	address, closed, err := b.serve(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closed()) }()
	most := max(o.users, slices.Max(o.curve))
	users, err := b.users(ctx, most, address)
	if err != nil {
		return err
	}
	if err := forgetPeak(); err != nil {
		return err
	}
	s, err := work(ctx, users[:o.users], o.shift, o.think)
	if err != nil {
		return err
	}
	if err := s.say(r); err != nil {
		return err
	}
	return saturate(ctx, o, r, users)
}

// serve opens the office on a port of this machine, as doudi serve does, and seals the log in the background. closed ends both.
func (b *busy) serve(ctx context.Context) (address string, closed func() error, err error) {
	items, err := invented.Items()
	if err != nil {
		return "", nil, err
	}
	handler, err := web.New(web.Config{Record: b.Record, Items: items, Counties: []string{invented.Code}, Now: b.now})
	if err != nil {
		return "", nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ErrorLog: log.Default(), ReadHeaderTimeout: time.Minute}
	ctx, enough := context.WithCancel(ctx)
	var background sync.WaitGroup
	var failed error
	background.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed = err
		}
	})
	sealing := make(chan error, 1)
	go func() { sealing <- b.sealForever(ctx) }()
	return "http://" + listener.Addr().String(), func() error {
		enough()
		err := server.Close()
		background.Wait()
		return errors.Join(err, failed, <-sealing)
	}, nil
}

// sealForever chains the log every second until ctx ends.
func (b *busy) sealForever(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := b.sealed(ctx); err != nil && ctx.Err() == nil {
			return fmt.Errorf("sealing: %w", err)
		}
	}
}

// shift is what users saw in a while.
type shift struct {
	took  time.Duration
	users int
	pages map[string]*seen // by kind of page
	cpu   time.Duration    // what this process worked meanwhile, on all cores; PostgreSQL's own work is not in it
	peak  uint64           // bytes
}

// seen is a kind of page as often as it was asked for.
type seen struct {
	waits []time.Duration // in order of length
	bytes int             // of the largest
}

// work lets users work, thinking so long on average between pages; 0 for not at all.
func work(ctx context.Context, users []*user, length, think time.Duration) (*shift, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var closed atomic.Bool
	evening := make(chan struct{})
	timer := time.AfterFunc(length, func() { closed.Store(true); close(evening) })
	defer timer.Stop()
	var all sync.WaitGroup
	start, worked := time.Now(), processor()
	for _, u := range users {
		u.visits = nil
		all.Go(func() {
			for u.thinks(ctx, think, evening); !closed.Load() && ctx.Err() == nil; u.thinks(ctx, think, evening) {
				if err := u.next(ctx); err != nil {
					stop(err)
				}
			}
		})
	}
	all.Wait()
	s := &shift{took: time.Since(start), cpu: processor() - worked, users: len(users), pages: map[string]*seen{}}
	for _, u := range users {
		for _, v := range u.visits {
			if s.pages[v.page] == nil {
				s.pages[v.page] = &seen{}
			}
			p := s.pages[v.page]
			p.waits, p.bytes = append(p.waits, v.took), max(p.bytes, v.bytes)
		}
	}
	for _, p := range s.pages {
		slices.SortFunc(p.waits, cmp.Compare)
	}
	var err error
	s.peak, err = held("VmHWM")
	return s, cmp.Or(context.Cause(ctx), err)
}

// every is all waits, in order of length.
func (s *shift) every() (all []time.Duration) {
	for _, p := range s.pages {
		all = append(all, p.waits...)
	}
	slices.SortFunc(all, cmp.Compare)
	return all
}

// each is how many milliseconds this process worked for a page.
func (s *shift) each() float64 { return s.cpu.Seconds() * 1000 / float64(max(1, len(s.every()))) }

func (s *shift) rate() float64 { return float64(len(s.every())) / s.took.Seconds() }

// say adds a row for each kind of page in the order of the walks, the empty page first, and one for all together.
func (s *shift) say(r *report) error {
	empty := s.pages[emptyPage]
	if empty == nil {
		return errors.New("nobody opened the empty page: let the users work longer")
	}
	t := table{{"page", "asked for", "p50 ms", "p95 ms", "p99 ms", "× empty", "kB"}}
	row := func(name string, p *seen) {
		t.row(name, fmt.Sprint(len(p.waits)), millis(share(p.waits, 50)), millis(share(p.waits, 95)), millis(share(p.waits, 99)),
			fmt.Sprintf("%.1f", float64(share(p.waits, 95))/float64(share(empty.waits, 95))), fmt.Sprintf("%.1f", float64(p.bytes)/1000))
	}
	for _, name := range kindsOfPages() {
		if p := s.pages[name]; p != nil {
			row(name, p)
		}
	}
	row("all", &seen{waits: s.every()})
	if err := t.say(r); err != nil {
		return err
	}
	return r.say("\n%d users, %.1f pages a second, none failed; the process worked %.1f ms for each, users included, and held %s MB at most.\n", s.users, s.rate(), s.each(), megabytes(s.peak))
}

// saturate lets ever more users work without thinking, beside as many who ask for the empty page alone.
func saturate(ctx context.Context, o *options, r *report, users []*user) error {
	if err := r.say("\nThe same users without thinking, turns of %s; beside them as many who ask for the empty page alone.\n", o.length); err != nil {
		return err
	}
	t := table{{"users", "pages/s", "work ms/page", "p50 ms", "p95 ms", "p99 ms", "empty pages/s", "p95 ms", "ratio"}}
	for _, n := range o.curve {
		s, err := work(ctx, users[:n], o.length, 0)
		if err != nil {
			return err
		}
		empty, err := emptyOnly(ctx, users[:n], o.length)
		if err != nil {
			return err
		}
		all, none := s.every(), empty.every()
		t.row(fmt.Sprint(n), fmt.Sprintf("%.0f", s.rate()), fmt.Sprintf("%.1f", s.each()), millis(share(all, 50)), millis(share(all, 95)), millis(share(all, 99)),
			fmt.Sprintf("%.0f", empty.rate()), millis(share(none, 95)), fmt.Sprintf("%.2f", s.rate()/empty.rate()))
	}
	return t.say(r)
}

// emptyOnly lets users ask for the empty page, over and over.
func emptyOnly(ctx context.Context, users []*user, length time.Duration) (*shift, error) {
	for _, u := range users {
		walk, at := u.walk, u.at
		u.walk, u.at = []step{open(emptyPage, emptyAddress)}, 0
		defer func() { u.walk, u.at = walk, at }()
	}
	return work(ctx, users, length, 0)
}
