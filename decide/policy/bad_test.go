package policy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"doudi/decide/policy"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

// broken is a pack of testdata/bad with what must be said about it. Its files stand in place of those of testdata/small;
// a file FILE.absent takes FILE away; adoption.yaml is read for the pack when the pack itself is good.
type broken struct {
	name   string
	files  fstest.MapFS
	codes  []string // the first line of want.txt, in the order of the report
	words  []string // its other lines: of the report in Chinese and in English
	adopts string
}

func brokenPacks(t *testing.T) []broken {
	t.Helper()
	entries, err := os.ReadDir("testdata/bad")
	if err != nil {
		t.Fatal(err)
	}
	base := smallFiles(t)
	var list []broken
	for _, entry := range entries {
		list = append(list, readBroken(t, base, entry.Name()))
	}
	return list
}

func readBroken(t *testing.T, base fstest.MapFS, name string) broken {
	t.Helper()
	b := broken{name: name, files: with(base, nil)}
	for file, content := range filesBelow(t, filepath.Join("testdata/bad", name), "") {
		switch gone, absent := strings.CutSuffix(file, ".absent"); {
		case file == "want.txt":
			lines := strings.Split(strings.TrimRight(string(content.Data), "\n"), "\n")
			b.codes, b.words = strings.Fields(lines[0]), slices.DeleteFunc(lines[1:], func(line string) bool { return line == "" })
		case file == "adoption.yaml":
			b.adopts = string(content.Data)
		case absent:
			delete(b.files, "small/"+gone)
		default:
			b.files["small/"+file] = content
		}
	}
	return b
}

func (b broken) load(t *testing.T) error {
	t.Helper()
	p, err := open(t, b.files).Load(b.files, "small")
	if (p == nil) != (err != nil) {
		t.Errorf("pack %v beside error %v", p, err)
	}
	if err == nil && b.adopts != "" {
		_, err = adoption(t, p, b.adopts)
	}
	return err
}

// Every broken pack is refused by exactly the codes it should be, each in words that name file, line and column.
func TestBrokenPacks(t *testing.T) {
	packs := brokenPacks(t)
	if len(packs) < 45 {
		t.Fatalf("only %d broken packs", len(packs))
	}
	for _, b := range packs {
		t.Run(b.name, func(t *testing.T) {
			list := faults(t, b.load(t))
			var codes []string
			for _, e := range list {
				codes = append(codes, e.Code)
				inFile(t, e, b.files)
			}
			slices.Sort(codes)
			want := slices.Sorted(slices.Values(b.codes))
			said := fault.RenderError(list, "zh") + "\n" + fault.RenderError(list, "en") + "\n"
			if !slices.Equal(codes, want) {
				t.Errorf("refused by %v, want %v:\n%s", codes, want, said)
			}
			if len(b.words) < 2*len(b.codes) {
				t.Errorf("want.txt holds too few words: %q", b.words)
			}
			for _, line := range b.words {
				if !strings.Contains(said, line+"\n") {
					t.Errorf("the report lacks %q:\n%s", line, said)
				}
			}
		})
	}
}

// inFile checks that an error speaks both languages and stands in a file of the pack, at a place that the file has. Only
// a file that is not there has no place.
func inFile(t *testing.T, e *fault.Error, files fstest.MapFS) {
	t.Helper()
	if e.Code == "" || e.Kind == "" || e.Message.ZH == "" || e.Message.EN == "" {
		t.Errorf("an error lacks its name or words: %+v", e)
	}
	if e.At == nil {
		if e.Code != "pack.file" {
			t.Errorf("%s has no place", e.Code)
		}
		return
	}
	if file := files[e.At.File]; file == nil && e.At.File != "adoption.yaml" {
		t.Errorf("%s is placed in %q, which is no file of the pack", e.Code, e.At.File)
	} else if file != nil {
		lines := strings.Split(string(file.Data), "\n")
		if e.At.Line < 1 || e.At.Line > len(lines) || e.At.Column < 1 || e.At.Column > len([]rune(lines[e.At.Line-1]))+1 {
			t.Errorf("%s is placed at %d:%d, outside the file", e.Code, e.At.Line, e.At.Column)
		}
	}
}

