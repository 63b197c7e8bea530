package roll

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// An import is compared in phases, each in pieces of a fixed size, however many rows there are. In the first its place is empty; in the others it begins with a sign that
// sorts before the places of rows, or behind them, and goes on with where the piece before ended.
const (
	toNumbers    = "*" // rows stand with their groups; what the rows of a number say of each other is noted
	toBirths     = "+" // the same of those of a name and birthday
	toRows       = "," // the rows are judged; from then on the place is that of the last one
	toHouseholds = "~" // every row has its verdict; rows about one household are held against each other
)

// piece is how many rows a phase looks at in one command.
const piece = 5000

const misplacedQuery = `SELECT place, leader FROM (SELECT place, MIN(place) OVER (PARTITION BY group_token) AS leader FROM roll_row
	WHERE county_code = ?1 AND import_id = ?2 AND group_token <> '') AS standing
	WHERE substr(place, 1, 16) <> substr(leader, 1, 16) ORDER BY place LIMIT ?3`

// arrange brings rows that stand apart from their group in the file to the first of them.
func arrange(tx *store.Tx, i Import) (keeping, error) {
	type misplaced struct{ place, leader string }
	found, err := store.All(tx, func(rows *store.Rows) (m misplaced, err error) { return m, rows.Scan(&m.place, &m.leader) }, misplacedQuery, tx.County, i.ID, 4*piece)
	return func(tx *store.Tx, i *Import) error {
		for _, m := range found {
			err := tx.Later(nil, `UPDATE roll_row SET place = ?4 WHERE county_code = ?1 AND import_id = ?2 AND place = ?3`, tx.County, i.ID, m.place, m.leader[:shortToken]+m.place[shortToken:])
			if err != nil {
				return err
			}
		}
		if len(found) < 4*piece {
			i.place = toNumbers
		}
		return nil
	}, err
}

// repeated is a row whose number, or name and birthday, stands in the file more than once.
type repeated struct {
	no                              int64
	place, group, number, born, all string
}

func scanRepeated(rows *store.Rows) (f repeated, err error) {
	return f, rows.Scan(&f.no, &f.place, &f.group, &f.number, &f.born, &f.all)
}

// Rows are found by one pass over the table, without a join: what a database believes of a table that has just been filled leads it astray.
const (
	numbersQuery = `SELECT row_no, place, group_token, number_token, born_token, row_token FROM (SELECT row_no, place, group_token, number_token, born_token, row_token,
		MIN(born_token) OVER (PARTITION BY number_token) AS born_one, MAX(born_token) OVER (PARTITION BY number_token) AS born_two,
		MIN(group_token) OVER (PARTITION BY number_token) AS group_one, MAX(group_token) OVER (PARTITION BY number_token) AS group_two,
		COUNT(*) OVER (PARTITION BY number_token, row_token) AS alike
		FROM roll_row WHERE county_code = ?1 AND import_id = ?2 AND number_token > ?3) AS said
		WHERE born_one <> born_two OR group_one <> group_two OR alike > 1 ORDER BY number_token, row_no LIMIT ?4`
	birthsQuery = `SELECT row_no, place, group_token, number_token, born_token, row_token FROM (SELECT row_no, place, group_token, number_token, born_token, row_token,
		MIN(number_token) OVER (PARTITION BY born_token) AS number_one, MAX(number_token) OVER (PARTITION BY born_token) AS number_two
		FROM roll_row WHERE county_code = ?1 AND import_id = ?2 AND born_token > ?3) AS said
		WHERE number_one <> number_two ORDER BY born_token, row_no LIMIT ?4`
	householdsQuery = `SELECT household, place, row_no, verdict, party_id FROM (SELECT household, place, row_no, verdict, party_id,
		MIN(said_token) OVER (PARTITION BY household) AS said_one, MAX(said_token) OVER (PARTITION BY household) AS said_two
		FROM roll_verdict WHERE county_code = ?1 AND import_id = ?2 AND household > ?3) AS said
		WHERE said_one <> said_two ORDER BY household, row_no LIMIT ?4`
)

// groupsAfter are the next rows that a query finds behind a key, whole groups of a key. more tells whether there are others.
func groupsAfter[T any](tx *store.Tx, i Import, query, after string, scan func(*store.Rows) (T, error), key func(T) string) (groups [][]T, more bool, err error) {
	for limit := piece; ; limit *= 2 {
		found, err := store.All(tx, scan, query, tx.County, i.ID, after, limit)
		if err != nil {
			return nil, false, err
		}
		groups = nil
		for n := range found {
			if n == 0 || key(found[n]) != key(found[n-1]) {
				groups = append(groups, nil)
			}
			groups[len(groups)-1] = append(groups[len(groups)-1], found[n])
		}
		switch {
		case len(found) < limit:
			return groups, false, nil
		case len(groups) > 1: // the last may not be whole
			return groups[:len(groups)-1], true, nil
		}
	}
}

