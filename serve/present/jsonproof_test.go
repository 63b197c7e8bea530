package present_test

import (
	"strings"
	"testing"

	"doudi/decide/policy"
	"doudi/decide/proof"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/serve/present"
)

// TestProofViews checks what policy check, test and coverage write for machines against their schemas.
func TestProofViews(t *testing.T) {
	all := readSchemas(t)
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		t.Fatal(err)
	}
	p, err := library.Load(packs.Files, "example")
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	if got := all.view(t, present.ViewCheck(library.Packs)); !strings.Contains(got, `"cases": 102`) && len(p.Cases) == 102 {
		t.Error(got)
	}
	cases, err := proof.Read(p)
	if err != nil {
		t.Fatal(err)
	}
	v := present.ViewTest()
	tested := present.Tested(p)
	for i, c := range cases {
		failures := proof.Run(c)
		if i == 0 { // one that fails, with and without a place
			failures = []proof.Failure{{Case: c, Message: fault.Text{ZH: "不符", EN: "differs"}}, {Case: c, Message: fault.Text{ZH: "不符"}, At: c.Node.Position()}}
		}
		tested.Cases = append(tested.Cases, present.ViewCase(c, failures))
	}
	v.Packs = append(v.Packs, tested)
	all.view(t, v)
	content, err := packs.Files.ReadFile("items.csv")
	if err != nil {
		t.Fatal(err)
	}
	items, err := proof.ReadItems("items.csv", content)
	if err != nil {
		t.Fatal(err)
	}
	coverage, err := proof.Measure(p, append(items, proof.Item{Code: "EX-999", Tags: "C", Node: items[0].Node}))
	if err != nil {
		t.Fatal(err)
	}
	got := present.ViewCoverage([]*proof.Coverage{coverage})
	all.view(t, got)
	if got.Done {
		t.Error("an item that nothing carries out is covered")
	}
}
