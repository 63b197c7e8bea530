package web_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"doudi/decide/rule"
	fiction "doudi/internal/county"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/store"
	"doudi/record/upkeep"
)

var changeAddress = regexp.MustCompile(`\A(/admin/changes/[0-9a-f-]{36})\?done=1\z`)

// proposed sends a form of the administration and answers the address of the change it made.
func (d *desk) proposed(path string, form url.Values) string {
	d.Helper()
	d.post(path, form)
	found := changeAddress.FindStringSubmatch(d.lastAddress)
	if d.lastCode != 303 || found == nil {
		d.Fatalf("status %d to %q:\n%s", d.lastCode, d.lastAddress, d.lastAnswer)
	}
	return found[1]
}

// approved lets a change take effect, as the checker, and comes back as the administrator.
func (d *desk) approved(change string) {
	d.Helper()
	d.signIn("checker")
	d.get(change)
	d.is(200, "复核通过并生效")
	d.post(change+"/approve", d.form())
	d.sends(change + "?done=2")
	d.get(change)
	d.is(200, "已生效")
	d.signIn("admin")
}

// sendDivisions hands towns and villages in as a table.
func (d *desk) sendDivisions(name, content string) {
	d.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for field, value := range map[string]string{"key": name + content, "proposal": "new", "new.rows": "", "new.from": "1949-10-01", "new.reason": "名册"} {
		must(d.T, w.WriteField(field, value))
	}
	part, err := w.CreateFormFile("file", name)
	must(d.T, err)
	_, err = part.Write([]byte(content))
	must(d.T, err)
	must(d.T, w.Close())
	r := httptest.NewRequest("POST", "/admin/divisions/new", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	d.send(r)
}

// One person adds towns and villages by pasting them, another approves, and then they are there.
func TestDivisions(t *testing.T) {
	d := office(t)
	d.signIn("admin")
	d.get("/admin/divisions")
	d.is(200, "城关镇", "共 1 个乡镇", "村、社区")
	d.not("属于")
	d.get("/admin/divisions/new")
	form := with(d.form(), "new.rows", "999901300001\t河东村\n999901300000，河口镇\n\n", "new.from", "19491001", "new.reason", "县民政局名册")
	d.post("/admin/divisions/new", with(form, "new.rows", "999901300001 河东村"))
	d.is(422, "999901300", "错误：", `href="#new-rows"`, "县民政局名册")
	d.post("/admin/divisions/new", with(form, "new.rows", "12 河东村"))
	d.is(422, "第 1 行", `href="#new-rows"`)
	d.post("/admin/divisions/new", with(form, "new.rows", "999901300"))
	d.is(422, "第 1 行", "名称")
	d.post("/admin/divisions/new", with(form, "new.rows", "\n"))
	d.is(422, "没有写明要改什么")
	d.post("/admin/divisions/new", with(form, "new.reason", " "))
	d.is(422, "没有写明依据", `href="#new-reason"`, "河东村")
	d.post("/admin/divisions/new", with(form, "new.from", "soon"))
	d.is(422, "soon", `href="#new-from"`)
	d.post("/admin/divisions/new", with(form, "new.rows", "999901300 <script>alert(1)</script>", "key", "hostile"))
	d.not("<script>alert")
	d.sendDivisions("没有.txt", "名称\n河口镇\n")
	d.is(422, "表里没有找到区划代码", `href="#new-rows"`)
	d.sendDivisions("名册.csv", "乡镇村,代码,备注\n河口镇,999901300000,\n,999901300001,9\n")
	d.is(422, "第 2 行", "999901300000 河口镇")
	d.sendDivisions("名册.csv", "乡镇村,代码\n河口镇,999901300000\n")
	if d.lastCode != 303 {
		t.Fatal(d.lastAnswer)
	}
	change := d.proposed("/admin/divisions/new", form)
	if again := d.proposed("/admin/divisions/new", form); again != change {
		t.Error("sending the form twice proposed twice")
	}
	d.get(change + "?done=1")
	d.is(200, "等另一人复核", "设立 河口镇（999901300）", "收回", "复核人须是另一人")
	d.not("复核通过并生效")
	d.post(change+"/approve", url.Values{"key": {"a"}})
	d.is(404)
	d.get("/admin/divisions")
	d.not("河口镇")
	d.signIn("checker")
	d.get("/")
	d.is(200, "区划机构日历", "设立 河口镇（999901300）")
	if got := d.waits("待我复核"); got != "3" {
		t.Errorf("%s wait for a check", got)
	}
	d.approved(change)
	d.get("/admin/divisions")
	d.is(200, "河口镇", "共 2 个乡镇")
	d.get("/admin/divisions/999901300")
	d.is(200, "河东村", "沿革", "更名", "撤并")
	rename := with(d.form(), "proposal", "rename", "rename.name", "河口街道", "rename.from", "2021-11-08", "rename.reason", "省政府批复")
	d.post("/admin/divisions/999901300/rename", with(rename, "rename.name", ""))
	d.is(422, "没有写新名称", `href="#rename-name"`)
	d.approved(d.proposed("/admin/divisions/999901300/rename", rename))
	d.get("/admin/divisions/999901300")
	d.is(200, "河口街道", "河口镇", "至 2021-11-07")
	d.get("/admin/divisions?at=2020-01-01")
	d.is(200, "河口镇")
	d.get("/admin/divisions?q=河东")
	d.is(200, "河东村", "999901300001", "河口街道", "共 2 个乡镇", "名称或代码：河东")
	d.not("城关镇")
	d.get("/admin/divisions?q=999901300")
	d.is(200, "河东村", "河口街道")
	d.get("/admin/divisions?q=<script>")
	d.is(200, "没有名称或代码里有“&lt;script&gt;”的乡镇、村")
	d.get("/admin/divisions?at=once")
	d.is(422, "once", `href="#at"`)
	for _, nothing := range []string{"/admin/divisions/999901999", "/admin/divisions/x", "/admin/changes/x"} {
		d.get(nothing)
		d.is(404)
	}
}

// What was proposed is taken back by its maker, or sent back with the reason.
func TestChangesAreSentBack(t *testing.T) {
	d := office(t)
	d.signIn("admin")
	propose := func() string {
		d.get("/admin/divisions/new")
		return d.proposed("/admin/divisions/new", with(d.form(), "new.rows", "999901300 河口镇", "new.from", "1949-10-01", "new.reason", "名册"))
	}
	own, other := propose(), propose()
	d.post(own+"/reject", url.Values{"key": {"r1"}, "note": {"写错了"}})
	d.sends(own + "?done=2")
	d.get(own)
	d.is(200, "已退回", "写错了")
	d.signIn("checker")
	d.post(other+"/reject", url.Values{"key": {"r2"}, "note": {" "}})
	d.is(422, "没有写明退回的理由", `href="#note"`)
	d.post(other+"/reject", url.Values{"key": {"r3"}, "note": {"代码不对"}})
	d.sends(other + "?done=2")
	d.post(other+"/approve", url.Values{"key": {"r4"}})
	d.is(409, "已经复核过")
	d.get("/admin/changes")
	d.is(200, "没有待复核的变更")
	d.not("已退回")
	d.get("/admin/changes?state=answered")
	d.is(200, "已退回")
	d.signIn("auditor") // sees, and changes nothing
	d.get(other)
	d.is(200, "代码不对")
	d.not("退回</button>", "收回")
}

// Offices are renamed and succeeded; a hospital is registered with its level, changes it and closes.
func TestInstitutions(t *testing.T) {
	d := office(t)
	d.signIn("admin")
	d.get("/admin/institutions")
	d.is(200, "county-office")
	d.get("/admin/institutions/new?kind=office")
	form := with(d.form(), "new.name", "县卫健局", "new.id", "county-health", "new.from", "2019-01-01", "new.reason", "三定方案")
	d.post("/admin/institutions/new?kind=office", with(form, "new.id", "县卫健局"))
	d.is(422, "部门代号", `href="#new-id"`)
	d.approved(d.proposed("/admin/institutions/new?kind=office", form))
	d.get("/admin/institutions/county-health")
	d.is(200, "县卫健局", "职责由别的部门承接")
	d.approved(d.proposed("/admin/institutions/county-health/rename", with(d.form(), "proposal", "rename", "rename.name", "县卫生健康局", "rename.from", "2021-01-01", "rename.reason", "更名文件")))
	d.get("/admin/institutions")
	d.is(200, "县卫生健康局")
	d.get("/admin/institutions/new?kind=hospital")
	d.is(200, "医疗机构等级", "乡镇卫生院", "统一社会信用代码")
	hospital := with(d.form(), "new.name", "城关卫生院", "new.division", string(fiction.FirstTown), "new.visit.hospital.tier", "town", "new.visit.hospital.designated", "true", "new.from", "2000-01-01", "new.reason", "执业许可证")
	d.post("/admin/institutions/new?kind=hospital", with(hospital, "new.code", "123"))
	d.is(422, "错误：", "城关卫生院")
	d.post("/admin/institutions/new?kind=hospital", with(hospital, "new.name", " "))
	d.is(422, "没有写名称", `href="#new-name"`)
	d.approved(d.proposed("/admin/institutions/new?kind=hospital", hospital))
	d.get("/admin/institutions?kind=hospital")
	d.is(200, "城关卫生院", "乡镇卫生院", "定点医疗机构")
	here := regexp.MustCompile(`/admin/institutions/[0-9a-f-]{36}">城关卫生院`).FindString(d.lastAnswer)
	here = strings.TrimSuffix(here, `">城关卫生院`)
	d.get(here)
	d.is(200, "执业许可证", "列入名单", "停办")
	tier := "fact-visit-hospital-tier"
	level := url.Values{"proposal": {tier}, "key": {"t1"}, tier + ".value": {"county"}, tier + ".from": {"2021-11-01"}, tier + ".reason": {"等级评审"}}
	d.post(here+"/"+tier, with(level, tier+".value", ""))
	d.is(422, "没有填写", `href="#`+tier+`-value"`)
	d.post(here+"/"+tier, with(level, tier+".value", "moon"))
	d.is(422, "moon")
	change := d.proposed(here+"/"+tier, level)
	d.get(change)
	d.is(200, "城关卫生院：医疗机构等级：县级（二级）")
	d.approved(change)
	d.get("/admin/institutions?kind=hospital")
	d.is(200, "县级（二级）")
	d.approved(d.proposed(here+"/list", url.Values{"proposal": {"list"}, "key": {"l1"}, "list.list": {"双通道"}, "list.from": {"2021-01-01"}, "list.to": {"2021-12-31"}, "list.reason": {"医保通知"}}))
	d.get(here)
	d.is(200, "双通道", "2021-01-01 至 2021-12-31")
	statement := regexp.MustCompile(`<option value="([0-9a-f-]{36})">名单`).FindStringSubmatch(d.lastAnswer)
	if statement == nil {
		t.Fatal("the place on the list cannot be ended")
	}
	end := url.Values{"proposal": {"end"}, "key": {"e1"}, "end.statement": {statement[1]}, "end.last": {"2021-11-30"}, "end.reason": {"退出"}}
	d.post(here+"/end", with(end, "end.statement", ""))
	d.is(422, "没有选择要终止哪一项")
	d.approved(d.proposed(here+"/end", end))
	d.get(here)
	d.is(200, "2021-01-01 至 2021-11-30")
	d.approved(d.proposed(here+"/close", url.Values{"proposal": {"close"}, "key": {"c1"}, "close.last": {"2021-11-07"}, "close.reason": {"撤并"}}))
	d.get(here)
	d.is(200, "停办或未设")
	for _, nothing := range []string{"/admin/institutions/x", here + "x"} {
		d.get(nothing)
		d.is(404)
	}
	d.post(here+"/burn", url.Values{"proposal": {"burn"}})
	d.is(404)
}

// The county states a day and a whole year.
func TestCalendar(t *testing.T) {
	d := office(t)
	d.signIn("admin")
	d.get("/admin/calendar")
	d.is(200, "工作日历 2021 年", "国庆节", "程序自带")
	set := with(d.form(), "proposal", "set", "set.day", "20211110", "set.name", "县庆日", "set.working", "off", "set.reason", "县政府通知")
	d.post("/admin/calendar/set?year=2021", with(set, "set.working", ""))
	d.is(422, "没有选上班还是放假", `href="#set-working"`)
	d.post("/admin/calendar/set?year=2021", with(set, "set.name", ""))
	d.is(422, `href="#set-name"`)
	d.approved(d.proposed("/admin/calendar/set?year=2021", set))
	d.get("/admin/calendar?year=2021")
	d.is(200, "县庆日", "本县：", "取消本县的规定")
	d.approved(d.proposed("/admin/calendar/unset?year=2021", url.Values{"proposal": {"unset"}, "key": {"u"}, "unset.day": {"2021-11-10"}, "unset.reason": {"取消"}}))
	d.get("/admin/calendar?year=2021")
	d.not("县庆日")
	d.get("/admin/calendar?year=2031")
	d.is(200, "放假安排还没有", "录入全年放假安排")
	year := with(d.form(), "proposal", "year", "year.rows", "2031-01-01 元旦 放假\n20310104,元旦调休,上班\n", "year.reason", "国办通知")
	for wrong, says := range map[string]string{"2031-01-01 元旦": "第 1 行", "2030-01-01 元旦 放假": "不在这一年", "once 元旦 放假": "第 1 行", "2031-01-01 元旦 maybe": "放假或上班"} {
		d.post("/admin/calendar/year?year=2031", with(year, "year.rows", wrong))
		d.is(422, says, `href="#year-rows"`)
	}
	d.approved(d.proposed("/admin/calendar/year?year=2031", year))
	d.get("/admin/calendar?year=2031")
	d.is(200, "元旦调休", "工作日 2")
	d.post("/admin/calendar/burn", url.Values{"proposal": {"burn"}})
	d.is(404)
}

// Parameters are shown as adopted, with where each comes from.
func TestParameters(t *testing.T) {
	d := office(t)
	d.signIn("policy")
	d.get("/admin/parameters")
	d.is(200, "全县", "文件", "参数", "目录：")
	d.get("/admin/parameters?at=1999-01-01")
	d.is(200, "没有采用任何政策")
	d.get("/en/admin/parameters")
	d.is(200, "Parameters and catalogues", "the document")
}

// A trial keeps nothing, whatever is tried.
func TestTrialKeepsNothing(t *testing.T) {
	d := office(t)
	d.signIn("admin")
	d.get("/admin/divisions/new")
	d.proposed("/admin/divisions/new", with(d.form(), "new.rows", "999901300 河口镇", "new.from", "1949-10-01", "new.reason", "名册"))
	must(t, d.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		waiting, err := upkeep.Waiting(tx, upkeep.Standing)
		if len(waiting) != 1 {
			t.Errorf("%d changes wait", len(waiting))
		}
		list, listErr := d.Register.Divisions(tx, rule.Forever, rule.Forever)
		for _, division := range list {
			if division.Name == "河口镇" {
				t.Error("the trial registered the town")
			}
		}
		must(t, listErr)
		return err
	}))
}

