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
//	blocks, each: 4 bytes length, then SM4-GCM ciphertext of up to blockSize bytes of the content
//
// The nonce of a block is its number and, in the first byte, whether it is the last; the key belongs to this file alone, for its
// salt is random. The magic and the head are authenticated with every block.
const (
	backupMagic = "doudi backup 1\n"
	blockSize   = 64 << 10
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

// sealer writes blocks.
type sealer struct {
	to    io.Writer
	aead  cipher.AEAD
	open  []byte // authenticated with every block
	next  uint64
	block []byte
}

func newSealer(to io.Writer, passphrase string, h head) (*sealer, error) {
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
	return &sealer{to: to, aead: aead, open: open}, err
}

func (s *sealer) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if len(s.block) == blockSize { // only now it is known not to be the last
			if err := s.flush(false); err != nil {
				return 0, err
			}
		}
		n := min(blockSize-len(s.block), len(rest))
		s.block = append(s.block, rest[:n]...)
		rest = rest[n:]
	}
	return len(p), nil
}

// Close writes the last block.
func (s *sealer) Close() error { return s.flush(true) }

func (s *sealer) flush(last bool) error {
	sealed := s.aead.Seal(nil, nonce(s.next, last), s.block, s.open)
	s.next++
	s.block = s.block[:0]
	_, err := s.to.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(sealed))), sealed...))
	return err
}

func nonce(number uint64, last bool) []byte {
	n := make([]byte, 4, 12)
	if last {
		n[0] = 1
	}
	return binary.BigEndian.AppendUint64(n, number)
}

// opener reads blocks.
type opener struct {
	from  io.Reader
	aead  cipher.AEAD
	head  head
	open  []byte
	next  uint64
	block []byte
	ended bool
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
	o := &opener{from: from, open: append(start, content...)}
	if err := json.Unmarshal(content, &o.head); err != nil {
		return nil, notBackup(err)
	}
	if o.head.Derivation != derivation || o.head.Iterations < 1 || o.head.Iterations > maxIterations {
		return nil, notBackup(nil)
	}
	var err error
	o.aead, err = cipherOf(passphrase, o.head)
	return o, err
}

func (o *opener) Read(p []byte) (int, error) {
	for len(o.block) == 0 {
		if o.ended {
			return 0, io.EOF
		}
		if err := o.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, o.block)
	o.block = o.block[n:]
	return n, nil
}

// fill opens the next block. Only the last one opens with the nonce of a last one, so a file that was cut off is noticed.
func (o *opener) fill() error {
	var length [4]byte
	if _, err := io.ReadFull(o.from, length[:]); err != nil {
		return o.damaged(err)
	}
	size := binary.BigEndian.Uint32(length[:])
	if size > blockSize+uint32(o.aead.Overhead()) {
		return o.damaged(nil)
	}
	sealed := make([]byte, size)
	if _, err := io.ReadFull(o.from, sealed); err != nil {
		return o.damaged(err)
	}
	var err error
	if o.block, err = o.aead.Open(nil, nonce(o.next, false), sealed, o.open); err != nil {
		if o.block, err = o.aead.Open(nil, nonce(o.next, true), sealed, o.open); err != nil {
			return o.damaged(err)
		}
		o.ended = true
		if n, _ := o.from.Read(length[:]); n > 0 {
			return o.damaged(errors.New("something follows the last block"))
		}
	}
	o.next++
	return nil
}

func (o *opener) damaged(cause error) error {
	if o.next == 0 {
		return &fault.Error{Kind: fault.Invalid, Code: "store.backup-closed", Op: "store.Restore", Cause: cause,
			Message: fault.Text{ZH: "打不开备份：口令不对，或文件已损坏", EN: "the backup does not open: the passphrase is wrong or the file is damaged"},
			Hint:    fault.Text{ZH: "核对口令文件；仍打不开时换用另一份备份", EN: "check the passphrase file; if it is right, use another backup"}}
	}
	return damagedBackup(cause, "第 %d 块不完整或被改动", "block %d is not whole or was changed", o.next+1)
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
