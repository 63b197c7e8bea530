package roll

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

// judgement is what is thought of a row, and what it did.
type judgement struct {
	Reasons []Reason `json:"reasons,omitempty"`
	Changes []Change `json:"changes,omitempty"`
	Others  []string `json:"others,omitempty"` // who it may be about

	verdict   Verdict
	person    string
	made      made
	learned   string // the household the source's number stands for, if that is new
	household string // about which the row states something, as [about] has it
	decided   bool
	disagree  []disagreement
}

// made is what an applied row made.
type made struct {
	Statements []string `json:"statements,omitempty"`
	Person     bool     `json:"person,omitempty"`    // registered by the row
	Household  string   `json:"household,omitempty"` // registered by the row
}

// Change is one thing that a row changes.
type Change struct {
	Field  string     `json:"field"`
	Label  fault.Text `json:"label"`
	Old    string     `json:"old,omitempty"` // as it stands, for people; "" when nothing is known
	New    string     `json:"new"`
	Source string     `json:"source,omitempty"` // of the old one
	Known  string     `json:"known,omitempty"`  // since when the old one is known
	Kind   ChangeKind `json:"kind"`
}

// ChangeKind is how something changes.
type ChangeKind string

// The kinds of changes.
const (
	Stated    ChangeKind = "stated"    // nothing was known
	Restated  ChangeKind = "restated"  // the same source said otherwise before
	Ended     ChangeKind = "ended"     // it holds no longer
	Disagrees ChangeKind = "disagrees" // another source says otherwise; both stand
)

// clerk judges rows with the register in memory, and does what they say.
type clerk struct {
	*Rolls
	tx         *store.Tx
	many       *register.Register
	imported   Import
	divisions  []register.Division
	households map[string]string         // by token: what the source's numbers stand for
	open       map[string][]disagreement // by party
	fresh      map[string]string         // households that these rows register: the beginning of their places
	notes      notes
	keep       bool // what the rows do stays
}

// judge judges one row. With a decision that is what counts for who it is about.
func (c *clerk) judge(r *row) (judgement, error) {
	j := judgement{}
	if len(r.Problems) > 0 {
		j.verdict, j.Reasons = Refused, r.Problems
		return j, nil
	}
	number, ofHead := r.number()
	if number == "" {
		return j.refuse(numberMissing()), nil
	}
	id, err := c.many.ByNumber(c.tx, number)
	if err != nil {
		return j, err
	}
	j.person = id
	if r.decision != nil {
		j.person, j.decided = r.decision.person(), true
	}
	within, err := c.reaches(j.person)
	switch {
	case err != nil:
		return j, err
	case r.decision != nil && r.decision.Take == TakeNone:
		j.verdict = Ambiguous
		return j, nil
	case !within:
		return judgement{}.refuse(outside(c.imported.Division)), nil
	case r.decision != nil:
	case c.notes.duplicate[r.No] != 0:
		return j.refuse(duplicateRow(c.notes.duplicate[r.No])), nil
	default:
		if err := c.question(&j, r, id, ofHead); err != nil || j.verdict == Ambiguous {
			return j, err
		}
	}
	if j.person == "" && c.imported.confined() {
		j.verdict, j.Reasons = Absent, []Reason{reasonOf(absent())}
		return j, nil
	}
	return c.attempt(j, r, ofHead)
}

// reaches tells whether the import may touch a person: one who lives in its division or, without a household, is registered there. Who is not on the register lives nowhere.
func (c *clerk) reaches(person string) (bool, error) {
	if c.imported.Division == "" || person == "" {
		return c.imported.Division == "", nil
	}
	today := dated.Today(c.tx)
	household, err := c.many.HouseholdOf(c.tx, person, today, rule.Forever)
	if err != nil {
		return false, err
	}
	if household == "" {
		hukou, found, err := c.standing(person, hukouField, period.Span{From: today, To: today})
		at, _ := hukou.Fact.Value.(rule.Division)
		return found && ident.Contains(c.imported.Division, ident.Division(at)), err
	}
	h, err := c.many.Household(c.tx, household, today, rule.Forever)
	return ident.Contains(c.imported.Division, h.Division), err
}

func (j judgement) refuse(f *fault.Error) judgement {
	return judgement{verdict: Refused, person: j.person, Reasons: append(j.Reasons, reasonOf(f))}
}

