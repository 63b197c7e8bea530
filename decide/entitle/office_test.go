package entitle_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

// shown is a day, or a dash.
func shown(d *period.Day) string {
	if d == nil {
		return "–"
	}
	return d.String()
}

func TestServe(t *testing.T) {
	block := func(obligation string) string {
		return "service grant\n" + b + "for: person\nabout: person.local\nwhen:\n  - 条件一: person.poor\nobligations:\n  - {id: visit, label: {zh: 探视, en: visit}, who: town, " + obligation + "}\n"
	}
	done := func(days string) string {
		return "{person: {local: true, poor: true}, history: {events: {visit: [" + days + "]}}}"
	}
	tests := []struct {
		name, obligation, who, on string
		verdict                   explain.Verdict
		want                      string // done, due, last, met
	}{
		{"never done this month", "every: month", done(""), "2021-11-08", explain.Covered, "0 2021-11-30 – false"},
		{"done this month", "every: month", done("2021-11-01"), "2021-11-08", explain.Covered, "1 2021-12-31 2021-11-01 true"},
		{"done last month", "every: month", done("2021-10-31"), "2021-11-08", explain.Covered, "0 2021-11-30 2021-10-31 false"},
		{"once of twice", "every: month, count: 2", done("2021-11-01"), "2021-11-08", explain.Covered, "1 2021-11-30 2021-11-01 false"},
		{"week", "every: week", done("2021-11-08"), "2021-11-14", explain.Covered, "1 2021-11-21 2021-11-08 true"},
		{"day", "every: day", done("2021-11-07"), "2021-11-08", explain.Covered, "0 2021-11-08 2021-11-07 false"},
		{"year", "every: year", done("2020-12-31"), "2021-11-08", explain.Covered, "0 2021-12-31 2020-12-31 false"},
		{"once for all, done", "every: once", done("2001-12-31"), "2021-11-08", explain.Covered, "1 – 2001-12-31 true"},
		{"done later than asked", "every: month", done("2021-11-20"), "2021-11-08", explain.Covered, "1 2021-12-31 – true"},
		{"rolling, never done: now", "every: month, window: rolling", done(""), "2021-11-08", explain.Covered, "0 2021-11-08 – false"},
		{"rolling, just inside", "every: month, window: rolling", done("2021-10-09"), "2021-11-08", explain.Covered, "1 2021-11-09 2021-10-09 true"},
		{"rolling, just outside", "every: month, window: rolling", done("2021-10-08"), "2021-11-08", explain.Covered, "0 2021-11-08 2021-10-08 false"},
		{"rolling, long ago", "every: week, window: rolling", done("2021-10-08"), "2021-11-08", explain.Covered, "0 2021-10-15 2021-10-08 false"},
		{"rolling, twice", "every: quarter, count: 2, window: rolling", done("2021-10-08, 2021-09-01"), "2021-11-08", explain.Covered, "2 2021-12-01 2021-10-08 true"},
		{"rolling, once of twice", "every: quarter, count: 2, window: rolling", done("2021-10-08"), "2021-11-08", explain.Covered, "1 2021-11-08 2021-10-08 false"},
		{"rolling day", "every: day, window: rolling", done("2021-11-08"), "2021-11-08", explain.Covered, "1 2021-11-09 2021-11-08 true"},
		{"rolling half-year", "every: half-year, window: rolling", done("2021-05-09"), "2021-11-08", explain.Covered, "1 2021-11-09 2021-05-09 true"},
		{"rolling year", "every: year, window: rolling", done("2020-11-08"), "2021-11-08", explain.Covered, "0 2021-11-08 2020-11-08 false"},
		{"not about", "every: month", "person: {local: false}", "2021-11-08", explain.NotConcerned, ""},
		{"not met", "every: month", "person: {local: true, poor: false}", "2021-11-08", explain.NotPayable, ""},
		{"unknown", "every: month", "person: {local: true}", "2021-11-08", explain.DocumentsNeeded, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			basis := small(t, block(tt.obligation))
			out, err := entitle.Serve(basis, who(t, basis, tt.who), basis.Pack.Services[0], day(t, tt.on))
			if err != nil {
				t.Fatal(fault.RenderError(err, "en"))
			}
			got := ""
			for _, o := range out.Obligations {
				got += fmt.Sprintf("%d %s %s %v", o.Done, shown(o.Due), shown(o.Last), o.Met)
			}
			if out.Verdict != tt.verdict || got != tt.want {
				t.Errorf("%s %q, want %s %q", out.Verdict, got, tt.verdict, tt.want)
			}
		})
	}
}

