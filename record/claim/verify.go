package claim

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/record/store"
)

// Checked is what Verify looked at.
type Checked struct {
	Settlements int // that count now
	Counters    int // windows added up again
	Destroyed   int // persons and series of which nothing can be read any more, because the person's key was destroyed
}

// keyDestroyed is how package audit answers when retention has ended.
const keyDestroyed = "audit.key-destroyed"

// Verify computes every settlement of the confirmed bills again from what was frozen, earlier versions too, adds up every counter, and compares both with what the
// special accounts hold. It answers the first difference as a fault of kind Conflict that names it. Codes: claim.differs,
// claim.history-differs, claim.movement-differs, claim.counter-differs, claim.invoice-differs, claim.money-differs,
// claim.paper-differs, claim.advance-differs, claim.time-differs, claim.to-nothing; adoption.pack-missing when this program does not have a pack.
func (c *Claims) Verify(tx *store.Tx) (Checked, error) {
	done, err := VerifySums(tx)
	if err != nil {
		return done, err
	}
	all := int64(done.Settlements)
	done.Settlements = 0 // counted anew as they are computed
	chains, err := store.All(tx, func(rows *store.Rows) (ch chain, err error) { return ch, rows.Scan(&ch.person, &ch.series) },
		`SELECT DISTINCT person_id, series FROM claim WHERE county_code = ?1 AND state = 'confirmed' ORDER BY person_id, series`, tx.County)
	if err != nil {
		return done, err
	}
	for _, ch := range chains {
		tx.Told(int64(done.Settlements), all)
		n, err := c.verifyChain(tx, ch.person, ch.series)
		if fault.CodeOf(err) == keyDestroyed {
			done.Destroyed++
			continue
		}
		if err != nil {
			return done, err
		}
		done.Settlements += n
	}
	if err := c.verifyAdvances(tx); err != nil {
		return done, err
	}
	return done, c.verifyReversed(tx)
}

// VerifySums is the part of Verify that needs no keys: what is sealed is not looked at. Settlements are only counted.
func VerifySums(tx *store.Tx) (done Checked, err error) {
	for _, i := range inconsistencies {
		if err := i.find(tx); err != nil {
			return done, err
		}
	}
	err = tx.QueryRow(`SELECT (SELECT COUNT(*) FROM claim WHERE county_code = ?1 AND state = 'confirmed'), (SELECT COUNT(*) FROM claim_counter WHERE county_code = ?1)`, tx.County).
		Scan(&done.Settlements, &done.Counters)
	return done, err
}

// verifyChain settles the bills of a chain again, in their order.
func (c *Claims) verifyChain(tx *store.Tx, person, series string) (int, error) {
	ch := newChain(person, series)
	if err := c.load(tx, ch); err != nil {
		return 0, err
	}
	standings, err := c.standings(tx, person, ch.claims)
	if err != nil {
		return 0, err
	}
	var h []subject.Entry
	for _, claim := range ch.claims {
		if err := c.verifyClaim(tx, ch, claim, standings[claim.ID], append(ch.elsewhere(claim.place), h...)); err != nil {
			return 0, err
		}
		h = followed(h, ch.moved[claim.ID])
	}
	return len(ch.claims), nil
}

func (c *Claims) verifyClaim(tx *store.Tx, ch *chain, claim *Claim, s *standing, h []subject.Entry) error {
	if s == nil {
		return tampered("to-nothing", text.Say("账单 %s 没有结算", "the bill %s has no settlement", claim.ID))
	}
	again, err := c.recompute(tx, claim, s)
	if err != nil {
		return err
	}
	if found := lookedAt(subject.History{Counters: h}, again.result); !c.sameHistory(s.frozen.Counters, found, h, again) {
		return tampered("history-differs", text.Say("账单 %s 封存的累计与之前各账单的使用不符", "the counters frozen with the bill %s are not what the bills before it used", claim.ID))
	}
	if s.settled.Figures.Decided != claim.place.day {
		return tampered("differs", text.Say("账单 %s 按 %s 结算，却排在 %s", "the bill %s was decided by %s and stands at %s", claim.ID, s.settled.Figures.Decided, claim.place.day))
	}
	if len(differences(ch.moved[claim.ID], again.moved)) > 0 {
		return tampered("movement-differs", text.Say("账单 %s 的累计变动与其结算不符", "the movements of counters of the bill %s are not those of its settlement", claim.ID))
	}
	var invoices []string
	for invoice, by := range ch.invoices {
		if by == claim.ID {
			invoices = append(invoices, invoice)
		}
	}
	slices.Sort(invoices)
	if !slices.Equal(invoices, slices.Sorted(slices.Values(s.settled.Figures.Invoices))) {
		return tampered("invoice-differs", text.Say("账单 %s 的发票与其结算不符", "the invoices of the bill %s are not those of its settlement", claim.ID))
	}
	if err := c.verifyPapers(tx, claim, s); err != nil {
		return err
	}
	return verifyMoney(tx, claim, s.settled.Figures)
}

