package store

import (
	"database/sql"
	"errors"
	"sync"
)

// standing is what a transaction knows of the county's standing data: providers, adoptions, funds, lists that are kept. They are
// read by every settlement and seldom change.
type standing struct {
	edition  int64 // 0: not asked yet
	fromLast bool  // it is the last one that is known, and was not asked
	changed  bool  // by this transaction
}

// kept remembers, for each county, what was made of its standing data in one edition of them.
type kept struct {
	mutex sync.Mutex
	of    map[string]edition
}

type edition struct {
	number int64
	values map[any]any
}

// mostKept bounds what is remembered of a county.
const mostKept = 10_000

const (
	editionQuery = `SELECT edition FROM county_edition WHERE county_code = ?1`
	// how many editions came after the first: of several counties their sum, in which one without a row counts nothing
	editionAgain = `SELECT CAST(COALESCE(SUM(edition - 1), 0) AS BIGINT) FROM county_edition WHERE county_code IN (?1)`
)

// PrefetchStanding is [Tx.Prefetch] for what [Standing] asks.
func (t *Tx) PrefetchStanding() {
	if t.edition == 0 && !t.recallEdition() {
		t.Prefetch(editionQuery, t.County)
	}
}

// recallEdition lets a command in company go by the last edition that is known, if there is one.
func (t *Tx) recallEdition() bool {
	if t.passenger == nil {
		return false
	}
	if t.edition = t.store.kept.last(t.County); t.edition == 0 {
		return false
	}
	t.fromLast = true
	t.StandsOn(t.edition-1, editionAgain, t.County)
	return true
}

// StandingChanged says that the transaction changes standing data. Every place that does must say so: what was remembered of
// them counts no more.
func (t *Tx) StandingChanged() error {
	if t.changed {
		return nil
	}
	t.changed = true
	return t.Later(nil, `INSERT INTO county_edition (county_code, edition) VALUES (?1, 2) ON CONFLICT (county_code) DO UPDATE SET edition = county_edition.edition + 1`, t.County)
}

// Standing answers what load makes of the county's standing data, and remembers it for as long as they stay as they are. key tells
// what it is, and must be of a type of the caller's own. The edition of the data is read in the transaction, so that what is remembered is what load would
// have read. The value is shared: nobody may change it.
func Standing[T any](t *Tx, key any, load func() (T, error)) (value T, err error) {
	if t.changed {
		return load()
	}
	if t.edition == 0 && !t.recallEdition() {
		if t.edition, err = t.readEdition(); err != nil {
			return value, err
		}
		t.StandsOn(t.edition-1, editionAgain, t.County)
	}
	k := &t.store.kept
	if found, ok := k.get(t.County, t.edition, key); ok {
		return found.(T), nil
	}
	if err := t.makeSureOfEdition(); err != nil { // or what is read now might be of a later one
		return value, err
	}
	if value, err = load(); err == nil {
		k.put(t.County, t.edition, key, value)
	}
	return value, err
}

// makeSureOfEdition asks for the edition if it was only the last one known, and ends the company's way when there is a later one.
func (t *Tx) makeSureOfEdition() error {
	if !t.fromLast {
		return nil
	}
	t.fromLast = false
	now, err := t.readEdition()
	if err == nil && now != t.edition {
		err = errAlone
	}
	return err
}

// readEdition is the number of the edition; 1 when nothing was ever changed.
func (t *Tx) readEdition() (number int64, err error) {
	err = t.QueryRow(editionQuery, t.County).Scan(&number)
	if errors.Is(err, sql.ErrNoRows) {
		return 1, nil
	}
	return number, err
}

// last is the last edition of a county that is known; 0 for none.
func (k *kept) last(county string) int64 {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	return k.of[county].number
}

func (k *kept) get(county string, number int64, key any) (any, bool) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	e := k.of[county]
	if e.number != number {
		return nil, false
	}
	value, ok := e.values[key]
	return value, ok
}

// put remembers a value, unless a later edition is known by now.
func (k *kept) put(county string, number int64, key, value any) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.of == nil {
		k.of = map[string]edition{}
	}
	e := k.of[county]
	if e.number > number {
		return
	}
	if e.number < number || len(e.values) >= mostKept {
		e = edition{number, map[any]any{}}
		k.of[county] = e
	}
	e.values[key] = value
}

// Once answers what load answers, asked once in the transaction. key must be of a type of the caller's own.
func Once[T any](t *Tx, key any, load func() (T, error)) (value T, err error) {
	if found, ok := t.once[key]; ok {
		return found.(T), nil
	}
	if value, err = load(); err != nil {
		return value, err
	}
	if t.once == nil {
		t.once = map[any]any{}
	}
	t.once[key] = value
	return value, nil
}

// Drop makes [Once] ask again.
func (t *Tx) Drop(key any) { delete(t.once, key) }
