package upkeep_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/calendar"
	"doudi/record/provider"
	"doudi/record/recordtest"
	"doudi/record/store"
	"doudi/record/store/storetest"
	"doudi/record/upkeep"
)

const (
	county  = "999901"
	town    = ident.Division("999901100")
	village = ident.Division("999901100001")
	other   = ident.Division("999901100002")
)

var (
	today = period.MustDay(2026, 3, 2)
	first = period.MustDay(2000, 1, 1)
	maker = store.Actor{ID: "u1", Name: "杨管理"}
	check = store.Actor{ID: "u2", Name: "李审核"}
)

var vocabulary = recordtest.Vocabulary

type world struct {
	*testing.T
	*upkeep.Keeper
	store *store.Store
}

func each(t *testing.T, test func(w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := &world{T: t, store: s}
		log := recordtest.Log()
		w.Keeper = &upkeep.Keeper{Vocabulary: vocabulary(), Register: recordtest.Register(log), Providers: provider.New(vocabulary()), Log: log}
		w.must(w.do(maker, func(tx *store.Tx) error { return w.Register.MarkDemo(tx) }))
		test(w)
	})
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
}

func (w *world) code(err error, code string) {
	w.Helper()
	if fault.CodeOf(err) != code {
		w.Errorf("code %q, want %q: %v", fault.CodeOf(err), code, err)
	}
}

func command(by store.Actor) store.Command {
	return store.Command{Name: "test", County: county, Actor: by, Instant: time.Unix(int64(today)*86400+4*3600, 0)}
}

func (w *world) do(by store.Actor, act func(tx *store.Tx) error) error {
	_, err := w.store.Write(context.Background(), command(by), func(tx *store.Tx) (any, error) { return nil, act(tx) })
	return err
}

func (w *world) look(act func(tx *store.Tx) error) {
	w.Helper()
	w.must(w.store.Read(context.Background(), county, act))
}

func (w *world) propose(steps ...upkeep.Step) (id string) {
	w.Helper()
	w.must(w.do(maker, func(tx *store.Tx) (err error) {
		id, err = w.Propose(tx, steps, "民政批复〔2026〕1 号")
		return err
	}))
	return id
}

func (w *world) approve(id string) error {
	return w.do(check, func(tx *store.Tx) error { return w.Approve(tx, id, "同意") })
}

// done proposes and approves.
func (w *world) done(steps ...upkeep.Step) {
	w.Helper()
	w.must(w.approve(w.propose(steps...)))
}

func (w *world) divisions(on period.Day) (names []string) {
	w.Helper()
	w.look(func(tx *store.Tx) error {
		list, err := w.Register.Divisions(tx, on, rule.Forever)
		for _, d := range list {
			names = append(names, string(d.Code)+" "+d.Name)
		}
		return err
	})
	return names
}

// Nothing has an effect before another person approves it, and then all of it has.
func TestTwoPersons(t *testing.T) {
	each(t, func(w *world) {
		id := w.propose(&upkeep.AddDivision{Code: town, Name: "城关镇", From: first}, &upkeep.AddDivision{Code: village, Name: "示范村", From: first})
		if got := w.divisions(today); len(got) != 0 {
			t.Errorf("before it is approved there are %v", got)
		}
		w.code(w.do(maker, func(tx *store.Tx) error { return w.Approve(tx, id, "") }), "upkeep.same-person")
		w.must(w.approve(id))
		if got, want := w.divisions(today), []string{"999901100 城关镇", "999901100001 示范村"}; !slices.Equal(got, want) {
			t.Errorf("there are %v, want %v", got, want)
		}
		w.code(w.approve(id), "upkeep.answered")
		w.code(w.do(check, func(tx *store.Tx) error { return w.Reject(tx, id, "不对") }), "upkeep.answered")
		w.code(w.approve("nobody's"), "upkeep.unknown")
		w.look(func(tx *store.Tx) error {
			c, err := upkeep.Get(tx, id)
			if err != nil || c.Answer == nil || !c.Answer.Approved || c.Answer.Checker.Name != check.Name || c.Maker.Name != maker.Name || c.Reason != "民政批复〔2026〕1 号" {
				t.Errorf("the change is %+v, %v", c, err)
			}
			told, err := w.Tell(tx, c, today)
			if len(told) != 2 || told[0].ZH != "设立 城关镇（999901100），自 2000-01-01 起" {
				t.Errorf("it is told as %v", told)
			}
			return err
		})
	})
}