// attempt does what a row says; what the register refuses leaves nothing of it.
func (c *clerk) attempt(j judgement, r *row, ofHead bool) (judgement, error) {
	before, blank := len(c.many.Made()), j
	err := c.many.Attempt(func() error { return c.act(&j, r, ofHead) })
	var why *fault.Error
	switch {
	case err == nil:
	case errors.As(err, &why) && why.Code == contradictsApplied(fault.Text{}).Code:
		blank.ask(why, blank.person)
		return blank, nil
	case errors.As(err, &why) && refusable[why.Kind]:
		return blank.refuse(why), nil
	default:
		return j, err
	}
	j.made.Statements = slices.Clone(c.many.Made()[before:])
	switch {
	case j.made.Person:
		j.verdict = New
	case len(j.made.Statements) > 0 || len(j.disagree) > 0:
		j.verdict = Changed
	default:
		j.verdict = Same
	}
	if j.learned != "" {
		c.households[c.householdToken(c.imported, r.household())] = j.learned
	}
	if j.made.Household != "" {
		c.fresh[j.made.Household] = r.place[:shortToken]
	}
	for _, d := range j.disagree {
		c.open[d.party] = append(c.open[d.party], d)
	}
	return j, nil
}

// refusable are the faults that are a row's own. The others end the step.
var refusable = map[fault.Kind]bool{fault.Invalid: true, fault.NotFound: true, fault.OutOfForce: true, fault.Conflict: true, fault.Missing: true}

// question finds out what a person must decide about whom a row is about.
func (c *clerk) question(j *judgement, r *row, id string, ofHead bool) error {
	if q := c.notes.question[r.No]; q != nil {
		j.ask(q, id)
		return nil
	}
	n, known := r.namesake()
	if !known {
		return nil
	}
	if id != "" {
		same, err := c.called(id, n.Name)
		if err == nil && !same {
			j.ask(otherName(), id)
		}
		return err
	}
	alike, err := c.many.Namesakes(c.tx, n)
	if err == nil && len(alike) > 0 {
		j.ask(otherNumber(), alike...)
	}
	return err
}

func (j *judgement) ask(why *fault.Error, others ...string) {
	j.verdict, j.Reasons = Ambiguous, []Reason{reasonOf(why)}
	j.Others = slices.DeleteFunc(others, func(id string) bool { return id == "" })
}

// called tells whether a person has a name, blanks and points aside.
func (c *clerk) called(person, name string) (bool, error) {
	facts, err := c.many.Facts(c.tx, person, rule.Forever)
	if err != nil {
		return false, err
	}
	for _, f := range facts {
		if f.Name == nameField && register.SameName(rule.Display(f.Fact.Value, ""), name) {
			return true, nil
		}
	}
	return false, nil
}

