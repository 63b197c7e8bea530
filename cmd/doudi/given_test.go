package main

import (
	"strings"
	"testing"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
)

func TestChoose(t *testing.T) {
	year := func(y int) period.Span {
		return period.Span{From: period.MustDay(y, 1, 1), To: period.MustDay(y, 12, 31)}
	}
	library := &policy.Library{Packs: []*policy.Pack{
		{ID: "county-2020", Jurisdiction: "370124", InForce: year(2020)},
		{ID: "county-2021", Jurisdiction: "370124", InForce: year(2021)},
		{ID: "city-2021", Jurisdiction: "370100", InForce: year(2021)},
		{ID: "hidden", InForce: period.Span{From: rule.Beginning, To: rule.Forever}},
	}}
	tests := []struct {
		name     string
		division string
		year     int
		want     string // id of the pack, or the error's code
		says     string
	}{
		{"one", "370124102001", 2020, "county-2020", ""},
		{"the city's, from a neighbouring county", "370125", 2021, "city-2021", ""},
		{"several", "370124102001", 2021, "pack.several", "county-2021（370124，2021-01-01 – 2021-12-31）、city-2021"},
		{"none that day", "370124", 2019, "pack.none-in-force", "county-2020（370124，2020-01-01 – 2020-12-31）"},
		{"none there", "110101", 2021, "pack.none-for-place", "hidden（–， – ）"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pack, err := choose(library, ident.Division(tt.division), period.MustDay(tt.year, 6, 1))
			got := fault.CodeOf(err)
			if err == nil {
				got = pack.ID
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			for _, lang := range []string{"zh", "en"} {
				if said := fault.RenderError(err, lang); !strings.Contains(said, tt.says) {
					t.Errorf("%q does not say %q", said, tt.says)
				}
			}
		})
	}
}
