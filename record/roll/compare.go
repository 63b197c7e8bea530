package roll

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"doudi/record/store"
)

// compare gives every staged row its verdict.
func (r *Rolls) compare(ctx context.Context, by By, id string, tell func(Import)) (Import, error) {
	i, err := r.get(ctx, by.County, id)
	if err != nil || i.State != Comparing {
		return i, err
	}
	return r.run(ctx, by, id, Comparing, tell, func(i Import) error { return r.compareNext(ctx, by, i) })
}

// keeping keeps what a phase of a comparison found.
type keeping func(tx *store.Tx, i *Import) error

// compareNext takes the next step of a comparison. What is looked for in all rows is looked for before the command begins, so that nobody waits to write meanwhile, and SQLite
// sorts within what a reader may use.
func (r *Rolls) compareNext(ctx context.Context, by By, seen Import) error {
	keep := keeping(r.judgeSome)
	if find := r.phase(seen); find != nil {
		err := r.Store.Read(ctx, by.County, func(tx *store.Tx) (err error) {
			keep, err = find(tx, seen)
			return err
		})
		if err != nil {
			return err
		}
	}
	return r.step(ctx, by, seen.ID, Comparing, func(tx *store.Tx, i *Import) (work, error) {
		if i.place != seen.place || i.Done != seen.Done {
			return work{}, movedOn()
		}
		return work{}, keep(tx, i)
	})
}

// phase looks through all rows for what the phase in which an import stands is about; nil when the rows are judged.
func (r *Rolls) phase(i Import) func(tx *store.Tx, i Import) (keeping, error) {
	switch i.place[:min(1, len(i.place))] {
	case "":
		return arrange
	case toNumbers:
		return noteNumbers
	case toBirths:
		return noteBirths
	case toHouseholds:
		return r.holdHouseholds
	}
	return nil
}

// judgeSome gives the next rows their verdicts.
func (r *Rolls) judgeSome(tx *store.Tx, i *Import) error {
	found, err := after(tx, *i, rowsAfter)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		i.place = toHouseholds
		return nil
	}
	rows, err := r.open(tx, i.ID, found)
	if err != nil {
		return err
	}
	n, err := r.notesOf(tx, *i, rows)
	if err != nil {
		return err
	}
	judged, clerk, err := r.judgeAll(tx, *i, rows, n, false)
	if err != nil {
		return err
	}
	for _, j := range judged {
		i.Counts.Verdicts[j.verdict]++
		i.Counts.Disagreements += int64(len(j.disagree))
	}
	i.place, i.Done = rows[len(rows)-1].place, i.Done+int64(len(rows))
	return clerk.keepVerdicts(rows, judged)
}

var verdictColumns = []string{"county_code", "import_id", "place", "row_no", "verdict", "party_id", "household", "said_token", "content", "decision", "decider_id", "decided"}

func (c *clerk) keepVerdicts(rows []*row, judged []judgement) error {
	contents, err := c.sealJudged(c.tx, c.imported.ID, judged)
	if err != nil {
		return err
	}
	kept := make([][]any, len(rows))
	for k, j := range judged {
		party, household, said := j.person, j.household, ""
		if j.made.Person {
			party = "" // was only thought of
		}
		if household != "" {
			content, err := json.Marshal(rows[k].ofHousehold())
			if err != nil {
				return err
			}
			household, said = cmp.Or(c.fresh[household], household), c.short("household\n"+string(content))
		}
		kept[k] = []any{c.tx.County, c.imported.ID, rows[k].place, rows[k].No, string(j.verdict), party, household, said, contents[k], "", "", ""}
	}
	return c.tx.Load("roll_verdict", verdictColumns, kept)
}

func (r *Rolls) sealJudged(tx *store.Tx, id string, judged []judgement) ([]string, error) {
	plain := make([][]byte, len(judged))
	for k, j := range judged {
		var err error
		if plain[k], err = json.Marshal(j); err != nil {
			return nil, err
		}
	}
	return r.seal(tx, id, plain)
}

// Row is a staged row with its verdict, for people.
type Row struct {
	No       int64
	Place    string   // in the file
	Line     int      // its row there
	Cells    []string // as they stand in the file
	Verdict  Verdict
	Person   string
	Reasons  []Reason
	Changes  []Change
	Others   []string  // who it may be about
	Decision *Decision // nil as long as nobody decided
}

const listQuery = `SELECT place, row_no, verdict, decision, party_id, content FROM roll_verdict
	WHERE county_code = ?1 AND import_id = ?2 AND verdict IN (?3, ?4) AND row_no > ?5 ORDER BY row_no LIMIT ?6`

// Rows are the rows of an import with a verdict, after a row, at most limit. They hold what the file says of people: whoever shows them notes a look in
// the log. Codes: roll.unknown, roll.destroyed.
func (r *Rolls) Rows(tx *store.Tx, id string, verdict Verdict, after int64, limit int) ([]Row, error) {
	return r.rows(tx, id, verdict, verdict, after, limit)
}

// rows are those with either of two verdicts.
func (r *Rolls) rows(tx *store.Tx, id string, one, two Verdict, after int64, limit int) ([]Row, error) {
	i, err := r.Get(tx, id)
	if err != nil {
		return nil, err
	}
	if !i.Lasting {
		return nil, gone()
	}
	type pair struct {
		stored
		party, judged string
	}
	found, err := store.All(tx, func(rows *store.Rows) (p pair, err error) {
		return p, rows.Scan(&p.place, &p.no, &p.verdict, &p.decision, &p.party, &p.judged)
	}, listQuery, tx.County, id, string(one), string(two), after, limit)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	var staged []stored
	var sealed []string
	for _, p := range found {
		staged, sealed = append(staged, p.stored), append(sealed, p.judged)
	}
	if err := contents(tx, id, staged); err != nil {
		return nil, err
	}
	rows, err := r.open(tx, id, staged)
	if err != nil {
		return nil, err
	}
	judged, err := r.Cipher.Open(tx, id, sealed...)
	if err != nil {
		return nil, err
	}
	all := make([]Row, len(found))
	for k, p := range found {
		var j judgement
		if err := json.Unmarshal(judged[k], &j); err != nil {
			return nil, err
		}
		all[k] = Row{No: p.no, Place: rows[k].Place.String(), Cells: rows[k].shown(), Verdict: rows[k].verdict, Line: rows[k].Place.Row, Person: p.party, Reasons: j.Reasons, Changes: j.Changes, Others: j.Others, Decision: rows[k].decision}
	}
	return all, nil
}

// shown are the cells of a row as text.
func (r *row) shown() []string {
	var cells []string
	for _, c := range r.Cells {
		cells = append(cells, strings.TrimSpace(c.Text))
	}
	return slices.Clip(cells)
}
