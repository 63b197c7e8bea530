package rule_test

import (
	"fmt"
	"strings"
	"testing"

	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
)

// known reads the facts of a subject file; what is wrong comes back as “code line:column, …”.
func known(t testing.TB, v *rule.Vocabulary, source string) (rule.Facts, string) {
	t.Helper()
	r := &text.Report{}
	m := r.Map(parse(t, source))
	facts := v.ReadFacts(r, m)
	m.Done()
	return facts, complaints(r)
}

func complaints(r *text.Report) string {
	var parts []string
	for _, e := range r.List {
		at := "nowhere"
		if e.At != nil {
			at = fmt.Sprintf("%d:%d", e.At.Line, e.At.Column)
		}
		parts = append(parts, e.Code+" "+at)
	}
	return strings.Join(parts, ", ")
}

func at(facts rule.Facts, name, on string) string {
	fact, ok := facts.At(name, day(on))
	if !ok {
		return "unknown"
	}
	return rule.Display(fact.Value, "zh")
}

// A fact holds on the days of its span, both ends included; of two that hold the one learnt last counts.
func TestDatedFacts(t *testing.T) {
	v := vocabulary(t)
	facts, wrong := known(t, v, `
person:
  rural: true
  orphan: null
  disability:
    level:
      - {value: 3, from: 2020-01-01, to: 2020-12-31, source: 县残联, learned: 2020-01-05}
      - {value: 2, from: 2021-01-01, learned: 2021-01-05}
      - {value: 1, from: 2020-07-01, to: 2020-07-31, learned: 2020-08-01}
      - {value: 4, from: 2021-03-01, to: 2021-03-31, learned: 2021-01-04}
  sex: {value: female, source: 公安}
  diagnoses: [I63, E11]
household:
  assets:
    - {value: [car], to: 2020-12-31}
    - {value: [car, shop], from: 2021-01-01}
`)
	if wrong != "" {
		t.Fatal(wrong)
	}
	for _, test := range []struct{ name, on, want string }{
		{"person.rural", "1900-01-01", "是"},
		{"person.orphan", "2021-01-01", "unknown"},
		{"person.card", "2021-01-01", "unknown"},
		{"person.disability.level", "2019-12-31", "unknown"},
		{"person.disability.level", "2020-01-01", "3"},
		{"person.disability.level", "2020-06-30", "3"},
		{"person.disability.level", "2020-07-01", "1"},
		{"person.disability.level", "2020-07-31", "1"},
		{"person.disability.level", "2020-08-01", "3"},
		{"person.disability.level", "2020-12-31", "3"},
		{"person.disability.level", "2021-01-01", "2"},
		{"person.disability.level", "2021-03-15", "2"}, // the other was learnt the day before
		{"person.disability.level", "9999-12-31", "2"},
		{"person.sex", "2021-01-01", "female"},
		{"person.diagnoses", "2021-01-01", "I63、E11"},
		{"household.assets", "2020-12-31", "car"},
		{"household.assets", "2021-01-01", "car、shop"},
	} {
		if got := at(facts, test.name, test.on); got != test.want {
			t.Errorf("%s on %s is %s, want %s", test.name, test.on, got, test.want)
		}
	}
	fact, _ := facts.At("person.disability.level", day("2020-03-01"))
	if fact.Source != "县残联" || fact.Learned != day("2020-01-05") || fact.Span.To != day("2020-12-31") {
		t.Errorf("it comes from %+v", fact)
	}
}

