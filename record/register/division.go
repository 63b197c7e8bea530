package register

import (
	"slices"
	"strings"

	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// Division is a town or village of the county over some days.
type Division struct {
	Code ident.Division
	Name string
	Span period.Span
}

// AddDivision registers a town or village of the county over a span. A village stands in a town that is registered for the
// first of its days. Codes: register.division-outside, register.division-parent, register.division-overlap, those of ident.
func (r *Register) AddDivision(tx *store.Tx, d Division, said dated.Said) error {
	code, err := ident.ParseDivision(string(d.Code))
	if err != nil {
		return err
	}
	county, err := r.book.County(tx)
	if err != nil {
		return err
	}
	if !ident.Contains(ident.Division(county), code) || code.Level() <= ident.County {
		return divisionOutside(code, county)
	}
	if code.Level() == ident.Village {
		if err := r.inDivision(tx, code.Parent(), d.Span.From); err != nil {
			return divisionParent(code, code.Parent())
		}
	}
	kind, err := r.book.KindOf(tx, string(code))
	if err == nil && kind == "" {
		err = r.book.AddParty(tx, string(code), DivisionKind)
	}
	if err != nil {
		return err
	}
	statements, err := r.book.Of(tx, string(code), now)
	if err != nil {
		return err
	}
	for _, s := range dated.Named(statements, divisionName) {
		if s.Span.Overlaps(d.Span) {
			return divisionOverlap(code, s.Span)
		}
	}
	if err := tx.StandingChanged(); err != nil {
		return err
	}
	_, err = r.book.Add(tx, dated.Statement{Subject: string(code), Name: divisionName, Value: quoted(strings.TrimSpace(d.Name)), Span: d.Span, Said: said})
	return err
}

// EndDivision says that a division exists up to a last day, and which one it went into (撤并); "" for none. Codes:
// register.division-unknown.
func (r *Register) EndDivision(tx *store.Tx, code ident.Division, last period.Day, into ident.Division, said dated.Said) error {
	if err := r.inDivision(tx, code, last); err != nil {
		return err
	}
	statements, err := r.book.Of(tx, string(code.Normalise()), now)
	if err != nil {
		return err
	}
	if err := tx.StandingChanged(); err != nil {
		return err
	}
	here, _ := at(dated.Named(statements, divisionName), last) // inDivision found it
	if _, err := r.book.EndOn(tx, here, last, said); err != nil || into == "" {
		return err
	}
	if err := r.inDivision(tx, into, last+1); err != nil {
		return err
	}
	_, err = r.book.Add(tx, dated.Statement{Subject: here.Subject, Object: string(into.Normalise()), Name: successor, Span: dated.From(last + 1), Said: said})
	return err
}

// inDivision refuses a division that the county did not have on a day. Code: register.division-unknown.
func (r *Register) inDivision(tx *store.Tx, code ident.Division, day period.Day) error {
	code = code.Normalise()
	if string(code) == tx.County {
		return nil
	}
	statements, err := r.book.Of(tx, string(code), now)
	if err != nil {
		return err
	}
	if _, ok := at(dated.Named(statements, divisionName), day); !ok {
		return divisionUnknown(code, day)
	}
	return nil
}

// divisionsOn is the key under which the divisions of a day are remembered, as they were known on another.
type divisionsOn struct{ day, knownOn period.Day }

// Divisions are the county's divisions on a day, as known on another, by code. They are read once for as long as none of the county's standing data changes: who is
// shown on any page is shown with town and village.
func (r *Register) Divisions(tx *store.Tx, day, knownOn period.Day) ([]Division, error) {
	if err := r.flush(tx); err != nil {
		return nil, err
	}
	found, err := store.Standing(tx, divisionsOn{day, knownOn}, func() ([]Division, error) { return r.divisions(tx, day, knownOn) })
	return slices.Clone(found), err
}

const divisionsQuery = `SELECT ` + dated.Columns + ` FROM (SELECT party_id FROM party WHERE county_code = ?1 AND kind = ?2) division
	JOIN statement ON statement.county_code = ?1 AND statement.subject_id = division.party_id`

func (r *Register) divisions(tx *store.Tx, day, knownOn period.Day) (found []Division, err error) {
	statements, err := r.book.Select(tx, divisionsQuery, tx.County, DivisionKind)
	if err != nil {
		return nil, err
	}
	for _, s := range dated.Named(dated.Known(statements, knownOn), divisionName) {
		if !s.Holds(day) {
			continue
		}
		name, err := unquoted(s.Value)
		if err != nil {
			return nil, err
		}
		found = append(found, Division{ident.Division(s.Subject), name, s.Span})
	}
	slices.SortFunc(found, func(a, b Division) int { return strings.Compare(string(a.Code), string(b.Code)) })
	return found, nil
}

// Lineage is a town or village through time: its names, and which one it went into.
type Lineage struct {
	Code  ident.Division
	Names []Division     // by their days
	Into  ident.Division // "" for none
	Since period.Day
}

// Lineage is a division through time, as known now. Code: register.division-unknown when the county never had it.
func (r *Register) Lineage(tx *store.Tx, code ident.Division) (h Lineage, err error) {
	h.Code = code.Normalise()
	statements, err := r.book.Of(tx, string(h.Code), now)
	if err != nil {
		return h, err
	}
	for _, s := range dated.Named(statements, divisionName) {
		name, err := unquoted(s.Value)
		if err != nil {
			return h, err
		}
		h.Names = append(h.Names, Division{h.Code, name, s.Span})
	}
	if len(h.Names) == 0 {
		return h, divisionNever(h.Code)
	}
	slices.SortFunc(h.Names, func(a, b Division) int { return int(a.Span.From - b.Span.From) })
	for _, s := range dated.Named(statements, successor) {
		h.Into, h.Since = ident.Division(s.Object), s.Span.From
	}
	return h, nil
}

// Successor is what a division is called on a day: itself while it exists, or the one it went into. Code:
// register.division-unknown.
func (r *Register) Successor(tx *store.Tx, code ident.Division, day period.Day) (ident.Division, error) {
	code = code.Normalise()
	for seen := []ident.Division{}; !slices.Contains(seen, code); {
		if err := r.inDivision(tx, code, day); err == nil {
			return code, nil
		}
		seen = append(seen, code)
		statements, err := r.book.Of(tx, string(code), now)
		if err != nil {
			return "", err
		}
		next, ok := at(dated.Named(statements, successor), day)
		if !ok {
			break
		}
		code = ident.Division(next.Object)
	}
	return "", divisionUnknown(code, day)
}

// becameOf is the key under which it is remembered what a division was made of.
type becameOf struct {
	division ident.Division
	day      period.Day
}

// MadeOf are a division and those that do not lie in it by their codes but whose people belong to it on a day, because they went into it or into a part of it.
func (r *Register) MadeOf(tx *store.Tx, division ident.Division, day period.Day) ([]ident.Division, error) {
	if err := r.flush(tx); err != nil {
		return nil, err
	}
	return store.Standing(tx, becameOf{division, day}, func() ([]ident.Division, error) {
		statements, err := r.book.Select(tx, divisionsQuery, tx.County, DivisionKind)
		if err != nil {
			return nil, err
		}
		made := []ident.Division{division}
		for _, s := range dated.Named(dated.Known(statements, now), successor) {
			before := ident.Division(s.Subject)
			today, err := r.Successor(tx, before, day)
			if fault.KindOf(err) == fault.NotFound { // it is nothing any more
				continue
			}
			if err != nil {
				return nil, err
			}
			if ident.Contains(division, today) && !ident.Contains(division, before) && !slices.Contains(made, before) {
				made = append(made, before)
			}
		}
		return made, nil
	})
}
