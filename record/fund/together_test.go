package fund_test

import (
	"fmt"
	"testing"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

const cashiers = 32

// count tells how many answers had the code; "" stands for done. Any other answer fails the test.
func count(t *testing.T, answers []error, refusal string) (done, refused int) {
	t.Helper()
	for i, err := range answers {
		switch {
		case err == nil:
			done++
		case fault.CodeOf(err) == refusal:
			refused++
		default:
			t.Errorf("cashier %d: %v", i, err)
		}
	}
	return done, refused
}

// The last 100 yuan of a fund, asked for by all at once: what is there is given out, and nobody is refused what was there.
func TestLastYuan(t *testing.T) {
	tests := []struct {
		name   string
		blocks int
		amount func(cashier int) money.Fen
		done   int // -1: as many as there is money for
	}{
		{"each wants all of it", 16, func(int) money.Fen { return money.Yuan(100) }, 1},
		{"each wants half and a fen", 16, func(int) money.Fen { return 5001 }, 1},
		{"there is enough for all", 16, func(int) money.Fen { return 312 }, cashiers},
		{"each wants more than a block", 64, func(int) money.Fen { return 1000 }, 10},
		{"one block", 1, func(int) money.Fen { return 1000 }, 10},
		{"different amounts", 16, func(i int) money.Fen { return money.Fen(i+1) * 37 }, -1},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for n, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				at := fmt.Sprintf("9999%02d", n)
				open(t, s, at, tt.blocks)
				write(t, s, at, func(tx *store.Tx) (string, error) { return fund.Receive(tx, received(money.Yuan(100))) })
				answers := storetest.Together(cashiers, func(i int) error {
					_, err := try(s, at, func(tx *store.Tx) (string, error) {
						return fund.Commit(tx, asked(fmt.Sprint("S", i), tt.amount(i)))
					})
					return err
				})
				done, _ := count(t, answers, "fund.short")
				if tt.done >= 0 && done != tt.done {
					t.Errorf("%d were given money, want %d", done, tt.done)
				}
				left, err := sound(s, at)
				if err != nil {
					t.Error(err)
				}
				given := money.Fen(0)
				for i, answer := range answers {
					if answer == nil {
						given += tt.amount(i)
					} else if tt.amount(i) <= left {
						t.Errorf("cashier %d was refused %s although %s are left", i, tt.amount(i), left)
					}
				}
				if given+left != money.Yuan(100) {
					t.Errorf("%s given and %s left", given, left)
				}
			})
		}
	})
}

// Money that comes back while others ask for it is neither lost nor given twice.
func TestGivingBackMeanwhile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		open(t, s, county, 16)
		write(t, s, county, func(tx *store.Tx) (string, error) { return fund.Receive(tx, received(money.Yuan(100))) })
		answers := storetest.Together(cashiers, func(i int) error {
			id, err := try(s, county, func(tx *store.Tx) (string, error) {
				return fund.Commit(tx, asked(fmt.Sprint("S", i), money.Yuan(30)))
			})
			if err == nil && i%2 == 0 {
				_, err = try(s, county, func(tx *store.Tx) (string, error) { return fund.Void(tx, fund.Step{Commitment: id, Day: today}) })
			}
			return err
		})
		count(t, answers, "fund.short")
		left, err := sound(s, county)
		if err != nil {
			t.Error(err)
		}
		kept := money.Fen(0)
		for i, answer := range answers {
			if answer == nil && i%2 == 1 {
				kept += money.Yuan(30)
			}
		}
		if kept+left != money.Yuan(100) {
			t.Errorf("%s kept and %s left", kept, left)
		}
	})
}

