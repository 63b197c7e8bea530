package browser_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"doudi/decide/rule"
	fiction "doudi/internal/county"
	"doudi/internal/staff"
	"doudi/kernel/period"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/payment"
	"doudi/record/register"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/snapshot"
	"doudi/record/store"
)

// family registers what the office knows of the patient: a disability, and a household with a grandson.
func (d *desk) family() (household string) {
	d.Helper()
	return d.familySince(period.MustDay(2021, 5, 10))
}

// familySince is family with the day on which the allowance was approved.
func (d *desk) familySince(approved period.Day) (household string) {
	d.Helper()
	must(d.T, d.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		for name, value := range map[string]rule.Fact{"person.has_disability": {Value: rule.Bool(true)}, "person.disability.level": {Value: rule.Int(2)}, "person.disability.certificate_generation": {Value: rule.Int(2)}} {
			value.Span, value.Source = dated.Always, "县残联"
			if _, err := d.Register.Record(tx, d.person, name, value, ""); err != nil {
				return err
			}
		}
		if _, err := d.Benefits.Act(tx, benefit.Act{Subject: d.person, Scheme: fiction.Pingyin + "/severe-disability", Kind: benefit.Approve, Day: approved, Reason: "批准",
			Facts: map[string]string{"application.day": `"` + approved.AddDays(-9).String() + `"`}}); err != nil {
			return err
		}
		boy, err := d.Register.AddPerson(tx, register.Person{Name: "张小明", Number: fiction.Number("20060302", "013"), From: rule.Beginning})
		if err != nil {
			return err
		}
		if _, err := d.Register.Record(tx, boy, "person.hukou", rule.Fact{Value: rule.Division(fiction.FirstVillage), Span: dated.Always}, ""); err != nil {
			return err
		}
		if household, err = d.Register.AddHousehold(tx, register.Dwelling{Division: fiction.FirstVillage, Address: "3 组"}, d.person, dated.Today(tx)-100, dated.Said{}); err != nil {
			return err
		}
		return d.Register.Join(tx, household, boy, "grandchild", dated.Today(tx)-100, dated.Said{})
	}))
	return household
}

// From the page to sign in on to the first task, with the keyboard alone.
func TestSignInByKeyboard(t *testing.T) {
	d := open(t)
	d.signOut()
	d.see("/settlements")
	d.at("/sign-in?to=%2Fsettlements")
	d.picture("sign-in")
	d.sound()
	d.fits()
	d.do(chromedp.SendKeys("#login", "cashier"), chromedp.SendKeys("#password", "wrong words 1"))
	d.next(chromedp.KeyEvent(kb.Enter))
	d.has("用户名、密码或动态码不对")
	d.sound()
	d.do(chromedp.SendKeys("#password", staff.Password))
	d.next(chromedp.KeyEvent(kb.Enter))
	d.at("/settlements")
	d.has("赵敏", "收费员")
	d.see("/account")
	d.picture("account")
	d.sound()
	d.fits()
	d.click(".me button")
	d.at("/sign-in")
	d.see("/setup")
	d.sound()
	d.fits()
}

// signOut takes the session from the browser.
func (d *desk) signOut() {
	d.Helper()
	d.see("/help")
	d.next(chromedp.Click(".me button"))
}

// A form that is sent after the session is over is still there after signing in again.
func TestExpiredSessionKeepsTheForm(t *testing.T) {
	d := openOn(t, now, false)
	d.see("/settlements/new?person=" + d.person + "&policy=pingyin-medical-help&rule=inpatient")
	for _, entry := range [][2]string{{"#bill-no", "ZY-9"}, {"#visit-admitted", "20211101"}, {"#visit-discharged", "20211105"}, {"#line-0-amount", "1000"},
		{"#line-0-in_scope", "900"}, {"#paid-basic_insurance", "600"}, {"#paid-medical_assistance", "0"}} {
		d.write(entry[0], entry[1])
	}
	d.server.Config.Handler = handlerAt(t, d.Desk, now.Add(time.Hour))
	d.press(kb.F9)
	d.has("登录已过期", "您填写的内容还在")
	d.picture("sign-in-again")
	d.sound()
	d.do(chromedp.SendKeys("#login", "cashier"), chromedp.SendKeys("#password", staff.Password))
	d.next(chromedp.KeyEvent(kb.Enter))
	d.has("继续提交")
	d.sound()
	d.press(kb.F9)
	d.at("/settlements/ZY-9")
	d.has("300.00", "确认结算并打印")
}

