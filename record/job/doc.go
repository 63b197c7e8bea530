// Package job does in the background what takes longer than anybody waits for: reading, applying and taking back imports, runs, batches, simulations and verifications of the whole record.
//
// # A job
//
// A [Job] says what is to be done, who asked for it and when, and where it stands:
//
//	waiting ──→ running ──→ done
//	   │           ├──────→ failed ────┐
//	   └───────────┴──────→ cancelled ─┴──→ waiting, when somebody tries it again
//
// [Jobs.Start] keeps it in the transaction of who asks, so that it exists exactly if that is kept. The work itself is that of the other packages, in the name of who
// asked. It is idempotent and goes on where it stopped; so a job may be begun again at any time, and nothing is done twice. Two jobs never work on one
// thing: asking again answers the job there is, asking for something else is refused.
//
// # Who works
//
// A [Worker] works in any process, on any machine ([Worker.Run]). The queue of package store hands each job to one of them. Whoever works on a job has its own
// sign on it and moves its pulse. When a pulse stands still, whoever notices takes the sign off and wakes the next; should the first one live after all, it
// finds its sign gone and stops. The pulse is a number and is watched by the watcher's own ticks, so that clocks that differ between machines do no harm. A job whose
// workers go away again and again without getting anything done fails, or it would take down one process after the other.
//
// Whoever is told to stop puts the job back, and the next goes on at once. A database that cannot be reached is like a worker that went away: when it is back, somebody goes on.
//
// # Progress
//
// Progress is what the work itself counts, in its own unit ([Job.Unit]): rows, people, parts. Where the work cannot count (a batch is one transaction) there is none. The time left
// is told only when enough was measured to tell ([Job.Left]).
//
// # Who may see it
//
// A job is seen and moved by those who may see and do the work it is for. That is for who serves people to decide, by the kind: [Filter.Kinds] chooses, and nothing of other kinds is read.
package job
