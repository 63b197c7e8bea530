package sheettest_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/packs"
	"doudi/record/roll/sheet"
	"doudi/record/roll/sheet/sheettest"
)

var update = flag.Bool("update", false, "write the files of testdata and what reading them says anew")

func catalogue(t *testing.T) *sheet.Catalogue {
	t.Helper()
	content, err := packs.Files.ReadFile("vocabulary.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := text.Parse("vocabulary.yaml", content)
	if err != nil {
		t.Fatal(err)
	}
	v, err := rule.ReadVocabulary(doc)
	if err != nil {
		t.Fatal(err)
	}
	c, err := sheet.NewCatalogue(v)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// verdict is what reading a file says, line by line.
func verdict(c *sheet.Catalogue, f sheettest.File) string {
	var b strings.Builder
	say := func(err error) string {
		fmt.Fprintf(&b, "refused %s\n%s\n%s\n", fault.CodeOf(err), fault.RenderError(err, "zh"), fault.RenderError(err, "en"))
		return b.String()
	}
	book, err := sheet.Open(f.Source())
	if err != nil {
		return say(err)
	}
	layout, err := c.Recognise(book, sheet.Wish{})
	if err != nil {
		return say(err)
	}
	fmt.Fprintf(&b, "%s %s%s, sheet %q, header in row %d\n", layout.Template.ID, book.Format, encoding(book), layout.Sheet, layout.Header)
	for _, h := range layout.Headings {
		if h.As == "" {
			fmt.Fprintf(&b, "column %s %q is not known; near %q\n", sheet.Letter(h.Number), h.Header, h.Near)
		}
	}
	for row, err := range c.Rows(book, layout) {
		if err != nil {
			return say(err)
		}
		fmt.Fprintf(&b, "row %d", row.Place.Row)
		for _, d := range row.Data {
			fmt.Fprintf(&b, " | %s=%s%s", d.Field, rule.Display(d.Value, "zh"), span(d.Fact))
		}
		b.WriteString("\n")
		for _, p := range row.Problems {
			fmt.Fprintf(&b, "  %s %s\n", p.Fault.Code, p.Render("zh"))
		}
	}
	return b.String()
}

func encoding(b *sheet.Book) string {
	if b.Encoding() == "" {
		return ""
	}
	return " " + b.Encoding()
}

func span(f rule.Fact) string {
	from, to := f.Span.From.String(), f.Span.To.String()
	if f.Span.From == rule.Beginning {
		from = ""
	}
	if f.Span.To == rule.Forever {
		to = ""
	}
	if from+to == "" {
		return ""
	}
	return " [" + from + ".." + to + "]"
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Every file that is kept is still the one that is made, and reads as it did.
func TestSmallFiles(t *testing.T) {
	c := catalogue(t)
	if *update {
		if err := os.RemoveAll("testdata"); err != nil {
			t.Fatal(err)
		}
	}
	kept := 0
	for _, template := range c.Templates {
		for _, f := range sheettest.Files(template) {
			kept++
			name := filepath.Join("testdata", template.ID, f.Name)
			read := verdict(c, f)
			if *update {
				write(t, name, string(f.Content))
				write(t, name+".read", read)
				continue
			}
			content, err := fs.ReadFile(sheettest.Folders(), template.ID+"/"+f.Name)
			if err != nil {
				t.Error(err)
			} else if diff := cmp.Diff(string(content), string(f.Content)); diff != "" {
				t.Errorf("%s is made differently now (write it anew with -update): %s", name, diff)
			}
			want, err := fs.ReadFile(sheettest.Folders(), template.ID+"/"+f.Name+".read")
			if err != nil {
				t.Error(err)
			} else if diff := cmp.Diff(string(want), read); diff != "" {
				t.Errorf("%s reads differently (-want +got):\n%s", name, diff)
			}
		}
	}
	files, err := fs.Glob(sheettest.Folders(), "*/*.read")
	if err != nil || (!*update && len(files) != kept) {
		t.Errorf("%d files with a verdict are kept, %d are made: %v", len(files), kept, err)
	}
}

// What is too large to be kept is refused at its place, before it fills the memory.
func TestLargeFiles(t *testing.T) {
	want := map[string]string{"cell-10mb.xlsx": "sheet.cell-size", "cell-10mb.csv": "sheet.cell-size", "bomb.xlsx": "sheet.bomb"}
	c := catalogue(t)
	for _, template := range c.Templates {
		for _, f := range sheettest.Large(template) {
			read := verdict(c, f)
			code, place := want[f.Name], ""
			if code == "sheet.cell-size" {
				place = "第 4 行"
			}
			if !strings.HasPrefix(read, "refused "+code+"\n") || !strings.Contains(read, place) {
				t.Errorf("%s/%s: want %s %s, got %s", template.ID, f.Name, code, place, read)
			}
		}
	}
}
