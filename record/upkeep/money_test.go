package upkeep_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/record/upkeep"
)

var (
	stays  = fund.Use{Kind: fund.Category, Name: "医疗救助"}
	letter = "县财社〔2026〕17 号"
)

// newFund are the steps that open the special account aid.
func newFund() []upkeep.Step {
	return []upkeep.Step{&upkeep.OpenFund{Fund: "aid", Name: "医疗救助专账", Purpose: "民生保障资金", From: period.MustDay(2026, 1, 1), To: period.Latest, Uses: []fund.Use{stays}},
		&upkeep.OpenAccount{Fund: "aid", Kind: fund.Source, Code: "finance", Name: "县财政"}, &upkeep.OpenAccount{Fund: "aid", Kind: fund.Bank, Code: "main", Name: "专户"},
		&upkeep.OpenAccount{Fund: "aid", Kind: fund.Limit, Code: "treasury", Name: "授权支付"}}
}

func enter(what upkeep.Entering, yuan int64, into string) *upkeep.Enter {
	return &upkeep.Enter{Fund: "aid", What: what, Amount: money.Yuan(yuan), Source: "finance", Into: into, Day: today, Note: "一季度"}
}

// proposeOf proposes with a document.
func (w *world) proposeOf(steps ...upkeep.Step) (id string) {
	w.Helper()
	w.must(w.do(maker, func(tx *store.Tx) (err error) { id, err = w.Propose(tx, steps, letter); return err }))
	return id
}

// stands is where the money of the fund stands.
func (w *world) stands() (p fund.Position) {
	w.Helper()
	w.look(func(tx *store.Tx) (err error) { p, err = fund.PositionOf(tx, "aid"); return err })
	return p
}

// lastEntry is the newest entry of the fund's source.
func (w *world) lastEntry() (e fund.Entry) {
	w.Helper()
	w.look(func(tx *store.Tx) error {
		lines, err := fund.Lines(tx, "aid", fund.AccountID{Kind: fund.Source, Code: "finance"}, period.Span{From: today, To: today}, fund.Mark{}, 1000)
		if err != nil {
			return err
		}
		e, err = fund.EntryOf(tx, "aid", lines[len(lines)-1].Entry)
		return err
	})
	return e
}

// Money is entered when a second person approves, exactly as it was told before; what it comes from is the document and the change.
func TestMoneyByTwoPersons(t *testing.T) {
	each(t, func(w *world) {
		w.done(newFund()...)
		for _, c := range []struct {
			step upkeep.Step
			told string
			want fund.Position
		}{
			{enter(upkeep.Receive, 1000, "main"), "“医疗救助专账”拨入 1,000.00 元，2026-03-02，一季度", fund.Position{Received: money.Yuan(1000), Available: money.Yuan(1000), Held: money.Yuan(1000)}},
			{enter(upkeep.Grant, 500, "treasury"), "“医疗救助专账”下达用款额度 500.00 元，2026-03-02，一季度", fund.Position{Received: money.Yuan(1000), Granted: money.Yuan(500), Available: money.Yuan(1500), Held: money.Yuan(1500)}},
			{enter(upkeep.SetAside, 200, ""), "“医疗救助专账”预留 200.00 元，2026-03-02，一季度", fund.Position{Received: money.Yuan(1000), Granted: money.Yuan(500), SetAside: money.Yuan(200), Available: money.Yuan(1300), Held: money.Yuan(1500)}},
			{enter(upkeep.Release, 50, ""), "“医疗救助专账”释放预留 50.00 元，2026-03-02，一季度", fund.Position{Received: money.Yuan(1000), Granted: money.Yuan(500), SetAside: money.Yuan(150), Available: money.Yuan(1350), Held: money.Yuan(1500)}},
		} {
			before := w.stands()
			id := w.proposeOf(c.step)
			w.look(func(tx *store.Tx) error {
				change, err := upkeep.Get(tx, id)
				if err != nil {
					return err
				}
				told, err := w.Tell(tx, change, today)
				if err != nil || told[0].ZH != c.told || change.Area() != upkeep.Money || change.Fund != "aid" {
					t.Errorf("it is told as %v of %s, want %s: %v", told, change.Fund, c.told, err)
				}
				now, after, moves, err := upkeep.Effect(tx, change)
				if diff := cmp.Diff([]fund.Position{before, c.want}, []fund.Position{now, after}); diff != "" || !moves {
					t.Errorf("%s: %s", c.told, diff)
				}
				return err
			})
			if diff := cmp.Diff(before, w.stands()); diff != "" {
				t.Errorf("what nobody approved is entered: %s", diff)
			}
			w.code(w.do(maker, func(tx *store.Tx) error { return w.Approve(tx, id, "") }), "upkeep.same-person")
			w.must(w.approve(id))
			if diff := cmp.Diff(c.want, w.stands()); diff != "" || w.stands().Rest() != 0 || w.stands().Missing() != 0 {
				t.Errorf("%s: %s", c.told, diff)
			}
			if e := w.lastEntry(); e.Actor != check.ID || e.Reason != "一季度" || e.Lines[0].Origin != (fund.Origin{Kind: fund.FromDocument, ID: letter, Line: id}) {
				t.Errorf("the entry is %+v", e)
			}
			w.code(w.approve(id), "upkeep.answered")
		}
		w.look(fund.Verify)
	})
}

