package claim_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/claim"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// purchase is a bill as the model sees it: no chain, no differences, only what stands.
type purchase struct {
	id    string
	day   period.Day
	order int // of those of one day
	fee   money.Fen
	gone  bool
}

// model is the naive answer to what a person's bills come to: all of them, in order, each time anew.
type model struct {
	bills    []*purchase
	rolling  bool
	sequence int
}

func (m *model) add(id string, on period.Day, fee money.Fen) *purchase {
	m.sequence++
	p := &purchase{id: id, day: on, order: m.sequence, fee: fee}
	m.bills = append(m.bills, p)
	return p
}

func (m *model) standing() []*purchase {
	var list []*purchase
	for _, p := range m.bills {
		if !p.gone {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *purchase) int {
		if a.day != b.day {
			return int(a.day - b.day)
		}
		return a.order - b.order
	})
	return list
}

// amounts are 60 % of each fee, as far as 1,000 yuan of the year allow.
func (m *model) amounts() map[string]money.Fen {
	paid := map[string]money.Fen{}
	list := m.standing()
	for i, p := range list {
		used := money.Fen(0)
		for _, earlier := range list[:i] {
			if m.sameYear(earlier.day, p.day) {
				used += paid[earlier.id]
			}
		}
		aid := (p.fee*60 + 50) / 100
		paid[p.id] = max(min(aid, money.Yuan(1000)-used), 0)
	}
	return paid
}

func (m *model) sameYear(earlier, on period.Day) bool {
	if m.rolling {
		return earlier > on.AddYears(-1)
	}
	return earlier.Year() == on.Year()
}

// machine acts on the record and on the model alike.
type machine struct {
	*world
	model
	person string
	number int
}

const later = "2027-06-01"

func (m *machine) draw(t *rapid.T) (claim.Bill, period.Day, money.Fen) {
	on := day("2024-06-01") + period.Day(rapid.IntRange(0, 14).Draw(t, "day")*70)
	fee := money.Fen(rapid.Int64Range(1, 150_000).Draw(t, "fee"))
	m.number++
	return m.purchase(m.person, fmt.Sprint("B", m.number), on.String(), fee.String()), on, fee
}

func (m *machine) confirmOne(t *rapid.T) {
	b, on, fee := m.draw(t)
	m.add(m.settled(day(later), b), on, fee)
}

// any is one of the bills that stand, or nil.
func (m *machine) any(t *rapid.T) *purchase {
	list := m.standing()
	if len(list) == 0 {
		return nil
	}
	return list[rapid.IntRange(0, len(list)-1).Draw(t, "which")]
}

func (m *machine) reverseOne(t *rapid.T) {
	p := m.any(t)
	if p == nil {
		return
	}
	if _, err := m.reverse(day(later), p.id); err != nil {
		t.Fatal(fault.RenderError(err, "zh"), err)
	}
	p.gone = true
}

func (m *machine) replaceOne(t *rapid.T) {
	p := m.any(t)
	if p == nil {
		return
	}
	b, on, fee := m.draw(t)
	b.Replaces = p.id
	var done claim.Confirmation
	m.must(day(later), clerk, func(tx *store.Tx) (err error) { done, err = m.Replace(tx, b, "录入有误"); return err })
	p.gone = true
	m.add(done.Claim, on, fee).order = p.order
}

// payAll posts what is pending, pays part of it, and has some of what is owed back refunded.
func (m *machine) payAll(t *rapid.T) {
	share := money.Fen(rapid.Int64Range(0, 2).Draw(t, "half"))
	m.must(day(later), clerk, func(tx *store.Tx) error {
		for _, p := range m.bills {
			if err := payHalves(tx, p.id, share); err != nil {
				return err
			}
		}
		return nil
	})
}

