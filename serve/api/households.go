package api

import (
	"net/http"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/serve/present"
)

type householdView struct {
	ID       string            `json:"id"`
	Day      period.Day        `json:"day"`
	Division string            `json:"division,omitempty"`
	Address  *string           `json:"address" doc:"没有登记或不给看为 null null when not known or withheld"`
	Withheld bool              `json:"withheld" doc:"true：这把密钥看不到住址 true when the key may not see addresses"`
	Members  []householdMember `json:"members" nullable:"false" doc:"户主在前 the head first"`
}

type householdMember struct {
	Person   string        `json:"person"`
	Relation string        `json:"relation" doc:"与户主关系 relation to the head"`
	Label    present.Label `json:"label"`
	From     *period.Day   `json:"from"`
	To       *period.Day   `json:"to"`
}

// Saying is who says so. Like those that follow it is exported because the library describes embedded fields only of exported types.
type Saying struct {
	Source   string `json:"source" minLength:"1" maxLength:"200" doc:"谁说的：县公安局、户口簿 who says so"`
	Evidence string `json:"evidence,omitempty" maxLength:"40" doc:"凭证编号 id of the document that shows it"`
	Learned  string `json:"learned,omitempty" maxLength:"10" doc:"得知的日期，不写为今天 when it was learnt, by default today"`
}

// Dwelling is where a household lives.
type Dwelling struct {
	Division string `json:"division" minLength:"1" maxLength:"20" doc:"住在哪个村（居），区划代码 code of the village or neighbourhood"`
	Address  string `json:"address,omitempty" maxLength:"200"`
}

// Role is a member and the relation to the head.
type Role struct {
	Person   string `json:"person" minLength:"1" maxLength:"40" doc:"人员编号 id of the person"`
	Relation string `json:"relation" enum:"head,spouse,son,daughter,grandchild,parent,grandparent,sibling,other" doc:"与户主关系 relation to the head"`
}

// Succession is who becomes head.
type Succession struct {
	Head      string `json:"head" minLength:"1" maxLength:"40" doc:"新户主的人员编号 id of the new head"`
	Relations []Role `json:"relations,omitempty" nullable:"false" doc:"与新户主的关系有变的人 who stands otherwise to the new head"`
}

type openHouseholdBody struct {
	Dwelling
	Head string `json:"head" minLength:"1" maxLength:"40" doc:"户主的人员编号 id of the head"`
	From string `json:"from" minLength:"1" maxLength:"10" doc:"从哪天起 since when"`
	Saying
}

type joinBody struct {
	Role
	From string `json:"from" minLength:"1" maxLength:"10" doc:"从哪天起 since when"`
	Saying
}

type leaveBody struct {
	Last string      `json:"last" minLength:"1" maxLength:"10" doc:"在家庭里的最后一天 the last day as a member"`
	Next *Succession `json:"next,omitempty" doc:"离开的是户主时，由谁接 who is head when the head leaves"`
	Saying
}

type headBody struct {
	Succession
	From string `json:"from" minLength:"1" maxLength:"10" doc:"从哪天起 since when"`
	Saying
}

type splitBody struct {
	Members []Role `json:"members" nullable:"false" doc:"分出去的人和在新户里的关系，其中一人是户主 who goes, with the relation in the new household; one of them is its head"`
	Dwelling
	From string      `json:"from" minLength:"1" maxLength:"10" doc:"从哪天起 since when"`
	Next *Succession `json:"next,omitempty" doc:"分出去的有原户主时，由谁接 who is head of the others when the head goes"`
	Saying
}

type mergeBody struct {
	Into    string `json:"into" minLength:"1" maxLength:"40" doc:"并入的家庭编号 id of the household they go into"`
	Members []Role `json:"members" nullable:"false" doc:"全家每个人与那边户主的关系 each of them, with the relation to the head there"`
	From    string `json:"from" minLength:"1" maxLength:"10" doc:"从哪天起 since when"`
	Saying
}

