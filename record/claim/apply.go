package claim

import (
	"database/sql"
	"math"
	"slices"
	"strings"

	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// Causes of a settlement.
const (
	byConfirm = "confirm"
	byFollow  = "follow"
	byReverse = "reverse"
	byPapers  = "papers"
)

// apply keeps a plan: what is given back first, then what is taken.
func (c *Claims) apply(tx *store.Tx, p *plan, by *Claim) error {
	moves := newMoves(p)
	for i := range p.steps {
		s := &p.steps[i]
		id, err := c.addSettlement(tx, p, s, by)
		if err != nil {
			return err
		}
		if err := c.addMovements(tx, p, s, id, moves); err != nil {
			return err
		}
	}
	for _, do := range []func(*store.Tx, *plan) error{moves.apply, useInvoices, pay} {
		if err := do(tx, p); err != nil {
			return err
		}
	}
	return nil
}

func (s *step) cause(p *plan) string {
	switch {
	case s.after == nil:
		return byReverse
	case p.come != nil && p.come.claim == s.claim:
		return byConfirm
	case p.shown != nil && p.shown.claim == s.claim.ID:
		return byPapers
	}
	return byFollow
}

// addSettlement adds the next settlement of a claim and makes it the one that counts.
func (c *Claims) addSettlement(tx *store.Tx, p *plan, s *step, by *Claim) (id string, err error) {
	id = tx.NewID()
	var k Settled
	var frozen, result string
	if s.after != nil {
		k = s.after.settled
		if frozen, err = c.seal(tx, s.claim.Person, s.after.frozen); err != nil {
			return "", err
		}
		if result, err = c.seal(tx, s.claim.Person, k); err != nil {
			return "", err
		}
	}
	err = tx.Later(nil, `INSERT INTO claim_settlement (county_code, settlement_id, claim_id, version, cause, cause_id, pack_id, pack_version, pack_hash, adoption_id, frozen, result, instant, actor_id)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)`,
		tx.County, id, s.claim.ID, s.claim.Version+1, s.cause(p), by.ID, k.Pack, k.Version, k.Hash, k.Adoption, frozen, result, store.FormatInstant(tx.Instant), tx.Actor.ID)
	if err != nil {
		return "", err
	}
	return id, s.claim.settledAgain(tx)
}

// settledAgain counts a claim's latest settlement, and keeps the claim if it is not kept yet.
func (c *Claim) settledAgain(tx *store.Tx) error {
	c.Version++
	if c.unkept {
		c.State, c.unkept = Confirmed, false
		return c.insert(tx)
	}
	overtaken := wrongState(c)
	return tx.Later(func(moved int64) error {
		if moved == 0 {
			return overtaken
		}
		return nil
	}, `UPDATE claim SET version = ?3, decided_day = ?4, order_id = ?5 WHERE county_code = ?1 AND claim_id = ?2 AND version = ?6`,
		tx.County, c.ID, c.Version, c.place.day.String(), c.place.id, c.Version-1)
}

// addMovements keeps by how much a settlement changes the counters.
func (c *Claims) addMovements(tx *store.Tx, p *plan, s *step, settlement string, moves *moves) error {
	var after []movement
	if s.after != nil {
		after = s.after.moved
	}
	for i, m := range differences(p.chain.moved[s.claim.ID], after) {
		sealed := ""
		if len(m.key) > 0 {
			var err error
			if sealed, err = c.seal(tx, s.claim.Person, m.key); err != nil {
				return err
			}
		}
		limit := sql.NullInt64{}
		if m.cap != nil {
			limit = sql.NullInt64{Int64: *m.cap, Valid: true}
		}
		counts := 0
		if m.counts {
			counts = 1
		}
		err := tx.Later(nil, `INSERT INTO claim_movement (county_code, settlement_id, line, claim_id, person_id, series, counter, key_token, key_sealed, day, window_from, window_to, amount, counts, cap)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)`,
			tx.County, settlement, i+1, s.claim.ID, s.claim.Person, s.claim.Series, m.counter, m.token, sealed, m.day.String(), from(m.window), writeTo(m.window.To), m.amount, counts, limit)
		if err != nil {
			return err
		}
		moves.total = added(moves.total, m)
	}
	return nil
}

func from(window period.Span) string { return dayOr(window.From, beginning) }

// moves is how a plan moves counters, all its bills together: an amount that passes from one to another on a day moves nothing.
type moves struct {
	total  []movement
	before []movement // what all bills of the chain used until now
	after  []movement // what they use now
}

func newMoves(p *plan) *moves {
	m := &moves{}
	changed := map[string]bool{}
	for i := range p.steps {
		s := &p.steps[i]
		changed[s.claim.ID] = true
		if s.after != nil {
			m.after = append(m.after, s.after.moved...)
		}
	}
	for id, list := range p.chain.moved {
		m.before = append(m.before, list...)
		if !changed[id] {
			m.after = append(m.after, list...)
		}
	}
	return m
}

// apply moves the counters: down first, then up, each within its cap.
func (m *moves) apply(tx *store.Tx, p *plan) error {
	if p.chain.fresh {
		return m.begin(tx, p.chain)
	}
	for _, used := range m.after {
		if p.chain.isOpen(used) {
			continue
		}
		if err := openWindow(tx, p.chain, used, usedOf(m.before, used)); err != nil {
			return err
		}
	}
	slices.SortStableFunc(m.total, func(a, b movement) int {
		if down, other := a.amount < 0, b.amount < 0; down != other {
			if down {
				return -1
			}
			return 1
		}
		return strings.Compare(a.counter, b.counter)
	})
	for _, total := range m.total {
		if err := m.move(tx, p.chain, total); err != nil {
			return err
		}
	}
	return nil
}

// begin writes the counters of a chain that begins: no window has a row yet, so each begins with what is used of it now.
func (m *moves) begin(tx *store.Tx, ch *chain) error {
	for _, used := range m.after {
		now := usedOf(m.after, used)
		if now > m.limit(used) {
			return counterFull(used)
		}
		if err := openWindow(tx, ch, used, now); err != nil {
			return err
		}
	}
	return nil
}

// usedOf is what movements use of the window of one.
func usedOf(list []movement, of movement) (used int64) {
	for _, m := range list {
		if m.sameCounter(of) && m.counts == of.counts && of.window.Contains(m.day) {
			used += m.amount
		}
	}
	return used
}

// openWindow adds the row of a window that was not asked for before.
func openWindow(tx *store.Tx, ch *chain, of movement, used int64) error {
	if of.window.Empty() {
		return nil
	}
	return tx.Later(nil, `INSERT INTO claim_counter (county_code, person_id, series, counter, key_token, window_from, window_to, used) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING`,
		tx.County, ch.person, ch.series, of.counter, of.token, from(of.window), writeTo(of.window.To), used)
}

const (
	// moveOwn moves the window a movement is counted in, if it stays within the cap.
	moveOwn = `UPDATE claim_counter SET used = used + ?8 WHERE county_code = ?1 AND person_id = ?2 AND series = ?3 AND counter = ?4 AND key_token = ?5
		AND window_from = ?6 AND window_to = ?7 AND used <= ?9`
	// moveOthers moves all other windows that hold its day.
	moveOthers = `UPDATE claim_counter SET used = used + ?8 WHERE county_code = ?1 AND person_id = ?2 AND series = ?3 AND counter = ?4 AND key_token = ?5
		AND NOT (window_from = ?6 AND window_to = ?7) AND window_from <= ?9 AND window_to >= ?9`
)

func (m *moves) move(tx *store.Tx, ch *chain, total movement) error {
	args := []any{tx.County, ch.person, ch.series, total.counter, total.token, from(total.window), writeTo(total.window.To), total.amount}
	if !total.window.Empty() {
		most := int64(math.MaxInt64)
		if total.amount > 0 {
			most = m.limit(total) - total.amount
		}
		full := func(reached int64) error {
			if reached == 0 {
				return counterFull(total)
			}
			return nil
		}
		if err := tx.Later(full, moveOwn, append(slices.Clone(args), most)...); err != nil {
			return err
		}
	}
	return tx.Later(nil, moveOthers, append(args, total.day.String())...)
}

// limit is how much of a window may be used: the highest cap of those that use it. That each bill kept to its own cap in its
// place in the chain has been seen to before.
func (m *moves) limit(of movement) int64 {
	most := int64(math.MinInt64)
	for _, used := range m.after {
		if used.counter != of.counter || used.token != of.token || used.window != of.window {
			continue
		}
		if used.cap == nil {
			return math.MaxInt64
		}
		most = max(most, *used.cap)
	}
	if most == math.MinInt64 { // the window of one that uses it no more
		return math.MaxInt64
	}
	return most
}

// useInvoices marks the invoices of applications as used, after those given back are free.
func useInvoices(tx *store.Tx, p *plan) error {
	for i := range p.steps {
		if !p.chain.usesInvoices(p.steps[i].claim) {
			continue
		}
		if err := tx.Later(nil, `DELETE FROM claim_invoice WHERE county_code = ?1 AND claim_id = ?2`, tx.County, p.steps[i].claim.ID); err != nil {
			return err
		}
	}
	for i := range p.steps {
		s := &p.steps[i]
		if s.after == nil {
			continue
		}
		for _, invoice := range s.after.settled.Figures.Invoices {
			used := func(added int64) error {
				if added == 0 {
					return invoiceUsed(invoice)
				}
				return nil
			}
			if err := tx.Later(used, `INSERT INTO claim_invoice (county_code, person_id, invoice, claim_id) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING`, tx.County, s.claim.Person, invoice, s.claim.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// today is the day on which money is booked.
func today(tx *store.Tx) period.Day { return dated.Today(tx) }
