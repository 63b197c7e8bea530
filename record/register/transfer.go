package register

import (
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// Transfer is a person's move to another county: what the county that is left hands over.
type Transfer struct {
	ID      string         `json:"id"`
	From    string         `json:"from"` // county codes
	To      string         `json:"to"`
	Person  string         `json:"person"`
	Home    string         `json:"household,omitempty"` // of which the person was a member on the last day
	Number  ident.PersonID `json:"number,omitempty"`
	Name    string         `json:"name"`
	LastDay period.Day     `json:"last_day"` // the last day on which the person is the old county's
	Offered string         `json:"offered"`  // instant
	By      string         `json:"by"`       // name of who offered it
	Facts   []CarriedFact  `json:"facts"`
	Rosters []CarriedFact  `json:"rosters,omitempty"` // for information: each county decides on its own rosters
	Carried
}

// Carried is what other packages hand over with a person.
type Carried struct {
	Counters []CarriedCounter `json:"counters,omitempty"`
	Debts    []Debt           `json:"debts,omitempty"`
	Cases    []OpenCase       `json:"cases,omitempty"`
	Paid     []PaidThrough    `json:"paid,omitempty"`
	Whole    *Whole           `json:"whole_household,omitempty"` // nil while others of the household stay
}

// Whole is a household of which nobody stays: it goes with whoever leaves it last.
type Whole struct {
	ID    string        `json:"id"`
	Debts []Debt        `json:"debts,omitempty"`
	Paid  []PaidThrough `json:"paid,omitempty"`
}

// CarriedFact is a fact as it was recorded.
type CarriedFact struct {
	Name     string          `json:"name"`
	Value    json.RawMessage `json:"value"`
	From     string          `json:"from,omitempty"` // "" for no beginning
	To       string          `json:"to,omitempty"`   // "" for no end
	Source   string          `json:"source,omitempty"`
	Evidence string          `json:"evidence,omitempty"`
	Learned  period.Day      `json:"learned"`
}

// CarriedCounter is one movement of a counter, so that a yearly cap is not used twice.
type CarriedCounter struct {
	County  string     `json:"county,omitempty"` // where it was used; "" for the one that is left
	Series  string     `json:"series"`           // of packs
	Counter string     `json:"counter"`
	Key     []string   `json:"key,omitempty"`
	Day     period.Day `json:"day"`
	Amount  money.Fen  `json:"amount"`
	Count   int64      `json:"count"`
}

// Debt is what the person owes the old county, such as an overpayment to be recovered.
type Debt struct {
	ID     string     `json:"id"`
	Reason string     `json:"reason"`
	Since  period.Day `json:"since"`
	Amount money.Fen  `json:"amount"`
}

// OpenCase is a matter under way.
type OpenCase struct {
	ID      string     `json:"id"`
	Matter  string     `json:"matter"`
	Opened  period.Day `json:"opened"`
	Summary string     `json:"summary,omitempty"`
}

// PaidThrough is the last month a scheme was paid for.
type PaidThrough struct {
	Scheme string       `json:"scheme"`
	Month  period.Month `json:"month"`
	Amount money.Fen    `json:"amount"` // a month
}

// Signed is a document under a county's signature. Content is kept as it was signed, letter by letter.
type Signed struct {
	County    string `json:"county"`
	Content   string `json:"content"`
	Signature string `json:"signature"`
}

// Receipt is the answer of the county that was asked.
type Receipt struct {
	Transfer string `json:"transfer"`
	Digest   string `json:"digest"` // SM3 of the transfer's content
	Accepted bool   `json:"accepted"`
	Reason   string `json:"reason,omitempty"` // of a refusal
	Instant  string `json:"instant"`
	By       string `json:"by"`
}

// Arrival is an accepted transfer.
type Arrival struct {
	Person   string // the id here; another than the transfer's when the county knew the number already
	Transfer Transfer
	Receipt  Signed
	Replayed bool // it had been accepted before: what it carries has been taken over already
}

// Answer is what a receipt meant.
type Answer struct {
	Person   string
	Accepted bool
	Rejoined bool   // after a refusal: the person is a member of the household again
	Left     string // the household the offer ended a membership of; "" for none
	Replayed bool
}

// undo is what an offer ended; of somebody who came, the household there.
type undo struct {
	Presence  string `json:"presence"`
	Household string `json:"household,omitempty"`
	Relation  string `json:"relation,omitempty"`
}

// Goes is the household that goes with a person who leaves after a day, because nobody else of it stays; "" for none. Who has left it already, or was
// offered to another county before, does not stay.
func (r *Register) Goes(tx *store.Tx, person string, last period.Day) (household string, err error) {
	if household, err = r.HouseholdOf(tx, person, last, now); err != nil || household == "" {
		return "", err
	}
	inhabited, err := r.inhabited(tx, household, person)
	if inhabited {
		household = ""
	}
	return household, err
}

// inhabited tells whether anybody but one person is a member of a household until further notice.
func (r *Register) inhabited(tx *store.Tx, household, but string) (bool, error) {
	members, err := r.members(tx, household, now)
	return slices.ContainsFunc(members, func(m dated.Statement) bool { return m.Subject != but && m.Span.To == rule.Forever }), err
}

// Offer ends a person's time in this county on a last day and answers the document for the other county. next names the new
// head of the household when its head goes. Codes: register.transfer-self, register.carried-negative, register.person-absent,
// register.dead, register.key-missing and those of Leave.
func (r *Register) Offer(tx *store.Tx, person, to string, last period.Day, carried Carried, next Succession, said dated.Said) (Signed, error) {
	if code, err := ident.ParseDivision(to); err != nil || code.Level() != ident.County || to == tx.County {
		return Signed{}, transferSelf(to)
	}
	if err := carried.check(); err != nil {
		return Signed{}, err
	}
	statements, err := r.living(tx, person, last)
	if err != nil {
		return Signed{}, err
	}
	if err := r.shown(tx, said.Evidence, person); err != nil {
		return Signed{}, err
	}
	t := Transfer{ID: tx.NewID(), From: tx.County, To: to, Person: person, LastDay: last, Offered: store.FormatInstant(tx.Instant), By: tx.Actor.Name, Carried: carried}
	if m, ok := at(dated.Named(statements, memberName), last); ok {
		t.Home = m.Object
	}
	if err := t.fill(statements); err != nil {
		return Signed{}, err
	}
	ended, err := r.depart(tx, statements, person, last, next, said)
	if err != nil {
		return Signed{}, err
	}
	signed, err := r.signed(tx.County, t)
	if err != nil {
		return Signed{}, err
	}
	return signed, r.keepTransfer(tx, "out", t, to, person, signed, ended)
}

func (c Carried) check() error {
	for _, counter := range c.Counters {
		if counter.Amount < 0 || counter.Count < 0 {
			return carriedNegative(counter.Counter)
		}
	}
	if c.Whole != nil {
		if err := notNegative(c.Whole.Debts, c.Whole.Paid); err != nil {
			return err
		}
	}
	return notNegative(c.Debts, c.Paid)
}

func notNegative(debts []Debt, through []PaidThrough) error {
	for _, debt := range debts {
		if debt.Amount < 0 {
			return carriedNegative(debt.ID)
		}
	}
	for _, paid := range through {
		if paid.Amount < 0 {
			return carriedNegative(paid.Scheme)
		}
	}
	return nil
}

// fill takes over what is known of the person.
func (t *Transfer) fill(statements []dated.Statement) error {
	for _, s := range statements {
		var err error
		switch {
		case s.Name == nameFact:
			t.Name, err = unquoted(s.Value)
		case s.Name == numberFact:
			var number string
			number, err = unquoted(s.Value)
			t.Number = ident.PersonID(number)
		}
		if err != nil {
			return err
		}
		if carried := carry(s); strings.HasPrefix(s.Name, rosterPrefix) {
			t.Rosters = append(t.Rosters, carried)
		} else if strings.HasPrefix(s.Name, PersonKind+".") {
			t.Facts = append(t.Facts, carried)
		}
	}
	return nil
}

func carry(s dated.Statement) CarriedFact {
	c := CarriedFact{Name: s.Name, Value: json.RawMessage(s.Value), Source: s.Source, Evidence: s.Evidence, Learned: s.Learned}
	if s.Span.From != rule.Beginning {
		c.From = s.Span.From.String()
	}
	if s.Span.To != rule.Forever {
		c.To = s.Span.To.String()
	}
	return c
}

func (c CarriedFact) fact() (fact rule.Fact, err error) {
	fact = rule.Fact{Span: dated.Always, Source: c.Source}
	if c.From != "" {
		if fact.Span.From, err = period.ParseDay(c.From); err != nil {
			return fact, err
		}
	}
	if c.To != "" {
		fact.Span.To, err = period.ParseDay(c.To)
	}
	return fact, err
}

// depart ends presence and membership.
func (r *Register) depart(tx *store.Tx, statements []dated.Statement, person string, last period.Day, next Succession, said dated.Said) (undo, error) {
	here, _ := at(dated.Named(statements, presenceName), last) // living found it
	var ended undo
	var err error
	if ended.Presence, err = r.book.EndOn(tx, here, last, said); err != nil {
		return ended, err
	}
	if m, ok := at(dated.Named(statements, memberName), last+1); ok {
		if ended.Relation, err = unquoted(m.Value); err != nil {
			return ended, err
		}
		ended.Household = m.Object
	}
	return ended, r.leaveAfter(tx, person, last, next, said)
}

func (r *Register) signed(county string, document any) (Signed, error) {
	content, err := json.Marshal(document)
	if err != nil {
		return Signed{}, err
	}
	signature, err := r.keys.sign(county, string(content))
	return Signed{county, string(content), signature}, err
}

func (r *Register) keepTransfer(tx *store.Tx, direction string, t Transfer, other, person string, s Signed, ended undo) error {
	sealed, err := "", error(nil)
	if person != "" {
		if sealed, err = r.book.Cipher.Seal(tx, person, []byte(s.Content)); err != nil {
			return err
		}
	}
	ends, err := json.Marshal(ended)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO transfer (county_code, transfer_id, direction, party_id, other_county, last_day, document, digest, signature, undo, instant, actor_id)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
		tx.County, t.ID, direction, person, other, t.LastDay.String(), sealed, digest(s.Content), s.Signature, string(ends), store.FormatInstant(tx.Instant), tx.Actor.ID)
	return err
}

