package claim

import (
	"slices"

	"doudi/decide/subject"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/register"
	"doudi/record/store"
)

// A person who moves takes along what was used of counters, so that a yearly cap is not used twice. What was used elsewhere cannot be
// settled again from here: it stands before every bill that is first settled after it was learnt, whatever its day, and before none
// that was settled earlier. Both are told by ids, which only grow.

// usage is what a person uses of a counter on a day, in one county.
type usage struct {
	series string
	county string
	movement
	sealed string // the key
}

// same tells whether two usages are of the same counter, day and county.
func (u usage) same(other usage) bool {
	return u.series == other.series && u.county == other.county && u.spot() == other.spot() && u.counts == other.counts
}

// Carry is what a person used of counters, here and in the counties before: what an offer of a transfer hands over
// (register.Carried).
func (c *Claims) Carry(tx *store.Tx, person string) ([]register.CarriedCounter, error) {
	own, err := c.used(tx, person, ownUsage)
	if err != nil {
		return nil, err
	}
	before, err := c.used(tx, person, carriedUsage)
	if err != nil {
		return nil, err
	}
	return carriedCounters(append(own, before...)), nil
}

// Untold lists who has moved to another county and since then used another amount of counters here than the county there was told, by id. For each,
// [Claims.Used] goes into [register.Register.Tell].
func (c *Claims) Untold(tx *store.Tx) (persons []string, err error) {
	gone, err := c.Register.Gone(tx)
	if err != nil {
		return nil, err
	}
	for _, d := range gone {
		var since int
		err := tx.QueryRow(`SELECT COUNT(*) FROM claim_movement WHERE county_code = ?1 AND person_id = ?2 AND settlement_id > ?3`, tx.County, d.Person, d.Last).Scan(&since)
		if err != nil {
			return nil, err
		}
		if since > 0 {
			persons = append(persons, d.Person)
		}
	}
	return persons, nil
}

// Used is what a person used of counters here.
func (c *Claims) Used(tx *store.Tx, person string) ([]register.CarriedCounter, error) {
	own, err := c.used(tx, person, ownUsage)
	return carriedCounters(own), err
}

func carriedCounters(used []usage) []register.CarriedCounter {
	var carried []register.CarriedCounter
	for _, u := range used {
		one := register.CarriedCounter{County: u.county, Series: u.series, Counter: u.counter, Key: u.key, Day: u.day}
		if u.counts {
			one.Count = u.amount
		} else {
			one.Amount = money.Fen(u.amount)
		}
		carried = append(carried, one)
	}
	return carried
}

const (
	ownUsage = `SELECT series, county_code, counter, key_token, MIN(key_sealed), day, CAST(SUM(amount) AS BIGINT), counts FROM claim_movement
		WHERE county_code = ?1 AND person_id = ?2 GROUP BY series, county_code, counter, key_token, day, counts HAVING SUM(amount) <> 0 ORDER BY series, day, counter, key_token, counts`
	carriedUsage = `SELECT series, used_in, counter, key_token, MIN(key_sealed), day, CAST(SUM(amount) AS BIGINT), counts FROM claim_carried
		WHERE county_code = ?1 AND person_id = ?2 GROUP BY series, used_in, counter, key_token, day, counts HAVING SUM(amount) <> 0 ORDER BY series, day, used_in, counter, key_token, counts`
)

// used adds up what a person used, with the keys open.
func (c *Claims) used(tx *store.Tx, person, query string) ([]usage, error) {
	list, err := readUsage(tx, query, person)
	if err != nil {
		return nil, err
	}
	var sealed []string
	var keys []any
	for i := range list {
		if list[i].sealed != "" {
			sealed, keys = append(sealed, list[i].sealed), append(keys, &list[i].key)
		}
	}
	return list, c.open(tx, person, sealed, keys...)
}

func readUsage(tx *store.Tx, query, person string) ([]usage, error) {
	return store.All(tx, func(rows *store.Rows) (u usage, err error) {
		var day string
		if err := rows.Scan(&u.series, &u.county, &u.counter, &u.token, &u.sealed, &day, &u.amount, &u.counts); err != nil {
			return u, err
		}
		if u.day, err = period.ParseDay(day); err != nil {
			err = damaged(err)
		}
		return u, err
	}, query, tx.County, person)
}

// Arrive takes over what an accepted transfer carries of counters. It belongs into the transaction that accepts the transfer; a
// replayed arrival changes nothing. What the person used here before is known here already and is left out, and so is what the county that was left has said anew
// since ([Claims.Learn]).
func (c *Claims) Arrive(tx *store.Tx, a register.Arrival) error {
	if a.Replayed {
		return nil
	}
	newest, err := register.NewestWord(tx, a.Person, a.Transfer.From)
	if err != nil {
		return err
	}
	counts := func(u usage) bool { return u.county != a.Transfer.From || newest <= a.Transfer.ID }
	return c.takeOver(tx, word{a.Transfer.ID, a.Transfer.From, a.Person, a.Transfer.Counters}, counts)
}

// Learn takes over what a county says anew of a person who was there. It belongs into the transaction that hears it; a replay changes nothing. As with
// an arrival it stands before every bill first settled afterwards.
func (c *Claims) Learn(tx *store.Tx, h register.Heard) error {
	if h.Replayed {
		return nil
	}
	from := h.Supplement.From
	return c.takeOver(tx, word{h.Supplement.ID, from, h.Person, h.Supplement.Counters}, func(u usage) bool { return u.county == from })
}

