package claim

import (
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/fund"
	"doudi/record/provider"
	"doudi/record/register"
	"doudi/record/store"

	"doudi/record/dated"
)

// Bill is a bill as it comes in.
type Bill struct {
	Person   string // id on the register
	Provider string // id on the list of providers
	Series   string // of the packs it is to be settled by

	// Content is a bill file: visit, application, approval and bill, as in the files of package subject; YAML, or JSON when Name ends in
	// .json. bill.no is the provider's number. The person's facts and the hospital's are not in it: they are on record.
	Name    string
	Content []byte

	PayTo    fund.PayeeKind // "" leaves it to the settlement
	Replaces string         // a reversed claim of the same person and series that this one stands for; "" for none
}

// document is a bill as it is kept.
type document struct {
	Name    string `json:"name"`
	Content string `json:"content"`
}

const longestNumber = 100 // characters

// the groups of facts that a bill file holds.
var billGroups = []string{"visit", "application", "approval"}

// read reads a bill file: the facts it states and the bill.
func (c *Claims) read(d document) (*subject.Subject, error) {
	node, err := text.Parse(d.Name, []byte(d.Content))
	if err != nil {
		return nil, err
	}
	return c.readNode(node)
}

func (c *Claims) readNode(node *text.Node) (*subject.Subject, error) {
	r := &text.Report{}
	s := c.readGroups(r, node, append(slices.Clone(billGroups), "bill"))
	if s == nil {
		return nil, r.Err()
	}
	if s.Bill == nil {
		r.Add(billMissing())
	} else if no := s.Bill.No; no == "" || utf8.RuneCountInString(no) > longestNumber || strings.ContainsFunc(no, unicode.IsControl) {
		r.Add(numberMissing(s.Bill.Node))
	}
	if len(daysOf(s)) == 0 {
		r.Add(dayMissing())
	}
	return s, r.Err()
}

// readGroups reads a file that may hold only some groups of facts; nil when it holds others. What is wrong is reported.
func (c *Claims) readGroups(r *text.Report, node *text.Node, groups []string) *subject.Subject {
	m := r.Map(node)
	for _, field := range node.Fields {
		if key := field.Key; !slices.Contains(groups, key.Value) {
			r.Add(notInBill(key))
		}
	}
	if r.Err() != nil {
		return nil
	}
	s := subject.ReadMap(r, m, c.Vocabulary)
	m.Done()
	if hospital := node.Get("visit").Get("hospital"); !hospital.IsNull() {
		r.Add(hospitalStated(hospital))
	}
	return s
}

// daysOf are the days a bill states, the one it is most likely decided by first.
func daysOf(s *subject.Subject) []period.Day {
	var days []period.Day
	for _, name := range []string{"approval.day", "visit.discharged", "visit.date", "application.day", "visit.admitted"} {
		if fact, ok := s.Facts.At(name, rule.Forever); ok {
			if day, ok := fact.Value.(rule.Day); ok && !slices.Contains(days, period.Day(day)) {
				days = append(days, period.Day(day))
			}
		}
	}
	return days
}

// visitDay is the day on which the person must have been the county's: that of the visit, or else the first one stated.
func visitDay(s *subject.Subject) period.Day {
	for _, name := range []string{"visit.date", "visit.admitted", "application.day"} {
		if fact, ok := s.Facts.At(name, rule.Forever); ok {
			if day, ok := fact.Value.(rule.Day); ok {
				return period.Day(day)
			}
		}
	}
	return daysOf(s)[0] // read refuses a bill without any
}

// Receive keeps a bill and answers with its claim: a new one, or the one that holds the very same bill already. Codes: those of
// package text and subject with their places; claim.not-in-bill, claim.hospital-stated, claim.bill-missing, claim.number-missing,
// claim.day-missing; claim.number-used (kind Conflict), claim.replaces, claim.pay-to; dated.party-unknown, provider.unknown,
// claim.provider-kind.
func (c *Claims) Receive(tx *store.Tx, b Bill) (Claim, error) {
	claim, token, err := c.newClaim(tx, b)
	if err != nil {
		return Claim{}, err
	}
	if err := c.known(tx, b); err != nil {
		return Claim{}, err
	}
	last, kept, err := latest(tx, b.Provider, claim.Number)
	switch {
	case err != nil:
		return Claim{}, err
	case kept == token:
		return last, nil
	case kept != "" && (last.State != Reversed || b.Replaces != last.ID):
		return Claim{}, numberUsed(&last)
	}
	if err := c.replaceable(tx, b); err != nil {
		return Claim{}, err
	}
	claim.Revision, claim.token = last.Revision+1, token
	if claim.document, err = c.seal(tx, b.Person, document{b.Name, string(b.Content)}); err != nil {
		return Claim{}, err
	}
	if err := claim.insert(tx); err != nil {
		return Claim{}, err
	}
	return claim, c.record(tx, "claim.receive", &claim, map[string]string{"series": b.Series, "replaces": b.Replaces}, nil)
}

