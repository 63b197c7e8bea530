package payment_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/record/fund"
	"doudi/record/payment"
	"doudi/record/roll/sheet"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

var (
	payer  = store.Actor{ID: "u3", Name: "冯财政"}
	second = store.Actor{ID: "u4", Name: "郑出纳"}
)

// returned is a file of the bank: lines of item, amount, result and message.
func (w *world) returned(lines ...string) payment.Returned {
	w.Helper()
	content := "批次明细ID,姓名,银行卡号,实发金额,发放状态(01成功 02失败),提示信息,银行资金发放流水号\n"
	for i, l := range lines {
		f := strings.Split(l, " ")
		content += fmt.Sprintf("%s,某人,9012345678,%s,%s,%s,L%d\n", f[0], f[1], f[2], f[3], i+1)
	}
	r, err := w.ReadReturn("回盘.csv", strings.NewReader(content), int64(len(content)))
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	return r
}

// take enters what the bank returned.
func (w *world) take(by store.Actor, b payment.Batch, lines ...string) (s payment.Settled, err error) {
	w.Helper()
	r := w.returned(lines...)
	err = w.do(by, func(tx *store.Tx) (err error) { s, err = w.TakeReturn(tx, b.ID, fund.AccountID{}, r); return err })
	return s, err
}

// sums are the figures of a batch.
func (w *world) sums(b payment.Batch) (s payment.Sums) {
	w.Helper()
	w.read(func(tx *store.Tx) (err error) {
		b, err := payment.Get(tx, b.ID)
		if err == nil {
			s, err = payment.SumsOf(tx, &b)
		}
		return err
	})
	return s
}

// locked is a batch of three people with an account each, locked.
func (w *world) locked() payment.Batch {
	w.Helper()
	w.openFund(money.Yuan(5000))
	var people []string
	for _, name := range []string{"甲一", "乙二", "丙三"} {
		people = append(people, w.family(name)...)
		w.account(people[len(people)-1], name)
	}
	for _, m := range []string{"2021-07", "2021-08", "2021-09"} {
		w.run(m, people)
	}
	b := w.mustCreate("2021-09")
	w.lock(b)
	return b
}

// A locked batch is sent to the bank, answered in two files, one payment comes back, is mended by one and sent again by another, and at every step the
// sums of what is kept apart agree.
func TestBank(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		b := w.locked()
		if err := w.do(maker, func(tx *store.Tx) error { _, err := w.Order(tx, b.ID); return err }); fault.CodeOf(err) != "payment.same-person" {
			t.Errorf("the maker sends it to the bank: %v", err)
		}
		w.must(payer, func(tx *store.Tx) error {
			f, err := w.Order(tx, b.ID)
			if err == nil && (f.File != 1 || f.Orders != 3 || f.Total != money.Yuan(900)) {
				t.Errorf("the file is %+v", f)
			}
			return err
		})
		if err := w.do(payer, func(tx *store.Tx) error { _, err := w.Order(tx, b.ID); return err }); fault.CodeOf(err) != "payment.ordered" {
			t.Errorf("sent a second time: %v", err)
		}
		var text bytes.Buffer
		w.read(func(tx *store.Tx) error {
			b, err := payment.Get(tx, b.ID)
			if err != nil {
				return err
			}
			text.Reset()
			people, err := w.WriteFile(tx, &text, sheet.CSV, &b, 1)
			if len(people) != 3 {
				t.Errorf("it is of %d people", len(people))
			}
			return err
		})
		item := b.Number + "-1-00000"
		for _, want := range []string{"批次明细ID,姓名,银行卡号,应发金额,持卡人身份证号,补贴项目名称(银行摘要)", item + "1,甲一,9012345678,300.00,"} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("the file lacks %q:\n%s", want, text.String())
			}
		}
		if strings.Contains(text.String(), "残疾") {
			t.Errorf("the bank learns what somebody is paid for:\n%s", text.String())
		}
		for _, bad := range []struct{ name, line, code string }{
			{"another batch", "FF2021Q1-0009-1-000001 300.00 01 ", "payment.return-rows"}, {"no such order", item + "9 300.00 01 ", "payment.return-rows"},
			{"another amount", item + "1 299.99 01 ", "payment.return-rows"},
		} {
			if _, err := w.take(payer, b, item+"2 300.00 01 ", bad.line); fault.CodeOf(err) != bad.code || !strings.Contains(fault.RenderError(err, "zh"), "第 3 行") {
				t.Errorf("%s: %v", bad.name, fault.RenderError(err, "zh"))
			}
		}
		if _, err := w.take(payer, b, item+"2 300.00 01 ", item+"2 300.00 01 "); fault.CodeOf(err) != "payment.return-rows" {
			t.Errorf("twice in a file: %v", err)
		}
		if s := w.sums(b); s.Paid.Number != 0 || s.Progress() != payment.AtBank {
			t.Errorf("a refused file left %+v", s)
		}
		if done, err := w.take(payer, b, item+"1 300.00 01 ", item+"2 0.00 02 户名不符"); err != nil || done.Paid != 1 || done.Failed != 1 {
			t.Fatalf("%+v %v", done, err)
		}
		if _, err := w.take(payer, b, item+"1 300.00 01 ", item+"2 0.00 02 户名不符"); fault.CodeOf(err) != "payment.return-known" {
			t.Errorf("the same file again: %v", err)
		}
		sum := w.sums(b)
		if sum.Rest() != 0 || sum.Paid.Amount != money.Yuan(300) || sum.Failed.Number != 1 || sum.Sent.Number != 1 || sum.Settled.Amount != money.Yuan(300) || sum.Progress() != payment.Partly {
			t.Errorf("the sums are %+v", sum)
		}
		w.must(payer, func(tx *store.Tx) error {
			b, err := payment.Get(tx, b.ID)
			if err != nil {
				return err
			}
			back, err := w.Orders(tx, &b, payment.CameBack, payment.Order{}, 10)
			if err != nil || len(back) != 1 || back[0].Message != "户名不符" || back[0].Item(&b) != item+"2" {
				t.Errorf("what came back is %+v (%v)", back, err)
			}
			return w.Mend(tx, b.ID, 1, 2, "9012345679", "")
		})
		if err := w.do(payer, func(tx *store.Tx) error { return w.Mend(tx, b.ID, 1, 2, "9012345679", "") }); fault.CodeOf(err) != "payment.order-state" {
			t.Errorf("mended twice: %v", err)
		}
		if err := w.do(payer, func(tx *store.Tx) error { _, err := w.Order(tx, b.ID); return err }); fault.CodeOf(err) != "payment.same-person" {
			t.Errorf("who mended it pays to it: %v", err)
		}
		w.must(second, func(tx *store.Tx) error { _, err := w.Order(tx, b.ID); return err })
		if _, err := w.take(second, b, item+"2 300.00 01 "); fault.CodeOf(err) != "payment.return-rows" {
			t.Errorf("paid although it was sent again: %v", err)
		}
		if _, err := w.take(second, b, b.Number+"-2-000001 300.00 01 ", item+"3 300.00 01 "); err != nil {
			t.Fatal(err)
		}
		sum = w.sums(b)
		if sum.Rest() != 0 || sum.Uncounted() != 0 || sum.Ordered.Number != 3 || sum.Paid.Amount != money.Yuan(900) || sum.Progress() != payment.Done {
			t.Errorf("the sums are %+v", sum)
		}
		if err := w.verify(); err != nil {
			t.Error(fault.RenderError(err, "zh"))
		}
		if _, err := w.take(second, b, item+"3 0.00 02 账户已销户"); err != nil { // it came back days later
			t.Fatal(err)
		}
		if sum = w.sums(b); sum.Rest() != 0 || sum.Failed.Number != 1 || sum.Settled.Amount != money.Yuan(600) || sum.Progress() != payment.Missed {
			t.Errorf("the sums are %+v", sum)
		}
		if err := w.do(payer, func(tx *store.Tx) error { return w.Discard(tx, b.ID, "错了") }); fault.CodeOf(err) != "payment.at-bank" {
			t.Errorf("made void at the bank: %v", err)
		}
		w.read(func(tx *store.Tx) error { return fund.Verify(tx) })
		if err := w.verify(); err != nil {
			t.Error(fault.RenderError(err, "zh"))
		}
	})
}

