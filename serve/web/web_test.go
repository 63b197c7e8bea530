package web_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"doudi/decide/rule"
	fiction "doudi/internal/county"
	"doudi/record/audit"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

func TestSearch(t *testing.T) {
	d := open(t)
	tests := []struct {
		name, typed string
		status      int
		says        []string // or where it leads
	}{
		{"identity number, one bill waits", d.identity, 303, []string{"/settlements/" + number}},
		{"the number with blanks", " " + d.identity + " ", 303, []string{"/settlements/" + number}},
		{"identity number without a bill", string(fiction.Number("19600101", "003")), 303, []string{"/people/" + d.other}},
		{"number of a bill", number, 303, []string{"/settlements/" + number}},
		{"beginning of a name", "李", 200, []string{"李桂芳", "999901********", "找到 1 人", "示范村"}}, // and not 李大山, who is no patient here
		{"name of nobody's patient", "李大山", 404, []string{"本院的病人里没有找到", "刷卡或输入身份证号"}},
		{"pinyin initials", "lgf", 200, []string{"李桂芳"}},
		{"nobody", "王", 404, []string{"没有找到", "支持编号", `value="王"`}},
		{"wrong check digit", d.identity[:17] + "0", 422, []string{"支持编号", `value="` + d.identity[:17] + `0"`}},
		{"nothing", "  ", 422, []string{"没有输入"}},
		{"script", `<script>alert(1)</script>`, 404, []string{"&lt;script&gt;"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d.T = t
			d.post("/search", url.Values{"q": {tt.typed}})
			if tt.status == 303 {
				d.sends(tt.says[0])
				return
			}
			d.is(tt.status, tt.says...)
		})
	}
}

func TestPreviewAndConfirm(t *testing.T) {
	d := open(t)
	before := d.looks(d.listed)
	d.get("/settlements/" + number)
	d.is(200, "李桂芳", "999901********0029", "38,642.50", "37,356.20", "1,286.30", "2,009.89", "勾稽一致，差 0.00", "县乡村振兴局", "股骨颈骨折", "已试算", "确认结算并打印",
		"没有重复", "示例", `aria-label="各方承担比例：居民基本医疗保险 71.5%`)
	if after := d.looks(d.listed); after != before+1 {
		t.Errorf("%d looks recorded, want one", after-before)
	}
	form := d.form()
	d.post("/settlements/"+number+"/confirm", form)
	d.sends("/settlements/" + number + ".print?now=1")
	d.post("/settlements/"+number+"/confirm", form) // sent twice
	d.sends("/settlements/" + number + ".print?now=1")
	if c := d.claim(number, 0); c.State != claim.Confirmed || c.Version != 1 {
		t.Errorf("settled as %+v", c)
	}
	d.post("/settlements/"+number+"/confirm", with(form, "digest", "another"))
	d.is(409, "已用于另一个内容不同的请求")
	d.get("/settlements/" + number)
	d.is(200, "已结算", "冲销", "更正", "打印结算单")
	d.not("确认结算并打印")
	d.get("/settlements/" + number + ".print?now=1")
	d.is(200, "集中费用帮扶 结算单", "患者（家属）签字", "定点医疗机构盖章", "赵敏", "壹仟贰佰捌拾陆元叁角整", `data-print="1"`, "999901********0029")
	d.not("贫困", "脱贫", "建档立卡", d.identity)
	d.get("/settlements/" + number + "/trace")
	d.is(200, "条件", "数字从哪里来", "条文", "获知")
	d.get("/settlements/" + number + "/bill")
	d.is(200, "手术治疗费", "28,000.00", "38,642.50", "27,642.15")
}

// What changed between the preview and the confirmation is shown, and nothing is settled unseen.
func TestChangedFigures(t *testing.T) {
	d := open(t)
	d.get("/settlements/" + number)
	form := d.form()
	must(t, d.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		entries, err := d.Register.Facts(tx, d.listed, rule.Forever)
		for _, e := range entries {
			if err == nil && strings.HasPrefix(e.Name, "roster.") {
				_, err = d.Register.Withdraw(tx, e.ID, dated.Said{Source: "县乡村振兴局"})
			}
		}
		return err
	}))
	d.post("/settlements/"+number+"/confirm", form)
	d.is(409, "住院帮扶: 2,009.89 → <strong>0.00", "个人应付: 1,286.30 → <strong>3,296.19", "未列入", "查 2021-11-08", "不符合条件")
	d.not("确认结算并打印")
	if c := d.claim(number, 0); c.State == claim.Confirmed {
		t.Error("settled all the same")
	}
	d.post("/settlements/"+number+"/confirm", url.Values{})
	d.is(422, "没有核对过的数字")
}

