package claim

import (
	"encoding/json"
	"strings"

	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/record/audit"
	"doudi/record/store"
)

// Preview is what would come of a bill now.
type Preview struct {
	Claim   Claim
	Result  *settle.Result   // for the renderer
	Subject *subject.Subject // it was settled for, without name and number
	Settled Settled
	Changes []Change // of bills after it
	Digest  string   // of all of it: Confirm can be told to keep to it
}

// Change is a bill whose settlement becomes another because of an act.
type Change struct {
	Claim  string    `json:"claim"`
	Number string    `json:"number"`
	Before money.Fen `json:"before"` // what the pack's own payers pay together
	After  money.Fen `json:"after"`
}

// Confirmation is what an act did, without anything about the person.
type Confirmation struct {
	Claim   string    `json:"claim"`
	Version int       `json:"version"`           // of the settlement that counts now
	Own     money.Fen `json:"own"`               // what the pack's own payers pay together
	Patient money.Fen `json:"patient"`           // what stays with the patient
	Due     string    `json:"due,omitempty"`     // the day by which payers must have paid
	Changes []Change  `json:"changes,omitempty"` // bills after it that were settled again
	Awaited *Awaited  `json:"awaited,omitempty"` // papers without which the own payers pay nothing
	Advance *Advance  `json:"advance,omitempty"` // that is closed with it
}

// Preview shows what would come of a bill now, for a purpose that is kept in the log. Counters, money and other bills stay as they are.
// Codes: claim.unknown, claim.state; those of the register, the providers and [adoption.Adoptions.InForce];
// claim.after-death, claim.follower; those of package settle.
func (c *Claims) Preview(tx *store.Tx, id, purpose string) (*Preview, error) {
	claim, err := Get(tx, id)
	if err != nil {
		return nil, err
	}
	if claim.State != Previewed && claim.State != Advanced {
		if err := claim.move(tx, Previewed, Received); err != nil {
			return nil, err
		}
	}
	ch := newChain(claim.Person, claim.Series)
	if err := c.load(tx, ch); err != nil {
		return nil, err
	}
	p, err := c.plan(tx, ch, &claim, nil)
	if err != nil {
		return nil, err
	}
	if _, err := c.Log.Look(tx, audit.Note{Name: "claim.preview", Subject: claim.ID, Content: map[string]string{"purpose": purpose}, Persons: map[string]any{claim.Person: nil}}); err != nil {
		return nil, err
	}
	digest, err := c.digest(p)
	after := p.come.after
	return &Preview{Claim: claim, Result: after.result, Subject: after.subject, Settled: after.settled, Changes: p.changes(), Digest: digest}, err
}

// changes are the bills that change besides the one that comes and the one that goes.
func (p *plan) changes() []Change {
	var list []Change
	for i := range p.steps {
		if s := &p.steps[i]; s.cause(p) == byFollow {
			list = append(list, Change{s.claim.ID, s.claim.Number, s.before.settled.Figures.own(), s.after.settled.Figures.own()})
		}
	}
	return list
}

// digest stands for what comes of a bill and of those after it; blind, because amounts can be guessed.
func (c *Claims) digest(p *plan) (string, error) {
	text, err := json.Marshal([]any{p.come.after.settled.Figures, p.changes()})
	return c.Token("claim preview\n" + string(text)), err
}

// Confirm settles a bill and keeps it. seen is the digest of the preview that was shown to somebody, or "": if other figures come
// out now, nothing is done (claim.changed). Codes: those of [Claims.Preview]; claim.changed; claim.not-payable,
// claim.not-concerned, claim.documents-needed (kind Missing); claim.cycle-settled, claim.counter-full, claim.invoice-used,
// claim.division-open; those of [fund.Commit].
func (c *Claims) Confirm(tx *store.Tx, id, seen string) (Confirmation, error) {
	claim, err := Get(tx, id)
	if err != nil {
		return Confirmation{}, err
	}
	if !claim.isOpen() {
		return Confirmation{}, wrongState(&claim)
	}
	advanced := claim.State == Advanced
	ch, err := c.lock(tx, &claim)
	if err != nil {
		return Confirmation{}, err
	}
	done, err := c.settle(tx, ch, &claim, nil, seen)
	if err == nil && advanced {
		err = c.closeAdvance(tx, claim.ID, &claim, &done)
	}
	return done, err
}

// isOpen tells whether a bill waits to be settled.
func (c *Claim) isOpen() bool {
	return c.State == Received || c.State == Previewed || c.State == Advanced
}

// Settle receives a bill and confirms it in one act. Codes: those of [Claims.Receive] and [Claims.Confirm].
func (c *Claims) Settle(tx *store.Tx, b Bill) (Confirmation, error) {
	if tx.Careful || b.Replaces != "" {
		claim, err := c.Receive(tx, b)
		if err != nil {
			return Confirmation{}, err
		}
		return c.Confirm(tx, claim.ID, "")
	}
	done, err := c.settleNew(tx, b)
	if fault.CodeOf(err) != "" { // it may be wrong only because the bill is not new
		err = store.Surprise()
	}
	return done, err
}

// settleNew is Settle for a bill whose number nobody used, which it finds out only when it is written.
func (c *Claims) settleNew(tx *store.Tx, b Bill) (Confirmation, error) {
	claim, token, err := c.newClaim(tx, b)
	if err != nil {
		return Confirmation{}, err
	}
	tx.PrefetchStanding()
	c.Register.Prefetch(tx, b.Person)
	prefetchChain(tx, b.Person, b.Series)
	if err := c.known(tx, b); err != nil {
		return Confirmation{}, err
	}
	ch, err := c.lock(tx, &claim)
	if err != nil {
		return Confirmation{}, err
	}
	claim.token, claim.unkept = token, true
	if claim.document, err = c.seal(tx, b.Person, document{b.Name, string(b.Content)}); err != nil {
		return Confirmation{}, err
	}
	return c.settle(tx, ch, &claim, nil, "")
}

