package snapshot

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/s2"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

// Snapshots keeps the pictures of counties. It may be used by many goroutines.
type Snapshots struct {
	vocabulary *rule.Vocabulary
	register   *register.Register
	cipher     dated.Cipher
}

// New keeps pictures of a register.
func New(v *rule.Vocabulary, r *register.Register, cipher dated.Cipher) *Snapshots {
	return &Snapshots{v, r, cipher}
}

// pageOf is how many changes one transaction of a refresh reads.
const pageOf = 800

// leastTogether is how many parties are read together at least: fewer are not worth a transaction.
const leastTogether = 50

// change is a row of the feed.
type change struct{ party, id string }

func scanChange(rows *store.Rows) (c change, err error) { return c, rows.Scan(&c.party, &c.id) }

// As is who refreshes, where and when.
type As struct {
	County  string
	Actor   store.Actor
	Instant time.Time
}

func (a As) command(name string) store.Command {
	return store.Command{Name: name, County: a.County, Actor: a.Actor, Instant: a.Instant}
}

// Refresh reads what has changed and answers the generation that holds it. tell, unless it is nil, is told after each part how many parties
// were read and how many changes the feed still had at the beginning.
func (s *Snapshots) Refresh(ctx context.Context, db *store.Store, as As, tell func(read, of int)) (generation int64, err error) {
	waiting := 0
	err = db.Read(ctx, as.County, func(tx *store.Tx) (err error) {
		if generation, err = Generation(tx); err != nil {
			return err
		}
		return tx.QueryRow(`SELECT COUNT(*) FROM party_change WHERE county_code = ?1`, tx.County).Scan(&waiting)
	})
	if err != nil {
		return 0, err
	}
	for _, prepare := range []func(context.Context, *store.Store, As) error{s.everybody, s.forget, s.sparse} {
		if err := prepare(ctx, db, as); err != nil {
			return 0, err
		}
	}
	read := 0
	for {
		n, err := s.page(ctx, db, as, generation+1)
		if err != nil {
			return 0, err
		}
		if n == 0 {
			break
		}
		if read += n; tell != nil {
			tell(read, max(read, waiting))
		}
	}
	if read == 0 {
		return generation, nil
	}
	_, err = db.Write(ctx, as.command("snapshot.refresh"), func(tx *store.Tx) (any, error) {
		_, err := tx.Exec(`INSERT INTO snapshot (county_code, generation) VALUES (?1, ?2)
			ON CONFLICT (county_code) DO UPDATE SET generation = CASE WHEN snapshot.generation < ?2 THEN ?2 ELSE snapshot.generation END`, tx.County, generation+1)
		return nil, err
	})
	return generation + 1, err
}

// Generation is the newest that is whole; 0 when there is none.
func Generation(tx *store.Tx) (generation int64, err error) {
	err = tx.QueryRow(`SELECT generation FROM snapshot WHERE county_code = ?1`, tx.County).Scan(&generation)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return generation, err
}

