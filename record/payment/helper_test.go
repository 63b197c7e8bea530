package payment_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"doudi/decide/policy"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/payment"
	"doudi/record/register"
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

func day(s string) period.Day {
	d, err := period.ParseDay(s)
	if err != nil {
		panic(err)
	}
	return d
}

var library = sync.OnceValue(func() *policy.Library {
	l, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		panic(err)
	}
	return l
})

var keyFile = sync.OnceValue(func() []byte {
	content, err := register.NewKeys(county)
	if err != nil {
		panic(err)
	}
	return content
})

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
	keys, err := register.ReadKeys(keyFile())
	if err != nil {
		t.Fatal(err)
	}
	auditKeys, err := audit.NewKeys([]byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	log := audit.NewLog(auditKeys)
	cipher := dated.Cipher{Seal: log.Seal, Open: log.Open, Prefetch: log.Prefetch}
	w := &world{TB: t, store: s, register: register.New(library().Vocabulary, cipher, keys), calls: &calls{}}
	w.Payments = payment.New(payment.Config{Register: w.register, Cipher: cipher, Token: keys.ClaimToken, Calls: w.calls.all()})
	w.must(maker, func(tx *store.Tx) error {
		return errors.Join(w.register.MarkDemo(tx), w.register.AddDivision(tx, register.Division{Code: town, Name: "城关镇", Span: dated.Always}, dated.Said{}))
	})
	return w
}

func (w *world) do(by store.Actor, act func(tx *store.Tx) error) error {
	c := store.Command{Name: "test", County: county, Actor: by, Instant: time.Unix(int64(today)*86400, 0)}
	_, err := w.store.Write(context.Background(), c, func(tx *store.Tx) (any, error) { return nil, act(tx) })
	return err
}

func (w *world) must(by store.Actor, act func(tx *store.Tx) error) {
	w.Helper()
	if err := w.do(by, act); err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
}

func (w *world) read(act func(tx *store.Tx) error) {
	w.Helper()
	if err := w.store.Read(context.Background(), county, act); err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
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
