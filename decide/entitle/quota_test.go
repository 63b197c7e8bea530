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
	"doudi/decide/subject"
	"doudi/kernel/fault"
)

// pupil writes one of a roster: poor, rank and ties, each "?" when not known.
func pupil(name, poor, rank, ties string) string {
	s := "{name: " + name + ", person: {"
	for i, value := range []string{poor, rank, ties} {
		if value != "?" {
			s += []string{"poor", "rank", "ties"}[i] + ": " + value + ", "
		}
	}
	return strings.TrimSuffix(s, ", ") + "}}"
}

func TestSelect(t *testing.T) {
	block := "benefit grant\n" + ben + "when:\n  - 条件一: person.poor\namount: yuan(100)\nevery: school-year\nquota: {share: \"question.share == 'fifth' ? pct(20) : (question.share == 'half' ? pct(50) : shares.open)\", of: {zh: 在校生, en: pupils}, rounding: question.mode, rank: person.rank, ties: person.ties}\n"
	blocks := []string{block, question("share", "fifth", "half", "open"), question("mode", "down", "up", "half-up"),
		"parameters shares\nopen: {label: {zh: 比例, en: share}, unit: rate, unset: {zh: 未给, en: not given}}\n"}
	five := []string{pupil("甲", "true", "5", "1"), pupil("乙", "true", "3", "2"), pupil("丙", "true", "3", "1"), pupil("丁", "true", "1", "1"), pupil("戊", "true", "4", "1")}
	tests := []struct {
		name, share, mode string
		roster            []string
		selected, not     string
		open              string // need documents
		known             bool
	}{
		{"one of five", "fifth", "down", five, "丁", "甲 乙 丙 戊", "", true},
		{"half of five, down", "half", "down", five, "丙 丁", "甲 乙 戊", "", true},
		{"half of five, up", "half", "up", five, "乙 丙 丁", "甲 戊", "", true},
		{"half of five, half up", "half", "half-up", five, "乙 丙 丁", "甲 戊", "", true},
		{"a fifth of four, down", "fifth", "down", five[:4], "", "甲 乙 丙 丁", "", true},
		{"a fifth of four, half up", "fifth", "half-up", five[:4], "丁", "甲 乙 丙", "", true},
		{"equal rank and ties: the roster's order", "half", "down", []string{pupil("甲", "true", "1", "1"), pupil("乙", "true", "1", "1")}, "甲", "乙", "", true},
		{"who does not qualify does not count", "half", "down", append(slices.Clone(five), pupil("己", "false", "0", "0")), "丙 丁", "甲 乙 戊", "", true},
		{"nobody", "half", "down", nil, "", "", "", true},
		{"one doubtful behind the rest changes nothing for the first and the last", "half", "down", append(slices.Clone(five), pupil("己", "?", "9", "0")), "丙 丁", "甲 戊", "乙 己", false},
		{"an unknown rank", "half", "down", []string{pupil("甲", "true", "1", "1"), pupil("乙", "true", "?", "1"), pupil("丙", "true", "2", "1"), pupil("丁", "true", "3", "1")}, "甲", "丁", "乙 丙", false},
		{"an unknown rank that cannot matter", "half", "down", []string{pupil("甲", "true", "1", "1"), pupil("乙", "true", "?", "1")}, "", "", "甲 乙", false},
		{"ties that do not matter", "half", "down", []string{pupil("甲", "true", "1", "?"), pupil("乙", "true", "1", "?"), pupil("丙", "true", "2", "?"), pupil("丁", "true", "3", "?")}, "甲 乙", "丙 丁", "", true},
		{"ties that matter", "half", "down", []string{pupil("甲", "true", "1", "1"), pupil("乙", "true", "2", "?"), pupil("丙", "true", "2", "1"), pupil("丁", "true", "3", "1")}, "甲", "丁", "乙 丙", false},
		{"the share is not set", "open", "down", five, "", "", "甲 乙 丙 丁 戊", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			basis := adopted(t, map[string]ref.Val{"share": rule.Text(tt.share), "mode": rule.Text(tt.mode)}, blocks...)
			roster := who(t, basis, "roster: ["+strings.Join(tt.roster, ", ")+"]").Roster
			sel, err := entitle.Select(basis, benefit(t, basis, "grant"), roster, day(t, "2021-11-08"))
			if err != nil {
				t.Fatal(fault.RenderError(err, "en"))
			}
			names := map[explain.Verdict][]string{}
			for _, c := range sel.Candidates {
				names[c.Outcome.Verdict] = append(names[c.Outcome.Verdict], c.Subject.Name)
				if c.Selected != (c.Outcome.Verdict == explain.Pays) {
					t.Errorf("%s selected %v with verdict %s", c.Subject.Name, c.Selected, c.Outcome.Verdict)
				}
				if c.Outcome.Verdict == explain.DocumentsNeeded && len(c.Outcome.Missing) == 0 {
					t.Errorf("%s needs documents, but none is named", c.Subject.Name)
				}
			}
			got := fmt.Sprintf("%v / %v / %v / %v", names[explain.Pays], names[explain.NotSelected], names[explain.DocumentsNeeded], sel.Known)
			want := fmt.Sprintf("%v / %v / %v / %v", strings.Fields(tt.selected), strings.Fields(tt.not), strings.Fields(tt.open), tt.known)
			if got != want {
				t.Errorf("got %s, want %s (missing %v)", got, want, sel.Missing)
			}
		})
	}
}

func TestSelectRefuses(t *testing.T) {
	basis := small(t, grant)
	refused(t, "entitle.no-quota", "", func() error {
		_, err := entitle.Select(basis, benefit(t, basis, "grant"), []*subject.Subject{}, day(t, "2021-11-08"))
		return err
	})
}
