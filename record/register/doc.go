// Package register is the county's register: its divisions, its households and their members through time, its people and what
// is known about them, and their moves between counties.
//
// # What is kept
//
// Everything is a dated statement (package dated): true from a day to a day, with its source, the paper that shows it and the
// day it was learnt. Nothing is overwritten. [Register.Subject] answers what a decision may use about a person as it was
// known on any day, past ones included.
//
//   - Facts carry the names of the vocabulary (person.birth, household.income_per_head) and are checked by it: type, words,
//     range, format. household.size is counted from the members, person.death recorded by [Register.Die]; neither is stated.
//   - Rosters are dated memberships (roster.dibao). Who is not on a roster is “unknown”, unless the county keeps that roster
//     complete from some day on ([Register.KeepRoster]); then it is “no”.
//   - A person belongs to at most one household on any day, a household with members has exactly one head (relation "head").
//     A member who leaves, dies or moves stays a member up to and including the last day.
//   - A household's facts reach its members for the days of their membership.
//   - What is stated may name its evidence: a document in the archive of the person or household (package file).
//
// # Protection
//
// Facts of any sensitivity but plain, names and addresses are sealed under a key of the person or household, with their source and
// evidence. Who belongs to which household stays readable as a pair of ids, so that a household can be counted after a member's
// key was destroyed. Persons are found
// through blind tokens (SM3-HMAC): of the identity number, and of every beginning of the name and of its pinyin initials, and
// of the village and town they are registered in, so that whoever looks there reads nothing of others. The
// tokens tell who has the key nothing but what was asked for, and who has it not that two rows begin alike.
//
// # Many at once
//
// A roll with hundreds of thousands of people is registered in commands of a thousand or so, each within [Register.Bulk]: the same acts with the same checks, whose
// questions and rows travel together.
//
// # Moves between counties
//
// A move is three acts, each in one county's transaction. [Register.Offer] ends the person's time here on a last day
// and answers a document, signed with the county's key, that carries the person's facts, counters, debts and open cases. [Register.Accept] there opens the
// person from the next day, or [Register.Refuse] there takes nothing; either answers a signed receipt, once. [Register.Answered] here keeps the
// receipt, and after a refusal opens the person again. An offer cannot be taken back without a refusal, for it may have been
// accepted already. Each act may be repeated with the same document and does nothing twice.
//
// A bill of the time before the move may still be settled here after the offer. [Register.Tell] then answers a signed [Supplement], which says anew what was used here;
// [Register.Hear] takes it in wherever the person is known, the newest one once, and says whether the person has moved on, so that it is handed on.
//
// # Demonstrations
//
// Identity numbers of the fictional county (they begin with 9999) are refused unless the county was marked as a demonstration
// by [Register.MarkDemo] before anybody was registered; there real ones are refused.
package register
