package benefit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

var errDrawnAgain = errors.New("drawn again")

// What is added up in SQL is what cell.due says of each determination that stands: for every month, whatever several runs determined one after the other.
func TestSumsAreOfWhatIsDue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		c := store.Command{Name: "draw", County: "999901", Actor: store.Actor{ID: "u1", Name: "王经办"}, Instant: time.Unix(0, 0)}
		rapid.Check(t, func(rt *rapid.T) {
			drawn := drawRuns(rt)
			_, err := s.Write(context.Background(), c, func(tx *store.Tx) (any, error) {
				return nil, errors.Join(drawn.write(tx), drawn.compare(rt, tx), errDrawnAgain)
			})
			if err.Error() != errDrawnAgain.Error() {
				rt.Fatal(err)
			}
		})
	})
}

// drawn are runs of which the last is in review, and what they determined, in their order.
type drawn struct {
	runs []Run
	all  []Determination
}

var drawnMonths = period.Span{From: period.MustDay(2024, 1, 1), To: period.MustDay(2024, 6, 30)}

func drawRuns(rt *rapid.T) (d drawn) {
	first, last := drawnMonths.From.Month(), drawnMonths.To.Month()
	month := func(name string, from, to period.Month) period.Month {
		return period.Month(rapid.IntRange(int(from), int(to)).Draw(rt, name))
	}
	for i := range rapid.IntRange(1, 4).Draw(rt, "runs") {
		d.runs = append(d.runs, Run{ID: fmt.Sprint("r", i+1), Number: int64(i + 1), Month: month("month", first, last), State: Approval})
	}
	d.runs[len(d.runs)-1].State = Review
	for _, r := range d.runs {
		for _, subject := range []string{"p1", "p2", "p3"} {
			for _, scheme := range []string{"a/x", "b/y"} {
				for from := month("from", first, last+2); from <= last; { // spans of one run follow one another
					x := Determination{Subject: subject, Scheme: scheme, Run: r.ID, From: from, To: month("to", from, last),
						Every:   rapid.SampledFrom([]policy.Period{policy.EveryMonth, policy.EveryYear, policy.Once}).Draw(rt, "every"),
						Verdict: rapid.SampledFrom([]explain.Verdict{explain.Pays, explain.Covered, explain.ReviewDue, explain.DocumentsNeeded, explain.NotSelected, explain.NotPayable}).Draw(rt, "verdict"),
						Amount:  money.Fen(rapid.IntRange(0, 100_00).Draw(rt, "amount")), Held: rapid.Bool().Draw(rt, "held"),
						Division: rapid.SampledFrom([]ident.Division{"999901100", "999901101"}).Draw(rt, "division")}
					if gives(x.Verdict) && rapid.Bool().Draw(rt, "reviewed") {
						x.ReviewBy = drawnMonths.From.AddDays(rapid.IntRange(0, 2).Draw(rt, "review"))
					}
					d.all = append(d.all, x)
					from = month("next", x.To+1, last+2)
				}
			}
		}
	}
	return d
}

func (d *drawn) write(tx *store.Tx) (err error) {
	for _, r := range d.runs {
		_, failed := tx.Exec(`INSERT INTO benefit_run (county_code, run_id, number, month, called_from, state, pass, generation, since, sweep, bases, maker_id, maker_name, instant, checker_id, checker_name, closed, note)
			VALUES (?1, ?2, ?3, ?4, ?4, ?5, 1, 1, 0, 0, '', '', '', '', '', '', '', '')`, tx.County, r.ID, r.Number, r.Month.String(), string(r.State))
		err = errors.Join(err, failed)
	}
	for _, x := range d.all {
		_, failed := tx.Exec(`INSERT INTO benefit_determination (county_code, subject_id, scheme, run_id, from_month, to_month, every, verdict, reason, amount, held, exit, adoption_id, division, review_day)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '', ?9, ?10, 0, '', ?11, ?12)`, tx.County, x.Subject, x.Scheme, x.Run, x.From.String(), x.To.String(), string(x.Every), string(x.Verdict), int64(x.Amount), truth(x.Held), string(x.Division), dated.DayOr(x.ReviewBy, 0))
		err = errors.Join(err, failed)
	}
	return err
}

// standing is the determination that stands for a subject, scheme and month among those of the first so many runs, as the runs read it.
func (d *drawn) standing(subject, scheme string, m period.Month, runs int) (found Determination, due money.Fen) {
	var of []Determination
	for _, x := range d.all {
		if x.Subject == subject && slices.ContainsFunc(d.runs[:runs], func(r Run) bool { return r.ID == x.Run }) {
			of = append(of, x)
		}
	}
	for _, x := range of {
		if x.Scheme == scheme && x.From <= m && m <= x.To {
			found = x
		}
	}
	cell := standing(of, scheme, m)
	return found, cell.due(m)
}

