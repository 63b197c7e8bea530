package move_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"testing"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/benefit"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/move"
	"doudi/record/payment"
	"doudi/record/provider"
	"doudi/record/recordtest"
	"doudi/record/register"
	"doudi/record/snapshot"
	"doudi/record/store"
)

var (
	clerk   = store.Actor{ID: "u1", Name: "王经办", Post: "窗口"}
	checker = store.Actor{ID: "u2", Name: "李审核", Post: "审核"}
)

const elder = "example/elder-allowance"

// What all tests of the record have.
var day, noon, expect = recordtest.Day, recordtest.Noon, recordtest.Expect

var library = sync.OnceValue(func() *policy.Library { return recordtest.Library("example") })

// world is a county that has adopted the example.
type world struct {
	testing.TB
	*move.Moves
	payments *payment.Payments
	store    *store.Store
	county   string
	pharmacy string
	today    period.Day
}

func open(t testing.TB, s *store.Store, county string) *world {
	t.Helper()
	l, log := library(), recordtest.Log()
	cipher := dated.CipherOf(log)
	r, adoptions, providers := recordtest.Register(log), adoption.New(l.Packs), provider.New(l.Vocabulary)
	token := func(text string) string { sum := sha256.Sum256([]byte(text)); return hex.EncodeToString(sum[:]) }
	claims := claim.New(claim.Config{Vocabulary: l.Vocabulary, Register: r, Providers: providers, Adoptions: adoptions, Cipher: cipher, Token: token, Log: log})
	benefits := benefit.New(benefit.Config{Vocabulary: l.Vocabulary, Packs: l.Packs, Register: r, Adoptions: adoptions, Snapshots: snapshot.New(l.Vocabulary, r, cipher), Cipher: cipher, Log: log})
	w := &world{TB: t, store: s, county: county, today: day("2023-12-01"), Moves: &move.Moves{Register: r, Claims: claims, Benefits: benefits, Log: log}}
	w.payments = payment.New(payment.Config{Register: r, Cipher: cipher, Token: token, Calls: payment.CallsOf(benefits), Packs: l.Packs})
	w.must(clerk, func(tx *store.Tx) (err error) {
		w.pharmacy, err = providers.Add(tx, provider.Provider{Kind: provider.Pharmacy, Name: "平安药店", Division: w.town(), Span: dated.Always})
		return errors.Join(err, r.MarkDemo(tx), r.AddDivision(tx, register.Division{Code: w.town(), Name: "城关镇", Span: dated.Always}, dated.Said{}), openFunds(tx))
	})
	decision := ""
	w.must(clerk, func(tx *store.Tx) (err error) {
		_, decision, err = adoptions.Propose(tx, l.Packs[0], "采用.yaml", []byte("pack: example\ndivision: \""+county+"\"\nlabel: 示例\nreadings: {cap_window: calendar}\n"), "会议纪要")
		return err
	})
	w.must(checker, func(tx *store.Tx) error { return adoptions.Approve(tx, decision, "同意") })
	return w
}

