package claim

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/klauspost/compress/s2"

	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/provider"
	"doudi/record/register"
	"doudi/record/store"
)

// State is where a bill stands.
type State string

// The states of a bill. A reversed one stays so; another may replace it.
const (
	Received  State = "received"
	Previewed State = "previewed"
	Advanced  State = "advanced" // received, and the hospital put up what is not paid yet
	Confirmed State = "confirmed"
	Reversed  State = "reversed"
)

var stateLabels = map[State]fault.Text{
	Received:  {ZH: "已收单", EN: "received"},
	Previewed: {ZH: "已试算", EN: "previewed"},
	Advanced:  {ZH: "已垫付", EN: "advanced"},
	Confirmed: {ZH: "已结算", EN: "confirmed"},
	Reversed:  {ZH: "已冲销", EN: "reversed"},
}

// Label is how the state is called.
func (s State) Label() fault.Text { return stateLabels[s] }

// Claim is a bill on record, without what it says.
type Claim struct {
	ID       string         `json:"id"`
	Person   string         `json:"person"`
	Provider string         `json:"provider"`
	Series   string         `json:"series"` // of the packs it is settled by
	Number   string         `json:"number"` // the provider's
	Revision int            `json:"revision"`
	Replaces string         `json:"replaces,omitempty"` // the reversed claim it stands for
	PayTo    fund.PayeeKind `json:"pay_to,omitempty"`   // "" leaves it to the settlement
	State    State          `json:"state"`
	Version  int            `json:"version"` // how often it was settled

	place    place
	document string           // sealed
	token    string           // of a claim that was just received
	bill     *subject.Subject // what the document says, likewise
	unkept   bool             // it is kept together with its first settlement
}

// place is where a claim stands among those of its chain.
type place struct {
	day period.Day
	id  string
}

func (p place) before(other place) bool { return p.compare(other) < 0 }

func (p place) compare(other place) int {
	return cmp.Or(cmp.Compare(p.day, other.day), strings.Compare(p.id, other.id))
}

func byPlace(a, b *Claim) int { return a.place.compare(b.place) }

// Config is what claims stand on.
type Config struct {
	Vocabulary *rule.Vocabulary
	Register   *register.Register
	Providers  *provider.Providers
	Adoptions  *adoption.Adoptions
	Cipher     dated.Cipher
	Token      func(text string) string // a keyed digest: same text, same token; nobody without the key can tell the text
	Log        *audit.Log
}

// Claims keeps the bills of a county. It may be used by many goroutines.
type Claims struct {
	Config
}

// New keeps bills that are settled by what is adopted.
func New(c Config) *Claims { return &Claims{c} }

const claimColumns = `SELECT c.claim_id, c.person_id, c.provider_id, c.series, c.bill_number, c.revision, COALESCE(c.replaces_id, ''), c.pay_to, c.state, c.version, c.decided_day, c.order_id, c.document FROM claim c `

func scanClaim(row interface{ Scan(...any) error }) (Claim, error) {
	var c Claim
	var day string
	err := row.Scan(&c.ID, &c.Person, &c.Provider, &c.Series, &c.Number, &c.Revision, &c.Replaces, &c.PayTo, &c.State, &c.Version, &day, &c.place.id, &c.document)
	if err == nil && day != "" {
		c.place.day, err = period.ParseDay(day)
	}
	return c, err
}

// Get is a bill. Code: claim.unknown.
func Get(tx *store.Tx, id string) (Claim, error) {
	c, err := scanClaim(tx.QueryRow(claimColumns+`WHERE c.county_code = ?1 AND c.claim_id = ?2`, tx.County, id))
	if errors.Is(err, sql.ErrNoRows) {
		return c, unknown(id)
	}
	return c, err
}

// GetOf is a bill of a provider; another's is as unknown as one that does not exist. Code: claim.unknown.
func GetOf(tx *store.Tx, id, provider string) (Claim, error) {
	c, err := Get(tx, id)
	if err == nil && c.Provider != provider {
		return Claim{}, unknown(id)
	}
	return c, err
}

