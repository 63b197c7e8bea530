package roll_test

import (
	"fmt"
	"strings"
	"testing"

	"doudi/decide/rule"
	"doudi/record/roll"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

const header = "乡镇,村,户编号,与户主关系,姓名,证件号码,参加基本医疗保险,人均年收入\n"

// aHousehold is a household of three with somebody of another.
func aHousehold() string {
	return header +
		"城关镇,李家村,H1,配偶,单小花," + number(2) + ",是,\n" +
		"城关镇,李家村,H1,户主,王小明," + number(1) + ",是,5123.45\n" +
		"城关镇,无名村,H2,户主,曾乐," + number(3) + ",否,\n" +
		"城关镇,李家村,H1,子,王小," + number(4) + ",,\n"
}

func TestImport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		i := w.stage("县医保局", aHousehold())
		if got, want := w.verdicts(i.ID), ""; got != want {
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
		fmt.Println(w.facts(number(1)))
		again := w.stage("县医保局", aHousehold())
		if got := w.verdicts(again.ID); strings.Count(got, " same") != 4 {
			t.Errorf("the same file again: %s", got)
		}
		w.undo(i.ID)
		if got := w.person(number(1)); got != "" {
			t.Errorf("after taking back, the number is %s's", got)
		}
		after := w.stage("县医保局", aHousehold())
		if got := w.verdicts(after.ID); strings.Count(got, " new") != 4 {
			t.Errorf("the same file after taking back: %s", got)
		}
		_ = roll.Ready
	})
}
