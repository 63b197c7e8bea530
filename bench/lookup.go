package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/mozillazg/go-pinyin"

	"doudi/record/register"
	"doudi/record/store"
)

// page is how many persons a look-up shows.
const page = 20

// kinds are the ways to look somebody up.
var kinds = []struct {
	name  string
	typed func(i int) string // for the i-th person
}{
	{"identity number", func(i int) string { number, _ := numberOf(i); return string(number) }}, // it was registered, so there is one
	{"name", nameOf},
	{"two characters of the name", func(i int) string { return string([]rune(nameOf(i))[:2]) }},
	{"surname", func(i int) string { return string([]rune(nameOf(i))[:1]) }},
	{"pinyin initials", func(i int) string { return initialsOf(i) }},
	{"two initials", func(i int) string { return initialsOf(i)[:2] }},
}

func initialsOf(i int) string {
	style := pinyin.NewArgs()
	style.Style = pinyin.FirstLetter
	return strings.Join(pinyin.LazyPinyin(nameOf(i), style), "")
}

// lookupAll measures looking persons up in a register that grows, on each database.
func lookupAll(ctx context.Context, o *options, r *report) error {
	err := r.say("\n## Looking persons up\n\n%d look-ups of each kind, one after the other, each of a person drawn by chance and for a page of at most %d. Registered are name, number, birth and sex. "+
		"No table was scanned: the plans of the register's queries were read at each size, and PostgreSQL's own count of sequential scans did not move. "+
		"“Growth” is the median at the last size over that at the first.\n", o.asked, page)
	if err != nil {
		return err
	}
	all, err := newShelves(ctx, o)
	if err == nil {
		err = measureShelves(ctx, o, all)
	}
	for _, s := range all {
		if err == nil {
			err = s.say(r)
		}
		err = errors.Join(err, s.close())
	}
	return err
}

func newShelves(ctx context.Context, o *options) (all []*shelf, err error) {
	for _, dialect := range o.dialects {
		s, err := newShelf(ctx, dialect, o.secrets)
		if err != nil {
			return all, err
		}
		all = append(all, s)
	}
	return all, nil
}

// measureShelves fills the databases with the same people up to each size and looks some of them up.
func measureShelves(ctx context.Context, o *options, all []*shelf) error {
	there := 0
	for _, size := range o.sizes {
		for there < size {
			n := min(chunk, size-there)
			if err := copied(ctx, o.secrets, there, n, all); err != nil {
				return err
			}
			there += n
		}
		for _, s := range all {
			if err := s.measure(ctx, o, size); err != nil {
				return fmt.Errorf("%s, %d persons: %w", s.name, size, err)
			}
		}
	}
	return nil
}

// measured is what was seen at one size.
type measured struct {
	size  int
	waits [][]time.Duration // of each kind, in order
	added float64           // persons a second that the register itself took in
}

// measure looks persons up on the shelf and reads the plans.
func (s *shelf) measure(ctx context.Context, o *options, size int) error {
	before, err := s.scans(ctx)
	if err != nil {
		return err
	}
	w, err := openWorld(ctx, s.dsn, s.secrets)
	if err != nil {
		return err
	}
	m := measured{size: size}
	if err = w.same(ctx, size); err == nil {
		m.waits, err = w.ask(ctx, o.asked, size)
	}
	if err == nil {
		m.added, err = w.newcomers(ctx, size)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	after, err := s.scans(ctx)
	if err != nil {
		return err
	}
	if before != after {
		return fmt.Errorf("look-ups scanned a whole table: sequential scans were %s and are %s", before, after)
	}
	s.measured = append(s.measured, m)
	return s.plans(ctx)
}

// say adds what was measured: for each kind the median and the wait of the slowest twentieth at each size.
func (s *shelf) say(r *report) error {
	if err := r.part(s.name); err != nil {
		return err
	}
	head, last := []string{"p50 / p95 ms"}, []string{"registered, one by one, /s"}
	for _, m := range s.measured {
		head, last = append(head, fmt.Sprint(m.size)), append(last, fmt.Sprintf("%.0f", m.added))
	}
	t := table{append(head, "growth")}
	for k, kind := range kinds {
		row := []string{kind.name}
		for _, m := range s.measured {
			row = append(row, millis(share(m.waits[k], 50))+" / "+millis(share(m.waits[k], 95)))
		}
		first, final := share(s.measured[0].waits[k], 50), share(s.measured[len(s.measured)-1].waits[k], 50)
		t.row(append(row, fmt.Sprintf("%.2f", float64(final)/float64(first)))...)
	}
	t.row(append(last, "")...)
	return t.say(r)
}

// same finds persons drawn by chance and compares what is known of them with what was registered.
func (w *world) same(ctx context.Context, size int) error {
	dice := rand.New(rand.NewPCG(1, uint64(size)))
	return w.Store.Read(ctx, countyCode(0), func(tx *store.Tx) error {
		for range 100 {
			i := dice.IntN(size)
			number, err := numberOf(i)
			if err != nil {
				return err
			}
			person, err := w.Register.ByNumber(tx, number)
			if err != nil {
				return err
			}
			s, err := w.Register.Subject(tx, person, firstDay, lastDay)
			if err != nil {
				return err
			}
			if s.Name != nameOf(i) {
				return fmt.Errorf("person %d is registered as %s, not %s", i, s.Name, nameOf(i))
			}
		}
		return nil
	})
}

// newcomers registers a few more persons, one command each, and tells how many a second.
func (w *world) newcomers(ctx context.Context, size int) (perSecond float64, err error) {
	const n, beyond = 100, 10_000_000
	start := time.Now()
	for i := range n {
		err := w.write(ctx, &county{code: countyCode(0)}, clerk, func(tx *store.Tx) error { _, err := w.person(tx, beyond+size+i); return err })
		if err != nil {
			return 0, err
		}
	}
	return n / time.Since(start).Seconds(), nil
}

// ask looks persons up, each kind in turn, so that none has the quiet minutes.
func (w *world) ask(ctx context.Context, n, size int) ([][]time.Duration, error) {
	dice := rand.New(rand.NewPCG(2, uint64(size)))
	waits := make([][]time.Duration, len(kinds))
	for i := -n / 10; i < n; i++ { // the first ones warm up
		for k, kind := range kinds {
			person := dice.IntN(size)
			typed := kind.typed(person)
			start := time.Now()
			found, err := w.find(ctx, typed)
			took := time.Since(start)
			if err != nil {
				return nil, err
			}
			if len(found) == 0 || kind.name == "identity number" && found[0].Name != nameOf(person) {
				return nil, fmt.Errorf("%s: %q does not find %s", kind.name, typed, nameOf(person))
			}
			if i >= 0 {
				waits[k] = append(waits[k], took)
			}
		}
	}
	for _, list := range waits {
		slices.SortFunc(list, cmp.Compare)
	}
	return waits, nil
}

func (w *world) find(ctx context.Context, typed string) (found []register.Found, err error) {
	err = w.Store.Read(ctx, countyCode(0), func(tx *store.Tx) error {
		p, err := w.Register.Find(tx, typed, "", page)
		found = p.Found
		return err
	})
	return found, err
}