func TestReject(t *testing.T) {
	each(t, func(w *world) {
		id, own := w.propose(&upkeep.AddDivision{Code: town, Name: "城关镇", From: first}), w.propose(&upkeep.AddDivision{Code: town, Name: "城关", From: first})
		w.code(w.do(check, func(tx *store.Tx) error { return w.Reject(tx, id, " ") }), "upkeep.note")
		w.must(w.do(check, func(tx *store.Tx) error { return w.Reject(tx, id, "名称不对") }))
		w.must(w.do(maker, func(tx *store.Tx) error { return w.Reject(tx, own, "写错了，收回") }))
		w.look(func(tx *store.Tx) error {
			waiting, err := upkeep.Waiting(tx, upkeep.Standing)
			if len(waiting) != 0 {
				t.Errorf("%d wait", len(waiting))
			}
			answered, answeredErr := upkeep.Answered(tx, upkeep.Standing, 10)
			if len(answered) != 2 || answered[0].ID != own || answered[1].Answer.Note != "名称不对" {
				t.Errorf("answered: %+v", answered)
			}
			w.must(answeredErr)
			return err
		})
		if got := w.divisions(today); len(got) != 0 {
			t.Errorf("what was rejected has an effect: %v", got)
		}
	})
}

// A trial says what would not go and keeps nothing; a change that does not go any more is not half done.
func TestAllOrNothing(t *testing.T) {
	each(t, func(w *world) {
		steps := []upkeep.Step{&upkeep.AddDivision{Code: town, Name: "城关镇", From: first}, &upkeep.AddDivision{Code: village, Name: "示范村", From: first}}
		w.must(w.Try(context.Background(), w.store, command(maker), steps, "批复"))
		w.code(w.Try(context.Background(), w.store, command(maker), steps[1:], "批复"), "register.division-parent")
		if got := w.divisions(today); len(got) != 0 {
			t.Errorf("a trial left %v", got)
		}
		id := w.propose(append(steps, &upkeep.AddDivision{Code: "110101001", Name: "外县", From: first})...)
		w.code(w.approve(id), "register.division-outside")
		if got := w.divisions(today); len(got) != 0 {
			t.Errorf("half of a change was done: %v", got)
		}
		w.look(func(tx *store.Tx) error {
			waiting, err := upkeep.Waiting(tx, upkeep.Standing)
			if len(waiting) != 1 {
				t.Errorf("%d wait, want the one that did not go", len(waiting))
			}
			return err
		})
	})
}

func TestProposeRefuses(t *testing.T) {
	each(t, func(w *world) {
		step := []upkeep.Step{&upkeep.HoldYear{Year: 2031}}
		for _, c := range []struct {
			steps  []upkeep.Step
			reason string
			code   string
		}{
			{nil, "批复", "upkeep.empty"},
			{slices.Repeat(step, 5001), "批复", "upkeep.too-many"},
			{step, " ", "upkeep.reason"},
			{step, strings.Repeat("长", 201), "upkeep.reason"},
		} {
			w.code(w.do(maker, func(tx *store.Tx) error { _, err := w.Propose(tx, c.steps, c.reason); return err }), c.code)
		}
	})
}

// Towns and villages are renamed and go into others; what they were is kept.
func TestDivisionsThroughTime(t *testing.T) {
	each(t, func(w *world) {
		w.done(&upkeep.AddDivision{Code: town, Name: "城关镇", From: first}, &upkeep.AddDivision{Code: village, Name: "示范村", From: first}, &upkeep.AddDivision{Code: other, Name: "东坡村", From: first})
		w.done(&upkeep.RenameDivision{Code: town, Name: "城关街道", From: period.MustDay(2010, 1, 1)}, &upkeep.EndDivision{Code: other, Last: period.MustDay(2015, 12, 31), Into: village})
		if got, want := w.divisions(period.MustDay(2005, 1, 1)), []string{"999901100 城关镇", "999901100001 示范村", "999901100002 东坡村"}; !slices.Equal(got, want) {
			t.Errorf("in 2005: %v", got)
		}
		if got, want := w.divisions(today), []string{"999901100 城关街道", "999901100001 示范村"}; !slices.Equal(got, want) {
			t.Errorf("today: %v", got)
		}
		w.look(func(tx *store.Tx) error {
			past, err := w.Register.Lineage(tx, other)
			if err != nil || past.Into != village || past.Since != period.MustDay(2016, 1, 1) || len(past.Names) != 1 {
				t.Errorf("what became of the village: %+v, %v", past, err)
			}
			past, err = w.Register.Lineage(tx, town)
			if err != nil || len(past.Names) != 2 || past.Names[0].Name != "城关镇" || past.Names[1].Name != "城关街道" {
				t.Errorf("the town's names: %+v, %v", past, err)
			}
			_, err = w.Register.Lineage(tx, "999901999")
			w.code(err, "register.division-unknown")
			return nil
		})
	})
}

