package file

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/emmansun/gmsm/sm3"

	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/store"
)

// Paper is what is said about a document when it is filed.
type Paper struct {
	Owner string     // id of the person or household
	About string     // id of what it belongs to, such as a bill; "" for none
	Kind  string     // what it is, in the word of the policy that asks for it, or in the clerk's: 残疾证, 转诊单
	Name  string     // of the file, as it was brought
	Day   period.Day // on the paper; 0 for none
	By    string     // who brought it; "" when not noted
}

// Document is a paper on file.
type Document struct {
	ID       string
	Paper           // of a destroyed one only Owner and About
	Media    string // type of the content
	Size     int64  // bytes
	Recorded time.Time
	Actor    string // id of who filed it

	Withdrawn *Withdrawal // nil while it stands
	Destroyed bool        // the owner's key is no more, so nothing of it can be read

	blob       string
	sealedSize int64
	digest     string
	token      string
	key        []byte
}

// Withdrawal says that a document was filed by mistake.
type Withdrawal struct {
	Reason  string // "" once destroyed
	Instant time.Time
	Actor   string
}

// sealed is what a row holds under the owner's key.
type sealed struct {
	Kind  string     `json:"kind"`
	Name  string     `json:"name"`
	Media string     `json:"media"`
	Size  int64      `json:"size"`
	Day   period.Day `json:"day,omitempty"`
	By    string     `json:"by,omitempty"`
	Key   []byte     `json:"key"`
}

// How long texts may be, in characters.
const (
	longestKind   = 40
	longestName   = 200
	longestBy     = 100
	longestReason = 500
)

// owners are the kinds of parties that have an archive. The county's own holds what is public, such as the documents of its policies.
var owners = []string{"person", "household", dated.CountyKind}

// Add files a stored content as a document. The very same content is filed once for an owner (file.duplicate, which names it), until it is
// withdrawn. Codes: file.owner, file.kind, file.name, file.by, file.day; file.county for a content stored for another county.
func (f *Files) Add(tx *store.Tx, p Paper, s *Stored) (Document, error) {
	p, err := p.checked(tx)
	if err != nil {
		return Document{}, err
	}
	if s.county != tx.County {
		return Document{}, otherCounty(s.county)
	}
	if err := unfiled(tx, p.Owner, s.token); err != nil {
		return Document{}, err
	}
	d := Document{ID: tx.NewID(), Paper: p, Media: s.media, Size: s.size, Recorded: tx.Instant, Actor: tx.Actor.ID,
		blob: s.blob, sealedSize: s.sealedSize, digest: s.digest, token: s.token, key: s.key}
	if err := f.insert(tx, d); err != nil {
		return Document{}, err
	}
	said := map[string]any{"kind": p.Kind, "name": p.Name, "media": s.media, "size": s.size}
	_, err = f.Log.Record(tx, audit.Note{Name: "file.add", Subject: d.ID, Content: map[string]string{"about": p.About, "digest": s.digest}, Persons: map[string]any{p.Owner: said}})
	return d, err
}