// noteNumbers notes what rows of one number say of each other.
func noteNumbers(tx *store.Tx, i Import) (keeping, error) {
	groups, more, err := groupsAfter(tx, i, numbersQuery, i.place[1:], scanRepeated, func(f repeated) string { return f.number })
	return func(tx *store.Tx, i *Import) error {
		i.place = toBirths
		for _, rows := range groups {
			if err := sameNumber(tx, i.ID, rows); err != nil {
				return err
			}
			if more {
				i.place = toNumbers + rows[0].number
			}
		}
		return nil
	}, err
}

// noteBirths asks about rows of one name and birthday with different numbers.
func noteBirths(tx *store.Tx, i Import) (keeping, error) {
	groups, more, err := groupsAfter(tx, i, birthsQuery, i.place[1:], scanRepeated, func(f repeated) string { return f.born })
	return func(tx *store.Tx, i *Import) error {
		i.place = toRows
		for _, rows := range groups {
			if err := ask(tx, i.ID, rows, "two-numbers"); err != nil {
				return err
			}
			if more {
				i.place = toBirths + rows[0].born
			}
		}
		return nil
	}, err
}

// sameNumber looks at the rows of one identity number, in their order.
func sameNumber(tx *store.Tx, id string, rows []repeated) error {
	first := map[string]int64{}
	for _, f := range rows {
		earlier := first[f.all]
		if earlier == 0 {
			first[f.all] = f.no
			continue
		}
		err := tx.Later(nil, `INSERT INTO roll_note (county_code, import_id, place, repeats, question, about) VALUES (?1, ?2, ?3, ?4, '', '') ON CONFLICT DO NOTHING`, tx.County, id, f.place, earlier)
		if err != nil {
			return err
		}
	}
	differ := func(of func(repeated) string) bool {
		return slices.ContainsFunc(rows, func(f repeated) bool { return of(f) != of(rows[0]) })
	}
	switch {
	case differ(func(f repeated) string { return f.born }):
		return ask(tx, id, rows, "two-names")
	case differ(func(f repeated) string { return f.group }):
		return ask(tx, id, rows, "two-households")
	}
	return nil
}

// ask notes what a person decides about rows, but not about those that repeat others.
func ask(tx *store.Tx, id string, rows []repeated, question string) error {
	var numbers []int64
	for _, f := range rows {
		numbers = append(numbers, f.no)
	}
	about := listed(numbers)
	for _, f := range rows {
		err := tx.Later(nil, `INSERT INTO roll_note (county_code, import_id, place, repeats, question, about) VALUES (?1, ?2, ?3, 0, ?4, ?5)
			ON CONFLICT (county_code, import_id, place) DO UPDATE SET question = ?4, about = ?5 WHERE roll_note.repeats = 0`, tx.County, id, f.place, question, about)
		if err != nil {
			return err
		}
	}
	return nil
}

// listed are numbers of rows as people read them, not more than ten.
func listed(numbers []int64) string {
	var texts []string
	for _, n := range numbers[:min(len(numbers), 10)] {
		texts = append(texts, fmt.Sprint(n))
	}
	if len(numbers) > 10 {
		texts = append(texts, "…")
	}
	return strings.Join(texts, "、")
}

// notes are what rows say of each other, by number of the row.
type notes struct {
	duplicate map[int64]int64 // the row that it repeats
	question  map[int64]*fault.Error
}

var questions = map[string]func(rows string) *fault.Error{"two-names": twoNames, "two-households": twoHouseholds, "two-numbers": twoNumbers}

// notesOf reads what is noted of rows, which follow each other, and looks for contradictions.
func (r *Rolls) notesOf(tx *store.Tx, i Import, rows []*row) (notes, error) {
	n := notes{map[int64]int64{}, map[int64]*fault.Error{}}
	numbers := map[string]int64{}
	for _, row := range rows {
		numbers[row.place] = row.No
	}
	type note struct {
		place, question, about string
		repeats                int64
	}
	found, err := store.All(tx, func(rows *store.Rows) (f note, err error) {
		return f, rows.Scan(&f.place, &f.repeats, &f.question, &f.about)
	},
		`SELECT place, repeats, question, about FROM roll_note WHERE county_code = ?1 AND import_id = ?2 AND place >= ?3 AND place <= ?4`, tx.County, i.ID, rows[0].place, rows[len(rows)-1].place)
	if err != nil {
		return n, err
	}
	for _, f := range found {
		if f.repeats != 0 {
			n.duplicate[numbers[f.place]] = f.repeats
		} else {
			n.question[numbers[f.place]] = questions[f.question](f.about)
		}
	}
	return n, n.contradictions(i, rows)
}

// contradictions finds rows of one person that state a fact differently for the same days.
func (n notes) contradictions(i Import, rows []*row) error {
	said := map[string][]spoken{}
	for _, r := range rows {
		number, _ := r.number()
		if number == "" || n.duplicate[r.No] != 0 {
			continue
		}
		for _, d := range r.Data {
			if strings.HasPrefix(d.Field, "person.") || strings.HasPrefix(d.Field, "roster.") {
				key := string(number) + " " + d.Field
				said[key] = append(said[key], spoken{r, d})
			}
		}
	}
	for _, key := range keysOf(said) {
		against, err := contradicting(said[key], dated.From(i.Since))
		if err != nil {
			return err
		}
		for _, r := range against {
			if n.question[r.No] == nil {
				n.question[r.No] = contradiction(listed(numbersOf(against)))
			}
		}
	}
	return nil
}

