// Package fund keeps the special accounts (专账) of a county: what was received for a purpose, what of it is spoken for, what is owed
// and paid to whom, entry by entry and to the fen.
//
// # Funds and accounts
//
// A [Fund] belongs to one county, has a purpose, a first and a last day, and a list of allowed uses. It has accounts:
//
//	source         拨款来源  where the money comes from
//	bank           专户存款  money in a special bank account
//	limit          用款额度  what the treasury pays for the fund, up to that amount, without transferring it first
//	appropriation  用款      one for each allowed use: what was used for it
//	suspense       待结      spoken for, not yet owed
//	payable        应付      one for each payee: owed and not yet paid
//	reserve        预留      set aside
//
// # Entries
//
// Every change is an entry: lines on accounts, debit positive and credit negative, whose sum is zero. This is checked before
// anything is written and again by [TrialBalance] and [Verify]. Entries are never changed. Each line names its [Origin]: the
// settlement, the batch or the document it comes from.
//
// An entry is its lines and nothing besides, numbered from 1: each says of what fund, day and type the entry is, what it corrects,
// why, and who entered it when. Reading an account or an entry is reading one table, and entering a payment of a settlement
// writes three rows: the commitment and two lines. That the lines of an entry say the same is for [Verify] to find.
//
//	command    type     debit          credit         headroom   what it says
//	Receive    receive  bank           source         + amount   拨入: money arrived
//	Budget     budget   limit          source         + amount   下达用款额度: the treasury pays up to this
//	SetAside   reserve  source         reserve        − amount   预留; Release is the opposite
//	Commit     commit   appropriation  suspense       − amount   a settlement or batch line speaks for money
//	Post       post     suspense       payable        0          it is owed
//	Void       void     suspense       appropriation  + amount   it is not, after all
//	Pay        pay      payable        bank or limit  0          it was paid
//	Bounce     bounce   bank or limit  payable        0          退票: the payment came back and is still owed
//	Return     return   payable or     appropriation  + amount   退回: no longer owed, or paid and refunded
//	                    bank or limit
//	Adjust     adjust   as the entry it corrects      ± the difference
//
// A commitment is pending, then posted or voided, exactly once. How long it may stay pending is its owner's business.
// A posted one is paid and returned in parts if need be; amount = paid + returned + still owed. Pending or owed, it is outstanding.
// A commitment may say by which day it must be paid: [OutstandingOf] lists what a fund has to pay and to whom, [OutstandingTo] what
// all funds have to pay to one payee; [TotalsOf] and [TotalsTo] add up, with what is overdue.
// What was received, granted or set aside by mistake is put right by [Adjust]; what was committed, posted or paid by mistake by
// Void, Return and Bounce, so that the correction carries the same origin.
//
// # No overspending
//
// What may still be committed is the headroom: received + granted − set aside − committed + voided + returned, which in terms of
// balances is −(source + appropriation). It never becomes negative, and what is paid from a bank or limit account is
// there.
//
// No row is shared by all commits. The headroom is divided over the fund's blocks; receiving spreads evenly, a commit takes from
// the block its id falls on, by an update that holds only if the block has enough. If it has not, the same transaction draws on the
// following blocks too, and refuses only when all together are short. So the last 100 yuan are spent exactly once however many ask for them,
// and nobody is refused while they are there. Giving back goes to the block the commitment's id falls on.
//
// What a payment takes from a bank or limit account is checked against the sum of its lines: payments come in batches, so that
// there they may wait for one another.
//
// # Use
//
// All functions take a [store.Tx] and act in its county, for its actor and at its instant, so that a settlement, its counters and its
// postings are kept together or not at all. Repeating a command under its key does nothing twice (see [store.Store.Write]).
// Besides, an origin commits to a fund once, whatever the key.
//
// No name of a person is kept here: a payee is a provider or a person by id.
package fund