// After villages went into one another, those who serve the new one find the people of the old one, and nobody else does.
func TestReachAfterMerger(t *testing.T) {
	f := openForeign(t)
	f.signIn("village")
	f.get("/people/" + f.person)
	f.is(404)
	must(t, f.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		return f.Register.EndDivision(tx, "999901200001", dated.Today(tx)-1, fiction.FirstVillage, dated.Said{})
	}))
	f.get("/people/" + f.person)
	f.is(200, "李外村")
	f.get("/households/" + f.households[1])
	f.is(200, "李外村")
	f.post("/search", url.Values{"q": {f.number}})
	f.sends("/people/" + f.person)
}

// By a name a window finds its own patients alone; another hospital's are as unknown as nobody.
func TestNameSearchOfAWindow(t *testing.T) {
	f := openForeign(t)
	f.signIn("cashier")
	f.post("/search", url.Values{"q": {"李外村"}})
	f.is(404)
	known := strings.ReplaceAll(f.lastAnswer, "李外村", "…")
	f.post("/search", url.Values{"q": {"王无此人"}})
	if nobody := strings.ReplaceAll(f.lastAnswer, "王无此人", "…"); changing.ReplaceAllString(known, "…") != changing.ReplaceAllString(nobody, "…") {
		t.Error("a window finds out by name who is on the register")
	}
	f.post("/search", url.Values{"q": {f.number}}) // with the card
	f.sends("/people/" + f.person)
}

