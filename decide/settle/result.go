package settle

import (
	"doudi/decide/counter"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Result is one bill divided: who pays what, in the legal order, and what stays with the patient. Where the patient's
// share is known, it and the payments that are not inside a group add up to the bill to the fen.
type Result struct {
	Basis      *policy.Basis
	Settlement *policy.Settlement   // nil when no settlement certainly claims the bill
	Possible   []*policy.Settlement // which may claim it, when facts are missing to tell
	Verdict    explain.Verdict
	Decided    period.Day  // chose the pack's version; 0 while it is not known
	Status     period.Day  // when facts were read; 0 while it is not known
	Span       period.Span // the visit or the cycle; empty for an application, or while it is not known

	Reasons      []explain.Reason // the settlement's gates, in order
	Bill         subject.Vector   // as billed, by part
	Payers       []Payment        // in legal order; a group stands with its total before its members, which have Group set
	Patient      money.Fen
	PatientParts subject.Vector // what the patient bears, by part
	PatientKnown bool           // false while documents are needed to know it

	Groups    map[string]money.Fen // gross amount of each line group, and the total of each group of payers
	Counters  []counter.Movement   // in written order; none unless the bill is settled
	Missing   []string             // facts needed, by name; bill.paid.<id> is what an upstream payer has paid
	Unmet     []fault.Text         // labels of the gates that are not met, the settlement's and its payers'
	Due       *period.Day          // when payers must have paid; nil when none is stated or it is not known yet
	Invoices  []string             // those this settlement uses up, of an application
	Questions []string             // of the pack, that the result stands on
	Nearest   *Nearest             // nil unless exactly one gate stands between the bill and a payment
	Notch     bool                 // under the reading in force a fen more of fees may move the patient's share by more than a fen, up or down
}

// Payment is one payer's share.
type Payment struct {
	Payer       *policy.Payer
	Group       *policy.Payer // the group whose total it is a part of, or nil
	Amount      money.Fen
	Known       bool
	Provisional bool // a part of a group whose total stands and whose division does not yet
	Given       bool // stated by the bill: settled upstream
	Traced      bool // what remained at its turn is known, so Drawn, Before and After are
	Drawn       subject.Vector
	Before      money.Fen        // what remained of the whole bill before this payer
	After       money.Fen        // and after it
	Reasons     []explain.Reason // the payer's own gates
	Detail      explain.Amount   // how the amount was computed; empty for a stated one
	Steps       []Step           // the settlement's named steps that the amount stood on, in written order
	Lines       []LinePayment    // of a payer that pays by line, those it pays something of
	Note        fault.Text       // why it pays nothing, or what its amount waits for
}

// Own tells whether this pack decides the payment: its payer is not one of those settled upstream.
func (p *Payment) Own() bool { return !p.Payer.Given }

// Step is a named step of the settlement as it was computed for one payer.
type Step struct {
	Name     string // as expressions call it
	Figure   rule.Figure
	Rounding *money.Rounding // nil when nothing was rounded
}

// LinePayment is what a payer that pays by line takes of one of them.
type LinePayment struct {
	Index  int    // of the bill's lines, from 0
	Label  string // name or item
	Base   money.Fen
	Rate   money.Rate
	Amount money.Fen
	Drawn  subject.Vector
	Uses   []explain.Use // what the rate stood on
}

// Nearest is what a single unmet gate stands in the way of.
type Nearest struct {
	Label  fault.Text // the gate
	Amount money.Fen  // what this pack's own payers would pay together
	Known  bool       // false when further facts would be needed to say
}
