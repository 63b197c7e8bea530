package claim_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"doudi/decide/explain"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/file"
	"doudi/record/provider"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// files is an archive beside the world's database.
func (w *world) files() *file.Files {
	w.Helper()
	box := file.NewBox(w.TempDir())
	w.Cleanup(func() {
		if err := box.Close(); err != nil {
			w.Error(err)
		}
	})
	return file.New(file.Config{Box: box, Cipher: testCipher, Token: token, Log: w.Claims.Log})
}

// document files a paper of a person and answers its id.
func (w *world) document(files *file.Files, person, content string) (id string) {
	w.Helper()
	stored, err := files.Store(context.Background(), w.county, bytes.NewReader([]byte("%PDF-1.4\n"+content)))
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	w.must(day("2021-09-27"), clerk, func(tx *store.Tx) error {
		d, err := files.Add(tx, file.Paper{Owner: person, Kind: "转诊单", Name: "转诊单.pdf"}, stored)
		id = d.ID
		return err
	})
	return id
}

// elsewhere is a hospital of the province, far away.
func (w *world) elsewhere() (id string) {
	w.Helper()
	w.must(day("2018-01-01"), clerk, func(tx *store.Tx) (err error) {
		id, err = w.Providers.Add(tx, provider.Provider{Kind: provider.Hospital, Name: "省级医院", Division: ident.Division("370102001"), Span: dated.Always})
		if err != nil {
			return err
		}
		for name, value := range map[string]rule.Fact{"visit.hospital.designated": {Value: rule.Bool(true)}, "visit.hospital.tier": {Value: rule.Text("province")}, "visit.hospital.specialist": {Value: rule.Bool(false)}} {
			value.Span = dated.Always
			if _, err := w.Providers.State(tx, id, name, value, ""); err != nil {
				return err
			}
		}
		return nil
	})
	return id
}

// stay is a stay in the hospital far away under pingyin's rules, 3,000 in scope, 1,000 self-paid first and 2,000 out of scope
// left after insurance.
func (w *world) stay(person, hospital, number, visit string) claim.Bill {
	return claim.Bill{Person: person, Provider: hospital, Series: pingyin, Name: number + ".yaml", Content: fmt.Appendf(nil, `
visit: {kind: inpatient, admitted: 2021-09-27, discharged: 2021-10-09, arrived: 2021-09-27, %s}
bill: {no: %s, amount: 10000.00, in_scope: 7000.00, self_first: 1000.00, over_limit: 0.00, out_of_scope: 2000.00, paid: {basic_insurance: 4000.00, medical_assistance: 0.00}}
`, visit, number)}
}

const emergency = "emergency: true, referred: false"

func (w *world) handIn(on period.Day, p claim.Papers) (done claim.Confirmation, err error) {
	err = w.do(on, clerk, func(tx *store.Tx) (err error) { done, err = w.HandIn(tx, p); return err })
	return done, err
}

// referral are papers that show a referral done on a day.
func referral(id, document, on string) claim.Papers {
	return claim.Papers{Claim: id, Document: document, Day: day(on), By: "家属", Name: "转诊单.yaml", Content: fmt.Appendf(nil, "visit: {referred: true, referral_day: %s}\n", on)}
}

