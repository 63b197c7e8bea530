package claim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"doudi/decide/rule"
	"doudi/kernel/money"
	"doudi/record/audit"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

func TestBillFromReceivedToReversed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": "from: 2021-01-01\n"})
		on := day("2021-11-08")
		person := w.resident()
		bill := w.outpatient(person, "M-001", "2021-11-08", "2500.00")
		bill.Content = []byte(strings.Replace(string(bill.Content), "basic_insurance: 0.00", "basic_insurance: 1000.00", 1))
		c, err := w.receive(on, bill)
		if err != nil {
			t.Fatal(err)
		}
		var preview *claim.Preview
		w.must(on, clerk, func(tx *store.Tx) (err error) { preview, err = w.Preview(tx, c.ID, "窗口试算"); return err })
		if got := pays(preview.Settled, "outpatient_aid"); got != money.Yuan(900) || preview.Settled.Figures.Patient != money.Yuan(600) || preview.Result == nil {
			t.Errorf("preview: %s and %s", got, preview.Settled.Figures.Patient)
		}
		if left := w.left("assistance"); left != money.Yuan(1_000_000) {
			t.Errorf("a preview took money: %s left", left)
		}
		var done claim.Confirmation
		w.must(on, clerk, func(tx *store.Tx) (err error) { done, err = w.Confirm(tx, c.ID, preview.Digest); return err })
		if done.Own != money.Yuan(900) || done.Patient != money.Yuan(600) || done.Version != 1 || done.Due != "2021-11-08" {
			t.Errorf("confirmed: %+v", done)
		}
		k := w.statement(c.ID)
		if k.Settlement != "outpatient" || k.Hash != w.pack("pingyin-2021").Hash || k.Adoption == "" || k.Words.Settlement.EN != "Outpatient help" {
			t.Errorf("kept: %+v", k)
		}
		if f := k.Words.Payers[len(k.Words.Payers)-1].Formula; f == nil || !strings.Contains(f.ZH, "1,000.00") || f.EN == "" {
			t.Errorf("no formula: %+v", f)
		}
		w.owed(c.ID, "assistance", fund.Payee{Kind: fund.Provider, ID: w.hospital}, money.Yuan(900))
		if left := w.left("assistance"); left != money.Yuan(999_100) {
			t.Errorf("%s left", left)
		}
		if checked := w.sound(); checked.Settlements != 1 || checked.Counters != 1 {
			t.Errorf("checked %+v", checked)
		}
		_, err = w.confirm(on, c.ID)
		expect(t, err, "claim.state")

		if _, err := w.reverse(on+1, c.ID); err != nil {
			t.Fatal(err)
		}
		if left := w.left("assistance"); left != money.Yuan(1_000_000) {
			t.Errorf("after the reversal %s are left", left)
		}
		if checked := w.sound(); checked.Settlements != 0 {
			t.Errorf("checked %+v", checked)
		}
		_, err = w.reverse(on+1, c.ID)
		expect(t, err, "claim.state")
		w.entries(person, "claim.receive command", "claim.preview look", "claim.confirm command", "claim.reverse command")
	})
}

// owed checks the one commitment of a claim.
func (w *world) owed(id, code string, payee fund.Payee, amount money.Fen) {
	w.Helper()
	w.look(func(tx *store.Tx) error {
		all, err := fund.OfOrigin(tx, fund.FromSettlement, id)
		if err == nil && (len(all) != 1 || all[0].Fund != code || all[0].Payee != payee || all[0].Amount != amount || all[0].State != fund.StatePending) {
			w.Errorf("committed %+v, want %s of %s to %v", all, amount, code, payee)
		}
		return err
	})
}

