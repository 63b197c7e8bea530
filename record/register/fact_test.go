package register_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

func TestRecordRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		person := w.person(here, "张三")
		tests := []struct {
			name, party, fact string
			value             rule.Fact
			code              string
		}{
			{"known", person, "person.disability.level", always(rule.Fact{Value: rule.Int(2)}), ""},
			{"roster", person, "roster.dibao", always(rule.Fact{Value: rule.Bool(true)}), ""},
			{"roster twice", person, "roster.dibao", rule.Fact{Value: rule.Bool(true), Span: dated.From(today)}, "register.roster-overlap"},
			{"not on a roster", person, "roster.tekun", always(rule.Fact{Value: rule.Bool(false)}), "register.roster-false"},
			{"out of range", person, "person.disability.level", always(rule.Fact{Value: rule.Int(5)}), "fact.out-of-range"},
			{"wrong type", person, "person.disability.level", always(rule.Fact{Value: rule.Money(5)}), "text.not-a-number"},
			{"no value", person, "person.disability.level", always(rule.Fact{}), "dated.value-missing"},
			{"a word nobody knows", person, "person.disability.kind", always(rule.Fact{Value: rule.Text("ear")}), "fact.unknown-word"},
			{"misspelt", person, "person.disability.levle", always(rule.Fact{Value: rule.Int(1)}), "register.fact-unknown"},
			{"misspelt roster", person, "roster.dibo", always(rule.Fact{Value: rule.Bool(true)}), "register.roster-unknown"},
			{"of a household", person, "household.poor", always(rule.Fact{Value: rule.Bool(true)}), "register.fact-other"},
			{"counted", person, "household.size", always(rule.Fact{Value: rule.Int(3)}), "register.fact-derived"},
			{"a death", person, "person.death", always(rule.Fact{Value: rule.Day(today)}), "register.fact-derived"},
			{"nobody", "nobody", "person.rural", always(rule.Fact{Value: rule.Bool(true)}), "dated.party-unknown"},
			{"a place", string(town), "person.rural", always(rule.Fact{Value: rule.Bool(true)}), "dated.party-unknown"},
			{"no days", person, "person.rural", rule.Fact{Value: rule.Bool(true)}, "dated.span-missing"},
			{"backwards", person, "person.rural", rule.Fact{Value: rule.Bool(true), Span: period.Span{From: today, To: today - 1}}, "dated.span-empty"},
			{"before all days", person, "person.rural", rule.Fact{Value: rule.Bool(true), Span: period.Span{From: period.Earliest - 1, To: today}}, "dated.span-outside"},
			{"from tomorrow's paper", person, "person.rural", always(rule.Fact{Value: rule.Bool(true), Learned: today + 1}), "dated.learned-later"},
			{"no identity number", person, "person.id", always(rule.Fact{Value: rule.Text("99990119900101000A")}), "ident.id-character"},
			{"a real number in a demonstration", person, "person.id", always(rule.Fact{Value: rule.Text("11010519491231002X")}), "register.not-fictional"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				err := w.do(here, today, func(tx *store.Tx) error { _, err := w.Record(tx, tt.party, tt.fact, tt.value, ""); return err })
				expect(t, err, tt.code)
				if err != nil && strings.Contains(fault.RenderError(err, "zh"), "99990119900101000A") {
					t.Errorf("the message shows the number: %v", err)
				}
			})
		}
	})
}

func TestRecordHints(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		person := w.person(here, "张三")
		err := w.do(here, today, func(tx *store.Tx) error {
			_, err := w.Record(tx, person, "person.disability.levle", always(rule.Fact{Value: rule.Int(1)}), "")
			return err
		})
		if want := "是否想写 person.disability.level？"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("answer %v does not say %s", err, want)
		}
	})
}

