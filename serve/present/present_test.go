package present_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"doudi/decide/entitle"
	"doudi/decide/policy"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/serve/present"
)

func TestStatement(t *testing.T) {
	p := fixture(t)
	tests := []struct {
		name, adopt string
		change      [2]string // in the bill
		options     present.Options
	}{
		{"statement", limited, [2]string{}, zh},
		{"statement-en", limited, [2]string{}, en},
		{"statement-provisional", "", [2]string{}, zh},
		{"statement-refused", limited, [2]string{"designated: true", "designated: false"}, zh},
		{"statement-documents", limited, [2]string{"designated: true", "designated: null"}, zh},
		{"statement-upstream", limited, [2]string{"paid: {basic_insurance: 6000.00}", "paid: {}"}, zh},
		{"statement-unclaimed", limited, [2]string{"kind: inpatient", "kind: outpatient"}, zh},
		{"statement-possible", limited, [2]string{"kind: inpatient", "kind: null"}, en},
		{"statement-hidden", limited, [2]string{}, present.Options{Lang: "zh", HideSensitive: true}},
		{"statement-short", "", [2]string{}, present.Options{Lang: "zh", Short: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			source := strings.Replace(stay, tt.change[0], tt.change[1], 1)
			if strings.Contains(tt.adopt, "999922") {
				source = strings.ReplaceAll(source, `hukou: "999921`, `hukou: "999922`)
			}
			b, s := basis(t, p, tt.adopt), person(t, p, source)
			golden(t, tt.name+".golden", present.Draw(present.Statement(settled(t, b, s), s, tt.options), false))
		})
	}
}

func TestDecision(t *testing.T) {
	p := fixture(t)
	tests := []struct {
		name, adopt, on string
		change          [2]string
		options         present.Options
	}{
		{"decision", "", "2024-05-31", [2]string{}, zh},
		{"decision-en", "", "2024-05-31", [2]string{}, en},
		{"decision-refused", "", "2024-05-31", [2]string{"level: {value: 1,", "level: {value: 3,"}, zh},
		{"decision-review", "", "2024-08-31", [2]string{"amount: 80.00}", "amount: 80.00, reviewed: 2023-05-01}"}, zh},
		{"decision-discretion", "{parameters: {aid.bound: 1000.00}}", "2024-05-31", [2]string{"hardship_found: false}", "hardship_found: true}\ndecisions: {hard-case: {amount: 600.00, reason: 房屋受灾, by: 赵敏}}"}, zh},
		{"decision-undecided", "", "2024-05-31", [2]string{"hardship_found: false", "hardship_found: true"}, zh},
		{"decision-hidden", "{parameters: {aid.bound: 1000.00}}", "2024-05-31", [2]string{"hardship_found: false}", "hardship_found: true}\ndecisions: {hard-case: {amount: 600.00, reason: 房屋受灾, by: 赵敏}}"}, present.Options{Lang: "zh", HideSensitive: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, s := basis(t, p, tt.adopt), person(t, p, strings.Replace(disabled, tt.change[0], tt.change[1], 1))
			d, dues, back := decided(t, b, s, day(t, tt.on))
			golden(t, tt.name+".golden", present.Draw(present.Decision(d, s, dues, back, tt.options), false))
		})
	}
}

func TestHousehold(t *testing.T) {
	p := fixture(t)
	b, s, ill := basis(t, p, ""), person(t, p, disabled), person(t, p, stay)
	on := day(t, "2024-05-31")
	_, dues, _ := decided(t, b, s, on)
	owed, err := entitle.Serve(b, s, p.Services[0], on)
	if err != nil {
		t.Fatal(err)
	}
	members := []present.Member{{Subject: s, Dues: dues, Owed: []*entitle.ServiceOutcome{owed}}, {Subject: ill, Settled: settled(t, b, ill)}}
	for name, options := range map[string]present.Options{"household": zh, "household-en": en} {
		golden(t, name+".golden", present.Draw(present.Household("一户 · a household", b, on, members, options), false))
	}
}

// rules is every block of the fixture that is neither a benefit nor a settlement, as a page.
func rules(t *testing.T, b *policy.Basis, s *subject.Subject, o present.Options) []*present.Page {
	t.Helper()
	on := day(t, "2024-05-31")
	var pages []*present.Page
	add := func(page *present.Page, err error) {
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, page)
	}
	for _, x := range b.Pack.Services {
		r, err := entitle.Serve(b, s, x, on)
		add(present.Service(r, s, o), err)
	}
	for _, x := range b.Pack.Procedures {
		r, err := entitle.Steps(b, s, x, on)
		add(present.Procedure(r, s, o), err)
	}
	for _, x := range b.Pack.Screens {
		r, err := entitle.Find(b, s, x, on)
		add(present.Screen(r, s, o), err)
	}
	for _, x := range b.Pack.Duties {
		r, err := entitle.Owe(b, s, x, on)
		add(present.Duty(r, s, o), err)
	}
	for _, x := range b.Pack.Transition {
		r, err := entitle.Cross(b, s, x, on)
		add(present.Transition(r, s, o), err)
	}
	return pages
}

func TestRules(t *testing.T) {
	p := fixture(t)
	tests := []struct {
		name    string
		change  [2]string
		options present.Options
	}{
		{"rules", [2]string{}, zh},
		{"rules-en", [2]string{}, en},
		{"rules-found", [2]string{"  sex: female", "  sex: female\n  death: 2024-05-20"}, zh},
		{"rules-unknown", [2]string{"  disability: {level: {value: 1, from: 2020-01-01, source: 县残联, learned: 2020-02-01}}\nhousehold: {size: 3, income_per_head: 5400.00}\n", ""}, zh},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := person(t, p, strings.Replace(disabled, tt.change[0], tt.change[1], 1))
			var drawn []string
			for _, page := range rules(t, basis(t, p, ""), s, tt.options) {
				drawn = append(drawn, present.Draw(page, false))
			}
			golden(t, tt.name+".golden", strings.Join(drawn, "\n"))
		})
	}
}