// recompute computes a settlement again from what was frozen. Code: claim.differs.
func (c *Claims) recompute(tx *store.Tx, claim *Claim, s *standing) (*outcome, error) {
	again, err := c.repeat(tx, claim, s.bill, s.frozen, s.frozen.history())
	if err != nil {
		return nil, err
	}
	if at := firstDifference(s.settled.Figures, again.settled.Figures); at.ZH != "" {
		return nil, tampered("differs", fault.Text{ZH: fmt.Sprintf("账单 %s 按封存的情况重算，结果不同：%s", claim.ID, at.ZH), EN: fmt.Sprintf("the bill %s, computed again from what was frozen, comes out otherwise: %s", claim.ID, at.EN)})
	}
	return again, nil
}

// sameHistory compares what a settlement was given as used before with what the bills before it used. Of a counter it moved that is
// one sum; what it moved was computed again from the frozen sum.
func (c *Claims) sameHistory(frozen, found []frozenEntry, h []subject.Entry, again *outcome) bool {
	for i, m := range again.result.Counters {
		sum := int64(0)
		for _, e := range h {
			if e.Counter == m.ID && slices.Equal(e.Key, m.Key) && m.Window.Contains(e.Day) {
				sum += int64(e.Amount) + e.Count
			}
		}
		if sum != again.settled.Figures.Counters[i].Before {
			return false
		}
	}
	return sameEntries(frozen, found)
}

// firstDifference names the first figure that is not the same.
func firstDifference(kept, now Figures) fault.Text {
	switch {
	case kept.same(now):
		return fault.Text{}
	case kept.Verdict != now.Verdict:
		return text.Say("结论 %s，重算为 %s", "verdict %s, now %s", kept.Verdict, now.Verdict)
	case kept.Bill != now.Bill:
		return text.Say("账单金额", "the fees")
	}
	for i := range kept.Payers {
		if i < len(now.Payers) && kept.Payers[i] != now.Payers[i] {
			return text.Say("%s 支付 %s 元，重算为 %s 元", "%s pays %s, now %s", kept.Payers[i].ID, kept.Payers[i].Amount, now.Payers[i].Amount)
		}
	}
	if kept.Patient != now.Patient {
		return text.Say("个人负担 %s 元，重算为 %s 元", "the patient bears %s, now %s", kept.Patient, now.Patient)
	}
	return text.Say("累计、日期或发票", "counters, days or invoices")
}

// verifyMoney compares what the own payers pay with what the special accounts hold.
func verifyMoney(tx *store.Tx, claim *Claim, f Figures) error {
	b, err := bookedFor(tx, claim.ID)
	if err != nil {
		return err
	}
	have, want := b.amounts(), map[string]money.Fen{}
	for _, share := range f.funded() {
		want[share.ID] += share.Amount
	}
	payers := maps.Clone(have)
	maps.Copy(payers, want)
	for _, payer := range slices.Sorted(maps.Keys(payers)) {
		if have[payer] != want[payer] {
			return moneyDiffers(claim, payer, have[payer]-want[payer])
		}
	}
	return nil
}

// verifyReversed looks whether anything is left of reversed bills.
func (c *Claims) verifyReversed(tx *store.Tx) error {
	reversed, err := store.All(tx, func(rows *store.Rows) (Claim, error) { return scanClaim(rows) },
		claimColumns+`WHERE c.county_code = ?1 AND c.state <> 'confirmed' ORDER BY c.claim_id`, tx.County)
	if err != nil {
		return err
	}
	for i := range reversed {
		if err := verifyMoney(tx, &reversed[i], Figures{}); err != nil {
			return err
		}
	}
	return nil
}

// inconsistency is one way in which the tables may contradict themselves. Its query finds the first case: a subject, a detail,
// and two figures.
type inconsistency struct {
	code    string
	message fault.Text // with %[1]s subject, %[2]s detail, %[3]d and %[4]d figures
	query   string
}

