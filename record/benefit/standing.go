package benefit

import (
	"strings"

	"doudi/decide/explain"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/store"
)

// Standings choose determinations that stand: of a verdict, of a division and what lies in it, of some schemes.
type Standings struct {
	Verdict  explain.Verdict
	Division ident.Division
	Schemes  []string
}

// Standing are the determinations that stand in a month, in the order of subjects and schemes, after a place: the queue of reviews that are due, or of
// documents that are needed. next is the place to go on after, "" at the end.
func Standing(tx *store.Tx, s Standings, month period.Month, after string, limit int) (list []Determination, next string, err error) {
	subject, scheme, _ := strings.Cut(after, "|")
	list, err = store.All(tx, readDetermination, `SELECT `+determinationColumns+standingIn+` AND d.verdict = ?5 AND d.division LIKE ?6 AND ?7 LIKE '%|' || d.scheme || '|%'
		AND (d.subject_id > ?8 OR d.subject_id = ?8 AND d.scheme > ?9) ORDER BY d.subject_id, d.scheme LIMIT ?10`,
		tx.County, month.String(), "", int64(period.Latest), string(s.Verdict), string(s.Division)+"%", "|"+strings.Join(s.Schemes, "|")+"|", subject, scheme, limit+1)
	if err == nil && len(list) > limit {
		list = list[:limit]
		next = list[limit-1].Subject + "|" + list[limit-1].Scheme
	}
	return list, next, err
}

// Stand is how often a verdict stands for a scheme in a division, and what that makes payable in the month.
type Stand struct {
	Division ident.Division
	Scheme   string
	Verdict  explain.Verdict
	Subjects int
	Amount   money.Fen
}

// Stands add up what stands in a month by division, scheme and verdict: what is given, and what waits for a review or for documents.
func Stands(tx *store.Tx, month period.Month) ([]Stand, error) {
	return store.All(tx, func(rows *store.Rows) (s Stand, err error) {
		return s, rows.Scan(&s.Division, &s.Scheme, &s.Verdict, &s.Subjects, &s.Amount)
	}, `SELECT d.division, d.scheme, d.verdict, COUNT(*), CAST(COALESCE(SUM(`+payableIn+`), 0) AS BIGINT)`+
		standingIn+` AND d.verdict IN (?5, ?6, ?7, ?8) GROUP BY d.division, d.scheme, d.verdict ORDER BY d.division, d.scheme, d.verdict`,
		tx.County, month.String(), "", int64(period.Latest), string(explain.Pays), string(explain.Covered), string(explain.DocumentsNeeded), string(explain.ReviewDue))
}
