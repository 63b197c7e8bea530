package claim_test

import (
	"strings"
	"testing"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/provider"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// Whatever is changed behind the program's back is found and named.
func TestVerifyFindsWhatWasChanged(t *testing.T) {
	tests := []struct{ name, statement, code string }{
		{"a result of another bill", `UPDATE claim_settlement SET result = (SELECT o.result FROM claim_settlement o JOIN claim c ON c.claim_id = o.claim_id WHERE c.bill_number = 'A') WHERE claim_id = (SELECT claim_id FROM claim WHERE bill_number = 'B')`, "claim.differs"},
		{"frozen facts of another bill", `UPDATE claim_settlement SET frozen = (SELECT o.frozen FROM claim_settlement o JOIN claim c ON c.claim_id = o.claim_id WHERE c.bill_number = 'A') WHERE claim_id = (SELECT claim_id FROM claim WHERE bill_number = 'B')`, "claim.differs"},
		{"a bill of another bill", `UPDATE claim SET document = (SELECT o.document FROM claim o WHERE o.bill_number = 'A') WHERE bill_number = 'B'`, "claim.differs"},
		{"the order of bills", `UPDATE claim SET decided_day = '2024-01-02' WHERE bill_number = 'B'`, "claim.history-differs"},
		{"a day that decides nothing", `UPDATE claim SET decided_day = '2024-06-02' WHERE bill_number = 'B'`, "claim.differs"},
		{"a counter", `UPDATE claim_counter SET used = used - 1`, "claim.counter-differs"},
		{"a counter that is gone", `DELETE FROM claim_counter`, "claim.counter-differs"},
		{"a movement that is gone", `DELETE FROM claim_movement WHERE claim_id = (SELECT claim_id FROM claim WHERE bill_number = 'B')`, "claim.counter-differs"},
		{"a movement and its counter", `UPDATE claim_movement SET amount = amount + 1 WHERE claim_id = (SELECT claim_id FROM claim WHERE bill_number = 'B'); UPDATE claim_counter SET used = used + 1 WHERE window_to = '2024-06-01'`, "claim.movement-differs"},
		{"a movement of a reversed bill", `UPDATE claim SET state = 'reversed' WHERE bill_number = 'B'`, "claim.movement-differs"},
		{"a bill that was never settled", `UPDATE claim SET version = 0 WHERE bill_number = 'B'`, "claim.to-nothing"},
		{"a settlement too many", `UPDATE claim SET version = 2 WHERE bill_number = 'B'`, "claim.to-nothing"},
		{"a settlement that came later than its bill", `UPDATE claim_settlement SET later = 0, instant = '2024-06-01T05:00:00.000Z' WHERE version = 1`, "claim.time-differs"},
		{"a provider nobody knows", `UPDATE claim SET provider_id = 'nowhere' WHERE bill_number = 'B'`, "claim.to-nothing"},
		{"an invoice that is free again", `DELETE FROM claim_invoice WHERE invoice = 'B'`, "claim.invoice-differs"},
		{"an invoice of nobody", `UPDATE claim_invoice SET claim_id = 'none' WHERE invoice = 'B'`, "claim.invoice-differs"},
		{"money of nobody", `UPDATE fund_commitment SET origin_id = 'none' WHERE amount < 30000`, "claim.money-differs"},
		{"a payer of the money", `UPDATE fund_commitment SET origin_line = 'hospital/1'`, "claim.money-differs"},
		{"less money", `UPDATE fund_commitment SET amount = amount - 1`, "claim.money-differs"},
		{"money to be recovered that was not paid", `INSERT INTO claim_recovery (county_code, recovery_id, claim_id, payer, commitment_id, amount, refunded, dropped, instant, actor_id)
			SELECT county_code, 'r', origin_id, 'drug_aid', commitment_id, 1, 0, 0, '', '' FROM fund_commitment WHERE amount < 30000`, "claim.money-differs"},
		{"more refunded than was asked back", `INSERT INTO claim_recovery (county_code, recovery_id, claim_id, payer, commitment_id, amount, refunded, dropped, instant, actor_id)
			SELECT county_code, 'r', origin_id, 'drug_aid', commitment_id, 1, 1, 1, '', '' FROM fund_commitment WHERE amount < 30000`, "claim.money-differs"},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": "from: 2024-01-01\n"})
		person := w.resident()
		w.settled(day("2024-06-01"), w.purchase(person, "A", "2024-03-01", "1000.00"))
		w.settled(day("2024-06-01"), w.purchase(person, "B", "2024-06-01", "200.00"))
		if checked := w.sound(); checked.Settlements != 2 || checked.Counters != 2 {
			t.Fatalf("checked %+v", checked)
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				err := w.do(day("2024-06-02"), clerk, func(tx *store.Tx) error {
					for _, statement := range strings.Split(tt.statement, "; ") {
						if _, err := tx.Exec(statement); err != nil {
							t.Fatal(err)
						}
					}
					_, err := w.Verify(tx)
					expect(t, err, tt.code)
					if fault.KindOf(err) != fault.Conflict {
						t.Errorf("kind %s", fault.KindOf(err))
					}
					return errUndo // nothing of it is kept
				})
				expect(t, err, "test.undo")
			})
		}
		w.sound()
	})
}

