package task_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/recordtest"
	"doudi/record/store"
	"doudi/record/store/storetest"
	"doudi/record/task"
)

const (
	county = ident.Division("999901")
	town   = ident.Division("999901100")
	other  = ident.Division("999901200")
)

var (
	today  = period.MustDay(2021, 11, 16)
	leader = store.Actor{ID: "u1", Name: "周县长", Post: "县政府 县领导"}
	clerk  = store.Actor{ID: "u2", Name: "孙倩", Post: "城关镇 镇经办"}
	late   = task.Matter{Division: town, Addressee: "城关镇", Scheme: "pingyin/severe-disability", Overdue: 3, First: period.MustDay(2021, 11, 12)}
)

type world struct {
	*testing.T
	task.Tasks
	store *store.Store
}

func each(t *testing.T, test func(w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) { test(&world{t, task.Tasks{Log: recordtest.Log()}, s}) })
}

func (w *world) do(by store.Actor, act func(tx *store.Tx) error) error {
	_, err := w.store.Write(context.Background(), store.Command{Name: "test", County: string(county), Actor: by, Instant: recordtest.Noon(today)},
		func(tx *store.Tx) (any, error) { return nil, act(tx) })
	return err
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
}

func (w *world) send(m task.Matter, content string, due period.Day) (n task.Number, err error) {
	err = w.do(leader, func(tx *store.Tx) (err error) {
		n, err = w.Send(tx, m, content, due)
		return err
	})
	return n, err
}

// get is a slip as a post in a division sees it.
func (w *world) get(within ident.Division, n task.Number) (s task.Slip, err error) {
	err = w.store.Read(context.Background(), string(county), func(tx *store.Tx) (err error) {
		s, err = task.Get(tx, within, n)
		return err
	})
	return s, err
}

