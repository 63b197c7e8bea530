package payment

import (
	"encoding/json"
	"slices"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// Row is a line of a batch with whom it is about: what an office prints to look at it, and nothing for the public.
type Row struct {
	Line
	Name    string  // of the person, of a household of who receives it; "" once the content was destroyed or nobody is left
	Child   bool    // under eighteen on the last day of the period; such a row never appears in public
	Account Account // the zero value while there is none
}

// birthFact is the fact of the vocabulary that is a person's day of birth.
const birthFact = "person.birth"

// adult is the age from which somebody is named in public.
const adult = 18

// Roster are the lines of a batch with names and accounts, by subject after one, at most limit. Whoever shows it keeps in the log who looked.
func (p *Payments) Roster(tx *store.Tx, b *Batch, after string, limit int) ([]Row, error) {
	lines, err := p.Lines(tx, b.ID, after, limit)
	if err != nil {
		return nil, err
	}
	var parties []string
	for _, l := range lines {
		parties = append(parties, l.Subject, l.Receiver)
	}
	if p, err = p.ahead(tx, parties); err != nil {
		return nil, err
	}
	rows := make([]Row, len(lines))
	for i, l := range lines {
		rows[i].Line = l
		if err := p.name(tx, &rows[i], b.To.Last()); err != nil {
			return nil, err
		}
		if l.Account == "" {
			continue
		}
		kept, err := p.account(tx, l.Account)
		if err != nil {
			return nil, err
		}
		rows[i].Account = kept.Account
	}
	return rows, nil
}

// ahead reads what is said of many parties together, where it can be read; of others it is read one by one.
func (p *Payments) ahead(tx *store.Tx, parties []string) (*Payments, error) {
	parties = slices.DeleteFunc(parties, func(id string) bool { return id == "" })
	slices.Sort(parties)
	many := *p
	many.book = p.book.Draft()
	switch err := many.book.Fetch(tx, slices.Compact(parties)); fault.KindOf(err) {
	case fault.Internal, fault.Unavailable:
		return nil, err
	case "":
		return &many, nil
	}
	return p, nil
}

// Names are the names of the persons of differences, or of who receives what a household gets; "" where it cannot be read any more.
func (p *Payments) Names(tx *store.Tx, list []Difference) ([]string, error) {
	var parties []string
	for _, d := range list {
		parties = append(parties, d.Subject, d.Receiver)
	}
	many, err := p.ahead(tx, parties)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(list))
	for i, d := range list {
		if names[i], err = many.NameOf(tx, d.Subject, d.Receiver); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// name finds whose row it is.
func (p *Payments) name(tx *store.Tx, r *Row, day period.Day) error {
	for _, party := range []string{r.Subject, r.Receiver} {
		if party == "" || r.Name != "" {
			continue
		}
		statements, err := p.book.Of(tx, party, rule.Forever)
		if err != nil {
			return err
		}
		for _, s := range dated.Named(statements, nameFact) {
			if err := json.Unmarshal([]byte(s.Value), &r.Name); err != nil {
				return err
			}
		}
		for _, s := range dated.Named(statements, birthFact) {
			var born period.Day
			if err := json.Unmarshal([]byte(s.Value), &born); err != nil {
				return err
			}
			age, err := period.AgeOn(born, day)
			r.Child = err != nil || age < adult
		}
	}
	return nil
}

// NameOf is the name of a person, or of who receives what a household gets; "" when it cannot be read any more.
func (p *Payments) NameOf(tx *store.Tx, subject, receiver string) (string, error) {
	r := Row{Line: Line{Subject: subject, Receiver: receiver}}
	err := p.name(tx, &r, dated.Today(tx))
	return r.Name, err
}
