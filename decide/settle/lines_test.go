package settle_test

import (
	"slices"
	"strings"
	"testing"

	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/kernel/money"
)

const feeTable = "```yaml table fee_codes\nlabel: {zh: 收费编码, en: Charge codes}\nkeys: {code: text}\nvalues: {item: text}\nrows: [['250101', test], ['110900', bed]]\nstatus: complete\n```\n"

const cut = `
payers:
  - cut: {name: {zh: 减免, en: Cut}, each_line: "line.item == 'test' ? pct(50) : line.item == 'bed' ? pct(100) : pct(0)"}
`

func TestPriceCutByLine(t *testing.T) {
	p := pack(t, block("x", cut))
	r := mustSettle(t, p, visit+`
bill: {lines: [
  {item: test, name: 血常规, amount: 10.01, in_scope: 5.00, self_first: 2.00, over_limit: 1.00},
  {item: drug, amount: 7.00, in_scope: 7.00},
  {item: bed, amount: 3.00, in_scope: 1.00}]}
`)
	if got := told(r); got != "pays | cut 8.01 | patient 12.00" {
		t.Fatal(got)
	}
	lines := r.Payers[0].Lines
	if len(lines) != 2 || lines[0].Index != 0 || lines[0].Label != "血常规" || lines[0].Base != 1001 || lines[0].Rate != money.Percent(50) || lines[0].Amount != 501 {
		t.Errorf("by line: %+v", lines)
	}
	if want := (subject.Vector{250, 100, 50, 101}); lines[0].Drawn != want {
		t.Errorf("of all parts alike: %v, want %v", lines[0].Drawn, want)
	}
	if lines[0].Uses[0].Variable.Name != "line.item" || lines[0].Uses[0].Show("zh") != "化验" {
		t.Errorf("the line's fact: %+v", lines[0].Uses)
	}
	if r.Payers[0].Drawn.Total() != 801 || r.Payers[0].Detail.Value != 801 || r.Payers[0].Detail.Rounding == nil {
		t.Errorf("in all: %+v", r.Payers[0])
	}
}

func TestPriceCutOfWhatRemains(t *testing.T) {
	p := pack(t, block("x", "payers:\n  - basic_insurance: given\n  - cut: {name: {zh: 减免, en: Cut}, each_line: \"line.item == 'test' ? pct(50) : pct(0)\", rounding: up jiao}\n"))
	for bill, want := range map[string]string{
		"{lines: [{item: test, amount: 10.00, in_scope: 10.00, paid: {basic_insurance: 9.97}}]}": "pays | basic_insurance 9.97 | cut 0.03 | patient 0.00",
		"{lines: [{item: test, amount: 10.00, in_scope: 10.00, paid: {basic_insurance: 9.00}}]}": "pays | basic_insurance 9.00 | cut 0.50 | patient 0.50",
		"{lines: [{amount: 10.00, in_scope: 10.00, paid: {basic_insurance: 10.00}}]}":            "covered | basic_insurance 10.00 | cut 0.00 | patient 0.00",
		"{lines: [{amount: 10.00, in_scope: 10.00, paid: {basic_insurance: 9.00}}]}":             "documents-needed | basic_insurance 9.00 | cut ? | patient ? | missing line.item",
	} {
		if got := told(mustSettle(t, p, visit+"bill: "+bill+"\n")); got != want {
			t.Errorf("%s\n got %s\nwant %s", bill, got, want)
		}
	}
}

func TestFeeCodes(t *testing.T) {
	p := pack(t, feeTable, block("x", cut))
	r := mustSettle(t, p, visit+"bill: {lines: [{code: '250101', amount: 2.00, in_scope: 2.00}, {code: '250101', item: bed, amount: 2.00, in_scope: 2.00}, {item: drug, amount: 1.00, in_scope: 1.00}]}\n")
	if got := told(r); got != "pays | cut 3.00 | patient 2.00" {
		t.Error("the item goes before the code:", got)
	}
	unknown := visit + "bill: {lines: [{code: '250102', amount: 2.00, in_scope: 2.00}]}\n"
	if _, err := try(t, p, unknown, ""); !strings.HasPrefix(faultOf(err), "bill.unknown-fee-code") || !strings.Contains(faultOf(err), "250101") {
		t.Error(faultOf(err))
	}
	p = pack(t, strings.Replace(feeTable, "status: complete", "status: 待核实\nnote: {zh: 未列, en: Not printed}", 1), block("x", cut))
	if got := told(mustSettle(t, p, unknown)); got != "documents-needed | cut ? | patient ? | missing line.item" {
		t.Error("a code that a list to be verified lacks says nothing:", got)
	}
}

