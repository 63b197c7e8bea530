package file

import (
	"bufio"
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"hash"
	"io"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"

	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/store"
)

// Largest is how many bytes a document may have: a scan of many pages. Nothing here holds one whole in memory.
const Largest = 48 << 20

// Config is what files stand on.
type Config struct {
	Box    *Box
	Cipher dated.Cipher
	Token  func(text string) string // a keyed digest: same text, same token; nobody without the key can tell the text
	Log    *audit.Log
}

// Files keeps the documents of a county. It may be used by many goroutines.
type Files struct{ Config }

// New keeps documents whose contents lie in c.Box.
func New(c Config) *Files { return &Files{c} }

// Stored is a content that lies in the box and waits for its document.
type Stored struct {
	county, blob string
	key          []byte
	media        string
	size         int64  // of the content
	sealedSize   int64  // of what lies in the box
	digest       string // SM3 of what lies in the box
	token        string
}

// Media is the type that was found.
func (s *Stored) Media() string { return s.media }

// Size is how many bytes the content has.
func (s *Stored) Size() int64 { return s.size }

// Store seals a content and puts it into the box. It comes before the transaction that adds its document, for a transaction may
// be repeated. Codes: file.empty, file.media, file.too-large, file.unread; file.no-place, file.unavailable.
func (f *Files) Store(ctx context.Context, county string, content io.Reader) (*Stored, error) {
	buffered := bufio.NewReaderSize(content, headBytes)
	media, err := sniff(buffered)
	if err != nil {
		return nil, err
	}
	s := &Stored{county: county, blob: newName(county), key: random(keySize), media: media}
	return s, f.Box.write(ctx, s.blob, func(w io.Writer) error { return f.seal(w, s, buffered) })
}

const (
	keySize  = 16 // of SM4
	nameSize = 16
)

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: package crypto/rand ends the program instead
	return b
}

// newName is a name that means nothing, in one of 256 folders of the county.
func newName(county string) string {
	name := hex.EncodeToString(random(nameSize))
	return county + "/" + name[:2] + "/" + name
}

// seal writes a content sealed and notes what was written.
func (f *Files) seal(w io.Writer, s *Stored, content io.Reader) error {
	aead, err := aeadOf(s.key)
	if err != nil {
		return err
	}
	sealed, plain := &measure{hash: sm3.New()}, &measure{hash: sm3.New()}
	blocks := store.SealBlocks(io.MultiWriter(w, sealed), aead, []byte(s.blob))
	if _, err := io.Copy(io.MultiWriter(blocks, plain), io.LimitReader(readError{content}, Largest+1)); err != nil {
		return unavailable(f.Box.where, err)
	}
	if plain.size > Largest {
		return tooLarge()
	}
	if err := blocks.Close(); err != nil {
		return unavailable(f.Box.where, err)
	}
	s.size, s.sealedSize, s.digest = plain.size, sealed.size, sealed.sum()
	s.token = f.token(plain)
	return nil
}

func (f *Files) token(plain *measure) string { return f.Token("file\n" + plain.sum()) }

func aeadOf(key []byte) (cipher.AEAD, error) {
	block, err := sm4.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// measure counts and digests what is written to it.
type measure struct {
	hash hash.Hash
	size int64
}

func (m *measure) Write(p []byte) (int, error) {
	m.size += int64(len(p))
	return m.hash.Write(p)
}

func (m *measure) sum() string { return hex.EncodeToString(m.hash.Sum(nil)) }

// readError tells errors of the content that comes in from those of the box it goes to.
type readError struct{ io.Reader }

func (r readError) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = unread(err)
	}
	return n, err
}
