package register

import (
	"encoding/json"
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// Household is a household as it was on a day.
type Household struct {
	ID       string
	Division ident.Division
	Address  string
	Members  []Member // the head first, then by the day they joined
}

// Member is a member of a household.
type Member struct {
	Person   string
	Relation string
	Span     period.Span // of this relation, not of the membership
}

// Dwelling is where a household lives.
type Dwelling struct {
	Division ident.Division `json:"division"`
	Address  string         `json:"address,omitempty"`
}

// Succession says who is head after the head left, and how others stand to the new head; who is not named keeps the relation.
type Succession struct {
	Head      string
	Relations map[string]string // by person
}

// AddHousehold registers a household with its head, and answers with the id. A household that came from another county as a whole ([Whole]) keeps its own, when one of
// those who came of it is the head: what it was paid and owes stands under that. Codes: register.division-unknown,
// register.member-elsewhere, register.person-absent, register.dead.
func (r *Register) AddHousehold(tx *store.Tx, at Dwelling, head string, from period.Day, said dated.Said) (id string, err error) {
	if err := r.shown(tx, said.Evidence, head); err != nil {
		return "", err
	}
	if id, err = r.awaited(tx, head); err != nil {
		return "", err
	}
	if id != "" {
		err = r.moveTo(tx, id, at, from, said)
	} else {
		id = tx.NewID()
		if err = r.book.AddParty(tx, id, HouseholdKind); err == nil {
			err = r.dwell(tx, id, at, from, said)
		}
	}
	if err != nil {
		return "", err
	}
	if err := r.join(tx, id, head, Head, from, said); err != nil {
		return "", err
	}
	return id, r.consistent(tx, id)
}

// Join makes a person a member of a household from a day on. Codes: register.relation, register.member-elsewhere,
// register.person-absent, register.dead; register.head-needed when the household has nobody on that day; register.two-heads.
func (r *Register) Join(tx *store.Tx, household, person, relation string, from period.Day, said dated.Said) error {
	if err := r.need(tx, household, HouseholdKind); err != nil {
		return err
	}
	if err := r.shown(tx, said.Evidence, household, person); err != nil {
		return err
	}
	if err := r.join(tx, household, person, relation, from, said); err != nil {
		return err
	}
	return r.consistent(tx, household)
}

func (r *Register) join(tx *store.Tx, household, person, relation string, from period.Day, said dated.Said) error {
	if _, known := Relations[relation]; !known {
		return relationUnknown(relation)
	}
	statements, err := r.living(tx, person, from)
	if err != nil {
		return err
	}
	if elsewhere := onward(dated.Named(statements, memberName), from); len(elsewhere) > 0 {
		return memberElsewhere(elsewhere[0])
	}
	_, err = r.book.Add(tx, dated.Statement{Subject: person, Object: household, Name: memberName, Value: quoted(relation), Span: dated.From(from), Said: said})
	return err
}

// Leave ends a person's membership with a last day. Codes: register.not-a-member, register.head-needed.
func (r *Register) Leave(tx *store.Tx, person string, last period.Day, next Succession, said dated.Said) error {
	statements, err := r.person(tx, person)
	if err != nil {
		return err
	}
	if len(onward(dated.Named(statements, memberName), last)) == 0 {
		return notAMember(last)
	}
	if err := r.shown(tx, said.Evidence, person); err != nil {
		return err
	}
	return r.leaveAfter(tx, person, last, next, said)
}

// leaveAfter ends what memberships a person has after a day.
func (r *Register) leaveAfter(tx *store.Tx, person string, last period.Day, next Succession, said dated.Said) error {
	statements, err := r.book.Of(tx, person, now)
	if err != nil {
		return err
	}
	var households []string
	for _, m := range onward(dated.Named(statements, memberName), last+1) {
		if _, err := r.book.EndOn(tx, m, last, said); err != nil {
			return err
		}
		if !slices.Contains(households, m.Object) {
			households = append(households, m.Object)
		}
	}
	for _, household := range households {
		if next.Head != "" {
			if err := r.succeed(tx, household, next, last+1, said); err != nil {
				return err
			}
		}
		if err := r.consistent(tx, household); err != nil {
			return err
		}
	}
	return nil
}

// ChangeHead makes a member the head from a day on. The head before becomes what next.Relations says, or “other”. Codes:
// register.not-a-member, register.relation.
func (r *Register) ChangeHead(tx *store.Tx, household string, next Succession, from period.Day, said dated.Said) error {
	if err := r.need(tx, household, HouseholdKind); err != nil {
		return err
	}
	if err := r.shown(tx, said.Evidence, household); err != nil {
		return err
	}
	if err := r.succeed(tx, household, next, from, said); err != nil {
		return err
	}
	return r.consistent(tx, household)
}

// succeed rewrites the relations that change with a new head.
func (r *Register) succeed(tx *store.Tx, household string, next Succession, from period.Day, said dated.Said) error {
	members, err := r.members(tx, household, now)
	if err != nil {
		return err
	}
	found := false
	for _, m := range onward(members, from) {
		relation, err := unquoted(m.Value)
		if err != nil {
			return err
		}
		found = found || m.Subject == next.Head
		becomes := next.relation(m.Subject, relation)
		if _, known := Relations[becomes]; !known {
			return relationUnknown(becomes)
		}
		if becomes != relation {
			if err := r.relate(tx, m, becomes, from, said); err != nil {
				return err
			}
		}
	}
	if !found {
		return notAMember(from)
	}
	return nil
}

func (s Succession) relation(person, before string) string {
	switch given, stated := s.Relations[person]; {
	case person == s.Head:
		return Head
	case stated:
		return given
	case before == Head:
		return "other"
	default:
		return before
	}
}

// relate gives a membership another relation from a day on.
func (r *Register) relate(tx *store.Tx, m dated.Statement, relation string, from period.Day, said dated.Said) error {
	if m.Span.From >= from {
		_, err := r.book.Correct(tx, m, quoted(relation), m.Span, said)
		return err
	}
	if _, err := r.book.EndOn(tx, m, from-1, said); err != nil {
		return err
	}
	_, err := r.book.Add(tx, dated.Statement{Subject: m.Subject, Object: m.Object, Name: memberName, Value: quoted(relation), Span: period.Span{From: from, To: m.Span.To}, Said: said})
	return err
}

// Split makes a new household of some members of another from a day on, and answers with its id. relations names each of them with
// the relation in the new household, one of them head. next is for the household they leave, when its head goes. Codes:
// register.split-nobody, register.split-all, register.split-other, and those of Leave and AddHousehold.
func (r *Register) Split(tx *store.Tx, household string, relations map[string]string, to Dwelling, from period.Day, next Succession, said dated.Said) (id string, err error) {
	if err := r.maySplit(tx, household, relations, from); err != nil {
		return "", err
	}
	if err := r.shown(tx, said.Evidence, household); err != nil {
		return "", err
	}
	people := sorted(relations)
	if err := r.endAll(tx, household, people, from-1, said); err != nil {
		return "", err
	}
	if next.Head != "" {
		if err := r.succeed(tx, household, next, from, said); err != nil {
			return "", err
		}
	}
	if err := r.consistent(tx, household); err != nil {
		return "", err
	}
	id = tx.NewID()
	if err := r.book.AddParty(tx, id, HouseholdKind); err != nil {
		return "", err
	}
	if err := r.dwell(tx, id, to, from, said); err != nil {
		return "", err
	}
	return id, r.joinAll(tx, id, people, relations, from, said)
}

func (r *Register) maySplit(tx *store.Tx, household string, relations map[string]string, from period.Day) error {
	if err := r.need(tx, household, HouseholdKind); err != nil {
		return err
	}
	members, err := r.members(tx, household, now)
	if err != nil {
		return err
	}
	here := map[string]bool{}
	for _, m := range members {
		if m.Holds(from) || m.Holds(from-1) {
			here[m.Subject] = true
		}
	}
	stay := len(here)
	for _, person := range sorted(relations) {
		if !here[person] {
			return splitOther(person)
		}
		stay--
	}
	switch {
	case len(relations) == 0:
		return splitNobody()
	case stay == 0:
		return splitAll()
	}
	return nil
}

func (r *Register) endAll(tx *store.Tx, household string, people []string, last period.Day, said dated.Said) error {
	members, err := r.members(tx, household, now)
	if err != nil {
		return err
	}
	for _, m := range onward(members, last+1) {
		if !slices.Contains(people, m.Subject) {
			continue
		}
		if _, err := r.book.EndOn(tx, m, last, said); err != nil {
			return err
		}
	}
	return nil
}

func (r *Register) joinAll(tx *store.Tx, household string, people []string, relations map[string]string, from period.Day, said dated.Said) error {
	for _, person := range people {
		if err := r.join(tx, household, person, relations[person], from, said); err != nil {
			return err
		}
	}
	return r.consistent(tx, household)
}

// Merge makes all members of a household members of another from a day on. relations names each of them with the relation to
// that household's head. Codes: register.merge-self, register.relation, register.head-needed, register.two-heads.
func (r *Register) Merge(tx *store.Tx, household, into string, relations map[string]string, from period.Day, said dated.Said) error {
	if household == into {
		return mergeSelf()
	}
	for _, id := range []string{household, into} {
		if err := r.need(tx, id, HouseholdKind); err != nil {
			return err
		}
	}
	members, err := r.members(tx, household, now)
	if err != nil {
		return err
	}
	var people []string
	for _, m := range onward(members, from) {
		if !slices.Contains(people, m.Subject) {
			people = append(people, m.Subject)
		}
	}
	if len(people) == 0 {
		return notAMember(from)
	}
	if err := r.shown(tx, said.Evidence, household, into); err != nil {
		return err
	}
	if err := r.endAll(tx, household, people, from-1, said); err != nil {
		return err
	}
	if _, err := r.book.Add(tx, dated.Statement{Subject: household, Object: into, Name: mergedName, Span: dated.From(from), Said: said}); err != nil {
		return err
	}
	return r.joinAll(tx, into, people, relations, from, said)
}

// Move says that a household lives elsewhere in the county from a day on. Code: register.division-unknown.
func (r *Register) Move(tx *store.Tx, household string, to Dwelling, from period.Day, said dated.Said) error {
	if err := r.need(tx, household, HouseholdKind); err != nil {
		return err
	}
	if err := r.shown(tx, said.Evidence, household); err != nil {
		return err
	}
	return r.moveTo(tx, household, to, from, said)
}

func (r *Register) moveTo(tx *store.Tx, household string, to Dwelling, from period.Day, said dated.Said) error {
	statements, err := r.book.Of(tx, household, now)
	if err != nil {
		return err
	}
	for _, s := range onward(dated.Named(statements, dwellingName), from) {
		if _, err := r.book.EndOn(tx, s, from-1, said); err != nil {
			return err
		}
	}
	return r.dwell(tx, household, to, from, said)
}

func (r *Register) dwell(tx *store.Tx, household string, at Dwelling, from period.Day, said dated.Said) error {
	code, err := ident.ParseDivision(string(at.Division))
	if err != nil {
		return err
	}
	if err := r.inDivision(tx, code, from); err != nil {
		return err
	}
	value, err := json.Marshal(Dwelling{code, strings.TrimSpace(at.Address)})
	if err != nil {
		return err
	}
	_, err = r.book.Add(tx, dated.Statement{Subject: household, Name: dwellingName, Value: string(value), Sealed: true, Span: dated.From(from), Said: said})
	return err
}

// members are the memberships of a household that counted on a day.
func (r *Register) members(tx *store.Tx, household string, knownOn period.Day) ([]dated.Statement, error) {
	towards, err := r.book.Towards(tx, household, knownOn)
	return dated.Named(towards, memberName), err
}

// consistent checks what must hold for a household through all time: on a day with members one of them is head.
func (r *Register) consistent(tx *store.Tx, household string) error {
	members, err := r.members(tx, household, now)
	if err != nil {
		return err
	}
	for _, day := range changes(members) {
		here, heads := 0, 0
		for _, m := range members {
			if m.Holds(day) {
				here++
				if m.Value == quoted(Head) {
					heads++
				}
			}
		}
		switch {
		case here > 0 && heads == 0:
			return headNeeded(day)
		case heads > 1:
			return twoHeads(day)
		}
	}
	return nil
}

// changes are the days on which the set of statements that hold changes, in order; between two of them it stays.
func changes(statements []dated.Statement) []period.Day {
	var days []period.Day
	for _, s := range statements {
		days = append(days, s.Span.From)
		if s.Span.To != rule.Forever {
			days = append(days, s.Span.To+1)
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// Household is a household on a day, as known on another. Code: dated.party-unknown.
func (r *Register) Household(tx *store.Tx, id string, day, knownOn period.Day) (Household, error) {
	h := Household{ID: id}
	if err := r.need(tx, id, HouseholdKind); err != nil {
		return h, err
	}
	statements, err := r.book.Of(tx, id, knownOn)
	if err != nil {
		return h, err
	}
	if s, ok := at(dated.Named(statements, dwellingName), day); ok {
		var d Dwelling
		if err := json.Unmarshal([]byte(s.Value), &d); err != nil {
			return h, err
		}
		h.Division, h.Address = d.Division, d.Address
	}
	members, err := r.members(tx, id, knownOn)
	if err != nil {
		return h, err
	}
	for _, m := range members {
		if !m.Holds(day) {
			continue
		}
		relation, err := unquoted(m.Value)
		if err != nil {
			return h, err
		}
		h.Members = append(h.Members, Member{m.Subject, relation, m.Span})
	}
	slices.SortStableFunc(h.Members, byRank)
	return h, nil
}

func byRank(a, b Member) int {
	switch {
	case (a.Relation == Head) != (b.Relation == Head):
		if a.Relation == Head {
			return -1
		}
		return 1
	case a.Span.From != b.Span.From:
		if a.Span.From < b.Span.From {
			return -1
		}
		return 1
	}
	return strings.Compare(a.Person, b.Person)
}

// HouseholdOf is the household of a person on a day, as known on another; "" for none.
func (r *Register) HouseholdOf(tx *store.Tx, person string, day, knownOn period.Day) (household string, err error) {
	if err := r.need(tx, person, PersonKind); err != nil {
		return "", err
	}
	statements, err := r.book.Of(tx, person, knownOn)
	if err != nil {
		return "", err
	}
	m, _ := at(dated.Named(statements, memberName), day)
	return m.Object, nil
}

func sorted(people map[string]string) []string {
	var ids []string
	for id := range people {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
