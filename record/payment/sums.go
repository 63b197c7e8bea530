package payment

import (
	"doudi/kernel/money"
	"doudi/record/fund"
	"doudi/record/store"
)

// Sum is how many there are of something in a batch, and what they come to.
type Sum struct {
	Number int64
	Amount money.Fen
}

// Sums are the figures of a batch, each added up from where it is kept itself. They are kept with every step, so that a page reads a few rows and no whole
// period; [Payments.Verify] adds them up once more.
type Sums struct {
	Lines   Sum // who is paid, from the lines
	Nothing Sum // of them those who get nothing, because what they owe is as much as what is due
	Items   Sum // months, from the items
	Claimed Sum // what the special account holds for the batch, from its commitments
	Settled Sum // of it what it has paid: the number is not counted
	Ordered Sum // what the bank was told to pay, each subject once
	Sent    Sum // of it: no answer yet
	Paid    Sum // …: paid
	Failed  Sum // …: came back, and waits for somebody
	Mended  Sum // …: came back, and goes into the next file
	Before  Sum // what the period before paid

	Plain  Sum // of the lines, those whose amount is the standard times the months
	Twice  Sum // items that another batch pays, too: none
	Others Sum // moved out because the account is in another name
	Out    Sum // moved out for whatever reason

	Changes map[Change]Sum // differences to the period before; the amount is after less before
}

// Rest is what the figures leave over when they are compared with one another, without signs: zero, or something is wrong.
func (s Sums) Rest() (rest money.Fen) {
	pairs := [][2]money.Fen{{s.Lines.Amount, s.Items.Amount}, {s.Lines.Amount, s.Claimed.Amount}, {s.Paid.Amount, s.Settled.Amount}}
	if s.Ordered.Number > 0 {
		pairs = append(pairs, [2]money.Fen{s.Lines.Amount, s.Ordered.Amount}, [2]money.Fen{s.Ordered.Amount, s.Sent.Amount + s.Paid.Amount + s.Failed.Amount + s.Mended.Amount})
	}
	for _, p := range pairs {
		rest += max(p[0]-p[1], p[1]-p[0])
	}
	return rest
}

// Uncounted is how many of those who are paid have no order, although there is a file for the bank; zero, or something is wrong.
func (s Sums) Uncounted() int64 {
	if s.Ordered.Number == 0 {
		return 0
	}
	return s.Lines.Number - s.Nothing.Number - s.Ordered.Number
}

// Progress is how far paying a locked batch has come.
type Progress string

// The stages of it.
const (
	NotSent Progress = "locked"
	AtBank  Progress = "sent"
	Partly  Progress = "returning" // some of it was answered
	Missed  Progress = "failed"    // all of it was answered, and somebody did not get it
	Done    Progress = "done"
)

// Progress is how far the figures say it has come.
func (s Sums) Progress() Progress {
	switch {
	case s.Ordered.Number == 0:
		return NotSent
	case s.Sent.Number > 0 && s.Paid.Number+s.Failed.Number+s.Mended.Number == 0:
		return AtBank
	case s.Sent.Number > 0:
		return Partly
	case s.Failed.Number+s.Mended.Number > 0:
		return Missed
	}
	return Done
}

// named are the sums under the names they are kept by.
func (s *Sums) named() map[string]*Sum {
	return map[string]*Sum{"lines": &s.Lines, "nothing": &s.Nothing, "items": &s.Items, "fund": &s.Claimed, "settled": &s.Settled, "order": &s.Ordered, "sent": &s.Sent, "paid": &s.Paid,
		"failed": &s.Failed, "mended": &s.Mended, "before": &s.Before, "plain": &s.Plain, "twice": &s.Twice, "others": &s.Others, "out": &s.Out}
}

// changeName is the name a sum of differences is kept by.
func changeName(c Change) string { return "change/" + string(c) }

// SumsOf are the figures of a batch as they were with its last step; of a batch whose last step was before they were kept, as they are now.
func SumsOf(tx *store.Tx, b *Batch) (s Sums, err error) {
	type row struct {
		what string
		Sum
	}
	rows, err := store.All(tx, func(rows *store.Rows) (r row, err error) { return r, rows.Scan(&r.what, &r.Number, &r.Amount) },
		`SELECT what, number, amount FROM payment_sum WHERE county_code = ?1 AND batch_id = ?2`, tx.County, b.ID)
	if err != nil {
		return s, err
	}
	if len(rows) == 0 {
		return added(tx, b)
	}
	named := s.named()
	s.Changes = map[Change]Sum{}
	for _, r := range rows {
		if to := named[r.what]; to != nil {
			*to = r.Sum
			continue
		}
		for _, c := range changes {
			if changeName(c) == r.what {
				s.Changes[c] = r.Sum
			}
		}
	}
	return s, nil
}

