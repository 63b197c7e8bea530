package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/emmansun/gmsm/sm3"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/provider"
	"doudi/record/store"
)

// Grant is what a key is issued with.
type Grant struct {
	Party  string      // the institution
	Name   string      // which system of theirs it is for
	Scopes []Scope     // at least one
	Span   period.Span // the days on which it holds
}

// Key is a key as it is kept.
type Key struct {
	ID string
	Grant
	Kind     provider.Kind // of the institution
	Revoked  string        // when, as [store.FormatInstant] writes it; "" while it stands
	LastUsed string        // the day; "" while it never was used

	digest string
}

// May tells whether the key has a scope.
func (k Key) May(s Scope) bool { return slices.Contains(k.Scopes, s) }

// Sees tells whether values of facts of a sensitivity are shown to the key's holder.
func (k Key) Sees(s rule.Sensitivity) bool { return s == rule.Plain || k.May(ofSensitivity[s]) }

// County tells whether the holder sees what is the whole county's, instead of what is its own.
func (k Key) County() bool { return k.Kind == OfficeKind }

// Keys keeps the keys of a county. It may be used by many goroutines.
type Keys struct {
	providers *provider.Providers
	log       *audit.Log
}

// New keeps the keys of those on a list of providers.
func New(providers *provider.Providers, log *audit.Log) *Keys { return &Keys{providers, log} }

const (
	prefix      = "doudi_"
	secretSize  = 32
	idLength    = 32 // hexadecimal digits
	longestName = 100
)

// Issue issues a key and answers with what is kept and, for this one time, with the key itself. Codes: auth.party-unknown,
// auth.no-keys for an institution of a kind that gets none, auth.scope-missing, auth.scope-unknown, auth.scope-kind, auth.name,
// auth.span.
func (k *Keys) Issue(tx *store.Tx, g Grant) (Key, string, error) {
	kind, err := k.kindOf(tx, g.Party)
	if err != nil {
		return Key{}, "", err
	}
	g.Name, g.Scopes = strings.TrimSpace(g.Name), ordered(g.Scopes)
	if err := g.check(kind); err != nil {
		return Key{}, "", err
	}
	secret := make([]byte, secretSize)
	rand.Read(secret) // never fails: package crypto/rand ends the program instead
	key := Key{ID: strings.ReplaceAll(tx.NewID(), "-", ""), Grant: g, Kind: kind}
	written := prefix + tx.County + "_" + key.ID + "_" + hex.EncodeToString(secret)
	key.digest = digest(written)
	_, err = tx.Exec(`INSERT INTO auth_key (county_code, key_id, party_id, name, scopes, digest, from_day, to_day, revoked, last_used_day, instant, actor_id)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '', '', ?9, ?10)`,
		tx.County, key.ID, g.Party, g.Name, words(g.Scopes), key.digest, g.Span.From.String(), g.Span.To.String(), store.FormatInstant(tx.Instant), tx.Actor.ID)
	if err != nil {
		return Key{}, "", err
	}
	content := map[string]string{"party": g.Party, "scopes": words(g.Scopes), "from": g.Span.From.String(), "to": g.Span.To.String()}
	_, err = k.log.Record(tx, audit.Note{Name: "auth.issue", Subject: key.ID, Content: content})
	return key, written, err
}

func (g Grant) check(kind provider.Kind) error {
	allowed := scopesOf(kind)
	switch {
	case len(allowed) == 0:
		return noKeys(kind)
	case g.Name == "" || utf8.RuneCountInString(g.Name) > longestName || strings.ContainsFunc(g.Name, unicode.IsControl):
		return nameMalformed()
	case g.Span.Empty() || g.Span.From < period.Earliest || g.Span.To > period.Latest:
		return spanMalformed(g.Span)
	case len(g.Scopes) == 0:
		return scopeMissing()
	}
	for _, s := range g.Scopes {
		switch {
		case !slices.Contains(ofOffices, s):
			return scopeUnknown(s)
		case !slices.Contains(allowed, s):
			return scopeKind(s, kind)
		}
	}
	return nil
}

// kindOf is the kind of an institution: of a provider, or that of an office.
func (k *Keys) kindOf(tx *store.Tx, party string) (provider.Kind, error) {
	kind, err := k.providers.KindOf(tx, party)
	if fault.KindOf(err) != fault.NotFound {
		return kind, err
	}
	if _, err := k.providers.OfficeOn(tx, party, dated.Today(tx)); err == nil {
		return OfficeKind, nil
	} else if fault.KindOf(err) == fault.Internal || fault.KindOf(err) == fault.Unavailable {
		return "", err
	}
	return "", partyUnknown(party)
}