// openFunds opens the special accounts of the example with money in them.
func openFunds(tx *store.Tx) error {
	for code, use := range map[string]fund.Use{"medical": {Kind: fund.Category, Name: claim.Category}, "relief": {Kind: fund.Category, Name: payment.Category}} {
		err := fund.Open(tx, fund.Fund{Code: code, Name: fault.Text{ZH: "专账" + code}, Purpose: fault.Text{ZH: "示例"}, Blocks: 4, Span: period.Span{From: day("2023-01-01"), To: day("2030-12-31")}, Uses: []fund.Use{use}})
		for _, a := range []fund.Account{{AccountID: fund.AccountID{Kind: fund.Source, Code: "finance"}, Name: fault.Text{ZH: "财政"}}, {AccountID: fund.AccountID{Kind: fund.Bank, Code: "main"}, Name: fault.Text{ZH: "专户"}}} {
			err = errors.Join(err, fund.OpenAccount(tx, code, a))
		}
		_, received := fund.Receive(tx, fund.Movement{Fund: code, Amount: money.Yuan(10_000), Source: "finance", Into: "main", Day: day("2023-12-01"), Origin: fund.Origin{Kind: fund.FromDocument, ID: "1号"}})
		if err = errors.Join(err, received); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) town() ident.Division { return ident.Division(w.county + "100") }

func (w *world) on(d string) *world { w.today = day(d); return w }

func (w *world) desk(by store.Actor) recordtest.Desk {
	return recordtest.Desk{TB: w.TB, Store: w.store, County: w.county, Actor: by, At: noon(w.today)}
}

func (w *world) do(by store.Actor, act func(tx *store.Tx) error) error { return w.desk(by).Do(act) }

func (w *world) must(by store.Actor, act func(tx *store.Tx) error) {
	w.Helper()
	w.desk(by).Must(act)
}

// elder registers somebody born in 1940 who lives alone, or was, and whose application was approved long ago.
func (w *world) elder() (id string) {
	w.Helper()
	w.must(clerk, func(tx *store.Tx) (err error) {
		if id, err = w.Register.AddPerson(tx, register.Person{Name: "李桂芳", Birth: new(day("1940-02-10")), From: rule.Beginning}); err != nil {
			return err
		}
		_, err = w.Register.Record(tx, id, "person.insured", rule.Fact{Value: rule.Bool(true), Span: dated.Always}, "")
		return err
	})
	w.lives(id, "", "")
	w.approve(id)
	return id
}

// lives says that somebody is registered in the county, or in another from and to some day.
func (w *world) lives(id, from, to string) {
	w.Helper()
	fact := rule.Fact{Value: rule.Division(w.town()), Span: dated.Always}
	if from != "" {
		fact = rule.Fact{Value: rule.Division("999999100"), Span: period.Span{From: day(from), To: day(to)}}
	}
	w.must(clerk, func(tx *store.Tx) error { _, err := w.Register.Record(tx, id, "person.hukou", fact, ""); return err })
}

func (w *world) approve(id string) {
	w.Helper()
	w.must(clerk, func(tx *store.Tx) error {
		_, err := w.Benefits.Act(tx, benefit.Act{Subject: id, Scheme: elder, Kind: benefit.Approve, Day: day("2020-01-06")})
		return err
	})
}

// run computes and approves a month, on its 20th day.
func (w *world) run(month string) {
	w.Helper()
	w.on(month + "-20")
	m, err := period.ParseMonth(month)
	if err != nil {
		w.Fatal(err)
	}
	ask := benefit.Ask{As: snapshot.As{County: w.county, Actor: clerk, Instant: noon(w.today)}, Month: m}
	r, err := w.Benefits.Start(context.Background(), w.store, ask)
	if err == nil {
		r, err = w.Benefits.Compute(context.Background(), w.store, ask, r.ID, 2)
	}
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	w.must(checker, func(tx *store.Tx) error { _, err := w.Benefits.Approve(tx, r.ID, ""); return err })
}

// due is what somebody is due in a month by the approved runs.
func (w *world) due(id, month string) (sum money.Fen) {
	w.Helper()
	m, err := period.ParseMonth(month)
	if err != nil {
		w.Fatal(err)
	}
	w.must(clerk, func(tx *store.Tx) error {
		sum = 0
		list, err := benefit.DueIn(tx, id, m)
		for i := range list {
			sum += list[i].Due(m)
		}
		return err
	})
	return sum
}

// owed is what somebody owes.
func (w *world) owed(id, want string) {
	w.Helper()
	w.must(clerk, func(tx *store.Tx) error {
		debts, err := w.Owed(tx, id)
		sum := money.Fen(0)
		for _, d := range debts {
			sum += d.Amount
		}
		if sum.String() != want {
			w.Errorf("%s is owed in %s, want %s: %+v", sum, w.county, want, debts)
		}
		return err
	})
}

// bought settles the invoice of a drug on the day after, and compares what the special account pays: 60 %, at most 1,000 yuan in a year.
func (w *world) bought(id, number, on, fee, want string) {
	w.Helper()
	w.today = day(on) + 1
	w.must(clerk, func(tx *store.Tx) error {
		done, err := w.Claims.Settle(tx, claim.Bill{Person: id, Provider: w.pharmacy, Series: "example", Name: number + ".yaml", Content: fmt.Appendf(nil, `
visit: {kind: pharmacy, date: %s}
application: {day: %s}
bill:
  no: %s
  lines: [{item: drug, invoice: %s, date: %s, amount: %s, in_scope: 0.00, compliant: true, pharmacy_designated: true}]
`, on, w.today, number, number, on, fee)})
		if err != nil {
			return err
		}
		_, _, r, err := w.Claims.Statement(tx, done.Claim)
		if err == nil && r.Figures.Payers[0].Amount.String() != want {
			w.Errorf("%s: the bill %s is paid with %s, want %s", w.county, number, r.Figures.Payers[0].Amount, want)
		}
		return err
	})
}

// sound computes everything again.
func (w *world) sound() {
	w.Helper()
	w.must(clerk, func(tx *store.Tx) error {
		_, benefits := w.Benefits.Verify(tx)
		_, claims := w.Claims.Verify(tx)
		_, payments := w.payments.Verify(tx)
		return errors.Join(benefits, claims, payments)
	})
}

func saidBy(source string) dated.Said { return dated.Said{Source: source} }
