package file

import (
	"errors"
	"io"
	"io/fs"

	"github.com/emmansun/gmsm/sm3"

	"doudi/record/store"
)

// Checked is what a verification looked at.
type Checked struct {
	Documents int
	Bytes     int64 // of sealed content
	Destroyed int   // of documents nothing can be read of any more, because the owner's key was destroyed
}

// Verify checks without any key that the content of every document is there, byte for byte as it was sealed. It answers the
// first difference: file.missing, file.differs.
func Verify(tx *store.Tx, b *Box) (Checked, error) {
	return each(tx, func(r *row) (bool, error) { return false, b.check(tx, r) })
}

// Verify does what the function Verify does, and besides opens every content and compares it with what was brought.
func (f *Files) Verify(tx *store.Tx) (Checked, error) {
	return each(tx, func(r *row) (destroyed bool, err error) {
		if err := f.Box.check(tx, r); err != nil {
			return false, err
		}
		if err := f.open(tx, r); err != nil || r.Destroyed {
			return r.Destroyed, err
		}
		content, err := Content{r.Document, f}.Open(tx.Context())
		if err != nil {
			return false, err
		}
		return false, errors.Join(f.matches(r.Document, content), content.Close())
	})
}

const pageSize = 500

// each looks at the documents of a county in the order of their ids.
func each(tx *store.Tx, look func(*row) (destroyed bool, err error)) (c Checked, err error) {
	for last := ""; ; {
		tx.Told(int64(c.Documents), 0)
		rows, err := store.All(tx, scanRow, documentColumns+`AND d.document_id > ?2 ORDER BY d.document_id LIMIT ?3`, tx.County, last, pageSize)
		if err != nil || len(rows) == 0 {
			return c, err
		}
		for i := range rows {
			destroyed, err := look(&rows[i])
			if err != nil {
				return c, err
			}
			c.Documents++
			c.Bytes += rows[i].sealedSize
			if destroyed {
				c.Destroyed++
			}
		}
		last = rows[len(rows)-1].ID
	}
}

// check compares the sealed content of a document with what the database says of it.
func (b *Box) check(tx *store.Tx, r *row) error {
	from, err := b.read(tx.Context(), r.blob)
	if errors.Is(err, fs.ErrNotExist) {
		return missing(r.ID)
	}
	if err != nil {
		return err
	}
	sealed := &measure{hash: sm3.New()}
	_, err = io.Copy(sealed, from)
	if err := errors.Join(err, from.Close()); err != nil {
		return unavailable(b.where, err)
	}
	if sealed.size != r.sealedSize || sealed.sum() != r.digest {
		return differs(r.ID, nil)
	}
	return nil
}
