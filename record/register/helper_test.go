package register_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/file"
	"doudi/record/register"
	"doudi/record/store"
)

const (
	here  = "999901"
	there = "999902"
	town  = ident.Division("999901100")
)

// day reads a day of a test.
func day(s string) period.Day {
	d, err := period.ParseDay(s)
	if err != nil {
		panic(err)
	}
	return d
}

// noon is an instant of a day at noon in China.
func noon(d period.Day) time.Time { return time.Unix(int64(d)*86400+4*3600, 0).UTC() }

var today = day("2026-03-01")

var vocabulary = sync.OnceValue(func() *rule.Vocabulary {
	content, err := fs.ReadFile(packs.Files, "vocabulary.yaml")
	if err != nil {
		panic(err)
	}
	doc, err := text.Parse("vocabulary.yaml", content)
	if err != nil {
		panic(err)
	}
	v, err := rule.ReadVocabulary(doc)
	if err != nil {
		panic(err)
	}
	return v
})

var keyFile = sync.OnceValue(func() []byte {
	content, err := register.NewKeys(here, there)
	if err != nil {
		panic(err)
	}
	return content
})

var testLog = sync.OnceValue(func() *audit.Log {
	keys, err := audit.NewKeys([]byte("master for tests"))
	if err != nil {
		panic(err)
	}
	return audit.NewLog(keys)
})

// testCipher keeps what is sensitive under the keys of the audit log, as the program does.
var testCipher = sync.OnceValue(func() dated.Cipher {
	log := testLog()
	return dated.Cipher{Seal: log.Seal, Open: log.Open, Prefetch: log.Prefetch, SealAll: log.SealAll, Fetch: log.FetchKeys}
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
	keys, err := register.ReadKeys(keyFile())
	if err != nil {
		t.Fatal(err)
	}
	box := file.NewBox(t.TempDir())
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	files := file.New(file.Config{Box: box, Cipher: testCipher(), Token: keys.FileToken, Log: testLog()})
	return world{t, register.New(vocabulary(), testCipher(), keys), s, files}
}

// do runs one act as a command of a county on a day.
func (w world) do(county string, on period.Day, act func(tx *store.Tx) error) error {
	c := store.Command{Name: "test", County: county, Actor: store.Actor{ID: "u1", Name: "王窗口"}, Instant: noon(on)}
	_, err := w.store.Write(context.Background(), c, func(tx *store.Tx) (any, error) { return nil, act(tx) })
	return err
}

func (w world) must(county string, on period.Day, act func(tx *store.Tx) error) {
	w.Helper()
	if err := w.do(county, on, act); err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
}

func (w world) look(county string, act func(tx *store.Tx) error) {
	w.Helper()
	if err := w.store.Read(context.Background(), county, act); err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
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

// expect compares the code of an error; "" is none.
func expect(t *testing.T, err error, code string) {
	t.Helper()
	if got := fault.CodeOf(err); got != code || (err != nil) != (code != "") {
		t.Errorf("answer %q (%v), want %q", got, err, code)
	}
}

func always(v rule.Fact) rule.Fact { v.Span = dated.Always; return v }
