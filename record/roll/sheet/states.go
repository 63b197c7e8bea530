package sheet

import (
	"maps"
	"slices"
)

// States are the names of the fields that files of a mapping state, sorted.
func (c *Catalogue) States(m Mapping) []string {
	t := c.Template(m.Template)
	names := map[string]bool{}
	if t != nil {
		t.stateEvery(names)
	}
	for _, column := range m.Columns {
		if t != nil && t.column(column.As) != nil {
			t.column(column.As).state(names)
		} else if f := c.Field(column.As); f != nil {
			names[f.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// StatesOf are the names of the fields that a whole file of a template states, sorted.
func (c *Catalogue) StatesOf(t *Template) []string {
	names := map[string]bool{}
	t.stateEvery(names)
	for _, column := range t.Columns {
		column.state(names)
	}
	return slices.Sorted(maps.Keys(names))
}

func (t *Template) stateEvery(names map[string]bool) {
	for _, s := range t.every {
		names[s.field.Name] = true
	}
}

// state adds what entries of the column may state.
func (tc *TemplateColumn) state(names map[string]bool) {
	if tc.Field != nil {
		names[tc.Field.Name] = true
	}
	for _, s := range tc.states.facts {
		names[s.field.Name] = true
	}
	for _, list := range tc.words {
		for _, s := range list {
			names[s.field.Name] = true
		}
	}
}

// StatesFacts tells whether rows of the template state anything for the register besides who they are about.
func (t *Template) StatesFacts() bool {
	return len(t.every) > 0 || slices.ContainsFunc(t.Columns, func(c *TemplateColumn) bool {
		identity := c.Field != nil && (c.Field.Name == "person.id" || c.Field.Name == "person.name")
		return len(c.words) > 0 || len(c.states.facts) > 0 || c.Field != nil && c.Field.fact != nil && !identity
	})
}
