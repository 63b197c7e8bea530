package fund_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// model is what a clerk with one sheet of paper would keep: no accounts, no blocks, no entries.
type model struct {
	t       *rapid.T
	s       *store.Store
	county  string
	steps   int
	left    money.Fen
	reserve money.Fen
	held    map[fund.AccountID]money.Fen
	free    []*change
	asked   []*promise
}

// change is a movement that may be adjusted.
type change struct {
	id     string
	kind   string
	amount money.Fen
}

type promise struct {
	id                     string
	state                  fund.State
	amount, paid, returned money.Fen
}

func (p *promise) owed() money.Fen {
	if p.state != fund.StatePosted {
		return 0
	}
	return p.amount - p.paid - p.returned
}

// TestModel runs random actions against the fund and against the model, which must agree on each answer and each figure.
func TestModel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var counties atomic.Int64
		rapid.Check(t, func(t *rapid.T) {
			m := &model{t: t, s: s, county: fmt.Sprintf("%06d", counties.Add(1)), held: map[fund.AccountID]money.Fen{}}
			blocks := rapid.IntRange(1, 6).Draw(t, "blocks")
			if _, err := try(s, m.county, none(func(tx *store.Tx) error { return openAid(tx, blocks) })); err != nil {
				t.Fatal(err)
			}
			t.Repeat(map[string]func(*rapid.T){
				"receive": m.receive, "budget": m.budget, "setaside": m.setAside, "release": m.release, "adjust": m.adjust,
				"commit": m.commit, "post": m.post, "void": m.void, "pay": m.pay, "bounce": m.bounce, "return": m.giveBack,
				"": m.agree,
			})
			if left, err := sound(m.s, m.county); err != nil || left != m.left {
				t.Fatalf("available %s, want %s: %v", left, m.left, err)
			}
		})
	})
}

// do runs the action and compares its answer; it tells whether the action was done.
func (m *model) do(want string, action func(*store.Tx) (string, error)) (id string, done bool) {
	id, err := try(m.s, m.county, action)
	if got := fault.CodeOf(err); got != want || (err != nil && got == "") {
		m.t.Fatalf("want %q, got %v", want, err)
	}
	return id, err == nil
}

func (m *model) amount(t *rapid.T) money.Fen {
	return money.Fen(rapid.Int64Range(1, 300).Draw(t, "amount"))
}

func (m *model) account(t *rapid.T) fund.AccountID {
	return rapid.SampledFrom([]fund.AccountID{bank, treasury}).Draw(t, "account")
}

func (m *model) receive(t *rapid.T) { m.arrive(t, "receive", bank, fund.Receive) }
func (m *model) budget(t *rapid.T)  { m.arrive(t, "budget", treasury, fund.Budget) }

func (m *model) arrive(t *rapid.T, kind string, into fund.AccountID, command func(*store.Tx, fund.Movement) (string, error)) {
	move := received(m.amount(t))
	move.Into = into.Code
	id, _ := m.do("", func(tx *store.Tx) (string, error) { return command(tx, move) })
	m.left += move.Amount
	m.held[into] += move.Amount
	m.free = append(m.free, &change{id, kind, move.Amount})
}

func (m *model) setAside(t *rapid.T) {
	move := received(m.amount(t))
	want := first(move.Amount > m.left, "fund.short")
	if id, done := m.do(want, func(tx *store.Tx) (string, error) { return fund.SetAside(tx, move) }); done {
		m.left -= move.Amount
		m.reserve += move.Amount
		m.free = append(m.free, &change{id, "setaside", move.Amount})
	}
}

func (m *model) release(t *rapid.T) {
	move := received(m.amount(t))
	want := first(move.Amount > m.reserve, "fund.reserve-short")
	if id, done := m.do(want, func(tx *store.Tx) (string, error) { return fund.Release(tx, move) }); done {
		m.left += move.Amount
		m.reserve -= move.Amount
		m.free = append(m.free, &change{id, "release", move.Amount})
	}
}

func (m *model) adjust(t *rapid.T) {
	c := pick(t, m.free, &change{id: "nobody", kind: "unknown"})
	to := money.Fen(rapid.Int64Range(0, 300).Draw(t, "to"))
	delta := to - c.amount
	left, reserve, into := delta, money.Fen(0), fund.AccountID{}
	switch c.kind {
	case "receive":
		into = bank
	case "budget":
		into = treasury
	case "setaside":
		left, reserve = -delta, delta
	case "release":
		reserve = -delta
	}
	want := first(c.kind == "unknown", "fund.entry-unknown", delta == 0, "fund.adjust-nothing", m.reserve+reserve < 0, "fund.reserve-short",
		into != fund.AccountID{} && m.held[into]+delta < 0, "fund.account-short", m.left+left < 0, "fund.short")
	if _, done := m.do(want, func(tx *store.Tx) (string, error) {
		return fund.Adjust(tx, fund.Adjustment{Entry: c.id, To: to, Day: today, Origin: document, Reason: "更正"})
	}); done {
		m.left += left
		m.reserve += reserve
		if into != (fund.AccountID{}) {
			m.held[into] += delta
		}
		c.amount = to
	}
}

