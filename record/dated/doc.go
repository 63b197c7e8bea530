// Package dated keeps what is said about people, households, places and institutions: true from a day to a day, with its
// source and the day it was learnt.
//
// # Parties and statements
//
// A party is whoever a statement is about. A [Statement] says one thing (its Name) about its Subject, sometimes towards
// another party (its Object, such as the household of a membership). Nothing is overwritten: a correction is a further
// statement that names the one it replaces, and a withdrawal one that says the other was never true. So the question “what did
// we know on 1 March?” has an answer: the statements learnt on or before that day, less those corrected by another of them.
//
// A statement is corrected at most once; who corrects it again corrects the correction. Of several statements that hold on a
// day the one learnt last counts, which is the order in which [Book.Of] gives them.
//
// # Protection
//
// What is said in confidence is kept sealed: value, source and evidence as one ciphertext under the subject's own key, and the name,
// which would give away as much, as a blind token. Days stay readable; they bound what must be kept for how long.
package dated