// A clerk finds somebody and reads what is due and why: the budget is three clicks and one field.
func TestClerkReadsAFile(t *testing.T) {
	d := open(t)
	household := d.family()
	d.signIn("town")
	d.see("/")
	d.has("工作台", "城关镇 · 镇经办")
	d.picture("work")
	d.sound()
	d.clicks, d.typed = 0, 0
	d.write("#who", d.number)
	d.click(".hero button")
	d.at("/people/" + d.person)
	d.has("重度残疾人补助", "100.00 元/月", "失能")
	if d.clicks > 3 || d.typed > 1 {
		t.Errorf("%d clicks and %d fields, want at most 3 and 1", d.clicks, d.typed)
	}
	d.do(chromedp.Click(`#pingyin-medical-help-severe-disability summary`))
	d.has("为什么发", "县残联", "条文大意")
	d.picture("person-file")
	d.sound()
	d.fits()
	d.click(`.tabs a[href$="/history"]`)
	d.has("变更记录", "残疾等级")
	d.sound()
	d.see("/households/" + household)
	d.has("李桂芳 户", "张小明", "重度残疾人补助")
	d.picture("household-file")
	d.sound()
	d.fits()
	d.size(390, 844)
	for _, path := range []string{"/", "/people/" + d.person, "/households/" + household, "/people/" + d.person + "/history", "/account", "/search", "/en/people/" + d.person} {
		d.see(path)
		d.fits()
		d.sound()
		if name := strings.Trim(strings.ReplaceAll(path, "/", "-"), "-"); strings.HasPrefix(name, "people") && !strings.HasSuffix(name, "history") {
			d.picture("person-file-phone")
		} else if strings.HasPrefix(name, "households") {
			d.picture("household-file-phone")
		}
	}
	d.see("/display?size=lg&back=/people/" + d.person)
	d.fits()
	d.size(1366, 768)
	d.see("/people/" + d.person)
	d.fits()
}

// The administrator opens an account and appoints its holder.
func TestAdministratorOpensAnAccount(t *testing.T) {
	d := open(t)
	d.signIn("admin")
	d.see("/admin/staff")
	d.has("孙倩", "城关镇 · 镇经办")
	d.picture("staff")
	d.sound()
	d.fits()
	d.press(kb.F2)
	d.at("/admin/staff/new")
	d.press(kb.F9)
	d.waitFor("#problems")
	d.sound()
	for _, entry := range [][2]string{{"#name", "何新"}, {"#login", "hexin"}, {"#password", "temporary 1 word"}, {"#role", "village"}, {"#organisation", string(fiction.FirstVillage)}} {
		d.write(entry[0], entry[1])
	}
	d.press(kb.F9)
	d.at("/admin/staff")
	d.has("何新", "示范村 · 村干部", "待改密码")
	d.click(`a[href^="/admin/staff/"]:not([href$="/new"])`)
	d.picture("staff-one")
	d.sound()
	d.size(390, 844)
	d.fits()
}

// A checker reads the differences of a run, opens a reason, and approves: the budget is six clicks and at most one field.
func TestCheckerApprovesARun(t *testing.T) {
	d := open(t)
	d.family()
	maker := d.account("register")
	ask := benefit.Ask{As: snapshot.As{County: fiction.Code, Actor: maker, Instant: now}, Month: period.MustDay(2021, 11, 1).Month()}
	run, err := d.Benefits.Start(context.Background(), d.Store, ask)
	must(t, err)
	_, err = d.Benefits.Compute(context.Background(), d.Store, ask, run.ID, 1)
	must(t, err)
	d.signIn("checker")
	d.see("/")
	d.picture("work-checker")
	d.sound()
	d.clicks, d.typed = 0, 0
	d.click(`main a[href="/runs/1"]`)
	d.has("与上月差异", "重度残疾人补助", "差 0.00")
	d.picture("run")
	d.sound()
	d.fits()
	d.click(`a[href*="severe-disability"][href*="why"]`)
	d.has("为什么发", "县残联")
	d.picture("run-why")
	d.sound()
	d.fits()
	d.press(kb.Escape)
	d.at("/runs/1")
	d.press(kb.F9)
	d.has("李审核")
	if d.clicks > 6 || d.typed > 1 {
		t.Errorf("%d clicks and %d fields", d.clicks, d.typed)
	}
	d.see("/runs")
	d.sound()
	d.size(390, 844)
	for _, path := range []string{"/runs", "/runs/1"} {
		d.see(path)
		d.fits()
		d.sound()
	}
}

