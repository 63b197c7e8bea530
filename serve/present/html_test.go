package present_test

import (
	"bytes"
	"context"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"pgregory.net/rapid"

	"doudi/decide/policy"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/serve/present"
)

func render(t testing.TB, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(b.String(), "><", ">\n<") + "\n"
}

// frame is what the papers of the tests carry.
var frame = present.Frame{Line: "单号 1　打印 2024-06-01", Signatures: []string{"签字："}, Stylesheet: "/desk.css"}

// Each page of the renderer is shown as a fragment and on paper, from the same Page as on a terminal.
func TestHTML(t *testing.T) {
	p := fixture(t)
	for lang, o := range map[string]present.Options{"zh": zh, "en": en} {
		for name, page := range pagesOf(t, p, o) {
			t.Run(name+"-"+lang, func(t *testing.T) {
				golden(t, name+"-"+lang+".html", render(t, present.Fragment(page)))
				if paper := render(t, present.Paper(page, frame)); lang == "zh" {
					golden(t, name+".paper.html", paper)
				}
			})
		}
	}
}

// pagesOf is one page of every kind.
func pagesOf(t *testing.T, p *policy.Pack, o present.Options) map[string]*present.Page {
	t.Helper()
	b, s, ill := basis(t, p, ""), person(t, p, disabled), person(t, p, stay)
	on := day(t, "2024-05-31")
	d, dues, back := decided(t, b, s, on)
	members := []present.Member{{Subject: s, Dues: dues}, {Subject: ill, Settled: settled(t, b, ill)}}
	return map[string]*present.Page{
		"statement":  present.Statement(settled(t, b, ill), ill, o),
		"decision":   present.Decision(d, s, dues, back, o),
		"household":  present.Household("王桂英户", b, on, members, o),
		"rule":       rules(t, b, s, o)[0],
		"difference": present.Diff(policy.Compare(p, later(t)), nil, o),
	}
}

func TestDesk(t *testing.T) {
	p := fixture(t)
	tests := []struct {
		name, adopt string
		change      [2]string
		options     present.Options
	}{
		{"desk", limited, [2]string{}, zh},
		{"desk-en", limited, [2]string{}, en},
		{"desk-refused", limited, [2]string{"designated: true", "designated: false"}, zh},
		{"desk-documents", limited, [2]string{"designated: true", "designated: null"}, zh},
		{"desk-provisional", "", [2]string{}, zh},
		{"desk-window", limited, [2]string{}, present.Options{Lang: "zh", Window: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			source := strings.ReplaceAll(strings.Replace(stay, tt.change[0], tt.change[1], 1), `hukou: "999921`, `hukou: "999922`)
			b, s := basis(t, p, tt.adopt), person(t, p, source)
			w := present.Layers(settled(t, b, s), s, tt.options)
			golden(t, tt.name+".html", render(t, present.Desk(w)))
			if paper := render(t, present.StatementPaper(w, frame)); tt.name == "desk-window" {
				golden(t, tt.name+".paper.html", paper)
			}
		})
	}
	unclaimed := person(t, p, strings.Replace(stay, "kind: inpatient", "kind: outpatient", 1))
	if w := present.Layers(settled(t, basis(t, p, limited), unclaimed), unclaimed, zh); w != nil {
		t.Errorf("a bill that no settlement claims has layers: %+v", w)
	}
}

// A payer that fills up to a share of the bill is marked where it stops; the share is the pack's.
func TestTarget(t *testing.T) {
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		t.Fatal(err)
	}
	p, err := library.Load(packs.Files, "guangxi-2018")
	if err != nil {
		t.Fatal(err)
	}
	s := person(t, p, `
name: 王桂英
person: {insured: true}
rosters: [registered_poor]
visit: {kind: inpatient, admitted: 2019-05-02, discharged: 2019-05-12, hospital: {name: 某县医院, tier: county, division: "999921", designated: true}}
bill: {no: "1", amount: 10000.00, in_scope: 9500.00, paid: {basic_insurance: 6000.00, serious_illness: 500.00, medical_assistance: 0.00, other_compensation: 0.00}}
`)
	b := basis(t, p, `{division: "999921"}`)
	w := present.Layers(settled(t, b, s), s, zh)
	if w.Target == nil || w.Target.At != 900 || w.Target.Label != "至 90%" {
		t.Errorf("target %+v, want 至 90%% at 900", w.Target)
	}
	var order []string
	for _, l := range w.Layers {
		order = append(order, l.Payer)
	}
	if got, want := strings.Join(order, " "), "基本医保 大病保险 民政医疗救助 其他补偿 健康扶贫保险 个人"; got != want {
		t.Errorf("order %q, want %q", got, want)
	}
	if zero := w.Layers[2]; !zero.Zero || zero.How == "" {
		t.Errorf("a layer that pays nothing must say why: %+v", zero)
	}
}

