package doudi_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// maxLines is how long a Go file may be: what one can still hold in the head on one reading.
const maxLines = 800

var (
	// moneyFolders are where amounts are computed or shown. A binary fraction cannot hold 0.10 yuan.
	moneyFolders = []string{"kernel/money", "decide", "packs", "serve/present"}

	// floatExceptions are the files in moneyFolders that may use floating point all the same, each with the reason.
	floatExceptions = map[string]string{}

	// timeless are the folders whose functions, and tests, get the day as an argument.
	timeless = []string{"kernel", "decide"}
)

// house are the rules that hold for the whole tree.
var house = []struct {
	name  string
	check func(*tree) []string
}{
	{"package docs", packageDocs},
	{"no floating point near money", func(tr *tree) []string { return floats(tr, floatExceptions) }},
	{"no notes for later", laterNotes},
	{"no clock below record", clocks},
	{"no sleep in tests", sleeps},
	{"no endless file", longFiles},
	{"links resolve", brokenLinks},
}

func TestTidy(t *testing.T) {
	tr, err := readTree(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range house {
		t.Run(rule.name, func(t *testing.T) { report(t, rule.check(tr)) })
	}
}

// packageDocs finds packages without a doc comment, with two, or with one that is not about them.
func packageDocs(tr *tree) []string {
	documented := map[string][]string{} // folder to the files that carry a doc comment
	var folders, found []string
	for _, f := range tr.gos {
		if f.isTest {
			if f.syntax.Doc != nil {
				found = append(found, f.path+": a test file has a package comment; the product's file carries it")
			}
			continue
		}
		if _, seen := documented[f.folder]; !seen {
			documented[f.folder] = nil
			folders = append(folders, f.folder)
		}
		if f.syntax.Doc == nil {
			continue
		}
		documented[f.folder] = append(documented[f.folder], f.path)
		if opening := docOpening(f); !strings.HasPrefix(f.syntax.Doc.Text(), opening) {
			found = append(found, fmt.Sprintf("%s: the package comment must begin with %q", f.path, opening))
		}
	}
	for _, folder := range folders {
		switch files := documented[folder]; len(files) {
		case 0:
			found = append(found, folder+": no file has a package comment that says what the package is for")
		case 1:
		default:
			found = append(found, fmt.Sprintf("%s: more than one package comment: %s", folder, strings.Join(files, ", ")))
		}
	}
	return found
}

// docOpening is how the package comment of the file must begin.
func docOpening(f goFile) string {
	if name := f.syntax.Name.Name; name != "main" {
		return "Package " + name + " "
	}
	return "Command " + path.Base(f.folder) + " "
}

// floats finds floating point in the product's files near money, and exceptions that nobody needs any more.
func floats(tr *tree, exceptions map[string]string) []string {
	var found []string
	needed := map[string]bool{}
	for _, f := range tr.gos {
		if f.isTest || !underAny(f.folder, moneyFolders) {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			what := floatUse(f, n)
			if what == "" {
				return true
			}
			needed[f.path] = true
			if exceptions[f.path] == "" {
				found = append(found, fmt.Sprintf("%s: %s: no floating point near money; use money.Fen and money.Rate", f.at(n.Pos()), what))
			}
			return false
		})
	}
	for name := range exceptions {
		if !needed[name] {
			found = append(found, name+": listed in floatExceptions but uses no floating point; remove it from the list")
		}
	}
	slices.Sort(found)
	return found
}

// floatUse says which floating point the node uses, or "".
func floatUse(f goFile, n ast.Node) string {
	switch n := n.(type) {
	case *ast.Ident:
		if slices.Contains([]string{"float32", "float64", "complex64", "complex128"}, n.Name) {
			return n.Name
		}
	case *ast.BasicLit:
		if n.Kind == token.FLOAT || n.Kind == token.IMAG {
			return n.Value
		}
	case *ast.SelectorExpr:
		return floatSelector(f, n)
	}
	return ""
}

// floatSelector knows the functions of the standard library that use floating point without naming it. Of package math
// only the limits of the integers remain.
func floatSelector(f goFile, sel *ast.SelectorExpr) string {
	name := sel.Sel.Name
	switch importedAs(f, sel.X) {
	case "math":
		if !strings.HasPrefix(name, "MaxInt") && !strings.HasPrefix(name, "MinInt") && !strings.HasPrefix(name, "MaxUint") {
			return "math." + name
		}
	case "math/big", "strconv":
		if strings.Contains(name, "Float") {
			return name
		}
	}
	return ""
}

