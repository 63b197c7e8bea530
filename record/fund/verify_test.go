package fund_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// story fills the fund of a county with a bit of everything.
func story(t *testing.T, s *store.Store, county string) {
	t.Helper()
	open(t, s, county, 4)
	x := &script{s: s, county: county, ids: map[string]string{}}
	for _, row := range []string{
		"receive r 100.00|ok|100.00", "adjust r 90.00|ok|90.00", "budget l 10.00|ok|100.00", "setaside s 10.00|ok|90.00",
		"commit paid 40.00|ok|50.00", "post paid|ok|50.00", "pay paid=30.00|ok|50.00", "return paid 1.00|ok|51.00",
		"commit pending 5.00|ok|46.00", "commit voided 5.00|ok|41.00", "void voided|ok|46.00",
	} {
		x.row(t, row)
	}
}

// Each change behind the back of the commands is found, and named.
func TestVerifyFinds(t *testing.T) {
	tests := []struct{ change, code, names string }{
		{`UPDATE fund_line SET fund_code = 'ghost' WHERE county_code = ?1 AND line = 2 AND entry_type = 'pay'`, "fund.entry-differs", "2"},
		{`UPDATE fund_line SET day = '2021-03-02' WHERE county_code = ?1 AND line = 2 AND entry_type = 'pay'`, "fund.entry-differs", "2"},
		{`UPDATE fund_line SET entry_type = 'bounce' WHERE county_code = ?1 AND line = 2 AND entry_type = 'pay'`, "fund.entry-differs", "2"},
		{`UPDATE fund_line SET corrects = NULL WHERE county_code = ?1 AND line = 1 AND entry_type = 'adjust'`, "fund.entry-differs", "2"},
		{`UPDATE fund_line SET corrects = entry_id WHERE county_code = ?1 AND line = 2 AND entry_type = 'commit'`, "fund.entry-differs", "2"},
		{`UPDATE fund_line SET reason = '另有说明' WHERE county_code = ?1 AND line = 1 AND entry_type = 'post'`, "fund.entry-differs", "2"},
		{`UPDATE fund_line SET instant = '2021-03-01T12:00:01Z' WHERE county_code = ?1 AND line = 1 AND entry_type = 'post'`, "fund.entry-differs", "2"},
		{`UPDATE fund_line SET actor_id = 'ghost' WHERE county_code = ?1 AND line = 2 AND entry_type = 'receive'`, "fund.entry-differs", "2"},
		{`UPDATE fund_line SET line = 3 WHERE county_code = ?1 AND line = 2 AND entry_type = 'void'`, "fund.line-missing", "3"},
		{`UPDATE fund_line SET line = 0 WHERE county_code = ?1 AND line = 1 AND entry_type = 'void'`, "fund.line-missing", "2"},
		{`DELETE FROM fund_line WHERE county_code = ?1 AND line = 1 AND entry_type = 'commit'`, "fund.line-missing", "2"},
		{`UPDATE fund_line SET fund_code = 'ghost' WHERE county_code = ?1 AND entry_type = 'pay'`, "fund.entry-to-nothing", "ghost"},
		{`UPDATE fund_line SET corrects = 'ghost' WHERE county_code = ?1 AND entry_type = 'adjust'`, "fund.correction-to-nothing", "ghost"},
		{`UPDATE fund_voucher SET entry_id = 'ghost' WHERE county_code = ?1 AND number = 2`, "fund.voucher-to-nothing", "ghost"},
		{`DELETE FROM fund_line WHERE county_code = ?1 AND entry_type = 'receive'`, "fund.correction-to-nothing", ""},
		{`DELETE FROM fund_line WHERE county_code = ?1 AND entry_type = 'budget'`, "fund.voucher-to-nothing", "3"},
		{`DELETE FROM fund_line WHERE county_code = ?1 AND entry_type = 'pay'`, "fund.voucher-to-nothing", "5"},
		{`UPDATE fund_line SET entry_type = 'rumour' WHERE county_code = ?1 AND entry_type = 'pay'`, "fund.line-to-nothing", "30.00"},
		{`UPDATE fund_line SET account_code = 'ghost' WHERE county_code = ?1 AND account_kind = 'limit'`, "fund.line-to-nothing", "10.00"},
		{`UPDATE fund_line SET commitment_id = 'ghost' WHERE county_code = ?1 AND account_kind = 'suspense' AND entry_type = 'void'`, "fund.line-to-nothing", "5.00"},
		{`DELETE FROM fund_commitment WHERE county_code = ?1 AND origin_id = 'pending'`, "fund.line-to-nothing", "5.00"},
		{`UPDATE fund_line SET origin_id = '' WHERE county_code = ?1 AND account_kind = 'reserve'`, "fund.line-to-nothing", "10.00"},
		{`UPDATE fund_line SET origin_kind = 'rumour' WHERE county_code = ?1 AND account_kind = 'reserve'`, "fund.line-to-nothing", "10.00"},
		{`UPDATE fund_line SET amount = 0 WHERE county_code = ?1 AND account_kind = 'reserve'`, "fund.line-amount", "0.00"},
		{`UPDATE fund_line SET amount = 9223372036854775807 WHERE county_code = ?1 AND account_kind = 'source'`, "fund.line-amount", "92,233,720,368,547,758.07"},
		{`UPDATE fund_line SET amount = -9223372036854775807 WHERE county_code = ?1 AND account_kind = 'source'`, "fund.line-amount", "-92,233,720,368,547,758.07"},
		{`UPDATE fund_line SET amount = amount + 1 WHERE county_code = ?1 AND account_kind = 'reserve'`, "fund.unbalanced", "0.01"},
		{`DELETE FROM fund_line WHERE county_code = ?1 AND line = 2 AND entry_type = 'pay'`, "fund.unbalanced", "pay"},
		{`DELETE FROM fund_line WHERE county_code = ?1 AND entry_type = 'commit'`, "fund.resolved-twice", ""},
		{`DELETE FROM fund_line WHERE county_code = ?1 AND entry_type = 'post'`, "fund.resolved-twice", "posted"},
		{`UPDATE fund_line SET entry_type = 'commit' WHERE county_code = ?1 AND entry_type = 'void'`, "fund.resolved-twice", "voided"},
		{`UPDATE fund_line SET entry_type = 'post' WHERE county_code = ?1 AND entry_type = 'commit'`, "fund.resolved-twice", ""},
		{`UPDATE fund_commitment SET state = 'pending' WHERE county_code = ?1 AND state = 'voided'`, "fund.resolved-twice", "pending"},
		{`UPDATE fund_commitment SET state = 'posted' WHERE county_code = ?1 AND state = 'pending'`, "fund.resolved-twice", "posted"},
		{`UPDATE fund_commitment SET state = 'posted' WHERE county_code = ?1 AND state = 'voided'`, "fund.commitment-differs", "posted"},
		{`UPDATE fund_commitment SET state = 'lost' WHERE county_code = ?1 AND state = 'voided'`, "fund.commitment-differs", "lost"},
		{`UPDATE fund_commitment SET paid = paid + 1 WHERE county_code = ?1 AND state = 'posted'`, "fund.commitment-differs", "30.01"},
		{`UPDATE fund_commitment SET paid = 1 WHERE county_code = ?1 AND state = 'pending'`, "fund.commitment-differs", "0.01"},
		{`UPDATE fund_commitment SET paid = paid - 1, returned = returned + 1 WHERE county_code = ?1 AND state = 'posted'`, "fund.commitment-differs", "1.01"},
		{`UPDATE fund_commitment SET amount = amount + 1 WHERE county_code = ?1 AND state = 'pending'`, "fund.commitment-differs", "pending"},
		{`UPDATE fund_commitment SET amount = 0 WHERE county_code = ?1 AND state = 'voided'`, "fund.commitment-differs", "voided"},
		{`UPDATE fund_commitment SET payee_id = 'H2' WHERE county_code = ?1 AND state = 'posted'`, "fund.commitment-differs", "posted"},
		{`UPDATE fund_commitment SET use_name = 'x' WHERE county_code = ?1 AND state = 'pending'`, "fund.commitment-differs", "pending"},
		{`UPDATE fund_block SET amount_left = amount_left + 1 WHERE county_code = ?1 AND block = 2`, "fund.headroom-differs", "46.01"},
		{`UPDATE fund_block SET amount_left = amount_left - 1 WHERE county_code = ?1 AND block = (SELECT MIN(block) FROM fund_block WHERE county_code = ?1 AND amount_left > 0)`, "fund.headroom-differs", "45.99"},
		{`DELETE FROM fund_block WHERE county_code = ?1 AND block = 2`, "fund.headroom-differs", "3"},
		{`UPDATE fund SET blocks = 5 WHERE county_code = ?1`, "fund.headroom-differs", "4"},
		{`UPDATE fund_line SET account_kind = 'limit', account_code = 'treasury' WHERE county_code = ?1 AND account_kind = 'bank' AND entry_type = 'receive'`, "fund.overdrawn", "bank/main"},
		{`UPDATE fund_line SET amount = -amount WHERE county_code = ?1 AND entry_type = 'reserve'`, "fund.headroom-differs", "66.00"},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for i, tt := range tests {
			at := fmt.Sprintf("9999%02d", i)
			story(t, s, at)
			changed := write(t, s, at, func(tx *store.Tx) (int64, error) { return tx.Exec(tt.change, at) })
			if changed == 0 {
				t.Errorf("%s: changed nothing", tt.change)
			}
			err := s.Read(context.Background(), at, fund.Verify)
			if fault.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.names) {
				t.Errorf("%s: got %v", tt.change, err)
				continue
			}
			complete(t, err)
		}
		read(t, s, "999999", fund.Verify)
	})
}

