// Package doudi is the root of the module 兜底 ("the floor that catches you"): the engine and the back office of a
// county's safety net. Published policy documents become policy packs; the engine decides from them who is due what,
// divides medical bills between their payers and explains each decision clause by clause.
//
// The root holds no code of the product. It holds what is said about the whole tree and checked on it: the import law
// (arch_test.go) and the house rules (tidy_test.go). The program stands in cmd/doudi, and docs/ARCHITECTURE.md is the
// map of the rest.
package doudi
