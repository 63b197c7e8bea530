package main

import (
	"context"
	"maps"

	"doudi/decide/entitle"
	"doudi/decide/policy"
	"doudi/decide/subject"
	"doudi/internal/county"
	"doudi/kernel/ident"
	"doudi/record/audit"
	"doudi/record/store"
	"doudi/serve/present"
)

// show draws up what a county's record says: its family in one table, and the statements of its bills.
func (d *demo) show(ctx context.Context, c *demoCounty) (family *present.Page, statements []*present.Page, err error) {
	looked := store.Command{Name: "demo.look", County: c.code, Actor: county.Clerk, Instant: morning(c.on)}
	_, err = d.record.Store.Write(ctx, looked, func(tx *store.Tx) (any, error) { // whoever looks is kept in the log
		family, statements, err = d.look(tx, c)
		return nil, err
	})
	return family, statements, err
}

func (d *demo) look(tx *store.Tx, c *demoCounty) (*present.Page, []*present.Page, error) {
	force, err := d.record.Adoptions.InForce(tx, ident.Division(c.code), c.on, seriesOf(c.pack))
	if err != nil {
		return nil, nil, err
	}
	options := present.Options{Lang: d.app.lang, Short: true}
	var members []present.Member
	var statements []*present.Page
	for _, h := range c.households {
		for _, m := range h.members {
			if m.asked == nil {
				continue
			}
			s, err := d.subject(tx, c, m)
			if err != nil {
				return nil, nil, err
			}
			member, pages, err := d.bills(tx, m, s, options)
			if err != nil {
				return nil, nil, err
			}
			if err := decideMember(force.Basis, s, c, &member); err != nil {
				return nil, nil, err
			}
			members, statements = append(members, member), append(statements, pages...)
		}
	}
	return present.Household(c.title, force.Basis, c.on, members, options), statements, nil
}

// subject is what a decision of the day may use: what is registered about a member, and what the office asks besides.
func (d *demo) subject(tx *store.Tx, c *demoCounty, m *demoMember) (*subject.Subject, error) {
	known, err := d.record.Register.Subject(tx, m.id, c.on, c.on)
	if err != nil {
		return nil, err
	}
	if _, err := d.record.Log.Look(tx, audit.Note{Name: "demo.show", Subject: m.id, Content: map[string]string{"purpose": "演示"}, Persons: map[string]any{m.id: nil}}); err != nil {
		return nil, err
	}
	s := *m.asked
	s.Name, s.Facts = known.Name, maps.Clone(known.Facts)
	maps.Copy(s.Facts, m.asked.Facts)
	return &s, nil
}

// bills are the settlements of a member's bills as they stand on record: those with a page of their own, and the one told in
// the table.
func (d *demo) bills(tx *store.Tx, m *demoMember, s *subject.Subject, o present.Options) (member present.Member, pages []*present.Page, err error) {
	member.Subject = s
	for _, bill := range m.bills {
		result, settled, _, err := d.record.Claims.Statement(tx, bill.id)
		if err != nil {
			return member, nil, err
		}
		if !bill.page {
			member.Settled = result
			continue
		}
		settled.Name = s.Name // the record keeps them apart from the bill
		if number, ok := s.Facts["person.id"]; ok {
			settled.Facts["person.id"] = number
		}
		pages = append(pages, present.Statement(result, settled, o))
	}
	return member, pages, nil
}

// decideMember decides everything about one person: benefits and services.
func decideMember(b *policy.Basis, s *subject.Subject, c *demoCounty, m *present.Member) error {
	decision, err := entitle.Decide(b, s, c.on)
	if err != nil {
		return err
	}
	if m.Dues, err = allDue(b, s, decision.Outcomes); err != nil {
		return err
	}
	for _, service := range b.Pack.Services {
		outcome, err := entitle.Serve(b, s, service, c.on)
		if err != nil {
			return err
		}
		m.Owed = append(m.Owed, outcome)
	}
	return nil
}