// kept is a transfer as this county keeps it.
type kept struct {
	direction, person, other, sealed, digest, signature, undo string
	answered, accepted                                        bool
	receipt, receiptSignature                                 string
}

func (r *Register) kept(tx *store.Tx, id string) (k kept, found bool, err error) {
	var answered, accepted int64
	err = tx.QueryRow(`SELECT t.direction, t.party_id, t.other_county, t.document, t.digest, t.signature, t.undo,
			CASE WHEN a.transfer_id IS NULL THEN 0 ELSE 1 END, COALESCE(a.accepted, 0), COALESCE(a.receipt, ''), COALESCE(a.signature, '')
		FROM transfer t LEFT JOIN transfer_answer a ON a.county_code = t.county_code AND a.transfer_id = t.transfer_id
		WHERE t.county_code = ?1 AND t.transfer_id = ?2`, tx.County, id).Scan(
		&k.direction, &k.person, &k.other, &k.sealed, &k.digest, &k.signature, &k.undo, &answered, &accepted, &k.receipt, &k.receiptSignature)
	if errors.Is(err, sql.ErrNoRows) {
		return kept{}, false, nil
	}
	k.answered, k.accepted = answered != 0, accepted != 0
	return k, err == nil, err
}

// read checks a transfer that came in: for this county, and signed by the one it names.
func (r *Register) read(tx *store.Tx, s Signed) (Transfer, error) {
	var t Transfer
	if err := json.Unmarshal([]byte(s.Content), &t); err != nil {
		return t, badDocument(err)
	}
	if t.From != s.County || t.ID == "" || t.Person == "" {
		return t, badDocument(nil)
	}
	if t.To != tx.County {
		return t, transferElsewhere(t.To)
	}
	return t, r.keys.check(s.County, s.Content, s.Signature)
}

