package roll

import (
	"context"
	"time"

	"doudi/record/store"
)

// Sweep destroys what was staged of imports that were done with, or begun and left lying, before an instant: the file, its rows and
// verdicts, and the key they stood under. What the import made, and what came of it, stays, and so does all of an import that waits for review or is under way into the
// register. It answers how many imports. When it is time to is the county's rule about keeping personal data, which is why nothing does it by itself.
func (r *Rolls) Sweep(ctx context.Context, by By, before time.Time) (swept int, err error) {
	var ids []string
	err = r.Store.Read(ctx, by.County, func(tx *store.Tx) (err error) {
		ids, err = store.All(tx, store.Text, `SELECT import_id FROM roll_import WHERE county_code = ?1 AND lasting = 1 AND changed < ?2
			AND state IN ('receiving', 'asking', 'staging', 'comparing', 'applied', 'undone', 'dropped') ORDER BY import_id`, tx.County, store.FormatInstant(before))
		return err
	})
	for _, id := range ids {
		if err == nil {
			err = r.destroy(ctx, by, id)
		}
		if err == nil {
			swept++
		}
	}
	return swept, err
}

// destroy ends what was staged of an import, and adds the entry that says so.
func (r *Rolls) destroy(ctx context.Context, by By, id string) error {
	command := store.Command{Name: "roll.sweep", Content: []byte(id), County: by.County, Actor: by.Actor, Instant: by.Instant}
	_, err := r.Store.Write(ctx, command, func(tx *store.Tx) (any, error) {
		before, err := r.Get(tx, id)
		if err != nil || !before.Lasting {
			return nil, err
		}
		if before.State != Receiving || before.Done > 0 { // otherwise nothing was sealed, and there is no key
			if err := r.Log.Destroy(tx, id, "roll "+string(before.State)); err != nil {
				return nil, err
			}
		}
		for _, table := range []string{"roll_part", "roll_row", "roll_note", "roll_verdict"} {
			if _, err := tx.Exec(`DELETE FROM `+table+` WHERE county_code = ?1 AND import_id = ?2`, tx.County, id); err != nil {
				return nil, err
			}
		}
		i := before
		i.Lasting = false
		switch i.State {
		case Receiving, Asking, Staging, Comparing:
			i.turn(Dropped)
		}
		return nil, i.save(tx, before)
	})
	return err
}
