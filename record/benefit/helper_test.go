package benefit_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/recordtest"
	"doudi/record/register"
	"doudi/record/snapshot"
	"doudi/record/store"
)

const (
	county = "999901"
	town   = ident.Division("999901100")
	other  = ident.Division("999901101")
)

var (
	clerk   = store.Actor{ID: "u1", Name: "王经办", Post: "窗口"}
	checker = store.Actor{ID: "u2", Name: "李审核", Post: "审核"}
)

// The schemes that the tests speak of.
const (
	elder   = "example/elder-allowance"
	careAid = "example/care-allowance"
	topUp   = "example/alone-top-up"
	family  = "example/family-living"
	pupils  = "example/pupil-grant"
	relief  = "example/emergency-aid"
	severe  = "pingyin-medical-help/severe-disability"
)

// What all tests of the record have.
var day, month, noon, expect = recordtest.Day, recordtest.Month, recordtest.Noon, recordtest.Expect

var library = sync.OnceValue(func() *policy.Library { return recordtest.Library("pingyin-2021", "guangxi-2018", "example") })

// world is a county whose people are decided month by month.
type world struct {
	testing.TB
	*benefit.Benefits
	store  *store.Store
	county string
	today  period.Day // of what is done next
	page   int        // of lines
}

// open makes a county that has adopted packs, each with lines of its adoption.
func open(t testing.TB, s *store.Store, adopt map[string]string) *world {
	return openIn(t, s, county, adopt)
}

func openIn(t testing.TB, s *store.Store, county string, adopt map[string]string) *world {
	t.Helper()
	l, log := library(), recordtest.Log()
	cipher, r := dated.CipherOf(log), recordtest.Register(log)
	w := &world{TB: t, store: s, county: county, page: 3, today: day("2023-12-01"), Benefits: benefit.New(benefit.Config{Vocabulary: l.Vocabulary, Packs: l.Packs, Register: r,
		Adoptions: adoption.New(l.Packs), Snapshots: snapshot.New(l.Vocabulary, r, cipher), Cipher: cipher, Log: log})}
	w.must(clerk, func(tx *store.Tx) error {
		if err := r.MarkDemo(tx); err != nil {
			return err
		}
		for i, code := range []ident.Division{ident.Division(county + "100"), ident.Division(county + "101")} {
			if err := r.AddDivision(tx, register.Division{Code: code, Name: fmt.Sprint("镇", i), Span: dated.Always}, dated.Said{}); err != nil {
				return err
			}
		}
		return nil
	})
	for name, lines := range adopt {
		w.adopt(name, county, lines)
	}
	return w
}

func (w *world) adopt(pack, division, lines string) {
	w.Helper()
	for _, p := range w.Packs {
		if p.ID != pack {
			continue
		}
		var decision string
		w.must(clerk, func(tx *store.Tx) (err error) {
			_, decision, err = w.Adoptions.Propose(tx, p, "采用.yaml", []byte("pack: "+pack+"\ndivision: \""+division+"\"\nlabel: 示例\n"+lines), "会议纪要")
			return err
		})
		w.must(checker, func(tx *store.Tx) error { return w.Adoptions.Approve(tx, decision, "同意") })
	}
}

// on sets the day of what is done next.
func (w *world) on(d string) *world { w.today = day(d); return w }

func (w *world) desk(by store.Actor) recordtest.Desk {
	return recordtest.Desk{TB: w.TB, Store: w.store, County: w.county, Actor: by, At: noon(w.today)}
}

func (w *world) do(by store.Actor, act func(tx *store.Tx) error) error { return w.desk(by).Do(act) }

func (w *world) must(by store.Actor, act func(tx *store.Tx) error) {
	w.Helper()
	w.desk(by).Must(act)
}

func (w *world) look(act func(tx *store.Tx) error) {
	w.Helper()
	w.desk(clerk).Look(act)
}

// facts are values for all time, or from a day where the name says so: person.birth, household.income_per_head@2024-03-01.
type facts map[string]any

func (w *world) value(name string, v any) rule.Fact {
	t := library().Vocabulary.TypeOf(name)
	switch v := v.(type) {
	case string:
		switch t.Type {
		case rule.DayType:
			return rule.Fact{Value: rule.Day(day(v))}
		case rule.DivisionType:
			return rule.Fact{Value: rule.Division(v)}
		}
		return rule.Fact{Value: rule.Text(v)}
	case bool:
		return rule.Fact{Value: rule.Bool(v)}
	case int:
		if t.Type == rule.MoneyType {
			return rule.Fact{Value: rule.Money(money.Yuan(int64(v)))}
		}
		return rule.Fact{Value: rule.Int(int64(v))}
	}
	w.Fatalf("no value for %s", name)
	return rule.Fact{}
}

