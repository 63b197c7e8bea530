package fund

import (
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/store"
)

// Position is where the money of a fund stands now. Its parts are read each from where it is kept: what was given from the lines of its sources, what
// was paid and what lies there from those of its bank accounts and limits, what may still be committed from the blocks, what is due from the
// commitments that are still to be paid. So they agree only if these do ([Position.Rest], [Position.Missing]). None of them reads the accounts of the many it is owed to, which
// grow with everything a fund ever paid: [StatementOf] adds those up, and [Verify] compares each with its commitments.
type Position struct {
	Received  money.Fen // arrived in bank accounts, with corrections
	Granted   money.Fen // limits of the treasury, with corrections
	SetAside  money.Fen // in the reserve
	Available money.Fen // what may still be committed
	Paid      money.Fen // what went out, without what came back
	Held      money.Fen // in bank accounts and limits now
	Due       money.Fen // spoken for or owed, and not paid yet
}

// Budget is everything the fund was given.
func (p Position) Budget() money.Fen { return p.Received + p.Granted }

// Used is what is spoken for, owed or paid.
func (p Position) Used() money.Fen { return p.Paid + p.Due }

// Owing is what should be due, by all that is known besides: given, and neither paid nor set aside nor free.
func (p Position) Owing() money.Fen { return p.Budget() - p.Paid - p.SetAside - p.Available }

// Rest is what remains when all parts are taken from what was given: zero, or the ledger is wrong.
func (p Position) Rest() money.Fen { return p.Owing() - p.Due }

// Missing is what should lie in bank accounts and limits, by what was given and paid, and does not: zero, or the ledger is wrong.
func (p Position) Missing() money.Fen { return p.Budget() - p.Paid - p.Held }

// Add is two positions together. Code: money.overflow.
func (p Position) Add(q Position) (sum Position, err error) {
	for _, x := range []struct {
		to   *money.Fen
		a, b money.Fen
	}{{&sum.Received, p.Received, q.Received}, {&sum.Granted, p.Granted, q.Granted}, {&sum.SetAside, p.SetAside, q.SetAside},
		{&sum.Available, p.Available, q.Available}, {&sum.Paid, p.Paid, q.Paid}, {&sum.Held, p.Held, q.Held}, {&sum.Due, p.Due, q.Due}} {
		if *x.to, err = money.Add(x.a, x.b); err != nil {
			return Position{}, err
		}
	}
	return sum, nil
}

// sourcesSQL adds up what the source accounts gave by what it was for; a correction counts with what it corrects.
const sourcesSQL = `SELECT COALESCE(o.entry_type, l.entry_type), CAST(COALESCE(SUM(l.amount), 0) AS BIGINT)
	FROM fund_line l LEFT JOIN fund_line o ON o.county_code = l.county_code AND o.entry_id = l.corrects AND o.line = 1
	WHERE l.county_code = ?1 AND l.fund_code = ?2 AND l.account_kind = 'source' GROUP BY COALESCE(o.entry_type, l.entry_type)`

// placesSQL adds up what lies in bank accounts and limits, and of it what payments took out and what came back of them.
const placesSQL = `SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN entry_type IN ('pay', 'bounce', 'return') THEN -amount ELSE 0 END), 0) AS BIGINT)
	FROM fund_line WHERE county_code = ?1 AND fund_code = ?2 AND account_kind IN ('bank', 'limit')`

// dueSQL adds up what is outstanding; its index holds nothing else.
const dueSQL = `SELECT CAST(COALESCE(SUM(amount - paid - returned), 0) AS BIGINT) FROM fund_commitment WHERE county_code = ?1 AND fund_code = ?2 AND ` + outstanding

// PositionOf is where the money of a fund stands now. Code: fund.unknown.
func PositionOf(tx *store.Tx, code string) (p Position, err error) {
	if p.Available, err = Available(tx, code); err != nil {
		return p, err
	}
	type given struct {
		by  Type
		sum money.Fen
	}
	all, err := store.All(tx, func(rows *store.Rows) (g given, err error) { return g, rows.Scan(&g.by, &g.sum) }, sourcesSQL, tx.County, code)
	if err != nil {
		return p, err
	}
	for _, g := range all {
		switch g.by {
		case TypeReceive:
			p.Received = -g.sum
		case TypeBudget:
			p.Granted = -g.sum
		case TypeReserve:
			p.SetAside = g.sum
		}
	}
	if err := tx.QueryRow(placesSQL, tx.County, code).Scan(&p.Held, &p.Paid); err != nil {
		return p, err
	}
	return p, tx.QueryRow(dueSQL, tx.County, code).Scan(&p.Due)
}

