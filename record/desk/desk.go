// Package desk keeps what belongs to somebody's desk and is no record: what was typed into a form and not sent yet, what was taken note of, and how pages are
// shown.
//
// A draft is its owner's alone. It is sealed under the key of the account, nobody else can ask for it, and it is not in the log: nothing was
// done and nobody was looked at. It is over when its form was sent (a command was done under its key), when its owner throws it away, or when it
// has not been touched for [Lasting]. Passwords never come here: whoever keeps a draft leaves them out.
package desk

import (
	"database/sql"
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/record/dated"
	"doudi/record/store"
)

// Lasting is for how long a draft that nobody touches is kept: a clerk comes back from leave and finds it.
const Lasting = 30 * 24 * time.Hour

const (
	largest     = 256 << 10 // bytes of one draft
	mostDrafts  = 40        // of one account
	longestForm = 500       // bytes of an address
)

// Desks keeps the desks of a county's accounts.
type Desks struct{ cipher dated.Cipher }

// New is where desks are kept; what is typed is sealed by the cipher.
func New(cipher dated.Cipher) *Desks { return &Desks{cipher} }

// Draft is what was typed into a form.
type Draft struct {
	Form   string // the address it is sent to
	Key    string // the idempotency key it will be sent under
	Saved  time.Time
	Fields url.Values
}

// Keep keeps a draft in place of the one there was. A form that was sent already keeps none, whatever comes late from the page it was on.
// Errors: desk.too-much; what the cipher says.
func (d *Desks) Keep(tx *store.Tx, account string, draft Draft) error {
	content, err := json.Marshal(draft.Fields)
	if err != nil {
		return err
	}
	if len(content) > largest || len(draft.Form) > longestForm {
		return tooMuch()
	}
	if err := d.clear(tx, account); err != nil {
		return err
	}
	if done, err := sent(tx, draft.Key); err != nil || done {
		return err
	}
	sealed, err := d.cipher.Seal(tx, account, content)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO desk_draft (county_code, account_id, form, command_key, saved, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
		ON CONFLICT (county_code, account_id, form) DO UPDATE SET command_key = ?4, saved = ?5, sealed = ?6`,
		tx.County, account, draft.Form, draft.Key, store.FormatInstant(tx.Instant), sealed)
	return err
}

// sent tells whether a command was done under a key.
func sent(tx *store.Tx, key string) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM command WHERE county_code = ?1 AND command_key = ?2`, tx.County, key).Scan(&n)
	return n > 0, err
}

// clear takes away what is over: drafts of anybody nobody touched for long, the account's own that were sent, and its oldest beyond what it may keep.
func (d *Desks) clear(tx *store.Tx, account string) error {
	if _, err := tx.Exec(`DELETE FROM desk_draft WHERE county_code = ?1 AND saved < ?2`, tx.County, store.FormatInstant(tx.Instant.Add(-Lasting))); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM desk_draft WHERE county_code = ?1 AND account_id = ?2
		AND EXISTS (SELECT 1 FROM command c WHERE c.county_code = ?1 AND c.command_key = desk_draft.command_key)`, tx.County, account); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM desk_draft WHERE county_code = ?1 AND account_id = ?2
		AND form NOT IN (SELECT form FROM desk_draft WHERE county_code = ?1 AND account_id = ?2 ORDER BY saved DESC, form LIMIT ?3)`, tx.County, account, mostDrafts-1)
	return err
}

// Drafts are what an account has typed and not sent by a moment, the latest first, without what it typed: that is read by [Desks.Open].
func (d *Desks) Drafts(tx *store.Tx, account string, now time.Time) ([]Draft, error) {
	return store.All(tx, scanDraft, `SELECT form, command_key, saved FROM desk_draft WHERE county_code = ?1 AND account_id = ?2 AND saved >= ?3
		AND NOT EXISTS (SELECT 1 FROM command c WHERE c.county_code = ?1 AND c.command_key = desk_draft.command_key) ORDER BY saved DESC, form`,
		tx.County, account, store.FormatInstant(now.Add(-Lasting)))
}

func scanDraft(r *store.Rows) (draft Draft, err error) {
	var saved string
	if err := r.Scan(&draft.Form, &draft.Key, &saved); err != nil {
		return draft, err
	}
	draft.Saved, err = store.ParseInstant(saved)
	return draft, err
}

// Open reads what was typed into a draft.
func (d *Desks) Open(tx *store.Tx, account string, draft *Draft) error {
	var sealed string
	err := tx.QueryRow(`SELECT sealed FROM desk_draft WHERE county_code = ?1 AND account_id = ?2 AND form = ?3`, tx.County, account, draft.Form).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) { // thrown away in another tab
		draft.Fields = url.Values{}
		return nil
	}
	if err != nil {
		return err
	}
	plain, err := d.cipher.Open(tx, account, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain[0], &draft.Fields)
}

// Drop throws a draft away; there need not be one.
func (d *Desks) Drop(tx *store.Tx, account, form string) error {
	_, err := tx.Exec(`DELETE FROM desk_draft WHERE county_code = ?1 AND account_id = ?2 AND form = ?3`, tx.County, account, form)
	return err
}

// The sizes of letters.
const (
	Normal = "md"
	Large  = "lg"
)

// SetSize keeps how large letters are shown to somebody. Code: desk.size.
func (d *Desks) SetSize(tx *store.Tx, account, size string) error {
	if size != Normal && size != Large {
		return &fault.Error{Kind: fault.Invalid, Code: "desk.size", Op: "desk", Message: text.Say("没有这种字号", "there is no such size"), Hint: text.Say("用页面右上角的“大字”切换", "use “Large” at the top of the page")}
	}
	_, err := tx.Exec(`INSERT INTO desk_display (county_code, account_id, size) VALUES (?1, ?2, ?3) ON CONFLICT (county_code, account_id) DO UPDATE SET size = ?3`, tx.County, account, size)
	return err
}

// Size is how large letters are shown to somebody.
func (d *Desks) Size(tx *store.Tx, account string) (size string, err error) {
	err = tx.QueryRow(`SELECT size FROM desk_display WHERE county_code = ?1 AND account_id = ?2`, tx.County, account).Scan(&size)
	if errors.Is(err, sql.ErrNoRows) {
		return Normal, nil
	}
	return size, err
}

func tooMuch() error {
	return &fault.Error{Kind: fault.Invalid, Code: "desk.too-much", Op: "desk", Message: text.Say("填写的内容太多，没有暂存", "too much was typed to be kept aside"), Hint: text.Say("内容还在页面上，请直接提交", "it is still on the page: send it")}
}
