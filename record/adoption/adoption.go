// Package adoption keeps which division applies which version of which pack, from when to when, with its readings of open questions, its
// parameters and its rows of lists.
//
// # Two people
//
// A maker proposes ([Adoptions.Propose]) and another person answers ([Approve], [Reject]); so it is with ending an adoption ([Withdraw]).
// What has not been approved has no effect. An approval is given once, and never by the maker.
//
// Other readings, values or rows are another adoption, which takes the place of the one before ([Adoptions.Replace]): the same answer ends the one and
// lets the other begin, so that no day is without either.
//
// # What is in force
//
// An adoption names its pack by the hash of the pack's content: another file, however alike, is another pack. It holds for
// the division it names and what lies in it, unless a smaller division adopted the same series for itself. Two adoptions of one
// series for one division never share a day, so that for a division, a day and a series there is at most one answer
// ([Adoptions.InForce]), and a day without one is refused, never taken as zero.
//
// Nothing is overwritten: the adoption stays as it was written, a withdrawal is a further decision.
package adoption

import (
	"cmp"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/store"
)

// State is where an adoption stands.
type State string

// The states of an adoption. A withdrawn one may have been in force before.
const (
	Proposed  State = "proposed"
	Approved  State = "approved"
	Rejected  State = "rejected"
	Withdrawn State = "withdrawn"
)

// Kinds of decisions.
const (
	adopt    = "adopt"
	withdraw = "withdraw"
)

// Record is an adoption as it is kept.
type Record struct {
	ID          string
	Series      string
	Division    ident.Division
	PackID      string
	PackVersion string
	PackHash    string
	Span        period.Span // as adopted, within the pack's own time; a withdrawal shortens it
	File        string      // name of what was proposed
	Content     string      // readings, parameters and rows, as they were written; only Get reads it
	State       State
	Decisions   []Decision // in order; the first adopts
}

// Decision is what a maker proposed and what came of it.
type Decision struct {
	ID      string
	Kind    string     // adopt or withdraw
	LastDay period.Day // of a withdrawal; rule.Beginning when the adoption is to have no day at all
	For     string     // of a withdrawal: the adoption that takes the place; "" when nothing does
	Reason  string
	Maker   store.Actor
	Made    time.Time
	Answer  *Answer // nil while nobody has answered
}

// Answer is what another person said to a decision.
type Answer struct {
	Approved bool
	Note     string
	Checker  store.Actor
	Given    time.Time
}

// Propose keeps an adoption file for a pack, to be approved by another person, and answers the ids of adoption and decision. The
// content is YAML, or JSON when the name ends in .json, as [policy.ReadAdoption] reads it; it must say from which day, and
// which division unless the document names it.
//
// Codes: those of ReadAdoption with their places; adoption.other-pack, adoption.division-missing, adoption.outside-county,
// adoption.other-place, adoption.draft, adoption.from-missing, adoption.outside-pack, adoption.overlap.
func (a *Adoptions) Propose(tx *store.Tx, p *policy.Pack, name string, content []byte, reason string) (adoption, decision string, err error) {
	r, err := propose(tx, p, name, content)
	if err != nil {
		return "", "", err
	}
	if err := a.free(tx, r); err != nil {
		return "", "", err
	}
	decision, err = keep(tx, r, reason)
	return r.ID, decision, err
}

// Replace is Propose for an adoption that takes the place of those it shares days with: when it is approved, each of them ends the day before it begins, or has
// no day at all when it began no earlier. Codes: those of Propose but for adoption.overlap.
func (a *Adoptions) Replace(tx *store.Tx, p *policy.Pack, name string, content []byte, reason string) (adoption, decision string, err error) {
	r, err := propose(tx, p, name, content)
	if err != nil {
		return "", "", err
	}
	others, err := sharing(tx, r)
	if err != nil {
		return "", "", err
	}
	if decision, err = keep(tx, r, reason); err != nil {
		return "", "", err
	}
	for _, other := range others {
		last := ""
		if other.Span.From < r.Span.From {
			last = (r.Span.From - 1).String()
		}
		ending, err := decide(tx, other.ID, withdraw, last, reason)
		if err != nil {
			return "", "", err
		}
		if _, err := tx.Exec(`INSERT INTO adoption_succession (county_code, decision_id, adoption_id) VALUES (?1, ?2, ?3)`, tx.County, ending, r.ID); err != nil {
			return "", "", err
		}
	}
	return r.ID, decision, nil
}

