package benefit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"doudi/kernel/money"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// Schemes of the shipped packs that the tests of this file speak of.
const (
	schooling = "pingyin-medical-help/student-aid"
	nursing   = "pingyin-medical-help/function-loss-care"
	premium   = "guangxi-health-poverty-backstop/premium-aid"
)

// disabled is somebody on the register of the poor with a certificate of level one, whose application was approved before the year began; and the statement
// about the certificate.
func (w *world) disabled(name string) (id, certificate string) {
	w.Helper()
	id = w.person(name, facts{"person.birth": "1980-03-03", "person.has_disability": true, "person.disability.level": 1, "person.function_loss": false})
	w.state(id, "roster.registered_poor", true, "2018-01-01", "")
	w.act(benefit.Act{Subject: id, Scheme: severe, Kind: benefit.Approve, Day: day("2020-11-08")})
	return id, w.state(id, "person.disability.certificate_generation", 2, "", "")
}

// owes compares what somebody was paid too much.
func (w *world) owes(id, want string) {
	w.Helper()
	got := ""
	w.look(func(tx *store.Tx) error {
		debts, err := w.Debts(tx, id)
		for _, d := range debts {
			got += fmt.Sprintf("%s since %s\n", d.Amount, d.Since)
		}
		return err
	})
	same(w, "owed", got, want)
}

// ending is something that ends in the middle of May.
type ending struct {
	name, scheme, monthly string
	why                   benefit.Reason
	begin                 func(w *world) (id string, end func())
}

var endings = []ending{
	{"a death", severe, "100.00", benefit.Died, func(w *world) (string, func()) {
		id, _ := w.disabled("赵长河")
		return id, func() {
			w.must(clerk, func(tx *store.Tx) error {
				return w.Register.Die(tx, id, day("2021-05-14"), register.Succession{}, dated.Said{Source: "县公安局"})
			})
		}
	}},
	{"being registered in another county", severe, "100.00", benefit.Unmet, func(w *world) (string, func()) {
		id, _ := w.disabled("钱素云")
		return id, func() { w.state(id, "person.hukou", "999902100", "2021-05-15", "") }
	}},
	{"a certificate that expires", severe, "100.00", benefit.Documents, func(w *world) (string, func()) {
		id, certificate := w.disabled("孙和")
		return id, func() {
			w.must(clerk, func(tx *store.Tx) error {
				_, err := w.Register.End(tx, certificate, day("2021-05-14"), dated.Said{Source: "县残联"})
				return err
			})
		}
	}},
	{"a level that no longer counts", severe, "100.00", benefit.Unmet, func(w *world) (string, func()) {
		id, _ := w.disabled("李明")
		return id, func() { w.state(id, "person.disability.level", 3, "2021-05-15", "") }
	}},
	{"leaving school", schooling, "180.00", benefit.Unmet, func(w *world) (string, func()) {
		id := w.person("周亮", facts{"person.birth": "2008-05-05", "person.school.stage": "junior", "person.school.enrolled": true, "person.function_loss": false, "person.has_disability": false})
		w.state(id, "roster.registered_poor", true, "2018-01-01", "")
		return id, func() { w.state(id, "person.school.enrolled", false, "2021-05-15", "") }
	}},
}

// What ends in the middle of May 2021 is learnt in July. May is the last month that is due, for a month is owed by how it stands on its first day; June
// was called and is too much, July stops.
func TestStopsOnTheRightDay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": ""})
		w.on("2020-12-01")
		ids, ends := make([]string, len(endings)), make([]func(), len(endings))
		for i, e := range endings {
			ids[i], ends[i] = e.begin(w)
		}
		for m := month("2021-01"); m < month("2021-07"); m++ {
			w.on(m.String()+"-20").runSince(m.String(), "2021-01")
		}
		w.on("2021-07-08")
		for _, end := range ends {
			end()
		}
		r := w.on("2021-07-20").run("2021-07")
		for i, e := range endings {
			t.Run(e.name, func(t *testing.T) {
				same(t, "the run", w.said(r, ids[i]), fmt.Sprintf("recovery %s 2021-06 %s→0.00 %s\nstopped %[1]s 2021-07 %[2]s→0.00 %[3]s\n", e.scheme, e.monthly, e.why))
				w.owes(ids[i], e.monthly+" since 2021-06-01\n")
				if may := w.lines()[ids[i]+" "+e.scheme+" 2021-05"].String(); may != e.monthly {
					t.Errorf("May is %s", may)
				}
			})
		}
		same(t, "and then nothing", w.said(w.on("2021-08-20").run("2021-08"), ""), "")
		w.sound()
	})
}

