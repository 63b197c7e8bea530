package store

import (
	"bytes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"

	"doudi/kernel/fault"
)

// A backup file is
//
//	"doudi backup 1\n"
//	4 bytes: length of the head, then the head as JSON
//	the content in blocks of SM4-GCM, as [SealBlocks] writes them
//
// The key belongs to this file alone, for its salt is random. The magic and the head are authenticated with every block.
const (
	backupMagic = "doudi backup 1\n"
	keySize     = 16
	saltSize    = 16
	maxHead     = 4 << 10
)

// iterations is what deriving a key costs whoever guesses passphrases: about a second for each guess.
var iterations = 600_000

// maxIterations bounds the time a file may ask of its reader.
var maxIterations = 2_000_000

// head is what one may know of a backup without its passphrase.
type head struct {
	Made       string `json:"made"`   // instant of the backup
	Schema     int64  `json:"schema"` // number of the last step of the tables
	Derivation string `json:"derivation"`
	Iterations int    `json:"iterations"`
	Salt       []byte `json:"salt"`
}

const derivation = "pbkdf2-hmac-sm3"

func newHead(made time.Time, schema int64) (head, error) {
	h := head{FormatInstant(made), schema, derivation, iterations, make([]byte, saltSize)}
	_, err := rand.Read(h.Salt)
	return h, err
}

// cipherOf derives the key of a file.
func cipherOf(passphrase string, h head) (cipher.AEAD, error) {
	key, err := pbkdf2.Key(sm3.New, passphrase, h.Salt, h.Iterations, keySize)
	if err != nil {
		return nil, err
	}
	block, err := sm4.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// newSealer begins a backup: what is written to it stands sealed behind the head.
func newSealer(to io.Writer, passphrase string, h head) (io.WriteCloser, error) {
	content, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	aead, err := cipherOf(passphrase, h)
	if err != nil {
		return nil, err
	}
	open := binary.BigEndian.AppendUint32([]byte(backupMagic), uint32(len(content)))
	open = append(open, content...)
	_, err = to.Write(open)
	return SealBlocks(to, aead, open), err
}

// opener reads the content of a backup.
type opener struct {
	io.Reader
	head head
}

func newOpener(from io.Reader, passphrase string) (*opener, error) {
	start := make([]byte, len(backupMagic)+4)
	if _, err := io.ReadFull(from, start); err != nil || !bytes.HasPrefix(start, []byte(backupMagic)) {
		return nil, notBackup(err)
	}
	size := binary.BigEndian.Uint32(start[len(backupMagic):])
	if size > maxHead {
		return nil, notBackup(nil)
	}
	content := make([]byte, size)
	if _, err := io.ReadFull(from, content); err != nil {
		return nil, notBackup(err)
	}
	o := &opener{}
	if err := json.Unmarshal(content, &o.head); err != nil {
		return nil, notBackup(err)
	}
	if o.head.Derivation != derivation || o.head.Iterations < 1 || o.head.Iterations > maxIterations {
		return nil, notBackup(nil)
	}
	aead, err := cipherOf(passphrase, o.head)
	o.Reader = OpenBlocks(from, aead, append(start, content...))
	return o, err
}

func (o *opener) Read(p []byte) (int, error) {
	n, err := o.Reader.Read(p)
	var block *BlockError
	switch {
	case !errors.As(err, &block):
		return n, err
	case block.Number == 1:
		return n, &fault.Error{Kind: fault.Invalid, Code: "store.backup-closed", Op: "store.Restore", Cause: err,
			Message: fault.Text{ZH: "打不开备份：口令不对，或文件已损坏", EN: "the backup does not open: the passphrase is wrong or the file is damaged"},
			Hint:    fault.Text{ZH: "核对口令文件；仍打不开时换用另一份备份", EN: "check the passphrase file; if it is right, use another backup"}}
	}
	return n, damagedBackup(err, "第 %d 块不完整或被改动", "block %d is not whole or was changed", block.Number)
}

func damagedBackup(cause error, zh, en string, args ...any) error {
	where := text(zh, en, args...)
	return &fault.Error{Kind: fault.Invalid, Code: "store.backup-damaged", Op: "store.Restore", Cause: cause,
		Message: fault.Text{ZH: "备份已损坏：" + where.ZH, EN: "the backup is damaged: " + where.EN},
		Hint:    fault.Text{ZH: "换用另一份备份；数据库没有改动", EN: "use another backup; no database was touched"}}
}

func notBackup(cause error) error {
	return &fault.Error{Kind: fault.Invalid, Code: "store.not-backup", Op: "store.Restore", Cause: cause,
		Message: fault.Text{ZH: "这不是 doudi 的备份文件，或版本不认识", EN: "this is no backup of doudi, or of a form this program does not know"}}
}
