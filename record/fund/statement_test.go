package fund_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// A year of one fund, month by month: what each month's statement says, as opening, debit, credit and closing.
func TestStatement(t *testing.T) {
	rows := []string{
		"receive r 1000.00 day=2021-01-04|ok|1000.00",
		"commit a 300.00 day=2021-01-31|ok|700.00",
		"post a day=2021-02-01|ok|700.00",
		"pay a=300.00 day=2021-02-28|ok|700.00",
		"bounce a 300.00 day=2021-03-01|ok|700.00",
		"adjust r 900.00 day=2021-03-31|ok|600.00",
	}
	want := map[string]string{
		"2021-01": "appropriation/settlement/inpatient 0.00 300.00 0.00 300.00\nbank/main 0.00 1000.00 0.00 1000.00\nsource/finance 0.00 0.00 1000.00 -1000.00\nsuspense 0.00 0.00 300.00 -300.00\n",
		"2021-02": "appropriation/settlement/inpatient 300.00 0.00 0.00 300.00\nbank/main 1000.00 0.00 300.00 700.00\npayable/provider/H1 0.00 300.00 300.00 0.00\nsource/finance -1000.00 0.00 0.00 -1000.00\nsuspense -300.00 300.00 0.00 0.00\n",
		"2021-03": "appropriation/settlement/inpatient 300.00 0.00 0.00 300.00\nbank/main 700.00 300.00 100.00 900.00\npayable/provider/H1 0.00 0.00 300.00 -300.00\nsource/finance -1000.00 100.00 0.00 -900.00\nsuspense 0.00 0.00 0.00 0.00\n",
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		open(t, s, county, 16)
		x := &script{s: s, county: county, ids: map[string]string{}}
		for _, row := range rows {
			x.row(t, row)
		}
		for text, lines := range want {
			month, err := period.ParseMonth(text)
			if err != nil {
				t.Fatal(err)
			}
			var st fund.Statement
			read(t, s, county, func(tx *store.Tx) (err error) { st, err = fund.StatementOf(tx, "aid", month.Span()); return err })
			got := ""
			for _, b := range st.Accounts {
				got += fmt.Sprintln(b.Account, b.Opening, b.Debit, b.Credit, b.Closing)
			}
			if diff := cmp.Diff(lines, got); diff != "" {
				t.Errorf("%s:\n%s", text, diff)
			}
		}
		read(t, s, county, func(tx *store.Tx) error {
			_, err := fund.StatementOf(tx, "aid", period.Span{From: today, To: today - 1})
			if fault.CodeOf(err) != "fund.span-empty" {
				t.Errorf("an empty period: %v", err)
			}
			if _, err = fund.StatementOf(tx, "aids", year); fault.CodeOf(err) != "fund.unknown" {
				t.Errorf("an unknown fund: %v", err)
			}
			return nil
		})
	})
}

// The lines of an account add up to its statement, page by page, and say where they come from.
func TestLines(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		open(t, s, county, 16)
		x := &script{s: s, county: county, ids: map[string]string{}}
		x.row(t, "receive r 100.00 day=2021-02-01|ok|100.00")
		for i := range 9 { // entered in one order, counted for another
			x.row(t, fmt.Sprintf("setaside s%d 1.00 day=2021-02-0%d reason=第%[1]d次|ok|%[3]d.00", i, 9-i, 99-i))
		}
		x.row(t, "adjust s3 2.00 day=2021-02-20 reason=少记|ok|90.00")
		var all []fund.Line
		mark := fund.Mark{}
		for range 20 {
			var page []fund.Line
			read(t, s, county, func(tx *store.Tx) (err error) {
				page, err = fund.Lines(tx, "aid", fund.AccountID{Kind: fund.Reserve}, period.Span{From: day("2021-02-02"), To: day("2021-02-28")}, mark, 2)
				return err
			})
			if len(page) == 0 {
				break
			}
			all = append(all, page...)
			mark = page[len(page)-1].Mark
		}
		if len(all) != 9 { // the first of February is left out
			t.Fatalf("%d lines", len(all))
		}
		sum := money.Fen(0)
		for i, l := range all {
			sum += l.Amount
			if l.Origin != (fund.Origin{Kind: fund.FromDocument, ID: "财1"}) || l.Actor != clerk.ID || l.Instant != store.FormatInstant(noon) || i > 0 && l.Day < all[i-1].Day {
				t.Errorf("line %d: %+v", i, l)
			}
		}
		last := all[8]
		if sum != -money.Yuan(9) || last.Type != fund.TypeAdjust || last.Corrects != x.ids["s3"] || last.Reason != "少记" {
			t.Errorf("sum %s, last %+v", sum, last)
		}
	})
}

