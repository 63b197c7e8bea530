package simulate_test

import (
	"fmt"
	"testing"

	"cel.dev/cel-go/common/types/ref"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/simulate"
	"doudi/decide/subject"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/packs"
)

// example is the shipped example as published, and as a county adopts it with another monthly amount and age.
func example(t testing.TB) (before, after *policy.Basis) {
	t.Helper()
	l, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Load(packs.Files, "example")
	if err != nil {
		t.Fatal(err)
	}
	before, after = policy.Trial(p, nil), policy.Trial(p, nil)
	after.Adoption.Parameters = map[string]ref.Val{"elder.monthly": rule.Money(75_00), "elder.age": rule.Int(75)}
	return before, after
}

var (
	always = period.Span{From: rule.Beginning, To: rule.Forever}
	march  = period.MustDay(2024, 3, 1).Month()
)

// resident is somebody born in a year, who was approved long ago.
func resident(name string, born int, before, after *policy.Basis) simulate.Case {
	facts := rule.Facts{}
	for fact, value := range map[string]rule.Fact{"person.hukou": {Value: rule.Division("999901100201")}, "person.birth": {Value: rule.Day(period.MustDay(born, 1, 1))},
		"approval.day": {Value: rule.Day(period.MustDay(2023, 12, 5))}} {
		value.Span = always
		facts[fact] = []rule.Fact{value}
	}
	return simulate.Case{Person: name, Town: ident.Division("999901100"), Subject: &subject.Subject{Name: name, Facts: facts}, Before: before, After: after}
}

func elder(s *simulate.Simulation) simulate.Tally {
	for _, b := range s.Benefits {
		if b.ID == "elder-allowance" {
			return b.Tally
		}
	}
	return simulate.Tally{}
}

// Two months at 60.00 before and 75.00 after; the age falls from 80 to 75.
func TestEffects(t *testing.T) {
	before, after := example(t)
	tests := []struct {
		name          string
		born          int
		before, after *policy.Basis
		want          simulate.Tally
	}{
		{"old on both sides", 1940, before, after, simulate.Tally{Gain: 1, Before: money.Yuan(120), After: money.Yuan(150)}},
		{"the other way round", 1940, after, before, simulate.Tally{Lose: 1, Before: money.Yuan(150), After: money.Yuan(120)}},
		{"the same", 1940, before, before, simulate.Tally{Same: 1, Before: money.Yuan(120), After: money.Yuan(120)}},
		{"old enough after", 1946, before, after, simulate.Tally{Enter: 1, After: money.Yuan(150)}},
		{"old enough before", 1946, after, before, simulate.Tally{Leave: 1, Before: money.Yuan(150)}},
		{"young", 1990, before, after, simulate.Tally{}},
		{"nothing before", 1940, nil, after, simulate.Tally{Enter: 1, After: money.Yuan(150)}},
		{"nothing after", 1940, before, nil, simulate.Tally{Leave: 1, Before: money.Yuan(120)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := simulate.New(march, march+1, nil, 1)
			if err := s.Add(resident("x", tt.born, tt.before, tt.after)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, elder(s)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// In whatever order people come, sums and sample are the same, and the months add up to the total.
func TestOrderDoesNotMatter(t *testing.T) {
	before, after := example(t)
	var people []simulate.Case
	for i := range 12 {
		people = append(people, resident(fmt.Sprint("p", i), 1938+i, before, after))
	}
	told := func(rt *rapid.T, order []simulate.Case) string {
		s := simulate.New(march, march+2, []byte("seed"), 2)
		for _, c := range order {
			if err := s.Add(c); err != nil {
				rt.Fatal(err)
			}
		}
		sum := money.Fen(0)
		for _, m := range s.Months {
			sum += m.After
		}
		if sum != s.Total.After {
			rt.Fatalf("the months make %s, the people %s", sum, s.Total.After)
		}
		sample, err := s.Sample()
		if err != nil {
			rt.Fatal(err)
		}
		text := fmt.Sprint(elder(s), s.Total, len(s.Towns))
		for _, one := range sample {
			text += fmt.Sprintln(one.Person, one.Effect, one.Benefit.ID, one.On, one.AmountBefore, one.AmountAfter)
		}
		return text
	}
	rapid.Check(t, func(rt *rapid.T) {
		if a, b := told(rt, people), told(rt, rapid.Permutation(people).Draw(rt, "order")); a != b {
			rt.Fatalf("%s\nis in another order\n%s", a, b)
		}
	})
}