// Revoke ends a key at once. The reason is kept in the log. Codes: auth.key-unknown, auth.key-revoked, auth.reason.
func (k *Keys) Revoke(tx *store.Tx, id, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return reasonMissing()
	}
	key, err := get(tx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return keyUnknown(id)
	}
	if err != nil {
		return err
	}
	ended, err := tx.Exec(`UPDATE auth_key SET revoked = ?3 WHERE county_code = ?1 AND key_id = ?2 AND revoked = ''`, tx.County, id, store.FormatInstant(tx.Instant))
	if err != nil {
		return err
	}
	if ended == 0 {
		return keyRevoked(key.Revoked)
	}
	_, err = k.log.Record(tx, audit.Note{Name: "auth.revoke", Subject: id, Content: map[string]string{"reason": strings.TrimSpace(reason)}})
	return err
}

const columns = `SELECT k.key_id, k.party_id, p.kind, k.name, k.scopes, k.digest, k.from_day, k.to_day, k.revoked, k.last_used_day FROM auth_key k
	JOIN party p ON p.county_code = k.county_code AND p.party_id = k.party_id WHERE k.county_code = ?1 `

// List are all keys of the county, in the order they were issued.
func List(tx *store.Tx) ([]Key, error) {
	return store.All(tx, func(rows *store.Rows) (Key, error) { return scan(rows) }, columns+`ORDER BY k.key_id`, tx.County)
}

// get is one key; sql.ErrNoRows when there is none.
func get(tx *store.Tx, id string) (Key, error) {
	return scan(tx.QueryRow(columns+`AND k.key_id = ?2`, tx.County, id))
}

func scan(row interface{ Scan(...any) error }) (Key, error) {
	var k Key
	var scopes, from, to string
	if err := row.Scan(&k.ID, &k.Party, &k.Kind, &k.Name, &scopes, &k.digest, &from, &to, &k.Revoked, &k.LastUsed); err != nil {
		return k, err
	}
	for _, s := range strings.Fields(scopes) {
		k.Scopes = append(k.Scopes, Scope(s))
	}
	var errs [2]error
	k.Span.From, errs[0] = period.ParseDay(from)
	k.Span.To, errs[1] = period.ParseDay(to)
	return k, errors.Join(errs[:]...)
}

// CountyOf is the county a key is written for. Code: auth.key-wrong for what cannot be a key.
func CountyOf(written string) (string, error) {
	county, _, ok := parts(written)
	if !ok {
		return "", keyWrong()
	}
	return county, nil
}

// parts takes a written key apart: county and id.
func parts(written string) (county, id string, ok bool) {
	rest, found := strings.CutPrefix(written, prefix)
	fields := strings.Split(rest, "_")
	if !found || len(fields) != 3 || len(fields[0]) != 6 || len(fields[1]) != idLength || len(fields[2]) != 2*secretSize {
		return "", "", false
	}
	for _, field := range fields {
		if strings.ContainsFunc(field, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) }) {
			return "", "", false
		}
	}
	if strings.ContainsFunc(fields[0], func(r rune) bool { return r > '9' }) {
		return "", "", false
	}
	return fields[0], fields[1], true
}

func digest(written string) string {
	sum := sm3.Sum([]byte("doudi api key\n" + written))
	return hex.EncodeToString(sum[:])
}

// Check is the key that was written, on a day, in the transaction of its county. Codes: auth.key-wrong; auth.key-revoked,
// auth.key-ended.
func Check(tx *store.Tx, written string, day period.Day) (Key, error) {
	county, id, ok := parts(written)
	if !ok || county != tx.County {
		return Key{}, keyWrong()
	}
	key, err := get(tx, id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Key{}, err
	}
	// One who knows no key learns nothing from the time it takes: there is always a digest to compare with.
	same := subtle.ConstantTimeCompare([]byte(digest(written)), []byte(padded(key.digest))) == 1
	switch {
	case err != nil || !same:
		return Key{}, keyWrong()
	case key.Revoked != "":
		return Key{}, keyRevoked(key.Revoked)
	case !key.Span.Contains(day):
		return Key{}, keyEnded(key.Span)
	}
	return key, nil
}

// padded is a digest, or as many characters that are none.
func padded(digest string) string {
	if digest == "" {
		return strings.Repeat("-", 2*sm3.Size)
	}
	return digest
}

// Used keeps that a key was used on a day. It writes once a day, so that no row is written by every request.
func Used(tx *store.Tx, key Key, day period.Day) error {
	_, err := tx.Exec(`UPDATE auth_key SET last_used_day = ?3 WHERE county_code = ?1 AND key_id = ?2 AND last_used_day < ?3`, tx.County, key.ID, day.String())
	return err
}