// Offices take over from one another, and institutions change their level; each is told in words.
func TestOfficesAndProviders(t *testing.T) {
	each(t, func(w *world) {
		w.done(&upkeep.AddOffice{ID: "county-family", Name: "县卫计局", From: first}, &upkeep.AddOffice{ID: "county-health", Name: "县卫健局", From: period.MustDay(2019, 1, 1)})
		w.done(&upkeep.Succeed{Office: "county-family", By: "county-health", From: period.MustDay(2019, 1, 1)}, &upkeep.RenameOffice{ID: "county-health", Name: "县卫生健康局", From: period.MustDay(2021, 1, 1)})
		w.code(w.approve(w.propose(&upkeep.AddOffice{ID: "县卫健", Name: "x", From: first})), "upkeep.office-id")
		w.code(w.approve(w.propose(&upkeep.RenameOffice{ID: "county-family", Name: "x", From: today})), "provider.office-unknown")
		w.look(func(tx *store.Tx) error {
			list, err := w.Providers.Offices(tx)
			if len(list) != 2 || list[0].By != "county-health" || len(list[1].Names) != 2 || list[1].Names[1].Name != "县卫生健康局" {
				t.Errorf("offices: %+v", list)
			}
			return err
		})
		w.done(&upkeep.AddProvider{Kind: provider.Hospital, Name: "县人民医院", From: first, Facts: map[string]json.RawMessage{"visit.hospital.tier": json.RawMessage(`"county"`), "visit.hospital.designated": json.RawMessage(`true`)}})
		var id string
		w.look(func(tx *store.Tx) error {
			ids, err := w.Providers.List(tx, provider.Hospital, "", 10)
			id = ids[0]
			return err
		})
		change := w.propose(&upkeep.StateFact{Provider: id, Fact: "visit.hospital.tier", Value: json.RawMessage(`"city"`), From: today, To: period.Latest},
			&upkeep.Enlist{Provider: id, List: "双通道", From: today, To: period.MustDay(2026, 12, 31)})
		w.look(func(tx *store.Tx) error {
			c, err := upkeep.Get(tx, change)
			w.must(err)
			told, err := w.Tell(tx, c, today)
			if len(told) != 2 || told[0].ZH != "县人民医院：医疗机构等级：市级三级，自 2026-03-02 起" || told[1].ZH != "县人民医院：列入名单“双通道”，2026-03-02 至 2026-12-31" {
				t.Errorf("told: %v", told)
			}
			return err
		})
		w.must(w.approve(change))
		var designated string
		w.look(func(tx *store.Tx) error {
			facts, err := w.Providers.Facts(tx, id, today, rule.Forever)
			if f, ok := facts.At("visit.hospital.tier", today); !ok || f.Value != rule.Text("city") || f.Source != "民政批复〔2026〕1 号" {
				t.Errorf("the level is %+v", f)
			}
			said, saidErr := w.Providers.Statements(tx, id, rule.Forever)
			w.must(saidErr)
			for _, s := range said {
				if s.Name == "visit.hospital.designated" {
					designated = s.ID
				}
			}
			return err
		})
		w.done(&upkeep.EndFact{Provider: id, Statement: designated, What: "visit.hospital.designated", Last: today - 1}, &upkeep.CloseProvider{Provider: id, Last: period.MustDay(2027, 1, 1)})
		w.look(func(tx *store.Tx) error {
			facts, err := w.Providers.Facts(tx, id, today, rule.Forever)
			if f, _ := facts.At("visit.hospital.designated", today); f.Value != rule.Bool(false) {
				t.Errorf("designated is %+v", f)
			}
			return err
		})
		w.code(w.approve(w.propose(&upkeep.StateFact{Provider: id, Fact: "visit.hospital.beds", Value: json.RawMessage(`1`), From: today, To: period.Latest})), "provider.fact-unknown")
	})
}

func TestCalendar(t *testing.T) {
	each(t, func(w *world) {
		holiday := period.MustDay(2026, 4, 8)
		w.done(&upkeep.SetDay{Day: holiday, Name: "县庆日"}, &upkeep.HoldYear{Year: 2031})
		w.look(func(tx *store.Tx) error {
			c, err := calendar.Of(tx)
			w.must(err)
			if working, err := c.IsWorking(holiday); working || err != nil {
				t.Errorf("the county's holiday: %t, %v", working, err)
			}
			return nil
		})
		w.done(&upkeep.UnsetDay{Day: holiday})
		w.look(func(tx *store.Tx) error {
			c, err := calendar.Of(tx)
			w.must(err)
			if working, _ := c.IsWorking(holiday); !working {
				t.Error("what was taken back counts")
			}
			return nil
		})
	})
}
