// Package api is the record as JSON over HTTP, for the systems of hospitals, pharmacies and offices: bills and settlements, the register,
// providers, monthly runs and what people are due, payments, special accounts, adoptions.
//
// # Who asks
//
// Each request carries a key (package auth) as “Authorization: Bearer …”. The county is the key's; an institution sees what is its own. What
// is another's is answered like what does not exist, with the same words.
//
// # Writing
//
// A request that changes something carries an Idempotency-Key. The same key with the same content answers the same again, with
// “Idempotency-Replayed: true”; with other content it is refused (409). Keys of different institutions never meet. What is kept under a
// key holds no personal facts.
//
// # What comes in
//
// A body is read by package text, so that it has the messages and places of every other document of ours, and then checked against the
// very schema that the OpenAPI document shows: fields it does not name are refused.
//
// # What goes wrong
//
// Every error is a problem of RFC 9457, made in one place ([problemOf]) in the language that was asked for. What is not a fault of ours to tell
// reads “internal error” with a number, under which the cause stands in the log. The log holds no name, no identity number and no body.
package api
