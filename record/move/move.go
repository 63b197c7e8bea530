// Package move hands people over to other counties and takes them in. It puts together what the subjects of the record carry: of the register who the
// person is and what is known, of package claim what was used of counters, of package benefit the last months paid and what is owed.
//
//	here                        there
//	Offer     ── document ──→   Accept or Refuse
//	Answered  ←── receipt ───
//	Tell      ── document ──→   Hear             when a bill of the time before the move is settled or taken back later
//
// Documents are signed by the county that writes them and are kept letter by letter, by whatever way they travel. Each step is one transaction
// and leaves an entry in the log; a document that comes twice changes nothing the second time.
//
// # Households
//
// People are offered one by one. What a household is paid and owes belongs to those of it who stay: with who leaves alone, head or not, goes nothing of it, and the new
// head is paid from then on. When nobody stays the household itself has moved, and goes with whoever leaves last: for the months it was paid for here it
// is paid nowhere else, and its debts are the same household's there. It keeps its id, and has a home again when one of those who came of it is registered as the head
// of a household; that is done once all have come. Who opens a household there before has a new one, which starts without the old one's past.
package move

import (
	"encoding/json"
	"slices"
	"strings"

	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/benefit"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/payment"
	"doudi/record/register"
	"doudi/record/store"
)

// Moves hands over and takes in. It may be used by many goroutines.
type Moves struct {
	Register *register.Register
	Claims   *claim.Claims
	Benefits *benefit.Benefits
	Log      *audit.Log
}

// Leaving is somebody's move to another county.
type Leaving struct {
	Person string
	To     string              // county code
	Last   period.Day          // the last day on which the person is this county's
	Next   register.Succession // who is head when the head of the household goes
	Said   dated.Said
}

// Offer ends a person's time here and answers the document for the other county. Codes: those of [register.Register.Offer].
func (m *Moves) Offer(tx *store.Tx, l Leaving) (register.Signed, error) {
	var c register.Carried
	var err error
	if c.Counters, err = m.Claims.Carry(tx, l.Person); err != nil {
		return register.Signed{}, err
	}
	if c.Paid, c.Debts, err = m.carry(tx, l.Person); err != nil {
		return register.Signed{}, err
	}
	if c.Whole, err = m.whole(tx, l); err != nil {
		return register.Signed{}, err
	}
	signed, err := m.Register.Offer(tx, l.Person, l.To, l.Last, c, l.Next, l.Said)
	if err != nil {
		return register.Signed{}, err
	}
	return signed, m.note(tx, "move.offer", l.Person, map[string]any{"to": l.To, "last": l.Last.String(), "counters": len(c.Counters), "paid": len(c.Paid), "debts": len(c.Debts), "household": c.Whole != nil})
}

// whole is the household that goes with who leaves, nil when others of it stay: then what it is due and owes stays with them.
func (m *Moves) whole(tx *store.Tx, l Leaving) (*register.Whole, error) {
	household, err := m.Register.Goes(tx, l.Person, l.Last)
	if err != nil || household == "" {
		return nil, err
	}
	w := &register.Whole{ID: household}
	w.Paid, w.Debts, err = m.carry(tx, household)
	return w, err
}

// carry is what a person or household was paid here and owes.
func (m *Moves) carry(tx *store.Tx, subject string) (paid []register.PaidThrough, debts []register.Debt, err error) {
	if paid, debts, err = m.Benefits.Carry(tx, subject); err != nil {
		return nil, nil, err
	}
	debts, err = m.outstanding(tx, subject, debts)
	return paid, debts, err
}

// Owed is what a person or household owes here, and what other counties handed over. Of a scheme that is paid by batches it is what they paid beyond what is due for the months
// that were called; of another, everything that was called is taken as paid.
func (m *Moves) Owed(tx *store.Tx, person string) ([]register.Debt, error) {
	debts, err := m.Benefits.Debts(tx, person)
	if err != nil {
		return nil, err
	}
	return m.outstanding(tx, person, debts)
}

