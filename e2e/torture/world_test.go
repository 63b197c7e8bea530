package torture_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/provider"
	"doudi/record/recordtest"
	"doudi/record/register"
	"doudi/record/store"
)

// The county of the torture: one pharmacy, one special account, and people who ask for the drugs they bought. The example pack pays
// 60 % of a purchase, at most 1,000 yuan a person and year, so that what everybody must have got in the end is plain arithmetic.
const (
	county  = "999901"
	town    = ident.Division(county + "100")
	pack    = "example"
	account = "medical"
	cap     = 1_000 // yuan
	share   = 60    // per cent
)

// granted is what the special account holds in the beginning.
var granted = money.Yuan(90_000_000)

var (
	clerk   = store.Actor{ID: "u1", Name: "王经办", Post: "窗口"}
	checker = store.Actor{ID: "u2", Name: "李审核", Post: "审核"}
)

// library holds the one pack, as the process that is killed has it too: it must start quickly, thousands of times.
var library = sync.OnceValue(func() *policy.Library { return recordtest.Library(pack) })

// world is the county on a database.
type world struct {
	testing.TB
	dsn      string
	secrets  string
	record   *record.Record
	pharmacy string
	key      string // of the pharmacy, for the API
	people   []string
}

// newWorld fills an empty migrated database with the county and so many people.
func newWorld(t testing.TB, dsn string, people int) *world {
	t.Helper()
	w := &world{TB: t, dsn: dsn, secrets: filepath.Join(t.TempDir(), "secrets")}
	w.ok(record.CreateSecrets(w.secrets, county))
	w.open()
	start, decision := day("2024-01-01"), ""
	w.must(start, clerk, func(tx *store.Tx) error { return errors.Join(w.register(tx, people), w.account(tx)) })
	w.must(start, clerk, func(tx *store.Tx) (err error) {
		_, decision, err = w.record.Adoptions.Propose(tx, w.pack(), "adoption.yaml",
			[]byte("division: \""+county+"\"\nlabel: 示例\nfrom: 2024-01-01\nreadings: {cap_window: calendar}\n"), "会议纪要")
		return err
	})
	w.must(start, checker, func(tx *store.Tx) error { return w.record.Adoptions.Approve(tx, decision, "同意") })
	w.must(start, checker, func(tx *store.Tx) (err error) {
		_, w.key, err = w.record.Keys.Issue(tx, auth.Grant{Party: w.pharmacy, Name: "torture", Scopes: []auth.Scope{auth.Bills, auth.Settlements},
			Span: period.Span{From: start, To: day("2199-12-31")}})
		return err
	})
	return w
}

func (w *world) open() {
	w.Helper()
	r, err := record.Open(context.Background(), record.Config{DSN: w.dsn, Secrets: w.secrets, Library: library()})
	w.ok(err)
	w.record = r
}

// close lets go of the database, so that the process under test is alone with it.
func (w *world) close() {
	w.Helper()
	w.ok(w.record.Close())
	w.record = nil
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(fault.RenderError(err, "en"), err)
	}
}

func (w *world) pack() *policy.Pack { return library().Packs[0] }

func (w *world) register(tx *store.Tx, people int) error {
	r := w.record.Register
	if err := errors.Join(r.MarkDemo(tx), r.AddDivision(tx, register.Division{Code: town, Name: "城关镇", Span: dated.Always}, dated.Said{})); err != nil {
		return err
	}
	var err error
	w.pharmacy, err = w.record.Providers.Add(tx, provider.Provider{Kind: provider.Pharmacy, Name: "平安药店", Division: town, Span: dated.Always})
	if err != nil {
		return err
	}
	for i := range people {
		id, err := r.AddPerson(tx, register.Person{Name: fmt.Sprint("赵", i), From: rule.Beginning})
		if err != nil {
			return err
		}
		if _, err := r.Record(tx, id, "person.hukou", rule.Fact{Value: rule.Division(town), Span: dated.Always}, ""); err != nil {
			return err
		}
		w.people = append(w.people, id)
	}
	return nil
}