// The month of the sixtieth birthday is the last one of the care allowance.
func TestAge(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": "readings: {elderly_overlap: allowed}\n"})
		w.on("2020-12-01")
		id := w.person("吴庆", facts{"person.birth": "1961-05-14", "person.function_loss": true, "person.has_disability": false})
		w.state(id, "roster.out_of_poverty_with_policy", true, "2018-01-01", "")
		w.act(benefit.Act{Subject: id, Scheme: nursing, Kind: benefit.Approve, Day: day("2020-11-08")})
		same(t, "January", w.said(w.on("2021-01-20").run("2021-01"), id), "new "+nursing+" 2021-01 0.00→150.00 met\n")
		same(t, "the birthday", w.said(w.on("2021-05-20").run("2021-05"), id), "")
		same(t, "after it", w.said(w.on("2021-06-20").run("2021-06"), id), "stopped "+nursing+" 2021-06 150.00→0.00 unmet\n")
		w.owes(id, "")
		w.sound()
	})
}

// Sixty per cent of the contribution is paid for each insured member, once in the insurance year, in the month in which the conditions are met first. Nobody gives it
// back: who is born is added, who leaves the roster has had it.
func TestPremiumsByHead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"guangxi-2018": ""})
		w.on("2018-01-02")
		w.must(clerk, func(tx *store.Tx) error { // who is not on them is known not to be
			_, poor := w.Register.KeepRoster(tx, "registered_poor", dated.Always, dated.Said{})
			_, out := w.Register.KeepRoster(tx, "out_of_poverty_with_policy", dated.Always, dated.Said{})
			return errors.Join(poor, out)
		})
		roster := map[string]string{}
		member := func(name, insured string, contribution int) (id string) {
			id = w.person(name, facts{"person.birth": "1990-01-01", "person.premium": contribution})
			if insured != "" {
				w.state(id, "person.insured", true, insured, "")
			} else {
				w.state(id, "person.insured", false, "", "2018-03-31")
			}
			roster[id] = w.state(id, "roster.registered_poor", true, "2016-01-01", "")
			return id
		}
		aid := func(r benefit.Run, id string) (said string) {
			for line := range strings.Lines(w.said(r, id)) {
				if strings.Contains(line, premium) {
					said += line
				}
			}
			return said
		}
		head, spouse, refusing := member("黄海", "2017-01-01", 180), member("覃丽", "2017-01-01", 180), member("黄江", "", 180)
		w.household(nil, head, spouse, refusing)
		r := w.on("2018-01-20").run("2018-01")
		same(t, "insured", aid(r, head), "new "+premium+" 2018-01 0.00→108.00 met\n")
		same(t, "insured, too", aid(r, spouse), "new "+premium+" 2018-01 0.00→108.00 met\n")
		same(t, "not insured", aid(r, refusing), "")
		w.on("2018-03-05")
		child := member("黄小河", "2018-03-01", 150)
		same(t, "a child is born", aid(w.on("2018-03-20").run("2018-03"), child), "new "+premium+" 2018-03 0.00→90.00 met\n")
		w.on("2018-05-05").state(refusing, "person.insured", true, "2018-04-01", "")
		same(t, "insured since April, which is learnt in May", aid(w.on("2018-05-20").run("2018-05"), refusing), "arrears "+premium+" 2018-04 0.00→108.00 met\n")
		w.must(clerk, func(tx *store.Tx) error {
			_, err := w.Register.End(tx, roster[spouse], day("2018-05-31"), dated.Said{Source: "县扶贫办"})
			return err
		})
		same(t, "who leaves the roster has had it", aid(w.on("2018-06-20").run("2018-06"), spouse), "")
		r = w.on("2019-01-20").run("2019-01")
		for _, id := range []string{head, child, refusing} {
			if aid(r, id) == "" {
				t.Errorf("nothing for %s in the next year", id)
			}
		}
		same(t, "nor is anything due to her again", aid(r, spouse), "")
		w.total(head+" "+premium, "2018-01 108.00, 2019-01 108.00")
		w.total(spouse+" "+premium, "2018-01 108.00")
		w.total(child+" "+premium, "2018-03 90.00, 2019-01 90.00")
		w.total(refusing+" "+premium, "2018-04 108.00, 2019-01 108.00")
		w.sound()
	})
}

