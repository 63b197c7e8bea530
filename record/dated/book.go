package dated

import (
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	jsonv1 "github.com/go-json-experiment/json/v1"

	"doudi/decide/rule"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/store"
)

// Cipher seals what is said in confidence under a key of the party it is about. Open takes all there is of a party at once, so
// that its key is looked up once, and answers in the same order.
type Cipher struct {
	Seal func(tx *store.Tx, party string, plain []byte) (string, error)
	Open func(tx *store.Tx, party string, sealed ...string) ([][]byte, error)

	// Prefetch, unless it is nil, says that Seal or Open of the party will follow ([store.Tx.Prefetch]).
	Prefetch func(tx *store.Tx, party string)

	// What follows is for a [Book.Draft], which does without as well. SealAll is Seal for much at once: the i-th content is about the i-th party.
	// Fetch says that Open of many parties will follow.
	SealAll func(tx *store.Tx, parties []string, plain [][]byte) ([]string, error)
	Fetch   func(tx *store.Tx, parties []string) error
}

// CipherOf seals under the keys of the audit log, so that what may not be kept any longer can be destroyed there.
func CipherOf(log *audit.Log) Cipher {
	return Cipher{Seal: log.Seal, Open: log.Open, Prefetch: log.Prefetch, SealAll: log.SealAll, Fetch: log.FetchKeys}
}

// Book writes and reads statements.
type Book struct {
	Cipher Cipher
	Token  func(name string) string // the blind token of a sealed statement's name: same name, same token

	// Standing says that the statements are standing data ([store.Standing]). What is said of the county itself always is.
	Standing bool

	draft *draft // nil unless what is said is kept in memory first
}

// content is what a row holds besides days and names, sealed or not.
type content struct {
	Name     string          `json:"name"`
	Value    json.RawMessage `json:"value,omitempty"`
	Source   string          `json:"source,omitempty"`
	Evidence string          `json:"evidence,omitempty"`
}

// AddParty registers a party, and numbers it ([Number]). An id that is already there is refused (dated.party-exists).
func AddParty(tx *store.Tx, id, kind string) error {
	added, err := tx.Exec(`INSERT INTO party (county_code, party_id, kind, instant, actor_id) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING`,
		tx.County, id, kind, store.FormatInstant(tx.Instant), tx.Actor.ID)
	switch {
	case err != nil:
		return err
	case added == 0:
		return partyExists(id)
	case isNumbered(kind):
		return give(tx, id)
	}
	return nil
}

const kindQuery = `SELECT kind FROM party WHERE county_code = ?1 AND party_id = ?2`

// KindOf is the kind of a party, "" when the county does not know it.
func KindOf(tx *store.Tx, id string) (kind string, err error) {
	key := partyOf{tx.County, id}
	if kind, ok := store.Recall[string](tx, key); ok { // it is always the same
		return kind, nil
	}
	err = tx.QueryRow(kindQuery, tx.County, id).Scan(&kind)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err == nil {
		tx.Remember(key, kind)
	}
	return kind, err
}

// What companies remember of parties ([store.Recall]).
type (
	partyOf   struct{ county, id string } // its kind
	historyOf struct{ county, id string } // what is said about it
)

// Parties are the ids of a kind after an id, in order, at most limit.
func Parties(tx *store.Tx, kind, after string, limit int) ([]string, error) {
	return store.All(tx, store.Text, `SELECT party_id FROM party WHERE county_code = ?1 AND kind = ?2 AND party_id > ?3 ORDER BY party_id LIMIT ?4`, tx.County, kind, after, limit)
}

