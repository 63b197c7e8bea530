// Package fiction is what tests call the desk of package county.
package fiction

import "doudi/internal/county"

// What tests name of the county.
const (
	Code    = county.Code
	Town    = county.FirstTown
	Village = county.FirstVillage
	Pingyin = county.Pingyin
	Guangxi = county.Guangxi
)

// The people who act.
var (
	Clerk   = county.Clerk
	Checker = county.Checker
	Cashier = county.Cashier
)

// County is the desk, and Person somebody a test names.
type (
	County = county.Desk
	Person = county.Named
)

// Open, OpenOn and Number are those of package county.
var (
	Open   = county.Open
	OpenOn = county.OpenOn
	Number = county.Number
)
