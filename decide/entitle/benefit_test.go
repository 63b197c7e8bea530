package entitle_test

import (
	"slices"
	"strings"
	"testing"

	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/rule"
	"doudi/kernel/fault"
)

// grant pays 100 a month to those who are poor and at most level 2.
const grant = "benefit grant\n" + ben + `about: person.local
when:
  - 条件一: person.poor
  - 条件二: person.level <= 2
amount: yuan(100)
every: month
`

// with is a block with more keys.
func with(block string, lines ...string) string { return block + strings.Join(lines, "\n") + "\n" }

const met = "person: {local: true, poor: true, level: 2}\n"

func TestVerdict(t *testing.T) {
	tests := []struct {
		name, block, who, on string
		verdict              explain.Verdict
		due                  string
		missing, unmet       []string
	}{
		{"all met", grant, met, "2021-11-08", explain.Pays, "100.00", nil, nil},
		{"not about this person", grant, "person: {local: false, poor: true, level: 2}", "2021-11-08", explain.NotConcerned, "0.00", nil, nil},
		{"one not met", grant, "person: {local: true, poor: true, level: 3}", "2021-11-08", explain.NotPayable, "0.00", nil, []string{"条件二"}},
		{"none met", grant, "person: {local: true, poor: false, level: 3}", "2021-11-08", explain.NotPayable, "0.00", nil, []string{"条件一", "条件二"}},
		{"one unknown", grant, "person: {local: true, level: 2}", "2021-11-08", explain.DocumentsNeeded, "0.00", []string{"person.poor"}, nil},
		{"all unknown, told at once", grant, "{}", "2021-11-08", explain.DocumentsNeeded, "0.00", []string{"person.level", "person.local", "person.poor"}, nil},
		{"not met wins over unknown", grant, "person: {local: true, level: 3}", "2021-11-08", explain.NotPayable, "0.00", nil, []string{"条件二"}},
		{"not met wins over an unknown about", grant, "person: {poor: true, level: 3}", "2021-11-08", explain.NotPayable, "0.00", nil, []string{"条件二"}},
		{"about alone unknown", grant, "person: {poor: true, level: 2}", "2021-11-08", explain.DocumentsNeeded, "0.00", []string{"person.local"}, nil},
		{"not about wins over everything", grant, "person: {local: false}", "2021-11-08", explain.NotConcerned, "0.00", nil, nil},

		{"nothing asked", "benefit grant\n" + ben + "amount: yuan(7)\nevery: year\n", "{}", "2021-11-08", explain.Pays, "7.00", nil, nil},
		{"amount unknown", strings.Replace(grant, "yuan(100)", "person.income", 1), met, "2021-11-08", explain.DocumentsNeeded, "0.00", []string{"person.income"}, nil},
		{"condition and amount unknown, told at once", strings.Replace(grant, "yuan(100)", "person.income", 1), "person: {local: true, level: 2}", "2021-11-08",
			explain.DocumentsNeeded, "0.00", []string{"person.income", "person.poor"}, nil},
		{"in kind", strings.Replace(grant, "amount: yuan(100)", "kind: in-kind", 1), met, "2021-11-08", explain.Covered, "0.00", nil, nil},
		{"in kind with a value", with(grant, "kind: in-kind"), met, "2021-11-08", explain.Covered, "100.00", nil, nil},
		{"in kind with an unknown value", with(strings.Replace(grant, "yuan(100)", "person.income", 1), "kind: in-kind"), met, "2021-11-08", explain.Covered, "0.00", nil, nil},
		{"waiver with money", with(grant, "kind: waiver"), met, "2021-11-08", explain.Pays, "100.00", nil, nil},
		{"waiver without money", strings.Replace(grant, "amount: yuan(100)", "kind: waiver", 1), met, "2021-11-08", explain.Covered, "0.00", nil, nil},
		{"loan", with(grant, "kind: loan"), met, "2021-11-08", explain.Pays, "100.00", nil, nil},

		{"member", with(grant, "unit: member"), met + "household: {size: 3}", "2021-11-08", explain.Pays, "300.00", nil, nil},
		{"member, household unknown", with(grant, "unit: member"), met, "2021-11-08", explain.DocumentsNeeded, "0.00", []string{"household.size"}, nil},
		{"household", with(grant, "unit: household"), met + "household: {size: 3}", "2021-11-08", explain.Pays, "100.00", nil, nil},

		{"before the first month", with(grant, "starts: approval.day"), met + "approval: {day: 2021-12-01}", "2021-11-30", explain.NotPayable, "0.00", nil, nil},
		{"in the first month, before its day", with(grant, "starts: approval.day"), met + "approval: {day: 2021-11-30}", "2021-11-01", explain.Pays, "100.00", nil, nil},
		{"first month not fixed", with(grant, "starts: approval.day"), met, "2021-11-30", explain.Pays, "100.00", nil, nil},
		{"in the last month, after its day", with(grant, "ends: person.death"), "person: {local: true, poor: true, level: 2, death: 2021-11-01}", "2021-11-30", explain.Pays, "100.00", nil, nil},
		{"after the last month", with(grant, "ends: person.death"), "person: {local: true, poor: true, level: 2, death: 2021-10-31}", "2021-11-01", explain.NotPayable, "0.00", nil, nil},
		{"a month that counts", with(grant, "months: '[1, 11]'"), met, "2021-11-08", explain.Pays, "100.00", nil, nil},
		{"a month that does not count", with(grant, "months: '[1, 11]'"), met, "2021-10-08", explain.Pays, "0.00", nil, nil},

		{"status on the month's first day", with(grant, "status_on: month-start"), "person: {local: true, poor: [{value: false, to: 2021-10-31}, {value: true, from: 2021-11-01}], level: 2}", "2021-11-30", explain.Pays, "100.00", nil, nil},
		{"status a day too late for it", with(grant, "status_on: month-start"), "person: {local: true, poor: [{value: false, to: 2021-11-01}, {value: true, from: 2021-11-02}], level: 2}", "2021-11-30", explain.NotPayable, "0.00", nil, []string{"条件一"}},
		{"status on the month's last day", with(grant, "status_on: month-end"), "person: {local: true, poor: [{value: false, to: 2021-11-29}, {value: true, from: 2021-11-30}], level: 2}", "2021-11-01", explain.Pays, "100.00", nil, nil},
		{"status on the visit's day", with(grant, "status_on: visit.date"), "{person: {local: true, poor: [{value: true, to: 2021-06-30}, {value: false, from: 2021-07-01}], level: 2}, visit: {date: 2021-06-30}}", "2021-11-01", explain.Pays, "100.00", nil, nil},
		{"status day unknown", with(grant, "status_on: visit.date"), met, "2021-11-01", explain.DocumentsNeeded, "0.00", []string{"visit.date"}, nil},
		{"status day unknown, other facts then", with(grant, "status_on: visit.date"), "person: {local: true, poor: false, level: 2}", "2021-11-01", explain.DocumentsNeeded, "0.00", []string{"visit.date"}, []string{"条件一"}},

		{"once in a lifetime, first", with(grant, "once_per: lifetime"), met, "2021-11-08", explain.Pays, "100.00", nil, nil},
		{"once in a lifetime, second", with(grant, "once_per: lifetime"), met + "history: {determinations: [{scheme: grant, from: 2011-01, to: 2011-01}]}", "2021-11-08", explain.NotPayable, "0.00", nil, nil},
		{"once a year, last year", with(grant, "once_per: year"), met + "history: {determinations: [{scheme: grant, from: 2020-12, to: 2020-12}]}", "2021-01-01", explain.Pays, "100.00", nil, nil},
		{"once a year, this year", with(grant, "once_per: year"), met + "history: {determinations: [{scheme: grant, from: 2021-01, to: 2021-01}]}", "2021-12-31", explain.NotPayable, "0.00", nil, nil},
		{"once a school year, the one before", with(grant, "once_per: school-year"), met + "history: {determinations: [{scheme: grant, from: 2021-08, to: 2021-08}]}", "2021-09-01", explain.Pays, "100.00", nil, nil},
		{"once, another scheme", with(grant, "once_per: lifetime"), met + "history: {determinations: [{scheme: other, from: 2021-01, to: 2021-01}]}", "2021-12-31", explain.Pays, "100.00", nil, nil},

		{"review not yet due", with(grant, "review: every 1 year"), met + "history: {determinations: [{scheme: grant, from: 2021-01, reviewed: 2020-11-08}]}", "2021-11-08", explain.Pays, "100.00", nil, nil},
		{"review a day late", with(grant, "review: every 1 year"), met + "history: {determinations: [{scheme: grant, from: 2021-01, reviewed: 2020-11-07}]}", "2021-11-08", explain.ReviewDue, "100.00", nil, nil},
		{"reviewed again since", with(grant, "review: every 6 months"), met + "history: {determinations: [{scheme: grant, from: 2021-01, to: 2021-05, reviewed: 2020-01-01}, {scheme: grant, from: 2021-06, reviewed: 2021-06-01}]}", "2021-11-08", explain.Pays, "100.00", nil, nil},
		{"never reviewed", with(grant, "review: every 1 year"), met + "history: {determinations: [{scheme: grant, from: 2021-01}]}", "2021-11-08", explain.Pays, "100.00", nil, nil},
		{"review of one who no longer qualifies", with(grant, "review: every 1 year"), "{person: {local: true, poor: false, level: 2}, history: {determinations: [{scheme: grant, from: 2021-01, reviewed: 2019-11-07}]}}", "2021-11-08", explain.NotPayable, "0.00", nil, []string{"条件一"}},

		{"another scheme serves", with(grant, "instead: {when: person.insured, scheme: grant, reason: {zh: 另有, en: other}}"), "person: {local: true, poor: true, level: 2, insured: true}", "2021-11-08", explain.NotPayable, "0.00", nil, nil},
		{"another scheme does not serve", with(grant, "instead: {when: person.insured, scheme: grant, reason: {zh: 另有, en: other}}"), "person: {local: true, poor: true, level: 2, insured: false}", "2021-11-08", explain.Pays, "100.00", nil, nil},
		{"whether another scheme serves is unknown", with(grant, "instead: {when: person.insured, scheme: grant, reason: {zh: 另有, en: other}}"), met, "2021-11-08", explain.DocumentsNeeded, "0.00", []string{"person.insured"}, nil},

		{"a quota needs its roster", with(grant, "quota: {share: pct(20), of: {zh: 在校生, en: pupils}, rounding: down, rank: person.rank}"), met, "2021-11-08", explain.DocumentsNeeded, "0.00", []string{"roster"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			basis := small(t, tt.block)
			out := one(t, basis, who(t, basis, tt.who), "grant", tt.on)
			if out.Verdict != tt.verdict || out.Due() != yuan(t, tt.due) {
				t.Errorf("%s %s, want %s %s", out.Verdict, out.Due(), tt.verdict, tt.due)
			}
			got := slices.Sorted(slices.Values(out.Missing))
			if !slices.Equal(got, tt.missing) {
				t.Errorf("missing %v, want %v", got, tt.missing)
			}
			var unmet []string
			for _, label := range out.Unmet {
				unmet = append(unmet, label.ZH)
			}
			if !slices.Equal(unmet, tt.unmet) {
				t.Errorf("unmet %v, want %v", unmet, tt.unmet)
			}
		})
	}
}

