package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/claim"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/serve/present"
)

// card is what a cashier sees of a person: enough to know that it is the right one.
type card struct {
	ID, Name, Number string // the number masked
	Sex, Age, Home   string
}

// initial is the first character of the name.
func (c card) initial() string {
	for _, r := range c.Name {
		return string(r)
	}
	return ""
}

// line is the card on one line.
func (c card) line() string {
	words := []string{c.Name, c.Sex, c.Age, c.Number, c.Home}
	return strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), " · ")
}

// card reads who somebody is today. Codes: those of [register.Register.Subject].
func (v *view) card(tx *store.Tx, person string) (card, error) {
	s, err := v.register().Subject(tx, person, v.today(), v.today())
	if err != nil {
		return card{}, err
	}
	c := card{ID: person, Name: s.Name}
	shown := func(name string) string {
		if fact, ok := s.Facts.At(name, v.today()); ok {
			return v.Record.Claims.Vocabulary.Facts[name].Show(fact.Value, v.lang)
		}
		return ""
	}
	c.Number, c.Sex, c.Age = shown("person.id"), shown("person.sex"), v.age(s)
	c.Home, err = v.placeOf(tx, s)
	return c, err
}

func (v *view) age(s *subject.Subject) string {
	fact, ok := s.Facts.At("person.birth", v.today())
	if !ok {
		return ""
	}
	birth, ok := fact.Value.(rule.Day)
	if !ok {
		return ""
	}
	return v.say("%d 岁", "aged %d", years(period.Day(birth), v.today()))
}

// years is how many birthdays somebody has had.
func years(birth, day period.Day) int {
	n := day.Year() - birth.Year()
	if birth.AddYears(n) > day {
		n--
	}
	return n
}

// placeOf names the town and village somebody is registered in.
func (v *view) placeOf(tx *store.Tx, s *subject.Subject) (string, error) {
	fact, ok := s.Facts.At("person.hukou", v.today())
	if !ok {
		return "", nil
	}
	code, ok := fact.Value.(rule.Division)
	if !ok {
		return "", nil
	}
	if err := v.readPlaces(tx); err != nil {
		return "", err
	}
	return v.known.Name(ident.Division(code)), nil
}

// readPlaces reads how divisions are called: a village by its town and its own name, one of another county by its code.
func (v *view) readPlaces(tx *store.Tx) error {
	if v.known != nil {
		return nil
	}
	divisions, err := v.Record.Register.Divisions(tx, v.today(), rule.Forever)
	if err != nil {
		return err
	}
	v.known = &present.Places{Name: func(code ident.Division) string {
		var names []string
		for _, d := range divisions {
			if ident.Contains(d.Code, code) && (d.Code == code || d.Code != ident.Division(v.County)) {
				names = append(names, d.Name)
			}
		}
		return cmp.Or(strings.Join(names, " "), string(code))
	}}
	return nil
}

// found is what a search shows.
type found struct {
	Typed   string
	People  []card
	More    bool
	Problem trouble // when the search could not be made or found nothing
}

// mostFound is how many people a search shows; who is meant is found by typing more.
const mostFound = 20

// searchForm asks for whom to look. A number in the address, which says nothing about anybody, leads to what it is of; names are sent in the body alone.
func (v *view) searchForm() error {
	f := found{Typed: v.asked("q")}
	if f.Typed == "" {
		return v.show(http.StatusOK, v.say("查找", "Find"), searchPage(v, f))
	}
	return v.searchNumber(f)
}

