package register

import (
	"doudi/record/file"
	"doudi/record/store"
)

// shown refuses evidence that is not a document in the archive of one of the parties: of a person also those of the households
// the person ever belonged to, of a household also those of its members. Codes: file.unknown, file.other-owner, file.withdrawn.
func (r *Register) shown(tx *store.Tx, evidence string, parties ...string) error {
	if evidence == "" {
		return nil
	}
	if err := r.flush(tx); err != nil {
		return err
	}
	var owners []string
	for _, party := range parties {
		near, err := nearest(tx, party)
		if err != nil {
			return err
		}
		owners = append(append(owners, party), near...)
	}
	return file.Refer(tx, evidence, owners...)
}

// nearest are the households of a person and the members of a household, at any time.
func nearest(tx *store.Tx, party string) ([]string, error) {
	return store.All(tx, store.Text, `SELECT object_id FROM statement WHERE county_code = ?1 AND subject_id = ?2 AND name = ?3 AND object_id IS NOT NULL
		UNION SELECT subject_id FROM statement WHERE county_code = ?1 AND object_id = ?2 AND name = ?3`, tx.County, party, memberName)
}
