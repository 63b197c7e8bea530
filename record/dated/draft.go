package dated

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"

	"doudi/decide/rule"
	"doudi/kernel/period"
	"doudi/record/store"
)

// draft is what a transaction that states much keeps in memory: what it has read of parties, and what it will write.
type draft struct {
	kinds     map[string]string      // by party; "" for one the county does not have
	histories map[string][]Statement // by subject: all there is
	towards   map[string][]Statement // by object
	corrected map[string]bool        // statements that others correct, of those in histories
	subjects  map[string]string      // by statement, of those in histories

	isNew   map[string]bool // parties that were added
	parties [][]any         // rows to be written
	added   []Statement     // statements to be written, in their order
	made    []string        // ids of all that were added, written or not
	back    *[]func()       // how to take back what was done within an attempt, the first act first; nil outside of one
}

// Draft is the book for a transaction that states much: it reads each party once, writes in memory, and [Book.Flush] writes all of it together. Until then nobody
// else sees what was added, so that a draft belongs to one transaction, in which only it writes statements.
func (b Book) Draft() Book {
	b.draft = &draft{kinds: map[string]string{}, histories: map[string][]Statement{}, towards: map[string][]Statement{}, corrected: map[string]bool{}, subjects: map[string]string{}, isNew: map[string]bool{}}
	return b
}

// Fetch reads parties, and what is said about them and towards them, together. A book that is no draft reads when it is asked.
func (b Book) Fetch(tx *store.Tx, parties []string) error {
	d := b.draft
	if d == nil {
		return nil
	}
	wanted := slices.DeleteFunc(slices.Clone(parties), func(id string) bool { return d.kinds[id] != "" && d.knows(id) })
	if len(wanted) == 0 {
		return nil
	}
	if err := b.Flush(tx); err != nil { // or what is read now would lack what was added
		return err
	}
	if err := b.fetchKinds(tx, wanted); err != nil {
		return err
	}
	if b.Cipher.Fetch != nil {
		if err := b.Cipher.Fetch(tx, wanted); err != nil {
			return err
		}
	}
	about, err := b.Among(tx, `SELECT `+Columns+` FROM statement WHERE county_code = ?1 AND subject_id = ?*`, wanted)
	if err != nil {
		return err
	}
	towards, err := b.Among(tx, `SELECT `+Columns+` FROM statement WHERE county_code = ?1 AND object_id = ?*`, wanted)
	if err != nil {
		return err
	}
	for _, id := range wanted {
		d.histories[id], d.towards[id] = nil, nil
	}
	for _, s := range about {
		d.learn(s)
	}
	for _, s := range towards {
		d.towards[s.Object] = append(d.towards[s.Object], s)
	}
	return nil
}

// learn takes a statement into its subject's history.
func (d *draft) learn(s Statement) {
	d.histories[s.Subject] = append(d.histories[s.Subject], s)
	d.subjects[s.ID] = s.Subject
	if s.Corrects != "" {
		d.corrected[s.Corrects] = true
	}
}

// forget takes back the statement that was added last.
func (d *draft) forget(s Statement) {
	last := func(all []Statement) []Statement { return all[:len(all)-1] }
	d.histories[s.Subject] = last(d.histories[s.Subject])
	if s.Object != "" {
		d.towards[s.Object] = last(d.towards[s.Object])
	}
	delete(d.subjects, s.ID)
	delete(d.corrected, s.Corrects)
	d.added, d.made = last(d.added), d.made[:len(d.made)-1]
}

// Attempt does acts with a draft of which nothing stays when they end with an error. The acts must not make the draft write
// to the database.
func (b Book) Attempt(do func() error) error {
	var back []func()
	b.draft.back = &back
	defer func() { b.draft.back = nil }()
	err := do()
	if err != nil {
		for _, take := range slices.Backward(back) {
			take()
		}
	}
	return err
}

// IfBack says how to take something back that is done within an attempt. Outside of one it says nothing.
func (b Book) IfBack(take func()) {
	if b.draft != nil && b.draft.back != nil {
		*b.draft.back = append(*b.draft.back, take)
	}
}

