package roll_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

const header = "乡镇,村,户编号,与户主关系,姓名,证件号码,参加基本医疗保险,人均年收入,低保,死亡日期\n"

// line is a row of a file of these tests.
func line(village, household, relation, name, number, insured, income string) string {
	return strings.Join([]string{"城关镇", village, household, relation, name, number, insured, income, "", ""}, ",") + "\n"
}

// twoHouseholds are a household of three, whose head does not come first, and another.
func twoHouseholds() string {
	return header +
		line("李家村", "H1", "配偶", "单小花", number(2), "是", "") +
		line("李家村", "H1", "户主", "王小明", number(1), "是", "5123.45") +
		line("无名村", "H2", "户主", "曾乐", number(3), "否", "") +
		line("李家村", "H1", "子", "王小", number(4), "", "")
}

// An import registers people and households, does nothing the second time, and can be taken back.
func TestImportThereAndBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		i := w.stage("县医保局", twoHouseholds())
		want := `1 new [stated member.household →配偶] [stated person.insured →是]
2 new [stated member.household →户主] [stated person.insured →是] [stated household.income_per_head →5,123.45]
3 new roll.village-unknown [stated member.household →户主] [stated person.insured →否]
4 new [stated member.household →子]
`
		if got := w.verdicts(i.ID); got != want {
			t.Errorf("verdicts\n%s\nwant\n%s", got, want)
		}
		if w.person(number(1)) != "" {
			t.Error("staging wrote to the register")
		}
		i = w.apply(i.ID)
		if i.Counts.Applied != 4 || i.Counts.LeftOut != 0 {
			t.Errorf("%+v", i.Counts)
		}
		w.look(func(tx *store.Tx) error {
			id, err := w.Register.HouseholdOf(tx, w.person(number(4)), today, rule.Forever)
			if err != nil {
				return err
			}
			h, err := w.Register.Household(tx, id, today, rule.Forever)
			if h.Division != "999901100201" || len(h.Members) != 3 || h.Members[0].Person != w.person(number(1)) {
				t.Errorf("household %+v", h)
			}
			return err
		})
		if got := w.verdicts(w.stage("县医保局", twoHouseholds()).ID); strings.Count(got, " same") != 4 {
			t.Errorf("the same file again: %s", got)
		}
		if i = w.undo(i.ID); i.State != roll.Undone || i.Counts.Undone != 4 {
			t.Errorf("after taking back: %+v", i)
		}
		if got := w.person(number(1)); got != "" {
			t.Errorf("after taking back, the number is %s's", got)
		}
		if got := w.verdicts(w.stage("县医保局", twoHouseholds()).ID); got != want {
			t.Errorf("the same file after taking back: %s", got)
		}
		w.look(func(tx *store.Tx) error { _, err := audit.Verify(tx); return err })
	})
}

// What a source says otherwise than before is restated; what another source says otherwise is a disagreement, which a person decides.
func TestSourcesDisagree(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.apply(w.stage("县医保局", twoHouseholds()).ID)
		later := header + line("李家村", "H1", "户主", "王小明", number(1), "否", "6000") + line("", "", "", "曾乐", number(3), "否", "")
		own := w.stage("县医保局", later)
		if got, want := w.verdicts(own.ID), "1 changed [restated person.insured 是→否] [restated household.income_per_head 5,123.45→6,000.00]\n2 same\n"; got != want {
			t.Errorf("the same source:\n%swant\n%s", got, want)
		}
		other := w.stage("县民政局", later)
		if got, want := w.verdicts(other.ID), "1 changed [disagrees person.insured 是→否] [disagrees household.income_per_head 5,123.45→6,000.00]\n2 same\n"; got != want {
			t.Errorf("another source:\n%swant\n%s", got, want)
		}
		before := w.facts(number(1))
		w.apply(other.ID)
		if got := w.facts(number(1)); got != before {
			t.Errorf("another source's word overwrote\n%s\nwith\n%s", before, got)
		}
		if got := w.verdicts(w.stage("县民政局", later).ID); strings.Count(got, " same") != 2 {
			t.Errorf("the same disagreement again: %s", got)
		}
		var open []roll.Disagreement
		w.look(func(tx *store.Tx) (err error) {
			open, err = w.Disagreements(tx, roll.Unsettled, "", 10)
			return err
		})
		if len(open) != 2 || open[0].Standing.Value != "是" || open[0].Other.Value != "否" || open[0].Standing.Source != "县医保局" || open[0].Other.Source != "县民政局" || open[0].Other.Day != today {
			t.Fatalf("disagreements %+v", open)
		}
		w.do(func(tx *store.Tx) error {
			return errors.Join(w.Resolve(tx, open[0].ID, true, "以民政局为准"), w.Resolve(tx, open[1].ID, false, "收入以核对为准"))
		})
		if got := w.facts(number(1)); !strings.HasSuffix(got, "person.insured=true（县医保局） person.insured=false（县民政局）") {
			t.Errorf("after deciding: %s", got)
		}
		expect(t, w.try(func(tx *store.Tx) error { return w.Resolve(tx, open[0].ID, false, "") }), "roll.disagreement-decided")
		expect(t, w.try(func(tx *store.Tx) error { return w.Resolve(tx, "x", false, "") }), "roll.disagreement")
		w.look(func(tx *store.Tx) error {
			about, err := w.DisagreementsAbout(tx, open[0].Party)
			if len(about) != 1 || about[0].State != roll.Taken || about[0].Reason != "以民政局为准" {
				t.Errorf("about the person: %+v", about)
			}
			return err
		})
	})
}

