package adoption_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/recordtest"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

var day = recordtest.Day

var today = day("2026-03-01")

var shipped = sync.OnceValue(func() map[string]*policy.Pack {
	names := []string{"example", "huining-2020", "jiangmen-draft", "guangxi-2018", "pingyin-2021"}
	all := map[string]*policy.Pack{}
	for i, p := range recordtest.Library(names...).Packs {
		all[names[i]] = p
	}
	return all
})

var maker, checker = store.Actor{ID: "u1", Name: "王经办"}, store.Actor{ID: "u2", Name: "李审核"}

type world struct {
	*testing.T
	*adoption.Adoptions
	store *store.Store
}

func open(t *testing.T, s *store.Store) world {
	t.Helper()
	var all []*policy.Pack
	for _, p := range shipped() {
		all = append(all, p)
	}
	return world{t, adoption.New(all), s}
}

func (w world) desk(county string, by store.Actor) recordtest.Desk {
	return recordtest.Desk{TB: w.T, Store: w.store, County: county, Actor: by, At: recordtest.Noon(today)}
}

func (w world) do(county string, by store.Actor, act func(tx *store.Tx) error) error {
	return w.desk(county, by).Do(act)
}

func (w world) must(county string, by store.Actor, act func(tx *store.Tx) error) {
	w.Helper()
	w.desk(county, by).Must(act)
}

func (w world) propose(county, pack, content string) (id, decision string, err error) {
	err = w.do(county, maker, func(tx *store.Tx) (err error) {
		id, decision, err = w.Propose(tx, shipped()[pack], "采用.yaml", []byte(content), "会议纪要")
		return err
	})
	return id, decision, err
}

// adopt proposes and approves.
func (w world) adopt(county, pack, content string) (id string) {
	w.Helper()
	id, decision, err := w.propose(county, pack, content)
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"))
	}
	w.must(county, checker, func(tx *store.Tx) error { return w.Approve(tx, decision, "同意") })
	return id
}

func (w world) force(county string, division ident.Division, on period.Day, series string) (f adoption.Force, err error) {
	w.Helper()
	failed := w.store.Read(context.Background(), county, func(tx *store.Tx) error { f, err = w.InForce(tx, division, on, series); return nil })
	if failed != nil {
		w.Fatal(failed)
	}
	return f, err
}

func TestAdoptionFromProposalToEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		const content = "pack: example\nfrom: 2025-01-01\nreadings: {cap_window: calendar}\nparameters: {stay.limit: 2000.00}\ntables: {care_rates: {rows: [[partial, 70.00], [lost, 150.00]]}}\n"
		id, decision, err := w.propose("999901", "example", content)
		if err != nil {
			t.Fatal(fault.RenderError(err, "zh"))
		}
		if _, err := w.force("999901", "999901", today, "example"); fault.CodeOf(err) != "adoption.none" || fault.KindOf(err) != fault.OutOfForce {
			t.Errorf("before it was approved: %v", err)
		}
		err = w.do("999901", maker, func(tx *store.Tx) error { return w.Approve(tx, decision, "") })
		if fault.CodeOf(err) != "adoption.same-person" || fault.KindOf(err) != fault.Forbidden {
			t.Errorf("approved by the maker: %v", err)
		}
		w.must("999901", checker, func(tx *store.Tx) error { return w.Approve(tx, decision, "同意") })
		err = w.do("999901", checker, func(tx *store.Tx) error { return w.Approve(tx, decision, "") })
		if fault.CodeOf(err) != "adoption.answered" {
			t.Errorf("approved twice: %v", err)
		}
		f, err := w.force("999901", "999901100", today, "example")
		if err != nil {
			t.Fatal(err)
		}
		if f.ID != id || f.Hash != shipped()["example"].Hash || f.Basis.Pack != shipped()["example"] || f.Adoption.From != day("2025-01-01") || f.Adoption.Division != "999901" {
			t.Errorf("in force: %+v %+v", f, f.Adoption)
		}
		if got := rule.Display(f.Basis.Reading("cap_window"), ""); got != "calendar" {
			t.Errorf("reading %s", got)
		}
		if got := rule.Display(f.Adoption.Parameters["stay.limit"], ""); got != "2,000.00" || len(f.Adoption.Tables["care_rates"].Rows) != 2 {
			t.Errorf("limit %s, tables %v", got, f.Adoption.Tables)
		}
		if again, err := w.force("999901", "999901", today, "example"); err != nil || again.Basis != f.Basis {
			t.Errorf("another basis for the same adoption (%v)", err)
		}
		w.end(id, "2026-02-28")
		_, err = w.force("999901", "999901", today, "example")
		if fault.CodeOf(err) != "adoption.none" || !strings.Contains(err.Error(), "2025-01-01 – 2026-02-28") {
			t.Errorf("after it was withdrawn: %v", err)
		}
		if f, err := w.force("999901", "999901", day("2026-02-28"), "example"); err != nil || f.Adoption.To != day("2026-02-28") {
			t.Errorf("on its last day: %+v, %v", f.Adoption, err)
		}
		w.must("999901", maker, func(tx *store.Tx) error {
			r, err := adoption.Get(tx, id)
			if r.State != adoption.Withdrawn || r.Content != content || len(r.Decisions) != 2 || r.Decisions[1].Maker != maker || r.Decisions[1].Answer.Checker != checker || r.Decisions[1].Reason != "文件废止" {
				t.Errorf("kept: %+v", r)
			}
			all, allErr := adoption.All(tx)
			if len(all) != 1 || allErr != nil {
				t.Errorf("%d adoptions, %v", len(all), allErr)
			}
			return err
		})
	})
}

