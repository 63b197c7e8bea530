package payment_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/payment"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

const scheme = "pingyin-medical-help/severe-disability"

var checker = store.Actor{ID: "u2", Name: "李审核"}

func month(s string) period.Month { return day(s + "-01").Month() }

// openFund opens the special account of the scheme with an amount in it.
func (w *world) openFund(amount money.Fen) {
	w.Helper()
	w.must(maker, func(tx *store.Tx) error {
		err := fund.Open(tx, fund.Fund{Code: "county-budget", Name: fault.Text{ZH: "县财政"}, Purpose: fault.Text{ZH: "专项补助"}, Blocks: 4, Span: period.Span{From: day("2021-01-01"), To: day("2022-12-31")},
			Uses: []fund.Use{{Kind: fund.Scheme, Name: "severe-disability"}}})
		for _, a := range []fund.AccountID{{Kind: fund.Source, Code: "finance"}, {Kind: fund.Bank, Code: "main"}} {
			if err == nil {
				err = fund.OpenAccount(tx, "county-budget", fund.Account{AccountID: a, Name: fault.Text{ZH: "财政"}})
			}
		}
		if err == nil {
			_, err = fund.Receive(tx, fund.Movement{Fund: "county-budget", Amount: amount, Source: "finance", Into: "main", Day: day("2021-01-04"), Origin: fund.Origin{Kind: fund.FromDocument, ID: "1号"}})
		}
		return err
	})
}

func (w *world) available() (left money.Fen) {
	w.Helper()
	w.read(func(tx *store.Tx) (err error) { left, err = fund.Available(tx, "county-budget"); return err })
	return left
}

// run approves a run of a month, which calls for each person 100.00 for it; more are lines of other months or amounts.
func (w *world) run(m string, people []string, more ...benefit.Line) string {
	id := fmt.Sprintf("run-%d", len(w.calls.runs)+1)
	w.calls.runs = append(w.calls.runs, benefit.Run{ID: id, Number: int64(len(w.calls.runs) + 1), Month: month(m), CalledFrom: month(m), State: benefit.Approval})
	for _, person := range people {
		more = append(more, benefit.Line{Subject: person, Receiver: person, Month: month(m), Amount: money.Yuan(100)})
	}
	for _, l := range more {
		l.Run, l.Scheme, l.Paid, l.Fund, l.Payer, l.Division = id, scheme, policy.EveryQuarter, "county-budget", "town", town
		w.calls.lines = append(w.calls.lines, l)
	}
	return id
}

// account opens an account in the person's own name.
func (w *world) account(person, name string) {
	w.Helper()
	w.must(maker, func(tx *store.Tx) error {
		_, err := w.Open(tx, person, passbook(name), day("2021-01-01"), dated.Said{Source: "信用社"})
		return err
	})
}

func (w *world) create(m string, again bool) (payment.Batch, error) {
	return w.createOf(payment.Request{Scheme: scheme, Month: month(m), Again: again})
}

func (w *world) createOf(r payment.Request) (b payment.Batch, err error) {
	err = w.do(maker, func(tx *store.Tx) (err error) { b, err = w.Create(tx, r); return err })
	return b, err
}

func (w *world) mustCreate(m string) payment.Batch {
	w.Helper()
	b, err := w.create(m, false)
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	return b
}

// lock hands a batch in and locks it.
func (w *world) lock(b payment.Batch) {
	w.Helper()
	w.must(maker, func(tx *store.Tx) error { return w.HandIn(tx, b.ID) })
	w.must(checker, func(tx *store.Tx) error { return w.Lock(tx, b.ID, "同意") })
}

