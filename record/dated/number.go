package dated

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"doudi/record/store"
)

// Number is what people call a party by, on paper and over the telephone: of the county, and never given twice. Persons, households, institutions and
// offices share one row of numbers, so that a number says by itself who is meant. Zero is none.
type Number int64

// String is the number with its check digit behind it (GB/T 17710, MOD 11,10), which a digit heard wrongly or two changed about do not pass. It is ""
// for none.
func (n Number) String() string {
	if n == 0 {
		return ""
	}
	digits := fmt.Sprintf("%05d", int64(n))
	return digits + string(checkDigit(digits))
}

// ParseNumber reads a number as it is shown; blanks between the digits do not matter. It answers false for what is none, or has another check digit.
func ParseNumber(written string) (Number, bool) {
	const fewest, most = 6, 12
	s := strings.Join(strings.Fields(written), "")
	if len(s) < fewest || len(s) > most {
		return 0, false
	}
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 63)
	if err != nil || n == 0 || Number(n).String() != s {
		return 0, false
	}
	return Number(n), true
}

// checkDigit is the digit behind some digits.
func checkDigit(digits string) byte {
	p := 10
	for _, d := range []byte(digits) {
		s := (p + int(d-'0')) % 10
		if s == 0 {
			s = 10
		}
		p = 2 * s % 11
	}
	return byte('0' + (11-p)%10)
}

// isNumbered tells whether parties of a kind have numbers: divisions and the county have codes.
func isNumbered(kind string) bool { return kind != CountyKind && kind != divisionKind }

// divisionKind is the register's: what has a code is called by it.
const divisionKind = "division"

const lastNumberSQL = `SELECT COALESCE(MAX(number), 0) FROM party_number WHERE county_code = ?1`

// give numbers a party that was added.
func give(tx *store.Tx, id string) error {
	given, err := tx.Exec(`INSERT INTO party_number (county_code, number, party_id) SELECT ?1, COALESCE(MAX(number), 0) + 1, ?2 FROM party_number WHERE county_code = ?1 ON CONFLICT DO NOTHING`, tx.County, id)
	if err == nil && given == 0 { // somebody else has just taken it
		return store.Surprise()
	}
	return err
}

var numberColumns = []string{"county_code", "number", "party_id"}

// numbers are the rows that number parties which are written together.
func numbers(tx *store.Tx, parties [][]any) (rows [][]any, err error) {
	var last int64
	for _, p := range parties {
		if !isNumbered(p[2].(string)) {
			continue
		}
		if last == 0 {
			if err := tx.QueryRow(lastNumberSQL, tx.County).Scan(&last); err != nil {
				return nil, err
			}
		}
		last++
		rows = append(rows, []any{tx.County, last, p[1]})
	}
	return rows, nil
}

// NumberOf is the number of a party, zero for one without.
func NumberOf(tx *store.Tx, party string) (n Number, err error) {
	err = tx.QueryRow(`SELECT number FROM party_number WHERE county_code = ?1 AND party_id = ?2`, tx.County, party).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

// Numbered is the party of a number and its kind, "" when the county has given it to none.
func Numbered(tx *store.Tx, n Number) (party, kind string, err error) {
	err = tx.QueryRow(`SELECT p.party_id, p.kind FROM party_number n JOIN party p ON p.county_code = n.county_code AND p.party_id = n.party_id
		WHERE n.county_code = ?1 AND n.number = ?2`, tx.County, int64(n)).Scan(&party, &kind)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return party, kind, err
}
