// Package torture holds the tests that end the program by force: killed at random moments of settlements and reversals, alone or as one of two, with the
// database server killed under it, out of disk, with the power cut, and told to stop in good order; and at random moments of bringing in a roll and taking it back. What was acknowledged must be there afterwards, once, and
// everything must add up. What is ended is doudi as it is installed: doudi serve, doudi import and doudi demo. It has tests only; `make torture` runs them for longer.
//
// The tally that the record is held against is made of the answers alone, by arithmetic of its own. A command that was not answered is sent
// again with its key, as a careful client does.
package torture