func TestEnter(t *testing.T) {
	d := open(t)
	d.get("/people/" + d.other)
	d.is(200, "李大山", "住院帮扶", "门诊帮扶", "没有待结算的账单")
	d.get(d.entry(d.other))
	d.is(200, `<option value="inpatient" selected>`, "居民基本医疗保险", "主要诊断", "转诊", "已办转诊手续")

	d.post(d.entry(d.other), with(stay(), "bill.no", "", "line.0.amount", ""))
	d.is(422, "有 2 处要改", `href="#bill-no"`, `href="#line-0-amount"`, `value="肺炎"`, "错误：", `aria-describedby="bill-no-problem"`)
	d.post(d.entry(d.other), with(stay(), "line.0.in_scope", "九百", "visit.discharged", "20211399"))
	d.is(422, "有 2 处要改", `href="#line-0-in_scope"`, `href="#visit-discharged"`, `value="九百"`)
	d.post(d.entry(d.other), with(stay(), "line.0.in_scope", "1900"))
	d.is(422, "各部分合计", `href="#line-0-amount"`)
	d.post(d.entry(d.other), with(stay(), "step", "more"))
	d.is(200, `name="line.1.amount"`, `value="1,000.00"`)
	d.post(d.entry(d.other), with(stay(), "step", "less", "lines", "2"))
	d.is(200)
	d.not(`name="line.1.amount"`)

	d.post(d.entry(d.other), stay())
	d.sends("/settlements/ZY-9")
	d.post(d.entry(d.other), stay()) // sent twice: the very same bill is the same claim
	d.sends("/settlements/ZY-9")
	d.post(d.entry(d.other), with(stay(), "line.0.amount", "1000.01"))
	d.is(409, "内容不同", `href="#bill-no"`)
	d.get("/settlements/ZY-9")
	d.is(200, "李大山", "未列入", "不符合条件")

	d.get("/settlements/new?person=" + d.other + "&policy=none&rule=none")
	d.is(404, "没有这种结算")
	d.get("/settlements/new?person=nobody&policy=none&rule=none")
	d.is(404, "没有这个人的登记")
}

// A bill that is not settled is put aside for the corrected one; what the form does not show stays in it.
func TestCorrectBeforeSettling(t *testing.T) {
	d := open(t)
	d.get("/settlements/" + number + "/edit")
	d.is(200, `value="28000.00"`, `value="股骨颈骨折"`, `value="27642.15"`)
	d.not("更正理由")
	form := filled(d.lastAnswer)
	form.Set("line.1.in_scope", "8900.00")
	d.post("/settlements/"+number+"/edit", form)
	d.sends("/settlements/" + number)
	d.post("/settlements/"+number+"/edit", form) // sent twice
	d.sends("/settlements/" + number)
	old, c := d.claim(number, 1), d.claim(number, 0)
	if old.State != claim.Reversed || c.Revision != 2 || c.Replaces != old.ID {
		t.Errorf("first %+v, then %+v", old, c)
	}
	must(t, d.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		_, content, err := d.Claims.Content(tx, c.ID)
		for _, kept := range []string{"S72.0", "surgery", "8900.00", "注射用药"} {
			if !strings.Contains(string(content), kept) {
				t.Errorf("%s is not in the bill any more:\n%s", kept, content)
			}
		}
		return err
	}))
	d.get("/settlements/" + number + "?revision=1")
	d.is(200, "已冲销", "退回改费用", "赵敏", `href="/settlements/`+number+`"`)
	d.post("/settlements/"+number+"/edit?revision=1", with(form, "revision", "1"))
	d.sends("/settlements/" + number) // the same form once more
	d.get("/settlements/" + number + "/edit?revision=1")
	d.is(409, "已冲销，不能再改")
	d.post("/settlements/"+number+"/edit", with(form, "revision", "1", "key", "another"))
	d.is(409, "别人改了同一份记录")
}