// newClaim reads a bill as the first claim under its number, and its token.
func (c *Claims) newClaim(tx *store.Tx, b Bill) (Claim, string, error) {
	node, err := text.Parse(b.Name, b.Content)
	if err != nil {
		return Claim{}, "", err
	}
	s, err := c.readNode(node)
	if err != nil {
		return Claim{}, "", err
	}
	claim := Claim{ID: tx.NewID(), Person: b.Person, Provider: b.Provider, Series: b.Series, Number: s.Bill.No, Revision: 1,
		Replaces: b.Replaces, PayTo: b.PayTo, State: Received, bill: s}
	return claim, c.tokenOf(b, node), nil
}

// known refuses a bill of somebody who is not on record.
func (c *Claims) known(tx *store.Tx, b Bill) error {
	kind, err := dated.KindOf(tx, b.Person)
	if err != nil {
		return err
	}
	if kind != register.PersonKind {
		return dated.PartyUnknown(b.Person)
	}
	sort, err := c.Providers.KindOf(tx, b.Provider)
	switch {
	case err != nil:
		return err
	case sort != provider.Hospital && sort != provider.Pharmacy:
		return providerKind()
	case b.Series == "":
		return seriesMissing()
	case b.PayTo != "" && b.PayTo != fund.Provider && b.PayTo != fund.Person:
		return payTo(b.PayTo)
	}
	return nil
}

// replaceable refuses to replace a bill that stands, is another's, or was replaced before.
func (c *Claims) replaceable(tx *store.Tx, b Bill) error {
	if b.Replaces == "" {
		return nil
	}
	old, err := Get(tx, b.Replaces)
	if err != nil {
		return err
	}
	var by int
	if err := tx.QueryRow(`SELECT COUNT(*) FROM claim WHERE county_code = ?1 AND replaces_id = ?2`, tx.County, b.Replaces).Scan(&by); err != nil {
		return err
	}
	if old.State != Reversed || old.Person != b.Person || old.Series != b.Series || by > 0 {
		return cannotReplace(&old)
	}
	return nil
}

// latest is the last claim under a provider's number, with its token; the token is "" when there is none.
func latest(tx *store.Tx, provider, number string) (Claim, string, error) {
	var id, token string
	err := tx.QueryRow(`SELECT claim_id, token FROM claim WHERE county_code = ?1 AND provider_id = ?2 AND bill_number = ?3 ORDER BY revision DESC LIMIT 1`, tx.County, provider, number).Scan(&id, &token)
	if errors.Is(err, sql.ErrNoRows) {
		return Claim{}, "", nil
	}
	if err != nil {
		return Claim{}, "", err
	}
	last, err := Get(tx, id)
	return last, token, err
}

// insert keeps a claim that is not kept yet. That its number is taken is a surprise: whoever is careful has asked.
func (c *Claim) insert(tx *store.Tx) error {
	replaces := sql.NullString{String: c.Replaces, Valid: c.Replaces != ""}
	day := ""
	if c.Version > 0 {
		day = c.place.day.String()
	}
	taken := func(added int64) error {
		if added == 0 {
			return store.Surprise()
		}
		return nil
	}
	return tx.Later(taken, `INSERT INTO claim (county_code, claim_id, person_id, provider_id, series, bill_number, revision, replaces_id, pay_to, document, token, state, version, decided_day, order_id, instant, actor_id)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) ON CONFLICT DO NOTHING`,
		tx.County, c.ID, c.Person, c.Provider, c.Series, c.Number, c.Revision, replaces, string(c.PayTo), c.document, c.token, string(c.State), c.Version, day, c.place.id,
		store.FormatInstant(tx.Instant), tx.Actor.ID)
}

// tokenOf stands for everything a bill says: the same for the same bill, however its file is laid out.
func (c *Claims) tokenOf(b Bill, node *text.Node) string {
	said := []byte("claim bill\n")
	for _, part := range []string{b.Person, b.Provider, b.Series, string(b.PayTo), b.Replaces} {
		said = append(strconv.AppendQuote(said, part), '\n')
	}
	return c.Token(string(appendTree(said, node)))
}

// appendTree appends a document so that only what it says matters: keys in order, what is null left out.
func appendTree(to []byte, n *text.Node) []byte {
	switch n.Kind {
	case text.Scalar:
		return strconv.AppendQuote(to, n.Value)
	case text.List:
		to = append(to, '[')
		for _, item := range n.Items {
			to = append(appendTree(to, item), ',')
		}
		return append(to, ']')
	case text.Mapping:
		fields := slices.Clone(n.Fields)
		slices.SortFunc(fields, func(a, b text.Field) int { return strings.Compare(a.Key.Value, b.Key.Value) })
		to = append(to, '{')
		for _, field := range fields {
			if !field.Value.IsNull() {
				to = append(strconv.AppendQuote(to, field.Key.Value), ':')
				to = append(appendTree(to, field.Value), ',')
			}
		}
		return append(to, '}')
	}
	return append(to, "null"...)
}

// record adds an entry to the log about a claim. What is said about the person is kept under the person's key.
func (c *Claims) record(tx *store.Tx, name string, claim *Claim, content map[string]string, about any) error {
	_, err := c.Log.Record(tx, audit.Note{Name: name, Subject: claim.ID, Content: content, Persons: map[string]any{claim.Person: about}})
	return err
}
