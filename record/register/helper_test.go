package register_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/file"
	"doudi/record/recordtest"
	"doudi/record/register"
	"doudi/record/store"
)

const (
	here  = "999901"
	there = "999902"
	town  = ident.Division("999901100")
)

// What all tests of the record have.
var day, noon, expect, vocabulary = recordtest.Day, recordtest.Noon, recordtest.Expect, recordtest.Vocabulary

var today = day("2026-03-01")

// testLog holds the keys of all tests of the package: two registers on one database read the same.
var testLog = sync.OnceValue(recordtest.Log)

func testCipher() dated.Cipher { return dated.CipherOf(testLog()) }

// keyFile is what the secrets of the two counties are kept as.
var keyFile = sync.OnceValue(func() []byte {
	content, err := register.NewKeys(here, there)
	if err != nil {
		panic(err)
	}
	return content
})

// world is a register on a database.
type world struct {
	*testing.T
	*register.Register
	store *store.Store
	files *file.Files
}

// open is a register of two demonstration counties with one town each.
func open(t *testing.T, s *store.Store) world {
	t.Helper()
	w := bare(t, s)
	for _, county := range []string{here, there} {
		w.must(county, today, func(tx *store.Tx) error {
			return errors.Join(w.MarkDemo(tx), w.AddDivision(tx, register.Division{Code: ident.Division(county + "100"), Name: "城关镇", Span: dated.Always}, dated.Said{}),
				w.AddDivision(tx, register.Division{Code: ident.Division(county + "101"), Name: "东乡", Span: dated.Always}, dated.Said{}))
		})
	}
	return w
}

// bare is a register without anything in it.
func bare(t *testing.T, s *store.Store) world {
	t.Helper()
	keys := recordtest.Keys()
	box := file.NewBox(t.TempDir())
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	files := file.New(file.Config{Box: box, Cipher: testCipher(), Token: keys.FileToken, Log: testLog()})
	return world{t, register.New(vocabulary(), testCipher(), keys), s, files}
}

// desk is where a county does commands on a day.
func (w world) desk(county string, on period.Day) recordtest.Desk {
	return recordtest.Desk{TB: w.T, Store: w.store, County: county, Actor: store.Actor{ID: "u1", Name: "王窗口"}, At: noon(on)}
}

// do runs one act as a command of a county on a day.
func (w world) do(county string, on period.Day, act func(tx *store.Tx) error) error {
	return w.desk(county, on).Do(act)
}

func (w world) must(county string, on period.Day, act func(tx *store.Tx) error) {
	w.Helper()
	w.desk(county, on).Must(act)
}

func (w world) look(county string, act func(tx *store.Tx) error) {
	w.Helper()
	w.desk(county, today).Look(act)
}

// person registers somebody without a number in the county.
func (w world) person(county, name string) (id string) {
	w.Helper()
	w.must(county, today, func(tx *store.Tx) (err error) {
		id, err = w.AddPerson(tx, register.Person{Name: name, From: rule.Beginning})
		return err
	})
	return id
}

// paper files a text in the archive of a person or household.
func (w world) paper(county, owner, text string) (id string) {
	w.Helper()
	stored, err := w.files.Store(context.Background(), county, strings.NewReader(text))
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	w.must(county, today, func(tx *store.Tx) error {
		d, err := w.files.Add(tx, file.Paper{Owner: owner, Kind: "材料", Name: "a.txt"}, stored)
		id = d.ID
		return err
	})
	return id
}

// number makes an identity number of the fictional county.
func number(birth string, sequence string) ident.PersonID {
	for _, check := range "0123456789X" {
		if id, err := ident.ParsePersonID("999901" + birth + sequence + string(check)); err == nil {
			return id
		}
	}
	panic("no check character fits")
}

func always(v rule.Fact) rule.Fact { v.Span = dated.Always; return v }
