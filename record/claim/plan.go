package claim

import (
	"slices"

	"doudi/decide/explain"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/record/adoption"
	"doudi/record/dated"
	"doudi/record/store"
)

// outcome is a bill as it comes out now.
type outcome struct {
	result  *settle.Result
	subject *subject.Subject
	settled Settled
	frozen  frozen
	moved   []movement
}

// standing is a settlement as it was kept.
type standing struct {
	bill    *subject.Subject
	frozen  frozen
	settled Settled
}

// step is one bill whose settlement becomes another.
type step struct {
	claim  *Claim
	before *standing // nil when it had none
	after  *outcome  // nil when it is reversed
}

// plan is everything an act changes on a chain, in the chain's order.
type plan struct {
	chain *chain
	gone  *Claim // is reversed; nil for none
	come  *step  // is settled for the first time; nil for none
	shown *shown // papers were handed in for a bill; nil for none
	steps []step
}

// history adds to what was used elsewhere what a claim at a place finds used by those before it. The one that is gone used nothing.
func (p *plan) history(elsewhere []subject.Entry, at place) []subject.Entry {
	h := slices.Grow(elsewhere, len(p.chain.claims)+1)
	for _, c := range p.chain.claims {
		if c.place.before(at) && !p.isGone(c) {
			h = followed(h, p.chain.moved[c.ID])
		}
	}
	return h
}

func (p *plan) isGone(c *Claim) bool { return p.gone != nil && p.gone.ID == c.ID }

// invoices are those that other claims use.
func (p *plan) invoices(c *Claim) []string {
	var used []string
	for invoice, by := range p.chain.invoices {
		if by != c.ID && (p.gone == nil || by != p.gone.ID) {
			used = append(used, invoice)
		}
	}
	slices.Sort(used)
	return used
}

// plan finds what it means for a chain that one bill comes and another goes; either may be nil.
func (c *Claims) plan(tx *store.Tx, ch *chain, come, gone *Claim) (*plan, error) {
	p := &plan{chain: ch, gone: gone}
	if gone != nil {
		p.steps = append(p.steps, step{claim: gone})
	}
	if come == nil {
		return p, c.follow(tx, p, gone.place)
	}
	after, err := c.first(tx, p, come)
	if err != nil {
		return nil, err
	}
	p.come = &step{claim: come, after: after}
	if !after.settled.confirmable(today(tx)) { // it will not be confirmed, so nothing follows from it
		p.steps = append(p.steps, *p.come)
		return p, nil
	}
	if err := c.onceACycle(tx, p, after); err != nil {
		return nil, err
	}
	start := come.place
	if gone != nil && gone.place.before(start) {
		start = gone.place
	}
	return p, c.follow(tx, p, start)
}

func payable(v explain.Verdict) bool { return v == explain.Pays || v == explain.Covered }

