package audit

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"doudi/kernel/fault"
	"doudi/record/store"
)

// Kind is the sort of an entry.
type Kind string

const (
	Command   Kind = "command"   // something was done
	Look      Kind = "look"      // somebody looked at protected data
	Destroyed Kind = "destroyed" // a person's key was destroyed
)

// Entry is one line of the log.
type Entry struct {
	ID      string
	Instant time.Time
	Actor   store.Actor
	Kind    Kind
	Name    string          // the command, or what was looked at
	Subject string          // id of what it concerns; "" for none
	Content json.RawMessage // canonical JSON without personal content
	Persons []Person        // whom it concerns, by id
	Digest  string          // SM3, hexadecimal
}

// Person is somebody an entry concerns.
type Person struct {
	ID        string
	Content   json.RawMessage // what the entry says about the person; nil for nothing, and once destroyed
	Destroyed bool            // the person's key is no more, so the content cannot be read

	sealed string
}

// Note is what a new entry says; when, who and where come from the transaction.
type Note struct {
	Name    string
	Subject string
	Content any            // without personal content; any JSON
	Persons map[string]any // by id: what it says about the person, or nil when the person is only concerned
}

// Log writes and reads entries.
type Log struct{ keys *Keys }

// NewLog is a log whose personal content stands under the keys.
func NewLog(keys *Keys) *Log { return &Log{keys} }

// Write is [store.Store.Write] with an entry: the command's name, its key, the digests of its content and its result, and
// whom it concerns. A command that was done before adds no second entry.
func (l *Log) Write(ctx context.Context, s *store.Store, c store.Command, persons map[string]any, do func(*store.Tx) (any, error)) (store.Outcome, error) {
	return s.Write(ctx, c, func(tx *store.Tx) (any, error) {
		result, err := do(tx)
		if err != nil {
			return nil, err
		}
		answer, err := canonical(result)
		if err != nil {
			return nil, err
		}
		note := Note{Name: c.Name, Persons: persons, Content: map[string]string{"key": c.Key, "content": SM3(c.Content), "result": SM3(answer)}}
		_, err = l.Record(tx, note)
		return result, err
	})
}

// SM3 is the digest of a content, hexadecimal.
func SM3(content []byte) string {
	sum := sm3.Sum(content)
	return hex.EncodeToString(sum[:])
}

// Record adds an entry about something done and answers its id.
func (l *Log) Record(tx *store.Tx, n Note) (string, error) { return l.add(tx, Command, n) }

// Look adds an entry about a look at protected data: the note's name says at what, its content for what purpose.
func (l *Log) Look(tx *store.Tx, n Note) (string, error) { return l.add(tx, Look, n) }

func (l *Log) add(tx *store.Tx, kind Kind, n Note) (string, error) {
	if n.Name == "" {
		return "", &fault.Error{Kind: fault.Invalid, Code: "audit.no-name", Op: "audit.Record",
			Message: fault.Text{ZH: "审计记录没有名称", EN: "an entry of the log needs a name"}}
	}
	content, err := canonical(n.Content)
	if err != nil {
		return "", err
	}
	e := &Entry{ID: tx.NewID(), Instant: tx.Instant, Actor: tx.Actor, Kind: kind, Name: n.Name, Subject: n.Subject, Content: content}
	for id, about := range n.Persons {
		p := Person{ID: id}
		if about != nil {
			if p.sealed, err = l.sealFor(tx, e.ID, id, about); err != nil {
				return "", err
			}
		}
		e.Persons = append(e.Persons, p)
	}
	sortPersons(e.Persons)
	e.Digest = digestOf(tx.County, e)
	return e.ID, insert(tx, e)
}

// insert keeps an entry. The only person it concerns, as nearly all concern one, stands in its own row; somebody without an id could not be told from nobody there.
func insert(tx *store.Tx, e *Entry) error {
	var only Person
	several := e.Persons
	if len(several) == 1 && several[0].ID != "" {
		only, several = several[0], nil
	}
	err := tx.Later(nil, `INSERT INTO audit_entry (county_code, entry_id, instant, actor_id, actor_name, actor_post, kind, name, subject, content, person_id, sealed, digest)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`, tx.County, e.ID, store.FormatInstant(e.Instant), e.Actor.ID, e.Actor.Name, e.Actor.Post,
		string(e.Kind), e.Name, e.Subject, string(e.Content), only.ID, only.sealed, e.Digest)
	if err != nil {
		return err
	}
	for _, p := range several {
		err := tx.Later(nil, `INSERT INTO audit_person (county_code, entry_id, person_id, sealed) VALUES (?1, ?2, ?3, ?4)`, tx.County, e.ID, p.ID, p.sealed)
		if err != nil {
			return err
		}
	}
	return tx.Later(nil, `INSERT INTO audit_tail (county_code, entry_id) VALUES (?1, ?2)`, tx.County, e.ID)
}

