package payment

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

// File is what the bank is told to pay of a batch.
type File struct {
	File   int64 // 1, 2, … of the batch: the first is of everybody, each further one of those whose payment failed and can be tried again
	Orders int64
	Total  money.Fen
	Actor  store.Actor
	When   time.Time
}

// OrderState is what became of an order.
type OrderState string

// The states of an order.
const (
	Sent     OrderState = "sent"
	PaidOut  OrderState = "paid"
	CameBack OrderState = "failed"
	Ready    OrderState = "mended" // came back, and goes into the next file
	Again    OrderState = "again"  // came back, and is in a later file
)

var orderLabels = map[OrderState]fault.Text{
	Sent:     {ZH: "已送银行", EN: "sent to the bank"},
	PaidOut:  {ZH: "已到账", EN: "paid"},
	CameBack: {ZH: "退回待处理", EN: "came back"},
	Ready:    {ZH: "待补发", EN: "to be paid again"},
	Again:    {ZH: "已补发", EN: "in a later file"},
}

// Label is how the state is called.
func (s OrderState) Label() fault.Text { return orderLabels[s] }

// Order is one line of a file for the bank.
type Order struct {
	File, Seq  int64
	Subject    string
	Receiver   string
	Account    string // statement
	Commitment string
	Amount     money.Fen
	State      OrderState
	Message    string // of the bank; only Orders and OrderOf open it
	Serial     string // of the bank
	Next       string // statement of the account to which it is tried again
	MendedBy   string // id
}

// Item is what an order is called between the office and the bank: the number of the batch, of its file, and of the order.
func (o Order) Item(b *Batch) string { return fmt.Sprintf("%s-%d-%06d", b.Number, o.File, o.Seq) }

// itemOf reads what [Order.Item] wrote; ok is false for an order of no such batch.
func itemOf(b *Batch, item string) (file, seq int64, ok bool) {
	rest, ok := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(item)), b.Number+"-")
	first, second, cut := strings.Cut(rest, "-")
	file, fileErr := strconv.ParseInt(first, 10, 64)
	seq, seqErr := strconv.ParseInt(second, 10, 64)
	return file, seq, ok && cut && fileErr == nil && seqErr == nil
}

// Files are the files of a batch, in order.
func Files(tx *store.Tx, b *Batch) ([]File, error) {
	return store.All(tx, func(rows *store.Rows) (f File, err error) {
		var when string
		if err := rows.Scan(&f.File, &f.Orders, &f.Total, &when, &f.Actor.ID, &f.Actor.Name); err != nil {
			return f, err
		}
		f.When, err = store.ParseInstant(when)
		return f, err
	}, `SELECT file, orders, total, instant, actor_id, actor_name FROM payment_file WHERE county_code = ?1 AND batch_id = ?2 ORDER BY file`, tx.County, b.ID)
}

