package payment

import (
	"cmp"
	"slices"

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

// Differences compare a batch with what was paid for the period before it: what a checker looks at first. Those of one sort stand together, in order
// of subjects. Code: payment.batch-unknown.
func (p *Payments) Differences(tx *store.Tx, batch string) ([]Difference, error) {
	list, _, err := p.FirstDifferences(tx, batch, everything)
	return list, err
}

// FirstDifferences are the first of [Payments.Differences], so many at most, and how many there are. Only for these it is found out why.
func (p *Payments) FirstDifferences(tx *store.Tx, batch string, most int) (list []Difference, of int, err error) {
	b, err := Get(tx, batch)
	if err != nil {
		return nil, 0, err
	}
	now, err := store.All(tx, scanPaid, `SELECT `+paidColumns+` FROM payment_line WHERE county_code = ?1 AND batch_id = ?2`, tx.County, b.ID)
	if err != nil {
		return nil, 0, err
	}
	before, err := store.All(tx, scanPaid, `SELECT `+paidColumns+` FROM payment_line l WHERE county_code = ?1 AND moved_out = '' AND batch_id IN
		(SELECT batch_id FROM payment_batch WHERE county_code = ?1 AND scheme = ?2 AND payer = ?3 AND fund = ?4 AND state <> 'void' AND from_month =
			(SELECT MAX(from_month) FROM payment_batch WHERE county_code = ?1 AND scheme = ?2 AND payer = ?3 AND fund = ?4 AND state <> 'void' AND from_month < ?5))`,
		tx.County, b.Scheme, b.Payer, b.Fund, b.From.String())
	if err != nil {
		return nil, 0, err
	}
	list = compare(before, now)
	order := []Change{Begins, Stops, Alters, OutHere}
	slices.SortFunc(list, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Change), slices.Index(order, b.Change)), cmp.Compare(a.Subject, b.Subject))
	})
	of = len(list)
	list = slices.Clone(list[:min(most, of)])
	return list, of, p.explain(tx, &b, list)
}

// paidColumns are what of a line is compared.
const paidColumns = `subject_id, receiver_id, division, amount, moved_out`

func scanPaid(rows *store.Rows) (l Line, err error) {
	return l, rows.Scan(&l.Subject, &l.Receiver, &l.Division, &l.Amount, &l.Out)
}

// compare puts the lines of two periods side by side.
func compare(before, now []Line) []Difference {
	was := map[string]Difference{}
	for _, l := range before {
		d := was[l.Subject]
		was[l.Subject] = Difference{Subject: l.Subject, Receiver: l.Receiver, Division: l.Division, Change: Stops, Before: d.Before + l.Amount}
	}
	var list []Difference
	for _, l := range now {
		old, paid := was[l.Subject]
		delete(was, l.Subject)
		d := Difference{Subject: l.Subject, Receiver: l.Receiver, Division: l.Division, Before: old.Before, After: l.Amount, Out: l.Out}
		switch {
		case l.Out != "":
			d.Change, d.After = OutHere, 0
		case !paid:
			d.Change = Begins
		case old.Before != l.Amount:
			d.Change = Alters
		default:
			continue
		}
		list = append(list, d)
	}
	for _, d := range was {
		if d.Before != 0 {
			list = append(list, d)
		}
	}
	return list
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