// sealFor encrypts what is said about a person under the person's key, which is made when there is none.
func (l *Log) sealFor(tx *store.Tx, entry, person string, about any) (string, error) {
	content, err := canonical(about)
	if err != nil {
		return "", err
	}
	key, err := l.keyOrNew(tx, person)
	if err != nil {
		return "", err
	}
	return seal(key, content, "entry", tx.County, entry, person)
}

// keptQuery answers 1 for as long as a person's key is not destroyed.
const keptQuery = `SELECT COUNT(*) FROM person_key WHERE county_code = ?1 AND destroyed = '' AND person_id IN (?2)`

const keyQuery = `SELECT wrapped, master, destroyed FROM person_key WHERE county_code = ?1 AND person_id = ?2`

// Prefetch says that the person's key will be asked for ([store.Tx.Prefetch]).
func (l *Log) Prefetch(tx *store.Tx, person string) {
	if !store.Recalls(tx, l.ownerOf(tx, person)) {
		tx.Prefetch(keyQuery, tx.County, person)
	}
}

// keyOwner is what a person's key is remembered by.
type keyOwner struct {
	keys           *Keys
	county, person string
}

func (l *Log) ownerOf(tx *store.Tx, person string) keyOwner {
	return keyOwner{l.keys, tx.County, person}
}

// keyOf is the person's key. Errors: sql.ErrNoRows when there never was one; audit.key-destroyed; audit.other-master.
func (l *Log) keyOf(tx *store.Tx, person string) (cipher.AEAD, error) {
	return store.Once(tx, l.ownerOf(tx, person), func() (cipher.AEAD, error) { return l.recallKey(tx, person) })
}

func (l *Log) recallKey(tx *store.Tx, person string) (cipher.AEAD, error) {
	owner := l.ownerOf(tx, person)
	if key, ok := store.Recall[cipher.AEAD](tx, owner); ok {
		tx.StandsOn(1, keptQuery, tx.County, person)
		return key, nil
	}
	key, err := l.readKey(tx, person)
	if err == nil {
		tx.Remember(owner, key)
	}
	return key, err
}

func (l *Log) readKey(tx *store.Tx, person string) (cipher.AEAD, error) {
	var wrapped, master, destroyed string
	if err := tx.QueryRow(keyQuery, tx.County, person).Scan(&wrapped, &master, &destroyed); err != nil {
		return nil, err
	}
	tx.StandsOn(1, keptQuery, tx.County, person)
	return l.unwrap(tx.County, person, wrapped, master, destroyed)
}

// unwrap makes a key of its row. Errors: audit.key-destroyed, audit.other-master.
func (l *Log) unwrap(county, person, wrapped, master, destroyed string) (cipher.AEAD, error) {
	switch {
	case destroyed != "":
		return nil, keyDestroyed(destroyed)
	case master != l.keys.name:
		return nil, otherMaster(nil)
	}
	key, err := open(l.keys.master, wrapped, "key", county, person)
	if err != nil {
		return nil, otherMaster(err)
	}
	return newAEAD(key)
}

func (l *Log) newKey(tx *store.Tx, person string) (cipher.AEAD, error) {
	wrapped, key, err := l.makeKey(tx.County, person)
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(`INSERT INTO person_key (county_code, person_id, wrapped, master, created, destroyed) VALUES (?1, ?2, ?3, ?4, ?5, '')`,
		tx.County, person, wrapped, l.keys.name, store.FormatInstant(tx.Instant))
	return key, err
}

// makeKey is a new key, and as it is kept.
func (l *Log) makeKey(county, person string) (wrapped string, aead cipher.AEAD, err error) {
	key := make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		return "", nil, err
	}
	if wrapped, err = seal(l.keys.master, key, "key", county, person); err != nil {
		return "", nil, err
	}
	aead, err = newAEAD(key)
	return wrapped, aead, err
}

func keyDestroyed(when string) error {
	return &fault.Error{Kind: fault.Conflict, Code: "audit.key-destroyed", Op: "audit",
		Message: say("此人的密钥已于 %s 销毁", "this person's key was destroyed at %s", when),
		Hint:    fault.Text{ZH: "保存期满后不能再记录此人的个人内容", EN: "after retention has ended, no personal content can be added"}}
}

func otherMaster(cause error) error {
	return &fault.Error{Kind: fault.Conflict, Code: "audit.other-master", Op: "audit", Cause: cause,
		Message: fault.Text{ZH: "主密钥与数据库使用的不是同一个", EN: "the master key is not the one this database was written with"},
		Hint:    fault.Text{ZH: "换用建库时的主密钥文件", EN: "use the key file the database was made with"}}
}

