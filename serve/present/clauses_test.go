package present_test

import (
	"os"
	"strings"
	"testing"

	"doudi/decide/policy"
	"doudi/decide/proof"
	"doudi/kernel/period"
	"doudi/serve/present"
)

// Every rule of every shipped pack can be said in both languages, and every case stands beside a clause.
func TestEveryRuleInWords(t *testing.T) {
	l, err := policy.OpenLibrary(os.DirFS("../../packs"), period.DefaultCalendar())
	if err == nil {
		err = l.LoadAll(os.DirFS("../../packs"))
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range l.Packs {
		for _, lang := range []string{"zh", "en"} {
			for _, c := range present.Clauses(policy.NewBasis(p, nil), period.MustDay(2021, 11, 8), present.Options{Lang: lang}) {
				for _, r := range c.Rules {
					said := r.Kind + r.Title
					for _, f := range r.Fields {
						said += f.Name + f.Value
					}
					for _, item := range r.Items {
						said += item.Text + strings.Join(item.Notes, "")
					}
					if r.Kind == "" || strings.Contains(said, "%!") || len(r.Fields)+len(r.Items)+len(r.Notes) == 0 && r.Table == nil {
						t.Errorf("%s %s %s: %+v", p.ID, c.Number, r.ID, r)
					}
				}
			}
		}
		proven, err := proof.Measure(p, nil)
		if err != nil {
			t.Fatal(err)
		}
		numbers := map[string]bool{}
		for _, c := range p.Clauses {
			numbers[c.Number] = true
		}
		cases, all := present.WorkedCases(p, proven, present.Options{Lang: "zh"}), 0
		for number, list := range cases {
			all += len(list)
			for _, c := range list {
				if !numbers[number] && !strings.Contains(strings.Join(c.Expect, ""), "应拒绝办理") {
					t.Errorf("%s: case %s stands beside no clause (%q): %v", p.ID, c.Name, number, c.Expect)
				}
				if len(c.Failed) > 0 {
					t.Errorf("%s: %s: %v", p.ID, c.Name, c.Failed)
				}
			}
		}
		if all != proven.Cases {
			t.Errorf("%s: %d of %d cases", p.ID, all, proven.Cases)
		}
	}
}
