package fund

import (
	"database/sql"
	"errors"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// Purpose is what money is asked for: a scheme or settlement by its id, and the category it belongs to. A fund that allows either
// allows it.
type Purpose struct {
	Use      Use
	Category string // may be empty
}

// Request asks a fund for money.
type Request struct {
	Fund    string
	Purpose Purpose
	Payee   Payee
	Amount  money.Fen // more than zero
	Day     period.Day
	Due     period.Day // by which it must be paid; 0 when nothing says
	Origin  Origin     // the settlement or batch line; commits to a fund once
}

// State is where a commitment stands.
type State string

// The states of a commitment. Pending goes to one of the others and stays there.
const (
	StatePending State = "pending"
	StatePosted  State = "posted"
	StateVoided  State = "voided"
)

var stateLabels = map[State]fault.Text{
	StatePending: {ZH: "待结", EN: "pending"},
	StatePosted:  {ZH: "已入账", EN: "posted"},
	StateVoided:  {ZH: "已作废", EN: "voided"},
}

// Label is how the state is called.
func (s State) Label() fault.Text { return stateLabels[s] }

// Commitment is money spoken for.
type Commitment struct {
	ID       string
	Fund     string
	Use      Use // the one of the fund's uses that allows it
	Payee    Payee
	Amount   money.Fen
	State    State
	Paid     money.Fen  // out of the fund now: payments that came back are taken off
	Returned money.Fen  // no longer owed, after it had been
	FirstDay period.Day // it was committed on
	LastDay  period.Day // of the latest entry about it
	Due      period.Day // by which it must be paid; 0 when nothing says
	Origin   Origin
}

// Owed is what a posted commitment still has to pay.
func (c Commitment) Owed() money.Fen {
	if c.State != StatePosted {
		return 0
	}
	return c.Amount - c.Paid - c.Returned // never negative, so it stays in range
}

// Commit speaks for money: it takes the amount from the headroom and returns the id of the commitment, which is pending. Codes:
// fund.unknown, fund.not-in-force, fund.use-not-allowed, fund.short, fund.committed-already; fund.amount, fund.use-malformed,
// fund.payee-malformed, fund.origin-malformed.
func Commit(tx *store.Tx, r Request) (string, error) {
	if err := errors.Join(r.Purpose.Use.check(), r.Payee.check(), checkAmount(r.Amount), r.Origin.check()); err != nil {
		return "", err
	}
	f, err := Find(tx, r.Fund)
	if err != nil {
		return "", err
	}
	if err := f.on(r.Day); err != nil {
		return "", err
	}
	use, err := f.allows(r.Purpose)
	if err != nil {
		return "", err
	}
	id := tx.NewID()
	if err := r.insert(tx, f, id, use); err != nil {
		return "", err
	}
	if err := f.take(tx, r.Amount); err != nil {
		return "", err
	}
	_, err = entry{kind: TypeCommit, fund: f.Code, day: r.Day, lines: move(use.account(), AccountID{Kind: Suspense}, r.Amount, id, r.Origin)}.write(tx)
	return id, err
}

// insert adds the commitment, and the payee's account if it is new.
func (r Request) insert(tx *store.Tx, f Fund, id string, use Use) error {
	exists := func(added int64) error {
		if added == 1 {
			return nil
		}
		return conflict("fund.committed-already", text.Tell("%s 已在专账“%s”占用过额度，没有重复记账", "%s has a commitment of the fund “%s” already; nothing was entered twice", r.Origin, f.Name),
			text.Tell("需要改变时，把原有的作废或退回，再以新的结算或批次记账", "to change it, void or return that one and enter a new settlement or batch"))
	}
	err := tx.Later(exists, `INSERT INTO fund_commitment (county_code, commitment_id, fund_code, use_kind, use_name, payee_kind, payee_id, amount, state, paid, returned, first_day, last_day, origin_kind, origin_id, origin_line, due_day)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0, ?10, ?10, ?11, ?12, ?13, ?14) ON CONFLICT DO NOTHING`,
		tx.County, id, f.Code, string(use.Kind), use.Name, string(r.Payee.Kind), r.Payee.ID, int64(r.Amount), string(StatePending), r.Day.String(),
		string(r.Origin.Kind), r.Origin.ID, r.Origin.Line, dated.DayOr(r.Due, 0))
	if err != nil {
		return err
	}
	return needAccount(tx, f.Code, r.Payee)
}

// Step moves a commitment on.
type Step struct {
	Commitment string
	Day        period.Day
	Origin     Origin // the zero value means that of the commitment
	Reason     string // may be empty
}

const (
	postSQL = `UPDATE fund_commitment SET state = 'posted', last_day = ?3 WHERE county_code = ?1 AND commitment_id = ?2 AND state = 'pending' AND last_day <= ?3`
	voidSQL = `UPDATE fund_commitment SET state = 'voided', last_day = ?3 WHERE county_code = ?1 AND commitment_id = ?2 AND state = 'pending' AND last_day <= ?3`
)

// Post says that a pending commitment is owed, and returns the id of the entry. Codes: fund.commitment-unknown; fund.resolved when it
// is not pending any more; fund.day-backwards, fund.origin-malformed, fund.reason.
func Post(tx *store.Tx, s Step) (string, error) {
	c, err := s.resolve(tx, postSQL)
	if err != nil {
		return "", err
	}
	return s.entry(c, TypePost, move(AccountID{Kind: Suspense}, c.Payee.account(), c.Amount, c.ID, s.Origin)).write(tx)
}

// Void says that a pending commitment is not owed after all and gives the amount back. Codes as of [Post].
func Void(tx *store.Tx, s Step) (string, error) {
	c, err := s.resolve(tx, voidSQL)
	if err != nil {
		return "", err
	}
	if err := giveBack(tx, c, c.Amount); err != nil {
		return "", err
	}
	return s.entry(c, TypeVoid, move(AccountID{Kind: Suspense}, c.Use.account(), c.Amount, c.ID, s.Origin)).write(tx)
}

func (s *Step) resolve(tx *store.Tx, update string) (Commitment, error) {
	c, moved, err := s.advance(tx, update)
	if err == nil && !moved {
		err = conflict("fund.resolved", text.Tell("%s 在专账“%s”的 %s 元%s，不能再入账或作废，没有记账", "the commitment of %s to the fund “%s” over %s yuan is %s and cannot be posted or voided again; nothing was entered",
			c.Origin, c.Fund, c.Amount, c.State.Label()), text.Tell("已入账的要冲减，请用退回", "to take back what is posted, return it"))
	}
	return c, err
}

func (s Step) entry(c Commitment, kind Type, lines []line) entry {
	return entry{kind: kind, fund: c.Fund, day: s.Day, reason: s.Reason, lines: lines}
}

// advance runs an update that moves the commitment on if it may be, tells whether it did, and reads the commitment as it is
// then.
func (s *Step) advance(tx *store.Tx, update string, args ...any) (Commitment, bool, error) {
	if s.Origin != (Origin{}) {
		if err := s.Origin.check(); err != nil {
			return Commitment{}, false, err
		}
	}
	if err := checkReason(s.Reason); err != nil {
		return Commitment{}, false, err
	}
	if !isText(s.Commitment) {
		return Commitment{}, false, unknownCommitment(s.Commitment)
	}
	moved, err := tx.Exec(update, append([]any{tx.County, s.Commitment, s.Day.String()}, args...)...)
	if err != nil {
		return Commitment{}, false, err
	}
	c, err := Get(tx, s.Commitment)
	if err == nil && moved == 0 {
		err = notBefore(s.Day, c.LastDay)
	}
	if s.Origin == (Origin{}) {
		s.Origin = c.Origin
	}
	return c, moved == 1, err
}

// giveBack returns headroom.
func giveBack(tx *store.Tx, c Commitment, amount money.Fen) error {
	f, err := Find(tx, c.Fund)
	if err != nil {
		return err
	}
	return f.give(tx, f.home(tx), amount)
}

const selectCommitment = `SELECT commitment_id, fund_code, use_kind, use_name, payee_kind, payee_id, amount, state, paid, returned, first_day, last_day, due_day, origin_kind, origin_id, origin_line FROM fund_commitment `

const (
	getWhere    = `WHERE county_code = ?1 AND commitment_id = ?2`
	originWhere = `WHERE county_code = ?1 AND origin_kind = ?2 AND origin_id = ?3`
)

func scanCommitment(row interface{ Scan(...any) error }) (c Commitment, err error) {
	var first, last, due string
	if err := row.Scan(&c.ID, &c.Fund, &c.Use.Kind, &c.Use.Name, &c.Payee.Kind, &c.Payee.ID, &c.Amount, &c.State, &c.Paid, &c.Returned, &first, &last, &due, &c.Origin.Kind, &c.Origin.ID, &c.Origin.Line); err != nil {
		return c, err
	}
	var errs [3]error
	c.FirstDay, errs[0] = period.ParseDay(first)
	c.LastDay, errs[1] = period.ParseDay(last)
	c.Due, errs[2] = dated.DayFrom(due, 0)
	return c, errors.Join(errs[:]...)
}

func scanRow(rows *store.Rows) (Commitment, error) { return scanCommitment(rows) }

// Get reads a commitment. Code: fund.commitment-unknown.
func Get(tx *store.Tx, id string) (Commitment, error) {
	if !isText(id) {
		return Commitment{}, unknownCommitment(id)
	}
	c, err := scanCommitment(tx.QueryRow(selectCommitment+getWhere, tx.County, id))
	if errors.Is(err, sql.ErrNoRows) {
		return c, unknownCommitment(id)
	}
	return c, err
}

// OfOrigin lists the commitments of a settlement, batch or document in all funds.
func OfOrigin(tx *store.Tx, kind OriginKind, id string) ([]Commitment, error) {
	all, err := store.All(tx, scanRow, selectCommitment+originWhere, tx.County, string(kind), id)
	sortBy(all, func(c Commitment) string { return c.ID })
	return all, err
}

// OfLine lists the commitments of one line of a settlement, batch or document: one in each fund.
func OfLine(tx *store.Tx, o Origin) ([]Commitment, error) {
	return store.All(tx, scanRow, selectCommitment+originWhere+` AND origin_line = ?4 ORDER BY fund_code`, tx.County, string(o.Kind), o.ID, o.Line)
}

// Claimed is what an origin has in all funds together, of commitments that were not voided.
type Claimed struct {
	Count  int64
	Amount money.Fen // without what was returned
	Paid   money.Fen
}

// ClaimedBy adds up what [OfOrigin] lists.
func ClaimedBy(tx *store.Tx, kind OriginKind, id string) (c Claimed, err error) {
	return c, tx.QueryRow(`SELECT COUNT(*), CAST(COALESCE(SUM(amount - returned), 0) AS BIGINT), CAST(COALESCE(SUM(paid), 0) AS BIGINT) FROM fund_commitment
		WHERE county_code = ?1 AND origin_kind = ?2 AND origin_id = ?3 AND state <> 'voided' AND amount > returned`, tx.County, string(kind), id).Scan(&c.Count, &c.Amount, &c.Paid)
}