// entries checks what the log says about a person, and that it says it without personal content.
func (w *world) entries(person string, want ...string) {
	w.Helper()
	w.look(func(tx *store.Tx) error {
		all, err := audit.About(tx, person)
		if err != nil {
			return err
		}
		var got []string
		for _, id := range all {
			e, err := w.Claims.Log.Entry(tx, id)
			if err != nil {
				return err
			}
			got = append(got, e.Name+" "+string(e.Kind))
			if text := string(e.Content); strings.Contains(text, "J18.9") || strings.Contains(text, "赵长河") {
				w.Errorf("the entry %s says too much: %s", e.Name, text)
			}
		}
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			w.Errorf("entries %v, want %v", got, want)
		}
		return nil
	})
}

// What tells of health is not readable in the database.
func TestNothingReadable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": "from: 2021-01-01\n"})
		w.settled(day("2021-11-08"), w.outpatient(w.resident(), "M-001", "2021-11-08", "2500.00"))
		w.look(func(tx *store.Tx) error {
			for _, query := range []string{`SELECT document || token FROM claim WHERE county_code = ?1`, `SELECT frozen || result FROM claim_settlement WHERE county_code = ?1`,
				`SELECT counter || key_token || key_sealed FROM claim_movement WHERE county_code = ?1`} {
				var text string
				if err := tx.QueryRow(query, county).Scan(&text); err != nil {
					return err
				}
				for _, word := range []string{"J18.9", "laboratory", "2500.00", "outpatient_aid", "registered_poor"} {
					if strings.Contains(text, word) {
						t.Errorf("%s holds %s", query, word)
					}
				}
			}
			return nil
		})
	})
}

func TestSameBillTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": "from: 2021-01-01\n"})
		on := day("2021-11-08")
		person := w.resident()
		bill := w.outpatient(person, "M-001", "2021-11-08", "100.00")
		first, err := w.receive(on, bill)
		if err != nil {
			t.Fatal(err)
		}
		laidOut := bill
		laidOut.Name, laidOut.Content = "x.json", []byte(`{"bill": {"paid": {"medical_assistance": "0.00", "basic_insurance": "0.00"}, "lines": [{"in_scope": "100.00", "item": "laboratory", "amount": "100.00"}], "no": "M-001"},
			"visit": {"clinic": "ordinary", "date": "2021-11-08", "kind": "outpatient", "diagnosis": "J18.9", "emergency": null}}`)
		other := w.outpatient(person, "M-001", "2021-11-08", "100.01")
		replacing := other
		replacing.Replaces = first.ID
		again := bill
		again.Replaces = first.ID
		tests := []struct {
			name string
			bill claim.Bill
			code string
			same bool
		}{
			{"the very same", bill, "", true},
			{"the same in another layout", laidOut, "", true},
			{"another amount", other, "claim.number-used", false},
			{"another person", w.outpatient(w.resident(), "M-001", "2021-11-08", "100.00"), "claim.number-used", false},
			{"instead of one that stands", replacing, "claim.number-used", false},
			{"the next number", w.outpatient(person, "M-002", "2021-11-08", "100.00"), "", false},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				c, err := w.receive(on, tt.bill)
				expect(t, err, tt.code)
				if tt.code == "" && (c.ID == first.ID) != tt.same {
					t.Errorf("claim %s, the first was %s", c.ID, first.ID)
				}
			})
		}
		if _, err := w.reverse(on, first.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.receive(on, other); err == nil {
			t.Error("a reversed bill's number was taken without naming the bill it replaces")
		}
		c, err := w.receive(on, replacing)
		if err != nil || c.Revision != 2 {
			t.Errorf("%+v, %v", c, err)
		}
		_, err = w.receive(on, again)
		expect(t, err, "claim.number-used")
		w.sound()
	})
}

func TestReceiveRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, nil)
		person := w.resident()
		var school string
		w.must(day("2021-11-08"), clerk, func(tx *store.Tx) (err error) {
			school, err = w.Providers.Add(tx, providerOf("school"))
			return err
		})
		good := w.outpatient(person, "M-001", "2021-11-08", "100.00")
		with := func(change func(*claim.Bill)) claim.Bill { b := good; change(&b); return b }
		text := func(old, new string) claim.Bill {
			return with(func(b *claim.Bill) { b.Content = []byte(strings.Replace(string(b.Content), old, new, 1)) })
		}
		tests := []struct {
			name string
			bill claim.Bill
			code string
		}{
			{"somebody unknown", with(func(b *claim.Bill) { b.Person = "nobody" }), "dated.party-unknown"},
			{"a hospital as the person", with(func(b *claim.Bill) { b.Person = w.hospital }), "dated.party-unknown"},
			{"an unknown hospital", with(func(b *claim.Bill) { b.Provider = "nowhere" }), "provider.unknown"},
			{"a school", with(func(b *claim.Bill) { b.Provider = school }), "claim.provider-kind"},
			{"no series", with(func(b *claim.Bill) { b.Series = "" }), "claim.series-missing"},
			{"a strange payee", with(func(b *claim.Bill) { b.PayTo = "friend" }), "claim.pay-to"},
			{"replaces nothing", with(func(b *claim.Bill) { b.Replaces = "none" }), "claim.unknown"},
			{"an empty bill", with(func(b *claim.Bill) { b.Content = []byte("visit: {date: 2021-11-08}\nbill: null\n") }), "claim.bill-missing"},
			{"no bill", with(func(b *claim.Bill) { b.Content = []byte("visit: {date: 2021-11-08}\n") }), "claim.bill-missing"},
			{"no number", text("no: M-001", "no: ''"), "claim.number-missing"},
			{"no day", text("date: 2021-11-08, ", ""), "claim.day-missing"},
			{"the person's facts", text("visit:", "person: {birth: 1950-01-01}\nvisit:"), "claim.not-in-bill"},
			{"history", text("visit:", "history: {}\nvisit:"), "claim.not-in-bill"},
			{"the hospital's facts", text("clinic: ordinary", "clinic: ordinary, hospital: {tier: province}"), "claim.hospital-stated"},
			{"a fact nobody knows", text("clinic:", "clinik:"), "fact.unknown"},
			{"a negative fee", text("amount: 100.00", "amount: -1.00"), "bill.negative"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				_, err := w.receive(day("2021-11-08"), tt.bill)
				expect(t, err, tt.code)
			})
		}
	})
}

func TestConfirmRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": "from: 2021-01-01\n", "jiangmen-draft": "from: 2025-03-01\n"})
		on := day("2021-11-08")
		known, listed := w.resident(), "out_of_poverty_with_policy"
		stranger := w.person("钱一", nil)
		dead, moved := w.resident(), w.person("孙二", nil, listed)
		w.must(on, clerk, func(tx *store.Tx) error {
			return w.Register.Die(tx, dead, day("2021-11-01"), register.Succession{}, dated.Said{})
		})
		w.must(on, clerk, func(tx *store.Tx) error {
			_, err := w.Register.Offer(tx, moved, "999902", day("2021-10-31"), register.Carried{}, register.Succession{}, dated.Said{})
			return err
		})
		off := w.person("李三", nil)
		w.must(on, clerk, func(tx *store.Tx) error {
			for _, roster := range []string{listed, "registered_poor"} {
				if _, err := w.Register.KeepRoster(tx, roster, dated.Always, dated.Said{}); err != nil {
					return err
				}
			}
			return nil
		})
		inpatient := w.outpatient(known, "R-6", "2021-11-08", "100.00")
		inpatient.Content = []byte(strings.Replace(string(inpatient.Content), "kind: outpatient", "kind: pharmacy", 1))
		tests := []struct {
			name string
			bill claim.Bill
			code string
		}{
			{"a bill of a day after the death", w.outpatient(dead, "R-1", "2021-11-08", "100.00"), "claim.after-death"},
			{"somebody who had moved away", w.outpatient(moved, "R-2", "2021-11-08", "100.00"), "register.person-moved"},
			{"before the policy", w.outpatient(known, "R-3", "2020-11-08", "100.00"), "adoption.none"},
			{"not on the list", w.outpatient(off, "R-4", "2021-11-08", "100.00"), "claim.not-payable"},
			{"another kind of bill", inpatient, "claim.not-concerned"},
			{"a payer nobody knows", unknownPayer(w.outpatient(known, "R-7", "2021-11-08", "100.00")), "bill.unknown-payer"},
			{"insurance not stated", unstated(w.outpatient(known, "R-8", "2021-11-08", "100.00")), "claim.documents-needed"},
			{"a policy nobody adopted", claim.Bill{Person: stranger, Provider: w.hospital, Series: "none", Name: "a.yaml", Content: w.outpatient(known, "R-9", "2021-11-08", "1.00").Content}, "adoption.none"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				c, err := w.receive(on, tt.bill)
				if err != nil {
					t.Fatal(err)
				}
				_, err = w.confirm(on, c.ID)
				expect(t, err, tt.code)
				if c, err = w.get(c.ID); err != nil || c.State != claim.Received {
					t.Errorf("%+v, %v", c, err)
				}
			})
		}
		_, err := w.confirm(on, "none")
		expect(t, err, "claim.unknown")
		w.sound()
	})
}

