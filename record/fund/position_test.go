package fund_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// Where the money of a fund stands after each entry: given, set aside, available, used, paid, due. It is read from few accounts and the commitments,
// and agrees with the trial balance, which adds up all accounts.
func TestPosition(t *testing.T) {
	rows := []struct{ row, want string }{
		{"receive r 1000.00", "1000.00 0.00 1000.00 0.00 0.00 0.00"},
		{"budget l 500.00", "1500.00 0.00 1500.00 0.00 0.00 0.00"},
		{"setaside s 200.00", "1500.00 200.00 1300.00 0.00 0.00 0.00"},
		{"release f 50.00", "1500.00 150.00 1350.00 0.00 0.00 0.00"},
		{"commit a 300.00", "1500.00 150.00 1050.00 300.00 0.00 300.00"},
		{"post a", "1500.00 150.00 1050.00 300.00 0.00 300.00"},
		{"pay a=300.00", "1500.00 150.00 1050.00 300.00 300.00 0.00"},
		{"bounce a 300.00", "1500.00 150.00 1050.00 300.00 0.00 300.00"},
		{"pay a=300.00", "1500.00 150.00 1050.00 300.00 300.00 0.00"},
		{"return a 100.00 into=bank/main", "1500.00 150.00 1150.00 200.00 200.00 0.00"},
		{"adjust r 900.00", "1400.00 150.00 1050.00 200.00 200.00 0.00"},
		{"adjust s 100.00", "1400.00 50.00 1150.00 200.00 200.00 0.00"},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		open(t, s, county, 16)
		x := &script{s: s, county: county, ids: map[string]string{}}
		for _, r := range rows {
			x.row(t, r.row+"|ok|"+strings.Fields(r.want)[2])
			read(t, s, county, func(tx *store.Tx) error {
				p, err := fund.PositionOf(tx, "aid")
				if err != nil {
					return err
				}
				if diff := cmp.Diff(r.want, told(p)); diff != "" || p.Rest() != 0 || p.Missing() != 0 {
					t.Errorf("%s (rest %s, missing %s):\n%s", r.row, p.Rest(), p.Missing(), diff)
				}
				all, err := fund.TrialBalance(tx, "aid", period.Latest)
				if err != nil {
					return err
				}
				used, err := all.Of(fund.Appropriation)
				if used.Closing != p.Used() {
					t.Errorf("%s: used %s, by the trial balance %s", r.row, p.Used(), used.Closing)
				}
				return err
			})
		}
		read(t, s, county, func(tx *store.Tx) error { return entries(t, tx, x.ids["r"]) })
	})
}

// Whatever one part of the ledger says wrongly is left over when the parts are taken together: nothing is derived from what it is held against.
func TestPositionShowsDamage(t *testing.T) {
	const of = ` WHERE county_code = ?1 AND `
	tests := []struct {
		change        string
		rest, missing string
	}{
		{`UPDATE fund_line SET amount = amount - 500` + of + `account_kind = 'source' AND amount < -5000`, "5.00", "5.00"},                            // more was given than arrived
		{`UPDATE fund_line SET amount = amount + 700` + of + `account_kind = 'bank' AND amount > 0`, "0.00", "-7.00"},                                 // more arrived than was given
		{`UPDATE fund_line SET amount = amount + 700` + of + `account_kind = 'bank' AND amount = -3000`, "7.00", "0.00"},                              // less was paid
		{`UPDATE fund_line SET account_code = 'ghost', account_kind = 'suspense'` + of + `account_kind = 'bank' AND amount = -3000`, "30.00", "0.00"}, // a payment lies elsewhere
		{`UPDATE fund_block SET amount_left = amount_left + 100` + of + `block = 2`, "-1.00", "0.00"},                                                 // more may be spent
		{`UPDATE fund_commitment SET paid = paid + 1` + of + `state = 'posted'`, "0.01", "0.00"},                                                      // the hospital is owed less
		{`UPDATE fund_commitment SET amount = amount + 100` + of + `state = 'pending'`, "-1.00", "0.00"},                                              // somebody is owed more
		{`UPDATE fund_commitment SET state = 'voided'` + of + `state = 'pending'`, "5.00", "0.00"},                                                    // or nothing
		{`DELETE FROM fund_commitment` + of + `state = 'posted'`, "9.00", "0.00"},                                                                     // or is not there
		{`UPDATE fund_line SET amount = amount + 200` + of + `account_kind = 'source' AND entry_type = 'reserve'`, "-2.00", "0.00"},                   // more was set aside than there is
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for i, tt := range tests {
			at := fmt.Sprintf("9999%02d", i)
			story(t, s, at)
			differences := func() (rest, missing string) {
				read(t, s, at, func(tx *store.Tx) error {
					p, err := fund.PositionOf(tx, "aid")
					rest, missing = p.Rest().String(), p.Missing().String()
					return err
				})
				return rest, missing
			}
			if rest, missing := differences(); rest != "0.00" || missing != "0.00" {
				t.Errorf("before anything is damaged %s remain and %s are missing", rest, missing)
			}
			if n := write(t, s, at, func(tx *store.Tx) (int64, error) { return tx.Exec(tt.change, at) }); n != 1 {
				t.Errorf("%s: changed %d rows", tt.change, n)
			}
			if rest, missing := differences(); rest != tt.rest || missing != tt.missing {
				t.Errorf("%s: %s remain and %s are missing, want %s and %s", tt.change, rest, missing, tt.rest, tt.missing)
			}
		}
	})
}

