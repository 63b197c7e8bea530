package county

import (
	"fmt"
	"slices"
	"strings"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
)

// plan is what a file of the folder plans says of the households of a town.
type plan struct {
	name       string
	persons    []choice
	households []choice
	listed     []choice // of who is on rosters
	situations []*situation
	first      []*situation     // those that come up one after the other in the first town of the plan; none in other towns
	weights    map[*group][]int // of the situations in a thousand households of a group, and of none
}

// choice is a list of alternatives; of those that fit somebody one comes true, as often in a thousand as it says.
type choice []*part

// part is what is known of somebody, or will happen.
type part struct {
	on      string // the roster that who it is about is on; "" for whoever
	role    string // relation to the head, "child" for any child; "" for whoever
	ages    [2]int // on the opening day, both included
	aged    bool   // ages is stated
	sex     ident.Sex
	share   int // in a thousand
	facts   rule.Facts
	asked   *subject.Subject
	schemes []string // that asked is about
	changes []planned
	bills   []*billPlan
}

// planned is a change before it is somebody's.
type planned struct {
	Change
	household bool // it is the household's
}

// billPlan is a sort of bills.
type billPlan struct {
	provider string
	from     period.Day
	every    int // days to the next one; 0 for one bill
	stay     int // days before, for ${admitted}
	content  string
}

// group is a sort of assisted households.
type group struct {
	name     string
	weight   int // in ten thousand
	shape    *shape
	facts    rule.Facts // of the household
	everyone rule.Facts // of each member
	members  []*part    // of each member who plays it
}

// situation is a household with what is special about it.
type situation struct {
	name    string
	weight  int // in a thousand assisted households of a town
	times   int // that it comes up at first
	group   *group
	shape   *shape
	facts   rule.Facts
	members []*part
}

// planReader reads the files of the plans.
type planReader struct {
	*text.Report
	*County
}

// common reads what all towns share: the groups, and what is known of everybody.
func (c *County) common() error {
	node, err := c.read("common", &Town{})
	if err != nil {
		return err
	}
	r := planReader{&text.Report{}, c}
	m := r.Map(node)
	for _, item := range r.Items(m.Get("groups")) {
		g := r.group(item)
		c.groups, c.groupWeights = append(c.groups, g), append(c.groupWeights, g.weight)
	}
	m.Done()
	return r.Err()
}

func (r planReader) group(n *text.Node) *group {
	m := r.Map(n)
	g := &group{name: m.Text("name"), weight: int(r.Int(m.Need("weight"))), shape: r.shape(m.Get("shape"))}
	g.facts = r.facts(m, "household")
	g.everyone = r.facts(m, "person", "rosters")
	for _, item := range r.Items(m.Get("members")) {
		g.members = append(g.members, r.part(item, "person", "rosters"))
	}
	m.Done()
	return g
}

// facts reads those of some groups of facts only.
func (r planReader) facts(m *text.Map, groups ...string) rule.Facts {
	read := rule.Facts{}
	for _, group := range groups {
		if n := m.Get(group); n != nil && group == "rosters" {
			r.rosters(read, n)
		} else {
			r.vocabulary.ReadGroup(r.Report, read, group, n)
		}
	}
	return read
}

// rosters reads memberships with the day from which they hold.
func (r planReader) rosters(read rule.Facts, n *text.Node) {
	for _, field := range r.Fields(n) {
		if r.vocabulary.Rosters[field.Key.Value] == nil {
			r.At(field.Key, "county.roster", text.Say("没有名册 %s", "there is no roster %s", field.Key.Value), fault.Text{})
		}
		read["roster."+field.Key.Value] = []rule.Fact{{Value: rule.Bool(true), Span: period.Span{From: r.Day(field.Value), To: rule.Forever}, Learned: rule.Beginning}}
	}
}

func (r planReader) shape(n *text.Node) *shape {
	if n == nil {
		return nil
	}
	for i := range shapes {
		if shapes[i].name == n.Value {
			return &shapes[i]
		}
	}
	r.At(n, "county.shape", text.Say("没有 %s 这种家庭", "there is no household of the shape %s", n.Value), fault.Text{})
	return nil
}

