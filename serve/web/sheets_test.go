package web_test

import (
	"net/url"
	"strings"
	"testing"
)

// The lists of the administration as files hold what the filters choose, say which, and are kept in the log; a wrong day exports nothing.
func TestListsAsFiles(t *testing.T) {
	f := office(t)
	for _, c := range []struct {
		role, path string
		holds      []string
		lacks      string
	}{
		{"admin", "/admin/staff.csv?role=cashier", []string{"用户与岗位", "筛选条件：在用；角色：", "姓名,用户名,岗位", "cashier"}, "auditor"},
		{"admin", "/admin/keys.csv", []string{"接口密钥", "密钥,给谁用"}, "办理"},
		{"register", "/admin/institutions.csv?kind=hospital", []string{"部门与机构", "名称,情况,所在,状态", "县人民医院"}, "县医保局"},
		{"register", "/admin/divisions.csv?q=城关", []string{"行政区划", "名称或代码：城关", "城关镇"}, "示范村"},
		{"register", "/admin/calendar.csv?year=2021", []string{"年份：2021", "国庆节"}, "2022-01"},
		{"register", "/admin/parameters.csv", []string{"参数与读法", "政策,文号"}, "凭证"},
	} {
		f.signIn(c.role)
		before := f.done()
		f.get(c.path)
		f.is(200, c.holds...)
		f.not(c.lacks)
		if f.done() != before+1 {
			t.Errorf("%s is not kept in the log", c.path)
		}
		f.get(strings.Replace(c.path, ".csv", ".xlsx", 1))
		f.is(200, "PK")
		f.get(strings.Replace(c.path, ".csv", "", 1))
		f.is(200, strings.ReplaceAll(c.path, "城关", url.QueryEscape("城关")))
	}
	f.signIn("register")
	before := f.done()
	for _, path := range []string{"/admin/institutions.csv", "/admin/divisions.csv", "/admin/parameters.csv"} {
		f.get(path + "?at=2021-13-40")
		f.is(422, "没有导出")
	}
	if f.done() != before {
		t.Error("a refused export is in the log")
	}
}