var errUndo = &fault.Error{Kind: fault.Conflict, Code: "test.undo"}

// What was paid already and is not owed any more is owed back, until it comes back or is owed again.
func TestRecovery(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": "from: 2024-01-01\n"})
		on := day("2027-06-01")
		person := w.resident()
		paid := w.settled(on, w.purchase(person, "B", "2024-06-01", "1000.00"))
		w.must(on, clerk, func(tx *store.Tx) error { return payHalves(tx, paid, 2) })
		early := w.settled(on, w.purchase(person, "A", "2024-05-01", "1500.00"))
		recovery := w.recovery(paid, money.Yuan(500))
		if left := w.left("medical"); left != money.Yuan(998_500) { // 600 are gone until 500 of them come back, and 900 are promised
			t.Errorf("%s left", left)
		}
		w.sound()

		refund := func(amount money.Fen) error {
			return w.do(on, clerk, func(tx *store.Tx) error {
				return claim.Refund(tx, paid, recovery.ID, amount, bank, fund.Origin{Kind: fund.FromBatch, ID: "T1"})
			})
		}
		expect(t, refund(money.Yuan(501)), "claim.recovery-less")
		expect(t, refund(money.Yuan(200)), "")
		w.recovery(paid, money.Yuan(300))
		w.sound()
		expect(t, w.do(on, clerk, func(tx *store.Tx) error {
			return claim.Refund(tx, paid, "none", 1, bank, fund.Origin{Kind: fund.FromBatch, ID: "T1"})
		}), "claim.recovery-unknown")

		if _, err := w.reverse(on, early); err != nil { // the 600 are owed again: 300 were never given back, 200 are promised anew
			t.Fatal(err)
		}
		w.recovery(paid, 0)
		if got, left := pays(w.statement(paid), "drug_aid"), w.left("medical"); got != money.Yuan(600) || left != money.Yuan(999_400) {
			t.Errorf("%s paid, %s left", got, left)
		}
		if _, err := w.reverse(on, paid); err != nil { // 200 are void, 400 are owed back
			t.Fatal(err)
		}
		if left := w.left("medical"); left != money.Yuan(999_600) {
			t.Errorf("%s left", left)
		}
		w.sound()
	})
}

// No more is asked back of a commitment than it has paid.
func TestRecoveryOfSeveralPayments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": "from: 2024-01-01\n"})
		on := day("2027-06-01")
		person := w.resident()
		first := w.settled(on, w.purchase(person, "A", "2024-05-01", "1166.67"))
		paid := w.settled(on, w.purchase(person, "P", "2024-06-01", "1000.00"))
		w.must(on, clerk, func(tx *store.Tx) error { return payHalves(tx, paid, 2) })
		if _, err := w.reverse(on, first); err != nil {
			t.Fatal(err)
		}
		w.must(on, clerk, func(tx *store.Tx) error { return payHalves(tx, paid, 2) }) // twice 300 now
		w.settled(on, w.purchase(person, "B", "2024-05-02", "1000.00"))
		w.recovery(paid, money.Yuan(200))
		w.settled(on, w.purchase(person, "C", "2024-05-03", "333.33"))
		w.recovery(paid, money.Yuan(400))
		w.sound()
	})
}

// recovery is the first of a claim's recoveries; all of them together are open with an amount.
func (w *world) recovery(id string, open money.Fen) (first claim.Recovery) {
	w.Helper()
	w.look(func(tx *store.Tx) error {
		all, err := claim.Recoveries(tx, id)
		if err != nil {
			return err
		}
		sum := money.Fen(0)
		for _, r := range all {
			sum += r.Open()
		}
		if sum != open || len(all) == 0 {
			w.Errorf("%+v are owed back, want %s", all, open)
			return nil
		}
		first = all[0]
		return nil
	})
	return first
}