// readPlan reads the plan of a town, with its adoption and providers. A plan may be like another one in all but the adoption.
func (c *County) readPlan(library *policy.Library, t *Town, name string) error {
	node, err := c.read(name, t)
	if err != nil {
		return err
	}
	adoption := node.Get("adoption")
	if like := node.Get("like"); !like.IsNull() {
		if node, err = c.read(like.Value, t); err != nil {
			return err
		}
	}
	r := planReader{&text.Report{}, c}
	m := r.Map(node)
	t.Pack, err = library.Pack(r.Text(m.Need("pack")))
	r.Add(err)
	m.Need("adoption") // the file's own, if it is like another
	t.Adoption = r.Text(adoption)
	t.Provider = map[string]Provider{}
	for _, field := range r.Fields(m.Get("providers")) {
		t.Provider[field.Key.Value] = r.provider(t, field.Value)
	}
	for _, item := range r.Items(m.Get("doctors")) {
		inner := r.Map(item)
		t.Doctors = append(t.Doctors, subject.ReadMap(r.Report, inner, r.vocabulary))
		inner.Done()
	}
	t.plan = r.plan(m)
	m.Done()
	t.plan.name = name
	if slices.ContainsFunc(c.Towns, func(earlier *Town) bool { return earlier.plan.name == name }) {
		t.plan.first = nil
	}
	return r.Err()
}

func (r planReader) provider(t *Town, n *text.Node) Provider {
	m := r.Map(n)
	p := Provider{Kind: m.Text("kind"), Name: t.Name + m.Text("name"), Division: t.Code, Facts: rule.Facts{}}
	r.vocabulary.ReadGroup(r.Report, p.Facts, "visit.hospital", m.Get("hospital"))
	r.vocabulary.ReadGroup(r.Report, p.Facts, "provider", m.Get("provider"))
	m.Done()
	return p
}

func (r planReader) plan(m *text.Map) *plan {
	p := &plan{}
	for _, item := range r.Items(m.Get("persons")) {
		p.persons = append(p.persons, r.choice(item, "person", "rosters"))
	}
	for _, item := range r.Items(m.Get("households")) {
		p.households = append(p.households, r.choice(item, "household"))
	}
	for _, item := range r.Items(m.Get("listed")) {
		p.listed = append(p.listed, r.choice(item, "person"))
	}
	for _, item := range r.Items(m.Get("situations")) {
		s := r.situation(item)
		p.situations = append(p.situations, s)
		for range s.times {
			p.first = append(p.first, s)
		}
	}
	p.weights = map[*group][]int{}
	for _, g := range r.groups {
		p.weights[g] = p.weightsIn(g)
	}
	return p
}

// weightsIn are the situations that fit a group: those of the group itself are all in it.
func (p *plan) weightsIn(g *group) []int {
	rest := 1000
	weights := make([]int, len(p.situations), len(p.situations)+1)
	for i, s := range p.situations {
		switch s.group {
		case nil:
			weights[i] = s.weight
		case g:
			weights[i] = s.weight * 10_000 / g.weight
		}
		rest -= weights[i]
	}
	return append(weights, max(0, rest))
}

func (r planReader) choice(n *text.Node, groups ...string) (c choice) {
	for _, item := range r.Items(n) {
		c = append(c, r.part(item, groups...))
	}
	return c
}

func (r planReader) part(n *text.Node, groups ...string) *part {
	m := r.Map(n)
	p := &part{on: m.Text("on"), role: m.Text("role"), sex: ident.Sex(m.Text("sex")), share: 1000}
	if share := m.Get("share"); share != nil {
		p.share = int(r.Int(share))
	}
	if ages := r.Items(m.Get("age")); len(ages) == 2 {
		p.ages, p.aged = [2]int{int(r.Int(ages[0])), int(r.Int(ages[1]))}, true
	}
	p.facts = r.facts(m, groups...)
	if asked := m.Get("asked"); asked != nil {
		inner := r.Map(asked)
		p.asked = subject.ReadMap(r.Report, inner, r.vocabulary)
		inner.Done()
	}
	p.schemes = m.Texts("approved")
	for _, item := range r.Items(m.Get("changes")) {
		p.changes = append(p.changes, r.change(item))
	}
	for _, item := range r.Items(m.Get("bills")) {
		p.bills = append(p.bills, r.bill(item))
	}
	m.Done()
	return p
}

func (r planReader) change(n *text.Node) planned {
	m := r.Map(n)
	c := planned{Change: Change{Kind: News, Day: r.Day(m.Need("day"))}}
	c.Learned = c.Day
	if learned := m.Get("learned"); learned != nil {
		c.Learned = r.Day(learned)
	}
	c.Facts = r.facts(m, "person")
	if household := m.Get("household"); household != nil {
		c.household, c.Facts = true, r.facts(m, "household")
	}
	if r.Bool(m.Get("death")) {
		c.Kind = Death
	}
	if c.Roster = m.Text("leaves"); c.Roster != "" {
		c.Kind = Exit
	}
	m.Done()
	return c
}

func (r planReader) bill(n *text.Node) *billPlan {
	m := r.Map(n)
	b := &billPlan{provider: m.Text("at"), from: r.Day(m.Need("day")), content: m.Text("content")}
	if every := m.Get("every"); every != nil {
		b.every = int(r.Int(every))
	}
	if stay := m.Get("stay"); stay != nil {
		b.stay = int(r.Int(stay))
	}
	m.Done()
	return b
}