// A settled bill is replaced by another only after its figures were shown.
func TestReplaceAfterSettling(t *testing.T) {
	d := open(t)
	d.confirmed()
	d.get("/settlements/" + number + "/edit")
	d.is(200, "更正理由")
	form := filled(d.lastAnswer)
	form.Set("line.0.amount", "1300.00")
	d.post("/settlements/"+number+"/edit", form)
	d.is(422, `href="#reason"`)
	form.Set("reason", "床位费少计一天")
	d.post("/settlements/"+number+"/edit", form)
	d.is(200, "核对更正后的结算", "38,742.50", "1,386.30", "尚未办理")
	if c := d.claim(number, 0); c.Revision != 1 || c.State != claim.Confirmed {
		t.Fatalf("replaced before it was seen: %+v", c)
	}
	seen := d.form()
	d.post("/settlements/"+number+"/edit", with(seen, "step", "back"))
	d.is(200, `value="1300.00"`, `value="床位费少计一天"`)
	d.post("/settlements/"+number+"/edit", with(seen, "digest", "of other figures"))
	d.is(200, "结果不同，没有更正")
	d.post("/settlements/"+number+"/edit", seen)
	d.sends("/settlements/" + number + ".print?now=1")
	d.post("/settlements/"+number+"/edit", seen) // sent twice
	d.sends("/settlements/" + number + ".print?now=1")
	if old, c := d.claim(number, 1), d.claim(number, 0); old.State != claim.Reversed || c.State != claim.Confirmed || c.Revision != 2 {
		t.Errorf("first %+v, then %+v", old, c)
	}
	d.get("/settlements/" + number + "?revision=1")
	d.is(200, "床位费少计一天")
}

func TestReverse(t *testing.T) {
	d := open(t)
	d.confirmed()
	d.get("/settlements/" + number + "/reverse")
	d.is(200, "冲销结算", "理由（写入操作留痕")
	form := d.form()
	d.post("/settlements/"+number+"/reverse", with(form, "reason", "  "))
	d.is(422, "没有写明理由", "错误：")
	d.post("/settlements/"+number+"/reverse", with(form, "reason", "录入有误"))
	d.sends("/settlements/" + number)
	d.post("/settlements/"+number+"/reverse", with(form, "reason", "录入有误")) // sent twice
	d.sends("/settlements/" + number)
	d.get("/settlements/" + number)
	d.is(200, "已冲销", "录入有误", "赵敏")
	d.get("/settlements/" + number + ".print")
	d.is(409, "没有结算单可以打印")
	d.get("/settlements/" + number + "/reverse")
	d.post("/settlements/"+number+"/reverse", with(d.form(), "reason", "再冲一次"))
	d.is(409, "已冲销", "支持编号")
}

func TestList(t *testing.T) {
	d := open(t)
	d.get("/")
	d.is(200, number, "李**", "待结算 1 张", "已收单")
	d.not("李桂芳")
	d.get("/settlements?kept=" + number)
	d.is(200, "已暂存", number)
	d.get("/settlements?state=confirmed")
	d.is(200, "这一天没有这样的账单")
	d.confirmed()
	d.get("/settlements?day=20211108&state=confirmed")
	d.is(200, number, "38,642.50", "1,286.30", `aria-current="true"`)
	d.get("/settlements?day=2021-11-07")
	d.is(200, "这一天没有这样的账单")
	d.get("/settlements?day=morgen")
	d.is(422)
	d.get("/settlements?state=lost")
	d.is(422, "没有这种状态")
	d.openAt(d.Hospital, now.Add(48*time.Hour))
	d.get("/")
	d.is(200, "今天还没有账单")
}

// A bill that came on another day stands in the list of the day it is settled.
func TestListOfTheDayItIsSettled(t *testing.T) {
	d := open(t)
	d.openAt(d.Hospital, now.Add(24*time.Hour))
	d.confirmed()
	d.get("/settlements")
	d.is(200, number, "1,286.30")
}

