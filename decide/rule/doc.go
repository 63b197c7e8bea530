// Package rule is the expression language of policy packs: what rules may speak of, how an expression is checked when a
// pack is loaded, how it is evaluated for one case, and how the evaluation is put into words and figures.
//
// Expressions are CEL, parsed and type-checked by cel-go against a typed [Vocabulary]. Money, rates, days and divisions
// are types of their own, so that an amount plus a bare number does not compile. The checked tree is kept
// ([Expression.Tree]): an evaluator over columns can be added without touching packs or callers.
//
// A fact that is missing is unknown, and unknown is not no: it travels through an expression by CEL's own rules
// (false && unknown is false) and comes out as the names of the facts that are needed ([Missing]).
package rule