// Accept opens a person who comes from another county on the day after the last day there, with the facts that came along. The
// caller takes over what the transfer carries in the same transaction, unless the arrival is a replay. Codes:
// register.document, register.signature, register.key-missing, register.transfer-elsewhere, register.transfer-differs,
// register.transfer-answered (it was refused), and those of Record.
func (r *Register) Accept(tx *store.Tx, s Signed) (Arrival, error) {
	t, err := r.read(tx, s)
	if err != nil {
		return Arrival{}, err
	}
	before, found, err := r.kept(tx, t.ID)
	switch {
	case err != nil:
		return Arrival{}, err
	case found && before.digest != digest(s.Content):
		return Arrival{}, transferDiffers()
	case found && !before.accepted:
		return Arrival{}, transferAnswered()
	case found:
		return Arrival{before.person, t, Signed{tx.County, before.receipt, before.receiptSignature}, true}, nil
	}
	person, err := r.arrive(tx, t)
	if err != nil {
		return Arrival{}, err
	}
	if err := r.takeHousehold(tx, &t); err != nil {
		return Arrival{}, err
	}
	if err := r.keepTransfer(tx, "in", t, t.From, person, s, undo{Household: t.Home}); err != nil {
		return Arrival{}, err
	}
	receipt, err := r.answer(tx, t, s, true, "")
	return Arrival{person, t, receipt, false}, err
}