// What was known on a day stays what was known, whatever is learnt later.
func TestWhatWasKnownOnADay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		person := w.person(here, "张三")
		var first, second string
		papers := [2]string{w.paper(here, person, "旧证"), w.paper(here, person, "新证")}
		level := func(v int64) rule.Fact { return always(rule.Fact{Value: rule.Int(v), Source: "县残联"}) }
		w.must(here, day("2026-03-02"), func(tx *store.Tx) (err error) {
			first, err = w.Record(tx, person, "person.disability.level", level(3), papers[0])
			return err
		})
		w.must(here, day("2026-03-10"), func(tx *store.Tx) (err error) {
			second, err = w.Correct(tx, first, level(2), papers[1])
			return err
		})
		err := w.do(here, day("2026-03-11"), func(tx *store.Tx) error { _, err := w.Correct(tx, first, level(1), ""); return err })
		expect(t, err, "dated.already-corrected")
		err = w.do(here, day("2026-03-11"), func(tx *store.Tx) error {
			f := level(1)
			f.Learned = day("2026-03-09")
			_, err := w.Correct(tx, second, f, "")
			return err
		})
		expect(t, err, "dated.learned-before")
		w.must(here, day("2026-03-20"), func(tx *store.Tx) error { _, err := w.Withdraw(tx, second, dated.Said{}); return err })

		for knownOn, want := range map[string]string{"2026-03-01": "", "2026-03-02": "3", "2026-03-09": "3", "2026-03-10": "2", "2026-03-19": "2", "2026-03-20": "", "2030-01-01": ""} {
			if got := w.value(person, "person.disability.level", day("2026-04-01"), day(knownOn)); got != want {
				t.Errorf("known on %s: %q, want %q", knownOn, got, want)
			}
		}
		w.look(here, func(tx *store.Tx) error {
			history, err := w.History(tx, person)
			var said []string
			for _, e := range history {
				if e.Name == "person.disability.level" {
					said = append(said, fmt.Sprintf("%s %s %s %v", e.Value, e.Evidence, e.Learned, e.Withdrawn))
				}
			}
			if got, want := strings.Join(said, "; "), "3 "+papers[0]+" 2026-03-02 false; 2 "+papers[1]+" 2026-03-10 false; 2  2026-03-20 true"; got != want {
				t.Errorf("history %s, want %s", got, want)
			}
			return err
		})
	})
}

// What is stated of somebody can name as evidence what is on file of them or their household, and nothing else.
func TestEvidence(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		person, other := w.person(here, "甲"), w.person(here, "乙")
		var household string
		w.must(here, today, func(tx *store.Tx) (err error) {
			household, err = w.AddHousehold(tx, home, person, day("2020-01-01"), dated.Said{})
			return errors.Join(err, w.Join(tx, household, other, "other", day("2020-01-01"), dated.Said{}))
		})
		stranger := w.person(here, "丙")
		level, income := always(rule.Fact{Value: rule.Int(2)}), always(rule.Fact{Value: rule.Money(money.Yuan(1))})
		mine, ours, gone := w.paper(here, person, "证"), w.paper(here, household, "户口簿"), w.paper(here, household, "归错的")
		w.must(here, today, func(tx *store.Tx) error { return w.files.Withdraw(tx, gone, "归错了") })

		var fact string
		for _, evidence := range []string{mine, ours} {
			w.must(here, today, func(tx *store.Tx) (err error) {
				fact, err = w.Record(tx, person, "person.disability.level", level, evidence)
				_, houseErr := w.Record(tx, household, "household.income_per_head", income, evidence)
				return errors.Join(err, houseErr)
			})
		}
		for evidence, code := range map[string]string{w.paper(here, stranger, "另一证"): "file.other-owner", gone: "file.withdrawn", "file-1": "file.unknown"} {
			said, head := dated.Said{Evidence: evidence}, map[string]string{other: register.Head}
			for name, act := range map[string]func(tx *store.Tx) error{
				"record": func(tx *store.Tx) error {
					_, err := w.Record(tx, person, "person.disability.level", level, evidence)
					return err
				},
				"correct":  func(tx *store.Tx) error { _, err := w.Correct(tx, fact, level, evidence); return err },
				"end":      func(tx *store.Tx) error { _, err := w.End(tx, fact, today, said); return err },
				"withdraw": func(tx *store.Tx) error { _, err := w.Withdraw(tx, fact, said); return err },
				"die":      func(tx *store.Tx) error { return w.Die(tx, person, today, register.Succession{Head: other}, said) },
				"house":    func(tx *store.Tx) error { _, err := w.AddHousehold(tx, home, person, today, said); return err },
				"join":     func(tx *store.Tx) error { return w.Join(tx, household, person, "other", today, said) },
				"leave":    func(tx *store.Tx) error { return w.Leave(tx, other, today, register.Succession{}, said) },
				"head": func(tx *store.Tx) error {
					return w.ChangeHead(tx, household, register.Succession{Head: other}, today, said)
				},
				"split": func(tx *store.Tx) error {
					_, err := w.Split(tx, household, head, home, today, register.Succession{}, said)
					return err
				},
				"move": func(tx *store.Tx) error { return w.Move(tx, household, home, today, said) },
				"offer": func(tx *store.Tx) error {
					_, err := w.Offer(tx, other, there, today, register.Carried{}, register.Succession{}, said)
					return err
				},
			} {
				if err := w.do(here, today, act); fault.CodeOf(err) != code {
					t.Errorf("%s answers %v, want %s", name, err, code)
				}
			}
		}
	})
}

// value is a fact as a decision of a day sees it; "" when it is unknown.
func (w world) value(person, name string, on, knownOn period.Day) (shown string) {
	w.Helper()
	w.look(here, func(tx *store.Tx) error {
		subject, err := w.Subject(tx, person, on, knownOn)
		if err != nil {
			return err
		}
		if fact, ok := subject.Facts.At(name, on); ok {
			shown = rule.Display(fact.Value, "en")
		}
		return nil
	})
	return shown
}

