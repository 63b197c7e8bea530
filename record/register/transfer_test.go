package register_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

func (w world) offer(county, to, person string, last period.Day, carried register.Carried) (signed register.Signed) {
	w.Helper()
	w.must(county, last, func(tx *store.Tx) (err error) {
		signed, err = w.Offer(tx, person, to, last, carried, register.Succession{}, dated.Said{})
		return err
	})
	return signed
}

func TestMoveToAnotherCounty(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		carried := register.Carried{
			Counters: []register.CarriedCounter{{Series: "example", Counter: "yearly", Day: today, Amount: money.Yuan(1200), Count: 1}},
			Debts:    []register.Debt{{ID: "d1", Reason: "多发", Since: today, Amount: money.Yuan(300)}},
			Cases:    []register.OpenCase{{ID: "c1", Matter: "临时救助", Opened: today}},
			Paid:     []register.PaidThrough{{Scheme: "relief", Month: today.Month(), Amount: money.Yuan(100)}},
		}
		var person, household string
		w.must(here, today, func(tx *store.Tx) (err error) {
			person, err = w.AddPerson(tx, register.Person{Name: "甲", Number: number("19900101", "123"), From: rule.Beginning})
			if err != nil {
				return err
			}
			household, err = w.AddHousehold(tx, home, person, day("2020-01-01"), dated.Said{})
			_, factErr := w.Record(tx, person, "person.disability.level", rule.Fact{Value: rule.Int(2), Span: dated.From(day("2021-01-01")), Source: "县残联"}, "")
			_, rosterErr := w.Record(tx, person, "roster.dibao", rule.Fact{Value: rule.Bool(true), Span: dated.From(day("2021-01-01"))}, "")
			return errors.Join(err, factErr, rosterErr)
		})
		last := today + 9
		signed := w.offer(here, there, person, last, carried)
		w.look(here, func(tx *store.Tx) error {
			waiting, err := w.Unanswered(tx)
			if err != nil || len(waiting) != 1 {
				t.Fatalf("waiting %v, %v", waiting, err)
			}
			again, err := w.Offered(tx, waiting[0])
			if again != signed {
				t.Errorf("sent again: %+v, want %+v", again, signed)
			}
			return err
		})
		var arrival register.Arrival
		for i := range 3 {
			w.must(there, last+5, func(tx *store.Tx) (err error) { arrival, err = w.Accept(tx, signed); return err })
			if arrival.Replayed != (i > 0) || arrival.Person != person {
				t.Errorf("acceptance %d: replayed %v, person %s", i, arrival.Replayed, arrival.Person)
			}
		}
		got, err := json.Marshal(arrival.Transfer.Carried)
		want, wantErr := json.Marshal(carried)
		if errors.Join(err, wantErr) != nil || string(got) != string(want) || len(arrival.Transfer.Rosters) != 1 {
			t.Errorf("carried %s and %d rosters, want %s", got, len(arrival.Transfer.Rosters), want)
		}
		for i := range 2 {
			w.must(here, last+6, func(tx *store.Tx) error {
				answer, err := w.Answered(tx, arrival.Receipt)
				if !answer.Accepted || answer.Replayed != (i > 0) {
					t.Errorf("answer %d: %+v", i, answer)
				}
				return err
			})
		}
		w.look(here, func(tx *store.Tx) error {
			_, err := w.Subject(tx, person, last, rule.Forever)
			_, after := w.Subject(tx, person, last+1, rule.Forever)
			expect(t, after, "register.person-moved")
			if fault.KindOf(after) != fault.OutOfForce || !strings.Contains(after.Error(), there) {
				t.Errorf("after the move: %v", after)
			}
			h, houseErr := w.Household(tx, household, last+1, rule.Forever)
			waiting, waitErr := w.Unanswered(tx)
			if len(h.Members)+len(waiting) != 0 {
				t.Errorf("members %v, waiting %v", h.Members, waiting)
			}
			return errors.Join(err, houseErr, waitErr)
		})
		w.look(there, func(tx *store.Tx) error {
			_, before := w.Subject(tx, person, last, rule.Forever)
			expect(t, before, "register.person-absent")
			s, err := w.Subject(tx, person, last+1, rule.Forever)
			if err != nil {
				return err
			}
			fact, known := s.Facts.At("person.disability.level", last+1)
			if !known || rule.Display(fact.Value, "") != "2" || fact.Span.From != day("2021-01-01") || fact.Source != "县残联" || fact.Learned != last+5 || s.Name != "甲" {
				t.Errorf("%s came with %+v", s.Name, fact)
			}
			if _, on := s.Facts.At("roster.dibao", last+1); on {
				t.Error("the roster of another county came along")
			}
			found, err := w.ByNumber(tx, number("19900101", "123"))
			if found != person {
				t.Errorf("the number finds %q", found)
			}
			return err
		})
	})
}

func TestMoveBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		person := w.person(here, "甲")
		out := w.offer(here, there, person, today, register.Carried{})
		w.must(there, today+1, func(tx *store.Tx) error { _, err := w.Accept(tx, out); return err })
		back := w.offer(there, here, person, today+10, register.Carried{})
		w.must(here, today+11, func(tx *store.Tx) error {
			arrival, err := w.Accept(tx, back)
			if arrival.Person != person {
				t.Errorf("came back as %s", arrival.Person)
			}
			return err
		})
		for on, want := range map[period.Day]string{today: "", today + 1: "register.person-moved", today + 10: "register.person-moved", today + 11: ""} {
			w.look(here, func(tx *store.Tx) error {
				_, err := w.Subject(tx, person, on, rule.Forever)
				expect(t, err, want)
				return nil
			})
		}
	})
}

func TestRefusedTransferOpensAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		head, wife := w.person(here, "甲"), w.person(here, "乙")
		var household string
		w.must(here, today, func(tx *store.Tx) (err error) {
			if household, err = w.AddHousehold(tx, home, head, day("2020-01-01"), dated.Said{}); err != nil {
				return err
			}
			return w.Join(tx, household, wife, "spouse", day("2020-01-01"), dated.Said{})
		})
		var signed, receipt register.Signed
		w.must(here, today, func(tx *store.Tx) (err error) {
			signed, err = w.Offer(tx, head, there, today, register.Carried{}, register.Succession{Head: wife}, dated.Said{})
			return err
		})
		for range 2 {
			w.must(there, today+1, func(tx *store.Tx) (err error) {
				var again register.Signed
				again, err = w.Refuse(tx, signed, "户口未迁入")
				if receipt != (register.Signed{}) && again != receipt {
					t.Errorf("another receipt: %+v", again)
				}
				receipt = again
				return err
			})
		}
		expect(t, w.do(there, today+1, func(tx *store.Tx) error { _, err := w.Accept(tx, signed); return err }), "register.transfer-answered")
		for i := range 2 {
			w.must(here, today+2, func(tx *store.Tx) error {
				answer, err := w.Answered(tx, receipt)
				if answer.Accepted || answer.Left != household && i == 0 || answer.Rejoined != (i == 0) || answer.Replayed != (i == 1) {
					t.Errorf("answer %d: %+v", i, answer)
				}
				return err
			})
		}
		names := map[string]string{head: "甲", wife: "乙"}
		if got, want := w.shown(household, today+1, rule.Forever, names), "999901100东街一号 乙:head 甲:other"; got != want {
			t.Errorf("household %s, want %s", got, want)
		}
		w.look(here, func(tx *store.Tx) error { // what was known before the refusal came back
			_, err := w.Subject(tx, head, today+1, today+1)
			expect(t, err, "register.person-absent")
			return nil
		})
		if got := w.value(head, "household.size", today+1, today+2); got != "2" {
			t.Errorf("size %s", got)
		}
	})
}

func TestTransferRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		person, dead, late := w.person(here, "甲"), w.person(here, "乙"), w.person(here, "丙")
		w.must(here, today, func(tx *store.Tx) error { return w.Die(tx, dead, today-5, register.Succession{}, dated.Said{}) })
		signed := w.offer(here, there, person, today, register.Carried{})
		var receipt register.Signed
		w.must(there, today+1, func(tx *store.Tx) error {
			arrival, err := w.Accept(tx, signed)
			receipt = arrival.Receipt
			return err
		})
		offer := func(person, to string, c register.Carried) func(tx *store.Tx) error {
			return func(tx *store.Tx) error {
				_, err := w.Offer(tx, person, to, today, c, register.Succession{}, dated.Said{})
				return err
			}
		}
		accept := func(s register.Signed) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { _, err := w.Accept(tx, s); return err }
		}
		answered := func(s register.Signed) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { _, err := w.Answered(tx, s); return err }
		}
		changed := signed
		changed.Content = strings.Replace(signed.Content, "甲", "申", 1)
		foreign := signed
		foreign.County = there
		forged := receipt
		forged.Content = strings.Replace(receipt.Content, `"accepted":true`, `"accepted":false`, 1)
		tests := []struct {
			name, county string
			act          func(tx *store.Tx) error
			code         string
		}{
			{"to itself", here, offer(late, here, register.Carried{}), "register.transfer-self"},
			{"to a town", here, offer(late, "999902100", register.Carried{}), "register.transfer-self"},
			{"to nowhere", here, offer(late, "", register.Carried{}), "register.transfer-self"},
			{"who is gone", here, offer(person, there, register.Carried{}), "register.person-absent"},
			{"who is dead", here, offer(dead, there, register.Carried{}), "register.dead"},
			{"who is nobody", here, offer("x", there, register.Carried{}), "dated.party-unknown"},
			{"a negative debt", here, offer(late, there, register.Carried{Debts: []register.Debt{{ID: "d", Amount: -1}}}), "register.carried-negative"},
			{"a negative counter", here, offer(late, there, register.Carried{Counters: []register.CarriedCounter{{Counter: "c", Count: -1}}}), "register.carried-negative"},
			{"a negative payment", here, offer(late, there, register.Carried{Paid: []register.PaidThrough{{Amount: -1}}}), "register.carried-negative"},
			{"a county without a key", "999903", offer(person, here, register.Carried{}), "dated.party-unknown"},
			{"in the wrong county", here, accept(signed), "register.transfer-elsewhere"},
			{"changed on the way", there, accept(changed), "register.signature"},
			{"of another sender", there, accept(foreign), "register.document"},
			{"no document", there, accept(register.Signed{County: here, Content: "x"}), "register.document"},
			{"an empty document", there, accept(register.Signed{County: here, Content: "{}"}), "register.document"},
			{"refused after it was accepted", there, func(tx *store.Tx) error { _, err := w.Refuse(tx, signed, "x"); return err }, "register.transfer-answered"},
			{"a forged receipt", here, answered(forged), "register.signature"},
			{"a receipt of another county", here, answered(register.Signed{County: here, Content: receipt.Content, Signature: receipt.Signature}), "register.transfer-differs"},
			{"a receipt at the wrong county", there, answered(receipt), "register.transfer-unknown"},
			{"no receipt", here, answered(register.Signed{County: there, Content: "x"}), "register.document"},
			{"an unknown offer", here, func(tx *store.Tx) error { _, err := w.Offered(tx, "x"); return err }, "register.transfer-unknown"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) { expect(t, w.do(tt.county, today, tt.act), tt.code) })
		}
		unreasoned := w.offer(here, there, late, today, register.Carried{})
		expect(t, w.do(there, today, func(tx *store.Tx) error { _, err := w.Refuse(tx, unreasoned, " "); return err }), "register.reason-missing")
		w.must(here, today, answered(receipt))
	})
}

// A person whose number the other county has on its register already becomes that person.
func TestArrivalOfSomebodyKnown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		id := number("19900101", "123")
		var mine, theirs string
		w.must(here, today, func(tx *store.Tx) (err error) {
			mine, err = w.AddPerson(tx, register.Person{Name: "甲", Number: id})
			return err
		})
		w.must(there, today, func(tx *store.Tx) (err error) {
			theirs, err = w.AddPerson(tx, register.Person{Name: "甲", Number: id})
			return err
		})
		signed := w.offer(here, there, mine, today, register.Carried{})
		w.must(there, today, func(tx *store.Tx) error {
			arrival, err := w.Accept(tx, signed)
			if arrival.Person != theirs || mine == theirs {
				t.Errorf("arrived as %s, want %s", arrival.Person, theirs)
			}
			entries, factErr := w.Facts(tx, theirs, rule.Forever)
			if len(entries) != 4 { // name, number, birth and sex, which were known
				t.Errorf("%d facts", len(entries))
			}
			return errors.Join(err, factErr)
		})
	})
}