func (w *world) get(id string) (c claim.Claim, err error) {
	w.look(func(tx *store.Tx) error { c, err = claim.Get(tx, id); return nil })
	return c, err
}

func unknownPayer(b claim.Bill) claim.Bill {
	b.Content = []byte(strings.Replace(string(b.Content), "basic_insurance", "basic_insurence", 1))
	return b
}

func unstated(b claim.Bill) claim.Bill {
	b.Content = []byte(strings.Replace(string(b.Content), "basic_insurance: 0.00, ", "", 1))
	return b
}

// A short fund stops the bill as a whole.
func TestFundShort(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := openIn(t, s, county, map[string]string{"pingyin-2021": "from: 2021-01-01\n"}, money.Yuan(100))
		on := day("2021-11-08")
		person := w.resident()
		c, err := w.receive(on, w.outpatient(person, "M-1", "2021-11-08", "200.02"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.confirm(on, c.ID)
		expect(t, err, "fund.short")
		w.settled(on, w.outpatient(person, "M-2", "2021-11-08", "200.00"))
		if left := w.left("assistance"); left != 0 {
			t.Errorf("%s left", left)
		}
		w.sound()
	})
}

// A repeated command does nothing twice; a preview that is out of date is not confirmed.
func TestCommandsAndPreviews(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": "from: 2024-01-01\n"})
		on := day("2024-06-01")
		person := w.resident()
		a, err := w.receive(on, w.purchase(person, "A", "2024-06-01", "1500.00"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := w.receive(on, w.purchase(person, "B", "2024-06-01", "1500.00"))
		if err != nil {
			t.Fatal(err)
		}
		var preview *claim.Preview
		w.must(on, clerk, func(tx *store.Tx) (err error) { preview, err = w.Preview(tx, b.ID, "试算"); return err })
		for i, replayed := range []bool{false, true} {
			out, err := w.try(on, "key-1", clerk, func(tx *store.Tx) (any, error) { return w.Confirm(tx, a.ID, "") })
			var done claim.Confirmation
			if err == nil {
				err = json.Unmarshal(out.Result, &done)
			}
			if err != nil || out.Replayed != replayed || done.Own != money.Yuan(900) {
				t.Errorf("%d: %+v %+v %v", i, out, done, err)
			}
		}
		err = w.do(on, clerk, func(tx *store.Tx) error { _, err := w.Confirm(tx, b.ID, preview.Digest); return err })
		expect(t, err, "claim.changed")
		w.must(on, clerk, func(tx *store.Tx) (err error) { preview, err = w.Preview(tx, b.ID, "再试算"); return err })
		w.must(on, clerk, func(tx *store.Tx) error { _, err := w.Confirm(tx, b.ID, preview.Digest); return err })
		if got := pays(w.statement(b.ID), "drug_aid"); got != money.Yuan(100) {
			t.Errorf("the second got %s of the 100.00 that were left", got)
		}
		w.sound()
	})
}

