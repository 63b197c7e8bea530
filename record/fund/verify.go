package fund

import (
	"database/sql"
	"errors"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/record/store"
)

// inconsistency is one way in which the record may contradict itself. Its query finds the first case: a subject, a detail, and
// two figures in fen.
type inconsistency struct {
	code    string
	message fault.Text // with %[1]s subject, %[2]s detail, %[3]s and %[4]s figures in yuan
	query   string
}

// inconsistencies stand in the order in which they are looked for: what is no entry and what refers to nothing first, since sums over it mean little.
var inconsistencies = []inconsistency{
	{"fund.entry-differs", fault.Text{ZH: "分录 %[1]s 第 %[2]s 行所写的专账、日期、类型、更正、说明、时间或经办人与第一行不同", EN: "line %[2]s of the entry %[1]s differs from its first line in fund, day, type, correction, reason, instant or actor"},
		`SELECT l.entry_id, CAST(l.line AS TEXT), 0, 0 FROM fund_line l JOIN fund_line o ON o.county_code = l.county_code AND o.entry_id = l.entry_id AND o.line = 1
		WHERE l.county_code = ?1 AND l.line <> 1 AND (l.fund_code <> o.fund_code OR l.day <> o.day OR l.entry_type <> o.entry_type OR COALESCE(l.corrects, '') <> COALESCE(o.corrects, '')
			OR l.reason <> o.reason OR l.instant <> o.instant OR l.actor_id <> o.actor_id) ORDER BY l.entry_id, l.line LIMIT 1`},
	{"fund.line-missing", fault.Text{ZH: "分录 %[1]s 的行号应从 1 连续编到 %[2]s，实际不是", EN: "the lines of the entry %[1]s should be numbered from 1 to %[2]s, which they are not"},
		`SELECT entry_id, CAST(MAX(line) AS TEXT), 0, 0 FROM fund_line WHERE county_code = ?1 GROUP BY entry_id HAVING MIN(line) <> 1 OR MAX(line) <> COUNT(*) ORDER BY entry_id LIMIT 1`},
	{"fund.entry-to-nothing", fault.Text{ZH: "分录 %[1]s 所属的专账“%[2]s”不存在", EN: "the entry %[1]s is of the fund “%[2]s”, which does not exist"},
		`SELECT l.entry_id, l.fund_code, 0, 0 FROM fund_line l LEFT JOIN fund f ON f.county_code = l.county_code AND f.fund_code = l.fund_code
		WHERE l.county_code = ?1 AND f.fund_code IS NULL ORDER BY l.entry_id LIMIT 1`},
	{"fund.correction-to-nothing", fault.Text{ZH: "分录 %[1]s 所更正的 %[2]s 在同一专账里不存在", EN: "the entry %[1]s corrects %[2]s, which does not exist in its fund"},
		`SELECT l.entry_id, l.corrects, 0, 0 FROM fund_line l LEFT JOIN fund_line o ON o.county_code = l.county_code AND o.entry_id = l.corrects AND o.line = 1 AND o.fund_code = l.fund_code
		WHERE l.county_code = ?1 AND l.corrects IS NOT NULL AND l.line = 1 AND o.entry_id IS NULL ORDER BY l.entry_id LIMIT 1`},
	{"fund.voucher-to-nothing", fault.Text{ZH: "第 %[1]s 号分录 %[2]s 不存在", EN: "the entry %[2]s of number %[1]s does not exist"},
		`SELECT CAST(v.number AS TEXT), v.entry_id, 0, 0 FROM fund_voucher v LEFT JOIN fund_line l ON l.county_code = v.county_code AND l.entry_id = v.entry_id AND l.line = 1
		WHERE v.county_code = ?1 AND l.entry_id IS NULL ORDER BY v.number LIMIT 1`},
	{"fund.line-to-nothing", fault.Text{ZH: "分录 %[1]s 第 %[2]s 行（%[3]s 元）没有对应的类型、账户、占用记录或依据", EN: "line %[2]s of the entry %[1]s (%[3]s yuan) has no type, account, commitment or origin"},
		`SELECT l.entry_id, CAST(l.line AS TEXT), l.amount, 0 FROM fund_line l
		LEFT JOIN fund_account a ON a.county_code = l.county_code AND a.fund_code = l.fund_code AND a.account_kind = l.account_kind AND a.account_code = l.account_code
		LEFT JOIN fund_commitment c ON c.county_code = l.county_code AND c.commitment_id = l.commitment_id AND c.fund_code = l.fund_code
		WHERE l.county_code = ?1 AND (a.account_kind IS NULL OR (l.commitment_id <> '' AND c.commitment_id IS NULL)
			OR l.entry_type NOT IN ('receive', 'budget', 'reserve', 'commit', 'post', 'void', 'pay', 'bounce', 'return', 'adjust')
			OR l.origin_id = '' OR l.origin_kind NOT IN ('settlement', 'batch', 'document')) ORDER BY l.entry_id, l.line LIMIT 1`},
	{"fund.line-amount", fault.Text{ZH: "分录 %[1]s 第 %[2]s 行金额 %[3]s 元超出范围", EN: "line %[2]s of the entry %[1]s has an amount of %[3]s yuan, which is out of range"},
		`SELECT entry_id, CAST(line AS TEXT), amount, 0 FROM fund_line
		WHERE county_code = ?1 AND (amount = 0 OR amount < -1000000000000000 OR amount > 1000000000000000) ORDER BY entry_id, line LIMIT 1`},
	{"fund.unbalanced", fault.Text{ZH: "分录 %[1]s（%[2]s）借贷不平，差 %[3]s 元", EN: "the entry %[1]s (%[2]s) is out of balance by %[3]s yuan"},
		`SELECT entry_id, entry_type, CAST(SUM(amount) AS BIGINT), 0 FROM fund_line WHERE county_code = ?1
		GROUP BY entry_id, entry_type HAVING SUM(amount) <> 0 OR COUNT(*) < 2 ORDER BY entry_id LIMIT 1`},
	{"fund.resolved-twice", fault.Text{ZH: "占用记录 %[1]s（%[2]s）应占用一次、至多入账或作废一次，与分录不符", EN: "the commitment %[1]s (%[2]s) should be entered once and posted or voided at most once, which its entries are not"},
		`SELECT c.commitment_id, c.state, 0, 0 FROM fund_commitment c LEFT JOIN (
			SELECT commitment_id, SUM(CASE WHEN entry_type = 'commit' THEN 1 ELSE 0 END) AS commits, SUM(CASE WHEN entry_type = 'commit' THEN 0 ELSE 1 END) AS ends
			FROM fund_line WHERE county_code = ?1 AND account_kind = 'suspense' GROUP BY commitment_id) j ON j.commitment_id = c.commitment_id
		WHERE c.county_code = ?1 AND (COALESCE(j.commits, 0) <> 1 OR j.ends <> CASE WHEN c.state = 'pending' THEN 0 ELSE 1 END) ORDER BY c.commitment_id LIMIT 1`},
	{"fund.commitment-differs", fault.Text{ZH: "占用记录 %[1]s（%[2]s）与分录不符：记录已付 %[3]s 元、退回 %[4]s 元", EN: "the commitment %[1]s (%[2]s) differs from its entries: it says %[3]s yuan paid and %[4]s returned"},
		`SELECT c.commitment_id, c.state, c.paid, c.returned FROM fund_commitment c LEFT JOIN fund_line l ON l.county_code = c.county_code AND l.commitment_id = c.commitment_id
		WHERE c.county_code = ?1 GROUP BY c.commitment_id, c.state, c.amount, c.paid, c.returned
		HAVING c.state NOT IN ('pending', 'posted', 'voided') OR c.amount <= 0 OR c.paid < 0 OR c.returned < 0 OR c.paid + c.returned > c.amount
			OR (c.state <> 'posted' AND c.paid + c.returned <> 0)
			OR COALESCE(SUM(CASE WHEN l.account_kind = 'suspense' THEN l.amount END), 0) <> CASE WHEN c.state = 'pending' THEN -c.amount ELSE 0 END
			OR COALESCE(SUM(CASE WHEN l.account_kind = 'appropriation' AND l.account_code = c.use_kind || '/' || c.use_name THEN l.amount END), 0) <> CASE WHEN c.state = 'voided' THEN 0 ELSE c.amount - c.returned END
			OR COALESCE(SUM(CASE WHEN l.account_kind = 'payable' AND l.account_code = c.payee_kind || '/' || c.payee_id THEN l.amount END), 0) <> CASE WHEN c.state = 'posted' THEN c.paid + c.returned - c.amount ELSE 0 END
		ORDER BY c.commitment_id LIMIT 1`},
	{"fund.headroom-differs", fault.Text{ZH: "专账“%[1]s”分块额度合计 %[3]s 元（%[2]s 块），按分录应为 %[4]s 元", EN: "the blocks of the fund “%[1]s” (%[2]s of them) hold %[3]s yuan, which should be %[4]s by its entries"},
		`SELECT fund_code, CAST(parts AS TEXT), CAST(held AS BIGINT), CAST(due AS BIGINT) FROM (
			SELECT f.fund_code, f.blocks,
				(SELECT COUNT(*) FROM fund_block b WHERE b.county_code = ?1 AND b.fund_code = f.fund_code) AS parts,
				(SELECT COALESCE(SUM(b.amount_left), 0) FROM fund_block b WHERE b.county_code = ?1 AND b.fund_code = f.fund_code) AS held,
				(SELECT COALESCE(-SUM(l.amount), 0) FROM fund_line l WHERE l.county_code = ?1 AND l.fund_code = f.fund_code AND l.account_kind IN ('source', 'appropriation')) AS due
			FROM fund f WHERE f.county_code = ?1) h
		WHERE parts <> blocks OR held <> due ORDER BY fund_code LIMIT 1`},
	{"fund.overdrawn", fault.Text{ZH: "专账“%[1]s”的账户 %[2]s 余额 %[3]s 元，方向不对", EN: "the account %[2]s of the fund “%[1]s” has a balance of %[3]s yuan, which has the wrong sign"},
		`SELECT fund_code, account_kind || '/' || account_code, CAST(SUM(amount) AS BIGINT), 0 FROM fund_line WHERE county_code = ?1 AND account_kind IN ('bank', 'limit', 'payable', 'suspense', 'reserve')
		GROUP BY fund_code, account_kind, account_code HAVING SUM(amount) * CASE WHEN account_kind IN ('bank', 'limit') THEN 1 ELSE -1 END < 0 ORDER BY fund_code, account_kind, account_code LIMIT 1`},
}

// Verify reads the whole record of the county's funds and returns the first inconsistency as a fault of kind Conflict that names
// it, or nil. Codes: fund.entry-differs, fund.line-missing, fund.entry-to-nothing, fund.correction-to-nothing, fund.voucher-to-nothing,
// fund.line-to-nothing, fund.line-amount, fund.unbalanced, fund.resolved-twice, fund.commitment-differs, fund.headroom-differs,
// fund.overdrawn.
func Verify(tx *store.Tx) error {
	for n, i := range inconsistencies {
		tx.Told(int64(n), int64(len(inconsistencies)))
		if err := i.find(tx); err != nil {
			return err
		}
	}
	return nil
}

func (i inconsistency) find(tx *store.Tx) error {
	var subject, detail string
	var stated, computed money.Fen
	err := tx.QueryRow(i.query, tx.County).Scan(&subject, &detail, &stated, &computed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return conflict(i.code, text.Tell(i.message.ZH, i.message.EN, subject, detail, stated, computed),
		text.Tell("记录已被命令以外的途径改动；保留现状，与备份核对", "something other than our commands changed the record; keep it as it is and compare with a backup"))
}