// word is what a document of another county says.
type word struct {
	id, from string // of the document; the county that says it
	person   string
	counters []register.CarriedCounter
}

// takeOver keeps by how much more was used elsewhere than was known, of what counts.
func (c *Claims) takeOver(tx *store.Tx, w word, counts func(usage) bool) error {
	known, err := c.used(tx, w.person, carriedUsage)
	if err != nil {
		return err
	}
	told, err := c.told(tx.County, w)
	if err != nil {
		return err
	}
	more := slices.DeleteFunc(increase(known, told), func(u usage) bool { return !counts(u) })
	if len(more) == 0 {
		return nil
	}
	for _, u := range more {
		if err := c.keepCarried(tx, w, u); err != nil {
			return err
		}
	}
	_, err = c.Log.Record(tx, audit.Note{Name: "claim.carried", Subject: w.id, Content: map[string]any{"from": w.from, "counters": len(more)}, Persons: map[string]any{w.person: nil}})
	return err
}

// told is what a document says was used elsewhere.
func (c *Claims) told(here string, w word) ([]usage, error) {
	var list []usage
	for _, one := range w.counters {
		u := usage{series: one.Series, county: one.County, movement: movement{counter: one.Counter, key: one.Key, day: one.Day, amount: int64(one.Amount)}}
		if u.county == "" {
			u.county = w.from
		}
		if u.county == here {
			continue
		}
		var err error
		if u.token, err = c.keyToken(w.person, u.series, u.counter, u.key); err != nil {
			return nil, err
		}
		if u.amount != 0 {
			list = append(list, u)
		}
		if one.Count != 0 {
			u.amount, u.counts = one.Count, true
			list = append(list, u)
		}
	}
	return list, nil
}

// increase is by how much more is used than was known. What is not told any more was given back.
func increase(known, told []usage) []usage {
	var more []usage
	add := func(u usage, sign int64) {
		u.amount *= sign
		i := slices.IndexFunc(more, u.same)
		if i < 0 {
			more = append(more, u)
		} else {
			more[i].amount += u.amount
		}
	}
	for _, u := range told {
		add(u, 1)
	}
	for _, u := range known {
		add(u, -1)
	}
	return slices.DeleteFunc(more, func(u usage) bool { return u.amount == 0 })
}

// moveCarried moves every window there is that holds the day.
const moveCarried = `UPDATE claim_counter SET used = used + ?6 WHERE county_code = ?1 AND person_id = ?2 AND series = ?3 AND counter = ?4 AND key_token = ?5 AND window_from <= ?7 AND window_to >= ?7`

// keepCarried adds one usage, with the chain's row, by which others see that the chain has begun.
func (c *Claims) keepCarried(tx *store.Tx, w word, u usage) error {
	sealed := ""
	if len(u.key) > 0 {
		var err error
		if sealed, err = c.seal(tx, w.person, u.key); err != nil {
			return err
		}
	}
	counts := 0
	if u.counts {
		counts = 1
	}
	for _, do := range []struct {
		query string
		args  []any
	}{
		{chainTurn.Take, []any{tx.County, w.person, u.series}},
		{`INSERT INTO claim_carried (county_code, carried_id, transfer_id, person_id, series, counter, key_token, key_sealed, day, amount, counts, used_in) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
			[]any{tx.County, tx.NewID(), w.id, w.person, u.series, u.counter, u.token, sealed, u.day.String(), u.amount, counts, u.county}},
		{moveCarried, []any{tx.County, w.person, u.series, u.counter, u.token, u.amount, u.day.String()}},
	} {
		if _, err := tx.Exec(do.query, do.args...); err != nil {
			return err
		}
	}
	return nil
}

// carriedMovements reads what was used elsewhere as movements: of no claim but under their own ids, and in no window, for no cap of
// here was asked when it was used.
const carriedMovements = `SELECT carried_id, counter, key_token, key_sealed, day, day, '1900-01-01', amount, counts, CAST(NULL AS BIGINT) FROM claim_carried
	WHERE county_code = ?1 AND person_id = ?2 AND series = ?3 ORDER BY carried_id`

// loadCarried adds what was used elsewhere to a chain.
func (c *Claims) loadCarried(tx *store.Tx, ch *chain) error {
	key := []any{tx.County, ch.person, ch.series}
	for _, query := range []string{carriedMovements, movementsQuery, windowsQuery} { // the others are asked next, so all travel together
		tx.Prefetch(query, key...)
	}
	rows, err := store.All(tx, scanMovement, carriedMovements, key...)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.sealed != "" {
			if err := c.open(tx, ch.person, []string{r.sealed}, &r.key); err != nil {
				return err
			}
		}
		ch.carried = append(ch.carried, r.claim)
		ch.moved[r.claim] = added(ch.moved[r.claim], r.movement)
	}
	return nil
}

// elsewhere is what was used in other counties and known when a claim was first settled.
func (ch *chain) elsewhere(at place) []subject.Entry {
	var h []subject.Entry
	for _, id := range ch.carried {
		if id < at.id {
			h = followed(h, ch.moved[id])
		}
	}
	return h
}
