// Package fiction makes a small invented county with a hospital, for tests of what people work with: its codes and its people's identity
// numbers begin with 9999, so that no real record takes them in.
package fiction

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/provider"
	"doudi/record/register"
	"doudi/record/store"
)

// The county, its town and village.
const (
	Code    = "999901"
	Town    = ident.Division("999901100")
	Village = ident.Division("999901100001")
)

// The series of the packs the county has adopted.
const (
	Pingyin = "pingyin-medical-help"
	Guangxi = "guangxi-health-poverty-backstop"
)

// The people who act: one proposes and enters, another approves, and a cashier.
var (
	Clerk   = store.Actor{ID: "u1", Name: "孙倩", Post: "经办"}
	Checker = store.Actor{ID: "u2", Name: "李审核", Post: "审核"}
	Cashier = store.Actor{ID: "u3", Name: "赵敏", Post: "收费员"}
)

// County is the county with its record.
type County struct {
	*record.Record
	Hospital string // id on the list of providers
}

var begin = day("2018-01-01")

// library is read once: packs do not change.
var library = sync.OnceValues(func() (*policy.Library, error) {
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"pingyin-2021", "guangxi-2018"} {
		if _, err := library.Load(packs.Files, name); err != nil {
			return nil, err
		}
	}
	return library, nil
})

// Open makes the county in a folder, in an SQLite database of its own.
func Open(ctx context.Context, folder string) (*County, error) {
	return OpenOn(ctx, "sqlite:"+filepath.Join(folder, "doudi.db"), folder)
}

// OpenOn makes the county in an empty database, with its secrets and its evidence in a folder.
func OpenOn(ctx context.Context, dsn, folder string) (*County, error) {
	library, err := library()
	if err != nil {
		return nil, err
	}
	secrets := filepath.Join(folder, "secrets")
	if err := errors.Join(migrate(ctx, dsn), record.CreateSecrets(secrets, Code)); err != nil {
		return nil, err
	}
	r, err := record.Open(ctx, record.Config{DSN: dsn, Secrets: secrets, Files: filepath.Join(folder, "files"), Library: library})
	if err != nil {
		return nil, err
	}
	c := &County{Record: r}
	if err := errors.Join(c.found(), c.adopt(Pingyin), c.adopt(Guangxi)); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return c, nil
}

func migrate(ctx context.Context, dsn string) error {
	s, err := store.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(ctx), s.Close())
}

// Do runs one command at an instant.
func (c *County) Do(at time.Time, by store.Actor, act func(tx *store.Tx) error) error {
	_, err := c.Store.Write(context.Background(), store.Command{Name: "fiction", County: Code, Actor: by, Instant: at}, func(tx *store.Tx) (any, error) { return nil, act(tx) })
	return err
}

// found registers the divisions, the hospital and the special accounts.
func (c *County) found() error {
	return c.Do(noon(begin), Clerk, func(tx *store.Tx) (err error) {
		if err := c.Register.MarkDemo(tx); err != nil {
			return err
		}
		for code, name := range map[ident.Division]string{Town: "城关镇"} {
			if err := c.Register.AddDivision(tx, register.Division{Code: code, Name: name, Span: dated.Always}, dated.Said{}); err != nil {
				return err
			}
		}
		if err := c.Register.AddDivision(tx, register.Division{Code: Village, Name: "示范村", Span: dated.Always}, dated.Said{}); err != nil {
			return err
		}
		if c.Hospital, err = c.AddHospital(tx, "县人民医院", Town, "county"); err != nil {
			return err
		}
		for _, roster := range rosters {
			if _, err := c.Register.KeepRoster(tx, roster, dated.From(begin), dated.Said{Source: "县乡村振兴局"}); err != nil {
				return err
			}
		}
		for _, code := range []string{"assistance", "health-insurance"} {
			if err := openFund(tx, code); err != nil {
				return err
			}
		}
		return nil
	})
}

// AddHospital registers a designated hospital.
func (c *County) AddHospital(tx *store.Tx, name string, at ident.Division, tier string) (id string, err error) {
	if id, err = c.Providers.Add(tx, provider.Provider{Kind: provider.Hospital, Name: name, Division: at, Span: dated.Always}); err != nil {
		return "", err
	}
	for fact, value := range map[string]rule.Fact{"visit.hospital.designated": {Value: rule.Bool(true)}, "visit.hospital.tier": {Value: rule.Text(tier)}} {
		value.Span = dated.Always
		if _, err := c.Providers.State(tx, id, fact, value, ""); err != nil {
			return "", err
		}
	}
	return id, nil
}

func openFund(tx *store.Tx, code string) error {
	f := fund.Fund{Code: code, Name: fault.Text{ZH: "专账" + code}, Purpose: fault.Text{ZH: "费用补偿"}, Span: period.Span{From: begin, To: day("2030-12-31")},
		Uses: []fund.Use{{Kind: fund.Category, Name: claim.Category}}}
	bank := fund.AccountID{Kind: fund.Bank, Code: "main"}
	source := fund.AccountID{Kind: fund.Source, Code: "finance"}
	err := errors.Join(fund.Open(tx, f), fund.OpenAccount(tx, code, fund.Account{AccountID: source, Name: fault.Text{ZH: "财政"}}),
		fund.OpenAccount(tx, code, fund.Account{AccountID: bank, Name: fault.Text{ZH: "专户"}}))
	if err != nil {
		return err
	}
	_, err = fund.Receive(tx, fund.Movement{Fund: code, Amount: money.Yuan(1_000_000), Source: "finance", Into: "main", Day: begin, Origin: fund.Origin{Kind: fund.FromDocument, ID: "1号"}})
	return err
}