// account is who an account acts as.
func (d *desk) account(login string) (a store.Actor) {
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

// A checker looks at a roll row by row and lets it take effect.
func TestCheckerAppliesARoll(t *testing.T) {
	d := open(t)
	by := roll.By{County: fiction.Code, Actor: d.account("register"), Instant: now}
	content := "姓名,证件号码,残疾等级\n李桂芳," + d.number + ",2\n王错号,123,2\n"
	i, err := d.Rolls.Receive(context.Background(), by, roll.Upload{Source: "县残联", Name: "名册.csv", Content: strings.NewReader(content), Size: int64(len(content)), Since: period.MustDay(2021, 11, 1),
		Wish: sheet.Wish{Mapping: &sheet.Mapping{Columns: []sheet.Column{{Header: "姓名", As: "person.name"}, {Header: "证件号码", As: "person.id"}, {Header: "残疾等级", As: "person.disability.level"}}}}})
	must(t, err)
	_, err = d.Rolls.Stage(context.Background(), by, i.ID, func(roll.Import) {})
	must(t, err)
	d.signIn("checker")
	d.see("/imports")
	d.sound()
	d.click(`main a[href^="/imports/"]`)
	d.has("名册.csv", "王错号")
	d.picture("import")
	d.sound()
	d.fits()
	d.size(390, 844)
	d.see("/imports/" + i.ID)
	d.fits()
	d.sound()
	d.size(1366, 768)
	d.see("/imports/" + i.ID + "?verdict=changed")
	d.has("残疾等级")
	defer d.works()()
	d.press(kb.F9)
	d.do(chromedp.WaitNotPresent("[data-live]"))
	d.has("已应用 1 行")
}

// A hospital puts up the fees while the insurer does not answer, and completes the bill the next day: the budget of each is four clicks and two fields.
func TestAdvance(t *testing.T) {
	d := openOn(t, now, false)
	stay := d.Stay(d.person, number)
	stay.Content = bytes.Replace(stay.Content, []byte("basic_insurance: 27642.15, "), nil, 1)
	must(t, d.Send(now.Add(-time.Minute), stay))
	within := func(what string) {
		if d.clicks > 4 || d.typed > 2 {
			t.Errorf("%s: %d clicks and %d fields, want at most 4 and 2", what, d.clicks, d.typed)
		}
	}
	d.see("/")
	d.clicks, d.typed = 0, 0
	d.write("#who", d.number)
	d.click(".hero button")
	d.at("/settlements/" + number)
	d.has("已付", "先按垫付办理")
	d.click(`a[href$="/advance"]`)
	d.picture("advance")
	d.sound()
	d.fits()
	d.write("#deposit", "500")
	d.press(kb.F9)
	d.at("/settlements/" + number)
	d.has("已垫付", "结清垫付")
	within("to put up")
	d.size(390, 844)
	d.see("/settlements/" + number + "/advance")
	d.fits()
	d.size(1366, 768)
	d.openLater(24 * time.Hour)
	d.see("/")
	d.has("已垫付，待补结", "38,142.50", "1 天")
	d.picture("advances")
	d.sound()
	d.fits()
	d.clicks, d.typed = 0, 0
	d.click(`main a[href="/settlements/` + number + `"]`)
	d.click(`a[href$="/edit"]`)
	d.write("#paid-basic_insurance", "27642.15")
	d.press(kb.F9)
	d.has("核对更正后的结算", "1,286.30", "2,009.89")
	d.press(kb.F9)
	d.at("/settlements/" + number + ".print")
	d.has("患者（家属）签字", "1,286.30")
	within("to complete")
	d.see("/")
	if strings.Contains(d.text("main"), "待补结") {
		t.Error("a completed bill still waits")
	}
}

// Finance locks what another has made, reading the differences first, tells the bank and enters what it returns: the budget is five clicks and two fields. A
// payment that came back is mended in two clicks and one field.
func TestFinancePaysABatch(t *testing.T) {
	d := open(t)
	d.family()
	maker := d.account("register")
	for _, month := range []time.Month{10, 11, 12} {
		at := time.Date(2021, month, 25, 2, 0, 0, 0, time.UTC)
		ask := benefit.Ask{As: snapshot.As{County: fiction.Code, Actor: maker, Instant: at}, Month: period.MustDay(2021, int(month), 1).Month()}
		run, err := d.Benefits.Start(context.Background(), d.Store, ask)
		must(t, err)
		_, err = d.Benefits.Compute(context.Background(), d.Store, ask, run.ID, 1)
		must(t, err)
		must(t, d.Do(at, d.account("checker"), func(tx *store.Tx) error { _, err := d.Benefits.Approve(tx, run.ID, ""); return err }))
	}
	var b payment.Batch
	must(t, d.Do(now.AddDate(0, 0, 48), maker, func(tx *store.Tx) (err error) {
		if _, err = d.Payments.Open(tx, d.person, payment.Account{Number: "9012345678", Bank: "农村信用社", Holder: "李桂芳", As: payment.Own}, period.MustDay(2021, 1, 1), dated.Said{}); err != nil {
			return err
		}
		if b, err = d.Payments.Create(tx, payment.Request{Scheme: fiction.Pingyin + "/severe-disability", Month: period.MustDay(2021, 12, 1).Month()}); err != nil {
			return err
		}
		return d.Payments.HandIn(tx, b.ID)
	}))
	d.openLater(49 * 24 * time.Hour)
	d.signIn("finance")
	d.see("/")
	d.clicks, d.typed = 0, 0
	d.sound()
	d.fits()
	d.click(`main a[href="/payments/batches/` + b.Number + `"]`)
	d.has("与上期差异", "李桂芳", "300.00")
	d.picture("batch")
	d.sound()
	d.fits()
	d.size(390, 844)
	d.see("/payments/batches/" + b.Number)
	d.fits()
	d.sound()
	d.size(1366, 768)
	d.press(kb.F9)
	d.has("冯财政", "待送银行")
	d.fetches(kb.F9, "已送银行")
	d.answers(b, "1", "0.00,02,户名不符")
	if d.clicks > 5 || d.typed > 2 {
		t.Errorf("%d clicks and %d fields, want at most 5 and 2", d.clicks, d.typed)
	}
	d.has("部分失败", "户名不符", "退回 1 笔 300.00 元", "差 0.00")
	d.picture("batch-returned")
	d.sound()
	d.fits()
	d.size(390, 844)
	d.see("/payments/batches/" + b.Number)
	d.fits()
	d.sound()
	d.picture("batch-returned-phone")
	d.size(1366, 768)
	d.clicks, d.typed = 0, 0
	d.click(`#returned a[href*="/orders/"]`)
	d.picture("batch-mend")
	d.sound()
	d.fits()
	d.write("#number", "9012345679")
	d.press(kb.F9)
	if d.clicks > 2 || d.typed > 1 {
		t.Errorf("%d clicks and %d fields, want at most 2 and 1", d.clicks, d.typed)
	}
	d.has("生成补发文件 1 笔 300.00 元")
	d.signIn("checker")
	d.see("/payments/batches/" + b.Number)
	d.fetches(kb.F9, "（补发）")
	d.answers(b, "2", "300.00,01,")
	d.has("已完结", "专账已支付 300.00 元", "差 0.00")
	d.picture("batch-paid")
	d.sound()
	d.fits()
}

// fetches presses a key for a file, and waits until the page would say something else: a file that comes leaves the page as it is.
func (d *desk) fetches(key, says string) {
	d.Helper()
	d.clicks++
	d.do(chromedp.KeyEvent(key))
	later[bool](d, `(async () => { while (!(await (await fetch(location.href)).text()).includes("`+says+`")); return true })()`)
}

// answers hands in what the bank says of the first order of one of a batch's files.
func (d *desk) answers(b payment.Batch, file, says string) {
	d.Helper()
	path := filepath.Join(d.TempDir(), "回盘.csv")
	content := "批次明细ID,姓名,银行卡号,实发金额,发放状态(01成功 02失败),提示信息\n" + b.Number + "-" + file + "-000001,李桂芳,9012345678," + says + "\n"
	must(d.T, os.WriteFile(path, []byte(content), 0o600))
	d.typed++
	d.do(chromedp.SetUploadFiles("#file", []string{path}))
	d.click(`form[action$="/returns"] button:not([disabled])`)
}