// What is damaged is refused where it is used, too.
func TestDamagedIsRefused(t *testing.T) {
	tests := []struct{ change, row, code string }{
		{`UPDATE fund_line SET amount = amount + 1 WHERE county_code = ?1 AND account_kind = 'reserve'`, "ledger", "fund.trial-unbalanced"},
		{`DELETE FROM fund_line WHERE county_code = ?1 AND account_kind = 'bank'`, "adjust r 95.00", "fund.damaged"},
		{`UPDATE fund_block SET amount_left = 2305843009213693951 WHERE county_code = ?1`, "receive x 1.00", "money.overflow"},
		{`UPDATE fund_block SET amount_left = 2305843009213693951 WHERE county_code = ?1`, "void pending", "money.overflow"},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for i, tt := range tests {
			at := fmt.Sprintf("9999%02d", i)
			open(t, s, at, 4)
			x := &script{s: s, county: at, ids: map[string]string{}}
			for _, row := range []string{"receive r 100.00|ok|100.00", "commit pending 1.00|ok|99.00", "setaside s 1.00|ok|98.00"} {
				x.row(t, row)
			}
			write(t, s, at, func(tx *store.Tx) (int64, error) { return tx.Exec(tt.change, at) })
			_, err := try(s, at, func(tx *store.Tx) (string, error) {
				if tt.row == "ledger" {
					_, err := fund.TrialBalance(tx, "aid", period.Latest)
					return "", err
				}
				words := strings.Fields(tt.row)
				return x.run(tx, words[0], words[1:])
			})
			if fault.CodeOf(err) != tt.code {
				t.Errorf("%s, %s: got %v", tt.change, tt.row, err)
				continue
			}
			complete(t, err)
		}
	})
}