// told is a batch in a few words.
func (w *world) told(b payment.Batch, names map[string]string) string {
	w.Helper()
	var text strings.Builder
	w.read(func(tx *store.Tx) error {
		text.Reset()
		now, err := payment.Get(tx, b.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "%s %s–%s %s %d人 %s\n", now.Number, now.From, now.To, now.State, now.People, now.Total)
		lines, err := w.Payments.Lines(tx, b.ID, "", 100)
		for _, l := range lines {
			fmt.Fprintf(&text, "%s %d月 %s %s%s\n", names[l.Subject], l.Months, l.Amount, l.Out, l.Note)
		}
		return err
	})
	return text.String()
}

func (w *world) verify() error {
	w.Helper()
	var err error
	w.read(func(tx *store.Tx) error { _, err = w.Verify(tx); return nil })
	return err
}

// Three people at 100.00 a month, paid each quarter. One has no account, one's account is in the name she had before; both are taken up in the next
// quarter, where one is stopped and owes a month back.
func TestQuarters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.openFund(money.Yuan(5000))
		people := append(w.family("甲一"), append(w.family("乙二"), w.family("丙三")...)...)
		names := map[string]string{people[0]: "甲", people[1]: "乙", people[2]: "丙"}
		w.account(people[0], "甲一")
		for _, m := range []string{"2021-07", "2021-08"} {
			w.run(m, people)
		}
		if _, err := w.create("2021-09", false); fault.CodeOf(err) != "payment.scheme-unclear" {
			t.Errorf("a month without a run: %v", err)
		}
		if _, err := w.create("2021-08", false); fault.CodeOf(err) != "payment.run-missing" || !strings.Contains(err.Error(), "2021-09") {
			t.Errorf("a quarter that is not complete: %v", err)
		}
		w.run("2021-09", people)
		third := w.mustCreate("2021-09")
		if diff := cmp.Diff("FF2021Q3-0001 2021-07–2021-09 draft 1人 300.00\n甲 3月 300.00 \n乙 3月 300.00 no-account\n丙 3月 300.00 no-account\n", w.told(third, names)); diff != "" {
			t.Error(diff)
		}
		if left := w.available(); left != money.Yuan(4700) {
			t.Errorf("%s left, 300.00 are spoken for", left)
		}
		if again := w.mustCreate("2021-07"); again.ID != third.ID {
			t.Error("the same period made another batch")
		}
		w.lock(third)
		if again := w.mustCreate("2021-07"); again.ID != third.ID || again.State != payment.Locked {
			t.Error("a locked batch was made anew")
		}
		if _, err := w.create("2021-09", true); err != nil {
			t.Errorf("a further batch of the quarter: %v", err)
		}
		w.account(people[1], "乙二")
		// The further batch is a draft of nobody: it cannot be locked, and is made void.
		if code := fault.CodeOf(w.do(checker, func(tx *store.Tx) error { return w.Lock(tx, "FF2021Q3-0002", "") })); code != "payment.state" {
			t.Errorf("a draft was locked: %q", code)
		}
		w.must(maker, func(tx *store.Tx) error { return w.Discard(tx, "FF2021Q3-0002", "账户未齐") })

		w.run("2021-10", people[:2], benefit.Line{Subject: people[2], Receiver: people[2], Month: month("2021-09"), Amount: -money.Yuan(100)})
		w.run("2021-11", people[:2])
		w.run("2021-12", people[:2])
		w.account(people[2], "丙三")
		fourth := w.mustCreate("2021-12")
		if diff := cmp.Diff("FF2021Q4-0003 2021-10–2021-12 draft 3人 1100.00\n甲 3月 300.00 \n乙 3月 600.00 \n丙 0月 200.00 \n", w.told(fourth, names)); diff != "" {
			t.Error(diff)
		}
		w.calls.why = map[string]benefit.Reason{people[2]: benefit.Died}
		w.read(func(tx *store.Tx) error {
			list, err := w.Differences(tx, fourth.ID)
			var got []string
			for _, d := range list {
				got = append(got, fmt.Sprintf("%s %s %s→%s %s", d.Change, names[d.Subject], d.Before, d.After, d.Reason))
			}
			if diff := cmp.Diff([]string{"new 乙 0.00→600.00 ", "new 丙 0.00→200.00 died"}, got); diff != "" {
				t.Error(diff)
			}
			return err
		})
		w.must(maker, func(tx *store.Tx) error { return w.MoveOut(tx, fourth.ID, people[1], "本人申请缓发") })
		if diff := cmp.Diff("FF2021Q4-0003 2021-10–2021-12 draft 2人 500.00\n甲 3月 300.00 \n乙 3月 600.00 by-hand本人申请缓发\n丙 0月 200.00 \n", w.told(fourth, names)); diff != "" {
			t.Error(diff)
		}
		w.lock(fourth)
		if left := w.available(); left != money.Yuan(4200) {
			t.Errorf("%s left, 800.00 are owed", left)
		}
		for i, m := range []string{"2022-01", "2022-02", "2022-03"} {
			w.run(m, people[:2-i/2])
		}
		next := w.mustCreate("2022-03")
		if diff := cmp.Diff("FF2022Q1-0004 2022-01–2022-03 draft 2人 1100.00\n甲 3月 300.00 \n乙 2月 800.00 \n", w.told(next, names)); diff != "" {
			t.Error(diff)
		}
		if err := w.verify(); err != nil {
			t.Error(fault.RenderError(err, "zh"))
		}
		w.must(checker, func(tx *store.Tx) error { return fund.Verify(tx) })
	})
}

