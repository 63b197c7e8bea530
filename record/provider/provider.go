// Package provider is the county's list of those who serve its people: hospitals, pharmacies, schools and doctors with their level,
// designation and lists by dates, and the offices with their succession.
//
// What is known of a provider are dated statements (package dated): nothing is overwritten, and each can be asked for as it was
// known on any day. The facts of a hospital or pharmacy carry the vocabulary's names visit.hospital.*, those of schools and doctors
// provider.*; [Providers.Facts] answers them for a bill. All of it is public.
//
// A designation (定点) is dated. Who was designated once is not designated outside of those days; of who never was, it is unknown until
// somebody says so. Lists, such as those of pharmacies with two channels or of hospitals that waive the registration
// fee, are memberships by dates under names of the office's own.
package provider

import (
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// Kind is the sort of a provider.
type Kind string

// The kinds of providers.
const (
	Hospital Kind = "hospital" // 医院、卫生院、村卫生室
	Pharmacy Kind = "pharmacy"
	School   Kind = "school"
	Doctor   Kind = "doctor" // a village doctor as a person paid for services
)

// groups are the vocabulary's groups that a kind's facts belong to, the first for its name.
var groups = map[Kind]string{Hospital: "visit.hospital.", Pharmacy: "visit.hospital.", School: "provider.", Doctor: "provider."}

const (
	openName       = "open"       // the provider exists
	listName       = "list"       // the value is the list
	placeName      = "division"   // where it is
	designated     = "designated" // a fact of visit.hospital.
	tier           = "tier"
	aboveCounty    = "above_county"
	officeKind     = "office"
	officeName     = "office"    // the office exists, under a name
	officeNextName = "successor" // the object has taken over
)

// Providers is the list of a county. It may be used by many goroutines.
type Providers struct {
	vocabulary *rule.Vocabulary
	book       dated.Book
}

// New is a list whose facts are those of the vocabulary.
func New(v *rule.Vocabulary) *Providers {
	return &Providers{vocabulary: v, book: dated.Book{Standing: true}}
}

// Provider is what a provider is registered with.
type Provider struct {
	Kind     Kind
	Name     string
	Code     ident.CreditCode // "" for doctors, and for who has none
	Division ident.Division   // where it is; "" when that does not matter
	Span     period.Span      // when it is open
	dated.Said
}

// Add registers a provider and answers with the id. Codes: provider.kind, provider.name-missing, provider.code-known,
// provider.fictional, provider.not-fictional, those of [dated.Book.Add].
func (p *Providers) Add(tx *store.Tx, n Provider) (id string, err error) {
	group, known := groups[n.Kind]
	switch {
	case !known:
		return "", kindUnknown(n.Kind)
	case strings.TrimSpace(n.Name) == "":
		return "", nameMissing()
	}
	id = tx.NewID()
	if err := dated.AddParty(tx, id, string(n.Kind)); err != nil {
		return "", err
	}
	if _, err := p.book.Add(tx, dated.Statement{Subject: id, Name: openName, Span: n.Span, Said: n.Said}); err != nil {
		return "", err
	}
	if err := p.code(tx, id, n.Code); err != nil {
		return "", err
	}
	fact := rule.Fact{Value: rule.Text(strings.TrimSpace(n.Name)), Span: n.Span, Source: n.Source, Learned: n.Learned}
	if _, err := p.State(tx, id, group+"name", fact, n.Evidence); err != nil {
		return "", err
	}
	return id, p.place(tx, id, group, n)
}

// place states where a provider is: as a fact where the vocabulary has one.
func (p *Providers) place(tx *store.Tx, id, group string, n Provider) error {
	if n.Division == "" {
		return nil
	}
	code, err := ident.ParseDivision(string(n.Division))
	if err != nil {
		return err
	}
	name := placeName
	if p.vocabulary.Facts[group+placeName] != nil {
		name = group + placeName
	}
	value, err := json.Marshal(code)
	if err != nil {
		return err
	}
	_, err = p.book.Add(tx, dated.Statement{Subject: id, Name: name, Value: string(value), Span: n.Span, Said: n.Said})
	return err
}

// Profile is a provider on a day, for people.
type Profile struct {
	ID       string
	Kind     Kind
	Name     string
	Division ident.Division
	Open     bool
}

// Profile is a provider on a day, as known on another. Code: provider.unknown.
func (p *Providers) Profile(tx *store.Tx, id string, day, knownOn period.Day) (Profile, error) {
	kind, err := p.KindOf(tx, id)
	if err != nil {
		return Profile{}, err
	}
	statements, err := p.said(tx, id, knownOn)
	if err != nil {
		return Profile{}, err
	}
	profile := Profile{ID: id, Kind: kind}
	for _, s := range statements {
		if !s.Holds(day) {
			continue
		}
		switch s.Name {
		case openName:
			profile.Open = true
		case groups[kind] + "name":
			err = json.Unmarshal([]byte(s.Value), &profile.Name)
		case placeName, groups[kind] + placeName:
			err = json.Unmarshal([]byte(s.Value), &profile.Division)
		}
		if err != nil {
			return Profile{}, err
		}
	}
	return profile, nil
}

// code makes a provider findable by its credit code.
func (p *Providers) code(tx *store.Tx, id string, code ident.CreditCode) error {
	if code == "" {
		return nil
	}
	code, err := ident.ParseCreditCode(string(code))
	if err != nil {
		return err
	}
	demo, err := p.book.IsDemo(tx)
	if err != nil {
		return err
	}
	if code.Fictional() != demo {
		return wrongWorld(code.Fictional())
	}
	owner, err := p.ByCode(tx, code)
	if err != nil {
		return err
	}
	if owner != "" {
		return codeKnown(owner)
	}
	_, err = tx.Exec(`INSERT INTO provider_code (county_code, credit_code, party_id) VALUES (?1, ?2, ?3)`, tx.County, string(code), id)
	return err
}

const codeQuery = `SELECT party_id FROM provider_code WHERE county_code = ?1 AND credit_code = ?2`

// ByCode finds a provider by its credit code; "" when none has it.
func (p *Providers) ByCode(tx *store.Tx, code ident.CreditCode) (id string, err error) {
	err = tx.QueryRow(codeQuery, tx.County, string(code)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}

// KindOf is the kind of a provider. Code: provider.unknown.
func (p *Providers) KindOf(tx *store.Tx, id string) (Kind, error) {
	return store.Standing(tx, kindOf(id), func() (Kind, error) {
		kind, err := dated.KindOf(tx, id)
		if _, known := groups[Kind(kind)]; err == nil && !known {
			return "", unknown(id)
		}
		return Kind(kind), err
	})
}

// List are the ids of the providers of a kind, or with kind "" of all, after an id, in order, at most limit. Code: provider.kind.
func (p *Providers) List(tx *store.Tx, kind Kind, after string, limit int) ([]string, error) {
	if _, known := groups[kind]; !known && kind != "" {
		return nil, kindUnknown(kind)
	}
	var ids []string
	for one := range groups {
		if kind != "" && kind != one {
			continue
		}
		found, err := dated.Parties(tx, string(one), after, limit)
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	slices.Sort(ids)
	return ids[:min(limit, len(ids))], nil
}

// The keys under which kinds are remembered, by the provider's id, and statements and facts, by the id and the day they counted on.
type (
	kindOf string
	saidOf struct {
		id string
		on period.Day
	}
	factsOf saidOf
)

// said are the statements about a provider that counted on a day. They are shared.
func (p *Providers) said(tx *store.Tx, id string, knownOn period.Day) ([]dated.Statement, error) {
	return store.Standing(tx, saidOf{id, knownOn}, func() ([]dated.Statement, error) { return p.book.Of(tx, id, knownOn) })
}

// State records a fact of a provider (visit.hospital.tier, provider.area_doctors). Of two that hold on a day the one learnt last
// counts. Codes: provider.unknown, provider.fact-unknown, those of [dated.Encode] and [dated.Book.Add].
func (p *Providers) State(tx *store.Tx, id, name string, fact rule.Fact, evidence string) (statement string, err error) {
	kind, err := p.KindOf(tx, id)
	if err != nil {
		return "", err
	}
	t := p.vocabulary.Facts[name]
	if t == nil || !strings.HasPrefix(name, groups[kind]) {
		return "", p.factUnknown(name, groups[kind])
	}
	value, err := dated.Encode(t, fact)
	if err != nil {
		return "", err
	}
	if fact.Learned == rule.Beginning {
		fact.Learned = 0
	}
	return p.book.Add(tx, dated.Statement{Subject: id, Name: name, Value: value, Span: fact.Span, Said: dated.Said{Source: fact.Source, Evidence: evidence, Learned: fact.Learned}})
}

// Enlist puts a provider on a list over a span. Code: provider.list-overlap.
func (p *Providers) Enlist(tx *store.Tx, id, list string, span period.Span, said dated.Said) (statement string, err error) {
	if _, err := p.KindOf(tx, id); err != nil {
		return "", err
	}
	if strings.TrimSpace(list) == "" {
		return "", nameMissing()
	}
	value, err := json.Marshal(strings.TrimSpace(list))
	if err != nil {
		return "", err
	}
	statements, err := p.book.Of(tx, id, rule.Forever)
	if err != nil {
		return "", err
	}
	for _, s := range dated.Named(statements, listName) {
		if s.Value == string(value) && s.Span.Overlaps(span) {
			return "", listOverlap(list)
		}
	}
	return p.book.Add(tx, dated.Statement{Subject: id, Name: listName, Value: string(value), Span: span, Said: said})
}

// Lists are the lists a provider was on, on a day as known on another, in order.
func (p *Providers) Lists(tx *store.Tx, id string, day, knownOn period.Day) ([]string, error) {
	if _, err := p.KindOf(tx, id); err != nil {
		return nil, err
	}
	statements, err := p.said(tx, id, knownOn)
	if err != nil {
		return nil, err
	}
	var lists []string
	for _, s := range dated.Named(statements, listName) {
		var list string
		if err := json.Unmarshal([]byte(s.Value), &list); err != nil {
			return nil, err
		}
		if s.Holds(day) {
			lists = append(lists, list)
		}
	}
	slices.Sort(lists)
	return slices.Compact(lists), nil
}

// Stated is one thing that stands on the list about a provider: a fact, or a place on a list.
type Stated struct {
	ID   string // of the statement
	Name string // of the fact in the vocabulary; "" for a list
	Fact rule.Fact
	List string
	Span period.Span
	dated.Said
}

// Statements are what stands about a provider, as known on a day, in order of learning. Code: provider.unknown.
func (p *Providers) Statements(tx *store.Tx, id string, knownOn period.Day) ([]Stated, error) {
	if _, err := p.KindOf(tx, id); err != nil {
		return nil, err
	}
	statements, err := p.said(tx, id, knownOn)
	if err != nil {
		return nil, err
	}
	var list []Stated
	for _, s := range statements {
		one := Stated{ID: s.ID, Span: s.Span, Said: s.Said}
		switch t := p.vocabulary.Facts[s.Name]; {
		case t != nil:
			one.Name = s.Name
			if one.Fact, err = dated.Decode(t, s.Value, rule.Fact{Span: s.Span, Source: s.Source, Learned: s.Learned}); err != nil {
				return nil, err
			}
		case s.Name == listName:
			if err := json.Unmarshal([]byte(s.Value), &one.List); err != nil {
				return nil, err
			}
		default:
			continue
		}
		list = append(list, one)
	}
	return list, nil
}

// FactsOf are the names of the facts that a provider of a kind can have, in order.
func (p *Providers) FactsOf(kind Kind) []string {
	var names []string
	for name := range p.vocabulary.Facts {
		if group, known := groups[kind]; known && strings.HasPrefix(name, group) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// CodeOf is a provider's credit code; "" when it has none.
func (p *Providers) CodeOf(tx *store.Tx, id string) (code ident.CreditCode, err error) {
	codes, err := store.All(tx, store.Text, `SELECT credit_code FROM provider_code WHERE county_code = ?1 AND party_id = ?2 ORDER BY credit_code LIMIT 1`, tx.County, id)
	if err != nil || len(codes) == 0 {
		return "", err
	}
	return ident.CreditCode(codes[0]), nil
}

// Correct replaces what State recorded by another value or span. Codes as for State; provider.not-a-fact.
func (p *Providers) Correct(tx *store.Tx, statement string, fact rule.Fact, evidence string) (id string, err error) {
	old, err := p.book.Get(tx, statement)
	if err != nil {
		return "", err
	}
	t := p.vocabulary.Facts[old.Name]
	if _, err := p.KindOf(tx, old.Subject); err != nil || t == nil {
		return "", notAFact()
	}
	value, err := dated.Encode(t, fact)
	if err != nil {
		return "", err
	}
	if fact.Learned == rule.Beginning {
		fact.Learned = 0
	}
	return p.book.Correct(tx, old, value, fact.Span, dated.Said{Source: fact.Source, Evidence: evidence, Learned: fact.Learned})
}

// End says that a fact, designation or place on a list held no longer than to a day. Code: provider.not-a-fact.
func (p *Providers) End(tx *store.Tx, statement string, last period.Day, said dated.Said) (id string, err error) {
	old, err := p.book.Get(tx, statement)
	if err != nil {
		return "", err
	}
	if _, err := p.KindOf(tx, old.Subject); err != nil {
		return "", notAFact()
	}
	return p.book.EndOn(tx, old, last, said)
}

// Close ends a provider with a last day. Code: provider.closed.
func (p *Providers) Close(tx *store.Tx, id string, last period.Day, said dated.Said) error {
	if _, err := p.KindOf(tx, id); err != nil {
		return err
	}
	statements, err := p.book.Of(tx, id, rule.Forever)
	if err != nil {
		return err
	}
	for _, s := range dated.Named(statements, openName) {
		if s.Holds(last) {
			_, err := p.book.EndOn(tx, s, last, said)
			return err
		}
	}
	return closed(last)
}
