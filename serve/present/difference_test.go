package present_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"doudi/decide/policy"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/serve/present"
)

// changed is the fixture with replacements in its policy.md, as a later pack.
func changed(t *testing.T, replacements ...string) *policy.Pack {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"pack.yaml", "policy.md", "locale/en.yaml"} {
		content, err := os.ReadFile("testdata/pack/" + name)
		if err != nil {
			t.Fatal(err)
		}
		s := string(content)
		for i := 0; i < len(replacements); i += 2 {
			s = strings.Replace(s, replacements[i], replacements[i+1], 1)
		}
		files["pack/"+name] = &fstest.MapFile{Data: []byte(s)}
	}
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		t.Fatal(err)
	}
	p, err := library.Load(files, "pack")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// later is a pack in which every kind of thing that a comparison knows has changed.
func later(t *testing.T) *policy.Pack {
	return changed(t,
		"version: 1.2.0", "version: 2.0.0",
		"to: 2024-12-31}", "to: 2025-12-31}",
		"2024-07-01: 90.00", "2024-07-01: 95.00, 2025-01-01: 100.00",
		"unset: 文件未给出数额", "values: {2024-01-01: 2000.00}",
		"applied: same", "applied: next",
		"  - 残疾等级为一、二级: person.disability.level <= 2\namount: aid.monthly\n", "  - 残疾等级为一、二级: person.disability.level <= 3\n  - 一人独居: household.size == 1\namount: aid.monthly\n",
		"paid: quarter", "paid: month",
		"excludes: [disability-aid]\n", "",
		"rows: [[bed, 20%]]", "rows: [[bed, 30%], [ct, 10%]]",
		"## 二 住院帮扶 · Stays", "## 二 住院费用帮扶 · Cost of stays",
		"  - basic_insurance: given\n", "  - basic_insurance: given\n  - serious_illness: {given: true, otherwise: yuan(0)}\n",
		"share(remaining.total, stay.town_share)", "share(remaining.out_of_scope, stay.town_share)",
		"## 三 办理 · How it is done", "## 四 办理 · How it is done",
		"```yaml duty january-report\nname: 年度报告\nitems: [PR-3]\nkind: report\nwho: town\nto: [county]\ncontent: 报告发放和走访情况\ndue: [\"01-31\"]\nroll: \"true\"\n```", "",
		"```yaml duty visits-rate", "## 五 附则 · Last\n\n走访完成率。\n\nVisits.\n\n```yaml duty visits-rate",
		"月标准: Monthly rate\n", "月标准: Monthly rate\n一人独居: Lives alone\n",
	)
}

func TestDifference(t *testing.T) {
	all := readSchemas(t)
	d := policy.Compare(fixture(t), later(t))
	more, less := money.Yuan(100), money.Yuan(80)
	impact := &present.Impact{On: day(t, "2024-05-31"), People: 3,
		Benefits: []present.ImpactBenefit{{ID: "disability-aid", Name: later(t).Benefits[0].Name, Every: policy.EveryMonth, Enter: 1, Gain: 1, Unknown: 1, Before: less, After: 2 * more}},
		Persons:  []present.ImpactPerson{{Name: "王桂英", Benefit: later(t).Benefits[0].Name, Before: &less, After: &more}, {Name: "李四", Benefit: later(t).Benefits[0].Name, After: &more}}}
	golden(t, "difference.golden", present.Draw(present.Diff(d, impact, zh), false))
	golden(t, "difference-en.golden", present.Draw(present.Diff(d, nil, en), false))
	all.view(t, present.ViewDifference(d, impact, zh))
	all.view(t, present.ViewDifference(d, nil, zh))
}

func TestNoDifference(t *testing.T) {
	d := policy.Compare(fixture(t), fixture(t))
	if len(d.Clauses) > 0 || len(d.Head) > 0 {
		t.Errorf("a pack differs from itself: %+v", d)
	}
	if drawn := present.Draw(present.Diff(d, nil, zh), false); !strings.Contains(drawn, "没有不同") {
		t.Error(drawn)
	}
}

// What is removed one way is added the other way.
func TestDifferenceIsSymmetric(t *testing.T) {
	there, back := policy.Compare(fixture(t), later(t)), policy.Compare(later(t), fixture(t))
	count := func(d *policy.Difference, kind policy.ChangeKind) (n int) {
		for _, c := range d.Clauses {
			for _, change := range c.Changes {
				if change.Kind == kind {
					n++
				}
			}
		}
		return n
	}
	for kind, opposite := range map[policy.ChangeKind]policy.ChangeKind{policy.Added: policy.Removed, policy.Removed: policy.Added, policy.Changed: policy.Changed} {
		if a, b := count(there, kind), count(back, opposite); a != b {
			t.Errorf("%d %s one way, %d %s the other way", a, kind, b, opposite)
		}
	}
}