// Amounts at the end of their range stay exact.
func TestLargestAmounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		open(t, s, county, 3)
		for range 5 {
			write(t, s, county, func(tx *store.Tx) (string, error) { return fund.Receive(tx, received(fund.LargestAmount)) })
		}
		write(t, s, county, func(tx *store.Tx) (string, error) { return fund.Commit(tx, asked("S1", fund.LargestAmount)) })
		if left, err := sound(s, county); err != nil || left != 4*fund.LargestAmount {
			t.Errorf("available %s: %v", left, err)
		}
		for i := range 2 {
			write(t, s, county, func(tx *store.Tx) (string, error) {
				id, err := fund.Commit(tx, asked(fmt.Sprint("T", i), fund.LargestAmount))
				if err == nil {
					_, err = fund.Post(tx, fund.Step{Commitment: id, Day: today})
				}
				return id, err
			})
		}
		var debts []fund.Commitment
		read(t, s, county, func(tx *store.Tx) (err error) {
			debts, err = fund.OutstandingTo(tx, hospital, fund.Commitment{}, 0)
			debts = slices.DeleteFunc(debts, func(c fund.Commitment) bool { return c.Owed() == 0 })
			return err
		})
		_, err := try(s, county, func(tx *store.Tx) (string, error) {
			return fund.Pay(tx, fund.Payment{Fund: "aid", From: bank, Day: today, Origin: fund.Origin{Kind: fund.FromBatch, ID: "B1"},
				Dues: []fund.Due{{Commitment: debts[0].ID, Amount: fund.LargestAmount}, {Commitment: debts[1].ID, Amount: 1}}})
		})
		if fault.CodeOf(err) != "fund.amount" {
			t.Errorf("a payment above the largest amount: %v", err)
		}
	})
}
