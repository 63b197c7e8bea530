package provider_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/provider"
	"doudi/record/recordtest"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// What all tests of the record have.
var day, vocabulary = recordtest.Day, recordtest.Vocabulary

var (
	today   = day("2026-03-01")
	forever = rule.Forever
	no      dated.Said
)

// credit makes a credit code of a division.
func credit(division, body string) ident.CreditCode {
	for _, check := range "0123456789ABCDEFGHJKLMNPQRTUWXY" {
		if code, err := ident.ParseCreditCode("12" + division + body + string(check)); err == nil {
			return code
		}
	}
	panic("no check character fits")
}

type world struct {
	*testing.T
	*provider.Providers
	store *store.Store
}

func open(t *testing.T, s *store.Store) world {
	t.Helper()
	w := world{t, provider.New(vocabulary()), s}
	w.must(today, func(tx *store.Tx) error { return dated.Book{}.MarkDemo(tx) })
	return w
}

func (w world) desk(on period.Day) recordtest.Desk {
	return recordtest.Desk{TB: w.T, Store: w.store, County: "999901", Actor: store.Actor{ID: "u1"}, At: recordtest.Noon(on)}
}

func (w world) do(on period.Day, act func(tx *store.Tx) error) error { return w.desk(on).Do(act) }

func (w world) must(on period.Day, act func(tx *store.Tx) error) {
	w.Helper()
	w.desk(on).Must(act)
}

func (w world) look(act func(tx *store.Tx) error) {
	w.Helper()
	w.desk(today).Look(act)
}

func (w world) hospital() (id string) {
	w.Helper()
	w.must(today, func(tx *store.Tx) (err error) {
		id, err = w.Add(tx, provider.Provider{Kind: provider.Hospital, Name: "示例县人民医院", Code: credit("999901", "000000001"), Division: "999901000", Span: dated.From(day("2000-01-01"))})
		return err
	})
	return id
}

// known are some facts of a hospital as text.
func (w world) known(id string, on, knownOn period.Day) string {
	w.Helper()
	var shown []string
	w.look(func(tx *store.Tx) error {
		facts, err := w.Facts(tx, id, on, knownOn)
		if err != nil {
			shown = []string{fault.CodeOf(err)}
			return nil
		}
		for _, name := range []string{"name", "division", "tier", "above_county", "designated"} {
			if fact, ok := facts.At("visit.hospital."+name, on); ok {
				shown = append(shown, rule.Display(fact.Value, "en"))
			} else {
				shown = append(shown, "-")
			}
		}
		return nil
	})
	return strings.Join(shown, " ")
}

func TestHospitalThroughTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		id := w.hospital()
		var named, tier string
		state := func(on, name string, f rule.Fact) (statement string) {
			t.Helper()
			w.must(day(on), func(tx *store.Tx) (err error) {
				statement, err = w.State(tx, id, "visit.hospital."+name, f, "")
				return err
			})
			return statement
		}
		tier = state("2026-03-02", "tier", rule.Fact{Value: rule.Text("county"), Span: dated.From(day("2010-01-01"))})
		named = state("2026-03-03", "designated", rule.Fact{Value: rule.Bool(true), Span: dated.From(day("2020-01-01"))})
		w.must(day("2026-03-10"), func(tx *store.Tx) error { _, err := w.End(tx, named, day("2025-12-31"), no); return err })
		state("2026-03-11", "tier", rule.Fact{Value: rule.Text("city"), Span: dated.From(day("2026-01-01"))})
		w.must(day("2026-03-20"), func(tx *store.Tx) error {
			_, err := w.Correct(tx, tier, rule.Fact{Value: rule.Text("town"), Span: dated.From(day("2010-01-01"))}, "批文")
			return err
		})
		w.must(day("2026-03-25"), func(tx *store.Tx) error { return w.Close(tx, id, day("2026-06-30"), no) })
		tests := []struct{ on, knownOn, want string }{
			{"2026-03-01", "2026-02-28", "provider.closed"}, // nothing was known
			{"2026-03-01", "2026-03-01", "示例县人民医院 999901 - - -"},
			{"2026-03-01", "2026-03-02", "示例县人民医院 999901 county no -"},
			{"2026-03-01", "2026-03-03", "示例县人民医院 999901 county no yes"},
			{"2019-12-31", "2026-03-03", "示例县人民医院 999901 county no no"},
			{"2026-03-01", "2026-03-10", "示例县人民医院 999901 county no no"},
			{"2025-12-31", "2026-03-10", "示例县人民医院 999901 county no yes"},
			{"2026-03-01", "2026-03-11", "示例县人民医院 999901 city yes no"},
			{"2009-12-31", "2026-03-11", "示例县人民医院 999901 - - no"},
			{"2020-01-01", "2026-03-20", "示例县人民医院 999901 town no yes"},
			{"2026-03-01", "2026-03-20", "示例县人民医院 999901 town no no"}, // the correction was learnt last, and is open
			{"2026-06-30", "2026-03-25", "示例县人民医院 999901 town no no"},
			{"2026-07-01", "2026-03-25", "provider.closed"},
			{"1999-12-31", "2026-03-25", "provider.closed"},
		}
		for _, tt := range tests {
			if got := w.known(id, day(tt.on), day(tt.knownOn)); got != tt.want {
				t.Errorf("on %s as known on %s: %s, want %s", tt.on, tt.knownOn, got, tt.want)
			}
		}
		w.look(func(tx *store.Tx) error {
			found, err := w.ByCode(tx, credit("999901", "000000001"))
			profile, profileErr := w.Profile(tx, id, today, forever)
			if found != id || profile != (provider.Profile{ID: id, Kind: provider.Hospital, Name: "示例县人民医院", Division: "999901", Open: true}) {
				t.Errorf("found %s, %+v (%v)", found, profile, profileErr)
			}
			return err
		})
	})
}

