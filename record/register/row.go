package register

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// Row is everything a decision may use about a person or a household, through all time, as it is known today.
type Row struct {
	ID    string
	Kind  string      // PersonKind or HouseholdKind
	Holds string      // whose facts these are and under whose key they are protected: the person, of a household its last head
	Died  *period.Day // of a household: of its last head, when nobody came after
	Here  []Stay      // when the person was this county's, the household had a head; in order
	Homes []Home      // where they lived then
	Facts rule.Facts  // of a household its own and its heads', each head's for the time as head when there were several
}

// Stay is a time for which somebody was here. Person is the head of a household, or the person.
type Stay struct {
	Person string
	Span   period.Span
}

// Home is a time for which somebody lived in a division.
type Home struct {
	Division ident.Division
	Span     period.Span
}

// Around adds to parties whose statements changed all those of whom something else is known now: the households that persons are or were heads of,
// the members of households. A household says nothing of its other members but that they are, and when that changes it is among the parties itself.
func (r *Register) Around(tx *store.Tx, parties []string) ([]string, error) {
	all := slices.Clone(parties)
	memberships, err := r.book.Among(tx, `SELECT `+dated.Columns+` FROM statement WHERE county_code = ?1 AND subject_id = ?* AND object_id IS NOT NULL`, parties)
	if err != nil {
		return nil, err
	}
	for _, m := range memberships {
		if m.Name != memberName || m.Value == quoted(Head) {
			all = append(all, m.Object)
		}
	}
	members, err := store.Among(tx, store.Text, `SELECT subject_id FROM statement WHERE county_code = ?1 AND object_id = ?*`, parties, tx.County)
	return unique(append(all, members...)), err
}

// Rows are the rows of persons and households, in the order asked for. Who is neither, never was here, or has had the key destroyed is left
// out; so is a household that never had a head, or whose last head is left out.
func (r *Register) Rows(tx *store.Tx, parties []string) (rows []Row, err error) {
	members, err := store.Among(tx, store.Text, `SELECT subject_id FROM statement WHERE county_code = ?1 AND object_id = ?*`, parties, tx.County)
	if err != nil {
		return nil, err
	}
	gone, err := Destroyed(tx, unique(append(slices.Clone(parties), members...)))
	if err != nil {
		return nil, err
	}
	ahead := slices.DeleteFunc(slices.Clone(parties), func(id string) bool { return gone[id] })
	err = r.Bulk(tx, Ahead{Parties: ahead}, func(many *Register) error {
		if err := many.fetchHeads(tx, ahead, gone); err != nil {
			return err
		}
		kept := rule.Facts{}
		if err := many.keptRosters(tx, kept, now); err != nil {
			return err
		}
		for _, id := range parties {
			if gone[id] {
				continue
			}
			row, err := many.row(tx, id, gone, kept)
			if err != nil {
				return err
			}
			if row != nil {
				rows = append(rows, *row)
			}
		}
		return nil
	})
	return rows, err
}

// fetchHeads reads together what is said of those who are or were heads of households; of other members nothing is needed.
func (r *Register) fetchHeads(tx *store.Tx, parties []string, gone map[string]bool) error {
	var heads []string
	for _, id := range parties {
		members, err := r.members(tx, id, now)
		if err != nil {
			return err
		}
		for _, m := range members {
			if m.Value == quoted(Head) && !gone[m.Subject] {
				heads = append(heads, m.Subject)
			}
		}
	}
	return r.book.Fetch(tx, unique(heads))
}

// Destroyed are those of the parties whose keys were destroyed.
func Destroyed(tx *store.Tx, parties []string) (map[string]bool, error) {
	found, err := store.Among(tx, store.Text, `SELECT person_id FROM person_key WHERE county_code = ?1 AND destroyed <> '' AND person_id = ?*`, parties, tx.County)
	gone := map[string]bool{}
	for _, id := range found {
		gone[id] = true
	}
	return gone, err
}

// row is one of Rows; what the county says of everybody, kept, its facts begin with.
func (r *Register) row(tx *store.Tx, id string, gone map[string]bool, kept rule.Facts) (*Row, error) {
	kind, err := r.book.KindOf(tx, id)
	switch {
	case err != nil:
		return nil, err
	case kind == PersonKind:
		return r.personRow(tx, id, begun(kept))
	case kind == HouseholdKind:
		return r.householdRow(tx, id, gone, begun(kept))
	}
	return nil, nil
}

// begun is a copy of facts that more can be added to.
func begun(kept rule.Facts) rule.Facts {
	facts := maps.Clone(kept)
	for name := range facts {
		facts[name] = slices.Clip(facts[name])
	}
	return facts
}

