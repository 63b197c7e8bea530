package provider

import (
	"encoding/json"
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// Office is an office of the county under its name over some days. Its id is the word that packs use for it (county-health).
type Office struct {
	ID   string
	Name string
	Span period.Span
}

// AddOffice registers an office, or a later name of one. Codes: provider.name-missing, provider.office-overlap,
// dated.party-exists when the id stands for something else.
func (p *Providers) AddOffice(tx *store.Tx, o Office, said dated.Said) error {
	if strings.TrimSpace(o.Name) == "" || o.ID == "" {
		return nameMissing()
	}
	kind, err := dated.KindOf(tx, o.ID)
	if err == nil && kind != officeKind {
		err = dated.AddParty(tx, o.ID, officeKind)
	}
	if err != nil {
		return err
	}
	statements, err := p.book.Of(tx, o.ID, rule.Forever)
	if err != nil {
		return err
	}
	for _, s := range dated.Named(statements, officeName) {
		if s.Span.Overlaps(o.Span) {
			return officeOverlap(o.ID)
		}
	}
	value, err := json.Marshal(strings.TrimSpace(o.Name))
	if err != nil {
		return err
	}
	_, err = p.book.Add(tx, dated.Statement{Subject: o.ID, Name: officeName, Value: string(value), Span: o.Span, Said: said})
	return err
}

// RenameOffice says that an office is called otherwise from the first day of a span. Codes: provider.name-missing, provider.office-unknown when it
// did not exist the day before.
func (p *Providers) RenameOffice(tx *store.Tx, o Office, said dated.Said) error {
	before, err := p.officeOn(tx, o.ID, o.Span.From-1)
	if err != nil {
		return err
	}
	if _, err := p.book.EndOn(tx, before, o.Span.From-1, said); err != nil {
		return err
	}
	return p.AddOffice(tx, o, said)
}

// OfficeHistory is an office through time: its names, and who took over from it.
type OfficeHistory struct {
	ID    string
	Names []Office // by their days
	By    string   // the office that took over; "" for none
	Since period.Day
}

// mostOffices bounds how many offices a county ever had.
const mostOffices = 10_000

// Offices are all offices the county ever had, by id.
func (p *Providers) Offices(tx *store.Tx) ([]OfficeHistory, error) {
	ids, err := dated.Parties(tx, officeKind, "", mostOffices)
	if err != nil {
		return nil, err
	}
	var list []OfficeHistory
	for _, id := range ids {
		statements, err := p.said(tx, id, rule.Forever)
		if err != nil {
			return nil, err
		}
		h := OfficeHistory{ID: id}
		for _, s := range statements {
			switch s.Name {
			case officeName:
				o := Office{ID: id, Span: s.Span}
				if err := json.Unmarshal([]byte(s.Value), &o.Name); err != nil {
					return nil, err
				}
				h.Names = append(h.Names, o)
			case officeNextName:
				h.By, h.Since = s.Object, s.Span.From
			}
		}
		slices.SortFunc(h.Names, func(a, b Office) int { return int(a.Span.From - b.Span.From) })
		list = append(list, h)
	}
	return list, nil
}

// Succeed says that another office takes over from a day on (卫计局 → 卫健局): the first ends on the day before. Codes:
// provider.office-unknown, provider.office-circle.
func (p *Providers) Succeed(tx *store.Tx, office, by string, from period.Day, said dated.Said) error {
	before, err := p.officeOn(tx, office, from-1)
	if err != nil {
		return err
	}
	if _, err := p.officeOn(tx, by, from); err != nil {
		return err
	}
	last, err := p.OfficeOn(tx, by, from)
	if err != nil {
		return err
	}
	if last.ID == office {
		return officeCircle(office, by)
	}
	if _, err := p.book.EndOn(tx, before, from-1, said); err != nil {
		return err
	}
	_, err = p.book.Add(tx, dated.Statement{Subject: office, Object: by, Name: officeNextName, Span: dated.From(from), Said: said})
	return err
}

// officeOn is the statement of an office's name on a day. Code: provider.office-unknown.
func (p *Providers) officeOn(tx *store.Tx, id string, day period.Day) (dated.Statement, error) {
	statements, err := p.book.Of(tx, id, rule.Forever)
	if err != nil {
		return dated.Statement{}, err
	}
	for _, s := range dated.Named(statements, officeName) {
		if s.Holds(day) {
			return s, nil
		}
	}
	return dated.Statement{}, officeUnknown(id, day)
}

// OfficeOn is the office that does on a day what an office of any time did: itself, or who took over, through any number of
// reorganisations. Code: provider.office-unknown.
func (p *Providers) OfficeOn(tx *store.Tx, id string, day period.Day) (Office, error) {
	asked := id
	for seen := []string{}; !slices.Contains(seen, id); {
		if s, err := p.officeOn(tx, id, day); err == nil {
			o := Office{ID: id, Span: s.Span}
			return o, json.Unmarshal([]byte(s.Value), &o.Name)
		}
		seen = append(seen, id)
		statements, err := p.book.Of(tx, id, rule.Forever)
		if err != nil {
			return Office{}, err
		}
		for _, s := range dated.Named(statements, officeNextName) {
			if s.Holds(day) {
				id = s.Object
			}
		}
	}
	return Office{}, officeUnknown(asked, day)
}
