package settle_test

import (
	"testing"

	"doudi/decide/policy"
	"doudi/decide/settle"
)

const sixPayers = `
when:
  - 资格: on_roster('poor')
  - 参保: person.insured
lines:
  listed: line.item == 'drug' && line.listed
  rest: otherwise
payers:
  - cut: {name: {zh: 减免, en: Cut}, each_line: "line.item == 'test' ? pct(50) : pct(0)"}
  - basic_insurance: given
  - serious_illness: {given: true, otherwise: yuan(0)}
  - drugs: {name: {zh: 药费, en: Drugs}, takes: listed, draws: [in_scope, self_first], amount: remaining.total - remaining.out_of_scope - remaining.over_limit}
  - medical_assistance: {given: true, otherwise: "share(remaining.in_scope, pct(10))"}
  - aid: {name: {zh: 帮扶, en: Aid}, takes: rest, amount: "tiers(remaining.in_scope, scale.bands)"}
accumulate:
  year: {of: payer.aid, key: [person], window: calendar-year, dated_by: visit.date}
due: visit.date
`

const bandsText = "```yaml parameters scale\nbands: {label: {zh: 分段, en: Bands}, unit: bands, values: {2021-01-01: [[0, 50%], [1000.00, 80%]]}}\n```\n"

const sixPayersBill = visit + `
rosters: [poor]
person: {insured: true}
bill:
  lines:
    - {item: drug, listed: true, amount: 120.00, in_scope: 100.00, self_first: 12.00}
    - {item: drug, listed: false, amount: 80.00, in_scope: 60.00}
    - {item: test, amount: 260.01, in_scope: 260.01}
    - {item: test, amount: 99.99, in_scope: 90.00}
    - {item: bed, amount: 1400.00, in_scope: 1350.00}
    - {item: drug, listed: true, amount: 30.50, in_scope: 30.50}
  paid: {basic_insurance: 640.17}
`

// BenchmarkSettleSixPayers settles a bill of six lines among six payers with everything an explanation shows.
func BenchmarkSettleSixPayers(b *testing.B) {
	p := pack(b, bandsText, block("x", sixPayers))
	s := person(b, p, sixPayersBill)
	basis := policy.NewBasis(p, nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := settle.Settle(basis, s); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSettleLongBill settles a stay of four hundred lines.
func BenchmarkSettleLongBill(b *testing.B) {
	p := pack(b, bandsText, block("x", sixPayers))
	s := person(b, p, sixPayersBill)
	six := s.Bill.Lines
	for len(s.Bill.Lines) < 400 {
		s.Bill.Lines = append(s.Bill.Lines, six[len(s.Bill.Lines)%len(six)])
	}
	basis := policy.NewBasis(p, nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := settle.Settle(basis, s); err != nil {
			b.Fatal(err)
		}
	}
}
