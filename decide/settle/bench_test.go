package settle_test

import (
	"maps"
	"testing"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/decide/text"
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

const clinicPerson = `
rosters: {registered_poor: true, out_of_poverty_with_policy: true}
person: {hukou: "370124", insured: true}
visit: {hospital: {designated: true, tier: town, division: "370124"}}
history: {counters: [{counter: outpatient_year, day: 2021-02-05, amount: 40.00}]}
`

const clinicBill = `{"visit":{"kind":"outpatient","date":"2021-06-28","diagnosis":"J18.9","clinic":"ordinary"},` +
	`"bill":{"no":"MZ00000007","lines":[{"item":"laboratory","amount":"160.00","in_scope":"160.00"}],"paid":{"basic_insurance":"80.00","medical_assistance":"0.00"}}}`

// BenchmarkReadClinicBill reads a bill as a hospital's system sends it.
func BenchmarkReadClinicBill(b *testing.B) {
	p := shipped(b, "pingyin-2021")
	b.ReportAllocs()
	for b.Loop() {
		readBill(b, p, clinicBill)
	}
}

// BenchmarkSettleClinicBill settles it by a published pack.
func BenchmarkSettleClinicBill(b *testing.B) {
	p := shipped(b, "pingyin-2021")
	s := person(b, p, clinicPerson)
	bill := readBill(b, p, clinicBill)
	maps.Copy(s.Facts, bill.Facts)
	s.Bill = bill.Bill
	basis := policy.NewBasis(p, nil)
	if r, err := settle.Settle(basis, s); err != nil || r.Verdict != explain.Pays {
		b.Fatal(r, err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := settle.Settle(basis, s); err != nil {
			b.Fatal(err)
		}
	}
}

func readBill(b *testing.B, p *policy.Pack, bill string) *subject.Subject {
	doc, err := text.Parse("bill.json", []byte(bill))
	if err != nil {
		b.Fatal(err)
	}
	s, err := subject.Read(p.Vocabulary, doc)
	if err != nil {
		b.Fatal(err)
	}
	return s
}