// Order what the bank is told of a locked batch: first everybody it pays, and later, each time, those whose payment came back and was mended. Who made the
// batch does not pay it, and who mended an account does not pay to it. Codes: payment.batch-unknown, payment.state, payment.same-person;
// payment.ordered when nobody is left to be told of; payment.account-changed; payment.unbalanced.
func (p *Payments) Order(tx *store.Tx, batch string) (File, error) {
	b, err := paying(tx, batch)
	if err != nil {
		return File{}, err
	}
	files, err := Files(tx, &b)
	if err != nil {
		return File{}, err
	}
	f := File{File: int64(len(files) + 1), Actor: tx.Actor, When: tx.Instant}
	orders, insert := `SELECT COUNT(*), CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM payment_line WHERE county_code = ?1 AND batch_id = ?2 AND moved_out = '' AND amount > 0`, firstOrders
	if len(files) > 0 {
		if err := mendedByOther(tx, &b); err != nil {
			return f, err
		}
		orders, insert = `SELECT COUNT(*), CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM payment_order WHERE county_code = ?1 AND batch_id = ?2 AND state = 'mended'`, furtherOrders
	}
	if err := tx.QueryRow(orders, tx.County, b.ID).Scan(&f.Orders, &f.Total); err != nil {
		return f, err
	}
	if f.Orders == 0 {
		return f, ordered(&b)
	}
	if err := tx.Later(nil, `INSERT INTO payment_file (county_code, batch_id, file, orders, total, instant, actor_id, actor_name) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
		tx.County, b.ID, f.File, f.Orders, int64(f.Total), store.FormatInstant(tx.Instant), tx.Actor.ID, cmp.Or(tx.Actor.Name, tx.Actor.ID)); err != nil {
		return f, err
	}
	if err := tx.Later(nil, insert, tx.County, b.ID, f.File); err != nil {
		return f, err
	}
	if err := tx.Later(nil, `UPDATE payment_order SET state = 'again' WHERE county_code = ?1 AND batch_id = ?2 AND state = 'mended' AND file < ?3`, tx.County, b.ID, f.File); err != nil {
		return f, err
	}
	if err := act(tx, &b, Ordered, ""); err != nil {
		return f, err
	}
	return f, b.save(tx, Locked)
}

const (
	orderColumns = `file, seq, subject_id, receiver_id, account_id, commitment_id, amount, state, message, serial, next_account, mended_by`
	firstOrders  = `INSERT INTO payment_order (county_code, batch_id, ` + orderColumns + `) SELECT county_code, batch_id, CAST(?3 AS BIGINT), ROW_NUMBER() OVER (ORDER BY subject_id),
		subject_id, receiver_id, account_id, commitment_id, amount, 'sent', '', '', '', '' FROM payment_line WHERE county_code = ?1 AND batch_id = ?2 AND moved_out = '' AND amount > 0`
	furtherOrders = `INSERT INTO payment_order (county_code, batch_id, ` + orderColumns + `) SELECT county_code, batch_id, CAST(?3 AS BIGINT), ROW_NUMBER() OVER (ORDER BY file, seq),
		subject_id, receiver_id, next_account, commitment_id, amount, 'sent', '', '', '', '' FROM payment_order WHERE county_code = ?1 AND batch_id = ?2 AND state = 'mended'`
)

func scanOrder(rows *store.Rows) (o Order, err error) {
	return o, rows.Scan(&o.File, &o.Seq, &o.Subject, &o.Receiver, &o.Account, &o.Commitment, &o.Amount, &o.State, &o.Message, &o.Serial, &o.Next, &o.MendedBy)
}

// mendedByOther refuses to pay to an account that the same person has put right.
func mendedByOther(tx *store.Tx, b *Batch) error {
	var own int64
	err := tx.QueryRow(`SELECT COUNT(*) FROM payment_order WHERE county_code = ?1 AND batch_id = ?2 AND state = 'mended' AND mended_by = ?3`, tx.County, b.ID, tx.Actor.ID).Scan(&own)
	if err == nil && own > 0 {
		err = mendedYourself(own)
	}
	return err
}

// paying is a locked batch that somebody pays who had no hand in making it.
func paying(tx *store.Tx, batch string) (Batch, error) {
	b, err := in(tx, batch, Locked)
	if err == nil && b.made(tx.Actor.ID) {
		err = samePerson()
	}
	return b, err
}

// Orders are the orders of a batch in a state, by file and number after one, at most limit. What the bank said is opened.
func (p *Payments) Orders(tx *store.Tx, b *Batch, state OrderState, after Order, limit int) ([]Order, error) {
	list, err := store.All(tx, scanOrder, ordersSQL, tx.County, b.ID, string(state), after.File, after.Seq, limit)
	for i := range list {
		if err == nil {
			err = p.openMessage(tx, &list[i])
		}
	}
	return list, err
}

const ordersSQL = `SELECT ` + orderColumns + ` FROM payment_order WHERE county_code = ?1 AND batch_id = ?2 AND state = ?3 AND (file, seq) > (?4, ?5) ORDER BY file, seq LIMIT ?6`

func (p *Payments) openMessage(tx *store.Tx, o *Order) error {
	if o.Message == "" {
		return nil
	}
	opened, err := p.book.Cipher.Open(tx, o.Receiver, o.Message)
	if err == nil {
		o.Message = string(opened[0])
	}
	return err
}

// OrderOf is an order of a batch by its file and number. Code: payment.order-unknown.
func (p *Payments) OrderOf(tx *store.Tx, b *Batch, file, seq int64) (Order, error) {
	list, err := store.All(tx, scanOrder, `SELECT `+orderColumns+` FROM payment_order WHERE county_code = ?1 AND batch_id = ?2 AND file = ?3 AND seq = ?4`, tx.County, b.ID, file, seq)
	if err != nil {
		return Order{}, err
	}
	if len(list) == 0 {
		return Order{}, orderUnknown()
	}
	return list[0], p.openMessage(tx, &list[0])
}

// bankColumns are those that the one-card system reads; roll/sheet knows the same names.
var bankColumns = []string{"批次明细ID", "姓名", "银行卡号", "应发金额", "持卡人身份证号", "补贴项目名称(银行摘要)"}

// idFact is the fact of the vocabulary that is a person's identity number.
const idFact = "person.id"

// WriteFile writes a file of a batch as the bank reads it, by the neutral name of the scheme, and answers whose accounts are in it: whoever sends it keeps in the
// log who looked. Code: payment.file-unknown.
func (p *Payments) WriteFile(tx *store.Tx, w io.Writer, format sheet.Format, b *Batch, file int64) (people []string, err error) {
	out, err := sheet.NewWriter(w, format, sheet.Export{Plain: true, Columns: bankColumns})
	if err != nil {
		return nil, err
	}
	remark := p.publicName(b.Scheme)
	for after := int64(0); ; {
		orders, err := store.All(tx, scanOrder, fileSQL, tx.County, b.ID, file, after, page)
		if err != nil {
			return nil, err
		}
		if len(orders) == 0 {
			break
		}
		if err := p.writeOrders(tx, out, b, orders, remark); err != nil {
			return nil, err
		}
		for _, o := range orders {
			people = append(people, o.Receiver)
		}
		after = orders[len(orders)-1].Seq
	}
	if len(people) == 0 {
		return nil, fileUnknown()
	}
	slices.Sort(people)
	return slices.Compact(people), out.Close()
}

const fileSQL = `SELECT ` + orderColumns + ` FROM payment_order WHERE county_code = ?1 AND batch_id = ?2 AND file = ?3 AND seq > ?4 ORDER BY seq LIMIT ?5`

func (p *Payments) writeOrders(tx *store.Tx, out *sheet.Writer, b *Batch, orders []Order, remark string) error {
	var parties []string
	for _, o := range orders {
		parties = append(parties, o.Receiver)
	}
	many, err := p.ahead(tx, parties)
	if err != nil {
		return err
	}
	for _, o := range orders {
		kept, err := many.account(tx, o.Account)
		if err != nil {
			return err
		}
		id := ""
		if kept.As == Own { // of whoever else holds it, the office need not know the number
			if id, err = many.text(tx, o.Receiver, idFact); err != nil {
				return err
			}
		}
		cells := []sheet.Cell{{Text: o.Item(b)}, {Text: kept.Holder}, {Text: kept.Number}, {Text: o.Amount.String(), Kind: sheet.Number}, {Text: id}, {Text: remark}}
		for i := range cells {
			if cells[i].Kind != sheet.Number {
				cells[i].Kind = sheet.Text
			}
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	return nil
}

// text is what a fact says of a person, the latest; "" when nothing does.
func (p *Payments) text(tx *store.Tx, person, name string) (value string, err error) {
	statements, err := p.book.Of(tx, person, rule.Forever)
	if err != nil {
		return "", err
	}
	for _, s := range dated.Named(statements, name) {
		if err := json.Unmarshal([]byte(s.Value), &value); err != nil {
			return "", err
		}
	}
	return value, nil
}

// publicName is the neutral name of a scheme, for what others read.
func (p *Payments) publicName(scheme string) string {
	for _, pack := range p.packs {
		for _, one := range pack.Benefits {
			if benefit.SchemeOf(pack, one) == scheme && one.PublicName.ZH != "" {
				return one.PublicName.ZH
			}
		}
	}
	return "补助"
}

// Mend says how an order that came back is tried again: to another number of an account, in the next file, which another person draws up; with number "" to the
// same account, because the bank says the fault was its own. Codes: payment.batch-unknown, payment.state, payment.order-unknown;
// payment.order-state when it did not come back, or was mended; those of [Payments.Open].
func (p *Payments) Mend(tx *store.Tx, batch string, file, seq int64, number, bank string) error {
	b, err := paying(tx, batch)
	if err != nil {
		return err
	}
	o, err := p.OrderOf(tx, &b, file, seq)
	if err != nil {
		return err
	}
	if o.State != CameBack {
		return orderState(o)
	}
	next := o.Account
	if number = strings.TrimSpace(number); number != "" {
		kept, err := p.account(tx, o.Account)
		if err != nil {
			return err
		}
		a := kept.Account
		a.Number, a.Bank, a.Compared = number, cmp.Or(strings.TrimSpace(bank), a.Bank), false
		if next, err = p.Open(tx, o.Receiver, a, dated.Today(tx), dated.Said{Source: "银行退回后更正"}); err != nil {
			return err
		}
	}
	if err := tx.Later(nil, `UPDATE payment_order SET state = 'mended', next_account = ?5, mended_by = ?6 WHERE county_code = ?1 AND batch_id = ?2 AND file = ?3 AND seq = ?4`,
		tx.County, b.ID, file, seq, next, tx.Actor.ID); err != nil {
		return err
	}
	if err := act(tx, &b, Mended, o.Item(&b)); err != nil {
		return err
	}
	return b.save(tx, Locked)
}
