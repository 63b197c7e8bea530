package register

// Queries are the statements whose plans are tested.
var Queries = map[string]string{"number": numberQuery, "name": nameQuery, "names of found": foundQuery}
