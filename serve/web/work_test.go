package web_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	fiction "doudi/internal/county"
	"doudi/kernel/period"
	"doudi/record/benefit"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/payment"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/snapshot"
	"doudi/record/store"
)

// as is who an account acts as, for what is done beside the pages.
func (d *desk) as(login string) (a store.Actor) {
	d.Helper()
	must(d.T, d.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		all, err := d.Staff.Accounts(tx)
		for _, one := range all {
			if one.Login == login {
				a = store.Actor{ID: one.ID, Name: one.Name, Post: "经办"}
			}
		}
		return err
	}))
	return a
}

// ran computes the run of a month, as somebody's, ready to be checked.
func (f *family) ran(by store.Actor) benefit.Run {
	f.Helper()
	ask := benefit.Ask{As: snapshot.As{County: fiction.Code, Actor: by, Instant: now}, Month: period.MustDay(2021, 11, 1).Month()}
	run, err := f.Benefits.Start(context.Background(), f.Store, ask)
	must(f.T, err)
	run, err = f.Benefits.Compute(context.Background(), f.Store, ask, run.ID, 1)
	must(f.T, err)
	return run
}

// A run is checked by its differences, by another person than its maker.
func TestRuns(t *testing.T) {
	f := openFamily(t)
	f.signIn("checker")
	f.get("/runs")
	f.is(200, "还没有核定过")
	f.ran(f.as("register"))
	f.get("/")
	f.is(200, "2021-11 核定", "先看差异，再复核", "周经办")
	f.waiting("1 0 0 0 1")
	f.get("/runs")
	f.is(200, "2021-11", "周经办")
	f.get("/en/runs")
	f.is(200, "no. 1</small>") // what Chinese says behind the number English does not
	f.get("/runs")
	here := regexp.MustCompile(`href="(/runs/\d+)"`).FindStringSubmatch(f.lastAnswer)[1]
	f.get(here)
	f.is(200, "与上月差异", "重度残疾人补助", "100.00", "勾稽", "差 0.00", "李桂芳", "复核通过")
	why := strings.ReplaceAll(regexp.MustCompile(here+`/why\?[^"]*severe-disability[^"]*`).FindString(f.lastAnswer), "&amp;", "&")
	if why == "" {
		t.Fatal("no reason is linked")
	}
	f.get(here + "?kind=new")
	f.is(200, "清空筛选", "李桂芳")
	f.get(here + "?kind=stopped")
	f.is(200, "没有这样的差异")
	f.get(why)
	f.is(200, "李桂芳", "✓ 符合", "县残联")
	for _, nothing := range []string{"/runs/999", "/runs/x", here + "/why?subject=nobody&scheme=x&month=2021-11"} {
		f.get(nothing)
		f.is(404)
	}
	f.get(here + "/why?subject=x&scheme=x&month=soon")
	f.is(422)
	f.signIn("register")
	f.get(here)
	f.is(200, "复核人须是另一人")
	f.not("复核通过")
	f.post(here+"/void", url.Values{"key": {"v1"}, "reason": {""}})
	f.is(422)
	f.signIn("checker")
	f.get(here)
	form := f.form()
	f.post(here+"/approve", form)
	f.sends(here)
	f.post(here+"/approve", form) // sent twice
	f.sends(here)
	f.get(here)
	f.is(200, "李审核")
	f.not("复核通过")
	f.post(here+"/approve", with(form, "key", "another"))
	f.is(409)
}

// Who made a run cannot approve it, whatever the page shows.
func TestMakerDoesNotCheckRun(t *testing.T) {
	f := openFamily(t)
	f.ran(f.as("checker"))
	f.signIn("checker")
	f.get("/")
	f.waiting("0 0 0 0 0")
	f.get("/runs/1")
	f.is(200, "复核人须是另一人")
	f.post("/runs/1/approve", url.Values{"key": {"a"}})
	f.is(403, "支持编号")
}

// brought stages a roll as somebody's.
func (d *desk) brought(by store.Actor, content string) roll.Import {
	d.Helper()
	who := roll.By{County: fiction.Code, Actor: by, Instant: now}
	i, err := d.Rolls.Receive(context.Background(), who, roll.Upload{Source: "县残联", Name: "名册.csv", Content: strings.NewReader(content), Size: int64(len(content)), Since: period.MustDay(2021, 11, 1),
		Wish: sheet.Wish{Mapping: &sheet.Mapping{Columns: []sheet.Column{{Header: "姓名", As: "person.name"}, {Header: "证件号码", As: "person.id"}, {Header: "残疾等级", As: "person.disability.level"}}}}})
	must(d.T, err)
	i, err = d.Rolls.Stage(context.Background(), who, i.ID, func(roll.Import) {})
	must(d.T, err)
	return i
}