// A bill that is received and settled in one act comes to the same as one in two, whatever stood there before.
func TestSettleInOneAct(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": "from: 2024-01-01\n"})
		on := day("2024-06-01")
		settle := func(key string, b claim.Bill) (done claim.Confirmation, replayed bool, err error) {
			out, err := w.try(on, key, clerk, func(tx *store.Tx) (any, error) { return w.Settle(tx, b) })
			if err == nil {
				err = json.Unmarshal(out.Result, &done)
			}
			return done, out.Replayed, err
		}
		person, other := w.resident(), w.resident()
		first := w.purchase(person, "A", "2024-06-01", "1500.00")
		done, _, err := settle("a", first)
		if err != nil || done.Own != money.Yuan(900) || done.Version != 1 {
			t.Fatalf("%+v %v", done, err)
		}
		if again, replayed, err := settle("a", first); err != nil || !replayed || again.Claim != done.Claim {
			t.Errorf("the same again: %+v %v %v", again, replayed, err)
		}
		_, _, err = settle("b", first)
		expect(t, err, "claim.state") // the same bill under another key is the same claim, and settled
		_, _, err = settle("c", w.purchase(person, "A", "2024-06-01", "1400.00"))
		expect(t, err, "claim.number-used")
		_, _, err = settle("d", w.purchase(other, "A", "2024-06-01", "1500.00"))
		expect(t, err, "claim.number-used")
		if received, err := w.receive(on, w.purchase(person, "B", "2024-06-01", "1500.00")); err != nil {
			t.Error(err)
		} else if done, _, err := settle("e", w.purchase(person, "B", "2024-06-01", "1500.00")); err != nil || done.Claim != received.ID || done.Own != money.Yuan(100) {
			t.Errorf("a bill that was received before: %+v %v", done, err)
		}
		if done, _, err := settle("f", w.purchase(person, "C", "2024-05-01", "500.00")); err != nil || done.Own != money.Yuan(300) || len(done.Changes) != 2 {
			t.Errorf("a late bill: %+v %v", done, err)
		}
		w.sound()
	})
}

