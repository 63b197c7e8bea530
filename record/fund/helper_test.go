package fund_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/fund"
	"doudi/record/recordtest"
	"doudi/record/store"
)

const county = "999901"

var (
	clerk    = store.Actor{ID: "u-1", Name: "王会计", Post: "经办"}
	noon     = time.Date(2021, 3, 1, 12, 0, 0, 0, time.UTC)
	year     = period.Span{From: day("2021-01-01"), To: day("2021-12-31")}
	today    = day("2021-03-01")
	document = fund.Origin{Kind: fund.FromDocument, ID: "财社〔2021〕1号"}
	stays    = fund.Use{Kind: fund.Settlement, Name: "inpatient"}
	hospital = fund.Payee{Kind: fund.Provider, ID: "H1"}
	bank     = fund.AccountID{Kind: fund.Bank, Code: "main"}
	treasury = fund.AccountID{Kind: fund.Limit, Code: "treasury"}
)

var day = recordtest.Day

func aid(blocks int) fund.Fund {
	return fund.Fund{Code: "aid", Name: fault.Text{ZH: "医疗救助资金", EN: "Medical aid"}, Purpose: fault.Text{ZH: "费用补偿", EN: "Cost settlement"}, Span: year,
		Uses: []fund.Use{stays, {Kind: fund.Category, Name: "医疗"}}, Blocks: blocks}
}

// write runs do as a command of the county and returns its result.
func write[T any](t testing.TB, s *store.Store, county string, do func(*store.Tx) (T, error)) T {
	t.Helper()
	result, err := try(s, county, do)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func try[T any](s *store.Store, county string, do func(*store.Tx) (T, error)) (result T, err error) {
	return keyed(s, county, "", do)
}

func keyed[T any](s *store.Store, county, key string, do func(*store.Tx) (T, error)) (result T, err error) {
	out, err := s.Write(context.Background(), store.Command{Key: key, Name: "test.fund", County: county, Actor: clerk, Instant: noon}, func(tx *store.Tx) (any, error) { return do(tx) })
	if err == nil {
		err = json.Unmarshal(out.Result, &result)
	}
	return result, err
}

// none runs a command without a result.
func none(do func(*store.Tx) error) func(*store.Tx) (string, error) {
	return func(tx *store.Tx) (string, error) { return "", do(tx) }
}

func read(t testing.TB, s *store.Store, county string, do func(*store.Tx) error) {
	t.Helper()
	if err := s.Read(context.Background(), county, do); err != nil {
		t.Fatal(err)
	}
}

// open opens the fund aid with one account of each kind.
func open(t testing.TB, s *store.Store, county string, blocks int) {
	t.Helper()
	write(t, s, county, none(func(tx *store.Tx) error { return openAid(tx, blocks) }))
}

func openAid(tx *store.Tx, blocks int) error {
	if err := fund.Open(tx, aid(blocks)); err != nil {
		return err
	}
	for _, a := range []fund.Account{
		{AccountID: fund.AccountID{Kind: fund.Source, Code: "finance"}, Name: fault.Text{ZH: "县财政拨款", EN: "county appropriation"}},
		{AccountID: bank, Name: fault.Text{ZH: "专户", EN: "special account"}},
		{AccountID: treasury, Name: fault.Text{ZH: "授权支付额度", EN: "treasury limit"}},
	} {
		if err := fund.OpenAccount(tx, "aid", a); err != nil {
			return err
		}
	}
	return nil
}

func received(amount money.Fen) fund.Movement {
	return fund.Movement{Fund: "aid", Amount: amount, Source: "finance", Into: "main", Day: today, Origin: document}
}

func asked(origin string, amount money.Fen) fund.Request {
	return fund.Request{Fund: "aid", Purpose: fund.Purpose{Use: stays}, Payee: hospital, Amount: amount, Day: today, Origin: fund.Origin{Kind: fund.FromSettlement, ID: origin}}
}

// sound checks that the record holds together and tells what is available.
func sound(s *store.Store, county string) (left money.Fen, err error) {
	err = s.Read(context.Background(), county, func(tx *store.Tx) error {
		if err := fund.Verify(tx); err != nil {
			return err
		}
		trial, err := fund.TrialBalance(tx, "aid", period.Latest)
		if err != nil {
			return err
		}
		if left, err = fund.Available(tx, "aid"); err != nil {
			return err
		}
		return agree(trial, left)
	})
	return left, err
}

// agree checks the headroom against the trial balance.
func agree(trial fund.Statement, left money.Fen) error {
	source, err := trial.Of(fund.Source)
	if err != nil {
		return err
	}
	used, err := trial.Of(fund.Appropriation)
	if err != nil {
		return err
	}
	if -(source.Closing + used.Closing) != left {
		return fmt.Errorf("available %s, by the trial balance %s", left, -(source.Closing + used.Closing))
	}
	return nil
}
