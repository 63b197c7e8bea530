package present

import (
	"doudi/decide/policy"
	"doudi/kernel/money"
)

// ChangeView is one thing that is new, gone or different.
type ChangeView struct {
	Kind string `json:"kind"` // added, removed or changed
	Rule string `json:"rule"` // kind and id of the block; "" of pack.yaml
	What Label  `json:"what"`
	Old  Label  `json:"old"`
	New  Label  `json:"new"`
}

// ClauseView is one clause with what changed in it.
type ClauseView struct {
	Kind    string       `json:"kind"` // added, removed, renamed or kept
	Number  string       `json:"number"`
	Title   Label        `json:"title"`
	Was     Label        `json:"was"`
	Changes []ChangeView `json:"changes"`
}

// ImpactBenefitView is what a change does to one benefit.
type ImpactBenefitView struct {
	ID      string    `json:"id"`
	Name    Label     `json:"name"`
	Every   string    `json:"every"`
	Enter   int       `json:"enter"`
	Leave   int       `json:"leave"`
	Gain    int       `json:"gain"`
	Lose    int       `json:"lose"`
	Unknown int       `json:"unknown"`
	Before  money.Fen `json:"before"`
	After   money.Fen `json:"after"`
}

// ImpactPersonView is one person whose benefit changes.
type ImpactPersonView struct {
	Name    string     `json:"name"`
	Benefit Label      `json:"benefit"`
	Before  *money.Fen `json:"before"`
	After   *money.Fen `json:"after"`
}

// ImpactView is what a change does to people.
type ImpactView struct {
	On       Day                 `json:"on"`
	People   int                 `json:"people"`
	Benefits []ImpactBenefitView `json:"benefits"`
	Persons  []ImpactPersonView  `json:"persons"`
}

// DifferenceView is how two packs differ.
type DifferenceView struct {
	Format  string       `json:"format"`
	Old     PackView     `json:"old"`
	New     PackView     `json:"new"`
	Head    []ChangeView `json:"head"`
	Clauses []ClauseView `json:"clauses"`
	Impact  *ImpactView  `json:"impact"`
}

// ViewDifference is a difference for machines.
func ViewDifference(d *policy.Difference, impact *Impact, o Options) DifferenceView {
	t := teller{Options: o}
	v := DifferenceView{Format: "doudi.difference/1", Old: packOnly(d.Old), New: packOnly(d.New), Head: changeViews(d.Head), Clauses: []ClauseView{}}
	for _, c := range d.Clauses {
		v.Clauses = append(v.Clauses, ClauseView{Kind: string(c.Kind), Number: c.Number, Title: label(c.Title), Was: label(c.Was), Changes: changeViews(c.Changes)})
	}
	if impact == nil {
		return v
	}
	v.Impact = &ImpactView{On: impact.On, People: impact.People, Benefits: []ImpactBenefitView{}, Persons: []ImpactPersonView{}}
	for _, b := range impact.Benefits {
		v.Impact.Benefits = append(v.Impact.Benefits, ImpactBenefitView{ID: b.ID, Name: label(b.Name), Every: string(b.Every), Enter: b.Enter, Leave: b.Leave, Gain: b.Gain, Lose: b.Lose,
			Unknown: b.Unknown, Before: b.Before, After: b.After})
	}
	for _, p := range impact.Persons {
		v.Impact.Persons = append(v.Impact.Persons, ImpactPersonView{Name: t.name(p.Name), Benefit: label(p.Benefit), Before: p.Before, After: p.After})
	}
	return v
}

func packOnly(p *policy.Pack) PackView {
	return teller{basis: policy.NewBasis(p, nil)}.packView()
}

func changeViews(list []policy.Change) []ChangeView {
	views := []ChangeView{}
	for _, c := range list {
		v := ChangeView{Kind: string(c.Kind), What: label(c.What), Old: label(c.Old), New: label(c.New)}
		if c.Block != nil {
			v.Rule = c.Block.Kind + " " + c.Block.ID
		}
		views = append(views, v)
	}
	return views
}