// spoken is what a row says of one fact.
type spoken struct {
	r *row
	d datum
}

// contradicting are the rows, in their order, of which another says otherwise for some of the same days.
func contradicting(said []spoken, otherwise period.Span) (rows []*row, err error) {
	if !slices.ContainsFunc(said, func(s spoken) bool { return string(s.d.Value) != string(said[0].d.Value) }) {
		return nil, nil
	}
	spans := make([]period.Span, len(said))
	for k, s := range said {
		if spans[k], err = s.d.days(otherwise); err != nil {
			return nil, err
		}
	}
	for k, s := range said {
		for l, other := range said {
			if string(s.d.Value) != string(other.d.Value) && spans[k].Overlaps(spans[l]) {
				rows = append(rows, s.r)
				break
			}
		}
	}
	slices.SortFunc(rows, func(a, b *row) int { return int(a.No - b.No) })
	return slices.Compact(rows), nil
}

func numbersOf(rows []*row) (numbers []int64) {
	for _, r := range rows {
		numbers = append(numbers, r.No)
	}
	return numbers
}

// about is a row with a verdict that says something about a household.
type about struct {
	stored
	household, party string
}

// holdHouseholds asks about rows that state a fact of one household differently for the same days, however they reach it: by its number, its head's or another member's.
func (r *Rolls) holdHouseholds(tx *store.Tx, i Import) (keeping, error) {
	groups, more, err := groupsAfter(tx, i, householdsQuery, i.place[1:], func(rows *store.Rows) (a about, err error) {
		return a, rows.Scan(&a.household, &a.place, &a.no, &a.verdict, &a.party)
	}, func(a about) string { return a.household })
	return func(tx *store.Tx, i *Import) error {
		for _, group := range groups {
			if err := r.holdHousehold(tx, i, group); err != nil {
				return err
			}
			i.place = toHouseholds + group[0].household
		}
		if !more {
			i.turn(Ready)
		}
		return nil
	}, err
}

func (r *Rolls) holdHousehold(tx *store.Tx, i *Import, group []about) error {
	staged := make([]stored, len(group))
	for k, a := range group {
		staged[k] = a.stored
	}
	if err := contents(tx, i.ID, staged); err != nil {
		return err
	}
	rows, err := r.open(tx, i.ID, staged)
	if err != nil {
		return err
	}
	said := map[string][]spoken{}
	for _, row := range rows {
		for _, d := range row.ofHousehold() {
			said[d.Field] = append(said[d.Field], spoken{row, d})
		}
	}
	against := map[int64]*fault.Error{}
	for _, field := range keysOf(said) {
		found, err := contradicting(said[field], dated.From(i.Since))
		if err != nil {
			return err
		}
		for _, row := range found {
			if against[row.No] == nil {
				against[row.No] = householdContradiction(r.factType(field).Label, listed(numbersOf(found)))
			}
		}
	}
	for _, a := range group {
		if question := against[a.no]; question != nil {
			if err := r.turnAmbiguous(tx, i, a, question); err != nil {
				return err
			}
		}
	}
	return nil
}

func keysOf(said map[string][]spoken) []string { return slices.Sorted(maps.Keys(said)) }

// turnAmbiguous lets a person decide about a row that was thought to be clear.
func (r *Rolls) turnAmbiguous(tx *store.Tx, i *Import, a about, question *fault.Error) error {
	judged, err := r.judgedOf(tx, i.ID, a.place)
	if err != nil {
		return err
	}
	for _, c := range judged.Changes {
		if c.Kind == Disagrees {
			i.Counts.Disagreements--
		}
	}
	i.Counts.Verdicts[Verdict(a.verdict)]--
	i.Counts.Verdicts[Ambiguous]++
	var j judgement
	j.ask(question, a.party)
	sealed, err := r.sealJudged(tx, i.ID, []judgement{j})
	if err != nil {
		return err
	}
	return tx.Later(nil, `UPDATE roll_verdict SET verdict = ?4, content = ?5 WHERE county_code = ?1 AND import_id = ?2 AND place = ?3`, tx.County, i.ID, a.place, string(Ambiguous), sealed[0])
}

// judgedOf is what was thought of a row.
func (r *Rolls) judgedOf(tx *store.Tx, id, place string) (j judgement, err error) {
	sealed, err := store.All(tx, store.Text, `SELECT content FROM roll_verdict WHERE county_code = ?1 AND import_id = ?2 AND place = ?3`, tx.County, id, place)
	if err != nil {
		return j, err
	}
	opened, err := r.Cipher.Open(tx, id, sealed...)
	if err != nil || len(opened) == 0 {
		return j, err
	}
	return j, json.Unmarshal(opened[0], &j)
}

// ofHousehold is what a row says of the household.
func (r *row) ofHousehold() (data []datum) {
	for _, d := range r.Data {
		if strings.HasPrefix(d.Field, "household.") {
			data = append(data, d)
		}
	}
	return data
}
