package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"doudi/record/auth"
)

// libraryOf is the desk's county with a clerk signed in.
func libraryOf(t *testing.T) *desk {
	t.Helper()
	d := office(t)
	d.signIn("town")
	return d
}

func TestLibraryOfPolicies(t *testing.T) {
	d := libraryOf(t)
	d.get("/policies")
	d.is(200, "平阴县建档立卡贫困生", "版本 1.0.0", "2021-01-01 至 2021-12-31", "施行期", "到期，剩 53 日", "共 2 份")
	d.get("/en/policies")
	d.is(200, "Policy library", "Pingyin County plan", "2021-01-01 to 2021-12-31")
	d.get("/policies/pingyin-2021")
	d.is(200, "重度残疾人补助", "残疾等级 ≤ 最轻可补等级（2）", "100.00 元/月", `id="c-二（二）1"`, "每月 150.00", "个全部相符", "采用的读法和参数")
	d.not("不符：")
	d.get("/policies/pingyin-2021?as=none")
	d.is(200, "文件本身")
	d.get("/en/policies/pingyin-2021")
	d.is(200, "Severe disability allowance", "the first of the month after")
	d.get("/policies/pingyin-2021/diff")
	d.is(200, "只有这一个版本")
	d.get("/policies/pingyin-2021/diff?from=guangxi-2018")
	d.is(200, "不是同一系列", "条文新增")
	d.get("/policies/pingyin-2021/tests")
	d.is(200, "PY-5", "已落实", "不符 0", "每月补100元")
	d.get("/en/policies/pingyin-2021/tests")
	d.is(200, "PY-5", "second-generation certificate")
	d.not("每月补100元")
	d.get("/questions")
	d.is(200, "分段", "逐段计算，各段用各段比例", "政策包的读法", "照此办理")
	d.get("/questions?pack=guangxi-2018")
	d.is(200, "政策疑义")
	for _, path := range []string{"/policies/nothing", "/policies/nothing/diff", "/policies/pingyin-2021/diff?from=nothing", "/policies/pingyin-2021@9.9.9/tests", "/questions?pack=nothing"} {
		d.get(path)
		d.is(404, "政策库里没有这份政策")
	}
}

func TestSearchInClauses(t *testing.T) {
	d := libraryOf(t)
	for _, c := range []struct{ typed, says string }{{"失能", "<mark>失能</mark>"}, {"PINGYIN", "都没有这些字"}, {"<script>", "都没有这些字"}, {"护理费补贴", "/policies/pingyin-2021#"}} {
		d.get("/policies?q=" + url.QueryEscape(c.typed))
		d.is(200, c.says)
		d.not("<script>alert", `value="<script>`)
	}
	d.get("/policies?q=" + url.QueryEscape(strings.Repeat("长", 101)))
	d.is(422, "查找的文字太长")
}

// Who may read policies has them in the menu, and nobody else.
func TestWhoReadsPolicies(t *testing.T) {
	d := office(t)
	for _, role := range auth.Roles() {
		d.signIn(role.ID)
		_, reads := role.May(auth.SeePolicies)
		d.get("/help")
		if got := strings.Contains(d.lastAnswer, `href="/policies"`); got != reads {
			t.Errorf("%s has the library in the menu: %v", role.ID, got)
		}
		d.get("/policies")
		if (d.lastCode == 200) != reads {
			t.Errorf("%s is answered %d", role.ID, d.lastCode)
		}
	}
}

// proposal is what the form of an adoption begins with, with some fields changed.
func (d *desk) proposal(pairs ...string) url.Values {
	d.Helper()
	d.get("/policies/pingyin-2021/adopt")
	d.is(200, "月补助标准", "看变动")
	form := d.form()
	for _, m := range asked.FindAllStringSubmatch(d.lastAnswer, -1) {
		form.Set(m[1], m[2])
	}
	for _, s := range askedFrom.FindAllStringSubmatch(d.lastAnswer, -1) {
		if m := chosen.FindStringSubmatch(s[2]); m != nil {
			form.Set(s[1], m[1])
		}
	}
	return with(form, pairs...)
}

var (
	asked     = regexp.MustCompile(`<input id="[^"]*" name="([^"]*)" value="([^"]*)"`)
	askedFrom = regexp.MustCompile(`(?s)<select id="[^"]*" name="([^"]*)"[^>]*>(.*?)</select>`)
	chosen    = regexp.MustCompile(`<option value="([^"]*)" selected`)
)

