package payment

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"doudi/decide/counter"
	"doudi/decide/policy"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/store"
)

// State is where a batch stands.
type State string

// The states of a batch.
const (
	Draft   State = "draft"
	ToCheck State = "check"
	Locked  State = "locked"
	Void    State = "void"
)

var stateLabels = map[State]fault.Text{
	Draft:   {ZH: "草稿", EN: "draft"},
	ToCheck: {ZH: "待复核", EN: "to be checked"},
	Locked:  {ZH: "已锁定", EN: "locked"},
	Void:    {ZH: "已作废", EN: "void"},
}

// Label is how the state is called.
func (s State) Label() fault.Text { return stateLabels[s] }

// Batch is what one payer pays for one scheme and period of payment.
type Batch struct {
	ID       string
	Number   string
	Scheme   string // series/benefit
	Payer    string // key of the office in the pack
	Fund     string // code of the special account
	Paid     policy.Period
	From, To period.Month
	Part     int64
	State    State
	Total    money.Fen
	People   int64 // lines that are paid
	Acts     []Act // in order; only Get reads them
}

// ActKind is what a person did with a batch.
type ActKind string

// The kinds of acts.
const (
	Create   ActKind = "create"
	MoveOut  ActKind = "move-out"
	HandIn   ActKind = "hand-in"
	Count    ActKind = "count"
	SendBack ActKind = "send-back"
	Lock     ActKind = "lock"
	Discard  ActKind = "void"
	Ordered  ActKind = "order"
	Answered ActKind = "return"
	Mended   ActKind = "mend"
)

var actLabels = map[ActKind]fault.Text{
	Create:   {ZH: "制单", EN: "made"},
	MoveOut:  {ZH: "移出", EN: "moved somebody out"},
	HandIn:   {ZH: "送复核", EN: "handed in"},
	Count:    {ZH: "核实人数", EN: "number verified"},
	SendBack: {ZH: "退回", EN: "sent back"},
	Lock:     {ZH: "复核锁定", EN: "locked"},
	Discard:  {ZH: "作废", EN: "made void"},
	Ordered:  {ZH: "生成银行文件", EN: "drew up a file for the bank"},
	Answered: {ZH: "导入回盘", EN: "read what the bank returned"},
	Mended:   {ZH: "处理退回", EN: "mended a payment that came back"},
}

// Label is how the act is called.
func (k ActKind) Label() fault.Text { return actLabels[k] }

// Act is one of them.
type Act struct {
	Kind  ActKind
	Note  string
	Actor store.Actor
	When  time.Time

	People int64 // that stood in the batch then, and what it came to
	Total  money.Fen
}

// Last is the latest act of a kind; nil when there is none.
func (b *Batch) Last(kind ActKind) *Act {
	for i := len(b.Acts) - 1; i >= 0; i-- {
		if b.Acts[i].Kind == kind {
			return &b.Acts[i]
		}
	}
	return nil
}

// made tells whether somebody had a hand in what is in the batch.
func (b *Batch) made(actor string) bool {
	return slices.ContainsFunc(b.Acts, func(a Act) bool {
		return a.Actor.ID == actor && (a.Kind == Create || a.Kind == MoveOut || a.Kind == HandIn)
	})
}

// Out is the kind of reason for which a line is not paid now.
type Out string

// The kinds of reasons.
const (
	NoReceiver Out = "no-receiver" // nobody is left who could be paid
	NoAccount  Out = "no-account"
	OtherName  Out = "other-name" // the account is not in the name it must have
	Owes       Out = "owes"       // recoveries exceed what is due
	ByHand     Out = "by-hand"    // a person moved it out
)

var outLabels = map[Out]fault.Text{
	NoReceiver: {ZH: "没有收款人", EN: "nobody to receive it"},
	NoAccount:  {ZH: "没有账户", EN: "no account"},
	OtherName:  {ZH: "账户户名不符", EN: "the account is in another name"},
	Owes:       {ZH: "待追回超过应发", EN: "owes more than is due"},
	ByHand:     {ZH: "人工移出", EN: "moved out by a person"},
}

// Label is how the reason is called.
func (o Out) Label() fault.Text { return outLabels[o] }

// Line is one subject in a batch.
type Line struct {
	Subject    string // a person or household
	Receiver   string
	Division   ident.Division
	Amount     money.Fen // the sum of Items
	Months     int64     // of the period that are paid
	Account    string    // statement
	Commitment string
	Out        Out    // "" while it is paid
	Note       string // what a person wrote when moving it out; only Lines reads it
	Items      []Item // by month and run; only Lines reads them
}

// Item is what a run called for a month.
type Item struct {
	Run    string
	Month  period.Month
	Amount money.Fen
}

// Arrears tells whether the item is for a month before a batch's period, or takes something back.
func (i Item) Arrears(b *Batch) bool { return i.Month < b.From || i.Amount < 0 }

