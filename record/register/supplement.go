package register

import (
	"database/sql"
	"encoding/json"
	"errors"

	"doudi/kernel/ident"
	"doudi/record/dated"
	"doudi/record/store"
)

// Supplement is what a county says of a person who has moved on: how much of counters was used there, as it stands now. It is said when a bill of the time
// before the move was settled or taken back after the transfer was offered. Each says all of it, so that the newest one is enough.
type Supplement struct {
	ID       string           `json:"id"`
	From     string           `json:"from"`   // county code
	Person   string           `json:"person"` // the id there
	Number   ident.PersonID   `json:"number,omitempty"`
	Told     string           `json:"told"` // instant
	By       string           `json:"by"`   // name of who told it
	Counters []CarriedCounter `json:"counters"`
}

// Heard is a supplement that was taken in.
type Heard struct {
	Person     string // the id here
	Supplement Supplement
	Replayed   bool   // it, or something newer from that county, was heard before: there is nothing to take over
	Onward     string // the county the person has moved on to, which needs the same document; "" for none
}

// Departed is somebody who has moved to another county.
type Departed struct {
	Person string
	To     string
	Last   string // id of the transfer or supplement that told of the person last
}

// Tell answers a document for the county a person has moved to, signed with this county's key, that says what was used of counters here. Codes:
// register.not-moved (the next offer says it), register.carried-negative, register.key-missing.
func (r *Register) Tell(tx *store.Tx, person string, counters []CarriedCounter) (Signed, error) {
	if err := r.need(tx, person, PersonKind); err != nil {
		return Signed{}, err
	}
	to, err := onwardTo(tx, person)
	if err != nil {
		return Signed{}, err
	}
	if to == "" {
		return Signed{}, notMoved()
	}
	if err := (Carried{Counters: counters}).check(); err != nil {
		return Signed{}, err
	}
	t := Transfer{ID: tx.NewID(), LastDay: dated.Day(tx.Instant)}
	statements, err := r.book.Of(tx, person, now)
	if err != nil {
		return Signed{}, err
	}
	if err := t.fill(statements); err != nil {
		return Signed{}, err
	}
	signed, err := r.signed(tx.County, Supplement{ID: t.ID, From: tx.County, Person: person, Number: t.Number, Told: store.FormatInstant(tx.Instant), By: tx.Actor.Name, Counters: counters})
	if err != nil {
		return Signed{}, err
	}
	return signed, r.keepTransfer(tx, "told", t, to, person, signed, undo{})
}

// Hear takes in what another county says of a person who came from there, by whatever way. The caller takes over what it says in the same transaction,
// unless it is a replay. Codes: register.document, register.signature, register.key-missing, register.transfer-differs, register.supplement-early (the person is
// not known here yet).
func (r *Register) Hear(tx *store.Tx, s Signed) (Heard, error) {
	h := Heard{}
	if err := json.Unmarshal([]byte(s.Content), &h.Supplement); err != nil {
		return h, badDocument(err)
	}
	if err := h.Supplement.check(s.County, tx.County); err != nil {
		return h, err
	}
	if err := r.keys.check(s.County, s.Content, s.Signature); err != nil {
		return h, err
	}
	var err error
	if h.Person, err = r.meant(tx, h.Supplement); err != nil {
		return h, err
	}
	if h.Onward, err = onwardTo(tx, h.Person); err != nil {
		return h, err
	}
	if h.Onward == s.County { // where it is known already
		h.Onward = ""
	}
	before, found, err := r.kept(tx, h.Supplement.ID)
	if err != nil {
		return h, err
	}
	if found && before.digest != digest(s.Content) {
		return h, transferDiffers()
	}
	newest, err := NewestWord(tx, h.Person, s.County)
	if h.Replayed = newest >= h.Supplement.ID; err != nil || h.Replayed {
		return h, err
	}
	t := Transfer{ID: h.Supplement.ID, LastDay: dated.Day(tx.Instant)}
	return h, r.keepTransfer(tx, "heard", t, s.County, h.Person, s, undo{})
}

// check refuses what no county writes.
func (s Supplement) check(county, here string) error {
	if s.From != county || s.From == here || s.ID == "" || s.Person == "" {
		return badDocument(nil)
	}
	for _, counter := range s.Counters {
		if counter.County != "" && counter.County != s.From {
			return badDocument(nil)
		}
	}
	return Carried{Counters: s.Counters}.check()
}

// meant is the person of a supplement: who has the number, or else the id.
func (r *Register) meant(tx *store.Tx, s Supplement) (string, error) {
	if s.Number != "" {
		if person, err := r.byNumber(tx, s.Number); err != nil || person != "" {
			return person, err
		}
	}
	kind, err := r.book.KindOf(tx, s.Person)
	if err == nil && kind != PersonKind {
		err = supplementEarly(s.From)
	}
	return s.Person, err
}

// NewestWord is the id of the newest transfer or supplement of a county about a person; "" for none.
func NewestWord(tx *store.Tx, person, from string) (id string, err error) {
	err = tx.QueryRow(`SELECT COALESCE(MAX(transfer_id), '') FROM transfer WHERE county_code = ?1 AND party_id = ?2 AND other_county = ?3 AND direction IN ('in', 'heard')`,
		tx.County, person, from).Scan(&id)
	return id, err
}

// onwardTo is the county that a person has moved to; "" for somebody who has not, or who has come back.
func onwardTo(tx *store.Tx, person string) (to string, err error) {
	var direction string
	err = tx.QueryRow(`SELECT t.direction, t.other_county FROM transfer t LEFT JOIN transfer_answer a ON a.county_code = t.county_code AND a.transfer_id = t.transfer_id
		WHERE t.county_code = ?1 AND t.party_id = ?2 AND (t.direction = 'out' AND COALESCE(a.accepted, 1) = 1 OR t.direction = 'in' AND a.accepted = 1)
		ORDER BY t.last_day DESC, t.transfer_id DESC LIMIT 1`, tx.County, person).Scan(&direction, &to)
	if errors.Is(err, sql.ErrNoRows) || err == nil && direction == "in" {
		return "", nil
	}
	return to, err
}

func scanDeparted(rows *store.Rows) (d Departed, err error) {
	err = rows.Scan(&d.Person, &d.Last)
	return d, err
}

// Gone lists who has moved to another county, by id.
func (r *Register) Gone(tx *store.Tx) ([]Departed, error) {
	all, err := store.All(tx, scanDeparted,
		`SELECT party_id, MAX(transfer_id) FROM transfer WHERE county_code = ?1 AND direction IN ('out', 'told') GROUP BY party_id ORDER BY party_id`, tx.County)
	if err != nil {
		return nil, err
	}
	var gone []Departed
	for _, d := range all {
		if d.To, err = onwardTo(tx, d.Person); err != nil {
			return nil, err
		}
		if d.To != "" {
			gone = append(gone, d)
		}
	}
	return gone, nil
}
