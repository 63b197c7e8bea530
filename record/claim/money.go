package claim

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/store"
)

// Category is what a special account may allow instead of each settlement by its id.
const Category = "medical"

// booked is what the special accounts hold about one claim.
type booked struct {
	commitments []fund.Commitment
	recoveries  []Recovery
}

// Recovery is money that was paid and is not owed any more: the payee owes it back.
type Recovery struct {
	ID         string    `json:"id"`
	Claim      string    `json:"claim"`
	Payer      string    `json:"payer"`
	Commitment string    `json:"commitment"`
	Amount     money.Fen `json:"amount"`
	Refunded   money.Fen `json:"refunded"` // came back
	Dropped    money.Fen `json:"dropped"`  // became owed again before it came back
}

// Open is what is still owed back.
func (r Recovery) Open() money.Fen { return r.Amount - r.Refunded - r.Dropped }

const recoveriesQuery = `SELECT recovery_id, claim_id, payer, commitment_id, amount, refunded, dropped FROM claim_recovery WHERE county_code = ?1 AND claim_id = ?2 ORDER BY recovery_id`

// Recoveries lists what is or was owed back of a claim.
func Recoveries(tx *store.Tx, claim string) ([]Recovery, error) {
	return store.All(tx, func(rows *store.Rows) (r Recovery, err error) {
		return r, rows.Scan(&r.ID, &r.Claim, &r.Payer, &r.Commitment, &r.Amount, &r.Refunded, &r.Dropped)
	}, recoveriesQuery, tx.County, claim)
}

// Refund enters money that came back: of a recovery, into a bank or limit account of the fund. Codes: claim.recovery-unknown,
// claim.recovery-less, and those of [fund.Return].
func Refund(tx *store.Tx, claim, recovery string, amount money.Fen, into fund.AccountID, origin fund.Origin) error {
	all, err := Recoveries(tx, claim)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(r Recovery) bool { return r.ID == recovery })
	if i < 0 {
		return recoveryUnknown()
	}
	r := all[i]
	changed, err := tx.Exec(`UPDATE claim_recovery SET refunded = refunded + ?3 WHERE county_code = ?1 AND recovery_id = ?2 AND refunded + dropped + ?3 <= amount`, tx.County, r.ID, int64(amount))
	if err != nil {
		return err
	}
	if changed == 0 {
		return recoveryLess(r, amount)
	}
	commitment, err := fund.Get(tx, r.Commitment)
	if err != nil {
		return err
	}
	_, err = fund.Return(tx, fund.Reversal{Step: fund.Step{Commitment: r.Commitment, Day: bookingDay(tx, commitment), Origin: origin}, Amount: amount, Account: into})
	return err
}

// bookingDay is today, or the day of the latest entry about a commitment when the clock went back.
func bookingDay(tx *store.Tx, c fund.Commitment) period.Day { return max(today(tx), c.LastDay) }

// line names a commitment of a claim: the payer, and the settlement it was made by.
func line(payer string, version int) string { return payer + "/" + strconv.Itoa(version) }

// Payer is the payer of a settlement for whom a commitment was made; "" when it was made for none.
func Payer(c fund.Commitment) string {
	if c.Origin.Kind != fund.FromSettlement {
		return ""
	}
	return payerOf(c)
}

func payerOf(c fund.Commitment) string {
	payer, _, _ := strings.Cut(c.Origin.Line, "/")
	return payer
}

func bookedFor(tx *store.Tx, claim string) (b booked, err error) {
	if b.commitments, err = fund.OfOrigin(tx, fund.FromSettlement, claim); err != nil {
		return b, err
	}
	b.recoveries, err = Recoveries(tx, claim)
	return b, err
}

// amounts are what each payer pays by the special accounts.
func (b booked) amounts() map[string]money.Fen {
	sums := map[string]money.Fen{}
	for _, c := range b.commitments {
		if c.State != fund.StateVoided {
			sums[payerOf(c)] += c.Amount - c.Returned
		}
	}
	for _, r := range b.recoveries {
		sums[r.Payer] -= r.Open()
	}
	return sums
}

// due is an amount to be committed.
type due struct {
	step   *step
	payer  string
	fund   string
	amount money.Fen
}

// pay brings the special accounts to what the plan's settlements say: what is given back first.
func pay(tx *store.Tx, p *plan) error {
	var dues []due
	for i := range p.steps {
		more, err := p.steps[i].book(tx)
		if err != nil {
			return err
		}
		dues = append(dues, more...)
	}
	for _, d := range dues {
		if err := d.commit(tx); err != nil {
			return err
		}
	}
	return nil
}

