package counter_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/counter"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

const words = `
fee_items: {}
events: {}
facts:
  visit.date: {type: day, zh: 就诊日期, en: visit, sensitivity: plain}
  visit.disease: {type: text, zh: 病种, en: disease, sensitivity: plain}
  visit.inpatient: {type: bool, zh: 住院, en: inpatient, sensitivity: plain}
  visit.limit: {type: money, zh: 限额, en: limit, sensitivity: plain}
rosters: {}
`

// world is a basis with one cycle, and a scope with the given facts.
func world(t *testing.T, facts map[string]ref.Val) (*policy.Basis, *rule.Scope) {
	t.Helper()
	doc, err := text.Parse("vocabulary.yaml", []byte(words))
	if err != nil {
		t.Fatal(err)
	}
	v, err := rule.ReadVocabulary(doc)
	if err != nil {
		t.Fatal(err)
	}
	env, err := rule.NewEnv(v, period.DefaultCalendar())
	if err != nil {
		t.Fatal(err)
	}
	cycle := period.Cycle{First: period.Span{From: day("2018-01-01"), To: day("2018-11-30")}, Month: 12, DayOfMonth: 1}
	basis := policy.NewBasis(&policy.Pack{Env: env, Vocabulary: v, Cycles: map[string]period.Cycle{"winter": cycle}}, nil)
	s := &subject.Subject{Facts: rule.Facts{}}
	for name, value := range facts {
		s.Facts.Set(name, value)
	}
	return basis, basis.Scope(s, day("2021-11-08"), day("2021-11-08"))
}

func day(s string) period.Day {
	d, err := period.ParseDay(s)
	if err != nil {
		panic(err) // a constant of this test
	}
	return d
}

func expr(t *testing.T, b *policy.Basis, source string, want rule.Type) *rule.Expression {
	t.Helper()
	r := &text.Report{}
	x := b.Pack.Env.Compile(r, &text.Node{Kind: text.Scalar, Value: source, Line: 1, Column: 1}, want)
	if x == nil {
		t.Fatal(r.Err())
	}
	return x
}

func TestWindow(t *testing.T) {
	basis, _ := world(t, nil)
	tests := []struct {
		name   string
		window policy.Window
		on     string
		want   string
	}{
		{"month", policy.Window{Period: policy.EveryMonth}, "2020-02-29", "2020-02-01..2020-02-29"},
		{"quarter", policy.Window{Period: policy.EveryQuarter}, "2021-03-31", "2021-01-01..2021-03-31"},
		{"half-year", policy.Window{Period: policy.EveryHalfYear}, "2021-07-01", "2021-07-01..2021-12-31"},
		{"calendar year", policy.Window{Period: policy.EveryYear}, "2021-12-31", "2021-01-01..2021-12-31"},
		{"school year, last day", policy.Window{Period: policy.EverySchoolYear}, "2021-08-31", "2020-09-01..2021-08-31"},
		{"school year, first day", policy.Window{Period: policy.EverySchoolYear}, "2021-09-01", "2021-09-01..2022-08-31"},
		{"school year, January", policy.Window{Period: policy.EverySchoolYear}, "2021-01-15", "2020-09-01..2021-08-31"},
		{"first cycle", policy.Window{Cycle: "winter"}, "2018-11-30", "2018-01-01..2018-11-30"},
		{"later cycle", policy.Window{Cycle: "winter"}, "2021-11-30", "2020-12-01..2021-11-30"},
		{"rolling year", policy.Window{Rolling: &policy.Length{Years: 1}}, "2021-11-08", "2020-11-09..2021-11-08"},
		{"rolling thirty days", policy.Window{Rolling: &policy.Length{Days: 30}}, "2021-11-08", "2021-10-10..2021-11-08"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := counter.Window(basis, &policy.Counter{ID: "x", Window: tt.window}, day(tt.on))
			if err != nil || got.String() != tt.want {
				t.Errorf("%s (%v), want %s", got, err, tt.want)
			}
		})
	}
	if span, err := counter.Window(basis, &policy.Counter{Window: policy.Window{Period: policy.PerEvent}}, day("2021-11-08")); err != nil || !span.Empty() {
		t.Errorf("a visit's window is %s (%v)", span, err)
	}
	if span, err := counter.Window(basis, &policy.Counter{Window: policy.Window{Period: policy.Lifetime}}, day("2021-11-08")); err != nil || span.From != rule.Beginning || span.To != rule.Forever {
		t.Errorf("a lifetime is %v (%v)", span, err)
	}
	if _, err := counter.Window(basis, &policy.Counter{Window: policy.Window{Cycle: "winter"}}, day("2017-12-31")); fault.CodeOf(err) != "period.before-cycle" {
		t.Errorf("before the first cycle: %v", err)
	}
	if _, err := counter.Window(basis, &policy.Counter{Window: policy.Window{Cycle: "none"}}, day("2021-12-31")); fault.CodeOf(err) != "counter.cycle" {
		t.Errorf("no such cycle: %v", err)
	}
}

