package policy_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"pgregory.net/rapid"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

func TestGoodPack(t *testing.T) {
	p := small(t, smallFiles(t))
	if p.ID != "small" || p.Jurisdiction != "999901" || !p.HasIssued || p.Draft || p.OnAdoption || p.Changelog != "1.0.0\n" {
		t.Errorf("header %+v", p)
	}
	if len(p.Cases) != 2 || len(p.CaseFiles) != 1 || p.CaseFiles[0] != "small/cases/one.yaml" {
		t.Errorf("cases %v of %v", p.Cases, p.CaseFiles)
	}
	var outline []string
	for _, c := range p.Clauses {
		line := strings.Repeat("#", c.Level) + " " + c.Number + " " + c.Title.ZH + " " + c.Title.EN
		for _, b := range c.Blocks {
			line += " " + b.Kind + ":" + b.ID
		}
		outline = append(outline, line)
	}
	want := []string{
		"## 一 补助 Aid parameters:aid question:mode question:round benefit:living",
		"### （一） 助学 Schooling table:schools table:drugs benefit:school",
		"## 二 医疗 Medical settlement:visit",
	}
	if strings.Join(outline, "\n") != strings.Join(want, "\n") {
		t.Errorf("outline\n%s\nwant\n%s", strings.Join(outline, "\n"), strings.Join(want, "\n"))
	}
	if prose := p.Clauses[0].Prose; len(prose) != 1 || !strings.HasPrefix(prose[0], "贫困的残疾人") {
		t.Errorf("prose %q", prose)
	}
	living := p.Benefits[0]
	if living.When[0].Label != (fault.Text{ZH: "贫困", EN: "poor"}) || living.Form != "cash" || living.Every.Fixed != policy.EveryMonth || living.Rounding.Question != "round" {
		t.Errorf("benefit %+v", living)
	}
	payers := p.Settlement[0].Payers
	if len(payers) != 2 || !payers[0].Given || len(payers[0].Draws) != len(subject.PartNames) || len(payers[1].Draws) != 1 || payers[0].Name.EN != "Basic medical insurance" {
		t.Errorf("payers %+v %+v", payers[0], payers[1])
	}
	if n := len(p.Tables["schools"].Rows); n != 2 || p.Tables["schools"].Rows[0][2] != nil || !p.Tables["drugs"].ToVerify {
		t.Errorf("tables %+v", p.Tables)
	}
	if p.Parameters["aid.limit"].Unset == nil || p.Parameters["aid.monthly"].Values[0].From != day(t, "2021-01-01") {
		t.Errorf("parameters %+v", p.Parameters["aid.monthly"])
	}
}