// Period is the stretch of months that is paid out together: the one that holds the month.
func Period(paid policy.Period, month period.Month) (from, to period.Month) {
	switch paid {
	case policy.EveryQuarter, policy.EveryHalfYear, policy.EveryYear, policy.EverySchoolYear:
		span := counter.Calendar(paid, month.First())
		return span.From.Month(), span.To.Month()
	}
	return month, month
}

// numberOf is the number of a batch for people.
func numberOf(paid policy.Period, from period.Month, seq int64) string {
	year, label := from.Year(), fmt.Sprintf("%02d", from.Number())
	switch paid {
	case policy.EveryQuarter:
		label = fmt.Sprintf("Q%d", (from.Number()+2)/3)
	case policy.EveryHalfYear:
		label = fmt.Sprintf("H%d", (from.Number()+5)/6)
	case policy.EveryYear:
		label = "Y"
	case policy.EverySchoolYear:
		label = "S"
	}
	return fmt.Sprintf("FF%d%s-%04d", year, label, seq)
}

const batchColumns = `batch_id, number, scheme, payer, fund, paid, from_month, to_month, part, state, total, people`

func scanBatch(row interface{ Scan(...any) error }) (b Batch, err error) {
	var from, to string
	if err := row.Scan(&b.ID, &b.Number, &b.Scheme, &b.Payer, &b.Fund, &b.Paid, &from, &to, &b.Part, &b.State, &b.Total, &b.People); err != nil {
		return b, err
	}
	var errs [2]error
	b.From, errs[0] = period.ParseMonth(from)
	b.To, errs[1] = period.ParseMonth(to)
	return b, errors.Join(errs[:]...)
}

func scanBatches(rows *store.Rows) (Batch, error) { return scanBatch(rows) }

// Get is a batch by its id or number. Code: payment.batch-unknown.
func Get(tx *store.Tx, id string) (Batch, error) {
	b, err := scanBatch(tx.QueryRow(`SELECT `+batchColumns+` FROM payment_batch WHERE county_code = ?1 AND (batch_id = ?2 OR number = ?2)`, tx.County, id))
	if errors.Is(err, sql.ErrNoRows) {
		return b, batchUnknown(id)
	}
	if err != nil {
		return b, err
	}
	b.Acts, err = store.All(tx, func(rows *store.Rows) (a Act, err error) {
		var when string
		if err := rows.Scan(&a.Kind, &a.Note, &a.Actor.ID, &a.Actor.Name, &when, &a.People, &a.Total); err != nil {
			return a, err
		}
		a.When, err = store.ParseInstant(when)
		return a, err
	}, `SELECT kind, note, actor_id, actor_name, instant, people, total FROM payment_act WHERE county_code = ?1 AND batch_id = ?2 ORDER BY act`, tx.County, b.ID)
	return b, err
}

// Filter chooses batches; an empty field chooses all.
type Filter struct {
	Scheme string
	Of     []string // the schemes among which to choose; nil for all
	State  State
}

// Batches are the county's, the newest first, before one by its number in the list ("" from the newest), at most limit, without Acts.
func Batches(tx *store.Tx, f Filter, before string, limit int) ([]Batch, error) {
	if f.Of != nil {
		return batchesOf(tx, f, before, limit)
	}
	return store.All(tx, scanBatches, `SELECT `+batchColumns+` FROM payment_batch WHERE county_code = ?1 AND (?2 = '' OR scheme = ?2) AND (?3 = '' OR state = ?3)
		AND (?4 = '' OR seq < (SELECT p.seq FROM payment_batch p WHERE p.county_code = ?1 AND p.number = ?4)) ORDER BY seq DESC LIMIT ?5`,
		tx.County, f.Scheme, string(f.State), before, limit)
}

// Unpaid are the locked batches that the bank was not told of, or of which something was not answered or came back: the oldest first, at most limit, without Acts.
func Unpaid(tx *store.Tx, limit int) ([]Batch, error) {
	return store.All(tx, scanBatches, `SELECT `+batchColumns+` FROM payment_batch b WHERE county_code = ?1 AND state = 'locked' AND total > 0 AND
		(NOT EXISTS (SELECT 1 FROM payment_file f WHERE f.county_code = b.county_code AND f.batch_id = b.batch_id)
		OR EXISTS (SELECT 1 FROM payment_order o WHERE o.county_code = b.county_code AND o.batch_id = b.batch_id AND o.state IN ('sent', 'failed', 'mended'))) ORDER BY seq LIMIT ?2`, tx.County, limit)
}