func (r *Register) personRow(tx *store.Tx, id string, facts rule.Facts) (*Row, error) {
	statements, err := r.book.Of(tx, id, now)
	if err != nil {
		return nil, err
	}
	row := &Row{ID: id, Kind: PersonKind, Holds: id, Facts: facts}
	for _, s := range dated.Named(statements, presenceName) {
		row.Here = append(row.Here, Stay{id, s.Span})
	}
	if len(row.Here) == 0 {
		return nil, nil
	}
	slices.SortFunc(row.Here, func(a, b Stay) int { return cmp.Compare(a.Span.From, b.Span.From) })
	if err := r.collect(row.Facts, statements, dated.Always); err != nil {
		return nil, err
	}
	memberships := dated.Named(statements, memberName)
	if err := r.householdFacts(tx, row.Facts, memberships, now); err != nil {
		return nil, err
	}
	row.Died = deathOf(row.Facts)
	for _, m := range memberships {
		homes, err := r.homes(tx, m.Object, m.Span)
		if err != nil {
			return nil, err
		}
		row.Homes = append(row.Homes, homes...)
	}
	return row, nil
}

func deathOf(facts rule.Facts) *period.Day {
	fact, ok := facts.At(deathFact, rule.Forever)
	if !ok {
		return nil
	}
	day, ok := fact.Value.(rule.Day)
	if !ok {
		return nil
	}
	died := period.Day(day)
	return &died
}

// homes is where a household lived over a span.
func (r *Register) homes(tx *store.Tx, household string, within period.Span) ([]Home, error) {
	statements, err := r.book.Of(tx, household, now)
	if err != nil {
		return nil, err
	}
	var homes []Home
	for _, s := range dated.Named(statements, dwellingName) {
		span := s.Span.Intersect(within)
		if span.Empty() {
			continue
		}
		var d Dwelling
		if err := json.Unmarshal([]byte(s.Value), &d); err != nil {
			return nil, err
		}
		homes = append(homes, Home{d.Division, span})
	}
	return homes, nil
}

func (r *Register) householdRow(tx *store.Tx, id string, gone map[string]bool, facts rule.Facts) (*Row, error) {
	members, err := r.members(tx, id, now)
	if err != nil {
		return nil, err
	}
	row := &Row{ID: id, Kind: HouseholdKind, Facts: facts}
	for _, m := range members {
		if m.Value == quoted(Head) {
			row.Here = append(row.Here, Stay{m.Subject, m.Span})
		}
	}
	if len(row.Here) == 0 {
		return nil, nil
	}
	slices.SortFunc(row.Here, func(a, b Stay) int { return cmp.Compare(a.Span.From, b.Span.From) })
	last := row.Here[len(row.Here)-1]
	if row.Holds = last.Person; gone[last.Person] {
		return nil, nil
	}
	for i, stay := range row.Here {
		if gone[stay.Person] {
			continue
		}
		within := dated.Always
		if len(row.Here) > 1 {
			within = row.headship(i)
		}
		if err := r.headFacts(tx, row, stay, within); err != nil {
			return nil, err
		}
	}
	statements, err := r.book.Of(tx, id, now)
	if err != nil {
		return nil, err
	}
	if err := r.collect(row.Facts, statements, dated.Always); err != nil {
		return nil, err
	}
	row.Facts[sizeFact] = sizes(members, dated.Always)
	row.Homes, err = r.homes(tx, id, dated.Always)
	return row, err
}

// headship is the time for which a head's facts stand for the household: from the day of becoming head, the first one from the beginning,
// to the day before the next.
func (row *Row) headship(i int) period.Span {
	span := dated.Always
	if i > 0 {
		span.From = row.Here[i].Span.From
	}
	if i+1 < len(row.Here) {
		span.To = row.Here[i+1].Span.From - 1
	}
	return span
}

func (r *Register) headFacts(tx *store.Tx, row *Row, stay Stay, within period.Span) error {
	statements, err := r.book.Of(tx, stay.Person, now)
	if err != nil {
		return err
	}
	if err := r.collect(row.Facts, statements, within); err != nil {
		return err
	}
	facts := rule.Facts{}
	if err := r.collect(facts, dated.Named(statements, deathFact), dated.Always); err != nil {
		return err
	}
	if died := deathOf(facts); stay.Person == row.Holds && died != nil && stay.Span.To <= *died {
		row.Died = died
	}
	return nil
}

// Receivers are the persons who are paid for persons and households: the person, of a household its head on a day, or the last one before. A household that had none is left out.
func (r *Register) Receivers(tx *store.Tx, parties []string, day period.Day) (map[string]string, error) {
	type head struct {
		person string
		from   period.Day
	}
	heads := map[string]head{}
	members, err := r.book.Among(tx, `SELECT `+dated.Columns+` FROM statement WHERE county_code = ?1 AND object_id = ?*`, parties)
	if err != nil {
		return nil, err
	}
	for _, m := range dated.Known(members, now) {
		if m.Name != memberName || m.Value != quoted(Head) || m.Span.From > day {
			continue
		}
		if known, ok := heads[m.Object]; !ok || known.from <= m.Span.From {
			heads[m.Object] = head{m.Subject, m.Span.From}
		}
	}
	kinds, err := store.Among(tx, func(rows *store.Rows) (k [2]string, err error) { return k, rows.Scan(&k[0], &k[1]) },
		`SELECT party_id, kind FROM party WHERE county_code = ?1 AND party_id = ?*`, parties, tx.County)
	receivers := map[string]string{}
	for _, k := range kinds {
		if k[1] == PersonKind {
			receivers[k[0]] = k[0]
		} else if h, ok := heads[k[0]]; ok {
			receivers[k[0]] = h.person
		}
	}
	return receivers, err
}