// account opens the special account for as long as a test may run.
func (w *world) account(tx *store.Tx) error {
	err := fund.Open(tx, fund.Fund{Code: account, Name: fault.Text{ZH: "医疗帮扶基金"}, Purpose: fault.Text{ZH: "费用补偿"}, Blocks: 4,
		Span: period.Span{From: day("2024-01-01"), To: day("2199-12-31")}, Uses: []fund.Use{{Kind: fund.Category, Name: claim.Category}}})
	if err != nil {
		return err
	}
	for _, a := range []fund.Account{{AccountID: fund.AccountID{Kind: fund.Source, Code: "finance"}, Name: fault.Text{ZH: "财政"}},
		{AccountID: fund.AccountID{Kind: fund.Bank, Code: "main"}, Name: fault.Text{ZH: "专户"}}} {
		if err := fund.OpenAccount(tx, account, a); err != nil {
			return err
		}
	}
	_, err = fund.Receive(tx, fund.Movement{Fund: account, Amount: granted, Source: "finance", Into: "main", Day: day("2024-01-01"), Origin: fund.Origin{Kind: fund.FromDocument, ID: "1号"}})
	return err
}

func (w *world) must(on period.Day, by store.Actor, act func(tx *store.Tx) error) {
	w.Helper()
	_, err := w.record.Store.Write(context.Background(), store.Command{Name: "test", County: county, Actor: by, Instant: noon(on)},
		func(tx *store.Tx) (any, error) { return nil, act(tx) })
	w.ok(err)
}

// bill is a purchase of so many yuan.
func bill(number string, yuan int) []byte {
	return fmt.Appendf(nil, `{"visit": {"kind": "pharmacy", "date": "2024-05-31"}, "application": {"day": "2024-06-01"},
"bill": {"no": %q, "lines": [{"item": "drug", "invoice": %[1]q, "date": "2024-05-31", "amount": "%d.00", "in_scope": "0.00", "compliant": true, "pharmacy_designated": true}]}}`, number, yuan)
}

// standing is what the record says about one bill.
type standing struct {
	person string
	state  claim.State
}

// picture is everything of the record that the tally knows about.
type picture struct {
	bills    map[string]standing // by id
	counters map[string]money.Fen
	left     money.Fen
	entries  map[string]int // of the log, by name
}

// verify fails the test unless the record holds together, and answers what it says.
func (w *world) verify() *picture {
	w.Helper()
	p, err := look(w.record, w.people)
	w.ok(err)
	return p
}

// look verifies a record and answers what it says.
func look(r *record.Record, people []string) (*picture, error) {
	p := &picture{bills: map[string]standing{}, counters: map[string]money.Fen{}, entries: map[string]int{}}
	err := r.Store.Read(context.Background(), county, func(tx *store.Tx) error {
		if _, err := audit.Verify(tx); err != nil {
			return err
		}
		if err := fund.Verify(tx); err != nil {
			return err
		}
		if _, err := r.Claims.Verify(tx); err != nil {
			return err
		}
		return p.read(tx, people)
	})
	return p, err
}

func (p *picture) read(tx *store.Tx, people []string) (err error) {
	for _, person := range people {
		bills, err := claim.Of(tx, person)
		if err != nil {
			return err
		}
		for _, b := range bills {
			p.bills[b.ID] = standing{person, b.State}
		}
	}
	if p.left, err = fund.Available(tx, account); err != nil {
		return err
	}
	var person string
	var used int64
	err = each(tx, func() { p.counters[person] = money.Fen(used) }, `SELECT person_id, used FROM claim_counter WHERE county_code = ?1`, &person, &used)
	if err != nil {
		return err
	}
	var name string
	var count int
	return each(tx, func() { p.entries[name] = count }, `SELECT name, COUNT(*) FROM audit_entry WHERE county_code = ?1 GROUP BY name`, &name, &count)
}

// each scans every row of a query about the county into the variables.
func each(tx *store.Tx, do func(), query string, into ...any) error {
	rows, err := tx.Query(query, county)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		do()
	}
	return rows.Err()
}

// What all tests of the record have.
var day, noon = recordtest.Day, recordtest.Noon

// errAgain marks an answer that was none: the same command is sent again.
var errAgain = errors.New("no answer")
