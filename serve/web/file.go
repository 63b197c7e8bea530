package web

import (
	"net/http"
	"slices"
	"strings"

	"doudi/decide/entitle"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/auth"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/serve/present"
)

// reached is who somebody is on a day, for who may open the file: somebody outside of what the post looks at is as unknown as nobody.
func (v *view) reached(tx *store.Tx, person string, on period.Day) (*subject.Subject, error) {
	s, err := v.register().Subject(tx, person, on, rule.Forever)
	if kind := fault.KindOf(err); kind == fault.OutOfForce && !v.wholeCounty() { // where the person is now is no matter of this post
		return nil, unknownPerson()
	}
	if err != nil {
		return nil, personUnknown(err)
	}
	covers, err := v.covers(tx, homeOf(s, on))
	if err == nil && !covers && !v.wholeCounty() {
		err = unknownPerson()
	}
	return s, err
}

// nowOf is the key under which a request remembers what a division is called today.
type nowOf ident.Division

// covers tells whether the post looks at a division: at what it is today, when it went into another one since people were registered in it.
func (v *view) covers(tx *store.Tx, d ident.Division) (bool, error) {
	now, err := store.Once(tx, nowOf(d), func() (ident.Division, error) {
		now, err := v.Record.Register.Successor(tx, d, v.today())
		if fault.KindOf(err) == fault.NotFound {
			return d, nil
		}
		return now, err
	})
	return v.session.Covers(now), err
}

// wholeCounty tells whether the post looks at all of the county.
func (v *view) wholeCounty() bool {
	return v.session.Post.Organisation.Division == ident.Division(v.County)
}

// homeOf is the division somebody is registered in; "" when that is not known.
func homeOf(s *subject.Subject, on period.Day) ident.Division {
	if fact, ok := s.Facts.At("person.hukou", on); ok {
		if code, ok := fact.Value.(rule.Division); ok {
			return ident.Division(code)
		}
	}
	return ""
}

// told are the options by which results are told to this post.
func (v *view) told() present.Options {
	o := present.Options{Lang: v.lang, Desk: true, Places: v.known}
	i := 0
	for _, s := range []rule.Sensitivity{rule.Identity, rule.Finance, rule.Health, rule.Child} {
		if !v.access.Shows(s) {
			o.Withhold[i] = s
			i++
		}
	}
	return o
}

// known is a fact of a file with where it comes from.
type known struct {
	Name, Value, Source string
	Withheld            bool
}

// decided is what one pack says of a person.
type decided struct {
	Series, Title string
	Until         period.Day // the last day the policy is in force; rule.Forever when none is set
	Left          int        // days until then
	Verdicts      []present.Verdict
	Trouble       string // why it could not be decided
}

// personFile is a person's file (一人一档).
type personFile struct {
	card
	On        period.Day
	Typed     string // the day as it was typed, when it is none
	Problems  []problem
	Full      string // the whole identity number, when it was asked for
	No        dated.Number
	Household dated.Number
	Rosters   []string
	Known     []known
	Decided   []decided
	Monthly   money.Fen
	Due       int // benefits that are due
}

// file shows a person's file as of a day.
func (v *view) file() error { return v.showFile(http.StatusOK, false) }

func (v *view) showFile(status int, full bool) error {
	f := personFile{On: v.today()}
	if asked := v.asked("at"); asked != "" {
		day, err := period.ParseDay(tidied(asked))
		if err != nil {
			status, f.Typed = http.StatusUnprocessableEntity, asked
			f.Problems = []problem{{"at", v.trouble(err).Message}}
		} else {
			f.On = day
		}
	}
	err := v.look(func(tx *store.Tx) error {
		f.Rosters, f.Known, f.Decided, f.Monthly, f.Due = nil, nil, nil, 0, 0
		id := v.r.PathValue("person")
		s, err := v.reached(tx, id, v.today())
		if err != nil {
			return err
		}
		if f.card, err = v.card(tx, id); err != nil {
			return err
		}
		if full {
			f.Full = v.number(s)
		}
		return v.fillFile(tx, &f, s)
	})
	if err != nil {
		return err
	}
	return v.show(status, v.errorTitle(f.Problems, v.say("一人一档", "Person")), personFilePage(v, f))
}