// end withdraws with a last day, by two persons.
func (w world) end(id, last string) {
	w.Helper()
	var decision string
	w.must("999901", maker, func(tx *store.Tx) (err error) {
		decision, err = adoption.Withdraw(tx, id, day(last), "文件废止")
		return err
	})
	w.must("999901", checker, func(tx *store.Tx) error { return w.Approve(tx, decision, "") })
}

func TestProposeRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.adopt("999901", "example", "to: 2024-12-31")
		tests := []struct{ name, county, pack, content, code string }{
			{"no YAML", "999901", "example", "from: [", "text.syntax"},
			{"a question nobody asked", "999901", "example", "from: 2025-01-01\nreadings: {cap_widow: calendar}", "adoption.unknown-question"},
			{"a reading nobody knows", "999901", "example", "from: 2025-01-01\nreadings: {cap_window: sliding}", "adoption.unknown-reading"},
			{"a parameter nobody knows", "999901", "example", "from: 2025-01-01\nparameters: {stay.limt: 1.00}", "adoption.unknown-parameter"},
			{"no amount", "999901", "example", "from: 2025-01-01\nparameters: {stay.limit: many}", "money.malformed"},
			{"a table nobody knows", "999901", "example", "from: 2025-01-01\ntables: {care: {}}", "adoption.unknown-table"},
			{"a key nobody knows", "999901", "example", "frm: 2025-01-01", "text.unknown-key"},
			{"of another pack", "999901", "example", "pack: pingyin-2021\nfrom: 2025-01-01", "adoption.other-pack"},
			{"overlapping by a day", "999901", "example", "from: 2024-12-31", "adoption.overlap"},
			{"no division known", "999901", "guangxi-2018", "from: 2025-01-01", "adoption.division-missing"},
			{"another county's division", "999901", "example", "division: \"370124\"\nfrom: 2025-01-01", "adoption.outside-county"},
			{"the whole city", "999901", "example", "division: \"999900\"\nfrom: 2025-01-01", "adoption.outside-county"},
			{"no day", "999901", "huining-2020", "division: \"999901\"", "adoption.from-missing"},
			{"a day after the pack's time", "999901", "pingyin-2021", "division: \"999901\"\nfrom: 2022-01-01", "adoption.outside-pack"},
			{"backwards", "999901", "example", "from: 2026-01-01\nto: 2025-01-01", "adoption.span"},
			{"another place's document", "620422", "pingyin-2021", "division: \"620422\"\nfrom: 2021-01-01", "adoption.other-place"},
			{"another place's document as an example", "620422", "pingyin-2021", "division: \"620422\"\nfrom: 2021-01-01\nlabel: 示例", ""},
			{"a draft", "440703", "jiangmen-draft", "division: \"440703\"\nfrom: 2024-01-01", "adoption.draft"},
			{"a draft in a fictional county", "999901", "jiangmen-draft", "division: \"999901\"\nfrom: 2024-01-01", ""},
			{"the day after", "999901", "example", "from: 2025-01-01", ""},
			{"a town for itself", "999901", "example", "division: \"999901100\"\nfrom: 2024-06-01", ""},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				_, _, err := w.propose(tt.county, tt.pack, tt.content)
				if got := fault.CodeOf(err); got != tt.code || (err != nil) != (tt.code != "") {
					t.Errorf("answer %q (%v), want %q", got, err, tt.code)
				}
			})
		}
	})
}