// searchNumber finds what a number is of.
func (v *view) searchNumber(f found) error {
	to := ""
	err := v.look(func(tx *store.Tx) (err error) {
		to, err = v.byCalled(tx, f.Typed)
		return err
	})
	switch {
	case err != nil:
		return err
	case to != "":
		return v.see(to)
	}
	f.Problem = v.trouble(refuse(fault.NotFound, "number-unknown", fault.Text{ZH: "没有编号为" + fault.Quote(f.Typed) + "的户、人或凭证", EN: "no household, person or entry has the number " + fault.QuoteEN(f.Typed)},
		fault.Text{ZH: "核对编号，最后一位是校验位；按姓名或身份证号查找，请在框内输入", EN: "check the number, whose last digit is a check digit; to search by name or identity number type it in the box"}))
	return v.show(http.StatusNotFound, v.say("查找", "Find"), searchPage(v, f))
}

// search finds by the number of a bill, an identity number, a name or its pinyin initials. One bill waiting for the only person found
// is opened at once.
func (v *view) search() error {
	if v.seesPeople() {
		return v.searchRegister()
	}
	f := found{Typed: v.asked("q")}
	if f.Typed == "" {
		return v.noSearch(f)
	}
	if v.permission == auth.SeeFunds {
		return v.searchNumber(f)
	}
	to := ""
	err := v.look(func(tx *store.Tx) (err error) {
		if to, err = v.byBill(tx, f.Typed); err != nil || to != "" {
			return err
		}
		f.People, f.More, to, err = v.byPerson(tx, f.Typed)
		return err
	})
	status := http.StatusOK
	switch {
	case fault.KindOf(err) == fault.Invalid:
		status, f.Problem = http.StatusUnprocessableEntity, v.trouble(err)
	case err != nil:
		return err
	case to != "":
		return v.see(to)
	case len(f.People) == 0 && f.More:
		f.Problem, f.More = v.trouble(tooManyAlike(f.Typed)), false
	case len(f.People) == 0:
		status, f.Problem = http.StatusNotFound, v.trouble(nobody(f.Typed))
		if !numeric(f.Typed) {
			f.Problem = v.trouble(noPatient(f.Typed))
		}
	}
	return v.show(status, v.say("查找", "Find"), searchPage(v, f))
}

// noPatient is a name that no patient of this provider has; whether somebody else in the county has it is not told.
func noPatient(typed string) error {
	return refuse(fault.NotFound, "no-patient", fault.Text{ZH: "本院的病人里没有找到" + fault.Quote(typed), EN: "no patient of this hospital answers to " + fault.QuoteEN(typed)},
		fault.Text{ZH: "按姓名只找得到在本院有账单的病人；第一次来的，刷卡或输入身份证号", EN: "by name only those with a bill here are found; for somebody new swipe the card or type the identity number"})
}

// noSearch asks for something to search for.
func (v *view) noSearch(f found) error {
	f.Problem = v.trouble(refuse(fault.Invalid, "search-empty", fault.Text{ZH: "没有输入要查的内容", EN: "nothing to search for was typed"},
		fault.Text{ZH: "刷卡，或输入身份证号、姓名、姓名拼音首字母或结算单号", EN: "swipe the card, or type an identity number, a name, its pinyin initials or a settlement number"}))
	return v.show(http.StatusUnprocessableEntity, v.say("查找", "Find"), searchPage(v, f))
}

func nobody(typed string) error {
	return refuse(fault.NotFound, "nobody", fault.Text{ZH: "本县登记里没有找到" + fault.Quote(typed), EN: "nobody on this county's register answers to " + fault.QuoteEN(typed)},
		fault.Text{ZH: "核对输入；刚出生、新迁入或外县的人，请到户籍地乡镇窗口登记后再结算，病人可先按普通病人办理", EN: "check what was typed; somebody new-born, just moved in or of another county is registered by the town first; until then settle as for any patient"})
}

func (v *view) byBill(tx *store.Tx, number string) (to string, err error) {
	c, err := claim.ByNumber(tx, v.Provider, number, 0)
	if fault.CodeOf(err) == "claim.unknown" {
		return "", nil
	}
	return at(c.Number), err
}