// What is stated about a hospital counts more than what follows from its tier.
func TestStatedBeatsDerived(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		id := w.hospital()
		w.must(today, func(tx *store.Tx) error {
			_, err := w.State(tx, id, "visit.hospital.above_county", rule.Fact{Value: rule.Bool(true), Span: dated.Always}, "")
			if err == nil {
				_, err = w.State(tx, id, "visit.hospital.tier", rule.Fact{Value: rule.Text("county"), Span: dated.Always}, "")
			}
			return err
		})
		if got, want := w.known(id, today, today), "示例县人民医院 999901 county yes -"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

func TestProviderRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		id := w.hospital()
		add := func(p provider.Provider) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { p.Span = dated.Always; _, err := w.Add(tx, p); return err }
		}
		state := func(id, name string, f rule.Fact) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { f.Span = dated.Always; _, err := w.State(tx, id, name, f, ""); return err }
		}
		enlist := func(id, list string, span period.Span) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { _, err := w.Enlist(tx, id, list, span, no); return err }
		}
		tests := []struct {
			name string
			act  func(tx *store.Tx) error
			code string
		}{
			{"a kind nobody knows", add(provider.Provider{Kind: "hopsital", Name: "x"}), "provider.kind"},
			{"no name", add(provider.Provider{Kind: provider.School, Name: " "}), "provider.name-missing"},
			{"a code twice", add(provider.Provider{Kind: provider.Hospital, Name: "x", Code: credit("999901", "000000001")}), "provider.code-known"},
			{"no code", add(provider.Provider{Kind: provider.Hospital, Name: "x", Code: "1"}), "ident.credit-length"},
			{"a real code in a demonstration", add(provider.Provider{Kind: provider.Hospital, Name: "x", Code: credit("370124", "000000001")}), "provider.not-fictional"},
			{"no division", add(provider.Provider{Kind: provider.School, Name: "x", Division: "1"}), "ident.division-length"},
			{"no days", func(tx *store.Tx) error {
				_, err := w.Add(tx, provider.Provider{Kind: provider.School, Name: "x"})
				return err
			}, "dated.span-missing"},
			{"a doctor", add(provider.Provider{Kind: provider.Doctor, Name: "李大夫"}), ""},
			{"a school with a place", add(provider.Provider{Kind: provider.School, Name: "示例小学", Division: "999901"}), ""},
			{"a tier nobody knows", state(id, "visit.hospital.tier", rule.Fact{Value: rule.Text("3A")}), "fact.unknown-word"},
			{"misspelt", state(id, "visit.hospital.teir", rule.Fact{Value: rule.Text("city")}), "provider.fact-unknown"},
			{"a doctor's fact", state(id, "provider.area_doctors", rule.Fact{Value: rule.Int(2)}), "provider.fact-unknown"},
			{"a visit's fact", state(id, "visit.emergency", rule.Fact{Value: rule.Bool(true)}), "provider.fact-unknown"},
			{"of nobody", state("x", "visit.hospital.tier", rule.Fact{Value: rule.Text("city")}), "provider.unknown"},
			{"of the county", state("999901", "visit.hospital.tier", rule.Fact{Value: rule.Text("city")}), "provider.unknown"},
			{"a list without a name", enlist(id, " ", dated.Always), "provider.name-missing"},
			{"a list of nobody", enlist("x", "waiver", dated.Always), "provider.unknown"},
			{"closed before it opened", func(tx *store.Tx) error { return w.Close(tx, id, day("1999-01-01"), no) }, "provider.closed"},
			{"nobody closed", func(tx *store.Tx) error { return w.Close(tx, "x", today, no) }, "provider.unknown"},
			{"no statement", func(tx *store.Tx) error { _, err := w.End(tx, "x", today, no); return err }, "dated.statement-unknown"},
			{"no statement to correct", func(tx *store.Tx) error { _, err := w.Correct(tx, "x", rule.Fact{}, ""); return err }, "dated.statement-unknown"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				if got := fault.CodeOf(w.do(today, tt.act)); got != tt.code {
					t.Errorf("answer %q, want %q", got, tt.code)
				}
			})
		}
	})
}

