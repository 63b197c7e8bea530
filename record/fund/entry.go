package fund

import (
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/store"
)

// Type is what an entry says; the package comment lists them.
type Type string

// The types of entries.
const (
	TypeReceive Type = "receive"
	TypeBudget  Type = "budget"
	TypeReserve Type = "reserve"
	TypeCommit  Type = "commit"
	TypePost    Type = "post"
	TypeVoid    Type = "void"
	TypePay     Type = "pay"
	TypeBounce  Type = "bounce"
	TypeReturn  Type = "return"
	TypeAdjust  Type = "adjust"
)

// LargestAmount bounds each amount of an entry, in fen: ten million million yuan. More is a slip, and sums over the journal stay
// within 64 bits.
const LargestAmount money.Fen = 1_000_000_000_000_000

// Origin is what a line comes from.
type Origin struct {
	Kind OriginKind
	ID   string // of the settlement or batch; the document's number
	Line string // which part of it: the payer of a settlement, the line of a batch; may be empty
}

// OriginKind tells what an origin is.
type OriginKind string

// The kinds of origins.
const (
	FromSettlement OriginKind = "settlement"
	FromBatch      OriginKind = "batch"
	FromDocument   OriginKind = "document" // such as the letter that announces an appropriation
)

func (o Origin) check() error {
	switch o.Kind {
	case FromSettlement, FromBatch, FromDocument:
		if isText(o.ID) && isLine(o.Line) {
			return nil
		}
	}
	return malformed("fund.origin-malformed", text.Tell("没有写明依据，或写法不对：%s", "what it comes from is missing or malformed: %s", o),
		text.Tell("写明结算 settlement、批次 batch 或文件 document 的编号", "state the id of the settlement, the batch or the document"))
}

// String is the origin as it is written in messages: kind/id, or kind/id#line.
func (o Origin) String() string {
	s := string(o.Kind) + "/" + o.ID
	if o.Line != "" {
		s += "#" + o.Line
	}
	return s
}

// entry is a balanced change of the accounts that is to be entered; [Entry] is one as it was.
type entry struct {
	kind     Type
	fund     string
	day      period.Day
	corrects string
	reason   string
	lines    []line
}

type line struct {
	account    AccountID
	amount     money.Fen // debit positive, credit negative
	commitment string
	origin     Origin
}

// move are the two lines that debit one account and credit another.
func move(debit, credit AccountID, amount money.Fen, commitment string, origin Origin) []line {
	return []line{{debit, amount, commitment, origin}, {credit, -amount, commitment, origin}}
}

// write adds the entry to the journal and returns its id. What is not balanced is a defect of this package and is refused.
func (e entry) write(tx *store.Tx) (string, error) {
	if err := e.balanced(); err != nil {
		return "", err
	}
	id := tx.NewID()
	for first := 0; first < len(e.lines); first += linesAtOnce {
		if err := e.writeLines(tx, id, first, min(first+linesAtOnce, len(e.lines))); err != nil {
			return "", err
		}
	}
	return id, e.give(tx, id)
}

func (e entry) balanced() error {
	var sum money.Fen
	for _, l := range e.lines {
		if l.amount == 0 || l.amount < -LargestAmount || LargestAmount < l.amount {
			return defect("fund.line-amount", text.Tell("分录金额 %s 超出范围", "a line's amount of %s is out of range", l.amount))
		}
		var err error
		if sum, err = money.Add(sum, l.amount); err != nil {
			return err
		}
	}
	if sum != 0 || len(e.lines) < 2 {
		return defect("fund.unbalanced", text.Tell("分录借贷不平，差 %s 元", "the entry is out of balance by %s yuan", sum))
	}
	return nil
}

// linesAtOnce is how many lines one statement adds.
const linesAtOnce = 50