// A key is issued to a hospital's system, shown once, and revoked.
func TestKeys(t *testing.T) {
	d := office(t)
	d.signIn("admin")
	d.get("/admin/keys")
	d.is(200, "还没有发过密钥")
	d.get("/admin/keys/new")
	d.is(200, "县人民医院", "交账单、查账单、试算")
	form := with(d.form(), "party", d.Hospital, "name", "医院信息系统", "scope.bills", "1", "scope.settlements", "1", "from", "2021-11-08", "to", "2022-12-31")
	d.post("/admin/keys/new", with(form, "name", ""))
	d.is(422, `href="#name"`)
	d.post("/admin/keys/new", with(form, "to", "2020-01-01"))
	d.is(422, `href="#to"`)
	d.post("/admin/keys/new", with(form, "scope.bills", "", "scope.settlements", ""))
	d.is(422, "没有写明密钥可以做什么")
	d.post("/admin/keys/new", with(form, "scope.funds.read", "1"))
	d.is(422, "funds.read")
	d.post("/admin/keys/new", form)
	d.is(200, "只显示这一次", "doudi_"+fiction.Code+"_")
	written := regexp.MustCompile(`doudi_[0-9a-f_]+`).FindString(d.lastAnswer)
	must(t, d.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		_, err := auth.Check(tx, written, dated.Day(now))
		return err
	}))
	d.post("/admin/keys/new", form) // sent twice: nothing is issued again, and the key is not shown again
	d.is(409, "已经发过")
	d.get("/admin/keys")
	d.is(200, "医院信息系统", "县人民医院", "在用", "从未")
	d.not(written)
	revoke := regexp.MustCompile(`/admin/keys/[0-9a-f]{32}/revoke`).FindString(d.lastAnswer)
	d.post(revoke, url.Values{"key": {"r1"}, "reason": {" "}})
	d.is(422, "没有写明")
	d.post(revoke, url.Values{"key": {"r2"}, "reason": {"更换系统"}})
	d.sends("/admin/keys?state=revoked&done=1")
	d.get("/admin/keys?state=revoked&done=1")
	d.is(200, "已吊销", "立即生效", "医院信息系统")
	d.get("/admin/keys")
	d.is(200, "还没有发过密钥")
	d.post(revoke, url.Values{"key": {"r3"}, "reason": {"更换系统"}})
	d.is(403)
}

// The administrator sees how the program and its database are, and what is still to be done before an office can open.
func TestSystem(t *testing.T) {
	d := office(t)
	d.signIn("admin")
	d.get("/admin/system")
	d.is(200, "数据库", "SQLite", "还没有备份", "封存")
	must(t, d.Do(now, fiction.Clerk, func(tx *store.Tx) error { return nil }))
	_, err := d.Store.Backup(context.Background(), t.TempDir()+"/b", "passphrase", now)
	must(t, err)
	must(t, d.Store.NoteBackup(context.Background(), now, 42))
	d.get("/admin/system")
	d.is(200, "2021-11-08 10:42", "42 行")
	d.get("/admin/start")
	d.is(200, "开办清单", "乡镇、村", "第二个人", "采用政策", "资金专账", "已开立 ")
}
