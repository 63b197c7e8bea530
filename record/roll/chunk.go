package roll

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

// stored is a staged row as it is kept.
type stored struct {
	place, content, verdict, decision string
	no                                int64
}

func scanStored(rows *store.Rows) (s stored, err error) {
	return s, rows.Scan(&s.place, &s.no, &s.content, &s.verdict, &s.decision)
}

// What follows a place is read by a primary key alone: what a database believes of tables that have just been filled leads it astray when it joins them.
const (
	rowsAfter     = `SELECT place, row_no, content, '', '' FROM roll_row WHERE county_code = ?1 AND import_id = ?2 AND place > ?3 ORDER BY place LIMIT ?4`
	verdictsAfter = `SELECT place, row_no, '', verdict, decision FROM roll_verdict WHERE county_code = ?1 AND import_id = ?2 AND place > ?3 ORDER BY place LIMIT ?4`
	contentQuery  = `SELECT place, content FROM roll_row WHERE county_code = ?1 AND import_id = ?2 AND place = ?*`
)

// after are the next rows of an import behind its place, whole groups if that can be.
func after(tx *store.Tx, i Import, query string) ([]stored, error) {
	found, err := store.All(tx, scanStored, query, tx.County, i.ID, i.place, chunk+1)
	if len(found) > chunk {
		found = wholeGroups(found)
	}
	return found, err
}

// contents reads what rows hold, in their order.
func contents(tx *store.Tx, id string, found []stored) error {
	places := make([]string, len(found))
	for k, s := range found {
		places[k] = s.place
	}
	type content struct{ place, content string }
	list, err := store.Among(tx, func(rows *store.Rows) (c content, err error) { return c, rows.Scan(&c.place, &c.content) }, contentQuery, places, tx.County, id)
	by := make(map[string]string, len(list))
	for _, c := range list {
		by[c.place] = c.content
	}
	for k := range found {
		found[k].content = by[found[k].place]
	}
	return err
}

// wholeGroups cuts rows off behind the last group that is there whole. A group that is larger than a chunk is cut.
func wholeGroups(found []stored) []stored {
	last := found[len(found)-1].place[:shortToken]
	if strings.HasPrefix(last, "-") {
		return found[:chunk]
	}
	n := slices.IndexFunc(found, func(s stored) bool { return s.place[:shortToken] == last })
	if n == 0 {
		return found[:chunk]
	}
	return found[:n]
}

// open reads what rows say.
func (r *Rolls) open(tx *store.Tx, id string, found []stored) ([]*row, error) {
	sealed := make([]string, len(found))
	for n, s := range found {
		sealed[n] = s.content
	}
	plain, err := r.Cipher.Open(tx, id, sealed...)
	if err != nil {
		return nil, err
	}
	rows, faults := make([]*row, len(found)), make([]error, len(found))
	share(len(found), func(n int) {
		rows[n] = &row{place: found[n].place, verdict: Verdict(found[n].verdict)}
		faults[n] = json.Unmarshal(plain[n], rows[n])
		if found[n].decision != "" && faults[n] == nil {
			rows[n].decision = &Decision{}
			faults[n] = json.Unmarshal([]byte(found[n].decision), rows[n].decision)
		}
	})
	for _, err := range faults {
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// share does n pieces of work that have nothing to do with each other, on all processors.
func share(n int, do func(i int)) {
	workers := runtime.GOMAXPROCS(0)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := w; i < n; i += workers {
				do(i)
			}
		})
	}
	group.Wait()
}

// judgeAll judges rows, heads of households first, with the register in memory. With keep what they do is kept.
func (r *Rolls) judgeAll(tx *store.Tx, i Import, rows []*row, n notes, keep bool) ([]judgement, *clerk, error) {
	c := &clerk{Rolls: r, tx: tx, imported: i, notes: n, open: map[string][]disagreement{}}
	ahead, err := c.prepare(rows)
	if err != nil {
		return nil, nil, err
	}
	order := make([]int, len(rows))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(strings.Compare(rows[a].place[:shortToken], rows[b].place[:shortToken]), cmp.Compare(number(rows[b].isHead()), number(rows[a].isHead())), cmp.Compare(rows[a].No, rows[b].No))
	})
	judged := make([]judgement, len(rows))
	do := func(many *register.Register) error {
		c.many = many
		for _, k := range order {
			var err error
			if judged[k], err = c.judge(rows[k]); err != nil {
				return err
			}
		}
		return nil
	}
	if keep {
		err = r.Register.Bulk(tx, ahead, do)
	} else {
		err = r.Register.Rehearse(tx, ahead, do)
	}
	return judged, c, err
}

// prepare reads together what the rows will ask for.
func (c *clerk) prepare(rows []*row) (ahead register.Ahead, err error) {
	if c.divisions, err = c.Register.Divisions(c.tx, dated.Today(c.tx), rule.Forever); err != nil {
		return ahead, err
	}
	var tokens []string
	for _, r := range rows {
		if number, _ := r.number(); number != "" {
			ahead.Numbers = append(ahead.Numbers, number)
		}
		if n, known := r.namesake(); known {
			ahead.Namesakes = append(ahead.Namesakes, n)
		}
		if key := r.household(); key != "" {
			tokens = append(tokens, c.householdToken(c.imported, key))
		}
		if r.decision != nil && r.decision.Person != "" {
			ahead.Parties = append(ahead.Parties, r.decision.Person)
		}
	}
	slices.Sort(tokens)
	type pair struct{ token, party string }
	found, err := store.Among(c.tx, func(rows *store.Rows) (p pair, err error) { return p, rows.Scan(&p.token, &p.party) },
		`SELECT token, party_id FROM roll_household WHERE county_code = ?1 AND token = ?*`, slices.Compact(tokens), c.tx.County)
	c.households = map[string]string{}
	for _, p := range found {
		c.households[p.token] = p.party
		ahead.Parties = append(ahead.Parties, p.party)
	}
	return ahead, err
}