// writeLines adds lines, each with all that the entry says.
func (e entry) writeLines(tx *store.Tx, id string, first, end int) error {
	args := []any{tx.County, id, e.fund, string(e.kind), e.day.String(), sql.NullString{String: e.corrects, Valid: e.corrects != ""}, e.reason, store.FormatInstant(tx.Instant), tx.Actor.ID}
	var values []string
	for i := first; i < end; i++ {
		l := e.lines[i]
		n := len(args)
		values = append(values, "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9"+placeholders(n+1, 8)+")")
		args = append(args, i+1, string(l.account.Kind), l.account.Code, int64(l.amount), l.commitment, string(l.origin.Kind), l.origin.ID, l.origin.Line)
	}
	return tx.Later(nil, `INSERT INTO fund_line (county_code, entry_id, fund_code, entry_type, day, corrects, reason, instant, actor_id, line, account_kind, account_code, amount, commitment_id, origin_kind, origin_id, origin_line) VALUES `+
		strings.Join(values, ", "), args...)
}

func placeholders(first, count int) string {
	var b strings.Builder
	for i := range count {
		b.WriteString(", ?" + strconv.Itoa(first+i))
	}
	return b.String()
}

// Movement is what happens to the money of a fund that no commitment concerns.
type Movement struct {
	Fund   string
	Amount money.Fen // more than zero
	Source string    // code of the source account it comes from
	Into   string    // code of the bank account (Receive) or limit account (Budget)
	Day    period.Day
	Origin Origin // the document
	Reason string // may be empty
}

// Receive enters money that arrived in a bank account, and returns the entry's id. Codes: fund.unknown, fund.not-in-force,
// fund.account-unknown, fund.amount, fund.origin-malformed, fund.reason, money.overflow.
func Receive(tx *store.Tx, m Movement) (string, error) {
	return m.enter(tx, TypeReceive, AccountID{Bank, m.Into})
}

// Budget enters a limit the treasury granted, and returns the entry's id. Codes as of [Receive].
func Budget(tx *store.Tx, m Movement) (string, error) {
	return m.enter(tx, TypeBudget, AccountID{Limit, m.Into})
}

// SetAside takes money out of the headroom and keeps it in the reserve; Into is not used. Codes as of [Receive], and fund.short.
func SetAside(tx *store.Tx, m Movement) (string, error) {
	return m.set(tx, m.Amount)
}

// Release gives back what was set aside. Codes as of [Receive], and fund.reserve-short.
func Release(tx *store.Tx, m Movement) (string, error) {
	f, err := m.check(tx)
	if err != nil {
		return "", err
	}
	reserve, err := balance(tx, f.Code, AccountID{Kind: Reserve})
	if err != nil {
		return "", err
	}
	if kept := -reserve; kept < m.Amount {
		return "", conflict("fund.reserve-short", text.Tell("专账“%s”预留 %s 元，不够释放 %s 元，没有记账", "the fund “%s” has %s yuan set aside, which does not cover a release of %s; nothing was entered", f.Name, kept, m.Amount), fault.Text{})
	}
	return m.set(tx, -m.Amount)
}

// set moves the amount from the headroom to the reserve, or back when it is negative.
func (m Movement) set(tx *store.Tx, amount money.Fen) (string, error) {
	f, err := m.check(tx)
	if err != nil {
		return "", err
	}
	return f.moveFree(tx, entry{kind: TypeReserve, fund: f.Code, day: m.Day, reason: m.Reason,
		lines: move(AccountID{Source, m.Source}, AccountID{Kind: Reserve}, amount, "", m.Origin)}, -amount)
}

func (m Movement) enter(tx *store.Tx, kind Type, into AccountID) (string, error) {
	f, err := m.check(tx)
	if err != nil {
		return "", err
	}
	if err := f.open(tx, into, into.Kind); err != nil {
		return "", err
	}
	return f.moveFree(tx, entry{kind: kind, fund: f.Code, day: m.Day, reason: m.Reason, lines: move(into, AccountID{Source, m.Source}, m.Amount, "", m.Origin)}, m.Amount)
}

