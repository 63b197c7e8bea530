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
	"doudi/kernel/period"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/payment"
	"doudi/record/register"
	"doudi/record/snapshot"
	"doudi/record/store"
)

// pupil registers a pupil of a registered family, with the card of a parent.
func (d *desk) pupil(name, born, serial string) (id, number string) {
	d.Helper()
	n := fiction.Number(born, serial)
	must(d.T, d.Do(now, fiction.Clerk, func(tx *store.Tx) (err error) {
		if id, err = d.Register.AddPerson(tx, register.Person{Name: name, Number: n, From: rule.Beginning}); err != nil {
			return err
		}
		for fact, value := range map[string]rule.Fact{"person.hukou": {Value: rule.Division(fiction.FirstVillage)}, "roster.registered_poor": {Value: rule.Bool(true)}} {
			value.Span = dated.Always
			if _, err := d.Register.Record(tx, id, fact, value, ""); err != nil {
				return err
			}
		}
		_, err = d.Payments.Open(tx, id, payment.Account{Number: "9012345678", Bank: "农村信用社", Holder: "李家长", As: payment.Guardian, Reason: "未成年，由监护人代收"}, period.MustDay(2021, 1, 1), dated.Said{})
		return err
	}))
	return id, string(n)
}

// paidHalf runs and approves the months of a half-year, makes its list of the pupils' aid and hands it in.
func (d *desk) paidHalf() payment.Batch {
	d.Helper()
	maker := d.account("register")
	for month := time.July; month <= time.December; month++ {
		at := time.Date(2021, month, 25, 2, 0, 0, 0, time.UTC)
		if month < time.November {
			at = now
		}
		ask := benefit.Ask{As: snapshot.As{County: fiction.Code, Actor: maker, Instant: at}, Month: period.MustDay(2021, int(month), 1).Month()}
		run, err := d.Benefits.Start(context.Background(), d.Store, ask)
		must(d.T, err)
		_, err = d.Benefits.Compute(context.Background(), d.Store, ask, run.ID, 1)
		must(d.T, err)
		must(d.T, d.Do(at, d.account("checker"), func(tx *store.Tx) error { _, err := d.Benefits.Approve(tx, run.ID, ""); return err }))
	}
	var b payment.Batch
	must(d.T, d.Do(now.AddDate(0, 0, 48), maker, func(tx *store.Tx) (err error) {
		if b, err = d.Payments.Create(tx, payment.Request{Scheme: fiction.Pingyin + "/student-aid", Month: period.MustDay(2021, 12, 1).Month()}); err != nil {
			return err
		}
		return d.Payments.HandIn(tx, b.ID)
	}))
	return b
}

// The education office brings in the roll of pupils, sees it compared, verifies how many are paid for the half-year, and prints the list: six clicks and one file.
func TestEducationFromRollToList(t *testing.T) {
	d := open(t)
	_, ming := d.pupil("王小明", "20110302", "101")
	_, hong := d.pupil("赵小红", "20080514", "102")
	file := filepath.Join(t.TempDir(), "学籍.csv")
	must(t, os.WriteFile(file, []byte("学校名称,年级,班级,姓名,身份证件号,学籍号,学籍状态,状态起始日期\n"+
		"城关小学,四年级,2班,王小明,"+ming+",G1,在校,2020-09-01\n"+
		"城关中学,初一,1班,赵小红,"+hong+",G2,在校,2020-09-01\n"+
		"城关小学,五年级,1班,孙外人,"+string(fiction.Number("20100101", "103"))+",G3,在校,2020-09-01\n"+
		"城关小学,六年级,1班,错号,123,G4,在校,2020-09-01\n"), 0o600))
	d.signIn("education")
	d.see("/")
	d.has("县教育和体育局")
	d.sound()
	d.fits()
	d.clicks, d.typed = 0, 0
	d.click(`.side a[href="/imports"]`)
	d.has("还没有导入过名册")
	d.sound()
	d.press(kb.F2)
	if ask[bool](d, `!!document.querySelector("#source")`) {
		t.Error("the office is asked where its own roll comes from")
	}
	d.do(chromedp.SetUploadFiles("#file", []string{file}))
	d.picture("school-upload")
	d.sound()
	d.press(kb.F9)
	stop := d.works()
	d.do(chromedp.WaitNotPresent("[data-live]"))
	stop()
	d.has("勾稽：读入 4 行 ＝ 不能导入 1 ＋ 登记里没有 1 ＋ 变更 2，差 0", "须由另一人复核写入", "身份证件号", "错号")
	d.picture("school-compared")
	d.sound()
	d.fits()
	brought, typed := d.clicks, d.typed
	imported := ask[string](d, "location.pathname")
	d.see(imported + "?verdict=changed")
	d.has("学校名称", "城关小学", "就读学段")
	d.picture("school-changed")
	d.see("/en" + imported)
	d.has("reconciled: 4 rows read", "not on the register 1")

	d.signIn("checker") // another person lets it take effect
	d.see(imported)
	stop = d.works()
	d.press(kb.F9)
	d.do(chromedp.WaitNotPresent("[data-live]"))
	stop()
	d.has("已应用 2 行")

	b := d.paidHalf()
	d.server.Config.Handler = handlerAt(t, d.Desk, now.AddDate(0, 0, 49))
	d.signIn("education")
	d.see("/")
	d.picture("school-work")
	d.clicks, d.typed = brought, typed
	d.click(`main a[href="/lists/` + b.Number + `"]`)
	d.has("贫困生交通生活补助", "2021-07", "王小明", "城关小学", "900.00", "1,800.00", "差 0 人 0.00 元", "本部门有据 2 人 ＋ 未见记载 0 人", "核实 2 人 1,800.00 元")
	d.picture("school-list")
	d.sound()
	d.fits()
	d.press(kb.F9)
	d.has("人数已核实：2 人 1,800.00 元", "郑教体")
	d.click(`a[href$="/print"]`)
	d.has("本页小计 2 人", "合计 2 人", "壹仟捌佰元", "县教育和体育局", "核实人数", "县扶贫办")
	d.picture("school-print")
	if d.clicks > 6 || d.typed > 0 {
		t.Errorf("%d clicks and %d fields, want at most 6 and none but the file", d.clicks, d.typed)
	}
	paper := d.fetch("education", "/lists/"+b.Number+"/print?as=pdf")
	d.keepPDF("school-list", paper)
	read(t, "list", paper).says("1", "县教育和体育局", "贫困生交通生活补助", "本页小计", "壹仟捌佰元整", "签章")
	for _, path := range []string{"/lists", "/lists/" + b.Number, "/imports", "/en/lists/" + b.Number} {
		d.size(390, 844)
		d.see(path)
		d.fits()
		d.sound()
		d.size(1366, 768)
	}
	csv := d.fetchAs("education", "/lists/"+b.Number+"/list.csv", "text/csv; charset=utf-8")
	if !bytes.Contains(csv, []byte("王小明")) || bytes.Contains(csv, []byte(ming)) || !strings.Contains(string(d.fetchAs("education", "/lists/"+b.Number+"/list.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")), "PK") {
		t.Errorf("%s", csv)
	}
}