// A refusal names the list and the day looked at; where papers may follow, the last day and what is left of it.
func TestRefusals(t *testing.T) {
	d := open(t)
	var outside string
	must(t, d.Do(now, fiction.Clerk, func(tx *store.Tx) (err error) {
		outside, err = d.AddHospital(tx, "市中心医院", "999902", "city")
		return err
	}))
	b := d.Stay(d.listed, "W-1")
	b.Provider = outside
	b.Content = []byte(strings.Replace(string(b.Content), "diagnosis: S72.0", "diagnosis: S72.0, arrived: 2021-10-29, referred: false, emergency: true", 1))
	must(t, d.Send(now, b))
	d.openAt(outside, now)
	d.get("/settlements/W-1")
	d.is(200, "不符合：县域外已办转诊手续", "补办转诊手续", "2021-11-09", "剩 1 个工作日", "二（三）3")
	d.openAt(outside, now.Add(24*time.Hour))
	d.get("/settlements/W-1")
	d.is(200, "今天到期")
	d.openAt(outside, now.Add(4*24*time.Hour))
	d.get("/settlements/W-1")
	d.is(200, "逾期")
	d.openAt(d.Hospital, now) // another hospital's bill is not this one's to see
	d.get("/settlements/W-1")
	d.is(404, "本院没有账单")
}

// A bill that cannot be settled is kept, and its page says why and what to do.
func TestWhatStandsInTheWay(t *testing.T) {
	tests := []struct {
		name         string
		change, into string
		says         []string
	}{
		{"an insurer's part is missing", "basic_insurance: 27642.15, ", "", []string{"居民基本医疗保险", "已付的金额", "材料未齐"}},
		{"the document has no rule for it", "kind: inpatient", "kind: pharmacy", []string{"没有涉及这种账单的规定", "未作任何分担"}},
		{"no rules on that day", "2021-11-08", "2023-11-08", []string{"账单已经保存", "支持编号"}},
		{"payers above the bill", "27642.15", "87642.15", []string{"账单已经保存", "支持编号"}},
	}
	d := open(t)
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d.T = t
			b := d.Stay(d.listed, fmt.Sprintf("S-%d", i))
			b.Content = []byte(strings.Replace(string(b.Content), tt.change, tt.into, 1))
			must(t, d.Send(now, b))
			d.get(fmt.Sprintf("/settlements/S-%d", i))
			d.is(200, append(tt.says, "退回改费用", "暂存")...)
			d.not("确认结算并打印")
			d.get(fmt.Sprintf("/settlements/S-%d/edit", i))
			d.is(200)
		})
	}
}

// Who died or moved away is told so, and no bill is lost for it.
func TestPeopleWhoAreGone(t *testing.T) {
	d := open(t)
	must(t, d.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		return d.Register.Die(tx, d.listed, 18900, register.Succession{}, dated.Said{Source: "县公安局"})
	}))
	d.get("/settlements/" + number)
	d.is(200, "死亡", "账单已经保存")
	d.not("确认结算并打印")
	d.get("/")
	d.is(200, number)
}

func TestOverlapIsShown(t *testing.T) {
	d := open(t)
	d.confirmed()
	must(t, d.Send(now, d.Stay(d.listed, "ZY-2")))
	d.get("/settlements/ZY-2")
	d.is(200, "与已结算的账单日期重叠："+number)
}

func TestTargetIsMarked(t *testing.T) {
	d := open(t)
	must(t, d.Send(now, d.Filled(d.listed, "G-1", "2021-11-05")))
	d.get("/settlements/G-1")
	d.is(200, "至 90%", "健康扶贫保险", `class="target"`)
}

// Every page keeps the content policy's promise: no script or style inside, nothing from elsewhere.
func TestPagesAreClosed(t *testing.T) {
	d := open(t)
	d.get("/people/" + d.listed)
	forms := regexp.MustCompile(`/settlements/new[^"]*`).FindAllString(d.lastAnswer, -1)
	if len(forms) != 5 {
		t.Errorf("forms of %d settlements, want those of both packs: %v", len(forms), forms)
	}
	for i := range forms {
		forms[i] = html.UnescapeString(forms[i])
	}
	pages := []string{"/", "/search", "/settlements", "/help", "/people/" + d.listed, d.entry(d.listed), "/settlements/" + number, "/settlements/" + number + "/edit",
		"/settlements/" + number + "/trace", "/settlements/" + number + "/bill", "/settlements/" + number + "/reverse", "/nowhere"}
	pages = append(pages, forms...)
	check := func(page string) {
		t.Helper()
		d.get(page)
		for name, inside := range map[string]*regexp.Regexp{"a style": regexp.MustCompile(`(?i)\sstyle=|<style`), "a handler": regexp.MustCompile(`(?i)\son[a-z]+=`),
			"a script inside": regexp.MustCompile(`(?i)<script[^>]*>[^<]`), "an address elsewhere": regexp.MustCompile(`(?i)(src|href|action)="(https?:)?//`)} {
			if found := inside.FindString(d.lastAnswer); found != "" {
				t.Errorf("%s holds %s: %s", page, name, found)
			}
		}
		for _, header := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"} {
			if d.headers.Get(header) == "" {
				t.Errorf("%s: no %s", page, header)
			}
		}
		if d.headers.Get("Cache-Control") != "no-store" || !slices.Contains(d.headers.Values("Vary"), "HX-Request") {
			t.Errorf("%s: %v", page, d.headers)
		}
		if strings.Contains(d.lastAnswer, d.identity) {
			t.Errorf("%s shows the identity number", page)
		}
	}
	for _, page := range pages {
		check(page)
		check("/en" + page)
	}
	d.confirmed()
	check("/settlements/" + number + ".print")
	for _, file := range regexp.MustCompile(`/assets/[^"]+`).FindAllString(d.lastAnswer, -1) {
		d.get(file)
		d.is(200)
		if !strings.Contains(d.headers.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %v", file, d.headers)
		}
	}
}