// asked leaves a roll whose columns nobody knows, and columns that are kept of an office.
func (d *desk) asked(by store.Actor) {
	d.Helper()
	content := "甲,乙\n李桂芳," + d.identity + "\n"
	_, err := d.Rolls.Receive(context.Background(), roll.By{County: fiction.Code, Actor: by, Instant: now}, roll.Upload{Source: "县医保局", Name: "参保.csv", Content: strings.NewReader(content), Size: int64(len(content)), Since: period.MustDay(2021, 11, 1), Ask: true})
	must(d.T, err)
	must(d.T, d.Do(now, by, func(tx *store.Tx) error {
		return d.Rolls.KeepMapping(tx, "县残联", sheet.Mapping{Columns: []sheet.Column{{Header: "姓名", As: "person.name"}, {Header: "证件号码", As: "person.id"}}})
	}))
}

// A roll is looked at row by row, applied by another person, and taken back as a whole.
func TestImports(t *testing.T) {
	d := office(t)
	roster := "姓名,证件号码,残疾等级\n李桂芳," + d.identity + ",2\n王错号,123,2\n"
	i := d.brought(d.as("register"), roster)
	d.signIn("checker")
	d.get("/")
	d.is(200, "名册.csv · 县残联", "2 行待审阅写入")
	d.waiting("1 0 0 0 1")
	d.get("/imports")
	d.is(200, "名册.csv", "县残联", "周经办")
	d.get("/imports/" + i.ID)
	d.is(200, "名册.csv")
	d.get("/imports/" + i.ID + "?verdict=refused")
	d.is(200, "王错号")
	d.get(d.link("/imports/" + i.ID + "/refused"))
	d.is(200, "PK") // what is in it is tested where it is written
	if got := d.headers.Get("Content-Disposition"); got != "attachment; filename=refused-"+i.ID+".xlsx" {
		t.Error(got)
	}
	d.get("/imports/nobody/refused")
	d.is(404, "没有这次导入")
	d.get("/imports/" + i.ID + "?verdict=changed")
	d.is(200, "残疾等级", "应用 1 行")
	d.get("/imports/nobody")
	d.is(404, "没有这次导入")
	apply := url.Values{"key": {"a1"}}
	d.signIn("register")
	d.get("/imports/" + i.ID)
	d.is(200, "须由另一人复核写入")
	d.signIn("checker")
	d.post("/imports/"+i.ID+"/apply", apply)
	d.sends("/imports/" + i.ID)
	d.get("/imports/" + i.ID)
	d.is(200, "应用名册", "排队中", "办完再决定", `hx-trigger="every 2s"`)
	d.not("整份撤回", "放弃这份名册")
	d.post("/imports/"+i.ID+"/apply", apply) // sent twice
	d.sends("/imports/" + i.ID)
	d.worked()
	d.get("/imports/" + i.ID)
	d.is(200, "已应用 1 行", "整份撤回")
	d.not("后台任务</h2>", `hx-trigger="every 2s"`)
	d.post("/imports/"+i.ID+"/decide", url.Values{"key": {"d"}, "row": {"2"}, "take": {"none"}})
	d.is(409)
	d.post("/imports/"+i.ID+"/decide", url.Values{"key": {"d"}, "row": {"x"}, "take": {"none"}})
	d.is(422)
	d.post("/imports/"+i.ID+"/undo", url.Values{"key": {"u1"}})
	d.sends("/imports/" + i.ID)
	d.worked()
	d.get("/imports/" + i.ID)
	d.is(200, "已撤回 1 行")
	own := d.brought(d.as("checker"), roster)
	d.post("/imports/"+own.ID+"/apply", with(apply, "key", "a2"))
	d.is(403, "须由另一人")
	d.post("/imports/"+own.ID+"/drop", url.Values{"key": {"x1"}})
	d.sends("/imports")
}

// When the insurer does not answer the hospital puts up the fees; the bill waits among those, and is completed once it is known what others paid.
func TestAdvance(t *testing.T) {
	d := open(t)
	d.get("/settlements/" + number)
	d.is(200, "先按垫付办理")
	here := "/settlements/" + number + "/advance"
	d.get(here)
	d.is(200, "押金", `value="2021-11-08"`, "李桂芳")
	form := with(d.form(), "deposit", "500", "day", "20211108", "reason", "医保接口不通")
	d.post(here, with(form, "deposit", "五百"))
	d.is(422, "押金金额写法不对", `href="#deposit"`, `value="五百"`, `value="医保接口不通"`)
	d.post(here, with(form, "deposit", "99999999"))
	d.is(422, "少于费用合计")
	d.post(here, with(form, "day", "2021-11-09"))
	d.is(422, `href="#day"`)
	d.post(here, with(form, "reason", ""))
	d.is(422, `href="#reason"`)
	d.post(here, form)
	d.sends("/settlements/" + number)
	d.post(here, form) // sent twice
	d.sends("/settlements/" + number)
	if c := d.claim(number, 0); c.State != claim.Advanced {
		t.Fatalf("the bill is %s", c.State)
	}
	d.get("/settlements?state=advanced")
	d.is(200, number, "已垫付")
	d.get("/settlements?state=received")
	d.not(number + "</a>")
	d.get("/settlements/" + number)
	d.is(200, "已垫付", "补上游已付，结清垫付")
	d.get("/settlements/" + number + "/edit")
	d.is(200)
	sent := filled(d.lastAnswer)
	d.post("/settlements/"+number+"/edit", sent)
	d.is(200, "核对更正后的结算", "1,286.30", `name="act" value="complete"`)
	confirm := d.form()
	d.post("/settlements/"+number+"/edit", confirm)
	d.sends("/settlements/" + number + ".print?now=1")
	d.post("/settlements/"+number+"/edit", confirm) // sent twice
	d.sends("/settlements/" + number + ".print?now=1")
	if c := d.claim(number, 0); c.State != claim.Confirmed {
		t.Errorf("the bill is %s", c.State)
	}
}