// The sums of one table each. Every one of them reads the rows of one batch by their key.
const (
	lineSums = `SELECT CASE WHEN moved_out <> '' THEN 'out' WHEN amount = 0 THEN 'nothing' ELSE 'lines' END, COUNT(*), CAST(COALESCE(SUM(amount), 0) AS BIGINT)
		FROM payment_line WHERE county_code = ?1 AND batch_id = ?2 GROUP BY 1`
	otherSum  = `SELECT COUNT(*), CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM payment_line WHERE county_code = ?1 AND batch_id = ?2 AND moved_out = 'other-name'`
	itemSum   = `SELECT COUNT(*), CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM payment_item WHERE county_code = ?1 AND batch_id = ?2 AND counts = 1`
	orderSums = `SELECT state, COUNT(*), CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM payment_order WHERE county_code = ?1 AND batch_id = ?2 GROUP BY state`
	twiceSum  = `SELECT COUNT(*), CAST(COALESCE(SUM(i.amount), 0) AS BIGINT) FROM payment_item i JOIN payment_item o ON o.county_code = i.county_code AND o.run_id = i.run_id AND o.scheme = i.scheme
		AND o.subject_id = i.subject_id AND o.month = i.month AND o.counts = 1 AND o.batch_id <> i.batch_id WHERE i.county_code = ?1 AND i.batch_id = ?2 AND i.counts = 1`
	// What every month of a line comes to is the same, and there is no month of which something is taken back: the amount is the standard times the months.
	plainSum = `SELECT COUNT(*), CAST(COALESCE(SUM(paid), 0) AS BIGINT) FROM (SELECT l.subject_id, l.amount AS paid FROM payment_line l
		JOIN payment_item i ON i.county_code = l.county_code AND i.batch_id = l.batch_id AND i.subject_id = l.subject_id AND i.counts = 1
		WHERE l.county_code = ?1 AND l.batch_id = ?2 AND l.moved_out = '' AND l.amount > 0 GROUP BY l.subject_id, l.amount, l.months
		HAVING MIN(i.amount) = MAX(i.amount) AND MIN(i.amount) > 0 AND l.amount = l.months * MIN(i.amount)) p`
	beforeSum = `SELECT COUNT(*), CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM (` + beforeLines + `) b`
	changeSum = `SELECT sort, COUNT(*), CAST(COALESCE(SUM(after_amount - before_amount), 0) AS BIGINT) FROM payment_difference WHERE county_code = ?1 AND batch_id = ?2 GROUP BY sort`
)

// added adds up the figures of a batch from everything that is kept of it.
func added(tx *store.Tx, b *Batch) (s Sums, err error) {
	for _, one := range []struct {
		to    *Sum
		query string
	}{{&s.Items, itemSum}, {&s.Others, otherSum}, {&s.Twice, twiceSum}, {&s.Plain, plainSum}} {
		if err := tx.QueryRow(one.query, tx.County, b.ID).Scan(&one.to.Number, &one.to.Amount); err != nil {
			return s, err
		}
	}
	if err := tx.QueryRow(beforeSum, tx.County, b.ID, b.Scheme, b.Payer, b.Fund, b.From.String()).Scan(&s.Before.Number, &s.Before.Amount); err != nil {
		return s, err
	}
	if err := s.grouped(tx, b); err != nil {
		return s, err
	}
	claimed, err := fund.ClaimedBy(tx, fund.FromBatch, b.ID)
	s.Claimed, s.Settled = Sum{claimed.Count, claimed.Amount}, Sum{0, claimed.Paid}
	return s, err
}

// grouped adds up what stands in groups: lines by whether they are paid, orders by what became of them, differences by their sort.
func (s *Sums) grouped(tx *store.Tx, b *Batch) error {
	type group struct {
		name string
		Sum
	}
	scan := func(rows *store.Rows) (g group, err error) { return g, rows.Scan(&g.name, &g.Number, &g.Amount) }
	lines, err := store.All(tx, scan, lineSums, tx.County, b.ID)
	if err != nil {
		return err
	}
	named := s.named()
	for _, g := range lines {
		*named[g.name] = g.Sum
	}
	s.Lines.Number += s.Nothing.Number
	orders, err := store.All(tx, scan, orderSums, tx.County, b.ID)
	if err != nil {
		return err
	}
	for _, g := range orders {
		if to := named[g.name]; to != nil { // of one that is in a later file, that one counts
			*to = g.Sum
			s.Ordered.Number, s.Ordered.Amount = s.Ordered.Number+g.Number, s.Ordered.Amount+g.Amount
		}
	}
	type sort struct {
		place int
		Sum
	}
	sorts, err := store.All(tx, func(rows *store.Rows) (g sort, err error) { return g, rows.Scan(&g.place, &g.Number, &g.Amount) }, changeSum, tx.County, b.ID)
	s.Changes = map[Change]Sum{}
	for _, g := range sorts {
		if 1 <= g.place && g.place <= len(changes) {
			s.Changes[changes[g.place-1]] = g.Sum
		}
	}
	return err
}

// keep writes the figures down.
func (s Sums) keep(tx *store.Tx, b *Batch) error {
	if err := tx.Later(nil, `DELETE FROM payment_sum WHERE county_code = ?1 AND batch_id = ?2`, tx.County, b.ID); err != nil {
		return err
	}
	all := map[string]Sum{}
	for name, sum := range s.named() {
		all[name] = *sum
	}
	for c, sum := range s.Changes {
		all[changeName(c)] = sum
	}
	for name, sum := range all {
		if err := tx.Later(nil, `INSERT INTO payment_sum (county_code, batch_id, what, number, amount) VALUES (?1, ?2, ?3, ?4, ?5)`, tx.County, b.ID, name, sum.Number, int64(sum.Amount)); err != nil {
			return err
		}
	}
	return nil
}

// balanced refuses figures of a batch that differ. Of a void one the lines stand as they were; nothing counts any more. Code: payment.unbalanced.
func (s Sums) balanced(b *Batch) error {
	want := b.Total
	if b.State == Void {
		s.Lines, want = Sum{}, 0
	}
	if s.Items.Amount != want || s.Claimed.Amount != want || b.State != Void && (s.Lines.Amount != want || s.Rest() != 0 || s.Uncounted() != 0) {
		return unbalanced(b, s)
	}
	return nil
}

// reconcile refuses to go on with a batch whose figures differ, and keeps them. Code: payment.unbalanced.
func reconcile(tx *store.Tx, b *Batch) error {
	s, err := added(tx, b)
	if err != nil {
		return err
	}
	if err := s.balanced(b); err != nil {
		return err
	}
	return s.keep(tx, b)
}