// Facts learnt on neighbouring days keep their order, whichever was written first.
func TestLearnedOrder(t *testing.T) {
	v := vocabulary(t)
	for _, days := range [][2]string{{"2021-03-01", "2021-03-02"}, {"2021-03-02", "2021-03-03"}, {"1969-12-31", "1970-01-01"}, {"1969-12-30", "1969-12-31"}} {
		for _, source := range []string{
			fmt.Sprintf("household: {size: [{value: 2, learned: %s}, {value: 3, learned: %s}]}", days[0], days[1]),
			fmt.Sprintf("household: {size: [{value: 3, learned: %s}, {value: 2, learned: %s}]}", days[1], days[0]),
		} {
			facts, wrong := known(t, v, source)
			if got := at(facts, "household.size", "2021-06-01"); got != "3" || wrong != "" {
				t.Errorf("%s: %s %s, want 3", source, got, wrong)
			}
		}
	}
	facts, _ := known(t, v, "household: {size: [{value: 2}, {value: 3, learned: 2021-01-01}, {value: 4}]}")
	if got := at(facts, "household.size", "2021-06-01"); got != "3" {
		t.Errorf("what has no day of learning outweighs what has one: %s", got)
	}
	facts, _ = known(t, v, "household: {size: [{value: 2, learned: 2021-01-01}, {value: 3, learned: 2021-01-01}]}")
	if got := at(facts, "household.size", "2021-06-01"); got != "3" {
		t.Errorf("of two learnt on one day the later written counts, not %s", got)
	}
}

func TestWrongFacts(t *testing.T) {
	v := vocabulary(t)
	for _, test := range []struct{ name, source, wrong, hint string }{
		{"unknown fact", "person:\n  disabilty: {level: 2}", "fact.unknown 2:3", "disability"},
		{"unknown fact of a group", "person: {disability: {levle: 2}}", "fact.unknown 1:23", "level"},
		{"nothing near", "person: {zzzz: 1}", "fact.unknown 1:10", "可用：birth"},
		{"unknown group", "persn: {rural: true}", "text.unknown-key 1:1", "person"},
		{"bill lines are not a group of their own", "line: {item: drug}", "text.unknown-key 1:1", ""},
		{"a group that is none", "person: 县", "text.not-a-mapping 1:9", ""},
		{"a list for a group", "person: [a]", "text.not-a-mapping 1:9", ""},
		{"word", "person: {sex: femal}", "fact.unknown-word 1:15", "female"},
		{"word of a list", "household: {visit_reasons: [pregnancy, nursin]}", "fact.unknown-word 1:40", "nursing"},
		{"above the range", "person: {disability: {level: 5}}", "fact.out-of-range 1:30", ""},
		{"below the range", "household: {size: 0}", "fact.out-of-range 1:19", ""},
		{"no number", "household: {size: 三}", "text.not-a-number 1:19", ""},
		{"no truth", "person: {rural: 是}", "text.not-a-bool 1:17", ""},
		{"empty truth", "person: {rural: ''}", "text.not-a-bool 1:18", ""},
		{"no day", "person: {birth: 1954年}", "period.malformed-day 1:17", "2021年11月8日"},
		{"no amount", "person: {premium: 一百}", "money.malformed 1:19", "1286.30"},
		{"no division", "person: {hukou: '37'}", "ident.division-length 1:18", ""},
		{"a value with parts", "person: {rural: {x: 1}}", "text.missing-key 1:17, text.unknown-key 1:18", ""},
		{"no value", "person: {rural: {from: 2021-01-01}}", "text.missing-key 1:17", ""},
		{"null value", "person: {premium: {value: null}}", "text.missing-key 1:19", ""},
		{"span reversed", "person: {rural: {value: true, from: 2021-02-01, to: 2021-01-31}}", "fact.span 1:17", "from"},
		{"bad days", "person: {rural: {value: true, from: 2021-02-30, learned: x}}", "period.no-such-day 1:37, period.malformed-day 1:58", ""},
		{"two values at once", "household: {size: [2, 3]}", "text.not-a-mapping 1:20, text.not-a-mapping 1:23", ""},
		{"one of several is null", "person: {premium: [{value: 1}, null]}", "text.blank 1:32", ""},
		{"list entry null", "person: {diagnoses: [I60, ~]}", "text.blank 1:27", ""},
		{"list of lists", "person: {diagnoses: [[I60]]}", "text.not-a-value 1:22", ""},
		{"a list where the dated list began", "person: {diagnoses: [{value: [I60]}, I61]}", "text.not-a-mapping 1:38", ""},
		{"roster", "rosters: [registerd_poor]", "fact.unknown-roster 1:11", "registered_poor"},
		{"roster of a mapping", "rosters: {dibo: true}", "fact.unknown-roster 1:11", "dibao"},
		{"roster span reversed", "rosters: {dibao: [{from: 2021-01-02, to: 2021-01-01}]}", "fact.span 1:19", ""},
		{"roster span with more", "rosters: {dibao: [{form: 2021-01-02}]}", "text.unknown-key 1:20", "from"},
		{"roster that is neither", "rosters: {dibao: 是}", "text.not-a-bool 1:18", ""},
		{"roster list of values", "rosters: {dibao: [true]}", "text.not-a-mapping 1:19", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &text.Report{}
			m := r.Map(parse(t, test.source))
			v.ReadFacts(r, m)
			m.Done()
			if got := complaints(r); got != test.wrong {
				t.Errorf("%s: said %q, want %q", test.source, got, test.wrong)
			}
			if said := fault.RenderError(r.Err(), "zh"); !strings.Contains(said, test.hint) {
				t.Errorf("the hint %q is missing:\n%s", test.hint, said)
			}
		})
	}
}

