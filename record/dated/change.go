package dated

import (
	"slices"

	"doudi/record/store"
)

// Whoever keeps a picture of many parties reads again only those of whom something was said since. The feed that says which has a row for each
// of them and each transaction, so that nobody waits for anybody; the reader removes the rows it has seen.

// changeOf is the key under which a transaction remembers that it has named a party.
type changeOf string

// Changed adds a party to the feed of changes: something else is known of it than before. Statements add theirs by themselves.
func Changed(tx *store.Tx, party string) error {
	_, err := store.Once(tx, changeOf(party), func() (bool, error) {
		return true, tx.Later(nil, `INSERT INTO party_change (county_code, party_id, change_id) VALUES (?1, ?2, ?3)`, tx.County, party, tx.NewID())
	})
	return err
}

// changed adds those whom a statement speaks of, unless it is about standing data, of which no picture is kept.
func (b Book) changed(tx *store.Tx, s Statement) error {
	if b.Standing {
		return nil
	}
	for _, party := range s.parties() {
		if err := Changed(tx, party); err != nil {
			return err
		}
	}
	return nil
}

func (s Statement) parties() []string {
	if s.Object == "" {
		return []string{s.Subject}
	}
	return []string{s.Subject, s.Object}
}

var changeColumns = []string{"county_code", "party_id", "change_id"}

// changes are the rows of the feed for many statements.
func (b Book) changes(tx *store.Tx, statements []Statement) [][]any {
	if b.Standing {
		return nil
	}
	var parties []string
	for _, s := range statements {
		parties = append(parties, s.parties()...)
	}
	slices.Sort(parties)
	var rows [][]any
	for _, party := range slices.Compact(parties) {
		rows = append(rows, []any{tx.County, party, tx.NewID()})
	}
	return rows
}
