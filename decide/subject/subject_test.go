package subject_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// shipped is the vocabulary that comes with the program, read once.
var shipped = sync.OnceValues(func() (*rule.Vocabulary, error) {
	content, err := os.ReadFile("../../packs/vocabulary.yaml")
	if err != nil {
		return nil, err
	}
	doc, err := text.Parse("vocabulary.yaml", content)
	if err != nil {
		return nil, err
	}
	return rule.ReadVocabulary(doc)
})

func vocabulary(t testing.TB) *rule.Vocabulary {
	t.Helper()
	v, err := shipped()
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	return v
}

func day(s string) period.Day {
	d, err := period.ParseDay(s)
	if err != nil {
		panic(err) // tests write real days
	}
	return d
}

func month(s string) period.Month {
	m, err := period.ParseMonth(s)
	if err != nil {
		panic(err) // tests write real months
	}
	return m
}

func read(t testing.TB, name, source string) *subject.Subject {
	t.Helper()
	doc, err := text.Parse(name, []byte(source))
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	s, err := subject.Read(vocabulary(t), doc)
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	return s
}

// refusal reads what must be refused: “code line:column, …” in the order of the report, and the report itself.
func refusal(t testing.TB, source string) (codes, said string) {
	t.Helper()
	doc, err := text.Parse("f.yaml", []byte(source))
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	s, err := subject.Read(vocabulary(t), doc)
	list, ok := err.(fault.List)
	if !ok || s != nil {
		t.Fatalf("%s\nwas read (%v), or half of it", source, err)
	}
	var parts []string
	for _, e := range list {
		at := "nowhere"
		if e.At != nil {
			at = fmt.Sprintf("%d:%d", e.At.Line, e.At.Column)
		}
		parts = append(parts, e.Code+" "+at)
	}
	return strings.Join(parts, ", "), fault.RenderError(err, "zh") + "\n" + fault.RenderError(err, "en")
}

const everything = `
name: 李桂芳
pack: pingyin-2021
person: {id: '11010519491231002X', birth: 1949-12-31, hukou: "370124102001", rural: true, disability: {level: 2}}
household: {size: 3}
rosters: [registered_poor]
visit: {kind: outpatient, date: 2021-11-08, hospital: {name: 县医院, tier: county, designated: true}}
application: {day: 2021-12-10}
approval: {day: 2021-12-20}
bill:
  "no": B-1
  lines:
    - {item: drug, name: 降压药, amount: 100.00, in_scope: 80.00, self_first: 10.00, over_limit: 0, out_of_scope: 10.00, paid: {basic_insurance: 40.00}}
    - {item: ecg, amount: 20.00, in_scope: 15.00, date: 2021-11-08}
  paid: {basic_insurance: 40.00, medical_assistance: 0.00, serious_illness: null}
history:
  determinations:
    - {scheme: dibao, from: 2021-01, to: 2021-06, amount: 300.00, reviewed: 2021-01-10}
    - {scheme: pupil-grant, from: 2021-09}
  counters:
    - {counter: yearly, day: 2021-03-01, amount: 600.00}
    - {counter: invoices, day: 2021-03-02, key: [A001, B], count: 2}
  events: {town_visit: [2021-04-03, 2021-05-04], village_visit: null}
  invoices: ['001', '002']
events: {dispensing: [{day: 2021-11-03, amount: 120.50}, {day: 2021-11-05}], signed: [], checkup: null}
decisions: {year-end-help: {amount: 3000.00, reason: 家中失火, by: 王主任}, other-help: null}
procedure: {start: 2021-11-08, done: {town_check: 2021-11-12, notice: null}}
measured: {occupancy: {in_care: 80, all: 100}, visits: null}
roster:
  - {name: 甲, person: {school: {hardship_rank: 1}}}
  - {name: 乙, person: {school: {hardship_rank: 2}}, roster: [{name: 丙}]}
`