// number is the whole identity number.
func (v *view) number(s *subject.Subject) string {
	if fact, ok := s.Facts.At("person.id", v.today()); ok && v.access.Shows(rule.Identity) {
		digits := rule.Display(fact.Value, "")
		const division, birthday = 6, 14 // where the parts of a number end
		if len(digits) > birthday {
			return digits[:division] + " " + digits[division:birthday] + " " + digits[birthday:]
		}
		return digits
	}
	return ""
}

// fillFile reads what is known and decides what is due.
func (v *view) fillFile(tx *store.Tx, f *personFile, s *subject.Subject) (err error) {
	household, err := v.Record.Register.HouseholdOf(tx, f.ID, f.On, rule.Forever)
	if err != nil && fault.KindOf(err) == fault.Internal {
		return err
	}
	if f.Household, err = dated.NumberOf(tx, household); err != nil {
		return err
	}
	if f.No, err = dated.NumberOf(tx, f.ID); err != nil {
		return err
	}
	v.knownOf(f, s)
	then, err := v.Record.Register.Subject(tx, f.ID, f.On, rule.Forever)
	switch {
	case fault.KindOf(err) == fault.OutOfForce:
		f.Decided = []decided{{Trouble: v.in(fault.Text{ZH: "这一天此人不是本县居民，不能判定", EN: "the person was not of this county on that day"})}}
	case err != nil:
		return err
	default:
		if f.Decided, err = v.decide(tx, then, f.On); err != nil {
			return err
		}
	}
	for _, d := range f.Decided {
		for _, x := range d.Verdicts {
			f.Monthly += x.Monthly
			if x.Tone == present.Good {
				f.Due++
			}
		}
	}
	name := "web.file"
	if f.Full != "" {
		name = "web.number"
	}
	return v.looked(tx, name, f.ID, f.ID)
}

// knownOf puts the facts that hold on the day into the words of the vocabulary, and the rosters the person is on. What the purpose does not need
// is named without its value, whoever the person is.
func (v *view) knownOf(f *personFile, s *subject.Subject) {
	vocabulary := v.Record.Claims.Vocabulary
	for _, name := range sortedNames(s.Facts) {
		fact, ok := s.Facts.At(name, f.On)
		if !ok || slices.Contains([]string{"person.name", "person.id", "person.sex"}, name) {
			continue
		}
		if roster, is := strings.CutPrefix(name, "roster."); is {
			if t := vocabulary.Rosters[roster]; t != nil && fact.Value == rule.Bool(true) && v.access.Shows(t.Sensitivity) {
				f.Rosters = append(f.Rosters, v.in(t.Label))
			}
			continue
		}
		t := vocabulary.Facts[name]
		if t == nil || !v.access.Shows(t.Sensitivity) {
			continue
		}
		k := known{Name: v.in(t.Label), Value: t.Show(fact.Value, v.lang), Source: fact.Source}
		if name == "person.hukou" {
			k.Value = f.Home
		}
		if fact.Learned != rule.Beginning {
			k.Source = strings.TrimSpace(k.Source + " " + fact.Learned.String())
		}
		f.Known = append(f.Known, k)
	}
}

