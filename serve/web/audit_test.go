package web_test

import (
	"bytes"
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	fiction "doudi/internal/county"
	"doudi/record/audit"
	"doudi/record/store"
)

// An auditor finds who looked at whom, opens the entry and what it says of the person; and is seen looking.
func TestAuditLog(t *testing.T) {
	d := openPaid(t)
	d.signIn("auditor")
	d.get("/audit")
	d.is(200, "赵敏", "结算", "查看", "李**", "登录")
	d.not("李桂芳", d.identity, "web.look")
	d.get("/audit?kind=look&actor=" + url.QueryEscape("赵敏"))
	d.is(200, "试算", "李**")
	d.not(">办理</span>", "登录</td>")
	d.get("/audit?actor=nobody")
	d.is(200, "没有这样的记录")
	d.post("/audit/person", url.Values{"q": {d.identity}})
	d.sends("/audit?person=" + d.listed)
	before := d.looksBy(d.listed, "沈审计")
	d.get("/audit?person=" + d.listed)
	d.is(200, "只列涉及", "李**", "赵敏")
	if d.looksBy(d.listed, "沈审计") != before+1 {
		t.Error("the look at the log was not recorded")
	}
	d.get("/people/" + d.listed)
	d.is(200, "谁看过、谁办过")
	d.get("/audit?name=claim.confirm")
	d.is(200, "只列“结算”")
	d.get(d.link("/audit/entries/[^\"]*"))
	d.is(200, "待封存", "摘要（SM3）", "李**", "对象</dt>")
	d.post("/audit/person", url.Values{"q": {"李"}})
	d.is(200, "李桂芳", "李大山")
	for typed, status := range map[string]int{"": 422, "王": 404, d.identity[:17] + "0": 422, "<script>alert(1)</script>": 404} {
		d.post("/audit/person", url.Values{"q": {typed}})
		d.is(status, "支持编号")
		d.not("<script>alert")
	}
	for path, status := range map[string]int{"/audit?from=x": 422, "/audit?from=2021-11-08&to=2021-11-07": 422, "/audit?from=2019-01-01": 422, "/audit/entries/nothing": 404,
		"/audit?person=nobody": 404, "/audit?subject=%3Cscript%3E": 200, "/audit?kind=strange": 200, "/audit?before=zzz": 200} {
		d.get(path)
		d.is(status)
		d.not("<script>", "%!")
	}
	d.get("/en/audit")
	d.is(200, "By whom", "looked at")
}

// What an entry says about somebody is shown to who may see everything of a person, and says so when it is no more.
func TestAuditProtectedPart(t *testing.T) {
	d := openPaid(t)
	d.signIn("cashier")
	d.get("/settlements/" + number + "/reverse")
	d.post("/settlements/"+number+"/reverse", with(d.form(), "reason", "重复录入"))
	d.sends("/settlements/" + number)
	d.signIn("auditor")
	d.get("/audit?name=claim.reverse")
	entry := d.link("/audit/entries/[^\"]*")
	d.get(entry)
	d.is(200, "重复录入")
	must(t, d.Do(now.Add(time.Minute), fiction.Clerk, func(tx *store.Tx) error { return d.Record.Log.Destroy(tx, d.listed, "保存期满") }))
	d.get(entry)
	d.is(200, "个人内容已按期销毁")
	d.not("重复录入")
}

// A month's seal leaves as a file that can be checked without the database.
func TestSeals(t *testing.T) {
	d := office(t)
	d.signIn("auditor")
	d.get("/audit/seals")
	d.is(200, "还没有封存过", "待封存", "现在封存")
	d.post("/audit/seals", d.form())
	d.sends("/audit/seals")
	d.get("/audit/seals")
	d.is(200, "2021-11", "本月未结束", "待封存 0 条")
	d.get("/audit/seals/2021-11")
	d.is(409, "还没有结束")
	d.openOffice(now.AddDate(0, 1, 0))
	d.signIn("auditor")
	d.get("/audit/seals")
	d.get(d.link("/audit/seals/2021-11"))
	d.is(200)
	month, err := audit.CheckOffline(strings.NewReader(d.lastAnswer))
	must(t, err)
	if month.Entries() == 0 || month.County != fiction.Code || !strings.Contains(d.headers.Get("Content-Disposition"), "seal-999901-2021-11.json") {
		t.Errorf("%+v %v", month, d.headers)
	}
	if _, err := audit.CheckOffline(bytes.NewReader(bytes.Replace([]byte(d.lastAnswer), []byte(`"batch": 1`), []byte(`"batch": 2`), 1))); err == nil {
		t.Error("a changed file is not noticed")
	}
	for path, status := range map[string]int{"/audit/seals/2021-13": 404, "/audit/seals/x": 404, "/audit/seals/2030-01": 409} {
		d.get(path)
		d.is(status)
	}
}

// A verification is done in the background; it says what was compared, and names the first difference.
func TestVerify(t *testing.T) {
	d := openPaid(t)
	d.signIn("auditor")
	d.get("/audit/verify")
	d.is(200, "开始核对")
	form := d.form()
	d.post("/audit/verify", form)
	asked := d.lastAddress
	if d.lastCode != 303 || !strings.HasPrefix(asked, "/jobs/") {
		t.Fatalf("%d %s\n%s", d.lastCode, asked, d.lastAnswer)
	}
	d.post("/audit/verify", form) // sent twice
	d.sends(asked)
	d.get("/audit/verify")
	d.is(200, "复算核对", "排队中")
	d.post("/audit/verify", d.form()) // and asked for again
	d.sends(asked)
	d.get(asked)
	d.is(200, "取消任务")
	d.worked()
	d.get(asked)
	d.is(200, "已完成", "去看结果")
	first := d.link("/audit/verify/[^\"]*")
	d.get(first)
	d.is(200, "没有发现不符", "审计链", "资金专账相符", "1 张账单重算相符", "沈审计")
	d.not("不符</span>")
	d.get("/audit/verify")
	d.is(200, first, "最近一次")
	must(t, d.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE fund_block SET amount_left = amount_left - 1 WHERE county_code = ?1 AND fund_code = 'assistance' AND block = 0`, fiction.Code)
		return err
	}))
	d.post("/audit/verify", d.form())
	asked = d.lastAddress
	d.worked()
	d.get(asked)
	d.get(d.link("/audit/verify/[^\"]*"))
	d.is(200, "发现不符", "分块额度合计", "assistance", "fund.headroom-differs", "未看", "备份核对")
	d.get("/audit?name=audit.verify")
	d.is(200, "核对记录")
	d.get("/audit/verify/nothing")
	d.is(404)
	d.get("/en" + first)
	d.is(200, "No difference was found")
	d.get("/audit?name=claim.confirm")
	d.get(strings.Replace(d.link("/audit/entries/[^\"]*"), "entries", "verify", 1))
	d.is(404)
	d.signIn("register") // sees jobs, and not this one
	d.get(asked)
	d.is(404)
}

// Every name that the office keeps an entry under is put into words.
func TestDeedsHaveWords(t *testing.T) {
	d := openPaid(t)
	d.signIn("auditor")
	d.get("/people/" + d.listed)
	must(t, d.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		names, err := store.All(tx, store.Text, `SELECT DISTINCT name FROM audit_entry WHERE county_code = ?1`, fiction.Code)
		for _, name := range names {
			d.get("/audit?name=" + name)
			if strings.Contains(d.lastAnswer, "只列“"+name+"”") {
				t.Errorf("%s has no words", name)
			}
		}
		return err
	}))
}
