// Package payment makes ready what is to be paid: the bank accounts of people, and batches that two persons have looked at.
//
// # Accounts
//
// An [Account] is stated of a person from a day to a day, with its source, and is only ever followed by another statement (package dated). Number,
// bank and holder stand under the person's key. The holder is the person, or, for a reason that is kept, the head of the person's household or
// a guardian. Whether the names still agree is asked again whenever a batch is made.
//
// # Batches
//
// A [Batch] is what one payer pays for one scheme and period of payment (the month, the quarter, the half-year … that the pack says). It is made from
// what the runs of package benefit call to be paid, each such amount once:
//
//	draft ──→ to check ──→ locked
//	  └──────────┴────→ void
//
// The maker makes the draft and hands it in; another person locks it or sends it back; either may make it void with a reason. A locked batch is
// never changed: what turns out wrong afterwards, the runs say as arrears or recoveries, and the next batch takes them up.
//
// A [Line] is one subject (a person or household) with what it gets: the sum of its [Item]s, amounts of single months. Each item is one line of
// one run and is in one batch that counts, which the database's key holds. A line whose account is missing or in another name is moved out with the
// reason, and so is one a person takes out; its items are taken up by the next batch of the scheme. Recoveries are set off against what the
// same subject is due; while they exceed it the line stays out, and the debt remains visible.
//
// Making a batch speaks for its money: each line has a pending commitment in the special account of the scheme, so the headroom is
// reserved from the draft on. Locking posts them; leaving out or making void gives the headroom back.
//
// # Reconciliation
//
// The sum of the lines, the sum of their items and what the special account holds for the batch are compared at every step, and the step is refused
// unless they are the same. [Payments.Verify] does it again for all batches and finds the line of a run behind each item.
package payment
