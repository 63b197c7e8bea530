package benefit

import (
	"cmp"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"doudi/decide/entitle"
	"doudi/decide/policy"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/store"
)

const runColumns = `SELECT run_id, number, month, called_from, state, pass, generation, since, sweep, bases, maker_id, maker_name, instant, checker_id, checker_name, closed, note FROM benefit_run WHERE county_code = ?1 `

func scanRun(row interface{ Scan(...any) error }) (r Run, err error) {
	var month, called, started, closed string
	if err := row.Scan(&r.ID, &r.Number, &month, &called, &r.State, &r.Pass, &r.Generation, &r.since, &r.sweep, &r.bases, &r.Maker.ID, &r.Maker.Name, &started,
		&r.Checker.ID, &r.Checker.Name, &closed, &r.Note); err != nil {
		return r, err
	}
	var errs [4]error
	r.Month, errs[0] = period.ParseMonth(month)
	r.CalledFrom, errs[1] = period.ParseMonth(called)
	r.Started, errs[2] = store.ParseInstant(started)
	if closed != "" {
		r.Closed, errs[3] = store.ParseInstant(closed)
	}
	return r, errors.Join(errs[:]...)
}

func scanRuns(rows *store.Rows) (Run, error) { return scanRun(rows) }

// Get is a run. Code: benefit.run-unknown.
func Get(tx *store.Tx, id string) (Run, error) {
	r, err := scanRun(tx.QueryRow(runColumns+`AND run_id = ?2`, tx.County, id))
	if errors.Is(err, sql.ErrNoRows) {
		return r, runUnknown(id)
	}
	return r, err
}

// Runs are the runs of the county, the newest first.
func Runs(tx *store.Tx) ([]Run, error) {
	return store.All(tx, scanRuns, runColumns+`ORDER BY number DESC`, tx.County)
}

// Approved are the approved runs after a number, in order.
func Approved(tx *store.Tx, after int64) ([]Run, error) {
	return store.All(tx, scanRuns, runColumns+`AND state = 'approved' AND number > ?2 ORDER BY number`, tx.County, after)
}

// Open is the run that is neither approved nor void; nil for none.
func Open(tx *store.Tx) (*Run, error) {
	return firstRun(tx, `AND state IN ('computing', 'review') ORDER BY number`)
}

// Latest is the latest approved run; nil while there is none.
func Latest(tx *store.Tx) (*Run, error) {
	return firstRun(tx, `AND state = 'approved' ORDER BY number DESC LIMIT 1`)
}

func firstRun(tx *store.Tx, where string) (*Run, error) {
	found, err := store.All(tx, scanRuns, runColumns+where, tx.County)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// Opening is the first month the county is run for; 0 when there is none yet.
func Opening(tx *store.Tx) (period.Month, error) {
	var written string
	err := tx.QueryRow(`SELECT month FROM benefit_opening WHERE county_code = ?1`, tx.County).Scan(&written)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return period.ParseMonth(written)
}

// Progress is how far a run has come.
type Progress struct {
	Chunks, Done int64
	Subjects     int64 // looked at
	Unknown      int64 // verdicts that wait for documents, those included of whom it is not known whether the scheme concerns them
}

// ProgressOf is how far a run has come in its present pass.
func ProgressOf(tx *store.Tx, r *Run) (p Progress, err error) {
	err = tx.QueryRow(`SELECT COUNT(*), CAST(COALESCE(SUM(done), 0) AS BIGINT), CAST(COALESCE(SUM(subjects), 0) AS BIGINT), CAST(COALESCE(SUM(unknown), 0) AS BIGINT)
		FROM benefit_chunk WHERE county_code = ?1 AND run_id = ?2 AND pass = ?3`, tx.County, r.ID, r.Pass).Scan(&p.Chunks, &p.Done, &p.Subjects, &p.Unknown)
	return p, err
}

// Tallies are a run's differences by kind and scheme, as they were added up when its computation ended.
func Tallies(tx *store.Tx, run string) ([]Tally, error) {
	list, err := store.All(tx, scanTally, `SELECT scheme, kind, people, months, amount FROM benefit_sum WHERE county_code = ?1 AND run_id = ?2 ORDER BY scheme, kind`, tx.County, run)
	if err == nil && len(list) == 0 { // there are none, or it was computed before they were kept
		list, err = countedTallies(tx, run)
	}
	slices.SortStableFunc(list, func(a, b Tally) int { return cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind)) })
	return list, err
}