// book gives back what a claim's payers do not pay any more and answers what they pay in addition.
func (s *step) book(tx *store.Tx) ([]due, error) {
	wanted, funds := map[string]money.Fen{}, map[string]string{}
	if s.after != nil {
		for _, share := range s.after.settled.Figures.funded() {
			if !share.Known || share.Provisional {
				return nil, divisionOpen(share.ID)
			}
			wanted[share.ID] += share.Amount
			funds[share.ID] = share.Fund
		}
	}
	var b booked
	if s.before != nil { // of a bill that was never settled nothing is booked
		var err error
		if b, err = bookedFor(tx, s.claim.ID); err != nil {
			return nil, err
		}
	}
	have := b.amounts()
	payers := maps.Clone(wanted)
	maps.Copy(payers, have)
	var dues []due
	for _, payer := range slices.Sorted(maps.Keys(payers)) {
		var err error
		more := wanted[payer] - have[payer]
		if more < 0 {
			more, err = b.release(tx, s.claim, payer, -more)
		} else if more > 0 {
			more, err = b.drop(tx, payer, more)
		}
		if err != nil {
			return nil, err
		}
		if more > 0 {
			dues = append(dues, due{s, payer, b.fundOf(payer, funds[payer]), more})
		}
	}
	return dues, nil
}

// fundOf is the fund of a payer: what is left of a voided commitment stays with its fund.
func (b booked) fundOf(payer, named string) string {
	for _, c := range b.commitments {
		if named == "" && payerOf(c) == payer {
			return c.Fund
		}
	}
	return named
}

// release takes an amount off what a payer pays, the newest commitment first, and answers what must be committed again because only
// the whole of a pending commitment can be voided.
func (b booked) release(tx *store.Tx, claim *Claim, payer string, amount money.Fen) (again money.Fen, err error) {
	for _, c := range slices.Backward(b.commitments) {
		if payerOf(c) != payer || amount == 0 {
			continue
		}
		step := fund.Step{Commitment: c.ID, Day: bookingDay(tx, c)}
		switch c.State {
		case fund.StatePending:
			if _, err := fund.Void(tx, step); err != nil {
				return 0, err
			}
			again = max(c.Amount-amount, 0)
			amount = max(amount-c.Amount, 0)
		case fund.StatePosted:
			part := min(amount, c.Owed())
			if part == 0 {
				continue
			}
			if _, err := fund.Return(tx, fund.Reversal{Step: step, Amount: part}); err != nil {
				return 0, err
			}
			amount -= part
		}
	}
	amount, err = b.recover(tx, claim, payer, amount)
	if err == nil && amount > 0 {
		err = moneyDiffers(claim, payer, amount)
	}
	return again, err
}

// recover asks back what was paid, and answers what is left of the amount.
func (b booked) recover(tx *store.Tx, claim *Claim, payer string, amount money.Fen) (money.Fen, error) {
	for _, c := range slices.Backward(b.commitments) {
		part := min(amount, c.Paid-b.askedBack(c.ID))
		if payerOf(c) != payer || part <= 0 {
			continue
		}
		_, err := tx.Exec(`INSERT INTO claim_recovery (county_code, recovery_id, claim_id, payer, commitment_id, amount, refunded, dropped, instant, actor_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?7, ?8)`,
			tx.County, tx.NewID(), claim.ID, payer, c.ID, int64(part), store.FormatInstant(tx.Instant), tx.Actor.ID)
		if err != nil {
			return 0, err
		}
		amount -= part
	}
	return amount, nil
}

// askedBack is what is owed back of a commitment.
func (b booked) askedBack(commitment string) money.Fen {
	sum := money.Fen(0)
	for _, r := range b.recoveries {
		if r.Commitment == commitment {
			sum += r.Open()
		}
	}
	return sum
}

// drop takes an amount that is owed again off what is owed back, and answers what is left of it.
func (b booked) drop(tx *store.Tx, payer string, amount money.Fen) (money.Fen, error) {
	for _, r := range b.recoveries {
		part := min(amount, r.Open())
		if r.Payer != payer || part == 0 {
			continue
		}
		dropped, err := tx.Exec(`UPDATE claim_recovery SET dropped = dropped + ?3 WHERE county_code = ?1 AND recovery_id = ?2 AND refunded + dropped + ?3 <= amount`, tx.County, r.ID, int64(part))
		if err != nil {
			return 0, err
		}
		if dropped == 1 {
			amount -= part
		}
	}
	return amount, nil
}

func (d due) commit(tx *store.Tx) error {
	k := d.step.after.settled
	due, err := dated.DayFrom(k.Figures.Due, 0)
	if err != nil {
		return damaged(err)
	}
	_, err = fund.Commit(tx, fund.Request{Fund: d.fund, Purpose: fund.Purpose{Use: fund.Use{Kind: fund.Settlement, Name: k.Settlement}, Category: Category},
		Payee: d.step.claim.payee(k.Over), Amount: d.amount, Day: today(tx), Due: due, Origin: fund.Origin{Kind: fund.FromSettlement, ID: d.step.claim.ID, Line: line(d.payer, d.step.claim.Version)}})
	return err
}

// payee is who gets the money: the hospital that settled at the desk, or the person who had paid.
func (c *Claim) payee(over string) fund.Payee {
	kind := c.PayTo
	if kind == "" {
		kind = fund.Person
		if over == "visit" {
			kind = fund.Provider
		}
	}
	if kind == fund.Person {
		return fund.Payee{Kind: kind, ID: c.Person}
	}
	return fund.Payee{Kind: kind, ID: c.Provider}
}
