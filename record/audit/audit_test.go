package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"doudi/kernel/fault"
	"doudi/record/audit"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

const county = "999901"

var (
	clerk = store.Actor{ID: "u-1", Name: "王窗口", Post: "经办"}
	noon  = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)
)

func at(instant time.Time) store.Command {
	return store.Command{Name: "test.do", Content: []byte(`{"a":1}`), County: county, Actor: clerk, Instant: instant}
}

func newLog(t *testing.T) *audit.Log {
	t.Helper()
	keys, err := audit.NewKeys(bytes.Repeat([]byte{7}, 16))
	if err != nil {
		t.Fatal(err)
	}
	return audit.NewLog(keys)
}

// write runs do as a command at the instant.
func write(t *testing.T, s *store.Store, instant time.Time, do func(*store.Tx) error) {
	t.Helper()
	if err := try(s, instant, do); err != nil {
		t.Fatal(err)
	}
}

func try(s *store.Store, instant time.Time, do func(*store.Tx) error) error {
	_, err := s.Write(context.Background(), at(instant), func(tx *store.Tx) (any, error) { return nil, do(tx) })
	return err
}

func read(t *testing.T, s *store.Store, do func(*store.Tx) error) {
	t.Helper()
	if err := s.Read(context.Background(), county, do); err != nil {
		t.Fatal(err)
	}
}

// record adds an entry about the persons and answers its id.
func record(t *testing.T, s *store.Store, l *audit.Log, instant time.Time, persons map[string]any) string {
	t.Helper()
	var id string
	write(t, s, instant, func(tx *store.Tx) (err error) {
		id, err = l.Record(tx, audit.Note{Name: "bill.settle", Subject: "b-1", Content: map[string]any{"z": 1, "a": "<县>"}, Persons: persons})
		return err
	})
	return id
}

// sealAll seals until nothing is left.
func sealAll(t *testing.T, s *store.Store, instant time.Time) int {
	t.Helper()
	total := 0
	for n := 1; n > 0; total += n {
		write(t, s, instant, func(tx *store.Tx) (err error) { n, err = audit.Seal(tx); return err })
	}
	return total
}

func verify(s *store.Store) (c audit.Checked, err error) {
	err = s.Read(context.Background(), county, func(tx *store.Tx) error {
		var err error
		c, err = audit.Verify(tx)
		return err
	})
	return c, err
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Errorf("error %v with code %q, want %q", err, fault.CodeOf(err), code)
	}
}

func TestEntryTellsWhoWhenWhatAboutWhom(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		id := record(t, s, l, noon, map[string]any{"p-2": nil, "p-1": map[string]string{"illness": "尿毒症"}})
		read(t, s, func(tx *store.Tx) error {
			e, err := l.Entry(tx, id)
			if err != nil {
				return err
			}
			got := fmt.Sprintf("%v %v %s %s %s %s", e.Instant.Equal(noon), e.Actor, e.Kind, e.Name, e.Subject, e.Content)
			if want := `true {u-1 王窗口 经办} command bill.settle b-1 {"a":"<县>","z":1}`; got != want {
				t.Errorf("entry %s, want %s", got, want)
			}
			if len(e.Persons) != 2 || e.Persons[0].ID != "p-1" || string(e.Persons[0].Content) != `{"illness":"尿毒症"}` || e.Persons[1].Content != nil {
				t.Errorf("persons %v", e.Persons)
			}
			about, err := audit.About(tx, "p-2")
			if len(about) != 1 || about[0] != id {
				t.Errorf("entries about p-2: %v", about)
			}
			return err
		})
	})
}

