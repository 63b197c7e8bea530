// Package claim takes a medical bill from the day it comes in to the day it is paid for or taken back: received, previewed, confirmed,
// reversed. Each act is one transaction: the settlement, the counters it moves, the money it speaks for, and the audit entry
// are kept together or not at all.
//
// # A bill
//
// [Claims.Receive] keeps a bill of a registered person at a provider as it was written, sealed under the person's key. The same
// bill again is the same claim; the same number with another content is refused. A bill that was reversed may be replaced by another.
//
// # Settling
//
// What a bill is settled with is gathered on the spot: the person's facts from the register and the provider's, as known on the day
// of the command; the pack the county has adopted for the day the bill is decided by; what the person's earlier bills used of
// the counters. Package settle does the rest. [Claims.Preview] shows what would come of it; [Claims.Confirm] does it over again and keeps it. Facts and
// used counters are frozen with the result, pack and adoption are named by hash and id, so that [Claims.Statement] computes the
// same again at any time.
//
// # The chain
//
// The bills of one person under one series of packs stand in the order of the days they are decided by; of one day in the order in
// which they were confirmed. A bill stands on those before it: what they used of a counter is not there any more. So a bill that comes late,
// is reversed or replaced changes what stands after it: those bills are settled again, in order, with the facts frozen when
// they were confirmed, and only the differences are posted. The result depends on the bills alone, not on when they came in. A
// bill after it that cannot be settled any more stops the act (claim.follower).
//
// Two acts on one chain go one after the other: each begins by writing the chain's own row.
//
// # Papers that follow
//
// A pack may let papers follow a bill: a step of a procedure that has a deadline and shows facts. Where nothing else is wanting
// such a bill is confirmed although it is not payable: its own payers pay nothing, and [Claims.PapersDue] says what may be handed
// in until when. [Claims.HandIn] records a document on file and what it shows, which stands from then on instead of what the bill
// says: the bill is settled again in its place, those after it too, and the settlement before stays as a version. What comes
// after the last day is refused with the clause. A bill that replaces another says everything itself.
//
// # Advances
//
// Where a bill cannot be settled at discharge, because what others pay is not known, the hospital puts up the costs (垫付) against
// a deposit or nothing: [Claims.Advance] receives the bill and keeps that. When the amounts are known the bill is completed
// ([Claims.Complete]) or, if nothing was wanting, confirmed; the advance is closed with it, and what is left between patient and
// hospital is the patient's share without the deposit; what happens to the bill later does not open it again. [OpenAdvances]
// lists what a hospital waits for, [AdvancesByHospital] how much all of them do.
//
// # Counters
//
// A movement is kept with its day and its window (a calendar year, the year that ends on the day). claim_counter holds for every
// window that was asked for how much of it is used; a movement changes all windows that hold its day, its own only by an
// update that keeps it within the cap. What is given back goes first, so that an amount may pass from one bill to another.
//
// # Moves
//
// Who moves to another county takes along what was used of counters: [Claims.Carry] for the offer, [Claims.Arrive] in the transaction that
// accepts it. What was used elsewhere cannot be settled again from here; it stands before every bill first settled after it was
// learnt. A bill of the time before the move is settled where the person was; what it changed is told to the county there by a signed supplement:
// [Claims.Untold] lists whose, [Claims.Used] what, [Claims.Learn] takes it over.
//
// # Money
//
// Each payment of the pack's own payers that has a fund is committed to the county's special account of that name (package fund),
// for the provider where the settlement is of a visit, for the person where it is of an application or a cycle, unless the bill
// says otherwise, with the day by which the settlement wants it paid: [fund.OutstandingOf] and [fund.OutstandingTo] list what is
// owed to whom by when. It stays pending until the month is closed. A smaller amount voids what is pending and commits what is
// left of it, returns what is owed, and of what was paid opens a [Recovery]: the payee owes it back ([Claims.Refund]).
//
// # What is needed to call it
//
// All functions take a [store.Tx] and act in its county, for its actor and at its instant. Results hold no facts of a person, so
// that they may be kept under an idempotency key; whoever may see more asks for the [Claims.Statement].
package claim
