package roll

import (
	"encoding/json"
	"time"

	"doudi/decide/rule"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

// disagreement is one as it is kept: what stands in the register, and what another source says.
type disagreement struct {
	Fact     string          `json:"fact"`
	Standing string          `json:"standing"` // the statement in the register
	Value    json.RawMessage `json:"value"`    // what the other source says
	From     string          `json:"from"`     // "" without beginning
	To       string          `json:"to"`
	Source   string          `json:"source"`

	party string
	rowNo int64
}

// disagrees raises a disagreement, unless the same one is open already.
func (c *clerk) disagrees(j *judgement, party string, standing register.Entry, d datum, span period.Span, change Change) error {
	open, err := c.openOf(party)
	if err != nil {
		return err
	}
	raised := disagreement{Fact: standing.Name, Standing: standing.ID, Value: d.Value, From: writeFrom(span.From), To: writeTo(span.To), Source: c.imported.Source, party: party}
	for _, o := range append(open, j.disagree...) {
		if o.party == party && o.Fact == raised.Fact && string(o.Value) == string(raised.Value) && o.Source == raised.Source && o.From == raised.From && o.To == raised.To {
			return nil
		}
	}
	change.Kind = Disagrees
	j.Changes, j.disagree = append(j.Changes, change), append(j.disagree, raised)
	return nil
}

func writeFrom(day period.Day) string {
	if day == rule.Beginning {
		return ""
	}
	return day.String()
}

func writeTo(day period.Day) string {
	if day == rule.Forever {
		return ""
	}
	return day.String()
}

func (d disagreement) span() (period.Span, error) {
	return datum{From: d.From, To: d.To}.days(dated.Always)
}

// openOf are the open disagreements about a party.
func (c *clerk) openOf(party string) ([]disagreement, error) {
	if open, known := c.open[party]; known {
		return open, nil
	}
	sealed, err := store.All(c.tx, store.Text, `SELECT content FROM roll_disagreement WHERE county_code = ?1 AND party_id = ?2 AND state = 'open' ORDER BY disagreement_id`, c.tx.County, party)
	if err != nil {
		return nil, err
	}
	plain, err := c.Cipher.Open(c.tx, party, sealed...)
	if err != nil {
		return nil, err
	}
	c.open[party] = make([]disagreement, len(plain))
	for i, content := range plain {
		c.open[party][i].party = party
		if err := json.Unmarshal(content, &c.open[party][i]); err != nil {
			return nil, err
		}
	}
	return c.open[party], nil
}

var disagreementColumns = []string{"county_code", "disagreement_id", "party_id", "import_id", "row_no", "content", "state", "statement_id", "reason", "instant", "actor_id", "decided", "decider_id"}

// keepDisagreements keeps what rows raised, under the keys of whom they are about.
func (r *Rolls) keepDisagreements(tx *store.Tx, id string, raised []disagreement) error {
	if len(raised) == 0 {
		return nil
	}
	var parties []string
	var plain [][]byte
	for _, d := range raised {
		content, err := json.Marshal(d)
		if err != nil {
			return err
		}
		parties, plain = append(parties, d.party), append(plain, content)
	}
	sealed, err := r.Cipher.SealAll(tx, parties, plain)
	if err != nil {
		return err
	}
	rows := make([][]any, len(raised))
	for i, d := range raised {
		rows[i] = []any{tx.County, tx.NewID(), d.party, id, d.rowNo, sealed[i], string(Unsettled), "", "", store.FormatInstant(tx.Instant), tx.Actor.ID, "", ""}
	}
	return tx.Load("roll_disagreement", disagreementColumns, rows)
}

// Settled is where a disagreement stands.
type Settled string

// Where a disagreement stands.
const (
	Unsettled Settled = "open"
	Taken     Settled = "taken"  // what the other source says was stated
	Kept      Settled = "kept"   // what stands in the register stays
	TakenBack Settled = "undone" // its import was taken back
)

// Claim is one side of a disagreement.
type Claim struct {
	Value  string // for people
	Span   period.Span
	Source string
	Day    period.Day // when it was learnt
}

// Disagreement is a fact about which two sources disagree.
type Disagreement struct {
	ID       string
	Party    string
	Import   string
	RowNo    int64
	Type     *rule.FactType
	Standing Claim // what counts as long as nobody decided
	Other    Claim
	State    Settled
	Reason   string
	Raised   time.Time
	Decided  string // instant; "" when open
	Decider  string // id

	raw disagreement
}

const disagreementQuery = `SELECT disagreement_id, party_id, import_id, row_no, content, state, reason, instant, decided, decider_id FROM roll_disagreement WHERE county_code = ?1 `

// Disagreements are those in a state after an id, in the order in which they were raised, at most limit. They hold facts of people: whoever shows them notes a
// look in the log.
func (r *Rolls) Disagreements(tx *store.Tx, state Settled, after string, limit int) ([]Disagreement, error) {
	return r.disagreements(tx, disagreementQuery+`AND state = ?2 AND disagreement_id > ?3 ORDER BY disagreement_id LIMIT ?4`, tx.County, string(state), after, limit)
}

// DisagreementsAbout are all those ever raised about a person or household.
func (r *Rolls) DisagreementsAbout(tx *store.Tx, party string) ([]Disagreement, error) {
	return r.disagreements(tx, disagreementQuery+`AND party_id = ?2 ORDER BY disagreement_id`, tx.County, party)
}

func (r *Rolls) disagreements(tx *store.Tx, query string, args ...any) ([]Disagreement, error) {
	type kept struct {
		Disagreement
		content, raised string
	}
	found, err := store.All(tx, func(rows *store.Rows) (k kept, err error) {
		return k, rows.Scan(&k.ID, &k.Party, &k.Import, &k.RowNo, &k.content, &k.State, &k.Reason, &k.raised, &k.Decided, &k.Decider)
	}, query, args...)
	if err != nil {
		return nil, err
	}
	var all []Disagreement
	for _, k := range found {
		opened, err := r.Cipher.Open(tx, k.Party, k.content)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(opened[0], &k.raw); err != nil {
			return nil, err
		}
		if k.Raised, err = store.ParseInstant(k.raised); err != nil {
			return nil, err
		}
		if err := r.sides(tx, &k.Disagreement); err != nil {
			return nil, err
		}
		all = append(all, k.Disagreement)
	}
	return all, nil
}

// sides fills in what the two sources say.
func (r *Rolls) sides(tx *store.Tx, d *Disagreement) error {
	entry, err := r.Register.Entry(tx, d.raw.Standing)
	if err != nil {
		return err
	}
	d.Type = entry.Type
	d.Standing = Claim{entry.Type.Show(entry.Fact.Value, "zh"), entry.Span, entry.Source, entry.Learned}
	fact, err := d.fact()
	d.Other = Claim{entry.Type.Show(fact.Value, "zh"), fact.Span, fact.Source, dated.Day(d.Raised)}
	return err
}

// fact is what the other source says.
func (d *Disagreement) fact() (rule.Fact, error) {
	span, err := d.raw.span()
	if err != nil {
		return rule.Fact{}, err
	}
	return dated.Decode(d.Type, string(d.raw.Value), rule.Fact{Span: span, Source: d.raw.Source})
}

// Resolve decides a disagreement: with take the other source's word is stated and counts from now on, otherwise what stands stays. Both remain on record. Codes:
// roll.disagreement, roll.disagreement-decided, roll.standing-changed and those of [register.Register.Record].
func (r *Rolls) Resolve(tx *store.Tx, id string, take bool, reason string) error {
	found, err := r.disagreements(tx, disagreementQuery+`AND disagreement_id = ?2`, tx.County, id)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return disagreementUnknown(id)
	}
	d := found[0]
	if d.State != Unsettled {
		return disagreementDecided()
	}
	state, statement := Kept, ""
	if take {
		if state, statement, err = r.take(tx, &d); err != nil {
			return err
		}
	}
	changed, err := tx.Exec(`UPDATE roll_disagreement SET state = ?3, statement_id = ?4, reason = ?5, decided = ?6, decider_id = ?7 WHERE county_code = ?1 AND disagreement_id = ?2 AND state = 'open'`,
		tx.County, id, string(state), statement, reason, store.FormatInstant(tx.Instant), tx.Actor.ID)
	if err != nil {
		return err
	}
	if changed == 0 {
		return disagreementDecided()
	}
	_, err = r.Log.Record(tx, audit.Note{Name: "roll.resolve", Subject: id, Content: map[string]any{"state": state}, Persons: map[string]any{d.Party: map[string]string{"fact": d.Type.Name, "reason": reason}}})
	return err
}

// take states what the other source says. A roster that ends earlier is ended, a number or death is corrected, for there is only one; of other facts what is stated last counts.
func (r *Rolls) take(tx *store.Tx, d *Disagreement) (Settled, string, error) {
	corrected, err := r.Register.Corrected(tx, d.raw.Standing)
	if err != nil {
		return "", "", err
	}
	if corrected {
		return "", "", standingChanged()
	}
	fact, err := d.fact()
	if err != nil {
		return "", "", err
	}
	entry, err := r.Register.Entry(tx, d.raw.Standing)
	if err != nil {
		return "", "", err
	}
	var id string
	switch {
	case entry.Value == string(d.raw.Value):
		id, err = r.Register.End(tx, entry.ID, fact.Span.To, dated.Said{Source: fact.Source})
	case identity[entry.Name]:
		id, err = r.Register.Correct(tx, entry.ID, fact, "")
	default:
		id, err = r.Register.Record(tx, d.Party, entry.Name, fact, "")
	}
	return Taken, id, err
}