var inconsistencies = []inconsistency{
	{"to-nothing", fault.Text{ZH: "账单 %[1]s 的机构 %[2]s 没有登记", EN: "the bill %[1]s is of the provider %[2]s, who is not on record"},
		`SELECT c.claim_id, c.provider_id, 0, 0 FROM claim c LEFT JOIN party p ON p.county_code = c.county_code AND p.party_id = c.provider_id
		WHERE c.county_code = ?1 AND p.party_id IS NULL ORDER BY c.claim_id LIMIT 1`},
	{"to-nothing", fault.Text{ZH: "账单 %[1]s（%[2]s）应有 %[3]d 次结算，实有 %[4]d 次", EN: "the bill %[1]s (%[2]s) should have %[3]d settlements and has %[4]d"},
		`SELECT claim_id, state, version, found FROM (SELECT c.claim_id, c.state, c.version,
			(SELECT COUNT(*) FROM claim_settlement s WHERE s.county_code = c.county_code AND s.claim_id = c.claim_id) AS found FROM claim c WHERE c.county_code = ?1) v
		WHERE version <> found OR (state = 'confirmed' AND version = 0) OR (state IN ('received', 'previewed', 'advanced') AND version <> 0) ORDER BY claim_id LIMIT 1`},
	{"time-differs", fault.Text{ZH: "账单 %[1]s 第 %[3]d 次结算记为随账单一起办理，其实不是", EN: "the settlement %[3]d of the bill %[1]s is said to have been made when the bill came, and was not"},
		`SELECT s.claim_id, s.settlement_id, s.version, 0 FROM claim_settlement s JOIN claim c ON c.county_code = s.county_code AND c.claim_id = s.claim_id
		WHERE s.county_code = ?1 AND s.later <> 1 AND (s.version <> 1 OR s.instant <> c.instant) ORDER BY s.claim_id, s.version LIMIT 1`},
	{"paper-differs", fault.Text{ZH: "账单 %[1]s 的补交材料 %[2]s 不是其本人的，或结算没有用到", EN: "the paper %[2]s of the bill %[1]s is not of its person, or no settlement stands on it"},
		`SELECT p.claim_id, p.document_id, 0, 0 FROM claim_paper p LEFT JOIN claim c ON c.county_code = p.county_code AND c.claim_id = p.claim_id
			LEFT JOIN document d ON d.county_code = p.county_code AND d.document_id = p.document_id AND d.owner_id = c.person_id
		WHERE p.county_code = ?1 AND (d.document_id IS NULL OR p.version < 1 OR (c.state = 'confirmed' AND p.version > c.version)) ORDER BY p.claim_id, p.paper_id LIMIT 1`},
	{"paper-differs", fault.Text{ZH: "账单 %[1]s 第 %[3]d 次结算因补交材料而来，却没有这次收件", EN: "the settlement %[3]d of the bill %[1]s is because of papers, and none were handed in for it"},
		`SELECT s.claim_id, s.settlement_id, s.version, 0 FROM claim_settlement s LEFT JOIN claim_paper p ON p.county_code = s.county_code AND p.claim_id = s.claim_id AND p.version = s.version
		WHERE s.county_code = ?1 AND s.cause = 'papers' AND p.claim_id IS NULL ORDER BY s.claim_id, s.version LIMIT 1`},
	{"advance-differs", fault.Text{ZH: "账单 %[1]s（%[2]s）应有 %[3]d 笔未结的垫付，实有 %[4]d 笔", EN: "the bill %[1]s (%[2]s) should have %[3]d open advances and has %[4]d"},
		`SELECT claim_id, state, want, found FROM (SELECT c.claim_id, c.state, CASE WHEN c.state = 'advanced' THEN 1 ELSE 0 END AS want,
			(SELECT COUNT(*) FROM claim_advance a WHERE a.county_code = c.county_code AND a.claim_id = c.claim_id AND a.state = 'open') AS found FROM claim c WHERE c.county_code = ?1) v
		WHERE want <> found ORDER BY claim_id LIMIT 1`},
	{"advance-differs", fault.Text{ZH: "账单 %[1]s 的垫付 %[2]s 没有对应的账单、机构或结算", EN: "the advance %[2]s of the bill %[1]s has no bill, provider or settlement"},
		`SELECT a.claim_id, a.advance_id, 0, 0 FROM claim_advance a LEFT JOIN claim c ON c.county_code = a.county_code AND c.claim_id = a.claim_id AND c.provider_id = a.provider_id
			LEFT JOIN claim_settlement s ON s.county_code = a.county_code AND s.claim_id = a.claim_id AND s.version = a.version
		WHERE a.county_code = ?1 AND (c.claim_id IS NULL OR a.amount <= 0 OR a.deposit < 0 OR a.state NOT IN ('open', 'settled', 'withdrawn') OR (a.state = 'settled') <> (s.claim_id IS NOT NULL)) ORDER BY a.advance_id LIMIT 1`},
	{"movement-differs", fault.Text{ZH: "已冲销的账单 %[1]s 还占用累计 %[2]s %[3]d", EN: "the reversed bill %[1]s still uses %[3]d of the counter %[2]s"},
		`SELECT m.claim_id, m.counter, CAST(SUM(m.amount) AS BIGINT), 0 FROM claim_movement m JOIN claim c ON c.county_code = m.county_code AND c.claim_id = m.claim_id
		WHERE m.county_code = ?1 AND c.state <> 'confirmed' GROUP BY m.claim_id, m.counter, m.key_token, m.day HAVING SUM(m.amount) <> 0 ORDER BY m.claim_id, m.counter LIMIT 1`},
	{"counter-differs", fault.Text{ZH: "%[1]s 的累计 %[2]s 记为 %[3]d，按各次变动应为 %[4]d", EN: "the counter %[2]s of %[1]s stands at %[3]d and should, by its movements, at %[4]d"},
		`SELECT person_id, name, used, due FROM (SELECT c.person_id, c.counter || ' ' || c.window_from || '..' || c.window_to AS name, c.used,
			(SELECT CAST(COALESCE(SUM(m.amount), 0) AS BIGINT) FROM claim_movement m WHERE m.county_code = c.county_code AND m.person_id = c.person_id AND m.series = c.series
				AND m.counter = c.counter AND m.key_token = c.key_token AND m.day >= c.window_from AND m.day <= c.window_to)
			+ (SELECT CAST(COALESCE(SUM(k.amount), 0) AS BIGINT) FROM claim_carried k WHERE k.county_code = c.county_code AND k.person_id = c.person_id AND k.series = c.series
				AND k.counter = c.counter AND k.key_token = c.key_token AND k.day >= c.window_from AND k.day <= c.window_to) AS due
			FROM claim_counter c WHERE c.county_code = ?1) v WHERE used <> due ORDER BY person_id, name LIMIT 1`},
	{"counter-differs", fault.Text{ZH: "%[1]s 的累计 %[2]s 没有记录，按各次变动应为 %[3]d", EN: "the counter %[2]s of %[1]s is missing; by its movements it moved by %[3]d"},
		`SELECT m.person_id, m.counter || ' ' || m.window_from || '..' || m.window_to, m.amount, 0 FROM claim_movement m
		LEFT JOIN claim_counter c ON c.county_code = m.county_code AND c.person_id = m.person_id AND c.series = m.series AND c.counter = m.counter AND c.key_token = m.key_token
			AND c.window_from = m.window_from AND c.window_to = m.window_to
		WHERE m.county_code = ?1 AND m.window_from <= m.window_to AND c.counter IS NULL ORDER BY m.settlement_id, m.line LIMIT 1`},
	{"invoice-differs", fault.Text{ZH: "发票 %[2]s 记在账单 %[1]s 上，该账单没有在用", EN: "the invoice %[2]s is marked as used by the bill %[1]s, which does not stand"},
		`SELECT i.claim_id, i.invoice, 0, 0 FROM claim_invoice i LEFT JOIN claim c ON c.county_code = i.county_code AND c.claim_id = i.claim_id AND c.person_id = i.person_id AND c.state = 'confirmed'
		WHERE i.county_code = ?1 AND c.claim_id IS NULL ORDER BY i.invoice LIMIT 1`},
	{"money-differs", fault.Text{ZH: "专账占用记录 %[2]s 的依据 %[1]s 不是账单", EN: "the commitment %[2]s comes from %[1]s, which is no bill"},
		`SELECT f.origin_id, f.commitment_id, 0, 0 FROM fund_commitment f LEFT JOIN claim c ON c.county_code = f.county_code AND c.claim_id = f.origin_id
		WHERE f.county_code = ?1 AND f.origin_kind = 'settlement' AND c.claim_id IS NULL ORDER BY f.commitment_id LIMIT 1`},
	{"money-differs", fault.Text{ZH: "应收回款 %[1]s 的占用记录 %[2]s 只付出 %[4]d 分，却要收回 %[3]d 分", EN: "the recovery %[1]s asks %[3]d fen back of the commitment %[2]s, which has paid %[4]d"},
		`SELECT recovery_id, commitment_id, wanted, paid FROM (SELECT MIN(r.recovery_id) AS recovery_id, r.commitment_id, CAST(SUM(r.amount - r.refunded - r.dropped) AS BIGINT) AS wanted, COALESCE(f.paid, 0) AS paid,
				MIN(r.amount - r.refunded - r.dropped) AS least FROM claim_recovery r LEFT JOIN fund_commitment f ON f.county_code = r.county_code AND f.commitment_id = r.commitment_id WHERE r.county_code = ?1 GROUP BY r.commitment_id, f.paid) v
		WHERE wanted > paid OR least < 0 ORDER BY recovery_id LIMIT 1`},
}

func (i inconsistency) find(tx *store.Tx) error {
	var subject, detail string
	var one, two int64
	err := tx.QueryRow(i.query, tx.County).Scan(&subject, &detail, &one, &two)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return tampered(i.code, fault.Text{ZH: fmt.Sprintf(i.message.ZH, subject, detail, one, two), EN: fmt.Sprintf(i.message.EN, subject, detail, one, two)})
}