// first settles a bill that has not been settled before, with what is known today, and finds its place.
func (c *Claims) first(tx *store.Tx, p *plan, claim *Claim) (*outcome, error) {
	bill, err := c.billOf(tx, claim)
	if err != nil {
		return nil, err
	}
	facts, err := c.gather(tx, claim, bill)
	if err != nil {
		return nil, err
	}
	papers, err := c.papersOf(tx, claim)
	if err != nil {
		return nil, err
	}
	shown, err := c.thaw(papers)
	if err != nil {
		return nil, err
	}
	forces, err := c.force(tx, claim, bill, facts)
	if err != nil {
		return nil, err
	}
	frozen, err := dated.Freeze(c.Vocabulary, facts)
	if err != nil {
		return nil, err
	}
	if claim.place.id == "" {
		claim.place.id = tx.NewID()
	}
	var outside error
	for _, f := range forces {
		claim.place.day = daysOf(bill)[0]
		after, err := c.inForce(p, claim, joined(bill, facts, shown, subject.History{}), f)
		if fault.CodeOf(err) == "pack.out-of-force" { // the day that decides is another one of the bill's
			if outside == nil {
				outside = err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		after.frozen.Facts, after.frozen.Papers = frozen, papers
		return after, nil
	}
	return nil, outside
}

// billOf is what a claim's document says.
func (c *Claims) billOf(tx *store.Tx, claim *Claim) (*subject.Subject, error) {
	if claim.bill != nil {
		return claim.bill, nil
	}
	var kept document
	if err := c.open(tx, claim.Person, []string{claim.document}, &kept); err != nil {
		return nil, err
	}
	return c.read(kept)
}

// inForce settles a bill by what is adopted. Its place follows from the day that decides, which does not depend on history.
func (c *Claims) inForce(p *plan, claim *Claim, s *subject.Subject, f adoption.Force) (*outcome, error) {
	for {
		s.History = subject.History{Counters: p.history(p.chain.elsewhere(claim.place), claim.place), Invoices: p.invoices(claim)}
		result, err := settle.Settle(f.Basis, s)
		if err != nil {
			return nil, err
		}
		if result.Decided == claim.place.day || result.Decided == 0 {
			return c.outcome(claim, s, result, frozen{Adopted: adoptedAs(f)})
		}
		claim.place.day = result.Decided
	}
}

func (c *Claims) outcome(claim *Claim, s *subject.Subject, r *settle.Result, with frozen) (*outcome, error) {
	with.Counters = lookedAt(s.History, r)
	o := &outcome{result: r, subject: s, settled: keep(r, s, with.Adopted.ID), frozen: with}
	var err error
	if o.settled.Awaited, err = awaited(s, r); err != nil {
		return nil, err
	}
	o.moved, err = c.movements(claim.Person, claim.Series, o.settled.Figures)
	return o, err
}

// follow settles again what stands on a place or after it, in order, and notes what comes out otherwise.
func (c *Claims) follow(tx *store.Tx, p *plan, start place) error {
	var later []*Claim
	for _, claim := range p.chain.claims {
		if !claim.place.before(start) && !p.isGone(claim) {
			later = append(later, claim)
		}
	}
	if p.come != nil {
		later = append(later, p.come.claim)
		slices.SortFunc(later, byPlace)
	}
	standings, err := c.standings(tx, p.chain.person, later)
	if err != nil {
		return err
	}
	h := p.history(nil, start)
	for _, claim := range later {
		s := c.newStep(p, claim, standings[claim.ID])
		moved, err := c.settleAgain(tx, p, &s, h)
		if err != nil {
			return err
		}
		h = followed(h, moved)
	}
	if p.gone != nil {
		gone, err := c.standings(tx, p.chain.person, []*Claim{p.gone})
		p.steps[0].before = gone[p.gone.ID]
		return err
	}
	return nil
}

func (c *Claims) newStep(p *plan, claim *Claim, before *standing) step {
	if p.come != nil && p.come.claim == claim {
		return *p.come
	}
	return step{claim: claim, before: before}
}

// settleAgain settles one bill of the chain on a history, notes it when it comes out otherwise, and answers what it uses.
func (c *Claims) settleAgain(tx *store.Tx, p *plan, s *step, h []subject.Entry) ([]movement, error) {
	if s.after != nil && p.gone == nil { // the one that comes was settled on this very history
		p.steps = append(p.steps, *s)
		return s.after.moved, nil
	}
	var bill *subject.Subject
	var was frozen
	isShown := p.shown != nil && p.shown.claim == s.claim.ID
	if s.before != nil {
		bill, was = s.before.bill, s.before.frozen
	} else {
		bill, was = s.after.subject, s.after.frozen
	}
	if isShown {
		was.Papers = shownBesides(was.Papers, p.shown.facts)
	}
	after, err := c.repeat(tx, s.claim, bill, was, subject.History{Counters: append(p.chain.elsewhere(s.claim.place), h...), Invoices: p.invoices(s.claim)})
	if err != nil {
		if s.before == nil {
			return nil, err
		}
		return nil, followerStops(s.claim, err)
	}
	if s.before != nil && !isShown && after.settled.Figures.same(s.before.settled.Figures) && sameEntries(after.frozen.Counters, was.Counters) {
		return p.chain.moved[s.claim.ID], nil
	}
	s.after = after
	if p.come != nil && p.come.claim == s.claim {
		p.come.after = after
	}
	p.steps = append(p.steps, *s)
	return after.moved, nil
}

func sameEntries(a, b []frozenEntry) bool {
	return slices.EqualFunc(a, b, func(x, y frozenEntry) bool {
		return x.Counter == y.Counter && slices.Equal(x.Key, y.Key) && x.Day == y.Day && x.Amount == y.Amount && x.Count == y.Count
	})
}

// repeat settles a bill with frozen facts on a history.
func (c *Claims) repeat(tx *store.Tx, claim *Claim, bill *subject.Subject, was frozen, h subject.History) (*outcome, error) {
	basis, err := c.basis(tx, was.Adopted)
	if err != nil {
		return nil, err
	}
	facts, err := c.thaw(was.Facts)
	if err != nil {
		return nil, err
	}
	papers, err := c.thaw(was.Papers)
	if err != nil {
		return nil, err
	}
	s := joined(bill, facts, papers, h)
	result, err := settle.Settle(basis, s)
	if err != nil {
		return nil, err
	}
	return c.outcome(claim, s, result, was)
}

// standings reads what stands of claims, by claim; those without a settlement are left out.
func (c *Claims) standings(tx *store.Tx, person string, claims []*Claim) (map[string]*standing, error) {
	found := map[string]*standing{}
	var sealed []string
	var into []any
	var documents []*document
	var settled []*Claim
	for _, claim := range claims {
		if claim.Version == 0 {
			continue
		}
		var frozen, result string
		if err := tx.QueryRow(`SELECT frozen, result FROM claim_settlement WHERE county_code = ?1 AND claim_id = ?2 AND version = ?3`, tx.County, claim.ID, claim.Version).Scan(&frozen, &result); err != nil {
			return nil, err
		}
		s, d := &standing{}, &document{}
		found[claim.ID], documents, settled = s, append(documents, d), append(settled, claim)
		sealed, into = append(sealed, claim.document, frozen, result), append(into, d, &s.frozen, &s.settled)
	}
	if len(sealed) == 0 {
		return found, nil
	}
	if err := c.open(tx, person, sealed, into...); err != nil {
		return nil, err
	}
	for i, claim := range settled {
		bill, err := c.read(*documents[i])
		if err != nil {
			return nil, err
		}
		found[claim.ID].bill = bill
	}
	return found, nil
}

// onceACycle refuses a second settlement of a cycle for the same illness: the bills of a cycle are settled together.
func (c *Claims) onceACycle(tx *store.Tx, p *plan, after *outcome) error {
	if after.settled.Over != "cycle" {
		return nil
	}
	var others []*Claim
	for _, claim := range p.chain.claims {
		if !p.isGone(claim) {
			others = append(others, claim)
		}
	}
	standings, err := c.standings(tx, p.chain.person, others)
	if err != nil {
		return err
	}
	for _, claim := range others {
		s := standings[claim.ID]
		f := s.settled.Figures
		if s.settled.Settlement == after.settled.Settlement && f.From == after.settled.Figures.From && sameIllness(s.bill, after.subject) && payable(f.Verdict) {
			return cycleSettled(claim, f)
		}
	}
	return nil
}

func sameIllness(a, b *subject.Subject) bool {
	one, oneKnown := a.Facts.At("visit.diagnosis", visitDay(a))
	two, twoKnown := b.Facts.At("visit.diagnosis", visitDay(b))
	return oneKnown == twoKnown && (!oneKnown || one.Value == two.Value)
}