// In an emergency a stay without a referral is settled, and settled again when its papers come in time.
func TestPapersFollow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": ""})
		person, hospital := w.resident(), w.elsewhere()
		paper := w.document(w.files(), person, "1")
		bill, err := w.receive(day("2021-10-09"), w.stay(person, hospital, "Z-1", emergency))
		if err != nil {
			t.Fatal(err)
		}
		done, err := w.confirm(day("2021-10-09"), bill.ID)
		if err != nil {
			t.Fatal(fault.RenderError(err, "zh"), err)
		}
		if done.Own != 0 || done.Patient != money.Yuan(6000) || done.Awaited == nil || done.Awaited.Due != day("2021-10-12") {
			t.Fatalf("without papers: %+v %+v", done, done.Awaited)
		}
		w.look(func(tx *store.Tx) error {
			a, found, err := w.PapersDue(tx, bill.ID)
			if err != nil || !found || a.Due != day("2021-10-12") || a.Clause != "二（三）3" || a.Step != "late_papers" || strings.Join(a.Facts, " ") != "visit.referred visit.referral_day" {
				t.Errorf("papers due: %+v, %t, %v", a, found, err)
			}
			return nil
		})
		w.sound()

		// it came in time, whenever it is entered
		done, err = w.handIn(day("2021-10-20"), referral(bill.ID, paper, "2021-10-12"))
		if err != nil {
			t.Fatal(fault.RenderError(err, "zh"), err)
		}
		if done.Version != 2 || done.Own != money.Yuan(4000) || done.Patient != money.Yuan(2000) || done.Due != "2021-10-09" {
			t.Errorf("with papers: %+v", done)
		}
		if left := w.left("assistance"); left != money.Yuan(996_000) {
			t.Errorf("%s left", left)
		}
		k := w.statement(bill.ID)
		if k.Figures.Verdict != explain.Pays || pays(k, "inpatient_aid") != money.Yuan(4000) || k.Awaited != nil {
			t.Errorf("settled: %+v", k)
		}
		w.look(func(tx *store.Tx) error {
			if _, found, err := w.PapersDue(tx, bill.ID); found || err != nil {
				t.Errorf("papers are awaited still: %v", err)
			}
			papers, err := w.PapersOf(tx, bill.ID)
			if err != nil || len(papers) != 1 || papers[0].Document != paper || papers[0].By != "家属" || papers[0].Day != day("2021-10-12") || papers[0].Version != 2 {
				t.Errorf("papers: %+v, %v", papers, err)
			}
			var cause string
			if err := tx.QueryRow(`SELECT cause FROM claim_settlement WHERE county_code = ?1 AND claim_id = ?2 AND version = 2`, county, bill.ID).Scan(&cause); err != nil || cause != "papers" {
				t.Errorf("cause %q, %v", cause, err)
			}
			return nil
		})
		w.sound()

		_, err = w.handIn(day("2021-10-20"), referral(bill.ID, paper, "2021-10-12"))
		expect(t, err, "claim.papers-not-awaited")
		if _, err := w.reverse(day("2021-10-21"), bill.ID); err != nil {
			t.Fatal(err)
		}
		_, err = w.handIn(day("2021-10-22"), referral(bill.ID, paper, "2021-10-12"))
		expect(t, err, "claim.state")
		if left := w.left("assistance"); left != money.Yuan(1_000_000) {
			t.Errorf("%s left", left)
		}
		w.sound()
	})
}

// Papers that came before the bill was confirmed are settled with it, and a bill after it that stands on it is settled again.
func TestPapersBeforeConfirming(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": ""})
		person, hospital := w.resident(), w.elsewhere()
		paper := w.document(w.files(), person, "1")
		c, err := w.receive(day("2021-10-11"), w.stay(person, hospital, "Z-1", emergency))
		if err != nil {
			t.Fatal(err)
		}
		w.must(day("2021-10-11"), clerk, func(tx *store.Tx) error {
			p, err := w.Preview(tx, c.ID, "试算")
			if err == nil && (p.Settled.Awaited == nil || p.Settled.Awaited.Due != day("2021-10-12")) {
				t.Errorf("the preview awaits %+v", p.Settled.Awaited)
			}
			return err
		})
		done, err := w.handIn(day("2021-10-12"), referral(c.ID, paper, "2021-10-12"))
		if err != nil || done.Version != 0 {
			t.Fatalf("%+v, %v", done, err)
		}
		w.sound()
		if done, err = w.confirm(day("2021-11-01"), c.ID); err != nil || done.Own != money.Yuan(4000) || done.Version != 1 {
			t.Fatalf("%+v, %v", done, err)
		}
		w.sound()
	})
}

// Two who hand in the same papers, or settle the same advance, at once do it once.
func TestPapersAndAdvancesTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": ""})
		person := w.resident()
		paper := w.document(w.files(), person, "1")
		id := w.settled(day("2021-10-09"), w.stay(person, w.elsewhere(), "Z-1", emergency))
		a := w.advanced(day("2021-10-09"), w.outpatient(person, "M-1", "2021-10-09", "10.00"), claim.Discharge{Day: day("2021-10-09"), Reason: "断网"})
		full := w.outpatient(person, "M-1", "2021-10-09", "10.00")
		full.Replaces = a.Claim
		var codes [8]string
		storetest.Together(len(codes), func(i int) error {
			var err error
			if i%2 == 0 {
				_, err = w.handIn(day("2021-10-12"), referral(id, paper, "2021-10-12"))
			} else {
				_, err = w.complete(day("2021-10-12"), full)
			}
			codes[i] = fault.CodeOf(err)
			return nil
		})
		slices.Sort(codes[:])
		if got := strings.Join(codes[:], " "); got != "  claim.papers-not-awaited claim.papers-not-awaited claim.papers-not-awaited claim.state claim.state claim.state" {
			t.Errorf("answers %q", got)
		}
		w.sound()
	})
}

