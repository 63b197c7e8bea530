package roll

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

// Config is what imports stand on.
type Config struct {
	Store      *store.Store
	Register   *register.Register
	Vocabulary *rule.Vocabulary
	Cipher     dated.Cipher
	Token      func(text string) string // a keyed digest
	Log        *audit.Log
}

// Rolls are the imports of counties. It may be used by many goroutines and processes.
type Rolls struct {
	Config

	// Catalogue knows what columns may state. Its error is a template that does not fit the vocabulary.
	Catalogue func() (*sheet.Catalogue, error)
}

// Open is imports on c.
func Open(c Config) *Rolls {
	return &Rolls{c, sync.OnceValues(func() (*sheet.Catalogue, error) { return sheet.NewCatalogue(c.Vocabulary) })}
}

// By is who works in which county, and when.
type By struct {
	County  string
	Actor   store.Actor
	Instant time.Time
}

// State is where an import stands.
type State string

// The states of an import. Those that end in -ing can be gone on with after a kill.
const (
	Receiving State = "receiving" // the file has not arrived whole
	Asking    State = "asking"    // a person is to say what its columns are
	Staging   State = "staging"   // its rows are being read
	Comparing State = "comparing" // they are being compared with the register
	Ready     State = "ready"     // a person looks at them
	Applying  State = "applying"
	Applied   State = "applied"
	Undoing   State = "undoing"
	Undone    State = "undone"
	Dropped   State = "dropped" // a person gave it up
)

// Verdict is what is thought of a row.
type Verdict string

// The verdicts.
const (
	New       Verdict = "new"       // the person is not on the register
	Changed   Verdict = "changed"   // something is stated that was not known, or otherwise
	Same      Verdict = "same"      // nothing
	Refused   Verdict = "refused"   // for its reasons
	Ambiguous Verdict = "ambiguous" // a person decides
	Absent    Verdict = "absent"    // the person is not on the register, and whoever sent the roll in registers nobody
)

// Verdicts are all of them, in the order in which people look at them.
var Verdicts = []Verdict{Ambiguous, Refused, Absent, New, Changed, Same}

// Counts are how many rows have a verdict, and what came of them.
type Counts struct {
	Verdicts      map[Verdict]int64 `json:"verdicts,omitempty"`
	Applied       int64             `json:"applied,omitempty"`
	LeftOut       int64             `json:"leftOut,omitempty"`
	Undone        int64             `json:"undone,omitempty"`
	Disagreements int64             `json:"disagreements,omitempty"`
}

// Sum is how many rows have a verdict at all.
func (c Counts) Sum() (sum int64) {
	for _, n := range c.Verdicts {
		sum += n
	}
	return sum
}

// Import is one file on its way into the register.
type Import struct {
	ID       string
	Source   string
	Name     string // of the file
	Size     int64
	Template string // "" when the mapping names fields itself
	Sheet    string
	Mapping  sheet.Mapping
	Headings []string       // over the cells of each row, as the file has them; none before the rows are read
	Since    period.Day     // from when undated facts hold; rule.Beginning for always
	Division ident.Division // the town or village whose households alone it may touch; "" for the whole county
	Sender   string         // the organisation that sent it in, whose own import it is; "" when that is not known
	Offices  []string       // whose facts alone it may state, in the vocabulary's words; none for all
	State    State
	Done     int64 // rows done in this state
	Rows     int64 // rows staged
	Counts   Counts
	Lasting  bool // what was staged is kept
	Maker    store.Actor
	Begun    time.Time
	Changer  store.Actor
	Changed  time.Time

	place string // of the last row done in this state
}

const importColumns = `import_id, source, name, size, template, sheet, mapping, headings, since, division, sender, offices, state, place, done, rows, counts, lasting, instant, actor_id, actor_name, changed, changer_id, changer`

func scanImport(rows *store.Rows) (Import, error) {
	var i Import
	var mapping, headings, since, offices, counts, begun, changed string
	err := rows.Scan(&i.ID, &i.Source, &i.Name, &i.Size, &i.Template, &i.Sheet, &mapping, &headings, &since, &i.Division, &i.Sender, &offices, &i.State, &i.place, &i.Done, &i.Rows, &counts, &i.Lasting,
		&begun, &i.Maker.ID, &i.Maker.Name, &changed, &i.Changer.ID, &i.Changer.Name)
	if err != nil {
		return i, err
	}
	var sinceErr, begunErr, changedErr, headingsErr error
	i.Since, i.Offices = rule.Beginning, strings.Fields(offices)
	if since != "" {
		i.Since, sinceErr = period.ParseDay(since)
	}
	if headings != "" {
		headingsErr = json.Unmarshal([]byte(headings), &i.Headings)
	}
	i.Begun, begunErr = store.ParseInstant(begun)
	i.Changed, changedErr = store.ParseInstant(changed)
	return i, errors.Join(json.Unmarshal([]byte(mapping), &i.Mapping), json.Unmarshal([]byte(counts), &i.Counts), sinceErr, begunErr, changedErr, headingsErr)
}