var typeLabels = map[Type]fault.Text{
	TypeReceive: {ZH: "拨入", EN: "received"},
	TypeBudget:  {ZH: "下达额度", EN: "limit granted"},
	TypeReserve: {ZH: "预留", EN: "set aside"},
	TypeCommit:  {ZH: "占用", EN: "committed"},
	TypePost:    {ZH: "入账", EN: "posted"},
	TypeVoid:    {ZH: "作废", EN: "voided"},
	TypePay:     {ZH: "支付", EN: "paid"},
	TypeBounce:  {ZH: "退票", EN: "bounced"},
	TypeReturn:  {ZH: "退回", EN: "returned"},
	TypeAdjust:  {ZH: "更正", EN: "correction"},
}

// Label is how an entry of the type is called.
func (t Type) Label() fault.Text { return typeLabels[t] }

// Entry is one balanced change of the accounts, as it was entered.
type Entry struct {
	ID       string
	Fund     string
	Type     Type
	Day      period.Day
	Corrects string // the entry it corrects, or ""
	Reason   string
	Instant  string // when it was entered, as [store.FormatInstant] writes it
	Actor    string // id of who entered it
	Lines    []EntryLine
	Later    []string // the entries that correct it, in their order
}

// EntryLine is one line of an entry.
type EntryLine struct {
	Account    AccountID
	Amount     money.Fen // debit positive, credit negative
	Commitment string    // "" when it concerns none
	Origin     Origin
}

// EntryOf reads an entry of a fund; another fund's is as unknown as one that does not exist. Codes: fund.unknown, fund.entry-unknown.
func EntryOf(tx *store.Tx, code, id string) (Entry, error) {
	if _, err := Find(tx, code); err != nil {
		return Entry{}, err
	}
	e, err := readEntry(tx, id)
	if err == nil && e.Fund != code {
		err = unknownEntry(id)
	}
	if err != nil {
		return Entry{}, err
	}
	e.Later, err = store.All(tx, store.Text, laterSQL, tx.County, id)
	return e, err
}

const laterSQL = `SELECT entry_id FROM fund_line WHERE county_code = ?1 AND corrects = ?2 AND line = 1 ORDER BY entry_id`

// StandsAt is the amount of an entry with what corrects it, in its own direction: what [Adjust] puts right.
func StandsAt(tx *store.Tx, e Entry) (money.Fen, error) {
	var more money.Fen
	if err := tx.QueryRow(correctedSQL, tx.County, e.ID).Scan(&more); err != nil || len(e.Lines) == 0 {
		return 0, err
	}
	now, err := money.Add(e.Lines[0].Amount, more)
	if e.Lines[0].Amount < 0 { // a release
		now = -now
	}
	return now, err
}

// BalanceBefore is the balance of an account before the first line of a day; of a day after all lines it is the balance now.
func BalanceBefore(tx *store.Tx, code string, a AccountID, day period.Day) (sum money.Fen, err error) {
	return sum, tx.QueryRow(balanceSQL+` AND day < ?5`, tx.County, code, string(a.Kind), a.Code, day.String()).Scan(&sum)
}

// BalanceAfter is the balance of an account after one of its lines.
func BalanceAfter(tx *store.Tx, code string, a AccountID, last Mark) (sum money.Fen, err error) {
	return sum, tx.QueryRow(balanceSQL+` AND (day, entry_id, line) <= (?5, ?6, ?7)`, tx.County, code, string(a.Kind), a.Code, last.Day.String(), last.Entry, last.Line).Scan(&sum)
}

// Movements are what was debited to an account over a period and what was credited, neither negative.
func Movements(tx *store.Tx, code string, a AccountID, span period.Span) (debit, credit money.Fen, err error) {
	return debit, credit, tx.QueryRow(movementsSQL, tx.County, code, string(a.Kind), a.Code, span.From.String(), span.To.String()).Scan(&debit, &credit)
}

const movementsSQL = `SELECT CAST(COALESCE(SUM(CASE WHEN amount > 0 THEN amount ELSE 0 END), 0) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN amount < 0 THEN -amount ELSE 0 END), 0) AS BIGINT)
	FROM fund_line WHERE county_code = ?1 AND fund_code = ?2 AND account_kind = ?3 AND account_code = ?4 AND day >= ?5 AND day <= ?6`

// Plus is two balances together, under the account of the first. Code: money.overflow.
func (b Balance) Plus(other Balance) (Balance, error) {
	err := b.add(other)
	return b, err
}