// What was entered wrongly is put right by a second pair as well, in the direction it was entered in.
func TestMoneyIsPutRight(t *testing.T) {
	each(t, func(w *world) {
		w.done(newFund()...)
		w.done(enter(upkeep.Receive, 1000, "main"))
		received := w.lastEntry().ID
		w.done(enter(upkeep.SetAside, 300, ""))
		kept := w.lastEntry().ID
		w.done(enter(upkeep.Release, 100, ""))
		released := w.lastEntry().ID
		for _, c := range []struct {
			entry               string
			to                  int64
			budget, kept, given int64 // afterwards
		}{{received, 900, 900, 200, 700}, {kept, 250, 900, 150, 750}, {released, 0, 900, 250, 650}, {released, 150, 900, 100, 800}} {
			id := w.proposeOf(&upkeep.Correct{Fund: "aid", Entry: c.entry, To: money.Yuan(c.to), Day: today, Why: "多记"})
			var after fund.Position
			w.look(func(tx *store.Tx) error {
				change, err := upkeep.Get(tx, id)
				if err == nil {
					_, after, _, err = upkeep.Effect(tx, change)
				}
				if err == nil {
					_, err = w.Tell(tx, change, today)
				}
				return err
			})
			w.must(w.approve(id))
			p := w.stands()
			if diff := cmp.Diff(after, p); diff != "" || p.Budget() != money.Yuan(c.budget) || p.SetAside != money.Yuan(c.kept) || p.Available != money.Yuan(c.given) || p.Rest() != 0 || p.Missing() != 0 {
				t.Errorf("%s to %d: %+v %s", c.entry, c.to, p, diff)
			}
		}
		w.look(fund.Verify)
	})
}

// What would not go is told when it is tried, and is refused when it is approved after something else was done; both keep everything as it was.
func TestMoneyRefused(t *testing.T) {
	each(t, func(w *world) {
		try := func(steps ...upkeep.Step) error {
			return w.Try(context.Background(), w.store, command(maker), steps, letter)
		}
		w.must(try(newFund()...))
		w.code(try(enter(upkeep.Receive, 1, "main")), "fund.unknown")
		w.done(newFund()...)
		w.done(enter(upkeep.Receive, 100, "main"))
		entry := w.lastEntry().ID
		for code, steps := range map[string][]upkeep.Step{
			"fund.exists":            newFund(),
			"fund.short":             {enter(upkeep.SetAside, 101, "")},
			"fund.reserve-short":     {enter(upkeep.Release, 1, "")},
			"fund.account-unknown":   {enter(upkeep.Receive, 1, "treasury")},
			"fund.amount":            {enter(upkeep.Receive, -1, "main")},
			"upkeep.empty":           {enter("burn", 1, "main")},
			"fund.use-missing":       {&upkeep.OpenFund{Fund: "b", Name: "乙", Purpose: "丙", From: today, To: period.Latest}},
			"fund.use-malformed":     {&upkeep.AllowUse{Fund: "aid", Uses: []fund.Use{{Kind: "x", Name: "y"}}}},
			"fund.account-malformed": {&upkeep.OpenAccount{Fund: "aid", Kind: fund.Payable, Code: "x", Name: "丙"}},
			"fund.entry-unknown":     {&upkeep.Correct{Fund: "aid", Entry: "nobody", Day: today, Why: "多记"}},
			"fund.adjust-nothing":    {&upkeep.Correct{Fund: "aid", Entry: entry, To: money.Yuan(100), Day: today, Why: "多记"}},
			"fund.reason":            {&upkeep.Correct{Fund: "aid", Entry: entry, Day: today}},
		} {
			w.code(try(steps...), code)
		}
		w.code(w.Try(context.Background(), w.store, command(maker), []upkeep.Step{enter(upkeep.Receive, 1, "main")}, "一\n二"), "fund.origin-malformed")
		mixed := []upkeep.Step{enter(upkeep.Receive, 1, "main"), &upkeep.HoldYear{Year: 2031}}
		w.code(w.do(maker, func(tx *store.Tx) error { _, err := w.Propose(tx, mixed, letter); return err }), "upkeep.mixed")
		one, two := w.proposeOf(enter(upkeep.SetAside, 60, "")), w.proposeOf(enter(upkeep.SetAside, 60, ""))
		w.must(w.approve(one))
		w.code(w.approve(two), "fund.short")
		w.must(w.do(check, func(tx *store.Tx) error { return w.Reject(tx, two, "余额不够") }))
		if p := w.stands(); p.SetAside != money.Yuan(60) || p.Available != money.Yuan(40) {
			t.Errorf("the position is %+v", p)
		}
		w.look(func(tx *store.Tx) error {
			for area, n := range map[upkeep.Area]int{upkeep.Standing: 0, upkeep.Money: 4} {
				answered, err := upkeep.Answered(tx, area, 10)
				if err != nil || len(answered) != n {
					t.Errorf("%d changes of %s are answered, want %d: %v", len(answered), area, n, err)
				}
			}
			return nil
		})
	})
}

// A use is told as the policies call it.
func TestUsesHaveNames(t *testing.T) {
	each(t, func(w *world) {
		w.done(newFund()...)
		w.done(&upkeep.AllowUse{Fund: "aid", Uses: []fund.Use{{Kind: fund.Settlement, Name: "inpatient"}}})
		w.look(func(tx *store.Tx) error {
			f, err := fund.Find(tx, "aid")
			if len(f.Uses) != 2 || w.UseName(stays).ZH != "医疗救助" {
				t.Errorf("it may be used for %v", f.Uses)
			}
			return err
		})
	})
}