func TestAdoptionByMakerAndChecker(t *testing.T) {
	d := office(t)
	d.signIn("policy")
	form := d.proposal("p.disability.monthly", "120.00", "from", "20211201", "reason", "常务会议纪要〔2021〕9号", "q.tier_mode", "whole")
	d.post("/policies/pingyin-2021/adopt", with(form, "step", "check"))
	d.is(200, "月补助标准", "100.00 → 120.00", "逐段计算，各段用各段比例 → 按总额所在段的比例整体计算", "接替", "全县，2021-12-01 至 2021-12-31", "送复核")
	d.not("施行首日早于今天")
	d.post("/policies/pingyin-2021/adopt", with(form, "step", "propose"))
	if d.lastCode != 303 || !strings.HasPrefix(d.lastAddress, "/adoptions/") {
		t.Fatalf("%d %s\n%s", d.lastCode, d.lastAddress, d.lastAnswer)
	}
	at := d.lastAddress
	d.post("/policies/pingyin-2021/adopt", with(form, "step", "propose")) // the same form once more
	d.sends(at)
	d.get("/policies/pingyin-2021/adoptions")
	d.is(200, "待复核", "常务会议纪要")
	if n := strings.Count(d.lastAnswer, ">待复核<"); n != 1 {
		t.Errorf("proposed %d times", n)
	}
	d.get(at)
	d.is(200, "这是您提出的", "撤回", "100.00 → 120.00")
	d.not("同意，")
	d.post(at+"/approve", url.Values{"key": {"k1"}, "note": {"同意"}})
	d.is(403, "提出的人不能审核")
	d.signIn("checker")
	d.get("/")
	d.is(200, "政策采用", at, "待复核")
	d.get(at)
	d.is(200, "同意，2021-12-01 起施行")
	d.post(at+"/reject", url.Values{"key": {"k2"}})
	d.is(422, "没有写明理由")
	d.post(at+"/approve", url.Values{"key": {"k3"}, "note": {"同意"}})
	d.sends(at)
	d.post(at+"/approve", url.Values{"key": {"k3"}, "note": {"同意"}}) // twice does nothing twice
	d.sends(at)
	d.post(at+"/approve", url.Values{"key": {"k4"}, "note": {"同意"}})
	d.is(409, "没有待复核的事")
	d.get(at)
	d.is(200, "待施行", "李审核", "蒋政策")
	d.get("/policies/pingyin-2021")
	d.is(200, "100.00 元/月", "2021-11-30")
	d.get("/policies/pingyin-2021?as=" + strings.TrimPrefix(at, "/adoptions/"))
	d.is(200, "120.00 元/月", "采用地区设定", "按总额所在段的比例整体计算")
	d.get("/questions?pack=pingyin-2021")
	d.is(200, "全县 选定（2021-12-01 至 2021-12-31），蒋政策 提出、李审核 复核：常务会议纪要〔2021〕9号")
	d.signIn("policy")
	d.post(at+"/withdraw", url.Values{"key": {"k5"}, "last": {"20211215"}, "reason": {"文件废止"}})
	d.sends(at)
	d.get(at)
	d.is(200, "提出终止，施行到 2021-12-15", "撤回")
	d.post(at+"/reject", url.Values{"key": {"k6"}, "note": {"写错了"}})
	d.sends(at)
	d.get(at)
	d.is(200, "写错了")
}

func TestWhatAProposalMustSay(t *testing.T) {
	d := office(t)
	d.signIn("policy")
	for _, c := range []struct {
		field, value, says string
	}{
		{"p.disability.monthly", "一百", "p-disability-monthly-problem"}, {"p.disability.monthly", "1,2.00", "p-disability-monthly-problem"}, {"p.outpatient_help.bands", "[[0, 50%], [x", "p-outpatient_help-bands-problem"},
		{"from", "2021-13-01", "from-problem"}, {"from", "", "from-problem"}, {"from", "2025-01-01", "from-problem"}, {"to", "昨天", "to-problem"}, {"division", "110000", "division-problem"}, {"t.chronic_drugs", "a,b,c,d,e,f", "t-chronic_drugs-problem"},
		{"t.chronic_drugs", `"`, "t-chronic_drugs-problem"},
	} {
		d.post("/policies/pingyin-2021/adopt", d.proposal(c.field, c.value, "step", "propose"))
		d.is(422, c.says, "填写的内容都还在")
	}
	d.post("/policies/pingyin-2021/adopt", d.proposal("p.disability.monthly", `<script>alert(1)</script>`, "step", "check"))
	d.is(422, "填写的内容都还在")
	d.not("<script>alert")
	d.get("/policies/pingyin-2021/adoptions")
	d.not(">待复核<")
	for _, path := range []string{"/adoptions/nothing", "/adoptions/0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17"} {
		d.get(path)
		d.is(404, "没有这项采用")
	}
	// A checker may not propose, nor a clerk decide.
	d.signIn("checker")
	d.get("/policies/pingyin-2021/adopt")
	d.is(404, "没有这个页面")
}
