package doudi_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// module is the module path of go.mod; the package in folder f is imported as module/f.
const module = "doudi"

// tree is what the checks of this package look at: the files of this module, read and parsed once.
type tree struct {
	fsys  fs.FS
	files map[string][]byte // every file of the module by slash-separated path
	order []string          // the paths, sorted
	gos   []goFile
}

// goFile is one parsed Go file.
type goFile struct {
	path   string
	folder string // the package's name in the import law: its folder, or the module path for the root
	isTest bool
	fset   *token.FileSet
	syntax *ast.File
}

// at names a place in the file as editors understand it.
func (f goFile) at(p token.Pos) string {
	pos := f.fset.Position(p)
	return pos.Filename + ":" + strconv.Itoa(pos.Line)
}

// imports calls visit with the import path of each import of the file.
func (f goFile) imports(visit func(spec *ast.ImportSpec, path string)) {
	for _, spec := range f.syntax.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			visit(spec, p)
		}
	}
}

// readTree reads the module in fsys. It leaves out what the go command leaves out too (testdata, names beginning
// with a dot or an underscore) and the folders that are modules of their own.
func readTree(fsys fs.FS) (*tree, error) {
	t := &tree{fsys: fsys, files: map[string][]byte{}}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if outside(fsys, name) {
				return fs.SkipDir
			}
			return nil
		}
		return t.add(name)
	})
	return t, err
}

// outside reports whether the folder is no part of this module's tree.
func outside(fsys fs.FS, folder string) bool {
	if folder == "." {
		return false
	}
	base := path.Base(folder)
	if base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(folder, "go.mod"))
	return err == nil
}

func (t *tree) add(name string) error {
	content, err := fs.ReadFile(t.fsys, name)
	if err != nil {
		return err
	}
	t.files[name] = content
	t.order = append(t.order, name)
	if path.Ext(name) != ".go" {
		return nil
	}
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, content, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	folder := path.Dir(name)
	if folder == "." {
		folder = module
	}
	t.gos = append(t.gos, goFile{name, folder, strings.HasSuffix(name, "_test.go"), fset, syntax})
	return nil
}

// under reports whether name is folder or stands below it: "net/http" is under "net", "network" is not.
func under(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}

// underAny reports whether name is under one of the folders.
func underAny(name string, folders []string) bool {
	for _, folder := range folders {
		if under(name, folder) {
			return true
		}
	}
	return false
}

// seeded is a tree made of files written down in a test: pairs of name and content.
func seeded(t *testing.T, pairs ...string) *tree {
	t.Helper()
	files := fstest.MapFS{}
	for i := 0; i+1 < len(pairs); i += 2 {
		files[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	tr, err := readTree(files)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// report fails the test with every finding on a line of its own.
func report(t *testing.T, findings []string) {
	t.Helper()
	for _, f := range findings {
		t.Error(f)
	}
}

// expectFindings fails unless there is exactly one finding per wanted text, and each contains its text.
func expectFindings(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d findings, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("finding %q does not say %q", got[i], want[i])
		}
	}
}

func TestReadTree(t *testing.T) {
	tr := seeded(t,
		"doc.go", "package doudi\n",
		"kernel/money/money.go", "package money\n",
		"kernel/money/testdata/broken.go", "not Go",
		".ci/run", "#!/bin/sh\n",
		"_old/old.go", "not Go",
		"bench/go.mod", "module bench\n",
		"bench/bench.go", "not Go",
		"packs/a/policy.md", "# A\n",
	)
	if got, want := strings.Join(tr.order, " "), "doc.go kernel/money/money.go packs/a/policy.md"; got != want {
		t.Errorf("files %q, want %q", got, want)
	}
	if tr.gos[0].folder != module || tr.gos[1].folder != "kernel/money" {
		t.Errorf("folders %q and %q", tr.gos[0].folder, tr.gos[1].folder)
	}
	if _, err := readTree(fstest.MapFS{"a.go": {Data: []byte("package")}}); err == nil {
		t.Error("a file that does not parse must be an error")
	}
}