// get is a statement of the histories.
func (d *draft) get(id string) (Statement, bool) {
	for _, s := range d.histories[d.subjects[id]] {
		if s.ID == id {
			return s, true
		}
	}
	return Statement{}, false
}

// knows tells whether both histories of a party are there.
func (d *draft) knows(id string) bool {
	_, about := d.histories[id]
	_, towards := d.towards[id]
	return about && towards
}

func (b Book) fetchKinds(tx *store.Tx, parties []string) error {
	type party struct{ id, kind string }
	found, err := store.Among(tx, func(rows *store.Rows) (p party, err error) { return p, rows.Scan(&p.id, &p.kind) },
		`SELECT party_id, kind FROM party WHERE county_code = ?1 AND party_id = ?*`, parties, tx.County)
	for _, p := range found {
		b.draft.kinds[p.id] = p.kind
	}
	return err
}

// Among are the statements that a query of many parties selects ([store.Among]): [Columns] and nothing else, and all of a subject; in order of recording. Its
// first argument is the county, then come more.
func (b Book) Among(tx *store.Tx, query string, parties []string, more ...any) ([]Statement, error) {
	stored, err := store.Among(tx, scanRow, query, parties, append([]any{tx.County}, more...)...)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(stored, func(a, b *row) int { return cmp.Compare(a.ID, b.ID) })
	return b.opened(tx, stored)
}

// AddParty is the function [AddParty] for what is written with the book. A draft takes it that a new id is new.
func (b Book) AddParty(tx *store.Tx, id, kind string) error {
	d := b.draft
	switch {
	case d == nil:
		return AddParty(tx, id, kind)
	case d.kinds[id] != "":
		return partyExists(id)
	}
	b.IfBack(func() {
		delete(d.kinds, id)
		delete(d.histories, id)
		delete(d.towards, id)
		delete(d.isNew, id)
		d.parties = d.parties[:len(d.parties)-1]
	})
	d.kinds[id], d.histories[id], d.towards[id], d.isNew[id] = kind, nil, nil, true
	d.parties = append(d.parties, []any{tx.County, id, kind, store.FormatInstant(tx.Instant), tx.Actor.ID})
	return nil
}

// IsNew tells whether a party was added with a draft.
func (b Book) IsNew(party string) bool { return b.draft != nil && b.draft.isNew[party] }

// KindOf is the function [KindOf], for parties that were added with the book as well.
func (b Book) KindOf(tx *store.Tx, id string) (kind string, err error) {
	if b.draft == nil {
		return KindOf(tx, id)
	}
	kind, known := b.draft.kinds[id]
	if !known {
		if kind, err = KindOf(tx, id); err == nil {
			b.draft.kinds[id] = kind
		}
	}
	return kind, err
}

// history is what was ever said about a party.
func (b Book) history(tx *store.Tx, subject string) (all []Statement, err error) {
	d := b.draft
	all, known := d.histories[subject]
	if !known {
		if all, err = b.read(tx, historyQuery, tx.County, subject); err != nil {
			return nil, err
		}
		d.histories[subject] = nil
		for _, s := range all {
			d.learn(s)
		}
	}
	return slices.Clip(all), nil
}

// historyTowards is what was ever said with a party as object.
func (b Book) historyTowards(tx *store.Tx, object string) (all []Statement, err error) {
	all, known := b.draft.towards[object]
	if !known {
		if all, err = b.read(tx, towardsQuery, tx.County, object); err != nil {
			return nil, err
		}
		b.draft.towards[object] = all
	}
	return slices.Clip(all), nil
}

