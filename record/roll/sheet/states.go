package sheet

import "slices"

// StatesFacts tells whether rows of the template state anything for the register besides who they are about.
func (t *Template) StatesFacts() bool {
	return len(t.every) > 0 || slices.ContainsFunc(t.Columns, func(c *TemplateColumn) bool {
		identity := c.Field != nil && (c.Field.Name == "person.id" || c.Field.Name == "person.name")
		return len(c.words) > 0 || len(c.states.facts) > 0 || c.Field != nil && c.Field.fact != nil && !identity
	})
}