// adopt lets the county apply a pack, as one person proposes and another approves.
func (c *County) adopt(series string) error {
	for _, p := range c.Claims.Packs {
		if p.Series != series {
			continue
		}
		var decision string
		propose := func(tx *store.Tx) (err error) {
			_, decision, err = c.Adoptions.Propose(tx, p, "采用.yaml", fmt.Appendf(nil, "pack: %s\ndivision: \"%s\"\nlabel: {zh: 示例, en: example}\n", p.ID, Code), "会议纪要")
			return err
		}
		if err := c.Do(noon(begin), Clerk, propose); err != nil {
			return err
		}
		return c.Do(noon(begin), Checker, func(tx *store.Tx) error { return c.Adoptions.Approve(tx, decision, "同意") })
	}
	return fmt.Errorf("no pack of the series %s", series)
}

// rosters are those that both packs ask for. The county keeps them complete.
var rosters = []string{"out_of_poverty_with_policy", "registered_poor"}

// Person is somebody of the village.
type Person struct {
	Name    string
	Number  ident.PersonID
	Listed  bool // on the rosters that both packs ask for
	Insured bool
}

// Add registers somebody and answers with the id.
func (c *County) Add(p Person) (id string, err error) {
	err = c.Do(noon(begin), Clerk, func(tx *store.Tx) (err error) {
		if id, err = c.Register.AddPerson(tx, register.Person{Name: p.Name, Number: p.Number, From: rule.Beginning}); err != nil {
			return err
		}
		facts := map[string]rule.Fact{"person.hukou": {Value: rule.Division(Village), Span: dated.Always, Source: "县公安局"},
			"person.insured": {Value: rule.Bool(p.Insured), Span: dated.From(begin), Source: "县医保局"}}
		if p.Listed {
			for _, roster := range rosters {
				facts["roster."+roster] = rule.Fact{Value: rule.Bool(true), Span: dated.From(begin), Source: "县乡村振兴局"}
			}
		}
		for name, fact := range facts {
			if _, err := c.Register.Record(tx, id, name, fact, ""); err != nil {
				return err
			}
		}
		return nil
	})
	return id, err
}

// Number is an identity number of the county: a birthday such as 19540302 and a sequence of three digits, odd for men.
func Number(birth, sequence string) ident.PersonID {
	for _, check := range "0123456789X" {
		if number, err := ident.ParsePersonID(Code + birth + sequence + string(check)); err == nil {
			return number
		}
	}
	return ""
}

// Stay is the bill of ten days in the hospital in 2021, as a hospital's system sends it: 38,642.50 yuan, of which most is in scope and five
// pay in turn.
func (c *County) Stay(person, number string) claim.Bill {
	return c.bill(person, Pingyin, number, `
visit: {kind: inpatient, admitted: 2021-10-29, discharged: 2021-11-08, diagnosis_name: 股骨颈骨折, diagnosis: S72.0}
bill:
  no: `+number+`
  lines:
    - {item: bed, amount: 1200.00, in_scope: 1000.00}
    - {item: drug, name: 注射用药, amount: 9442.50, in_scope: 8856.20}
    - {item: surgery, amount: 28000.00, in_scope: 27500.00}
  paid: {basic_insurance: 27642.15, serious_illness_insurance: 2828.43, hospital_reduction: 186.00, medical_assistance: 4689.73}
`)
}

// Filled is a stay of 2021 by the rules that fill up to a share of the bill.
func (c *County) Filled(person, number, on string) claim.Bill {
	return c.bill(person, Guangxi, number, `
visit: {kind: inpatient, admitted: `+on+`, discharged: `+on+`, diagnosis_name: 肺炎}
bill: {no: `+number+`, amount: 10000.00, in_scope: 9000.00, paid: {basic_insurance: 6000.00, serious_illness: 500.00, medical_assistance: 0.00, other_compensation: 0.00}}
`)
}

func (c *County) bill(person, series, number, content string) claim.Bill {
	return claim.Bill{Person: person, Provider: c.Hospital, Series: series, Name: number + ".yaml", Content: []byte(content)}
}

// Send takes in a bill at an instant, as the interface for hospitals does.
func (c *County) Send(at time.Time, b claim.Bill) error {
	return c.Do(at, Clerk, func(tx *store.Tx) error { _, err := c.Claims.Receive(tx, b); return err })
}

// noon is an instant of a day at noon in China.
func noon(d period.Day) time.Time { return time.Unix(int64(d)*86400+4*3600, 0).UTC() }

func day(s string) period.Day {
	d, err := period.ParseDay(s)
	if err != nil {
		panic(err) // the days are written in this file
	}
	return d
}
