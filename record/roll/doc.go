// Package roll brings the rolls of offices into the register: a file is staged row by row, every row gets a verdict, a person looks at what would
// change, applies it, and can take the whole back.
//
// # The way of an import
//
// [Rolls.Receive] keeps a file, sealed. [Rolls.Stage] reads its rows and compares them with the register. [Rolls.Apply] does what the
// verdicts say, and [Rolls.Undo] takes it back. Each of them works in commands of some hundred rows, which are kept whole or not at all: whoever is killed begins
// again with the same call, and it goes on where it stopped. [Rolls.Sweep] destroys what was staged.
//
// # Verdicts
//
// A row is new, changed, same, refused with its reasons, or ambiguous. Ambiguous is what a program must not guess: two names under one
// number, one name and birthday under two numbers, rows that contradict each other. A person decides each ([Rolls.Decide]); what nobody decided is left out.
// When a row is applied it is judged once more by the register of that moment; a row that would now be ambiguous or refused is left out and says so.
//
// # What a row does
//
// Whoever is unknown is registered. A fact that is not known is stated; one that the same source stated otherwise before is stated anew, with its days. A fact that
// another source states otherwise is not overwritten: both stand in the list of disagreements, with source and day, and the one in the register counts until a person
// decides ([Rolls.Resolve]). A household is made of the rows that carry its number or its head's, if one of them is the head; who is a member elsewhere stays there.
// Accounts, payments and remarks are not the register's and are passed over.
//
// # Reach
//
// An import of a town or village ([Upload].Division) touches only people who live there by the register, when it is compared and again when it is applied. Of all others it says one and
// the same, whether somebody has the number or nobody: a roll is no way to ask who is registered elsewhere. New people are the county's to import.
//
// # Protection
//
// What is staged is sealed under a key of the import and destroyed with it. In readable form there are row numbers, verdicts and blind tokens. Every command is an
// entry of the log that names the persons it changed.
package roll