// act does what a row says about j.person, who is registered first if unknown.
func (c *clerk) act(j *judgement, r *row, ofHead bool) error {
	if j.person == "" {
		if err := c.add(j, r, ofHead); err != nil {
			return err
		}
	}
	household, err := c.home(j, r)
	if err != nil {
		return err
	}
	if len(r.ofHousehold()) > 0 {
		j.household = household
	}
	for _, d := range r.Data {
		t := c.factType(d.Field)
		if t == nil || ofHead && d.Field == nameField {
			continue // a field of files
		}
		if !answersFor(c.imported.Offices, t) { // was refused when the file came in
			continue
		}
		var err error
		switch {
		case d.Field == deathField:
			err = c.die(j, t, d)
		case !strings.HasPrefix(d.Field, "household."):
			err = c.state(j, j.person, t, d)
		case household == "":
			err = noHousehold()
		default:
			err = c.state(j, household, t, d)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// said is where what a row says comes from.
func (c *clerk) said() dated.Said { return dated.Said{Source: c.imported.Source} }

func (c *clerk) add(j *judgement, r *row, ofHead bool) (err error) {
	number, _ := r.number()
	name := r.text(nameField)
	switch {
	case ofHead:
		return headUnknown()
	case name == "":
		return nameMissing()
	}
	j.made.Person = true
	j.person, err = c.many.AddPerson(c.tx, register.Person{Name: name, Number: number, From: rule.Beginning, Said: c.said()})
	return err
}

// since is from when a fact holds of which the row does not say.
func (c *clerk) since(field string) period.Span {
	if identity[field] {
		return dated.Always
	}
	return dated.From(c.imported.Since)
}

// identity are the facts that hold always, and that no roll changes by itself.
var identity = map[string]bool{nameField: true, numberField: true, "person.birth": true, "person.sex": true}

// state records a fact, unless it is known or another source says otherwise.
func (c *clerk) state(j *judgement, party string, t *rule.FactType, d datum) error {
	span, err := d.days(c.since(t.Name))
	if err != nil {
		return err
	}
	fact, err := dated.Decode(t, string(d.Value), rule.Fact{Span: span, Source: c.imported.Source})
	if err != nil {
		return err
	}
	standing, found, err := c.standing(party, t.Name, span)
	if err != nil {
		return err
	}
	change := Change{Field: t.Name, Label: t.Label, New: shown(t, fact), Kind: Stated}
	if !found {
		return c.record(j, party, t, fact, change)
	}
	change.Old, change.Source, change.Known = shown(t, standing.Fact), standing.Source, standing.Learned.String()
	same := standing.Value == string(d.Value) || t.Name == nameField && register.SameName(change.Old, change.New)
	ends := d.To != "" && span.To < standing.Span.To
	switch {
	case same && !ends:
		return nil
	case identity[t.Name], standing.Source != c.imported.Source:
		return c.disagrees(j, party, standing, d, span, change)
	case same:
		change.Kind = Ended
		j.Changes = append(j.Changes, change)
		_, err := c.many.End(c.tx, standing.ID, span.To, c.said())
		return err
	}
	if applied, err := c.applied(j, party, standing); err != nil {
		return err
	} else if applied {
		return contradictsApplied(t.Label)
	}
	change.Kind = Restated
	return c.record(j, party, t, fact, change)
}

// applied tells whether a statement, which a row would restate, comes from a row of this import. Review finds such rows; what it could not see are people who came into one
// household since. Who decided about the row knows.
func (c *clerk) applied(j *judgement, party string, standing register.Entry) (bool, error) {
	if !c.keep || j.decided || standing.Recorded.Before(c.imported.Begun) {
		return false, nil
	}
	if slices.Contains(c.many.Made(), standing.ID) {
		return true, nil
	}
	persons := []string{party}
	if party != j.person {
		h, err := c.many.Household(c.tx, party, dated.Today(c.tx), rule.Forever)
		if err != nil {
			return false, err
		}
		for _, m := range h.Members {
			persons = append(persons, m.Person)
		}
	}
	outcomes, err := store.Among(c.tx, store.Text, `SELECT made FROM roll_outcome WHERE county_code = ?1 AND import_id = ?2 AND party_id = ?*`, persons, c.tx.County, c.imported.ID)
	return slices.ContainsFunc(outcomes, func(text string) bool { return strings.Contains(text, standing.ID) }), err
}

func (c *clerk) record(j *judgement, party string, t *rule.FactType, fact rule.Fact, change Change) error {
	j.Changes = append(j.Changes, change)
	_, err := c.many.Record(c.tx, party, t.Name, fact, "")
	return err
}

// standing is what counts of a fact within a span.
func (c *clerk) standing(party, name string, span period.Span) (register.Entry, bool, error) {
	entries, err := c.many.Facts(c.tx, party, rule.Forever)
	if err != nil {
		return register.Entry{}, false, err
	}
	for _, e := range slices.Backward(entries) {
		if e.Name == name && e.Span.Overlaps(span) {
			return e, true, nil
		}
	}
	return register.Entry{}, false, nil
}

// shown is a value with its days, as people read it.
func shown(t *rule.FactType, f rule.Fact) string {
	text := t.Show(f.Value, "zh")
	if f.Span.From != rule.Beginning && f.Span.To != rule.Forever {
		return text + "（" + f.Span.From.String() + " 至 " + f.Span.To.String() + "）"
	}
	if f.Span.To != rule.Forever {
		return text + "（至 " + f.Span.To.String() + "）"
	}
	return text
}

// die records a death.
func (c *clerk) die(j *judgement, t *rule.FactType, d datum) error {
	standing, found, err := c.standing(j.person, deathField, dated.Always)
	if err != nil {
		return err
	}
	fact, err := dated.Decode(t, string(d.Value), rule.Fact{Span: dated.Always})
	if err != nil {
		return err
	}
	change := Change{Field: t.Name, Label: t.Label, New: shown(t, fact), Kind: Stated}
	if found {
		if standing.Value == string(d.Value) {
			return nil
		}
		change.Old, change.Source, change.Known = shown(t, standing.Fact), standing.Source, standing.Learned.String()
		return c.disagrees(j, j.person, standing, d, dated.Always, change)
	}
	var day period.Day
	if err := json.Unmarshal(d.Value, &day); err != nil {
		return err
	}
	j.Changes = append(j.Changes, change)
	return c.many.Die(c.tx, j.person, day, register.Succession{}, c.said())
}

// home is the household of the person of a row, which the row may make or add to.
func (c *clerk) home(j *judgement, r *row) (household string, err error) {
	current, err := c.many.HouseholdOf(c.tx, j.person, dated.Today(c.tx), rule.Forever)
	key := r.household()
	if err != nil || key == "" || c.imported.Division != "" || c.imported.confined() { // what number stands for which household, and who comes into one, is the county's to say
		return current, err
	}
	known := c.households[c.householdToken(c.imported, key)]
	switch {
	case current != "" && known == "":
		j.learned = current
		return current, nil
	case current != "":
		if current != known {
			j.Reasons = append(j.Reasons, reasonOf(otherHousehold()))
		}
		return current, nil
	case known != "":
		j.Changes = append(j.Changes, member(r.text(relationField)))
		return known, c.many.Join(c.tx, known, j.person, cmp.Or(r.text(relationField), "other"), c.imported.Since, c.said())
	case !r.isHead():
		j.Reasons = append(j.Reasons, reasonOf(headMissing()))
		return "", nil
	}
	at, err := c.dwelling(j, r)
	if err != nil {
		return "", err
	}
	j.Changes = append(j.Changes, member(register.Head))
	household, err = c.many.AddHousehold(c.tx, at, j.person, c.imported.Since, c.said())
	j.made.Household, j.learned = household, household
	return household, err
}

// member is the change of somebody who comes into a household.
func member(relation string) Change {
	return Change{Field: householdField, Label: fault.Text{ZH: "家庭成员", EN: "Member of a household"}, New: register.Relations[cmp.Or(relation, "other")].ZH, Kind: Stated}
}

// isHead tells whether a row is that of the head of its household.
func (r *row) isHead() bool {
	return r.text(relationField) == register.Head || r.text(headField) != "" && r.text(headField) == r.text(numberField)
}

// dwelling is where a row says the household lives. A town that the county does not have is refused; a village it does not have becomes part
// of the address.
func (c *clerk) dwelling(j *judgement, r *row) (register.Dwelling, error) {
	at := register.Dwelling{Division: ident.Division(c.tx.County)}
	town, village := r.text(townField), r.text(villageField)
	if town != "" {
		found := c.find(ident.Town, at.Division, town)
		if found == "" {
			return at, townUnknown(town, c.names(ident.Town))
		}
		at.Division = found
	}
	var address []string
	if village != "" {
		if found := c.find(ident.Village, at.Division, village); found != "" {
			at.Division = found
		} else {
			j.Reasons = append(j.Reasons, reasonOf(villageUnknown(village)))
			address = append(address, village)
		}
	}
	for _, field := range []string{"place.hamlet", "place.group", "place.address"} {
		address = append(address, r.text(field))
	}
	at.Address = strings.Join(slices.DeleteFunc(address, func(s string) bool { return s == "" }), " ")
	return at, nil
}

// find is the one division of a level within another that goes by a name; "" for none or several.
func (c *clerk) find(level int, within ident.Division, name string) (found ident.Division) {
	for _, d := range c.divisions {
		if d.Code.Level() != level || !ident.Contains(within, d.Code) || plainName(d.Name) != plainName(name) {
			continue
		}
		if found != "" {
			return ""
		}
		found = d.Code
	}
	return found
}

func (c *clerk) names(level int) (names []string) {
	for _, d := range c.divisions {
		if d.Code.Level() == level {
			names = append(names, d.Name)
		}
	}
	return names
}

// plainName is the name of a division without what says which kind it is, which rolls write or leave out.
func plainName(name string) string {
	name = strings.TrimSpace(name)
	for _, suffix := range []string{"村民委员会", "居民委员会", "社区居委会", "村委会", "居委会", "街道办事处", "人民政府"} {
		if rest, ok := strings.CutSuffix(name, suffix); ok && rest != "" {
			name = rest
			break
		}
	}
	for _, suffix := range []string{"街道", "社区", "镇", "乡", "村"} {
		if rest, ok := strings.CutSuffix(name, suffix); ok && rest != "" {
			return rest
		}
	}
	return name
}
