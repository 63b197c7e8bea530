package register_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// statementID is an id that nobody remembered.
var statementID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// teller tells the same story to a register of either county, and remembers who is who.
type teller struct {
	*register.Register
	tx     *store.Tx
	county string
	people []string // by the order in which they came
	houses []string
	err    error
}

// try does an act unless one failed before.
func (s *teller) try(act func() error) {
	if s.err == nil {
		s.err = act()
	}
}

func (s *teller) person(name string, number ident.PersonID) {
	s.try(func() error {
		id, err := s.AddPerson(s.tx, register.Person{Name: name, Number: number, From: rule.Beginning, Said: dated.Said{Source: "户口簿"}})
		s.people = append(s.people, id)
		return err
	})
}

func (s *teller) record(party, name string, fact rule.Fact) (id string) {
	s.try(func() (err error) {
		id, err = s.Record(s.tx, party, name, fact, "")
		return err
	})
	return id
}

func (s *teller) town(n string) ident.Division { return ident.Division(s.county + n) }

// came is the first part of the story: people, households, facts.
func (s *teller) came() {
	said := dated.Said{Source: "统计台账", Learned: day("2026-02-01")}
	for i, name := range []string{"王小明", "单小花", "古丽·买买提", "曾乐", "王小明", "李单", "仇区", "Anna Li"} {
		s.person(name, number("19600102", fmt.Sprintf("%03d", i+1)))
	}
	s.person("无号", "")
	for i := range 3 {
		s.try(func() error {
			id, err := s.AddHousehold(s.tx, register.Dwelling{Division: s.town("100"), Address: "一村" + fmt.Sprint(i)}, s.people[i], day("2020-01-01"), said)
			s.houses = append(s.houses, id)
			return err
		})
	}
	for i, relation := range []string{"spouse", "son", "parent", "spouse", "other"} {
		s.try(func() error {
			return s.Join(s.tx, s.houses[i%3], s.people[3+i], relation, day("2021-05-01"), said)
		})
	}
	for i, id := range s.people {
		if i%2 == 0 {
			s.record(id, "person.insured", always(rule.Fact{Value: rule.Bool(true), Source: "医保局"}))
		}
		s.record(id, "roster.dibao", rule.Fact{Value: rule.Bool(true), Span: dated.From(day("2025-01-01").AddDays(i)), Source: "民政局"})
	}
	s.record(s.houses[0], "household.income_per_head", rule.Fact{Value: rule.Money(512345), Span: dated.From(day("2025-01-01"))})
}

// went on is the second part: what became of them.
func (s *teller) wentOn() {
	said := dated.Said{Source: "入户核查"}
	insured := s.record(s.people[1], "person.insured", always(rule.Fact{Value: rule.Bool(true), Source: "乡镇"}))
	s.try(func() error {
		_, err := s.Correct(s.tx, insured, always(rule.Fact{Value: rule.Bool(false), Source: "医保局"}), "")
		return err
	})
	left := s.record(s.people[1], "roster.registered_poor", always(rule.Fact{Value: rule.Bool(true)}))
	s.try(func() error { _, err := s.End(s.tx, left, day("2026-01-31"), said); return err })
	wrong := s.record(s.people[2], "roster.registered_poor", always(rule.Fact{Value: rule.Bool(true)}))
	s.try(func() error { _, err := s.Withdraw(s.tx, wrong, said); return err })
	s.record(s.people[4], "person.name", rule.Fact{Value: rule.Text("王小民"), Span: dated.From(day("2026-01-01"))})
	s.try(func() error { return s.Leave(s.tx, s.people[5], day("2026-01-15"), register.Succession{}, said) })
	s.try(func() error { return s.Die(s.tx, s.people[6], day("2026-02-02"), register.Succession{}, said) })
	s.try(func() error {
		return s.Move(s.tx, s.houses[1], register.Dwelling{Division: s.town("101"), Address: "二组"}, day("2026-02-10"), said)
	})
	s.try(func() error {
		return s.ChangeHead(s.tx, s.houses[0], register.Succession{Head: s.people[3], Relations: map[string]string{s.people[0]: "spouse"}}, day("2026-02-20"), said)
	})
	s.try(func() error {
		id, err := s.Split(s.tx, s.houses[1], map[string]string{s.people[7]: register.Head}, register.Dwelling{Division: s.town("100")}, day("2026-02-21"), register.Succession{}, said)
		s.houses = append(s.houses, id)
		return err
	})
	s.try(func() error {
		number, err := s.number(s.people[8])
		s.err = errors.Join(s.err, err)
		_, err = s.Correct(s.tx, number, always(rule.Fact{Value: rule.Text(string(numberOf(77)))}), "")
		return err
	})
	s.person("后来", numberOf(76)) // whose number was freed
}

