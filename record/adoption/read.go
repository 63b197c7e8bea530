package adoption

import (
	"errors"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/store"
)

// Each row is a decision with its adoption and answer. The text of the adoption, which may be long, is read only when it is needed.
const (
	recordColumns = `SELECT a.adoption_id, a.series, a.division_code, a.pack_id, a.pack_version, a.pack_hash, a.from_day, a.to_day, a.file_name,
		d.decision_id, d.kind, d.last_day, COALESCE(s.adoption_id, ''), d.reason, d.maker_id, d.maker_name, d.instant,
		COALESCE(c.approved, -1), COALESCE(c.note, ''), COALESCE(c.checker_id, ''), COALESCE(c.checker_name, ''), COALESCE(c.instant, '')
		FROM adoption a
		JOIN adoption_decision d ON d.county_code = a.county_code AND d.adoption_id = a.adoption_id
		LEFT JOIN adoption_succession s ON s.county_code = d.county_code AND s.decision_id = d.decision_id
		LEFT JOIN adoption_check c ON c.county_code = d.county_code AND c.decision_id = d.decision_id`
	ofSeries = recordColumns + ` WHERE a.county_code = ?1 AND a.series = ?2 ORDER BY a.adoption_id, d.decision_id`
	ofOne    = recordColumns + ` WHERE a.county_code = ?1 AND a.adoption_id = ?2 ORDER BY d.decision_id`
	ofAll    = recordColumns + ` WHERE a.county_code = ?1 ORDER BY a.adoption_id, d.decision_id`
)

// Get is one adoption. Code: adoption.unknown.
func Get(tx *store.Tx, id string) (Record, error) {
	found, err := read(tx, ofOne, tx.County, id)
	if err == nil && len(found) == 0 {
		return Record{}, unknown(id)
	}
	if err != nil {
		return Record{}, err
	}
	found[0].Content, err = contentOf(tx, id)
	return found[0], err
}

// contentOf is an adoption as it was written.
func contentOf(tx *store.Tx, id string) (content string, err error) {
	err = tx.QueryRow(`SELECT content FROM adoption WHERE county_code = ?1 AND adoption_id = ?2`, tx.County, id).Scan(&content)
	return content, err
}

// seriesOf is the key under which the adoptions of a series are remembered.
type seriesOf string

// Of are the adoptions of a series in the county, in the order they were proposed, without Content.
func Of(tx *store.Tx, series string) ([]Record, error) {
	return store.Standing(tx, seriesOf(series), func() ([]Record, error) { return read(tx, ofSeries, tx.County, series) })
}

// All are the adoptions of the county, in the order they were proposed, without Content.
func All(tx *store.Tx) ([]Record, error) { return read(tx, ofAll, tx.County) }

func read(tx *store.Tx, query string, args ...any) ([]Record, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	var records []Record
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.ID, &r.Series, &r.division, &r.PackID, &r.PackVersion, &r.PackHash, &r.from, &r.to, &r.File,
			&r.decision.ID, &r.decision.Kind, &r.last, &r.decision.For, &r.decision.Reason, &r.decision.Maker.ID, &r.decision.Maker.Name, &r.made,
			&r.approved, &r.note, &r.checker, &r.checkerName, &r.given); err != nil {
			return nil, err
		}
		if err := r.parse(); err != nil {
			return nil, err
		}
		if n := len(records); n == 0 || records[n-1].ID != r.ID {
			records = append(records, r.Record)
		}
		last := &records[len(records)-1]
		last.Decisions = append(last.Decisions, r.decision)
	}
	for i := range records {
		records[i].settle()
	}
	return records, rows.Err()
}

// row is an adoption with one decision, as it is stored.
type row struct {
	Record
	decision                          Decision
	division, from, to, last, made    string
	approved                          int64 // -1: no answer
	note, checker, checkerName, given string
}

func (r *row) parse() error {
	var errs [4]error
	r.Division = ident.Division(r.division)
	r.Span.From, errs[0] = period.ParseDay(r.from)
	if r.Span.To, errs[1] = period.ParseDay(r.to); r.Span.To == period.Latest {
		r.Span.To = rule.Forever
	}
	r.decision.LastDay = rule.Beginning
	if r.last != "" {
		r.decision.LastDay, errs[2] = period.ParseDay(r.last)
	}
	r.decision.Made, errs[3] = store.ParseInstant(r.made)
	if r.approved >= 0 {
		given, err := store.ParseInstant(r.given)
		if err != nil {
			return err
		}
		r.decision.Answer = &Answer{Approved: r.approved == 1, Note: r.note, Checker: store.Actor{ID: r.checker, Name: r.checkerName}, Given: given}
	}
	return errors.Join(errs[:]...)
}

// settle finds state and span from the decisions.
func (r *Record) settle() {
	r.State = Proposed
	for _, d := range r.Decisions {
		switch {
		case d.Answer == nil:
		case d.Kind == adopt && d.Answer.Approved:
			r.State = Approved
		case d.Kind == adopt:
			r.State = Rejected
		case d.Answer.Approved:
			r.State = Withdrawn
			r.shorten(d.LastDay)
		}
	}
}

// shorten ends the span with a last day. Before its first day nothing is left: the span is empty.
func (r *Record) shorten(last period.Day) {
	if last < r.Span.From {
		last = r.Span.From - 1
	}
	r.Span.To = min(r.Span.To, last)
}
