package claim

import (
	"database/sql"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/fund"
	"doudi/record/store"
)

// Discharge is how a patient left before the bill could be settled.
type Discharge struct {
	Deposit money.Fen // what the patient left with the hospital; 0 for nothing
	Day     period.Day
	Reason  string // why it could not be settled: 医保接口不通
}

// AdvanceState is where an advance stands.
type AdvanceState string

// The states of an advance.
const (
	AdvanceOpen      AdvanceState = "open"
	AdvanceSettled   AdvanceState = "settled"   // with its bill
	AdvanceWithdrawn AdvanceState = "withdrawn" // its bill was reversed
)

// Advance is what a hospital put up for a patient (垫付).
type Advance struct {
	ID       string       `json:"id"`
	Claim    string       `json:"claim"` // once settled, the one that was settled
	Provider string       `json:"provider"`
	Amount   money.Fen    `json:"amount"`  // the fees without the deposit
	Deposit  money.Fen    `json:"deposit"` // what the patient left with the hospital
	Day      period.Day   `json:"day"`
	State    AdvanceState `json:"state"`
	Closed   string       `json:"closed,omitempty"`  // the day; "" while open
	Version  int          `json:"version,omitempty"` // of the settlement that closed it
	Balance  money.Fen    `json:"balance"`           // what the patient still had to pay then; negative is what was to be given back
}

// Age is for how many days the hospital has been waiting.
func (a Advance) Age(on period.Day) int { return int(on - a.Day) }

const longestAdvanceReason = 200 // characters

// Advance receives a bill that cannot be settled yet, and keeps besides that the hospital let the patient go against a deposit or
// nothing. What is paid for the bill goes to the hospital. The bill is confirmed, or completed by [Claims.Complete], when what is
// paid upstream is known. Codes: those of [Claims.Receive]; claim.state; claim.advance-deposit, claim.advance-day,
// claim.advance-reason, claim.advance-payee.
func (c *Claims) Advance(tx *store.Tx, b Bill, d Discharge) (Advance, error) {
	claim, err := c.Receive(tx, b)
	if err != nil {
		return Advance{}, err
	}
	bill, err := c.billOf(tx, &claim)
	if err != nil {
		return Advance{}, err
	}
	if err := d.check(tx, &claim, bill); err != nil {
		return Advance{}, err
	}
	if err := claim.advance(tx); err != nil {
		return Advance{}, err
	}
	a := Advance{ID: tx.NewID(), Claim: claim.ID, Provider: claim.Provider, Amount: bill.Bill.Total().Total() - d.Deposit, Deposit: d.Deposit, Day: d.Day, State: AdvanceOpen}
	reason, err := c.seal(tx, claim.Person, d.Reason)
	if err != nil {
		return Advance{}, err
	}
	_, err = tx.Exec(`INSERT INTO claim_advance (county_code, advance_id, claim_id, provider_id, amount, deposit, day, reason, state, closed_day, version, balance, instant, actor_id)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'open', '', 0, 0, ?9, ?10)`,
		tx.County, a.ID, a.Claim, a.Provider, int64(a.Amount), int64(a.Deposit), a.Day.String(), reason, store.FormatInstant(tx.Instant), tx.Actor.ID)
	if err != nil {
		return Advance{}, err
	}
	return a, c.record(tx, "claim.advance", &claim, map[string]string{"advance": a.ID}, map[string]string{"reason": d.Reason})
}

func (d *Discharge) check(tx *store.Tx, claim *Claim, bill *subject.Subject) error {
	d.Reason = strings.TrimSpace(d.Reason)
	switch {
	case claim.PayTo == fund.Person:
		return advancePayee()
	case d.Deposit < 0 || d.Deposit >= bill.Bill.Total().Total():
		return advanceDeposit(bill.Bill.Total().Total())
	case d.Day == 0 || d.Day > today(tx):
		return advanceDay()
	case d.Reason == "" || utf8.RuneCountInString(d.Reason) > longestAdvanceReason || strings.ContainsFunc(d.Reason, unicode.IsControl):
		return advanceReason()
	}
	return nil
}

