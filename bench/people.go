package main

import (
	"context"
	"fmt"

	"doudi/decide/rule"
	invented "doudi/internal/county"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

// batch is how many persons are registered in one transaction.
const batch = 500

// fill registers persons until the county has n, with the facts the pack asks for.
func (w *world) fill(ctx context.Context, c *county, n int) error {
	for len(c.persons) < n {
		from, to := len(c.persons), min(len(c.persons)+batch, n)
		added := make([]string, 0, batch)
		err := w.write(ctx, c, clerk, func(tx *store.Tx) error {
			added = added[:0]
			for i := from; i < to; i++ {
				id, err := w.resident(tx, c, i)
				if err != nil {
					return err
				}
				added = append(added, id)
			}
			return nil
		})
		if err != nil {
			return err
		}
		c.persons = append(c.persons, added...)
	}
	return nil
}

// resident registers the i-th person: insured, with the household registration here, on the two rosters that the pack's
// help is for.
func (w *world) resident(tx *store.Tx, c *county, i int) (id string, err error) {
	if id, err = w.person(tx, i); err != nil {
		return "", err
	}
	facts := []struct {
		name string
		rule.Fact
	}{
		{"person.hukou", rule.Fact{Value: rule.Division(c.town), Span: dated.Always}},
		{"person.insured", rule.Fact{Value: rule.Bool(true), Span: dated.Always}},
		{"roster.registered_poor", rule.Fact{Value: rule.Bool(true), Span: dated.From(period.MustDay(2018, 1, 1))}},
		{"roster.out_of_poverty_with_policy", rule.Fact{Value: rule.Bool(true), Span: dated.From(period.MustDay(2018, 1, 1))}},
	}
	for _, f := range facts {
		if _, err := w.Register.Record(tx, id, f.name, f.Fact, ""); err != nil {
			return "", err
		}
	}
	return id, nil
}

// person registers the i-th person with a name and an identity number.
func (w *world) person(tx *store.Tx, i int) (id string, err error) {
	number, err := numberOf(i)
	if err != nil {
		return "", err
	}
	return w.Register.AddPerson(tx, register.Person{Name: nameOf(i), Number: number, From: rule.Beginning})
}

// numberOf is the fictional identity number of the i-th person: born on one day of the years 1930 to 1999 after the other, with
// a sequence number that grows when the days are used up.
func numberOf(i int) (ident.PersonID, error) {
	const days = 70*365 + 17 // of those years
	year, month, day := period.MustDay(1930, 1, 1).AddDays(i % days).Date()
	return ident.UpgradePersonID(fmt.Sprintf("999901%02d%02d%02d%03d", year%100, month, day, i/days+1))
}

// nameOf is the name of the i-th person.
func nameOf(i int) string { return invented.Name(20210628, uint64(i)) }
