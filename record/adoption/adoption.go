// Package adoption keeps which division applies which version of which pack, from when to when, with its readings of open questions, its
// parameters and its rows of lists.
//
// # Two people
//
// A maker proposes ([Adoptions.Propose]) and another person answers ([Approve], [Reject]); so it is with ending an adoption ([Withdraw]).
// What has not been approved has no effect. An approval is given once, and never by the maker.
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
	read, err := readAdoption(p, name, content)
	if err != nil {
		return "", "", err
	}
	r := Record{ID: tx.NewID(), Series: cmp.Or(p.Series, p.ID), Division: cmp.Or(read.Division, p.Jurisdiction).Normalise(), PackID: p.ID, PackVersion: p.Version,
		PackHash: p.Hash, Span: policy.NewBasis(p, read).Span(), File: name, Content: string(content)}
	if err := fitting(tx, p, read, r); err != nil {
		return "", "", err
	}
	if err := a.free(tx, r); err != nil {
		return "", "", err
	}
	if err := tx.StandingChanged(); err != nil {
		return "", "", err
	}
	_, err = tx.Exec(`INSERT INTO adoption (county_code, adoption_id, series, division_code, pack_id, pack_version, pack_hash, from_day, to_day, file_name, content)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`,
		tx.County, r.ID, r.Series, string(r.Division), r.PackID, r.PackVersion, r.PackHash, r.Span.From.String(), writeTo(r.Span.To), r.File, r.Content)
	if err != nil {
		return "", "", err
	}
	decision, err = decide(tx, r.ID, adopt, "", reason)
	return r.ID, decision, err
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
	others, err := Of(tx, r.Series)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.ID != r.ID && other.State != Proposed && other.State != Rejected && other.Division == r.Division && other.Span.Overlaps(r.Span) {
			return overlap(other)
		}
	}
	return nil
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

// Approve lets a decision take effect. Codes: adoption.decision-unknown, adoption.answered, adoption.same-person (kind Forbidden),
// adoption.overlap when another adoption was approved in the meantime.
func (a *Adoptions) Approve(tx *store.Tx, decision, note string) error {
	r, d, err := open(tx, decision)
	if err != nil {
		return err
	}
	if d.Kind == adopt {
		if err := a.free(tx, r); err != nil {
			return err
		}
	}
	return answer(tx, decision, true, note)
}

// Reject ends a decision without effect; the note says why. The maker may reject the own proposal, to take it back. Codes:
// adoption.decision-unknown, adoption.answered, adoption.reason-missing.
func Reject(tx *store.Tx, decision, note string) error {
	_, _, err := open(tx, decision)
	if err != nil && !isSamePerson(err) {
		return err
	}
	if strings.TrimSpace(note) == "" {
		return reasonMissing()
	}
	return answer(tx, decision, false, note)
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
