package benefit

import (
	"cmp"
	"errors"
	"slices"

	"doudi/decide/rule"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

// How what is carried is kept.
const (
	paidKind = "paid"
	debtKind = "debt"
	inward   = "in"
	outward  = "out"
)

// carried is what came with a person, or went.
type carried struct {
	id, subject, direction, kind, scheme, other, reference string
	month                                                  period.Month
	amount                                                 money.Fen
}

const carriedQuery = `SELECT carried_id, subject_id, direction, kind, scheme, month, amount, other_county, reference FROM benefit_carried WHERE county_code = ?1`

func scanCarried(rows *store.Rows) (c carried, err error) {
	var month string
	if err := rows.Scan(&c.id, &c.subject, &c.direction, &c.kind, &c.scheme, &month, &c.amount, &c.other, &c.reference); err != nil {
		return c, err
	}
	c.month, err = period.ParseMonth(month)
	return c, err
}

// carriedOf is what is carried of many subjects.
func carriedOf(tx *store.Tx, subjects many) (map[string][]carried, error) {
	list, err := ask(tx, subjects, scanCarried, func(c *carried) string { return c.subject }, carriedQuery+` AND {subject_id}`, tx.County)
	slices.SortStableFunc(list, func(a, b carried) int { return cmp.Compare(a.id, b.id) })
	all := map[string][]carried{}
	for _, c := range list {
		all[c.subject] = append(all[c.subject], c)
	}
	return all, err
}

// paidElsewhere is the last month that another county paid a scheme for; 0 for none.
func (m *matter) paidElsewhere(scheme string) (last period.Month) {
	for i := range m.carried {
		if c := &m.carried[i]; c.kind == paidKind && c.direction == inward && c.scheme == scheme {
			last = max(last, c.month)
		}
	}
	return last
}

// handedOver tells whether a month of somebody who left was paid here, as the other county was told.
func (m *matter) handedOver(scheme string, month period.Month) bool {
	return slices.ContainsFunc(m.carried, func(c carried) bool {
		return c.kind == paidKind && c.direction == outward && c.scheme == scheme && month <= c.month
	})
}

// Carry is what an offer to another county hands over: by each scheme the last month that an approved run called to be paid, and what is owed.
// It belongs into the transaction of the offer, and keeps what it said: those months stay due here. Of a household it is asked when nobody of it stays.
func (b *Benefits) Carry(tx *store.Tx, person string) (paid []register.PaidThrough, debts []register.Debt, err error) {
	last, err := Latest(tx)
	if err != nil {
		return nil, nil, err
	}
	if last != nil {
		if paid, err = b.paidThrough(tx, person, last.Month); err != nil {
			return nil, nil, err
		}
	}
	for _, p := range paid {
		c := carried{subject: person, direction: outward, kind: paidKind, scheme: p.Scheme, month: p.Month, amount: p.Amount}
		if err := keepCarried(tx, c); err != nil {
			return nil, nil, err
		}
	}
	debts, err = b.debts(tx, person)
	return paid, debts, err
}

// paidThrough are the last months called by the runs up to a month.
func (b *Benefits) paidThrough(tx *store.Tx, person string, until period.Month) ([]register.PaidThrough, error) {
	all, err := approvedOf(tx, between([]string{person}), 0)
	if err != nil {
		return nil, err
	}
	var paid []register.PaidThrough
	for _, scheme := range schemesIn(all[person]) {
		for month := until; ; month-- {
			c := standing(all[person], scheme, month)
			if gives(c.verdict) && !c.held && c.amount > 0 {
				through := month
				if c.first != 0 {
					through = c.to
				}
				paid = append(paid, register.PaidThrough{Scheme: scheme, Month: through, Amount: monthly(c)})
				break
			}
			if month <= firstOf(all[person]) {
				break
			}
		}
	}
	return paid, nil
}

func firstOf(list []Determination) period.Month {
	first := NoEnd
	for i := range list {
		first = min(first, list[i].From)
	}
	return first
}

func schemesIn(list []Determination) []string {
	var names []string
	for i := range list {
		names = append(names, list[i].Scheme)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// debts are what approved runs found to be too much for months that runs before had called, less what later ones found to be too little, and what the person
// owed another county.
func (b *Benefits) debts(tx *store.Tx, person string) ([]register.Debt, error) {
	list, err := store.All(tx, scanDifference, `SELECT d.subject_id, d.scheme, d.month, d.kind, d.before, d.after, d.reason, d.division
		FROM benefit_difference d JOIN benefit_run r ON r.county_code = d.county_code AND r.run_id = d.run_id
		WHERE d.county_code = ?1 AND d.subject_id = ?2 AND r.state = 'approved' AND d.month < r.called_from ORDER BY d.scheme, r.number, d.month`, tx.County, person)
	if err != nil {
		return nil, err
	}
	debts := owed(person, list)
	brought, err := carriedOf(tx, between([]string{person}))
	for _, c := range brought[person] {
		if c.kind == debtKind && c.direction == inward {
			debts = append(debts, register.Debt{ID: c.reference, Reason: debtReason(c.other), Since: c.month.First(), Amount: c.amount})
		}
	}
	return debts, err
}

// owed adds up what was too much and too little in the order in which it was found. What was too little lessens a debt that was there before; while nothing
// was owed it does not.
func owed(person string, list []Difference) (debts []register.Debt) {
	for i := range list {
		d := &list[i]
		n := len(debts) - 1
		if n < 0 || debts[n].ID != person+"/"+d.Scheme {
			debts = append(debts, register.Debt{ID: person + "/" + d.Scheme, Reason: debtReason(d.Scheme)})
			n++
		}
		if debts[n].Amount == 0 {
			debts[n].Since = d.Month.First()
		}
		debts[n].Since = min(debts[n].Since, d.Month.First())
		debts[n].Amount = max(debts[n].Amount+d.Before-d.After, 0)
	}
	return slices.DeleteFunc(debts, func(d register.Debt) bool { return d.Amount == 0 })
}

// Arrive takes over what an accepted transfer carries of payments and debts. It belongs into the transaction that accepts the transfer; a
// replayed arrival changes nothing.
func (b *Benefits) Arrive(tx *store.Tx, a register.Arrival) error {
	if a.Replayed {
		return nil
	}
	paid, debts := len(a.Transfer.Paid), len(a.Transfer.Debts)
	if w := a.Transfer.Whole; w != nil {
		if err := bring(tx, w.ID, a.Transfer.From, w.Paid, w.Debts); err != nil {
			return err
		}
		paid, debts = paid+len(w.Paid), debts+len(w.Debts)
	}
	if paid == 0 && debts == 0 {
		return nil
	}
	if err := bring(tx, a.Person, a.Transfer.From, a.Transfer.Paid, a.Transfer.Debts); err != nil {
		return err
	}
	if err := dated.Changed(tx, a.Person); err != nil {
		return err
	}
	_, err := b.Log.Record(tx, audit.Note{Name: "benefit.carried", Subject: a.Transfer.ID, Content: map[string]any{"from": a.Transfer.From, "paid": paid, "debts": debts},
		Persons: map[string]any{a.Person: nil}})
	return err
}

// bring keeps what a subject brings from another county.
func bring(tx *store.Tx, subject, from string, paid []register.PaidThrough, debts []register.Debt) error {
	for _, p := range paid {
		if err := keepCarried(tx, carried{subject: subject, direction: inward, kind: paidKind, scheme: p.Scheme, month: p.Month, amount: p.Amount, other: from}); err != nil {
			return err
		}
	}
	for _, d := range debts {
		if err := keepCarried(tx, carried{subject: subject, direction: inward, kind: debtKind, month: d.Since.Month(), amount: d.Amount, other: from, reference: d.ID}); err != nil {
			return err
		}
	}
	return nil
}

func keepCarried(tx *store.Tx, c carried) error {
	_, err := tx.Exec(`INSERT INTO benefit_carried (county_code, carried_id, subject_id, direction, kind, scheme, month, amount, other_county, reference, instant)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`, tx.County, tx.NewID(), c.subject, c.direction, c.kind, c.scheme, c.month.String(), int64(c.amount), c.other, c.reference,
		store.FormatInstant(tx.Instant))
	return err
}

// Called is what approved runs call for a subject in all, by scheme: what is due for the months they called.
func Called(tx *store.Tx, subject string) (map[string]money.Fen, error) {
	last, err := Latest(tx)
	if err != nil || last == nil {
		return nil, err
	}
	all, err := Of(tx, subject)
	due := map[string]money.Fen{}
	for _, scheme := range schemesIn(all) {
		for month := firstOf(all); month <= last.Month; month++ {
			c := standing(all, scheme, month)
			if due[scheme], err = money.Add(due[scheme], c.due(month)); err != nil {
				return nil, err
			}
		}
	}
	return due, err
}

// Debts is what a person owes: what was too much here, and what another county handed over.
func (b *Benefits) Debts(tx *store.Tx, person string) ([]register.Debt, error) {
	return b.debts(tx, person)
}

// determinationColumns are those of a determination, for scanDetermination.
const determinationColumns = `d.subject_id, d.scheme, d.run_id, d.from_month, d.to_month, d.every, d.verdict, d.reason, d.amount, d.held, d.exit, d.adoption_id, d.division, d.review_day`

func readDetermination(rows *store.Rows) (Determination, error) { return scanDetermination(rows) }

func scanDetermination(rows *store.Rows, more ...any) (d Determination, err error) {
	var from, to, review string
	if err := rows.Scan(append([]any{&d.Subject, &d.Scheme, &d.Run, &from, &to, &d.Every, &d.Verdict, &d.Reason, &d.Amount, &d.Held, &d.Exit, &d.Adoption, &d.Division, &review}, more...)...); err != nil {
		return d, err
	}
	var errs [3]error
	d.From, errs[0] = period.ParseMonth(from)
	d.To, errs[1] = period.ParseMonth(to)
	d.ReviewBy, errs[2] = dated.DayFrom(review, 0)
	return d, errors.Join(errs[:]...)
}

// numbered is a determination with the number of its run.
type numbered struct {
	Determination
	number int64
}

// approvedOf are the determinations of approved runs about many subjects, in the order of the runs; of runs before a number, unless it is 0.
func approvedOf(tx *store.Tx, subjects many, before int64) (map[string][]Determination, error) {
	if before == 0 {
		before = int64(rule.Forever)
	}
	list, err := ask(tx, subjects, func(rows *store.Rows) (n numbered, err error) {
		n.Determination, err = scanDetermination(rows, &n.number)
		return n, err
	}, func(n *numbered) string { return n.Subject }, `SELECT `+determinationColumns+`, r.number FROM benefit_determination d JOIN benefit_run r ON r.county_code = d.county_code AND r.run_id = d.run_id
		WHERE d.county_code = ?1 AND {d.subject_id} AND r.state = 'approved' AND r.number < ?2`, tx.County, before)
	slices.SortFunc(list, func(a, b numbered) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.From, b.From))
	})
	all := map[string][]Determination{}
	for i := range list {
		all[list[i].Subject] = append(all[list[i].Subject], list[i].Determination)
	}
	return all, err
}

// ownOf is what one run says about many subjects, in the order of subjects, schemes and months.
func ownOf(tx *store.Tx, run string, subjects many) (determinations []Determination, differences []Difference, err error) {
	determinations, err = ask(tx, subjects, readDetermination, func(d *Determination) string { return d.Subject },
		`SELECT `+determinationColumns+` FROM benefit_determination d WHERE d.county_code = ?1 AND d.run_id = ?2 AND {d.subject_id}`, tx.County, run)
	if err != nil {
		return nil, nil, err
	}
	differences, err = ask(tx, subjects, scanDifference, func(d *Difference) string { return d.Subject }, differenceColumns+` AND {subject_id}`, tx.County, run)
	slices.SortFunc(determinations, func(a, b Determination) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.From, b.From))
	})
	ordered(differences)
	return determinations, differences, err
}
