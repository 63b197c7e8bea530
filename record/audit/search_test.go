package audit_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"doudi/record/audit"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// Entries are found by when, who, what and whom they concern, the latest first and page by page; those of a clock that went back too.
func TestSearch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		instants := []time.Time{noon, noon.Add(time.Minute), noon.Add(24 * time.Hour), noon.Add(time.Hour)} // the last one by a clock that went back
		var ids []string
		for i, at := range instants {
			people := map[string]any{"p-1": "x"}
			if i == 2 {
				people = map[string]any{"p-2": nil, "p-3": nil}
			}
			ids = append(ids, record(t, s, l, at, people))
		}
		write(t, s, noon.Add(25*time.Hour), func(tx *store.Tx) error {
			id, err := l.Look(tx, audit.Note{Name: "web.file", Subject: "s-1", Persons: map[string]any{"p-1": nil}})
			ids = append(ids, id)
			return err
		})
		all := audit.Query{From: noon, To: noon.Add(48 * time.Hour)}
		with := func(change func(*audit.Query)) audit.Query { q := all; change(&q); return q }
		tests := []struct {
			name   string
			query  audit.Query
			before string
			limit  int
			want   []int
		}{
			{"all", all, "", 10, []int{4, 3, 2, 1, 0}},
			{"two", all, "", 2, []int{4, 3}},
			{"the next two", all, ids[3], 2, []int{2, 1}},
			{"of the first day, whatever the clock did", with(func(q *audit.Query) { q.To = noon.Add(2 * time.Hour) }), "", 10, []int{3, 1, 0}},
			{"of nobody", with(func(q *audit.Query) { q.Actor = "nobody" }), "", 10, nil},
			{"looks", with(func(q *audit.Query) { q.Kind = audit.Look }), "", 10, []int{4}},
			{"by name", with(func(q *audit.Query) { q.Name = "web.file" }), "", 10, []int{4}},
			{"by subject", with(func(q *audit.Query) { q.Subject = "s-1" }), "", 10, []int{4}},
			{"about somebody", with(func(q *audit.Query) { q.Person = "p-1" }), "", 10, []int{4, 3, 1, 0}},
			{"about somebody, done", with(func(q *audit.Query) { q.Person, q.Kind = "p-1", audit.Command }), ids[3], 10, []int{1, 0}},
			{"before it began", audit.Query{From: noon.Add(-48 * time.Hour), To: noon.Add(-time.Hour)}, "", 10, nil},
			{"before there were days", audit.Query{From: time.Time{}, To: noon}, "", 10, nil},
		}
		read(t, s, func(tx *store.Tx) error {
			for _, tt := range tests {
				found, err := audit.Search(tx, tt.query, tt.before, tt.limit)
				if err != nil {
					return err
				}
				if len(found) != len(tt.want) {
					t.Errorf("%s: %d entries, want %d", tt.name, len(found), len(tt.want))
					continue
				}
				for i, want := range tt.want {
					if found[i].ID != ids[want] {
						t.Errorf("%s: entry %d is another one", tt.name, i)
					}
				}
			}
			e, err := audit.Search(tx, all, ids[3], 1)
			if err == nil && (len(e) != 1 || len(e[0].Persons) != 2 || e[0].Persons[0].Content != nil) {
				t.Errorf("%+v", e)
			}
			return err
		})
	})
}

