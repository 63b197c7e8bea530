package roll

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"doudi/record/store"
)

// Apply does what the verdicts of an import say, as the register stands now. Rows that nobody decided, or that would now be refused or ambiguous, are left out. It goes on
// where it stopped. Code: roll.state.
func (r *Rolls) Apply(ctx context.Context, by By, id string, tell func(Import)) (Import, error) {
	if err := r.enter(ctx, by, id, Ready, Applying, Applied, "写入"); err != nil {
		return Import{}, err
	}
	return r.run(ctx, by, id, Applying, tell, func(Import) error {
		return r.step(ctx, by, id, Applying, r.applySome)
	})
}

// enter turns an import that stands in one state to another, unless it is there already or done with it. want is what cannot be done otherwise.
func (r *Rolls) enter(ctx context.Context, by By, id string, from, to, done State, want string) error {
	for {
		i, err := r.get(ctx, by.County, id)
		switch {
		case err != nil || i.State == to || i.State == done:
			return err
		case i.State != from:
			return wrongState(i, want)
		}
		err = r.step(ctx, by, id, from, func(_ *store.Tx, i *Import) (work, error) {
			i.turn(to)
			return work{}, nil
		})
		if !errors.Is(err, errMovedOn) { // otherwise somebody else did it: look again
			return err
		}
	}
}

func (r *Rolls) applySome(tx *store.Tx, i *Import) (work, error) {
	found, err := after(tx, *i, verdictsAfter)
	if err != nil {
		return work{}, err
	}
	if len(found) == 0 {
		i.turn(Applied)
		return work{}, nil
	}
	i.place, i.Done = found[len(found)-1].place, i.Done+int64(len(found))
	active := slices.DeleteFunc(found, func(s stored) bool {
		return s.verdict != string(New) && s.verdict != string(Changed) && s.decision == ""
	})
	if err := contents(tx, i.ID, active); err != nil || len(active) == 0 {
		return work{}, err
	}
	rows, err := r.open(tx, i.ID, active)
	if err != nil {
		return work{}, err
	}
	judged, clerk, err := r.judgeAll(tx, *i, rows, notes{}, true)
	if err != nil {
		return work{}, err
	}
	if err := clerk.keepHouseholds(judged, rows); err != nil {
		return work{}, err
	}
	return r.keepOutcomes(tx, i, rows, judged)
}

// keepHouseholds remembers which households the source's numbers stand for.
func (c *clerk) keepHouseholds(judged []judgement, rows []*row) error {
	for k, j := range judged {
		if j.learned == "" {
			continue
		}
		err := c.tx.Later(nil, `INSERT INTO roll_household (county_code, token, party_id, import_id) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING`,
			c.tx.County, c.householdToken(c.imported, rows[k].household()), j.learned, c.imported.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

// keepOutcomes keeps what rows made, and of those that were left out why.
func (r *Rolls) keepOutcomes(tx *store.Tx, i *Import, rows []*row, judged []judgement) (work, error) {
	var kept [][]any
	var raised []disagreement
	var left []int
	var done work
	var said strings.Builder
	for k, j := range judged {
		if j.verdict == Refused || j.verdict == Ambiguous || j.verdict == Absent {
			left = append(left, k)
			continue
		}
		text, err := json.Marshal(j.made)
		if err != nil {
			return done, err
		}
		kept = append(kept, []any{tx.County, i.ID, rows[k].place, rows[k].No, j.person, string(text), 0})
		for _, d := range j.disagree {
			d.rowNo = rows[k].No
			raised = append(raised, d)
		}
		done.persons = append(done.persons, j.person)
		said.WriteString(j.person + string(text) + "\n")
	}
	done.said = said.String()
	i.Counts.Applied += int64(len(kept))
	i.Counts.LeftOut += int64(len(left))
	if err := r.keepDisagreements(tx, i.ID, raised); err != nil {
		return done, err
	}
	if err := r.keepLeft(tx, i, rows, judged, left); err != nil {
		return done, err
	}
	return done, tx.Load("roll_outcome", []string{"county_code", "import_id", "place", "row_no", "party_id", "made", "undone"}, kept)
}

// keepLeft says of rows that were left out what is thought of them now.
func (r *Rolls) keepLeft(tx *store.Tx, i *Import, rows []*row, judged []judgement, left []int) error {
	var why []judgement
	for _, k := range left {
		why = append(why, judged[k])
	}
	contents, err := r.sealJudged(tx, i.ID, why)
	if err != nil {
		return err
	}
	for n, k := range left {
		if rows[k].decision != nil && rows[k].decision.Take == TakeNone {
			continue // as was decided
		}
		i.Counts.Verdicts[rows[k].verdict]--
		i.Counts.Verdicts[judged[k].verdict]++
		err := tx.Later(nil, `UPDATE roll_verdict SET verdict = ?4, content = ?5 WHERE county_code = ?1 AND import_id = ?2 AND place = ?3`,
			tx.County, i.ID, rows[k].place, string(judged[k].verdict), contents[n])
		if err != nil {
			return err
		}
	}
	return nil
}
