package benefit_test

import (
	"slices"
	"testing"

	"doudi/decide/explain"
	"doudi/decide/rule"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// An allowance begins, goes on without a word, and ends with a death that is learnt late.
func TestMonths(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": ""})
		old := w.elder("李桂芳", "1944-02-10")
		w.household(nil, old, w.person("李小明", facts{"person.birth": "1990-01-01"}))
		w.on("2024-01-20")
		same(t, "before the birthday", w.said(w.run("2024-01"), ""), "")
		same(t, "the month of the birthday", w.said(w.on("2024-02-20").run("2024-02"), ""), "new "+elder+" 2024-02 0.00→60.00 met\n")
		same(t, "it goes on", w.said(w.on("2024-03-20").run("2024-03"), ""), "")
		same(t, "and on", w.said(w.on("2024-04-20").run("2024-04"), ""), "")
		w.on("2024-05-20").must(clerk, func(tx *store.Tx) error {
			return w.Register.Die(tx, old, day("2024-03-09"), register.Succession{Head: w.members(tx, old)[1]}, dated.Said{})
		})
		same(t, "the death", w.said(w.run("2024-05"), ""), "recovery "+elder+" 2024-04 60.00→0.00 died\nstopped "+elder+" 2024-05 60.00→0.00 died\n")
		same(t, "and on", w.said(w.on("2024-06-20").run("2024-06"), ""), "")
		w.total(old+" "+elder, "2024-02 60.00, 2024-03 60.00")
		w.sound()
	})
}

func (w *world) members(tx *store.Tx, person string) []string {
	household, err := w.Register.HouseholdOf(tx, person, w.today, rule.Forever)
	if err != nil {
		w.Fatal(err)
	}
	h, err := w.Register.Household(tx, household, day("2024-01-01"), rule.Forever)
	if err != nil {
		w.Fatal(err)
	}
	var ids []string
	for _, m := range h.Members {
		ids = append(ids, m.Person)
	}
	return ids
}

// total compares what all runs called for a subject and scheme: month amount, …
func (w *world) total(of, want string) {
	w.Helper()
	lines, got := w.lines(), ""
	for m := month("2018-01"); m <= month("2030-12"); m++ {
		if amount := lines[of+" "+m.String()]; amount != 0 {
			if got != "" {
				got += ", "
			}
			got += m.String() + " " + amount.String()
		}
	}
	same(w, "called for "+of, got, want)
}

// What is held back is decided all the same, survives being computed again, and is paid once released.
func TestHold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": ""})
		old := w.elder("李桂芳", "1940-02-10")
		w.on("2024-01-20").run("2024-01")
		hold := w.on("2024-02-05").act(benefit.Act{Subject: old, Kind: benefit.Hold, Day: day("2024-02-01"), Reason: "账户存疑"})
		same(t, "held", w.said(w.review("2024-02", ""), ""), "held "+elder+" 2024-02 60.00→0.00 held\n")
		w.state(old, "person.insured", true, "", "") // somebody works on while it is in review
		r := w.review("2024-02", "")
		same(t, "computed again", w.said(r, ""), "held "+elder+" 2024-02 60.00→0.00 held\n")
		if r.Pass != 2 {
			t.Errorf("pass %d", r.Pass)
		}
		w.must(checker, func(tx *store.Tx) error { _, err := w.Approve(tx, r.ID, ""); return err })
		same(t, "a month later", w.said(w.on("2024-03-20").run("2024-03"), ""), "")
		w.total(old+" "+elder, "2024-01 60.00")
		w.on("2024-04-20").must(clerk, func(tx *store.Tx) error { return w.Withdraw(tx, hold, "已核实") })
		same(t, "released", w.said(w.run("2024-04"), ""),
			"arrears "+elder+" 2024-02 0.00→60.00 met\narrears "+elder+" 2024-03 0.00→60.00 met\nchanged "+elder+" 2024-04 0.00→60.00 met\n")
		w.act(benefit.Act{Subject: old, Scheme: elder, Kind: benefit.Hold, Day: day("2024-05-01"), Until: day("2024-05-31"), Reason: "核对生存"})
		same(t, "held for a month", w.said(w.on("2024-05-20").run("2024-05"), ""), "held "+elder+" 2024-05 60.00→0.00 held\n")
		same(t, "over", w.said(w.on("2024-06-20").run("2024-06"), ""), "arrears "+elder+" 2024-05 0.00→60.00 met\nchanged "+elder+" 2024-06 0.00→60.00 met\n")
		w.total(old+" "+elder, "2024-01 60.00, 2024-02 60.00, 2024-03 60.00, 2024-04 60.00, 2024-05 60.00, 2024-06 60.00")
		w.sound()
		expect(t, w.do(clerk, func(tx *store.Tx) error { return w.Withdraw(tx, hold, "") }), "benefit.act-withdrawn")
		expect(t, w.do(clerk, func(tx *store.Tx) error { return w.Withdraw(tx, "x", "") }), "benefit.act-unknown")
	})
}

