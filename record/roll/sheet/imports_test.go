package sheet_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"doudi/record/roll/sheet"
)

// The document for offices names every template with the columns it needs, every message, and the real limits.
func TestDocument(t *testing.T) {
	content, err := os.ReadFile("../../../docs/imports.md")
	if err != nil {
		t.Fatal(err)
	}
	document := string(content)
	for _, template := range catalogue(t).Templates {
		line := fmt.Sprintf("| %s | `%s` | %s |", template.Label.ZH, template.ID, strings.Join(template.Need, "、"))
		if !strings.Contains(document, line) {
			t.Errorf("docs/imports.md lacks the line %s", line)
		}
	}
	messages, err := os.ReadFile("errors.go")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, m := range regexp.MustCompile(`refused\("([a-z-]+)"`).FindAllStringSubmatch(string(messages), -1) {
		known["sheet."+m[1]] = true
	}
	if len(known) < 40 {
		t.Fatalf("only %d messages were found", len(known))
	}
	explained := map[string]bool{}
	for _, m := range regexp.MustCompile("`(sheet\\.[a-z-]+)`").FindAllStringSubmatch(document, -1) {
		if explained[m[1]] = true; !known[m[1]] {
			t.Errorf("docs/imports.md explains %s, which does not exist", m[1])
		}
	}
	for code := range known {
		if !explained[code] {
			t.Errorf("docs/imports.md does not explain %s", code)
		}
	}
}

func TestDocumentedLimits(t *testing.T) {
	content, err := os.ReadFile("../../../docs/imports.md")
	if err != nil {
		t.Fatal(err)
	}
	l := sheet.DefaultLimits
	want := fmt.Sprintf("一个文件至多 %d MB；一张表至多 %d,000,000 行、%d 列；一个单元格至多 %d KB", l.File>>20, l.Rows/1_000_000, l.Columns, l.Cell>>10)
	if !strings.Contains(string(content), want) {
		t.Errorf("docs/imports.md does not say %s", want)
	}
}
