package audit

import (
	"database/sql"
	"errors"
	"slices"

	"doudi/record/store"
)

// batchSize bounds how many entries one seal covers, so that sealing never holds a transaction for long.
const batchSize = 1000

// Sealed is one seal of a county's chain.
type Sealed struct {
	Batch         int64  `json:"batch"`   // 1, 2, 3 …
	Instant       string `json:"instant"` // as store.FormatInstant writes it
	Entries       int64  `json:"entries"`
	EntriesDigest string `json:"entriesDigest"`
	Previous      string `json:"previous"` // digest of the seal before; "" for the first
	Digest        string `json:"digest"`
}

// Seal adds one seal over the county's oldest entries that have none, at most a thousand, and tells how many they were; with
// none there is no seal. It is called until it answers 0. Two sealers at once do not disturb the chain: one of them is
// tried again by the store.
func Seal(tx *store.Tx) (int, error) {
	ids, err := store.All(tx, store.Text, `SELECT entry_id FROM audit_tail WHERE county_code = ?1 ORDER BY entry_id LIMIT ?2`, tx.County, batchSize)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	last, err := newest(tx)
	if err != nil {
		return 0, err
	}
	s := Sealed{Batch: last.Batch + 1, Instant: max(last.Instant, store.FormatInstant(tx.Instant)), Entries: int64(len(ids)), Previous: last.Digest}
	list, err := link(tx, s.Batch, ids)
	if err != nil {
		return 0, err
	}
	if err := errors.Join(noteActors(tx, s.Batch, list), notePersons(tx, list)); err != nil {
		return 0, err
	}
	var digests []string
	for _, e := range list {
		digests = append(digests, e.Digest)
	}
	s.EntriesDigest = digest(digests...)
	s.Digest = s.digest(tx.County)
	_, err = tx.Exec(`INSERT INTO audit_seal (county_code, batch, instant, entries, entries_digest, previous, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
		tx.County, s.Batch, s.Instant, s.Entries, s.EntriesDigest, s.Previous, s.Digest)
	return len(ids), err
}

// link moves the first entries of the tail into a batch and answers them, in the order of their ids. An entry that no longer says what its digest was
// made of is not sealed: the change would be sealed with it.
func link(tx *store.Tx, batch int64, ids []string) ([]*Entry, error) {
	last := ids[len(ids)-1] // as the database orders them
	slices.Sort(ids)
	list, err := entries(tx, ids)
	if err != nil {
		return nil, err
	}
	var rows [][]any
	for i, e := range list {
		if e == nil {
			return nil, noEntry(ids[i])
		}
		if digestOf(tx.County, e) != e.Digest {
			return nil, changed(nil, "记录 %s 与其摘要不符，未封存", "entry %s does not match its digest and was not sealed", e.ID)
		}
		rows = append(rows, []any{tx.County, batch, int64(i + 1), e.ID})
	}
	if err := tx.Load("audit_link", []string{"county_code", "batch", "position", "entry_id"}, rows); err != nil {
		return nil, err
	}
	_, err = tx.Exec(`DELETE FROM audit_tail WHERE county_code = ?1 AND entry_id <= ?2`, tx.County, last)
	return list, err
}

const sealColumns = `SELECT batch, instant, entries, entries_digest, previous, digest FROM audit_seal WHERE county_code = ?1 `

// newest is the county's last seal, or the zero value.
func newest(tx *store.Tx) (Sealed, error) {
	s, err := scan(tx.QueryRow(sealColumns+`ORDER BY batch DESC LIMIT 1`, tx.County))
	if errors.Is(err, sql.ErrNoRows) {
		return Sealed{}, nil
	}
	return s, err
}

func scan(row interface{ Scan(...any) error }) (Sealed, error) {
	var s Sealed
	err := row.Scan(&s.Batch, &s.Instant, &s.Entries, &s.EntriesDigest, &s.Previous, &s.Digest)
	return s, err
}

// seals lists the seals of a county from one batch on, at most so many.
func seals(tx *store.Tx, from int64, limit int) ([]Sealed, error) {
	return store.All(tx, func(rows *store.Rows) (Sealed, error) { return scan(rows) }, sealColumns+`AND batch >= ?2 ORDER BY batch LIMIT ?3`, tx.County, from, limit)
}

// Newest is the county's last seal, and how many entries wait for the next one. The seal is the zero value when there is none yet.
func Newest(tx *store.Tx) (last Sealed, waiting int64, err error) {
	if last, err = newest(tx); err != nil {
		return last, 0, err
	}
	err = tx.QueryRow(`SELECT COUNT(*) FROM audit_tail WHERE county_code = ?1`, tx.County).Scan(&waiting)
	return last, waiting, err
}