// propose reads and checks what is proposed, and keeps nothing of it.
func propose(tx *store.Tx, p *policy.Pack, name string, content []byte) (Record, error) {
	read, err := readAdoption(p, name, content)
	if err != nil {
		return Record{}, err
	}
	r := Record{ID: tx.NewID(), Series: cmp.Or(p.Series, p.ID), Division: cmp.Or(read.Division, p.Jurisdiction).Normalise(), PackID: p.ID, PackVersion: p.Version,
		PackHash: p.Hash, Span: policy.NewBasis(p, read).Span(), File: name, Content: string(content)}
	return r, fitting(tx, p, read, r)
}

// keep writes a proposal with its decision.
func keep(tx *store.Tx, r Record, reason string) (decision string, err error) {
	if err := tx.StandingChanged(); err != nil {
		return "", err
	}
	_, err = tx.Exec(`INSERT INTO adoption (county_code, adoption_id, series, division_code, pack_id, pack_version, pack_hash, from_day, to_day, file_name, content)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`,
		tx.County, r.ID, r.Series, string(r.Division), r.PackID, r.PackVersion, r.PackHash, r.Span.From.String(), writeTo(r.Span.To), r.File, r.Content)
	if err != nil {
		return "", err
	}
	return decide(tx, r.ID, adopt, "", reason)
}

// Try reads an adoption file as Propose would, and keeps nothing of it: what applies, if it is approved, where and when. Codes are those of [Adoptions.Replace].
func Try(tx *store.Tx, p *policy.Pack, name string, content []byte) (*policy.Basis, error) {
	r, err := propose(tx, p, name, content)
	if err != nil {
		return nil, err
	}
	return r.bind(p)
}

// bind is a pack as the adoption applies it.
func (r *Record) bind(p *policy.Pack) (*policy.Basis, error) {
	read, err := readAdoption(p, r.File, []byte(r.Content))
	if err != nil {
		return nil, err
	}
	read.Division, read.From, read.To = r.Division, r.Span.From, r.Span.To
	return policy.NewBasis(p, read), nil
}

// Papers is what an adoption states besides which pack it is: readings, parameters and rows, in a file as they were written.
type Papers struct {
	File    string `json:"file"`
	Content string `json:"content"`
}

// Papers are those of the adoption; only of one that [Get] has read.
func (r *Record) Papers() Papers { return Papers{r.File, r.Content} }

// Bind is what stood once, without a database: of the packs that whose content it names. Code: adoption.pack-missing.
func (p Papers) Bind(packs []*policy.Pack, s Stood) (*policy.Basis, error) {
	r := Record{ID: s.ID, PackHash: s.Hash, Division: s.Division, Span: s.Span, File: p.File, Content: p.Content}
	i := slices.IndexFunc(packs, func(pack *policy.Pack) bool { return pack.Hash == s.Hash })
	if i < 0 {
		return nil, packMissing(&r)
	}
	return r.bind(packs[i])
}

func readAdoption(p *policy.Pack, name string, content []byte) (*policy.Adoption, error) {
	node, err := text.Parse(name, content)
	if err != nil {
		return nil, err
	}
	if named := node.Get("pack"); !named.IsNull() && named.Value != p.ID {
		return nil, otherPack(named, p.ID)
	}
	return policy.ReadAdoption(p, node)
}

// fitting checks an adoption against the pack's and the county's place and time.
func fitting(tx *store.Tx, p *policy.Pack, read *policy.Adoption, r Record) error {
	example := r.Division.Fictional() || read.Label.ZH != ""
	switch {
	case r.Division == "":
		return divisionMissing(p.ID)
	case !ident.Contains(ident.Division(tx.County), r.Division):
		return outsideCounty(r.Division, tx.County)
	case !example && p.Jurisdiction != "" && !ident.Contains(p.Jurisdiction, r.Division):
		return otherPlace(p, r.Division)
	case !example && p.Draft:
		return draft(p)
	case p.OnAdoption && read.From == rule.Beginning, r.Span.From == rule.Beginning:
		return fromMissing(p)
	case r.Span.Empty():
		return outsidePack(p, read)
	}
	return nil
}

// free refuses an adoption that shares a day with an approved one of the same series and division.
func (a *Adoptions) free(tx *store.Tx, r Record) error {
	others, err := sharing(tx, r)
	if err == nil && len(others) > 0 {
		return overlap(others[0])
	}
	return err
}

// sharing are the approved adoptions of the same series and division that share a day with one.
func sharing(tx *store.Tx, r Record) (list []Record, err error) {
	others, err := Of(tx, r.Series)
	for _, other := range others {
		if other.ID != r.ID && other.State != Proposed && other.State != Rejected && other.Division == r.Division && other.Span.Overlaps(r.Span) {
			list = append(list, other)
		}
	}
	return list, err
}

