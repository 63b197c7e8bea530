package web_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"doudi/decide/rule"
	fiction "doudi/internal/county"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/store"
)

// pupil registers a girl of whom papers are missing for two benefits: as a pupil, and because of a disability; and lets a month be approved.
func (f *family) pupil() (id string) {
	f.Helper()
	id, err := f.Add(fiction.Named{Name: "周小雨", Number: fiction.Number("20120305", "024"), Listed: true})
	must(f.T, err)
	must(f.T, f.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		for name, value := range map[string]rule.Fact{"person.has_disability": {Value: rule.Bool(true), Source: "县残联"}, "person.school.stage": {Value: rule.Text("primary"), Source: "县教体局"}} {
			value.Span = dated.Always
			if _, err := f.Register.Record(tx, id, name, value, ""); err != nil {
				return err
			}
		}
		return nil
	}))
	run := f.ran(f.as("register"))
	must(f.T, f.Do(now, f.as("checker"), func(tx *store.Tx) error { _, err := f.Benefits.Approve(tx, run.ID, ""); return err }))
	return id
}

// Each role reads the verdicts that its purpose needs. The others leave no trace: neither in files and households, nor in lists, their choices and their
// counts, nor in the queues.
func TestVerdictsByRole(t *testing.T) {
	f := openFamily(t)
	girl := f.pupil()
	const pupils, disabled, care = "贫困生交通生活补助", "重度残疾人补助", "失能人员护理费补贴"
	for _, tt := range []struct {
		role    string
		reads   []string
		not     []string
		waiting string // how many papers are asked for that the post knows of
	}{
		{"town", []string{pupils, disabled, care}, nil, "2"},
		{"register", []string{pupils, disabled, care}, nil, "2"},
		{"checker", []string{pupils, disabled, care}, nil, "2"},
		{"auditor", []string{pupils, disabled, care}, nil, "2"},
		{"disability", []string{disabled}, []string{pupils, "就学生活补助", care, "专项照料补贴", "就读学段", "县扶贫办", "年终住院专项帮扶"}, "1"},
		{"education", []string{pupils}, []string{disabled, "专项生活补助", care, "专项照料补贴", "残疾等级", "列入建档立卡", "年终住院专项帮扶"}, "1"},
		{"village", []string{pupils}, []string{disabled, "专项生活补助", care, "专项照料补贴", "残疾等级", "残联"}, "1"},
		{"insurance", nil, []string{pupils, "就学生活补助", disabled, "专项生活补助", care, "专项照料补贴"}, "0"},
	} {
		t.Run(tt.role, func(t *testing.T) {
			f.T = t
			f.signIn(tt.role)
			said := map[string]string{}
			for _, page := range []string{"/people/" + f.woman, "/people/" + f.boy, "/people/" + girl, "/people/" + girl + "/history", "/people/" + girl + "/print", "/households/" + f.household, "/waiting?verdict=documents-needed", "/", "/search"} {
				f.get(page)
				f.is(200)
				f.not(tt.not...)
				said[page] = f.lastAnswer
			}
			if a, b, c := titles(said["/people/"+f.woman]), titles(said["/people/"+f.boy]), titles(said["/people/"+girl]); a != b || b != c {
				t.Errorf("whom a benefit concerns shows by which are told:\n%s\n%s\n%s", a, b, c)
			}
			for _, name := range tt.reads {
				if !strings.Contains(said["/people/"+girl], name) {
					t.Errorf("%s is not read", name)
				}
			}
			if rows := strings.Count(said["/waiting?verdict=documents-needed"], "缺少材料"); strconv.Itoa(rows) != tt.waiting {
				t.Errorf("%d wait for documents in the list, want %s", rows, tt.waiting)
			}
			for _, page := range []string{"/", "/waiting?verdict=documents-needed"} {
				text := regexp.MustCompile(`<[^>]*>|\s`).ReplaceAllString(said[page], "")
				if count := regexp.MustCompile(`缺材料待补(\d+)`).FindStringSubmatch(text); count == nil && tt.waiting != "0" || count != nil && count[1] != tt.waiting {
					t.Errorf("%s counts %v, want %s", page, count, tt.waiting)
				}
			}
			f.get("/waiting?verdict=documents-needed&scheme=" + fiction.Pingyin + "/severe-disability")
			if a, _ := auth.RoleOf(tt.role).May(auth.SeePeople); !a.Shows(rule.Health) && strings.Contains(f.lastAnswer, "周小雨") {
				t.Error("a benefit that is not read can be asked for by its address")
			}
		})
	}
}

// The federation reads what came of the allowance it examines disability for: each condition, and of the facts those of its own purpose.
func TestFederationReadsItsBenefit(t *testing.T) {
	f := openFamily(t)
	f.signIn("disability")
	f.get("/people/" + f.woman)
	f.is(200, "重度残疾人补助", "发</span>", "100.00 元/月", "在建档立卡范围内", "残疾等级 2", "县残联", "〔已隐去〕", "用途：残疾等级审核")
	f.get("/en/people/" + f.woman)
	f.is(200, "Severe disability allowance", "[withheld]")
	f.get("/households/" + f.household)
	f.is(200, "重度残疾人补助", "100.00")
}