func TestDiscretion(t *testing.T) {
	block := "benefit grant\n" + ben + "when:\n  - 条件一: person.poor\nevery: year\ndiscretion: {office: county, ask: {zh: 核定, en: decide}, bound: person.income}\n"
	tests := []struct {
		name, who string
		verdict   explain.Verdict
		due       string
		missing   []string
		code      string
	}{
		{"nobody decided", "person: {poor: true, income: 500.00}", explain.DocumentsNeeded, "0.00", []string{"decisions.grant"}, ""},
		{"nobody decided, bound unknown", "person: {poor: true}", explain.DocumentsNeeded, "0.00", []string{"person.income", "decisions.grant"}, ""},
		{"at the bound", "{person: {poor: true, income: 500.00}, decisions: {grant: {amount: 500.00, reason: 重}}}", explain.Pays, "500.00", nil, ""},
		{"bound unknown", "{person: {poor: true}, decisions: {grant: {amount: 500.00, reason: 重}}}", explain.DocumentsNeeded, "0.00", []string{"person.income"}, ""},
		{"a fen above", "{person: {poor: true, income: 500.00}, decisions: {grant: {amount: 500.01, reason: 重}}}", "", "", nil, "entitle.decision-over-bound"},
		{"not entitled at all", "{person: {poor: false, income: 500.00}, decisions: {grant: {amount: 500.01, reason: 重}}}", explain.NotPayable, "0.00", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			basis := small(t, block)
			s := who(t, basis, tt.who)
			if tt.code != "" {
				refused(t, tt.code, "500.01", func() error {
					_, err := entitle.One(basis, s, benefit(t, basis, "grant"), day(t, "2021-11-08"))
					return err
				})
				return
			}
			out := one(t, basis, s, "grant", "2021-11-08")
			if out.Verdict != tt.verdict || out.Due() != yuan(t, tt.due) || !slices.Equal(out.Missing, tt.missing) {
				t.Errorf("%s %s %v, want %s %s %v", out.Verdict, out.Due(), out.Missing, tt.verdict, tt.due, tt.missing)
			}
			if out.Verdict == explain.Pays && (out.Decided == nil || out.Decided.Reason != "重" || *out.Bound != yuan(t, "500.00")) {
				t.Errorf("decided %+v within %v", out.Decided, out.Bound)
			}
		})
	}
}

