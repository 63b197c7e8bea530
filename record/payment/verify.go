package payment

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/record/benefit"
	"doudi/record/store"
)

// Counted is what [Payments.Verify] looked at.
type Counted struct {
	Batches int
	Lines   int
	Items   int
	Runs    int
}

// Verify looks for the first difference in the batches of a county: the sums of each batch, its items and its special account; that every item is what
// a run called, and every line of a run that was read is in a batch; that nothing is paid twice; and that nobody locked what he made. The error has code
// payment.differs (kind Conflict).
func (p *Payments) Verify(tx *store.Tx) (c Counted, err error) {
	if c, err = VerifySums(tx); err != nil {
		return c, err
	}
	c.Runs, c.Items, err = p.verifyRuns(tx)
	return c, err
}

// VerifySums is what of [Payments.Verify] needs no secrets: everything but what the runs call.
func VerifySums(tx *store.Tx) (c Counted, err error) {
	batches, err := Batches(tx, Filter{}, "", everything)
	if err != nil {
		return c, err
	}
	for i := len(batches) - 1; i >= 0; i-- {
		tx.Told(int64(c.Batches), int64(len(batches)))
		b, err := Get(tx, batches[i].ID)
		if err != nil {
			return c, err
		}
		lines, err := verifyBatch(tx, &b)
		if err != nil {
			return c, err
		}
		c.Batches, c.Lines = c.Batches+1, c.Lines+lines
	}
	return c, twice(tx)
}

func verifyBatch(tx *store.Tx, b *Batch) (lines int, err error) {
	if err := asKept(tx, b); err != nil {
		return 0, differs(err, text.Tell("批次 %s 勾稽不一致", "the batch %s does not reconcile", b.Number))
	}
	if locked := b.Last(Lock); locked != nil && b.made(locked.Actor.ID) {
		return 0, differs(nil, text.Tell("批次 %s 由制单人自己锁定", "the batch %s was locked by who made it", b.Number))
	}
	all, err := linesAfter(tx, b.ID, "", everything)
	if err != nil {
		return 0, err
	}
	sums := map[string]money.Fen{}
	type part struct {
		subject string
		amount  money.Fen
		wrong   int64
	}
	parts, err := store.All(tx, func(rows *store.Rows) (s part, err error) { return s, rows.Scan(&s.subject, &s.amount, &s.wrong) },
		`SELECT i.subject_id, CAST(SUM(i.amount) AS BIGINT), SUM(CASE WHEN i.counts <> CASE WHEN l.moved_out = '' AND b.state <> 'void' THEN 1 ELSE 0 END OR i.scheme <> b.scheme THEN 1 ELSE 0 END)
		FROM payment_item i JOIN payment_line l ON l.county_code = i.county_code AND l.batch_id = i.batch_id AND l.subject_id = i.subject_id
		JOIN payment_batch b ON b.county_code = i.county_code AND b.batch_id = i.batch_id
		WHERE i.county_code = ?1 AND i.batch_id = ?2 GROUP BY i.subject_id`, tx.County, b.ID)
	if err != nil {
		return 0, err
	}
	for _, s := range parts {
		if s.wrong > 0 {
			return 0, differs(nil, text.Tell("批次 %s 中 %s 的明细与名单不符", "in the batch %s the items of %s do not follow its line", b.Number, s.subject))
		}
		sums[s.subject] = s.amount
	}
	people := int64(0)
	for _, l := range all {
		if l.Amount != sums[l.Subject] {
			return 0, differs(nil, text.Tell("批次 %s 中 %s 的金额 %s 与明细之和 %s 不符", "in the batch %s the line of %s says %s, its items make %s", b.Number, l.Subject, l.Amount, sums[l.Subject]))
		}
		if l.Out == "" {
			people++
		}
	}
	if people != b.People {
		return 0, differs(nil, text.Tell("批次 %s 记 %d 人，名单 %d 人", "the batch %s says %d people, its lines are %d", b.Number, b.People, people))
	}
	return len(all), nil
}

// asKept adds the figures of a batch up once more, and compares them with each other and with those that its pages show.
func asKept(tx *store.Tx, b *Batch) error {
	now, err := added(tx, b)
	if err != nil {
		return err
	}
	if err := now.balanced(b); err != nil {
		return err
	}
	kept, err := SumsOf(tx, b)
	if err != nil {
		return err
	}
	now.Before, kept.Before = Sum{}, Sum{} // which another batch may have changed since
	now.Plain, kept.Plain = Sum{}, Sum{}   // the items of each line are compared with the runs themselves
	if !reflect.DeepEqual(now, kept) {
		return keptDiffer(b)
	}
	return nil
}