func numberOf(i int) ident.PersonID { return number("19700102", fmt.Sprintf("%03d", i)) }

// number gives a person a number and answers the statement.
func (s *teller) number(person string) (string, error) {
	return s.Record(s.tx, person, "person.id", always(rule.Fact{Value: rule.Text(string(numberOf(76)))}), "")
}

// tell runs a part of the story in one command, in bulk or not.
func (s *teller) tell(w world, bulk bool, part func()) {
	w.Helper()
	people, houses, ordinary := s.people, s.houses, w.Register
	w.must(s.county, today, func(tx *store.Tx) error {
		s.people, s.houses, s.tx, s.err, s.Register = slices.Clone(people), slices.Clone(houses), tx, nil, ordinary
		if !bulk {
			part()
			return s.err
		}
		ahead := register.Ahead{Parties: slices.Concat(s.people, s.houses)}
		for i := range 4 { // some of them; the others are found out one by one
			ahead.Numbers = append(ahead.Numbers, number("19600102", fmt.Sprintf("%03d", i+1)))
		}
		return w.Bulk(tx, ahead, func(many *register.Register) error {
			s.Register = many
			part()
			return s.err
		})
	})
	s.Register = ordinary
}

// remains is all that can be read of the story, without ids that differ.
func (s *teller) remains(w world) string {
	var b strings.Builder
	write := func(about string, what any, err error) { fmt.Fprintf(&b, "%s: %+v %v\n", about, what, err) }
	w.look(s.county, func(tx *store.Tx) error {
		for i, id := range s.people {
			history, err := w.History(tx, id)
			for _, e := range history {
				write(fmt.Sprint("person ", i), []any{e.Name, e.Value, e.Sealed, e.Span, e.Source, e.Learned, e.Recorded, e.Actor, e.Corrects, e.Withdrawn}, err)
			}
			subject, err := w.Subject(tx, id, today, today)
			write("subject", subject, err)
			household, err := w.HouseholdOf(tx, id, today, today)
			write("household", household, err)
		}
		for _, id := range s.houses {
			for _, on := range []string{"2020-01-01", "2022-01-01", "2026-03-01"} {
				household, err := w.Household(tx, id, day(on), today)
				write("household on "+on, household, err)
			}
			facts, err := w.Facts(tx, id, today)
			write("its facts", len(facts), err)
		}
		for _, typed := range []string{"王", "王小民", "wxm", "dxh", "sxh", "gl", "zl", "anna", "后", string(numberOf(76)), string(numberOf(77)), string(number("19600102", "002"))} {
			found, err := w.Find(tx, typed, "", 100)
			write(typed, found, err)
		}
		return nil
	})
	text := b.String()
	for i, id := range s.people {
		text = strings.ReplaceAll(text, id, fmt.Sprintf("PERSON %02d", i))
	}
	for i, id := range s.houses {
		text = strings.ReplaceAll(text, id, fmt.Sprintf("HOUSE %02d", i))
	}
	return statementID.ReplaceAllString(strings.NewReplacer(here, "COUNTY", there, "COUNTY").Replace(text), "STATEMENT")
}

