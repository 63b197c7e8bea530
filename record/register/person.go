package register

import (
	"encoding/json"
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// Person is what a person is registered with.
type Person struct {
	Name   string
	Number ident.PersonID // "" for who has none yet; then Birth and Sex may be stated
	Birth  *period.Day    // nil when not known; taken from the number
	Sex    ident.Sex      // taken from the number
	From   period.Day     // since when the person is this county's; rule.Beginning when that does not matter
	dated.Said
}

// The facts a person is registered with.
const (
	nameFact   = "person.name"
	numberFact = "person.id"
	homeFact   = "person.hukou"
	birthFact  = "person.birth"
	sexFact    = "person.sex"
	deathFact  = "person.death"
	sizeFact   = "household.size"
)

// AddPerson registers a person and answers with the id. Codes: register.name-missing, register.person-known for a number that is
// on the register, register.fictional, register.not-fictional, and those of the facts. p.Evidence stays empty: the archive of a person
// begins with the person.
func (r *Register) AddPerson(tx *store.Tx, p Person) (id string, err error) {
	if strings.TrimSpace(p.Name) == "" {
		return "", nameMissing()
	}
	id = tx.NewID()
	if err := r.book.AddParty(tx, id, PersonKind); err != nil {
		return "", err
	}
	return id, r.open(tx, id, p)
}

// open states that a person is here, with the facts of registration.
func (r *Register) open(tx *store.Tx, id string, p Person) error {
	if _, err := r.book.Add(tx, dated.Statement{Subject: id, Name: presenceName, Sealed: true, Span: dated.From(p.From), Said: p.Said}); err != nil {
		return err
	}
	if p.Number != "" {
		p.Birth, p.Sex = new(p.Number.Birth()), p.Number.Sex()
	}
	for _, fact := range p.facts() {
		fact.Span, fact.Source, fact.Learned = dated.Always, p.Source, p.Learned
		if _, err := r.Record(tx, id, fact.name, fact.Fact, p.Evidence); err != nil {
			return err
		}
	}
	return nil
}

type namedFact struct {
	name string
	rule.Fact
}

func (p Person) facts() []namedFact {
	facts := []namedFact{{nameFact, rule.Fact{Value: rule.Text(strings.TrimSpace(p.Name))}}}
	if p.Number != "" {
		facts = append(facts, namedFact{numberFact, rule.Fact{Value: rule.Text(string(p.Number))}})
	}
	if p.Birth != nil {
		facts = append(facts, namedFact{birthFact, rule.Fact{Value: rule.Day(*p.Birth)}})
	}
	if p.Sex != "" {
		facts = append(facts, namedFact{sexFact, rule.Fact{Value: rule.Text(string(p.Sex))}})
	}
	return facts
}

// Die records a death. The person's membership of a household ends with that day; if the head dies and others stay, next
// names the new head. Codes: register.dead, register.head-needed and those of ChangeHead.
func (r *Register) Die(tx *store.Tx, person string, day period.Day, next Succession, said dated.Said) error {
	statements, err := r.person(tx, person)
	if err != nil {
		return err
	}
	if len(dated.Named(statements, deathFact)) > 0 {
		return dead()
	}
	if err := r.shown(tx, said.Evidence, person); err != nil {
		return err
	}
	value, err := json.Marshal(day)
	if err != nil {
		return err
	}
	if _, err := r.book.Add(tx, dated.Statement{Subject: person, Name: deathFact, Value: string(value), Sealed: true, Span: dated.Always, Said: said}); err != nil {
		return err
	}
	return r.leaveAfter(tx, person, day, next, said)
}

// NotDead withdraws a death that was recorded by mistake. What it ended (a membership) is stated anew by its own act.
func (r *Register) NotDead(tx *store.Tx, person string, said dated.Said) error {
	statements, err := r.person(tx, person)
	if err != nil {
		return err
	}
	deaths := dated.Named(statements, deathFact)
	if len(deaths) == 0 {
		return notDead()
	}
	if err := r.shown(tx, said.Evidence, person); err != nil {
		return err
	}
	_, err = r.book.Withdraw(tx, deaths[0], said)
	return err
}

// person are the statements about a person that count now.
func (r *Register) person(tx *store.Tx, id string) ([]dated.Statement, error) {
	if err := r.need(tx, id, PersonKind); err != nil {
		return nil, err
	}
	return r.book.Of(tx, id, now)
}

// living refuses a person who is not this county's on each day from a day on, or who dies earlier. Codes: register.person-absent,
// register.dead.
func (r *Register) living(tx *store.Tx, person string, from period.Day) ([]dated.Statement, error) {
	statements, err := r.person(tx, person)
	if err != nil {
		return nil, err
	}
	if here, ok := at(dated.Named(statements, presenceName), from); !ok || here.Span.To != rule.Forever {
		return nil, absent(from)
	}
	for _, death := range dated.Named(statements, deathFact) {
		var day period.Day
		if err := json.Unmarshal([]byte(death.Value), &day); err != nil {
			return nil, err
		}
		if day < from {
			return nil, dead()
		}
	}
	return statements, nil
}

// Forget removes the tokens by which a person is found. It belongs before the destruction of the person's key, when the law no
// longer allows to keep what is known; afterwards their names could not be read.
func (r *Register) Forget(tx *store.Tx, person string) error {
	if err := r.need(tx, person, PersonKind); err != nil {
		return err
	}
	if err := r.flush(tx); err != nil {
		return err
	}
	history, err := r.book.History(tx, person)
	if err != nil {
		return err
	}
	names, births, err := calledBy(history)
	if err != nil {
		return err
	}
	var found []called
	for _, name := range names {
		found = append(found, called{party: person, Namesake: Namesake{Name: name}})
		for _, birth := range births {
			found = append(found, called{party: person, Namesake: Namesake{name, birth}, born: true})
		}
	}
	for _, s := range history {
		if s.Name != numberFact && s.Name != homeFact {
			continue
		}
		text, err := unquoted(s.Value)
		if err != nil {
			return err
		}
		if s.Name == homeFact {
			found = append(found, called{party: person, home: ident.Division(text)})
			continue
		}
		_, err = tx.Exec(`DELETE FROM person_number WHERE county_code = ?1 AND token = ?2 AND party_id = ?3`, tx.County, r.keys.NumberToken(ident.PersonID(text)), person)
		if err != nil {
			return err
		}
	}
	for _, e := range r.keys.entries(found) {
		if _, err := tx.Exec(`DELETE FROM person_name WHERE county_code = ?1 AND token = ?2 AND party_id = ?3`, tx.County, e.token, e.party); err != nil {
			return err
		}
	}
	return nil
}

func quoted(s string) string {
	text, _ := json.Marshal(s) // a string can always be written
	return string(text)
}

func unquoted(value string) (s string, err error) {
	err = json.Unmarshal([]byte(value), &s)
	return s, err
}
