package claim

// PlannedQueries are the queries about papers and advances, for a look at how the databases do them.
var PlannedQueries = map[string]string{"papers": papersQuery, "advance": selectAdvance + advanceWhere, "open advances": selectAdvance + openAdvanceWhere, "advances by hospital": advanceTotalsSQL}
