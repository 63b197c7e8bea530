// Package policy loads and checks policy packs: literate documents whose headings are a published document's clauses and
// whose fenced blocks are the rules that carry them out. docs/pack-language.md is the specification.
//
// Loading finds everything that is wrong with a pack at once, each with file, line, column and a caret: unknown keys and
// names, wrong units, labels without English, references to nothing, clauses without rules. A pack that loads can be
// evaluated without further surprises. [Basis] is a pack as one division applies it.
package policy