func TestServeWindowAndPay(t *testing.T) {
	basis := func(window string) string {
		return "service grant\n" + b + "for: person\nobligations:\n  - {id: visit, label: {zh: 探视, en: visit}, who: town, every: month, window: " + window + "}\npays: {amount: \"per(person.income, 12)\", to: {zh: 医院, en: hospital}, every: year, fund: fund}\nrounding: half-up fen\n"
	}
	asked := small(t, basis("question.window"), question("window", "calendar", "rolling"))
	out, err := entitle.Serve(asked, who(t, asked, "person: {income: 100.00}"), asked.Pack.Services[0], day(t, "2021-11-08"))
	if err != nil || out.Obligations[0].Rolling || out.Pays == nil || out.Pays.Value != yuan(t, "8.33") || out.Period.String() != "2021-01-01..2021-12-31" {
		t.Errorf("%+v %v", out, err)
	}
	if !slices.Equal(out.Questions, []string{"window"}) || out.Verdict != explain.Pays {
		t.Errorf("questions %v, verdict %s", out.Questions, out.Verdict)
	}
	other := adopted(t, map[string]ref.Val{"window": rule.Text("rolling")}, basis("question.window"), question("window", "calendar", "rolling"))
	if out, err := entitle.Serve(other, who(t, other, "{}"), other.Pack.Services[0], day(t, "2021-11-08")); err != nil || !out.Obligations[0].Rolling || out.Pays.Known || !slices.Contains(out.Missing, "person.income") || out.Verdict != explain.DocumentsNeeded {
		t.Errorf("%+v %v", out, err)
	}
	wrong := small(t, basis("\"'weekly'\""))
	refused(t, "entitle.window", "weekly", func() error {
		_, err := entitle.Serve(wrong, who(t, wrong, "{}"), wrong.Pack.Services[0], day(t, "2021-11-08"))
		return err
	})
}

