package settle

import (
	"testing"

	"doudi/decide/policy"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
)

// TestClosureIsProved gives the last check what no rule can bring about: a fen too few, and a patient who gains.
func TestClosureIsProved(t *testing.T) {
	rules := &policy.Settlement{Block: &policy.Block{ID: "x", Clause: &policy.Clause{Number: "一"}}}
	for _, test := range []struct {
		paid, patient money.Fen
		closes        bool
	}{{60, 40, true}, {60, 39, false}, {60, 41, false}, {140, -40, false}} {
		st := &settler{rule: rules, result: &Result{Bill: subject.Vector{100}, Patient: test.patient, Payers: []Payment{
			{Payer: &policy.Payer{}, Amount: test.paid}, {Payer: &policy.Payer{}, Group: &policy.Payer{}, Amount: 5}}}}
		if err := st.closed(); (err == nil) != test.closes || err != nil && fault.CodeOf(err) != "settle.not-closed" {
			t.Errorf("%s and %s: %v", test.paid, test.patient, err)
		}
	}
}