// What comes too late, for nothing, or shows something else is refused, and nothing is kept.
func TestPapersRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": ""})
		person, hospital, files := w.resident(), w.elsewhere(), w.files()
		paper, other, mistaken := w.document(files, person, "1"), w.document(files, w.resident(), "2"), w.document(files, person, "3")
		w.must(day("2021-10-01"), clerk, func(tx *store.Tx) error { return files.Withdraw(tx, mistaken, "归错了人") })
		on := day("2021-10-20")
		id := w.settled(day("2021-10-09"), w.stay(person, hospital, "Z-1", emergency))
		planned, err := w.receive(on, w.stay(person, hospital, "Z-2", "emergency: false, referred: false"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.confirm(on, planned.ID) // no papers may follow
		expect(t, err, "claim.not-payable")
		tooLate, err := w.receive(on, w.stay(person, hospital, "Z-3", emergency))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.confirm(on, tooLate.ID) // nor may they any more
		expect(t, err, "claim.not-payable")
		stranger, err := w.receive(on, w.stay(w.person("李四", map[string]rule.Fact{"person.hukou": {Value: rule.Division(w.town)}}), hospital, "Z-4", emergency))
		if err != nil {
			t.Fatal(err)
		}
		good := referral(id, paper, "2021-10-12")
		change := func(do func(p *claim.Papers)) claim.Papers {
			p := good
			do(&p)
			return p
		}
		for _, tt := range []struct {
			name   string
			papers claim.Papers
			code   string
		}{
			{"a bill nobody knows", change(func(p *claim.Papers) { p.Claim = "none" }), "claim.unknown"},
			{"a document nobody knows", change(func(p *claim.Papers) { p.Document = "none" }), "file.unknown"},
			{"somebody else's document", change(func(p *claim.Papers) { p.Document = other }), "file.other-owner"},
			{"a document filed by mistake", change(func(p *claim.Papers) { p.Document = mistaken }), "file.withdrawn"},
			{"no day", change(func(p *claim.Papers) { p.Day = 0 }), "claim.papers-day"},
			{"tomorrow", change(func(p *claim.Papers) { p.Day = on + 1 }), "claim.papers-day"},
			{"too long a name", change(func(p *claim.Papers) { p.By = strings.Repeat("某", 101) }), "claim.papers-by"},
			{"two lines", change(func(p *claim.Papers) { p.By = "某\n某" }), "claim.papers-by"},
			{"nothing shown", change(func(p *claim.Papers) { p.Content = []byte("visit: {}\n") }), "claim.papers-empty"},
			{"fees", change(func(p *claim.Papers) { p.Content = []byte("bill: {no: 1}\n") }), "claim.not-in-bill"},
			{"something else", change(func(p *claim.Papers) { p.Content = []byte("visit: {referred: true, emergency: true}\n") }), "claim.papers-other-fact"},
			{"no file", change(func(p *claim.Papers) { p.Content = []byte("visit: {") }), "text.syntax"},
			{"a day too late", change(func(p *claim.Papers) { p.Day = day("2021-10-13") }), "claim.papers-late"},
			{"shows a day that is too late", change(func(p *claim.Papers) { p.Content = []byte("visit: {referred: true, referral_day: 2021-10-13}\n") }), "claim.not-payable"},
			{"shows too little", change(func(p *claim.Papers) { p.Content = []byte("visit: {referred: true}\n") }), "claim.documents-needed"},
			{"a person of whom more is not known", change(func(p *claim.Papers) { p.Claim = stranger.ID }), "file.other-owner"},
			{"no emergency", change(func(p *claim.Papers) { p.Claim = planned.ID }), "claim.papers-not-awaited"},
		} {
			_, err := w.handIn(on, tt.papers)
			if expect(t, err, tt.code); t.Failed() {
				t.Fatalf("%s: %v", tt.name, err)
			}
		}
		_, err = w.handIn(on, change(func(p *claim.Papers) { p.Day = day("2021-10-13") }))
		for _, words := range []string{"2021-10-12", "二（三）3"} {
			if said := fault.RenderError(err, "zh") + fault.RenderError(err, "en"); strings.Count(said, words) < 2 {
				t.Errorf("%s is missing in %s", words, said)
			}
		}
		w.look(func(tx *store.Tx) error {
			_, _, err := w.PapersDue(tx, stranger.ID)
			expect(t, err, "claim.state")
			_, _, err = w.PapersDue(tx, "none")
			expect(t, err, "claim.unknown")
			_, err = w.PapersOf(tx, "none")
			expect(t, err, "claim.unknown")
			papers, err := w.PapersOf(tx, id)
			if err != nil || len(papers) > 0 {
				t.Errorf("kept %+v, %v", papers, err)
			}
			return nil
		})
		w.sound()
	})
}

