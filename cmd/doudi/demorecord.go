package main

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/internal/county"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

// morning is ten in the morning of a day in China.
func morning(day period.Day) time.Time { return county.Morning(day) }

// office acts in a county of the demonstration.
func (d *demo) office(code string) county.Office {
	return county.Office{Record: d.record, Code: code, Vocabulary: d.library.Vocabulary}
}

// fill sets a county up, registers its families and settles their bills.
func (d *demo) fill(ctx context.Context, c *demoCounty) error {
	ids, err := d.office(c.code).Found(ctx, c.place())
	if err != nil {
		return err
	}
	for name, id := range ids {
		c.providers[name].id = id
	}
	for i := range c.households {
		if err := d.household(ctx, c, i); err != nil {
			return err
		}
	}
	return nil
}

// place is what the county has before its families come.
func (c *demoCounty) place() county.Place {
	p := county.Place{Code: c.code, Day: c.registered, Providers: map[string]county.Provider{}, Money: money.Yuan(1_000_000),
		Adoptions: []county.Adoption{{Pack: c.pack, Name: c.code + ".yaml", Content: c.adoption}}}
	for _, d := range c.divisions {
		p.Divisions = append(p.Divisions, register.Division{Code: d.code, Name: d.name, Span: dated.Always})
	}
	for name, has := range c.providers {
		p.Providers[name] = county.Provider{Kind: string(has.Kind), Name: has.Name, Division: has.Division, Facts: has.facts}
	}
	return p
}

// household registers a household with its members and settles their bills.
func (d *demo) household(ctx context.Context, c *demoCounty, i int) error {
	h := c.households[i]
	var ids []string
	office := d.office(c.code)
	err := office.Do(ctx, county.Step{Name: "household " + strconv.Itoa(i), Day: c.registered, By: county.Clerk}, &ids, func(tx *store.Tx) (any, error) {
		return county.AddHousehold(tx, d.record.Register, d.registered(h), c.registered)
	})
	if err != nil {
		return err
	}
	for i, m := range h.members {
		m.id = ids[i]
		for _, bill := range m.bills {
			if err := d.settleBill(ctx, c, m, bill); err != nil {
				return err
			}
		}
	}
	return nil
}

// registered is a household as it is put on the register. Of a roster only who is on it is said.
func (d *demo) registered(h *demoHousehold) *county.Household {
	known := &county.Household{Village: county.Village{Code: h.division}, Facts: h.facts}
	for _, m := range h.members {
		p := &county.Person{Name: m.known.Name, Relation: m.relation, Facts: maps.Clone(m.known.Facts)}
		if number, ok := p.Facts.At("person.id", rule.Forever); ok {
			p.Number = ident.PersonID(rule.Display(number.Value, ""))
			for _, name := range []string{"person.id", "person.birth", "person.sex"} { // the number says it
				delete(p.Facts, name)
			}
		}
		for name, facts := range p.Facts {
			if d.library.Vocabulary.Facts[name] == nil {
				p.Facts[name] = slices.DeleteFunc(slices.Clone(facts), func(f rule.Fact) bool { return f.Value == rule.Bool(false) })
			}
		}
		known.Members = append(known.Members, p)
	}
	return known
}

// settleBill receives a bill and confirms it.
func (d *demo) settleBill(ctx context.Context, c *demoCounty, m *demoMember, bill *demoBill) error {
	var settled claim.Confirmation
	step := county.Step{Name: "bill " + bill.provider + " " + bill.received.String(), Day: bill.received, By: county.Clerk}
	err := d.office(c.code).Do(ctx, step, &settled, func(tx *store.Tx) (any, error) {
		return d.record.Claims.Settle(tx, claim.Bill{Person: m.id, Provider: c.providers[bill.provider].id, Series: seriesOf(c.pack), Name: "bill.yaml", Content: []byte(bill.content)})
	})
	bill.id = settled.Claim
	return err
}

func seriesOf(p *policy.Pack) string { return cmp.Or(p.Series, p.ID) }

// around is the county of many people that is there to be worked in, beside the families that are shown.
func (d *demo) around(ctx context.Context) (*county.County, error) {
	c, err := county.New(d.library, county.Code, 1, county.Small.Of(d.people))
	if err != nil {
		return nil, err
	}
	w := county.NewWriter(d.record, c)
	if err := w.Found(ctx); err != nil {
		return nil, err
	}
	if err := w.People(ctx); err != nil {
		return nil, err
	}
	if err := w.Accounts(ctx); err != nil {
		return nil, err
	}
	if err := w.Year(ctx); err != nil {
		return nil, err
	}
	if d.inHand {
		if err := w.InHand(ctx); err != nil {
			return nil, err
		}
	}
	if _, err = sealCounty(ctx, d.record.Store, c.Code, county.Morning(county.Today)); err != nil {
		return nil, err
	}
	return c, folderUnusable(d.folder, d.writeRolls(c))
}

// rolls is where the tables of the county's offices lie, to be imported.
func (d *demo) rolls() string { return filepath.Join(d.folder, "rolls") }

// writeRolls writes them unless they are there. They are made aside first, so that a run that was cut off leaves all of them or none.
func (d *demo) writeRolls(c *county.County) error {
	if _, err := os.Stat(d.rolls()); err == nil {
		return nil
	}
	aside := d.rolls() + ".new"
	if err := errors.Join(os.RemoveAll(aside), os.Mkdir(aside, 0o755)); err != nil {
		return err
	}
	for _, roll := range c.Rolls() {
		if err := writeRoll(filepath.Join(aside, roll.Name+".xlsx"), roll); err != nil {
			return err
		}
	}
	return os.Rename(aside, d.rolls())
}

func writeRoll(name string, roll county.Roll) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(roll.Write(file, sheet.XLSX), file.Close())
}