// Refuse answers a transfer that this county does not take, with the reason. Repeated, it answers the same receipt. Codes as for
// Accept; register.transfer-answered when it was accepted.
func (r *Register) Refuse(tx *store.Tx, s Signed, reason string) (Signed, error) {
	t, err := r.read(tx, s)
	if err != nil {
		return Signed{}, err
	}
	before, found, err := r.kept(tx, t.ID)
	switch {
	case err != nil:
		return Signed{}, err
	case found && before.digest != digest(s.Content):
		return Signed{}, transferDiffers()
	case found && before.accepted:
		return Signed{}, transferAnswered()
	case found:
		return Signed{tx.County, before.receipt, before.receiptSignature}, nil
	case strings.TrimSpace(reason) == "":
		return Signed{}, reasonMissing()
	}
	if err := r.keepTransfer(tx, "in", t, t.From, "", s, undo{}); err != nil {
		return Signed{}, err
	}
	return r.answer(tx, t, s, false, reason)
}

// arrive states that the person is here from the next day, and what is known. A person whose number is on the register is
// that person; one who comes back has the id of before.
func (r *Register) arrive(tx *store.Tx, t Transfer) (person string, err error) {
	person = t.Person
	if t.Number != "" {
		known, err := r.byNumber(tx, t.Number)
		if err != nil {
			return "", err
		}
		if known != "" {
			person = known
		}
	}
	kind, err := r.book.KindOf(tx, person)
	if err == nil && kind == "" {
		err = r.book.AddParty(tx, person, PersonKind)
	}
	if err != nil {
		return "", err
	}
	statements, err := r.book.Of(tx, person, now)
	if err != nil {
		return "", err
	}
	said := dated.Said{Source: t.From, Evidence: "transfer " + t.ID}
	if here, ok := at(dated.Named(statements, presenceName), t.LastDay+1); !ok || here.Span.To != rule.Forever {
		if _, err := r.book.Add(tx, dated.Statement{Subject: person, Name: presenceName, Sealed: true, Span: dated.From(t.LastDay + 1), Said: said}); err != nil {
			return "", err
		}
	}
	return person, r.takeOver(tx, person, t, statements)
}