// Whatever is changed about papers and advances behind the program's back is found.
func TestVerifyPapersAndAdvances(t *testing.T) {
	tests := []struct{ name, statement, code string }{
		{"papers that are gone", `DELETE FROM claim_paper`, "claim.paper-differs"},
		{"papers of nothing", `UPDATE claim_paper SET document_id = 'none'`, "claim.paper-differs"},
		{"papers of another settlement", `UPDATE claim_paper SET version = 3`, "claim.paper-differs"},
		{"another cause", `UPDATE claim_settlement SET cause = 'papers' WHERE version = 1`, "claim.paper-differs"},
		{"the settlement without papers", `UPDATE claim_settlement SET frozen = (SELECT o.frozen FROM claim_settlement o WHERE o.version = 2) WHERE version = 1 AND claim_id = (SELECT o.claim_id FROM claim_settlement o WHERE o.version = 2)`, "claim.differs"},
		{"more papers", `INSERT INTO claim_paper (county_code, claim_id, paper_id, document_id, day, version, sealed, instant, actor_id)
			SELECT county_code, (SELECT claim_id FROM claim WHERE bill_number = 'Z-9'), 'p', document_id, day, 1, sealed, instant, actor_id FROM claim_paper`, "claim.paper-differs"},
		{"an advance that is gone", `DELETE FROM claim_advance WHERE state = 'open'`, "claim.advance-differs"},
		{"an advance of a settled bill", `UPDATE claim_advance SET state = 'open'`, "claim.advance-differs"},
		{"an advance of nothing", `UPDATE claim_advance SET provider_id = 'none'`, "claim.advance-differs"},
		{"an advance of no settlement", `UPDATE claim_advance SET version = 9 WHERE state = 'settled'`, "claim.advance-differs"},
		{"another balance", `UPDATE claim_advance SET balance = balance + 1 WHERE state = 'settled'`, "claim.advance-differs"},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": ""})
		person, hospital := w.resident(), w.elsewhere()
		paper := w.document(w.files(), person, "1")
		id := w.settled(day("2021-10-09"), w.stay(person, hospital, "Z-1", emergency))
		if _, err := w.handIn(day("2021-10-12"), referral(id, paper, "2021-10-12")); err != nil {
			t.Fatal(err)
		}
		w.settled(day("2021-10-12"), w.stay(w.resident(), hospital, "Z-9", "referred: true, referral_day: 2021-09-26"))
		w.advanced(day("2021-10-12"), w.outpatient(person, "M-1", "2021-10-12", "10.00"), claim.Discharge{Day: day("2021-10-12"), Reason: "断网"})
		closed := w.advanced(day("2021-10-12"), w.outpatient(person, "M-2", "2021-10-12", "10.00"), claim.Discharge{Day: day("2021-10-12"), Reason: "断网"})
		if _, err := w.confirm(day("2021-10-13"), closed.Claim); err != nil {
			t.Fatal(fault.RenderError(err, "zh"), err)
		}
		w.sound()
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				err := w.do(day("2021-10-14"), clerk, func(tx *store.Tx) error {
					if _, err := tx.Exec(tt.statement); err != nil {
						t.Fatal(err)
					}
					_, err := w.Verify(tx)
					expect(t, err, tt.code)
					return errUndo
				})
				expect(t, err, "test.undo")
			})
		}
		w.sound()
	})
}

// stays is the naive answer to what stays far away come to: with papers in time, or said to be referred by the bill, all that
// pingyin helps with; otherwise nothing.
type stays struct {
	*world
	person, hospital, paper string
	number                  int
	waiting, paid           []string // bills by whether their papers are there
	rest                    map[string]money.Fen
}

