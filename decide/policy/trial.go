package policy

import (
	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/rule"
	"doudi/kernel/period"
)

// Trial is a pack as if it were in force on any day, to be held beside another. With a basis that is applied today it carries that adoption's readings,
// values and rows, as far as the pack itself says nothing new of them; nil is the pack as published.
func Trial(p *Pack, applied *Basis) *Basis {
	open := *p
	open.InForce, open.OnAdoption = period.Span{From: rule.Beginning, To: rule.Forever}, false
	if applied == nil {
		return NewBasis(&open, nil)
	}
	from := applied.Adoption
	a := &Adoption{Division: from.Division, From: rule.Beginning, To: rule.Forever, Label: from.Label,
		Readings: map[string]ref.Val{}, Parameters: map[string]ref.Val{}, Tables: map[string]Overlay{}}
	for id, v := range from.Readings {
		if q := p.Questions[id]; q != nil {
			a.Readings[id] = v
		}
	}
	for name, v := range from.Parameters {
		if sameValues(p.Parameters[name], applied.Pack.Parameters[name]) {
			a.Parameters[name] = v
		}
	}
	for id, rows := range from.Tables {
		if sameRows(p.Tables[id], applied.Pack.Tables[id]) {
			a.Tables[id] = rows
		}
	}
	return NewBasis(&open, a)
}

// Applied is a pack as an adoption applies it, as if it were in force on any day.
func Applied(p *Pack, a *Adoption) *Basis {
	open, whole := *p, *a
	open.InForce, open.OnAdoption = period.Span{From: rule.Beginning, To: rule.Forever}, false
	whole.From, whole.To = rule.Beginning, rule.Forever
	return NewBasis(&open, &whole)
}

// sameValues tells whether two packs publish the same of a parameter; nil is one that a pack does not have.
func sameValues(a, b *Parameter) bool {
	if a == nil || b == nil || len(a.Values) != len(b.Values) {
		return false
	}
	for i := range a.Values {
		if a.Values[i].From != b.Values[i].From || !Same(a.Values[i].Value, b.Values[i].Value) {
			return false
		}
	}
	return true
}

func sameRows(a, b *TableBlock) bool {
	if a == nil || b == nil || len(a.Rows) != len(b.Rows) {
		return false
	}
	for i := range a.Rows {
		if len(a.Rows[i]) != len(b.Rows[i]) {
			return false
		}
		for k := range a.Rows[i] {
			if !Same(a.Rows[i][k], b.Rows[i][k]) {
				return false
			}
		}
	}
	return true
}