// Who moves to another town of the county after the month in which something is due once a year has had it: a first run for many months together makes one
// payment of it, like runs month by month.
func TestOnceInAPeriodWhereverOneLives(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"guangxi-2018": ""})
		w.on("2018-01-02")
		id := w.person("黄海", facts{"person.birth": "1990-01-01", "person.premium": 180})
		w.state(id, "person.insured", true, "2017-01-01", "")
		w.state(id, "roster.registered_poor", true, "2016-01-01", "")
		w.household(nil, id)
		w.on("2018-06-10").state(id, "person.hukou", w.county+"101", "2018-06-10", "")
		said := w.said(w.on("2018-08-20").runSince("2018-08", "2018-01"), id)
		same(t, "the first run", said, "arrears "+premium+" 2018-01 0.00→108.00 met\nnew guangxi-health-poverty-backstop/scheme-membership 2018-08 0.00→0.00 met\n")
		same(t, "the next run", w.said(w.on("2018-09-20").run("2018-09"), id), "")
		w.total(id+" "+premium, "2018-01 108.00")
		w.sound()
	})
}

// Of two allowances only the higher is paid. What is learnt late takes the one back and pays the other, month by month, by what was due in each; a
// supplement that neither goes with falls away with it.
func TestStackingOverHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": ""})
		old := w.elder("李桂芳", "1940-02-10")
		w.household(nil, old)
		w.state(old, "person.self_care", "partial", "", "2024-02-29") // 60 a month, like the age allowance, which goes before
		for _, m := range []string{"2024-01", "2024-02", "2024-03"} {
			w.on(m + "-20").run(m)
		}
		w.total(old+" "+elder, "2024-01 60.00, 2024-02 60.00, 2024-03 60.00")
		w.total(old+" "+topUp, "2024-01 90.00, 2024-02 90.00, 2024-03 90.00") // lifted to 150
		w.state(old, "person.self_care", "lost", "2024-03-01", "2024-05-31")  // 120 a month: higher, and no supplement beside it
		r := w.on("2024-05-20").run("2024-05")
		want := ""
		for _, m := range []string{"2024-03", "2024-04"} {
			want += "recovery " + topUp + " " + m + " 90.00→0.00 stacked\n"
		}
		want += "stopped " + topUp + " 2024-05 90.00→0.00 stacked\n"
		for _, m := range []string{"2024-03", "2024-04"} {
			want += "arrears " + careAid + " " + m + " 0.00→120.00 stacked\n"
		}
		want += "new " + careAid + " 2024-05 0.00→120.00 stacked\n"
		for _, m := range []string{"2024-03", "2024-04"} {
			want += "recovery " + elder + " " + m + " 60.00→0.00 stacked\n"
		}
		want += "stopped " + elder + " 2024-05 60.00→0.00 stacked\n"
		same(t, "learnt in May", w.said(r, old), want)
		same(t, "the higher one ends", w.said(w.on("2024-06-20").run("2024-06"), old),
			"new "+topUp+" 2024-06 0.00→90.00 stacked\nstopped "+careAid+" 2024-06 120.00→0.00 not-concerned\nnew "+elder+" 2024-06 0.00→60.00 met\n")
		w.total(old+" "+elder, "2024-01 60.00, 2024-02 60.00, 2024-06 60.00")
		w.total(old+" "+careAid, "2024-03 120.00, 2024-04 120.00, 2024-05 120.00")
		w.sound()
	})
}

// The months before the document was issued are paid whether months are run one by one or at once, and the run of the next month leaves them alone.
func TestTransitionMonthByMonth(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		called := func(county string, months ...string) (sum money.Fen) {
			w := openIn(t, s, county, map[string]string{"pingyin-2021": ""})
			w.on("2020-12-01")
			p := w.person("赵长河", facts{"person.disability.certificate_generation": 2, "person.disability.level": 2, "person.has_disability": true, "person.function_loss": false})
			w.state(p, "roster.registered_poor", true, "2018-01-01", "")
			w.act(benefit.Act{Subject: p, Scheme: severe, Kind: benefit.Approve, Day: day("2021-07-05"), Facts: map[string]string{"application.day": `"2021-07-01"`}})
			w.on("2021-12-20")
			for _, m := range months {
				w.runSince(m, "2021-01")
			}
			for key, amount := range w.lines() {
				if amount != 10000 {
					t.Errorf("%s: %s", key, amount)
				}
				sum += amount
			}
			w.sound()
			return sum
		}
		oneByOne := called(county, "2021-01", "2021-02", "2021-03", "2021-04", "2021-05", "2021-06", "2021-07", "2021-08", "2021-09")
		if atOnce := called("999902", "2021-09"); oneByOne != atOnce || atOnce != money.Yuan(900) {
			t.Errorf("%s one by one and %s at once, want 900.00", oneByOne, atOnce)
		}
	})
}
