package audit

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"doudi/kernel/fault"
	"doudi/record/store"
)

var kindLabels = map[Kind]fault.Text{
	Command:   {ZH: "办理", EN: "done"},
	Look:      {ZH: "查看", EN: "looked at"},
	Destroyed: {ZH: "销毁", EN: "destroyed"},
}

// Label is how the kind is called.
func (k Kind) Label() fault.Text { return kindLabels[k] }

// Query says which entries are looked for; what is empty does not matter.
type Query struct {
	From, To time.Time // from the one instant to before the other
	Actor    string    // id or name of who did it
	Kind     Kind
	Name     string // of what was done
	Subject  string // id of what it concerns
	Person   string // id of somebody it concerns
}

// entryWhere is what is asked of an entry itself.
const (
	entryWhere = ` AND e.entry_id >= ?2 AND e.entry_id < ?3 AND e.instant < ?4 AND (?5 = '' OR e.actor_id = ?5 OR e.actor_name = ?5) AND (?6 = '' OR e.kind = ?6) AND (?7 = '' OR e.name = ?7) AND (?8 = '' OR e.subject = ?8) `
	ofPeriod   = entryColumns + `audit_entry e WHERE e.county_code = ?1` + entryWhere + `ORDER BY e.entry_id DESC LIMIT `
)

// Search lists entries, the latest first: at most limit, before the entry with the id given, "" for the latest. Their persons are named, and what
// is said about them stays sealed ([Log.Entry] opens it). Whoever shows them to somebody records a look.
//
// An id begins with the millisecond its entry was made in, so that a period is a range of the primary key; an id that a clock that went back made
// later than its instant is found all the same, as long as that was less than a day.
func Search(tx *store.Tx, q Query, before string, limit int) ([]*Entry, error) {
	const slack = 24 * time.Hour
	until := store.FirstID(q.To.Add(slack))
	if before != "" && before < until {
		until = before
	}
	args := []any{tx.County, store.FirstID(q.From), until, store.FormatInstant(q.To), q.Actor, string(q.Kind), q.Name, q.Subject}
	var list []*Entry
	var err error
	switch {
	case q.Person != "":
		list, err = byPerson(tx, q.Person, args, limit)
	case q.Actor != "":
		list, err = byActor(tx, q, before, store.FirstID(q.To.Add(slack)), limit)
	default:
		list, err = store.All(tx, scanEntry, ofPeriod+fmt.Sprint(limit), args...)
	}
	if err != nil {
		return nil, err
	}
	return list, addPersons(tx, list)
}

// SealOf is the seal that covers an entry; found is false while the entry waits for one.
func SealOf(tx *store.Tx, entry string) (s Sealed, found bool, err error) {
	s, err = scan(tx.QueryRow(`SELECT s.batch, s.instant, s.entries, s.entries_digest, s.previous, s.digest FROM audit_link l
		JOIN audit_seal s ON s.county_code = l.county_code AND s.batch = l.batch WHERE l.county_code = ?1 AND l.entry_id = ?2`, tx.County, entry))
	if errors.Is(err, sql.ErrNoRows) {
		return Sealed{}, false, nil
	}
	return s, err == nil, err
}

// SealedMonth is what the seals of a month come to.
type SealedMonth struct {
	Month   string // 2026-03, by Chinese time of the seals
	Seals   int64
	Entries int64
	Over    bool // it has ended, so that it can be exported
}

// Months lists the months in which something was sealed, the latest first.
func Months(tx *store.Tx, now time.Time) ([]SealedMonth, error) {
	type hour struct {
		begins         string
		seals, entries int64
	}
	hours, err := store.All(tx, func(rows *store.Rows) (h hour, err error) { return h, rows.Scan(&h.begins, &h.seals, &h.entries) },
		`SELECT substr(instant, 1, 13), COUNT(*), CAST(SUM(entries) AS BIGINT) FROM audit_seal WHERE county_code = ?1 GROUP BY substr(instant, 1, 13) ORDER BY 1 DESC`, tx.County)
	if err != nil {
		return nil, err
	}
	var list []SealedMonth
	for _, h := range hours { // a month of China begins at a full hour
		at, err := time.Parse("2006-01-02T15", h.begins)
		if err != nil {
			return nil, changed(err, "封存的时间 %s 被改动", "the instant of a seal, %s, was changed", h.begins)
		}
		month := at.In(china).Format(monthLayout)
		if len(list) == 0 || list[len(list)-1].Month != month {
			list = append(list, SealedMonth{Month: month, Over: month < now.In(china).Format(monthLayout)})
		}
		last := &list[len(list)-1]
		last.Seals, last.Entries = last.Seals+h.seals, last.Entries+h.entries
	}
	return list, nil
}

const monthLayout = "2006-01"

// Waiting is how many entries of the county no seal covers yet.
func Waiting(tx *store.Tx) (n int64, err error) {
	return n, tx.QueryRow(`SELECT COUNT(*) FROM audit_tail WHERE county_code = ?1`, tx.County).Scan(&n)
}
