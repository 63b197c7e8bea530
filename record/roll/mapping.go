package roll

import (
	"encoding/json"
	"strings"
	"time"

	"doudi/record/audit"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

// KeptMapping is what a person said the columns of a source's files are.
type KeptMapping struct {
	Source  string
	Mapping sheet.Mapping
	Kept    time.Time
	Actor   string // id of who said so
}

const mappingColumns = `SELECT source, mapping, instant, actor_id FROM roll_mapping WHERE county_code = ?1 `

func scanMapping(rows *store.Rows) (k KeptMapping, err error) {
	var mapping, kept string
	if err := rows.Scan(&k.Source, &mapping, &kept, &k.Actor); err != nil {
		return k, err
	}
	if k.Kept, err = store.ParseInstant(kept); err != nil {
		return k, err
	}
	return k, json.Unmarshal([]byte(mapping), &k.Mapping)
}

// Mappings are all that are kept, by source.
func (r *Rolls) Mappings(tx *store.Tx) ([]KeptMapping, error) {
	return store.All(tx, scanMapping, mappingColumns+`ORDER BY source`, tx.County)
}

// Mapping is what the columns of a source's files are, or nil when nobody said.
func (r *Rolls) Mapping(tx *store.Tx, source string) (*sheet.Mapping, error) {
	found, err := store.All(tx, scanMapping, mappingColumns+`AND source = ?2`, tx.County, strings.TrimSpace(source))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0].Mapping, nil
}

// KnownMapping is a mapping that must be there. Code: roll.mapping-unknown.
func (r *Rolls) KnownMapping(tx *store.Tx, source string) (sheet.Mapping, error) {
	m, err := r.Mapping(tx, source)
	if err == nil && m == nil {
		err = mappingUnknown(source)
	}
	if err != nil {
		return sheet.Mapping{}, err
	}
	return *m, nil
}

// KeepMapping says what the columns of a source's files are, from now on. Codes: roll.source and those of [sheet.Catalogue.Check].
func (r *Rolls) KeepMapping(tx *store.Tx, source string, m sheet.Mapping) error {
	if source = strings.TrimSpace(source); source == "" {
		return sourceMissing()
	}
	catalogue, err := r.Catalogue()
	if err != nil {
		return err
	}
	if err := catalogue.Check(m); err != nil {
		return err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO roll_mapping (county_code, source, mapping, instant, actor_id) VALUES (?1, ?2, ?3, ?4, ?5)
		ON CONFLICT (county_code, source) DO UPDATE SET mapping = ?3, instant = ?4, actor_id = ?5`,
		tx.County, source, string(text), store.FormatInstant(tx.Instant), tx.Actor.ID)
	if err != nil {
		return err
	}
	return r.noteMapping(tx, "roll.keep-mapping", source, m)
}

// ForgetMapping ends the mapping of a source: its files are recognised by their headers again. Code: roll.mapping-unknown.
func (r *Rolls) ForgetMapping(tx *store.Tx, source string) error {
	m, err := r.KnownMapping(tx, source)
	if err != nil {
		return err
	}
	source = strings.TrimSpace(source)
	if _, err := tx.Exec(`DELETE FROM roll_mapping WHERE county_code = ?1 AND source = ?2`, tx.County, source); err != nil {
		return err
	}
	return r.noteMapping(tx, "roll.forget-mapping", source, m)
}

func (r *Rolls) noteMapping(tx *store.Tx, name, source string, m sheet.Mapping) error {
	_, err := r.Log.Record(tx, audit.Note{Name: name, Content: map[string]any{"source": source, "mapping": m}})
	return err
}
