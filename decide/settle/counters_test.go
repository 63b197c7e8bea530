package settle_test

import (
	"strings"
	"testing"
)

func TestCounters(t *testing.T) {
	aid := func(counters string) string {
		return block("x", "payers:\n  - basic_insurance: {given: true, otherwise: yuan(0)}\n  - aid: {name: {zh: 帮扶, en: Aid}, amount: \"cap(remaining.in_scope, yuan(100) - counter.c)\"}\naccumulate:\n  c: "+counters+"\n")
	}
	history := func(entries ...string) string { return "history: {counters: [" + strings.Join(entries, ", ") + "]}\n" }
	const bill = "bill: {amount: 60.00, in_scope: 50.00, paid: {basic_insurance: 5.00}}\n"
	for _, test := range []struct{ name, counter, more, want string }{
		{"first", "{of: payer.aid, key: [person], window: calendar-year, dated_by: visit.date, cap: yuan(100)}", "", "pays | basic_insurance 5.00 | aid 45.00 | patient 10.00 | c 0.00+45.00=45.00"},
		{"year, both edges", "{of: payer.aid, key: [person], window: calendar-year, dated_by: visit.date, cap: yuan(100)}",
			history("{counter: c, day: 2021-01-01, amount: 40.00}", "{counter: c, day: 2021-12-31, amount: 20.00}", "{counter: c, day: 2020-12-31, amount: 7.00}", "{counter: c, day: 2022-01-01, amount: 7.00}", "{counter: other, day: 2021-05-01, amount: 7.00}"),
			"pays | basic_insurance 5.00 | aid 40.00 | patient 15.00 | c 60.00+40.00=100.00"},
		{"quarter", "{of: payer.aid, key: [person], window: quarter, dated_by: visit.date}", history("{counter: c, day: 2021-03-31, amount: 40.00}", "{counter: c, day: 2021-04-01, amount: 70.00}"),
			"pays | basic_insurance 5.00 | aid 30.00 | patient 25.00 | c 70.00+30.00=100.00"},
		{"school year", "{of: payer.aid, key: [person], window: school-year, dated_by: visit.date}", history("{counter: c, day: 2020-08-31, amount: 1.00}", "{counter: c, day: 2020-09-01, amount: 70.00}", "{counter: c, day: 2021-08-31, amount: 1.00}", "{counter: c, day: 2021-09-01, amount: 1.00}"),
			"pays | basic_insurance 5.00 | aid 29.00 | patient 26.00 | c 71.00+29.00=100.00"},
		{"rolling year", "{of: payer.aid, key: [person], window: {rolling: 1 year}, dated_by: visit.date}", history("{counter: c, day: 2020-05-06, amount: 1.00}", "{counter: c, day: 2020-05-07, amount: 70.00}", "{counter: c, day: 2021-05-07, amount: 1.00}"),
			"pays | basic_insurance 5.00 | aid 30.00 | patient 25.00 | c 70.00+30.00=100.00"},
		{"own cycle", "{of: payer.aid, key: [person], window: {cycle: own}, dated_by: visit.date}", history("{counter: c, day: 2021-11-30, amount: 70.00}", "{counter: c, day: 2021-12-01, amount: 1.00}"),
			"pays | basic_insurance 5.00 | aid 30.00 | patient 25.00 | c 70.00+30.00=100.00"},
		{"lifetime", "{of: payer.aid, key: [person], window: lifetime, dated_by: visit.date}", history("{counter: c, day: 1990-01-01, amount: 70.00}"), "pays | basic_insurance 5.00 | aid 30.00 | patient 25.00 | c 70.00+30.00=100.00"},
		{"visit", "{of: payer.aid, key: [person], window: visit, dated_by: visit.date}", history("{counter: c, day: 2021-05-06, amount: 70.00}"), "pays | basic_insurance 5.00 | aid 45.00 | patient 10.00 | c 0.00+45.00=45.00"},
		{"key", "{of: payer.aid, key: [person, visit.kind], window: lifetime, dated_by: visit.date}", history("{counter: c, key: [inpatient], day: 2021-05-01, amount: 70.00}", "{counter: c, key: [outpatient], day: 2021-05-01, amount: 60.00}", "{counter: c, day: 2021-05-01, amount: 1.00}"),
			"pays | basic_insurance 5.00 | aid 40.00 | patient 15.00 | c 60.00+40.00=100.00"},
		{"key unknown", "{of: payer.aid, key: [person, visit.disease], window: lifetime, dated_by: visit.date}", "", "documents-needed | basic_insurance 5.00 | aid ? | patient ? | missing visit.disease"},
		{"day unknown", "{of: payer.aid, key: [person], window: lifetime, dated_by: approval.day}", "", "documents-needed | basic_insurance 5.00 | aid ? | patient ? | missing approval.day"},
		{"cost", "{of: cost, key: [person], window: lifetime, dated_by: visit.date}", "", "pays | basic_insurance 5.00 | aid 45.00 | patient 10.00 | c 0.00+60.00=60.00"},
		{"patient", "{of: patient, key: [person], window: lifetime, dated_by: visit.date}", "", "pays | basic_insurance 5.00 | aid 45.00 | patient 10.00 | c 0.00+10.00=10.00"},
		{"base", "{of: base.aid, key: [person], window: lifetime, dated_by: visit.date}", "", "pays | basic_insurance 5.00 | aid 45.00 | patient 10.00 | c 0.00+45.00=45.00"},
		{"sum", "{of: remaining.out_of_scope + paid.total, key: [person], window: lifetime, dated_by: visit.date}", "", "pays | basic_insurance 5.00 | aid 45.00 | patient 10.00 | c 0.00+60.00=60.00"},
		{"amount", "{of: amount, key: [person], window: lifetime, dated_by: visit.date}", "", "pays | basic_insurance 5.00 | aid 45.00 | patient 10.00 | c 0.00+45.00=45.00"},
		{"sum unknown", "{of: 'person.insured ? yuan(1) : yuan(2)', key: [person], window: lifetime, dated_by: visit.date}", "", "documents-needed | basic_insurance 5.00 | aid 45.00 | patient 10.00 | missing person.insured"},
		{"not moved, still read", "{of: payer.aid, key: [person], window: lifetime, dated_by: visit.date, when: person.insured}", "person: {insured: false}\n" + history("{counter: c, day: 2021-05-01, amount: 70.00}"), "pays | basic_insurance 5.00 | aid 30.00 | patient 25.00"},
		{"not known whether it is moved", "{of: payer.aid, key: [person], window: lifetime, dated_by: visit.date, when: person.insured}", history("{counter: c, day: 2021-05-01, amount: 70.00}"), "documents-needed | basic_insurance 5.00 | aid 30.00 | patient 25.00 | missing person.insured"},
		{"second variant", "[{of: cost, key: [person], window: lifetime, dated_by: visit.date, when: person.insured}, {of: payer.aid, key: [person], window: quarter, dated_by: visit.date}]", "person: {insured: false}\n" + history("{counter: c, day: 2021-03-31, amount: 70.00}"), "pays | basic_insurance 5.00 | aid 45.00 | patient 10.00 | c 0.00+45.00=45.00"},
		{"no variant", "[{of: cost, key: [person], window: lifetime, dated_by: visit.date, when: person.insured}, {of: cost, key: [person], window: lifetime, dated_by: visit.date, when: person.insured}]", "person: {insured: false}\n", "pays | basic_insurance 5.00 | aid 45.00 | patient 10.00"},
		{"unknown variant", "[{of: cost, key: [person], window: lifetime, dated_by: visit.date, when: person.insured}, {of: cost, key: [person], window: lifetime, dated_by: visit.date}]", "", "documents-needed | basic_insurance 5.00 | aid ? | patient ? | missing person.insured"},
		{"cap unknown", "{of: payer.aid, key: [person], window: lifetime, dated_by: visit.date, cap: limit.fund}", "", "documents-needed | basic_insurance 5.00 | aid 45.00 | patient 10.00 | missing limit.fund"},
		{"over the cap before, nothing added", "{of: payer.basic_insurance, key: [person], window: lifetime, dated_by: visit.date, cap: yuan(10)}", strings.Replace(bill, "5.00}", "0.00}", 1) + history("{counter: c, day: 2021-05-01, amount: 70.00}"), "pays | basic_insurance 0.00 | aid 30.00 | patient 30.00 | c 70.00+0.00=70.00"},
	} {
		own := bill
		if strings.Contains(test.more, "bill:") {
			own = ""
		}
		r, err := try(t, pack(t, limits, aid(test.counter)), visit+test.more+own, "")
		if err != nil {
			t.Errorf("%s: %s", test.name, faultOf(err))
			continue
		}
		if got := told(r); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestCountsInGates(t *testing.T) {
	p := pack(t, block("x", `
when: [{资格: counter.times < 2}]
payers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: remaining.in_scope}}]
accumulate:
  times: {of: count, key: [person], window: quarter, dated_by: visit.date, cap: '2'}
`))
	const bill = "bill: {amount: 1.00, in_scope: 1.00}\n"
	for history, want := range map[string]string{
		"": "pays | aid 1.00 | patient 0.00 | times 0+1=1",
		"history: {counters: [{counter: times, day: 2021-04-01}]}\n":           "pays | aid 1.00 | patient 0.00 | times 1+1=2",
		"history: {counters: [{counter: times, day: 2021-04-01, count: 2}]}\n": "not-payable | aid 0.00 | patient 1.00 | unmet 资格",
	} {
		if got := told(mustSettle(t, p, visit+history+bill)); got != want {
			t.Errorf("%s\n got %s\nwant %s", history, got, want)
		}
	}
}

func TestCounterThatFailsOnlyWhereRead(t *testing.T) {
	table := "```yaml table diseases\nlabel: {zh: 病种, en: Diseases}\nkeys: {code: text}\nvalues: {name: text}\nrows: [[A, 甲病]]\nstatus: complete\n```\n"
	rule := func(amount string) string {
		return block("x", "payers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: \""+amount+"\"}}]\naccumulate:\n  c: {of: cost, key: [person, diseases.name(visit.disease)], window: lifetime, dated_by: visit.date, when: person.insured}\n")
	}
	const bill = "visit: {kind: outpatient, date: 2021-05-06, disease: B}\nperson: {insured: false}\nbill: {amount: 1.00, in_scope: 1.00}\n"
	if got := told(mustSettle(t, pack(t, table, rule("remaining.in_scope")), bill)); got != "pays | aid 1.00 | patient 0.00" {
		t.Error(got)
	}
	if _, err := try(t, pack(t, table, rule("cap(remaining.in_scope, counter.c)")), bill, ""); !strings.HasPrefix(faultOf(err), "rule.table-miss") {
		t.Error(faultOf(err))
	}
	if _, err := try(t, pack(t, table, rule("yuan(0)")), strings.Replace(bill, "false", "true", 1), ""); !strings.HasPrefix(faultOf(err), "rule.table-miss") {
		t.Error("a counter that is moved must have its key:", faultOf(err))
	}
}

func TestCountersThatOverflow(t *testing.T) {
	const most = "92233720368547758.07"
	rules := func(more string) string {
		return block("x", "payers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: remaining.in_scope}}]\naccumulate:\n  c: {of: cost, key: [person], window: lifetime, dated_by: visit.date"+more+"}\n")
	}
	history := func(amounts ...string) string {
		entries := ""
		for _, amount := range amounts {
			entries += "{counter: c, day: 2021-05-01, amount: " + amount + "}, "
		}
		return visit + "person: {insured: false}\nhistory: {counters: [" + entries + "]}\nbill: {amount: 1.00, in_scope: 1.00}\n"
	}
	for _, test := range []struct{ name, rules, bill, code string }{
		{"before", rules(""), history(most, most), "money.overflow"},
		{"with this bill", rules(""), history(most), "money.overflow"},
		{"not moved and not read", rules(", when: person.insured"), history(most, most), ""},
	} {
		if _, err := try(t, pack(t, test.rules), test.bill, ""); !strings.HasPrefix(faultOf(err), test.code) || (err == nil) != (test.code == "") {
			t.Errorf("%s: %s", test.name, faultOf(err))
		}
	}
}

func TestCountsOfNoVariant(t *testing.T) {
	p := pack(t, block("x", `
payers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: "counter.c == 0 ? yuan(1) : yuan(0)"}}]
accumulate:
  c:
    - {of: count, key: [person], window: lifetime, dated_by: visit.date, when: person.insured}
    - {of: count, key: [person], window: quarter, dated_by: visit.date, when: person.insured}
`))
	if got := told(mustSettle(t, p, visit+"person: {insured: false}\nbill: {amount: 1.00, in_scope: 1.00}\n")); got != "pays | aid 1.00 | patient 0.00" {
		t.Error(got)
	}
}