// takeHousehold makes room for a household that comes as a whole, which has nobody yet. Where it lives already, what came of it is the person's.
func (r *Register) takeHousehold(tx *store.Tx, t *Transfer) error {
	if t.Whole == nil {
		return nil
	}
	kind, err := r.book.KindOf(tx, t.Whole.ID)
	if err != nil || kind == "" {
		return errors.Join(err, r.book.AddParty(tx, t.Whole.ID, HouseholdKind))
	}
	inhabited, err := r.inhabited(tx, t.Whole.ID, "")
	if inhabited || kind != HouseholdKind {
		t.Debts, t.Paid, t.Whole = append(t.Debts, t.Whole.Debts...), append(t.Paid, t.Whole.Paid...), nil
	}
	return err
}

// arrived is the key under which a transaction remembers of which households people came.
type arrived struct{}

// awaited is the household that came as a whole from where the head of a new one comes from, and has no home yet; "" for none.
func (r *Register) awaited(tx *store.Tx, head string) (household string, err error) {
	type came struct{ person, ended string }
	from, err := store.Once(tx, arrived{}, func() (map[string]string, error) {
		list, err := store.All(tx, func(rows *store.Rows) (c came, err error) { return c, rows.Scan(&c.person, &c.ended) },
			`SELECT party_id, undo FROM transfer WHERE county_code = ?1 AND direction = 'in' AND party_id <> '' ORDER BY last_day, transfer_id`, tx.County)
		from := map[string]string{}
		for _, c := range list {
			var ended undo
			err = errors.Join(err, json.Unmarshal([]byte(c.ended), &ended))
			from[c.person] = ended.Household
		}
		return from, err
	})
	household = from[head]
	if err != nil || household == "" {
		return "", err
	}
	kind, err := r.book.KindOf(tx, household)
	if err != nil || kind != HouseholdKind {
		return "", err
	}
	if inhabited, err := r.inhabited(tx, household, ""); err != nil || inhabited {
		return "", err
	}
	return household, nil
}

func (r *Register) takeOver(tx *store.Tx, person string, t Transfer, known []dated.Statement) error {
	for _, c := range t.Facts {
		fact, err := c.fact()
		if err != nil {
			return badDocument(err)
		}
		typ, err := r.factType(tx, person, c.Name)
		if err != nil {
			return err
		}
		if isKnown(known, c, fact.Span) {
			continue
		}
		if fact, err = dated.Decode(typ, string(c.Value), fact); err != nil {
			return err
		}
		if _, err := r.record(tx, person, typ, fact, strings.TrimSpace(c.Evidence+" transfer "+t.ID)); err != nil {
			return err
		}
	}
	return nil
}

func isKnown(known []dated.Statement, c CarriedFact, span period.Span) bool {
	for _, s := range known {
		if s.Name == c.Name && s.Value == string(c.Value) && s.Span == span {
			return true
		}
	}
	return false
}

func (r *Register) answer(tx *store.Tx, t Transfer, s Signed, accepted bool, reason string) (Signed, error) {
	receipt, err := r.signed(tx.County, Receipt{t.ID, digest(s.Content), accepted, reason, store.FormatInstant(tx.Instant), tx.Actor.Name})
	if err != nil {
		return Signed{}, err
	}
	return receipt, keepAnswer(tx, t.ID, accepted, receipt)
}

