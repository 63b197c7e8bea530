package register

import (
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// rosterPrefix begins the names of memberships of rosters: roster.dibao.
const rosterPrefix = "roster."

// Entry is a fact of a person or household, with everything that is kept about it.
type Entry struct {
	dated.Statement
	Type *rule.FactType // nil when today's vocabulary has no such fact
	Fact rule.Fact      // its value is nil when Type is
}

// Record states a fact of a person or household: a name of the vocabulary, or roster.NAME with the value true. What was
// recorded earlier stays; of two that hold on a day the one learnt last counts. Learned 0 is today.
//
// evidence is "" or the id of a document in the archive of the person, of a household the person belonged to, or of a member of the
// household.
//
// Codes: register.fact-unknown, register.fact-other (a household's fact of a person, or the other way),
// register.fact-derived, register.roster-overlap, register.person-known, register.fictional, register.not-fictional, and those of
// [dated.Encode], [dated.Book.Add] and [file.Refer].
func (r *Register) Record(tx *store.Tx, party, name string, fact rule.Fact, evidence string) (id string, err error) {
	t, err := r.factType(tx, party, name)
	if err != nil {
		return "", err
	}
	if err := r.shown(tx, evidence, party); err != nil {
		return "", err
	}
	return r.record(tx, party, t, fact, evidence)
}

func (r *Register) record(tx *store.Tx, party string, t *rule.FactType, fact rule.Fact, evidence string) (id string, err error) {
	value, err := dated.Encode(t, fact)
	if err != nil {
		return "", err
	}
	if err := r.fits(tx, party, t, value, fact.Span, ""); err != nil {
		return "", err
	}
	if fact.Learned == rule.Beginning {
		fact.Learned = 0
	}
	id, err = r.book.Add(tx, dated.Statement{Subject: party, Name: t.Name, Value: value, Sealed: t.Sensitivity != rule.Plain, Span: fact.Span,
		Said: dated.Said{Source: fact.Source, Evidence: evidence, Learned: fact.Learned}})
	if err != nil {
		return "", err
	}
	return id, r.enter(tx, party, t.Name, value)
}

// Type is the type of a fact or roster by its name. Codes: register.fact-unknown, register.roster-unknown.
func (r *Register) Type(name string) (*rule.FactType, error) {
	if t := r.typeOf(name); t != nil {
		return t, nil
	}
	return nil, r.factUnknown(name)
}

// factType is the type of a fact that may be recorded of the party.
func (r *Register) factType(tx *store.Tx, party, name string) (*rule.FactType, error) {
	t, err := r.Type(name)
	if err != nil {
		return nil, err
	}
	kind, err := r.book.KindOf(tx, party)
	switch {
	case err != nil:
		return nil, err
	case kind != PersonKind && kind != HouseholdKind:
		return nil, dated.PartyUnknown(party)
	case name == sizeFact, name == deathFact:
		return nil, derived(t)
	case !strings.HasPrefix(name, kind+".") && (kind != PersonKind || !strings.HasPrefix(name, rosterPrefix)):
		return nil, factOther(t, kind)
	}
	return t, nil
}

func (r *Register) typeOf(name string) *rule.FactType { return r.vocabulary.TypeOf(name) }

// fits checks a value against what else is known of the party; the statement that is corrected does not count.
func (r *Register) fits(tx *store.Tx, party string, t *rule.FactType, value string, span period.Span, corrects string) error {
	if strings.HasPrefix(t.Name, rosterPrefix) {
		return r.fitsRoster(tx, party, t, value, span, corrects)
	}
	if t.Name != numberFact {
		return nil
	}
	number, err := unquoted(value)
	if err != nil {
		return err
	}
	demo, err := r.IsDemo(tx)
	if err != nil {
		return err
	}
	if fictional := ident.PersonID(number).Fictional(); fictional != demo {
		return wrongWorld(fictional)
	}
	owner, err := r.byNumber(tx, ident.PersonID(number))
	if err == nil && owner != "" && owner != party {
		return personKnown(owner)
	}
	return err
}

// fitsRoster refuses to put a person on a roster twice, and “not on it”, which is what the gap between memberships says.
func (r *Register) fitsRoster(tx *store.Tx, party string, t *rule.FactType, value string, span period.Span, corrects string) error {
	if value != "true" {
		return rosterFalse(t)
	}
	statements, err := r.book.Of(tx, party, now)
	if err != nil {
		return err
	}
	for _, s := range dated.Named(statements, t.Name) {
		if s.ID != corrects && s.Span.Overlaps(span) {
			return rosterOverlap(t, s.Span)
		}
	}
	return nil
}

// Correct replaces a recorded fact by one with another value, span or source. Codes as for Record and [dated.Book.Correct];
// register.not-a-fact for a statement with its own acts (a membership, a death).
func (r *Register) Correct(tx *store.Tx, statement string, fact rule.Fact, evidence string) (id string, err error) {
	old, t, err := r.recorded(tx, statement)
	if err != nil {
		return "", err
	}
	if err := r.shown(tx, evidence, old.Subject); err != nil {
		return "", err
	}
	value, err := dated.Encode(t, fact)
	if err != nil {
		return "", err
	}
	if err := r.fits(tx, old.Subject, t, value, fact.Span, old.ID); err != nil {
		return "", err
	}
	if fact.Learned == rule.Beginning {
		fact.Learned = 0
	}
	id, err = r.book.Correct(tx, old, value, fact.Span, dated.Said{Source: fact.Source, Evidence: evidence, Learned: fact.Learned})
	if err != nil {
		return "", err
	}
	if old.Value != value {
		err = r.release(tx, old)
	}
	if err != nil {
		return "", err
	}
	return id, r.enter(tx, old.Subject, t.Name, value)
}

// End says that a recorded fact held no longer than to a day: a roster was left, an income ended.
func (r *Register) End(tx *store.Tx, statement string, last period.Day, said dated.Said) (id string, err error) {
	old, _, err := r.recorded(tx, statement)
	if err != nil {
		return "", err
	}
	if err := r.shown(tx, said.Evidence, old.Subject); err != nil {
		return "", err
	}
	return r.book.EndOn(tx, old, last, said)
}

// Withdraw says that a recorded fact was never true.
func (r *Register) Withdraw(tx *store.Tx, statement string, said dated.Said) (id string, err error) {
	old, _, err := r.recorded(tx, statement)
	if err != nil {
		return "", err
	}
	if err := r.shown(tx, said.Evidence, old.Subject); err != nil {
		return "", err
	}
	if id, err = r.book.Withdraw(tx, old, said); err != nil {
		return "", err
	}
	return id, r.release(tx, old)
}

// recorded is a statement that Record made.
func (r *Register) recorded(tx *store.Tx, statement string) (dated.Statement, *rule.FactType, error) {
	old, err := r.book.Get(tx, statement)
	if err != nil {
		return old, nil, err
	}
	kind, err := r.book.KindOf(tx, old.Subject)
	if err != nil {
		return old, nil, err
	}
	t := r.typeOf(old.Name)
	if t == nil || old.Name == deathFact || kind != PersonKind && kind != HouseholdKind {
		return old, nil, notAFact()
	}
	return old, t, nil
}

// Entry is one record that Record made, corrected since or not. Codes: dated.statement-unknown, register.not-a-fact.
func (r *Register) Entry(tx *store.Tx, statement string) (Entry, error) {
	s, t, err := r.recorded(tx, statement)
	if err != nil {
		return Entry{}, err
	}
	f, err := fact(t, s)
	return Entry{s, t, f}, err
}

// Facts are the facts of a person or household that counted on a day, in order of learning.
func (r *Register) Facts(tx *store.Tx, party string, knownOn period.Day) ([]Entry, error) {
	statements, err := r.book.Of(tx, party, knownOn)
	if err != nil {
		return nil, err
	}
	return r.entries(statements)
}

// History are all facts ever recorded of a person or household, corrected ones included.
func (r *Register) History(tx *store.Tx, party string) ([]Entry, error) {
	statements, err := r.book.History(tx, party)
	if err != nil {
		return nil, err
	}
	return r.entries(statements)
}

func (r *Register) entries(statements []dated.Statement) ([]Entry, error) {
	var entries []Entry
	for _, s := range statements {
		if !strings.Contains(s.Name, ".") { // presence, membership …
			continue
		}
		entry := Entry{Statement: s, Type: r.typeOf(s.Name)}
		if entry.Type != nil {
			var err error
			if entry.Fact, err = fact(entry.Type, s); err != nil {
				return nil, err
			}
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// fact is a statement as decisions see it. A statement without a source has that of the vocabulary.
func fact(t *rule.FactType, s dated.Statement) (rule.Fact, error) {
	return dated.Decode(t, s.Value, rule.Fact{Span: s.Span, Source: s.Source, Learned: s.Learned})
}
