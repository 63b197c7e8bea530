package api

import (
	"net/http"
	"slices"
	"strings"

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

type lookupBody struct {
	Number  string `json:"number" minLength:"1" maxLength:"40" doc:"公民身份号码 identity number"`
	Purpose string `json:"purpose" minLength:"1" maxLength:"100" doc:"为什么查，不写人名；记入日志 what for, without names; kept in the log"`
}

type searchBody struct {
	Text    string `json:"text" minLength:"1" maxLength:"40" doc:"姓名、姓名开头、拼音首字母或身份号码 a name, its beginning, its pinyin initials or an identity number"`
	Purpose string `json:"purpose" minLength:"1" maxLength:"100" doc:"为什么查，不写人名；记入日志 what for, without names; kept in the log"`
	Cursor  string `json:"cursor,omitempty" maxLength:"200"`
	Limit   string `json:"limit,omitempty" maxLength:"3" doc:"1 到 100，不写为 50 1 to 100, by default 50"`
}

type foundPerson struct {
	ID     string `json:"id" doc:"人员编号 id of the person"`
	Name   string `json:"name" doc:"遮盖 masked"`
	Number string `json:"number,omitempty" doc:"遮盖 masked"`
}

type foundListView struct {
	Found []foundPerson `json:"found" nullable:"false" doc:"没有人就是空的 empty for nobody"`
	Next  string        `json:"next,omitempty" doc:"下一页的 cursor；有时一页是空的而后面还有 the cursor of the next page; a page may be empty and more follow"`
}

type partyParams struct {
	ID      string `path:"id" doc:"编号 id"`
	Purpose string `query:"purpose" required:"true" doc:"为什么看，不写人名；记入日志 what for, without names; kept in the log"`
	Day     string `query:"day" doc:"不写为今天 by default today"`
	Known   string `query:"known" doc:"按这一天所知，不写为今天 as known on this day, by default today"`
}

type registeredView struct {
	ID        string      `json:"id"`
	Day       period.Day  `json:"day"`
	Household string      `json:"household,omitempty" doc:"这一天所在的家庭 the household on the day"`
	Facts     []knownFact `json:"facts" nullable:"false" doc:"按名称。不给看的只有名称：对谁都一样列出，看不出有没有登记 by name; what is withheld has its name only, listed for everybody alike, so that it does not tell whether anything is on record"`
}

type knownFact struct {
	present.UseView
	ID       string `json:"id,omitempty" doc:"记录编号，更正时用；推算出来的没有 id of the record, to correct it by; none for what follows from other records"`
	Evidence string `json:"evidence,omitempty" doc:"凭证编号 id of the document that shows it"`
}

type personBody struct {
	Name   string `json:"name" minLength:"1" maxLength:"100"`
	Number string `json:"number,omitempty" maxLength:"40" doc:"公民身份号码；生日和性别由它得出 identity number, which tells birthday and sex"`
	Birth  string `json:"birth,omitempty" maxLength:"10" doc:"没有号码时写 for who has no number"`
	Sex    string `json:"sex,omitempty" enum:"male,female" doc:"没有号码时写 for who has no number"`
	From   string `json:"from,omitempty" maxLength:"10" doc:"从哪天起属本县，不写为一直 since when the person is the county's, by default always"`
	Source string `json:"source" minLength:"1" maxLength:"200" doc:"谁说的：县公安局、户口簿 who says so"`
}

type idView struct {
	ID string `json:"id"`
}

var (
	lookupExample = map[string]any{"number": "999901195403020019", "purpose": "结算"}
	searchExample = map[string]any{"text": "王小", "purpose": "受理申请"}
	personExample = map[string]any{"name": "王小明", "number": "999901195403020019", "source": "县公安局"}
)

// personOperations registers how people are found, read and registered.
func (s *server) personOperations() {
	reads(s, operation{method: http.MethodPost, path: "/people/lookup", id: "lookup-person", scope: auth.RegisterRead, summary: "按身份号码找人 · find a person by identity number", example: lookupExample,
		description: "号码写在内容里，不写在地址里。找到的是编号，姓名和号码遮盖；没有就是空的。每次都记入日志。\n\n" +
			"The number stands in the body, never in the address. What is found is an id, with name and number masked; nobody is an empty list. Each look is kept in the log."}, lookupPerson)
	reads(s, operation{method: http.MethodPost, path: "/people/search", id: "search-people", scope: auth.RegisterSearch, summary: "按姓名找人 · find people by name", example: searchExample,
		description: "姓名、姓名开头、拼音首字母，或身份号码。曾用名也找得到。结果遮盖，每次都记入日志。\n\nBy name, its beginning, its pinyin initials, or identity number; former names count. Results are masked and each look is kept in the log."}, searchPeople)
	reads(s, operation{method: http.MethodGet, path: "/people/{id}", id: "read-person", scope: auth.RegisterRead, summary: "某一天的个人情况 · a person on a day",
		description: "这一天有效的情况，连同家庭的；可以按另一天所知。密钥无权看的只列名称。每次都记入日志。\n\n" +
			"What holds on a day, of the person and the household, as known on another if asked. What the key may not see is named and withheld. Each look is kept in the log."}, readPerson)
	writes(s, operation{method: http.MethodPost, path: "/people", id: "add-person", scope: auth.RegisterWrite, summary: "登记一个人 · register a person", example: personExample,
		description: "号码已登记的不重复登记。\n\nA number that is on the register is not registered twice."}, addPerson)
}

func lookupPerson(c *call, _ *none, b *lookupBody) (foundListView, error) {
	number, err := ident.ParsePersonID(b.Number)
	if err != nil {
		return foundListView{}, text.Placed(err, c.node.Get("number"))
	}
	return c.find("register.lookup", b.Purpose, string(number), "", 1)
}

func searchPeople(c *call, _ *none, b *searchBody) (foundListView, error) {
	page, err := readPage[string](b.Limit, b.Cursor)
	if err != nil {
		return foundListView{}, err
	}
	return c.find("register.search", b.Purpose, b.Text, page.after, page.limit)
}

// find finds people and keeps in the log who was shown, also when it was nobody.
func (c *call) find(name, purpose, typed, after string, limit int) (foundListView, error) {
	view := foundListView{Found: []foundPerson{}}
	err := c.look("api."+name, func(tx *store.Tx) error {
		found, err := c.Record.Register.Find(tx, typed, after, limit)
		if err != nil {
			return err
		}
		view = foundListView{Found: []foundPerson{}}
		if found.Next != "" {
			view.Next = cursor(found.Next)
		}
		var people []string
		for _, f := range found.Found {
			people = append(people, f.Person)
			one := foundPerson{ID: f.Person, Name: ident.MaskName(f.Name)}
			if f.Number != "" {
				one.Number = f.Number.Mask()
			}
			view.Found = append(view.Found, one)
		}
		return c.seen(tx, name, "", purpose, people...)
	})
	return view, err
}

// days are the day asked about and the day it was known on.
func (c *call) days(p *partyParams) (day, known period.Day, err error) {
	if day, err = c.day("day", p.Day); err != nil {
		return 0, 0, err
	}
	known, err = c.day("known", p.Known)
	return day, known, err
}

func readPerson(c *call, p *partyParams, _ *none) (registeredView, error) {
	day, known, err := c.days(p)
	if err != nil {
		return registeredView{}, err
	}
	view := registeredView{ID: p.ID, Day: day}
	err = c.look("api.read-person", func(tx *store.Tx) (err error) {
		if view.Household, err = c.Record.Register.HouseholdOf(tx, p.ID, day, known); err != nil {
			return err
		}
		if view.Facts, err = c.factsOf(tx, p.ID, view.Household, day, known); err != nil {
			return err
		}
		return c.seen(tx, "register.person", p.ID, p.Purpose, p.ID)
	})
	return view, err
}

// factsOf are the facts of a person that hold on a day, and the names of all that the key may not see.
func (c *call) factsOf(tx *store.Tx, person, household string, day, known period.Day) ([]knownFact, error) {
	subject, err := c.Record.Register.Subject(tx, person, day, known)
	if err != nil {
		return nil, err
	}
	entries, err := c.entries(tx, day, known, person, household)
	if err != nil {
		return nil, err
	}
	views := []knownFact{}
	for _, kind := range c.kinds() {
		if !c.key.Sees(kind.Sensitivity) {
			views = append(views, knownFact{UseView: present.WithheldFact(kind)})
		} else if fact, holds := subject.Facts.At(kind.Name, day); holds {
			entry := entries[kind.Name]
			views = append(views, knownFact{present.ViewFact(kind, fact), entry.ID, entry.Evidence})
		}
	}
	return views, nil
}

// entries are the records of the parties that count on a day, by the name of the fact.
func (c *call) entries(tx *store.Tx, day, known period.Day, parties ...string) (map[string]register.Entry, error) {
	found := map[string]register.Entry{}
	for _, party := range parties {
		if party == "" {
			continue
		}
		all, err := c.Record.Register.Facts(tx, party, known)
		if err != nil {
			return nil, err
		}
		for _, e := range all {
			if e.Holds(day) {
				found[e.Name] = e // in order of learning: the one learnt last counts
			}
		}
	}
	return found, nil
}

// kinds are the facts that a register can hold of people, by name.
func (c *call) kinds() []*rule.FactType {
	var kinds []*rule.FactType
	for name, kind := range c.Record.Claims.Vocabulary.Facts {
		if strings.HasPrefix(name, "person.") || strings.HasPrefix(name, "household.") {
			kinds = append(kinds, kind)
		}
	}
	for _, kind := range c.Record.Claims.Vocabulary.Rosters {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(a, b *rule.FactType) int { return strings.Compare(a.Name, b.Name) })
	return kinds
}

func addPerson(c *call, tx *store.Tx, _ *none, b *personBody) (idView, error) {
	p := register.Person{Name: b.Name, Sex: ident.Sex(b.Sex), From: rule.Beginning, Said: dated.Said{Source: b.Source}}
	var err error
	if b.Number != "" {
		if p.Number, err = ident.ParsePersonID(b.Number); err != nil {
			return idView{}, text.Placed(err, c.node.Get("number"))
		}
	}
	if b.Birth != "" {
		birth, err := c.written("birth", b.Birth, rule.Beginning)
		if err != nil {
			return idView{}, err
		}
		p.Birth = &birth
	}
	if p.From, err = c.written("from", b.From, rule.Beginning); err != nil {
		return idView{}, err
	}
	id, err := c.Record.Register.AddPerson(tx, p)
	if err != nil {
		return idView{}, err
	}
	_, err = c.Record.Log.Record(tx, audit.Note{Name: "register.add-person", Subject: id, Persons: map[string]any{id: nil}})
	return idView{id}, err
}

// written reads a day of the body.
func (c *call) written(field, day string, otherwise period.Day) (period.Day, error) {
	if day == "" {
		return otherwise, nil
	}
	read, err := period.ParseDay(day)
	return read, text.Placed(err, c.node.Get(field))
}