// What is listed for payments and for a reversal.
func TestLists(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		open(t, s, county, 16)
		x := &script{s: s, county: county, ids: map[string]string{}}
		for _, row := range []string{
			"receive r 100.00|ok|100.00",
			"commit a 10.00 to=provider/H2 origin=settlement/S1#first|ok|90.00", "post a|ok|90.00",
			"commit b 20.00 origin=settlement/S1#second|ok|70.00", "post b|ok|70.00", "pay b=5.00|ok|70.00",
			"commit c 30.00|ok|40.00", "post c|ok|40.00", "pay c=30.00|ok|40.00",
			"commit d 1.00|ok|39.00", "post d|ok|39.00",
			"commit e 2.00 to=person/P1|ok|37.00", "commit f 3.00 day=2021-03-02|ok|34.00", "commit g 3.00|ok|31.00", "void g|ok|34.00",
		} {
			x.row(t, row)
		}
		list := func(do func(tx *store.Tx) ([]fund.Commitment, error)) (ids []string) {
			read(t, s, county, func(tx *store.Tx) error {
				all, err := do(tx)
				for _, c := range all {
					ids = append(ids, c.ID)
				}
				return err
			})
			return ids
		}
		named := func(names ...string) (ids []string) {
			for _, n := range names {
				ids = append(ids, x.ids[n])
			}
			return ids
		}
		for _, tt := range []struct {
			name string
			want []string
			list func(tx *store.Tx) ([]fund.Commitment, error)
		}{
			{"outstanding", named("e", "b", "d", "f", "a"), func(tx *store.Tx) ([]fund.Commitment, error) {
				return fund.OutstandingOf(tx, "aid", fund.Commitment{}, 0)
			}},
			{"outstanding to the hospital", named("b", "d", "f"), func(tx *store.Tx) ([]fund.Commitment, error) {
				return fund.OutstandingTo(tx, hospital, fund.Commitment{}, 0)
			}},
			{"first page", named("b"), func(tx *store.Tx) ([]fund.Commitment, error) {
				return fund.OutstandingTo(tx, hospital, fund.Commitment{}, 1)
			}},
			{"next page", named("d", "f"), func(tx *store.Tx) ([]fund.Commitment, error) {
				return fund.OutstandingTo(tx, hospital, fund.Commitment{Fund: "aid", ID: x.ids["b"]}, 2)
			}},
			{"outstanding to nobody", nil, func(tx *store.Tx) ([]fund.Commitment, error) {
				return fund.OutstandingTo(tx, fund.Payee{Kind: fund.Person, ID: "H1"}, fund.Commitment{}, 0)
			}},
			{"of a settlement", named("a", "b"), func(tx *store.Tx) ([]fund.Commitment, error) {
				return fund.OfOrigin(tx, fund.FromSettlement, "S1")
			}},
		} {
			if diff := cmp.Diff(tt.want, list(tt.list)); diff != "" {
				t.Errorf("%s:\n%s", tt.name, diff)
			}
		}
		read(t, s, county, func(tx *store.Tx) error {
			totals, err := fund.TotalsOf(tx, "aid", today)
			want := []fund.Total{{Fund: "aid", Payee: fund.Payee{Kind: fund.Person, ID: "P1"}, Amount: money.Yuan(2), Count: 1},
				{Fund: "aid", Payee: hospital, Amount: money.Yuan(19), Posted: money.Yuan(16), Count: 3},
				{Fund: "aid", Payee: fund.Payee{Kind: fund.Provider, ID: "H2"}, Amount: money.Yuan(10), Posted: money.Yuan(10), Count: 1}}
			if diff := cmp.Diff(want, totals); diff != "" {
				t.Error(diff)
			}
			return err
		})
		read(t, s, county, func(tx *store.Tx) error {
			c, err := fund.Get(tx, x.ids["b"])
			want := fund.Commitment{ID: x.ids["b"], Fund: "aid", Use: stays, Payee: hospital, Amount: 2000, State: fund.StatePosted, Paid: 500, FirstDay: today, LastDay: today, Origin: origin("settlement/S1#second")}
			if diff := cmp.Diff(want, c); diff != "" || c.Owed() != 1500 {
				t.Error(diff, c.Owed())
			}
			if c, err := fund.Get(tx, x.ids["e"]); err != nil || c.Owed() != 0 {
				t.Errorf("a pending one owes %s: %v", c.Owed(), err)
			}
			return err
		})
	})
}

