package payment

import (
	"cmp"
	"database/sql"
	"errors"
	"strings"

	"doudi/kernel/money"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/store"
)

// Category is what a special account may allow instead of each scheme by its id.
const Category = "allowance"

// Create makes the draft of a batch from what the approved runs call, and speaks for its money. Asked again, it answers the batch there is, unless
// that one is locked and a further one is asked for. Codes: payment.scheme-unclear when nothing names one payer and fund, payment.run-missing,
// payment.nothing-due, payment.fund-short, and those of [fund.Commit].
func (p *Payments) Create(tx *store.Tx, r Request) (Batch, error) {
	approved, err := p.calls.Approved(tx, 0)
	if err != nil {
		return Batch{}, err
	}
	d, err := p.settle(tx, r, approved)
	if err != nil {
		return Batch{}, err
	}
	b := Batch{Scheme: d.scheme, Payer: d.payer, Fund: d.fund, Paid: d.paid, From: d.from, To: d.to, Part: 1, State: Draft}
	standing, err := scanBatch(tx.QueryRow(`SELECT `+batchColumns+` FROM payment_batch WHERE county_code = ?1 AND scheme = ?2 AND payer = ?3 AND fund = ?4 AND from_month = ?5 AND state <> 'void'
		ORDER BY part DESC LIMIT 1`, tx.County, b.Scheme, b.Payer, b.Fund, b.From.String()))
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return b, err
	case standing.State == Locked && r.Again:
		b.Part = standing.Part + 1
	default:
		return Get(tx, standing.ID)
	}
	if err := p.gather(tx, &d, approved); err != nil {
		return b, err
	}
	if len(d.lines) == 0 {
		return b, nothingDue(&b, p.quoted(b.Scheme))
	}
	return p.write(tx, r, b, &d)
}

// write keeps a new batch. First everything is read, then everything is written, so that it can travel together.
func (p *Payments) write(tx *store.Tx, r Request, b Batch, d *due) (Batch, error) {
	lines := d.inOrder()
	if err := r.pass(Looking, lines, func(l *Line) error { return p.look(tx, l) }); err != nil {
		return b, err
	}
	if err := b.sum(lines); err != nil {
		return b, err
	}
	if err := headroom(tx, &b); err != nil {
		return b, err
	}
	var seq int64
	if err := tx.QueryRow(`SELECT COALESCE(MAX(seq), 0) + 1 FROM payment_batch WHERE county_code = ?1`, tx.County).Scan(&seq); err != nil {
		return b, err
	}
	b.ID, b.Number = tx.NewID(), numberOf(b.Paid, b.From, seq)
	_, err := tx.Exec(`INSERT INTO payment_batch (county_code, batch_id, number, seq, scheme, payer, fund, paid, from_month, to_month, part, state, total, people)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)`,
		tx.County, b.ID, b.Number, seq, b.Scheme, b.Payer, b.Fund, string(b.Paid), b.From.String(), b.To.String(), b.Part, string(b.State), int64(b.Total), b.People)
	if err != nil {
		return b, err
	}
	if err := act(tx, &b, Create, ""); err != nil {
		return b, err
	}
	for _, run := range d.runs {
		if err := tx.Later(nil, `INSERT INTO payment_read (county_code, scheme, payer, fund, run_id, batch_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`, tx.County, b.Scheme, b.Payer, b.Fund, run, b.ID); err != nil {
			return b, err
		}
	}
	if err := r.pass(Writing, lines, func(l *Line) error { return b.add(tx, l) }); err != nil {
		return b, err
	}
	if err := compare(tx, &b, ""); err != nil {
		return b, err
	}
	if err := reconcile(tx, &b); err != nil {
		return b, err
	}
	return Get(tx, b.ID)
}

// sum adds up the lines that are paid.
func (b *Batch) sum(lines []*Line) (err error) {
	for _, l := range lines {
		if l.Out != "" {
			continue
		}
		b.People++
		if b.Total, err = money.Add(b.Total, l.Amount); err != nil {
			return err
		}
	}
	return nil
}

// headroom refuses a batch that its special account cannot cover, before anything is written.
func headroom(tx *store.Tx, b *Batch) error {
	if b.Total == 0 {
		return nil
	}
	left, err := fund.Available(tx, b.Fund)
	if err == nil && left < b.Total {
		err = fundShort(b, left)
	}
	return err
}

// add keeps a line with its items, and speaks for its money.
func (b *Batch) add(tx *store.Tx, l *Line) (err error) {
	counts := int64(1)
	if l.Out != "" {
		counts = 0
	}
	if l.Out == "" && l.Amount > 0 {
		l.Commitment, err = fund.Commit(tx, fund.Request{Fund: b.Fund, Amount: l.Amount, Day: dated.Today(tx), Payee: fund.Payee{Kind: fund.Person, ID: l.Receiver},
			Purpose: fund.Purpose{Use: fund.Use{Kind: fund.Scheme, Name: benefitOf(b.Scheme)}, Category: Category}, Origin: fund.Origin{Kind: fund.FromBatch, ID: b.ID, Line: l.Subject}})
		if err != nil {
			return err
		}
	}
	err = tx.Later(nil, `INSERT INTO payment_line (county_code, batch_id, `+lineColumns+`) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`,
		tx.County, b.ID, l.Subject, l.Receiver, string(l.Division), int64(l.Amount), l.Months, l.Account, l.Commitment, string(l.Out), l.Note)
	for _, i := range l.Items {
		if err != nil {
			return err
		}
		err = tx.Later(nil, `INSERT INTO payment_item (county_code, batch_id, subject_id, run_id, month, scheme, amount, counts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
			tx.County, b.ID, l.Subject, i.Run, i.Month.String(), b.Scheme, int64(i.Amount), counts)
	}
	return err
}

// benefitOf is the id of the benefit in the name of a scheme.
func benefitOf(scheme string) string {
	_, id, found := strings.Cut(scheme, "/")
	if !found {
		return scheme
	}
	return id
}

// look finds the account of a line, or the reason why it cannot be paid now.
func (p *Payments) look(tx *store.Tx, l *Line) error {
	l.Account, l.Out = "", ""
	switch {
	case l.Amount < 0:
		l.Out = Owes
		return nil
	case l.Amount == 0: // what was owed and what is due are the same: it is settled, and nothing is paid
		return nil
	case l.Receiver == "":
		l.Out = NoReceiver
		return nil
	}
	who, err := p.holder(tx, l.Receiver, dated.Today(tx))
	if err != nil {
		return err
	}
	kept, there, err := who.at()
	if err != nil {
		return err
	}
	if !there {
		l.Out = NoAccount
		return nil
	}
	agrees, err := p.agrees(tx, who, kept.Account)
	if err != nil {
		return err
	}
	if !agrees {
		l.Out = OtherName
		return nil
	}
	l.Account = kept.ID
	return nil
}

// act keeps what a person did with a batch.
func act(tx *store.Tx, b *Batch, kind ActKind, note string) error {
	b.Acts = append(b.Acts, Act{Kind: kind, Note: note, Actor: tx.Actor, When: tx.Instant, People: b.People, Total: b.Total})
	return tx.Later(nil, `INSERT INTO payment_act (county_code, batch_id, act, kind, note, instant, actor_id, actor_name, people, total) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`,
		tx.County, b.ID, len(b.Acts), string(kind), note, store.FormatInstant(tx.Instant), tx.Actor.ID, cmp.Or(tx.Actor.Name, tx.Actor.ID), b.People, int64(b.Total))
}