func TestWrongNumbersOfPeople(t *testing.T) {
	v := vocabulary(t)
	for source, code := range map[string]string{
		"person: {id: '11010519491231002X'}":                                 "",
		"person: {id: '１１０１０５１９４９１２３１００２ｘ'}":                                 "",
		"person: {id: '110105194912310021'}":                                 "ident.id-check",
		"person: {id: '1101051949'}":                                         "ident.id-length",
		"person: {id: '110105490101001'}":                                    "ident.id-old",
		"person: {id: '110105194902300021'}":                                 "ident.id-birth",
		"person: {id: '11010519491231O021'}":                                 "ident.id-character",
		"person: {disability: {certificate_number: '11010519491231002X42'}}": "",
		"person: {disability: {certificate_number: '11010519491231002X82'}}": "ident.certificate-category",
		"person: {disability: {certificate_number: '11010519491231002X45'}}": "ident.certificate-level",
		"person: {disability: {certificate_number: '11010519491231002X'}}":   "ident.certificate-length",
		"person: {disability: {certificate_number: '11010519491231002142'}}": "ident.certificate-holder",
	} {
		r := &text.Report{}
		facts := v.ReadFacts(r, r.Map(parse(t, source)))
		if code == "" {
			if r.Err() != nil || len(facts) != 1 {
				t.Errorf("%s: %s", source, complaints(r))
			}
			continue
		}
		if len(r.List) != 1 || r.List[0].Code != code || r.List[0].At.Line != 1 || r.List[0].Hint.ZH == "" {
			t.Errorf("%s: %s, want %s", source, complaints(r), code)
		}
		if len(facts) != 0 {
			t.Errorf("%s was kept", source)
		}
	}
	facts, _ := known(t, v, "person: {id: '１１０１０５１９４９１２３１００２ｘ'}")
	if got := at(facts, "person.id", "2021-01-01"); got != "11010519491231002X" {
		t.Errorf("kept as %s", got)
	}
}

