package county

import (
	"context"
	"fmt"
	"slices"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

// since is the day from which the households are as they are.
var since = period.MustDay(2018, 1, 1)

// How much goes into one command.
const (
	peopleAtOnce  = 1000
	changesAtOnce = 500
	billsAtOnce   = 100
)

// Writer writes a county into a record. Begin with [Writer.Found], which must be called again by whoever goes on with a record.
type Writer struct {
	Office
	county    *County
	providers map[string]string // ids by code of the town and key
}

// NewWriter writes a county into a record.
func NewWriter(r *record.Record, c *County) *Writer {
	return &Writer{Office: Office{r, c.Code, c.vocabulary}, county: c}
}

// Place is what the county has before anybody comes.
func (c *County) Place() Place {
	p := Place{Code: c.Code, Day: Opening, Providers: map[string]Provider{}, Money: money.Yuan(1_000_000_000)}
	for _, t := range c.Towns {
		p.Divisions = append(p.Divisions, division(t.Code, t.Name))
		for _, v := range t.Villages {
			p.Divisions = append(p.Divisions, division(v.Code, v.Name))
		}
		for key, provider := range t.Provider {
			p.Providers[string(t.Code)+" "+key] = provider
		}
		p.Adoptions = append(p.Adoptions, Adoption{t.Pack, t.Name + ".yaml", t.Adoption})
	}
	return p
}

// Found sets the county up, and learns the ids of its providers.
func (w *Writer) Found(ctx context.Context) (err error) {
	w.providers, err = w.Office.Found(ctx, w.county.Place())
	return err
}

// Provider is the id of a town's provider by its key.
func (w *Writer) Provider(t *Town, key string) string { return w.providers[string(t.Code)+" "+key] }

// People registers everybody as on [Opening].
func (w *Writer) People(ctx context.Context) error {
	var batch []*Household
	people, n := 0, 0
	for h := range w.county.Households() {
		batch, people = append(batch, h), people+len(h.Members)
		if people < peopleAtOnce {
			continue
		}
		if err := w.register(ctx, n, batch); err != nil {
			return err
		}
		batch, people, n = nil, 0, n+1
	}
	return w.register(ctx, n, batch)
}

// register writes a batch of households, unless it is there already.
func (w *Writer) register(ctx context.Context, n int, batch []*Household) error {
	if len(batch) == 0 {
		return nil
	}
	there, err := w.registered(ctx, batch[0].Head().Number)
	if err != nil || there {
		return err
	}
	var ahead register.Ahead
	for _, h := range batch {
		for _, p := range h.Members {
			ahead.Numbers = append(ahead.Numbers, p.Number)
		}
	}
	return w.Do(ctx, Step{fmt.Sprint("people ", n), Opening, Clerk}, nil, func(tx *store.Tx) (any, error) {
		return nil, w.Register.Bulk(tx, ahead, func(many *register.Register) error {
			for _, h := range batch {
				if _, err := AddHousehold(tx, many, h, since); err != nil {
					return fmt.Errorf("household %d (%s): %w", h.Number, h.Situation, err)
				}
			}
			return nil
		})
	})
}

func (w *Writer) registered(ctx context.Context, number ident.PersonID) (there bool, err error) {
	err = w.Store.Read(ctx, w.Code, func(tx *store.Tx) error {
		id, err := w.Register.ByNumber(tx, number)
		there = id != ""
		return err
	})
	return there, err
}

// Year writes all months.
func (w *Writer) Year(ctx context.Context) error {
	for m := Opening.Month(); m.Year() == Year; m++ {
		if err := w.Month(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// sent is a bill with whose it is.
type sent struct {
	Bill
	person ident.PersonID
	town   *Town
}

// noted is a change with the household it happens to.
type noted struct {
	Change
	household *Household
}

// Month writes what the offices hear of in a month, and the bills that come in.
func (w *Writer) Month(ctx context.Context, m period.Month) error {
	var changes []noted
	var bills []sent
	var decided []decision
	for h := range w.county.Households() {
		for _, c := range h.Changes {
			if c.Learned.Month() == m {
				changes = append(changes, noted{c, h})
			}
		}
		for _, p := range h.Members {
			for _, b := range p.Bills {
				if b.Day.Month() == m {
					bills = append(bills, sent{b, p.Number, h.Town})
				}
			}
			decided = append(decided, decisionsOf(h, p, m)...)
		}
	}
	if err := w.settle(ctx, bills); err != nil {
		return err
	}
	if err := w.decide(ctx, m, decided); err != nil {
		return err
	}
	n := 0
	for batch := range slices.Chunk(changes, changesAtOnce) {
		if err := w.note(ctx, fmt.Sprint("changes ", m, " ", n), m.Last(), batch); err != nil {
			return err
		}
		n++
	}
	return nil
}

// settle receives and confirms bills in the order of their days.
func (w *Writer) settle(ctx context.Context, bills []sent) error {
	slices.SortStableFunc(bills, func(a, b sent) int { return int(a.Day - b.Day) })
	for len(bills) > 0 {
		n := 1
		for n < min(len(bills), billsAtOnce) && bills[n].Day == bills[0].Day {
			n++
		}
		if err := w.settleBatch(ctx, bills[:n]); err != nil {
			return err
		}
		bills = bills[n:]
	}
	return nil
}

// settleBatch settles bills of one day, unless the first of them is there already.
func (w *Writer) settleBatch(ctx context.Context, bills []sent) error {
	first := bills[0]
	err := w.Store.Read(ctx, w.Code, func(tx *store.Tx) error {
		_, err := claim.ByNumber(tx, w.Provider(first.town, first.Provider), first.Number, 0)
		return err
	})
	if fault.CodeOf(err) != "claim.unknown" {
		return err
	}
	return w.Do(ctx, Step{"bill " + first.Number, first.Day, Cashier}, nil, func(tx *store.Tx) (any, error) {
		for _, b := range bills {
			person, err := w.Register.ByNumber(tx, b.person)
			if err != nil {
				return nil, err
			}
			bill := claim.Bill{Person: person, Provider: w.Provider(b.town, b.Provider), Series: b.town.Series(), Name: b.Number + ".yaml", Content: b.Content}
			if _, err := w.Claims.Settle(tx, bill); err != nil {
				return nil, fmt.Errorf("bill %s: %w", b.Number, err)
			}
		}
		return nil, nil
	})
}

// note writes changes together.
func (w *Writer) note(ctx context.Context, name string, on period.Day, changes []noted) error {
	var ahead register.Ahead
	for _, c := range changes {
		for _, p := range c.household.Members {
			ahead.Numbers = append(ahead.Numbers, p.Number)
		}
		if c.Kind == Birth {
			ahead.Numbers = append(ahead.Numbers, c.Person.Number)
		}
	}
	return w.Do(ctx, Step{name, on, Clerk}, nil, func(tx *store.Tx) (any, error) {
		return nil, w.Register.Bulk(tx, ahead, func(many *register.Register) error {
			for _, c := range changes {
				if err := w.change(tx, many, c); err != nil {
					return fmt.Errorf("household %d (%s), %s on %s: %w", c.household.Number, c.household.Situation, c.Kind, c.Day, err)
				}
			}
			return nil
		})
	})
}

// change writes one change.
func (w *Writer) change(tx *store.Tx, many *register.Register, c noted) error {
	said := dated.Said{Learned: c.Learned}
	person, household, err := w.party(tx, many, c)
	if err != nil {
		return err
	}
	switch c.Kind {
	case Birth:
		baby, err := addPerson(tx, many, c.Person)
		if err != nil {
			return err
		}
		return many.Join(tx, household, baby, c.Person.Relation, c.Day, said)
	case Death:
		return w.die(tx, many, c, person, said)
	case Move:
		return many.Move(tx, household, register.Dwelling{Division: c.To.Code, Address: c.To.Name}, c.Day, said)
	case Exit:
		return w.exit(tx, many, c, person, said)
	}
	party := household
	if c.Person != nil {
		party = person
	}
	return each(c.Facts, func(name string, fact rule.Fact) error {
		fact.Span.From, fact.Learned = c.Day, c.Learned
		_, err := many.Record(tx, party, name, fact, "")
		return err
	})
}

// party finds the person a change is about, or the head of the household, and the household.
func (w *Writer) party(tx *store.Tx, many *register.Register, c noted) (person, household string, err error) {
	who := c.Person
	if who == nil || c.Kind == Birth {
		who = c.household.Head()
		if c.household.died(who, c.Learned) {
			who = c.household.heir()
		}
	}
	if person, err = many.ByNumber(tx, who.Number); err != nil {
		return "", "", err
	}
	household, err = many.HouseholdOf(tx, person, c.Day-1, c.Learned)
	return person, household, err
}

// died tells whether a member is known to be dead on a day.
func (h *Household) died(p *Person, on period.Day) bool {
	return slices.ContainsFunc(h.Changes, func(c Change) bool { return c.Kind == Death && c.Person == p && c.Day < on })
}

func (w *Writer) die(tx *store.Tx, many *register.Register, c noted, person string, said dated.Said) error {
	var next register.Succession
	if c.Heir != nil {
		heir, err := many.ByNumber(tx, c.Heir.Number)
		if err != nil {
			return err
		}
		next.Head = heir
	}
	return many.Die(tx, person, c.Day, next, said)
}

// exit ends a membership of a roster.
func (w *Writer) exit(tx *store.Tx, many *register.Register, c noted, person string, said dated.Said) error {
	entries, err := many.Facts(tx, person, c.Learned)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name == "roster."+c.Roster && e.Span.To > c.Day {
			_, err := many.End(tx, e.ID, c.Day, said)
			return err
		}
	}
	return nil
}
