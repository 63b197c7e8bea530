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
	slices.Sort(ids)
	last, err := newest(tx)
	if err != nil {
		return 0, err
	}
	s := Sealed{Batch: last.Batch + 1, Instant: max(last.Instant, store.FormatInstant(tx.Instant)), Entries: int64(len(ids)), Previous: last.Digest}
	var digests []string
	var entries []*Entry
	for i, id := range ids {
		e, err := link(tx, s.Batch, int64(i+1), id)
		if err != nil {
			return 0, err
		}
		digests, entries = append(digests, e.Digest), append(entries, e)
	}
	if err := note(tx, s.Batch, entries); err != nil {
		return 0, err
	}
	s.EntriesDigest = digest(digests...)
	s.Digest = s.digest(tx.County)
	_, err = tx.Exec(`INSERT INTO audit_seal (county_code, batch, instant, entries, entries_digest, previous, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
		tx.County, s.Batch, s.Instant, s.Entries, s.EntriesDigest, s.Previous, s.Digest)
	return len(ids), err
}

// link moves an entry from the tail into a batch and answers it. An entry that no longer says what its digest was
// made of is not sealed: the change would be sealed with it.
func link(tx *store.Tx, batch, position int64, id string) (*Entry, error) {
	e, err := entry(tx, id)
	if err != nil {
		return nil, err
	}
	if digestOf(tx.County, e) != e.Digest {
		return nil, changed(nil, "记录 %s 与其摘要不符，未封存", "entry %s does not match its digest and was not sealed", id)
	}
	if _, err := tx.Exec(`INSERT INTO audit_link (county_code, batch, position, entry_id) VALUES (?1, ?2, ?3, ?4)`, tx.County, batch, position, id); err != nil {
		return nil, err
	}
	_, err = tx.Exec(`DELETE FROM audit_tail WHERE county_code = ?1 AND entry_id = ?2`, tx.County, id)
	return e, err
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