// What must not be guessed is asked, and what is decided is done.
func TestAmbiguousRowsAreDecided(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.apply(w.stage("县医保局", twoHouseholds()).ID)
		content := header +
			line("", "", "", "李四", number(11), "是", "") + // two names
			line("", "", "", "李五", number(11), "是", "") +
			line("", "", "", "王小名", number(1), "是", "") + // another name in the register
			line("", "", "", "赵六", number(12), "是", "") + // two numbers, one birthday
			line("", "", "", "赵六", number(12+336), "是", "") +
			line("", "", "", "曾乐", number(3+336), "是", "") + // the same as somebody in the register
			line("", "", "", "钱七", number(13), "是", "") + // a contradiction
			line("", "", "", "钱七", number(13), "否", "") +
			line("", "H8", "户主", "孙八", number(14), "", "") + // two households
			line("", "H9", "户主", "孙八", number(14), "", "") +
			line("", "", "", "周九", number(15), "", "") +
			line("", "", "", "周九", number(15), "", "") + // the same row again
			line("", "", "", "", number(16), "", "") +
			line("天上镇", "H7", "户主", "吴十", number(17), "", "")[0:0] + "天上镇,,H7,户主,吴十," + number(17) + ",,,,\n" +
			line("", "", "", "郑", "110101199003070011", "", "")
		i := w.stage("县残联", content)
		want := `1 ambiguous roll.two-names
2 ambiguous roll.two-names
3 ambiguous roll.other-name
4 ambiguous roll.two-numbers
5 ambiguous roll.two-numbers
6 ambiguous roll.other-number
7 ambiguous roll.contradiction
8 ambiguous roll.contradiction
9 ambiguous roll.two-households
10 ambiguous roll.two-households
11 new
12 refused roll.duplicate
13 refused roll.name-missing
14 refused roll.town-unknown
15 refused register.not-fictional
`
		if diff := cmp.Diff(want, w.verdicts(i.ID)); diff != "" {
			t.Error(diff)
		}
		decide := func(row int64, d roll.Decision) error {
			return w.try(func(tx *store.Tx) error { return w.Decide(tx, i.ID, row, d) })
		}
		wang, zeng := w.person(number(1)), w.person(number(3))
		for row, d := range map[int64]roll.Decision{1: {Take: roll.TakeNew}, 2: {Take: roll.TakeNone}, 3: {Take: roll.TakePerson, Person: wang},
			4: {Take: roll.TakeNew}, 5: {Take: roll.TakeNew}, 6: {Take: roll.TakePerson, Person: zeng}, 7: {Take: roll.TakeNew}} {
			expect(t, decide(row, d), "")
		}
		expect(t, decide(11, roll.Decision{Take: roll.TakeNew}), "roll.not-ambiguous")
		expect(t, decide(99, roll.Decision{Take: roll.TakeNew}), "roll.row")
		expect(t, decide(3, roll.Decision{Take: roll.TakePerson, Person: zeng}), "roll.candidate")
		expect(t, decide(3, roll.Decision{Take: "all"}), "roll.decision")
		i = w.apply(i.ID)
		if i.Counts.Applied != 7 || i.Counts.LeftOut != 1 {
			t.Errorf("%+v", i.Counts)
		}
		for n, want := range map[int]string{11: `"李四"`, 12: `"赵六"`, 12 + 336: `"赵六"`, 13: `"钱七"`, 15: `"周九"`} {
			if got := w.facts(number(n)); !strings.Contains(got, "person.name="+want) {
				t.Errorf("person %d: %s", n, got)
			}
		}
		if w.person(number(14)) != "" || w.person(number(3+336)) != "" || strings.Contains(w.facts(number(1)), "王小名") {
			t.Error("something was guessed")
		}
		w.look(func(tx *store.Tx) error {
			for party, want := range map[string]string{wang: "person.name", zeng: "person.id"} {
				about, err := w.DisagreementsAbout(tx, party)
				if err != nil || len(about) == 0 || about[0].Type.Name != want {
					t.Errorf("%+v, %v", about, err)
				}
			}
			return nil
		})
		expect(t, decide(9, roll.Decision{Take: roll.TakeNone}), "roll.state")
	})
}

