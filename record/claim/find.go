package claim

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"doudi/record/store"
)

// ByNumber is the bill a provider sent under a number: the revision given, or the latest when revision is 0. Code: claim.unknown.
func ByNumber(tx *store.Tx, provider, number string, revision int) (Claim, error) {
	c, err := scanClaim(tx.QueryRow(claimColumns+`WHERE c.county_code = ?1 AND c.provider_id = ?2 AND c.bill_number = ?3 AND (?4 = 0 OR c.revision = ?4)
		ORDER BY c.revision DESC LIMIT 1`, tx.County, provider, number, revision))
	if errors.Is(err, sql.ErrNoRows) {
		return c, unknown(number)
	}
	return c, err
}

// Replacing is the bill that stands for a reversed one; found is false when there is none.
func Replacing(tx *store.Tx, id string) (c Claim, found bool, err error) {
	c, err = scanClaim(tx.QueryRow(claimColumns+`WHERE c.county_code = ?1 AND c.replaces_id = ?2`, tx.County, id))
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	return c, err == nil, err
}

// Between are the bills of a provider that were received or settled from one instant to before another, the latest first. Ids begin
// with their instant, so both are ranges of a primary key.
func Between(tx *store.Tx, provider string, from, to time.Time) ([]Claim, error) {
	scan := func(rows *store.Rows) (Claim, error) { return scanClaim(rows) }
	received, err := store.All(tx, scan, claimColumns+`WHERE c.county_code = ?1 AND c.claim_id >= ?2 AND c.claim_id < ?3 AND c.provider_id = ?4`,
		tx.County, firstID(from), firstID(to), provider)
	if err != nil {
		return nil, err
	}
	settled, err := store.All(tx, scan, claimColumns+`JOIN claim_settlement s ON s.county_code = ?1 AND s.claim_id = c.claim_id
		WHERE c.county_code = ?1 AND s.settlement_id >= ?2 AND s.settlement_id < ?3 AND c.provider_id = ?4`,
		tx.County, firstID(from), firstID(to), provider)
	if err != nil {
		return nil, err
	}
	all := append(received, settled...)
	slices.SortFunc(all, func(a, b Claim) int { return strings.Compare(b.ID, a.ID) })
	return slices.CompactFunc(all, func(a, b Claim) bool { return a.ID == b.ID }), nil
}

// firstID is before every id of an instant and after those of any earlier millisecond.
func firstID(t time.Time) string {
	milli := fmt.Sprintf("%012x", max(t.UnixMilli(), 0))
	return milli[:8] + "-" + milli[8:]
}

// Content is a bill as it was received: the name of its file and what it says. Whoever shows it to somebody records a look.
// Code: claim.unknown.
func (c *Claims) Content(tx *store.Tx, id string) (name string, content []byte, err error) {
	claim, err := Get(tx, id)
	if err != nil {
		return "", nil, err
	}
	var kept document
	err = c.open(tx, claim.Person, []string{claim.document}, &kept)
	return kept.Name, []byte(kept.Content), err
}

// Kept are settlements as they were written down, by claim, without computing them again; bills that have none are left out. They are
// opened one by one, so few should be asked for at a time. Whoever shows them to somebody records a look.
func (c *Claims) Kept(tx *store.Tx, claims []Claim) (map[string]Settled, error) {
	kept := map[string]Settled{}
	for i := range claims {
		claim := &claims[i]
		if claim.State != Confirmed {
			continue
		}
		standings, err := c.standings(tx, claim.Person, []*Claim{claim})
		if err != nil {
			return nil, err
		}
		if s := standings[claim.ID]; s != nil {
			kept[claim.ID] = s.settled
		}
	}
	return kept, nil
}