// What another program changed is seen: each of the figures that a page shows is compared with what it was added up from.
func TestSumsAreCompared(t *testing.T) {
	for name, damage := range map[string]string{
		"a line":      `UPDATE payment_line SET amount = amount + 1 WHERE subject_id = (SELECT MIN(subject_id) FROM payment_line)`,
		"an item":     `UPDATE payment_item SET amount = amount + 1 WHERE month = '2021-07' AND subject_id = (SELECT MIN(subject_id) FROM payment_line)`,
		"an order":    `UPDATE payment_order SET amount = amount + 1 WHERE seq = 1`,
		"a payment":   `UPDATE payment_order SET state = 'paid' WHERE seq = 1`,
		"a kept sum":  `UPDATE payment_sum SET amount = amount + 1 WHERE what = 'order'`,
		"the account": `UPDATE fund_commitment SET amount = amount + 1 WHERE commitment_id = (SELECT MIN(commitment_id) FROM fund_commitment)`,
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				w := open(t, s)
				b := w.locked()
				w.must(payer, func(tx *store.Tx) error { _, err := w.Order(tx, b.ID); return err })
				if err := w.verify(); err != nil {
					t.Fatal(fault.RenderError(err, "zh"))
				}
				w.must(maker, func(tx *store.Tx) error { _, err := tx.Exec(damage); return err })
				if err := w.verify(); fault.CodeOf(err) != "payment.differs" {
					t.Errorf("%v", err)
				}
			})
		})
	}
}

// A page of a batch reads what it shows, by the key of the batch and in its order: nothing is read whole, and nothing sorted.
func TestPlans(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		bad := []string{"SCAN", "TEMP B-TREE"}
		if s.Dialect() != "sqlite" {
			bad = []string{"Seq Scan", "Sort"}
		}
		for name, query := range payment.Plans {
			w.read(func(tx *store.Tx) error {
				if s.Dialect() != "sqlite" {
					if _, err := store.All(tx, store.Text, `SELECT set_config('enable_seqscan', 'off', true)`); err != nil { // the tables of a test are small
						return err
					}
					if _, err := store.All(tx, store.Text, `SELECT set_config('enable_bitmapscan', 'off', true)`); err != nil {
						return err
					}
				}
				plan, err := storetest.PlanOf(s, tx, query)
				for _, word := range bad {
					if strings.Contains(plan, word) || plan == "" {
						t.Errorf("%s:\n%s", name, plan)
					}
				}
				return err
			})
		}
	})
}
