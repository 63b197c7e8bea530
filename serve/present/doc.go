// Package present tells people and machines what was decided. It is the only place where a decision becomes words.
//
// What is said and how it is drawn are apart. [Statement], [Decision] and their kin turn a result into a [Page]: titles,
// fields, tables, answered conditions and notes in one language, without a thought of paper or screen. [Draw] puts a page
// on a terminal. For machines the same results have views ([ViewStatement], [ViewDecision] …) that marshal to the JSON
// described in docs/json.md.
//
// Identity numbers are masked always. Facts that say something of a person's health, money, children or identity carry
// that mark, and [Options.HideSensitive] replaces their values.
package present
