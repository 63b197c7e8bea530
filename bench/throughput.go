package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"doudi/record/store"
)

// settleAll measures settlements beside the peers, for each database and each number of counties.
func settleAll(ctx context.Context, o *options, out io.Writer) error {
	for _, dialect := range o.dialects {
		s, err := newSite(ctx, dialect, o.clients)
		if err != nil {
			return err
		}
		for _, counties := range o.counties {
			if err == nil {
				err = s.settleBeside(ctx, o, counties, out)
			}
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

func (s *site) settleBeside(ctx context.Context, o *options, counties int, out io.Writer) error {
	w, err := s.world(ctx, counties, o.persons)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s, counties: %d, persons: %d, cashiers: %d\n", s.dialect, counties, o.persons, o.clients)
	rounds, err := s.rounds(ctx, w, o)
	if err := errors.Join(err, w.close()); err != nil {
		return err
	}
	return s.show(out, rounds)
}

// world makes counties with people.
func (s *site) world(ctx context.Context, counties, persons int) (*world, error) {
	dsn, err := s.empty()
	if err != nil {
		return nil, err
	}
	w, err := newWorld(ctx, dsn, counties)
	if err != nil {
		return nil, err
	}
	for _, c := range w.counties {
		if err := w.fill(ctx, c, persons/counties); err != nil {
			return nil, errors.Join(err, w.close())
		}
	}
	if s.server != nil { // as PostgreSQL does by itself within a minute
		err = w.write(ctx, w.counties[0], clerk, func(tx *store.Tx) error { _, err := tx.Exec("ANALYZE"); return err })
	}
	return w, err
}

// rounds lets doudi and its peers take turns. What the first, short turn of doudi did does not count: connections are made in it.
func (s *site) rounds(ctx context.Context, w *world, o *options) ([]round, error) {
	if _, err := w.cashiers(ctx, o.clients, min(o.length, time.Second)); err != nil {
		return nil, err
	}
	var rounds []round
	for range o.rounds {
		var r round
		var err error
		if r.load, err = w.cashiers(ctx, o.clients, o.length); err != nil {
			return nil, err
		}
		for _, p := range s.peers {
			rate, err := p.rate(ctx, o.length)
			if err != nil {
				return nil, err
			}
			r.peers = append(r.peers, rate)
		}
		rounds = append(rounds, r)
	}
	return rounds, nil
}

func (s *site) show(out io.Writer, rounds []round) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "round\tsettlements/s\tp50 ms\tp95 ms\tp99 ms\tagain %\tbusy\t")
	for _, p := range s.peers {
		fmt.Fprintf(t, "%s/s\tratio\t", p.name)
	}
	fmt.Fprintln(t)
	for i, r := range rounds {
		fmt.Fprintf(t, "%d\t%.0f\t%s\t%s\t%s\t%.1f\t%d\t", i+1, r.load.rate(), millis(r.load.share(50)), millis(r.load.share(95)), millis(r.load.share(99)), r.load.again(), r.load.busy)
		for _, rate := range r.peers {
			fmt.Fprintf(t, "%.0f\t%.3f\t", rate, r.load.rate()/rate)
		}
		fmt.Fprintln(t)
	}
	fmt.Fprintf(t, "median\t%.0f\t\t\t\t\t\t", median(rounds, func(r round) float64 { return r.load.rate() }))
	for i := range s.peers {
		fmt.Fprintf(t, "%.0f\t%.3f\t", median(rounds, func(r round) float64 { return r.peers[i] }), median(rounds, func(r round) float64 { return r.load.rate() / r.peers[i] }))
	}
	fmt.Fprintln(t)
	return t.Flush()
}

func millis(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/1e6) }

func median[T any](all []T, of func(T) float64) float64 {
	var values []float64
	for _, one := range all {
		values = append(values, of(one))
	}
	slices.Sort(values)
	if n := len(values); n%2 == 0 && n > 0 {
		return (values[n/2-1] + values[n/2]) / 2
	}
	return values[len(values)/2]
}