func TestStaysAndCycles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"guangxi-2018": "from: 2018-01-01\n"})
		on := day("2018-06-20")
		person := w.resident()
		stay := claim.Bill{Person: person, Provider: w.hospital, Series: guangxi, Name: "stay.yaml", Content: []byte(`
visit: {kind: inpatient, admitted: 2018-06-12, discharged: 2018-06-20}
bill: {no: Z-1, amount: 5000.00, in_scope: 4500.00, self_first: 200.00, over_limit: 0.00, out_of_scope: 300.00, paid: {serious_illness: 0.00, medical_assistance: 0.00}}
`)}
		id := w.settled(on, stay)
		if got := pays(w.statement(id), "health_insurance"); got != money.Yuan(225) {
			t.Errorf("the stay: %s", got)
		}
		w.owed(id, "health-insurance", fund.Payee{Kind: fund.Provider, ID: w.hospital}, money.Yuan(225))
		paidHimself := stay
		paidHimself.PayTo, paidHimself.Content = fund.Person, []byte(strings.Replace(string(stay.Content), "Z-1", "Z-2", 1))
		w.owed(w.settled(on, paidHimself), "health-insurance", fund.Payee{Kind: fund.Person, ID: person}, money.Yuan(225))

		cycle := func(number, diagnosis string) claim.Bill {
			return claim.Bill{Person: person, Provider: w.hospital, Series: guangxi, Name: "cycle.yaml", Content: fmt.Appendf(nil, `
visit: {kind: outpatient, clinic: chronic, date: 2018-11-30, diagnosis: %s}
bill:
  no: %s
  lines:
    - {item: drug, date: 2018-01-01, amount: 1200.00, in_scope: 1000.00, self_first: 0.00, over_limit: 0.00, out_of_scope: 200.00, paid: {basic_insurance: 600.00}}
    - {item: laboratory, date: 2018-11-30, amount: 800.00, in_scope: 700.00, self_first: 0.00, over_limit: 0.00, out_of_scope: 100.00, paid: {basic_insurance: 400.00}}
`, diagnosis, number)}
		}
		late := day("2018-12-03")
		first := w.settled(late, cycle("C-1", "I10.x00x032"))
		if k := w.statement(first); pays(k, "health_insurance") != money.Yuan(600) || k.Figures.Due != "2018-12-15" || k.Figures.From != "2018-01-01" || k.Figures.To != "2018-11-30" {
			t.Errorf("the cycle: %+v", k.Figures)
		}
		w.owed(first, "health-insurance", fund.Payee{Kind: fund.Person, ID: person}, money.Yuan(600))
		again, err := w.receive(late, cycle("C-2", "I10.x00x032"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.confirm(late, again.ID)
		expect(t, err, "claim.cycle-settled")
		w.settled(late, cycle("C-3", "E11.900"))
		if _, err := w.reverse(late, first); err != nil {
			t.Fatal(err)
		}
		if _, err := w.confirm(late, again.ID); err != nil {
			t.Error(err)
		}
		w.sound()
	})
}

// application is one of jiangmen's: 80 % of one invoice, at most 1,000 yuan a year, applied for and approved on two days.
func (w *world) application(person, number, matter, applied, approved, fee string) claim.Bill {
	return claim.Bill{Person: person, Provider: w.pharmacy, Series: jiangmen, Name: number + ".yaml", Content: fmt.Appendf(nil, `
visit: {kind: pharmacy, date: %s}
application: {day: %s, matter: %s, cause: %s, diagnosis_proof: true, proof_local: true, declared_net: true, exception: false}
approval: {day: %s}
bill:
  no: %s
  lines: [{item: drug, name: 降压药甲, invoice: %s, date: %s, amount: %s, in_scope: 0.00, for_disease: true, pharmacy_designated: true, compliant: true, dual_channel: false, other_scheme: false}]
`, before(applied), applied, matter, matter, approved, number, number, before(applied), fee)}
}

func (w *world) monitored() string {
	w.Helper()
	person := w.person("周七", map[string]rule.Fact{"person.hukou": {Value: rule.Division(w.town)}}, "prevention")
	w.must(day("2018-01-01"), clerk, func(tx *store.Tx) error {
		household, err := w.Register.AddHousehold(tx, register.Dwelling{Division: w.town}, person, day("2018-01-01"), dated.Said{})
		if err != nil {
			return err
		}
		_, err = w.Register.Record(tx, household, "household.monitoring_class", rule.Fact{Value: rule.Text("unstable"), Span: dated.Always}, "")
		return err
	})
	return person
}

