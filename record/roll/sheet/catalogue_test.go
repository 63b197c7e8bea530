package sheet_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"testing"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/packs"
	"doudi/record/register"
	"doudi/record/roll/sheet"
)

// vocabulary is the one that comes with the program.
func vocabulary(t testing.TB) *rule.Vocabulary {
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
	return v
}

func catalogue(t testing.TB) *sheet.Catalogue {
	t.Helper()
	c, err := sheet.NewCatalogue(vocabulary(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The templates have the columns of the list they were taken from, in its order, and nothing else.
func TestTemplatesAreTheListed(t *testing.T) {
	content, err := os.ReadFile("data/xlsx_templates.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string][]string{}
	for _, row := range rows[1:] {
		listed[row[0]] = append(listed[row[0]], row[2])
		if row[3] == "" {
			t.Errorf("%s, %s: no source", row[0], row[2])
		}
	}
	c := catalogue(t)
	if len(listed) != len(c.Templates) || len(listed) < 12 {
		t.Fatalf("%d templates listed, %d known", len(listed), len(c.Templates))
	}
	for _, template := range c.Templates {
		want := listed[template.Label.ZH]
		if len(want) != len(template.Columns) {
			t.Errorf("%s has %d columns, listed are %d", template.ID, len(template.Columns), len(want))
			continue
		}
		for i, column := range template.Columns {
			if column.Header != want[i] {
				t.Errorf("%s: column %d is %q, listed is %q", template.ID, i+1, column.Header, want[i])
			}
		}
	}
}

// Every relation that a column may state is one the register knows.
func TestRelationsAreTheRegisters(t *testing.T) {
	field := catalogue(t).Field("member.relation")
	for _, value := range field.Values() {
		if _, known := register.Relations[value]; !known {
			t.Errorf("the register knows no relation %q", value)
		}
	}
	if len(field.Values()) != len(register.Relations) {
		t.Errorf("%d relations can be stated, the register knows %d", len(field.Values()), len(register.Relations))
	}
}
