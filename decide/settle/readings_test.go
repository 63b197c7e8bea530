package settle_test

import (
	"slices"
	"testing"
)

const order = "```yaml question order\nabout: [SM-1]\nwording: {zh: 次序, en: Order}\nreadings: {first: {zh: 先, en: First}, last: {zh: 后, en: Last}}\napplied: first\nwhy: {zh: 照写的次序, en: As written}\n```\n"

const otherQuestions = "```yaml question cent\nabout: [SM-1]\nwording: {zh: 进位, en: Rounding}\ntype: rounding\nreadings: {half-up fen: {zh: 先, en: First}, down fen: {zh: 后, en: Last}}\napplied: half-up fen\nwhy: {zh: 惯例, en: Custom}\n```\n\n" +
	"```yaml question unused\nabout: [SM-1]\nwording: {zh: 无关, en: Unused}\nreadings: {a: {zh: 一, en: One}, b: {zh: 二, en: Two}}\napplied: a\nwhy: {zh: 惯例, en: Custom}\n```\n"

const ordered = `
let:
  half: share(remaining.in_scope, pct(50))
  fails: per(calc.half, 0)
rounding: question.cent
payers:
  - cut: {name: {zh: 减免, en: Cut}, amount: calc.half, when: [{先: question.order == 'first'}, {本院: person.insured}]}
  - basic_insurance: given
  - cut_after: {name: {zh: 减免, en: Cut}, amount: calc.half, when: [{后: question.order == 'last'}, {本院: person.insured}]}
  - rest: {name: {zh: 余款, en: Rest}, amount: "calc.half + (paid.cut > yuan(1000000) ? calc.fails : yuan(0))", rounding: up jiao}
notch: {question: order, reading: last}
`

func TestReadings(t *testing.T) {
	p := pack(t, order, otherQuestions, block("x", ordered), block("y", "for: visit.kind == 'inpatient' && question.unused == 'b'\npayers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(0)}}]\n"))
	const bill = "person: {insured: true}\nbill: {amount: 10.01, in_scope: 10.01, paid: {basic_insurance: 4.00}}\n"
	for _, test := range []struct {
		name, bill, adopted, want string
		questions                 []string
		notch                     bool
	}{
		{"as applied", bill, "", "pays | cut 5.01 | basic_insurance 4.00 | rest 0.50 | patient 0.50", []string{"order", "cent"}, false},
		{"another order", bill, "readings: {order: last}", "pays | basic_insurance 4.00 | cut_after 3.01 | rest 1.50 | patient 1.50", []string{"order", "cent"}, true},
		{"another rounding", bill, "readings: {cent: down fen}", "pays | cut 5.00 | basic_insurance 4.00 | rest 0.60 | patient 0.41", []string{"order", "cent"}, false},
		{"a gate beside the question", "person: {insured: false}\n" + bill[len("person: {insured: true}\n"):], "", "pays | cut 0.00 | basic_insurance 4.00 | rest 3.10 | patient 2.91 | unmet 本院", []string{"order"}, false},
		{"a gate beside the question of one who is left out", bill[len("person: {insured: true}\n"):], "readings: {order: last}", "documents-needed | basic_insurance 4.00 | cut_after ? | rest ? | patient ? | missing person.insured", []string{"order"}, true},
	} {
		r, err := try(t, p, visit+test.bill, test.adopted)
		if err != nil {
			t.Errorf("%s: %s", test.name, faultOf(err))
			continue
		}
		if got := told(r); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.name, got, test.want)
		}
		asked := slices.Clone(r.Questions)
		slices.Sort(asked)
		slices.Sort(test.questions)
		if !slices.Equal(asked, test.questions) || r.Notch != test.notch {
			t.Errorf("%s: questions %v, notch %v", test.name, r.Questions, r.Notch)
		}
	}
}

func TestStepsAreShown(t *testing.T) {
	p := pack(t, order, otherQuestions, block("x", ordered), block("y", "for: visit.kind == 'inpatient' && question.unused == 'b'\npayers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: yuan(0)}}]\n"))
	r := mustSettle(t, p, visit+"person: {insured: true}\nbill: {amount: 10.01, in_scope: 10.01, paid: {basic_insurance: 4.00}}\n")
	steps := r.Payers[0].Steps
	if len(steps) != 1 || steps[0].Name != "calc.half" || steps[0].Figure.Formula("zh") != "10.01 × 50%" || steps[0].Rounding.String() != "half-up fen" {
		t.Errorf("%+v", steps)
	}
	if steps := r.Payers[2].Steps; len(steps) != 1 || steps[0].Figure.Formula("zh") != "1.00 × 50%" || steps[0].Rounding.String() != "up jiao" {
		t.Errorf("a step is computed anew for each payer: %+v", steps)
	}
}

func TestGroupLeftOut(t *testing.T) {
	p := pack(t, order, block("x", `
payers:
  - group: {id: g, name: {zh: 共担, en: Shared}, total: remaining.total, when: [{后: question.order == 'last'}], payers: [{a: {name: {zh: 甲, en: A}, amount: remaining.total}}]}
  - b: {name: {zh: 乙, en: B}, amount: "paid.a + paid.g + yuan(1)"}
accumulate:
  a: {of: payer.a, key: [person], window: lifetime, dated_by: visit.date}
`))
	if got := told(mustSettle(t, p, visit+"bill: {amount: 10.00, in_scope: 10.00}\n")); got != "pays | b 1.00 | patient 9.00 | a 0.00+0.00=0.00" {
		t.Error(got)
	}
}

func TestEarlierDeterminations(t *testing.T) {
	p := pack(t, "```yaml benefit other-help\nname: {zh: 另一项, en: Other}\npublic_name: {zh: 补助, en: Help}\nitems: [SM-1]\nfor: person\nwhen: [{资格: on_roster('poor')}]\namount: yuan(1)\nevery: month\npaid: month\nfund: aid\npayer: office\n```\n",
		block("x", "payers: [{aid: {name: {zh: 帮扶, en: Aid}, amount: \"determined('other-help') ? yuan(1) : yuan(2)\"}}]\n"))
	const bill = "bill: {amount: 10.00, in_scope: 10.00}\n"
	for history, want := range map[string]string{
		"": "pays | aid 2.00 | patient 8.00",
		"history: {determinations: [{scheme: other-help, from: 2021-05, to: 2021-06, amount: 1.00}]}\n": "pays | aid 1.00 | patient 9.00",
		"history: {determinations: [{scheme: other-help, from: 2021-06, to: 2021-06, amount: 1.00}]}\n": "pays | aid 2.00 | patient 8.00",
	} {
		if got := told(mustSettle(t, p, visit+history+bill)); got != want {
			t.Errorf("%s\n got %s\nwant %s", history, got, want)
		}
	}
}