const countTallies = `SELECT scheme, kind, COUNT(DISTINCT subject_id), COUNT(*), CAST(SUM(after - before) AS BIGINT) FROM benefit_difference
	WHERE county_code = ?1 AND run_id = ?2 GROUP BY scheme, kind ORDER BY scheme, kind`

func countedTallies(tx *store.Tx, run string) ([]Tally, error) {
	return store.All(tx, scanTally, countTallies, tx.County, run)
}

func scanTally(rows *store.Rows) (t Tally, err error) {
	return t, rows.Scan(&t.Scheme, &t.Kind, &t.People, &t.Months, &t.Amount)
}

// keepSums keeps what a run comes to.
func keepSums(tx *store.Tx, r *Run, b Balance) error {
	tallies, err := countedTallies(tx, r.ID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO benefit_balance (county_code, run_id, carried, differences, determined, expected, evaluated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
		tx.County, r.ID, b.Carried, b.Differences, b.Determined, b.Expected, b.Evaluated)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, t := range tallies {
		rows = append(rows, []any{tx.County, r.ID, t.Scheme, string(t.Kind), t.People, t.Months, int64(t.Amount)})
	}
	return tx.Load("benefit_sum", []string{"county_code", "run_id", "scheme", "kind", "people", "months", "amount"}, rows)
}

// dropSums forgets what a run came to, which is computed again.
func dropSums(tx *store.Tx, run string) error {
	for _, table := range []string{"benefit_balance", "benefit_sum"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE county_code = ?1 AND run_id = ?2`, tx.County, run); err != nil {
			return err
		}
	}
	return nil
}

// Filter chooses differences; an empty field chooses all.
type Filter struct {
	Kind     Kind
	Scheme   string
	Division ident.Division // it, or one inside it
}

func (f Filter) chooses(d *Difference) bool {
	return (f.Kind == "" || d.Kind == f.Kind) && (f.Scheme == "" || d.Scheme == f.Scheme) && (f.Division == "" || ident.Contains(f.Division, d.Division))
}

// cursor is a place in a list: subject, scheme and month.
func (d *Difference) cursor() string { return d.Subject + "|" + d.Scheme + "|" + d.Month.String() }

func readCursor(after string) (subject, scheme, month string) {
	parts := append(strings.Split(after, "|"), "", "")
	return parts[0], parts[1], parts[2]
}

// Differences are those of a run that a filter chooses, in the order of subjects, after a place; next is the place to go on from, "" at the end.
func Differences(tx *store.Tx, run string, f Filter, after string, limit int) (list []Difference, next string, err error) {
	for {
		query, args := f.query(after)
		page, err := store.All(tx, scanDifference, query, append([]any{tx.County, run, limit}, args...)...)
		if err != nil {
			return nil, "", err
		}
		for i := range page {
			if after = page[i].cursor(); !f.chooses(&page[i]) {
				continue
			}
			if list = append(list, page[i]); len(list) == limit {
				return list, after, nil
			}
		}
		if len(page) < limit {
			return list, "", nil
		}
	}
}

// query lists the differences of a run (?2) that a filter chooses, at most ?3, after a place. Each begins at an index, in the order of the list.
func (f Filter) query(after string) (query string, args []any) {
	const onward = ` AND (subject_id, scheme, month) > (?4, ?5, ?6)`
	const order = ` ORDER BY subject_id, scheme, month LIMIT ?3`
	subject, scheme, month := readCursor(after)
	switch {
	case f.Kind != "" && f.Scheme != "":
		return differenceColumns + ` AND scheme = ?6 AND kind = ?7 AND (subject_id, month) > (?4, ?5) ORDER BY subject_id, month LIMIT ?3`, []any{subject, month, f.Scheme, string(f.Kind)}
	case f.Kind != "":
		return differenceColumns + ` AND kind = ?7` + onward + order, []any{subject, scheme, month, string(f.Kind)}
	case f.Scheme != "":
		return differenceColumns + ` AND scheme = ?7` + onward + order, []any{subject, scheme, month, f.Scheme}
	}
	return differenceColumns + onward + order, []any{subject, scheme, month}
}

const differenceColumns = `SELECT subject_id, scheme, month, kind, before, after, reason, division FROM benefit_difference WHERE county_code = ?1 AND run_id = ?2`

func scanDifference(rows *store.Rows) (d Difference, err error) {
	var month string
	if err := rows.Scan(&d.Subject, &d.Scheme, &month, &d.Kind, &d.Before, &d.After, &d.Reason, &d.Division); err != nil {
		return d, err
	}
	d.Month, err = period.ParseMonth(month)
	return d, err
}

const reasonsQuery = `SELECT subject_id, month, reason FROM benefit_difference WHERE county_code = ?1 AND run_id = ?2 AND scheme = ?3 AND subject_id = ?*`

// ReasonsOf are the kinds of reasons for which a run says otherwise of subjects by a scheme: of several months that of the last.
func ReasonsOf(tx *store.Tx, run, scheme string, subjects []string) (map[string]Reason, error) {
	list, err := store.Among(tx, func(rows *store.Rows) (d Difference, err error) {
		var month string
		if err := rows.Scan(&d.Subject, &month, &d.Reason); err != nil {
			return d, err
		}
		d.Month, err = period.ParseMonth(month)
		return d, err
	}, reasonsQuery, subjects, tx.County, run, scheme)
	latest, reasons := map[string]period.Month{}, map[string]Reason{}
	for _, d := range list {
		if d.Month >= latest[d.Subject] {
			latest[d.Subject], reasons[d.Subject] = d.Month, d.Reason
		}
	}
	return reasons, err
}

// Of are the determinations of approved runs about a subject, in the order of the runs: of two that name a month the later counts.
func Of(tx *store.Tx, subject string) ([]Determination, error) {
	all, err := approvedOf(tx, between([]string{subject}), 0)
	return all[subject], err
}

// DueIn is what a subject is due in a month by the approved runs: of each scheme the determination that counts.
func DueIn(tx *store.Tx, subject string, month period.Month) ([]Determination, error) {
	all, err := Of(tx, subject)
	var due []Determination
	for _, scheme := range schemesIn(all) {
		for i := len(all) - 1; i >= 0; i-- {
			if d := &all[i]; d.Scheme == scheme && d.From <= month && month <= d.To {
				if gives(d.Verdict) {
					due = append(due, *d)
				}
				break
			}
		}
	}
	return due, err
}

// standingIn chooses the determinations that count in a month (?2) by the approved runs and one more (?3), up to a number (?4): of each subject and scheme
// the latest.
const standingIn = ` FROM (SELECT ` + determinationColumns + `, ROW_NUMBER() OVER (PARTITION BY d.subject_id, d.scheme ORDER BY r.number DESC) AS place
	FROM benefit_determination d JOIN benefit_run r ON r.county_code = d.county_code AND r.run_id = d.run_id
	WHERE d.county_code = ?1 AND (r.state = 'approved' OR r.run_id = ?3) AND r.number <= ?4 AND d.from_month <= ?2 AND d.to_month >= ?2) d WHERE d.place = 1`

// payableIn is what a determination makes payable in a month (?2), as [cell.due] says it of one that is read.
const payableIn = `CASE WHEN d.verdict IN ('pays', 'covered', 'review-due') AND d.held = 0 AND (d.every = 'month' OR d.from_month = ?2) THEN d.amount ELSE 0 END`

// BalanceOf reconciles a run for its month, as it was added up when its computation ended.
func BalanceOf(tx *store.Tx, r *Run) (b Balance, err error) {
	err = tx.QueryRow(`SELECT carried, differences, determined, expected, evaluated FROM benefit_balance WHERE county_code = ?1 AND run_id = ?2`, tx.County, r.ID).
		Scan(&b.Carried, &b.Differences, &b.Determined, &b.Expected, &b.Evaluated)
	if errors.Is(err, sql.ErrNoRows) { // it is being computed, or was before balances were kept
		return addedUp(tx, r)
	}
	return b, err
}

// addedUp reconciles a run for its month. What stood before it and what stands with it are added up in one look at the determinations: of each
// subject and scheme the run's own come first, then the latest of the runs before.
func addedUp(tx *store.Tx, r *Run) (b Balance, err error) {
	err = errors.Join(
		tx.QueryRow(`SELECT CAST(COALESCE(SUM(CASE WHEN own = 0 AND (place = 1 OR follows = 1) THEN payable ELSE 0 END), 0) AS BIGINT),
			CAST(COALESCE(SUM(CASE WHEN place = 1 THEN payable ELSE 0 END), 0) AS BIGINT)
			FROM (SELECT payable, own, ROW_NUMBER() OVER latest AS place, LAG(own, 1, 0) OVER latest AS follows
				FROM (SELECT d.subject_id, d.scheme, r.number, CASE WHEN d.run_id = ?3 THEN 1 ELSE 0 END AS own,
					`+payableIn+` AS payable
					FROM benefit_determination d JOIN benefit_run r ON r.county_code = d.county_code AND r.run_id = d.run_id
					WHERE d.county_code = ?1 AND (r.state = 'approved' OR r.run_id = ?3) AND r.number <= ?4 AND d.from_month <= ?2 AND d.to_month >= ?2) d
				WINDOW latest AS (PARTITION BY subject_id, scheme ORDER BY number DESC)) d`, tx.County, r.Month.String(), r.ID, r.Number).Scan(&b.Carried, &b.Determined),
		tx.QueryRow(`SELECT CAST(COALESCE(SUM(after - before), 0) AS BIGINT) FROM benefit_difference WHERE county_code = ?1 AND run_id = ?2 AND month = ?3`, tx.County, r.ID, r.Month.String()).Scan(&b.Differences),
		tx.QueryRow(`SELECT CAST(COALESCE(SUM(carried + differences), 0) AS BIGINT), CAST(COALESCE(SUM(evaluated), 0) AS BIGINT) FROM benefit_chunk
			WHERE county_code = ?1 AND run_id = ?2 AND pass = ?3`, tx.County, r.ID, r.Pass).Scan(&b.Expected, &b.Evaluated))
	return b, err
}

// Lines are what an approved run calls to be paid or got back, in the order of subjects, after a subject; next is the subject to go on after, "" at the
// end. A page holds all lines of its subjects. Codes: benefit.run-unknown, benefit.run-state for a run that is not approved.
func (b *Benefits) Lines(tx *store.Tx, run string, f LineFilter, after string, limit int) (lines []Line, next string, err error) {
	r, err := Get(tx, run)
	if err != nil {
		return nil, "", err
	}
	if r.State != Approval {
		return nil, "", runState(&r)
	}
	for len(lines) == 0 {
		subjects, err := store.All(tx, store.Text, `SELECT DISTINCT subject_id FROM benefit_determination WHERE county_code = ?1 AND subject_id > ?2 ORDER BY subject_id LIMIT ?3`, tx.County, after, limit)
		if err != nil || len(subjects) == 0 {
			return lines, "", err
		}
		after = subjects[len(subjects)-1]
		if lines, err = b.linesOf(tx, &r, f, subjects); err != nil {
			return nil, "", err
		}
		if len(subjects) < limit {
			return lines, "", nil
		}
	}
	return lines, after, nil
}

func (b *Benefits) linesOf(tx *store.Tx, r *Run, f LineFilter, subjects []string) ([]Line, error) {
	before, err := approvedOf(tx, between(subjects), r.Number)
	if err != nil {
		return nil, err
	}
	own, differences, err := ownOf(tx, r.ID, between(subjects))
	if err != nil {
		return nil, err
	}
	after := map[string][]Determination{}
	for id, list := range before {
		after[id] = slices.Clone(list)
	}
	for _, d := range own {
		after[d.Subject] = append(after[d.Subject], d)
	}
	p, err := b.policies(tx, r.bases)
	if err != nil {
		return nil, err
	}
	sheet := called{run: r, policies: p, amounts: map[lineKey]money.Fen{}}
	for _, id := range subjects {
		sheet.continuing(id, before[id])
	}
	for i := range differences {
		d := &differences[i]
		sheet.amounts[lineKey{d.Subject, d.Scheme, d.Month}] += d.After - d.Before
	}
	return b.receive(tx, r, sheet.lines(f, after))
}

// lineKey is what a line is about.
type lineKey struct {
	subject, scheme string
	month           period.Month
}

// called are the amounts that a run calls.
type called struct {
	run      *Run
	policies *policies
	amounts  map[lineKey]money.Fen
}

// continuing calls what stood before the run for the months it is the first to call.
func (c *called) continuing(subject string, before []Determination) {
	for _, scheme := range schemesIn(before) {
		for month := c.run.CalledFrom; month <= c.run.Month; month++ {
			cell := standing(before, scheme, month)
			if due := cell.due(month); due != 0 {
				c.amounts[lineKey{subject, scheme, month}] += due
			}
		}
	}
}

// lines are the amounts that are not nothing and that the filter chooses.
func (c *called) lines(f LineFilter, after map[string][]Determination) []Line {
	var lines []Line
	for key, amount := range c.amounts {
		if amount == 0 {
			continue
		}
		l := Line{Run: c.run.ID, Subject: key.subject, Scheme: key.scheme, Month: key.month, Amount: amount}
		c.how(&l, after[key.subject])
		if f.chooses(&l) {
			lines = append(lines, l)
		}
	}
	slices.SortFunc(lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.Month, b.Month))
	})
	return lines
}

// how fills in how the scheme is paid out, as the pack says by which the month was last due.
func (c *called) how(l *Line, determinations []Determination) {
	for i := len(determinations) - 1; i >= 0; i-- {
		d := &determinations[i]
		if d.Scheme != l.Scheme || d.From > l.Month || l.Month > d.To {
			continue
		}
		if l.Division == "" {
			l.Division = d.Division
		}
		if l.set(c.policies, d.Adoption) {
			return
		}
	}
}

func (l *Line) set(p *policies, adoption string) bool {
	for i := range p.bases {
		if p.bases[i].ID != adoption {
			continue
		}
		f := force{bound: &p.bases[i]}
		if x := f.scheme(l.Scheme); x != nil {
			l.Paid, l.Fund, l.Payer = entitle.PaidOut(f.basis, x.x), x.x.Fund, x.x.Payer
			if l.Paid == "" {
				l.Paid = policy.EveryMonth
			}
			return true
		}
	}
	return false
}

func (f LineFilter) chooses(l *Line) bool {
	return (f.Scheme == "" || f.Scheme == l.Scheme) && (f.Fund == "" || f.Fund == l.Fund) && (f.Payer == "" || f.Payer == l.Payer) && (f.Division == "" || ident.Contains(f.Division, l.Division))
}

// receive fills in whose account each line goes to.
func (b *Benefits) receive(tx *store.Tx, r *Run, lines []Line) ([]Line, error) {
	var subjects []string
	for i := range lines {
		subjects = append(subjects, lines[i].Subject)
	}
	receivers, err := b.Register.Receivers(tx, slices.Compact(subjects), r.Month.Last())
	for i := range lines {
		lines[i].Receiver = receivers[lines[i].Subject]
	}
	return lines, err
}

// Explanation is why a run says what it says of a month.
type Explanation struct {
	Run        Run
	Subject    string
	Scheme     string
	Month      period.Month
	Reason     Reason
	Outcome    *entitle.Outcome           // the decision with every condition; nil where the rule was not asked (a death, a move)
	Transition *entitle.TransitionOutcome // of back pay
	Acts       []Act                      // what persons decided about the scheme
	Place      *Place                     // of a selection
	Before     money.Fen                  // payable for the month by the runs before
	After      money.Fen
}

// Place is how a selection ended for somebody.
type Place struct {
	Eligible, Selected bool
	Position           int // among the eligible, from 1; 0 when not known
	Of, Places         int64
}

// Explain computes again why a run says what it says of a subject, a scheme and a month, from the facts that were frozen with it. Codes:
// benefit.run-unknown, benefit.not-explained, audit.key-destroyed.
func (b *Benefits) Explain(tx *store.Tx, run, subject, scheme string, month period.Month) (*Explanation, error) {
	r, err := Get(tx, run)
	if err != nil {
		return nil, err
	}
	m, f, err := b.frozenOf(tx, &r, subject, scheme)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, nothingExplained(subject, scheme, month)
	}
	e := &Explanation{Run: r, Subject: subject, Scheme: scheme, Month: month}
	for _, a := range m.acts {
		if a.Scheme == "" || a.Scheme == scheme {
			e.Acts = append(e.Acts, a)
		}
	}
	if f.Place != nil {
		e.Place = &Place{f.Place.Eligible, f.Place.Selected, f.Place.Position, f.Place.Of, f.Place.Places}
	}
	s, err := m.sweep(f.From)
	if err != nil {
		return nil, err
	}
	if f.Place != nil { // the place was given over everybody; the rule of the one is asked as it was then
		s = &sheet{from: month, cells: map[string]map[period.Month]cell{}}
	}
	c := s.cells[scheme][month]
	was := standing(m.before, scheme, month)
	e.Before, e.After = was.due(month), c.due(month)
	if e.Reason, err = m.reason(s, scheme, month, &c); err != nil {
		return nil, err
	}
	if e.Reason == Backpay {
		e.Transition, err = m.backpayOf(s, scheme, month)
		return e, err
	}
	e.Outcome, err = m.outcome(s, scheme, month)
	if e.Reason == Broken && err != nil {
		return nil, err
	}
	return e, err
}

// frozenOf thaws what was frozen of a subject, of a selection where the scheme has one; nil when nothing was.
func (b *Benefits) frozenOf(tx *store.Tx, r *Run, subject, scheme string) (*matter, *frozen, error) {
	m, f, err := b.frozenPart(tx, r, subject, scheme)
	if m != nil || err != nil {
		return m, f, err
	}
	return b.frozenPart(tx, r, subject, "")
}

func (b *Benefits) frozenPart(tx *store.Tx, r *Run, subject, part string) (*matter, *frozen, error) {
	kept, err := store.All(tx, scanKept, keptColumns+` AND subject_id = ?3 AND scheme = ?4`, tx.County, r.ID, subject, part)
	if err != nil || len(kept) == 0 {
		return nil, nil, err
	}
	return b.open(tx, r, &kept[0])
}

// frozenRow is what was frozen, as it is stored.
type frozenRow struct{ subject, scheme, party, content string }

const keptColumns = `SELECT subject_id, scheme, party_id, content FROM benefit_frozen WHERE county_code = ?1 AND run_id = ?2`

func scanKept(rows *store.Rows) (k frozenRow, err error) {
	return k, rows.Scan(&k.subject, &k.scheme, &k.party, &k.content)
}

func (b *Benefits) open(tx *store.Tx, r *Run, k *frozenRow) (*matter, *frozen, error) {
	opened, err := b.Cipher.Open(tx, k.party, k.content)
	if err != nil {
		return nil, nil, err
	}
	return b.thaw(tx, opened[0], r, k.subject)
}
