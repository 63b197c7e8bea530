package web_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doudi/decide/rule"
	fiction "doudi/internal/county"
	"doudi/kernel/period"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

// family is a household of the village: a woman with a severe disability, and her grandson.
type family struct {
	*desk
	household, woman, boy string
	tries                 int
}

func openFamily(t *testing.T) *family {
	t.Helper()
	return openFamilySince(t, period.MustDay(2021, 5, 10))
}

// openFamilySince is a family with the day on which the woman's allowance was approved.
func openFamilySince(t *testing.T, approved period.Day) *family {
	t.Helper()
	f := &family{desk: office(t)}
	f.woman = f.listed
	must(t, f.Do(now, fiction.Clerk, func(tx *store.Tx) (err error) {
		for name, value := range map[string]any{"person.has_disability": true, "person.disability.level": 2, "person.disability.certificate_generation": 2} {
			fact := rule.Fact{Span: dated.Always, Source: "县残联"}
			switch v := value.(type) {
			case bool:
				fact.Value = rule.Bool(v)
			case int:
				fact.Value = rule.Int(int64(v))
			}
			if _, err := f.Register.Record(tx, f.woman, name, fact, ""); err != nil {
				return err
			}
		}
		if _, err = f.Benefits.Act(tx, benefit.Act{Subject: f.woman, Scheme: fiction.Pingyin + "/severe-disability", Kind: benefit.Approve, Day: approved, Reason: "批准",
			Facts: map[string]string{"application.day": `"` + approved.AddDays(-9).String() + `"`}}); err != nil {
			return err
		}
		if f.boy, err = f.Register.AddPerson(tx, register.Person{Name: "张小明", Number: fiction.Number("20060302", "013"), From: rule.Beginning}); err != nil {
			return err
		}
		if _, err := f.Register.Record(tx, f.boy, "person.hukou", rule.Fact{Value: rule.Division(fiction.FirstVillage), Span: dated.Always}, ""); err != nil {
			return err
		}
		if f.household, err = f.Register.AddHousehold(tx, register.Dwelling{Division: fiction.FirstVillage, Address: "3 组"}, f.woman, dated.Today(tx)-100, dated.Said{}); err != nil {
			return err
		}
		return f.Register.Join(tx, f.household, f.boy, "grandchild", dated.Today(tx)-100, dated.Said{})
	}))
	return f
}

// A clerk finds somebody by number and sees what is due and why, from which facts of which office.
func TestPersonFile(t *testing.T) {
	f := openFamily(t)
	f.signIn("town")
	f.get("/")
	f.is(200, "工作台", "星期一", "城关镇 · 镇经办")
	f.post("/search", url.Values{"q": {f.identity}})
	f.sends("/people/" + f.woman)
	f.get("/people/" + f.woman)
	f.is(200, "李桂芳", "999901********0029", "判定所用信息", "县残联", "待遇判定", "重度残疾人补助", "发</span>", "100.00 元/月", "为什么发", "✓ 符合", "条文大意", "用途：受理与初审", "建档立卡")
	f.not(f.identity)
	f.get("/people/" + f.woman + "?at=2021-13-40")
	f.is(422, "2021-13-40", `href="#at"`, "李桂芳", "错误：")
	f.get("/people/" + f.woman + "?at=20190101")
	f.is(200, `value="2019-01-01"`)
	f.not("重度残疾人补助")
	f.get("/people/" + f.woman + "/history")
	f.is(200, "变更记录", "残疾等级", "县残联")
	f.post("/people/"+f.woman+"/number", url.Values{})
	f.is(200, "999901 19540302 0029")
	f.get("/en/people/" + f.woman)
	f.is(200, "What is due", "Pays", "Why it is due", "met")
}

// Facts that the purpose does not need are not shown, nor what could not be decided without them.
func TestWithheldFacts(t *testing.T) {
	f := openFamily(t)
	f.signIn("village")
	f.get("/people/" + f.woman)
	f.is(200, "李桂芳", "判定所用信息", "用途：入户与代办")
	f.not("残疾等级", "重度残疾人补助", "县残联", "慢病", "诊断")
	village := f.lastAnswer
	f.get("/people/" + f.boy)
	if titles(village) != titles(f.lastAnswer) {
		t.Errorf("benefits of one are told by name and of another are not: what is withheld shows\n%s\n%s", titles(village), titles(f.lastAnswer))
	}
	f.get("/people/" + f.woman + "/history")
	f.is(200, "户籍地")
	f.not("残疾等级", "重度残疾人补助")
	f.get("/households/" + f.household)
	f.is(200, "李桂芳", "张小明")
	f.not("残疾等级", "重度残疾人补助")
}

// titles are the ids of the benefits a page tells of, in the order of their names.
func titles(page string) string {
	var ids []string
	for _, part := range strings.Split(page, `<details class="ent" id="`)[1:] {
		id, _, _ := strings.Cut(part, `"`)
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// A household is its members and who has what.
func TestHouseholdFile(t *testing.T) {
	f := openFamily(t)
	f.signIn("register")
	f.get("/people/" + f.boy)
	home := f.link("/households/[^\"]*")
	f.get("/households/" + f.household) // as other systems know it
	f.is(200, "李桂芳 户")
	f.get(home)
	f.is(200, "户编号 "+strings.TrimPrefix(home, "/households/"), "李桂芳 户", "张小明", "孙子女", "3 组", "成员与待遇", "重度残疾人补助", "100.00", "家庭人口", `/people/`+f.woman+`#`)
	f.get("/search?q=" + strings.TrimPrefix(home, "/households/"))
	f.sends(home)
	f.post("/search", url.Values{"q": {" " + strings.TrimPrefix(home, "/households/")}})
	f.sends(home)
	f.get("/people/" + f.boy)
	number := regexp.MustCompile(`人员编号 (\d{6,})<`).FindStringSubmatch(f.lastAnswer)[1]
	f.get("/search?q=" + number)
	f.sends("/people/" + f.boy)
	for _, unknown := range []string{"000019", "0000188", "PZ00001", "李桂芳"} {
		f.get("/search?q=" + url.QueryEscape(unknown))
		f.is(404, "没有编号为", unknown)
	}
	f.signIn("finance") // sees no people, and does not learn that there are any
	f.get("/search?q=" + number)
	f.is(404, "没有编号为")
	f.get("/search?q=PZ00001")
	f.sends(f.lastAddress)
	f.get(f.lastAddress)
	f.is(200, "凭证 PZ00001")
	f.post("/search", url.Values{"q": {"张小明"}})
	f.is(404, "没有编号为")
	f.signIn("register")
	f.get("/households/nobody")
	f.is(404, "没有这一户")
}

// Every look is in the log, with its purpose.
func TestLooksOfClerks(t *testing.T) {
	f := openFamily(t)
	before := f.looksBy(f.woman, "孙倩")
	f.signIn("town")
	f.get("/people/" + f.woman)
	f.get("/people/" + f.woman + "/history")
	f.get("/households/" + f.household)
	f.post("/people/"+f.woman+"/number", url.Values{})
	if looks := f.looksBy(f.woman, "孙倩") - before; looks != 4 {
		t.Errorf("%d looks recorded, want 4", looks)
	}
}
