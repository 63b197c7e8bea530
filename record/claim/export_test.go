package claim

import "strings"

// PlannedQueries are the queries about papers, advances and patients, for a look at how the databases do them.
var PlannedQueries = map[string]string{"papers": papersQuery, "advance": selectAdvance + advanceWhere, "open advances": selectAdvance + openAdvanceWhere, "advances by hospital": advanceTotalsSQL,
	"bills of a day": pageOfSpan, "bills of a day by state": countOfSpan, "patients": strings.ReplaceAll(patientsQuery, "?*", "?2")}