// What somebody did is the same by the seals as by the period, page by page, whether it is sealed or not.
func TestSearchByActor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		var ids []string
		for i := range 12 {
			at := noon.Add(time.Duration(i) * 12 * time.Hour)
			actor := []store.Actor{{ID: "a-1", Name: "孙倩"}, {ID: "a-2", Name: "周经办"}, {ID: "a-3", Name: "孙倩"}}[i%3]
			c := store.Command{Name: "test", County: county, Actor: actor, Instant: at}
			_, err := s.Write(t.Context(), c, func(tx *store.Tx) (any, error) {
				id, err := l.Record(tx, audit.Note{Name: "test"})
				ids = append(ids, id)
				return nil, err
			})
			if err != nil {
				t.Fatal(err)
			}
			if i%4 == 3 && i < 11 { // the last four wait for a seal
				sealAll(t, s, at)
			}
		}
		for _, tt := range []struct {
			actor    string
			from, to int // half days
			want     []int
		}{{"a-1", 0, 12, []int{9, 6, 3, 0}}, {"孙倩", 0, 12, []int{11, 9, 8, 6, 5, 3, 2, 0}}, {"a-2", 3, 8, []int{7, 4}}, {"a-2", 9, 12, []int{10}}, {"nobody", 0, 12, nil}} {
			read(t, s, func(tx *store.Tx) error {
				q, before := audit.Query{Actor: tt.actor, From: noon.Add(time.Duration(tt.from) * 12 * time.Hour), To: noon.Add(time.Duration(tt.to) * 12 * time.Hour)}, ""
				var found []string
				for {
					page, err := audit.Search(tx, q, before, 2)
					if err != nil {
						return err
					}
					for _, e := range page {
						found = append(found, e.ID)
					}
					if len(page) < 2 {
						break
					}
					before = page[1].ID
				}
				var want []string
				for _, i := range tt.want {
					want = append(want, ids[i])
				}
				if !slices.Equal(found, want) {
					t.Errorf("%s from %d to %d: %d entries %v, want %v", tt.actor, tt.from, tt.to, len(found), found, want)
				}
				return nil
			})
		}
	})
}

// What concerns somebody is the same by what the sealer noted as by reading everything, page by page, whether it is sealed or not.
func TestSearchByPerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		for i := range 12 {
			at := noon.Add(time.Duration(i) * 12 * time.Hour)
			if i == 7 {
				at = noon // by a clock that went back
			}
			record(t, s, l, at, []map[string]any{{"p-1": "x"}, {"p-2": nil, "p-1": "y"}, nil, {"p-2": nil}, {"": nil}}[i%5])
		}
		all := audit.Query{From: noon.Add(-time.Hour), To: noon.Add(7 * 24 * time.Hour)}
		with := func(change func(*audit.Query)) audit.Query { q := all; change(&q); return q }
		look := func(when string) {
			t.Helper()
			read(t, s, func(tx *store.Tx) error {
				for _, person := range []string{"p-1", "p-2", "p-3"} {
					for name, q := range map[string]audit.Query{"all": all, "a period": with(func(q *audit.Query) { q.From, q.To = noon.Add(20*time.Hour), noon.Add(75*time.Hour) }),
						"by somebody": with(func(q *audit.Query) { q.Actor = clerk.Name }), "by nobody": with(func(q *audit.Query) { q.Actor = "nobody" })} {
						whole, err := audit.Search(tx, q, "", 100)
						if err != nil {
							return err
						}
						var want []string
						for _, e := range whole {
							if slices.ContainsFunc(e.Persons, func(p audit.Person) bool { return p.ID == person }) {
								want = append(want, e.ID)
							}
						}
						q.Person = person
						found, err := pages(tx, q)
						if err != nil {
							return err
						}
						if !slices.Equal(found, want) || name == "all" && person != "p-3" && len(want) == 0 {
							t.Errorf("%s, %s, %s: %d entries %v, want %v", when, person, name, len(found), found, want)
						}
						if name != "all" {
							continue
						}
						slices.Reverse(want)
						if about, err := audit.About(tx, person); err != nil || !slices.Equal(about, want) {
							t.Errorf("%s, about %s: %v (%v), want %v", when, person, about, err, want)
						}
					}
				}
				nobody, err := audit.About(tx, "")
				if len(nobody) != 2 {
					t.Errorf("%s: %d entries concern who has no id, want 2", when, len(nobody))
				}
				return err
			})
		}
		look("before there are seals")
		sealAll(t, s, noon)
		for i := range 3 {
			record(t, s, l, noon.Add(time.Duration(i)*24*time.Hour), []map[string]any{{"p-2": nil}, {"p-2": nil, "p-1": nil}, {"p-1": "x"}}[i])
		}
		look("some sealed")
		sealAll(t, s, noon)
		look("all sealed")
		if _, err := verify(s); err != nil {
			t.Error(err)
		}
	})
}

// pages are the ids of a search that is read two by two.
func pages(tx *store.Tx, q audit.Query) (ids []string, err error) {
	for before := ""; ; before = ids[len(ids)-1] {
		page, err := audit.Search(tx, q, before, 2)
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			ids = append(ids, e.ID)
		}
		if len(page) < 2 {
			return ids, nil
		}
	}
}