// However many are owed, the books are those that people look at.
func TestBooks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		story(t, s, county)
		write(t, s, county, func(tx *store.Tx) (string, error) {
			r := asked("S9", 100)
			r.Payee = fund.Payee{Kind: fund.Person, ID: "p1"}
			return fund.Commit(tx, r)
		})
		read(t, s, county, func(tx *store.Tx) error {
			all, err := fund.Accounts(tx, "aid")
			if err != nil {
				return err
			}
			books, err := fund.Books(tx, "aid")
			all = slices.DeleteFunc(all, func(a fund.Account) bool { return a.String() == "payable/person/p1" })
			if diff := cmp.Diff(all, books); diff != "" {
				t.Error(diff)
			}
			return err
		})
	})
}

func told(p fund.Position) (line string) {
	for i, amount := range []money.Fen{p.Budget(), p.SetAside, p.Available, p.Used(), p.Paid, p.Due} {
		if i > 0 {
			line += " "
		}
		line += amount.String()
	}
	return line
}

// entries reads the entry that was corrected, and the account it lies on before, within and after a day.
func entries(t *testing.T, tx *store.Tx, received string) error {
	e, err := fund.EntryOf(tx, "aid", received)
	if err != nil {
		return err
	}
	if e.Type != fund.TypeReceive || len(e.Lines) != 2 || len(e.Later) != 1 || e.Actor != clerk.ID || e.Type.Label().ZH != "拨入" {
		t.Errorf("the entry is %+v", e)
	}
	later, err := fund.EntryOf(tx, "aid", e.Later[0])
	if err != nil || later.Corrects != received {
		t.Errorf("what corrects it is %+v, %v", later, err)
	}
	for _, wrong := range [][2]string{{"aid", "nobody"}, {"aid", ""}, {"aids", received}} {
		if _, err := fund.EntryOf(tx, wrong[0], wrong[1]); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%v: %v", wrong, err)
		}
	}
	before, err := fund.BalanceBefore(tx, "aid", bank, today)
	if err != nil || before != 0 {
		t.Errorf("before the first day the bank account holds %s, %v", before, err)
	}
	debit, credit, err := fund.Movements(tx, "aid", bank, period.Span{From: today, To: today})
	if err != nil {
		return err
	}
	after, err := fund.BalanceBefore(tx, "aid", bank, today+1)
	if err != nil || before+debit-credit != after {
		t.Errorf("%s + %s − %s is not %s, %v", before, debit, credit, after, err)
	}
	lines, err := fund.Lines(tx, "aid", bank, year, fund.Mark{}, 2)
	if err != nil {
		return err
	}
	second, err := fund.BalanceAfter(tx, "aid", bank, lines[1].Mark)
	if err != nil || second != lines[0].Amount+lines[1].Amount {
		t.Errorf("after two lines the account holds %s, %v", second, err)
	}
	return nil
}