func (m *model) commit(t *rapid.T) {
	r := asked(fmt.Sprintf("S%d", len(m.asked)), m.amount(t))
	if id, done := m.do(first(r.Amount > m.left, "fund.short"), func(tx *store.Tx) (string, error) { return fund.Commit(tx, r) }); done {
		m.left -= r.Amount
		m.asked = append(m.asked, &promise{id: id, state: fund.StatePending, amount: r.Amount})
	}
}

func (m *model) promise(t *rapid.T) *promise { return pick(t, m.asked, &promise{id: "nobody"}) }

func (m *model) post(t *rapid.T) {
	p := m.promise(t)
	if _, done := m.do(unresolved(p), func(tx *store.Tx) (string, error) { return fund.Post(tx, fund.Step{Commitment: p.id, Day: today}) }); done {
		p.state = fund.StatePosted
	}
}

func (m *model) void(t *rapid.T) {
	p := m.promise(t)
	if _, done := m.do(unresolved(p), func(tx *store.Tx) (string, error) { return fund.Void(tx, fund.Step{Commitment: p.id, Day: today}) }); done {
		p.state = fund.StateVoided
		m.left += p.amount
	}
}

func (m *model) pay(t *rapid.T) {
	p, amount, from := m.promise(t), m.amount(t), m.account(t)
	want := first(p.state == "", "fund.commitment-unknown", p.state != fund.StatePosted, "fund.not-posted", amount > p.owed(), "fund.not-owed", amount > m.held[from], "fund.account-short")
	if _, done := m.do(want, func(tx *store.Tx) (string, error) {
		return fund.Pay(tx, fund.Payment{Fund: "aid", From: from, Day: today, Origin: fund.Origin{Kind: fund.FromBatch, ID: "B1"}, Dues: []fund.Due{{Commitment: p.id, Amount: amount}}})
	}); done {
		p.paid += amount
		m.held[from] -= amount
	}
}

func (m *model) bounce(t *rapid.T) {
	p, amount, into := m.promise(t), m.amount(t), m.account(t)
	want := first(p.state == "", "fund.commitment-unknown", p.state != fund.StatePosted, "fund.not-posted", amount > p.paid, "fund.not-paid")
	if _, done := m.do(want, func(tx *store.Tx) (string, error) {
		return fund.Bounce(tx, fund.Reversal{Step: fund.Step{Commitment: p.id, Day: today}, Amount: amount, Account: into})
	}); done {
		p.paid -= amount
		m.held[into] += amount
	}
}

func (m *model) giveBack(t *rapid.T) {
	p, amount := m.promise(t), m.amount(t)
	r := fund.Reversal{Step: fund.Step{Commitment: p.id, Day: today}, Amount: amount}
	want := first(p.state == "", "fund.commitment-unknown", p.state != fund.StatePosted, "fund.not-posted", amount > p.owed(), "fund.not-owed")
	if rapid.Bool().Draw(t, "refunded") {
		r.Account = m.account(t)
		want = first(p.state == "", "fund.commitment-unknown", p.state != fund.StatePosted, "fund.not-posted", amount > p.paid, "fund.not-paid")
	}
	if _, done := m.do(want, func(tx *store.Tx) (string, error) { return fund.Return(tx, r) }); done {
		p.returned += amount
		m.left += amount
		if r.Account != (fund.AccountID{}) {
			p.paid -= amount
			m.held[r.Account] += amount
		}
	}
}

// agree compares every figure.
func (m *model) agree(t *rapid.T) {
	m.steps++
	var pending, owed money.Fen
	for _, p := range m.asked {
		owed += p.owed()
		if p.state == fund.StatePending {
			pending += p.amount
		}
	}
	var trial fund.Statement
	if err := m.s.Read(t.Context(), m.county, func(tx *store.Tx) (err error) {
		if trial, err = fund.TrialBalance(tx, "", period.Latest); err != nil || m.steps%8 != 0 { // verifying takes longer than acting
			return err
		}
		return fund.Verify(tx)
	}); err != nil {
		t.Fatal(err)
	}
	if err := agree(trial, m.left); err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[fund.Kind]money.Fen{fund.Bank: m.held[bank], fund.Limit: m.held[treasury], fund.Reserve: -m.reserve, fund.Suspense: -pending, fund.Payable: -owed} {
		if got, err := trial.Of(kind); err != nil || got.Closing != want {
			t.Fatalf("%s stands at %s, want %s: %v", kind, got.Closing, want, err)
		}
	}
}

func unresolved(p *promise) string {
	return first(p.state == "", "fund.commitment-unknown", p.state != fund.StatePending, "fund.resolved")
}

// first is the code behind the first condition that holds, or "".
func first(conditionsAndCodes ...any) string {
	for i := 0; i < len(conditionsAndCodes); i += 2 {
		if conditionsAndCodes[i].(bool) {
			return conditionsAndCodes[i+1].(string)
		}
	}
	return ""
}

// pick draws one of the items, or now and then, and if there are none, the one that is not known.
func pick[T any](t *rapid.T, items []T, unknown T) T {
	i := rapid.IntRange(-1, len(items)*4-1).Draw(t, "which")
	if i < 0 {
		return unknown
	}
	return items[i/4]
}
