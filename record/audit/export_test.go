package audit

import "doudi/record/store"

// Planned is a question that must not read a county's whole log.
type Planned struct {
	Asked, Query string
	Args         []any
}

// Plans are all of them.
func Plans(tx *store.Tx) []Planned {
	entry := []any{tx.County, "", "z", "z", "", "", "", ""}
	return []Planned{
		{"what somebody did, sealed", sealedOfActor + "50", append(entry, 0, 9, 9)},
		{"what somebody did, not sealed", tailOfActor + "50", append(entry, "")},
		{"whom it concerns, sealed", sealedOfPerson + "50", append(entry, "p-1")},
		{"whom it concerns, not sealed", waitingAbout, []any{tx.County, "p-1"}},
		{"all about somebody, sealed", sealedAbout, []any{tx.County, "p-1"}},
		{"a period", ofPeriod + "50", entry},
	}
}
