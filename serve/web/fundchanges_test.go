package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	fiction "doudi/internal/county"
	"doudi/record/store"
)

var fundChange = regexp.MustCompile(`\A(/fund-changes/[0-9a-f-]{36})\?done=1\z`)

// proposedMoney sends a form of a special account and answers the address of the change it made.
func (d *desk) proposedMoney(path string, form url.Values) string {
	d.Helper()
	d.post(path, form)
	found := fundChange.FindStringSubmatch(d.lastAddress)
	if d.lastCode != 303 || found == nil {
		d.Fatalf("status %d to %q:\n%s", d.lastCode, d.lastAddress, d.lastAnswer)
	}
	return found[1]
}

// checkedMoney lets a change be entered by another person, and comes back as who keeps the accounts.
func (d *desk) checkedMoney(change string) {
	d.Helper()
	d.signIn("checker")
	d.get(change)
	d.is(200, "复核通过并生效")
	d.post(change+"/approve", d.form())
	d.sends(change + "?done=2")
	d.signIn("finance")
}

// received is the form that enters money that arrived.
func received(d *desk, amount string) url.Values {
	return with(d.form(), "proposal", "receive", "receive.amount", amount, "receive.source", "finance", "receive.into", "main", "receive.day", "2021-11-08", "receive.note", "四季度拨款", "receive.reason", "县财社〔2021〕17 号")
}

// Who keeps the accounts proposes what arrived, sees what it does, files the letter; another person approves, and only then it is entered, with both in the log.
func TestMoneyIsEnteredByTwo(t *testing.T) {
	d := office(t)
	d.signIn("finance")
	d.get("/funds")
	d.is(200, "开立专账")
	d.get("/funds/assistance")
	d.is(200, "记账", "差 0.00")
	d.not("待复核")
	d.get("/funds/assistance/enter")
	d.is(200, "拨入", "预留", "释放预留", "增加账户", "增加用途", "县财政")
	d.not("下达用款额度") // it has no such account yet
	form := received(d, "5000.00")
	for field, wrong := range map[string]string{"receive.amount": "", "receive.day": "2017-01-01", "receive.reason": " ", "receive.into": "nowhere"} {
		d.post("/funds/assistance/enter/receive", with(form, field, wrong))
		d.is(422, "错误：", `href="#`+strings.ReplaceAll(field, ".", "-")+`"`, "四季度拨款")
	}
	for _, wrong := range []string{"-1", "0", "1.234", "很多", "99999999999999999999"} {
		d.post("/funds/assistance/enter/receive", with(form, "receive.amount", wrong))
		d.is(422, `href="#receive-amount"`)
	}
	change := d.proposedMoney("/funds/assistance/enter/receive", form)
	if again := d.proposedMoney("/funds/assistance/enter/receive", form); again != change {
		t.Error("sending the form twice proposed twice")
	}
	d.get(change + "?done=1")
	d.is(200, "拨入 5,000.00 元", "对专账的影响", "+5,000.00", "差 0.00", "收回", "复核人须是另一人", "县财社〔2021〕17 号", "没有附文件的扫描件")
	d.not("复核通过并生效", "不够")
	d.post(change+"/approve", url.Values{"key": {"own"}})
	d.is(403, "不能自己复核")
	d.sendFile(change+"/paper", "p1", "拨款通知.pdf", []byte("%PDF-1.4\nletter\n%%EOF"))
	d.sends(change + "?done=3")
	d.sendFile(change+"/paper", "p2", "坏文件.exe", []byte("MZ\x90\x00"))
	d.is(422)
	d.get(change)
	d.is(200, "拨款通知.pdf")
	d.get(d.link(change + `/papers/[^"]*`))
	if d.is(200, "letter"); !strings.Contains(d.headers.Get("Content-Disposition"), "attachment") || d.headers.Get("Content-Type") != "application/pdf" {
		t.Errorf("headers %v", d.headers)
	}
	d.get(change + "/papers/nobody")
	d.is(404)
	d.get("/funds/assistance")
	d.is(200, "待复核", "拨入 5,000.00 元")
	d.get("/funds/assistance/ledger?from=2021-11-08")
	d.not("四季度拨款")
	d.signIn("checker")
	d.get("/")
	d.is(200, "专账记账", "拨入 5,000.00 元", "待复核")
	d.get("/fund-changes")
	d.is(200, "县财社〔2021〕17 号", "待复核")
	d.not("开立专账")
	d.checkedMoney(change)
	d.sendFile(change+"/paper", "p3", "迟到.pdf", []byte("%PDF-1.4\nlate\n%%EOF"))
	d.is(409, "已经复核过")
	d.get("/funds/assistance/ledger?from=2021-11-08")
	d.is(200, "四季度拨款", "5,000.00", "文件 县财社〔2021〕17 号", change)
	d.get(d.link("/funds/assistance/entries/[^\"]*"))
	d.is(200, "更正这张凭证", "现为 5,000.00 元")
	wrong := with(d.form(), "proposal", "correct", "correct.amount", "500.00", "correct.day", "2021-11-08", "correct.note", "多记一个零", "correct.reason", "县财社〔2021〕17 号")
	entry := regexp.MustCompile(`action="(/funds/assistance/entries/[^"]*/correct)"`).FindStringSubmatch(d.lastAnswer)[1]
	d.post(entry, with(wrong, "correct.amount", "5000.00"))
	d.is(409, "无须更正", `href="#correct-amount"`)
	d.post(entry, with(wrong, "correct.note", ""))
	d.is(422, `href="#correct-note"`)
	correction := d.proposedMoney(entry, wrong)
	d.get(correction)
	d.is(200, "5,000.00 元更正为 500.00 元", "-4,500.00", "多记一个零")
	d.checkedMoney(correction)
	d.get("/funds/assistance")
	d.is(200, "差 0.00")
	d.not("账对不上")
	d.signIn("auditor")
	d.get("/audit?name=upkeep.approve")
	d.is(200, "复核通过变更")
	d.get(change)
	d.is(200, "拨款通知.pdf", "已生效")
	d.not("附上文件", "收回")
}

