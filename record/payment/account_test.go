package payment_test

import (
	"strings"
	"testing"

	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/payment"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// passbook is an account of a passbook in somebody's own name.
func passbook(holder string) payment.Account {
	return payment.Account{Number: "9012345678", Bank: "农村信用社", Holder: holder, As: payment.Own}
}

func TestAccounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		people := w.family("张三", "张小明", "阿卜杜拉·买买提")
		father, son, third := people[0], people[1], people[2]
		card := "6228480402564890018" // its last digit fits
		tests := []struct {
			name, person string
			change       func(a *payment.Account)
			code         string
		}{
			{"too short", father, func(a *payment.Account) { a.Number = "1234567" }, "payment.account-number"},
			{"no digits", father, func(a *payment.Account) { a.Number = "12345678x0" }, "payment.account-number"},
			{"scientific", father, func(a *payment.Account) { a.Number = "6.22848E+18" }, "payment.account-number"},
			{"a card whose last digit is wrong", father, func(a *payment.Account) { a.Number = "6228480402564890019" }, "payment.account-check"},
			{"no bank", father, func(a *payment.Account) { a.Bank = " " }, "payment.account-bank"},
			{"nobody's", father, func(a *payment.Account) { a.As = "" }, "payment.account-holding"},
			{"somebody else's", father, func(a *payment.Account) { a.Holder = "李四" }, "payment.account-name"},
			{"the son's own is the father's", son, func(a *payment.Account) {}, "payment.account-name"},
			{"the head's without a reason", son, func(a *payment.Account) { a.As = payment.Head }, "payment.account-reason"},
			{"the head's in the son's name", son, func(a *payment.Account) { a.As, a.Reason, a.Holder = payment.Head, "未成年", "张小明" }, "payment.account-name"},
			{"a guardian without a name", son, func(a *payment.Account) { a.As, a.Reason, a.Holder = payment.Guardian, "未成年", "" }, "payment.account-name"},
			{"of nobody", "x", func(a *payment.Account) {}, "dated.party-unknown"},
			{"a card", father, func(a *payment.Account) { a.Number = "6228 4804 0256 4890 018" }, ""},
			{"a card somebody compared", father, func(a *payment.Account) { a.Number, a.Compared = "6228480402564890019", true }, ""},
			{"full width", father, func(a *payment.Account) { a.Number = "９０１２３４５６７８" }, ""},
			{"the head's", son, func(a *payment.Account) { a.As, a.Reason = payment.Head, "未成年，由户主代收" }, ""},
			{"a guardian's", son, func(a *payment.Account) {
				a.As, a.Reason, a.Holder = payment.Guardian, "父母外出，由祖母代收", "王奶奶"
			}, ""},
			{"another dot", third, func(a *payment.Account) { a.Holder = "阿卜杜拉•买买提" }, ""},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				a := passbook("张三")
				tt.change(&a)
				err := w.do(maker, func(tx *store.Tx) error {
					_, err := w.Open(tx, tt.person, a, today, dated.Said{Source: "信用社"})
					return err
				})
				if got := fault.CodeOf(err); got != tt.code {
					t.Errorf("answer %q, want %q", got, tt.code)
				}
				if err != nil && (strings.Contains(err.Error(), a.Number) || a.Holder != "" && strings.Contains(err.Error(), a.Holder)) {
					t.Errorf("the error tells what is protected: %v", err)
				}
			})
		}
		w.read(func(tx *store.Tx) error {
			var content string
			err := tx.QueryRow(`SELECT COUNT(*) || '' FROM statement WHERE county_code = ?1 AND (content LIKE '%'||?2||'%' OR name = 'account')`, county, card).Scan(&content)
			if err == nil && content != "0" {
				t.Error("an account can be read without the key")
			}
			return err
		})
	})
}

// An account is followed by another, put right and closed; what was known before stays known.
func TestAccountsThroughTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		person := w.family("张三")[0]
		var second string
		w.must(maker, func(tx *store.Tx) error {
			_, err := w.Open(tx, person, passbook("张三"), day("2021-01-01"), dated.Said{Source: "信用社"})
			if err != nil {
				return err
			}
			next := passbook("张三")
			next.Number = "9012345699"
			second, err = w.Open(tx, person, next, day("2021-07-01"), dated.Said{Source: "信用社"})
			return err
		})
		spans := func(want ...string) {
			t.Helper()
			w.read(func(tx *store.Tx) error {
				all, err := w.Accounts(tx, person)
				var got []string
				for _, a := range all {
					to := "…"
					if a.Span.To <= period.Latest {
						to = a.Span.To.String()
					}
					got = append(got, a.Span.From.String()+" "+to+" "+a.Masked())
				}
				if strings.Join(got, "\n") != strings.Join(want, "\n") {
					t.Errorf("accounts\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				return err
			})
		}
		spans("2021-01-01 2021-06-30 ******5678", "2021-07-01 … ******5699")
		w.must(maker, func(tx *store.Tx) error {
			right := passbook("张三")
			right.Number = "9012345690"
			id, err := w.Correct(tx, second, right, dated.From(day("2021-08-01")), dated.Said{Source: "信用社"})
			if err != nil {
				return err
			}
			_, err = w.Close(tx, id, day("2021-11-30"), dated.Said{Source: "本人"})
			return err
		})
		spans("2021-01-01 2021-06-30 ******5678", "2021-08-01 2021-11-30 ******5690")
		err := w.do(maker, func(tx *store.Tx) error { _, err := w.Close(tx, second, today, dated.Said{}); return err })
		if fault.CodeOf(err) != "dated.already-corrected" {
			t.Errorf("the old one closed: %v", err)
		}
		w.read(func(tx *store.Tx) error {
			name, err := w.register.Facts(tx, person, today)
			if err != nil {
				return err
			}
			err = w.do(maker, func(tx *store.Tx) error { _, err := w.Close(tx, name[0].ID, today, dated.Said{}); return err })
			if fault.CodeOf(err) != "payment.account-unknown" {
				t.Errorf("a name closed as an account: %v", err)
			}
			return nil
		})
	})
}