func TestBenefitAlone(t *testing.T) {
	p := fixture(t)
	b, s := basis(t, p, ""), person(t, p, disabled)
	_, dues, _ := decided(t, b, s, day(t, "2024-05-31"))
	golden(t, "benefit.golden", present.Draw(present.Benefit(dues[0], s, zh), false))
}

// A paper for a person never shows an identity number whole, and what is withheld leaks neither as a value nor through
// a formula that was computed from it.
func TestNothingLeaks(t *testing.T) {
	p := fixture(t)
	b, s := basis(t, p, ""), person(t, p, disabled)
	d, dues, back := decided(t, b, s, day(t, "2024-05-31"))
	for _, o := range []present.Options{zh, en} {
		if drawn := present.Draw(present.Decision(d, s, dues, back, o), false); strings.Contains(drawn, "19540302") {
			t.Errorf("the identity number is shown:\n%s", drawn)
		}
	}
	hidden := present.Draw(present.Decision(d, s, dues, back, present.Options{Lang: "zh", HideSensitive: true}), false)
	for _, secret := range []string{"王桂英", "5,400.00", "999921101001", "残疾等级 1"} {
		if strings.Contains(hidden, secret) {
			t.Errorf("%s is shown:\n%s", secret, hidden)
		}
	}
	if !strings.Contains(hidden, present.Withheld.ZH) {
		t.Error("nothing is marked as withheld")
	}
}

func TestColour(t *testing.T) {
	p := fixture(t)
	b, s := basis(t, p, limited), person(t, p, strings.ReplaceAll(stay, `hukou: "999921`, `hukou: "999922`))
	page := present.Statement(settled(t, b, s), s, zh)
	plain, coloured := present.Draw(page, false), present.Draw(page, true)
	if strings.Contains(plain, "\x1b") {
		t.Error("the plain page holds control sequences")
	}
	if !strings.Contains(coloured, "\x1b[32m✓ \x1b[0m") || !strings.Contains(coloured, "\x1b[1m") {
		t.Errorf("the coloured page shows no colour:\n%q", coloured)
	}
	if got := stripped(coloured); got != plain {
		t.Errorf("colour changes what is said:\n%s\n%s", got, plain)
	}
}

// stripped takes control sequences and the spaces before line ends away.
func stripped(s string) string {
	var b strings.Builder
	inside := false
	for _, r := range s {
		switch {
		case r == '\x1b':
			inside = true
		case inside:
			inside = r != 'm'
		default:
			b.WriteRune(r)
		}
	}
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func TestWrap(t *testing.T) {
	tests := []struct {
		name, text string
		width      int
		want       []string
	}{
		{"fits", "一二三", 6, []string{"一二三"}},
		{"between characters", "一二三四", 6, []string{"一二三", "四"}},
		{"never before a comma", "一二三，四", 6, []string{"一二", "三，四"}},
		{"never after an opening bracket", "一二（三", 6, []string{"一二", "（三"}},
		{"at spaces", "9,714.05 − 500.00", 10, []string{"9,714.05 −", "500.00"}},
		{"figures stay whole", "共1,286.30元", 9, []string{"共", "1,286.30", "元"}},
		{"a long word is cut", "abcdefgh", 3, []string{"abc", "def", "gh"}},
		{"line breaks stay", "一\n二", 10, []string{"一", "二"}},
		{"empty", "", 10, []string{""}},
		{"a width below one character", "一二", 1, []string{"一", "二"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := present.Wrap(tt.text, tt.width)
			if strings.Join(got, "|") != strings.Join(tt.want, "|") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// What a file says cannot steer the terminal it is shown on.
func TestControlCharactersAreShownNotObeyed(t *testing.T) {
	evil := "甲\x1b[2J\u202e乙"
	page := &present.Page{Title: evil, Mark: evil, Fields: []present.Field{{Name: "名", Value: evil}},
		Sections: []present.Section{{Title: evil, Status: evil, Notes: []string{evil}, Items: []present.Item{{Text: evil, Facts: []present.Fact{{Name: evil}}, Notes: []string{evil}}},
			Table: &present.Table{Columns: []present.Column{{Title: evil}}, Rows: []present.Row{{Cells: []string{evil}}}}}}}
	if drawn := present.Draw(page, false); strings.ContainsAny(drawn, "\x1b\u202e") {
		t.Errorf("%q", drawn)
	}
}

func TestWrapKeepsEveryCharacter(t *testing.T) {
	letters := rapid.SampledFrom([]rune("一二三，。（）、ab1,.% ×−"))
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(letters, 0, 60).Draw(t, "text"))
		width := rapid.IntRange(2, 30).Draw(t, "width")
		lines := present.Wrap(text, width)
		without := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if without(strings.Join(lines, "")) != without(text) {
			t.Fatalf("%q became %q", text, lines)
		}
		for _, line := range lines {
			if fault.Columns(line) > width {
				t.Fatalf("%q is wider than %d", line, width)
			}
		}
	})
}

// Every office that the vocabulary names has an English name here.
func TestOfficesAreTranslated(t *testing.T) {
	p := fixture(t)
	for _, fact := range p.Vocabulary.Facts {
		checkOffice(t, fact.Office)
	}
	for _, roster := range p.Vocabulary.Rosters {
		checkOffice(t, roster.Office)
	}
}

func checkOffice(t *testing.T, name string) {
	t.Helper()
	if name != "" && !present.HasOffice(name) {
		t.Errorf("offices.go has no English for %s", name)
	}
}