// checked is the paper with its texts trimmed, or what is wrong with it.
func (p Paper) checked(tx *store.Tx) (Paper, error) {
	kind, err := dated.KindOf(tx, p.Owner)
	if err != nil {
		return p, err
	}
	if !slices.Contains(owners, kind) {
		return p, ownerUnknown(p.Owner)
	}
	p.Kind, p.By = strings.TrimSpace(p.Kind), strings.TrimSpace(p.By)
	p.Name = strings.TrimSpace(p.Name[strings.LastIndexAny(p.Name, `/\`)+1:]) // browsers used to send the whole path
	switch {
	case p.Kind == "" || !isLine(p.Kind, longestKind):
		return p, kindWrong()
	case p.Name == "" || !isLine(p.Name, longestName):
		return p, nameWrong()
	case !isLine(p.By, longestBy):
		return p, byWrong()
	case p.Day > dated.Today(tx):
		return p, dayLater(p.Day)
	}
	return p, nil
}

// isLine tells whether a text is one line of at most so many characters.
func isLine(text string, longest int) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= longest && !strings.ContainsFunc(text, unicode.IsControl)
}

// unfiled refuses a content that is on file for the owner.
func unfiled(tx *store.Tx, owner, token string) error {
	var id string
	err := tx.QueryRow(`SELECT d.document_id FROM document d LEFT JOIN document_withdrawal w ON w.county_code = d.county_code AND w.document_id = d.document_id
		WHERE d.county_code = ?1 AND d.token = ?2 AND d.owner_id = ?3 AND w.document_id IS NULL`, tx.County, token, owner).Scan(&id)
	switch {
	case err == nil:
		return duplicate(id)
	case errors.Is(err, sql.ErrNoRows):
		return nil
	}
	return err
}

func (f *Files) insert(tx *store.Tx, d Document) error {
	text, err := json.Marshal(sealed{d.Kind, d.Name, d.Media, d.Size, d.Day, d.By, d.key})
	if err != nil {
		return err
	}
	kept, err := f.Cipher.Seal(tx, d.Owner, text)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO document (county_code, document_id, owner_id, about_id, blob, size, digest, token, sealed, instant, actor_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`,
		tx.County, d.ID, d.Owner, d.About, d.blob, d.sealedSize, d.digest, d.token, kept, store.FormatInstant(tx.Instant), tx.Actor.ID)
	return err
}

// Withdraw says that a document was filed by mistake, and why. It stays listed and can still be read. Codes: file.unknown,
// file.reason, file.withdrawn the second time.
func (f *Files) Withdraw(tx *store.Tx, id, reason string) error {
	d, err := f.Get(tx, id)
	if err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	if reason == "" || !isLine(reason, longestReason) {
		return reasonWrong()
	}
	if d.Withdrawn != nil {
		return withdrawn(id)
	}
	kept, err := f.Cipher.Seal(tx, d.Owner, []byte(reason))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO document_withdrawal (county_code, document_id, reason, instant, actor_id) VALUES (?1, ?2, ?3, ?4, ?5)`,
		tx.County, id, kept, store.FormatInstant(tx.Instant), tx.Actor.ID)
	if err != nil {
		return err
	}
	_, err = f.Log.Record(tx, audit.Note{Name: "file.withdraw", Subject: id, Persons: map[string]any{d.Owner: map[string]string{"reason": reason}}})
	return err
}

const documentColumns = `SELECT d.document_id, d.owner_id, d.about_id, d.blob, d.size, d.digest, d.token, d.sealed, d.instant, d.actor_id,
	COALESCE(w.reason, ''), COALESCE(w.instant, ''), COALESCE(w.actor_id, '')
	FROM document d LEFT JOIN document_withdrawal w ON w.county_code = d.county_code AND w.document_id = d.document_id WHERE d.county_code = ?1 `

// Get is a document. Code: file.unknown.
func (f *Files) Get(tx *store.Tx, id string) (Document, error) {
	found, err := f.read(tx, documentColumns+`AND d.document_id = ?2`, tx.County, id)
	if err != nil {
		return Document{}, err
	}
	if len(found) == 0 {
		return Document{}, Unknown(id)
	}
	return found[0], nil
}

// Of is the archive of a person or household: all documents, the oldest first, withdrawn ones included.
func (f *Files) Of(tx *store.Tx, owner string) ([]Document, error) {
	return f.read(tx, documentColumns+`AND d.owner_id = ?2 ORDER BY d.document_id`, tx.County, owner)
}

// About are the documents that belong to something else on record, such as a bill.
func (f *Files) About(tx *store.Tx, id string) ([]Document, error) {
	return f.read(tx, documentColumns+`AND d.about_id = ?2 AND d.about_id <> '' ORDER BY d.document_id`, tx.County, id)
}

// Alike are the other documents of the county with the very same content, of whomever: one invoice brought by two people.
func (f *Files) Alike(tx *store.Tx, d Document) ([]Document, error) {
	return f.read(tx, documentColumns+`AND d.token = ?2 AND d.document_id <> ?3 ORDER BY d.document_id`, tx.County, d.token, d.ID)
}

// Refer refuses an id that is not a document of one of the owners, or one that was withdrawn. Codes: file.unknown, file.other-owner,
// file.withdrawn.
func Refer(tx *store.Tx, id string, owners ...string) error {
	var owner string
	var gone int64
	err := tx.QueryRow(`SELECT owner_id, (SELECT COUNT(*) FROM document_withdrawal w WHERE w.county_code = d.county_code AND w.document_id = d.document_id)
		FROM document d WHERE county_code = ?1 AND document_id = ?2`, tx.County, id).Scan(&owner, &gone)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Unknown(id)
	case err != nil:
		return err
	case !slices.Contains(owners, owner):
		return otherOwner(id)
	case gone > 0:
		return withdrawn(id)
	}
	return nil
}

// row is a document as it is stored.
type row struct {
	Document
	sealed, reason string
	instants       [2]string // of the document and of its withdrawal
	withdrawnBy    string
}

func (f *Files) read(tx *store.Tx, query string, args ...any) ([]Document, error) {
	rows, err := store.All(tx, scanRow, query, args...)
	if err != nil {
		return nil, err
	}
	var documents []Document
	for i := range rows {
		if err := f.open(tx, &rows[i]); err != nil {
			return nil, err
		}
		documents = append(documents, rows[i].Document)
	}
	return documents, nil
}

func scanRow(rows *store.Rows) (r row, err error) {
	return r, rows.Scan(&r.ID, &r.Owner, &r.About, &r.blob, &r.sealedSize, &r.digest, &r.token, &r.sealed, &r.instants[0], &r.Actor, &r.reason, &r.instants[1], &r.withdrawnBy)
}

// open reads what is sealed, as far as the owner's key is there.
func (f *Files) open(tx *store.Tx, r *row) (err error) {
	if r.Recorded, err = store.ParseInstant(r.instants[0]); err != nil {
		return damaged(r.ID, err)
	}
	closed := []string{r.sealed}
	if r.instants[1] != "" {
		r.Withdrawn = &Withdrawal{Actor: r.withdrawnBy}
		if r.Withdrawn.Instant, err = store.ParseInstant(r.instants[1]); err != nil {
			return damaged(r.ID, err)
		}
		closed = append(closed, r.reason)
	}
	opened, err := f.Cipher.Open(tx, r.Owner, closed...)
	if fault.CodeOf(err) == "audit.key-destroyed" {
		r.Destroyed = true
		return nil
	}
	if err != nil {
		return err
	}
	if r.Withdrawn != nil {
		r.Withdrawn.Reason = string(opened[1])
	}
	var s sealed
	if err := json.Unmarshal(opened[0], &s); err != nil {
		return damaged(r.ID, err)
	}
	r.Kind, r.Name, r.Day, r.By = s.Kind, s.Name, s.Day, s.By
	r.Media, r.Size, r.key = s.Media, s.Size, s.Key
	return nil
}

// Content is a document that may be read.
type Content struct {
	Document
	files *Files
}

const longestPurpose = 200

// Look lets somebody read a document for a purpose, which is kept in the log: what is read without the transaction being kept must not
// be shown. Codes: file.unknown, file.purpose, file.destroyed.
func (f *Files) Look(tx *store.Tx, id, purpose string) (Content, error) {
	d, err := f.Get(tx, id)
	if err != nil {
		return Content{}, err
	}
	purpose = strings.TrimSpace(purpose)
	switch {
	case purpose == "" || !isLine(purpose, longestPurpose):
		return Content{}, purposeWrong()
	case d.Destroyed:
		return Content{}, destroyed(id)
	}
	_, err = f.Log.Look(tx, audit.Note{Name: "file.look", Subject: id, Content: map[string]string{"purpose": purpose}, Persons: map[string]any{d.Owner: nil}})
	return Content{d, f}, err
}

// County is the owner of the county's own archive, made when it is first asked for.
func County(tx *store.Tx) (owner string, err error) {
	kind, err := dated.KindOf(tx, tx.County)
	if err == nil && kind == "" {
		err = dated.AddParty(tx, tx.County, dated.CountyKind)
	}
	return tx.County, err
}

// Public lets anybody read a document of the county's own archive, which concerns nobody: no look is recorded. Codes: file.unknown, also for a document of
// a person or household.
func (f *Files) Public(tx *store.Tx, id string) (Content, error) {
	d, err := f.Get(tx, id)
	if err == nil && (d.Owner != tx.County || d.Destroyed) {
		err = Unknown(id)
	}
	return Content{d, f}, err
}

// Open reads the content. Errors while reading are file.differs, for a content that is not the one that was filed, or those of the
// box; file.missing when there is none.
func (c Content) Open(ctx context.Context) (io.ReadCloser, error) {
	from, err := c.files.Box.read(ctx, c.blob)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(c.ID)
	}
	if err != nil {
		return nil, err
	}
	aead, err := aeadOf(c.key)
	if err != nil {
		return nil, errors.Join(err, from.Close())
	}
	return &opened{store.OpenBlocks(from, aead, []byte(c.blob)), from, c.ID}, nil
}

// opened is a content that is being read.
type opened struct {
	io.Reader
	io.Closer
	id string
}

func (o *opened) Read(p []byte) (int, error) {
	n, err := o.Reader.Read(p)
	var block *store.BlockError
	if errors.As(err, &block) {
		err = differs(o.id, err)
	}
	return n, err
}

// matches tells whether what was read is the content that was brought.
func (f *Files) matches(d Document, content io.Reader) error {
	plain := &measure{hash: sm3.New()}
	if _, err := io.Copy(plain, content); err != nil {
		return err
	}
	if plain.size != d.Size || f.token(plain) != d.token {
		return differs(d.ID, errors.New("SM3 "+hex.EncodeToString(plain.hash.Sum(nil))[:8]))
	}
	return nil
}
