package settle

import (
	"doudi/decide/counter"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Result is one bill divided: who pays what, in the legal order, and what stays with the patient. Of a result that is
// known, the payments that are not inside a group and the patient's share add up to the bill to the fen.
type Result struct {
	Basis      *policy.Basis
	Settlement *policy.Settlement   // nil when no settlement certainly claims the bill
	Possible   []*policy.Settlement // which may claim it, when facts are missing to tell
	Verdict    explain.Verdict
	Decided    period.Day  // chose the pack's version; 0 while it is not known
	Status     period.Day  // when facts were read; 0 while it is not known
	Span       period.Span // the visit or the cycle; empty for an application, or while it is not known

	Reasons  []explain.Reason // the settlement's gates, in order
	Bill     subject.Vector   // as billed, by part
	Payers   []Payment        // in legal order; a group stands with its total before its members, which have Group set
	Patient  money.Fen
	Patients subject.Vector // what the patient bears, by part
	Known    bool           // the patient's share is known: false while documents are needed

	Groups    map[string]money.Fen // gross amount of each line group, and the total of each group of payers
	Counters  []counter.Movement   // in the order the settlement declares them; none while the gates are not met
	Missing   []string             // facts needed, by name
	Unmet     []fault.Text         // the gates that are not met, of the settlement and of its payers
	Due       *period.Day          // when payers must have paid; nil when none is stated or it is not known yet
	Invoices  []string             // those this settlement uses up, of an application
	Questions []string             // of the pack, that the result stands on
	Nearest   *Nearest             // nil unless exactly one gate stands between the bill and a payment
	Notch     bool                 // under the reading in force a fen more of fees may cost the patient more
}

// Payment is one payer's share.
type Payment struct {
	Payer       *policy.Payer
	Group       *policy.Payer // the group whose total it is a part of, or nil
	Amount      money.Fen
	Known       bool
	Provisional bool // a member of a group whose total stands and whose division is not final
	Given       bool // stated by the bill: settled upstream
	Drawn       subject.Vector
	Before      money.Fen        // what remained of the whole bill before this payer
	After       money.Fen        // and after it
	Reasons     []explain.Reason // the payer's own gates
	Detail      explain.Amount   // how the amount was computed; empty for a given amount
	Lines       []LinePayment    // of a payer that pays by line
	Note        fault.Text       // why it pays nothing, or what its amount waits for
}

// Own tells whether this pack decides the payment: it is not settled upstream.
func (p *Payment) Own() bool { return !p.Payer.Given }

// LinePayment is what a payer that pays by line takes of one of them.
type LinePayment struct {
	Index  int    // of the bill's lines, from 0
	Label  string // name or item
	Base   money.Fen
	Rate   money.Rate
	Amount money.Fen
	Drawn  subject.Vector
	Detail explain.Amount // how the rate was found; Value is the amount
}

// Nearest is what a single unmet gate stands in the way of.
type Nearest struct {
	Label  fault.Text // the gate
	Amount money.Fen  // what this pack's own payers would pay together
	Known  bool
}