func TestRosters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		person := w.person(here, "张三")
		var member string
		w.must(here, day("2026-03-02"), func(tx *store.Tx) (err error) {
			member, err = w.Record(tx, person, "roster.dibao", rule.Fact{Value: rule.Bool(true), Span: dated.From(day("2026-01-01"))}, "")
			return err
		})
		w.must(here, day("2026-03-05"), func(tx *store.Tx) error {
			_, err := w.KeepRoster(tx, "dibao", dated.From(day("2025-01-01")), dated.Said{Source: "县民政局"})
			return err
		})
		w.must(here, day("2026-03-20"), func(tx *store.Tx) error { _, err := w.End(tx, member, day("2026-03-31"), dated.Said{}); return err })
		err := w.do(here, today, func(tx *store.Tx) error { _, err := w.KeepRoster(tx, "dibo", dated.Always, dated.Said{}); return err })
		expect(t, err, "register.roster-unknown")
		tests := []struct{ on, knownOn, want string }{
			{"2025-06-01", "2026-03-02", ""},    // not on it, but nobody said the roster was complete
			{"2025-06-01", "2026-03-05", "no"},  // now it is
			{"2024-12-31", "2026-03-05", ""},    // before it was kept
			{"2026-01-01", "2026-03-05", "yes"}, // learnt before completeness, and still a member
			{"2026-04-01", "2026-03-05", "yes"}, // the end was not known yet
			{"2026-04-01", "2026-03-20", "no"},  //
			{"2026-03-31", "2026-03-20", "yes"}, // the last day is included
			{"2026-03-31", "2026-03-01", ""},    // nothing known at all
		}
		for _, tt := range tests {
			if got := w.value(person, "roster.dibao", day(tt.on), day(tt.knownOn)); got != tt.want {
				t.Errorf("on %s as known on %s: %q, want %q", tt.on, tt.knownOn, got, tt.want)
			}
		}
		w.look(here, func(tx *store.Tx) error {
			subject, err := w.Subject(tx, person, today, rule.Forever)
			if since, ok := subject.Facts.RosterSince("dibao", today); !ok || since != day("2026-01-01") {
				t.Errorf("on the roster since %v, %v", since, ok)
			}
			return err
		})
	})
}

// said is a statement of the model: one row, never changed.
type said struct {
	id       string
	value    int64
	span     period.Span
	learned  period.Day
	corrects int // index of the corrected one, or -1
	none     bool
}

// model is the history of one fact, answered by looking at all of it.
type model []said

func (m model) known(on period.Day) []said {
	var known []said
	for i, s := range m {
		replaced := false
		for _, other := range m {
			replaced = replaced || other.corrects == i && other.learned <= on
		}
		if s.learned <= on && !s.none && !replaced {
			known = append(known, s)
		}
	}
	return known
}

// at is the value that counts on a day: of those that hold, the one learnt last, and of those the one made last.
func (m model) at(on, knownOn period.Day) string {
	best := said{learned: rule.Beginning}
	found := ""
	for _, s := range m.known(knownOn) {
		if s.span.Contains(on) && s.learned >= best.learned {
			best, found = s, fmt.Sprint(s.value)
		}
	}
	return found
}

func TestHistoryAgainstModel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		rapid.Check(t, func(rt *rapid.T) {
			person := w.person(here, "某人")
			var m model
			clock := today
			w.must(here, today, func(tx *store.Tx) error {
				for range rapid.IntRange(1, 10).Draw(rt, "acts") {
					clock += period.Day(rapid.IntRange(0, 3).Draw(rt, "days later"))
					tx.Instant = noon(clock)
					m = w.act(rt, tx, person, m, clock)
				}
				return nil
			})
			w.look(here, func(tx *store.Tx) error {
				for knownOn := today - 1; knownOn <= clock+1; knownOn++ {
					subject, err := w.Subject(tx, person, today, knownOn)
					if knownOn < today { // the person was not known yet
						expect(t, err, "register.person-absent")
						continue
					}
					if err != nil {
						return err
					}
					for on := today - 6; on < today+6; on++ {
						got := ""
						if fact, ok := subject.Facts.At("household.income_per_head", on); ok {
							rt.Fatalf("a fact of no household: %v", fact)
						}
						if fact, ok := subject.Facts.At("person.disability.level", on); ok {
							got = rule.Display(fact.Value, "")
						}
						if want := m.at(on, knownOn); got != want {
							rt.Fatalf("on %s as known on %s: %q, want %q of %+v", on, knownOn, got, want, m)
						}
					}
				}
				return nil
			})
		})
	})
}