// advance marks a bill as advanced. What is paid for it goes to the hospital, whatever its settlement would say.
func (c *Claim) advance(tx *store.Tx) error {
	if err := c.move(tx, Advanced, Received, Previewed); err != nil {
		return err
	}
	c.PayTo = fund.Provider
	_, err := tx.Exec(`UPDATE claim SET pay_to = ?3 WHERE county_code = ?1 AND claim_id = ?2`, tx.County, c.ID, string(c.PayTo))
	return err
}

// Complete settles an advanced bill now that what is paid upstream is known: b is the whole bill, and b.Replaces the one that was
// advanced, which is put aside. The advance is closed with it; [Confirmation].Advance says what the patient still owes the
// hospital or gets back. Codes: those of [Claims.Receive] and [Claims.Confirm]; claim.state when the bill is not advanced;
// claim.advance-payee.
func (c *Claims) Complete(tx *store.Tx, b Bill) (Confirmation, error) {
	old, err := Get(tx, b.Replaces)
	if err != nil {
		return Confirmation{}, err
	}
	if b.PayTo == fund.Person {
		return Confirmation{}, advancePayee()
	}
	b.PayTo = fund.Provider
	if err := old.move(tx, Reversed, Advanced); err != nil {
		return Confirmation{}, err
	}
	claim, err := c.Receive(tx, b)
	if err != nil {
		return Confirmation{}, err
	}
	if claim.Provider != old.Provider {
		return Confirmation{}, cannotReplace(&old)
	}
	ch, err := c.lock(tx, &claim)
	if err != nil {
		return Confirmation{}, err
	}
	done, err := c.settle(tx, ch, &claim, nil, "")
	if err != nil {
		return Confirmation{}, err
	}
	return done, c.closeAdvance(tx, old.ID, &claim, &done)
}

// closeAdvance closes the advance of a bill with the settlement of a bill, which is the same or stands for it, and says what is
// left between patient and hospital.
func (c *Claims) closeAdvance(tx *store.Tx, advanced string, claim *Claim, done *Confirmation) error {
	a, err := scanAdvance(tx.QueryRow(selectAdvance+`WHERE county_code = ?1 AND claim_id = ?2 AND state = 'open'`, tx.County, advanced))
	if err != nil {
		return err
	}
	a.Claim, a.State, a.Closed, a.Version, a.Balance = claim.ID, AdvanceSettled, today(tx).String(), done.Version, done.Patient-a.Deposit
	_, err = tx.Exec(`UPDATE claim_advance SET claim_id = ?3, state = 'settled', closed_day = ?4, version = ?5, balance = ?6 WHERE county_code = ?1 AND advance_id = ?2 AND state = 'open'`,
		tx.County, a.ID, a.Claim, a.Closed, a.Version, int64(a.Balance))
	if err != nil {
		return err
	}
	done.Advance = &a
	return c.record(tx, "claim.advance-settled", claim, map[string]string{"advance": a.ID, "advanced": advanced}, nil)
}

// withdrawAdvance closes the advance of a bill that is put aside.
func withdrawAdvance(tx *store.Tx, claim string) error {
	_, err := tx.Exec(`UPDATE claim_advance SET state = 'withdrawn', closed_day = ?3 WHERE county_code = ?1 AND claim_id = ?2 AND state = 'open'`, tx.County, claim, today(tx).String())
	return err
}

const (
	selectAdvance    = `SELECT advance_id, claim_id, provider_id, amount, deposit, day, state, closed_day, version, balance FROM claim_advance `
	advanceWhere     = `WHERE county_code = ?1 AND claim_id = ?2 ORDER BY advance_id DESC LIMIT 1`
	openAdvanceWhere = `WHERE county_code = ?1 AND provider_id = ?2 AND state = 'open' AND (day, advance_id) > (?3, ?4) ORDER BY day, advance_id LIMIT ?5`
	advanceTotalsSQL = `SELECT provider_id, COUNT(*), CAST(SUM(amount) AS BIGINT), MIN(day) FROM claim_advance WHERE county_code = ?1 AND state = 'open' GROUP BY provider_id ORDER BY provider_id`
	advanceTotalSQL  = `SELECT COUNT(*), CAST(COALESCE(SUM(amount), 0) AS BIGINT), COALESCE(MIN(day), '') FROM claim_advance WHERE county_code = ?1 AND provider_id = ?2 AND state = 'open'`
)

