package roll

import (
	"slices"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/record/roll/sheet"
)

// confined tells whether the import may state the facts of some offices alone.
func (i Import) confined() bool { return len(i.Offices) > 0 }

// answersFor tells whether a roll confined to the facts of some offices may say something of a fact. Name and number, birthday and sex say who somebody is; a roll that has
// them otherwise than the register raises a question or a disagreement and changes nothing.
func answersFor(offices []string, t *rule.FactType) bool {
	return len(offices) == 0 || identity[t.Name] || slices.Contains(offices, t.Office)
}

// May tells whether a roll confined to the facts of some offices may state a field. What is no fact (a place, a relation, a remark) only helps to read the file.
func (r *Rolls) May(offices []string, field string) bool {
	t := r.factType(field)
	return t == nil || answersFor(offices, t)
}

// Within refuses a mapping that states facts of other offices. Code: roll.not-theirs.
func (r *Rolls) Within(offices []string, m sheet.Mapping) error {
	catalogue, err := r.Catalogue()
	if err != nil {
		return err
	}
	return r.theirs(offices, catalogue.States(m))
}

func (r *Rolls) theirs(offices, fields []string) error {
	var others []fault.Text
	for _, name := range fields {
		if t := r.factType(name); t != nil && !answersFor(offices, t) {
			others = append(others, t.Label)
		}
	}
	if len(others) > 0 {
		return notTheirs(others)
	}
	return nil
}

// Suits tells whether a file of a template may be sent in by who is confined to the facts of some offices.
func (r *Rolls) Suits(offices []string, t *sheet.Template) bool {
	catalogue, err := r.Catalogue()
	return err == nil && r.theirs(offices, catalogue.StatesOf(t)) == nil
}