// check reads the fund and refuses a movement that is wrong whatever its type.
func (m Movement) check(tx *store.Tx) (Fund, error) {
	if err := errors.Join(checkAmount(m.Amount), m.Origin.check(), checkReason(m.Reason)); err != nil {
		return Fund{}, err
	}
	f, err := Find(tx, m.Fund)
	if err != nil {
		return f, err
	}
	if err := f.on(m.Day); err != nil {
		return f, err
	}
	return f, f.open(tx, AccountID{Source, m.Source}, Source)
}

// moveFree writes an entry that changes the headroom by delta.
func (f Fund) moveFree(tx *store.Tx, e entry, delta money.Fen) (string, error) {
	if err := f.level(tx, delta); err != nil {
		return "", err
	}
	return e.write(tx)
}

func checkAmount(amount money.Fen) error {
	if 0 < amount && amount <= LargestAmount {
		return nil
	}
	return malformed("fund.amount", text.Tell("金额应大于零且不超过 %s 元，写的是 %s 元，没有记账", "an amount is more than zero and at most %s yuan, not %s; nothing was entered", LargestAmount, amount),
		text.Tell("不需要付款的不必记账；冲减请用作废、退回或更正", "what pays nothing needs no entry; to take something back use void, return or adjust"))
}

func checkReason(reason string) error {
	if isLine(reason) {
		return nil
	}
	return malformed("fund.reason", text.Tell("说明应为一行，至多 %d 个字", "a reason is one line of at most %d characters", longestText), fault.Text{})
}

// Adjustment corrects the amount of an entry that is not about a commitment.
type Adjustment struct {
	Entry  string    // id of the entry of type receive, budget or reserve
	To     money.Fen // what its amount should have been, zero if it should not be there; in the entry's own direction
	Day    period.Day
	Origin Origin // why: the document
	Reason string // needed
}

// Adjust enters the difference between what an entry says, with its earlier adjustments, and what it should have said, and returns
// the id of the new entry, which refers to the old. Codes: fund.entry-unknown; fund.adjust-type for an entry about a commitment;
// fund.adjust-nothing when there is no difference; fund.day-backwards; fund.amount, fund.reason, fund.origin-malformed;
// fund.short, fund.account-short and fund.reserve-short when what it would take away has been used.
func Adjust(tx *store.Tx, a Adjustment) (string, error) {
	if a.To != 0 {
		if err := checkAmount(a.To); err != nil {
			return "", err
		}
	}
	if a.Reason == "" {
		return "", malformed("fund.reason", text.Tell("更正要写明原因，没有记账", "a correction needs a reason; nothing was entered"), fault.Text{})
	}
	if err := errors.Join(a.Origin.check(), checkReason(a.Reason)); err != nil {
		return "", err
	}
	old, err := readEntry(tx, a.Entry)
	if err != nil {
		return "", err
	}
	if old.Type != TypeReceive && old.Type != TypeBudget && old.Type != TypeReserve {
		return "", conflict("fund.adjust-type", text.Tell("分录 %s 属于“%s”，不能这样更正，没有记账", "the entry %s is of type %s, which is not corrected like this; nothing was entered", a.Entry, old.Type),
			text.Tell("付款义务用作废、退回或退票来更正；更正本身有误时，再次更正原分录", "commitments are corrected by void, return or bounce; if a correction was wrong, correct the original entry again"))
	}
	if err := notBefore(a.Day, old.Day); err != nil {
		return "", err
	}
	return old.adjust(tx, a)
}

const correctedSQL = `SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM fund_line WHERE county_code = ?1 AND corrects = ?2 AND line = 1`