type moveBody struct {
	Dwelling
	From string `json:"from" minLength:"1" maxLength:"10" doc:"从哪天起 since when"`
	Saying
}

type oneHousehold struct {
	ID string `path:"id" doc:"家庭编号 id of the household"`
}

type onePerson struct {
	ID string `path:"id" doc:"人员编号 id of the person"`
}

// householdOperations registers what is asked of households, and how they change.
func (s *server) householdOperations() {
	const anyone = "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17"
	said := func(body map[string]any) map[string]any { body["source"] = "户口簿"; return body }
	son := []map[string]any{{"person": anyone, "relation": "head"}}
	reads(s, operation{method: http.MethodGet, path: "/households/{id}", id: "read-household", scope: auth.RegisterRead, summary: "某一天的家庭 · a household on a day",
		description: "这一天的成员和住处，可以按另一天所知。每次都记入日志，记到每个成员。\n\nIts members and where it lives on a day, as known on another if asked. Each look is kept in the log, under each member."}, readHousehold)
	writes(s, operation{method: http.MethodPost, path: "/households", id: "open-household", scope: auth.RegisterWrite, summary: "立户 · open a household",
		example:     said(map[string]any{"division": "999901100001", "address": "12号", "head": anyone, "from": "2021-01-01"}),
		description: "答复是家庭编号。户主在别家时不办。\n\nAnswers with its id. Refused while the head belongs to another household."}, openHousehold)
	writes(s, operation{method: http.MethodPost, path: "/households/{id}/members", id: "join-household", scope: auth.RegisterWrite, summary: "增加成员 · a member joins",
		example:     said(map[string]any{"person": anyone, "relation": "daughter", "from": "2021-06-01"}),
		description: "出生、结婚、投亲。一个人同一天只属于一家。\n\nBirth, marriage, moving in. On any day a person belongs to one household."}, joinHousehold)
	writes(s, operation{method: http.MethodPost, path: "/people/{id}/departure", id: "leave-household", scope: auth.RegisterWrite, summary: "离开家庭 · a member leaves",
		example:     said(map[string]any{"last": "2021-06-30"}),
		description: "到某一天为止。户主离开时写明由谁接。答复是所离开的家庭。\n\nUp to a day. When the head leaves, say who follows. Answers with the household that was left."}, leaveHousehold)
	writes(s, operation{method: http.MethodPost, path: "/households/{id}/head", id: "change-head", scope: auth.RegisterWrite, summary: "变更户主 · another head",
		example:     said(map[string]any{"head": anyone, "from": "2021-06-01"}),
		description: "新户主须是成员。没有写明的人关系不变，原户主成为“其他”。\n\nThe new head is a member. Who is not named keeps the relation; the head before becomes “other”."}, changeHead)
	writes(s, operation{method: http.MethodPost, path: "/households/{id}/split", id: "split-household", scope: auth.RegisterWrite, summary: "分户 · split a household",
		example:     said(map[string]any{"members": son, "division": "999901100001", "from": "2021-06-01"}),
		description: "一部分人另立一户，答复是新户的编号。\n\nSome of its members form a new household. Answers with the id of the new one."}, splitHousehold)
	writes(s, operation{method: http.MethodPost, path: "/households/{id}/merger", id: "merge-household", scope: auth.RegisterWrite, summary: "并户 · merge a household into another",
		example:     said(map[string]any{"into": anyone, "members": []map[string]any{{"person": anyone, "relation": "parent"}}, "from": "2021-06-01"}),
		description: "全家并入另一家，答复是并入的家庭。\n\nAll its members become members of another. Answers with the household they went into."}, mergeHousehold)
	writes(s, operation{method: http.MethodPost, path: "/households/{id}/move", id: "move-household", scope: auth.RegisterWrite, summary: "县内迁居 · a household moves within the county",
		example:     said(map[string]any{"division": "999901100001", "address": "34号", "from": "2021-06-01"}),
		description: "成员不变，只换住处。迁往外县另走转移。\n\nThe members stay, the place changes. A move to another county is a transfer."}, moveHousehold)
}

