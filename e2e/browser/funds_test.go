package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
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
	d.do(chromedp.Click(`main a[href="/funds/assistance"]`), chromedp.WaitReady(`main .tabs`))
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