// An entry that concerns one person is a row, and one that waits for its seal; nothing else is written for it.
func TestOnePersonStandsInTheEntry(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		record(t, s, l, noon, map[string]any{"p-1": "x"})
		count := func(table string) (n int) {
			read(t, s, func(tx *store.Tx) error {
				return tx.QueryRow(`SELECT COUNT(*) FROM `+table+` WHERE county_code = ?1`, county).Scan(&n)
			})
			return n
		}
		if entries, tail, beside, noted := count("audit_entry"), count("audit_tail"), count("audit_person"), count("audit_about"); entries != 1 || tail != 1 || beside+noted != 0 {
			t.Errorf("%d entries, %d waiting, %d people beside and %d noted", entries, tail, beside, noted)
		}
		sealAll(t, s, noon)
		if tail, beside, noted := count("audit_tail"), count("audit_person"), count("audit_about"); tail+beside != 0 || noted != 1 {
			t.Errorf("sealed: %d waiting, %d people beside and %d noted", tail, beside, noted)
		}
	})
}

// Whatever is looked for begins at a key: no table is read whole.
func TestSearchBeginsAtAKey(t *testing.T) {
	const entryByID, entryByIDToo = "audit_entry_1 (county_code=? AND entry_id=?)", "(entry_id = t.entry_id)"
	by := map[string][]string{ // what SQLite says, and PostgreSQL
		"what somebody did, sealed":     {"audit_actor", "audit_actor"},
		"what somebody did, not sealed": {"audit_tail", "audit_tail"},
		"whom it concerns, sealed":      {"audit_about_1 (county_code=? AND person_id=? AND entry_id>? AND entry_id<?)", "audit_about"},
		"whom it concerns, not sealed":  {entryByID, entryByIDToo},
		"all about somebody, sealed":    {"audit_about_1 (county_code=? AND person_id=?)", "audit_about"},
		"a period":                      {"audit_entry_1 (county_code=? AND entry_id>? AND entry_id<?)", "(entry_id >= "},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		bad, dialect := []string{"SCAN", "TEMP B-TREE"}, 0
		if s.Dialect() == "postgres" {
			bad, dialect = []string{"Seq Scan"}, 1
		}
		write(t, s, noon, func(tx *store.Tx) error { // a writer's session of PostgreSQL reads no table whole; a reader's reads empty ones so
			plans := audit.Plans(tx)
			for _, p := range plans {
				plan, err := storetest.PlanOf(s, tx, p.Query, p.Args...)
				if err != nil {
					return err
				}
				if want := by[p.Asked]; want == nil || !strings.Contains(plan, want[dialect]) || slices.ContainsFunc(bad, func(what string) bool { return strings.Contains(plan, what) }) {
					t.Errorf("%s is not read by %v:\n%s", p.Asked, want, plan)
				}
			}
			if len(plans) != len(by) {
				t.Errorf("%d plans", len(plans))
			}
			return nil
		})
	})
}

// Months are those of China, and an entry knows its seal.
func TestMonths(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newLog(t)
		lastHour := time.Date(2026, 3, 31, 15, 59, 0, 0, time.UTC) // 23:59 in China
		id := record(t, s, l, lastHour, nil)
		sealAll(t, s, lastHour)
		record(t, s, l, lastHour.Add(time.Minute), nil)
		record(t, s, l, lastHour.Add(time.Minute), nil)
		sealAll(t, s, lastHour.Add(time.Minute))
		open := record(t, s, l, lastHour.Add(time.Hour), nil)
		read(t, s, func(tx *store.Tx) error {
			months, err := audit.Months(tx, lastHour.Add(time.Hour))
			if err != nil {
				return err
			}
			want := []audit.SealedMonth{{Month: "2026-04", Seals: 1, Entries: 2}, {Month: "2026-03", Seals: 1, Entries: 1, Over: true}}
			if len(months) != 2 || months[0] != want[0] || months[1] != want[1] {
				t.Errorf("%+v", months)
			}
			seal, found, err := audit.SealOf(tx, id)
			if err != nil || !found || seal.Batch != 1 || seal.Digest == "" {
				t.Errorf("%+v, %v, %v", seal, found, err)
			}
			_, found, err = audit.SealOf(tx, open)
			if err != nil || found {
				t.Errorf("an entry without a seal: %v, %v", found, err)
			}
			waiting, err := audit.Waiting(tx)
			if waiting != 1 {
				t.Errorf("%d wait", waiting)
			}
			return err
		})
	})
}
