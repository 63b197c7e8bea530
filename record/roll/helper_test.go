package roll_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/recordtest"
	"doudi/record/register"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

const (
	county = "999901"
	town   = ident.Division("999901100")
)

var today = period.MustDay(2026, 3, 1)

// What all tests of the record have.
var noon, expect, vocabulary = recordtest.Noon, recordtest.Expect, recordtest.Vocabulary

// world is a demonstration county with two towns, a village in the first, and its imports.
type world struct {
	*testing.T
	*roll.Rolls
	store *store.Store
	log   *audit.Log
	by    roll.By
}

func open(t *testing.T, s *store.Store) *world {
	t.Helper()
	log := recordtest.Log()
	w := &world{T: t, store: s, log: log, by: roll.By{County: county, Actor: store.Actor{ID: "u1", Name: "王经办"}, Instant: noon(today)}}
	w.Rolls = roll.Open(roll.Config{Store: s, Register: recordtest.Register(log), Vocabulary: vocabulary(), Cipher: dated.CipherOf(log), Token: recordtest.Keys().RollToken, Log: log})
	w.do(func(tx *store.Tx) error {
		if err := w.Register.MarkDemo(tx); err != nil {
			return err
		}
		for code, name := range map[ident.Division]string{town: "城关镇", "999901101": "东乡"} {
			if err := w.Register.AddDivision(tx, register.Division{Code: code, Name: name, Span: dated.Always}, dated.Said{}); err != nil {
				return err
			}
		}
		return w.Register.AddDivision(tx, register.Division{Code: "999901100201", Name: "李家村", Span: dated.Always}, dated.Said{})
	})
	return w
}

func (w *world) desk() recordtest.Desk {
	return recordtest.Desk{TB: w.T, Store: w.store, County: county, Actor: w.by.Actor, At: w.by.Instant}
}

// do runs an act as a command of the county that must succeed.
func (w *world) do(act func(tx *store.Tx) error) { w.Helper(); w.desk().Must(act) }

func (w *world) try(act func(tx *store.Tx) error) error { return w.desk().Do(act) }

func (w *world) look(act func(tx *store.Tx) error) { w.Helper(); w.desk().Look(act) }

// stage hands a file in and stages it.
func (w *world) stage(source, content string) roll.Import {
	w.Helper()
	i, err := w.Receive(context.Background(), w.by, upload(source, content))
	if err == nil {
		i, err = w.Stage(context.Background(), w.by, i.ID, nil)
	}
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	if i.State != roll.Ready {
		w.Fatalf("after staging the import is %s", i.State)
	}
	return i
}

func upload(source, content string) roll.Upload {
	return roll.Upload{Source: source, Name: "名单.csv", Content: strings.NewReader(content), Size: int64(len(content)), Since: period.MustDay(2026, 1, 1),
		Wish: sheet.Wish{Mapping: &ownColumns}}
}

// ownColumns are the columns of the files of these tests.
var ownColumns = sheet.Mapping{Columns: []sheet.Column{{Header: "乡镇", As: "place.town"}, {Header: "村", As: "place.village"}, {Header: "户编号", As: "member.household"},
	{Header: "与户主关系", As: "member.relation"}, {Header: "姓名", As: "person.name"}, {Header: "证件号码", As: "person.id"}, {Header: "参加基本医疗保险", As: "person.insured"},
	{Header: "人均年收入", As: "household.income_per_head"}, {Header: "低保", As: "roster.dibao"}, {Header: "死亡日期", As: "person.death"}}}

func (w *world) apply(id string) roll.Import {
	w.Helper()
	i, err := w.Apply(context.Background(), w.by, id, nil)
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	if i.State != roll.Applied {
		w.Fatalf("after applying the import is %s", i.State)
	}
	return i
}

func (w *world) undo(id string) roll.Import {
	w.Helper()
	i, err := w.Undo(context.Background(), w.by, id, false, nil)
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	return i
}

// verdicts is one line for each row: number, verdict, reasons, changes.
func (w *world) verdicts(id string) string {
	w.Helper()
	lines := map[int64]string{}
	var last int64
	w.look(func(tx *store.Tx) error {
		for _, v := range roll.Verdicts {
			rows, err := w.Rows(tx, id, v, 0, 1_000_000)
			if err != nil {
				return err
			}
			for _, r := range rows {
				line := fmt.Sprintf("%d %s", r.No, r.Verdict)
				for _, reason := range r.Reasons {
					line += " " + reason.Code
					if reason.Place != "" {
						line += "@" + reason.Place
					}
				}
				for _, c := range r.Changes {
					line += fmt.Sprintf(" [%s %s %s→%s]", c.Kind, c.Field, c.Old, c.New)
				}
				lines[r.No], last = line, max(last, r.No)
			}
		}
		return nil
	})
	var b strings.Builder
	for no := range last {
		if line := lines[no+1]; line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// number makes an identity number of the fictional county.
func number(i int) string {
	base := fmt.Sprintf("9999011960%02d%02d%03d", i/28%12+1, i%28+1, i/336+1)
	for _, check := range "0123456789X" {
		if id, err := ident.ParsePersonID(base + string(check)); err == nil {
			return string(id)
		}
	}
	panic("no check character fits")
}

// person is who has a number, "" for nobody.
func (w *world) person(number string) (id string) {
	w.Helper()
	w.look(func(tx *store.Tx) (err error) {
		id, err = w.Register.ByNumber(tx, ident.PersonID(number))
		return err
	})
	return id
}

// facts are the facts that count of whoever has a number, with their sources.
func (w *world) facts(number string) string {
	w.Helper()
	person := w.person(number)
	if person == "" {
		return ""
	}
	var list []string
	w.look(func(tx *store.Tx) error {
		facts, err := w.Register.Facts(tx, person, rule.Forever)
		for _, f := range facts {
			list = append(list, fmt.Sprintf("%s=%s（%s）", f.Name, f.Value, f.Source))
		}
		return err
	})
	return strings.Join(list, " ")
}
