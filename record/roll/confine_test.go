package roll_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// pupils are the columns of a roll of pupils; of further ones a field.
func pupils(more ...string) sheet.Mapping {
	m := sheet.Mapping{Columns: []sheet.Column{{Header: "姓名", As: "person.name"}, {Header: "证件号码", As: "person.id"}, {Header: "学段", As: "person.school.stage"}, {Header: "户编号", As: "member.household"}}}
	for _, field := range more {
		m.Columns = append(m.Columns, sheet.Column{Header: field, As: field})
	}
	return m
}

// ofSchools is a roll that the education office sends in.
func ofSchools(m sheet.Mapping, rows ...string) roll.Upload {
	var headings []string
	for _, c := range m.Columns {
		headings = append(headings, c.Header)
	}
	u := upload("县教育和体育局", strings.Join(headings, ",")+"\n"+strings.Join(rows, "\n")+"\n")
	u.Wish, u.Sender, u.Offices = sheet.Wish{Mapping: &m}, "county-education", []string{"教体局"}
	return u
}

// A roll of an office states what the office answers for about people who are on the register, and nothing else.
func TestOfficeReachesItsOwn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		theirs := w.stage("县医保局", twoHouseholds())
		w.apply(theirs.ID)
		u := ofSchools(pupils(),
			"王小明,"+number(1)+",小学,H9",
			"王大明,"+number(3)+",小学,",
			"没登记,"+number(70)+",初中,H1",
			"王小,"+number(4+336)+",初中,",
			"王错号,123,小学,",
			"曾新,"+number(71)+",飞船,")
		i, err := w.Receive(context.Background(), w.by, u)
		expect(t, err, "")
		i, err = w.Stage(context.Background(), w.by, i.ID, nil)
		expect(t, err, "")
		if i.Counts.Sum() != i.Rows || i.Counts.Verdicts[roll.New] != 0 || i.Counts.Verdicts[roll.Absent] != 1 || i.Sender != "county-education" {
			t.Errorf("%+v", i)
		}
		if diff := cmp.Diff([]string{"姓名", "证件号码", "学段", "户编号"}, i.Headings); diff != "" {
			t.Error(diff)
		}
		want := "1 changed [stated person.school.stage →小学]\n2 ambiguous roll.other-name\n3 absent roll.absent\n4 ambiguous roll.other-number\n5 refused ident.id-length@B6\n6 refused sheet.word-unknown@C7\n"
		if diff := cmp.Diff(want, w.verdicts(i.ID)); diff != "" {
			t.Error(diff)
		}
		expect(t, w.try(func(tx *store.Tx) error { return w.Decide(tx, i.ID, 4, roll.Decision{Take: roll.TakeNew}) }), "roll.decision")
		household := w.facts(number(1))
		if i = w.apply(i.ID); i.Counts.Applied != 1 || w.person(number(70)) != "" {
			t.Errorf("%+v", i.Counts)
		}
		if got := w.facts(number(1)); !strings.Contains(got, "person.school.stage") || len(got) <= len(household) {
			t.Errorf("%s", got)
		}
		again, err := w.Receive(context.Background(), w.by, u)
		expect(t, err, "")
		for sender, ids := range map[string][]string{"": {again.ID, i.ID, theirs.ID}, "county-education": {again.ID, i.ID}, "county-disabled": nil} {
			w.look(func(tx *store.Tx) error {
				list, err := w.List(tx, roll.Filter{Sender: sender}, "", 10)
				var got []string
				for _, one := range list {
					got = append(got, one.ID)
				}
				if !slices.Equal(got, ids) {
					t.Errorf("%q sees %v, want %v", sender, got, ids)
				}
				return err
			})
		}
	})
}

// What an office does not answer for is refused before anything is kept, whether a mapping names it or a template states it by its words.
func TestOfficeStatesNothingOfOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		_, err := w.Receive(context.Background(), w.by, ofSchools(pupils("person.disability.level", "roster.dibao"), "王小明,"+number(1)+",小学,,2,是"))
		expect(t, err, "roll.not-theirs")
		if !strings.Contains(err.Error(), "残疾等级") {
			t.Error(err)
		}
		allowances := "姓名,身份证号码,残疾人证号,补贴类型\n王小明," + number(1) + ",,护理补贴\n"
		u := upload("县教育和体育局", allowances)
		u.Wish, u.Offices = sheet.Wish{}, []string{"教体局"}
		_, err = w.Receive(context.Background(), w.by, u)
		expect(t, err, "roll.not-theirs")
		// A file whose columns are named later is bound as well.
		u = ofSchools(sheet.Mapping{}, "")
		content := "甲,乙,丙\n王小明," + number(1) + ",2\n"
		u.Content, u.Size, u.Wish, u.Ask = strings.NewReader(content), int64(len(content)), sheet.Wish{}, true
		i, err := w.Receive(context.Background(), w.by, u)
		expect(t, err, "")
		m := sheet.Mapping{Columns: []sheet.Column{{Header: "甲", As: "person.name"}, {Header: "乙", As: "person.id"}, {Header: "丙", As: "person.disability.level"}}}
		expect(t, w.try(func(tx *store.Tx) error { return w.Understand(tx, i.ID, "", m) }), "roll.not-theirs")
		m.Columns[2].As = "person.school.year"
		expect(t, w.try(func(tx *store.Tx) error { return w.Understand(tx, i.ID, "", m) }), "")
		w.look(func(tx *store.Tx) error {
			list, err := w.List(tx, roll.Filter{}, "", 10)
			if len(list) != 1 {
				t.Errorf("%d imports are kept", len(list))
			}
			return err
		})
		catalogue, err := w.Catalogue()
		expect(t, err, "")
		for _, template := range catalogue.Templates {
			if suits := w.Suits([]string{"教体局"}, template); suits != (template.ID == "enrolment") && template.StatesFacts() {
				t.Errorf("%s suits the education office: %v", template.ID, suits)
			}
		}
	})
}
