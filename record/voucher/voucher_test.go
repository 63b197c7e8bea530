package voucher_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	fiction "doudi/internal/county"
	"doudi/kernel/fault"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/record/store/storetest"
	"doudi/record/voucher"
)

var now = time.Date(2021, 11, 8, 2, 0, 0, 0, time.UTC)

// entries are all entries of the county's funds by their numbers, told by type, and each is found by what it is called.
func entries(t *testing.T, d *fiction.Desk) map[string]fund.Type {
	t.Helper()
	all := map[string]fund.Type{}
	must(t, d.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		codes, err := fund.Codes(tx)
		if err != nil {
			return err
		}
		for _, code := range codes {
			books, err := fund.Accounts(tx, code)
			if err != nil {
				return err
			}
			for _, a := range books {
				lines, err := fund.Lines(tx, code, a.AccountID, dated.Always, fund.Mark{}, 1000)
				if err != nil {
					return err
				}
				for _, l := range lines {
					number, err := voucher.Number(tx, voucher.Of(l))
					if err != nil {
						return err
					}
					inFund, id, err := voucher.Find(tx, " "+number)
					if err != nil || inFund != code || id != l.Entry {
						t.Errorf("%s, %s of %s, leads to %q of %q: %v", number, l.Entry, code, id, inFund, err)
					}
					all[number] = l.Type
				}
			}
		}
		return nil
	}))
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"), err)
	}
}

// Every entry has a number of its own, which follows from the bill where there is one, does not change with what comes later, and is found again.
func TestNumbers(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		d, err := fiction.OpenOn(context.Background(), dsn, t.TempDir())
		must(t, err)
		t.Cleanup(func() { must(t, d.Close()) })
		person, err := d.Add(fiction.Named{Name: "李桂芳", Number: fiction.Number("19540302", "002"), Listed: true, Insured: true})
		must(t, err)
		hospital := ""
		must(t, d.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
			n, err := dated.NumberOf(tx, d.Hospital)
			hospital = n.String()
			return err
		}))
		want := entries(t, d)
		if want["PZ00001"] != fund.TypeReceive {
			t.Errorf("what the funds were given is numbered %v", want)
		}
		for _, step := range []struct {
			what string
			do   func(tx *store.Tx) error
			adds map[string]fund.Type
		}{
			{"settled", func(tx *store.Tx) error { _, err := d.Claims.Settle(tx, d.Stay(person, "ZY-1")); return err }, map[string]fund.Type{"-ZY-1-11": fund.TypeCommit}},
			{"another", func(tx *store.Tx) error { _, err := d.Claims.Settle(tx, d.Stay(person, "ZY-1-11")); return err }, map[string]fund.Type{"-ZY-1-11-11": fund.TypeCommit}},
			{"reversed", func(tx *store.Tx) error {
				c, err := claim.ByNumber(tx, d.Hospital, "ZY-1", 0)
				if err == nil {
					_, err = d.Claims.Reverse(tx, c.ID, "录错")
				}
				return err
			}, map[string]fund.Type{"-ZY-1-13": fund.TypeVoid}},
			{"replaced", func(tx *store.Tx) error {
				b := d.Stay(person, "ZY-1")
				c, err := claim.ByNumber(tx, d.Hospital, "ZY-1", 0)
				if err == nil {
					b.Replaces = c.ID
					_, err = d.Claims.Settle(tx, b)
				}
				return err
			}, map[string]fund.Type{"-ZY-1-11r2": fund.TypeCommit}},
		} {
			must(t, d.Do(now, fiction.Cashier, step.do))
			for number, kind := range step.adds {
				want[hospital+number] = kind
			}
			if diff := cmp.Diff(want, entries(t, d)); diff != "" {
				t.Fatal(step.what, diff)
			}
		}
		for _, unknown := range []string{"", "PZ00000", "PZ99999", "ZY-1", hospital + "-ZY-1-12", hospital + "-ZY-1-31", hospital + "-ZY-2-11", hospital + "-ZY-1-11r3", "000019-ZY-1-11", "FF2021Q4-0007-000018-1", "PZ9999999999999999"} {
			must(t, d.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
				code, id, err := voucher.Find(tx, unknown)
				if id != "" {
					t.Errorf("%q is %s of %s", unknown, id, code)
				}
				return err
			}))
		}
	})
}