// A replacement posts of the bills after it only what differs in the end.
func TestReplace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": "from: 2024-01-01\n"})
		on := day("2024-07-01")
		person := w.resident()
		first := w.settled(on, w.purchase(person, "A", "2024-05-01", "1000.00"))
		second := w.settled(on, w.purchase(person, "B", "2024-05-01", "1000.00"))
		replace := func(b claim.Bill, by string) (done claim.Confirmation, err error) {
			err = w.do(on, clerk, func(tx *store.Tx) (err error) { done, err = w.Replace(tx, b, by); return err })
			return done, err
		}
		corrected := w.purchase(person, "A", "2024-05-01", "900.00")
		corrected.Replaces = first
		_, err := replace(corrected, " ")
		expect(t, err, "claim.reason-missing")
		same := w.purchase(person, "A", "2024-05-01", "1000.00")
		same.Replaces = first
		other := w.purchase(w.resident(), "C", "2024-05-01", "900.00")
		other.Replaces = first
		_, err = replace(other, "录入有误")
		expect(t, err, "claim.replaces")
		nothing := w.purchase(person, "C", "2024-05-01", "900.00")
		nothing.Replaces = "none"
		_, err = replace(nothing, "录入有误")
		expect(t, err, "claim.unknown")

		done, err := replace(corrected, "录入有误")
		if err != nil {
			t.Fatal(fault.RenderError(err, "zh"), err)
		}
		if done.Own != money.Yuan(540) || len(done.Changes) != 1 || done.Changes[0] != (claim.Change{Claim: second, Number: "B", Before: money.Yuan(400), After: money.Yuan(460)}) {
			t.Errorf("%+v", done)
		}
		old, err := w.get(first)
		if err != nil || old.State != claim.Reversed {
			t.Errorf("%+v %v", old, err)
		}
		w.look(func(tx *store.Tx) error {
			var versions int
			err := tx.QueryRow(`SELECT COUNT(*) FROM claim_settlement WHERE county_code = ?1 AND claim_id = ?2`, county, second).Scan(&versions)
			if versions != 2 {
				t.Errorf("the later bill was settled %d times", versions)
			}
			all, err2 := claim.Of(tx, person)
			if len(all) != 3 || all[2].Replaces != first || all[2].Revision != 2 {
				t.Errorf("%+v", all)
			}
			if err == nil {
				err = err2
			}
			return err
		})
		_, err = replace(corrected, "录入有误")
		expect(t, err, "claim.state")
		w.sound()
	})
}

// Later news about a person, an adoption or a hospital leaves what was settled as it is, and it can still be computed again.
func TestFrozen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": "from: 2024-01-01\n"})
		on := day("2024-07-01")
		person := w.resident()
		id := w.settled(on, w.purchase(person, "A", "2024-05-01", "1000.00"))
		late := w.settled(on, w.purchase(person, "B", "2024-06-01", "1000.00"))
		w.must(on+1, clerk, func(tx *store.Tx) error {
			facts, err := w.Register.Facts(tx, person, rule.Forever)
			if err != nil {
				return err
			}
			for _, entry := range facts {
				if entry.Name == "person.hukou" {
					if _, err := w.Register.Withdraw(tx, entry.ID, dated.Said{}); err != nil {
						return err
					}
				}
			}
			return w.Providers.Close(tx, w.pharmacy, day("2024-04-01"), dated.Said{})
		})
		var decision string
		w.must(on+1, clerk, func(tx *store.Tx) (err error) {
			all, err := adoption.All(tx)
			if err == nil {
				decision, err = adoption.Withdraw(tx, all[0].ID, rule.Beginning, "采用有误")
			}
			return err
		})
		w.must(on+1, checker, func(tx *store.Tx) error { return w.Adoptions.Approve(tx, decision, "同意") })
		if got := pays(w.statement(late), "drug_aid"); got != money.Yuan(400) {
			t.Errorf("it was settled with %s", got)
		}
		w.sound()
		if _, err := w.reverse(on+1, id); err != nil {
			t.Fatal(err)
		}
		if got := pays(w.statement(late), "drug_aid"); got != money.Yuan(600) {
			t.Errorf("settled again, with the frozen facts: %s", got)
		}
		w.sound()
	})
}