// A town's roll touches nobody who lives elsewhere, and says of them what it says of people whom nobody knows.
func TestTownReachesItsOwn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		east := "东乡,,H9,户主,孙东," + number(20) + ",是,4000,,\n"
		w.apply(w.stage("县医保局", twoHouseholds()+east).ID)
		for n, division := range map[int]ident.Division{40: "999901100201", 41: "999901101"} { // two who live in no household
			w.do(func(tx *store.Tx) error {
				id, err := w.Register.AddPerson(tx, register.Person{Name: "独居", Number: ident.PersonID(number(n)), From: rule.Beginning})
				if err == nil {
					_, err = w.Register.Record(tx, id, "person.hukou", rule.Fact{Value: rule.Division(division), Span: dated.Always, Source: "户口簿"}, "")
				}
				return err
			})
		}
		u := upload("县医保局", header+
			line("", "", "", "王小明", number(1), "否", "6000")+ // of the town
			line("", "", "", "孙东", number(20), "否", "")+ // of another, by the right name
			line("", "", "", "孙西", number(20), "否", "")+ // and by a wrong one
			line("", "", "", "孙东", number(20+336), "是", "")+ // the namesake of one
			line("李家村", "H1", "子", "钱新", number(30), "是", "")+ // of whom nobody knows
			line("", "H9", "户主", "钱东", number(31), "是", "1")+ // into a household elsewhere
			line("", "", "", "李四", number(32), "是", "")+
			line("", "", "", "独居", number(41), "是", "")+
			line("", "H1", "户主", "独居", number(40), "是", "")) // of the town; a household is not made
		u.Division = town
		i, err := w.Receive(context.Background(), w.by, u)
		expect(t, err, "")
		i, err = w.Stage(context.Background(), w.by, i.ID, nil)
		expect(t, err, "")
		want := "1 changed [restated person.insured 是→否] [restated household.income_per_head 5,123.45→6,000.00]\n"
		for row := 2; row <= 8; row++ {
			want += fmt.Sprintf("%d refused roll.outside\n", row)
		}
		want += "9 changed [stated person.insured →是]\n"
		if diff := cmp.Diff(want, w.verdicts(i.ID)); diff != "" {
			t.Error(diff)
		}
		w.look(func(tx *store.Tx) error { // not a word more of one than of another
			rows, err := w.Rows(tx, i.ID, roll.Refused, 0, 10)
			for _, r := range rows {
				if r.Person != "" || len(r.Others) > 0 || len(r.Changes) > 0 || !cmp.Equal(r.Reasons, rows[0].Reasons) {
					t.Errorf("row %d: %+v", r.No, r)
				}
			}
			return err
		})
		before := w.facts(number(20))
		w.do(func(tx *store.Tx) error { // who moves away after the review is not touched either
			home, err := w.Register.HouseholdOf(tx, w.person(number(1)), today, rule.Forever)
			if err != nil {
				return err
			}
			return w.Register.Move(tx, home, register.Dwelling{Division: "999901101"}, today, dated.Said{})
		})
		if i = w.apply(i.ID); i.Counts.Applied != 1 || i.Counts.LeftOut != 1 || w.facts(number(20)) != before || w.person(number(30)) != "" {
			t.Errorf("%+v", i.Counts)
		}
		u.Division = "999902100"
		_, err = w.Receive(context.Background(), w.by, u)
		expect(t, err, "roll.division")
	})
}