// notes are what rows of a file say of each other, by number of the row.
type notes struct {
	duplicate map[int64]int64 // the row that it repeats
	question  map[int64]*fault.Error
}

// repeated is a row whose number, or name and birthday, stands in the file more than once.
type repeated struct {
	no                       int64
	group, number, born, all string
}

const repeatedQuery = `SELECT row_no, place, number_token, born_token, row_token FROM roll_row WHERE county_code = ?1 AND import_id = ?2 AND (
	number_token IN (SELECT number_token FROM roll_row WHERE county_code = ?1 AND import_id = ?2 AND number_token <> '' GROUP BY number_token HAVING COUNT(*) > 1)
	OR born_token IN (SELECT born_token FROM roll_row WHERE county_code = ?1 AND import_id = ?2 AND born_token <> '' GROUP BY born_token HAVING COUNT(*) > 1)) ORDER BY row_no`

// compareRows finds out what the rows of a file say of each other, by their tokens.
func (r *Rolls) compareRows(ctx context.Context, county, id string) (notes, error) {
	n := notes{map[int64]int64{}, map[int64]*fault.Error{}}
	var found []repeated
	err := r.Store.Read(ctx, county, func(tx *store.Tx) (err error) {
		found, err = store.All(tx, func(rows *store.Rows) (f repeated, err error) {
			err = rows.Scan(&f.no, &f.group, &f.number, &f.born, &f.all)
			f.group = f.group[:min(len(f.group), shortToken)]
			return f, err
		}, repeatedQuery, tx.County, id)
		return err
	})
	if err != nil {
		return n, err
	}
	for _, rows := range grouped(found, func(f repeated) string { return f.number }) {
		n.sameNumber(rows)
	}
	for _, rows := range grouped(found, func(f repeated) string { return f.born }) {
		if distinct(rows, func(f repeated) string { return f.number }) > 1 {
			n.ask(rows, twoNumbers)
		}
	}
	return n, nil
}

func grouped(found []repeated, by func(repeated) string) map[string][]repeated {
	groups := map[string][]repeated{}
	for _, f := range found {
		if key := by(f); key != "" {
			groups[key] = append(groups[key], f)
		}
	}
	return groups
}

func distinct(rows []repeated, of func(repeated) string) int {
	seen := map[string]bool{}
	for _, f := range rows {
		seen[of(f)] = true
	}
	return len(seen)
}

// sameNumber looks at the rows of one identity number, in their order.
func (n notes) sameNumber(rows []repeated) {
	first := map[string]int64{}
	for _, f := range rows {
		if earlier := first[f.all]; earlier != 0 {
			n.duplicate[f.no] = earlier
		} else {
			first[f.all] = f.no
		}
	}
	switch {
	case distinct(rows, func(f repeated) string { return f.born }) > 1:
		n.ask(rows, twoNames)
	case distinct(rows, func(f repeated) string { return f.group }) > 1:
		n.ask(rows, twoHouseholds)
	}
}

// ask lets a person decide about rows.
func (n notes) ask(rows []repeated, question func(rows string) *fault.Error) {
	var numbers []string
	for _, f := range rows {
		numbers = append(numbers, fmt.Sprint(f.no))
	}
	if len(numbers) > 10 {
		numbers = append(numbers[:10], "…")
	}
	q := question(strings.Join(numbers, "、"))
	for _, f := range rows {
		if n.duplicate[f.no] == 0 {
			n.question[f.no] = q
		}
	}
}

// contradictions finds rows of one person, in the same group, that state a fact differently for the same days.
func (n notes) contradictions(i Import, rows []*row) error {
	type spoken struct {
		r *row
		d datum
	}
	said := map[string][]spoken{}
	for _, r := range rows {
		number, _ := r.number()
		if number == "" || n.duplicate[r.No] != 0 {
			continue
		}
		for _, d := range r.Data {
			if !strings.HasPrefix(d.Field, "person.") && !strings.HasPrefix(d.Field, "roster.") {
				continue
			}
			key := string(number) + " " + d.Field
			for _, other := range said[key] {
				contradict, err := d.contradicts(other.d, dated.From(i.Since))
				if err != nil {
					return err
				}
				if contradict && n.question[other.r.No] == nil {
					n.ask([]repeated{{no: other.r.No}, {no: r.No}}, contradiction)
				}
			}
			said[key] = append(said[key], spoken{r, d})
		}
	}
	return nil
}

func (d datum) contradicts(other datum, otherwise period.Span) (bool, error) {
	if string(d.Value) == string(other.Value) {
		return false, nil
	}
	one, err := d.days(otherwise)
	if err != nil {
		return false, err
	}
	two, err := other.days(otherwise)
	return one.Overlaps(two), err
}
