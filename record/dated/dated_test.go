package dated_test

import (
	"context"
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

const county = "999901"

var today = period.MustDay(2026, 3, 1)

func do(s *store.Store, on period.Day, act func(tx *store.Tx) error) error {
	c := store.Command{Name: "test", County: county, Actor: store.Actor{ID: "u1"}, Instant: time.Unix(int64(on)*86400, 0)}
	_, err := s.Write(context.Background(), c, func(tx *store.Tx) (any, error) { return nil, act(tx) })
	return err
}

func TestDay(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-01T15:59:59Z": "2026-03-01", "2026-03-01T16:00:00Z": "2026-03-02", "1970-01-01T00:00:00Z": "1970-01-01",
		"1969-12-31T15:59:59Z": "1969-12-31", "1969-12-31T16:00:00Z": "1970-01-01", "1969-12-30T16:00:00Z": "1969-12-31", "1900-01-01T00:00:00Z": "1900-01-01",
	} {
		instant, err := time.Parse(time.RFC3339, text)
		if got := dated.Day(instant).String(); err != nil || got != want {
			t.Errorf("%s is %s in China, want %s", text, got, want)
		}
	}
}

// What is encoded is decoded, for every type a fact may have.
func TestValuesComeBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringMatching(`[a-z甲-癸"\\ 0-9:,\[\]{}#-]{0,20}`)
		var f rule.Fact
		types := []rule.Type{rule.TextType, rule.IntType, rule.BoolType, rule.DayType, rule.MoneyType, rule.RateType, rule.DivisionType, rule.ListType}
		kind := rapid.SampledFrom(types).Draw(rt, "type")
		switch kind {
		case rule.TextType:
			f.Value = rule.Text(text.Draw(rt, "text"))
		case rule.IntType:
			f.Value = rule.Int(rapid.Int64().Draw(rt, "int"))
		case rule.BoolType:
			f.Value = rule.Bool(rapid.Bool().Draw(rt, "bool"))
		case rule.DayType:
			f.Value = rule.Day(rapid.Int32Range(int32(period.Earliest), int32(period.Latest)).Draw(rt, "day"))
		case rule.MoneyType:
			f.Value = rule.Money(rapid.Int64Range(-1e15, 1e15).Draw(rt, "money"))
		case rule.RateType:
			f.Value = rule.Rate(rapid.Int64Range(0, 5*int64(money.Whole)).Draw(rt, "rate") / 100 * 100)
		case rule.DivisionType:
			f.Value = rule.Division(rapid.SampledFrom([]ident.Division{"370124", "370124102", "999901100201"}).Draw(rt, "division"))
		case rule.ListType:
			f.Value = rule.Texts(rapid.SliceOfN(text, 0, 4).Draw(rt, "list"))
		}
		typ := &rule.FactType{Name: "x", Type: kind}
		written, err := dated.Encode(typ, f)
		if err != nil {
			rt.Fatalf("%v: %v", rule.Display(f.Value, ""), err)
		}
		back, err := dated.Decode(typ, written, rule.Fact{Source: "s"})
		if err != nil || rule.Display(back.Value, "") != rule.Display(f.Value, "") || back.Source != "s" {
			rt.Fatalf("%s came back as %v (%v)", written, back, err)
		}
	})
}