// Destroy makes all personal content about the person unreadable for ever, and records that it did. The reason is kept and
// must not be personal itself. Errors: audit.no-key when there is nothing to destroy, audit.key-destroyed the second time.
func (l *Log) Destroy(tx *store.Tx, person, reason string) error {
	if _, err := l.keyOf(tx, person); errors.Is(err, sql.ErrNoRows) {
		return &fault.Error{Kind: fault.NotFound, Code: "audit.no-key", Op: "audit.Destroy", Cause: err,
			Message: fault.Text{ZH: "此人没有加密保存的内容", EN: "nothing about this person is kept under a key"}}
	} else if fault.CodeOf(err) == "audit.key-destroyed" || fault.CodeOf(err) == "" && err != nil {
		return err
	}
	tx.Drop(l.ownerOf(tx, person))
	tx.Forget(l.ownerOf(tx, person))
	_, err := tx.Exec(`UPDATE person_key SET wrapped = '', destroyed = ?3 WHERE county_code = ?1 AND person_id = ?2`, tx.County, person, store.FormatInstant(tx.Instant))
	if err != nil {
		return err
	}
	_, err = l.add(tx, Destroyed, Note{Name: "audit.destroy", Subject: person, Content: map[string]string{"reason": reason}, Persons: map[string]any{person: nil}})
	return err
}

// Entry reads one entry with its personal content as far as it can be read. Whoever shows it to somebody records a look.
func (l *Log) Entry(tx *store.Tx, id string) (*Entry, error) {
	e, err := entry(tx, id)
	if err != nil {
		return nil, err
	}
	for i := range e.Persons {
		if err := l.unseal(tx, e.ID, &e.Persons[i]); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (l *Log) unseal(tx *store.Tx, entry string, p *Person) error {
	if p.sealed == "" {
		return nil
	}
	key, err := l.keyOf(tx, p.ID)
	if fault.CodeOf(err) == "audit.key-destroyed" {
		p.Destroyed = true
		return nil
	}
	if err != nil {
		return err
	}
	p.Content, err = open(key, p.sealed, "entry", tx.County, entry, p.ID)
	if err != nil {
		return changed(err, "记录 %s 中的个人内容被改动", "the personal content of entry %s was changed", entry)
	}
	return nil
}

// entry reads an entry as it is stored.
func entry(tx *store.Tx, id string) (*Entry, error) {
	list, err := entries(tx, []string{id})
	if err != nil {
		return nil, err
	}
	if list[0] == nil {
		return nil, noEntry(id)
	}
	return list[0], nil
}

func noEntry(id string) error {
	return &fault.Error{Kind: fault.NotFound, Code: "audit.no-entry", Op: "audit.Entry", Message: say("没有审计记录 %s", "there is no entry %s", id)}
}

// entries reads entries as they are stored, in the order of the ids; nil for those that are not there.
func entries(tx *store.Tx, ids []string) ([]*Entry, error) {
	found, err := store.Among(tx, scanEntry, entryColumns+`audit_entry e WHERE e.county_code = ?1 AND e.entry_id = ?*`, ids, tx.County)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*Entry, len(found))
	for _, e := range found {
		byID[e.ID] = e
	}
	list := make([]*Entry, len(ids))
	for i, id := range ids {
		list[i] = byID[id]
	}
	return list, addPersons(tx, found)
}

// addPersons reads whom entries concern that do not say so themselves.
func addPersons(tx *store.Tx, list []*Entry) error {
	var ids []string
	byID := map[string]*Entry{}
	for _, e := range list {
		if len(e.Persons) == 0 {
			ids, byID[e.ID] = append(ids, e.ID), e
		}
	}
	type row struct {
		entry string
		Person
	}
	rows, err := store.Among(tx, func(rows *store.Rows) (r row, err error) { return r, rows.Scan(&r.entry, &r.ID, &r.sealed) },
		`SELECT entry_id, person_id, sealed FROM audit_person WHERE county_code = ?1 AND entry_id = ?*`, ids, tx.County)
	if err != nil {
		return err
	}
	for _, r := range rows {
		byID[r.entry].Persons = append(byID[r.entry].Persons, r.Person)
	}
	for _, e := range byID {
		sortPersons(e.Persons)
	}
	return nil
}

const entryColumns = `SELECT e.entry_id, e.instant, e.actor_id, e.actor_name, e.actor_post, e.kind, e.name, e.subject, e.content, e.person_id, e.sealed, e.digest FROM `

// scanEntry reads an entry, with the person it concerns if that stands in its own row.
func scanEntry(rows *store.Rows) (*Entry, error) {
	e := &Entry{}
	var instant, kind, content string
	var only Person
	err := rows.Scan(&e.ID, &instant, &e.Actor.ID, &e.Actor.Name, &e.Actor.Post, &kind, &e.Name, &e.Subject, &content, &only.ID, &only.sealed, &e.Digest)
	if err != nil {
		return nil, err
	}
	if e.Instant, err = store.ParseInstant(instant); err != nil {
		return nil, changed(err, "记录 %s 的时间被改动", "the instant of entry %s was changed", e.ID)
	}
	e.Kind, e.Content = Kind(kind), json.RawMessage(content)
	if only.ID != "" || only.sealed != "" {
		e.Persons = []Person{only}
	}
	return e, nil
}
