package benefit

import (
	"strings"

	"doudi/decide/explain"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// Standings choose determinations that stand and wait for somebody: of a verdict, of a division and what lies in it, of some schemes.
type Standings struct {
	Verdict  explain.Verdict // documents that are needed, or a review that is due; "" for those whose review comes until a day
	Until    period.Day      // of those
	Division ident.Division
	Schemes  []string
}

// Among determinations of approved runs, ?2 being the month: those that no later run has said otherwise about.
const stillStands = ` AND d.from_month <= ?2 AND d.to_month >= ?2 AND EXISTS (SELECT 1 FROM benefit_run r
	WHERE r.county_code = d.county_code AND r.run_id = d.run_id AND r.state = 'approved'
	AND NOT EXISTS (SELECT 1 FROM benefit_determination n JOIN benefit_run q ON q.county_code = n.county_code AND q.run_id = n.run_id
		WHERE n.county_code = d.county_code AND n.subject_id = d.subject_id AND n.scheme = d.scheme AND n.from_month <= ?2 AND n.to_month >= ?2
		AND q.state = 'approved' AND q.number > r.number)`

const (
	// The rows of the two indexes of what waits; their conditions stand in the queries as they do in the indexes.
	openRows   = ` FROM benefit_determination d WHERE d.county_code = ?1 AND d.verdict IN ('documents-needed', 'review-due')` + stillStands + `)`
	reviewRows = ` FROM benefit_determination d WHERE d.county_code = ?1 AND d.review_day <> '' AND d.verdict <> 'review-due'` + stillStands + notLooked + `)`

	// What somebody reviewed since the run is done, although the run does not know it yet.
	notLooked = ` AND NOT EXISTS (SELECT 1 FROM benefit_act a WHERE a.county_code = d.county_code AND a.subject_id = d.subject_id AND a.scheme = d.scheme
		AND a.kind IN ('approve', 'review') AND a.instant > r.instant)`

	standingQuery = `SELECT ` + determinationColumns + openRows + ` AND d.division BETWEEN ?3 AND ?4 AND ?5 LIKE '%|' || d.scheme || '|%' AND d.verdict = ?6
		AND (d.division, d.subject_id, d.scheme) > (?7, ?8, ?9) ORDER BY d.division, d.subject_id, d.scheme LIMIT ?10`
	comingQuery = `SELECT ` + determinationColumns + reviewRows + ` AND d.division BETWEEN ?3 AND ?4 AND ?5 LIKE '%|' || d.scheme || '|%' AND d.review_day <= ?6
		AND (d.division, d.review_day, d.subject_id, d.scheme) > (?7, ?8, ?9, ?10) ORDER BY d.division, d.review_day, d.subject_id, d.scheme LIMIT ?11`
	comingSums = `SELECT d.division, d.scheme, d.review_day, COUNT(*)` + reviewRows + ` AND d.division BETWEEN ?3 AND ?4 AND ?5 LIKE '%|' || d.scheme || '|%' AND d.review_day <= ?6 GROUP BY d.division, d.scheme, d.review_day ORDER BY d.review_day, d.division, d.scheme`
)

// within are the first and last codes of what lies in a division. They are of figures alone, and so in the same order in every collation.
func within(d ident.Division) (first, last string) {
	const figures = "999999999999"
	return string(d), string(d) + figures[min(len(d), len(figures)):]
}

// Standing are the determinations that stand in a month and wait, in the order of divisions, after a place: the queue of reviews that are due, of
// documents that are needed, or of reviews that come. next is the place to go on after, "" at the end. A page reads what it shows.
func Standing(tx *store.Tx, s Standings, month period.Month, after string, limit int) (list []Determination, next string, err error) {
	query, args := s.query(month, after, limit+1)
	list, err = store.All(tx, readDetermination, query, append([]any{tx.County}, args...)...)
	if err == nil && len(list) > limit {
		list = list[:limit]
		d := &list[limit-1]
		next = strings.Join([]string{string(d.Division), dated.DayOr(d.ReviewBy, 0), d.Subject, d.Scheme}, "|")
	}
	return list, next, err
}

// schemes are the chosen ones as the queries ask for them.
func (s Standings) schemes() string { return "|" + strings.Join(s.Schemes, "|") + "|" }

func (s Standings) query(month period.Month, after string, limit int) (query string, args []any) {
	first, last := within(s.Division)
	from := append(strings.SplitN(after, "|", 4), "", "", "", "")
	if s.Verdict == "" {
		return comingQuery, []any{month.String(), first, last, s.schemes(), s.Until.String(), from[0], from[1], from[2], from[3], limit}
	}
	return standingQuery, []any{month.String(), first, last, s.schemes(), string(s.Verdict), from[0], from[2], from[3], limit}
}

// Stand is how often a verdict stands for a scheme in a division, and what that makes payable in the month.
type Stand struct {
	Division ident.Division
	Scheme   string
	Verdict  explain.Verdict
	ReviewBy period.Day // of a review that is due: by when it was; 0 where that was not noted
	Subjects int
	Amount   money.Fen
}

// Stands add up what stands in a month by division, scheme and verdict: what is given, and what waits for a review or for documents.
func Stands(tx *store.Tx, month period.Month) ([]Stand, error) {
	return store.All(tx, func(rows *store.Rows) (s Stand, err error) {
		var review string
		if err := rows.Scan(&s.Division, &s.Scheme, &s.Verdict, &review, &s.Subjects, &s.Amount); err != nil {
			return s, err
		}
		s.ReviewBy, err = dated.DayFrom(review, 0)
		return s, err
	}, `SELECT division, scheme, verdict, review, COUNT(*), CAST(COALESCE(SUM(payable), 0) AS BIGINT) FROM (SELECT d.division, d.scheme, d.verdict,
		CASE WHEN d.verdict = ?8 THEN d.review_day ELSE '' END AS review, `+payableIn+` AS payable`+
		standingIn+` AND d.verdict IN (?5, ?6, ?7, ?8)) s GROUP BY division, scheme, verdict, review ORDER BY division, scheme, verdict, review`,
		tx.County, month.String(), "", int64(period.Latest), string(explain.Pays), string(explain.Covered), string(explain.DocumentsNeeded), string(explain.ReviewDue))
}

// Coming is how many are to be looked at again by a day.
type Coming struct {
	Division ident.Division
	Scheme   string
	ReviewBy period.Day
	Subjects int
}

// ComingReviews add up the determinations whose review comes until a day, the earliest first. Those that the run found to be late are
// not among them ([Stands] has them), nor those that were looked at since.
func ComingReviews(tx *store.Tx, s Standings, month period.Month) ([]Coming, error) {
	first, last := within(s.Division)
	return store.All(tx, func(rows *store.Rows) (c Coming, err error) {
		var by string
		if err := rows.Scan(&c.Division, &c.Scheme, &by, &c.Subjects); err != nil {
			return c, err
		}
		c.ReviewBy, err = period.ParseDay(by)
		return c, err
	}, comingSums, tx.County, month.String(), first, last, s.schemes(), s.Until.String())
}
