package auth_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/packs"
	"doudi/record/auth"
)

var update = flag.Bool("update", false, "rewrite testdata/reads.csv; read the difference before keeping it")

func library(t *testing.T) *policy.Library {
	t.Helper()
	l, err := policy.OpenLibrary(packs.Files, nil)
	if err == nil {
		err = l.LoadAll(packs.Files)
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// lookers are the roles that look at people.
func lookers() (list []*auth.Role) {
	for _, r := range auth.Roles() {
		if _, ok := r.May(auth.SeePeople); ok {
			list = append(list, r)
		}
	}
	return list
}

// Which verdicts each role reads, of every benefit for people that is shipped: a table that a person reads.
func TestWhoReadsWhat(t *testing.T) {
	var table strings.Builder
	table.WriteString("benefit,name")
	for _, r := range lookers() {
		table.WriteString("," + r.ID)
	}
	for _, p := range library(t).Packs {
		for _, b := range p.Benefits {
			if b.For != "person" && b.For != "household" {
				continue
			}
			fmt.Fprintf(&table, "\n%s/%s,%s", p.ID, b.ID, b.Name.ZH)
			for _, r := range lookers() {
				reads := "-"
				if a, _ := r.May(auth.SeePeople); a.Reads(p.AsksFor(b), b.Concerns()) {
					reads = "reads"
				}
				table.WriteString("," + reads)
			}
		}
	}
	path := filepath.Join("testdata", "reads.csv")
	got := table.String() + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("who reads what has changed (%v); with -update it is written anew:\n%s", err, got)
	}
}

// What is read follows from kinds of facts alone.
func TestReads(t *testing.T) {
	level, school := &rule.FactType{Office: "残联", Sensitivity: rule.Health}, &rule.FactType{Office: "教体局", Sensitivity: rule.Child}
	poor, rural := &rule.FactType{Office: "扶贫办", Sensitivity: rule.Finance}, &rule.FactType{Office: "公安", Sensitivity: rule.Plain}
	type kinds = []*rule.FactType
	office := auth.Access{Sees: []rule.Sensitivity{rule.Health}, Keeps: []string{"残联"}}
	for _, tt := range []struct {
		name           string
		a              auth.Access
		asks, concerns kinds
		want           bool
	}{
		{"nothing is asked", auth.Access{}, nil, nil, true},
		{"plain facts alone", auth.Access{}, kinds{rural}, kinds{rural}, true},
		{"sees all of it", auth.Access{Sees: []rule.Sensitivity{rule.Health, rule.Finance}}, kinds{level, poor}, kinds{level}, true},
		{"sees a part of it", auth.Access{Sees: []rule.Sensitivity{rule.Health}}, kinds{level, poor}, kinds{level}, false},
		{"the work of the office", office, kinds{level, poor, rural}, kinds{level, rural}, true},
		{"of the office, but about what others keep too", office, kinds{level, poor}, kinds{level, poor}, false},
		{"about nobody in particular", office, kinds{level, poor}, nil, false},
		{"about plain facts", office, kinds{poor}, kinds{rural}, false},
		{"the work of another office", office, kinds{school, poor}, kinds{school}, false},
	} {
		if got := tt.a.Reads(tt.asks, tt.concerns); got != tt.want {
			t.Errorf("%s: reads is %v", tt.name, got)
		}
	}
}

// The offices whose work a role does are those that the vocabulary says facts come from.
func TestOfficesAreKnown(t *testing.T) {
	v := library(t).Vocabulary
	var offices []string
	for _, f := range v.Facts {
		offices = append(offices, f.Office)
	}
	for _, r := range lookers() {
		a, _ := r.May(auth.SeePeople)
		for _, office := range a.Keeps {
			if !slices.Contains(offices, office) {
				t.Errorf("%s does the work of %s, from which no fact comes", r.ID, office)
			}
		}
	}
}
