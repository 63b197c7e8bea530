package audit

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"doudi/record/store"
)

// What somebody did is found by the seals it lies in: the sealer notes whose entries each seal covers, so that no command writes another row for it and nobody reads
// a whole period for a few entries. The few that no seal covers yet are read from the tail.

// noteActors keeps whose entries a seal covers, by id and by name.
func noteActors(tx *store.Tx, batch int64, entries []*Entry) error {
	var actors []string
	for _, e := range entries {
		actors = append(actors, e.Actor.ID, e.Actor.Name)
	}
	slices.Sort(actors)
	var rows [][]any
	for _, actor := range slices.Compact(actors) {
		if actor != "" {
			rows = append(rows, []any{tx.County, actor, batch})
		}
	}
	return tx.Load("audit_actor", []string{"county_code", "actor", "batch"}, rows)
}

const (
	tailOfActor = entryColumns + `audit_tail t JOIN audit_entry e ON e.county_code = t.county_code AND e.entry_id = t.entry_id WHERE t.county_code = ?1 AND (?9 = '' OR t.entry_id < ?9)` + entryWhere +
		`ORDER BY e.entry_id DESC LIMIT `
	sealedOfActor = entryColumns + `audit_actor a JOIN audit_link l ON l.county_code = a.county_code AND l.batch = a.batch JOIN audit_entry e ON e.county_code = l.county_code AND e.entry_id = l.entry_id
		WHERE a.county_code = ?1 AND a.actor = ?5 AND a.batch >= ?9 AND a.batch <= ?10 AND (a.batch < ?10 OR l.position < ?11)` + entryWhere + `ORDER BY a.batch DESC, l.position DESC LIMIT `
)

// byActor lists what somebody did, the latest first: what no seal covers, and then as the seals have it. until is the id before which entries lie.
func byActor(tx *store.Tx, q Query, before, until string, limit int) (list []*Entry, err error) {
	const slack = 24 * time.Hour
	args := []any{tx.County, store.FirstID(q.From), until, store.FormatInstant(q.To), q.Actor, string(q.Kind), q.Name, q.Subject}
	at, sealed, err := placeOf(tx, before)
	if err != nil {
		return nil, err
	}
	if !sealed {
		if list, err = store.All(tx, scanEntry, tailOfActor+fmt.Sprint(limit), append(slices.Clone(args), before)...); err != nil || len(list) == limit {
			return list, err
		}
		at = place{math.MaxInt64, math.MaxInt64}
	}
	// An entry is sealed within a day, so that the seal of one that is two days away bounds where the seals of a period lie.
	var low int64
	err = tx.QueryRow(`SELECT l.batch FROM audit_entry e JOIN audit_link l ON l.county_code = e.county_code AND l.entry_id = e.entry_id WHERE e.county_code = ?1 AND e.entry_id < ?2
		ORDER BY e.entry_id DESC LIMIT 1`, tx.County, store.FirstID(q.From.Add(-2*slack))).Scan(&low)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	high, err := highest(tx, q.To.Add(2*slack))
	if err != nil {
		return nil, err
	}
	if high < at.batch {
		at = place{high, math.MaxInt64}
	}
	more, err := store.All(tx, scanEntry, sealedOfActor+fmt.Sprint(limit-len(list)), append(args, low, at.batch, at.position)...)
	return append(list, more...), err
}

// place is where an entry is sealed.
type place struct{ batch, position int64 }

// placeOf is the place of an entry; sealed is false for none, and while no seal covers it.
func placeOf(tx *store.Tx, entry string) (p place, sealed bool, err error) {
	if entry == "" {
		return p, false, nil
	}
	err = tx.QueryRow(`SELECT batch, position FROM audit_link WHERE county_code = ?1 AND entry_id = ?2`, tx.County, entry).Scan(&p.batch, &p.position)
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, nil
	}
	return p, err == nil, err
}

// highest is the seal of the first entry made after an instant, or beyond all seals.
func highest(tx *store.Tx, after time.Time) (batch int64, err error) {
	err = tx.QueryRow(`SELECT l.batch FROM audit_entry e JOIN audit_link l ON l.county_code = e.county_code AND l.entry_id = e.entry_id WHERE e.county_code = ?1 AND e.entry_id >= ?2
		ORDER BY e.entry_id LIMIT 1`, tx.County, store.FirstID(after)).Scan(&batch)
	if errors.Is(err, sql.ErrNoRows) {
		return math.MaxInt64, nil
	}
	return batch, err
}