func TestUsed(t *testing.T) {
	entry := func(id, on string, amount money.Fen, key ...string) subject.Entry {
		return subject.Entry{Counter: id, Day: day(on), Amount: amount, Count: 1, Key: key}
	}
	h := subject.History{Counters: []subject.Entry{entry("a", "2021-01-01", 1), entry("a", "2021-12-31", 2), entry("a", "2020-12-31", 4), entry("a", "2022-01-01", 8),
		entry("b", "2021-06-01", 16), entry("a", "2021-06-01", 32, "I10"), entry("a", "2021-06-01", 64, "I10", "x")}}
	year := period.YearOf(day("2021-06-01"))
	tests := []struct {
		name   string
		id     string
		key    []string
		amount money.Fen
		count  int64
	}{
		{"both ends of the window", "a", nil, 3, 2}, {"another counter", "b", nil, 16, 1}, {"a key", "a", []string{"I10"}, 32, 1},
		{"a longer key", "a", []string{"I10", "x"}, 64, 1}, {"a key never seen", "a", []string{"E11"}, 0, 0}, {"never used", "c", nil, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			amount, count, err := counter.Used(h, tt.id, tt.key, year)
			if err != nil || amount != tt.amount || count != tt.count {
				t.Errorf("%d %d (%v), want %d %d", amount, count, err, tt.amount, tt.count)
			}
		})
	}
	for _, far := range []subject.Entry{{Counter: "a", Day: day("2021-01-01"), Amount: math.MaxInt64}, {Counter: "a", Day: day("2021-01-01"), Count: math.MaxInt64}} {
		h := subject.History{Counters: []subject.Entry{far, {Counter: "a", Day: day("2021-01-01"), Amount: 1, Count: 1}}}
		if _, _, err := counter.Used(h, "a", nil, year); fault.CodeOf(err) != "money.overflow" {
			t.Errorf("error %v", err)
		}
	}
}

func TestOpenAndMove(t *testing.T) {
	h := subject.History{Counters: []subject.Entry{{Counter: "yearly", Day: day("2021-01-01"), Amount: 500_00, Count: 1, Key: []string{"I10"}}, {Counter: "yearly", Day: day("2020-12-31"), Amount: 700_00, Count: 1, Key: []string{"I10"}}}}
	date, disease := rule.Day(day("2021-06-01")), rule.Text("I10")
	tests := []struct {
		name    string
		facts   map[string]ref.Val
		want    string // chosen of, before, after 1.00 more, over
		missing []string
	}{
		{"the first variant", map[string]ref.Val{"visit.date": date, "visit.disease": disease, "visit.inpatient": rule.Bool(true), "visit.limit": rule.Money(501_00)}, "cost 500.00 501.00 false", nil},
		{"a fen over the cap", map[string]ref.Val{"visit.date": date, "visit.disease": disease, "visit.inpatient": rule.Bool(true), "visit.limit": rule.Money(500_99)}, "cost 500.00 501.00 true", nil},
		{"the second variant", map[string]ref.Val{"visit.date": date, "visit.disease": disease, "visit.inpatient": rule.Bool(false)}, "patient 500.00 501.00 false", nil},
		{"which variant is unknown", map[string]ref.Val{"visit.date": date, "visit.disease": disease}, "", []string{"visit.inpatient"}},
		{"its day is unknown", map[string]ref.Val{"visit.disease": disease, "visit.inpatient": rule.Bool(false)}, "", []string{"visit.date"}},
		{"its key is unknown", map[string]ref.Val{"visit.date": date, "visit.inpatient": rule.Bool(false)}, "", []string{"visit.disease"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			basis, scope := world(t, tt.facts)
			variant := func(of, when string) policy.Counter {
				return policy.Counter{ID: "yearly", Of: of, Key: []*rule.Expression{expr(t, basis, "visit.disease", rule.TextType)}, Window: policy.Window{Period: policy.EveryYear},
					DatedBy: expr(t, basis, "visit.date", rule.DayType), When: expr(t, basis, when, rule.BoolType)}
			}
			list := []policy.Counter{variant("cost", "visit.inpatient"), variant("patient", "!visit.inpatient"), {ID: "other"}}
			list[0].Cap = expr(t, basis, "visit.limit", rule.MoneyType)
			if ids := counter.IDs(list); !slices.Equal(ids, []string{"yearly", "other"}) {
				t.Errorf("ids %v", ids)
			}
			m, missing, err := counter.Open(basis, list, "yearly", scope, h, day("2021-11-08"))
			if err != nil || !slices.Equal(missing, tt.missing) {
				t.Fatalf("missing %v, want %v (%v)", missing, tt.missing, err)
			}
			got := ""
			if m.Counter != nil {
				before := m.Before
				if m, err = m.Add(1_00, 1); err != nil {
					t.Fatal(err)
				}
				_, over, err := m.Over(scope)
				if err != nil {
					t.Fatal(err)
				}
				got = fmt.Sprint(m.Counter.Of, " ", before, " ", m.After, " ", over)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNoVariantAndCounts(t *testing.T) {
	basis, scope := world(t, map[string]ref.Val{"visit.inpatient": rule.Bool(false)})
	list := []policy.Counter{{ID: "x", When: expr(t, basis, "visit.inpatient", rule.BoolType)}}
	if m, missing, err := counter.Open(basis, list, "x", scope, subject.History{}, day("2021-11-08")); m.Counter != nil || missing != nil || err != nil {
		t.Errorf("no variant applies, yet %+v %v %v", m, missing, err)
	}
	times := policy.Counter{ID: "x", IsCount: true, Window: policy.Window{Period: policy.Lifetime}, Cap: expr(t, basis, "2", rule.IntType)}
	h := subject.History{Counters: []subject.Entry{{Counter: "x", Day: day("1999-01-01"), Count: 2}}}
	m, _, err := counter.At(basis, &times, scope, h, day("2021-11-08"))
	if err != nil || m.Value() != rule.Int(2) {
		t.Fatalf("%+v %v", m, err)
	}
	if m, err = m.Add(500, 1); err != nil || m.CountAfter != 3 || m.Delta != 0 {
		t.Errorf("%+v %v", m, err)
	}
	if limit, over, err := m.Over(scope); err != nil || !over || limit != rule.Int(2) {
		t.Errorf("limit %v, over %v (%v)", limit, over, err)
	}
	if _, err := m.Add(0, math.MaxInt64); fault.CodeOf(err) != "money.overflow" {
		t.Errorf("error %v", err)
	}
}
