package fund

import (
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/store"
)

// Balance is what happened on an account in a period. Debit balances are positive: what the fund holds and has used; credit
// balances are negative: where it came from and what it owes.
type Balance struct {
	Fund    string
	Account AccountID
	Opening money.Fen // at the beginning of the first day
	Debit   money.Fen // of the period, not negative
	Credit  money.Fen // of the period, not negative
	Closing money.Fen // at the end of the last day: opening + debit − credit
}

// Statement is the ledger (台账) of one fund, or of all funds of the county, for a period.
type Statement struct {
	Span     period.Span
	Accounts []Balance // those with lines up to the last day, in the order of fund, kind and code
	Total    Balance   // of all accounts: opening and closing are zero, debit equals credit
}

// Of adds up the accounts of one kind.
func (s Statement) Of(kind Kind) (Balance, error) {
	sum := Balance{Account: AccountID{Kind: kind}}
	for _, b := range s.Accounts {
		if b.Account.Kind != kind {
			continue
		}
		if err := sum.add(b); err != nil {
			return Balance{}, err
		}
	}
	return sum, nil
}

func (b *Balance) add(other Balance) error {
	for _, pair := range []struct {
		to   *money.Fen
		from money.Fen
	}{{&b.Opening, other.Opening}, {&b.Debit, other.Debit}, {&b.Credit, other.Credit}, {&b.Closing, other.Closing}} {
		sum, err := money.Add(*pair.to, pair.from)
		if err != nil {
			return err
		}
		*pair.to = sum
	}
	return nil
}

// StatementOf draws up the ledger of a fund, or with code "" of all funds of the county. Codes: fund.unknown; fund.span-empty;
// fund.trial-unbalanced when debits and credits differ, which only damage to the database can cause.
func StatementOf(tx *store.Tx, code string, span period.Span) (Statement, error) {
	if span.Empty() {
		return Statement{}, malformed("fund.span-empty", text.Tell("台账期间 %s 的结束日早于开始日", "the period %s ends before it begins", span), fault.Text{})
	}
	query := `SELECT fund_code, account_kind, account_code,
		CAST(SUM(CASE WHEN day < ?2 THEN amount ELSE 0 END) AS BIGINT),
		CAST(SUM(CASE WHEN day >= ?2 AND amount > 0 THEN amount ELSE 0 END) AS BIGINT),
		CAST(SUM(CASE WHEN day >= ?2 AND amount < 0 THEN -amount ELSE 0 END) AS BIGINT),
		CAST(SUM(amount) AS BIGINT)
		FROM fund_line WHERE county_code = ?1 AND day <= ?3`
	args := []any{tx.County, span.From.String(), span.To.String()}
	if code != "" {
		if _, err := Find(tx, code); err != nil {
			return Statement{}, err
		}
		query += ` AND fund_code = ?4`
		args = append(args, code)
	}
	accounts, err := store.All(tx, func(rows *store.Rows) (b Balance, err error) {
		return b, rows.Scan(&b.Fund, &b.Account.Kind, &b.Account.Code, &b.Opening, &b.Debit, &b.Credit, &b.Closing)
	}, query+` GROUP BY fund_code, account_kind, account_code`, args...)
	if err != nil {
		return Statement{}, err
	}
	sortBy(accounts, func(b Balance) string { return b.Fund + " " + b.Account.String() })
	s := Statement{Span: span, Accounts: accounts, Total: Balance{Fund: code}}
	for _, b := range accounts {
		if err := s.Total.add(b); err != nil {
			return Statement{}, err
		}
	}
	if s.Total.Opening != 0 || s.Total.Closing != 0 || s.Total.Debit != s.Total.Credit {
		return Statement{}, conflict("fund.trial-unbalanced", text.Tell("台账借贷不平：期初差 %s 元，期末差 %s 元", "the ledger is out of balance by %s yuan at the beginning and %s at the end", s.Total.Opening, s.Total.Closing),
			text.Tell("用 doudi verify 查明第一处不一致", "find the first inconsistency with doudi verify"))
	}
	return s, nil
}

// TrialBalance is the ledger from the first entry to the day; see [StatementOf].
func TrialBalance(tx *store.Tx, code string, through period.Day) (Statement, error) {
	return StatementOf(tx, code, period.Span{From: period.Earliest, To: through})
}

// Line is one line of an account.
type Line struct {
	Mark
	Type       Type
	Amount     money.Fen // debit positive, credit negative
	Commitment string    // "" when it concerns none
	Origin     Origin
	Corrects   string // the entry it corrects, or ""
	Reason     string
	Instant    string // when it was entered, as [store.FormatInstant] writes it
	Actor      string // id of who entered it
}

// Mark is the place of a line in its account.
type Mark struct {
	Day   period.Day
	Entry string
	Line  int
}

const linesSQL = `SELECT day, entry_id, line, entry_type, amount, commitment_id, origin_kind, origin_id, origin_line, COALESCE(corrects, ''), reason, instant, actor_id
		FROM fund_line WHERE county_code = ?1 AND fund_code = ?2 AND account_kind = ?3 AND account_code = ?4 AND day <= ?5 AND (day, entry_id, line) > (?6, ?7, ?8)
		ORDER BY day, entry_id, line LIMIT ?9`

// Lines lists the lines of an account in a period, by day and in the order in which they were entered: at most limit, 1 to 1000,
// after the mark; the zero mark is the beginning.
func Lines(tx *store.Tx, code string, a AccountID, span period.Span, after Mark, limit int) ([]Line, error) {
	if after == (Mark{}) {
		after.Day = span.From
	}
	return store.All(tx, func(rows *store.Rows) (l Line, err error) {
		var day string
		if err := rows.Scan(&day, &l.Entry, &l.Line, &l.Type, &l.Amount, &l.Commitment, &l.Origin.Kind, &l.Origin.ID, &l.Origin.Line, &l.Corrects, &l.Reason, &l.Instant, &l.Actor); err != nil {
			return l, err
		}
		l.Day, err = period.ParseDay(day)
		return l, err
	}, linesSQL,
		tx.County, code, string(a.Kind), a.Code, span.To.String(), after.Day.String(), after.Entry, after.Line, most(limit))
}