// refused wants an error with a code whose message holds a figure, in both languages, with rule and place.
func refused(t *testing.T, code, figure string, do func() error) {
	t.Helper()
	err := do()
	e, ok := err.(*fault.Error)
	if !ok || e.Code != code {
		t.Fatalf("error %v, want %s", err, code)
	}
	for _, lang := range []string{"zh", "en"} {
		if !strings.Contains(e.Message.In(lang), figure) || !strings.Contains(e.Message.In(lang), "grant") {
			t.Errorf("message %q names no rule or no figure %s", e.Message.In(lang), figure)
		}
	}
	if e.At == nil || e.At.File != "small/policy.md" || e.Hint.EN == "" {
		t.Errorf("at %v, hint %v", e.At, e.Hint)
	}
}

func TestGradualExit(t *testing.T) {
	block := func(schedule string) string {
		return "benefit grant\n" + ben + "when:\n  - 条件一: person.income < yuan(400)\namount: yuan(100) - person.income\nevery: month\nrounding: half-up fen\n" +
			"exit: {when: person.income >= yuan(400), schedule: " + schedule + ", of: last}\n"
	}
	rates := "parameters gradual\nschedule: {label: {zh: 渐退, en: exit}, unit: rates, values: {2021-01-01: [100%, 100%, 50%]}}\nopen: {label: {zh: 渐退, en: exit}, unit: rates, unset: {zh: 未给, en: not given}}\n"
	history := "history: {determinations: [{scheme: grant, from: 2021-01, to: 2021-06, amount: 80.33}]}\n"
	tests := []struct {
		name, schedule, who, on string
		verdict                 explain.Verdict
		due                     string
		step                    int
	}{
		{"first month after", "gradual.schedule", "person: {income: 400.00}\n" + history, "2021-07-01", explain.Pays, "80.33", 1},
		{"third month, rounded up", "gradual.schedule", "person: {income: 400.00}\n" + history, "2021-09-30", explain.Pays, "40.17", 3},
		{"fourth month", "gradual.schedule", "person: {income: 400.00}\n" + history, "2021-10-01", explain.NotPayable, "0.00", 4},
		{"last paid month itself", "gradual.schedule", "person: {income: 400.00}\n" + history, "2021-06-30", explain.NotPayable, "0.00", 0},
		{"never paid", "gradual.schedule", "person: {income: 400.00}\n", "2021-07-01", explain.NotPayable, "0.00", 0},
		{"paid for another scheme", "gradual.schedule", "person: {income: 400.00}\nhistory: {determinations: [{scheme: other, from: 2021-01, to: 2021-06, amount: 80.00}]}", "2021-07-01", explain.NotPayable, "0.00", 0},
		{"the latest of several", "gradual.schedule", "person: {income: 400.00}\nhistory: {determinations: [{scheme: grant, from: 2021-04, to: 2021-06, amount: 50.00}, {scheme: grant, from: 2021-01, to: 2021-03, amount: 80.00}]}", "2021-07-01", explain.Pays, "50.00", 1},
		{"still entitled", "gradual.schedule", "person: {income: 40.00}\n" + history, "2021-07-01", explain.Pays, "60.00", 0},
		{"schedule not set", "gradual.open", "person: {income: 400.00}\n" + history, "2021-07-01", explain.DocumentsNeeded, "0.00", 1},
		{"income unknown", "gradual.schedule", history, "2021-07-01", explain.DocumentsNeeded, "0.00", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			basis := small(t, rates, block(tt.schedule))
			out := one(t, basis, who(t, basis, tt.who), "grant", tt.on)
			if out.Verdict != tt.verdict || out.Due() != yuan(t, tt.due) {
				t.Errorf("%s %s, want %s %s", out.Verdict, out.Due(), tt.verdict, tt.due)
			}
			step := 0
			if out.Exit != nil {
				step = out.Exit.Step
			}
			if step != tt.step {
				t.Errorf("step %d, want %d", step, tt.step)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	basis := small(t, strings.Replace(grant, "yuan(100)", "yuan(100) + person.income", 1))
	out := one(t, basis, who(t, basis, "person: {local: true, poor: false, level: 2, income: 20.00}"), "grant", "2021-11-08")
	if n := out.Nearest; n == nil || len(n.Unmet) != 1 || n.Unmet[0].ZH != "条件一" || !n.Known || n.Amount != yuan(t, "120.00") {
		t.Errorf("nearest %+v", out.Nearest)
	}
	out = one(t, basis, who(t, basis, "person: {local: true, poor: false, level: 3}"), "grant", "2021-11-08")
	if n := out.Nearest; n == nil || len(n.Unmet) != 2 || n.Known {
		t.Errorf("nearest with an unknown amount %+v", out.Nearest)
	}
	out = one(t, basis, who(t, basis, "person: {local: true, level: 2, income: 20.00}"), "grant", "2021-11-08")
	if n := out.Nearest; out.Verdict != explain.DocumentsNeeded || n == nil || len(n.Unmet) != 0 || n.Amount != yuan(t, "120.00") {
		t.Errorf("%s, nearest when only facts are missing %+v", out.Verdict, n)
	}
}

func TestExplanation(t *testing.T) {
	blocks := []string{question("who", "poor", "all"), question("rate", "low", "high"),
		"benefit grant\n" + ben + "about: known(person.level)\nwhen:\n  - 条件一: \"question.who == 'all' || person.poor\"\namount: \"share(person.income, question.rate == 'low' ? pct(50) : pct(80))\"\nevery: month\nstarts: approval.day\nrounding: down yuan\n"}
	basis := small(t, blocks...)
	out := one(t, basis, who(t, basis, "{person: {poor: {value: true, source: 村委会}, level: 1, income: 101.50}, approval: {day: 2021-10-20}}"), "grant", "2021-11-08")
	if out.Due() != yuan(t, "50.00") || out.Amount.Rounding == nil || out.Amount.Rounding.String() != "down yuan" {
		t.Errorf("due %s rounded %v", out.Due(), out.Amount.Rounding)
	}
	if got := out.Amount.Figure.Formula("zh"); got != "101.50 × 50%" {
		t.Errorf("formula %q", got)
	}
	if !slices.Equal(out.Questions, []string{"who", "rate"}) {
		t.Errorf("questions %v", out.Questions)
	}
	if out.About == nil || out.About.Truth != rule.Met || len(out.Reasons) != 1 || out.Reasons[0].Uses[1].Source() != "村委会" {
		t.Errorf("about %+v, reasons %+v", out.About, out.Reasons)
	}
	if out.Starts == nil || out.Starts.String() != "2021-10-20" || out.Period.String() != "2021-11-01..2021-11-30" {
		t.Errorf("starts %v, period %s", out.Starts, out.Period)
	}
	other := adopted(t, map[string]ref.Val{"rate": rule.Text("high")}, blocks...)
	if due := one(t, other, who(t, other, "person: {poor: true, level: 1, income: 101.50}"), "grant", "2021-11-08").Due(); due != yuan(t, "81.00") {
		t.Errorf("under the other reading %s", due)
	}
}

func TestErrors(t *testing.T) {
	t.Run("negative amount", func(t *testing.T) {
		basis := small(t, strings.Replace(grant, "yuan(100)", "yuan(100) - person.income", 1))
		s := who(t, basis, "person: {local: true, poor: true, level: 2, income: 100.01}")
		refused(t, "entitle.negative-amount", "-0.01", func() error {
			_, err := entitle.One(basis, s, benefit(t, basis, "grant"), day(t, "2021-11-08"))
			return err
		})
	})
	t.Run("out of force", func(t *testing.T) {
		basis := small(t, grant)
		s := who(t, basis, met)
		for _, on := range []string{"2020-12-31", "2023-01-01"} {
			_, one := entitle.One(basis, s, benefit(t, basis, "grant"), day(t, on))
			_, _, quick := entitle.Quick(basis, s, benefit(t, basis, "grant"), day(t, on))
			_, all := entitle.Decide(basis, s, day(t, on))
			for _, err := range []error{one, quick, all} {
				if fault.CodeOf(err) != "pack.out-of-force" {
					t.Errorf("on %s: %v", on, err)
				}
			}
		}
	})
	t.Run("a line that cannot be computed", func(t *testing.T) {
		block := "benefit grant\n" + ben + "when:\n  - 条件一: age(person.death, on) > 1\n  - 条件二: person.poor\namount: yuan(1)\nevery: month\n"
		basis := small(t, block)
		x := benefit(t, basis, "grant")
		_, err := entitle.One(basis, who(t, basis, "person: {death: 2022-01-01, poor: true}"), x, day(t, "2021-11-08"))
		if fault.CodeOf(err) != "period.before-birth" {
			t.Errorf("error %v", err)
		}
		out := one(t, basis, who(t, basis, "person: {death: 2022-01-01, poor: false}"), "grant", "2021-11-08")
		if out.Verdict != explain.NotPayable { // another line decides, as && does
			t.Errorf("%s", out.Verdict)
		}
	})
	t.Run("undated parameter", func(t *testing.T) {
		basis := small(t, "parameters p\nx: {label: {zh: 值, en: x}, unit: yuan, values: {2022-01-01: 5.00}}\n", strings.Replace(grant, "yuan(100)", "p.x", 1))
		_, err := entitle.One(basis, who(t, basis, met), benefit(t, basis, "grant"), day(t, "2021-12-31"))
		_, _, quick := entitle.Quick(basis, who(t, basis, met), benefit(t, basis, "grant"), day(t, "2021-12-31"))
		if fault.CodeOf(err) != "pack.parameter-undated" || fault.CodeOf(quick) != "pack.parameter-undated" {
			t.Errorf("errors %v, %v", err, quick)
		}
	})
}

func TestNamesOfTheEngine(t *testing.T) {
	tests := []struct{ name, amount, who, due string }{
		{"events of the month", "total('dispensing')", "events: {dispensing: [{day: 2021-11-01, amount: 1.00}, {day: 2021-11-30, amount: 2.00}, {day: 2021-10-31, amount: 4.00}, {day: 2021-12-01, amount: 8.00}]}", "3.00"},
		{"number of events", "yuan(1) * number('dispensing')", "events: {dispensing: [{day: 2021-11-01, amount: 1.00}, {day: 2021-12-30}]}", "1.00"},
		{"no such event", "total('dispensing') + yuan(1) * number('dispensing')", "{}", "0.00"},
		{"determined", "determined('grant') ? yuan(1) : yuan(2)", "history: {determinations: [{scheme: grant, from: 2021-11, to: 2021-11}]}", "1.00"},
		{"determined under the pack's name", "determined('grant') ? yuan(1) : yuan(2)", "history: {determinations: [{scheme: small/grant, from: 2021-11, to: 2021-11}]}", "1.00"},
		{"not yet determined", "determined('grant') ? yuan(1) : yuan(2)", "history: {determinations: [{scheme: grant, from: 2021-12}]}", "2.00"},
		{"no longer determined", "determined('grant') ? yuan(1) : yuan(2)", "history: {determinations: [{scheme: grant, from: 2021-10, to: 2021-10}]}", "2.00"},
		{"counter", "counter.used", "history: {counters: [{counter: used, day: 2021-01-01, amount: 5.00}, {counter: used, day: 2020-12-31, amount: 7.00}, {counter: other, day: 2021-01-01, amount: 9.00}]}", "5.00"},
		{"unused counter", "counter.used", "{}", "0.00"},
		{"on", "yuan(1) * month_of(on)", "{}", "11.00"},
		{"period", "yuan(1) * days_between(period.from, period.to)", "{}", "29.00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			basis := small(t, "benefit grant\n"+ben+"amount: \""+tt.amount+"\"\nevery: month\naccumulate: {used: {of: amount, key: [person], window: calendar-year, dated_by: on, counts: paid}}\n")
			if due := one(t, basis, who(t, basis, tt.who), "grant", "2021-11-08").Due(); due != yuan(t, tt.due) {
				t.Errorf("due %s, want %s", due, tt.due)
			}
		})
	}
}

// A benefit may read what a settlement counts: of the variant that applies, under its key, in the window of the asked day.
func TestSettlementsCounter(t *testing.T) {
	basis := small(t, "benefit grant\n"+ben+"about: counter.own > yuan(0)\namount: counter.own\nevery: year\n",
		"settlement stay\n"+b+"for: visit.inpatient\nover: visit\ndecided_on: visit.date\npayers:\n  - basic_insurance: given\npatient: remaining\n"+
			"accumulate:\n  own:\n    - {of: patient, key: [person.stage], window: calendar-year, dated_by: visit.date, counts: paid, when: person.local}\n    - {of: patient, key: [person], window: lifetime, dated_by: visit.date, counts: paid}\n")
	entries := "history: {counters: [{counter: own, day: 2021-02-01, amount: 3.00, key: [a]}, {counter: own, day: 2020-02-01, amount: 5.00, key: [a]}, {counter: own, day: 2020-02-01, amount: 7.00}]}\n"
	tests := []struct {
		who     string
		verdict explain.Verdict
		due     string
		missing []string
	}{
		{"person: {local: true, stage: a}\n" + entries, explain.Pays, "3.00", nil},
		{"person: {local: true, stage: b}\n" + entries, explain.NotConcerned, "0.00", nil},
		{"person: {local: false}\n" + entries, explain.Pays, "7.00", nil},
		{"person: {stage: a}\n" + entries, explain.DocumentsNeeded, "0.00", []string{"person.local"}},
	}
	for _, tt := range tests {
		out := one(t, basis, who(t, basis, tt.who), "grant", "2021-11-08")
		if out.Verdict != tt.verdict || out.Due() != yuan(t, tt.due) || !slices.Equal(out.Missing, tt.missing) {
			t.Errorf("%s: %s %s %v, want %s %s %v", tt.who, out.Verdict, out.Due(), out.Missing, tt.verdict, tt.due, tt.missing)
		}
	}
}

func TestCountersMove(t *testing.T) {
	block := "benefit grant\n" + ben + "amount: person.income\nevery: month\naccumulate:\n  used: {of: amount, key: [person], window: calendar-year, dated_by: on, counts: paid, cap: yuan(100)}\n" +
		"  times: {of: count, key: [person], window: lifetime, dated_by: approval.day, counts: approved}\n  twice: {of: \"person.income + person.income\", key: [person], window: month, dated_by: on, counts: paid}\n"
	basis := small(t, block)
	history := "history: {counters: [{counter: used, day: 2021-03-01, amount: 40.00}, {counter: times, day: 2019-03-01}]}\n"
	out := one(t, basis, who(t, basis, "person: {income: 60.00}\napproval: {day: 2021-11-01}\n"+history), "grant", "2021-11-08")
	if len(out.Counters) != 3 {
		t.Fatalf("counters %+v", out.Counters)
	}
	used, times, twice := out.Counters[0], out.Counters[1], out.Counters[2]
	if used.Before != yuan(t, "40.00") || used.Delta != yuan(t, "60.00") || used.After != yuan(t, "100.00") {
		t.Errorf("used %+v", used)
	}
	if times.CountBefore != 1 || times.CountDelta != 1 || times.CountAfter != 2 || twice.Delta != yuan(t, "120.00") {
		t.Errorf("times %+v, twice %+v", times, twice)
	}
	out = one(t, basis, who(t, basis, "person: {income: 60.00}\n"), "grant", "2021-11-08")
	if len(out.Counters) != 2 {
		t.Errorf("a counter without its day moved: %+v", out.Counters)
	}
	s := who(t, basis, "person: {income: 60.01}\n"+history)
	refused(t, "entitle.counter-over-cap", "100.01", func() error {
		_, err := entitle.One(basis, s, benefit(t, basis, "grant"), day(t, "2021-11-08"))
		return err
	})
	_, _, err := entitle.Quick(basis, s, benefit(t, basis, "grant"), day(t, "2021-11-08"))
	if fault.CodeOf(err) != "entitle.counter-over-cap" {
		t.Errorf("Quick: %v", err)
	}
}

func TestNotes(t *testing.T) {
	tests := []struct{ name, block, who, on, note string }{
		{"first month", with(grant, "starts: approval.day"), met + "approval: {day: 2021-12-05}", "2021-11-30", "自 2021-12 起计发"},
		{"last month", with(grant, "ends: approval.day"), met + "approval: {day: 2021-10-05}", "2021-11-30", "已于 2021-10 发放完毕"},
		{"idle", with(grant, "months: '[1]'"), met, "2021-11-30", "本月不计发"},
		{"once", with(grant, "once_per: lifetime"), met + "history: {determinations: [{scheme: grant, from: 2011-01, to: 2011-01}]}", "2021-11-08", "已于 2011-01 享受过，不能再次享受"},
		{"review", with(grant, "review: every 1 year"), met + "history: {determinations: [{scheme: grant, from: 2021-01, reviewed: 2020-11-07}]}", "2021-11-08", "上次复核 2020-11-07，应于 2021-11-07 前再复核"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			basis := small(t, tt.block)
			out := one(t, basis, who(t, basis, tt.who), "grant", tt.on)
			if out.Note.ZH != tt.note || out.Note.EN == "" {
				t.Errorf("note %q / %q, want %q", out.Note.ZH, out.Note.EN, tt.note)
			}
		})
	}
}