// A document that came in June pays from January on for those whose application was approved.
func TestTransition(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": ""})
		w.today = day("2020-12-01")
		p := w.person("赵长河", facts{"person.disability.certificate_generation": 2, "person.disability.level": 2, "person.has_disability": true, "person.function_loss": false})
		w.state(p, "roster.registered_poor", true, "2018-01-01", "")
		w.on("2021-07-20").act(benefit.Act{Subject: p, Scheme: severe, Kind: benefit.Approve, Day: day("2021-07-05"), Facts: map[string]string{"application.day": `"2021-07-01"`}})
		r := w.runSince("2021-07", "2021-07")
		got := w.said(r, p)
		want := ""
		for m := month("2021-01"); m < month("2021-07"); m++ {
			want += "arrears " + severe + " " + m.String() + " 0.00→100.00 transition\n"
		}
		if len(got) < len(want) || got[:len(want)] != want {
			t.Errorf("said %s\nwant %s", got, want)
		}
		w.on("2021-08-20").run("2021-08")
		w.state(p, "person.insured", true, "", "") // looked at again, everything stays
		same(t, "September", w.said(w.on("2021-09-20").run("2021-09"), p), "")
		w.look(func(tx *store.Tx) error {
			e, err := w.Explain(tx, r.ID, p, severe, month("2021-03"))
			if err == nil && (e.Transition == nil || e.After != 10000 || e.Reason != benefit.Backpay) {
				t.Errorf("explained %+v", e)
			}
			return err
		})
		w.sound()
	})
}

// A household whose income rises fades out, step by step, whatever else is said of it meanwhile.
func TestGradualExit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": ""})
		a, b := w.person("周明", facts{"person.birth": "1980-05-05"}), w.person("周亮", facts{"person.birth": "2010-05-05"})
		h := w.household(nil, a, b)
		w.state(h, "household.income_per_head", 5000, "", "2024-02-29")
		w.state(h, "household.income_per_head", 7000, "2024-03-01", "")
		for _, m := range []string{"2024-01", "2024-02"} {
			w.on(m + "-20").run(m)
		}
		w.on("2024-03-20")
		same(t, "first step", w.said(w.run("2024-03"), h), "changed "+family+" 2024-03 100.00→100.00 exit\n")
		w.state(a, "person.insured", true, "", "")
		same(t, "second step", w.said(w.on("2024-04-20").run("2024-04"), h), "changed "+family+" 2024-04 100.00→50.00 exit\n")
		same(t, "over", w.said(w.on("2024-05-20").run("2024-05"), h), "stopped "+family+" 2024-05 50.00→0.00 unmet\n")
		w.state(a, "person.insured", true, "2024-02-01", "")
		same(t, "still over", w.said(w.on("2024-06-20").run("2024-06"), h), "")
		w.total(h+" "+family, "2024-01 100.00, 2024-02 100.00, 2024-03 100.00, 2024-04 50.00")
		w.sound()
	})
}

