package settle_test

import (
	"errors"
	"strings"
	"testing"

	"doudi/decide/policy"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
)

// FuzzBill reads any bytes as a subject file in JSON and settles it by three packs: nothing panics, every error has a
// name, no rule of theirs gives what cannot be paid, and what is settled closes.
func FuzzBill(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"bill": null}`, `{"bill": {"amount": "1.00", "in_scope": "1.00"}}`, `[1]`, `{"bill": []}`,
		`{"visit": {"kind": "outpatient", "date": "2021-11-08", "clinic": "convenience", "diagnosis": "I10", "hospital": {"designated": true}}, "rosters": ["out_of_poverty_with_policy"],
		  "bill": {"lines": [{"item": "drug", "listed_drug": true, "in_plan": true, "days_supply": 31, "amount": "120.00", "in_scope": "100.00", "self_first": 12, "paid": {"basic_insurance": "60.00"}},
		  {"item": "ecg", "amount": "33.33", "in_scope": "33.33", "paid": {"basic_insurance": 0}}], "paid": {"medical_assistance": "0.00"}}}`,
		`{"visit": {"kind": "outpatient", "clinic": "chronic", "date": "2018-11-30", "diagnosis": "I10.x00", "hospital": {"designated": true}}, "person": {"insured": true}, "rosters": ["registered_poor"],
		  "bill": {"lines": [{"item": "drug", "date": "2018-01-01", "amount": 2000, "in_scope": 1700, "paid": {"basic_insurance": 1599.99}}]}}`,
		`{"visit": {"kind": "inpatient", "admitted": "2018-05-01", "discharged": "2018-05-09", "hospital": {"tier": "county", "designated": true}}, "person": {"insured": true}, "rosters": ["registered_poor"],
		  "bill": {"amount": "5000.00", "in_scope": "4500.00", "paid": {"basic_insurance": "4275.00", "serious_illness": 0, "medical_assistance": 0}}}`,
		`{"visit": {"kind": "inpatient", "date": "2021-12-31", "discharged": "2021-12-31", "admitted": "2022-01-01"}, "bill": {"amount": 1, "in_scope": 0, "paid": {"nobody": 1}}}`,
		`{"visit": {"kind": "outpatient", "date": {"value": "2021-05-06", "from": "2021-01-01"}}, "rosters": {"poor": true}, "person": {"insured": true}, "history": {"counters": [{"counter": "outpatient_year", "day": "2021-01-01", "amount": "92233720368547758.07"}, {"counter": "outpatient_year", "day": "2021-01-02", "amount": "92233720368547758.07"}]},
		  "bill": {"lines": [{"amount": "99999999.99", "in_scope": "0.01", "self_first": "99999999.98"}], "paid": {"basic_insurance": "0.01"}}}`,
	} {
		f.Add([]byte(seed))
	}
	bases := []*policy.Basis{
		policy.NewBasis(shipped(f, "pingyin-2021"), nil),
		policy.NewBasis(shipped(f, "guangxi-2018"), &policy.Adoption{Division: "999901", From: 0, To: 1 << 30}),
		policy.NewBasis(shipped(f, "xinbin-2018"), nil),
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		doc, err := text.Parse("bill.json", content)
		if err != nil {
			named(t, err)
			return
		}
		for _, b := range bases {
			s, err := subject.Read(b.Pack.Vocabulary, doc)
			if err != nil {
				named(t, err)
				return
			}
			r, err := settle.Settle(b, s)
			if err != nil {
				named(t, err)
				continue
			}
			closes(t, r)
		}
	})
}

// named demands that an error has a code of ours, and is not the engine's or a rule's own fault.
func named(t *testing.T, err error) {
	t.Helper()
	var list fault.List
	if !errors.As(err, &list) {
		var one *fault.Error
		if !errors.As(err, &one) {
			t.Fatalf("an error without a name: %v", err)
		}
		list = fault.List{one}
	}
	for _, e := range list {
		if e.Code == "" || e.Code == "internal" || e.Code == "rule.evaluation" || strings.HasPrefix(e.Code, "settle.") {
			t.Fatalf("%q: %s", e.Code, fault.RenderError(e, "zh"))
		}
	}
}

func closes(t *testing.T, r *settle.Result) {
	t.Helper()
	sum := money.Fen(0)
	for _, p := range r.Payers {
		if p.Amount < 0 {
			t.Fatal(told(r))
		}
		if p.Group == nil {
			sum += p.Amount
		}
	}
	if r.PatientKnown && sum+r.Patient != r.Bill.Total() {
		t.Fatal(told(r))
	}
}
