package county

import (
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/ident"
	"doudi/kernel/period"
)

// Household is a household as it is registered on [Opening].
type Household struct {
	Number    int // from 1
	Town      *Town
	Village   Village
	Address   string
	Group     string // of assisted households: unexited, monitored, marginal, out-of-poverty, dibao, tekun, children; "" for others
	Situation string // which situation of the town's plan it is; "" for none
	Facts     rule.Facts
	Members   []*Person // the head first
	Changes   []Change  // in the order in which the office learns of them
}

// Person is a member of a household.
type Person struct {
	Name     string
	Number   ident.PersonID
	Relation string           // to the head, as package register calls it
	Facts    rule.Facts       // person.* and roster.*, without what name and number say; of rosters only those the person is on
	Asked    *subject.Subject // what an application of the person says and what was decided on it; nil for none
	Approved []string         // the benefits of the town's pack for which the application was approved
	Account  *Account         // nil when none is on file
	Bills    []Bill           // of the year, in order
}

// Account is a bank account on file. That its holder is not the person's name is a slip that a payment must find.
type Account struct {
	Number string // 19 digits with a valid check digit, beginning 9999
	Bank   string
	Holder string
}

// Bill is what a hospital or pharmacy sends.
type Bill struct {
	Day      period.Day // on which it comes in
	Provider string     // key in [Town.Provider]
	Number   string     // of the bill, unique in the county
	Content  []byte     // as package claim reads it
}

// ChangeKind is what sort of change something is.
type ChangeKind string

// The kinds of changes.
const (
	Birth ChangeKind = "birth" // Person joins the household; Relation is to the head
	Death ChangeKind = "death" // of Person; Heir is the new head when the head died and others stay
	Move  ChangeKind = "move"  // of the household to another village of the county
	News  ChangeKind = "news"  // Facts are true from Day: of Person, or of the household when Person is nil
	Exit  ChangeKind = "exit"  // Person leaves Roster; Day is the last day on it
)

// Change is something that happens to a household in the year.
type Change struct {
	Kind    ChangeKind
	Day     period.Day
	Learned period.Day // when the office hears of it, on Day or later
	Person  *Person
	Heir    *Person
	To      Village
	Facts   rule.Facts
	Roster  string
}

// Head is the head of the household.
func (h *Household) Head() *Person { return h.Members[0] }

// Age is how old the person is on a day; the number says it.
func (p *Person) Age(on period.Day) int {
	age, err := period.AgeOn(p.Number.Birth(), on)
	if err != nil {
		return 0 // born later
	}
	return age
}

// Subject is what a decision about a person may use: what is registered of the person and of the household, and what an application says. Who
// is on a roster is known completely, as in a county that keeps its rosters.
func (c *County) Subject(h *Household, p *Person) *subject.Subject {
	s := &subject.Subject{Name: p.Name, Facts: rule.Facts{}}
	if p.Asked != nil {
		*s = *p.Asked
		s.Name, s.Facts = p.Name, rule.Facts{}
	}
	for roster := range c.vocabulary.Rosters {
		s.Facts.Set("roster."+roster, rule.Bool(false))
	}
	for _, facts := range []rule.Facts{p.Facts, h.Facts} {
		for name, known := range facts {
			s.Facts[name] = append(s.Facts[name], known...)
		}
	}
	if p.Asked != nil {
		for name, known := range p.Asked.Facts {
			s.Facts[name] = known
		}
	}
	s.Facts.Set("person.name", rule.Text(p.Name))
	s.Facts.Set("person.id", rule.Text(string(p.Number)))
	s.Facts.Set("person.birth", rule.Day(p.Number.Birth()))
	s.Facts.Set("person.sex", rule.Text(string(p.Number.Sex())))
	s.Facts.Set("household.size", rule.Int(int64(len(h.Members))))
	return s
}
