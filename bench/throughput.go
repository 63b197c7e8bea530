package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"doudi/record/store"
)

// wanted is the share of the peer's speed that settlements are to reach at least.
const wanted = 0.40

// settleAll measures settlements beside the peers, for each database and each number of counties.
func settleAll(ctx context.Context, o *options, r *report) error {
	err := r.say("\n## Durable settlements\n\n%d persons, %d cashiers at once; a bill is received, settled and confirmed in one command. Doudi and its peers take turns of %s, %d rounds; "+
		"“cpu” is what this process worked for one, and “server’s” what PostgreSQL did, “again” is how many settlements of a hundred were begun again after a conflict, “busy” how often a cashier was told to try again.\n",
		o.persons, o.clients, o.length, o.rounds)
	if err != nil {
		return err
	}
	return eachSite(ctx, o, func(s *site) error {
		for _, counties := range o.counties {
			if err := s.settleBeside(ctx, o, counties, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachSite measures on each database.
func eachSite(ctx context.Context, o *options, measure func(s *site) error) error {
	for _, dialect := range o.dialects {
		s, err := newSite(dialect, o.secrets)
		if err != nil {
			return err
		}
		if err = s.meet(ctx, o.scale); err == nil {
			err = measure(s)
		}
		if err := errors.Join(err, s.close()); err != nil {
			return err
		}
	}
	return nil
}

// round is one turn of doudi and each of its peers.
type round struct {
	load  *load
	peers []float64
}

func (r *round) ratio(peer int) float64 { return r.load.rate() / r.peers[peer] }

// turns lets doudi and its peers take a turn each.
func (s *site) turns(ctx context.Context, w *world, clients int, length time.Duration) (r round, err error) {
	before := s.served()
	if r.load, err = w.cashiers(ctx, clients, length); err != nil {
		return r, err
	}
	r.load.sql = s.servedSince(before)
	for _, p := range s.peers {
		rate, err := p.rate(ctx, clients, length)
		if err != nil {
			return r, err
		}
		r.peers = append(r.peers, rate)
	}
	return r, nil
}

// world makes counties with people.
func (s *site) world(ctx context.Context, counties, persons int) (*world, error) {
	dsn, err := s.empty()
	if err != nil {
		return nil, err
	}
	w, err := newWorld(ctx, dsn, s.secrets, counties)
	if err != nil {
		return nil, err
	}
	for _, c := range w.counties {
		if err := w.fill(ctx, c, max(1, persons/counties)); err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	if err := s.analyze(ctx, w); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// analyze tells PostgreSQL how much is in its tables, as it finds out by itself within a minute. SQLite goes without.
func (s *site) analyze(ctx context.Context, w *world) error {
	if s.server == nil {
		return nil
	}
	return w.write(ctx, w.counties[0], clerk, func(tx *store.Tx) error { _, err := tx.Exec("ANALYZE"); return err })
}

func (s *site) settleBeside(ctx context.Context, o *options, counties int, r *report) error {
	w, err := s.world(ctx, counties, o.persons)
	if err != nil {
		return err
	}
	_, err = w.cashiers(ctx, o.clients, min(o.length, time.Second)) // makes the connections
	var rounds []round
	for len(rounds) < o.rounds && err == nil {
		var one round
		one, err = s.turns(ctx, w, o.clients, o.length)
		rounds = append(rounds, one)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	title := map[bool]string{true: "one county and one fund", false: fmt.Sprintf("%d counties", counties)}[counties == 1]
	if err := r.part(s.name + ", " + title); err != nil {
		return err
	}
	if err := s.compare(rounds).say(r); err != nil {
		return err
	}
	ratio := median(rounds, func(one round) float64 { return one.ratio(0) })
	verdict := map[bool]string{true: "reached", false: "not reached"}[ratio >= wanted]
	return r.say("\n%.3f of %s; at least %.2f is wanted: %s.\n", ratio, s.peers[0].name, wanted, verdict)
}

// columns are what is said of a load, and of each peer beside it.
func (s *site) columns(first string) []string {
	names := []string{first, "settlements/s", "p50 ms", "p95 ms", "p99 ms", "cpu ms", "server’s ms", "again", "busy"}
	for _, p := range s.peers {
		names = append(names, p.name+", /s", "ratio")
	}
	return names
}

func (r *round) cells(first string) []string {
	l := r.load
	cells := []string{first, fmt.Sprintf("%.0f", l.rate()), millis(share(l.waits, 50)), millis(share(l.waits, 95)), millis(share(l.waits, 99)), fmt.Sprintf("%.2f", l.each(l.cpu)), fmt.Sprintf("%.2f", l.each(l.sql)), fmt.Sprintf("%.1f", l.again()), fmt.Sprint(l.busy)}
	for i, rate := range r.peers {
		cells = append(cells, fmt.Sprintf("%.0f", rate), fmt.Sprintf("%.3f", r.ratio(i)))
	}
	return cells
}

func (s *site) compare(rounds []round) table {
	t := table{s.columns("round")}
	for i := range rounds {
		t.row(rounds[i].cells(fmt.Sprint(i + 1))...)
	}
	last := []string{"median", fmt.Sprintf("%.0f", median(rounds, func(r round) float64 { return r.load.rate() })), "", "", "", "", "", "", ""}
	for i := range s.peers {
		last = append(last, fmt.Sprintf("%.0f", median(rounds, func(r round) float64 { return r.peers[i] })), fmt.Sprintf("%.3f", median(rounds, func(r round) float64 { return r.ratio(i) })))
	}
	t.row(last...)
	return t
}

// curveAll measures one county with one fund under more and more cashiers.
func curveAll(ctx context.Context, o *options, r *report) error {
	if err := r.say("\n## Latency to saturation\n\nOne county and one fund, %d persons, turns of %s; the peer has as many clients, bare inserts always one.\n", o.persons, o.length); err != nil {
		return err
	}
	return eachSite(ctx, o, func(s *site) error {
		w, err := s.world(ctx, 1, o.persons)
		if err != nil {
			return err
		}
		t := table{s.columns("cashiers")}
		_, err = w.cashiers(ctx, 1, min(o.length, time.Second))
		for _, clients := range o.curve {
			if err != nil {
				break
			}
			var one round
			if one, err = s.turns(ctx, w, clients, o.length); err == nil {
				t.row(one.cells(fmt.Sprint(clients))...)
			}
		}
		if err := errors.Join(err, w.Close()); err != nil {
			return err
		}
		if err := r.part(s.name); err != nil {
			return err
		}
		return t.say(r)
	})
}