// A change is sent back with the reason, and taken back by its maker; what there is not enough for is said before, and refused.
func TestMoneyIsSentBack(t *testing.T) {
	d := office(t)
	d.signIn("finance")
	d.get("/funds/assistance/enter")
	kept := with(d.form(), "proposal", "set-aside", "set-aside.amount", "1.00", "set-aside.source", "finance", "set-aside.day", "2021-11-08", "set-aside.reason", "局长办公会纪要")
	own, other := d.proposedMoney("/funds/assistance/enter/set-aside", kept), d.proposedMoney("/funds/assistance/enter/set-aside", with(kept, "key", "k2"))
	d.post("/funds/assistance/enter/set-aside", with(kept, "set-aside.amount", "999999999999.00", "key", "k3"))
	d.is(409, "可用额度", `href="#set-aside-amount"`)
	d.post("/funds/assistance/enter/release", with(d.form(), "proposal", "release", "key", "k4", "release.amount", "1.00", "release.source", "finance", "release.day", "2021-11-08", "release.reason", "纪要"))
	d.is(409, "不够释放")
	d.post(own+"/reject", url.Values{"key": {"r1"}, "note": {"写错了"}})
	d.sends(own + "?done=2")
	d.signIn("checker")
	d.post(other+"/reject", url.Values{"key": {"r2"}, "note": {""}})
	d.is(422, "没有写明退回的理由", `href="#note"`)
	d.post(other+"/reject", url.Values{"key": {"r3"}, "note": {"没有纪要"}})
	d.sends(other + "?done=2")
	d.get("/fund-changes")
	d.is(200, "没有待复核的变更")
	d.get("/fund-changes?state=answered")
	d.is(200, "已退回")
}

