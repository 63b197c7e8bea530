package payment_test

import (
	"errors"
	"sync"
	"testing"

	"doudi/decide/policy"
	"doudi/kernel/ident"
	"doudi/record/dated"
	"doudi/record/payment"
	"doudi/record/recordtest"
	"doudi/record/register"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

const (
	county = "999901"
	town   = ident.Division("999901100")
)

var (
	maker = store.Actor{ID: "u1", Name: "王经办"}
	today = day("2021-12-20")
)

var day = recordtest.Day

var library = sync.OnceValue(func() *policy.Library { return recordtest.Library() })

// world is a county with a register and payments.
type world struct {
	testing.TB
	*payment.Payments
	store    *store.Store
	register *register.Register
	calls    *calls
}

func open(t testing.TB, s *store.Store) *world {
	t.Helper()
	return openWith(t, s, library().Packs...)
}

// openWith is open with the packs that schemes are named after.
func openWith(t testing.TB, s *store.Store, packs ...*policy.Pack) *world {
	t.Helper()
	keys, log := recordtest.Keys(), recordtest.Log()
	cipher := dated.CipherOf(log)
	w := &world{TB: t, store: s, register: register.New(library().Vocabulary, cipher, keys), calls: &calls{}}
	w.Payments = payment.New(payment.Config{Register: w.register, Cipher: cipher, Token: keys.ClaimToken, Calls: w.calls.all(), Packs: packs,
		Catalogue: func() (*sheet.Catalogue, error) { return sheet.NewCatalogue(library().Vocabulary) }})
	w.must(maker, func(tx *store.Tx) error {
		return errors.Join(w.register.MarkDemo(tx), w.register.AddDivision(tx, register.Division{Code: town, Name: "城关镇", Span: dated.Always}, dated.Said{}))
	})
	return w
}

func (w *world) desk(by store.Actor) recordtest.Desk {
	return recordtest.Desk{TB: w.TB, Store: w.store, County: county, Actor: by, At: recordtest.Noon(today)}
}

func (w *world) do(by store.Actor, act func(tx *store.Tx) error) error { return w.desk(by).Do(act) }

func (w *world) must(by store.Actor, act func(tx *store.Tx) error) {
	w.Helper()
	w.desk(by).Must(act)
}

func (w *world) read(act func(tx *store.Tx) error) {
	w.Helper()
	w.desk(maker).Look(act)
}

// family registers a household, the first named its head, and answers the ids.
func (w *world) family(names ...string) (people []string) {
	w.Helper()
	w.must(maker, func(tx *store.Tx) error {
		people = nil
		household := ""
		for i, name := range names {
			id, err := w.register.AddPerson(tx, register.Person{Name: name, From: day("2010-01-01")})
			if err != nil {
				return err
			}
			people = append(people, id)
			if i == 0 {
				household, err = w.register.AddHousehold(tx, register.Dwelling{Division: town}, id, day("2010-01-01"), dated.Said{})
			} else {
				err = w.register.Join(tx, household, id, "son", day("2010-01-01"), dated.Said{})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return people
}
