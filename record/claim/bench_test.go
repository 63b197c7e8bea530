package claim_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/recordtest"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// What a settlement costs before it is committed: the tenth bill of a person, as a hospital's system sends it, under real keys. It is taken back, so that the next
// one finds the same.
func BenchmarkSettle(b *testing.B) {
	w := open(b, storetest.Open(b, storetest.SQLite(b)), map[string]string{"pingyin-2021": "from: 2021-01-01\n"})
	w.Cipher = dated.CipherOf(w.Claims.Log)
	w.Register = register.New(w.Vocabulary, w.Cipher, recordtest.Keys())
	person, on := w.resident(), day("2021-11-28")
	visited := func(i int) claim.Bill {
		return claim.Bill{Person: person, Provider: w.hospital, Series: pingyin, Name: "bill.json", Content: fmt.Appendf(nil,
			`{"visit":{"kind":"outpatient","date":"2021-11-%02d","diagnosis":"J18.9","clinic":"ordinary"},`+
				`"bill":{"no":"MZ%d","lines":[{"item":"laboratory","amount":"60.00","in_scope":"60.00"}],"paid":{"basic_insurance":"30.00","medical_assistance":"0.00"}}}`, i, i)}
	}
	for i := range 9 {
		w.must(on, clerk, func(tx *store.Tx) error { _, err := w.Settle(tx, visited(i+1)); return err })
	}
	enough := errors.New("settled, and not wanted")
	bill, c := visited(10), store.Command{Name: "test", County: w.county, Actor: clerk, Instant: noon(on)}
	b.ReportAllocs()
	for b.Loop() {
		_, err := w.store.Write(context.Background(), c, func(tx *store.Tx) (any, error) {
			if _, err := w.Settle(tx, bill); err != nil {
				return nil, err
			}
			return nil, enough
		})
		if !errors.Is(err, enough) {
			b.Fatal(err)
		}
	}
}