// everybody puts all persons and households into the feed when something was said of the county itself, such as which rosters it keeps.
func (s *Snapshots) everybody(ctx context.Context, db *store.Store, as As) error {
	var said int64
	err := db.Read(ctx, as.County, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT COUNT(*) FROM party_change WHERE county_code = ?1 AND party_id = ?1`, tx.County).Scan(&said)
	})
	if err != nil || said == 0 {
		return err
	}
	_, err = db.Write(ctx, as.command("snapshot.refresh"), func(tx *store.Tx) (any, error) {
		if _, err := tx.Exec(`DELETE FROM party_change WHERE county_code = ?1 AND party_id = ?1`, tx.County); err != nil {
			return nil, err
		}
		_, err := tx.Exec(`INSERT INTO party_change (county_code, party_id, change_id) SELECT county_code, party_id, ?2 FROM snapshot_row WHERE county_code = ?1`, tx.County, tx.NewID())
		return nil, err
	})
	return err
}

// page reads the next parties of the feed and writes them as a chunk. Who changes meanwhile stays in the feed; what another refresh has
// read in the meantime is not written twice.
func (s *Snapshots) page(ctx context.Context, db *store.Store, as As, generation int64) (read int, err error) {
	var changes []change
	var parties []string
	err = db.Read(ctx, as.County, func(tx *store.Tx) (err error) {
		named, err := store.All(tx, store.Text, `SELECT party_id FROM party_change WHERE county_code = ?1 ORDER BY party_id LIMIT ?2`, tx.County, pageOf)
		if err != nil || len(named) == 0 {
			return err
		}
		if parties, err = s.register.Around(tx, slices.Compact(named)); err != nil {
			return err
		}
		changes, err = store.Among(tx, scanChange, `SELECT party_id, change_id FROM party_change WHERE county_code = ?1 AND party_id = ?*`, parties, tx.County)
		return err
	})
	if err != nil || len(changes) == 0 {
		return 0, err
	}
	rows, err := s.rows(ctx, db, as.County, parties)
	if err != nil {
		return 0, err
	}
	return len(changes), s.write(ctx, db, as, generation, changes, parties, rows)
}

// rows reads parties, some on each processor. It comes after the feed was read: what is said in between is in the rows, and still in the feed.
func (s *Snapshots) rows(ctx context.Context, db *store.Store, county string, parties []string) ([]register.Row, error) {
	parts := slices.Collect(slices.Chunk(parties, max(leastTogether, 1+len(parties)/runtime.GOMAXPROCS(0))))
	read, faults := make([][]register.Row, len(parts)), make([]error, len(parts))
	var group sync.WaitGroup
	for i, part := range parts {
		group.Go(func() {
			faults[i] = db.Read(ctx, county, func(tx *store.Tx) (err error) {
				read[i], err = s.register.Rows(tx, part)
				return err
			})
		})
	}
	group.Wait()
	return slices.Concat(read...), errors.Join(faults...)
}

// errTaken says that somebody else has read these changes.
var errTaken = errors.New("snapshot: another refresh read these changes")

func taken(rows int64) error {
	if rows == 0 {
		return errTaken
	}
	return nil
}

// write keeps a chunk, points its parties to it and takes the changes it holds out of the feed.
func (s *Snapshots) write(ctx context.Context, db *store.Store, as As, generation int64, changes []change, parties []string, rows []register.Row) error {
	chunk := newChunk(s.vocabulary, rows)
	_, err := db.Write(ctx, as.command("snapshot.refresh"), func(tx *store.Tx) (any, error) {
		for _, c := range unique(changes) {
			if err := tx.Later(taken, `DELETE FROM party_change WHERE county_code = ?1 AND party_id = ?2 AND change_id = ?3`, tx.County, c.party, c.id); err != nil {
				return nil, err
			}
		}
		here := map[string]bool{}
		for i := range rows {
			here[rows[i].ID] = true
		}
		for _, party := range parties {
			if here[party] {
				continue
			}
			if err := tx.Later(nil, `DELETE FROM snapshot_row WHERE county_code = ?1 AND party_id = ?2
				AND NOT EXISTS (SELECT 1 FROM person_key k WHERE k.county_code = ?1 AND k.person_id = ?2 AND k.destroyed <> '')`, tx.County, party); err != nil {
				return nil, err
			}
		}
		return nil, s.keep(tx, generation, chunk)
	})
	if errors.Is(err, errTaken) {
		return nil
	}
	return err
}

func unique(changes []change) []change {
	slices.SortFunc(changes, func(a, b change) int { return cmp.Or(cmp.Compare(a.party, b.party), cmp.Compare(a.id, b.id)) })
	return slices.Compact(changes)
}

func (s *Snapshots) keep(tx *store.Tx, generation int64, chunk *Chunk) error {
	if len(chunk.Parties) == 0 {
		return nil
	}
	content, err := s.seal(tx, chunk)
	if err != nil {
		return err
	}
	id := tx.NewID()
	if err := tx.Load("snapshot_chunk", []string{"county_code", "chunk_id", "persons", "content"}, [][]any{{tx.County, id, len(chunk.Parties), content}}); err != nil {
		return err
	}
	for i := range chunk.Parties {
		err := tx.Later(nil, `INSERT INTO snapshot_row (county_code, party_id, chunk_id, generation) VALUES (?1, ?2, ?3, ?4)
			ON CONFLICT (county_code, party_id) DO UPDATE SET chunk_id = ?3, generation = ?4`, tx.County, chunk.Parties[i].ID, id, generation)
		if err != nil {
			return err
		}
	}
	return nil
}

// seal makes of a chunk what is kept.
func (s *Snapshots) seal(tx *store.Tx, chunk *Chunk) (string, error) {
	content, err := chunk.encode()
	if err != nil {
		return "", err
	}
	return s.cipher.Seal(tx, tx.County, s2.Encode(nil, content))
}

// open is the reverse of seal.
func (s *Snapshots) open(tx *store.Tx, content string) (*Chunk, error) {
	opened, err := s.cipher.Open(tx, tx.County, content)
	if err != nil {
		return nil, err
	}
	plain, err := s2.Decode(nil, opened[0])
	if err != nil {
		return nil, damaged(err)
	}
	chunk, err := decode(plain)
	if err != nil {
		return nil, damaged(err)
	}
	return chunk, nil
}

// Place is a chunk with the number of its parties that count.
type Place struct {
	Chunk string
	Rows  int
}

func scanPlace(rows *store.Rows) (p Place, err error) { return p, rows.Scan(&p.Chunk, &p.Rows) }

// All are the chunks that hold the whole county.
func All(tx *store.Tx) ([]Place, error) {
	return store.All(tx, scanPlace, `SELECT chunk_id, COUNT(*) FROM snapshot_row WHERE county_code = ?1 GROUP BY chunk_id ORDER BY chunk_id`, tx.County)
}

// Changes are the chunks that hold what was read after a generation. All rows of a chunk are of one, so that the index of generations answers.
func Changes(tx *store.Tx, after int64) ([]Place, error) {
	return store.All(tx, scanPlace, `SELECT chunk_id, COUNT(*) FROM snapshot_row WHERE county_code = ?1 AND generation > ?2 GROUP BY generation, chunk_id ORDER BY generation, chunk_id`, tx.County, after)
}

// Row is a row of a chunk that counts.
type Row struct {
	Index      int
	Generation int64 // in which it was last read
}

// Chunk is a chunk, and its rows that count, in their order. Code: snapshot.chunk-unknown.
func (s *Snapshots) Chunk(tx *store.Tx, id string) (*Chunk, []Row, error) {
	var content string
	err := tx.QueryRow(`SELECT content FROM snapshot_chunk WHERE county_code = ?1 AND chunk_id = ?2`, tx.County, id).Scan(&content)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, chunkUnknown(id)
	}
	if err != nil {
		return nil, nil, err
	}
	chunk, err := s.open(tx, content)
	if err != nil {
		return nil, nil, err
	}
	generations := map[string]int64{}
	_, err = store.All(tx, func(rows *store.Rows) (none struct{}, err error) {
		var party string
		var generation int64
		err = rows.Scan(&party, &generation)
		generations[party] = generation
		return none, err
	}, `SELECT party_id, generation FROM snapshot_row WHERE county_code = ?1 AND chunk_id = ?2`, tx.County, id)
	if err != nil {
		return nil, nil, err
	}
	var live []Row
	for i := range chunk.Parties {
		if generation, counts := generations[chunk.Parties[i].ID]; counts {
			live = append(live, Row{i, generation})
		}
	}
	return chunk, live, nil
}

// sparse puts those back into the feed who stand in chunks of which more than half counts no more, once such chunks make up half of the picture.
func (s *Snapshots) sparse(ctx context.Context, db *store.Store, as As) error {
	var written, live int64
	err := db.Read(ctx, as.County, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT (SELECT CAST(COALESCE(SUM(persons), 0) AS BIGINT) FROM snapshot_chunk WHERE county_code = ?1), (SELECT COUNT(*) FROM snapshot_row WHERE county_code = ?1)`, tx.County).Scan(&written, &live)
	})
	if err != nil || written <= 2*live {
		return err
	}
	_, err = db.Write(ctx, as.command("snapshot.refresh"), func(tx *store.Tx) (any, error) {
		_, err := tx.Exec(`INSERT INTO party_change (county_code, party_id, change_id) SELECT r.county_code, r.party_id, ?2 FROM snapshot_row r
			WHERE r.county_code = ?1 AND r.chunk_id IN (SELECT c.chunk_id FROM snapshot_chunk c WHERE c.county_code = ?1
				AND c.persons > 2 * (SELECT COUNT(*) FROM snapshot_row l WHERE l.county_code = ?1 AND l.chunk_id = c.chunk_id))`, tx.County, tx.NewID())
		if err != nil {
			return nil, err
		}
		_, err = tx.Exec(`DELETE FROM snapshot_chunk WHERE county_code = ?1 AND NOT EXISTS (SELECT 1 FROM snapshot_row l WHERE l.county_code = ?1 AND l.chunk_id = snapshot_chunk.chunk_id)`, tx.County)
		return nil, err
	})
	return err
}

