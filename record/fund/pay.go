package fund

import (
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/store"
)

// Payment pays commitments of one fund from one account.
type Payment struct {
	Fund   string
	From   AccountID // a bank or a limit account
	Dues   []Due     // at least one, at most MostDues
	Day    period.Day
	Origin Origin // the batch
	Reason string // may be empty
}

// Due is what is paid of one commitment.
type Due struct {
	Commitment string
	Amount     money.Fen // more than zero
}

// MostDues bounds a payment; larger batches are divided.
const MostDues = 10_000

const (
	paySQL    = `UPDATE fund_commitment SET paid = paid + ?4, last_day = ?3 WHERE county_code = ?1 AND commitment_id = ?2 AND state = 'posted' AND last_day <= ?3 AND paid + returned + ?4 <= amount`
	bounceSQL = `UPDATE fund_commitment SET paid = paid - ?4, last_day = ?3 WHERE county_code = ?1 AND commitment_id = ?2 AND state = 'posted' AND last_day <= ?3 AND paid >= ?4`
	refundSQL = `UPDATE fund_commitment SET paid = paid - ?4, returned = returned + ?4, last_day = ?3 WHERE county_code = ?1 AND commitment_id = ?2 AND state = 'posted' AND last_day <= ?3 AND paid >= ?4`
	remitSQL  = `UPDATE fund_commitment SET returned = returned + ?4, last_day = ?3 WHERE county_code = ?1 AND commitment_id = ?2 AND state = 'posted' AND last_day <= ?3 AND paid + returned + ?4 <= amount`
)

// Pay enters a payment and returns the entry's id. Codes: fund.unknown, fund.account-unknown, fund.account-short, fund.dues;
// fund.commitment-unknown, fund.other-fund, fund.not-posted, fund.not-owed, fund.day-backwards; fund.amount, fund.reason,
// fund.origin-malformed.
func Pay(tx *store.Tx, p Payment) (string, error) {
	if err := p.Origin.check(); err != nil {
		return "", err
	}
	if n := len(p.Dues); n == 0 || n > MostDues {
		return "", malformed("fund.dues", text.Tell("一笔支付应有 1 到 %d 项，现有 %d 项", "a payment has 1 to %d items, not %d", MostDues, n), text.Tell("分成几批支付", "divide it into batches"))
	}
	f, err := Find(tx, p.Fund)
	if err != nil {
		return "", err
	}
	if err := f.open(tx, p.From, Bank, Limit); err != nil {
		return "", err
	}
	lines, total, err := p.lines(tx, f)
	if err != nil {
		return "", err
	}
	if err := f.covers(tx, p.From, -total); err != nil {
		return "", err
	}
	return entry{kind: TypePay, fund: f.Code, day: p.Day, reason: p.Reason, lines: append(lines, line{p.From, -total, "", p.Origin})}.write(tx)
}

// lines marks each due as paid and debits its payee.
func (p Payment) lines(tx *store.Tx, f Fund) (lines []line, total money.Fen, err error) {
	for _, due := range p.Dues {
		c, err := p.mark(tx, due)
		if err != nil {
			return nil, 0, err
		}
		if c.Fund != f.Code {
			return nil, 0, conflict("fund.other-fund", text.Tell("%s 属于专账“%s”，不能由“%s”支付，没有记账", "%s belongs to the fund “%s” and is not paid by “%s”; nothing was entered", c.Origin, c.Fund, f.Code), fault.Text{})
		}
		lines = append(lines, line{c.Payee.account(), due.Amount, c.ID, c.Origin})
		total += due.Amount // both are at most LargestAmount
		if err := checkAmount(total); err != nil {
			return nil, 0, err
		}
	}
	return lines, total, nil
}

func (p Payment) mark(tx *store.Tx, due Due) (Commitment, error) {
	if err := checkAmount(due.Amount); err != nil {
		return Commitment{}, err
	}
	s := Step{Commitment: due.Commitment, Day: p.Day, Reason: p.Reason}
	c, moved, err := s.advance(tx, paySQL, int64(due.Amount))
	if err == nil && !moved {
		err = notOwed(c, due.Amount)
	}
	return c, err
}