// Filter says which bills are listed; what is empty does not matter.
type Filter struct {
	Provider, Person string
	State            State
	After            string // id: the bills received after it
	Limit            int
}

// List lists bills of the county in the order they were received.
func List(tx *store.Tx, f Filter) ([]Claim, error) {
	query, args := claimColumns+`WHERE c.county_code = ?1 AND c.claim_id > ?2`, []any{tx.County, f.After}
	for _, w := range []struct{ column, value string }{{"c.provider_id", f.Provider}, {"c.person_id", f.Person}, {"c.state", string(f.State)}} {
		if w.value != "" {
			args = append(args, w.value)
			query += fmt.Sprintf(" AND %s = ?%d", w.column, len(args))
		}
	}
	args = append(args, f.Limit)
	return store.All(tx, func(rows *store.Rows) (Claim, error) { return scanClaim(rows) }, fmt.Sprintf("%s ORDER BY c.claim_id LIMIT ?%d", query, len(args)), args...)
}

// Of lists a person's bills, in the order they were received.
func Of(tx *store.Tx, person string) ([]Claim, error) {
	all, err := store.All(tx, func(rows *store.Rows) (Claim, error) { return scanClaim(rows) },
		claimColumns+`WHERE c.county_code = ?1 AND c.person_id = ?2`, tx.County, person)
	slices.SortFunc(all, func(a, b Claim) int { return strings.Compare(a.ID, b.ID) })
	return all, err
}

const patientsQuery = `SELECT DISTINCT person_id, provider_id FROM claim WHERE county_code = ?1 AND person_id = ?*`

// PatientsOf tells who of some people has ever had a bill of a provider.
func PatientsOf(tx *store.Tx, provider string, people []string) (map[string]bool, error) {
	type visit struct{ person, provider string }
	visits, err := store.Among(tx, func(rows *store.Rows) (v visit, err error) { return v, rows.Scan(&v.person, &v.provider) }, patientsQuery, people, tx.County)
	patients := map[string]bool{}
	for _, v := range visits {
		if v.provider == provider {
			patients[v.person] = true
		}
	}
	return patients, err
}

const confirmedQuery = claimColumns + `WHERE c.county_code = ?1 AND c.person_id = ?2 AND c.series = ?3 AND c.state = 'confirmed' ORDER BY c.decided_day, c.order_id`

// confirmed lists the confirmed bills of a chain in their order.
func confirmed(tx *store.Tx, person, series string) ([]*Claim, error) {
	return store.All(tx, func(rows *store.Rows) (*Claim, error) {
		c, err := scanClaim(rows)
		return &c, err
	}, confirmedQuery, tx.County, person, series)
}

// move changes a bill's state. The state is asked for again: who looked at it may have been overtaken.
func (c *Claim) move(tx *store.Tx, to State, from ...State) error {
	for _, state := range from {
		if c.State != state {
			continue
		}
		moved, err := tx.Exec(`UPDATE claim SET state = ?3 WHERE county_code = ?1 AND claim_id = ?2 AND state = ?4`, tx.County, c.ID, string(to), string(state))
		if err != nil {
			return err
		}
		if moved == 1 {
			c.State = to
			return nil
		}
	}
	return wrongState(c)
}

// seal writes a value as JSON under the person's key, made short first: a ciphertext cannot be.
func (c *Claims) seal(tx *store.Tx, person string, value any) (string, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	return c.Cipher.Seal(tx, person, s2.Encode(nil, plain))
}

// open reads what seal wrote.
func (c *Claims) open(tx *store.Tx, person string, sealed []string, into ...any) error {
	opened, err := c.Cipher.Open(tx, person, sealed...)
	if err != nil {
		return err
	}
	for i, short := range opened {
		plain, err := s2.Decode(nil, short)
		if err == nil {
			err = json.Unmarshal(plain, into[i])
		}
		if err != nil {
			return damaged(err)
		}
	}
	return nil
}
