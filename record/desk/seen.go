package desk

import (
	"time"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/record/store"
)

// SeenFor is for how long it is kept that somebody has taken note of something: what is older than that is asked for no more.
const SeenFor = 365 * 24 * time.Hour

const longestSeen = 200 // bytes of a subject

// Saw keeps that somebody has taken note of something, so that their queue shows it no longer. Code: desk.seen.
func (d *Desks) Saw(tx *store.Tx, account, subject string) error {
	if subject == "" || len(subject) > longestSeen {
		return &fault.Error{Kind: fault.Invalid, Code: "desk.seen", Op: "desk", Message: text.Say("没有写明看过的是什么，没有记下", "it was not said what was seen; nothing was kept"), Hint: text.Say("从工作台点“知道了”", "use “Seen” in the work queue")}
	}
	if _, err := tx.Exec(`DELETE FROM desk_seen WHERE county_code = ?1 AND account_id = ?2 AND instant < ?3`, tx.County, account, store.FormatInstant(tx.Instant.Add(-SeenFor))); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO desk_seen (county_code, account_id, subject, instant) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (county_code, account_id, subject) DO UPDATE SET instant = ?4`,
		tx.County, account, subject, store.FormatInstant(tx.Instant))
	return err
}

// Seen is what somebody has taken note of.
func (d *Desks) Seen(tx *store.Tx, account string) (map[string]bool, error) {
	list, err := store.All(tx, store.Text, `SELECT subject FROM desk_seen WHERE county_code = ?1 AND account_id = ?2`, tx.County, account)
	seen := map[string]bool{}
	for _, subject := range list {
		seen[subject] = true
	}
	return seen, err
}