// The neediest fifth of the pupils get the grant; the selection stands for the half-year.
func TestQuota(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": ""})
		var pupil []string
		for i := range 10 {
			pupil = append(pupil, w.person("学生", facts{"person.school.stage": "primary", "person.school.enrolled": true, "person.school.hardship": true,
				"person.school.hardship_rank": 10 - i, "person.school.year": 3}))
		}
		r := w.on("2024-01-20").run("2024-01")
		same(t, "selected", w.said(r, pupil[9]), "new "+pupils+" 2024-01 0.00→500.00 met\n")
		same(t, "the other place", w.said(r, pupil[8]), "new "+pupils+" 2024-01 0.00→500.00 met\n")
		same(t, "not selected", w.said(r, pupil[7]), "not-selected "+pupils+" 2024-01 0.00→0.00 not-selected\n")
		w.state(pupil[7], "person.insured", true, "", "")
		w.state(pupil[9], "person.insured", true, "", "")
		same(t, "a month later", w.said(w.on("2024-02-20").run("2024-02"), ""), "")
		if next := w.said(w.on("2024-07-20").run("2024-07"), pupil[9]); next != "new "+pupils+" 2024-07 0.00→500.00 met\n" {
			t.Errorf("the next half-year: %s", next)
		}
		w.total(pupil[9]+" "+pupils, "2024-01 500.00, 2024-07 500.00")
		w.sound()
	})
}

// A person who moves takes along what was paid: no month is paid twice, none is lost.
func TestMove(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		here, there := openIn(t, s, county, map[string]string{"example": ""}), openIn(t, s, "999902", map[string]string{"example": ""})
		old := here.elder("李桂芳", "1940-02-10")
		for _, m := range []string{"2024-01", "2024-02", "2024-03"} {
			here.on(m + "-05").run(m)
		}
		var signed register.Signed
		here.on("2024-03-12").must(clerk, func(tx *store.Tx) error {
			paid, debts, err := here.Carry(tx, old)
			if err != nil {
				return err
			}
			signed, err = here.Register.Offer(tx, old, "999902", day("2024-03-10"), register.Carried{Paid: paid, Debts: debts}, register.Succession{}, dated.Said{})
			return err
		})
		var arrived string
		there.on("2024-03-15").must(clerk, func(tx *store.Tx) error {
			a, err := there.Register.Accept(tx, signed)
			if err != nil {
				return err
			}
			arrived = a.Person
			return there.Arrive(tx, a)
		})
		there.approve(arrived)
		there.state(arrived, "person.hukou", "999902100", "2024-03-11", "")
		same(t, "the county that was left", here.said(here.on("2024-04-05").run("2024-04"), old), "stopped "+elder+" 2024-04 60.00→0.00 left\n")
		there.on("2024-03-20").run("2024-03")
		there.on("2024-04-20").run("2024-04")
		here.on("2024-05-05").run("2024-05")
		here.total(old+" "+elder, "2024-01 60.00, 2024-02 60.00, 2024-03 60.00")
		there.total(arrived+" "+elder, "2024-04 60.00")
		here.sound()
		there.sound()
	})
}