func TestFundAsOpened(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		open(t, s, county, 0)
		open(t, s, "999902", 7) // another county's fund of the same code is another fund
		write(t, s, "999902", func(tx *store.Tx) (string, error) { return fund.Receive(tx, received(1)) })
		read(t, s, county, func(tx *store.Tx) error {
			f, err := fund.Find(tx, "aid")
			want := aid(64)
			want.Uses = []fund.Use{want.Uses[1], want.Uses[0]}
			if diff := cmp.Diff(want, f); diff != "" {
				t.Error(diff)
			}
			return err
		})
		read(t, s, county, func(tx *store.Tx) error {
			codes, err := fund.Codes(tx)
			if diff := cmp.Diff([]string{"aid"}, codes); diff != "" {
				t.Error(diff)
			}
			return err
		})
		read(t, s, county, func(tx *store.Tx) error {
			accounts, err := fund.Accounts(tx, "aid")
			got := ""
			for _, a := range accounts {
				got += fmt.Sprintln(a.AccountID, a.Name.ZH, a.Kind.Label().ZH)
			}
			if diff := cmp.Diff("appropriation/category/医疗 用款：类别“医疗” 用款\nappropriation/settlement/inpatient 用款：结算“inpatient” 用款\nbank/main 专户 专户存款\n"+
				"limit/treasury 授权支付额度 用款额度\nreserve 预留 预留\nsource/finance 县财政拨款 拨款来源\nsuspense 待结 待结\n", got); diff != "" {
				t.Error(diff)
			}
			return err
		})
		read(t, s, county, func(tx *store.Tx) error {
			if left, err := fund.Available(tx, "aid"); err != nil || left != 0 {
				t.Errorf("available %s: %v", left, err)
			}
			if _, err := fund.Available(tx, "aids"); fault.CodeOf(err) != "fund.unknown" {
				t.Error(err)
			}
			if _, err := fund.Accounts(tx, "aids"); fault.CodeOf(err) != "fund.unknown" {
				t.Error(err)
			}
			return nil
		})
	})
}

// A payment of many debts is one entry, with a line for each and one for the account.
func TestLargeBatch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		open(t, s, county, 16)
		write(t, s, county, func(tx *store.Tx) (string, error) { return fund.Receive(tx, received(money.Yuan(1000))) })
		pay := fund.Payment{Fund: "aid", From: bank, Day: today, Origin: fund.Origin{Kind: fund.FromBatch, ID: "B1"}}
		write(t, s, county, none(func(tx *store.Tx) error {
			pay.Dues = nil // it may be tried again
			for i := range 123 {
				r := asked(fmt.Sprint("S", i), money.Fen(i+1))
				r.Payee = fund.Payee{Kind: fund.Person, ID: fmt.Sprint("P", i)}
				id, err := fund.Commit(tx, r)
				if err != nil {
					return err
				}
				if _, err := fund.Post(tx, fund.Step{Commitment: id, Day: today}); err != nil {
					return err
				}
				pay.Dues = append(pay.Dues, fund.Due{Commitment: id, Amount: r.Amount})
			}
			_, err := fund.Pay(tx, pay)
			return err
		}))
		if left, err := sound(s, county); err != nil || left != money.Yuan(1000)-123*124/2 {
			t.Errorf("available %s: %v", left, err)
		}
		read(t, s, county, func(tx *store.Tx) error {
			st, err := fund.TrialBalance(tx, "aid", today)
			if err != nil {
				return err
			}
			owed, err := st.Of(fund.Payable)
			if owed.Closing != 0 || owed.Debit != 123*124/2 {
				t.Errorf("%+v", owed)
			}
			return err
		})
		pay.Dues = make([]fund.Due, fund.MostDues+1)
		_, err := try(s, county, func(tx *store.Tx) (string, error) { return fund.Pay(tx, pay) })
		if fault.CodeOf(err) != "fund.dues" {
			t.Errorf("a batch that is too large: %v", err)
		}
	})
}
