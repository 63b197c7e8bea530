package register

import (
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// Kinds of parties of the register.
const (
	PersonKind    = "person"
	HouseholdKind = "household"
	DivisionKind  = "division"
)

// Names of the statements that are no facts of the vocabulary.
const (
	presenceName = "presence"  // the person is this county's
	memberName   = "member"    // of the household that is the object; the value is the relation to the head
	dwellingName = "dwelling"  // where the household lives
	mergedName   = "merged"    // the household went into the object
	divisionName = "division"  // the division exists, with its name
	successor    = "successor" // the division went into the object
	keptName     = "kept"      // the county keeps the roster complete
)

// Relations to the head of the household, after GB/T 4761.
var Relations = map[string]fault.Text{
	Head:          {ZH: "户主", EN: "head"},
	"spouse":      {ZH: "配偶", EN: "spouse"},
	"son":         {ZH: "子", EN: "son"},
	"daughter":    {ZH: "女", EN: "daughter"},
	"grandchild":  {ZH: "孙子女、外孙子女", EN: "grandchild"},
	"parent":      {ZH: "父母", EN: "parent"},
	"grandparent": {ZH: "祖父母、外祖父母", EN: "grandparent"},
	"sibling":     {ZH: "兄弟姐妹", EN: "sibling"},
	"other":       {ZH: "其他", EN: "other"},
}

// Head is the relation of the head of a household.
const Head = "head"

// Register is the register of a county. It holds no state of its own and may be used by many goroutines.
type Register struct {
	vocabulary *rule.Vocabulary
	book       dated.Book
	keys       *Keys
	index      *index // nil unless much is registered at once
}

// New is a register whose facts are those of the vocabulary.
func New(v *rule.Vocabulary, cipher dated.Cipher, keys *Keys) *Register {
	return &Register{vocabulary: v, book: dated.Book{Cipher: cipher, Token: keys.nameToken}, keys: keys}
}

// now reads what is known today, at the time of a command.
const now = rule.Forever

// need refuses a party that is not registered as the kind. Code: dated.party-unknown.
func (r *Register) need(tx *store.Tx, id, kind string) error {
	found, err := r.book.KindOf(tx, id)
	if err == nil && found != kind {
		return dated.PartyUnknown(id)
	}
	return err
}

// MarkDemo marks the county as a demonstration, whose people are invented. It is refused (register.demo-late) once the
// county has a person.
func (r *Register) MarkDemo(tx *store.Tx) error {
	if err := r.flush(tx); err != nil {
		return err
	}
	people, err := dated.Parties(tx, PersonKind, "", 1)
	if err != nil {
		return err
	}
	if len(people) > 0 {
		return demoLate()
	}
	return r.book.MarkDemo(tx)
}

// IsDemo tells whether the county is a demonstration.
func (r *Register) IsDemo(tx *store.Tx) (bool, error) { return r.book.IsDemo(tx) }

// KeepRoster says that the county keeps a roster complete over a span, so that who is not listed is not on it. Code:
// register.roster-unknown.
func (r *Register) KeepRoster(tx *store.Tx, roster string, span period.Span, said dated.Said) (id string, err error) {
	if r.vocabulary.Rosters[roster] == nil {
		return "", r.rosterUnknown(roster)
	}
	county, err := r.book.County(tx)
	if err != nil {
		return "", err
	}
	return r.book.Add(tx, dated.Statement{Subject: county, Name: keptName, Value: quoted(roster), Span: span, Said: said})
}

// at is the statement of those given that holds on a day; of several the one learnt last.
func at(statements []dated.Statement, day period.Day) (dated.Statement, bool) {
	for i := len(statements) - 1; i >= 0; i-- {
		if statements[i].Holds(day) {
			return statements[i], true
		}
	}
	return dated.Statement{}, false
}

// onward are the statements that hold on a day or later.
func onward(statements []dated.Statement, day period.Day) []dated.Statement {
	var found []dated.Statement
	for _, s := range statements {
		if s.Span.To >= day {
			found = append(found, s)
		}
	}
	return found
}