func keepAnswer(tx *store.Tx, id string, accepted bool, receipt Signed) error {
	yes := 0
	if accepted {
		yes = 1
	}
	_, err := tx.Exec(`INSERT INTO transfer_answer (county_code, transfer_id, accepted, receipt, signature, instant, actor_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
		tx.County, id, yes, receipt.Content, receipt.Signature, store.FormatInstant(tx.Instant), tx.Actor.ID)
	return err
}

// Answered keeps the receipt of a transfer that this county offered. After a refusal the person is this county's again from the day
// after, and a member of the household again if nothing has changed there since; otherwise a clerk joins the person. Codes:
// register.document, register.signature, register.transfer-unknown, register.transfer-differs.
func (r *Register) Answered(tx *store.Tx, s Signed) (Answer, error) {
	var receipt Receipt
	if err := json.Unmarshal([]byte(s.Content), &receipt); err != nil {
		return Answer{}, badDocument(err)
	}
	offer, found, err := r.kept(tx, receipt.Transfer)
	switch {
	case err != nil:
		return Answer{}, err
	case !found || offer.direction != "out":
		return Answer{}, transferUnknown()
	case offer.other != s.County || offer.digest != receipt.Digest:
		return Answer{}, transferDiffers()
	}
	if err := r.keys.check(s.County, s.Content, s.Signature); err != nil {
		return Answer{}, err
	}
	answer := Answer{Person: offer.person, Accepted: receipt.Accepted}
	if offer.answered {
		if offer.accepted != receipt.Accepted {
			return Answer{}, transferAnswered()
		}
		answer.Replayed = true
		return answer, nil
	}
	if err := keepAnswer(tx, receipt.Transfer, receipt.Accepted, s); err != nil || receipt.Accepted {
		return answer, err
	}
	var ended undo
	if err := json.Unmarshal([]byte(offer.undo), &ended); err != nil {
		return Answer{}, err
	}
	answer.Left = ended.Household
	answer.Rejoined, err = r.reopen(tx, offer.person, ended, dated.Said{Source: s.County, Evidence: "transfer " + receipt.Transfer})
	return answer, err
}

// reopen undoes what an offer ended.
func (r *Register) reopen(tx *store.Tx, person string, ended undo, said dated.Said) (rejoined bool, err error) {
	closed, err := r.book.Get(tx, ended.Presence)
	if err != nil {
		return false, err
	}
	if _, err := r.book.Correct(tx, closed, "", dated.From(closed.Span.From), said); err != nil || ended.Household == "" {
		return false, err
	}
	members, err := r.members(tx, ended.Household, now)
	if err != nil {
		return false, err
	}
	from, others := closed.Span.To+1, 0
	for _, m := range members {
		if m.Span.From > from || m.Span.To >= from && m.Span.To != rule.Forever {
			return false, nil // something changed since: a clerk has to look
		}
		if m.Holds(from) {
			others++
		}
	}
	relation := ended.Relation
	if relation == Head && others > 0 {
		relation = "other" // somebody else has become head
	}
	if err := r.join(tx, ended.Household, person, relation, from, said); err != nil { // Join asks for evidence on file; here it is the answer
		return false, err
	}
	return true, r.consistent(tx, ended.Household)
}

// Offered is a transfer that this county offered, or a supplement that it told, to be sent again. Code: register.transfer-unknown.
func (r *Register) Offered(tx *store.Tx, id string) (Signed, error) {
	k, found, err := r.kept(tx, id)
	if err != nil {
		return Signed{}, err
	}
	if !found || k.direction != "out" && k.direction != "told" {
		return Signed{}, transferUnknown()
	}
	content, err := r.book.Cipher.Open(tx, k.person, k.sealed)
	if err != nil {
		return Signed{}, err
	}
	return Signed{tx.County, string(content[0]), k.signature}, nil
}

// Unanswered are the ids of the transfers that this county offered and that have no answer yet, the oldest first.
func (r *Register) Unanswered(tx *store.Tx) ([]string, error) {
	return store.All(tx, store.Text, `SELECT t.transfer_id FROM transfer t LEFT JOIN transfer_answer a ON a.county_code = t.county_code AND a.transfer_id = t.transfer_id
		WHERE t.county_code = ?1 AND t.direction = 'out' AND a.transfer_id IS NULL ORDER BY t.transfer_id`, tx.County)
}

// whyAbsent says where a person went who was not this county's on a day.
func (r *Register) whyAbsent(tx *store.Tx, person string, day period.Day) error {
	var to, last string
	err := tx.QueryRow(`SELECT t.other_county, t.last_day FROM transfer t LEFT JOIN transfer_answer a ON a.county_code = t.county_code AND a.transfer_id = t.transfer_id
		WHERE t.county_code = ?1 AND t.party_id = ?2 AND t.direction = 'out' AND t.last_day < ?3 AND COALESCE(a.accepted, 1) = 1
		ORDER BY t.last_day DESC LIMIT 1`, tx.County, person, day.String()).Scan(&to, &last)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return absent(day)
	case err != nil:
		return err
	}
	return moved(to, last)
}