// Reversal takes back a payment or a debt, or a part of it.
type Reversal struct {
	Step
	Amount  money.Fen // more than zero
	Account AccountID // the bank or limit account the money came back to; the zero value when none did (Return only)
}

// Bounce enters a payment that came back (退票) and is still owed, and returns the entry's id. Codes: fund.account-unknown,
// fund.commitment-unknown, fund.not-posted, fund.not-paid, fund.day-backwards; fund.amount, fund.reason, fund.origin-malformed.
func Bounce(tx *store.Tx, r Reversal) (string, error) {
	c, err := r.undo(tx, bounceSQL, notPaid)
	if err != nil {
		return "", err
	}
	if err := r.known(tx, c); err != nil {
		return "", err
	}
	return r.entry(c, TypeBounce, move(r.Account, c.Payee.account(), r.Amount, c.ID, r.Origin)).write(tx)
}

// Return says that a posted commitment, or a part of it, is not owed any more: money paid was refunded to Account, or, without an
// account, the debt is smaller than was thought. The amount goes back to the headroom. It returns the entry's id. Codes as of
// [Bounce], and fund.not-owed.
func Return(tx *store.Tx, r Reversal) (string, error) {
	update, refusal := refundSQL, notPaid
	if r.Account == (AccountID{}) {
		update, refusal = remitSQL, notOwed
	}
	c, err := r.undo(tx, update, refusal)
	if err != nil {
		return "", err
	}
	from := c.Payee.account()
	if r.Account != (AccountID{}) {
		from = r.Account
		if err := r.known(tx, c); err != nil {
			return "", err
		}
	}
	if err := giveBack(tx, c, r.Amount); err != nil {
		return "", err
	}
	return r.entry(c, TypeReturn, move(from, c.Use.account(), r.Amount, c.ID, r.Origin)).write(tx)
}

func (r *Reversal) undo(tx *store.Tx, update string, refusal func(Commitment, money.Fen) error) (Commitment, error) {
	if err := checkAmount(r.Amount); err != nil {
		return Commitment{}, err
	}
	c, moved, err := r.advance(tx, update, int64(r.Amount))
	if err == nil && !moved {
		err = refusal(c, r.Amount)
	}
	return c, err
}

// known refuses an account the commitment's fund does not have.
func (r Reversal) known(tx *store.Tx, c Commitment) error {
	f, err := Find(tx, c.Fund)
	if err != nil {
		return err
	}
	return f.open(tx, r.Account, Bank, Limit)
}

func notOwed(c Commitment, asked money.Fen) error {
	if c.State != StatePosted {
		return notPosted(c)
	}
	return conflict("fund.not-owed", text.Tell("%s 只有 %s 元尚未支付，不足 %s 元，没有记账", "only %[2]s yuan of %[1]s are still owed, less than %[3]s; nothing was entered", c.Origin, c.Owed(), asked),
		text.Tell("核对是否已经支付或退回", "check whether it was paid or returned already"))
}

func notPaid(c Commitment, asked money.Fen) error {
	if c.State != StatePosted {
		return notPosted(c)
	}
	return conflict("fund.not-paid", text.Tell("%s 已支付的只有 %s 元，不足 %s 元，没有记账", "only %[2]s yuan of %[1]s have been paid, less than %[3]s; nothing was entered", c.Origin, c.Paid, asked),
		text.Tell("核对退款金额；尚未支付的，退回时不填账户", "check the amount; for what was not paid yet, return it without an account"))
}

func notPosted(c Commitment) error {
	return conflict("fund.not-posted", text.Tell("%s 在专账“%s”%s，还不是应付款，没有记账", "the commitment of %s to the fund “%s” is %s, not owed; nothing was entered", c.Origin, c.Fund, c.State.Label()),
		text.Tell("先入账再支付；不再需要的请作废", "post it before paying; void what is not needed"))
}
