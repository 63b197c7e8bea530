package audit

import (
	"database/sql"
	"errors"
	"slices"

	"doudi/kernel/fault"
	"doudi/record/store"
)

// Checked is what a verification looked at.
type Checked struct {
	Seals  int64
	Sealed int64 // entries covered by a seal
	Tail   int64 // entries not sealed yet
}

// Verify reads a county's whole log and compares every digest. The error, audit.changed, names the first difference.
func Verify(tx *store.Tx) (Checked, error) {
	var c Checked
	var all int64
	if err := tx.QueryRow(`SELECT COUNT(*) FROM audit_entry WHERE county_code = ?1`, tx.County).Scan(&all); err != nil {
		return c, err
	}
	previous := Sealed{}
	for {
		list, err := seals(tx, previous.Batch+1, 100)
		if err != nil {
			return c, err
		}
		if len(list) == 0 {
			break
		}
		for _, s := range list {
			if err := verifySeal(tx, previous, s); err != nil {
				return c, err
			}
			previous = s
			c.Seals++
			c.Sealed += s.Entries
			tx.Told(c.Sealed, all)
		}
	}
	return c, verifyRest(tx, &c)
}

// verifySeal checks one seal against the one before and against its entries.
func verifySeal(tx *store.Tx, previous, s Sealed) error {
	if err := follows(tx.County, previous, s); err != nil {
		return err
	}
	ids, err := store.All(tx, store.Text, `SELECT entry_id FROM audit_link WHERE county_code = ?1 AND batch = ?2 ORDER BY position`, tx.County, s.Batch)
	if err != nil {
		return err
	}
	list, err := intact(tx, ids)
	if err != nil {
		return err
	}
	var digests []string
	for _, e := range list {
		digests = append(digests, e.Digest)
	}
	if int64(len(ids)) != s.Entries || digest(digests...) != s.EntriesDigest {
		return changed(nil, "第 %d 批封存的记录有增减或调换", "entries were added to, removed from or moved in batch %d", s.Batch)
	}
	return nil
}

// follows checks a seal by itself and as the next one of the chain.
func follows(county string, previous, s Sealed) error {
	switch {
	case s.Batch != previous.Batch+1:
		return changed(nil, "第 %d 批封存不见了", "batch %d is missing", previous.Batch+1)
	case s.Previous != previous.Digest:
		return changed(nil, "第 %d 批与前一批接不上", "batch %d does not continue the one before", s.Batch)
	case s.Instant < previous.Instant:
		return changed(nil, "第 %d 批的时间早于前一批", "batch %d is earlier than the one before", s.Batch)
	case s.digest(county) != s.Digest:
		return changed(nil, "第 %d 批的封存内容被改动", "the seal of batch %d was changed", s.Batch)
	}
	return nil
}

// intact are entries that say what their digests were made of.
func intact(tx *store.Tx, ids []string) ([]*Entry, error) {
	list, err := entries(tx, ids)
	if err != nil {
		return nil, err
	}
	for i, e := range list {
		if e == nil {
			return nil, changed(nil, "记录 %s 不见了", "entry %s is missing", ids[i])
		}
		if digestOf(tx.County, e) != e.Digest {
			return nil, changed(nil, "记录 %s 的内容被改动", "the content of entry %s was changed", e.ID)
		}
	}
	return list, nil
}

// rules hold for every entry, sealed or not. Each finds the first entry for which one does not. What belongs to an entry is counted by its key, whatever the database
// believes of the tables: a join might compare all entries with all others.
var rules = []struct{ broken, zh, en string }{
	{`SELECT e.entry_id FROM audit_entry e WHERE e.county_code = ?1 AND (SELECT COUNT(*) FROM audit_link l WHERE l.county_code = ?1 AND l.entry_id = e.entry_id)
		+ (SELECT COUNT(*) FROM audit_tail t WHERE t.county_code = ?1 AND t.entry_id = e.entry_id) <> 1 ORDER BY e.entry_id LIMIT 1`,
		"记录 %s 应当已封存或待封存，两者必居其一", "entry %s should either be sealed or wait for a seal"},
	{`SELECT p.entry_id FROM audit_person p WHERE p.county_code = ?1
		AND (SELECT COUNT(*) FROM audit_entry e WHERE e.county_code = ?1 AND e.entry_id = p.entry_id AND e.person_id = '') = 0 ORDER BY p.entry_id LIMIT 1`,
		"记录 %s 已写明涉及一人或已不见，却另记有涉及的人", "people stand beside entry %s, which names one itself or is missing"},
	{`SELECT c.entry_id FROM (SELECT entry_id, person_id FROM audit_entry WHERE county_code = ?1 AND person_id <> '' UNION ALL SELECT entry_id, person_id FROM audit_person WHERE county_code = ?1) c
		WHERE (SELECT COUNT(*) FROM audit_link l WHERE l.county_code = ?1 AND l.entry_id = c.entry_id)
			<> (SELECT COUNT(*) FROM audit_about a WHERE a.county_code = ?1 AND a.person_id = c.person_id AND a.entry_id = c.entry_id) ORDER BY c.entry_id LIMIT 1`,
		"记录 %s 封存后才能、也必须记在其涉及的人名下", "entry %s must be noted with whom it concerns once it is sealed, and not before"},
	{`SELECT a.entry_id FROM audit_about a WHERE a.county_code = ?1 AND CASE (SELECT e.person_id FROM audit_entry e WHERE e.county_code = ?1 AND e.entry_id = a.entry_id)
		WHEN '' THEN (SELECT COUNT(*) FROM audit_person p WHERE p.county_code = ?1 AND p.entry_id = a.entry_id AND p.person_id = a.person_id) = 0
		WHEN a.person_id THEN FALSE ELSE TRUE END ORDER BY a.entry_id LIMIT 1`,
		"记录 %s 被错记在与其无关的人名下", "entry %s is noted with somebody it does not concern"},
}

// verifyRest checks the tail, and what holds for every entry.
func verifyRest(tx *store.Tx, c *Checked) error {
	ids, err := store.All(tx, store.Text, `SELECT entry_id FROM audit_tail WHERE county_code = ?1 ORDER BY entry_id`, tx.County)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(ids, batchSize) {
		if _, err := intact(tx, some); err != nil {
			return err
		}
		c.Tail += int64(len(some))
	}
	for _, rule := range rules {
		var first string
		switch err := tx.QueryRow(rule.broken, tx.County).Scan(&first); {
		case err == nil:
			return changed(nil, rule.zh, rule.en, first)
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
	}
	return nil
}

// Counties lists the counties that have entries.
func Counties(tx *store.Tx) ([]string, error) {
	var list []string
	for last := ""; ; {
		var next sql.NullString // one short look-up per county instead of reading every entry
		if err := tx.QueryRow(`SELECT MIN(county_code) FROM audit_entry WHERE county_code > ?1`, last).Scan(&next); err != nil {
			return nil, err
		}
		if !next.Valid {
			return list, nil
		}
		last = next.String
		list = append(list, last)
	}
}

func changed(cause error, zh, en string, args ...any) error {
	return &fault.Error{Kind: fault.Conflict, Code: "audit.changed", Op: "audit.Verify", Cause: cause, Message: say(zh, en, args...),
		Hint: fault.Text{ZH: "保留数据库现状，与备份和月度封存文件比对", EN: "keep the database as it is and compare it with backups and monthly seals"}}
}