func readHousehold(c *call, p *partyParams, _ *none) (householdView, error) {
	day, known, err := c.days(p)
	if err != nil {
		return householdView{}, err
	}
	var view householdView
	err = c.look("api.read-household", func(tx *store.Tx) error {
		h, err := c.Record.Register.Household(tx, p.ID, day, known)
		if err != nil {
			return err
		}
		view = householdView{ID: h.ID, Day: day, Division: string(h.Division), Withheld: !c.key.Sees(rule.Identity), Members: []householdMember{}}
		if h.Address != "" && !view.Withheld {
			view.Address = &h.Address
		}
		var people []string
		for _, m := range h.Members {
			people = append(people, m.Person)
			view.Members = append(view.Members, viewHouseholdMember(m))
		}
		return c.seen(tx, "register.household", h.ID, p.Purpose, people...)
	})
	return view, err
}

func viewHouseholdMember(m register.Member) householdMember {
	view := householdMember{Person: m.Person, Relation: m.Relation, Label: labelOf(register.Relations[m.Relation])}
	view.From, view.To = ends(m.Span)
	return view
}

// ends are the first and the last day of a span; nil where it has none.
func ends(s period.Span) (from, to *period.Day) {
	if s.From != rule.Beginning {
		from = &s.From
	}
	if s.To != rule.Forever {
		to = &s.To
	}
	return from, to
}

// said reads who says so.
func (c *call) said(b *Saying) (dated.Said, error) {
	learned, err := c.written("learned", b.Learned, 0)
	return dated.Said{Source: b.Source, Evidence: b.Evidence, Learned: learned}, err
}

// since reads from when something is so, and who says so.
func (c *call) since(from string, b *Saying) (day period.Day, said dated.Said, err error) {
	if day, err = c.written("from", from, 0); err != nil {
		return 0, said, err
	}
	said, err = c.said(b)
	return day, said, err
}

// place is where a household lives.
func (c *call) place(b *Dwelling) (at register.Dwelling, err error) {
	at.Address = b.Address
	at.Division, err = ident.ParseDivision(b.Division)
	return at, text.Placed(err, c.node.Get("division"))
}

// relations are those of a list, by person. Code: api.person-twice.
func relations(members []Role) (map[string]string, error) {
	of := map[string]string{}
	for _, m := range members {
		if _, twice := of[m.Person]; twice {
			return nil, personTwice(m.Person)
		}
		of[m.Person] = m.Relation
	}
	return of, nil
}

// succession is who follows; nobody when nothing is said.
func (b *Succession) succession() (next register.Succession, err error) {
	if b == nil {
		return next, nil
	}
	next.Head = b.Head
	next.Relations, err = relations(b.Relations)
	return next, err
}

// people are those who are named.
func people(members []Role) (named []string) {
	for _, m := range members {
		named = append(named, m.Person)
	}
	return named
}

// rearranged is what happened to one household.
type rearranged struct {
	act, household string
	named          []string // who is concerned beside its members
}

// rearrange keeps a change of households in the log, under who belongs to each of them from that day on and who else was named. The answer is the last of them.
func (c *call) rearrange(tx *store.Tx, day period.Day, changes ...rearranged) (answer idView, err error) {
	for _, change := range changes {
		h, err := c.Record.Register.Household(tx, change.household, day, rule.Forever)
		if err != nil {
			return answer, err
		}
		persons := map[string]any{}
		for _, m := range h.Members {
			persons[m.Person] = nil
		}
		for _, person := range change.named {
			persons[person] = nil
		}
		if _, err = c.Record.Log.Record(tx, audit.Note{Name: change.act, Subject: change.household, Persons: persons}); err != nil {
			return answer, err
		}
		answer.ID = change.household
	}
	return answer, nil
}