func TestEveryField(t *testing.T) {
	s := read(t, "f.yaml", everything)
	fact := func(s *subject.Subject, name string) string {
		f, ok := s.Facts.At(name, day("2021-11-08"))
		if !ok {
			return "unknown"
		}
		return rule.Display(f.Value, "zh")
	}
	for _, test := range []struct{ what, got, want string }{
		{"name", s.Name, "李桂芳"},
		{"pack", s.Pack, "pingyin-2021"},
		{"number", fact(s, "person.id"), "11010519491231002X"},
		{"level", fact(s, "person.disability.level"), "2"},
		{"not stated", fact(s, "person.orphan"), "unknown"},
		{"roster", fact(s, "roster.registered_poor"), "是"},
		{"other roster", fact(s, "roster.dibao"), "否"},
		{"tier", fact(s, "visit.hospital.tier"), "county"},
		{"application", fact(s, "application.day"), "2021-12-10"},
		{"approval", fact(s, "approval.day"), "2021-12-20"},
		{"bill number", s.Bill.No, "B-1"},
		{"label by name", s.Bill.Lines[0].Label, "降压药"},
		{"label by item", s.Bill.Lines[1].Label, "心电图"},
		{"first fee", fmt.Sprint(s.Bill.Lines[0].Fee), "[80.00 10.00 0.00 10.00]"},
		{"second fee: the rest is out of scope", fmt.Sprint(s.Bill.Lines[1].Fee), "[15.00 0.00 0.00 5.00]"},
		{"total", fmt.Sprint(s.Bill.Total(), s.Bill.Total().Total()), "[95.00 10.00 0.00 15.00] 120.00"},
		{"paid of a line", fmt.Sprint(s.Bill.Lines[0].Paid), "map[basic_insurance:40.00]"},
		{"paid of no line", fmt.Sprint(len(s.Bill.Lines[1].Paid)), "0"},
		{"paid: null is not stated", fmt.Sprint(s.Bill.Paid), "map[basic_insurance:40.00 medical_assistance:0.00]"},
		{"determination", fmt.Sprint(s.History.Determinations[0]), fmt.Sprint(subject.Determination{Scheme: "dibao", From: month("2021-01"), To: month("2021-06"), Amount: 30000, Reviewed: day("2021-01-10"), HasDay: true})},
		{"determination without end", s.History.Determinations[1].To.String(), "9999-12"},
		{"counter", fmt.Sprint(s.History.Counters[0]), fmt.Sprint(subject.Entry{Counter: "yearly", Day: day("2021-03-01"), Amount: 60000, Count: 1})},
		{"counter with a key", fmt.Sprint(s.History.Counters[1]), fmt.Sprint(subject.Entry{Counter: "invoices", Key: []string{"A001", "B"}, Day: day("2021-03-02"), Count: 2})},
		{"events before", fmt.Sprint(s.History.Events["town_visit"], len(s.History.Events["village_visit"])), "[2021-04-03 2021-05-04] 0"},
		{"invoices", fmt.Sprint(s.History.Invoices), "[001 002]"},
		{"events", fmt.Sprint(s.Events["dispensing"]), fmt.Sprint([]subject.Event{{Day: day("2021-11-03"), Amount: 12050}, {Day: day("2021-11-05")}})},
		{"decision", fmt.Sprint(s.Decisions), fmt.Sprint(map[string]subject.Decision{"year-end-help": {Amount: 300000, Reason: "家中失火", By: "王主任"}})},
		{"procedure", fmt.Sprint(s.Procedure), fmt.Sprint(subject.Progress{Start: day("2021-11-08"), Started: true, Done: map[string]period.Day{"town_check": day("2021-11-12")}})},
		{"measured", fmt.Sprint(s.Measured["occupancy"], len(s.Measured["visits"])), "map[all:100 in_care:80] 0"},
		{"roster list", s.Roster[0].Name + fact(s.Roster[0], "person.school.hardship_rank") + s.Roster[1].Name + s.Roster[1].Roster[0].Name, "甲1乙丙"},
	} {
		if test.got != test.want {
			t.Errorf("%s: %s, want %s", test.what, test.got, test.want)
		}
	}
	if len(s.Events["signed"]) != 0 || len(s.Events["checkup"]) != 0 {
		t.Error("events that nobody listed")
	}
	line := s.Bill.Lines[1].Facts
	if f, ok := line.At("line.date", 0); !ok || rule.Display(f.Value, "") != "2021-11-08" {
		t.Error("the line's facts are lost")
	}
}

func TestNothingStated(t *testing.T) {
	for _, source := range []string{"", "{}", "bill: null\nhistory: ~\nevents:\nperson: null\nrosters:\n"} {
		s := read(t, "f.yaml", source)
		if s.Bill != nil || len(s.Facts) != 0 || len(s.Events) != 0 || len(s.Decisions) != 0 || s.Procedure.Started || len(s.Roster) != 0 || len(s.History.Determinations) != 0 {
			t.Errorf("%q was read as %+v", source, s)
		}
	}
}