// A special account is opened, gets a limit and another use, each by two persons; and what is hostile is said plainly.
func TestFundIsOpened(t *testing.T) {
	d := office(t)
	d.signIn("finance")
	d.get("/fund-changes/new")
	d.is(200, "开立专账", "对外用途说明", "一人提出、另一人复核")
	use := regexp.MustCompile(`<option value="(settlement/[^"]*)"`).FindStringSubmatch(d.lastAnswer)[1]
	form := with(d.form(), "new.name", "临时救助专账", "new.code", "urgent-2021", "new.purpose", "民生保障资金", "new.use", use, "new.source", "县财政", "new.place", "bank", "new.account", "专户", "new.from", "2021-01-01", "new.to", "", "new.reason", "县财社〔2021〕1 号")
	for field, wrong := range map[string]string{"new.code": "Über 1", "new.name": "", "new.use": "settlement/nothing", "new.from": "once", "new.to": "2020-01-01", "new.reason": ""} {
		d.post("/fund-changes/new", with(form, field, wrong))
		d.is(422, "错误：", `href="#`+strings.ReplaceAll(field, ".", "-")+`"`, "县财政")
	}
	d.post("/fund-changes/new", with(form, "new.code", "assistance"))
	d.is(409, "已经存在", `href="#new-code"`)
	d.post("/fund-changes/new", with(form, "new.place", "payable"))
	d.is(422, "不能这样开立")
	d.post("/fund-changes/new", with(form, "new.name", `"><script>alert(1)</script>`, "key", "hostile"))
	d.not("<script>alert")
	opened := d.proposedMoney("/fund-changes/new", form)
	d.get(opened)
	d.is(200, "开立专账“临时救助专账”（urgent-2021）", "增加拨款来源账户“县财政”", "增加专户存款账户“专户”")
	d.get("/funds/urgent-2021")
	d.is(404)
	d.checkedMoney(opened)
	d.get("/funds/urgent-2021/enter")
	d.is(200, "拨入")
	limit := with(d.form(), "proposal", "account", "account.kind", "limit", "account.code", "treasury", "account.name", "授权支付额度", "account.reason", "县财库〔2021〕2 号")
	d.checkedMoney(d.proposedMoney("/funds/urgent-2021/enter/account", limit))
	d.get("/funds/urgent-2021/enter")
	d.is(200, "下达用款额度")
	granted := with(d.form(), "proposal", "grant", "grant.amount", "800", "grant.source", "finance", "grant.into", "treasury", "grant.day", "2021-11-08", "grant.reason", "县财库〔2021〕3 号")
	d.checkedMoney(d.proposedMoney("/funds/urgent-2021/enter/grant", granted))
	d.get("/funds/urgent-2021")
	d.is(200, "800.00", "差 0.00", "授权支付额度")
	for _, nothing := range []string{"/fund-changes/x", "/funds/nobodys/enter"} {
		d.get(nothing)
		d.is(404)
	}
	d.post("/funds/urgent-2021/enter/burn", url.Values{"proposal": {"burn"}})
	d.is(404)
	d.post("/funds/nobodys/enter/receive", with(form, "proposal", "receive"))
	d.is(404)
	d.post("/funds/urgent-2021/entries/nobody/correct", with(form, "proposal", "correct"))
	d.is(404)
}

// Changes of one area do not exist in the other: who checks divisions lets no money through there, nor the other way round.
func TestAreasAreApart(t *testing.T) {
	d := office(t)
	d.signIn("finance")
	d.get("/funds/assistance/enter")
	money := strings.TrimPrefix(d.proposedMoney("/funds/assistance/enter/receive", received(d, "1.00")), "/fund-changes/")
	d.signIn("admin")
	d.get("/admin/divisions/new")
	town := strings.TrimPrefix(d.proposed("/admin/divisions/new", with(d.form(), "new.rows", "999901300 河口镇", "new.from", "1949-10-01", "new.reason", "名册")), "/admin/changes/")
	d.get("/admin/changes")
	d.not(money)
	d.signIn("checker")
	for _, wrong := range []string{"/admin/changes/" + money, "/fund-changes/" + town} {
		d.get(wrong)
		d.is(404)
		for _, act := range []string{"/approve", "/reject"} {
			d.post(wrong+act, url.Values{"key": {wrong + act}, "note": {"不对"}})
			d.is(404)
		}
	}
	d.get("/fund-changes")
	d.is(200, money)
	d.not(town)
}

// A ledger that was changed by hand shows its difference on the pages, and what to do about it.
func TestDamagedLedgerShows(t *testing.T) {
	d := openPaid(t)
	code, _ := d.owing()
	d.signIn("auditor")
	for _, path := range []string{"/funds", "/funds/" + code, "/funds/" + code + "/debts"} {
		d.get(path)
		d.is(200, "差 0.00")
		d.not("账对不上")
	}
	must(t, d.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE fund_line SET amount = amount - 4200 WHERE county_code = ?1 AND fund_code = ?2 AND account_kind = 'source'`, fiction.Code, code)
		return err
	}))
	for _, path := range []string{"/funds", "/funds/" + code} {
		d.get(path)
		d.is(200, "差 42.00", "账对不上", "/audit/verify")
	}
	d.get("/funds/" + code + "/debts")
	d.is(200, "差 -42.00", "账对不上")
	d.get("/funds/" + code + "/balance?from=2018-01-01")
	d.is(409, "借贷不平")
}