func sortedNames(facts rule.Facts) []string {
	var names []string
	for name := range facts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// livesIn is the division whose policies apply to somebody: where the person is registered, or the county.
func (v *view) livesIn(tx *store.Tx, s *subject.Subject, on period.Day) ident.Division {
	division := homeOf(s, on)
	if division == "" || !ident.Contains(ident.Division(tx.County), division) {
		return ident.Division(tx.County)
	}
	return division
}

// decide decides every benefit of every policy that applies to somebody on a day.
func (v *view) decide(tx *store.Tx, s *subject.Subject, on period.Day) ([]decided, error) {
	forces, err := v.inForce(tx, s, on)
	if err != nil {
		return nil, err
	}
	var list []decided
	for _, force := range forces {
		d, err := v.decideBy(force, s, on)
		if err != nil {
			return nil, err
		}
		if len(d.Verdicts) > 0 || d.Trouble != "" {
			list = append(list, d)
		}
	}
	return list, nil
}

// decideBy decides by one pack. What stops it is told in its place: the other packs' answers stand.
func (v *view) decideBy(force adoption.Force, s *subject.Subject, on period.Day) (decided, error) {
	b := force.Basis
	d := decided{Series: b.Pack.Series, Title: v.in(b.Pack.Title), Until: b.Span().To}
	if d.Until < rule.Forever {
		d.Left = int(d.Until - v.today())
	}
	decision, err := entitle.Decide(b, s, on)
	if kind := fault.KindOf(err); err != nil && kind != fault.Internal && kind != fault.Unavailable {
		d.Trouble = v.trouble(err).Message
		return d, nil
	}
	if err != nil {
		return d, err
	}
	var dues []present.Due
	for _, o := range decision.Outcomes {
		if !v.reads(b.Pack, o.Benefit) {
			continue
		}
		payment, err := entitle.Falling(b, s, o)
		if err != nil {
			return d, err
		}
		dues = append(dues, present.Due{Outcome: o, Payment: payment})
	}
	d.Verdicts = v.cited(b.Pack, present.Verdicts(decision, s, dues, v.told()))
	return d, nil
}

// reads tells whether the post's purpose lets it know what came of a benefit.
func (v *view) reads(p *policy.Pack, b *policy.Benefit) bool {
	return v.access.Reads(p.AsksFor(b), b.Concerns())
}

// readsScheme tells whether who looks at people from this post may know what came of a scheme. Of one that no pack has any more nothing is known.
func (v *view) readsScheme(scheme string) bool {
	looks, _ := v.session.May(auth.SeePeople)
	for _, p := range v.Record.Benefits.Packs {
		for _, b := range p.Benefits {
			if benefit.SchemeOf(p, b) == scheme {
				return looks.Reads(p.AsksFor(b), b.Concerns())
			}
		}
	}
	return false
}

// cited are verdicts whose clauses lead into the library of policies.
func (v *view) cited(p *policy.Pack, list []present.Verdict) []present.Verdict {
	if !v.may(auth.SeePolicies) {
		return list
	}
	for i := range list {
		if list[i].Clause != "" {
			list[i].Link = string(v.href(v.clauseAddress(p, list[i].Clause)))
		}
	}
	return list
}

// fullNumber shows the file with the whole identity number. That is a look of its own in the log.
func (v *view) fullNumber() error { return v.showFile(http.StatusOK, true) }

// history is every statement ever made about a person.
func (v *view) history() error {
	var who card
	var rows []historyRow
	err := v.look(func(tx *store.Tx) error {
		id := v.r.PathValue("person")
		if _, err := v.reached(tx, id, v.today()); err != nil {
			return err
		}
		var err error
		if who, err = v.card(tx, id); err != nil {
			return err
		}
		entries, err := v.Record.Register.History(tx, id)
		if err != nil {
			return err
		}
		if err := v.readPlaces(tx); err != nil {
			return err
		}
		rows = v.historyRows(entries)
		return v.looked(tx, "web.history", id, id)
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("变更记录", "History"), historyPage(v, who, rows))
}

// historyRow is one statement: what was said, for when, by whom, and what it replaced.
type historyRow struct{ Learned, Name, Value, Span, Source, State string }

func (v *view) historyRows(entries []register.Entry) (rows []historyRow) {
	for _, e := range slices.Backward(entries) {
		if e.Type == nil || !v.access.Shows(e.Type.Sensitivity) || e.Name == "person.id" {
			continue
		}
		row := historyRow{Learned: e.Learned.String(), Name: v.in(e.Type.Label), Value: e.Type.Show(e.Fact.Value, v.lang), Span: v.spanWords(e.Span), Source: e.Source}
		if code, ok := e.Fact.Value.(rule.Division); ok {
			row.Value = v.known.Name(ident.Division(code))
		}
		if e.Span.From == rule.Beginning {
			row.Span = v.say("一直", "always")
		}
		switch {
		case e.Withdrawn:
			row.State = v.say("撤回", "withdrawn")
		case e.Corrects != "":
			row.State = v.say("更正", "correction")
		}
		rows = append(rows, row)
	}
	return rows
}

// cell is what a member of a household has of one benefit.
type cell struct {
	Word, Amount, Class string
	Link                string
}

// memberRow is one member in a household's matrix.
type memberRow struct {
	card
	Relation string
	Cells    []cell
}

// householdFile is a household's file (一户一档).
type householdFile struct {
	ID, Number, Head, Home, Address string
	On                              period.Day
	Benefits                        []string // the columns: benefits that concern somebody of the household
	Rows                            []memberRow
	Monthly                         money.Fen
	Next                            []string // what could be done
}

// household shows a household: its members, and who has what.
func (v *view) household() error {
	f := householdFile{On: v.today()}
	err := v.look(func(tx *store.Tx) (err error) {
		f = householdFile{On: f.On}
		if f.ID, err = v.householdAsked(tx); err != nil {
			return err
		}
		return v.fillHousehold(tx, &f)
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("一户一档", "Household"), householdPage(v, f))
}

func (v *view) fillHousehold(tx *store.Tx, f *householdFile) error {
	h, err := v.householdHere(tx, f.ID)
	if err != nil {
		return err
	}
	number, err := dated.NumberOf(tx, h.ID)
	if err != nil {
		return err
	}
	f.Number, f.Address = number.String(), h.Address
	var people []string
	for _, m := range h.Members {
		people = append(people, m.Person)
	}
	if err := v.ahead(tx, people); err != nil {
		return err
	}
	people = nil
	var answers [][]decided
	for _, m := range h.Members {
		s, err := v.reached(tx, m.Person, f.On)
		if fault.KindOf(err) == fault.NotFound { // registered elsewhere: no matter of this post
			continue
		}
		if err != nil {
			return err
		}
		row := memberRow{Relation: v.relation(m.Relation)}
		if row.card, err = v.card(tx, m.Person); err != nil {
			return err
		}
		all, err := v.decide(tx, s, f.On)
		if err != nil {
			return err
		}
		if m.Relation == register.Head {
			f.Head, f.Home = row.Name, row.Home
		}
		f.Rows, people, answers = append(f.Rows, row), append(people, m.Person), append(answers, all)
	}
	v.matrix(f, answers)
	return v.looked(tx, "web.household", f.ID, people...)
}

// householdHere is a household where the post looks.
func (v *view) householdHere(tx *store.Tx, id string) (register.Household, error) {
	h, err := v.Record.Register.Household(tx, id, v.today(), rule.Forever)
	if kind := fault.KindOf(err); kind == fault.NotFound || kind == fault.OutOfForce {
		return h, unknownHousehold()
	}
	if err != nil {
		return h, err
	}
	covers, err := v.covers(tx, h.Division)
	if err == nil && !covers {
		err = unknownHousehold()
	}
	return h, err
}

// matrix fills the cells: a column for each benefit that concerns somebody, in the order of the packs.
func (v *view) matrix(f *householdFile, answers [][]decided) {
	type column struct{ series, id string }
	var columns []column
	for _, all := range answers {
		for _, d := range all {
			for _, x := range d.Verdicts {
				if c := (column{d.Series, x.ID}); !x.None && !slices.Contains(columns, c) {
					columns, f.Benefits = append(columns, c), append(f.Benefits, x.Name)
				}
			}
		}
	}
	for i, all := range answers {
		row := &f.Rows[i]
		row.Cells = make([]cell, len(columns))
		for _, d := range all {
			for _, x := range d.Verdicts {
				f.Monthly += x.Monthly
				if at := slices.Index(columns, column{d.Series, x.ID}); at >= 0 && !x.None {
					row.Cells[at] = cell{x.Verdict, x.Standard, toneClass(x.Tone), "/people/" + row.ID + "#" + d.Series + "-" + x.ID}
				}
				if x.Tone == present.Waiting && len(x.Notes) > 0 {
					f.Next = append(f.Next, row.Name+v.say("：", ": ")+x.Name+v.say("，", ", ")+x.Notes[0])
				}
			}
		}
	}
}

func toneClass(t present.Tone) string {
	return map[present.Tone]string{present.Good: "ok", present.Bad: "bad", present.Waiting: "warn"}[t]
}

// relation is how a member stands to the head.
func (v *view) relation(word string) string {
	if known, ok := register.Relations[word]; ok {
		return v.in(known)
	}
	return word
}

func unknownPerson() error {
	return refuse(fault.NotFound, "person-unknown", fault.Text{ZH: "没有这个人的登记", EN: "there is nobody like that on the register"},
		fault.Text{ZH: "按身份证号或姓名重新查找", EN: "search again by identity number or name"})
}

func unknownHousehold() error {
	return refuse(fault.NotFound, "household-unknown", fault.Text{ZH: "没有这一户的登记", EN: "there is no such household on the register"},
		fault.Text{ZH: "按户主的身份证号或姓名查找", EN: "search the head by identity number or name"})
}

// How many of a name are looked at, at a time and at most, to find those the post looks at.
const examined = 500

var mostExamined = 20_000

// searchRegister finds people of the post's division. Nothing tells whether there are others of the name elsewhere.
func (v *view) searchRegister() error {
	f := found{Typed: v.asked("q")}
	if f.Typed == "" {
		return v.noSearch(f)
	}
	to := ""
	err := v.look(func(tx *store.Tx) (err error) {
		if to, err = v.byCalled(tx, f.Typed); err != nil || to != "" {
			return err
		}
		f.People, f.More, err = v.ofDivision(tx, f.Typed)
		return err
	})
	status := http.StatusOK
	switch {
	case to != "":
		return v.see(to)
	case fault.KindOf(err) == fault.Invalid:
		status, f.Problem = http.StatusUnprocessableEntity, v.trouble(err)
	case err != nil:
		return err
	case len(f.People) == 1 && numeric(f.Typed):
		return v.see("/people/" + f.People[0].ID)
	case len(f.People) == 0 && f.More:
		f.Problem, f.More = v.trouble(tooManyAlike(f.Typed)), false
	case len(f.People) == 0:
		status, f.Problem = http.StatusNotFound, v.trouble(nobodyHere(f.Typed))
	}
	return v.show(status, v.say("查找", "Find"), searchPage(v, f))
}

// tooManyAlike is a search that ended before everybody was looked at: that nobody is here cannot be said.
func tooManyAlike(typed string) error {
	return refuse(fault.Missing, "search-cut", fault.Text{ZH: "姓名或拼音与" + fault.Quote(typed) + "相近的人太多，没有查完", EN: "too many answer to " + fault.QuoteEN(typed) + ": the search was not finished"},
		fault.Text{ZH: "输入全名，或用身份证号查找", EN: "type the whole name, or search by identity number"})
}

func nobodyHere(typed string) error {
	return refuse(fault.NotFound, "nobody", fault.Text{ZH: "本岗位管辖范围内没有找到" + fault.Quote(typed), EN: "nobody where this post looks answers to " + fault.QuoteEN(typed)},
		fault.Text{ZH: "核对输入；重名多时输全姓名或身份证号", EN: "check what was typed; where many share a name type all of it, or the identity number"})
}

// ofDivision are the people found whom the post looks at, and whether there may be more of them.
func (v *view) ofDivision(tx *store.Tx, typed string) (people []card, more bool, err error) {
	if numeric(typed) {
		if _, err := ident.ParsePersonID(typed); err != nil {
			return nil, false, err
		}
	}
	choose, err := v.ours(tx)
	if err != nil {
		return nil, false, err
	}
	var ids []string
	after, atOnce := "", examined
	if choose == nil {
		atOnce = 2 * mostFound
	}
	for n := 0; n < mostExamined && !more; n += atOnce {
		page, err := v.Record.Register.FindAmong(tx, typed, after, atOnce, choose)
		if err != nil {
			return nil, false, err
		}
		near, err := v.nearby(tx, page.Found)
		if err != nil {
			return nil, false, err
		}
		if err := v.ahead(tx, idsOf(near[:min(len(near), mostFound+1)])); err != nil {
			return nil, false, err
		}
		for _, found := range near {
			if _, err := v.reached(tx, found.Person, v.today()); fault.KindOf(err) == fault.NotFound || gone(err) {
				continue
			} else if err != nil {
				return nil, false, err
			}
			if more = len(people) == mostFound; more {
				break
			}
			c, err := v.card(tx, found.Person)
			if err != nil {
				return nil, false, err
			}
			people, ids = append(people, c), append(ids, found.Person)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	return people, more || after != "", v.looked(tx, "web.search", "", ids...)
}

// ours chooses those who are registered where the post looks, or were once; nil where it looks at everybody.
func (v *view) ours(tx *store.Tx) (register.Choice, error) {
	if v.wholeCounty() {
		return nil, nil
	}
	divisions, err := v.Record.Register.MadeOf(tx, v.session.Post.Organisation.Division, v.today())
	return v.Record.Register.RegisteredIn(divisions), err
}

// nearby are those found who are registered where the post looks, or were once: only of them the rest is read.
func (v *view) nearby(tx *store.Tx, found []register.Found) (near []register.Found, err error) {
	if v.wholeCounty() {
		return found, nil
	}
	for _, f := range found {
		for _, home := range f.Homes {
			covers, err := v.covers(tx, home)
			if err != nil {
				return nil, err
			}
			if covers {
				near = append(near, f)
				break
			}
		}
	}
	return near, nil
}

// seesPeople tells whether the request was let through as a clerk's, and not a cashier's.
func (v *view) seesPeople() bool { return v.permission == auth.SeePeople }