func decide(tx *store.Tx, adoption, kind, last, reason string) (id string, err error) {
	if err := tx.StandingChanged(); err != nil {
		return "", err
	}
	id = tx.NewID()
	_, err = tx.Exec(`INSERT INTO adoption_decision (county_code, decision_id, adoption_id, kind, last_day, reason, maker_id, maker_name, instant)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
		tx.County, id, adoption, kind, last, strings.TrimSpace(reason), tx.Actor.ID, tx.Actor.Name, store.FormatInstant(tx.Instant))
	return id, err
}

// Withdraw proposes to end an approved adoption with a last day in force; rule.Beginning proposes that it have none. What was
// decided before stays as it is. Codes: adoption.unknown, adoption.not-approved, adoption.outside-pack, adoption.reason-missing.
func Withdraw(tx *store.Tx, adoption string, last period.Day, reason string) (decision string, err error) {
	r, err := Get(tx, adoption)
	if err != nil {
		return "", err
	}
	switch {
	case r.State == Proposed || r.State == Rejected || r.Span.Empty():
		return "", notApproved(r)
	case last != rule.Beginning && last >= r.Span.To:
		return "", endsAlready(r)
	case strings.TrimSpace(reason) == "":
		return "", reasonMissing()
	}
	written := ""
	if last != rule.Beginning && last >= r.Span.From {
		written = last.String()
	}
	return decide(tx, adoption, withdraw, written, reason)
}

// Approve lets a decision take effect, and with an adoption the end of those it takes the place of. Codes: adoption.decision-unknown, adoption.answered,
// adoption.same-person (kind Forbidden), adoption.overlap when another adoption was approved in the meantime, adoption.together for an end that is
// decided with the adoption it belongs to.
func (a *Adoptions) Approve(tx *store.Tx, decision, note string) error {
	r, d, err := open(tx, decision)
	if err != nil {
		return err
	}
	if d.Kind == adopt {
		if err := answerEndings(tx, r.ID, true, note); err != nil {
			return err
		}
		if err := a.free(tx, r); err != nil {
			return err
		}
	}
	return answer(tx, decision, true, note)
}

// Reject ends a decision without effect; the note says why. The maker may reject the own proposal, to take it back. Codes:
// adoption.decision-unknown, adoption.answered, adoption.reason-missing.
func Reject(tx *store.Tx, decision, note string) error {
	r, d, err := open(tx, decision)
	if err != nil && !isSamePerson(err) {
		return err
	}
	if strings.TrimSpace(note) == "" {
		return reasonMissing()
	}
	if d.Kind == adopt {
		if err := answerEndings(tx, r.ID, false, note); err != nil {
			return err
		}
	}
	return answer(tx, decision, false, note)
}

// answerEndings gives the ends that belong to an adoption the answer that the adoption is given.
func answerEndings(tx *store.Tx, adoption string, approved bool, note string) error {
	endings, err := store.All(tx, store.Text, `SELECT s.decision_id FROM adoption_succession s LEFT JOIN adoption_check c ON c.county_code = s.county_code AND c.decision_id = s.decision_id
		WHERE s.county_code = ?1 AND s.adoption_id = ?2 AND c.decision_id IS NULL ORDER BY s.decision_id`, tx.County, adoption)
	if err != nil {
		return err
	}
	for _, decision := range endings {
		if err := answer(tx, decision, approved, note); err != nil {
			return err
		}
	}
	return nil
}

// open is a decision without an answer, of another person than the transaction's.
func open(tx *store.Tx, decision string) (Record, Decision, error) {
	var adoption string
	err := tx.QueryRow(`SELECT adoption_id FROM adoption_decision WHERE county_code = ?1 AND decision_id = ?2`, tx.County, decision).Scan(&adoption)
	if errors.Is(err, sql.ErrNoRows) {
		return Record{}, Decision{}, decisionUnknown()
	}
	if err != nil {
		return Record{}, Decision{}, err
	}
	r, err := Get(tx, adoption)
	if err != nil {
		return r, Decision{}, err
	}
	i := slices.IndexFunc(r.Decisions, func(d Decision) bool { return d.ID == decision })
	d := r.Decisions[i] // Get reads all of them
	switch {
	case d.Answer != nil:
		return r, d, answered()
	case d.For != "":
		return r, d, together()
	case d.Maker.ID == tx.Actor.ID:
		return r, d, samePerson()
	}
	return r, d, nil
}

func answer(tx *store.Tx, decision string, approved bool, note string) error {
	if err := tx.StandingChanged(); err != nil {
		return err
	}
	yes := 0
	if approved {
		yes = 1
	}
	_, err := tx.Exec(`INSERT INTO adoption_check (county_code, decision_id, approved, note, checker_id, checker_name, instant) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
		tx.County, decision, yes, strings.TrimSpace(note), tx.Actor.ID, tx.Actor.Name, store.FormatInstant(tx.Instant))
	return err
}

func writeTo(day period.Day) string { return min(day, period.Latest).String() }
