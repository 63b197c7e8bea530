package policy

import (
	"slices"
	"strings"

	"doudi/decide/rule"
)

// AsksFor are the kinds of facts that a verdict of the benefit tells something of, once each: all that its rule names, met or not, and those of the
// pack's benefits that stand in its place, lower it, or are asked about by it.
func (p *Pack) AsksFor(b *Benefit) []*rule.FactType {
	var list []*rule.FactType
	p.askFor(b, &list, map[*Benefit]bool{})
	return list
}

func (p *Pack) askFor(b *Benefit, list *[]*rule.FactType, asked map[*Benefit]bool) {
	if b == nil || asked[b] {
		return
	}
	asked[b] = true
	others := append(append(slices.Clone(b.Excludes), b.HigherOf...), b.TopsUp)
	if b.Instead != nil {
		others = append(others, b.Instead.Scheme)
	}
	for _, x := range b.expressions() {
		for _, v := range x.Vars {
			if v.Fact != nil && !slices.Contains(*list, v.Fact) {
				*list = append(*list, v.Fact)
			}
			if id, determined := strings.CutPrefix(v.Name, "determined."); determined {
				others = append(others, id)
			}
		}
	}
	for _, y := range p.Benefits {
		if slices.Contains(others, y.ID) || slices.Contains(y.HigherOf, b.ID) {
			p.askFor(y, list, asked)
		}
	}
}

// expressions are all of a benefit's.
func (b *Benefit) expressions() []*rule.Expression {
	list := []*rule.Expression{b.About, b.Amount, b.Months, b.Starts, b.Ends, b.StatusOn.Day}
	for _, c := range b.When {
		list = append(list, c.Test)
	}
	if b.Instead != nil {
		list = append(list, b.Instead.When)
	}
	if b.Quota != nil {
		list = append(list, b.Quota.Share, b.Quota.Rank, b.Quota.Ties)
	}
	return slices.DeleteFunc(list, func(x *rule.Expression) bool { return x == nil })
}

// Concerns are the kinds of facts by which the benefit says whom it is about; none when it is about everybody.
func (b *Benefit) Concerns() (list []*rule.FactType) {
	if b.About == nil {
		return nil
	}
	for _, v := range b.About.Vars {
		if v.Fact != nil {
			list = append(list, v.Fact)
		}
	}
	return list
}