// headColumns are those of a roll of households.
var headColumns = sheet.Mapping{Columns: []sheet.Column{{Header: "户主身份证号", As: "head.id"}, {Header: "户编号", As: "member.household"}, {Header: "人均年收入", As: "household.income_per_head"}, {Header: "备注", As: ""}}}

// Rows that reach one household through the numbers of different members, and contradict each other, are a person's to decide, in whatever order and however far apart they
// stand. What they agree on counts once.
func TestRowsAboutOneHouseholdContradict(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.apply(w.stage("县医保局", aRoll(9)).ID)
		var b strings.Builder
		b.WriteString("户主身份证号,户编号,人均年收入,备注\n")
		row := func(member int, household, income string) {
			fmt.Fprintf(&b, "%s,%s,%s,\n", number(member), household, income)
		}
		row(1, "", "5000") // 1: against 1003
		row(4, "", "5000") // 2: as 1004 says
		for n := range 1000 {
			row(100+n, "", "4000") // 3 to 1002: of heads whom nobody knows
		}
		row(2, "", "6000")   // 1003
		row(3, "", "5000")   // 1004
		row(0, "H0", "5000") // 1005: by the household's number
		row(5, "", "")       // 1006: says nothing
		u := upload("县民政局", b.String())
		u.Wish.Mapping = &headColumns
		i, err := w.Receive(context.Background(), w.by, u)
		expect(t, err, "")
		i, err = w.Stage(context.Background(), w.by, i.ID, nil)
		expect(t, err, "")
		got := w.verdicts(i.ID)
		for _, want := range []string{"1 ambiguous roll.contradiction\n", "2 changed [stated household.income_per_head →5,000.00]\n", "3 refused roll.head-unknown\n",
			"1003 ambiguous roll.contradiction\n", "1004 changed [stated household.income_per_head →5,000.00]\n", "1005 ambiguous roll.contradiction\n", "1006 same\n"} {
			if !strings.Contains("\n"+got, "\n"+want) {
				t.Errorf("no %q in %s … %s", want, got[:min(len(got), 300)], got[max(0, len(got)-300):])
			}
		}
		if i.Counts.Verdicts[roll.Ambiguous] != 3 || i.Counts.Verdicts[roll.Same] != 1 || i.Counts.Verdicts[roll.Changed] != 2 {
			t.Errorf("%+v", i.Counts)
		}
		if i = w.apply(i.ID); i.Counts.Applied != 2 || strings.Contains(w.facts(number(1)), "5000") {
			t.Errorf("after applying %+v", i.Counts)
		}
	})
}

// People who come into one household between review and application make rows contradict each other that did not; the second is left out.
func TestHouseholdsMeetAfterReview(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.apply(w.stage("县医保局", twoHouseholds()).ID)
		u := upload("县医保局", "户主身份证号,户编号,人均年收入,备注\n"+number(1)+",,5000,\n"+number(3)+",,6000,\n")
		u.Wish.Mapping = &headColumns
		i, err := w.Receive(context.Background(), w.by, u)
		expect(t, err, "")
		i, err = w.Stage(context.Background(), w.by, i.ID, nil)
		expect(t, err, "")
		if i.Counts.Verdicts[roll.Changed] != 2 {
			t.Fatalf("%+v", i.Counts)
		}
		w.do(func(tx *store.Tx) error {
			from, err := w.Register.HouseholdOf(tx, w.person(number(3)), today, rule.Forever)
			if err != nil {
				return err
			}
			to, err := w.Register.HouseholdOf(tx, w.person(number(1)), today, rule.Forever)
			if err != nil {
				return err
			}
			return w.Register.Merge(tx, from, to, map[string]string{w.person(number(3)): "parent"}, today, dated.Said{})
		})
		i = w.apply(i.ID)
		if got := w.verdicts(i.ID); i.Counts.LeftOut != 1 || !strings.Contains(got, "2 ambiguous roll.contradiction") {
			t.Errorf("%+v\n%s", i.Counts, got)
		}
	})
}

