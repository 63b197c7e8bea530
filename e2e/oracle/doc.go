// Package oracle holds a second opinion: seven allowances of the packs, computed once more, slowly, from what an invented county knows of its people, by one SQL
// query each. The queries were written from the documents alone, by the lines they name and the readings that were agreed on where a document leaves
// something open; they know nothing of packs, rules or runs. What they say is compared with what a year of monthly runs called to be paid, to the fen,
// on both databases. It has tests only.
package oracle
