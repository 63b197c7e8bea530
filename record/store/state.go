package store

import (
	"context"
	"time"
)

// everything is the county under which stands what concerns the whole database.
const everything = "000000"

// NoteBackup keeps that the database was backed up, with the picture of an instant and so many rows. A database of an older step has no place for it.
func (s *Store) NoteBackup(ctx context.Context, made time.Time, rows int64) error {
	have, want, err := s.Version(ctx)
	if err != nil || have != want {
		return err
	}
	c := Command{Name: "store.backup", County: everything, Actor: Actor{ID: "backup", Name: "backup"}, Instant: made}
	_, err = s.Write(ctx, c, func(tx *Tx) (any, error) {
		_, err := tx.Exec(`INSERT INTO backup_made (county_code, backup_id, table_rows, instant) VALUES (?1, ?2, ?3, ?4)`, everything, tx.NewID(), rows, FormatInstant(made))
		return nil, err
	})
	return err
}

// Health is how a database is.
type Health struct {
	Kind   string // of the database: sqlite or postgres
	Step   int64  // of the tables
	Size   int64  // bytes
	Backup string // when it was last backed up, as [FormatInstant] writes it; "" when nobody has noted one
	Rows   int64  // in that backup
}

// Health tells how the database is.
func (s *Store) Health(ctx context.Context) (h Health, err error) {
	h.Kind = s.dialect.name
	if h.Step, _, err = s.Version(ctx); err != nil {
		return h, err
	}
	size := `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`
	if h.Kind == postgresName {
		size = `SELECT pg_database_size(current_database())`
	}
	err = s.Read(ctx, everything, func(tx *Tx) error {
		if err := tx.QueryRow(size).Scan(&h.Size); err != nil {
			return err
		}
		last, err := All(tx, func(rows *Rows) (b Health, err error) { return b, rows.Scan(&b.Backup, &b.Rows) },
			`SELECT instant, table_rows FROM backup_made WHERE county_code = ?1 ORDER BY instant DESC, backup_id DESC LIMIT 1`, everything)
		if len(last) > 0 {
			h.Backup, h.Rows = last[0].Backup, last[0].Rows
		}
		return err
	})
	return h, err
}