func TestNoDemonstrationNoFiction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := world{t, provider.New(vocabulary()), s}
		err := w.do(today, func(tx *store.Tx) error {
			_, err := w.Add(tx, provider.Provider{Kind: provider.Hospital, Name: "x", Code: credit("999901", "000000001"), Span: dated.Always})
			return err
		})
		if got := fault.CodeOf(err); got != "provider.fictional" {
			t.Errorf("answer %q", got)
		}
	})
}

func TestLists(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		id := w.hospital()
		first := period.Span{From: day("2020-01-01"), To: day("2020-12-31")}
		enlist := func(list string, span period.Span) error {
			return w.do(today, func(tx *store.Tx) error { _, err := w.Enlist(tx, id, list, span, no); return err })
		}
		for i, want := range []string{"", "provider.list-overlap", "", ""} {
			list := []string{"免挂号费", "免挂号费", "双通道", "免挂号费"}[i]
			span := []period.Span{first, dated.From(day("2020-12-31")), first, dated.From(day("2022-01-01"))}[i]
			if got := fault.CodeOf(enlist(list, span)); got != want {
				t.Errorf("entry %d: %q, want %q", i, got, want)
			}
		}
		for on, want := range map[string][]string{"2019-12-31": nil, "2020-12-31": {"免挂号费", "双通道"}, "2021-01-01": nil, "2022-01-01": {"免挂号费"}} {
			w.look(func(tx *store.Tx) error {
				got, err := w.Lists(tx, id, day(on), forever)
				if !slices.Equal(got, want) {
					t.Errorf("on %s: %v, want %v", on, got, want)
				}
				return err
			})
		}
	})
}

func TestListInPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		all := []string{w.hospital()}
		for i, kind := range []provider.Kind{provider.School, provider.Pharmacy, provider.Hospital} {
			w.must(today+period.Day(i), func(tx *store.Tx) error {
				id, err := w.Add(tx, provider.Provider{Kind: kind, Name: "机构", Span: dated.Always})
				all = append(all, id)
				return err
			})
		}
		w.look(func(tx *store.Tx) error {
			for _, tt := range []struct {
				kind  provider.Kind
				after string
				limit int
				want  []string
			}{{"", "", 10, all}, {"", "", 2, all[:2]}, {"", all[1], 10, all[2:]}, {provider.Hospital, "", 10, []string{all[0], all[3]}}, {provider.Doctor, "", 10, nil}} {
				if got, err := w.List(tx, tt.kind, tt.after, tt.limit); err != nil || !slices.Equal(got, tt.want) {
					t.Errorf("%q after %q: %v, %v, want %v", tt.kind, tt.after, got, err, tt.want)
				}
			}
			if _, err := w.List(tx, "office", "", 1); fault.CodeOf(err) != "provider.kind" {
				t.Errorf("a list of no kind: %v", err)
			}
			return nil
		})
	})
}