// Add keeps a new statement and answers with its id. Errors: dated.party-unknown, dated.span-missing, dated.span-empty,
// dated.span-outside, dated.learned-later.
func (b Book) Add(tx *store.Tx, s Statement) (id string, err error) {
	if err := checkSpan(s.Span); err != nil {
		return "", err
	}
	if s.Learned == 0 || s.Learned == rule.Beginning {
		s.Learned = Today(tx)
	}
	if today := Today(tx); s.Learned > today {
		return "", learnedLater(s.Learned, today)
	}
	for _, party := range []string{s.Subject, s.Object} {
		kind, err := b.KindOf(tx, party)
		if err != nil {
			return "", err
		}
		if kind == "" && (party != "" || party == s.Subject) {
			return "", PartyUnknown(party)
		}
	}
	return b.insert(tx, s)
}

func (b Book) insert(tx *store.Tx, s Statement) (id string, err error) {
	if b.Standing || s.Subject == tx.County {
		if err := tx.StandingChanged(); err != nil {
			return "", err
		}
	}
	if b.draft != nil {
		return b.note(tx, s)
	}
	text, err := s.content()
	if err != nil {
		return "", err
	}
	kept := string(text)
	if s.Sealed {
		if kept, err = b.Cipher.Seal(tx, s.Subject, text); err != nil {
			return "", err
		}
	}
	s.ID = tx.NewID()
	tx.Forget(historyOf{tx.County, s.Subject})
	_, err = tx.Exec(`INSERT INTO statement (county_code, statement_id, subject_id, object_id, name, sealed, content, from_day, to_day, learned_day, corrects_id, withdrawn, instant, actor_id)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)`, b.row(tx, s, kept)...)
	if err != nil {
		return "", err
	}
	return s.ID, b.changed(tx, s)
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Correct replaces a statement by one with another value or span. Subject, object, name and protection stay. Errors: those
// of Add; dated.already-corrected; dated.learned-before for a correction learnt before what it corrects.
func (b Book) Correct(tx *store.Tx, old Statement, value string, span period.Span, said Said) (id string, err error) {
	s := old
	s.Value, s.Span, s.Said, s.Withdrawn = value, span, said, false
	return b.replace(tx, old, s)
}

// Withdraw says that a statement was never true. Errors as for Correct.
func (b Book) Withdraw(tx *store.Tx, old Statement, said Said) (id string, err error) {
	s := old
	s.Said, s.Withdrawn = said, true
	return b.replace(tx, old, s)
}

// EndOn says that a statement held no longer than to a day; one that would begin later never held.
func (b Book) EndOn(tx *store.Tx, old Statement, last period.Day, said Said) (id string, err error) {
	if last < old.Span.From {
		return b.Withdraw(tx, old, said)
	}
	return b.Correct(tx, old, old.Value, period.Span{From: old.Span.From, To: last}, said)
}

func (b Book) replace(tx *store.Tx, old, s Statement) (string, error) {
	corrected, err := b.IsCorrected(tx, old)
	switch {
	case err != nil:
		return "", err
	case corrected, old.Withdrawn:
		return "", alreadyCorrected()
	}
	if s.Learned == 0 {
		s.Learned = max(Today(tx), old.Learned) // a clock that went back does not make later news earlier
		if s.Learned > Today(tx) {
			return "", learnedBefore(Today(tx), old.Learned)
		}
	}
	if s.Learned < old.Learned {
		return "", learnedBefore(s.Learned, old.Learned)
	}
	s.Corrects = old.ID
	return b.Add(tx, s)
}

// IsCorrected tells whether another statement corrects one or withdraws it.
func (b Book) IsCorrected(tx *store.Tx, s Statement) (bool, error) {
	if b.draft != nil {
		return b.isCorrected(tx, s)
	}
	var by string
	err := tx.QueryRow(`SELECT statement_id FROM statement WHERE county_code = ?1 AND corrects_id = ?2`, tx.County, s.ID).Scan(&by)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return true, err
}

// Of are the statements about a party that counted on a day, in order of learning.
func (b Book) Of(tx *store.Tx, subject string, knownOn period.Day) ([]Statement, error) {
	all, err := b.History(tx, subject)
	return Known(all, knownOn), err
}

// History are all statements ever made about a party, corrected ones included, in order of recording.
func (b Book) History(tx *store.Tx, subject string) ([]Statement, error) {
	if b.draft != nil {
		return b.history(tx, subject)
	}
	key := historyOf{tx.County, subject}
	all, known := store.Recall[[]Statement](tx, key)
	if !known {
		var err error
		if all, err = b.read(tx, historyQuery, tx.County, subject); err != nil {
			return nil, err
		}
		tx.Remember(key, slices.Clip(all))
	}
	tx.StandsOn(int64(len(all)), `SELECT COUNT(*) FROM statement WHERE county_code = ?1 AND subject_id IN (?2)`, tx.County, subject) // statements are only ever added
	return all, nil
}

// Prefetch says that a party, and what is said about it, will be asked for ([store.Tx.Prefetch]).
func (b Book) Prefetch(tx *store.Tx, id string) {
	if b.draft != nil {
		return
	}
	if !store.Recalls(tx, partyOf{tx.County, id}) {
		tx.Prefetch(kindQuery, tx.County, id)
	}
	if !store.Recalls(tx, historyOf{tx.County, id}) {
		tx.Prefetch(historyQuery, tx.County, id)
	}
	if b.Cipher.Prefetch != nil {
		b.Cipher.Prefetch(tx, id)
	}
}

// Towards are the statements whose object is a party and that counted on a day, in order of learning.
func (b Book) Towards(tx *store.Tx, object string, knownOn period.Day) ([]Statement, error) {
	if b.draft != nil {
		all, err := b.historyTowards(tx, object)
		return Known(all, knownOn), err
	}
	all, err := b.read(tx, towardsQuery, tx.County, object)
	tx.StandsOn(int64(len(all)), `SELECT COUNT(*) FROM statement WHERE county_code = ?1 AND object_id IN (?2)`, tx.County, object)
	return Known(all, knownOn), err
}

// Get is one statement. The error has code dated.statement-unknown.
func (b Book) Get(tx *store.Tx, id string) (Statement, error) {
	if b.draft != nil {
		if s, known := b.draft.get(id); known {
			return s, nil
		}
	}
	found, err := b.read(tx, `SELECT `+Columns+` FROM statement WHERE county_code = ?1 AND statement_id = ?2`, tx.County, id)
	if err == nil && len(found) == 0 {
		return Statement{}, StatementUnknown()
	}
	if err != nil {
		return Statement{}, err
	}
	return found[0], nil
}

// row is a statement as it is stored.
type row struct {
	Statement
	sealed, withdrawn               int64
	content                         string
	from, to, learned, recordedText string
	plain                           []byte // what the content says, once it is open
}

func (b Book) read(tx *store.Tx, query string, args ...any) ([]Statement, error) {
	stored, err := store.All(tx, scanRow, query, args...)
	if err != nil {
		return nil, err
	}
	return b.opened(tx, stored)
}

// opened are rows as statements.
func (b Book) opened(tx *store.Tx, stored []*row) ([]Statement, error) {
	if err := b.unseal(tx, stored); err != nil { // after the rows are closed: it may ask the database for a key
		return nil, err
	}
	statements := make([]Statement, len(stored))
	for i, r := range stored {
		var err error
		if statements[i], err = r.statement(); err != nil {
			return nil, err
		}
	}
	return statements, nil
}

// unseal opens the rows, the sealed ones party by party.
func (b Book) unseal(tx *store.Tx, stored []*row) error {
	sealed := map[string][]*row{}
	var parties []string
	for _, r := range stored {
		if r.sealed == 0 {
			r.plain = []byte(r.content)
			continue
		}
		if sealed[r.Subject] == nil {
			parties = append(parties, r.Subject)
		}
		sealed[r.Subject] = append(sealed[r.Subject], r)
	}
	for _, party := range parties {
		contents := make([]string, len(sealed[party]))
		for i, r := range sealed[party] {
			contents[i] = r.content
		}
		opened, err := b.Cipher.Open(tx, party, contents...)
		if err != nil {
			return err
		}
		for i, r := range sealed[party] {
			r.plain = opened[i]
		}
	}
	return nil
}

func scanRow(rows *store.Rows) (*row, error) {
	r := &row{}
	return r, rows.Scan(&r.ID, &r.Subject, &r.Object, &r.Name, &r.sealed, &r.content, &r.from, &r.to, &r.learned, &r.Corrects, &r.withdrawn, &r.recordedText, &r.Actor)
}

// statement reads the row, whose content is open.
func (r *row) statement() (Statement, error) {
	s := r.Statement
	s.Sealed, s.Withdrawn = r.sealed != 0, r.withdrawn != 0
	var learnedErr, recordedErr, spanErr error
	var kept content
	err := jsonv1.Unmarshal(r.plain, &kept) // as encoding/json does, in half the time: a settlement reads ten statements
	s.Name, s.Value, s.Source, s.Evidence = kept.Name, string(kept.Value), kept.Source, kept.Evidence
	s.Span, spanErr = readSpan(r.from, r.to)
	s.Learned, learnedErr = period.ParseDay(r.learned)
	s.Recorded, recordedErr = store.ParseInstant(r.recordedText)
	if err := errors.Join(err, spanErr, learnedErr, recordedErr); err != nil {
		return s, damaged(r.ID, err)
	}
	return s, nil
}

const (
	historyQuery = `SELECT ` + Columns + ` FROM statement WHERE county_code = ?1 AND subject_id = ?2 ORDER BY statement_id`
	towardsQuery = `SELECT ` + Columns + ` FROM statement WHERE county_code = ?1 AND object_id = ?2 ORDER BY statement_id`
)

// Columns are the columns of a statement for Select; the query calls the table statement.
const Columns = `statement.statement_id, statement.subject_id, COALESCE(statement.object_id, ''), statement.name, statement.sealed, statement.content,
	statement.from_day, statement.to_day, statement.learned_day, COALESCE(statement.corrects_id, ''), statement.withdrawn, statement.instant, statement.actor_id`

// Select reads statements with a query of a package that joins them to a table of its own. It selects [Columns] and nothing
// else, and must give every statement about a subject or those corrected by others could not be told.
func (b Book) Select(tx *store.Tx, query string, args ...any) ([]Statement, error) {
	if err := b.Flush(tx); err != nil {
		return nil, err
	}
	return b.read(tx, query, args...)
}

// CountyKind is the kind of the party that stands for the county itself; its id is the county's code.
const CountyKind = "county"

// demoName is the statement that the county is a demonstration.
const demoName = "demo"

// County makes sure that the county itself is a party, and answers its id.
func (b Book) County(tx *store.Tx) (string, error) {
	found, err := b.KindOf(tx, tx.County)
	if err == nil && found == "" {
		err = b.AddParty(tx, tx.County, CountyKind)
	}
	return tx.County, err
}

// MarkDemo says that the county is a demonstration, whose people and institutions are invented.
func (b Book) MarkDemo(tx *store.Tx) error {
	county, err := b.County(tx)
	if err != nil {
		return err
	}
	_, err = b.Add(tx, Statement{Subject: county, Name: demoName, Span: Always})
	return err
}

// IsDemo tells whether the county is a demonstration.
func (b Book) IsDemo(tx *store.Tx) (bool, error) {
	if b.draft != nil {
		said, err := b.history(tx, tx.County)
		return len(Named(said, demoName)) > 0, err
	}
	var marked int64
	err := tx.QueryRow(`SELECT COUNT(*) FROM statement WHERE county_code = ?1 AND subject_id = ?1 AND name = ?2`, tx.County, demoName).Scan(&marked)
	return marked > 0, err
}
