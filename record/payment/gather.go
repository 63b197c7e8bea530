package payment

import (
	"cmp"
	"maps"
	"slices"

	"doudi/decide/policy"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/benefit"
	"doudi/record/store"
)

// Request asks for a batch.
type Request struct {
	Scheme string       // series/benefit
	Payer  string       // "" when the scheme has only one
	Fund   string       // likewise
	Month  period.Month // any of the period
	Again  bool         // a further batch of the period, for what was moved out of the one before

	Tell func(what Stage, done, of int64) // unless it is nil, told how many lines are done
}

// Stage is what is under way when a batch is made.
type Stage string

// The stages of making a batch.
const (
	Looking Stage = "looking" // at the accounts of who is paid
	Writing Stage = "writing" // the lines, and speaking for their money
)

// pass does something for each line and tells how many are done.
func (r *Request) pass(what Stage, lines []*Line, do func(*Line) error) error {
	for n, l := range lines {
		if err := do(l); err != nil {
			return err
		}
		if r.Tell != nil {
			r.Tell(what, int64(n+1), int64(len(lines)))
		}
	}
	return nil
}

// key tells batches of one kind.
type key struct{ scheme, payer, fund string }

func (k key) filter() benefit.LineFilter {
	return benefit.LineFilter{Scheme: k.scheme, Payer: k.payer, Fund: k.fund}
}

func (k key) chooses(l benefit.Line) bool {
	return l.Scheme == k.scheme && (k.payer == "" || l.Payer == k.payer) && (k.fund == "" || l.Fund == k.fund)
}

// page is how many lines, or subjects, are asked for at a time.
const page = 500