// However documents are repeated, reordered and answered: on each day a person is at most one county's, and exactly one's once
// every document has arrived.
func TestTransfersNeverLoseOrDouble(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		rapid.Check(t, func(rt *rapid.T) {
			person := w.person(here, "甲")
			var offers, receipts []register.Signed
			taken := map[string]int{} // how often what a transfer carries was taken over
			clock := today
			deliver := func(o register.Signed, refuse bool) {
				to := map[string]string{here: there, there: here}[o.County]
				err := w.do(to, clock, func(tx *store.Tx) error {
					if refuse {
						r, err := w.Refuse(tx, o, "不符")
						if err == nil {
							receipts = append(receipts, r)
						}
						return err
					}
					arrival, err := w.Accept(tx, o)
					if err == nil {
						receipts = append(receipts, arrival.Receipt)
						if !arrival.Replayed {
							taken[arrival.Transfer.ID]++
						}
					}
					return err
				})
				if code := fault.CodeOf(err); code != "" && code != "register.transfer-answered" {
					rt.Fatalf("delivery: %v", err)
				}
			}
			answer := func(r register.Signed) {
				to := map[string]string{here: there, there: here}[r.County]
				if err := w.do(to, clock, func(tx *store.Tx) error { _, err := w.Answered(tx, r); return err }); err != nil {
					rt.Fatalf("answer: %v", err)
				}
			}
			for range rapid.IntRange(1, 8).Draw(rt, "steps") {
				clock += 2
				county := rapid.SampledFrom([]string{here, there}).Draw(rt, "county")
				switch what := rapid.IntRange(0, 3).Draw(rt, "what"); {
				case what == 0:
					err := w.do(county, clock, func(tx *store.Tx) error {
						o, err := w.Offer(tx, person, map[string]string{here: there, there: here}[county], clock, register.Carried{}, register.Succession{}, dated.Said{})
						if err == nil {
							offers = append(offers, o)
						}
						return err
					})
					if code := fault.CodeOf(err); code != "" && code != "register.person-absent" && code != "dated.party-unknown" {
						rt.Fatalf("offer: %v", err)
					}
				case what < 3 && len(offers) > 0:
					deliver(rapid.SampledFrom(offers).Draw(rt, "offer"), what == 2)
				case len(receipts) > 0:
					answer(rapid.SampledFrom(receipts).Draw(rt, "receipt"))
				}
				w.presence(rt, person, clock-1, clock+1)
			}
			for _, o := range slices.Clone(offers) {
				deliver(o, false)
			}
			for _, r := range slices.Clone(receipts) {
				answer(r)
			}
			if n := w.presence(rt, person, today, clock+1); n != 1 {
				rt.Fatalf("in the end the person is %d counties'", n)
			}
			for id, times := range taken {
				if times != 1 {
					rt.Fatalf("what transfer %s carries was taken over %d times", id, times)
				}
			}
		})
	})
}

// presence refuses that a person belongs to two counties on a day, and answers to how many on the last.
func (w world) presence(rt *rapid.T, person string, from, until period.Day) (last int) {
	counts := make([]int, until-from+1)
	for _, county := range []string{here, there} {
		w.look(county, func(tx *store.Tx) error {
			for i := range counts {
				if _, err := w.Subject(tx, person, from+period.Day(i), rule.Forever); err == nil {
					counts[i]++
				} else if fault.KindOf(err) != fault.OutOfForce && fault.KindOf(err) != fault.NotFound {
					return err
				}
			}
			return nil
		})
	}
	if slices.Max(counts) > 1 {
		rt.Fatalf("from %s on the person is %v counties'", from, counts)
	}
	return counts[len(counts)-1]
}

func TestForgetLeavesOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		var people []string
		for i := range 2 {
			w.must(here, today, func(tx *store.Tx) error {
				id, err := w.AddPerson(tx, register.Person{Name: "王小明", Number: number("19900101", fmt.Sprint(120+i)), Sex: ident.Male})
				people = append(people, id)
				return err
			})
		}
		w.must(here, today, func(tx *store.Tx) error { return w.Forget(tx, people[0]) })
		if got := w.names("王小明"); got != "王小明" {
			t.Errorf("%q is found", got)
		}
	})
}