// A list of rosters is complete: what it leaves out is no. A mapping speaks only of what it names.
func TestRosters(t *testing.T) {
	v := vocabulary(t)
	for _, test := range []struct{ source, roster, on, member, since string }{
		{"rosters: [dibao]", "dibao", "2021-01-01", "是", "unknown"},
		{"rosters: [dibao]", "tekun", "2021-01-01", "否", "unknown"},
		{"rosters: []", "dibao", "2021-01-01", "否", "unknown"},
		{"rosters: dibao", "dibao", "2021-01-01", "是", "unknown"},
		{"rosters: null", "dibao", "2021-01-01", "unknown", "unknown"},
		{"rosters: {dibao: true}", "dibao", "2021-01-01", "是", "unknown"},
		{"rosters: {dibao: false}", "dibao", "2021-01-01", "否", "unknown"},
		{"rosters: {dibao: true, tekun: null}", "tekun", "2021-01-01", "unknown", "unknown"},
		{"rosters: {dibao: [{from: 2018-01-01, to: 2021-12-31}]}", "dibao", "2017-12-31", "否", "unknown"},
		{"rosters: {dibao: [{from: 2018-01-01, to: 2021-12-31}]}", "dibao", "2018-01-01", "是", "2018-01-01"},
		{"rosters: {dibao: [{from: 2018-01-01, to: 2021-12-31}]}", "dibao", "2021-12-31", "是", "2018-01-01"},
		{"rosters: {dibao: [{from: 2018-01-01, to: 2021-12-31}]}", "dibao", "2022-01-01", "否", "unknown"},
		{"rosters: {dibao: {from: 2018-01-01}}", "dibao", "9999-12-31", "是", "2018-01-01"},
		{"rosters: {dibao: [{to: 2021-12-31}]}", "dibao", "2000-01-01", "是", "unknown"},
		{"rosters: {dibao: [{from: 2018-01-01, to: 2018-12-31}, {from: 2020-01-01}]}", "dibao", "2019-06-01", "否", "unknown"},
		{"rosters: {dibao: [{from: 2018-01-01, to: 2018-12-31}, {from: 2020-01-01}]}", "dibao", "2020-01-01", "是", "2020-01-01"},
		{"rosters: {dibao: []}", "dibao", "2020-01-01", "否", "unknown"},
	} {
		facts, wrong := known(t, v, test.source)
		since := "unknown"
		if d, ok := facts.RosterSince(test.roster, day(test.on)); ok {
			since = d.String()
		}
		if got := at(facts, "roster."+test.roster, test.on); got != test.member || since != test.since || wrong != "" {
			t.Errorf("%s: %s on %s is %s since %s %s; want %s since %s", test.source, test.roster, test.on, got, since, wrong, test.member, test.since)
		}
	}
}

// Facts are read on the day of the scope.
func TestScopeReadsFactsOnItsDay(t *testing.T) {
	env := environment(t)
	facts, wrong := known(t, env.Vocabulary, "person: {rural: [{value: true, to: 2020-12-31}, {value: false, from: 2021-01-01}]}\nrosters: {dibao: [{from: 2019-07-01}]}\n")
	if wrong != "" {
		t.Fatal(wrong)
	}
	s := &rule.Scope{Env: env, Facts: facts, Day: day("2020-12-31")}
	rural, since := mustCompile(t, env, "person.rural", rule.BoolType), mustCompile(t, env, "roster_since('dibao')", rule.DayType)
	if got := outcome(rural.Eval(s)); got != "是" {
		t.Error(got)
	}
	if got := outcome(rural.Eval(s.On(day("2021-01-01")))); got != "否" {
		t.Error(got)
	}
	if got := outcome(since.Eval(s)); got != "2019-07-01" {
		t.Error(got)
	}
	if got := outcome(since.Eval(s.On(day("2019-06-30")))); got != "unknown roster_since.dibao" {
		t.Error(got)
	}
	if s.Day != day("2020-12-31") {
		t.Error("the scope itself was moved")
	}
}

func TestScopeWith(t *testing.T) {
	env := environment(t)
	s := scope(env)
	inner := s.With(map[string]ref.Val{"remaining.in_scope": rule.Money(7), "on": rule.Day(day("2020-01-01"))})
	if rule.Display(inner.Value("remaining.in_scope"), "") != "0.07" || rule.Display(s.Value("remaining.in_scope"), "") != "1,500.00" {
		t.Error("the inner scope changed the outer")
	}
	if inner.Value("no.such.name") != nil || inner.Parent() != nil {
		t.Error("a name out of nowhere")
	}
	if got := rule.Missing(inner.Value("person.orphan")); len(got) != 1 {
		t.Error(got)
	}
}