func (d *drawn) compare(rt *rapid.T, tx *store.Tx) error {
	for m := drawnMonths.From.Month(); m <= drawnMonths.To.Month(); m++ {
		if err := d.compareStands(rt, tx, m); err != nil {
			return err
		}
	}
	open := &d.runs[len(d.runs)-1]
	got, err := addedUp(tx, open)
	var want Balance
	d.each(func(subject, scheme string) {
		_, before := d.standing(subject, scheme, open.Month, len(d.runs)-1)
		_, after := d.standing(subject, scheme, open.Month, len(d.runs))
		want.Carried, want.Determined = want.Carried+before, want.Determined+after
	})
	if got != want {
		rt.Errorf("run %s of %s: added up %+v, by what is due %+v", open.ID, open.Month, got, want)
	}
	return err
}

func (d *drawn) each(do func(subject, scheme string)) {
	for _, subject := range []string{"p1", "p2", "p3"} {
		for _, scheme := range []string{"a/x", "b/y"} {
			do(subject, scheme)
		}
	}
}

// compareStands looks at a month as the approved runs have it.
func (d *drawn) compareStands(rt *rapid.T, tx *store.Tx, m period.Month) error {
	told := []explain.Verdict{explain.Pays, explain.Covered, explain.DocumentsNeeded, explain.ReviewDue}
	sums := map[Stand]Stand{}
	lists := map[explain.Verdict][]Determination{}
	d.each(func(subject, scheme string) {
		x, due := d.standing(subject, scheme, m, len(d.runs)-1)
		if !slices.Contains(told, x.Verdict) {
			return
		}
		key := Stand{Division: x.Division, Scheme: scheme, Verdict: x.Verdict}
		list := x.Verdict
		switch {
		case x.Verdict == explain.ReviewDue:
			key.ReviewBy = x.ReviewBy
		case x.ReviewBy != 0 && x.ReviewBy <= comingUntil:
			list = "" // those that are still to come
		case gives(x.Verdict):
			list = "given"
		}
		lists[list] = append(lists[list], x)
		sum := sums[key]
		key.Subjects, key.Amount = sum.Subjects+1, sum.Amount+due
		sums[Stand{Division: x.Division, Scheme: scheme, Verdict: x.Verdict, ReviewBy: key.ReviewBy}] = key
	})
	var want []Stand
	for _, sum := range sums {
		want = append(want, sum)
	}
	slices.SortFunc(want, func(a, b Stand) int {
		return cmp.Or(cmp.Compare(a.Division, b.Division), strings.Compare(a.Scheme, b.Scheme), cmp.Compare(a.Verdict, b.Verdict), cmp.Compare(a.ReviewBy, b.ReviewBy))
	})
	got, err := Stands(tx, m)
	if diff := gocmp.Diff(want, got); diff != "" {
		rt.Errorf("%s stands otherwise than what is due: %s", m, diff)
	}
	for _, verdict := range []explain.Verdict{explain.DocumentsNeeded, explain.ReviewDue, ""} {
		slices.SortFunc(lists[verdict], func(a, b Determination) int {
			byDay := 0
			if verdict == "" {
				byDay = cmp.Compare(a.ReviewBy, b.ReviewBy)
			}
			return cmp.Or(cmp.Compare(a.Division, b.Division), byDay, cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Scheme, b.Scheme))
		})
		paged, failed := inPages(tx, verdict, m)
		err = errors.Join(err, failed)
		if !slices.Equal(paged, lists[verdict]) {
			rt.Errorf("%s: %q are %+v in pages, want %+v", m, verdict, paged, lists[verdict])
		}
	}
	coming := 0
	sumsComing, failed := ComingReviews(tx, Standings{Until: comingUntil, Division: "999901", Schemes: drawnSchemes}, m)
	for _, c := range sumsComing {
		coming += c.Subjects
	}
	if coming != len(lists[""]) {
		rt.Errorf("%s: %d reviews come, want %d", m, coming, len(lists[""]))
	}
	return errors.Join(err, failed)
}

// drawnSchemes are those of the drawn runs, and comingUntil is the day until which some of their reviews come.
var (
	drawnSchemes = []string{"a/x", "b/y"}
	comingUntil  = drawnMonths.From.AddDays(1)
)

// inPages are all that stand with a verdict, or whose review comes for none, read two at a time.
func inPages(tx *store.Tx, verdict explain.Verdict, m period.Month) (all []Determination, err error) {
	for after := ""; ; {
		list, next, err := Standing(tx, Standings{Verdict: verdict, Until: comingUntil, Division: "999901", Schemes: drawnSchemes}, m, after, 2)
		all = append(all, list...)
		if err != nil || next == "" {
			return all, err
		}
		after = next
	}
}
