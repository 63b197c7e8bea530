package claim

import (
	"database/sql"
	"math"
	"slices"

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
	p.chain.remember(tx, p, moves)
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
	k := &Settled{}
	var frozen, result string
	if s.after != nil {
		k = &s.after.settled
		if frozen, err = c.seal(tx, s.claim.Person, &s.after.frozen); err != nil {
			return "", err
		}
		if result, err = c.seal(tx, s.claim.Person, k); err != nil {
			return "", err
		}
	}
	err = tx.Later(nil, `INSERT INTO claim_settlement (county_code, settlement_id, claim_id, version, cause, cause_id, pack_id, pack_version, pack_hash, adoption_id, frozen, result, instant, actor_id, later)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)`,
		tx.County, id, s.claim.ID, s.claim.Version+1, s.cause(p), by.ID, k.Pack, k.Version, k.Hash, k.Adoption, frozen, result, store.FormatInstant(tx.Instant), tx.Actor.ID, s.claim.later())
	if err != nil {
		return "", err
	}
	return id, s.claim.settledAgain(tx)
}

// later is 0 for a claim that is kept together with its settlement, which is then found by the claim's id ([In]); otherwise 1.
func (c *Claim) later() int64 {
	if c.unkept {
		return 0
	}
	return 1
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

func from(window period.Span) string { return dated.DayOr(window.From, beginning) }

// moves is how a plan moves counters, all its bills together.
type moves struct {
	total []movement // by how much: an amount that passes from one bill to another on a day moves nothing
	after []movement // what all bills of the chain use now
}

func newMoves(p *plan) *moves {
	m := &moves{after: make([]movement, 0, len(p.chain.moved)+len(p.steps))}
	changed := map[string]bool{}
	for i := range p.steps {
		s := &p.steps[i]
		changed[s.claim.ID] = true
		if s.after != nil {
			m.after = append(m.after, s.after.moved...)
		}
	}
	for id, list := range p.chain.moved {
		if !changed[id] {
			m.after = append(m.after, list...)
		}
	}
	return m
}

// apply keeps what is used now of every window that something is or was counted in. Nobody else moves a counter of the chain meanwhile: its turn
// was taken.
func (m *moves) apply(tx *store.Tx, p *plan) error {
	if full := m.full(p.chain); full != nil {
		return counterFull(*full)
	}
	for _, w := range m.windows(p.chain) {
		if err := tx.Later(nil, `INSERT INTO claim_counter (county_code, person_id, series, counter, key_token, window_from, window_to, used) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
			ON CONFLICT (county_code, person_id, series, counter, key_token, window_from, window_to) DO UPDATE SET used = excluded.used`,
			tx.County, p.chain.person, p.chain.series, w.counter, w.token, from(w.window), writeTo(w.window.To), m.used(w)); err != nil {
			return err
		}
	}
	return nil
}

// full is a movement that takes more than its window has; nil when none does. That a bill was settled otherwise and takes no more than
// before is no reason to refuse it.
func (m *moves) full(ch *chain) *movement {
	asked := m.total
	if ch.isFresh() {
		asked = m.after
	}
	for i, more := range asked {
		if more.amount > 0 && !more.window.Empty() && m.used(more) > m.limit(more) {
			return &asked[i]
		}
	}
	return nil
}

// windows are those whose row changes or begins, each as one movement in it.
func (m *moves) windows(ch *chain) (list []movement) {
	for _, some := range [][]movement{ch.opened, m.after} {
		for _, of := range some {
			if !slices.ContainsFunc(list, of.sameWindow) && !of.window.Empty() && (!ch.isOpen(of) || m.used(of) != ch.usedOf(of)) {
				list = append(list, of)
			}
		}
	}
	return list
}

// used is what is used now of the window of a movement.
func (m *moves) used(of movement) (used int64) {
	for _, other := range m.after {
		if other.sameCounter(of) && of.window.Contains(other.day) {
			used += other.amount
		}
	}
	return used
}

// limit is how much of a window may be used: the highest cap of those that use it. That each bill kept to its own cap in its
// place in the chain has been seen to before.
func (m *moves) limit(of movement) int64 {
	most := int64(math.MinInt64)
	for _, used := range m.after {
		if !used.sameWindow(of) {
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
