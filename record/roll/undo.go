package roll

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

// outcome is what a row made, as it is kept.
type outcome struct {
	place, party string
	rowNo        int64
	made         made
}

// Undo takes an applied import back: what it stated is withdrawn, what it corrected is stated as before. Nothing is deleted. If later news stands on some rows it does
// nothing and names them, unless leave says that those rows stay. It goes on where it stopped. Codes: roll.state, roll.undo-stands.
func (r *Rolls) Undo(ctx context.Context, by By, id string, leave bool, tell func(Import)) (Import, error) {
	i, err := r.get(ctx, by.County, id)
	if err != nil {
		return i, err
	}
	if i.State == Applied && !leave {
		rows, err := r.stoodOn(ctx, by.County, id)
		if err != nil {
			return i, err
		}
		if len(rows) > 0 {
			return i, undoStands(rows)
		}
	}
	if err := r.enter(ctx, by, id, Applied, Undoing, Undone, "撤回"); err != nil {
		return i, err
	}
	return r.run(ctx, by, id, Undoing, tell, func(Import) error {
		return r.step(ctx, by, id, Undoing, r.undoSome)
	})
}

// outcomes are what the next rows behind a place made, whole groups if that can be.
func (r *Rolls) outcomes(tx *store.Tx, id, after string) ([]outcome, error) {
	found, err := store.All(tx, func(rows *store.Rows) (s stored, err error) {
		return s, rows.Scan(&s.place, &s.no, &s.content, &s.decision)
	}, `SELECT place, row_no, made, party_id FROM roll_outcome WHERE county_code = ?1 AND import_id = ?2 AND place > ?3 ORDER BY place LIMIT ?4`, tx.County, id, after, chunk+1)
	if err != nil {
		return nil, err
	}
	if len(found) > chunk {
		found = wholeGroups(found)
	}
	all := make([]outcome, len(found))
	for k, s := range found {
		all[k] = outcome{place: s.place, party: s.decision, rowNo: s.no}
		if err := json.Unmarshal([]byte(s.content), &all[k].made); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// stoodOn are the rows of an import on which later news stands.
func (r *Rolls) stoodOn(ctx context.Context, county, id string) (rows []int64, err error) {
	for after := ""; ; {
		var found []outcome
		err := r.Store.Read(ctx, county, func(tx *store.Tx) (err error) {
			if found, err = r.outcomes(tx, id, after); err != nil {
				return err
			}
			return r.Register.Rehearse(tx, aheadOf(found), func(many *register.Register) error {
				stands, err := stands(tx, many, found)
				for k, yes := range stands {
					if yes {
						rows = append(rows, found[k].rowNo)
					}
				}
				return err
			})
		})
		if err != nil || len(found) == 0 {
			slices.Sort(rows)
			return rows, err
		}
		after = found[len(found)-1].place
	}
}

func aheadOf(found []outcome) (ahead register.Ahead) {
	for _, o := range found {
		ahead.Parties = append(ahead.Parties, o.party)
		if o.made.Household != "" {
			ahead.Parties = append(ahead.Parties, o.made.Household)
		}
	}
	return ahead
}

// stands tells of each outcome whether later news stands on it, or on another of its group.
func stands(tx *store.Tx, many *register.Register, found []outcome) ([]bool, error) {
	ours := map[string]bool{}
	for _, o := range found {
		for _, id := range o.made.Statements {
			ours[id] = true
		}
	}
	groups := map[string]bool{}
	for _, o := range found {
		yes, err := o.stoodOn(tx, many, ours)
		if err != nil {
			return nil, err
		}
		if yes {
			groups[o.group()] = true
		}
	}
	all := make([]bool, len(found))
	for k, o := range found {
		all[k] = groups[o.group()]
	}
	return all, nil
}

// group is with which other rows a row stands and falls: those of its household or person.
func (o outcome) group() string {
	if o.place[0] == '-' {
		return o.place
	}
	return o.place[:shortToken]
}

func (o outcome) stoodOn(tx *store.Tx, many *register.Register, ours map[string]bool) (bool, error) {
	for _, id := range o.made.Statements {
		corrected, err := many.CorrectedBut(tx, id, ours)
		if err != nil || corrected {
			return corrected, err
		}
	}
	var founded []string // what is about them must all be ours
	if o.made.Person {
		founded = append(founded, o.party)
	}
	if o.made.Household != "" {
		founded = append(founded, o.made.Household)
	}
	for _, party := range founded {
		standing, err := many.Standing(tx, party)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(standing, func(s dated.Statement) bool { return !ours[s.ID] }) {
			return true, nil
		}
	}
	return false, nil
}

// undoSome takes back what the next rows made.
func (r *Rolls) undoSome(tx *store.Tx, i *Import) (work, error) {
	found, err := r.outcomes(tx, i.ID, i.place)
	if err != nil {
		return work{}, err
	}
	if len(found) == 0 {
		i.turn(Undone)
		_, err := tx.Exec(`UPDATE roll_disagreement SET state = ?3, decided = ?4, decider_id = ?5 WHERE county_code = ?1 AND import_id = ?2 AND state = 'open'`,
			tx.County, i.ID, string(TakenBack), store.FormatInstant(tx.Instant), tx.Actor.ID)
		return work{}, err
	}
	var done work
	var said strings.Builder
	err = r.Register.Bulk(tx, aheadOf(found), func(many *register.Register) error {
		stays, err := stands(tx, many, found)
		if err != nil {
			return err
		}
		var statements []string
		for k, o := range found {
			if stays[k] {
				i.Counts.LeftOut++
				continue
			}
			i.Counts.Undone++
			statements = append(statements, o.made.Statements...)
			done.persons = append(done.persons, o.party)
			said.WriteString(o.place + "\n")
			if err := o.mark(tx, i.ID); err != nil {
				return err
			}
		}
		slices.Sort(statements) // in the order in which they were made
		return many.Unsay(tx, statements, dated.Said{Source: i.Source})
	})
	done.said = said.String()
	i.place, i.Done = found[len(found)-1].place, i.Done+int64(len(found))
	return done, err
}

// mark keeps that an outcome was taken back; a household that it registered stands for no number any more.
func (o outcome) mark(tx *store.Tx, id string) error {
	if o.made.Household != "" {
		if err := tx.Later(nil, `DELETE FROM roll_household WHERE county_code = ?1 AND party_id = ?2 AND import_id = ?3`, tx.County, o.made.Household, id); err != nil {
			return err
		}
	}
	return tx.Later(nil, `UPDATE roll_outcome SET undone = 1 WHERE county_code = ?1 AND import_id = ?2 AND place = ?3`, tx.County, id, o.place)
}