// Whatever somebody wrote into a file stays text.
func TestEscaped(t *testing.T) {
	const evil = `<script>alert("x")</script>' onload="y` + "\u202e\x1b[2J"
	page := &present.Page{Title: evil, Mark: evil, Fields: []present.Field{{Name: evil, Value: evil + "\n" + evil}}, Sections: []present.Section{{
		Title: evil, Status: evil, Notes: []string{evil}, Items: []present.Item{{Text: evil, Facts: []present.Fact{{Name: evil, Value: evil}}, Notes: []string{evil}}},
		Table: &present.Table{Columns: []present.Column{{Title: evil, Toned: true}, {Title: evil}}, Rows: []present.Row{{Tone: present.Bad, Cells: []string{evil, evil}}}}}}}
	w := &present.Waterfall{Title: evil, Person: evil, Totals: []present.Total{{Name: evil, Value: evil}}, Bar: []present.Part{{Name: evil, To: 1000}},
		Layers: []present.Layer{{Payer: evil, How: evil, Amount: evil}}, Notes: []string{evil}}
	for _, c := range []templ.Component{present.Fragment(page), present.Paper(page, present.Frame{Line: evil, Signatures: []string{evil}}), present.Desk(w), present.StatementPaper(w, present.Frame{})} {
		got := render(t, c)
		for _, forbidden := range []string{"<script>", `onload="`, "\u202e", "\x1b"} {
			if strings.Contains(got, forbidden) {
				t.Errorf("%q got through:\n%s", forbidden, got)
			}
		}
	}
}

// The bar is whole: its parts follow on one another from the left edge to the right, and each can be seen.
func TestBarIsWhole(t *testing.T) {
	p := fixture(t)
	rapid.Check(t, func(r *rapid.T) {
		total := rapid.Int64Range(1, 10_000_000_00).Draw(r, "total")
		inScope := rapid.Int64Range(0, total).Draw(r, "in scope")
		paid := rapid.Int64Range(0, inScope).Draw(r, "paid")
		yuan := func(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }
		source := fmt.Sprintf(`
name: 王桂英
person: {hukou: "999922101001"}
household: {income_per_head: 5400.00}
visit: {kind: inpatient, admitted: 2024-05-02, discharged: 2024-05-12, hospital: {tier: county, division: "999922", designated: true}}
bill: {no: a, amount: %s, in_scope: %s, paid: {basic_insurance: %s}}
`, yuan(total), yuan(inScope), yuan(paid))
		doc := person(t, p, source)
		w := present.Layers(settled(t, basis(t, p, limited), doc), doc, zh)
		at := 0
		for _, part := range w.Bar {
			if part.From != at || part.To <= part.From {
				r.Fatalf("part %+v does not follow %d", part, at)
			}
			at = part.To
		}
		if at != 1000 {
			r.Fatalf("the bar ends at %d: %+v", at, w.Bar)
		}
	})
}

// The generated files are those of the templates.
func TestGeneratedIsCurrent(t *testing.T) {
	current(t, ".")
	current(t, "../web")
}

func current(t *testing.T, folder string) {
	t.Helper()
	sources, err := filepath.Glob(filepath.Join(folder, "*.templ"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("no templates in %s: %v", folder, err)
	}
	work := t.TempDir()
	for _, source := range sources {
		content, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(work, filepath.Base(source)), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("go", "tool", "templ", "generate", "-include-version=false", "-path", work).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, source := range sources {
		name := strings.TrimSuffix(filepath.Base(source), ".templ") + "_templ.go"
		fresh, err := os.ReadFile(filepath.Join(work, name))
		if err != nil {
			t.Fatal(err)
		}
		if fresh, err = format.Source(fresh); err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(fresh, kept) {
			t.Errorf("%s is not what %s says: run make generate", filepath.Join(folder, name), source)
		}
	}
}