// TotalOf is how many batches a filter chooses, whom they pay and how much.
func TotalOf(tx *store.Tx, f Filter) (batches int64, s Sum, err error) {
	return batches, s, tx.QueryRow(`SELECT COUNT(*), CAST(COALESCE(SUM(people), 0) AS BIGINT), CAST(COALESCE(SUM(total), 0) AS BIGINT) FROM payment_batch
		WHERE county_code = ?1 AND (?2 = '' OR scheme = ?2) AND (?3 = '' OR state = ?3)`, tx.County, f.Scheme, string(f.State)).Scan(&batches, &s.Number, &s.Amount)
}

// batchesOf are [Batches] of several schemes: those of each, put together.
func batchesOf(tx *store.Tx, f Filter, before string, limit int) (list []Batch, err error) {
	for _, scheme := range f.Of {
		of, err := Batches(tx, Filter{Scheme: scheme, State: f.State}, before, limit)
		if err != nil {
			return nil, err
		}
		list = append(list, of...)
	}
	slices.SortFunc(list, func(a, b Batch) int { return cmp.Compare(b.ID, a.ID) }) // ids grow with time
	return list[:min(len(list), limit)], nil
}

// Lines are the lines of a batch with their items, by subject after one, at most limit. What was written when a line was moved out is opened.
func (p *Payments) Lines(tx *store.Tx, batch, after string, limit int) ([]Line, error) {
	lines, err := linesAfter(tx, batch, after, limit)
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	at := map[string]int{}
	for i := range lines {
		at[lines[i].Subject] = i
	}
	type row struct {
		subject string
		Item
	}
	items, err := store.All(tx, func(rows *store.Rows) (r row, err error) {
		var month string
		if err := rows.Scan(&r.subject, &r.Run, &month, &r.Amount); err != nil {
			return r, err
		}
		r.Month, err = period.ParseMonth(month)
		return r, err
	}, `SELECT subject_id, run_id, month, amount FROM payment_item WHERE county_code = ?1 AND batch_id = ?2 AND subject_id > ?3 AND subject_id <= ?4 ORDER BY subject_id, month, run_id`,
		tx.County, batch, after, lines[len(lines)-1].Subject)
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		line := &lines[at[item.subject]]
		line.Items = append(line.Items, item.Item)
	}
	for i := range lines {
		if lines[i].Note == "" {
			continue
		}
		opened, err := p.book.Cipher.Open(tx, lines[i].Subject, lines[i].Note)
		if err != nil {
			return nil, err
		}
		lines[i].Note = string(opened[0])
	}
	return lines, nil
}

// linesAfter are lines without items and with notes as they are kept.
func linesAfter(tx *store.Tx, batch, after string, limit int) ([]Line, error) {
	return store.All(tx, scanLine, `SELECT `+lineColumns+` FROM payment_line WHERE county_code = ?1 AND batch_id = ?2 AND subject_id > ?3 ORDER BY subject_id LIMIT ?4`, tx.County, batch, after, limit)
}

const (
	lineColumns = `subject_id, receiver_id, division, amount, months, account_id, commitment_id, moved_out, note`
	everything  = 1 << 30 // as a limit
)

func scanLine(rows *store.Rows) (l Line, err error) {
	return l, rows.Scan(&l.Subject, &l.Receiver, &l.Division, &l.Amount, &l.Months, &l.Account, &l.Commitment, &l.Out, &l.Note)
}

// Tally adds up the lines of a batch that are paid, or of those moved out for a reason, in a town.
type Tally struct {
	Division ident.Division
	Out      Out
	People   int64
	Amount   money.Fen
}

// Paid is what somebody has in batches that count, by the schemes of which there are batches: what was paid, less what was set off.
func Paid(tx *store.Tx, subject string) (map[string]money.Fen, error) {
	type one struct {
		scheme string
		amount money.Fen
	}
	list, err := store.All(tx, func(rows *store.Rows) (o one, err error) { return o, rows.Scan(&o.scheme, &o.amount) },
		`SELECT b.scheme, CAST(COALESCE(SUM(i.amount), 0) AS BIGINT) FROM payment_batch b LEFT JOIN payment_item i ON i.county_code = b.county_code AND i.batch_id = b.batch_id
			AND i.subject_id = ?2 AND i.counts = 1 WHERE b.county_code = ?1 AND b.state <> 'void' GROUP BY b.scheme`, tx.County, subject)
	paid := map[string]money.Fen{}
	for _, o := range list {
		paid[o.scheme] = o.amount
	}
	return paid, err
}

// Tallies are a batch by town and reason.
func Tallies(tx *store.Tx, batch string) ([]Tally, error) {
	return store.All(tx, func(rows *store.Rows) (t Tally, err error) {
		return t, rows.Scan(&t.Division, &t.Out, &t.People, &t.Amount)
	},
		`SELECT substr(division, 1, 9), moved_out, COUNT(*), CAST(SUM(amount) AS BIGINT) FROM payment_line WHERE county_code = ?1 AND batch_id = ?2
		GROUP BY substr(division, 1, 9), moved_out ORDER BY 1, 2`, tx.County, batch)
}
