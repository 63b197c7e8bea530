package payment

import (
	"slices"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/record/benefit"
	"doudi/record/store"
)

// Change is what sort of difference to the period before something is.
type Change string

// The sorts of differences, in the order in which a checker looks at them.
const (
	Begins  Change = "new"
	Stops   Change = "stopped"
	Alters  Change = "changed"
	OutHere Change = "out" // in the batch, and moved out
)

var changeLabels = map[Change]fault.Text{
	Begins:  {ZH: "新增", EN: "new"},
	Stops:   {ZH: "停发", EN: "stopped"},
	Alters:  {ZH: "变动", EN: "changed"},
	OutHere: {ZH: "移出", EN: "moved out"},
}

// Label is how the change is called.
func (c Change) Label() fault.Text { return changeLabels[c] }

// Difference is a subject that the batch pays otherwise than the period before.
type Difference struct {
	Subject       string
	Receiver      string
	Division      ident.Division
	Change        Change
	Before, After money.Fen
	Reason        benefit.Reason // of what stopped or changed, as the runs say; "" when they do not
	Out           Out
}

// changes are all sorts, in that order.
var changes = []Change{Begins, Stops, Alters, OutHere}

// Mark is the place of a difference in the list of a batch.
type Mark struct {
	Change  Change
	Subject string
}

// Differences compare a batch with what was paid for the period before it: what a checker looks at first. Those of one sort stand together, in order
// of subjects. They are what was compared with the batch's last step. Code: payment.batch-unknown.
func (p *Payments) Differences(tx *store.Tx, batch string) ([]Difference, error) {
	return p.DifferencesAfter(tx, batch, Mark{}, everything)
}

// DifferencesAfter are those of [Payments.Differences] after a mark, the zero mark for the beginning, at most limit. Only for these it is found out why.
func (p *Payments) DifferencesAfter(tx *store.Tx, batch string, after Mark, limit int) ([]Difference, error) {
	b, err := Get(tx, batch)
	if err != nil {
		return nil, err
	}
	list, err := store.All(tx, scanDifference, differencesSQL, tx.County, b.ID, slices.Index(changes, after.Change)+1, after.Subject, limit)
	if err != nil {
		return nil, err
	}
	return list, p.explain(tx, &b, list)
}

const differencesSQL = `SELECT sort, subject_id, receiver_id, division, before_amount, after_amount, moved_out FROM payment_difference
	WHERE county_code = ?1 AND batch_id = ?2 AND (sort, subject_id) > (?3, ?4) ORDER BY sort, subject_id LIMIT ?5`

func scanDifference(rows *store.Rows) (d Difference, err error) {
	var sort int
	if err := rows.Scan(&sort, &d.Subject, &d.Receiver, &d.Division, &d.Before, &d.After, &d.Out); err != nil {
		return d, err
	}
	if sort < 1 || len(changes) < sort {
		return d, differs(nil, text.Tell("与上期差异里有不认识的种类 %d", "there is a difference of an unknown sort, %d", sort))
	}
	d.Change = changes[sort-1]
	return d, nil
}

// beforeLines are what each subject got for the period before that of a batch: ?2 is not used, ?3 to ?6 are scheme, payer, fund and first month.
const beforeLines = `SELECT l.subject_id, MAX(l.receiver_id) AS receiver_id, MAX(l.division) AS division, CAST(SUM(l.amount) AS BIGINT) AS amount
	FROM payment_batch p JOIN payment_line l ON l.county_code = p.county_code AND l.batch_id = p.batch_id AND l.moved_out = ''
	WHERE p.county_code = ?1 AND ?2 <> '' AND p.scheme = ?3 AND p.payer = ?4 AND p.fund = ?5 AND p.state <> 'void' AND p.from_month =
		(SELECT MAX(from_month) FROM payment_batch WHERE county_code = ?1 AND scheme = ?3 AND payer = ?4 AND fund = ?5 AND state <> 'void' AND from_month < ?6)
	GROUP BY l.subject_id`

const differenceColumns = `county_code, batch_id, sort, subject_id, receiver_id, division, before_amount, after_amount, moved_out`

// What compares a batch with the period before: what is in it otherwise, and what is in it no more. ?7 is the subject that is compared, or "" for all.
const (
	hereSQL = `INSERT INTO payment_difference (` + differenceColumns + `)
		SELECT l.county_code, l.batch_id, CASE WHEN l.moved_out <> '' THEN 4 WHEN b.subject_id IS NULL THEN 1 ELSE 3 END, l.subject_id, l.receiver_id, l.division,
			COALESCE(b.amount, 0), CASE WHEN l.moved_out <> '' THEN 0 ELSE l.amount END, l.moved_out
		FROM payment_line l LEFT JOIN (` + beforeLines + `) b ON b.subject_id = l.subject_id
		WHERE l.county_code = ?1 AND l.batch_id = ?2 AND (?7 = '' OR l.subject_id = ?7) AND (l.moved_out <> '' OR b.subject_id IS NULL OR b.amount <> l.amount)`
	goneSQL = `INSERT INTO payment_difference (` + differenceColumns + `)
		SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT), 2, b.subject_id, b.receiver_id, b.division, b.amount, 0, '' FROM (` + beforeLines + `) b
		WHERE b.amount <> 0 AND NOT EXISTS (SELECT 1 FROM payment_line l WHERE l.county_code = ?1 AND l.batch_id = ?2 AND l.subject_id = b.subject_id)`
)

// compare puts a batch beside the period before and keeps what differs: of one subject, which is in the batch, or with "" of all.
func compare(tx *store.Tx, b *Batch, subject string) error {
	if err := tx.Later(nil, `DELETE FROM payment_difference WHERE county_code = ?1 AND batch_id = ?2 AND (?3 = '' OR subject_id = ?3)`, tx.County, b.ID, subject); err != nil {
		return err
	}
	of := []any{tx.County, b.ID, b.Scheme, b.Payer, b.Fund, b.From.String()}
	if err := tx.Later(nil, hereSQL, append(of, subject)...); err != nil || subject != "" {
		return err
	}
	return tx.Later(nil, goneSQL, of...)
}

// explain adds the reasons that the runs of the batch give, the latest run's where several do.
func (p *Payments) explain(tx *store.Tx, b *Batch, list []Difference) error {
	runs, err := store.All(tx, store.Text, `SELECT run_id FROM payment_read WHERE county_code = ?1 AND batch_id = ?2 ORDER BY run_id`, tx.County, b.ID)
	if err != nil {
		return err
	}
	var subjects []string
	for _, d := range list {
		subjects = append(subjects, d.Subject)
	}
	for _, run := range runs {
		reasons, err := p.calls.Reasons(tx, run, b.Scheme, subjects)
		if err != nil {
			return err
		}
		for i := range list {
			if reason, given := reasons[list[i].Subject]; given && list[i].Change != OutHere {
				list[i].Reason = reason
			}
		}
	}
	return nil
}