// A recovery is set off against what is due; while it is larger nobody is paid, and nothing is forgotten.
func TestRecoveries(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.openFund(money.Yuan(5000))
		person := w.family("甲一")[0]
		names := map[string]string{person: "甲"}
		w.account(person, "甲一")
		owes := func(m string, yuan int64) benefit.Line {
			return benefit.Line{Subject: person, Receiver: person, Month: month(m), Amount: -money.Yuan(yuan)}
		}
		w.run("2021-07", []string{person}, owes("2021-01", 400))
		w.run("2021-08", []string{person})
		w.run("2021-09", []string{person})
		third := w.mustCreate("2021-09")
		if diff := cmp.Diff("FF2021Q3-0001 2021-07–2021-09 draft 0人 0.00\n甲 3月 -100.00 owes\n", w.told(third, names)); diff != "" {
			t.Error(diff)
		}
		if code := fault.CodeOf(w.do(maker, func(tx *store.Tx) error { return w.HandIn(tx, third.ID) })); code != "payment.empty" {
			t.Errorf("handed in: %q", code)
		}
		w.run("2021-10", nil, benefit.Line{Subject: person, Receiver: person, Month: month("2021-10"), Amount: money.Yuan(100)})
		w.run("2021-11", []string{person})
		w.run("2021-12", []string{person})
		fourth := w.mustCreate("2021-12")
		if diff := cmp.Diff("FF2021Q4-0002 2021-10–2021-12 draft 1人 200.00\n甲 3月 200.00 \n", w.told(fourth, names)); diff != "" {
			t.Error(diff)
		}
		if err := w.verify(); err != nil {
			t.Error(fault.RenderError(err, "zh"))
		}
	})
}