func (v *view) byPerson(tx *store.Tx, typed string) (people []card, more bool, to string, err error) {
	byNumber := numeric(typed)
	if byNumber {
		if _, err := ident.ParsePersonID(typed); err != nil {
			return nil, false, "", err
		}
	}
	var ids []string
	after := ""
	for n := 0; n < mostExamined && !more; n += examined {
		page, err := v.Record.Register.FindAmong(tx, typed, after, examined, v.patients)
		if err != nil {
			return nil, false, "", err
		}
		if err := v.ahead(tx, idsOf(page.Found[:min(len(page.Found), mostFound+1)])); err != nil {
			return nil, false, "", err
		}
		for _, f := range page.Found {
			c, err := v.card(tx, f.Person)
			if gone(err) { // who is another county's by now is found there
				continue
			}
			if err != nil {
				return nil, false, "", err
			}
			if more = len(people) == mostFound; more {
				break
			}
			people, ids = append(people, c), append(ids, f.Person)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if err := v.looked(tx, "web.search", "", ids...); err != nil {
		return nil, false, "", err
	}
	if byNumber && len(people) == 1 {
		to, err = v.firstOpen(tx, people[0].ID)
	}
	return people, more || after != "", to, err
}

// patients chooses those who have ever had a bill of this provider. By a name, a window finds its own patients alone: whoever stands before it
// has a card or knows the number, and the county's register is no telephone book.
func (v *view) patients(tx *store.Tx, people []string) ([]string, error) {
	here, err := claim.PatientsOf(tx, v.Provider, people)
	return slices.DeleteFunc(slices.Clone(people), func(person string) bool { return !here[person] }), err
}

func idsOf(found []register.Found) (ids []string) {
	for _, f := range found {
		ids = append(ids, f.Person)
	}
	return ids
}

// gone tells whether somebody is not this county's today.
func gone(err error) bool {
	code := fault.CodeOf(err)
	return code == "register.person-moved" || code == "register.person-absent"
}

// numeric tells whether something is meant as an identity number.
func numeric(typed string) bool {
	digits := 0
	for _, r := range typed {
		if '0' <= r && r <= '9' {
			digits++
		}
	}
	return digits >= 12
}

// firstOpen is the bill that waits for a person at this desk, or the person's own page when it is not exactly one.
func (v *view) firstOpen(tx *store.Tx, person string) (string, error) {
	open, _, err := v.billsOf(tx, person)
	if err == nil && len(open) == 1 {
		return at(open[0].Number), nil
	}
	return "/people/" + person, err
}

// billsOf are somebody's bills of this provider: those that wait to be settled, and the others.
func (v *view) billsOf(tx *store.Tx, person string) (open, others []claim.Claim, err error) {
	all, err := claim.Of(tx, person)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range all {
		switch {
		case c.Provider != v.Provider:
		case isOpen(c):
			open = append(open, c)
		default:
			others = append([]claim.Claim{c}, others...)
		}
	}
	return open, others, nil
}

// isOpen tells whether a bill waits to be settled; one whose fees the hospital has put up waits as well.
func isOpen(c claim.Claim) bool {
	return c.State == claim.Received || c.State == claim.Previewed || c.State == claim.Advanced
}

// file is a person's page.
type file struct {
	card
	Open, Others []claim.Claim
	Kinds        []kind
}

func (v *view) person() error {
	if v.seesPeople() {
		return v.file()
	}
	var f file
	err := v.look(func(tx *store.Tx) (err error) {
		id := v.r.PathValue("person")
		if f.card, err = v.card(tx, id); err != nil {
			return personUnknown(err)
		}
		if f.Open, f.Others, err = v.billsOf(tx, id); err != nil {
			return err
		}
		if f.Kinds, err = v.kinds(tx, id); err != nil {
			return err
		}
		return v.looked(tx, "web.person", id, id)
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("病人", "Patient"), personPage(v, f))
}

// personUnknown does not repeat an id that nobody has.
func personUnknown(err error) error {
	if fault.CodeOf(err) != "dated.party-unknown" {
		return err
	}
	return unknownPerson()
}