// importedAs is the import path behind the package name in x, or "".
func importedAs(f goFile, x ast.Expr) string {
	id, ok := x.(*ast.Ident)
	if !ok {
		return ""
	}
	found := ""
	f.imports(func(spec *ast.ImportSpec, p string) {
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == id.Name {
			found = p
		}
	})
	return found
}

// laterNote is built from halves, or this file would be its own finding.
var laterNote = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)

// laterNotes finds notes of work put off: in the comments of Go files, and anywhere in the other texts. What is not done
// is an issue, or a sentence in the documents that says what is missing.
func laterNotes(tr *tree) []string {
	var found []string
	for _, f := range tr.gos {
		for _, group := range f.syntax.Comments {
			for _, c := range group.List {
				if word := laterNote.FindString(c.Text); word != "" {
					found = append(found, fmt.Sprintf("%s: %s: do it, or open an issue", f.at(c.Pos()), word))
				}
			}
		}
	}
	texts := []string{".md", ".yaml", ".yml", ".sh", ".html", ".css", ".js", ".sql", ".txtar", ".conf"}
	for _, name := range tr.order {
		if !slices.Contains(texts, path.Ext(name)) && path.Base(name) != "Makefile" {
			continue
		}
		for i, line := range bytes.Split(tr.files[name], []byte("\n")) {
			if word := laterNote.Find(line); word != nil {
				found = append(found, fmt.Sprintf("%s:%d: %s: do it, or open an issue", name, i+1, word))
			}
		}
	}
	return found
}

// clocks finds readings of the clock, in tests too: a test that passes today must pass in ten years.
func clocks(tr *tree) []string {
	readings := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	return timeCalls(tr, func(f goFile, name string) string {
		if underAny(f.folder, timeless) && slices.Contains(readings, name) {
			return "the day is an argument; nothing in kernel and decide reads a clock"
		}
		return ""
	})
}

// sleeps finds tests that wait for the clock.
func sleeps(tr *tree) []string {
	return timeCalls(tr, func(f goFile, name string) string {
		if f.isTest && name == "Sleep" {
			return "a test waits for what it needs (a channel, testing/synctest), never for the clock"
		}
		return ""
	})
}

// timeCalls finds uses of package time about which complaint has something to say.
func timeCalls(tr *tree, complaint func(f goFile, name string) string) []string {
	var found []string
	for _, f := range tr.gos {
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || importedAs(f, sel.X) != "time" {
				return true
			}
			if why := complaint(f, sel.Sel.Name); why != "" {
				found = append(found, fmt.Sprintf("%s: time.%s: %s", f.at(sel.Pos()), sel.Sel.Name, why))
			}
			return true
		})
	}
	return found
}

// longFiles finds Go files nobody can hold in the head. Generated files are for machines.
func longFiles(tr *tree) []string {
	var found []string
	for _, f := range tr.gos {
		lines := bytes.Count(tr.files[f.path], []byte("\n"))
		if lines > maxLines && !ast.IsGenerated(f.syntax) {
			found = append(found, fmt.Sprintf("%s: %d lines, at most %d: divide it by subject", f.path, lines, maxLines))
		}
	}
	return found
}