// An import on which later news stands is not taken back unless what stands may stay.
func TestUndoNamesWhatStandsOnIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		i := w.apply(w.stage("县医保局", twoHouseholds()).ID)
		w.do(func(tx *store.Tx) error {
			_, err := w.Register.Record(tx, w.person(number(4)), "person.has_disability", rule.Fact{Value: rule.Bool(true), Span: dated.Always, Source: "县残联"}, "")
			return err
		})
		before := w.facts(number(4))
		_, err := w.Undo(context.Background(), w.by, i.ID, false, nil)
		expect(t, err, "roll.undo-stands")
		if got := fault.RenderError(err, "zh"); !strings.Contains(got, "1、2、4") {
			t.Errorf("the rows are not named: %s", got)
		}
		if w.person(number(3)) == "" {
			t.Error("something was taken back all the same")
		}
		i, err = w.Undo(context.Background(), w.by, i.ID, true, nil)
		expect(t, err, "")
		if i.Counts.Undone != 1 || w.person(number(3)) != "" || w.facts(number(4)) != before {
			t.Errorf("%+v", i.Counts)
		}
		i, err = w.Undo(context.Background(), w.by, i.ID, true, nil) // there is nothing more to take back
		if err != nil || i.Counts.Undone != 1 {
			t.Errorf("%+v, %v", i, err)
		}
	})
}

// A statement that an import restated or ended counts again when the import is taken back.
func TestUndoRestores(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.apply(w.stage("县医保局", twoHouseholds()).ID)
		w.do(func(tx *store.Tx) error {
			_, err := w.Register.Record(tx, w.person(number(4)), "roster.dibao", rule.Fact{Value: rule.Bool(true), Span: dated.From(period.MustDay(2025, 1, 1)), Source: "县医保局"}, "")
			return err
		})
		before := []string{w.facts(number(1)), w.facts(number(3)), w.facts(number(4))}
		i := w.apply(w.stage("县医保局", header+line("", "", "", "王小明", number(1), "否", "")+"城关镇,,,,曾乐,"+number(3)+",,,,2026-02-02\n").ID)
		if got := w.facts(number(3)); !strings.Contains(got, "person.death") {
			t.Errorf("no death: %s", got)
		}
		w.undo(i.ID)
		if diff := cmp.Diff(before, []string{w.facts(number(1)), w.facts(number(3)), w.facts(number(4))}); diff != "" {
			t.Error(diff)
		}
		w.look(func(tx *store.Tx) error { // a member again
			h, err := w.Register.HouseholdOf(tx, w.person(number(3)), period.MustDay(2026, 6, 1), rule.Forever)
			if h == "" {
				t.Error("membership ended for good")
			}
			return err
		})
	})
}

// aRoll has many people in households of three.
func aRoll(people int) string {
	var b strings.Builder
	b.WriteString(header)
	for n := range people {
		relation := "子"
		if n%3 == 1 {
			relation = "户主"
		}
		b.WriteString(line("李家村", fmt.Sprintf("H%d", n/3), relation, fmt.Sprintf("王%c%c", '一'+n%800, '丁'+n%701), number(n), "是", ""))
	}
	return b.String()
}