// The same file as JSON reads alike.
func TestYAMLAndJSONReadAlike(t *testing.T) {
	doc, err := text.Parse("f.yaml", []byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	asJSON(&b, doc)
	one, other := read(t, "f.yaml", everything), read(t, "f.json", b.String())
	if a, b := outline(one), outline(other); a != b {
		t.Errorf("YAML\n%s\nJSON\n%s", a, b)
	}
}

func asJSON(b *strings.Builder, n *text.Node) {
	switch n.Kind {
	case text.Null:
		b.WriteString("null")
	case text.Scalar:
		fmt.Fprintf(b, "%q", n.Value)
	case text.List:
		b.WriteString("[")
		for i, item := range n.Items {
			if i > 0 {
				b.WriteString(", ")
			}
			asJSON(b, item)
		}
		b.WriteString("]")
	case text.Mapping:
		b.WriteString("{")
		for i, field := range n.Fields {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(b, "%q: ", field.Key.Value)
			asJSON(b, field.Value)
		}
		b.WriteString("}")
	}
}

// outline is everything that was read, without the places.
func outline(s *subject.Subject) string {
	var b strings.Builder
	facts := func(f rule.Facts) {
		var names []string
		for name, list := range f {
			for _, fact := range list {
				names = append(names, fmt.Sprint(name, "=", rule.Display(fact.Value, ""), fact.Span, fact.Source, fact.Learned))
			}
		}
		slices.Sort(names)
		fmt.Fprintln(&b, names)
	}
	facts(s.Facts)
	fmt.Fprintln(&b, s.Name, s.Pack, s.History, s.Events, s.Decisions, s.Procedure, s.Measured)
	if s.Bill != nil {
		fmt.Fprintln(&b, s.Bill.No, s.Bill.Paid)
		for _, line := range s.Bill.Lines {
			facts(line.Facts)
			fmt.Fprintln(&b, line.Label, line.Fee, line.Paid)
		}
	}
	for _, member := range s.Roster {
		b.WriteString(outline(member))
	}
	return b.String()
}

func TestWrongSubjects(t *testing.T) {
	for _, test := range []struct{ name, source, codes, words string }{
		{"unknown key", "persn: {rural: true}", "text.unknown-key 1:1", "是否想写 person？"},
		{"a list", "- a", "text.not-a-mapping 1:1", "键: 值"},
		{"a word", "李桂芳", "text.not-a-mapping 1:1", "键: 值"},
		{"name of parts", "name: [李]", "text.not-a-value 1:7", "一个值"},
		{"fact", "person: {disabilty: 1}", "fact.unknown 1:10", "disability"},
		{"two mistakes", "person: {sex: x}\nhousehold: {size: 99}", "fact.out-of-range 2:19, fact.unknown-word 1:15", ""},
		// determinations
		{"determination without scheme", "history: {determinations: [{from: 2021-01}]}", "text.missing-key 1:28", "缺少 scheme"},
		{"determination without month", "history: {determinations: [{scheme: dibao}]}", "text.missing-key 1:28", "缺少 from"},
		{"month malformed", "history: {determinations: [{scheme: dibao, from: 2021年, to: 2021-01}]}", "period.malformed-month 1:50", "2021-11"},
		{"months reversed", "history: {determinations: [{scheme: dibao, from: 2021-02, to: 2021-01}]}", "history.span 1:28", "结束月份早于开始月份"},
		{"determination with more", "history: {determinations: [{scheme: dibao, from: 2021-02, month: 1}]}", "text.unknown-key 1:59", ""},
		{"review is no day", "history: {determinations: [{scheme: dibao, from: 2021-02, reviewed: 2021-02}]}", "period.malformed-day 1:69", ""},
		{"determination of a word", "history: {determinations: [dibao]}", "text.not-a-mapping 1:28", ""},
		{"amount malformed", "history: {determinations: [{scheme: dibao, from: 2021-02, amount: 三百}]}", "money.malformed 1:67", "1286.30"},
		// counters
		{"counter without day", "history: {counters: [{counter: yearly}]}", "text.missing-key 1:22", "缺少 day"},
		{"counter without name", "history: {counters: [{day: 2021-01-01}]}", "text.missing-key 1:22", "缺少 counter"},
		{"counter negative", "history: {counters: [{counter: yearly, day: 2021-01-01, amount: -0.01}]}", "history.negative 1:22", "累计不能为负"},
		{"count negative", "history: {counters: [{counter: yearly, day: 2021-01-01, count: -1}]}", "history.negative 1:22", "删去原来的一条"},
		{"count of words", "history: {counters: [{counter: yearly, day: 2021-01-01, count: 一次}]}", "text.not-a-number 1:64", ""},
		{"counter with more", "history: {counters: [{counter: yearly, day: 2021-01-01, of: x}]}", "text.unknown-key 1:57", ""},
		{"history with more", "history: {counter: []}", "text.unknown-key 1:11", "counters"},
		{"earlier event no day", "history: {events: {town_visit: [四月]}}", "period.malformed-day 1:33", ""},
		{"earlier event null", "history: {events: {town_visit: [null]}}", "text.blank 1:33", ""},
		{"earlier events of no kind", "history: {events: [2021-01-01]}", "text.not-a-mapping 1:19", ""},
		// events
		{"event of unknown kind", "events: {dispensin: []}", "fact.unknown-event 1:10", "是否想写 dispensing？"},
		{"event without day", "events: {dispensing: [{amount: 1}]}", "text.missing-key 1:23", "缺少 day"},
		{"event negative", "events: {dispensing: [{day: 2021-01-01, amount: -1}]}", "event.negative 1:23", "金额不能为负"},
		{"event with more", "events: {dispensing: [{day: 2021-01-01, amuont: 1}]}", "text.unknown-key 1:41", "amount"},
		{"event of a day", "events: {dispensing: [2021-01-01]}", "text.not-a-mapping 1:23", ""},
		// decisions
		{"decision without reason", "decisions: {help: {amount: 1}}", "text.missing-key 1:19", "缺少 reason"},
		{"decision without amount", "decisions: {help: {reason: 火灾}}", "text.missing-key 1:19", "缺少 amount"},
		{"decision negative", "decisions: {help: {amount: -1, reason: 火灾}}", "decision.negative 1:19", "核定金额不能为负"},
		{"decision of an amount", "decisions: {help: 300}", "text.not-a-mapping 1:19", ""},
		{"decision with more", "decisions: {help: {amount: 1, reason: 火灾, who: 王}}", "text.unknown-key 1:43", ""},
		// procedure, measured, roster
		{"start is no day", "procedure: {start: 昨天}", "period.malformed-day 1:20", ""},
		{"step is no day", "procedure: {done: {check: x}}", "period.malformed-day 1:27", ""},
		{"procedure with more", "procedure: {begin: 2021-01-01}", "text.unknown-key 1:13", ""},
		{"measured negative", "measured: {occupancy: {all: -1}}", "measured.negative 1:29", "数目不能为负"},
		{"measured by words", "measured: {occupancy: {all: 百}}", "text.not-a-number 1:29", ""},
		{"measured blank", "measured: {occupancy: {all: ~}}", "text.blank 1:29", "是零就写 0"},
		{"measured at once", "measured: {occupancy: 80}", "text.not-a-mapping 1:23", ""},
		{"member of a roster", "roster: [{name: 甲, persn: {}}]", "text.unknown-key 1:20", "person"},
		{"member is a name", "roster: [甲]", "text.not-a-mapping 1:10", ""},
		{"member's fact", "roster: [{name: 甲, person: {school: {year: 0}}}]", "fact.out-of-range 1:44", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			codes, said := refusal(t, test.source)
			if codes != test.codes || !strings.Contains(said, test.words) {
				t.Errorf("said %q, want %q with %q:\n%s", codes, test.codes, test.words, said)
			}
		})
	}
}

func TestVector(t *testing.T) {
	if got := (subject.Vector{1, 20, 300, 4000}).Total(); got != money.Fen(4321) {
		t.Error(got)
	}
	for i, name := range []string{"in_scope", "self_first", "over_limit", "out_of_scope"} {
		if subject.PartNames[i] != name || subject.PartLabels[i].ZH == "" || subject.PartLabels[i].EN == "" {
			t.Errorf("part %d is %s, %v", i, subject.PartNames[i], subject.PartLabels[i])
		}
	}
	if subject.InScope != 0 || subject.OutOfScope != 3 || subject.Parts != 4 {
		t.Error("the parts changed their order")
	}
}
