package web

import (
	"testing"

	"doudi/record/auth"
)

// Route is an address with the permissions of which one is needed; none where everybody who is signed in may, or nobody need be.
type Route struct {
	Pattern string
	May     []auth.Permission
	Open    bool
}

// Routes are the addresses of all pages.
func Routes() (all []Route) {
	for _, r := range routes {
		all = append(all, Route{r.pattern, r.may, r.open})
	}
	return all
}

// OriginalLargest is how large the document of a policy may be.
var OriginalLargest = &originalUpload.largest

// SearchAtMost lets searches look at no more than n people until the test is over.
func SearchAtMost(t *testing.T, n int) {
	before := mostExamined
	mostExamined = n
	t.Cleanup(func() { mostExamined = before })
}