func TestDecisionsRefuse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		id := w.adopt("999901", "example", "from: 2025-01-01\nto: 2025-12-31")
		waiting, decision, err := w.propose("999901", "example", "from: 2026-01-01")
		if err != nil {
			t.Fatal(err)
		}
		_, rival, err := w.propose("999901", "example", "from: 2026-06-01")
		if err != nil {
			t.Fatal(err)
		}
		withdraw := func(id string, last period.Day, reason string) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { _, err := adoption.Withdraw(tx, id, last, reason); return err }
		}
		approve := func(decision string) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { return w.Approve(tx, decision, "") }
		}
		reject := func(decision, note string) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { return adoption.Reject(tx, decision, note) }
		}
		tests := []struct {
			name, county string
			by           store.Actor
			act          func(tx *store.Tx) error
			code         string
		}{
			{"nothing withdrawn", "999901", maker, withdraw("x", today, "x"), "adoption.unknown"},
			{"what waits withdrawn", "999901", maker, withdraw(waiting, today, "x"), "adoption.not-approved"},
			{"withdrawn on its last day", "999901", maker, withdraw(id, day("2025-12-31"), "x"), "adoption.ends-already"},
			{"without a reason", "999901", maker, withdraw(id, day("2025-06-30"), " "), "adoption.reason-missing"},
			{"in another county", "999902", maker, withdraw(id, day("2025-06-30"), "x"), "adoption.unknown"},
			{"no decision", "999901", checker, approve("x"), "adoption.decision-unknown"},
			{"a decision of another county", "999902", checker, approve(decision), "adoption.decision-unknown"},
			{"rejected without a reason", "999901", checker, reject(decision, ""), "adoption.reason-missing"},
			{"approved", "999901", checker, approve(decision), ""},
			{"approved after its rival", "999901", checker, approve(rival), "adoption.overlap"},
			{"rejected after it was approved", "999901", checker, reject(decision, "x"), "adoption.answered"},
			{"taken back by its maker", "999901", maker, reject(rival, "重复"), ""},
			{"approved after it was taken back", "999901", checker, approve(rival), "adoption.answered"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				if got := fault.CodeOf(w.do(tt.county, tt.by, tt.act)); got != tt.code {
					t.Errorf("answer %q, want %q", got, tt.code)
				}
			})
		}
	})
}

// Of two withdrawals under way at once the earlier last day stays, in whichever order they are approved.
func TestLaterWithdrawalDoesNotLengthen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		id := w.adopt("999901", "example", "from: 2025-01-01\nto: 2025-12-31")
		var decisions []string
		for _, last := range []string{"2025-03-31", "2025-06-30"} {
			w.must("999901", maker, func(tx *store.Tx) error {
				decision, err := adoption.Withdraw(tx, id, day(last), "x")
				decisions = append(decisions, decision)
				return err
			})
		}
		for _, decision := range decisions {
			w.must("999901", checker, func(tx *store.Tx) error { return w.Approve(tx, decision, "") })
		}
		if f, err := w.force("999901", "999901", day("2025-04-01"), "example"); fault.CodeOf(err) != "adoption.none" {
			t.Errorf("in force again: %+v, %v", f, err)
		}
	})
}

// A smaller division's own adoption comes before that of the county around it.
func TestSmallestDivisionDecides(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		county := w.adopt("999901", "example", "from: 2025-01-01")
		town := w.adopt("999901", "example", "division: \"999901100\"\nfrom: 2026-01-01")
		for division, want := range map[ident.Division]string{"999901": county, "999901100": town, "999901100201": town, "999901101": county, "999902": ""} {
			if f, err := w.force("999901", division, today, "example"); f.ID != want || (err == nil) != (want != "") {
				t.Errorf("%s applies %q (%v), want %q", division, f.ID, err, want)
			}
		}
		if f, err := w.force("999901", "999901100", day("2025-12-31"), "example"); err != nil || f.ID != county {
			t.Errorf("before the town's own: %q (%v)", f.ID, err)
		}
	})
}

func TestPackOfTheHashIsNeeded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.adopt("999901", "example", "from: 2025-01-01")
		w.Adoptions = adoption.New([]*policy.Pack{shipped()["pingyin-2021"]})
		_, err := w.force("999901", "999901", today, "example")
		if fault.CodeOf(err) != "adoption.pack-missing" || !strings.Contains(err.Error(), shipped()["example"].Hash[:12]) {
			t.Errorf("answer %v", err)
		}
	})
}