// forget writes every chunk without those whose keys were destroyed, older copies included. Households they were heads of are read again.
func (s *Snapshots) forget(ctx context.Context, db *store.Store, as As) error {
	var gone, chunks []string
	err := db.Read(ctx, as.County, func(tx *store.Tx) (err error) {
		gone, err = store.All(tx, store.Text, `SELECT k.person_id FROM person_key k JOIN snapshot_row r ON r.county_code = k.county_code AND r.party_id = k.person_id
			WHERE k.county_code = ?1 AND k.destroyed <> '' ORDER BY k.person_id`, tx.County)
		if err == nil && len(gone) > 0 {
			chunks, err = store.All(tx, store.Text, `SELECT chunk_id FROM snapshot_chunk WHERE county_code = ?1 ORDER BY chunk_id`, tx.County)
		}
		return err
	})
	if err != nil || len(gone) == 0 {
		return err
	}
	is := func(p *Party) bool {
		if slices.Contains(gone, p.Holds) {
			return true
		}
		return slices.ContainsFunc(p.Here, func(stay register.Stay) bool { return slices.Contains(gone, stay.Person) })
	}
	for _, chunk := range chunks {
		if _, err := db.Write(ctx, as.command("snapshot.forget"), func(tx *store.Tx) (any, error) { return nil, s.forgetIn(tx, chunk, is) }); err != nil {
			return err
		}
	}
	_, err = db.Write(ctx, as.command("snapshot.forget"), func(tx *store.Tx) (any, error) {
		for _, party := range gone {
			if err := tx.Later(nil, `DELETE FROM snapshot_row WHERE county_code = ?1 AND party_id = ?2`, tx.County, party); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	return err
}

func (s *Snapshots) forgetIn(tx *store.Tx, id string, gone func(*Party) bool) error {
	chunk, live, err := s.Chunk(tx, id)
	if fault.CodeOf(err) == "snapshot.chunk-unknown" {
		return nil
	}
	if err != nil {
		return err
	}
	left := chunk.without(gone)
	if left == nil {
		return nil
	}
	content, err := s.seal(tx, left)
	if err != nil {
		return err
	}
	for _, row := range live {
		if party := &chunk.Parties[row.Index]; gone(party) && party.Kind == register.HouseholdKind {
			if err := dated.Changed(tx, party.ID); err != nil {
				return err
			}
		}
	}
	_, err = tx.Exec(`UPDATE snapshot_chunk SET content = ?3 WHERE county_code = ?1 AND chunk_id = ?2`, tx.County, id, content)
	return err
}

func chunkUnknown(id string) error {
	return &fault.Error{Kind: fault.NotFound, Code: "snapshot.chunk-unknown", Op: "snapshot", Message: text.Say("快照没有分块 %s", "the snapshot has no chunk %s", id),
		Hint: text.Say("重新计算", "compute it again")}
}

func damaged(cause error) error {
	return &fault.Error{Kind: fault.Internal, Code: "snapshot.damaged", Op: "snapshot", Cause: cause, Message: text.Say("快照的一块无法读出", "a chunk of the snapshot cannot be read"),
		Hint: text.Say("核验数据库；快照可由登记重新生成", "verify the database; the snapshot can be made again from the register")}
}
