package payment

import (
	"cmp"
	"encoding/hex"
	"io"

	"github.com/emmansun/gmsm/sm3"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

// Returned is a file of the bank (回盘): what became of orders.
type Returned struct {
	Name    string // of the file, as it was chosen
	Content string // its SM3
	Answers []Answer
}

// Answer is what it says of one.
type Answer struct {
	Row     int
	Item    string
	Paid    bool
	Amount  money.Fen // that was paid
	Message string
	Serial  string
}

// returnTemplate is the template of package roll/sheet that such files follow.
const returnTemplate = "bank_return"

// ReadReturn reads a file of the bank: xlsx or text, its header in any of the first rows. A file of which one row cannot be read is refused. Codes: those of
// [sheet.Open] and [sheet.Catalogue.Recognise]; payment.return-rows, payment.return-empty.
func (p *Payments) ReadReturn(name string, content io.ReaderAt, size int64) (Returned, error) {
	r := Returned{Name: name}
	catalogue, err := p.catalogue()
	if err != nil {
		return r, err
	}
	book, err := sheet.Open(sheet.Source{Name: name, Content: content, Size: size})
	if err != nil {
		return r, err
	}
	layout, err := catalogue.Recognise(book, sheet.Wish{Template: returnTemplate})
	if err != nil {
		return r, err
	}
	var wrong wrongRows
	for row, err := range catalogue.Rows(book, layout) {
		if err != nil {
			return r, err
		}
		if len(row.Problems) > 0 {
			wrong.add(row.Place.Row, row.Problems[0].Text())
			continue
		}
		r.Answers = append(r.Answers, answerOf(row))
	}
	if err := wrong.err(); err != nil {
		return r, err
	}
	if len(r.Answers) == 0 {
		return r, returnEmpty()
	}
	r.Content, err = digestOf(content, size)
	return r, err
}

func answerOf(row sheet.Row) Answer {
	a := Answer{Row: row.Place.Row, Item: row.Text("payment.item"), Message: row.Text("payment.message"), Serial: row.Text("payment.serial"), Paid: row.Text("payment.result") == "paid"}
	if d, stated := row.Get("payment.paid"); stated {
		a.Amount, _ = d.Value.Value().(money.Fen)
	}
	return a
}

func digestOf(content io.ReaderAt, size int64) (string, error) {
	h := sm3.New()
	_, err := io.Copy(h, io.NewSectionReader(content, 0, size))
	return hex.EncodeToString(h.Sum(nil)), err
}

// wrongRows collects what is wrong at which row; the first few are told.
type wrongRows struct {
	rows  []int
	texts []fault.Text
	more  int
}

const mostWrong = 5

func (w *wrongRows) add(row int, what fault.Text) {
	if len(w.rows) == mostWrong {
		w.more++
		return
	}
	w.rows, w.texts = append(w.rows, row), append(w.texts, what)
}

func (w *wrongRows) err() error {
	if len(w.rows) == 0 {
		return nil
	}
	return returnRows(w)
}

// Settled is what a file of the bank changed.
type Settled struct {
	Paid, Failed int64 // orders that it says were paid, and that were not
	Same         int64 // that had been said before
}

// outcome is what is to be done with an order.
type outcome struct {
	Order
	Answer
}

// TakeReturn enters what the bank says about a locked batch: what was paid is paid from an account of the fund, what came back waits for somebody. What was said paid
// before and came back after all is owed again. Either everything is entered or nothing. from may be the zero value when the fund has one
// account to pay from. Codes: payment.batch-unknown, payment.state, payment.same-person; payment.return-known when the same file was read before; payment.return-rows for orders that are
// not of this batch, come twice, are paid with another amount or stand in a later file; payment.return-account; payment.unbalanced;
// those of [fund.Pay].
func (p *Payments) TakeReturn(tx *store.Tx, batch string, from fund.AccountID, r Returned) (s Settled, err error) {
	b, err := paying(tx, batch)
	if err != nil {
		return s, err
	}
	var known int64
	if err := tx.QueryRow(`SELECT COUNT(*) FROM payment_return WHERE county_code = ?1 AND batch_id = ?2 AND content = ?3`, tx.County, b.ID, r.Content).Scan(&known); err != nil {
		return s, err
	}
	if known > 0 {
		return s, returnKnown()
	}
	if from, err = payFrom(tx, &b, from); err != nil {
		return s, err
	}
	sorted, err := sortOut(tx, &b, r)
	if err != nil {
		return s, err
	}
	if err := p.enter(tx, &b, from, sorted); err != nil {
		return s, err
	}
	s = Settled{Paid: int64(len(sorted.paid)), Failed: int64(len(sorted.failed) + len(sorted.bounced)), Same: sorted.same}
	if err := tx.Later(nil, `INSERT INTO payment_return (county_code, batch_id, content, name, paid, failed, instant, actor_id, actor_name) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
		tx.County, b.ID, r.Content, r.Name, s.Paid, s.Failed, store.FormatInstant(tx.Instant), tx.Actor.ID, cmp.Or(tx.Actor.Name, tx.Actor.ID)); err != nil {
		return s, err
	}
	if err := act(tx, &b, Answered, ""); err != nil {
		return s, err
	}
	return s, b.save(tx, Locked)
}

// payFrom is the account that payments of a batch are made from.
func payFrom(tx *store.Tx, b *Batch, named fund.AccountID) (fund.AccountID, error) {
	if named != (fund.AccountID{}) {
		return named, nil
	}
	all, err := PaidFrom(tx, b)
	if err != nil {
		return named, err
	}
	if len(all) != 1 {
		return named, returnAccount(len(all))
	}
	return all[0].AccountID, nil
}

// PaidFrom are the accounts from which a batch can be paid.
func PaidFrom(tx *store.Tx, b *Batch) (list []fund.Account, err error) {
	all, err := fund.Books(tx, b.Fund)
	for _, a := range all {
		if a.Kind == fund.Bank || a.Kind == fund.Limit {
			list = append(list, a)
		}
	}
	return list, err
}

// sorted is what a file of the bank asks for.
type sorted struct {
	paid, failed, bounced []outcome
	same                  int64
}

// sortOut compares what the bank says with what it was told.
func sortOut(tx *store.Tx, b *Batch, r Returned) (s sorted, err error) {
	orders, err := store.All(tx, scanOrder, `SELECT `+orderColumns+` FROM payment_order WHERE county_code = ?1 AND batch_id = ?2`, tx.County, b.ID)
	if err != nil {
		return s, err
	}
	type place struct{ file, seq int64 }
	at := map[place]Order{}
	for _, o := range orders {
		at[place{o.File, o.Seq}] = o
	}
	seen, wrong := map[place]bool{}, wrongRows{}
	for _, a := range r.Answers {
		file, seq, ok := itemOf(b, a.Item)
		o, there := at[place{file, seq}]
		switch {
		case !ok || !there:
			wrong.add(a.Row, notOrdered(a.Item, b))
		case seen[place{file, seq}]:
			wrong.add(a.Row, answeredTwice(a.Item))
		case a.Paid && a.Amount != o.Amount:
			wrong.add(a.Row, otherAmount(a, o))
		case a.Paid && o.State == Again:
			wrong.add(a.Row, paidInLater(a.Item))
		default:
			s.add(outcome{o, a})
		}
		seen[place{file, seq}] = true
	}
	return s, wrong.err()
}

func (s *sorted) add(o outcome) {
	switch {
	case o.Paid && o.State != PaidOut:
		s.paid = append(s.paid, o)
	case !o.Paid && o.State == Sent:
		s.failed = append(s.failed, o)
	case !o.Paid && o.State == PaidOut:
		s.bounced = append(s.bounced, o)
	default:
		s.same++
	}
}

// enter pays what was paid, and marks every order.
func (p *Payments) enter(tx *store.Tx, b *Batch, from fund.AccountID, s sorted) error {
	for first := 0; first < len(s.paid); first += fund.MostDues {
		pay := fund.Payment{Fund: b.Fund, From: from, Day: dated.Today(tx), Origin: fund.Origin{Kind: fund.FromBatch, ID: b.ID}, Reason: "银行回盘"}
		for _, o := range s.paid[first:min(first+fund.MostDues, len(s.paid))] {
			pay.Dues = append(pay.Dues, fund.Due{Commitment: o.Commitment, Amount: o.Order.Amount})
		}
		if _, err := fund.Pay(tx, pay); err != nil {
			return err
		}
	}
	for _, o := range s.bounced {
		step := fund.Step{Commitment: o.Commitment, Day: dated.Today(tx), Reason: "银行退回"}
		if _, err := fund.Bounce(tx, fund.Reversal{Step: step, Amount: o.Order.Amount, Account: from}); err != nil {
			return err
		}
	}
	for state, list := range map[OrderState][]outcome{PaidOut: s.paid, CameBack: append(s.failed, s.bounced...)} {
		for _, o := range list {
			if err := p.answer(tx, b, state, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// answer keeps what became of an order.
func (p *Payments) answer(tx *store.Tx, b *Batch, state OrderState, o outcome) (err error) {
	message := ""
	if o.Answer.Message != "" {
		if message, err = p.book.Cipher.Seal(tx, o.Receiver, []byte(o.Answer.Message)); err != nil {
			return err
		}
	}
	return tx.Later(nil, `UPDATE payment_order SET state = ?5, message = ?6, serial = ?7, next_account = '', mended_by = '' WHERE county_code = ?1 AND batch_id = ?2 AND file = ?3 AND seq = ?4`,
		tx.County, b.ID, o.File, o.Seq, string(state), message, o.Answer.Serial)
}