// What is registered in bulk is what the same acts register one by one.
func TestBulkIsTheSame(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		var told []string
		for _, county := range []string{here, there} {
			teller := &teller{county: county}
			teller.tell(w, county == there, teller.came)
			teller.tell(w, county == there, teller.wentOn)
			told = append(told, teller.remains(w))
		}
		if diff := cmp.Diff(strings.Split(told[0], "\n"), strings.Split(told[1], "\n")); diff != "" {
			t.Error(diff)
		}
		if !strings.Contains(told[0], "王小民") {
			t.Errorf("the story is lost: %s", told[0])
		}
	})
}

// What the register refuses it refuses in bulk, and then keeps nothing of the command.
func TestBulkRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		known := &teller{county: here}
		known.tell(w, false, known.came)
		again := func(number ident.PersonID) func(tx *store.Tx, many *register.Register) error {
			return func(tx *store.Tx, many *register.Register) error {
				_, err := many.AddPerson(tx, register.Person{Name: "某人", Number: number, From: rule.Beginning})
				return err
			}
		}
		tests := []struct {
			name, code string
			act        func(tx *store.Tx, many *register.Register) error
		}{
			{"a number that is there", "register.person-known", again(number("19600102", "001"))},
			{"a number twice", "register.person-known", func(tx *store.Tx, many *register.Register) error {
				return errors.Join(again(numberOf(5))(tx, many), again(numberOf(5))(tx, many))
			}},
			{"a real number", "register.not-fictional", again("110101199003070011")},
			{"no name", "register.name-missing", func(tx *store.Tx, many *register.Register) error {
				_, err := many.AddPerson(tx, register.Person{})
				return err
			}},
			{"a roster twice", "register.roster-overlap", func(tx *store.Tx, many *register.Register) error {
				_, err := many.Record(tx, known.people[0], "roster.dibao", always(rule.Fact{Value: rule.Bool(true)}), "")
				return err
			}},
			{"a member elsewhere", "register.member-elsewhere", func(tx *store.Tx, many *register.Register) error {
				return many.Join(tx, known.houses[0], known.people[1], "son", today, dated.Said{})
			}},
			{"two heads", "register.two-heads", func(tx *store.Tx, many *register.Register) error {
				return many.Join(tx, known.houses[0], known.people[8], register.Head, today, dated.Said{})
			}},
			{"no division", "register.division-unknown", func(tx *store.Tx, many *register.Register) error {
				_, err := many.AddHousehold(tx, register.Dwelling{Division: town[:6] + "777"}, known.people[8], today, dated.Said{})
				return err
			}},
			{"nobody", "dated.party-unknown", func(tx *store.Tx, many *register.Register) error {
				_, err := many.Record(tx, "x", "person.insured", always(rule.Fact{Value: rule.Bool(true)}), "")
				return err
			}},
			{"a fact there is not", "register.fact-unknown", func(tx *store.Tx, many *register.Register) error {
				_, err := many.Record(tx, known.people[0], "person.colour", always(rule.Fact{Value: rule.Bool(true)}), "")
				return err
			}},
			{"a paper there is not", "file.unknown", func(tx *store.Tx, many *register.Register) error {
				_, err := many.Record(tx, known.people[0], "person.insured", always(rule.Fact{Value: rule.Bool(true)}), "x")
				return err
			}},
		}
		before := known.remains(w)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				expect(t, w.do(here, today, func(tx *store.Tx) error {
					return w.Bulk(tx, register.Ahead{}, func(many *register.Register) error {
						if _, err := many.AddPerson(tx, register.Person{Name: "王前面", From: rule.Beginning}); err != nil {
							return err
						}
						return tt.act(tx, many)
					})
				}), tt.code)
			})
		}
		if diff := cmp.Diff(before, known.remains(w)); diff != "" {
			t.Error(diff)
		}
	})
}
