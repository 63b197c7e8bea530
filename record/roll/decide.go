package roll

import (
	"encoding/json"
	"slices"

	"doudi/record/store"
)

// Decision is what a person says an ambiguous row is about.
type Decision struct {
	Take   Take   `json:"take"`
	Person string `json:"person,omitempty"` // of TakePerson
}

// Take is what is done with an ambiguous row.
type Take string

// What may be done with it.
const (
	TakeNone   Take = "none"   // it is left out
	TakeNew    Take = "new"    // it is somebody who is not on the register
	TakePerson Take = "person" // it is this person; what else it says of name and number is a disagreement
)

// person is whom a row is about, "" for somebody who is to be registered.
func (d *Decision) person() string {
	if d.Take == TakePerson {
		return d.Person
	}
	return ""
}

// Decide says what an ambiguous row of an import is about. It can be said anew until the import is applied. Codes: roll.state, roll.row,
// roll.not-ambiguous, roll.decision, roll.candidate.
func (r *Rolls) Decide(tx *store.Tx, id string, rowNo int64, d Decision) error {
	i, err := r.Get(tx, id)
	if err != nil {
		return err
	}
	if i.State != Ready {
		return wrongState(i, "改判")
	}
	if d.Take == TakeNew && i.confined() {
		return decisionInvalid()
	}
	var place, verdict, sealed string
	found, err := only(tx.QueryRow(`SELECT place, verdict, content FROM roll_verdict WHERE county_code = ?1 AND import_id = ?2 AND row_no = ?3 AND verdict = ?4`,
		tx.County, id, rowNo, string(Ambiguous)), &place, &verdict, &sealed)
	if err != nil {
		return err
	}
	if !found {
		if rowNo < 1 || rowNo > i.Rows {
			return rowUnknown(rowNo)
		}
		return notAmbiguous(rowNo)
	}
	if err := r.mayDecide(tx, id, sealed, d); err != nil {
		return err
	}
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE roll_verdict SET decision = ?4, decider_id = ?5, decided = ?6 WHERE county_code = ?1 AND import_id = ?2 AND place = ?3`,
		tx.County, id, place, string(text), tx.Actor.ID, store.FormatInstant(tx.Instant))
	if err != nil {
		return err
	}
	var persons []string
	if d.Person != "" {
		persons = append(persons, d.Person)
	}
	return r.note(tx, "roll.decide", i, work{persons, place + string(text)})
}

func (r *Rolls) mayDecide(tx *store.Tx, id, sealed string, d Decision) error {
	opened, err := r.Cipher.Open(tx, id, sealed)
	if err != nil {
		return err
	}
	var j judgement
	if err := json.Unmarshal(opened[0], &j); err != nil {
		return err
	}
	switch {
	case d.Take == TakePerson && !slices.Contains(j.Others, d.Person):
		return candidateUnknown()
	case d.Take != TakePerson && (d.Person != "" || d.Take != TakeNone && d.Take != TakeNew):
		return decisionInvalid()
	}
	return nil
}

// Drop gives an import up before it is applied. What was staged goes with the next [Rolls.Sweep]. Code: roll.state.
func (r *Rolls) Drop(tx *store.Tx, id string) error {
	before, err := r.Get(tx, id)
	if err != nil {
		return err
	}
	switch before.State {
	case Receiving, Asking, Staging, Comparing, Ready:
	default:
		return wrongState(before, "放弃")
	}
	i := before
	i.turn(Dropped)
	if err := i.save(tx, before); err != nil {
		return err
	}
	return r.note(tx, "roll.drop", i, work{})
}