// note keeps a statement in memory as it will be read.
func (b Book) note(tx *store.Tx, s Statement) (id string, err error) {
	if _, err := b.history(tx, s.Subject); err != nil {
		return "", err
	}
	s.ID, s.Recorded, s.Actor = tx.NewID(), tx.Instant, tx.Actor.ID
	if s.Span.To >= period.Latest {
		s.Span.To = rule.Forever
	}
	d := b.draft
	if s.Object != "" {
		if _, err := b.historyTowards(tx, s.Object); err != nil {
			return "", err
		}
		d.towards[s.Object] = append(d.towards[s.Object], s)
	}
	b.IfBack(func() { d.forget(s) })
	d.learn(s)
	d.added, d.made = append(d.added, s), append(d.made, s.ID)
	return s.ID, nil
}

// Made are the ids of the statements that were added with a draft, in their order.
func (b Book) Made() []string { return b.draft.made }

// isCorrected tells whether a statement of a history is corrected by another.
func (b Book) isCorrected(tx *store.Tx, s Statement) (bool, error) {
	_, err := b.history(tx, s.Subject)
	return b.draft.corrected[s.ID], err
}

var (
	partyColumns     = []string{"county_code", "party_id", "kind", "instant", "actor_id"}
	statementColumns = []string{"county_code", "statement_id", "subject_id", "object_id", "name", "sealed", "content", "from_day", "to_day", "learned_day",
		"corrects_id", "withdrawn", "instant", "actor_id"}
)

// Flush writes what a draft holds. A book that is no draft has written everything.
func (b Book) Flush(tx *store.Tx) error {
	d := b.draft
	if d == nil || len(d.parties) == 0 && len(d.added) == 0 {
		return nil
	}
	if d.back != nil {
		return errors.New("dated: a draft was written within an attempt")
	}
	if err := tx.Load("party", partyColumns, d.parties); err != nil {
		return err
	}
	given, err := numbers(tx, d.parties)
	if err != nil {
		return err
	}
	if err := tx.Load("party_number", numberColumns, given); err != nil {
		return err
	}
	contents, err := b.contents(tx, d.added)
	if err != nil {
		return err
	}
	rows := make([][]any, len(d.added))
	for i, s := range d.added {
		rows[i] = b.row(tx, s, contents[i])
	}
	changes := b.changes(tx, d.added)
	d.parties, d.added = nil, nil
	if err := tx.Load("statement", statementColumns, rows); err != nil {
		return err
	}
	return tx.Load("party_change", changeColumns, changes)
}

// contents is what rows hold besides days and names: sealed together where it is said in confidence.
func (b Book) contents(tx *store.Tx, statements []Statement) ([]string, error) {
	contents := make([]string, len(statements))
	var places []int
	var parties []string
	var plain [][]byte
	for i, s := range statements {
		text, err := s.content()
		if err != nil {
			return nil, err
		}
		if !s.Sealed {
			contents[i] = string(text)
			continue
		}
		places, parties, plain = append(places, i), append(parties, s.Subject), append(plain, text)
	}
	sealed, err := b.sealAll(tx, parties, plain)
	for n, i := range places[:len(sealed)] {
		contents[i] = sealed[n]
	}
	return contents, err
}

func (b Book) sealAll(tx *store.Tx, parties []string, plain [][]byte) (sealed []string, err error) {
	if b.Cipher.SealAll != nil {
		return b.Cipher.SealAll(tx, parties, plain)
	}
	for i, party := range parties {
		one, err := b.Cipher.Seal(tx, party, plain[i])
		if err != nil {
			return nil, err
		}
		sealed = append(sealed, one)
	}
	return sealed, nil
}

func (s Statement) content() ([]byte, error) {
	return json.Marshal(content{s.Name, json.RawMessage(s.Value), s.Source, s.Evidence})
}

// row is a statement as it is stored, with its content.
func (b Book) row(tx *store.Tx, s Statement, content string) []any {
	name := s.Name
	if s.Sealed {
		name = b.Token(s.Name)
	}
	return []any{tx.County, s.ID, s.Subject, orNull(s.Object), name, number(s.Sealed), content, writeFrom(s.Span.From), writeTo(s.Span.To), s.Learned.String(),
		orNull(s.Corrects), number(s.Withdrawn), store.FormatInstant(tx.Instant), tx.Actor.ID}
}