func (m *Moves) outstanding(tx *store.Tx, person string, debts []register.Debt) ([]register.Debt, error) {
	paid, err := payment.Paid(tx, person)
	if err != nil {
		return nil, err
	}
	due, err := benefit.Called(tx, person)
	if err != nil {
		return nil, err
	}
	for i := range debts {
		scheme, own := strings.CutPrefix(debts[i].ID, person+"/")
		if paid, inBatches := paid[scheme]; own && inBatches {
			debts[i].Amount = max(paid-due[scheme], 0)
		}
	}
	return slices.DeleteFunc(debts, func(d register.Debt) bool { return d.Amount == 0 }), nil
}

// Accept takes in a person with everything that was handed over. Codes: those of [register.Register.Accept].
func (m *Moves) Accept(tx *store.Tx, s register.Signed) (register.Arrival, error) {
	a, err := m.Register.Accept(tx, s)
	if err != nil || a.Replayed {
		return a, err
	}
	if err := m.Claims.Arrive(tx, a); err != nil {
		return a, err
	}
	if err := m.Benefits.Arrive(tx, a); err != nil {
		return a, err
	}
	return a, m.note(tx, "move.accept", a.Person, map[string]any{"transfer": a.Transfer.ID, "from": a.Transfer.From})
}

// Refuse answers that the county does not take the person, with the reason. Codes: those of [register.Register.Refuse].
func (m *Moves) Refuse(tx *store.Tx, s register.Signed, reason string) (register.Signed, error) {
	receipt, err := m.Register.Refuse(tx, s, reason)
	if err != nil {
		return receipt, err
	}
	return receipt, m.note(tx, "move.refuse", "", map[string]any{"from": s.County})
}

// Answered keeps what the other county answered; after a refusal the person is this county's again. Codes: those of [register.Register.Answered].
func (m *Moves) Answered(tx *store.Tx, receipt register.Signed) (register.Answer, error) {
	a, err := m.Register.Answered(tx, receipt)
	if err != nil || a.Replayed {
		return a, err
	}
	return a, m.note(tx, "move.answered", a.Person, map[string]any{"county": receipt.County, "accepted": a.Accepted, "rejoined": a.Rejoined})
}

// Again is the document of an offer or of what was told, to be sent once more; the look is kept in the log. Code: register.transfer-unknown.
func (m *Moves) Again(tx *store.Tx, transfer string) (register.Signed, error) {
	s, err := m.Register.Offered(tx, transfer)
	if err != nil {
		return s, err
	}
	var t register.Transfer
	if err := json.Unmarshal([]byte(s.Content), &t); err != nil {
		return s, err
	}
	return s, m.note(tx, "move.again", t.Person, map[string]any{"transfer": transfer})
}

// Tell answers a document for the county a person has moved to, which says what was used of counters here. Codes: those of [register.Register.Tell].
func (m *Moves) Tell(tx *store.Tx, person string) (register.Signed, error) {
	counters, err := m.Claims.Used(tx, person)
	if err != nil {
		return register.Signed{}, err
	}
	s, err := m.Register.Tell(tx, person, counters)
	if err != nil {
		return s, err
	}
	return s, m.note(tx, "move.tell", person, map[string]any{"counters": len(counters)})
}

// Hear takes over what another county says anew of a person who came from there. Codes: those of [register.Register.Hear].
func (m *Moves) Hear(tx *store.Tx, s register.Signed) (register.Heard, error) {
	h, err := m.Register.Hear(tx, s)
	if err != nil || h.Replayed {
		return h, err
	}
	if err := m.Claims.Learn(tx, h); err != nil {
		return h, err
	}
	return h, m.note(tx, "move.hear", h.Person, map[string]any{"from": h.Supplement.From, "counters": len(h.Supplement.Counters)})
}

// Waiting is what is to be done about moves.
type Waiting struct {
	Unanswered []string // transfers that the other county has not answered, the oldest first
	Untold     []string // people who moved, and of whom the other county has to be told anew ([Moves.Tell]), by id
}

// Waiting lists what is to be done.
func (m *Moves) Waiting(tx *store.Tx) (w Waiting, err error) {
	if w.Unanswered, err = m.Register.Unanswered(tx); err != nil {
		return w, err
	}
	w.Untold, err = m.Claims.Untold(tx)
	return w, err
}

func (m *Moves) note(tx *store.Tx, name, person string, content map[string]any) error {
	note := audit.Note{Name: name, Subject: person, Content: content}
	if person != "" {
		note.Persons = map[string]any{person: nil}
	}
	_, err := m.Log.Record(tx, note)
	return err
}
