package register

import (
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"

	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// The queries by which persons are found. Each begins at an index; a test reads their plans.
const (
	numberQuery = `SELECT party_id FROM person_number WHERE county_code = ?1 AND token = ?2`
	nameQuery   = `SELECT party_id FROM person_name WHERE county_code = ?1 AND token = ?2 AND party_id > ?3 ORDER BY party_id LIMIT ?4`
	// foundQuery reads names, numbers and homes of those nameQuery finds.
	foundQuery = `SELECT ` + dated.Columns + `
		FROM (` + nameQuery + `) found
		JOIN statement ON statement.county_code = ?1 AND statement.subject_id = found.party_id AND statement.name IN (?5, ?6, ?7)`
	// chosenQuery reads the same of one of those that were chosen.
	chosenQuery = `SELECT ` + dated.Columns + ` FROM statement WHERE county_code = ?1 AND subject_id = ?* AND name IN (?2, ?3, ?4)`
	homeQuery   = `SELECT party_id, token FROM person_name WHERE county_code = ?1 AND party_id = ?* AND token IN (?2`
)

// Queries are the queries by which persons are found, by what each finds, for whoever reads their plans. They take the county, the
// token, the id to begin after and how many; then the names of the three statements that are read.
func Queries() map[string]string {
	return map[string]string{"number": numberQuery, "name": nameQuery, "names of found": foundQuery, "home": strings.Replace(homeQuery, "?*", "?3", 1) + ")"}
}

// longestPrefix is how many characters of a name can be searched by; more are compared after reading.
const longestPrefix = 6

// readings bounds in how many ways the initials of one name are read; characters have up to six readings.
const readings = 12

// Page is a part of what a search found, by id.
type Page struct {
	Found []Found
	Next  string // search again after this id for more; "" at the end
}

// Found is a person that a search found.
type Found struct {
	Person string
	Name   string
	Number ident.PersonID   // mask it before it is shown
	Homes  []ident.Division // the person is registered in, or was
}

// ByNumber finds the person of an identity number; "" when nobody has it.
func (r *Register) ByNumber(tx *store.Tx, number ident.PersonID) (person string, err error) {
	return r.byNumber(tx, number)
}

func (r *Register) byNumber(tx *store.Tx, number ident.PersonID) (person string, err error) {
	token := r.keys.NumberToken(number)
	if r.index == nil {
		return owner(tx, token)
	}
	person, known := r.index.owners[token]
	if !known {
		if person, err = owner(tx, token); err == nil {
			r.index.owners[token] = person
		}
	}
	return person, err
}

// owner is whose number a token stands for.
func owner(tx *store.Tx, token string) (person string, err error) {
	err = tx.QueryRow(numberQuery, tx.County, token).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return person, err
}

// Find finds persons by what was typed: an identity number, the beginning of a name (王小) or of its pinyin initials (wx). It
// looks at no more than limit persons whose ids follow after; former names are found as well. Code: register.search-empty.
func (r *Register) Find(tx *store.Tx, typed, after string, limit int) (Page, error) {
	return r.FindAmong(tx, typed, after, limit, nil)
}

// Choice chooses those of some persons that a search is about, before anything else is read of them; nil for all.
type Choice func(tx *store.Tx, persons []string) (chosen []string, err error)

// FindAmong is [Register.Find] among those whom choose chooses.
func (r *Register) FindAmong(tx *store.Tx, typed, after string, limit int, choose Choice) (Page, error) {
	typed = strings.TrimSpace(typed)
	if compact(typed) == "" {
		return Page{}, searchEmpty()
	}
	if number, err := ident.ParsePersonID(typed); err == nil {
		return r.foundByNumber(tx, number, after)
	}
	purpose, wanted := namePurpose, compact(typed)
	if isLetters(wanted) {
		purpose, wanted = initialPurpose, strings.ToLower(wanted)
	}
	seen, err := r.beginning(tx, r.keys.shortToken(purpose, first(wanted, longestPrefix)), after, limit, choose)
	if err != nil {
		return Page{}, err
	}
	page, err := gather(dated.Known(seen.statements, now), func(names []string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return answers(purpose, name, wanted) })
	})
	if seen.persons == limit {
		page.Next = seen.last
	}
	return page, err
}