// The adoption in force on the day that decides counts, whatever day the visit began.
func TestAdoptedInMidStay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, nil)
		w.adopt(day("2018-01-01"), "guangxi-2018", "from: 2018-01-01\nto: 2018-06-15\n")
		w.adopt(day("2018-01-01"), "guangxi-2018", "from: 2018-06-16\nreadings: {ratio_base: in_scope}\n")
		person := w.resident()
		for _, tt := range []struct{ number, left, want string }{{"Z-1", "2018-06-15", "225.00"}, {"Z-2", "2018-06-16", "0.00"}} {
			id := w.settled(day("2018-07-01"), claim.Bill{Person: person, Provider: w.hospital, Series: guangxi, Name: "stay.yaml", Content: []byte(`
visit: {kind: inpatient, admitted: 2018-06-12, discharged: ` + tt.left + `}
bill: {no: ` + tt.number + `, amount: 5000.00, in_scope: 4500.00, self_first: 200.00, over_limit: 0.00, out_of_scope: 300.00, paid: {serious_illness: 0.00, medical_assistance: 0.00}}
`)})
			if got := pays(w.statement(id), "health_insurance"); got.String() != tt.want {
				t.Errorf("discharged on %s: %s, want %s", tt.left, got, tt.want)
			}
		}
		w.sound()
	})
}

// A program without the pack a bill was settled by says so and changes nothing.
func TestPackMissing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": "from: 2024-01-01\n"})
		on := day("2024-07-01")
		person := w.resident()
		first := w.settled(on, w.purchase(person, "A", "2024-05-01", "1000.00"))
		w.settled(on, w.purchase(person, "B", "2024-06-01", "1000.00"))
		full := w.Claims
		without := full.Config
		without.Adoptions = adoption.New(nil)
		w.Claims = claim.New(without)
		_, err := w.reverse(on, first)
		expect(t, err, "claim.follower")
		err = s.Read(t.Context(), county, func(tx *store.Tx) error { _, _, _, err := w.Statement(tx, first); return err })
		expect(t, err, "adoption.pack-missing")
		err = s.Read(t.Context(), county, func(tx *store.Tx) error { _, err := w.Verify(tx); return err })
		expect(t, err, "adoption.pack-missing")
		w.Claims = full
		w.sound()
	})
}

// When a person's key was destroyed, what is left is still added up, and everybody else's is computed again.
func TestDestroyedKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"example": "from: 2024-01-01\n"})
		person := w.resident()
		w.settled(day("2024-07-01"), w.purchase(person, "A", "2024-05-01", "1000.00"))
		w.settled(day("2024-07-01"), w.purchase(w.resident(), "B", "2024-05-01", "1000.00"))
		config := w.Config
		open := config.Cipher.Open
		config.Cipher.Open = func(tx *store.Tx, party string, sealed ...string) ([][]byte, error) {
			if party == person {
				return nil, &fault.Error{Kind: fault.Conflict, Code: "audit.key-destroyed"}
			}
			return open(tx, party, sealed...)
		}
		w.Claims = claim.New(config)
		if checked := w.sound(); checked != (claim.Checked{Settlements: 1, Counters: 2, Destroyed: 1}) {
			t.Errorf("%+v", checked)
		}
	})
}

func TestStatementNeedsASettlement(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, nil)
		c, err := w.receive(day("2021-11-08"), w.outpatient(w.resident(), "M-1", "2021-11-08", "1.00"))
		if err != nil {
			t.Fatal(err)
		}
		err = s.Read(t.Context(), county, func(tx *store.Tx) error { _, _, _, err := w.Statement(tx, c.ID); return err })
		expect(t, err, "claim.state")
		expect(t, w.do(day("2021-11-08"), clerk, func(tx *store.Tx) error { _, err := w.Reverse(tx, c.ID, ""); return err }), "claim.reason-missing")
		if _, err := w.reverse(day("2021-11-08"), c.ID); err != nil { // it is only put aside
			t.Fatal(err)
		}
		expect(t, w.do(day("2021-11-08"), clerk, func(tx *store.Tx) error { _, err := w.Preview(tx, c.ID, ""); return err }), "claim.state")
		w.sound()
	})
}

// A hospital that was closed on the day sends no bill of it.
func TestClosedHospital(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": "from: 2021-01-01\n"})
		on := day("2021-11-08")
		var closed string
		w.must(on, clerk, func(tx *store.Tx) (err error) {
			closed, err = w.Providers.Add(tx, provider.Provider{Kind: provider.Hospital, Name: "旧院", Span: period.Span{From: day("2000-01-01"), To: day("2021-11-07")}})
			return err
		})
		b := w.outpatient(w.resident(), "M-1", "2021-11-08", "1.00")
		b.Provider = closed
		c, err := w.receive(on, b)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.confirm(on, c.ID)
		expect(t, err, "provider.closed")
	})
}
