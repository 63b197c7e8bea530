package audit

import (
	"crypto/cipher"
	"database/sql"
	"errors"

	"doudi/record/store"
)

// Seal encrypts what another subject keeps about a person under that person's key, which is made when there is none. It can
// be read in the same county and for the same person only. Errors: audit.key-destroyed, audit.other-master.
func (l *Log) Seal(tx *store.Tx, person string, plain []byte) (string, error) {
	key, err := l.keyOrNew(tx, person)
	if err != nil {
		return "", err
	}
	return seal(key, plain, "content", tx.County, person)
}

// Open is the reverse of Seal, for all there is of a person at once: the key is looked up once. Errors: audit.key-destroyed
// after Destroy, audit.other-master, audit.changed for content that was tampered with or belongs to somebody else.
func (l *Log) Open(tx *store.Tx, person string, sealed ...string) ([][]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	key, err := l.keyOf(tx, person)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, changed(err, "%s 没有密钥，加密内容不属于此人", "%s has no key: the sealed content is not this person's", person)
	}
	if err != nil {
		return nil, err
	}
	plain := make([][]byte, len(sealed))
	for i, text := range sealed {
		if plain[i], err = open(key, text, "content", tx.County, person); err != nil {
			return nil, changed(err, "%s 的加密内容被改动", "the sealed content of %s was changed", person)
		}
	}
	return plain, nil
}

// keyOrNew is the person's key, made when there is none.
func (l *Log) keyOrNew(tx *store.Tx, person string) (cipher.AEAD, error) {
	key, err := l.keyOf(tx, person)
	if errors.Is(err, sql.ErrNoRows) {
		return l.newKey(tx, person)
	}
	return key, err
}