// looked is what a search has looked at.
type looked struct {
	statements []dated.Statement // names, numbers and homes
	persons    int               // also of those who were not chosen
	last       string
}

// beginning looks at those whom a token finds.
func (r *Register) beginning(tx *store.Tx, token, after string, limit int, choose Choice) (seen looked, err error) {
	names := []any{r.keys.nameToken(nameFact), r.keys.nameToken(numberFact), r.keys.nameToken(homeFact)}
	if choose == nil {
		seen.statements, err = r.book.Select(tx, foundQuery, append([]any{tx.County, token, after, limit}, names...)...)
		seen.last, seen.persons = lastOf(seen.statements)
		return seen, err
	}
	persons, err := store.All(tx, store.Text, nameQuery, tx.County, token, after, limit)
	if err != nil || len(persons) == 0 {
		return seen, err
	}
	seen.last, seen.persons = persons[len(persons)-1], len(persons)
	if persons, err = choose(tx, persons); err != nil {
		return seen, err
	}
	seen.statements, err = r.book.Among(tx, chosenQuery, persons, names...)
	return seen, err
}

// RegisteredIn chooses who is registered in one of some divisions, or once was. Of whom it is not noted where they are registered, because they were
// registered by an earlier version, are chosen as well: Homes tells.
func (r *Register) RegisteredIn(divisions []ident.Division) Choice {
	tokens := []any{r.keys.homeToken("")}
	query := homeQuery
	for _, d := range divisions {
		tokens = append(tokens, r.keys.homeToken(d.Normalise()))
		query += ", ?" + strconv.Itoa(len(tokens)+1)
	}
	return func(tx *store.Tx, persons []string) (chosen []string, err error) {
		type home struct{ person, token string }
		homes, err := store.Among(tx, func(rows *store.Rows) (h home, err error) { return h, rows.Scan(&h.person, &h.token) }, query+")", persons, append([]any{tx.County}, tokens...)...)
		noted, here := map[string]bool{}, map[string]bool{}
		for _, h := range homes {
			if h.token == tokens[0] {
				noted[h.person] = true
			} else {
				here[h.person] = true
			}
		}
		return slices.DeleteFunc(slices.Clone(persons), func(person string) bool { return noted[person] && !here[person] }), err
	}
}

// lastOf is the greatest subject of the statements, and how many subjects there are.
func lastOf(statements []dated.Statement) (last string, seen int) {
	subjects := map[string]bool{}
	for _, s := range statements {
		subjects[s.Subject] = true
		last = max(last, s.Subject)
	}
	return last, len(subjects)
}

func (r *Register) foundByNumber(tx *store.Tx, number ident.PersonID, after string) (Page, error) {
	person, err := r.byNumber(tx, number)
	if err != nil || person == "" || person <= after {
		return Page{}, err
	}
	statements, err := r.book.Of(tx, person, now)
	if err != nil {
		return Page{}, err
	}
	return gather(statements, func([]string) bool { return true })
}

// gather makes one Found of each person's statements. Of several names the one learnt last is shown.
func gather(statements []dated.Statement, wanted func(names []string) bool) (Page, error) {
	found, names := map[string]*Found{}, map[string][]string{}
	for _, s := range statements {
		if s.Name != nameFact && s.Name != numberFact && s.Name != homeFact {
			continue
		}
		text, err := unquoted(s.Value)
		if err != nil {
			return Page{}, err
		}
		if found[s.Subject] == nil {
			found[s.Subject] = &Found{Person: s.Subject}
		}
		switch f := found[s.Subject]; s.Name {
		case nameFact:
			f.Name = text
			names[s.Subject] = append(names[s.Subject], text)
		case numberFact:
			f.Number = ident.PersonID(text)
		default:
			f.Homes = append(f.Homes, ident.Division(text))
		}
	}
	var page Page
	for id, f := range found {
		if wanted(names[id]) {
			page.Found = append(page.Found, *f)
		}
	}
	slices.SortFunc(page.Found, func(a, b Found) int { return strings.Compare(a.Person, b.Person) })
	return page, nil
}