// asked are the errors of a good pack: they come of what it is asked, so no broken pack shows them.
var asked = map[string]func(t *testing.T, p *policy.Pack, l *policy.Library) error{
	"pack.not-found": func(_ *testing.T, _ *policy.Pack, l *policy.Library) error {
		_, err := l.Pack("smalls")
		return err
	},
	"pack.out-of-force": func(t *testing.T, p *policy.Pack, _ *policy.Library) error {
		return policy.NewBasis(p, nil).InForce(day(t, "2023-01-01"))
	},
	"pack.not-adopted": func(t *testing.T, _ *policy.Pack, _ *policy.Library) error {
		return policy.NewBasis(onAdoption(t), nil).InForce(day(t, "2021-05-01"))
	},
	"pack.parameter-undated": func(t *testing.T, p *policy.Pack, _ *policy.Library) error {
		return valueError(policy.NewBasis(p, nil).Frame(day(t, "2021-06-30"))["aid.ratio"])
	},
}

var codeInSource = regexp.MustCompile(`"((?:pack|adoption)\.[a-z]+(?:-[a-z]+)*)"`)

// Every code that the package's source can give is given by a broken pack, or by what a good pack is asked.
func TestEveryCodeIsShown(t *testing.T) {
	shown := map[string]bool{}
	for _, b := range brokenPacks(t) {
		for _, code := range b.codes {
			shown[code] = true
		}
	}
	files := smallFiles(t)
	l := open(t, files)
	p, err := l.Load(files, "small")
	if err != nil {
		t.Fatal(fault.RenderError(err, "en"))
	}
	for code, ask := range asked {
		shown[code] = true
		if got := fault.CodeOf(ask(t, p, l)); got != code {
			t.Errorf("code %q, want %q", got, code)
		}
	}
	given := codesInSource(t)
	for code := range given {
		if !shown[code] {
			t.Errorf("no broken pack shows %s", code)
		}
	}
	for code := range shown {
		if own := strings.HasPrefix(code, "pack.") || strings.HasPrefix(code, "adoption."); own && !given[code] {
			t.Errorf("%s stands in no source", code)
		}
	}
	if len(given) < 50 {
		t.Errorf("only %d codes were found in the source", len(given))
	}
}

func codesInSource(t *testing.T) map[string]bool {
	t.Helper()
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		content, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range codeInSource.FindAllStringSubmatch(string(content), -1) {
			if match[1] != "pack.yaml" { // a file's name
				codes[match[1]] = true
			}
		}
	}
	return codes
}

// A library of broken packs reports them all at once, and keeps the good ones.
func TestLoadAllReportsEveryPack(t *testing.T) {
	files := smallFiles(t)
	for _, name := range []string{"a", "z"} {
		files = with(files, map[string]string{name + "/pack.yaml": "id: " + name + "\n", name + "/policy.md": "## 一 条文 · Clause\n"})
	}
	files = with(files, map[string]string{"notes/readme.md": "no pack"})
	l, err := policy.OpenLibrary(files, period.DefaultCalendar())
	if err != nil {
		t.Fatal(err)
	}
	list := faults(t, l.LoadAll(files))
	seen := map[string]bool{}
	for _, e := range list {
		seen[strings.SplitN(e.At.File, "/", 2)[0]] = true
	}
	if !seen["a"] || !seen["z"] || len(seen) != 2 {
		t.Errorf("errors of %v", seen)
	}
	if len(l.Packs) != 1 || l.Packs[0].ID != "small" {
		t.Errorf("packs %v", l.Packs)
	}
}
