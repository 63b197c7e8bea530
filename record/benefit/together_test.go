package benefit_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/snapshot"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// crowd registers many very old people at once; each is due the allowance once it is approved.
func (w *world) crowd(n int) (ids []string) {
	w.Helper()
	w.must(clerk, func(tx *store.Tx) error {
		return w.Register.Bulk(tx, register.Ahead{}, func(many *register.Register) error {
			for i := range n {
				id, err := many.AddPerson(tx, register.Person{Name: fmt.Sprint("老人", i), Birth: new(day("1935-01-01").AddDays(i)), From: rule.Beginning})
				if err != nil {
					return err
				}
				if _, err := many.Record(tx, id, "person.hukou", rule.Fact{Value: rule.Division(ident.Division(w.county + "100")), Span: dated.Always}, ""); err != nil {
					return err
				}
				ids = append(ids, id)
			}
			return nil
		})
	})
	return ids
}

// approved is a crowd whose applications were approved long ago.
func (w *world) approved(n int) []string {
	w.Helper()
	ids := w.crowd(n)
	w.must(clerk, func(tx *store.Tx) error {
		for _, id := range ids {
			if _, err := w.Act(tx, benefit.Act{Subject: id, Scheme: elder, Kind: benefit.Approve, Day: day("2020-01-06")}); err != nil {
				return err
			}
		}
		return nil
	})
	return ids
}

const crowded = 2500 // several chunks

// A run that is stopped is gone on with, two who compute it share the work, and facts that change meanwhile belong to the next one: nothing is doubled or lost.
func TestStoppedSharedAndDisturbed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": ""})
		w.page = 400
		ids := w.approved(crowded)
		w.on("2024-01-20")
		ask := w.ask("2024-01", "")
		r, err := w.Start(t.Context(), s, ask)
		if err != nil {
			t.Fatal(err)
		}
		w.must(clerk, func(tx *store.Tx) error { // after the picture was taken
			return w.Register.Die(tx, ids[0], day("2024-01-05"), register.Succession{}, dated.Said{})
		})
		ctx, stop := context.WithCancel(t.Context())
		stopping := ask
		stopping.Tell = func(what benefit.Stage, done, of int64) { stop() }
		if _, err := w.Compute(ctx, s, stopping, r.ID, 1); !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped with %v", err)
		}
		w.look(func(tx *store.Tx) error {
			p, err := benefit.ProgressOf(tx, &r)
			if err == nil && (p.Done == 0 || p.Done >= p.Chunks) {
				t.Errorf("%d of %d chunks are done", p.Done, p.Chunks)
			}
			return err
		})
		again, err := w.Start(t.Context(), s, ask)
		if err != nil || again.ID != r.ID {
			t.Fatalf("gone on with %s (%v), not %s", again.ID, err, r.ID)
		}
		var reviewed atomic.Int64
		for _, err := range storetest.Together(3, func(int) error {
			r, err := w.Compute(t.Context(), s, ask, r.ID, 2)
			if r.State == benefit.Review {
				reviewed.Add(1)
			}
			return err
		}) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if reviewed.Load() != 3 {
			t.Errorf("%d of 3 found it in review", reviewed.Load())
		}
		w.must(checker, func(tx *store.Tx) error { _, err := w.Approve(tx, r.ID, ""); return err })
		if n := len(w.lines()); n != crowded {
			t.Errorf("%d lines, want %d", n, crowded)
		}
		same(t, "the death belongs to the next run", w.said(w.on("2024-02-20").run("2024-02"), ""), "stopped "+elder+" 2024-02 60.00→0.00 died\n")
		if n := len(w.lines()); n != 2*crowded-1 {
			t.Errorf("%d lines, want %d", n, 2*crowded-1)
		}
		w.sound()
	})
}

// Two who begin the same month at the same moment begin one run.
func TestBegunTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": ""})
		w.crowd(50)
		w.on("2024-01-20")
		for _, err := range storetest.Together(4, func(int) error {
			r, err := w.Start(context.Background(), s, w.ask("2024-01", ""))
			if err == nil {
				_, err = w.Compute(context.Background(), s, w.ask("2024-01", ""), r.ID, 1)
			}
			return err
		}) {
			if err != nil {
				t.Fatal(err)
			}
		}
		w.look(func(tx *store.Tx) error {
			runs, err := benefit.Runs(tx)
			if err == nil && (len(runs) != 1 || runs[0].State != benefit.Review) {
				t.Errorf("runs %+v", runs)
			}
			return err
		})
	})
}

// Of those of whom nothing was said nothing is read again, and whose key was destroyed is in no picture any more.
func TestPictures(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": ""})
		ids := w.crowd(1000)
		as := snapshot.As{County: county, Actor: clerk, Instant: noon(w.today)}
		refresh := func() (read int, generation int64) {
			t.Helper()
			generation, err := w.Snapshots.Refresh(t.Context(), s, as, func(n, _ int) { read = n })
			if err != nil {
				t.Fatal(err)
			}
			return read, generation
		}
		if read, generation := refresh(); read != 1002 || generation != 1 { // and two towns
			t.Errorf("read %d in generation %d", read, generation)
		}
		if read, generation := refresh(); read != 0 || generation != 1 {
			t.Errorf("read %d again in generation %d", read, generation)
		}
		w.state(ids[3], "person.insured", true, "", "")
		if read, generation := refresh(); read != 1 || generation != 2 {
			t.Errorf("read %d in generation %d", read, generation)
		}
		seen := func() map[string]string {
			t.Helper()
			all := map[string]string{}
			w.look(func(tx *store.Tx) error {
				places, err := snapshot.All(tx)
				for _, p := range places {
					chunk, rows, err := w.Snapshots.Chunk(tx, p.Chunk)
					if err != nil {
						return err
					}
					for _, row := range rows {
						all[chunk.Parties[row.Index].ID] = fmt.Sprint(chunk.Subject(row.Index).Facts)
					}
				}
				return err
			})
			return all
		}
		known := seen()
		w.look(func(tx *store.Tx) error { // the picture says what the register says
			for _, id := range ids[:20] {
				r, err := w.Register.Subject(tx, id, day("2024-01-01"), rule.Forever)
				if err != nil {
					return err
				}
				delete(r.Facts, "person.name")
				if diff := cmp.Diff(fmt.Sprint(r.Facts), known[id]); diff != "" {
					t.Error(diff)
				}
			}
			return nil
		})
		w.must(clerk, func(tx *store.Tx) error { return w.Benefits.Log.Destroy(tx, ids[3], "保存期满") })
		refresh()
		if left := seen(); len(left) != 999 || left[ids[3]] != "" {
			t.Errorf("%d are left, of the one %q", len(left), left[ids[3]])
		}
		var chunks int
		w.look(func(tx *store.Tx) error { // nor does an older chunk hold anything of that person
			list, err := store.All(tx, store.Text, `SELECT chunk_id FROM snapshot_chunk WHERE county_code = ?1`, tx.County)
			for _, id := range list {
				chunk, _, err := w.Snapshots.Chunk(tx, id)
				if err != nil {
					return err
				}
				chunks++
				for _, p := range chunk.Parties {
					if p.ID == ids[3] {
						t.Errorf("chunk %s still holds the person", id)
					}
				}
			}
			return err
		})
		if chunks == 0 {
			t.Error("no chunk was looked at")
		}
	})
}
