package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/store"
	"doudi/record/upkeep"
)

// Finance sees where every fund's money stands and follows a line to the settlement behind it: the budget is two clicks and no field.
func TestFinanceReadsAccounts(t *testing.T) {
	d := open(t)
	d.see("/settlements/ZY20211108-0037")
	d.press(kb.F9)
	d.signIn("finance")
	d.see("/")
	d.clicks, d.typed = 0, 0
	d.click(`#side a[href="/funds"]`)
	d.has("资金专账", "可用余额", "勾稽", "差 0.00")
	d.picture("funds")
	d.sound()
	d.fits()
	d.click(`main a[href="/funds/assistance"]`)
	d.has("专款专用", "在途", "差 0.00")
	if d.clicks > 2 || d.typed > 0 {
		t.Errorf("%d clicks and %d fields, want at most 2 and 0", d.clicks, d.typed)
	}
	d.picture("fund")
	d.sound()
	d.fits()
	pages := [][2]string{{"funds", "/funds"}, {"fund", "/funds/assistance"}, {"fund-ledger", "/funds/assistance/ledger?account=appropriation/settlement/inpatient"},
		{"fund-balance", "/funds/assistance/balance?from=2018-01-01"}, {"fund-debts", "/funds/assistance/debts?payee=" + d.Hospital}, {"funds-en", "/en/funds"}, {"fund-debts-en", "/en/funds/assistance/debts"}}
	d.looksRight(pages, "")
	d.see("/funds/assistance/debts?payee=" + d.Hospital)
	d.click(`#items a[href*="/settlements/"]`)
	d.has("结算单 ZY20211108-0037", "县人民医院")
	d.picture("fund-settlement")
	d.sound()
	d.size(390, 844)
	d.looksRight(pages, "-phone")
	d.size(1366, 768)
	d.withoutScript()
	d.see("/funds")
	d.do(chromedp.Click(`main a[href="/funds/assistance"]`), chromedp.WaitReady(`main .tabs a[href="/funds/assistance/enter"]`))
	d.has("专款专用")
}

// looksRight opens pages, each with the name of its picture, and fails unless they are accessible and as wide as the window.
func (d *desk) looksRight(pages [][2]string, suffix string) {
	d.Helper()
	for _, page := range pages {
		d.see(page[1])
		d.sound()
		d.fits()
		d.picture(page[0] + suffix)
	}
}

// Who keeps the accounts enters what arrived: the budget is six clicks and two fields. What it does is seen before it is handed to somebody else, who
// lets it take effect in four.
func TestFinanceEntersMoney(t *testing.T) {
	d := open(t)
	d.signIn("finance")
	d.see("/")
	d.clicks, d.typed = 0, 0
	d.click(`#side a[href="/funds"]`)
	d.click(`main a[href="/funds/assistance"]`)
	d.click(`main .tabs a[href="/funds/assistance/enter"]`)
	d.has("拨入", "预留", "增加用途")
	d.do(chromedp.Click(`details:has(form[data-slip$="#receive"]) summary`), chromedp.WaitVisible("#receive-amount"))
	d.write("#receive-amount", "5000.00")
	d.write("#receive-reason", "县财社〔2021〕17 号")
	d.picture("fund-enter")
	d.sound()
	d.fits()
	d.click(`form[data-slip$="#receive"] button.pri`)
	d.has("等另一人复核", "对专账的影响", "+5,000.00", "差 0.00", "没有附文件的扫描件")
	if d.clicks > 6 || d.typed > 2 {
		t.Errorf("%d clicks and %d fields, want at most 6 and 2", d.clicks, d.typed)
	}
	d.picture("fund-change")
	d.sound()
	d.fits()
	here := ask[string](d, "location.pathname")
	pages := [][2]string{{"fund-enter", "/funds/assistance/enter"}, {"fund-change", here}, {"fund-changes", "/fund-changes"}, {"fund-new", "/fund-changes/new"}, {"fund-waiting", "/funds/assistance"}}
	d.looksRight(append(pages, [2]string{"fund-change-en", "/en" + here}), "")
	d.size(390, 844)
	d.looksRight(pages, "-phone")
	d.size(1366, 768)
	d.signIn("checker")
	d.see("/")
	d.clicks, d.typed = 0, 0
	d.click(`main a[href="` + here + `"]`)
	d.press(kb.F9)
	d.has("已记下", "已生效")
	if d.clicks > 4 || d.typed > 0 {
		t.Errorf("%d clicks and %d fields, want at most 4 and 0", d.clicks, d.typed)
	}
	other := d.proposedMoney("三季度结余上缴") // by a colleague of who keeps the accounts, who checks it
	d.signIn("finance")
	d.see("/fund-changes/" + other)
	d.write("#note", "没有文件")
	d.click(`button.danger`)
	d.has("已退回", "没有文件")
	d.see("/funds/assistance")
	d.has("差 0.00")
}

// proposedMoney is something proposed for a special account by somebody else.
func (d *desk) proposedMoney(note string) (id string) {
	d.Helper()
	must(d.T, d.Do(now, d.account("checker"), func(tx *store.Tx) (err error) {
		id, err = d.Upkeep.Propose(tx, []upkeep.Step{&upkeep.Enter{Fund: "assistance", What: upkeep.SetAside, Amount: money.Yuan(100), Source: "finance", Day: period.MustDay(2021, 11, 8), Note: note}}, "县财社〔2021〕18 号")
		return err
	}))
	return id
}