func (r planReader) situation(n *text.Node) *situation {
	m := r.Map(n)
	s := &situation{name: m.Text("name"), weight: int(r.Int(m.Need("weight"))), shape: r.shape(m.Get("shape")), times: 1}
	if times := m.Get("times"); times != nil {
		s.times = int(r.Int(times))
	}
	if wanted := m.Get("group"); wanted != nil {
		for _, g := range r.groups {
			if g.name == wanted.Value {
				s.group = g
			}
		}
		if s.group == nil {
			r.At(wanted, "county.group", text.Say("没有 %s 这一类家庭", "there is no group %s", wanted.Value), fault.Text{})
		}
	}
	s.facts = r.facts(m, "household")
	for _, item := range r.Items(m.Get("members")) {
		s.members = append(s.members, r.part(item, "person", "rosters"))
	}
	m.Done()
	return s
}

// ordinary is what is known of every household of a town and its members.
func (p *plan) ordinary(d dice, h *Household) {
	for _, c := range p.households {
		for _, alternative := range c {
			if d.of(alternative.share) {
				set(h.Facts, alternative.facts)
				break
			}
		}
	}
	for _, person := range h.Members {
		for _, c := range p.persons {
			c.apply(d, h, person)
		}
	}
}

// apply lets one of the alternatives that fit a person come true.
func (c choice) apply(d dice, h *Household, person *Person) {
	age := person.Age(Opening)
	at := d.IntN(1000)
	for _, alternative := range c {
		if !alternative.fits(person, age) {
			continue
		}
		if at -= alternative.share; at < 0 {
			alternative.give(h, person)
			return
		}
	}
}

func (p *part) fits(person *Person, age int) bool {
	return (p.on == "" || person.Facts["roster."+p.on] != nil) && (!p.aged || p.ages[0] <= age && age <= p.ages[1]) && (p.sex == "" || p.sex == person.Number.Sex()) && p.plays(person)
}

// plays tells whether a person has the part's role.
func (p *part) plays(person *Person) bool {
	switch p.role {
	case "", person.Relation:
		return true
	case "child":
		return person.Relation == "son" || person.Relation == "daughter" || person.Relation == "grandchild"
	}
	return false
}

// give says what is known of a person and what will happen; not the bills, which are numbered.
func (p *part) give(h *Household, person *Person) {
	set(person.Facts, p.facts)
	if p.asked != nil {
		person.Asked, person.Approved = p.asked, p.schemes
	}
	for _, c := range p.changes {
		change := c.Change
		if !c.household {
			change.Person = person
		}
		h.Changes = append(h.Changes, change)
	}
}

// apply says of all members that they are of the group, and what is known of people on its rosters.
func (g *group) apply(d dice, h *Household) {
	set(h.Facts, g.facts)
	for _, person := range h.Members {
		set(person.Facts, g.everyone)
		for _, p := range g.members {
			if p.fits(person, person.Age(Opening)) {
				p.give(h, person)
			}
		}
	}
	for _, person := range h.Members {
		for _, c := range h.Town.plan.listed {
			c.apply(d, h, person)
		}
	}
}

// apply finds for each of the situation's parts the first member who plays it and has none yet.
func (x *situation) apply(d dice, h *Household, s *stream) {
	set(h.Facts, x.facts)
	taken := map[*Person]bool{}
	for _, p := range x.members {
		for _, person := range h.Members {
			if taken[person] || !p.plays(person) || p.sex != "" && p.sex != person.Number.Sex() {
				continue
			}
			taken[person] = true
			if p.aged {
				s.renumber(d, person, d.between(p.ages[0], p.ages[1]))
			}
			p.give(h, person)
			s.bills(d, h, person, p.bills)
			break
		}
	}
}

// bills are those of the year: the amounts of a plan are whole yuan and stand for a hundred, so that a bill may be from 60 to 140 percent of it and still add up.
func (s *stream) bills(d dice, h *Household, person *Person, plans []*billPlan) {
	for i, b := range plans {
		for n, day := 0, b.from; day.Year() == Year && (n == 0 || b.every > 0); n, day = n+1, day.AddDays(b.every) {
			number := fmt.Sprintf("%s-%07d-%d%02d", day, h.Number, i, n+len(person.Bills))
			filled := strings.NewReplacer("${day}", day.String(), "${admitted}", day.AddDays(-b.stay).String(), "${no}", number).Replace(b.content)
			person.Bills = append(person.Bills, Bill{Day: day, Provider: b.provider, Number: number, Content: []byte(scaled(filled, d.between(60, 140)))})
		}
	}
}
