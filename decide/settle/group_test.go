package settle_test

import (
	"testing"

	"doudi/decide/subject"
)

const limits = "```yaml parameters limit\nfund: {label: {zh: 限额, en: Limit}, unit: yuan, unset: {zh: 文件未给, en: not given}}\n```\n"

const shared = `
when: [{资格: on_roster('poor')}]
payers:
  - basic_insurance: given
  - group:
      id: rest
      name: {zh: 共担, en: Shared}
      total: remaining.total - remaining.out_of_scope
      when: [{参保: person.insured}]
      payers:
        - fund: {name: {zh: 基金, en: Fund}, draws: [in_scope], amount: "cap(remaining.in_scope, limit.fund)"}
        - hospital: {name: {zh: 医院, en: Hospital}, amount: remaining.total - remaining.out_of_scope - paid.fund}
  - last: {name: {zh: 兜底, en: Last}, draws: [out_of_scope], amount: "known(paid.fund) ? share(remaining.out_of_scope, pct(50)) : yuan(0)"}
accumulate:
  fund_year: {of: payer.fund, key: [person], window: calendar-year, dated_by: visit.date}
  rest_base: {of: base.rest, key: [person], window: calendar-year, dated_by: visit.date}
`

func TestGroup(t *testing.T) {
	p := pack(t, limits, block("x", shared))
	const bill = "bill: {amount: 100.00, in_scope: 60.00, self_first: 20.00, paid: {basic_insurance: 10.00}}\n"
	for _, test := range []struct{ name, more, adopted, want string }{
		{"limit known", "rosters: [poor]\nperson: {insured: true}\n", "parameters: {limit.fund: 40.00}",
			"pays | basic_insurance 10.00 | rest 70.00 | rest.fund 40.00 | rest.hospital 30.00 | last 10.00 | patient 10.00 | fund_year 0.00+40.00=40.00 | rest_base 0.00+90.00=90.00"},
		{"limit above the in-scope rest", "rosters: [poor]\nperson: {insured: true}\n", "parameters: {limit.fund: 50.01}",
			"pays | basic_insurance 10.00 | rest 70.00 | rest.fund 50.00 | rest.hospital 20.00 | last 10.00 | patient 10.00 | fund_year 0.00+50.00=50.00 | rest_base 0.00+90.00=90.00"},
		{"group gate not met", "rosters: [poor]\nperson: {insured: false}\n", "parameters: {limit.fund: 40.00}",
			"pays | basic_insurance 10.00 | rest 0.00 | rest.fund 0.00 | rest.hospital 0.00 | last 10.00 | patient 80.00 | unmet 参保 | fund_year 0.00+0.00=0.00 | rest_base 0.00+90.00=90.00"},
		{"group gate unknown", "rosters: [poor]\n", "parameters: {limit.fund: 40.00}",
			"documents-needed | basic_insurance 10.00 | rest ? | rest.fund ? | rest.hospital ? | last ? | patient ? | missing person.insured"},
		{"not eligible", "rosters: []\n", "", "not-payable | basic_insurance 10.00 | rest 0.00 | rest.fund 0.00 | rest.hospital 0.00 | last 0.00 | patient 90.00 | unmet 资格"},
	} {
		r, err := try(t, p, visit+test.more+bill, test.adopted)
		if err != nil {
			t.Fatalf("%s: %s", test.name, faultOf(err))
		}
		if got := told(r); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestGroupIsProvisionalWithoutTheLimit(t *testing.T) {
	p := pack(t, limits, block("x", shared))
	r := mustSettle(t, p, visit+"rosters: [poor]\nperson: {insured: true}\nbill: {amount: 100.00, in_scope: 60.00, self_first: 20.00, paid: {basic_insurance: 10.00}}\n")
	if got := told(r); got != "pays | basic_insurance 10.00 | rest 70.00 | rest.fund ?~ | rest.hospital ?~ | last 0.00 | patient 20.00 | rest_base 0.00+90.00=90.00" {
		t.Error("the fund's counter moves when its part stands:", got)
	}
	if r.Groups["rest"] != 7000 || r.Payers[1].Provisional || !r.Payers[1].Traced || r.Payers[2].Traced {
		t.Errorf("the group's total stands: %+v", r.Payers[1])
	}
	if missing := r.Payers[2].Detail.Missing; len(missing) != 1 || missing[0] != "limit.fund" {
		t.Errorf("the division waits for %v", missing)
	}
}

func TestGroupDrawn(t *testing.T) {
	p := pack(t, limits, block("x", shared))
	r, err := try(t, p, visit+"rosters: [poor]\nperson: {insured: true}\nbill: {amount: 100.00, in_scope: 60.00, self_first: 20.00, paid: {basic_insurance: 10.00}}\n", "parameters: {limit.fund: 40.00}")
	if err != nil {
		t.Fatal(faultOf(err))
	}
	group, fund, hospital := r.Payers[1], r.Payers[2], r.Payers[3]
	if group.Drawn != (subject.Vector{5000, 2000}) || fund.Drawn != (subject.Vector{4000}) || hospital.Drawn != (subject.Vector{1000, 2000}) {
		t.Errorf("drawn %v by %v and %v", group.Drawn, fund.Drawn, hospital.Drawn)
	}
	if fund.Group != group.Payer || fund.Before != group.Before || fund.After != group.After || group.Before-group.After != 7000 {
		t.Errorf("members stand where the group stands: %+v", fund)
	}
}

func TestMembersOfAGroup(t *testing.T) {
	p := pack(t, block("x", `
payers:
  - group:
      id: g
      name: {zh: 共担, en: Shared}
      total: "cap(remaining.total, yuan(10))"
      payers:
        - medical_assistance: given
        - barred: {name: {zh: 甲, en: A}, amount: yuan(5), when: [{参保: person.insured}]}
        - other: {name: {zh: 乙, en: B}, amount: "yuan(10) - paid.medical_assistance - paid.barred"}
`))
	for _, test := range []struct{ name, bill, want string }{
		{"stated and barred", "person: {insured: false}\nbill: {amount: 20.00, in_scope: 20.00, paid: {medical_assistance: 4.00}}\n",
			"pays | g 10.00 | g.medical_assistance 4.00 | g.barred 0.00 | g.other 6.00 | patient 10.00 | unmet 参保"},
		{"one not stated", "person: {insured: true}\nbill: {amount: 20.00, in_scope: 20.00}\n",
			"pays | g 10.00 | g.medical_assistance ?~ | g.barred 5.00~ | g.other ?~ | patient 10.00"},
		{"a gate unknown", "bill: {amount: 20.00, in_scope: 20.00, paid: {medical_assistance: 4.00}}\n",
			"pays | g 10.00 | g.medical_assistance 4.00~ | g.barred ?~ | g.other ?~ | patient 10.00"},
		{"nothing to share", "bill: {amount: 0.00, in_scope: 0.00}\n",
			"covered | g 0.00 | g.medical_assistance 0.00 | g.barred 0.00 | g.other 0.00 | patient 0.00"},
	} {
		if got := told(mustSettle(t, p, visit+test.bill)); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}
