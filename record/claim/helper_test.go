package claim_test

import (
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/provider"
	"doudi/record/recordtest"
	"doudi/record/register"
	"doudi/record/store"
)

// county is the county of tests that need only one.
const county = "999901"

// The series of the packs that the tests adopt.
const (
	pingyin  = "pingyin-medical-help"
	guangxi  = "guangxi-health-poverty-backstop"
	jiangmen = "jiangmen-supplementary-medical"
	example  = "example"
)

var (
	clerk   = store.Actor{ID: "u1", Name: "王经办", Post: "窗口"}
	checker = store.Actor{ID: "u2", Name: "李审核", Post: "审核"}
)

// What all tests of the record have.
var day, noon, expect = recordtest.Day, recordtest.Noon, recordtest.Expect

var library = sync.OnceValue(func() *policy.Library {
	return recordtest.Library("pingyin-2021", "guangxi-2018", "jiangmen-draft", "example")
})

// partyKey is a cipher whose key is made of the party's id.
func partyKey(county, party string) (cipher.AEAD, error) {
	key := sm3.Sum([]byte("test key " + county + party))
	block, err := sm4.NewCipher(key[:16])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

var testCipher = dated.Cipher{
	Seal: func(tx *store.Tx, party string, plain []byte) (string, error) {
		aead, err := partyKey(tx.County, party)
		if err != nil {
			return "", err
		}
		return base64.StdEncoding.EncodeToString(aead.Seal(nil, make([]byte, aead.NonceSize()), plain, nil)), nil
	},
	Open: func(tx *store.Tx, party string, sealed ...string) ([][]byte, error) {
		aead, err := partyKey(tx.County, party)
		if err != nil {
			return nil, err
		}
		var opened [][]byte
		for _, s := range sealed {
			raw, err := base64.StdEncoding.DecodeString(s)
			if err != nil {
				return nil, err
			}
			plain, err := aead.Open(nil, make([]byte, aead.NonceSize()), raw, nil)
			if err != nil {
				return nil, err
			}
			opened = append(opened, plain)
		}
		return opened, nil
	},
}

func token(text string) string {
	mac := hmac.New(sm3.New, []byte("test token"))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// world is a county with everything a bill needs: a hospital, a pharmacy, special accounts with money in them.
type world struct {
	testing.TB
	*claim.Claims
	store              *store.Store
	county             string
	town               ident.Division
	hospital, pharmacy string
}

// open makes the county on a database. It adopts the packs named, with the adoption's lines.
func open(t testing.TB, s *store.Store, adopt map[string]string) *world {
	t.Helper()
	return openIn(t, s, county, adopt, money.Yuan(1_000_000))
}

func openIn(t testing.TB, s *store.Store, county string, adopt map[string]string, amount money.Fen, codes ...string) *world {
	t.Helper()
	l := library()
	w := &world{TB: t, store: s, county: county, town: ident.Division(county + "100"), Claims: claim.New(claim.Config{
		Vocabulary: l.Vocabulary, Register: register.New(l.Vocabulary, testCipher, recordtest.Keys()), Providers: provider.New(l.Vocabulary),
		Adoptions: adoption.New(l.Packs), Cipher: testCipher, Token: token, Log: recordtest.Log(),
	})}
	start := day("2018-01-01")
	w.must(start, clerk, func(tx *store.Tx) error {
		return errors.Join(w.Register.MarkDemo(tx), w.Register.AddDivision(tx, register.Division{Code: w.town, Name: "城关镇", Span: dated.Always}, dated.Said{}), w.providers(tx), openFunds(tx, amount, codes))
	})
	for name, lines := range adopt {
		w.adopt(start, name, lines)
	}
	return w
}

func (w *world) providers(tx *store.Tx) (err error) {
	w.hospital, err = w.Providers.Add(tx, provider.Provider{Kind: provider.Hospital, Name: "城关镇卫生院", Division: w.town, Span: dated.Always})
	if err != nil {
		return err
	}
	w.pharmacy, err = w.Providers.Add(tx, provider.Provider{Kind: provider.Pharmacy, Name: "平安药店", Division: w.town, Span: dated.Always})
	if err != nil {
		return err
	}
	for name, value := range map[string]rule.Fact{"visit.hospital.designated": {Value: rule.Bool(true)}, "visit.hospital.tier": {Value: rule.Text("town")}} {
		value.Span = dated.Always
		if _, err := w.Providers.State(tx, w.hospital, name, value, ""); err != nil {
			return err
		}
	}
	return nil
}

// funds are the special accounts the packs name.
var funds = []string{"assistance", "health-insurance", "revitalisation", "medical"}

// openFunds opens special accounts, all of them when none is named, and puts an amount into each.
func openFunds(tx *store.Tx, amount money.Fen, codes []string) error {
	if len(codes) == 0 {
		codes = funds
	}
	for _, code := range codes {
		err := fund.Open(tx, fund.Fund{Code: code, Name: fault.Text{ZH: "专账" + code}, Purpose: fault.Text{ZH: "费用补偿"}, Blocks: 4,
			Span: period.Span{From: day("2018-01-01"), To: day("2030-12-31")}, Uses: []fund.Use{{Kind: fund.Category, Name: claim.Category}}})
		if err != nil {
			return err
		}
		for _, a := range []fund.Account{{AccountID: fund.AccountID{Kind: fund.Source, Code: "finance"}, Name: fault.Text{ZH: "财政"}}, {AccountID: bank, Name: fault.Text{ZH: "专户"}}} {
			if err := fund.OpenAccount(tx, code, a); err != nil {
				return err
			}
		}
		if amount == 0 {
			continue
		}
		m := fund.Movement{Fund: code, Amount: amount, Source: "finance", Into: "main", Day: day("2018-01-01"), Origin: fund.Origin{Kind: fund.FromDocument, ID: "1号"}}
		if _, err := fund.Receive(tx, m); err != nil {
			return err
		}
	}
	return nil
}

var bank = fund.AccountID{Kind: fund.Bank, Code: "main"}

func (w *world) adopt(on period.Day, pack, lines string) {
	w.Helper()
	p := w.pack(pack)
	var decision string
	w.must(on, clerk, func(tx *store.Tx) (err error) {
		_, decision, err = w.Adoptions.Propose(tx, p, "采用.yaml", []byte("pack: "+pack+"\ndivision: \""+w.county+"\"\nlabel: 示例\n"+lines), "会议纪要")
		return err
	})
	w.must(on, checker, func(tx *store.Tx) error { return w.Adoptions.Approve(tx, decision, "同意") })
}

func (w *world) pack(id string) *policy.Pack {
	for _, p := range library().Packs {
		if p.ID == id {
			return p
		}
	}
	w.Fatalf("no pack %s", id)
	return nil
}

// person registers somebody with facts and rosters.
func (w *world) person(name string, facts map[string]rule.Fact, rosters ...string) (id string) {
	w.Helper()
	w.must(day("2018-01-01"), clerk, func(tx *store.Tx) (err error) {
		if id, err = w.Register.AddPerson(tx, register.Person{Name: name, From: rule.Beginning}); err != nil {
			return err
		}
		for name, fact := range facts {
			fact.Span = dated.Always
			if _, err := w.Register.Record(tx, id, name, fact, ""); err != nil {
				return err
			}
		}
		for _, roster := range rosters {
			fact := rule.Fact{Value: rule.Bool(true), Span: dated.From(day("2018-01-01"))}
			if _, err := w.Register.Record(tx, id, "roster."+roster, fact, ""); err != nil {
				return err
			}
		}
		return nil
	})
	return id
}

// resident is a person of the county without anything special.
func (w *world) resident() string {
	w.Helper()
	return w.person("赵长河", map[string]rule.Fact{"person.hukou": {Value: rule.Division(w.town)}, "person.insured": {Value: rule.Bool(true)}},
		"registered_poor", "out_of_poverty_with_policy")
}

func (w *world) try(on period.Day, key string, by store.Actor, act func(tx *store.Tx) (any, error)) (store.Outcome, error) {
	return w.store.Write(context.Background(), store.Command{Key: key, Name: "test", County: w.county, Actor: by, Instant: noon(on)}, act)
}

func (w *world) do(on period.Day, by store.Actor, act func(tx *store.Tx) error) error {
	_, err := w.try(on, "", by, func(tx *store.Tx) (any, error) { return nil, act(tx) })
	return err
}

func (w *world) must(on period.Day, by store.Actor, act func(tx *store.Tx) error) {
	w.Helper()
	if err := w.do(on, by, act); err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
}

func (w *world) look(act func(tx *store.Tx) error) {
	w.Helper()
	if err := w.store.Read(context.Background(), w.county, act); err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
}

func (w *world) receive(on period.Day, b claim.Bill) (c claim.Claim, err error) {
	err = w.do(on, clerk, func(tx *store.Tx) (err error) { c, err = w.Receive(tx, b); return err })
	return c, err
}

func (w *world) confirm(on period.Day, id string) (done claim.Confirmation, err error) {
	err = w.do(on, clerk, func(tx *store.Tx) (err error) { done, err = w.Confirm(tx, id, ""); return err })
	return done, err
}

func (w *world) reverse(on period.Day, id string) (done claim.Confirmation, err error) {
	err = w.do(on, clerk, func(tx *store.Tx) (err error) { done, err = w.Reverse(tx, id, "录入有误"); return err })
	return done, err
}

// settled receives and confirms a bill on a day, and answers with its id.
func (w *world) settled(on period.Day, b claim.Bill) string {
	w.Helper()
	c, err := w.receive(on, b)
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	if _, err := w.confirm(on, c.ID); err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	return c.ID
}

// statement computes a settlement again.
func (w *world) statement(id string) (k claim.Settled) {
	w.Helper()
	w.look(func(tx *store.Tx) (err error) { _, _, k, err = w.Statement(tx, id); return err })
	return k
}

// pays is what a payer of a settlement pays.
func pays(k claim.Settled, payer string) money.Fen {
	for _, s := range k.Figures.Payers {
		if s.ID == payer {
			return s.Amount
		}
	}
	return -1
}

// left is what a fund has left.
func (w *world) left(code string) (left money.Fen) {
	w.Helper()
	w.look(func(tx *store.Tx) (err error) { left, err = fund.Available(tx, code); return err })
	return left
}

// sound fails the test unless the record holds together.
func (w *world) sound() claim.Checked {
	w.Helper()
	var done claim.Checked
	w.look(func(tx *store.Tx) (err error) {
		if err := fund.Verify(tx); err != nil {
			return err
		}
		done, err = w.Verify(tx)
		return err
	})
	return done
}

// outpatient is a visit to the town hospital under pingyin's rules: all fees in scope, insurance has paid nothing.
func (w *world) outpatient(person, number, on, fee string) claim.Bill {
	return claim.Bill{Person: person, Provider: w.hospital, Series: pingyin, Name: number + ".yaml", Content: fmt.Appendf(nil, `
visit: {kind: outpatient, date: %s, diagnosis: J18.9, clinic: ordinary}
bill:
  no: %s
  lines: [{item: laboratory, amount: %s, in_scope: %s}]
  paid: {basic_insurance: 0.00, medical_assistance: 0.00}
`, on, number, fee, fee)}
}

// purchase is an application under the example's rules: 60 % of one drug, at most 1,000 yuan a year.
func (w *world) purchase(person, number, on, fee string) claim.Bill {
	return claim.Bill{Person: person, Provider: w.pharmacy, Series: example, Name: number + ".yaml", Content: fmt.Appendf(nil, `
visit: {kind: pharmacy, date: %s}
application: {day: %s}
bill:
  no: %s
  lines: [{item: drug, invoice: %s, date: %s, amount: %s, in_scope: 0.00, compliant: true, pharmacy_designated: true}]
`, before(on), on, number, number, before(on), fee)}
}

func before(on string) string { return (day(on) - 1).String() }

func providerOf(kind provider.Kind) provider.Provider {
	return provider.Provider{Kind: kind, Name: "第一小学", Span: dated.Always}
}
