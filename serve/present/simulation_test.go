package present_test

import (
	"strings"
	"testing"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/simulate"
	"doudi/decide/subject"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/serve/present"
)

// simulated is two people of two towns under the fixture and under a later version of it.
func simulated(t *testing.T) *present.Simulation {
	t.Helper()
	before, after := policy.Trial(fixture(t), nil), policy.Trial(later(t), nil)
	month := day(t, "2024-09-30").Month()
	s := simulate.New(month, month+1, []byte("seed"), 1)
	always := period.Span{From: rule.Beginning, To: rule.Forever}
	for i, level := range []int64{2, 3} {
		person := &subject.Subject{Name: []string{"赵四", "钱五"}[i], Facts: rule.Facts{}}
		for name, value := range map[string]rule.Fact{"person.hukou": {Value: rule.Division(fixture(t).Jurisdiction)}, "person.disability.level": {Value: rule.Int(level)},
			"household.size": {Value: rule.Int(1)}, "household.income_per_head": {Value: rule.Money(100_000_00)}, "application.hardship_found": {Value: rule.Bool(false)},
			"approval.day": {Value: rule.Day(day(t, "2024-01-05"))}, "person.birth": {Value: rule.Day(day(t, "1980-01-01"))}} {
			value.Span, value.Source, value.Learned = always, "县残联", rule.Beginning
			person.Facts[name] = []rule.Fact{value}
		}
		town := []ident.Division{"999901100", "999901101"}[i]
		if err := s.Add(simulate.Case{Person: person.Name, Town: town, Head: true, Subject: person, Before: before, After: after}); err != nil {
			t.Fatal(err)
		}
	}
	sample, err := s.Sample()
	if err != nil {
		t.Fatal(err)
	}
	return &present.Simulation{Simulation: s, Sample: sample, County: "999901", Draft: later(t), Against: []present.Against{{Division: "999901", Pack: fixture(t)}},
		Towns: map[ident.Division]string{"999901100": "城关镇"}}
}

func TestSimulation(t *testing.T) {
	s := simulated(t)
	masked := zh
	masked.HideSensitive = true
	golden(t, "simulation.golden", present.Draw(present.Simulated(s, masked), false))
	golden(t, "simulation-en.golden", present.Draw(present.Simulated(s, en), false))
	view := readSchemas(t).view(t, present.ViewSimulation(s, masked))
	if strings.Contains(view, "赵四") || strings.Contains(view, "钱五") {
		t.Error("a name that was to be masked")
	}
}