func (e Entry) adjust(tx *store.Tx, a Adjustment) (string, error) {
	f, err := Find(tx, e.Fund)
	if err != nil {
		return "", err
	}
	if len(e.Lines) != 2 {
		return "", damaged(text.Tell("分录 %s 应有两行，现有 %d 行", "the entry %s should have two lines and has %d", a.Entry, len(e.Lines)))
	}
	debit, credit := e.Lines[0], e.Lines[1]
	var now money.Fen // what is entered for it so far
	if err := tx.QueryRow(correctedSQL, tx.County, a.Entry).Scan(&now); err != nil {
		return "", err
	}
	if now, err = money.Add(now, debit.Amount); err != nil {
		return "", err
	}
	to := a.To
	if debit.Amount < 0 { // a release
		to = -to
	}
	delta, err := money.Sub(to, now)
	if err != nil {
		return "", err
	}
	if delta == 0 {
		return "", conflict("fund.adjust-nothing", text.Tell("分录 %s 的金额已经是 %s 元，无须更正", "the entry %s stands at %s yuan already; there is nothing to correct", a.Entry, a.To), fault.Text{})
	}
	free := delta
	if e.Type == TypeReserve {
		free = -delta
	}
	if err := f.covers(tx, debit.Account, delta); err != nil {
		return "", err
	}
	if err := f.covers(tx, credit.Account, -delta); err != nil {
		return "", err
	}
	return f.moveFree(tx, entry{kind: TypeAdjust, fund: f.Code, day: a.Day, corrects: a.Entry, reason: a.Reason,
		lines: move(debit.Account, credit.Account, delta, "", a.Origin)}, free)
}

// covers refuses a change that a bank, limit or reserve account does not cover.
func (f Fund) covers(tx *store.Tx, a AccountID, delta money.Fen) error {
	if a.Kind != Bank && a.Kind != Limit && a.Kind != Reserve {
		return nil
	}
	now, err := balance(tx, f.Code, a)
	if err != nil {
		return err
	}
	after, err := money.Add(now, delta)
	switch {
	case err != nil:
		return err
	case a.Kind == Reserve && after > 0:
		return conflict("fund.reserve-short", text.Tell("专账“%s”预留 %s 元，不够减少 %s 元，没有记账", "the fund “%s” has %s yuan set aside, which cannot be reduced by %s; nothing was entered", f.Name, -now, delta), fault.Text{})
	case a.Kind != Reserve && after < 0:
		return f.accountShort(a, now, -delta)
	}
	return nil
}

const balanceSQL = `SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM fund_line WHERE county_code = ?1 AND fund_code = ?2 AND account_kind = ?3 AND account_code = ?4`

// balance is the sum of an account's lines.
func balance(tx *store.Tx, code string, a AccountID) (sum money.Fen, err error) {
	err = tx.QueryRow(balanceSQL, tx.County, code, string(a.Kind), a.Code).Scan(&sum)
	return sum, err
}

const entrySQL = `SELECT fund_code, entry_type, day, COALESCE(corrects, ''), reason, instant, actor_id, account_kind, account_code, amount, commitment_id, origin_kind, origin_id, origin_line
	FROM fund_line WHERE county_code = ?1 AND entry_id = ?2 ORDER BY line`

// readEntry reads an entry, without what corrects it. Code: fund.entry-unknown.
func readEntry(tx *store.Tx, id string) (Entry, error) {
	e := Entry{ID: id}
	if !isText(id) {
		return e, unknownEntry(id)
	}
	var day string
	var err error
	e.Lines, err = store.All(tx, func(rows *store.Rows) (l EntryLine, err error) {
		return l, rows.Scan(&e.Fund, &e.Type, &day, &e.Corrects, &e.Reason, &e.Instant, &e.Actor,
			&l.Account.Kind, &l.Account.Code, &l.Amount, &l.Commitment, &l.Origin.Kind, &l.Origin.ID, &l.Origin.Line)
	}, entrySQL, tx.County, id)
	if err == nil && len(e.Lines) == 0 {
		err = unknownEntry(id)
	}
	if err != nil {
		return e, err
	}
	e.Day, err = period.ParseDay(day)
	return e, err
}

func notBefore(day, earlier period.Day) error {
	if day >= earlier {
		return nil
	}
	return conflict("fund.day-backwards", text.Tell("记账日 %s 早于所依据记录的 %s，没有记账", "the day %s lies before %s, that of the record it follows; nothing was entered", day, earlier),
		text.Tell("用当天或之后的日期记账", "enter it for that day or a later one"))
}