func (m *stays) bill(t *rapid.T, visit string) (claim.Bill, money.Fen) {
	m.number++
	left := money.Fen(rapid.Int64Range(1, 300_000).Draw(t, "left"))
	b := m.stay(m.person, m.hospital, fmt.Sprint("Z-", m.number), visit)
	b.Content = fmt.Appendf(nil, `
visit: {kind: inpatient, admitted: 2021-09-27, discharged: %s, arrived: 2021-09-27, %s}
bill: {no: Z-%d, amount: %s, in_scope: %s, self_first: 0.00, over_limit: 0.00, out_of_scope: 0.00, paid: {basic_insurance: 0.00, medical_assistance: 0.00}}
`, day("2021-10-01")+period.Day(rapid.IntRange(0, 8).Draw(t, "day")), visit, m.number, left, left)
	return b, left
}

func (m *stays) withoutPapers(t *rapid.T) {
	b, left := m.bill(t, emergency)
	id := m.settled(day("2021-10-09"), b)
	m.waiting, m.rest[id] = append(m.waiting, id), left
}

func (m *stays) withPapers(t *rapid.T) {
	b, left := m.bill(t, "emergency: true, referred: true, referral_day: 2021-09-27")
	id := m.settled(day("2021-10-09"), b)
	m.paid, m.rest[id] = append(m.paid, id), left
}

// take draws one of a list and takes it out; "" when there is none.
func take(t *rapid.T, list *[]string) (id string) {
	if len(*list) == 0 {
		return ""
	}
	i := rapid.IntRange(0, len(*list)-1).Draw(t, "which")
	id = (*list)[i]
	*list = slices.Delete(*list, i, i+1)
	return id
}

func (m *stays) papersCome(t *rapid.T) {
	if id := take(t, &m.waiting); id != "" {
		if _, err := m.handIn(day("2021-10-12"), referral(id, m.paper, "2021-10-12")); err != nil {
			t.Fatal(fault.RenderError(err, "zh"), err)
		}
		m.paid = append(m.paid, id)
	}
}

func (m *stays) reverseOne(t *rapid.T) {
	list := &m.paid
	if rapid.Bool().Draw(t, "waiting") {
		list = &m.waiting
	}
	if id := take(t, list); id != "" {
		if _, err := m.reverse(day("2021-10-12"), id); err != nil {
			t.Fatal(fault.RenderError(err, "zh"), err)
		}
	}
}

func (m *stays) replaceWaiting(t *rapid.T) {
	if id := take(t, &m.waiting); id != "" {
		b, left := m.bill(t, emergency)
		b.Replaces = id
		var done claim.Confirmation
		m.must(day("2021-10-11"), clerk, func(tx *store.Tx) (err error) { done, err = m.Replace(tx, b, "录入有误"); return err })
		m.waiting, m.rest[done.Claim] = append(m.waiting, done.Claim), left
	}
}

// agree compares the record with the model and answers what is left of the fund; before is what was left before.
func (m *stays) agree(t *rapid.T, before money.Fen) money.Fen {
	total := money.Fen(0)
	for _, id := range m.paid {
		total += m.rest[id]
		if got := pays(m.statement(id), "inpatient_aid"); got != m.rest[id] {
			t.Fatalf("bill %s gets %s, by the model %s", id, got, m.rest[id])
		}
	}
	for _, id := range m.waiting {
		if k := m.statement(id); k.Figures.Patient != m.rest[id] || k.Awaited == nil {
			t.Fatalf("bill %s leaves %s, by the model %s", id, k.Figures.Patient, m.rest[id])
		}
	}
	left := m.left("assistance")
	if left != before-total {
		t.Fatalf("%s left of %s; by the model %s are paid", left, before, total)
	}
	return left
}

// Papers that come for bills in any order, between others that are reversed and replaced, come to what the bills that stand come to.
func TestPapersInAnyOrder(t *testing.T) {
	for name, database := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			s := storetest.Open(t, database(t))
			w := open(t, s, map[string]string{"pingyin-2021": ""})
			hospital, files := w.elsewhere(), w.files()
			number, left := 0, money.Yuan(1_000_000)
			rapid.Check(t, func(r *rapid.T) {
				inner := *w
				inner.TB = failing{t, r}
				m := &stays{world: &inner, hospital: hospital, number: number, rest: map[string]money.Fen{}}
				m.person = m.resident()
				m.paper = m.document(files, m.person, m.person)
				for range rapid.IntRange(1, 6).Draw(r, "acts") {
					rapid.SampledFrom([]func(*rapid.T){m.withoutPapers, m.withoutPapers, m.withPapers, m.papersCome, m.papersCome, m.reverseOne, m.replaceWaiting}).Draw(r, "act")(r)
				}
				number, left = m.number, m.agree(r, left)
			})
			w.sound() // all attempts together: to look each time would take longer each time
		})
	}
}