// answers tells whether a name is one that was searched for. It finds out tokens that are alike by chance, and names
// that differ only after longestPrefix.
func answers(purpose, name, wanted string) bool {
	if purpose == namePurpose {
		return strings.HasPrefix(compact(name), wanted)
	}
	return slices.ContainsFunc(initials(name), func(letters string) bool { return strings.HasPrefix(letters, first(wanted, longestPrefix)) })
}

// enter makes a person findable by a name, a number, name and birthday, or where the person is registered.
func (r *Register) enter(tx *store.Tx, party, fact, value string) error {
	switch fact {
	case numberFact:
		text, err := unquoted(value)
		if err != nil {
			return err
		}
		return r.enterToken(tx, entry{numberTable, r.keys.NumberToken(ident.PersonID(text)), party})
	case birthFact:
		return r.enterBorn(tx, party)
	case homeFact:
		text, err := unquoted(value)
		if err != nil {
			return err
		}
		return r.enterName(tx, called{party: party, home: ident.Division(text)})
	case nameFact:
		text, err := unquoted(value)
		if err != nil {
			return err
		}
		if err := r.enterName(tx, called{party: party, Namesake: Namesake{Name: text}}); err != nil {
			return err
		}
		return r.enterBorn(tx, party)
	}
	return nil
}

