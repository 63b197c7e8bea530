package audit

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"

	"doudi/kernel/fault"
	"doudi/record/store"
)

// keySize is that of SM4.
const keySize = 16

// Keys is the provider of keys: it holds the master key, under which the key of each person is kept in the database. An office
// with a certified cryptographic module puts it here.
type Keys struct {
	master cipher.AEAD
	name   string // which master key it is, as the database remembers it
}

// NewKeys takes a master key of sixteen bytes.
func NewKeys(master []byte) (*Keys, error) {
	aead, err := newAEAD(master)
	if err != nil {
		return nil, badKey(err)
	}
	name := sm3.Sum(append([]byte("doudi master key\n"), master...))
	return &Keys{aead, hex.EncodeToString(name[:8])}, nil
}

// ReadKeys reads the master key from a file of 32 hexadecimal digits.
func ReadKeys(file string) (*Keys, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, &fault.Error{Kind: fault.NotFound, Code: "audit.no-key-file", Op: "audit.ReadKeys", Cause: err,
			Message: say("读不到主密钥文件 %s", "cannot read the file of the master key %s", file),
			Hint:    fault.Text{ZH: "核对路径和权限", EN: "check the path and its permissions"}}
	}
	master, err := hex.DecodeString(string(bytes.TrimSpace(content)))
	if err != nil {
		return nil, badKey(nil) // the cause would show part of the key
	}
	return NewKeys(master)
}

// Used tells whether a database holds anything that is sealed under a master key.
func Used(tx *store.Tx) (bool, error) {
	masters, err := masters(tx)
	return len(masters) > 0, err
}

// Check refuses a database in which something is sealed under another master key. Code: audit.other-master.
func (k *Keys) Check(tx *store.Tx) error {
	masters, err := masters(tx)
	if err == nil && slices.ContainsFunc(masters, func(name string) bool { return name != k.name }) {
		err = otherMaster(nil)
	}
	return err
}

// masters are the master keys of the first and of the last key of people: all there are, unless somebody wrote under another in between. However many
// people there are, two rows are read.
func masters(tx *store.Tx) ([]string, error) {
	return store.All(tx, store.Text, `SELECT master FROM (SELECT master FROM person_key ORDER BY county_code, person_id LIMIT 1) a
		UNION SELECT master FROM (SELECT master FROM person_key ORDER BY county_code DESC, person_id DESC LIMIT 1) b`)
}

// CreateKeys makes a new master key in a file, which must not exist. Whoever loses the file loses all personal content.
func CreateKeys(file string) (*Keys, error) {
	master := make([]byte, keySize)
	if _, err := rand.Read(master); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Conflict, Code: "audit.key-file-exists", Op: "audit.CreateKeys", Cause: err,
			Message: say("不能新建主密钥文件 %s", "cannot make the file of the master key %s", file),
			Hint:    fault.Text{ZH: "文件若已存在，不要覆盖：换一个文件名", EN: "if the file exists, do not overwrite it: use another name"}}
	}
	_, err = fmt.Fprintln(f, hex.EncodeToString(master))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	return NewKeys(master)
}

func badKey(cause error) error {
	return &fault.Error{Kind: fault.Invalid, Code: "audit.bad-key", Op: "audit.NewKeys", Cause: cause,
		Message: fault.Text{ZH: "主密钥应为十六字节，写成32位十六进制数字", EN: "a master key is sixteen bytes, written as 32 hexadecimal digits"}}
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := sm4.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// seal encrypts the content, bound to where it stands, and writes nonce and ciphertext as text.
func seal(aead cipher.AEAD, content []byte, where ...string) (string, error) {
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(aead.Seal(nonce, nonce, content, frame(where...))), nil
}

// open is the reverse of seal.
func open(aead cipher.AEAD, text string, where ...string) ([]byte, error) {
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(sealed) < aead.NonceSize() {
		return nil, errors.New("no sealed content")
	}
	nonce, sealed := sealed[:aead.NonceSize()], sealed[aead.NonceSize():]
	return aead.Open(nil, nonce, sealed, frame(where...))
}
