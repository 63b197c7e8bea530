package oracle_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"doudi/internal/county"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/benefit"
	"doudi/record/snapshot"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// paid is what runs called to be paid, by person and month.
type paid struct {
	sums map[string]map[period.Month]money.Fen
	back int // of the lines, those that call something back
	late int // and those that call arrears: for a month before the run's
}

// TestYear lets the county live through its year, with a run at the end of each month, and compares what they called to be paid with what the queries say: on either
// database, for they share the rules and not the SQL by which runs find what stands.
func TestYear(t *testing.T) {
	storetest.EachDSN(t, year)
}

func year(t *testing.T, dsn string) {
	w := newWorld(t, dsn)
	for m := county.Opening.Month(); m.Year() == county.Year; m++ {
		ok(t, w.Month(context.Background(), m))
		w.run(m)
	}
	w.copyOut()
	late := 0
	for name, scheme := range map[string]string{
		"zhengan-care":       "zhengan-livelihood-security/care-subsidy",
		"huining-living":     "huining-backstop/disability-living",
		"huining-care":       "huining-backstop/disability-care",
		"guangxi-premium":    "guangxi-health-poverty-backstop/premium-aid",
		"pingyin-care":       "pingyin-medical-help/function-loss-care",
		"pingyin-disability": "pingyin-medical-help/severe-disability",
	} {
		called := w.called(scheme)
		late += called.late
		t.Run(name, func(t *testing.T) { w.compare(t, name, called) })
	}
	if late == 0 {
		t.Error("nothing was called late: a year without arrears proves little")
	}
	t.Run("pingyin-pupils", func(t *testing.T) { w.compareHalves(t, w.called("pingyin-medical-help/student-aid")) })
}

// run decides a month on its last day, and approves it.
func (w *world) run(m period.Month) {
	w.Helper()
	ctx, on := context.Background(), county.Morning(m.Last())
	ask := benefit.Ask{As: snapshot.As{County: county.Code, Actor: county.Clerk, Instant: on}, Month: m}
	r, err := w.Benefits.Start(ctx, w.Store, ask)
	if err == nil {
		r, err = w.Benefits.Compute(ctx, w.Store, ask, r.ID, 1)
	}
	ok(w, err)
	_, err = w.Store.Write(ctx, store.Command{Name: "approve", County: county.Code, Actor: county.Checker, Instant: on}, func(tx *store.Tx) (any, error) {
		return w.Benefits.Approve(tx, r.ID, "同意")
	})
	ok(w, err)
}

// called adds up the lines of all runs for a scheme.
func (w *world) called(scheme string) paid {
	w.Helper()
	called := paid{sums: map[string]map[period.Month]money.Fen{}}
	ok(w, w.Store.Read(context.Background(), county.Code, func(tx *store.Tx) error {
		runs, err := benefit.Approved(tx, 0)
		if err != nil {
			return err
		}
		for _, r := range runs {
			for after, more := "", true; more; more = after != "" {
				var lines []benefit.Line
				if lines, after, err = w.Benefits.Lines(tx, r.ID, benefit.LineFilter{Scheme: scheme}, after, 500); err != nil {
					return err
				}
				for _, l := range lines {
					called.add(l.Subject, l.Month, l.Amount)
					if l.Month < r.Month && l.Amount > 0 {
						called.late++
					}
				}
			}
		}
		return nil
	}))
	return called
}

func (p *paid) add(person string, m period.Month, amount money.Fen) {
	if p.sums[person] == nil {
		p.sums[person] = map[period.Month]money.Fen{}
	}
	p.sums[person][m] += amount
	if amount < 0 {
		p.back++
	}
}

// compare compares what a query says month by month.
func (w *world) compare(t *testing.T, name string, called paid) {
	rows, err := w.plain.Query(w.query(name))
	ok(t, err)
	defer rows.Close()
	must, total := paid{sums: map[string]map[period.Month]money.Fen{}}, money.Fen(0)
	for rows.Next() {
		var person, written string
		var fen int64
		ok(t, rows.Scan(&person, &written, &fen))
		m, err := period.ParseMonth(written)
		ok(t, err)
		must.add(person, m, money.Fen(fen))
		total += money.Fen(fen)
	}
	ok(t, rows.Err())
	if len(must.sums) == 0 {
		t.Error("the query says that nobody is due anything")
	}
	people := maps.Clone(called.sums)
	maps.Copy(people, must.sums)
	for _, person := range slices.Sorted(maps.Keys(people)) {
		for m := county.Opening.Month(); m.Year() == county.Year; m++ {
			if is, want := called.sums[person][m], must.sums[person][m]; is != want {
				t.Errorf("%s in %s: %s was called, the query says %s%s", person, m, is, want, w.known(person))
			}
		}
	}
	t.Logf("%d people, %s; %d lines were called late, %d called something back", len(must.sums), total, called.late, called.back)
}

// compareHalves compares what pupils are paid by half-years with the least and the most that the document leaves room for.
func (w *world) compareHalves(t *testing.T, called paid) {
	halves := map[string]money.Fen{}
	for person, months := range called.sums {
		for m, amount := range months {
			halves[person+" "+half(m)] += amount
		}
	}
	rows, err := w.plain.Query(w.query("pingyin-pupils"))
	ok(t, err)
	defer rows.Close()
	open, said := 0, 0
	for ; rows.Next(); said++ {
		var person, half string
		var most, least int64
		ok(t, rows.Scan(&person, &half, &most, &least))
		key := person + " " + half
		if is := halves[key]; is < money.Fen(least) || is > money.Fen(most) {
			t.Errorf("%s: %s was called, the query says %s to %s%s", key, is, money.Fen(least), money.Fen(most), w.known(person))
		}
		if least != most {
			open++
		}
		delete(halves, key)
	}
	ok(t, rows.Err())
	for _, key := range slices.Sorted(maps.Keys(halves)) {
		if halves[key] != 0 {
			t.Errorf("%s: %s was called, the query says nothing", key, halves[key])
		}
	}
	if said == 0 || open*4 > said || called.back == 0 {
		t.Errorf("of %d half-years %d are left open, and %d lines called something back: this proves little", said, open, called.back)
	}
	t.Logf("%d half-years, of which %d are left open, %d lines called something back", said, open, called.back)
}

// half is the half-year of a month as the query names it.
func half(m period.Month) string {
	if m.First() < period.MustDay(m.Year(), 7, 1) {
		return fmt.Sprintf("%d-first half", m.Year())
	}
	return fmt.Sprintf("%d-second half", m.Year())
}

// known is what the queries know of somebody, for whoever looks into a difference.
func (w *world) known(person string) (text string) {
	rows, err := w.plain.Query(`SELECT name, value, from_day, to_day FROM said WHERE party IN (SELECT ? UNION SELECT household FROM lives WHERE person = ?)
		AND (name LIKE 'person.disab%' OR name LIKE 'person.school.%' OR name LIKE 'roster.%' OR name IN ('person.birth', 'person.death', 'person.insured', 'person.premium', 'person.hukou', 'person.function_loss', 'household.dibao_class', 'person.has_disability')) ORDER BY name, nth`, person, person)
	ok(w, err)
	defer rows.Close()
	for rows.Next() {
		var name, value, from, to string
		ok(w, rows.Scan(&name, &value, &from, &to))
		text += fmt.Sprintf("\n\t%s = %s (%s to %s)", name, value, from, to)
	}
	ok(w, rows.Err())
	return text
}