const twoGroups = `
lines:
  listed: line.item == 'drug' && line.listed
  rest: otherwise
payers:
  - basic_insurance: given
  - drugs: {name: {zh: 药费, en: Drugs}, takes: listed, draws: [in_scope, out_of_scope], amount: remaining.total}
  - aid: {name: {zh: 帮扶, en: Aid}, takes: rest, amount: "share(remaining.in_scope, pct(50)) + (left.listed.total == yuan(0) ? yuan('0.01') : yuan(0)) + (part.out_of_scope - left.rest.out_of_scope)"}
`

func TestLineGroups(t *testing.T) {
	p := pack(t, block("x", twoGroups))
	r := mustSettle(t, p, visit+`
bill:
  lines:
    - {item: drug, listed: true, amount: 30.00, in_scope: 20.00}
    - {item: drug, listed: false, amount: 10.00, in_scope: 10.00}
    - {item: test, amount: 60.00, in_scope: 30.00, self_first: 30.00}
  paid: {basic_insurance: 30.01}
`)
	// 30.01 of 60.00 in scope: the listed 20.00 pay floor(30.01 × 20 / 60) = 10.00, the rest 20.01.
	if got := told(r); got != "pays | basic_insurance 30.01 | drugs 20.00 | aid 10.01 | patient 39.98" {
		t.Error(got)
	}
	if r.Groups["listed"] != 3000 || r.Groups["rest"] != 7000 {
		t.Errorf("groups %v", r.Groups)
	}
	if want := (subject.Vector{998, 3000, 0, 0}); r.PatientParts != want {
		t.Errorf("the patient keeps %v, want %v", r.PatientParts, want)
	}
}

func TestStatedByLineStaysOnItsLine(t *testing.T) {
	p := pack(t, block("x", twoGroups))
	r := mustSettle(t, p, visit+`
bill:
  lines:
    - {item: drug, listed: true, amount: 30.00, in_scope: 20.00, paid: {basic_insurance: 25.00}}
    - {item: test, amount: 60.00, in_scope: 30.00, self_first: 30.00, paid: {basic_insurance: 5.01}}
  paid: {basic_insurance: 30.01}
`)
	if want := (subject.Vector{2501, 0, 0, 500}); r.Payers[0].Drawn != want || told(r) != "pays | basic_insurance 30.01 | drugs 5.00 | aid 12.51 | patient 42.48" {
		t.Errorf("%s, drawn %v", told(r), r.Payers[0].Drawn)
	}
}

func TestGroupUnknown(t *testing.T) {
	p := pack(t, block("x", "when: [{资格: on_roster('poor')}]\n"+twoGroups))
	const bill = "bill: {lines: [{item: drug, amount: 30.00, in_scope: 20.00}, {amount: 1.00, in_scope: 1.00}], paid: {basic_insurance: 1.00}}\n"
	r := mustSettle(t, p, visit+"rosters: [poor]\n"+bill)
	if got := told(r); got != "documents-needed | basic_insurance 1.00 | drugs ? | aid ? | patient ? | missing line.listed line.item" {
		t.Error(got)
	}
	if len(r.Groups) != 0 || r.Payers[0].Traced {
		t.Errorf("groups %v", r.Groups)
	}
	r = mustSettle(t, p, visit+"rosters: []\n"+bill)
	if got := told(r); got != "not-payable | basic_insurance 1.00 | drugs 0.00 | aid 0.00 | patient 30.00 | unmet 资格" {
		t.Error("what the patient bears does not wait for the groups when nobody else pays:", got)
	}
	r = mustSettle(t, p, visit+"rosters: [poor]\nbill: {lines: [{item: test, amount: 30.00, in_scope: 20.00}], paid: {basic_insurance: 1.00}}\n")
	if got := told(r); got != "pays | basic_insurance 1.00 | drugs 0.00 | aid 9.51 | patient 19.49" {
		t.Error("listed is not asked of a test:", got)
	}
}