// Whoever runs the months may not approve them, months follow one another, and a void run leaves nothing.
func TestRefusals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": ""})
		old := w.elder("李桂芳", "1940-02-10")
		start := func(m, since string) error { _, err := w.Start(t.Context(), s, w.ask(m, since)); return err }
		expect(t, start("2024-01", "2024-02"), "benefit.before-opening")
		r := w.on("2024-02-20").review("2024-02", "2024-01")
		expect(t, start("2024-03", ""), "benefit.run-open")
		expect(t, w.do(clerk, func(tx *store.Tx) error { _, err := w.Approve(tx, r.ID, ""); return err }), "benefit.same-person")
		expect(t, w.do(checker, func(tx *store.Tx) error { _, err := w.Approve(tx, "x", ""); return err }), "benefit.run-unknown")
		expect(t, w.do(checker, func(tx *store.Tx) error { _, err := w.Void(tx, r.ID, " "); return err }), "benefit.reason-missing")
		expect(t, w.do(checker, func(tx *store.Tx) error { _, err := w.Void(tx, r.ID, "名册不全"); return err }), "")
		expect(t, w.do(checker, func(tx *store.Tx) error { _, err := w.Approve(tx, r.ID, ""); return err }), "benefit.run-state")
		expect(t, w.do(checker, func(tx *store.Tx) error { _, _, err := w.Lines(tx, r.ID, benefit.LineFilter{}, "", 9); return err }), "benefit.run-state")
		w.run("2024-02")
		w.total(old+" "+elder, "2024-01 60.00, 2024-02 60.00")
		expect(t, start("2024-01", ""), "benefit.month-passed")
		expect(t, start("2023-12", ""), "benefit.before-opening")
		expect(t, start("2024-03", "2024-02"), "benefit.opened-already")
		for _, a := range []struct {
			act  benefit.Act
			code string
		}{
			{benefit.Act{Subject: "x", Kind: benefit.Hold, Reason: "r"}, "benefit.subject-unknown"},
			{benefit.Act{Subject: old, Scheme: "example/x", Kind: benefit.Hold, Reason: "r"}, "benefit.scheme-unknown"},
			{benefit.Act{Subject: old, Kind: benefit.Hold}, "benefit.act-incomplete"},
			{benefit.Act{Subject: old, Kind: benefit.Approve}, "benefit.act-incomplete"},
			{benefit.Act{Subject: old, Scheme: relief, Kind: benefit.Grant, Amount: -1, Reason: "r"}, "benefit.act-incomplete"},
			{benefit.Act{Subject: old, Scheme: relief, Kind: "odd", Reason: "r"}, "benefit.act-incomplete"},
			{benefit.Act{Subject: old, Scheme: elder, Kind: benefit.Approve, Facts: map[string]string{"person.birth": `"2020-01-01"`}}, "benefit.fact-unusable"},
			{benefit.Act{Subject: old, Scheme: elder, Kind: benefit.Approve, Facts: map[string]string{"application.day": `"x"`}}, "benefit.fact-unusable"},
		} {
			expect(t, w.do(clerk, func(tx *store.Tx) error { _, err := w.Act(tx, a.act); return err }), a.code)
		}
	})
}

// Who meets the conditions but has no approval on record is paid by no run: it is not known from which month. Once there is one, the months since are.
func TestUnapproved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": ""})
		old := w.person("李桂芳", facts{"person.birth": "1940-02-10"})
		r := w.on("2024-01-20").run("2024-01")
		w.total(old+" "+elder, "")
		same(t, "before", w.said(r, ""), "unknown example/alone-top-up 2024-01 0.00→0.00 documents\nunknown "+elder+" 2024-01 0.00→0.00 documents\n")
		w.look(func(tx *store.Tx) error {
			e, err := w.Explain(tx, r.ID, old, elder, r.Month)
			if err == nil && (e.Outcome.Verdict != explain.DocumentsNeeded || !slices.Equal(e.Outcome.Missing, []string{"approval.day"})) {
				t.Errorf("%s for want of %v", e.Outcome.Verdict, e.Outcome.Missing)
			}
			return err
		})
		w.on("2024-03-05").act(benefit.Act{Subject: old, Scheme: elder, Kind: benefit.Approve, Day: day("2024-02-06")})
		same(t, "approved", w.said(w.on("2024-03-20").run("2024-03"), ""), "arrears "+elder+" 2024-02 0.00→60.00 met\nnew "+elder+" 2024-03 0.00→60.00 met\n")
		w.total(old+" "+elder, "2024-02 60.00, 2024-03 60.00")
		w.sound()
	})
}