// Get is one import. Code: roll.unknown.
func (r *Rolls) Get(tx *store.Tx, id string) (Import, error) {
	found, err := store.All(tx, scanImport, `SELECT `+importColumns+` FROM roll_import WHERE county_code = ?1 AND import_id = ?2`, tx.County, id)
	if err == nil && len(found) == 0 {
		return Import{}, unknown(id)
	}
	if err != nil {
		return Import{}, err
	}
	return found[0], nil
}

// Filter chooses imports; an empty field chooses all.
type Filter struct {
	Sender string // the organisation that sent them in
}

// List are imports before an id, the newest first, at most limit; before "" is from the newest on.
func (r *Rolls) List(tx *store.Tx, f Filter, before string, limit int) ([]Import, error) {
	if before == "" {
		before = "~" // behind every id
	}
	return store.All(tx, scanImport, `SELECT `+importColumns+` FROM roll_import WHERE county_code = ?1 AND import_id < ?2 AND (?4 = '' OR sender = ?4) ORDER BY import_id DESC LIMIT ?3`,
		tx.County, before, limit, f.Sender)
}

// get reads an import in a transaction of its own.
func (r *Rolls) get(ctx context.Context, county, id string) (i Import, err error) {
	err = r.Store.Read(ctx, county, func(tx *store.Tx) error {
		i, err = r.Get(tx, id)
		return err
	})
	return i, err
}

// save keeps where an import stands. It fails when somebody else went on with it since it was read.
func (i *Import) save(tx *store.Tx, before Import) error {
	counts, err := json.Marshal(i.Counts)
	if err != nil {
		return err
	}
	i.Changer, i.Changed = tx.Actor, tx.Instant
	changed, err := tx.Exec(`UPDATE roll_import SET state = ?3, place = ?4, done = ?5, rows = ?6, counts = ?7, lasting = ?8, changed = ?9, changer_id = ?10, changer = ?11
		WHERE county_code = ?1 AND import_id = ?2 AND state = ?12 AND place = ?13 AND done = ?14 AND rows = ?15`,
		tx.County, i.ID, string(i.State), i.place, i.Done, i.Rows, string(counts), number(i.Lasting), store.FormatInstant(tx.Instant), tx.Actor.ID, tx.Actor.Name,
		string(before.State), before.place, before.Done, before.Rows)
	if err == nil && changed == 0 {
		return movedOn()
	}
	return err
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// turn puts an import into a state at whose beginning nothing is done.
func (i *Import) turn(to State) { i.State, i.place, i.Done = to, "", 0 }

// work is what a step did, for the log.
type work struct {
	persons []string // whom it concerns
	said    string   // all it did; the log keeps a token of it
}

// step is one command of an import: it is read, worked on and saved. Since it is saved only if it still stood where it was read, a step is taken
// once, however often and by whomever it is asked for.
func (r *Rolls) step(ctx context.Context, by By, id string, state State, do func(tx *store.Tx, i *Import) (work, error)) error {
	command := store.Command{Name: "roll." + string(state), Content: []byte(id), County: by.County, Actor: by.Actor, Instant: by.Instant}
	_, err := r.Store.Write(ctx, command, func(tx *store.Tx) (any, error) {
		before, err := r.Get(tx, id)
		if err != nil {
			return nil, err
		}
		if before.State != state {
			return nil, movedOn()
		}
		i := before
		i.Counts = before.Counts.clone()
		done, err := do(tx, &i)
		if err != nil {
			return nil, err
		}
		if err := i.save(tx, before); err != nil {
			return nil, err
		}
		return nil, r.note(tx, command.Name, i, done)
	})
	return err
}

func (c Counts) clone() Counts {
	verdicts := map[Verdict]int64{}
	for v, n := range c.Verdicts {
		verdicts[v] = n
	}
	c.Verdicts = verdicts
	return c
}

// note adds the entry of the log: where the import stands afterwards, whom the step concerns, and a token of what it did.
func (r *Rolls) note(tx *store.Tx, name string, i Import, done work) error {
	concerned := map[string]any{}
	for _, person := range done.persons {
		concerned[person] = nil
	}
	_, err := r.Log.Record(tx, audit.Note{Name: name, Subject: i.ID, Persons: concerned,
		Content: map[string]any{"source": i.Source, "state": i.State, "done": i.Done, "rows": i.Rows, "counts": i.Counts, "said": r.Token(done.said)}})
	return err
}

// run takes steps until an import is in another state. tell, unless it is nil, is told after each of them. When somebody else takes
// the steps as well, both end when they are done.
func (r *Rolls) run(ctx context.Context, by By, id string, state State, tell func(Import), step func(Import) error) (Import, error) {
	for {
		i, err := r.get(ctx, by.County, id)
		if err != nil || i.State != state {
			return i, err
		}
		if err := step(i); err != nil && !errors.Is(err, errMovedOn) {
			return i, err
		}
		if tell != nil {
			if i, err = r.get(ctx, by.County, id); err != nil {
				return i, err
			}
			tell(i)
		}
	}
}

// only is the one row of a query; found is false when there is none.
func only(row *store.Row, into ...any) (found bool, err error) {
	err = row.Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