// Who makes a batch does not check it, an account that changes stops it, and what is locked stays.
func TestTwoPersons(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.openFund(money.Yuan(5000))
		people := append(w.family("甲一"), w.family("乙二")...)
		w.account(people[0], "甲一")
		w.account(people[1], "乙二")
		for _, m := range []string{"2021-10", "2021-11", "2021-12"} {
			w.run(m, people)
		}
		b := w.mustCreate("2021-12")
		step := func(by store.Actor, act func(tx *store.Tx) error) string { return fault.CodeOf(w.do(by, act)) }
		expect := func(want, got string) {
			t.Helper()
			if got != want {
				t.Errorf("answer %q, want %q", got, want)
			}
		}
		expect("payment.state", step(checker, func(tx *store.Tx) error { return w.Lock(tx, b.ID, "") }))
		expect("payment.note-missing", step(maker, func(tx *store.Tx) error { return w.MoveOut(tx, b.ID, people[0], " ") }))
		expect("payment.line-unknown", step(maker, func(tx *store.Tx) error { return w.MoveOut(tx, b.ID, "x", "错") }))
		expect("payment.batch-unknown", step(maker, func(tx *store.Tx) error { return w.HandIn(tx, "x") }))
		expect("", step(maker, func(tx *store.Tx) error { return w.HandIn(tx, b.ID) }))
		expect("payment.same-person", step(maker, func(tx *store.Tx) error { return w.Lock(tx, b.ID, "") }))
		expect("payment.same-person", step(maker, func(tx *store.Tx) error { return w.SendBack(tx, b.ID, "错") }))
		expect("payment.note-missing", step(checker, func(tx *store.Tx) error { return w.SendBack(tx, b.ID, "") }))
		expect("payment.state", step(maker, func(tx *store.Tx) error { return w.MoveOut(tx, b.ID, people[0], "错") }))
		w.must(maker, func(tx *store.Tx) error { // 乙 marries and the account is no longer in her name
			facts, err := w.register.Facts(tx, people[1], today)
			if err != nil {
				return err
			}
			for _, f := range facts {
				if f.Name == "person.name" {
					changed := f.Fact
					changed.Value = rule.Text("乙二妹")
					if _, err := w.register.Correct(tx, f.ID, changed, ""); err != nil {
						return err
					}
				}
			}
			return nil
		})
		expect("payment.account-changed", step(checker, func(tx *store.Tx) error { return w.Lock(tx, b.ID, "") }))
		expect("", step(checker, func(tx *store.Tx) error { return w.SendBack(tx, b.ID, "核对户名") }))
		expect("", step(maker, func(tx *store.Tx) error { return w.HandIn(tx, b.ID) }))
		expect("", step(checker, func(tx *store.Tx) error { return w.Lock(tx, b.ID, "同意") }))
		if diff := cmp.Diff("FF2021Q4-0001 2021-10–2021-12 locked 1人 300.00\n甲 3月 300.00 \n乙 3月 300.00 other-name\n", w.told(b, map[string]string{people[0]: "甲", people[1]: "乙"})); diff != "" {
			t.Error(diff)
		}
		expect("payment.state", step(maker, func(tx *store.Tx) error { return w.MoveOut(tx, b.ID, people[0], "错") }))
		expect("payment.state", step(maker, func(tx *store.Tx) error { return w.HandIn(tx, b.ID) }))
		expect("payment.same-person", step(checker, func(tx *store.Tx) error { return w.Discard(tx, b.ID, "银行退回") }))
		expect("", step(maker, func(tx *store.Tx) error { return w.Discard(tx, b.ID, "银行退回") }))
		expect("payment.state", step(maker, func(tx *store.Tx) error { return w.Discard(tx, b.ID, "银行退回") }))
		if left := w.available(); left != money.Yuan(5000) {
			t.Errorf("%s left after the batch was made void", left)
		}
		second := w.mustCreate("2021-12")
		if second.ID == b.ID || second.Total != money.Yuan(300) {
			t.Errorf("made anew: %+v", second)
		}
		if err := w.verify(); err != nil {
			t.Error(fault.RenderError(err, "zh"))
		}
	})
}