// settle confirms a bill, instead of another that is to be reversed; nil for none.
func (c *Claims) settle(tx *store.Tx, ch *chain, claim, instead *Claim, seen string) (Confirmation, error) {
	p, err := c.plan(tx, ch, claim, instead)
	if err != nil {
		return Confirmation{}, err
	}
	after := p.come.after.settled
	if !after.confirmable(today(tx)) {
		return Confirmation{}, notSettled(after)
	}
	if seen != "" {
		if now, err := c.digest(p); err != nil || now != seen {
			return Confirmation{}, orChanged(err)
		}
	}
	if err := c.apply(tx, p, claim); err != nil {
		return Confirmation{}, err
	}
	act := "claim.settle"
	if claim.State != Confirmed { // it was received before
		act = "claim.confirm"
		if err := claim.move(tx, Confirmed, claim.State); err != nil {
			return Confirmation{}, err
		}
	}
	done := Confirmation{Claim: claim.ID, Version: claim.Version, Own: after.Figures.own(), Patient: after.Figures.Patient, Due: after.Figures.Due, Changes: p.changes(), Awaited: after.Awaited}
	content := map[string]string{"pack": after.Pack, "version": after.Version, "hash": after.Hash, "adoption": after.Adoption, "changed": ids(done.Changes)}
	return done, c.record(tx, act, claim, content, nil)
}

func ids(changes []Change) string {
	var list []string
	for _, change := range changes {
		list = append(list, change.Claim)
	}
	return strings.Join(list, " ")
}

// Reverse takes a bill back: what it moved and committed is given back, and the bills after it are settled again. One that was not confirmed is
// only put aside. Codes: claim.unknown, claim.state, claim.reason-missing, claim.follower, and those of package fund.
func (c *Claims) Reverse(tx *store.Tx, id, reason string) (Confirmation, error) {
	claim, err := Get(tx, id)
	if err != nil {
		return Confirmation{}, err
	}
	if strings.TrimSpace(reason) == "" {
		return Confirmation{}, reasonMissing()
	}
	was := claim.State
	if err := claim.move(tx, Reversed, Received, Previewed, Advanced, Confirmed); err != nil {
		return Confirmation{}, err
	}
	done := Confirmation{Claim: claim.ID}
	switch was {
	case Confirmed:
		done.Changes, err = c.undo(tx, &claim)
	case Advanced:
		err = withdrawAdvance(tx, claim.ID)
	}
	if err != nil {
		return Confirmation{}, err
	}
	done.Version = claim.Version
	return done, c.record(tx, "claim.reverse", &claim, map[string]string{"changed": ids(done.Changes)}, map[string]string{"reason": strings.TrimSpace(reason)})
}

// undo takes back what a confirmed bill did.
func (c *Claims) undo(tx *store.Tx, claim *Claim) ([]Change, error) {
	ch, err := c.lock(tx, claim)
	if err != nil {
		return nil, err
	}
	p, err := c.plan(tx, ch, nil, claim)
	if err != nil {
		return nil, err
	}
	return p.changes(), c.apply(tx, p, claim)
}

// Replace reverses a confirmed bill and settles another in its place, in one act: of the bills after it only what differs in
// the end is posted. b.Replaces is the bill that goes. Codes: those of [Claims.Receive], [Claims.Confirm] and [Claims.Reverse].
func (c *Claims) Replace(tx *store.Tx, b Bill, reason string) (Confirmation, error) {
	old, err := Get(tx, b.Replaces)
	if err != nil {
		return Confirmation{}, err
	}
	if strings.TrimSpace(reason) == "" {
		return Confirmation{}, reasonMissing()
	}
	if err := old.move(tx, Reversed, Confirmed); err != nil {
		return Confirmation{}, err
	}
	ch, err := c.lock(tx, &old)
	if err != nil {
		return Confirmation{}, err
	}
	claim, err := c.Receive(tx, b)
	if err != nil {
		return Confirmation{}, err
	}
	if claim.State != Received || claim.ID == old.ID { // the very bill that was to be replaced
		return Confirmation{}, cannotReplace(&old)
	}
	claim.place.id = old.place.id // it takes the other's place among bills of the same day
	done, err := c.settle(tx, ch, &claim, &old, "")
	if err != nil {
		return Confirmation{}, err
	}
	return done, c.record(tx, "claim.reverse", &old, map[string]string{"by": claim.ID}, map[string]string{"reason": strings.TrimSpace(reason)})
}

// Statement is a settlement as it stands, computed again from what was frozen, with the words it was explained in then. Whoever shows it
// to somebody records a look. Codes: claim.unknown, claim.state when there is none.
func (c *Claims) Statement(tx *store.Tx, id string) (*settle.Result, *subject.Subject, Settled, error) {
	claim, err := Get(tx, id)
	if err != nil {
		return nil, nil, Settled{}, err
	}
	if claim.State != Confirmed {
		return nil, nil, Settled{}, wrongState(&claim)
	}
	standings, err := c.standings(tx, claim.Person, []*Claim{&claim})
	if err != nil {
		return nil, nil, Settled{}, err
	}
	s := standings[claim.ID]
	again, err := c.repeat(tx, &claim, s.bill, s.frozen, s.frozen.history())
	if err != nil {
		return nil, nil, Settled{}, err
	}
	return again.result, again.subject, s.settled, nil
}
