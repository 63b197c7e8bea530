package roll_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"doudi/decide/rule"
	"doudi/record/audit"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// The error workbook holds the rows that were left out with their reasons, and can be handed in again.
func TestWriteRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		i := w.stage("县残联", header+
			line("", "", "", "李四", number(11), "是", "")+
			line("", "", "", "", number(12), "是", "")+
			line("", "", "", "张三", number(13), "也许", "")+
			line("", "", "", "王五", number(14), "是", "")+
			line("", "", "", "王六", number(14), "是", ""))
		var back bytes.Buffer
		n, err := w.WriteRefused(context.Background(), w.by, i.ID, "zh", &back)
		if n != 4 || err != nil {
			t.Fatalf("%d rows, %v", n, err)
		}
		book, err := sheet.Open(sheet.Source{Name: "退回.xlsx", Content: bytes.NewReader(back.Bytes()), Size: int64(back.Len())})
		expect(t, err, "")
		var text string
		for line, err := range book.Lines(book.Sheets[0]) {
			expect(t, err, "")
			for _, c := range line.Cells {
				text += c.Text + "|"
			}
			text += "\n"
		}
		for _, want := range []string{"未通过的原因", number(12) + "|", "补上姓名", "G4（参加基本医疗保险）：", "同一个身份号码下有不同的姓名（第 4、5 行）"} {
			if !strings.Contains(text, want) {
				t.Errorf("the workbook lacks %s:\n%s", want, text)
			}
		}
		if strings.Contains(text, "李四") {
			t.Errorf("a good row went back:\n%s", text)
		}
		_, err = w.WriteRefused(context.Background(), w.by, "x", "zh", &back)
		expect(t, err, "roll.unknown")
	})
}

// A list shows what may be seen, says by what it was chosen, and everybody on it is named in the log.
func TestExport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.apply(w.stage("县医保局", twoHouseholds()).ID)
		all := func(rule.Sensitivity) bool { return true }
		none := func(rule.Sensitivity) bool { return false }
		columns := []string{"person.insured", "household.income_per_head"}
		for _, tt := range []struct {
			name  string
			query roll.Query
			want  []string
			lacks []string
			rows  int
		}{
			{"everything", roll.Query{Sees: all}, []string{"王小明,'" + number(1) + ",是,5123.45", "单小花", "曾乐", "用途：核查"}, []string{"＊"}, 4},
			{"little", roll.Query{Sees: none}, []string{"＊＊＊,＊＊＊,是,＊＊＊", "＊＊＊,＊＊＊,否,"}, []string{"王小明", number(1), "5123"}, 4},
			{"a village", roll.Query{Sees: all, Division: "999901100201"}, []string{"地域：999901100201", "王小明"}, []string{"曾乐"}, 3},
			{"a roster nobody is on", roll.Query{Sees: all, Roster: "roster.dibao"}, []string{"名册：roster.dibao"}, []string{"王小明"}, 0},
			{"before they were known", roll.Query{Sees: all, Division: town, Day: today - 3000}, nil, []string{"王小明"}, 0},
		} {
			t.Run(tt.name, func(t *testing.T) {
				q := tt.query
				q.Columns, q.Purpose = columns, "核查"
				if q.Day == 0 {
					q.Day = today
				}
				var b bytes.Buffer
				n, err := w.Export(context.Background(), w.by, q, sheet.CSV, &b)
				if n != tt.rows || err != nil {
					t.Errorf("%d rows, %v", n, err)
				}
				for _, want := range tt.want {
					if !strings.Contains(b.String(), want) {
						t.Errorf("no %s in\n%s", want, &b)
					}
				}
				for _, lack := range tt.lacks {
					if strings.Contains(b.String(), lack) {
						t.Errorf("%s in\n%s", lack, &b)
					}
				}
			})
		}
		w.look(func(tx *store.Tx) error {
			entries, err := audit.About(tx, w.person(number(1)))
			if len(entries) < 4 { // applied, and on three lists
				t.Errorf("%d entries", len(entries))
			}
			return err
		})
		_, err := w.Export(context.Background(), w.by, roll.Query{Sees: all, Day: today}, sheet.CSV, &bytes.Buffer{})
		expect(t, err, "roll.purpose")
		_, err = w.Export(context.Background(), w.by, roll.Query{Sees: all, Day: today, Purpose: "x", Roster: "roster.no"}, sheet.CSV, &bytes.Buffer{})
		expect(t, err, "register.roster-unknown")
	})
}
