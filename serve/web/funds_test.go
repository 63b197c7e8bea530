package web_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	fiction "doudi/internal/county"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/fund"
	"doudi/record/store"
)

// link is the first address on the last page that a pattern finds.
func (d *desk) link(pattern string) string {
	d.Helper()
	found := regexp.MustCompile(`href="(` + pattern + `)"`).FindStringSubmatch(d.lastAnswer)
	if found == nil {
		d.Fatalf("no link to %s:\n%s", pattern, d.lastAnswer)
	}
	return strings.ReplaceAll(found[1], "&amp;", "&")
}

// openPaid is an office whose hospital has settled the stay that was sent: a special account owes for it.
func openPaid(t *testing.T) *desk {
	d := office(t)
	d.signIn("cashier")
	d.confirmed()
	return d
}

// owing is the code of the fund that owes the hospital most, with the amount.
func (d *desk) owing() (code string, amount money.Fen) {
	d.Helper()
	must(d.T, d.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		code, amount = "", 0
		totals, err := fund.TotalsTo(tx, fund.Payee{Kind: fund.Provider, ID: d.Hospital}, period.Day(0))
		for _, one := range totals {
			if one.Amount > amount {
				code, amount = one.Fund, one.Amount
			}
		}
		return err
	}))
	return code, amount
}

// From the list to the entry and the settlement behind it, and everywhere the difference is zero.
func TestFunds(t *testing.T) {
	d := openPaid(t)
	code, owed := d.owing()
	if code == "" {
		t.Fatal("no fund owes anything")
	}
	d.signIn("finance")
	d.get("/funds")
	d.is(200, "资金专账", "可用余额", "勾稽", "差 0.00", owed.Grouped())
	d.get(d.link("/funds/" + code))
	d.is(200, "专款专用", "额度与到账", owed.Grouped(), "差 0.00", "县财政", "专户")
	d.get("/funds/" + code + "/balance")
	d.is(200, "试算平衡", "借方合计", "差 0.00", "应付")
	d.get("/funds/" + code + "/debts")
	d.is(200, "县人民医院", owed.Grouped(), "差 0.00")
	d.get(d.link("/funds/" + code + `/debts\?payee=[^"]*`))
	d.is(200, "逐笔", "结算单 "+number, "已入账")
	d.get(d.link("/funds/" + code + "/settlements/[^\"]*"))
	d.is(200, "结算单 "+number, "县人民医院", owed.Grouped())
	d.not("李桂芳", d.listed, "股骨")
	d.get("/funds/" + code + "/ledger?account=appropriation/settlement/inpatient")
	d.is(200, "占用", "借 "+owed.Grouped(), "赵敏")
	d.get("/funds/" + code + "/ledger?from=2018-01-01")
	d.is(200, "拨入", "演示拨款", "文件 ", "收入", "支出", "期末")
	d.get(d.link("/funds/" + code + "/entries/[^\"]*"))
	d.is(200, "借方", "差 0.00", "拨款来源")
	d.get("/en/funds/" + code)
	d.is(200, "Headroom", "Paid")
	d.not("专款专用")
}

// An auditor gets from an entry to the person's file; who keeps the money does not.
func TestFundLeadsToPerson(t *testing.T) {
	d := openPaid(t)
	code, _ := d.owing()
	for login, sees := range map[string]bool{"auditor": true, "finance": false, "leader": false} {
		d.signIn(login)
		d.get("/funds/" + code + "/debts?payee=" + d.Hospital)
		d.get(d.link("/funds/" + code + "/settlements/[^\"]*"))
		if d.is(200); strings.Contains(d.lastAnswer, "/people/"+d.listed) != sees {
			t.Errorf("%s: %s", login, d.lastAnswer)
		}
		d.not("李桂芳")
	}
}

