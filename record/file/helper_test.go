package file_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm3"

	"doudi/kernel/fault"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/file"
	"doudi/record/recordtest"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

const (
	here  = "999901"
	there = "999902"
)

var expect = recordtest.Expect

var noon = recordtest.Noon(recordtest.Day("2026-03-01"))

// archive is the files of a county, with a person, another and a household in it.
type archive struct {
	*testing.T
	*file.Files
	store                    *store.Store
	log                      *audit.Log
	folder                   string
	person, other, household string
}

// each runs a test on both databases with contents in a folder.
func each(t *testing.T, test func(a archive)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		folder := filepath.Join(t.TempDir(), "files")
		test(open(t, s, folder))
	})
}

func open(t *testing.T, s *store.Store, where string) archive {
	t.Helper()
	log := recordtest.Log()
	box := file.NewBox(where)
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	a := archive{T: t, store: s, log: log, folder: where}
	a.Files = file.New(file.Config{Box: box, Cipher: dated.CipherOf(log), Token: token, Log: log})
	a.must(func(tx *store.Tx) error {
		a.person, a.other, a.household = tx.NewID(), tx.NewID(), tx.NewID()
		return errors.Join(dated.AddParty(tx, a.person, "person"), dated.AddParty(tx, a.other, "person"), dated.AddParty(tx, a.household, "household"), dated.AddParty(tx, "office", "office"))
	})
	return a
}

// token is a keyed digest as the register's.
func token(text string) string {
	sum := sm3.Sum([]byte("key of the tests" + text))
	return hex.EncodeToString(sum[:])
}

func (a archive) desk() recordtest.Desk {
	return recordtest.Desk{TB: a.T, Store: a.store, County: here, Actor: store.Actor{ID: "u1", Name: "王窗口"}, At: noon}
}

func (a archive) do(act func(tx *store.Tx) error) error { return a.desk().Do(act) }

func (a archive) must(act func(tx *store.Tx) error) { a.Helper(); a.desk().Must(act) }

func (a archive) look(act func(tx *store.Tx) error) { a.Helper(); a.desk().Look(act) }

func (a archive) stored(content []byte) *file.Stored {
	a.Helper()
	s, err := a.Store(context.Background(), here, bytes.NewReader(content))
	if err != nil {
		a.Fatal(fault.RenderError(err, "zh"), err)
	}
	return s
}

// filed is a content filed for a person.
func (a archive) filed(owner string, content []byte) (d file.Document) {
	a.Helper()
	s := a.stored(content)
	a.must(func(tx *store.Tx) (err error) {
		d, err = a.Add(tx, file.Paper{Owner: owner, Kind: "残疾证", Name: "a.jpg"}, s)
		return err
	})
	return d
}

// content reads a document as somebody with a purpose does.
func (a archive) content(id string) ([]byte, error) {
	a.Helper()
	var c file.Content
	a.must(func(tx *store.Tx) (err error) { c, err = a.Look(tx, id, "审核"); return err })
	r, err := c.Open(context.Background())
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(r)
	return content, errors.Join(err, r.Close())
}

func (a archive) verify() (c file.Checked, err error) {
	a.look(func(tx *store.Tx) error { c, err = a.Files.Verify(tx); return nil })
	return c, err
}

var photo = func() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

var scan = func() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

// office is a file as an office suite writes it, its parts in the order given.
func office(parts ...string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, part := range append([]string{"[Content_Types].xml", "_rels/.rels", "docProps/app.xml"}, parts...) {
		f, err := w.Create(part)
		if err == nil {
			_, err = f.Write([]byte(strings.Repeat("<x/>", 3000)))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}