func scanAdvance(row interface{ Scan(...any) error }) (a Advance, err error) {
	var day string
	if err := row.Scan(&a.ID, &a.Claim, &a.Provider, &a.Amount, &a.Deposit, &day, &a.State, &a.Closed, &a.Version, &a.Balance); err != nil {
		return a, err
	}
	a.Day, err = period.ParseDay(day)
	return a, err
}

// AdvanceOf is the latest advance of a bill; found is false when there is none.
func AdvanceOf(tx *store.Tx, claim string) (a Advance, found bool, err error) {
	a, err = scanAdvance(tx.QueryRow(selectAdvance+advanceWhere, tx.County, claim))
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil
	}
	return a, err == nil, err
}

// OpenAdvances lists what a hospital put up and waits for, the oldest first, after the one given, of which Day and ID count; the
// zero one is the beginning. A limit of 0 and any above 1000 mean 1000.
func OpenAdvances(tx *store.Tx, provider string, after Advance, limit int) ([]Advance, error) {
	const most = 1000
	if limit <= 0 || limit > most {
		limit = most
	}
	from := ""
	if after.ID != "" {
		from = after.Day.String()
	}
	return store.All(tx, func(rows *store.Rows) (Advance, error) { return scanAdvance(rows) }, selectAdvance+openAdvanceWhere, tx.County, provider, from, after.ID, limit)
}

// Waiting is what a hospital put up and waits for.
type Waiting struct {
	Provider string
	Count    int
	Amount   money.Fen
	Oldest   period.Day
}

// AdvancesByHospital adds up the open advances of each hospital.
func AdvancesByHospital(tx *store.Tx) ([]Waiting, error) {
	return store.All(tx, func(rows *store.Rows) (w Waiting, err error) {
		var day string
		if err := rows.Scan(&w.Provider, &w.Count, &w.Amount, &day); err != nil {
			return w, err
		}
		w.Oldest, err = period.ParseDay(day)
		return w, err
	}, advanceTotalsSQL, tx.County)
}

// AdvancesBy adds up the open advances of one hospital; of one that has none everything is zero.
func AdvancesBy(tx *store.Tx, provider string) (Waiting, error) {
	w, day := Waiting{Provider: provider}, ""
	if err := tx.QueryRow(advanceTotalSQL, tx.County, provider).Scan(&w.Count, &w.Amount, &day); err != nil || w.Count == 0 {
		return w, err
	}
	var err error
	w.Oldest, err = period.ParseDay(day)
	return w, err
}

// verifyAdvances compares the balance of each settled advance with the settlement that closed it.
func (c *Claims) verifyAdvances(tx *store.Tx) error {
	type closed struct {
		Advance
		person, sealed string
	}
	all, err := store.All(tx, func(rows *store.Rows) (a closed, err error) {
		return a, rows.Scan(&a.ID, &a.Claim, &a.Deposit, &a.Balance, &a.person, &a.sealed)
	}, `SELECT a.advance_id, a.claim_id, a.deposit, a.balance, c.person_id, s.result FROM claim_advance a JOIN claim c ON c.county_code = a.county_code AND c.claim_id = a.claim_id
		JOIN claim_settlement s ON s.county_code = a.county_code AND s.claim_id = a.claim_id AND s.version = a.version WHERE a.county_code = ?1 AND a.state = 'settled' ORDER BY a.advance_id`, tx.County)
	if err != nil {
		return err
	}
	for _, a := range all {
		var k Settled
		err := c.open(tx, a.person, []string{a.sealed}, &k)
		if fault.CodeOf(err) == keyDestroyed {
			continue
		}
		if err != nil {
			return err
		}
		if k.Figures.Patient-a.Deposit != a.Balance {
			return tampered("advance-differs", text.Say("账单 %s 的垫付结清时个人应补 %s 元，按结算应为 %s 元", "the advance of the bill %s was closed with %s yuan left to pay; by its settlement they are %s", a.Claim, a.Balance, k.Figures.Patient-a.Deposit))
		}
	}
	return nil
}