// A late application goes before those decided after it: what they used of the yearly 1,000 is settled again.
func TestLateApplication(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"jiangmen-draft": "from: 2025-03-01\n"})
		on := day("2025-12-01")
		person := w.monitored()
		march := w.settled(on, w.application(person, "I-1", "降压药", "2025-03-10", "2025-03-20", "750.00"))
		june := w.settled(on, w.application(person, "I-2", "降糖药", "2025-06-10", "2025-06-20", "1000.00"))
		october := w.settled(on, w.application(person, "I-3", "降脂药", "2025-10-10", "2025-10-20", "1000.00"))
		check := func(when string, want map[string]string) {
			t.Helper()
			total := money.Fen(0)
			for id, amount := range want {
				got := pays(w.statement(id), "supplement")
				if total += got; got.String() != amount {
					t.Errorf("%s: %s, want %s", when, got, amount)
				}
			}
			if left := w.left("revitalisation"); left != money.Yuan(1_000_000)-total {
				t.Errorf("%s: %s left, paid %s", when, left, total)
			}
			w.sound()
		}
		check("three", map[string]string{march: "600.00", june: "400.00", october: "0.00"})

		c, err := w.receive(on, w.application(person, "I-4", "眼药", "2025-04-10", "2025-04-20", "375.00"))
		if err != nil {
			t.Fatal(err)
		}
		var preview *claim.Preview
		w.must(on, clerk, func(tx *store.Tx) (err error) { preview, err = w.Preview(tx, c.ID, "试算"); return err })
		done, err := w.confirm(on, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, changes := range [][]claim.Change{preview.Changes, done.Changes} {
			if len(changes) != 1 || changes[0].Claim != june || changes[0].Before != money.Yuan(400) || changes[0].After != money.Yuan(100) {
				t.Errorf("changes %+v", changes)
			}
		}
		check("a late one", map[string]string{march: "600.00", c.ID: "300.00", june: "100.00", october: "0.00"})
		if _, err := w.reverse(on, march); err != nil {
			t.Fatal(err)
		}
		check("without the first", map[string]string{c.ID: "300.00", june: "700.00", october: "0.00"})

		used, err := w.receive(on, with(w.application(person, "I-5", "耳药", "2025-11-10", "2025-11-20", "10.00"), "invoice: I-5", "invoice: I-2"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.confirm(on, used.ID)
		expect(t, err, "bill.invoice-used")
		again := w.settled(on, with(w.application(person, "I-6", "耳药", "2025-11-10", "2025-11-20", "10.00"), "invoice: I-6", "invoice: I-1"))
		check("an invoice of the reversed one", map[string]string{c.ID: "300.00", june: "700.00", october: "0.00", again: "0.00"})
	})
}

// A late application may leave a later one without its right: its money and its invoice are free again. It gets them back
// when the late one goes, unless the invoice was used meanwhile: then the reversal is refused.
func TestLaterApplicationLosesItsRight(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"jiangmen-draft": "from: 2025-03-01\n"})
		on := day("2025-12-01")
		person := w.monitored()
		w.settled(on, w.application(person, "I-1", "降压药", "2025-05-10", "2025-05-20", "100.00"))
		third := w.settled(on, w.application(person, "I-2", "降糖药", "2025-06-10", "2025-06-20", "100.00"))
		late := w.settled(on, w.application(person, "I-3", "降脂药", "2025-04-10", "2025-04-20", "100.00"))
		if k := w.statement(third); k.Figures.Verdict != "not-payable" || len(k.Words.Unmet) != 1 || pays(k, "supplement") != 0 {
			t.Errorf("the third of a quarter: %+v", k)
		}
		if left := w.left("revitalisation"); left != money.Yuan(999_840) {
			t.Errorf("%s left", left)
		}
		w.sound()
		again := w.settled(on, with(w.application(person, "I-4", "降糖药", "2025-07-10", "2025-07-20", "100.00"), "invoice: I-4", "invoice: I-2"))
		w.sound()
		_, err := w.reverse(on, late)
		expect(t, err, "claim.follower")
		w.sound()
		for _, id := range []string{again, late} {
			if _, err := w.reverse(on, id); err != nil {
				t.Fatal(err)
			}
		}
		if k := w.statement(third); pays(k, "supplement") != money.Yuan(80) {
			t.Errorf("it was not given back: %+v", k)
		}
		w.sound()
	})
}

func with(b claim.Bill, old, new string) claim.Bill {
	b.Content = []byte(strings.Replace(string(b.Content), old, new, 1))
	return b
}
