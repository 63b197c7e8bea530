package file

import (
	"errors"
	"io"
	"time"

	"gocloud.dev/blob"

	"doudi/kernel/fault"
	"doudi/record/store"
)

// Grace is how long content may lie in the box without a document: whoever stored it may be about to add the document.
const Grace = 24 * time.Hour

// Swept is what a sweep found.
type Swept struct {
	Kept  int      // contents that have a document, or are too young to tell
	Loose []string // those that have none, by name
}

// Sweep finds contents of the county that have no document and were stored before a time, and removes them when told to. A county with
// contents but without any document is left alone (file.other-database): most likely the database is not the one that belongs
// to the box.
func (b *Box) Sweep(tx *store.Tx, before time.Time, remove bool) (s Swept, err error) {
	bucket, err := b.open(tx.Context())
	if err != nil {
		return s, err
	}
	known, err := blobs(tx)
	if err != nil {
		return s, err
	}
	list := bucket.List(&blob.ListOptions{Prefix: tx.County + "/"})
	for {
		object, err := list.Next(tx.Context())
		if err == io.EOF {
			break
		}
		if err != nil {
			return s, unavailable(b.where, err)
		}
		if known[object.Key] || !object.ModTime.Before(before) {
			s.Kept++
		} else {
			s.Loose = append(s.Loose, object.Key)
		}
	}
	if !remove || len(s.Loose) == 0 {
		return s, nil
	}
	if len(known) == 0 {
		return s, otherDatabase(b.where, tx.County)
	}
	for _, name := range s.Loose {
		if err := bucket.Delete(tx.Context(), name); err != nil {
			return s, unavailable(b.where, err)
		}
	}
	return s, nil
}

// blobs are the names of the contents that have a document.
func blobs(tx *store.Tx) (map[string]bool, error) {
	known := map[string]bool{}
	_, err := each(tx, func(r *row) (bool, error) { known[r.blob] = true; return false, nil })
	return known, err
}

// Copied is what a copy did.
type Copied struct {
	Documents int   `json:"documents"` // that are in the other box now
	Written   int   `json:"written"`   // that were not there before
	Bytes     int64 `json:"bytes"`     // of what was written
}

// CopyTo copies the contents of the county's documents into another box and reads each back there. What is there already is only
// read; what is there and is not the same is replaced. Codes: file.missing and file.differs for what is not whole here.
func (b *Box) CopyTo(tx *store.Tx, other *Box) (c Copied, err error) {
	_, err = each(tx, func(r *row) (bool, error) {
		c.Documents++
		err := other.check(tx, r)
		if code := fault.CodeOf(err); code != "file.missing" && code != "file.differs" {
			return false, err
		}
		if err := b.check(tx, r); err != nil {
			return false, err
		}
		if err := b.copy(tx, r.blob, other); err != nil {
			return false, err
		}
		c.Written++
		c.Bytes += r.sealedSize
		return false, other.check(tx, r)
	})
	return c, err
}

func (b *Box) copy(tx *store.Tx, name string, other *Box) error {
	from, err := b.read(tx.Context(), name)
	if err != nil {
		return err
	}
	err = other.write(tx.Context(), name, func(w io.Writer) error {
		_, err := io.Copy(w, from)
		return err
	})
	return errors.Join(err, from.Close())
}