// Each is a good pack although one might doubt it.
func TestGoodVariations(t *testing.T) {
	const named = "name: {zh: 补助, en: Aid}\n"
	const living = "benefit living\n" + named + "public_name: {zh: 补助, en: Aid}\nfor: person\nevery: month\n"
	const duty = "duty keep\n" + named + "kind: role\nwho: town\n"
	const visit = "settlement visit\n" + named + "for: known(visit.date)\nover: visit\ndecided_on: visit.date\npatient: remaining\npayers:\n  - basic_insurance: given\n"
	tests := map[string]string{
		"another document's scheme":   rules(living + "amount: yuan(1)\nexcludes: [other/living]\n"),
		"same id for value and block": rules("parameters living\nmonthly: {label: {zh: 标准, en: Monthly}, unit: yuan, values: {2021-01-01: 1.00}}\n", living+"amount: living.monthly\n"),
		"counter before it is moved":  rules(living+"amount: 'counter.yearly > yuan(5) ? yuan(0) : yuan(1)'\n", visit+"accumulate:\n  yearly: {of: patient, window: {cycle: winter}, dated_by: visit.date}\n"),
		"help in kind":                rules(strings.Replace(living, "public_name: {zh: 补助, en: Aid}\n", "kind: in-kind\n", 1)),
		"several who lead":            rules("duty keep\n" + named + "kind: report\nlead: county\nwho: [town, county]\ndue: [\"02-29\"]\n"),
		"text that looks like a rule": rules(duty) + "\n```yaml\nkind: role\n```\n\n    ```yaml duty shown\n    ```\n\n```go duty x\n```\n",
		"byte order mark and CRLF":    "\ufeff" + strings.ReplaceAll(rules(duty), "\n", "\r\n"),
		"old line ends":               strings.ReplaceAll(rules(duty), "\n", "\r"),
		"indented fence":              "## 一 条文 · Clause\n\n  ```yaml duty keep\n  name: {zh: 补助, en: Aid}\n  kind: role\n  who: town\n  ```\n",
		"list applied":                rules("question months\nabout: []\nwording: {zh: 月, en: months}\ntype: counts\nreadings: {\"[1, 7]\": {zh: 一、七, en: first}, \"[6]\": {zh: 六, en: June}}\napplied: [1, 7]\nwhy: {zh: 因, en: why}\n", living+"amount: yuan(1)\nmonths: question.months\n"),
	}
	for name, document := range tests {
		t.Run(name, func(t *testing.T) {
			small(t, with(smallFiles(t), map[string]string{"small/policy.md": document}))
		})
	}
}

// The hash changes with any byte of any file, with any file more or less, and with a file's name.
func TestHashChangesWithAnyByte(t *testing.T) {
	files := smallFiles(t)
	hash := small(t, files).Hash
	if again := small(t, smallFiles(t)).Hash; again != hash || len(hash) != 64 {
		t.Fatalf("hashes %s and %s of one pack", hash, again)
	}
	differs := func(changed fstest.MapFS) {
		p, err := open(t, changed).Load(changed, "small")
		if err == nil && p.Hash == hash {
			t.Error("a changed pack has the same hash")
		}
	}
	loaded := 0
	rapid.Check(t, func(r *rapid.T) {
		names := []string{"small/pack.yaml", "small/policy.md", "small/locale/en.yaml", "small/tables/schools.csv", "small/cases/one.yaml", "small/CHANGELOG.md"}
		name := rapid.SampledFrom(names).Draw(r, "file")
		content := []byte(string(files[name].Data))
		at := rapid.IntRange(0, len(content)-1).Draw(r, "byte")
		content[at] = rapid.Byte().Filter(func(b byte) bool { return b != content[at] }).Draw(r, "value")
		changed := with(files, map[string]string{name: string(content)})
		p, err := open(t, changed).Load(changed, "small")
		if err != nil {
			return // most changed bytes leave no pack to hash
		}
		loaded++
		if p.Hash == hash {
			r.Fatalf("byte %d of %s changed, the hash did not", at, name)
		}
	})
	if loaded == 0 {
		t.Error("no changed pack could be loaded")
	}
	differs(with(files, map[string]string{"small/notes.txt": ""}))
	differs(with(files, map[string]string{"small/CHANGELOG.md": "1.0.0\n\n"}))
	renamed := with(files, map[string]string{"small/cases/two.yaml": string(files["small/cases/one.yaml"].Data)})
	delete(renamed, "small/cases/one.yaml")
	differs(renamed)
	less := with(files, nil)
	delete(less, "small/CHANGELOG.md")
	differs(less)
}

func TestLibraryPack(t *testing.T) {
	l := shipped(t)
	for _, p := range l.Packs {
		if got, err := l.Pack(p.ID); got != p || err != nil {
			t.Errorf("%s: %v", p.ID, err)
		}
	}
	tests := map[string]string{"pingyin2021": "did you mean pingyin-2021?", "xyz": "known: example "}
	for id, hint := range tests {
		_, err := l.Pack(id)
		var e *fault.Error
		if list := faults(t, err); len(list) == 1 {
			e = list[0]
		}
		if e == nil || e.Code != "pack.not-found" || e.Kind != fault.NotFound || !strings.HasPrefix(e.Hint.EN, hint) || !strings.Contains(e.Message.ZH, id) {
			t.Errorf("%s: %+v", id, e)
		}
	}
}

