package store

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Content of any length is sealed as blocks, each: 4 bytes length, then the ciphertext of up to blockSize bytes. The nonce of a
// block is its number and, in the first byte, whether it is the last, so that none can be swapped, dropped or cut off. A key
// must therefore seal one content only.
const blockSize = 64 << 10

// blockWriter seals what is written to it.
type blockWriter struct {
	to    io.Writer
	aead  cipher.AEAD
	bound []byte
	next  uint64
	block []byte
}

// SealBlocks seals what is written to it, block by block, until it is closed. What the content is bound to must be said again to
// open it. The key of aead must be for this content alone.
func SealBlocks(to io.Writer, aead cipher.AEAD, bound []byte) io.WriteCloser {
	return &blockWriter{to: to, aead: aead, bound: bound}
}

func (w *blockWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if len(w.block) == blockSize { // only now it is known not to be the last
			if err := w.flush(false); err != nil {
				return 0, err
			}
		}
		n := min(blockSize-len(w.block), len(rest))
		w.block = append(w.block, rest[:n]...)
		rest = rest[n:]
	}
	return len(p), nil
}

// Close writes the last block.
func (w *blockWriter) Close() error { return w.flush(true) }

func (w *blockWriter) flush(last bool) error {
	sealed := w.aead.Seal(nil, nonce(w.next, last), w.block, w.bound)
	w.next++
	w.block = w.block[:0]
	_, err := w.to.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(sealed))), sealed...))
	return err
}

func nonce(number uint64, last bool) []byte {
	n := make([]byte, 4, 12)
	if last {
		n[0] = 1
	}
	return binary.BigEndian.AppendUint64(n, number)
}

// BlockError is the answer of OpenBlocks to content that is not whole, was changed, or is not of this key.
type BlockError struct {
	Number uint64 // of the block, from 1
	Cause  error
}

func (e *BlockError) Error() string {
	return fmt.Sprintf("block %d does not open: %v", e.Number, e.Cause)
}
func (e *BlockError) Unwrap() error { return e.Cause }

// blockReader opens what blockWriter sealed.
type blockReader struct {
	from  io.Reader
	aead  cipher.AEAD
	bound []byte
	next  uint64
	block []byte
	ended bool
}

// OpenBlocks reads what SealBlocks wrote. Nothing is handed out that was not found to be whole; an error is a [BlockError].
func OpenBlocks(from io.Reader, aead cipher.AEAD, bound []byte) io.Reader {
	return &blockReader{from: from, aead: aead, bound: bound}
}

func (r *blockReader) Read(p []byte) (int, error) {
	for len(r.block) == 0 {
		if r.ended {
			return 0, io.EOF
		}
		if err := r.fill(); err != nil {
			return 0, &BlockError{r.next + 1, err}
		}
	}
	n := copy(p, r.block)
	r.block = r.block[n:]
	return n, nil
}

// fill opens the next block. Only the last one opens with the nonce of a last one, so content that was cut off is noticed.
func (r *blockReader) fill() error {
	var length [4]byte
	if _, err := io.ReadFull(r.from, length[:]); err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(length[:])
	if size > blockSize+uint32(r.aead.Overhead()) {
		return errors.New("the block is too long")
	}
	sealed := make([]byte, size)
	if _, err := io.ReadFull(r.from, sealed); err != nil {
		return err
	}
	var err error
	if r.block, err = r.aead.Open(nil, nonce(r.next, false), sealed, r.bound); err != nil {
		if r.block, err = r.aead.Open(nil, nonce(r.next, true), sealed, r.bound); err != nil {
			return err
		}
		r.ended = true
		if n, _ := r.from.Read(length[:]); n > 0 {
			return errors.New("something follows the last block")
		}
	}
	r.next++
	return nil
}