// state records a fact over days and answers its id; "" is no bound.
func (w *world) state(party, name string, v any, from, to string) (id string) {
	w.Helper()
	f := w.value(name, v)
	f.Span = dated.Always
	if from != "" {
		f.Span.From = day(from)
	}
	if to != "" {
		f.Span.To = day(to)
	}
	w.must(clerk, func(tx *store.Tx) (err error) { id, err = w.Register.Record(tx, party, name, f, ""); return err })
	return id
}

// person registers somebody of the town, registered there.
func (w *world) person(name string, known facts) (id string) {
	w.Helper()
	w.must(clerk, func(tx *store.Tx) (err error) {
		id, err = w.Register.AddPerson(tx, register.Person{Name: name, From: rule.Beginning})
		return err
	})
	w.state(id, "person.hukou", w.county+"100", "", "")
	for name, v := range known {
		w.state(id, name, v, "", "")
	}
	return id
}

// elder registers somebody whose application for the elders' allowance was approved long ago.
func (w *world) elder(name, birth string) (id string) {
	w.Helper()
	id = w.person(name, facts{"person.birth": birth})
	w.approve(id)
	return id
}

func (w *world) approve(person string) {
	w.Helper()
	w.act(benefit.Act{Subject: person, Scheme: elder, Kind: benefit.Approve, Day: day("2020-01-06")})
}

// household makes a household of persons, the first its head.
func (w *world) household(known facts, members ...string) (id string) {
	w.Helper()
	w.must(clerk, func(tx *store.Tx) (err error) {
		if id, err = w.Register.AddHousehold(tx, register.Dwelling{Division: ident.Division(w.county + "100")}, members[0], day("2020-01-01"), dated.Said{}); err != nil {
			return err
		}
		for _, m := range members[1:] {
			if err := w.Register.Join(tx, id, m, "other", day("2020-01-01"), dated.Said{}); err != nil {
				return err
			}
		}
		return nil
	})
	for name, v := range known {
		w.state(id, name, v, "", "")
	}
	return id
}

func (w *world) act(a benefit.Act) (id string) {
	w.Helper()
	w.must(clerk, func(tx *store.Tx) (err error) { id, err = w.Act(tx, a); return err })
	return id
}

func (w *world) ask(m, since string) benefit.Ask {
	a := benefit.Ask{As: snapshot.As{County: w.county, Actor: clerk, Instant: noon(w.today)}, Month: month(m)}
	if since != "" {
		a.Since = month(since)
	}
	return a
}

// review computes a month and leaves it in review.
func (w *world) review(m, since string) benefit.Run {
	w.Helper()
	r, err := w.Start(context.Background(), w.store, w.ask(m, since))
	if err == nil {
		r, err = w.Compute(context.Background(), w.store, w.ask(m, since), r.ID, 2)
	}
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	if r.State != benefit.Review {
		w.Fatalf("the run of %s is %s", m, r.State)
	}
	return r
}

// run computes and approves a month.
func (w *world) run(m string) benefit.Run { w.Helper(); return w.runSince(m, "") }

func (w *world) runSince(m, since string) benefit.Run {
	w.Helper()
	r := w.review(m, since)
	w.must(checker, func(tx *store.Tx) (err error) { r, err = w.Approve(tx, r.ID, "同意"); return err })
	return r
}

// said is what a run says: kind, scheme, month, before and after, and why, a line each, of one subject or all.
func (w *world) said(r benefit.Run, subject string) string {
	w.Helper()
	text := ""
	w.look(func(tx *store.Tx) error {
		list, _, err := benefit.Differences(tx, r.ID, benefit.Filter{}, "", 1000)
		for _, d := range list {
			if subject == "" || d.Subject == subject {
				text += fmt.Sprintf("%s %s %s %s→%s %s\n", d.Kind, d.Scheme, d.Month, d.Before, d.After, d.Reason)
			}
		}
		return err
	})
	return text
}

// lines are all that approved runs call, by subject, scheme and month.
func (w *world) lines() map[string]money.Fen {
	w.Helper()
	total := map[string]money.Fen{}
	w.look(func(tx *store.Tx) error {
		runs, err := benefit.Approved(tx, 0)
		if err != nil {
			return err
		}
		for _, r := range runs {
			for after := ""; ; {
				lines, next, err := w.Lines(tx, r.ID, benefit.LineFilter{}, after, w.page)
				if err != nil {
					return err
				}
				for _, l := range lines {
					key := l.Subject + " " + l.Scheme + " " + l.Month.String()
					if total[key] += l.Amount; total[key] == 0 {
						delete(total, key)
					}
				}
				if after = next; after == "" {
					break
				}
			}
		}
		return nil
	})
	return total
}

func (w *world) sound() benefit.Checked {
	w.Helper()
	var done benefit.Checked
	w.look(func(tx *store.Tx) (err error) { done, err = w.Verify(tx); return err })
	return done
}

func same(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n%s\nwant\n%s", what, got, want)
	}
}