// What the database holds must not tell what stands under a key.
func TestPersonalContentIsNotInTheDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		record(t, s, newLog(t), noon, map[string]any{"p-1": "secret word"})
		record(t, s, newLog(t), noon, map[string]any{"p-1": "secret word", "p-2": "secret word"})
		read(t, s, func(tx *store.Tx) error {
			list, err := store.All(tx, store.Text, `SELECT sealed FROM audit_entry WHERE county_code = ?1 AND sealed <> '' UNION ALL SELECT sealed FROM audit_person WHERE county_code = ?1`, county)
			if len(list) != 3 || strings.Contains(strings.Join(list, " "), "secret") {
				t.Errorf("the content stands in the clear or not at all: %q", list)
			}
			return err
		})
	})
}

func TestEveryCommandIsAnEntry(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		c := at(noon)
		c.Key = "k"
		for range 2 { // the second time it is replayed
			if _, err := l.Write(context.Background(), s, c, map[string]any{"p-1": nil}, func(*store.Tx) (any, error) { return "done", nil }); err != nil {
				t.Fatal(err)
			}
		}
		refused := errors.New("refused")
		if _, err := l.Write(context.Background(), s, at(noon), nil, func(*store.Tx) (any, error) { return nil, refused }); !errors.Is(err, refused) {
			t.Errorf("error %v", err)
		}
		read(t, s, func(tx *store.Tx) error {
			about, err := audit.About(tx, "p-1")
			if err != nil || len(about) != 1 {
				t.Fatalf("entries %v, %v; want one", about, err)
			}
			e, err := l.Entry(tx, about[0])
			if err != nil {
				return err
			}
			// The digests of {"a":1} and "done" can be recomputed by whoever has them.
			if !strings.Contains(string(e.Content), `"key":"k"`) || e.Name != "test.do" {
				t.Errorf("entry %s %s", e.Name, e.Content)
			}
			return nil
		})
		if checked, err := verify(s); err != nil || checked.Tail != 1 {
			t.Errorf("%+v, %v: want one entry", checked, err)
		}
	})
}

func TestLooksAreEntries(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		write(t, s, noon, func(tx *store.Tx) error {
			id, err := l.Look(tx, audit.Note{Name: "person.health", Content: map[string]string{"purpose": "结算"}, Persons: map[string]any{"p-1": nil}})
			if err != nil {
				return err
			}
			e, err := l.Entry(tx, id)
			if err == nil && e.Kind != audit.Look {
				t.Errorf("kind %s", e.Kind)
			}
			return err
		})
		wantCode(t, try(s, noon, func(tx *store.Tx) error { _, err := l.Look(tx, audit.Note{}); return err }), "audit.no-name")
	})
}

func TestSealAndVerify(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		for round := range 3 {
			for range 4 {
				record(t, s, l, noon.Add(time.Duration(round)*time.Minute), map[string]any{"p-1": "x"})
			}
			if checked, err := verify(s); err != nil || checked != (audit.Checked{Seals: int64(round), Sealed: int64(round * 4), Tail: 4}) {
				t.Errorf("before seal %d: %+v, %v", round+1, checked, err)
			}
			if n := sealAll(t, s, noon); n != 4 {
				t.Errorf("sealed %d, want 4", n)
			}
		}
		if n := sealAll(t, s, noon); n != 0 {
			t.Errorf("sealed %d where nothing was left", n)
		}
		if checked, err := verify(s); err != nil || checked != (audit.Checked{Seals: 3, Sealed: 12}) {
			t.Errorf("%+v, %v", checked, err)
		}
	})
}

// A clock that goes back leaves entries as they were given and the chain in its order.
func TestClockGoingBackwards(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		for _, instant := range []time.Time{noon, noon.Add(-48 * time.Hour), noon.Add(time.Hour)} {
			id := record(t, s, l, instant, nil)
			sealAll(t, s, instant)
			read(t, s, func(tx *store.Tx) error {
				e, err := l.Entry(tx, id)
				if err == nil && !e.Instant.Equal(instant) {
					t.Errorf("instant %s, want %s", e.Instant, instant)
				}
				return err
			})
		}
		if checked, err := verify(s); err != nil || checked.Seals != 3 {
			t.Errorf("%+v, %v", checked, err)
		}
	})
}

