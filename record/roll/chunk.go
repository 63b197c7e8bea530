package roll

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/record/audit"
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
	audit.Share(len(found), func(n int) {
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

// judgeAll judges rows, heads of households first, with the register in memory. With keep what they do is kept.
func (r *Rolls) judgeAll(tx *store.Tx, i Import, rows []*row, n notes, keep bool) ([]judgement, *clerk, error) {
	c := &clerk{Rolls: r, tx: tx, imported: i, notes: n, open: map[string][]disagreement{}, fresh: map[string]string{}, keep: keep}
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