// each hands over what a run calls under a key.
func (p *Payments) each(tx *store.Tx, run string, k key, visit func(benefit.Line) error) error {
	for after := ""; ; {
		lines, next, err := p.calls.Lines(tx, run, k.filter(), after, page)
		if err != nil {
			return err
		}
		for _, l := range lines {
			if !k.chooses(l) {
				continue
			}
			if err := visit(l); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		after = next
	}
}

// due is what is to be paid in a batch.
type due struct {
	key
	paid     policy.Period
	from, to period.Month
	runs     []string // whose lines are taken for the first time
	lines    map[string]*Line
}

// settle finds the key and the period of a request: as the runs of the month say, or else as the last batch of the scheme did.
func (p *Payments) settle(tx *store.Tx, r Request, approved []benefit.Run) (due, error) {
	d := due{key: key{r.Scheme, r.Payer, r.Fund}}
	found := map[key]policy.Period{}
	note := func(l benefit.Line) error {
		found[key{l.Scheme, l.Payer, l.Fund}] = l.Paid
		return nil
	}
	for _, run := range slices.Backward(approved) {
		if covers(run, r.Month) && len(found) == 0 {
			if err := p.each(tx, run.ID, d.key, note); err != nil {
				return d, err
			}
		}
	}
	if len(found) == 0 {
		before, err := store.All(tx, scanBatches, `SELECT `+batchColumns+` FROM payment_batch WHERE county_code = ?1 AND scheme = ?2 AND (?3 = '' OR payer = ?3) AND (?4 = '' OR fund = ?4) ORDER BY seq DESC LIMIT 1`,
			tx.County, r.Scheme, r.Payer, r.Fund)
		if err != nil {
			return d, err
		}
		for _, b := range before {
			found[key{b.Scheme, b.Payer, b.Fund}] = b.Paid
		}
	}
	if len(found) != 1 {
		return d, p.notOne(r, slices.SortedFunc(maps.Keys(found), func(a, b key) int { return cmp.Or(cmp.Compare(a.payer, b.payer), cmp.Compare(a.fund, b.fund)) }))
	}
	for d.key, d.paid = range found {
		d.from, d.to = Period(d.paid, r.Month)
	}
	return d, complete(&d, approved)
}

// covers tells whether a run called a month to be paid as its own.
func covers(r benefit.Run, m period.Month) bool { return r.CalledFrom <= m && m <= r.Month }

// complete refuses a period of which a month has not been run and approved yet. What was before the first run is somebody else's.
func complete(d *due, approved []benefit.Run) error {
	first := d.to
	for _, r := range approved {
		first = min(first, r.CalledFrom)
	}
	var missing []string
	for m := max(d.from, first); m <= d.to; m++ {
		if !slices.ContainsFunc(approved, func(r benefit.Run) bool { return covers(r, m) }) {
			missing = append(missing, m.String())
		}
	}
	if len(missing) > 0 {
		return runMissing(missing)
	}
	return nil
}

// gather collects what is to be paid: the lines of runs up to the period that no batch has read, and what was moved out of earlier ones.
func (p *Payments) gather(tx *store.Tx, d *due, approved []benefit.Run) error {
	d.lines = map[string]*Line{}
	if err := d.loose(tx); err != nil {
		return err
	}
	read, err := store.All(tx, store.Text, `SELECT run_id FROM payment_read WHERE county_code = ?1 AND scheme = ?2 AND payer = ?3 AND fund = ?4`, tx.County, d.scheme, d.payer, d.fund)
	if err != nil {
		return err
	}
	for _, run := range approved {
		if run.Month > d.to || slices.Contains(read, run.ID) {
			continue
		}
		d.runs = append(d.runs, run.ID)
		err := p.each(tx, run.ID, d.key, func(l benefit.Line) error {
			return d.add(l.Subject, l.Receiver, l.Division, Item{Run: run.ID, Month: l.Month, Amount: l.Amount})
		})
		if err != nil {
			return err
		}
	}
	return d.count()
}

// loose adds what earlier batches hold and do not pay.
func (d *due) loose(tx *store.Tx) error {
	type row struct {
		subject, receiver string
		division          ident.Division
		Item
	}
	rows, err := store.All(tx, func(rows *store.Rows) (r row, err error) {
		var month string
		if err := rows.Scan(&r.subject, &r.receiver, &r.division, &r.Run, &month, &r.Amount); err != nil {
			return r, err
		}
		r.Month, err = period.ParseMonth(month)
		return r, err
	}, `SELECT i.subject_id, l.receiver_id, l.division, i.run_id, i.month, i.amount FROM payment_item i
		JOIN payment_batch b ON b.county_code = i.county_code AND b.batch_id = i.batch_id
		JOIN payment_line l ON l.county_code = i.county_code AND l.batch_id = i.batch_id AND l.subject_id = i.subject_id
		WHERE i.county_code = ?1 AND i.scheme = ?2 AND i.counts = 0 AND b.payer = ?3 AND b.fund = ?4 AND b.from_month <= ?5
		AND NOT EXISTS (SELECT 1 FROM payment_item o WHERE o.county_code = i.county_code AND o.run_id = i.run_id AND o.scheme = i.scheme AND o.subject_id = i.subject_id AND o.month = i.month AND o.counts = 1)
		ORDER BY b.seq, i.subject_id, i.month`, tx.County, d.scheme, d.payer, d.fund, d.from.String())
	if err != nil {
		return err
	}
	for _, r := range rows { // moved out of several batches one after the other it stands there several times
		if l := d.lines[r.subject]; l == nil || !slices.ContainsFunc(l.Items, func(i Item) bool { return i.Run == r.Run && i.Month == r.Month }) {
			if err := d.add(r.subject, r.receiver, r.division, r.Item); err != nil {
				return err
			}
		}
	}
	return nil
}

// add puts an item into the line of its subject. The receiver is the one of the latest run that knows one.
func (d *due) add(subject, receiver string, division ident.Division, item Item) (err error) {
	l := d.lines[subject]
	if l == nil {
		l = &Line{Subject: subject}
		d.lines[subject] = l
	}
	l.Receiver, l.Division = cmp.Or(receiver, l.Receiver), cmp.Or(division, l.Division)
	if i := slices.IndexFunc(l.Items, func(i Item) bool { return i.Run == item.Run && i.Month == item.Month }); i >= 0 {
		l.Items[i].Amount, err = money.Add(l.Items[i].Amount, item.Amount)
		return err
	}
	l.Items = append(l.Items, item)
	return nil
}

// count adds up each line.
func (d *due) count() (err error) {
	for _, l := range d.lines {
		var months []period.Month
		for _, i := range l.Items {
			if l.Amount, err = money.Add(l.Amount, i.Amount); err != nil {
				return err
			}
			if d.from <= i.Month && i.Amount > 0 && !slices.Contains(months, i.Month) {
				months = append(months, i.Month)
			}
		}
		l.Months = int64(len(months))
	}
	return nil
}

// inOrder are the lines by subject.
func (d *due) inOrder() []*Line {
	return slices.SortedFunc(maps.Values(d.lines), func(a, b *Line) int { return cmp.Compare(a.Subject, b.Subject) })
}