func TestSealWhileOthersWork(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for range 10 {
					err := try(s, noon, func(tx *store.Tx) error { _, err := l.Record(tx, audit.Note{Name: "x"}); return err })
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range 2 { // two sealers at once
			group.Go(func() {
				for range 10 {
					if err := try(s, noon, func(tx *store.Tx) error { _, err := audit.Seal(tx); return err }); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		sealAll(t, s, noon)
		if checked, err := verify(s); err != nil || checked.Sealed != 40 || checked.Tail != 0 {
			t.Errorf("%+v, %v", checked, err)
		}
	})
}

// Each way of changing what is on record is found, and named.
func TestVerifyNamesTheFirstDifference(t *testing.T) {
	tests := []struct{ name, change, says string }{
		{"content", `UPDATE audit_entry SET content = '{"a":2}' WHERE county_code = ?1 AND entry_id = ?2`, "的内容被改动"},
		{"actor", `UPDATE audit_entry SET actor_id = 'u-2' WHERE county_code = ?1 AND entry_id = ?2`, "的内容被改动"},
		{"instant", `UPDATE audit_entry SET instant = 'then' WHERE county_code = ?1 AND entry_id = ?2`, "的时间被改动"},
		{"person", `UPDATE audit_entry SET person_id = 'p-9' WHERE county_code = ?1 AND entry_id = ?2`, "的内容被改动"},
		{"ciphertext", `UPDATE audit_entry SET sealed = '' WHERE county_code = ?1 AND entry_id = ?2`, "的内容被改动"},
		{"nobody any more", `UPDATE audit_entry SET person_id = '' WHERE county_code = ?1 AND entry_id = ?2`, "的内容被改动"},
		{"nobody at all", `UPDATE audit_entry SET person_id = '', sealed = '' WHERE county_code = ?1 AND entry_id = ?2`, "的内容被改动"},
		{"a person of two", `UPDATE audit_person SET person_id = 'p-9' WHERE county_code = ?1 AND person_id = 'p-2' AND ?2 <> ''`, "的内容被改动"},
		{"ciphertext of two", `UPDATE audit_person SET sealed = '' WHERE county_code = ?1 AND person_id = 'p-2' AND ?2 <> ''`, "的内容被改动"},
		{"one of two gone", `DELETE FROM audit_person WHERE county_code = ?1 AND person_id = 'p-2' AND ?2 <> ''`, "的内容被改动"},
		{"one of two in the entry", `UPDATE audit_entry SET person_id = 'p-2' WHERE county_code = ?1 AND person_id = '' AND ?2 <> ''`, "的内容被改动"},
		{"the same beside the entry", `INSERT INTO audit_person (county_code, entry_id, person_id, sealed) SELECT county_code, entry_id, person_id, sealed FROM audit_entry WHERE county_code = ?1 AND entry_id = ?2`,
			"已写明涉及一人或已不见，却另记有涉及的人"},
		{"another beside the entry", `INSERT INTO audit_person (county_code, entry_id, person_id, sealed) VALUES (?1, ?2, 'p-9', '')`, "已写明涉及一人或已不见，却另记有涉及的人"},
		{"beside nothing", `INSERT INTO audit_person (county_code, entry_id, person_id, sealed) VALUES (?1, 'gone ' || ?2, 'p-9', '')`, "已写明涉及一人或已不见，却另记有涉及的人"},
		{"not noted", `DELETE FROM audit_about WHERE county_code = ?1 AND entry_id = ?2`, "封存后才能、也必须记在其涉及的人名下"},
		{"one of two not noted", `DELETE FROM audit_about WHERE county_code = ?1 AND person_id = 'p-2' AND ?2 <> ''`, "封存后才能、也必须记在其涉及的人名下"},
		{"noted with another", `UPDATE audit_about SET person_id = 'p-9' WHERE county_code = ?1 AND entry_id = ?2`, "封存后才能、也必须记在其涉及的人名下"},
		{"noted with another besides", `INSERT INTO audit_about (county_code, person_id, entry_id) VALUES (?1, 'p-9', ?2)`, "被错记在与其无关的人名下"},
		{"noted with nobody", `INSERT INTO audit_about (county_code, person_id, entry_id) VALUES (?1, '', ?2)`, "被错记在与其无关的人名下"},
		{"noted with nothing", `INSERT INTO audit_about (county_code, person_id, entry_id) VALUES (?1, 'p-1', 'gone ' || ?2)`, "被错记在与其无关的人名下"},
		{"noted before it is sealed", `INSERT INTO audit_about (county_code, person_id, entry_id) SELECT e.county_code, e.person_id, e.entry_id
			FROM audit_tail t JOIN audit_entry e ON e.county_code = t.county_code AND e.entry_id = t.entry_id WHERE t.county_code = ?1 AND ?2 <> ''`, "封存后才能、也必须记在其涉及的人名下"},
		{"digest", `UPDATE audit_entry SET digest = 'x' WHERE county_code = ?1 AND entry_id = ?2`, "的内容被改动"},
		{"link gone", `DELETE FROM audit_link WHERE county_code = ?1 AND entry_id = ?2`, "第 1 批封存的记录有增减或调换"},
		{"link to nothing", `UPDATE audit_link SET entry_id = 'gone' WHERE county_code = ?1 AND entry_id = ?2`, "记录 gone 不见了"},
		{"order", `UPDATE audit_link SET position = 99 WHERE county_code = ?1 AND entry_id = ?2`, "第 1 批封存的记录有增减或调换"},
		{"seal", `UPDATE audit_seal SET instant = '2030' WHERE county_code = ?1 AND batch = 1 AND ?2 <> ''`, "第 1 批的封存内容被改动"},
		{"seal gone", `DELETE FROM audit_seal WHERE county_code = ?1 AND batch = 1 AND ?2 <> ''`, "第 1 批封存不见了"},
		{"chain", `UPDATE audit_seal SET previous = '' WHERE county_code = ?1 AND batch = 2 AND ?2 <> ''`, "第 2 批与前一批接不上"},
		{"seal again", `INSERT INTO audit_tail (county_code, entry_id) VALUES (?1, ?2)`, "两者必居其一"},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		first := record(t, s, l, noon, map[string]any{"p-1": "x"})
		record(t, s, l, noon, nil)
		sealAll(t, s, noon)
		record(t, s, l, noon, map[string]any{"p-2": "x", "p-3": nil})
		sealAll(t, s, noon)
		record(t, s, l, noon, map[string]any{"p-4": nil})
		undone := errors.New("undone")
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				err := try(s, noon, func(tx *store.Tx) error {
					if n, err := tx.Exec(tt.change, county, first); err != nil || n == 0 {
						t.Fatalf("changed %d rows: %v", n, err)
					}
					_, err := audit.Verify(tx)
					wantCode(t, err, "audit.changed")
					if !strings.Contains(fmt.Sprint(err), tt.says) {
						t.Errorf("%v does not say %s", err, tt.says)
					}
					return undone
				})
				if !errors.Is(err, undone) {
					t.Error(err)
				}
			})
		}
		if _, err := verify(s); err != nil {
			t.Errorf("with all changes undone: %v", err)
		}
	})
}