func openHousehold(c *call, tx *store.Tx, _ *none, b *openHouseholdBody) (idView, error) {
	from, said, err := c.since(b.From, &b.Saying)
	if err != nil {
		return idView{}, err
	}
	at, err := c.place(&b.Dwelling)
	if err != nil {
		return idView{}, err
	}
	id, err := c.Record.Register.AddHousehold(tx, at, b.Head, from, said)
	if err != nil {
		return idView{}, err
	}
	return c.rearrange(tx, from, rearranged{"register.add-household", id, nil})
}

func joinHousehold(c *call, tx *store.Tx, p *oneHousehold, b *joinBody) (idView, error) {
	from, said, err := c.since(b.From, &b.Saying)
	if err != nil {
		return idView{}, err
	}
	if err := c.Record.Register.Join(tx, p.ID, b.Person, b.Relation, from, said); err != nil {
		return idView{}, err
	}
	return c.rearrange(tx, from, rearranged{"register.join", p.ID, nil})
}

func leaveHousehold(c *call, tx *store.Tx, p *onePerson, b *leaveBody) (idView, error) {
	last, err := c.written("last", b.Last, 0)
	if err != nil {
		return idView{}, err
	}
	said, err := c.said(&b.Saying)
	if err != nil {
		return idView{}, err
	}
	next, err := b.Next.succession()
	if err != nil {
		return idView{}, err
	}
	household, err := c.Record.Register.HouseholdOf(tx, p.ID, last, rule.Forever)
	if err != nil {
		return idView{}, err
	}
	if err := c.Record.Register.Leave(tx, p.ID, last, next, said); err != nil {
		return idView{}, err
	}
	return c.rearrange(tx, last+1, rearranged{"register.leave", household, []string{p.ID}})
}

func changeHead(c *call, tx *store.Tx, p *oneHousehold, b *headBody) (idView, error) {
	from, said, err := c.since(b.From, &b.Saying)
	if err != nil {
		return idView{}, err
	}
	next, err := b.succession()
	if err != nil {
		return idView{}, err
	}
	if err := c.Record.Register.ChangeHead(tx, p.ID, next, from, said); err != nil {
		return idView{}, err
	}
	return c.rearrange(tx, from, rearranged{"register.change-head", p.ID, nil})
}

func splitHousehold(c *call, tx *store.Tx, p *oneHousehold, b *splitBody) (idView, error) {
	from, said, err := c.since(b.From, &b.Saying)
	if err != nil {
		return idView{}, err
	}
	who, err := relations(b.Members)
	if err != nil {
		return idView{}, err
	}
	next, err := b.Next.succession()
	if err != nil {
		return idView{}, err
	}
	at, err := c.place(&b.Dwelling)
	if err != nil {
		return idView{}, err
	}
	id, err := c.Record.Register.Split(tx, p.ID, who, at, from, next, said)
	if err != nil {
		return idView{}, err
	}
	return c.rearrange(tx, from, rearranged{"register.split", p.ID, people(b.Members)}, rearranged{"register.add-household", id, nil})
}

func mergeHousehold(c *call, tx *store.Tx, p *oneHousehold, b *mergeBody) (idView, error) {
	from, said, err := c.since(b.From, &b.Saying)
	if err != nil {
		return idView{}, err
	}
	who, err := relations(b.Members)
	if err != nil {
		return idView{}, err
	}
	if err := c.Record.Register.Merge(tx, p.ID, b.Into, who, from, said); err != nil {
		return idView{}, err
	}
	return c.rearrange(tx, from, rearranged{"register.merge", p.ID, people(b.Members)}, rearranged{"register.join", b.Into, nil})
}

func moveHousehold(c *call, tx *store.Tx, p *oneHousehold, b *moveBody) (idView, error) {
	from, said, err := c.since(b.From, &b.Saying)
	if err != nil {
		return idView{}, err
	}
	at, err := c.place(&b.Dwelling)
	if err != nil {
		return idView{}, err
	}
	if err := c.Record.Register.Move(tx, p.ID, at, from, said); err != nil {
		return idView{}, err
	}
	return c.rearrange(tx, from, rearranged{"register.move", p.ID, nil})
}