// Offices against a model: a chain of reorganisations answers on every day with who was responsible.
func TestOfficesAgainstModel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			name := func(i int) string { return fmt.Sprintf("office-%d-%d", round, i) }
			changes := rapid.SliceOfN(rapid.IntRange(1, 5), 0, 4).Draw(rt, "days between")
			w.must(today, func(tx *store.Tx) error {
				if err := w.AddOffice(tx, provider.Office{ID: name(0), Name: "卫生局", Span: dated.From(today)}, no); err != nil {
					return err
				}
				from := today
				for i, days := range changes {
					from += period.Day(days)
					if err := w.AddOffice(tx, provider.Office{ID: name(i + 1), Name: "卫健局", Span: dated.From(from)}, no); err != nil {
						return err
					}
					if err := w.Succeed(tx, name(i), name(i+1), from, no); err != nil {
						return err
					}
				}
				return nil
			})
			w.look(func(tx *store.Tx) error {
				asked, responsible, left := name(0), 0, append(slices.Clone(changes), 100)
				for on := today; on < today+25; on++ {
					for left[0] == 0 {
						responsible, left = responsible+1, left[1:]
					}
					left[0]--
					o, err := w.OfficeOn(tx, asked, on)
					if err != nil || o.ID != name(responsible) {
						rt.Fatalf("on day %d %s is responsible (%v), want %s", on-today, o.ID, err, name(responsible))
					}
				}
				_, err := w.OfficeOn(tx, asked, today-1)
				if fault.CodeOf(err) != "provider.office-unknown" {
					rt.Fatalf("before it was: %v", err)
				}
				return nil
			})
		})
	})
}

// Who took over later was not responsible before, even if it was there.
func TestSuccessorWasNotResponsibleBefore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.must(today, func(tx *store.Tx) error {
			return errors.Join(w.AddOffice(tx, provider.Office{ID: "health", Name: "卫健局", Span: dated.From(day("2000-01-01"))}, no),
				w.AddOffice(tx, provider.Office{ID: "poverty", Name: "扶贫办", Span: dated.From(day("2015-01-01"))}, no), w.Succeed(tx, "poverty", "health", day("2021-01-01"), no))
		})
		for on, want := range map[string]string{"2010-01-01": "", "2015-01-01": "poverty", "2021-01-01": "health"} {
			w.look(func(tx *store.Tx) error {
				if o, err := w.OfficeOn(tx, "poverty", day(on)); o.ID != want || (err == nil) != (want != "") {
					t.Errorf("on %s: %q (%v), want %q", on, o.ID, err, want)
				}
				return nil
			})
		}
	})
}

func TestOfficeRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		id := w.hospital()
		office := func(id, name string, span period.Span) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { return w.AddOffice(tx, provider.Office{ID: id, Name: name, Span: span}, no) }
		}
		succeed := func(a, b string, from period.Day) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { return w.Succeed(tx, a, b, from, no) }
		}
		tests := []struct {
			name string
			act  func(tx *store.Tx) error
			code string
		}{
			{"an office", office("county-poverty", "扶贫办", dated.From(day("2015-01-01"))), ""},
			{"its successor", office("county-revival", "乡村振兴局", dated.From(day("2021-06-01"))), ""},
			{"another name at once", office("county-poverty", "扶贫局", dated.From(today)), "provider.office-overlap"},
			{"no name", office("x", " ", dated.Always), "provider.name-missing"},
			{"a hospital's id", office(id, "医院", dated.Always), "dated.party-exists"},
			{"by itself", succeed("county-poverty", "county-poverty", today), "provider.office-circle"},
			{"by nobody", succeed("county-poverty", "x", today), "provider.office-unknown"},
			{"before the successor is there", succeed("county-poverty", "county-revival", day("2021-05-31")), "provider.office-unknown"},
			{"in time", succeed("county-poverty", "county-revival", day("2021-06-01")), ""},
			{"twice", succeed("county-poverty", "county-revival", today), "provider.office-unknown"},
			{"an earlier name after all", office("county-poverty", "扶贫工作队", period.Span{From: day("2010-01-01"), To: day("2014-12-31")}), ""},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				if got := fault.CodeOf(w.do(today, tt.act)); got != tt.code {
					t.Errorf("answer %q, want %q", got, tt.code)
				}
			})
		}
	})
}
