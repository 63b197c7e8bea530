package policy_test

import (
	"io/fs"
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"doudi/decide/policy"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

// smallFiles is the good pack that every test starts from, in the folder "small" beside its vocabulary.
func smallFiles(t testing.TB) fstest.MapFS {
	t.Helper()
	files := filesBelow(t, "testdata/small", "small/")
	content, err := os.ReadFile("testdata/vocabulary.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files["vocabulary.yaml"] = &fstest.MapFile{Data: content}
	return files
}

// filesBelow reads every file of a folder under another name.
func filesBelow(t testing.TB, dir, prefix string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(dir + "/" + name)
		files[prefix+name] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// with is the files with some put in place of others.
func with(files fstest.MapFS, changes map[string]string) fstest.MapFS {
	changed := maps.Clone(files)
	for name, content := range changes {
		changed[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return changed
}

func open(t testing.TB, files fs.FS) *policy.Library {
	t.Helper()
	l, err := policy.OpenLibrary(files, period.DefaultCalendar())
	if err != nil {
		t.Fatal(fault.RenderError(err, "en"))
	}
	return l
}

// small loads the good pack.
func small(t testing.TB, files fs.FS) *policy.Pack {
	t.Helper()
	p, err := open(t, files).Load(files, "small")
	if err != nil {
		t.Fatal(fault.RenderError(err, "en"))
	}
	return p
}

// rules is a policy.md with one clause that holds the blocks, each written "kind id\nyaml". The first block's yaml begins
// on line 6.
func rules(blocks ...string) string {
	var md strings.Builder
	md.WriteString("## 一 条文 · Clause\n\n条文的内容。\n")
	for _, block := range blocks {
		md.WriteString("\n```yaml " + strings.TrimSpace(block) + "\n```\n")
	}
	return md.String()
}

func adoption(t testing.TB, p *policy.Pack, yaml string) (*policy.Adoption, error) {
	t.Helper()
	doc, err := text.Parse("adoption.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(fault.RenderError(err, "en"))
	}
	return policy.ReadAdoption(p, doc)
}

func adopted(t testing.TB, p *policy.Pack, yaml string) *policy.Basis {
	t.Helper()
	a, err := adoption(t, p, yaml)
	if err != nil {
		t.Fatal(fault.RenderError(err, "en"))
	}
	return policy.NewBasis(p, a)
}

func day(t testing.TB, s string) period.Day {
	t.Helper()
	d, err := period.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// faults are the named errors inside an error.
func faults(t testing.TB, err error) fault.List {
	t.Helper()
	switch e := err.(type) {
	case nil:
		return nil
	case *fault.Error:
		return fault.List{e}
	case fault.List:
		return e
	default:
		t.Fatalf("an error without a name: %v", err)
		return nil
	}
}