// Whoever is cut off at any point begins again and goes on, and nothing is done twice.
func TestCutOffAndResumed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		const people = 2100
		dice := rand.New(rand.NewPCG(7, 7))
		i, err := w.Receive(context.Background(), w.by, upload("县医保局", aRoll(people)))
		expect(t, err, "")
		// until calls again and again, and cuts each call off after some steps, one of which may be under way.
		until := func(state roll.State, call func(ctx context.Context, tell func(roll.Import)) (roll.Import, error)) roll.Import {
			t.Helper()
			for range 200 {
				ctx, cancel := context.WithCancel(context.Background())
				steps := dice.IntN(2)
				after, err := call(ctx, func(roll.Import) {
					if steps--; steps < 0 {
						cancel()
					}
				})
				cancel()
				if err == nil && after.State == state {
					return after
				}
			}
			t.Fatalf("never %s", state)
			return roll.Import{}
		}
		i = until(roll.Ready, func(ctx context.Context, tell func(roll.Import)) (roll.Import, error) {
			return w.Stage(ctx, w.by, i.ID, tell)
		})
		if i.Rows != people || i.Counts.Verdicts[roll.New] != people {
			t.Fatalf("%+v", i)
		}
		i = until(roll.Applied, func(ctx context.Context, tell func(roll.Import)) (roll.Import, error) {
			return w.Apply(ctx, w.by, i.ID, tell)
		})
		if i.Counts.Applied != people {
			t.Fatalf("%+v", i.Counts)
		}
		again := w.stage("县医保局", aRoll(people))
		if again.Counts.Verdicts[roll.Same] != people {
			t.Fatalf("%+v", again.Counts)
		}
		i = until(roll.Undone, func(ctx context.Context, tell func(roll.Import)) (roll.Import, error) {
			return w.Undo(ctx, w.by, i.ID, false, tell)
		})
		if i.Counts.Undone != people || w.person(number(7)) != "" {
			t.Fatalf("%+v", i.Counts)
		}
	})
}

// Two who apply one import, and two imports about the same people, end as if one had come after the other.
func TestTwoAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		const people = 1100
		one, two := w.stage("县医保局", aRoll(people)), w.stage("县民政局", aRoll(people))
		done := make(chan error)
		for _, id := range []string{one.ID, one.ID, two.ID} {
			go func() {
				_, err := w.Apply(context.Background(), w.by, id, nil)
				done <- err
			}()
		}
		w.do(func(tx *store.Tx) error { // and a person is changed meanwhile
			_, err := w.Register.AddPerson(tx, register.Person{Name: "别人", Number: ident.PersonID(number(5000)), From: rule.Beginning})
			return err
		})
		for range 3 {
			expect(t, <-done, "")
		}
		third := w.stage("县医保局", aRoll(people))
		if third.Counts.Verdicts[roll.Same] != people {
			t.Errorf("%+v", third.Counts)
		}
		w.look(func(tx *store.Tx) error {
			page, err := w.Register.Find(tx, number(7), "", 10)
			if len(page.Found) != 1 {
				t.Errorf("%+v", page)
			}
			return err
		})
	})
}

// What changed in the register between review and application is seen: the row is left out and says why.
func TestRegisterMovesOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		i := w.stage("县医保局", twoHouseholds())
		w.do(func(tx *store.Tx) error {
			_, err := w.Register.AddPerson(tx, register.Person{Name: "另一个人", Number: ident.PersonID(number(3)), From: rule.Beginning})
			return err
		})
		i = w.apply(i.ID)
		if i.Counts.Applied != 3 || i.Counts.LeftOut != 1 {
			t.Errorf("%+v", i.Counts)
		}
		if got := w.verdicts(i.ID); !strings.Contains(got, "3 ambiguous roll.other-name") {
			t.Errorf("verdicts\n%s", got)
		}
	})
}

// What was staged is destroyed; what was made and how to take it back stays.
func TestSweep(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		i := w.apply(w.stage("县医保局", twoHouseholds()).ID)
		dropped := w.stage("县残联", twoHouseholds())
		w.do(func(tx *store.Tx) error { return w.Drop(tx, dropped.ID) })
		kept := w.stage("县残联", twoHouseholds())
		left, err := w.Receive(context.Background(), w.by, upload("县残联", twoHouseholds())) // and never read
		expect(t, err, "")
		if n, err := w.Sweep(context.Background(), w.by, noon(today)); n != 0 || err != nil {
			t.Errorf("%d swept early, %v", n, err)
		}
		if n, err := w.Sweep(context.Background(), w.by, noon(today+30)); n != 3 || err != nil {
			t.Errorf("%d swept, %v", n, err)
		}
		err = s.Read(context.Background(), county, func(tx *store.Tx) error { _, err := w.Rows(tx, i.ID, roll.New, 0, 10); return err })
		expect(t, err, "roll.destroyed")
		if w.verdicts(kept.ID) == "" {
			t.Error("an import under review was swept")
		}
		w.undo(i.ID)
		if w.person(number(1)) != "" {
			t.Error("not taken back")
		}
		w.look(func(tx *store.Tx) error {
			list, err := w.List(tx, roll.Filter{}, "", 10)
			if len(list) != 4 || list[0].ID != left.ID || list[0].State != roll.Dropped || list[1].ID != kept.ID {
				t.Errorf("%+v", list)
			}
			return err
		})
	})
}

func TestImportRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		ctx := context.Background()
		tests := []struct{ name, source, content, code string }{
			{"no source", " ", twoHouseholds(), "roll.source"},
			{"nothing", "县残联", "", "sheet.empty"},
			{"no table", "县残联", "%PDF-1.7", "sheet.no-table"},
			{"payments", "县残联", "批次明细ID,姓名,银行卡号,应发金额,持卡人身份证号,补贴项目名称(银行摘要)\n1,王,6222021001112223334,1,999901196001020012,x\n", "roll.not-for-register"},
		}
		for _, tt := range tests {
			u := upload(tt.source, tt.content)
			u.Wish.Mapping = nil
			_, err := w.Receive(ctx, w.by, u)
			expect(t, err, tt.code)
		}
		_, err := w.Stage(ctx, w.by, "x", nil)
		expect(t, err, "roll.unknown")
		i := w.stage("县残联", twoHouseholds())
		_, err = w.Undo(ctx, w.by, i.ID, false, nil)
		expect(t, err, "roll.state")
		w.do(func(tx *store.Tx) error { return w.Drop(tx, i.ID) })
		_, err = w.Apply(ctx, w.by, i.ID, nil)
		expect(t, err, "roll.state")
		expect(t, w.try(func(tx *store.Tx) error { return w.Drop(tx, i.ID) }), "roll.state")
	})
}

// The columns of a source are remembered.
func TestMapping(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.do(func(tx *store.Tx) error { return w.KeepMapping(tx, "县残联", ownColumns) })
		u := upload("县残联", twoHouseholds())
		u.Wish.Mapping = nil
		i, err := w.Receive(context.Background(), w.by, u)
		expect(t, err, "")
		if diff := cmp.Diff(ownColumns, i.Mapping); diff != "" {
			t.Error(diff)
		}
		u.Source, u.Mapping = "县民政局", "县残联" // another source's, when it is asked for
		i, err = w.Receive(context.Background(), w.by, u)
		expect(t, err, "")
		if diff := cmp.Diff(ownColumns, i.Mapping); diff != "" {
			t.Error(diff)
		}
		w.look(func(tx *store.Tx) error {
			kept, err := w.Mappings(tx)
			if len(kept) != 1 || kept[0].Source != "县残联" || kept[0].Actor != "u1" || !kept[0].Kept.Equal(w.by.Instant) || !cmp.Equal(kept[0].Mapping, ownColumns) {
				t.Errorf("kept: %+v", kept)
			}
			return err
		})
		for _, tt := range []struct {
			source, code string
			mapping      sheet.Mapping
		}{
			{"", "roll.source", ownColumns},
			{"县残联", "sheet.template", sheet.Mapping{Template: "none"}},
			{"县残联", "sheet.identity", sheet.Mapping{Columns: []sheet.Column{{Header: "姓名", As: "person.name"}}}},
			{"县残联", "sheet.field", sheet.Mapping{Columns: []sheet.Column{{Header: "号码", As: "person.number"}}}},
			{"县残联", "sheet.mapping", sheet.Mapping{Columns: []sheet.Column{{Header: " ", As: "person.id"}}}},
			{"县残联", "sheet.header-twice", sheet.Mapping{Columns: []sheet.Column{{Header: "证号", As: "person.id"}, {Header: "证 号", As: "person.name"}}}},
		} {
			expect(t, w.try(func(tx *store.Tx) error { return w.KeepMapping(tx, tt.source, tt.mapping) }), tt.code)
		}
		w.do(func(tx *store.Tx) error { return w.ForgetMapping(tx, "县残联") })
		expect(t, w.try(func(tx *store.Tx) error { return w.ForgetMapping(tx, "县残联") }), "roll.mapping-unknown")
		_, err = w.Receive(context.Background(), w.by, u)
		expect(t, err, "roll.mapping-unknown")
	})
}