// An entry that disappears before it is sealed, or is slipped in, is found too; a changed one is not sealed.
func TestTail(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		id := record(t, s, newLog(t), noon, nil)
		for name, change := range map[string]string{
			"untailed": `DELETE FROM audit_tail WHERE county_code = ?1 AND entry_id = ?2`,
			"gone":     `DELETE FROM audit_entry WHERE county_code = ?1 AND entry_id = ?2`,
			"changed":  `UPDATE audit_entry SET name = 'y' WHERE county_code = ?1 AND entry_id = ?2`,
		} {
			undone := errors.New("undone")
			err := try(s, noon, func(tx *store.Tx) error {
				if _, err := tx.Exec(change, county, id); err != nil {
					return err
				}
				_, err := audit.Verify(tx)
				wantCode(t, err, "audit.changed")
				if name == "changed" {
					_, err = audit.Seal(tx)
					wantCode(t, err, "audit.changed")
				}
				return undone
			})
			if !errors.Is(err, undone) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestDestroyedContentCannotBeReadAndTheChainHolds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		id := record(t, s, l, noon, map[string]any{"p-1": "x", "p-2": "y"})
		sealAll(t, s, noon)
		write(t, s, noon, func(tx *store.Tx) error { return l.Destroy(tx, "p-1", "保存期满") })
		read(t, s, func(tx *store.Tx) error {
			e, err := l.Entry(tx, id)
			if err != nil {
				return err
			}
			one, two := e.Persons[0], e.Persons[1]
			if !one.Destroyed || one.Content != nil || two.Destroyed || string(two.Content) != `"y"` {
				t.Errorf("persons %+v", e.Persons)
			}
			var wrapped string
			if err := tx.QueryRow(`SELECT wrapped FROM person_key WHERE county_code = ?1 AND person_id = 'p-1'`, county).Scan(&wrapped); err != nil || wrapped != "" {
				t.Errorf("key %q, %v", wrapped, err)
			}
			return nil
		})
		if checked, err := verify(s); err != nil || checked.Tail != 1 {
			t.Errorf("%+v, %v: the chain must hold, with the destruction as an entry", checked, err)
		}
		wantCode(t, try(s, noon, func(tx *store.Tx) error { return l.Destroy(tx, "p-1", "") }), "audit.key-destroyed")
		wantCode(t, try(s, noon, func(tx *store.Tx) error { return l.Destroy(tx, "p-9", "") }), "audit.no-key")
		wantCode(t, try(s, noon, func(tx *store.Tx) error {
			_, err := l.Record(tx, audit.Note{Name: "x", Persons: map[string]any{"p-1": "again"}})
			return err
		}), "audit.key-destroyed")
	})
}