// enterBorn makes a person findable by every name and birthday that are known.
func (r *Register) enterBorn(tx *store.Tx, party string) error {
	statements, err := r.book.Of(tx, party, now)
	if err != nil {
		return err
	}
	names, births, err := calledBy(statements)
	if err != nil {
		return err
	}
	for _, name := range names {
		for _, birth := range births {
			if err := r.enterName(tx, called{party: party, Namesake: Namesake{name, birth}, born: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// enterName makes a person findable by a name or, with a birthday, by both.
func (r *Register) enterName(tx *store.Tx, c called) error {
	if r.index != nil {
		c.Name = compact(c.Name)
		r.book.IfBack(r.index.call(c))
		return nil
	}
	for _, e := range r.keys.entries([]called{c}) {
		if err := r.enterToken(tx, e); err != nil {
			return err
		}
	}
	return nil
}

// entry says that a token finds a party.
type entry struct{ table, token, party string }

const (
	numberTable = "person_number"
	nameTable   = "person_name"
)

func (r *Register) enterToken(tx *store.Tx, e entry) error {
	if r.index != nil {
		r.book.IfBack(r.index.enter(e))
		return nil
	}
	_, err := tx.Exec(`INSERT INTO `+e.table+` (county_code, token, party_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING`, tx.County, e.token, e.party)
	return err
}

// calledBy are the names and birthdays that statements give.
func calledBy(statements []dated.Statement) (names []string, births []period.Day, err error) {
	for _, s := range statements {
		var birth period.Day
		switch s.Name {
		case nameFact:
			name, err := unquoted(s.Value)
			if err != nil {
				return nil, nil, err
			}
			names = append(names, name)
		case birthFact:
			if err := json.Unmarshal([]byte(s.Value), &birth); err != nil {
				return nil, nil, err
			}
			births = append(births, birth)
		}
	}
	return names, births, nil
}

func (k *Keys) bornToken(n Namesake) string {
	b := bornOf(n)
	return k.shortToken(b.purpose, b.text)
}

// bornOf is a name and birthday as what a person is found by.
func bornOf(n Namesake) beginning {
	return beginning{bornPurpose, compact(n.Name) + "\x00" + n.Birth.String()}
}

// Namesake is what two people seldom share.
type Namesake struct {
	Name  string
	Birth period.Day
}

const bornQuery = `SELECT party_id FROM person_name WHERE county_code = ?1 AND token = ?2`

// Namesakes are the persons who have a name and birthday, by id: probably one, who has two numbers or is registered twice.
func (r *Register) Namesakes(tx *store.Tx, n Namesake) ([]string, error) {
	found, err := r.bornAlike(tx, n)
	if err != nil {
		return nil, err
	}
	var alike []string
	for _, person := range unique(found) {
		statements, err := r.book.Of(tx, person, now)
		if err != nil {
			return nil, err
		}
		names, births, err := calledBy(statements)
		if err != nil {
			return nil, err
		}
		same := func(name string) bool { return compact(name) == compact(n.Name) }
		if slices.ContainsFunc(names, same) && slices.Contains(births, n.Birth) {
			alike = append(alike, person)
		}
	}
	return alike, nil
}

// bornAlike are whom the token of a name and birthday finds.
func (r *Register) bornAlike(tx *store.Tx, n Namesake) ([]string, error) {
	token := r.keys.bornToken(n)
	if r.index == nil {
		return store.All(tx, store.Text, bornQuery, tx.County, token)
	}
	found, known := r.index.born[token]
	if !known {
		var err error
		if found, err = store.All(tx, store.Text, bornQuery, tx.County, token); err != nil {
			return nil, err
		}
		r.index.born[token] = found
	}
	return slices.Concat(found, r.index.fresh[Namesake{compact(n.Name), n.Birth}]), nil
}

// release frees a number that turned out not to be the person's, so that its owner can be registered. It stays if another
// statement still says so. Former names stay findable.
func (r *Register) release(tx *store.Tx, old dated.Statement) error {
	if old.Name != numberFact {
		return nil
	}
	statements, err := r.book.Of(tx, old.Subject, now)
	if err != nil {
		return err
	}
	for _, s := range dated.Named(statements, numberFact) {
		if s.Value == old.Value {
			return nil
		}
	}
	number, err := unquoted(old.Value)
	if err != nil {
		return err
	}
	e := entry{numberTable, r.keys.NumberToken(ident.PersonID(number)), old.Subject}
	if r.index != nil {
		r.book.IfBack(r.index.release(e))
		return nil
	}
	return releaseToken(tx, e)
}

func releaseToken(tx *store.Tx, e entry) error {
	return tx.Later(nil, `DELETE FROM person_number WHERE county_code = ?1 AND token = ?2 AND party_id = ?3`, tx.County, e.token, e.party)
}

const (
	namePurpose    = "name"
	initialPurpose = "initials"
	bornPurpose    = "born"
	homePurpose    = "home"
)

// beginning is one by which a person is found.
type beginning struct{ purpose, text string }

func (k *Keys) homeToken(d ident.Division) string { return k.shortToken(homePurpose, string(d)) }

// homes are the divisions of the county that a home is in, and "" for being somewhere: by each of them somebody is found.
func homes(home ident.Division) []beginning {
	found := []beginning{{homePurpose, ""}}
	for home = home.Normalise(); home.Level() > ident.County; home = home.Parent() {
		found = append(found, beginning{homePurpose, string(home)})
	}
	return found
}

// beginnings are those of a name and of its initials.
func beginnings(name string) []beginning {
	found := beginningsOf(namePurpose, []string{compact(name)})
	return append(found, beginningsOf(initialPurpose, initials(name))...)
}

// beginningsOf are those of words, once each.
func beginningsOf(purpose string, words []string) []beginning {
	var texts []string
	for _, word := range words {
		for n := 1; n <= min(len([]rune(word)), longestPrefix); n++ {
			texts = append(texts, first(word, n))
		}
	}
	slices.Sort(texts)
	var found []beginning
	for _, text := range slices.Compact(texts) {
		found = append(found, beginning{purpose, text})
	}
	return found
}

// initials are the pinyin initials of a name in every reading, in small letters: 单小明 is dxm, sxm and cxm. Latin letters stand for
// themselves, the point of minority names for nothing.
func initials(name string) []string {
	style := pinyin.Args{Style: pinyin.FirstLetter, Heteronym: true, Fallback: func(r rune, _ pinyin.Args) []string {
		if r < unicode.MaxASCII && unicode.IsLetter(r) {
			return []string{strings.ToLower(string(r))}
		}
		return nil
	}}
	words := []string{""}
	for _, letters := range pinyin.Pinyin(first(compact(name), longestPrefix), style) {
		var longer []string
		for _, word := range words {
			for _, letter := range letters {
				longer = append(longer, word+letter)
			}
		}
		words = longer[:min(len(longer), readings)]
	}
	return words
}

// compact is a name without blanks and points, as people type it.
func compact(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("·•・．.", r) {
			return -1
		}
		return r
	}, name)
}

func isLetters(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) })
}

func first(s string, n int) string {
	runes := []rune(s)
	return string(runes[:min(n, len(runes))])
}

// SameName tells whether two names are the same, blanks and points aside.
func SameName(a, b string) bool { return compact(a) == compact(b) }