func TestApplying(t *testing.T) {
	l := shipped(t)
	tests := []struct {
		on, packs string
		division  string
	}{
		{"2023-12-31", "", "999901"},
		{"2024-01-01", "example", "999901"},
		{"2024-01-01", "example", "999901001001"},
		{"2024-01-01", "", "999902"},
		{"2024-01-01", "", "9999"},
		{"2021-05-01", "pingyin-2021", "370124102001"},
		{"2022-01-01", "", "370124102001"},
	}
	for _, test := range tests {
		var ids []string
		for _, p := range l.Applying(ident.Division(test.division), day(t, test.on)) {
			ids = append(ids, p.ID)
		}
		if got := strings.Join(ids, " "); got != test.packs {
			t.Errorf("%s on %s: %q, want %q", test.division, test.on, got, test.packs)
		}
	}
}

func TestSame(t *testing.T) {
	month := rule.Counts([]int64{1, 7})
	if !policy.Same(month, rule.Counts([]int64{1, 7})) || policy.Same(month, rule.Counts([]int64{7, 1})) {
		t.Error("lists of numbers")
	}
	if policy.Same(rule.Money(100), rule.Text("1.00")) || !policy.Same(rule.Money(money.Fen(100)), rule.Money(100)) {
		t.Error("an amount is no text, though it reads alike")
	}
}

// shipped are the packs of the tree.
func shipped(t testing.TB) *policy.Library {
	t.Helper()
	files := os.DirFS("../../packs")
	l := open(t, files)
	if err := l.LoadAll(files); err != nil {
		t.Fatal(fault.RenderError(err, "en"))
	}
	return l
}

// FuzzPack: no policy.md makes the loading panic; what is wrong is said by name, at a place inside the pack's files.
func FuzzPack(f *testing.F) {
	files := smallFiles(f)
	f.Add(files["small/policy.md"].Data)
	bad, err := os.ReadDir("testdata/bad")
	if err != nil {
		f.Fatal(err)
	}
	for _, entry := range bad {
		if content, err := os.ReadFile("testdata/bad/" + entry.Name() + "/policy.md"); err == nil {
			f.Add(content)
		}
	}
	for _, seed := range []string{"", "##", "## 一 甲 · A\n```yaml duty x", "## 一 甲 · A\n```yaml benefit x\n```\n", "甲\n---\n```yaml table t\n[]\n```", "\xff", "## 一 甲 · A\n\n\t```yaml duty x\n", "## 一 甲 · A\n```yaml settlement x\npayers: [[group]]\n```\n"} {
		f.Add([]byte(seed))
	}
	v := open(f, files).Vocabulary
	f.Fuzz(func(t *testing.T, content []byte) {
		changed := with(files, map[string]string{"small/policy.md": string(content)})
		p, err := policy.Load(changed, "small", v, period.DefaultCalendar())
		if (p == nil) != (err != nil) {
			t.Errorf("pack %v beside error %v", p, err)
		}
		plain := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(string(content), "\ufeff"))
		changed["small/policy.md"] = &fstest.MapFile{Data: []byte(plain)}
		for _, e := range faults(t, err) {
			inFile(t, e, changed)
			if !utf8.ValidString(e.Message.ZH) || e.Kind == fault.Internal {
				t.Errorf("said %+v", e)
			}
		}
	})
}

func BenchmarkLoadAll(b *testing.B) {
	files := os.DirFS("../../packs")
	for b.Loop() {
		l := open(b, files)
		if err := l.LoadAll(files); err != nil {
			b.Fatal(fault.RenderError(err, "en"))
		}
	}
}