// A slip goes from being sent to being closed by way of another answer, and everything about it stays: what was found, who did what, and the log.
func TestSlip(t *testing.T) {
	each(t, func(w *world) {
		n, err := w.send(late, "  请尽快办结\n“'; DROP TABLE task_slip; --”<script> 𠮷 ", today.AddDays(7))
		w.must(err)
		if n.String() != "DB00001" {
			t.Errorf("the first is %s", n)
		}
		steps := []struct {
			by   store.Actor
			act  func(*store.Tx, task.Seen, string) error
			note string
			want task.State
		}{{clerk, w.Answer, "已入户", task.Answered}, {leader, w.Return, "还有一人", task.Returned}, {clerk, w.Answer, "都办了", task.Answered}, {leader, w.Close, "", task.Closed}}
		for i, s := range steps {
			w.must(w.do(s.by, func(tx *store.Tx) error { return s.act(tx, task.Seen{Within: county, Number: n, Step: i + 1}, s.note) }))
		}
		want := task.Slip{Number: n, Matter: late, Content: "请尽快办结\n“'; DROP TABLE task_slip; --”<script> 𠮷", Due: today.AddDays(7),
			Last: task.Step{Step: 5, State: task.Closed, Actor: leader, When: recordtest.Noon(today)}}
		got, err := w.get(town, n)
		w.must(err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		w.must(w.store.Read(context.Background(), string(county), func(tx *store.Tx) error {
			all, err := task.Steps(tx, n)
			for i, s := range steps {
				if all[i+1].State != s.want || all[i+1].Note != s.note || all[i+1].Actor != s.by {
					t.Errorf("step %d is %+v", i+2, all[i+1])
				}
			}
			if err != nil || len(all) != 5 || all[0].State != task.Open {
				t.Errorf("%d steps: %v", len(all), err)
			}
			log, err := audit.Search(tx, audit.Query{From: recordtest.Noon(today), To: recordtest.Noon(today).AddDate(0, 0, 1), Kind: audit.Command}, "", 10)
			var names []string
			for _, e := range log {
				if e.Subject == n.String() {
					names = append(names, e.Name)
				}
			}
			if len(names) != 5 {
				t.Errorf("in the log: %v", names)
			}
			return err
		}))
	})
}

func TestScope(t *testing.T) {
	each(t, func(w *world) {
		for i, m := range []task.Matter{late, {Division: other, Addressee: "东关镇", Scheme: "x/y", Overdue: 1}, late} {
			n, err := w.send(m, "请办", 0)
			if w.must(err); int(n) != i+1 {
				t.Errorf("slip %d has the number %d", i+1, n)
			}
		}
		for _, c := range []struct {
			f    task.Filter
			most int
			want []task.Number
		}{{task.Filter{Within: county}, 9, []task.Number{3, 2, 1}}, {task.Filter{Within: town}, 9, []task.Number{3, 1}}, {task.Filter{Within: county, Before: 3}, 1, []task.Number{2}}, {task.Filter{Within: town, Before: 3}, 9, []task.Number{1}},
			{task.Filter{Within: other, State: task.Open}, 9, []task.Number{2}}, {task.Filter{Within: other, State: task.Closed}, 9, nil}, {task.Filter{Within: county, Scheme: "x/y"}, 9, []task.Number{2}}, {task.Filter{Within: "999902"}, 9, nil}} {
			w.must(w.store.Read(context.Background(), string(county), func(tx *store.Tx) error {
				list, err := task.List(tx, c.f, c.most)
				var got []task.Number
				for _, s := range list {
					got = append(got, s.Number)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("%+v: %s", c.f, diff)
				}
				return err
			}))
		}
		for _, within := range []ident.Division{other, town + "001"} {
			_, err := w.get(within, 1)
			recordtest.Expect(t, err, "task.unknown")
			recordtest.Expect(t, w.do(clerk, func(tx *store.Tx) error {
				return w.Answer(tx, task.Seen{Within: within, Number: 1, Step: 1}, "不是我镇的")
			}), "task.unknown")
		}
	})
}

// What cannot be done is refused, and nothing of it is kept.
func TestRefused(t *testing.T) {
	each(t, func(w *world) {
		none := late
		none.Overdue = 0
		for _, c := range []struct {
			m       task.Matter
			content string
			due     period.Day
			code    string
		}{{none, "请办", 0, "task.nothing"}, {late, " \n ", 0, "task.content"}, {late, strings.Repeat("长", 1001), 0, "task.content"}, {late, "a\x00b", 0, "task.content"}, {late, "\xff", 0, "task.content"}, {late, "请办", today.AddDays(-1), "task.due"}} {
			_, err := w.send(c.m, c.content, c.due)
			recordtest.Expect(t, err, c.code)
		}
		n, err := w.send(late, strings.Repeat("长", 1000), today)
		w.must(err)
		act := func(by store.Actor, step int, note string, act func(*store.Tx, task.Seen, string) error, code string) {
			t.Helper()
			recordtest.Expect(t, w.do(by, func(tx *store.Tx) error { return act(tx, task.Seen{Within: county, Number: n, Step: step}, note) }), code)
		}
		act(leader, 1, "", w.Close, "task.state")
		act(leader, 1, "再办", w.Return, "task.state")
		act(clerk, 0, "办了", w.Answer, "task.moved")
		act(clerk, 1, " ", w.Answer, "task.note")
		act(clerk, 1, "a\x00", w.Answer, "task.note")
		act(clerk, 1, strings.Repeat("长", 1001), w.Answer, "task.note")
		w.must(w.do(clerk, func(tx *store.Tx) error {
			return w.Answer(tx, task.Seen{Within: town, Number: n, Step: 1}, "办了")
		}))
		act(clerk, 1, "又答", w.Answer, "task.moved")
		act(clerk, 2, "又答", w.Answer, "task.state")
		act(clerk, 2, "", w.Close, "task.same-person")
		act(clerk, 2, "再办", w.Return, "task.same-person")
		act(leader, 2, "", w.Return, "task.note")
		act(leader, 1, "", w.Close, "task.moved")
		w.must(w.do(leader, func(tx *store.Tx) error {
			return w.Close(tx, task.Seen{Within: county, Number: n, Step: 2}, "好")
		}))
		act(leader, 3, "再办", w.Return, "task.state")
		act(clerk, 3, "又答", w.Answer, "task.state")
		if s, err := w.get(county, n); err != nil || s.Last.Step != 3 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		written string
		want    task.Number
	}{{"DB00012", 12}, {" db12 ", 12}, {"DB123456", 123456}, {"DB00000", 0}, {"12", 0}, {"DB-1", 0}, {"DB12345678901234567", 0}, {"", 0}, {"DB1'; --", 0}} {
		if n, ok := task.ParseNumber(c.written); n != c.want || ok != (c.want != 0) {
			t.Errorf("%q is %d, %v", c.written, n, ok)
		}
	}
}