func TestOtherMasterKey(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	id := record(t, s, newLog(t), noon, map[string]any{"p-1": "x"})
	keys, err := audit.NewKeys(bytes.Repeat([]byte{8}, 16))
	if err != nil {
		t.Fatal(err)
	}
	err = s.Read(context.Background(), county, func(tx *store.Tx) error { _, err := audit.NewLog(keys).Entry(tx, id); return err })
	wantCode(t, err, "audit.other-master")
}

func TestKeyFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "master.key")
	if _, err := audit.CreateKeys(file); err != nil {
		t.Fatal(err)
	}
	if _, err := audit.ReadKeys(file); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	_, err := audit.CreateKeys(file)
	wantCode(t, err, "audit.key-file-exists")
	_, err = audit.ReadKeys(file + ".gone")
	wantCode(t, err, "audit.no-key-file")
	for _, content := range []string{"", "0123", strings.Repeat("zz", 16)} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := audit.ReadKeys(file)
		wantCode(t, err, "audit.bad-key")
	}
}

// export seals and exports a month and reads it back offline.
func export(t *testing.T, s *store.Store, month string, now time.Time) (*audit.Month, []byte) {
	t.Helper()
	var file bytes.Buffer
	read(t, s, func(tx *store.Tx) error { _, err := audit.Export(tx, month, now, &file); return err })
	m, err := audit.CheckOffline(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return m, file.Bytes()
}

func TestMonthlySeal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		// The last instant of March and the first of April, by Chinese time.
		april := time.Date(2026, 3, 31, 16, 0, 0, 0, time.UTC)
		for _, instant := range []time.Time{noon, april.Add(-time.Microsecond), april} {
			record(t, s, l, instant, map[string]any{"p-1": "x"})
			sealAll(t, s, instant)
		}
		may := april.AddDate(0, 1, 5)
		march, file := export(t, s, "2026-03", may)
		next, _ := export(t, s, "2026-04", may)
		if march.Entries() != 2 || next.Entries() != 1 {
			t.Errorf("entries %d and %d, want 2 and 1", march.Entries(), next.Entries())
		}
		if err := next.Follows(march); err != nil {
			t.Error(err)
		}
		wantCode(t, march.Follows(next), "audit.changed")
		read(t, s, func(tx *store.Tx) error { return errors.Join(march.Matches(tx), next.Matches(tx)) })
		offline(t, file)

		// Destroying a person's content changes nothing in the months before.
		write(t, s, may, func(tx *store.Tx) error { return l.Destroy(tx, "p-1", "保存期满") })
		if again, _ := export(t, s, "2026-03", may); again.Last() != march.Last() {
			t.Error("March was changed by a destruction in May")
		}
		// Whoever writes a whole new chain is found by the file.
		write(t, s, may, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE audit_seal SET digest = 'new' WHERE county_code = ?1`, county)
			if err == nil {
				wantCode(t, march.Matches(tx), "audit.changed")
			}
			return err
		})
	})
}

// offline changes each figure of the file in turn and expects it to be found.
func offline(t *testing.T, file []byte) {
	t.Helper()
	var m audit.Month
	if err := json.Unmarshal(file, &m); err != nil {
		t.Fatal(err)
	}
	changes := map[string]func(*audit.Month){
		"form":          func(m *audit.Month) { m.Form = "other" },
		"county":        func(m *audit.Month) { m.County = "999902" },
		"instant":       func(m *audit.Month) { m.Seals[0].Instant = "2026" },
		"count":         func(m *audit.Month) { m.Seals[0].Entries++ },
		"entry":         func(m *audit.Month) { m.Seals[0].Digests[0] = "x" },
		"entries":       func(m *audit.Month) { m.Seals[0].Digests = nil },
		"seal":          func(m *audit.Month) { m.Seals[0].Digest = "x" },
		"first removed": func(m *audit.Month) { m.Seals = m.Seals[1:] },
		"order":         func(m *audit.Month) { m.Seals[0], m.Seals[1] = m.Seals[1], m.Seals[0] },
		"before":        func(m *audit.Month) { m.Before.Batch, m.Seals[0].Batch, m.Seals[1].Batch = 1, 2, 3 },
	}
	for name, change := range changes {
		var other audit.Month
		if err := json.Unmarshal(file, &other); err != nil {
			t.Fatal(err)
		}
		change(&other)
		content, err := json.Marshal(other)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := audit.CheckOffline(bytes.NewReader(content)); err == nil {
			t.Errorf("%s: the change was not noticed", name)
		}
	}
	for _, content := range []string{"", "{}", string(file[:len(file)/2]), string(file) + "{}", `{"other":1}`} {
		_, err := audit.CheckOffline(strings.NewReader(content))
		wantCode(t, err, "audit.not-month")
	}
}

func TestExportRefuses(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	record(t, s, newLog(t), noon, nil)
	tests := []struct {
		month string
		now   time.Time
		code  string
	}{
		{"2026-3", noon, "audit.bad-month"},
		{"2026-03", noon, "audit.month-not-over"},
		{"2026-03", noon.AddDate(0, 2, 0), "audit.not-sealed"},
	}
	for _, tt := range tests {
		err := s.Read(context.Background(), county, func(tx *store.Tx) error {
			_, err := audit.Export(tx, tt.month, tt.now, &bytes.Buffer{})
			return err
		})
		wantCode(t, err, tt.code)
	}
}

func TestCounties(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		for _, code := range []string{"999902", "999901", "999902"} {
			c := at(noon)
			c.County = code
			if _, err := l.Write(context.Background(), s, c, nil, func(*store.Tx) (any, error) { return nil, nil }); err != nil {
				t.Fatal(err)
			}
		}
		read(t, s, func(tx *store.Tx) error {
			list, err := audit.Counties(tx)
			if fmt.Sprint(list) != "[999901 999902]" {
				t.Errorf("counties %v", list)
			}
			return err
		})
	})
}