// A commitment ends once, and a debt is paid once, however many do it at once.
func TestOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		open(t, s, county, 16)
		write(t, s, county, func(tx *store.Tx) (string, error) { return fund.Receive(tx, received(money.Yuan(100))) })
		id := write(t, s, county, func(tx *store.Tx) (string, error) { return fund.Commit(tx, asked("S1", money.Yuan(60))) })
		ends := []func(*store.Tx, fund.Step) (string, error){fund.Post, fund.Void}
		done, _ := count(t, storetest.Together(cashiers, func(i int) error {
			_, err := try(s, county, func(tx *store.Tx) (string, error) { return ends[i%2](tx, fund.Step{Commitment: id, Day: today}) })
			return err
		}), "fund.resolved")
		if done != 1 {
			t.Errorf("the commitment ended %d times", done)
		}
		paid := write(t, s, county, func(tx *store.Tx) (string, error) {
			id, err := fund.Commit(tx, asked("S2", money.Yuan(40)))
			if err == nil {
				_, err = fund.Post(tx, fund.Step{Commitment: id, Day: today})
			}
			return id, err
		})
		done, _ = count(t, storetest.Together(cashiers, func(int) error {
			_, err := try(s, county, func(tx *store.Tx) (string, error) {
				return fund.Pay(tx, fund.Payment{Fund: "aid", From: bank, Day: today, Origin: fund.Origin{Kind: fund.FromBatch, ID: "B1"}, Dues: []fund.Due{{Commitment: paid, Amount: money.Yuan(40)}}})
			})
			return err
		}), "fund.not-owed")
		if done != 1 {
			t.Errorf("the debt was paid %d times", done)
		}
		if _, err := sound(s, county); err != nil {
			t.Error(err)
		}
	})
}

// The bank account is not overdrawn by two batches at once.
func TestBankAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		open(t, s, county, 16)
		write(t, s, county, func(tx *store.Tx) (string, error) { return fund.Receive(tx, received(money.Yuan(100))) })
		write(t, s, county, func(tx *store.Tx) (string, error) {
			m := received(money.Yuan(10_000))
			m.Into = "treasury"
			return fund.Budget(tx, m)
		})
		debts := make([]string, cashiers)
		for i := range debts {
			debts[i] = write(t, s, county, func(tx *store.Tx) (string, error) {
				id, err := fund.Commit(tx, asked(fmt.Sprint("S", i), money.Yuan(30)))
				if err == nil {
					_, err = fund.Post(tx, fund.Step{Commitment: id, Day: today})
				}
				return id, err
			})
		}
		done, _ := count(t, storetest.Together(cashiers, func(i int) error {
			_, err := try(s, county, func(tx *store.Tx) (string, error) {
				return fund.Pay(tx, fund.Payment{Fund: "aid", From: bank, Day: today, Origin: fund.Origin{Kind: fund.FromBatch, ID: fmt.Sprint("B", i)}, Dues: []fund.Due{{Commitment: debts[i], Amount: money.Yuan(30)}}})
			})
			return err
		}), "fund.account-short")
		if done != 3 {
			t.Errorf("%d payments of 30 yuan from 100", done)
		}
		if _, err := sound(s, county); err != nil {
			t.Error(err)
		}
	})
}

// A command repeated under its key, one after the other or all at once, moves money once.
func TestRepeatedCommands(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		open(t, s, county, 16)
		ids := make([]string, cashiers)
		answers := storetest.Together(cashiers, func(i int) (err error) {
			ids[i], err = keyed(s, county, "receive-1", func(tx *store.Tx) (string, error) { return fund.Receive(tx, received(money.Yuan(100))) })
			return err
		})
		count(t, answers, "none")
		answers = storetest.Together(cashiers, func(i int) (err error) {
			ids[i], err = keyed(s, county, "commit-1", func(tx *store.Tx) (string, error) { return fund.Commit(tx, asked("S1", money.Yuan(1))) })
			return err
		})
		count(t, answers, "none")
		for _, id := range ids {
			if id != ids[0] {
				t.Errorf("one key, two commitments: %s and %s", id, ids[0])
			}
		}
		if left, err := sound(s, county); err != nil || left != money.Yuan(99) {
			t.Errorf("available %s: %v", left, err)
		}
	})
}
