package file_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"doudi/kernel/fault"
	"doudi/record/file"
	"doudi/record/recordtest"
)

// pages are a PDF of so many bytes that were never in memory as a whole. Between its bytes it is looked what is in use.
type pages struct {
	left int64
	most uint64 // in use
	next int64  // when it is looked again
}

func (s *pages) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, io.EOF
	}
	if s.left <= s.next {
		s.most, s.next = max(s.most, recordtest.InUse()), s.left-(1<<20)
	}
	n := int(min(s.left, int64(len(p))))
	copy(p, bytes.Repeat([]byte{'x'}, n))
	s.left -= int64(n)
	return n, nil
}

// What is in use while a content is sealed and stored is bounded by a block of it, not by its length.
func TestMemoryDoesNotGrowWithTheContent(t *testing.T) {
	const slack = 1 << 20
	each(t, func(a archive) {
		most := func(size int64) uint64 {
			s := &pages{left: size, next: size}
			before := recordtest.InUse()
			stored, err := a.Store(context.Background(), here, io.MultiReader(bytes.NewReader([]byte("%PDF-1.7\n")), s))
			if err != nil {
				a.Fatal(fault.RenderError(err, "zh"), err)
			}
			if got, want := stored.Size(), size+int64(len("%PDF-1.7\n")); got != want {
				a.Errorf("stored %d bytes of %d", got, want)
			}
			return max(s.most, before) - before
		}
		most(1 << 20) // what is made once
		if few, many := most(2<<20), most(file.Largest-1<<10); many > few+slack {
			a.Errorf("2 MB hold %d kB, %d MB %d kB", few>>10, file.Largest>>20, many>>10)
		}
	})
}