func TestFragments(t *testing.T) {
	d := open(t)
	d.fragment = true
	d.get("/settlements/" + number)
	d.is(200, `<main class="main" id="main"`, "<title>", `hx-swap-oob="true"`)
	d.not("<!doctype", "<html", "<!DOCTYPE")
	if got := d.headers.Get("HX-Push-Url"); got != "/settlements/"+number {
		t.Errorf("pushes %q", got)
	}
	d.post("/search", url.Values{"q": {"李"}})
	d.is(200, "李桂芳")
	if got := d.headers.Get("HX-Push-Url"); got != "false" {
		t.Errorf("what was typed is pushed: %q", got)
	}
	d.post("/search", url.Values{"q": {d.identity}})
	d.sends("/settlements/" + number)
}

var chinese = regexp.MustCompile(`\p{Han}+`)

func TestEnglish(t *testing.T) {
	d := open(t)
	d.get("/en/settlements/" + number)
	d.is(200, `<html lang="en"`, "Settle and print", "reconciled, difference 0.00", `href="/settlements/`+number+`" lang="zh-CN"`, `action="/en/settlements/`+number+`/confirm"`)
	form := d.form()
	d.post("/en/settlements/"+number+"/confirm", form)
	d.sends("/en/settlements/" + number + ".print?now=1")
	for _, page := range []string{"/en", "/en/", "/en/search", "/en/help", "/en/settlements"} {
		d.get(page)
		d.is(200)
		for _, found := range chinese.FindAllString(d.lastAnswer, -1) {
			if !strings.Contains("县人民医院 收费员 赵敏 中文 李", found) {
				t.Errorf("%s says %s", page, found)
			}
		}
	}
}

