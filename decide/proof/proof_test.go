package proof_test

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"doudi/decide/policy"
	"doudi/decide/proof"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

const folder = "../../packs"

// library loads every shipped pack from the files of the tree.
func library(t testing.TB, files fs.FS) *policy.Library {
	t.Helper()
	l, err := policy.OpenLibrary(files, period.DefaultCalendar())
	if err == nil {
		err = l.LoadAll(files)
	}
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	return l
}

func items(t testing.TB) []proof.Item {
	t.Helper()
	content, err := os.ReadFile(path.Join(folder, "items.csv"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := proof.ReadItems("items.csv", content)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Each item says in both languages what is asked, in words of each.
func TestItemsInBothLanguages(t *testing.T) {
	chinese := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	}
	said := map[string]string{}
	for _, i := range items(t) {
		if zh, en := strings.TrimSpace(i.Text.ZH), strings.TrimSpace(i.Text.EN); !chinese(zh) || en == "" || zh == en {
			t.Errorf("%s: %q and %q", i.Code, zh, en)
		}
		if other := said[i.Text.ZH]; other != "" {
			t.Errorf("%s says the same as %s: %s", i.Code, other, i.Text.ZH)
		}
		said[i.Text.ZH] = i.Code
	}
	if len(said) < 170 {
		t.Errorf("%d items", len(said))
	}
	if _, err := proof.ReadItems("items.csv", []byte("code,tags,outside_allowed,text\nX-1,C,no,one language\n")); fault.CodeOf(err) != "items.row" {
		t.Errorf("an item in one language alone: %v", err)
	}
}

// TestShippedCases runs every worked case of every shipped pack.
func TestShippedCases(t *testing.T) {
	for _, p := range library(t, os.DirFS(folder)).Packs {
		cases, err := proof.Read(p)
		if err != nil {
			t.Fatal(fault.RenderError(err, "zh"))
		}
		t.Run(p.ID, func(t *testing.T) {
			for _, c := range cases {
				t.Run(c.Name, func(t *testing.T) {
					for _, failure := range proof.Run(c) {
						t.Errorf("%s:%d: %s", failure.At.File, failure.At.Line, failure.Message.ZH)
					}
				})
			}
		})
	}
}

// TestShippedCoverage holds every shipped pack to its list of items, and the list to the numbers of the documents.
func TestShippedCoverage(t *testing.T) {
	want := map[string]int{"pingyin-2021": 33, "jiangmen-draft": 23, "huining-2020": 18, "guangxi-2018": 16, "zhengan-2018": 46, "xinbin-2018": 20}
	list := items(t)
	used := map[string]bool{}
	for _, p := range library(t, os.DirFS(folder)).Packs {
		c, err := proof.Measure(p, list)
		if err != nil {
			t.Fatal(fault.RenderError(err, "zh"))
		}
		if n, known := want[p.ID]; known && len(c.Items) != n {
			t.Errorf("%s has %d items, the document has %d", p.ID, len(c.Items), n)
		}
		for _, item := range c.Items {
			for _, gap := range item.Gaps {
				t.Errorf("%s %s", item.Item.Code, gap)
			}
			for _, construct := range item.Constructs {
				used[construct] = true
			}
		}
		for _, gap := range c.Gaps {
			t.Error(gap)
		}
	}
	for _, name := range proof.ConstructNames() {
		if !used[name] {
			t.Errorf("no item uses the construct %q", name)
		}
	}
}

// changed is the shipped packs with one file of the example altered.
func changed(t *testing.T, file, from, to string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	root := os.DirFS(folder)
	add := func(name string) {
		content, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		if name == file {
			if !strings.Contains(string(content), from) {
				t.Fatalf("%s does not contain %q", name, from)
			}
			content = []byte(strings.Replace(string(content), from, to, 1))
		}
		files[name] = &fstest.MapFile{Data: content}
	}
	add("vocabulary.yaml")
	err := fs.WalkDir(root, "pingyin-2021", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			add(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestAWrongFigureFails proves that the cases can fail: each change of a rule must break at least one.
func TestAWrongFigureFails(t *testing.T) {
	for _, change := range []struct{ from, to string }{
		{"values: {2021-01-01: 100.00}}\nhighest_level", "values: {2021-01-01: 100.01}}\nhighest_level"},
		{"[[0, 50%], [1000.00, 80%]]", "[[0, 50%], [1000.01, 80%]]"},
		{"person.disability.level <= disability.highest_level\namount", "person.disability.level < disability.highest_level\namount"},
		{"within: 5 working days, from: start", "within: 5 natural days, from: start"},
	} {
		l := library(t, changed(t, "pingyin-2021/policy.md", change.from, change.to))
		cases, err := proof.Read(l.Packs[0])
		if err != nil {
			t.Fatal(err)
		}
		failures := 0
		for _, c := range cases {
			failures += len(proof.Run(c))
		}
		if failures == 0 {
			t.Errorf("no case notices that %q became %q", change.from, change.to)
		}
	}
}