const application = `
over: application
decided_on: approval.day
payers:
  - aid: {name: {zh: 帮扶, en: Aid}, amount: "share(remaining.in_scope, pct(80))"}
`

func TestApplication(t *testing.T) {
	p := pack(t, block("x", application))
	const before = "visit: {kind: outpatient}\napproval: {day: 2021-05-06}\nhistory: {invoices: ['007']}\n"
	line := func(invoice, date string) string {
		return "{invoice: '" + invoice + "', date: " + date + ", amount: 10.00, in_scope: 10.00}"
	}
	bill := func(lines ...string) string { return before + "bill: {lines: [" + strings.Join(lines, ", ") + "]}\n" }
	r := mustSettle(t, p, bill(line("1", "2021-03-01"), line("2", "2021-03-02"), line("1", "2021-03-01")))
	if told(r) != "pays | aid 24.00 | patient 6.00" || !slices.Equal(r.Invoices, []string{"1", "2"}) || !r.Span.Empty() {
		t.Errorf("%s, invoices %v, span %s", told(r), r.Invoices, r.Span)
	}
	for _, test := range []struct{ name, bill, words string }{
		{"used before", bill(line("1", "2021-03-01"), line("007", "2021-03-01")), "发票 007 已用于以前的结算"},
		{"two dates", bill(line("1", "2021-03-01"), line("1", "2021-03-02")), "发票 1 在本单出现了两个日期：2021-03-01 和 2021-03-02"},
	} {
		if _, err := try(t, p, test.bill, ""); !strings.HasPrefix(faultOf(err), "bill.invoice-used") || !strings.Contains(faultOf(err), test.words) {
			t.Errorf("%s: %s", test.name, faultOf(err))
		}
	}
	r = mustSettle(t, p, bill("{invoice: '1', amount: 10.00, in_scope: 10.00}", "{date: 2021-03-01, amount: 10.00, in_scope: 10.00}"))
	if r.Verdict != "documents-needed" || !slices.Equal(r.Missing, []string{"line.date", "line.invoice"}) || r.Invoices != nil {
		t.Errorf("%s, invoices %v", told(r), r.Invoices)
	}
}

const cycle = `
over: {cycle: own}
payers:
  - aid: {name: {zh: 帮扶, en: Aid}, amount: "share(remaining.in_scope, pct(80))"}
due: add_days(span.to, 15)
`

func TestCycle(t *testing.T) {
	bill := func(on string, dates ...string) string {
		lines := ""
		for _, date := range dates {
			lines += "\n    - {amount: 10.00, in_scope: 10.00" + date + "}"
		}
		return "visit: {kind: outpatient, date: " + on + "}\nbill:\n  lines:" + lines + "\n"
	}
	p := pack(t, block("x", cycle))
	r := mustSettle(t, p, bill("2021-05-06", ", date: 2021-01-01", ", date: 2021-11-30", ""))
	if told(r) != "pays | aid 24.00 | patient 6.00" || r.Span.String() != "2021-01-01..2021-11-30" || r.Due.String() != "2021-12-15" {
		t.Errorf("%s over %s, due %v", told(r), r.Span, r.Due)
	}
	_, err := try(t, p, bill("2021-12-01", ", date: 2021-12-01", ", date: 2021-11-30"), "")
	if !strings.HasPrefix(faultOf(err), "bill.outside-cycle") || !strings.Contains(faultOf(err), "2021-11-30 的费用不在本结算周期（2021-12-01 至 2022-11-30）内") {
		t.Error(faultOf(err))
	}
	sorting := pack(t, block("x", "lines: {inside: line.date <= span.to && line.date >= span.from, other: otherwise}\n"+cycle))
	if r := mustSettle(t, sorting, bill("2021-12-01", ", date: 2021-12-01", ", date: 2021-11-30")); r.Groups["inside"] != 1000 {
		t.Errorf("a settlement that sorts its lines says itself what becomes of them: %v", r.Groups)
	}
	late := pack(t, block("x", "decided_on: approval.day\n"+cycle))
	if _, err := try(t, late, "visit: {kind: outpatient}\napproval: {day: 2020-12-31}\nbill: {amount: 1.00, in_scope: 1.00}\n", ""); !strings.HasPrefix(faultOf(err), "pack.out-of-force") {
		t.Error(faultOf(err))
	}
}