// twice finds what counts in two places, which the key of the table forbids: an index can be damaged or taken away.
func twice(tx *store.Tx) error {
	found, err := store.All(tx, func(rows *store.Rows) (s [2]string, err error) { return s, rows.Scan(&s[0], &s[1]) },
		`SELECT subject_id, month FROM payment_item WHERE county_code = ?1 AND counts = 1 GROUP BY run_id, scheme, subject_id, month HAVING COUNT(*) > 1 ORDER BY 1, 2 LIMIT 1`, tx.County)
	if err == nil && len(found) > 0 {
		err = differs(nil, text.Tell("%s 的 %s 发放了两次", "%s was paid twice for %s", found[0][0], found[0][1]))
	}
	return err
}

// verifyRuns compares what was taken up with what the runs call.
func (p *Payments) verifyRuns(tx *store.Tx) (runs, items int, err error) {
	approved, err := p.calls.Approved(tx, 0)
	if err != nil {
		return 0, 0, err
	}
	known := map[string]bool{}
	for _, run := range approved {
		tx.Told(int64(runs), int64(len(approved)))
		known[run.ID] = true
		n, err := p.verifyRun(tx, run)
		if err != nil {
			return runs, items, err
		}
		runs, items = runs+1, items+n
	}
	strays, err := store.All(tx, store.Text, `SELECT DISTINCT run_id FROM payment_item WHERE county_code = ?1 ORDER BY run_id`, tx.County)
	for _, run := range strays {
		if !known[run] {
			return runs, items, differs(nil, text.Tell("批次里有来自未批准核发 %s 的明细", "items come from the run %s, which is not approved", run))
		}
	}
	return runs, items, err
}

// place tells items of a run.
type place struct{ scheme, subject, month string }

// inOrder are places by scheme, subject and month, so that the first difference is always the same one.
func inOrder(of map[place]money.Fen) []place {
	return slices.SortedFunc(maps.Keys(of), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.scheme, b.scheme), cmp.Compare(a.subject, b.subject), cmp.Compare(a.month, b.month))
	})
}

func (p *Payments) verifyRun(tx *store.Tx, run benefit.Run) (int, error) {
	type row struct {
		place
		amount money.Fen
	}
	rows, err := store.All(tx, func(rows *store.Rows) (r row, err error) {
		return r, rows.Scan(&r.scheme, &r.subject, &r.month, &r.amount)
	},
		`SELECT DISTINCT scheme, subject_id, month, amount FROM payment_item WHERE county_code = ?1 AND run_id = ?2`, tx.County, run.ID)
	if err != nil {
		return 0, err
	}
	taken := map[place]money.Fen{}
	for _, r := range rows {
		if other, twice := taken[r.place]; twice {
			return 0, differs(nil, text.Tell("%s 的 %s 记了两个金额：%s、%s", "%s has two amounts for %s: %s and %s", r.subject, r.month, other, r.amount))
		}
		taken[r.place] = r.amount
	}
	read, err := store.All(tx, func(rows *store.Rows) (k key, err error) { return k, rows.Scan(&k.scheme, &k.payer, &k.fund) },
		`SELECT scheme, payer, fund FROM payment_read WHERE county_code = ?1 AND run_id = ?2 ORDER BY scheme, payer, fund`, tx.County, run.ID)
	if err != nil {
		return 0, err
	}
	for _, k := range read {
		called := map[place]money.Fen{}
		if err := p.each(tx, run.ID, k, func(l benefit.Line) error {
			called[place{l.Scheme, l.Subject, l.Month.String()}] += l.Amount
			return nil
		}); err != nil {
			return 0, err
		}
		for _, at := range inOrder(called) {
			amount := called[at]
			if got, there := taken[at]; !there || got != amount {
				return 0, differs(nil, text.Tell("%s 的 %s：核发应发 %s，批次记 %s", "%s for %s: the run calls %s, the batches say %s", at.subject, at.month, amount, got))
			}
			delete(taken, at)
		}
	}
	for _, at := range inOrder(taken) {
		return 0, differs(nil, text.Tell("%s 的 %s 记了 %s，没有核发依据", "%s for %s: %s without a determination behind it", at.subject, at.month, taken[at]))
	}
	return len(rows), nil
}

func differs(cause error, what fault.Text) error {
	return &fault.Error{Kind: fault.Conflict, Code: "payment.differs", Op: "payment", Cause: cause, Message: what,
		Hint: text.Tell("停发这一批，从备份和审计记录查明", "do not pay this batch; find out from a backup and the audit log")}
}