// payHalves pays none, half or all of what a claim is owed, and takes back half of what it owes.
func payHalves(tx *store.Tx, id string, halves money.Fen) error {
	all, err := fund.OfOrigin(tx, fund.FromSettlement, id)
	if err != nil {
		return err
	}
	batch := fund.Origin{Kind: fund.FromBatch, ID: "B1"}
	for _, c := range all {
		if c.State == fund.StatePending {
			if _, err := fund.Post(tx, fund.Step{Commitment: c.ID, Day: day(later)}); err != nil {
				return err
			}
			c.State = fund.StatePosted
		}
		if due := c.Owed() * halves / 2; due > 0 {
			if _, err := fund.Pay(tx, fund.Payment{Fund: c.Fund, From: bank, Dues: []fund.Due{{Commitment: c.ID, Amount: due}}, Day: day(later), Origin: batch}); err != nil {
				return err
			}
		}
	}
	owed, err := claim.Recoveries(tx, id)
	if err != nil {
		return err
	}
	for _, r := range owed {
		if back := r.Open() / 2; back > 0 {
			if err := claim.Refund(tx, id, r.ID, back, bank, batch); err != nil {
				return err
			}
		}
	}
	return nil
}

// agree compares the record with the model.
func (m *machine) agree(t *rapid.T) {
	want, total := m.amounts(), money.Fen(0)
	for id, amount := range want {
		if got := pays(m.statement(id), "drug_aid"); got != amount {
			t.Fatalf("bill %s gets %s, by the model %s", id, got, amount)
		}
		total += amount
	}
	open := money.Fen(0) // owed back, and so not in the fund again yet
	m.look(func(tx *store.Tx) error {
		for _, p := range m.bills {
			owed, err := claim.Recoveries(tx, p.id)
			if err != nil {
				return err
			}
			for _, r := range owed {
				open += r.Open()
			}
		}
		return nil
	})
	if left := m.left("medical"); left != money.Yuan(1_000_000)-total-open {
		t.Fatalf("%s left; by the model %s are paid and %s owed back", left, total, open)
	}
	if checked := m.sound(); checked.Settlements != len(want) {
		t.Fatalf("%d settlements stand, by the model %d", checked.Settlements, len(want))
	}
}

// Bills that come late, are reversed, replaced and paid in any order come to what the bills that stand come to.
func TestAnyOrderComesToTheSame(t *testing.T) {
	for name, database := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			counties, s := 0, (*store.Store)(nil)
			rapid.Check(t, func(r *rapid.T) {
				if counties%100 == 0 { // there are no more fictional counties than that
					s = storetest.Open(t, database(t))
				}
				m := &machine{model: model{rolling: rapid.Bool().Draw(r, "rolling")}}
				m.open(failing{t, r}, s, fmt.Sprintf("9999%02d", counties%100))
				counties++
				for range rapid.IntRange(1, 8).Draw(r, "acts") {
					act := rapid.SampledFrom([]func(*rapid.T){m.confirmOne, m.confirmOne, m.reverseOne, m.replaceOne, m.payAll}).Draw(r, "act")
					act(r)
				}
				m.agree(r)
			})
		})
	}
}

func (m *machine) open(t testing.TB, s *store.Store, county string) {
	reading := map[bool]string{true: "rolling", false: "calendar"}[m.rolling]
	m.world = openIn(t, s, county, map[string]string{"example": "from: 2024-01-01\nreadings: {cap_window: " + reading + "}\n"}, money.Yuan(1_000_000), "medical")
	m.person = m.resident()
}

// failing is a test whose failures are those of one of rapid's attempts.
type failing struct {
	testing.TB
	r *rapid.T
}

func (f failing) Helper()                      { f.r.Helper() }
func (f failing) Fatal(args ...any)            { f.r.Fatal(args...) }
func (f failing) Fatalf(s string, args ...any) { f.r.Fatalf(s, args...) }
func (f failing) Error(args ...any)            { f.r.Error(args...) }
func (f failing) Errorf(s string, args ...any) { f.r.Errorf(s, args...) }
