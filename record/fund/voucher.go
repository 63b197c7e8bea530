package fund

import (
	"database/sql"
	"errors"

	"doudi/record/store"
)

// Steps of a commitment: each has at most one entry, which needs no number of its own.
var steps = map[Type]int{TypeCommit: 1, TypePost: 2, TypeVoid: 3}

// Step is the place of an entry of the type among those about its commitment, from 1; 0 for an entry that has a number of its own ([NumberOf]), which
// is every other, and each whose commitment comes from a document.
func (t Type) Step(of Origin) int {
	if of.Kind == FromDocument {
		return 0
	}
	return steps[t]
}

// give numbers an entry that stands for itself. These are few: what settles bills waits for none of them.
func (e entry) give(tx *store.Tx, id string) error {
	if e.kind.Step(e.lines[0].origin) > 0 {
		return nil
	}
	given, err := tx.Exec(`INSERT INTO fund_voucher (county_code, number, entry_id) SELECT ?1, COALESCE(MAX(number), 0) + 1, ?2 FROM fund_voucher WHERE county_code = ?1 ON CONFLICT DO NOTHING`, tx.County, id)
	if err == nil && given == 0 { // somebody else has just taken it
		return store.Surprise()
	}
	return err
}

// NumberOf is the number of an entry that stands for itself, 0 for any other.
func NumberOf(tx *store.Tx, id string) (n int64, err error) {
	err = tx.QueryRow(`SELECT number FROM fund_voucher WHERE county_code = ?1 AND entry_id = ?2`, tx.County, id).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

const numberedSQL = `SELECT l.fund_code, l.entry_id FROM fund_voucher v JOIN fund_line l ON l.county_code = v.county_code AND l.entry_id = v.entry_id AND l.line = 1
	WHERE v.county_code = ?1 AND v.number = ?2`

// Numbered is the entry of a number, and its fund; "" for none.
func Numbered(tx *store.Tx, n int64) (code, id string, err error) {
	err = tx.QueryRow(numberedSQL, tx.County, n).Scan(&code, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return code, id, err
}

const stepSQL = `SELECT entry_id FROM fund_line WHERE county_code = ?1 AND fund_code = ?2 AND account_kind = ?3 AND account_code = '' AND day >= ?4 AND day <= ?5 AND commitment_id = ?6 AND entry_type = ?7`

// EntryAt is the entry of a commitment that has a step ([Type.Step]), "" while there is none. It is found among the suspense account's lines of the
// commitment's days.
func EntryAt(tx *store.Tx, c Commitment, step int) (id string, err error) {
	for kind, n := range steps {
		if n != step {
			continue
		}
		err = tx.QueryRow(stepSQL,
			tx.County, c.Fund, string(Suspense), c.FirstDay.String(), c.LastDay.String(), c.ID, string(kind)).Scan(&id)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}