func TestDisplay(t *testing.T) {
	d := open(t)
	for back, leads := range map[string]string{"/settlements": "/settlements", "//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "": "/"} {
		d.get("/display?size=lg&back=" + url.QueryEscape(back))
		d.sends(leads)
	}
	if cookie := d.headers.Get("Set-Cookie"); !strings.Contains(cookie, "size=lg") || !strings.Contains(cookie, "HttpOnly") {
		t.Error(cookie)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(&http.Cookie{Name: "size", Value: "lg"})
	d.send(r)
	d.is(200, `data-size="lg"`, "标准字")
}

func TestRefused(t *testing.T) {
	d := open(t)
	r := httptest.NewRequest("POST", "/search", strings.NewReader("q=1"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	d.send(r)
	d.is(403)
	d.post("/search", url.Values{"q": {strings.Repeat("x", 5<<20)}})
	d.is(422, "表单太大")
	r = httptest.NewRequest("POST", "/search", strings.NewReader("q=%zz"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	d.send(r)
	d.is(422, "表单读不出来")
	for page, says := range map[string]string{"/nowhere": "没有这个页面", "/people/nobody": "没有这个人的登记", "/settlements/none": "本院没有账单", "/settlements/none.print": "本院没有账单",
		"/settlements/" + url.PathEscape("<b>") + "/reverse": "本院没有账单"} {
		d.get(page)
		d.is(404, says, "支持编号")
	}
	d.get("/settlements/" + number + "?revision=x")
	d.is(422, "版次")
}

// Whatever is typed into whatever field is answered with a page that keeps it as text, or taken in as it is; nothing else comes of it.
func TestHostileInput(t *testing.T) {
	d := open(t)
	d.get(d.entry(d.other))
	form := filled(d.lastAnswer)
	for name := range form {
		for _, evil := range []string{`"><script>alert(1)</script>`, "'; DROP TABLE claim; --", strings.Repeat("很长", 5000), "\x00\x1b[2J\u202e", "𠮷𠮷", "-1", "1e9", "99999999999999999999", "{}", "../../etc/passwd"} {
			d.post(d.entry(d.other), with(with(stay(), "bill.no", "H-"+name, "key", "k"), name, evil))
			switch d.lastCode {
			case 200, 303, 409, 422:
			default:
				t.Fatalf("%s = %q: status %d\n%s", name, evil, d.lastCode, d.lastAnswer)
			}
			d.not("<script>alert", "\x1b", "\u202e")
			if strings.Contains(d.lastAnswer, "系统出错") {
				t.Errorf("%s = %q is an error of the system", name, evil)
			}
		}
	}
}

// A bill number may hold whatever a hospital writes.
func TestStrangeNumbers(t *testing.T) {
	d := open(t)
	for _, strange := range []string{"2021/11 号#7?", "100%", "a", "a.print", `"><script>`} {
		must(t, d.Send(now, d.Stay(d.listed, `"`+strings.ReplaceAll(strange, `"`, `\"`)+`"`)))
		d.post("/search", url.Values{"q": {strange}})
		if d.lastCode != 303 {
			t.Fatalf("%s is not found: %d", strange, d.lastCode)
		}
		d.get(d.lastAddress)
		d.is(200, "单号 "+html.EscapeString(strange)+"</span>", "确认结算并打印")
		d.get("/settlements")
		d.is(200, `href="`+html.EscapeString("/settlements/"+url.PathEscape(strange))+`"`)
	}
}

// A long day's list has pages, so that not everybody is opened at once.
func TestListHasPages(t *testing.T) {
	d := open(t)
	must(t, d.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		for n := range 60 {
			if _, err := d.Claims.Receive(tx, d.Stay(d.other, fmt.Sprintf("L-%02d", n))); err != nil {
				return err
			}
		}
		return nil
	}))
	d.get("/settlements")
	d.is(200, "共 61 张", "第 1 / 2 页", "L-59", "待结算 61 张")
	d.not("L-00")
	d.get("/settlements?day=2021-11-08&page=2")
	d.is(200, "第 2 / 2 页", "L-00")
	d.get("/settlements?page=9")
	d.is(200, "共 61 张")
	d.get("/settlements?page=0")
	d.is(422, "没有这一页")
}

// A database that is gone is told plainly, and nothing of its words reaches a person.
func TestNoDatabase(t *testing.T) {
	d := open(t)
	must(t, d.Store.Close())
	for _, page := range []string{"/", "/settlements/" + number, "/people/" + d.listed} {
		d.get(page)
		if d.lastCode != 503 && d.lastCode != 500 {
			t.Errorf("%s: status %d", page, d.lastCode)
		}
		d.is(d.lastCode, "支持编号")
		d.not("sql", "closed")
	}
}

// What the desk writes down holds together.
func TestRecordStaysSound(t *testing.T) {
	d := open(t)
	d.confirmed()
	must(t, d.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		if _, err := d.Claims.Verify(tx); err != nil {
			return err
		}
		_, err := audit.Verify(tx)
		return err
	}))
}

var inputs = regexp.MustCompile(`<(?:input|option)[^>]*>`)
var attribute = regexp.MustCompile(`([a-z]+)="([^"]*)"`)
var selects = regexp.MustCompile(`(?s)<select[^>]*name="([^"]*)".*?</select>`)
var selected = regexp.MustCompile(`<option value="([^"]*)" selected`)

// filled is the form of a page as a browser would send it back.
func filled(page string) url.Values {
	form := url.Values{}
	page = page[strings.Index(page, `class="entry"`):]
	for _, input := range inputs.FindAllString(page, -1) {
		name, value := "", ""
		for _, m := range attribute.FindAllStringSubmatch(input, -1) {
			switch m[1] {
			case "name":
				name = m[2]
			case "value":
				value = m[2]
			}
		}
		if name != "" {
			form.Set(name, value)
		}
	}
	for _, m := range selects.FindAllStringSubmatch(page, -1) {
		if word := selected.FindStringSubmatch(m[0]); word != nil {
			form.Set(m[1], word[1])
		}
	}
	return form
}
