package fund

import (
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// Unpaid is what is still to be paid of a commitment, whether it is posted yet or not; of a voided one nothing.
func (c Commitment) Unpaid() money.Fen {
	if c.State == StateVoided {
		return 0
	}
	return c.Amount - c.Paid - c.Returned
}

// Age is how many days ago it was committed.
func (c Commitment) Age(on period.Day) int { return int(on - c.FirstDay) }

// Overdue is how many days ago it should have been paid; 0 when it was, when there is time yet, or when nothing says by when.
func (c Commitment) Overdue(on period.Day) int {
	if c.Unpaid() == 0 || c.Due == 0 || on <= c.Due {
		return 0
	}
	return int(on - c.Due)
}

// What is outstanding is pending or posted and not fully paid; its index is fund_commitment_outstanding.
const (
	outstanding        = `state <> 'voided' AND amount > paid + returned `
	outstandingOfWhere = `WHERE county_code = ?1 AND fund_code = ?2 AND ` + outstanding + `AND (payee_kind, payee_id, due_day, commitment_id) > (?3, ?4, ?5, ?6)
		ORDER BY payee_kind, payee_id, due_day, commitment_id LIMIT ?7`
	outstandingToWhere = `WHERE county_code = ?1 AND fund_code = ?2 AND payee_kind = ?3 AND payee_id = ?4 AND ` + outstanding + `AND (due_day, commitment_id) > (?5, ?6)
		ORDER BY due_day, commitment_id LIMIT ?7`
	selectTotal = `SELECT payee_kind, payee_id, CAST(SUM(amount - paid - returned) AS BIGINT), COUNT(*),
		CAST(SUM(CASE WHEN due_day <> '' AND due_day < ?3 THEN amount - paid - returned ELSE 0 END) AS BIGINT), SUM(CASE WHEN due_day <> '' AND due_day < ?3 THEN 1 ELSE 0 END),
		CAST(SUM(CASE WHEN state = 'posted' THEN amount - paid - returned ELSE 0 END) AS BIGINT), COALESCE(MIN(CASE WHEN due_day <> '' THEN due_day END), '') FROM fund_commitment
		WHERE county_code = ?1 AND fund_code = ?2 AND `
	totalsOfSQL = selectTotal + outstanding + `GROUP BY payee_kind, payee_id`
	totalsToSQL = selectTotal + outstanding + `AND payee_kind = ?4 AND payee_id = ?5 GROUP BY payee_kind, payee_id`
)

// OutstandingOf lists what a fund has to pay and has not, payee by payee, what is due first before what is due later. It goes on
// after the commitment given, of which [Commitment.Payee], Due and ID count; the zero one is the beginning. A limit of 0 and any
// above 1000 mean 1000.
func OutstandingOf(tx *store.Tx, code string, after Commitment, limit int) ([]Commitment, error) {
	return store.All(tx, scanRow, selectCommitment+outstandingOfWhere, tx.County, code, string(after.Payee.Kind), after.Payee.ID, dated.DayOr(after.Due, 0), after.ID, most(limit))
}

// OutstandingTo lists what all funds of the county have to pay to one payee and have not, fund by fund, what is due first before
// what is due later. It goes on after the commitment given, as [OutstandingOf] does, of which Fund, Due and ID count.
func OutstandingTo(tx *store.Tx, to Payee, after Commitment, limit int) ([]Commitment, error) {
	codes, err := Codes(tx)
	if err != nil {
		return nil, err
	}
	limit = most(limit)
	var all []Commitment
	for _, code := range codes {
		if code < after.Fund || len(all) == limit {
			continue
		}
		if code > after.Fund {
			after = Commitment{}
		}
		more, err := store.All(tx, scanRow, selectCommitment+outstandingToWhere, tx.County, code, string(to.Kind), to.ID, dated.DayOr(after.Due, 0), after.ID, limit-len(all))
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// Total is what a fund has to pay to one payee and has not.
type Total struct {
	Fund    string
	Payee   Payee
	Amount  money.Fen
	Posted  money.Fen  // of it: owed already; the rest is still pending
	Count   int        // of commitments
	Late    money.Fen  // of the amount: overdue on the day asked
	Overdue int        // of the count
	First   period.Day // the earliest day by which some of it is due; 0 when nothing says
}

// TotalsOf adds up what a fund has to pay and has not, by payee.
func TotalsOf(tx *store.Tx, code string, on period.Day) ([]Total, error) {
	return totals(tx, code, totalsOfSQL, tx.County, code, on.String())
}

// TotalsTo adds up what all funds of the county have to pay to one payee and have not, by fund.
func TotalsTo(tx *store.Tx, to Payee, on period.Day) ([]Total, error) {
	codes, err := Codes(tx)
	if err != nil {
		return nil, err
	}
	var all []Total
	for _, code := range codes {
		more, err := totals(tx, code, totalsToSQL, tx.County, code, on.String(), string(to.Kind), to.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// most is how many a list has at most.
func most(limit int) int {
	const all = 1000
	if limit <= 0 || limit > all {
		return all
	}
	return limit
}

func totals(tx *store.Tx, code, query string, args ...any) ([]Total, error) {
	all, err := store.All(tx, func(rows *store.Rows) (t Total, err error) {
		t.Fund = code
		var first string
		if err := rows.Scan(&t.Payee.Kind, &t.Payee.ID, &t.Amount, &t.Count, &t.Late, &t.Overdue, &t.Posted, &first); err != nil {
			return t, err
		}
		if first != "" {
			t.First, err = period.ParseDay(first)
		}
		return t, err
	}, query, args...)
	sortBy(all, func(t Total) string { return t.Payee.account().Code })
	return all, err
}
