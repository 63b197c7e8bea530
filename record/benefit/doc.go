// Package benefit decides month by month what every person and household of a county is due, and keeps what was decided: only what differs
// from the month before is written, with the facts it stood on.
//
// # Determinations
//
// A [Determination] says what a subject (a person or a household) is due by a scheme from a month to a month, mostly until further
// notice. A later one counts in place of an earlier one for the months it names; nothing is overwritten. A scheme is named by the series of its pack
// and the id of its benefit block, example/elder-allowance, so that it stays the same when a new version of the pack is adopted.
//
// # Runs
//
// A [Run] looks at everybody for one month: computing, then in review, then approved by another person than its maker, or void. What it says counts
// from its approval. It holds what is different from what earlier runs determined: for its own month what is new, stopped or changed, for months before it
// arrears and recoveries, further what is held and what waits for documents or a review. Each [Difference] has the kind of its reason, and
// [Benefits.Explain] computes the whole explanation again from the facts frozen with it. Who is not in a run continues.
//
// What a subject is due for a month follows from what is known now, from the months before it and from what persons decided ([Benefits.Act]), and from
// nothing else. So it makes no difference whether months were run one by one or late and at once: each month ends up with the same
// amount, as arrears where it was late.
//
//   - A month is decided as it stands on its last day in the pack's time; who died in it, on the day of the death.
//   - A benefit that is due once in a longer period (a quarter, a school year, once) is due in the first month of the period in which its
//     conditions are met, and then stands for the period.
//   - What a document pays for the time before it was issued (its transitions) is due for those months, as arrears.
//   - A quota is selected in the first run of its period, over everybody then on the register, and stands for the period.
//   - What happens at an application or a visit (every: event) is no matter of runs.
//
// A run is cut into chunks. Each is decided from the snapshot of the county (package snapshot) and kept in one transaction, once: a
// run that was killed goes on where it stopped, and two who compute the same run share its chunks. There is one open run in a
// county; whoever starts the same month again goes on with it, and what has changed on the register meanwhile is looked at
// again, and only that.
//
// # What is paid
//
// Every approved run calls amounts to be paid: [Lines] are its amounts by person, scheme and month. For the run's own month that is what
// everybody is due, whether or not it changed; for months before it only the differences, which may be negative. The sum of the lines of all approved runs
// for a subject, scheme and month is what is determined and not held back for it. So who pays reads every approved run exactly once
// ([Approved], in the order of [Run.Number]), adds up the lines of its period (a quarter's are those of the runs of its three months), and neither pays
// twice nor leaves anything out:
//
//	for each run in benefit.Approved(tx, after)        // after: the last number that was taken over
//	    lines, next, err := b.Lines(tx, run.ID, benefit.LineFilter{Scheme: "example/elder-allowance"}, "", 500)
//
// A line says how its scheme is paid out ([Line.Paid], [Line.Fund], [Line.Payer], as its pack states them). What a person held back is in no line; once
// released, the next run calls it as arrears. A negative line is money that was paid, or is in a batch, and is not due: the receiver owes it.
// A scheme whose amount is in kind has no lines.
//
// # What persons decide
//
// An [Act] says that an application was approved, a review was done, an amount was set where the document leaves it to judgement, or that
// payment is to be held back, with the reason. It may be withdrawn by another act.
//
// # Moves
//
// [Benefits.Carry] is what an offer to another county hands over: the last month paid by each scheme, and what is owed. The months up
// to then stay due here although the person left. [Benefits.Arrive] takes over what another county handed over: those months are not due again here.
//
// # Reconciliation
//
// A run goes into review only if it closes: what stood before for its month, and its differences, make what the rules give for the month and what
// the determinations then in force add up to ([Balance]). [Benefits.Verify] computes every determination again from what was frozen.
package benefit