func TestEncodeNormalises(t *testing.T) {
	id := &rule.FactType{Name: "person.id", Type: rule.TextType, Format: "person-id"}
	got, err := dated.Encode(id, rule.Fact{Value: rule.Text("１１０１０５１９４９１２３１００２x")})
	if err != nil || got != `"11010519491231002X"` {
		t.Errorf("%s, %v", got, err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	tests := []struct {
		name  string
		typ   rule.FactType
		value rule.Fact
		code  string
	}{
		{"nothing", rule.FactType{Type: rule.IntType}, rule.Fact{}, "dated.value-missing"},
		{"a list of numbers for a list", rule.FactType{Type: rule.ListType}, rule.Fact{Value: rule.Bands{}}, "dated.value-kind"},
		{"a control character", rule.FactType{Type: rule.TextType}, rule.Fact{Value: rule.Text("a\x00b")}, "dated.value-kind"},
		{"a day of no calendar", rule.FactType{Type: rule.DayType}, rule.Fact{Value: rule.Text("2026-02-30")}, "period.no-such-day"},
	}
	for _, tt := range tests {
		_, err := dated.Encode(&tt.typ, tt.value)
		if got := fault.CodeOf(err); got != tt.code {
			t.Errorf("%s: %q (%v), want %q", tt.name, got, err, tt.code)
		}
	}
}

// Nothing is readable without the key, and a cipher that fails is not mistaken for nothing known.
func TestSealedNeedsTheCipher(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		destroyed := errors.New("key destroyed")
		broken := false
		calls := 0
		book := dated.Book{Token: func(name string) string { return "token of " + name }, Cipher: dated.Cipher{
			Seal: func(_ *store.Tx, party string, plain []byte) (string, error) {
				return party + base64.StdEncoding.EncodeToString(plain), nil
			},
			Open: func(_ *store.Tx, party string, sealed ...string) ([][]byte, error) {
				calls++
				if broken {
					return nil, destroyed
				}
				var opened [][]byte
				for _, s := range sealed {
					plain, err := base64.StdEncoding.DecodeString(s[len(party):])
					if err != nil {
						return nil, err
					}
					opened = append(opened, plain)
				}
				return opened, nil
			},
		}}
		err := do(s, today, func(tx *store.Tx) error {
			if err := dated.AddParty(tx, "p", "person"); err != nil {
				return err
			}
			for _, name := range []string{"a", "b", "c"} {
				if _, err := book.Add(tx, dated.Statement{Subject: "p", Name: name, Value: `"v` + name + `"`, Sealed: name != "b", Span: dated.Always}); err != nil {
					return err
				}
			}
			statements, err := book.Of(tx, "p", today)
			if len(statements) != 3 || statements[0].Value != `"va"` || statements[1].Name != "b" || statements[2].Name != "c" || !statements[2].Sealed || calls != 1 {
				t.Errorf("%+v in %d calls", statements, calls)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		broken = true
		err = do(s, today, func(tx *store.Tx) error { _, err := book.Of(tx, "p", today); return err })
		if !errors.Is(err, destroyed) {
			t.Errorf("answer %v", err)
		}
	})
}

func TestBookRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var book dated.Book
		add := func(st dated.Statement) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { _, err := book.Add(tx, st); return err }
		}
		if err := do(s, today, func(tx *store.Tx) error { return dated.AddParty(tx, "p", "person") }); err != nil {
			t.Fatal(err)
		}
		tests := []struct {
			name string
			act  func(tx *store.Tx) error
			code string
		}{
			{"a party twice", func(tx *store.Tx) error { return dated.AddParty(tx, "p", "household") }, "dated.party-exists"},
			{"of nobody", add(dated.Statement{Subject: "x", Name: "n", Span: dated.Always}), "dated.party-unknown"},
			{"of nothing", add(dated.Statement{Name: "n", Span: dated.Always}), "dated.party-unknown"},
			{"towards nobody", add(dated.Statement{Subject: "p", Object: "x", Name: "n", Span: dated.Always}), "dated.party-unknown"},
			{"no span", add(dated.Statement{Subject: "p", Name: "n"}), "dated.span-missing"},
			{"learnt tomorrow", add(dated.Statement{Subject: "p", Name: "n", Span: dated.Always, Said: dated.Said{Learned: today + 1}}), "dated.learned-later"},
			{"no statement", func(tx *store.Tx) error { _, err := book.Get(tx, "x"); return err }, "dated.statement-unknown"},
			{"a withdrawal withdrawn", func(tx *store.Tx) error {
				id, err := book.Add(tx, dated.Statement{Subject: "p", Name: "n", Span: dated.Always})
				if err != nil {
					return err
				}
				old, err := book.Get(tx, id)
				if err != nil {
					return err
				}
				if id, err = book.Withdraw(tx, old, dated.Said{}); err != nil {
					return err
				}
				if old, err = book.Get(tx, id); err != nil {
					return err
				}
				_, err = book.Withdraw(tx, old, dated.Said{})
				return err
			}, "dated.already-corrected"},
			{"a clock that went back", func(tx *store.Tx) error {
				id, err := book.Add(tx, dated.Statement{Subject: "p", Name: "n", Span: dated.Always})
				if err != nil {
					return err
				}
				old, err := book.Get(tx, id)
				if err != nil {
					return err
				}
				tx.Instant = tx.Instant.AddDate(0, 0, -1)
				_, err = book.Withdraw(tx, old, dated.Said{})
				return err
			}, "dated.learned-before"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				if got := fault.CodeOf(do(s, today, tt.act)); got != tt.code {
					t.Errorf("answer %q, want %q", got, tt.code)
				}
			})
		}
	})
}

// A row that somebody damaged is an error that names it, never a fact of its own.
func TestDamagedRowIsNoFact(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var book dated.Book
		for column, value := range map[string]string{"content": "{", "from_day": "2026-13-01", "to_day": "never", "learned_day": "", "instant": "noon"} {
			err := do(s, today, func(tx *store.Tx) error {
				if err := dated.AddParty(tx, "p", "person"); err != nil {
					return err
				}
				if _, err := book.Add(tx, dated.Statement{Subject: "p", Name: "n", Span: dated.Always}); err != nil {
					return err
				}
				if _, err := tx.Exec(`UPDATE statement SET `+column+` = ?2 WHERE county_code = ?1`, tx.County, value); err != nil {
					return err
				}
				_, err := book.Of(tx, "p", today)
				return err
			})
			if fault.CodeOf(err) != "dated.damaged" || fault.KindOf(err) != fault.Internal {
				t.Errorf("%s damaged: %v", column, err)
			}
		}
	})
}
