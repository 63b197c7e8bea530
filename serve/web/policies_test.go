package web_test

import (
	"net/url"
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
	d.is(200, "平阴县建档立卡贫困生", "pingyin-2021 1.0.0", "2021-01-01 至 2021-12-31", "施行期", "到期，剩 53 日", "共 2 份")
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
	d.is(200, "PY-5", "已落实", "不符 0")
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
