package claim

import (
	"database/sql"
	"errors"
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

// Numbered are the bills of a number, whichever institution gave it, the latest first.
func Numbered(tx *store.Tx, number string) ([]Claim, error) {
	return store.All(tx, func(rows *store.Rows) (Claim, error) { return scanClaim(rows) }, claimColumns+`WHERE c.county_code = ?1 AND c.bill_number = ?2
		AND c.provider_id IN (SELECT p.party_id FROM party p WHERE p.county_code = ?1 AND p.kind IN ('hospital', 'pharmacy')) ORDER BY c.claim_id DESC`, tx.County, number)
}

// Newest are the confirmed bills that were received last.
func Newest(tx *store.Tx, limit int) ([]Claim, error) {
	return store.All(tx, func(rows *store.Rows) (Claim, error) { return scanClaim(rows) },
		claimColumns+`WHERE c.county_code = ?1 AND c.state = 'confirmed' ORDER BY c.claim_id DESC LIMIT ?2`, tx.County, limit)
}

// Replacing is the bill that stands for a reversed one; found is false when there is none.
func Replacing(tx *store.Tx, id string) (c Claim, found bool, err error) {
	c, err = scanClaim(tx.QueryRow(claimColumns+`WHERE c.county_code = ?1 AND c.replaces_id = ?2`, tx.County, id))
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	return c, err == nil, err
}

// Span are the bills of a provider that were received or settled from one instant to before another, of a state or with "" of all.
type Span struct {
	Provider string
	From, To time.Time
	State    State
}

// inSpan chooses them by two ranges of indexes, as ids begin with their instant: the provider's bills that came then, and those of the county that were settled then without having come with it.
const inSpan = `WHERE c.county_code = ?1 AND c.provider_id = ?2 AND c.claim_id IN (SELECT r.claim_id FROM claim r WHERE r.county_code = ?1 AND r.provider_id = ?2 AND r.claim_id >= ?3 AND r.claim_id < ?4
	UNION SELECT s.claim_id FROM claim_settlement s WHERE s.county_code = ?1 AND s.settlement_id >= ?3 AND s.settlement_id < ?4 AND s.later = 1) `

const (
	pageOfSpan  = claimColumns + inSpan + `AND (?5 = '' OR c.state = ?5) ORDER BY c.claim_id DESC LIMIT ?6 OFFSET ?7`
	countOfSpan = `SELECT c.state, COUNT(*) FROM claim c ` + inSpan + `GROUP BY c.state`
)

// In are the bills of a span, the latest first: so many, after so many others.
func In(tx *store.Tx, s Span, limit, after int) ([]Claim, error) {
	return store.All(tx, func(rows *store.Rows) (Claim, error) { return scanClaim(rows) }, pageOfSpan, tx.County, s.Provider, store.FirstID(s.From), store.FirstID(s.To), string(s.State), limit, after)
}

// CountIn is how many bills a span holds by their state, whatever state it asks for.
func CountIn(tx *store.Tx, s Span) (map[State]int, error) {
	counts := map[State]int{}
	type one struct {
		state State
		n     int
	}
	list, err := store.All(tx, func(rows *store.Rows) (o one, err error) { return o, rows.Scan(&o.state, &o.n) }, countOfSpan, tx.County, s.Provider, store.FirstID(s.From), store.FirstID(s.To))
	for _, o := range list {
		counts[o.state] = o.n
	}
	return counts, err
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
