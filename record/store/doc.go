// Package store is the one way to the database: transactions that know their instant, actor and county, on SQLite or on
// PostgreSQL, with one behaviour.
//
// # Transactions
//
// [Store.Write] runs one command in one transaction. Domain code is handed a [Tx] and nothing else: it has one instant (what
// the command was given, never a clock), one actor and one county. Everything done through it, its jobs ([Tx.Enqueue])
// included, is kept together or not at all. On PostgreSQL it is serializable and repeated when the database found a
// conflict, so the function must do nothing outside of the transaction. On SQLite there is one writer and many readers.
//
// A [Command] with a key is done once. The same key with the same content answers with the stored result; with other
// content it is refused (store.key-reused).
//
// # Speed
//
// Four things keep a transaction short. [Tx.Prefetch] and [Tx.Later] let what is asked and changed travel in two batches. [Standing] remembers
// what is made of data that seldom change. A command that says so ([Command.Together]) shares its transaction with those that come at the same
// time. And what such commands read is remembered for the next one ([Recall]). None of them changes what a command does: whatever is out of the ordinary is done again, by itself. See docs/decisions/0014.
//
// What a command expects never to find (a key that was used, a number that is taken) it does not ask for first: it writes, and
// when the row is there it answers [Surprise] and is called again with [Tx.Careful]. On PostgreSQL, asking for a row that is not there
// stands in the way of everybody who adds one beside it.
//
// # SQL
//
// A query is written once for both databases:
//
//   - Placeholders are ?1 ?2; a number may be used twice.
//   - Columns are TEXT or BIGINT. JSON and bytes are TEXT, truth is 0 or 1, a day is 2021-11-08, an instant is
//     [FormatInstant]'s text of fixed width, money is fen.
//   - county_code leads every primary key, unique key and foreign key and stands in every WHERE, so that the same tables can
//     be distributed by county. No triggers, no identity columns, no key across counties; ids are [Tx.NewID]'s.
//   - Text is ordered by its bytes on both databases: SQLite does so by itself, a PostgreSQL database of ours is created with
//     the collation C or orders by COLLATE "C".
//
// # Clocks that go backwards
//
// An instant earlier than that of the newest entry is kept as given: the record says what the command said. Ids of one
// process never go back all the same: they take the later of the command's instant and the last one used. Nothing
// relies on the order of instants; what is sealed is ordered by seal (see package audit).
//
// # Errors
//
// A database that is gone, full or slow is a fault of kind Unavailable: store.unavailable, store.disk-full,
// store.timeout, store.busy. Nothing is half written. The one case in which it cannot be known whether a command was kept (the
// connection broke during the commit) is store.outcome-unknown; a command with a key is asked again by itself, so it
// can happen only to commands without one, or to a database that stays away.
package store