// The rules must be able to fail: each case below breaks one of them, or only seems to.
func TestTidyFindsBreaches(t *testing.T) {
	later := "TO" + "DO"
	tests := []struct {
		name  string
		check func(*tree) []string
		files []string // name, content, …
		finds []string
	}{
		{"no package comment", packageDocs, []string{"a/a.go", "package a\n"}, []string{"a: no file has"}},
		{"two package comments", packageDocs, []string{"a/a.go", "// Package a is one.\npackage a\n", "a/b.go", "// Package a is two.\npackage a\n"}, []string{"more than one package comment: a/a.go, a/b.go"}},
		{"a licence instead of a comment", packageDocs, []string{"a/a.go", "// Copyright somebody.\npackage a\n"}, []string{`must begin with "Package a "`}},
		{"a program", packageDocs, []string{"cmd/doudi/main.go", "// Package main runs.\npackage main\n"}, []string{`must begin with "Command doudi "`}},
		{"a comment in a test", packageDocs, []string{"a/a.go", "// Package a is one.\npackage a\n", "a/a_test.go", "// Package a is tested.\npackage a_test\n"}, []string{"a/a_test.go: a test file"}},
		{"package documented once", packageDocs, []string{"a/a.go", "// Package a is one.\npackage a\n", "a/b.go", "package a\n", "a/a_test.go", "package a\n"}, nil},

		{"float64", noExceptions, []string{"decide/rule/a.go", "package rule\nvar x float64\n"}, []string{"decide/rule/a.go:2: float64"}},
		{"literal", noExceptions, []string{"kernel/money/a.go", "package money\nconst rate = 0.75\n"}, []string{"0.75"}},
		{"hidden float", noExceptions, []string{"serve/present/a.go", "package present\nimport \"strconv\"\nvar x, _ = strconv.ParseFloat(s, 64)\n"}, []string{"ParseFloat"}},
		{"big float", noExceptions, []string{"packs/embed.go", "package packs\nimport b \"math/big\"\nvar x = b.NewFloat(1)\n"}, []string{"NewFloat"}},
		{"math", noExceptions, []string{"decide/settle/a.go", "package settle\nimport \"math\"\nvar x, y = math.Floor(3), math.MaxInt64\n"}, []string{"math.Floor"}},
		{"float far from money", noExceptions, []string{"serve/web/a.go", "package web\nvar x float64\n", "decide/rule/a_test.go", "package rule\nvar x float64\n"}, nil},

		{"note in Go", laterNotes, []string{"a/a.go", "package a\n\n// " + later + ": more\nvar s = \"" + later + "\"\n"}, []string{"a/a.go:3: " + later}},
		{"note in a pack", laterNotes, []string{"packs/a/policy.md", "# A\n\n" + later + "\n"}, []string{"packs/a/policy.md:3"}},
		{"note in the Makefile", laterNotes, []string{"Makefile", "# FIX" + "ME\n"}, []string{"Makefile:1"}},
		{"longer word", laterNotes, []string{"a.md", later + "S and XX" + "XX\n"}, nil},

		{"clock", clocks, []string{"decide/rule/a.go", "package rule\nimport \"time\"\nvar x = time.Now()\n"}, []string{"decide/rule/a.go:3: time.Now"}},
		{"clock under another name", clocks, []string{"kernel/period/a_test.go", "package period\nimport clock \"time\"\nvar x = clock.Since(y)\n"}, []string{"time.Since"}},
		{"a weekday is no clock", clocks, []string{"kernel/period/a.go", "package period\nimport \"time\"\nvar x = time.Monday\n", "cmd/doudi/a.go", "package main\nimport \"time\"\nvar x = time.Now()\n"}, nil},

		{"sleep", sleeps, []string{"serve/web/a_test.go", "package web\nimport \"time\"\nfunc f() { time.Sleep(1) }\n"}, []string{"a test waits for what it needs"}},
		{"sleep in the product", sleeps, []string{"serve/web/a.go", "package web\nimport \"time\"\nfunc f() { time.Sleep(1) }\n"}, nil},

		{"long file", longFiles, []string{"a/a.go", "package a\n" + strings.Repeat("\n", maxLines)}, []string{"801 lines, at most 800"}},
		{"long generated file", longFiles, []string{"a/a.go", "// Code generated by a tool. DO NOT EDIT.\n\npackage a\n" + strings.Repeat("\n", maxLines)}, nil},
		{"full file", longFiles, []string{"a/a.go", "package a\n" + strings.Repeat("\n", maxLines-1)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			expectFindings(t, tt.check(seeded(t, tt.files...)), tt.finds...)
		})
	}
}

func noExceptions(tr *tree) []string { return floats(tr, nil) }

func TestFloatExceptions(t *testing.T) {
	tr := seeded(t, "decide/rule/a.go", "package rule\nvar x float64\n")
	expectFindings(t, floats(tr, map[string]string{"decide/rule/a.go": "shown to nobody"}))
	expectFindings(t, floats(tr, map[string]string{"decide/rule/a.go": "shown to nobody", "decide/rule/b.go": "gone"}), "decide/rule/b.go: listed")
	expectFindings(t, floats(tr, map[string]string{"decide/rule/a.go": ""}), "float64")
}

// The floor of tests that CI holds the tree to must be a number it can compare with.
func TestTestsFloor(t *testing.T) {
	text, err := os.ReadFile("tests.floor")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err != nil || n < 100 {
		t.Errorf("tests.floor holds %q, want one number of at least 100", text)
	}
}