// Two who approve overlapping proposals at the same time: one of them is refused.
func TestApprovedAtTheSameTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		var decisions []string
		for i := range 6 {
			_, decision, err := w.propose("999901", "example", fmt.Sprintf("from: 2025-0%d-01", i+1))
			if err != nil {
				t.Fatal(err)
			}
			decisions = append(decisions, decision)
		}
		codes := make([]string, len(decisions))
		var wait sync.WaitGroup
		for i, decision := range decisions {
			wait.Go(func() {
				codes[i] = fault.CodeOf(w.do("999901", checker, func(tx *store.Tx) error { return w.Approve(tx, decision, "") }))
			})
		}
		wait.Wait()
		slices.Sort(codes)
		if codes[0] != "" || codes[1] != "adoption.overlap" || codes[len(codes)-1] != "adoption.overlap" {
			t.Errorf("answers %q", codes)
		}
	})
}

// horizon is how many days the model looks at.
const horizon = 20

// proposal is an adoption in the model.
type proposal struct {
	id, decision string
	from, to     int
	state        adoption.State
}

// Proposals, approvals, rejections and withdrawals in any order, against a model that knows for each day who is in force.
func TestAdoptionsAgainstModel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		round := 99
		rapid.Check(t, func(rt *rapid.T) {
			round++
			county := fmt.Sprintf("9999%02d", round%100) // few adoptions in each
			division := ident.Division(fmt.Sprintf("%s%03d", county, round%1000))
			var all []*proposal
			free := func(p *proposal) bool {
				return !slices.ContainsFunc(all, func(o *proposal) bool {
					return o != p && (o.state == adoption.Approved || o.state == adoption.Withdrawn) && o.from <= o.to && o.from <= p.to && p.from <= o.to
				})
			}
			check := func(what string, err error, want string) {
				if got := fault.CodeOf(err); got != want {
					rt.Fatalf("%s: %q (%v), want %q", what, got, err, want)
				}
			}
			for range rapid.IntRange(1, 8).Draw(rt, "steps") {
				if len(all) == 0 || rapid.IntRange(0, 2).Draw(rt, "act") == 0 {
					from := rapid.IntRange(0, horizon-1).Draw(rt, "from")
					p := &proposal{from: from, to: rapid.IntRange(from, horizon-1).Draw(rt, "to"), state: adoption.Proposed}
					content := fmt.Sprintf("division: %q\nfrom: %s\nto: %s", division, today+period.Day(p.from), today+period.Day(p.to))
					want := ""
					if !free(p) {
						want = "adoption.overlap"
					}
					var err error
					p.id, p.decision, err = w.propose(county, "example", content)
					check("propose", err, want)
					if err == nil {
						all = append(all, p)
					}
					continue
				}
				p := rapid.SampledFrom(all).Draw(rt, "which")
				switch rapid.IntRange(0, 2).Draw(rt, "how") {
				case 0:
					want := ""
					switch {
					case p.state != adoption.Proposed:
						want = "adoption.answered"
					case !free(p):
						want = "adoption.overlap"
					default:
						p.state = adoption.Approved
					}
					check("approve", w.do(county, checker, func(tx *store.Tx) error { return w.Approve(tx, p.decision, "") }), want)
				case 1:
					want := "adoption.answered"
					if p.state == adoption.Proposed {
						want, p.state = "", adoption.Rejected
					}
					check("reject", w.do(county, checker, func(tx *store.Tx) error { return adoption.Reject(tx, p.decision, "x") }), want)
				default:
					w.withdraw(county, check, p, rapid.IntRange(-1, horizon-1).Draw(rt, "last"))
				}
			}
			failed := s.Read(context.Background(), county, func(tx *store.Tx) error {
				for i := range horizon {
					want := ""
					for _, p := range all {
						if (p.state == adoption.Approved || p.state == adoption.Withdrawn) && p.from <= i && i <= p.to {
							want = p.id
						}
					}
					if f, err := w.InForce(tx, division, today+period.Day(i), "example"); f.ID != want || (err == nil) != (want != "") {
						rt.Fatalf("on day %d %q is in force (%v), want %q", i, f.ID, err, want)
					}
				}
				return nil
			})
			if failed != nil {
				rt.Fatal(failed)
			}
		})
	})
}

func (w world) withdraw(county string, check func(string, error, string), p *proposal, last int) {
	var decision, want string
	switch {
	case p.state == adoption.Proposed || p.state == adoption.Rejected || p.to < p.from:
		want = "adoption.not-approved"
	case last >= p.to:
		want = "adoption.ends-already"
	}
	err := w.do(county, maker, func(tx *store.Tx) (err error) {
		decision, err = adoption.Withdraw(tx, p.id, today+period.Day(last), "x")
		return err
	})
	check("withdraw", err, want)
	if want != "" {
		return
	}
	check("approve the withdrawal", w.do(county, checker, func(tx *store.Tx) error { return w.Approve(tx, decision, "") }), "")
	p.state, p.to = adoption.Withdrawn, max(last, p.from-1)
}