func TestCycleThatBeginsLater(t *testing.T) {
	p := pack(t, block("x", cycle))
	own := p.Cycles["own"]
	own.First.From = own.First.From.AddDays(10)
	p.Cycles["own"] = own
	if _, err := try(t, p, "visit: {kind: outpatient, date: 2021-01-05}\nbill: {amount: 1.00, in_scope: 1.00}\n", ""); !strings.HasPrefix(faultOf(err), "period.before-cycle") {
		t.Error(faultOf(err))
	}
}

func TestVisitWithoutAnyDay(t *testing.T) {
	p := pack(t, block("x", "decided_on: approval.day\npayers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: \"days_between(span.from, span.to) > 1 ? yuan(1) : yuan(0)\"}}]\n"))
	var r *settle.Result = mustSettle(t, p, "visit: {kind: outpatient}\napproval: {day: 2021-05-06}\nbill: {amount: 1.00, in_scope: 1.00}\n")
	if got := told(r); got != "documents-needed | aid ? | patient ? | missing span.from span.to" || !r.Span.Empty() {
		t.Error(got)
	}
}

func TestUpstreamPayerOfOneGroup(t *testing.T) {
	p := pack(t, block("x", `
when: [{资格: on_roster('poor')}]
lines: {drugs: line.item == 'drug', rest: otherwise}
payers:
  - basic_insurance: {given: true, takes: drugs}
  - aid: {name: {zh: 帮扶, en: Aid}, takes: drugs, amount: "part.in_scope - remaining.in_scope + left.rest.in_scope"}
`))
	const lines = "{item: drug, amount: 10.00, in_scope: 10.00}, {item: bed, amount: 4.00, in_scope: 4.00"
	bill := func(rest string) string { return visit + "bill: {lines: [" + lines + rest + "\n" }
	if got := told(mustSettle(t, p, "rosters: [poor]\n"+bill("}], paid: {basic_insurance: 3.00}}"))); got != "pays | basic_insurance 3.00 | aid 7.00 | patient 4.00" {
		t.Error(got)
	}
	for _, test := range []struct{ name, bill, words string }{
		{"above the group", bill("}], paid: {basic_insurance: 10.01}}"), "只剩 10.00 元"},
		{"a line of another group", bill(", paid: {basic_insurance: 0.01}}]}"), "第 2 行（床位）"},
	} {
		if _, err := try(t, p, "rosters: [poor]\n"+test.bill, ""); !strings.HasPrefix(faultOf(err), "bill.payers-exceed") || !strings.Contains(faultOf(err), test.words) {
			t.Errorf("%s: %s", test.name, faultOf(err))
		}
	}
	unsorted := visit + "bill: {lines: [{amount: 10.00, in_scope: 10.00}], paid: {basic_insurance: 3.00}}\n"
	for rosters, want := range map[string]string{
		"rosters: [poor]\n": "documents-needed | basic_insurance 3.00 | aid ? | patient ? | missing line.item",
		"rosters: []\n":     "not-payable | basic_insurance 3.00 | aid 0.00 | patient ? | unmet 资格",
	} {
		if got := told(mustSettle(t, p, rosters+unsorted)); got != want {
			t.Errorf("%s\n got %s\nwant %s", rosters, got, want)
		}
	}
}

func TestFeeTableOfAnotherShape(t *testing.T) {
	for _, table := range []string{
		"keys: {code: text, place: text}\nvalues: {item: text}\nrows: [['250101', a, test]]",
		"keys: {code: text}\nvalues: {kind: text}\nrows: [['250101', test]]",
	} {
		p := pack(t, "```yaml table fee_codes\nlabel: {zh: 收费编码, en: Charge codes}\n"+table+"\nstatus: complete\n```\n", block("x", cut))
		if got := told(mustSettle(t, p, visit+"bill: {lines: [{code: '250101', amount: 2.00, in_scope: 2.00}]}\n")); got != "documents-needed | cut ? | patient ? | missing line.item" {
			t.Error(got)
		}
	}
}
