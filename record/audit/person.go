package audit

import (
	"cmp"
	"fmt"
	"slices"

	"doudi/record/store"
)

// Whom an entry concerns is found by what the sealer notes of each batch, so that no command keeps an index of it. The few that no seal covers yet are read from the tail.

// notePersons keeps whom the entries concern that a seal covers.
func notePersons(tx *store.Tx, entries []*Entry) error {
	var rows [][]any
	for _, e := range entries {
		for _, p := range e.Persons {
			rows = append(rows, []any{tx.County, p.ID, e.ID})
		}
	}
	return tx.Load("audit_about", []string{"county_code", "person_id", "entry_id"}, rows)
}

const (
	sealedAbout = `SELECT entry_id FROM audit_about WHERE county_code = ?1 AND person_id = ?2 ORDER BY entry_id`
	// Each entry of the tail is looked up by its key, whatever the database believes of the tables: a join might begin at the other end.
	waitingAbout = `SELECT t.entry_id FROM audit_tail t WHERE t.county_code = ?1 AND CASE (SELECT e.person_id FROM audit_entry e WHERE e.county_code = ?1 AND e.entry_id = t.entry_id)
		WHEN '' THEN (SELECT COUNT(*) FROM audit_person p WHERE p.county_code = ?1 AND p.entry_id = t.entry_id AND p.person_id = ?2) > 0
		WHEN ?2 THEN TRUE ELSE FALSE END ORDER BY t.entry_id`
	sealedOfPerson = entryColumns + `audit_about a JOIN audit_entry e ON e.county_code = a.county_code AND e.entry_id = a.entry_id
		WHERE a.county_code = ?1 AND a.person_id = ?9 AND a.entry_id >= ?2 AND a.entry_id < ?3` + entryWhere + `ORDER BY a.entry_id DESC LIMIT `
)

// About lists the ids of the entries that concern a person, the oldest first: who did or saw what about them.
func About(tx *store.Tx, person string) ([]string, error) {
	sealed, err := store.All(tx, store.Text, sealedAbout, tx.County, person)
	if err != nil {
		return nil, err
	}
	waiting, err := store.All(tx, store.Text, waitingAbout, tx.County, person)
	list := append(sealed, waiting...)
	slices.Sort(list)
	return list, err
}

// byPerson lists the entries that concern somebody and are as entryWhere asks with its arguments, the latest first, whether a seal covers them or not.
func byPerson(tx *store.Tx, person string, args []any, limit int) ([]*Entry, error) {
	ids, err := store.All(tx, store.Text, waitingAbout, tx.County, person)
	if err != nil {
		return nil, err
	}
	list, err := store.Among(tx, scanEntry, entryColumns+`audit_entry e WHERE e.county_code = ?1 AND e.entry_id = ?*`+entryWhere, ids, args...)
	if err != nil {
		return nil, err
	}
	sealed, err := store.All(tx, scanEntry, sealedOfPerson+fmt.Sprint(limit), append(args, person)...)
	list = append(list, sealed...)
	slices.SortFunc(list, func(a, b *Entry) int { return cmp.Compare(b.ID, a.ID) })
	return list[:min(limit, len(list))], err
}