// month runs and approves a month.
func (f *family) month(year, month int) {
	f.Helper()
	at := time.Date(year, time.Month(month), 25, 2, 0, 0, 0, time.UTC)
	ask := benefit.Ask{As: snapshot.As{County: fiction.Code, Actor: f.as("register"), Instant: at}, Month: period.MustDay(year, month, 1).Month()}
	run, err := f.Benefits.Start(context.Background(), f.Store, ask)
	must(f.T, err)
	run, err = f.Benefits.Compute(context.Background(), f.Store, ask, run.ID, 1)
	must(f.T, err)
	must(f.T, f.Do(at, f.as("checker"), func(tx *store.Tx) error { _, err := f.Benefits.Approve(tx, run.ID, ""); return err }))
}

// quarter makes the batch of the last quarter's disability aid, as somebody's: the runs of its months are approved and her account is known.
func (f *family) quarter(by store.Actor) payment.Batch {
	f.Helper()
	for _, month := range []int{10, 11, 12} {
		f.month(2021, month)
	}
	last := time.Date(2021, 12, 26, 2, 0, 0, 0, time.UTC)
	var b payment.Batch
	must(f.T, f.Do(last, by, func(tx *store.Tx) error {
		_, err := f.Payments.Open(tx, f.woman, payment.Account{Number: "9012345678", Bank: "农村信用社", Holder: "李桂芳", As: payment.Own}, period.MustDay(2021, 1, 1), dated.Said{})
		return err
	}))
	must(f.T, f.Do(last, by, func(tx *store.Tx) (err error) {
		b, err = f.Payments.Create(tx, payment.Request{Scheme: fiction.Pingyin + "/severe-disability", Month: period.MustDay(2021, 12, 1).Month()})
		return err
	}))
	return b
}

// A batch is handed in by who made it and locked by another, differences first.
func TestBatches(t *testing.T) {
	f := openFamily(t)
	b := f.quarter(f.as("register"))
	f.openOffice(time.Date(2021, 12, 27, 2, 0, 0, 0, time.UTC))
	here := "/payments/batches/" + b.Number
	f.signIn("register")
	f.get("/")
	f.is(200, b.Number, "1 人，300.00 元")
	f.waiting("1 0 0 0 0")
	f.get("/payments/batches")
	f.is(200, b.Number, "重度残疾人补助", "300.00")
	f.get(here)
	f.is(200, "与上期差异", "李桂芳", "300.00", "送复核 1 人 300.00 元", "农村信用社", "周经办")
	f.not("9012345678", "复核通过")
	hand := f.form()
	f.post(here+"/hand-in", hand)
	f.sends(here)
	f.post(here+"/hand-in", hand) // sent twice
	f.sends(here)
	f.get(here)
	f.is(200, "复核人须是另一人")
	f.signIn("finance")
	f.get("/")
	f.is(200, b.Number, "待复核")
	f.waiting("1 0 0 0 1")
	f.get(here)
	f.is(200, "复核通过并锁定 1 人 300.00 元")
	f.post(here+"/send-back", url.Values{"key": {"s1"}, "note": {" "}})
	f.is(422, "支持编号")
	f.post(here+"/send-back", url.Values{"key": {"s2"}, "note": {"户名要核对"}})
	f.sends(here)
	f.get("/")
	f.waiting("0 0 0 0 0")
	f.is(200, "没有待办")
	f.signIn("register")
	f.get("/?show=returned")
	f.is(200, b.Number, "被退回", "户名要核对", "冯财政")
	f.waiting("1 0 0 1 0")
	f.get(here)
	f.post(here+"/hand-in", f.form())
	f.sends(here)
	f.get("/")
	f.waiting("0 0 0 0 0")
	f.signIn("finance")
	f.get(here)
	lock := f.form()
	f.post(here+"/lock", with(lock, "key", "l1"))
	f.sends(here)
	f.get(here)
	f.is(200, "冯财政")
	f.not("复核通过并锁定")
	f.post(here+"/lock", with(lock, "key", "l2"))
	f.is(409)
	f.get("/payments/batches/nobody")
	f.is(404, "没有这个批次")
}
