package simulate_test

import (
	"fmt"
	"testing"

	"cel.dev/cel-go/common/types/ref"
	"github.com/google/go-cmp/cmp"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/simulate"
	"doudi/decide/subject"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

var january = period.MustDay(2024, 1, 1).Month()

// changed is the shipped example, and the same with some parameters as a draft would have them.
func changed(t testing.TB, parameters map[string]ref.Val) (before, after *policy.Basis) {
	t.Helper()
	before, _ = example(t)
	after = policy.Trial(before.Pack, nil)
	after.Adoption.Parameters = parameters
	return before, after
}

// family is the head of a household of two whose income a head is 5,000 a year until February 2024 and 7,000 since.
func family(before, after *policy.Basis, past ...simulate.Past) simulate.Case {
	february := period.MustDay(2024, 2, 29)
	facts := rule.Facts{"person.hukou": {{Value: rule.Division("999901100201"), Span: always}}, "household.size": {{Value: rule.Int(2), Span: always}},
		"household.income_per_head": {{Value: rule.Money(5000_00), Span: period.Span{From: rule.Beginning, To: february}}, {Value: rule.Money(7000_00), Span: period.Span{From: february + 1, To: rule.Forever}}}}
	return simulate.Case{Person: "周明", Town: "999901100", Head: true, Subject: &subject.Subject{Name: "周明", Facts: facts}, Past: past, Before: before, After: after}
}

func tallyOf(s *simulate.Simulation, id string) (t simulate.Tally) {
	for _, b := range s.Benefits {
		if b.ID == id {
			t = b.Tally
		}
	}
	return t
}

// A family of two is given 50 yuan a head below 6,000 yuan a year. Above, up to 9,000, it fades out: all of the last amount, then half. The draft moves the line
// to 8,000. Worked by hand:
//
//	            January  February  March  April  May
//	before        100      100      100     50     –
//	after         100      100      100    100    100
//
// Asked from March on, the exit begins only where it is known that January and February were paid.
func TestExitOverHistory(t *testing.T) {
	before, after := changed(t, map[string]ref.Val{"family.line": rule.Money(8000_00)})
	paid := simulate.Past{Scheme: "family-living", From: january, To: january + 1, Amount: money.Yuan(100)}
	step := simulate.Past{Scheme: "family-living", From: january + 2, To: january + 2, Amount: money.Yuan(100), Exit: true}
	tests := []struct {
		name   string
		from   period.Month
		past   []simulate.Past
		want   simulate.Tally
		before []money.Fen // by month
	}{
		{"all five months", january, nil, simulate.Tally{Gain: 1, Before: money.Yuan(350), After: money.Yuan(500)}, []money.Fen{100_00, 100_00, 100_00, 50_00, 0}},
		{"from March, paid before", march, []simulate.Past{paid}, simulate.Tally{Gain: 1, Before: money.Yuan(150), After: money.Yuan(300)}, []money.Fen{100_00, 50_00, 0}},
		{"from April, in the exit", march + 1, []simulate.Past{paid, step}, simulate.Tally{Gain: 1, Before: money.Yuan(50), After: money.Yuan(200)}, []money.Fen{50_00, 0}},
		{"from March, not paid before", march, nil, simulate.Tally{Enter: 1, After: money.Yuan(300)}, []money.Fen{0, 0, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := simulate.New(tt.from, january+4, nil, 1)
			if err := s.Add(family(before, after, tt.past...)); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, tallyOf(s, "family-living")); diff != "" {
				t.Error(diff)
			}
			for i, m := range s.Months {
				if m.Before != tt.before[i] || m.After != money.Yuan(100) {
					t.Errorf("%s: %s and %s", m.Month, m.Before, m.After)
				}
			}
			if sample, err := s.Sample(); err != nil || len(sample) != 1 || sample[0].After == nil {
				t.Errorf("shown %+v (%v)", sample, err)
			}
		})
	}
}

// pupils are ten of them in hardship, the first the neediest, and one who is not.
func pupils(before, after *policy.Basis) (list []simulate.Case) {
	for i := range 11 {
		facts := rule.Facts{}
		for name, value := range map[string]ref.Val{"person.school.stage": rule.Text("primary"), "person.school.enrolled": rule.Bool(true), "person.school.hardship": rule.Bool(i < 10),
			"person.school.hardship_rank": rule.Int(int64(i) + 1), "person.school.year": rule.Int(3)} {
			facts[name] = []rule.Fact{{Value: value, Span: always}}
		}
		name := fmt.Sprint("学生", i)
		list = append(list, simulate.Case{Person: name, Town: ident.Division(fmt.Sprint("99990110", i%2)), Subject: &subject.Subject{Name: name, Facts: facts}, Before: before, After: after})
	}
	return list
}

// The neediest fifth of ten pupils get 500 yuan a half-year; the draft gives it to three tenths: the third enters. In eight months there are two half-years.
func TestQuota(t *testing.T) {
	before, after := changed(t, map[string]ref.Val{"pupil.share": rule.Rate(300_000)})
	for _, tt := range []struct {
		to   period.Month
		want simulate.Tally
	}{
		{january + 2, simulate.Tally{Enter: 1, Same: 2, Before: money.Yuan(1000), After: money.Yuan(1500)}},
		{january + 7, simulate.Tally{Enter: 1, Same: 2, Before: money.Yuan(2000), After: money.Yuan(3000)}},
	} {
		s := simulate.New(january, tt.to, nil, 5)
		for _, c := range pupils(before, after) {
			if err := s.Add(c); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, tallyOf(s, "pupil-grant")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(tt.want, s.Total); diff != "" {
			t.Errorf("in all: %s", diff)
		}
		if s.Months[0].Before != money.Yuan(1000) || s.Months[0].After != money.Yuan(1500) || s.Months[1].After != 0 {
			t.Errorf("by month %+v", s.Months)
		}
		sample, err := s.Sample()
		if err != nil || len(sample) != 1 || sample[0].Person != "学生2" || sample[0].Effect != simulate.Enter {
			t.Errorf("shown %+v (%v)", sample, err)
		}
		if s.People != 11 || len(s.Towns) != 2 || s.Towns[0].People != 6 || s.Towns[0].Enter != 1 {
			t.Errorf("%d people, towns %+v", s.People, *s.Towns[0])
		}
	}
}