// Eight who make the same batch make one, and a fund that cannot cover it is left as it was.
func TestEightAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.openFund(money.Yuan(100))
		people := append(w.family("甲一"), w.family("乙二")...)
		w.account(people[0], "甲一")
		w.account(people[1], "乙二")
		for _, m := range []string{"2021-10", "2021-11", "2021-12"} {
			w.run(m, people)
		}
		if _, err := w.create("2021-12", false); fault.CodeOf(err) != "payment.fund-short" {
			t.Errorf("600.00 out of a fund of 100.00: %v", err)
		}
		if left := w.available(); left != money.Yuan(100) {
			t.Errorf("%s left after a refusal", left)
		}
		w.must(maker, func(tx *store.Tx) error {
			_, err := fund.Receive(tx, fund.Movement{Fund: "county-budget", Amount: money.Yuan(5000), Source: "finance", Into: "main", Day: day("2021-12-01"), Origin: fund.Origin{Kind: fund.FromDocument, ID: "2号"}})
			return err
		})
		cancelled, cancel := context.WithCancel(context.Background())
		err := func() error {
			_, err := s.Write(cancelled, store.Command{Name: "test", County: county, Actor: maker, Instant: time.Unix(int64(today)*86400, 0)}, func(tx *store.Tx) (any, error) {
				b, err := w.Create(tx, payment.Request{Scheme: scheme, Month: month("2021-12")})
				cancel() // whoever asked gives up before it is kept
				return b, err
			})
			return err
		}()
		if err == nil || w.available() != money.Yuan(5100) {
			t.Errorf("given up in between: %v, %s left", err, w.available())
		}
		ids := make([]string, 8)
		for i, err := range storetest.Together(8, func(i int) error {
			b, err := w.create("2021-11", false)
			ids[i] = b.ID
			return err
		}) {
			if err != nil || ids[i] != ids[0] {
				t.Errorf("%d: %q, %v", i, ids[i], err)
			}
		}
		if left := w.available(); left != money.Yuan(4500) {
			t.Errorf("%s left, 600.00 are spoken for", left)
		}
		if err := w.verify(); err != nil {
			t.Error(fault.RenderError(err, "zh"))
		}
	})
}

// Verify names the first difference, whatever was changed behind its back.
func TestVerifyFindsDifferences(t *testing.T) {
	tests := []struct {
		name, sql, says string
		change          func(c *calls)
	}{
		{"a line", `UPDATE payment_line SET amount = amount + 100 WHERE county_code = ?1`, "勾稽不一致", nil},
		{"a line and its batch", `UPDATE payment_batch SET total = total + 100 WHERE county_code = ?1`, "勾稽不一致", nil},
		{"an item", `UPDATE payment_item SET amount = amount + 100 WHERE county_code = ?1 AND month = '2021-11'`, "勾稽不一致", nil},
		{"two items of one sum", `UPDATE payment_item SET amount = amount + CASE month WHEN '2021-10' THEN 100 WHEN '2021-11' THEN -100 ELSE 0 END WHERE county_code = ?1`, "核发应发 100.00，批次记", nil},
		{"an item that counts no more", `UPDATE payment_item SET counts = 0 WHERE county_code = ?1 AND month = '2021-10'`, "勾稽不一致", nil},
		{"people", `UPDATE payment_batch SET people = 5 WHERE county_code = ?1`, "记 5 人", nil},
		{"who locked it", `UPDATE payment_act SET actor_id = 'u1' WHERE county_code = ?1 AND kind = 'lock'`, "制单人自己锁定", nil},
		{"a run that calls less", "", "没有核发依据", func(c *calls) { c.lines = c.lines[1:] }},
		{"a run that is gone", "", "未批准", func(c *calls) { c.runs = c.runs[1:] }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := open(t, storetest.Open(t, storetest.SQLite(t)))
			w.openFund(money.Yuan(5000))
			people := w.family("甲一")
			w.account(people[0], "甲一")
			for _, m := range []string{"2021-10", "2021-11", "2021-12"} {
				w.run(m, people)
			}
			w.lock(w.mustCreate("2021-12"))
			if err := w.verify(); err != nil {
				t.Fatal(fault.RenderError(err, "zh"))
			}
			if tt.sql != "" {
				w.must(maker, func(tx *store.Tx) error { _, err := tx.Exec(tt.sql, county); return err })
			} else {
				tt.change(w.calls)
			}
			err := w.verify()
			if fault.CodeOf(err) != "payment.differs" || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v does not say %q", err, tt.says)
			}
		})
	}
}
