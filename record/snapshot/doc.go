// Package snapshot keeps a picture of a county's register from which everybody can be decided: what is known of each person and household
// through all time, as columns, chunk by chunk.
//
// # Refreshing
//
// [Snapshots.Refresh] reads again those of whom something was said since (the feed of package dated), and only those, and writes them as
// new chunks. A row of an older chunk counts no more when a newer one has the party. Each refresh that reads anything is a generation; whoever
// remembers the last generation it saw asks for what is newer ([Changes]). A refresh is many small transactions: one that was killed goes on
// where it stopped, and two at once share the work.
//
// # Columns
//
// A [Chunk] holds some hundred to a thousand parties, and of each fact one column: rows, days, sources and values, each value written once. Numbers
// and identity numbers of persons are not in it, nor are names, which no rule asks for. [Chunk.Subject] is what a decision may use of one of its rows; an evaluator of whole
// columns finds them in [Chunk.Columns].
//
// # Protection
//
// A chunk is sealed under the county's own key. Somebody whose key was destroyed is not read again, and the next refresh writes every chunk
// without them.
package snapshot
