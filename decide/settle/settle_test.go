package settle_test

import (
	"strings"
	"testing"

	"doudi/decide/explain"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

const visit = "visit: {kind: outpatient, date: 2021-05-06}\n"

// simple is a waterfall with one stated payer, one that may be stated, and two of its own.
const simple = `
when:
  - 资格: on_roster('poor')
payers:
  - basic_insurance: given
  - medical_assistance: {given: true, otherwise: "share(remaining.in_scope, pct(10))"}
  - aid: {name: {zh: 帮扶, en: Aid}, amount: "share(remaining.in_scope, pct(50))", fund: aid}
  - relief: {name: {zh: 救急, en: Relief}, amount: "cap(remaining.total, yuan(20))", draws: [out_of_scope, self_first, in_scope], when: [{参保: person.insured}]}
`

func TestWaterfall(t *testing.T) {
	p := pack(t, block("simple", simple))
	bill := func(more, bill string) string { return visit + more + "bill: " + bill + "\n" }
	const fees = "{amount: 100.00, in_scope: 80.01, self_first: 10.00, "
	for _, test := range []struct{ name, bill, want string }{
		{"all known", bill("rosters: [poor]\nperson: {insured: true}\n", fees+"paid: {basic_insurance: 30.00}}"),
			"pays | basic_insurance 30.00 | medical_assistance 5.00 | aid 22.51 | relief 20.00 | patient 22.49"},
		{"stated goes before the rule", bill("rosters: [poor]\nperson: {insured: true}\n", fees+"paid: {basic_insurance: 30.00, medical_assistance: 0.01}}"),
			"pays | basic_insurance 30.00 | medical_assistance 0.01 | aid 25.00 | relief 20.00 | patient 24.99"},
		{"settlement gate not met", bill("rosters: []\nperson: {insured: true}\n", fees+"paid: {basic_insurance: 30.00}}"),
			"not-payable | basic_insurance 30.00 | medical_assistance 5.00 | aid 0.00 | relief 0.00 | patient 65.00 | unmet 资格"},
		{"settlement gate unknown", bill("person: {insured: true}\n", fees+"paid: {basic_insurance: 30.00}}"),
			"documents-needed | basic_insurance 30.00 | medical_assistance 5.00 | aid ? | relief ? | patient ? | missing roster.poor"},
		{"payer gate not met", bill("rosters: [poor]\nperson: {insured: false}\n", fees+"paid: {basic_insurance: 30.00}}"),
			"pays | basic_insurance 30.00 | medical_assistance 5.00 | aid 22.51 | relief 0.00 | patient 42.49 | unmet 参保"},
		{"payer gate unknown", bill("rosters: [poor]\n", fees+"paid: {basic_insurance: 30.00}}"),
			"documents-needed | basic_insurance 30.00 | medical_assistance 5.00 | aid 22.51 | relief ? | patient ? | missing person.insured"},
		{"upstream not stated", bill("rosters: [poor]\nperson: {insured: true}\n", fees+"paid: {medical_assistance: 3.00}}"),
			"documents-needed | basic_insurance ? | medical_assistance 3.00 | aid ? | relief ? | patient ? | missing bill.paid.basic_insurance"},
		{"upstream not stated and the next rule needs it", bill("rosters: [poor]\nperson: {insured: true}\n", fees+"}"),
			"documents-needed | basic_insurance ? | medical_assistance ? | aid ? | relief ? | patient ? | missing bill.paid.basic_insurance"},
		{"not payable whatever upstream paid", bill("rosters: []\n", fees+"}"),
			"not-payable | basic_insurance ? | medical_assistance ? | aid 0.00 | relief 0.00 | patient ? | missing bill.paid.basic_insurance | unmet 资格"},
		{"all paid upstream", bill("rosters: [poor]\nperson: {insured: true}\n", fees+"paid: {basic_insurance: 100.00}}"),
			"covered | basic_insurance 100.00 | medical_assistance 0.00 | aid 0.00 | relief 0.00 | patient 0.00"},
		{"nobody's bill", strings.Replace(bill("", fees+"}"), "outpatient", "inpatient", 1), "not-concerned"},
		{"kind unknown", "bill: {amount: 1.00, in_scope: 1.00}\n", "documents-needed | missing visit.kind"},
		{"day unknown", "visit: {kind: outpatient}\nbill: {amount: 1.00, in_scope: 1.00, paid: {basic_insurance: 0.40}}\n",
			"documents-needed | basic_insurance 0.40 | patient ? | missing visit.date"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := told(mustSettle(t, p, test.bill)); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestPayments(t *testing.T) {
	p := pack(t, block("simple", simple))
	r := mustSettle(t, p, visit+"rosters: [poor]\nperson: {insured: true}\nbill: {amount: 100.00, in_scope: 80.01, self_first: 10.00, paid: {basic_insurance: 85.00}}\n")
	insurance, relief := r.Payers[0], r.Payers[3]
	if want := (subject.Vector{8001, 499}); insurance.Drawn != want || !insurance.Given || insurance.Before != 10000 || insurance.After != 1500 {
		t.Errorf("insurance draws %v from %s to %s, want %v", insurance.Drawn, insurance.Before, insurance.After, want)
	}
	if want := (subject.Vector{0, 501, 0, 999}); relief.Drawn != want || relief.Given || !relief.Own() {
		t.Errorf("relief draws %v, want %v", relief.Drawn, want)
	}
	if got := relief.Detail.Figure.Formula("zh"); got != "15.00" {
		t.Errorf("relief reads %q", got)
	}
	if r.PatientParts != (subject.Vector{}) || r.Patient != 0 {
		t.Errorf("the patient keeps %v", r.PatientParts)
	}
	if want := (period.Span{From: r.Decided, To: r.Decided}); r.Span != want || r.Status != r.Decided {
		t.Errorf("span %s", r.Span)
	}
}

func TestNearest(t *testing.T) {
	p := pack(t, block("simple", simple))
	const fees = "bill: {amount: 100.00, in_scope: 80.00, paid: {basic_insurance: 30.00}}\n"
	for _, test := range []struct {
		name, more string
		label      string
		amount     money.Fen
		known      bool
	}{
		{"settlement gate", "rosters: []\nperson: {insured: true}\n", "资格", 4250, true},
		{"payer gate", "rosters: [poor]\nperson: {insured: false}\n", "参保", 4250, true},
		{"nothing in the way", "rosters: [poor]\nperson: {insured: true}\n", "", 0, false},
		{"another gate stays unknown", "rosters: []\n", "资格", 0, false},
	} {
		r := mustSettle(t, p, visit+test.more+fees)
		if test.label == "" {
			if r.Nearest != nil {
				t.Errorf("%s: nearest is %v", test.name, r.Nearest)
			}
			continue
		}
		if r.Nearest == nil || r.Nearest.Label.ZH != test.label || r.Nearest.Amount != test.amount || r.Nearest.Known != test.known {
			t.Errorf("%s: nearest is %+v", test.name, r.Nearest)
		}
	}
}

func TestFaultsOfBills(t *testing.T) {
	p := pack(t, block("simple", simple))
	for _, test := range []struct{ name, bill, code, words string }{
		{"no bill", visit, "bill.missing", "没有账单"},
		{"unknown payer", visit + "bill: {amount: 1.00, in_scope: 1.00, paid: {basic_insurence: 1.00}}\n", "bill.unknown-payer", "basic_insurance"},
		{"own payer stated", visit + "bill: {amount: 1.00, in_scope: 1.00, paid: {aid: 1.00}}\n", "bill.unknown-payer", "aid"},
		{"unknown payer of a line", visit + "bill: {lines: [{amount: 1.00, in_scope: 1.00, paid: {nobody: 1.00}}]}\n", "bill.unknown-payer", "basic_insurance medical_assistance"},
		{"payers exceed", visit + "bill: {amount: 10.00, in_scope: 8.00, paid: {basic_insurance: 6.00, medical_assistance: 4.01}}\n", "bill.payers-exceed", "“医疗救助”已付 4.01 元，轮到它时可支付的只剩 4.00 元"},
		{"payers exceed while others are unknown", visit + "bill: {amount: 10.00, in_scope: 8.00, paid: {medical_assistance: 10.01}}\n", "bill.payers-exceed", "10.00"},
		{"a line's payer exceeds", visit + "bill: {lines: [{amount: 1.00, in_scope: 1.00, paid: {basic_insurance: 1.01}}, {amount: 9.00, in_scope: 9.00}]}\n", "bill.payers-exceed", "第 1 行"},
		{"lines and total disagree", visit + "bill: {lines: [{amount: 5.00, in_scope: 5.00, paid: {basic_insurance: 1.00}}], paid: {basic_insurance: 2.00}}\n", "bill.payer-lines-disagree", "2.00"},
		{"out of force", "visit: {kind: outpatient, date: 2022-01-01}\nbill: {amount: 1.00, in_scope: 1.00}\n", "pack.out-of-force", "2022-01-01"},
		{"discharged before admission", visit + "rosters: [poor]\nperson: {insured: true}\nbill: {amount: 1.00, in_scope: 1.00}\n", "", ""},
		{"unknown payer and no day", "visit: {kind: outpatient}\nbill: {amount: 1.00, in_scope: 1.00, paid: {nobody: 1.00}}\n", "bill.unknown-payer", "nobody"},
		{"discharged before admission", "visit: {kind: outpatient, date: 2021-05-06, admitted: 2021-05-06, discharged: 2021-05-05}\nbill: {amount: 1.00, in_scope: 1.00}\n", "bill.visit-span", "2021-05-05 早于入院日期 2021-05-06"},
	} {
		_, err := try(t, p, test.bill, "")
		if got := faultOf(err); !strings.HasPrefix(got, test.code) || !strings.Contains(got, test.words) || (got == "") != (test.code == "") {
			t.Errorf("%s: %s", test.name, got)
		}
	}
}

func TestFaultsOfRules(t *testing.T) {
	const bill = visit + "bill: {lines: [{item: drug, amount: 60.00, in_scope: 50.00}, {item: bed, amount: 40.00, in_scope: 40.00}]}\n"
	for _, test := range []struct{ name, rule, code, words string }{
		{"more than it may draw on", "payers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: bill.total}}]", "settle.payer-exceeds", "规则 x（一）：“帮扶”算得 100.00 元，可支付的剩余只有 90.00 元"},
		{"negative", "payers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(1) - bill.total}}]", "settle.payer-negative", "-99.00"},
		{"group falls short", "payers: [{group: {id: g, name: {zh: 共担, en: Shared}, total: remaining.total, payers: [{a: {name: {zh: 甲, en: A}, amount: yuan(1)}}]}}]", "settle.group-open", "应共同承担 100.00 元，各方合计却是 1.00 元"},
		{"group goes over", "payers: [{group: {id: g, name: {zh: 共担, en: Shared}, total: yuan(1), payers: [{a: {name: {zh: 甲, en: A}, amount: yuan(2)}}]}}]", "settle.group-open", "2.00"},
		{"negative member", "payers: [{group: {id: g, name: {zh: 共担, en: Shared}, total: yuan(1), payers: [{a: {name: {zh: 甲, en: A}, amount: yuan(-2)}}]}}]", "settle.payer-negative", "甲"},
		{"group above what remains", "payers: [{group: {id: g, name: {zh: 共担, en: Shared}, total: bill.total + yuan(1), payers: [{a: {name: {zh: 甲, en: A}, amount: yuan(101)}}]}}]", "settle.payer-exceeds", "共担"},
		{"price cut above the price", "payers: [{cut: {name: {zh: 减免, en: Cut}, each_line: pct(101)}}]", "settle.payer-exceeds", "60.60"},
		{"two groups of lines", "lines: {drugs: line.item == 'drug', all: \"line.item in ['drug', 'bed']\", rest: otherwise}\npayers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(0)}}]", "settle.line-in-two-groups", "第 1 行（药品）同时属于费用组 drugs 和 all"},
		{"no group of lines", "lines: {drugs: line.item == 'drug'}\npayers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(0)}}]", "settle.line-in-no-group", "第 2 行（床位）"},
		{"above the cap of a counter", "payers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(50)}}]\naccumulate: {year: {of: payer.aid, key: [person], window: calendar-year, dated_by: visit.date, cap: yuan(49)}}", "settle.counter-over-cap", "50.00，超过上限 49.00"},
		{"more often than a counter allows", "payers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(50)}}]\naccumulate: {year: {of: count, key: [person], window: calendar-year, dated_by: visit.date, cap: '0'}}", "settle.counter-over-cap", "为 1，超过上限 0"},
		{"an expression fails", "payers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: 'per(bill.total, 0)'}}]", "money.divisor", "policy.md"},
		{"a gate fails", "when: [{资格: 'per(bill.total, 0) > yuan(0)'}]\npayers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(0)}}]", "money.divisor", ""},
		{"a payer's gate fails", "payers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(0), when: [{资格: 'per(bill.total, 0) > yuan(0)'}]}}]", "money.divisor", ""},
		{"for fails", "for: 'per(yuan(1), 0) > yuan(0)'\npayers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(0)}}]", "money.divisor", ""},
		{"its day fails", "decided_on: 'date(2021, 2, 30)'\npayers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(0)}}]", "period", ""},
		{"its status day fails", "status_on: 'date(2021, 2, 30)'\npayers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(0)}}]", "period", ""},
		{"its due day fails", "due: 'date(2021, 2, 30)'\npayers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(0)}}]", "period", ""},
		{"a price cut fails", "payers: [{cut: {name: {zh: 减免, en: Cut}, each_line: 'per(bill.total, 0) > yuan(0) ? pct(1) : pct(2)'}}]", "money.divisor", ""},
		{"a group of lines fails", "lines: {drugs: 'per(bill.total, 0) > yuan(0)', rest: otherwise}\npayers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(0)}}]", "money.divisor", ""},
		{"a member fails", "payers: [{group: {id: g, name: {zh: 共担, en: Shared}, total: yuan(1), payers: [{a: {name: {zh: 甲, en: A}, amount: 'per(bill.total, 0)'}}]}}]", "money.divisor", ""},
		{"a counter's sum fails", "payers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(0)}}]\naccumulate: {year: {of: 'per(bill.total, 0)', key: [person], window: calendar-year, dated_by: visit.date}}", "money.divisor", ""},
		{"a counter's cap fails", "payers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(1)}}]\naccumulate: {year: {of: payer.aid, key: [person], window: calendar-year, dated_by: visit.date, cap: 'per(bill.total, 0)'}}", "money.divisor", ""},
		{"a counter's day fails", "payers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(1)}}]\naccumulate: {year: {of: payer.aid, key: [person], window: calendar-year, dated_by: 'date(2021, 2, 30)'}}", "period", ""},
		{"a step fails where it is used", "let: {x: 'per(bill.total, 0)'}\npayers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: calc.x}}]", "money.divisor", ""},
	} {
		_, err := try(t, pack(t, block("x", test.rule)), bill, "")
		if got := faultOf(err); err == nil || !strings.HasPrefix(got, test.code) || !strings.Contains(got, test.words) {
			t.Errorf("%s: %s", test.name, got)
		}
	}
}

func TestTwoClaims(t *testing.T) {
	own := "payers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(0)}}]\n"
	p := pack(t, block("a", own), block("b", own+"for: visit.disease == 'x'"), block("c", own+"for: visit.disease == 'y' && visit.kind == 'inpatient'"))
	if _, err := try(t, p, visit[:len(visit)-2]+", disease: x}\nbill: {amount: 1.00, in_scope: 1.00}\n", ""); !strings.HasPrefix(faultOf(err), "settle.two-claims") {
		t.Errorf("two claims: %s", faultOf(err))
	}
	r := mustSettle(t, p, visit+"bill: {amount: 1.00, in_scope: 1.00}\n")
	if r.Settlement == nil || r.Settlement.ID != "a" {
		t.Errorf("the certain claim loses to unknown ones: %s", told(r))
	}
	r = mustSettle(t, p, "visit: {kind: inpatient, date: 2021-05-06}\nbill: {amount: 1.00, in_scope: 1.00}\n")
	if len(r.Possible) != 2 || told(r) != "documents-needed | missing visit.disease" {
		t.Errorf("two possible claims: %s %v", told(r), r.Possible)
	}
}

func TestStatusDay(t *testing.T) {
	p := pack(t, block("x", "status_on: visit.admitted\nwhen: [{资格: on_roster('poor')}]\npayers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: remaining.in_scope}}]\n"))
	const rest = "rosters: {poor: [{from: 2020-01-01, to: 2021-05-01}]}\nbill: {amount: 1.00, in_scope: 1.00}\n"
	for admitted, want := range map[string]string{
		"2021-05-01": "pays | aid 1.00 | patient 0.00",
		"2021-05-02": "not-payable | aid 0.00 | patient 1.00 | unmet 资格",
	} {
		r := mustSettle(t, p, "visit: {kind: outpatient, date: 2021-05-06, admitted: "+admitted+", discharged: 2021-05-06}\n"+rest)
		if told(r) != want || r.Span.String() != admitted+"..2021-05-06" || r.Status.String() != admitted {
			t.Errorf("admitted on %s: %s over %s", admitted, told(r), r.Span)
		}
	}
	r := mustSettle(t, p, visit+rest)
	if told(r) != "documents-needed | patient ? | missing visit.admitted" || r.Decided.String() != "2021-05-06" {
		t.Errorf("status day unknown: %s", told(r))
	}
	if _, err := try(t, p, "visit: {kind: outpatient, date: 2022-05-06}\n"+rest, ""); !strings.HasPrefix(faultOf(err), "pack.out-of-force") {
		t.Errorf("out of force wins over an unknown status day: %s", faultOf(err))
	}
}

func TestReasonsAndVerdictsAreShown(t *testing.T) {
	r := mustSettle(t, pack(t, block("simple", simple)), visit+"rosters: [poor]\nperson: {insured: false}\nbill: {amount: 1.00, in_scope: 1.00, paid: {basic_insurance: 0.00}}\n")
	if len(r.Reasons) != 1 || r.Reasons[0].Truth != rule.Met || r.Reasons[0].Uses[0].Source() != "扶贫办" {
		t.Errorf("gates: %+v", r.Reasons)
	}
	if relief := r.Payers[3]; relief.Note.ZH != "不符合：参保" || relief.Note.EN != "not met: Insured" || relief.Reasons[0].Truth != rule.NotMet {
		t.Errorf("relief: %+v", relief.Note)
	}
	if r.Verdict != explain.Pays {
		t.Errorf("verdict %s", r.Verdict)
	}
}

func TestEveryOwnPayerBarred(t *testing.T) {
	p := pack(t, block("x", "payers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: remaining.in_scope, when: [{参保: person.insured}]}}]\n"))
	if got := told(mustSettle(t, p, visit+"person: {insured: false}\nbill: {amount: 1.00, in_scope: 1.00}\n")); got != "not-payable | aid 0.00 | patient 1.00 | unmet 参保" {
		t.Error(got)
	}
}
