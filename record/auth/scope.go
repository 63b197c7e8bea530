package auth

import (
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/record/provider"
)

// Scope is something that may be asked for with a key.
type Scope string

// The scopes. Those of facts open what is protected about a person; without them such values are withheld.
const (
	Bills          Scope = "bills"           // hand in bills, look at them, have them tried
	Settlements    Scope = "settlements"     // settle, reverse and replace bills, read statements
	RegisterRead   Scope = "register.read"   // find a person by identity number and read the register
	RegisterSearch Scope = "register.search" // find people by name
	RegisterWrite  Scope = "register.write"  // register people and their facts
	FundsRead      Scope = "funds.read"      // special accounts: balances, ledgers, debts
	FundsOwed      Scope = "funds.owed"      // what the special accounts owe to the institution itself
	BenefitsRead   Scope = "benefits.read"   // monthly runs, what people are due
	BenefitsWrite  Scope = "benefits.write"  // run a month, approve the runs of others, decide applications, reviews and holds
	PaymentsRead   Scope = "payments.read"   // bank accounts of people, batches of payments
	PaymentsWrite  Scope = "payments.write"  // state accounts, make batches, check those of others
	Transfers      Scope = "transfers"       // offer people to other counties and take people in
	IdentityFacts  Scope = "facts.identity"
	FinanceFacts   Scope = "facts.finance"
	HealthFacts    Scope = "facts.health"
	ChildFacts     Scope = "facts.child"
)

// OfficeKind is the kind of an office that keys belong to; the others are those of package provider.
const OfficeKind provider.Kind = "office"

var (
	// ofInstitutions are the scopes of those who see what is their own.
	ofInstitutions = []Scope{Bills, Settlements, RegisterRead, FundsOwed, IdentityFacts, FinanceFacts, HealthFacts, ChildFacts}
	// ofOffices are those of an office of the county, which sees the county's.
	ofOffices = []Scope{Bills, Settlements, RegisterRead, RegisterSearch, RegisterWrite, FundsRead, FundsOwed, BenefitsRead, BenefitsWrite, PaymentsRead, PaymentsWrite, Transfers, IdentityFacts, FinanceFacts, HealthFacts, ChildFacts}
)

// scopesOf are the scopes that a key of an institution may have, none when it gets no keys.
func scopesOf(kind provider.Kind) []Scope {
	switch kind {
	case OfficeKind:
		return ofOffices
	case provider.Hospital, provider.Pharmacy:
		return ofInstitutions
	}
	return nil
}

// ofSensitivity is the scope that opens facts of a sensitivity.
var ofSensitivity = map[rule.Sensitivity]Scope{rule.Identity: IdentityFacts, rule.Finance: FinanceFacts, rule.Health: HealthFacts, rule.Child: ChildFacts}

// ScopesOf are the scopes that a key of an institution of a kind may have, none when it gets no keys.
func ScopesOf(kind provider.Kind) []Scope { return slices.Clone(scopesOf(kind)) }

func words(scopes []Scope) string {
	var list []string
	for _, s := range scopes {
		list = append(list, string(s))
	}
	return strings.Join(list, " ")
}

// ordered are scopes in the order of their names, each once.
func ordered(scopes []Scope) []Scope {
	scopes = slices.Clone(scopes)
	slices.Sort(scopes)
	return slices.Compact(scopes)
}