// A ledger leaves as a table that no spreadsheet computes, with what was asked for above it.
func TestLedgerExport(t *testing.T) {
	d := openPaid(t)
	code, _ := d.owing()
	must(t, d.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		_, err := fund.Receive(tx, fund.Movement{Fund: code, Amount: 100, Source: "finance", Into: "main", Day: period.MustDay(2021, 11, 8), Origin: fund.Origin{Kind: fund.FromDocument, ID: "=HYPERLINK(1)"}, Reason: "@SUM(1)"})
		return err
	}))
	d.signIn("finance")
	d.get("/funds/" + code + "/ledger.csv")
	d.is(200, "明细账", "筛选条件：账户：专户存款：专户；期间：2021-01-01 至 2021-11-08", "导出人：冯财政", "拨入：@SUM(1)", "1.00", "文件 =HYPERLINK", "期初", "本期合计与期末")
	if d.headers.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(d.headers.Get("Content-Disposition"), "attachment") {
		t.Errorf("headers %v", d.headers)
	}
	for line := range strings.Lines(d.lastAnswer) {
		for cell := range strings.SplitSeq(strings.TrimSpace(line), ",") {
			if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@") || strings.HasPrefix(cell, "+") {
				t.Errorf("%q is a formula", cell)
			}
		}
	}
	d.get("/funds/" + code + "/ledger.xlsx")
	d.is(200)
	if !strings.HasPrefix(d.lastAnswer, "PK") {
		t.Error("no workbook")
	}
	d.get("/funds/" + code + "/ledger.csv?from=2021-13-01")
	d.is(422, "没有导出")
}

// What is mistyped or does not exist is said plainly, and nothing of it is repeated unescaped.
func TestFundAddresses(t *testing.T) {
	d := openPaid(t)
	code, _ := d.owing()
	d.signIn("finance")
	for path, status := range map[string]int{
		"/funds/nobodys":                                              404,
		"/funds/nobodys/ledger":                                       404,
		"/funds/X%20Y":                                                404,
		"/funds/" + code + "/entries/nobody":                          404,
		"/funds/" + code + "/settlements/nobody":                      404,
		"/funds/" + code + "/debts?payee=nobody":                      404,
		"/funds/" + code + "/debts?payee=" + d.Hospital + "&due=soon": 422,
		"/funds/" + code + "/ledger?from=soon":                        422,
		"/funds/" + code + "/ledger?from=%3Cscript%3E":                422,
		"/funds/" + code + "/ledger?from=2021-11-08&to=2021-11-07":    422,
		"/funds/" + code + "/balance?to=x":                            422,
		"/funds/" + code + "/ledger?after=x":                          422,
		"/funds/" + code + "/ledger?after=2020-01-01_x_1":             422,
		"/funds/" + code + "/ledger?account=payable/person/x":         200,
		"/funds/" + code + "/ledger?from=20210101&to=2021-12-31":      200,
	} {
		d.get(path)
		if d.lastCode != status {
			t.Errorf("%s: %d, want %d", path, d.lastCode, status)
		}
		d.not("<script>")
	}
}

// Pages of a long ledger carry the balance over.
func TestLongLedger(t *testing.T) {
	d := office(t)
	must(t, d.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		for range 60 {
			if _, err := fund.Receive(tx, fund.Movement{Fund: "assistance", Amount: 100, Source: "finance", Into: "main", Day: period.MustDay(2021, 11, 8), Origin: fund.Origin{Kind: fund.FromDocument, ID: "函 1"}}); err != nil {
				return err
			}
		}
		return nil
	}))
	d.signIn("finance")
	d.get("/funds/assistance/ledger?from=2021-11-08")
	d.is(200, "期初余额", "下一页")
	d.get(d.link(`/funds/assistance/ledger\?[^"]*after=[^"]*`))
	d.is(200, "承前页")
	d.not("期初余额", "下一页")
	rows := regexp.MustCompile(`借 ([0-9,.]+)</td>`).FindAllStringSubmatch(d.lastAnswer, -1)
	if len(rows) < 3 || rows[len(rows)-1][1] != rows[len(rows)-2][1] {
		t.Errorf("the last balance is not the closing: %v", rows)
	}
}

// Lines of the uses that something else changed show as a difference: what was used comes from them, what was paid and is due from elsewhere.
func TestUsesAreCompared(t *testing.T) {
	d := openPaid(t)
	code, owed := d.owing()
	d.signIn("finance")
	d.get("/funds/" + code)
	d.is(200, "各用途已用 "+owed.Grouped(), "差 0.00")
	d.not("账对不上")
	must(t, d.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE fund_line SET amount = amount + 1 WHERE county_code = ?1 AND fund_code = ?2 AND account_kind = 'appropriation'`, tx.County, code)
		return err
	}))
	d.get("/funds/" + code)
	d.is(200, "各用途已用 "+(owed+1).Grouped(), "差 0.01", "账对不上")
}