// act does something to the fact's history, and the same to the model.
func (w world) act(rt *rapid.T, tx *store.Tx, person string, m model, clock period.Day) model {
	from := today + period.Day(rapid.IntRange(-5, 5).Draw(rt, "from"))
	next := said{value: int64(rapid.IntRange(1, 4).Draw(rt, "value")), span: period.Span{From: from, To: from + period.Day(rapid.IntRange(0, 6).Draw(rt, "length"))}, learned: clock, corrects: -1}
	if rapid.Bool().Draw(rt, "open") {
		next.span.To = rule.Forever
	}
	fact := rule.Fact{Value: rule.Int(next.value), Span: next.span}
	var err error
	if len(m) == 0 || rapid.Bool().Draw(rt, "new") {
		fact.Learned = clock - period.Day(rapid.IntRange(0, int(clock-today)).Draw(rt, "learnt before"))
		next.learned = fact.Learned
		next.id, err = w.Record(tx, person, "person.disability.level", fact, "")
	} else {
		next.corrects = rapid.IntRange(0, len(m)-1).Draw(rt, "which")
		old := m[next.corrects]
		switch rapid.IntRange(0, 2).Draw(rt, "how") {
		case 0:
			next.id, err = w.Correct(tx, old.id, fact, "")
		case 1:
			next.none = true
			next.id, err = w.Withdraw(tx, old.id, dated.Said{})
		default:
			next.value, next.span = old.value, period.Span{From: old.span.From, To: from}
			next.none = from < old.span.From
			next.id, err = w.End(tx, old.id, from, dated.Said{})
		}
		for _, other := range m {
			if other.corrects == next.corrects || old.none {
				expect(w.T, err, "dated.already-corrected")
				return m
			}
		}
	}
	if err != nil {
		rt.Fatalf("%+v: %v", next, err)
	}
	return append(m, next)
}

func TestNothingReadableIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		id := number("19900101", "123")
		w.must(here, today, func(tx *store.Tx) error {
			person, err := w.AddPerson(tx, register.Person{Name: "欧阳小明", Number: id, From: rule.Beginning, Said: dated.Said{Source: "户口簿"}})
			if err != nil {
				return err
			}
			household, err := w.AddHousehold(tx, register.Dwelling{Division: town, Address: "东街十二号"}, person, today, dated.Said{})
			if err != nil {
				return err
			}
			if _, err := w.Record(tx, household, "household.income_per_head", always(rule.Fact{Value: rule.Money(money.Yuan(4321))}), ""); err != nil {
				return err
			}
			_, err = w.Record(tx, person, "person.serious_illness", always(rule.Fact{Value: rule.Bool(true)}), "")
			if err != nil {
				return err
			}
			_, err = w.Offer(tx, person, there, today, register.Carried{}, register.Succession{}, dated.Said{})
			return err
		})
		secrets := []string{"欧阳", "小明", string(id), "19900101", "东街", "4321", "serious_illness", "income_per_head", "person.name", "户口簿"}
		w.look(here, func(tx *store.Tx) error {
			for _, query := range []string{
				`SELECT name || ' ' || content || ' ' || COALESCE(object_id, '') FROM statement WHERE county_code = ?1`, `SELECT token FROM person_number WHERE county_code = ?1`,
				`SELECT token FROM person_name WHERE county_code = ?1`, `SELECT document || ' ' || undo || ' ' || signature FROM transfer WHERE county_code = ?1`} {
				seen := 0
				rows, err := tx.Query(query, tx.County)
				if err != nil {
					return err
				}
				for rows.Next() {
					var kept string
					if err := rows.Scan(&kept); err != nil {
						return err
					}
					seen++
					for _, secret := range secrets {
						if strings.Contains(kept, secret) {
							t.Errorf("%s can be read: %s", secret, kept)
						}
					}
				}
				if err := rows.Err(); err != nil || seen == 0 {
					t.Errorf("%s: %d rows, %v", query, seen, err)
				}
			}
			return nil
		})
	})
}

// Whoever was born on the first day of 1970, which is the number 0, has a birthday like everybody.
func TestBornOnTheFirstDay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		first := period.MustDay(1970, 1, 1)
		for _, p := range []register.Person{{Name: "甲", Number: number("19700101", "123")}, {Name: "乙", Birth: &first}, {Name: "丙"}} {
			p.From = rule.Beginning
			w.must(here, today, func(tx *store.Tx) error {
				id, err := w.AddPerson(tx, p)
				if err != nil {
					return err
				}
				subject, err := w.Subject(tx, id, today, today)
				if err != nil {
					return err
				}
				fact, known := subject.Facts.At("person.birth", today)
				if known != (p.Name != "丙") || known && fact.Value != rule.Day(first) {
					t.Errorf("%s: %v %v", p.Name, fact, known)
				}
				return nil
			})
		}
	})
}
