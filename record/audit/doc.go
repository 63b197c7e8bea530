// Package audit keeps who did what and who looked at what, so that nothing of it can be changed unnoticed, and so that personal
// content can be destroyed all the same.
//
// # Entries
//
// An entry says when, who, in which post, what was done or looked at, and whom it concerns. Entries are only ever added. Each
// carries the SM3 digest of all it says ([Entry.Digest]). [Log.Write] adds one for every command, in the command's own
// transaction; [Log.Look] one for a look at protected data.
//
// An entry is a row, and a second one for as long as it waits for its seal. The one person it concerns, as nearly all concern one, stands in
// it; only several stand beside it. By whom and about whom entries are is noted by the sealer, many at a time, so that no
// command keeps an index of it; [Search] and [About] read that, and the tail besides.
//
// # The chain
//
// Entries of one county must not wait for each other, so an entry does not name the one before. [Seal], which runs every second
// or so, takes the entries no seal covers yet, in the order of their ids, and adds a seal: number, instant, the digest over the entries'
// digests, and the digest of the seal before. Whoever changes, adds or removes a sealed entry changes every seal after it. What is not
// sealed yet is the tail; [Verify] tells how long it is.
//
// The order of the chain is the order of sealing. A clock that goes backwards changes nothing in it: an entry keeps the
// instant it was given, and a seal's instant is never before that of the previous one.
//
// # The monthly seal
//
// Somebody who can write the database can write a whole new chain. So each month's seals are exported to a file ([Export]) that
// is handed to somebody else, an auditor, who can check it without the database ([CheckOffline]), that it continues last
// month's ([Month.Follows]), and later whether the database still tells the same ([Month.Matches]).
//
// # Personal content
//
// What an entry says about a person stands under that person's key (SM4-GCM), which stands under a master key that is not in the
// database ([Keys]). The entry's digest covers the ciphertext. [Log.Destroy] empties the person's key: what it protected cannot be read
// any more by anybody, and the chain still verifies. Backups made before still hold the key and must end with it.
package audit