func TestSteps(t *testing.T) {
	block := "procedure grant\n" + b + `documents:
  - {name: {zh: 表, en: form}, copies: 2}
  - {name: {zh: 证, en: card}, when: person.poor}
  - {name: {zh: 病历, en: record}, when: person.insured}
steps:
  - {id: check, act: {zh: 核实, en: check}, office: town, within: 5 working days, from: start}
  - {id: visit, act: {zh: 入户, en: visit}, office: town, within: 3 natural days, when: person.local, skipped: person.poor, simplified: application.sudden}
  - {id: notice, act: {zh: 公示, en: notice}, office: town, within: {count: person.level, unit: natural-days, roll: person.enrolled}}
  - {id: archive, act: {zh: 归档, en: file}, office: town}
  - {id: pay, act: {zh: 发放, en: pay}, office: county, within: 1 months, from: check}
`
	steps := func(s string) string { return "\nprocedure: {start: 2021-09-28, done: {" + s + "}}" }
	tests := []struct{ name, who, want string }{
		{"from holiday to holiday", "person: {poor: false, insured: false, local: true, level: 5, enrolled: false}\napplication: {sudden: false}" + steps(""),
			"check 2021-10-11 met; visit 2021-10-14 met; notice 2021-10-19 met; archive – met; pay 2021-11-11 met; papers 2"},
		{"done early", "person: {poor: false, insured: true, local: true, level: 5, enrolled: false}\napplication: {sudden: true}" + steps("check: 2021-09-30"),
			"check 2021-10-11 met; visit 2021-10-03 met; notice 2021-10-08 met; archive – met; pay 2021-10-30 met; papers 3"},
		{"left out takes no time", "person: {poor: true, insured: true, local: true, level: 2, enrolled: true}\napplication: {sudden: true}" + steps("check: 2021-09-30"),
			"check 2021-10-11 met; visit – met; notice 2021-10-08 met; archive – met; pay 2021-10-30 met; papers 4"},
		{"not part of it", "person: {poor: false, insured: false, local: false, level: 5, enrolled: false}\napplication: {sudden: false}" + steps("check: 2021-09-30"),
			"check 2021-10-11 met; visit – not-met; notice 2021-10-05 met; archive – met; pay 2021-10-30 met; papers 2"},
		{"not known how", steps("check: 2021-09-30")[1:], "check 2021-10-11 met; visit 2021-10-03 unknown; notice – met; archive – met; pay 2021-10-30 met; papers 2"},
		{"not begun", "person: {poor: false, insured: false, local: true, level: 5, enrolled: false}\napplication: {sudden: false}",
			"check – met; visit – met; notice – met; archive – met; pay – met; papers 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			basis := small(t, block)
			out, err := entitle.Steps(basis, who(t, basis, tt.who), basis.Pack.Procedures[0], day(t, "2021-10-12"))
			if err != nil {
				t.Fatal(fault.RenderError(err, "en"))
			}
			got := ""
			for _, s := range out.Steps {
				got += fmt.Sprintf("%s %s %s; ", s.Step.ID, shown(s.Due), s.Applies)
			}
			if got += fmt.Sprintf("papers %d", out.Copies()); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	basis := small(t, block)
	out, err := entitle.Steps(basis, who(t, basis, "person: {poor: true, local: true}\napplication: {sudden: true}"+steps("check: 2021-10-12")), basis.Pack.Procedures[0], day(t, "2021-10-12"))
	if err != nil || !out.Steps[0].Late || out.Steps[1].Late || out.Steps[1].Skipped != rule.Met || out.Steps[1].Simplified != rule.Met || len(out.Taken()) != 4 || len(out.Needed()) != 2 {
		t.Errorf("%+v %v", out, err)
	}
	if want := []string{"person.insured", "person.level"}; !slices.Equal(out.Missing, want) {
		t.Errorf("missing %v, want %v", out.Missing, want)
	}
	refused(t, "entitle.deadline", "-1", func() error {
		_, err := entitle.Steps(basis, who(t, basis, "person: {level: -1, poor: true}"+steps("check: 2021-10-12")), basis.Pack.Procedures[0], day(t, "2021-10-12"))
		return err
	})
}

func TestFind(t *testing.T) {
	block := "screen grant\n" + b + "for: person\nsources: []\nabout: person.local\nwhen:\n  - 条件一: person.poor\nfinding: \"!person.insured\"\nfinding_label: {zh: 未参保, en: not insured}\naction: {zh: 办理, en: act}\noffice: town\nwithin: 10 working days\n"
	tests := []struct{ name, who, want string }{
		{"found", "person: {local: true, poor: true, insured: false}", "covered met 2021-11-22 []"},
		{"not found", "person: {local: true, poor: true, insured: true}", "covered not-met – []"},
		{"finding unknown", "person: {local: true, poor: true}", "documents-needed unknown – [person.insured]"},
		{"whom it concerns is unknown", "person: {local: true, insured: false}", "documents-needed unknown – [person.poor]"},
		{"nothing to find either way", "person: {local: true, insured: true}", "covered not-met – []"},
		{"not looked at", "person: {local: true, poor: false, insured: false}", "not-concerned unknown – []"},
		{"not about", "person: {local: false, poor: true, insured: false}", "not-concerned unknown – []"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			basis := small(t, block)
			f, err := entitle.Find(basis, who(t, basis, tt.who), basis.Pack.Screens[0], day(t, "2021-11-08"))
			if err != nil {
				t.Fatal(fault.RenderError(err, "en"))
			}
			if got := fmt.Sprintf("%s %s %s %v", f.Verdict, f.Found, shown(f.Due), f.Missing); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	basis := small(t, strings.Replace(block, "within: 10 working days", "by: 2021-05-31", 1))
	f, err := entitle.Find(basis, who(t, basis, "person: {local: true, poor: true, insured: false}"), basis.Pack.Screens[0], day(t, "2021-11-08"))
	if err != nil || shown(f.Due) != "2021-05-31" {
		t.Errorf("due %s %v", shown(f.Due), err)
	}
}

func TestOwe(t *testing.T) {
	tests := []struct{ name, duty, on, due string }{
		{"yearly, the day itself", `due: ["07-10", "01-10"]`, "2021-07-10", "2021-07-10"},
		{"yearly, the next", `due: ["07-10", "01-10"]`, "2021-07-11", "2022-01-10"},
		{"yearly, on a Saturday", `due: ["07-10"]`, "2021-07-10", "2021-07-10"},
		{"yearly, moved", "due: [\"07-10\"]\nroll: person.poor", "2021-07-10", "2021-07-12"},
		{"yearly, moved past", "due: [\"07-10\"]\nroll: person.poor", "2021-07-12", "2021-07-12"},
		{"yearly, moved and gone", "due: [\"07-10\"]\nroll: person.poor", "2021-07-13", "2022-07-11"},
		{"29 February", `due: ["02-29"]`, "2021-01-01", "2021-02-28"},
		{"monthly", "monthly: 15", "2021-11-15", "2021-11-15"},
		{"monthly, next", "monthly: 15", "2021-12-16", "2022-01-15"},
		{"monthly, the 31st", "monthly: 31", "2021-02-01", "2021-02-28"},
		{"end of the month", "every: month", "2021-11-30", "2021-11-30"},
		{"end of the week", "every: week", "2021-11-08", "2021-11-14"},
		{"end of the quarter, moved", "every: quarter\nroll: person.poor", "2021-10-01", "2021-12-31"},
		{"end of last month, moved into this", "every: month\nroll: person.poor", "2021-08-01", "2021-08-02"},
		{"end of last week, moved into this", "every: week\nroll: person.poor", "2021-11-08", "2021-11-08"},
		{"once", "by: 2021-12-31", "2021-11-08", "2021-12-31"},
		{"once, past", "by: 2021-05-31", "2021-11-08", "2021-05-31"},
		{"on a day not known", "by: visit.date", "2021-11-08", "–"},
		{"none", "ledger: {name: {zh: 台账, en: ledger}, columns: []}", "2021-11-08", "–"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			basis := small(t, "duty grant\n"+b+"kind: task\nwho: town\n"+tt.duty+"\n")
			out, err := entitle.Owe(basis, who(t, basis, "person: {poor: true}"), basis.Pack.Duties[0], day(t, tt.on))
			if err != nil {
				t.Fatal(fault.RenderError(err, "en"))
			}
			if shown(out.Due) != tt.due {
				t.Errorf("due %s, want %s", shown(out.Due), tt.due)
			}
		})
	}
}

func TestIndicator(t *testing.T) {
	const share = "counts: {done: {zh: 已办, en: done}, all: {zh: 全部, en: all}}, value: \"ratio(count.done, count.all)\", targets: {2021-06-30: 70%, 2021-09-30: 85%, 2021-12-31: question.last}, direction: at-least"
	const count = "counts: {lost: {zh: 失学, en: lost}}, value: count.lost, targets: {2021-12-31: 2}, direction: at-most"
	tests := []struct{ name, indicator, measured, on, want string }{
		{"first target", share, "{done: 7, all: 10}", "2021-06-30", "70% 70% met 2021-06-30"},
		{"the day after", share, "{done: 7, all: 10}", "2021-07-01", "70% 85% not-met 2021-09-30"},
		{"a hair below", share, "{done: 849999, all: 1000000}", "2021-07-01", "84.9999% 85% not-met 2021-09-30"},
		{"last target, of a question", share, "{done: 10, all: 10}", "2021-10-01", "100% 90% met 2021-12-31"},
		{"after the last", share, "{done: 8, all: 10}", "2022-10-01", "80% 90% not-met 2021-12-31"},
		{"not measured", share, "{done: 8}", "2021-06-01", " 70% unknown 2021-06-30"},
		{"at most, at it", count, "{lost: 2}", "2021-06-01", "2 2 met 2021-12-31"},
		{"at most, above", count, "{lost: 3}", "2021-06-01", "3 2 not-met 2021-12-31"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			blocks := []string{"duty grant\n" + b + "kind: task\nwho: town\nindicator: {" + tt.indicator + "}\n"}
			if tt.indicator == share {
				blocks = append(blocks, "question last\nabout: []\nwording: {zh: 字, en: word}\ntype: rate\nreadings: {90%: {zh: 九成, en: nine}, 100%: {zh: 全, en: all}}\napplied: 90%\nwhy: {zh: 因, en: why}\n")
			}
			basis := small(t, blocks...)
			out, err := entitle.Owe(basis, who(t, basis, "measured: {grant: "+tt.measured+"}"), basis.Pack.Duties[0], day(t, tt.on))
			if err != nil {
				t.Fatal(fault.RenderError(err, "en"))
			}
			got := fmt.Sprintf("%s %s %s %s", rule.Display(out.Value, "en"), rule.Display(out.Target, "en"), out.Met, shown(out.TargetBy))
			if got != tt.want || shown(out.Due) != shown(out.TargetBy) {
				t.Errorf("got %s (due %s), want %s", got, shown(out.Due), tt.want)
			}
		})
	}
}

func TestCross(t *testing.T) {
	blocks := []string{with(grant, "starts: add_months(approval.day, 1)", "status_on: month-start"),
		"transition back\n" + b + "benefits: [grant]\nfrom: 2021-01-01\nto: month_end(approval.day)\napplies: person.insured\nmet_on: day('2021-06-28')\nprocedure: required\ndue: add_months(approval.day, 2)\n"}
	const who0 = "{person: {local: true, poor: true, level: 2, insured: true}, approval: {day: 2021-03-20}"
	tests := []struct{ name, who, want string }{
		{"all months since", who0 + "}", "met [2021-01 2021-02 2021-03] 300.00 2021-05-20 []"},
		{"paid already", who0 + ", history: {determinations: [{scheme: grant, from: 2021-02, to: 2021-02, amount: 1.00}]}}", "met [2021-01 2021-03] 200.00 2021-05-20 []"},
		{"does not apply", strings.Replace(who0, "insured: true", "insured: false", 1) + "}", "not-met [] 0.00 – []"},
		{"whether it applies is unknown", strings.Replace(who0, ", insured: true", "", 1) + "}", "unknown [] 0.00 2021-05-20 [person.insured]"},
		{"the end is unknown", "person: {local: true, poor: true, level: 2, insured: true}", "met [] 0.00 – [approval.day]"},
		{"right came later than the day", strings.Replace(who0, "poor: true", "poor: [{value: false, to: 2021-06-28}, {value: true, from: 2021-06-29}]", 1) + "}", "met [] 0.00 2021-05-20 []"},
		{"right on that very day", strings.Replace(who0, "poor: true", "poor: [{value: false, to: 2021-02-28}, {value: true, from: 2021-03-01}]", 1) + "}", "met [2021-03] 100.00 2021-05-20 []"},
		{"facts missing", strings.Replace(who0, "poor: true", "poor: {value: true, from: 2021-02-01}", 1) + "}", "met [2021-02 2021-03] 200.00 2021-05-20 [person.poor]"},
		{"whether the right existed is unknown", strings.Replace(who0, "poor: true", "poor: {value: true, from: 2021-07-01}", 1) + "}", "met [] 0.00 2021-05-20 [person.poor]"},
		{"nobody it concerns", strings.Replace(who0, "local: true", "local: false", 1) + "}", "met [] 0.00 2021-05-20 []"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			basis := small(t, blocks...)
			out, err := entitle.Cross(basis, who(t, basis, tt.who), basis.Pack.Transition[0], day(t, "2021-11-08"))
			if err != nil {
				t.Fatal(fault.RenderError(err, "en"))
			}
			months := []period.Month{}
			for _, back := range out.Benefits {
				for _, m := range back.Months {
					months = append(months, m.Month)
				}
			}
			if got := fmt.Sprintf("%s %v %s %s %v", out.Applies, months, out.Amount, shown(out.Due), out.Missing); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestCrossBills(t *testing.T) {
	settlement := func(id, test string) string {
		return "settlement " + id + "\n" + b + "for: " + test + "\nover: visit\ndecided_on: visit.date\npayers:\n  - basic_insurance: given\n  - aid: {name: {zh: 救助, en: aid}, amount: remaining.in_scope}\npatient: remaining\n"
	}
	blocks := []string{settlement("in", "visit.inpatient"), settlement("out", "\"!visit.inpatient\""), "transition back\n" + b + "settlements: [in]\nfrom: 2021-01-01\nto: 2021-06-27\nbills: preview\n"}
	tests := []struct{ name, visit, want string }{
		{"the last day", "{inpatient: true, date: 2021-06-27}", "met"},
		{"the day after", "{inpatient: true, date: 2021-06-28}", "not-met"},
		{"the first day", "{inpatient: true, date: 2021-01-01}", "met"},
		{"the day before", "{inpatient: true, date: 2020-12-31}", "not-met"},
		{"another settlement's bill", "{inpatient: false, date: 2021-06-27}", "not-met"},
		{"whose bill is unknown", "{date: 2021-06-27}", "unknown"},
		{"whose bill is unknown, but too late", "{date: 2021-06-28}", "not-met"},
		{"day unknown", "{inpatient: true}", "unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			basis := small(t, blocks...)
			out, err := entitle.Cross(basis, who(t, basis, "visit: "+tt.visit), basis.Pack.Transition[0], day(t, "2021-11-08"))
			if err != nil {
				t.Fatal(fault.RenderError(err, "en"))
			}
			if out.Covered.String() != tt.want || (tt.want == "unknown") != (len(out.Missing) > 0) {
				t.Errorf("covered %s, missing %v, want %s", out.Covered, out.Missing, tt.want)
			}
		})
	}
}

// Every entry refuses a day outside the pack's time, so that nothing is silently none.
func TestOutOfForce(t *testing.T) {
	basis := small(t, with(grant, "quota: {share: pct(20), of: {zh: 在校生, en: pupils}, rounding: down, rank: person.rank}"),
		"service s\n"+b+"for: person\nobligations: []\n", "procedure p\n"+b+"steps: []\n", "duty d\n"+b+"kind: role\nwho: town\n", "transition t\n"+b+"from: 2021-01-01\nto: 2021-06-27\n",
		"screen f\n"+b+"for: person\nsources: []\nfinding: person.poor\nfinding_label: {zh: 见, en: found}\naction: {zh: 办, en: act}\n")
	s, p := who(t, basis, met), basis.Pack
	for _, on := range []period.Day{day(t, "2020-12-31"), day(t, "2023-01-01")} {
		errs := map[string]error{}
		_, errs["Select"] = entitle.Select(basis, p.Benefits[0], nil, on)
		_, errs["Serve"] = entitle.Serve(basis, s, p.Services[0], on)
		_, errs["Steps"] = entitle.Steps(basis, s, p.Procedures[0], on)
		_, errs["Find"] = entitle.Find(basis, s, p.Screens[0], on)
		_, errs["Owe"] = entitle.Owe(basis, s, p.Duties[0], on)
		_, errs["Cross"] = entitle.Cross(basis, s, p.Transition[0], on)
		for name, err := range errs {
			if fault.CodeOf(err) != "pack.out-of-force" {
				t.Errorf("%s on %s: %v", name, on, err)
			}
		}
	}
}
